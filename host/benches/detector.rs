//! What the built-in detector takes in its sandbox: `cargo bench -p tamis --bench detector`.
//!
//! Free text and lines of a log, looked through for everything and for ten named entities; the best of many runs. `REDACT=FILE`
//! measures another component, `ROUNDS=N` says how often.

#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use std::error::Error;
use std::time::{Duration, Instant};

use tamis::event::ColumnBuf;
use tamis::plugin::{Detector as _, Grant, Host, Limits, Plugin, Reuse};

include!("../../guest-plugins/redact/benches/common/texts.rs");

/// Values in a call.
const VALUES: usize = 1024;

/// Nanoseconds a value.
fn measure(plugin: &std::sync::Arc<Plugin>, find: &[&str], texts: &[&str]) -> Result<f64, Box<dyn Error>> {
    let settings = serde_json::json!({ "fields": [{ "find": find }] }).to_string();
    let mut detector = plugin.configure(&settings, Vec::new())?.detector(Reuse::Reused).ok_or("it is no detector")?;
    let mut column = ColumnBuf::new(0);
    for (event, text) in (0..).zip(texts.iter().cycle().take(VALUES)) {
        column.push(event, text.as_bytes());
    }
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(400);
    let mut best = Duration::MAX;
    for _ in 0..rounds {
        let begin = Instant::now();
        let found = detector.scan(&[column.view()]).map_err(|failure| format!("{failure:?}"))?;
        best = best.min(begin.elapsed());
        std::hint::black_box(found);
    }
    Ok(best.as_nanos() as f64 / VALUES as f64)
}

fn main() -> Result<(), Box<dyn Error>> {
    let host = Host::new(Limits { call: Duration::from_secs(60), ..Limits::default() }, None)?;
    let plugin = match std::env::var_os("REDACT") {
        Some(path) => host.load(path.as_ref(), &Grant::default())?,
        None => host.builtin("redact")?,
    };
    let mixed: Vec<&str> = PLAIN.iter().copied().chain([HITS[0]]).chain(PLAIN).chain([HITS[1]]).collect();
    for (title, texts) in [("free text", mixed.as_slice()), ("log lines", &LOGS)] {
        let (ten, all) = (measure(&plugin, &TEN, texts)?, measure(&plugin, &EVERYTHING, texts)?);
        let bytes = texts.iter().map(|text| text.len()).sum::<usize>() as f64 / texts.len() as f64;
        let rate = |nanos: f64| bytes / nanos * 1000.0;
        println!(
            "{title}: everything {all:.0} ns a value ({:.0} MB/s), ten entities {ten:.0} ns ({:.0} MB/s), ratio {:.2}",
            rate(all),
            rate(ten),
            ten / all
        );
    }
    Ok(())
}
