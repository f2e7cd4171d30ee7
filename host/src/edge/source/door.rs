//! A listener for requests that bring events, as far as its protocols share it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{HeaderMap, Request, Response, StatusCode};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::body::Coding;
use super::request::{self, BUSY, Refused, grow};
use super::{Intake, Running};
use crate::config::{Limits, Secret};
use crate::delivery::{Reservation, Verdict};
use crate::edge::net::{self, Body, Listener};

/// How many times longer than the longest body the events of a request may be, what they share repeated.
const REPEATED: usize = 8;

/// What all requests have in common.
pub(super) struct Door {
    pub(super) intake: Intake,
    token: Option<Vec<u8>>,
    longest: Duration,
    stop: CancellationToken,
    lanes: AtomicU64,
}

/// A body, read whole.
pub(super) struct Taken {
    pub(super) body: Vec<u8>,
    pub(super) held: Reservation,
    /// When its request is answered at the latest.
    pub(super) until: Instant,
}

impl Door {
    /// Listens, and answers requests until it is told to stop.
    pub(super) async fn run<F: Future<Output = Response<Body>> + Send + 'static>(
        (listen, token, longest): (SocketAddr, Option<&Secret>, Duration),
        running: Running,
        answer: impl Fn(Arc<Self>, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    ) -> Result<(), String> {
        let Running { intake, stop, certificate, ready, .. } = running;
        let token = token.map(Secret::read).transpose()?.map(String::into_bytes);
        let listener = match Listener::bind(listen, certificate, intake.limits.connections).await {
            Ok(listener) => listener,
            Err(error) => {
                let text = format!("cannot listen at {listen}: {error}");
                let _ = ready.send(Err(error));
                return Err(text);
            }
        };
        let _ = ready.send(listener.address().map(Some));
        let door = Arc::new(Self { intake, token, longest, stop: stop.clone(), lanes: AtomicU64::new(0) });
        net::http(listener, stop, move |request| answer(door.clone(), request)).await;
        Ok(())
    }

    /// Whether a request shows the token that is asked for.
    pub(super) fn admit(&self, headers: &HeaderMap) -> Result<(), Refused> {
        request::admit(self.token.as_deref(), headers)
    }

    /// Reads a body, as long as a request may take.
    pub(super) async fn read(&self, request: Request<Incoming>) -> Result<Taken, Refused> {
        let until = Instant::now() + self.longest;
        let reading = timeout_at(until, request::read(request, &self.intake)).await;
        let (body, held) = reading.map_err(|_| BUSY)??;
        Ok(Taken { body, held, until })
    }

    /// A number for what keeps its order.
    pub(super) fn lane(&self) -> u64 {
        self.lanes.fetch_add(1, Ordering::Relaxed)
    }

    /// Memory for lines, once it is there.
    pub(super) async fn room(&self, lines: &[u8], until: Instant) -> Result<Reservation, Refused> {
        // Lines are copied once, when they are framed.
        let bytes = 2 * lines.len() + request::index_of(lines);
        let room = timeout_at(until, self.intake.wait(bytes, &self.stop)).await;
        room.ok().flatten().ok_or(BUSY)
    }

    /// Hands on lines; `done` is told what became of them.
    pub(super) async fn deliver(
        &self,
        lane: u64,
        lines: &[u8],
        held: Reservation,
        until: Instant,
        done: impl FnOnce(Verdict) + Send + 'static,
    ) -> Result<(), Refused> {
        let batches = request::frame(lines, self.intake.limits.event);
        timeout_at(until, self.intake.deliver(lane, batches, held, done)).await.map_err(|_| BUSY)
    }

    /// Hands on the lines of a request and waits until all of them are final.
    pub(super) async fn settle(&self, lines: Vec<u8>, mut held: Reservation, until: Instant) -> Result<(), Refused> {
        grow(&mut held, 2 * lines.len() + request::index_of(&lines))?;
        let (tell, told) = oneshot::channel();
        let done = move |verdict| {
            let _ = tell.send(verdict);
        };
        self.deliver(self.lane(), &lines, held, until, done).await?;
        drop(lines);
        if is_safe(told, until).await { Ok(()) } else { Err(BUSY) }
    }
}

/// Whether what was handed on became final in time.
pub(super) async fn is_safe(told: oneshot::Receiver<Verdict>, until: Instant) -> bool {
    matches!(timeout_at(until, told).await, Ok(Ok(Verdict::Ack)))
}

/// Inflates a body and writes its lines, beside other connections: both are work. `write` is given the body, what says whether there
/// is room for so many bytes of lines, and where they go; if it was told that there is none, that is why the request is refused.
pub(super) async fn lines(
    taken: Taken,
    coding: Coding,
    limits: Limits,
    write: impl FnOnce(Vec<u8>, &mut dyn FnMut(usize) -> bool, &mut Vec<u8>) -> Result<(), Refused> + Send + 'static,
) -> Result<(Vec<u8>, Reservation, Instant), Refused> {
    let Taken { body, mut held, until } = taken;
    let work = tokio::task::spawn_blocking(move || {
        let body = coding.inflate(body, &limits, &mut held)?;
        let (mut out, mut full, before) = (Vec::new(), None, held.bytes());
        let mut more = |bytes: usize| {
            full = if bytes > limits.body.saturating_mul(REPEATED) {
                Some(request::TOO_LARGE)
            } else {
                // They are copied once, when they are framed: what has no room then is better refused before it takes any.
                grow(&mut held, before.saturating_add(2 * bytes)).err()
            };
            full.is_none()
        };
        let written = write(body, &mut more, &mut out);
        match full {
            Some(why) => Err(why),
            None => written.map(|()| (out, held, until)),
        }
    });
    work.await.map_err(|_| BUSY)?
}

/// An answer.
pub(super) fn respond(status: StatusCode, kind: &'static str, body: impl Into<bytes::Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(hyper::header::CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        headers.insert(hyper::header::RETRY_AFTER, hyper::header::HeaderValue::from_static("1"));
    }
    response
}

/// Parameters of a URL: `?a=b&c=d`.
pub(super) fn parameters(request: &Request<Incoming>) -> Vec<(String, String)> {
    let query = request.uri().query().unwrap_or_default();
    let url = reqwest::Url::parse(&format!("http://tamis/?{query}"));
    url.map_or_else(|_| Vec::new(), |url| url.query_pairs().into_owned().collect())
}
