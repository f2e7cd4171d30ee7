//! `key=value` text and URL queries.

use std::ops::Range;

use super::super::scan::flags;

/// What the parts of a text form are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// By bytes of the text, as they stand.
    Plain(Range<u32>),
    /// By bytes of the text, percent-encoded.
    Query(Range<u32>),
    /// By bytes of the text, percent-encoded, below `query`.
    UrlQuery(Range<u32>),
    /// By the grammar.
    Fixed(&'static str),
}

/// A part of a text form: positions as in a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: Name,
    pub(crate) flags: u8,
    pub(crate) pair: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Separators of key=value text.
pub(crate) fn separates(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',')
}

/// The next pair at or behind `at`, which moves behind it. Words that are no pair are passed over.
pub(crate) fn key_values(text: &[u8], at: &mut usize) -> Option<Part> {
    loop {
        *at += text.get(*at..)?.iter().position(|&byte| !separates(byte))?;
        let word = *at;
        let len = text[word..].iter().position(|&byte| separates(byte) || byte == b'=' || byte == b'"');
        let stop = len.map_or(text.len(), |len| word + len);
        if text.get(stop) != Some(&b'=') || stop == word {
            // A quote in a bare word opens nothing that could be told from text: the quoted text is passed over too.
            let quoted = text.get(stop) == Some(&b'"');
            *at = if quoted { closing_quote(text, stop).map_or(text.len(), |end| end + 1) } else { stop.max(word + 1) };
            continue;
        }
        let start = stop + 1;
        let (end, quoted) = match text.get(start) {
            Some(b'"' | b'\'') => (closing_quote(text, start).map(|end| end + 1), flags::QUOTED),
            _ => {
                let end = start + text[start..].iter().take_while(|&&byte| !separates(byte)).count();
                // Whether a quote inside opens something, readers disagree about.
                (Some(end).filter(|end| !text[start..*end].contains(&b'"')), 0)
            }
        };
        let Some(end) = end else {
            // Nobody can say where an unclosed value ends: all that is left is no pair.
            *at = text.len();
            return None;
        };
        *at = end;
        return Some(Part {
            name: Name::Plain(word as u32..stop as u32),
            flags: quoted,
            pair: word as u32,
            start: start as u32,
            end: end as u32,
        });
    }
}

/// The quote that closes the one at `open`.
fn closing_quote(text: &[u8], open: usize) -> Option<usize> {
    let quote = *text.get(open)?;
    let mut at = open + 1;
    loop {
        match *text.get(at)? {
            b'\\' => at += 2,
            byte if byte == quote => return Some(at),
            _ => at += 1,
        }
    }
}

/// The next pair of a query at or behind `at`, which moves behind it and its `&`. A key without `=` is no pair.
pub(crate) fn query(text: &[u8], at: &mut usize) -> Option<Part> {
    while *at < text.len() {
        let pair = *at;
        let end = memchr::memchr(b'&', &text[pair..]).map_or(text.len(), |len| pair + len);
        *at = end + 1;
        if let Some(equals) = memchr::memchr(b'=', &text[pair..end]) {
            let key = pair as u32..(pair + equals) as u32;
            let start = pair + equals + 1;
            let flags = percent_flags(&text[start..end], true);
            return Some(Part {
                name: Name::Query(key),
                flags,
                pair: pair as u32,
                start: start as u32,
                end: end as u32,
            });
        }
    }
    None
}

/// Flags of a percent-encoded value.
pub(super) fn percent_flags(text: &[u8], plus: bool) -> u8 {
    let coded = text.iter().any(|&byte| byte == b'%' || plus && byte == b'+');
    if coded { flags::ESCAPED } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, next: fn(&[u8], &mut usize) -> Option<Part>) -> Vec<(String, String)> {
        let mut at = 0;
        let mut pairs = Vec::new();
        while let Some(part) = next(text.as_bytes(), &mut at) {
            let (Name::Plain(key) | Name::Query(key)) = part.name else { panic!("unexpected name") };
            let cut = |range: Range<u32>| text[range.start as usize..range.end as usize].to_owned();
            pairs.push((cut(key), cut(part.start..part.end)));
        }
        pairs
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    }

    #[test]
    fn key_value_text() {
        let text = r#"type=A msg="x \" y" c='d e', f=, plain g=h=i "q r=s" =t"#;
        let wanted = [("type", "A"), ("msg", r#""x \" y""#), ("c", "'d e'"), ("f", ""), ("g", "h=i")];
        assert_eq!(read(text, key_values), pairs(&wanted));
        assert_eq!(read(r#"a="open b=c"#, key_values), []);
        assert_eq!(read("", key_values), []);
    }

    #[test]
    fn queries() {
        assert_eq!(read("a=1&b&&c=%20d&=e&f=g=h", query), pairs(&[("a", "1"), ("c", "%20d"), ("", "e"), ("f", "g=h")]));
    }
}
