//! Plugins of vendors: what they do joins like any other treatment.

use std::collections::BTreeSet;

use super::Compiler;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Layer, ValueType, Work};
use crate::policy::form::{Form, Hide};
use crate::policy::plan::PlanPlugin;

impl Compiler<'_> {
    /// Joins the plugins of a layer into what holds always; `all` is told what the layer might do.
    pub(super) fn vendors(&mut self, layer: &Layer, all: &mut [Form]) {
        for said in &layer.plugins {
            let rule = self.name(layer, &said.name, &said.reason);
            let number = self.plugins.len() as u16;
            let form = match said.does {
                Work::Look { .. } => {
                    Form { hide: Hide { plugins: BTreeSet::from([number]), ..Hide::default() }, ..Form::default() }
                }
                Work::Rewrite => Form { rewrite: BTreeSet::from([number]), ..Form::default() },
            };
            for text in &said.categories {
                for category in self.family(text) {
                    let is = self.library.words.value_type(category);
                    if !matches!(is, ValueType::Text | ValueType::Email | ValueType::Card) {
                        let word = self.library.words.name(category);
                        let message = format!("a plugin is for text; `{word}` is {is:?}").to_lowercase();
                        let mut problem = Diagnostic::error("P0113", message, text.span, "is for text");
                        if let Some(typed) = self.library.categories.categories.get(word).and_then(|c| c.typed) {
                            problem = problem.and(typed, "its type is declared here");
                        }
                        self.problems.push(problem);
                    }
                    let category = usize::from(category.0);
                    let slot = &mut all[category];
                    *slot = std::mem::take(slot).join(form.clone());
                    let mut other = None;
                    for role in &mut self.statics[category] {
                        other = other.or(role.form.rewrite.first().copied());
                        role.form = std::mem::take(&mut role.form).join(form.clone());
                        role.rules.push(rule);
                    }
                    let other = other.filter(|other| said.does == Work::Rewrite && *other != number);
                    if let Some(other) = other.and_then(|other| self.plugins.get(usize::from(other))) {
                        let word = self.library.words.name(crate::policy::CategoryId(category as u16));
                        let message = format!("two transformers rewrite `{word}`");
                        let problem = Diagnostic::error("P0124", message, text.span, "this one");
                        self.problems.push(problem.and(other.said.name.span, "and this one").help("keep one of them"));
                    }
                }
            }
            let folder = self.library.bundle.name(layer.id.span.file).rsplit_once('/').map_or("", |(folder, _)| folder);
            let file = if folder.is_empty() {
                said.component.value.clone()
            } else {
                format!("{folder}/{}", said.component.value)
            };
            let name = format!("{}.{}", layer.id.value, said.name.value);
            self.plugins.push(PlanPlugin { name, file, said: said.clone() });
        }
    }
}
