//! Schema maps made ready: one automaton a map, shared by all tenants.
//!
//! Hardly anything in here depends on a tenant: the automaton knows every path that any rule could ask about, and the tests
//! of values (*atoms*) are numbered a map. What a tenant's rules make of a slot is the business of [`super::resolve`]. Tenants
//! that classify further fields ([`OwnField`]) have an automaton of their own, which they share with all that say the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::Serialize;

use super::diagnostic::Diagnostic;
use super::document::{Inside, InsideForm, Role, SchemaHead, SchemaMap, Span, Text};
use super::glob::GlobSet;
use super::syntax::{self, Bundle};
use super::vocabulary::{CategoryId, Vocabulary};
use crate::event::{
    Automaton, AutomatonBuilder, Form as Inner, InsideSpec, Label, Line, LineSet, Pattern, Rank, Segment, SlotId,
    Template,
};

/// Most tests of values that one map may have; atoms of a policy (lists, hours) come on top of them.
pub const ATOMS_MAX: usize = 96;

/// All schema maps of a library.
#[derive(Debug)]
pub struct Maps {
    maps: Vec<Map>,
    /// Recognition paths: mark → (path, globs); no globs: presence.
    marks: Vec<(Pattern, GlobSet, bool)>,
    recogniser: OnceLock<Option<Arc<CompiledMap>>>,
    /// Automata of tenants that classify further fields, by map and what they say.
    own: Mutex<HashMap<(usize, Arc<[OwnField]>), Option<Arc<CompiledMap>>>>,
}

/// A field that a tenant classifies in a map.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct OwnField {
    /// Number of the tenant's layer among those that classify: layers are united, within one the most specific path wins.
    pub layer: u8,
    /// The path.
    pub path: String,
    /// Whose value it is.
    pub role: Role,
    /// Its categories.
    pub categories: Vec<CategoryId>,
}

/// A way in which an event can be recognised, once it is known which names it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The map's number.
    pub map: u16,
    /// Tests of values that have to come out so: (mark, wanted).
    pub asks: Vec<(u16, bool)>,
}

/// One map.
#[derive(Clone, Debug)]
pub struct Map {
    /// What it is called, and which events it is for.
    pub head: SchemaHead,
    /// What its file says below that: read at once, or where nothing is wrong with it on first use.
    document: OnceLock<Option<SchemaMap>>,
    /// One of these has to hold: (mark, wanted).
    alternatives: Vec<Vec<(u16, bool)>>,
    compiled: OnceLock<Option<Arc<CompiledMap>>>,
}

/// An automaton and what its slots mean.
#[derive(Debug)]
pub struct CompiledMap {
    /// Paths to slots.
    pub automaton: Automaton,
    /// What a label says.
    pub labels: Vec<MapLabel>,
    /// Tests of values: (globs, what they are for is in `kinds` and `variants`).
    pub atoms: Vec<GlobSet>,
    /// Kind (number in the vocabulary) → alternatives, each atoms that all have to hold.
    pub kinds: Vec<(u16, Vec<Vec<u16>>)>,
    /// Variant → atoms that all have to hold.
    pub variants: Vec<Vec<u16>>,
    /// Line templates that are a kind of event: mark → the atom that then holds.
    pub line_kinds: Vec<(u16, u16)>,
    /// Value tests of recognition by slot: (slot, mark).
    pub recognise: Vec<(SlotId, u16)>,
    /// This map looks inside texts at which, or in which, recognition would see something else: its own scan tells no map.
    pub is_opaque: bool,
}

/// What a label says about a path.
#[derive(Clone, Debug, PartialEq)]
pub enum MapLabel {
    /// It is classified.
    Field {
        /// As what.
        categories: Vec<CategoryId>,
        /// Whose.
        role: Role,
        /// Only while this variant holds.
        variant: Option<u16>,
        /// Where the map says so; `None`: a tenant does.
        span: Option<Span>,
        /// The map says so (0), or a layer of the tenant (its number and one).
        by: u8,
    },
    /// Its value is tested.
    Atom(u16),
    /// Its value is tested to recognise a map.
    Mark(u16),
}

impl CompiledMap {
    /// The kinds of an event for which these tests of values hold, by number.
    pub fn kinds(&self, has: impl Fn(u16) -> bool) -> BTreeSet<u16> {
        let is = |any: &[Vec<u16>]| any.iter().any(|all| all.iter().all(|atom| has(*atom)));
        self.kinds.iter().filter(|(_, any)| is(any)).map(|(kind, _)| *kind).collect()
    }
}

impl Map {
    /// What its file, one of the bundle, says below its head. `None`: it cannot be read.
    pub fn document(&self, bundle: &Bundle) -> Option<&SchemaMap> {
        let read = || syntax::schema(bundle, self.head.id.span.file, &mut Vec::new()).map(|(_, document)| document);
        self.document.get_or_init(read).as_ref()
    }
}

impl Maps {
    /// Numbers the recognition paths of all maps. Unknown words are reported for every map that was read whole; nothing may be
    /// wrong with the others.
    pub fn new(
        documents: Vec<(SchemaHead, Option<SchemaMap>)>,
        words: &Vocabulary,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut maps = Self { maps: Vec::new(), marks: Vec::new(), recogniser: OnceLock::new(), own: Mutex::default() };
        let mut numbers = BTreeMap::new();
        for (head, document) in documents {
            document.iter().for_each(|document| check(document, words, problems));
            let mut alternatives = Vec::new();
            for all in &head.recognise {
                let mut marks = Vec::new();
                for test in all {
                    let key = (test.path.clone(), test.globs.clone());
                    let next = numbers.len() as u16;
                    let mark = *numbers.entry(key).or_insert(next);
                    if mark == next {
                        match Pattern::parse(&test.path) {
                            Ok(pattern) => {
                                maps.marks.push((pattern, GlobSet::new(&test.globs), !test.globs.is_empty()))
                            }
                            // Said when the file was read.
                            Err(_) => maps.marks.push((Pattern::of(Vec::new()), GlobSet::default(), true)),
                        }
                    }
                    marks.push((mark, !test.absent));
                }
                alternatives.push(marks);
            }
            let document = document.map_or_else(OnceLock::new, |document| OnceLock::from(Some(document)));
            maps.maps.push(Map { head, document, alternatives, compiled: OnceLock::new() });
        }
        maps
    }

    /// The same maps, one of them without a line (see [`SchemaMap::pieces`]).
    pub(super) fn without(&self, number: usize, line: Span, bundle: &Bundle) -> Self {
        let mut maps = self.maps.clone();
        if let Some(map) = maps.get_mut(number) {
            map.document = OnceLock::from(map.document(bundle).map(|document| document.without(line)));
            map.compiled = OnceLock::new();
        }
        // No line changes how an event is recognised.
        let recogniser = self.recogniser.clone();
        Self { maps, marks: self.marks.clone(), recogniser, own: Mutex::default() }
    }

    /// Every map, by number.
    pub fn all(&self) -> &[Map] {
        &self.maps
    }

    /// The number of the map of that id.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.maps.iter().position(|map| map.head.id.value == id)
    }

    /// Ways in which an event of which these marks of names hold can be recognised, out of the maps allowed; the first of which
    /// all hold is right: the map with the most entries that hold, then the lower priority number, then the name.
    pub fn ways(&self, has: impl Fn(u16) -> bool, allowed: impl Fn(usize) -> bool) -> Vec<Way> {
        let is_of_value = |mark: &u16| self.marks.get(usize::from(*mark)).is_some_and(|(_, _, by_value)| *by_value);
        let mut ways = Vec::new();
        for (number, map) in self.maps.iter().enumerate().filter(|(number, _)| allowed(*number)) {
            for all in map.alternatives.iter().filter(|all| !all.is_empty()) {
                let (asks, names): (Vec<_>, Vec<_>) = all.iter().copied().partition(|(mark, _)| is_of_value(mark));
                if names.iter().all(|(mark, wanted)| has(*mark) == *wanted) {
                    let rank = (std::cmp::Reverse(all.len()), map.head.priority, map.head.id.value.as_str());
                    ways.push((rank, Way { map: number as u16, asks }));
                }
            }
        }
        ways.sort_by_key(|(rank, _)| *rank);
        let certain = ways.iter().position(|(_, way)| way.asks.is_empty());
        ways.into_iter().map(|(_, way)| way).take(certain.map_or(usize::MAX, |at| at + 1)).collect()
    }

    /// The automaton that only recognises. `None` where the maps are too large together.
    pub fn recogniser(&self) -> Option<&Arc<CompiledMap>> {
        self.recogniser.get_or_init(|| Builder::new(self).finish().map(Arc::new)).as_ref()
    }

    /// The automaton of a map, built on first use. `None` where the map is too large, or there is none of that number.
    pub fn compiled(&self, number: usize, words: &Vocabulary, bundle: &Bundle) -> Option<&Arc<CompiledMap>> {
        let map = self.maps.get(number)?;
        let build = || {
            let mut builder = Builder::new(self);
            builder.map(map.document(bundle)?, words);
            builder.finish().map(Arc::new)
        };
        map.compiled.get_or_init(build).as_ref()
    }

    /// The automaton of a map in which a tenant classifies further fields. `None` as for [`Maps::compiled`].
    pub fn with(
        &self,
        number: usize,
        own: &Arc<[OwnField]>,
        words: &Vocabulary,
        bundle: &Bundle,
    ) -> Option<Arc<CompiledMap>> {
        let map = self.maps.get(number)?;
        let mut known = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let build = || {
            let mut builder = Builder::new(self);
            builder.map(map.document(bundle)?, words);
            own.iter().for_each(|field| builder.own(field));
            builder.finish().map(Arc::new)
        };
        known.entry((number, own.clone())).or_insert_with(build).clone()
    }

    /// How many marks there are.
    pub fn marks(&self) -> usize {
        self.marks.len()
    }

    /// The values that a mark asks for.
    pub fn globs(&self, mark: u16) -> Option<&GlobSet> {
        self.marks.get(usize::from(mark)).map(|(_, globs, _)| globs)
    }
}

struct Builder {
    automaton: AutomatonBuilder,
    labels: Vec<MapLabel>,
    atoms: Vec<GlobSet>,
    atom_numbers: BTreeMap<(String, Vec<String>), u16>,
    kinds: Vec<(u16, Vec<Vec<u16>>)>,
    variants: Vec<Vec<u16>>,
    line_kinds: Vec<(u16, u16)>,
    next_mark: u16,
    /// Recognition paths, and whether a value is asked for.
    recognised: Vec<(Pattern, bool)>,
    is_opaque: bool,
}

impl Builder {
    fn new(maps: &Maps) -> Self {
        let mut automaton = AutomatonBuilder::new(true);
        let mut labels = Vec::new();
        for (mark, (pattern, _, by_value)) in maps.marks.iter().enumerate() {
            if *by_value {
                automaton.outer_leaf(pattern, labels.len() as Label);
                labels.push(MapLabel::Mark(mark as u16));
            } else {
                automaton.mark(pattern, mark as u16);
            }
        }
        Self {
            automaton,
            labels,
            atoms: Vec::new(),
            atom_numbers: BTreeMap::new(),
            kinds: Vec::new(),
            variants: Vec::new(),
            line_kinds: Vec::new(),
            next_mark: maps.marks.len() as u16,
            recognised: maps.marks.iter().map(|(path, _, by_value)| (path.clone(), *by_value)).collect(),
            is_opaque: false,
        }
    }

    fn map(&mut self, map: &SchemaMap, words: &Vocabulary) {
        for field in &map.fields {
            self.leaf(&field.path, &field.categories, field.role, None, words);
        }
        for field in &map.keys {
            if let Ok(pattern) = Pattern::parse(&field.path) {
                let label = self.label(&field.categories, field.role, None, field.path.span, words);
                self.automaton.key(&pattern, label);
            }
        }
        for kind in &map.events {
            let any = kind.any.iter().map(|all| self.tests(all)).collect();
            if let Some(number) = words.kinds().iter().position(|k| *k == kind.kind.value) {
                self.kinds.push((number as u16, any));
            }
        }
        for (number, variant) in map.variants.iter().enumerate() {
            let atoms = self.tests(&variant.when);
            self.variants.push(atoms);
            for field in &variant.fields {
                self.leaf(&field.path, &field.categories, field.role, Some(number as u16), words);
            }
        }
        for inside in &map.inside {
            self.inside(map, inside, words);
        }
    }

    fn label(
        &mut self,
        categories: &[Text],
        role: Role,
        variant: Option<u16>,
        span: Span,
        words: &Vocabulary,
    ) -> Label {
        let categories = categories.iter().filter_map(|c| words.category(c)).collect();
        self.labels.push(MapLabel::Field { categories, role, variant, span: Some(span), by: 0 });
        (self.labels.len() - 1) as Label
    }

    fn leaf(&mut self, path: &Text, categories: &[Text], role: Role, variant: Option<u16>, words: &Vocabulary) {
        if let Ok(pattern) = Pattern::parse(path) {
            let label = self.label(categories, role, variant, path.span, words);
            self.automaton.leaf(&pattern, label);
        }
    }

    /// A field that a tenant classifies.
    fn own(&mut self, field: &OwnField) {
        if let Ok(pattern) = Pattern::parse(&field.path) {
            let OwnField { layer, role, categories, .. } = field;
            let (categories, by) = (categories.clone(), layer.saturating_add(1));
            self.labels.push(MapLabel::Field { categories, role: *role, variant: None, span: None, by });
            self.automaton.leaf(&pattern, (self.labels.len() - 1) as Label);
        }
    }

    /// Atoms for (path, globs) pairs; equal pairs share one.
    fn tests(&mut self, all: &[(Text, Vec<String>)]) -> Vec<u16> {
        all.iter()
            .filter_map(|(path, globs)| {
                let pattern = Pattern::parse(path).ok()?;
                let next = self.atoms.len() as u16;
                let atom = *self.atom_numbers.entry((path.value.clone(), globs.clone())).or_insert(next);
                if atom == next {
                    self.atoms.push(GlobSet::new(globs));
                    self.automaton.leaf(&pattern, self.labels.len() as Label);
                    self.labels.push(MapLabel::Atom(atom));
                }
                Some(atom)
            })
            .collect()
    }

    fn inside(&mut self, map: &SchemaMap, inside: &Inside, words: &Vocabulary) {
        let Ok(pattern) = Pattern::parse(&inside.path) else { return };
        let otherwise = inside
            .otherwise
            .iter()
            .map(|category| self.label(std::slice::from_ref(category), Role::None, None, category.span, words));
        let otherwise = otherwise.collect();
        let form = match inside.form {
            InsideForm::Json => Inner::Json,
            InsideForm::KeyValue => Inner::KeyValue,
            InsideForm::Url => Inner::Url,
            InsideForm::Query => Inner::Query,
            InsideForm::Lines => Inner::Lines(Arc::new(self.lines(map, &inside.path.value, words))),
        };
        let at_root = inside.form == InsideForm::Json && !named_below(map, inside);
        self.is_opaque |= self.recognised.iter().any(|(path, by_value)| is_within(path, *by_value, &pattern));
        self.automaton.inside(&pattern, InsideSpec { form, at_root, otherwise });
    }

    /// The templates of a path. What stands in a hole may be looked inside in its turn, by the templates of that path.
    fn lines(&mut self, map: &SchemaMap, path: &str, words: &Vocabulary) -> LineSet {
        let mut lines = Vec::new();
        let mut opened = BTreeSet::new();
        for line in map.lines.iter().filter(|line| line.path.value == path) {
            let Ok(template) = Template::parse(&line.like.value) else { continue };
            let mut labels = Vec::new();
            for hole in template.holes() {
                let said = line.holes.iter().find(|(name, _, _)| name.value == hole.name);
                let said = said.filter(|(_, _, categories)| !categories.is_empty());
                labels.push(
                    said.map(|(name, role, categories)| self.label(categories, *role, None, name.span, words))
                        .into_iter()
                        .collect(),
                );
            }
            for (name, form) in &line.inside {
                let below = format!("{path}.{}", name.value);
                // Two templates may have a hole of one name: its inside is declared once.
                if !opened.insert(below.clone()) {
                    continue;
                }
                let form = match form {
                    InsideForm::Json => Inner::Json,
                    InsideForm::KeyValue => Inner::KeyValue,
                    InsideForm::Query => Inner::Query,
                    InsideForm::Url => Inner::Url,
                    InsideForm::Lines => Inner::Lines(Arc::new(self.lines(map, &below, words))),
                };
                if let Ok(pattern) = Pattern::parse(&below) {
                    self.automaton.inside(&pattern, InsideSpec { form, at_root: false, otherwise: Vec::new() });
                }
            }
            let kind = line.kind.as_ref().and_then(|kind| words.kinds().iter().position(|k| *k == kind.value));
            let marks = kind.map(|kind| self.line_mark(kind as u16));
            lines.push(Line { template, labels, marks: marks.into_iter().collect() });
        }
        LineSet::compile(lines)
    }

    /// A mark that says that a line of this kind was met; all templates of a kind share one atom.
    fn line_mark(&mut self, kind: u16) -> u16 {
        let known = self.line_kinds.iter().find(|(_, atom)| self.kinds.contains(&(kind, vec![vec![*atom]])));
        if let Some((mark, _)) = known {
            return *mark;
        }
        let (mark, atom) = (self.next_mark, self.atoms.len() as u16);
        self.next_mark += 1;
        self.atoms.push(GlobSet::default());
        self.kinds.push((kind, vec![vec![atom]]));
        self.line_kinds.push((mark, atom));
        mark
    }

    fn finish(self) -> Option<CompiledMap> {
        if self.atoms.len() > ATOMS_MAX {
            return None;
        }
        let automaton = self.automaton.build().ok()?;
        let mut recognise = Vec::new();
        for slot in (0..automaton.slots() as u32).map(SlotId) {
            for (label, _) in automaton.labels(slot) {
                if let Some(MapLabel::Mark(mark)) = self.labels.get(*label as usize) {
                    recognise.push((slot, *mark));
                }
            }
        }
        Some(CompiledMap {
            automaton,
            labels: self.labels,
            atoms: self.atoms,
            kinds: self.kinds,
            variants: self.variants,
            line_kinds: self.line_kinds,
            recognise,
            is_opaque: self.is_opaque,
        })
    }
}

/// Whether a recognition path may lead into a text at `inside`, or ask for its value. Where that cannot be told, it may.
fn is_within(path: &Pattern, by_value: bool, inside: &Pattern) -> bool {
    let (path, inside) = (path.segments(), inside.segments());
    for (at, wanted) in inside.iter().enumerate() {
        match (wanted, path.get(at)) {
            // Whatever is in the text, something stood above it.
            (_, Some(Segment::AnyDepth)) if !by_value && path.len() == at + 1 => return false,
            (Segment::AnyDepth, _) | (_, Some(Segment::AnyDepth)) => return true,
            (_, None) => return false,
            (Segment::Key(one), Some(Segment::Key(other))) if !one.eq_ignore_ascii_case(other) => return false,
            (one, Some(other)) if is_member(one) != is_member(other) => return false,
            _ => {}
        }
    }
    by_value || path.len() > inside.len()
}

fn is_member(segment: &Segment) -> bool {
    matches!(segment, Segment::Key(_) | Segment::AnyKey)
}

/// Whether a map names fields of an inner document below its path; else they are named as from the top.
pub(super) fn named_below(map: &SchemaMap, inside: &Inside) -> bool {
    let Some(top) = folded(&inside.path) else { return false };
    paths(map).filter_map(folded).any(|path| top.may_hold(&path))
}

/// Every path that a map classifies or looks inside.
fn paths(map: &SchemaMap) -> impl Iterator<Item = &str> {
    let fields = map.fields.iter().chain(&map.keys).chain(map.variants.iter().flat_map(|v| &v.fields));
    fields.map(|field| field.path.value.as_str()).chain(map.inside.iter().map(|inside| inside.path.value.as_str()))
}

/// A path as automata of maps read it: in any letter case, however its keys are quoted.
pub(super) fn folded(path: &str) -> Option<Pattern> {
    Pattern::parse(path).ok().map(Pattern::folded)
}

/// The winners among the labels of a slot while `variants` hold: of the map and of each layer that classifies, those of the
/// highest rank; equals join. What a tenant says comes on top of what the map says, so that no word of it lowers anything.
pub fn winners<'a>(
    map: &'a CompiledMap,
    labels: &'a [(Label, Rank)],
    variants: impl Fn(u16) -> bool + 'a,
) -> impl Iterator<Item = (&'a [CategoryId], Role)> + 'a {
    let holds = move |label: Label| match map.labels.get(label as usize) {
        Some(MapLabel::Field { categories, role, variant, by, .. }) if variant.is_none_or(&variants) => {
            Some((*by, categories.as_slice(), *role))
        }
        _ => None,
    };
    // The most specific labels come first.
    let best: BTreeMap<u8, Rank> =
        labels.iter().rev().filter_map(|(label, rank)| Some((holds(*label)?.0, rank.clone()))).collect();
    labels.iter().filter_map(move |(label, rank)| {
        let (by, categories, role) = holds(*label)?;
        (best.get(&by) == Some(rank)).then_some((categories, role))
    })
}

/// Categories and kinds of a map; paths and templates were checked when its file was read.
fn check(map: &SchemaMap, words: &Vocabulary, problems: &mut Vec<Diagnostic>) {
    let fields = || map.fields.iter().chain(&map.keys).chain(map.variants.iter().flat_map(|v| &v.fields));
    let holes = map.lines.iter().flat_map(|line| line.holes.iter().flat_map(|(_, _, categories)| categories));
    let categories =
        fields().flat_map(|f| &f.categories).chain(holes).chain(map.inside.iter().filter_map(|i| i.otherwise.as_ref()));
    for category in categories {
        if words.category(category).is_none() {
            problems.push(unknown("P0202", "category", category, words.categories().map(|(_, name)| name)));
        }
    }
    for kind in map.events.iter().map(|e| &e.kind).chain(map.lines.iter().filter_map(|l| l.kind.as_ref())) {
        if !words.kinds().contains(&kind.value) {
            problems.push(unknown("P0203", "kind", kind, words.kinds().iter().map(String::as_str)));
        }
    }
}

/// An unknown word, with the nearest known one.
pub(super) fn unknown<'a>(
    code: &'static str,
    what: &str,
    text: &Text,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let problem = Diagnostic::error(code, format!("unknown {what} `{}`", text.value), text.span, "");
    match near(&text.value, known) {
        Some(name) => Diagnostic { fix: Some(name.to_owned()), ..problem.help(format!("did you mean `{name}`?")) },
        None => problem,
    }
}

/// The name that was most likely meant: one that differs in a few letters, or in their case.
pub fn near<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = text.to_lowercase();
    let near = known.map(|name| (strsim::damerau_levenshtein(&name.to_lowercase(), &wanted), name));
    near.filter(|(distance, name)| *distance <= 2 + name.len() / 5).min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::policy::document::FileId;

    #[test]
    fn a_name_is_near_in_any_letter_case() {
        let near = |text| near(text, ["security", "product"].into_iter());
        assert_eq!(near("Security"), Some("security"));
        assert_eq!(near("SECURTY"), Some("security"));
        assert_eq!(near("marketing"), None);
    }

    #[test]
    fn a_recognition_path_may_lead_into_a_text() {
        for (path, by_value, inside, wanted) in [
            ("raw", false, "raw", false),
            ("raw", true, "RAW", true),
            ("raw.op", false, "raw", true),
            ("a.raw", true, "a.*", true),
            ("a.raw", true, "a[*]", false),
            ("a[Name=x].raw", true, "a[*].raw", true),
            ("a", true, "a.raw", false),
            ("a", true, "a.**", true),
            ("a.other", true, "a.raw", false),
            // Something stands there whatever is in the text.
            ("**", false, "raw", false),
            ("a.**", false, "a.raw", false),
            ("**.op", false, "raw", true),
            ("**", true, "raw", true),
        ] {
            let pattern = |text| Pattern::parse(text).unwrap();
            assert_eq!(is_within(&pattern(path), by_value, &pattern(inside)), wanted, "{path} within {inside}");
        }
    }

    /// Maps with a path for each mark, of which the first four are names.
    fn maps(said: Vec<(u32, Vec<Vec<(u16, bool)>>)>) -> Maps {
        let marks = (0..8).map(|mark| (Pattern::of(Vec::new()), GlobSet::default(), mark > 3)).collect();
        let maps = said.into_iter().enumerate().map(|(number, (priority, alternatives))| {
            let span = Span { file: FileId(0), start: 0, end: 0 };
            let text = |value: String| Text { value, span };
            let head = SchemaHead {
                id: text(format!("map-{}", number)),
                title: String::new(),
                revision: 1,
                source: None,
                recognise: Vec::new(),
                ignore_case: false,
                opt_in: false,
                priority,
            };
            Map { head, document: OnceLock::new(), alternatives, compiled: OnceLock::new() }
        });
        Maps { maps: maps.collect(), marks, recogniser: OnceLock::new(), own: Mutex::default() }
    }

    proptest! {
        /// The law of recognition, one map after the other: the most entries that hold, then the lower priority number, then the
        /// name.
        #[test]
        fn the_first_way_that_holds_is_the_best_map(
            said in vec((0u32..3, vec(vec((0u16..8, any::<bool>()), 0..4), 0..3)), 0..5),
            marked: [bool; 8],
            allowed: [bool; 5],
        ) {
            let maps = maps(said);
            let has = |mark: u16| marked[usize::from(mark)];
            let fit = |map: &Map| {
                let holds = |all: &&Vec<(u16, bool)>| !all.is_empty() && all.iter().all(|(mark, wanted)| has(*mark) == *wanted);
                map.alternatives.iter().filter(holds).map(Vec::len).max()
            };
            let all = maps.all().iter().enumerate().filter(|(number, _)| allowed[*number]);
            let ranked = all.filter_map(|(number, map)| {
                Some((std::cmp::Reverse(fit(map)?), map.head.priority, map.head.id.value.clone(), number as u16))
            });
            let best = ranked.min().map(|(.., number)| number);
            let ways = maps.ways(|mark| mark < 4 && has(mark), |number| allowed[number]);
            let first = ways.iter().find(|way| way.asks.iter().all(|(mark, wanted)| *mark > 3 && has(*mark) == *wanted));
            prop_assert_eq!(first.map(|way| way.map), best);
        }
    }
}
