//! Times that are numbers, of the years 1990 to 2099. The unit shows in the size: no two of them meet.
//!
//! | number | unit |
//! |---|---|
//! | 631152000 … 4102444799 | seconds since 1970, decimals allowed |
//! | 6.3e11 … 4.1e12, 6.3e14 … 4.1e15, 6.3e17 … 4.1e18 | milli-, micro-, nanoseconds since 1970 |
//! | 1.23e16 … 1.57e16 | microseconds since 1601 (Chrome, WebKit) |
//! | 1.23e17 … 1.57e17 | 100 nanoseconds since 1601 (Windows FILETIME) |
//!
//! `0` (no time) and the largest FILETIME (never) stay; four digits are a year, from 1900 to 2199. Any other number fails, and so does
//! what begins with a nought: a telephone number is no time. The host's check of what is kept as a time reads alike.

use super::{Unit, Zone, civil};
use crate::decimal::Decimal;
use crate::digits;

/// A number that is a time, or stands for none.
pub(crate) enum Number {
    /// Whole ticks, and how they count.
    Time(i64, Scale),
    /// A number that says "no time" or "never", or that is too coarse already.
    Constant(i64),
    /// Some other number.
    Unknown,
}

/// How a number counts.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    per_second: i64,
    /// Seconds from its beginning to 1970.
    until_1970: i64,
}

const IN_1990: i64 = 631_152_000;
const IN_2100: i64 = 4_102_444_800;
const SINCE_1601: i64 = 11_644_473_600;
/// What Windows writes for "never".
const NEVER: i64 = i64::MAX;

const SCALES: [Scale; 6] = [
    Scale { per_second: 1, until_1970: 0 },
    Scale { per_second: 1_000, until_1970: 0 },
    Scale { per_second: 1_000_000, until_1970: 0 },
    Scale { per_second: 1_000_000_000, until_1970: 0 },
    Scale { per_second: 1_000_000, until_1970: SINCE_1601 },
    Scale { per_second: 10_000_000, until_1970: SINCE_1601 },
];

/// Reads a number; `None` when the text is none.
pub(crate) fn parse(text: &str) -> Option<Number> {
    // Most times are no numbers, and show it early.
    let numeric = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    if !text.bytes().all(numeric) {
        return None;
    }
    let Ok(ticks) = i64::try_from(Decimal::parse(text)?.floor()) else { return Some(Number::Unknown) };
    if matches!(ticks, 0 | NEVER) || text.len() == 4 && (1900..2200).contains(&ticks) {
        return Some(Number::Constant(ticks));
    }
    if text.starts_with('0') {
        return Some(Number::Unknown);
    }
    let scale = SCALES.into_iter().find(|scale| scale.seconds(ticks).is_some());
    Some(scale.map_or(Number::Unknown, |scale| Number::Time(ticks, scale)))
}

impl Scale {
    /// Seconds since 1970, where the scale is plausible.
    fn seconds(self, ticks: i64) -> Option<i64> {
        let seconds = ticks.div_euclid(self.per_second).checked_sub(self.until_1970)?;
        (IN_1990..IN_2100).contains(&seconds).then_some(seconds)
    }
}

impl Number {
    /// Appends the number rounded down, in its own unit.
    pub(super) fn round(&self, unit: Unit, zone: Option<&Zone>, out: &mut String) -> Option<()> {
        let ticks = match *self {
            Number::Unknown => return None,
            Number::Constant(ticks) => ticks,
            Number::Time(ticks, scale) => {
                let seconds = scale.seconds(ticks)?;
                let rounded = zone.map_or_else(|| civil::round(unit, seconds), |zone| zone.round(unit, seconds));
                let ticks = (rounded + scale.until_1970).checked_mul(scale.per_second)?;
                // Near 1990 a day or year of a zone can begin before the scale does.
                scale.seconds(ticks).map(|_| ticks)?
            }
        };
        digits::push(u64::try_from(ticks).ok()?, out);
        Some(())
    }
}
