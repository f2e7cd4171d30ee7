//! Text in and out of JSON strings.

/// Appends `text`, escaped as the inside of a JSON string, `depth` times over: 1 for a string of the event, 2 for a
/// string of a JSON document inside a string, and so on. 0 appends it as it is. Quotes are not added.
///
/// Only what must be escaped is: quotes, backslashes and control characters.
///
/// ```
/// use tamis::event::escape_into;
/// let mut out = Vec::new();
/// escape_into(&mut out, b"a\"b\n", 1);
/// assert_eq!(out, br#"a\"b\n"#);
/// out.clear();
/// escape_into(&mut out, b"\"", 2);
/// assert_eq!(out, br#"\\\""#);
/// ```
pub fn escape_into(out: &mut Vec<u8>, text: &[u8], depth: u8) {
    match depth {
        0 => out.extend_from_slice(text),
        1 => escape_once(out, text),
        _ => {
            let mut once = Vec::with_capacity(text.len() + 16);
            escape_once(&mut once, text);
            escape_into(out, &once, depth - 1);
        }
    }
}

fn escape_once(out: &mut Vec<u8>, text: &[u8]) {
    // Most texts need no escape.
    if !must_be_escaped(text) {
        return out.extend_from_slice(text);
    }
    let mut done = 0;
    for (at, &byte) in text.iter().enumerate() {
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            0..0x20 => b'u',
            _ => continue,
        };
        out.extend_from_slice(&text[done..at]);
        out.extend_from_slice(&[b'\\', short]);
        if short == b'u' {
            out.extend_from_slice(b"00");
            out.extend_from_slice(&[b'0' + (byte >> 4), b"0123456789abcdef"[usize::from(byte & 15)]]);
        }
        done = at + 1;
    }
    out.extend_from_slice(&text[done..]);
}

/// Whether anything in a text must be escaped, eight bytes at a time.
fn must_be_escaped(text: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES << 7;
    // The upper bit of a byte is set when one is below the bound: of the lowest one that is, and perhaps of others.
    let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word & HIGHS;
    let any = |word: u64| {
        let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        below(word, 0x20) | is(b'"') | is(b'\\') != 0
    };
    let words = text.chunks_exact(8);
    let mut last = [b' '; 8];
    last[..words.remainder().len()].copy_from_slice(words.remainder());
    let word = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_ne_bytes);
    any(u64::from_ne_bytes(last)) || words.map(word).any(any)
}

/// One character of an escaped text: how many bytes it takes as written, and what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) raw: usize,
    pub(super) char: char,
}

/// Reads the escape that `raw` begins with (a backslash). Half a surrogate pair stands for U+FFFD. `None` when it is
/// no escape of JSON, or is cut off.
pub(super) fn read_escape(raw: &[u8]) -> Option<Unit> {
    let char = match *raw.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return read_unicode(raw),
        _ => return None,
    };
    Some(Unit { raw: 2, char })
}

fn read_unicode(raw: &[u8]) -> Option<Unit> {
    let first = hex4(raw.get(2..6)?)?;
    if let Some(char) = char::from_u32(first) {
        return Some(Unit { raw: 6, char });
    }
    let lone = Unit { raw: 6, char: char::REPLACEMENT_CHARACTER };
    if first >= 0xdc00 || raw.get(6..8) != Some(b"\\u") {
        return Some(lone);
    }
    let second = raw.get(8..12).and_then(hex4);
    let pair = second.filter(|second| (0xdc00..0xe000).contains(second));
    let char = pair.and_then(|second| char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)));
    Some(char.map_or(lone, |char| Unit { raw: 12, char }))
}

fn hex4(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |word, &digit| Some(word << 4 | char::from(digit).to_digit(16)?))
}

/// Appends the decoded form of the inside of a JSON string. What is no escape is taken as it stands; half a
/// surrogate pair becomes U+FFFD.
pub fn unescape_into(out: &mut Vec<u8>, raw: &[u8]) {
    out.reserve(raw.len());
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &raw[at..]) {
        out.extend_from_slice(&raw[at..at + found]);
        at += found;
        // Escapes often come in a row.
        while raw.get(at) == Some(&b'\\') {
            match read_escape(&raw[at..]) {
                Some(unit) if unit.char.is_ascii() => {
                    out.push(unit.char as u8);
                    at += unit.raw;
                }
                Some(unit) => {
                    out.extend_from_slice(unit.char.encode_utf8(&mut [0; 4]).as_bytes());
                    at += unit.raw;
                }
                None => {
                    out.push(b'\\');
                    at += 1;
                }
            }
        }
    }
    out.extend_from_slice(&raw[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unescaped(raw: &str) -> String {
        let mut out = Vec::new();
        unescape_into(&mut out, raw.as_bytes());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn surrogates() {
        assert_eq!(unescaped(r"\ud83d\ude00"), "😀");
        assert_eq!(unescaped(r"\ud83d"), "\u{fffd}");
        assert_eq!(unescaped(r"\ud83d\u0041"), "\u{fffd}A");
        assert_eq!(unescaped(r"\ude00x"), "\u{fffd}x");
        assert_eq!(unescaped(r"\ud83d\ud83d\ude00"), "\u{fffd}😀");
        assert_eq!(unescaped(r"\u0000\/"), "\0/");
    }

    proptest! {
        #[test]
        fn escaping_is_undone(text in any::<String>(), depth in 0u8..4) {
            let mut escaped = Vec::new();
            escape_into(&mut escaped, text.as_bytes(), depth);
            let mut back = escaped;
            for _ in 0..depth {
                let as_json = format!("\"{}\"", std::str::from_utf8(&back).unwrap());
                let expected: String = serde_json::from_str(&as_json).unwrap();
                let mut next = Vec::new();
                unescape_into(&mut next, &back);
                prop_assert_eq!(&next, expected.as_bytes());
                back = next;
            }
            prop_assert_eq!(back, text.as_bytes());
        }
    }
}
