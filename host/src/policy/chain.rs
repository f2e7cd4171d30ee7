//! Which layers hold for a policy: itself, what it inherits, and the laws of its workforce. And which laws hold on its day.

use std::collections::BTreeMap;

use super::diagnostic::Diagnostic;
use super::document::{Date, Layer, Level, Reason, Text};
use super::library::Library;
use super::maps::unknown;

impl Library {
    /// The layers that hold for a policy whatever the day is, base first.
    pub fn layers_of(&self, policy: &str) -> Vec<&Layer> {
        chain(self, policy, &[], Date::MAX, &mut Vec::new())
    }
}

impl Layer {
    /// The layers that hold with this one: what it inherits, and the laws of its workforce.
    pub(super) fn named(&self) -> impl Iterator<Item = &Text> {
        let laws = self.workforce.iter().flat_map(|w| w.jurisdictions.iter().chain(&w.sectors));
        self.inherits.iter().chain(laws)
    }
}

/// The layers that hold, base first; each stands once, however often it is inherited.
pub(super) fn chain<'a>(
    library: &'a Library,
    id: &str,
    with: &[&str],
    on: Date,
    problems: &mut Vec<Diagnostic>,
) -> Vec<&'a Layer> {
    let mut found: BTreeMap<&str, (usize, &Layer)> = BTreeMap::new();
    let mut open: Vec<_> =
        std::iter::once(&id).chain(with).filter_map(|id| Some((library.layers.get(*id)?, 0usize))).collect();
    while let Some((layer, depth)) = open.pop() {
        if found.insert(&layer.id.value, (depth, layer)).is_some() {
            continue;
        }
        for name in layer.named() {
            match library.layers.get(&name.value) {
                Some(next) => open.push((next, depth + 1)),
                None => problems.push(no_layer(library, name)),
            }
        }
        if layer.level > super::document::Level::Base && layer.inherits.is_none() && layer.workforce.is_empty() {
            open.extend(library.layers.get("base").map(|base| (base, depth + 1)));
        }
    }
    let mut layers: Vec<_> = found.into_values().collect();
    layers.sort_by_key(|(depth, layer)| (layer.level, std::cmp::Reverse(*depth), layer.id.value.clone()));
    let layers: Vec<_> = layers.into_iter().map(|(_, layer)| layer).collect();
    for layer in &layers {
        if let Some(day) = layer.in_force.as_ref().filter(|day| day.value > on) {
            problems.push(
                Diagnostic::error(
                    "P0104",
                    format!("`{}` is not in force on {on}", layer.id.value),
                    day.span,
                    "from this day",
                )
                .help(format!("ask for a day from {} on, or use the revision that was in force", day.value)),
            );
        }
    }
    layers
}

/// Whether what stands for this reason holds on a day: not while every law that it cites is still to start. Of a law that several
/// layers name the earliest day counts, so that none can put off what another one says.
pub fn in_force(reason: &Reason, layers: &[&Layer], on: Date) -> bool {
    let starts_later = |law: &Text| {
        let mut said = layers.iter().filter_map(|layer| layer.laws.get(&law.value)).peekable();
        said.peek().is_some() && said.all(|law| law.from.is_some_and(|day| day > on))
    };
    reason.cite.is_empty() || !reason.cite.iter().all(starts_later)
}

fn no_layer(library: &Library, name: &Text) -> Diagnostic {
    let problem = unknown("P0105", "layer", name, library.layers.keys().map(String::as_str));
    if problem.help.is_some() {
        return problem;
    }
    // Who writes `france` means the layer with that title.
    let titled = library.layers.values().find(|layer| layer.title.eq_ignore_ascii_case(&name.value));
    let others = library.layers.values().filter(|layer| layer.level != Level::Tenant);
    let known: Vec<_> = others.map(|layer| layer.id.value.as_str()).collect();
    let known = format!("known: {}", known.join(", "));
    match titled.map(|layer| &layer.id.value) {
        Some(id) => Diagnostic { fix: Some(id.clone()), ..problem.help(format!("did you mean `{id}`? {known}")) },
        None => problem.help(known),
    }
}
