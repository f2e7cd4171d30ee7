//! Which words of a text may begin with a part of a name.

use super::fold::{Character, Kind, Reader, may_go};
use super::numbers;
use crate::check::byte;
use crate::classes::{BLOCK, Classifier, Masks, Words};
use crate::context::padded;

/// Bits of the filter of beginnings, as a power of two.
const BITS: u32 = 11;

/// The first letters of the parts of names.
#[derive(Debug)]
pub(super) struct Beginnings {
    /// A bit for the first four letters of each, by their hash; for all of those that have three.
    begin: [u64; 1 << (BITS - 6)],
    /// A bit for the first letter of those that have fewer.
    fewer: u32,
    /// A bit for the first letter of each.
    first: u32,
    /// The same of those that have three.
    three: u32,
    /// Whether a name may be one word, in which a sign may stand.
    parted: bool,
}

impl Default for Beginnings {
    fn default() -> Self {
        Beginnings { begin: [0; 1 << (BITS - 6)], fewer: 0, first: 0, three: 0, parted: false }
    }
}

impl Beginnings {
    /// Adds the words of a value, but for a domain that it ends with; the length of the longest, in bytes, if it is above 64 and no
    /// number.
    pub(super) fn add(&mut self, classes: &Classifier, value: &[u8]) -> usize {
        let length = value.len();
        if length >= BLOCK {
            self.parted = true;
            return self.add_long(value);
        }
        let block = padded(value);
        let (Masks { letter, digit, sign }, Words { high, .. }) = (classes.masks(&block), classes.words(&block));
        let (words, joints) = (letter | digit | high, classes.joints(&block));
        // One `@`, and a domain up to the end.
        let domain = u64::MAX.checked_shl(sign.trailing_zeros() + 1).unwrap_or(0) & ((1 << length) - 1);
        let is_address = sign.is_power_of_two() && domain & !(letter | digit | joints) == 0;
        let end = if is_address { sign.trailing_zeros() as usize } else { length };
        let within = words & ((1 << end) - 1);
        let mut starts = within & !(within << 1) | within & (high << 1) | within & high;
        let others = !(letter | digit | joints | sign) & ((1 << length) - 1);
        self.parted |= starts.count_ones() < 2 || others != 0;
        while starts != 0 {
            let at = starts.trailing_zeros() as usize;
            starts &= starts - 1;
            if byte(value, at) & 0xc0 != 0x80 {
                self.word(value, at, end);
            }
        }
        0
    }

    fn add_long(&mut self, value: &[u8]) -> usize {
        let domain = |&byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        let at = value.iter().rposition(|byte| !domain(byte));
        let end = at.filter(|at| byte(value, *at) == b'@').unwrap_or(value.len());
        let (mut start, mut place, mut longest) = (0, 0, 0);
        while place <= end {
            let first = byte(value, place);
            let behind = match first {
                _ if first.is_ascii_alphanumeric() && place < end => {
                    place += 1;
                    continue;
                }
                0x80.. if place < end => {
                    let Character { kind, end, .. } = Character::at(value, place);
                    if kind != Kind::Sign {
                        place = end;
                        continue;
                    }
                    end
                }
                _ => place + 1,
            };
            if start < place {
                let is_number = numbers::has_digits(numbers::local(value).get(start..place).unwrap_or_default());
                longest = if is_number { longest } else { longest.max(place - start) };
                self.word(value, start, place);
            }
            (start, place) = (behind, behind);
        }
        longest
    }

    fn word(&mut self, value: &[u8], start: usize, end: usize) {
        let (four, count) = first_letters(value.get(..end).unwrap_or_default(), start, 0);
        let [first, ..] = four;
        let first = 1 << (first & 31);
        self.first |= first;
        if count < 3 {
            self.fewer |= first;
        } else {
            self.three |= if count == 3 { first } else { 0 };
            let bit = slot(four);
            if let Some(word) = self.begin.get_mut(bit >> 6) {
                *word |= 1 << (bit & 63);
            }
        }
    }

    /// Whether the word at `at` may begin with one of them, up to two signs after its first letters.
    #[inline]
    pub(super) fn may(&self, text: &[u8], at: usize) -> bool {
        let first = byte(text, at);
        (first >= 0x80 || self.first >> (first & 31) & 1 == 1) && self.may_further(text, at)
    }

    #[inline(never)]
    fn may_further(&self, text: &[u8], at: usize) -> bool {
        let (four, count) = first_letters(text, at, if self.parted { 2 } else { 0 });
        let [one, two, three, _] = four;
        let has = |letters: [u8; 4]| {
            let bit = slot(letters);
            self.begin.get(bit >> 6).is_some_and(|word| word >> (bit & 63) & 1 == 1)
        };
        let is_in = |letters: u32| letters >> (one & 31) & 1 == 1;
        is_in(self.fewer) || count >= 3 && (has(four) || is_in(self.three) && has([one, two, three, 0]))
    }
}

/// Up to four folded letters from `at` on, and how many there are; so many signs may stand between them.
#[inline]
fn first_letters(text: &[u8], at: usize, signs: usize) -> ([u8; 4], usize) {
    let letter = |byte: u8| byte.is_ascii_alphanumeric();
    match text.get(at..at + 4) {
        // Most are letters of ASCII that all stay.
        Some(&[one, two, three, four])
            if letter(one)
                && letter(two)
                && letter(three)
                && letter(four)
                && !may_go(one, two)
                && !may_go(two, three)
                && !may_go(three, four) =>
        {
            ([one | 0x20, two | 0x20, three | 0x20, four | 0x20], 4)
        }
        // Or a word of three, where no sign may stand in one.
        Some(&[one, two, three, four])
            if signs == 0
                && letter(one)
                && letter(two)
                && letter(three)
                && !may_go(one, two)
                && !may_go(two, three)
                && four < 0x80
                && !letter(four) =>
        {
            ([one | 0x20, two | 0x20, three | 0x20, 0], 3)
        }
        Some(&[one, two, _, _]) if signs == 0 && letter(one) && two < 0x80 && !letter(two) => {
            ([one | 0x20, 0, 0, 0], 1)
        }
        _ => letters(text, at, signs),
    }
}

#[inline(never)]
fn letters(text: &[u8], at: usize, signs: usize) -> ([u8; 4], usize) {
    let mut reader = Reader::new(text, at);
    let (mut four, mut count, mut left) = ([0; 4], 0, signs);
    while let Some(to) = four.get_mut(count) {
        match reader.next() {
            Some(letter) => {
                *to = letter;
                count += 1;
            }
            None if left > 0 && reader.at < text.len() => {
                left -= 1;
                reader.at = Character::at(text, reader.at).end;
            }
            None => break,
        }
    }
    (four, count)
}

#[inline]
fn slot([one, two, three, four]: [u8; 4]) -> usize {
    let low = |byte: u8, place: u32| u32::from(byte & 31) << place;
    let key = low(one, 0) | low(two, 5) | low(three, 10) | low(four, 15);
    (key.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}
