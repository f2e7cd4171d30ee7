//! `tamis detect`: what the built-in detector finds in texts and events, with values masked.

mod compare;
pub(super) mod finder;
mod report;
pub(super) mod rows;
mod rules;
mod score;

use std::io::{self, BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::policy::document::Date;

use super::{EXIT_CODES, Exit, stop};
use compare::Comparison;
use finder::{Finder, Found};
use rows::{Row, Rows};
use rules::Bench;

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
    /// Leave out values that documents use as examples: reserved names and networks, test cards. A policy of `--compare` says so
    /// itself.
    #[arg(long)]
    no_examples: bool,
    /// Words of the field that all lines come from, for example `phone number`.
    #[arg(long, value_name = "WORDS", default_value = "")]
    field: String,
    /// A finding a line, as JSON; of `--eval` and `--list` one object; of `--compare` a difference a line, then the counts.
    #[arg(long)]
    json: bool,
    /// Compare with labels: lines `{"text": "…", "spans": [{"start": 0, "end": 5, "entity": "person.email"}]}`, offsets in
    /// characters. Prints recall, precision and F1 of each entity with 95 % Wilson intervals, what leaked and what was hidden
    /// besides, in bytes, and whether findings are right as often as their confidence says. A finding is right when it covers its
    /// label and at most three characters more on each side; one on another entity's label is a confusion.
    #[arg(long, conflicts_with_all = ["compare", "list"])]
    eval: bool,
    /// Compare two rule sets over the same texts: what is lost, newly found, or found otherwise. A rule set is `built-in`; that
    /// with other sets, `set:NAME,NAME`; another release's detector, FILE.wasm; or a policy, FILE.toml: all that its treatments
    /// look for, in its own entities too, with its thresholds and exceptions.
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], conflicts_with = "list")]
    compare: Vec<String>,
    /// Exit with 5 if a byte that OLD finds is in no finding of NEW.
    #[arg(long, requires = "compare")]
    deny_lost: bool,
    /// What policies of `--compare` are compiled for.
    #[arg(long, default_value = "security", requires = "compare")]
    purpose: String,
    /// The day they are compiled for. Default: today.
    #[arg(long, value_name = "DATE", requires = "compare")]
    on: Option<Date>,
    /// List the entities that can be found, with their sets, and the version of the rules; and end.
    #[arg(long)]
    list: bool,
}

/// How sure a finding has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Threshold {
    /// Others look like this too.
    Possible,
    /// Few others do, or the surroundings agree.
    Likely,
    /// A check digit, a registry or an unmistakable prefix proves it.
    Certain,
}

impl Threshold {
    /// That of a number, as plugins write it.
    fn of(confidence: u32) -> Self {
        match confidence {
            0 | 1 => Threshold::Possible,
            2 => Threshold::Likely,
            _ => Threshold::Certain,
        }
    }

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

impl Detect {
    pub(super) fn run(&self) -> Exit {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::BrokenPipe => Exit::Done,
            _ => stop(Exit::Failed, &format!("error: {error}")),
        };
        let host = match finder::host() {
            Ok(host) => host,
            Err(error) => return failed(error),
        };
        let bench = Bench {
            host: &host,
            sets: &self.sets,
            threshold: self.threshold,
            examples: !self.no_examples,
            purpose: &self.purpose,
            on: self.on.unwrap_or_else(|| jiff::Zoned::now().date()),
        };
        let done = if let [old, new] = self.compare.as_slice() {
            bench.both(old, new).map(|[before, after]| self.compare([(old, &before), (new, &after)]))
        } else {
            bench.asked().map(|finder| self.look(&finder).map(|()| Exit::Done))
        };
        match done {
            Ok(done) => done.unwrap_or_else(failed),
            Err(exit) => exit,
        }
    }

    fn look(&self, finder: &Finder) -> io::Result<()> {
        if self.list {
            return list(finder, self.json);
        }
        if self.eval {
            return score::evaluate(finder, &self.files, self.json);
        }
        let mut out = io::BufWriter::new(io::stdout().lock());
        self.batches(|file, rows| {
            let found = finder.find(rows)?;
            let with_row = found.iter().filter_map(|found| Some((rows.all().get(found.row)?, found)));
            with_row.into_iter().try_for_each(|(row, found)| self.one(&mut out, file, row, found))
        })?;
        out.flush()
    }

    fn compare(&self, rules: [(&str, &Finder); 2]) -> io::Result<Exit> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let mut comparison = Comparison::new(rules, self.json);
        self.batches(|file, rows| comparison.batch(&mut out, file, rows))?;
        let lost = comparison.finish(&mut out)?;
        Ok(if self.deny_lost && lost > 0 { Exit::Lost } else { Exit::Done })
    }

    /// Reads all files, a batch at a time.
    fn batches(&self, mut each: impl FnMut(&str, &Rows) -> io::Result<()>) -> io::Result<()> {
        for (name, source) in sources(&self.files)? {
            let mut rows = Rows::new(&self.field);
            let mut lines = source.split(b'\n').enumerate().peekable();
            while let Some((number, line)) = lines.next() {
                rows.line(number + 1, &String::from_utf8_lossy(&line?));
                if rows.bytes() >= BATCH || lines.peek().is_none() {
                    each(&name, &rows)?;
                    rows.clear();
                }
            }
        }
        Ok(())
    }

    /// A finding: where, what, how sure, the value masked, and why.
    fn one(&self, out: &mut impl Write, file: &str, row: &Row, found: &Found<'_>) -> io::Result<()> {
        let (line, entity, value) = (row.line, &found.entity.name, masked(found.value(row)));
        let Found { start, end, .. } = found;
        if self.json {
            let line = json!({
                "file": file, "line": line, "field": row.field, "start": start, "end": end,
                "entity": entity, "confidence": found.sure(), "value": value,
            });
            return writeln!(out, "{line}");
        }
        let field = if row.field.is_empty() { String::new() } else { format!(" {}", row.field) };
        let (sure, title) = (found.sure(), &found.entity.title);
        writeln!(out, "{file}:{line}{field}: {entity} ({sure}): {value}, {start} to {end}: {title}")
    }
}

/// What can be found, and by which rules.
fn list(finder: &Finder, json: bool) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    if json {
        let entity =
            |entity: &crate::plugin::Entity| json!({ "name": entity.name, "title": entity.title, "sets": entity.sets });
        let entities: Vec<_> = finder.entities().iter().map(entity).collect();
        writeln!(out, "{}", json!({ "detector": finder.detector(), "entities": entities }))?;
        return out.flush();
    }
    writeln!(out, "{}", finder.label())?;
    for entity in finder.entities() {
        writeln!(out, "{:36} {}  [{}]", entity.name, entity.title, entity.sets.join(", "))?;
    }
    out.flush()
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
