//! A candidate beside what is in force: both look at the same events, nothing of what the candidate makes leaves, and what differs is
//! counted. It never holds up what flows: what it has no time or memory for is dropped and counted.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::book::Book;
use super::live::{InForce, MakeEngine, State};
use super::log::{Level, Said, say};
use super::metrics::Metrics;
use super::worker::Floor;
use crate::delivery::{Budget, Reservation};
use crate::event::frame::Batch;
use crate::pipeline::{Engine, Outcome, Sanitized, Trace};

/// Bytes of events that wait for it. They are not taken from those that flow.
const MEMORY: usize = 16 << 20;
/// Batches that wait for it.
const WAITING: usize = 64;
/// How often it is told what differs, where something does.
const TELL: Duration = Duration::from_secs(60);

/// What one of both made of an event.
pub type Seen = (Outcome, Option<Trace>);

/// Counts what differs. Fields of events are told by their paths in schema maps, never by their values.
pub trait Differences: Send {
    /// What is in force, and what the candidate, made of an event.
    fn add(&mut self, was: &Seen, is: &Seen);
    /// Events; those of which something differs; that leave and did not; that do not leave any more.
    fn counts(&self) -> [u64; 4];
    /// By field in how many events more is shown, less, or something else.
    fn told(&self) -> serde_json::Value;
}

/// A candidate for one purpose of a route.
pub struct Candidate {
    /// Number of the route.
    pub route: usize,
    /// The purpose.
    pub purpose: String,
    /// The policy with its revision, and the digest of all that was read.
    pub policy: String,
    /// See `policy`.
    pub digest: String,
    /// Makes engines that keep nothing.
    pub engine: MakeEngine,
    /// What differs.
    pub differences: Box<dyn Differences>,
}

/// Where candidates are.
pub struct Candidates {
    /// The folder of their files.
    pub folder: PathBuf,
    /// Reads them as the files are now. What is wrong with one is said, and it is not among them.
    pub read: Box<dyn Fn() -> Vec<Candidate> + Send + Sync>,
}

type OfPurpose = (usize, String);
type All = Arc<Mutex<HashMap<OfPurpose, Looked>>>;

/// A candidate that looks.
struct Looked {
    candidate: Candidate,
    /// Changes with every candidate that takes the place of another.
    generation: u64,
    /// What of its counts is in the metrics.
    counted: [u64; 4],
}

fn lock(all: &All) -> MutexGuard<'_, HashMap<OfPurpose, Looked>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where batches are offered to it.
pub(super) struct Shadow {
    send: SyncSender<(usize, Arc<Batch>, Reservation)>,
    budget: Budget,
    all: All,
    metrics: Arc<Metrics>,
    names: Vec<String>,
}

/// Both engines for one purpose of a route.
struct Pair {
    live: Engine,
    candidate: Engine,
    /// Of what is in force, and of the candidate.
    generations: (u64, u64),
}

impl Shadow {
    /// Starts it, without a candidate. `names`: of routes.
    pub(super) fn start(names: Vec<String>, metrics: Arc<Metrics>) -> (Self, Looking) {
        let ((send, receive), all) = (sync_channel(WAITING), All::default());
        let looking = Looking { receive, all: all.clone(), metrics: metrics.clone(), names: names.clone() };
        (Self { send, budget: Budget::new(MEMORY), all, metrics, names }, looking)
    }

    /// Has candidates look from now on. One that is as it was goes on counting; of which there is no new one stays.
    pub(super) fn take(&self, candidates: Vec<Candidate>, book: &Book) {
        for candidate in candidates {
            let of = (candidate.route, candidate.purpose.clone());
            let line = self.line(&candidate);
            let mut all = lock(&self.all);
            let before = all.get(&of);
            if before.is_some_and(|before| before.candidate.digest == candidate.digest) {
                continue;
            }
            let generation = before.map_or(0, |before| before.generation + 1);
            let before = all.insert(of, Looked { candidate, generation, counted: [0; 4] });
            // Who looks, or asks, does not wait for the ledger.
            drop(all);
            if let Some(Looked { candidate, .. }) = before {
                book.note("shadow-ended", self.line(&candidate));
            }
            book.note("shadow", line);
        }
    }

    /// Nobody looks any more.
    pub(super) fn end(&self, book: &Book) {
        let all = std::mem::take(&mut *lock(&self.all));
        for Looked { candidate, .. } in all.values() {
            book.note("shadow-ended", self.line(candidate));
        }
    }

    /// What the ledger says of one. How many events it looked at is no matter of it: from how many came in follows how many were withheld.
    fn line(&self, Candidate { route, purpose, policy, digest, .. }: &Candidate) -> serde_json::Value {
        serde_json::json!({ "route": self.names.get(*route), "purpose": purpose, "policy": policy, "digest": digest })
    }

    /// Shows it a batch of a route, if it has time and memory for it.
    pub(super) fn offer(&self, route: usize, batch: &Arc<Batch>) {
        let reserved = self.budget.reserve(batch.bytes().len());
        let is_sent = reserved.is_some_and(|reserved| self.send.try_send((route, batch.clone(), reserved)).is_ok());
        if !is_sent && let Some(name) = self.names.get(route) {
            self.metrics.not_shadowed(name, batch.len() as u64);
        }
    }

    /// What differs by now, as JSON. `None`: nothing looks on.
    pub(super) fn report(&self) -> Option<String> {
        let looked = lock(&self.all);
        let mut all: Vec<_> = looked.iter().collect();
        all.sort_by_key(|(of, _)| *of);
        let mut shown = Vec::new();
        for ((route, purpose), Looked { candidate: Candidate { differences, .. }, .. }) in all {
            let [events, differing, revived, withheld] = differences.counts();
            shown.push(serde_json::json!({
                "route": self.names.get(*route), "purpose": purpose, "events": events, "differing": differing,
                "revived": revived, "withheld": withheld, "fields": differences.told(),
            }));
        }
        (!shown.is_empty()).then(|| format!("{}\n", serde_json::Value::Array(shown)))
    }
}

/// The thread that looks.
pub(super) struct Looking {
    receive: Receiver<(usize, Arc<Batch>, Reservation)>,
    all: All,
    metrics: Arc<Metrics>,
    names: Vec<String>,
}

impl Looking {
    /// Looks until nobody offers any more, behind everything else that wants the processor.
    pub(super) fn work(self, floor: &Weak<Floor>) {
        // SAFETY: it takes numbers only; on Linux it is about this thread.
        unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 19) };
        let mut pairs: HashMap<OfPurpose, Pair> = HashMap::new();
        let (mut tell, mut known) = (Instant::now() + TELL, HashMap::new());
        while let Ok((route, batch, _reserved)) = self.receive.recv() {
            let Some(now) = floor.upgrade().and_then(|floor| floor.live.of(route)) else { continue };
            let of_route = |(of, looked): (&OfPurpose, &Looked)| {
                (of.0 == route).then(|| (of.clone(), looked.candidate.engine.clone(), looked.generation))
            };
            let engines: Vec<_> = lock(&self.all).iter().filter_map(of_route).collect();
            for (of, make, generation) in &engines {
                let looked = catch_unwind(AssertUnwindSafe(|| {
                    let pair = ready(&mut pairs, of, (make, *generation), &now)?;
                    let (was, is) = (seen(&mut pair.live, &batch)?, seen(&mut pair.candidate, &batch)?);
                    let mut all = lock(&self.all);
                    let Looked { candidate, counted, .. } =
                        all.get_mut(of).filter(|now| now.generation == *generation)?;
                    was.iter().zip(&is).for_each(|(was, is)| candidate.differences.add(was, is));
                    let counts = candidate.differences.counts();
                    let before = std::mem::replace(counted, counts);
                    Some(std::array::from_fn(|at| counts[at] - before[at]))
                }));
                let name = self.names.get(route).map_or("", String::as_str);
                match looked {
                    Ok(Some(more)) => self.metrics.shadowed(name, &of.1, more),
                    // Engines are made anew: what failed may have left them half done.
                    Ok(None) | Err(_) => {
                        pairs.remove(of);
                        self.metrics.not_shadowed(name, batch.len() as u64);
                    }
                }
            }
            if Instant::now() >= tell {
                self.tell(&mut known);
                tell = Instant::now() + TELL;
            }
        }
        self.tell(&mut known);
    }

    /// Says what differs, where more does than was told.
    fn tell(&self, known: &mut HashMap<OfPurpose, u64>) {
        for (of, Looked { candidate: Candidate { differences, .. }, .. }) in lock(&self.all).iter() {
            let [events, differing, revived, withheld] = differences.counts();
            if known.insert(of.clone(), differing) == Some(differing) || differing == 0 {
                continue;
            }
            let name = self.names.get(of.0).map_or("", String::as_str);
            let fields = differences.told().to_string();
            let said = [
                ("route", Said::Name(name)),
                ("purpose", Said::Name(&of.1)),
                ("events", Said::Number(events)),
                ("differing", Said::Number(differing)),
                ("revived", Said::Number(revived)),
                ("withheld", Said::Number(withheld)),
                ("fields", Said::Text(&fields)),
            ];
            say(Level::Info, "shadow", &said);
        }
    }
}

/// Engines for a purpose under what is in force by now; `None`: it is closed.
fn ready<'p>(
    pairs: &'p mut HashMap<OfPurpose, Pair>,
    of: &OfPurpose,
    (make, generation): (&MakeEngine, u64),
    now: &InForce,
) -> Option<&'p mut Pair> {
    let state = &now.purposes.iter().find(|purpose| purpose.name == of.1)?.state;
    let State::Open { looking, .. } = state else { return None };
    let generations = (now.generation, generation);
    if pairs.get(of).is_none_or(|pair| pair.generations != generations) {
        pairs.insert(of.clone(), Pair { live: looking(), candidate: make(), generations });
    }
    pairs.get_mut(of)
}

/// What an engine makes of each event of a batch; `None`: a step cannot be made.
fn seen(engine: &mut Engine, batch: &Batch) -> Option<Vec<Seen>> {
    let mut out = Sanitized::default();
    let outcomes = engine.run(batch, &mut out).ok()?;
    // Nobody asks for its counts, and they must not grow.
    drop(engine.take_counts());
    Some(outcomes.iter().enumerate().map(|(at, outcome)| (*outcome, engine.trace(batch, at, &out))).collect())
}
