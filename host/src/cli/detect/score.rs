//! Findings against labels.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _};
use std::ops::Range;
use std::path::PathBuf;

use serde::Deserialize;

use super::finder::{Finder, Found};
use super::rows::Rows;
use super::{BATCH, Threshold, report, sources};

/// A labelled text.
#[derive(Deserialize)]
struct Labelled {
    text: String,
    #[serde(default)]
    spans: Vec<Label>,
    /// Words of the field it stands in.
    #[serde(default)]
    field: String,
}

/// What stands in a text, in characters.
#[derive(Deserialize)]
struct Label {
    start: usize,
    end: usize,
    entity: String,
}

/// A label or a finding, in bytes of its text.
#[derive(Clone, Debug)]
struct Span {
    start: usize,
    end: usize,
    entity: String,
}

/// More characters on each side than a finding may have.
const SLACK: usize = 3;

/// What became of the labels and the findings of an entity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Score {
    /// Labels that a finding hits, and those that none does.
    pub(super) right: u64,
    pub(super) missed: u64,
    /// Findings that hit no label: on no label of another entity, and on one.
    pub(super) wrong: u64,
    pub(super) another: u64,
    /// Bytes of labels that no finding of any entity covers.
    pub(super) leaked: u64,
    /// Bytes of findings on which there is no label of any entity.
    pub(super) over_hidden: u64,
}

/// Findings of one confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Share {
    pub(super) right: u64,
    pub(super) wrong: u64,
    pub(super) another: u64,
}

/// Everything that is counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) entities: BTreeMap<String, Score>,
    /// Of all of them; a byte counts once.
    pub(super) all: Score,
    /// By entity and confidence, of everything that is at least possible.
    pub(super) shares: BTreeMap<(String, Threshold), Share>,
}

/// Prints how well labels are found. A finding is right when it covers every character of a label of its entity and at most three
/// more on each side; else it is a false alarm, and the label missed.
pub(super) fn evaluate(finder: &Finder, files: &[PathBuf], json: bool) -> io::Result<()> {
    let mut tally = Tally::default();
    for (name, source) in sources(files)? {
        let (mut rows, mut labels) = (Rows::new(""), Vec::new());
        let mut lines = source.lines().enumerate().peekable();
        while let Some((number, line)) = lines.next() {
            let (labelled, spans) = read(&line?).map_err(|column| {
                let place = format!("{name}, line {}, column {column}", number + 1);
                io::Error::other(format!("{place}: no text with spans, as --help shows them"))
            })?;
            let hints = labelled.field.split_whitespace().map(str::to_owned).collect();
            rows.push(labels.len(), String::new(), labelled.text, hints);
            labels.push(spans);
            if rows.bytes() >= BATCH || lines.peek().is_none() {
                tally.batch(finder, &rows, &labels)?;
                rows.clear();
                labels.clear();
            }
        }
    }
    report::print(&tally, finder, json)
}

/// A line and its labels, or the column where it is wrong. The parser's own words would quote the value.
fn read(line: &str) -> Result<(Labelled, Vec<Span>), usize> {
    let labelled: Labelled = serde_json::from_str(line).map_err(|error| error.column())?;
    let starts: Vec<usize> = labelled.text.char_indices().map(|(at, _)| at).chain([labelled.text.len()]).collect();
    let span = |label: &Label| {
        let (start, end) = (*starts.get(label.start)?, *starts.get(label.end)?);
        (start < end).then(|| Span { start, end, entity: label.entity.clone() })
    };
    let spans = labelled.spans.iter().map(span).collect::<Option<_>>().ok_or(line.len())?;
    Ok((labelled, spans))
}

impl Tally {
    fn batch(&mut self, finder: &Finder, rows: &Rows, labels: &[Vec<Span>]) -> io::Result<()> {
        let (found, possible) = (finder.find(rows)?, finder.find_from(rows, Threshold::Possible)?);
        let (found, possible) = (by_row(&found, rows), by_row(&possible, rows));
        for ((row, labels), (found, possible)) in rows.all().iter().zip(labels).zip(found.iter().zip(&possible)) {
            self.count(&row.text, labels, found);
            self.calibrate(&row.text, labels, possible);
        }
        Ok(())
    }

    fn count(&mut self, text: &str, labels: &[Span], found: &[(Span, Threshold)]) {
        let (hidden, meant) = (united(found.iter().map(|(span, _)| span)), united(labels));
        for label in labels {
            let right = found.iter().any(|(span, _)| hits(text, span, label));
            let leaked = outside(label.start..label.end, &hidden);
            self.each(&label.entity, |score| *(if right { &mut score.right } else { &mut score.missed }) += 1);
            self.entities.entry(label.entity.clone()).or_default().leaked += leaked;
        }
        for (span, _) in found {
            match judge(text, span, labels) {
                Verdict::Right => {}
                Verdict::Wrong => self.each(&span.entity, |score| score.wrong += 1),
                Verdict::Another => self.each(&span.entity, |score| score.another += 1),
            }
            self.entities.entry(span.entity.clone()).or_default().over_hidden += outside(span.start..span.end, &meant);
        }
        self.all.leaked += meant.iter().map(|range| outside(range.clone(), &hidden)).sum::<u64>();
        self.all.over_hidden += hidden.iter().map(|range| outside(range.clone(), &meant)).sum::<u64>();
    }

    fn each(&mut self, entity: &str, add: impl Fn(&mut Score)) {
        add(self.entities.entry(entity.to_owned()).or_default());
        add(&mut self.all);
    }

    fn calibrate(&mut self, text: &str, labels: &[Span], found: &[(Span, Threshold)]) {
        for (span, confidence) in found {
            let share = self.shares.entry((span.entity.clone(), *confidence)).or_default();
            *match judge(text, span, labels) {
                Verdict::Right => &mut share.right,
                Verdict::Wrong => &mut share.wrong,
                Verdict::Another => &mut share.another,
            } += 1;
        }
    }
}

/// What is found in each row.
fn by_row(found: &[Found<'_>], rows: &Rows) -> Vec<Vec<(Span, Threshold)>> {
    let mut spans = vec![Vec::new(); rows.all().len()];
    for found in found {
        let span = Span { start: found.start, end: found.end, entity: found.entity.name.clone() };
        spans.get_mut(found.row).into_iter().for_each(|spans| spans.push((span.clone(), found.confidence)));
    }
    spans
}

enum Verdict {
    Right,
    Wrong,
    /// On a label of another entity, and on none of its own.
    Another,
}

fn judge(text: &str, span: &Span, labels: &[Span]) -> Verdict {
    let met = |own: bool| labels.iter().any(|label| (label.entity == span.entity) == own && meets(span, label));
    if labels.iter().any(|label| hits(text, span, label)) {
        Verdict::Right
    } else if !met(true) && met(false) {
        Verdict::Another
    } else {
        Verdict::Wrong
    }
}

fn hits(text: &str, span: &Span, label: &Span) -> bool {
    let slack = |range: Range<usize>| text.get(range).is_some_and(|more| more.chars().count() <= SLACK);
    label.entity == span.entity && slack(span.start..label.start) && slack(label.end..span.end)
}

fn meets(one: &Span, other: &Span) -> bool {
    one.start < other.end && other.start < one.end
}

/// The bytes of spans, each once, in order.
fn united<'s>(spans: impl IntoIterator<Item = &'s Span>) -> Vec<Range<usize>> {
    let mut ranges: Vec<_> = spans.into_iter().map(|span| span.start..span.end).collect();
    ranges.sort_by_key(|range| range.start);
    let mut united: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match united.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => united.push(range),
        }
    }
    united
}

/// How many bytes of a range lie in none of the others, which are apart.
fn outside(range: Range<usize>, others: &[Range<usize>]) -> u64 {
    let shared = others.iter().map(|other| range.end.min(other.end).saturating_sub(range.start.max(other.start)));
    (range.len() - shared.sum::<usize>()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize, entity: &str) -> Span {
        Span { start, end, entity: entity.into() }
    }

    fn counted(text: &str, labels: &[Span], found: &[Span]) -> Tally {
        let mut tally = Tally::default();
        let found: Vec<_> = found.iter().map(|span| (span.clone(), Threshold::Likely)).collect();
        tally.count(text, labels, &found);
        tally.calibrate(text, labels, &found);
        tally
    }

    #[test]
    fn a_finding_covers_its_label_and_little_more() {
        // Three characters, of two bytes each where they are letters with dots.
        let text = "öööö56789öööö";
        let label = span(8, 13, "a");
        for (found, right) in [((8, 13), 1), ((2, 19), 1), ((0, 13), 0), ((9, 13), 0), ((8, 21), 0)] {
            let tally = counted(text, std::slice::from_ref(&label), &[span(found.0, found.1, "a")]);
            let a = tally.entities["a"];
            assert_eq!((a.right, a.missed, a.wrong, a.another), (right, 1 - right, 1 - right, 0), "{found:?}");
            assert_eq!((tally.all.right, tally.all.wrong), (right, 1 - right));
            let share = tally.shares[&("a".into(), Threshold::Likely)];
            assert_eq!((share.right, share.wrong, share.another), (right, 1 - right, 0));
        }
    }

    #[test]
    fn a_finding_on_the_label_of_another_is_apart() {
        let labels = [span(4, 9, "a"), span(12, 14, "b")];
        let tally = counted("0123456789abcdefgh", &labels, &[span(4, 9, "b"), span(15, 17, "b")]);
        let (a, b) = (tally.entities["a"], tally.entities["b"]);
        assert_eq!((a.missed, a.leaked), (1, 0), "it is hidden, though as something else");
        assert_eq!((b.missed, b.another, b.wrong, b.leaked, b.over_hidden), (1, 1, 1, 2, 2));
        // One that meets a label of its own is no confusion: its extent is wrong.
        let tally = counted("0123456789abcdefgh", &labels, &[span(8, 14, "b")]);
        assert_eq!((tally.entities["b"].another, tally.entities["b"].wrong), (0, 1));
    }

    #[test]
    fn a_byte_counts_once() {
        let labels = [span(0, 6, "a"), span(4, 8, "b")];
        let found = [span(2, 4, "a"), span(3, 5, "b"), span(10, 12, "a"), span(11, 13, "b")];
        let tally = counted("0123456789abcdefgh", &labels, &found);
        assert_eq!((tally.entities["a"].leaked, tally.entities["b"].leaked), (3, 3));
        assert_eq!((tally.all.leaked, tally.all.over_hidden), (5, 3));
    }

    #[test]
    fn labels_lie_in_their_text() {
        let (_, spans) = read(r#"{"text":"ö x","spans":[{"start":2,"end":3,"entity":"a"}]}"#).unwrap();
        assert_eq!((spans[0].start, spans[0].end), (3, 4));
        for (start, end) in [(2, 4), (2, 2), (3, 2)] {
            let line = format!(r#"{{"text":"ö x","spans":[{{"start":{start},"end":{end},"entity":"a"}}]}}"#);
            assert!(read(&line).is_err(), "{line}");
        }
    }
}
