//! Numbers of one event's people: of records, staff, accounts, telephones.
//!
//! A value comes to the runs of its words that hold digits, and to all of it where a word beside them is no role. Each is looked
//! for as it is, without regard to case and to the signs that group it (`(415) 555-2671` and `4155552671`), where words and numbers
//! begin and end. One has five letters and digits at least, four of them digits: a chance number is one of them once in ten thousand
//! times at most. Zeros before a number do not count, nor does the country before a telephone number.
//!
//! They are sorted, as the parts of names are: the work at a word hangs on the longest of them, and not on how many there are;
//! and a text in which long ones begin over and over is found whole.

use std::cell::Cell;

use super::fold::{Character, Kind};
use super::{LONGEST_WORD, roles};
use crate::check::{byte, run};
use crate::entities::Hit;
use crate::types::Confidence;

/// Letters and digits that are looked for, at least, and how many of them are digits.
const LEAST: usize = 5;
pub(super) const LEAST_DIGITS: usize = 4;
/// From so many on letters may touch it: `MRN00482913`.
const LEAST_TOUCHED: usize = 6;
/// Digits of a telephone number without its country, at least, and digits of a country, at most.
const LEAST_AT_HOME: usize = 7;
const MOST_OF_COUNTRY: usize = 3;
/// Signs in a row that group it, at most.
const MOST_SIGNS: usize = 3;
/// Characters that are held against numbers in a text, at most, and how many more for each of its bytes.
const STEPS: usize = 4096;
const STEPS_PER_BYTE: usize = 4;

/// Those of one event.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    all: Vec<Box<[u8]>>,
    /// A bit for the first two characters of each, and one for the first.
    pairs: [u64; 16],
    first: u32,
    /// How many characters may still be held against them in a text.
    left: Cell<usize>,
}

impl Numbers {
    /// Takes those of these values in place of those it has.
    pub(super) fn read<'v>(&mut self, values: impl Iterator<Item = &'v [u8]>) {
        self.all.clear();
        for value in values.filter(|value| has_digits(value)) {
            let mut rest = local(value);
            while !rest.is_empty() {
                let end =
                    run(rest, 0, rest.len(), |byte| byte.is_ascii_alphanumeric() || byte >= 0x80 || is_joint(byte));
                self.group(rest.get(..end).unwrap_or_default(), rest.get(end..).unwrap_or_default());
                rest = rest.get(end + 1..).unwrap_or_default();
            }
        }
        self.all.sort_unstable();
        self.all.dedup();
        (self.pairs, self.first) = ([0; 16], 0);
        for number in &self.all {
            let (one, two) = (byte(number, 0), byte(number, 1));
            let pair = pair(one, two);
            if let Some(word) = self.pairs.get_mut(pair >> 6) {
                *word |= 1 << (pair & 63);
            }
            self.first |= 1 << (one & 31);
        }
    }

    /// Adds what words come to that signs group, before other text.
    fn group(&mut self, text: &[u8], behind: &[u8]) {
        match text.trim_ascii().split_at_checked(DATE) {
            // What stands where somebody should be.
            Some((date, rest)) if is_date(date) && (rest.is_empty() || is_clock(rest, behind)) => return,
            Some((date, [sign, rest @ ..])) if is_date(date) && is_joint(*sign) => self.group(rest, behind),
            _ => {}
        }
        let (mut letters, mut at) = (Vec::with_capacity(text.len()), 0);
        // The word that is read, and the words with digits before it: where they begin among the letters and in the text.
        let (mut word, mut numbers, mut holds_others) = ((0, 0), None, false);
        while at <= text.len() {
            let character = Character::at(text, at);
            if character.kind == Kind::Sign {
                let last = letters.get(word.0..).unwrap_or_default();
                // Nobody looks for it as part of a name.
                if at - word.1 > LONGEST_WORD {
                    self.add(last);
                }
                if last.iter().any(u8::is_ascii_digit) {
                    numbers = numbers.or(Some(word));
                } else if !last.is_empty() {
                    // `svc 2019` is nobody.
                    holds_others |= !roles::is_role(last);
                    self.run(text, letters.get(..word.0).unwrap_or_default(), numbers.take());
                }
                word = (letters.len(), character.end);
            }
            letters.extend_from_slice(character.letters());
            at = character.end;
        }
        self.run(text, &letters, numbers);
        if holds_others {
            self.add(&letters);
        }
    }

    /// Adds words with digits from some on.
    fn run(&mut self, text: &[u8], letters: &[u8], from: Option<(usize, usize)>) {
        let Some((from, at)) = from else { return };
        let lead = text.get(..at).unwrap_or_default();
        self.number(letters.get(from..).unwrap_or_default(), lead.ends_with(b"+") || lead.ends_with(b"+("));
    }

    /// Adds a number; once more without the country that a `+` leads, or the letters that it begins with.
    fn number(&mut self, number: &[u8], is_abroad: bool) {
        let letters = number.iter().take_while(|byte| !byte.is_ascii_digit()).count();
        let digits = number.get(letters..).unwrap_or_default();
        if !digits.iter().all(u8::is_ascii_digit) {
            return self.add(number);
        }
        if letters > 0 {
            self.add(number);
            if digits.len() < LEAST_TOUCHED {
                return;
            }
        }
        let bare = digits.get(zeros(digits)..).unwrap_or_default();
        self.add(if bare.len() < LEAST { digits } else { bare });
        if is_abroad || zeros(digits) == 2 {
            for country in 1..=MOST_OF_COUNTRY {
                // `+49 (0)170 …`
                let home = bare.get(country..).map(|home| home.get(zeros(home)..).unwrap_or_default());
                home.filter(|home| home.len() >= LEAST_AT_HOME).into_iter().for_each(|home| self.add(home));
            }
        }
    }

    fn add(&mut self, number: &[u8]) {
        if number.len() >= LEAST && has_digits(number) && number.iter().any(|byte| *byte != b'0') {
            self.all.push(number.into());
        }
    }

    /// Begins with a text of so many bytes.
    pub(super) fn begin(&self, bytes: usize) {
        self.left.set(STEPS + bytes * STEPS_PER_BYTE);
    }

    /// Whether a text is made so that it would take too long: it was not looked through to its end.
    pub(super) fn has_given_up(&self) -> bool {
        self.left.get() == 0
    }

    /// Puts what begins at a word or number of a text into `hits`.
    #[inline]
    pub(super) fn at(&self, text: &[u8], at: usize, hits: &mut Vec<Hit>) {
        let first = byte(text, at);
        if first == b'0' {
            let behind = at + zeros(text.get(at..).unwrap_or_default());
            if self.may(text, behind) {
                self.longest(text, (at, behind), hits);
            }
        }
        if self.may(text, at) {
            self.longest(text, (at, at), hits);
        }
    }

    /// Whether one of them may begin at `at`.
    #[inline]
    fn may(&self, text: &[u8], at: usize) -> bool {
        let (one, two) = (byte(text, at) | 0x20, byte(text, at + 1));
        let pair = pair(one, two | 0x20);
        one >= 0x80
            || self.first >> (one & 31) & 1 == 1
                && (!two.is_ascii_alphanumeric()
                    || self.pairs.get(pair >> 6).is_some_and(|word| word >> (pair & 63) & 1 == 1))
    }

    /// The longest that begins at `from`; zeros may stand before it, from `start` on.
    #[inline(never)]
    fn longest(&self, text: &[u8], (start, from): (usize, usize), hits: &mut Vec<Hit>) {
        let (mut range, mut depth, mut at, mut end) = (self.all.as_slice(), 0, from, None);
        let lead = Character::before(text, start).kind;
        'text: while !range.is_empty() && self.step() {
            let character = if depth == 0 { Character::at(text, at) } else { behind_signs(text, at) };
            if character.kind == Kind::Sign {
                break;
            }
            for letter in character.letters() {
                let letter = Some(letter);
                let low = range.partition_point(|number| number.get(depth) < letter);
                let high = range.partition_point(|number| number.get(depth) <= letter);
                range = range.get(low..high).unwrap_or_default();
                depth += 1;
                if range.is_empty() {
                    break 'text;
                }
            }
            at = character.end;
            let is_whole = range.first().is_some_and(|number| number.len() == depth && stands(number, text, lead, at));
            end = if is_whole { Some(at) } else { end };
        }
        hits.extend(end.map(|end| Hit::new(start, end, Confidence::Likely)));
    }

    /// Whether one more character may be held against numbers.
    fn step(&self) -> bool {
        self.left.set(self.left.get().saturating_sub(1));
        !self.has_given_up()
    }
}

/// Whether a number stands alone behind a character and before what is at `end`.
fn stands(number: &[u8], text: &[u8], lead: Kind, end: usize) -> bool {
    let may_touch = |side: Option<&u8>, neighbour: Kind| match neighbour {
        Kind::Sign => true,
        Kind::Digit => false,
        Kind::Unspaced => true,
        _ => number.len() >= LEAST_TOUCHED && side.is_some_and(u8::is_ascii_digit),
    };
    may_touch(number.first(), lead) && may_touch(number.last(), Character::at(text, end).kind)
}

/// The character behind the signs that may group a number.
fn behind_signs(text: &[u8], at: usize) -> Character {
    let mut next = Character::at(text, at);
    for _ in 0..MOST_SIGNS {
        let goes_on = next.kind == Kind::Sign && next.end <= text.len() && is_joint(byte(text, next.end - 1));
        if !goes_on && next.kind != Kind::Mark {
            break;
        }
        next = Character::at(text, next.end);
    }
    next
}

/// Whether a sign may stand between the letters and digits of a number.
fn is_joint(sign: u8) -> bool {
    matches!(sign, b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'+' | b'_' | b'#')
}

pub(super) fn has_digits(value: &[u8]) -> bool {
    value.iter().filter(|byte| byte.is_ascii_digit()).count() >= LEAST_DIGITS
}

/// What of a value names somebody by numbers: of an address what stands before its host.
pub(super) fn local(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|byte| *byte == b'@').unwrap_or(value.len());
    value.get(..end).unwrap_or_default()
}

fn zeros(digits: &[u8]) -> usize {
    digits.iter().take_while(|digit| **digit == b'0').count()
}

/// Bytes of a date (ISO 8601).
const DATE: usize = 10;

fn is_date(text: &[u8]) -> bool {
    let &[c1, c2, y1, y2, b'-', m1, m2, b'-', d1, d2] = text else { return false };
    let number = |tens: u8, ones: u8| tens.wrapping_sub(b'0').wrapping_mul(10).wrapping_add(ones.wrapping_sub(b'0'));
    [c1, c2, y1, y2, m1, m2, d1, d2].iter().all(u8::is_ascii_digit)
        && matches!(number(c1, c2), 19 | 20)
        && matches!(number(m1, m2), 1..=12)
        && matches!(number(d1, d2), 1..=31)
}

/// Whether a clock stands behind a date: `T10:20`.
fn is_clock(text: &[u8], behind: &[u8]) -> bool {
    matches!(text, [b'T' | b't' | b' ', h1, h2] if h1.is_ascii_digit() && h2.is_ascii_digit())
        && matches!(behind, [b':', m1, m2, ..] if m1.is_ascii_digit() && m2.is_ascii_digit())
}

fn pair(one: u8, two: u8) -> usize {
    usize::from(one & 31) << 5 | usize::from(two & 31)
}
