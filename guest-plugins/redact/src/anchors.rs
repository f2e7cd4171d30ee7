//! Where something may begin: bits of 64 bytes at a time.

use crate::classes::{Masks, Signs, shifted};
use crate::entities::Anchor;
use crate::settings::Plan;

/// Which bits of which masks are wanted: all or none each.
pub(crate) struct Wanted {
    pub(crate) digits: u64,
    /// Whether a chain of digits needs twelve of them.
    pub(crate) many: bool,
    /// The first digit of every word.
    pub(crate) firsts: u64,
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

/// What is known of 64 bytes: a bit for each.
#[derive(Clone, Copy, Default)]
pub(crate) struct Block {
    pub(crate) masks: Masks,
    /// `-` and `.`; known where they are anchors.
    pub(crate) joint: u64,
    /// Capitals; known where they are anchors.
    pub(crate) capital: u64,
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
