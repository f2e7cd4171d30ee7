//! The guard: a second look at what would leave whole, and at what transformers answered. It catches a wrong classification
//! and a transformer that does not do what it should.
//!
//! Values and keys that are kept are rows of one more field of the detector step, with the highest threshold. Answers of
//! transformers are known only later: the detector is called for them once more. Of a value in which treatments hide what they find,
//! or of which they leave the beginning, it looks at all ([`Treat::watch`]): what it finds there has to be hidden, but for the parts
//! that they keep on purpose. What a value's own category means (an
//! address in a field that may keep addresses) is left alone; any other finding keeps the value back. Not looked at: what the
//! host itself rendered (codes, labels, constants), and text in which treatments look for all that the guard looks for. What was
//! looked at before, and found free of anything, is not looked at again ([`Cleared`]).
//!
//! A value that is kept as a time, an address or a number and reads as none is classified wrongly whatever is found in it: it
//! goes by the failure rule, as it would if it were to be made coarser.

use std::net::IpAddr;

use crate::event::{ColumnBuf, Finding};
use crate::plugin::{Circuit, Detector, Failure, Narrowed, narrow};
use crate::policy::document::{Confidence, ValueType};
use crate::policy::form::Found;
use crate::policy::{CategoryId, RedactField, Resolver, Serves, Treat};

use super::cleared::Cleared;
use super::execute::kept_categories;
use super::of_type::{Reading, read, takes_any};
use super::spots::Spot;
use super::steps::Found as Answer;

/// Entities, and the categories whose values they are: by name, and by type.
const MEANS: [(&str, &[&str], Option<ValueType>); 6] = [
    ("person.email", &["id.email", "id.username"], Some(ValueType::Email)),
    ("person.phone", &["id.phone"], None),
    ("network.ip", &["net.ip"], Some(ValueType::Ip)),
    ("network.mac", &["device.id"], None),
    ("national.", &["id.national"], None),
    ("payment.card", &["pay.pan"], Some(ValueType::Card)),
];
/// Values of fewer bytes hold no finding of the highest confidence: `a@b.co` has six.
const SHORTEST: usize = 6;
/// The same for values without an `@` and without a sign of another coding: a card's number has twelve digits, everything else
/// is longer.
const SHORTEST_PLAIN: usize = 12;

/// `@`, and what other codings begin with.
static SIGNS: [bool; 256] = {
    let mut signs = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        signs[byte] = byte >= 0x80 || matches!(byte as u8, b'@' | b'%' | b'&' | b'\\' | b'=' | b'+');
        byte += 1;
    }
    signs
};

#[derive(Debug)]
pub(super) struct Guard {
    field: u16,
    /// Categories by entity.
    means: Vec<Vec<CategoryId>>,
    /// By set of categories, as far as they were asked for: see [`Guard::is_typed`].
    typed: Vec<bool>,
    /// Values that the detector is shown, and by which digests they are remembered.
    rows: Vec<Row>,
    digests: Vec<Option<u128>>,
    /// Values that it was shown before.
    known: Vec<Row>,
    /// Values that are not what their categories say.
    strays: Vec<Stopped>,
    /// What transformers answered.
    answers: ColumnBuf,
    /// Row of it → (event, hole), and by which digest it is remembered.
    answered: Vec<(u32, u32)>,
    answer_digests: Vec<Option<u128>>,
    /// Answers that it was shown before.
    known_answers: Vec<(u32, u32)>,
    /// Whether the detector is called for them.
    circuit: Circuit,
}

impl Guard {
    /// A guard, with its own field of the detector step: certain findings only.
    pub(super) fn new(resolver: &mut Resolver, entities: &[String]) -> Self {
        let found = Found {
            find: ["payment", "personal", "secret"].map(String::from).to_vec(),
            threshold: Confidence::Certain,
            ..Found::default()
        };
        resolver.watch_for(found.clone());
        let field = resolver.redact.number(RedactField { found, hints: Vec::new(), serves: Serves::Guard });
        let words = &resolver.library().words;
        let categories = |entity: &String| {
            let known = MEANS.iter().filter(|(prefix, _, _)| entity.starts_with(prefix));
            let all = known.flat_map(|(_, names, own)| {
                let typed = words.categories().filter(|(id, _)| *own == Some(words.value_type(*id))).map(|(id, _)| id);
                names.iter().filter_map(|name| words.category(name)).chain(typed)
            });
            all.collect()
        };
        Self {
            field,
            means: entities.iter().map(categories).collect(),
            typed: Vec::new(),
            rows: Vec::new(),
            digests: Vec::new(),
            known: Vec::new(),
            strays: Vec::new(),
            answers: ColumnBuf::new(u32::from(field)),
            answered: Vec::new(),
            answer_digests: Vec::new(),
            known_answers: Vec::new(),
            circuit: Circuit::default(),
        }
    }

    pub(super) fn field(&self) -> u16 {
        self.field
    }

    pub(super) fn circuit(&self) -> &Circuit {
        &self.circuit
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.digests.clear();
        self.known.clear();
        self.strays.clear();
        self.answers.clear();
        self.answered.clear();
        self.answer_digests.clear();
        self.known_answers.clear();
    }

    /// Takes a value that would leave whole. If nothing keeps it back it is remembered by the digest.
    pub(super) fn look(&mut self, column: &mut ColumnBuf, row: Row, digest: Option<u128>, value: &[u8]) {
        column.push(row.event, value);
        self.rows.push(row);
        self.digests.push(digest);
    }

    /// Takes a value that would leave whole and that the detector was shown before.
    #[inline]
    pub(super) fn pass(&mut self, row: Row) {
        self.known.push(row);
    }

    /// Whether values of these categories are all of a type that can be told from others: no value has to be read for the rest.
    #[inline]
    pub(super) fn is_typed(&mut self, resolver: &Resolver, set: u16) -> bool {
        while self.typed.len() <= usize::from(set) {
            let categories = kept_categories(resolver, self.typed.len() as u16);
            self.typed
                .push(!categories.is_empty() && !categories.iter().any(|id| takes_any(value_type(resolver, *id))));
        }
        self.typed.get(usize::from(set)) == Some(&true)
    }

    /// Reads a value that would leave whole as what its categories say, and keeps it back where it is none of them. One that
    /// fits has to be looked at still.
    pub(super) fn weigh(&mut self, row: Row, resolver: &Resolver, value: &[u8]) -> Reading {
        let readings = kept_categories(resolver, row.set).iter().map(|id| read(value_type(resolver, *id), value));
        let best = readings.max().unwrap_or(Reading::Fits);
        if best == Reading::Stray {
            self.strays.push(Stopped { row, why: Why::Stray });
        }
        best
    }

    /// Takes what a transformer answered for a hole: the value as it would leave, decoded. Whether the detector is shown it; if
    /// it finds nothing there, it is remembered by the digest.
    pub(super) fn answer(
        &mut self,
        (event, hole): (u32, u32),
        treat: &Treat,
        digest: Option<u128>,
        value: &[u8],
    ) -> bool {
        let is_address = || treat.is_ip && std::str::from_utf8(value).is_ok_and(|text| text.parse::<IpAddr>().is_ok());
        let is_shown = worth(value) && !is_address();
        if is_shown {
            self.answers.push(event, value);
            self.answered.push((event, hole));
            self.answer_digests.push(digest);
        }
        is_shown
    }

    /// Takes an answer that the detector was shown before.
    pub(super) fn pass_answer(&mut self, event: u32, hole: u32) {
        self.known_answers.push((event, hole));
    }

    /// Whether there are answers to look at.
    pub(super) fn has_answers(&self) -> bool {
        !self.answers.is_empty()
    }

    /// Looks at the answers: events for which nobody looked, and the event, hole and finding of what was found.
    pub(super) fn look_again(&mut self, detector: &mut (dyn Detector + Send), cleared: &mut Cleared) -> Again {
        let Narrowed { answer, failed } = narrow(detector, &mut self.circuit, &[self.answers.view()]);
        if failed.is_empty() {
            remember(&self.answer_digests, &answer, cleared, |_, _| true);
        }
        let at =
            |finding: Finding| self.answered.get(finding.row as usize).map(|(event, hole)| (*event, *hole, finding));
        let is_unseen = |event: &u32| failed.binary_search_by_key(event, |(event, _)| *event).is_ok();
        let answered = self.answered.iter().chain(&self.known_answers);
        let unseen = answered.filter(|(event, _)| is_unseen(event)).copied().collect();
        Again { found: answer.into_iter().filter_map(at).collect(), unseen, failures: failed }
    }

    /// Remembers values that were shown and may leave.
    pub(super) fn remember(&self, found: &Answer, resolver: &Resolver, cleared: &mut Cleared) {
        if found.failed().is_empty() {
            let stops = |finding: &Finding, row: usize| {
                self.rows.get(row).is_none_or(|row| !self.may(finding, row.set, resolver))
            };
            remember(&self.digests, found.of_field(self.field), cleared, stops);
        }
    }

    /// Whether values of these categories may hold what was found.
    pub(super) fn may(&self, finding: &Finding, categories: u16, resolver: &Resolver) -> bool {
        let may = kept_categories(resolver, categories);
        let means = self.means.get(finding.entity as usize);
        means.is_some_and(|means| means.iter().any(|category| may.contains(category)))
    }

    /// Values that have to stay behind. Where the step failed for an event nothing of it was looked at, so none of its
    /// values leaves whole. An event of which all values were looked at before asks nothing of the step, so it does not fail, nor where the
    /// step is not asked at all for a while.
    pub(super) fn stopped(&self, found: &Answer, resolver: &Resolver) -> Vec<Stopped> {
        let mut stopped = Vec::new();
        for finding in found.of_field(self.field) {
            let Some(row) = self.rows.get(finding.row as usize) else { continue };
            if !self.may(finding, row.set, resolver) {
                stopped.push(Stopped { row: *row, why: Why::Found });
            }
        }
        // Findings of one value follow each other.
        stopped.dedup();
        stopped.extend_from_slice(&self.strays);
        if !found.failed().is_empty() {
            let rows = self.rows.iter().chain(&self.known);
            let unseen = rows.filter(|row| found.failed().binary_search(&row.event).is_ok());
            stopped.extend(unseen.map(|row| Stopped { row: *row, why: Why::Unseen }));
        }
        stopped
    }
}

/// What a look at the answers of transformers found.
#[derive(Debug, Default)]
pub(super) struct Again {
    /// Event, hole, finding.
    pub(super) found: Vec<(u32, u32, Finding)>,
    /// Events and holes that nobody looked at.
    pub(super) unseen: Vec<(u32, u32)>,
    /// Events for which the detector failed.
    pub(super) failures: Vec<(u32, Failure)>,
}

/// A value or key that would leave whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) event: u32,
    /// Number of its token.
    pub(super) token: u32,
    /// The set of its categories.
    pub(super) set: u16,
    pub(super) spot: Spot,
}

/// A value that has to stay behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stopped {
    pub(super) row: Row,
    pub(super) why: Why,
}

/// Why a value has to stay behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Something was found in it.
    Found,
    /// Nobody looked: the failure rule says how.
    Unseen,
    /// It is not of the type that its categories say: so it does.
    Stray,
}

/// Remembers rows without a finding that stops them. Findings are in the order of the rows.
fn remember(
    digests: &[Option<u128>],
    findings: &[Finding],
    cleared: &mut Cleared,
    stops: impl Fn(&Finding, usize) -> bool,
) {
    let mut findings = findings.iter().peekable();
    for (row, digest) in digests.iter().enumerate() {
        let mut is_stopped = false;
        while let Some(finding) = findings.next_if(|finding| finding.row as usize == row) {
            is_stopped |= stops(finding, row);
        }
        if !is_stopped {
            cleared.put(*digest, true);
        }
    }
}

fn value_type(resolver: &Resolver, category: CategoryId) -> ValueType {
    resolver.library().words.value_type(category)
}

/// Whether a value may hold a finding of the highest confidence, decoded or as it stands in the event.
#[inline]
pub(super) fn worth(value: &[u8]) -> bool {
    value.len() >= SHORTEST_PLAIN || value.len() >= SHORTEST && value.iter().any(|byte| SIGNS[usize::from(*byte)])
}
