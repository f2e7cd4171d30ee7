//! `[source.NAME]`: where events come from.

use std::net::SocketAddr;
use std::time::Duration;

use super::bulk::{self, BulkSource};
use super::forward::{self, ForwardSource};
use super::hec::{self, HecSource};
use super::kafka::{self, KafkaSource};
use super::loki::{self, LokiSource};
use super::nats::{self, NatsSource};
use super::otlp::{self, OtlpSource};
use super::syslog::{self, SyslogSource};
use super::value::{Secret, choice_or, need_address, span_or};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::Text;
use crate::policy::syntax::{Problems, Reader, owned};

/// A source.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name.
    pub name: Text,
    /// What it is.
    pub kind: SourceKind,
}

/// What a source is.
#[derive(Clone, Debug)]
pub enum SourceKind {
    /// Standard input.
    Stdin,
    /// Files that grow.
    File(FileSource),
    /// Requests that carry events.
    Http(HttpSource),
    /// Messages of syslog.
    Syslog(SyslogSource),
    /// Forwarders of the Fluent family.
    Forward(ForwardSource),
    /// A stream of NATS JetStream.
    Nats(NatsSource),
    /// OpenTelemetry's protocol, logs.
    Otlp(OtlpSource),
    /// `_bulk` of Elasticsearch and OpenSearch.
    Bulk(BulkSource),
    /// Splunk's HTTP Event Collector.
    Hec(HecSource),
    /// Loki's push.
    Loki(LokiSource),
    /// Topics of Apache Kafka.
    Kafka(KafkaSource),
}

/// `type = "file"`.
#[derive(Clone, Debug)]
pub struct FileSource {
    /// Files, as globs.
    pub paths: Vec<Text>,
    /// A file that is met for the first time is read from its beginning, not from its end.
    pub from_start: bool,
}

/// `type = "http"`.
#[derive(Clone, Debug)]
pub struct HttpSource {
    /// Address.
    pub listen: SocketAddr,
    /// Certificate; `None`: in clear.
    pub tls: Option<Text>,
    /// Whoever sends has to show this.
    pub token: Option<Secret>,
    /// Longest wait before a request is answered. What is not final by then is to be sent again; it may arrive twice.
    pub answer: Duration,
}

impl SourceKind {
    /// What `type` calls it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Stdin => "stdin",
            Self::File(_) => "file",
            Self::Http(_) => "http",
            Self::Syslog(_) => "syslog",
            Self::Forward(_) => "forward",
            Self::Kafka(_) => "kafka",
            Self::Nats(_) => "nats",
            Self::Otlp(_) => "otlp",
            Self::Bulk(_) => "elasticsearch",
            Self::Hec(_) => "hec",
            Self::Loki(_) => "loki",
        }
    }

    /// Whether what was not acknowledged can be had again.
    pub fn replays(&self) -> bool {
        match self {
            Self::Stdin | Self::Syslog(_) => false,
            Self::File(_) | Self::Http(_) | Self::Forward(_) | Self::Otlp(_) => true,
            Self::Bulk(_) | Self::Hec(_) | Self::Loki(_) | Self::Kafka(_) | Self::Nats(_) => true,
        }
    }

    /// The server it asks for events: `host:port`. `None`: it is asked itself, or reads files.
    pub fn server(&self) -> Option<String> {
        match self {
            Self::Nats(nats) => nats.servers.addresses.first().map(|server| server.value.clone()),
            Self::Kafka(kafka) => kafka.cluster.brokers.first().map(|broker| broker.value.clone()),
            Self::Stdin | Self::File(_) | Self::Http(_) | Self::Syslog(_) | Self::Forward(_) | Self::Otlp(_) => None,
            Self::Bulk(_) | Self::Hec(_) | Self::Loki(_) => None,
        }
    }

    /// The secrets it names, by their keys.
    pub fn secrets(&self) -> Vec<(&'static str, &Secret)> {
        let found = match self {
            Self::Http(http) => ("token", http.token.as_ref()),
            Self::Hec(hec) => ("token", hec.token.as_ref()),
            Self::Bulk(bulk) => ("token", bulk.token.as_ref()),
            Self::Loki(loki) => ("token", loki.token.as_ref()),
            Self::Forward(forward) => ("shared-key", forward.shared_key.as_ref()),
            Self::Otlp(otlp) => ("token", otlp.token.as_ref()),
            Self::Kafka(kafka) => ("auth password", kafka.cluster.auth.as_ref().map(|auth| &auth.password)),
            Self::Nats(nats) => return nats.servers.login.secret().into_iter().collect(),
            Self::Stdin | Self::File(_) | Self::Syslog(_) => return Vec::new(),
        };
        found.1.map(|secret| (found.0, secret)).into_iter().collect()
    }

    /// Whether who sends keeps what is not acknowledged, and sends it once more.
    pub fn gives_again(&self) -> bool {
        // Forwarders keep what they asked an acknowledgement for; whether they did is not known before it is read.
        !matches!(self, Self::Stdin | Self::Syslog(_) | Self::Forward(_))
    }

    /// The certificate it names.
    pub fn tls(&self) -> Option<&Text> {
        match self {
            Self::Http(http) => http.tls.as_ref(),
            Self::Syslog(syslog) => syslog.tls.as_ref(),
            Self::Forward(forward) => forward.tls.as_ref(),
            Self::Otlp(otlp) => otlp.tls.as_ref(),
            Self::Bulk(bulk) => bulk.tls.as_ref(),
            Self::Hec(hec) => hec.tls.as_ref(),
            Self::Loki(loki) => loki.tls.as_ref(),
            Self::Stdin | Self::File(_) | Self::Kafka(_) | Self::Nats(_) => None,
        }
    }
}

#[derive(Clone, Copy)]
enum Word {
    Stdin,
    File,
    Http,
    Syslog,
    Forward,
    Nats,
    Otlp,
    Bulk,
    Hec,
    Loki,
    Kafka,
}

const WORDS: &[(&str, Word)] = &[
    ("stdin", Word::Stdin),
    ("file", Word::File),
    ("http", Word::Http),
    ("syslog", Word::Syslog),
    ("forward", Word::Forward),
    ("nats", Word::Nats),
    ("otlp", Word::Otlp),
    ("elasticsearch", Word::Bulk),
    ("hec", Word::Hec),
    ("loki", Word::Loki),
    ("kafka", Word::Kafka),
];

/// Reads `[source.NAME]`.
pub(super) fn source(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Source> {
    let name = owned(table.name());
    let word = table.need("type", p).and_then(|item| item.choice(WORDS, p))?;
    table.sorted_by("type", p);
    let kind = match word.value {
        Word::Stdin => Some(SourceKind::Stdin),
        Word::File => {
            let paths = table.need_texts("paths", p);
            for path in &paths {
                if let Err(error) = glob::Pattern::new(&path.value) {
                    let message = format!("this pattern names no file: {}", error.msg);
                    let help =
                        "`*` any name, `**` any folders, `?` one letter, `[ab]` one of these; `[[]` a bracket itself";
                    p.push(Diagnostic::error("C0041", message, path.span, "").help(help));
                }
            }
            let from_start = choice_or(&mut table, "from", [("start", true), ("end", false)], "start", p);
            Some(SourceKind::File(FileSource { paths, from_start }))
        }
        Word::Http => {
            let listen = need_address(&mut table, "listen", p);
            let tls = table.text("tls", p);
            let token = table.text("token", p).and_then(|text| Secret::parse(&text, p));
            let answer = span_or(&mut table, "answer", Duration::from_secs(30), p);
            listen.map(|listen| SourceKind::Http(HttpSource { listen, tls, token, answer }))
        }
        Word::Syslog => syslog::source(&mut table, p).map(SourceKind::Syslog),
        Word::Forward => forward::source(&mut table, p).map(SourceKind::Forward),
        Word::Nats => nats::source(&mut table, p).map(SourceKind::Nats),
        Word::Otlp => otlp::source(&mut table, p).map(SourceKind::Otlp),
        Word::Bulk => bulk::source(&mut table, p).map(SourceKind::Bulk),
        Word::Hec => hec::source(&mut table, p).map(SourceKind::Hec),
        Word::Loki => loki::source(&mut table, p).map(SourceKind::Loki),
        Word::Kafka => kafka::source(&mut table, p).map(SourceKind::Kafka),
    };
    table.finish(p);
    Some(Source { name, kind: kind? })
}
