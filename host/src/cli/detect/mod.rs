//! `tamis detect`: what the built-in detector finds in texts and events, with values masked.

mod rows;
mod score;

use std::io::{self, BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::event::{Column, ColumnBuf, Finding};
use crate::plugin::{Detector, Entity, Host, Limits, Reuse};

use super::{EXIT_CODES, Exit, stop};
use rows::Rows;

/// Print what is found in lines of text or in events (NDJSON). Values are masked.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Detect {
    /// Files; standard input when there is none. A line that is a JSON object is an event: its strings and numbers are looked at
    /// one by one, and the names of its fields count as words nearby.
    files: Vec<PathBuf>,
    /// Sets or names of entities to look for.
    #[arg(long = "set", value_name = "NAME", default_values = ["personal", "secret", "payment", "network", "health", "device"])]
    sets: Vec<String>,
    /// How sure a finding has to be.
    #[arg(long, value_enum, default_value = "likely")]
    threshold: Threshold,
    /// Words of the field that all lines come from, for example `phone number`.
    #[arg(long, value_name = "WORDS", default_value = "")]
    field: String,
    /// A finding a line, as JSON.
    #[arg(long)]
    json: bool,
    /// Compare with labels: lines `{"text": "…", "spans": [{"start": 0, "end": 5, "entity": "person.email"}]}`, offsets in
    /// characters. Prints precision, recall and F1 of each entity with 95 % Wilson intervals.
    #[arg(long)]
    eval: bool,
    /// List the entities that can be found, with their sets, and end.
    #[arg(long)]
    list: bool,
}

/// How sure a finding has to be.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Threshold {
    /// Others look like this too.
    Possible,
    /// Few others do, or the surroundings agree.
    Likely,
    /// A check digit, a registry or an unmistakable prefix proves it.
    Certain,
}

impl Threshold {
    fn name(self) -> &'static str {
        match self {
            Threshold::Possible => "possible",
            Threshold::Likely => "likely",
            Threshold::Certain => "certain",
        }
    }
}

/// Bytes of text that are looked through at once.
const BATCH: usize = 1 << 20;

/// Processor time for that. Somebody waits for the answer, and no event for its turn.
const PATIENCE: Duration = Duration::from_secs(60);

/// The detector, and what it can find.
struct Finder {
    host: Host,
    entities: Vec<Entity>,
    sets: Vec<String>,
    threshold: Threshold,
}

impl Detect {
    pub(super) fn run(&self) -> Exit {
        let finder = match Finder::new(&self.sets, self.threshold) {
            Ok(finder) => finder,
            Err(exit) => return exit,
        };
        let done = if self.list {
            finder.list()
        } else if self.eval {
            score::evaluate(&finder, &self.files)
        } else {
            self.print(&finder)
        };
        match done {
            Ok(()) => Exit::Done,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Err(error) => stop(Exit::Failed, &format!("error: {error}")),
        }
    }

    fn print(&self, finder: &Finder) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        for (name, source) in sources(&self.files)? {
            let mut rows = Rows::new(&self.field);
            let mut lines = source.split(b'\n').enumerate().peekable();
            while let Some((number, line)) = lines.next() {
                rows.line(number + 1, &String::from_utf8_lossy(&line?));
                if rows.bytes() >= BATCH || lines.peek().is_none() {
                    finder
                        .each(&rows, |row, text, finding| self.one(&mut out, finder, (&name, row), (text, finding)))?;
                    rows.clear();
                }
            }
        }
        out.flush()
    }

    /// A finding: where, what, how sure, the value masked, and why.
    fn one(
        &self,
        out: &mut impl Write,
        finder: &Finder,
        (file, row): (&str, &rows::Row),
        (text, finding): (&str, &Finding),
    ) -> io::Result<()> {
        let Some(entity) = finder.entities.get(finding.entity as usize) else { return Ok(()) };
        let value = text.get(finding.start as usize..finding.end as usize).unwrap_or_default();
        let sure = ["", "possible", "likely", "certain"].get(finding.confidence as usize).copied().unwrap_or("");
        if self.json {
            let line = json!({
                "file": file, "line": row.line, "field": row.field, "start": finding.start, "end": finding.end,
                "entity": entity.name, "confidence": sure, "value": masked(value),
            });
            return writeln!(out, "{line}");
        }
        let field = if row.field.is_empty() { String::new() } else { format!(" {}", row.field) };
        writeln!(
            out,
            "{file}:{}{field}: {} ({sure}): {}, {} to {}: {}",
            row.line,
            entity.name,
            masked(value),
            finding.start,
            finding.end,
            entity.title
        )
    }
}

impl Finder {
    fn new(sets: &[String], threshold: Threshold) -> Result<Self, Exit> {
        let failed = |error: &dyn std::fmt::Display| stop(Exit::Failed, &format!("error: {error}"));
        let limits = Limits { call: PATIENCE, ..Limits::default() };
        let host = Host::new(limits, None).map_err(|error| failed(&error))?;
        let entities = host.builtin("redact").map_err(|error| failed(&error))?.description().entities.clone();
        let known = |set: &&String| entities.iter().any(|entity| entity.name == **set || entity.sets.contains(set));
        let unknown: Vec<&str> = sets.iter().filter(|set| !known(set)).map(String::as_str).collect();
        if !unknown.is_empty() {
            let text = format!("error: no entity or set is called {}; `--list` names them", unknown.join(", "));
            return Err(stop(Exit::Wrong, &text));
        }
        Ok(Self { host, entities, sets: sets.to_vec(), threshold })
    }

    fn list(&self) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        for entity in &self.entities {
            writeln!(out, "{:36} {}  [{}]", entity.name, entity.title, entity.sets.join(", "))?;
        }
        out.flush()
    }

    /// Looks through all rows; `each` gets a row, its text and a finding.
    fn each(&self, rows: &Rows, mut each: impl FnMut(&rows::Row, &str, &Finding) -> io::Result<()>) -> io::Result<()> {
        let fields: Vec<_> = rows
            .fields()
            .map(|hints| json!({ "find": self.sets, "threshold": self.threshold.name(), "hints": hints }))
            .collect();
        let other = |error: &dyn std::fmt::Display| io::Error::other(error.to_string());
        let plugin = self.host.builtin("redact").map_err(|error| other(&error))?;
        let configured = plugin.configure(&json!({ "fields": fields }).to_string(), Vec::new());
        let configured = configured.map_err(|error| other(&error))?;
        let mut detector = configured.detector(Reuse::Reused).ok_or_else(|| other(&"it is no detector"))?;
        let mut columns: Vec<ColumnBuf> = (0..fields.len() as u32).map(ColumnBuf::new).collect();
        for (number, row) in rows.all().iter().enumerate() {
            if let Some(column) = columns.get_mut(row.number) {
                column.push(number as u32, row.text.as_bytes());
            }
        }
        let views: Vec<Column<'_>> = columns.iter().map(ColumnBuf::view).collect();
        let mut found = detector.scan(&views).map_err(|failure| other(&format!("{failure:?}")))?;
        let row_of = |finding: &Finding| views.get(finding.column as usize)?.event.get(finding.row as usize).copied();
        found.sort_by_key(|finding| (row_of(finding), finding.start, finding.end, finding.entity));
        for finding in &found {
            let row = row_of(finding).and_then(|number| rows.all().get(number as usize));
            if let Some(row) = row {
                each(row, &row.text, finding)?;
            }
        }
        Ok(())
    }
}

/// What is read, and what it is called.
fn sources(files: &[PathBuf]) -> io::Result<Vec<(String, Box<dyn io::BufRead>)>> {
    if files.is_empty() {
        return Ok(vec![("-".into(), Box::new(BufReader::new(io::stdin())))]);
    }
    files.iter().map(|file| Ok((file.display().to_string(), open(file)?))).collect()
}

fn open(file: &Path) -> io::Result<Box<dyn io::BufRead>> {
    let opened = std::fs::File::open(file)
        .map_err(|error| io::Error::new(error.kind(), format!("cannot read {}: {error}", file.display())))?;
    Ok(Box::new(BufReader::new(opened)))
}

/// A value without what is in it: its first and last character where it has eight or more, and how long it is.
fn masked(value: &str) -> String {
    let count = value.chars().count();
    let mut ends = value.chars();
    match (count, ends.next(), ends.next_back()) {
        (8.., Some(first), Some(last)) => format!("{first}…{last} ({count})"),
        _ => format!("… ({count})"),
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn little_is_shown_of_a_value() {
        assert_eq!(masked("anna@example.com"), "a…m (16)");
        assert_eq!(masked("1234567"), "… (7)");
        assert_eq!(masked(""), "… (0)");
    }
}
