//! What sinks answer, and what a branch makes of it.

use super::Branch;
use super::request::{Load, Parcel, Payload, Request};
use crate::delivery::Fate;
use std::time::Duration;

/// A sink that asks for a longer pause is asked again then: one slip of it must not hold events for days.
const AFTER_MAX: Duration = Duration::from_secs(3600);

/// What a sink answered to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All of it is safe there.
    Delivered,
    /// Not now. The sink may say after how long; what it says counts up to an hour, and up to the age at which retries end.
    Retry {
        /// Shortest pause.
        after: Option<Duration>,
    },
    /// Never, for none of it.
    Rejected,
    /// Not as one request: it is halved until it is one event, and that one is rejected. Also for sinks that refuse a whole
    /// request for one event's sake.
    TooLarge,
    /// Item by item. An item that is not named was not answered: it is sent again.
    Partial(Vec<(usize, ItemAnswer)>),
    /// All of it but so many events, which are refused for good. Which they are is not said: they are counted, and nothing is sent
    /// again.
    Short(u64),
    /// None: cut, or not in time. It may have arrived all the same.
    Lost,
}

/// What a sink answered for one event of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemAnswer {
    /// It is safe there.
    Delivered,
    /// Not now.
    Retry,
    /// Never.
    Rejected,
}

/// Events that the sink will not get. Seal them and resolve the part [`Quarantined`](crate::delivery::Fate::Quarantined), or
/// discard them and resolve it [`Rejected`](crate::delivery::Fate::Rejected).
#[derive(Debug)]
#[must_use = "dropped, it makes its delivery a nack, and the source gives it again"]
pub struct Reject<T> {
    /// The events, their part and when they came.
    pub parcel: Parcel<T>,
    /// Why.
    pub reason: Reason,
}

/// Why a branch gives events up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The sink refused them for good.
    Refused,
    /// One event was too large for the sink.
    TooLarge,
    /// Their age ended the retries.
    TooOld,
}

impl<T: Payload> Branch<T> {
    /// Takes something out of a parcel that stays: both may hold more bytes than the one did.
    pub(super) fn recount(
        &mut self,
        parcel: &mut Parcel<T>,
        out: impl FnOnce(&mut Parcel<T>) -> Parcel<T>,
    ) -> Parcel<T> {
        self.held.sub(Load::of(&parcel.payload));
        let taken = out(parcel);
        self.held.add(Load::of(&parcel.payload));
        self.held.add(Load::of(&taken.payload));
        taken
    }

    /// Takes note of a request's answer. A late or repeated one, to a request that was answered before, changes nothing. What it
    /// returns the sink will not get; it has left the branch.
    pub fn answer(&mut self, now: Duration, id: u64, answer: Answer, rng: &mut fastrand::Rng) -> Vec<Reject<T>> {
        let Some(at) = self.flights.iter().position(|request| request.id == id) else { return Vec::new() };
        let request = self.flights.remove(at);
        let sent = request.sent;
        match &answer {
            Answer::Retry { .. } | Answer::Lost => self.breaker.failed(now, sent),
            Answer::Partial(items) if items.iter().all(|(_, item)| *item == ItemAnswer::Retry) => {
                self.breaker.failed(now, sent);
            }
            _ => self.breaker.succeeded(),
        }
        match answer {
            Answer::Delivered => {
                request.parcels.into_iter().for_each(|parcel| self.deliver(parcel));
                Vec::new()
            }
            Answer::Short(rejected) => {
                let rejected = rejected.min(request.events() as u64);
                request.parcels.into_iter().for_each(|parcel| self.deliver(parcel));
                self.counts.delivered -= rejected;
                self.counts.rejected += rejected;
                Vec::new()
            }
            Answer::Retry { after } => self.retry(now, request, after, rng),
            Answer::Lost => {
                self.counts.lost += 1;
                self.retry(now, request, None, rng)
            }
            Answer::Rejected => self.reject(request.parcels, Reason::Refused),
            Answer::TooLarge if request.events() == 1 => self.reject(request.parcels, Reason::TooLarge),
            Answer::TooLarge => {
                self.halve(now, request);
                Vec::new()
            }
            Answer::Partial(items) => self.partial(now, request, &items, rng),
        }
    }

    fn deliver(&mut self, parcel: Parcel<T>) {
        let load = Load::of(&parcel.payload);
        self.held.sub(load);
        self.counts.delivered += load.events as u64;
        parcel.part.resolve(Fate::Delivered);
    }

    fn reject(&mut self, parcels: Vec<Parcel<T>>, reason: Reason) -> Vec<Reject<T>> {
        for parcel in &parcels {
            let load = Load::of(&parcel.payload);
            self.held.sub(load);
            self.counts.rejected += load.events as u64;
        }
        parcels.into_iter().map(|parcel| Reject { parcel, reason }).collect()
    }

    /// To be sent again, less what is too old for that.
    fn retry(
        &mut self,
        now: Duration,
        mut request: Request<T>,
        after: Option<Duration>,
        rng: &mut fastrand::Rng,
    ) -> Vec<Reject<T>> {
        let until = self.options.retry.until;
        let (old, young) =
            self.still_sent(request.parcels).into_iter().partition(|parcel| now.saturating_sub(parcel.came) >= until);
        request.parcels = young;
        if !request.parcels.is_empty() {
            self.counts.retried += request.events() as u64;
            let pause = self.options.retry.pause(request.attempts, rng);
            request.due = now.saturating_add(pause.max(after.unwrap_or_default().min(until).min(AFTER_MAX)));
            self.again.push_front(request);
        }
        self.reject(old, Reason::TooOld)
    }

    /// Two requests of half the events each, to go at once.
    fn halve(&mut self, now: Duration, mut request: Request<T>) {
        let parcels = self.still_sent(std::mem::take(&mut request.parcels));
        let events: usize = parcels.iter().map(|parcel| parcel.payload.events()).sum();
        let (mut left, mut second) = (events / 2, Vec::new());
        for mut parcel in parcels {
            let events = parcel.payload.events();
            if left >= events {
                request.parcels.push(parcel);
            } else if left == 0 {
                second.push(parcel);
            } else {
                second.push(self.recount(&mut parcel, |parcel| parcel.split_off(left)));
                request.parcels.push(parcel);
            }
            left = left.saturating_sub(events);
        }
        request.due = now;
        let second = Request { due: now, attempts: request.attempts, ..Request::new(second) };
        // Of one event the first half is none.
        let halves = [second, request].into_iter().filter(|half| !half.parcels.is_empty());
        halves.for_each(|half| self.again.push_front(half));
    }

    fn partial(
        &mut self,
        now: Duration,
        mut request: Request<T>,
        items: &[(usize, ItemAnswer)],
        rng: &mut fastrand::Rng,
    ) -> Vec<Reject<T>> {
        let mut answers = vec![ItemAnswer::Retry; request.events()];
        for (item, answer) in items {
            if let Some(known) = answers.get_mut(*item) {
                *known = *answer;
            }
        }
        let (mut again, mut rejected) = (Vec::new(), Vec::new());
        for mut parcel in std::mem::take(&mut request.parcels) {
            let rest = answers.split_off(parcel.payload.events());
            for (kind, out) in [(ItemAnswer::Rejected, &mut rejected), (ItemAnswer::Retry, &mut again)] {
                let events: Vec<usize> = (0..answers.len()).filter(|event| answers[*event] == kind).collect();
                answers.retain(|answer| *answer != kind);
                if !events.is_empty() {
                    out.push(self.recount(&mut parcel, |parcel| parcel.take(&events)));
                }
            }
            self.deliver(parcel);
            answers = rest;
        }
        request.parcels = again;
        let mut rejected = self.reject(rejected, Reason::Refused);
        rejected.extend(self.retry(now, request, None, rng));
        rejected
    }
}
