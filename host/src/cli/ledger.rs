//! `tamis ledger`: what a sidecar wrote down.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::{EXIT_CODES, Exit, say, stop};
use crate::ops::ledger::{self, Span};

/// Verify and report what sidecars wrote down: what was in force when, and what was done.
#[derive(Debug, Subcommand)]
pub(super) enum Ledger {
    /// Check every number, link and signature. Exit code 1: something was changed, taken out or put in.
    Verify(Verify),
    /// Write what an auditor is given. The ledger is verified first.
    Report(Report),
    /// Print the public half of a key, which `verify` and `report` take.
    PublicKey {
        /// The key: `file:PATH` or `env:NAME`, 64 hexadecimal digits.
        #[arg(long, value_name = "SOURCE")]
        key: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Of {
    /// The ledger: STATE/ledger.ndjson.
    file: PathBuf,
    /// Public key of the one who signs: 64 hexadecimal digits, of `tamis ledger public-key`.
    #[arg(long, value_name = "HEX")]
    public_key: String,
    /// The digest of the last line that somebody kept elsewhere: it must be in the ledger, else its end was cut off.
    #[arg(long, value_name = "DIGEST")]
    head: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Verify {
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Report {
    #[command(flatten)]
    of: Of,
    /// First day (UTC).
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Day behind the last one (UTC).
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    #[arg(long, value_enum, default_value_t = Form::Markdown)]
    format: Form,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Markdown,
    Html,
    Json,
}

impl Ledger {
    pub(super) fn run(&self) -> Exit {
        match self {
            Self::Verify(verify) => verify.of.verify().map_or_else(|exit| exit, |text| stop(Exit::Done, &text)),
            Self::Report(report) => report.run(),
            Self::PublicKey { key } => public_key(key),
        }
    }
}

fn open(path: &Path) -> Result<File, Exit> {
    File::open(path).map_err(|error| stop(Exit::Failed, &format!("error: cannot read {}: {error}", path.display())))
}

fn print(text: &str) -> Exit {
    use std::io::Write as _;
    // That nobody reads it any more is no error.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Exit::Done
}

impl Of {
    fn verify(&self) -> Result<String, Exit> {
        let public = unhex(&self.public_key);
        let public = public.ok_or_else(|| stop(Exit::Wrong, "error: a public key is 64 hexadecimal digits"))?;
        let name = self.file.display();
        let chain = ledger::verify(open(&self.file)?, &public, self.head.as_deref());
        let chain = chain.map_err(|error| stop(Exit::Failed, &format!("error: {name}: {error}")))?;
        if chain.lines == 0 {
            let text = "there is no line in it: nothing was written yet, or all of it was taken away";
            return Err(stop(Exit::Failed, &format!("error: {name}: {text}")));
        }
        let (from, to, crashes) = (&chain.from, &chain.to, chain.crashes);
        let head = &chain.head;
        Ok(format!("{name}: {} lines, whole, from {from} to {to}, {crashes} crashes; last line {head}", chain.lines))
    }
}

impl Report {
    fn run(&self) -> Exit {
        match self.of.verify() {
            Ok(text) => say(&text),
            Err(exit) => return exit,
        }
        let file = match open(&self.of.file) {
            Ok(file) => file,
            Err(exit) => return exit,
        };
        let form = match self.format {
            Form::Markdown => ledger::Form::Markdown,
            Form::Html => ledger::Form::Html,
            Form::Json => ledger::Form::Json,
        };
        let span = Span { from: self.from.clone(), to: self.to.clone() };
        match ledger::report(file, &span, form) {
            Ok(text) => print(&text),
            Err(error) => stop(Exit::Failed, &format!("error: cannot read {}: {error}", self.of.file.display())),
        }
    }
}

fn public_key(source: &str) -> Exit {
    let text = match super::load::secret(source) {
        Ok(text) => text,
        Err(text) => return stop(Exit::Wrong, &format!("error: {text}")),
    };
    match ledger::key(text.trim()) {
        Ok(key) => print(&format!("{}\n", ledger::public(&key))),
        Err(error) => stop(Exit::Wrong, &format!("error: {error}")),
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = (0..text.len() / 2).map(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok());
    digits.collect::<Option<Vec<u8>>>().filter(|bytes| bytes.len() == 32 && text.len() == 64)
}
