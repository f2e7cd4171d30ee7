//! What a plan holds, for whoever asks why: [`Resolver`](super::Resolver) only says what.

use super::document::{Layer, Role};
use super::form::Form;
use super::plan::{Condition, HowLong, Plan, RuleId};
use super::vocabulary::CategoryId;

/// A rule that hangs on the event.
#[derive(Clone, Copy, Debug)]
pub struct AtTimes<'p> {
    /// Which.
    pub rule: RuleId,
    /// Whose values it is about; empty: everybody's.
    pub roles: &'p [Role],
    /// What it does to values.
    pub rows: &'p [(CategoryId, Form)],
    /// It withholds the event.
    pub suppress: bool,
    /// Nothing of the event decides any more: it holds.
    pub is_certain: bool,
}

/// A floor: what has to stay visible or reversible.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'p> {
    /// Which.
    pub rule: RuleId,
    /// Whose values it is about; empty: everybody's.
    pub roles: &'p [Role],
    /// Of which categories.
    pub show: &'p [CategoryId],
    /// Nothing of the event decides any more: it holds.
    pub is_certain: bool,
}

/// What becomes of values, or keys, at one place of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// What happens.
    pub form: Form,
    /// Rules behind it.
    pub rules: Vec<RuleId>,
    /// What is there; empty: nobody classifies it.
    pub categories: Vec<CategoryId>,
}

impl Plan {
    /// Its layers, base first.
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        let all = || self.library.layers.values().map(|layer| &**layer);
        let of = move |file| all().find(move |layer| layer.id.span.file == file);
        self.files.iter().filter_map(move |file| of(*file))
    }

    /// What holds for a category whatever the event is, and by which rules.
    pub fn always(&self, category: CategoryId) -> Option<(&Form, &[RuleId])> {
        // No unconditional rule hangs on a role.
        let settled = self.statics.get(usize::from(category.0))?.first()?;
        Some((&settled.form, &settled.rules))
    }

    /// Rules that hang on the event, in the order of the layers. Those that purpose, system or evidence rule out are left out.
    pub fn at_times(&self) -> impl Iterator<Item = AtTimes<'_>> {
        self.dynamics.iter().map(|rule| AtTimes {
            rule: rule.rule,
            roles: &rule.roles,
            rows: &rule.rows,
            suppress: rule.suppress,
            is_certain: rule.when == Condition::default(),
        })
    }

    /// What has to stay visible or reversible.
    pub fn shown(&self) -> impl Iterator<Item = Shown<'_>> {
        self.floors.iter().map(|floor| Shown {
            rule: floor.rule,
            roles: &floor.roles,
            show: &floor.show,
            is_certain: floor.when == Condition::default(),
        })
    }

    /// How long the store is asked to keep events of a kind, or of none, of which nothing else is known.
    pub fn keeps(&self, kind: Option<&str>) -> HowLong {
        let number = kind.and_then(|kind| self.library.words.kind_family(kind).first().copied());
        self.how_long(|when| {
            let of_kind = when.kinds.as_ref().is_none_or(|kinds| number.is_some_and(|own| kinds.contains(&own)));
            let Condition { kinds: _, any_test, all_tests, outside_hours } = when;
            of_kind && any_test.is_none() && all_tests.is_empty() && outside_hours.is_none()
        })
    }

    /// Limits of retention that may hold, as `layer.name`: neither ruled out, nor lost to another by a decision.
    pub fn limits(&self) -> impl Iterator<Item = &str> {
        self.retention.iter().map(|keeping| keeping.name.as_str())
    }
}
