//! Finding a key among the names of a state: open addressing at a load of a half at most.

use std::sync::Arc;

/// The names of one state, or of several alike; a name's number is its position in the list the table was made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyTable {
    /// Powers of two many, or none. A cell holds a tag (upper bits of the hash) and a number, both plus one bit.
    cells: Arc<[Cell]>,
    names: Arc<[Box<[u8]>]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    tag: u32,
    /// Number plus one; 0 where the cell is empty.
    number: u32,
}

impl KeyTable {
    /// A table of distinct names.
    pub(crate) fn new(names: Vec<Box<[u8]>>) -> Self {
        if names.is_empty() {
            return KeyTable::default();
        }
        let mut cells = vec![Cell::default(); (names.len() * 2).next_power_of_two()];
        for (number, name) in names.iter().enumerate() {
            let hash = hash(name);
            let mut at = hash as usize & (cells.len() - 1);
            while cells[at].number != 0 {
                at = (at + 1) & (cells.len() - 1);
            }
            cells[at] = Cell { tag: (hash >> 32) as u32, number: number as u32 + 1 };
        }
        KeyTable { cells: cells.into(), names: names.into() }
    }

    /// How many names there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The number of a name.
    #[inline]
    pub(crate) fn find(&self, key: &[u8]) -> Option<usize> {
        let mask = self.cells.len().checked_sub(1)?;
        let hash = hash(key);
        let mut at = hash as usize & mask;
        loop {
            let cell = self.cells[at];
            let number = (cell.number as usize).checked_sub(1)?;
            if cell.tag == (hash >> 32) as u32 && *self.names[number] == *key {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
    }
}

/// Mixes length, first and last eight bytes. Names that agree in these share a chain, which costs a comparison each.
#[inline]
fn hash(key: &[u8]) -> u64 {
    let (head, tail) = match (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        (Some(head), Some(tail)) => (u64::from_le_bytes(*head), u64::from_le_bytes(*tail)),
        _ => (key.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)), 0),
    };
    let mixed = (head ^ tail.rotate_left(23) ^ key.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 32 ^ tail).wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^ mixed >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        let names: Vec<Box<[u8]>> =
            (0..500).map(|n| format!("{}key-{n}", "long-".repeat(n % 7)).into_bytes().into()).collect();
        let table = KeyTable::new(names.clone());
        assert_eq!(table.len(), 500);
        for (number, name) in names.iter().enumerate() {
            assert_eq!(table.find(name), Some(number));
        }
        for other in [&b""[..], b"key-500", b"long-key-0", b"ley-1"] {
            assert_eq!(table.find(other), None);
        }
        assert_eq!(KeyTable::default().find(b""), None);
    }
}
