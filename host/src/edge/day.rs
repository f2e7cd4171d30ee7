//! The day that plans are made for: the machine's, but never an earlier one than was seen before, over restarts too.
//!
//! What runs out on a day stays closed, and what a law asks for from a day on is done, though the clock was set back. A clock that is
//! far ahead may be wrong (a machine that starts in 2099 and asks for the time later): it is believed at once, since what runs out
//! must, but it is not remembered before it has stayed there.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{Span, ToSpan as _};

use super::releases::{ReleaseError, write_whole};
use crate::policy::document::Date;

/// More days ahead than this are not remembered at once.
const FAR: i64 = 31;
/// So long a clock that is far ahead has to stay there to be remembered.
const STAYS: Duration = Duration::from_secs(3600);

/// Why the day cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum DayError {
    /// The file is there and cannot be read.
    #[error("cannot read {}, the latest day that was seen: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file holds something else.
    #[error("{} is damaged: it holds no day. Nobody knows what ran out\nhelp: see that the machine's clock is right, then `tamis day --reset`", .0.display())]
    Damaged(PathBuf),
}

/// The latest day that was seen.
#[derive(Debug)]
pub struct Day {
    file: PathBuf,
    began: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    seen: Option<Seen>,
    written: Option<Date>,
}

/// What is known of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    latest: Date,
    /// A day far behind the latest one, and since when the clock is there.
    ahead: Option<(Date, Duration)>,
}

impl Seen {
    /// The day, where the clock says `clock`. `now`: by a clock that is never set.
    fn look(&mut self, clock: Date, now: Duration) -> Date {
        let is_far = |clock: Date, day: Date| clock > day.saturating_add(days(FAR));
        if !is_far(clock, self.latest) {
            (self.latest, self.ahead) = (self.latest.max(clock), None);
            return self.latest;
        }
        // Within what is far ahead the day does not run back either, but for a clock that was as far off.
        let (day, since) = match self.ahead {
            Some((day, since)) if !is_far(clock, day) && !is_far(day, clock) => (day.max(clock), since),
            _ => (clock, now),
        };
        self.ahead = Some((day, since));
        if now.saturating_sub(since) >= STAYS {
            (self.latest, self.ahead) = (day, None);
        }
        day
    }
}

fn days(number: i64) -> Span {
    number.days()
}

/// Where the latest day stands in the folder of a process's state.
fn file(state: &Path) -> PathBuf {
    state.join("day")
}

/// The latest day that was seen. `None`: there was none.
///
/// # Errors
///
/// It is there and cannot be read.
pub fn latest(state: &Path) -> Result<Option<Date>, DayError> {
    let path = file(state);
    match std::fs::read_to_string(&path) {
        Ok(text) => text.trim_end().parse().map(Some).map_err(|_| DayError::Damaged(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(DayError::Damaged(path)),
        Err(error) => Err(DayError::Io { path, error }),
    }
}

/// Has a day be the latest, whatever was seen before.
///
/// # Errors
///
/// It cannot be written.
pub fn reset(state: &Path, day: Date) -> Result<(), ReleaseError> {
    write_whole(&file(state), format!("{day}\n").as_bytes(), 0o600)
}

impl Day {
    /// The day as the folder of a process's state has it.
    ///
    /// # Errors
    ///
    /// It was kept and cannot be read: what ran out might open again.
    pub fn open(state: &Path) -> Result<Self, DayError> {
        let written = latest(state)?;
        let seen = written.map(|latest| Seen { latest, ahead: None });
        Ok(Self { file: file(state), began: Instant::now(), state: Mutex::new(State { seen, written }) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The day, where the machine's clock says `clock`.
    pub fn on(&self, clock: Date) -> Date {
        // Before the first day that was seen there is nothing that a clock could be far ahead of.
        let mut state = self.lock();
        state.seen.get_or_insert(Seen { latest: clock, ahead: None }).look(clock, self.began.elapsed())
    }

    /// Writes the latest day down, where it is another one than before.
    ///
    /// # Errors
    ///
    /// It cannot be written; the next call tries again.
    pub fn keep(&self) -> Result<(), ReleaseError> {
        let mut state = self.lock();
        let latest = state.seen.map(|seen| seen.latest);
        if let Some(day) = latest.filter(|_| latest != state.written) {
            write_whole(&self.file, format!("{day}\n").as_bytes(), 0o600)?;
            state.written = latest;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn restarted(folder: &Path, clock: &str) -> Date {
        let days = Day::open(folder).unwrap();
        let on = days.on(day(clock));
        days.keep().unwrap();
        on
    }

    /// LAW: a clock that is set back and a restart open nothing that ran out.
    #[test]
    fn the_day_does_not_run_back_over_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(restarted(folder.path(), "2026-11-27"), day("2026-11-27"));
        assert_eq!(restarted(folder.path(), "2026-11-28"), day("2026-11-28"));
        assert_eq!(restarted(folder.path(), "2026-11-01"), day("2026-11-28"));
        assert_eq!(restarted(folder.path(), "1970-01-01"), day("2026-11-28"), "a machine without a clock of its own");
        assert_eq!(restarted(folder.path(), "2026-12-24"), day("2026-12-24"));
    }

    /// LAW: a clock that was far ahead for a moment is believed for that moment, and takes no later start with it.
    #[test]
    fn a_start_in_another_century_is_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        restarted(folder.path(), "2026-11-27");
        assert_eq!(restarted(folder.path(), "2099-01-01"), day("2099-01-01"));
        assert_eq!(restarted(folder.path(), "2026-11-27"), day("2026-11-27"));
    }

    #[test]
    fn a_clock_that_stays_far_ahead_is_remembered() {
        let (mut seen, hour) = (Seen { latest: day("2026-09-01"), ahead: None }, Duration::from_secs(3600));
        assert_eq!(seen.look(day("2099-01-01"), Duration::ZERO), day("2099-01-01"));
        assert_eq!(seen.look(day("2026-11-27"), hour / 2), day("2026-11-27"), "the time was asked for");
        assert_eq!(seen.look(day("2026-11-25"), hour), day("2026-11-27"), "and set back a little");
        assert_eq!(seen.latest, day("2026-09-01"));
        assert_eq!(seen.look(day("2026-11-25"), hour * 3 / 2), day("2026-11-27"));
        assert_eq!(seen, Seen { latest: day("2026-11-27"), ahead: None });
    }

    #[test]
    fn a_damaged_file_is_told_and_can_be_reset() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(latest(folder.path()).unwrap(), None);
        for damaged in [&b""[..], b"2026-13-01\n", b"\xff\xff\0"] {
            std::fs::write(folder.path().join("day"), damaged).unwrap();
            assert!(Day::open(folder.path()).unwrap_err().to_string().contains("tamis day --reset"), "{damaged:?}");
        }
        reset(folder.path(), day("2026-11-27")).unwrap();
        assert_eq!(latest(folder.path()).unwrap(), Some(day("2026-11-27")));
    }

    proptest! {
        /// LAW: whatever clocks say and however often a process starts, the day is never before one that was kept, and what is kept
        /// never runs back.
        #[test]
        fn no_day_is_before_one_that_was_kept(clocks in proptest::collection::vec((0..4000_i64, 0..3000_u64, any::<bool>()), 1..40)) {
            let (first, mut now) = (day("2026-01-01"), Duration::ZERO);
            let mut seen: Option<Seen> = None;
            for (later, seconds, restarts) in clocks {
                now += Duration::from_secs(seconds);
                let clock = first.saturating_add(days(later));
                if let Some(seen) = seen.as_mut().filter(|_| restarts) {
                    seen.ahead = None;
                }
                let before = seen.map(|seen| seen.latest);
                let known = seen.get_or_insert(Seen { latest: clock, ahead: None });
                let on = known.look(clock, now);
                prop_assert!(on >= clock && on >= known.latest);
                prop_assert!(before.is_none_or(|before| before <= known.latest));
            }
        }
    }
}
