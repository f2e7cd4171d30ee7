//! Does a classification lower a form? It cannot: what the map says of a place stays true, and all treatments join. One that says
//! less than the map is a belief that does not come true.

use super::Policy;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Field, SchemaMap, Text};
use crate::policy::form::Form;
use crate::policy::{Library, Plan};

pub(super) fn of(library: &Library, policy: &Policy, plans: &[Plan]) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for entry in &policy.top.classify {
        let map = library.maps.find(&entry.map.value).and_then(|number| library.maps.all().get(number));
        let Some((map, document)) = map.and_then(|map| Some((map, map.document(&library.bundle)?))) else { continue };
        for own in &entry.fields {
            let same = |field: &&Field| {
                field.path.value == own.path.value
                    || map.head.ignore_case && field.path.value.eq_ignore_ascii_case(&own.path.value)
            };
            let lower =
                fields(document).filter(same).find(|field| plans.iter().any(|plan| lowers(library, plan, field, own)));
            problems.extend(lower.map(|field| lowered(own, field)));
        }
    }
    problems
}

fn fields(map: &SchemaMap) -> impl Iterator<Item = &Field> {
    map.fields.iter().chain(map.variants.iter().flat_map(|variant| &variant.fields))
}

/// Whether the classification alone would let more through than what the map says.
fn lowers(library: &Library, plan: &Plan, field: &Field, own: &Field) -> bool {
    let (known, own) = (form(library, plan, &field.categories), form(library, plan, &own.categories));
    known != own && own.join(known.clone()) == known
}

/// What becomes of a value of all these categories.
fn form(library: &Library, plan: &Plan, categories: &[Text]) -> Form {
    let of = categories.iter().flat_map(|text| library.words.family(&text.value));
    of.filter_map(|category| plan.forms(category).into_iter().next())
        .fold(Form::default(), |all, (form, _)| all.join(form))
}

fn lowered(own: &Field, known: &Field) -> Diagnostic {
    let names =
        |field: &Field| field.categories.iter().map(|c| format!("`{}`", c.value)).collect::<Vec<_>>().join(", ");
    let message =
        format!("`{}` stays what the map says: {} would be treated less strictly", own.path.value, names(own));
    let problem = Diagnostic::warning("P0205", message, own.path.span, "this changes nothing");
    let problem = problem.and(known.path.span, format!("{} here, and the stricter counts", names(known)));
    problem.help("leave it out; if the map is wrong, have the map changed, for everybody")
}
