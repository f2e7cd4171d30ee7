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
    /// The days that hold in a whole country, by its ISO 3166 code, and in the parts of France and Britain that have more.
    Nation(&'static str),
}

/// Names that `holidays = …` understands.
pub const HOLIDAY_CALENDARS: [&str; 36] = [
    "AT", "AU", "BR", "CA", "CH", "DE", "DE-BW", "DE-BY", "DE-BE", "DE-BB", "DE-HB", "DE-HH", "DE-HE", "DE-MV",
    "DE-NI", "DE-NW", "DE-RP", "DE-SL", "DE-SN", "DE-ST", "DE-SH", "DE-TH", "ES", "FI", "FR", "FR-57", "FR-67",
    "FR-68", "GB", "GB-EAW", "IT", "NL", "PL", "PT", "US", "ZA",
];

impl Calendar {
    /// Makes hours ready. `None` where the zone or the holidays are unknown.
    pub fn new(hours: &Hours) -> Option<Self> {
        let zone = zone(&hours.zone)?;
        let holidays = match &hours.holidays {
            None => None,
            Some(name) => Some(match HOLIDAY_CALENDARS.iter().find(|known| **known == name.value)? {
                &"US" => Region::UnitedStates,
                german if german.starts_with("DE") => Region::Germany(german),
                other => Region::Nation(other),
            }),
        };
        Some(Self { zone, offsets: OnceLock::new(), shifts: hours.shifts.concat(), holidays })
    }

    /// What it says: the zone by its name, weekdays with minutes of the day, holidays by their name.
    pub(super) fn said(&self) -> (Option<&str>, &[(u8, u16, u16)], Option<&str>) {
        let holidays = self.holidays.map(|region| match region {
            Region::Germany(name) | Region::Nation(name) => name,
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

    /// Whether no time lies outside.
    pub(super) fn never_ends(&self) -> bool {
        self.holidays.is_none() && (0..7).all(|day| (0..24 * 60).all(|minute| self.works(day, minute)))
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
            Region::Nation(name) => nation(name, day),
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

/// Days since Easter Sunday of the year; far from every holiday outside March to June.
fn since_easter(day: Date) -> i32 {
    // Easter is between 22 March and 25 April.
    let easter = (3..=6).contains(&day.month()).then(|| easter(day.year())).flatten();
    easter.map_or(i32::MAX, |easter| (day - easter).get_days())
}

/// Holidays by state law; those that hold only in some towns are left out, since a working day is the stricter reading
/// for nobody.
fn germany(state: &str, day: Date) -> bool {
    let is = |states: &[&str]| states.iter().any(|s| state.strip_prefix("DE-") == Some(s));
    let since = since_easter(day);
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

/// Holidays of a whole country, by its statute. Those that regions, towns or employers choose or move are left out.
fn nation(name: &str, day: Date) -> bool {
    let weekday = day.weekday().to_monday_zero_offset();
    let (date, is_monday) = ((day.month(), day.day()), weekday == 0);
    let easter = |days: &[i32]| days.contains(&since_easter(day));
    match name {
        // Arbeitsruhegesetz §7(2).
        "AT" => {
            matches!(date, (1, 1 | 6) | (5, 1) | (8, 15) | (10, 26) | (11, 1) | (12, 8 | 25 | 26))
                || easter(&[1, 39, 50, 60])
        }
        // Fair Work Act 2009 s. 115(1)(a), without the King's birthday, whose day each state sets, and without substitutes.
        "AU" => matches!(date, (1, 1 | 26) | (4, 25) | (12, 25 | 26)) || easter(&[-2, 1]),
        // Lei 662/1949 (Lei 10.607/2002), Lei 6.802/1980, Lei 14.759/2023 (20 November, since 2024).
        "BR" => match date {
            (11, 20) => day.year() >= 2024,
            _ => matches!(date, (1, 1) | (4, 21) | (5, 1) | (9, 7) | (10, 12) | (11, 2 | 15) | (12, 25)),
        },
        // Canada Labour Code s. 166; Holidays Act s. 2 for a first of July that is a Sunday. 30 September since 2021.
        "CA" => match date {
            (5, 18..=24) | (9, 1..=7) | (10, 8..=14) => is_monday,
            (7, 2) => is_monday,
            (9, 30) => day.year() >= 2021,
            _ => matches!(date, (1, 1) | (7, 1) | (11, 11) | (12, 25 | 26)) || easter(&[-2]),
        },
        // Bundesverfassung Art. 110(3); all others are the cantons'.
        "CH" => date == (8, 1),
        // Estatuto de los Trabajadores art. 37.2, Real Decreto 2001/1983 art. 45, without those that a region can replace.
        "ES" => matches!(date, (1 | 5 | 11, 1) | (8, 15) | (10, 12) | (12, 6 | 8 | 25)) || easter(&[-2]),
        // Kirkkolaki 652/2023, laki 388/1937 (6 December), laki 272/1944 (1 May). Midsummer and All Saints are Saturdays.
        "FI" => match date {
            (6, 20..=26) | (10, 31) | (11, 1..=6) => weekday == 5 || easter(&[49]),
            _ => matches!(date, (1, 1 | 6) | (5, 1) | (12, 6 | 25 | 26)) || easter(&[-2, 0, 1, 39, 49]),
        },
        // Code du travail L3133-1.
        "FR" => {
            matches!(date, (1, 1) | (5, 1 | 8) | (7, 14) | (8, 15) | (11, 1 | 11) | (12, 25)) || easter(&[1, 39, 50])
        }
        // Moselle, Bas-Rhin, Haut-Rhin: Code du travail L3134-13. Good Friday holds in towns with a Protestant church: most.
        "FR-57" | "FR-67" | "FR-68" => date == (12, 26) || easter(&[-2]) || nation("FR", day),
        // Banking and Financial Dealings Act 1971, with the days by proclamation: those of all parts of the United Kingdom.
        "GB" => match date {
            (1, 2 | 3) | (5, 1..=7 | 25..=31) => is_monday,
            (12, 27 | 28) => weekday < 2,
            _ => matches!(date, (1, 1) | (12, 25 | 26)) || easter(&[-2]),
        },
        // England and Wales: Schedule 1 paragraph 1 of the same act.
        "GB-EAW" => (is_monday && matches!(date, (8, 25..=31))) || easter(&[1]) || nation("GB", day),
        // Legge 260/1949 art. 2, Legge 54/1977, DPR 792/1985, Legge 336/2000, Legge 151/2025 (4 October, since 2026).
        "IT" => match date {
            (10, 4) => day.year() >= 2026,
            _ => {
                matches!(date, (1, 1 | 6) | (4, 25) | (5, 1) | (6, 2) | (8, 15) | (11, 1) | (12, 8 | 25 | 26))
                    || easter(&[1])
            }
        },
        // Algemene termijnenwet art. 3(1). The King's day is kept on Saturday where the 27th is a Sunday.
        "NL" => match date {
            (4, 26) => weekday == 5 || easter(&[1]),
            (4, 27) => weekday != 6 || easter(&[1]),
            _ => matches!(date, (1, 1) | (5, 5) | (12, 25 | 26)) || easter(&[1, 39, 50]),
        },
        // Ustawa z 18 stycznia 1951 r. o dniach wolnych od pracy, art. 1. 24 December since 2025.
        "PL" => match date {
            (12, 24) => day.year() >= 2025,
            _ => {
                matches!(date, (1, 1 | 6) | (5, 1 | 3) | (8, 15) | (11, 1 | 11) | (12, 25 | 26))
                    || easter(&[0, 1, 49, 60])
            }
        },
        // Código do Trabalho art. 234.
        "PT" => {
            let fixed =
                matches!(date, (1 | 11 | 12, 1) | (4, 25) | (5, 1) | (6, 10) | (8, 15) | (10, 5) | (12, 8 | 25));
            fixed || easter(&[-2, 0, 60])
        }
        // Public Holidays Act 36 of 1994, Schedule 1; s. 2(1): of one on a Sunday the Monday behind it as well.
        "ZA" => {
            let sunday = is_monday.then(|| day.checked_sub(Span::new().days(1)).ok()).flatten();
            in_south_africa(date)
                || sunday.is_some_and(|day| in_south_africa((day.month(), day.day())))
                || easter(&[-2, 1])
        }
        _ => false,
    }
}

fn in_south_africa(date: (i8, i8)) -> bool {
    matches!(date, (1, 1) | (3, 21) | (4, 27) | (5, 1) | (6, 16) | (8, 9) | (9, 24) | (12, 16 | 25 | 26))
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

    /// As the governments publish them, without those of regions and those that somebody moves.
    #[test]
    fn holidays_of_nations_on_weekdays_are_these() {
        for (name, year, days) in [
            ("AT", 2026, "01-01 01-06 04-06 05-01 05-14 05-25 06-04 10-26 12-08 12-25"),
            ("AT", 2027, "01-01 01-06 03-29 05-06 05-17 05-27 10-26 11-01 12-08"),
            ("AU", 2026, "01-01 01-26 04-03 04-06 12-25"),
            ("AU", 2027, "01-01 01-26 03-26 03-29"),
            ("BR", 2026, "01-01 04-21 05-01 09-07 10-12 11-02 11-20 12-25"),
            ("BR", 2027, "01-01 04-21 09-07 10-12 11-02 11-15"),
            ("CA", 2026, "01-01 04-03 05-18 07-01 09-07 09-30 10-12 11-11 12-25"),
            ("CA", 2027, "01-01 03-26 05-24 07-01 09-06 09-30 10-11 11-11"),
            ("CH", 2026, ""),
            ("CH", 2027, ""),
            ("ES", 2026, "01-01 04-03 05-01 10-12 12-08 12-25"),
            ("ES", 2027, "01-01 03-26 10-12 11-01 12-06 12-08"),
            ("FI", 2026, "01-01 01-06 04-03 04-06 05-01 05-14 12-25"),
            ("FI", 2027, "01-01 01-06 03-26 03-29 05-06 12-06"),
            ("FR", 2026, "01-01 04-06 05-01 05-08 05-14 05-25 07-14 11-11 12-25"),
            ("FR", 2027, "01-01 03-29 05-06 05-17 07-14 11-01 11-11"),
            ("FR-57", 2026, "01-01 04-03 04-06 05-01 05-08 05-14 05-25 07-14 11-11 12-25"),
            ("FR-67", 2027, "01-01 03-26 03-29 05-06 05-17 07-14 11-01 11-11"),
            ("GB", 2026, "01-01 04-03 05-04 05-25 12-25 12-28"),
            ("GB", 2027, "01-01 03-26 05-03 05-31 12-27 12-28"),
            ("GB-EAW", 2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
            ("GB-EAW", 2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
            ("IT", 2026, "01-01 01-06 04-06 05-01 06-02 12-08 12-25"),
            ("IT", 2027, "01-01 01-06 03-29 06-02 10-04 11-01 12-08"),
            ("NL", 2026, "01-01 04-06 04-27 05-05 05-14 05-25 12-25"),
            ("NL", 2027, "01-01 03-29 04-27 05-05 05-06 05-17"),
            ("PL", 2026, "01-01 01-06 04-06 05-01 06-04 11-11 12-24 12-25"),
            ("PL", 2027, "01-01 01-06 03-29 05-03 05-27 11-01 11-11 12-24"),
            ("PT", 2026, "01-01 04-03 05-01 06-04 06-10 10-05 12-01 12-08 12-25"),
            ("PT", 2027, "01-01 03-26 05-27 06-10 10-05 11-01 12-01 12-08"),
            ("ZA", 2026, "01-01 04-03 04-06 04-27 05-01 06-16 08-10 09-24 12-16 12-25"),
            ("ZA", 2027, "01-01 03-22 03-26 03-29 04-27 06-16 08-09 09-24 12-16 12-27"),
        ] {
            let calendar = calendar("UTC", name);
            let first = Date::new(year, 1, 1).expect("a day");
            let weekdays = first.series(Span::new().days(1)).take_while(|day| day.year() == year);
            let weekdays = weekdays.filter(|day| day.weekday().to_monday_zero_offset() < 5);
            let free: Vec<_> =
                weekdays.filter(|day| calendar.is_free(*day)).map(|day| day.to_string()[5..].to_owned()).collect();
            assert_eq!(free.join(" "), days, "{name} {year}");
        }
    }

    #[test]
    fn every_calendar_that_is_offered_has_days() {
        for name in HOLIDAY_CALENDARS {
            let calendar = calendar("UTC", name);
            let year = Date::new(2026, 1, 1).expect("a day").series(Span::new().days(1)).take(365);
            assert!(year.filter(|day| calendar.is_free(*day)).count() > 0, "{name}");
        }
    }

    #[test]
    fn days_that_move_are_kept_where_the_statute_puts_them() {
        for (name, day, free) in [
            ("CH", "2026-08-01", true),
            ("CA", "2029-07-02", true), // 1 July 2029 is a Sunday
            ("NL", "2031-04-26", true), // 27 April 2031 is a Sunday
            ("NL", "2031-04-27", false),
            ("FI", "2026-06-20", true), // midsummer
            ("FI", "2026-10-31", true), // All Saints
            ("FI", "2026-11-06", false),
            ("IT", "2025-10-04", false), // a holiday since 2026
            ("GB", "2028-01-03", true),  // 1 January 2028 is a Saturday
            ("GB", "2028-01-04", false),
        ] {
            assert_eq!(calendar("UTC", name).is_free(day.parse().expect("a day")), free, "{name} {day}");
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
