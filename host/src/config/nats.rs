//! `type = "nats"`: streams of NATS JetStream.

use std::time::Duration;

use super::value::{Secret, server, span_or};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::Text;
use crate::policy::syntax::{Problems, Reader};

/// What stands for the subject of an event in the subject of a sink.
pub const SUBJECT: &str = "{subject}";

/// How servers are reached.
#[derive(Clone, Debug)]
pub struct NatsServers {
    /// `host:port` of each. None other is gone to, whatever they say of their cluster.
    pub addresses: Vec<Text>,
    /// Connections have TLS: also where nothing is said and somebody logs in, or a certificate is named.
    pub tls: bool,
    /// Authorities that are trusted in place of those that everybody knows, PEM.
    pub ca: Option<Secret>,
    /// Certificate and key that are shown, PEM.
    pub identity: Option<(Secret, Secret)>,
    /// Who Tamis is to them.
    pub login: NatsLogin,
    /// How long connecting, and an answer, may take.
    pub timeout: Duration,
}

/// Who Tamis is to a server.
#[derive(Clone, Debug)]
pub enum NatsLogin {
    /// Nobody, or who its certificate says.
    None,
    /// A user with a password.
    User(String, Secret),
    /// Whoever holds this.
    Token(Secret),
    /// Whoever holds the seed of this key.
    Nkey(Secret),
    /// What a credentials file says: a JWT, and the seed of its key.
    Credentials(Secret),
}

impl NatsLogin {
    /// The secret that it needs, by its key.
    pub(super) fn secret(&self) -> Option<(&'static str, &Secret)> {
        match self {
            Self::None => None,
            Self::User(_, secret) => Some(("auth password", secret)),
            Self::Token(secret) => Some(("auth token", secret)),
            Self::Nkey(secret) => Some(("auth nkey", secret)),
            Self::Credentials(secret) => Some(("auth creds", secret)),
        }
    }
}

/// A stream that is read through a durable consumer.
#[derive(Clone, Debug)]
pub struct NatsSource {
    /// Servers.
    pub servers: NatsServers,
    /// The stream.
    pub stream: String,
    /// The durable consumer; it is made where it is not there.
    pub consumer: String,
    /// Subjects that a consumer which is made takes. `None`: all.
    pub filter: Option<String>,
    /// How long the server waits for a word of a consumer which is made, before it gives a message again.
    pub ack_wait: Duration,
}

/// A stream that takes events.
#[derive(Clone, Debug)]
pub struct NatsSink {
    /// Servers.
    pub servers: NatsServers,
    /// Where events go; [`SUBJECT`] in it stands for what survived of an event's own subject.
    pub subject: String,
    /// The stream that has to take them. `None`: whichever has the subject.
    pub stream: Option<String>,
}

pub(super) fn source(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<NatsSource> {
    let servers = servers(table, p);
    let stream = table.need_text("stream", p).and_then(|text| name(text, p));
    let consumer = table.need_text("consumer", p).and_then(|text| name(text, p));
    let filter = table.text("filter", p).and_then(|text| subject(&text, &text.value.replace(['*', '>'], "x"), p));
    table.usual("ack-wait", || "\"30 s\"".to_owned(), p);
    let ack_wait = table.text("ack-wait", p).map_or(Duration::from_secs(30), |text| {
        let said = super::value::duration(&text.value).filter(|said| *said >= Duration::from_secs(1));
        if said.is_none() {
            let help = "a second at least: ack-wait = \"30 s\"";
            p.push(Diagnostic::error("C0012", "there is no time for an answer", text.span, "").help(help));
        }
        said.unwrap_or_default()
    });
    Some(NatsSource { servers: servers?, stream: stream?, consumer: consumer?, filter, ack_wait })
}

pub(super) fn sink(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<NatsSink> {
    let servers = servers(table, p);
    let text = table.need_text("subject", p);
    let subject = text.and_then(|text| subject(&text, &text.value.replace(SUBJECT, "x"), p));
    let stream = table.text("stream", p).and_then(|text| name(text, p));
    Some(NatsSink { servers: servers?, subject: subject?, stream })
}

fn servers(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<NatsServers> {
    let named = table.need_texts("servers", p);
    let number = named.len();
    let addresses: Vec<_> = named.into_iter().filter(|text| server(text, "servers", p)).collect();
    let at = table.at();
    let wanted = table.flag("tls", p);
    let mut secret =
        |key: &'static str, p: &mut Problems<'_>| table.text(key, p).and_then(|text| Secret::parse(&text, p));
    let (ca, cert, key) = (secret("ca", p), secret("cert", p), secret("key", p));
    let names_some = ca.is_some() || cert.is_some() || key.is_some();
    if cert.is_some() != key.is_some() {
        let help = "name both: cert = \"file:PATH\", key = \"file:PATH\"";
        p.push(Diagnostic::error("C0036", "a certificate is shown with its key", at, "").help(help));
    }
    let login = table.table("auth", p).map_or(Some(NatsLogin::None), |table| login(table, p));
    // Who has a password has something to protect.
    let has_login = !matches!(login, Some(NatsLogin::None));
    let usual = names_some || has_login;
    table.usual("tls", || usual.to_string(), p);
    let tls = wanted.map_or(usual, |wanted| wanted.value);
    if names_some && !tls {
        let help = "take `tls = false` out, or `ca`, `cert` and `key`";
        p.push(Diagnostic::error("C0017", "there are no connections to protect", at, "").help(help));
    }
    let timeout = span_or(table, "timeout", Duration::from_secs(5), p);
    let is_whole = number > 0 && addresses.len() == number;
    is_whole.then_some(())?;
    Some(NatsServers { addresses, tls, ca, identity: cert.zip(key), login: login?, timeout })
}

/// `auth = { user, password }`, `{ token }`, `{ nkey }` or `{ creds }`.
fn login(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<NatsLogin> {
    let at = table.at();
    let user = table.text("user", p).map(|user| user.value);
    let mut secret =
        |key: &'static str, p: &mut Problems<'_>| table.text(key, p).and_then(|text| Secret::parse(&text, p));
    let (password, token) = (secret("password", p), secret("token", p));
    let (nkey, creds) = (secret("nkey", p), secret("creds", p));
    let is_whole = table.filled_keys().len() <= 2;
    let login = match (user, password, token, nkey, creds) {
        (Some(user), Some(password), None, None, None) => Some(NatsLogin::User(user, password)),
        (None, None, Some(token), None, None) => Some(NatsLogin::Token(token)),
        (None, None, None, Some(nkey), None) => Some(NatsLogin::Nkey(nkey)),
        (None, None, None, None, Some(creds)) => Some(NatsLogin::Credentials(creds)),
        _ => None,
    };
    table.finish(p);
    if login.is_none() && is_whole {
        let help = "one of { user = \"…\", password = \"file:PATH\" }, { token = \"file:PATH\" }, { nkey = \"file:PATH\" }, \
                    { creds = \"file:PATH\" }";
        p.push(Diagnostic::error("C0037", "this does not say who Tamis is", at, "").help(help));
    }
    login
}

/// Names of streams and consumers are parts of subjects.
fn name(text: Text, p: &mut Problems<'_>) -> Option<String> {
    let is_good = |c: char| c.is_ascii_graphic() && !matches!(c, '.' | '*' | '>' | '/' | '\\');
    if !text.value.is_empty() && text.value.chars().all(is_good) {
        return Some(text.value);
    }
    let help = "letters, digits, hyphens and underscores; no dots, slashes, spaces, `*` or `>`";
    let message = format!("{} is no name of a stream or consumer", p.quote(&text));
    p.push(Diagnostic::error("C0038", message, text.span, "").help(help));
    None
}

/// `plain` is what is written with its placeholders filled.
fn subject(text: &Text, plain: &str, p: &mut Problems<'_>) -> Option<String> {
    if is_subject(plain) {
        return Some(text.value.clone());
    }
    let help = "words between single dots, without spaces: \"filtered.staff\"; a sink's may hold {subject}, a filter's `*` and `>`";
    let message = format!("{} is no subject", p.quote(text));
    p.push(Diagnostic::error("C0039", message, text.span, "").help(help));
    None
}

/// Whether something can be sent to it.
pub fn is_subject(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte > b' ' && !matches!(byte, b'*' | b'>' | 0x7f));
    text.split('.').all(is_word)
}
