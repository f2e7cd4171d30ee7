//! Batches through one engine or several, in order.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use crate::event::frame::Batch;

use super::execute::{Engine, Sanitized};
use super::outcome::{Counts, Outcome};
use super::settle::Quarantined;
use super::steps::StepError;

/// A batch that has been filtered.
#[derive(Debug)]
pub struct Filtered {
    /// The batch as it came.
    pub batch: Batch,
    /// The source that it came from.
    pub source: Arc<str>,
    /// What may leave.
    pub sanitized: Sanitized,
    /// What became of each event.
    pub outcomes: Vec<Outcome>,
    /// What is known of each event that is quarantined, in their order.
    pub quarantined: Vec<Quarantined>,
    /// The event that stopped the route, by its index in the batch, and the rule that says so. Nothing follows.
    pub stopped: Option<(usize, String)>,
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// With the next batch.
    Go,
    /// Nobody reads any more.
    Stop,
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E> {
    /// The source or the sink failed.
    #[error(transparent)]
    Edge(E),
    /// A step cannot be made.
    #[error(transparent)]
    Step(#[from] StepError),
    /// A worker stopped unexpectedly; nothing of its batch left.
    #[error("a worker stopped unexpectedly: no event of its batch was passed on")]
    Worker,
}

/// Filters every batch of `source` and hands it to `sink`, in the order in which it came. `source` is given a batch that is no longer
/// needed, to use its memory again, and names what the next one came from. With several engines batches are filtered side by
/// side, one for each engine, and as many may be done ahead of their turn. What the sink leaves of an output's memory is used again.
/// `stop` is called when a run ends before its source does: a worker may be waiting for input that nobody wants any more.
///
/// # Errors
///
/// The first failure of the source, the sink, or a step.
pub fn run<E: Send>(
    mut engines: Vec<Engine>,
    source: impl FnMut(Batch) -> Result<Option<(Batch, Arc<str>)>, E> + Send,
    mut sink: impl FnMut(&mut Filtered) -> Result<Next, E> + Send,
    stop: impl Fn() + Sync,
) -> Result<Counts, RunError<E>> {
    // What was filtered ahead and never handed over does not count as an event that came and went.
    let mut delivered = Counts::default();
    let sink = |filtered: &mut Filtered| -> Result<Next, E> {
        filtered.outcomes.iter().for_each(|outcome| delivered.outcome(*outcome));
        let stops = filtered.stopped.is_some();
        Ok(if sink(filtered)? == Next::Stop || stops { Next::Stop } else { Next::Go })
    };
    let relay = Relay {
        source: Mutex::new(Source { next: source, given: 0 }),
        sink: Mutex::new(Sink { put: sink, taken: 0, ahead: VecDeque::new(), used: Vec::new(), end: None }),
        room: engines.len() as u64,
        turn: Condvar::new(),
        is_over: AtomicBool::new(false),
        stop,
    };
    let mut counts = Counts::default();
    if let [engine] = engines.as_mut_slice() {
        relay.work(engine);
        counts.add(&engine.counts());
    } else {
        std::thread::scope(|scope| {
            let work = |mut engine: Engine| {
                let relay = &relay;
                scope.spawn(move || {
                    relay.work(&mut engine);
                    engine.counts()
                })
            };
            let handles: Vec<_> = engines.into_iter().map(work).collect();
            // One that panicked ended the relay.
            handles.into_iter().filter_map(|handle| handle.join().ok()).for_each(|part| counts.add(&part));
        });
    }
    match relay.sink.into_inner().map(|sink| sink.end) {
        Ok(None | Some(End::Stopped)) => {}
        Ok(Some(End::Failed(error))) => return Err(error),
        Err(_) => return Err(RunError::Worker),
    }
    counts.events_are(delivered);
    Ok(counts)
}

/// Workers side by side, each with an engine: a worker takes a batch, filters it, and hands it on together with those behind it that are
/// done. Where a batch before it is not done, its worker leaves it for the one that does that, and takes the next: it waits only when
/// it is too far ahead. So no thread is needed between them.
struct Relay<S, K, E, F: Fn()> {
    source: Mutex<Source<S>>,
    sink: Mutex<Sink<K, E>>,
    /// How many batches may lie ahead.
    room: u64,
    /// Told when a batch was handed on, or all is over.
    turn: Condvar,
    /// Set when nothing follows: the source needs not be asked then.
    is_over: AtomicBool,
    /// Wakes whoever waits for the source.
    stop: F,
}

struct Source<S> {
    next: S,
    /// How many batches were given.
    given: u64,
}

struct Sink<K, E> {
    put: K,
    /// How many batches were handed on.
    taken: u64,
    /// What became of batches behind the next one: by its distance to it.
    ahead: VecDeque<Option<Result<Filtered, RunError<E>>>>,
    /// Memory of batches that were handed on by another worker than their own.
    used: Vec<(Batch, Sanitized)>,
    /// Set when nothing follows.
    end: Option<End<E>>,
}

/// Why nothing follows.
enum End<E> {
    Stopped,
    Failed(RunError<E>),
}

impl<S, K, E, F: Fn()> Relay<S, K, E, F>
where
    S: FnMut(Batch) -> Result<Option<(Batch, Arc<str>)>, E>,
    K: FnMut(&mut Filtered) -> Result<Next, E>,
{
    /// Works until the source is at its end, or all is over.
    fn work(&self, engine: &mut Engine) {
        let _alarm = Alarm(self);
        let (mut used, mut spare) = (Batch::default(), Sanitized::default());
        while let Some((turn, taken)) = self.take(used) {
            let filtered = taken.map_err(RunError::Edge).and_then(|(batch, source)| {
                let outcomes = engine.run(&batch, &mut spare)?;
                let stopped = engine.stopped().map(|(event, rule)| (event, rule.to_owned()));
                let (sanitized, quarantined) = (std::mem::take(&mut spare), engine.quarantined());
                Ok(Filtered { batch, source, sanitized, outcomes, quarantined, stopped })
            });
            match self.hand_on(turn, filtered) {
                Some(memory) => (used, spare) = memory,
                None => return,
            }
        }
    }

    /// The next batch and its number; `None` where there is none, or the source cannot be asked any more.
    fn take(&self, used: Batch) -> Option<(u64, Result<(Batch, Arc<str>), E>)> {
        let mut source = self.source.lock().ok()?;
        if self.is_over.load(Ordering::Relaxed) {
            return None;
        }
        let taken = (source.next)(used).transpose()?;
        source.given += 1;
        Some((source.given - 1, taken))
    }

    /// Hands on what became of batch `turn`, and what lies ahead of its turn behind it; or leaves it there. Gives memory for the next
    /// batch; `None` when nothing follows.
    fn hand_on(&self, turn: u64, filtered: Result<Filtered, RunError<E>>) -> Option<(Batch, Sanitized)> {
        // Behind an end nothing is begun.
        let room = if filtered.as_ref().is_ok_and(|filtered| filtered.stopped.is_none()) { self.room } else { 0 };
        let waits = |sink: &mut Sink<K, E>| turn - sink.taken > room && sink.end.is_none();
        let mut sink = self.turn.wait_while(self.sink.lock().ok()?, waits).ok()?;
        if sink.end.is_some() {
            return None;
        }
        let distance = (turn - sink.taken) as usize;
        if sink.ahead.len() <= distance {
            sink.ahead.resize_with(distance + 1, || None);
        }
        *sink.ahead.get_mut(distance)? = Some(filtered);
        while let Some(filtered) = sink.ahead.front_mut().and_then(Option::take) {
            sink.ahead.pop_front();
            sink.taken += 1;
            match sink.put(filtered) {
                Ok(memory) => sink.used.push(memory),
                Err(end) => {
                    sink.end = Some(end);
                    self.end();
                    self.turn.notify_all();
                    return None;
                }
            }
        }
        if distance == 0 {
            self.turn.notify_all();
        }
        Some(sink.used.pop().unwrap_or_default())
    }
}

impl<K, E> Sink<K, E>
where
    K: FnMut(&mut Filtered) -> Result<Next, E>,
{
    /// Hands on what became of one batch: its memory, or why nothing follows.
    fn put(&mut self, filtered: Result<Filtered, RunError<E>>) -> Result<(Batch, Sanitized), End<E>> {
        let mut filtered = filtered.map_err(End::Failed)?;
        match (self.put)(&mut filtered) {
            Ok(Next::Go) => Ok((filtered.batch, filtered.sanitized)),
            Ok(Next::Stop) => Err(End::Stopped),
            Err(error) => Err(End::Failed(RunError::Edge(error))),
        }
    }
}

impl<S, K, E, F: Fn()> Relay<S, K, E, F> {
    /// Nobody asks the source any more, and nobody waits for it.
    fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
        (self.stop)();
    }
}

/// Ends the relay when its worker panics: others wait for its batch.
struct Alarm<'a, S, K, E, F: Fn()>(&'a Relay<S, K, E, F>);

impl<S, K, E, F: Fn()> Drop for Alarm<'_, S, K, E, F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            if let Ok(mut sink) = self.0.sink.lock() {
                sink.end.get_or_insert(End::Failed(RunError::Worker));
            }
            self.0.end();
            self.0.turn.notify_all();
        }
    }
}
