//! Values that are told by how they are written and by a check: `86 095 742 719`, `AB 12 34 56 C`.
//!
//! Words of letters and digits that single signs join are one chain. Every few neighbouring words of it are held against the
//! forms of their length.

use std::cell::OnceCell;

use crate::check::{before, byte, run, run_back};
use crate::form::{Form, LONGEST};
use crate::tables::{WRITTEN, Written};

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
    /// `done` is what [`Self::done`] said of the row before, or 0.
    pub(crate) fn read(&mut self, text: &[u8], at: usize, done: usize) {
        self.seen = (self.is_cut && done > 0).then_some(done);
        self.words.clear();
        let mut start = at;
        while at - start < LONGEST && start > 0 && before(text, start).is_ascii_alphanumeric() {
            start -= 1;
        }
        let (start_of_first, mut begin) = (start, start);
        while let Some(word) = letters_before(text, begin).filter(|_| self.words.len() < 3) {
            self.words.insert(0, word);
            begin = word.start;
        }
        let mut next = Some(start);
        while let Some(start) = next.filter(|_| self.words.len() < MOST_WORDS) {
            let (word, behind) = read_word(text, start);
            // Long words, and two without digits, are prose.
            let letters = !word.has_digits() && word.start != start_of_first;
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
        Both { single, several, lengths: (least, most) }: &Both,
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
        let joins = |joint: Joint, neighbour: Option<&Word>| {
            !matches!(joint, Joint::End | Joint::Around)
                && neighbour.is_some_and(Word::has_digits)
                && (joint != Joint::Blank || inner == Some(Joint::Blank))
        };
        let ahead = first.checked_sub(1).and_then(|before| self.words.get(before));
        let behind = self.words.get(first + window.words.len());
        let last = window.words.last().map_or(Joint::End, |word| word.joint);
        !joins(ahead.map_or(Joint::End, |word| word.joint), ahead) && !joins(last, behind)
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

/// A word of up to five letters that one sign joins to what begins at `start`.
fn letters_before(text: &[u8], start: usize) -> Option<Word> {
    let end = start.checked_sub(1)?;
    let joint = match byte(text, end) {
        b' ' => Joint::Blank,
        b'-' => Joint::Hyphen,
        b'.' => Joint::Dot,
        b'/' => Joint::Slash,
        _ => return None,
    };
    let begin = run_back(text, end, 6, |b| b.is_ascii_alphabetic());
    let lead = before(text, begin);
    let bounds = (1..=5).contains(&(end - begin)) && !lead.is_ascii_alphanumeric() && lead < 0x80;
    bounds.then_some(Word { start: begin, end, letters: (1 << (end - begin)) - 1, joint })
}

/// The word at `start`, and where the next one begins.
fn read_word(text: &[u8], start: usize) -> (Word, usize) {
    let (mut end, mut letters) = (start, 0_u32);
    while byte(text, end).is_ascii_alphanumeric() && end < text.len() {
        if end - start < LONGEST && byte(text, end).is_ascii_alphabetic() {
            letters |= 1 << (end - start);
        }
        end += 1;
    }
    let (joint, length) = match byte(text, end) {
        b' ' => (Joint::Blank, 1),
        b'-' => (Joint::Hyphen, 1),
        b'.' => (Joint::Dot, 1),
        b'/' => (Joint::Slash, 1),
        b'(' if byte(text, end + 1).is_ascii_alphanumeric() && byte(text, end + 2) == b')' => (Joint::Around, 1),
        0xc2 if byte(text, end + 1) == 0xa0 => (Joint::Blank, 2),
        0xe2 if byte(text, end + 1) == 0x80 => match byte(text, end + 2) {
            0x89 | 0xaf => (Joint::Blank, 3),
            0x90..=0x93 => (Joint::Hyphen, 3),
            _ => (Joint::End, 0),
        },
        _ => (Joint::End, 0),
    };
    let next = end + length;
    let joins = next < text.len() && byte(text, next).is_ascii_alphanumeric();
    (Word { start, end, letters, joint: if joins { joint } else { Joint::End } }, next)
}

/// How single words, and several together, may be written: for each length, numbers of letters, bit `n` for `n`.
#[derive(Debug)]
pub(crate) struct Both {
    single: [u64; LONGEST + 1],
    several: [u64; LONGEST + 1],
    /// The least and the most letters and digits.
    lengths: (usize, usize),
}

impl Default for Both {
    fn default() -> Self {
        Both { single: [0; LONGEST + 1], several: [0; LONGEST + 1], lengths: (LONGEST, 0) }
    }
}

impl Both {
    /// Adds what a form allows.
    pub(crate) fn add(&mut self, form: &Form) {
        let (least, most) = form.letter_counts();
        let counts = u64::MAX >> (63 - (most - least)) << least;
        let length = usize::from(form.length);
        self.lengths = (self.lengths.0.min(length), self.lengths.1.max(length));
        let several = self.several.get_mut(length).filter(|_| form.breaks != 0);
        for shapes in self.single.get_mut(length).into_iter().chain(several) {
            *shapes |= counts;
        }
    }
}

/// Behind the word around `at` where it is shorter than wanted and nothing is joined to it.
pub(crate) fn lone(text: &[u8], at: usize, shortest: usize) -> Option<usize> {
    let end = run(text, at, shortest, |b| b.is_ascii_alphanumeric());
    let start = run_back(text, at, shortest, |b| b.is_ascii_alphanumeric());
    let joined = |joint: u8, next: u8| matches!(joint, b' ' | b'-' | b'.' | b'/') && next.is_ascii_alphanumeric();
    let ahead = start > 1 && joined(before(text, start), before(text, start - 1));
    // A parenthesis around the last digit joins it, too.
    let behind = joined(byte(text, end), byte(text, end + 1)) || byte(text, end) == b'(' || byte(text, end) >= 0x80;
    (end - start < shortest && !ahead && !behind).then_some(end)
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
