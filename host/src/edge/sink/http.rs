//! Requests that carry events as NDJSON.
//!
//! | answer of the server | means |
//! |---|---|
//! | 2xx | delivered |
//! | 413 | halve it |
//! | 3xx, 401, 403, 404, 405, 407, 408, 425, 429, 5xx, no connection | again, after `Retry-After` at the earliest |
//! | other | never |
//! | none, or cut | again; it may have arrived |
//!
//! What a server says in a body is not read: it may quote events.

use std::pin::Pin;
use std::time::Duration;

use reqwest::{Client, ClientBuilder, StatusCode, Url};

use super::{Events, Sink};
use crate::config::{HttpSink, Secret};
use crate::delivery::branch::{Answer, Payload as _};
use crate::edge::net::certificates;
use crate::kill;

/// A server.
pub(super) struct Http {
    client: Client,
    url: Url,
    token: Option<String>,
    gzip: bool,
}

impl Http {
    pub(super) fn new(said: &HttpSink) -> Result<Self, String> {
        let token = said.token.as_ref().map(|token| token.read()).transpose()?;
        let client = client(said.ca.as_ref(), said.timeout)?.build();
        let client = client.map_err(|error| format!("no client can be made: {error}"))?;
        Ok(Self { client, url: said.url.value.clone(), token, gzip: said.gzip })
    }

    async fn post(&self, events: Vec<Events>) -> Answer {
        let mut body = Vec::with_capacity(events.iter().map(|events| events.bytes()).sum());
        events.iter().for_each(|events| events.lines(&mut body));
        drop(events);
        let mut request = self.client.post(self.url.clone()).header("content-type", "application/x-ndjson");
        if self.gzip {
            let Some(packed) = gzip(&body) else { return Answer::Retry { after: None } };
            body = packed;
            request = request.header("content-encoding", "gzip");
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        kill::point("http-sink", "body");
        let sent = request.body(body).send().await;
        kill::point("http-sink", "answered");
        match sent {
            Ok(response) => answer(response.status(), after(&response)),
            Err(error) if error.is_connect() => Answer::Retry { after: None },
            Err(_) => Answer::Lost,
        }
    }
}

/// A client that trusts the authorities of a PEM, or those that everybody knows.
pub(in crate::edge) fn client(ca: Option<&Secret>, timeout: Duration) -> Result<ClientBuilder, String> {
    let builder = Client::builder()
        .timeout(timeout)
        .connect_timeout(timeout.min(Duration::from_secs(10)))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("tamis/", env!("CARGO_PKG_VERSION")));
    let Some(ca) = ca else { return Ok(builder) };
    let own = certificates(ca, "ca").map_err(|error| error.to_string())?;
    let own: Result<Vec<_>, _> = own.iter().map(|der| reqwest::Certificate::from_der(der)).collect();
    Ok(builder.tls_certs_only(own.map_err(|_| "what `ca` names cannot be used".to_owned())?))
}

pub(in crate::edge) fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    use std::io::Write as _;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(body).ok()?;
    packed.finish().ok()
}

/// The body of an answer, of at most so many bytes. `None`: it is longer, or was cut.
pub(super) async fn body(response: reqwest::Response, most: usize) -> Option<Vec<u8>> {
    use http_body_util::BodyExt as _;
    let body = hyper::Response::<reqwest::Body>::from(response).into_body();
    let read = http_body_util::Limited::new(body, most).collect().await.ok()?;
    Some(read.to_bytes().to_vec())
}

/// `Retry-After` in seconds.
pub(super) fn after(response: &reqwest::Response) -> Option<Duration> {
    let value = response.headers().get("retry-after")?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// What a status means.
pub(in crate::edge) fn answer(status: StatusCode, after: Option<Duration>) -> Answer {
    match status.as_u16() {
        200..=299 => Answer::Delivered,
        413 => Answer::TooLarge,
        // The last are about who asks and where, not about events: somebody will mend them.
        408 | 425 | 429 | 500..=599 | 300..=399 | 401 | 403 | 404 | 405 | 407 => Answer::Retry { after },
        _ => Answer::Rejected,
    }
}

impl Sink for Http {
    fn send(&self, events: Vec<Events>) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.post(events))
    }
}
