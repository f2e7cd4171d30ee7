//! Asks a running sidecar: its metrics, and what stands behind its admin address.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, Url};

use super::dial;
use crate::config::Secret;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Where it is, and what is shown to it.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// `http://127.0.0.1:9600`.
    pub at: String,
    /// The token of an operator.
    pub token: Option<Secret>,
    /// Authorities that are trusted, PEM, instead of those that everybody knows.
    pub ca: Option<Secret>,
    /// Certificate and private key, PEM.
    pub identity: Option<(Secret, Secret)>,
}

/// Somebody who asks.
pub struct Asker {
    client: Client,
    at: Url,
    token: Option<String>,
}

impl Asker {
    /// # Errors
    ///
    /// The address is none, or a secret is not there.
    pub fn new(asked: &Asked) -> Result<Self, String> {
        let at = Url::parse(&asked.at).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let at = at.ok_or_else(|| format!("{} is no address\nhelp: for example http://127.0.0.1:9600", asked.at))?;
        if !at.username().is_empty() || at.password().is_some() {
            return Err(
                "leave user and password out of the address: a sidecar is asked by token or certificate".to_owned()
            );
        }
        let identity = asked.identity.as_ref().map(|(cert, key)| (cert, key));
        let tls = match at.scheme() {
            "https" => dial::client(asked.ca.as_ref(), identity)?,
            // A machine without any authority can still ask in clear.
            _ => dial::trusting(rustls::RootCertStore::empty())?.with_no_client_auth(),
        };
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_backend_preconfigured(tls)
            .build()
            .map_err(|error| format!("no client can be made: {error}"))?;
        Ok(Self { client, at, token: asked.token.as_ref().map(Secret::read).transpose()? })
    }

    /// Asks for a path, and gives what is answered where that is a success.
    ///
    /// # Errors
    ///
    /// Nobody answers, or what they say against it.
    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Response, String> {
        let mut url = self.at.clone();
        url.set_path(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.client.get(url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.map_err(|error| {
            // What it says first is its address; why is behind that.
            let mut why: &dyn std::error::Error = &error;
            while let Some(deeper) = why.source() {
                why = deeper;
            }
            format!("cannot ask {}: {why}", self.at)
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let text = response.text().await.unwrap_or_default();
        let help = match status {
            StatusCode::UNAUTHORIZED => "\nhelp: --token SOURCE, or --cert and --key of somebody who has a role",
            _ => "",
        };
        Err(format!("{} says {status}: {}{help}", self.at, text.trim_end()))
    }
}
