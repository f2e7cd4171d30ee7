//! A labelled set of activity and audit events, and what the detector makes of it. `DATASHEET.md` says what the set is.
//!
//! ```text
//! cargo run --release -p tamis-redact --example labelled -- write [SEED] > events.jsonl
//! cargo run --release -p tamis-redact --example labelled -- causes events.jsonl [ENTITY]
//! ```
//!
//! `write` prints lines that `tamis detect --eval` reads. `causes` counts misses and false alarms by cause; with an entity, it
//! prints its errors too.

mod causes;
mod near;
mod random;
mod set;
mod sources;
mod sums;
mod text;
mod values;

use std::io::{self, Write as _};

/// The seed of the set that is reported on.
const SEED: u64 = 2026;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["write"] => write(SEED),
        ["write", seed] => write(seed.parse().map_err(io::Error::other)?),
        ["causes", file] => causes::print(file, None),
        ["causes", file, entity] => causes::print(file, Some(entity)),
        _ => Err(io::Error::other("say `write [SEED]` or `causes FILE [ENTITY]`")),
    }
}

fn write(seed: u64) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in set::lines(seed) {
        writeln!(out, "{}", line.json())?;
    }
    out.flush()
}
