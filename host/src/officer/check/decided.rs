//! Which categories does nobody decide?

use super::Policy;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Layer, Level, Row};
use crate::policy::{Library, family_has};

/// Rules of a base whose name begins so let through what every region has to decide for itself.
const LEFT: &str = "left-to-";

/// Categories without a row in any base: they are dropped, whatever layers below say.
pub(super) fn by_no_base(library: &Library) -> Vec<Diagnostic> {
    let bases: Vec<&Layer> =
        library.layers.values().map(|layer| &**layer).filter(|layer| layer.level == Level::Base).collect();
    let undecided =
        library.categories.categories.iter().filter(|(name, _)| !bases.iter().any(|base| decides(base, name)));
    let told = undecided.filter(|_| !bases.is_empty()).map(|(name, category)| {
        let message = format!("no base decides `{name}`: it is always dropped");
        let problem = Diagnostic::warning("P0131", message, category.title.span, "");
        problem.help(format!("give it a row in the base; \"{name}\" = \"drop\" if that is what is meant"))
    });
    told.collect()
}

/// What the base leaves to the region, and no layer of this policy decides.
pub(super) fn of(library: &Library, policy: &Policy) -> Vec<Diagnostic> {
    if !matches!(policy.top.level, Level::Jurisdiction | Level::Tenant) {
        return Vec::new();
    }
    let (bases, below): (Vec<&Layer>, Vec<&Layer>) = policy.layers.iter().partition(|layer| layer.level == Level::Base);
    let rules = bases.iter().flat_map(|base| &base.rules).filter(|rule| rule.name.value.starts_with(LEFT));
    let mut problems = Vec::new();
    for row in rules.flat_map(|rule| &rule.rows) {
        let members = library.words.family(&row.category.value);
        let names = members.into_iter().map(|category| library.words.name(category));
        let open: Vec<&str> = names.filter(|name| !below.iter().any(|layer| decides(layer, name))).collect();
        if !open.is_empty() {
            problems.push(left(policy.top, row, &open));
        }
    }
    problems
}

fn left(layer: &Layer, row: &Row, open: &[&str]) -> Diagnostic {
    let names = open.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let message = format!("neither `{}` nor what it stands on decides {names}", layer.id.value);
    let problem = Diagnostic::warning("P0132", message, layer.id.span, "no row of this category");
    let problem = problem.and(row.category.span, "let through here, for every region to decide");
    problem.help("give each a row, also where it may stay: = \"keep\"")
}

/// Whether some row of the layer is about the category.
fn decides(layer: &Layer, category: &str) -> bool {
    layer.rules.iter().flat_map(|rule| &rule.rows).any(|row| family_has(&row.category.value, category))
}
