//! Batches through one engine or several, in order.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

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

/// Filters every batch of `source` and hands it to `sink`, in the order in which it came. With several engines batches are
/// filtered side by side; at most two for each engine are in memory. What the sink leaves of an output's memory is used again.
///
/// # Errors
///
/// The first failure of the source, the sink, or a step.
pub fn run<E>(
    mut engines: Vec<Engine>,
    mut source: impl FnMut() -> Result<Option<Batch>, E>,
    mut sink: impl FnMut(&mut Filtered) -> Result<Next, E>,
) -> Result<Counts, RunError<E>> {
    // What was filtered ahead and never handed over does not count as an event that came and went.
    let mut delivered = Counts::default();
    let mut sink = |filtered: &mut Filtered| -> Result<Next, E> {
        filtered.outcomes.iter().for_each(|outcome| delivered.outcome(*outcome));
        let stops = filtered.stopped.is_some();
        Ok(if sink(filtered)? == Next::Stop || stops { Next::Stop } else { Next::Go })
    };
    let mut counts = match engines.as_mut_slice() {
        [engine] => one(engine, &mut source, &mut sink)?,
        _ => side_by_side(engines, source, &mut sink)?,
    };
    counts.events_are(delivered);
    Ok(counts)
}

fn one<E>(
    engine: &mut Engine,
    source: &mut impl FnMut() -> Result<Option<Batch>, E>,
    sink: &mut impl FnMut(&mut Filtered) -> Result<Next, E>,
) -> Result<Counts, RunError<E>> {
    let mut spare = Sanitized::default();
    while let Some(batch) = source().map_err(RunError::Edge)? {
        let mut filtered = filter(engine, batch, spare)?;
        if sink(&mut filtered).map_err(RunError::Edge)? == Next::Stop {
            break;
        }
        spare = filtered.sanitized;
    }
    Ok(engine.counts())
}

fn filter(engine: &mut Engine, batch: Batch, mut sanitized: Sanitized) -> Result<Filtered, StepError> {
    let outcomes = engine.run(&batch, &mut sanitized)?;
    let stopped = engine.stopped().map(|(event, rule)| (event, rule.to_owned()));
    Ok(Filtered { batch, sanitized, outcomes, quarantined: engine.quarantined(), stopped })
}

/// Batches and memory for their output go in, filtered ones come out.
type Worker = (SyncSender<(Batch, Sanitized)>, Receiver<Result<Filtered, StepError>>);

/// Batch `i` goes to worker `i mod n` and is taken from it again: order needs no sorting.
fn side_by_side<E>(
    engines: Vec<Engine>,
    mut source: impl FnMut() -> Result<Option<Batch>, E>,
    sink: &mut impl FnMut(&mut Filtered) -> Result<Next, E>,
) -> Result<Counts, RunError<E>> {
    std::thread::scope(|scope| {
        let (mut workers, mut handles): (Vec<Option<Worker>>, Vec<_>) = (Vec::new(), Vec::new());
        for mut engine in engines {
            let (give, take) = sync_channel::<(Batch, Sanitized)>(1);
            let (answer, answers) = sync_channel(2);
            workers.push(Some((give, answers)));
            handles.push(scope.spawn(move || {
                for (batch, spare) in take {
                    if answer.send(filter(&mut engine, batch, spare)).is_err() {
                        break;
                    }
                }
                engine.counts()
            }));
        }
        let result = pump(&workers, &mut source, sink);
        workers.iter_mut().for_each(|worker| *worker = None);
        let mut counts = Counts::default();
        let mut lost = false;
        for handle in handles {
            match handle.join() {
                Ok(part) => counts.add(&part),
                Err(_) => lost = true,
            }
        }
        result?;
        if lost { Err(RunError::Worker) } else { Ok(counts) }
    })
}

fn pump<E>(
    workers: &[Option<Worker>],
    source: &mut impl FnMut() -> Result<Option<Batch>, E>,
    sink: &mut impl FnMut(&mut Filtered) -> Result<Next, E>,
) -> Result<(), RunError<E>> {
    let ahead = workers.len() * 2;
    let mut spares: Vec<Sanitized> = Vec::new();
    let (mut given, mut taken, mut more) = (0usize, 0usize, true);
    loop {
        while more && given - taken < ahead {
            match source().map_err(RunError::Edge)? {
                Some(batch) => {
                    let worker = workers[given % workers.len()].as_ref().ok_or(RunError::Worker)?;
                    worker.0.send((batch, spares.pop().unwrap_or_default())).map_err(|_| RunError::Worker)?;
                    given += 1;
                }
                None => more = false,
            }
        }
        if given == taken {
            return Ok(());
        }
        let worker = workers[taken % workers.len()].as_ref().ok_or(RunError::Worker)?;
        let mut filtered = worker.1.recv().map_err(|_| RunError::Worker)??;
        taken += 1;
        if sink(&mut filtered).map_err(RunError::Edge)? == Next::Stop {
            return Ok(());
        }
        spares.push(filtered.sanitized);
    }
}
