//! How names of people are written: capitalised words, initials, and small words between them.

use super::words::{NOT_NAMES, PARTICLES, holds};
use crate::check::{byte, run, wordy};

/// Longest word of a name, in bytes.
const MOST_WORD: usize = 48;

/// Words that may be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) end: usize,
    /// Words but initials and particles.
    pub(super) words: usize,
}

/// What one word may be in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// `Anna`, `O'Neil`, `McDonald`, `Müller-Lüdenscheidt`, `MEIER`, `李`
    Name,
    /// `J.`
    Initial,
    /// `von`
    Particle,
}

/// The name of up to `most` words that begins at `start`. `any` takes words first that are no names elsewhere: `Frau März`.
pub(super) fn read(text: &[u8], start: usize, most: usize, any: bool) -> Option<Name> {
    let (mut at, mut name) = (start, Name { end: start, words: 0 });
    for number in 0..most + 3 {
        let Some((end, word)) = word(text, at) else { break };
        let plain = text.get(at..end).map(folded).unwrap_or_default();
        match word {
            Some(Word::Name) if name.words < most && (any && number == 0 || !holds(&NOT_NAMES, &plain)) => {
                name = Name { end, words: name.words + 1 };
            }
            Some(Word::Initial) => name.end = end,
            Some(Word::Particle) if number > 0 || byte(text, start).is_ascii_uppercase() => {}
            _ => break,
        }
        at = match byte(text, end) {
            b' ' => end + 1,
            // `J.R. Smith`
            _ if word == Some(Word::Initial) => end,
            _ => break,
        };
    }
    (name.words > 0).then_some(name)
}

/// Whether all of a text is a name of `least` to five words: `Anna Meier`, `Meier, Anna`, `MEIER Anna`, `李 小龙`.
pub(super) fn is_whole(text: &[u8], least: usize) -> bool {
    let mut words = 0;
    let mut at = 0;
    while at < text.len() {
        let Some((end, kind)) = word(text, at) else { return false };
        match kind {
            Some(Word::Name) if !text.get(at..end).is_some_and(|word| holds(&NOT_NAMES, &folded(word))) => words += 1,
            Some(Word::Initial | Word::Particle) => {}
            _ => return false,
        }
        at = match (byte(text, end), byte(text, end + 1)) {
            _ if end == text.len() => end,
            (b',', b' ') => end + 2,
            (b' ' | b',', _) => end + 1,
            (_, _) if kind == Some(Word::Initial) => end,
            _ => return false,
        };
    }
    let lone_script = || std::str::from_utf8(text).is_ok_and(is_east_asian);
    (least..=5).contains(&words) || words == 1 && lone_script()
}

/// Whether a text is two or three words of small letters that are no others that is known: `anna meier`.
pub(super) fn is_small(text: &[u8]) -> bool {
    let words = || text.split(|b| *b == b' ');
    let small = |b: &u8| b.is_ascii_lowercase() || matches!(b, b'-' | b'\'') || *b >= 0x80;
    let name = |word: &[u8]| word.len() > 1 && word.iter().all(small) && !holds(&NOT_NAMES, &folded(word));
    (2..=3).contains(&words().count()) && words().all(name)
}

/// Whether a text is up to five words of letters, and not one that says that there is no name.
pub(super) fn is_words(text: &[u8]) -> bool {
    const NONE: [&str; 11] =
        ["none", "null", "unknown", "undefined", "nil", "na", "n-a", "true", "false", "anonymous", "empty"];
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let word = |word: &str| word.chars().all(is_of_names) && word.chars().any(char::is_alphabetic);
    let words = || text.split(' ').map(|word| word.trim_end_matches([',', '.']));
    text.chars().count() > 1
        && words().count() <= 5
        && words().all(word)
        && !NONE.contains(&text.to_lowercase().as_str())
}

/// A name in Han, Hangul or Kana is one word of two characters or more.
fn is_east_asian(text: &str) -> bool {
    text.chars().count() >= 2
        && text.chars().all(|c| ('\u{3040}'..'\u{a000}').contains(&c) || ('\u{ac00}'..'\u{d7b0}').contains(&c))
}

/// Where the word at `at` ends, and what it may be in a name. None where no letter is.
fn word(text: &[u8], at: usize) -> Option<(usize, Option<Word>)> {
    let end = run(text, at, MOST_WORD, |b| wordy(b) || matches!(b, b'\'' | b'-' | b'_'));
    let written = std::str::from_utf8(text.get(at..end)?).ok()?;
    // A quotation mark or a dash of Unicode ends a word.
    let written = written.find(|c: char| !is_of_names(c)).map_or(Some(written), |stop| written.get(..stop))?;
    let written = written.trim_end_matches(['\'', '-', '’']);
    let end = at + written.len();
    let mut letters = written.chars();
    let first = letters.next().filter(|c| c.is_alphabetic())?;
    let next = (byte(text, end), byte(text, end + 1));
    if next.0 == b'.' && letters.next().is_none() && first.is_uppercase() {
        return Some((end + 1, Some(Word::Initial)));
    }
    // Hosts, paths, addresses and codes.
    let goes_on = matches!(next.0, b'_' | b'@' | b'/' | b'\\' | b'=' | b'(' | b'0'..=b'9')
        || matches!(next.0, b'.' | b':') && (wordy(next.1) || next.1 == b'/');
    let word = match written {
        _ if goes_on => None,
        _ if holds(&PARTICLES, written) => Some(Word::Particle),
        _ if !first.is_uppercase() && first.is_ascii() => None,
        _ if is_capitalised(written) => Some(Word::Name),
        _ => None,
    };
    Some((end, word))
}

fn is_of_names(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\'' | '-' | '’' | '\u{300}'..='\u{36f}')
}

/// Whether capitals stand where those of names do: in front, behind a sign, behind `Mc` and its like, or everywhere.
fn is_capitalised(word: &str) -> bool {
    const LEADS: [&str; 14] =
        ["Mc", "Mac", "De", "Di", "Da", "Du", "Del", "Della", "La", "Le", "Van", "Von", "Fitz", "O"];
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    if letters.clone().count() < 2 {
        return false;
    }
    if letters.clone().all(char::is_uppercase) {
        return letters.clone().count() >= 3 && word.chars().any(|c| "AEIOUYÄÖÜÉÈÁÍÓÚ".contains(c) || !c.is_ascii());
    }
    // Scripts without capitals.
    if !letters.any(|c| c.is_uppercase() || c.is_ascii()) {
        return true;
    }
    word.split(['-', '\'', '’']).filter(|part| !part.is_empty()).all(|part| {
        let turn = part.char_indices().skip(1).find(|(_, c)| c.is_uppercase()).map(|(at, _)| at);
        let lead = turn.and_then(|at| Some((part.get(..at)?, part.get(at..)?)));
        lead.is_none_or(|(lead, rest)| LEADS.contains(&lead) && rest.chars().skip(1).all(char::is_lowercase))
    })
}

/// A word in lower case: most are short and of ASCII, and cost no memory.
#[derive(Default)]
pub(super) struct Folded {
    short: [u8; 32],
    length: usize,
    long: String,
}

impl std::ops::Deref for Folded {
    type Target = str;

    fn deref(&self) -> &str {
        let short = self.short.get(..self.length).and_then(|short| std::str::from_utf8(short).ok());
        short.filter(|_| self.long.is_empty()).unwrap_or(&self.long)
    }
}

pub(super) fn folded(word: &[u8]) -> Folded {
    let mut folded = Folded::default();
    match folded.short.get_mut(..word.len()).filter(|_| word.is_ascii()) {
        Some(short) => {
            short.iter_mut().zip(word).for_each(|(to, from)| *to = from.to_ascii_lowercase());
            folded.length = word.len();
        }
        None => folded.long = String::from_utf8_lossy(word).to_lowercase(),
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_capitalised_words_with_initials_and_particles() {
        for (text, name) in [
            ("Anna Meier, hello", "Anna Meier"),
            ("Anna.", "Anna"),
            ("J. R. Smith went", "J. R. Smith"),
            ("J.R. Smith went", "J.R. Smith"),
            ("Ludwig van der Berg und", "Ludwig van der Berg"),
            ("Ludwig van und", "Ludwig"),
            ("O'Neil", "O'Neil"),
            ("Sinéad O’Connor’s", "Sinéad O’Connor’s"),
            ("Ronald McDonald", "Ronald McDonald"),
            ("Müller-Lüdenscheidt kommt", "Müller-Lüdenscheidt"),
            ("MEIER Anna", "MEIER Anna"),
            ("Anna Monday", "Anna"),
            ("Émile Zola", "Émile Zola"),
            ("Anna “Annie”", "Anna"),
        ] {
            let found = read(text.as_bytes(), 0, 4, false).map(|found| &text[..found.end]);
            assert_eq!(found, Some(name), "{text}");
        }
        for text in ["anna", "Team", "GitHub", "PowerShell", "Web1", "Example.com", "A", "BKMRS", "Path/x", "", "J."] {
            assert_eq!(read(text.as_bytes(), 0, 4, false), None, "{text}");
        }
    }

    #[test]
    fn a_whole_name_is_nothing_else() {
        for text in [
            "Anna Meier",
            "Meier, Anna",
            "Meier,Anna",
            "Anna M. Meier",
            "Jean-Luc de la Tour",
            "李小龙",
            "김철수",
            "J.R. Smith Jones",
        ] {
            assert!(is_whole(text.as_bytes(), 2), "{text}");
        }
        for text in [
            "Anna",
            "Sales Team",
            "Anna Meier 2",
            "Anna Meier: x",
            "anna meier",
            "WEB-01",
            "Azure Portal",
            "Anna  Meier",
            ", ",
            "",
        ] {
            assert!(!is_whole(text.as_bytes(), 2), "{text}");
        }
    }
}
