//! Runs a [`Branch`]: sends what it wants sent, tells it the answers, seals what the sink will not have.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::book::Told;
use super::buffered::Buffered;
use super::log::{Level, Said, often, say};
use super::quarantine::Sealer;
use crate::delivery::branch::{Answer, Batch, Breaking, Counts, Next, Options, Payload as _, Reason, Reject, Retry};
use crate::delivery::{Branch, Part};
use crate::edge::quarantine::{Metadata, Record};
use crate::edge::sink::{Events, Sink};
use crate::edge::spans::{Place, Span};
use crate::kill;
use crate::pipeline::{Extent, Residue};
use crate::{config, delivery};

/// Requests of one branch that are under way at a time, where order does not matter.
const IN_FLIGHT: usize = 8;

/// How often a closed branch looks whether it is open, where nobody says so.
const CLOSED: Duration = Duration::from_secs(1);

/// What a sink answered, in a word.
fn word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Delivered => "delivered",
        Answer::Retry { .. } => "again",
        Answer::Rejected => "rejected",
        Answer::TooLarge => "too-large",
        Answer::Partial(_) | Answer::Short(_) => "partial",
        Answer::Lost => "lost",
    }
}

fn options(batch: config::Batching, retry: config::Retry) -> Options {
    Options {
        batch: Batch { events: batch.events, bytes: batch.bytes, age: batch.age },
        in_flight: IN_FLIGHT,
        ordered: false,
        retry: Retry { first: retry.first, most: retry.most, until: retry.give_up.unwrap_or(Duration::MAX) },
        capacity: 0,
        required: true,
        breaker: Breaking { failures: 5, first: retry.first, most: retry.most },
    }
}

/// A branch that runs.
pub(super) struct Running {
    pub(super) route: String,
    pub(super) sink: String,
    pub(super) purpose: String,
    buffer: OnceLock<Arc<Buffered>>,
    /// A gate keeps it closed: what waits does not go.
    is_closed: AtomicBool,
    state: Mutex<Inner>,
    changed: Notify,
    began: Instant,
    /// Events that a proxy has under way.
    pub(super) proxied: AtomicUsize,
    /// How much left under what was in force last.
    extent: Mutex<Option<Arc<Extent>>>,
    /// Events of which it was told that they were discarded.
    told: Told,
    /// Records of its buffer that were counted as damaged, and of which that was told.
    lost_counted: Told,
    lost_told: Told,
    /// Its sink will never take anything again.
    is_gone: AtomicBool,
    /// Quarantine had no room for what its sink refused for good.
    is_held: AtomicBool,
}

struct Inner {
    branch: Branch<Events>,
    /// What came between a source's look and its delivery, when there was no room any more. Their memory is bounded by the budget.
    over: VecDeque<(Events, Part)>,
    rng: fastrand::Rng,
    is_draining: bool,
}

impl Running {
    /// The branch of a proxy: nothing ever waits in it. It has the names that are counted by, and a gate.
    pub(super) fn of_proxy(route: &str, to: &config::To) -> Arc<Self> {
        Self::with(route, to, options(config::Batching::default(), config::Retry::default()))
    }

    /// A branch of a route. `share`: bytes that it may hold where its sink says nothing.
    pub(super) fn new(route: &str, to: &config::To, sink: &config::Sink, ordered: bool, share: u64) -> Arc<Self> {
        let options = Options {
            ordered,
            capacity: sink.queue.unwrap_or(share) as usize,
            // Behind a buffer on disk nothing is dropped any more: it was acknowledged.
            required: to.required || sink.buffer.is_some(),
            ..options(sink.batch, sink.retry)
        };
        Self::with(route, to, options)
    }

    fn with(route: &str, to: &config::To, options: Options) -> Arc<Self> {
        let inner = Inner {
            branch: Branch::new(options),
            over: VecDeque::new(),
            rng: fastrand::Rng::new(),
            is_draining: false,
        };
        Arc::new(Self {
            route: route.to_owned(),
            sink: to.sink.value.clone(),
            purpose: to.purpose.value.clone(),
            buffer: OnceLock::new(),
            is_closed: AtomicBool::new(false),
            state: Mutex::new(inner),
            changed: Notify::new(),
            began: Instant::now(),
            proxied: AtomicUsize::new(0),
            extent: Mutex::default(),
            told: Told::default(),
            lost_counted: Told::default(),
            lost_told: Told::default(),
            is_gone: AtomicBool::new(false),
            is_held: AtomicBool::new(false),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Whoever panicked in here held no half-made change: every call of a branch ends whole or not at all.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// What it is called on disk.
    pub(super) fn name(&self) -> String {
        format!("{}.{}.{}", self.route, self.sink, self.purpose)
    }

    /// A gate closes it, or opens it again.
    pub(super) fn close(&self, is_closed: bool) {
        self.is_closed.store(is_closed, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// Takes note of what is in force from now on; whether that narrows what was before it, as far as something of it may wait.
    /// `discards`: then what waits does not go.
    pub(super) fn in_force(&self, number: u64, extent: &Arc<Extent>, discards: bool) -> bool {
        let before = self.extent.lock().unwrap_or_else(PoisonError::into_inner).replace(extent.clone());
        let digest = self.buffer.get().map(|buffer| (buffer, extent.digest()));
        let narrows = match (&before, &digest) {
            (Some(before), _) => before.is_narrowed_by(extent),
            // What was in force before a restart is gone: where it was another one nobody knows how much more left under it.
            (None, Some((buffer, digest))) => buffer.waits_under_another(digest),
            (None, None) => false,
        };
        if let Some((buffer, digest)) = digest {
            buffer.in_force(number, digest, narrows && discards);
        }
        if narrows && discards {
            kill::around("branch", "discard", || self.lock().branch.discard(number));
            self.changed.notify_one();
        }
        narrows
    }

    /// Events that were not sent since a policy narrowed.
    pub(super) fn discarded(&self) -> u64 {
        self.lock().branch.counts(self.now()).discarded + self.buffer.get().map_or(0, |buffer| buffer.discarded())
    }

    /// Tells how many they were.
    pub(super) fn tell_discarded(&self, tell: impl FnOnce(u64) -> bool) {
        self.told.tell(self.discarded(), |events| {
            let is_told = tell(events);
            if is_told {
                let (route, purpose) = (("route", Said::Name(&self.route)), ("purpose", Said::Name(&self.purpose)));
                let said = [route, ("sink", Said::Name(&self.sink)), purpose, ("events", Said::Number(events))];
                say(Level::Warn, "discarded", &said);
            }
            is_told
        });
    }

    /// Records of its buffer that are damaged.
    fn lost(&self) -> u64 {
        self.buffer.get().map_or(0, |buffer| buffer.lost())
    }

    /// Counts those that were not counted yet.
    pub(super) fn count_lost(&self, count: impl FnOnce(u64)) {
        self.lost_counted.tell(self.lost(), |records| {
            count(records);
            true
        });
    }

    /// Tells how many they are.
    pub(super) fn tell_lost(&self, tell: impl FnOnce(u64) -> bool) {
        self.lost_told.tell(self.lost(), tell);
    }

    /// Its sink is gone for good: what it holds, and what still comes, is given back.
    fn give_back(&self) {
        self.is_gone.store(true, Ordering::Relaxed);
        self.drain(Duration::ZERO);
    }

    /// Whether nothing should come before quarantine has room again.
    pub(super) fn is_held(&self) -> bool {
        self.is_held.load(Ordering::Relaxed)
    }

    /// Whether its sink will never take anything again.
    pub(super) fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Relaxed)
    }

    /// Puts a buffer on disk before the sink.
    pub(super) fn buffer(&self, buffer: Arc<Buffered>) {
        // It is set once, before anything is offered.
        let _ = self.buffer.set(buffer);
    }

    /// The buffer on disk, where there is one.
    pub(super) fn buffered(&self) -> Option<&Arc<Buffered>> {
        self.buffer.get()
    }

    /// Takes filtered events.
    pub(super) fn offer(&self, events: Events, part: Part) {
        match self.buffer.get() {
            Some(buffer) => buffer.offer(events, part),
            None => self.offer_to_sink(events, part),
        }
    }

    /// Takes filtered events that go to the sink from memory.
    pub(super) fn offer_to_sink(&self, events: Events, part: Part) {
        let now = self.now();
        let mut inner = self.lock();
        if self.is_gone() {
            return;
        }
        if inner.over.is_empty() {
            if let Err(back) = inner.branch.offer(now, events, part) {
                inner.over.push_back(back);
            }
        } else {
            inner.over.push_back((events, part));
        }
        drop(inner);
        kill::point("branch", "offered");
        self.changed.notify_one();
    }

    /// Whether it would take events now.
    pub(super) fn has_room(&self) -> bool {
        self.buffer.get().map_or_else(|| self.has_room_in_memory(), |buffer| buffer.has_room())
    }

    /// Whether what is read from its buffer could wait here.
    pub(super) fn has_room_in_memory(&self) -> bool {
        self.lock().over.is_empty()
    }

    /// What it holds, and what became of events.
    pub(super) fn counts(&self) -> (Counts, usize) {
        let inner = self.lock();
        let over = inner.over.iter().map(|(events, _)| events.events()).sum();
        (inner.branch.counts(self.now()), over)
    }

    /// Sends what there is at once, and gives back to the sources what is left after `deadline`.
    pub(super) fn drain(&self, deadline: Duration) {
        let now = self.now();
        let mut inner = self.lock();
        self.refill(&mut inner, now);
        let closed = self.is_closed.load(Ordering::Relaxed);
        kill::around("branch", "drain", || inner.branch.drain(if closed { now } else { now + deadline }));
        inner.is_draining = true;
        drop(inner);
        self.changed.notify_one();
    }

    fn refill(&self, inner: &mut Inner, now: Duration) {
        while let Some((events, part)) = inner.over.pop_front() {
            if let Err(back) = inner.branch.offer(now, events, part) {
                inner.over.push_front(back);
                return;
            }
        }
    }

    /// What is to be sent now, and when to look again.
    fn due(&self) -> (Vec<(u64, u32, Vec<Events>)>, Option<Duration>, bool) {
        let now = self.now();
        let mut inner = self.lock();
        let inner = &mut *inner;
        self.refill(inner, now);
        let mut send = Vec::new();
        if self.is_closed.load(Ordering::Relaxed) && !inner.is_draining {
            return (send, Some(CLOSED), false);
        }
        let wait = loop {
            match inner.branch.next(now) {
                Next::Send(request) => {
                    kill::point("branch", "request");
                    send.push((request.id(), request.attempts(), request.payloads().cloned().collect()));
                }
                Next::Wait(at) => break Some(at.saturating_sub(now)),
                Next::Idle => break None,
            }
        };
        if inner.is_draining && inner.branch.is_empty() {
            // A branch that drains takes nothing more: what is over goes back to its sources.
            inner.over.clear();
        }
        (send, wait, inner.is_draining && inner.branch.is_empty())
    }

    fn answer(&self, id: u64, answer: Answer) -> Vec<Reject<Events>> {
        let now = self.now();
        let mut inner = self.lock();
        let inner = &mut *inner;
        kill::around("branch", "answer", || inner.branch.answer(now, id, answer, &mut inner.rng))
    }

    /// Runs until it was drained. A sink that is gone stops everything: there is nothing to run for.
    pub(super) async fn run(self: Arc<Self>, sink: Arc<dyn Sink>, sealer: Sealer, stop: CancellationToken) {
        let mut under_way: JoinSet<(u64, Answer)> = JoinSet::new();
        loop {
            let (send, wait, is_done) = self.due();
            if is_done {
                return;
            }
            for (id, attempt, events) in send {
                let (sink, span) = (sink.clone(), self.attempt(attempt, &events));
                // In a task of its own: one that panics gave no answer.
                let sending = tokio::spawn(async move {
                    kill::point("branch", "send");
                    sink.send(events).await
                });
                under_way.spawn(async move {
                    let answer = sending.await.unwrap_or(Answer::Lost);
                    span.into_iter().for_each(|span| span.end(word(&answer), answer == Answer::Delivered));
                    (id, answer)
                });
            }
            tokio::select! {
                () = self.changed.notified() => {}
                Some(done) = under_way.join_next() => {
                    if let Ok((id, answer)) = done {
                        self.rejects(self.answer(id, answer), &sealer);
                        if sink.is_gone() {
                            self.give_back();
                            stop.cancel();
                        }
                    }
                }
                () = tokio::time::sleep(wait.unwrap_or(Duration::from_secs(3600))) => {}
            }
        }
    }

    /// A span of work of this branch.
    pub(super) fn span(&self, below: &Place, name: &'static str) -> Option<Span> {
        let span = below.below(name)?.name("tamis.route", &self.route).name("tamis.sink", &self.sink);
        Some(span.name("tamis.purpose", &self.purpose))
    }

    /// The span of an attempt to send events, where one of them is traced.
    fn attempt(&self, attempt: u32, events: &[Events]) -> Option<Span> {
        let mut places = events.iter().filter_map(Events::place);
        let span = places.find_map(|place| self.span(place, "send"))?.count("tamis.attempt", attempt.into());
        let span = span.count("tamis.events", events.iter().map(|events| events.events() as u64).sum());
        Some(places.fold(span, Span::link))
    }

    /// What the sink will not have is sealed: it was filtered, and it is lost nowhere.
    fn rejects(&self, rejects: Vec<Reject<Events>>, sealer: &Sealer) {
        let events: usize = rejects.iter().map(|reject| reject.parcel.payload.events()).sum();
        if events > 0 {
            often(Level::Warn, "sink-refused", &[("sink", Said::Name(&self.sink))], ("events", events as u64));
        }
        for Reject { parcel: delivery::branch::Parcel { payload, part, .. }, reason } in rejects {
            let reason = match reason {
                Reason::Refused => "sink-refused",
                Reason::TooLarge => "sink-too-large",
                Reason::TooOld => "sink-too-old",
            };
            let record = |(number, event): (usize, &[u8])| Record {
                metadata: Metadata {
                    event: number as u64 + 1,
                    reason: reason.to_owned(),
                    schema: None,
                    rule: None,
                    source: format!("{}/{}", self.route, self.sink),
                    bytes: event.len() as u64,
                    events: 1,
                    time: Some(jiff::Timestamp::now().to_string()),
                },
                content: Some(Residue::filtered(event)),
                is_reject: false,
            };
            kill::point("branch", "reject");
            let is_sealed = sealer.seal(payload.iter().enumerate().map(record).collect(), part);
            // Else other branches have it again with every repetition.
            self.is_held.store(!is_sealed, Ordering::Relaxed);
        }
    }
}
