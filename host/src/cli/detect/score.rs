//! Findings against labels.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, Write as _};
use std::path::PathBuf;

use serde::Deserialize;

use super::rows::Rows;
use super::{Finder, sources};

/// A labelled text.
#[derive(Deserialize)]
struct Labelled {
    text: String,
    #[serde(default)]
    spans: Vec<Span>,
    /// Words of the field it stands in.
    #[serde(default)]
    field: String,
}

/// What stands in a text, in characters.
#[derive(Clone, Deserialize)]
struct Span {
    start: usize,
    end: usize,
    entity: String,
}

/// More characters on each side than a finding may have.
const SLACK: usize = 3;

#[derive(Clone, Copy, Default)]
struct Score {
    right: u64,
    wrong: u64,
    missed: u64,
}

/// Prints precision, recall and F1 of each entity: a finding is right when it covers every character of a label of its entity
/// and at most three more on each side; else it is wrong, and the label missed.
pub(super) fn evaluate(finder: &Finder, files: &[PathBuf]) -> io::Result<()> {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for (name, source) in sources(files)? {
        let (mut rows, mut labels) = (Rows::new(""), Vec::new());
        for (number, line) in source.lines().enumerate() {
            // The parser's own words quote the value.
            let place = |error: serde_json::Error| {
                let (line, column) = (number + 1, error.column());
                io::Error::other(format!(
                    "{name}, line {line}, column {column}: no text with spans, as --help shows them"
                ))
            };
            let labelled: Labelled = serde_json::from_str(&line?).map_err(place)?;
            let hints = labelled.field.split_whitespace().map(str::to_owned).collect();
            rows.push(labels.len(), String::new(), labelled.text, hints);
            labels.push(labelled.spans);
        }
        let mut found: Vec<Vec<Span>> = vec![Vec::new(); labels.len()];
        finder.each(&rows, |row, text, finding| {
            let point = |at: u32| text.get(..at as usize).map_or(0, |head| head.chars().count());
            let entity = finder.entities.get(finding.entity as usize).map_or("", |entity| entity.name.as_str());
            let span = Span { start: point(finding.start), end: point(finding.end), entity: entity.to_owned() };
            found.get_mut(row.line).into_iter().for_each(|spans| spans.push(span.clone()));
            Ok(())
        })?;
        for (labels, found) in labels.iter().zip(&found) {
            count(labels, found, &mut scores);
        }
    }
    print(&scores)
}

fn count(labels: &[Span], found: &[Span], scores: &mut BTreeMap<String, Score>) {
    let hits = |label: &Span, span: &Span| {
        label.entity == span.entity
            && (span.start..=span.start + SLACK).contains(&label.start)
            && (label.end..=label.end + SLACK).contains(&span.end)
    };
    for label in labels {
        let score = scores.entry(label.entity.clone()).or_default();
        let hit = found.iter().any(|span| hits(label, span));
        *(if hit { &mut score.right } else { &mut score.missed }) += 1;
    }
    for span in found.iter().filter(|span| !labels.iter().any(|label| hits(label, span))) {
        scores.entry(span.entity.clone()).or_default().wrong += 1;
    }
}

fn print(scores: &BTreeMap<String, Score>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "| entity | labels | precision | recall | F1 |\n|---|--:|--:|--:|--:|")?;
    for (entity, Score { right, wrong, missed }) in scores {
        let share = |of: u64| {
            let (low, high) = wilson(*right, of);
            if of == 0 { "–".to_owned() } else { format!("{:.3} ({low:.3}–{high:.3})", *right as f64 / of as f64) }
        };
        let f1 = 2.0 * *right as f64 / (2 * right + wrong + missed).max(1) as f64;
        let (precision, recall) = (share(right + wrong), share(right + missed));
        writeln!(out, "| {entity} | {} | {precision} | {recall} | {f1:.3} |", right + missed)?;
    }
    Ok(())
}

/// The 95 % interval of a share (E. B. Wilson, 1927).
fn wilson(hits: u64, of: u64) -> (f64, f64) {
    const Z: f64 = 1.959_964;
    let (n, p) = (of.max(1) as f64, hits as f64 / of.max(1) as f64);
    let (middle, spread) = (p + Z * Z / (2.0 * n), Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt());
    let scale = 1.0 + Z * Z / n;
    ((middle - spread) / scale, (middle + spread) / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize, entity: &str) -> Span {
        Span { start, end, entity: entity.into() }
    }

    #[test]
    fn a_finding_covers_its_label_and_little_more() {
        for (found, right) in [((4, 9), 1), ((1, 12), 1), ((0, 9), 0), ((5, 9), 0), ((4, 13), 0)] {
            let mut scores = BTreeMap::new();
            count(&[span(4, 9, "a")], &[span(found.0, found.1, "a")], &mut scores);
            assert_eq!((scores["a"].right, scores["a"].wrong), (right, 1 - right), "{found:?}");
        }
        let mut scores = BTreeMap::new();
        count(&[span(4, 9, "a")], &[span(4, 9, "b")], &mut scores);
        assert_eq!((scores["a"].missed, scores["b"].wrong), (1, 1));
    }

    #[test]
    fn wilson_is_as_published() {
        let (low, high) = wilson(8, 10);
        assert!((low - 0.490).abs() < 0.001 && (high - 0.943).abs() < 0.001);
        assert!(wilson(0, 0).0 >= 0.0);
    }
}
