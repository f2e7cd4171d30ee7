//! Words beside a value that say what it is.

use std::ops::Range;

use crate::check::wordy;
use crate::classes::{BLOCK, Classifier, Names, shifted};
use crate::tables::{BEGINS, KEYWORDS, Keyword, OPENS, follows};

include!("ways.rs");

/// How far before a value a keyword counts, in bytes.
pub(crate) const BEFORE: usize = 60;
/// How far behind it.
pub(crate) const BEHIND: usize = 20;

/// A keyword of an entity, found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) entity: u32,
}

impl Mention {
    /// Whether it stands near a value: before it or behind it, not in it.
    fn is_near(&self, value: &Range<usize>) -> bool {
        let before = self.end <= value.start && self.start + BEFORE >= value.start;
        before || self.start >= value.end && self.end <= value.end + BEHIND
    }
}

/// Numbers of entities. Many mentions may be of one.
#[derive(Debug, Default)]
pub(crate) struct Set(Vec<u64>);

impl Set {
    pub(crate) fn insert(&mut self, number: u32) {
        let word = number as usize / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (number % 64);
        }
    }

    fn holds(&self, number: u32) -> bool {
        self.0.get(number as usize / 64).is_some_and(|bits| bits >> (number % 64) & 1 == 1)
    }

    /// All of them in order; none are left.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = u32> {
        (0_u32..).zip(&mut self.0).flat_map(|(word, bits)| {
            let mut left = std::mem::take(bits);
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.wrapping_sub(1);
                (bit < 64).then_some(word * 64 + bit)
            })
        })
    }
}

/// A keyword of an officer's own entity.
#[derive(Clone, Debug)]
struct Own {
    key: u64,
    word: Box<[u8]>,
    open: bool,
    rest: Box<[Box<[u8]>]>,
    entity: u32,
}

/// The keywords of an officer's own entities; those of the table are always read too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keywords {
    own: Vec<Own>,
}

/// The first eight bytes of the word at `at`, letters without case, zero where it is shorter; once as far as letters go, and
/// once up to a capital that follows a small letter.
#[inline]
fn keys(text: &[u8], at: usize) -> (u64, Option<u64>) {
    const fn all(byte: u64) -> u64 {
        byte * 0x0101_0101_0101_0101
    }
    const HIGH: u64 = all(0x80);
    let rest = text.get(at..).unwrap_or_default();
    let word = match rest.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => {
            let mut eight = [0; 8];
            eight.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            u64::from_le_bytes(eight)
        }
    };
    let lower = word | all(0x20);
    // The highest bit of each byte that is a letter: between `a` and `z`, or outside ASCII.
    let low = lower & !HIGH;
    let letters = (low + all(0x80 - 0x61)) & !(low + all(0x80 - 0x7b));
    let others = !(letters | word) & HIGH;
    let first = |mark: u64| if mark == 0 { lower } else { lower & ((1 << (mark.trailing_zeros() & !7)) - 1) };
    // Bit 5 tells small letters from capitals in ASCII; what is outside counts as small.
    let capital = letters & !(word | word << 2) & HIGH;
    let small = letters & (word << 2) | word & HIGH;
    // A capital behind a small letter begins a word, and one between a capital and a small letter: `ETSYToken`.
    let turns = capital & (small << 8 | capital << 8 & small >> 8);
    let whole = first(others);
    (whole, (turns != 0).then(|| first(turns) & whole).filter(|part| *part != whole))
}

impl Keywords {
    /// Keywords in lower case: `tel`, `phone*` for all words that begin so (four letters or more), `credit card`.
    pub(crate) fn new<'k>(keywords: impl Iterator<Item = (&'k str, u32)>) -> Self {
        let own = |(text, entity): (String, u32)| {
            let mut words = text.split(|c: char| c.is_ascii() && c != '*' && !wordy(c as u8)).filter(|w| !w.is_empty());
            let first = words.next()?;
            let word = first.trim_end_matches('*').as_bytes();
            let open = first.ends_with('*') && word.len() >= 4;
            let rest = words.map(|word| word.as_bytes().into()).collect();
            Some(Own {
                key: keys(word, 0).0 & if open { START } else { u64::MAX },
                word: word.into(),
                open,
                rest,
                entity,
            })
        };
        let ways = keywords.flat_map(|(text, entity)| ways(text).into_iter().map(move |way| (way, entity)));
        Keywords { own: ways.filter_map(own).collect() }
    }

    /// Whether some keyword may begin with four letters, zero where the word is shorter. `false` is certain.
    #[inline]
    fn may_begin(&self, begin: u64) -> bool {
        BEGINS.may_hold(begin) || self.own.iter().any(|own| own.key & START == begin)
    }

    /// Mentions whose first word is that at `at`.
    #[inline]
    fn look_up(&self, text: &[u8], at: usize, found: &mut Vec<Mention>) {
        if crate::check::before(text, at) == b'\\' && matches!(crate::check::byte(text, at), b'n' | b'r' | b't') {
            self.look_up_escaped(text, at, found);
        }
        let (whole, part) = keys(text, at);
        self.look_up_key(whole, Some(whole & START), text, at, found);
        if let Some(part) = part {
            self.look_up_key(part, Some(part & START).filter(|part| *part != whole & START), text, at, found);
        }
    }

    /// The same in `\ntoken`: what is escaped is no letter of the word.
    fn look_up_escaped(&self, text: &[u8], at: usize, found: &mut Vec<Mention>) {
        let key = keys(text, at + 1).0;
        self.look_up_key(key, Some(key & START), text, at + 1, found);
    }

    /// Keywords of a key, and those of its beginning that longer words count for too.
    #[inline]
    fn look_up_key(&self, key: u64, begin: Option<u64>, text: &[u8], at: usize, found: &mut Vec<Mention>) {
        if KEYWORDS.may_hold(key) {
            listed((KEYWORDS.near(key), false), key, text, at, found);
        }
        if let Some(begin) = begin.filter(|begin| OPENS.may_hold(*begin)) {
            listed((OPENS.near(begin), true), begin, text, at, found);
        }
        if self.own.is_empty() {
            return;
        }
        for own in self.own.iter().filter(|own| if own.open { begin == Some(own.key) } else { own.key == key }) {
            let rest = own.rest.iter().map(|word| &**word);
            let first = first_word(text, at, &own.word, own.open);
            if let Some(end) = first.and_then(|end| further_words(text, end, rest)) {
                found.push(Mention { start: at, end, entity: own.entity });
            }
        }
    }
}

/// Four of the eight bytes of a key: those that longer words are looked up by, too.
const START: u64 = u32::MAX as u64;

/// Mentions in the part of a row that was asked for. Questions go forward through a row, so that each part is read once.
#[derive(Debug, Default)]
pub(crate) struct Context {
    mentions: Vec<Mention>,
    /// What was read.
    read: Range<usize>,
    /// Letters, capitals and backslashes of the 64 bytes before what is read next.
    last: (u64, u64, u64),
    /// The value that was asked for last, and the entities that are named near it.
    near: (Range<usize>, Set),
}

/// Mentions that are kept, at most, before those that are too far back go.
const KEPT: usize = 1024;

impl Context {
    /// Forgets a row.
    pub(crate) fn clear(&mut self) {
        self.mentions.clear();
        self.read = 0..0;
        self.near.0 = 0..0;
    }

    /// Up to where the row was read.
    pub(crate) fn read_to(&self) -> usize {
        self.read.end
    }

    /// Whether an entity is named near a value. Many entities may ask of one value.
    pub(crate) fn names(
        &mut self,
        with: (&Keywords, &Classifier),
        text: &[u8],
        entity: u32,
        value: Range<usize>,
    ) -> bool {
        if self.near.0 != value {
            let mut near = std::mem::take(&mut self.near.1);
            let mentions = self.around(with, text, value.clone()).iter();
            near.0.fill(0);
            mentions.filter(|mention| mention.is_near(&value)).for_each(|mention| near.insert(mention.entity));
            self.near = (value, near);
        }
        self.near.1.holds(entity)
    }

    /// The mentions that begin in 60 bytes before `start..end` or in 20 behind it. A word ends where a capital follows a small
    /// letter, and where it does not: `IdNr` is `id`, `nr` and `idnr`.
    pub(crate) fn around(
        &mut self,
        (keywords, classes): (&Keywords, &Classifier),
        text: &[u8],
        Range { start, end }: Range<usize>,
    ) -> &[Mention] {
        let (from, to) = (start.saturating_sub(BEFORE), text.len().min(end + BEHIND));
        if self.read.start > from || self.read.end < to {
            self.read_on((keywords, classes), text, from..to);
        }
        if self.mentions.is_empty() {
            return &[];
        }
        let first = self.mentions.partition_point(|mention| mention.start < from);
        if first > KEPT {
            self.mentions.drain(..first);
            self.read.start = from;
            return &self.mentions;
        }
        self.mentions.get(first..).unwrap_or_default()
    }

    /// Reads what is not read yet.
    #[inline(never)]
    fn read_on(&mut self, (keywords, classes): (&Keywords, &Classifier), text: &[u8], part: Range<usize>) {
        let from = part.start;
        if from < self.read.start || from > self.read.end || self.read.end == 0 {
            self.mentions.clear();
            self.read = from..from;
            let before = from.checked_sub(1).and_then(|at| text.get(at)).copied().unwrap_or(b' ');
            let last = |is: bool| u64::from(is) << 63;
            self.last = (last(letter(before)), last(before.is_ascii_uppercase()), last(before == b'\\'));
        }
        while self.read.end < part.end {
            self.block(keywords, classes, text);
        }
    }

    /// Reads the next 64 bytes.
    fn block(&mut self, keywords: &Keywords, classes: &Classifier, text: &[u8]) {
        let at = self.read.end;
        let rest = text.get(at..).unwrap_or_default();
        let end;
        let block = match rest.first_chunk() {
            Some(block) => block,
            None => {
                end = padded(rest);
                &end
            }
        };
        let Names { letters, capital, escape } = classes.names(block);
        let behind_letter = shifted(letters, self.last.0, 1);
        let behind_small = behind_letter & !shifted(capital, self.last.1, 1);
        let mut starts = letters & !behind_letter | capital & behind_small;
        // Where a name turns: `idNr`, `TELNumber`.
        let turns = capital & (behind_small | behind_letter & (letters & !capital) >> 1);
        // Of a word that begins with the last bytes it is not known how it goes on: the next block begins with them.
        let left = if rest.len() > BLOCK { UNSEEN } else { 0 };
        starts &= u64::MAX >> left;
        let behind_escape = shifted(escape, self.last.2, 1);
        self.last = (letters << left, capital << left, escape << left);
        self.read.end = text.len().min(at + BLOCK - left);
        // A name that turns in its first eight letters is looked up as more than one, and so is what may be escaped.
        let near = turns >> 1 | turns >> 2;
        let near = near | near >> 2;
        let whole = !(near | near >> 3 | behind_escape);
        while starts != 0 {
            let bit = starts.trailing_zeros() as usize;
            starts &= starts - 1;
            // The end of a text has no eight bytes.
            let first = block.get(bit..).and_then(<[u8]>::first_chunk).filter(|_| whole >> bit & 1 == 1);
            let Some(first) = first else {
                keywords.look_up(text, at + bit, &mut self.mentions);
                continue;
            };
            let length = (letters >> bit).trailing_ones();
            let word = u64::from_le_bytes(*first) | 0x2020_2020_2020_2020;
            let begin = word & START >> (START.count_ones() - 8 * length.min(4));
            if keywords.may_begin(begin) {
                let key = word & u64::MAX >> (u64::BITS - 8 * length.min(8));
                keywords.look_up_key(key, Some(begin), text, at + bit, &mut self.mentions);
            }
        }
    }
}

/// Bytes at the end of a block that are read with the next one: those of a key, and whether the name turns at the last of them.
const UNSEEN: usize = 8;

/// The first 64 bytes of a text, zeros behind its end.
#[inline]
pub(crate) fn padded(text: &[u8]) -> [u8; BLOCK] {
    text.first_chunk().copied().unwrap_or_else(|| {
        let mut block = [0; BLOCK];
        if let Some(to) = block.get_mut(..text.len()) {
            to.copy_from_slice(text);
        }
        block
    })
}

/// Mentions of the table's entities, of which `open` ones count longer words too.
#[inline(never)]
fn listed((rows, open): (&[Keyword], bool), key: u64, text: &[u8], at: usize, found: &mut Vec<Mention>) {
    // Many keywords begin with the same word, and few go on as the text does.
    let (mut word, mut first, mut next) = ("", None, None);
    // Those of one word that need none behind it come first.
    for keyword in rows.iter().rev().filter(|keyword| keyword.key == key) {
        if keyword.word != word {
            word = keyword.word;
            // A key of fewer than eight letters is the word.
            let is_key = !open && word.len() < 8;
            first = if is_key { Some(at + word.len()) } else { first_word(text, at, word.as_bytes(), open) };
            next = None;
        }
        let Some(end) = first else { continue };
        if keyword.rest.is_empty() {
            found.push(Mention { start: at, end, entity: keyword.entity });
            continue;
        }
        let next = *next.get_or_insert_with(|| follows(crate::check::byte(text, behind_gap(text, end))));
        if keyword.then & next == 0 {
            break;
        }
        if let Some(end) = further_words(text, end, keyword.rest.iter().map(|word| word.as_bytes())) {
            found.push(Mention { start: at, end, entity: keyword.entity });
        }
    }
}

/// Where the word at `at` ends, if it is this one, or begins so where longer words count too.
fn first_word(text: &[u8], at: usize, word: &[u8], open: bool) -> Option<usize> {
    let end = same(text, at, word)?;
    if open { (end..).find(|end| ends(text, *end)) } else { Some(end).filter(|end| ends(text, *end)) }
}

/// Where the words end that follow a first one, one sign or two between them: `St.-Nr.`, `d'identité`.
fn further_words<'k>(text: &[u8], end: usize, mut rest: impl Iterator<Item = &'k [u8]>) -> Option<usize> {
    rest.try_fold(end, |at, next| {
        let gap = behind_gap(text, at);
        same(text, gap, next).filter(|end| ends(text, *end) || text.get(*end).is_some_and(u8::is_ascii_uppercase))
    })
}

/// Where the next word begins behind the one that ends at `at`.
fn behind_gap(text: &[u8], at: usize) -> usize {
    crate::check::run(text, at, 2, |byte| matches!(byte, b' ' | b'_' | b'-' | b'.' | b'\'' | b'/'))
}

fn same(text: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    let end = at + word.len();
    text.get(at..end)?.eq_ignore_ascii_case(word).then_some(end)
}

/// Whether a word may end here: a word ends where a capital follows a small letter, too.
fn ends(text: &[u8], end: usize) -> bool {
    text.get(end).is_none_or(|&byte| !letter(byte) || begins_anew(text, end))
}

/// Whether a word begins at this letter: a capital behind a small letter, or one between three capitals and a small letter (two
/// capitals are too often part of a random name).
fn begins_anew(text: &[u8], at: usize) -> bool {
    let capital = |at: usize| text.get(at).is_some_and(u8::is_ascii_uppercase);
    let lead = text.get(at.saturating_sub(3)..at).unwrap_or_default();
    let three = lead.len() == 3 && lead.iter().all(u8::is_ascii_uppercase);
    let behind_small = lead.last().is_some_and(|byte| !byte.is_ascii_uppercase());
    capital(at) && (behind_small || three && text.get(at + 1).is_some_and(u8::is_ascii_lowercase))
}

fn letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Mentions of own entities: the table has further words.
    fn found(text: &str) -> Vec<(&str, u32)> {
        let words = [
            ("tel", 1),
            ("phone*", 1),
            ("credit card", 2),
            ("téléphone", 1),
            ("móvil", 1),
            ("idnr", 3),
            ("личный номер", 4),
        ];
        let first = crate::tables::LISTED.len() as u32;
        let keywords = Keywords::new(words.map(|(word, entity)| (word, first + entity)).into_iter());
        let mut context = Context::default();
        let classes = Classifier::new(crate::classes::Signs::At);
        let own = context
            .around((&keywords, &classes), text.as_bytes(), 0..text.len())
            .iter()
            .filter(|mention| mention.entity >= first);
        own.map(|mention| (&text[mention.start..mention.end], mention.entity - first)).collect()
    }

    #[test]
    fn whole_words_count_in_any_case() {
        assert_eq!(found("TEL: x, hotel, tell"), [("TEL", 1)]);
        assert_eq!(found("userPhone phone_number Phonebook"), [("Phone", 1), ("phone", 1), ("Phonebook", 1)]);
        assert_eq!(found("Credit_Card creditCard credit cards credit"), [("Credit_Card", 2), ("creditCard", 2)]);
        assert_eq!(found("CREDIT_CARDNO"), [("CREDIT_CARD", 2)]);
        assert_eq!(found("le téléphone"), [("téléphone", 1)]);
        assert_eq!(found("le telephone, MOVIL, movil"), [("telephone", 1), ("MOVIL", 1), ("movil", 1)]);
        let written = ["личный номер", "Личный номер", "ЛИЧНЫЙ НОМЕР"];
        assert_eq!(found(&written.join(", ")), written.map(|way| (way, 4)));
        assert_eq!(found("x\\ntel: y, x\\ttel, nntel, \\xtel"), [("tel", 1), ("tel", 1)]);
        assert_eq!(found("TELNumber, TELEX, XTELx"), [("TEL", 1)]);
        assert_eq!(found("IdNr, idNr; myIdNr Id"), [("IdNr", 3), ("idNr", 3), ("IdNr", 3)]);
        assert_eq!(found("móvilCliente, telNoé, idnr2aB"), [("móvil", 1), ("tel", 1), ("idnr", 3)]);
    }

    /// Else a long word of many names is read from each of them to its end.
    #[test]
    fn a_name_of_an_open_keyword_ends_with_its_word() {
        assert_eq!(found("PhonebookNumber phonesNr"), [("Phonebook", 1), ("phones", 1)]);
        let many = "Phone".repeat(50_000);
        assert!(found(&many).iter().all(|mention| *mention == ("Phone", 1)));
    }

    proptest! {
        /// Most words are passed over by their first letters.
        #[test]
        fn no_keyword_is_passed_over(parts in prop::collection::vec((word(), "[ _:\\\\.n]{0,2}"), 0..40)) {
            let text: String = parts.iter().flat_map(|(word, sign)| [word.as_str(), sign]).collect();
            let (keywords, classes) = (Keywords::new([("zqx", 9_999), ("Zußatz*", 9_998)].into_iter()), Classifier::new(crate::classes::Signs::At));
            let mut context = Context::default();
            let found = context.around((&keywords, &classes), text.as_bytes(), 0..text.len()).to_vec();
            let mut slow = Vec::new();
            let bytes = text.as_bytes();
            let at = |at: usize| bytes.get(at).copied().unwrap_or(b' ');
            for start in 0..bytes.len() {
                let behind_letter = start > 0 && letter(at(start - 1));
                let turns = start > 0 && at(start).is_ascii_uppercase() && !at(start - 1).is_ascii_uppercase();
                if letter(at(start)) && (!behind_letter || turns) {
                    keywords.look_up(bytes, start, &mut slow);
                }
            }
            prop_assert_eq!(found, slow, "{:?}", text);
        }
    }

    /// Keywords in several cases, and others.
    fn word() -> impl Strategy<Value = String> {
        let known: Vec<&str> =
            KEYWORDS.rows().iter().chain(OPENS.rows()).map(|keyword| keyword.word).chain(["zqx", "zußatz"]).collect();
        let known = prop::sample::select(known).prop_flat_map(|word| {
            let capital =
                word.chars().next().into_iter().flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect();
            prop::sample::select(vec![word.to_owned(), word.to_uppercase(), capital])
        });
        prop_oneof![3 => known, 1 => "[a-zA-Zé]{1,9}"]
    }

    #[test]
    fn every_keyword_of_the_table_is_one() {
        let (keywords, classes) = (Keywords::default(), Classifier::new(crate::classes::Signs::At));
        for keyword in KEYWORDS.rows().iter().chain(OPENS.rows()) {
            for sign in [" ", "_", "-", ". "] {
                let words: Vec<&str> = [keyword.word].iter().chain(keyword.rest).copied().collect();
                let (text, mut context) = (words.join(sign), Context::default());
                let wanted = Mention { start: 0, end: text.len(), entity: keyword.entity };
                let found = context.around((&keywords, &classes), text.as_bytes(), 0..text.len());
                assert!(found.contains(&wanted), "{text:?}: {found:?}");
            }
        }
    }

    #[test]
    fn near_is_sixty_before_and_twenty_behind() {
        let near = |start| Mention { start, end: start + 3, entity: 1 }.is_near(&(100..110));
        assert!(near(40) && !near(39) && near(97) && !near(99));
        assert!(!near(109) && near(110) && near(127) && !near(128));
    }
}
