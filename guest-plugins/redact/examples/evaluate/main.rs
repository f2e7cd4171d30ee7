//! Measures the detector on labelled texts; shares have 95 % Wilson intervals.
//!
//! `TAMIS_DETECTION_DATA` names the folder of labelled texts, `TAMIS_CORPORA` one of unlabelled events (NDJSON), of
//! which findings and false alarms per 1,000 events are printed, how many of 5,000 values planted in them are found, and how many of
//! the known values beside them (`canaries`) are covered. `--show WHAT` prints the errors of an entity, a label, a rule, a
//! validator or a class, `--show all` all of them.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod canaries;
mod cases;
mod common;
mod corpora;
mod names;
#[path = "../labelled/near.rs"]
#[allow(dead_code, reason = "values that are none are not planted")]
mod near;
mod planted;
#[path = "../labelled/random.rs"]
#[allow(dead_code, reason = "values that are none are not planted")]
mod random;
mod secrets;
mod spans;
#[path = "../labelled/sums.rs"]
mod sums;
#[path = "../labelled/values/mod.rs"]
#[allow(dead_code, reason = "values that are none are not planted")]
mod values;

use std::path::Path;

fn main() {
    let show = std::env::args().skip_while(|argument| argument != "--show").nth(1);
    let show = show.as_deref();
    match std::env::var_os("TAMIS_DETECTION_DATA") {
        None => println!("skipped: TAMIS_DETECTION_DATA names no folder of labelled texts"),
        Some(folder) => {
            let folder = Path::new(&folder);
            spans::spans(&folder.join("presidio_research_synth_v2.jsonl"), show);
            spans::spans(&folder.join("presidio_research_generated_large.jsonl"), show);
            cases::cases(&folder.join("presidio_cases.jsonl"), show);
            cases::values(&folder.join("presidio_checksum_cases.jsonl"), "entity_type", show);
            cases::values(&folder.join("dd_sds_checksum_cases.jsonl"), "validator", show);
            secrets::rules(&folder.join("gitleaks_samples.jsonl"), show);
            secrets::source_lines(&folder.join("credsweeper_lines.jsonl"), show);
        }
    }
    match std::env::var_os("TAMIS_CORPORA") {
        None => println!("skipped: TAMIS_CORPORA names no folder of events"),
        Some(folder) => {
            planted::planted(Path::new(&folder));
            corpora::corpora(Path::new(&folder), show);
            canaries::canaries(Path::new(&folder), show);
        }
    }
}
