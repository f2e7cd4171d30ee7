//! Lanes: how far a source may acknowledge.

use super::receipt::Verdict;
use std::collections::VecDeque;
use std::sync::Arc;

/// Deliveries of one connection, file, partition or subject, in the order in which they were read. Positions are whatever the source
/// acknowledges by: an offset, a sequence number.
///
/// A lane ends with its first nack: the source reads anew from the last position that moved, on a new lane. What is still under
/// way of the old one may then arrive twice.
///
/// ```
/// use tamis::delivery::{Lane, Verdict};
/// let mut lane = Lane::new();
/// let (first, second) = (lane.open(10), lane.open(20));
/// lane.settle(second, Verdict::Ack);
/// assert_eq!(lane.advance(), None);
/// lane.settle(first, Verdict::Ack);
/// assert_eq!(lane.advance(), Some(20));
/// ```
#[derive(Debug)]
pub struct Lane<P> {
    entries: VecDeque<Entry<P>>,
    /// Number of the first entry.
    first: u64,
    in_flight: usize,
    stuck: bool,
    identity: Arc<()>,
}

#[derive(Debug)]
struct Entry<P> {
    position: P,
    verdict: Option<Verdict>,
}

/// A delivery's place in its lane. There is one of each, so that nothing is settled twice.
#[derive(Debug)]
#[must_use = "a delivery that is never settled holds its lane for ever"]
pub struct Ticket {
    lane: Arc<()>,
    number: u64,
}

impl<P> Default for Lane<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> Lane<P> {
    /// A lane without deliveries.
    pub fn new() -> Self {
        Self { entries: VecDeque::new(), first: 0, in_flight: 0, stuck: false, identity: Arc::new(()) }
    }

    /// The next delivery; `position` is what may be acknowledged once it and all before it are acked.
    pub fn open(&mut self, position: P) -> Ticket {
        let number = self.first + self.entries.len() as u64;
        self.entries.push_back(Entry { position, verdict: None });
        self.in_flight += 1;
        Ticket { lane: self.identity.clone(), number }
    }

    /// Takes note of what a delivery ended with. A ticket of another lane (a partition that was revoked and came back) is ignored.
    pub fn settle(&mut self, ticket: Ticket, verdict: Verdict) {
        if !Arc::ptr_eq(&ticket.lane, &self.identity) {
            return;
        }
        if let Some(entry) = self.entries.get_mut((ticket.number - self.first) as usize) {
            entry.verdict = Some(verdict);
            self.in_flight -= 1;
            self.stuck |= verdict == Verdict::Nack;
        }
    }

    /// The newest position that has nothing open or nacked before it, if it moved since the last call.
    pub fn advance(&mut self) -> Option<P> {
        let mut moved = None;
        while self.entries.front().is_some_and(|entry| entry.verdict == Some(Verdict::Ack)) {
            self.first += 1;
            moved = self.entries.pop_front().map(|entry| entry.position);
        }
        moved
    }

    /// What is left, in order: positions, and what deliveries ended with. The first is not acked.
    pub fn left(&self) -> impl Iterator<Item = (&P, Option<Verdict>)> {
        self.entries.iter().map(|entry| (&entry.position, entry.verdict))
    }

    /// Whether a delivery was nacked: what lies behind it can move no more.
    pub fn is_stuck(&self) -> bool {
        self.stuck
    }

    /// Deliveries that are not settled.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// LAW (contiguity): whatever the order of settling, the position is the newest one before the first that is not acked.
        #[test]
        fn a_position_moves_over_acked_deliveries_only(
            verdicts in proptest::collection::vec((0..8u8, any::<u32>()), 0..24),
            reading in proptest::collection::vec(any::<bool>(), 24),
        ) {
            let mut lane = Lane::new();
            let mut acked: Vec<Option<bool>> = vec![None; verdicts.len()];
            let mut tickets: Vec<_> = (0..verdicts.len()).map(|n| (verdicts[n].1, n, lane.open(n))).collect();
            tickets.sort_by_key(|ticket| (ticket.0, ticket.1));
            let mut at = None;
            for (step, (_, n, ticket)) in tickets.into_iter().enumerate() {
                let ack = verdicts[n].0 > 0;
                lane.settle(ticket, if ack { Verdict::Ack } else { Verdict::Nack });
                acked[n] = Some(ack);
                let right = acked.iter().take_while(|acked| **acked == Some(true)).count().checked_sub(1);
                if reading[step] || step + 1 == verdicts.len() {
                    let moved = lane.advance();
                    prop_assert_eq!(moved, right.filter(|right| Some(*right) != at));
                    at = moved.or(at);
                }
                prop_assert_eq!(lane.in_flight(), acked.iter().filter(|acked| acked.is_none()).count());
                prop_assert_eq!(lane.is_stuck(), acked.contains(&Some(false)));
            }
        }
    }

    #[test]
    fn a_ticket_of_a_lane_that_is_gone_settles_nothing() {
        let mut old = Lane::new();
        let late = old.open(1);
        let mut new = Lane::new();
        let _open = new.open(1);
        new.settle(late, Verdict::Ack);
        assert_eq!((new.advance(), new.in_flight()), (None, 1));
    }
}
