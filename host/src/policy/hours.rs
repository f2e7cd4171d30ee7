//! Working hours: does a time of an event lie outside them?

use std::sync::OnceLock;

use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp};

use super::document::Hours;

/// Working hours in their zone, with holidays.
#[derive(Debug)]
pub struct Calendar {
    zone: TimeZone,
    /// What [`offsets`] says of the zone, once it was asked.
    offsets: OnceLock<Vec<(i64, i32)>>,
    shifts: Vec<(u8, u16, u16)>,
    holidays: Option<Region>,
}

/// Holidays that are known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Region {
    /// A German state by its ISO 3166-2 code (`DE-BY`), or only the nation-wide days (`DE`).
    Germany(&'static str),
    /// Federal holidays of the United States (5 USC 6103).
    UnitedStates,
}

/// Names that `holidays = …` understands.
pub const HOLIDAY_CALENDARS: [&str; 18] = [
    "DE", "DE-BW", "DE-BY", "DE-BE", "DE-BB", "DE-HB", "DE-HH", "DE-HE", "DE-MV", "DE-NI", "DE-NW", "DE-RP", "DE-SL",
    "DE-SN", "DE-ST", "DE-SH", "DE-TH", "US",
];

impl Calendar {
    /// Makes hours ready. `None` where the zone or the holidays are unknown.
    pub fn new(hours: &Hours) -> Option<Self> {
        let zone = zone(&hours.zone)?;
        let holidays = match &hours.holidays {
            None => None,
            Some(name) => Some(match HOLIDAY_CALENDARS.iter().find(|known| **known == name.value)? {
                &"US" => Region::UnitedStates,
                german => Region::Germany(german),
            }),
        };
        Some(Self { zone, offsets: OnceLock::new(), shifts: hours.shifts.concat(), holidays })
    }

    /// What it says: the zone by its name, weekdays with minutes of the day, holidays by their name.
    pub(super) fn said(&self) -> (Option<&str>, &[(u8, u16, u16)], Option<&str>) {
        let holidays = self.holidays.map(|region| match region {
            Region::Germany(state) => state,
            Region::UnitedStates => "US",
        });
        (self.zone.iana_name(), &self.shifts, holidays)
    }

    /// Whether a time (RFC 3339, without zone read as UTC, or an epoch number) lies outside working hours; `None` for
    /// what is no time.
    pub fn outside(&self, value: &[u8]) -> Option<bool> {
        if let Some(outside) = usual(value).and_then(|(date, second)| self.outside_usual(date, second)) {
            return Some(outside);
        }
        let local = self.zone.to_datetime(instant(std::str::from_utf8(value).ok()?)?);
        let day = local.date().weekday().to_monday_zero_offset() as u8;
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        Some(!self.works(day, minute) || self.is_free(local.date()))
    }

    /// The same for a second of a day in UTC; `None` where the short way does not know.
    fn outside_usual(&self, date: Date, second: i64) -> Option<bool> {
        let utc = DAY * days(date) + second;
        let local = utc + i64::from(self.offset(utc)?);
        // 1970-01-01 was a Thursday.
        let (day, minute) = ((local.div_euclid(DAY) + 3).rem_euclid(7), local.rem_euclid(DAY) / 60);
        if !self.works(day as u8, minute as u16) {
            return Some(true);
        }
        (local.div_euclid(DAY) == days(date)).then(|| self.is_free(date))
    }

    /// The offset of the zone in seconds, at a second of 1970 to 2099.
    fn offset(&self, utc: i64) -> Option<i32> {
        let offsets = self.offsets.get_or_init(|| offsets(&self.zone).unwrap_or_default());
        let behind = offsets.partition_point(|(first, _)| *first <= utc);
        offsets.get(behind.checked_sub(1)?).map(|(_, offset)| *offset)
    }

    fn works(&self, day: u8, minute: u16) -> bool {
        self.shifts.iter().any(|(on, from, to)| *on == day && (*from..*to).contains(&minute))
    }

    fn is_free(&self, day: Date) -> bool {
        self.holidays.is_some_and(|region| region.free(day))
    }
}

/// A zone of the IANA database that is compiled in, so that the machine's own cannot change an output.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// The offsets of a zone from 1970 to 2100 as (first second, offset in seconds): what a plugin needs to round in it.
pub fn offsets(zone: &TimeZone) -> Option<Vec<(i64, i32)>> {
    let (first, last) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(4_102_444_800).ok()?);
    let start = (i64::MIN / 4, zone.to_offset(first).seconds());
    let changes = zone.following(first).take_while(|change| change.timestamp() < last);
    Some(std::iter::once(start).chain(changes.map(|c| (c.timestamp().as_second(), c.offset().seconds()))).collect())
}

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Days from 1970-01-01 to a date of 1970 or later.
fn days(date: Date) -> i64 {
    // Years count from March, so that leap days come last.
    let (year, month) = (i64::from(date.year()) - i64::from(date.month() <= 2), i64::from(date.month()));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(date.day()) - 1;
    365 * year + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

/// The time that most logs write, `2026-11-03T07:41:12`, with a fraction or not, in UTC whether a `Z` says so or not, of 1970 to
/// 2099: its date and the second of the day.
fn usual(value: &[u8]) -> Option<(Date, i64)> {
    let (time, rest) = value.split_first_chunk::<19>()?;
    let mut odd = false;
    for (at, byte) in time.iter().enumerate() {
        odd |= match at {
            4 | 7 => *byte != b'-',
            10 => !matches!(byte, b'T' | b' '),
            13 | 16 => *byte != b':',
            _ => !byte.is_ascii_digit(),
        };
    }
    let number = |at: usize| i64::from((time[at] & 15) * 10 + (time[at + 1] & 15));
    let rest = rest.strip_suffix(b"Z").unwrap_or(rest);
    let fraction = rest.strip_prefix(b".");
    let is_fraction = fraction.map_or(rest.is_empty(), |fraction| {
        (1..=9).contains(&fraction.len()) && fraction.iter().all(u8::is_ascii_digit)
    });
    let (year, hour, minute, second) = (100 * number(0) + number(2), number(11), number(14), number(17));
    if odd || !is_fraction || !(1970..2100).contains(&year) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let date = Date::new(year as i16, number(5) as i8, number(8) as i8).ok()?;
    Some((date, 3600 * hour + 60 * minute + second))
}

/// The instant that a text or number means.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return epoch(number);
    }
    // ISO 8601 begins with a year, of four digits or with a sign; being refused costs as much as being read.
    let year = text.as_bytes().first_chunk::<4>()?;
    if !year.iter().all(u8::is_ascii_digit) && !matches!(year[0], b'+' | b'-') {
        return None;
    }
    let civil = || {
        let civil: DateTime = text.trim_end_matches(" UTC").parse().ok()?;
        civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    // A time that is refused costs as much as one that is read: the likelier form comes first.
    let with_offset = || text.parse().ok();
    let has_offset = text.get(10..).is_some_and(|time| time.contains(['Z', 'z', '+', '-']));
    if has_offset { with_offset().or_else(civil) } else { civil().or_else(with_offset) }
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, or microseconds since 1601, told apart by size.
fn epoch(number: i64) -> Option<Timestamp> {
    const SECONDS_1601_TO_1970: i64 = 11_644_473_600;
    match number.unsigned_abs() {
        0..=99_999_999_999 => Timestamp::from_second(number).ok(),
        100_000_000_000..=99_999_999_999_999 => Timestamp::from_millisecond(number).ok(),
        100_000_000_000_000..=9_999_999_999_999_999 => Timestamp::from_microsecond(number).ok(),
        10_000_000_000_000_000..=99_999_999_999_999_999 => {
            Timestamp::from_microsecond(number - SECONDS_1601_TO_1970 * 1_000_000).ok()
        }
        _ => Timestamp::from_nanosecond(i128::from(number)).ok(),
    }
}

impl Region {
    fn free(self, day: Date) -> bool {
        match self {
            Region::Germany(state) => germany(state, day),
            Region::UnitedStates => united_states(day),
        }
    }
}

/// Easter Sunday (Gregorian; anonymous algorithm, Meeus 1991).
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    Date::new(year, (n / 31) as i8, (n % 31 + 1) as i8).ok()
}

/// Holidays by state law; those that hold only in some towns are left out, since a working day is the stricter reading
/// for nobody.
fn germany(state: &str, day: Date) -> bool {
    let is = |states: &[&str]| states.iter().any(|s| state.strip_prefix("DE-") == Some(s));
    // Easter is between 22 March and 25 April.
    let easter = (3..=6).contains(&day.month()).then(|| easter(day.year())).flatten();
    let since = easter.map_or(i32::MAX, |easter| (day - easter).get_days());
    let from_easter = |days: i32| since == days;
    let fixed = match (day.month(), day.day()) {
        (1, 1) | (5, 1) | (10, 3) | (12, 25 | 26) => true,
        (1, 6) => is(&["BW", "BY", "ST"]),
        (3, 8) => is(&["BE", "MV"]),
        (8, 15) => is(&["SL", "BY"]),
        (9, 20) => is(&["TH"]),
        (10, 31) => is(&["BB", "HB", "HH", "MV", "NI", "SN", "ST", "SH", "TH"]),
        (11, 1) => is(&["BW", "BY", "NW", "RP", "SL"]),
        (11, 16..=22) => is(&["SN"]) && day.weekday().to_monday_zero_offset() == 2,
        _ => false,
    };
    fixed
        || [-2, 1, 39, 50].into_iter().any(from_easter)
        || (is(&["BB"]) && (from_easter(0) || from_easter(49)))
        || (is(&["BW", "BY", "HE", "NW", "RP", "SL"]) && from_easter(60))
}

/// 5 USC 6103(a), (b): a fixed day on a Saturday is kept on Friday, on a Sunday on Monday.
fn united_states(day: Date) -> bool {
    let weekday = day.weekday().to_monday_zero_offset();
    let nth = (day.day() - 1) / 7 + 1;
    let last_monday = day.month() == 5 && weekday == 0 && day.day() > 24;
    let moved = |by: i64| day.checked_add(Span::new().days(by)).is_ok_and(fixed_in_the_states);
    match (day.month(), weekday, nth) {
        (1 | 2, 0, 3) | (9, 0, 1) | (10, 0, 2) | (11, 3, 4) => true,
        _ => last_monday || fixed_in_the_states(day) || (weekday == 4 && moved(1)) || (weekday == 0 && moved(-1)),
    }
}

fn fixed_in_the_states(day: Date) -> bool {
    matches!((day.month(), day.day()), (1, 1) | (6, 19) | (7, 4) | (11, 11) | (12, 25))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::document::{FileId, Span as Place, Spanned};
    use proptest::prelude::*;

    fn text(value: &str) -> Spanned<String> {
        Spanned { value: value.into(), span: Place { file: FileId(0), start: 0, end: 0 } }
    }

    fn calendar(zone: &str, holidays: &str) -> Calendar {
        let week = (0..5).map(|day| (day, 360, 1110)).collect();
        Calendar::new(&Hours { zone: text(zone), shifts: vec![week], holidays: Some(text(holidays)) }).expect("known")
    }

    #[test]
    fn hours_are_read_in_their_zone() {
        let berlin = calendar("Europe/Berlin", "DE-BY");
        for (time, outside) in [
            ("2026-11-03T07:41:12", Some(false)), // Tuesday 08:41
            ("2026-11-03T23:41:12Z", Some(true)),
            ("2026-11-03T04:59:59Z", Some(true)), // 05:59 in Berlin
            ("2026-11-03T05:00:00Z", Some(false)),
            ("2026-07-03T04:00:00Z", Some(false)), // summer time: 06:00
            ("2026-11-07T09:00:00Z", Some(true)),  // Saturday
            ("2026-11-03 08:00:00.123", Some(false)),
            ("1793692872", Some(false)), // 2026-11-03T08:41:12Z
            ("1793692872000", Some(false)),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(berlin.outside(time.as_bytes()), outside, "{time}");
        }
    }

    proptest! {
        /// LAW: the short way answers as the long one.
        #[test]
        fn usual_times_are_read_as_any_others(
            (year, month, day) in (1968..2102_i16, 0..14_i8, 0..33_i8),
            (hour, minute, second) in (0..25_i8, 0..61_i8, 0..61_i8),
            tail in "(|Z|\\.[0-9]{1,10}Z?|\\.|z|\\+01:00)",
            mark in "[T ]",
        ) {
            let text = format!("{year:04}-{month:02}-{day:02}{mark}{hour:02}:{minute:02}:{second:02}{tail}");
            for (zone, holidays) in [("Europe/Berlin", "DE-BY"), ("America/New_York", "US")] {
                let calendar = calendar(zone, holidays);
                let long = instant(&text).map(|instant| calendar.zone.to_datetime(instant)).map(|local| {
                    let day = local.date().weekday().to_monday_zero_offset() as u8;
                    !calendar.works(day, local.hour() as u16 * 60 + local.minute() as u16) || calendar.is_free(local.date())
                });
                prop_assert_eq!(calendar.outside(text.as_bytes()), long, "{} {}", text, zone);
            }
        }
    }

    #[test]
    fn holidays_are_no_working_days() {
        for (state, day, free) in [
            ("DE-BY", "2026-01-06", true),
            ("DE-NI", "2026-01-06", false),
            ("DE-BY", "2026-06-04", true), // Corpus Christi
            ("DE-SN", "2026-11-18", true), // Buss- und Bettag
            ("DE-BY", "2026-04-03", true), // Good Friday
            ("US", "2026-07-03", true),    // 4 July 2026 is a Saturday
            ("US", "2026-11-26", true),
            ("US", "2026-11-25", false),
        ] {
            let calendar = calendar("UTC", state);
            assert_eq!(calendar.outside(format!("{day}T12:00:00Z").as_bytes()), Some(free), "{state} {day}");
        }
        assert!(Calendar::new(&Hours { zone: text("UTC"), shifts: Vec::new(), holidays: Some(text("XX")) }).is_none());
    }
}
