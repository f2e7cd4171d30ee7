//! `type = "kafka"`: topics of Apache Kafka.

use std::time::Duration;

use super::value::{Secret, choice_or, server, span_or};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::Text;
use crate::policy::syntax::{Problems, Reader};

/// A cluster, and how it is spoken to.
#[derive(Clone, Debug)]
pub struct KafkaCluster {
    /// Servers that are asked first, `host:port`.
    pub brokers: Vec<Text>,
    /// `None`: in clear.
    pub tls: Option<KafkaTls>,
    /// `None`: nobody is asked who they are, or a certificate says it.
    pub auth: Option<Sasl>,
}

/// How connections are protected.
#[derive(Clone, Debug)]
pub struct KafkaTls {
    /// Authorities that are trusted in place of those that everybody knows, PEM.
    pub ca: Option<Secret>,
    /// Certificate and key that are shown, PEM.
    pub shown: Option<(Secret, Secret)>,
}

/// `auth = { sasl, user, password }`.
#[derive(Clone, Debug)]
pub struct Sasl {
    /// The mechanism, as Kafka calls it.
    pub mechanism: &'static str,
    /// The name.
    pub user: String,
    /// Its password.
    pub password: Secret,
}

/// Topics that are read.
#[derive(Clone, Debug)]
pub struct KafkaSource {
    /// Where they are.
    pub cluster: KafkaCluster,
    /// Their names.
    pub topics: Vec<Text>,
    /// Consumers of one group share the partitions, and the positions.
    pub group: Text,
    /// Silence after which the group takes this consumer for dead.
    pub session: Duration,
}

/// A topic that is written to.
#[derive(Clone, Debug)]
pub struct KafkaSink {
    /// Where it is.
    pub cluster: KafkaCluster,
    /// Its name.
    pub topic: Text,
    /// Path of the field that is the record's key. `None`: what survived of `@envelope.key`.
    pub key_from: Option<Vec<String>>,
    /// The codec of requests, as Kafka calls it.
    pub compress: &'static str,
    /// How long a record may be on its way.
    pub timeout: Duration,
}

pub(super) fn source(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<KafkaSource> {
    let cluster = cluster(table, p);
    let topics = table.need_texts("topics", p);
    let topics: Vec<_> = topics.into_iter().filter_map(|name| topic(name, p)).collect();
    let group = table.need_text("group", p);
    let session = span_or(table, "session", Duration::from_secs(10), p);
    Some(KafkaSource { cluster: cluster?, topics, group: group?, session })
}

pub(super) fn sink(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<KafkaSink> {
    let cluster = cluster(table, p);
    let topic = table.need_text("topic", p).and_then(|name| topic(name, p));
    let key_from = table.text("key-from", p).map(|key| key.value.split('.').map(str::to_owned).collect());
    let codecs = [("none", "none"), ("gzip", "gzip"), ("snappy", "snappy"), ("lz4", "lz4"), ("zstd", "zstd")];
    let compress = choice_or(table, "compress", codecs, "none", p);
    let timeout = span_or(table, "timeout", Duration::from_secs(30), p);
    Some(KafkaSink { cluster: cluster?, topic: topic?, key_from, compress, timeout })
}

fn cluster(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<KafkaCluster> {
    let said = table.need_texts("brokers", p);
    let brokers: Vec<_> = said.iter().filter(|at| server(at, "brokers", p)).cloned().collect();
    let auth = table.table("auth", p).map(|table| sasl(table, p));
    let mut secret =
        |key: &'static str, p: &mut Problems<'_>| table.text(key, p).and_then(|text| Secret::parse(&text, p));
    let (ca, cert, key) = (secret("ca", p), secret("cert", p), secret("key", p));
    let has_tls = ca.is_some() || cert.is_some() || key.is_some();
    // Who has a password has something to protect.
    let wanted = table.flag("tls", p);
    let usual = has_tls || auth.is_some();
    table.usual("tls", || usual.to_string(), p);
    let is_on = wanted.as_ref().map_or(usual, |wanted| wanted.value);
    if let Some(wanted) = wanted.filter(|wanted| !wanted.value && has_tls) {
        let help = "take `tls = false` out, or `ca`, `cert` and `key`";
        p.push(Diagnostic::error("C0017", "there is no TLS to use these for", wanted.span, "").help(help));
    }
    if cert.is_some() != key.is_some() {
        let help = "a certificate is shown with its key: cert = \"file:PATH\", key = \"file:PATH\"";
        p.push(Diagnostic::error("C0017", "a certificate and its key go together", table.at(), "").help(help));
    }
    let auth = match auth {
        None => None,
        Some(auth) => Some(auth?),
    };
    let tls = is_on.then(|| KafkaTls { ca, shown: cert.zip(key) });
    (!brokers.is_empty()).then_some(KafkaCluster { brokers, tls, auth })
}

fn sasl(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Sasl> {
    let words = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"].map(|word| (word, word));
    let mechanism = table.need("sasl", p).and_then(|item| item.choice(&words, p));
    let user = table.need_text("user", p);
    let password = table.need_text("password", p).and_then(|text| Secret::parse(&text, p));
    table.finish(p);
    Some(Sasl { mechanism: mechanism?.value, user: user?.value, password: password? })
}

/// The name of a topic. A pattern is none: what it will match one day is not known.
fn topic(name: Text, p: &mut Problems<'_>) -> Option<Text> {
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if (1..=249).contains(&name.value.len()) && name.value.chars().all(is_good) {
        return Some(name);
    }
    let help = "letters, digits, `.`, `_` and `-`; patterns are not taken";
    p.push(Diagnostic::error("C0016", "this is no name of a topic", name.span, "").help(help));
    None
}
