//! One row: what is done with a category, for which purpose, and whether that can be.

use std::collections::BTreeMap;

use super::Compiler;
use super::rules::{Above, NO_JOIN};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{ByPurpose, Layer, Level, Row, Rule, Span, Text, Verb};
use crate::policy::form::{Form, misfit};
use crate::policy::maps::unknown;
use crate::policy::vocabulary::{CategoryId, family_has};

/// What a rule says of a category.
#[derive(Clone, Debug)]
pub(super) struct Said {
    /// How specific its row is: a longer pattern more than a shorter one, a category more than its family.
    pub(super) weight: usize,
    pub(super) form: Form,
    /// Where the row stands.
    pub(super) row: Span,
}

impl<'a> Compiler<'a> {
    /// The most specific row of a rule for each category.
    pub(super) fn rows(
        &mut self,
        layer: &Layer,
        rule: &Rule,
        above: &Above<'_>,
        protects: bool,
    ) -> BTreeMap<CategoryId, Said> {
        let mut rows: BTreeMap<CategoryId, Said> = BTreeMap::new();
        for row in &rule.rows {
            let categories = self.family(&row.category);
            let Some(form) = self.row(layer, row, above, protects) else { continue };
            let weight = weight(row);
            for category in categories {
                if rows.get(&category).is_none_or(|before| before.weight <= weight) {
                    rows.insert(category, Said { weight, form: form.clone(), row: row.category.span });
                }
            }
        }
        rows
    }

    /// The form of one row at the purpose of the plan, after all its purposes were checked.
    fn row(&mut self, layer: &Layer, row: &Row, above: &Above<'_>, protects: bool) -> Option<Form> {
        let ByPurpose { named, otherwise, purposes } = &row.what;
        self.purposes(purposes);
        let mut chosen = None;
        for (purpose, names) in named.iter().map(|(p, n)| (p.as_str(), n)).chain(otherwise.iter().map(|n| ("", n))) {
            let mine =
                purpose == self.request.purpose || (purpose.is_empty() && !named.contains_key(self.request.purpose));
            let mut form = Form::default();
            for name in names {
                let Some(treatment) = self.treatments.get(name.value.as_str()).copied() else {
                    let problem = unknown("P0109", "treatment", name, self.treatments.keys().copied());
                    self.problems.push(problem);
                    continue;
                };
                if let Verb::RedactFound { find, .. } = &treatment.verb {
                    self.finds.extend(find.iter().map(|sought| (sought.clone(), treatment.name.span)));
                }
                self.fits(row, name, &treatment.verb, protects);
                if treatment.verb == Verb::Keep && names.len() > 1 {
                    let problem =
                        Diagnostic::error("P0118", "`keep` means nothing beside another treatment", name.span, "");
                    self.problems.push(problem.help("all treatments of a list apply: leave `keep` out"));
                } else if mine && treatment.verb == Verb::Keep {
                    self.keeps(layer, row, name, above);
                }
                form = form.join(Form::of(&treatment.verb));
            }
            if let Err((one, other)) = form.rung() {
                let message = format!("{} cannot become both {one} and {other}", row.category.value);
                self.problems.push(Diagnostic::error("P0110", message, row.category.span, "").help(NO_JOIN));
            }
            if mine {
                chosen = Some(form);
            }
        }
        chosen
    }

    /// A treatment has to go with the type of every category of the row.
    fn fits(&mut self, row: &Row, name: &Text, verb: &Verb, protects: bool) {
        if *verb == Verb::Suppress {
            let problem = Diagnostic::error("P0111", format!("`{}` is for whole events", name.value), name.span, "")
                .help("write `event = \"suppress\"`, or `drop` for a value");
            self.problems.push(problem);
        }
        if protects && !matches!(verb, Verb::Drop | Verb::Forbid) {
            let message = "a list may only drop values or suppress the event".to_owned();
            self.problems.push(Diagnostic::error("P0112", message, name.span, "").help("use `drop`"));
        }
        let words = &self.library.words;
        let types = words.family(&row.category).into_iter().map(|category| (category, words.value_type(category)));
        let wrong = types.filter_map(|(category, is)| Some((category, is, misfit(verb, is)?))).next();
        let Some((category, is, why)) = wrong else { return };
        let (word, is) = (words.name(category), format!("{is:?}").to_lowercase());
        let mut problem =
            Diagnostic::error("P0113", format!("`{}` {why}; `{word}` is {is}", name.value), name.span, why);
        if let Some(declared) = self.library.categories.categories.get(word) {
            problem = problem.and(declared.typed.unwrap_or(declared.title.span), format!("this is {is}"));
        }
        self.problems.push(problem);
    }

    /// The layers that a layer inherits, and that those inherit.
    fn inherited(&self, layer: &Layer) -> Vec<&'a Layer> {
        let mut found: Vec<&'a Layer> = Vec::new();
        let mut next = layer.inherits.as_ref();
        while let Some(layer) = next.and_then(|id| self.library.layers.get(&id.value)) {
            if found.iter().any(|known| known.id.value == layer.id.value) {
                break;
            }
            found.push(layer);
            next = layer.inherits.as_ref();
        }
        found
    }

    /// The first row of some layers that does not leave a category whole at the purpose of the plan.
    pub(super) fn decides(&self, category: &str, among: impl Fn(&Layer) -> bool) -> Option<&'a Row> {
        let rules = self.layers.iter().filter(|layer| among(layer)).flat_map(|layer| &layer.rules);
        // What a list protects is decided before anything is treated.
        let mut rules = rules.filter(|rule| rule.when.listed.is_empty() && !self.never(&rule.when));
        rules.find_map(|rule| {
            let rows = rule.rows.iter().filter(|row| family_has(&row.category, category));
            rows.max_by_key(|row| weight(row)).filter(|row| !self.is_kept_by(row))
        })
    }

    fn is_kept_by(&self, Row { what, .. }: &Row) -> bool {
        let said = what.named.get(self.request.purpose).or(what.otherwise.as_ref());
        said.is_none_or(|names| names.iter().all(|name| name.value == "keep"))
    }

    /// `keep` says something only in the base, or where every layer that this one stands on leaves the value whole.
    fn keeps(&mut self, layer: &Layer, row: &Row, name: &Text, above: &Above<'_>) {
        if layer.level == Level::Base {
            return;
        }
        let inherited = self.inherited(layer);
        let mut categories = self.library.words.family(&row.category).into_iter();
        let Some(category) = categories.find(|c| !above.leaves_whole(layer, &inherited, *c)) else { return };
        let word = self.library.words.name(category).to_owned();
        let message = format!("`keep` is not true here for `{word}`");
        let label = format!("for `{}` you cannot keep more in this file", self.request.purpose);
        let problem = Diagnostic::error("P0118", message, name.span, label);
        let stands_on = |other: &Layer| {
            layer.level == Level::Tenant
                || other.level == Level::Base
                || inherited.iter().any(|i| i.id.value == other.id.value)
        };
        let problem = match self.decides(&word, |other| other.id.value != layer.id.value && stands_on(other)) {
            Some(other) => problem.and(other.category.span, "decided here"),
            None => problem.help(
                "no base decides what becomes of it, so it is dropped: let the base keep it, or leave the row out",
            ),
        };
        self.problems.push(match problem.help {
            Some(_) => problem,
            None => problem.help("leave the row out (nothing changes), or tighten it"),
        });
    }
}

/// How specific a row is: the most specific one of a rule decides.
fn weight(row: &Row) -> usize {
    row.category.value.len() + usize::from(!row.category.value.ends_with('*'))
}
