//! What is wider, narrower or otherwise different between two policies, or between two days of one.
//!
//! INVARIANT (no silent widening): where nothing is marked as wider, no value that NEW passes on shows more than OLD passes on of
//! the same event. What cannot be told from the rules (a schema map that says otherwise what an event is) counts as wider.

mod cover;
mod rest;
mod sample;
mod shown;
mod values;

use std::collections::BTreeSet;

use crate::policy::document::SecretLists;
use crate::policy::{Closed, Plan};

use super::decision::{Cause, Decisions};
use super::explain::Purpose;
use super::phrase::{Lang, Phrase};

pub use sample::{Seen, Tally, Told};
pub use shown::{json, report};

/// Which way something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// NEW may show more, to more people, for longer, or under fewer conditions.
    Wider,
    /// It cannot be told from the rules: counted as wider.
    Unclear,
    /// NEW shows less.
    Narrower,
    /// It differs and shows neither more nor less.
    Otherwise,
}

impl Verdict {
    /// Whether it has to be counted as wider.
    pub fn widens(self) -> bool {
        matches!(self, Verdict::Wider | Verdict::Unclear)
    }
}

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Topic {
    Purpose,
    Gate,
    Fact,
    Value,
    Event,
    Retention,
    Failure,
    Guard,
    List,
    Detector,
    Plugin,
    Code,
    Map,
    Recipient,
    Notice,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which way.
    pub verdict: Verdict,
    /// Of what kind.
    pub topic: Topic,
    /// What: a category, a gate, a list …
    pub about: String,
    /// What OLD says.
    pub was: String,
    /// What NEW says.
    pub is: String,
    /// Rules behind it, those of NEW first, with their laws.
    pub causes: Vec<Cause>,
}

/// What differs for one purpose, and where events come from one system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The purpose.
    pub purpose: String,
    /// The system, if one is meant.
    pub system: Option<String>,
    /// The differences, the wider ones first.
    pub differences: Vec<Difference>,
    /// How many categories are treated alike.
    pub same: usize,
}

/// One of two policies.
#[derive(Debug)]
pub struct Side<'a> {
    /// What it decides, by purpose and system.
    pub purposes: &'a [Purpose],
    /// Words of its secret lists: compared, never told.
    pub lists: &'a SecretLists,
}

/// Compares two policies, purpose by purpose.
pub fn compare(old: &Side, new: &Side, lang: Lang) -> Vec<Compared> {
    between(old, new, lang, false)
}

/// What a policy changes against what it inherits. What only a policy itself can say, and nothing above it does, is no wider than
/// anything: who gets events, who reverses codes, who signs.
pub fn changes(inherited: &Side, own: &Side, lang: Lang) -> Vec<Compared> {
    between(inherited, own, lang, true)
}

fn between(old: &Side, new: &Side, lang: Lang, is_inherited: bool) -> Vec<Compared> {
    let key = |purpose: &Purpose| (purpose.name.clone(), purpose.system.clone());
    let keys: BTreeSet<_> = old.purposes.iter().chain(new.purposes).map(key).collect();
    // A system that one side does not know is to it as none.
    let of = |side: &'_ Side<'_>, wanted: &(String, Option<String>)| {
        let find = |wanted: &(String, Option<String>)| side.purposes.iter().position(|one| key(one) == *wanted);
        find(wanted).or_else(|| find(&(wanted.0.clone(), None)))
    };
    let compared = keys.into_iter().map(|wanted| {
        let was = of(old, &wanted).and_then(|at| old.purposes.get(at));
        let is = of(new, &wanted).and_then(|at| new.purposes.get(at));
        let mut compared = Compared { purpose: wanted.0, system: wanted.1, differences: Vec::new(), same: 0 };
        let closed = |purpose: Option<&Purpose>| purpose.map(|one| one.closed.clone()).unwrap_or_default();
        let plans = (was.and_then(|one| one.plan.as_deref()), is.and_then(|one| one.plan.as_deref()));
        match plans {
            (Some(before), Some(after)) => {
                gates(&mut compared, &closed(was), &closed(is), lang);
                let two = Two {
                    old: Decisions::new(before),
                    new: Decisions::new(after),
                    lists: (old.lists, new.lists),
                    is_inherited,
                    lang,
                };
                two.values(&mut compared);
                two.rest(&mut compared);
            }
            (None, None) => {}
            (before, _) => {
                let allowed = |is: bool| if is { Phrase::Allowed } else { Phrase::NotAllowed }.text(lang).to_owned();
                let was = before.is_some();
                let verdict = if was { Verdict::Narrower } else { Verdict::Wider };
                let about = compared.purpose.clone();
                compared.add(verdict, Topic::Purpose, &about, (allowed(was), allowed(!was)), Vec::new());
                plans.1.into_iter().for_each(|plan| values::all_that_leaves(&mut compared, plan, lang));
            }
        }
        compared.differences.sort_by(|a, b| (a.verdict, a.topic, &a.about).cmp(&(b.verdict, b.topic, &b.about)));
        compared.differences.dedup();
        compared
    });
    let mut all: Vec<Compared> = compared.collect();
    // Of a system only what does not differ without one says anything.
    let plain: Vec<_> = all.iter().filter(|one| one.system.is_none()).cloned().collect();
    for one in all.iter_mut().filter(|one| one.system.is_some()) {
        let known = plain.iter().find(|other| other.purpose == one.purpose).map(|other| &other.differences);
        one.differences.retain(|difference| !known.is_some_and(|known| known.contains(difference)));
    }
    all.retain(|one| one.system.is_none() || !one.differences.is_empty());
    all
}

/// What is closed by which gate or list.
fn gates(compared: &mut Compared, old: &[Closed], new: &[Closed], lang: Lang) {
    let names: BTreeSet<&str> = old.iter().chain(new).map(|closed| closed.name.as_str()).collect();
    for name in names {
        let of = |side: &[Closed]| side.iter().find(|closed| closed.name == name).map(|closed| closed.missing.clone());
        let open = || Phrase::Open.text(lang).to_owned();
        let (verdict, was, is) = match (of(old), of(new)) {
            (Some(was), None) => (Verdict::Wider, was, open()),
            (None, Some(is)) => (Verdict::Narrower, open(), is),
            (Some(was), Some(is)) if was != is => (Verdict::Otherwise, was, is),
            _ => continue,
        };
        compared.add(verdict, Topic::Gate, name, (was, is), Vec::new());
    }
}

impl Compared {
    fn add(
        &mut self,
        verdict: Verdict,
        topic: Topic,
        about: &str,
        (was, is): (String, String),
        mut causes: Vec<Cause>,
    ) {
        // A rule that both have, otherwise: the new one says where it stands.
        let mut told = BTreeSet::new();
        causes.retain(|cause| told.insert(cause.rule.clone()));
        self.differences.push(Difference { verdict, topic, about: about.to_owned(), was, is, causes });
    }

    /// Whether anything has to be counted as wider.
    pub fn widens(&self) -> bool {
        self.differences.iter().any(|one| one.verdict.widens())
    }
}

/// Two plans for one purpose.
struct Two<'p> {
    old: Decisions<'p>,
    new: Decisions<'p>,
    lists: (&'p SecretLists, &'p SecretLists),
    /// OLD is what NEW inherits.
    is_inherited: bool,
    lang: Lang,
}

impl<'p> Two<'p> {
    fn plans(&self) -> (&'p Plan, &'p Plan) {
        (self.old.plan(), self.new.plan())
    }
}
