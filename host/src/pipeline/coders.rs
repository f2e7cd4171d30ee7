//! Codes of a batch: keys derived when first needed, the bits of many values at a time, and what codes with escrow stand for.

use std::collections::HashMap;
use std::collections::hash_map::Entry::Vacant;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::event::ColumnBuf;
use crate::policy::form::Code;
use crate::policy::{CodeKey, Plan, Resolver, Treat};

use super::codes::{Coder, Derivation, normalise, normalise_address};
use super::keys::{Entry, Epoch, Escrow, KeyError, Keys};
use super::memory::{Kinds, Memory};

/// Codes that an engine remembers to be on disk. More are asked for once more, which costs time and nothing else.
const KEPT_MAX: usize = 1 << 16;

/// Codes by key, derived when first needed.
#[derive(Debug)]
pub(super) struct Coders {
    keys: Box<dyn Keys>,
    pub(super) escrow: Option<Arc<dyn Escrow>>,
    all: Vec<Known>,
    /// By plan, numbers in `all`: each tenant has keys of its own.
    by_plan: Vec<Vec<(CodeKey, u32)>>,
    /// Whose key was not there in this batch, by plan, and why.
    failed: Option<(u32, KeyError)>,
    /// What codes of this batch stand for, where that is not known to be kept.
    entries: HashMap<[u8; 16], Entry>,
    /// Codes whose entries are on disk.
    kept: FxHashSet<[u8; 16]>,
    /// The bits of codes that were made.
    memory: Option<Memory<[u8; 16]>>,
    /// By coder and how values are folded: see [`kind_of`].
    kinds: Kinds,
}

/// Rows that are looked up at a time.
const AT_ONCE: usize = 16;

/// How a value is folded that is folded already. 0 and 1: as text, as an address.
const FOLDED: usize = 2;

/// Of values that are folded alike and coded by one coder it is known whether they repeat.
fn kind_of(coder: u32, fold: usize) -> usize {
    coder as usize * (FOLDED + 1) + fold
}

/// A row that is looked up: its coder, by which its code is remembered, and the bits of that.
#[derive(Clone, Copy, Default)]
struct Asked {
    number: Option<u32>,
    digest: Option<u128>,
    bits: Option<[u8; 16]>,
}

/// A row whose code is to be made.
#[derive(Clone)]
struct Waiting {
    row: usize,
    /// Its coder.
    number: u32,
    folded: Range<usize>,
    /// By which its code is remembered.
    digest: Option<u128>,
}

/// A coder, and what it is for: by name, because numbers of the resolver do not hold for ever.
#[derive(Debug)]
struct Known {
    plan: u32,
    domain: String,
    code: Code,
    coder: Coder,
    /// What its codes stand for is kept, for this tenant and epoch.
    escrowed: Option<(String, Epoch)>,
    /// What a code depends on beside the value: this, and how the value is folded ([`FOLDED`]: it is already).
    salts: [u128; 3],
}

/// Values that are coded as they are, with the keys of their codes; and their bits, once all of a batch are known.
#[derive(Debug)]
pub(super) struct Codes {
    column: ColumnBuf,
    /// Plan, key, and whether the value is an address.
    keys: Vec<(u32, CodeKey, bool)>,
    /// The code of each row: its bits, and who writes it (number in [`Coders::all`]). `None` where a table is full or gives no
    /// randomness.
    made: Vec<Option<([u8; 16], u32)>>,
    folded: Vec<u8>,
}

impl Default for Codes {
    fn default() -> Self {
        Self { column: ColumnBuf::new(0), keys: Vec::new(), made: Vec::new(), folded: Vec::new() }
    }
}

impl Codes {
    /// Takes a value of an event of a plan.
    pub(super) fn fill(&mut self, event: u32, plan: u32, treat: &Treat, write: impl FnOnce(&mut Vec<u8>)) {
        let Some(key) = treat.code else { return };
        self.column.fill(event, write);
        self.keys.push((plan, key, treat.is_ip));
    }

    /// The value of a row.
    pub(super) fn row(&self, row: usize) -> &[u8] {
        self.column.row(row)
    }

    /// The code of a row: its bits, and who writes it.
    pub(super) fn made(&self, row: usize) -> Option<([u8; 16], u32)> {
        self.made.get(row).copied().flatten()
    }

    /// The first row of an event.
    pub(super) fn first_of(&self, event: u32) -> u32 {
        self.column.view().event.partition_point(|of| *of < event) as u32
    }

    pub(super) fn clear(&mut self) {
        self.column.clear();
        self.keys.clear();
        self.made.clear();
    }
}

impl Coders {
    /// Finds the bits of every row: those it remembers, else two at a time (see [`lanes`](super::lanes)).
    pub(super) fn rows(&mut self, resolver: &Resolver, codes: &mut Codes) {
        let Codes { column, keys, made, folded } = codes;
        made.clear();
        made.resize(keys.len(), None);
        let mut waiting: Option<Waiting> = None;
        folded.clear();
        for first in (0..keys.len()).step_by(AT_ONCE) {
            let keys = &keys[first..keys.len().min(first + AT_ONCE)];
            let mut asked = [Asked::default(); AT_ONCE];
            for ((row, asked), (plan, key, is_ip)) in (first..).zip(&mut asked).zip(keys) {
                let Some(number) = self.number(*plan, *key, resolver) else { continue };
                asked.number = Some(number);
                asked.digest = self.digest(number, usize::from(*is_ip), column.row(row));
            }
            // Places of the memory are seldom in the processor's cache: many are on their way at a time.
            if let Some(memory) = &self.memory {
                asked.iter_mut().for_each(|asked| asked.bits = asked.digest.and_then(|digest| memory.get(digest)));
            }
            for ((row, asked), (_, _, is_ip)) in (first..).zip(asked).zip(keys) {
                let Asked { number: Some(number), digest, bits } = asked else { continue };
                if let Some(bits) = bits {
                    made[row] = Some((bits, number));
                    continue;
                }
                if digest.is_some() {
                    self.kinds.is_new(kind_of(number, usize::from(*is_ip)));
                }
                let Some(known) = self.all.get_mut(number as usize) else { continue };
                let start = folded.len();
                let fold = if *is_ip { normalise_address } else { normalise };
                fold(column.row(row), folded);
                if known.coder.pads().is_none() {
                    made[row] = known.coder.bits(&folded[start..]).map(|bits| (bits, number));
                    folded.truncate(start);
                    continue;
                }
                let this = Waiting { row, number, folded: start..folded.len(), digest };
                match waiting.take() {
                    None => waiting = Some(this),
                    Some(before) => {
                        self.pair([before, this], folded, made);
                        folded.clear();
                    }
                }
            }
        }
        if let Some(last) = waiting {
            let nobody = Waiting { row: usize::MAX, folded: 0..0, digest: None, ..last.clone() };
            self.pair([last, nobody], folded, made);
        }
        self.kinds.end();
    }

    /// By which the code of a value is remembered; `None` where values of the coder do not repeat, or come from a table.
    fn digest(&mut self, number: u32, fold: usize, value: &[u8]) -> Option<u128> {
        let known = self.all.get(number as usize).filter(|known| known.coder.pads().is_some())?;
        let memory = self.memory.as_ref().filter(|_| self.kinds.looks_up(kind_of(number, fold)))?;
        Some(memory.of_value(value) ^ known.salts.get(fold)?)
    }

    /// Makes the codes of two rows.
    fn pair(&mut self, both: [Waiting; 2], folded: &[u8], made: &mut [Option<([u8; 16], u32)>]) {
        let one = |of: &Waiting| Some((self.all.get(of.number as usize)?.coder.pads()?, &folded[of.folded.clone()]));
        let Some(bits) = one(&both[0]).zip(one(&both[1])).map(|(first, second)| Coder::pair(first, second)) else {
            return;
        };
        for (of, bits) in both.into_iter().zip(bits) {
            let Some(made) = made.get_mut(of.row) else { continue };
            *made = Some((bits, of.number));
            if let Some((memory, digest)) = self.memory.as_mut().zip(of.digest) {
                memory.put(digest, bits);
            }
        }
    }

    pub(super) fn new(keys: Box<dyn Keys>) -> Self {
        Self {
            keys,
            escrow: None,
            all: Vec::new(),
            by_plan: Vec::new(),
            failed: None,
            entries: HashMap::new(),
            kept: FxHashSet::default(),
            // Without randomness nothing is remembered.
            memory: Memory::new().ok(),
            kinds: Kinds::default(),
        }
    }

    /// The number of the coder of a key.
    #[inline]
    fn number(&mut self, plan: u32, key: CodeKey, resolver: &Resolver) -> Option<u32> {
        let known = self.by_plan.get(plan as usize).and_then(|keys| keys.iter().find(|(of, _)| *of == key));
        match known {
            Some((_, number)) => Some(*number),
            None => self.derive(plan, key, resolver),
        }
    }

    #[cold]
    fn derive(&mut self, number: u32, key: CodeKey, resolver: &Resolver) -> Option<u32> {
        let domain = resolver.domains.all().get(usize::from(key.domain))?;
        let is_it = |known: &Known| (known.plan, &known.domain, known.code) == (number, domain, key.code);
        let at = match self.all.iter().position(is_it) {
            Some(at) => at,
            None => {
                let plan = resolver.plan(number);
                let (tenant, epoch) = (&plan.scope.policy, Epoch { number: plan.epoch, days: plan.epoch_days });
                let secret = match self.keys.epoch(tenant, epoch) {
                    Ok(secret) => secret,
                    Err(error) => {
                        self.failed.get_or_insert((number, error));
                        return None;
                    }
                };
                let purpose = &plan.scope.purpose;
                let what = Derivation { tenant, domain, purpose, epoch: plan.epoch, code: key.code };
                let coder = Coder::new(&secret, &what);
                let kept = self.escrow.as_ref().filter(|escrow| key.code == Code::Escrow && escrow.takes(tenant));
                let escrowed = kept.map(|_| (tenant.clone(), epoch));
                let of = (self.all.len() as u64).to_le_bytes();
                let salt =
                    |fold: &u8| self.memory.as_ref().map_or(0, |memory| memory.of_parts("coder", [&of[..], &[*fold]]));
                let salts = [0, 1, FOLDED as u8].each_ref().map(salt);
                self.all.push(Known { plan: number, domain: domain.clone(), code: key.code, coder, escrowed, salts });
                self.all.len() - 1
            }
        } as u32;
        if self.by_plan.len() <= number as usize {
            self.by_plan.resize_with(number as usize + 1, Vec::new);
        }
        self.by_plan[number as usize].push((key, at));
        Some(at)
    }

    /// The code of a value that is rendered by itself; `None` where none can be made.
    pub(super) fn one(
        &mut self,
        plan: u32,
        key: CodeKey,
        resolver: &Resolver,
        folded: &[u8],
    ) -> Option<([u8; 16], u32)> {
        let number = self.number(plan, key, resolver)?;
        let digest = self.digest(number, FOLDED, folded);
        if let Some(bits) = self.memory.as_ref().zip(digest).and_then(|(memory, digest)| memory.get(digest)) {
            return Some((bits, number));
        }
        let bits = self.all.get_mut(number as usize)?.coder.bits(folded)?;
        if let Some((memory, digest)) = self.memory.as_mut().zip(digest) {
            memory.put(digest, bits);
            self.kinds.is_new(kind_of(number, FOLDED));
        }
        Some((bits, number))
    }

    /// Who writes codes of that number.
    pub(super) fn coder(&self, number: u32) -> Option<&Coder> {
        Some(&self.all.get(number as usize)?.coder)
    }

    /// Remembers what a code that is written stands for, until the batch is settled. `identity` appends it.
    #[inline]
    pub(super) fn stands_for(&mut self, bits: [u8; 16], number: u32, identity: impl FnOnce(&mut Vec<u8>)) {
        let Some(known) = self.all.get(number as usize) else { return };
        if known.escrowed.is_some() && !self.kept.contains(&bits) {
            self.enter(bits, number, identity);
        }
    }

    #[cold]
    fn enter(&mut self, bits: [u8; 16], number: u32, identity: impl FnOnce(&mut Vec<u8>)) {
        let Some(Known { coder, escrowed: Some((tenant, epoch)), .. }) = self.all.get(number as usize) else { return };
        let Vacant(entry) = self.entries.entry(bits) else { return };
        let (mut code, mut value) = (Vec::new(), Vec::new());
        coder.write(bits, &mut code);
        identity(&mut value);
        let code = String::from_utf8_lossy(&code).into_owned();
        entry.insert(Entry { tenant: tenant.clone(), epoch: *epoch, code, identity: value });
    }

    /// Whether the key of a plan's codes is there. `has_to_be`: if it was not made yet, it is.
    pub(super) fn ready(&self, plan: &Plan, has_to_be: bool) -> Result<(), KeyError> {
        let (tenant, epoch) = (&plan.scope.policy, Epoch { number: plan.epoch, days: plan.epoch_days });
        if has_to_be { self.keys.epoch(tenant, epoch).map(drop) } else { self.keys.ready(tenant, epoch) }
    }

    /// Ends a batch: whether every code had a key, and what each with escrow stands for is on disk.
    ///
    /// # Errors
    ///
    /// Why not; where it is for a plan's key, that plan.
    pub(super) fn settle(&mut self) -> Result<(), (Option<u32>, KeyError)> {
        let entries = std::mem::take(&mut self.entries);
        if let Some((plan, error)) = self.failed.take() {
            return Err((Some(plan), error));
        }
        let Some(escrow) = self.escrow.as_ref().filter(|_| !entries.is_empty()) else { return Ok(()) };
        let (bits, entries): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
        escrow.keep(entries).map_err(|error| (None, error))?;
        if self.kept.len() + bits.len() > KEPT_MAX {
            self.kept.clear();
        }
        self.kept.extend(bits.into_iter().take(KEPT_MAX));
        Ok(())
    }

    /// Numbers of domains mean something else from now on. Keys and tables stay: a subject keeps its code.
    pub(super) fn forget_numbers(&mut self) {
        self.by_plan.clear();
    }
}
