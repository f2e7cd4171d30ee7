//! What a consumer is told by its group, and does about it: partitions come, and go once what was read of them is acknowledged.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::statistics::Statistics;
use rdkafka::{Offset, TopicPartitionList};

use super::partitions::{At, Partitions};
use crate::delivery::{Ticket, Verdict};
use crate::edge::kafka::name;
use crate::edge::source::{Count, LOOK};

/// Longest wait, before partitions go, for what was read of them. What is not acknowledged by then the next consumer reads again.
const DRAIN: Duration = Duration::from_secs(10);
/// The same trouble is told this often.
const TELL: Duration = Duration::from_secs(60);

/// What a group is told by others.
pub(super) enum Told {
    /// What became of a delivery.
    Settled(At, Ticket, Verdict),
    /// What became of positions that were to be committed.
    Committed(Vec<(At, i64)>, KafkaResult<()>),
}

/// What a consumer has.
pub(super) struct Group {
    topics: Vec<String>,
    partitions: Mutex<Partitions>,
    told: Mutex<Receiver<Told>>,
    /// Who commits. `None`: nobody, yet or any more.
    commits: Mutex<Option<Sender<Vec<(At, i64)>>>>,
    is_committing: AtomicBool,
    count: Arc<dyn Count>,
    troubles: Mutex<BTreeMap<String, Instant>>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in here is half done when it is let go of.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Group {
    pub(super) fn new(topics: Vec<String>, told: Receiver<Told>, count: Arc<dyn Count>) -> Self {
        let (partitions, troubles, commits) = (Mutex::default(), Mutex::default(), Mutex::default());
        let (told, is_committing) = (Mutex::new(told), AtomicBool::new(false));
        Self { topics, partitions, told, commits, is_committing, count, troubles }
    }

    /// Commits in a thread of its own, since that waits for the broker, until [`Group::rest`].
    pub(super) fn committer(&self, consumer: Arc<BaseConsumer<Self>>, tell: Sender<Told>) -> JoinHandle<()> {
        let (commits, asked) = channel::<Vec<(At, i64)>>();
        *lock(&self.commits) = Some(commits);
        std::thread::spawn(move || {
            for moved in asked {
                let offsets = moved.iter().map(|(at, position)| (*at, Offset::Offset(*position)));
                let done = consumer.commit(&consumer.context().list(offsets), CommitMode::Sync);
                // Whoever is gone asks no more.
                let _ = tell.send(Told::Committed(moved, done));
            }
        })
    }

    /// Nothing is committed any more.
    pub(super) fn rest(&self) {
        *lock(&self.commits) = None;
    }

    pub(super) fn partitions(&self) -> MutexGuard<'_, Partitions> {
        lock(&self.partitions)
    }

    /// The partition's numbers. `None`: a topic that nobody asked for.
    pub(super) fn at(&self, topic: &str, partition: i32) -> Option<At> {
        Some((self.topics.iter().position(|known| known == topic)?, partition))
    }

    pub(super) fn topic(&self, at: At) -> &str {
        self.topics.get(at.0).map_or("", String::as_str)
    }

    /// Partitions, as librdkafka wants them.
    pub(super) fn list(&self, of: impl IntoIterator<Item = (At, Offset)>) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for (at, offset) in of {
            // Offsets that were given by the broker are good ones.
            let _ = list.add_partition_offset(self.topic(at), at.1, offset);
        }
        list
    }

    /// Takes note of what became of deliveries and positions.
    pub(super) fn settle(&self) {
        let (told, now) = (lock(&self.told), Instant::now());
        while let Ok(told) = told.try_recv() {
            match told {
                Told::Settled(at, ticket, verdict) => self.partitions().settle(at, ticket, verdict, now),
                Told::Committed(moved, done) => {
                    self.is_committing.store(false, Ordering::Relaxed);
                    match done {
                        Ok(()) => {
                            moved.into_iter().for_each(|(at, position)| self.partitions().committed(at, position))
                        }
                        // It goes again after that.
                        Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::RebalanceInProgress)) => {}
                        Err(error) => self.trouble("positions cannot be committed", &error),
                    }
                }
            }
        }
    }

    /// Has the group know how far partitions are acknowledged. One request at a time.
    pub(super) fn commit(&self) {
        let moved = self.partitions().uncommitted();
        if !moved.is_empty()
            && !self.is_committing.load(Ordering::Relaxed)
            && let Some(commits) = &*lock(&self.commits)
        {
            self.is_committing.store(commits.send(moved).is_ok(), Ordering::Relaxed);
        }
    }

    /// Says that something does not work.
    pub(super) fn trouble(&self, what: &str, error: &KafkaError) {
        self.say(format!("{what}: {}", name(error)));
    }

    pub(super) fn say(&self, why: String) {
        let (mut troubles, now) = (lock(&self.troubles), Instant::now());
        if troubles.get(&why).is_none_or(|told| now.duration_since(*told) >= TELL) {
            self.count.trouble(&why);
            troubles.insert(why, now);
        }
    }

    fn all(&self, list: &TopicPartitionList) -> Vec<At> {
        list.elements().iter().filter_map(|one| self.at(one.topic(), one.partition())).collect()
    }
}

impl ClientContext for Group {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}
    fn stats(&self, _: Statistics) {}
    // It comes once more, from `poll`.
    fn error(&self, _: KafkaError, _: &str) {}
}

impl ConsumerContext for Group {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(_) => {}
            Rebalance::Error(error) => self.trouble("no partitions are given", error),
            Rebalance::Revoke(list) => {
                let going = self.all(list);
                let until = Instant::now() + DRAIN;
                // Of what was lost already nobody would take the positions; nor is there anybody to, at the end.
                while !consumer.assignment_lost() && lock(&self.commits).is_some() && Instant::now() < until {
                    self.settle();
                    if self.partitions().is_done(|at| going.contains(at)) {
                        break;
                    }
                    // The group knows it before another consumer asks.
                    self.commit();
                    std::thread::sleep(LOOK);
                }
                going.into_iter().for_each(|at| self.partitions().revoke(at));
            }
        }
    }

    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(list) = rebalance {
            self.all(list).into_iter().for_each(|at| self.partitions().assign(at));
        }
    }
}
