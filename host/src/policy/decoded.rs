//! Texts in which letters stand in another coding: `%C3%BC`, `\u00fc`, `&#252;`, `&uuml;`. All lists are held against them.

use std::ops::Range;

/// A text without codings, and where each byte stood in the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: Vec<u8>,
    /// Byte → where it, or the code that it comes from, begins in the source; and the end of the source.
    at: Vec<u32>,
}

// One table for all who look for values: the detector has it too.
#[path = "../../../guest-plugins/redact/src/decode/named.rs"]
mod named;

/// A value is decoded so often.
const CODINGS_MAX: usize = 2;
/// Kinds of codes. Those of blanks (`\n`) stand apart: in a path they are none (`C:\new`).
const PERCENT: u8 = 1;
const HTML: u8 = 2;
const ESCAPE: u8 = 4;
const BLANK: u8 = 8;
const ALL: u8 = PERCENT | HTML | ESCAPE | BLANK;
/// Which codes of a text may be meant: nobody knows how it was written. A code that is none eats letters of the word behind it.
const READINGS: [u8; 5] = [ALL, PERCENT, HTML, ESCAPE | BLANK, ALL & !BLANK];
/// Digits of an entity of HTML that is a number, at most.
const DIGITS_MAX: usize = 8;

impl Decoded {
    /// Decodes a text once. `None`: nothing in it is coded.
    ///
    /// ```
    /// use tamis::policy::decoded::Decoded;
    /// let decoded = Decoded::of(br"a%C3%BC\u00fc&#252;").unwrap();
    /// assert_eq!((decoded.text.as_slice(), decoded.source(1..3)), ("aüüü".as_bytes(), 1..7));
    /// assert_eq!(Decoded::of(b"100 %"), None);
    /// ```
    pub fn of(source: &[u8]) -> Option<Self> {
        Some(Self::read(source, ALL)?.0)
    }

    /// Whether a look at one of the ways to read what is coded in a text says yes: each coding by itself, and all of them, once and
    /// again. Where nothing is coded nothing is looked at.
    pub fn any(source: &[u8], look: &mut dyn FnMut(&Self) -> bool) -> bool {
        Self::any_within(source, None, CODINGS_MAX, look)
    }

    fn any_within(source: &[u8], within: Option<&Self>, times: usize, look: &mut dyn FnMut(&Self) -> bool) -> bool {
        let Some(more) = times.checked_sub(1) else { return false };
        let Some((mut decoded, met)) = Self::read(source, ALL) else { return false };
        for (number, reading) in READINGS.iter().enumerate() {
            let kinds = reading & met;
            let earlier = || READINGS.iter().take(number).any(|earlier| earlier & met == kinds);
            if kinds == 0 || earlier() {
                continue;
            }
            if kinds != met {
                let Some((other, _)) = Self::read(source, kinds) else { continue };
                decoded = other;
            }
            if let Some(within) = within {
                decoded.at.iter_mut().for_each(|at| *at = within.start(*at as usize) as u32);
            }
            if look(&decoded) || Self::any_within(&decoded.text, Some(&decoded), more, look) {
                return true;
            }
        }
        false
    }

    /// Decodes codes of some kinds once, and says which kinds there were.
    fn read(source: &[u8], kinds: u8) -> Option<(Self, u8)> {
        Self::read_from(first_sign(source)?, source, kinds)
    }

    fn read_from(mut next: usize, source: &[u8], kinds: u8) -> Option<(Self, u8)> {
        let mut decoded = Self::default();
        let (mut at, mut met) = (0, 0);
        while let Some(rest) = source.get(next..).filter(|rest| !rest.is_empty()) {
            let mut letter = [0; 4];
            let (kind, coded) = match rest {
                [b'%', ..] => (PERCENT, percent(rest, &mut letter)),
                [b'\\', b'n' | b't' | b'r' | b'b' | b'f', ..] => (BLANK, backslash(rest, &mut letter)),
                [b'\\', ..] => (ESCAPE, backslash(rest, &mut letter)),
                _ => (HTML, entity(rest, &mut letter)),
            };
            let coded = coded.filter(|_| kinds & kind != 0);
            // Most signs are no code: nothing is copied before the first that is one.
            if let Some((taken, bytes)) = coded {
                met |= kind;
                decoded.copy(source, at..next);
                decoded.text.extend(letter.iter().take(bytes));
                decoded.at.extend(std::iter::repeat_n(next as u32, bytes));
                at = next + taken;
            }
            let from = next + coded.map_or(1, |(taken, _)| taken);
            let more = source.get(from..).and_then(|rest| memchr::memchr3(b'%', b'\\', b'&', rest));
            next = more.map_or(source.len(), |more| from + more);
        }
        if met == 0 {
            return None;
        }
        decoded.copy(source, at..source.len());
        decoded.at.push(source.len() as u32);
        Some((decoded, met))
    }

    /// Where some bytes of the text stood in the source.
    pub fn source(&self, bytes: Range<usize>) -> Range<usize> {
        // Bytes of one code begin at the same place.
        let last = self.start(bytes.end.saturating_sub(1));
        let behind = self.at.iter().skip(bytes.end).find(|at| **at as usize > last);
        self.start(bytes.start)..behind.map_or(last, |at| *at as usize)
    }

    fn start(&self, byte: usize) -> usize {
        self.at.get(byte).or(self.at.last()).map_or(0, |at| *at as usize)
    }

    fn copy(&mut self, source: &[u8], range: Range<usize>) {
        self.text.extend_from_slice(source.get(range.clone()).unwrap_or_default());
        self.at.extend(range.start as u32..range.end as u32);
    }
}

/// Where the first sign stands that codes begin with, if something may be coded.
pub(super) fn first_sign(text: &[u8]) -> Option<usize> {
    memchr::memchr3(b'%', b'\\', b'&', text).filter(|first| text.get(*first..).is_some_and(may_be_coded))
}

/// Whether a sign that codes begin with stands before one that they go on with; `false` is certain. Paths of Windows are full of
/// backslashes that begin none.
fn may_be_coded(text: &[u8]) -> bool {
    // The low bits say with which signs a byte may begin a code, the high ones with which it may go on.
    static SIGNS: [u8; 256] = {
        let mut signs = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let (letter, sign) = ((byte as u8).is_ascii_alphabetic(), byte as u8);
            signs[byte] = match sign {
                b'%' => PERCENT,
                b'\\' => ESCAPE,
                b'&' => HTML,
                _ => 0,
            };
            let escaped = matches!(sign, b'u' | b'x' | b'n' | b't' | b'r' | b'b' | b'f' | b'"' | b'\\' | b'/' | b'\'');
            signs[byte] |= if sign.is_ascii_hexdigit() { PERCENT << 4 } else { 0 };
            signs[byte] |= if escaped { ESCAPE << 4 } else { 0 };
            signs[byte] |= if letter || sign == b'#' { HTML << 4 } else { 0 };
            byte += 1;
        }
        signs
    };
    let (mut before, mut met) = (0, 0);
    for byte in text {
        let sign = SIGNS[usize::from(*byte)];
        met |= before & sign >> 4;
        before = sign;
    }
    met != 0
}

/// Bytes that a code takes, and that it stands for.
type Coded = Option<(usize, usize)>;

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |sum, digit| Some(sum << 4 | char::from(*digit).to_digit(16)?))
}

fn put(code: u32, taken: usize, letter: &mut [u8; 4]) -> Coded {
    Some((taken, char::from_u32(code)?.encode_utf8(letter).len()))
}

fn percent(text: &[u8], letter: &mut [u8; 4]) -> Coded {
    letter[0] = hex(text.get(1..3)?)? as u8;
    Some((3, 1))
}

/// An escape of JSON, or of a program.
fn backslash(text: &[u8], letter: &mut [u8; 4]) -> Coded {
    let unit = |at: usize| text.get(at..at + 2).filter(|start| *start == b"\\u").and(hex(text.get(at + 2..at + 6)?));
    let plain = match text.get(1)? {
        b'u' => {
            let high = unit(0)?;
            return match unit(6) {
                Some(low @ 0xdc00..0xe000) if (0xd800..0xdc00).contains(&high) => {
                    put(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00), 12, letter)
                }
                _ => put(high, 6, letter),
            };
        }
        b'x' => return put(hex(text.get(2..4)?)?, 4, letter),
        b'n' | b't' | b'r' | b'b' | b'f' => b' ',
        sign @ (b'"' | b'\\' | b'/' | b'\'') => *sign,
        _ => return None,
    };
    letter[0] = plain;
    Some((2, 1))
}

/// `&uuml;`, `&#252;`, `&#xfc;`. Readers of HTML take a number without its semicolon too.
fn entity(text: &[u8], letter: &mut [u8; 4]) -> Coded {
    let body = text.get(1..)?;
    let Some(number) = body.strip_prefix(b"#") else {
        let head = body.get(..body.len().min(named::LONGEST + 1))?;
        let end = memchr::memchr(b';', head)?;
        return put(named::named(head.get(..end)?)? as u32, end + 2, letter);
    };
    let hex = number.strip_prefix(b"x").or(number.strip_prefix(b"X"));
    let (digits, radix, lead) = hex.map_or((number, 10, 2), |digits| (digits, 16, 3));
    let zeros = digits.iter().take(DIGITS_MAX).take_while(|digit| **digit == b'0').count();
    let values = || digits.iter().skip(zeros).map_while(|digit| char::from(*digit).to_digit(radix)).take(DIGITS_MAX);
    let code = values().try_fold(0_u32, |code, value| code.checked_mul(radix)?.checked_add(value))?;
    let count = zeros + values().count();
    let semicolon = usize::from(digits.get(count) == Some(&b';'));
    if count == 0 { None } else { put(code, lead + count + semicolon, letter) }
}

/// A text in which blanks stand in place of what shows nothing (U+200B and its like): it may stand between two words as well as in
/// one. As long as the source, but its characters may end within those of the source; `None` where there is none.
pub fn apart(source: &[u8]) -> Option<Vec<u8>> {
    let is_zero = |bytes: &[u8]| matches!(bytes, [0xe2, 0x80, 0x8b..=0x8d] | [0xe2, 0x81, 0xa0] | [0xef, 0xbb, 0xbf]);
    source.windows(3).any(is_zero).then(|| {
        let mut text = source.to_vec();
        let starts = (0..source.len()).filter(|at| source.get(*at..at + 3).is_some_and(is_zero));
        // Of the same length: a soft hyphen, which shows nothing either, and the blank.
        starts.for_each(|at| text[at..at + 3].copy_from_slice("\u{ad} ".as_bytes()));
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codings_are_decoded_and_map_back() {
        for (source, text) in [
            ("M%C3%BCller", "Müller"),
            (r"M\u00fcller", "Müller"),
            (r"\ud83d\ude00", "😀"),
            (r"line\nAnna\tMeier", "line Anna Meier"),
            ("M&uuml;ller &#x4d;&#77;", "Müller MM"),
            ("Garc&iacute;a &Ntilde;u&#241z &#0000233; &ccaron;", "García Ñuñz é č"),
            (r"C:\temp %zz &nix; \u00", "C: emp %zz &nix; \\u00"),
        ] {
            let decoded = Decoded::of(source.as_bytes()).unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(&decoded.text), text);
            assert_eq!(decoded.source(0..decoded.text.len()), 0..source.len());
        }
        assert_eq!(Decoded::of(r"a % b & c \q &#; &#x; &nix; &#99999999;".as_bytes()), None);
    }

    #[test]
    fn what_shows_nothing_may_part_words() {
        assert_eq!(apart("a\u{200b}b\u{feff}".as_bytes()), Some("a\u{ad} b\u{ad} ".as_bytes().to_vec()));
        assert_eq!(apart("a\u{ad}b ü".as_bytes()), None);
    }

    #[test]
    fn each_coding_is_read_by_itself_too() {
        for (source, text) in [
            (r"C:\betriebsr%C3%A4t", r"C:\betriebsrät"),
            (r"\betriebsr&auml;t", r"\betriebsrät"),
            (r"\betriebsr\u00e4t", r"\betriebsrät"),
            (r"\betriebsr%26auml%3Bt", r"\betriebsrät"),
            ("&auml;betriebsr%C3%A4t", "&auml;betriebsrät"),
            ("%26auml%3Bbetriebsr%25C3%25A4t", "&auml;betriebsrät"),
            (r"a\nbetriebsr%C3%A4t", "a betriebsrät"),
        ] {
            let mut is_read = false;
            Decoded::any(source.as_bytes(), &mut |decoded| {
                is_read |= decoded.text == text.as_bytes();
                assert_eq!(decoded.source(0..decoded.text.len()), 0..source.len());
                false
            });
            assert!(is_read, "{source}");
        }
        assert!(!Decoded::any(br"100 % & C:\data", &mut |_| true));
    }

    #[test]
    fn every_code_begins_as_one() {
        let mut source = *b"    0000000";
        for (sign, next) in (0..=255).flat_map(|next| [b'%', b'\\', b'&'].map(|sign| (sign, next))) {
            // Whatever comes behind: digits end every kind of number.
            for behind in ["u00e4;", "0;", "00;", "uml;"] {
                let text = [&[sign, next], behind.as_bytes()].concat();
                source[..2].copy_from_slice(&[sign, next]);
                let coded = Decoded::read_from(0, &text, ALL).or(Decoded::read_from(0, &source, ALL));
                assert!(coded.is_none() || may_be_coded(&text), "{}", String::from_utf8_lossy(&text));
            }
        }
        let names = include_str!("../../../guest-plugins/redact/src/decode/named.rs").split("(\"").skip(1);
        for name in
            names.filter_map(|rest| rest.split('"').next()).filter(|name| named::named(name.as_bytes()).is_some())
        {
            assert!(may_be_coded(format!("&{name};").as_bytes()), "{name}");
        }
    }

    proptest! {
        /// LAW: the short way says that nothing is coded only where the long one finds nothing.
        #[test]
        fn what_is_coded_is_read(source in r#"([a-gnrtuxUN0-9#;"'/ \u{e4}]|%|\\|&|%C3%A4|\\u00e4|&auml;|&#228){0,9}"#, kinds in 0..=ALL) {
            let source = source.as_bytes();
            let first = source.iter().position(|byte| matches!(byte, b'%' | b'\\' | b'&'));
            prop_assert_eq!(Decoded::read(source, kinds), first.and_then(|first| Decoded::read_from(first, source, kinds)));
        }

        /// In whatever way it is read.
        #[test]
        fn no_reading_splits_a_code(source in r"([x-z\u{e4} ]|%C3%A4|%25|%26auml%3B|%5Cu00e4|\\u00e4|\\n|\\|&auml;|&amp;|&#37;41|&){0,9}") {
            let mut readings = 0;
            Decoded::any(source.as_bytes(), &mut |decoded| {
                readings += 1;
                let mut behind = 0;
                for (at, sign) in std::str::from_utf8(&decoded.text).unwrap_or_default().char_indices() {
                    let span = decoded.source(at..at + sign.len_utf8());
                    assert!(span.start == behind && span.end > behind && source.is_char_boundary(span.end), "{sign}");
                    behind = span.end;
                }
                false
            });
            prop_assert!(readings <= READINGS.len() * (READINGS.len() + 1));
            prop_assert_eq!(readings > 0, Decoded::of(source.as_bytes()).is_some());
        }

        /// Spans of characters map to spans of characters, in order.
        #[test]
        fn nothing_is_split(source in r"([x-z\u{e4} ]|%C3%A4|%41|%|\\u00e4|\\n|\\|&auml;|&#65;|&){0,12}") {
            if let Some(decoded) = Decoded::of(source.as_bytes()) {
                let mut behind = 0;
                for (at, sign) in String::from_utf8_lossy(&decoded.text).char_indices() {
                    let span = decoded.source(at..at + sign.len_utf8());
                    prop_assert!(span.start == behind && span.end > behind && source.get(span.clone()).is_some());
                    behind = span.end;
                }
                prop_assert_eq!(behind, source.len());
            }
        }
    }
}
