//! Times, rounded down.
//!
//! Down to the hour a time keeps its layout: digits become zero, fractions go. From the day upward it is written
//! `2026-11-03`, `2026-11`, `2026`, whatever it looked like. Numbers stay numbers of their unit ([`epoch`]). What is
//! coarser than asked for stays.
//!
//! Without a zone a time is rounded as written. With one, a time that says its offset (and every number) is first
//! moved to the zone's wall clock and written with the zone's offset; one that names no offset is still rounded as
//! written, since nobody knows when it was.

mod civil;
pub(crate) mod epoch;
mod parse;
mod usual;
mod zone;

use std::fmt::Write;

use crate::Change;
use parse::{Clock, Stamp};
pub use zone::Zone;

/// Units of time, fine to coarse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Year,
}

/// The change that rounds a time; `None` when it is none, or has no such unit.
#[inline]
pub(crate) fn change<'a>(unit: Unit, zone: Option<&Zone>, value: &str, out: &'a mut String) -> Option<Change<'a>> {
    match usual::Usual::read(value) {
        Some(time) => time.round(unit, zone, value, out),
        None => round(unit, zone, value, out).map(|()| Change::whole(value, out)),
    }
}

/// Appends the rounded time; `None` when it is none, or has no such unit (the year of `Mar 27 13:06:56`).
#[inline(never)]
pub(crate) fn round(unit: Unit, zone: Option<&Zone>, value: &str, out: &mut String) -> Option<()> {
    if let Some(number) = epoch::parse(value) {
        return number.round(unit, zone, out);
    }
    let stamp = parse::parse(value)?;
    if let (Some(zone), Some(instant)) = (zone, stamp.instant()) {
        return in_zone(unit, zone, instant, out);
    }
    match (&stamp.clock, unit) {
        (Some(clock), Unit::Second | Unit::Minute | Unit::Hour) => on_the_clock(unit, clock, value, out),
        (None, Unit::Second | Unit::Minute | Unit::Hour) => date(Unit::Day, &stamp, out),
        _ => date(unit, &stamp, out),
    }
}

/// Writes zeros over minutes and seconds, where they stand.
fn on_the_clock(unit: Unit, clock: &Clock, value: &str, out: &mut String) -> Option<()> {
    let second = clock.second.unwrap_or(clock.end);
    let (minutes, seconds) = match unit {
        Unit::Second => (value.get(clock.minute..second)?, value.get(second..clock.fraction)?),
        Unit::Minute => (value.get(clock.minute..second)?, "00"),
        _ => (if clock.second.is_some() { "00:" } else { "00" }, "00"),
    };
    // The compact form has no colon between them.
    let minutes = if clock.compact { minutes.trim_end_matches(':') } else { minutes };
    out.push_str(value.get(..clock.minute)?);
    out.push_str(minutes);
    if clock.second.is_some() {
        out.push_str(seconds);
    }
    out.push_str(value.get(clock.end..clock.behind)?);
    Some(())
}

fn date(unit: Unit, stamp: &Stamp, out: &mut String) -> Option<()> {
    // Nobody can tell `03/04` from `04/03`: the day stays as written, and what is coarser is the year, for `31/01` of
    // the same column too.
    let unit = if stamp.order_unknown && unit == Unit::Month { Unit::Year } else { unit };
    if stamp.order_unknown && unit == Unit::Day {
        let (month, day) = (stamp.month, stamp.day);
        let (first, second) = if stamp.swapped { (day, month) } else { (month, day) };
        return write!(out, "{first:02}/{second:02}/{:04}", stamp.year?).ok();
    }
    let (has_month, has_day) = (stamp.month > 0, stamp.day > 0);
    match (stamp.year, unit) {
        (Some(year), Unit::Month) if has_month => write!(out, "{year:04}-{:02}", stamp.month),
        (Some(year), Unit::Year) => write!(out, "{year:04}"),
        (Some(year), _) if has_day => write!(out, "{year:04}-{:02}-{:02}", stamp.month, stamp.day),
        (Some(year), _) if has_month => write!(out, "{year:04}-{:02}", stamp.month),
        (Some(year), _) => write!(out, "{year:04}"),
        (None, Unit::Year) => return None,
        (None, Unit::Month) => write!(out, "{}", parse::month_name(stamp.month)?),
        (None, _) if has_day => write!(out, "{} {:>2}", parse::month_name(stamp.month)?, stamp.day),
        (None, _) => write!(out, "{}", parse::month_name(stamp.month)?),
    }
    .ok()
}

fn in_zone(unit: Unit, zone: &Zone, instant: i64, out: &mut String) -> Option<()> {
    if unit >= Unit::Day {
        let (year, month, day) = civil::date(zone.wall(instant).div_euclid(civil::DAY));
        let stamp = Stamp { year: Some(u16::try_from(year).ok()?), month, day, ..Stamp::default() };
        return date(unit, &stamp, out);
    }
    let rounded = zone.round(unit, instant);
    let wall = zone.wall(rounded);
    let (year, month, day) = civil::date(wall.div_euclid(civil::DAY));
    let second = wall.rem_euclid(civil::DAY) as u32;
    let year = u32::try_from(year).ok().filter(|year| *year <= 9999)?;
    let offset = (wall - rounded) / 60;
    let east = offset.unsigned_abs() as u32;
    let date = [(0, year / 100), (2, year % 100), (5, month.into()), (8, day.into())];
    let clock = [(11, second / 3600), (14, second / 60 % 60), (17, second % 60), (20, east / 60), (23, east % 60)];
    let mut text = *b"0000-00-00T00:00:00+00:00";
    for (at, number) in date.into_iter().chain(clock) {
        (text[at], text[at + 1]) = (b'0' + (number / 10) as u8, b'0' + (number % 10) as u8);
    }
    if offset < 0 {
        text[19] = b'-';
    }
    out.push_str(std::str::from_utf8(&text).ok()?);
    Some(())
}

#[cfg(test)]
mod tests;
