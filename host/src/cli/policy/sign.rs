//! `tamis policy sign` of a bundle, and `tamis policy key`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::edge::releases::{self, write_whole};
use crate::policy::key::Key;
use crate::policy::release::{Manifest, write};

use super::super::load::{Refused, secret};
use super::super::report::print;
use super::super::{EXIT_CODES, Exit, say};
use super::sign_entry::entries;

/// Sign a bundle, or entries of evidence.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(in crate::cli) struct Sign {
    /// The bundle, or NAME.evidence.toml beside its policy. The signature is written into it.
    file: PathBuf,
    /// An entry of the evidence, as its table is called: `evidence.works-agreement`. May be given several times.
    #[arg(long, value_name = "TABLE.NAME")]
    entry: Vec<String>,
    /// The key: `file:PATH` or `env:NAME`.
    #[arg(long, value_name = "SOURCE")]
    key: String,
    /// Who signs: an entry by the name that [officers] of the policy gives to the key.
    #[arg(long, value_name = "NAME")]
    name: String,
}

/// Keys that sign bundles.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeyCommand {
    /// Make a key in FILE, which only its owner reads, and the public half in FILE.pub.
    New {
        /// Where it is written. Nothing may be there.
        file: PathBuf,
    },
    /// Print the public half of a key.
    Public {
        /// The key: `file:PATH` or `env:NAME`.
        #[arg(long, value_name = "SOURCE")]
        key: String,
    },
}

fn key(source: &str) -> Result<Key, Refused> {
    Key::parse(&secret(source).map_err(Refused::wrong)?).map_err(Refused::wrong)
}

impl Sign {
    pub(super) fn run(&self) -> Result<Exit, Refused> {
        let key = key(&self.key)?;
        if self.file.extension().is_some_and(|ending| ending == "toml") {
            return entries(&self.file, &self.entry, (&key, &self.name));
        }
        if !self.entry.is_empty() {
            return Err(Refused::wrong("--entry names an entry of NAME.evidence.toml; a bundle is signed as a whole"));
        }
        let bundle = releases::open(&self.file)?;
        if bundle.signatures.iter().any(|own| own.key == key.public()) {
            return Err(Refused::wrong("this key signed it already"));
        }
        let mut signatures = bundle.signatures.clone();
        signatures.push(bundle.sign(&key, &self.name));
        let bytes = write(bundle.manifest.clone(), &bundle.files, &signatures);
        let bytes = bytes.map_err(|_| Refused::wrong("a name of who signs is 1 to 128 bytes of text on one line"))?;
        write_whole(&self.file, &bytes, 0o644)?;
        let (name, digest) = (bundle.manifest.name(), &bundle.manifest.digest);
        let (count, needed) = (signatures.len(), needed(&bundle.manifest));
        let has = if count == 1 { "1 signature".to_owned() } else { format!("{count} signatures") };
        say(&format!("{name} ({digest}): signed by {}; it has {has}, and needs {needed}", self.name));
        Ok(Exit::Done)
    }
}

/// How many signatures a bundle needs, in words.
pub(super) fn needed(manifest: &Manifest) -> &'static str {
    match (manifest.widens, &manifest.previous) {
        (false, _) => "1 signature",
        (true, None) => "2 signatures: it is the first release",
        (true, Some(_)) => "2 signatures: it shows more than the release before, or may",
    }
}

impl KeyCommand {
    pub(super) fn run(&self) -> Result<Exit, Refused> {
        match self {
            Self::New { file } => new(file),
            Self::Public { key: source } => Ok(print(&format!("{}\n", key(source)?.public().as_str()))),
        }
    }
}

fn new(file: &Path) -> Result<Exit, Refused> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut seed = [0u8; 32];
    getrandom::fill(&mut seed).map_err(|error| Refused::wrong(format!("the machine gives no randomness: {error}")))?;
    let digits: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
    let public = Key::parse(&digits).map_err(Refused::wrong)?.public();
    let failed = |path: &Path, error: std::io::Error| Refused {
        exit: Exit::Failed,
        text: format!("error: cannot write {}: {error}", path.display()),
    };
    let mut out = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .map_err(|error| failed(file, error))?;
    out.write_all(format!("{digits}\n").as_bytes())
        .and_then(|()| out.sync_all())
        .map_err(|error| failed(file, error))?;
    let mut name = file.as_os_str().to_owned();
    name.push(".pub");
    write_whole(Path::new(&name), format!("{}\n", public.as_str()).as_bytes(), 0o644)?;
    Ok(print(&format!("{}\n", public.as_str())))
}
