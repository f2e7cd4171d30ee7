//! Samples of what leaves routes, for who may see them: so many events a second, for a while.
//!
//! INVARIANT (filtered only): what is tapped is [`Events`], which are made of nothing but filtered bytes. A tap holds nobody up: what it has
//! no room or no memory for is left out of the sample.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::delivery::branch::Payload as _;
use crate::delivery::{Budget, Reservation};
use crate::edge::sink::Events;

/// Taps that are open at a time.
const MOST: usize = 4;
/// Events that wait for who watches.
const WAITING: usize = 64;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) route: String,
    /// `None`: whatever for.
    pub(super) purpose: Option<String>,
    /// Events a second, at most.
    pub(super) rate: u32,
    pub(super) lasts: Duration,
}

impl Wanted {
    /// Reads the query of a request: `seconds=30&rate=10&purpose=security`.
    ///
    /// # Errors
    ///
    /// What is wrong, for its reader.
    pub(super) fn read(route: &str, query: &str) -> Result<Self, String> {
        let mut wanted = Self { route: route.to_owned(), purpose: None, rate: 10, lasts: Duration::from_secs(30) };
        for (key, value) in
            query.split('&').filter(|part| !part.is_empty()).map(|part| part.split_once('=').unwrap_or((part, "")))
        {
            let number = |most: u32| {
                let number = value.parse().ok().filter(|number| (1..=most).contains(number));
                number.ok_or_else(|| format!("{key} must be a whole number from 1 to {most}\n"))
            };
            match key {
                "seconds" => wanted.lasts = Duration::from_secs(number(600)?.into()),
                "rate" => wanted.rate = number(100)?,
                "purpose" => wanted.purpose = Some(value.to_owned()),
                _ => return Err("what can be said is seconds, rate and purpose\n".to_owned()),
            }
        }
        Ok(wanted)
    }
}

/// How many events may still go.
#[derive(Debug)]
struct Allowance {
    rate: u32,
    left: f64,
    at: Instant,
}

impl Allowance {
    fn new(rate: u32, now: Instant) -> Self {
        Self { rate, left: rate.into(), at: now }
    }

    /// Takes as many of `wanted` as may go. Never more than the rate at once.
    fn take(&mut self, wanted: usize, now: Instant) -> usize {
        let rate = f64::from(self.rate);
        self.left = (self.left + now.saturating_duration_since(self.at).as_secs_f64() * rate).min(rate);
        self.at = now;
        let taken = wanted.min(self.left as usize);
        self.left -= taken as f64;
        taken
    }
}

/// An event, and the memory that it takes until it is written.
pub(super) struct Tapped {
    pub(super) line: Bytes,
    _held: Reservation,
}

struct Tap {
    id: usize,
    wanted: Wanted,
    allowance: Allowance,
    send: Sender<Tapped>,
    sent: Arc<AtomicU64>,
}

/// A tap for who watches: what comes, and how many events that were.
pub(super) struct Opened {
    pub(super) id: usize,
    pub(super) receive: Receiver<Tapped>,
    pub(super) sent: Arc<AtomicU64>,
}

#[derive(Default)]
struct Open {
    taps: Vec<Tap>,
    last: usize,
    is_over: bool,
}

/// The taps that are open.
#[derive(Default)]
pub(super) struct Taps {
    /// How many: workers look at this alone while there is none.
    number: AtomicUsize,
    open: Mutex<Open>,
}

impl Taps {
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens one. `None`: there are enough, or everything ends.
    pub(super) fn open(&self, wanted: Wanted) -> Option<Opened> {
        let mut open = self.lock();
        if open.is_over || open.taps.len() >= MOST {
            return None;
        }
        let (send, receive) = channel(WAITING);
        open.last += 1;
        let id = open.last;
        let allowance = Allowance::new(wanted.rate, Instant::now());
        let sent = Arc::<AtomicU64>::default();
        open.taps.push(Tap { id, wanted, allowance, send, sent: sent.clone() });
        self.number.store(open.taps.len(), Ordering::Relaxed);
        Some(Opened { id, receive, sent })
    }

    /// Closes one: nothing more comes. Once is enough, and twice is no mistake.
    pub(super) fn close(&self, id: usize) {
        let mut open = self.lock();
        open.taps.retain(|tap| tap.id != id);
        self.number.store(open.taps.len(), Ordering::Relaxed);
    }

    /// No event goes to any tap from now on.
    pub(super) fn end(&self) {
        let mut open = self.lock();
        open.is_over = true;
        open.taps.clear();
        self.number.store(0, Ordering::Relaxed);
    }

    /// Shows the taps of a route some of what leaves it for a purpose.
    pub(super) fn offer(&self, route: &str, purpose: &str, events: &Events, budget: &Budget) {
        if self.number.load(Ordering::Relaxed) == 0 {
            return;
        }
        let now = Instant::now();
        let is_of =
            |wanted: &Wanted| wanted.route == route && wanted.purpose.as_deref().is_none_or(|own| own == purpose);
        for tap in self.lock().taps.iter_mut().filter(|tap| is_of(&tap.wanted)) {
            let taken = tap.allowance.take(events.events(), now);
            // Spread over the batch: its first events would be those of whoever writes most at its beginning.
            let step = events.events().checked_div(taken).unwrap_or(1).max(1);
            for event in events.iter().step_by(step).take(taken) {
                let Some(held) = budget.reserve(event.len() + 1) else { continue };
                let line = Bytes::from([event, b"\n"].concat());
                let is_sent = tap.send.try_send(Tapped { line, _held: held }).is_ok();
                tap.sent.fetch_add(is_sent.into(), Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Sanitized;

    fn wanted(route: &str, rate: u32) -> Wanted {
        Wanted { route: route.into(), purpose: Some("security".into()), rate, lasts: Duration::from_secs(1) }
    }

    /// LAW: in no span of time go more events than the rate allows, and one second's worth beside.
    #[test]
    fn no_more_go_than_the_rate_allows() {
        let began = Instant::now();
        let mut allowance = Allowance::new(10, began);
        let mut taken = Vec::new();
        for tenths in 0..100u32 {
            taken.push(allowance.take(7, began + Duration::from_millis(100) * tenths));
        }
        for from in 0..taken.len() {
            for to in from..taken.len() {
                let total: usize = taken[from..=to].iter().sum();
                assert!(total <= 10 + (to - from) + 1, "{from}..={to}: {total}");
            }
        }
        assert!(taken.iter().sum::<usize>() >= 100);
        assert_eq!(allowance.take(1000, began + Duration::from_secs(10_000)), 10, "silence saves nothing up");
    }

    #[test]
    fn a_tap_shows_its_route_and_purpose_and_ends() {
        let (taps, budget) = (Taps::default(), Budget::new(1000));
        let events = Events::new(Arc::new(Sanitized::of_test("a\nb\nc\nd\n")), None);
        let Opened { id, mut receive, sent } = taps.open(wanted("staff", 2)).unwrap();
        taps.offer("other", "security", &events, &budget);
        taps.offer("staff", "compliance", &events, &budget);
        assert!(receive.try_recv().is_err());
        taps.offer("staff", "security", &events, &budget);
        let mut shown = Vec::new();
        while let Ok(tapped) = receive.try_recv() {
            shown.extend_from_slice(&tapped.line);
        }
        assert_eq!(shown, b"a\nc\n");
        assert_eq!((budget.used(), sent.load(Ordering::Relaxed)), (0, 2));
        taps.close(id);
        assert!(receive.blocking_recv().is_none());
        let all: Vec<_> = std::iter::from_fn(|| taps.open(wanted("staff", 1))).collect();
        assert_eq!(all.len(), MOST);
        all.iter().for_each(|opened| taps.close(opened.id));
        let mut receive = taps.open(wanted("staff", 1)).unwrap().receive;
        taps.end();
        assert!(receive.blocking_recv().is_none() && taps.open(wanted("staff", 1)).is_none());
    }

    #[test]
    fn a_tap_takes_no_memory_that_is_not_there() {
        let (taps, budget) = (Taps::default(), Budget::new(3));
        let opened = taps.open(wanted("staff", 100)).unwrap();
        taps.offer("staff", "security", &Events::new(Arc::new(Sanitized::of_test("a\nb\nc\n")), None), &budget);
        assert_eq!((opened.receive.len(), budget.used(), opened.sent.load(Ordering::Relaxed)), (1, 2, 1));
    }

    #[test]
    fn what_is_asked_for_has_bounds() {
        let read = |query| Wanted::read("staff", query);
        assert_eq!(read("").unwrap().rate, 10);
        let asked = read("rate=100&seconds=600&purpose=security").unwrap();
        assert_eq!(asked, Wanted { lasts: Duration::from_secs(600), ..wanted("staff", 100) });
        for wrong in ["rate=0", "rate=101", "seconds=601", "seconds=", "rate=-1", "x=1", "rate"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
