//! Officers' own entities, and plugins of vendors (exact lists: `exact.rs`). They come behind the built-in steps of a batch, because of what those made of
//! values they see no more than would be left: a detector the source value with everything hidden filled up, a transformer what
//! would leave in clear. So nobody who writes a pattern can ask what a layer above hides.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::event::{ColumnBuf, Edits};
use crate::plugin::{Circuit, Entity, Failure, narrow, narrow_edits};
use crate::policy::document::{OnFailure, Work};
use crate::policy::{Plan, PlanPlugin, Treat};

use super::execute::{Engine, kept_categories};
use super::guard::Why;
use super::outcome::{Counts, Outcome};
use super::render::hide_in;
use super::steps::{Columns, Found, StepError, Steps, Vendor};

/// A hole of a batch: its event and its number.
pub(super) type Place = (u32, u32);
/// A hidden span with what stands in its place.
pub(super) type Hidden = (u32, u32, String);

/// Who hides in a value: each sees what those before it hide as filler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whose {
    /// The built-in steps.
    BuiltIn,
    /// Officers' own entities as well.
    Own,
    /// Detectors of vendors as well.
    All,
}

/// What is shown to those who come later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The source value, ranges that these hide filled up.
    Filled(Whose),
    /// What would leave.
    Rendered,
}

/// Events of a batch that do not leave, as far as is known.
#[derive(Debug, Default)]
struct Withheld {
    events: BTreeSet<u32>,
    /// The first event of those that a failure stops.
    stops: Option<u32>,
}

impl Withheld {
    /// A value of an event could not be treated.
    fn fails(&mut self, event: u32, what: &OnFailure) {
        match what {
            OnFailure::Stop => self.stops = Some(self.stops.map_or(event, |first| first.min(event))),
            OnFailure::Quarantine => {
                self.events.insert(event);
            }
            OnFailure::Null | OnFailure::Replace(_) | OnFailure::Drop => {}
        }
    }

    fn holds(&self, event: u32) -> bool {
        self.events.contains(&event) || self.stops.is_some_and(|first| first <= event)
    }
}

/// Plugins of a plan, and what they answered for a batch.
#[derive(Default)]
pub(super) struct Vendors {
    running: Vec<Option<Running>>,
    /// Holes that one of them has to do with, in order; and how many holes there are.
    marked: Vec<Place>,
    holes: u32,
    /// Hole → what officers' own entities hide in it; `None`: the detector failed.
    own: HashMap<u32, Option<Vec<Hidden>>>,
    /// Hole → what detectors of vendors hide in it; `None`: one of them failed.
    hidden: HashMap<u32, Option<Vec<Hidden>>>,
    /// Hole → what a transformer made of it; `None`: it failed.
    rewritten: HashMap<u32, Option<Vec<u8>>>,
}

/// A plugin with its rows.
struct Running {
    step: Vendor,
    circuit: Circuit,
    column: ColumnBuf,
    /// Row → hole.
    places: Vec<Place>,
}

impl Vendors {
    /// Forgets a batch.
    pub(super) fn clear(&mut self) {
        self.marked.clear();
        self.holes = 0;
        self.own.clear();
        self.hidden.clear();
        self.rewritten.clear();
    }

    /// Whether each plugin that was called is called for now.
    pub(super) fn circuits<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (&'a str, &'a Circuit)> {
        let running = self.running.iter().zip(&plan.plugins);
        running.filter_map(|(running, plugin)| Some((plugin.name.as_str(), &running.as_ref()?.circuit)))
    }

    /// Takes note of the next hole.
    pub(super) fn hole(&mut self, event: u32, treat: Option<&Treat>) {
        let later =
            |t: &Treat| !(t.own.is_empty() && t.listed.is_empty()) || !t.plugins.is_empty() || t.rewrite.is_some();
        if treat.is_some_and(later) {
            self.marked.push((event, self.holes));
        }
        self.holes += 1;
    }

    /// The next hole is none of theirs.
    #[inline]
    pub(super) fn pass(&mut self) {
        self.holes += 1;
    }

    /// Adds what exact lists hide in a hole; where the detector failed nothing is known of it.
    pub(super) fn add_listed(&mut self, hole: u32, listed: Vec<Hidden>) {
        if let Some(hidden) = self.own.entry(hole).or_insert_with(|| Some(Vec::new())) {
            hidden.extend(listed);
        }
    }

    /// What officers' own entities hide in a hole; `None` where the detector failed, or nobody asked it.
    pub(super) fn own(&self, hole: u32) -> Option<&[Hidden]> {
        self.own.get(&hole)?.as_deref()
    }

    /// What detectors of vendors hide in a hole; `None` where one of them failed, or nobody asked it.
    pub(super) fn hidden(&self, hole: u32) -> Option<&[Hidden]> {
        self.hidden.get(&hole)?.as_deref()
    }

    /// What a transformer made of a hole; `None` where it failed, or nobody asked it.
    pub(super) fn rewritten(&self, hole: u32) -> Option<&[u8]> {
        self.rewritten.get(&hole)?.as_deref()
    }

    fn give(&mut self, plugin: u16, place: Place, value: &[u8], steps: &dyn Steps) -> Result<(), StepError> {
        let number = usize::from(plugin);
        if self.running.len() <= number {
            self.running.resize_with(number + 1, || None);
        }
        let slot = &mut self.running[number];
        let running = match slot {
            Some(running) => running,
            None => slot.insert(Running {
                step: steps.vendor(plugin)?,
                circuit: Circuit::default(),
                column: ColumnBuf::new(0),
                places: Vec::new(),
            }),
        };
        running.column.push(place.0, value);
        running.places.push(place);
        Ok(())
    }

    /// Calls the detectors that have rows.
    fn look(&mut self, plan: &Plan, counts: &mut Counts) {
        for (running, plugin) in self.running.iter_mut().zip(&plan.plugins) {
            let Some(Running { step: Vendor::Detector { step, entities }, circuit, column, places }) = running else {
                continue;
            };
            if column.is_empty() {
                continue;
            }
            let narrowed = narrow(step.as_mut(), circuit, &[column.view()]);
            count(counts, plugin, &narrowed.failed);
            for place in places.iter() {
                let has_failed = narrowed.failed.binary_search_by_key(&place.0, |(event, _)| *event).is_ok();
                let hidden = self.hidden.entry(place.1).or_insert_with(|| Some(Vec::new()));
                *hidden = hidden.take().filter(|_| !has_failed);
            }
            for finding in &narrowed.answer {
                let entity = entities.get(finding.entity as usize);
                let Some((entity, label)) = entity.and_then(|e| Some((e, hides(plugin, e, finding.confidence)?)))
                else {
                    continue;
                };
                *counts.entities.entry(entity.name.clone()).or_default() += 1;
                let place = places.get(finding.row as usize);
                if let Some(Some(spans)) = place.and_then(|place| self.hidden.get_mut(&place.1)) {
                    spans.push((finding.start, finding.end, label));
                }
            }
            column.clear();
            places.clear();
        }
    }

    /// Calls the transformers that have rows: what they made of each hole, in the order of the holes. Each is shown events that leave
    /// only, and nothing stands in place of what is not shown.
    fn rewrite<'t>(
        &mut self,
        plan: &Plan,
        counts: &mut Counts,
        mut withheld: Withheld,
        failing: impl Fn(u32) -> Option<&'t OnFailure>,
    ) -> BTreeMap<Place, Option<Vec<u8>>> {
        let mut answers = BTreeMap::new();
        for (running, plugin) in self.running.iter_mut().zip(&plan.plugins) {
            let Some(Running { step: Vendor::Transformer(step), circuit, column, places }) = running else { continue };
            let all = (std::mem::replace(column, ColumnBuf::new(0)), std::mem::take(places));
            for (row, place) in all.1.into_iter().enumerate() {
                if withheld.holds(place.0) {
                    answers.insert(place, Some(Vec::new()));
                } else {
                    column.push(place.0, all.0.row(row));
                    places.push(place);
                }
            }
            if column.is_empty() {
                continue;
            }
            let narrowed = narrow_edits(step.as_mut(), circuit, &[column.view()]);
            count(counts, plugin, &narrowed.failed);
            let edits = &narrowed.answer;
            for (row, place) in (0u32..).zip(places.iter()) {
                let gave_up = edits.failed.binary_search(&(0, row)).is_ok();
                let has_failed = narrowed.failed.binary_search_by_key(&place.0, |(event, _)| *event).is_ok();
                let answer = (!gave_up && !has_failed).then(|| edited(column.row(row as usize), row, edits));
                if answer.is_none() {
                    failing(place.1).into_iter().for_each(|what| withheld.fails(place.0, what));
                }
                answers.insert(*place, answer);
            }
            column.clear();
            places.clear();
        }
        answers
    }
}

fn count(counts: &mut Counts, plugin: &PlanPlugin, failed: &[(u32, Failure)]) {
    for (_, failure) in failed {
        *counts.failures.entry(format!("{}: {failure}", plugin.name)).or_default() += 1;
    }
}

/// A row with its edits, which are sorted.
fn edited(source: &[u8], row: u32, edits: &Edits) -> Vec<u8> {
    let (mut text, mut done) = (Vec::with_capacity(source.len()), 0);
    let first = edits.edits.partition_point(|edit| edit.row < row);
    for edit in edits.edits[first..].iter().take_while(|edit| edit.row == row) {
        text.extend_from_slice(source.get(done..edit.start as usize).unwrap_or_default());
        text.extend_from_slice(edits.text_of(edit));
        done = edit.end as usize;
    }
    text.extend_from_slice(source.get(done..).unwrap_or_default());
    text
}

/// The label of a finding, if the policy hides it.
fn hides(plugin: &PlanPlugin, entity: &Entity, confidence: u32) -> Option<String> {
    let Work::Look { find, threshold, label } = &plugin.said.does else { return None };
    let sought = |name: &str| entity.name == name || entity.sets.iter().any(|set| set == name);
    let hides = confidence >= *threshold as u32 && (find.is_empty() || find.iter().any(|name| sought(&name.value)));
    hides.then(|| label_of(&entity.name, label.as_deref().unwrap_or_default()))
}

/// What stands in place of a finding: the treatment's label, or the last part of the entity's name.
pub(super) fn label_of(entity: &str, label: &str) -> String {
    match label {
        "" => format!("[{}]", entity.rsplit('.').next().unwrap_or(entity)),
        label => label.to_owned(),
    }
}

impl Engine {
    /// Looks for officers' own entities and calls the plugins of vendors, for a batch whose built-in steps have answered.
    ///
    /// # Errors
    ///
    /// One of them cannot be made at all.
    pub(super) fn call_vendors(&mut self, buffer: &[u8]) -> Result<(), StepError> {
        let marked = std::mem::take(&mut self.vendors.marked);
        if marked.is_empty() {
            return Ok(());
        }
        let is_own = |place: &Place| self.treat_of(place.1).is_some_and(|treat| !treat.own.is_empty());
        let own: Vec<_> = marked.iter().copied().filter(is_own).collect();
        let values = self.shown(buffer, &own, Shown::Filled(Whose::BuiltIn));
        self.look_for_own(&values)?;
        self.look_in_lists(buffer, &marked)?;
        let plan = self.resolver.plan(0).clone();
        let given = |place: &Place| self.treat_of(place.1).is_some_and(|treat| !treat.plugins.is_empty());
        let detected: Vec<_> = marked.iter().copied().filter(given).collect();
        for (place, value) in self.shown(buffer, &detected, Shown::Filled(Whose::Own)) {
            for plugin in self.treat_of(place.1).map_or_else(Vec::new, |treat| treat.plugins.clone()) {
                self.vendors.give(plugin, place, &value, self.steps.as_ref())?;
            }
        }
        self.vendors.look(&plan, &mut self.counts);
        let rewrites = |engine: &Self, place: Place| engine.treat_of(place.1).and_then(|treat| treat.rewrite);
        let marked: Vec<_> = marked.into_iter().filter(|place| rewrites(self, *place).is_some()).collect();
        for (place, value) in self.shown(buffer, &marked, Shown::Rendered) {
            if let Some(rewrite) = rewrites(self, place) {
                self.vendors.give(rewrite.plugin, place, &value, self.steps.as_ref())?;
            }
        }
        let withheld = self.withheld(buffer);
        let (holes, treats) = (&self.assembly.holes, self.resolver.treats.all());
        let failing = |hole: u32| Some(&treats.get(usize::from(holes.get(hole as usize)?.treat))?.failing.what);
        let answers = self.vendors.rewrite(&plan, &mut self.counts, withheld, failing);
        self.look_at_answers(answers)
    }

    /// Events that do not leave, since a step could not treat a value of theirs, or of one before them. A transformer that mixes rows
    /// up has nothing of them at hand.
    fn withheld(&mut self, buffer: &[u8]) -> Withheld {
        let mut withheld = Withheld::default();
        let first = self.events.iter().map(|pending| pending.holes);
        let behind = first.clone().skip(1).chain([self.assembly.holes.len() as u32]);
        let of_events = (0..)
            .zip(first.zip(behind))
            .flat_map(|(event, (first, behind))| (first..behind).map(move |hole| (event, hole)));
        let passes = |event: u32| self.events.get(event as usize).is_some_and(|e| e.outcome == Outcome::Passed);
        let withholds = |place: &Place| {
            passes(place.0) && self.treat_of(place.1).is_some_and(|treat| treat.failing.what > OnFailure::Drop)
        };
        let weighty: Vec<_> = of_events.filter(withholds).collect();
        let shown = self.shown(buffer, &weighty, Shown::Filled(Whose::All));
        let treated: BTreeSet<_> = shown.into_iter().map(|(place, _)| place).collect();
        for place in weighty.iter().filter(|place| !treated.contains(*place)) {
            self.treat_of(place.1).into_iter().for_each(|treat| withheld.fails(place.0, &treat.failing.what));
        }
        let stopped = self.guard.as_ref().map(|guard| guard.stopped(&self.running.found, &self.resolver));
        for stopped in stopped.into_iter().flatten().filter(|stopped| stopped.why != Why::Found) {
            let plan = self.events.get(stopped.row.event as usize).map_or(0, |pending| pending.plan);
            let failing = self.resolver.plan(plan).failing(kept_categories(&self.resolver, stopped.row.set));
            withheld.fails(stopped.row.event, &failing.what);
        }
        withheld
    }

    pub(super) fn treat_of(&self, hole: u32) -> Option<&Treat> {
        let hole = self.assembly.holes.get(hole as usize)?;
        self.resolver.treats.all().get(usize::from(hole.treat))
    }

    /// Values of marked holes as plugins may see them. A hole that a built-in step could not treat is not among them.
    pub(super) fn shown(&mut self, buffer: &[u8], marked: &[Place], shown: Shown) -> Vec<(Place, Vec<u8>)> {
        let events = std::mem::take(&mut self.events);
        let mut values = Vec::new();
        let mut splicer = self.splicer(buffer, false);
        let mut at = None;
        for (event, hole) in marked.iter().copied() {
            let Some(pending) = events.get(event as usize).filter(|e| e.outcome == Outcome::Passed) else { continue };
            if at != Some(event) {
                splicer.fillers.seek(event, pending.holes);
                at = Some(event);
            }
            let docs = pending.docs.and_then(|n| splicer.docs.get(n as usize)).unwrap_or(&splicer.none);
            let value = splicer.fillers.show(splicer.holes, hole, &buffer[pending.at.clone()], docs, shown);
            values.extend(value.map(|value| ((event, hole), value)));
        }
        splicer.fillers.seek(0, 0);
        self.events = events;
        values
    }

    /// Runs officers' own entities over values in which the built-in steps have hidden theirs.
    fn look_for_own(&mut self, values: &[(Place, Vec<u8>)]) -> Result<(), StepError> {
        if values.is_empty() {
            return Ok(());
        }
        let own = |engine: &Self, hole: u32| engine.treat_of(hole).map_or_else(Vec::new, |treat| treat.own.clone());
        let (mut columns, mut found, mut failures) = (Columns::default(), Found::default(), Vec::new());
        for ((event, hole), value) in values {
            for field in own(self, *hole) {
                columns.field(field).push(*event, value);
            }
        }
        let all = self.steps.entities().len();
        let first = all.saturating_sub(self.resolver.plan(0).entities.len()) as u32;
        let step = self.running.redact.ready(self.steps.as_ref(), &self.resolver)?;
        found.run(step, &columns, first..all as u32, &mut failures);
        for failure in failures {
            *self.counts.failures.entry(format!("{}: {}", failure.step, failure.failure)).or_default() += 1;
        }
        for ((_, hole), _) in values {
            let mut hidden = Some(Vec::new());
            for field in own(self, *hole) {
                let label = self.resolver.redact.all().get(usize::from(field)).map_or("", |f| f.found.label.as_str());
                let findings = found.next(field, &columns);
                hidden = hidden.zip(findings).map(|(mut hidden, findings)| {
                    for finding in findings {
                        let name = self.steps.entities().get(finding.entity as usize).map_or("", String::as_str);
                        *self.counts.entities.entry(name.to_owned()).or_default() += 1;
                        hidden.push((finding.start, finding.end, label_of(name, label)));
                    }
                    hidden
                });
            }
            self.vendors.own.insert(*hole, hidden);
        }
        Ok(())
    }

    /// The built-in detectors look at what transformers answered, and hide what they find.
    fn look_at_answers(&mut self, answers: BTreeMap<Place, Option<Vec<u8>>>) -> Result<(), StepError> {
        let mut columns = Columns::default();
        let fields = |engine: &Self, hole: u32| -> Vec<u16> {
            let treat = engine.treat_of(hole);
            treat.map_or_else(Vec::new, |t| t.redact.iter().copied().chain(t.rewrite.map(|r| r.again)).collect())
        };
        for ((event, hole), answer) in &answers {
            for (field, answer) in fields(self, *hole).into_iter().zip(answer.iter().cycle()) {
                columns.field(field).push(*event, answer);
            }
        }
        columns.refer_to(&self.columns.redact);
        let (mut found, mut failures) = (Found::default(), Vec::new());
        if !columns.is_empty() {
            let step = self.running.redact.ready(self.steps.as_ref(), &self.resolver)?;
            found.run(step, &columns, 0..u32::MAX, &mut failures);
        }
        for failure in failures {
            *self.counts.failures.entry(format!("{}: {}", failure.step, failure.failure)).or_default() += 1;
        }
        for ((_, hole), answer) in answers {
            let mut spans = Some(Vec::new());
            for field in answer.iter().flat_map(|_| fields(self, hole)) {
                let findings = found.next(field, &columns);
                spans = spans.zip(findings).map(|(mut spans, findings)| {
                    spans.extend(findings.iter().map(|finding| (field, *finding)));
                    spans
                });
            }
            let hidden = answer
                .zip(spans)
                .map(|(answer, spans)| hide_in(&answer, &spans, &self.resolver, self.steps.entities()));
            self.vendors.rewritten.insert(hole, hidden);
        }
        Ok(())
    }
}
