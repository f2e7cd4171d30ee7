//! Telling what plugins fail on: each failure is counted at once, and said by a plugin and cause at most once a minute.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::log::{Level, Said, say};
use super::metrics::Metrics;

/// A plugin that fails is told this often.
const EVERY: Duration = Duration::from_secs(60);

/// Whose failures are told together. Names of the configuration and codes: there are no more than these make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Of {
    route: String,
    purpose: String,
    plugin: String,
    cause: String,
}

/// What of it was told.
#[derive(Debug)]
struct Told {
    at: Option<Instant>,
    /// Events since then.
    since: u64,
}

/// What plugins failed on.
#[derive(Default)]
pub(super) struct Failing {
    all: Mutex<BTreeMap<Of, Told>>,
}

impl Failing {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Of, Told>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what one batch's plugins failed on (see [`Counts::failures`](crate::pipeline::Counts::failures)), and tells the first of
    /// it.
    pub(super) fn add(&self, metrics: &Metrics, route: &str, purpose: &str, failures: &BTreeMap<String, u64>) {
        if failures.is_empty() {
            return;
        }
        for (failure, events) in failures {
            let (plugin, cause) = failure.rsplit_once(": ").unwrap_or((failure, "unknown"));
            metrics.plugin_failed(route, purpose, (plugin, cause), *events);
            let [route, purpose, plugin, cause] = [route, purpose, plugin, cause].map(str::to_owned);
            let told = Told { at: None, since: 0 };
            self.lock().entry(Of { route, purpose, plugin, cause }).or_insert(told).since += events;
        }
        self.tell();
    }

    /// Tells what nobody was told for a minute.
    pub(super) fn tell(&self) {
        self.due(Instant::now(), EVERY).iter().for_each(line);
    }

    /// Tells what is left.
    pub(super) fn end(&self) {
        self.due(Instant::now(), Duration::ZERO).iter().for_each(line);
    }

    /// What was told so long ago, or never: with its events since.
    fn due(&self, now: Instant, every: Duration) -> Vec<(Of, u64)> {
        let mut all = self.lock();
        let is_due = |told: &Told| told.at.is_none_or(|at| now.saturating_duration_since(at) >= every);
        let due = all.iter_mut().filter(|(_, told)| told.since > 0 && is_due(told));
        due.map(|(of, told)| {
            told.at = Some(now);
            (of.clone(), std::mem::take(&mut told.since))
        })
        .collect()
    }
}

fn line((of, events): &(Of, u64)) {
    let fields = [
        ("route", Said::Name(&of.route)),
        ("purpose", Said::Name(&of.purpose)),
        ("plugin", Said::Name(&of.plugin)),
        ("cause", Said::Name(&of.cause)),
        ("events", Said::Number(*events)),
    ];
    say(Level::Warn, "plugin-failed", &fields);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LAW (told): the first failure is told at once, and every other within a minute, none twice; however many there are, in one line a
    /// minute for a plugin and cause.
    #[test]
    fn a_failure_is_told_at_once_and_then_once_a_minute() {
        let (failing, metrics) = (Failing::default(), Metrics::new(usize::MAX));
        let began = Instant::now();
        let mut said: Vec<(u64, String, u64)> = Vec::new();
        for second in 0..200 {
            // Before it is told: as `add` does with the time of now.
            for cause in ["trap", "deadline"].iter().take(if second < 130 { 1 } else { 2 }) {
                let of = |text: &str| text.to_owned();
                let of = Of { route: of("r"), purpose: of("p"), plugin: of("firm.sieve"), cause: of(cause) };
                failing.lock().entry(of).or_insert(Told { at: None, since: 0 }).since += 3;
            }
            let due = failing.due(began + Duration::from_secs(second), EVERY);
            said.extend(due.into_iter().map(|(of, events)| (second, of.cause, events)));
        }
        let expected = [
            (0, "trap", 3),
            (60, "trap", 180),
            (120, "trap", 180),
            (130, "deadline", 3),
            (180, "trap", 180),
            (190, "deadline", 180),
        ];
        assert_eq!(said, expected.map(|(at, cause, events)| (at, cause.to_owned(), events)));
        let left: u64 = failing.due(began, Duration::ZERO).iter().map(|(_, events)| events).sum();
        assert_eq!(left, 19 * 3 + 9 * 3);
        failing.add(&metrics, "r", "p", &[("firm.sieve: answer.row".to_owned(), 2)].into());
        assert_eq!(failing.due(Instant::now(), Duration::ZERO), [], "it was told");
    }
}
