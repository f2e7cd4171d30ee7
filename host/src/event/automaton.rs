//! Many path patterns compiled into one deterministic automaton.
//!
//! A state stands for a set of pattern positions; [`Automaton`] holds, per state, the members by name, the member
//! for any other name, the element, and what a value standing there is. State 0 is *dead*: nothing below it is
//! named by any pattern.

mod build;
mod keys;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use super::inside::{Form, InsideSpec};
use super::path::{Pattern, Rank};
use keys::KeyTable;

/// What a pattern says about a place: an opaque number given by the policy.
pub type Label = u32;

/// A place's classification: a number below [`Automaton::slots`], or [`SlotId::NONE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotId(pub u32);

impl SlotId {
    /// Not classified.
    pub const NONE: SlotId = SlotId(u32::MAX);

    /// Whether there is a classification.
    #[inline(always)]
    pub fn is_some(self) -> bool {
        self != SlotId::NONE
    }

    /// The slot as an index, if there is one.
    #[inline(always)]
    pub fn index(self) -> Option<usize> {
        self.is_some().then_some(self.0 as usize)
    }
}

/// The patterns together need more states than an automaton may have ([`Automaton::STATES_MAX`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the path patterns together are too many: fewer `**` and `[Name=Value]` would help")
    }
}

impl std::error::Error for TooLarge {}

/// Collects patterns.
///
/// ```
/// use tamis::event::{AutomatonBuilder, Pattern};
/// let mut builder = AutomatonBuilder::new(false);
/// builder.leaf(&Pattern::parse("user.*").unwrap(), 1);
/// builder.leaf(&Pattern::parse("user.id").unwrap(), 2);
/// let automaton = builder.build().unwrap();
/// let user = automaton.root().key(&automaton, b"user");
/// let id = automaton.labels(user.key(&automaton, b"id").slot());
/// assert_eq!(id.iter().map(|(label, _)| *label).collect::<Vec<_>>(), [2, 1]);   // the most specific comes first
/// assert_eq!(automaton.path_of(user.key(&automaton, b"name").slot()), "user.*");
/// ```
#[derive(Debug)]
pub struct AutomatonBuilder {
    fold: bool,
    rules: Vec<build::Rule>,
    insides: Vec<InsideSpec>,
}

impl AutomatonBuilder {
    /// A builder without patterns. With `ignore_case`, the letter case (A to Z) of keys, and of the values in
    /// `[Name=Value]`, does not matter.
    pub fn new(ignore_case: bool) -> Self {
        AutomatonBuilder { fold: ignore_case, rules: Vec::new(), insides: Vec::new() }
    }

    /// The value at `p` is `label`.
    pub fn leaf(&mut self, p: &Pattern, label: Label) {
        self.rules.push(build::Rule::new(p, build::Says::Leaf(label)));
    }

    /// The value at `p` is `label`, but not in a document within a string that is named as from the top.
    pub fn outer_leaf(&mut self, p: &Pattern, label: Label) {
        self.rules.push(build::Rule::outer(p, build::Says::Leaf(label)));
    }

    /// The key of the last segment of `p` is `label`. Behind `**` that is every key below.
    pub fn key(&mut self, p: &Pattern, label: Label) {
        self.rules.push(build::Rule::new(p, build::Says::Key(label)));
    }

    /// `mark` is set when something stands at `p`, a value or a container; not in a document within a string that is named as from the
    /// top.
    pub fn mark(&mut self, p: &Pattern, mark: u16) {
        self.rules.push(build::Rule::outer(p, build::Says::Mark(mark)));
    }

    /// The string at `p` holds another document. Where several patterns say so the most specific counts.
    pub fn inside(&mut self, p: &Pattern, spec: InsideSpec) {
        self.rules.push(build::Rule::new(p, build::Says::Inside(self.insides.len() as u32)));
        self.insides.push(spec);
    }

    /// Compiles the patterns.
    pub fn build(self) -> Result<Automaton, TooLarge> {
        build::compile(self)
    }
}

/// Bits of [`Step::flags`].
pub(super) mod step {
    /// Patterns go deeper than the place.
    pub(crate) const WALK: u16 = 1;
    /// The place sets marks.
    pub(crate) const MARK: u16 = 2;
    /// A string at the place holds a document.
    pub(crate) const INSIDE: u16 = 4;
    /// A wildcard led there, and somewhere: duplicates must be found by the key's text.
    pub(crate) const WILD: u16 = 8;
}

/// Where one key or element leads, with all that the scan wants to know about it: two words, which the walker keeps
/// in registers. (As five fields it travelled through memory in pieces of other sizes, at a third of the speed.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Node, slot.
    value: u64,
    /// Slot of the key, index, flags.
    key: u64,
}

impl Step {
    pub(super) const UNNAMED: u16 = u16::MAX;
    pub(super) const DEAD: Step = Step::new(0, SlotId::NONE, SlotId::NONE, 0);

    /// A step to a state, not by a named member.
    pub(super) const fn new(node: u32, slot: SlotId, key_slot: SlotId, flags: u16) -> Step {
        let value = node as u64 | (slot.0 as u64) << 32;
        let key = key_slot.0 as u64 | (Step::UNNAMED as u64) << 32 | (flags as u64) << 48;
        Step { value, key }
    }

    /// The same step to another state.
    pub(super) const fn to(self, node: u32) -> Step {
        Step { value: self.value >> 32 << 32 | node as u64, ..self }
    }

    /// The same step, with another classification of the value.
    pub(super) const fn with_slot(self, slot: SlotId) -> Step {
        Step { value: self.value as u32 as u64 | (slot.0 as u64) << 32, ..self }
    }

    /// The same step by the named member `index`.
    pub(super) const fn named(self, index: u16) -> Step {
        Step { key: self.key & !(0xffff << 32) | (index as u64) << 32, ..self }
    }

    /// The same step, with further flags.
    pub(super) const fn with_flags(self, flags: u16) -> Step {
        Step { key: self.key | (flags as u64) << 48, ..self }
    }

    #[inline(always)]
    pub(super) const fn node(self) -> u32 {
        self.value as u32
    }

    #[inline(always)]
    pub(super) const fn slot(self) -> SlotId {
        SlotId((self.value >> 32) as u32)
    }

    #[inline(always)]
    pub(super) const fn key_slot(self) -> SlotId {
        SlotId(self.key as u32)
    }

    /// Whether a value there is classified, as it stands or where it holds no document.
    #[inline(always)]
    pub(super) const fn is_classified(self) -> bool {
        self.value >> 32 != SlotId::NONE.0 as u64 || self.flags() & step::INSIDE != 0
    }

    /// Which of the object's named members it is; [`Step::UNNAMED`] for any other.
    #[inline(always)]
    pub(super) const fn index(self) -> u16 {
        (self.key >> 32) as u16
    }

    #[inline(always)]
    pub(super) const fn flags(self) -> u16 {
        (self.key >> 48) as u16
    }
}

/// The members and elements of one state.
#[derive(Debug)]
pub(super) struct Node {
    /// Named members; their steps are `entries..` of [`Automaton::entries`].
    pub(super) table: KeyTable,
    pub(super) entries: u32,
    /// Any other member.
    pub(super) default: Step,
    /// An element that no selector chose.
    pub(super) element: Step,
    pub(super) selector: Option<Box<Selector>>,
    pub(super) marks: Box<[u16]>,
    /// Index of [`Automaton::insides`].
    pub(super) inside: u32,
    /// How the state was first reached, for printing.
    parent: u32,
    via: Via,
}

impl Node {
    pub(super) const NO_INSIDE: u32 = u32::MAX;
}

#[derive(Clone, Debug)]
enum Via {
    Top,
    Key(Box<str>),
    AnyKey,
    Element,
    Select(Box<str>),
}

/// Elements chosen by `[Name=Value]`.
#[derive(Clone, Debug)]
pub(super) struct Selector {
    /// The members that decide (folded when case is ignored).
    pub(super) names: Vec<Box<[u8]>>,
    /// For each of them, its values and their numbers.
    pub(super) values: Vec<HashMap<Box<[u8]>, u16>>,
    /// Where a combination of value numbers leads; [`Selector::OTHER`] stands for any other value, or none.
    pub(super) steps: HashMap<Box<[u16]>, Step>,
}

impl Selector {
    pub(super) const OTHER: u16 = u16::MAX;
    /// Most members that decide together.
    pub(super) const NAMES_MAX: usize = 12;
}

/// What a string at a state holds.
#[derive(Debug)]
pub(super) struct Inside {
    pub(super) form: Form,
    /// The state in which the document is walked.
    pub(super) node: u32,
    /// The slot when it does not parse.
    pub(super) otherwise: SlotId,
    /// For lines: where the holes of each template lead.
    pub(super) holes: Vec<Vec<Step>>,
}

#[derive(Debug)]
struct Slot {
    labels: Box<[(Label, Rank)]>,
    path: Box<str>,
}

/// The compiled patterns. Immutable and shareable.
#[derive(Debug)]
pub struct Automaton {
    id: u64,
    pub(super) fold: bool,
    pub(super) nodes: Vec<Node>,
    pub(super) entries: Vec<Step>,
    pub(super) insides: Vec<Inside>,
    pub(super) root: Step,
    slots: Vec<Slot>,
}

static IDS: AtomicU64 = AtomicU64::new(1);

fn next_id() -> u64 {
    IDS.fetch_add(1, Ordering::Relaxed)
}

impl Automaton {
    /// Most states of an automaton.
    pub const STATES_MAX: usize = 200_000;

    /// A number that no other automaton of this process has.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Number of slots.
    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    /// All labels that meet at a slot, with the rank of the pattern that says so; the most specific first. Which of
    /// them win is the caller's decision. Empty for [`SlotId::NONE`].
    pub fn labels(&self, slot: SlotId) -> &[(Label, Rank)] {
        slot.index().and_then(|index| self.slots.get(index)).map_or(&[], |slot| &slot.labels)
    }

    /// The slot's most specific pattern, in canonical form. Empty for [`SlotId::NONE`].
    pub fn path_of(&self, slot: SlotId) -> String {
        slot.index().and_then(|index| self.slots.get(index)).map_or(String::new(), |slot| slot.path.to_string())
    }

    /// The path of a counter of unclassified places (see `Scanner::drain_unclassified`): keys that no pattern names
    /// print as `*`; where a pattern names a leaf and an object or array stood, that is said.
    pub fn unclassified_path(&self, counter: u32) -> String {
        let nodes = self.nodes.len() as u32;
        if let Some(slot) = counter.checked_sub(2 * nodes).and_then(|slot| self.slots.get(slot as usize)) {
            return format!("{} (object or array)", slot.path);
        }
        let (node, below) = if counter < nodes { (counter, "") } else { (counter - nodes, "*") };
        let mut path = if (node as usize) < self.nodes.len() { self.node_path(node) } else { String::new() };
        if !below.is_empty() {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(below);
        }
        path
    }

    fn node_path(&self, node: u32) -> String {
        let mut vias = Vec::new();
        let mut at = node;
        while let Some(found) = self.nodes.get(at as usize)
            && !matches!(found.via, Via::Top)
        {
            vias.push(&found.via);
            at = found.parent;
        }
        let mut path = String::new();
        for via in vias.iter().rev() {
            let (dot, text) = match via {
                Via::Key(text) => (true, &**text),
                Via::AnyKey => (true, "*"),
                Via::Select(text) => (false, &**text),
                Via::Element => (false, "[*]"),
                Via::Top => (false, ""),
            };
            if dot && !path.is_empty() {
                path.push('.');
            }
            path.push_str(text);
        }
        path
    }

    /// The place of the event itself: for deliveries that are no JSON (CSV, envelopes), walked by hand.
    pub fn root(&self) -> Place {
        Place(self.root)
    }

    /// Where the key leads from a state. `key` is decoded; `fold_into` is scratch.
    pub(super) fn step(&self, node: u32, key: &[u8], fold_into: &mut Vec<u8>) -> Step {
        let Some(found) = self.nodes.get(node as usize) else { return Step::DEAD };
        let key = if self.fold { fold(key, fold_into) } else { key };
        match found.table.find(key) {
            Some(index) => self.entries[found.entries as usize + index],
            None => found.default,
        }
    }
}

/// Lowers A to Z, into `scratch` where anything changes.
pub(super) fn fold<'k>(key: &'k [u8], scratch: &'k mut Vec<u8>) -> &'k [u8] {
    if !key.iter().any(u8::is_ascii_uppercase) {
        return key;
    }
    scratch.clear();
    scratch.extend(key.iter().map(u8::to_ascii_lowercase));
    scratch
}

/// A place in an event, for callers that walk by hand.
#[derive(Clone, Copy, Debug)]
pub struct Place(Step);

impl Place {
    /// The member `key` (decoded) of the object at this place.
    pub fn key(self, automaton: &Automaton, key: &[u8]) -> Place {
        Place(automaton.step(self.0.node(), key, &mut Vec::new()))
    }

    /// An element of the array at this place, no selector holding.
    pub fn element(self, automaton: &Automaton) -> Place {
        Place(automaton.nodes.get(self.0.node() as usize).map_or(Step::DEAD, |node| node.element))
    }

    /// What a leaf at this place is.
    pub fn slot(self) -> SlotId {
        self.0.slot()
    }

    /// What the key that led here is.
    pub fn key_slot(self) -> SlotId {
        self.0.key_slot()
    }

    /// Whether only a wildcard names the key that led here: without a classification of its own it must not leave.
    pub fn key_is_wild(self) -> bool {
        self.0.flags() & step::WILD != 0
    }

    /// The marks that a value here sets.
    pub fn marks(self, automaton: &Automaton) -> &[u16] {
        automaton.nodes.get(self.0.node() as usize).map_or(&[], |node| &node.marks)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::inside::{Line, LineSet, Template};
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    fn labels(automaton: &Automaton, slot: SlotId) -> Vec<Label> {
        automaton.labels(slot).iter().map(|(label, _)| *label).collect()
    }

    #[test]
    fn the_most_specific_comes_first() {
        let mut builder = AutomatonBuilder::new(true);
        for (label, path) in ["**", "User.*", "*.Name", "user.name", "User.NAME"].into_iter().enumerate() {
            builder.leaf(&pattern(path), label as u32);
        }
        let automaton = builder.build().unwrap();
        let name = automaton.root().key(&automaton, b"USER").key(&automaton, b"naMe");
        assert_eq!(labels(&automaton, name.slot()), [3, 4, 1, 2, 0]);
        assert_eq!(automaton.path_of(name.slot()), "user.name");
        assert!(labels(&automaton, SlotId::NONE).is_empty());
    }

    #[test]
    fn keys_behind_any_depth_are_the_keys_below() {
        let mut builder = AutomatonBuilder::new(false);
        builder.leaf(&pattern("a.**"), 1);
        builder.key(&pattern("a.**"), 2);
        let automaton = builder.build().unwrap();
        let a = automaton.root().key(&automaton, b"a");
        assert_eq!((a.key_slot(), a.key_is_wild()), (SlotId::NONE, false));
        for below in [a.key(&automaton, b"b"), a.key(&automaton, b"b").element(&automaton).key(&automaton, b"c")] {
            assert_eq!(labels(&automaton, below.key_slot()), [2]);
            assert!(below.key_is_wild());
        }
        assert_eq!(a.element(&automaton).key_slot(), SlotId::NONE);
    }

    #[test]
    fn holes_carry_the_labels_of_their_template_and_path() {
        let line = |like: &str, label| Line {
            template: Template::parse(like).unwrap(),
            labels: vec![vec![label]],
            marks: Vec::new(),
        };
        let form = Form::Lines(Arc::new(LineSet::compile(vec![line("in {u}", 1), line("out {u}", 2)])));
        let mut builder = AutomatonBuilder::new(false);
        builder.inside(&pattern("m"), InsideSpec { form, at_root: false, otherwise: vec![3] });
        builder.leaf(&pattern("m.*"), 4);
        let automaton = builder.build().unwrap();
        let inside = &automaton.insides[0];
        assert_eq!(labels(&automaton, inside.holes[0][0].slot()), [1, 4]);
        assert_eq!(labels(&automaton, inside.holes[1][0].slot()), [2, 4]);
        assert_eq!(automaton.path_of(inside.holes[1][0].slot()), "m.u");
        assert_eq!(labels(&automaton, inside.otherwise), [3]);
    }

    #[test]
    fn too_many_combinations_are_refused() {
        let mut builder = AutomatonBuilder::new(false);
        for number in 0..14 {
            builder.leaf(&pattern(&format!("a[N{number}=v].x")), number);
        }
        assert_eq!(builder.build().unwrap_err(), TooLarge);
    }

    #[test]
    fn printed_paths_hold_no_key_that_no_pattern_names() {
        let mut builder = AutomatonBuilder::new(true);
        builder.leaf(&pattern("Actor[Name=X].'a.b'"), 1);
        builder.leaf(&pattern("t[*].y"), 2);
        let automaton = builder.build().unwrap();
        let nodes = automaton.nodes.len() as u32;
        let paths: Vec<String> = (0..2 * nodes).map(|counter| automaton.unclassified_path(counter)).collect();
        for wanted in ["Actor", "Actor[Name=x]", "Actor[Name=x].'a.b'", "t[*]", "t[*].*", "*"] {
            assert!(paths.iter().any(|path| path.eq_ignore_ascii_case(wanted)), "{wanted} in {paths:?}");
        }
        assert_eq!(automaton.unclassified_path(2 * nodes), "Actor[Name=X].'a.b' (object or array)");
        assert_eq!(automaton.unclassified_path(u32::MAX), "*");
    }
}
