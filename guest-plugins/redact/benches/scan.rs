//! Nanoseconds per value, natively. Prints; asserts nothing.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::{Duration, Instant};

use tamis_redact::{ColumnView, Redact};

/// Free text of 100 to 150 bytes; one value in eight holds something.
const PLAIN: [&str; 7] = [
    "The quarterly report was shared with the finance group after the review meeting, and two comments were left on page seven.",
    "User opened the document library and renamed the folder that holds the drafts of the new onboarding handbook for the team",
    "Reminder: the maintenance window starts at 22:00 and ends before midnight; please save your work and close all sessions.",
    "Ticket was moved from waiting to in progress by the second line because the printer on floor 3 still shows error code 49",
    "Meeting notes: we agreed to keep the old layout until the survey is closed, then decide whether the change is worth it.",
    "The synchronisation finished with 1204 files, 3 conflicts and no errors after 18 minutes on the laptop of the project lead",
    "Changed the title of the presentation and replaced the chart on slide 12 with the table that the controlling group sent",
];
const HITS: [&str; 2] = [
    "Please forward the signed contract to anna.smith@example.com before Friday, otherwise the order can not be placed this week.",
    "Customer called and said that the payment with 4111 1111 1111 1111 was refused twice although the limit had been raised.",
];
/// Lines of a log: many digits, colons and dots.
const LOGS: [&str; 3] = [
    "Nov 21 22:12:28 host1 sshd[2314]: Failed password for invalid user admin from 192.0.2.17 port 52341 ssh2",
    "198.51.100.7 - - [21/Nov/2025:10:20:30 +0000] \"GET /images/a1b2.png HTTP/1.1\" 200 3638 \"-\" \"Mozilla/5.0 (X11)\"",
    "{\"id\":\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\",\"ts\":1700000000123,\"op\":\"FileAccessed\",\"size\":48213,\"ok\":true}",
];

/// What most detectors know.
const TEN: [&str; 10] = [
    "person.email",
    "person.phone",
    "payment.card",
    "payment.iban",
    "network.ipv4",
    "network.mac",
    "national.us.ssn",
    "secret.jwt",
    "secret.private-key",
    "secret.password",
];

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
    let everything = ["personal", "secret", "payment", "network"];
    let mixed: Vec<&str> = PLAIN.iter().copied().chain([HITS[0]]).chain(PLAIN).chain([HITS[1]]).collect();
    measure("free text, everything", &everything, &mixed);
    measure("free text, ten named", &TEN, &mixed);
    measure("free text, nothing in it", &everything, &PLAIN);
    measure("free text, e-mail only", &["person.email"], &mixed);
    let names = ["karla.braun@mail.example.net", "Braun, Karla", "finn.koch@example.org", "EXAMPLE\\kbraun"];
    for count in [0, 1, 2, 4] {
        let title = format!("free text, personal, {count} names");
        measure_naming(names.get(..count).unwrap_or_default(), "likely", &title, &["personal"], &mixed);
    }
    measure("log lines, everything", &everything, &LOGS);
    measure("log lines, ten named", &TEN, &LOGS);
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
    measure("short names, everything", &everything, &["Anna Smith", "report.docx", "FileAccessed", "host1"]);
}
