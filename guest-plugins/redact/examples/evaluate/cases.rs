//! Texts and values that one entity must or must not be found in.

use std::collections::BTreeMap;
use std::path::Path;

use tamis_redact::{Confidence, Finding, Redact};

use crate::common::{Counts, asked, count, lines, plain, scan, table, truth};
use crate::names::{EXCLUDED, PRESIDIO, VALIDATORS};

fn shows(show: Option<&str>, of: &str) -> bool {
    show.is_some_and(|show| show == of || show == "all")
}

/// FNV-1a.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn excluded(of: &str, text: &str) -> bool {
    EXCLUDED.iter().any(|(name, value, _)| *name == of && *value == digest(text))
}

/// Whether every span is met, or nothing is found where there is none.
fn right(found: &[Finding], truth: &[(u32, u32)]) -> bool {
    let met = |&(start, end): &(u32, u32)| found.iter().any(|one| one.start < end && start < one.end);
    if truth.is_empty() { found.is_empty() } else { truth.iter().all(met) }
}

/// Texts in *asked* mode; those that need a keyword also behind one, and behind another word.
pub(crate) fn cases(file: &Path, show: Option<&str>) {
    let (mut told, mut weak, mut alone) = (Counts::new(), Counts::new(), Counts::new());
    let mut detectors: BTreeMap<&str, (Redact, Redact)> = BTreeMap::new();
    let (mut left_out, mut foreign) = (0, Counts::new());
    for row in &lines(file) {
        let (label, text) = (row["entity_type"].as_str().unwrap(), row["text"].as_str().unwrap());
        let strength = row["strength"].as_str().unwrap();
        let Some(&(_, entities, keyword)) = PRESIDIO.iter().find(|(name, ..)| *name == label) else {
            count(&mut foreign, label, true);
            continue;
        };
        if excluded(label, text) {
            left_out += 1;
            continue;
        }
        let (asked, plain) = detectors.entry(label).or_insert_with(|| (asked(entities), plain(entities)));
        let spans = truth(row, "expected_spans", text);
        let answer = right(&scan(asked, text), &spans);
        count(&mut told, label, answer);
        if !answer && shows(show, label) {
            println!("{label} {} {text:?} ({strength})", if spans.is_empty() { "wrong " } else { "missed" });
        }
        if strength == "weak" {
            let found = !scan(plain, &format!("{keyword}: {text}")).is_empty();
            // The value alone: some rows have a keyword of their own.
            let value = spans.first().and_then(|&(start, end)| text.get(start as usize..end as usize)).unwrap_or(text);
            let still = scan(plain, &format!("ticket {value}")).is_empty();
            count(&mut weak, label, found);
            count(&mut alone, label, still);
            if !(found && still) && shows(show, label) {
                println!(
                    "{label} {} {text:?}",
                    if found { "found behind `ticket`" } else { "missed behind a keyword" }
                );
            }
        }
    }
    let name = file.file_name().unwrap().to_string_lossy();
    table(&format!("{name}, asked"), &told, 0.97);
    table("  weak rows found behind a keyword", &weak, 0.95);
    table("  weak rows not found behind another word", &alone, 0.95);
    println!("  {left_out} rows left out (reasons in names.rs); labels of no entity here: {foreign:?}");
}

/// Single values: found in *asked* mode, as a whole, or not.
pub(crate) fn values(file: &Path, column: &str, show: Option<&str>) {
    let mut counts = Counts::new();
    let (mut left_out, mut foreign) = (0, Counts::new());
    for row in &lines(file) {
        let (name, value) = (row[column].as_str().unwrap(), row["value"].as_str().unwrap());
        // Presidio's `null`: neither right nor wrong.
        let Some(valid) = row["valid"].as_bool() else { continue };
        let of = VALIDATORS.iter().find(|(validator, _)| *validator == name).map(|(_, entities)| *entities);
        let of = of.or_else(|| PRESIDIO.iter().find(|(label, ..)| *label == name).map(|(_, entities, _)| *entities));
        let Some(entities) = of else {
            count(&mut foreign, name, true);
            continue;
        };
        if excluded(name, value) {
            left_out += 1;
            continue;
        }
        // A token's verdict is that it is certain: a failed check leaves long ones likely.
        let is_token = entities.iter().all(|entity| entity.starts_with("secret."));
        let mut redact = if is_token { plain(entities) } else { asked(entities) };
        let found =
            scan(&mut redact, value).iter().any(|one| !is_token || one.confidence == Confidence::Certain as u32);
        count(&mut counts, name, found == valid);
        if found != valid && shows(show, name) {
            println!("{name} {} {value:?}", if found { "wrong " } else { "missed" });
        }
    }
    table(&format!("{}, asked", file.file_name().unwrap().to_string_lossy()), &counts, 0.97);
    println!("  {left_out} values left out (reasons in names.rs); validators of no entity here: {foreign:?}");
}
