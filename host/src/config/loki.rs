//! `type = "loki"`: sources and sinks of Loki's push.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Url;

use super::value::{Secret, need_address, need_url, span_or};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Spanned, Text};
use crate::policy::syntax::{Problems, Reader, owned};

/// A source.
#[derive(Clone, Debug)]
pub struct LokiSource {
    /// Address.
    pub listen: SocketAddr,
    /// Certificate; `None`: in clear.
    pub tls: Option<Text>,
    /// Whoever sends has to show this.
    pub token: Option<Secret>,
    /// Requests that name another `X-Scope-OrgID` are refused. It chooses nothing.
    pub org_id: Option<Text>,
    /// Longest wait before a request is answered. What is not final by then is to be sent again; it may arrive twice.
    pub answer: Duration,
}

/// A sink.
#[derive(Clone, Debug)]
pub struct LokiSink {
    /// Where requests go; a path that is missing is `/loki/api/v1/push`.
    pub url: Spanned<Url>,
    /// Labels of all streams, where an event's own of the same name does not stand in their place.
    pub labels: Vec<(String, String)>,
    /// Labels of events that stay labels, where they survived.
    pub keep_labels: Vec<String>,
    /// Equal lines of the same time are told apart by nanoseconds: Loki would take them for one.
    pub distinct: bool,
    /// `X-Scope-OrgID`.
    pub org_id: Option<Text>,
    /// Authorities that are trusted, PEM, instead of those that everybody knows.
    pub ca: Option<Secret>,
    /// `Authorization: Bearer …`, or with `user` the password.
    pub token: Option<Secret>,
    /// The user whose password `token` is.
    pub user: Option<String>,
    /// How long an answer may take.
    pub timeout: Duration,
}

/// Reads what a source says.
pub(super) fn source(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<LokiSource> {
    let listen = need_address(table, "listen", p);
    let tls = table.text("tls", p);
    let token = table.text("token", p).and_then(|text| Secret::parse(&text, p));
    let org_id = org_id(table, p);
    let answer = span_or(table, "answer", Duration::from_secs(30), p);
    Some(LokiSource { listen: listen?, tls, token, org_id, answer })
}

/// Reads what a sink says.
pub(super) fn sink(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<LokiSink> {
    let url = need_url(table, "url", p);
    let at = table.at();
    let labels = table.table("labels", p).map_or_else(Vec::new, |table| labels(&table, p));
    if labels.is_empty() {
        let help = "labels = { job = \"tamis\" }";
        p.push(Diagnostic::error("P0004", "Loki takes no stream without a label", at, "").help(help));
    }
    let kept = table.texts("keep-labels", p);
    kept.iter().for_each(|name| named(name, p));
    let keep_labels = kept.into_iter().map(|name| name.value).collect();
    let distinct = table.choice("distinct", &[("1ns", true)], p).is_some_and(|c| c.value);
    let org_id = org_id(table, p);
    let mut secret =
        |key: &'static str, p: &mut Problems<'_>| table.text(key, p).and_then(|text| Secret::parse(&text, p));
    let (ca, token) = (secret("ca", p), secret("token", p));
    let user = table.text("user", p).map(|user| user.value);
    let timeout = span_or(table, "timeout", Duration::from_secs(30), p);
    Some(LokiSink { url: url?, labels, keep_labels, distinct, org_id, ca, token, user, timeout })
}

/// `labels = { job = "tamis" }`.
fn labels(table: &Reader<'_>, p: &mut Problems<'_>) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    for item in table.rest(p) {
        let name = owned(&item.key);
        named(&name, p);
        if let Some(value) = item.filled(p) {
            labels.push((name.value, value.value));
        }
    }
    labels
}

fn named(name: &Text, p: &mut Problems<'_>) {
    let is_good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.value.is_empty() || !name.value.chars().all(is_good) || name.value.starts_with(|c: char| c.is_ascii_digit())
    {
        let message = format!("{} is no name of a label", p.quote(&name.value));
        p.push(Diagnostic::error("C0016", message, name.span, "").help("letters, digits and underscores"));
    }
}

fn org_id(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<Text> {
    let id = table.text("org-id", p)?;
    if id.value.is_empty() || !id.value.bytes().all(|byte| byte.is_ascii_graphic()) {
        let help = "visible ASCII characters";
        p.push(Diagnostic::error("C0016", "this cannot be sent as a header", id.span, "").help(help));
        return None;
    }
    Some(id)
}
