//! What became of each occurrence of one event: read off the pieces that its output was made of, and the output itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::frame::Batch;
use crate::event::{Fate, Framed, Kind, Occurrence, align, occurrences};
use crate::policy::form::{End, Form};
use crate::policy::{Action, Resolver, RuleId, Settled, Verdict};

use super::assemble::Piece;
use super::classify::Classifier;
use super::execute::{Engine, Sanitized, kept_categories};
use super::outcome::{Counts, Outcome};

/// What became of one event.
#[derive(Debug)]
pub struct Trace {
    /// Number of its schema map.
    pub map: usize,
    /// The map's id.
    pub schema: String,
    /// The kinds of event that it is, whether rules ask for them or not.
    pub kinds: Vec<String>,
    /// What the plan makes of values and keys of each of the map's slots, with the tests that hold for this event.
    pub settled: Vec<Settled>,
    /// Rules that withhold the event.
    pub suppress: Vec<RuleId>,
    /// How long the store is asked to keep it, at most.
    pub at_most: Option<String>,
    /// And at least.
    pub at_least: Option<String>,
    /// Every occurrence, in the event's order.
    pub occurrences: Vec<Occurrence>,
    /// The output is what was made of the occurrences.
    pub is_whole: bool,
}

impl Engine {
    /// What became of an event of the last batch, whose output is `out`. `None`: no schema map is known for it.
    ///
    /// Of a part of a text that nothing was found in it can only be told that it left as it came where the engine notes what it makes
    /// ([`Engine::noting`]).
    ///
    /// Nothing is said of how one of several events fared with the steps: counts are of all of them.
    pub fn trace(&mut self, batch: &Batch, event: usize, out: &Sanitized) -> Option<Trace> {
        let pending = self.events.get(event)?;
        let (plan, map) = (pending.plan, pending.map?);
        let framed = Framed::new(batch.bytes(), pending.at.clone())?;
        let scanned = self.classifier.again(&mut self.scanner, framed, (plan, map))?;
        let docs = scanned.docs;
        let kinds = match self.resolver.plan(plan).map(usize::from(map)) {
            Some(map) => Classifier::kinds(&scanned, &map),
            None => BTreeSet::new(),
        };
        let (mut copies, mut holes) = (Vec::new(), BTreeMap::new());
        for piece in self.assembly.pieces.get(pending.pieces.start as usize..pending.pieces.end as usize)? {
            match piece {
                Piece::Copy(from, to) => copies.push((*from, *to)),
                Piece::Text(_) => {}
                Piece::Hole(number) => {
                    let hole = self.assembly.holes.get(*number as usize)?;
                    holes.extend(hole.token_in(scanned.tokens, docs).map(|token| ((token, hole.is_key), *number)));
                }
            }
        }
        let leaves = pending.outcome == Outcome::Passed;
        let fate = |number: usize, is_key: bool| {
            let Some(token) = scanned.tokens.get(number).filter(|_| leaves) else { return Fate::Gone };
            let place = docs.place(token);
            if let Some(hole) = holes.get(&(number, is_key)) {
                let is_part = place > 0 && !docs.is_json(place);
                let fill = self.noted.as_ref().filter(|_| is_part).and_then(|noted| noted.get(hole));
                let source = docs.source(token);
                let source = scanned.event.get(source.start as usize..source.end as usize);
                let is_same = fill.zip(source).is_some_and(|(fill, source)| fill == source);
                return if is_same { Fate::Copied } else { Fate::Filled };
            }
            let range = match token.kind {
                _ if is_key => docs.source_range(place, docs.key(scanned.event, token)),
                Kind::Object | Kind::Array | Kind::JsonOpen | Kind::TextOpen => {
                    docs.source_range(place, token.start..token.start + 1)
                }
                _ => docs.source(token),
            };
            let is_copied = copies.iter().any(|(from, to)| *from <= range.start && range.end <= *to);
            if is_copied { Fate::Copied } else { Fate::Gone }
        };
        let mut occurrences = occurrences(&scanned, &fate);
        let is_whole = !leaves || {
            let before = self.events.iter().take(event).filter(|one| one.outcome == Outcome::Passed).count();
            let line = out.bytes().split(|byte| *byte == b'\n').nth(before)?;
            align(&mut occurrences, line)
        };
        let (table, resolver) = (self.resolver.table(pending.table), &self.resolver);
        let settled = table.actions.iter().map(|action| settled(resolver, action)).collect();
        let suppress = table.suppress.clone();
        let crate::policy::HowLong { at_most, at_least, .. } = table.how_long.clone();
        let schema = resolver.library().maps.all().get(usize::from(map))?.head.id.value.clone();
        let names = resolver.library().words.kinds();
        let kinds = kinds.into_iter().filter_map(|kind| names.get(usize::from(kind)).cloned()).collect();
        Some(Trace {
            map: usize::from(map),
            schema,
            kinds,
            settled,
            suppress,
            at_most,
            at_least,
            occurrences,
            is_whole,
        })
    }
}

fn settled(resolver: &Resolver, action: &Action) -> Settled {
    let form = match action.verdict {
        Verdict::Keep => Form::default(),
        Verdict::Drop => Form::dropped(),
        Verdict::Forbid => Form { end: End::Forbid, ..Form::default() },
        Verdict::Treat(number) => {
            resolver.treats.all().get(usize::from(number)).map_or_else(Form::dropped, |treat| treat.form.clone())
        }
    };
    let rules = resolver.provenance.all().get(usize::from(action.provenance)).cloned().unwrap_or_default();
    Settled { form, rules, categories: kept_categories(resolver, action.guard).to_vec() }
}

impl Trace {
    /// Whether counts of this event alone say that the guard, or a word of a sealed list, stopped a value or key there (first), or
    /// that a step could not treat it (second).
    pub fn mishap(&self, counts: &Counts, pattern: &str, is_key: bool) -> (bool, bool) {
        let spot = format!("{}: {pattern}{}", self.schema, if is_key { " (key)" } else { "" });
        (counts.guarded_at.contains_key(&spot), counts.untreated_at.contains_key(&spot))
    }
}
