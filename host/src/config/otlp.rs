//! `type = "otlp"`: sources and sinks that speak OpenTelemetry's protocol.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Url;

use super::value::{Secret, choice_or, count_or, need_address, need_url, span_or};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Spanned, Text};
use crate::policy::syntax::{Problems, Reader, owned};

/// A source. Each of its addresses answers gRPC and HTTP.
#[derive(Clone, Debug)]
pub struct OtlpSource {
    /// Address for gRPC.
    pub grpc: Option<SocketAddr>,
    /// Address for HTTP. One of both is there.
    pub http: Option<SocketAddr>,
    /// Certificate; `None`: in clear.
    pub tls: Option<Text>,
    /// Whoever sends has to show this.
    pub token: Option<Secret>,
    /// Longest wait before a request is answered. What is not final by then is to be sent again; it may arrive twice.
    pub answer: Duration,
}

impl OtlpSource {
    /// Addresses that it listens at.
    pub fn listen(&self) -> impl Iterator<Item = SocketAddr> {
        self.grpc.into_iter().chain(self.http)
    }
}

/// How a sink speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtlpProtocol {
    /// gRPC.
    Grpc,
    /// HTTP, protobuf.
    Http,
}

/// A sink.
#[derive(Clone, Debug)]
pub struct OtlpSink {
    /// Where requests go. By gRPC only its host counts; by HTTP a path that is missing is `/v1/logs`.
    pub url: Spanned<Url>,
    /// How.
    pub protocol: OtlpProtocol,
    /// Authorities that are trusted, PEM, instead of those that everybody knows.
    pub ca: Option<Secret>,
    /// `Authorization: Bearer …`.
    pub token: Option<Secret>,
    /// Further headers.
    pub headers: Vec<(Text, Secret)>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Bodies are compressed.
    pub gzip: bool,
}

/// `[traces]`: where traces of our own work go.
#[derive(Clone, Debug)]
pub struct Traces {
    /// The collector, as a sink says it. By HTTP a path that is missing is `/v1/traces`.
    pub to: OtlpSink,
    /// One delivery of so many is traced.
    pub one_in: u32,
}

/// Reads `[traces]`.
pub(super) fn traces(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Traces> {
    let to = sink(&mut table, p);
    let one_in = count_or(&mut table, "one-in", 1..=1_000_000, 100, p);
    table.finish(p);
    Some(Traces { to: to?, one_in })
}

/// Reads what a source says.
pub(super) fn source(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<OtlpSource> {
    let mut address = |key: &'static str, p: &mut Problems<'_>| match table.has(key) {
        true => Some(need_address(table, key, p)),
        false => table.take(key, p).and(None),
    };
    let (grpc, http) = (address("grpc", p), address("http", p));
    if grpc.is_none() && http.is_none() {
        let help = "grpc = \"127.0.0.1:4317\", http = \"127.0.0.1:4318\", or both";
        p.push(Diagnostic::error("P0004", "this source listens nowhere", table.at(), "").help(help));
    }
    let tls = table.text("tls", p);
    let token = table.text("token", p).and_then(|text| Secret::parse(&text, p));
    let answer = span_or(table, "answer", Duration::from_secs(10), p);
    let (grpc, http) = (grpc.flatten(), http.flatten());
    grpc.or(http).is_some().then_some(OtlpSource { grpc, http, tls, token, answer })
}

/// Reads what a sink says.
pub(super) fn sink(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<OtlpSink> {
    let url = need_url(table, "url", p);
    let words = [("grpc", OtlpProtocol::Grpc), ("http", OtlpProtocol::Http)];
    let protocol = choice_or(table, "protocol", words, "grpc", p);
    let mut secret =
        |key: &'static str, p: &mut Problems<'_>| table.text(key, p).and_then(|text| Secret::parse(&text, p));
    let (ca, token) = (secret("ca", p), secret("token", p));
    let headers = table.table("headers", p).map_or_else(Vec::new, |table| headers(&table, p));
    let timeout = span_or(table, "timeout", Duration::from_secs(10), p);
    let gzip = choice_or(table, "compress", [("gzip", true), ("none", false)], "gzip", p);
    Some(OtlpSink { url: url?, protocol, ca, token, headers, timeout, gzip })
}

/// `headers = { api-key = "file:PATH" }`.
pub(super) fn headers(table: &Reader<'_>, p: &mut Problems<'_>) -> Vec<(Text, Secret)> {
    let mut headers = Vec::new();
    for item in table.rest(p) {
        let name = owned(&item.key);
        let is_name = hyper::header::HeaderName::from_bytes(name.value.as_bytes()).is_ok();
        if !is_name {
            let message = format!("{} is no name of a header", p.quote(&name));
            p.push(Diagnostic::error("C0016", message, name.span, "").help("letters, digits and hyphens"));
        }
        if let Some(secret) = item.filled(p).and_then(|text| Secret::parse(&text, p))
            && is_name
        {
            headers.push((name, secret));
        }
    }
    headers
}
