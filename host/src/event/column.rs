//! Columns: the values of one field over a batch, packed so that they cross a boundary as bulk copies.
//!
//! A *column* holds rows; row `r` is `bytes[offsets[r]..offsets[r + 1]]` and belongs to event `event[r]` of the
//! batch. One event may give a column no row, one, or several (elements of an array).

use std::ops::Range;

/// A borrowed column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column<'a> {
    /// Index of the field in the settings of the step that reads the column.
    pub field: u32,
    /// All rows, one behind the other, decoded: UTF-8.
    pub bytes: &'a [u8],
    /// Where each row begins, and where the last one ends: one more entry than rows, ascending, from 0.
    pub offsets: &'a [u32],
    /// For each row, the event of the batch it belongs to, ascending.
    pub event: &'a [u32],
}

impl<'a> Column<'a> {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.event.len()
    }

    /// The bytes of a row; empty for a row that does not exist.
    pub fn row(&self, row: usize) -> &'a [u8] {
        let bounds = self.offsets.get(row).zip(self.offsets.get(row + 1));
        bounds.and_then(|(&start, &end)| self.bytes.get(start as usize..end as usize)).unwrap_or(&[])
    }
}

/// A column that is being filled. Clearing keeps its memory, so a batch costs no allocation once warm.
///
/// ```
/// use tamis::event::ColumnBuf;
/// let mut column = ColumnBuf::new(3);
/// column.push(0, b"alice");
/// column.push(2, b"bob");
/// assert_eq!(column.view().rows(), 2);
/// assert_eq!(column.view().row(1), b"bob");
/// assert_eq!(column.view().event, [0, 2]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnBuf {
    /// Index of the field in the settings of the step that reads the column.
    pub field: u32,
    bytes: Vec<u8>,
    offsets: Vec<u32>,
    event: Vec<u32>,
}

impl ColumnBuf {
    /// An empty column of a field.
    pub fn new(field: u32) -> Self {
        ColumnBuf { field, bytes: Vec::new(), offsets: vec![0], event: Vec::new() }
    }

    /// Appends a row and gives its number.
    pub fn push(&mut self, event: u32, value: &[u8]) -> u32 {
        self.fill(event, |bytes| bytes.extend_from_slice(value))
    }

    /// Appends a row that `write` appends to the column's bytes, without a copy in between; gives its number.
    /// `write` must only append.
    pub fn fill(&mut self, event: u32, write: impl FnOnce(&mut Vec<u8>)) -> u32 {
        let row = self.event.len() as u32;
        write(&mut self.bytes);
        self.offsets.push(self.bytes.len() as u32);
        self.event.push(event);
        row
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.event.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.event.is_empty()
    }

    /// Bytes of all rows together: batches are cut by it, offsets are 32 bits wide.
    pub fn len_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes of a row; empty for a row that does not exist.
    pub fn row(&self, row: usize) -> &[u8] {
        self.view().row(row)
    }

    /// The column as it is handed to a step.
    pub fn view(&self) -> Column<'_> {
        Column { field: self.field, bytes: &self.bytes, offsets: &self.offsets, event: &self.event }
    }

    /// Removes all rows and overwrites nothing: the memory is reused by the next batch.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.offsets.truncate(1);
        self.event.clear();
    }
}

/// What a detector found: a span of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Position of the column in the call.
    pub column: u32,
    /// Row of that column.
    pub row: u32,
    /// First byte of the span within the row, on a character boundary.
    pub start: u32,
    /// Byte behind the span.
    pub end: u32,
    /// What it is: an index into the detector's declared entities.
    pub entity: u32,
    /// How sure: 1 possible, 2 likely, 3 certain.
    pub confidence: u32,
}

/// A transformer's replacement for a span of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Position of the column in the call.
    pub column: u32,
    /// Row of that column.
    pub row: u32,
    /// First byte that is replaced, within the row.
    pub start: u32,
    /// Byte behind the replaced span.
    pub end: u32,
    /// The replacement, a range of [`Edits::text`].
    pub text: Range<u32>,
}

/// A transformer's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// Sorted by column, row and start; those of one row do not overlap.
    pub edits: Vec<Edit>,
    /// All replacements, one behind the other.
    pub text: Vec<u8>,
    /// Rows (column, row) that could not be treated: the failure rule decides about them.
    pub failed: Vec<(u32, u32)>,
}

impl Edits {
    /// The replacement of an edit; empty when its range lies outside the text.
    pub fn text_of(&self, edit: &Edit) -> &[u8] {
        self.text.get(edit.text.start as usize..edit.text.end as usize).unwrap_or(&[])
    }

    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.edits.clear();
        self.text.clear();
        self.failed.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_pushed() {
        let mut column = ColumnBuf::new(0);
        let values: [&[u8]; 4] = [b"", b"a", b"", "über".as_bytes()];
        for (event, value) in values.iter().enumerate() {
            assert_eq!(column.push(event as u32, value), event as u32);
        }
        for (row, value) in values.iter().enumerate() {
            assert_eq!(column.row(row), *value);
        }
        assert_eq!(column.row(4), b"");
        column.clear();
        assert!(column.is_empty());
        assert_eq!(column.view().offsets, [0]);
    }
}
