//! Partitions that a consumer was given: how far each is acknowledged, and which are to be read again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::delivery::{Lane, Ticket, Verdict};

/// Pause after a delivery that has to be given again.
const AGAIN: Duration = Duration::from_secs(1);

/// Number of the topic in the configuration, and of the partition in the topic.
pub(super) type At = (usize, i32);

/// Partitions. Positions are offsets of the first record that is not acknowledged.
#[derive(Debug, Default)]
pub(super) struct Partitions(BTreeMap<At, Partition>);

#[derive(Debug, Default)]
struct Partition {
    lane: Lane<i64>,
    /// Everything before is acknowledged. `None`: nothing was read yet.
    safe: Option<i64>,
    /// What the group knows of it.
    committed: Option<i64>,
    is_paused: bool,
    /// When it is read again from its position.
    again: Option<Instant>,
}

impl Partitions {
    /// A partition is ours. Verdicts on what was read of it before count no more.
    pub(super) fn assign(&mut self, at: At) {
        self.0.insert(at, Partition::default());
    }

    /// It is ours no more.
    pub(super) fn revoke(&mut self, at: At) {
        self.0.remove(&at);
    }

    /// A delivery of records from `first` to before `next`. `None`: the partition is not ours, or is to be read again from before them.
    pub(super) fn open(&mut self, at: At, first: i64, next: i64) -> Option<Ticket> {
        let partition = self.0.get_mut(&at)?;
        if partition.safe.is_none() {
            (partition.safe, partition.committed) = (Some(first), Some(first));
        }
        (!partition.lane.is_stuck()).then(|| partition.lane.open(next))
    }

    /// Takes note of what became of a delivery.
    pub(super) fn settle(&mut self, at: At, ticket: Ticket, verdict: Verdict, now: Instant) {
        let Some(partition) = self.0.get_mut(&at) else { return };
        partition.lane.settle(ticket, verdict);
        partition.safe = partition.lane.advance().or(partition.safe);
        if partition.lane.is_stuck() && partition.lane.in_flight() == 0 {
            partition.again.get_or_insert(now + AGAIN);
        }
    }

    /// Records that were given and not taken are to be given again.
    pub(super) fn refuse(&mut self, at: At, first: i64, now: Instant) {
        if let Some(ticket) = self.open(at, first, first) {
            self.settle(at, ticket, Verdict::Nack, now);
        }
    }

    /// Deliveries that are not settled.
    pub(super) fn in_flight(&self) -> usize {
        self.0.values().map(|partition| partition.lane.in_flight()).sum()
    }

    /// Whether nothing of these is under way, and the group knows how far they are.
    pub(super) fn is_done(&self, of: impl Fn(&At) -> bool) -> bool {
        let is_done = |partition: &Partition| partition.lane.in_flight() == 0 && partition.safe == partition.committed;
        self.0.iter().filter(|(at, _)| of(at)).all(|(_, partition)| is_done(partition))
    }

    /// Positions that the group does not know.
    pub(super) fn uncommitted(&self) -> Vec<(At, i64)> {
        let moved = self.0.iter().filter(|(_, partition)| partition.safe != partition.committed);
        moved.filter_map(|(at, partition)| Some((*at, partition.safe?))).collect()
    }

    /// The group knows a position.
    pub(super) fn committed(&mut self, at: At, position: i64) {
        if let Some(partition) = self.0.get_mut(&at) {
            partition.committed = Some(position);
        }
    }

    /// Partitions that are to be paused, or to go on, from now on. What is to be read again pauses whether others do or not.
    pub(super) fn turn(&mut self, pause: bool) -> (Vec<At>, Vec<At>) {
        let (mut stop, mut go) = (Vec::new(), Vec::new());
        for (at, partition) in &mut self.0 {
            let wanted = pause || partition.lane.is_stuck();
            if wanted != partition.is_paused {
                partition.is_paused = wanted;
                if wanted { stop.push(*at) } else { go.push(*at) }
            }
        }
        (stop, go)
    }

    /// Partitions that are to be read again now, and from where.
    pub(super) fn again(&self, now: Instant) -> Vec<(At, i64)> {
        let due = self.0.iter().filter(|(_, partition)| partition.again.is_some_and(|again| again <= now));
        due.filter_map(|(at, partition)| Some((*at, partition.safe?))).collect()
    }

    /// It is read again; or it could not be made to, and is tried later.
    pub(super) fn rewound(&mut self, at: At, is_done: bool, now: Instant) {
        let Some(partition) = self.0.get_mut(&at) else { return };
        if is_done {
            (partition.lane, partition.again) = (Lane::new(), None);
        } else {
            partition.again = Some(now + AGAIN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: At = (0, 0);

    #[test]
    fn a_position_moves_over_what_is_safe_only_and_what_was_nacked_is_read_again() {
        let (now, mut all) = (Instant::now(), Partitions::default());
        all.assign(A);
        let (first, second, third) = (all.open(A, 5, 8), all.open(A, 8, 10), all.open(A, 10, 11));
        assert!(all.uncommitted().is_empty());
        all.settle(A, second.unwrap(), Verdict::Nack, now);
        all.settle(A, third.unwrap(), Verdict::Ack, now);
        assert!(all.uncommitted().is_empty() && all.again(now + 2 * AGAIN).is_empty(), "the first is under way");
        assert!(all.open(A, 11, 12).is_none(), "it comes again");
        assert_eq!(all.turn(false), (vec![A], vec![]));
        all.settle(A, first.unwrap(), Verdict::Ack, now);
        assert_eq!(all.uncommitted(), [(A, 8)]);
        all.committed(A, 8);
        assert!(all.uncommitted().is_empty());
        assert!(all.again(now).is_empty());
        assert_eq!(all.again(now + AGAIN), [(A, 8)]);
        all.rewound(A, false, now + AGAIN);
        assert!(all.again(now + AGAIN).is_empty());
        all.rewound(A, true, now + 2 * AGAIN);
        assert_eq!(all.turn(false), (vec![], vec![A]));
        assert!(all.open(A, 8, 12).is_some() && all.again(now + 9 * AGAIN).is_empty());
    }

    #[test]
    fn a_verdict_on_what_was_read_before_a_partition_came_back_counts_for_nothing() {
        let (now, mut all) = (Instant::now(), Partitions::default());
        all.assign(A);
        let late = all.open(A, 0, 5).unwrap();
        all.revoke(A);
        all.settle(A, late, Verdict::Ack, now);
        assert!(all.uncommitted().is_empty() && all.open(A, 5, 6).is_none());
        all.assign(A);
        let late = all.open(A, 0, 5).unwrap();
        all.assign(A);
        let own = all.open(A, 0, 3).unwrap();
        all.settle(A, late, Verdict::Ack, now);
        assert!(all.uncommitted().is_empty());
        all.settle(A, own, Verdict::Ack, now);
        assert_eq!(all.uncommitted(), [(A, 3)]);
    }

    #[test]
    fn what_came_where_nothing_was_to_come_is_read_again() {
        let (now, mut all) = (Instant::now(), Partitions::default());
        all.assign(A);
        assert_eq!(all.turn(true), (vec![A], vec![]));
        all.refuse(A, 4, now);
        all.refuse(A, 5, now);
        assert_eq!(all.again(now + AGAIN), [(A, 4)]);
        assert_eq!(all.turn(false), (vec![], vec![]), "it stays paused until it is");
        all.rewound(A, true, now);
        assert_eq!(all.turn(false), (vec![], vec![A]));
    }
}
