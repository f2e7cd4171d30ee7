//! A failure is narrowed to the events that cause it: one event never changes another's outcome.
//!
//! A batch whose call fails is cut by events into eight parts, each part that fails again, until what fails is one
//! event: it, alone, has that failure. So an event fails if and only if a call with its rows alone fails, whatever else
//! is in the batch (only a call that needs almost all of its time may end either way: processor time varies a little). `f` failing events among `n` cost at
//! most `f · (log8 n + 1)` failing calls and eight times as many in all; what they may cost together is
//! [`Limits::narrow_cost`](super::Limits::narrow_cost), beyond which the undecided events have [`Failure::CircuitOpen`].

use super::circuit::Circuit;
use super::failure::Failure;
use super::instance::{Detector, Transformer};
use crate::event::{Column, ColumnBuf, Edit, Edits, Finding};
use std::ops::Range;

/// Parts that a failing call is cut into. With eight, one looping event in a batch of 512 costs four deadlines and 24
/// calls; with two it would cost ten and 18.
const PARTS: usize = 8;

/// The answer for the events that passed, and the failure of each that did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrowed<A> {
    /// In the coordinates of the whole batch, sorted as ever. Holds nothing of a failed event.
    pub answer: A,
    /// Events with their failures, ascending. Every event that has a row and failed is here once.
    pub failed: Vec<(u32, Failure)>,
}

/// Calls a detector, and narrows failures down to events.
pub fn narrow<D: Detector + ?Sized>(
    detector: &mut D,
    circuit: &mut Circuit,
    columns: &[Column<'_>],
) -> Narrowed<Vec<Finding>> {
    let cost = detector.narrow_cost();
    run(&mut |part: &[Column<'_>]| detector.scan(part), circuit, cost, columns)
}

/// Calls a transformer, and narrows failures down to events. Rows that the transformer itself gave up on are in
/// [`Edits::failed`] and are no failures of the call.
pub fn narrow_edits<T: Transformer + ?Sized>(
    transformer: &mut T,
    circuit: &mut Circuit,
    columns: &[Column<'_>],
) -> Narrowed<Edits> {
    let cost = transformer.narrow_cost();
    run(&mut |part: &[Column<'_>]| transformer.transform(part), circuit, cost, columns)
}

/// Calls a detector for each row of a column alone, of which a call then shows nothing else, not even which row it is: what
/// becomes of a row is the same whatever stands beside it, until what failures may cost is used up: rows behind that fail. An event is a row here.
pub fn narrow_alone<D: Detector + ?Sized>(
    detector: &mut D,
    circuit: &mut Circuit,
    column: &Column<'_>,
) -> Narrowed<Vec<Finding>> {
    let cost = detector.narrow_cost();
    let call = &mut |part: &[Column<'_>]| detector.scan(part);
    let columns = std::slice::from_ref(column);
    if is_refused(call, circuit, columns) {
        return all_failed(columns, Failure::CircuitOpen);
    }
    let mut narrowed = Narrowed { answer: Vec::new(), failed: Vec::new() };
    let (mut left, mut own) = (cost, None);
    for (row, event) in (0u32..).zip(column.event) {
        if let Some(failure) = own {
            narrowed.failed.push((*event, failure));
            continue;
        }
        let mut alone = ColumnBuf::new(column.field);
        alone.push(0, column.row(row as usize));
        match call(&[alone.view()]) {
            Ok(answer) => narrowed.answer.merge(answer, &[vec![row]]),
            Err(failure) => {
                left = left.saturating_sub(price(failure));
                own = failure.is_own().then_some(failure).or((left == 0).then_some(Failure::CircuitOpen));
                narrowed.failed.push((*event, failure));
            }
        }
    }
    circuit.settle(own.is_some() || is_unanswered(&narrowed, columns) && loops(call, columns));
    narrowed
}

/// An answer that can be put together from parts.
trait Mergeable: Default {
    /// Adds the answer for a part; `rows[column][row]` is the row of the whole batch.
    fn merge(&mut self, part: Self, rows: &[Vec<u32>]);

    /// Sorts what was put together. The answer of one call is sorted as it is: most batches need no merging.
    fn sort(&mut self);
}

/// The row in the whole batch; the part was checked against the columns that `rows` describes.
fn whole_row(rows: &[Vec<u32>], column: u32, row: u32) -> u32 {
    rows.get(column as usize).and_then(|rows| rows.get(row as usize)).copied().unwrap_or(u32::MAX)
}

impl Mergeable for Vec<Finding> {
    fn merge(&mut self, part: Self, rows: &[Vec<u32>]) {
        self.extend(part.into_iter().map(|f| Finding { row: whole_row(rows, f.column, f.row), ..f }));
    }

    fn sort(&mut self) {
        self.sort_unstable();
    }
}

impl Mergeable for Edits {
    fn merge(&mut self, part: Self, rows: &[Vec<u32>]) {
        // Each part's text is bounded by the size of an answer, and there are at most as many parts as events; a sum
        // beyond 32 bits is cut short by the bound on a batch's bytes and growth.
        let base = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.text.extend_from_slice(&part.text);
        self.edits.extend(part.edits.into_iter().map(|e| Edit {
            row: whole_row(rows, e.column, e.row),
            text: e.text.start.saturating_add(base)..e.text.end.saturating_add(base),
            ..e
        }));
        self.failed.extend(part.failed.into_iter().map(|(column, row)| (column, whole_row(rows, column, row))));
    }

    fn sort(&mut self) {
        // Stable: edits of one row come from one call, in their order.
        self.edits.sort_by_key(|e| (e.column, e.row));
        self.failed.sort_unstable();
    }
}

/// Text of nobody: a plugin that loops on it loops on anything.
const SAMPLE: &[u8] = b"an ordinary value";

type Call<'c, A> = dyn FnMut(&[Column<'_>]) -> Result<A, Failure> + 'c;

fn run<A: Mergeable>(call: &mut Call<'_, A>, circuit: &mut Circuit, cost: u32, columns: &[Column<'_>]) -> Narrowed<A> {
    if is_refused(call, circuit, columns) {
        return all_failed(columns, Failure::CircuitOpen);
    }
    match call(columns) {
        Ok(answer) => {
            circuit.settle(false);
            Narrowed { answer, failed: Vec::new() }
        }
        Err(failure) if failure.is_own() || failure == Failure::BadBatch => {
            circuit.settle(failure.is_own());
            all_failed(columns, failure)
        }
        Err(failure) => {
            let (narrowed, is_used_up) = bisect(call, cost, columns, failure);
            circuit.settle(is_used_up || is_unanswered(&narrowed, columns) && loops(call, columns));
            narrowed
        }
    }
}

/// Whether nothing is asked for now: while the circuit is open a trial has to answer our own sample first.
fn is_refused<A: Mergeable>(call: &mut Call<'_, A>, circuit: &mut Circuit, columns: &[Column<'_>]) -> bool {
    if !circuit.admits() {
        return true;
    }
    let is_broken = circuit.is_open() && loops(call, columns);
    if is_broken {
        circuit.settle(true);
    }
    is_broken
}

/// Whether every event ran to the deadline.
fn is_unanswered<A>(narrowed: &Narrowed<A>, columns: &[Column<'_>]) -> bool {
    let all_looped = || narrowed.failed.iter().all(|(_, failure)| *failure == Failure::Deadline);
    narrowed.failed.len() == events(columns).len() && all_looped()
}

/// Whether a plugin loops on a sample of our own as well: whoever writes events must not be able to make it look broken.
fn loops<A: Mergeable>(call: &mut Call<'_, A>, columns: &[Column<'_>]) -> bool {
    let mut sample: Vec<_> = columns.iter().map(|column| ColumnBuf::new(column.field)).collect();
    let first = columns.iter().zip(&mut sample).find(|(column, _)| column.rows() > 0);
    if let Some((_, sample)) = first {
        sample.push(0, SAMPLE);
    }
    let views: Vec<Column<'_>> = sample.iter().map(ColumnBuf::view).collect();
    matches!(call(&views), Err(Failure::Deadline))
}

fn all_failed<A: Mergeable>(columns: &[Column<'_>], failure: Failure) -> Narrowed<A> {
    let failed = events(columns).into_iter().map(|event| (event, failure)).collect();
    Narrowed { answer: A::default(), failed }
}

/// Every event that has a row, ascending.
fn events(columns: &[Column<'_>]) -> Vec<u32> {
    let mut events: Vec<u32> = columns.iter().flat_map(|c| c.event).copied().collect();
    events.sort_unstable();
    events.dedup();
    events
}

/// Cuts until failures stand alone. The flag says that the cost was used up, or that the plugin itself broke.
fn bisect<A: Mergeable>(
    call: &mut Call<'_, A>,
    cost: u32,
    columns: &[Column<'_>],
    failure: Failure,
) -> (Narrowed<A>, bool) {
    let events = events(columns);
    let mut narrowed = Narrowed { answer: A::default(), failed: Vec::new() };
    let mut left = cost.saturating_sub(price(failure));
    let mut own = None;
    // Ranges of `events` that a call failed with, the first ones on top.
    let mut open: Vec<(Range<usize>, Failure)> = vec![(0..events.len(), failure)];
    while let Some((range, failure)) = open.pop() {
        if range.len() <= 1 {
            narrowed.failed.extend(events[range].iter().map(|&event| (event, failure)));
            continue;
        }
        let mut again = Vec::new();
        for part in cut(range) {
            if left == 0 && own.is_none() {
                own = Some(Failure::CircuitOpen);
            }
            if let Some(failure) = own {
                narrowed.failed.extend(events[part].iter().map(|&event| (event, failure)));
                continue;
            }
            let selected = select(columns, events[part.start], events[part.end - 1]);
            let views: Vec<Column<'_>> = selected.columns.iter().map(ColumnBuf::view).collect();
            match call(&views) {
                Ok(answer) => narrowed.answer.merge(answer, &selected.rows),
                Err(failure) => {
                    left = left.saturating_sub(price(failure));
                    if failure.is_own() {
                        own = Some(failure);
                    }
                    again.push((part, failure));
                }
            }
        }
        open.extend(again.into_iter().rev());
    }
    narrowed.failed.sort_unstable_by_key(|&(event, _)| event);
    narrowed.answer.sort();
    (narrowed, own.is_some())
}

/// At most [`PARTS`] neighbouring parts of nearly equal size, none empty.
fn cut(range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let (start, len) = (range.start, range.len());
    let parts = PARTS.min(len);
    (0..parts).map(move |i| start + len * i / parts..start + len * (i + 1) / parts)
}

/// What a failing call costs, in units of a trap: about what its time is worth.
fn price(failure: Failure) -> u32 {
    match failure {
        Failure::Deadline => 64,
        Failure::Memory => 8,
        _ => 1,
    }
}

struct Selected {
    columns: Vec<ColumnBuf>,
    /// For each column, the row of the whole batch that each row came from.
    rows: Vec<Vec<u32>>,
}

/// The rows of the events `first..=last`; every column stays, if empty, so that its position means the same.
fn select(columns: &[Column<'_>], first: u32, last: u32) -> Selected {
    let mut selected = Selected { columns: Vec::new(), rows: Vec::new() };
    for column in columns {
        let mut buf = ColumnBuf::new(column.field);
        let mut rows = Vec::new();
        for (row, &event) in column.event.iter().enumerate() {
            if (first..=last).contains(&event) {
                buf.push(event, column.row(row));
                rows.push(row as u32);
            }
        }
        selected.columns.push(buf);
        selected.rows.push(rows);
    }
    selected
}

#[cfg(test)]
mod tests;
