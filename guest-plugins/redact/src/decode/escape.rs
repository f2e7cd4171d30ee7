//! Escapes that stand for one character: of URLs, of JSON and programs, of HTML, of quoted-printable.

use super::named;
use crate::check::{byte, run};

/// What an escape stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Escape {
    /// Behind its last byte.
    pub(super) end: usize,
    /// Its character; none for a line break that is no part of the text.
    pub(super) stands_for: Option<char>,
    /// Whether nobody can read it: all but signs with a backslash or a name.
    pub(super) hides: bool,
}

impl Escape {
    fn hidden((end, c): (usize, char)) -> Self {
        Escape { end, stands_for: Some(c), hides: true }
    }

    fn open(end: usize, c: char) -> Self {
        Escape { end, stands_for: Some(c), hides: false }
    }
}

fn digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

/// The octet that two hexadecimal digits at `at` write.
fn octet(text: &[u8], at: usize) -> Option<u8> {
    let (high, low) = (digit(byte(text, at))?, digit(byte(text, at + 1))?);
    Some((high << 4 | low) as u8)
}

/// The number that exactly `count` hexadecimal digits at `at` write.
fn number(text: &[u8], at: usize, count: usize) -> Option<u32> {
    let digits = text.get(at..at + count)?;
    digits.iter().try_fold(0_u32, |number, &b| Some(number.wrapping_mul(16) | digit(b)?))
}

/// The character whose octets are escaped from `at` on, each as `one` reads it: UTF-8, or else Latin-1.
fn character(at: usize, one: impl Fn(usize) -> Option<(usize, u8)>) -> Option<(usize, char)> {
    let (end, first) = one(at)?;
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Some((end, char::from(first))),
    };
    let mut octets = [first, 0, 0, 0];
    let mut behind = end;
    for octet in octets.iter_mut().take(length).skip(1) {
        let Some((end, next)) = one(behind) else { return Some((end, char::from(first))) };
        (behind, *octet) = (end, next);
    }
    let whole = octets.get(..length).and_then(|octets| std::str::from_utf8(octets).ok());
    Some(whole.and_then(|whole| whole.chars().next()).map_or((end, char::from(first)), |c| (behind, c)))
}

/// `%40`, also `%2540` and deeper, and `%u0040`.
pub(super) fn percent(text: &[u8], at: usize) -> Option<Escape> {
    if matches!(byte(text, at + 1), b'u' | b'U') {
        return unit(text, at + 2, |at| {
            (byte(text, at) == b'%' && byte(text, at + 1) | 0x20 == b'u').then_some(at + 2)
        })
        .map(Escape::hidden);
    }
    let one = |at: usize| {
        if byte(text, at) != b'%' {
            return None;
        }
        let mut end = at + 1;
        // An escaped `%` that another escape goes on from.
        while text.get(end..end + 2) == Some(b"25") {
            end += 2;
        }
        match octet(text, end) {
            Some(octet) => Some((end + 2, octet)),
            None => (end > at + 1).then_some((end, b'%')),
        }
    };
    character(at, one).map(Escape::hidden)
}

/// The character of a UTF-16 unit, four digits at `at`, or of two if `next` finds the second one's digits.
fn unit(text: &[u8], at: usize, next: impl Fn(usize) -> Option<usize>) -> Option<(usize, char)> {
    let first = number(text, at, 4)?;
    let end = at + 4;
    if (0xd800..0xdc00).contains(&first)
        && let Some(second) = next(end)
        && let Some(low @ 0xdc00..0xe000) = number(text, second, 4)
    {
        let point = 0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00);
        return char::from_u32(point).map(|c| (second + 4, c));
    }
    Some((end, char::from_u32(first).unwrap_or('\u{fffd}')))
}

/// Behind the backslashes at `at`, if there are any.
fn slashes(text: &[u8], at: usize) -> Option<usize> {
    let end = run(text, at, text.len(), |b| b == b'\\');
    (end > at).then_some(end)
}

/// `\u0040`, `\x40`, `\u{40}`, `\U00000040`, `\/`, `\"`, `\n` and their like, behind any number of backslashes.
pub(super) fn backslash(text: &[u8], at: usize) -> Option<Escape> {
    let behind = slashes(text, at)?;
    let hidden = match byte(text, behind) {
        b'u' if byte(text, behind + 1) == b'{' => {
            let end = run(text, behind + 2, 6, |b| b.is_ascii_hexdigit());
            let c = number(text, behind + 2, end - behind - 2).and_then(char::from_u32);
            c.filter(|_| byte(text, end) == b'}' && end > behind + 2).map(|c| (end + 1, c))
        }
        b'u' => unit(text, behind + 1, |at| slashes(text, at).filter(|&at| byte(text, at) == b'u').map(|at| at + 1)),
        b'U' => number(text, behind + 1, 8).and_then(char::from_u32).map(|c| (behind + 9, c)),
        b'x' => character(at, |at| {
            let at = slashes(text, at).filter(|&at| byte(text, at) == b'x')? + 1;
            Some((at + 2, octet(text, at)?))
        }),
        _ => None,
    };
    if let Some(hidden) = hidden {
        return Some(Escape::hidden(hidden));
    }
    let end = behind + 1;
    Some(match byte(text, behind) {
        c @ (b'"' | b'\'' | b'/') if behind < text.len() => Escape::open(end, char::from(c)),
        b'n' | b'f' | b'v' => Escape::open(end, '\n'),
        b'r' => Escape::open(end, '\r'),
        b't' => Escape::open(end, '\t'),
        b'b' => Escape::open(end, ' '),
        _ if behind > at + 1 => Escape::open(behind, '\\'),
        _ => return None,
    })
}

/// `&#64;`, `&#x40;`, `&commat;`, also `&amp;#64;` and deeper. Readers of HTML take a number without its semicolon too.
pub(super) fn entity(text: &[u8], at: usize) -> Option<Escape> {
    let mut start = at + 1;
    while text.get(start..start + 4) == Some(b"amp;") {
        start += 4;
    }
    let escaped = start > at + 1;
    if byte(text, start) == b'#' {
        let (radix, from) = if byte(text, start + 1) | 0x20 == b'x' { (16, start + 2) } else { (10, start + 1) };
        let value = |b: u8| char::from(b).to_digit(radix);
        // Zeros may lead.
        let first = run(text, from, 16, |b| b == b'0');
        let end = run(text, first, 8, |b| value(b).is_some());
        let point = text.get(first..end).unwrap_or_default().iter();
        let point = point.fold(0_u32, |point, &b| point.saturating_mul(radix) + value(b).unwrap_or(0));
        if end > from
            && let Some(c) = char::from_u32(point)
        {
            return Some(Escape::hidden((end + usize::from(byte(text, end) == b';'), c)));
        }
    }
    let end = run(text, start, named::LONGEST + 1, |b| b.is_ascii_alphabetic());
    let name = text.get(start..end).filter(|_| byte(text, end) == b';').unwrap_or_default();
    match named::named(name) {
        Some(c) => Some(Escape::open(end + 1, c)),
        None => escaped.then_some(Escape::open(start, '&')),
    }
}

/// `=40`, and a line break behind `=`.
pub(super) fn quoted(text: &[u8], at: usize) -> Option<Escape> {
    if let Some(end) = soft_break(text, at) {
        return Some(Escape { end, stands_for: None, hides: false });
    }
    let one = |at: usize| (byte(text, at) == b'=').then(|| octet(text, at + 1)).flatten().map(|octet| (at + 3, octet));
    character(at, one).map(Escape::hidden)
}

fn soft_break(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at + 1..)? {
        [b'\r', b'\n', ..] => Some(at + 3),
        [b'\n', ..] => Some(at + 2),
        _ => None,
    }
}

/// Whether the `=` at `at` shows that a text may be quoted-printable: letters and digits are not what it encodes, numbers have
/// names in front (`status=200`), and what is not of ASCII takes several escapes.
pub(super) fn is_quoted(text: &[u8], at: usize) -> bool {
    let Some(octet) = octet(text, at + 1) else { return soft_break(text, at).is_some() };
    if byte(text, at + 3) == b'=' && (soft_break(text, at + 3).is_some() || self::octet(text, at + 4).is_some()) {
        return true;
    }
    let digits = text.get(at + 1..at + 3).is_some_and(|pair| pair.iter().all(u8::is_ascii_digit));
    let number = digits && octet != b'@' && byte(text, at + 3).is_ascii_digit();
    let named = at > 0 && text.get(at - 1).is_some_and(u8::is_ascii_alphabetic);
    (b' '..0x7f).contains(&octet) && !octet.is_ascii_alphanumeric() && !(number && named)
}
