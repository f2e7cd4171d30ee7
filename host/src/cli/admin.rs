//! How commands reach a running sidecar.

use clap::Args;

use crate::config::Secret;
use crate::edge::ask::{Asked, Asker};

/// What is shown to a running sidecar.
#[derive(Debug, Args)]
pub(super) struct Shown {
    /// The operators' token: `file:PATH`, `env:NAME` or `exec:PROGRAM`.
    #[arg(long, value_name = "SOURCE")]
    token: Option<String>,
    /// Certificate of whoever asks, PEM.
    #[arg(long, value_name = "SOURCE", requires = "key")]
    cert: Option<String>,
    /// Its private key, PEM.
    #[arg(long, value_name = "SOURCE", requires = "cert")]
    key: Option<String>,
    /// Authorities that are trusted, PEM, instead of those that everybody knows.
    #[arg(long, value_name = "SOURCE")]
    ca: Option<String>,
}

impl Shown {
    /// Somebody who asks the sidecar at an address.
    ///
    /// # Errors
    ///
    /// What is named is not there.
    pub(super) fn asker(&self, at: &str) -> Result<Asker, String> {
        let secret = |option: &str, text: &Option<String>| {
            let text = text.as_deref().map(|text| Secret::named(text).ok_or(text));
            text.transpose().map_err(|_| format!("--{option} takes file:PATH, env:NAME or exec:PROGRAM"))
        };
        let (token, ca) = (secret("token", &self.token)?, secret("ca", &self.ca)?);
        let identity = secret("cert", &self.cert)?.zip(secret("key", &self.key)?);
        Asker::new(&Asked { at: at.to_owned(), token, ca, identity })
    }
}

/// Runs what asks.
///
/// # Errors
///
/// Its own, or the system gives no threads.
pub(super) fn block_on<T>(asking: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("no threads: {error}"))?.block_on(asking)
}
