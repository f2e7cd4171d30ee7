//! The subset construction: states are sets of positions in patterns.

use std::collections::{BTreeMap, HashMap};

use rustc_hash::FxBuildHasher;

use super::super::inside::{Form, InsideSpec};
use super::super::path::{Pattern, Rank, Segment};
use super::{Automaton, AutomatonBuilder, Inside, KeyTable, Label, Node, Selector, Slot, SlotId, Step, TooLarge, Via};
use super::{next_id, step};

/// Most combinations of `[Name=Value]` values at one array.
const COMBINATIONS_MAX: usize = 1 << Selector::NAMES_MAX;

#[derive(Clone, Copy, Debug)]
pub(super) enum Says {
    Leaf(Label),
    Key(Label),
    Mark(u16),
    Inside(u32),
}

#[derive(Debug)]
pub(super) struct Rule {
    /// What is matched; keys are folded when the automaton is compiled.
    segments: Vec<Segment>,
    written: Pattern,
    says: Says,
    /// It is not about documents in a string, where these are named as from the top.
    is_outer: bool,
}

impl Rule {
    pub(super) fn new(pattern: &Pattern, says: Says) -> Self {
        let mut segments = pattern.segments().to_vec();
        // `a.**` holds at `a` itself too, whose key it does not mean.
        if matches!(says, Says::Key(_)) && segments.last() == Some(&Segment::AnyDepth) {
            segments.push(Segment::AnyKey);
        }
        Rule { segments, written: pattern.clone(), says, is_outer: false }
    }

    pub(super) fn outer(pattern: &Pattern, says: Says) -> Self {
        Rule { is_outer: true, ..Self::new(pattern, says) }
    }
}

/// A position in a rule: so many segments are behind us.
type Item = (u32, u32);

/// What makes a state: equal keys are one state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct StateKey {
    items: Vec<Item>,
    /// For the hole of a line template: (inside, template, hole), whose labels stand at the state.
    hole: Option<(u32, u32, u32)>,
    /// Members that chose this element: they must not occur twice even where they lead nowhere.
    watched: Vec<Box<[u8]>>,
}

/// What is known of a state as soon as it is met.
#[derive(Clone, Copy)]
struct Facts {
    slot: SlotId,
    key_slot: SlotId,
    flags: u16,
}

/// Where members and elements of a state lead: the same for all states that wait for the same, whatever ends in them.
#[derive(Clone)]
struct Ways {
    table: KeyTable,
    entries: u32,
    default: Step,
    element: Step,
    selector: Option<Box<Selector>>,
}

struct Compiler {
    fold: bool,
    rules: Vec<Rule>,
    specs: Vec<InsideSpec>,
    keys: Vec<StateKey>,
    facts: Vec<Facts>,
    reached: Vec<(u32, Via)>,
    numbers: HashMap<StateKey, u32, FxBuildHasher>,
    /// By the items that are not behind their rule's last segment, and what is watched.
    ways: HashMap<StateKey, Ways, FxBuildHasher>,
    /// Keys as they are matched → as they are printed.
    shown: HashMap<String, Box<str>>,
    slots: Vec<Slot>,
    insides: Vec<Inside>,
}

const DEAD: u32 = 0;
const ROOT: u32 = 1;

pub(super) fn compile(builder: AutomatonBuilder) -> Result<Automaton, TooLarge> {
    let fold = builder.fold;
    let mut compiler = Compiler {
        fold,
        rules: builder.rules,
        specs: builder.insides,
        keys: Vec::new(),
        facts: Vec::new(),
        reached: Vec::new(),
        numbers: HashMap::default(),
        ways: HashMap::default(),
        shown: HashMap::new(),
        slots: Vec::new(),
        insides: Vec::new(),
    };
    compiler.fold_rules();
    compiler.state(StateKey::default(), DEAD, Via::Top)?;
    let mut start: Vec<Item> = (0..compiler.rules.len() as u32).map(|rule| (rule, 0)).collect();
    compiler.close(&mut start);
    // Without patterns the root would be the dead state itself, which cannot be told from a state reached.
    let root = StateKey { items: start, hole: None, watched: Vec::new() };
    if root == StateKey::default() {
        compiler.push_state(root, DEAD, Via::Top);
    } else {
        compiler.state(root, DEAD, Via::Top)?;
    }
    let (mut nodes, mut entries) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < compiler.keys.len() {
        let node = compiler.node(at as u32, &mut entries)?;
        nodes.push(node);
        at += 1;
    }
    let facts = compiler.facts[ROOT as usize];
    let root = Step::new(ROOT, facts.slot, SlotId::NONE, facts.flags);
    Ok(Automaton { id: next_id(), fold, nodes, entries, insides: compiler.insides, root, slots: compiler.slots })
}

impl Compiler {
    fn fold_rules(&mut self) {
        for segment in self.rules.iter().flat_map(|rule| rule.written.segments()) {
            if let Segment::Key(key) = segment {
                let matched = if self.fold { key.to_ascii_lowercase() } else { key.clone() };
                self.shown.entry(matched).or_insert_with(|| printed(key));
            }
        }
        if !self.fold {
            return;
        }
        self.rules.iter_mut().flat_map(|rule| &mut rule.segments).for_each(Segment::fold);
    }

    fn segment(&self, (rule, at): Item) -> Option<&Segment> {
        self.rules[rule as usize].segments.get(at as usize)
    }

    /// Adds what `**` reaches without a step, sorts, removes doubles.
    fn close(&self, items: &mut Vec<Item>) {
        let mut at = 0;
        while at < items.len() {
            let item = items[at];
            if self.segment(item) == Some(&Segment::AnyDepth) {
                items.push((item.0, item.1 + 1));
            }
            at += 1;
        }
        if !items.is_sorted_by(|one, other| one < other) {
            items.sort_unstable();
            items.dedup();
        }
    }

    /// The items behind a step that fits the segments for which `fits` holds.
    fn advance(&self, items: &[Item], fits: impl Fn(&Segment) -> bool) -> Vec<Item> {
        let mut next = Vec::new();
        for &item in items {
            match self.segment(item) {
                Some(Segment::AnyDepth) => next.push(item),
                Some(segment) if fits(segment) => next.push((item.0, item.1 + 1)),
                _ => {}
            }
        }
        self.close(&mut next);
        next
    }

    fn by_key(&self, items: &[Item], key: &str) -> Vec<Item> {
        self.advance(items, |segment| match segment {
            Segment::Key(wanted) => wanted == key,
            other => *other == Segment::AnyKey,
        })
    }

    /// The number of a state, new or known.
    fn state(&mut self, mut key: StateKey, parent: u32, via: Via) -> Result<u32, TooLarge> {
        if key.items.is_empty() && key.hole.is_none() {
            key.watched.clear();
        }
        if let Some(&number) = self.numbers.get(&key) {
            return Ok(number);
        }
        if self.keys.len() >= Automaton::STATES_MAX {
            return Err(TooLarge);
        }
        self.numbers.insert(key.clone(), self.keys.len() as u32);
        Ok(self.push_state(key, parent, via))
    }

    fn push_state(&mut self, key: StateKey, parent: u32, via: Via) -> u32 {
        let number = self.keys.len() as u32;
        let (mut leaf, mut names) = (Vec::new(), Vec::new());
        // Members that chose the element must not come twice, also where nothing is named below it.
        let mut flags = if key.watched.is_empty() { 0 } else { step::WALK };
        for &(rule, at) in &key.items {
            let rule = &self.rules[rule as usize];
            if (at as usize) < rule.segments.len() {
                flags |= step::WALK;
                continue;
            }
            match rule.says {
                Says::Leaf(label) => leaf.push((label, rule.written.clone())),
                Says::Key(label) => names.push((label, rule.written.clone())),
                Says::Mark(_) => flags |= step::MARK,
                Says::Inside(_) => flags |= step::INSIDE,
            }
        }
        if let Some((inside, template, hole)) = key.hole {
            leaf.extend(self.hole_labels(inside, template as usize, hole as usize));
        }
        let facts = Facts { slot: self.slot(leaf), key_slot: self.slot(names), flags };
        self.facts.push(facts);
        self.keys.push(key);
        self.reached.push((parent, via));
        number
    }

    fn hole_labels(&self, spec: u32, template: usize, hole: usize) -> Vec<(Label, Pattern)> {
        let Form::Lines(lines) = &self.specs[spec as usize].form else { return Vec::new() };
        let wanted = |rule: &&Rule| matches!(rule.says, Says::Inside(number) if number == spec);
        let Some(rule) = self.rules.iter().find(wanted) else { return Vec::new() };
        let line = &lines.lines()[template];
        let name = line.template.holes()[hole].name.clone();
        let path = rule.written.join(&Pattern::of(vec![Segment::Key(name)]));
        line.labels.get(hole).into_iter().flatten().map(|&label| (label, path.clone())).collect()
    }

    fn slot(&mut self, mut labels: Vec<(Label, Pattern)>) -> SlotId {
        labels.sort_by_cached_key(|(label, pattern)| (std::cmp::Reverse(pattern.rank()), *label));
        labels.dedup_by(|one, other| one.0 == other.0 && one.1.rank() == other.1.rank());
        let Some((_, first)) = labels.first() else { return SlotId::NONE };
        let path = first.to_string().into();
        let labels: Box<[(Label, Rank)]> = labels.iter().map(|(label, pattern)| (*label, pattern.rank())).collect();
        self.slots.push(Slot { labels, path });
        SlotId(self.slots.len() as u32 - 1)
    }

    /// The step to a state, which is made if need be.
    fn step_to(&mut self, key: StateKey, parent: u32, via: Via) -> Result<Step, TooLarge> {
        let node = self.state(key, parent, via)?;
        let facts = self.facts[node as usize];
        Ok(Step::new(node, facts.slot, facts.key_slot, facts.flags))
    }

    fn node(&mut self, number: u32, entries: &mut Vec<Step>) -> Result<Node, TooLarge> {
        let key = self.keys[number as usize].clone();
        let (parent, via) = self.reached[number as usize].clone();
        let waiting = key.items.iter().copied().filter(|item| self.segment(*item).is_some()).collect();
        let waiting = StateKey { items: waiting, hole: None, watched: key.watched.clone() };
        let ways = match self.ways.get(&waiting) {
            Some(known) => known.clone(),
            None => {
                let ways = self.find_ways(number, &waiting, entries)?;
                self.ways.insert(waiting, ways.clone());
                ways
            }
        };
        let inside = self.inside(number, &key)?;
        let marks = key.items.iter().filter_map(|&(rule, at)| {
            let rule = &self.rules[rule as usize];
            let ended = at as usize == rule.segments.len();
            if let (true, Says::Mark(mark)) = (ended, rule.says) { Some(mark) } else { None }
        });
        let Ways { table, entries, default, element, selector } = ways;
        Ok(Node { table, entries, default, element, selector, marks: marks.collect(), inside, parent, via })
    }

    fn find_ways(&mut self, number: u32, key: &StateKey, entries: &mut Vec<Step>) -> Result<Ways, TooLarge> {
        let first = entries.len() as u32;
        // Where any key leads, and where each named one leads besides, with the first rule that names it.
        let (mut other, mut names) = (Vec::new(), BTreeMap::<String, (u32, Vec<Item>)>::new());
        for &item in &key.items {
            let next = (item.0, item.1 + 1);
            match self.segment(item) {
                Some(Segment::AnyDepth) => other.push(item),
                Some(Segment::AnyKey) => other.push(next),
                Some(Segment::Key(name)) => match names.get_mut(name.as_str()) {
                    Some((_, items)) => items.push(next),
                    None => drop(names.insert(name.clone(), (item.0, vec![next]))),
                },
                _ => {}
            }
        }
        for watched in &key.watched {
            names.entry(String::from_utf8_lossy(watched).into_owned()).or_insert((u32::MAX, Vec::new()));
        }
        // In the order of the rules: schema maps list fields that occur together side by side.
        let mut ordered: Vec<(String, (u32, Vec<Item>))> = names.into_iter().collect();
        ordered.sort_by_key(|(_, (rule, _))| *rule);
        if ordered.len() >= usize::from(Step::UNNAMED) {
            return Err(TooLarge);
        }
        self.close(&mut other);
        for (index, (name, (_, items))) in ordered.iter_mut().enumerate() {
            self.close(items);
            let below = StateKey { items: united(items, &other), ..StateKey::default() };
            let found = self.step_to(below, number, Via::Key(self.shown(name)))?;
            entries.push(found.named(index as u16));
        }
        let mut default = self.step_to(StateKey { items: other, ..StateKey::default() }, number, Via::AnyKey)?;
        if default.node() != DEAD {
            default = default.with_flags(step::WILD);
        }
        let (element, selector) = self.elements(number, &key.items)?;
        let table = KeyTable::new(ordered.into_iter().map(|(name, _)| name.into_bytes().into()).collect());
        Ok(Ways { table, entries: first, default, element, selector })
    }

    /// A key as it is printed: as it was written in a pattern, which may differ in case from how it is matched.
    fn shown(&self, name: &str) -> Box<str> {
        let known = if self.fold { self.shown.get(&name.to_ascii_lowercase()) } else { self.shown.get(name) };
        known.cloned().unwrap_or_else(|| printed(name))
    }

    fn elements(&mut self, number: u32, items: &[Item]) -> Result<(Step, Option<Box<Selector>>), TooLarge> {
        let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for &item in items {
            if let Some(Segment::Select { name, value }) = self.segment(item) {
                let values = wanted.entry(name.clone()).or_default();
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
        }
        let combinations = wanted.values().try_fold(1usize, |all, values| all.checked_mul(values.len() + 1));
        if combinations.is_none_or(|all| all > COMBINATIONS_MAX) {
            return Err(TooLarge);
        }
        let watched: Vec<Box<[u8]>> = wanted.keys().map(|name| name.as_bytes().into()).collect();
        let mut steps = HashMap::new();
        let mut chosen: Vec<Option<usize>> = vec![None; wanted.len()];
        loop {
            let holds = |name: &str, value: &str| {
                let mut pairs = wanted.iter().zip(&chosen);
                pairs.any(|((n, values), pick)| n == name && pick.is_some_and(|pick| values[pick] == value))
            };
            let below = self.advance(items, |segment| match segment {
                Segment::Select { name, value } => holds(name, value),
                other => *other == Segment::AnyElement,
            });
            let via = match wanted.iter().zip(&chosen).find_map(|((n, v), pick)| pick.map(|pick| (n, &v[pick]))) {
                Some((name, value)) => {
                    let select = Segment::Select { name: name.clone(), value: value.clone() };
                    Via::Select(Pattern::of(vec![select]).to_string().into())
                }
                None => Via::Element,
            };
            let state = StateKey { items: below, hole: None, watched: watched.clone() };
            let found = self.step_to(state, number, via)?;
            let found = Step::new(found.node(), found.slot(), SlotId::NONE, found.flags());
            let picks = chosen.iter().map(|pick| pick.map_or(Selector::OTHER, |pick| pick as u16));
            steps.insert(picks.collect::<Box<[u16]>>(), found);
            if !next_combination(&mut chosen, wanted.values().map(Vec::len)) {
                break;
            }
        }
        let none: Box<[u16]> = vec![Selector::OTHER; wanted.len()].into();
        let element = steps.get(&none).copied().unwrap_or(Step::DEAD);
        if wanted.is_empty() {
            return Ok((element, None));
        }
        let number_of = |values: &Vec<String>| {
            values.iter().enumerate().map(|(n, value)| (value.as_bytes().into(), n as u16)).collect()
        };
        let selector = Selector { names: watched, values: wanted.values().map(number_of).collect(), steps };
        Ok((element, Some(Box::new(selector))))
    }

    /// Where a document within a string begins that is named as from the top.
    fn top_within(&mut self) -> Result<u32, TooLarge> {
        let mut items = self.keys[ROOT as usize].items.clone();
        items.retain(|(rule, _)| !self.rules[*rule as usize].is_outer);
        self.state(StateKey { items, ..StateKey::default() }, DEAD, Via::Top)
    }

    fn inside(&mut self, number: u32, key: &StateKey) -> Result<u32, TooLarge> {
        let ended = |&&(rule, at): &&Item| at as usize == self.rules[rule as usize].segments.len();
        let candidates = key.items.iter().filter(ended).filter_map(|&(rule, _)| {
            let rule = &self.rules[rule as usize];
            if let Says::Inside(spec) = rule.says { Some((rule.written.rank(), spec, rule)) } else { None }
        });
        let best = candidates.max_by(|one, other| one.0.cmp(&other.0).then(other.1.cmp(&one.1)));
        let Some((_, spec, rule)) = best else { return Ok(Node::NO_INSIDE) };
        let written = rule.written.clone();
        let InsideSpec { form, at_root, otherwise } = self.specs[spec as usize].clone();
        let otherwise = self.slot(otherwise.into_iter().map(|label| (label, written.clone())).collect());
        let node = if at_root { self.top_within()? } else { number };
        let mut holes = Vec::new();
        if let Form::Lines(lines) = &form {
            let items = self.keys[node as usize].items.clone();
            for (template, line) in lines.lines().iter().enumerate() {
                let mut steps = Vec::new();
                for (hole, wanted) in line.template.holes().iter().enumerate() {
                    let name = if self.fold { wanted.name.to_ascii_lowercase() } else { wanted.name.clone() };
                    let place = Some((spec, template as u32, hole as u32));
                    let state = StateKey { items: self.by_key(&items, &name), hole: place, watched: Vec::new() };
                    steps.push(self.step_to(state, node, Via::Key(self.shown(&wanted.name)))?);
                }
                holes.push(steps);
            }
        }
        self.insides.push(Inside { form, node, otherwise, holes });
        Ok(self.insides.len() as u32 - 1)
    }
}

/// Both, ascending and without doubles, as each of them is.
fn united(one: &[Item], other: &[Item]) -> Vec<Item> {
    let mut all = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
        let (a, b) = (**a, **b);
        all.push(a.min(b));
        if a <= b {
            one.next();
        }
        if b <= a {
            other.next();
        }
    }
    all.extend(one.chain(other));
    all
}

fn printed(key: &str) -> Box<str> {
    Pattern::of(vec![Segment::Key(key.to_owned())]).to_string().into()
}

/// Counts through all choices of one value, or none, per name; false behind the last.
fn next_combination(chosen: &mut [Option<usize>], sizes: impl Iterator<Item = usize>) -> bool {
    for (pick, size) in chosen.iter_mut().zip(sizes) {
        let next = pick.map_or(0, |pick| pick + 1);
        if next < size {
            *pick = Some(next);
            return true;
        }
        *pick = None;
    }
    false
}
