//! Once every step has answered: events are spliced, and mended where a value must stay behind after all, because the
//! guard stopped it or because a step failed.
//!
//! Failures are rare, so events are spliced as if nothing had failed; only those that did not go well are scanned and
//! assembled once more, without the values that stay behind.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::event::{Docs, Finding, Framed};
use crate::policy::document::OnFailure;
use crate::policy::{Failing, Resolver};

use super::assemble::{Hole, Piece, Place};
use super::execute::{Engine, Pending, Silent};
use super::guard::{Again, Stopped, Why};
use super::outcome::{Outcome, reason};
use super::render::{Fillers, Scratch};
use super::residue::Residue;
use super::sealed;
use super::spots::Spot;
use super::stamp::Stamps;
use super::steps::StepError;

/// What is known of an event that is quarantined.
#[derive(Debug)]
pub struct Quarantined {
    /// Id of the schema map, if one was recognised.
    pub schema: Option<String>,
    /// The rule that decided, as `layer.rule`, if one did.
    pub rule: Option<String>,
    /// What quarantine may seal of it; `None` where no plan is known.
    pub residue: Option<Residue>,
}

/// What stays behind of an event after all.
#[derive(Debug, Default)]
struct Mend {
    /// Numbers of tokens.
    tokens: Vec<u32>,
    /// Numbers of holes.
    holes: Vec<u32>,
    /// The strictest failure rule of its values.
    failing: Failing,
}

/// Writes events from their pieces.
pub(super) struct Splicer<'a> {
    pub(super) fillers: Fillers<'a>,
    resolver: &'a Resolver,
    pieces: &'a [Piece],
    pub(super) holes: &'a [Hole],
    pub(super) docs: &'a [Docs],
    pub(super) none: Docs,
    stamps: &'a mut Stamps,
    buffer: &'a [u8],
    multi_line: bool,
}

impl Splicer<'_> {
    fn write(&mut self, number: u32, pending: &Pending, out: &mut Vec<u8>) {
        self.fillers.event = number;
        self.fillers.keys.clear();
        self.fillers.plan = pending.plan;
        let event = &self.buffer[pending.at.clone()];
        let docs = pending.docs.and_then(|n| self.docs.get(n as usize)).unwrap_or(&self.none);
        let start = out.len();
        out.reserve(event.len() + 256);
        for piece in &self.pieces[pending.pieces.start as usize..pending.pieces.end as usize] {
            match *piece {
                Piece::Copy(from, to) => out.extend_from_slice(&event[from as usize..to as usize]),
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Hole(number) => self.fillers.fill(self.holes, number, event, docs, out),
            }
        }
        self.stamps.write(self.resolver, (pending.plan, pending.table), out);
        if self.multi_line {
            // In JSON a line break outside an escape is a blank between tokens; in the output it would end the event.
            let event = out.split_off(start);
            out.extend(event.into_iter().filter(|byte| !matches!(byte, b'\n' | b'\r')));
        }
        out.push(b'\n');
    }
}

impl Engine {
    /// Writes every event that passes, and settles the outcome of each.
    ///
    /// # Errors
    ///
    /// The detector cannot be made to look at answers of transformers, a plugin of a vendor cannot be made, or a code has no key or no
    /// entry: nothing may leave.
    pub(super) fn settle(&mut self, buffer: &[u8], multi_line: bool, out: &mut Vec<u8>) -> Result<(), StepError> {
        self.call_vendors(buffer)?;
        let mut events = std::mem::take(&mut self.events);
        let settled = self.settle_events(buffer, multi_line, &mut events, out);
        self.events = events;
        settled
    }

    fn settle_events(
        &mut self,
        buffer: &[u8],
        multi_line: bool,
        events: &mut [Pending],
        out: &mut Vec<u8>,
    ) -> Result<(), StepError> {
        self.coders.rows(&self.resolver, &mut self.columns.codes);
        let mut splicer = self.splicer(buffer, multi_line);
        for (number, pending) in events.iter_mut().enumerate().filter(|(_, e)| e.outcome == Outcome::Passed) {
            let start = out.len();
            splicer.write(number as u32, pending, out);
            pending.out = start..out.len();
        }
        let mut failed = std::mem::take(&mut splicer.fillers.failed);
        let listed = std::mem::take(&mut splicer.fillers.listed);
        let watched = std::mem::take(&mut splicer.fillers.watched);
        self.counts.alike += splicer.fillers.alike;
        let again = self.look_again()?;
        failed.extend(again.unseen);
        let mut mends = self.mends(&failed, events);
        for (event, hole, finding) in again.found.into_iter().chain(watched) {
            self.stop_answer(event, hole, &finding, &mut mends, events);
        }
        self.hold_back(&listed, &mut mends, events);
        if !mends.is_empty() {
            self.mend(buffer, multi_line, &mends, events, out);
        }
        self.cleared.end();
        self.coders.settle().map_err(|(plan, error)| {
            let reason = error.to_string();
            // It could not be made: its tenant is closed when the batch comes again.
            plan.into_iter().for_each(|plan| self.keyless.close(plan, error.clone()));
            StepError { step: "codes", reason }
        })?;
        for pending in events.iter() {
            self.counts.outcome(pending.outcome);
        }
        Ok(())
    }

    /// Shows the guard what transformers answered.
    fn look_again(&mut self) -> Result<Again, StepError> {
        let Some(guard) = self.guard.as_mut().filter(|guard| guard.has_answers()) else { return Ok(Again::default()) };
        let (detector, _) = self.running.redact.ready(self.steps.as_ref(), &self.resolver)?;
        let again = guard.look_again(detector, &mut self.cleared);
        for (_, failure) in &again.failures {
            *self.counts.failures.entry(format!("redact: {failure}")).or_default() += 1;
        }
        Ok(again)
    }

    /// Keeps back what fills a hole, where something was found that its categories do not mean.
    fn stop_answer(
        &mut self,
        event: u32,
        number: u32,
        finding: &Finding,
        mends: &mut BTreeMap<u32, Mend>,
        events: &[Pending],
    ) {
        let holes = mends.get(&event).map_or(&[][..], |mend| &mend.holes);
        let (Some(guard), false) = (&self.guard, holes.contains(&number)) else { return };
        let hole = self.assembly.holes.get(number as usize);
        let slot = hole.and_then(|hole| if hole.is_key { hole.token.key_slot } else { hole.token.slot }.index());
        let table = events.get(event as usize).map(|pending| self.resolver.table(pending.table));
        let action = table.zip(slot).and_then(|(table, slot)| table.actions.get(slot));
        if action.is_none_or(|action| !guard.may(finding, action.guard, &self.resolver)) {
            self.counts.guarded += 1;
            self.spots.guarded(events.get(event as usize), hole.map(Spot::of_hole));
            let mend = mends.entry(event).or_default();
            mend.holes.push(number);
            mend.failing = std::mem::take(&mut mend.failing).join(&drops());
        }
    }

    /// Keeps back what a word of a sealed list would leave in: values and keys that leave whole, and holes.
    fn hold_back(&mut self, holes: &[(u32, u32)], mends: &mut BTreeMap<u32, Mend>, events: &[Pending]) {
        for row in std::mem::take(&mut self.sealed.rows) {
            let mend = mends.entry(row.event).or_default();
            mend.failing = std::mem::take(&mut mend.failing).join(&drops());
            if !mend.tokens.contains(&row.token) {
                mend.tokens.push(row.token);
                self.counts.guarded += 1;
                self.spots.guarded(events.get(row.event as usize), Some(row.spot));
            }
        }
        for (event, number) in holes {
            let mend = mends.entry(*event).or_default();
            mend.failing = std::mem::take(&mut mend.failing).join(&drops());
            mend.holes.push(*number);
            self.counts.guarded += 1;
            let spot = self.assembly.holes.get(*number as usize).map(Spot::of_hole);
            self.spots.guarded(events.get(*event as usize), spot);
        }
    }

    pub(super) fn splicer<'a>(&'a mut self, buffer: &'a [u8], multi_line: bool) -> Splicer<'a> {
        let fillers = Fillers {
            resolver: &self.resolver,
            plan: 0,
            entities: self.steps.entities(),
            redact: &self.columns.redact,
            mask: &self.columns.mask,
            minimise: &self.columns.minimise,
            codes: &self.columns.codes,
            found: &mut self.running.found,
            masked: &mut self.running.masked,
            minimised: &mut self.running.minimised,
            coders: &mut self.coders,
            vendors: &self.vendors,
            next_code: 0,
            next_hole: 0,
            scratch: Scratch::default(),
            event: 0,
            guard: self.guard.as_mut(),
            cleared: Some(&mut self.cleared),
            failed: Vec::new(),
            listed: Vec::new(),
            watched: Vec::new(),
            alike: 0,
            noted: self.noted.as_mut(),
            keys: HashMap::new(),
        };
        Splicer {
            fillers,
            resolver: &self.resolver,
            pieces: &self.assembly.pieces,
            holes: &self.assembly.holes,
            docs: &self.docs,
            none: Docs::default(),
            stamps: &mut self.stamps,
            buffer,
            multi_line,
        }
    }

    /// What stays behind after all, by event; what became of values is counted.
    fn mends(&mut self, failed: &[(u32, u32)], events: &[Pending]) -> BTreeMap<u32, Mend> {
        let plan_of = |event: u32| events.get(event as usize).map_or(0, |pending| pending.plan);
        let mut mends: BTreeMap<u32, Mend> = BTreeMap::new();
        for (event, number) in failed {
            let treat = self.assembly.holes.get(*number as usize);
            let treat = treat.and_then(|hole| self.resolver.treats.all().get(usize::from(hole.treat)));
            let failing = treat.map_or_else(drops, |treat| treat.failing.clone());
            let spot = self.assembly.holes.get(*number as usize).map(Spot::of_hole);
            self.spots.untreated(events.get(*event as usize), spot);
            self.count_untreated(&failing);
            self.count_rules(plan_of(*event), &failing);
            if failing.what >= OnFailure::Drop {
                let mend = mends.entry(*event).or_default();
                mend.holes.push(*number);
                mend.failing = std::mem::take(&mut mend.failing).join(&failing);
            }
        }
        let stopped = self.guard.as_ref().map(|guard| guard.stopped(&self.running.found, &self.resolver));
        for Stopped { row, why } in stopped.into_iter().flatten() {
            let (mend, pending) = (mends.entry(row.event).or_default(), events.get(row.event as usize));
            mend.tokens.push(row.token);
            if why != Why::Unseen {
                self.counts.guarded += 1;
                self.spots.guarded(pending, Some(row.spot));
            }
            if why != Why::Found {
                // No constant stands in its place: it has no hole that could be filled.
                let plan = plan_of(row.event);
                let categories = super::execute::kept_categories(&self.resolver, row.set);
                let failing = self.resolver.plan(plan).failing(categories);
                let failing = if failing.what < OnFailure::Drop { drops() } else { failing };
                mend.failing = std::mem::take(&mut mend.failing).join(&failing);
                self.count_rules(plan, &failing);
                if why == Why::Unseen {
                    self.count_untreated(&failing);
                    self.spots.untreated(pending, Some(row.spot));
                }
            }
        }
        mends
    }

    fn count_untreated(&mut self, failing: &Failing) {
        *self.counts.untreated.entry(word(&failing.what).to_owned()).or_default() += 1;
    }

    fn count_rules(&mut self, plan: u32, failing: &Failing) {
        for rule in &failing.rules {
            let name = self.resolver.plan(plan).rule(*rule).to_owned();
            *self.counts.rules.entry(name).or_default() += 1;
        }
    }

    /// Quarantines, stops, or writes anew those events that need it.
    fn mend(
        &mut self,
        buffer: &[u8],
        multi_line: bool,
        mends: &BTreeMap<u32, Mend>,
        events: &mut [Pending],
        out: &mut Vec<u8>,
    ) {
        for (number, mend) in mends {
            let Some(pending) = events.get_mut(*number as usize) else { continue };
            let rule = mend.failing.rules.first().copied();
            match mend.failing.what {
                OnFailure::Stop => {
                    self.stopped = Some((*number, rule));
                    for pending in &mut events[*number as usize..] {
                        pending.outcome = Outcome::Stopped;
                    }
                    break;
                }
                OnFailure::Quarantine => {
                    pending.outcome = Outcome::Quarantined(reason::STEP_FAILED);
                    let residue = self.residue(buffer, pending);
                    self.kept_back.insert(*number, (rule, residue));
                }
                _ => match self.assemble_again(buffer, pending, mend) {
                    Some(pieces) => pending.pieces = pieces,
                    None => pending.outcome = Outcome::Quarantined(reason::NO_PLAN),
                },
            }
        }
        let before = std::mem::take(out);
        let mut splicer = self.splicer(buffer, multi_line);
        (splicer.fillers.guard, splicer.fillers.cleared) = (None, None);
        let passed = events.iter().enumerate().filter(|(_, e)| e.outcome == Outcome::Passed);
        for (number, pending) in passed {
            let number = number as u32;
            if mends.contains_key(&number) {
                splicer.fillers.seek(number, pending.holes);
                splicer.write(number, pending, out);
            } else {
                out.extend_from_slice(&before[pending.out.clone()]);
            }
        }
    }

    /// New pieces of an event, without what stays behind. Holes that remain keep their numbers, and so their rows.
    fn assemble_again(&mut self, buffer: &[u8], pending: &Pending, mend: &Mend) -> Option<Range<u32>> {
        let framed = Framed::new(buffer, pending.at.clone())?;
        let scanned = self.classifier.again(&mut self.scanner, framed, (pending.plan, pending.map?))?;
        let mut vetoed = mend.tokens.clone();
        for hole in &mend.holes {
            let hole = self.assembly.holes.get(*hole as usize)?;
            vetoed.push(hole.token_in(scanned.tokens, scanned.docs)? as u32);
        }
        vetoed.sort_unstable();
        vetoed.dedup();
        let first = self.assembly.pieces.len() as u32;
        let place = Place { event: scanned.event, docs: scanned.docs, resolver: &self.resolver };
        let table = self.resolver.table(pending.table);
        self.assembly.again(pending.holes, scanned.tokens, &place, table, &vetoed, &mut Silent);
        Some(first..self.assembly.pieces.len() as u32)
    }

    /// What quarantine may seal of an event.
    fn residue(&mut self, buffer: &[u8], pending: &Pending) -> Option<Residue> {
        let framed = Framed::new(buffer, pending.at.clone())?;
        let scanned = self.classifier.again(&mut self.scanner, framed, (pending.plan, pending.map?))?;
        let table = self.resolver.residual(pending.plan, pending.table);
        let first = self.assembly.pieces.len();
        let place = Place { event: scanned.event, docs: scanned.docs, resolver: &self.resolver };
        let words = self.resolver.plan(pending.plan).sealed.as_deref();
        let listed = words.map(|words| sealed::tokens(&scanned, &place, &table, words)).unwrap_or_default();
        self.assembly.event(scanned.tokens, &place, &table, &listed, &mut Silent);
        let mut bytes = Vec::with_capacity(scanned.event.len());
        for piece in self.assembly.pieces.drain(first..) {
            match piece {
                Piece::Copy(from, to) => bytes.extend_from_slice(&scanned.event[from as usize..to as usize]),
                Piece::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                // A residual table treats nothing.
                Piece::Hole(_) => return None,
            }
        }
        Some(Residue::new(bytes))
    }

    /// What is known of the quarantined events of the last batch, in their order. Each residue is given once.
    pub fn quarantined(&mut self) -> Vec<Quarantined> {
        let mut known = Vec::new();
        for number in 0..self.events.len() {
            if !matches!(self.events[number].outcome, Outcome::Quarantined(_)) {
                continue;
            }
            let (rule, residue) = self.kept_back.remove(&(number as u32)).unwrap_or_default();
            let rule = rule.map(|rule| self.resolver.plan(self.events[number].plan).rule(rule).to_owned());
            known.push(Quarantined { schema: self.schema(number).map(str::to_owned), rule, residue });
        }
        known
    }

    /// The event of the last batch that stopped the route, and the rule that says so, if there is one.
    pub fn stopped(&self) -> Option<(usize, &str)> {
        let (event, rule) = self.stopped?;
        let plan = self.events.get(event as usize)?.plan;
        Some((event as usize, rule.map_or("", |rule| self.resolver.plan(plan).rule(rule))))
    }
}

fn drops() -> Failing {
    Failing { what: OnFailure::Drop, rules: Vec::new() }
}

/// The word of the policy language.
fn word(what: &OnFailure) -> &'static str {
    match what {
        OnFailure::Null => "null",
        OnFailure::Replace(_) => "replace",
        OnFailure::Drop => "drop",
        OnFailure::Quarantine => "quarantine",
        OnFailure::Stop => "stop",
    }
}
