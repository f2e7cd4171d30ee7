//! OpenTelemetry's protocol, logs: gRPC, and HTTP with protobuf or JSON at `/v1/logs`; gzip and zstd. Each address answers both.
//!
//! | HTTP | gRPC | means |
//! |---|---|---|
//! | 200 | `OK` | every required branch has the records, or dropped or sealed them as the policy says |
//! | 400 | `INVALID_ARGUMENT` | no export request: nothing was taken |
//! | 401 | `UNAUTHENTICATED` | no token, or another |
//! | 404, 405, 415 | `UNIMPLEMENTED` | traces and metrics, another method, another coding |
//! | 413 | `RESOURCE_EXHAUSTED` | the body is longer than `[limits] body`, inflates too much, or its records with their resources are more than eight times that |
//! | 503, `Retry-After` | `UNAVAILABLE`, `RetryInfo` | not now, for want of memory, of a branch, or of its answer in time: send it again |

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::WithTrailers;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode, Version};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::body::Coding;
use super::request::{self, BUSY, Refused, TOO_LARGE, grow};
use super::{Intake, Running};
use crate::config::OtlpSource;
use crate::delivery::{Reservation, Verdict};
use crate::edge::net::{self, Listener};
use crate::edge::otlp::grpc::{self, code};
use crate::edge::otlp::records::{Bounds, Records, Unread};
use crate::edge::otlp::{EXPORT, LOGS};

/// Bytes of events that are handed on at a time.
pub(in crate::edge) const AT_A_TIME: usize = 1 << 20;
/// How many times longer than the longest body the events of a request may be, their resources repeated.
pub(in crate::edge) const REPEATED: usize = 8;
/// When what was refused may come again.
const AGAIN: Duration = Duration::from_secs(1);

pub(in crate::edge) type Body = WithTrailers<Full<Bytes>, Ready<Option<Result<HeaderMap, Infallible>>>>;

/// Runs until it is told to stop.
pub(super) async fn run(said: &OtlpSource, running: Running) -> Result<(), String> {
    let Running { intake, stop, certificate, ready, .. } = running;
    let token = said.token.as_ref().map(|token| token.read()).transpose()?.map(String::into_bytes);
    let mut listeners = Vec::new();
    for at in said.listen() {
        match Listener::bind(at, certificate.clone(), intake.limits.connections).await {
            Ok(listener) => listeners.push(listener),
            Err(error) => {
                let text = format!("cannot listen at {at}: {error}");
                let _ = ready.send(Err(error));
                return Err(text);
            }
        }
    }
    let _ = ready.send(listeners.first().map(Listener::address).transpose());
    let door = Arc::new(Door { intake, token, longest: said.answer, stop: stop.clone(), lanes: AtomicU64::new(0) });
    let mut serving = tokio::task::JoinSet::new();
    for listener in listeners {
        let (door, stop) = (door.clone(), stop.clone());
        serving.spawn(net::http(listener, stop, move |request| door.clone().answer(request)));
    }
    while serving.join_next().await.is_some() {}
    Ok(())
}

/// What all requests have in common.
struct Door {
    intake: Intake,
    token: Option<Vec<u8>>,
    longest: Duration,
    stop: CancellationToken,
    lanes: AtomicU64,
}

/// How a request is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::edge) enum Form {
    Grpc,
    Protobuf,
    Json,
}

impl Form {
    pub(in crate::edge) fn of(headers: &HeaderMap) -> Option<Self> {
        let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        match kind.split([';', '+']).next()?.trim() {
            "application/grpc" => Some(Self::Grpc),
            "application/x-protobuf" => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl Door {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        // Over HTTP/1.1 there are no trailers that a status could stand in.
        let may_be = |form: &Form| *form != Form::Grpc || request.version() == Version::HTTP_2;
        let form = Form::of(request.headers()).filter(may_be);
        let taken = match form {
            Some(form) => self.take(request, form).await,
            // Who asks is asked first: nobody else is told what is taken here.
            None => request::admit(self.token.as_deref(), request.headers())
                .and(Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "application/x-protobuf or application/json"))),
        };
        if matches!(taken, Err(Refused(StatusCode::SERVICE_UNAVAILABLE, _))) {
            self.intake.count.refused();
        }
        match form {
            Some(Form::Grpc) => by_grpc(taken),
            _ => by_http(taken, form == Some(Form::Protobuf)),
        }
    }

    async fn take(&self, request: Request<Incoming>, form: Form) -> Result<(), Refused> {
        request::admit(self.token.as_deref(), request.headers())?;
        let is_there = request.uri().path() == if form == Form::Grpc { EXPORT } else { LOGS };
        if !is_there {
            return Err(Refused(StatusCode::NOT_FOUND, "logs are taken, at /v1/logs or by LogsService/Export"));
        }
        if request.method() != Method::POST {
            return Err(Refused(StatusCode::METHOD_NOT_ALLOWED, "records come by POST"));
        }
        let name = if form == Form::Grpc { HeaderName::from_static("grpc-encoding") } else { CONTENT_ENCODING };
        let coding = request::coding(request.headers().get(name))?;
        let until = Instant::now() + self.longest;
        let reading = timeout_at(until, request::read(request, &self.intake));
        let (body, mut held) = reading.await.map_err(|_| BUSY)??;
        let limits = self.intake.limits;
        // Inflating and decoding are work: other connections go on meanwhile.
        let read = tokio::task::spawn_blocking(move || {
            let (body, coding) = match form {
                Form::Grpc => {
                    let (message, is_packed) = grpc::unframe(body.into()).ok_or(MALFORMED)?;
                    (message.into(), if is_packed { coding } else { Coding::None })
                }
                Form::Protobuf | Form::Json => (body, coding),
            };
            let body = coding.inflate(body, &limits, &mut held)?;
            let bounds = Bounds { event: limits.event, all: limits.body.saturating_mul(REPEATED) };
            let records = match form {
                Form::Json => Records::of_json(body, bounds),
                Form::Grpc | Form::Protobuf => Records::of_protobuf(&body.into(), bounds),
            };
            let records = records.map_err(refused)?;
            grow(&mut held, records.bytes())?;
            Ok::<_, Refused>((records, held))
        });
        let (records, held) = read.await.map_err(|_| BUSY)??;
        self.deliver(records, held, until).await
    }

    /// Hands on the events of a request, some at a time, and waits until all of them are final.
    async fn deliver(&self, mut records: Records, held: Reservation, until: Instant) -> Result<(), Refused> {
        let lane = self.lanes.fetch_add(1, Ordering::Relaxed);
        let mut verdicts = Vec::new();
        while let Some(lines) = records.lines(AT_A_TIME) {
            let room = timeout_at(until, self.intake.wait(2 * lines.len() + request::index_of(&lines), &self.stop));
            let room = room.await.ok().flatten().ok_or(BUSY)?;
            let (tell, told) = tokio::sync::oneshot::channel();
            let batches = request::frame(&lines, self.intake.limits.event);
            let deliver = self.intake.deliver(lane, batches, room, move |verdict| {
                let _ = tell.send(verdict);
            });
            timeout_at(until, deliver).await.map_err(|_| BUSY)?;
            verdicts.push(told);
        }
        drop((records, held));
        for told in verdicts {
            match timeout_at(until, told).await {
                Ok(Ok(Verdict::Ack)) => {}
                _ => return Err(BUSY),
            }
        }
        Ok(())
    }
}

pub(in crate::edge) const MALFORMED: Refused = Refused(StatusCode::BAD_REQUEST, "this is no export request of logs");

pub(in crate::edge) fn refused(why: Unread) -> Refused {
    match why {
        Unread::Malformed => MALFORMED,
        Unread::OtherNames => Refused(StatusCode::BAD_REQUEST, "names are as in OTLP/JSON 1: resourceLogs, scopeLogs"),
        Unread::TooLarge => TOO_LARGE,
    }
}

/// The status of gRPC that says the same, and after how long it may be repeated.
fn status(status: StatusCode) -> (u16, Option<Duration>) {
    match status {
        StatusCode::BAD_REQUEST => (code::INVALID_ARGUMENT, None),
        StatusCode::UNAUTHORIZED => (code::UNAUTHENTICATED, None),
        StatusCode::PAYLOAD_TOO_LARGE => (code::RESOURCE_EXHAUSTED, None),
        StatusCode::SERVICE_UNAVAILABLE => (code::UNAVAILABLE, Some(AGAIN)),
        _ => (code::UNIMPLEMENTED, None),
    }
}

/// An answer whose status stands in its trailers.
pub(in crate::edge) fn by_grpc(taken: Result<(), Refused>) -> Response<Body> {
    let mut trailers = HeaderMap::new();
    let (number, body) = match taken {
        // An export response without a member: all was taken.
        Ok(()) => (code::OK, grpc::frame(&[], false)),
        Err(Refused(http, text)) => {
            let (number, again) = status(http);
            trailers.insert("grpc-message", HeaderValue::from_static(text));
            if let Ok(details) = grpc::binary(&grpc::status(number, text, again)).parse() {
                trailers.insert("grpc-status-details-bin", details);
            }
            (number, Vec::new())
        }
    };
    trailers.insert("grpc-status", number.into());
    let mut response = respond(body, Some(trailers));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response.headers_mut().insert("grpc-accept-encoding", HeaderValue::from_static("identity,gzip,zstd"));
    response
}

pub(in crate::edge) fn by_http(taken: Result<(), Refused>, protobuf: bool) -> Response<Body> {
    let (http, body) = match taken {
        Ok(()) if protobuf => (StatusCode::OK, Vec::new()),
        Ok(()) => (StatusCode::OK, b"{}".to_vec()),
        Err(Refused(http, text)) if protobuf => (http, grpc::status(status(http).0, text, None)),
        Err(Refused(http, text)) => {
            (http, serde_json::json!({ "code": status(http).0, "message": text }).to_string().into_bytes())
        }
    };
    let mut response = respond(body, None);
    *response.status_mut() = http;
    let kind = if protobuf { "application/x-protobuf" } else { "application/json" };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if http == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, AGAIN.as_secs().into());
    }
    response
}

fn respond(body: Vec<u8>, trailers: Option<HeaderMap>) -> Response<Body> {
    Response::new(Full::new(Bytes::from(body)).with_trailers(ready(trailers.map(Ok))))
}
