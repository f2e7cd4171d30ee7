//! `type = "forward"`: the protocol of Fluentd and Fluent Bit.

use std::net::SocketAddr;
use std::time::Duration;

use super::value::{Secret, choice_or, flag_or, need_address, need_server, span_or};
use crate::policy::document::Text;
use crate::policy::syntax::{Problems, Reader};

/// Where forwarders connect.
#[derive(Clone, Debug)]
pub struct ForwardSource {
    /// Address.
    pub listen: SocketAddr,
    /// Certificate; `None`: in clear.
    pub tls: Option<Text>,
    /// Both sides show that they know this.
    pub shared_key: Option<Secret>,
}

/// A forwarder that takes events.
#[derive(Clone, Debug)]
pub struct ForwardSink {
    /// `host:port`.
    pub address: Text,
    /// Whether the connection has TLS.
    pub tls: bool,
    /// Authorities that are trusted in place of those that everybody knows, PEM.
    pub ca: Option<Secret>,
    /// Both sides show that they know this.
    pub shared_key: Option<Secret>,
    /// Events are delivered when the other side says that it has them; if not, when they are written.
    pub ack: bool,
    /// The tag of events whose own did not survive.
    pub tag: String,
    /// Entries are compressed.
    pub gzip: bool,
    /// How long connecting, and the acknowledgement, may take.
    pub timeout: Duration,
}

pub(super) fn source(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<ForwardSource> {
    let listen = need_address(table, "listen", p);
    let tls = table.text("tls", p);
    let shared_key = table.text("shared-key", p).and_then(|text| Secret::parse(&text, p));
    Some(ForwardSource { listen: listen?, tls, shared_key })
}

pub(super) fn sink(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<ForwardSink> {
    let address = need_server(table, "address", p);
    let tls = flag_or(table, "tls", false, p);
    let mut secret =
        |key: &'static str, p: &mut Problems<'_>| table.text(key, p).and_then(|text| Secret::parse(&text, p));
    let (ca, shared_key) = (secret("ca", p), secret("shared-key", p));
    let ack = flag_or(table, "ack", true, p);
    table.usual("tag", || "\"tamis\"".to_owned(), p);
    let tag = table.text("tag", p).map_or_else(|| "tamis".to_owned(), |tag| tag.value);
    let gzip = choice_or(table, "compress", [("gzip", true), ("none", false)], "none", p);
    let timeout = span_or(table, "timeout", Duration::from_secs(30), p);
    Some(ForwardSink { address: address?, tls, ca, shared_key, ack, tag, gzip, timeout })
}
