//! Texts in which letters stand in another coding: `%C3%BC`, `\u00fc`, `&#252;`.

use std::ops::Range;

/// A text without codings, and where each byte stood in the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: Vec<u8>,
    /// Byte → where it, or the code that it comes from, begins in the source; and the end of the source.
    at: Vec<u32>,
}

/// Entities of HTML that letters of names are written as. (HTML 4.01, 24.2)
const NAMED: [(&str, char); 24] = [
    ("amp", '&'),
    ("quot", '"'),
    ("apos", '\''),
    ("lt", '<'),
    ("gt", '>'),
    ("nbsp", ' '),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
    ("Auml", 'Ä'),
    ("Ouml", 'Ö'),
    ("Uuml", 'Ü'),
    ("szlig", 'ß'),
    ("aacute", 'á'),
    ("agrave", 'à'),
    ("aring", 'å'),
    ("aelig", 'æ'),
    ("ccedil", 'ç'),
    ("eacute", 'é'),
    ("egrave", 'è'),
    ("iacute", 'í'),
    ("ntilde", 'ñ'),
    ("oacute", 'ó'),
    ("oslash", 'ø'),
];
/// Bytes of an entity of HTML with its `&` and `;`, at most.
const ENTITY_BYTES_MAX: usize = 10;

impl Decoded {
    /// Decodes a text once. `None`: nothing in it is coded.
    ///
    /// ```
    /// use tamis::policy::exact::Decoded;
    /// let decoded = Decoded::of(br"a%C3%BC\u00fc&#252;").unwrap();
    /// assert_eq!((decoded.text.as_slice(), decoded.source(1..3)), ("aüüü".as_bytes(), 1..7));
    /// assert_eq!(Decoded::of(b"100 %"), None);
    /// ```
    pub fn of(source: &[u8]) -> Option<Self> {
        let mut next = memchr::memchr3(b'%', b'\\', b'&', source)?;
        let mut decoded = Self::default();
        let (mut at, mut is_coded) = (0, false);
        loop {
            decoded.copy(source, at..next);
            let rest = source.get(next..).unwrap_or_default();
            let Some(sign) = rest.first() else { break };
            let mut letter = [0; 4];
            let (taken, bytes) = match sign {
                b'%' => percent(rest, &mut letter),
                b'\\' => backslash(rest, &mut letter),
                _ => entity(rest, &mut letter),
            }
            .unwrap_or((0, 0));
            if taken == 0 {
                decoded.copy(source, next..next + 1);
            }
            is_coded |= taken > 0;
            for byte in letter.iter().take(bytes) {
                decoded.text.push(*byte);
                decoded.at.push(next as u32);
            }
            at = next + taken.max(1);
            let more = source.get(at..).and_then(|rest| memchr::memchr3(b'%', b'\\', b'&', rest));
            next = more.map_or(source.len(), |more| at + more);
        }
        decoded.at.push(source.len() as u32);
        is_coded.then_some(decoded)
    }

    /// Where some bytes of the text stood in the source.
    pub fn source(&self, bytes: Range<usize>) -> Range<usize> {
        let at = |byte: usize| self.at.get(byte).or(self.at.last()).map_or(0, |at| *at as usize);
        // Bytes of one code begin at the same place.
        let last = at(bytes.end.saturating_sub(1));
        let behind = self.at.iter().skip(bytes.end).find(|at| **at as usize > last);
        at(bytes.start)..behind.map_or(last, |at| *at as usize)
    }

    fn copy(&mut self, source: &[u8], range: Range<usize>) {
        self.text.extend_from_slice(source.get(range.clone()).unwrap_or_default());
        self.at.extend(range.start as u32..range.end as u32);
    }
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

fn entity(text: &[u8], letter: &mut [u8; 4]) -> Coded {
    let head = text.get(..text.len().min(ENTITY_BYTES_MAX))?;
    let end = memchr::memchr(b';', head)?;
    let name = std::str::from_utf8(head.get(1..end)?).ok()?;
    let code = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(digits) => hex(digits.as_bytes())?,
            None => number.parse().ok()?,
        },
        None => NAMED.iter().find(|(known, _)| *known == name)?.1 as u32,
    };
    put(code, end + 1, letter)
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
            (r"C:\temp %zz &nix; \u00", "C: emp %zz &nix; \\u00"),
        ] {
            let decoded = Decoded::of(source.as_bytes()).unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(&decoded.text), text);
            assert_eq!(decoded.source(0..decoded.text.len()), 0..source.len());
        }
        assert_eq!(Decoded::of(r"a % b & c \q".as_bytes()), None);
    }

    proptest! {
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
