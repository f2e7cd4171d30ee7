//! Which map an event belongs to, and which tests hold for it.
//!
//! Most events look like one seen before: the map is guessed from the first bytes, the event is scanned with it, and the
//! marks of that scan say whether the guess was right. Every automaton knows the recognition paths of every map, so a guess
//! can cost time, never change an answer.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::event::{Framed, Scanned, Scanner, Token};
use crate::policy::{ATOMS_MAX, CompiledMap, Library, Relevant, Resolver, Tests};

use super::outcome::reason;

/// Guesses that are remembered.
const GUESSES: usize = 1024;
/// Tested values that are remembered, and how long they may be.
const REMEMBERED: usize = 1024;
const REMEMBERED_BYTES: usize = 64;

/// An event with its map.
pub(super) struct Classified<'s> {
    pub(super) map: u16,
    pub(super) table: u32,
    pub(super) scanned: Scanned<'s>,
}

#[derive(Debug)]
pub(super) struct Classifier {
    library: Arc<Library>,
    pinned: Option<u16>,
    guesses: Vec<u16>,
    /// The plan whose event is classified.
    plan: u32,
    /// Plan → number of the set of maps that it allows.
    allowed: Vec<u16>,
    by_marks: HashMap<(u16, Vec<u64>), Option<u16>>,
    /// Plan → map, made ready when first met.
    ready: Vec<Vec<Option<Arc<Ready>>>>,
    marks: Vec<u64>,
    /// Map → the marks by which it was recognised last (with the set of maps), and its last table: events of one map are
    /// often alike.
    last_marks: Vec<(u16, Vec<u64>)>,
    last_table: Vec<Option<(u32, Tests, u32)>>,
    value: Vec<u8>,
    remembered: Vec<Option<Known>>,
}

/// A map with the questions that its slots' values are asked.
#[derive(Debug)]
struct Ready {
    map: Arc<CompiledMap>,
    relevant: Arc<Relevant>,
    number: u16,
}

/// A value that was tested before.
#[derive(Debug)]
struct Known {
    plan: u32,
    map: u16,
    slot: u32,
    value: Box<[u8]>,
    tests: Tests,
}

const UNKNOWN: u16 = u16::MAX;

impl Classifier {
    pub(super) fn new(resolver: &Resolver, pinned: Option<usize>) -> Self {
        let mut sets: HashMap<&[bool], u16> = HashMap::new();
        let allowed = (0..resolver.plans()).map(|plan| {
            let next = sets.len() as u16;
            *sets.entry(&resolver.plan(plan).maps).or_insert(next)
        });
        Self {
            library: resolver.library().clone(),
            pinned: pinned.map(|map| map as u16),
            guesses: vec![UNKNOWN; GUESSES],
            plan: 0,
            allowed: allowed.collect(),
            by_marks: HashMap::new(),
            ready: vec![Vec::new(); resolver.plans() as usize],
            marks: Vec::new(),
            last_marks: vec![(0, Vec::new()); resolver.library().maps.all().len()],
            last_table: vec![None; resolver.library().maps.all().len()],
            value: Vec::new(),
            remembered: (0..REMEMBERED).map(|_| None).collect(),
        }
    }

    /// Scans an event of a plan with its map and finds the table that holds for it.
    ///
    /// # Errors
    ///
    /// The code of why the event cannot be treated.
    pub(super) fn classify<'s>(
        &mut self,
        scanner: &'s mut Scanner,
        framed: Framed<'s>,
        plan: u32,
        resolver: &mut Resolver,
    ) -> Result<Classified<'s>, &'static str> {
        self.plan = plan;
        let ready = match self.pinned {
            Some(pinned) => self.scan(scanner, framed, pinned, resolver)?,
            None => self.recognise(scanner, framed, resolver)?,
        };
        let scanned = scanner.last(framed);
        let tests = self.tests(&ready, &scanned, resolver);
        let last = self.last_table.get_mut(usize::from(ready.number)).ok_or(reason::NO_PLAN)?;
        let table = match *last {
            Some((of, when, table)) if (of, when) == (plan, tests) => table,
            _ => resolver.lookup(plan, ready.number, &ready.map, tests).ok_or(reason::NO_PLAN)?,
        };
        *last = Some((plan, tests, table));
        Ok(Classified { map: ready.number, table, scanned })
    }

    /// Scans an event again that was classified before.
    pub(super) fn again<'s>(
        &self,
        scanner: &'s mut Scanner,
        framed: Framed<'s>,
        (plan, map): (u32, u16),
    ) -> Option<Scanned<'s>> {
        let ready = self.ready.get(plan as usize)?.get(usize::from(map))?.as_ref()?;
        scanner.scan(framed, &ready.map.automaton).ok()?;
        // Counted the first time.
        scanner.forget_unclassified(&ready.map.automaton);
        Some(scanner.last(framed))
    }

    /// Forgets the numbers of tables: there are others.
    pub(super) fn forget_tables(&mut self) {
        self.last_table.fill(None);
    }

    /// How often values stood at paths that nobody classified, by path: the last key as `*`, since it is no map's.
    pub(super) fn unclassified(&self, scanner: &mut Scanner) -> BTreeMap<String, u64> {
        let mut paths = BTreeMap::new();
        // Tenants that classify further fields have automata of their own for one map.
        let mut maps: BTreeMap<(u16, *const CompiledMap), &Arc<CompiledMap>> = BTreeMap::new();
        maps.extend(
            self.ready.iter().flatten().flatten().map(|ready| ((ready.number, Arc::as_ptr(&ready.map)), &ready.map)),
        );
        for ((number, _), map) in maps {
            let id = self.library.maps.all().get(usize::from(number)).map_or("", |m| m.head.id.value.as_str());
            let automaton = &map.automaton;
            scanner.drain_unclassified(automaton, |counter, count| {
                let path = automaton.unclassified_path(counter);
                *paths.entry(format!("{id}: {path}")).or_default() += count;
            });
        }
        paths
    }

    /// Finds the map of an event; afterwards the scanner holds its scan.
    fn recognise(
        &mut self,
        scanner: &mut Scanner,
        framed: Framed<'_>,
        resolver: &mut Resolver,
    ) -> Result<Arc<Ready>, &'static str> {
        let guess = guess_of(framed.bytes());
        let mut number = self.guesses[guess];
        if number == UNKNOWN {
            number = self.ask_recogniser(scanner, framed, resolver)?;
            self.guesses[guess] = number;
            return self.scan(scanner, framed, number, resolver);
        }
        let ready = self.ready(number, resolver).ok_or(reason::NO_PLAN)?;
        if ready.map.is_opaque {
            let right = self.ask_recogniser(scanner, framed, resolver)?;
            self.guesses[guess] = right;
            return self.scan(scanner, framed, right, resolver);
        }
        if let Err(code) = self.scan(scanner, framed, number, resolver) {
            // What one map refuses (a name in two spellings, say) another may take: only the right one may refuse the event.
            let right = self.ask_recogniser(scanner, framed, resolver)?;
            self.guesses[guess] = right;
            return if right == number { Err(code) } else { self.scan(scanner, framed, right, resolver) };
        }
        self.marks_of(&ready.map.recognise, &scanner.last(framed));
        if self.is_as_last(number) || self.by_marks(resolver) == Some(number) {
            return Ok(ready);
        }
        scanner.forget_unclassified(&ready.map.automaton);
        let right = self.ask_recogniser(scanner, framed, resolver)?;
        self.guesses[guess] = right;
        self.scan(scanner, framed, right, resolver)
    }

    /// The map of an event by the automaton that only recognises: slower than a guess, and always right.
    fn ask_recogniser(
        &mut self,
        scanner: &mut Scanner,
        framed: Framed<'_>,
        resolver: &Resolver,
    ) -> Result<u16, &'static str> {
        let recogniser = self.library.maps.recogniser().cloned().ok_or(reason::NO_PLAN)?;
        let scanned = scanner.scan(framed, &recogniser.automaton).map_err(|reject| reject.code())?;
        self.marks_of(&recogniser.recognise, &scanned);
        self.by_marks(resolver).ok_or(reason::UNKNOWN_SCHEMA)
    }

    fn scan(
        &mut self,
        scanner: &mut Scanner,
        framed: Framed<'_>,
        number: u16,
        resolver: &mut Resolver,
    ) -> Result<Arc<Ready>, &'static str> {
        let ready = self.ready(number, resolver).ok_or(reason::NO_PLAN)?;
        match scanner.scan(framed, &ready.map.automaton) {
            Ok(_) => Ok(ready),
            Err(reject) => Err(reject.code()),
        }
    }

    fn ready(&mut self, number: u16, resolver: &mut Resolver) -> Option<Arc<Ready>> {
        let known = self.ready.get_mut(self.plan as usize)?;
        if let Some(Some(ready)) = known.get(usize::from(number)) {
            return Some(ready.clone());
        }
        let map = resolver.plan(self.plan).map(usize::from(number))?;
        let relevant = resolver.relevant(self.plan, &map);
        let ready = Arc::new(Ready { map, relevant, number });
        known.resize(known.len().max(usize::from(number) + 1), None);
        known[usize::from(number)] = Some(ready.clone());
        Some(ready)
    }

    /// Collects presence marks and those that hang on a value.
    fn marks_of(&mut self, by_value: &[(crate::event::SlotId, u16)], scanned: &Scanned<'_>) {
        let count = self.library.maps.marks();
        self.marks.clear();
        self.marks.extend_from_slice(scanned.marks.words());
        self.marks.resize(count.div_ceil(64), 0);
        if !count.is_multiple_of(64) {
            // Marks behind the last one are those of line templates: they recognise nothing.
            if let Some(last) = self.marks.last_mut() {
                *last &= (1 << (count % 64)) - 1;
            }
        }
        if by_value.is_empty() {
            return;
        }
        // A bit for each slot modulo 64: most tokens need no comparison.
        let some = by_value.iter().fold(0u64, |some, (slot, _)| some | 1 << (slot.0 % 64));
        for token in scanned.tokens.iter().filter(|token| some >> (token.slot.0 % 64) & 1 == 1) {
            for (_, mark) in by_value.iter().filter(|(slot, _)| *slot == token.slot) {
                self.value.clear();
                scanned.docs.decode(scanned.event, token, &mut self.value);
                if self.library.maps.fits(*mark, &self.value) {
                    self.marks[usize::from(*mark) / 64] |= 1 << (mark % 64);
                }
            }
        }
    }

    fn by_marks(&mut self, resolver: &Resolver) -> Option<u16> {
        let allowed = self.allowed.get(self.plan as usize).copied()?;
        let map = self.look_up_marks(allowed, resolver);
        if let Some(last) = map.and_then(|map| self.last_marks.get_mut(usize::from(map))) {
            last.0 = allowed;
            last.1.clone_from(&self.marks);
        }
        map
    }

    /// Whether the map was recognised by just these marks the last time.
    fn is_as_last(&self, map: u16) -> bool {
        let last = self.last_marks.get(usize::from(map));
        last.is_some_and(|(set, marks)| self.allowed.get(self.plan as usize) == Some(set) && *marks == self.marks)
    }

    fn look_up_marks(&mut self, set: u16, resolver: &Resolver) -> Option<u16> {
        let key = (set, std::mem::take(&mut self.marks));
        let known = self.by_marks.get(&key).copied();
        self.marks = key.1;
        if let Some(known) = known {
            return known;
        }
        let marks = &self.marks;
        let has = |mark: u16| marks.get(usize::from(mark) / 64).is_some_and(|word| word >> (mark % 64) & 1 == 1);
        let plan = resolver.plan(self.plan);
        let allowed = |map: usize| plan.maps.get(map).copied().unwrap_or(false);
        let map = self.library.maps.recognise(has, allowed).map(|map| map as u16);
        // Shapes are few; an input that makes up endless ones must not fill memory.
        if self.by_marks.len() >= 4096 {
            self.by_marks.clear();
        }
        self.by_marks.insert((set, self.marks.clone()), map);
        map
    }

    fn tests(&mut self, ready: &Ready, scanned: &Scanned<'_>, resolver: &Resolver) -> Tests {
        let mut tests: Tests = 0;
        for (mark, atom) in &ready.map.line_kinds {
            if scanned.marks.contains(*mark) {
                tests |= 1 << atom;
            }
        }
        if ready.relevant.asks {
            for token in scanned.tokens {
                if token.slot.index().is_some_and(|slot| ready.relevant.asked.get(slot).copied().unwrap_or(false)) {
                    tests |= self.ask(ready, token, scanned, resolver);
                }
            }
        }
        tests & ready.relevant.mask
    }

    /// Tests of one value; short ones are remembered.
    fn ask(&mut self, ready: &Ready, token: &Token, scanned: &Scanned<'_>, resolver: &Resolver) -> Tests {
        self.value.clear();
        scanned.docs.decode(scanned.event, token, &mut self.value);
        let value = self.value.as_slice();
        let at = (hash(value) as usize ^ token.slot.0 as usize ^ (self.plan as usize * 0x9e37)) % REMEMBERED;
        if let Some(known) = &self.remembered[at]
            && known.plan == self.plan
            && known.map == ready.number
            && known.slot == token.slot.0
            && *known.value == *value
        {
            return known.tests;
        }
        let plan = resolver.plan(self.plan);
        let mut tests: Tests = 0;
        for test in &ready.relevant.by_slot[token.slot.0 as usize] {
            let number = usize::from(*test);
            let holds = match number.checked_sub(ATOMS_MAX) {
                Some(own) => plan.tests().get(own).is_some_and(|test| test.holds(value)),
                None => ready.map.atoms.get(number).is_some_and(|globs| globs.matches(value)),
            };
            tests |= Tests::from(holds) << number;
        }
        if value.len() <= REMEMBERED_BYTES {
            self.remembered[at] =
                Some(Known { plan: self.plan, map: ready.number, slot: token.slot.0, value: value.into(), tests });
        }
        tests
    }
}

/// Where the guess for an event stands: by its first bytes and its length class.
fn guess_of(event: &[u8]) -> usize {
    hash(&event[..event.len().min(24)]) as usize % GUESSES
}

/// FNV-1a over eight bytes at a time: it only has to spread.
fn hash(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64 ^ bytes.len() as u64;
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01b3);
        hash ^= hash >> 29;
    }
    hash
}
