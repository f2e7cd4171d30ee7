//! Whether a condition of NEW holds wherever a condition of OLD does.

use std::collections::BTreeSet;

use crate::policy::document::{Hours, List, SecretLists, Text, When};
use crate::policy::glob::fold;
use crate::policy::{Plan, family_has};

use super::super::decision::Decisions;
use super::Two;

/// A plan and the words of its lists.
pub(super) struct Of<'a> {
    pub(super) decisions: &'a Decisions<'a>,
    pub(super) lists: &'a SecretLists,
}

impl<'p> Two<'p> {
    pub(super) fn was(&self) -> Of<'_> {
        Of { decisions: &self.old, lists: self.lists.0 }
    }

    pub(super) fn is(&self) -> Of<'_> {
        Of { decisions: &self.new, lists: self.lists.1 }
    }
}

/// Whether `wide` of one plan holds for every event and value for which `narrow` of the other does. Purpose, system, attribution
/// and facts were decided when the plans were made. `withholds`: the conditions withhold events.
pub(super) fn implied(narrow: (&When, &Of), wide: (&When, &Of), withholds: bool) -> bool {
    let ((narrow, here), (wide, there)) = (narrow, wide);
    let kinds = |when: &When, of: &Of| -> BTreeSet<String> {
        let all = of.decisions.plan().library.words.kinds().iter();
        all.filter(|kind| when.kind.iter().any(|family| family_has(family, kind))).cloned().collect()
    };
    let kind = wide.kind.is_empty() || (!narrow.kind.is_empty() && kinds(narrow, here).is_subset(&kinds(wide, there)));
    let roles = wide.role.is_empty()
        || (!narrow.role.is_empty()
            && narrow.role.iter().all(|role| wide.role.iter().any(|one| one.value == role.value)));
    let hours = match (&narrow.outside_hours, &wide.outside_hours) {
        (_, None) => true,
        (Some(one), Some(other)) => one.value == other.value && same_hours(here, there),
        (None, Some(_)) => false,
    };
    let lists = wide.listed.is_empty()
        || (!narrow.listed.is_empty()
            && narrow.listed.iter().all(|name| {
                wide.listed.iter().any(|one| one.value == name.value) && list_covers(name, here, there, withholds)
            }));
    kind && roles && hours && lists && tests(&narrow.equals, &wide.equals) && tests(&narrow.matches, &wide.matches)
}

/// Each test of `wide` is one of `narrow`, for at least the same values.
fn tests(narrow: &[(Text, Vec<String>)], wide: &[(Text, Vec<String>)]) -> bool {
    wide.iter().all(|(category, values)| {
        let same = |(other, fewer): &&(Text, Vec<String>)| {
            other.value == category.value && fewer.iter().all(|value| values.contains(value))
        };
        narrow.iter().any(|test| same(&test))
    })
}

fn hours<'a>(of: &'a Of) -> Option<&'a Hours> {
    of.decisions.layers().iter().rev().find_map(|layer| layer.hours.as_ref())
}

fn same_hours(one: &Of, other: &Of) -> bool {
    let said = |hours: &Hours| {
        (hours.zone.value.clone(), hours.shifts.clone(), hours.holidays.as_ref().map(|h| h.value.clone()))
    };
    hours(one).map(said) == hours(other).map(said)
}

/// Whether the list of that name finds in `there` whatever it finds in `here`.
fn list_covers(name: &str, here: &Of, there: &Of, withholds: bool) -> bool {
    let (narrow, wide) = (United::new(name, here), United::new(name, there));
    // Where events have to stay attributable, a list that withholds them looks only at whose they are.
    let is_narrowed = withholds && accountable(there.decisions.plan()) && !accountable(here.decisions.plan());
    !is_narrowed
        && narrow.words.is_subset(&wide.words)
        && narrow.look_in.is_subset(&wide.look_in)
        && narrow.about.is_subset(&wide.about)
}

fn accountable(plan: &Plan) -> bool {
    plan.scope.attributable || plan.shown().next().is_some()
}

/// A list, with what every layer says of it.
pub(super) struct United {
    pub(super) words: BTreeSet<String>,
    pub(super) look_in: BTreeSet<String>,
    pub(super) about: BTreeSet<u8>,
}

impl United {
    pub(super) fn new(name: &str, of: &Of) -> Self {
        let all = of.decisions.layers().iter().flat_map(|layer| &layer.lists);
        let lists: Vec<&List> = all.filter(|list| list.name.value == name).collect();
        let secret = of.lists.lists.get(name).into_iter().flatten();
        let words = lists.iter().flat_map(|list| &list.words).chain(secret);
        let library = &of.decisions.plan().library.words;
        let families = lists.iter().flat_map(|list| &list.look_in);
        Self {
            words: words.map(|word| fold(word.value.as_bytes())).collect(),
            look_in: families.flat_map(|family| library.family(family)).map(|id| library.name(id).to_owned()).collect(),
            about: lists.iter().flat_map(|list| &list.about).map(|role| role.value as u8).collect(),
        }
    }
}
