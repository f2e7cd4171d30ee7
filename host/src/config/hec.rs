//! `type = "hec"`: sources and sinks that speak to and as Splunk's HTTP Event Collector.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Url;

use super::value::{Secret, choice_or, flag_or, need_address, need_url, span_or};
use crate::policy::document::{Spanned, Text};
use crate::policy::syntax::{Problems, Reader};

/// A source.
#[derive(Clone, Debug)]
pub struct HecSource {
    /// Address.
    pub listen: SocketAddr,
    /// Certificate; `None`: in clear.
    pub tls: Option<Text>,
    /// Whoever sends has to show this.
    pub token: Option<Secret>,
    /// Who names a channel is answered at once, and asks later whether what it sent is safe.
    pub acks: bool,
    /// Longest wait before a request is answered. What is not final by then is to be sent again; it may arrive twice.
    pub answer: Duration,
}

/// A sink.
#[derive(Clone, Debug)]
pub struct HecSink {
    /// The server. `/services/collector/event` is put behind its path.
    pub url: Spanned<Url>,
    /// `Authorization: Splunk …`.
    pub token: Secret,
    /// Authorities that are trusted, PEM, instead of those that everybody knows.
    pub ca: Option<Secret>,
    /// Events are delivered when the indexer says that it has them; if not, when they are received.
    pub acks: bool,
    /// `host`, `source`, `sourcetype` and `index` of events whose own did not survive.
    pub said: [Option<String>; 4],
    /// How long an answer may take, and an acknowledgement.
    pub timeout: Duration,
    /// Bodies are compressed.
    pub gzip: bool,
}

/// Reads what a source says.
pub(super) fn source(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<HecSource> {
    let listen = need_address(table, "listen", p);
    let tls = table.text("tls", p);
    let token = table.text("token", p).and_then(|text| Secret::parse(&text, p));
    let acks = flag_or(table, "acks", false, p);
    let answer = span_or(table, "answer", Duration::from_secs(30), p);
    Some(HecSource { listen: listen?, tls, token, acks, answer })
}

/// Reads what a sink says.
pub(super) fn sink(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<HecSink> {
    let url = need_url(table, "url", p);
    let token = table.need_text("token", p).and_then(|text| Secret::parse(&text, p));
    let ca = table.text("ca", p).and_then(|text| Secret::parse(&text, p));
    let acks = flag_or(table, "acks", false, p);
    let said = ["host", "source", "sourcetype", "index"].map(|key| table.text(key, p).map(|text| text.value));
    let timeout = span_or(table, "timeout", Duration::from_secs(60), p);
    let gzip = choice_or(table, "compress", [("gzip", true), ("none", false)], "none", p);
    Some(HecSink { url: url?, token: token?, ca, acks, said, timeout, gzip })
}
