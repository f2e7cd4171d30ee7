//! What has to stay attributable: floors, and what they never give back.

use super::Compiler;
use super::when::Holds;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Attributable, Layer, Level};
use crate::policy::evidence::Answers;
use crate::policy::form::End;
use crate::policy::plan::{Condition, Floor, ROLES, Settled};
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

    /// By category, whether what was compiled so far lets nothing of it out, whatever the event is.
    pub(super) fn closed(&self) -> Vec<bool> {
        self.statics.iter().map(|roles| roles.iter().any(|role| !role.form.leaves())).collect()
    }

    /// A floor gives back what a region or a sector takes: neither what the base itself lets nobody have, nor what must not
    /// be collected. (What the base closes at times it closes at these times: see `form_of`.)
    pub(super) fn keep_floors_from(&mut self, closed: &[bool]) {
        let of = |category: &CategoryId| usize::from(category.0);
        let forbids = |roles: &[Settled; ROLES]| roles.iter().any(|role| role.form.end == End::Forbid);
        let shown: Vec<_> =
            closed.iter().zip(&self.statics).map(|(closed, roles)| !closed && !forbids(roles)).collect();
        for (row, categories) in self.shown.drain(..) {
            let Some(first) = categories.first() else { continue };
            let word = self.library.words.name(*first);
            if categories.iter().all(|category| closed[of(category)]) {
                let message = format!("no floor shows `{word}`: it does not leave by the base");
                let by = self.statics[of(first)][0].rules.iter().map(|rule| self.rules[usize::from(rule.0)].span);
                let problem = Diagnostic::error("P0136", message, row, "");
                let problem = by.fold(problem, |problem, span| problem.and(span, "of this category"));
                self.problems.push(problem.help("leave the row out"));
            } else if !categories.iter().any(|category| shown[of(category)]) {
                let message = format!("`{word}` is forbidden, which no floor takes back");
                let help = "leave one of the two out: what must not be collected cannot be what a record has to say";
                self.problems.push(Diagnostic::warning("P0136", message, row, "").help(help));
            }
        }
        for floor in &mut self.floors {
            floor.show.retain(|category| shown[of(category)]);
        }
    }
}
