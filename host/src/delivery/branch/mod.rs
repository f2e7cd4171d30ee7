//! Branches: one sink for one purpose, from what passed the filter to what the sink confirmed.

mod answer;
mod breaker;
mod counts;
mod options;
mod request;
#[cfg(test)]
mod tests;

pub use answer::{Answer, ItemAnswer, Reason, Reject};
pub use counts::Counts;
pub use options::{Batch, Breaking, Options, Retry};
pub use request::{Parcel, Payload, Request};

use super::{Fate, Part};
use breaker::Breaker;
use request::Load;
use std::collections::VecDeque;
use std::time::Duration;

/// Gathers payloads into requests, repeats what failed and only that, and resolves each part when its events are final.
///
/// It holds all payloads until then, also those of requests under way; whoever runs it sends what [`Branch::next`] gives, tells
/// every answer by [`Branch::answer`], and asks again after each call and at the time it was told. Times are since a start of the
/// caller's choice, by a clock that never runs back.
#[derive(Debug)]
pub struct Branch<T> {
    options: Options,
    breaker: Breaker,
    queue: VecDeque<Parcel<T>>,
    /// To be sent again: in order, or of any order where the sink needs none.
    again: VecDeque<Request<T>>,
    flights: Vec<Request<T>>,
    queued: Load,
    held: Load,
    ids: u64,
    deadline: Option<Duration>,
    /// What was made before this number is not sent any more.
    since: u64,
    counts: Counts,
}

/// What there is to do.
#[derive(Debug)]
pub enum Next<'a, T> {
    /// Send this, and tell the answer by its id.
    Send(&'a Request<T>),
    /// Nothing before this time.
    Wait(Duration),
    /// Nothing before the next offer or answer.
    Idle,
}

impl<T: Payload> Branch<T> {
    /// An empty branch.
    pub fn new(options: Options) -> Self {
        Self {
            breaker: Breaker::new(options.breaker.clone()),
            options,
            queue: VecDeque::new(),
            again: VecDeque::new(),
            flights: Vec::new(),
            queued: Load::default(),
            held: Load::default(),
            ids: 0,
            deadline: None,
            since: 0,
            counts: Counts::default(),
        }
    }

    /// Takes a payload. A branch that is not required and has no room drops it.
    ///
    /// # Errors
    /// Gives both back where a required branch has no room (hold the source and offer again after the next answer), or it drains.
    pub fn offer(&mut self, now: Duration, payload: T, part: Part) -> Result<(), (T, Part)> {
        let load = Load::of(&payload);
        if payload.made() < self.since {
            self.counts.taken += load.events as u64;
            self.counts.discarded += load.events as u64;
            // The part goes with it: its source gives the events again.
            return Ok(());
        }
        let full = self.held.events > 0 && self.held.bytes.saturating_add(load.bytes) > self.options.capacity;
        if self.deadline.is_some() || full && self.options.required {
            return Err((payload, part));
        }
        self.counts.taken += load.events as u64;
        if full {
            self.counts.dropped += load.events as u64;
            part.resolve(Fate::Dropped);
        } else if load.events == 0 {
            part.resolve(Fate::Delivered);
        } else {
            self.held.add(load);
            self.queued.add(load);
            self.queue.push_back(Parcel { payload, part, came: now });
        }
        Ok(())
    }

    /// What there is to do now.
    pub fn next(&mut self, now: Duration) -> Next<'_, T> {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.give_up();
        }
        if self.held.events == 0 {
            return Next::Idle;
        }
        let most = if self.options.ordered || self.breaker.is_open() { 1 } else { self.options.in_flight.max(1) };
        let ready = self.ready().filter(|_| self.flights.len() < most).map(|ready| ready.max(self.breaker.until()));
        match [ready, self.deadline].into_iter().flatten().min() {
            None => Next::Idle,
            Some(at) if at > now => Next::Wait(at),
            Some(_) => {
                let mut request = self.form(now);
                self.ids += 1;
                request.id = self.ids;
                request.attempts += 1;
                request.sent = now;
                self.flights.push(request);
                Next::Send(&self.flights[self.flights.len() - 1])
            }
        }
    }

    /// When a request can be formed, as far as the events are concerned.
    fn ready(&self) -> Option<Duration> {
        let batch = &self.options.batch;
        let full = self.queued.events >= batch.events || self.queued.bytes >= batch.bytes || self.deadline.is_some();
        let gathered =
            self.queue.front().map(|oldest| if full { Duration::ZERO } else { oldest.came.saturating_add(batch.age) });
        if self.options.ordered {
            return self.again.front().map(|request| request.due).or(gathered);
        }
        self.again.iter().map(|request| request.due).chain(gathered).min()
    }

    /// The request that is to go next.
    fn form(&mut self, now: Duration) -> Request<T> {
        let again =
            if self.options.ordered { Some(0) } else { self.again.iter().position(|request| request.due <= now) };
        again.and_then(|at| self.again.remove(at)).unwrap_or_else(|| Request::new(self.gather()))
    }

    /// Parcels of the queue that make a batch; at least one event.
    fn gather(&mut self) -> Vec<Parcel<T>> {
        let (most, mut load, mut parcels) = (self.options.batch.clone(), Load::default(), Vec::new());
        while let Some(mut parcel) = self.queue.pop_front() {
            self.queued.sub(Load::of(&parcel.payload));
            let fits = |payload: &T| {
                load.events + payload.events() <= most.events && load.bytes + payload.bytes() <= most.bytes
            };
            if !fits(&parcel.payload) && !parcels.is_empty() {
                self.requeue(parcel);
                break;
            }
            while !fits(&parcel.payload) && parcel.payload.events() > 1 {
                let half = (parcel.payload.events() / 2).min(most.events.max(1));
                let rest = self.recount(&mut parcel, |parcel| parcel.split_off(half));
                self.requeue(rest);
            }
            load.add(Load::of(&parcel.payload));
            parcels.push(parcel);
        }
        parcels
    }

    fn requeue(&mut self, parcel: Parcel<T>) {
        self.queued.add(Load::of(&parcel.payload));
        self.queue.push_front(parcel);
    }

    /// No more offers; all that is held goes without waiting for company. What is not final at the deadline is given up: its
    /// deliveries are nacked, and [`Branch::next`] is idle.
    pub fn drain(&mut self, deadline: Duration) {
        self.deadline = Some(deadline);
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.held.events == 0
    }

    /// A policy narrowed: what was filtered under what was in force before this number is not sent any more. What waits is given
    /// back, and so is what comes late, or was under way in vain: a source that can give it again has it filtered anew.
    pub fn discard(&mut self, before: u64) {
        self.since = self.since.max(before);
        let queue = std::mem::take(&mut self.queue).into();
        self.queue = self.still_sent(queue).into();
        let loads = self.queue.iter().map(|parcel| Load::of(&parcel.payload));
        self.queued = loads.fold(Load::default(), |mut sum, load| {
            sum.add(load);
            sum
        });
        for mut request in std::mem::take(&mut self.again) {
            request.parcels = self.still_sent(request.parcels);
            if !request.parcels.is_empty() {
                self.again.push_back(request);
            }
        }
    }

    /// Gives back those of these parcels that are not sent any more.
    fn still_sent(&mut self, parcels: Vec<Parcel<T>>) -> Vec<Parcel<T>> {
        let (sent, back): (Vec<_>, Vec<_>) =
            parcels.into_iter().partition(|parcel| parcel.payload.made() >= self.since);
        for parcel in back {
            let load = Load::of(&parcel.payload);
            self.held.sub(load);
            self.counts.discarded += load.events as u64;
        }
        sent
    }

    fn give_up(&mut self) {
        self.counts.given_up += self.held.events as u64;
        (self.held, self.queued) = (Load::default(), Load::default());
        self.queue.clear();
        self.again.clear();
        self.flights.clear();
    }
}
