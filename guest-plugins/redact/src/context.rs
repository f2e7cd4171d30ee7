//! Words beside a value that say what it is.

use crate::check::wordy;

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

#[derive(Clone, Debug)]
struct Keyword {
    /// First word, in lower case.
    word: Box<[u8]>,
    /// Whether longer words that begin so count too.
    open: bool,
    /// Words that must follow, one separator between.
    rest: Box<[Box<[u8]>]>,
    entity: u32,
}

/// The keywords of all entities, by the first four bytes of their first word.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keywords {
    sorted: Vec<(u32, Keyword)>,
    /// A bit for each key's hash, so that most words cost no search.
    seen: Vec<u64>,
}

/// Bits of the filter.
const FILTER: u32 = 12;

fn slot(key: u32) -> usize {
    (key.wrapping_mul(0x9e37_79b1) >> (32 - FILTER)) as usize
}

/// The first four bytes of a word in lower case, zero where it is shorter.
fn key(word: &[u8]) -> u32 {
    word.iter().take(4).fold(0, |key, byte| key << 8 | u32::from(byte.to_ascii_lowercase()))
        << (8 * (4 - word.len().min(4)))
}

impl Keywords {
    /// Keywords in lower case: `tel`, `phone*` for all words that begin so (four letters or more), `credit card`.
    pub(crate) fn new<'k>(keywords: impl Iterator<Item = (&'k str, u32)>) -> Self {
        let mut sorted: Vec<(u32, Keyword)> = keywords
            .filter_map(|(text, entity)| {
                let mut words =
                    text.split(|c: char| c.is_ascii() && c != '*' && !wordy(c as u8)).filter(|w| !w.is_empty());
                let first = words.next()?.to_lowercase();
                let word = first.trim_end_matches('*').as_bytes();
                let open = first.ends_with('*') && word.len() >= 4;
                let rest = words.map(|word| word.to_lowercase().into_bytes().into()).collect();
                Some((key(word), Keyword { word: word.into(), open, rest, entity }))
            })
            .collect();
        sorted.sort_by_key(|entry| entry.0);
        let mut seen = vec![0; 1 << (FILTER - 6)];
        for (key, _) in &sorted {
            let slot = slot(*key);
            if let Some(bits) = seen.get_mut(slot >> 6) {
                *bits |= 1_u64 << (slot & 63);
            }
        }
        Keywords { sorted, seen }
    }

    /// Puts the mentions in `text` into `found`, in order. A word ends where a capital follows a small letter.
    pub(crate) fn mentions(&self, text: &[u8], found: &mut Vec<Mention>) {
        found.clear();
        let mut at = 0;
        while let Some(&first) = text.get(at) {
            if !letter(first) {
                at += 1;
                continue;
            }
            let start = at;
            at += 1;
            while let Some(&byte) = text.get(at) {
                let capital = byte.is_ascii_uppercase() && text.get(at - 1).is_some_and(u8::is_ascii_lowercase);
                if !letter(byte) || capital {
                    break;
                }
                at += 1;
            }
            let Some(word) = text.get(start..at) else { break };
            let key = key(word);
            let slot = slot(key);
            if self.seen.get(slot >> 6).is_some_and(|bits| bits >> (slot & 63) & 1 == 1) {
                self.look_up(key, text, start..at, found);
            }
        }
    }

    fn look_up(&self, key: u32, text: &[u8], word: std::ops::Range<usize>, found: &mut Vec<Mention>) {
        let first = self.sorted.partition_point(|entry| entry.0 < key);
        for (_, keyword) in self.sorted.iter().skip(first).take_while(|entry| entry.0 == key) {
            let read = text.get(word.clone()).unwrap_or_default();
            let whole = read.eq_ignore_ascii_case(&keyword.word);
            let begins = || read.get(..keyword.word.len()).is_some_and(|head| head.eq_ignore_ascii_case(&keyword.word));
            if !(whole || keyword.open && begins()) {
                continue;
            }
            let end = keyword.rest.iter().try_fold(word.end, |at, next| {
                let gap = usize::from(text.get(at).is_some_and(|&byte| matches!(byte, b' ' | b'_' | b'-' | b'.')));
                let end = at + gap + next.len();
                let same = text.get(at + gap..end)?.eq_ignore_ascii_case(next);
                (same && !text.get(end).is_some_and(|&byte| letter(byte) && !byte.is_ascii_uppercase())).then_some(end)
            });
            if let Some(end) = end {
                found.push(Mention { start: word.start, end, entity: keyword.entity });
            }
        }
    }
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

    fn found(text: &str) -> Vec<(&str, u32)> {
        let keywords = Keywords::new([("tel", 1), ("phone*", 1), ("credit card", 2), ("téléphone", 1)].into_iter());
        let mut mentions = Vec::new();
        keywords.mentions(text.as_bytes(), &mut mentions);
        mentions.iter().map(|mention| (&text[mention.start..mention.end], mention.entity)).collect()
    }

    #[test]
    fn whole_words_count_in_any_case() {
        assert_eq!(found("TEL: x, hotel, tell"), [("TEL", 1)]);
        assert_eq!(found("userPhone phone_number Phonebook"), [("Phone", 1), ("phone", 1), ("Phonebook", 1)]);
        assert_eq!(found("Credit_Card creditCard credit cards credit"), [("Credit_Card", 2), ("creditCard", 2)]);
        assert_eq!(found("le téléphone"), [("téléphone", 1)]);
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
