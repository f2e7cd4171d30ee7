//! Workers: threads that filter. Each has engines of its own for every route, made anew when something else comes into force.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::mpsc::Receiver;

use super::book::Book;
use super::branch::Running;
use super::flow::Flow;
use super::live::{InForce, Live, Purpose, State};
use super::log::{Level, Said, often, say};
use super::metrics::{Metrics, OpenCircuit};
use super::proxy::{Gathered, give_back};
use super::quarantine::{Sealer, Space};
use super::repeated::Repeated;
use super::shadow::Shadow;
use super::tap::Taps;
use crate::config::{Closed, To};
use crate::delivery::branch::Payload as _;
use crate::delivery::{Budget, Fate, Part, Receipt, Reservation};
use crate::edge::escrow::Quota;
use crate::edge::proxy::Became;
use crate::edge::quarantine::{ALONE, Metadata, Record, records};
use crate::edge::sink::Events;
use crate::edge::source::Delivery;
use crate::edge::spans::{Place, Span, Spans};
use crate::event::frame::Batch;
use crate::kill;
use crate::pipeline::{Engine, Outcome, Sanitized, reason};

/// What all workers have in common.
pub(super) struct Floor {
    pub(super) live: Live,
    pub(super) routes: Vec<Way>,
    pub(super) sealer: Sealer,
    /// All of an event that no plan is known for is sealed.
    pub(super) unknown: bool,
    pub(super) metrics: Arc<Metrics>,
    pub(super) book: Book,
    pub(super) budget: Budget,
    pub(super) taps: Taps,
    /// How much escrow takes on the disk.
    pub(super) quota: Arc<Quota>,
    /// Bounds on the flow of tenants.
    pub(super) flow: Option<Flow>,
    /// What looks on.
    pub(super) shadow: Option<Shadow>,
    /// What waits does not go when a policy narrows.
    pub(super) discards: bool,
    /// Traces of our own work.
    pub(super) spans: Option<Spans>,
    /// A stop has no more time: what was not begun is given back.
    pub(super) is_over: AtomicBool,
}

/// While there is work, counts are told this often.
const TELL: Duration = Duration::from_secs(1);

impl Floor {
    /// Tells the branches of a route whether they are closed: what waits for a closed one does not go.
    pub(super) fn tell_branches(&self, route: usize) {
        let branches = self.routes.get(route).into_iter().flat_map(|way| &way.to);
        branches.for_each(|(_, branch)| branch.close(self.is_closed(branch)));
    }

    /// Tells the branches of a route what is about to be in force, of this number. Nothing was filtered under it yet: where it narrows,
    /// what was filtered until now may not have to go.
    pub(super) fn tell_narrowing(&self, route: usize, purposes: &[Purpose], number: u64) {
        for (_, branch) in self.routes.get(route).into_iter().flat_map(|way| &way.to) {
            let purpose = purposes.iter().find(|purpose| purpose.name == branch.purpose);
            let Some(State::Open { extent: Some(extent), .. }) = purpose.map(|purpose| &purpose.state) else {
                continue;
            };
            if branch.in_force(number, extent, self.discards) {
                let said = if self.discards { "discard" } else { "send" };
                let (route, sink, purpose) = (&branch.route, &branch.sink, &branch.purpose);
                self.book
                    .note("narrowed", json!({ "route": route, "sink": sink, "purpose": purpose, "on_narrow": said }));
            }
        }
    }

    /// Writes down how many events were repeats, were discarded, or are lost on a damaged disk, since the last time.
    pub(super) fn tell_not_sent(&self) {
        for (way, repeated) in self.routes.iter().filter_map(|way| Some((way, way.repeated.as_ref()?))) {
            repeated.tell(|events| self.book.note("repeated", json!({ "route": way.name, "events": events })));
        }
        for (_, branch) in self.routes.iter().flat_map(|way| &way.to) {
            let (route, sink, purpose) = (&branch.route, &branch.sink, &branch.purpose);
            branch.tell_discarded(|events| {
                let line = json!({ "route": route, "sink": sink, "purpose": purpose, "events": events });
                self.book.note("discarded", line)
            });
            let line = |batches: u64| json!({ "route": route, "sink": sink, "purpose": purpose, "batches": batches });
            branch.tell_lost(|batches| self.book.note("lost", line(batches)));
        }
    }

    /// Whether a failure rule stopped the route, under what is in force by now.
    pub(super) fn is_stopped(&self, route: usize) -> bool {
        let stopped = self.routes.get(route).map(|way| way.stopped.load(Ordering::Relaxed));
        stopped.zip(self.live.of(route)).is_some_and(|(stopped, now)| stopped == now.generation)
    }

    /// Whether the tenant of a route gave more than it may for now. Of many tenants none has the others' sources wait.
    pub(super) fn is_over(&self, route: usize) -> bool {
        let Some((flow, now)) = self.flow.as_ref().zip(self.live.of(route)) else { return false };
        now.tenant().is_some_and(|tenant| flow.is_over(tenant))
    }

    /// Takes a batch from its tenants; `false`: one of many gave more than it may, and the batch has to be given again.
    fn takes(&self, now: &InForce, engine: &mut Engine, batch: &Batch) -> bool {
        let Some(flow) = &self.flow else { return true };
        let volumes = engine.volumes(batch);
        match now.tenant() {
            Some(_) => volumes.iter().for_each(|(tenant, bytes)| flow.read(tenant, *bytes)),
            None => return flow.takes(&volumes),
        }
        true
    }

    /// Whether something keeps a branch closed.
    pub(super) fn is_closed(&self, branch: &Running) -> bool {
        self.plan(branch).is_none()
    }

    /// Policy and digest of what is in force for a branch, and how many of its tenants are closed; `None`: something keeps it closed.
    pub(super) fn plan(&self, branch: &Running) -> Option<(String, String, usize)> {
        let route = self.routes.iter().position(|way| way.name == branch.route)?;
        let now = self.live.of(route)?;
        match &now.purposes.iter().find(|purpose| purpose.name == branch.purpose)?.state {
            State::Open { policy, digest, shut, .. } => {
                Some((policy.clone(), digest.clone(), shut + now.without_key(&branch.purpose)))
            }
            State::Closed(_) => None,
        }
    }
}

/// A route: its branches, beside what the configuration says of them.
pub(super) struct Way {
    pub(super) name: String,
    pub(super) to: Vec<(To, Arc<Running>)>,
    /// Exact repeats are suppressed by it. `None`: they go.
    pub(super) repeated: Option<Arc<Repeated>>,
    /// What was in force, by its generation, when a failure rule stopped it.
    pub(super) stopped: AtomicU64,
}

/// Engines of one route, by purpose. `None`: it is closed.
struct Engines {
    in_force: Arc<InForce>,
    by_purpose: Vec<Option<Engine>>,
    /// Plugins that they do not call for now, by purpose and name.
    open: BTreeMap<(usize, String), OpenCircuit>,
}

/// Works until nobody sends any more.
pub(super) fn work(floor: &Floor, mut receive: Receiver<Delivery>) {
    let mut engines: HashMap<usize, Engines> = HashMap::new();
    let mut told = Instant::now();
    while let Some(delivery) = receive.blocking_recv() {
        kill::point("worker", "taken");
        if floor.is_over.load(Ordering::Relaxed) {
            continue;
        }
        let Some(now) = floor.live.of(delivery.route) else { continue };
        let is_old = |engines: &&mut Engines| engines.in_force.generation != now.generation;
        if engines.get_mut(&delivery.route).as_ref().is_none_or(is_old)
            && let Some(mut old) = engines.insert(delivery.route, made(now))
        {
            kill::around("worker", "tell-old", || tell(floor, delivery.route, &mut old));
        }
        kill::point("worker", "engines");
        let Some(own) = engines.get_mut(&delivery.route) else { continue };
        let route = delivery.route;
        // A mistake of ours must not take the others' events with it. The parts go with the panic: their sources give the events again.
        if catch_unwind(AssertUnwindSafe(|| filter(floor, route, own, delivery))).is_err() {
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
    let Engines { in_force, by_purpose, open } = engines;
    let mut are_open = BTreeMap::new();
    for (number, (purpose, engine)) in in_force.purposes.iter().zip(by_purpose).enumerate() {
        let (Some(engine), State::Open { protects, .. }) = (engine, &purpose.state) else { continue };
        for plugin in engine.open_circuits() {
            let of = (number, plugin.to_owned());
            let told = open.remove(&of).unwrap_or_else(|| floor.metrics.circuit(&way.name, &purpose.name, plugin));
            are_open.insert(of, told);
        }
        let counts = engine.take_counts();
        if counts.events_in > 0 {
            floor.metrics.done(&way.name, &purpose.name, &counts, protects);
            floor.book.count(&way.name, &purpose.name, counts, |rule| protects.contains(rule));
        }
    }
    *open = are_open;
}

fn made(in_force: Arc<InForce>) -> Engines {
    let engine = |state: &State| match state {
        State::Open { engine, .. } => Some(engine()),
        State::Closed(_) => None,
    };
    let by_purpose = in_force.purposes.iter().map(|purpose| engine(&purpose.state)).collect();
    Engines { in_force, by_purpose, open: BTreeMap::new() }
}

fn filter(floor: &Floor, route: usize, engines: &mut Engines, delivery: Delivery) {
    let Some(way) = floor.routes.get(route) else { return };
    let Delivery { batch, source, part, held, back, place, .. } = delivery;
    let place = place.as_ref();
    let gathered = back.is_some().then(RefCell::default);
    let Engines { in_force, by_purpose, .. } = engines;
    // Whoever waits for what is refused here is told nothing, and its source gives it again. What is held takes nothing of anybody's rate.
    let refused =
        || way.to.iter().for_each(|(_, branch)| floor.metrics.outcomes(branch, "refused", batch.len() as u64));
    if back.is_none() && is_held(way, in_force, by_purpose, &batch) {
        return refused();
    }
    if by_purpose.iter_mut().flatten().next().is_some_and(|engine| !floor.takes(in_force, engine, &batch)) {
        floor.metrics.held_back(&way.name, batch.len() as u64);
        return refused();
    }
    // A proxy answers for each event as its server does.
    let knows = way.repeated.as_ref().filter(|_| back.is_none() && in_force.may_suppress());
    let (part, again) = match knows {
        Some(repeated) => repeated.begin(&batch, part),
        None => (part, Vec::new()),
    };
    let branches_of =
        |purpose: &Purpose| -> Vec<_> { way.to.iter().filter(|(to, _)| to.purpose.value == purpose.name).collect() };
    let of_purposes: Vec<_> = in_force.purposes.iter().map(branches_of).collect();
    let step = |purpose, branches| {
        let (source, held, part, back) = (&*source, &held, &part, gathered.as_ref());
        Step { floor, way, in_force, purpose, branches, source, held, part, back, place }
    };
    let steps = in_force.purposes.iter().zip(&of_purposes);
    let steps: Vec<_> = steps.map(|(purpose, branches)| step(purpose, branches.as_slice())).collect();
    // Nothing is handed on before all are done: what a key that turns out to be missing, or a rule that stops, holds for one of them comes
    // again whole.
    let all = steps.iter().zip(by_purpose.iter_mut());
    let all: Vec<_> = all.map(|(step, engine)| engine.as_mut().map(|engine| step.work(engine, &batch))).collect();
    if back.is_none() && all.iter().flatten().any(Work::is_given_back) {
        let worked = steps.iter().zip(&all).zip(by_purpose);
        worked.for_each(|((step, work), engine)| step.take_back(engine, work.as_ref(), &batch));
        return refused();
    }
    let mut repeats = 0;
    for (step, work) in steps.into_iter().zip(all) {
        match work {
            None => closed(floor, step.branches, &batch, &part),
            Some(Work::Whole(ran)) => repeats = repeats.max(step.hand_on(ran, &batch, &again)),
            Some(Work::Single(ran)) => {
                let step = Step { place: None, ..step };
                for (alone, ran) in ran {
                    step.hand_on(ran, &alone, &[]);
                }
                step.seal(records(&batch.rejects_alone(), &[], Vec::new(), &source, (floor.unknown, ALONE)));
            }
        }
    }
    way.repeated.iter().for_each(|repeated| repeated.count(repeats));
    if let Some(shadow) = &floor.shadow {
        shadow.offer(route, &batch);
    }
    if let Some((back, gathered)) = back.zip(gathered) {
        give_back(floor, way, &batch, &part, back, place, gathered.into_inner());
    }
    kill::around("worker", "resolve", || part.resolve(Fate::Delivered));
}

/// Whether a branch that holds is closed for something in a batch: it goes back whole before any branch has a part of it, or the others would
/// have theirs again with every repetition. A proxy answers for each event: there a closed tenant's are refused, and those beside them go on.
fn is_held(way: &Way, in_force: &InForce, engines: &mut [Option<Engine>], batch: &Batch) -> bool {
    in_force.purposes.iter().zip(engines).any(|(purpose, engine)| {
        let holds = |(to, _): &(To, _)| to.purpose.value == purpose.name && to.closed != Some(Closed::Skip);
        let is_closed = |engine: &mut Engine| {
            let is_closed = engine.has_closed(batch);
            tell_closed(in_force, purpose, engine);
            is_closed
        };
        way.to.iter().any(holds) && engine.as_mut().is_none_or(is_closed)
    })
}

/// Names tenants that closed since it was asked last, each once: whether there are any that this engine did not know.
fn tell_closed(in_force: &InForce, purpose: &Purpose, engine: &mut Engine) -> bool {
    let news = engine.news_of_keys();
    for (tenant, why) in &news {
        if in_force.note_key(tenant, &purpose.name, why.is_some())
            && let Some(why) = why
        {
            say(Level::Warn, "tenant-closed", &[("tenant", Said::Name(tenant)), ("why", Said::Text(why))]);
        }
    }
    news.iter().any(|(_, why)| why.is_some())
}

/// A purpose that is closed: its branches skip the events, or their sources should have held and give them again.
fn closed(floor: &Floor, branches: &[&(To, Arc<Running>)], batch: &Batch, part: &Part) {
    for (to, branch) in branches {
        floor.metrics.outcomes(branch, shut(to), batch.len() as u64);
        if to.closed == Some(Closed::Skip) {
            part.split().resolve(Fate::Withheld);
        } else {
            drop(part.split());
        }
    }
}

/// What becomes of events whose gate is closed.
fn shut(to: &To) -> &'static str {
    if to.closed == Some(Closed::Skip) { "withheld" } else { "refused" }
}

/// One purpose's work on a batch.
#[derive(Clone, Copy)]
struct Step<'a> {
    floor: &'a Floor,
    way: &'a Way,
    in_force: &'a InForce,
    purpose: &'a Purpose,
    branches: &'a [&'a (To, Arc<Running>)],
    source: &'a str,
    held: &'a Arc<Reservation>,
    part: &'a Part,
    /// Where it goes instead of to the branches: a proxy answers for each event.
    back: Option<&'a RefCell<Gathered>>,
    /// The span that it belongs to.
    place: Option<&'a Place>,
}

/// What an engine made of a batch, of which nothing was handed on yet.
enum Ran {
    Done {
        outcomes: Vec<Outcome>,
        out: Sanitized,
        sealed: Vec<Record>,
        /// Where that goes.
        space: Space,
    },
    /// Events of a tenant that closed meanwhile hold it (see [`is_held`]), a failure rule stops the route, a step failed, or quarantine has no
    /// room for what must go there. What it counted was taken back.
    GivenBack,
    /// The engine must not be used again.
    Panicked,
}

/// What one purpose's engine made of a delivery.
enum Work {
    Whole(Ran),
    /// It panicked, and each event was done alone: the one that it is about takes no other with it.
    Single(Vec<(Batch, Ran)>),
}

impl Work {
    fn is_given_back(&self) -> bool {
        match self {
            Self::Whole(ran) => matches!(ran, Ran::GivenBack),
            Self::Single(all) => all.iter().any(|(_, ran)| matches!(ran, Ran::GivenBack)),
        }
    }
}

impl Step<'_> {
    /// Filters a delivery: as one batch, or after a mistake of ours event by event.
    fn work(&self, engine: &mut Engine, batch: &Batch) -> Work {
        let ran = self.ran(engine, batch);
        let State::Open { engine: make, .. } = &self.purpose.state else { return Work::Whole(ran) };
        if !matches!(ran, Ran::Panicked) {
            return Work::Whole(ran);
        }
        self.floor.metrics.panics.inc();
        *engine = make();
        let step = Step { place: None, ..*self };
        let single = (0..batch.events.len()).map(|index| {
            let alone = batch.alone(index);
            let ran = step.ran(engine, &alone);
            if matches!(ran, Ran::Panicked) {
                *engine = make();
            }
            (alone, ran)
        });
        Work::Single(single.collect())
    }

    /// Takes back what a delivery counted that is given back whole.
    fn take_back(&self, engine: &mut Option<Engine>, work: Option<&Work>, batch: &Batch) {
        match (engine, work, &self.purpose.state) {
            (Some(engine), Some(Work::Whole(Ran::Done { .. })), _) => engine.take_back(batch),
            // It was made for this delivery, and counted nothing else.
            (Some(engine), Some(Work::Single(_)), State::Open { engine: make, .. }) => *engine = make(),
            _ => {}
        }
    }

    /// Counts what the batch's plugins failed on (see [`Counts::failures`](crate::pipeline::Counts::failures)), and says it.
    fn tell_failures(&self, engine: &Engine) {
        let [route, purpose] = [&self.way.name, &self.purpose.name].map(String::as_str);
        for (failure, events) in engine.failures() {
            let (plugin, cause) = failure.rsplit_once(": ").unwrap_or((failure, "unknown"));
            self.floor.metrics.plugin_failed(route, purpose, (plugin, cause), *events);
            let names = [("route", route), ("purpose", purpose), ("plugin", plugin), ("cause", cause)];
            often(Level::Warn, "plugin-failed", &names.map(|(key, name)| (key, Said::Name(name))), ("events", *events));
        }
    }

    /// Filters a batch.
    fn ran(&self, engine: &mut Engine, batch: &Batch) -> Ran {
        let (mut out, span) = (Sanitized::default(), self.span(batch));
        let mut run = |engine: &mut Engine| {
            let run = || {
                kill::point("worker", "engine");
                engine.run(batch, &mut out)
            };
            kill::around("worker", "filter", || catch_unwind(AssertUnwindSafe(run)))
        };
        let mut ran = run(engine);
        while tell_closed(self.in_force, self.purpose, engine) && matches!(ran, Ok(Err(_))) {
            // A key was missing only when a code was made: now its tenant is closed, and its neighbours go on.
            ran = run(engine);
        }
        if let Ok(Ok(_)) = &ran {
            // Here, not with the other counts: what a rule stops is taken back from those, and comes again.
            self.tell_failures(engine);
        }
        let end = |span: Option<Span>, how| span.into_iter().for_each(|span| span.end(how, false));
        match ran {
            Ok(Ok(outcomes)) if self.holds(&outcomes) => {
                end(span, "held");
                engine.take_back(batch);
                Ran::GivenBack
            }
            Err(_) => {
                end(span, "panicked");
                Ran::Panicked
            }
            Ok(Err(error)) => {
                end(span, "failed");
                let why = error.to_string();
                let said = [("route", Said::Name(&self.way.name)), ("why", Said::Text(&why))];
                often(Level::Error, "step-failed", &said, ("times", 1));
                self.floor.metrics.failures.inc();
                engine.take_back(batch);
                Ran::GivenBack
            }
            Ok(Ok(outcomes)) => match engine.stopped() {
                None => {
                    let sealed = self.sealed(engine, batch, &outcomes);
                    // Before anything of the batch is handed on: it would go again with every repetition.
                    let sealer = &self.floor.sealer;
                    let space = if self.back.is_some() { sealer.space_held(&sealed) } else { sealer.space(&sealed) };
                    let Some(space) = space else {
                        end(span, "held");
                        engine.take_back(batch);
                        return Ran::GivenBack;
                    };
                    self.tell(span, &outcomes);
                    Ran::Done { outcomes, out, sealed, space }
                }
                Some((_, rule)) => {
                    end(span, "stopped");
                    self.way.stopped.store(self.in_force.generation, Ordering::Relaxed);
                    let told = [("route", Said::Name(&self.way.name)), ("rule", Said::Name(rule))];
                    say(Level::Error, "route-stopped", &told);
                    engine.take_back(batch);
                    Ran::GivenBack
                }
            },
        }
    }

    /// What of a batch is sealed.
    fn sealed(&self, engine: &mut Engine, batch: &Batch, outcomes: &[Outcome]) -> Vec<Record> {
        let mut sealed = records(batch, outcomes, engine.quarantined(), self.source, (self.floor.unknown, ALONE));
        // Events of closed tenants are withheld here, and do not wait in quarantine for their gate.
        sealed.retain(|record| record.metadata.reason != reason::CLOSED);
        sealed
    }

    /// Hands on what an engine made of a batch.
    /// `again`: which events are repeats, and do not go; what is not named goes. Gives how many would have gone.
    fn hand_on(&self, ran: Ran, batch: &Batch, again: &[bool]) -> u64 {
        let (outcomes, out, sealed, space) = match ran {
            Ran::Done { outcomes, out, sealed, space } => (outcomes, out, sealed, space),
            Ran::GivenBack => {
                self.refuse(batch);
                return 0;
            }
            Ran::Panicked => {
                self.keep_out(batch);
                return 0;
            }
        };
        // What waits for a sink takes as much memory as it has bytes, not as much as reading it took: a dead sink must not starve others.
        let own = self.floor.budget.reserve(out.bytes().len()).map(Arc::new);
        let held = Some(own.unwrap_or_else(|| self.held.clone()));
        let mut events = Events::new(Arc::new(out), held).under(self.in_force.generation);
        let repeated = events.take(&places(&outcomes, again)).events() as u64;
        if let Some((to, _)) = self.branches.first() {
            self.floor.taps.offer(&self.way.name, &to.purpose.value, &events, &self.floor.budget);
        }
        for (to, branch) in self.branches {
            count(self.floor, (to, branch), &outcomes, batch.rejects.len() as u64);
            self.floor.metrics.outcomes(branch, "repeated", repeated);
            if let Some(back) = self.back {
                back.borrow_mut().add(&outcomes, events.clone());
                continue;
            }
            let part = if to.required { self.part.split() } else { unbound() };
            let (events, part) = traced(self.place, branch, events.clone(), part);
            kill::around("worker", "offer", || branch.offer(events, part));
        }
        self.seal_in(space, sealed);
        repeated
    }

    /// Whether events of a tenant that closed meanwhile hold the batch: see [`is_held`].
    fn holds(&self, outcomes: &[Outcome]) -> bool {
        self.back.is_none()
            && outcomes.contains(&Outcome::Quarantined(reason::CLOSED))
            && self.branches.iter().any(|(to, _)| to.closed != Some(Closed::Skip))
    }

    /// The span of filtering a batch.
    fn span(&self, batch: &Batch) -> Option<Span> {
        let State::Open { policy, digest, .. } = &self.purpose.state else { return None };
        let span = self.place?.below("filter")?.name("tamis.route", &self.way.name);
        let span = span.name("tamis.purpose", &self.purpose.name).name("tamis.policy", policy);
        Some(span.name("tamis.plan", digest).count("tamis.events", batch.len() as u64))
    }

    /// Ends it with what became of the events. What a rule withheld for a list must not be told by the moment: then nothing is.
    fn tell(&self, span: Option<Span>, outcomes: &[Outcome]) {
        let Some(span) = span else { return };
        let guards_lists = matches!(&self.purpose.state, State::Open { protects, .. } if !protects.is_empty());
        if guards_lists && outcomes.contains(&Outcome::Suppressed) {
            span.place().hush();
        }
        let of = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count() as u64;
        let passed = of(|outcome| *outcome == Outcome::Passed);
        let quarantined = of(|outcome| matches!(outcome, Outcome::Quarantined(_)));
        span.count("tamis.passed", passed).count("tamis.quarantined", quarantined).end("filtered", true);
    }

    /// Its source gives the batch again.
    fn refuse(&self, batch: &Batch) {
        self.branches.iter().for_each(|(_, branch)| self.floor.metrics.outcomes(branch, "refused", batch.len() as u64));
        if let Some(back) = self.back {
            back.borrow_mut().refuse(batch);
        }
        drop(self.part.split());
    }

    /// An event that cannot be filtered at all: what is known of it is kept, and nothing of what it holds.
    fn keep_out(&self, alone: &Batch) {
        let metadata = Metadata {
            event: alone.first_number,
            reason: "panic".to_owned(),
            schema: None,
            rule: None,
            source: self.source.to_owned(),
            bytes: alone.event(0).len() as u64,
            events: 1,
            time: Some(jiff::Timestamp::now().to_string()),
        };
        self.branches.iter().for_each(|(_, branch)| self.floor.metrics.outcomes(branch, "quarantined", 1));
        if let Some(back) = self.back {
            back.borrow_mut().became.push(Became::Quarantined);
        }
        self.seal(vec![Record { metadata, content: None, is_reject: false }]);
    }

    fn seal(&self, records: Vec<Record>) {
        match self.floor.sealer.space(&records) {
            Some(space) => self.seal_in(space, records),
            // There is no room: its source gives it again.
            None => drop(self.part.split()),
        }
    }

    fn seal_in(&self, space: Space, records: Vec<Record>) {
        if records.is_empty() {
            return;
        }
        match self.back {
            Some(back) => back.borrow_mut().sealed.push((space, records)),
            None => {
                kill::around("worker", "seal", || self.floor.sealer.seal_in(space, records, self.part.split()));
            }
        }
    }
}

/// Where repeats lie among the events that passed.
fn places(outcomes: &[Outcome], again: &[bool]) -> Vec<usize> {
    let passed = outcomes.iter().enumerate().filter(|(_, outcome)| matches!(outcome, Outcome::Passed));
    let repeats = passed.enumerate().filter(|(_, (index, _))| again.get(*index) == Some(&true));
    repeats.map(|(place, _)| place).collect()
}

/// Events on their way into a branch, with a span that ends when they are final there.
fn traced(place: Option<&Place>, branch: &Running, events: Events, part: Part) -> (Events, Part) {
    match place.and_then(|place| branch.span(place, "branch")) {
        None => (events, part),
        Some(span) => (events.traced(span.place()), span.over(part)),
    }
}

/// A part of a receipt that nobody waits for: what a branch that is not required does holds no source.
fn unbound() -> Part {
    let receipt = Receipt::new(|_| ());
    let part = receipt.part();
    receipt.close();
    part
}

/// What became of the events of a batch before its branch. What the branch and its sink do with those that passed, they count.
fn count(floor: &Floor, (to, branch): (&To, &Running), outcomes: &[Outcome], rejects: u64) {
    let (mut suppressed, mut quarantined, mut closed) = (0, rejects, 0);
    for outcome in outcomes {
        match outcome {
            Outcome::Suppressed => suppressed += 1,
            Outcome::Quarantined(reason::CLOSED) => closed += 1,
            Outcome::Quarantined(_) => quarantined += 1,
            Outcome::Passed | Outcome::Stopped => {}
        }
    }
    floor.metrics.outcomes(branch, "suppressed", suppressed);
    floor.metrics.outcomes(branch, "quarantined", quarantined);
    floor.metrics.outcomes(branch, shut(to), closed);
}
