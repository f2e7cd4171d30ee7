//! What source and sink of Kafka have in common: settings of librdkafka, and what is known of topics before they are used.
//! INVARIANT (no value escapes): nothing that librdkafka says is handed on but the names of its errors.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::statistics::Statistics;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;

use super::net::certificates;
use crate::config::{KafkaCluster, KafkaTls};

/// Says nothing of what librdkafka would like to say.
pub(super) struct Silent;

impl ClientContext for Silent {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}
    fn stats(&self, _: Statistics) {}
    fn error(&self, _: KafkaError, _: &str) {}
}

/// Settings of a client. Secrets are read now.
///
/// # Errors
///
/// A secret is not there, or no PEM. Never what it holds.
pub(super) fn settings(said: &KafkaCluster) -> Result<ClientConfig, String> {
    let mut client = ClientConfig::new();
    let brokers: Vec<_> = said.brokers.iter().map(|at| at.value.as_str()).collect();
    client.set("bootstrap.servers", brokers.join(",")).set("client.id", "tamis");
    client.set_log_level(RDKafkaLogLevel::Emerg);
    client.set("log.connection.close", "false");
    client.set("reconnect.backoff.max.ms", "5000");
    let protocol = match (&said.auth, &said.tls) {
        (None, None) => "plaintext",
        (None, Some(_)) => "ssl",
        (Some(_), None) => "sasl_plaintext",
        (Some(_), Some(_)) => "sasl_ssl",
    };
    client.set("security.protocol", protocol);
    if let Some(auth) = &said.auth {
        client.set("sasl.mechanism", auth.mechanism).set("sasl.username", &auth.user);
        client.set("sasl.password", auth.password.read()?);
    }
    if let Some(tls) = &said.tls {
        protect(tls, &mut client)?;
    }
    Ok(client)
}

fn protect(tls: &KafkaTls, client: &mut ClientConfig) -> Result<(), String> {
    if let Some(ca) = &tls.ca {
        certificates(ca, "ca").map_err(|error| error.to_string())?;
        client.set("ssl.ca.pem", ca.read()?);
    }
    if let Some((cert, key)) = &tls.shown {
        certificates(cert, "cert").map_err(|error| error.to_string())?;
        let key = key.read()?;
        PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| "what key names is no PEM of a private key")?;
        client.set("ssl.certificate.pem", cert.read()?).set("ssl.key.pem", key);
    }
    Ok(())
}

/// Why a client could not be made: of what librdkafka says only what names settings.
pub(super) fn not_made(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, _, setting, _) => format!("librdkafka does not take the setting {setting}"),
        _ => "librdkafka makes no client of these settings: see `ca`, `cert`, `key` and `auth`".to_owned(),
    }
}

/// The name of an error, as librdkafka's documentation has it.
pub(super) fn name(error: &KafkaError) -> String {
    error.rdkafka_error_code().map_or_else(|| "a mistake in its use".to_owned(), |code| code.to_string())
}

/// What is known of topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// They are there, and keep what was written to them.
    Good,
    /// They cannot be used: why.
    Refused(String),
    /// Nobody tells, now: why.
    NotNow(String),
}

/// Looks whether topics are compacted: of records with one key only the last one stays there, and pseudonyms are other ones when their
/// key changes. Blocks for `wait` at most; not to be called where a runtime runs tasks.
pub(super) fn look(client: &ClientConfig, topics: &[&str], wait: Duration) -> Known {
    let admin: AdminClient<Silent> = match client.create_with_context(Silent) {
        Ok(admin) => admin,
        Err(error) => return Known::Refused(not_made(&error)),
    };
    let asked: Vec<_> = topics.iter().map(|topic| ResourceSpecifier::Topic(topic)).collect();
    let options = AdminOptions::new().request_timeout(Some(wait)).operation_timeout(Some(wait));
    let answer = admin.describe_configs(&asked, &options);
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else {
        return Known::NotNow("no memory".to_owned());
    };
    let answer = match runtime.block_on(answer) {
        Ok(answer) => answer,
        Err(error) => return Known::NotNow(name(&error)),
    };
    // They come in the order in which they were asked for.
    for (topic, about) in topics.iter().zip(answer) {
        let known = match about {
            Ok(about) => judge(topic, about.get("cleanup.policy").and_then(|entry| entry.value.as_deref())),
            Err(RDKafkaErrorCode::TopicAuthorizationFailed) => Known::Refused(format!(
                "nobody may say whether the topic {topic} is compacted\nhelp: allow the user DescribeConfigs of it"
            )),
            Err(code) => Known::NotNow(format!("{topic}: {code}")),
        };
        if known != Known::Good {
            return known;
        }
    }
    Known::Good
}

fn judge(topic: &str, cleanup: Option<&str>) -> Known {
    match cleanup {
        Some(cleanup) if cleanup.split(',').any(|word| word.trim() == "compact") => Known::Refused(format!(
            "the topic {topic} is compacted: records with one key replace each other, and codes of people change when their key does\n\
             help: use a topic with cleanup.policy=delete"
        )),
        Some(_) => Known::Good,
        None => Known::NotNow(format!("the topic {topic} is not there, or nobody says whether it is compacted")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compacted_topics_are_refused_whatever_else_they_are() {
        for compacted in ["compact", "compact,delete", "delete, compact"] {
            assert!(matches!(judge("t", Some(compacted)), Known::Refused(_)), "{compacted}");
        }
        assert_eq!(judge("t", Some("delete")), Known::Good);
        assert!(matches!(judge("t", None), Known::NotNow(_)));
    }
}
