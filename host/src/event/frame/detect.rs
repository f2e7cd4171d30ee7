//! What the input is, from its first lines.

use super::FrameError;
use super::values::whole_value;
use memchr::{memchr, memrchr};

/// How events are written in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON value a line (NDJSON).
    Lines,
    /// JSON values over any number of lines: arrays of events, or objects one after the other.
    Values,
    /// Rows behind a header.
    Csv {
        /// `,`, `;`, tab or `|`.
        delimiter: u8,
    },
}

/// `None`: more input is needed, or there are only blanks. `is_all`: nothing follows that may change the answer.
///
/// Any longer beginning of the same input gives the same answer.
pub(super) fn form(data: &[u8], is_all: bool) -> Result<Option<Form>, FrameError> {
    let Some(start) = data.iter().position(|b| !is_blank(*b)) else {
        return Ok(None);
    };
    let (first, rest) = match memchr(b'\n', &data[start..]) {
        Some(end) => (&data[..start + end], Some(&data[start + end + 1..])),
        None => (data, None),
    };
    match data[start] {
        b'[' => Ok(Some(Form::Values)),
        _ if rest.is_none() && !is_all => Ok(None),
        b'{' => Ok(object(&first[start..], rest, is_all)),
        // Tabs before the first name stand between names, too.
        _ => {
            let line = memrchr(b'\n', &data[..start]).map_or(0, |i| i + 1);
            text(&first[line..], rest, is_all)
        }
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// The first byte behind blanks.
fn begins(text: &[u8]) -> Option<u8> {
    text.iter().copied().find(|b| !is_blank(*b))
}

/// An object: whole in its line, or going on in the next?
fn object(first: &[u8], rest: Option<&[u8]>, is_all: bool) -> Option<Form> {
    match whole_value(first) {
        // Several on a line are values one after the other; whatever else follows is for the scanner to reject.
        Some(end) if begins(&first[end..]) == Some(b'{') => Some(Form::Values),
        Some(_) => Some(Form::Lines),
        None => match rest.and_then(begins) {
            // The first line is broken, the second begins anew.
            Some(b'{') => Some(Form::Lines),
            Some(_) => Some(Form::Values),
            None if is_all => Some(Form::Lines),
            None => None,
        },
    }
}

/// Neither object nor array: a bare JSON value a line, a CSV header, or something else.
fn text(first: &[u8], rest: Option<&[u8]>, is_all: bool) -> Result<Option<Form>, FrameError> {
    if first.iter().any(|b| *b < 0x20 && !matches!(b, b'\t' | b'\r')) {
        return Err(FrameError::UnknownForm);
    }
    let second = rest.map(|rest| rest.trim_ascii_start()).filter(|second| !second.is_empty());
    if !is_all && second.is_none_or(|s| s.len() < 4) {
        return Ok(None);
    }
    let second = second.unwrap_or_default();
    // What follows a brace tells an object from a cell such as `{6F1C…}`.
    match second.strip_prefix(b"{").map(begins) {
        Some(Some(b'"' | b'}')) => return Ok(Some(Form::Lines)),
        Some(None) if !is_all => return Ok(None),
        _ => {}
    }
    let line = first.strip_suffix(b"\r").unwrap_or(first);
    if is_scalar(line) && !(begins(line) == Some(b'"') && second.starts_with(b"\"{\"\"")) {
        return Ok(Some(Form::Lines));
    }
    match delimiter(line) {
        Some(delimiter) => Ok(Some(Form::Csv { delimiter })),
        // One column: a name, then quoted cells.
        None if second.first() == Some(&b'"') && line.len() <= 256 => Ok(Some(Form::Csv { delimiter: b',' })),
        None => Err(FrameError::UnknownForm),
    }
}

/// A JSON string, number or literal, roughly: the scanner looks closely.
fn is_scalar(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    match line {
        b"true" | b"false" | b"null" => true,
        [b'"', ..] => whole_value(line) == Some(line.len()),
        [b'-' | b'0'..=b'9', ..] => line.iter().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')),
        _ => false,
    }
}

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Excel's own way to say it: a first line `sep=;`.
pub(super) fn declared(line: &[u8]) -> Option<u8> {
    let (name, rest) = line.split_at_checked(4)?;
    let &[delimiter] = rest else { return None };
    (name.eq_ignore_ascii_case(b"sep=") && DELIMITERS.contains(&delimiter)).then_some(delimiter)
}

/// The delimiter that stands most often outside quotes; the earlier in the list where two are equal.
fn delimiter(line: &[u8]) -> Option<u8> {
    if let Some(delimiter) = declared(line) {
        return Some(delimiter);
    }
    let mut best = None;
    for candidate in DELIMITERS {
        let (mut count, mut quoted) = (0, false);
        for byte in line {
            quoted ^= *byte == b'"';
            count += usize::from(!quoted && *byte == candidate);
        }
        if count > best.map_or(0, |(most, _)| most) {
            best = Some((count, candidate));
        }
    }
    best.map(|(_, delimiter)| delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_recognised() {
        let csv = |delimiter| Ok(Some(Form::Csv { delimiter }));
        let cases: &[(&str, Result<Option<Form>, FrameError>)] = &[
            ("", Ok(None)),
            (" \n\t\r\n", Ok(None)),
            ("{\"a\":1}\n", Ok(Some(Form::Lines))),
            ("  {\"a\":\"\\\"}\"}\r\n{", Ok(Some(Form::Lines))),
            ("{\"a\":1}", Ok(Some(Form::Lines))),
            ("{\"a\":1} {\"a\":2}\n", Ok(Some(Form::Values))),
            ("{\"a\":1,\n{\"a\":2}\n", Ok(Some(Form::Lines))),
            ("{\n  \"a\": 1\n}\n", Ok(Some(Form::Values))),
            ("{\"a\":[\n{\"b\":1}]}", Ok(Some(Form::Lines))),
            ("\n[", Ok(Some(Form::Values))),
            ("\"x\"\n\"y\"\n", Ok(Some(Form::Lines))),
            ("12\n13\n", Ok(Some(Form::Lines))),
            ("true\nfalse\n", Ok(Some(Form::Lines))),
            ("what, is this\n{\"a\":1}\n", Ok(Some(Form::Lines))),
            ("a,b\n1,2\n", csv(b',')),
            ("a;\"b,c,d\";e\n1;2;3\n", csv(b';')),
            ("a\tb\n", csv(b'\t')),
            ("sep=;\na;b\n", csv(b';')),
            ("AuditData\n\"{\"\"a\"\":1}\"\n", csv(b',')),
            ("\"AuditData\"\n\"{\"\"a\"\":1}\"\n", csv(b',')),
            ("id,name\n{6F1C},x\n", csv(b',')),
            ("Jan  1 00:00:00 host sshd: text\nmore\n", Err(FrameError::UnknownForm)),
            ("\0\x01\x02", Err(FrameError::UnknownForm)),
        ];
        for (text, expected) in cases {
            assert_eq!(form(text.as_bytes(), true), *expected, "{text:?}");
            for end in 0..text.len() {
                let early = form(&text.as_bytes()[..end], false);
                assert!(early == Ok(None) || early == *expected, "{text:?} cut at {end}: {early:?}");
            }
        }
    }
}
