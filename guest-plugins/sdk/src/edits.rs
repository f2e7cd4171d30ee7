//! The answer of a transformer.

use std::ops::Range;

use crate::bytes::{push, same};
use crate::{Column, Failure};

/// A replacement: `start..end` of the row becomes `text[text_start..text_end]`. Laid out as it
/// crosses to the host: six numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(C)]
pub struct Edit {
    /// Position of the column in the call.
    pub column: u32,
    /// Row of the column.
    pub row: u32,
    /// First byte that is replaced.
    pub start: u32,
    /// Byte behind what is replaced.
    pub end: u32,
    /// Where the replacement begins in the answer's text.
    pub text_start: u32,
    /// Where it ends.
    pub text_end: u32,
}

/// What crosses to the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Sorted by column, row and start; none overlap.
    pub edits: Vec<Edit>,
    /// All replacements, one behind the other.
    pub text: Vec<u8>,
    /// Rows that could not be treated: column, row, column, row, …
    pub failed: Vec<u32>,
}

/// Collects edits and packs their texts; what leaves is sorted.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    edits: Vec<Edit>,
    text: Vec<u8>,
    failed: Vec<u32>,
    /// Whether an edit came before or inside an earlier one.
    unordered: bool,
    last: Last,
}

/// The last edit, at hand.
#[derive(Clone, Debug, Default)]
struct Last {
    /// Column and row as one number.
    row: u64,
    /// Byte behind what it replaces.
    end: u32,
    /// Where its text stands.
    text: Range<u32>,
}

impl Edits {
    /// Replaces a byte range of a row.
    #[inline(always)]
    pub fn replace(&mut self, column: u32, row: u32, range: Range<usize>, text: &str) {
        let (start, end) = (range.start as u32, range.end as u32);
        let place = u64::from(column) << 32 | u64::from(row);
        if place <= self.last.row {
            self.look_back(place, start);
        }
        // Neighbours often become the same text (an hour, a mask): it is sent once.
        let before = self.text.get(self.last.text.start as usize..self.last.text.end as usize);
        let text_start = match before {
            Some(before) if same(before, text.as_bytes()) => self.last.text.start,
            _ => self.add(text),
        };
        let text_end = text_start + text.len() as u32;
        self.last = Last { row: place, end, text: text_start..text_end };
        self.edits.push(Edit { column, row, start, end, text_start, text_end });
    }

    /// Notices an edit that does not come behind the last one.
    #[inline(never)]
    fn look_back(&mut self, place: u64, start: u32) {
        self.unordered |= !self.edits.is_empty() && (place < self.last.row || start < self.last.end);
    }

    /// Appends a text and says where it begins.
    #[inline(never)]
    fn add(&mut self, text: &str) -> u32 {
        let from = self.text.len() as u32;
        push(&mut self.text, text.as_bytes());
        from
    }

    /// Says that a row could not be treated: the host applies the policy's failure rule instead.
    pub fn fail(&mut self, column: u32, row: u32) {
        self.failed.extend_from_slice(&[column, row]);
    }

    /// The answer as it crosses to the host.
    ///
    /// # Errors
    /// [`Failure::Internal`] when edits overlap.
    pub fn finish(mut self) -> Result<Answer, Failure> {
        // Edits that came in their order neither need sorting nor overlap.
        if self.unordered {
            self.edits.sort_unstable();
            let clash = |a: &Edit, b: &Edit| (a.column, a.row) == (b.column, b.row) && b.start < a.end;
            if self.edits.windows(2).any(|pair| clash(&pair[0], &pair[1])) {
                return Err(Failure::Internal);
            }
        }
        Ok(Answer { edits: self.edits, text: self.text, failed: self.failed })
    }

    /// What the host would make of the rows: `None` for a failed one. For tests.
    ///
    /// # Errors
    /// [`Failure::Internal`] when an edit is not inside its row or splits a character.
    pub fn apply(self, columns: &[Column]) -> Result<Vec<Vec<Option<String>>>, Failure> {
        let mut rows = Vec::new();
        for column in columns {
            rows.push(column.rows()?.map(|row| Some(row.text.to_owned())).collect::<Vec<_>>());
        }
        let Answer { edits, text, failed } = self.finish()?;
        let text = std::str::from_utf8(&text).map_err(|_| Failure::Internal)?;
        for edit in edits.iter().rev() {
            let row = rows.get_mut(edit.column as usize).and_then(|rows| rows.get_mut(edit.row as usize));
            let row = row.and_then(Option::as_mut).ok_or(Failure::Internal)?;
            let range = edit.start as usize..edit.end as usize;
            let with = text.get(edit.text_start as usize..edit.text_end as usize).ok_or(Failure::Internal)?;
            row.get(range.clone()).ok_or(Failure::Internal)?;
            row.replace_range(range, with);
        }
        for pair in failed.chunks_exact(2) {
            let column = rows.get_mut(pair[0] as usize).ok_or(Failure::Internal)?;
            *column.get_mut(pair[1] as usize).ok_or(Failure::Internal)? = None;
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_leave_sorted_and_share_equal_texts() {
        let mut edits = Edits::default();
        edits.replace(0, 1, 2..3, "***");
        edits.replace(0, 1, 0..1, "***");
        edits.replace(0, 0, 1..1, "");
        edits.fail(0, 2);
        let Answer { edits: list, text, failed } = edits.clone().finish().unwrap();
        assert!(list.is_sorted());
        assert_eq!((text.as_slice(), failed.as_slice()), (&b"***"[..], &[0, 2][..]));
        let rows = edits.apply(&[Column::of(0, ["ab", "abc", "x"])]).unwrap();
        assert_eq!(rows[0], [Some("ab".into()), Some("***b***".into()), None]);
    }

    #[test]
    fn overlaps_and_split_characters_are_refused() {
        let mut edits = Edits::default();
        edits.replace(0, 0, 0..2, "");
        edits.replace(0, 0, 1..3, "");
        assert_eq!(edits.finish().err(), Some(Failure::Internal));
        let mut edits = Edits::default();
        edits.replace(0, 0, 0..1, "");
        assert_eq!(edits.apply(&[Column::of(0, ["é"])]).err(), Some(Failure::Internal));
    }
}
