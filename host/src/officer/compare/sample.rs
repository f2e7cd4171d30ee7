//! What two policies make of the events of a sample: which fields of how many events differ. Paths are told, never values.

use std::collections::BTreeMap;

use crate::event::{Fate, Occurrence, Occurs};
use crate::policy::Plan;

use super::super::explain::{Ended, named, shown_path};

/// What one policy made of an event.
#[derive(Debug)]
pub struct Seen<'a> {
    /// What became of it.
    pub ended: Ended,
    /// Number of its schema map.
    pub map: Option<usize>,
    /// Its occurrences.
    pub occurrences: &'a [Occurrence],
}

/// How many events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// In which something is shown that was not.
    pub revealed: u64,
    /// In which nothing is shown any more, or less.
    pub lost: u64,
    /// In which it is changed in another way.
    pub otherwise: u64,
}

/// Counts over a sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The purpose for which it was tried.
    pub purpose: String,
    /// Events of the sample.
    pub events: u64,
    /// Those of which something differs.
    pub differing: u64,
    /// Events that leave and did not.
    pub revived: u64,
    /// Events that do not leave any more.
    pub withheld: u64,
    /// By `map: path`.
    pub fields: BTreeMap<String, Told>,
}

/// How much of a value leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shows {
    Nothing,
    Changed,
    Whole,
}

impl Tally {
    /// Adds an event. `plan`: the new one, whose maps say which keys may be told.
    pub fn add(&mut self, plan: &Plan, old: &Seen<'_>, new: &Seen<'_>) {
        self.events += 1;
        let passed = (old.ended == Ended::Passed, new.ended == Ended::Passed);
        self.revived += u64::from(passed == (false, true));
        self.withheld += u64::from(passed == (true, false));
        let known = new.map.map(|map| named(plan, map)).unwrap_or_default();
        let schema =
            new.map.and_then(|map| plan.library.maps.all().get(map)).map_or("", |map| map.head.id.value.as_str());
        let places = |seen: &'_ Seen<'_>| -> BTreeMap<String, (Shows, Option<String>)> {
            let values = seen.occurrences.iter().filter(|one| one.occurs != Occurs::Key);
            values.map(|one| (format!("{:?} {:?}", one.path, one.occurs), shows(one))).collect()
        };
        let (before, after) = (places(old), places(new));
        let mut differs = passed.0 != passed.1;
        let mut told: BTreeMap<String, Told> = BTreeMap::new();
        for one in old.occurrences.iter().chain(new.occurrences).filter(|one| one.occurs != Occurs::Key) {
            let key = format!("{:?} {:?}", one.path, one.occurs);
            let nothing = (Shows::Nothing, None);
            let (was, is) = (before.get(&key).unwrap_or(&nothing), after.get(&key).unwrap_or(&nothing));
            if was == is {
                continue;
            }
            differs = true;
            let path = without_numbers(&shown_path(&one.path, &known, false));
            let told = told.entry(format!("{schema}: {path}")).or_default();
            match is.0.cmp(&was.0) {
                std::cmp::Ordering::Greater => told.revealed = 1,
                std::cmp::Ordering::Less => told.lost = 1,
                std::cmp::Ordering::Equal => told.otherwise = 1,
            }
        }
        self.differing += u64::from(differs);
        for (path, told) in told {
            let all = self.fields.entry(path).or_default();
            all.revealed += told.revealed;
            all.lost += told.lost;
            all.otherwise += told.otherwise;
        }
    }

    /// Whether the sample shows that something is revealed, or may be: a value that is changed in another way may show more.
    pub fn widens(&self) -> bool {
        self.revived > 0 || self.fields.values().any(|told| told.revealed > 0)
    }
}

fn shows(one: &Occurrence) -> (Shows, Option<String>) {
    if one.fate == Fate::Gone {
        return (Shows::Nothing, None);
    }
    let written = one.after.as_ref().map(|(_, value)| value.clone());
    if one.is_same() { (Shows::Whole, None) } else { (Shows::Changed, written) }
}

/// `a[3].b` as `a[*].b`.
fn without_numbers(path: &str) -> String {
    let (mut out, mut inside) = (String::new(), false);
    for c in path.chars() {
        match c {
            '[' => out.push_str("[*"),
            c if c.is_ascii_digit() && inside => continue,
            c => out.push(c),
        }
        inside = c == '[' || (inside && c.is_ascii_digit());
    }
    out
}
