//! Which map an event belongs to, and which tests hold for it.
//!
//! Most events look like one seen before: the map is guessed from the first bytes, the event is scanned with it, and the
//! marks of that scan say whether the guess was right. Every automaton knows the recognition paths of every map, so a guess
//! can cost time, never change an answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::event::{Framed, Scanned, Scanner, SlotId, Token};
use crate::policy::glob::Held;
use crate::policy::{ATOMS_MAX, CompiledMap, Library, MapLabel, Maps, Plan, Relevant, Resolver, Tests, Told, Way};

use super::memory::Short;
use super::outcome::reason;
use super::passed::listed;

/// Guesses that are remembered.
const GUESSES: usize = 1024;
/// Shapes of which is remembered what hangs on values.
const SHAPES: usize = 1024;
/// Tested values that are remembered.
const REMEMBERED: usize = 512;

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
    /// Ways in which events are recognised, by the set of maps and the marks of their names.
    ways: HashMap<(u16, Vec<u64>), Arc<[Way]>>,
    /// Plan → map, made ready when first met.
    ready: Vec<Vec<Option<Ready>>>,
    /// By shape and plan: see [`place_of`]. And how often one was not there.
    shapes: Vec<OfShape>,
    missed: u32,
    /// Map → the ways in which its last event could be recognised, and its last table: events of one map are often alike.
    last_ways: Vec<Option<OfNames>>,
    last_table: Vec<Option<(u32, Tests, u32)>>,
    values: Values,
}

/// A set of maps and marks of names, with the ways in which an event that has them can be recognised.
#[derive(Debug)]
struct OfNames {
    set: u16,
    marks: Vec<u64>,
    ways: Arc<[Way]>,
}

/// What is asked of values, and what they answered.
#[derive(Debug)]
struct Values {
    /// Marks of the event's names, a bit each.
    marks: Vec<u64>,
    /// Marks that were asked for of values of the event, and whether they hold.
    asked: Vec<(u16, bool)>,
    value: Vec<u8>,
    remembered: Remembered,
}

/// What all events of a shape have in common under a plan. The rest hangs on the values of some tokens.
#[derive(Debug, Default)]
struct OfShape {
    shape: u32,
    plan: u32,
    /// The map by which they were scanned; [`UNKNOWN`]: the recogniser.
    map: u16,
    /// Ways in which its events are recognised, and the tokens whose values they hang on, with the mark.
    ways: Arc<[Way]>,
    recognise: Vec<(u16, u16)>,
    /// Tokens whose values are tested.
    asked: Vec<u16>,
    /// Tests that hold by the templates of its lines.
    lines: Tests,
}

/// A map with the questions that its slots' values are asked.
#[derive(Debug)]
struct Ready {
    map: Arc<CompiledMap>,
    relevant: Arc<Relevant>,
    number: u16,
}

/// Who asks for a value: the plan, the map, and the slot where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) plan: u32,
    pub(super) map: u16,
    pub(super) slot: SlotId,
    /// Only lists ask, since it is passed over (see [`listed`]).
    pub(super) is_passed: bool,
}

/// Short values that were tested before, with the tests that hold for them.
#[derive(Debug)]
pub(super) struct Remembered(Short<Asked, Tests>);

impl Remembered {
    /// Tests that hold for a value; `ask` says so where it is not remembered.
    pub(super) fn tests(&mut self, of: Asked, value: &[u8], ask: impl FnOnce() -> Tests) -> Tests {
        let spread = of.slot.0 as usize ^ (of.plan as usize * 0x9e37);
        let Some(place) = self.0.place(spread, value) else { return ask() };
        place.get(of, value).unwrap_or_else(|| {
            let tests = ask();
            place.put(of, value, tests);
            tests
        })
    }
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
            ways: HashMap::new(),
            ready: (0..resolver.plans()).map(|_| Vec::new()).collect(),
            shapes: Vec::new(),
            missed: 0,
            last_ways: resolver.library().maps.all().iter().map(|_| None).collect(),
            last_table: vec![None; resolver.library().maps.all().len()],
            values: Values {
                marks: Vec::new(),
                asked: Vec::new(),
                value: Vec::new(),
                remembered: Remembered(Short::new(REMEMBERED)),
            },
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
        let map = match self.pinned {
            Some(pinned) => self.scan(scanner, framed, pinned, resolver).map(|()| pinned)?,
            None => self.recognise(scanner, framed, resolver)?,
        };
        let scanned = scanner.last(framed);
        let Self { ready, shapes, values, .. } = self;
        let ready = ready_of(ready, plan, map).ok_or(reason::NO_PLAN)?;
        let tests = match of_shape(shapes, scanned.shape, (plan, map)) {
            Some(of) if !ready.relevant.asks || of.asked.is_empty() => of.lines,
            Some(of) => of.asked.iter().fold(of.lines, |tests, token| match scanned.tokens.get(usize::from(*token)) {
                Some(token) => tests | values.ask(ready, token, &scanned, (plan, resolver.plan(plan))),
                None => tests,
            }),
            None => values.tests(ready, &scanned, (plan, resolver.plan(plan))),
        };
        let tests = match scanned.passed.is_empty() || !ready.relevant.asks {
            true => tests,
            false => {
                let of = Asked { plan, map, slot: SlotId::NONE, is_passed: true };
                let Values { value, remembered, .. } = values;
                tests | listed(&scanned, &ready.relevant, (resolver.plan(plan), of), value, remembered)
            }
        } & ready.relevant.mask;
        let last = self.last_table.get_mut(usize::from(map)).ok_or(reason::NO_PLAN)?;
        let table = match *last {
            Some((of, when, table)) if (of, when) == (plan, tests) => table,
            _ => resolver.lookup(plan, map, &ready.map, tests).ok_or(reason::NO_PLAN)?,
        };
        *last = Some((plan, tests, table));
        self.learn(map, &scanned, resolver);
        Ok(Classified { map, table, scanned })
    }

    /// Where it is remembered what hangs on values in events of a shape; `None` if it is there already, or has no place.
    fn place_for(&mut self, scanned: &Scanned<'_>, map: u16) -> Option<usize> {
        let Scanned { shape, tokens, .. } = *scanned;
        let too_many = tokens.len() > usize::from(u16::MAX);
        if shape == 0 || too_many || of_shape(&self.shapes, shape, (self.plan, map)).is_some() {
            return None;
        }
        if self.shapes.is_empty() {
            self.shapes.resize_with(SHAPES, OfShape::default);
        }
        // Where there are too many, taking each other's place would only cost.
        self.missed = self.missed.wrapping_add(1);
        let place = place_of(shape, self.plan);
        (self.shapes[place].shape == 0 || self.missed.is_multiple_of(16)).then_some(place)
    }

    /// Remembers what hangs on values in events of a shape.
    fn learn(&mut self, map: u16, scanned: &Scanned<'_>, resolver: &Resolver) {
        let Some(place) = self.place_for(scanned, map) else { return };
        let Some(ready) = ready_of(&self.ready, self.plan, map) else { return };
        let Scanned { shape, tokens, .. } = *scanned;
        let recognise = recognising(&ready.map, scanned);
        let asked = tokens.iter().enumerate().filter(|(_, token)| ready.is_asked(token));
        let asked = asked.map(|(number, _)| number as u16).collect();
        let lines = ready.of_lines(scanned);
        let ways = if self.pinned.is_some() { Arc::default() } else { self.ways_of(map, scanned, resolver) };
        self.shapes[place] = OfShape { shape, plan: self.plan, map, ways, recognise, asked, lines };
    }

    /// Scans an event again that was classified before.
    pub(super) fn again<'s>(
        &self,
        scanner: &'s mut Scanner,
        framed: Framed<'s>,
        (plan, map): (u32, u16),
    ) -> Option<Scanned<'s>> {
        let ready = ready_of(&self.ready, plan, map)?;
        scanner.scan(framed, &ready.map.automaton).ok()?;
        // Counted the first time.
        scanner.forget_unclassified(&ready.map.automaton);
        Some(scanner.last(framed))
    }

    /// Takes back what an event that was classified before counted as unclassified.
    pub(super) fn forget(&self, scanner: &mut Scanner, framed: Framed<'_>, of: (u32, u16)) {
        if self.again(scanner, framed, of).is_some()
            && let Some(ready) = ready_of(&self.ready, of.0, of.1)
        {
            scanner.forget_unclassified(&ready.map.automaton);
        }
    }

    /// The kinds of an event that was scanned with a map, also those that no rule asks for.
    pub(super) fn kinds(scanned: &Scanned<'_>, map: &CompiledMap) -> BTreeSet<u16> {
        let lines = map.line_kinds.iter().filter(|(mark, _)| scanned.marks.contains(mark)).map(|(_, atom)| *atom);
        let mut held: BTreeSet<u16> = lines.collect();
        let mut value = Vec::new();
        for token in scanned.tokens.iter().filter(|token| token.slot.is_some()) {
            for (label, _) in map.automaton.labels(token.slot) {
                if let Some(MapLabel::Atom(atom)) = map.labels.get(*label as usize) {
                    let value = scanned.docs.decoded(scanned.event, token, &mut value);
                    held.extend(map.atoms.get(usize::from(*atom)).filter(|globs| globs.matches(value)).map(|_| *atom));
                }
            }
        }
        map.kinds(|atom| held.contains(&atom))
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
    ) -> Result<u16, &'static str> {
        let guess = guess_of(framed.bytes());
        let number = self.guesses[guess];
        if number != UNKNOWN && self.is_guessed(number, scanner, framed, resolver)? {
            return Ok(number);
        }
        let right = self.ask_recogniser(scanner, framed, resolver)?;
        self.guesses[guess] = right;
        self.scan(scanner, framed, right, resolver).map(|()| right)
    }

    /// Whether the event belongs to a map that was guessed.
    fn is_guessed(
        &mut self,
        number: u16,
        scanner: &mut Scanner,
        framed: Framed<'_>,
        resolver: &mut Resolver,
    ) -> Result<bool, &'static str> {
        self.prepare(number, resolver).ok_or(reason::NO_PLAN)?;
        let ready = ready_of(&self.ready, self.plan, number).ok_or(reason::NO_PLAN)?;
        // What one map refuses (a name in two spellings, say) another may take: only the right one may refuse the event.
        if ready.map.is_opaque || scanner.scan(framed, &ready.map.automaton).is_err() {
            return Ok(false);
        }
        let scanned = scanner.last(framed);
        let maps = &self.library.maps;
        let right = match of_shape(&self.shapes, scanned.shape, (self.plan, number)) {
            Some(of) => self.values.recognise(maps, &of.ways, &scanned, Places::Tokens(&of.recognise)),
            None => {
                let places = ready.map.clone();
                let ways = self.ways_of(number, &scanned, resolver);
                self.values.recognise(&self.library.maps, &ways, &scanned, Places::Slots(&places.recognise))
            }
        };
        if right == Some(number) {
            return Ok(true);
        }
        let ready = ready_of(&self.ready, self.plan, number).ok_or(reason::NO_PLAN)?;
        scanner.forget_unclassified(&ready.map.automaton);
        Ok(false)
    }

    /// The map of an event by the automaton that only recognises: slower than a guess, and always right.
    fn ask_recogniser(
        &mut self,
        scanner: &mut Scanner,
        framed: Framed<'_>,
        resolver: &Resolver,
    ) -> Result<u16, &'static str> {
        let maps = &self.library.maps;
        let recogniser = maps.recogniser().cloned().ok_or(reason::NO_PLAN)?;
        let scanned = scanner.scan(framed, &recogniser.automaton).map_err(|reject| reject.code())?;
        if let Some(of) = of_shape(&self.shapes, scanned.shape, (self.plan, UNKNOWN)) {
            let right = self.values.recognise(maps, &of.ways, &scanned, Places::Tokens(&of.recognise));
            return right.ok_or(reason::UNKNOWN_SCHEMA);
        }
        self.values.names(maps, &scanned);
        let ways = self.look_up_ways(resolver);
        let right = self.values.recognise(&self.library.maps, &ways, &scanned, Places::Slots(&recogniser.recognise));
        if let Some(place) = self.place_for(&scanned, UNKNOWN) {
            let (shape, plan, recognise) = (scanned.shape, self.plan, recognising(&recogniser, &scanned));
            self.shapes[place] = OfShape { shape, plan, map: UNKNOWN, ways, recognise, ..OfShape::default() };
        }
        right.ok_or(reason::UNKNOWN_SCHEMA)
    }

    fn scan(
        &mut self,
        scanner: &mut Scanner,
        framed: Framed<'_>,
        number: u16,
        resolver: &mut Resolver,
    ) -> Result<(), &'static str> {
        self.prepare(number, resolver).ok_or(reason::NO_PLAN)?;
        let ready = ready_of(&self.ready, self.plan, number).ok_or(reason::NO_PLAN)?;
        scanner.scan(framed, &ready.map.automaton).map(drop).map_err(|reject| reject.code())
    }

    /// Makes a map ready for the plan. `None` where there is none.
    fn prepare(&mut self, number: u16, resolver: &mut Resolver) -> Option<()> {
        if ready_of(&self.ready, self.plan, number).is_some() {
            return Some(());
        }
        let map = resolver.plan(self.plan).map(usize::from(number))?;
        let relevant = resolver.relevant(self.plan, &map);
        let known = self.ready.get_mut(self.plan as usize)?;
        known.resize_with(known.len().max(usize::from(number) + 1), || None);
        known[usize::from(number)] = Some(Ready { map, relevant, number });
        Some(())
    }

    /// Ways in which an event can be recognised. Those of the last event of `map` are at hand.
    fn ways_of(&mut self, map: u16, scanned: &Scanned<'_>, resolver: &Resolver) -> Arc<[Way]> {
        self.values.names(&self.library.maps, scanned);
        let set = self.allowed.get(self.plan as usize).copied().unwrap_or(UNKNOWN);
        let last = self.last_ways.get(usize::from(map)).and_then(Option::as_ref);
        if let Some(last) = last.filter(|last| last.set == set && last.marks == self.values.marks) {
            return last.ways.clone();
        }
        let ways = self.look_up_ways(resolver);
        if let Some(last) = self.last_ways.get_mut(usize::from(map)) {
            *last = Some(OfNames { set, marks: self.values.marks.clone(), ways: ways.clone() });
        }
        ways
    }

    /// Ways in which an event with the marks that were noted can be recognised.
    fn look_up_ways(&mut self, resolver: &Resolver) -> Arc<[Way]> {
        let set = self.allowed.get(self.plan as usize).copied().unwrap_or(UNKNOWN);
        let key = (set, std::mem::take(&mut self.values.marks));
        let known = self.ways.get(&key).cloned();
        self.values.marks = key.1;
        if let Some(known) = known {
            return known;
        }
        let marks = &self.values.marks;
        let has = |mark: u16| marks.get(usize::from(mark) / 64).is_some_and(|word| word >> (mark % 64) & 1 == 1);
        let plan = resolver.plan(self.plan);
        let allowed = |map: usize| plan.maps.get(map).copied().unwrap_or(false);
        let ways: Arc<[Way]> = self.library.maps.ways(has, allowed).into();
        // Shapes are few; an input that makes up endless ones must not fill memory.
        if self.ways.len() >= 4096 {
            self.ways.clear();
        }
        self.ways.insert((set, self.values.marks.clone()), ways.clone());
        ways
    }
}

/// Where the value stands that a mark asks for.
#[derive(Clone, Copy)]
enum Places<'a> {
    /// At these tokens, with the mark.
    Tokens(&'a [(u16, u16)]),
    /// At tokens of these slots, with the mark.
    Slots(&'a [(SlotId, u16)]),
}

impl Places<'_> {
    /// Calls `each` with the tokens of a mark until it holds for one.
    fn any(self, mark: u16, scanned: &Scanned<'_>, mut holds: impl FnMut(usize, &Token) -> bool) -> bool {
        match self {
            Places::Tokens(places) => places.iter().filter(|(_, of)| *of == mark).any(|(number, _)| {
                let number = usize::from(*number);
                scanned.tokens.get(number).is_some_and(|token| holds(number, token))
            }),
            Places::Slots(places) => places.iter().filter(|(_, of)| *of == mark).any(|(slot, _)| {
                let mut here = scanned.tokens.iter().enumerate().filter(|(_, token)| token.slot == *slot);
                here.any(|(number, token)| holds(number, token))
            }),
        }
    }
}

impl Values {
    /// Notes the marks of an event's names.
    fn names(&mut self, maps: &Maps, scanned: &Scanned<'_>) {
        let count = maps.marks();
        self.marks.clear();
        self.marks.resize(count.div_ceil(64), 0);
        // Marks behind the last one are those of line templates: they recognise nothing.
        for mark in scanned.marks.iter().filter(|mark| usize::from(**mark) < count) {
            self.marks[usize::from(*mark) / 64] |= 1 << (mark % 64);
        }
    }

    /// The map of the first way that holds. Values are asked only as far as that takes.
    fn recognise(&mut self, maps: &Maps, ways: &[Way], scanned: &Scanned<'_>, places: Places<'_>) -> Option<u16> {
        let Self { asked, value, .. } = self;
        asked.clear();
        // Marks mostly ask for one value.
        let (mut decoded, mut held) = (usize::MAX, Held::default());
        let mut holds = |mark: u16| {
            if let Some((_, holds)) = asked.iter().find(|(of, _)| *of == mark) {
                return *holds;
            }
            let holds = maps.globs(mark).is_some_and(|globs| {
                places.any(mark, scanned, |number, token| {
                    let plain = scanned.docs.plain(scanned.event, token);
                    if decoded != number {
                        if plain.is_none() {
                            value.clear();
                            scanned.docs.decode(scanned.event, token, value);
                        }
                        (decoded, held) = (number, Held::default());
                    }
                    held.fits(globs, plain.unwrap_or(value))
                })
            });
            asked.push((mark, holds));
            holds
        };
        let right = ways.iter().find(|way| way.asks.iter().all(|(mark, wanted)| holds(*mark) == *wanted));
        right.map(|way| way.map)
    }

    /// Tests that hold for the event.
    fn tests(&mut self, ready: &Ready, scanned: &Scanned<'_>, plan: (u32, &Plan)) -> Tests {
        let mut tests = ready.of_lines(scanned);
        if ready.relevant.asks {
            for token in scanned.tokens {
                if ready.is_asked(token) {
                    tests |= self.ask(ready, token, scanned, plan);
                }
            }
        }
        tests
    }

    /// Tests of one value; short ones are remembered.
    fn ask(&mut self, ready: &Ready, token: &Token, scanned: &Scanned<'_>, plan: (u32, &Plan)) -> Tests {
        let value = scanned.docs.decoded(scanned.event, token, &mut self.value);
        let of = Asked { plan: plan.0, map: ready.number, slot: token.slot, is_passed: false };
        self.remembered.tests(of, value, || {
            let (mut tests, mut told): (Tests, _) = (0, Told::default());
            for test in &ready.relevant.by_slot[token.slot.0 as usize] {
                let number = usize::from(*test);
                let holds = match number.checked_sub(ATOMS_MAX) {
                    Some(own) => plan.1.tests().get(own).is_some_and(|test| test.holds(value, &mut told)),
                    None => ready.map.atoms.get(number).is_some_and(|globs| globs.matches(value)),
                };
                tests |= Tests::from(holds) << number;
            }
            tests
        })
    }
}

impl Ready {
    /// Tests that hold by the templates that lines of the event fit.
    fn of_lines(&self, scanned: &Scanned<'_>) -> Tests {
        let fitted = self.map.line_kinds.iter().filter(|(mark, _)| scanned.marks.contains(mark));
        fitted.fold(0, |tests, (_, atom)| tests | 1 << atom)
    }

    /// Whether anything is asked of the value of a token.
    fn is_asked(&self, token: &Token) -> bool {
        token.slot.index().is_some_and(|slot| self.relevant.asked.get(slot).copied().unwrap_or(false))
    }
}

fn ready_of(ready: &[Vec<Option<Ready>>], plan: u32, map: u16) -> Option<&Ready> {
    ready.get(plan as usize)?.get(usize::from(map))?.as_ref()
}

/// The tokens whose values recognition hangs on, with the mark.
fn recognising(map: &CompiledMap, scanned: &Scanned<'_>) -> Vec<(u16, u16)> {
    let of = |(number, token): (usize, &Token)| {
        let slot = token.slot;
        map.recognise.iter().filter(move |(of, _)| *of == slot).map(move |(_, mark)| (number as u16, *mark))
    };
    scanned.tokens.iter().enumerate().flat_map(of).collect()
}

fn place_of(shape: u32, plan: u32) -> usize {
    (shape as usize + plan as usize * 61) % SHAPES
}

fn of_shape(shapes: &[OfShape], shape: u32, of: (u32, u16)) -> Option<&OfShape> {
    let found = shapes.get(place_of(shape, of.0))?;
    (shape != 0 && (found.shape, found.plan, found.map) == (shape, of.0, of.1)).then_some(found)
}

/// Where the guess for an event stands: by its first bytes and its length class.
fn guess_of(event: &[u8]) -> usize {
    hash(&event[..event.len().min(24)]) as usize % GUESSES
}

/// FNV-1a over eight bytes at a time: it only has to spread.
fn hash(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64 ^ bytes.len() as u64;
    let mut take = |word: [u8; 8]| {
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01b3);
        hash ^= hash >> 29;
    };
    let mut words = bytes.chunks_exact(8);
    words.by_ref().for_each(|bytes| bytes.try_into().map_or((), &mut take));
    let rest = words.remainder();
    if !rest.is_empty() {
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        take(word);
    }
    hash
}
