//! What a branch says of itself.

use super::Branch;
use super::request::{Payload, Request};
use std::time::Duration;

/// What a branch holds and what became of events. Those that were taken are delivered, rejected, dropped, discarded, given up, queued or in
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
    /// Events that were dropped: no room.
    pub dropped: u64,
    /// Events that were given back because a policy narrowed since they were filtered.
    pub discarded: u64,
    /// Events that were left to their sources at the end of a drain.
    pub given_up: u64,
    /// Requests without an answer.
    pub lost: u64,
}

impl<T: Payload> Branch<T> {
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
