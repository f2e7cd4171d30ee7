//! `[sink.NAME]`: where filtered events go.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use super::bulk::{self, BulkSink};
use super::forward::{self, ForwardSink};
use super::hec::{self, HecSink};
use super::kafka::{self, KafkaSink};
use super::loki::{self, LokiSink};
use super::nats::{self, NatsSink};
use super::otlp::{self, OtlpSink};
use super::syslog::{self, SyslogSink};
use super::value::{Secret, bytes, bytes_or, choice_or, count_or, need_url, span_of_time, span_or};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Spanned, Text};
use crate::policy::syntax::{Problems, Reader, owned};

/// A sink.
#[derive(Clone, Debug)]
pub struct Sink {
    /// Its name.
    pub name: Text,
    /// What it is.
    pub kind: SinkKind,
    /// How much goes in one request.
    pub batch: Batching,
    /// What happens when one fails.
    pub retry: Retry,
    /// Filtered events are kept on disk until they are delivered.
    pub buffer: Option<Buffering>,
    /// Bytes that wait in memory for this sink, a branch. `None`: a share of all memory.
    pub queue: Option<u64>,
}

/// What a sink is.
#[derive(Clone, Debug)]
pub enum SinkKind {
    /// Standard output.
    Stdout,
    /// A file that grows; `{date}` in its name is the day.
    File(FileSink),
    /// Requests that carry events.
    Http(HttpSink),
    /// A server of syslog.
    Syslog(SyslogSink),
    /// A forwarder of the Fluent family.
    Forward(ForwardSink),
    /// A stream of NATS JetStream.
    Nats(NatsSink),
    /// OpenTelemetry's protocol, logs.
    Otlp(OtlpSink),
    /// `_bulk` of Elasticsearch and OpenSearch.
    Bulk(BulkSink),
    /// Splunk's HTTP Event Collector.
    Hec(HecSink),
    /// Loki's push.
    Loki(LokiSink),
    /// Topics of Apache Kafka.
    Kafka(KafkaSink),
}

/// `type = "file"`.
#[derive(Clone, Debug)]
pub struct FileSink {
    /// The file; `{date}` in its name stands for the day (UTC).
    pub path: PathBuf,
}

/// `type = "http"`.
#[derive(Clone, Debug)]
pub struct HttpSink {
    /// Where requests go.
    pub url: Spanned<Url>,
    /// Authorities that are trusted beside those that everybody knows, PEM.
    pub ca: Option<Secret>,
    /// `Authorization: Bearer …`.
    pub token: Option<Secret>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Bodies are compressed.
    pub gzip: bool,
}

/// `batch = { events, bytes, age }`.
#[derive(Clone, Copy, Debug)]
pub struct Batching {
    /// Most events of a request.
    pub events: usize,
    /// Most bytes of a request.
    pub bytes: usize,
    /// Longest wait for a request to fill.
    pub age: Duration,
}

impl Default for Batching {
    fn default() -> Self {
        Self { events: 2000, bytes: 1 << 20, age: Duration::from_millis(200) }
    }
}

/// `retry = { first, most, for }`.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Wait before the first repetition; doubles each time.
    pub first: Duration,
    /// Longest wait.
    pub most: Duration,
    /// What is older is given up and goes to quarantine. `None`: never.
    pub give_up: Option<Duration>,
}

impl Default for Retry {
    fn default() -> Self {
        Self { first: Duration::from_millis(200), most: Duration::from_secs(30), give_up: None }
    }
}

/// `buffer = { size, sync }`.
#[derive(Clone, Copy, Debug)]
pub struct Buffering {
    /// Bytes on disk at most. Full: a required branch holds its sources.
    pub size: u64,
    /// Longest wait of an event for its sync: what comes in it is synced together.
    pub sync: Duration,
}

impl SinkKind {
    /// What `type` calls it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::File(_) => "file",
            Self::Http(_) => "http",
            Self::Otlp(_) => "otlp",
            Self::Bulk(_) => "elasticsearch",
            Self::Hec(_) => "hec",
            Self::Loki(_) => "loki",
            Self::Syslog(_) => "syslog",
            Self::Forward(_) => "forward",
            Self::Kafka(_) => "kafka",
            Self::Nats(_) => "nats",
        }
    }

    /// The server it speaks to: `host:port`.
    pub fn server(&self) -> Option<String> {
        match self {
            Self::Stdout | Self::File(_) => None,
            Self::Http(http) => Some(server(&http.url.value)),
            Self::Otlp(otlp) => Some(server(&otlp.url.value)),
            Self::Hec(hec) => Some(server(&hec.url.value)),
            Self::Bulk(bulk) => Some(server(&bulk.url.value)),
            Self::Loki(loki) => Some(server(&loki.url.value)),
            Self::Syslog(syslog) => Some(syslog.address.value.clone()),
            Self::Forward(forward) => Some(forward.address.value.clone()),
            Self::Nats(nats) => nats.servers.addresses.first().map(|server| server.value.clone()),
            Self::Kafka(kafka) => kafka.cluster.brokers.first().map(|broker| broker.value.clone()),
        }
    }

    /// Why what was sent may be lost, as a predicate. `None`: it says what it has.
    pub fn weakness(&self) -> Option<&'static str> {
        match self {
            Self::Syslog(_) => Some("does not say what it has"),
            Self::Forward(forward) if !forward.ack => Some("does not say what it has"),
            Self::Hec(hec) if !hec.acks => Some("says what it received, not what it indexed: set `acks = true`"),
            Self::Forward(_) | Self::Hec(_) | Self::Bulk(_) | Self::Loki(_) | Self::Kafka(_) => None,
            Self::Stdout | Self::File(_) | Self::Http(_) | Self::Otlp(_) | Self::Nats(_) => None,
        }
    }
}

/// The server of an address: `host:port`.
pub fn server(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(80))
}

#[derive(Clone, Copy)]
enum Word {
    Stdout,
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
    ("stdout", Word::Stdout),
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

/// Reads `[sink.NAME]`.
pub(super) fn sink(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Sink> {
    let name = owned(table.name());
    let word = table.need("type", p).and_then(|item| item.choice(WORDS, p))?;
    table.sorted_by("type", p);
    let kind = match word.value {
        Word::Stdout => Some(SinkKind::Stdout),
        Word::File => table.need_text("path", p).map(|path| SinkKind::File(FileSink { path: path.value.into() })),
        Word::Http => http(&mut table, p).map(SinkKind::Http),
        Word::Syslog => syslog::sink(&mut table, p).map(SinkKind::Syslog),
        Word::Forward => forward::sink(&mut table, p).map(SinkKind::Forward),
        Word::Nats => nats::sink(&mut table, p).map(SinkKind::Nats),
        Word::Otlp => otlp::sink(&mut table, p).map(SinkKind::Otlp),
        Word::Bulk => bulk::sink(&mut table, p).map(SinkKind::Bulk),
        Word::Hec => hec::sink(&mut table, p).map(SinkKind::Hec),
        Word::Loki => loki::sink(&mut table, p).map(SinkKind::Loki),
        Word::Kafka => kafka::sink(&mut table, p).map(SinkKind::Kafka),
    };
    let batch = table.table_or_empty("batch", p).map_or_else(Batching::default, |table| batching(table, p));
    let retry = table.table_or_empty("retry", p).map_or_else(Retry::default, |table| retry(table, p));
    let buffer = table.table("buffer", p).and_then(|table| buffering(table, p));
    let queue = bytes(&mut table, "queue", 1 << 16..=1 << 40, p);
    table.finish(p);
    Some(Sink { name, kind: kind?, batch, retry, buffer, queue })
}

fn http(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<HttpSink> {
    let url = need_url(table, "url", p);
    let mut secret =
        |key: &'static str, p: &mut Problems<'_>| table.text(key, p).and_then(|text| Secret::parse(&text, p));
    let (ca, token) = (secret("ca", p), secret("token", p));
    let timeout = span_or(table, "timeout", Duration::from_secs(30), p);
    let gzip = choice_or(table, "compress", [("gzip", true), ("none", false)], "none", p);
    Some(HttpSink { url: url?, ca, token, timeout, gzip })
}

fn batching(mut table: Reader<'_>, p: &mut Problems<'_>) -> Batching {
    let usual = Batching::default();
    let batch = Batching {
        events: count_or(&mut table, "events", 1..=1_000_000, usual.events as u32, p) as usize,
        bytes: bytes_or(&mut table, "bytes", 1024..=256 << 20, usual.bytes as u64, p) as usize,
        age: span_or(&mut table, "age", usual.age, p),
    };
    table.finish(p);
    batch
}

fn buffering(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Buffering> {
    let at = table.at();
    let size = bytes(&mut table, "size", 16 << 20..=1 << 44, p);
    let sync = span_or(&mut table, "sync", Duration::from_millis(5), p);
    if size.is_none() && !table.has("size") {
        let help = "say how much of the disk it may take: size = \"1 GiB\"";
        p.push(Diagnostic::error("P0004", "a buffer has a size", at, "`size` is missing").help(help));
    }
    table.finish(p);
    Some(Buffering { size: size?, sync })
}

fn retry(mut table: Reader<'_>, p: &mut Problems<'_>) -> Retry {
    let (usual, at) = (Retry::default(), table.at());
    let retry = Retry {
        first: span_or(&mut table, "first", usual.first, p),
        most: span_or(&mut table, "most", usual.most, p),
        give_up: span_of_time(&mut table, "for", p),
    };
    table.finish(p);
    if retry.first.is_zero() || retry.first > retry.most {
        let help = "`first` is more than nothing and at most `most`";
        p.push(Diagnostic::error("C0015", "these waits do not grow", at, "").help(help));
    }
    retry
}
