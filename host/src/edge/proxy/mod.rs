//! Inline proxies: a shipper is pointed here instead of at its server. A request is read whole, filtered, written again in its protocol
//! and sent on once; the answer is the server's. Nothing is stored between, but what goes into quarantine.
//!
//! ```text
//! client → credentials → room → body → events → worker → what passed → upstream
//!    └──────────── answer, item by item ←──────── quarantine synced ←─────┘
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `door.rs` | the way of a request |
//! | `head.rs` | who asks: credentials, signatures, `X-Scope-OrgID` |
//! | `upstream.rs` | the server behind |
//! | `dialect.rs` | what a protocol has to say |
//! | `bulk.rs`, `hec.rs`, `json.rs`, `loki.rs`, `otlp.rs` | the protocols |
//!
//! INVARIANT (raw cannot be encoded): a [`dialect::Exchange`] writes the request upstream from [`Events`] only.

mod bulk;
mod dialect;
mod door;
mod head;
mod hec;
mod json;
mod loki;
mod otlp;
#[cfg(test)]
mod tests;
mod upstream;

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::net::{self, Certificate, Listener};
use super::sink::Events;
use super::source::Intake;
use crate::config::Proxy;
use crate::delivery::{Receipt, Verdict};

/// What became of an event, or of a piece that is none, before anything was sent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It was filtered, and may be sent on.
    Passed,
    /// A rule withheld it.
    Suppressed,
    /// It cannot be treated, and is to be sealed.
    Quarantined,
    /// It was not filtered: it has to be given again.
    Refused,
}

/// Seals what is to be sealed of a batch, and those events that passed, by number, and cannot be written. Not called: it is given again.
pub type Seal = Box<dyn FnOnce(&[usize]) + Send>;

/// A batch that was filtered and is given back.
pub struct Given {
    /// By piece.
    pub became: Vec<Became>,
    /// What passed, in its order.
    pub events: Vec<Events>,
    /// Seals what is to be sealed.
    pub seal: Seal,
    /// What passed is under way until it is said what became of it.
    pub owed: Owed,
}

/// What became of events that passed. In all as many as did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// The server has them.
    pub delivered: usize,
    /// It refused them for good.
    pub rejected: usize,
    /// They are given again.
    pub refused: usize,
}

/// Events that are under way. Dropped, they count as refused.
pub struct Owed {
    events: usize,
    tell: Option<Box<dyn FnOnce(Ended) + Send>>,
}

impl Owed {
    /// So many; `tell` is told what became of them, once.
    pub fn new(events: usize, tell: impl FnOnce(Ended) + Send + 'static) -> Self {
        Self { events, tell: Some(Box::new(tell)) }
    }

    /// Some of them ended: takes from what is left of each kind as many as it has.
    fn end(mut self, left: &mut Ended) {
        let delivered = left.delivered.min(self.events);
        let rejected = left.rejected.min(self.events - delivered);
        (left.delivered, left.rejected) = (left.delivered - delivered, left.rejected - rejected);
        if let Some(tell) = self.tell.take() {
            tell(Ended { delivered, rejected, refused: self.events - delivered - rejected });
        }
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        if let Some(tell) = self.tell.take() {
            tell(Ended { refused: self.events, ..Ended::default() });
        }
    }
}

/// Batches of a request that were filtered.
pub struct Filtered {
    /// In their order.
    pub given: Vec<Given>,
    /// What is sealed is a part of it.
    pub receipt: Receipt,
    /// Told once all of it is on disk.
    pub told: oneshot::Receiver<Verdict>,
}

/// Counts requests.
pub trait Tally: Send + Sync {
    /// One ended so: a word of our own.
    fn request(&self, outcome: &'static str);
}

/// What a proxy is run with.
pub struct Running {
    /// Where its batches are filtered.
    pub intake: Intake,
    /// Counts its requests.
    pub tally: Arc<dyn Tally>,
    /// It takes nothing more then, and ends.
    pub stop: CancellationToken,
    /// The certificate it names.
    pub certificate: Option<Certificate>,
    /// Told once it listens.
    pub ready: oneshot::Sender<std::io::Result<std::net::SocketAddr>>,
}

/// Opens what a proxy needs beside its address: secrets, and the authorities that it trusts.
///
/// # Errors
///
/// What is missing, or cannot be used.
pub fn try_out(said: &Proxy) -> Result<(), String> {
    head::Gate::new(said)?;
    upstream::Upstream::new(said).map(drop)
}

/// Runs a proxy until it is told to stop. Requests that are under way are answered first.
///
/// # Errors
///
/// It cannot start. Names files and addresses, never content.
pub async fn run(said: &Proxy, running: Running) -> Result<(), String> {
    let Running { intake, tally, stop, certificate, ready } = running;
    let door = Arc::new(door::Door::open(said, intake, tally)?);
    let listener = match Listener::bind(said.listen, certificate, door.connections()).await {
        Ok(listener) => listener,
        Err(error) => {
            let text = format!("cannot listen at {}: {error}", said.listen);
            let _ = ready.send(Err(error));
            return Err(text);
        }
    };
    let _ = ready.send(listener.address());
    net::http(listener, stop, move |request| door.clone().answer(request)).await;
    Ok(())
}
