//! What all measures need: rows of a file, a detector, shares with their intervals.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use tamis_redact::{ColumnView, Finding, Redact};

pub(crate) fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    if text.is_empty() {
        println!("skipped: {} is not there", file.display());
    }
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

pub(crate) fn all() -> (Redact, Vec<&'static str>) {
    let names: Vec<_> = Redact::describe().entities.iter().map(|entity| entity.name).collect();
    let settings = serde_json::json!({"fields": [{"find": names}]}).to_string();
    (Redact::configure(&settings, &[]).unwrap(), names)
}

pub(crate) fn scan(redact: &mut Redact, text: &str) -> Vec<Finding> {
    let mut out = Vec::new();
    let column = ColumnView { field: 0, bytes: text.as_bytes(), offsets: &[0, text.len() as u32], event: &[0] };
    redact.scan(&[column], &mut out).unwrap();
    out
}

/// The byte at which a code point begins.
pub(crate) fn byte(text: &str, point: u64) -> u32 {
    text.char_indices().nth(point as usize).map_or(text.len(), |(at, _)| at) as u32
}

/// A detector of some entities, for a field that is declared to hold them.
pub(crate) fn asked(names: &[&str]) -> Redact {
    let settings = serde_json::json!({"fields": [{"find": names, "hints": names, "threshold": "likely"}]}).to_string();
    Redact::configure(&settings, &[]).unwrap()
}

/// A detector of some entities or sets, in a field of which nothing is known.
pub(crate) fn plain(find: &[&str]) -> Redact {
    let settings = serde_json::json!({"fields": [{"find": find, "threshold": "likely"}]}).to_string();
    Redact::configure(&settings, &[]).unwrap()
}

/// The spans of a row, in bytes.
pub(crate) fn truth(row: &Value, of: &str, text: &str) -> Vec<(u32, u32)> {
    let at = |span: &Value, side: &str| byte(text, span[side].as_u64().unwrap());
    row[of].as_array().into_iter().flatten().map(|span| (at(span, "start"), at(span, "end"))).collect()
}

/// Right answers and all of them.
pub(crate) type Counts = BTreeMap<String, (u32, u32)>;

pub(crate) fn count(counts: &mut Counts, of: &str, right: bool) {
    let count = counts.entry(of.to_owned()).or_default();
    count.0 += u32::from(right);
    count.1 += 1;
}

/// Prints the rows that are below a goal, and the sum.
pub(crate) fn table(title: &str, counts: &Counts, goal: f64) {
    let sum = counts.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    println!("\n{title}: {} of {}, {} (goal {goal})", sum.0, sum.1, share(sum.0, sum.1));
    for (name, (right, all)) in counts.iter().filter(|(_, (right, all))| right < all) {
        println!("  {name:40} {right:4} of {all:4}");
    }
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

pub(crate) fn share(hits: u32, of: u32) -> String {
    let (low, high) = wilson(hits, of);
    format!("{:.3} [{low:.3}, {high:.3}]", f64::from(hits) / f64::from(of.max(1)))
}
