//! `_bulk` of Elasticsearch and OpenSearch. `create` and `index` only; an answer is made item by item of what became of each and of
//! what the server says of those that it was sent. Who asks first who answers is told by the server.

use std::sync::Arc;
use std::time::Instant;

use hyper::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use reqwest::Url;

use super::Became;
use super::dialect::{Asked, Dialect, Exchange, Place, Question, Reply, Told, Written, each, passed, respond};
use crate::config::Limits;
use crate::delivery::Reservation;
use crate::edge::bulk::answer::{self, Outcome};
use crate::edge::bulk::handshake;
use crate::edge::bulk::request::{Item, Malformed, Usual, items};
use crate::edge::sink::Events;
use crate::edge::sink::bulk::document;
use crate::edge::source::body::Coding;
use crate::edge::source::otlp::Body;
use crate::edge::source::request::{BUSY, Refused, add, frame, grow, index_of};

/// What is asked before anything is sent.
const QUESTIONS: [&str; 4] = ["/", "/_license", "/_xpack", "/_cluster/health"];

const NO_BULK: Refused = Refused(StatusCode::BAD_REQUEST, "this is no body of _bulk");

/// The protocol.
pub(super) struct Bulk {
    /// Where documents go whose own index did not survive.
    pub(super) index: Arc<str>,
}

impl Dialect for Bulk {
    fn place(&self, head: &Parts) -> Result<Place, Refused> {
        let path = head.uri.path();
        if handshake::bulk(path).is_some() {
            return match head.method {
                Method::POST | Method::PUT => Ok(Place::Events("/_bulk")),
                _ => Err(Refused(StatusCode::METHOD_NOT_ALLOWED, "documents come by POST")),
            };
        }
        let asked = QUESTIONS.into_iter().find(|asked| *asked == path);
        let may_ask = matches!(head.method, Method::GET | Method::HEAD);
        asked.filter(|_| may_ask).map(Place::Question).ok_or(Refused(StatusCode::NOT_FOUND, "only _bulk passes here"))
    }

    fn question(&self, head: &Parts, _body: &[u8]) -> Result<Question, Refused> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, kind(head.headers.get(ACCEPT), "json"));
        Ok(Question::Asks(headers, Vec::new()))
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
        let items = items(&body).map_err(|Malformed| NO_BULK)?;
        // An answer stands for each.
        let fixed = body.len() + items.len() * (size_of::<Item>() + 200);
        grow(held, fixed)?;
        let usual = usual(head);
        let mut lines = Vec::new();
        for item in items.iter().filter(|item| item.action.adds()) {
            item.line(&body, &usual, &mut lines);
            // As lines that are filtered, and once more as what is left of them.
            grow(held, fixed + 2 * lines.len())?;
        }
        add(held, index_of(&lines))?;
        let batches = frame(&lines, limits.event);
        let accept = kind(head.headers.get(ACCEPT), "json");
        let kind = kind(head.headers.get(CONTENT_TYPE), "x-ndjson");
        let index = self.index.clone();
        let began = Instant::now();
        let exchange = Documents { body, items, usual, index, coding, kind, accept, began };
        Ok(Asked { batches, exchange: Box::new(exchange) })
    }

    fn refuse(&self, _head: &Parts, why: Refused) -> Response<Body> {
        let kind = match why.0.as_u16() {
            401 | 403 => "security_exception",
            503 => "es_rejected_execution_exception",
            _ => "illegal_argument_exception",
        };
        let mut response = respond(why.0, answer::refused(why.0.as_u16(), kind, why.1).into(), None);
        own(&mut response, HeaderValue::from_static("application/json"));
        if why.0 == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Headers of an answer that is Tamis' own. Official clients speak to nobody who does not say the product.
fn own(response: &mut Response<Body>, kind: HeaderValue) {
    let (name, product) = handshake::PRODUCT;
    response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(product));
    response.headers_mut().insert(CONTENT_TYPE, kind);
}

/// What the path and the parameters of a request say for all of its items.
fn usual(head: &Parts) -> Usual {
    let mut usual = Usual::default();
    let Ok(url) = Url::parse(&format!("http://x{}", head.uri)) else { return usual };
    let index = handshake::bulk(head.uri.path()).flatten().and_then(|_| url.path_segments()?.next());
    usual.index = index.map(decoded);
    for (key, value) in url.query_pairs() {
        match &*key {
            "pipeline" => usual.pipeline = Some(value.into_owned()),
            "routing" => usual.routing = Some(value.into_owned()),
            _ => {}
        }
    }
    usual
}

/// `%3Clogs-%7Bnow%2Fd%7D%3E` → `<logs-{now/d}>`.
fn decoded(segment: &str) -> String {
    let plus = segment.replace('+', "%2B");
    let pairs = format!("http://x/?i={plus}");
    Url::parse(&pairs).ok().and_then(|url| Some(url.query_pairs().next()?.1.into_owned())).unwrap_or_default()
}

/// A type of body: plain, or as clients of a version write it. Nothing else of the header is passed on.
fn kind(said: Option<&HeaderValue>, word: &str) -> HeaderValue {
    let said = said.and_then(|said| said.to_str().ok()).unwrap_or_default();
    let version =
        said.contains("application/vnd.elasticsearch+").then(|| said.split("compatible-with=").nth(1)).flatten();
    let version = version.and_then(|version| version.get(..1)).filter(|digit| matches!(*digit, "7" | "8" | "9"));
    let text = match version {
        Some(version) => format!("application/vnd.elasticsearch+{word};compatible-with={version}"),
        None => format!("application/{word}"),
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("application/json"))
}

struct Documents {
    body: Vec<u8>,
    items: Vec<Item>,
    usual: Usual,
    index: Arc<str>,
    coding: Coding,
    kind: HeaderValue,
    accept: HeaderValue,
    began: Instant,
}

impl Documents {
    /// The items, each with what became of it; `None`: it was not looked at.
    fn each<'d>(&'d self, became: &'d [Became]) -> impl Iterator<Item = (&'d Item, Option<Became>)> {
        let mut became = became.iter().copied();
        self.items.iter().map(move |item| {
            let of = item.action.adds().then(|| became.next().unwrap_or(Became::Refused));
            (item, of)
        })
    }
}

impl Exchange for Documents {
    fn write(&self, became: &[Became], kept: &[Events]) -> Option<Written> {
        let (mut body, mut unwritten) = (Vec::new(), Vec::new());
        let passed = self.each(became).filter(|(_, became)| *became == Some(Became::Passed));
        for (number, ((item, _), event)) in passed.zip(each(kept)).enumerate() {
            // No id: it is sent once, and the client's own was taken out.
            if !document(item.action, None, event, &self.index, &mut body) {
                unwritten.push(number);
            }
        }
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, self.kind.clone());
        headers.insert(ACCEPT, self.accept.clone());
        if let Some(word) = self.coding.word() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(word));
        }
        Some(Written { headers, body: self.coding.pack(body)?, unwritten })
    }

    fn is_by_item(&self) -> bool {
        true
    }

    fn answer(&self, became: &[Became], told: Option<Told>) -> Result<Reply, Refused> {
        let passed = passed(became);
        let said = match &told {
            Some(told) if !told.status.is_success() => {
                return Ok(Reply::by_status(told.clone(), passed));
            }
            Some(told) => {
                // Who says nothing of each says nothing that could be told.
                let (items, statuses) = (answer::items(&told.body), answer::statuses(&told.body));
                items.zip(statuses).filter(|(items, _)| items.len() == passed).ok_or(BUSY)?
            }
            None => (Vec::new(), Vec::new()),
        };
        let (mut said_of, outcomes) = (said.0.into_iter(), self.each(became));
        let outcomes = outcomes.map(|(_, became)| match became {
            None => Outcome::Refused("only create and index pass here"),
            Some(Became::Passed) => said_of.next().map_or(Outcome::Later, Outcome::Said),
            Some(Became::Suppressed | Became::Quarantined) => Outcome::Taken,
            Some(Became::Refused) => Outcome::Later,
        });
        let outcomes: Vec<_> = outcomes.collect();
        let took = self.began.elapsed().as_millis();
        let body = answer::answer(&self.body, &self.items, &self.usual, took, |item| {
            outcomes.get(item).copied().unwrap_or(Outcome::Later)
        });
        let mut response = respond(StatusCode::OK, body.into(), None);
        let kind = told.as_ref().and_then(|told| told.headers.get(CONTENT_TYPE)).unwrap_or(&self.accept);
        own(&mut response, kind.clone());
        let delivered = said.1.iter().filter(|status| (200..300).contains(*status)).count();
        let again = said.1.iter().filter(|status| matches!(status, 429 | 500..)).count();
        Ok(Reply { response, delivered, rejected: passed - delivered - again, is_again: false })
    }
}
