//! OpenTelemetry's protocol, logs: by HTTP with protobuf or JSON, or by gRPC. Traces and metrics are refused. What the server says of
//! records, a partial success too, names none of them: it is passed on as it is.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode, Version};
use prost::Message as _;
use serde::Deserialize;

use super::Became;
use super::dialect::{Asked, Dialect, Exchange, Place, Reply, Told, Written, each, passed};
use crate::config::Limits;
use crate::delivery::Reservation;
use crate::delivery::branch::Answer;
use crate::edge::otlp::group::Group;
use crate::edge::otlp::message;
use crate::edge::otlp::records::{Bounds, Records};
use crate::edge::otlp::{EXPORT, LOGS, grpc, json};
use crate::edge::sink::{self, Events};
use crate::edge::source::body::Coding;
use crate::edge::source::otlp::{AT_A_TIME, Body, Form, MALFORMED, REPEATED, by_grpc, by_http, refused};
use crate::edge::source::request::{self, BUSY, Refused, grow};

const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");

/// The protocol, by one of its ways.
pub(super) struct Otlp {
    pub(super) is_grpc: bool,
}

impl Otlp {
    fn form(&self, head: &Parts) -> Option<Form> {
        // Over HTTP/1.1 there are no trailers that a status could stand in.
        Form::of(&head.headers).filter(|form| *form != Form::Grpc || head.version == Version::HTTP_2)
    }
}

impl Dialect for Otlp {
    fn place(&self, head: &Parts) -> Result<Place, Refused> {
        let (listed, text) = match self.is_grpc {
            true => (EXPORT, "logs are taken, by LogsService/Export"),
            false => (LOGS, "logs are taken, at /v1/logs"),
        };
        if head.uri.path() != listed {
            return Err(Refused(StatusCode::NOT_FOUND, text));
        }
        if head.method != Method::POST {
            return Err(Refused(StatusCode::METHOD_NOT_ALLOWED, "records come by POST"));
        }
        let form = self.form(head).filter(|form| (*form == Form::Grpc) == self.is_grpc);
        form.map(|_| Place::Events(listed)).ok_or(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "another type of body"))
    }

    fn coding(&self, head: &Parts) -> Result<Coding, Refused> {
        request::coding(head.headers.get(if self.is_grpc { GRPC_ENCODING } else { CONTENT_ENCODING }))
    }

    fn deadline(&self, head: &Parts) -> Option<Duration> {
        deadline(head.headers.get("grpc-timeout").filter(|_| self.is_grpc)?.to_str().ok()?)
    }

    fn read(
        &self,
        head: &Parts,
        body: Vec<u8>,
        mut coding: Coding,
        limits: &Limits,
        held: &mut Reservation,
    ) -> Result<Asked, Refused> {
        let form = self.form(head).ok_or(MALFORMED)?;
        let mut body = body;
        if form == Form::Grpc {
            let (message, is_packed) = grpc::unframe(body.into()).ok_or(MALFORMED)?;
            body = message.into();
            coding = if is_packed { coding } else { Coding::None };
        }
        let body = coding.inflate(body, limits, held)?;
        let bounds = Bounds { event: limits.event, all: limits.body.saturating_mul(REPEATED) };
        let records = match form {
            Form::Json => Records::of_json(body, bounds),
            Form::Grpc | Form::Protobuf => Records::of_protobuf(&body.into(), bounds),
        };
        let mut records = records.map_err(refused)?;
        let (mut batches, mut bytes) = (Vec::new(), records.bytes());
        grow(held, bytes)?;
        while let Some(lines) = records.lines(AT_A_TIME) {
            // As bytes that are filtered, and once more as what is left of them.
            bytes += 2 * lines.len() + request::index_of(&lines);
            grow(held, bytes)?;
            batches.extend(request::frame(&lines, limits.event));
        }
        Ok(Asked { batches, exchange: Box::new(Export { form, coding }) })
    }

    fn refuse(&self, head: &Parts, why: Refused) -> Response<Body> {
        match self.form(head) {
            Some(Form::Grpc) => by_grpc(Err(why)),
            form => by_http(Err(why), form == Some(Form::Protobuf)),
        }
    }
}

struct Export {
    form: Form,
    coding: Coding,
}

impl Exchange for Export {
    fn write(&self, _became: &[Became], kept: &[Events]) -> Option<Written> {
        let mut group = Group::default();
        let mut unwritten = Vec::new();
        for (number, event) in each(kept).enumerate() {
            if !group.add(event) {
                unwritten.push(number);
            }
        }
        let message = group.finish();
        let message = match self.form {
            Form::Json => json(&message::Export::decode(Bytes::from(message)).ok()?),
            Form::Grpc | Form::Protobuf => message,
        };
        let (kind, name) = match self.form {
            Form::Json => ("application/json", CONTENT_ENCODING),
            Form::Protobuf => ("application/x-protobuf", CONTENT_ENCODING),
            Form::Grpc => ("application/grpc", GRPC_ENCODING),
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Some(word) = self.coding.word() {
            headers.insert(name, HeaderValue::from_static(word));
        }
        let packed = self.coding.pack(message)?;
        if self.form != Form::Grpc {
            return Some(Written { headers, body: packed, unwritten });
        }
        headers.insert("te", HeaderValue::from_static("trailers"));
        let body = grpc::frame(&packed, self.coding != Coding::None);
        Some(Written { headers, body, unwritten })
    }

    fn answer(&self, became: &[Became], told: Option<Told>) -> Result<Reply, Refused> {
        let passed = passed(became);
        let Some(told) = told else {
            let response = match self.form {
                Form::Grpc => by_grpc(Ok(())),
                form => by_http(Ok(()), form == Form::Protobuf),
            };
            return Ok(Reply::whole(response, 0, &Answer::Delivered));
        };
        let answer = match self.form {
            Form::Grpc => return called(told, passed),
            _ if !told.status.is_success() => sink::http::answer(told.status, None),
            Form::Protobuf => sink::otlp::taken(&told.body),
            Form::Json => taken(&told.body),
        };
        Ok(Reply::whole(told.pass(), passed, &answer))
    }
}

/// The answer to a call. One without a status is none.
fn called(mut told: Told, passed: usize) -> Result<Reply, Refused> {
    let status = told.trailers.as_ref().filter(|trailers| trailers.contains_key("grpc-status"));
    let is_status = status.is_some() || told.headers.contains_key("grpc-status");
    if !told.status.is_success() || !is_status {
        return Err(BUSY);
    }
    let answer = sink::otlp::by_grpc(status.unwrap_or(&told.headers), told.body.clone());
    if answer == Answer::Lost {
        return Err(BUSY);
    }
    if status.is_none() {
        // Said before a message that is not there: said behind it, it means the same.
        let mut trailers = HeaderMap::new();
        for name in ["grpc-status", "grpc-message", "grpc-status-details-bin"] {
            trailers.extend(told.headers.remove(name).map(|value| (HeaderName::from_static(name), value)));
        }
        told.trailers = Some(trailers);
    }
    Ok(Reply::whole(told.pass(), passed, &answer))
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Exported {
    partial_success: Option<Partial>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Partial {
    rejected_log_records: serde_json::Value,
}

/// What a message in JSON says of what was not taken.
fn taken(body: &Bytes) -> Answer {
    let partial = serde_json::from_slice::<Exported>(body).ok().and_then(|exported| exported.partial_success);
    let rejected = match partial.unwrap_or_default().rejected_log_records {
        serde_json::Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    rejected.filter(|rejected| *rejected > 0).map_or(Answer::Delivered, Answer::Short)
}

/// A deadline as gRPC writes it: at most eight digits and a unit.
pub(super) fn deadline(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 =
        number.parse().ok().filter(|_| number.len() <= 8 && number.bytes().all(|b| b.is_ascii_digit()))?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}
