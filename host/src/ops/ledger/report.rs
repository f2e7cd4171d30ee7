//! What an auditor is given: which policy was in force when, what was done under it, and what was not as usual.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use serde_json::{Map, Value, json};

use super::lines;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Markdown.
    Markdown,
    /// A page.
    Html,
    /// JSON.
    Json,
}

/// Days that a report is about, as RFC 3339 times compare: from the first (included) to the second (excluded).
#[derive(Clone, Debug, Default)]
pub struct Span {
    /// `None`: from the beginning.
    pub from: Option<String>,
    /// `None`: to the end.
    pub to: Option<String>,
}

impl Span {
    fn holds(&self, time: &str) -> bool {
        self.from.as_deref().is_none_or(|from| from <= time) && self.to.as_deref().is_none_or(|to| time < to)
    }
}

/// Counts of a route and purpose: `events_in`, `treatments.redact` … → how many.
type Totals = BTreeMap<(String, String), BTreeMap<String, u64>>;

#[derive(Default)]
struct Told {
    lines: u64,
    in_force: Vec<Value>,
    acts: Vec<Value>,
    protected: Vec<Value>,
    totals: Totals,
    /// A process began that another had not ended before: counts are lower bounds.
    has_gaps: bool,
}

/// Writes the report of a ledger. That the ledger is whole is another question: [`verify`](super::verify) it first.
///
/// # Errors
///
/// It cannot be read.
pub fn report(reader: impl io::Read, span: &Span, form: Form) -> io::Result<String> {
    let told = read(reader, span)?;
    Ok(match form {
        Form::Json => serde_json::to_string_pretty(&as_json(&told, span)).map_err(io::Error::other)? + "\n",
        Form::Markdown => markdown(&told, span),
        Form::Html => html(&told, span),
    })
}

fn read(reader: impl io::Read, span: &Span) -> io::Result<Told> {
    let (mut told, mut is_running) = (Told::default(), false);
    // What was in force when the span began counts, too.
    let mut before: BTreeMap<(String, String), Value> = BTreeMap::new();
    for line in lines(reader) {
        let Ok(line) = serde_json::from_slice::<Map<String, Value>>(&line?) else { continue };
        let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (kind, time) = (text("kind"), text("time"));
        let of = (text("route"), text("purpose"));
        let shown = || {
            let kept = line.iter().filter(|(key, _)| !matches!(key.as_str(), "seq" | "prev" | "sig"));
            Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
        };
        if !span.holds(&time) {
            let is_earlier = span.from.as_deref().is_some_and(|from| time.as_str() < from);
            if is_earlier && matches!(kind.as_str(), "in-force" | "closed") {
                before.insert(of, shown());
            }
            is_running = is_earlier && (kind == "started" || is_running && kind != "stopped");
            continue;
        }
        told.lines += 1;
        match kind.as_str() {
            "in-force" | "among" | "closed" => told.in_force.push(shown()),
            "counts" => add(told.totals.entry(of).or_default(), "", line.get("counts").unwrap_or(&Value::Null)),
            "protected" => told.protected.push(shown()),
            "started" => {
                told.has_gaps |= is_running;
                is_running = true;
            }
            "stopped" => is_running = false,
            _ => told.acts.push(shown()),
        }
    }
    told.in_force.splice(0..0, before.into_values());
    Ok(told)
}

fn add(totals: &mut BTreeMap<String, u64>, below: &str, counts: &Value) {
    match counts {
        Value::Number(number) => *totals.entry(below.to_owned()).or_default() += number.as_u64().unwrap_or(0),
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            let path = if below.is_empty() { key.clone() } else { format!("{below}/{key}") };
            add(totals, &path, value);
        }),
        _ => {}
    }
}

fn as_json(told: &Told, span: &Span) -> Value {
    let totals = told
        .totals
        .iter()
        .map(|((route, purpose), counts)| json!({ "route": route, "purpose": purpose, "counts": counts }));
    json!({
        "from": span.from, "to": span.to, "lines": told.lines, "counts_are_lower_bounds": told.has_gaps,
        "in_force": told.in_force, "totals": totals.collect::<Vec<_>>(), "protected": told.protected, "acts": told.acts,
    })
}

/// The columns of what was in force.
const IN_FORCE: [&str; 5] = ["time", "route", "purpose", "policy", "digest"];

fn cell(line: &Value, key: &str) -> String {
    match line.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None if key == "policy" => "closed".to_owned(),
        None => String::new(),
    }
}

/// A cell of [`IN_FORCE`]. What is in force beside a digest names that in the ledger as `policy`, and has a list as `digest`.
fn column(line: &Value, key: &str) -> String {
    match (line.get("kind").and_then(Value::as_str), key) {
        (Some("among"), "policy") => {
            let all = line.get("digest").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            format!("in it: {}", all.collect::<Vec<_>>().join("; "))
        }
        (Some("among"), "digest") => cell(line, "policy"),
        _ => cell(line, key),
    }
}

/// Tables: a title, the columns, the rows.
fn tables(told: &Told) -> Vec<(&'static str, Vec<&'static str>, Vec<Vec<String>>)> {
    let in_force = told.in_force.iter().map(|line| IN_FORCE.iter().map(|key| column(line, key)).collect()).collect();
    let totals = told.totals.iter().flat_map(|((route, purpose), counts)| {
        counts.iter().map(move |(what, count)| vec![route.clone(), purpose.clone(), what.clone(), count.to_string()])
    });
    let protected = told.protected.iter().map(|line| vec![cell(line, "day"), cell(line, "rules")]).collect();
    let rest = |line: &Value| {
        let map = line.as_object().into_iter().flatten().filter(|(key, _)| !matches!(key.as_str(), "time" | "kind"));
        map.map(|(key, _)| format!("{key}: {}", cell(line, key))).collect::<Vec<_>>().join("; ")
    };
    let acts = told.acts.iter().map(|line| vec![cell(line, "time"), cell(line, "kind"), rest(line)]).collect();
    vec![
        ("What was in force", IN_FORCE.to_vec(), in_force),
        ("What was done", vec!["route", "purpose", "what", "how often"], totals.collect()),
        ("What lists protected, by day", vec!["day", "rules"], protected),
        ("Changes that were refused, and acts of operators", vec!["time", "what", "of"], acts),
    ]
}

fn heading(told: &Told, span: &Span) -> String {
    let (from, to) = (span.from.as_deref().unwrap_or("the beginning"), span.to.as_deref().unwrap_or("the end"));
    let gaps = if told.has_gaps { " A process ended without saying so: counts are lower bounds." } else { "" };
    format!("From {from} to {to}, {} lines.{gaps}", told.lines)
}

fn markdown(told: &Told, span: &Span) -> String {
    let mut text = format!("# Ledger report\n\n{}\n", heading(told, span));
    let safe = |cell: &str| cell.replace('|', "\\|").replace('\n', " ");
    for (title, columns, rows) in tables(told) {
        let _ = writeln!(text, "\n## {title}\n");
        if rows.is_empty() {
            text.push_str("Nothing.\n");
            continue;
        }
        let _ = writeln!(text, "| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len()));
        for row in rows {
            let _ = writeln!(text, "| {} |", row.iter().map(|cell| safe(cell)).collect::<Vec<_>>().join(" | "));
        }
    }
    text
}

fn html(told: &Told, span: &Span) -> String {
    let safe = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let mut text = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Ledger report</title><style>body{{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto}}table{{border-collapse:collapse}}td,th{{border:1px solid #bbb;padding:.2em .6em;text-align:left;overflow-wrap:anywhere}}</style><h1>Ledger report</h1><p>{}</p>",
        safe(&heading(told, span))
    );
    for (title, columns, rows) in tables(told) {
        let _ = write!(text, "<h2>{title}</h2>");
        if rows.is_empty() {
            text.push_str("<p>Nothing.</p>");
            continue;
        }
        let cells = |tag: &str, cells: Vec<String>| {
            cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", safe(cell))).collect::<String>()
        };
        let head = cells("th", columns.iter().map(|column| (*column).to_owned()).collect());
        let _ = write!(text, "<table><tr>{head}</tr>");
        for row in rows {
            let _ = write!(text, "<tr>{}</tr>", cells("td", row));
        }
        text.push_str("</table>");
    }
    text + "</html>\n"
}
