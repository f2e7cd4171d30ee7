//! Times that are numbers. The unit shows in the size: between 1974 and 2199 no two of them meet.
//!
//! | number | unit |
//! |---|---|
//! | 126230400 … 7258118399 | seconds since 1970, decimals allowed |
//! | 1.3e11 … 7.3e12, 1.3e14 … 7.3e15, 3.2e17 … 7.3e18 | milli-, micro-, nanoseconds since 1970 (nanoseconds: 1980) |
//! | 1.2e16 … 1.9e16 | microseconds since 1601 (Chrome, WebKit) |
//! | 1.2e17 … 1.9e17 | 100 nanoseconds since 1601 (Windows FILETIME) |
//!
//! `0` (no time) and the largest FILETIME (never) stay; four digits are a year. Any other number fails.

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
    /// The first second since 1970 that is read so.
    first: i64,
}

const IN_1974: i64 = 126_230_400;
const IN_1980: i64 = 315_532_800;
const IN_2200: i64 = 7_258_118_400;
const SINCE_1601: i64 = 11_644_473_600;
/// What Windows writes for "never".
const NEVER: i64 = i64::MAX;

const SCALES: [Scale; 6] = [
    Scale { per_second: 1, until_1970: 0, first: IN_1974 },
    Scale { per_second: 1_000, until_1970: 0, first: IN_1974 },
    Scale { per_second: 1_000_000, until_1970: 0, first: IN_1974 },
    Scale { per_second: 1_000_000_000, until_1970: 0, first: IN_1980 },
    Scale { per_second: 1_000_000, until_1970: SINCE_1601, first: IN_1974 },
    Scale { per_second: 10_000_000, until_1970: SINCE_1601, first: IN_1974 },
];

/// Reads a number; `None` when the text is none.
pub(crate) fn parse(text: &str) -> Option<Number> {
    // Most times are no numbers, and show it early.
    let numeric = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    if !text.bytes().all(numeric) {
        return None;
    }
    let Ok(ticks) = i64::try_from(Decimal::parse(text)?.floor()) else { return Some(Number::Unknown) };
    if matches!(ticks, 0 | NEVER) || text.len() == 4 && (1000..=9999).contains(&ticks) {
        return Some(Number::Constant(ticks));
    }
    let scale = SCALES.into_iter().find(|scale| scale.seconds(ticks).is_some());
    Some(scale.map_or(Number::Unknown, |scale| Number::Time(ticks, scale)))
}

impl Scale {
    /// Seconds since 1970, where the scale is plausible.
    fn seconds(self, ticks: i64) -> Option<i64> {
        let seconds = ticks.div_euclid(self.per_second).checked_sub(self.until_1970)?;
        (self.first..IN_2200).contains(&seconds).then_some(seconds)
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
                // West of Greenwich the first day can begin before the scale does.
                scale.seconds(ticks).map(|_| ticks)?
            }
        };
        digits::push(u64::try_from(ticks).ok()?, out);
        Some(())
    }
}
