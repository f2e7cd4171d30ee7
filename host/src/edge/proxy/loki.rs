//! Loki's push, JSON or protobuf; protobuf upstream, whatever came. What the server says of lines, it says of all.

use std::sync::Arc;

use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use prost::Message as _;

use super::Became;
use super::dialect::{Asked, Dialect, Exchange, Place, Reply, Told, Written, passed, respond};
use crate::config::Limits;
use crate::delivery::Reservation;
use crate::delivery::branch::Answer;
use crate::edge::loki::group::{Group, Line};
use crate::edge::loki::{PUSH, push};
use crate::edge::opened::Opened;
use crate::edge::sink::Events;
use crate::edge::source::body::Coding;
use crate::edge::source::loki::{Form, inflated};
use crate::edge::source::otlp::Body;
use crate::edge::source::request::{BUSY, Refused, add, frame, grow, index_of};

const NO_PUSH: Refused = Refused(StatusCode::BAD_REQUEST, "this is no push");

/// The protocol.
pub(super) struct Loki {
    labels: Arc<[(String, String)]>,
}

impl Loki {
    /// `labels` of all lines. Lines without any would be refused: where none is named, the proxy is.
    pub(super) fn new(labels: &[(String, String)], name: &str) -> Self {
        let usual = || vec![("job".to_owned(), name.to_owned())];
        Self { labels: if labels.is_empty() { usual() } else { labels.to_vec() }.into() }
    }
}

impl Dialect for Loki {
    fn place(&self, head: &Parts) -> Result<Place, Refused> {
        match (&head.method, head.uri.path()) {
            (&Method::POST, PUSH) => Ok(Place::Events(PUSH)),
            (_, PUSH) => Err(Refused(StatusCode::METHOD_NOT_ALLOWED, "lines come by POST")),
            (&Method::GET, "/ready") => Ok(Place::Question("/ready")),
            _ => Err(Refused(StatusCode::NOT_FOUND, "only pushes pass here")),
        }
    }

    fn coding(&self, head: &Parts) -> Result<Coding, Refused> {
        Ok(if let Form::Json(coding) = Form::of(&head.headers)? { coding } else { Coding::None })
    }

    fn read(
        &self,
        head: &Parts,
        body: Vec<u8>,
        coding: Coding,
        limits: &Limits,
        held: &mut Reservation,
    ) -> Result<Asked, Refused> {
        let form = Form::of(&head.headers)?;
        let packed = body.len();
        let body = match form {
            Form::Json(_) => coding.inflate(body, limits, held)?.into(),
            Form::Protobuf => inflated(body, limits, |bytes| grow(held, packed + bytes).is_ok())?,
        };
        let (mut lines, before) = (Vec::new(), held.bytes());
        // As lines that are filtered, and once more as what is left of them.
        let mut full = BUSY;
        let more = |bytes: usize| grow(held, before + 2 * bytes).map_err(|why| full = why).is_ok();
        let read = match form {
            Form::Json(_) => push::of_json(&body, more, &mut lines),
            Form::Protobuf => push::of_protobuf(&body, more, &mut lines),
        };
        read.map_err(|why| match why {
            push::Unread::Malformed => NO_PUSH,
            push::Unread::TooMuch => full,
        })?;
        add(held, index_of(&lines))?;
        let batches = frame(&lines, limits.event);
        Ok(Asked { batches, exchange: Box::new(Lines { labels: self.labels.clone() }) })
    }

    fn refuse(&self, _head: &Parts, why: Refused) -> Response<Body> {
        let mut response = respond(why.0, why.1.into(), None);
        if why.0 == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

struct Lines {
    labels: Arc<[(String, String)]>,
}

impl Exchange for Lines {
    fn write(&self, _became: &[Became], kept: &[Events]) -> Option<Written> {
        let (mut group, mut unwritten) = (Group::default(), Vec::new());
        // Where its time did not survive, a line has one that no other has: Loki ignores equal neighbours.
        for (number, (now, event)) in kept.iter().flat_map(Events::timed).enumerate() {
            let Some(opened) = Opened::new(event) else {
                unwritten.push(number);
                continue;
            };
            group.add(Line::new(opened, now, &self.labels, |_| true));
        }
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        let body = snap::raw::Encoder::new().compress_vec(&group.finish().encode_to_vec()).ok()?;
        Some(Written { headers, body, unwritten })
    }

    fn answer(&self, became: &[Became], told: Option<Told>) -> Result<Reply, Refused> {
        Ok(match told {
            None => Reply::whole(respond(StatusCode::NO_CONTENT, "".into(), None), 0, &Answer::Delivered),
            Some(told) => Reply::by_status(told, passed(became)),
        })
    }
}
