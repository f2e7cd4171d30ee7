//! Values that are told by how they are written and by a check: `86 095 742 719`, `AB 12 34 56 C`.
//!
//! Words of letters and digits that single signs join are one chain. Every few neighbouring words of it are held against the
//! forms of their length.

use std::cell::OnceCell;

use crate::check::{before, byte};
use crate::classes::{AROUND, BLOCK, Bits, Row};
use crate::form::{Form, Kind, LONGEST, Look, MOST_AHEAD, Next, Seen};
use crate::tables::{Looks, WRITTEN, Written};

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
            let length = letters_ahead(text, start, bits.shifted(1));
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
            let ahead = self.ahead_of(first);
            if matches!(ahead, Some(Joint::Hyphen | Joint::Dot | Joint::Slash)) {
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
                    if self.stands_alone(ahead, first, &window) {
                        each(&window);
                    }
                }
            }
        }
    }

    /// What joins a word with digits to a word.
    #[inline]
    fn ahead_of(&self, word: usize) -> Option<Joint> {
        match word.checked_sub(1) {
            Some(before) => self.words.get(before).filter(|word| word.has_digits()).map(|word| word.joint),
            None => self.ahead,
        }
    }

    /// Whether no further group of the same number follows or precedes.
    fn stands_alone(&self, ahead: Option<Joint>, first: usize, window: &Window<'_>) -> bool {
        let inner = window.words.first().map(|word| word.joint).filter(|_| window.words.len() > 1);
        let joins = |joint: Joint| {
            !matches!(joint, Joint::End | Joint::Around) && (joint != Joint::Blank || inner == Some(Joint::Blank))
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
        let Form { length, digits, letters, breaks, needed, .. } = row.form;
        usize::from(length) == self.length
            && self.may_fit(digits, letters, breaks, needed)
            && !self.is_two_numbers(&row.form)
            && self.is_sound(text, row)
    }

    /// Whether it has digits, letters and signs where a form of its length has them.
    #[inline]
    fn may_fit(&self, digits: u32, letters: u32, breaks: u32, needed: u32) -> bool {
        (digits & self.letters) | (letters & !self.letters) | (self.breaks & !breaks) | (needed & !self.breaks) == 0
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
    /// The least letters and digits.
    pub(crate) fn least(&self) -> usize {
        self.lengths.0
    }

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
    /// What is seen, from [`AROUND`] before the digit on.
    near: Bits,
    look: Look,
    /// Whether further words may be joined to it that are not seen.
    is_unclear: bool,
    /// Whether its word goes on with a number before it: then nothing begins here.
    goes_on: bool,
    /// Behind its word.
    pub(crate) end: usize,
}

impl Glance {
    #[inline]
    pub(crate) fn at((text, row): (&[u8], Row<'_>), at: usize) -> Self {
        let near = row.near(at);
        let behind = near.behind(AROUND as u32);
        let before_it = near.shifted((BLOCK - AROUND) as u32);
        let (length, mut lead) = (behind.word.trailing_ones(), before_it.word.leading_ones() as usize);
        if lead == AROUND {
            lead = row.before(at).word.leading_ones() as usize;
        }
        let start = at - lead;
        let end = if (length as usize) < BLOCK - AROUND { at + length as usize } else { row.word_end(at) };
        let signs = (before(text, start), byte(text, end));
        let is_pure = behind.letter.trailing_zeros() >= length;
        let (mut ahead, mut goes_on) = (0, false);
        if let Some(joint) = joint(signs.0) {
            let bits = before_it.shifted(lead as u32 + 1);
            ahead = letters_ahead(text, start, bits);
            goes_on = joint != Joint::Blank && bits.letter.leading_ones() < bits.word.leading_ones();
        }
        Glance {
            near,
            look: Look {
                word: Seen { lead, length: end - start, is_pure },
                ahead,
                next: if joint(signs.1).is_some() { next_word(behind, length + 1) } else { Next::default() },
            },
            is_unclear: end - start <= LONGEST && (signs.0 >= 0x80 || signs.1 >= 0x80 || signs.1 == b'('),
            goes_on,
            end,
        }
    }

    /// Whether something that is written as in these looks may have its first digit here. `false` is certain.
    #[inline]
    pub(crate) fn may_be(&self, looks: &Looks) -> bool {
        self.is_unclear || !self.goes_on && looks.may_hold(self.look)
    }

    /// What there is at most around the digit at `at`.
    #[inline]
    pub(crate) fn extent(&self, text: &[u8], at: usize) -> Extent {
        if self.is_unclear {
            return Extent::UNKNOWN;
        }
        let word = self.near.word;
        let joined = word | word << 1 & word >> 1;
        let (before_it, behind) = ((joined << (BLOCK - AROUND)).leading_ones(), (joined >> AROUND).trailing_ones());
        let all = word >> (AROUND as u32 - before_it) & u64::MAX >> (u64::BITS - before_it - behind);
        // There may be more that is not seen, or that characters outside ASCII join.
        let is_unclear = before_it as usize == AROUND
            || behind as usize == BLOCK - AROUND
            || before(text, at - before_it as usize) >= 0x80
            || byte(text, at + behind as usize) >= 0x80;
        let Seen { lead, is_pure, .. } = self.look.word;
        Extent {
            length: if is_unclear { usize::MAX } else { all.count_ones() as usize },
            has_letters: lead > 0 || !is_pure,
        }
    }
}

/// How much may belong to a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// Letters and digits in all words that are joined.
    pub(crate) length: usize,
    /// Whether there are letters in the word of its first digit.
    pub(crate) has_letters: bool,
}

impl Extent {
    /// Nothing is known of it.
    pub(crate) const UNKNOWN: Extent = Extent { length: usize::MAX, has_letters: false };

    /// What the values of some rows have at least: letters only where some may.
    pub(crate) fn of(rows: &[Written]) -> Self {
        let lengths = rows.iter().map(|row| usize::from(row.form.length));
        let may_have_letters = |row: &Written| row.form.digits.count_ones() < u32::from(row.form.length);
        Extent { length: lengths.min().unwrap_or(0), has_letters: rows.iter().any(may_have_letters) }
    }

    /// Whether a value that has this at least may be in what is seen.
    #[inline]
    pub(crate) fn may_be_in(self, seen: Extent) -> bool {
        self.length <= seen.length && (self.has_letters || !seen.has_letters)
    }
}

/// The word that begins so many bytes behind; what is no word has no length.
#[inline]
fn next_word(bits: Bits, by: u32) -> Next {
    let Bits { word, letter } = bits.behind(by);
    let length = word.trailing_ones();
    if length == 0 {
        return Next::default();
    }
    let kind = match (letter.trailing_ones(), letter.trailing_zeros()) {
        (letters, _) if letters >= length => Kind::Letters,
        (_, others) if others >= length => Kind::Digits,
        _ => Kind::Mixed,
    };
    Next::new(length, kind)
}

/// Letters of the word that one sign joins to what begins at `start`: one to five, or 0. The bits are those before the sign.
#[inline]
fn letters_ahead(text: &[u8], start: usize, bits: Bits) -> usize {
    let Bits { word, letter } = bits;
    let length = letter.leading_ones();
    let is_word = (1..=MOST_AHEAD as u32).contains(&length)
        && word.leading_ones() == length
        && joint(before(text, start)).is_some();
    let length = length as usize;
    if is_word && before(text, start - 1 - length) < 0x80 { length } else { 0 }
}

/// Rows of the table, by length.
#[derive(Debug, Default)]
pub(crate) struct ByLength {
    rows: Vec<Vec<Masked>>,
}

/// A row of the table, and what most words are told apart by, side by side with that of others.
#[derive(Clone, Copy, Debug)]
struct Masked {
    digits: u32,
    letters: u32,
    breaks: u32,
    needed: u32,
    number: u16,
}

impl ByLength {
    /// Adds rows of the table.
    pub(crate) fn add(&mut self, numbers: std::ops::Range<usize>) {
        self.rows.resize_with(LONGEST + 1, Vec::new);
        for number in numbers {
            let Some(Written { form, .. }) = WRITTEN.get(number) else { continue };
            let Form { digits, letters, breaks, needed, .. } = *form;
            if let Some(rows) = self.rows.get_mut(usize::from(form.length)) {
                rows.push(Masked { digits, letters, breaks, needed, number: number as u16 });
            }
        }
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.iter().all(Vec::is_empty)
    }

    /// The rows that a window fits.
    #[inline]
    pub(crate) fn fitting(&self, window: &Window<'_>, text: &[u8]) -> impl Iterator<Item = &'static Written> {
        let may_fit = |row: &&Masked| window.may_fit(row.digits, row.letters, row.breaks, row.needed);
        let rows = self.rows.get(window.length).into_iter().flatten().filter(may_fit);
        rows.filter_map(|row| WRITTEN.get(usize::from(row.number))).filter(|row| window.fits(text, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anchors::{Block, Firsts};
    use crate::classes::{Classifier, Map, Signs};
    use crate::form::tests::random;
    use crate::tables::{LISTED, LOOKS, LOOKS_ALONE};

    /// What is told apart of the first digit at `at`, with others of its block.
    fn told_apart(map: &Map, text: &str, at: usize) -> Firsts<bool> {
        let (number, bit) = (at / BLOCK, at % BLOCK);
        let (classes, block) = (Classifier::new(Signs::All), crate::scan::pad(&text.as_bytes()[number * BLOCK..]));
        let high = classes.words(&block).high;
        let rows = u64::from(number == 0);
        let now = Block { masks: map.block(number), joint: classes.joints(&block), high, rows, ..Block::default() };
        let Firsts { alone, named } = now.may_begin(1 << bit, &map.block(number + 1));
        Firsts { alone: alone >> bit & 1 == 1, named: named >> bit & 1 == 1 }
    }

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
                let text = ["", ": ", "a ", "12 ", "word ", "é ", "x9 y "][dice() as usize % 7].to_owned();
                let text = " ".repeat(dice() as usize % 64) + &text;
                let lead = text.len();
                let text = text + &value + ["", ".", " and", "-12", "é", ", x"][dice() as usize % 6];
                // What has no digits begins at capitals, and so does what has a long word of letters in front of them.
                let Some(at) = value.find(|c: char| c.is_ascii_digit()) else { continue };
                if value[..at].split(sign).rev().nth(1).is_some_and(|ahead| ahead.len() > 5) {
                    continue;
                }
                let at = lead + at;
                map.read(&Classifier::new(Signs::All), text.as_bytes());
                let glance = Glance::at((text.as_bytes(), map.row(0, text.len())), at);
                assert!(glance.may_be(&LOOKS), "{text:?} {glance:?} {:?}", row.form);
                let weak = LISTED[row.entity as usize].weak;
                assert!(weak || glance.may_be(&LOOKS_ALONE), "{text:?} {glance:?} {:?}", row.form);
                let extent = glance.extent(text.as_bytes(), at);
                assert!(Extent::of(std::slice::from_ref(row)).may_be_in(extent), "{text:?} {extent:?} {:?}", row.form);
                let may_begin = told_apart(&map, &text, at);
                assert!(may_begin.named && (weak || may_begin.alone), "{text:?} {may_begin:?} {:?}", row.form);
            }
        }
    }

    #[test]
    fn most_numbers_are_told_apart_with_others() {
        let mut map = Map::default();
        let mut seen = |text: &str, at: usize| {
            map.read(&Classifier::new(Signs::All), text.as_bytes());
            told_apart(&map, text, at)
        };
        for (text, at) in [("at 22:12:28", 6), ("a: [2314]: x", 4), ("10.0.0.1 x", 3), ("[x] 22, 7", 4)] {
            let Firsts { alone, named } = seen(text, at);
            assert!(!alone && !named, "{text}");
        }
        for (text, at) in [("ip 192.0.2.17", 3), ("floor 3 still", 6), ("is 200 404 x", 3), ("word X11; ssh2 x", 6)] {
            assert!(!seen(text, at).alone, "{text}");
        }
    }

    #[test]
    fn most_numbers_of_texts_are_passed_over() {
        let mut map = Map::default();
        let mut seen = |text: &str, at: usize, looks: &Looks| {
            map.read(&Classifier::new(Signs::At), text.as_bytes());
            Glance::at((text.as_bytes(), map.row(0, text.len())), at).may_be(looks)
        };
        for (text, at) in [("at 22:12:28", 6), ("floor 3 still", 6), ("pid[2314]:", 4), ("after 18 minutes", 6)] {
            assert!(!seen(text, at, &LOOKS), "{text}");
        }
        for (text, at) in [("10.0.0.1", 0), ("Mozilla/5.0", 8), ("f81d4fae-7dec-11d0", 1), ("HTTP/1.1", 5)] {
            assert!(!seen(text, at, &LOOKS_ALONE), "{text}");
        }
        // They go on with what is before them.
        for (text, at) in [("10.0.0.1", 3), ("2025-11-21", 5), ("d4fae-7dec-11d0", 6), ("7/1234567890123", 2)] {
            assert!(!seen(text, at, &LOOKS), "{text}");
        }
    }
}
