//! `tamis discover`: what unknown events look like, a schema map drafted of them, and what drifted from one. No value is printed.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::edge::input::{Frames, InputError};
use crate::edge::output::report;
use crate::event::frame::FrameLimits;
use crate::officer::discover::drift::{Drift, drift};
use crate::officer::discover::{CONFIDENCES, Draft, Line, PLACES_MAX, Profile, SAMPLES, Sample, Shape, Words, summary};
use crate::plugin::Host;
use crate::policy::Library;
use crate::policy::diagnostic::Severity;
use crate::policy::document::{SchemaHead, SchemaMap};
use crate::policy::syntax::{self, Bundle};

use super::detect::Threshold;
use super::detect::finder::{self, Ask, Custom, Finder};
use super::detect::rows::Rows;
use super::{EXIT_CODES, Exit, load, say, stop};

/// What is looked for in values.
const SETS: [&str; 6] = ["personal", "secret", "payment", "network", "health", "device"];
/// Bytes of values that are looked through at once.
const BATCH: usize = 1 << 20;
/// Fields whose values are looked through at once: each has a place in the detector's settings.
const FIELDS: usize = 256;
/// A finding of so many hundredths of a value is all of it.
const WHOLE: usize = 80;

/// Profile unknown events and draft a schema map of them. Prints paths, shapes and counts, never a value. Read every line of a draft
/// before it is used: doubtful ones are marked `# ?`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Discover {
    /// Files of events in any form that `filter` reads; standard input when there is none.
    samples: Vec<PathBuf>,
    /// The folder of policies: its words, and its maps, whose fields say what keys mean.
    #[arg(long, value_name = "FOLDER", default_value = "policies")]
    policies: PathBuf,
    /// Hold the events against this map (a file, or the id of one in the folder) in place of drafting one. Exit code 7 if there are
    /// fields that it does not classify, values of another type, or personal findings in fields that it calls harmless.
    #[arg(long, value_name = "MAP")]
    against: Option<String>,
    /// `human`: a map, or a list of what drifted; `json`: everything that was counted.
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Where it is written; standard output otherwise.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The id of the drafted map.
    #[arg(long, value_name = "NAME", default_value = "draft", value_parser = id)]
    id: String,
    /// The detector looks at the first values of each place and then at ever fewer, by chance: with an equal seed at the same ones.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

fn id(text: &str) -> Result<String, String> {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good = text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(is_word);
    if good { Ok(text.to_owned()) } else { Err("small letters, digits and hyphens, beginning with a letter".into()) }
}

impl Discover {
    pub(super) fn run(&self) -> Exit {
        self.all().unwrap_or_else(|exit| exit)
    }

    fn all(&self) -> Result<Exit, Exit> {
        let categories = self.policies.join("categories.toml");
        if !categories.is_file() {
            let help = "help: `--policies FOLDER` names the folder of policies";
            return Err(stop(Exit::Wrong, &format!("error: there is no {}\n{help}", categories.display())));
        }
        let (library, _) = load::library(&categories).map_err(load::Refused::say)?;
        let against = self.against.as_deref().map(|map| against(map, &library)).transpose()?;
        let host = finder::host().map_err(failed)?;
        let finder = detector(&host)?;
        let mut profile = Profile::new(self.seed);
        let (whole, rejected) = self.read(&finder, &mut profile)?;
        if profile.events == 0 {
            return Err(stop(Exit::Failed, "error: there is no event that could be read"));
        }
        let words = Words::new(&library, &[]);
        profile.join_varying(&|word| words.knows(word), &|key| words.is_person(key));
        let draft = Draft::new(&profile, &words);
        say(&told(&profile, &draft, rejected));
        let drifts = against.map(|(head, map)| drift(&draft, &words, &head, &map));
        let text = match (self.format, &drifts) {
            (Format::Human, None) => draft.toml(&self.id),
            (Format::Human, Some(drifts)) => drifts.iter().map(|drift| sentence(drift) + "\n").collect(),
            (Format::Json, None) => format!("{:#}\n", as_json(&profile, &draft, rejected, &self.id)),
            (Format::Json, Some(drifts)) => {
                format!("{:#}\n", json!({ "drift": drifts.iter().map(drift_json).collect::<Vec<_>>() }))
            }
        };
        self.write(&text)?;
        let drifted = drifts.iter().flatten().any(Drift::matters);
        Ok(if !whole {
            Exit::Failed
        } else if drifted {
            Exit::Drift
        } else {
            Exit::Done
        })
    }

    /// Reads all samples: whether to their ends, and how many pieces are no events.
    fn read(&self, finder: &Finder, profile: &mut Profile) -> Result<(bool, u64), Exit> {
        let wrong = |error: &InputError| {
            let cause = std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
            say(&format!("error: {error}{cause}"));
        };
        let mut frames = Frames::open(&self.samples, FrameLimits::default()).map_err(|error| {
            wrong(&error);
            Exit::Failed
        })?;
        let (mut whole, mut rejected) = (true, 0);
        loop {
            match frames.next() {
                Ok(Some(batch)) => {
                    (0..batch.events.len()).for_each(|number| profile.event(batch.event(number)));
                    rejected += batch.rejects.len() as u64;
                    frames.recycle(batch);
                }
                Ok(None) => break,
                Err(error) => {
                    wrong(&error);
                    whole = false;
                }
            }
            if profile.waiting() >= BATCH {
                look(finder, profile).map_err(failed)?;
            }
        }
        look(finder, profile).map_err(failed)?;
        Ok((whole, rejected))
    }

    fn write(&self, text: &str) -> Result<(), Exit> {
        if let Some(path) = &self.output {
            return report(path, text).map_err(|error| stop(Exit::Failed, &format!("error: {error}")));
        }
        match io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(failed(error)),
            _ => Ok(()),
        }
    }
}

fn failed(error: io::Error) -> Exit {
    stop(Exit::Failed, &format!("error: {error}"))
}

/// The built-in detector, asked for everything.
fn detector(host: &Arc<Host>) -> Result<Finder, Exit> {
    let plugin = host.builtin("redact").map_err(|error| stop(Exit::Failed, &format!("error: {error}")))?;
    let find = SETS.iter().map(|set| (*set).to_owned()).collect();
    let ask = Ask { find, threshold: Threshold::Possible, except: Vec::new(), examples: true };
    Ok(Finder::new(host, plugin, Custom::default(), vec![ask]))
}

/// Lets the detector look at the values that wait, of so many fields at a time as its settings have room for.
fn look(finder: &Finder, profile: &mut Profile) -> io::Result<()> {
    let mut samples = profile.take_samples();
    samples.sort_by_key(|sample| (sample.is_key, sample.place));
    let hints = profile.hints();
    let mut from = 0;
    while from < samples.len() {
        let mut rows = Rows::new("");
        for (number, sample) in samples[from..].iter().enumerate() {
            if rows.fields().len() >= FIELDS || rows.bytes() >= BATCH {
                break;
            }
            let hints = if sample.is_key { None } else { hints.get(&sample.place) };
            rows.push(number, String::new(), sample.text.clone(), hints.cloned().unwrap_or_default());
        }
        let found = finder.find(&rows)?;
        let count = rows.all().len();
        for (number, sample) in samples[from..from + count].iter().enumerate() {
            let own = found[found.partition_point(|one| one.row < number)..].iter();
            let own = own.take_while(|one| one.row == number);
            let own: Vec<_> =
                own.map(|one| (one.entity.name.as_str(), one.confidence as usize, one.end - one.start)).collect();
            profile.found(sample, &surest(&own, sample));
        }
        from += count;
    }
    Ok(())
}

/// Of each entity the surest finding, and whether its findings are the whole value.
fn surest<'e>(found: &[(&'e str, usize, usize)], sample: &Sample) -> Vec<(&'e str, usize, bool)> {
    let mut all: Vec<(&str, usize, usize)> = Vec::new();
    for (entity, confidence, bytes) in found {
        match all.iter_mut().find(|(name, ..)| name == entity) {
            Some((_, most, sum)) => (*most, *sum) = ((*most).max(*confidence), *sum + bytes),
            None => all.push((entity, *confidence, *bytes)),
        }
    }
    let is_whole = |bytes: usize| bytes * 100 >= sample.text.trim().len() * WHOLE;
    all.into_iter().map(|(entity, confidence, bytes)| (entity, confidence, is_whole(bytes))).collect()
}

/// The map that events are held against.
fn against(named: &str, library: &Library) -> Result<(SchemaHead, SchemaMap), Exit> {
    let path = Path::new(named);
    if path.is_file() {
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let mut bundle = Bundle::new();
        let file = bundle.add(named, text);
        let mut problems = Vec::new();
        let map = syntax::schema(&bundle, file, &mut problems);
        if !problems.is_empty() {
            say(&syntax::render(&bundle, &problems, false));
        }
        let wrong = problems.iter().any(|problem| problem.severity == Severity::Error);
        return map.filter(|_| !wrong).ok_or(Exit::Wrong);
    }
    let map = library.maps.find(named).and_then(|number| library.maps.all().get(number));
    let read = map.and_then(|map| Some((map.head.clone(), map.document(&library.bundle)?.clone())));
    read.ok_or_else(|| {
        let ids: Vec<_> = library.maps.all().iter().map(|map| map.head.id.value.as_str()).collect();
        let help = format!("help: it is a file, or one of {}", ids.join(", "));
        stop(Exit::Wrong, &format!("error: there is no map `{named}`\n{help}"))
    })
}

/// One sentence about what was read.
fn told(profile: &Profile, draft: &Draft<'_>, rejected: u64) -> String {
    let drafted = draft.lines.iter().filter(|line| line.is_inside || !line.judged.categories.is_empty()).count();
    let doubtful = draft.lines.iter().filter(|line| line.judged.is_doubtful).count();
    let looked: u64 = draft.lines.iter().map(|line| line.seen.place.looked).sum();
    let mut text = format!(
        "{} events, {} fields: {drafted} drafted, {doubtful} doubtful. The detector looked at {looked} values: the first {SAMPLES} of \
         each field, then ever fewer.",
        profile.events,
        draft.lines.len(),
    );
    for (count, what) in [
        (profile.unread + rejected, "pieces are no events".to_owned()),
        (
            profile.joined,
            format!("keys were joined as `*`: there are more than {PLACES_MAX} places, or too many in one object"),
        ),
    ] {
        if count > 0 {
            text.push_str(&format!("\n{count} {what}"));
        }
    }
    text
}

fn sentence(drift: &Drift) -> String {
    match drift {
        Drift::New { path, drafted } if drafted.is_empty() => {
            format!("new: {path}: dropped; nobody can say what it is")
        }
        Drift::New { path, drafted } => format!("new: {path}: dropped; it would be drafted as {}", drafted.join(", ")),
        Drift::Gone { path } => format!("not seen: {path}"),
        Drift::Type { path, category, shape } => {
            format!("type: {path}: {category} in the map, and values are of the form {shape}")
        }
        Drift::Personal { path, categories, found, looked } => {
            let found: Vec<_> = found.iter().map(|(entity, count)| format!("{entity} in {count}")).collect();
            format!("personal: {path}: {} in the map; {} of {looked} values", categories.join(", "), found.join(", "))
        }
    }
}

fn drift_json(drift: &Drift) -> Value {
    match drift {
        Drift::New { path, drafted } => json!({ "drift": "new", "path": path, "drafted": drafted }),
        Drift::Gone { path } => json!({ "drift": "not-seen", "path": path }),
        Drift::Type { path, category, shape } => {
            json!({ "drift": "type", "path": path, "category": category, "shape": shape })
        }
        Drift::Personal { path, categories, found, looked } => {
            let found: serde_json::Map<_, _> = found.iter().map(|(e, n)| (e.clone(), (*n).into())).collect();
            json!({ "drift": "personal", "path": path, "categories": categories, "found": found, "looked": looked })
        }
    }
}

fn as_json(profile: &Profile, draft: &Draft<'_>, rejected: u64, id: &str) -> Value {
    let keys: Vec<_> = draft
        .keys
        .iter()
        .map(|(path, categories)| json!({ "path": path.to_string(), "categories": categories }))
        .collect();
    json!({
        "events": profile.events, "unread": profile.unread + rejected, "joined": profile.joined,
        "fields": draft.lines.iter().map(|line| field_json(line, profile.events)).collect::<Vec<_>>(),
        "keys": keys, "draft": draft.toml(id),
    })
}

fn field_json(line: &Line<'_>, events: u64) -> Value {
    let (place, judged) = (line.seen.place, &line.judged);
    let shapes: serde_json::Map<_, _> = Shape::ALL
        .iter()
        .map(|shape| (shape.name().to_owned(), place.shapes[*shape as usize]))
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| (name, count.into()))
        .collect();
    let found: serde_json::Map<_, _> = place
        .found
        .iter()
        .map(|(entity, its)| {
            let mut sure: serde_json::Map<_, _> =
                CONFIDENCES.iter().zip(its.values).map(|(name, count)| ((*name).to_owned(), count.into())).collect();
            sure.insert("whole".into(), its.whole.into());
            (entity.clone(), Value::Object(sure))
        })
        .collect();
    let kinds = place.kinds;
    json!({
        "path": line.seen.path.to_string(), "events": place.events.min(events),
        "types": {
            "null": kinds.null, "boolean": kinds.bool, "integer": kinds.integer, "fraction": kinds.fraction, "string": kinds.string,
            "object": kinds.object, "array": kinds.array,
        },
        "shapes": shapes, "json": place.json, "length": place.length, "digits": place.digits, "distinct": place.distinct(),
        "looked": place.looked, "found": found, "categories": judged.categories, "role": judged.role,
        "doubtful": judged.is_doubtful, "inside": line.is_inside, "why": judged.why, "summary": summary(place, events),
    })
}
