//! Values that only a configuration has: sizes, short spans of time, addresses, secrets.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Span, Spanned, Text};
use crate::policy::syntax::{Form, Problems, Reader};

/// Stands for the id of a tenant in the name of a secret.
const TENANT: &str = "{tenant}";

/// Where a secret is. The secret itself never stands in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// `file:PATH`: read anew whenever it is needed anew.
    File(PathBuf),
    /// `env:NAME`.
    Env(String),
    /// `exec:PROGRAM ARGUMENT …`: what it prints, for example of a key service's client.
    Exec(Vec<String>),
}

impl Secret {
    /// Reads the name of a secret.
    pub(super) fn parse(text: &Text, p: &mut Problems<'_>) -> Option<Self> {
        p.note_form(text.span, || Form::Pattern("^(file|env|exec):.".to_owned()));
        let secret = Self::named(&text.value);
        if secret.is_none() {
            let help = "say where it is: \"file:PATH\", \"env:NAME\" or \"exec:PROGRAM ARGUMENT …\"; it never stands here itself";
            p.push(Diagnostic::error("C0010", "this is not where a secret is", text.span, "").help(help));
        }
        secret
    }

    /// The secret that is named so; `None`: nothing is.
    pub fn named(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Some(Self::File(path.into())),
            Some(("env", name)) if !name.is_empty() => {
                withheld().insert(name.to_owned());
                Some(Self::Env(name.to_owned()))
            }
            Some(("exec", line)) => {
                let words: Vec<_> = line.split_ascii_whitespace().map(str::to_owned).collect();
                (!words.is_empty()).then_some(Self::Exec(words))
            }
            _ => None,
        }
    }

    /// Whether each tenant has a secret of its own.
    pub fn is_by_tenant(&self) -> bool {
        let has = |text: &str| text.contains(TENANT);
        match self {
            Self::File(path) => has(&path.to_string_lossy()),
            Self::Env(name) => has(name),
            Self::Exec(words) => words.iter().any(|word| has(word)),
        }
    }

    /// Where the secret of a tenant is: its id stands in the place of `{tenant}`.
    #[must_use]
    pub fn of_tenant(&self, tenant: &str) -> Self {
        let filled = |text: &str| text.replace(TENANT, tenant);
        match self {
            Self::File(path) => Self::File(filled(&path.to_string_lossy()).into()),
            Self::Env(name) => Self::Env(filled(name)),
            Self::Exec(words) => Self::Exec(words.iter().map(|word| filled(word)).collect()),
        }
    }

    /// Reads a secret that only its owner, and at most its group, may read.
    ///
    /// # Errors
    ///
    /// As [`Secret::read`]; or others could read the file, too.
    pub fn read_guarded(&self) -> Result<String, String> {
        use std::os::unix::fs::PermissionsExt as _;
        if let Self::File(path) = self {
            let failed = |error| format!("cannot read {}: {error}", path.display());
            let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode();
            if mode & 0o007 != 0 {
                let path = path.display();
                return Err(format!(
                    "everybody may read the key {path} (mode {:03o})\nhelp: chmod 600 {path}",
                    mode & 0o777
                ));
            }
        }
        self.read()
    }

    /// Reads the secret, without the line break behind it.
    ///
    /// # Errors
    ///
    /// Where it should be and is not. Never what is there.
    pub fn read(&self) -> Result<String, String> {
        let text = Zeroizing::new(match self {
            Self::File(path) => {
                std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?
            }
            Self::Env(name) => {
                std::env::var(name).map_err(|_| format!("nothing is in the environment variable {name}"))?
            }
            Self::Exec(words) => printed(words, LONGEST_RUN)?,
        });
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// Names of the variables that hold secrets of ours: a program that prints one secret is not given the others.
fn withheld() -> std::sync::MutexGuard<'static, BTreeSet<String>> {
    static NAMES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    NAMES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a variable of the environment holds a secret of ours. `{tenant}` in a name stands for any.
fn is_withheld(variable: &str) -> bool {
    withheld().iter().any(|name| match name.split_once(TENANT) {
        Some((before, behind)) => {
            variable.strip_prefix(before).is_some_and(|rest| rest.len() > behind.len() && rest.ends_with(behind))
        }
        None => name == variable,
    })
}

/// How long a program may take that prints a secret: a reload waits for it.
const LONGEST_RUN: Duration = Duration::from_secs(30);

/// Bytes that it may print; who prints more is not heard to the end.
const MOST_PRINTED: u64 = 1 << 20;

/// What a program prints that ends well within a time; else it is stopped.
fn printed(words: &[String], longest: Duration) -> Result<String, String> {
    use std::process::Stdio;
    let (program, arguments) = words.split_first().ok_or("no program is named")?;
    let mut command = std::process::Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_withheld)) {
        command.env_remove(name);
    }
    let failed = |error: std::io::Error| format!("cannot run {program}: {error}");
    let mut child = command.spawn().map_err(failed)?;
    let stdout = child.stdout.take().ok_or("no pipe")?;
    let (send, receive) = std::sync::mpsc::channel();
    let stdout = std::io::Read::take(stdout, MOST_PRINTED);
    std::thread::spawn(move || send.send(std::io::read_to_string(stdout).map(Zeroizing::new)));
    let until = Instant::now() + longest;
    let text = receive.recv_timeout(longest);
    let status = loop {
        match child.try_wait().map_err(failed)? {
            Some(status) => break status,
            None if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            None => {
                // What it began may go on: it hears nothing from us.
                let _ = child.kill().and_then(|()| child.wait());
                return Err(format!("{program} did not end within {} s, and was stopped", longest.as_secs()));
            }
        }
    };
    if !status.success() {
        return Err(format!("{program} failed ({status})"));
    }
    let mut text =
        text.map_err(|_| format!("{program} ended, and what it began holds its output"))?.map_err(|error| {
            let is_text = error.kind() != std::io::ErrorKind::InvalidData;
            if is_text { failed(error) } else { format!("what {program} prints is no text") }
        })?;
    Ok(std::mem::take(&mut *text))
}

/// A size: `"512 MiB"`, `"100 kB"`, or a whole number of bytes.
pub(super) fn bytes(
    table: &mut Reader<'_>,
    key: &'static str,
    bounds: RangeInclusive<u64>,
    p: &mut Problems<'_>,
) -> Option<u64> {
    let item = table.take(key, p)?;
    let text = item.text(p)?;
    let Some(size) = size(&text.value) else {
        let help = "write a number and a unit in quotes: \"64 KiB\", \"512 MiB\", \"2 GiB\"";
        let message = format!("{} must be a size", p.quote(key));
        p.push(Diagnostic::error("C0011", message, text.span, "").help(help));
        return None;
    };
    within(size, bounds, key, text.span, p)
}

/// A flow: `"20 MiB/s"`.
pub(super) fn rate(table: &mut Reader<'_>, key: &'static str, p: &mut Problems<'_>) -> Option<u64> {
    let text = table.text(key, p)?;
    let Some(rate) = text.value.strip_suffix("/s").and_then(size) else {
        let help = "write a number and a unit in quotes: \"500 KiB/s\", \"20 MiB/s\"";
        let message = format!("{} must be a flow", p.quote(key));
        p.push(Diagnostic::error("C0006", message, text.span, "").help(help));
        return None;
    };
    within(rate, 1024..=1 << 40, key, text.span, p)
}

fn within(size: u64, bounds: RangeInclusive<u64>, key: &str, span: Span, p: &mut Problems<'_>) -> Option<u64> {
    if bounds.contains(&size) {
        return Some(size);
    }
    let label = format!("from {} to {} bytes", bounds.start(), bounds.end());
    p.push(Diagnostic::error("P0013", format!("{} is out of bounds", p.quote(key)), span, label));
    None
}

fn size(text: &str) -> Option<u64> {
    let (number, unit) = text.split_once(' ')?;
    let number: u64 = number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok())??;
    let unit = match unit {
        "B" => 1,
        "kB" => 1000,
        "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(unit)
}

/// A span of time from milliseconds to days: `"200 ms"`, `"25 s"`, `"24 hours"`.
pub(super) fn span_of_time(table: &mut Reader<'_>, key: &'static str, p: &mut Problems<'_>) -> Option<Duration> {
    let text = table.text(key, p)?;
    let span = duration(&text.value);
    if span.is_none() {
        let help = "write a number and a unit in quotes: \"200 ms\", \"25 s\", \"10 min\", \"24 hours\", \"7 days\"";
        let message = format!("{} must be a span of time", p.quote(key));
        p.push(Diagnostic::error("C0012", message, text.span, "").help(help));
    }
    span
}

/// The same; where there is none, `usual`.
pub(super) fn span_or(table: &mut Reader<'_>, key: &'static str, usual: Duration, p: &mut Problems<'_>) -> Duration {
    table.usual(key, || format!("\"{}\"", written_duration(usual)), p);
    span_of_time(table, key, p).unwrap_or(usual)
}

/// A size; where there is none, `usual`.
pub(super) fn bytes_or(
    table: &mut Reader<'_>,
    key: &'static str,
    bounds: RangeInclusive<u64>,
    usual: u64,
    p: &mut Problems<'_>,
) -> u64 {
    table.usual(key, || format!("\"{}\"", written_size(usual)), p);
    bytes(table, key, bounds, p).unwrap_or(usual)
}

/// A whole number; where there is none, `usual`.
pub(super) fn count_or(
    table: &mut Reader<'_>,
    key: &'static str,
    bounds: RangeInclusive<u32>,
    usual: u32,
    p: &mut Problems<'_>,
) -> u32 {
    table.usual(key, || usual.to_string(), p);
    table.count(key, bounds, p).map_or(usual, |n| n.value)
}

/// True or false; where nothing is said, `usual`.
pub(super) fn flag_or(table: &mut Reader<'_>, key: &'static str, usual: bool, p: &mut Problems<'_>) -> bool {
    table.usual(key, || usual.to_string(), p);
    table.flag(key, p).map_or(usual, |flag| flag.value)
}

/// One of a few words; where there is none, the word `usual`, which is one of them.
pub(super) fn choice_or<T: Copy, const N: usize>(
    table: &mut Reader<'_>,
    key: &'static str,
    words: [(&str, T); N],
    usual: &'static str,
    p: &mut Problems<'_>,
) -> T {
    table.usual(key, || format!("\"{usual}\""), p);
    let (_, value) = words.iter().find(|(word, _)| *word == usual).unwrap_or(&words[0]);
    table.choice(key, &words, p).map_or(*value, |choice| choice.value)
}

/// A span of time as it is written, in whole milliseconds.
fn written_duration(span: Duration) -> String {
    let ms = span.as_millis();
    let units = [(86_400_000, "days"), (3_600_000, "hours"), (60_000, "min"), (1000, "s")];
    let unit = units.iter().find(|(unit, _)| ms >= *unit && ms.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{ms} ms"), |(unit, name)| format!("{} {name}", ms / unit))
}

/// A size as it is written.
fn written_size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units.iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{bytes} B"), |(unit, name)| format!("{} {name}", bytes / unit))
}

/// What is written as a span of time.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_once(' ')?;
    let number: u64 = number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok())??;
    let unit = match unit {
        "ms" => 1,
        "s" | "second" | "seconds" => 1000,
        "min" | "minute" | "minutes" => 60_000,
        "h" | "hour" | "hours" => 3_600_000,
        "day" | "days" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(unit).filter(|ms| *ms <= 366 * 86_400_000).map(Duration::from_millis)
}

/// An address to listen at: `"127.0.0.1:9600"`.
pub(super) fn need_address(table: &mut Reader<'_>, key: &'static str, p: &mut Problems<'_>) -> Option<SocketAddr> {
    let text = table.need_text(key, p)?;
    address(&text, key, p)
}

/// What is written as an address to listen at.
pub(super) fn address(text: &Text, key: &'static str, p: &mut Problems<'_>) -> Option<SocketAddr> {
    let address = text.value.parse().ok();
    if address.is_none() {
        let help = "write an IP address and a port in quotes: \"127.0.0.1:4318\", \"0.0.0.0:4318\", \"[::]:4318\"";
        let message = format!("{} must be an address to listen at", p.quote(key));
        p.push(Diagnostic::error("C0013", message, text.span, "").help(help));
    }
    address
}

/// Host and port of a server: `"collector:6514"`.
pub(super) fn need_server(table: &mut Reader<'_>, key: &'static str, p: &mut Problems<'_>) -> Option<Text> {
    table.need_text(key, p).filter(|text| server(text, key, p))
}

/// Whether something is written as host and port of a server.
pub(super) fn server(text: &Text, key: &'static str, p: &mut Problems<'_>) -> bool {
    let is_good = text.value.rsplit_once(':').is_some_and(|(host, port)| {
        let is_bracketed = host.starts_with('[') && host.ends_with(']');
        !host.is_empty()
            && (is_bracketed || !host.contains([':', '/']))
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if !is_good {
        let help = "write host and port in quotes: \"collector:6514\", \"[2001:db8::1]:6514\"";
        let message = format!("{} must be a server's host and port", p.quote(key));
        p.push(Diagnostic::error("C0018", message, text.span, "").help(help));
    }
    is_good
}

/// An address of a server: `"https://host:port/path"`.
pub(super) fn need_url(
    table: &mut Reader<'_>,
    key: &'static str,
    p: &mut Problems<'_>,
) -> Option<Spanned<reqwest::Url>> {
    let text = table.need_text(key, p)?;
    let url = reqwest::Url::parse(&text.value).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let help = match &url {
        None => "write it whole: \"https://collector:4318/v1/logs\"",
        Some(url) if !url.username().is_empty() || url.password().is_some() => {
            "leave user and password out: auth = { user = \"…\", password = \"file:PATH\" }"
        }
        Some(_) => return url.map(|value| Spanned { value, span: text.span }),
    };
    p.push(
        Diagnostic::error("C0014", format!("{} must be the URL of a server", p.quote(key)), text.span, "").help(help),
    );
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_prints_a_secret_ends_in_time() {
        let run = |script: &str, ms| printed(&["sh", "-c", script].map(str::to_owned), Duration::from_millis(ms));
        assert_eq!(run("echo a; echo b", 20_000), Ok("a\nb\n".to_owned()));
        let failed = run("echo secret; exit 3", 20_000).unwrap_err();
        assert!(failed.contains("exit status: 3") && !failed.contains("secret"), "{failed}");
        assert!(run("printf '\\377'", 20_000).is_err_and(|why| why.contains("is no text")));
        assert!(run("exec yes", 20_000).is_err_and(|why| why.contains("yes") || why.contains("signal")));
        let began = Instant::now();
        let stopped = run("echo secret; exec sleep 60", 300).unwrap_err();
        assert!(stopped.contains("did not end") && !stopped.contains("secret"), "{stopped}");
        let held = run("sleep 60 & echo secret", 2000).unwrap_err();
        assert!(!held.contains("secret"), "{held}");
        assert!(began.elapsed() < Duration::from_secs(40));
    }

    /// LAW (no secret sideways): a program that prints one secret is not given the others, and everything else that it may need.
    #[test]
    fn a_program_that_prints_a_secret_is_not_given_the_others() {
        assert!(
            Secret::named("env:CARGO_MANIFEST_DIR").is_some() && Secret::named("env:CARGO_{tenant}_NAME").is_some()
        );
        let script = "echo ${CARGO_MANIFEST_DIR-none} ${CARGO_PKG_NAME-none} ${CARGO_PKG_VERSION:+there}";
        let told = printed(&["sh", "-c", script].map(str::to_owned), Duration::from_secs(20));
        assert_eq!(told.as_deref(), Ok("none none there\n"));
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for ms in [0, 5, 200, 1000, 1500, 25_000, 60_000, 90_000, 3_600_000, 86_400_000, 7 * 86_400_000] {
            let span = Duration::from_millis(ms);
            assert_eq!(duration(&written_duration(span)), Some(span), "{}", written_duration(span));
        }
        for bytes in [0, 1, 1000, 1024, 1536, 1 << 20, 3 << 20, 1 << 30, (1 << 30) + 1] {
            assert_eq!(size(&written_size(bytes)), Some(bytes), "{}", written_size(bytes));
        }
    }

    #[test]
    fn sizes_and_spans_have_units() {
        assert_eq!(size("512 MiB"), Some(512 << 20));
        assert_eq!(size("100 kB"), Some(100_000));
        for wrong in ["512", "512MiB", "-1 MiB", "1 mib", "99999999999999 GiB", "", "1  KiB"] {
            assert_eq!(size(wrong), None, "{wrong}");
        }
        assert_eq!(duration("200 ms"), Some(Duration::from_millis(200)));
        assert_eq!(duration("24 hours"), Some(Duration::from_secs(86_400)));
        for wrong in ["25", "25s", "-1 s", "1.5 s", "9999999 days", ""] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
