//! Nanoseconds per value, natively. Prints; asserts nothing.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::{Duration, Instant};

use tamis_redact::{ColumnView, Redact};

include!("common/texts.rs");

fn measure(title: &str, find: &[&str], texts: &[&str]) {
    measure_at("likely", title, find, texts);
}

fn measure_at(threshold: &str, title: &str, find: &[&str], texts: &[&str]) {
    measure_naming(&[], threshold, title, find, texts);
}

/// Every value is of an event of its own, which says so many of these names.
fn measure_naming(names: &[&str], threshold: &str, title: &str, find: &[&str], texts: &[&str]) {
    // `ONLY=text` measures what has it in its title, `ROUNDS` how often.
    if std::env::var("ONLY").is_ok_and(|only| !title.contains(&only)) {
        return;
    }
    let fields = serde_json::json!([{"find": find, "threshold": threshold}, {"find": [], "reference": true}]);
    let settings = serde_json::json!({"fields": fields}).to_string();
    let mut redact = Redact::configure(&settings, &[]).unwrap();
    let (mut bytes, mut offsets) = (Vec::new(), vec![0]);
    for number in 0..1024 {
        bytes.extend_from_slice(texts[number % texts.len()].as_bytes());
        offsets.push(bytes.len() as u32);
    }
    let event: Vec<u32> = (0..1024).collect();
    let (mut named, mut ends, mut of) = (Vec::new(), vec![0], Vec::new());
    for (event, name) in event.iter().flat_map(|event| names.iter().map(move |name| (*event, name))) {
        named.extend_from_slice(name.as_bytes());
        ends.push(named.len() as u32);
        of.push(event);
    }
    let column = [
        ColumnView { field: 0, bytes: &bytes, offsets: &offsets, event: &event },
        ColumnView { field: 1, bytes: &named, offsets: &ends, event: &of },
    ];
    let mut out = Vec::new();
    let mut best = Duration::MAX;
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(400);
    for _ in 0..rounds {
        let begin = Instant::now();
        redact.scan(std::hint::black_box(&column), &mut out).unwrap();
        best = best.min(begin.elapsed());
    }
    let each = best.as_nanos() as f64 / 1024.0;
    let rate = bytes.len() as f64 / best.as_nanos() as f64 * 1000.0;
    println!(
        "{title:34} {each:7.1} ns per value of {:3} bytes, {rate:6.0} MB/s, {} findings",
        bytes.len() / 1024,
        out.len()
    );
}

fn main() {
    let mixed: Vec<&str> = PLAIN.iter().copied().chain([HITS[0]]).chain(PLAIN).chain([HITS[1]]).collect();
    measure("free text, everything", &EVERYTHING, &mixed);
    measure("free text, ten named", &TEN, &mixed);
    measure("free text, nothing in it", &EVERYTHING, &PLAIN);
    measure("free text, e-mail only", &["person.email"], &mixed);
    let names = ["karla.braun@mail.example.net", "Braun, Karla", "finn.koch@example.org", "EXAMPLE\\kbraun"];
    for count in [0, 1, 2, 4] {
        let title = format!("free text, personal, {count} names");
        measure_naming(names.get(..count).unwrap_or_default(), "likely", &title, &["personal"], &mixed);
    }
    measure("log lines, everything", &EVERYTHING, &LOGS);
    measure("log lines, ten named", &TEN, &LOGS);
    measure(
        "a keyword again and again",
        &EVERYTHING,
        &[
            "passport a1234567 passport a1234567 passport a1234567 passport a1234567 passport a1234567 passport a1234567 ",
        ],
    );
    for entity in Redact::describe().entities {
        measure(&format!("log lines, {}", entity.name), &[entity.name], &LOGS);
    }
    let kept = [
        "2026-11-03T06:00:00Z",
        "FileAccessed",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "SharePoint",
        "en-GB",
        "Succeeded",
    ];
    measure_at("certain", "what a guard sees", &["personal", "secret", "payment"], &kept);
    measure("short names, everything", &EVERYTHING, &["Anna Smith", "report.docx", "FileAccessed", "host1"]);
}
