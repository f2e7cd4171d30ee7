//! Values in another coding: `anna%40example.com`, `\u0040`, `&#64;`, `=40`, base64, hexadecimal, look-alikes, letters
//! with their accents apart (`e` and U+0301).
//!
//! A row that shows a sign of one is decoded, and the same scan runs over the decoded text; what it finds is carried back to
//! the bytes of the row that the text came from, to whole escapes. What was decoded is decoded once more, not deeper: an escape
//! that is left then hides the row. Escapes of one kind within each other (`%252540`) count once.
//!
//! `=` and two digits are an escape of quoted-printable, and in a query what a value begins with. So a row that shows such a sign
//! is decoded both ways.

mod alike;
mod escape;
mod named;
mod run;
mod text;
mod walk;

#[cfg(test)]
mod tests;

use crate::check::{byte, run_back};
use crate::classes::{BLOCK, Classifier, Coded, Signs, shifted};
use crate::scan::{Cursor, pad};
use crate::settings::Plan;
use crate::types::{ColumnView, Confidence, Failure, Finding};
pub(crate) use alike::push as push_alike;
use text::{Hidden, Text};
use walk::Walk;

/// Longest decoded text that is looked into.
const MOST_TEXT: usize = 1 << 16;
/// Findings of one confidence that the decoded texts of a row may give.
const MOST_FINDINGS: usize = 4096;

/// Decodes rows. The buffers are reused.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    /// Decoded from the row, and from that text.
    once: Text,
    twice: Text,
    left: Text,
    walk: walk::Buffers,
    /// What one text holds, and what the texts of a row do.
    hits: Vec<Finding>,
    found: Vec<Finding>,
}

/// What decoding a row came to.
#[derive(Default)]
struct Outcome {
    /// Something is decoded that the row does not show.
    looked: bool,
    /// An encoding was not looked into.
    unread: bool,
}

impl Decoder {
    /// Scans what the rows of a column encode. `out` has the findings of the rows themselves from `first` on, sorted; others are
    /// put behind. Whether there are any.
    pub(crate) fn column(
        &mut self,
        plan: &Plan,
        number: u32,
        column: &ColumnView<'_>,
        first: usize,
        out: &mut Vec<Finding>,
        mut scan: impl FnMut(&ColumnView<'_>, &mut Vec<Finding>) -> Result<(), Failure>,
    ) -> Result<bool, Failure> {
        let Some(cover) = plan.wanted.iter().position(|&wanted| wanted) else { return Ok(false) };
        let (own, classes) = (out.len(), Classifier::new(Signs::At));
        signs(&classes, column, plan.runs, |row, text| {
            self.found.clear();
            let mut texts = |text: &[u8], found: &mut Vec<Finding>| {
                let event = [column.event.get(row as usize).copied().unwrap_or_default()];
                let offsets = [0, text.len() as u32];
                found.clear();
                scan(&ColumnView { field: column.field, bytes: text, offsets: &offsets, event: &event }, found)
            };
            // What is certain says no more of a row than what it finds, so a long one is looked into all the same.
            let most = if plan.threshold == Confidence::Certain { usize::MAX } else { MOST_TEXT };
            let outcome = self.row(&classes, text, most, &mut texts)?;
            if !outcome.looked {
                return Ok(());
            }
            self.thin_out(text.len() as u32);
            if outcome.unread && plan.threshold <= Confidence::Likely {
                let (end, confidence) = (text.len() as u32, Confidence::Likely as u32);
                self.found.push(Finding { column: number, row, start: 0, end, entity: cover as u32, confidence });
            }
            self.found.iter_mut().for_each(|finding| finding.row = row);
            let known = out.get(first..own).unwrap_or_default();
            let from = known.partition_point(|finding| finding.row < row);
            let to = known.partition_point(|finding| finding.row <= row);
            let fresh = fresh(known.get(from..to).unwrap_or_default(), &self.found);
            out.extend(fresh);
            Ok(())
        })?;
        Ok(out.len() > own)
    }

    /// Finds in every text of at most so many bytes that a row encodes.
    fn row(
        &mut self,
        classes: &Classifier,
        row: &[u8],
        most: usize,
        scan: &mut impl FnMut(&[u8], &mut Vec<Finding>) -> Result<(), Failure>,
    ) -> Result<Outcome, Failure> {
        let Decoder { once, twice, left, walk, hits, found } = self;
        let mut outcome = Outcome::default();
        let mut quoted = false;
        for first in [false, true] {
            if first && !quoted {
                break;
            }
            quoted |= Walk::new(row, walk, once).quoted(first).go(classes);
            if once.is_same() {
                continue;
            }
            outcome.looked = true;
            outcome.unread |= once.is_beyond(most);
            if once.is_beyond(most) {
                continue;
            }
            scan(once.bytes(), hits)?;
            found.extend(hits.iter().map(|hit| once.back(row, hit)));
            let mut again = false;
            for second in [false, true] {
                if second && (first || !again) {
                    break;
                }
                again |= Walk::new(once.bytes(), walk, twice).quoted(second).go(classes);
                if twice.is_same() {
                    continue;
                }
                scan(twice.bytes(), hits)?;
                found.extend(hits.iter().map(|hit| once.back(row, &twice.back(once.bytes(), hit))));
                Walk::new(twice.bytes(), walk, left).go(classes);
                // Where numbers behind `=` were taken for escapes, others come about by chance (`=2560`).
                let by_chance = if first || second { Hidden::Characters } else { Hidden::Open };
                outcome.unread |= left.hidden() > by_chance;
            }
        }
        Ok(outcome)
    }

    /// Puts one finding of the whole row in place of too many of one confidence. Others are not touched: a higher threshold must
    /// only leave out.
    fn thin_out(&mut self, length: u32) {
        if self.found.len() <= MOST_FINDINGS {
            return;
        }
        for level in [Confidence::Possible, Confidence::Likely, Confidence::Certain] {
            let of = |finding: &Finding| finding.confidence == level as u32;
            if self.found.iter().filter(|finding| of(finding)).count() > MOST_FINDINGS {
                let first = self.found.iter().copied().find(of);
                self.found.retain(|finding| !of(finding));
                self.found.extend(first.map(|first| Finding { start: 0, end: length, ..first }));
            }
        }
    }
}

/// Calls `each` with every row that may have a sign of another coding, or, of those asked for, a run that may be one.
fn signs(
    classes: &Classifier,
    column: &ColumnView<'_>,
    runs: bool,
    mut each: impl FnMut(u32, &[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let ColumnView { bytes, offsets, .. } = *column;
    let mut row = Cursor { number: usize::MAX, start: 0, end: 0 };
    // Behind what is done: a row, or a run that holds nothing.
    let mut skip = 0;
    let mut marks = Marks::new(bytes, offsets, runs);
    while let Some((base, mut marks)) = marks.next(classes) {
        while marks != 0 {
            let at = base + marks.trailing_zeros() as usize;
            marks &= marks - 1;
            let first = byte(bytes, at);
            if at < skip || first >= 0x80 && !alike::begins(bytes, at) {
                continue;
            }
            if at >= row.end {
                row.forward(offsets, at);
            }
            let text = bytes.get(row.start..row.end).unwrap_or_default();
            // A `+` may be a blank; all others are signs of a run only.
            if run::is_base64(first) && first != b'+' {
                // Words of several rows look like one.
                let start = run_back(text, at - row.start, at - row.start.max(skip), run::is_base64);
                if let Some(end) = run::may_hold_nothing(text, start) {
                    skip = row.start + end;
                    continue;
                }
            }
            each(row.number as u32, text)?;
            skip = row.end;
        }
    }
    Ok(())
}

/// Where there may be escapes, and from where on runs are long enough for base64: bits of 64 bytes at a time.
struct Marks<'a> {
    bytes: &'a [u8],
    offsets: &'a [u32],
    /// Whether runs that may be base64 or hexadecimal are wanted.
    runs: bool,
    base: usize,
    /// Printed characters of the block before that stand behind one of their row.
    last: u64,
    /// Where rows begin in the block before.
    last_rows: u64,
    /// The next row whose beginning has no bit yet.
    ahead: usize,
}

impl<'a> Marks<'a> {
    fn new(bytes: &'a [u8], offsets: &'a [u32], runs: bool) -> Self {
        Marks { bytes, offsets, runs, base: 0, last: 0, last_rows: 0, ahead: 0 }
    }

    /// Where rows begin in the block at `base`.
    fn rows(&mut self) -> u64 {
        let mut rows = 0;
        while let Some(&offset) = self.offsets.get(self.ahead).filter(|&&offset| (offset as usize) < self.base + BLOCK)
        {
            rows |= 1 << (offset as usize - self.base);
            self.ahead += 1;
        }
        rows
    }

    /// The next block that has any, and where it begins.
    fn next(&mut self, classes: &Classifier) -> Option<(usize, u64)> {
        loop {
            let base = self.base;
            let rest = self.bytes.get(base..).filter(|rest| !rest.is_empty())?;
            let padded;
            let block = match rest.first_chunk::<BLOCK>() {
                Some(block) => block,
                None => {
                    padded = pad(rest);
                    &padded
                }
            };
            let Coded { escape, printed } = classes.coded(block);
            let (mut marks, rows) = (escape, self.rows());
            // Few words are so long, whatever signs are in them. What the bit before a block is may be as it is wanted.
            let joined = |mask: u64, rows: u64| mask & (mask << 1 | 1) & !rows;
            let printed = joined(printed, rows);
            if self.runs && long(printed, self.last) != 0 {
                let before = base.checked_sub(BLOCK).and_then(|before| self.bytes.get(before..base)?.first_chunk());
                let last = before.map_or(0, |before| joined(classes.base64(before), self.last_rows));
                marks |= long(joined(classes.base64(block), rows), last);
            }
            (self.last, self.last_rows) = (printed, rows);
            self.base += BLOCK;
            if marks != 0 {
                return Some((base, marks));
            }
        }
    }
}

/// Where the 14th of a run is, and those behind it, each bit standing for one that stands behind another: two `=` may make it
/// sixteen.
fn long(now: u64, last: u64) -> u64 {
    let (two, last_two) = (now & shifted(now, last, 1), last & last << 1);
    let (four, last_four) = (two & shifted(two, last_two, 2), last_two & last_two << 2);
    let (eight, last_eight) = (four & shifted(four, last_four, 4), last_four & last_four << 4);
    eight & shifted(eight, last_eight, 5)
}

/// Those of `decoded` that lie in no other finding of their entity that is as sure.
fn fresh(own: &[Finding], decoded: &[Finding]) -> impl Iterator<Item = Finding> + use<> {
    let mut all: Vec<(Finding, bool)> =
        own.iter().map(|&own| (own, false)).chain(decoded.iter().map(|&finding| (finding, true))).collect();
    all.sort_unstable_by_key(|&(Finding { entity, start, end, confidence, .. }, is_decoded)| {
        (entity, start, u32::MAX - end, 3 - confidence, is_decoded)
    });
    let mut entity = u32::MAX;
    // How far findings reach that are as sure as this, or surer.
    let mut reach = [0_u32; 4];
    all.into_iter().filter_map(move |(finding, is_decoded)| {
        if finding.entity != entity {
            entity = finding.entity;
            reach = [0; 4];
        }
        let level = finding.confidence as usize;
        let covered = reach.get(level).is_some_and(|&reach| reach >= finding.end);
        for reach in reach.iter_mut().take(level + 1) {
            *reach = (*reach).max(finding.end);
        }
        (is_decoded && !covered).then_some(finding)
    })
}
