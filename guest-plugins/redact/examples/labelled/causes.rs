//! Why labels are missed and what false alarms are. Scores as `tamis detect --eval` does: a finding is right when it covers
//! every character of a label of its entity and at most three more on each side.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead as _, Write as _};

use serde_json::{Value, json};
use tamis_redact::{ColumnView, Redact};

const SETS: [&str; 6] = ["personal", "secret", "payment", "network", "health", "device"];
const SLACK: usize = 3;
const ANOTHER: &str = "on another entity's label";
const EXTENT: &str = "other extent";

/// A label or a finding, in characters.
struct Span {
    start: usize,
    end: usize,
    entity: String,
}

impl Span {
    fn meets(&self, other: &Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether it is right for a label.
    fn hits(&self, label: &Span) -> bool {
        self.entity == label.entity
            && (self.start..=self.start + SLACK).contains(&label.start)
            && (label.end..=label.end + SLACK).contains(&self.end)
    }
}

/// Detectors by threshold and words of the field.
struct Detectors {
    names: Vec<&'static str>,
    /// Entities of no set that is looked for by itself.
    unsought: Vec<&'static str>,
    of: HashMap<(&'static str, String), Redact>,
}

impl Detectors {
    fn find(&mut self, threshold: &'static str, field: &str, text: &str) -> io::Result<Vec<Span>> {
        let failed = |failure| io::Error::other(format!("{failure:?}"));
        let key = (threshold, field.to_owned());
        if !self.of.contains_key(&key) {
            let hints: Vec<&str> = field.split_whitespace().collect();
            let settings = json!({"fields": [{"find": SETS, "threshold": threshold, "hints": hints}]});
            self.of.insert(key.clone(), Redact::configure(&settings.to_string(), &[]).map_err(failed)?);
        }
        let Some(redact) = self.of.get_mut(&key) else { return Ok(Vec::new()) };
        let column = ColumnView { field: 0, bytes: text.as_bytes(), offsets: &[0, text.len() as u32], event: &[0] };
        let mut found = Vec::new();
        redact.scan(&[column], &mut found).map_err(failed)?;
        let point = |at: u32| text.get(..at as usize).map_or(0, |head| head.chars().count());
        let name = |entity: u32| self.names.get(entity as usize).copied().unwrap_or("").to_owned();
        let span =
            |f: &tamis_redact::Finding| Span { start: point(f.start), end: point(f.end), entity: name(f.entity) };
        Ok(found.iter().map(span).collect())
    }
}

/// Counts by what is counted, and by cause.
type Counts = BTreeMap<(String, String), u64>;

#[derive(Default)]
struct Report {
    missed: Counts,
    wrong: Counts,
    /// An entity found where another is labelled.
    shared: Counts,
    /// Missed labels of positives by text and by generator.
    places: Counts,
    labels: BTreeMap<String, u64>,
    /// Labels that some finding covers, whatever its entity.
    covered: u64,
}

fn add(counts: &mut Counts, what: &str, cause: &str) {
    *counts.entry((what.to_owned(), cause.to_owned())).or_default() += 1;
}

pub(crate) fn print(file: &str, show: Option<&str>) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let entities = Redact::describe().entities;
    let names = entities.iter().map(|entity| entity.name).collect();
    let unsought = |sets: &[&str]| !sets.iter().any(|set| SETS.contains(set));
    let unsought = entities.iter().filter(|entity| unsought(entity.sets)).map(|entity| entity.name).collect();
    let mut detectors = Detectors { names, unsought, of: HashMap::new() };
    let mut report = Report::default();
    for line in io::BufReader::new(std::fs::File::open(file)?).lines() {
        let line: Value = serde_json::from_str(&line?).map_err(io::Error::other)?;
        one(&line, &mut detectors, &mut report, (show, &mut out))?;
    }
    section(&mut out, "missed, by cause", &report.missed)?;
    section(&mut out, "false alarms, by cause", &report.wrong)?;
    section(&mut out, "found where another entity is labelled", &report.shared)?;
    if show.is_some() {
        section(&mut out, "missed, by text and by generator", &report.places)?;
    }
    report.table(&mut out)?;
    report.summary(&mut out)?;
    out.flush()
}

impl Report {
    /// Recall, and precision without and with findings on labels of others and in or around their own.
    fn table(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "\n| entity | labels | recall | precision | but confusions |\n|---|--:|--:|--:|--:|")?;
        for (entity, labels) in &self.labels {
            let of = |counts: &Counts, but: &[&str]| {
                let own = counts.iter().filter(|((what, cause), _)| what == entity && !but.contains(&cause.as_str()));
                own.map(|(_, count)| count).sum::<u64>()
            };
            let right = labels - of(&self.missed, &[]);
            let share = |of: u64| if of == 0 { 1.0 } else { right as f64 / of as f64 };
            let (all, few) = (of(&self.wrong, &[]), of(&self.wrong, &[ANOTHER, EXTENT]));
            let (recall, precision, but) = (share(*labels), share(right + all), share(right + few));
            writeln!(out, "| {entity} | {labels} | {recall:.3} | {precision:.3} | {but:.3} |")?;
        }
        Ok(())
    }

    /// Precision as it is; without findings that lie on a label of another entity; without those that lie inside or around one
    /// of their own.
    fn summary(&self, out: &mut impl io::Write) -> io::Result<()> {
        let labels: u64 = self.labels.values().sum();
        let right = labels - self.missed.values().sum::<u64>();
        let wrong = |but: &[&str]| {
            let counted = self.wrong.iter().filter(|((_, cause), _)| !but.contains(&cause.as_str()));
            counted.map(|(_, count)| count).sum::<u64>()
        };
        let share = |of: u64| format!("{:.4} ({right} of {of})", right as f64 / of.max(1) as f64);
        writeln!(out, "\n## {labels} labels of {} entities\n", self.labels.len())?;
        writeln!(out, "- recall: {}", share(labels))?;
        writeln!(out, "- covered by any finding: {:.4}", self.covered as f64 / labels.max(1) as f64)?;
        writeln!(out, "- precision: {}", share(right + wrong(&[])))?;
        writeln!(out, "- without findings on labels of others: {}", share(right + wrong(&[ANOTHER])))?;
        writeln!(out, "- nor in or around their own: {}", share(right + wrong(&[ANOTHER, EXTENT])))
    }
}

fn section(out: &mut impl io::Write, title: &str, counts: &Counts) -> io::Result<()> {
    writeln!(out, "\n## {title}: {}\n", counts.values().sum::<u64>())?;
    let mut causes: BTreeMap<&str, u64> = BTreeMap::new();
    counts.iter().for_each(|((_, cause), count)| *causes.entry(cause).or_default() += count);
    for (cause, count) in &causes {
        writeln!(out, "- {cause}: {count}")?;
    }
    let mut all: Vec<_> = counts.iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    writeln!(out, "\n| what | cause | count |\n|---|---|--:|")?;
    for ((what, cause), count) in all {
        writeln!(out, "| {what} | {cause} | {count} |")?;
    }
    Ok(())
}

fn one(
    line: &Value,
    detectors: &mut Detectors,
    report: &mut Report,
    (show, out): (Option<&str>, &mut impl io::Write),
) -> io::Result<()> {
    let text = |key: &str| line[key].as_str().unwrap_or("");
    let labels: Vec<Span> = line["spans"].as_array().into_iter().flatten().map(label).collect();
    let found = detectors.find("likely", text("field"), text("text"))?;
    let possible = detectors.find("possible", text("field"), text("text"))?;
    let mut tell = |kind: &str, entity: &str, cause: &str, span: &Span| {
        if show != Some(entity) {
            return Ok(());
        }
        let value: String = text("text").chars().skip(span.start).take(span.end - span.start).collect();
        writeln!(out, "{kind} ({cause}) ⟦{value}⟧ in [{}] {:?} ({})", text("field"), text("text"), text("generator"))
    };
    for label in &labels {
        *report.labels.entry(label.entity.clone()).or_default() += 1;
        report.covered += u64::from(found.iter().any(|span| span.start <= label.start && label.end <= span.end));
        if found.iter().any(|span| span.hits(label)) {
            continue;
        }
        let unsought = detectors.unsought.contains(&label.entity.as_str());
        let value: String = text("text").chars().skip(label.start).take(label.end - label.start).collect();
        // `%20` and `+` for blanks, `%2B` for the plus of a telephone.
        let encoded = value.contains('%') || value.trim_start_matches('+').contains('+');
        let cause = match why_missed(label, &found, &possible) {
            _ if unsought => "in no set of the default",
            "not at all" if encoded => "percent-encoded",
            other => other,
        };
        add(&mut report.missed, &label.entity, cause);
        if show == Some(&label.entity) {
            add(&mut report.places, text("template"), "text");
            add(&mut report.places, text("generator"), "generator");
        }
        tell("missed", &label.entity, cause, label)?;
    }
    for span in found.iter().filter(|span| !labels.iter().any(|label| span.hits(label))) {
        let cause = why_wrong(span, &labels, text("generator"));
        add(&mut report.wrong, &span.entity, cause);
        if let Some(label) = labels.iter().find(|label| label.meets(span) && label.entity != span.entity) {
            add(&mut report.shared, &span.entity, &label.entity);
        }
        tell("wrong ", &span.entity, cause, span)?;
    }
    Ok(())
}

fn label(span: &Value) -> Span {
    let number = |key: &str| span[key].as_u64().unwrap_or(0) as usize;
    Span { start: number("start"), end: number("end"), entity: span["entity"].as_str().unwrap_or("").to_owned() }
}

fn why_missed(label: &Span, found: &[Span], possible: &[Span]) -> &'static str {
    let same = |span: &&Span| span.entity == label.entity && span.meets(label);
    if found.iter().any(|span| same(&span)) {
        EXTENT
    } else if possible.iter().any(|span| span.hits(label)) {
        "possible only"
    } else if found.iter().any(|span| span.start <= label.start && label.end <= span.end) {
        "as another entity"
    } else {
        "not at all"
    }
}

/// What a finding that is not right stands on.
fn why_wrong(span: &Span, labels: &[Span], generator: &str) -> &'static str {
    let meets = |same: bool| labels.iter().any(|label| (label.entity == span.entity) == same && label.meets(span));
    let how = generator.rsplit_once("/not/").map(|(entity, how)| (entity == span.entity, how));
    match how {
        _ if meets(true) => EXTENT,
        _ if meets(false) => ANOTHER,
        Some((true, "spoiled" | "against-rule")) => "value against its own rule",
        Some((_, "spoiled" | "against-rule")) => "on a value against another's rule",
        Some((_, "other-name")) => "number of another name",
        Some((_, "look-alike")) => "look-alike",
        Some(_) => "common in logs",
        None => "surroundings",
    }
}
