//! A candidate beside what is in force: both look at the same events, nothing of what the candidate makes leaves, and what differs is
//! counted. It never holds up what flows: what it has no time or memory for is dropped and counted.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

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
    /// Makes engines that keep nothing.
    pub engine: MakeEngine,
    /// What differs.
    pub differences: Box<dyn Differences>,
}

type OfPurpose = (usize, String);

/// Where batches are offered to it.
pub(super) struct Shadow {
    send: SyncSender<(usize, Arc<Batch>, Reservation)>,
    budget: Budget,
    told: Arc<Mutex<HashMap<OfPurpose, Box<dyn Differences>>>>,
    metrics: Arc<Metrics>,
    names: Vec<String>,
}

/// Both engines for one purpose of a route.
struct Pair {
    live: Engine,
    candidate: Engine,
    generation: u64,
}

impl Shadow {
    /// Starts it. `names`: of routes.
    pub(super) fn start(candidates: Vec<Candidate>, names: Vec<String>, metrics: Arc<Metrics>) -> (Self, Looking) {
        let (send, receive) = sync_channel(WAITING);
        let (mut engines, mut told) = (HashMap::new(), HashMap::new());
        for candidate in candidates {
            let of = (candidate.route, candidate.purpose);
            engines.insert(of.clone(), candidate.engine);
            told.insert(of, candidate.differences);
        }
        let told = Arc::new(Mutex::new(told));
        let looking = Looking { receive, engines, told: told.clone(), metrics: metrics.clone(), names: names.clone() };
        (Self { send, budget: Budget::new(MEMORY), told, metrics, names }, looking)
    }

    /// Shows it a batch of a route, if it has time and memory for it.
    pub(super) fn offer(&self, route: usize, batch: &Arc<Batch>) {
        let reserved = self.budget.reserve(batch.bytes().len());
        let is_sent = reserved.is_some_and(|reserved| self.send.try_send((route, batch.clone(), reserved)).is_ok());
        if !is_sent && let Some(name) = self.names.get(route) {
            self.metrics.not_shadowed(name, batch.len() as u64);
        }
    }

    /// What differs by now, as JSON.
    pub(super) fn report(&self) -> String {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = told.iter().collect();
        all.sort_by_key(|(of, _)| *of);
        let mut shown = Vec::new();
        for ((route, purpose), differences) in all {
            let [events, differing, revived, withheld] = differences.counts();
            shown.push(serde_json::json!({
                "route": self.names.get(*route), "purpose": purpose, "events": events, "differing": differing,
                "revived": revived, "withheld": withheld, "fields": differences.told(),
            }));
        }
        format!("{}\n", serde_json::Value::Array(shown))
    }
}

/// The thread that looks.
pub(super) struct Looking {
    receive: Receiver<(usize, Arc<Batch>, Reservation)>,
    engines: HashMap<OfPurpose, MakeEngine>,
    told: Arc<Mutex<HashMap<OfPurpose, Box<dyn Differences>>>>,
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
            for (of, make) in self.engines.iter().filter(|((number, _), _)| *number == route) {
                let looked = catch_unwind(AssertUnwindSafe(|| {
                    let pair = ready(&mut pairs, of, make, &now)?;
                    let (was, is) = (seen(&mut pair.live, &batch)?, seen(&mut pair.candidate, &batch)?);
                    let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
                    let differences = told.get_mut(of)?;
                    was.iter().zip(&is).for_each(|(was, is)| differences.add(was, is));
                    Some(differences.counts())
                }));
                let name = self.names.get(route).map_or("", String::as_str);
                match looked {
                    Ok(Some(counts)) => self.metrics.shadowed(name, &of.1, counts),
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
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        for (of, differences) in told.iter() {
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
    make: &MakeEngine,
    now: &InForce,
) -> Option<&'p mut Pair> {
    let state = &now.purposes.iter().find(|purpose| purpose.name == of.1)?.state;
    let State::Open { looking, .. } = state else { return None };
    if pairs.get(of).is_none_or(|pair| pair.generation != now.generation) {
        pairs.insert(of.clone(), Pair { live: looking(), candidate: make(), generation: now.generation });
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
