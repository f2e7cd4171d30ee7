//! What this process answers about itself.
//!
//! | request | answer |
//! |---|---|
//! | `GET /healthz` | 200: it runs |
//! | `GET /readyz` | 200 once plans are compiled and sources listen, 503 before and while it drains. Never a matter of sinks or gates |
//! | `GET /metrics` | OpenMetrics |

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::branch::Running;
use super::metrics::Metrics;
use super::worker::Floor;
use crate::delivery::Budget;
use crate::edge::net::Body;
use crate::edge::spans::Spans;

/// What is asked.
pub(super) struct Watch {
    pub(super) metrics: Arc<Metrics>,
    pub(super) branches: Vec<Arc<Running>>,
    pub(super) budget: Budget,
    pub(super) is_ready: AtomicBool,
    pub(super) floor: Arc<Floor>,
}

impl Watch {
    pub(super) async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/healthz") => respond(StatusCode::OK, "ok\n".into()),
            (&Method::GET, "/readyz") if self.is_ready.load(Ordering::Acquire) => {
                respond(StatusCode::OK, "ready\n".into())
            }
            (&Method::GET, "/readyz") => respond(StatusCode::SERVICE_UNAVAILABLE, "not ready\n".into()),
            (&Method::GET, "/metrics") => {
                if let Some((line, _)) = self.floor.book.head() {
                    self.metrics.ledger(line, self.floor.book.is_written());
                }
                self.metrics.quarantine(&self.floor.sealer);
                self.metrics.escrow(&self.floor.quota);
                self.metrics.spans(self.floor.spans.as_ref().map(Spans::counts));
                let mut response = respond(
                    StatusCode::OK,
                    self.metrics.text(&self.branches, |branch| self.floor.plan(branch), &self.budget),
                );
                let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
                response.headers_mut().insert(CONTENT_TYPE, kind);
                response
            }
            _ => respond(StatusCode::NOT_FOUND, String::new()),
        }
    }
}

pub(super) fn respond(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}
