//! The set: every kind in texts of every source, rightly and wrongly.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::near::{business, common};
use crate::random::{Random, hash};
use crate::sources::{self, Fits, Template};
use crate::text::{Filling, Text, field, filled};
use crate::values::{self, Class, Kind, Wrong, alike, spoiled, written};

/// Texts with a value of the kind, and as many without.
pub(crate) const EACH: usize = 120;

/// A line of the set.
pub(crate) struct Line {
    pub(crate) about: &'static str,
    /// Whether it holds a value of the kind it is about.
    pub(crate) positive: bool,
    pub(crate) template: &'static Template,
    pub(crate) generator: String,
    pub(crate) field: String,
    pub(crate) text: Text,
}

/// All lines, in the order of kinds.
pub(crate) fn lines(seed: u64) -> Vec<Line> {
    values::all().flat_map(|kind| of(kind, seed)).collect()
}

fn of(kind: &'static Kind, seed: u64) -> Vec<Line> {
    // A kind's values depend on its name alone, not on what else there is.
    let mut random = Random::new(seed ^ hash(kind.entity));
    let mut fitting: Vec<&Template> = sources::all().filter(|template| template.fits.takes(kind.class)).collect();
    for at in (1..fitting.len()).rev() {
        fitting.swap(at, random.below(at as u64 + 1) as usize);
    }
    // A version is no version where a line of sshd has the address.
    let plain = match kind.class {
        Class::Block => Fits::Block,
        Class::Name => Fits::Name,
        _ => Fits::Named,
    };
    let plain: Vec<&Template> = fitting.iter().copied().filter(|of| of.fits == plain).collect();
    let (mut lines, mut known) = (Vec::new(), BTreeSet::new());
    for round in 0..EACH {
        lines.push(new(&mut known, || positive(kind, fitting[round % fitting.len()], &mut random)));
        lines.push(new(&mut known, || negative(kind, plain[round % plain.len()], round, &mut random)));
    }
    lines
}

/// A line that is not known yet; some look-alikes are so few that a text cannot have another.
fn new(known: &mut BTreeSet<(String, String)>, mut make: impl FnMut() -> Line) -> Line {
    let mut line = make();
    for _ in 0..16 {
        if known.insert((line.field.clone(), line.text.text.clone())) {
            break;
        }
        line = make();
    }
    line
}

/// What people call it in a language: there, everywhere, or in English.
fn label(kind: &Kind, language: &str, random: &mut Random) -> &'static str {
    let own: Vec<_> = kind.labels.iter().filter(|(of, _)| *of == language).collect();
    let everywhere: Vec<_> = kind.labels.iter().filter(|(of, _)| *of == "*").collect();
    let mut from = if own.is_empty() { everywhere } else { own };
    if from.is_empty() {
        from = kind.labels.iter().collect();
    }
    random.pick(&from).1
}

fn positive(kind: &'static Kind, template: &'static Template, random: &mut Random) -> Line {
    let form = random.pick(kind.forms);
    let value = written(&(kind.make)(random), form);
    let generator = format!("{}/{}", kind.entity, if form.is_empty() { "plain" } else { form });
    let (label, key) = (label(kind, template.language, random), *random.pick(kind.keys));
    let filling = Filling { label, key, value: &value, entity: Some(kind.entity) };
    line(kind, (true, template), generator, &filling, random)
}

/// Of ten: five that break the rule and are called the same, three of the same shape that are called something else, two of
/// what logs are full of.
fn negative(kind: &'static Kind, template: &'static Template, round: usize, random: &mut Random) -> Line {
    let form = random.pick(kind.forms);
    let own = label(kind, template.language, random);
    let (how, label, key, value) = match (round % 10, &kind.wrong) {
        (0..5, Wrong::At(at)) => {
            let value = spoiled(&(kind.make)(random), *at, random);
            ("spoiled", own, *random.pick(kind.keys), written(&value, form))
        }
        (0..5, Wrong::Made(make)) => ("against-rule", own, *random.pick(kind.keys), written(&make(random), form)),
        (0..8, Wrong::Else(make)) => {
            let (label, key, value) = make(random);
            ("look-alike", label, key, value)
        }
        (5..8, _) => {
            let (label, key) = business(template.language, random);
            ("other-name", label, key, alike(&written(&(kind.make)(random), form), random))
        }
        _ => {
            let (label, key, value) = common(random);
            ("common", label, key, value)
        }
    };
    let generator = format!("{}/not/{how}", kind.entity);
    line(kind, (false, template), generator, &Filling { label, key, value: &value, entity: None }, random)
}

fn line(
    kind: &'static Kind,
    (positive, template): (bool, &'static Template),
    generator: String,
    filling: &Filling<'_>,
    random: &mut Random,
) -> Line {
    let text = filled(template, filling, random);
    Line { about: kind.entity, positive, template, generator, field: field(template, filling.key), text }
}

impl Line {
    /// Three in ten are for tests. Template, source and generator decide together, so none of these triples is on both sides.
    pub(crate) fn split(&self) -> &'static str {
        let Template { source, name, language, .. } = self.template;
        if hash(&format!("{source} {name} {language} {}", self.generator)) >> 20 & 1023 < 307 {
            "test"
        } else {
            "train"
        }
    }

    pub(crate) fn json(&self) -> Value {
        let Template { source, name, language, .. } = self.template;
        let spans: Vec<Value> = self
            .text
            .spans
            .iter()
            .map(|span| json!({ "start": span.start, "end": span.end, "entity": span.entity }))
            .collect();
        json!({
            "text": self.text.text, "spans": spans, "field": self.field, "split": self.split(), "source": source,
            "template": format!("{source}/{name}/{language}"), "language": language, "generator": self.generator,
            "about": self.about, "positive": self.positive,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_seed_gives_one_set() {
        let set = |seed| lines(seed).iter().map(|line| line.json().to_string()).collect::<Vec<_>>();
        assert_eq!(set(7), set(7));
        assert_ne!(set(7), set(8));
    }

    #[test]
    fn no_kind_has_a_line_twice() {
        let mut known = BTreeSet::new();
        for line in lines(7) {
            assert!(known.insert((line.about, line.field, line.text.text.clone())), "{}", line.text.text);
        }
    }

    #[test]
    fn labels_point_at_values() {
        for line in lines(7) {
            let Text { text, spans } = &line.text;
            let count = text.chars().count();
            for span in spans {
                let value: String = text.chars().skip(span.start).take(span.end - span.start).collect();
                assert!(span.start < span.end && span.end <= count && value.trim() == value, "{value:?} in {text:?}");
                if span.entity == "network.ipv4" {
                    assert!(value.parse::<std::net::Ipv4Addr>().is_ok(), "{value}");
                }
                if span.entity == "person.email" {
                    assert!(value.contains('@') || value.contains("%40"), "{value}");
                }
            }
            assert!(!line.positive || spans.iter().any(|span| span.entity == line.about), "{text}");
            assert!(!text.contains("{say}") && !text.contains("{v}") && !line.field.contains('{'), "{text}");
        }
    }

    #[test]
    fn every_kind_has_enough_of_both_and_sides_share_no_triple() {
        let mut counts: BTreeMap<(&str, bool), usize> = BTreeMap::new();
        let mut sides: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for line in lines(7) {
            *counts.entry((line.about, line.positive)).or_default() += 1;
            let triple = format!("{} {}", line.json()["template"], line.generator);
            sides.entry(triple).or_default().insert(line.split());
        }
        assert!(counts.values().all(|count| *count >= 100) && counts.len() >= 2 * 60);
        assert!(sides.values().all(|sides| sides.len() == 1));
    }
}
