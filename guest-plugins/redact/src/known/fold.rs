//! Letters without case and accents, and where words begin and end.
//!
//! Names are written in many ways: `Müller`, `MUELLER`, `Muller`. All of them fold to the same letters: small, without accents,
//! `ß` as two `s`, and without the `e` that stands for an umlaut and the second `a` that stands for `å`. A name that has these
//! letters of its own (`Manuel`) loses them everywhere.

use crate::check::byte;

/// What a character is to a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// No part of a word.
    Sign,
    /// A combining accent, or a character that is not seen: part of the letter before it.
    Mark,
    /// A letter, of those that have case a small one.
    Small,
    Capital,
    Digit,
    /// Of a script that puts no blanks between words.
    Unspaced,
}

/// A character.
#[derive(Clone, Copy, Debug)]
pub(super) struct Character {
    pub(super) kind: Kind,
    /// Byte behind it.
    pub(super) end: usize,
    letters: [u8; 4],
    count: u8,
}

// Characters that were looked at: what the work is counted by.
#[cfg(test)]
thread_local!(pub(super) static LOOKED_AT: std::cell::Cell<u64> = const { std::cell::Cell::new(0) });

impl Character {
    fn new(kind: Kind, end: usize, folded: &[u8]) -> Self {
        let mut letters = [0; 4];
        letters.iter_mut().zip(folded).for_each(|(to, from)| *to = *from);
        Character { kind, end, letters, count: folded.len().min(4) as u8 }
    }

    /// Folded.
    pub(super) fn letters(&self) -> &[u8] {
        self.letters.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// The character at `at`; a sign behind the text.
    #[inline]
    pub(super) fn at(text: &[u8], at: usize) -> Self {
        #[cfg(test)]
        LOOKED_AT.set(LOOKED_AT.get() + 1);
        let first = byte(text, at);
        let kind = match first {
            b'a'..=b'z' => Kind::Small,
            b'A'..=b'Z' => Kind::Capital,
            b'0'..=b'9' => Kind::Digit,
            0x80.. => return Self::wide(text, at),
            _ => Kind::Sign,
        };
        let count = u8::from(kind != Kind::Sign);
        Character { kind, end: at + 1, letters: [first.to_ascii_lowercase(), 0, 0, 0], count }
    }

    /// The character before `at`, accents belonging to their letter; a sign before the text.
    pub(super) fn before(text: &[u8], at: usize) -> Self {
        let mut end = at;
        for _ in 0..4 {
            let head = text.get(..end).unwrap_or_default();
            let tail = head.iter().rev().take(3).take_while(|&&byte| byte & 0xc0 == 0x80).count();
            let Some(start) = end.checked_sub(tail + 1) else { break };
            let character = Self::at(text, start);
            if character.kind != Kind::Mark {
                return character;
            }
            end = start;
        }
        Character::new(Kind::Sign, at, b"")
    }

    /// One outside ASCII.
    #[inline(never)]
    fn wide(text: &[u8], at: usize) -> Self {
        let length = match byte(text, at) {
            0xf0.. => 4,
            0xe0.. => 3,
            _ => 2,
        };
        let read = text.get(at..at + length).and_then(|bytes| std::str::from_utf8(bytes).ok()?.chars().next());
        let Some(c) = read else { return Character::new(Kind::Sign, at + 1, b"") };
        let end = at + length;
        let kind = match c {
            '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => Kind::Mark,
            _ if !c.is_alphanumeric() => Kind::Sign,
            _ if is_unspaced(c) => Kind::Unspaced,
            _ if c.is_numeric() => Kind::Digit,
            _ if c.is_uppercase() => Kind::Capital,
            _ => Kind::Small,
        };
        if matches!(kind, Kind::Sign | Kind::Mark) {
            return Character::new(kind, end, b"");
        }
        match latin(c) {
            Some(b"" | b".") | None => {
                let mut bytes = [0; 4];
                let small = c.to_lowercase().next().unwrap_or(c);
                Character::new(kind, end, plain(small).encode_utf8(&mut bytes).as_bytes())
            }
            Some(letters) => Character::new(kind, end, letters),
        }
    }
}

/// Chinese, Japanese and Korean; Thai, Lao, Burmese and Khmer.
fn is_unspaced(c: char) -> bool {
    is_ideograph(c) || matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

/// A character that says as much as two letters.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Letters under accents, from Unicode's decompositions; a point where there is none.
const LATIN: &[u8; 192] = b"aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty\
aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiyyjjkkklllllll\
lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
const LATIN_B: &[u8; 208] = b"................................oo.............uu...............\
....dddlllnnnaaiioouuuuuuuuuu.aaaa....ggkkoooo..jdddgg..nnaa....\
aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy............................";
const LATIN_MORE: &[u8; 256] = b"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm\
mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv\
wwwwwwwwwwxxxxyyzzzzzzhtwyas..s.aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee\
eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";

fn latin(c: char) -> Option<&'static [u8]> {
    if matches!(c, 'ß' | 'ẞ') {
        return Some(b"ss");
    }
    let code = c as usize;
    let (table, place) = match code {
        0xc0..0x180 => (&LATIN[..], code - 0xc0),
        0x180..0x250 => (&LATIN_B[..], code - 0x180),
        0x1e00..0x1f00 => (&LATIN_MORE[..], code - 0x1e00),
        _ => return None,
    };
    table.get(place..place + 1)
}

/// Greek and Cyrillic letters that differ by an accent.
fn plain(c: char) -> char {
    match c {
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' | 'ϊ' | 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' | 'ϋ' | 'ΰ' => 'υ',
        'ώ' => 'ω',
        'ς' => 'σ',
        'ё' => 'е',
        other => other,
    }
}

/// Whether a letter behind another goes.
#[inline]
fn goes(before: u8, letter: u8) -> bool {
    letter == b'e' && matches!(before, b'a' | b'o' | b'u') || letter == b'a' && before == b'a'
}

/// Whether the second letter of a word may be one that goes.
#[inline]
pub(super) fn may_go(first: u8, second: u8) -> bool {
    goes(first | 0x20, second | 0x20)
}

/// Folds a word into `out`, and counts its characters, ideographs twice.
pub(super) fn fold(word: &str, out: &mut Vec<u8>) -> usize {
    let (mut at, mut before) = (0, 0);
    while at < word.len() {
        let character = Character::at(word.as_bytes(), at);
        for &letter in character.letters() {
            if !goes(before, letter) {
                out.push(letter);
                before = letter;
            }
        }
        at = character.end;
    }
    word.chars().filter(|c| c.is_alphanumeric()).map(|c| 1 + usize::from(is_ideograph(c))).sum()
}

/// Characters in a row that give no letter, at most: a text may be made of nothing else.
pub(super) const MOST_MARKS: usize = 16;

/// Reads a word from a text, letter by folded letter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'t> {
    text: &'t [u8],
    /// Behind what was read.
    pub(super) at: usize,
    before: u8,
    /// Letters of the last character that were not given yet.
    left: ([u8; 4], u8, u8),
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t [u8], at: usize) -> Self {
        Reader { text, at, before: 0, left: ([0; 4], 0, 0) }
    }

    /// The next letter; `None` at a sign, and where there is none for long.
    #[inline]
    pub(super) fn next(&mut self) -> Option<u8> {
        for _ in 0..2 * MOST_MARKS {
            let (letters, from, to) = &mut self.left;
            if from < to {
                let letter = letters.get(usize::from(*from)).copied().unwrap_or_default();
                *from += 1;
                if goes(self.before, letter) {
                    continue;
                }
                self.before = letter;
                return Some(letter);
            }
            let character = Character::at(self.text, self.at);
            if character.kind == Kind::Sign {
                return None;
            }
            self.left = (character.letters, 0, character.count);
            self.at = character.end;
        }
        None
    }

    /// Whether all letters of the last character were given.
    pub(super) fn is_between(&self) -> bool {
        self.left.1 == self.left.2
    }

    /// Behind accents, and behind one letter that goes, if there is one.
    pub(super) fn further(&self) -> Option<Self> {
        let character = Character::at(self.text, self.at);
        let goes = match character.letters() {
            [letter] => goes(self.before, *letter),
            _ => character.kind == Kind::Mark,
        };
        goes.then_some(Reader { at: character.end, ..*self })
    }
}

/// Whether a word begins or ends at `at`: beside a sign, and where a capital follows a small letter.
pub(super) fn is_edge(text: &[u8], at: usize) -> bool {
    let behind = Character::at(text, at).kind;
    behind != Kind::Mark && parts(Character::before(text, at).kind, behind)
}

/// Whether two neighbours are of two words.
#[inline]
pub(super) fn parts(before: Kind, behind: Kind) -> bool {
    let apart = |kind| matches!(kind, Kind::Sign | Kind::Unspaced);
    apart(before) || apart(behind) || before == Kind::Small && behind == Kind::Capital
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(word: &str) -> String {
        let mut out = Vec::new();
        fold(word, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn ways_to_write_a_name_fold_alike() {
        for alike in [
            &["Müller", "MÜLLER", "mueller", "Muller", "Mu\u{308}ller", "Mül\u{ad}ler"][..],
            &["Weiß", "WEISS", "weiss", "WEIẞ"],
            &["Håkon", "Haakon", "HAKON"],
            &["Sørensen", "Soerensen", "Sorensen"],
            &["Łukasz", "lukasz"],
            &["Æbeltoft", "aebeltoft"],
            &["Nguyễn", "Nguyen"],
            &["José", "JOSE\u{301}"],
            &["Γιώργος", "ΓΙΩΡΓΟΣ"],
            &["Семён", "СЕМЕН"],
            &["Manuel", "MANUEL"],
            &["İnci", "inci"],
        ] {
            assert!(alike.iter().all(|word| folded(word) == folded(alike[0])), "{alike:?}");
        }
        assert_ne!(folded("Meier"), folded("Maier"));
    }

    #[test]
    fn words_end_at_signs_and_where_case_turns() {
        let edges = |text: &str| -> Vec<usize> {
            (0..=text.len()).filter(|at| text.is_char_boundary(*at) && is_edge(text.as_bytes(), *at)).collect()
        };
        assert_eq!(edges("AnnaMeier"), [0, 4, 9]);
        assert_eq!(edges("a_b"), [0, 1, 2, 3]);
        assert_eq!(edges("anna2"), [0, 5]);
        assert_eq!(edges("„é“"), [0, 3, 5, 8]);
        assert_eq!(edges("e\u{301}x"), [0, 4]);
        assert_eq!(edges("李明"), [0, 3, 6]);
    }
}
