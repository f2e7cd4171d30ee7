//! Requests that carry JSON: `POST` to the path of the server's URL; NDJSON, an array, or one event. What the server says of them, it
//! says of all.

use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};

use super::Became;
use super::dialect::{Asked, Dialect, Exchange, Place, Reply, Told, Written, each, passed, respond};
use crate::config::Limits;
use crate::delivery::Reservation;
use crate::delivery::branch::{Answer, Payload as _};
use crate::edge::sink::Events;
use crate::edge::source::body::Coding;
use crate::edge::source::http::frame;
use crate::edge::source::otlp::Body;
use crate::edge::source::request::Refused;

/// Types of bodies that are passed on as they are called. Others could carry a value.
const TYPES: [&str; 6] = [
    "application/json",
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
    "text/plain",
];

/// The protocol.
pub(super) struct Json {
    /// The path that is listed.
    pub(super) path: String,
}

impl Dialect for Json {
    fn place(&self, head: &Parts) -> Result<Place, Refused> {
        if head.uri.path() != self.path {
            return Err(Refused(StatusCode::NOT_FOUND, "events are taken at the path of the upstream's URL"));
        }
        if head.method != Method::POST {
            return Err(Refused(StatusCode::METHOD_NOT_ALLOWED, "events come by POST"));
        }
        Ok(Place::Events(""))
    }

    fn read(
        &self,
        head: &Parts,
        body: Vec<u8>,
        coding: Coding,
        limits: &Limits,
        held: &mut Reservation,
    ) -> Result<Asked, Refused> {
        let body = coding.inflate(body, limits, held)?;
        let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body).trim_ascii_start();
        let is_array = match text.first() {
            None | Some(b'{') => false,
            Some(b'[') => true,
            Some(_) => return Err(Refused(StatusCode::BAD_REQUEST, "the body is neither an object nor an array")),
        };
        let batches = frame(&body, limits, held)?;
        let said = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let said = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let usual = if is_array { "application/json" } else { "application/x-ndjson" };
        let kind = TYPES.into_iter().find(|kind| *kind == said).unwrap_or(usual);
        Ok(Asked { batches, exchange: Box::new(Bodies { is_array, coding, kind }) })
    }

    fn refuse(&self, _head: &Parts, why: Refused) -> Response<Body> {
        let mut response = respond(why.0, why.1.into(), None);
        if why.0 == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

struct Bodies {
    is_array: bool,
    coding: Coding,
    kind: &'static str,
}

impl Exchange for Bodies {
    fn write(&self, _became: &[Became], kept: &[Events]) -> Option<Written> {
        let mut body = Vec::with_capacity(kept.iter().map(|events| events.bytes()).sum::<usize>() + 2);
        if self.is_array {
            body.push(b'[');
            for (number, event) in each(kept).enumerate() {
                body.extend_from_slice(if number > 0 { b"," } else { b"" });
                body.extend_from_slice(event);
            }
            body.push(b']');
        } else {
            kept.iter().for_each(|events| events.lines(&mut body));
        }
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if let Some(word) = self.coding.word() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(word));
        }
        Some(Written { headers, body: self.coding.pack(body)?, unwritten: Vec::new() })
    }

    fn answer(&self, became: &[Became], told: Option<Told>) -> Result<Reply, Refused> {
        Ok(match told {
            None => Reply::whole(respond(StatusCode::OK, "".into(), None), 0, &Answer::Delivered),
            Some(told) => Reply::by_status(told, passed(became)),
        })
    }
}
