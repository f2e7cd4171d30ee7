//! Values that are told by how they are written and by a check: `86 095 742 719`, `AB 12 34 56 C`.
//!
//! Words of letters and digits that single signs join are one chain. Every few neighbouring words of it are held against the
//! forms of their length.

use std::cell::OnceCell;

use crate::check::{before, byte};
use crate::classes::{BLOCK, Bits, Row};
use crate::form::{Form, Kind, LONGEST, Look, Next};
use crate::tables::{Filter, WRITTEN, Written};

/// A longer chain is read so many words at a time.
const MOST_WORDS: usize = 24;

/// More words than any identifier has. So many of the words of a cut chain are read once more, with those behind them.
const AGAIN: usize = 8;

/// What stands between two words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joint {
    /// Nothing that joins.
    End,
    /// A blank, also a no-break one.
    Blank,
    /// A hyphen, also one of Unicode.
    Hyphen,
    Dot,
    Slash,
    /// A parenthesis around the one letter or digit that follows: `A123456(3)`.
    Around,
}

/// Letters and digits.
#[derive(Clone, Copy, Debug)]
struct Word {
    start: usize,
    end: usize,
    /// Which are letters; bit `n` for the byte `n`.
    letters: u32,
    /// What stands behind it.
    joint: Joint,
}

impl Word {
    fn len(&self) -> usize {
        self.end - self.start
    }

    fn has_digits(&self) -> bool {
        self.letters.count_ones() as usize != self.len()
    }
}

/// The words around a digit. The buffer is reused.
#[derive(Debug, Default)]
pub(crate) struct Words {
    words: Vec<Word>,
    /// What begins up to here was looked at with the words before.
    seen: Option<usize>,
    /// What joins a word with digits to the first one.
    ahead: Option<Joint>,
    /// Whether the chain goes on behind the last word.
    is_cut: bool,
}

/// Neighbouring words that may be one identifier.
pub(crate) struct Window<'w> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Letters and digits in it.
    pub(crate) length: usize,
    letters: u32,
    /// Where a word but the first begins.
    breaks: u32,
    words: &'w [Word],
    /// Its letters and digits, capitals: many forms ask for them.
    plain: OnceCell<[u8; LONGEST]>,
}

impl Words {
    /// Reads the words around the digit at `at`: from the word it stands in, or up to three short words of letters before that.
    /// `done` is up to where the row was dealt with before.
    pub(crate) fn read(&mut self, (text, row): (&[u8], Row<'_>), at: usize, done: usize) {
        self.seen = self.is_cut.then_some(done);
        self.words.clear();
        let start = at - (row.before(at).word.leading_ones() as usize).min(LONGEST);
        self.words_before((text, row), start, byte(text, at).is_ascii_digit());
        let mut next = Some(start);
        while let Some(at) = next.filter(|_| self.words.len() < MOST_WORDS) {
            let (word, behind) = read_word((text, row), at);
            // Long words, and two without digits, are prose.
            let letters = !word.has_digits() && word.start != start;
            if letters && (word.len() > 5 || self.words.last().is_some_and(|last| !last.has_digits())) {
                break;
            }
            next = (word.joint != Joint::End).then_some(behind);
            self.words.push(word);
        }
        self.is_cut = next.is_some() && self.words.len() == MOST_WORDS;
        if let Some(last) = self.words.last_mut() {
            last.joint = Joint::End;
        }
    }

    /// Up to three words of up to five letters that single signs join to what begins at `start`.
    fn words_before(&mut self, (text, row): (&[u8], Row<'_>), mut start: usize, is_number: bool) {
        let mut bits = row.before(start);
        while self.words.len() < 3 {
            let length = letters_ahead(text, start, bits);
            let Some(joint) = joint(before(text, start)).filter(|_| length > 0) else { break };
            bits = bits.shifted(1 + length as u32);
            let end = start - 1;
            start = end - length;
            self.words.push(Word { start, end, letters: (1 << length) - 1, joint });
        }
        self.words.reverse();
        // Behind two words of letters, or a long one, something else begins.
        let digits = bits.shifted(1);
        let has_digits = digits.letter.leading_ones() < digits.word.leading_ones();
        self.ahead = joint(before(text, start)).filter(|_| has_digits && is_number && self.words.len() < 2);
    }

    /// Forgets a row.
    pub(crate) fn clear(&mut self) {
        self.is_cut = false;
    }

    /// Where the first word begins.
    pub(crate) fn start(&self) -> usize {
        self.words.first().map_or(0, |word| word.start)
    }

    /// Letters and digits in all words.
    pub(crate) fn length(&self) -> usize {
        self.words.iter().map(Word::len).sum()
    }

    /// Behind the last word.
    pub(crate) fn end(&self) -> usize {
        self.words.last().map_or(0, |word| word.end)
    }

    /// Up to where the row is dealt with: behind the last word, or where the first of a cut chain begins that is read once more.
    pub(crate) fn done(&self) -> usize {
        let again = self.words.get(MOST_WORDS - AGAIN).filter(|_| self.is_cut);
        again.map_or_else(|| self.words.last().map_or(0, |word| word.end), |word| word.start)
    }

    /// Every few neighbouring words that have a wanted number of letters for their length; single words have shapes of their own.
    pub(crate) fn windows(
        &self,
        Both { single, several, breaks, lengths: (least, most) }: &Both,
        mut each: impl FnMut(&Window<'_>),
    ) {
        let begins = if self.is_cut { MOST_WORDS - AGAIN + 1 } else { self.words.len() };
        let mut left = self.length();
        for first in 0..begins {
            let words = self.words.get(first..).unwrap_or_default();
            if left < *least {
                return;
            }
            left -= words.first().map_or(0, Word::len);
            if words.first().is_none_or(|word| self.seen.is_some_and(|seen| word.start <= seen)) {
                continue;
            }
            let mut window =
                Window { start: 0, end: 0, length: 0, letters: 0, breaks: 0, words: &[], plain: OnceCell::new() };
            for (number, word) in words.iter().enumerate() {
                if window.length + word.len() > *most {
                    break;
                }
                if number > 0 {
                    // No form has a sign there.
                    if breaks >> window.length & 1 == 0 {
                        break;
                    }
                    window.breaks |= 1 << window.length;
                }
                window.letters |= word.letters << window.length;
                window.length += word.len();
                let letters = window.letters.count_ones();
                let shapes = if number == 0 { single } else { several };
                if shapes.get(window.length).is_some_and(|shapes| shapes >> letters & 1 == 1) {
                    window.words = words.get(..=number).unwrap_or_default();
                    window.plain = OnceCell::new();
                    window.start = words.first().map_or(0, |word| word.start);
                    // The closing parenthesis is part of it.
                    let around = number > 0 && words.get(number - 1).is_some_and(|word| word.joint == Joint::Around);
                    window.end = word.end + usize::from(around);
                    if self.stands_alone(first, &window) {
                        each(&window);
                    }
                }
            }
        }
    }

    /// Whether no further group of the same number follows or precedes.
    fn stands_alone(&self, first: usize, window: &Window<'_>) -> bool {
        let inner = window.words.first().map(|word| word.joint).filter(|_| window.words.len() > 1);
        let joins = |joint: Joint| {
            !matches!(joint, Joint::End | Joint::Around) && (joint != Joint::Blank || inner == Some(Joint::Blank))
        };
        let ahead = match first.checked_sub(1) {
            Some(before) => self.words.get(before).filter(|word| word.has_digits()).map(|word| word.joint),
            None => self.ahead,
        };
        let behind = self.words.get(first + window.words.len()).filter(|word| word.has_digits());
        let last = behind.and(window.words.last()).map(|word| word.joint);
        !ahead.is_some_and(joins) && !last.is_some_and(joins)
    }
}

impl Window<'_> {
    /// Whether it is two numbers side by side. Some signs of a form may be missing, but one blank alone stands before the check
    /// digits, or it is none of the form's.
    fn is_two_numbers(&self, form: &Form) -> bool {
        let last = form.breaks.checked_ilog2().map_or(0, |last| 1 << last);
        let blank = self.words.first().is_some_and(|word| word.joint == Joint::Blank);
        self.words.len() == 2 && blank && self.letters == 0 && self.breaks != form.breaks && self.breaks != last
    }

    /// Whether it is written like this and passes the check.
    #[inline]
    pub(crate) fn fits(&self, text: &[u8], row: &Written) -> bool {
        let form = &row.form;
        usize::from(form.length) == self.length
            && form.digits & self.letters == 0
            && form.letters & !self.letters == 0
            && self.breaks & !form.breaks == 0
            && !self.is_two_numbers(form)
            && form.needed & !self.breaks == 0
            && self.is_sound(text, row)
    }

    fn plain(&self, text: &[u8]) -> [u8; LONGEST] {
        let mut plain = [0; LONGEST];
        let bytes = self.words.iter().flat_map(|word| text.get(word.start..word.end).unwrap_or_default());
        plain.iter_mut().zip(bytes).for_each(|(to, from)| *to = from.to_ascii_uppercase());
        plain
    }

    #[inline(never)]
    fn is_sound(&self, text: &[u8], row: &Written) -> bool {
        // Signs are of one kind, or those that the form has: `12.345.678/9012-34`.
        let mut joints = self.words.iter().map(|word| word.joint).take(self.words.len() - 1);
        let first = joints.next();
        if joints.any(|joint| Some(joint) != first) && self.breaks != row.form.breaks {
            return false;
        }
        let plain = self.plain.get_or_init(|| self.plain(text)).get(..self.length).unwrap_or_default();
        let fixed = plain.iter().zip(row.form.fixed).all(|(is, wanted)| wanted == 0 || *is == wanted);
        fixed && row.check.is_none_or(|check| check(plain))
    }
}

/// The sign of ASCII that joins two words.
#[inline]
fn joint(sign: u8) -> Option<Joint> {
    Some(match sign {
        b' ' => Joint::Blank,
        b'-' => Joint::Hyphen,
        b'.' => Joint::Dot,
        b'/' => Joint::Slash,
        _ => return None,
    })
}

/// The word at `start`, and where the next one begins.
fn read_word((text, row): (&[u8], Row<'_>), start: usize) -> (Word, usize) {
    let Bits { word, letter } = row.from(start);
    let length = word.trailing_ones() as usize;
    let end = if length < BLOCK { start + length } else { row.word_end(start) };
    let letters = (letter & ((1 << length.min(LONGEST)) - 1)) as u32;
    let sign = byte(text, end);
    let (joint, length) = match sign {
        b'(' if byte(text, end + 1).is_ascii_alphanumeric() && byte(text, end + 2) == b')' => (Joint::Around, 1),
        0xc2 if byte(text, end + 1) == 0xa0 => (Joint::Blank, 2),
        0xe2 if byte(text, end + 1) == 0x80 => match byte(text, end + 2) {
            0x89 | 0xaf => (Joint::Blank, 3),
            0x90..=0x93 => (Joint::Hyphen, 3),
            _ => (Joint::End, 0),
        },
        _ => joint(sign).map_or((Joint::End, 0), |joint| (joint, 1)),
    };
    let next = end + length;
    let joins = joint != Joint::End && byte(text, next).is_ascii_alphanumeric();
    (Word { start, end, letters, joint: if joins { joint } else { Joint::End } }, next)
}

/// How single words, and several together, may be written: for each length, numbers of letters, bit `n` for `n`.
#[derive(Debug)]
pub(crate) struct Both {
    single: [u64; LONGEST + 1],
    several: [u64; LONGEST + 1],
    /// In front of which letters and digits signs may stand in some form.
    breaks: u32,
    /// The least and the most letters and digits.
    lengths: (usize, usize),
}

impl Default for Both {
    fn default() -> Self {
        Both { single: [0; LONGEST + 1], several: [0; LONGEST + 1], breaks: 0, lengths: (LONGEST, 0) }
    }
}

impl Both {
    /// Adds what a form allows.
    pub(crate) fn add(&mut self, form: &Form) {
        let (least, most) = form.letter_counts();
        let counts = u64::MAX >> (63 - (most - least)) << least;
        let length = usize::from(form.length);
        self.lengths = (self.lengths.0.min(length), self.lengths.1.max(length));
        self.breaks |= form.breaks;
        let several = self.several.get_mut(length).filter(|_| form.breaks != 0);
        for shapes in self.single.get_mut(length).into_iter().chain(several) {
            *shapes |= counts;
        }
    }
}

/// What is seen at a digit that no other precedes in its word.
#[derive(Debug)]
pub(crate) struct Glance {
    /// The word by itself, and those beside it.
    word: Look,
    next: Next,
    ahead: usize,
    /// Whether further words may be joined to it that are not seen.
    is_unclear: bool,
    /// Behind its word.
    pub(crate) end: usize,
}

impl Glance {
    #[inline]
    pub(crate) fn at((text, row): (&[u8], Row<'_>), at: usize) -> Self {
        let (before_it, behind) = row.around(at);
        let (length, lead) = (behind.word.trailing_ones(), before_it.word.leading_ones());
        let start = at - lead as usize;
        let end = if length < u64::BITS { at + length as usize } else { row.word_end(at) };
        let (lead, signs) = (lead as usize, (before(text, start), byte(text, end)));
        let is_pure = behind.letter.trailing_zeros() >= length;
        Glance {
            word: Look { ahead: 0, lead, length: end - start, is_pure, next: Next::default() },
            next: if joint(signs.1).is_some() { next_word(behind, length + 1) } else { Next::default() },
            ahead: if joint(signs.0).is_some() {
                letters_ahead(text, start, before_it.shifted(lead as u32))
            } else {
                0
            },
            is_unclear: end - start <= LONGEST && (signs.0 >= 0x80 || signs.1 >= 0x80 || signs.1 == b'('),
            end,
        }
    }

    /// Whether something that is written as in these looks may have its first digit here. `false` is certain.
    #[inline]
    pub(crate) fn may_be(&self, looks: &Filter) -> bool {
        let (word, next, ahead) = (self.word, self.next, self.ahead);
        let may = |look: Look| looks.may_hold(look.key());
        let is_next = next != Next::default();
        self.is_unclear
            || may(word)
            || is_next && may(Look { next, ..word })
            || ahead > 0 && (may(Look { ahead, ..word }) || is_next && may(Look { ahead, next, ..word }))
    }
}

/// The word that begins so many bytes behind; what is no word has no length.
#[inline]
fn next_word(Bits { word, letter }: Bits, by: u32) -> Next {
    let (word, letter) = (word.checked_shr(by).unwrap_or(0), letter.checked_shr(by).unwrap_or(0));
    let length = word.trailing_ones();
    if length == 0 {
        return Next::default();
    }
    let kind = match (letter.trailing_ones(), letter.trailing_zeros()) {
        (letters, _) if letters >= length => Kind::Letters,
        (_, others) if others >= length => Kind::Digits,
        _ => Kind::Mixed,
    };
    Next::new(length as usize, kind)
}

/// Letters of the word that one sign joins to what begins at `start`: one to five, or 0. The bits are those before it.
#[inline]
fn letters_ahead(text: &[u8], start: usize, bits: Bits) -> usize {
    let Bits { word, letter } = bits.shifted(1);
    let length = letter.leading_ones();
    let is_word = (1..=5).contains(&length) && word.leading_ones() == length && joint(before(text, start)).is_some();
    let length = length as usize;
    if is_word && before(text, start - 1 - length) < 0x80 { length } else { 0 }
}

/// Rows of the table, by length.
#[derive(Debug, Default)]
pub(crate) struct ByLength {
    rows: Vec<Vec<u16>>,
    /// Bit `n` for rows of `n` letters and digits.
    pub(crate) lengths: u64,
}

impl ByLength {
    /// Adds rows of the table.
    pub(crate) fn add(&mut self, numbers: std::ops::Range<usize>) {
        self.rows.resize_with(LONGEST + 1, Vec::new);
        for number in numbers {
            let length = WRITTEN.get(number).map_or(0, |row| usize::from(row.form.length));
            if let Some(rows) = self.rows.get_mut(length) {
                rows.push(number as u16);
                self.lengths |= 1 << length;
            }
        }
    }

    /// The rows of a length.
    pub(crate) fn of(&self, length: usize) -> impl Iterator<Item = &'static Written> {
        self.rows.get(length).into_iter().flatten().filter_map(|number| WRITTEN.get(usize::from(*number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::{Classifier, Map, Signs};
    use crate::form::tests::random;
    use crate::tables::{LISTED, LOOKS, LOOKS_ALONE};

    /// Whatever signs stand in an identifier, and whatever stands around it.
    #[test]
    fn no_form_is_passed_over() {
        let mut state = 7_u64;
        let mut dice = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32
        };
        let mut map = Map::default();
        for row in WRITTEN {
            for round in 0..40 {
                let sign = b" -./"[dice() as usize % 4] as char;
                let breaks = if round == 0 { row.form.breaks } else { row.form.breaks & dice() | row.form.needed };
                let plain = random(&row.form, &mut dice);
                let mut value = String::new();
                for (place, letter) in plain.iter().enumerate() {
                    value.extend((breaks >> place & 1 == 1).then_some(sign));
                    value.push(*letter as char);
                }
                let text = ["", ": ", "a ", "12-", "word ", "é ", "x9 y "][dice() as usize % 7].to_owned();
                let lead = text.len();
                let text = text + &value + ["", ".", " and", "-12", "é", ", x"][dice() as usize % 6];
                // What has no digits begins at capitals, and so does what has a long word of letters in front of them.
                let Some(at) = value.find(|c: char| c.is_ascii_digit()) else { continue };
                if value[..at].split(sign).rev().nth(1).is_some_and(|ahead| ahead.len() > 5) {
                    continue;
                }
                let at = lead + at;
                map.read(&Classifier::new(Signs::At), text.as_bytes());
                let glance = Glance::at((text.as_bytes(), map.row(0, text.len())), at);
                assert!(glance.may_be(&LOOKS), "{text:?} {glance:?} {:?}", row.form);
                let weak = LISTED[row.entity as usize].weak;
                assert!(weak || glance.may_be(&LOOKS_ALONE), "{text:?} {glance:?} {:?}", row.form);
            }
        }
    }

    #[test]
    fn most_numbers_of_texts_are_passed_over() {
        let mut map = Map::default();
        let mut seen = |text: &str, at: usize, looks: &Filter| {
            map.read(&Classifier::new(Signs::At), text.as_bytes());
            Glance::at((text.as_bytes(), map.row(0, text.len())), at).may_be(looks)
        };
        for (text, at) in [("at 22:12:28", 6), ("floor 3 still", 6), ("pid[2314]:", 4), ("after 18 minutes", 6)] {
            assert!(!seen(text, at, &LOOKS), "{text}");
        }
        for (text, at) in [("10.0.0.1", 0), ("Mozilla/5.0", 8), ("f81d4fae-7dec-11d0", 1), ("HTTP/1.1", 5)] {
            assert!(!seen(text, at, &LOOKS_ALONE), "{text}");
        }
    }
}
