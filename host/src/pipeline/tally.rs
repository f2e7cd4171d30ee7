//! Counts by number, which get names at the end. Those of the last batch can be taken back: what does not leave, since its source
//! gives it again, is not counted twice.

use crate::policy::{Action, RedactField, RuleId, Serves};

use super::steps::Found;

/// Counts of values, findings and maps.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// By plan.
    pub(super) plans: Vec<OfPlan>,
    pub(super) entities: Vec<u64>,
    pub(super) schemas: Vec<u64>,
    before: Before,
}

/// What was counted before the last batch.
#[derive(Debug, Default)]
struct Before {
    /// Number of the batch.
    batch: u64,
    /// Plans that it had events of: of the others nothing changed.
    touched: Vec<u32>,
    entities: Vec<u64>,
    schemas: Vec<u64>,
}

/// Counts of one plan.
#[derive(Debug, Default)]
pub(super) struct OfPlan {
    /// How often, by the number that the action carries.
    pub(super) by_action: Vec<u64>,
    pub(super) suppressed: Vec<u64>,
    /// The same before the last batch that had events of it, and which one that was.
    before: (Vec<u64>, Vec<u64>),
    batch: u64,
}

impl Tally {
    /// Another batch comes: what was counted until now stays.
    pub(super) fn begin(&mut self) {
        let Self { before, entities, schemas, .. } = self;
        before.batch += 1;
        before.touched.clear();
        before.entities.clone_from(entities);
        before.schemas.clone_from(schemas);
    }

    /// Takes back what was counted since the last batch began.
    pub(super) fn take_back(&mut self) {
        for plan in self.before.touched.drain(..) {
            if let Some(of) = self.plans.get_mut(plan as usize) {
                (of.by_action, of.suppressed) = std::mem::take(&mut of.before);
                of.batch = 0;
            }
        }
        self.entities.clone_from(&self.before.entities);
        self.schemas.clone_from(&self.before.schemas);
    }

    /// What was counted, which is forgotten.
    pub(super) fn take(&mut self) -> Self {
        let batch = self.before.batch;
        let taken = std::mem::take(self);
        self.before.batch = batch;
        taken
    }

    /// The counts of a plan, with room for so many actions.
    pub(super) fn of(&mut self, plan: u32, actions: usize) -> &mut OfPlan {
        let number = plan as usize;
        if self.plans.len() <= number {
            self.plans.resize_with(number + 1, OfPlan::default);
        }
        let of = &mut self.plans[number];
        if of.batch != self.before.batch {
            of.batch = self.before.batch;
            of.before.0.clone_from(&of.by_action);
            of.before.1.clone_from(&of.suppressed);
            self.before.touched.push(plan);
        }
        if of.by_action.len() < actions {
            of.by_action.resize(actions, 0);
        }
        of
    }

    pub(super) fn schema(&mut self, map: u16) {
        let number = usize::from(map);
        if self.schemas.len() <= number {
            self.schemas.resize(number + 1, 0);
        }
        self.schemas[number] += 1;
    }

    /// Findings by entity; those of the guard count elsewhere.
    pub(super) fn found(&mut self, found: &Found, fields: &[RedactField]) {
        let is_of_guard = |field: &RedactField| matches!(field.serves, Serves::Guard | Serves::Watch);
        let skip =
            (0..).zip(fields).filter(|(_, field)| is_of_guard(field)).flat_map(|(number, _)| found.of_field(number));
        for finding in &found.findings {
            let number = finding.entity as usize;
            if self.entities.len() <= number {
                self.entities.resize(number + 1, 0);
            }
            self.entities[number] += 1;
        }
        for finding in skip {
            self.entities[finding.entity as usize] -= 1;
        }
    }
}

impl OfPlan {
    #[inline]
    pub(super) fn action(&mut self, action: &Action, times: u64) {
        if let Some(count) = self.by_action.get_mut(usize::from(action.number)) {
            *count += times;
        }
    }

    pub(super) fn suppress(&mut self, rules: &[RuleId]) {
        for rule in rules {
            let number = usize::from(rule.0);
            if self.suppressed.len() <= number {
                self.suppressed.resize(number + 1, 0);
            }
            self.suppressed[number] += 1;
        }
    }
}
