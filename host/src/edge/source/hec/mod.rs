//! Splunk's HTTP Event Collector: events and lines, with acknowledgements where they are switched on.
//!
//! | answer | means |
//! |---|---|
//! | 200, code 0 | every required branch has the events, or dropped or sealed them as the policy says; with an `ackId`: they came |
//! | 200, `{"acks":{"7":true}}` | every required branch has them; `false`: not yet, never, or sent to another run of this process |
//! | 400, codes 5, 6 | nothing in the body, or no series of objects: nothing was taken |
//! | 400, codes 10, 14 | no channel, or one too long; acknowledgements are switched off |
//! | 401, 403 | no token, another |
//! | 404, 405, 413, 415 | another path or method; too long, or inflates too much; another coding |
//! | 503, code 9, `Retry-After` | not now, for want of memory, of a branch, or of its answer in time: send it again |

use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING};
use hyper::{Method, Request, StatusCode};

use super::Running;
use super::door::{Door, Taken, lines, parameters, respond};
use super::request::{self, BUSY, Refused, grow};
use crate::config::HecSource;
use crate::delivery::Verdict;
use crate::edge::hec::acks::Acks;
use crate::edge::hec::answer::{self, Code};
use crate::edge::hec::request::{Unread, Usual, events, lines as raw};
use crate::edge::hec::{Path, SAID};

/// Longest value that a URL may name, in bytes: it is repeated for each event.
const NAME: usize = 512;
/// Longest name of a channel, in bytes. Splunk's are GUIDs.
const CHANNEL: usize = 64;
/// Where a channel is named.
const HEADER: &str = "x-splunk-request-channel";

/// Acknowledgements, where they are switched on.
type Book = Option<Arc<Mutex<Acks>>>;

/// Runs until it is told to stop.
pub(super) async fn run(said: &HecSource, running: Running) -> Result<(), String> {
    let book: Book = said.acks.then(|| Acks::new(0)).transpose()?.map(|acks| Arc::new(Mutex::new(acks)));
    let answer = move |door: Arc<Door>, request| {
        let book = book.clone();
        async move {
            let (code, body) = match take(&door, &book, request).await {
                Ok((code, body)) => (code, body),
                Err(code) => (code, code.body(None)),
            };
            if code == Code::Busy {
                door.intake.count.refused();
            }
            let status = StatusCode::from_u16(code.said().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            respond(status, "application/json", body)
        }
    };
    Door::run((said.listen, said.token.as_ref(), said.answer), running, answer).await
}

async fn take(door: &Door, book: &Book, request: Request<Incoming>) -> Result<(Code, String), Code> {
    let path = Path::of(request.uri().path()).ok_or(Code::NotFound)?;
    if path == Path::Health {
        let code = if door.intake.has_room() { Code::Healthy } else { Code::Full };
        return Ok((code, code.body(None)));
    }
    if door.admit(request.headers()).is_err() {
        return Err(if request.headers().contains_key(AUTHORIZATION) { Code::BadToken } else { Code::NoToken });
    }
    if request.method() != Method::POST {
        return Err(Code::BadMethod);
    }
    let said = parameters(&request);
    let channel = channel(&request, &said)?;
    match (path, book) {
        (Path::Ack, None) => Err(Code::NoAcks),
        (Path::Ack, Some(book)) => {
            let channel = channel.ok_or(Code::NoChannel)?;
            let Taken { body, mut held, .. } = door.read(request).await.map_err(code)?;
            grow(&mut held, body.len().saturating_mul(answer::ASKED)).map_err(code)?;
            let asked = answer::asked(&body).ok_or(Code::BadFormat)?;
            let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
            Ok((Code::Success, answer::acks(asked.into_iter().map(|id| (id, book.ask(&channel, id))))))
        }
        (_, book) => deliver(door, book.as_ref().zip(channel), path, said, request).await,
    }
}

/// Hands on events. Where they are acknowledged it does not wait for what becomes of them.
async fn deliver(
    door: &Door,
    acked: Option<(&Arc<Mutex<Acks>>, String)>,
    path: Path,
    said: Vec<(String, String)>,
    request: Request<Incoming>,
) -> Result<(Code, String), Code> {
    if said.iter().any(|(key, value)| (SAID.contains(&key.as_str()) || key == "time") && value.len() > NAME) {
        return Err(Code::BadFormat);
    }
    let coding = request::coding(request.headers().get(CONTENT_ENCODING)).map_err(code)?;
    let usual = Usual::new(said.iter().map(|(key, value)| (key.as_str().into(), value.as_str().into())));
    let taken = door.read(request).await.map_err(code)?;
    let written = lines(taken, coding, door.intake.limits, move |body, more, out| {
        let read = match path {
            Path::Raw => raw(&body, &usual, more, out),
            _ => events(&body, &usual, more, out),
        };
        read.map_err(|why| match why {
            Unread::Empty => EMPTY,
            Unread::Malformed => MALFORMED,
            Unread::TooMuch => BUSY,
        })
    });
    let (lines, mut held, until) = written.await.map_err(code)?;
    let Some((book, channel)) = acked else {
        door.settle(lines, held, until).await.map_err(code)?;
        return Ok((Code::Success, Code::Success.body(None)));
    };
    grow(&mut held, 2 * lines.len() + request::index_of(&lines)).map_err(code)?;
    let id = book.lock().unwrap_or_else(PoisonError::into_inner).open(channel);
    let of = book.clone();
    let done = move |verdict| {
        if verdict == Verdict::Ack {
            of.lock().unwrap_or_else(PoisonError::into_inner).safe(id);
        }
    };
    door.deliver(door.lane(), &lines, held, until, done).await.map_err(code)?;
    Ok((Code::Success, Code::Success.body(Some(id))))
}

fn channel(request: &Request<Incoming>, said: &[(String, String)]) -> Result<Option<String>, Code> {
    let header = request.headers().get(HEADER).map(|value| value.to_str().unwrap_or_default().to_owned());
    let named = header.or_else(|| said.iter().find(|(key, _)| key == "channel").map(|(_, value)| value.clone()));
    match named {
        Some(channel) if channel.is_empty() || channel.len() > CHANNEL => Err(Code::NoChannel),
        named => Ok(named),
    }
}

const EMPTY: Refused = Refused(StatusCode::NO_CONTENT, "");
const MALFORMED: Refused = Refused(StatusCode::BAD_REQUEST, "");

/// What the protocol calls it.
fn code(Refused(status, _): Refused) -> Code {
    match status {
        StatusCode::NO_CONTENT => Code::NoData,
        StatusCode::BAD_REQUEST => Code::BadFormat,
        StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::BadCoding,
        _ => Code::Busy,
    }
}
