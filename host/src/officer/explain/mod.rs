//! What became of every occurrence of an event, and why.
//!
//! What became of it is read off the event and its output. Why, is what the plan's rules say of the place: where that alone does
//! not explain it (the guard, a failed step, a key that does not leave), the reason is named.

mod place;
mod said;
mod shown;

use std::collections::BTreeSet;

use crate::event::{Fate, Occurrence, Occurs, Pattern, Segment, Step};
use crate::policy::document::{OnFailure, Role, Span};
use crate::policy::form::{Code, End, Form};
use crate::policy::{CategoryId, CompiledMap, MapLabel, Plan, Settled};

use super::decision::{Decisions, Limit, Say, Withholding};

pub use place::places;
pub(super) use said::together;
pub use said::{Purpose, category_json, category_report, place_json, place_report};
pub(super) use shown::{cause_json, cause_lines, failure};
pub use shown::{json, report};

/// What a map, or a tenant, says that a place is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant {
    /// Its category.
    pub category: CategoryId,
    /// The category's name.
    pub name: String,
    /// The category's title.
    pub title: String,
    /// Whose value it is.
    pub role: Role,
    /// File and line; `None`: a tenant's own classification.
    pub at: Option<(String, usize)>,
}

/// What became of an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It left as it came.
    Kept,
    /// Something else stands in its place.
    Changed,
    /// Nothing does.
    Gone,
}

impl Became {
    /// As JSON says it.
    pub fn word(self) -> &'static str {
        match self {
            Became::Kept => "kept",
            Became::Changed => "changed",
            Became::Gone => "gone",
        }
    }
}

/// Why it became that, where its rules alone do not say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// The whole event does not leave.
    Event,
    /// No map says what it is.
    Unclassified,
    /// No base decides its category.
    Undecided,
    /// Its key, or the key of something around it, does not leave.
    Key,
    /// The guard, or a word of a sealed list.
    Guard,
    /// A step could not treat it; this is what the failure rule says.
    Failed(OnFailure),
    /// There was nothing in it to be treated.
    Nothing,
}

/// Who does something to values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// Tamis itself: codes, labels, constants, dropping.
    Host,
    /// The built-in detector.
    Redact,
    /// The built-in masks.
    Mask,
    /// The built-in generalisations.
    Minimise,
    /// A plugin of a vendor, by its number in the plan.
    Vendor(u16),
}

/// One occurrence, explained.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its path; keys that no map names are `*`, unless values are shown.
    pub path: String,
    /// What it is in the event.
    pub occurs: Occurs,
    /// What it means.
    pub meant: Vec<Meant>,
    /// What became of it.
    pub became: Became,
    /// The form that the plan gives it.
    pub form: Form,
    /// Who did it.
    pub tools: Vec<Tool>,
    /// Rules behind it.
    pub says: Vec<Say>,
    /// Why, where rules alone do not say so.
    pub otherwise: Option<Otherwise>,
    /// The value before, if values are shown.
    pub before: Option<String>,
    /// Path and value after, if values are shown and something left.
    pub after: Option<(String, String)>,
}

/// A plugin as a report names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginName {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its component, as text.
    pub digest: String,
}

/// The plugins of a run.
#[derive(Clone, Debug)]
pub struct Plugins {
    /// `redact`, `mask`, `minimize`.
    pub built_in: [PluginName; 3],
    /// Those of vendors, by their numbers in the plan.
    pub vendors: Vec<PluginName>,
}

impl Plugins {
    /// The plugin of a tool; `None`: Tamis itself.
    pub fn of(&self, tool: Tool) -> Option<&PluginName> {
        match tool {
            Tool::Host => None,
            Tool::Redact => self.built_in.first(),
            Tool::Mask => self.built_in.get(1),
            Tool::Minimise => self.built_in.get(2),
            Tool::Vendor(number) => self.vendors.get(usize::from(number)),
        }
    }
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It left.
    Passed,
    /// A rule withholds it.
    Suppressed,
    /// It is quarantined, for this reason.
    Quarantined(&'static str),
    /// The failure rule stops the route.
    Stopped,
}

/// An event, explained.
#[derive(Debug)]
pub struct Explained {
    /// What became of it.
    pub ended: Ended,
    /// Id of its schema map.
    pub schema: Option<String>,
    /// Rules that withhold it.
    pub withheld: Vec<Withholding>,
    /// Every occurrence.
    pub accounts: Vec<Account>,
    /// How long the store is asked to keep it: at most, at least.
    pub asked: (Option<String>, Option<String>),
    /// Limits that may hold for events of this plan.
    pub limits: Vec<Limit>,
    /// What was found in it, by entity.
    pub found: Vec<String>,
}

impl Explained {
    /// An event of which no plan is known.
    pub fn unplanned(ended: Ended) -> Self {
        let (withheld, accounts, limits, found) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { ended, schema: None, withheld, accounts, asked: (None, None), limits, found }
    }

    /// A piece of input that is no event.
    pub fn rejected(reason: &'static str) -> Self {
        Self::unplanned(Ended::Quarantined(reason))
    }
}

/// Explains occurrences of one map under one plan.
pub struct Explainer<'p> {
    decisions: &'p Decisions<'p>,
    map: &'p CompiledMap,
    named: BTreeSet<String>,
    show: bool,
    /// What became of the event: of one that does not leave nothing does.
    ended: Ended,
}

impl<'p> Explainer<'p> {
    /// `number`: of the map. `show`: values are shown.
    pub fn new(
        decisions: &'p Decisions<'p>,
        (number, map): (usize, &'p CompiledMap),
        ended: Ended,
        show: bool,
    ) -> Self {
        Self { decisions, map, named: named(decisions.plan(), number), show, ended }
    }

    /// Explains an occurrence. `settled`: what the plan makes of its slot. `mishap`: the guard stopped something there, a step
    /// could not treat something there.
    pub fn account(&self, one: &Occurrence, settled: Option<&Settled>, mishap: (bool, bool)) -> Account {
        let became = match one.fate {
            Fate::Gone => Became::Gone,
            _ if one.is_same() => Became::Kept,
            // A part of a text has no place of its own in the output.
            _ => Became::Changed,
        };
        let is_text = one.occurs == Occurs::Text;
        let known = settled.filter(|settled| !settled.categories.is_empty());
        let meant = known.map(|known| self.meant(one, &known.categories)).unwrap_or_default();
        let says = known.map(|known| self.says(known, &meant)).unwrap_or_default();
        let form = match (known, is_text) {
            (Some(known), _) => known.form.clone(),
            (None, true) => Form::default(),
            (None, false) => Form::dropped(),
        };
        let otherwise = self.otherwise(became, is_text, known, &says, mishap);
        Account {
            path: shown_path(&one.path, &self.named, self.show),
            occurs: one.occurs,
            meant,
            became,
            tools: tools(&form, became),
            form,
            says,
            otherwise,
            before: self.show.then(|| one.before.clone()),
            after: one
                .after
                .as_ref()
                .filter(|_| self.show)
                .map(|(path, value)| (shown_path(path, &self.named, true), value.clone())),
        }
    }

    fn otherwise(
        &self,
        became: Became,
        is_text: bool,
        known: Option<&Settled>,
        says: &[Say],
        (guarded, failed): (bool, bool),
    ) -> Option<Otherwise> {
        if self.ended != Ended::Passed {
            return Some(Otherwise::Event);
        }
        if is_text {
            return None;
        }
        let Some(known) = known else { return Some(Otherwise::Unclassified) };
        let leaves = known.form.leaves();
        match became {
            Became::Gone if !leaves => says.is_empty().then_some(Otherwise::Undecided),
            _ if failed => Some(Otherwise::Failed(self.decisions.plan().failing(&known.categories).what)),
            Became::Gone if guarded => Some(Otherwise::Guard),
            Became::Gone => Some(Otherwise::Key),
            Became::Kept if !known.form.is_clear() => Some(Otherwise::Nothing),
            Became::Kept | Became::Changed => None,
        }
    }

    /// What labels of the map make a place these categories.
    fn meant(&self, one: &Occurrence, categories: &[CategoryId]) -> Vec<Meant> {
        let labels = self.map.automaton.labels(one.slot);
        let mut meant = Vec::new();
        let mut told: BTreeSet<CategoryId> = BTreeSet::new();
        // The most specific come first; what a less specific one says does not hold.
        for (label, _) in labels {
            let Some(MapLabel::Field { categories: own, role, span, .. }) = self.map.labels.get(*label as usize) else {
                continue;
            };
            if own.iter().all(|category| categories.contains(category)) {
                for category in own.iter().filter(|category| !told.contains(category)) {
                    meant.push(mean(self.decisions.plan(), *category, *role, *span));
                }
                told.extend(own);
            }
        }
        meant
    }

    fn says(&self, known: &Settled, meant: &[Meant]) -> Vec<Say> {
        let mut says: Vec<Say> = Vec::new();
        for one in meant {
            let decision = self.decisions.of(one.category);
            let of_role =
                |say: &Say| say.when.role.is_empty() || say.when.role.iter().any(|role| role.value == one.role);
            let holds = decision.says.into_iter().filter(|say| known.rules.contains(&say.id) && of_role(say));
            for say in holds {
                if !says.iter().any(|other| (other.id, other.line) == (say.id, say.line)) {
                    says.push(say);
                }
            }
        }
        says
    }
}

/// What a category means at a place.
pub(super) fn mean(plan: &Plan, category: CategoryId, role: Role, span: Option<Span>) -> Meant {
    let library = &plan.library;
    let name = library.words.name(category).to_owned();
    let title = library.categories.categories.get(&name).map(|known| known.title.value.clone()).unwrap_or_default();
    let at = span.map(|span| (library.bundle.name(span.file).to_owned(), library.bundle.line_column(span).0));
    Meant { category, name, title, role, at }
}

/// Who makes values that.
fn tools(form: &Form, became: Became) -> Vec<Tool> {
    let mut tools = BTreeSet::new();
    if became == Became::Gone || form.code != Code::Clear || form.end != End::Keep {
        tools.insert(Tool::Host);
    }
    if became != Became::Gone && form.end == End::Keep {
        if form.hide.whole.is_some() {
            tools.insert(Tool::Host);
        } else {
            let parts = [
                (!form.hide.found.is_empty(), Tool::Redact),
                (!form.hide.mask.is_empty(), Tool::Mask),
                (!form.rungs.is_empty() || form.hide.text.is_some(), Tool::Minimise),
            ];
            tools.extend(parts.into_iter().filter(|(does, _)| *does).map(|(_, tool)| tool));
            tools.extend(form.hide.plugins.iter().chain(&form.rewrite).map(|number| Tool::Vendor(*number)));
        }
    }
    tools.into_iter().collect()
}

/// Keys that a map, or a tenant, names: they are text of a policy.
pub(super) fn named(plan: &Plan, number: usize) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let mut add = |path: &str| {
        for segment in Pattern::parse(path).iter().flat_map(Pattern::segments) {
            match segment {
                Segment::Key(name) => drop(named.insert(name.to_lowercase())),
                Segment::Select { name, .. } => drop(named.insert(name.to_lowercase())),
                Segment::AnyKey | Segment::AnyElement | Segment::AnyDepth => {}
            }
        }
    };
    if let Some(map) = plan.library.maps.all().get(number).and_then(|map| map.document(&plan.library.bundle)) {
        let fields = map.fields.iter().chain(&map.keys).chain(map.variants.iter().flat_map(|variant| &variant.fields));
        fields.for_each(|field| add(&field.path));
        map.inside.iter().for_each(|inside| add(&inside.path));
        map.lines.iter().for_each(|line| add(&line.path));
        map.events.iter().flat_map(|event| event.any.iter().flatten()).for_each(|(path, _)| add(path));
    }
    plan.own.get(&number).into_iter().flat_map(|own| own.iter()).for_each(|field| add(&field.path));
    named
}

/// A path as a report shows it. A key that no map names may be a value.
pub(super) fn shown_path(path: &[Step], named: &BTreeSet<String>, show: bool) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Element(number) => out.push_str(&format!("[{number}]")),
            Step::Key(name) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(if show || named.contains(&name.to_lowercase()) { name } else { "*" });
            }
        }
    }
    out
}
