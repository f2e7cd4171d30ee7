//! Is there a condition that never holds, because no schema map gives what it asks for?

use std::collections::BTreeSet;

use super::Policy;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{List, SchemaMap, Text, When};
use crate::policy::{CategoryId, Library, family_has};

/// What the maps of a library give.
struct Given {
    kinds: BTreeSet<String>,
    categories: BTreeSet<CategoryId>,
}

pub(super) fn of(library: &Library, policy: &Policy) -> Vec<Diagnostic> {
    let given = given(library, policy);
    let layer = policy.top;
    let whens = layer.rules.iter().map(|rule| &rule.when);
    let whens = whens.chain(layer.retention.iter().map(|limit| &limit.when));
    let whens = whens.chain(layer.attributable.iter().map(|floor| &floor.when));
    let mut problems: Vec<_> = whens.flat_map(|when| blind(library, when, &given)).collect();
    problems.extend(layer.lists.iter().filter_map(|list| blind_list(library, list, &given)));
    problems
}

fn given(library: &Library, policy: &Policy) -> Given {
    let mut given = Given { kinds: BTreeSet::new(), categories: BTreeSet::new() };
    let documents = library.maps.all().iter().filter_map(|map| map.document(&library.bundle));
    for document in documents {
        given.kinds.extend(kinds(document));
        given.categories.extend(categories(document).flat_map(|text| library.words.family(text)));
    }
    let own = policy.layers.iter().flat_map(|layer| &layer.classify).flat_map(|classify| &classify.fields);
    given.categories.extend(own.flat_map(|field| &field.categories).flat_map(|text| library.words.family(text)));
    given
}

fn kinds(map: &SchemaMap) -> impl Iterator<Item = String> {
    let lines = map.lines.iter().filter_map(|line| line.kind.as_ref());
    map.events.iter().map(|event| &event.kind).chain(lines).map(|kind| kind.value.clone())
}

fn categories(map: &SchemaMap) -> impl Iterator<Item = &Text> {
    let variants = map.variants.iter().flat_map(|variant| &variant.fields);
    let fields = map.fields.iter().chain(&map.keys).chain(variants).flat_map(|field| &field.categories);
    let holes = map.lines.iter().flat_map(|line| &line.holes).flat_map(|(_, _, categories)| categories);
    fields.chain(holes).chain(map.inside.iter().filter_map(|inside| inside.otherwise.as_ref()))
}

/// Kinds and categories that a condition asks for and no map gives.
fn blind(library: &Library, when: &When, given: &Given) -> Vec<Diagnostic> {
    let is_given = |kind: &Text| given.kinds.iter().any(|known| family_has(&kind.value, known));
    let is_known = |kind: &&Text| !library.words.kind_family(&kind.value).is_empty();
    let kinds = when.kind.iter().filter(is_known).filter(|kind| !is_given(kind));
    let kinds = kinds.map(|kind| never("kind", "no schema map says of an event that it is", kind));
    let asked = when.equals.iter().chain(&when.matches).map(|(category, _)| category);
    let unseen = asked.filter(|category| !is_seen(library, category, given));
    kinds.chain(unseen.map(|text| never("category", "no schema map says of a field that it is", text))).collect()
}

fn is_seen(library: &Library, text: &Text, given: &Given) -> bool {
    let family = library.words.family(&text.value);
    // Unknown words are told by compile.
    family.is_empty() || family.iter().any(|category| given.categories.contains(category))
}

fn never(what: &str, why: &str, text: &Text) -> Diagnostic {
    let problem =
        Diagnostic::warning("P0130", format!("the condition never holds: {why} `{}`", text.value), text.span, "");
    problem.help(format!("let a schema map give this {what}, or leave the condition out"))
}

/// A list that looks only where no value ever stands, and is about nobody.
fn blind_list(library: &Library, list: &List, given: &Given) -> Option<Diagnostic> {
    let first = list.look_in.first()?;
    let is_blind = list.about.is_empty() && !list.look_in.iter().any(|text| is_seen(library, text, given));
    is_blind.then(|| never("category", "the list looks only where no field of a schema map is, as", first))
}
