//! `type = "elasticsearch"`: sources and sinks that speak `_bulk` of Elasticsearch and OpenSearch.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Url;

use super::value::{Secret, choice_or, need_address, need_url, span_or};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Spanned, Text};
use crate::policy::syntax::{Problems, Reader};

/// A source.
#[derive(Clone, Debug)]
pub struct BulkSource {
    /// Address.
    pub listen: SocketAddr,
    /// Certificate; `None`: in clear.
    pub tls: Option<Text>,
    /// Whoever sends has to show this: as an API key, a bearer token, or the password of any user.
    pub token: Option<Secret>,
    /// Longest wait before a request is answered. What is not final by then is to be sent again; it may arrive twice.
    pub answer: Duration,
}

/// How a sink shows who it is.
#[derive(Clone, Debug)]
pub enum BulkAuth {
    /// `Authorization: ApiKey …`, as the server encoded it.
    ApiKey(Secret),
    /// `Authorization: Bearer …`.
    Bearer(Secret),
    /// A user and a password.
    Basic(String, Secret),
}

/// A sink.
#[derive(Clone, Debug)]
pub struct BulkSink {
    /// The server. `_bulk` is put behind its path.
    pub url: Spanned<Url>,
    /// The index of documents whose own did not survive; `{date}` in it is the day (UTC) on which an event was filtered.
    pub index: String,
    /// Authorities that are trusted, PEM, instead of those that everybody knows.
    pub ca: Option<Secret>,
    /// Who it is.
    pub auth: Option<BulkAuth>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Bodies are compressed.
    pub gzip: bool,
}

/// Reads what a source says.
pub(super) fn source(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<BulkSource> {
    let listen = need_address(table, "listen", p);
    let tls = table.text("tls", p);
    let token = table.text("token", p).and_then(|text| Secret::parse(&text, p));
    let answer = span_or(table, "answer", Duration::from_secs(30), p);
    Some(BulkSource { listen: listen?, tls, token, answer })
}

/// Reads what a sink says.
pub(super) fn sink(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<BulkSink> {
    let url = need_url(table, "url", p);
    let index = table.need_text("index", p);
    if let Some(index) = &index {
        let is_bad = |c: char| c.is_uppercase() || c.is_control() || " \\/*?\"<>|,#:".contains(c);
        let plain = index.value.replace("{date}", "0");
        if plain.is_empty() || plain.len() > 200 || plain.starts_with(['-', '_', '+', '.']) || plain.contains(is_bad) {
            let help = "small letters, digits, hyphens and dots; it begins with a letter or a digit; {date} stands for the day";
            p.push(Diagnostic::error("C0016", "this cannot be the name of an index", index.span, "").help(help));
        }
    }
    let ca = table.text("ca", p).and_then(|text| Secret::parse(&text, p));
    let auth = table.table("auth", p).and_then(|table| auth(table, p));
    let timeout = span_or(table, "timeout", Duration::from_secs(30), p);
    let gzip = choice_or(table, "compress", [("gzip", true), ("none", false)], "none", p);
    Some(BulkSink { url: url?, index: index?.value, ca, auth, timeout, gzip })
}

/// `auth = { api-key = … }`, `{ bearer = … }` or `{ user = …, password = … }`.
fn auth(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<BulkAuth> {
    let at = table.at();
    let mut secret =
        |key: &'static str, p: &mut Problems<'_>| table.text(key, p).and_then(|text| Secret::parse(&text, p));
    let (key, bearer, password) = (secret("api-key", p), secret("bearer", p), secret("password", p));
    let user = table.text("user", p);
    let said = ["api-key", "bearer", "user", "password"].map(|key| table.has(key));
    table.finish(p);
    match said {
        [true, false, false, false] => key.map(BulkAuth::ApiKey),
        [false, true, false, false] => bearer.map(BulkAuth::Bearer),
        [false, false, true, true] => Some(BulkAuth::Basic(user?.value, password?)),
        _ => {
            let help =
                "one of { api-key = \"file:…\" }, { bearer = \"file:…\" }, { user = \"NAME\", password = \"file:…\" }";
            p.push(Diagnostic::error("P0004", "nobody knows how to show who this is", at, "").help(help));
            None
        }
    }
}
