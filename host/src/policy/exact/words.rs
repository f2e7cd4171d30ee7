//! A text as words of letters and digits, in one spelling.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::policy::glob::fold;

/// A word: its bytes in the source, and in one spelling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Where it begins in the source.
    pub start: u32,
    /// Where it ends there.
    pub end: u32,
    from: u32,
    to: u32,
}

/// The words of a text. Letters are in lower case and of one spelling, as words of sealed lists are, and `ß` as `ss`; whatever
/// stands between two words counts as one blank; what shows nothing (soft hyphens, marks of direction) counts as not there.
/// In scripts that put no blanks between words (Chinese, Japanese) each character is one.
///
/// ```
/// use tamis::policy::exact::Words;
/// let mut words = Words::default();
/// words.read("DE-1234/5, Straße".as_bytes());
/// assert_eq!((words.len(), words.run(0..4)), (4, "de 1234 5 strasse".as_bytes()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Words {
    words: Vec<Word>,
    /// The words in one spelling, with a blank between.
    text: Vec<u8>,
}

/// Letters and digits of ASCII in lower case; 0: none.
static LOWER: [u8; 256] = {
    let mut lower = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        let sign = byte as u8;
        if sign.is_ascii_alphanumeric() {
            lower[byte] = sign.to_ascii_lowercase();
        }
        byte += 1;
    }
    lower
};

impl Words {
    /// Reads a text; what was read before is forgotten. Bytes that are no UTF-8 stand between words.
    pub fn read(&mut self, source: &[u8]) {
        self.words.clear();
        self.text.clear();
        if source.is_ascii() {
            return self.ascii(source);
        }
        self.text.reserve(source.len());
        let mut at = 0;
        for chunk in source.utf8_chunks() {
            self.unicode(chunk.valid(), at);
            at += chunk.valid().len() + chunk.invalid().len();
        }
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Some words of one spelling, with a blank between. Nothing where there are no such words.
    #[inline]
    pub fn run(&self, words: Range<usize>) -> &[u8] {
        let (Some(first), Some(last)) = (self.words.get(words.start), self.words.get(words.end.wrapping_sub(1))) else {
            return &[];
        };
        self.text.get(first.from as usize..last.to as usize).unwrap_or_default()
    }

    /// Where some words stand in the source.
    pub fn span(&self, words: Range<usize>) -> Range<usize> {
        let (Some(first), Some(last)) = (self.words.get(words.start), self.words.get(words.end.wrapping_sub(1))) else {
            return 0..0;
        };
        first.start as usize..last.end as usize
    }

    /// Letters and digits of all words.
    pub fn signs(&self) -> usize {
        String::from_utf8_lossy(&self.text).chars().filter(|sign| sign.is_alphanumeric()).count()
    }

    fn ascii(&mut self, source: &[u8]) {
        // A blank before each word takes the place of at least one sign.
        self.text.resize(source.len() + 1, 0);
        let (mut at, mut to) = (0, 0);
        while at < source.len() {
            if LOWER[usize::from(source[at])] == 0 {
                at += 1;
                continue;
            }
            if to > 0 {
                self.text[to] = b' ';
                to += 1;
            }
            let (start, from) = (at, to);
            for (letter, byte) in self.text[to..].iter_mut().zip(&source[at..]) {
                let lower = LOWER[usize::from(*byte)];
                if lower == 0 {
                    break;
                }
                *letter = lower;
                at += 1;
            }
            to += at - start;
            self.words.push(Word { start: start as u32, end: at as u32, from: from as u32, to: to as u32 });
        }
        self.text.truncate(to);
    }

    fn unicode(&mut self, text: &str, origin: usize) {
        let (mut open, mut at): (Option<Open>, usize) = (None, 0);
        while let Some(sign) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let kind = kind_of(sign);
            let goes_on = |open: &mut Open| match kind {
                Kind::Plain(_) | Kind::Letter => !open.alone,
                Kind::Mark => true,
                Kind::Alone | Kind::Sign => false,
            };
            if let Some(before) = open.take_if(|open| !goes_on(open)) {
                self.close(before, text, at, origin);
            }
            if kind == Kind::Sign {
                at += sign.len_utf8();
                continue;
            }
            let open = open.get_or_insert_with(|| self.open(at, kind == Kind::Alone));
            match kind {
                Kind::Plain(lower) if lower.is_ascii() => {
                    let rest = text.as_bytes().get(at..).unwrap_or_default();
                    let end = rest.iter().position(|byte| LOWER[usize::from(*byte)] == 0).unwrap_or(rest.len());
                    self.text.extend(rest.iter().take(end).map(|byte| LOWER[usize::from(*byte)]));
                    at += end;
                    continue;
                }
                Kind::Plain(lower) => self.text.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes()),
                _ => open.plain = false,
            }
            at += sign.len_utf8();
        }
        open.into_iter().for_each(|open| self.close(open, text, text.len(), origin));
    }

    fn open(&mut self, start: usize, alone: bool) -> Open {
        let before = self.text.len();
        if before > 0 {
            self.text.push(b' ');
        }
        Open { start, before, from: self.text.len(), alone, plain: true }
    }

    /// Ends a word; what is not plain is spelled anew.
    fn close(&mut self, open: Open, text: &str, end: usize, origin: usize) {
        if !open.plain {
            self.text.truncate(open.from);
            let word = text.get(open.start..end).unwrap_or_default();
            let shown: String = word.chars().filter(|sign| !shows_nothing(*sign)).collect();
            self.text.extend_from_slice(fold(shown.as_bytes()).as_bytes());
        }
        if self.text.len() == open.from {
            return self.text.truncate(open.before);
        }
        let (start, end) = ((origin + open.start) as u32, (origin + end) as u32);
        self.words.push(Word { start, end, from: open.from as u32, to: self.text.len() as u32 });
    }
}

/// A word that has begun.
struct Open {
    start: usize,
    /// Where the spelled text ended before it, and where it begins there.
    before: usize,
    from: usize,
    /// It is one character: only marks may follow.
    alone: bool,
    /// It is spelled already: all its letters are plain.
    plain: bool,
}

/// What a character is to words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A letter or digit that is spelled by itself, in lower case: the letters of most European languages.
    Plain(char),
    /// Another one.
    Letter,
    /// It belongs to what stands before it.
    Mark,
    /// A word of its own.
    Alone,
    /// It stands between words.
    Sign,
}

fn kind_of(sign: char) -> Kind {
    match sign {
        '\0'..='\x7f' => match LOWER[sign as usize] {
            0 => Kind::Sign,
            lower => Kind::Plain(char::from(lower)),
        },
        // Latin-1: capitals and small letters are 32 apart.
        '×' | '÷' => Kind::Sign,
        'À'..='Þ' => Kind::Plain(char::from(sign as u8 + 32)),
        'à'..='ÿ' => Kind::Plain(sign),
        // Cyrillic and Greek as well.
        'А'..='Я' | 'Α'..='Ρ' | 'Σ'..='Ω' => Kind::Plain(char::from_u32(sign as u32 + 32).unwrap_or(sign)),
        'а'..='я' | 'α'..='ρ' | 'σ'..='ω' => Kind::Plain(sign),
        '\u{3005}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}' => Kind::Alone,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
            Kind::Alone
        }
        _ if is_combining_mark(sign) || shows_nothing(sign) => Kind::Mark,
        _ if sign.is_alphanumeric() => Kind::Letter,
        _ => Kind::Sign,
    }
}

/// Soft hyphens, joiners, marks of direction, selectors of a glyph: text looks the same without them.
pub(crate) fn shows_nothing(sign: char) -> bool {
    matches!(sign, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spelled(text: &str) -> Vec<String> {
        let mut words = Words::default();
        words.read(text.as_bytes());
        (0..words.len()).map(|n| String::from_utf8_lossy(words.run(n..n + 1)).into_owned()).collect()
    }

    #[test]
    fn spellings_agree() {
        for (one, other) in [
            ("DE-1234/5", "de 1234  5"),
            ("Müller\u{a0}GmbH", "mu\u{308}ller GMBH"),
            ("STRASSE", "straße"),
            ("ΟΔΟΣ", "οδος"),
            ("Ｄｅ１２", "de12"),
            ("An\u{ad}na \u{202a}Meier\u{202c}", "anna – meier"),
            ("山田 太郎", "山田太郎"),
            ("カ\u{3099}ス", "ガス"),
        ] {
            assert_eq!(spelled(one), spelled(other), "{one}");
        }
        assert_eq!(spelled("… \u{200b} ~"), Vec::<String>::new());
        assert_ne!(spelled("ab c"), spelled("a bc"));
    }

    /// Letters that are spelled by themselves are spelled as folding would spell them.
    #[test]
    fn plain_letters_are_folded() {
        for sign in (0..0x3_0000).filter_map(char::from_u32) {
            if let Kind::Plain(lower) = kind_of(sign) {
                assert!(sign.is_alphanumeric(), "{sign}");
                assert_eq!(fold(sign.to_string().as_bytes()), lower.to_string(), "{sign}");
            }
        }
    }

    proptest! {
        /// Both ways of reading agree, words are in order, and spans are the words' own characters.
        #[test]
        fn words_stand_where_they_are_said_to(text in "[a-cA-C0-9 .\u{e4}\u{df}\u{308}\u{ad}\u{2014}\u{5c71}\u{ff21}-]{0,24}") {
            let mut words = Words::default();
            words.read(text.as_bytes());
            let mut behind = 0;
            for number in 0..words.len() {
                let span = words.span(number..number + 1);
                prop_assert!(span.start >= behind && span.end > span.start);
                behind = span.end;
                prop_assert_eq!(&spelled(text.get(span).expect("characters")).concat(), &String::from_utf8_lossy(words.run(number..number + 1)));
            }
            let mut plain = Words::default();
            let ascii: String = text.chars().filter(char::is_ascii).collect();
            plain.unicode(&ascii, 0);
            words.read(ascii.as_bytes());
            prop_assert_eq!((&words.words, &words.text), (&plain.words, &plain.text));
        }
    }
}
