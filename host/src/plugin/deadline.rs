//! How long a guest may run: measured in processor time of the calling thread, so that load alone fails nobody.
//!
//! The engine's clock only says when to look. Each time as many ticks have passed as the guest has time left, the thread's
//! own clock is read, and the guest goes on for what it has not used yet. Ticks are counted as well: a thread that gets no
//! processor at all still comes to an end.

use super::engine::TICK;
use std::time::Duration;

/// The deadline of one call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    /// Processor time of the thread at which the call has used up its time.
    end: Duration,
    /// Ticks that the call may still be granted.
    left: u64,
}

impl Deadline {
    /// A deadline that has passed.
    pub(super) fn passed() -> Self {
        Self { end: Duration::ZERO, left: 0 }
    }

    /// A call on this thread that may take so much processor time, and last so many times as long; with the ticks after
    /// which to look.
    pub(super) fn start(time: Duration, patience: u32) -> (Self, u64) {
        let first = ticks(time);
        let left = first.saturating_mul(u64::from(patience.saturating_sub(1)));
        (Self { end: used().saturating_add(time), left }, first)
    }

    /// More ticks for a call that has not used up its time; `None` where it has.
    pub(super) fn extend(&mut self) -> Option<u64> {
        let rest = self.end.checked_sub(used()).filter(|rest| !rest.is_zero())?;
        let more = ticks(rest).min(self.left);
        self.left -= more;
        (more > 0).then_some(more)
    }
}

/// Ticks that are at least `time`: one more than fit, since the current one has partly passed.
fn ticks(time: Duration) -> u64 {
    let whole = time.as_millis().div_ceil(TICK.as_millis());
    u64::try_from(whole).unwrap_or(u64::MAX / 2).saturating_add(1)
}

/// Processor time that this thread has used. Where the system does not tell, nothing is ever used, and ticks alone end a call.
pub(super) fn used() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a whole `timespec` that lives through the call, which writes to nothing else.
    let told = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    if told != 0 {
        return Duration::ZERO;
    }
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_never_earlier_than_asked() {
        for ms in [0, 1, 9, 10, 11, 250, 1000] {
            let asked = Duration::from_millis(ms);
            // The running tick may end at once, so one tick is not worth its length.
            assert!(TICK * u32::try_from(ticks(asked) - 1).unwrap() >= asked);
        }
    }

    #[test]
    fn a_thread_that_waits_uses_nothing_and_still_ends() {
        let time = Duration::from_millis(40);
        let (mut deadline, first) = Deadline::start(time, 3);
        let mut granted = first;
        while let Some(more) = deadline.extend() {
            assert!(more > 0);
            granted += more;
        }
        assert_eq!(granted, first * 3, "three times its deadline, and no more");
    }

    #[test]
    fn a_thread_that_works_is_out_of_time() {
        let (mut deadline, _) = Deadline::start(Duration::from_millis(20), 20);
        let begin = used();
        while used() - begin < Duration::from_millis(20) {
            std::hint::spin_loop();
        }
        assert_eq!(deadline.extend(), None);
        assert_eq!(Deadline::passed().extend(), None);
    }
}
