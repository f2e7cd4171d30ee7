//! Loki's push: JSON, or protobuf in snappy, at `/loki/api/v1/push`.
//!
//! | answer | means |
//! |---|---|
//! | 204 | every required branch has the lines, or dropped or sealed them as the policy says |
//! | 400 | no push: nothing was taken |
//! | 401 | no token, or another; another `X-Scope-OrgID` than `org-id` |
//! | 404, 405, 415 | another path, method or coding |
//! | 413 | the body is longer than `[limits] body`, inflates too much, or can never fit `memory` |
//! | 503, `Retry-After` | not now, for want of memory, of a branch, or of its answer in time: send it again |

use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use hyper::{Method, Request, StatusCode};

use super::Running;
use super::body::Coding;
use super::door::{Door, lines, respond};
use super::request::{self, BUSY, Refused, TOO_LARGE};
use crate::config::{Limits, LokiSource};
use crate::edge::loki::{PUSH, push};

/// Runs until it is told to stop.
pub(super) async fn run(said: &LokiSource, running: Running) -> Result<(), String> {
    let org_id: Option<Arc<str>> = said.org_id.as_ref().map(|id| id.value.as_str().into());
    let answer = move |door: Arc<Door>, request| {
        let org_id = org_id.clone();
        async move {
            let (status, text) = match take(&door, org_id.as_deref(), request).await {
                Ok(taken) => taken,
                Err(Refused(status, text)) => (status, text),
            };
            if status == StatusCode::SERVICE_UNAVAILABLE {
                door.intake.count.refused();
            }
            respond(status, "text/plain; charset=utf-8", text)
        }
    };
    Door::run((said.listen, said.token.as_ref(), said.answer), running, answer).await
}

async fn take(
    door: &Door,
    org_id: Option<&str>,
    request: Request<Incoming>,
) -> Result<(StatusCode, &'static str), Refused> {
    if (request.method(), request.uri().path()) == (&Method::GET, "/ready") {
        return Ok((StatusCode::OK, "ready\n"));
    }
    door.admit(request.headers())?;
    if let (Some(org_id), Some(shown)) = (org_id, request.headers().get("x-scope-orgid"))
        && shown.as_bytes() != org_id.as_bytes()
    {
        return Err(Refused(StatusCode::UNAUTHORIZED, "another X-Scope-OrgID"));
    }
    if request.uri().path() != PUSH {
        return Err(Refused(StatusCode::NOT_FOUND, "lines are taken, at /loki/api/v1/push"));
    }
    if request.method() != Method::POST {
        return Err(Refused(StatusCode::METHOD_NOT_ALLOWED, "lines come by POST"));
    }
    let form = Form::of(request.headers())?;
    let (taken, limits) = (door.read(request).await?, door.intake.limits);
    let coding = if let Form::Json(coding) = form { coding } else { Coding::None };
    let written = lines(taken, coding, limits, move |body, more, out| {
        let read = match form {
            Form::Json(_) => push::of_json(&body, more, out),
            Form::Protobuf => {
                let body = inflated(body, &limits, &mut *more)?;
                push::of_protobuf(&body, |bytes| more(body.len() + bytes), out)
            }
        };
        read.map_err(|why| match why {
            push::Unread::Malformed => MALFORMED,
            push::Unread::TooMuch => BUSY,
        })
    });
    let (lines, held, until) = written.await?;
    door.settle(lines, held, until).await?;
    Ok((StatusCode::NO_CONTENT, ""))
}

const MALFORMED: Refused = Refused(StatusCode::BAD_REQUEST, "this is no push of lines");

/// How a request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::edge) enum Form {
    Json(Coding),
    /// In a snappy block, whether that is said or not.
    Protobuf,
}

impl Form {
    /// What the headers of a request say.
    pub(in crate::edge) fn of(headers: &HeaderMap) -> Result<Self, Refused> {
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()?.split(';').next()).map(str::trim);
        let coding = headers.get(CONTENT_ENCODING);
        match kind {
            Some("application/json") => request::coding(coding).map(Self::Json),
            None | Some("application/x-protobuf") if coding.is_none_or(|coding| coding == "snappy") => {
                Ok(Self::Protobuf)
            }
            None | Some("application/x-protobuf") => Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "snappy")),
            _ => Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "application/x-protobuf or application/json")),
        }
    }
}

/// Inflates a snappy block, once it is known how long it becomes.
pub(in crate::edge) fn inflated(
    packed: Vec<u8>,
    limits: &Limits,
    mut more: impl FnMut(usize) -> bool,
) -> Result<Bytes, Refused> {
    let length = push::length(&packed).ok_or(MALFORMED)?;
    if length > limits.body.min(packed.len().saturating_mul(limits.inflate as usize)) {
        return Err(TOO_LARGE);
    }
    if !more(length) {
        return Err(BUSY);
    }
    push::inflated(&packed).map(Bytes::from).ok_or(MALFORMED)
}
