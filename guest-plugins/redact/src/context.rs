//! Words beside a value that say what it is.

use crate::check::wordy;
use crate::classes::{BLOCK, Classifier, Masks, Words, shifted};
use crate::tables::{KEYWORDS, Keyword, OPENS};

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
    // Bit 5 tells small letters from capitals.
    let capital = letters & !(word << 2) & HIGH;
    let small = letters & (word << 2);
    let turns = capital & (small << 8) & HIGH;
    let whole = first(others);
    (whole, (turns != 0).then(|| first(turns) & whole))
}

impl Keywords {
    /// Keywords in lower case: `tel`, `phone*` for all words that begin so (four letters or more), `credit card`.
    pub(crate) fn new<'k>(keywords: impl Iterator<Item = (&'k str, u32)>) -> Self {
        let own = |(text, entity): (&str, u32)| {
            let mut words = text.split(|c: char| c.is_ascii() && c != '*' && !wordy(c as u8)).filter(|w| !w.is_empty());
            let first = words.next()?.to_lowercase();
            let word = first.trim_end_matches('*').as_bytes();
            let open = first.ends_with('*') && word.len() >= 4;
            let rest = words.map(|word| word.to_lowercase().into_bytes().into()).collect();
            Some(Own {
                key: keys(word, 0).0 & if open { u64::from(u32::MAX) } else { u64::MAX },
                word: word.into(),
                open,
                rest,
                entity,
            })
        };
        Keywords { own: keywords.filter_map(own).collect() }
    }

    /// Puts the mentions in `text` into `found`, in order. A word ends where a capital follows a small letter, and where it does
    /// not: `IdNr` is `id`, `nr` and `idnr`.
    pub(crate) fn mentions(&self, classes: &Classifier, text: &[u8], found: &mut Vec<Mention>) {
        found.clear();
        let (mut last_letters, mut last_capitals) = (0, u64::MAX);
        for (number, block) in blocks(text).enumerate() {
            let (Masks { letter, .. }, Words { high, capital }) = (classes.masks(&block), classes.words(&block));
            let letters = letter | high;
            let behind_letter = shifted(letters, last_letters, 1);
            let behind_small = behind_letter & !shifted(capital, last_capitals, 1);
            let mut starts = letters & !behind_letter | capital & behind_small;
            (last_letters, last_capitals) = (letters, capital);
            while starts != 0 {
                let at = number * BLOCK + starts.trailing_zeros() as usize;
                starts &= starts - 1;
                self.look_up(text, at, found);
            }
        }
    }

    /// Mentions whose first word is that at `at`.
    #[inline]
    fn look_up(&self, text: &[u8], at: usize, found: &mut Vec<Mention>) {
        let (whole, part) = keys(text, at);
        self.look_up_key(whole, text, at, found);
        if let Some(part) = part {
            self.look_up_key(part, text, at, found);
        }
    }

    #[inline]
    fn look_up_key(&self, key: u64, text: &[u8], at: usize, found: &mut Vec<Mention>) {
        if KEYWORDS.may_hold(key) {
            listed((KEYWORDS.near(key), false), key, text, at, found);
        }
        let begin = key & u64::from(u32::MAX);
        if OPENS.may_hold(begin) {
            listed((OPENS.near(begin), true), begin, text, at, found);
        }
        if self.own.is_empty() {
            return;
        }
        for own in self.own.iter().filter(|own| own.key == if own.open { begin } else { key }) {
            let rest = own.rest.iter().map(|word| &**word);
            if let Some(end) = mentioned(text, at, (&own.word, own.open), rest) {
                found.push(Mention { start: at, end, entity: own.entity });
            }
        }
    }
}

/// A text, 64 bytes at a time, with zeros behind the last.
fn blocks(text: &[u8]) -> impl Iterator<Item = [u8; BLOCK]> {
    text.chunks(BLOCK).map(|part| match part.first_chunk() {
        Some(block) => *block,
        None => {
            let mut block = [0; BLOCK];
            block.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
            block
        }
    })
}

/// Mentions of the table's entities, of which `open` ones count longer words too.
#[inline(never)]
fn listed((rows, open): (&[Keyword], bool), key: u64, text: &[u8], at: usize, found: &mut Vec<Mention>) {
    for keyword in rows.iter().filter(|keyword| keyword.key == key) {
        let rest = keyword.rest.iter().map(|word| word.as_bytes());
        if let Some(end) = mentioned(text, at, (keyword.word.as_bytes(), open), rest) {
            found.push(Mention { start: at, end, entity: keyword.entity });
        }
    }
}

/// Where a keyword ends whose first word may be that at `at`. A word ends where a capital follows a small letter.
fn mentioned<'k>(
    text: &[u8],
    at: usize,
    (first, open): (&[u8], bool),
    mut rest: impl Iterator<Item = &'k [u8]>,
) -> Option<usize> {
    let same = |at: usize, word: &[u8]| {
        let end = at + word.len();
        text.get(at..end)?.eq_ignore_ascii_case(word).then_some(end)
    };
    let ends = |end: usize| text.get(end).is_none_or(|&byte| !letter(byte) || is_capital_behind_small(text, end));
    let end = same(at, first)?;
    if open {
        let end = crate::check::run(text, end, text.len(), letter);
        return rest.next().is_none().then_some(end);
    }
    let end = if ends(end) { Some(end) } else { None }?;
    rest.try_fold(end, |at, next| {
        // `St.-Nr.`, `d'identité`: one sign or two.
        let gap = crate::check::run(text, at, 2, |byte| matches!(byte, b' ' | b'_' | b'-' | b'.' | b'\'' | b'/'));
        same(gap, next).filter(|end| ends(*end))
    })
}

fn is_capital_behind_small(text: &[u8], at: usize) -> bool {
    text.get(at).is_some_and(u8::is_ascii_uppercase)
        && at.checked_sub(1).and_then(|at| text.get(at)).is_some_and(|byte| !byte.is_ascii_uppercase())
}

/// Whether a mention of `entity` stands near `start..end`. `mentions` are sorted by start.
pub(crate) fn near(mentions: &[Mention], entity: u32, start: usize, end: usize) -> bool {
    let from = mentions.partition_point(|mention| mention.start + BEFORE < start);
    mentions.iter().skip(from).take_while(|mention| mention.start < end + BEHIND).any(|mention| {
        mention.entity == entity && (mention.end <= start || mention.start >= end && mention.end <= end + BEHIND)
    })
}

fn letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mentions of own entities: the table has further words.
    fn found(text: &str) -> Vec<(&str, u32)> {
        let words = [("tel", 1), ("phone*", 1), ("credit card", 2), ("téléphone", 1), ("idnr", 3)];
        let first = crate::tables::LISTED.len() as u32;
        let keywords = Keywords::new(words.map(|(word, entity)| (word, first + entity)).into_iter());
        let mut mentions = Vec::new();
        keywords.mentions(&Classifier::new(crate::classes::Signs::At), text.as_bytes(), &mut mentions);
        let own = mentions.iter().filter(|mention| mention.entity >= first);
        own.map(|mention| (&text[mention.start..mention.end], mention.entity - first)).collect()
    }

    #[test]
    fn whole_words_count_in_any_case() {
        assert_eq!(found("TEL: x, hotel, tell"), [("TEL", 1)]);
        assert_eq!(found("userPhone phone_number Phonebook"), [("Phone", 1), ("phone", 1), ("Phonebook", 1)]);
        assert_eq!(found("Credit_Card creditCard credit cards credit"), [("Credit_Card", 2), ("creditCard", 2)]);
        assert_eq!(found("le téléphone"), [("téléphone", 1)]);
        assert_eq!(found("IdNr, idNr; myIdNr Id"), [("IdNr", 3), ("idNr", 3), ("IdNr", 3)]);
    }

    #[test]
    fn near_is_sixty_before_and_twenty_behind() {
        let at = |start| [Mention { start, end: start + 3, entity: 1 }];
        assert!(near(&at(40), 1, 100, 110));
        assert!(!near(&at(39), 1, 100, 110));
        assert!(near(&at(127), 1, 100, 110));
        assert!(!near(&at(128), 1, 100, 110));
        assert!(!near(&at(97), 2, 100, 110));
        assert!(!near(&at(99), 1, 100, 110));
    }
}
