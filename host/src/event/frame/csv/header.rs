//! The header row: names of columns, ready to be written before cells.

use crate::event::frame::{FrameError, PADDING};
use std::collections::HashMap;

/// What stands before each cell of the object that is made of a row.
#[derive(Debug)]
pub(super) struct Header {
    /// `{"A":"` for the first column, `","B":"` for the others, one after the other, and padding.
    text: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
}

/// What closes the object.
pub(super) const CLOSE: &[u8] = b"\"}";

impl Header {
    /// `names`: the content of JSON strings, escaped.
    pub(super) fn new(names: &[Vec<u8>]) -> Result<Self, FrameError> {
        let mut seen = HashMap::with_capacity(names.len());
        let mut header = Self { text: Vec::new(), ends: Vec::with_capacity(names.len()) };
        for (column, name) in (1u32..).zip(names) {
            if let Some(first) = seen.insert(name, column) {
                return Err(FrameError::DuplicateHeader { first, second: column });
            }
            header.text.extend_from_slice(if column == 1 { b"{\"" } else { b"\",\"" });
            header.text.extend_from_slice(name);
            header.text.extend_from_slice(b"\":\"");
            header.ends.push(header.text.len());
        }
        header.text.extend_from_slice(&[0; PADDING]);
        Ok(header)
    }

    pub(super) fn columns(&self) -> usize {
        self.ends.len()
    }

    /// Bytes that every object has besides its cells.
    pub(super) fn len(&self) -> usize {
        self.text.len() + CLOSE.len()
    }

    /// The text that [`Header::ends`] divides, with padding.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where what stands before a cell ends, column by column.
    pub(super) fn ends(&self) -> &[usize] {
        &self.ends
    }
}
