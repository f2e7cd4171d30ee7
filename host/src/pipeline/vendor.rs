//! Officers' own entities, and plugins of vendors (exact lists: `exact.rs`). They come behind the built-in steps of a batch, because of what those made of
//! values they see no more than would be left: an officer's entity the source value with everything hidden filled up, a vendor's plugin
//! what would leave. So nobody who writes a pattern can ask what a layer above hides.
//!
//! INVARIANT (one form): a call of a vendor's plugin carries values of one final form, and each call has an instance of its own. A
//! value that does not leave as it is shown (a code or a transformer's answer stands in its place, a sealed list keeps it back, or the
//! guard does or still may) is alone in its call, which is the same whatever else the batch holds (until what failures may cost is used
//! up: `narrow_alone`), and a finding hides all of it: so no more than that leaves of it.
//! INVARIANT (no names): what a vendor calls things leaves nowhere, but for what the policy names as well: a name can say a value.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::event::{ColumnBuf, Edits, Finding};
use crate::plugin::{Circuit, Entity, Failure, Narrowed, narrow, narrow_alone, narrow_edits};
use crate::policy::document::{OnFailure, Work};
use crate::policy::form::Form;
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

/// What is shown to those who come later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The source value, what the built-in steps hide filled up.
    Filled,
    /// What would leave.
    Rendered,
}

/// A value as it is shown.
#[derive(Debug, Default)]
pub(super) struct Sight {
    pub(super) text: Vec<u8>,
    /// What was put in place of hidden ranges: where it stands in the text, and where they stand in the source value. In order.
    pub(super) labels: Vec<(std::ops::Range<u32>, std::ops::Range<u32>)>,
    /// Length of the source value.
    pub(super) length: u32,
    /// Whether it leaves as it is shown, if nothing more is hidden.
    pub(super) leaves: bool,
    /// Whether it has no places in common with the source value.
    pub(super) is_other: bool,
}

impl Sight {
    /// What has to be hidden of the source value so that this range of the text is hidden. `None`: it is.
    fn source(&self, start: u32, end: u32) -> Option<(u32, u32)> {
        if !self.leaves || self.is_other {
            return Some((0, self.length));
        }
        if self.labels.iter().any(|(text, _)| text.start <= start && end <= text.end) {
            return None;
        }
        let first = self.labels.iter().rfind(|(text, _)| text.start <= start);
        let first = first.map_or(start, |(text, source)| match start < text.end {
            true => source.start,
            false => source.end + (start - text.end),
        });
        let last = self.labels.iter().rfind(|(text, _)| text.start < end);
        let last = last.map_or(end, |(text, source)| source.end + end.saturating_sub(text.end));
        Some((first, last))
    }
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

/// A plugin, and whether it is called for now: for values that leave as they are shown, and for others.
struct Running {
    step: Vendor,
    circuit: Circuit,
    alone: Circuit,
}

/// Values for calls of a plugin.
struct Rows {
    /// Its events are numbered by their order here: gaps would tell which ones are withheld.
    column: ColumnBuf,
    /// Row, hole and what is shown of it.
    seen: Vec<(u32, Place, Sight)>,
}

impl Rows {
    fn new() -> Self {
        Self { column: ColumnBuf::new(0), seen: Vec::new() }
    }

    fn push(&mut self, place: Place, sight: Sight) {
        let row = self.column.rows() as u32;
        let event = match self.seen.last() {
            Some((_, last, _)) if last.0 == place.0 => self.event(row - 1),
            Some(_) => self.event(row - 1) + 1,
            None => 0,
        };
        self.column.push(event, &sight.text);
        self.seen.push((row, place, sight));
    }

    fn event(&self, row: u32) -> u32 {
        self.column.view().event.get(row as usize).copied().unwrap_or_default()
    }

    /// How the event of a row failed.
    fn failure(&self, row: u32, failed: &[(u32, Failure)]) -> Option<Failure> {
        let at = failed.binary_search_by_key(&self.event(row), |(event, _)| *event).ok()?;
        failed.get(at).map(|(_, failure)| *failure)
    }
}

/// Values for a plugin by what becomes of them.
#[derive(Default)]
struct Sorted {
    by_form: Vec<(Form, Rows)>,
    /// Treatment → its form.
    of_treat: HashMap<u16, usize>,
    /// Values that do not leave as they are shown, each once: an event is a value here.
    alone: Option<Rows>,
    rows: HashMap<Vec<u8>, u32>,
}

impl Sorted {
    fn together(&mut self, place: Place, treat: u16, form: &Form, sight: Sight) {
        let by_form = &mut self.by_form;
        let number = *self.of_treat.entry(treat).or_insert_with(|| {
            by_form.iter().position(|(of, _)| of == form).unwrap_or_else(|| {
                by_form.push((form.clone(), Rows::new()));
                by_form.len() - 1
            })
        });
        if let Some((_, rows)) = self.by_form.get_mut(number) {
            rows.push(place, sight);
        }
    }

    fn alone(&mut self, place: Place, sight: Sight) {
        let rows = self.alone.get_or_insert_with(Rows::new);
        let column = &mut rows.column;
        let row = *self.rows.entry(sight.text.clone()).or_insert_with(|| {
            let row = column.rows() as u32;
            column.push(row, &sight.text);
            row
        });
        rows.seen.push((row, place, sight));
    }
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
        let named = running.filter_map(|(running, plugin)| Some((plugin.name.as_str(), running.as_ref()?)));
        named.flat_map(|(name, running)| [(name, &running.circuit), (name, &running.alone)])
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

    fn running(&mut self, plugin: u16, steps: &dyn Steps) -> Result<&mut Running, StepError> {
        let number = usize::from(plugin);
        if self.running.len() <= number {
            self.running.resize_with(number + 1, || None);
        }
        match &mut self.running[number] {
            Some(running) => Ok(running),
            slot => {
                let (circuit, alone) = (Circuit::default(), Circuit::default());
                Ok(slot.insert(Running { step: steps.vendor(plugin)?, circuit, alone }))
            }
        }
    }

    /// Takes what a detector answered.
    fn hide(
        &mut self,
        (plugin, entities): (&PlanPlugin, &[Entity]),
        rows: Rows,
        narrowed: &Narrowed<Vec<Finding>>,
        counts: &mut Counts,
    ) {
        let mut failures = BTreeSet::new();
        for (row, place, sight) in &rows.seen {
            let Some(hidden) = self.hidden.get_mut(&place.1) else { continue };
            if let Some(failure) = rows.failure(*row, &narrowed.failed) {
                *hidden = None;
                failures.insert((place.0, failure.to_string()));
                continue;
            }
            let first = narrowed.answer.partition_point(|finding| finding.row < *row);
            let of_row = narrowed.answer[first..].iter().take_while(|finding| finding.row == *row);
            let mut names = BTreeSet::new();
            for finding in of_row {
                let entity = entities.get(finding.entity as usize);
                let Some((name, label)) = entity.and_then(|e| hides(plugin, e, finding.confidence, sight)) else {
                    continue;
                };
                let Some((start, end)) = sight.source(finding.start, finding.end) else { continue };
                names.insert(name);
                hidden.iter_mut().for_each(|spans| spans.push((start, end, label.clone())));
                if !sight.leaves {
                    break;
                }
            }
            // Values, not findings: how many there are of one could say it.
            for name in names {
                *counts.entities.entry(name.to_owned()).or_default() += 1;
            }
        }
        for (_, failure) in failures {
            *counts.failures.entry(format!("{}: {failure}", plugin.name)).or_default() += 1;
        }
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

/// Under which name a finding is counted, and its label, if the policy hides it. That of an entity the policy has to name, too.
fn hides<'n>(plugin: &'n PlanPlugin, entity: &'n Entity, confidence: u32, sight: &Sight) -> Option<(&'n str, String)> {
    let Work::Look { find, threshold, label } = &plugin.said.does else { return None };
    let hides =
        confidence >= *threshold as u32 && (find.is_empty() || find.iter().any(|name| entity.is_called(&name.value)));
    let label = label.as_deref().unwrap_or_default();
    let is_named = sight.leaves && find.iter().any(|name| name.value == entity.name);
    hides.then(|| match is_named {
        true => (entity.name.as_str(), label_of(&entity.name, label)),
        false => (plugin.name.as_str(), label_of(&plugin.said.name.value, label)),
    })
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
        let values = self.shown(buffer, &own, Shown::Filled);
        self.look_for_own(&values)?;
        self.look_in_lists(buffer, &marked)?;
        let plan = self.resolver.plan(0).clone();
        for (_, hole) in &marked {
            if self.treat_of(*hole).is_some_and(|treat| !treat.plugins.is_empty()) {
                self.vendors.hidden.insert(*hole, Some(Vec::new()));
            }
        }
        // Each sees what those before it left.
        for (number, plugin) in (0..).zip(&plan.plugins) {
            let is_given = |place: &Place| self.treat_of(place.1).is_some_and(|treat| treat.plugins.contains(&number));
            let given: Vec<_> = marked.iter().copied().filter(is_given).collect();
            if !given.is_empty() {
                self.detect(buffer, (number, plugin), &given)?;
            }
        }
        let rewrites = |place: &Place| self.treat_of(place.1).is_some_and(|treat| treat.rewrite.is_some());
        let rewritten: Vec<_> = marked.iter().copied().filter(rewrites).collect();
        if rewritten.is_empty() { Ok(()) } else { self.rewrite(buffer, &plan, &rewritten) }
    }

    /// Shows a detector what would leave.
    fn detect(
        &mut self,
        buffer: &[u8],
        (number, plugin): (u16, &PlanPlugin),
        given: &[Place],
    ) -> Result<(), StepError> {
        let withheld = self.withheld(buffer);
        let mut sorted = Sorted::default();
        for (place, mut sight) in self.shown(buffer, given, Shown::Rendered) {
            let Some((treat, form)) = self.form_of(place.1).filter(|_| !withheld.holds(place.0)) else { continue };
            sight.leaves &= self.is_last_sight(place, &sight);
            if sight.leaves { sorted.together(place, treat, form, sight) } else { sorted.alone(place, sight) }
        }
        let Vendor::Detector { entities, .. } = &self.vendors.running(number, self.steps.as_ref())?.step else {
            return Ok(());
        };
        let entities = entities.clone();
        let mut calls: Vec<_> = sorted.by_form.into_iter().map(|(_, rows)| (rows, false)).collect();
        calls.extend(sorted.alone.map(|rows| (rows, true)));
        for (rows, is_alone) in calls {
            let Running { step, circuit, alone } = self.vendors.running(number, self.steps.as_ref())?;
            let Vendor::Detector { step, .. } = step else { continue };
            let narrowed = match is_alone {
                true => narrow_alone(step.as_mut(), alone, &rows.column.view()),
                false => narrow(step.as_mut(), circuit, &[rows.column.view()]),
            };
            self.vendors.hide((plugin, &entities), rows, &narrowed, &mut self.counts);
        }
        Ok(())
    }

    /// Calls transformers: each is shown events that leave only, and nothing stands in place of what is not shown.
    fn rewrite(&mut self, buffer: &[u8], plan: &Plan, rewritten: &[Place]) -> Result<(), StepError> {
        let mut withheld = self.withheld(buffer);
        let mut answers = BTreeMap::new();
        let mut by_plugin: BTreeMap<u16, Vec<(Place, Sight)>> = BTreeMap::new();
        for (place, sight) in self.shown(buffer, rewritten, Shown::Rendered) {
            if !sight.leaves {
                // A word of a sealed list stands in it: it is kept back as it stands.
                self.vendors.rewritten.insert(place.1, Some(sight.text));
            } else if let Some(rewrite) = self.treat_of(place.1).and_then(|treat| treat.rewrite) {
                by_plugin.entry(rewrite.plugin).or_default().push((place, sight));
            }
        }
        for (number, values) in by_plugin {
            let Some(plugin) = plan.plugins.get(usize::from(number)) else { continue };
            let mut sorted = Sorted::default();
            for (place, sight) in values {
                if withheld.holds(place.0) {
                    answers.insert(place, Some(Vec::new()));
                } else if let Some((treat, form)) = self.form_of(place.1) {
                    sorted.together(place, treat, form, sight);
                }
            }
            for (_, rows) in sorted.by_form {
                let Running { step, circuit, .. } = self.vendors.running(number, self.steps.as_ref())?;
                let Vendor::Transformer(step) = step else { continue };
                let narrowed = narrow_edits(step.as_mut(), circuit, &[rows.column.view()]);
                for (_, failure) in &narrowed.failed {
                    *self.counts.failures.entry(format!("{}: {failure}", plugin.name)).or_default() += 1;
                }
                let edits = &narrowed.answer;
                for (row, place, _) in &rows.seen {
                    let gave_up = edits.failed.binary_search(&(0, *row)).is_ok();
                    let has_failed = rows.failure(*row, &narrowed.failed).is_some();
                    let source = rows.column.row(*row as usize);
                    let answer = (!gave_up && !has_failed).then(|| edited(source, *row, edits));
                    if let (None, Some(treat)) = (&answer, self.treat_of(place.1)) {
                        withheld.fails(place.0, &treat.failing.what);
                    }
                    answers.insert(*place, answer);
                }
            }
        }
        self.look_at_answers(answers)
    }

    /// Whether nobody who comes behind detectors may yet take away what is shown: no transformer rewrites it, and it is no answer of a step,
    /// at which the guard looks when it is written.
    fn is_last_sight(&self, (event, hole): Place, sight: &Sight) -> bool {
        let plan = self.events.get(event as usize).map_or(0, |pending| pending.plan);
        let is_guarded = self.resolver.plan(plan).guard;
        let is_last =
            |treat: &Treat| treat.rewrite.is_none() && (treat.mask.is_empty() && !sight.is_other || !is_guarded);
        self.treat_of(hole).is_some_and(is_last)
    }

    /// Number of the treatment of a hole, and what becomes of its value.
    fn form_of(&self, hole: u32) -> Option<(u16, &Form)> {
        let number = self.assembly.holes.get(hole as usize)?.treat;
        Some((number, &self.treat_of(hole)?.form))
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
        let shown = self.shown(buffer, &weighty, Shown::Rendered);
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
    pub(super) fn shown(&mut self, buffer: &[u8], marked: &[Place], shown: Shown) -> Vec<(Place, Sight)> {
        let events = std::mem::take(&mut self.events);
        let mut values = Vec::new();
        let mut splicer = self.splicer(buffer, false);
        let mut at = None;
        for (event, hole) in marked.iter().copied() {
            let Some(pending) = events.get(event as usize).filter(|e| e.outcome == Outcome::Passed) else { continue };
            if at != Some(event) {
                splicer.fillers.seek(event, pending.holes);
                splicer.fillers.plan = pending.plan;
                at = Some(event);
            }
            let docs = pending.docs.and_then(|n| splicer.docs.get(n as usize)).unwrap_or(&splicer.none);
            let sight = splicer.fillers.show(splicer.holes, hole, &buffer[pending.at.clone()], docs, shown);
            values.extend(sight.map(|sight| ((event, hole), sight)));
        }
        splicer.fillers.seek(0, 0);
        self.events = events;
        values
    }

    /// Runs officers' own entities over values in which the built-in steps have hidden theirs.
    fn look_for_own(&mut self, values: &[(Place, Sight)]) -> Result<(), StepError> {
        if values.is_empty() {
            return Ok(());
        }
        let own = |engine: &Self, hole: u32| engine.treat_of(hole).map_or_else(Vec::new, |treat| treat.own.clone());
        let (mut columns, mut found, mut failures) = (Columns::default(), Found::default(), Vec::new());
        for ((event, hole), sight) in values {
            for field in own(self, *hole) {
                columns.field(field).push(*event, &sight.text);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_of_a_text_is_hidden_where_it_came_from() {
        let seen = |leaves| Sight {
            text: b"ab[email]cd".to_vec(),
            labels: vec![(2..9, 2..12)],
            length: 14,
            leaves,
            is_other: false,
        };
        for (start, end, hidden) in [
            (0, 1, Some((0, 1))),
            (1, 3, Some((1, 12))),
            (8, 10, Some((2, 13))),
            (9, 11, Some((12, 14))),
            (0, 11, Some((0, 14))),
            (2, 9, None),
            (3, 5, None),
        ] {
            assert_eq!(seen(true).source(start, end), hidden, "{start}..{end}");
            assert_eq!(seen(false).source(start, end), Some((0, 14)));
            assert_eq!(Sight { is_other: true, ..seen(true) }.source(start, end), Some((0, 14)));
        }
    }
}
