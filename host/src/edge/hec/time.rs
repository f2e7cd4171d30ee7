//! Seconds since 1970, as the protocol writes them: `1426279439`, `"1426279439.123"`, also milliseconds.

use jiff::Timestamp;

/// Reads a time. Milliseconds are what would be after the year 5000 if they were seconds.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 15 || !is_number(whole) || !is_number(part) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    let part: String = part.chars().chain(std::iter::repeat('0')).take(9).collect();
    let part: i32 = part.parse().ok()?;
    match number {
        100_000_000_000.. => Timestamp::from_millisecond(number).ok(),
        _ => Timestamp::new(number, part).ok(),
    }
}

/// Writes a time.
pub(super) fn write(time: Timestamp) -> String {
    let (seconds, part) = (time.as_second(), time.subsec_nanosecond());
    if part == 0 {
        return seconds.to_string();
    }
    // Before 1970 both are negative.
    let sign = if seconds < 0 || part < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:09}", seconds.unsigned_abs(), part.unsigned_abs());
    text.trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        for (text, time) in [
            ("1426279439", "2015-03-13T20:43:59Z"),
            ("1426279439.1", "2015-03-13T20:43:59.1Z"),
            ("1426279439.000000001", "2015-03-13T20:43:59.000000001Z"),
            ("0", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(read(text).unwrap().to_string(), time);
            assert_eq!(write(read(text).unwrap()), text);
        }
        assert_eq!(read("1426279439123").unwrap().to_string(), "2015-03-13T20:43:59.123Z");
        for wrong in ["", "x", "1.x", ".5", "-1", "1e9", "99999999999999999999", "1.2.3"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(write("1969-12-31T23:59:58.5Z".parse().unwrap()), "-1.5");
    }
}
