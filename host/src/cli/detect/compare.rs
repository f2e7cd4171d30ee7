//! `tamis detect --compare`: what one rule set finds and another does not.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::finder::{Finder, Found};
use super::masked;
use super::rows::{Row, Rows};

/// Examples of each sort of change that the text form shows for an entity.
const EXAMPLES: usize = 5;

/// What became of a finding. What is lost leaves in clear: some byte of it is in no finding any more. Of all others every byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Lost,
    Entity,
    Extent,
    Confidence,
    New,
}

const CHANGES: [Change; 5] = [Change::Lost, Change::Entity, Change::Extent, Change::Confidence, Change::New];

impl Change {
    fn name(self) -> &'static str {
        match self {
            Change::Lost => "no longer found",
            Change::Entity => "found as something else",
            Change::Extent => "found with another extent",
            Change::Confidence => "found with another confidence",
            Change::New => "newly found",
        }
    }
}

/// A change, and what it was and is.
struct Difference<'f> {
    change: Change,
    before: Option<Found<'f>>,
    after: Option<Found<'f>>,
}

/// Findings of an entity.
#[derive(Default)]
struct Count {
    same: u64,
    changes: [u64; CHANGES.len()],
}

/// Both rule sets over the same rows.
pub(super) struct Comparison<'c> {
    rules: [(&'c str, &'c Finder); 2],
    /// All differences are printed, a line each.
    json: bool,
    counts: BTreeMap<String, Count>,
    /// By entity and change; the first ones.
    examples: BTreeMap<(String, Change), Vec<String>>,
}

impl<'c> Comparison<'c> {
    pub(super) fn new(rules: [(&'c str, &'c Finder); 2], json: bool) -> Self {
        Self { rules, json, counts: BTreeMap::new(), examples: BTreeMap::new() }
    }

    pub(super) fn batch(&mut self, out: &mut impl Write, file: &str, rows: &Rows) -> io::Result<()> {
        let [before, after] = [self.rules[0].1.find(rows)?, self.rules[1].1.find(rows)?];
        let (mut before, mut after) = (before.as_slice(), after.as_slice());
        for (number, row) in rows.all().iter().enumerate() {
            let own = |found: &mut &[Found<'c>]| {
                let (own, rest) = found.split_at(found.partition_point(|found| found.row <= number));
                *found = rest;
                own.to_vec()
            };
            let (same, differences) = differences(&own(&mut before), &own(&mut after));
            for found in same {
                self.counts.entry(found.entity.name.clone()).or_default().same += 1;
            }
            for difference in differences {
                self.add(out, (file, row), &difference)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, out: &mut impl Write, place: (&str, &Row), difference: &Difference<'_>) -> io::Result<()> {
        let Some(entity) = difference.before.as_ref().or(difference.after.as_ref()).map(|found| &found.entity.name)
        else {
            return Ok(());
        };
        let count = self.counts.entry(entity.clone()).or_default();
        count
            .changes
            .iter_mut()
            .zip(CHANGES)
            .filter(|(_, of)| *of == difference.change)
            .for_each(|(count, _)| *count += 1);
        if self.json {
            return writeln!(out, "{}", difference.json(place));
        }
        let examples = self.examples.entry((entity.clone(), difference.change)).or_default();
        if examples.len() < EXAMPLES {
            examples.push(difference.text(place));
        }
        Ok(())
    }

    /// Prints what was counted; answers how many findings are lost.
    pub(super) fn finish(self, out: &mut impl Write) -> io::Result<u64> {
        let lost = self.counts.values().map(|count| count.of(Change::Lost)).sum();
        if self.json {
            writeln!(out, "{}", self.summary())?;
        } else {
            self.table(out)?;
        }
        out.flush().map(|()| lost)
    }

    fn table(&self, out: &mut impl Write) -> io::Result<()> {
        for (word, (name, finder)) in ["old", "new"].iter().zip(&self.rules) {
            writeln!(out, "{word}: {name}, {}", finder.label())?;
        }
        let changed = |(_, count): &(&String, &Count)| count.changes.iter().any(|change| *change > 0);
        let changed: Vec<_> = self.counts.iter().filter(changed).collect();
        let same: u64 = self.counts.values().map(|count| count.same).sum();
        if changed.is_empty() {
            return writeln!(out, "both find the same: {same} findings");
        }
        let titles = CHANGES.map(Change::name).join(" | ");
        writeln!(out, "\n| entity | the same | {titles} |\n|---|--:|{}", "--:|".repeat(CHANGES.len()))?;
        for (entity, count) in changed {
            let changes = count.changes.map(|change| change.to_string()).join(" | ");
            writeln!(out, "| {entity} | {} | {changes} |", count.same)?;
        }
        let sums = CHANGES.map(|change| self.counts.values().map(|count| count.of(change)).sum::<u64>().to_string());
        writeln!(out, "| **all** | {same} | {} |", sums.join(" | "))?;
        for ((entity, change), examples) in &self.examples {
            writeln!(out, "\n{entity}, {}:", change.name())?;
            examples.iter().try_for_each(|example| writeln!(out, "  {example}"))?;
        }
        Ok(())
    }

    fn summary(&self) -> Value {
        let counts = self.counts.iter().map(|(entity, count)| {
            let changes = CHANGES.iter().map(|change| (change.name().to_owned(), count.of(*change).into()));
            let all = std::iter::once(("the same".to_owned(), Value::from(count.same))).chain(changes);
            (entity.clone(), all.collect::<serde_json::Map<_, _>>().into())
        });
        let [old, new] = self.rules.map(|(name, finder)| json!({ "rules": name, "detector": finder.detector() }));
        json!({ "old": old, "new": new, "entities": counts.collect::<serde_json::Map<_, _>>() })
    }
}

impl Count {
    fn of(&self, change: Change) -> u64 {
        CHANGES.iter().zip(self.changes).filter(|(of, _)| **of == change).map(|(_, count)| count).sum()
    }
}

impl Difference<'_> {
    /// Where, what it was, what it is.
    fn text(&self, (file, row): (&str, &Row)) -> String {
        let one = |found: &Found<'_>| {
            format!(
                "{} ({}) {} to {}: {}",
                found.entity.name,
                found.sure(),
                found.start,
                found.end,
                masked(found.value(row))
            )
        };
        let field = if row.field.is_empty() { String::new() } else { format!(" {}", row.field) };
        let both = self.before.iter().chain(&self.after).map(one).collect::<Vec<_>>();
        format!("{file}:{}{field}: {}", row.line, both.join(" → "))
    }

    fn json(&self, (file, row): (&str, &Row)) -> Value {
        let one = |found: &Found<'_>| {
            json!({
                "entity": found.entity.name, "confidence": found.sure(), "start": found.start, "end": found.end,
                "value": masked(found.value(row)),
            })
        };
        json!({
            "change": self.change.name(), "file": file, "line": row.line, "field": row.field,
            "old": self.before.as_ref().map(one), "new": self.after.as_ref().map(one),
        })
    }
}

/// What is the same in a row, and what is not.
fn differences<'f>(before: &[Found<'f>], after: &[Found<'f>]) -> (Vec<Found<'f>>, Vec<Difference<'f>>) {
    let place = |found: &Found<'f>| (found.start, found.end, found.entity.name.as_str());
    let of = |all: &[Found<'f>], one: &Found<'f>| all.iter().find(|other| place(other) == place(one)).cloned();
    let (mut same, mut differences) = (Vec::new(), Vec::new());
    let newcomers: Vec<_> = after.iter().filter(|found| of(before, found).is_none()).collect();
    let mut explained = vec![false; newcomers.len()];
    for found in before {
        let (change, now) = match of(after, found) {
            Some(now) if now.confidence == found.confidence => {
                same.push(now);
                continue;
            }
            Some(now) => (Change::Confidence, Some(now)),
            None => {
                // What came into its place, else what still covers it.
                let meets = |new: &Found<'f>| new.start < found.end && found.start < new.end;
                newcomers.iter().zip(&mut explained).filter(|(new, _)| meets(new)).for_each(|(_, known)| *known = true);
                let met = newcomers.iter().copied().chain(after).filter(|new| meets(new));
                let now = met.min_by_key(|new| new.entity.name != found.entity.name).cloned();
                let change = match &now {
                    _ if !covered(found, after) => Change::Lost,
                    Some(now) if now.entity.name == found.entity.name => Change::Extent,
                    _ => Change::Entity,
                };
                (change, now)
            }
        };
        differences.push(Difference { change, before: Some(found.clone()), after: now });
    }
    let new = newcomers.into_iter().zip(explained).filter(|(_, explained)| !explained);
    differences.extend(new.map(|(new, _)| Difference { change: Change::New, before: None, after: Some(new.clone()) }));
    (same, differences)
}

/// Whether every byte of a finding is in some other. They are sorted by their beginning.
fn covered(found: &Found<'_>, others: &[Found<'_>]) -> bool {
    let mut reached = found.start;
    for other in others.iter().filter(|other| other.start <= found.end) {
        if other.start > reached {
            break;
        }
        reached = reached.max(other.end);
    }
    reached >= found.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::detect::Threshold;
    use crate::plugin::Entity;

    fn entity(name: &str) -> Entity {
        Entity { name: name.into(), sets: Vec::new(), title: String::new() }
    }

    /// What became of findings, by hand.
    fn changes(before: &[(&str, usize, usize)], after: &[(&str, usize, usize)]) -> (usize, Vec<Change>) {
        let entities: BTreeMap<&str, Entity> =
            before.iter().chain(after).map(|(name, ..)| (*name, entity(name))).collect();
        let found = |all: &[(&str, usize, usize)]| {
            let one = |(name, start, end): &(&str, usize, usize)| {
                let confidence = if name.ends_with('!') { Threshold::Certain } else { Threshold::Likely };
                let entity = &entities[*name];
                Found { row: 0, start: *start, end: *end, entity, confidence }
            };
            all.iter().map(one).collect::<Vec<_>>()
        };
        let (same, differences) = differences(&found(before), &found(after));
        (same.len(), differences.iter().map(|difference| difference.change).collect())
    }

    #[test]
    fn what_leaves_in_clear_is_lost() {
        assert_eq!(changes(&[("a", 0, 5)], &[("a", 0, 5)]), (1, vec![]));
        assert_eq!(changes(&[("a", 0, 5)], &[]), (0, vec![Change::Lost]));
        assert_eq!(changes(&[("a", 0, 5)], &[("a", 0, 4)]), (0, vec![Change::Lost]), "its last byte");
        assert_eq!(changes(&[("a", 0, 5)], &[("a", 0, 2), ("a", 3, 5)]), (0, vec![Change::Lost]), "a byte within");
        assert_eq!(changes(&[("a", 0, 5)], &[("a", 0, 2), ("b", 2, 5)]), (0, vec![Change::Extent]), "none");
        assert_eq!(changes(&[("a", 0, 5), ("b", 0, 9)], &[("b", 0, 9)]), (1, vec![Change::Entity]), "b covers it");
    }

    #[test]
    fn what_is_found_otherwise_is_told_once() {
        assert_eq!(changes(&[("a", 0, 5)], &[("b", 0, 5)]), (0, vec![Change::Entity]));
        assert_eq!(changes(&[("a", 0, 5)], &[("a", 0, 7)]), (0, vec![Change::Extent]));
        assert_eq!(changes(&[], &[("a", 0, 5)]), (0, vec![Change::New]));
        assert_eq!(changes(&[("a", 0, 5)], &[("a", 0, 5), ("b", 0, 5)]), (1, vec![Change::New]));
        assert_eq!(changes(&[("a", 0, 5), ("b", 0, 5)], &[("c", 0, 5)]), (0, vec![Change::Entity, Change::Entity]));
    }
}
