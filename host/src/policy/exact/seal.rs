//! Values → a sealed list.

use std::collections::BTreeMap;

use hmac::Mac as _;

use super::words::Words;
use super::{CODE_BYTES, HEADER_BYTES, Key, MAGIC, SIGNS_MIN, VALUE_BYTES_MAX, VALUES_MAX, VERSION, WORDS_MAX, place};

/// Beginnings of values for each 64 bits of the filter: with four bits each, one in 200 that are none passes.
const BEGINNINGS_A_WORD: usize = 4;

/// Why a line is not taken into a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refused {
    /// It has fewer than [`SIGNS_MIN`] letters and digits: it would be found everywhere.
    TooShort,
    /// It has more than [`WORDS_MAX`] words, or [`VALUE_BYTES_MAX`] bytes.
    TooLong,
    /// The list has [`VALUES_MAX`] values already.
    TooMany,
}

/// A sealed list, with what became of the lines it was made of.
#[derive(Debug, Default)]
pub struct Sealing {
    /// The file.
    pub file: Vec<u8>,
    /// Values in it.
    pub values: usize,
    /// Lines whose value was there already, in whatever spelling.
    pub again: usize,
    /// Numbers of refused lines, from 1.
    pub refused: BTreeMap<Refused, Vec<usize>>,
}

/// Seals values, one a line; blank lines, and those that begin with `#` and a blank, are left out. Equal values and an equal key give equal
/// bytes, whatever the order.
pub fn seal<'v>(lines: impl Iterator<Item = &'v str>, key: &Key) -> Sealing {
    let mut sealing = Sealing::default();
    let (mut words, mut values, mut beginnings) = (Words::default(), Vec::new(), Vec::new());
    let (mut lengths, mut longest) = (0u32, 0);
    for (line, value) in
        lines.map(str::trim).enumerate().filter(|(_, v)| !v.is_empty() && *v != "#" && !v.starts_with("# "))
    {
        words.read(value.as_bytes());
        let run = words.run(0..words.len());
        let refused = if words.signs() < SIGNS_MIN {
            Refused::TooShort
        } else if words.len() > WORDS_MAX || run.len() > VALUE_BYTES_MAX {
            Refused::TooLong
        } else if values.len() == VALUES_MAX {
            Refused::TooMany
        } else {
            values.push(key.digest(run));
            lengths |= 1 << (words.len() - 1);
            longest = longest.max(run.len());
            beginnings.extend((1..=words.len()).map(|end| key.digest(words.run(0..end))));
            continue;
        };
        sealing.refused.entry(refused).or_default().push(line + 1);
    }
    let taken = values.len();
    for digests in [&mut values, &mut beginnings] {
        digests.sort_unstable();
        digests.dedup();
    }
    (sealing.values, sealing.again) = (values.len(), taken - values.len());
    let mut filter = vec![0u64; beginnings.len().div_ceil(BEGINNINGS_A_WORD)];
    for (at, bits) in beginnings.iter().map(|digest| place(filter.len(), *digest)).collect::<Vec<_>>() {
        filter[at] |= bits;
    }
    let file = &mut sealing.file;
    file.reserve(HEADER_BYTES + 8 * (filter.len() + values.len()) + CODE_BYTES);
    file.extend_from_slice(MAGIC);
    for number in [VERSION, lengths, longest as u32, filter.len() as u32] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(&(values.len() as u64).to_le_bytes());
    file.extend_from_slice(&key.check());
    filter.iter().chain(&values).for_each(|number| file.extend_from_slice(&number.to_le_bytes()));
    let code = key.mac(file).finalize().into_bytes();
    file.extend_from_slice(&code);
    sealing
}
