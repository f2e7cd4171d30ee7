//! What has to stay attributable: floors, and what they never give back.

use super::Compiler;
use super::when::Holds;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Attributable, Layer, Level};
use crate::policy::evidence::Answers;
use crate::policy::form::End;
use crate::policy::plan::{Condition, Floor};
use crate::policy::vocabulary::CategoryId;

impl Compiler<'_> {
    pub(super) fn floor(&mut self, layer: &Layer, floor: &Attributable, answers: &Answers) {
        let rule = self.name(layer, &floor.name, &floor.reason);
        let rows: Vec<_> = floor.show.iter().map(|row| (row.span, self.family(row))).collect();
        self.no_list(&floor.when);
        if layer.level == Level::Tenant {
            let message = "a tenant sets no floor: it would take back what the layers above ask for";
            let help = "say `attributable = true` of the system in the evidence; a law that asks for more stands in a jurisdiction or a sector";
            self.problems.push(Diagnostic::error("P0137", message, floor.name.span, "").help(help));
        }
        let (when, roles) = match self.when(&floor.when, false) {
            Holds::Never => return,
            Holds::Always => (Condition::default(), Vec::new()),
            Holds::Depends(when, roles) => (when, roles),
        };
        if answers.applies(floor.fact.as_ref(), &floor.reason) {
            let show = rows.iter().flat_map(|(_, categories)| categories.clone()).collect();
            self.shown.extend(rows);
            self.floors.push(Floor { rule, when, roles, show });
        }
    }

    /// By category, whether what was compiled so far lets nothing of it out, be it of some events only.
    pub(super) fn closed(&self) -> Vec<bool> {
        let mut closed: Vec<_> =
            self.statics.iter().map(|roles| roles.iter().any(|role| !role.form.leaves())).collect();
        for (category, form) in self.dynamics.iter().flat_map(|rule| &rule.rows) {
            closed[usize::from(category.0)] |= !form.leaves();
        }
        closed
    }

    /// A floor gives back what a region or a sector takes: neither what the base itself lets nobody have, nor what must not
    /// be collected.
    pub(super) fn keep_floors_from(&mut self, mut closed: Vec<bool>) {
        for (closed, roles) in closed.iter_mut().zip(&self.statics) {
            *closed |= roles.iter().any(|role| role.form.end == End::Forbid);
        }
        let is_open = |category: &CategoryId| !closed[usize::from(category.0)];
        for (row, categories) in self.shown.drain(..) {
            if !categories.iter().any(is_open)
                && let Some(first) = categories.first()
            {
                let word = self.library.words.name(*first);
                let message =
                    format!("no floor shows `{word}`: it does not leave by the base, or must not be collected at all");
                let by =
                    self.statics[usize::from(first.0)][0].rules.iter().map(|rule| self.rules[usize::from(rule.0)].span);
                let problem = Diagnostic::error("P0136", message, row, "");
                self.problems
                    .push(by.fold(problem, |problem, span| problem.and(span, "by this")).help("leave the row out"));
            }
        }
        for floor in &mut self.floors {
            floor.show.retain(is_open);
        }
    }
}
