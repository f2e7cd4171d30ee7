//! How a branch gathers, repeats and pauses.

use std::time::Duration;

/// What a branch is told by its configuration.
#[derive(Clone, Debug)]
pub struct Options {
    /// When a request is full.
    pub batch: Batch,
    /// Most requests under way at once, at least one.
    pub in_flight: usize,
    /// Whether events arrive in the order in which they were offered: one request at a time, and one that is to be sent again holds
    /// back all behind it. `in_flight` counts for nothing then. A sink that takes some events of a request and not others breaks the
    /// order itself.
    pub ordered: bool,
    /// How requests are sent again.
    pub retry: Retry,
    /// Most bytes it holds, under way or not. One payload is taken whatever its size when it holds none.
    pub capacity: usize,
    /// Whether a full branch holds its sources. One that is not required drops what comes then, and counts it.
    pub required: bool,
    /// When it leaves a failing sink alone.
    pub breaker: Breaking,
}

/// When a request is full. One event goes whatever its size.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Most events.
    pub events: usize,
    /// Most bytes, before the sink's encoding.
    pub bytes: usize,
    /// Longest time that an event waits for others.
    pub age: Duration,
}

/// Pauses before a request is sent again grow from `first` to `most`, each drawn anew between nothing and its full length.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Longest first pause.
    pub first: Duration,
    /// Longest pause.
    pub most: Duration,
    /// Age at which an event is sent no more when its request fails. It is tried once whatever its age.
    pub until: Duration,
}

impl Retry {
    /// The pause before a request that was sent `attempts` times.
    pub(super) fn pause(&self, attempts: u32, rng: &mut fastrand::Rng) -> Duration {
        let longest = doubled(self.first, attempts.saturating_sub(1), self.most);
        Duration::from_nanos(rng.u64(0..=u64::try_from(longest.as_nanos()).unwrap_or(u64::MAX)))
    }
}

/// After `failures` requests in a row that got no answer or a retryable one, one request at a time is tried, with pauses between
/// that grow from `first` to `most`. The first answer of another kind ends it.
#[derive(Clone, Debug)]
pub struct Breaking {
    /// Failures in a row, at least one.
    pub failures: u32,
    /// First pause.
    pub first: Duration,
    /// Longest pause.
    pub most: Duration,
}

/// `first`, doubled so many times, but at most `most`.
pub(super) fn doubled(first: Duration, times: u32, most: Duration) -> Duration {
    first.saturating_mul(1_u32.checked_shl(times).unwrap_or(u32::MAX)).min(most)
}
