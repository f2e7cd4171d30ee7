//! What can be known before a start: whether secrets are there, certificates can be used, and servers answer.

use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::config::{Config, server};
use crate::edge::net::Certificate;
use crate::edge::spans::Spans;
use crate::edge::validity::Validity;
use crate::edge::{proxy, sink};

/// Longest wait for a server.
const ANSWER: Duration = Duration::from_secs(3);

/// A certificate that ends within so many seconds is one to see to. The alert `CertExpires7d` says the same.
const SOON: i64 = 7 * 86_400;

/// What was found.
#[derive(Debug, Default)]
pub struct Trial {
    /// It would not start, or not work: places of the configuration and what is wrong there.
    pub wrong: Vec<String>,
    /// It would start, and wait.
    pub doubtful: Vec<String>,
}

/// Opens what a start opens, but listens nowhere and writes nothing. Asks each server for a connection, and sends nothing.
pub async fn try_out(config: &Config) -> Trial {
    // As in a start: clients that are made by others take the provider of the process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut trial = Trial::default();
    let mut wrong = |place: String, why: String| trial.wrong.push(format!("{place}: {why}"));
    may_be_made(&config.state).unwrap_or_else(|why| wrong("state".to_owned(), why));
    for tls in &config.tls {
        let place = format!("[tls.{}]", tls.name.value);
        match Certificate::read(tls).map_err(|error| error.to_string()).map(|read| read.validity()) {
            Err(why) => wrong(place, why),
            Ok(None) => {}
            Ok(Some(validity)) => match outlook(validity, jiff::Timestamp::now().as_second()) {
                Ok(None) => {}
                Ok(Some(soon)) => trial.doubtful.push(format!("{place}: {soon}")),
                Err(why) => wrong(place, why),
            },
        }
    }
    for source in &config.sources {
        for (key, secret) in source.kind.secrets() {
            let read =
                secret.read().and_then(|text| if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(()) });
            read.unwrap_or_else(|why| wrong(format!("[source.{}] {key}", source.name.value), why));
        }
    }
    for said in &config.sinks {
        sink::open(&said.kind).map_or_else(|why| wrong(format!("[sink.{}]", said.name.value), why), drop);
    }
    for said in &config.proxies {
        proxy::try_out(said).unwrap_or_else(|why| wrong(format!("[proxy.{}]", said.name.value), why));
    }
    if let Some(traces) = &config.traces {
        Spans::new(traces).map_or_else(|why| wrong("[traces]".to_owned(), why), drop);
    }
    if let Some(token) = config.admin.as_ref().and_then(|admin| admin.token.as_ref()) {
        token.read().map_or_else(|why| wrong("[admin] token".to_owned(), why), drop);
    }
    if let Some(ledger) = &config.ledger {
        let key = ledger.key.read().and_then(|text| super::ledger::key(&text).map_err(|error| error.to_string()));
        key.map_or_else(|why| wrong("[ledger] key".to_owned(), why), drop);
    }
    for secret in &config.quarantine.recipients {
        super::sidecar::recipients(secret).map_or_else(|why| wrong("[quarantine] recipients".to_owned(), why), drop);
    }
    if let Some(why) = super::quarantine::outlook(&config.state.join("quarantine.ndjson"), config.quarantine.size) {
        trial.doubtful.push(format!("[quarantine]: {why}"));
    }
    let asked =
        config.sources.iter().filter_map(|said| Some((format!("[source.{}]", said.name.value), said.kind.server()?)));
    let sinks =
        config.sinks.iter().filter_map(|said| Some((format!("[sink.{}]", said.name.value), said.kind.server()?)));
    let behind =
        config.proxies.iter().map(|said| (format!("[proxy.{}]", said.name.value), server(&said.upstream.value)));
    let traces = config.traces.iter().map(|traces| ("[traces]".to_owned(), server(&traces.to.url.value)));
    for (place, server) in asked.chain(sinks).chain(behind).chain(traces) {
        let dialled = tokio::time::timeout(ANSWER, TcpStream::connect(&server)).await;
        let why = match dialled {
            Ok(Ok(_)) => continue,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} s", ANSWER.as_secs()),
        };
        trial.doubtful.push(format!("{place}: cannot reach {server} from here: {why}"));
    }
    trial
}

/// Whether a folder is there to be written in, or can be made.
fn may_be_made(folder: &Path) -> Result<(), String> {
    use rustix::fs::{Access, access};
    let failed =
        |at: &Path, why: &dyn std::fmt::Display| format!("cannot use {}: {}: {why}", folder.display(), at.display());
    let here = if folder.is_absolute() { folder.to_owned() } else { Path::new(".").join(folder) };
    for at in here.ancestors() {
        match std::fs::metadata(at) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(at, &error)),
            Ok(about) if !about.is_dir() => return Err(failed(at, &"it is no folder")),
            Ok(_) => {
                let access = access(at, Access::WRITE_OK | Access::EXEC_OK);
                return access.map_err(|error| failed(at, &std::io::Error::from(error)));
            }
        }
    }
    Ok(())
}

/// What is wrong with a certificate at a moment, in seconds since 1970, or soon will be.
fn outlook(validity: Validity, now: i64) -> Result<Option<String>, String> {
    let said = |seconds| jiff::Timestamp::from_second(seconds).map_or_else(|_| "?".to_owned(), |time| time.to_string());
    if now > validity.until {
        return Err(format!(
            "the certificate ended at {}: clients turn away\nhelp: have it renewed; SIGHUP reads it anew",
            said(validity.until)
        ));
    }
    if now < validity.from {
        return Err(format!("the certificate begins at {}: until then clients turn away", said(validity.from)));
    }
    Ok((validity.until - now <= SOON).then(|| format!("the certificate ends at {}", said(validity.until))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_can_be_made_where_one_is_above_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "").unwrap();
        for (name, may) in [("", true), ("new", true), ("new/below", true), ("file", false), ("file/below", false)] {
            assert_eq!(may_be_made(&at(name)).is_ok(), may, "{name}");
        }
        assert_eq!(may_be_made(Path::new("not-there/below")), Ok(()));
    }

    #[test]
    fn a_certificate_is_good_from_its_first_second_to_its_last() {
        let validity = Validity { from: 1000, until: 1000 + 2 * SOON };
        let at = |now| outlook(validity, now);
        assert!(at(999).unwrap_err().contains("1970-01-01T00:16:40Z"));
        assert_eq!(at(1000), Ok(None));
        assert_eq!(at(validity.until - SOON - 1), Ok(None));
        assert!(at(validity.until - SOON).unwrap().is_some());
        assert!(at(validity.until).unwrap().is_some());
        assert!(at(validity.until + 1).unwrap_err().contains("ended at 1970-01-15"));
    }
}
