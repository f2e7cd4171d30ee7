//! Labelled spans in texts, everything on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::common::{all, byte, lines, scan, share};

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

/// Further entities, and labels that theirs may have.
const FURTHER: [(&str, &str); 5] = [
    ("person.name", "PERSON"),
    ("person.birth-date", "DATE_TIME"),
    ("national.us.driver-licence", "US_DRIVER_LICENSE"),
    ("national.de.postcode", "ZIP_CODE"),
    ("national.uk.postcode", "ZIP_CODE"),
];

#[derive(Default)]
struct Score {
    right: u32,
    wrong: u32,
    missed: u32,
}

/// The spans of a label, in bytes.
fn truth(spans: &Value, label: &str, text: &str) -> Vec<(u32, u32)> {
    let of_label = spans.as_array().into_iter().flatten().filter(|span| span["entity_type"] == label);
    let at = |span: &Value, side: &str| byte(text, span[side].as_u64().unwrap());
    of_label.map(|span| (at(span, "start_position"), at(span, "end_position"))).collect()
}

/// Labelled spans; a finding is right when it overlaps one.
pub(crate) fn spans(file: &Path, show: Option<&str>) {
    let rows = lines(file);
    let (mut redact, names) = all();
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    let mut others: BTreeMap<&str, u32> = BTreeMap::new();
    for row in &rows {
        let text = row["full_text"].as_str().unwrap();
        let found = scan(&mut redact, text);
        for one in &found {
            let name = names[one.entity as usize];
            if LABELS.iter().any(|(_, entities)| entities.contains(&name)) {
                continue;
            }
            let label = FURTHER.iter().find(|(entity, _)| *entity == name).map_or("", |(_, label)| label);
            if truth(&row["spans"], label, text).iter().any(|&(start, end)| start < one.end && one.start < end) {
                continue;
            }
            *others.entry(name).or_default() += 1;
            if show == Some(name) || show == Some("all") {
                println!("{name} {:?} in {text:?}", &text[one.start as usize..one.end as usize]);
            }
        }
        for (label, entities) in LABELS {
            let score = scores.entry(label).or_default();
            let truth = truth(&row["spans"], label, text);
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
    let sum: u32 = others.values().sum();
    println!(
        "false alarms of all other entities: {sum}, {:.1} per 1,000 texts",
        f64::from(sum) * 1000.0 / rows.len() as f64
    );
    for (name, count) in others {
        println!("  {name:40} {count:4}");
    }
}
