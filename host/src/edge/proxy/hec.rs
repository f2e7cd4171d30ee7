//! Splunk's HTTP Event Collector: events and raw lines, health and acknowledgements. Lines go on as events.

use std::sync::{Arc, Mutex, PoisonError};

use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use reqwest::Url;
use serde_json::{Map, Value};

use super::Became;
use super::dialect::{Asked, Dialect, Exchange, Place, Question, Reply, Told, Written, each, passed, respond};
use crate::config::Limits;
use crate::delivery::Reservation;
use crate::delivery::branch::Answer;
use crate::edge::hec::acks::Acks;
pub(super) use crate::edge::hec::answer::ASKED;
use crate::edge::hec::answer::{self, Code, Said};
use crate::edge::hec::request::{self, Unread};
use crate::edge::hec::{ACK, EVENT, Path, write};
use crate::edge::opened::Opened;
use crate::edge::sink::Events;
use crate::edge::source::body::Coding;
use crate::edge::source::otlp::Body;
use crate::edge::source::request::{BUSY, Refused, add, frame, grow, index_of};

const CHANNEL: HeaderName = HeaderName::from_static("x-splunk-request-channel");
const HEALTH: &str = "/services/collector/health";
/// Acknowledgements from this number on may be Tamis' own: of requests of which nothing was to be sent, and that were safe when they
/// were answered. Servers count from 0.
const OWN: u64 = 1 << 52;

/// The protocol.
pub(super) struct Hec {
    usual: write::Usual,
    acks: Arc<Mutex<Acks>>,
}

impl Hec {
    pub(super) fn new(usual: &[Option<String>; 4]) -> Result<Self, String> {
        let acks = Arc::new(Mutex::new(Acks::new(OWN)?));
        Ok(Self { usual: write::Usual { said: usual.clone() }, acks })
    }

    /// Which of its own numbers are safe: told once, to the channel of their request.
    fn own<'i>(&self, head: &Parts, ids: &'i [u64]) -> impl Iterator<Item = (u64, bool)> + use<'_, 'i> {
        let channel = channel(head);
        ids.iter().map(move |id| {
            let mut acks = self.acks.lock().unwrap_or_else(PoisonError::into_inner);
            let is_safe = channel.as_ref().and_then(|of| of.to_str().ok()).is_some_and(|of| acks.ask(of, *id));
            (*id, is_safe)
        })
    }
}

fn url(head: &Parts) -> Option<Url> {
    Url::parse(&format!("http://x{}", head.uri)).ok()
}

/// The channel of a request: a GUID, nothing that could be more.
fn channel(head: &Parts) -> Option<HeaderValue> {
    let asked = head.headers.get(CHANNEL).and_then(|said| said.to_str().ok()).map(str::to_owned);
    let asked = asked.or_else(|| Some(url(head)?.query_pairs().find(|(key, _)| key == "channel")?.1.into_owned()))?;
    let is_good = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    let is_id = asked.len() == 36 && asked.bytes().enumerate().all(is_good);
    HeaderValue::from_str(&asked).ok().filter(|_| is_id)
}

impl Dialect for Hec {
    fn place(&self, head: &Parts) -> Result<Place, Refused> {
        match (Path::of(head.uri.path()), &head.method) {
            (Some(Path::Event | Path::Raw), &Method::POST) => Ok(Place::Events(EVENT)),
            (Some(Path::Health), &Method::GET) => Ok(Place::Question(HEALTH)),
            (Some(Path::Ack), &Method::POST) => Ok(Place::Question(ACK)),
            (Some(_), _) => Err(Refused(StatusCode::METHOD_NOT_ALLOWED, "another method")),
            (None, _) => Err(Refused(StatusCode::NOT_FOUND, "only the collector is here")),
        }
    }

    fn question(&self, head: &Parts, body: &[u8]) -> Result<Question, Refused> {
        let mut headers = HeaderMap::new();
        headers.extend(channel(head).map(|channel| (CHANNEL, channel)));
        if Path::of(head.uri.path()) != Some(Path::Ack) {
            return Ok(Question::Asks(headers, Vec::new()));
        }
        let asked = answer::asked(body).ok_or(Refused(StatusCode::BAD_REQUEST, "this asks for no acks"))?;
        let (own, others): (Vec<_>, Vec<_>) = asked.into_iter().partition(|id| *id >= OWN);
        if others.is_empty() {
            let told = answer::acks(self.own(head, &own));
            return Ok(Question::Knows(json(StatusCode::OK, told)));
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Question::AsksBoth(headers, serde_json::json!({ "acks": others }).to_string().into_bytes(), own))
    }

    fn both(&self, head: &Parts, mut told: Told, own: &[u64]) -> Response<Body> {
        if let Ok(mut said) = serde_json::from_slice::<Map<String, Value>>(&told.body)
            && let Some(Value::Object(acks)) = said.get_mut("acks")
        {
            acks.extend(self.own(head, own).map(|(id, is_safe)| (id.to_string(), Value::Bool(is_safe))));
            told.body = Value::Object(said).to_string().into();
        }
        told.pass()
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
        let url = url(head).ok_or(BUSY)?;
        let usual = request::Usual::new(url.query_pairs());
        let (mut lines, before) = (Vec::new(), held.bytes());
        // As lines that are filtered, and once more as what is left of them.
        let mut full = BUSY;
        let more = |bytes: usize| grow(held, before + 2 * bytes).map_err(|why| full = why).is_ok();
        let read = match Path::of(head.uri.path()) {
            Some(Path::Raw) => request::lines(&body, &usual, more, &mut lines),
            _ => request::events(&body, &usual, more, &mut lines),
        };
        read.map_err(|why| match why {
            Unread::Empty => Refused(StatusCode::BAD_REQUEST, "no data"),
            Unread::Malformed => Refused(StatusCode::BAD_REQUEST, "no series of objects"),
            Unread::TooMuch => full,
        })?;
        add(held, index_of(&lines))?;
        let batches = frame(&lines, limits.event);
        let exchange = Collected { usual: self.usual.clone(), channel: channel(head), coding, acks: self.acks.clone() };
        Ok(Asked { batches, exchange: Box::new(exchange) })
    }

    fn refuse(&self, head: &Parts, why: Refused) -> Response<Body> {
        let code = match why.0.as_u16() {
            401 if !head.headers.contains_key("authorization") => Code::NoToken,
            401 | 403 => Code::BadToken,
            400 if why.1 == "no data" => Code::NoData,
            400 => Code::BadFormat,
            404 => Code::NotFound,
            405 => Code::BadMethod,
            413 => Code::TooLarge,
            415 => Code::BadCoding,
            _ => Code::Busy,
        };
        let mut response = json(StatusCode::from_u16(code.said().0).unwrap_or(why.0), code.body(None));
        if code == Code::Busy {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

fn json(status: StatusCode, body: String) -> Response<Body> {
    let mut response = respond(status, body.into(), None);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

struct Collected {
    usual: write::Usual,
    channel: Option<HeaderValue>,
    coding: Coding,
    acks: Arc<Mutex<Acks>>,
}

impl Collected {
    /// By which it is asked whether a request is safe of which nothing was sent: it is.
    fn own_ack(&self) -> Option<u64> {
        let channel = self.channel.as_ref()?.to_str().ok()?;
        let mut acks = self.acks.lock().unwrap_or_else(PoisonError::into_inner);
        let id = acks.open(channel.to_owned());
        acks.safe(id);
        Some(id)
    }
}

impl Exchange for Collected {
    fn write(&self, _became: &[Became], kept: &[Events]) -> Option<Written> {
        let (mut body, mut unwritten) = (Vec::new(), Vec::new());
        for (number, event) in each(kept).enumerate() {
            let Some(opened) = Opened::new(event) else {
                unwritten.push(number);
                continue;
            };
            write::event(opened, &self.usual, &mut body);
        }
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.extend(self.channel.clone().map(|channel| (CHANNEL, channel)));
        if let Some(word) = self.coding.word() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(word));
        }
        Some(Written { headers, body: self.coding.pack(body)?, unwritten })
    }

    fn answer(&self, became: &[Became], told: Option<Told>) -> Result<Reply, Refused> {
        let passed = passed(became);
        let Some(mut told) = told else {
            let response = json(StatusCode::OK, Code::Success.body(self.own_ack()));
            return Ok(Reply::whole(response, 0, &Answer::Delivered));
        };
        let said = Said::read(&told.body);
        let Some((invalid, first)) = said.invalid().filter(|_| told.status == StatusCode::BAD_REQUEST) else {
            return Ok(Reply::by_status(told, passed));
        };
        // The server counts what it was sent, the client what it sent.
        let mut number =
            (first..).zip(became).filter(|(_, became)| **became == Became::Passed).map(|(number, _)| number);
        if let (Some(number), Ok(mut body)) =
            (number.nth(invalid), serde_json::from_slice::<Map<String, Value>>(&told.body))
        {
            body.insert("invalid-event-number".to_owned(), number.into());
            told.body = Value::Object(body).to_string().into();
        }
        let delivered = invalid.min(passed);
        Ok(Reply { response: told.pass(), delivered, rejected: passed - delivered, is_again: false })
    }
}
