//! The circuit breaker of a branch.

use super::options::{Breaking, doubled};
use std::time::Duration;

/// Whether a sink is tried, by how its last requests ended.
#[derive(Debug)]
pub(super) struct Breaker {
    options: Breaking,
    failures: u32,
    /// When the last failure was that counted.
    failed: Duration,
    until: Duration,
}

impl Breaker {
    pub(super) fn new(options: Breaking) -> Self {
        Self { options, failures: 0, failed: Duration::ZERO, until: Duration::ZERO }
    }

    /// One request at a time then.
    pub(super) fn is_open(&self) -> bool {
        self.failures >= self.options.failures.max(1)
    }

    /// No request is sent before.
    pub(super) fn until(&self) -> Duration {
        self.until
    }

    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
        self.until = Duration::ZERO;
    }

    /// A request failed that was sent then. Requests that were under way together when the circuit opened are one failure.
    pub(super) fn failed(&mut self, now: Duration, sent: Duration) {
        if self.is_open() && sent < self.failed {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        self.failed = now;
        if self.is_open() {
            let trials = self.failures - self.options.failures.max(1);
            self.until = now.saturating_add(doubled(self.options.first, trials, self.options.most));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_trial_to_trial_and_one_success_ends_them() {
        let seconds = Duration::from_secs;
        let mut breaker = Breaker::new(Breaking { failures: 3, first: seconds(1), most: seconds(5) });
        for now in 1..=3 {
            assert!(!breaker.is_open());
            breaker.failed(seconds(now), seconds(0));
        }
        let mut pauses = Vec::new();
        for _ in 0..5 {
            assert!(breaker.is_open());
            let now = breaker.until();
            // One that was sent before the circuit opened changes nothing.
            breaker.failed(now, seconds(1));
            assert_eq!(breaker.until(), now);
            breaker.failed(now, now);
            pauses.push((breaker.until() - now).as_secs());
        }
        assert_eq!(pauses, [2, 4, 5, 5, 5]);
        breaker.succeeded();
        assert!(!breaker.is_open());
        assert_eq!(breaker.until(), seconds(0));
    }
}
