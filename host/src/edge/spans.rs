//! Traces of our own work, for OpenTelemetry: of one delivery of many, how long each step took and how it ended.
//!
//! ```text
//! receive          from the source until it is told what became of the delivery
//! ├─ filter        one purpose of a route
//! └─ branch        until the events are final there: sent, or synced in the buffer
//!    └─ send       one attempt; other deliveries that it carries are links
//! ```
//!
//! INVARIANT (no value escapes): a span says names of the configuration, digests of plans, numbers and outcomes, and its ids are made here
//! by chance. A `traceparent` that somebody sends is not read: its 24 bytes are the sender's to choose, and could carry a value past the
//! policy. Where a rule withheld what a list protects, its trace is hushed: it would say at which moment that was.
//!
//! Nobody waits for spans: what has no room in the queue is dropped and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use prost::Message as _;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_util::sync::CancellationToken;

use super::otlp::message::{KeyValue, Resource, Scope, Value};
use super::otlp::span::{FAILED, Link, ResourceSpans, ScopeSpans, SpanExport, Status, kind};
use super::otlp::{SPANS, SPANS_EXPORT, span};
use super::sink::http::gzip;
use super::sink::otlp::Server;
use crate::config::Traces;
use crate::delivery::branch::Answer;
use crate::delivery::{Fate, Part, Receipt, Verdict};

/// Spans that wait to be exported.
const WAITING: usize = 4096;
/// Most spans of one request.
const MOST: usize = 512;
/// A request waits this long for more spans.
const EVERY: Duration = Duration::from_secs(1);

/// Where spans go. Copies go to the same place.
#[derive(Clone, Debug)]
pub struct Spans {
    queue: Sender<(Arc<Trace>, Box<span::Span>)>,
    one_in: u32,
    counts: Arc<Counts>,
}

/// What became of spans.
#[derive(Debug, Default)]
pub struct Counts {
    /// The collector took them.
    pub exported: AtomicU64,
    /// There was no room, or the collector did not take them.
    pub dropped: AtomicU64,
}

#[derive(Debug)]
struct Trace {
    id: u128,
    is_hushed: AtomicBool,
}

/// A span that others belong below. Whatever waits carries one, or none: it is small.
#[derive(Clone, Debug)]
pub struct Place(Arc<At>);

#[derive(Debug)]
struct At {
    spans: Spans,
    trace: Arc<Trace>,
    span: u64,
}

/// A span that was begun. Dropped before its end, it is not told.
#[derive(Debug)]
pub struct Span {
    place: Place,
    said: Box<span::Span>,
    since: Instant,
}

impl Spans {
    /// Spans, and what exports them.
    ///
    /// # Errors
    ///
    /// What the collector is reached with is not there.
    pub fn new(said: &Traces) -> Result<(Self, Export), String> {
        let server = Server::new(&said.to, (SPANS_EXPORT, SPANS))?;
        let (queue, waiting) = channel(WAITING);
        let counts = Arc::new(Counts::default());
        let export = Export { waiting, server, gzip: said.to.gzip, counts: counts.clone(), resource: resource() };
        Ok((Self { queue, one_in: said.one_in, counts }, export))
    }

    /// What became of spans so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The first span of a trace, of one delivery of so many.
    pub fn begin(&self, name: &'static str) -> Option<Span> {
        if fastrand::u32(0..self.one_in.max(1)) != 0 {
            return None;
        }
        let trace = Arc::new(Trace { id: fastrand::u128(1..), is_hushed: AtomicBool::new(false) });
        Some(Span::new(self, &trace, None, (name, kind::CONSUMER)))
    }
}

impl Place {
    /// A span below. `None`: the trace is hushed.
    pub fn below(&self, name: &'static str) -> Option<Span> {
        let kind = if name == "send" { kind::CLIENT } else { kind::INTERNAL };
        (!self.is_hushed()).then(|| Span::new(&self.0.spans, &self.0.trace, Some(self.0.span), (name, kind)))
    }

    /// Nothing more is told of this trace, and nothing of it that still waits.
    pub fn hush(&self) {
        self.0.trace.is_hushed.store(true, Ordering::Relaxed);
    }

    fn is_hushed(&self) -> bool {
        self.0.trace.is_hushed.load(Ordering::Relaxed)
    }
}

impl Span {
    fn new(spans: &Spans, trace: &Arc<Trace>, parent: Option<u64>, (name, kind): (&'static str, i32)) -> Self {
        let at = At { spans: spans.clone(), trace: trace.clone(), span: fastrand::u64(1..) };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
        let said = span::Span {
            trace_id: trace.id.to_be_bytes().into(),
            span_id: at.span.to_be_bytes().into(),
            parent_span_id: parent.map_or_else(Vec::new, |parent| parent.to_be_bytes().into()),
            name: name.to_owned(),
            kind,
            start_time_unix_nano: now,
            ..span::Span::default()
        };
        Self { place: Place(Arc::new(at)), said: Box::new(said), since: Instant::now() }
    }

    /// Where other spans belong below it.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Says a name of the configuration, or a digest.
    #[must_use]
    pub fn name(mut self, key: &'static str, name: &str) -> Self {
        self.said.attributes.push(text(key, name));
        self
    }

    /// Says a number.
    #[must_use]
    pub fn count(mut self, key: &'static str, count: u64) -> Self {
        self.said.attributes.push(attribute(key, Value::Int(count as i64)));
        self
    }

    /// It is about something of another trace, too.
    #[must_use]
    pub fn link(mut self, to: &Place) -> Self {
        let (trace, span) = (to.0.trace.id.to_be_bytes(), to.0.span.to_be_bytes());
        if to.0.trace.id != self.place.0.trace.id && !to.is_hushed() {
            self.said.links.push(Link { trace_id: trace.into(), span_id: span.into() });
        }
        self
    }

    /// It ended so; `is_good`: as it should.
    pub fn end(self, outcome: &'static str, is_good: bool) {
        let Self { place, mut said, since } = self.name("tamis.outcome", outcome);
        let At { spans, trace, .. } = &*place.0;
        if trace.is_hushed.load(Ordering::Relaxed) {
            return;
        }
        // The clock of the day may be set in between.
        said.end_time_unix_nano = said.start_time_unix_nano.saturating_add(since.elapsed().as_nanos() as u64);
        said.status = (!is_good).then_some(Status { code: FAILED });
        if spans.queue.try_send((trace.clone(), said)).is_err() {
            spans.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// It ends with its delivery.
    pub fn end_with(self, verdict: Verdict) {
        match verdict {
            Verdict::Ack => self.end("final", true),
            Verdict::Nack => self.end("given-back", false),
        }
    }

    /// It ends when the part does.
    pub fn over(self, part: Part) -> Part {
        let receipt = Receipt::new(move |verdict| {
            self.end_with(verdict);
            if verdict == Verdict::Ack {
                part.resolve(Fate::Delivered);
            }
        });
        let own = receipt.part();
        receipt.close();
        own
    }
}

fn attribute(key: &'static str, value: Value) -> KeyValue {
    KeyValue { key: key.as_bytes().into(), value: Some(value.into()) }
}

fn text(key: &'static str, text: &str) -> KeyValue {
    attribute(key, Value::String(bytes::Bytes::copy_from_slice(text.as_bytes())))
}

/// This process: instances are told apart by chance, and not by the machine's name.
fn resource() -> Resource {
    let attributes = vec![
        text("service.name", "tamis"),
        text("service.version", env!("CARGO_PKG_VERSION")),
        text("service.instance.id", &format!("{:032x}", fastrand::u128(..))),
    ];
    Resource { attributes, ..Resource::default() }
}

/// Exports spans.
pub struct Export {
    waiting: Receiver<(Arc<Trace>, Box<span::Span>)>,
    server: Server,
    gzip: bool,
    counts: Arc<Counts>,
    resource: Resource,
}

impl Export {
    /// Exports until `stop`, and then what still waits. What the collector does not take is not sent again.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut taken = Vec::new();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled(), if !self.waiting.is_closed() => self.waiting.close(),
                many = self.waiting.recv_many(&mut taken, MOST) => match many {
                    0 => return,
                    _ => self.gather(&mut taken, &stop).await,
                }
            }
            if !taken.is_empty() {
                self.send(&mut taken).await;
            }
        }
    }

    /// Waits for company, a while and up to the most.
    async fn gather(&mut self, taken: &mut Vec<(Arc<Trace>, Box<span::Span>)>, stop: &CancellationToken) {
        let due = tokio::time::Instant::now() + EVERY;
        while taken.len() < MOST {
            let room = MOST - taken.len();
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep_until(due) => return,
                many = self.waiting.recv_many(taken, room) => if many == 0 { return },
            }
        }
    }

    async fn send(&self, taken: &mut Vec<(Arc<Trace>, Box<span::Span>)>) {
        let told = taken.drain(..).filter(|(trace, _)| !trace.is_hushed.load(Ordering::Relaxed));
        let spans: Vec<_> = told.map(|(_, span)| *span).collect();
        let count = spans.len() as u64;
        if count == 0 {
            return;
        }
        let scope = Some(Scope { name: "tamis".into(), ..Scope::default() });
        let scope_spans = vec![ScopeSpans { scope, spans }];
        let resource_spans = vec![ResourceSpans { resource: Some(self.resource.clone()), scope_spans }];
        let message = SpanExport { resource_spans }.encode_to_vec();
        let message = if self.gzip { gzip(&message) } else { Some(message) };
        let answer = match message {
            Some(message) => self.server.post(message).await,
            None => Answer::Lost,
        };
        let refused = match answer {
            Answer::Delivered => 0,
            Answer::Short(refused) => refused.min(count),
            _ => count,
        };
        self.counts.exported.fetch_add(count - refused, Ordering::Relaxed);
        self.counts.dropped.fetch_add(refused, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(one_in: u32) -> (Spans, Receiver<(Arc<Trace>, Box<span::Span>)>) {
        let (queue, waiting) = channel(WAITING);
        (Spans { queue, one_in, counts: Arc::default() }, waiting)
    }

    /// LAW (bounded): nobody waits for room, and what has none is counted.
    #[test]
    fn what_has_no_room_is_dropped_and_counted() {
        let (spans, mut waiting) = spans(1);
        (0..WAITING + 7).for_each(|_| spans.begin("receive").unwrap().end("final", true));
        assert_eq!(spans.counts().dropped.load(Ordering::Relaxed), 7);
        let mut kept = 0;
        while waiting.try_recv().is_ok() {
            kept += 1;
        }
        assert_eq!(kept, WAITING);
    }

    #[test]
    fn one_of_so_many_is_traced() {
        let (spans, _waiting) = spans(10);
        let traced = (0..10_000).filter(|_| spans.begin("receive").is_some()).count();
        assert!((700..1300).contains(&traced), "{traced}");
    }

    /// LAW: nothing of a hushed trace is told that did not leave before.
    #[test]
    fn a_hushed_trace_is_told_no_more() {
        let (spans, mut waiting) = spans(1);
        let first = spans.begin("receive").unwrap();
        let place = first.place().clone();
        place.below("filter").unwrap().end("filtered", true);
        place.hush();
        assert!(place.below("branch").is_none());
        first.end("final", true);
        let (trace, told) = waiting.try_recv().unwrap();
        assert!(told.name == "filter" && trace.is_hushed.load(Ordering::Relaxed), "it is held back where it waits");
        assert!(waiting.try_recv().is_err());
        let other = spans.begin("receive").unwrap();
        assert!(other.link(&place).said.links.is_empty(), "nor do others link to it");
    }

    /// LAW: a part that a span is over ends as it would without.
    #[test]
    fn a_span_over_a_part_changes_no_verdict() {
        for is_resolved in [true, false] {
            let (tell, told) = std::sync::mpsc::channel();
            let receipt = Receipt::new(move |verdict| tell.send(verdict).unwrap());
            let (spans, mut waiting) = spans(1);
            let part = spans.begin("branch").unwrap().over(receipt.part());
            receipt.close();
            assert!(told.try_recv().is_err() && waiting.try_recv().is_err());
            if is_resolved {
                part.resolve(Fate::Buffered)
            } else {
                drop(part)
            }
            let expected = if is_resolved { Verdict::Ack } else { Verdict::Nack };
            assert_eq!(told.try_recv(), Ok(expected));
            assert_eq!(waiting.try_recv().unwrap().1.status.is_none(), is_resolved);
        }
    }
}
