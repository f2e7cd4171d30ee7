//! `tamis.toml`: what the platform engineer says. As typed → ready to run, with everything that is wrong said at once.
//!
//! Nothing is read or opened here but the text itself: secrets are named ([`Secret`]), not held.
//!
//! | file | reads |
//! |---|---|
//! | `value.rs` | sizes, spans of time, addresses, secrets |
//! | `source.rs`, `sink.rs`, `route.rs` | `[source.NAME]`, `[sink.NAME]`, `[route.NAME]` |
//! | `bulk.rs`, `forward.rs`, `hec.rs`, `kafka.rs`, `loki.rs`, `nats.rs`, `otlp.rs`, `syslog.rs` | their settings, source and sink |
//! | `proxy.rs` | `[proxy.NAME]` |
//! | `admin.rs` | `[admin]` |
//! | `effective.rs` | the configuration with its defaults, for who asks what is in force |
//! | `hidden.rs` | the configuration as messages about it may show it |
//! | `names.rs` | whether what is named is there |

mod admin;
mod bulk;
mod effective;
mod forward;
mod hec;
mod hidden;
mod kafka;
mod loki;
mod names;
mod nats;
mod otlp;
mod proxy;
mod route;
mod sink;
mod source;
mod syslog;
#[cfg(test)]
mod tests;
mod value;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use admin::{Admin, Role};
pub use bulk::{BulkAuth, BulkSink, BulkSource};
pub use effective::effective;
pub use forward::{ForwardSink, ForwardSource};
pub use hec::{HecSink, HecSource};
pub use hidden::hidden;
pub use kafka::{KafkaCluster, KafkaSink, KafkaSource, KafkaTls, Sasl};
pub use loki::{LokiSink, LokiSource};
pub use nats::{NatsLogin, NatsServers, NatsSink, NatsSource, SUBJECT, is_subject};
pub use otlp::{OtlpProtocol, OtlpSink, OtlpSource, Traces};
pub use proxy::{Proxy, ProxyProtocol};
pub use route::{Closed, Repeats, Route, To};
pub use sink::{Batching, Buffering, FileSink, HttpSink, Retry, Sink, SinkKind, server};
pub use source::{FileSource, HttpSource, Source, SourceKind};
pub use syslog::{Framing, SyslogSink, SyslogSource, Transport};
pub use value::Secret;

use crate::policy::diagnostic::{Diagnostic, Severity};
use crate::policy::document::{Span, Spanned, Text};
use crate::policy::syntax::{self, Bundle, Notes, Problems, Reader};
use value::{bytes, bytes_or, choice_or, count_or, span_of_time, span_or};

/// A configuration in which nothing is wrong by itself.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder that only this process writes: positions, quarantine, buffers.
    pub state: PathBuf,
    /// Bytes of events that are held at a time, from reading until they are acknowledged.
    pub memory: u64,
    /// Threads that filter.
    pub workers: usize,
    /// How long a stop waits for what is on its way.
    pub drain: Duration,
    /// Policies.
    pub policy: PolicyAt,
    /// Keys of codes; `None`: made up for this run.
    pub keys: Option<KeysAt>,
    /// Escrow of codes; `None`: no policy may have any.
    pub escrow: Option<EscrowAt>,
    /// Where events go that cannot be treated.
    pub quarantine: QuarantineAt,
    /// What is written down of what was in force and done.
    pub ledger: Option<LedgerAt>,
    /// Where the metrics and the health of this process are read.
    pub metrics: Option<Metrics>,
    /// Where traces of our own work go; `None`: nothing is traced.
    pub traces: Option<Traces>,
    /// Where an operator speaks to this process.
    pub admin: Option<Admin>,
    /// Certificates, by name.
    pub tls: Vec<Tls>,
    /// Bounds on what comes in.
    pub limits: Limits,
    /// Where events come from.
    pub sources: Vec<Source>,
    /// Where they go.
    pub sinks: Vec<Sink>,
    /// Which of them, under which policy. Behind them those that proxies are.
    pub routes: Vec<Route>,
    /// Proxies. Each is a route, too.
    pub proxies: Vec<Proxy>,
}

/// `[escrow]`.
#[derive(Clone, Debug)]
pub struct EscrowAt {
    /// Folder of the public keys of officers: `TENANT/OFFICER.age`.
    pub officers: PathBuf,
    /// Bytes that entries of all tenants may take on disk; `None`: as many as the disk takes.
    pub size: Option<u64>,
}

/// `[policy]`.
#[derive(Clone, Debug)]
pub struct PolicyAt {
    /// The folder of policies.
    pub path: PathBuf,
    /// Folder of evidence and lists, where they do not stand beside the tenants.
    pub evidence: Option<PathBuf>,
    /// Files are looked at this often for changes.
    pub watch: Option<Duration>,
    /// Public keys of officers: only bundles that they signed are in force. None: files are read as they are.
    pub signed_by: Vec<Secret>,
    /// Filtered events that wait when a policy narrows do not go: where that is said. Sources that can give them again have them filtered
    /// anew; the rest, and what is on disk, is lost and counted.
    pub discards: Option<Spanned<()>>,
}

impl PolicyAt {
    /// Whether what waits does not go when a policy narrows.
    pub fn discards(&self) -> bool {
        self.discards.is_some()
    }
}

/// `[keys]`.
#[derive(Clone, Debug)]
pub struct KeysAt {
    /// The root. `{tenant}` in its name stands for the id of a policy: each tenant has a root of its own then.
    pub root: Secret,
    /// Folder of the secrets of epochs, wrapped under the root; `None`: all of them derive from the root.
    pub folder: Option<PathBuf>,
}

/// `[quarantine]`.
#[derive(Clone, Debug, Default)]
pub struct QuarantineAt {
    /// Public keys that content is sealed to. None: metadata only, content is discarded and counted.
    pub recipients: Vec<Secret>,
    /// All of an event that no plan is known for is sealed too.
    pub unknown: bool,
    /// Bytes at which it is full: events that should go there are refused then.
    pub size: u64,
}

/// `[ledger]`.
#[derive(Clone, Debug)]
pub struct LedgerAt {
    /// Key that its lines are signed with, 64 hexadecimal digits.
    pub key: Secret,
    /// How long events flow while it cannot be written.
    pub grace: Duration,
}

/// `[metrics]`.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Address.
    pub listen: SocketAddr,
    /// Where it is said.
    pub span: Span,
    /// Most series of rules, treatments and findings, each by route and purpose; what is above is counted together.
    pub max_series: usize,
}

/// `[tls.NAME]`.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Its name.
    pub name: Text,
    /// Chain of certificates, PEM.
    pub cert: Secret,
    /// Private key, PEM.
    pub key: Secret,
    /// Clients show a certificate of one of these authorities, PEM.
    pub client_ca: Option<Secret>,
    /// TLS 1.2 is spoken too.
    pub allows_1_2: bool,
}

/// `[limits]`.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest event, in bytes.
    pub event: usize,
    /// Longest body of a request, in bytes, inflated.
    pub body: usize,
    /// How many times longer a body may become when it is inflated.
    pub inflate: u32,
    /// Open connections of one source.
    pub connections: usize,
    /// Bytes of events a second that one tenant may give. `None`: as many as there is room for.
    pub tenant_rate: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { event: 1 << 20, body: 16 << 20, inflate: 100, connections: 1000, tenant_rate: None }
    }
}

impl Config {
    /// What a branch promises, as a sentence: the weaker of its sources and its sink.
    pub fn guarantee(&self, route: &Route, to: &To) -> String {
        let replays = |name: &Text| {
            self.sources
                .iter()
                .find(|source| source.name.value == name.value)
                .is_some_and(|source| source.kind.replays())
        };
        if self.proxies.iter().any(|proxy| proxy.name.value == route.name.value) {
            return proxy::GUARANTEE.to_owned();
        }
        if !to.required {
            return "best effort (not required: its newest events are dropped when it is full)".to_owned();
        }
        if let Some(weak) = route.from.iter().find(|name| !replays(name)) {
            return format!("best effort (`{}` cannot give again what was not delivered)", weak.value);
        }
        let sink = self.sinks.iter().find(|sink| sink.name.value == to.sink.value);
        if let Some(why) = sink.and_then(|sink| sink.kind.weakness()) {
            return format!("best effort (`{}` {why})", to.sink.value);
        }
        let said = if sink.is_some_and(|sink| sink.buffer.is_some()) && self.policy.discards() {
            "at least once; what is on disk when a policy narrows is discarded"
        } else if route.tenant_by.is_some() {
            match to.closed {
                Some(Closed::Skip) => "at least once; events of closed tenants are withheld",
                _ => "at least once; one closed tenant holds its neighbours",
            }
        } else if self.quarantine.recipients.is_empty() {
            "at least once; what the sink refuses for good is discarded (no [quarantine] recipients)"
        } else {
            "at least once"
        };
        said.to_owned()
    }
}

/// Reads a configuration, the file `name`. It may be run where no diagnostic is an error.
///
/// ```
/// use tamis::policy::syntax::Bundle;
/// let mut bundle = Bundle::new();
/// let file = bundle.add("tamis.toml", r#"
/// version = 1
/// state   = "/var/lib/tamis"
/// [policy]
/// path = "/etc/tamis/policies"
/// [source.lines]
/// type = "stdin"
/// [sink.out]
/// type = "stdout"
/// [route.all]
/// from   = "lines"
/// policy = "tenants/example-de.toml"
/// [[route.all.to]]
/// sink    = "out"
/// purpose = "security"
/// "#);
/// let mut problems = Vec::new();
/// let config = tamis::config::read(&bundle, file, &mut problems).unwrap();
/// assert!(problems.is_empty());
/// assert_eq!(config.routes[0].to[0].sink.value, "out");
/// ```
pub fn read(bundle: &Bundle, file: crate::policy::document::FileId, problems: &mut Vec<Diagnostic>) -> Option<Config> {
    read_noted(bundle, file, None, problems)
}

/// The same, and notes what is asked for.
pub fn read_noted(
    bundle: &Bundle,
    file: crate::policy::document::FileId,
    notes: Option<&Notes>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Config> {
    let before = problems.len();
    let config = syntax::noted(bundle, file, problems, notes, |root, p| {
        let mut config = top(root, p)?;
        names::check(&config, p);
        config.routes.extend(config.proxies.iter().map(|proxy| proxy.route.clone()));
        Some(config)
    });
    // What its code stands for speaks of policies.
    for missing in problems.iter_mut().skip(before).filter(|problem| problem.code == "P0004" && problem.help.is_none())
    {
        let is_version = missing.message.ends_with("`version`");
        let help = if is_version {
            "begin with the line: version = 1"
        } else {
            "docs/schemas/tamis.json says what belongs there"
        };
        missing.help = Some(help.to_owned());
    }
    config.filter(|_| problems.iter().all(|problem| problem.severity != Severity::Error))
}

fn top(mut root: Reader<'_>, p: &mut Problems<'_>) -> Option<Config> {
    if let Some(version) = root.need("version", p).and_then(|item| item.count(1..=u32::MAX, p))
        && version.value != 1
    {
        let help = "this release reads version 1";
        p.push(Diagnostic::error("C0001", "the configuration is of another version", version.span, "").help(help));
    }
    let state = root.need_text("state", p).map(|text| PathBuf::from(text.value));
    let memory = bytes_or(&mut root, "memory", 1 << 20..=1 << 40, 512 << 20, p);
    let workers = workers(&mut root, p);
    let drain = span_or(&mut root, "drain", Duration::from_secs(25), p);
    let policy = root.need("policy", p).and_then(|item| item.table(p)).and_then(|table| policy(table, p));
    let keys = root.table("keys", p).and_then(|table| keys(table, p));
    let escrow = root.table("escrow", p).and_then(|table| escrow(table, p));
    let quarantine = root.table_or_empty("quarantine", p).map(|table| quarantine(table, p));
    let ledger = root.table("ledger", p).and_then(|table| ledger(table, p));
    let metrics = root.table("metrics", p).and_then(|table| metrics(table, p));
    let traces = root.table("traces", p).and_then(|table| otlp::traces(table, p));
    let admin = root.table("admin", p).and_then(|table| admin::admin(table, p));
    let tls = root.tables("tls", p).into_iter().filter_map(|table| tls(table, p)).collect();
    let limits = root.table_or_empty("limits", p).map_or_else(Limits::default, |table| limits(table, p));
    let sources = root.tables("source", p).into_iter().filter_map(|table| source::source(table, p)).collect();
    let sinks = root.tables("sink", p).into_iter().filter_map(|table| sink::sink(table, p)).collect();
    let routes = root.tables("route", p).into_iter().filter_map(|table| route::route(table, p)).collect();
    let proxies = root.tables("proxy", p).into_iter().filter_map(|table| proxy::proxy(table, p)).collect();
    root.finish(p);
    let quarantine = quarantine.unwrap_or_else(|| QuarantineAt { size: 1 << 30, ..QuarantineAt::default() });
    let (state, policy) = (state?, policy?);
    Some(Config {
        state,
        memory,
        workers,
        drain,
        policy,
        keys,
        escrow,
        quarantine,
        ledger,
        metrics,
        traces,
        admin,
        tls,
        limits,
        sources,
        sinks,
        routes,
        proxies,
    })
}

/// `workers = 4`, or `"auto"`: as many as the machine has processors.
fn workers(root: &mut Reader<'_>, p: &mut Problems<'_>) -> usize {
    let auto = || std::thread::available_parallelism().map_or(1, usize::from);
    root.usual("workers", || "\"auto\"".to_owned(), p);
    let Some(item) = root.take("workers", p) else { return auto() };
    match item.value {
        toml::de::DeValue::String(_) => {
            item.choice(&[("auto", ())], p);
            auto()
        }
        _ => item.count(1..=256, p).map_or(1, |n| n.value as usize),
    }
}

fn policy(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<PolicyAt> {
    let path = table.need_text("path", p).map(|text| PathBuf::from(text.value));
    let evidence = table.text("evidence", p).map(|text| PathBuf::from(text.value));
    let watch = span_of_time(&mut table, "watch", p);
    let signed = table.take("signed-by", p);
    let texts = signed.as_ref().map_or_else(Vec::new, |item| item.texts(p));
    let signed_by: Vec<_> = texts.iter().filter_map(|text| Secret::parse(text, p)).collect();
    if let Some(item) = signed.filter(|_| texts.is_empty()) {
        // Nobody's signature must not come to mean that none is asked for.
        let help = "name the public keys of officers: signed-by = [\"file:officer.pub\"]; or leave it out";
        p.push(Diagnostic::error("C0004", "nobody could sign", item.key.span, "").help(help));
    }
    table.usual("on-narrow", || "\"send\"".to_owned(), p);
    let on_narrow = table.choice("on-narrow", &[("send", false), ("discard", true)], p).filter(|said| said.value);
    let discards = on_narrow.map(|said| Spanned { value: (), span: said.span });
    table.finish(p);
    Some(PolicyAt { path: path?, evidence, watch, signed_by, discards })
}

fn keys(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<KeysAt> {
    let root = table.need_text("root", p).and_then(|text| Secret::parse(&text, p));
    let folder = table.text("folder", p).map(|text| PathBuf::from(text.value));
    table.finish(p);
    Some(KeysAt { root: root?, folder })
}

fn escrow(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<EscrowAt> {
    let officers = table.need_text("officers", p).map(|text| PathBuf::from(text.value));
    let size = bytes(&mut table, "size", 1 << 10..=1 << 44, p);
    table.finish(p);
    Some(EscrowAt { officers: officers?, size })
}

fn quarantine(mut table: Reader<'_>, p: &mut Problems<'_>) -> QuarantineAt {
    let recipients = table.texts("recipients", p).iter().filter_map(|text| Secret::parse(text, p)).collect();
    table.usual("unknown", || "\"metadata\"".to_owned(), p);
    let unknown = table.choice("unknown", &[("metadata", false), ("sealed", true)], p);
    let size = bytes_or(&mut table, "size", 1 << 20..=1 << 40, 1 << 30, p);
    table.finish(p);
    let quarantine = QuarantineAt { recipients, unknown: unknown.as_ref().is_some_and(|u| u.value), size };
    if let Some(unknown) = unknown.filter(|u| u.value && quarantine.recipients.is_empty()) {
        let help = "give the public keys that it is sealed to: recipients = [\"file:officers.age\"]";
        p.push(Diagnostic::error("C0002", "there is no key to seal to", unknown.span, "").help(help));
    }
    quarantine
}

fn ledger(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<LedgerAt> {
    let key = table.need_text("key", p).and_then(|text| Secret::parse(&text, p));
    let grace = span_or(&mut table, "grace", Duration::from_secs(3600), p);
    table.finish(p);
    Some(LedgerAt { key: key?, grace })
}

fn metrics(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Metrics> {
    let span = table.at();
    let listen = value::need_address(&mut table, "listen", p);
    let max_series = count_or(&mut table, "max-series", 100..=1_000_000, 10_000, p) as usize;
    table.finish(p);
    Some(Metrics { listen: listen?, span, max_series })
}

fn tls(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Tls> {
    let name = syntax::owned(table.name());
    let mut secret =
        |key: &'static str, p: &mut Problems<'_>| table.need_text(key, p).and_then(|text| Secret::parse(&text, p));
    let (cert, key) = (secret("cert", p), secret("key", p));
    let client_ca = table.text("client-ca", p).and_then(|text| Secret::parse(&text, p));
    let allows_1_2 = choice_or(&mut table, "min", [("1.2", true), ("1.3", false)], "1.3", p);
    table.finish(p);
    Some(Tls { name, cert: cert?, key: key?, client_ca, allows_1_2 })
}

fn limits(mut table: Reader<'_>, p: &mut Problems<'_>) -> Limits {
    let usual = Limits::default();
    let limits = Limits {
        event: bytes_or(&mut table, "event", 64..=256 << 20, usual.event as u64, p) as usize,
        body: bytes_or(&mut table, "body", 1024..=1 << 30, usual.body as u64, p) as usize,
        inflate: count_or(&mut table, "inflate", 1..=10_000, usual.inflate, p),
        connections: count_or(&mut table, "connections", 1..=1_000_000, usual.connections as u32, p) as usize,
        tenant_rate: value::rate(&mut table, "tenant-rate", p),
    };
    table.finish(p);
    limits
}
