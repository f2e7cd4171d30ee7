//! Requests that carry events: `POST`, any path, NDJSON, a JSON array, one event or CSV; gzip and zstd.
//!
//! | answer | means |
//! |---|---|
//! | 200 | every required branch has the events, or dropped or sealed them as the policy says |
//! | 400 | the body is damaged, or neither JSON nor CSV: nothing was taken |
//! | 401, 405 | no token, no `POST` |
//! | 413 | the body is longer than `[limits] body`, inflates too much, or can never fit `memory` |
//! | 415 | compressed in a way that is not known |
//! | 503, `Retry-After` | not now, for want of memory, of a branch, or of its answer in time: send it again |

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};

use super::request::{self, BUSY, Refused, add, grow};
use super::{Intake, Running};
use crate::config::{HttpSource, Limits};
use crate::delivery::{Reservation, Verdict};
use crate::edge::net::{self, Body, Listener};
use crate::event::frame::{Batch, FrameLimits, Framer, RejectReason};
use crate::kill;

/// Runs until it is told to stop.
pub(super) async fn run(said: &HttpSource, running: Running) -> Result<(), String> {
    let Running { intake, stop, certificate, ready, .. } = running;
    let token = said.token.as_ref().map(|token| token.read()).transpose()?;
    let listener = match Listener::bind(said.listen, certificate, intake.limits.connections).await {
        Ok(listener) => listener,
        Err(error) => {
            let text = format!("cannot listen at {}: {error}", said.listen);
            let _ = ready.send(Err(error));
            return Err(text);
        }
    };
    let _ = ready.send(listener.address().map(Some));
    let door =
        Arc::new(Door { intake, token: token.map(String::into_bytes), longest: said.answer, lanes: AtomicU64::new(0) });
    net::http(listener, stop, move |request| door.clone().answer(request)).await;
    Ok(())
}

/// What all requests have in common.
struct Door {
    intake: Intake,
    token: Option<Vec<u8>>,
    longest: Duration,
    lanes: AtomicU64,
}

impl Door {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let refused = match self.take(request).await {
            Ok(()) => return respond(StatusCode::OK, ""),
            Err(refused) => refused,
        };
        let mut response = respond(refused.0, refused.1);
        if refused.0 == StatusCode::SERVICE_UNAVAILABLE {
            self.intake.count.refused();
            response.headers_mut().insert(RETRY_AFTER, hyper::header::HeaderValue::from_static("1"));
        }
        response
    }

    async fn take(&self, request: Request<Incoming>) -> Result<(), Refused> {
        request::admit(self.token.as_deref(), request.headers())?;
        if request.method() != Method::POST {
            return Err(Refused(StatusCode::METHOD_NOT_ALLOWED, "events come by POST"));
        }
        let coding = request::coding(request.headers().get(CONTENT_ENCODING))?;
        kill::point("http-source", "admitted");
        let limits = self.intake.limits;
        let reading = tokio::time::timeout(self.longest, request::read(request, &self.intake));
        let (body, mut held) = reading.await.map_err(|_| SLOW)??;
        kill::point("http-source", "read");
        // Inflating and framing are work: other connections go on meanwhile.
        let framed = tokio::task::spawn_blocking(move || {
            let body = coding.inflate(body, &limits, &mut held)?;
            let batches = frame(&body, &limits, &mut held)?;
            Ok::<_, Refused>((batches, held))
        });
        let (batches, held) = framed.await.map_err(|_| BUSY)??;
        kill::point("http-source", "framed");
        let lane = self.lanes.fetch_add(1, Ordering::Relaxed);
        let (tell, told) = tokio::sync::oneshot::channel();
        self.intake
            .deliver(lane, batches, held, move |verdict| {
                let _ = kill::around("http-source", "verdict", || tell.send(verdict));
            })
            .await;
        kill::point("http-source", "delivered");
        match tokio::time::timeout(self.longest, told).await {
            Ok(Ok(Verdict::Ack)) => {
                kill::point("http-source", "answer");
                Ok(())
            }
            _ => Err(BUSY),
        }
    }
}

fn respond(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}

/// A body that does not come.
const SLOW: Refused = Refused(StatusCode::REQUEST_TIMEOUT, "the body takes too long");

/// Cuts a body into events. Nothing of one that cannot be cut was taken.
pub(in crate::edge) fn frame(body: &[u8], limits: &Limits, held: &mut Reservation) -> Result<Vec<Batch>, Refused> {
    grow(held, 2 * body.len())?;
    let mut framer = Framer::new(FrameLimits { event_bytes: limits.event, ..FrameLimits::default() });
    let mut batches = Vec::new();
    let cut = request::pieces(&mut framer, body, |batch| {
        if batch.rejects.iter().any(|piece| piece.reason == RejectReason::Truncated) {
            return Err(Refused(StatusCode::BAD_REQUEST, "the body ends within an event"));
        }
        add(held, batch.index_bytes())?;
        batches.push(batch);
        Ok(())
    });
    match cut? {
        Ok(()) => Ok(batches),
        Err(_) => Err(Refused(StatusCode::BAD_REQUEST, "neither JSON nor CSV with a header")),
    }
}
