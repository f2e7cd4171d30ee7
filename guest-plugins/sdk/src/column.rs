//! A column: the values of one field in one batch, packed.

use std::slice::Iter;

use crate::Failure;

/// The granted values of one field: row `r` is `bytes[offsets[r]..offsets[r + 1]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Index into the `fields` of the settings.
    pub field: u32,
    /// All rows, one behind the other: UTF-8.
    pub bytes: Vec<u8>,
    /// Where each row begins and the last one ends.
    pub offsets: Vec<u32>,
    /// Which event of the batch each row belongs to.
    pub event: Vec<u32>,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Its number in the column.
    pub number: u32,
    /// The event it belongs to.
    pub event: u32,
    /// Its value.
    pub text: &'a str,
}

impl Column {
    /// A column of these values, one event each: for tests.
    pub fn of<T: AsRef<str>>(field: u32, values: impl IntoIterator<Item = T>) -> Self {
        let mut column = Column { field, bytes: Vec::new(), offsets: vec![0], event: Vec::new() };
        for (event, value) in (0..).zip(values) {
            column.bytes.extend_from_slice(value.as_ref().as_bytes());
            column.offsets.push(column.bytes.len() as u32);
            column.event.push(event);
        }
        column
    }

    /// The rows. Checks once that the column is sound, so that every row is plain text from here on.
    ///
    /// # Errors
    /// [`Failure::Internal`] when the bytes are not UTF-8 or the offsets do not fit them.
    pub fn rows(&self) -> Result<Rows<'_>, Failure> {
        let plain = is_ascii(&self.bytes);
        let text = if plain {
            // SAFETY: ASCII is UTF-8.
            unsafe { std::str::from_utf8_unchecked(&self.bytes) }
        } else {
            std::str::from_utf8(&self.bytes).map_err(|_| Failure::Internal)?
        };
        // Without branches, so that several pairs are compared at once.
        let ascending = self.offsets.windows(2).fold(true, |sound, pair| sound & (pair[0] <= pair[1]));
        let bounds = if plain {
            self.offsets.last().is_some_and(|&end| end as usize <= text.len())
        } else {
            self.offsets.iter().all(|&offset| text.is_char_boundary(offset as usize))
        };
        if !ascending || !bounds || self.offsets.len() != self.event.len() + 1 {
            return Err(Failure::Internal);
        }
        let (start, ends) = self.offsets.split_first().ok_or(Failure::Internal)?;
        Ok(Rows { bytes: &self.bytes, start: *start, ends: ends.iter(), events: &self.event, next: 0 })
    }
}

/// Whether all bytes are ASCII.
fn is_ascii(bytes: &[u8]) -> bool {
    // 64 at a time, without branches.
    let (blocks, rest) = bytes.as_chunks::<64>();
    let any = |bytes: &[u8; 64]| bytes.as_chunks().0.iter().fold(0, |any, word| any | u64::from_ne_bytes(*word));
    blocks.iter().all(|block| any(block) & 0x8080_8080_8080_8080 == 0) && rest.is_ascii()
}

/// Iterates over the rows of a column.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    /// UTF-8 whose rows lie inside it, in order, and begin and end between characters: [`Column::rows`], which alone makes
    /// one, has checked it.
    bytes: &'a [u8],
    start: u32,
    ends: Iter<'a, u32>,
    events: &'a [u32],
    next: u32,
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    #[inline]
    fn next(&mut self) -> Option<Row<'a>> {
        let (start, end, number) = (self.start, *self.ends.next()?, self.next);
        // SAFETY: the row lies inside the bytes and is whole characters, see above.
        let text = unsafe { std::str::from_utf8_unchecked(self.bytes.get_unchecked(start as usize..end as usize)) };
        // There are as many as rows; whoever does not ask for it does not pay for it.
        let event = self.events.get(number as usize).copied().unwrap_or_default();
        (self.start, self.next) = (end, number + 1);
        Some(Row { number, event, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_packed_and_broken_columns_are_refused() {
        let values = ["", "über", "", "b"];
        let column = Column::of(7, values);
        let rows: Vec<&str> = column.rows().unwrap().map(|row| row.text).collect();
        assert_eq!(rows, values);
        for broken in [vec![0, 0, 5, 5], vec![0, 0, 1, 5, 6], vec![0, 5, 0, 5, 6], vec![0, 0, 5, 5, 9]] {
            assert_eq!(Column { offsets: broken, ..column.clone() }.rows().err(), Some(Failure::Internal));
        }
        assert!(Column { bytes: vec![0xff; 6], ..column }.rows().is_err());
        let plain = Column::of(7, ["", "a".repeat(200).as_str(), "b"]);
        assert_eq!(plain.rows().unwrap().count(), 3);
        for broken in [vec![0, 0, 200, 202], vec![0, 9, 8, 201], vec![0, 0, 201]] {
            assert_eq!(Column { offsets: broken, ..plain.clone() }.rows().err(), Some(Failure::Internal));
        }
        let late = Column::of(7, ["a".repeat(200) + "ü"]);
        assert_eq!(late.rows().unwrap().next().unwrap().text.len(), 202);
    }
}
