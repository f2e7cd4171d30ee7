//! What a plan decides about a category, and why: what each layer says of it, with place, reason and law, and the join.
//!
//! Explanations, comparisons and notices stand on this. It asks the layers themselves which of their rows made a form; the
//! form is the plan's own.

use std::collections::BTreeMap;

use super::phrase::Lang;
use crate::policy::document::{
    Attributable, Duration, Identifies, Law, Layer, Level, Reason, Retention, Row, Rule, Span, Text, Treatment,
    VendorPlugin, When,
};
use crate::policy::form::Form;
use crate::policy::{CategoryId, Failing, Plan, RuleId, family_has};

/// A law as a rule cites it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cited {
    /// Its short name.
    pub name: String,
    /// How it is cited.
    pub cite: String,
    /// How sure the pack is: `high`, `medium`, `low`.
    pub sure: String,
    /// What the pack's author has seen of it: `text`, `secondary`, `memory`.
    pub seen: String,
    /// First day it holds, where that is later than the plan's day.
    pub not_before: Option<String>,
}

/// Why something holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// `layer.rule`.
    pub rule: String,
    /// Id of the layer.
    pub layer: String,
    /// Its title.
    pub title: String,
    /// File below the folder of policies.
    pub file: String,
    /// Line in it, from 1.
    pub line: usize,
    /// The reason, as written.
    pub because: String,
    /// Laws.
    pub laws: Vec<Cited>,
}

/// A treatment as a row names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its name.
    pub name: String,
    /// Its own sentence; empty where its layer gives none.
    pub says: String,
    /// The same in other languages.
    pub says_in: BTreeMap<&'static str, String>,
}

/// How a rule takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its treatments join.
    Treats,
    /// A plugin of a vendor joins.
    Plugin,
    /// A floor: what it names has to stay visible or reversible.
    Shows,
}

/// What one rule says of a category.
#[derive(Clone, Debug)]
pub struct Say {
    /// The rule.
    pub id: RuleId,
    /// Why.
    pub cause: Cause,
    /// Line of the row, in the same file.
    pub line: usize,
    /// How it takes part.
    pub part: Part,
    /// What it does, in the treatments' own sentences. Empty for plugins and floors.
    pub treatments: Vec<Said>,
    /// The form of that.
    pub form: Form,
    /// What it hangs on: the rule's own condition, and the fact that has to hold.
    pub when: When,
    /// See [`Say::when`].
    pub fact: Option<String>,
    /// It hangs on the event; otherwise it always holds here.
    pub at_times: bool,
}

/// What a plan decides about a category.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The category.
    pub category: CategoryId,
    /// Its name.
    pub name: String,
    /// Its title in plain words.
    pub title: String,
    /// Title of its group.
    pub group: String,
    /// Whether its values point to a person.
    pub identifies: Option<Identifies>,
    /// The law by which they are specially protected, as written.
    pub protected: Option<String>,
    /// What happens whatever the event is.
    pub form: Form,
    /// Who says so, base first; then rules that hang on the event.
    pub says: Vec<Say>,
    /// No base decides the category: its values are dropped.
    pub undecided: bool,
    /// What becomes of a value that could not be treated.
    pub failing: Failing,
}

/// A rule that withholds events.
#[derive(Clone, Debug)]
pub struct Withholding {
    /// The rule.
    pub id: RuleId,
    /// Why.
    pub cause: Cause,
    /// When.
    pub when: When,
    /// The fact that has to hold.
    pub fact: Option<String>,
}

/// How long an event is asked to be kept.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Why.
    pub cause: Cause,
    /// For which events.
    pub when: When,
    /// Cap, as written, and in days.
    pub at_most: Option<(String, u32)>,
    /// Floor, as written, and in days.
    pub at_least: Option<(String, u32)>,
    /// Immediately available, as written, and in days.
    pub at_hand: Option<(String, u32)>,
}

/// Answers about one plan.
pub struct Decisions<'p> {
    plan: &'p Plan,
    layers: Vec<&'p Layer>,
    laws: BTreeMap<&'p str, &'p Law>,
    treatments: BTreeMap<&'p str, &'p Treatment>,
}

impl<'p> Decisions<'p> {
    /// Of a plan.
    pub fn new(plan: &'p Plan) -> Self {
        let layers: Vec<_> = plan.layers().collect();
        let laws = layers.iter().flat_map(|layer| &layer.laws).map(|(name, law)| (name.as_str(), law)).collect();
        let shared = plan.library.treatments.values();
        let own = layers.iter().flat_map(|layer| &layer.treatments);
        let treatments = own.chain(shared).map(|one| (one.name.value.as_str(), one)).collect();
        Self { plan, layers, laws, treatments }
    }

    /// The plan.
    pub fn plan(&self) -> &'p Plan {
        self.plan
    }

    /// Layers that hold, base first.
    pub fn layers(&self) -> &[&'p Layer] {
        &self.layers
    }

    /// What is decided about every category, in the order of their names.
    pub fn all(&self) -> Vec<Decision> {
        self.plan.library.words.categories().map(|(id, _)| self.of(id)).collect()
    }

    /// What is decided about a category.
    pub fn of(&self, category: CategoryId) -> Decision {
        let library = &self.plan.library;
        let name = library.words.name(category).to_owned();
        let known = library.categories.categories.get(&name);
        let group = known.and_then(|known| library.categories.groups.get(&known.group));
        let (mut form, always) = match self.plan.always(category) {
            Some((form, rules)) => (form.clone(), rules),
            None => (Form::dropped(), &[][..]),
        };
        let mut says: Vec<_> = always.iter().filter_map(|id| self.say(*id, &name, false)).collect();
        for rule in self.plan.at_times() {
            if let Some((_, row)) = rule.rows.iter().find(|(of, _)| *of == category) {
                // What purpose, system or evidence have decided hangs on no event any more.
                let is_certain = rule.is_certain && rule.roles.is_empty();
                if is_certain {
                    form = form.join(row.clone());
                }
                says.extend(self.say(rule.rule, &name, !is_certain));
            }
        }
        for floor in self.plan.shown().filter(|floor| floor.show.contains(&category)) {
            says.extend(self.say(floor.rule, &name, !floor.is_certain || !floor.roles.is_empty()));
        }
        let decides = |layer: &&&'p Layer| {
            let rules = layer.rules.iter().filter(|rule| rule.when.is_empty() && rule.fact.is_none());
            layer.level == Level::Base && { rules }.any(|rule| self.row(rule, &name).is_some())
        };
        Decision {
            category,
            title: known.map(|known| known.title.value.clone()).unwrap_or_default(),
            group: group.map(|group| group.title.value.clone()).unwrap_or_default(),
            identifies: known.map(|known| known.identifies),
            protected: group.and_then(|group| group.protected.clone()),
            undecided: self.layers.iter().find(decides).is_none(),
            failing: self.plan.failing([&category]),
            name,
            form,
            says,
        }
    }

    /// What a rule of the plan says of a category.
    fn say(&self, id: RuleId, category: &str, at_times: bool) -> Option<Say> {
        let named = self.plan.rules.get(usize::from(id.0))?;
        let cause = self.cause(id)?;
        let line = |span: Span| self.plan.library.bundle.line_column(span).0;
        let empty = || (When::default(), None);
        let (row, part, treatments, form, (when, fact)) = match self.source(named.span)? {
            Source::Rule(rule) => {
                let (row, names) = self.row(rule, category)?;
                let known = names.iter().filter_map(|name| self.treatments.get(name.value.as_str()));
                let form = known.clone().map(|one| Form::of(&one.verb)).fold(Form::default(), Form::join);
                let said = known.map(Said::of).collect();
                let fact = rule.fact.as_ref().map(|fact| fact.value.clone());
                (line(row), Part::Treats, said, form, (rule.when.clone(), fact))
            }
            Source::Plugin(plugin) => (line(plugin.name.span), Part::Plugin, Vec::new(), Form::default(), empty()),
            Source::Floor(floor) => {
                let row = floor.show.iter().find(|shown| family_has(shown, category))?;
                (line(row.span), Part::Shows, Vec::new(), Form::default(), (floor.when.clone(), None))
            }
        };
        Some(Say { id, cause, line: row, part, treatments, form, when, fact, at_times })
    }

    /// The most specific row of a rule for a category, and its treatments for the plan's purpose.
    fn row(&self, rule: &'p Rule, category: &str) -> Option<(Span, &'p [Text])> {
        let said = |row: &'p Row| {
            let names = row.what.named.get(&self.plan.scope.purpose).or(row.what.otherwise.as_ref())?;
            Some((row.category.span, names.as_slice()))
        };
        let rows = rule.rows.iter().filter(|row| family_has(&row.category, category));
        let rows = rows.filter_map(|row| Some((!row.category.ends_with('*'), row.category.len(), said(row)?)));
        rows.max_by_key(|(exact, length, _)| (*exact, *length)).map(|(_, _, said)| said)
    }

    /// Rules that withhold events.
    pub fn withholding(&self) -> Vec<Withholding> {
        let rules = self.plan.at_times().filter(|rule| rule.suppress);
        rules.filter_map(|rule| self.withholds(rule.rule)).collect()
    }

    /// One of them.
    pub fn withholds(&self, id: RuleId) -> Option<Withholding> {
        let Source::Rule(rule) = self.source(self.plan.rules.get(usize::from(id.0))?.span)? else { return None };
        let fact = rule.fact.as_ref().map(|fact| fact.value.clone());
        Some(Withholding { id, cause: self.cause(id)?, when: rule.when.clone(), fact })
    }

    /// Limits of retention that may hold.
    pub fn limits(&self) -> Vec<Limit> {
        let days = |d: &Duration| (d.text.clone(), d.days);
        let find = |name: &str| -> Option<(&'p Layer, &'p Retention)> {
            let (layer, entry) = name.split_once('.')?;
            let layer = self.layers.iter().find(|one| one.id.value == layer)?;
            Some((layer, layer.retention.iter().find(|one| one.name.value == entry)?))
        };
        let limits = self.plan.limits().filter_map(find).map(|(layer, entry)| Limit {
            cause: self.because(layer, &entry.name, &entry.reason),
            when: entry.when.clone(),
            at_most: entry.at_most.as_ref().map(|d| days(d)),
            at_least: entry.at_least.as_ref().map(|d| days(d)),
            at_hand: entry.at_hand.as_ref().map(|d| days(d)),
        });
        limits.collect()
    }

    /// Why a rule of the plan stands.
    pub fn cause(&self, id: RuleId) -> Option<Cause> {
        let named = self.plan.rules.get(usize::from(id.0))?;
        let layer = self.layers.iter().find(|layer| layer.id.span.file == named.span.file)?;
        let rule = named.name.rsplit_once('.').map_or(named.name.as_str(), |(_, rule)| rule);
        let name = Text { value: rule.to_owned(), span: named.span };
        let laws = self.cited(named.cite.iter().map(String::as_str));
        Some(Cause { laws, ..self.because(layer, &name, &Reason { because: named.because.clone(), cite: Vec::new() }) })
    }

    /// Why something of a layer stands.
    pub fn because(&self, layer: &Layer, name: &Text, reason: &Reason) -> Cause {
        Cause {
            rule: format!("{}.{}", layer.id.value, name.value),
            layer: layer.id.value.clone(),
            title: layer.title.clone(),
            file: self.plan.library.bundle.name(name.span.file).to_owned(),
            line: self.plan.library.bundle.line_column(name.span).0,
            because: reason.because.clone(),
            laws: self.cited(reason.cite.iter().map(|cite| cite.value.as_str())),
        }
    }

    fn cited<'c>(&self, names: impl Iterator<Item = &'c str>) -> Vec<Cited> {
        let cited = names.filter_map(|name| Some((name, self.laws.get(name)?))).map(|(name, law)| Cited {
            name: name.to_owned(),
            cite: law.cite.value.clone(),
            sure: law.sure.clone(),
            seen: law.seen.clone(),
            not_before: law.from.filter(|day| *day > self.plan.scope.on).map(|day| day.to_string()),
        });
        cited.collect()
    }

    /// What stands at the place by which a plan names a rule.
    fn source(&self, name: Span) -> Option<Source<'p>> {
        let layer = self.layers.iter().find(|layer| layer.id.span.file == name.file)?;
        let rule = layer.rules.iter().find(|rule| rule.name.span == name).map(Source::Rule);
        let plugin = || layer.plugins.iter().find(|plugin| plugin.name.span == name).map(Source::Plugin);
        let floor = || layer.attributable.iter().find(|floor| floor.name.span == name).map(Source::Floor);
        rule.or_else(plugin).or_else(floor)
    }
}

enum Source<'p> {
    Rule(&'p Rule),
    Plugin(&'p VendorPlugin),
    Floor(&'p Attributable),
}

impl Said {
    fn of(one: &&Treatment) -> Self {
        Self { name: one.name.value.clone(), says: one.says.clone(), says_in: one.says_in.clone() }
    }
}

impl Said {
    /// Its sentence in a language; in English where it is not translated.
    pub fn text(&self, lang: Lang) -> &str {
        self.says_in.get(lang.code()).unwrap_or(&self.says)
    }
}

impl Decision {
    /// The sentences of the treatments that make what always happens what it is: where the value does not leave, of those that
    /// see to that; otherwise of all that change it; where none does, of those that keep it.
    pub fn sentences(&self) -> Vec<&Said> {
        let always = || self.says.iter().filter(|say| !say.at_times && say.part == Part::Treats);
        let strictest = always().filter(|say| !self.form.leaves() && say.form.end == self.form.end);
        let changes = always().filter(|say| self.form.leaves() && !say.form.is_clear());
        let mut said: Vec<&Said> = strictest.chain(changes).flat_map(|say| &say.treatments).collect();
        if said.is_empty() {
            said = always().flat_map(|say| &say.treatments).collect();
        }
        let mut told: Vec<&Said> = Vec::new();
        for one in said {
            if !told.iter().any(|other| other.name == one.name) {
                told.push(one);
            }
        }
        told
    }
}
