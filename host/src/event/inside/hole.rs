//! Typed holes: how much of a text is a number, an address, a time.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Bytes before the first blank.
pub(super) fn until_blank(text: &[u8]) -> usize {
    memchr::memchr2(b' ', b'\t', text).unwrap_or(text.len())
}

/// Bytes before the first quote that no backslash precedes.
pub(super) fn until_quote(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if text[at] == b'"' {
            return at;
        }
        at += 2;
    }
    text.len()
}

/// Length of the digits a text begins with.
pub(super) fn int(text: &[u8]) -> Option<usize> {
    let len = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (len > 0).then_some(len)
}

/// Length of the address a text begins with. A port behind an IPv4 address is not part of it.
pub(super) fn ip(text: &[u8]) -> Option<usize> {
    let run = |wanted: fn(u8) -> bool| text.iter().take(46).take_while(|&&byte| wanted(byte)).count();
    let of = |len: usize| std::str::from_utf8(&text[..len]).unwrap_or_default();
    let v4 = |len: usize| of(len).parse::<Ipv4Addr>().is_ok().then_some(len);
    let v6 = |len: usize| of(len).parse::<Ipv6Addr>().is_ok().then_some(len);
    let short = run(|byte| byte.is_ascii_digit() || byte == b'.');
    let long = run(|byte| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.');
    // The longest reading counts; punctuation of the sentence may follow it.
    let longest = || v6(long).or_else(|| v6(long.checked_sub(1)?));
    let of_colons = memchr::memchr(b':', &text[..long]).and_then(|_| longest());
    of_colons.or_else(|| v4(short)).or_else(|| v4(short.checked_sub(1)?))
}

/// Length of the time a text begins with: `Mon dd hh:mm:ss`, or RFC 3339.
pub(super) fn time(text: &[u8]) -> Option<usize> {
    syslog(text).or_else(|| rfc3339(text))
}

fn fits(text: &[u8], shape: &[u8]) -> bool {
    let one = |(&byte, &wanted): (&u8, &u8)| match wanted {
        b'0' => byte.is_ascii_digit(),
        b'_' => byte.is_ascii_digit() || byte == b' ',
        b'T' => matches!(byte, b'T' | b't' | b' '),
        _ => byte == wanted,
    };
    text.len() >= shape.len() && text.iter().zip(shape).all(one)
}

fn syslog(text: &[u8]) -> Option<usize> {
    let months = [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    months.iter().find(|month| text.starts_with(**month))?;
    if fits(&text[3..], b" _0 00:00:00") {
        return Some(15);
    }
    fits(&text[3..], b" 0 00:00:00").then_some(14)
}

fn rfc3339(text: &[u8]) -> Option<usize> {
    if !fits(text, b"0000-00-00T00:00:00") {
        return None;
    }
    let mut len = 19;
    if text.get(len) == Some(&b'.') {
        len += 1 + int(&text[len + 1..])?;
    }
    match text.get(len) {
        Some(b'Z' | b'z') => Some(len + 1),
        Some(b'+' | b'-') if fits(&text[len + 1..], b"00:00") => Some(len + 6),
        Some(b'+' | b'-') if fits(&text[len + 1..], b"0000") => Some(len + 5),
        _ => Some(len),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, len) in [
            ("192.0.2.7 x", Some(9)),
            ("192.0.2.7:443", Some(9)),
            ("192.0.2.7.", Some(9)),
            ("2001:db8::1]", Some(11)),
            ("2001:db8::1:", Some(11)),
            ("::1", Some(3)),
            ("300.1.1.1", None),
            ("face", None),
            ("", None),
        ] {
            assert_eq!(ip(text.as_bytes()), len, "{text}");
        }
    }

    #[test]
    fn times() {
        for (text, len) in [
            ("Nov  3 03:41:12 h", Some(15)),
            ("Nov 13 03:41:12", Some(15)),
            ("Nov 3 03:41:12", Some(14)),
            ("2026-11-03T03:41:12.123456+01:00 h", Some(32)),
            ("2026-11-03T03:41:12Z", Some(20)),
            ("2026-11-03 03:41:12", Some(19)),
            ("Now  3 03:41:12", None),
            ("2026-11-03", None),
        ] {
            assert_eq!(time(text.as_bytes()), len, "{text}");
        }
    }
}
