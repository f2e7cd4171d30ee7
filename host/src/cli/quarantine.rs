//! `tamis quarantine`: what could not be treated.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{EXIT_CODES, Exit, say, stop};
use crate::edge::quarantine::{Content, Identity, Opened, QuarantineError, Reader, purge};
use crate::policy::document::Date;

/// List, open and purge what could not be treated.
#[derive(Debug, Subcommand)]
pub(super) enum Quarantine {
    /// Say how many records there are, why, from where, and what is left of their content. Needs no key.
    List(List),
    /// Write the events that a key opens, one a line. `tamis quarantine open … | tamis filter …` replays them under today's policy. They are not
    /// filtered here: who may run this is whom content was sealed to.
    Open(Open),
    /// Take out records from before a day. A running sidecar holds the file: stop it first.
    Purge(Purge),
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct List {
    /// The file: STATE/quarantine.ndjson, or what `filter --quarantine` wrote.
    file: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Open {
    /// The file.
    file: PathBuf,
    /// Private keys of `age-keygen` (AGE-SECRET-KEY-…, a line each).
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,
    /// Only records of this reason.
    #[arg(long)]
    reason: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Purge {
    /// The file.
    file: PathBuf,
    /// The first day (UTC) that stays.
    #[arg(long, value_name = "DATE")]
    before: Date,
}

impl Quarantine {
    pub(super) fn run(&self) -> Exit {
        let done = match self {
            Self::List(list) => list.run(),
            Self::Open(open) => return open.run(),
            Self::Purge(Purge { file, before }) => purge(file, &before.to_string()).map(|(gone, stay)| {
                say(&format!("{}: {gone} records taken out, {stay} stay", file.display()));
            }),
        };
        done.map_or_else(failed, |()| Exit::Done)
    }
}

fn failed(error: QuarantineError) -> Exit {
    stop(Exit::Failed, &format!("error: {error}"))
}

fn word(content: &Content) -> &'static str {
    match content {
        Content::Opened(_) | Content::Locked => "sealed",
        Content::Lost => "lost",
        Content::Discarded => "discarded",
        Content::Absent => "absent",
    }
}

impl List {
    fn run(&self) -> Result<(), QuarantineError> {
        let mut reader = Reader::open(&self.file, Vec::new())?;
        let mut rows: BTreeMap<[String; 4], (u64, u64)> = BTreeMap::new();
        while let Some(Opened { metadata, content }) = reader.next().transpose()? {
            let schema = metadata.schema.unwrap_or_else(|| "–".to_owned());
            let row = rows.entry([metadata.reason, metadata.source, schema, word(&content).to_owned()]).or_default();
            *row = (row.0.saturating_add(metadata.events), row.1.saturating_add(metadata.bytes));
        }
        let mut text = String::from("records\tbytes\treason\tsource\tmap\tcontent\n");
        for ([reason, source, schema, content], (records, bytes)) in rows {
            // What stands in the file may have been written by somebody else.
            let [reason, source, schema] = [reason, source, schema].map(|said| said.replace(char::is_control, "?"));
            text.push_str(&format!("{records}\t{bytes}\t{reason}\t{source}\t{schema}\t{content}\n"));
        }
        // That nobody reads it any more is no error.
        let _ = std::io::stdout().write_all(text.as_bytes());
        if reader.damaged() > 0 {
            say(&format!("{} lines are damaged", reader.damaged()));
        }
        Ok(())
    }
}

impl Open {
    fn run(&self) -> Exit {
        let identities = match identities(&self.identity) {
            Ok(identities) => identities,
            Err(text) => return stop(Exit::Wrong, &format!("error: {text}")),
        };
        match self.write(identities) {
            Ok((opened, closed)) => stop(Exit::Done, &format!("{opened} records opened, {closed} without content")),
            Err(error) => failed(error),
        }
    }

    fn write(&self, identities: Vec<Identity>) -> Result<(u64, u64), QuarantineError> {
        let mut reader = Reader::open(&self.file, identities)?;
        let (mut opened, mut closed) = (0, 0);
        let mut out = std::io::stdout().lock();
        while let Some(record) = reader.next().transpose()? {
            if self.reason.as_ref().is_some_and(|reason| *reason != record.metadata.reason) {
                continue;
            }
            let Content::Opened(mut event) = record.content else {
                closed = record.metadata.events.saturating_add(closed);
                continue;
            };
            // In JSON a line break stands between values only.
            event.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
            event.push(b'\n');
            if out.write_all(&event).is_err() {
                break;
            }
            opened += 1;
        }
        Ok((opened, closed))
    }
}

/// Private keys of a file. What stands there is never repeated.
pub(super) fn identities(path: &Path) -> Result<Vec<Identity>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let found: Result<Vec<Identity>, _> = lines.map(str::parse).collect();
    found
        .ok()
        .filter(|found| !found.is_empty())
        .ok_or_else(|| format!("{} holds no private key of age (AGE-SECRET-KEY-…)", path.display()))
}
