//! `[proxy.NAME]`: an inline proxy, source and sink in one. Nothing is stored between.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Url;

use super::otlp::headers;
use super::route::{Closed, Route, To};
use super::value::{Secret, flag_or, need_address, need_url, span_or};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Spanned, Text};
use crate::policy::syntax::{Problems, Reader, owned};

/// A proxy.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Its name.
    pub name: Text,
    /// Address that clients are pointed at.
    pub listen: SocketAddr,
    /// Certificate; `None`: in clear.
    pub tls: Option<Text>,
    /// What is spoken, on both sides.
    pub protocol: ProxyProtocol,
    /// The server behind it.
    pub upstream: Spanned<Url>,
    /// Authorities that are trusted, PEM, instead of those that everybody knows.
    pub ca: Option<Secret>,
    /// Clients show this. It is not sent on. `None`: what they show is for the server behind, and only it can judge.
    pub token: Option<Secret>,
    /// Clients' certificates are of one of these common names. None: of any that the authority vouches for.
    pub clients: Vec<Text>,
    /// What `X-Scope-OrgID` has to be, and is.
    pub org_id: Option<Text>,
    /// Headers beside `Authorization` and `Cookie` that are credentials: they go to the server behind, and nowhere else.
    pub credentials: Vec<Text>,
    /// Headers of Tamis' own for the server behind.
    pub headers: Vec<(Text, Secret)>,
    /// Longest wait for the server's answer, and longest time of a request in all.
    pub answer: Duration,
    /// Policy, purpose, and whatever else a route says.
    pub route: Route,
}

/// What a proxy speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyProtocol {
    /// Requests that carry JSON.
    Http,
    /// OpenTelemetry's protocol by HTTP.
    Otlp,
    /// OpenTelemetry's protocol by gRPC.
    OtlpGrpc,
    /// `_bulk` of Elasticsearch and OpenSearch.
    Elasticsearch {
        /// Where documents go whose `_index` did not survive.
        index: String,
    },
    /// Loki's push.
    Loki {
        /// Labels of lines beside those that survived.
        labels: Vec<(String, String)>,
    },
    /// Splunk's HTTP Event Collector.
    Hec {
        /// Host, source, source type and index of events whose own did not survive.
        usual: [Option<String>; 4],
    },
}

#[derive(Clone, Copy)]
enum Word {
    Http,
    Otlp,
    OtlpGrpc,
    Elasticsearch,
    Loki,
    Hec,
}

const WORDS: [(&str, Word); 6] = [
    ("http", Word::Http),
    ("otlp", Word::Otlp),
    ("otlp-grpc", Word::OtlpGrpc),
    ("elasticsearch", Word::Elasticsearch),
    ("loki", Word::Loki),
    ("hec", Word::Hec),
];

/// Reads `protocol`, and what belongs to it.
fn protocol(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<ProxyProtocol> {
    let word = table.need("protocol", p).and_then(|item| item.choice(&WORDS, p))?;
    Some(match word.value {
        Word::Http => ProxyProtocol::Http,
        Word::Otlp => ProxyProtocol::Otlp,
        Word::OtlpGrpc => ProxyProtocol::OtlpGrpc,
        Word::Elasticsearch => ProxyProtocol::Elasticsearch { index: table.need_text("index", p)?.value },
        Word::Loki => {
            let labels = table.table("labels", p).map_or_else(Vec::new, |table| labels(&table, p));
            ProxyProtocol::Loki { labels }
        }
        Word::Hec => {
            let usual = ["host", "source", "sourcetype", "index"].map(|key| table.text(key, p).map(|text| text.value));
            ProxyProtocol::Hec { usual }
        }
    })
}

/// `labels = { job = "tamis" }`.
fn labels(table: &Reader<'_>, p: &mut Problems<'_>) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    for item in table.rest(p) {
        let name = owned(&item.key);
        let is_good = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.value.chars().all(is_good) && !name.value.starts_with(|c: char| c.is_ascii_digit()) {
            labels.extend(item.filled(p).map(|text| (name.value, text.value)));
        } else {
            let help = "letters, digits and underscores, no digit first";
            p.push(Diagnostic::error("C0033", "this is no name of a label", name.span, "").help(help));
        }
    }
    labels
}

/// What a proxy promises.
pub(super) const GUARANTEE: &str = "the upstream's own (nothing is stored between)";

/// Reads `[proxy.NAME]`.
pub(super) fn proxy(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Proxy> {
    let name = owned(table.name());
    let listen = need_address(&mut table, "listen", p);
    let tls = table.text("tls", p);
    let protocol = protocol(&mut table, p);
    let upstream = need_url(&mut table, "upstream", p).filter(|url| has_no_query(url, p));
    let mut secret =
        |key: &'static str, p: &mut Problems<'_>| table.text(key, p).and_then(|text| Secret::parse(&text, p));
    let (ca, token) = (secret("ca", p), secret("token", p));
    let clients = if table.has("clients") { table.need_texts("clients", p) } else { Vec::new() };
    let clients = common_names(clients, p);
    let org_id = table.text("org-id", p);
    let credentials = table.texts("credentials", p);
    credentials.iter().for_each(|name| is_credential(name, p));
    let headers = table.table("headers", p).map_or_else(Vec::new, |table| headers(&table, p));
    let answer = span_or(&mut table, "answer", Duration::from_secs(30), p);
    let route = route(&mut table, &name, p);
    table.finish(p);
    let (protocol, upstream) = (protocol?, upstream?);
    let (listen, route) = (listen?, route?);
    Some(Proxy {
        name,
        listen,
        tls,
        protocol,
        upstream,
        ca,
        token,
        clients,
        org_id,
        credentials,
        headers,
        answer,
        route,
    })
}

/// Branches of a proxy are called as it is: it has one.
fn route(table: &mut Reader<'_>, name: &Text, p: &mut Problems<'_>) -> Option<Route> {
    let policy = table.need_text("policy", p);
    let purpose = table.need_text("purpose", p);
    let tenant_by = table.text("tenant-by", p);
    let (system, schema) = (table.text("system", p), table.text("schema", p));
    let stamp = flag_or(table, "stamp", false, p);
    let closed = Some(Closed::Hold);
    let to = To { sink: name.clone(), purpose: purpose?, required: true, closed, at_least_once: None };
    let (name, policy) = (name.clone(), policy?);
    Some(Route { name, from: Vec::new(), policy, tenant_by, system, schema, stamp, repeats: None, to: vec![to] })
}

fn has_no_query(url: &Spanned<Url>, p: &mut Problems<'_>) -> bool {
    let is_plain = url.value.query().is_none() && url.value.fragment().is_none();
    if !is_plain {
        let help = "scheme, host, port and, where it has one, a path";
        p.push(Diagnostic::error("C0014", "a server has no query", url.span, "").help(help));
    }
    is_plain
}

/// `CN=NAME` → NAME.
pub(super) fn common_names(clients: Vec<Text>, p: &mut Problems<'_>) -> Vec<Text> {
    let name = |client: Text| match client.value.strip_prefix("CN=").filter(|name| !name.is_empty()) {
        Some(name) => Some(Spanned { value: name.to_owned(), span: client.span }),
        None => {
            let help = "the common name of its certificate: \"CN=node-shippers\"";
            p.push(Diagnostic::error("C0030", "this names no client", client.span, "").help(help));
            None
        }
    };
    clients.into_iter().filter_map(name).collect()
}

/// Headers that say what a body is, or how it travels, are Tamis' own.
fn is_credential(name: &Text, p: &mut Problems<'_>) {
    let parsed = hyper::header::HeaderName::from_bytes(name.value.as_bytes());
    let of_body = |name: &str| {
        ["content-", "grpc-", "x-amz-"].iter().any(|begin| name.starts_with(begin))
            || [
                "authorization",
                "cookie",
                "host",
                "te",
                "connection",
                "transfer-encoding",
                "x-scope-orgid",
                "digest",
                "user-agent",
                "baggage",
            ]
            .contains(&name)
    };
    if !parsed.is_ok_and(|name| !of_body(name.as_str())) {
        let help = "a header that holds a credential, for example \"x-honeycomb-team\"";
        p.push(Diagnostic::error("C0016", "this header cannot be passed on", name.span, "").help(help));
    }
}
