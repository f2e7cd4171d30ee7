//! Where something may begin: bits of 64 bytes at a time.

use crate::classes::{Masks, Signs, shifted};
use crate::entities::Anchor;
use crate::settings::Plan;
use crate::tables::LOOKS_ALONE;

/// Which bits of which masks are wanted: all or none each.
pub(crate) struct Wanted {
    pub(crate) digits: u64,
    /// Whether a chain of digits needs twelve of them.
    pub(crate) many: bool,
    /// The first digit of every word.
    pub(crate) firsts: u64,
    /// Whether what is sure enough alone has looks of `LOOKS_ALONE`.
    pub(crate) few_alone: bool,
    /// Every beginning of a long word.
    pub(crate) words: u64,
    /// Runs of eight capitals.
    pub(crate) capitals: u64,
    pub(crate) country: u64,
    pub(crate) pairs: u64,
    pub(crate) groups: u64,
    pub(crate) sign: u64,
    pub(crate) signs: Signs,
    /// Beginnings of words behind words that tell a name.
    pub(crate) told: u64,
    /// Separators behind folders that hold those of people, and what is in the middle of `password`.
    pub(crate) leads: u64,
}

impl Wanted {
    pub(crate) fn new(plan: &Plan) -> Self {
        let all = |any: bool| if any { u64::MAX } else { 0 };
        let on = |anchor| plan.asks(anchor);
        let signs = on(Anchor::Scheme) || on(Anchor::HexRun) || on(Anchor::Assignment) || on(Anchor::Jot);
        Wanted {
            firsts: all(plan.words),
            few_alone: std::ptr::eq(plan.looks_alone, &LOOKS_ALONE),
            words: all(plan.tokens.is_some() || plan.keyed || on(Anchor::Wallet)),
            capitals: all(plan.capitals),
            digits: all(on(Anchor::Digits)),
            many: plan.digits.trailing_zeros() >= 12 && !plan.words,
            country: all(on(Anchor::CountryDigits)),
            pairs: all(on(Anchor::Flag)),
            groups: all(on(Anchor::HexGroups)),
            sign: all(on(Anchor::At) || signs),
            signs: if signs { Signs::All } else { Signs::At },
            told: all(on(Anchor::Told)),
            leads: all(on(Anchor::Folder) || on(Anchor::Password)),
        }
    }

    pub(crate) fn any(&self) -> bool {
        let people = self.told | self.leads;
        self.digits
            | self.firsts
            | self.words
            | self.capitals
            | self.country
            | self.pairs
            | self.groups
            | self.sign
            | people
            != 0
    }

    /// Whether hyphens and dots are anchors.
    pub(crate) fn joints(&self) -> bool {
        self.pairs | self.groups != 0
    }

    /// The anchors of a block.
    #[inline]
    pub(crate) fn anchors(&self, now: &Block, last: &Block) -> u64 {
        let Masks { digit, letter, sign } = now.masks;
        let by = |now: u64, last: u64, by: u32| shifted(now, last, by);
        let starts = digit & (!(by(digit | letter, last.masks.digit | last.masks.letter, 1)) | now.rows);
        // Letters end a chain of digits.
        let starts = if self.many { starts & long(!letter, now.rows) } else { starts };
        let mut anchors = starts & self.digits | sign & self.sign;
        if self.firsts != 0 {
            anchors |= now.first_digits(last);
        }
        if self.capitals != 0 {
            anchors |= eight(now.capital, last.capital);
        }
        if self.country != 0 {
            let two = by(letter, last.masks.letter, 1) & by(letter, last.masks.letter, 2);
            let third = by(letter | digit, last.masks.letter | last.masks.digit, 3) & !by(now.rows, last.rows, 2);
            anchors |= digit & two & !third;
        }
        if self.joints() {
            let (joint, last) = (now.joint, last.joint);
            let pairs = joint & by(joint, last, 1);
            let triple = joint & by(joint, last, 3) & by(joint, last, 6);
            let groups = triple | joint & by(joint, last, 5);
            anchors |= pairs & self.pairs | groups & self.groups;
        }
        anchors
    }
}

/// Of the first digits of words: what may begin there that is sure enough alone, and what has to be named.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Firsts<T> {
    pub(crate) alone: T,
    pub(crate) named: T,
}

/// What is known of 64 bytes: a bit for each.
#[derive(Clone, Copy, Default)]
pub(crate) struct Block {
    pub(crate) masks: Masks,
    /// `-` and `.`; known where they are anchors.
    pub(crate) joint: u64,
    /// Capitals, and bytes of characters outside ASCII; known where capitals or words behind others are anchors.
    pub(crate) capital: u64,
    pub(crate) high: u64,
    /// Characters outside ASCII, and what is printed in it; known where words behind others are anchors.
    pub(crate) solid: u64,
    /// Where rows begin.
    pub(crate) rows: u64,
}

impl Block {
    /// The first digit of each word; the second run of digits of one that goes through the block before, too.
    #[inline]
    pub(crate) fn first_digits(&self, last: &Block) -> u64 {
        let Masks { digit, letter, .. } = self.masks;
        let starts = self.word_starts(last);
        // A carry runs through the letters that a word begins with.
        let behind = (starts & letter).wrapping_add(letter).wrapping_add(last.masks.letter >> 63);
        (behind & !letter | starts) & digit
    }

    /// What these first digits may begin. What is behind the next block, or before this one, may be as it is wanted.
    ///
    /// In `LOOKS` a word has five letters or digits, or a letter before the digit, or it is joined to others; in `LOOKS_ALONE` it
    /// has five, or it is joined to one behind it that begins with two digits, with four of them if it goes on for three. A test
    /// holds both to it.
    #[inline]
    pub(crate) fn may_begin(&self, firsts: u64, next: &Masks) -> Firsts<u64> {
        let Masks { digit, letter, sign } = self.masks;
        let word = digit | letter;
        let behind = |now: u64, next: u64, by: u32| now >> by | next << (64 - by);
        let word_at = |by: u32| behind(word, next.digit | next.letter, by);
        let digit_at = |by: u32| behind(digit, next.digit, by);
        let unknown = |mask: u64, by: u32| behind(mask, u64::MAX, by);
        let two = word & word_at(1);
        let (three, four) = (two & word_at(2), two & word_at(2) & word_at(3));
        let five = four & word_at(4);
        let within_five = five | five << 1 | five << 2 | five << 3 | five << 4;
        // None of these signs joins words; what is behind others may be joined by a character that is not told apart here.
        let gap = !(word | sign);
        let digits = gap & digit_at(1) & digit_at(2);
        let more_digits = digits & digit_at(3) & digit_at(4);
        // What is in parentheses is one letter or digit.
        let other = gap & !self.joint & word_at(1) & !word_at(2) | self.high;
        let any = gap & word_at(1) | self.high;
        let alone = unknown(other, 1)
            | two & unknown(digits | other, 2)
            | three & unknown(more_digits | other, 3)
            | four & unknown(digits | other, 4);
        let named = unknown(any, 1) | two & unknown(any, 2) | three & unknown(any, 3) | four & unknown(any, 4);
        let behind_high = self.high << 1 | 1;
        let is_led = word << 1 | gap << 1 & (letter << 2 | 0b10);
        // What these signs join to a digit goes on with it; what may be joined to more by a character outside ASCII is read.
        let is_seen = if self.high == 0 { u64::MAX.checked_shr(word.leading_ones()).unwrap_or(0) } else { 0 };
        let goes_on = self.joint << 1 & digit << 2 & !(self.rows | self.rows << 1) & is_seen;
        let firsts = firsts & !goes_on;
        Firsts {
            alone: firsts & (within_five | alone | behind_high | 0b1111 & word << 1),
            named: firsts & (five | named | behind_high | is_led),
        }
    }

    /// How many bytes before that of a bit belong to its row, up to those of the block before.
    #[inline]
    pub(crate) fn behind_start(&self, last: &Block, bit: usize) -> usize {
        let rows = self.rows & !(u64::MAX << bit << 1);
        if rows == 0 { bit + 1 + last.rows.leading_zeros() as usize } else { bit - rows.ilog2() as usize }
    }

    /// Where words begin.
    #[inline]
    pub(crate) fn word_starts(&self, last: &Block) -> u64 {
        let (now, last) = (self.masks.digit | self.masks.letter, last.masks.digit | last.masks.letter);
        now & (!shifted(now, last, 1) | self.rows)
    }
}

/// Those of some bits of the block at `base` whose place fits.
#[inline]
pub(crate) fn fitting(bytes: &[u8], base: usize, mut bits: u64, fits: impl Fn(&[u8], usize) -> bool) -> u64 {
    let mut found = 0;
    while bits != 0 {
        let bit = bits.trailing_zeros();
        bits &= bits - 1;
        found |= u64::from(fits(bytes, base + bit as usize)) << bit;
    }
    found
}

/// Where the eighth bit of a run is, and those behind it.
#[inline]
pub(crate) fn eight(now: u64, last: u64) -> u64 {
    let (two, last_two) = (now & shifted(now, last, 1), last & last << 1);
    let (four, last_four) = (two & shifted(two, last_two, 2), last_two & last_two << 2);
    four & shifted(four, last_four, 4)
}

/// Where twelve bytes of one row and of a class follow each other; what is behind the block may be as it is wanted. No token is
/// shorter.
#[inline]
pub(crate) fn long(class: u64, rows: u64) -> u64 {
    let ahead = |mask: u64, by: u32| mask >> by | !(u64::MAX >> by);
    // A byte and the next one of its row; eleven of them in a row.
    let one = class & ahead(class & !rows, 1);
    let two = one & ahead(one, 1);
    let four = two & ahead(two, 2);
    let eight = four & ahead(four, 4);
    eight & ahead(two, 8) & ahead(one, 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::{BLOCK, Classifier};
    use proptest::prelude::*;

    proptest! {
        /// Nothing that has digits is looked for but at the first of them.
        #[test]
        fn every_word_shows_its_first_digit(text in "[ab1 .]{0,200}", offsets in prop::collection::vec(0_usize..200, 0..4)) {
            let (bytes, classes) = (text.as_bytes(), Classifier::new(Signs::At));
            let is_start = |at: usize| at == 0 || offsets.contains(&at) || !bytes[at - 1].is_ascii_alphanumeric();
            let mut last = Block::default();
            for (base, part) in (0..).step_by(BLOCK).zip(bytes.chunks(BLOCK)) {
                let rows = offsets.iter().filter(|at| (base..base + BLOCK).contains(at)).fold(0, |rows, at| rows | 1 << (at - base));
                let now = Block { masks: classes.masks(&crate::scan::pad(part)), rows, ..Block::default() };
                let found = now.first_digits(&last);
                for at in base..base + part.len() {
                    let word = (0..=at).rev().find(|at| is_start(*at)).unwrap_or(0);
                    let is_first = bytes[at].is_ascii_digit() && bytes[word..at].iter().all(u8::is_ascii_alphabetic);
                    let is_found = found >> (at - base) & 1 == 1;
                    let through = base > 0 && word < base && bytes[word..at].iter().any(u8::is_ascii_digit);
                    prop_assert!(is_found == is_first || is_found && through, "{} at {at} of {:?}", is_found, text);
                }
                last = now;
            }
        }
    }
}
