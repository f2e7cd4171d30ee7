//! How much: numbers with their units, and durations, as logs write them. No words of anybody fit in between.

/// Units of size and time, in lower case.
const UNITS: [&str; 46] = [
    "%", "b", "byte", "bytes", "k", "kb", "kib", "m", "mb", "mib", "g", "gb", "gib", "t", "tb", "tib", "pb", "bps",
    "kbps", "mbps", "gbps", "b/s", "kb/s", "mb/s", "ns", "us", "\u{b5}s", "\u{3bc}s", "ms", "s", "sec", "secs",
    "second", "seconds", "min", "mins", "minute", "minutes", "h", "hour", "hours", "d", "day", "days", "week", "weeks",
];

/// `0.012s`, `10 MB`, `1h30m`, `00:01:23.5`, `1.02:03:04` or `PT1H30M`.
pub(super) fn is_amount(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    text.len() <= 40 && (has_units(text) || is_clock(text) || is_iso(text))
}

/// A number without a sign at the beginning of a text, and what is behind it. An address of a host is none: its dots are three.
fn number(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let dots = number.bytes().filter(|b| *b == b'.').count();
    (number.starts_with(|c: char| c.is_ascii_digit()) && dots < 3).then_some(rest)
}

/// Numbers, each with its unit.
fn has_units(text: &str) -> bool {
    let mut rest = text;
    while let Some(behind) = number(rest) {
        let behind = behind.trim_start_matches(' ');
        let end = behind.find(|c: char| c.is_ascii_digit() || c == ' ').unwrap_or(behind.len());
        let (unit, next) = behind.split_at(end);
        if !UNITS.contains(&unit.to_lowercase().as_str()) {
            return false;
        }
        rest = next.trim_start_matches(' ');
        if rest.is_empty() {
            return true;
        }
    }
    false
}

/// Hours, minutes and seconds, with days before them or not.
fn is_clock(text: &str) -> bool {
    let mut parts = text.split(':');
    let digits = |part: &str| number(part) == Some("") && part.bytes().filter(|b| !b.is_ascii_digit()).count() <= 1;
    let (first, rest) = (parts.next().unwrap_or_default(), parts.collect::<Vec<_>>());
    let two = |part: &&str| part.len() == 2 || part.get(2..3) == Some(".");
    digits(first) && first.len() <= 8 && matches!(rest.len(), 1..=3) && rest.iter().all(|p| digits(p) && two(p))
}

/// A duration of ISO 8601.
fn is_iso(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('P') else { return false };
    let (days, time) = rest.split_once('T').unwrap_or((rest, ""));
    let part = |mut text: &str, units: &str| {
        while let Some(behind) = number(text) {
            match behind.strip_prefix(|c| units.contains(c)) {
                Some(next) => text = next,
                None => return false,
            }
        }
        text.is_empty()
    };
    rest.len() > 1 && part(days, "YMWD") && part(time, "HMS")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_from_words() {
        for amount in [
            "0.012s",
            "10 MB",
            "1h30m",
            "2.003ms",
            "500\u{b5}s",
            "1,024 KB",
            "5 minutes",
            "3 days 2 h",
            "99%",
            "00:01:23",
            "1:05",
            "1.02:03:04.5",
            "PT1H30M",
            "P3DT4H",
            "PT0.25S",
            "-5 s",
        ] {
            assert!(is_amount(amount), "{amount}");
        }
        for other in [
            "",
            "Anna",
            "5 Anna",
            "Anna 5",
            "5 m Anna",
            "P",
            "PAnna",
            "PT",
            "12:Anna",
            "a:bb",
            "2 of 3",
            "8.8.8.8:53",
            "1.2.3.4:80:00",
            "00:8.8.8.8",
            "192.0.2.1 s",
            "1.2.3.4 % 5 s",
            "P192.0.2.1D",
            "192.0.2.1,198.51.100.2 ms",
            "10 MB of Anna",
            "0170 1234567",
            "s",
            "ann@x.example",
            "fe80::1",
            "00:1a:2b:3c:4d:5e",
        ] {
            assert!(!is_amount(other), "{other}");
        }
    }
}
