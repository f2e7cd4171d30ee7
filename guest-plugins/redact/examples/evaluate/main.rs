//! Measures the detector on labelled texts; shares have 95 % Wilson intervals.
//!
//! `TAMIS_DETECTION_DATA` names the folder of labelled texts, `TAMIS_CORPORA` one of unlabelled events (NDJSON), of
//! which findings per 1,000 events are printed, and how many of the known values beside them (`canaries`) are covered. `--show WHAT` prints the errors of an entity, a label, a rule or a
//! validator, `--show all` all of them.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod canaries;
mod cases;
mod common;
mod corpora;
mod names;
mod secrets;
mod spans;

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
            corpora::corpora(Path::new(&folder), show);
            canaries::canaries(Path::new(&folder), show);
        }
    }
}
