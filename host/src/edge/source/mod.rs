//! Sources: where events come from, a file each.
//!
//! A source cuts what it reads into batches, hands each to its [`Intake`], and acknowledges what it read when it is told the
//! [`Verdict`]. It holds (reads no more) while a required branch has no room, or the memory of all events is used up.

pub(in crate::edge) mod body;
mod bulk;
mod door;
mod file;
pub(in crate::edge) mod forward;
mod hec;
pub(in crate::edge) mod http;
#[cfg(feature = "kafka")]
mod kafka;
pub(in crate::edge) mod loki;
mod nats;
pub(in crate::edge) mod otlp;
mod positions;
pub(in crate::edge) mod request;
mod stdin;
mod stream;
mod syslog;

use std::sync::Arc;

use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use crate::config::{Limits, SourceKind};
use crate::delivery::{Budget, Part, Receipt, Reservation, Verdict};
use crate::event::frame::Batch;

use super::net::Certificate;
use super::proxy::{Filtered, Given};
use super::spans::{Place, Span, Spans};

/// A batch on its way to a route.
pub struct Delivery {
    /// Number of the route.
    pub route: usize,
    /// The events.
    pub batch: Arc<Batch>,
    /// Where they came from, by a name of the configuration.
    pub source: Arc<str>,
    /// What is resolved when they are final.
    pub part: Part,
    /// The memory that they take; given back when the last branch is done with them.
    pub held: Arc<Reservation>,
    /// The span that what becomes of it belongs to.
    pub place: Option<Place>,
    /// Who has the batch filtered and given back. `None`: it goes to the branches of the route.
    pub back: Option<tokio::sync::oneshot::Sender<Given>>,
}

/// Whether the branches of routes have room.
pub trait Room: Send + Sync {
    /// Every required branch of the route has some.
    fn is_there(&self, route: usize) -> bool;
    /// Quarantine takes what has to go there.
    fn takes_all(&self) -> bool;
}

/// Where a source hands its batches.
#[derive(Clone)]
pub struct Intake {
    /// Name of the source.
    pub source: Arc<str>,
    /// Routes that take from it, by number.
    pub routes: Arc<[usize]>,
    /// Workers. Batches of one lane go to one of them, in order.
    pub workers: Arc<[Sender<Delivery>]>,
    /// Memory of all events.
    pub budget: Budget,
    /// Bounds on what comes in.
    pub limits: Limits,
    /// Whether branches have room.
    pub room: Arc<dyn Room>,
    /// What is not acknowledged can be had once more. From who cannot give it nothing is taken that might be given back.
    pub gives_again: bool,
    /// Counts what comes in.
    pub count: Arc<dyn Count>,
    /// Traces one delivery of many.
    pub spans: Option<Spans>,
}

/// Counts what a source does.
pub trait Count: Send + Sync {
    /// So many events came.
    fn events(&self, events: u64, bytes: u64);
    /// Something does not work, and the source goes on: a sentence of our own, without content.
    fn trouble(&self, why: &str);
    /// Something is as somebody should know, and the source goes on: as above.
    fn warn(&self, why: &str);
    /// What came was refused, to be given again: too much at a time, or a branch failed.
    fn refused(&self);
    /// So many events are lost: the system had no room for them, or a branch gave up what cannot be had again.
    fn lost(&self, events: u64);
}

/// Why nothing is taken now: have it given again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// How often a source that holds looks whether it may go on.
const LOOK: std::time::Duration = std::time::Duration::from_millis(5);

impl Intake {
    /// Whether every required branch has room.
    pub fn has_room(&self) -> bool {
        self.routes.iter().all(|route| self.room.is_there(*route)) && (self.gives_again || self.room.takes_all())
    }

    /// Takes memory for what is about to be read.
    ///
    /// # Errors
    ///
    /// A branch has no room, or the memory is used up.
    pub fn reserve(&self, bytes: usize) -> Result<Reservation, Busy> {
        if !self.has_room() {
            return Err(Busy);
        }
        self.budget.reserve(bytes).ok_or(Busy)
    }

    /// Waits for room and memory; `None` where it was told to stop first.
    pub async fn wait(&self, bytes: usize, stop: &CancellationToken) -> Option<Reservation> {
        // One batch is taken whatever its size, else a large one would wait for ever.
        let bytes = bytes.min(self.budget.most());
        loop {
            if let Ok(reserved) = self.reserve(bytes) {
                return Some(reserved);
            }
            tokio::select! {
                () = stop.cancelled() => return None,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// The span of a delivery, of one of many.
    fn receive(&self, batches: &[Batch]) -> Option<Span> {
        let span = self.spans.as_ref()?.begin("receive")?.name("tamis.source", &self.source);
        let events = batches.iter().map(Batch::len).sum::<usize>() as u64;
        let bytes = batches.iter().map(|batch| batch.bytes().len()).sum::<usize>() as u64;
        Some(span.count("tamis.events", events).count("tamis.bytes", bytes))
    }

    /// Hands batches to every route, in order; `done` is told what became of them all. `lane` says which of them keep their order
    /// among each other: those of one connection, file, or partition.
    pub async fn deliver(
        &self,
        lane: u64,
        batches: Vec<Batch>,
        held: Reservation,
        done: impl FnOnce(Verdict) + Send + 'static,
    ) {
        let span = self.receive(&batches);
        let place = span.as_ref().map(|span| span.place().clone());
        let receipt = Receipt::new(move |verdict| {
            span.into_iter().for_each(|span| span.end_with(verdict));
            done(verdict);
        });
        let held = Arc::new(held);
        let Some(worker) = self.workers.get((lane % self.workers.len().max(1) as u64) as usize) else { return };
        for batch in batches {
            self.count.events(batch.len() as u64, batch.bytes().len() as u64);
            let batch = Arc::new(batch);
            for route in self.routes.iter() {
                let (part, source) = (receipt.part(), self.source.clone());
                let (batch, held, place) = (batch.clone(), held.clone(), place.clone());
                let delivery = Delivery { route: *route, batch, source, part, held, place, back: None };
                // A worker that is gone takes nothing: the part is dropped with it, and that is a nack.
                if worker.send(delivery).await.is_err() {
                    return;
                }
            }
        }
        receipt.close();
    }

    /// Has batches filtered for the one route that takes from here, and given back in their order. `None`: not now.
    pub async fn filter(&self, lane: u64, batches: Vec<Batch>, held: Arc<Reservation>) -> Option<Filtered> {
        let (tell, told) = tokio::sync::oneshot::channel();
        let span = self.receive(&batches);
        let place = span.as_ref().map(|span| span.place().clone());
        let receipt = Receipt::new(move |verdict| {
            span.into_iter().for_each(|span| span.end_with(verdict));
            let _ = tell.send(verdict);
        });
        let worker = self.workers.get((lane % self.workers.len().max(1) as u64) as usize)?;
        let (route, mut waiting, mut given) = (*self.routes.first()?, Vec::new(), Vec::new());
        for batch in batches {
            self.count.events(batch.len() as u64, batch.bytes().len() as u64);
            let (back, gives) = tokio::sync::oneshot::channel();
            let (batch, source, part) = (Arc::new(batch), self.source.clone(), receipt.part());
            let (held, place) = (held.clone(), place.clone());
            let delivery = Delivery { route, batch, source, part, held, place, back: Some(back) };
            worker.send(delivery).await.ok()?;
            waiting.push(gives);
        }
        for gives in waiting {
            given.push(gives.await.ok()?);
        }
        Some(Filtered { given, receipt, told })
    }
}

/// What a source is run with.
pub struct Running {
    /// Where it hands its batches.
    pub intake: Intake,
    /// It takes nothing more then, and ends.
    pub stop: CancellationToken,
    /// The certificate it names.
    pub certificate: Option<Certificate>,
    /// Folder of its positions.
    pub state: std::path::PathBuf,
    /// Told once it listens, or reads.
    pub ready: tokio::sync::oneshot::Sender<std::io::Result<Option<std::net::SocketAddr>>>,
}

/// Runs a source until it is told to stop, or has nothing more. All that it handed out has its verdict then.
///
/// # Errors
///
/// Why it can go on no longer. Names files and addresses, never content.
pub async fn run(kind: &SourceKind, running: Running) -> Result<(), String> {
    match kind {
        SourceKind::Stdin => stdin::run(running).await,
        SourceKind::File(said) => file::run(said, running).await,
        SourceKind::Http(said) => http::run(said, running).await,
        SourceKind::Syslog(said) => syslog::run(said, running).await,
        SourceKind::Forward(said) => forward::run(said, running).await,
        SourceKind::Nats(said) => nats::run(said, running).await,
        SourceKind::Otlp(said) => otlp::run(said, running).await,
        SourceKind::Bulk(said) => bulk::run(said, running).await,
        SourceKind::Hec(said) => hec::run(said, running).await,
        SourceKind::Loki(said) => loki::run(said, running).await,
        #[cfg(feature = "kafka")]
        SourceKind::Kafka(said) => kafka::run(said, running).await,
        #[cfg(not(feature = "kafka"))]
        SourceKind::Kafka(_) => Err(super::NO_KAFKA.to_owned()),
    }
}
