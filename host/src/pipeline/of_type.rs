//! Whether a value reads as what the type of its category says: a time, an address, a number.
//!
//! A value that is made coarser has to be read, and fails where it is none. One that is kept is only copied, so nobody would
//! notice that a name stands where a time should. The guard asks here. Notations are many, so the question is whether a value
//! can be one of them, not which; placeholders that logs write where they have nothing are of every type. Types whose values
//! may be any text (`text`, `path`, `agent`, `title`, a sign-in name in `email`, a city in `geo`) are never refused.

use std::net::{IpAddr, Ipv6Addr};
use std::ops::Range;

use crate::policy::document::ValueType;
use crate::policy::hours;

use super::amount::is_amount;

/// How a value reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reading {
    /// As no notation of the type.
    Stray,
    /// As one of them: other things may look like it.
    Fits,
    /// As one that nothing else looks like: there is nothing to be found in it.
    Proven,
}

/// What logs write where they have nothing to say, in lower case.
const PLACEHOLDERS: [&str; 20] = [
    "-",
    "n/a",
    "na",
    "none",
    "null",
    "(null)",
    "<null>",
    "nil",
    "nan",
    "unknown",
    "undefined",
    "unspecified",
    "empty",
    "any",
    "never",
    "not set",
    "not available",
    "not applicable",
    "true",
    "false",
];

/// Whether any text may be a value of the type.
pub(super) fn takes_any(of: ValueType) -> bool {
    !matches!(of, ValueType::Ip | ValueType::Time | ValueType::Number | ValueType::Url | ValueType::Card)
}

/// How a value reads as one of a type.
pub(super) fn read(of: ValueType, value: &[u8]) -> Reading {
    if of == ValueType::Time && (is_rfc3339(value) || is_common_log(value)) {
        return Reading::Proven;
    }
    let fits = |text: &str| match of {
        ValueType::Ip => text.eq_ignore_ascii_case("localhost") || are_addresses(text),
        ValueType::Time => is_time(text),
        ValueType::Number => is_number(text) || is_amount(text),
        ValueType::Url => is_url(text),
        ValueType::Card => {
            text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'.' | b'*' | b'x' | b'X'))
        }
        _ => takes_any(of),
    };
    let text = std::str::from_utf8(value).map(str::trim);
    if text.is_ok_and(|text| text.is_empty() || fits(text) || PLACEHOLDERS.iter().any(|p| text.eq_ignore_ascii_case(p)))
    {
        Reading::Fits
    } else {
        Reading::Stray
    }
}

/// A date, or a date and a time, exactly as RFC 3339 writes them, zone and fraction or not.
fn is_rfc3339(value: &[u8]) -> bool {
    const LIKE: &[u8; 19] = b"0000-00-00T00:00:00";
    let has_shape = |part: &[u8]| {
        part.iter().zip(LIKE).all(|(byte, like)| match like {
            b'0' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b't' | b' '),
            like => byte == like,
        })
    };
    let Some((seconds, rest)) = value.split_at_checked(LIKE.len()) else {
        return value.len() == 10 && has_shape(value);
    };
    let digits = match rest.first() {
        Some(b'.') => rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    let zone = if digits == 0 { rest } else { &rest[digits + 1..] };
    let zoned = match zone {
        [] | [b'Z' | b'z'] => true,
        [b'+' | b'-', zone @ ..] => zone.len() == 5 && has_zone(zone),
        _ => false,
    };
    has_shape(seconds) && digits <= 9 && zoned
}

/// A time as web servers write it in their access logs: `03/Nov/2026:06:00:00 +0100`. [`is_time`] takes it, too, and takes longer.
fn is_common_log(value: &[u8]) -> bool {
    const LIKE: &[u8; 26] = b"00/Mon/0000:00:00:00 +0000";
    let Ok(value) = <&[u8; 26]>::try_from(value) else { return false };
    let has_shape = value.iter().zip(LIKE).all(|(byte, like)| match like {
        b'0' => byte.is_ascii_digit(),
        b'+' => matches!(byte, b'+' | b'-'),
        b'M' | b'o' | b'n' => true,
        like => byte == like,
    });
    let number = |at: usize| 10 * (value[at] & 15) + (value[at + 1] & 15);
    let is_month = || WORDS[..13].iter().any(|month| value[3..6].eq_ignore_ascii_case(month.as_bytes()));
    let is_clock = || number(12) < 24 && number(15) < 60 && number(18) < 60 && number(22) <= 14 && number(24) < 60;
    has_shape && (1..=31).contains(&number(0)) && (19..=21).contains(&number(7)) && is_clock() && is_month()
}

fn has_zone(zone: &[u8]) -> bool {
    zone.iter().enumerate().all(|(at, byte)| if at == 2 { *byte == b':' } else { byte.is_ascii_digit() })
}

/// Addresses as `truncate-…` reads them, several of them between commas or blanks.
fn are_addresses(text: &str) -> bool {
    let mut parts = text.split([',', ' ']).filter(|part| !part.is_empty()).peekable();
    parts.peek().is_some() && parts.all(is_address)
}

fn is_address(text: &str) -> bool {
    let is_port = |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    if let Some(rest) = text.strip_prefix('[') {
        let Some((inside, behind)) = rest.split_once(']') else { return false };
        return without_zone(inside) && (behind.is_empty() || behind.strip_prefix(':').is_some_and(is_port));
    }
    if let Some((address, length)) = text.split_once('/') {
        return without_zone(address) && length.parse::<u8>().is_ok_and(|length| length <= 128);
    }
    match text.rsplit_once(':') {
        Some((address, port)) if address.contains('.') && is_port(port) => address.parse::<IpAddr>().is_ok(),
        _ => without_zone(text),
    }
}

fn without_zone(text: &str) -> bool {
    match text.split_once('%') {
        Some((address, zone)) => {
            // Names of interfaces; a longer word is somebody's.
            let named = !zone.is_empty() && zone.len() <= 15 && zone.bytes().all(|b| b.is_ascii_graphic());
            named && address.parse::<Ipv6Addr>().is_ok()
        }
        None => text.parse::<IpAddr>().is_ok(),
    }
}

/// An address of the web or of a program, with its scheme or without; not those that name a person's mailbox or telephone.
fn is_url(text: &str) -> bool {
    const PEOPLE: [&str; 9] = ["mailto", "tel", "sip", "sips", "sms", "xmpp", "acct", "callto", "skype"];
    let is_plain = |text: &str| !text.contains(|c: char| c.is_whitespace() || c.is_control());
    if text.starts_with(['/', '?', '#']) {
        return true;
    }
    if let Some((scheme, rest)) = text.split_once(':')
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    {
        // Stores of documents write blanks into paths, none into hosts.
        let head = rest.strip_prefix("//").map_or(rest, |rest| rest.split('/').next().unwrap_or_default());
        return !PEOPLE.iter().any(|own| scheme.eq_ignore_ascii_case(own)) && is_plain(head) && !rest.is_empty();
    }
    is_plain(text) && !text.contains('@') && text.contains(['.', '/', '?', '#', ':'])
}

/// A number as programs write it, with signs between thousands or not.
fn is_number(text: &str) -> bool {
    let text = text.strip_suffix('%').unwrap_or(text);
    let is_hex = |hex: &str| !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit());
    let plain = || text.chars().filter(|c| !matches!(c, ',' | '_' | '\'')).collect::<String>();
    text.contains(|c: char| c.is_ascii_digit())
        && (text.parse::<f64>().is_ok()
            || text.strip_prefix("0x").is_some_and(is_hex)
            || plain().parse::<f64>().is_ok())
}

/// Words that stand in times, in lower case.
const WORDS: [&str; 49] = [
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "mrz",
    "mai",
    "okt",
    "dez",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "am",
    "pm",
    "t",
    "z",
    "utc",
    "gmt",
    "at",
];
/// How many of [`WORDS`] name months.
const MONTHS: usize = 28;

/// A zone as logs write it beside the clock: `-0800`, `+05:30`.
fn is_offset(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or_default();
    let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u8>().ok()).flatten();
    let parts = match digits.len() {
        4 => digits.split_at_checked(2),
        5 => digits.split_once(':'),
        _ => None,
    };
    parts.is_some_and(|(hours, minutes)| {
        number(hours).is_some_and(|h| h <= 14) && number(minutes).is_some_and(|m| m < 60)
    })
}

/// A time in any usual notation: a number of seconds and their like, or a date or clock of numbers, with words of the calendar.
fn is_time(text: &str) -> bool {
    if is_epoch(text) || is_offset(text) {
        return true;
    }
    // `2026-11-03T06:00:00+01:00[Europe/Berlin]` (RFC 9557)
    let (text, zone) = match text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) {
        Some((before, zone)) if !before.is_empty() => (before, hours::zone(zone).is_some()),
        _ => (text, true),
    };
    // `… GMT+0100 (Central European Standard Time)`, as browsers write it
    let text = match text.strip_suffix(" Time)").and_then(|text| text.rsplit_once(" (")) {
        Some((before, zone)) if zone.bytes().all(|b| b.is_ascii_alphabetic() || b == b' ') => before,
        _ => text,
    };
    // `/Date(1793685600123)/`, as .NET wrote it
    if let Some(number) = text.strip_prefix("/Date(").and_then(|text| text.strip_suffix(")/")) {
        return is_epoch(number.split('+').next().unwrap_or_default());
    }
    let mut seen = Seen::default();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let same = |c: char| match first {
            _ if first.is_ascii_digit() => c.is_ascii_digit(),
            _ if first.is_ascii_alphabetic() => c.is_ascii_alphabetic(),
            _ => false,
        };
        let length = rest.find(|c| !same(c)).unwrap_or(rest.len()).max(first.len_utf8());
        let (part, behind) = rest.split_at(length);
        let sound = match first {
            '0'..='9' => seen.number(part),
            _ if first.is_ascii_alphabetic() => seen.word(part),
            ' ' | '-' | '/' | ':' | '.' | ',' | '+' | '[' | ']' | '(' | ')' | '*' => true,
            // Between the parts of localised times: blanks that break no line, and marks of direction.
            '\u{a0}' | '\u{202f}' | '\u{200e}' | '\u{200f}' => true,
            _ => false,
        };
        if !sound {
            return false;
        }
        seen.before = first;
        rest = behind;
    }
    zone && seen.is_time()
}

/// A number that is a time of the years 1990 to 2099, a year, `0` or the largest FILETIME: what ladders of times read. Any other
/// number may be a person's, a telephone's for example.
fn is_epoch(text: &str) -> bool {
    const SECONDS: Range<f64> = 631_152_000.0..4_102_444_800.0;
    const SINCE_1601: f64 = 11_644_473_600.0;
    const NEVER: &str = "9223372036854775807";
    let is_number = text.len() <= 40 && text.starts_with(|c: char| c.is_ascii_digit());
    let Some(number) = text.parse::<f64>().ok().filter(|_| is_number) else { return false };
    if text == NEVER || number < 1.0 || text.len() == 4 && (1900.0..2200.0).contains(&number) {
        return true;
    }
    let since_1970 = [1.0, 1e3, 1e6, 1e9].map(|per_second| number / per_second);
    let since_1601 = [1e6, 1e7].map(|per_second| number / per_second - SINCE_1601);
    !text.starts_with('0') && since_1970.iter().chain(&since_1601).any(|seconds| SECONDS.contains(seconds))
}

/// Eight or fourteen digits of a date, and a clock behind it.
fn is_whole(digits: &str) -> bool {
    let part = |at: usize| digits.get(at..at + 2).and_then(|part| part.parse().ok()).unwrap_or(99u8);
    let is_date = matches!(part(0), 19..=21) && (1..=12).contains(&part(4)) && (1..=31).contains(&part(6));
    is_date && (digits.len() == 8 || is_clock(&digits[8..]))
}

/// Six digits of a clock.
fn is_clock(digits: &str) -> bool {
    let part = |at: usize| digits.get(at..at + 2).and_then(|part| part.parse().ok()).unwrap_or(99u8);
    part(0) < 24 && part(2) < 60 && part(4) <= 60
}

/// What a text that may be a time has shown so far.
#[derive(Debug, Default)]
struct Seen {
    /// What stood before the part that is looked at.
    before: char,
    /// Numbers of a date or clock, and how many of them have four digits and are no zone.
    numbers: u32,
    years: u32,
    clock: bool,
    month: bool,
    whole: bool,
}

impl Seen {
    fn number(&mut self, digits: &str) -> bool {
        // Some programs forget the dot: `06:00:00000000`.
        let fraction = matches!(self.before, '.' | ',') || self.before == ':' && digits.len() > 4;
        if fraction && (self.clock || self.whole) && digits.len() <= 12 {
            return true;
        }
        self.numbers += 1;
        match digits.len() {
            1 | 2 => self.clock |= self.before == ':',
            4 if self.clock && matches!(self.before, '+' | '-') => {}
            4 => self.years += 1,
            // `20261103`, `060000`, `20261103060000`
            8 | 14 if is_whole(digits) => self.whole = true,
            6 if self.whole && is_clock(digits) => {}
            _ => return false,
        }
        self.years <= 1
    }

    fn word(&mut self, word: &str) -> bool {
        let known = WORDS.iter().position(|known| known.eq_ignore_ascii_case(word));
        self.month |= known.is_some_and(|at| at < MONTHS);
        // `CEST`, `EST`: short names of zones end in `T`, and stand behind a clock.
        let zone = || self.clock && (3..=5).contains(&word.len()) && word.ends_with('T') && is_upper(word);
        known.is_some() || zone()
    }

    fn is_time(&self) -> bool {
        let date = self.numbers == 3 || (self.numbers == 2 && self.years == 1);
        self.whole || self.clock || (self.month && self.numbers > 0) || date
    }
}

fn is_upper(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Sandboxed, Steps as _};
    use super::*;
    use crate::event::ColumnBuf;
    use crate::plugin::{Host, Limits, Reuse};

    /// LAW: in what is proven the guard would find nothing.
    #[test]
    fn nothing_is_to_be_found_in_what_is_proven() {
        let host = Host::new(Limits::default(), None).unwrap();
        let steps = Sandboxed::new(&host, Reuse::Reused, &[]).unwrap();
        let settings = r#"{"fields":[{"find":["payment","personal","secret"],"threshold":"certain"}]}"#;
        let mut detector = steps.detector(settings, Vec::new()).unwrap();
        let mut times = ColumnBuf::new(0);
        for number in 0..60_000_u64 {
            // A step that is prime goes through days, clocks and zones alike.
            let mut left = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut part = |from: u64, to: u64| {
                let own = from + left % (to - from);
                left = left.rotate_right(9).wrapping_mul(0x2545_f491_4f6c_dd1d);
                own
            };
            let (day, month, year) = (part(1, 32), part(0, 12), part(1900, 2200));
            let (hour, minute, second, ahead, aside) =
                (part(0, 24), part(0, 60), part(0, 60), part(0, 15), part(0, 60));
            let sign = ["+", "-"][part(0, 2) as usize];
            let name = WORDS[..13].iter().filter(|name| **name != "sept").nth(month as usize).unwrap();
            let time = match number % 3 {
                0 => format!("{day:02}/{name}/{year}:{hour:02}:{minute:02}:{second:02} {sign}{ahead:02}{aside:02}"),
                1 => format!(
                    "{year}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:07}Z",
                    month + 1,
                    part(0, 10_000_000)
                ),
                _ => format!(
                    "{year}-{:02}-{day:02} {hour:02}:{minute:02}:{second:02}{sign}{ahead:02}:{aside:02}",
                    month + 1
                ),
            };
            assert_eq!(read(ValueType::Time, time.as_bytes()), Reading::Proven, "{time}");
            times.push(number as u32, time.as_bytes());
        }
        let found = detector.scan(&[times.view()]).unwrap();
        assert!(found.is_empty(), "{:?}", String::from_utf8_lossy(times.view().row(found[0].row as usize)));
    }

    proptest! {
        /// LAW: what the short way of access logs takes the long one takes.
        #[test]
        fn times_of_access_logs_are_times(
            text in "[0-3][0-9]/(Nov|sep|MAY|Sept|Foo|Fee)/[0-3][0-9]{3}:[0-2][0-9]:[0-6][0-9]:[0-6][0-9] [+-][01][0-9][0-6][0-9]",
        ) {
            prop_assert!(!is_common_log(text.as_bytes()) || is_time(&text), "{text}");
        }
    }

    #[test]
    fn an_access_log_has_a_short_way() {
        assert!(is_common_log(b"03/Nov/2026:06:00:00 +0100") && is_common_log(b"29/feb/1999:23:59:59 -0930"));
        for other in ["03/Nov/2026:06:00:00 +0100 ", "3/Nov/2026:06:00:00 +0100", "03/Ann/2026:06:00:00 +0100"] {
            assert!(!is_common_log(other.as_bytes()), "{other}");
        }
    }
}
