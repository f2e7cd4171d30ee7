//! Measures precision, recall and F1 per entity on labelled texts, with 95 % Wilson intervals.
//!
//! `TAMIS_DETECTION_DATA` names the folder of labelled texts, `TAMIS_CORPORA` one of unlabelled events (NDJSON), of
//! which findings per 1,000 events are printed. `--show ENTITY` prints that entity's errors and findings.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use tamis_redact::{ColumnView, Finding, Redact};

/// Our entities and what the labelled texts call them.
const LABELS: [(&str, &[&str]); 7] = [
    ("EMAIL_ADDRESS", &["person.email"]),
    ("IBAN_CODE", &["payment.iban"]),
    ("CREDIT_CARD", &["payment.card"]),
    ("US_SSN", &["national.us.ssn"]),
    ("IP_ADDRESS", &["network.ipv4", "network.ipv6"]),
    ("MAC_ADDRESS", &["network.mac"]),
    ("PHONE_NUMBER", &["person.phone"]),
];

fn main() {
    let show = std::env::args().skip_while(|argument| argument != "--show").nth(1);
    match std::env::var_os("TAMIS_DETECTION_DATA") {
        None => println!("skipped: TAMIS_DETECTION_DATA names no folder of labelled texts"),
        Some(folder) => {
            let folder = Path::new(&folder);
            spans(&folder.join("presidio_research_synth_v2.jsonl"), show.as_deref());
            spans(&folder.join("presidio_research_generated_large.jsonl"), show.as_deref());
            cases(&folder.join("presidio_cases.jsonl"), show.as_deref());
        }
    }
    match std::env::var_os("TAMIS_CORPORA") {
        None => println!("skipped: TAMIS_CORPORA names no folder of events"),
        Some(folder) => corpora(Path::new(&folder), show.as_deref()),
    }
}

fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    if text.is_empty() {
        println!("skipped: {} is not there", file.display());
    }
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn all() -> (Redact, Vec<&'static str>) {
    let names: Vec<_> = Redact::describe().entities.iter().map(|entity| entity.name).collect();
    let settings = serde_json::json!({"fields": [{"find": names}]}).to_string();
    (Redact::configure(&settings, &[]).unwrap(), names)
}

fn scan(redact: &mut Redact, text: &str) -> Vec<Finding> {
    let mut out = Vec::new();
    let column = ColumnView { field: 0, bytes: text.as_bytes(), offsets: &[0, text.len() as u32], event: &[0] };
    redact.scan(&[column], &mut out).unwrap();
    out
}

/// The byte at which a code point begins.
fn byte(text: &str, point: u64) -> u32 {
    text.char_indices().nth(point as usize).map_or(text.len(), |(at, _)| at) as u32
}

#[derive(Default)]
struct Score {
    right: u32,
    wrong: u32,
    missed: u32,
}

/// The 95 % Wilson interval of a share.
fn wilson(hits: u32, of: u32) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    let (n, p, z) = (f64::from(of), f64::from(hits) / f64::from(of), 1.96);
    let middle = p + z * z / (2.0 * n);
    let spread = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    ((middle - spread) / (1.0 + z * z / n), (middle + spread) / (1.0 + z * z / n))
}

fn share(hits: u32, of: u32) -> String {
    let (low, high) = wilson(hits, of);
    format!("{:.3} [{low:.3}, {high:.3}]", f64::from(hits) / f64::from(of.max(1)))
}

/// Labelled spans; a finding is right when it overlaps one.
fn spans(file: &Path, show: Option<&str>) {
    let rows = lines(file);
    let (mut redact, names) = all();
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    for row in &rows {
        let text = row["full_text"].as_str().unwrap();
        let found = scan(&mut redact, text);
        for (label, entities) in LABELS {
            let score = scores.entry(label).or_default();
            let truth: Vec<(u32, u32)> = row["spans"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|span| span["entity_type"] == label)
                .map(|span| {
                    (
                        byte(text, span["start_position"].as_u64().unwrap()),
                        byte(text, span["end_position"].as_u64().unwrap()),
                    )
                })
                .collect();
            let ours = found.iter().filter(|finding| entities.contains(&names[finding.entity as usize]));
            let mut met = BTreeSet::new();
            for finding in ours {
                let shown = &text[finding.start as usize..finding.end as usize];
                match truth.iter().position(|&(start, end)| start < finding.end && finding.start < end) {
                    Some(number) => {
                        score.right += u32::from(met.insert(number));
                    }
                    None => {
                        score.wrong += 1;
                        if show == Some(label) {
                            println!("wrong  {shown:?} in {text:?}");
                        }
                    }
                }
            }
            score.missed += (truth.len() - met.len()) as u32;
            for (number, &(start, end)) in truth.iter().enumerate().filter(|_| show == Some(label)) {
                if !met.contains(&number) {
                    println!("missed {:?} in {text:?}", &text[start as usize..end as usize]);
                }
                let _ = number;
            }
        }
    }
    println!("\n{} ({} texts)", file.file_name().unwrap().to_string_lossy(), rows.len());
    println!("{:14} {:>5} {:>5} {:>5}  {:22} {:22} F1", "entity", "right", "wrong", "miss", "precision", "recall");
    for (label, score) in scores {
        let (precision, recall) =
            (share(score.right, score.right + score.wrong), share(score.right, score.right + score.missed));
        let f1 = 2.0 * f64::from(score.right) / f64::from((2 * score.right + score.wrong + score.missed).max(1));
        println!(
            "{label:14} {:5} {:5} {:5}  {precision:22} {recall:22} {f1:.3}",
            score.right, score.wrong, score.missed
        );
    }
}

/// Texts that an entity must or must not be found in.
fn cases(file: &Path, show: Option<&str>) {
    let (mut redact, names) = all();
    let mut counts: BTreeMap<(&str, &str), (u32, u32)> = BTreeMap::new();
    let rows = lines(file);
    for row in &rows {
        let Some(&(label, entities)) = LABELS.iter().find(|(label, _)| row["entity_type"] == *label) else { continue };
        let text = row["text"].as_str().unwrap();
        let strength = row["strength"].as_str().unwrap();
        let found = scan(&mut redact, text).iter().any(|finding| entities.contains(&names[finding.entity as usize]));
        let right = found == (strength != "none");
        let count = counts.entry((label, strength)).or_default();
        count.0 += u32::from(right);
        count.1 += 1;
        if !right && show == Some(label) {
            println!("{} {text:?} ({strength})", if found { "wrong " } else { "missed" });
        }
    }
    println!("\n{}: right answers by the strength that its source gives", file.file_name().unwrap().to_string_lossy());
    for ((label, strength), (right, all)) in counts {
        println!("{label:14} {strength:10} {right} of {all}");
    }
}

/// Values by the path they stand at; hints are the path's words.
fn leaves<'v>(value: &'v Value, path: &mut String, into: &mut BTreeMap<String, Vec<std::borrow::Cow<'v, str>>>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let length = path.len();
                path.push('.');
                path.push_str(key);
                leaves(member, path, into);
                path.truncate(length);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| leaves(element, path, into)),
        Value::String(text) => into.entry(path.clone()).or_default().push(text.into()),
        Value::Number(number) => into.entry(path.clone()).or_default().push(number.to_string().into()),
        _ => {}
    }
}

/// The words of a path in lower case.
fn words(path: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for c in path.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && small {
            words.push(String::new());
        }
        small = c.is_lowercase();
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn corpora(folder: &Path, show: Option<&str>) {
    let names: Vec<_> = Redact::describe().entities.iter().map(|entity| entity.name).collect();
    let mut files: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "ndjson"));
    files.sort();
    let mut totals: BTreeMap<&str, u32> = BTreeMap::new();
    let mut events = 0;
    for file in &files {
        let rows = lines(file);
        events += rows.len();
        let mut values = BTreeMap::new();
        rows.iter().for_each(|row| leaves(row, &mut String::new(), &mut values));
        for (path, values) in &values {
            let settings = serde_json::json!({"fields": [{"find": names, "hints": words(path)}]}).to_string();
            let mut redact = Redact::configure(&settings, &[]).unwrap();
            for value in values {
                for finding in scan(&mut redact, value) {
                    let name = names[finding.entity as usize];
                    *totals.entry(name).or_default() += 1;
                    if show == Some(name) {
                        let around =
                            value.get(finding.start.saturating_sub(30) as usize..finding.start as usize).unwrap_or("");
                        println!("{path} …{around}⟦{}⟧", &value[finding.start as usize..finding.end as usize]);
                    }
                }
            }
        }
    }
    println!("\n{}: findings in {events} events", folder.display());
    for (name, count) in totals {
        println!("{name:24} {count:6}   {:.1} per 1,000 events", f64::from(count) * 1000.0 / events as f64);
    }
}
