//! Whether a condition holds for an event, of which it is known what its values answered and what kinds it is of.

use std::collections::BTreeSet;

use super::maps::ATOMS_MAX;
use super::plan::{Ask, Condition, Plan};
use super::resolve::Tests;

/// What holds for one event.
pub(super) struct Now<'a> {
    pub(super) plan: &'a Plan,
    pub(super) tests: Tests,
    pub(super) kinds: &'a BTreeSet<u16>,
}

impl Now<'_> {
    fn test(&self, number: u16) -> bool {
        self.tests >> (ATOMS_MAX + usize::from(number)) & 1 == 1
    }

    pub(super) fn holds(&self, when: &Condition) -> bool {
        when.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|k| self.kinds.contains(k)))
            && when.any_test.as_ref().is_none_or(|any| any.iter().any(|t| self.test(*t)))
            && when.all_tests.iter().all(|t| self.test(*t))
            && when.outside_hours.is_none_or(|wanted| self.hours(wanted))
    }

    /// An event without a time counts as outside and inside at once: a condition never loosens.
    fn hours(&self, outside: bool) -> bool {
        let mut saw = [false, false];
        for (number, test) in self.plan.tests.iter().enumerate() {
            match test.ask {
                Ask::InHours(_) => saw[0] |= self.test(number as u16),
                Ask::OutsideHours(_) => saw[1] |= self.test(number as u16),
                _ => {}
            }
        }
        let [inside, is_outside] = saw;
        (!inside && !is_outside) || if outside { is_outside } else { inside }
    }
}
