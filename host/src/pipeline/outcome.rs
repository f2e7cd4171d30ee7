//! What became of events: one table from failure to outcome, and the counts of a run.

use std::collections::BTreeMap;

/// Why an event is quarantined. Codes are stable; texts of events never appear.
pub mod reason {
    /// No schema map recognises the event.
    pub const UNKNOWN_SCHEMA: &str = "unknown-schema";
    /// The event names no tenant, or one that is not known.
    pub const UNKNOWN_TENANT: &str = "unknown-tenant";
    /// The maps are too large together to be compiled.
    pub const NO_PLAN: &str = "no-plan";
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
    /// Quarantined events by reason.
    pub quarantined: BTreeMap<String, u64>,
    /// Events by schema map.
    pub schemas: BTreeMap<String, u64>,
    /// Values by what was done.
    pub treatments: BTreeMap<String, u64>,
    /// Values (for `suppress`: events) by rule that took part.
    pub rules: BTreeMap<String, u64>,
    /// Findings by entity.
    pub entities: BTreeMap<String, u64>,
    /// Values at paths that no map classifies.
    pub unclassified: BTreeMap<String, u64>,
    /// Values that must not be collected and came all the same.
    pub forbidden: u64,
    /// Values that the guard stopped.
    pub guarded: u64,
    /// Values that a step could not treat: `null` stands in their place.
    pub untreated: u64,
    /// Events for which a step failed, by step and failure.
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
        self.untreated += other.untreated;
        let maps = [
            (&mut self.quarantined, &other.quarantined),
            (&mut self.schemas, &other.schemas),
            (&mut self.treatments, &other.treatments),
            (&mut self.rules, &other.rules),
            (&mut self.entities, &other.entities),
            (&mut self.unclassified, &other.unclassified),
            (&mut self.failures, &other.failures),
        ];
        for (mine, theirs) in maps {
            for (name, count) in theirs {
                *mine.entry(name.clone()).or_default() += count;
            }
        }
    }

    /// Quarantined events, whatever the reason.
    pub fn quarantined_total(&self) -> u64 {
        self.quarantined.values().sum()
    }
}
