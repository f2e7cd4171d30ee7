//! What `tamis detect --eval` prints: a table by entity, and how far confidence can be believed.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::Threshold;
use super::finder::Finder;
use super::score::{Score, Share, Tally};

/// What a confidence says: the share of such findings under which something stands that has to go, be it what they say or another
/// entity. Of the kinds of texts of the labelled set, half of which only look alike; measured on its split `train`.
fn nominal(confidence: Threshold) -> f64 {
    match confidence {
        Threshold::Possible => 0.45,
        Threshold::Likely => 0.97,
        Threshold::Certain => 0.98,
    }
}

pub(super) fn print(tally: &Tally, finder: &Finder, json: bool) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    if json {
        writeln!(out, "{}", whole(tally, finder))?;
    } else {
        table(&mut out, tally)?;
        calibration(&mut out, tally)?;
    }
    out.flush()
}

fn table(out: &mut impl Write, tally: &Tally) -> io::Result<()> {
    writeln!(
        out,
        "| entity | labels | recall | precision | without confusions | F1 | as another | leaked bytes | over-hidden bytes |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|"
    )?;
    let all = std::iter::once(("**all**", &tally.all));
    for (entity, score) in tally.entities.iter().map(|(entity, score)| (entity.as_str(), score)).chain(all) {
        let Score { right, missed, another, leaked, over_hidden, .. } = score;
        let rates = Rates::of(score).all().map(|(_, rate)| rate.map_or("–".to_owned(), Rate::text));
        writeln!(
            out,
            "| {entity} | {} | {} | {another} | {leaked} | {over_hidden} |",
            right + missed,
            rates.join(" | ")
        )?;
    }
    Ok(())
}

fn calibration(out: &mut impl Write, tally: &Tally) -> io::Result<()> {
    writeln!(
        out,
        "\n| confidence | means | findings | right | right or another's | distance |\n|---|--:|--:|--:|--:|--:|"
    )?;
    for (confidence, share) in levels(tally) {
        let (means, right, held) = (nominal(confidence), share.of(share.right), share.held());
        let (name, findings) = (confidence.name(), share.findings());
        writeln!(out, "| {name} | {means:.2} | {findings} | {right:.3} | {held:.3} | {:.3} |", (held - means).abs())?;
    }
    writeln!(out, "\nexpected calibration error:")?;
    errors(tally).iter().try_for_each(|(_, what, error)| writeln!(out, "- {what}: {error:.3}"))
}

/// Expected calibration errors: name, what of, value.
fn errors(tally: &Tally) -> [(&'static str, &'static str, f64); 4] {
    let levels = levels(tally);
    let all = || levels.iter().map(|(confidence, share)| (*confidence, share));
    let each = || tally.shares.iter().map(|((_, confidence), share)| (*confidence, share));
    let likely = |(confidence, _): &(Threshold, &Share)| *confidence >= Threshold::Likely;
    [
        ("all", "of all findings", error(all())),
        ("likely", "of what is at least likely", error(all().filter(likely))),
        ("all-by-entity", "of all findings, each entity by itself", error(each())),
        ("likely-by-entity", "of what is at least likely, each entity by itself", error(each().filter(likely))),
    ]
}

/// All entities together.
fn levels(tally: &Tally) -> BTreeMap<Threshold, Share> {
    let mut levels: BTreeMap<_, Share> = BTreeMap::new();
    for ((_, confidence), share) in &tally.shares {
        let level = levels.entry(*confidence).or_default();
        level.right += share.right;
        level.wrong += share.wrong;
        level.another += share.another;
    }
    levels
}

/// The mean distance of what is from what the confidence says, over all findings.
fn error<'s>(shares: impl Iterator<Item = (Threshold, &'s Share)>) -> f64 {
    let distance = |(confidence, share): (Threshold, &Share)| {
        let findings = share.findings();
        ((share.held() - nominal(confidence)).abs() * findings as f64, findings)
    };
    let (sum, findings) = shares.map(distance).fold((0.0, 0), |(a, b), (c, d)| (a + c, b + d));
    sum / findings.max(1) as f64
}

impl Share {
    fn findings(&self) -> u64 {
        self.right + self.wrong + self.another
    }

    fn of(&self, part: u64) -> f64 {
        part as f64 / self.findings().max(1) as f64
    }

    /// The share that holds what some label says has to go.
    fn held(&self) -> f64 {
        self.of(self.right + self.another)
    }
}

fn whole(tally: &Tally, finder: &Finder) -> Value {
    let entities = tally.entities.iter().map(|(entity, score)| (entity.clone(), scored(score)));
    let levels = levels(tally);
    let level = |(confidence, share): (&Threshold, &Share)| {
        let mut level = shared(share);
        level["means"] = nominal(*confidence).into();
        (confidence.name().to_owned(), level)
    };
    let errors = errors(tally).into_iter().map(|(name, _, error)| (name.to_owned(), error.into()));
    let mut by_entity: BTreeMap<&str, BTreeMap<&str, Value>> = BTreeMap::new();
    for ((entity, confidence), share) in &tally.shares {
        by_entity.entry(entity).or_default().insert(confidence.name(), shared(share));
    }
    json!({
        "detector": finder.detector(),
        "entities": entities.collect::<serde_json::Map<_, _>>(),
        "all": scored(&tally.all),
        "calibration": {
            "levels": levels.iter().map(level).collect::<serde_json::Map<_, _>>(),
            "entities": by_entity,
            "error": errors.collect::<serde_json::Map<_, _>>(),
        },
    })
}

fn scored(score: &Score) -> Value {
    let mut value = json!({
        "labels": score.right + score.missed, "right": score.right, "missed": score.missed, "wrong": score.wrong,
        "as-another": score.another, "leaked-bytes": score.leaked, "over-hidden-bytes": score.over_hidden,
    });
    for (name, rate) in Rates::of(score).all() {
        value[name] =
            rate.map_or(Value::Null, |Rate { value, low, high }| json!({ "value": value, "low": low, "high": high }));
    }
    value
}

fn shared(share: &Share) -> Value {
    json!({
        "findings": share.findings(), "right": share.right, "as-another": share.another, "wrong": share.wrong,
        "share": share.held(),
    })
}

/// A share with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rate {
    value: f64,
    low: f64,
    high: f64,
}

impl Rate {
    fn of(hits: u64, of: u64) -> Option<Self> {
        let (low, high) = wilson(hits, of);
        (of > 0).then(|| Rate { value: hits as f64 / of as f64, low, high })
    }

    fn text(self) -> String {
        format!("{:.3} ({:.3}–{:.3})", self.value, self.low, self.high)
    }

    fn map(self, of: impl Fn(f64) -> f64) -> Self {
        Rate { value: of(self.value), low: of(self.low), high: of(self.high) }
    }
}

struct Rates {
    recall: Option<Rate>,
    precision: Option<Rate>,
    /// Findings on labels of other entities left out.
    without: Option<Rate>,
    f1: Option<Rate>,
}

impl Rates {
    fn of(score: &Score) -> Self {
        let Score { right, missed, wrong, another, .. } = *score;
        // F1 grows with the share of what is right among all that is right, missed or wrong: 2 s / (1 + s).
        let f1 = |rate: Rate| rate.map(|share| 2.0 * share / (1.0 + share));
        Self {
            recall: Rate::of(right, right + missed),
            precision: Rate::of(right, right + wrong + another),
            without: Rate::of(right, right + wrong),
            f1: Rate::of(right, right + missed + wrong + another).map(f1),
        }
    }

    fn all(&self) -> [(&'static str, Option<Rate>); 4] {
        [
            ("recall", self.recall),
            ("precision", self.precision),
            ("precision-without-confusions", self.without),
            ("f1", self.f1),
        ]
    }
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

    #[test]
    fn wilson_is_as_published() {
        let (low, high) = wilson(8, 10);
        assert!((low - 0.490).abs() < 0.001 && (high - 0.943).abs() < 0.001);
        assert!(wilson(0, 0).0 >= 0.0);
    }

    #[test]
    fn f1_is_the_harmonic_mean_and_lies_in_its_interval() {
        let score = Score { right: 8, missed: 2, wrong: 3, another: 1, ..Score::default() };
        let Rates { recall, precision, without, f1 } = Rates::of(&score);
        let [recall, precision, without, f1] = [recall, precision, without, f1].map(Option::unwrap);
        assert_eq!((recall.value, precision.value, without.value), (0.8, 8.0 / 12.0, 8.0 / 11.0));
        let harmonic = 2.0 * recall.value * precision.value / (recall.value + precision.value);
        assert!((f1.value - harmonic).abs() < 1e-12 && f1.low < f1.value && f1.value < f1.high);
        assert!(Rates::of(&Score::default()).all().iter().all(|(_, rate)| rate.is_none()));
    }

    #[test]
    fn the_error_is_weighed_by_findings() {
        let share = |right, wrong| Share { right, wrong, another: 0 };
        let (likely, certain) = (nominal(Threshold::Likely), nominal(Threshold::Certain));
        let shares = [(Threshold::Likely, share(30, 0)), (Threshold::Certain, share(0, 10))];
        let wanted = ((1.0 - likely) * 30.0 + certain * 10.0) / 40.0;
        assert!((error(shares.iter().map(|(level, share)| (*level, share))) - wanted).abs() < 1e-12);
        let apart = Share { right: 1, wrong: 1, another: 2 };
        assert_eq!((apart.of(apart.right), apart.held()), (0.25, 0.75));
    }
}
