//! `tamis policy verify`.

use std::path::PathBuf;

use clap::Args;

use crate::edge::releases;
use crate::policy::document::{Date, SecretLists};
use crate::policy::key::Public;
use crate::policy::release::Read;

use super::super::load::{Refused, secret, words};
use super::super::released::{lists_beside, lists_of};
use super::super::report::{Written, print};
use super::super::{EXIT_CODES, Exit};
use super::accept::{Against, accepted};
use super::issue;
use super::sign::needed;
use super::unread;

/// Check a bundle: whether it is whole, who signed it, whether that is enough, and what is open when.
///
/// Without --signed-by it is only told who says to have signed it.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(in crate::cli) struct Verify {
    /// The bundle.
    bundle: PathBuf,
    /// A public key of an officer, `file:PATH` or `env:NAME`; may be given several times.
    #[arg(long, value_name = "SOURCE")]
    signed_by: Vec<String>,
    /// The tenant that it has to be for. Default: the one that it names.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// The bundle that is in force: this one must not be older, and one signature does only if it shows no more.
    #[arg(long, value_name = "BUNDLE")]
    since: Option<PathBuf>,
    /// Words of secret lists. Default: NAME.lists.toml beside the bundle, else in the folder of tenants beside that of releases.
    #[arg(long, value_name = "FILE")]
    lists: Option<PathBuf>,
    /// The day. Default: today.
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// Print a file of the bundle instead of the report: `notice.md`, `differences.md`, `tenants/NAME.toml` …
    #[arg(long, value_name = "PATH")]
    print: Option<String>,
    #[command(flatten)]
    written: Written,
}

impl Verify {
    pub(super) fn run(&self) -> Result<Exit, Refused> {
        let bundle = releases::open(&self.bundle)?;
        let before = self.since.as_ref().map(|path| releases::open(path)).transpose()?;
        let on = self.on.unwrap_or_else(|| jiff::Zoned::now().date());
        let key = |source: &String| {
            let text = secret(source).map_err(Refused::wrong)?;
            Public::parse(&text).map_err(|error| Refused::wrong(format!("{source}: {error}")))
        };
        let trusted = self.signed_by.iter().map(key).collect::<Result<Vec<_>, _>>()?;
        let tenant = self.tenant.as_ref().unwrap_or(&bundle.manifest.tenant);
        let lists = &self.words(tenant)?;
        let read = match trusted.as_slice() {
            [] => Read::of(&bundle).map_err(unread)?,
            trusted => accepted(&bundle, &Against { tenant, trusted, before: before.as_ref(), lists, on })?,
        };
        if let Some(path) = &self.print {
            let Some(content) = bundle.files.get(path) else {
                let all: Vec<_> = bundle.files.keys().map(String::as_str).collect();
                return Err(Refused::wrong(format!("no `{path}` is in it\nhelp: there are: {}", all.join(", "))));
            };
            return Ok(print(&String::from_utf8_lossy(content)));
        }
        let by = bundle.signatures.iter().map(|own| {
            let is = match trusted.contains(&own.key) {
                true => "trusted",
                false => "not among the keys given",
            };
            format!("{} ({is})", own.name)
        });
        let by = by.collect::<Vec<_>>().join(", ");
        let mut about = vec![
            ("Digest".to_owned(), bundle.manifest.digest.clone()),
            ("Signed by".to_owned(), if by.is_empty() { "nobody".to_owned() } else { by }),
            ("Signatures".to_owned(), format!("needs {}", needed(&bundle.manifest))),
        ];
        about.extend(issue::evidence(&read));
        about.extend(issue::when(&bundle.manifest, &read).map(|when| ("What is wider opens".to_owned(), when)));
        let statuses = issue::statuses(&read, lists, on);
        issue::write(&self.written, (&bundle.manifest, &[]), (about, &statuses))
    }

    /// Words of secret lists: a bundle has only their digests.
    fn words(&self, tenant: &str) -> Result<SecretLists, Refused> {
        match &self.lists {
            Some(path) => words(path),
            None => lists_of(&lists_beside(&self.bundle, tenant), tenant),
        }
    }
}
