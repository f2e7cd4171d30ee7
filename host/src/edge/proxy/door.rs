//! The way of a request: who asks, is there room, the body, the filter, the server, quarantine, the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::dialect::{Dialect, Exchange, Place, Question, Reply, Told, Written, passed};
use super::head::{self, Credentials, Gate};
use super::upstream::{Unanswered, Upstream};
use super::{Became, Ended, Filtered, Given, Owed, Seal, Tally, bulk, hec, json, loki, otlp};
use crate::config::{Proxy, ProxyProtocol};
use crate::delivery::{Receipt, Reservation, Verdict};
use crate::edge::sink::Events;
use crate::edge::source::Intake;
use crate::edge::source::otlp::Body;
use crate::edge::source::request::{self, BUSY, Refused, add, grow};
use crate::event::frame::Batch;

/// Memory for what became of an event, of its batch, of all, and of all once more as they are written.
const BECAME: usize = 4 * size_of::<Became>();

/// What all requests have in common.
pub(super) struct Door {
    intake: Intake,
    tally: Arc<dyn Tally>,
    gate: Gate,
    dialect: Arc<dyn Dialect>,
    upstream: Upstream,
    longest: Duration,
    lanes: AtomicU64,
}

/// How a request ended that no server answered.
enum Failed {
    /// By a mistake of the client's, or for want of room.
    Refused(Refused),
    /// The server gave no answer that could be passed on.
    Upstream,
}

impl From<Refused> for Failed {
    fn from(why: Refused) -> Self {
        Self::Refused(why)
    }
}

impl Door {
    pub(super) fn open(said: &Proxy, intake: Intake, tally: Arc<dyn Tally>) -> Result<Self, String> {
        let dialect: Arc<dyn Dialect> = match &said.protocol {
            ProxyProtocol::Http => Arc::new(json::Json { path: said.upstream.value.path().to_owned() }),
            ProxyProtocol::Otlp => Arc::new(otlp::Otlp { is_grpc: false }),
            ProxyProtocol::OtlpGrpc => Arc::new(otlp::Otlp { is_grpc: true }),
            ProxyProtocol::Elasticsearch { index } => Arc::new(bulk::Bulk { index: index.as_str().into() }),
            ProxyProtocol::Loki { labels } => Arc::new(loki::Loki::new(labels, &said.name.value)),
            ProxyProtocol::Hec { usual } => Arc::new(hec::Hec::new(usual)?),
        };
        let (gate, upstream) = (Gate::new(said)?, Upstream::new(said)?);
        Ok(Self { intake, tally, gate, dialect, upstream, longest: said.answer, lanes: AtomicU64::new(0) })
    }

    pub(super) fn connections(&self) -> usize {
        self.intake.limits.connections
    }

    pub(super) async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let (mut head, body) = request.into_parts();
        let (outcome, why) = match self.serve(&mut head, body).await {
            Ok(reply) => {
                self.tally.request(if reply.is_again { "upstream-later" } else { "answered" });
                return reply.response;
            }
            Err(Failed::Upstream) => ("upstream-failed", BUSY),
            Err(Failed::Refused(why)) if why.0 == StatusCode::SERVICE_UNAVAILABLE => ("later", why),
            Err(Failed::Refused(why)) => ("refused", why),
        };
        self.tally.request(outcome);
        if why.0 == StatusCode::SERVICE_UNAVAILABLE {
            self.intake.count.refused();
        }
        self.dialect.refuse(&head, why)
    }

    async fn serve(&self, head: &mut Parts, body: Incoming) -> Result<Reply, Failed> {
        let credentials = self.gate.admit(head)?;
        let place = self.dialect.place(head)?;
        let coding = self.dialect.coding(head)?;
        let deadline = self.dialect.deadline(head);
        let until = Instant::now() + deadline.map_or(self.longest, |asked| asked.min(self.longest));
        // Nothing of a body was asked for so far: `100 Continue` is sent when it is read, and so after all that.
        let reading = timeout_at(until, request::body(&head.headers, body, &self.intake));
        let (body, mut held) = reading.await.map_err(|_| BUSY)??;
        let path = match place {
            Place::Events(path) => path,
            Place::Question(path) => {
                grow(&mut held, body.len().saturating_mul(hec::ASKED))?;
                return self.question(head, path, &body, credentials, until).await;
            }
        };
        let (dialect, limits, own) = (self.dialect.clone(), self.intake.limits, head.clone());
        // Inflating and framing are work: other connections go on meanwhile.
        let read = tokio::task::spawn_blocking(move || {
            let asked = dialect.read(&own, body, coding, &limits, &mut held)?;
            let pieces: usize = asked.batches.iter().map(Batch::len).sum();
            add(&mut held, pieces * BECAME)?;
            Ok::<_, Refused>((asked, held))
        });
        let (asked, held) = read.await.map_err(|_| BUSY)??;
        let held = Arc::new(held);
        let Under { mut became, events, owed, seals, filtered } =
            self.filter(asked.batches, held.clone(), until).await?;
        let exchange: Arc<dyn Exchange> = asked.exchange.into();
        if !exchange.is_by_item() && became.contains(&Became::Refused) {
            return Err(BUSY.into());
        }
        let (writes, of) = (exchange.clone(), became.clone());
        let written = tokio::task::spawn_blocking(move || match passed(&of) {
            0 => Some(Written::default()),
            _ => writes.write(&of, &events),
        });
        let Written { mut headers, body, unwritten } = written.await.ok().flatten().ok_or(BUSY)?;
        put_aside(&mut became, &unwritten);
        let told = if passed(&became) == 0 {
            None
        } else {
            head::digests(&head.headers, &body, &mut headers);
            if deadline.is_some() {
                headers.insert("grpc-timeout", left(until));
            }
            Some(self.ask(Method::POST, path, headers, body, credentials, until).await?)
        };
        // What the server said cannot be passed on.
        let unread = |why: Refused| match (&told, why.0) {
            (Some(_), StatusCode::SERVICE_UNAVAILABLE) => Failed::Upstream,
            _ => why.into(),
        };
        let mut reply = exchange.answer(&became, told.clone()).map_err(unread)?;
        let is_sealing = !reply.is_again && became.contains(&Became::Quarantined);
        if is_sealing && !filtered.seal(seals, unwritten.clone()).await {
            // The server has the rest.
            if !exchange.is_by_item() {
                return Err(BUSY.into());
            }
            let unsealed = |became: &Became| if *became == Became::Quarantined { Became::Refused } else { *became };
            reply = exchange.answer(&became.iter().map(unsealed).collect::<Vec<_>>(), told)?;
        }
        let aside = if is_sealing { unwritten.len() } else { 0 };
        let mut left = Ended { delivered: reply.delivered, rejected: reply.rejected + aside, refused: 0 };
        owed.into_iter().for_each(|owed| owed.end(&mut left));
        drop(held);
        Ok(reply)
    }

    /// Has the events of a request filtered.
    async fn filter(&self, batches: Vec<Batch>, held: Arc<Reservation>, until: Instant) -> Result<Under, Refused> {
        let pieces: usize = batches.iter().map(|batch| batch.len()).sum();
        let lane = self.lanes.fetch_add(1, Ordering::Relaxed);
        let filtering = timeout_at(until, self.intake.filter(lane, batches, held)).await;
        let Filtered { given, receipt, told } = filtering.ok().flatten().ok_or(BUSY)?;
        let filtered = Sealing { receipt, told };
        let (mut became, mut events, mut owed, mut seals) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for of in given {
            let Given { became: of_batch, events: kept, seal, owed: owes } = of;
            became.extend(of_batch);
            events.extend(kept);
            seals.push((owes.events, seal));
            owed.push(owes);
        }
        if became.len() != pieces {
            return Err(BUSY);
        }
        Ok(Under { became, events, owed, seals, filtered })
    }

    async fn question(
        &self,
        head: &Parts,
        path: &str,
        body: &[u8],
        credentials: Credentials,
        until: Instant,
    ) -> Result<Reply, Failed> {
        let response = match self.dialect.question(head, body)? {
            Question::Knows(response) => response,
            Question::AsksBoth(headers, body, own) => {
                let told = self.ask(head.method.clone(), path, headers, body, credentials, until).await?;
                self.dialect.both(head, told, &own)
            }
            Question::Asks(headers, body) => {
                self.ask(head.method.clone(), path, headers, body, credentials, until).await?.pass()
            }
        };
        Ok(Reply { response, delivered: 0, rejected: 0, is_again: false })
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        mut headers: hyper::HeaderMap,
        body: Vec<u8>,
        credentials: Credentials,
        until: Instant,
    ) -> Result<Told, Failed> {
        let mut held = self.intake.budget.reserve(0).ok_or(BUSY)?;
        grow(&mut held, body.len())?;
        credentials.give(&mut headers);
        let most = (self.intake.limits.body, &mut held);
        let told = self.upstream.ask(method, path, headers, body, until, most).await;
        told.map_err(|why| {
            if why == Unanswered::Redirected {
                self.intake
                    .count
                    .trouble("the upstream of a proxy leads elsewhere: name the server that takes events itself");
            }
            Failed::Upstream
        })
    }
}

/// Events that passed and cannot be written are sealed, too.
fn put_aside(became: &mut [Became], unwritten: &[usize]) {
    let passed: Vec<_> = became.iter_mut().filter(|became| **became == Became::Passed).collect();
    for (_, became) in passed.into_iter().enumerate().filter(|(number, _)| unwritten.contains(number)) {
        *became = Became::Quarantined;
    }
}

/// A request that was filtered.
struct Under {
    became: Vec<Became>,
    events: Vec<Events>,
    owed: Vec<Owed>,
    /// Beside how many events passed of each batch.
    seals: Vec<(usize, Seal)>,
    filtered: Sealing,
}

struct Sealing {
    receipt: Receipt,
    told: tokio::sync::oneshot::Receiver<Verdict>,
}

impl Sealing {
    /// Whether all of it is on disk. `unwritten`: numbers among all that passed.
    async fn seal(self, seals: Vec<(usize, Seal)>, unwritten: Vec<usize>) -> bool {
        // The writer of quarantine may be behind.
        let sealing = tokio::task::spawn_blocking(move || {
            let mut before = 0;
            for (passed, seal) in seals {
                let own = unwritten.iter().filter(|number| (before..before + passed).contains(*number));
                seal(&own.map(|number| number - before).collect::<Vec<_>>());
                before += passed;
            }
        });
        let is_handed_on = sealing.await.is_ok();
        self.receipt.close();
        is_handed_on && self.told.await == Ok(Verdict::Ack)
    }
}

/// What is left of the time, as gRPC writes it.
fn left(until: Instant) -> HeaderValue {
    let left = until.saturating_duration_since(Instant::now()).as_millis().min(99_999_999);
    HeaderValue::from_str(&format!("{left}m")).unwrap_or(HeaderValue::from_static("0m"))
}
