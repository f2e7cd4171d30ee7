//! The layout of most logs, `2026-11-03T07:41:12.345Z`, without the general reader.

use super::{Unit, Zone, civil, in_zone};
use crate::Change;
use crate::digits::pair;

/// A time in that layout.
pub(crate) struct Usual {
    /// Behind the fraction.
    end: usize,
    /// Seconds since 1970, where the time says its offset.
    instant: Option<i64>,
}

impl Usual {
    /// Reads a time; `None` where the general reader must decide.
    pub(crate) fn read(value: &str) -> Option<Self> {
        let bytes = value.as_bytes();
        let head = bytes.first_chunk::<19>()?;
        let marks = [head[4], head[7], head[13], head[16]] == *b"--::" && matches!(head[10], b'T' | b' ');
        let (century, year, month, day) = (pair(head, 0), pair(head, 2), pair(head, 5), pair(head, 8));
        let (hour, minute, second) = (pair(head, 11), pair(head, 14), pair(head, 17));
        if !marks || century > 99 || year > 99 || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let year = i64::from(century * 100 + year);
        if !(1..=28).contains(&day) && !(29..=civil::days_in_month(year, month as u8).into()).contains(&day)
            || !(1..=12).contains(&month)
        {
            return None;
        }
        let end = 19 + fraction(bytes.get(19..)?)?;
        let instant = |east: i64| {
            let seconds = i64::from(hour * 3600 + minute * 60 + second.min(59));
            civil::days(year, month as u8, day as u8) * civil::DAY + seconds - east
        };
        Some(Usual { end, instant: offset(bytes.get(end..)?)?.map(instant) })
    }

    /// The change that rounds the time; `None` when it has no such unit.
    pub(crate) fn round<'a>(
        &self,
        unit: Unit,
        zone: Option<&Zone>,
        value: &str,
        out: &'a mut String,
    ) -> Option<Change<'a>> {
        if let (Some(zone), Some(instant)) = (zone, self.instant) {
            in_zone(unit, zone, instant, out)?;
            return Some(Change::whole(value, out));
        }
        Some(match unit {
            Unit::Second => Change { range: 19..self.end, text: "" },
            Unit::Minute => Change { range: 17..self.end, text: "00" },
            Unit::Hour => Change { range: 14..self.end, text: "00:00" },
            Unit::Day => Change::end(value, 10),
            Unit::Month => Change::end(value, 7),
            Unit::Year => Change::end(value, 4),
        })
    }
}

/// How long the fraction of a second is that a text begins with; `None` where a dot has none behind it.
fn fraction(text: &[u8]) -> Option<usize> {
    if !matches!(text.first(), Some(b'.' | b',')) {
        return Some(0);
    }
    let digits = text.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
    (1..=12).contains(&digits).then_some(digits + 1)
}

/// Seconds east of Greenwich, where the rest of a time says it.
fn offset(text: &[u8]) -> Option<Option<i64>> {
    match text {
        [] => Some(None),
        [b'Z'] => Some(Some(0)),
        [sign @ (b'+' | b'-'), clock @ ..] => {
            let clock: &[u8; 5] = clock.try_into().ok()?;
            let (hours, minutes) = (pair(clock, 0), pair(clock, 3));
            let east = i64::from(hours * 3600 + minutes * 60);
            let sound = clock[2] == b':' && hours <= 18 && minutes < 60;
            sound.then_some(Some(if *sign == b'-' { -east } else { east }))
        }
        _ => None,
    }
}
