//! Workers: threads that filter. Each has engines of its own for every route, made anew when something else comes into force.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Receiver;

use super::book::Book;
use super::branch::Running;
use super::live::{InForce, Live, State};
use super::metrics::Metrics;
use super::quarantine::Sealer;
use crate::config::{Closed, To};
use crate::delivery::{Fate, Part};
use crate::edge::quarantine::records;
use crate::edge::sink::Events;
use crate::edge::source::Delivery;
use crate::pipeline::{Engine, Outcome, Sanitized};

/// What all workers have in common.
pub(super) struct Floor {
    pub(super) live: Live,
    pub(super) routes: Vec<Way>,
    pub(super) sealer: Sealer,
    /// All of an event that no plan is known for is sealed.
    pub(super) unknown: bool,
    pub(super) metrics: Arc<Metrics>,
    pub(super) book: Book,
}

/// While there is work, counts are told this often.
const TELL: Duration = Duration::from_secs(1);

/// A route: its branches, beside what the configuration says of them.
pub(super) struct Way {
    pub(super) name: String,
    pub(super) to: Vec<(To, Arc<Running>)>,
}

/// Engines of one route, by purpose. `None`: it is closed.
struct Engines {
    in_force: Arc<InForce>,
    by_purpose: Vec<Option<Engine>>,
}

/// Works until nobody sends any more.
pub(super) fn work(floor: &Floor, mut receive: Receiver<Delivery>) {
    let mut engines: HashMap<usize, Engines> = HashMap::new();
    let mut told = Instant::now();
    while let Some(delivery) = receive.blocking_recv() {
        let Some(now) = floor.live.of(delivery.route) else { continue };
        let is_old = |engines: &&mut Engines| engines.in_force.generation != now.generation;
        if engines.get_mut(&delivery.route).as_ref().is_none_or(is_old) {
            if let Some(mut old) = engines.insert(delivery.route, made(now)) {
                tell(floor, delivery.route, &mut old);
            }
        }
        let Some(own) = engines.get_mut(&delivery.route) else { continue };
        let route = delivery.route;
        // A mistake of ours must not take the others' events with it. The parts go with the panic: their sources give the events again.
        if catch_unwind(AssertUnwindSafe(|| filter(floor, own, delivery))).is_err() {
            engines.remove(&route);
            floor.metrics.panics.inc();
        }
        if receive.is_empty() || told.elapsed() >= TELL {
            engines.iter_mut().for_each(|(route, engines)| tell(floor, *route, engines));
            told = Instant::now();
        }
    }
}

/// Tells what engines counted since the last time.
fn tell(floor: &Floor, route: usize, engines: &mut Engines) {
    let Some(way) = floor.routes.get(route) else { return };
    let Engines { in_force, by_purpose } = engines;
    for (purpose, engine) in in_force.purposes.iter().zip(by_purpose) {
        let (Some(engine), State::Open { protects, .. }) = (engine, &purpose.state) else { continue };
        let counts = engine.take_counts();
        if counts.events_in > 0 {
            floor.metrics.done(&way.name, &purpose.name, &counts, protects);
            floor.book.count(&way.name, &purpose.name, counts, |rule| protects.contains(rule));
        }
    }
}

fn made(in_force: Arc<InForce>) -> Engines {
    let engine = |state: &State| match state {
        State::Open { engine, .. } => Some(engine()),
        State::Closed(_) => None,
    };
    let by_purpose = in_force.purposes.iter().map(|purpose| engine(&purpose.state)).collect();
    Engines { in_force, by_purpose }
}

fn filter(floor: &Floor, engines: &mut Engines, delivery: Delivery) {
    let Some(way) = floor.routes.get(delivery.route) else { return };
    let Engines { in_force, by_purpose } = engines;
    // What became of it is known when this one is dropped, too: an early return leaves it unresolved.
    let part = &delivery.part;
    for (purpose, engine) in in_force.purposes.iter().zip(by_purpose) {
        let branches = way.to.iter().filter(|(to, _)| to.purpose.value == purpose.name);
        let Some(engine) = engine else {
            for (to, branch) in branches {
                if to.closed == Some(Closed::Skip) {
                    floor.metrics.outcomes(branch, "withheld", delivery.batch.len() as u64);
                    part.split().resolve(Fate::Withheld);
                } else {
                    // Its sources should have held: they give it again.
                    drop(part.split());
                }
            }
            continue;
        };
        let mut out = Sanitized::default();
        let Ok(outcomes) = engine.run(&delivery.batch, &mut out) else {
            floor.metrics.failures.inc();
            drop(part.split());
            continue;
        };
        if let Some((_, rule)) = engine.stopped() {
            use super::log::{Level, Said, say};
            say(Level::Error, "route-stopped", &[("route", Said::Name(&way.name)), ("rule", Said::Name(rule))]);
            drop(part.split());
            continue;
        }
        let sealed = records(&delivery.batch, &outcomes, engine.quarantined(), &delivery.source, floor.unknown);
        let refused = delivery.batch.rejects.len() as u64;
        let events = Events::new(Arc::new(out), Some(delivery.held.clone()));
        for (_, branch) in branches {
            count(floor, branch, &outcomes, refused);
            branch.offer(events.clone(), part.split());
        }
        if !sealed.is_empty() {
            floor.sealer.seal(sealed, part.split());
        }
    }
    done(delivery.part);
}

fn done(part: Part) {
    part.resolve(Fate::Delivered);
}

/// What became of the events of a batch before its branch. What the branch and its sink do with those that passed, they count.
fn count(floor: &Floor, branch: &Running, outcomes: &[Outcome], refused: u64) {
    let (mut suppressed, mut quarantined) = (0, refused);
    for outcome in outcomes {
        match outcome {
            Outcome::Suppressed => suppressed += 1,
            Outcome::Quarantined(_) => quarantined += 1,
            Outcome::Passed | Outcome::Stopped => {}
        }
    }
    floor.metrics.outcomes(branch, "suppressed", suppressed);
    floor.metrics.outcomes(branch, "quarantined", quarantined);
}
