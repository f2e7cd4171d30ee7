//! `table SET RESULT…`, the first one Tamis: findings against labels, as `tamis detect --eval` scores them: a finding is right when it covers its label and at most three
//! characters more on each side; else it is a false alarm, and the label missed.

use std::collections::BTreeMap;
use std::ops::Range;

use measure::{Outcome, Report, Row, SHARED, Span, labelled};

const SLACK: usize = 3;

#[derive(Clone, Copy, Default)]
struct Score {
    right: u64,
    missed: u64,
    wrong: u64,
    /// Findings on the label of another entity.
    another: u64,
}

impl Score {
    fn add(&mut self, other: &Score) {
        self.right += other.right;
        self.missed += other.missed;
        self.wrong += other.wrong;
        self.another += other.another;
    }

    fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong + self.another)
    }

    fn recall(&self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    fn f1(&self) -> f64 {
        share(2 * self.right, 2 * self.right + self.missed + self.wrong + self.another)
    }

    /// The same if a finding on another's label is none.
    fn f1_without(&self) -> f64 {
        share(2 * self.right, 2 * self.right + self.missed + self.wrong)
    }
}

fn share(of: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { of as f64 / all as f64 }
}

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let set = labelled(&arguments.next().ok_or("say `table SET RESULT…`")?)?;
    print(&set, &arguments.collect::<Vec<_>>())
}

fn print(set: &[(Row, Vec<Span>)], results: &[String]) -> Outcome<()> {
    let read = |path: &String| -> Outcome<Report> { Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?) };
    let reports: Vec<Report> = results.iter().map(read).collect::<Outcome<_>>()?;
    let scores: Vec<_> = reports.iter().map(|report| score(set, report)).collect();
    let (Some(own), Some(own_scores)) = (reports.first(), scores.first()) else { return Err("no results".into()) };
    println!("{} texts, {} bytes; one core\n", set.len(), set.iter().map(|(row, _)| row.text.len()).sum::<usize>());
    println!(
        "| detector | MB/s, ordinary events | Tamis ÷ it | labelled texts | Tamis ÷ it | in texts of 16 KiB | Tamis ÷ it | shared entities | precision | recall | F1 | F1 without confusions | Tamis' F1 on them | without confusions |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (report, scores) in reports.iter().zip(&scores) {
        let pooled = |scores: &BTreeMap<&str, Score>| {
            let mut sum = Score::default();
            scores
                .iter()
                .filter(|(entity, _)| report.knows.iter().any(|known| known == *entity))
                .for_each(|(_, score)| sum.add(score));
            sum
        };
        let (its, ours) = (pooled(scores), pooled(own_scores));
        println!(
            "| {} | {:.3} | {:.2} | {:.3} | {:.2} | {:.3} | {:.2} | {} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} |",
            report.name,
            report.events,
            own.events / report.events,
            report.rows,
            own.rows / report.rows,
            report.long,
            own.long / report.long,
            report.knows.len(),
            its.precision(),
            its.recall(),
            its.f1(),
            its.f1_without(),
            ours.f1(),
            ours.f1_without(),
        );
    }
    println!("\nPrecision / recall / F1 of each entity:\n");
    println!("| entity | {} |", reports.iter().map(|report| report.name.as_str()).collect::<Vec<_>>().join(" | "));
    println!("|---|{}", "--:|".repeat(reports.len()));
    for entity in SHARED.iter().map(|shared| shared.entity) {
        let cell = |(report, scores): (&Report, &BTreeMap<&str, Score>)| match scores.get(entity) {
            Some(score) if report.knows.iter().any(|known| known == entity) => {
                format!("{:.3} / {:.3} / {:.3}", score.precision(), score.recall(), score.f1())
            }
            _ => "–".to_owned(),
        };
        println!("| {entity} | {} |", reports.iter().zip(&scores).map(cell).collect::<Vec<_>>().join(" | "));
    }
    Ok(())
}

/// By shared entity.
fn score(set: &[(Row, Vec<Span>)], report: &Report) -> BTreeMap<&'static str, Score> {
    let mut scores: BTreeMap<&'static str, Score> =
        SHARED.iter().map(|shared| (shared.entity, Score::default())).collect();
    for ((row, labels), found) in set.iter().zip(&report.found) {
        for label in labels {
            let Some(score) = scores.get_mut(label.entity.as_str()) else { continue };
            let right = found.iter().any(|span| hits(&row.text, span, label));
            *(if right { &mut score.right } else { &mut score.missed }) += 1;
        }
        for span in found.iter().filter(|span| !labels.iter().any(|label| hits(&row.text, span, label))) {
            let Some(score) = scores.get_mut(span.entity.as_str()) else { continue };
            let met = |own: bool| labels.iter().any(|label| (label.entity == span.entity) == own && meets(span, label));
            *(if !met(true) && met(false) { &mut score.another } else { &mut score.wrong }) += 1;
        }
    }
    scores
}

fn hits(text: &str, span: &Span, label: &Span) -> bool {
    let slack = |range: Range<usize>| text.get(range).is_some_and(|more| more.chars().count() <= SLACK);
    label.entity == span.entity && slack(span.start..label.start) && slack(label.end..span.end)
}

fn meets(one: &Span, other: &Span) -> bool {
    one.start < other.end && other.start < one.end
}
