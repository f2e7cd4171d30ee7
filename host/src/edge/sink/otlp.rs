//! OpenTelemetry's protocol, logs, by gRPC or by HTTP with protobuf.
//!
//! | answer of the server | means |
//! |---|---|
//! | 200, `OK` | delivered; of a partial success so many were rejected, which is not said: counted, never sent again |
//! | 413, `RESOURCE_EXHAUSTED` | halve it |
//! | 408, 425, 429, 5xx; `UNAVAILABLE`, `RESOURCE_EXHAUSTED` with `RetryInfo`, and what else may pass | again, after what it asks for at the earliest |
//! | other | never |
//! | none, or cut | again; it may have arrived |
//!
//! 500, `INTERNAL` and `UNKNOWN` are among those that may pass: servers answer so where they mean 503 (otel-collector#9636).
//! What a server says in words is not read: it may quote records.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use prost::Message as _;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url};

use super::http::{after, answer, client, gzip};
use super::{Events, Sink};
use crate::config::{OtlpProtocol, OtlpSink};
use crate::delivery::branch::{Answer, ItemAnswer};
use crate::edge::otlp::group::Group;
use crate::edge::otlp::grpc::{self, code};
use crate::edge::otlp::message::Exported;
use crate::edge::otlp::{EXPORT, LOGS};

/// Most bytes of an answer that are read.
const ANSWER: usize = 64 << 10;

/// A server.
pub(super) struct Otlp(Server);

/// A server of the protocol, whatever is sent to it.
pub(in crate::edge) struct Server {
    client: Client,
    url: Url,
    protocol: OtlpProtocol,
    headers: HeaderMap,
    gzip: bool,
}

impl Otlp {
    pub(super) fn new(said: &OtlpSink) -> Result<Self, String> {
        Server::new(said, (EXPORT, LOGS)).map(Self)
    }

    async fn post(&self, events: Vec<Events>) -> Answer {
        let is_packed = self.0.gzip;
        let encoding = tokio::task::spawn_blocking(move || encode(&events, is_packed));
        match encoding.await {
            Err(_) => Answer::Retry { after: None },
            Ok((_, Some(unsent))) => unsent,
            Ok((message, None)) => self.0.post(message).await,
        }
    }
}

impl Server {
    /// The server of a sink, for what goes to this method of gRPC, or to this path where the URL has none.
    ///
    /// # Errors
    ///
    /// What it is reached with is not there, or cannot be used.
    pub(in crate::edge) fn new(said: &OtlpSink, (method, path): (&str, &str)) -> Result<Self, String> {
        let (mut builder, mut url) = (client(said.ca.as_ref(), said.timeout)?, said.url.value.clone());
        match said.protocol {
            OtlpProtocol::Grpc => {
                builder = builder.http2_prior_knowledge();
                url.set_path(method);
            }
            OtlpProtocol::Http if url.path() == "/" => url.set_path(path),
            OtlpProtocol::Http => {}
        }
        let client = builder.build().map_err(|error| format!("no client can be made: {error}"))?;
        let (headers, gzip) = (headers(said)?, said.gzip);
        Ok(Self { client, url, protocol: said.protocol, headers, gzip })
    }

    /// Sends a message, which is compressed where the configuration says so.
    pub(in crate::edge) async fn post(&self, message: Vec<u8>) -> Answer {
        let body = match self.protocol {
            OtlpProtocol::Grpc => grpc::frame(&message, self.gzip),
            OtlpProtocol::Http => message,
        };
        let request = self.client.post(self.url.clone()).headers(self.headers.clone()).body(body);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Answer::Retry { after: None },
            Err(_) => return Answer::Lost,
        };
        let (status, after) = (response.status(), after(&response));
        if !status.is_success() {
            return answer(status, after);
        }
        let head = response.headers().clone();
        let response = hyper::Response::<reqwest::Body>::from(response);
        let Ok(read) = Limited::new(response.into_body(), ANSWER).collect().await else { return Answer::Lost };
        let trailers = read.trailers().cloned();
        let body = read.to_bytes();
        match self.protocol {
            OtlpProtocol::Http => taken(&body),
            // Where there is no message a status may stand before it.
            OtlpProtocol::Grpc => by_grpc(trailers.as_ref().unwrap_or(&head), body),
        }
    }
}

fn headers(said: &OtlpSink) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    let (kind, coding) = match said.protocol {
        OtlpProtocol::Grpc => ("application/grpc", "grpc-encoding"),
        OtlpProtocol::Http => ("application/x-protobuf", "content-encoding"),
    };
    headers.insert("content-type", HeaderValue::from_static(kind));
    if said.protocol == OtlpProtocol::Grpc {
        headers.insert("te", HeaderValue::from_static("trailers"));
    }
    if said.gzip {
        headers.insert(coding, HeaderValue::from_static("gzip"));
    }
    let mut secret = |name: &str, value: String| {
        let name: HeaderName = name.parse().map_err(|_| format!("`{name}` is no name of a header"))?;
        let mut value: HeaderValue = value.parse().map_err(|_| format!("the value of `{name}` is none of a header"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok::<_, String>(())
    };
    if let Some(token) = &said.token {
        secret("authorization", format!("Bearer {}", token.read()?))?;
    }
    for (name, value) in &said.headers {
        secret(&name.value, value.read()?)?;
    }
    Ok(headers)
}

/// The request of these events; or what becomes of them without one. Where one of them is no JSON object that can be read, it is
/// rejected, and the others are sent in the next.
fn encode(events: &[Events], packed: bool) -> (Vec<u8>, Option<Answer>) {
    let mut group = Group::default();
    let all = events.iter().flat_map(Events::iter);
    let unread: Vec<_> = all.enumerate().filter(|(_, event)| !group.add(event)).map(|(number, _)| number).collect();
    if !unread.is_empty() {
        let items = unread.into_iter().map(|number| (number, ItemAnswer::Rejected)).collect();
        return (Vec::new(), Some(Answer::Partial(items)));
    }
    let message = group.finish();
    if !packed {
        return (message, None);
    }
    gzip(&message).map_or_else(|| (Vec::new(), Some(Answer::Retry { after: None })), |packed| (packed, None))
}

/// What a message that everything was taken says of what was not.
pub(in crate::edge) fn taken(message: &[u8]) -> Answer {
    let rejected = Exported::decode(message).ok().and_then(|exported| exported.partial_success);
    match rejected.map_or(0, |partial| partial.rejected_log_records) {
        rejected @ 1.. => Answer::Short(rejected as u64),
        _ => Answer::Delivered,
    }
}

pub(in crate::edge) fn by_grpc(trailers: &HeaderMap, body: Bytes) -> Answer {
    let number = trailers.get("grpc-status").and_then(|status| status.to_str().ok()?.parse().ok());
    let details = trailers.get("grpc-status-details-bin").and_then(|details| grpc::unbinary(details.as_bytes()));
    let after = details.and_then(|details| grpc::retry_delay(&details));
    match number {
        None => Answer::Lost,
        Some(code::OK) => match grpc::unframe(body) {
            // Compressed answers were not asked for.
            Some((message, false)) => taken(&message),
            _ => Answer::Delivered,
        },
        Some(number) => status(number, after),
    }
}

/// What a status of gRPC means.
fn status(number: u16, after: Option<Duration>) -> Answer {
    match number {
        code::RESOURCE_EXHAUSTED if after.is_none() => Answer::TooLarge,
        code::CANCELLED
        | code::UNKNOWN
        | code::DEADLINE_EXCEEDED
        | code::RESOURCE_EXHAUSTED
        | code::ABORTED
        | code::OUT_OF_RANGE
        | code::INTERNAL
        | code::UNAVAILABLE
        | code::DATA_LOSS
        // About who asks and where, not about records: somebody will mend them.
        | code::PERMISSION_DENIED
        | code::UNIMPLEMENTED
        | code::UNAUTHENTICATED => Answer::Retry { after },
        _ => Answer::Rejected,
    }
}

impl Sink for Otlp {
    fn send(&self, events: Vec<Events>) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.post(events))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_reduced_to_what_a_branch_has_to_know() {
        let again = Some(Duration::from_secs(2));
        for number in [1, 2, 4, 7, 10, 11, 12, 13, 14, 15, 16] {
            assert_eq!(status(number, again), Answer::Retry { after: again }, "{number}");
            assert_eq!(status(number, None), Answer::Retry { after: None }, "{number}");
        }
        for number in [3, 5, 6, 9, 99] {
            assert_eq!(status(number, again), Answer::Rejected, "{number}");
        }
        assert_eq!(status(8, again), Answer::Retry { after: again });
        assert_eq!(status(8, None), Answer::TooLarge);
        let said = |number: &str, details: Option<&str>, body: &[u8]| {
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", number.parse().unwrap());
            details.map(|details| trailers.insert("grpc-status-details-bin", details.parse().unwrap()));
            by_grpc(&trailers, Bytes::copy_from_slice(body))
        };
        let details = grpc::binary(&grpc::status(8, "", again));
        assert_eq!(said("8", Some(&details), b""), Answer::Retry { after: again });
        assert_eq!(said("8", Some("no base64!"), b""), Answer::TooLarge);
        assert_eq!(said("0", None, b""), Answer::Delivered);
        assert_eq!(said("what", None, b""), Answer::Lost);
        assert_eq!(by_grpc(&HeaderMap::new(), Bytes::new()), Answer::Lost, "cut before its trailers");
        // `partial_success { rejected_log_records: 3 }`; a warning alone rejects nothing.
        assert_eq!(said("0", None, &grpc::frame(&[10, 2, 8, 3], false)), Answer::Short(3));
        assert_eq!(said("0", None, &grpc::frame(&[10, 3, 18, 1, b'w'], false)), Answer::Delivered);
    }
}
