//! Branches: one sink for one purpose, from what passed the filter to what the sink confirmed.

mod breaker;
mod options;
mod request;
#[cfg(test)]
mod tests;

pub use options::{Batch, Breaking, Options, Retry};
pub use request::{Answer, ItemAnswer, Parcel, Payload, Reason, Reject, Request};

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

/// What a branch holds and what became of events. Those that were taken are delivered, rejected, dropped, given up, queued or in
/// flight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events that are not under way.
    pub queued_events: usize,
    /// Their bytes.
    pub queued_bytes: usize,
    /// Requests under way.
    pub in_flight_requests: usize,
    /// Events under way.
    pub in_flight_events: usize,
    /// Age of the oldest event it holds.
    pub oldest: Option<Duration>,
    /// Whether the circuit breaker tries one request at a time.
    pub open: bool,
    /// Events that were taken.
    pub taken: u64,
    /// Events that the sink confirmed.
    pub delivered: u64,
    /// Events that were to be sent again, each time counted.
    pub retried: u64,
    /// Events that were handed out as [`Reject`]s.
    pub rejected: u64,
    /// Events that were dropped: no room, or discarded.
    pub dropped: u64,
    /// Events that were left to their sources at the end of a drain.
    pub given_up: u64,
    /// Requests without an answer.
    pub lost: u64,
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
            counts: Counts::default(),
        }
    }

    /// Takes a payload. A branch that is not required and has no room drops it.
    ///
    /// # Errors
    /// Gives both back where a required branch has no room (hold the source and offer again after the next answer), or it drains.
    pub fn offer(&mut self, now: Duration, payload: T, part: Part) -> Result<(), (T, Part)> {
        let load = Load::of(&payload);
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
        let gathered = self.queue.front().map(|oldest| if full { Duration::ZERO } else { oldest.came + batch.age });
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

    /// Takes something out of a parcel that stays: both may hold more bytes than the one did.
    fn recount(&mut self, parcel: &mut Parcel<T>, out: impl FnOnce(&mut Parcel<T>) -> Parcel<T>) -> Parcel<T> {
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
        let (old, young) = request.parcels.into_iter().partition(|parcel| now.saturating_sub(parcel.came) >= until);
        request.parcels = young;
        if !request.parcels.is_empty() {
            self.counts.retried += request.events() as u64;
            let pause = self.options.retry.pause(request.attempts, rng);
            request.due = now.saturating_add(pause.max(after.unwrap_or_default().min(until)));
            self.again.push_front(request);
        }
        self.reject(old, Reason::TooOld)
    }

    /// Two requests of half the events each, to go at once.
    fn halve(&mut self, now: Duration, mut request: Request<T>) {
        let (mut left, mut second) = (request.events() / 2, Vec::new());
        for mut parcel in std::mem::take(&mut request.parcels) {
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
        self.again.push_front(second);
        self.again.push_front(request);
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

    /// No more offers; all that is held goes without waiting for company. What is not final at the deadline is given up: its
    /// deliveries are nacked, and [`Branch::next`] is idle.
    pub fn drain(&mut self, deadline: Duration) {
        self.deadline = Some(deadline);
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.held.events == 0
    }

    /// Drops what is not under way, as final: a policy narrowed, and what it let through before must not go.
    pub fn discard(&mut self) {
        let waiting = self.again.drain(..).flat_map(|request| request.parcels);
        for parcel in waiting.chain(self.queue.drain(..)) {
            let load = Load::of(&parcel.payload);
            self.held.sub(load);
            self.counts.dropped += load.events as u64;
            parcel.part.resolve(Fate::Dropped);
        }
        self.queued = Load::default();
    }

    fn give_up(&mut self) {
        self.counts.given_up += self.held.events as u64;
        (self.held, self.queued) = (Load::default(), Load::default());
        self.queue.clear();
        self.again.clear();
        self.flights.clear();
    }

    /// What it holds now, and what became of events since it was made.
    pub fn counts(&self, now: Duration) -> Counts {
        let in_flight_events = self.flights.iter().map(Request::events).sum();
        let in_flight_bytes: usize = self.flights.iter().flat_map(Request::payloads).map(Payload::bytes).sum();
        let requests = self.flights.iter().chain(&self.again);
        let oldest = requests.flat_map(|request| &request.parcels).chain(self.queue.front()).map(|p| p.came).min();
        Counts {
            queued_events: self.held.events - in_flight_events,
            queued_bytes: self.held.bytes - in_flight_bytes,
            in_flight_requests: self.flights.len(),
            in_flight_events,
            oldest: oldest.map(|came| now.saturating_sub(came)),
            open: self.breaker.is_open(),
            ..self.counts.clone()
        }
    }
}
