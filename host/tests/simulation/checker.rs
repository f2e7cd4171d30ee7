//! What must be true at every step.

use crate::setup::{Event, Setup, event, is_poison, is_suppressed, is_untreatable, source};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tamis::delivery::branch::Reason;

/// What the checker knows of one branch.
#[derive(Default)]
struct Known {
    /// How often the sink stored an event.
    stored: BTreeMap<Event, u32>,
    quarantined: BTreeSet<Event>,
    dropped: BTreeSet<Event>,
    /// Events that were on disk when a policy narrowed.
    discarded: BTreeSet<Event>,
    /// Events of records that rotted.
    rotten: BTreeSet<Event>,
    /// How often a fault made a repetition of an event possible.
    allowed: BTreeMap<Event, u32>,
    /// Events that may arrive out of order: a source or a sink had them twice, or took them one by one.
    excused: BTreeSet<Event>,
    /// The last event of each source that was stored for the first time.
    last: BTreeMap<usize, Event>,
    /// Records that the buffer says are lost.
    told_lost: u64,
}

pub struct Checker {
    branches: Vec<Known>,
    ordered: Vec<bool>,
    required: Vec<bool>,
    pub checkpoints: Vec<u32>,
    /// How often each receipt told its verdict.
    pub receipts: Arc<Mutex<Vec<u32>>>,
    pub duplicates: u64,
}

type Checked = Result<(), String>;

fn name(event: Event) -> String {
    format!("event {} of source {}", crate::setup::number(event), source(event))
}

impl Checker {
    pub fn new(setup: &Setup) -> Self {
        Self {
            branches: setup.branches.iter().map(|_| Known::default()).collect(),
            ordered: setup.branches.iter().map(|branch| branch.options.ordered).collect(),
            required: setup.branches.iter().map(|branch| branch.options.required).collect(),
            checkpoints: vec![0; setup.sources.len()],
            receipts: Arc::default(),
            duplicates: 0,
        }
    }

    /// Whether an event is final at a branch, leaving its buffer out.
    pub fn is_done(&self, branch: usize, event: Event) -> bool {
        let known = &self.branches[branch];
        is_suppressed(event)
            || known.stored.contains_key(&event)
            || known.quarantined.contains(&event)
            || known.dropped.contains(&event)
            || known.discarded.contains(&event)
    }

    /// A sink stores an event.
    pub fn stored(&mut self, branch: usize, event: Event) -> Checked {
        let ordered = self.ordered[branch];
        let known = &mut self.branches[branch];
        let times = known.stored.entry(event).or_default();
        *times += 1;
        if *times > 1 {
            self.duplicates += 1;
            if *times > 1 + known.allowed.get(&event).copied().unwrap_or_default() {
                return Err(format!("DUPLICATE: branch {branch} has {} {times} times without a fault", name(event)));
            }
            return Ok(());
        }
        if is_suppressed(event) || is_untreatable(event) || is_poison(event) {
            return Err(format!("LEAK: branch {branch} stored {}, which must not arrive", name(event)));
        }
        if ordered && !known.excused.contains(&event) {
            let last = known.last.entry(source(event)).or_insert(event);
            if *last > event {
                return Err(format!("ORDER: branch {branch} stored {} after {}", name(event), name(*last)));
            }
            *last = event;
        }
        Ok(())
    }

    /// A fault makes one more repetition possible, and with it another order.
    pub fn allow(&mut self, branch: usize, events: impl IntoIterator<Item = Event>) {
        let known = &mut self.branches[branch];
        for event in events {
            *known.allowed.entry(event).or_default() += 1;
            known.excused.insert(event);
        }
    }

    /// A request without an answer may have arrived.
    pub fn lost(&mut self, branch: usize, events: &[Event]) {
        for event in events {
            *self.branches[branch].allowed.entry(*event).or_default() += 1;
        }
    }

    pub fn excuse(&mut self, branch: usize, events: &[Event]) {
        self.branches[branch].excused.extend(events);
    }

    /// Events are sealed and synced.
    pub fn quarantined(&mut self, branch: usize, events: &[Event]) {
        self.branches[branch].quarantined.extend(events);
    }

    /// A branch gives events up.
    pub fn rejected(&mut self, branch: usize, events: &[Event], reason: Reason) -> Checked {
        let wrong = events.iter().find(|event| reason != Reason::TooOld && !is_poison(**event));
        wrong.map_or(Ok(()), |event| {
            Err(format!("REJECTED: branch {branch} gave up {}, which its sink takes", name(*event)))
        })
    }

    pub fn dropped(&mut self, branch: usize, events: &[Event]) -> Checked {
        if self.required[branch] {
            return Err(format!("DROPPED: branch {branch} is required and dropped {}", events.len()));
        }
        self.branches[branch].dropped.extend(events);
        Ok(())
    }

    /// What is on a branch's disk does not go, since a policy narrowed.
    pub fn discarded(&mut self, branch: usize, events: &[Event]) {
        self.branches[branch].discarded.extend(events);
    }

    pub fn rotten(&mut self, branch: usize, events: &[Event]) {
        self.branches[branch].rotten.extend(events);
    }

    pub fn told_lost(&mut self, branch: usize, records: u64) {
        self.branches[branch].told_lost += records;
    }

    /// A source acknowledges up to a position.
    pub fn moved(&mut self, source: usize, to: u32, buffered: impl Fn(usize, Event) -> bool) -> Checked {
        let from = self.checkpoints[source];
        if to < from {
            return Err(format!("POSITION: source {source} went back from {from} to {to}"));
        }
        for event in (from..to).map(|number| event(source, number)) {
            for branch in 0..self.branches.len() {
                if !self.is_done(branch, event) && !buffered(branch, event) {
                    return Err(format!(
                        "POSITION: source {source} moved to {to}, and branch {branch} lacks {}",
                        name(event)
                    ));
                }
            }
        }
        self.checkpoints[source] = to;
        Ok(())
    }

    /// Everything became final.
    pub fn finish(&self, setup: &Setup) -> Checked {
        for (branch, known) in self.branches.iter().enumerate() {
            let mut missing = 0;
            for (source, its) in setup.sources.iter().enumerate() {
                for event in (0..its.events).map(|number| event(source, number)) {
                    if self.is_done(branch, event) {
                        continue;
                    }
                    if !known.rotten.contains(&event) {
                        return Err(format!("LOST: branch {branch} lacks {}", name(event)));
                    }
                    missing += 1;
                }
            }
            // A record holds at most a chunk of five events.
            if missing > known.told_lost * 5 {
                return Err(format!(
                    "ALARM: branch {branch} lacks {missing} events and told of {} records",
                    known.told_lost
                ));
            }
        }
        let receipts = self.receipts.lock().unwrap();
        match receipts.iter().position(|told| *told != 1) {
            Some(receipt) => Err(format!("RECEIPT: {receipt} told its verdict {} times", receipts[receipt])),
            None => Ok(()),
        }
    }
}
