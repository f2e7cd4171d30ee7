//! `type = "syslog"`.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::value::{Secret, address, choice_or, need_server, span_or};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::Text;
use crate::policy::syntax::{Problems, Reader, zone};

/// Messages of RFC 5424 and RFC 3164.
#[derive(Clone, Debug)]
pub struct SyslogSource {
    /// Address for datagrams.
    pub udp: Option<SocketAddr>,
    /// Address for connections: octet counting or an event a line, each connection as it likes.
    pub tcp: Option<SocketAddr>,
    /// Certificate for connections; `None`: in clear.
    pub tls: Option<Text>,
    /// The zone of times that name none (RFC 3164).
    pub zone: TimeZone,
}

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// One a datagram.
    Udp,
    /// A connection in clear.
    Tcp,
    /// A connection with TLS.
    Tls,
}

/// How messages are told apart in a connection (RFC 6587).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// The length stands before each.
    OctetCount,
    /// A line break stands behind each.
    Lines,
}

/// A server that takes messages of RFC 5424.
#[derive(Clone, Debug)]
pub struct SyslogSink {
    /// `host:port`.
    pub address: Text,
    /// How they travel.
    pub transport: Transport,
    /// How they are told apart.
    pub framing: Framing,
    /// Authorities that are trusted in place of those that everybody knows, PEM.
    pub ca: Option<Secret>,
    /// How long connecting, and writing one request, may take.
    pub timeout: Duration,
}

pub(super) fn source(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<SyslogSource> {
    let at = table.at();
    let (udp, tcp) = (table.text("udp", p), table.text("tcp", p));
    let tls = table.text("tls", p);
    table.usual("zone", || "\"UTC\"".to_owned(), p);
    let zone = table.text("zone", p).map(|name| {
        let found = zone(&name.value);
        if found.is_none() {
            let help = "write an IANA name: \"UTC\", \"Europe/Berlin\"";
            p.push(Diagnostic::error("C0016", "there is no such time zone", name.span, "").help(help));
        }
        found
    });
    if udp.is_none() && tcp.is_none() {
        let help = "udp = \"0.0.0.0:514\", tcp = \"0.0.0.0:6514\", or both";
        p.push(Diagnostic::error("C0017", "this source listens nowhere", at, "").help(help));
    }
    if let Some(tls) = tls.as_ref().filter(|_| tcp.is_none()) {
        let help = "TLS is for connections: tcp = \"0.0.0.0:6514\"";
        p.push(Diagnostic::error("C0017", "there are no connections to protect", tls.span, "").help(help));
    }
    let udp = udp.and_then(|text| address(&text, "udp", p));
    let tcp = tcp.and_then(|text| address(&text, "tcp", p));
    Some(SyslogSource { udp, tcp, tls, zone: zone.flatten().unwrap_or(TimeZone::UTC) })
}

pub(super) fn sink(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<SyslogSink> {
    let address = need_server(table, "address", p);
    let words = [("tcp", Transport::Tcp), ("udp", Transport::Udp), ("tls", Transport::Tls)];
    let transport = choice_or(table, "transport", words, "tcp", p);
    // There is one yet: who writes it down is right about what leaves.
    choice_or(table, "format", [("rfc5424", ())], "rfc5424", p);
    let words = [("octet-count", Framing::OctetCount), ("lines", Framing::Lines)];
    let framing = choice_or(table, "framing", words, "octet-count", p);
    let ca = table.text("ca", p).and_then(|text| Secret::parse(&text, p));
    let timeout = span_or(table, "timeout", Duration::from_secs(30), p);
    Some(SyslogSink { address: address?, transport, framing, ca, timeout })
}
