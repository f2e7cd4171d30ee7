//! The steps of a plan and what they answered for a batch, ready to be read hole by hole.

use std::ops::Range;

use crate::event::{Column, ColumnBuf, Edits, Finding};
use crate::plugin::{Circuit, Detector, Entity, Failure, Transformer, narrow, narrow_edits};

/// Makes steps from settings. The product's own are sandboxed; a benchmark may make native ones.
pub trait Steps: Send + Sync {
    /// The detector step; `prepared` are serialised automata of the officer's own entities.
    ///
    /// # Errors
    ///
    /// Why there is none.
    fn detector(&self, settings: &str, prepared: Vec<Vec<u8>>) -> Result<Box<dyn Detector + Send>, StepError>;
    /// The masking step.
    ///
    /// # Errors
    ///
    /// Why there is none.
    fn mask(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError>;
    /// The minimising step.
    ///
    /// # Errors
    ///
    /// Why there is none.
    fn minimise(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError>;
    /// Entities by number, as findings name them.
    fn entities(&self) -> &[String];
    /// A plugin of a vendor, by its number in the plan.
    ///
    /// # Errors
    ///
    /// Why there is none.
    fn vendor(&self, number: u16) -> Result<Vendor, StepError> {
        Err(StepError { step: "plugin", reason: format!("there is no plugin of number {number}") })
    }
}

/// A plugin of a vendor.
pub enum Vendor {
    /// What it finds is hidden.
    Detector {
        /// The step.
        step: Box<dyn Detector + Send>,
        /// Its entities, by number.
        entities: Vec<Entity>,
    },
    /// Its answer takes a value's place.
    Transformer(Box<dyn Transformer + Send>),
}

/// A step could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the step `{step}` cannot be made: {reason}")]
pub struct StepError {
    /// Which.
    pub step: &'static str,
    /// Why, without anything of an event.
    pub reason: String,
}

/// A step that failed for some events.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepFailure {
    pub(super) step: &'static str,
    pub(super) failure: Failure,
}

/// Columns of one step, by field.
#[derive(Debug, Default)]
pub(super) struct Columns {
    by_field: Vec<ColumnBuf>,
    /// The field whose rows say whom events name.
    reference: Option<u16>,
}

impl Columns {
    /// The column of a field, made when first asked for.
    pub(super) fn field(&mut self, field: u16) -> &mut ColumnBuf {
        while self.by_field.len() <= usize::from(field) {
            self.by_field.push(ColumnBuf::new(self.by_field.len() as u32));
        }
        &mut self.by_field[usize::from(field)]
    }

    /// The column of the field whose rows say whom events name.
    pub(super) fn reference(&mut self, field: u16) -> &mut ColumnBuf {
        self.reference = Some(field);
        self.field(field)
    }

    /// Takes over whom events name.
    pub(super) fn refer_to(&mut self, other: &Columns) {
        let column = other.reference.and_then(|field| Some((field, other.by_field.get(usize::from(field))?)));
        if let Some((field, column)) = column {
            self.reference(field).clone_from(column);
        }
    }

    pub(super) fn clear(&mut self) {
        self.by_field.iter_mut().for_each(ColumnBuf::clear);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_field.iter().all(ColumnBuf::is_empty)
    }

    fn filled(&self) -> Vec<Column<'_>> {
        self.by_field.iter().filter(|column| !column.is_empty()).map(ColumnBuf::view).collect()
    }

    /// Value of a row.
    pub(super) fn row(&self, field: u16, row: u32) -> &[u8] {
        self.by_field.get(usize::from(field)).map_or(&[], |column| column.row(row as usize))
    }

    fn event_of(&self, field: u16, row: u32) -> u32 {
        self.by_field
            .get(usize::from(field))
            .and_then(|c| c.view().event.get(row as usize).copied())
            .unwrap_or(u32::MAX)
    }
}

/// The first number of a range for which something holds that then holds for all behind it; the range's end when it never does.
fn first(range: Range<usize>, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

/// Reads answers row by row; each field has its own cursor, because holes come in the order in which rows were filled.
#[derive(Debug, Default)]
struct Cursors(Vec<Cursor>);

/// Where a field is read.
#[derive(Clone, Debug, Default)]
struct Cursor {
    /// The next row.
    row: u32,
    /// The first answer that is not for a row before it.
    answer: usize,
    /// The field's answers.
    answers: Range<usize>,
}

impl Cursors {
    /// Finds the answers of each field: they are sorted by column, which counts the fields that have rows.
    fn start(&mut self, columns: &Columns, answers: usize, column_of: impl Fn(usize) -> u32) {
        let (mut number, mut from) = (0, 0);
        let cursor = |column: &ColumnBuf| {
            let mut to = from;
            if !column.is_empty() {
                to = first(from..answers, |answer| column_of(answer) > number);
                number += 1;
            }
            let cursor = Cursor { row: 0, answer: from, answers: from..to };
            from = to;
            cursor
        };
        self.0.clear();
        self.0.extend(columns.by_field.iter().map(cursor));
    }

    /// Goes to the first rows and answers of an event.
    fn seek(&mut self, event: u32, columns: &Columns, row_of: impl Fn(usize) -> u32) {
        for (cursor, column) in self.0.iter_mut().zip(&columns.by_field) {
            let row = column.view().event.partition_point(|of| *of < event) as u32;
            cursor.row = row;
            cursor.answer = first(cursor.answers.clone(), |answer| row_of(answer) >= row);
        }
    }

    /// The next row of a field, and its answers.
    #[inline]
    fn next(&mut self, field: u16, row_of: impl Fn(usize) -> u32) -> (u32, Range<usize>) {
        let Some(Cursor { row: next, answer, answers }) = self.0.get_mut(usize::from(field)) else {
            return (u32::MAX, 0..0);
        };
        let row = *next;
        *next += 1;
        while *answer < answers.end && row_of(*answer) < row {
            *answer += 1;
        }
        let from = *answer;
        while *answer < answers.end && row_of(*answer) == row {
            *answer += 1;
        }
        (row, from..*answer)
    }
}

/// What the detector found in a batch.
#[derive(Default)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    failed: Vec<u32>,
    cursors: Cursors,
}

impl Found {
    /// Calls the detector for everything at once. Only findings of these entities count.
    pub(super) fn run(
        &mut self,
        (detector, circuit): (&mut (dyn Detector + Send), &mut Circuit),
        columns: &Columns,
        entities: Range<u32>,
        failures: &mut Vec<StepFailure>,
    ) {
        let filled = columns.filled();
        let narrowed = narrow(detector, circuit, &filled);
        failures.extend(narrowed.failed.iter().map(|(_, failure)| StepFailure { step: "redact", failure: *failure }));
        self.failed = narrowed.failed.iter().map(|(event, _)| *event).collect();
        self.findings = narrowed.answer;
        let is_reference = |finding: &Finding| {
            let field = filled.get(finding.column as usize).map(|column| column.field);
            field.is_some() && field == columns.reference.map(u32::from)
        };
        self.findings.retain(|finding| entities.contains(&finding.entity) && !is_reference(finding));
        let findings = &self.findings;
        self.cursors.start(columns, findings.len(), |i| findings[i].column);
    }

    /// Nothing was asked.
    pub(super) fn none(&mut self) {
        *self = Self::default();
    }

    /// Findings in the next row of a field; `None` where the step failed for its event.
    pub(super) fn next(&mut self, field: u16, columns: &Columns) -> Option<&[Finding]> {
        let findings = &self.findings;
        let (row, range) = self.cursors.next(field, |i| findings[i].row);
        if !self.failed.is_empty() && self.failed.binary_search(&columns.event_of(field, row)).is_ok() {
            return None;
        }
        Some(&self.findings[range])
    }

    /// Goes to the first row of an event in each field: rows behind it are read again.
    pub(super) fn seek(&mut self, event: u32, columns: &Columns) {
        let findings = &self.findings;
        self.cursors.seek(event, columns, |i| findings[i].row);
    }

    /// All findings of a field, with the row's event; failed events as well.
    pub(super) fn of_field(&self, field: u16) -> &[Finding] {
        self.cursors.0.get(usize::from(field)).map_or(&[], |cursor| &self.findings[cursor.answers.clone()])
    }

    /// Events for which the step failed.
    pub(super) fn failed(&self) -> &[u32] {
        &self.failed
    }
}

/// What a transformer changed in a batch.
#[derive(Default)]
pub(super) struct Changed {
    pub(super) edits: Edits,
    failed: Vec<u32>,
    cursors: Cursors,
    given_up: Vec<(u16, u32)>,
}

impl Changed {
    /// Calls the transformer for everything at once.
    pub(super) fn run(
        &mut self,
        step: &'static str,
        transformer: &mut (dyn Transformer + Send),
        circuit: &mut Circuit,
        columns: &Columns,
        failures: &mut Vec<StepFailure>,
    ) {
        let filled = columns.filled();
        let narrowed = narrow_edits(transformer, circuit, &filled);
        failures.extend(narrowed.failed.iter().map(|(_, failure)| StepFailure { step, failure: *failure }));
        self.failed = narrowed.failed.iter().map(|(event, _)| *event).collect();
        self.edits = narrowed.answer;
        let field_of = |column: u32| filled.get(column as usize).map_or(u16::MAX, |c| c.field as u16);
        self.given_up = self.edits.failed.iter().map(|(column, row)| (field_of(*column), *row)).collect();
        self.given_up.sort_unstable();
        let edits = &self.edits.edits;
        self.cursors.start(columns, edits.len(), |i| edits[i].column);
    }

    /// Nothing was asked.
    pub(super) fn none(&mut self) {
        *self = Self::default();
    }

    /// Goes to the first row of an event in each field: rows behind it are read again.
    pub(super) fn seek(&mut self, event: u32, columns: &Columns) {
        let edits = &self.edits.edits;
        self.cursors.seek(event, columns, |i| edits[i].row);
    }

    /// Edits of the next row of a field and the row's number; `None` where it could not be treated.
    pub(super) fn next(&mut self, field: u16, columns: &Columns) -> Option<(Range<usize>, u32)> {
        let edits = &self.edits.edits;
        let (row, range) = self.cursors.next(field, |i| edits[i].row);
        let gave_up = !self.given_up.is_empty() && self.given_up.binary_search(&(field, row)).is_ok();
        let failed = !self.failed.is_empty() && self.failed.binary_search(&columns.event_of(field, row)).is_ok();
        (!gave_up && !failed).then_some((range, row))
    }
}
