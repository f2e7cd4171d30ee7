//! Plan × batch → [`Sanitized`]: the one place where bytes that may leave are made.
//!
//! An engine runs one plan, or the plans of many tenants whose events come in one stream.
//!
//! The order is fixed: scan, choose the map, evaluate tests, assemble pieces and columns, call each step once for the batch,
//! look at what would leave whole (the guard), then splice. INVARIANT (raw cannot be encoded): [`Sanitized`] has no other
//! constructor, and [`Engine::run`] makes one only after every step has answered for every event or its failure was
//! replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::event::frame::Batch;
use crate::event::{Docs, Framed, Limits, Scanner, Token};
use crate::plugin::{Circuit, Detector, Transformer};
use crate::policy::glob::WordList;
use crate::policy::{Action, CategoryId, Plan, Resolver, RuleId, Treat, Verdict};

use super::assemble::{Assembly, Hole, Observer, Place};
use super::classify::{Classified, Classifier};
use super::clean::Remembering;
use super::cleared::{Cleared, Leaves, Standing};
use super::coders::{Coders, Codes};
use super::codes::without_hexadecimal;
use super::guard::{Guard, Row, worth};
use super::keyless::Keyless;
use super::keys::{Escrow, KeyError, Keys};
use super::known::{Known, PERSON};
use super::of_type::Reading;
use super::outcome::{Counts, Outcome, reason};
use super::residue::Residue;
use super::sealed::Sealed;
use super::spots::{Spot, Spots};
use super::stamp::Stamps;
use super::steps::{Changed, Columns, Found, StepError, StepFailure, Steps};
use super::tally::{OfPlan, Tally};
use super::tenants::Tenants;
use super::vendor::Vendors;

/// Bytes of filtered events, one a line. Only [`Engine::run`] makes them.
#[derive(Debug, Default)]
pub struct Sanitized {
    bytes: Vec<u8>,
}

impl Sanitized {
    /// The events, each with its line break.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What a buffer on disk gives back. Only bytes of [`Sanitized::bytes`] go into one.
    pub(crate) fn restored(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// For tests of sinks.
    #[cfg(test)]
    pub(crate) fn of_test(text: &str) -> Self {
        Self { bytes: text.into() }
    }
}

/// Inner documents of one event whose memory is kept for another, in bytes, and of how many events.
const SPARE_MEMORY: usize = 16 << 10;
const SPARE_DOCS: usize = 1024;

/// How an engine works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bounds on an event.
    pub limits: Limits,
    /// Add what was done and until when to each event.
    pub stamp: bool,
    /// Look once more at what leaves whole, where the policy asks for it.
    pub guard: bool,
    /// Map that every event belongs to, by number; `None`: it is recognised.
    pub map: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self { limits: Limits::default(), stamp: false, guard: true, map: None }
    }
}

/// One event of a batch, as far as it has come.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) outcome: Outcome,
    /// Where its bytes lie in the batch.
    pub(super) at: Range<usize>,
    pub(super) pieces: Range<u32>,
    /// Number of its first hole.
    pub(super) holes: u32,
    /// Its inner documents, if it has any: number in [`Engine::docs`].
    pub(super) docs: Option<u32>,
    /// Plan, table and map it was treated by.
    pub(super) plan: u32,
    pub(super) table: u32,
    pub(super) map: Option<u16>,
    /// Where it was written.
    pub(super) out: Range<usize>,
}

/// Runs one plan, or those of many tenants, on one thread.
pub struct Engine {
    tenants: Option<Arc<Tenants>>,
    pub(super) keyless: Keyless,
    pub(super) resolver: Resolver,
    pub(super) steps: Arc<dyn Steps>,
    pub(super) scanner: Scanner,
    pub(super) classifier: Classifier,
    pub(super) assembly: Assembly,
    pub(super) columns: Rows,
    pub(super) running: Running,
    pub(super) coders: Coders,
    pub(super) vendors: Vendors,
    pub(super) guard: Option<Guard>,
    pub(super) cleared: Cleared,
    known: Option<Known>,
    pub(super) sealed: Sealed,
    pub(super) stamps: Stamps,
    pub(super) events: Vec<Pending>,
    pub(super) docs: Vec<Docs>,
    /// Those of earlier batches, whose memory is used again.
    spare_docs: Vec<Docs>,
    /// Those of the last batch, as far as they are counted by name; the others are in `all`.
    pub(super) counts: Counts,
    all: Counts,
    /// Events of the batch that the failure rule quarantines, with the rule and what may be sealed.
    pub(super) kept_back: BTreeMap<u32, (Option<RuleId>, Option<Residue>)>,
    /// The event of the batch that stopped the route.
    pub(super) stopped: Option<(u32, Option<RuleId>)>,
    tally: Tally,
    /// Those of the last batch; the others are in `all_spots`.
    pub(super) spots: Spots,
    all_spots: Spots,
    /// What holes of the batch were filled with, if somebody asks: see [`Engine::trace`].
    pub(super) noted: Option<BTreeMap<u32, Vec<u8>>>,
    /// What has to live as long as the engine: the clock of the sandbox.
    keeps: Option<Arc<dyn std::any::Any + Send + Sync>>,
}

/// Rows of all steps.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) redact: Columns,
    pub(super) mask: Columns,
    pub(super) minimise: Columns,
    pub(super) codes: Codes,
}

/// Steps that are configured, and for how many fields.
#[derive(Default)]
pub(super) struct Running {
    pub(super) redact: Step<dyn Detector + Send>,
    mask: Step<dyn Transformer + Send>,
    minimise: Step<dyn Transformer + Send>,
    pub(super) found: Found,
    pub(super) masked: Changed,
    pub(super) minimised: Changed,
}

pub(super) struct Step<S: ?Sized> {
    fields: usize,
    step: Option<Box<S>>,
    circuit: Circuit,
}

impl<S: ?Sized> Default for Step<S> {
    fn default() -> Self {
        Self { fields: 0, step: None, circuit: Circuit::default() }
    }
}

impl Running {
    /// Makes every step anew when it is needed: settings have changed.
    fn forget(&mut self) {
        self.redact.step = None;
        self.mask.step = None;
        self.minimise.step = None;
    }
}

impl Step<dyn Detector + Send> {
    /// The detector with the settings that hold by now.
    pub(super) fn ready(
        &mut self,
        steps: &dyn Steps,
        resolver: &Resolver,
    ) -> Result<(&mut (dyn Detector + Send), &mut Circuit), StepError> {
        let fields = resolver.redact.all().len();
        let step = match self.step.take() {
            Some(step) if self.fields == fields => step,
            _ => {
                let made = steps.detector(&resolver.redact_settings(), super::entities::prepared(resolver.plan(0))?)?;
                Box::new(Remembering::new(made, resolver.redact.all())?)
            }
        };
        self.fields = fields;
        Ok((self.step.insert(step).as_mut(), &mut self.circuit))
    }
}

impl Engine {
    /// An engine for a plan. Steps are made when the first value needs them.
    pub fn new(plan: Arc<Plan>, steps: Arc<dyn Steps>, keys: impl Keys + 'static, options: Options) -> Self {
        Self::make(Resolver::new(plan), None, steps, Box::new(keys), options)
    }

    /// An engine for the plans of many tenants: each event is treated under its tenant's. An event of no known tenant is
    /// quarantined.
    pub fn for_tenants(
        tenants: Arc<Tenants>,
        steps: Arc<dyn Steps>,
        keys: impl Keys + 'static,
        options: Options,
    ) -> Self {
        Self::make(Resolver::of(tenants.plans().to_vec()), Some(tenants), steps, Box::new(keys), options)
    }

    fn make(
        mut resolver: Resolver,
        tenants: Option<Arc<Tenants>>,
        steps: Arc<dyn Steps>,
        keys: Box<dyn Keys>,
        options: Options,
    ) -> Self {
        let guarded = (0..resolver.plans()).any(|plan| resolver.plan(plan).guard);
        let guard = (options.guard && guarded).then(|| Guard::new(&mut resolver, steps.entities()));
        let known = Known::new(&mut resolver);
        Self {
            classifier: Classifier::new(&resolver, options.map),
            stamps: Stamps::new(options.stamp),
            tenants,
            keyless: Keyless::default(),
            resolver,
            steps,
            scanner: Scanner::new(options.limits),
            assembly: Assembly::default(),
            columns: Rows {
                redact: Columns::default(),
                mask: Columns::default(),
                minimise: Columns::default(),
                codes: Codes::default(),
            },
            running: Running::default(),
            coders: Coders::new(keys),
            vendors: Vendors::default(),
            guard,
            cleared: Cleared::new(),
            known,
            sealed: Sealed::default(),
            events: Vec::new(),
            docs: Vec::new(),
            spare_docs: Vec::new(),
            counts: Counts::default(),
            all: Counts::default(),
            kept_back: BTreeMap::new(),
            stopped: None,
            tally: Tally::default(),
            spots: Spots::default(),
            all_spots: Spots::default(),
            noted: None,
            keeps: None,
        }
    }

    /// Keeps something alive as long as the engine, for example the host of its plugins.
    #[must_use]
    pub fn keeping(mut self, what: Arc<dyn std::any::Any + Send + Sync>) -> Self {
        self.keeps = Some(what);
        self
    }

    /// Notes what it makes of each value, for [`Engine::trace`].
    #[must_use]
    pub fn noting(mut self) -> Self {
        self.noted = Some(BTreeMap::new());
        self
    }

    /// Keeps what codes with escrow stand for.
    ///
    /// INVARIANT (no code without entry): [`Engine::run`] gives out nothing before the entries of its codes are on disk.
    #[must_use]
    pub fn escrowed(mut self, escrow: Arc<dyn Escrow>) -> Self {
        self.coders.escrow = Some(escrow);
        self
    }

    /// Filters the events of a batch, in order. Replaces what `out` holds by what may leave and gives the outcome of each event.
    ///
    /// # Errors
    ///
    /// A step cannot be made at all, a key is missing, or what a code stands for cannot be kept: `out` is empty.
    /// What such a batch counted is taken back.
    pub fn run(&mut self, batch: &Batch, out: &mut Sanitized) -> Result<Vec<Outcome>, StepError> {
        out.bytes.clear();
        self.filter(batch, out).inspect_err(|_| {
            out.bytes.clear();
            self.keyless.take_back();
            self.take_back(batch);
        })
    }

    fn filter(&mut self, batch: &Batch, out: &mut Sanitized) -> Result<Vec<Outcome>, StepError> {
        self.clear();
        if self.resolver.is_large() {
            self.start_over();
        }
        self.stand();
        self.tally.begin();
        self.keyless.next();
        let buffer = batch.bytes();
        for (number, range) in batch.events.iter().enumerate() {
            let at = range.start as usize..range.end as usize;
            let pending = self.scan(buffer, at, number as u32);
            self.events.push(pending);
        }
        self.call()?;
        self.settle(buffer, batch.multi_line, &mut out.bytes)?;
        if self.tenants.is_none() {
            // Nobody asked for its key but its codes.
            self.keyless.open(0);
        }
        Ok(self.events.iter().map(|event| event.outcome).collect())
    }

    /// Tenants whose events are in a batch, by the ids of their policies, with how many bytes. What names nobody is nobody's.
    pub fn volumes(&mut self, batch: &Batch) -> Vec<(String, u64)> {
        let mut bytes: BTreeMap<u32, u64> = BTreeMap::new();
        for range in &batch.events {
            let at = range.start as usize..range.end as usize;
            let of = |framed| match &self.tenants {
                Some(tenants) => tenants.plan_of(&mut self.scanner, framed).ok(),
                None => Some(0),
            };
            if let Some(plan) = Framed::new(batch.bytes(), at.clone()).and_then(of) {
                *bytes.entry(plan).or_default() += at.len() as u64;
            }
        }
        bytes.into_iter().map(|(plan, bytes)| (self.resolver.plan(plan).scope.policy.clone(), bytes)).collect()
    }

    /// Whether something in a batch is of a tenant that is known to be closed.
    pub fn has_closed(&mut self, batch: &Batch) -> bool {
        let Self { tenants, keyless, scanner, coders, resolver, .. } = self;
        let Some(tenants) = tenants.as_ref().filter(|tenants| tenants.has_closed() || keyless.any()) else {
            return false;
        };
        keyless.next();
        let has_closed = batch.events.iter().any(|range| {
            let framed = Framed::new(batch.bytes(), range.start as usize..range.end as usize);
            framed.is_some_and(|framed| match tenants.plan_of(scanner, framed) {
                Ok(plan) => keyless.is_closed(plan, |has_to_be| coders.ready(resolver.plan(plan), has_to_be)),
                Err(code) => code == reason::CLOSED,
            })
        });
        keyless.take_back();
        has_closed
    }

    /// Tenants that closed since the last call, since their key is not there: the ids of their policies, and why. Without a reason:
    /// that are open.
    pub fn news_of_keys(&mut self) -> Vec<(String, Option<String>)> {
        let named = |(plan, why): (u32, Option<KeyError>)| {
            (self.resolver.plan(plan).scope.policy.clone(), why.map(|why| why.to_string()))
        };
        self.keyless.take_news().into_iter().map(named).collect()
    }

    /// Events of the last batch for which a step failed, by step and failure: see [`Counts::failures`].
    pub fn failures(&self) -> &BTreeMap<String, u64> {
        &self.counts.failures
    }

    /// Plugins that are not called for now, since they are broken in themselves: by their names in the policy, the built-in ones by
    /// their own.
    pub fn open_circuits(&self) -> BTreeSet<&str> {
        let Running { redact, mask, minimise, .. } = &self.running;
        let own = [("redact", &redact.circuit), ("mask", &mask.circuit), ("minimize", &minimise.circuit)];
        let guard = self.guard.iter().map(|guard| ("redact", guard.circuit()));
        let all = own.into_iter().chain(guard).chain(self.vendors.circuits(self.resolver.plan(0)));
        all.filter(|(_, circuit)| circuit.is_open()).map(|(name, _)| name).collect()
    }

    /// Takes back what the last batch counted: nothing of it leaves, and its source gives it again.
    pub fn take_back(&mut self, batch: &Batch) {
        self.counts = Counts::default();
        self.spots = Spots::default();
        self.tally.take_back();
        for pending in std::mem::take(&mut self.events) {
            let framed = Framed::new(batch.bytes(), pending.at.clone());
            if let Some((framed, map)) = framed.zip(pending.map) {
                self.classifier.forget(&mut self.scanner, framed, (pending.plan, map));
            }
        }
    }

    /// What the last batch counted stays.
    fn stand(&mut self) {
        self.all.add(&std::mem::take(&mut self.counts));
        self.all_spots.add(std::mem::take(&mut self.spots));
    }

    /// Id of the map that an event of the last batch belongs to, if one was found.
    pub fn schema(&self, event: usize) -> Option<&str> {
        let pending = self.events.get(event)?;
        let map = self.resolver.library().maps.all().get(usize::from(pending.map?))?;
        Some(&map.head.id.value)
    }

    /// The counts so far, with names.
    pub fn counts(&mut self) -> Counts {
        self.name_counts();
        self.all.clone()
    }

    /// The counts since the last call, with names.
    pub fn take_counts(&mut self) -> Counts {
        self.name_counts();
        std::mem::take(&mut self.all)
    }

    /// Turns what was counted by number into counts by name.
    fn name_counts(&mut self) {
        self.stand();
        let counts = &mut self.all;
        self.all_spots.name(&self.resolver, counts);
        let tally = self.tally.take();
        for (number, of) in tally.plans.iter().enumerate() {
            let plan = self.resolver.plan(number as u32).clone();
            let actions = self.resolver.actions().iter().zip(&of.by_action);
            for ((provenance, verdict), count) in actions.filter(|(_, count)| **count > 0) {
                for name in treatment_names(*verdict, &self.resolver) {
                    *counts.treatments.entry(name.to_owned()).or_default() += count;
                }
                let rules = self.resolver.provenance.all().get(usize::from(*provenance));
                for rule in rules.into_iter().flatten() {
                    *counts.rules.entry(plan.rule(*rule).to_owned()).or_default() += count;
                }
                counts.forbidden += if *verdict == Verdict::Forbid { *count } else { 0 };
            }
            for (rule, count) in of.suppressed.iter().enumerate().filter(|(_, count)| **count > 0) {
                let name = plan.rules.get(rule).map_or("", |rule| rule.name.as_str());
                *counts.rules.entry(name.to_owned()).or_default() += count;
            }
        }
        let maps = self.resolver.library().maps.all();
        for (map, count) in maps.iter().zip(&tally.schemas).filter(|(_, count)| **count > 0) {
            *counts.schemas.entry(map.head.id.value.clone()).or_default() += count;
        }
        for (name, count) in self.steps.entities().iter().zip(&tally.entities).filter(|(_, count)| **count > 0) {
            *counts.entities.entry(name.clone()).or_default() += count;
        }
        for (path, count) in self.classifier.unclassified(&mut self.scanner) {
            *counts.unclassified.entry(path).or_default() += count;
        }
    }

    /// Forgets what was computed for combinations of tests: an input that makes up endless ones must not fill memory. What
    /// leaves does not change: everything that names tables, treatments or domains by number goes with them.
    pub fn start_over(&mut self) {
        self.name_counts();
        self.clear();
        self.assembly = Assembly::default();
        self.coders.forget_numbers();
        let plans = (0..self.resolver.plans()).map(|plan| self.resolver.plan(plan).clone()).collect();
        self.resolver = Resolver::of(plans);
        self.stamps = Stamps::new(self.stamps.is_on());
        self.classifier.forget_tables();
        let look = self.guard.take().map(|_| Guard::new(&mut self.resolver, self.steps.entities()));
        self.guard = look;
        self.cleared = Cleared::new();
        self.known = Known::new(&mut self.resolver);
        self.running.forget();
    }

    fn clear(&mut self) {
        self.assembly.clear();
        self.events.clear();
        // What one event with large documents took is given back.
        self.spare_docs.extend(self.docs.drain(..).filter(|docs| docs.memory() <= SPARE_MEMORY));
        self.spare_docs.truncate(SPARE_DOCS);
        self.kept_back.clear();
        self.stopped = None;
        self.noted.iter_mut().for_each(BTreeMap::clear);
        self.columns.redact.clear();
        self.columns.mask.clear();
        self.columns.minimise.clear();
        self.columns.codes.clear();
        self.vendors.clear();
        self.sealed.rows.clear();
        if let Some(guard) = &mut self.guard {
            guard.clear();
        }
    }

    /// Scans and assembles one event.
    fn scan(&mut self, buffer: &[u8], at: Range<usize>, number: u32) -> Pending {
        let mut pending = Pending {
            outcome: Outcome::Passed,
            at: at.clone(),
            pieces: 0..0,
            holes: 0,
            docs: None,
            plan: 0,
            table: 0,
            map: None,
            out: 0..0,
        };
        let quarantined = |code| Outcome::Quarantined(code);
        let Some(framed) = Framed::new(buffer, at.clone()) else {
            pending.outcome = quarantined(reason::NO_PLAN);
            return pending;
        };
        if let Some(tenants) = &self.tenants {
            let (resolver, coders) = (&self.resolver, &self.coders);
            let mut is_closed =
                |plan: u32| self.keyless.is_closed(plan, |has_to_be| coders.ready(resolver.plan(plan), has_to_be));
            match tenants.plan_of(&mut self.scanner, framed) {
                Ok(plan) if is_closed(plan) => {
                    pending.outcome = quarantined(reason::CLOSED);
                    return pending;
                }
                Ok(plan) => pending.plan = plan,
                Err(code) => {
                    pending.outcome = quarantined(code);
                    return pending;
                }
            }
        }
        let Classified { map, table, scanned } =
            match self.classifier.classify(&mut self.scanner, framed, pending.plan, &mut self.resolver) {
                Ok(classified) => classified,
                Err(code) => {
                    pending.outcome = quarantined(code);
                    return pending;
                }
            };
        pending.table = table;
        pending.map = Some(map);
        let table = self.resolver.table(table);
        self.tally.schema(map);
        if !table.suppress.is_empty() {
            self.tally.of(pending.plan, self.resolver.actions().len()).suppress(&table.suppress);
            pending.outcome = Outcome::Suppressed;
            return pending;
        }
        let first = self.assembly.pieces.len() as u32;
        pending.holes = self.assembly.holes.len() as u32;
        let place = Place { event: scanned.event, docs: scanned.docs, resolver: &self.resolver };
        let mut filler = Filler {
            event: scanned.event,
            docs: scanned.docs,
            number,
            plan: pending.plan,
            columns: &mut self.columns,
            vendors: &mut self.vendors,
            resolver: &self.resolver,
            guard: self.guard.as_mut().filter(|_| self.resolver.plan(pending.plan).guard),
            cleared: &mut self.cleared,
            words: self.resolver.plan(pending.plan).sealed.as_deref(),
            sealed: &mut self.sealed,
            seeks_known: false,
            tally: self.tally.of(pending.plan, self.resolver.actions().len()),
        };
        self.assembly.shaped(&scanned, &place, (pending.table, table), &mut filler);
        let seeks_known = filler.seeks_known;
        pending.pieces = first..self.assembly.pieces.len() as u32;
        if let Some(known) = self.known.as_mut().filter(|_| seeks_known) {
            known.name(number, scanned.tokens, &place, table, &mut self.columns.redact);
        }
        if !scanned.docs.is_empty() {
            pending.docs = Some(self.docs.len() as u32);
            self.docs.push(self.scanner.take_docs(self.spare_docs.pop().unwrap_or_default()));
        }
        pending
    }

    /// Calls every step that has rows.
    fn call(&mut self) -> Result<(), StepError> {
        let mut failures: Vec<StepFailure> = Vec::new();
        let Running { redact, mask, minimise, found, masked, minimised } = &mut self.running;
        let resolver = &self.resolver;
        if self.columns.redact.is_empty() {
            found.none();
        } else {
            // Officers' own entities come later: they see what others hide as filler.
            let built_in = self.steps.entities().len().saturating_sub(resolver.plan(0).entities.len());
            let step = redact.ready(self.steps.as_ref(), resolver)?;
            found.run(step, &self.columns.redact, 0..built_in as u32, &mut failures);
            if let Some(guard) = &self.guard {
                guard.remember(found, resolver, &mut self.cleared);
            }
        }
        for (step, name, columns, changed, fields) in [
            (mask, "mask", &self.columns.mask, masked, resolver.mask.all().len()),
            (minimise, "minimize", &self.columns.minimise, minimised, resolver.minimise.all().len()),
        ] {
            if columns.is_empty() {
                changed.none();
                continue;
            }
            if step.fields != fields || step.step.is_none() {
                step.step = Some(match name {
                    "mask" => self.steps.mask(&resolver.mask_settings())?,
                    _ => self.steps.minimise(&resolver.minimise_settings())?,
                });
                step.fields = fields;
            }
            if let Some(transformer) = &mut step.step {
                changed.run(name, transformer.as_mut(), &mut step.circuit, columns, &mut failures);
                let gave_up = changed.edits.failed.len() as u64;
                if gave_up > 0 {
                    *self.counts.failures.entry(format!("{name}: gave-up")).or_default() += gave_up;
                }
            }
        }
        for failure in failures {
            *self.counts.failures.entry(format!("{}: {}", failure.step, failure.failure)).or_default() += 1;
        }
        self.tally.found(&self.running.found, resolver.redact.all());
        Ok(())
    }
}

/// Fills rows of steps while an event is assembled.
struct Filler<'a> {
    event: &'a [u8],
    docs: &'a Docs,
    number: u32,
    plan: u32,
    columns: &'a mut Rows,
    vendors: &'a mut Vendors,
    resolver: &'a Resolver,
    guard: Option<&'a mut Guard>,
    cleared: &'a mut Cleared,
    /// Words of sealed lists, and what holds one.
    words: Option<&'a WordList>,
    sealed: &'a mut Sealed,
    /// Whether those whom the event names are looked for in a value of it.
    seeks_known: bool,
    tally: &'a mut OfPlan,
}

impl Observer for Filler<'_> {
    #[inline]
    fn decided(&mut self, action: &Action, times: u64) {
        self.tally.action(action, times);
    }

    fn hole(&mut self, hole: &Hole) {
        let treat = self.resolver.treats.all().get(usize::from(hole.treat));
        let (event, docs, number) = (self.event, self.docs, self.number);
        let plain = docs.plain(event, &hole.token);
        let decode = |bytes: &mut Vec<u8>| match plain {
            Some(plain) => bytes.extend_from_slice(plain),
            None => docs.decode(event, &hole.token, bytes),
        };
        // Most treatments do one thing.
        match treat {
            Some(treat) if treat.is_direct => {
                self.vendors.pass();
                return self.columns.codes.fill(number, self.plan, treat, |bytes| {
                    let from = bytes.len();
                    decode(bytes);
                    if docs.is_bare(&hole.token) && names_person(self.resolver, treat) {
                        without_hexadecimal(bytes, from);
                    }
                });
            }
            Some(&Treat { is_rung: true, minimise: Some(field), .. }) => {
                self.vendors.pass();
                self.columns.minimise.field(field).fill(number, decode);
                return;
            }
            _ => self.vendors.hole(number, treat),
        }
        let Some(treat) = treat else { return };
        self.seeks_known |= treat.seeks_known;
        for field in treat.redact.iter().chain(&treat.watch) {
            self.columns.redact.field(*field).fill(number, decode);
        }
        for field in &treat.mask {
            self.columns.mask.field(*field).fill(number, decode);
        }
        for field in treat.minimise.iter().chain(&treat.cut) {
            self.columns.minimise.field(*field).fill(number, decode);
        }
    }

    #[inline]
    fn kept(&mut self, action: &Action, token: &Token, index: usize) {
        if self.words.is_some() || self.guard.is_some() {
            self.whole(action, token, index, false);
        }
    }

    fn kept_key(&mut self, action: &Action, key: &Token, index: usize) {
        if self.words.is_some() || self.guard.is_some() {
            self.whole(action, key, index, true);
        }
    }
}

impl Filler<'_> {
    /// A value or key leaves as it came, if nobody who is asked keeps it back.
    fn whole(&mut self, action: &Action, token: &Token, index: usize, is_key: bool) {
        let Sealed { rows, value } = &mut *self.sealed;
        let value = self.docs.decoded(self.event, token, value);
        let row = Row { event: self.number, token: index as u32, set: action.guard, spot: Spot::of(token, is_key) };
        let is_typed = self.guard.as_mut().is_some_and(|guard| guard.is_typed(self.resolver, row.set));
        if self.words.is_none() && !is_typed && !worth(value) {
            return;
        }
        let digest = match self.cleared.look_up(self.plan, Leaves::Whole(row.set), value) {
            Standing::New(digest) => digest,
            Standing::Cleared { was_shown } => {
                self.guard.iter_mut().filter(|_| was_shown).for_each(|guard| guard.pass(row));
                return;
            }
        };
        let is_sealed = self.words.is_some_and(|words| words.matches(value));
        if is_sealed {
            rows.push(row);
        }
        let digest = digest.filter(|_| !is_sealed);
        let Some(guard) = &mut self.guard else { return self.cleared.put(digest, false) };
        // What is no time is none however short it is; other values may be too short for the detector.
        match if is_typed { guard.weigh(row, self.resolver, value) } else { Reading::Fits } {
            Reading::Stray => {}
            Reading::Fits if worth(value) => {
                guard.look(self.columns.redact.field(guard.field()), row, digest, value);
            }
            _ => self.cleared.put(digest, false),
        }
    }
}

/// Whether codes of a treatment are those of persons.
fn names_person(resolver: &Resolver, treat: &Treat) -> bool {
    let domain = treat.code.and_then(|key| resolver.domains.all().get(usize::from(key.domain)));
    domain.is_some_and(|domain| domain == PERSON)
}

/// Nobody is told: rows and counts are there already.
pub(super) struct Silent;

impl Observer for Silent {
    fn decided(&mut self, _: &Action, _: u64) {}
    fn hole(&mut self, _: &Hole) {}
    fn kept(&mut self, _: &Action, _: &Token, _: usize) {}
    fn kept_key(&mut self, _: &Action, _: &Token, _: usize) {}
}

/// The names under which a verdict is counted: one for each part of its form.
fn treatment_names(verdict: Verdict, resolver: &Resolver) -> Vec<&'static str> {
    match verdict {
        Verdict::Drop => vec!["drop"],
        Verdict::Forbid => vec!["forbid"],
        Verdict::Keep => vec!["keep"],
        Verdict::Treat(number) => {
            let Some(treat) = resolver.treats.all().get(usize::from(number)) else { return Vec::new() };
            let mut names = Vec::new();
            let parts = [
                (treat.replace.is_some(), "replace"),
                (treat.cover.is_some() || hides(treat), "redact"),
                (treat.rewrite.is_some(), "rewrite"),
                (!treat.mask.is_empty(), "mask"),
            ];
            names.extend(parts.iter().filter(|(is, _)| *is).map(|(_, name)| *name));
            names.extend(treat.minimise.iter().chain(&treat.cut).map(|field| resolver.minimise_verb(*field)));
            names.extend(treat.code.map(|key| super::render::letter(key.code)));
            names
        }
    }
}

fn hides(treat: &Treat) -> bool {
    !(treat.redact.is_empty() && treat.listed.is_empty() && treat.plugins.is_empty())
}

/// Categories, for the guard's question what a value may hold.
pub(super) fn kept_categories(resolver: &Resolver, number: u16) -> &[CategoryId] {
    resolver.kept.all().get(usize::from(number)).map_or(&[], Vec::as_slice)
}
