//! What is measured of a detector: what it finds in a labelled set, and how fast it is.

mod shared;

use std::error::Error;
use std::io::Write as _;

use serde::{Deserialize, Serialize};

pub use shared::{SHARED, Shared, known, ours};

pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// A text, and words of the field that it stands in.
pub struct Row {
    pub field: String,
    pub text: String,
}

/// What was found in a text, in bytes.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub entity: String,
}

/// A detector, ready to look.
pub trait Detector {
    fn name(&self) -> String;
    /// The shared entities that it knows.
    fn knows(&self) -> Vec<String>;
    /// What is found in each row.
    fn find(&mut self, rows: &[Row]) -> Outcome<Vec<Vec<Span>>>;
}

/// What a detector found in a set, and how fast it is.
#[derive(Deserialize, Serialize)]
pub struct Report {
    pub name: String,
    /// MB/s: of ordinary events, a line each; of the labelled texts, row by row; of these in texts of 16 KiB.
    pub events: f64,
    pub rows: f64,
    pub long: f64,
    pub knows: Vec<String>,
    pub found: Vec<Vec<Span>>,
}

/// A labelled text. Offsets are characters here.
#[derive(Deserialize)]
struct Labelled {
    text: String,
    #[serde(default)]
    spans: Vec<Span>,
    #[serde(default)]
    field: String,
}

/// Bytes of a long text.
const LONG: usize = 16 << 10;

/// The rows of a set with their labels, in bytes.
pub fn labelled(path: &str) -> Outcome<Vec<(Row, Vec<Span>)>> {
    let text = std::fs::read_to_string(path)?;
    let row = |line: &str| {
        let Labelled { text, mut spans, field } = serde_json::from_str(line)?;
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        for span in &mut spans {
            let place = |at: usize| starts.get(at).copied().ok_or("a label outside its text");
            (span.start, span.end) = (place(span.start)?, place(span.end)?);
        }
        Ok((Row { field, text }, spans))
    };
    text.lines().map(row).collect()
}

/// Measures a detector on the rows of a set and on ordinary events (lines of a file), and prints its report as JSON.
pub fn report(detector: &mut dyn Detector, mut rows: Vec<Row>, events: &str) -> Outcome<()> {
    let found = detector.find(&rows)?;
    let by_row = rate(detector, &rows)?;
    let events = std::fs::read_to_string(events)?;
    let field = rows.first().map(|row| row.field.clone()).unwrap_or_default();
    let events: Vec<Row> = events.lines().map(|line| Row { field: field.clone(), text: line.to_owned() }).collect();
    let events = rate(detector, &events)?;
    // As one field: what a file or the body of a request is.
    let mut long: Vec<Row> = Vec::new();
    for row in rows.drain(..) {
        match long.last_mut().filter(|last| last.text.len() < LONG) {
            Some(last) => last.text.extend(["\n", &row.text]),
            None => long.push(Row { field: field.clone(), text: row.text }),
        }
    }
    let long = rate(detector, &long)?;
    let report = Report { name: detector.name(), events, rows: by_row, long, knows: detector.knows(), found };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &report)?;
    Ok(out.flush()?)
}

/// MB/s of processor time: the machine may do other things. A second of rounds after one that does not count.
fn rate(detector: &mut dyn Detector, rows: &[Row]) -> Outcome<f64> {
    let bytes: usize = rows.iter().map(|row| row.text.len()).sum();
    detector.find(rows)?;
    let (started, mut rounds, mut spent) = (processor_seconds(), 0, 0.0);
    while spent < 1.0 {
        std::hint::black_box(detector.find(rows)?);
        rounds += 1;
        spent = processor_seconds() - started;
    }
    Ok(bytes as f64 * f64::from(rounds) / 1e6 / spent)
}

/// Processor time of the whole process.
fn processor_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it writes to `time`, and this clock is always there.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
