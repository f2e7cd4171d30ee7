//! What goes into quarantine of a batch that was filtered.

use super::Metadata;
use crate::event::frame::{Batch, Piece};
use crate::pipeline::reason::STEP_FAILED;
use crate::pipeline::{Outcome, Quarantined, Residue};

/// A record of an event, or of a piece of input that was none.
#[derive(Debug)]
pub struct Record {
    /// What is known of it.
    pub metadata: Metadata,
    /// What may be sealed of it.
    pub content: Option<Residue>,
    /// It was no event, but a piece that framing refused.
    pub is_reject: bool,
}

/// What is known of several events of a batch in common.
struct Alike<'b> {
    reason: &'static str,
    known: Option<&'b Quarantined>,
    is_reject: bool,
    /// How many of them have no content.
    empty: usize,
    /// The record of all that have none, by its number, once there is one.
    record: Option<usize>,
}

impl Alike<'_> {
    fn is(&self, reason: &str, known: Option<&Quarantined>, is_reject: bool) -> bool {
        fn of(known: Option<&Quarantined>) -> Option<(Option<&str>, Option<&str>)> {
            known.map(|known| (known.schema.as_deref(), known.rule.as_deref()))
        }
        self.reason == reason && self.is_reject == is_reject && of(self.known) == of(known)
    }
}

/// An event, or a piece that is none, and what it is like.
struct Found {
    number: u64,
    bytes: u64,
    alike: usize,
    content: Option<Residue>,
}

/// The records of a batch, in its order. `quarantined`: what is known of each event that is, in their order. Where no plan is known
/// nobody can tell what must not be kept of an event: it is kept only by whoever asked for all of it (`unknown`). More than `alone` that
/// are alike, and of which nothing is kept, are one record.
pub fn records(
    batch: &Batch,
    outcomes: &[Outcome],
    mut quarantined: Vec<Quarantined>,
    source: &str,
    (unknown, alone): (bool, usize),
) -> Vec<Record> {
    if batch.rejects.is_empty() && quarantined.is_empty() {
        return Vec::new();
    }
    let unplanned = |raw: &[u8]| unknown.then(|| Residue::unplanned(raw));
    let mut residues: Vec<_> = quarantined.iter_mut().map(|known| known.residue.take()).collect();
    let (mut next, mut all, mut found) = (0, Vec::<Alike<'_>>::new(), Vec::new());
    for piece in batch.pieces() {
        let (number, reason, known, content, bytes, is_reject) = match piece {
            Piece::Event { number, index } => {
                let reason = match outcomes.get(index) {
                    Some(Outcome::Quarantined(reason)) => *reason,
                    // From here on nothing is done with.
                    Some(Outcome::Stopped) => break,
                    _ => continue,
                };
                let raw = batch.event(index);
                let planned = residues.get_mut(next).and_then(Option::take);
                let known = quarantined.get(next);
                next += 1;
                let content = if reason == STEP_FAILED { planned } else { unplanned(raw) };
                (number, reason, known, content, raw.len() as u64, false)
            }
            Piece::Rejected { number, rejected, raw } => {
                (number, rejected.reason.code(), None, raw.and_then(unplanned), rejected.bytes, true)
            }
        };
        // There are few reasons, maps and rules; the last one is met most often.
        let alike = all.iter().rposition(|alike| alike.is(reason, known, is_reject)).unwrap_or_else(|| {
            all.push(Alike { reason, known, is_reject, empty: 0, record: None });
            all.len() - 1
        });
        if let Some(alike) = all.get_mut(alike).filter(|_| content.is_none()) {
            alike.empty += 1;
        }
        found.push(Found { number, bytes, alike, content });
    }
    let time = Some(jiff::Timestamp::now().to_string());
    let mut records = Vec::<Record>::new();
    for Found { number, bytes, alike, content } in found {
        let Some(alike) = all.get_mut(alike) else { continue };
        let is_many = content.is_none() && alike.empty > alone;
        if let Some(record) = alike.record.filter(|_| is_many).and_then(|record| records.get_mut(record)) {
            record.metadata.events += 1;
            record.metadata.bytes += bytes;
            continue;
        }
        if is_many {
            alike.record = Some(records.len());
        }
        let (schema, rule) = alike.known.map(|known| (known.schema.clone(), known.rule.clone())).unwrap_or_default();
        let (reason, source, time) = (alike.reason.to_owned(), source.to_owned(), time.clone());
        let metadata = Metadata { event: number, reason, schema, rule, source, bytes, events: 1, time };
        records.push(Record { metadata, content, is_reject: alike.is_reject });
    }
    records
}

/// Length that records take in the file at most, however they are sealed together; `recipients`: to how many.
pub fn longest(records: &[Record], recipients: usize) -> u64 {
    /// A line without its texts, and what a letter of one may become.
    const LINE: usize = 256;
    const LETTER: usize = 6;
    /// What comes with each sealed line: the header of age, and a part of it for each recipient.
    const HEADER: usize = 2 << 10;
    const RECIPIENT: usize = 256;
    let (mut clear, mut sealed) = (0, 0);
    for Record { metadata, content, .. } in records {
        let line = LINE + LETTER * letters(metadata);
        clear += line;
        let content = content.as_ref().filter(|_| recipients > 0);
        sealed += content.map_or(0, |content| line + content.bytes().len());
    }
    if sealed > 0 {
        sealed += (1 + (clear + sealed) / super::GATHERED) * (HEADER + recipients * RECIPIENT);
        // An age file has a tag every 64 KiB; base64 makes four letters of three bytes.
        sealed += sealed / 1024;
    }
    (clear + sealed.div_ceil(3) * 4 + if sealed > 0 { LINE } else { 0 }) as u64
}

/// Memory that records take, in bytes.
pub fn memory(records: &[Record]) -> usize {
    /// What the allocator takes for a text.
    const TEXT: usize = 16;
    let of = |Record { metadata, content, .. }: &Record| {
        let content = content.as_ref().map_or(0, |content| content.bytes().len() + TEXT);
        size_of::<Record>() + letters(metadata) + 5 * TEXT + content
    };
    records.iter().map(of).sum()
}

fn letters(metadata: &Metadata) -> usize {
    let Metadata { event: _, reason, schema, rule, source, bytes: _, events: _, time } = metadata;
    let optional = [schema, rule, time].into_iter().flatten().map(String::len).sum::<usize>();
    reason.len() + source.len() + optional
}
