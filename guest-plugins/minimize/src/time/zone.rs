//! A zone as the host hands it over: when each offset began. The plugin needs no time zone database.

use super::{Unit, civil};

/// Offsets from UTC, each with the moment from which it is in force, in seconds. The first holds before its moment too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    from: Vec<i64>,
    offset: Vec<i64>,
}

impl Zone {
    /// A zone from pairs of moment and offset. Offsets lose what is no whole minute: no layout can write that.
    ///
    /// `None` when there is no pair, moments do not ascend, or an offset exceeds 18 hours.
    pub fn new(pairs: &[(i64, i32)]) -> Option<Self> {
        let sound = pairs.iter().all(|(_, offset)| offset.unsigned_abs() <= 18 * 3600);
        if pairs.is_empty() || !sound || !pairs.is_sorted_by(|a, b| a.0 < b.0) {
            return None;
        }
        let offset = pairs.iter().map(|&(_, offset)| i64::from(offset).div_euclid(60) * 60).collect();
        Some(Zone { from: pairs.iter().map(|pair| pair.0).collect(), offset })
    }

    /// Which offset is in force at a moment.
    fn period(&self, instant: i64) -> usize {
        self.from.partition_point(|&from| from <= instant).saturating_sub(1)
    }

    fn offset(&self, period: usize) -> i64 {
        self.offset.get(period).copied().unwrap_or(0)
    }

    fn begin(&self, period: usize) -> i64 {
        if period == 0 { i64::MIN } else { self.from.get(period).copied().unwrap_or(i64::MAX) }
    }

    /// What the zone's clocks show at a moment.
    pub(super) fn wall(&self, instant: i64) -> i64 {
        instant + self.offset(self.period(instant))
    }

    /// The first moment of the unit of wall time that a moment lies in.
    ///
    /// Where clocks were put back, an hour that occurs twice is two hours, but a day is one day: it begins when its
    /// midnight first struck. Where clocks were put forward over the beginning, the unit begins at that leap.
    pub(super) fn round(&self, unit: Unit, instant: i64) -> i64 {
        let mut period = self.period(instant);
        let wall = civil::round(unit, instant + self.offset(period));
        let begins = |period: usize| wall - self.offset(period);
        let own = period;
        while begins(period) < self.begin(period) {
            period -= 1;
        }
        if period < own {
            return begins(period).min(self.begin(period + 1));
        }
        while unit >= Unit::Day && period > 0 {
            let earlier = begins(period - 1);
            if earlier >= self.begin(period) || earlier < self.begin(period - 1) {
                break;
            }
            period -= 1;
        }
        begins(period)
    }
}
