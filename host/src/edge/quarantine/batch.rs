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

/// The records of a batch, in its order. `quarantined`: what is known of each event that is, in their order. Where no plan is known
/// nobody can tell what must not be kept of an event: it is kept only by whoever asked for all of it (`unknown`).
pub fn records(
    batch: &Batch,
    outcomes: &[Outcome],
    quarantined: Vec<Quarantined>,
    source: &str,
    unknown: bool,
) -> Vec<Record> {
    if batch.rejects.is_empty() && quarantined.is_empty() {
        return Vec::new();
    }
    let time = Some(jiff::Timestamp::now().to_string());
    let unplanned = |raw: &[u8]| unknown.then(|| Residue::unplanned(raw));
    let mut known = quarantined.into_iter();
    let mut records = Vec::new();
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
                let mut known = known.next();
                let planned = known.as_mut().and_then(|known| known.residue.take());
                let content = if reason == STEP_FAILED { planned } else { unplanned(raw) };
                (number, reason, known, content, raw.len() as u64, false)
            }
            Piece::Rejected { number, rejected, raw } => {
                (number, rejected.reason.code(), None, raw.and_then(unplanned), rejected.bytes, true)
            }
        };
        let (schema, rule) = known.map(|known| (known.schema, known.rule)).unwrap_or_default();
        let (reason, source, time) = (reason.to_owned(), source.to_owned(), time.clone());
        let metadata = Metadata { event: number, reason, schema, rule, source, bytes, time };
        records.push(Record { metadata, content, is_reject });
    }
    records
}
