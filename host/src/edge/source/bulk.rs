//! Elasticsearch's and OpenSearch's `_bulk`, answered item by item.
//!
//! | answer | means |
//! |---|---|
//! | item 201 | every required branch has the document, or dropped or sealed it as the policy says |
//! | item 400 | neither `create` nor `index`: never |
//! | item 429; 429, `Retry-After` | not now, for want of memory, of a branch, or of its answer in time: send it again |
//! | 400 | no body of `_bulk`: nothing was taken |
//! | 401 | no token, or another |
//! | 404, 405, 415 | another path, method or coding |
//! | 413 | the body is longer than `[limits] body`, inflates too much, or can never fit `memory` |

use std::ops::Range;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::oneshot;

use super::Running;
use super::door::{Door, Taken, is_safe, parameters, respond};
use super::request::{self, BUSY, Refused};
use crate::config::BulkSource;
use crate::edge::bulk::answer::{self, Outcome};
use crate::edge::bulk::handshake;
use crate::edge::bulk::request::{Item, Usual, items};
use crate::edge::net::Body;

/// Bytes of documents that are handed on at a time; each such group is safe or not as a whole.
const AT_A_TIME: usize = 1 << 20;
/// Longest index, pipeline or routing that a URL may name, in bytes: it is repeated for each document.
const NAME: usize = 512;
/// Why an item is refused.
const ONLY: &str = "only create and index are taken: the others change documents by parts that are not filtered";

/// Runs until it is told to stop.
pub(super) async fn run(said: &BulkSource, running: Running) -> Result<(), String> {
    Door::run((said.listen, said.token.as_ref(), said.answer), running, answer).await
}

async fn answer(door: Arc<Door>, request: Request<Incoming>) -> Response<Body> {
    let (status, body) = match take(&door, request).await {
        Ok(body) => (StatusCode::OK, body),
        Err(Refused(status, text)) => {
            let (status, kind) = match status {
                StatusCode::SERVICE_UNAVAILABLE => (StatusCode::TOO_MANY_REQUESTS, "es_rejected_execution_exception"),
                StatusCode::UNAUTHORIZED => (status, "security_exception"),
                _ => (status, "illegal_argument_exception"),
            };
            if status == StatusCode::TOO_MANY_REQUESTS {
                door.intake.count.refused();
            }
            (status, answer::refused(status.as_u16(), kind, text))
        }
    };
    let mut response = respond(status, "application/json", body);
    let (name, value) = handshake::PRODUCT;
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}

async fn take(door: &Door, request: Request<Incoming>) -> Result<Vec<u8>, Refused> {
    door.admit(request.headers())?;
    if let Some(said) = handshake::answer(request.method().as_str(), request.uri().path()) {
        return Ok(said.into_bytes());
    }
    let Some(index) = handshake::bulk(request.uri().path()) else {
        return Err(Refused(StatusCode::NOT_FOUND, "documents are taken, at /_bulk or /INDEX/_bulk"));
    };
    if !matches!(*request.method(), Method::POST | Method::PUT) {
        return Err(Refused(StatusCode::METHOD_NOT_ALLOWED, "documents come by POST"));
    }
    let usual = usual(index, &request)?;
    let coding = request::coding(request.headers().get(CONTENT_ENCODING))?;
    let began = std::time::Instant::now();
    let Taken { body, mut held, until } = door.read(request).await?;
    let limits = door.intake.limits;
    // Inflating and reading are work: other connections go on meanwhile.
    let read = tokio::task::spawn_blocking(move || {
        let body = coding.inflate(body, &limits, &mut held)?;
        let items = items(&body).map_err(|_| MALFORMED)?;
        // An answer stands for each.
        request::grow(&mut held, body.len() + items.len() * (size_of::<Item>() + 200))?;
        Ok::<_, Refused>((body, items, held))
    });
    let (body, items, held) = read.await.map_err(|_| BUSY)??;
    if items.is_empty() {
        return Err(Refused(StatusCode::BAD_REQUEST, "request body is required"));
    }
    let lane = door.lane();
    let mut groups: Vec<(Range<usize>, oneshot::Receiver<_>)> = Vec::new();
    let mut at = 0;
    while at < items.len() {
        let from = at;
        let lines = lines(&body, &items, &usual, &mut at);
        let (tell, told) = oneshot::channel();
        let handed = async {
            let room = door.room(&lines, until).await?;
            let done = move |verdict| {
                let _ = tell.send(verdict);
            };
            door.deliver(lane, &lines, room, until, done).await
        };
        // What comes behind is not tried: order would be lost.
        match handed.await {
            Ok(()) => groups.push((from..at, told)),
            Err(refused) if groups.is_empty() => return Err(refused),
            Err(_) => break,
        }
    }
    let mut safe = vec![false; items.len()];
    for (range, told) in groups {
        if is_safe(told, until).await {
            safe.get_mut(range).unwrap_or_default().fill(true);
        }
    }
    let outcome = |number: usize| match items.get(number).zip(safe.get(number)) {
        Some((item, _)) if !item.action.adds() => Outcome::Refused(ONLY),
        Some((_, true)) => Outcome::Taken,
        _ => Outcome::Later,
    };
    if safe.contains(&false) {
        door.intake.count.refused();
    }
    let answer = answer::answer(&body, &items, &usual, began.elapsed().as_millis(), outcome);
    drop(held);
    Ok(answer)
}

const MALFORMED: Refused =
    Refused(StatusCode::BAD_REQUEST, "this is no body of _bulk: actions and documents, a line each");

/// Lines of the next items that add documents, until they are so many bytes. There may be none.
fn lines(body: &[u8], items: &[Item], usual: &Usual, at: &mut usize) -> Vec<u8> {
    let mut lines = Vec::new();
    while let Some(item) = items.get(*at).filter(|_| lines.len() < AT_A_TIME) {
        if item.action.adds() {
            item.line(body, usual, &mut lines);
        }
        *at += 1;
    }
    lines
}

fn usual(index: Option<&str>, request: &Request<Incoming>) -> Result<Usual, Refused> {
    let mut usual = Usual { index: index.map(str::to_owned), ..Usual::default() };
    for (key, value) in parameters(request) {
        match key.as_str() {
            "pipeline" => usual.pipeline = Some(value),
            "routing" => usual.routing = Some(value),
            _ => {}
        }
    }
    let names = [&usual.index, &usual.pipeline, &usual.routing];
    if names.into_iter().flatten().any(|name| name.len() > NAME) {
        return Err(Refused(StatusCode::BAD_REQUEST, "a name in the URL is too long"));
    }
    Ok(usual)
}
