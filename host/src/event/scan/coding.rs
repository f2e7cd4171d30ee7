//! How a value is written: JSON escapes, percent codes, or as it is.

use super::super::escape::read_escape;
use super::token::flags;

/// How the bytes between two positions spell a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// As it is.
    Raw,
    /// The inside of a JSON string.
    Json,
    /// Percent codes.
    Percent,
    /// Percent codes, and `+` for a blank.
    Query,
}

/// The URL part that is a query's value.
const QUERY_PART: u8 = 6;

impl Coding {
    pub(super) fn of_url_part(bits: u8) -> Coding {
        if flags::part(bits) == QUERY_PART { Coding::Query } else { Coding::Percent }
    }

    /// Appends text as percent codes, unless RFC 3986 reserves nothing of it.
    pub(super) fn encode_percent(self, text: &[u8], out: &mut Vec<u8>) {
        for &byte in text {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(byte);
            } else {
                let digit = |half: u8| b"0123456789ABCDEF"[usize::from(half)];
                out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }

    /// Appends text as it stands between quotes of a text form: quotes behind a backslash, no control characters.
    pub(super) fn encode_quoted(self, text: &[u8], out: &mut Vec<u8>) {
        for &byte in text {
            match byte {
                b'"' | b'\'' if out.last() != Some(&b'\\') => out.extend_from_slice(&[b'\\', byte]),
                0..0x20 => out.push(b' '),
                _ => out.push(byte),
            }
        }
    }
}

/// A stretch of a written text: either bytes that stand for themselves, or one code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit<'r> {
    pub(super) raw_end: usize,
    plain: &'r [u8],
    code: ([u8; 4], usize),
}

impl Unit<'_> {
    pub(super) fn decoded(&self) -> &[u8] {
        if self.is_coded() { &self.code.0[..self.code.1] } else { self.plain }
    }

    pub(super) fn is_coded(&self) -> bool {
        self.plain.is_empty()
    }
}

/// Reads a written text unit by unit, counting positions on both sides.
pub(super) struct Units<'r> {
    raw: &'r [u8],
    coding: Coding,
    at: usize,
    decoded: usize,
    /// The unit at `at`, once it was read: where a code comes next is looked for once, however many positions lie before it.
    unit: Option<Unit<'r>>,
}

impl<'r> Units<'r> {
    pub(super) fn new(raw: &'r [u8], coding: Coding) -> Self {
        Units { raw, coding, at: 0, decoded: 0, unit: None }
    }

    fn read(&self) -> Option<Unit<'r>> {
        let rest = &self.raw[self.at..];
        let first = *rest.first()?;
        let coded = |char: char, raw: usize| {
            let mut bytes = [0; 4];
            let len = char.encode_utf8(&mut bytes).len();
            Unit { raw_end: self.at + raw, plain: &[], code: (bytes, len) }
        };
        let unit = match (self.coding, first) {
            (Coding::Json, b'\\') => read_escape(rest).map(|unit| coded(unit.char, unit.raw)),
            (Coding::Percent | Coding::Query, b'%') => percent_char(rest).map(|(char, raw)| coded(char, raw)),
            (Coding::Query, b'+') => Some(coded(' ', 1)),
            _ => None,
        };
        Some(unit.unwrap_or_else(|| {
            let special = match self.coding {
                Coding::Raw => None,
                Coding::Json => memchr::memchr(b'\\', &rest[1..]),
                Coding::Percent => memchr::memchr(b'%', &rest[1..]),
                Coding::Query => memchr::memchr2(b'%', b'+', &rest[1..]),
            };
            // What begins with a special byte but is no code stands for itself.
            let more = special.unwrap_or(rest.len() - 1);
            Unit { raw_end: self.at + 1 + more, plain: &rest[..1 + more], code: ([0; 4], 0) }
        }))
    }

    fn here(&mut self) -> Option<Unit<'r>> {
        self.unit = self.unit.or_else(|| self.read());
        self.unit
    }

    fn pass(&mut self, unit: &Unit<'_>) {
        self.unit = None;
        self.at = unit.raw_end;
        self.decoded += unit.decoded().len();
    }

    /// Where the decoded position `position` is written. Positions must not go back from call to call. A position
    /// within a code is that of the code.
    pub(super) fn raw_at(&mut self, position: u32) -> usize {
        let position = position as usize;
        while let Some(unit) = self.here() {
            let ahead = position.saturating_sub(self.decoded);
            if ahead < unit.decoded().len() {
                return if unit.is_coded() { self.at } else { self.at + ahead };
            }
            self.pass(&unit);
        }
        self.at
    }
}

impl<'r> Iterator for Units<'r> {
    type Item = Unit<'r>;

    fn next(&mut self) -> Option<Unit<'r>> {
        let unit = self.here()?;
        self.pass(&unit);
        Some(unit)
    }
}

/// The character that the percent codes at the start spell, and their length. Codes that are no UTF-8 stand for
/// U+FFFD, one by one; so does a code of a control character, which could break the form around it.
fn percent_char(raw: &[u8]) -> Option<(char, usize)> {
    let byte = |at: usize| {
        let code = raw.get(at..at + 3)?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (high, low) = (digit(code[1])?, digit(code[2])?);
        (code[0] == b'%').then_some((high << 4 | low) as u8)
    };
    let first = byte(0)?;
    let len = match first {
        0..0x80 => 1,
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => return Some((char::REPLACEMENT_CHARACTER, 3)),
    };
    let mut bytes = [first, 0, 0, 0];
    for (index, slot) in bytes.iter_mut().enumerate().take(len).skip(1) {
        match byte(index * 3) {
            Some(found) => *slot = found,
            None => return Some((char::REPLACEMENT_CHARACTER, 3)),
        }
    }
    match std::str::from_utf8(&bytes[..len]).ok().and_then(|text| text.chars().next()) {
        Some(char) => Some((char, len * 3)),
        None => Some((char::REPLACEMENT_CHARACTER, 3)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(raw: &str, coding: Coding) -> String {
        let bytes: Vec<u8> = Units::new(raw.as_bytes(), coding).flat_map(|unit| unit.decoded().to_vec()).collect();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn percent_codes() {
        assert_eq!(decoded("a%40b%2520+%C3%BC", Coding::Percent), "a@b%20+ü");
        assert_eq!(decoded("a+b%zz%4", Coding::Query), "a b%zz%4");
        assert_eq!(decoded("%ff%c3x%f0%9f%98%80", Coding::Query), "\u{fffd}\u{fffd}x😀");
    }

    proptest! {
        #[test]
        fn percent_encoding_is_undone(text in any::<String>()) {
            let mut out = Vec::new();
            Coding::Query.encode_percent(text.as_bytes(), &mut out);
            prop_assert_eq!(decoded(std::str::from_utf8(&out).unwrap(), Coding::Query), text);
        }

        #[test]
        fn positions_lead_back(raw in "[a%+\\\\u0-9\"ü]{0,20}") {
            for coding in [Coding::Raw, Coding::Json, Coding::Percent, Coding::Query] {
                let whole = decoded(&raw, coding);
                for (at, _) in whole.char_indices() {
                    let cut = Units::new(raw.as_bytes(), coding).raw_at(at as u32);
                    prop_assert_eq!(decoded(&raw[..cut], coding), &whole[..at]);
                }
            }
        }
    }
}
