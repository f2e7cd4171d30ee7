//! What became of events: one table from failure to outcome, and the counts of a run.

use std::collections::BTreeMap;

/// Why an event is quarantined. Codes are stable; texts of events never appear.
pub mod reason {
    /// No schema map recognises the event.
    pub const UNKNOWN_SCHEMA: &str = "unknown-schema";
    /// A gate, a list or the purpose keeps the event's tenant closed: nothing of it flows.
    pub const CLOSED: &str = "closed";
    /// The event names no tenant, or one that is not known.
    pub const UNKNOWN_TENANT: &str = "unknown-tenant";
    /// The maps are too large together to be compiled.
    pub const NO_PLAN: &str = "no-plan";
    /// A step failed for the event, and the failure rule of one of its values quarantines it.
    pub const STEP_FAILED: &str = "step-failed";
}

/// What became of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was passed on as the plan says.
    Passed,
    /// A rule withheld it.
    Suppressed,
    /// It cannot be treated: it goes to quarantine, or is discarded and counted.
    Quarantined(&'static str),
    /// A step failed for it and the failure rule stops the route, or it came behind such an event. It is not passed on, and
    /// it is not done with either: who has it has to give it again.
    Stopped,
}

/// Counts of a run. Nothing in here is a value of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events that came in.
    pub events_in: u64,
    /// Events that were passed on.
    pub events_out: u64,
    /// Events that rules withheld.
    pub suppressed: u64,
    /// Events that were not passed on because the route stopped.
    pub stopped: u64,
    /// Quarantined events by reason.
    pub quarantined: BTreeMap<String, u64>,
    /// Events by schema map.
    pub schemas: BTreeMap<String, u64>,
    /// Values by what was done.
    pub treatments: BTreeMap<String, u64>,
    /// Values (for `suppress`: events) by rule that took part.
    pub rules: BTreeMap<String, u64>,
    /// Findings by entity; of a vendor's plugin values in which it found something, by its name or one that the policy names.
    pub entities: BTreeMap<String, u64>,
    /// Values at paths that no map classifies.
    pub unclassified: BTreeMap<String, u64>,
    /// Values that must not be collected and came all the same.
    pub forbidden: u64,
    /// Values that the guard stopped, or that a word of a sealed list would have left in.
    pub guarded: u64,
    /// Where they stood: `map: path`, in which a key that no map names is `*`.
    pub guarded_at: BTreeMap<String, u64>,
    /// Keys that got a number because a treatment made them what an earlier one of the same object is.
    pub alike: u64,
    /// Values that a step could not treat, by what the failure rule did (`null`, `replace`, `drop`, `quarantine`, `stop`).
    pub untreated: BTreeMap<String, u64>,
    /// Where they stood, named alike.
    pub untreated_at: BTreeMap<String, u64>,
    /// Events for which a step failed, by step and failure, and values that it gave up on.
    pub failures: BTreeMap<String, u64>,
}

impl Counts {
    /// Adds the counts of another worker.
    pub fn add(&mut self, other: &Counts) {
        self.events_in += other.events_in;
        self.events_out += other.events_out;
        self.suppressed += other.suppressed;
        self.forbidden += other.forbidden;
        self.guarded += other.guarded;
        self.stopped += other.stopped;
        self.alike += other.alike;
        let maps = [
            (&mut self.quarantined, &other.quarantined),
            (&mut self.schemas, &other.schemas),
            (&mut self.treatments, &other.treatments),
            (&mut self.rules, &other.rules),
            (&mut self.entities, &other.entities),
            (&mut self.unclassified, &other.unclassified),
            (&mut self.failures, &other.failures),
            (&mut self.untreated, &other.untreated),
            (&mut self.untreated_at, &other.untreated_at),
            (&mut self.guarded_at, &other.guarded_at),
        ];
        for (mine, theirs) in maps {
            for (name, count) in theirs {
                *mine.entry(name.clone()).or_default() += count;
            }
        }
    }

    /// Counts what became of an event.
    pub(super) fn outcome(&mut self, outcome: Outcome) {
        self.events_in += 1;
        match outcome {
            Outcome::Passed => self.events_out += 1,
            Outcome::Suppressed => self.suppressed += 1,
            Outcome::Quarantined(code) => *self.quarantined.entry(code.to_owned()).or_default() += 1,
            Outcome::Stopped => self.stopped += 1,
        }
    }

    /// Replaces what is counted by event by what another run of [`Counts::outcome`] found.
    pub(super) fn events_are(&mut self, delivered: Counts) {
        self.events_in = delivered.events_in;
        self.events_out = delivered.events_out;
        self.suppressed = delivered.suppressed;
        self.stopped = delivered.stopped;
        self.quarantined = delivered.quarantined;
    }

    /// Quarantined events, whatever the reason.
    pub fn quarantined_total(&self) -> u64 {
        self.quarantined.values().sum()
    }
}
