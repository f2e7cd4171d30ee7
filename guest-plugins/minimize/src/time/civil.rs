//! The proleptic Gregorian calendar, in days since 1970-01-01.

use super::Unit;

pub(super) const DAY: i64 = 86_400;

/// Days of a month; 0 for a month that does not exist.
pub(super) fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 0,
    }
}

/// Days from 1970-01-01 to a date. Years count from March, so that leap days come last; 400 years are an era.
pub(super) fn days(year: i64, month: u8, day: u8) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day: the reverse.
pub(super) fn date(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month as u8, day as u8)
}

/// Seconds of a wall clock, rounded down.
pub(super) fn round(unit: Unit, seconds: i64) -> i64 {
    let to = |width: i64| seconds.div_euclid(width) * width;
    let (year, month, _) = date(seconds.div_euclid(DAY));
    match unit {
        Unit::Second => seconds,
        Unit::Minute => to(60),
        Unit::Hour => to(3600),
        Unit::Day => to(DAY),
        Unit::Month => days(year, month, 1) * DAY,
        Unit::Year => days(year, 1, 1) * DAY,
    }
}
