//! The layout of most logs, `2026-11-03T07:41:12.345Z`, without the general reader.

use super::{Unit, Zone, civil, in_zone};
use crate::Change;
use crate::digits::pair;

/// Eight bytes of a layout: `0` stands for any digit, anything else for itself.
struct Layout {
    marks: u64,
    /// What takes no byte above 0x7f that is as it should be, once the marks are taken off.
    room: u64,
}

impl Layout {
    const fn of(layout: &[u8; 8]) -> Self {
        let mut room = [0; 8];
        let mut at = 0;
        while at < 8 {
            room[at] = if layout[at] == b'0' { 0x7f - 9 } else { 0x7f };
            at += 1;
        }
        Layout { marks: u64::from_le_bytes(*layout), room: u64::from_le_bytes(room) }
    }

    /// The numbers that each byte makes with the one behind it, where both are digits; `None` for another layout.
    /// All bytes are looked at together: none of the sums runs over into the next byte unless it is refused anyway.
    #[inline]
    fn pairs(&self, text: &[u8; 8]) -> Option<[u8; 8]> {
        let digits = u64::from_le_bytes(*text) ^ self.marks;
        let odd = (digits.wrapping_add(self.room) | digits) & 0x8080_8080_8080_8080;
        let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
        (odd == 0).then_some(pairs.to_le_bytes())
    }
}

/// A time in that layout.
pub(crate) struct Usual {
    year: i64,
    month: u8,
    day: u8,
    /// Since midnight.
    seconds: u32,
    /// Behind the fraction.
    end: usize,
    /// Seconds east of Greenwich, where the time says it.
    offset: Option<i64>,
}

impl Usual {
    /// Reads a time; `None` where the general reader must decide.
    #[inline]
    pub(crate) fn read(value: &str) -> Option<Self> {
        const YEAR: Layout = Layout::of(b"0000-00-");
        const DAY: Layout = Layout::of(b"0-00-00T");
        const DAY_APART: Layout = Layout::of(b"0-00-00 ");
        const CLOCK: Layout = Layout::of(b"00:00:00");
        let (head, tail) = value.as_bytes().split_first_chunk::<19>()?;
        let [century, _, year, _, _, month, _, _] = YEAR.pairs(head.first_chunk()?)?;
        let day = if head[10] == b' ' { DAY_APART } else { DAY };
        let [_, _, _, _, _, day, _, _] = day.pairs(head[3..].first_chunk()?)?;
        let [hour, _, _, minute, _, _, second, _] = CLOCK.pairs(head.last_chunk()?)?;
        let year = i64::from(century) * 100 + i64::from(year);
        let longest = if day <= 28 { 28 } else { civil::days_in_month(year, month) };
        if !(1..=12).contains(&month) || !(1..=longest).contains(&day) || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let seconds = u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second.min(59));
        let (fraction, offset) = match tail {
            [] => (0, None),
            [b'Z'] => (0, Some(0)),
            [b'.', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'Z'] => (4, Some(0)),
            _ => ending(tail)?,
        };
        Some(Usual { year, month, day, seconds, end: 19 + fraction, offset })
    }

    /// The change that rounds the time; `None` when it has no such unit.
    #[inline]
    pub(crate) fn round<'a>(
        &self,
        unit: Unit,
        zone: Option<&Zone>,
        value: &str,
        out: &'a mut String,
    ) -> Option<Change<'a>> {
        if let (Some(zone), Some(offset)) = (zone, self.offset) {
            let days = civil::days(self.year, self.month, self.day);
            in_zone(unit, zone, days * civil::DAY + i64::from(self.seconds) - offset, out)?;
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

/// What is behind the seconds: how long their fraction is, and the offset, where the time says it.
fn ending(text: &[u8]) -> Option<(usize, Option<i64>)> {
    let mut fraction = 0;
    if matches!(text.first(), Some(b'.' | b',')) {
        let digits = text.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
        (1..=12).contains(&digits).then_some(())?;
        fraction = digits + 1;
    }
    match text.get(fraction..)? {
        [] => Some((fraction, None)),
        [b'Z'] => Some((fraction, Some(0))),
        [sign @ (b'+' | b'-'), clock @ ..] => {
            let clock: &[u8; 5] = clock.try_into().ok()?;
            let (hours, minutes) = (pair(clock, 0), pair(clock, 3));
            let east = i64::from(hours * 3600 + minutes * 60);
            let sound = clock[2] == b':' && hours <= 18 && minutes < 60;
            sound.then_some((fraction, Some(if *sign == b'-' { -east } else { east })))
        }
        _ => None,
    }
}
