//! Conditions: what can be decided before any event is seen, and what is left to ask each event.

use std::sync::Arc;

use super::Compiler;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Layer, Role, Spanned, Text, When};
use crate::policy::form::Form;
use crate::policy::glob::{GlobSet, fold};
use crate::policy::hours::{Calendar, HOLIDAY_CALENDARS};
use crate::policy::maps::unknown;
use crate::policy::plan::{Ask, Condition, Test};

/// How far a `when` is decided before any event is seen.
pub(super) enum Holds {
    Never,
    Always,
    Depends(Condition, Vec<Role>),
}

impl Compiler<'_> {
    /// Whether the purpose, the system or its attribution already rule a `when` out.
    pub(super) fn never(&self, when: &When) -> bool {
        (!when.purpose.is_empty() && !when.purpose.iter().any(|p| p.value == self.request.purpose))
            || (!when.system.is_empty() && !when.system.iter().any(|s| self.tags.contains(s.value.as_str())))
            || when.attributable.as_ref().is_some_and(|a| a.value != self.attributable)
    }

    /// Decides a `when`. `suppresses`: the event is withheld where it holds, so no user may have it in hand.
    pub(super) fn when(&mut self, when: &When, suppresses: bool) -> Holds {
        self.purposes(&when.purpose);
        let never = self.never(when);
        let mut condition = Condition::default();
        if !when.kind.is_empty() {
            condition.kinds = Some(when.kind.iter().flat_map(|kind| self.kinds(kind)).collect());
        }
        if !when.listed.is_empty() {
            condition.any_test = Some(when.listed.iter().filter_map(|list| self.listed(list, suppresses)).collect());
        }
        for (category, values, exact) in
            when.equals.iter().map(|(c, v)| (c, v, true)).chain(when.matches.iter().map(|(c, v)| (c, v, false)))
        {
            if self.accountable && suppresses {
                self.in_hand(category);
            }
            let look_in = self.family(category);
            let values = values.iter().map(|value| fold(value.as_bytes()));
            let globs = if exact { GlobSet::exact(values) } else { GlobSet::new(values) };
            let test = Test { ask: Ask::Fits(globs), look_in, about: Vec::new() };
            condition.all_tests.push(self.test(test, category.span));
        }
        if let Some(outside) = when.outside_hours.as_ref().filter(|_| !never) {
            condition.outside_hours = Some(outside.value);
            self.hours(outside);
        }
        if never {
            return Holds::Never;
        }
        let roles: Vec<_> = when.role.iter().map(|role| role.value).collect();
        if condition == Condition::default() && roles.is_empty() {
            return Holds::Always;
        }
        Holds::Depends(condition, roles)
    }

    fn in_hand(&mut self, what: &Text) {
        let message = "a condition that a user can control may not withhold events that must stay attributable";
        let help = "drop values instead of the event; a list may say whose mailbox or site it is: about = [\"owner\"]";
        self.problems.push(Diagnostic::error("P0114", message, what.span, "").help(help));
    }

    /// A condition on a value tells something of the value: it may read only what every layer above leaves whole.
    pub(super) fn reads_only_what_is_clear(&mut self, layer: &Layer, when: &When, above: &[Form]) {
        // What purpose or system rule out reads nothing.
        if self.never(when) {
            return;
        }
        let words = &self.library.words;
        let layers = self.layers;
        let position = |of: &Layer| layers.iter().position(|own| own.id.value == of.id.value);
        let hours = when.outside_hours.iter().filter_map(|c| Some((c.span, words.category("time.event")?)));
        let values = when
            .equals
            .iter()
            .chain(&when.matches)
            .flat_map(|(c, _)| words.family(c).into_iter().map(|id| (c.span, id)));
        let treated: Vec<_> = hours.chain(values).filter(|(_, id)| !above[usize::from(id.0)].is_clear()).collect();
        for (span, id) in treated {
            let word = words.name(id).to_owned();
            let message = format!("a condition cannot read `{word}`: a layer above does not leave it whole");
            let problem = Diagnostic::error("P0120", message, span, "");
            let problem = match self.decides(&word, |other| position(other) < position(layer)) {
                Some(row) => problem.and(row.category.span, "decided here"),
                None => problem,
            };
            self.problems.push(problem.help("hang the rule on a kind, a role or a list; what is whole for some purposes only is read for those: `when.purpose = [\"…\"]`"));
        }
    }

    /// Roles say whose a value is. `what`: what would hang on one.
    pub(super) fn no_role(&mut self, when: &When, what: &str) {
        if let Some(role) = when.role.first() {
            let problem =
                Diagnostic::error("P0121", format!("a role cannot {what}: it says whose a value is"), role.span, "");
            self.problems.push(problem.help("hang it on a kind, or on a list that is about the role"));
        }
    }

    /// Lists read what others hide: a limit that hung on one would tell of it.
    pub(super) fn no_list(&mut self, when: &When) {
        if let Some(list) = when.listed.first() {
            let message = "a list may only drop values or suppress the event";
            self.problems
                .push(Diagnostic::error("P0112", message, list.span, "").help("hang it on a kind or a system"));
        }
    }

    fn kinds(&mut self, kind: &Text) -> Vec<u16> {
        let found = self.library.words.kind_family(kind);
        if found.is_empty() {
            self.problems.push(unknown("P0203", "kind", kind, self.library.words.kinds().iter().map(String::as_str)));
        }
        found
    }

    fn listed(&mut self, name: &Text, suppresses: bool) -> Option<u16> {
        let Some(list) = self.lists.get(&name.value) else {
            let problem = unknown("P0115", "list", name, self.lists.keys().map(String::as_str));
            self.problems.push(problem);
            return None;
        };
        if !(self.accountable && suppresses) {
            return Some(list.all);
        }
        let about = list.about;
        if about.is_none() {
            self.in_hand(name);
        }
        about
    }

    /// Two tests: some time lies in working hours, some time does not.
    fn hours(&mut self, condition: &Spanned<bool>) {
        if self.hours.is_some() {
            return;
        }
        let Some(hours) = self.layers.iter().rev().find_map(|l| l.hours.as_ref()) else {
            let message = "no layer says what the working hours are";
            self.problems
                .push(Diagnostic::error("P0116", message, condition.span, "").help("add [hours] with `zone` and days"));
            return;
        };
        let Some(calendar) = Calendar::new(hours) else {
            let span = hours.holidays.as_ref().map_or(hours.zone.span, |h| h.span);
            let help = format!("holidays can be: {}", HOLIDAY_CALENDARS.join(", "));
            self.problems.push(Diagnostic::error("P0117", "unknown zone or holidays", span, "").help(help));
            return;
        };
        if calendar.never_ends() {
            let problem = Diagnostic::warning("P0139", "no time lies outside these hours", hours.zone.span, "");
            self.problems
                .push(problem.and(condition.span, "hangs on them").help("write the hours in which people work"));
        }
        let calendar = Arc::new(calendar);
        let look_in = self.library.words.category("time.event").into_iter().collect::<Vec<_>>();
        let inside = self.test(
            Test { ask: Ask::InHours(calendar.clone()), look_in: look_in.clone(), about: Vec::new() },
            condition.span,
        );
        let outside = self.test(Test { ask: Ask::OutsideHours(calendar), look_in, about: Vec::new() }, condition.span);
        self.hours = Some((inside, outside));
    }
}
