//! The server behind a proxy. A request goes to it once: whether to send it again is for the client to say.

use http_body_util::BodyExt as _;
use hyper::Method;
use hyper::header::{
    CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, RETRY_AFTER, SET_COOKIE, WARNING, WWW_AUTHENTICATE,
};
use reqwest::{Client, Url};
use tokio::time::{Instant, timeout_at};

use super::dialect::Told;
use crate::config::{Proxy, ProxyProtocol};
use crate::delivery::Reservation;
use crate::edge::sink::http::client;
use crate::edge::source::body;

/// Headers of an answer that a client is told; its length and its way are Tamis' own. A `Location` would lead around Tamis.
const TOLD: [HeaderName; 13] = [
    CONTENT_TYPE,
    CONTENT_ENCODING,
    RETRY_AFTER,
    WWW_AUTHENTICATE,
    SET_COOKIE,
    WARNING,
    HeaderName::from_static("x-elastic-product"),
    HeaderName::from_static("x-opaque-id"),
    HeaderName::from_static("x-ratelimit-reset"),
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-status-details-bin"),
    HeaderName::from_static("grpc-encoding"),
];

/// Why there is no answer that could be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// Nobody is there, or the answer did not come whole and in time.
    Lost,
    /// It leads elsewhere.
    Redirected,
    /// It is longer than a body may be, or there is no memory for it.
    TooLarge,
}

/// Where a request goes. Without a `path` it is the server's own, to its last slash.
fn at(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    if !path.is_empty() {
        url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    }
    url
}

/// A server.
pub(super) struct Upstream {
    client: Client,
    base: Url,
}

impl Upstream {
    pub(super) fn new(said: &Proxy) -> Result<Self, String> {
        let builder = client(said.ca.as_ref(), said.answer)?.retry(reqwest::retry::never());
        let builder = match said.protocol {
            ProxyProtocol::OtlpGrpc => builder.http2_prior_knowledge(),
            _ => builder,
        };
        let client = builder.build().map_err(|error| format!("no client can be made: {error}"))?;
        Ok(Self { client, base: said.upstream.value.clone() })
    }

    /// Sends a request, and reads its answer as far as there is memory. `path` is below the server's own.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Vec<u8>,
        until: Instant,
        (most, held): (usize, &mut Reservation),
    ) -> Result<Told, Unanswered> {
        let url = at(&self.base, path);
        let asking = async {
            let request = self.client.request(method, url).headers(headers).body(body);
            // What the error says is not kept: it may name what was sent.
            let response = request.send().await.map_err(|_| Unanswered::Lost)?;
            let (head, mut coming) = hyper::Response::<reqwest::Body>::from(response).into_parts();
            if head.status.is_redirection() {
                return Err(Unanswered::Redirected);
            }
            let (before, mut bytes, mut trailers) = (held.bytes(), Vec::new(), None);
            while let Some(frame) = coming.frame().await {
                match frame.map_err(|_| Unanswered::Lost)?.into_data() {
                    Ok(part) if bytes.len() + part.len() > most => return Err(Unanswered::TooLarge),
                    Ok(part) if !body::grow(held, before + bytes.len() + part.len()) => {
                        return Err(Unanswered::TooLarge);
                    }
                    Ok(part) => bytes.extend_from_slice(&part),
                    Err(frame) => trailers = frame.into_trailers().ok(),
                }
            }
            let mut headers = HeaderMap::new();
            for name in &TOLD {
                for value in head.headers.get_all(name) {
                    headers.append(name, value.clone());
                }
            }
            Ok(Told { status: head.status, headers, body: bytes.into(), trailers })
        };
        timeout_at(until, asking).await.unwrap_or(Err(Unanswered::Lost))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stands_behind_the_servers_own_which_stays_as_it_is() {
        let of = |base: &str, path: &str| at(&base.parse().unwrap(), path).to_string();
        assert_eq!(of("http://x/in/", ""), "http://x/in/");
        assert_eq!(of("http://x/in", ""), "http://x/in");
        assert_eq!(
            (of("http://x", ""), of("http://x", "/_bulk")),
            ("http://x/".to_owned(), "http://x/_bulk".to_owned())
        );
        assert_eq!(of("http://x/in/", "/_bulk"), "http://x/in/_bulk");
    }
}
