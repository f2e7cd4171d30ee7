//! What a plan says about the slots of a map while given tests hold: computed once for each combination that occurs.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use super::document::{Confidence, Role};
use super::failing::Failing;
use super::form::{Code, Cover, End, Form, Found, Mask, Rung};
use super::hours;
use super::library::Library;
use super::maps::{ATOMS_MAX, CompiledMap, winners};
use super::now::Now;
use super::plan::{Ask, Condition, HowLong, Plan, RuleId, Test};
use super::vocabulary::CategoryId;
use crate::event::SlotId;

/// Which tests hold for an event: atoms of its map below [`ATOMS_MAX`], tests of the plan above.
pub type Tests = u128;

/// Tables that are remembered; each has as many actions as its map has slots.
const TABLES_MAX: usize = 4096;

/// What is done with a value that neither leaves whole nor stays behind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Treat {
    /// Form, for counts and explanations.
    pub form: Form,
    /// The whole value becomes this.
    pub cover: Option<Cover>,
    /// A constant (JSON text) leaves in its place.
    pub replace: Option<String>,
    /// Fields of the detector step that this value is a row of.
    pub redact: Vec<u16>,
    /// Whether they look for those whom the event names.
    pub seeks_known: bool,
    /// Whether parts of what they find stay. Not where others look, too: those would no longer find what reaches into a part.
    pub spares: bool,
    /// Those of them that look for officers' own entities, which see what others hide as filler.
    pub own: Vec<u16>,
    /// What is looked for in exact lists, by number in [`Resolver::listed`].
    pub listed: Vec<u16>,
    /// Field of the detector step by which the guard looks at the value itself, where treatments hide only parts of it and do not look
    /// for all that the guard looks for. What it finds has to be hidden.
    pub watch: Option<u16>,
    /// Field of the masking step.
    pub mask: Vec<u16>,
    /// Field of the minimising step: a rung of a ladder.
    pub minimise: Option<u16>,
    /// Field of the minimising step: what is hidden behind the first characters.
    pub cut: Option<u16>,
    /// Detectors of vendors that look at what is left, by number in the plan.
    pub plugins: Vec<u16>,
    /// A transformer of a vendor rewrites what is left.
    pub rewrite: Option<Rewrite>,
    /// A code of this domain (number in [`Resolver::domains`]) stands in its place.
    pub code: Option<CodeKey>,
    /// The code is made of the value itself: nothing else is done with it.
    pub is_direct: bool,
    /// The value is made coarser: nothing else is done with it.
    pub is_rung: bool,
    /// The type that a store expects stays.
    pub preserve: bool,
    /// The value is an address: codes are made of its canonical form.
    pub is_ip: bool,
    /// What becomes of a value that could not be treated.
    pub failing: Failing,
}

/// What becomes of a value that a vendor's transformer rewrites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rewrite {
    /// The plugin, by its number in the plan.
    pub plugin: u16,
    /// Field of the detector step that looks at the answer.
    pub again: u16,
}

/// Which key a code is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeKey {
    /// Number of the domain in [`Resolver::domains`].
    pub domain: u16,
    /// How it can be reversed.
    pub code: Code,
}

/// What happens to the value or key at a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It stays behind.
    Drop,
    /// It stays behind, and an alarm is counted.
    Forbid,
    /// It leaves as it came.
    Keep,
    /// It leaves as [`Resolver::treats`] says.
    Treat(u16),
}

/// A verdict and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Action {
    /// What happens.
    pub verdict: Verdict,
    /// Number of the set of rules behind it, in [`Resolver::provenance`].
    pub provenance: u16,
    /// Number of the set of categories of the value, in [`Resolver::kept`].
    pub guard: u16,
    /// Number of this verdict for these reasons: what counters count by.
    pub number: u16,
}

/// All actions of one map while given tests hold. Plans that agree share it: rules in it are numbered as in each of them.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Table {
    /// By slot.
    pub actions: Vec<Action>,
    /// Rules that withhold the event.
    pub suppress: Vec<RuleId>,
    /// How long the store is asked to keep the event.
    pub how_long: HowLong,
}

/// A field of the detector step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RedactField {
    /// What is looked for.
    pub found: Found,
    /// Lower-case words of the field's path.
    pub hints: Vec<String>,
    /// What its rows are there for.
    pub serves: Serves,
}

impl RedactField {
    /// Whether those whom the event itself names may be found: they are at most likely, unless a word of the field's path hints at
    /// persons.
    pub fn seeks_known(&self) -> bool {
        self.found.names_known() && (self.found.threshold <= Confidence::Likely || !self.hints.is_empty())
    }
}

/// What rows of a field of the detector step are there for. Fields of different use are not shared, because rows of each are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Serves {
    /// What is found in them is hidden.
    Treatment,
    /// They leave whole, and the guard looks at them.
    Guard,
    /// Parts of them leave: the guard looks whether what it finds is hidden.
    Watch,
    /// They say whom their event names: those are found in its other rows, and nothing is in these.
    Reference,
}

/// Settings of one step, grown as new combinations occur.
#[derive(Debug)]
pub struct Fields<T> {
    items: Vec<T>,
    numbers: HashMap<T, u16>,
}

impl<T> Default for Fields<T> {
    fn default() -> Self {
        Self { items: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Fields<T> {
    /// The number of an item, which is added when it is new. Numbers end at [`NUMBERS_MAX`]: see [`Resolver::lookup`].
    pub fn number(&mut self, item: T) -> u16 {
        if let Some(number) = self.numbers.get(&item) {
            return *number;
        }
        let number = self.items.len() as u16;
        self.items.push(item.clone());
        self.numbers.insert(item, number);
        number
    }

    /// The fields by number.
    pub fn all(&self) -> &[T] {
        &self.items
    }

    fn is_full(&self) -> bool {
        self.items.len() >= NUMBERS_MAX
    }
}

/// Most items of one kind that the plans of one resolver may come to; one table adds at most a slot's worth of them.
const NUMBERS_MAX: usize = 32_768;

/// Answers for one plan, or for those of many tenants. It remembers what it computed; plans themselves never change.
///
/// Plans of one resolver have the same library and the same `[[entity]]` tables. Whatever they agree in they share: treatments,
/// fields of steps, tables. So one call of a step serves a batch whose events belong to many tenants; each row is still
/// answered for itself, and keys of codes are each tenant's own.
#[derive(Debug)]
pub struct Resolver {
    plans: Vec<OfPlan>,
    tables: Vec<Arc<Table>>,
    shared: HashMap<Arc<Table>, u32>,
    /// Treatments by number.
    pub treats: Fields<Treat>,
    /// Fields of the detector step.
    pub redact: Fields<RedactField>,
    /// What is looked for in exact lists.
    pub listed: Fields<RedactField>,
    /// Fields of the masking step.
    pub mask: Fields<Mask>,
    /// Fields of the minimising step.
    pub minimise: Fields<Minimise>,
    /// Names of pseudonym domains.
    pub domains: Fields<String>,
    /// Sets of rules behind actions.
    pub provenance: Fields<Vec<RuleId>>,
    /// Categories of values that leave whole: the guard leaves alone what they mean.
    pub kept: Fields<Vec<CategoryId>>,
    /// Verdicts with their reasons.
    actions: Fields<(u16, Verdict)>,
    /// What a guard looks for, where there is one.
    watch: Option<Found>,
    /// Masks of tests that matter, by map.
    relevant: HashMap<Arc<Relevant>, ()>,
}

/// What is remembered of one plan.
#[derive(Debug)]
struct OfPlan {
    plan: Arc<Plan>,
    /// (map, tests) → table.
    known: HashMap<(u16, Tests), u32>,
}

/// What the minimising step does to a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Minimise {
    /// A rung of the ladder of a type.
    Rung(Rung),
    /// The first characters.
    Text(u32),
}

/// Which tests the rules of a plan look at in a map, by slot.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Relevant {
    /// Slot → atoms of the map and tests of the plan that its value is asked about.
    pub by_slot: Vec<Box<[u16]>>,
    /// Slot → whether its value is asked about anything.
    pub asked: Vec<bool>,
    /// Whether any value is.
    pub asks: bool,
    /// All of them.
    pub mask: Tests,
    /// Those that are lists.
    pub lists: Tests,
}

impl Resolver {
    /// Starts with nothing known.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self::of(vec![plan])
    }

    /// Starts with nothing known of several plans, which are numbered in this order.
    pub fn of(plans: Vec<Arc<Plan>>) -> Self {
        Self {
            plans: plans.into_iter().map(|plan| OfPlan { plan, known: HashMap::new() }).collect(),
            tables: Vec::new(),
            shared: HashMap::new(),
            treats: Fields::default(),
            redact: Fields::default(),
            listed: Fields::default(),
            mask: Fields::default(),
            minimise: Fields::default(),
            domains: Fields::default(),
            provenance: Fields::default(),
            kept: Fields::default(),
            actions: Fields::default(),
            watch: None,
            relevant: HashMap::new(),
        }
    }

    /// Has a guard look for this in values of which only parts are hidden, in plans that ask for a guard.
    pub fn watch_for(&mut self, found: Found) {
        self.watch = Some(found);
    }

    /// A plan by number.
    pub fn plan(&self, number: u32) -> &Arc<Plan> {
        &self.plans[number as usize].plan
    }

    /// (provenance, verdict) of actions by number.
    pub fn actions(&self) -> &[(u16, Verdict)] {
        self.actions.all()
    }

    /// The library of all plans.
    pub fn library(&self) -> &Arc<Library> {
        &self.plan(0).library
    }

    /// How many plans there are.
    pub fn plans(&self) -> u32 {
        self.plans.len() as u32
    }

    /// A table by number.
    pub fn table(&self, number: u32) -> &Table {
        &self.tables[number as usize]
    }

    /// Number of the table of a plan for a map while `tests` hold. `None` where the plans together need more treatments,
    /// fields or reasons than can be numbered: then there is no plan for the event.
    pub fn lookup(&mut self, plan: u32, number: u16, map: &CompiledMap, tests: Tests) -> Option<u32> {
        let of = self.plans.get(plan as usize)?;
        if let Some(table) = of.known.get(&(number, tests)) {
            return Some(*table);
        }
        if self.is_full() {
            return None;
        }
        let table = Arc::new(self.resolve(&of.plan.clone(), map, tests));
        let next = self.tables.len() as u32;
        let at = *self.shared.entry(table.clone()).or_insert(next);
        if at == next {
            self.tables.push(table);
        }
        self.plans[plan as usize].known.insert((number, tests), at);
        Some(at)
    }

    fn is_full(&self) -> bool {
        self.treats.is_full()
            || self.redact.is_full()
            || self.listed.is_full()
            || self.mask.is_full()
            || self.minimise.is_full()
            || self.domains.is_full()
            || self.provenance.is_full()
            || self.kept.is_full()
            || self.actions.is_full()
    }

    /// What happens to a value of a category of which no more is known, and by which rules.
    pub fn category(&self, plan: u32, category: CategoryId) -> (Form, Vec<RuleId>) {
        let plan = self.plan(plan);
        let nothing_known = Condition::default();
        let holding: Vec<_> = plan.dynamics.iter().filter(|d| d.when == nothing_known).collect();
        let floors: Vec<_> = plan.floors.iter().filter(|f| f.when == nothing_known).collect();
        form_of(plan, category, Role::None, &holding, &floors)
    }

    /// Which tests matter for a map under a plan, by slot. Plans that ask alike share the answer.
    pub fn relevant(&mut self, plan: u32, map: &CompiledMap) -> Arc<Relevant> {
        let found = Arc::new(find_relevant(self.plan(plan), map));
        let known = self.relevant.get_key_value(&found).map(|(known, ())| known.clone());
        known.unwrap_or_else(|| {
            self.relevant.insert(found.clone(), ());
            found
        })
    }

    fn resolve(&mut self, plan: &Plan, map: &CompiledMap, tests: Tests) -> Table {
        let has = |test: u16| tests >> test & 1 == 1;
        let kinds = map.kinds(has);
        let variants: Vec<bool> = map.variants.iter().map(|all| all.iter().all(|a| has(*a))).collect();
        let now = Now { plan, tests, kinds: &kinds };
        let holding: Vec<_> = plan.dynamics.iter().filter(|d| now.holds(&d.when)).collect();
        let floors: Vec<_> = plan.floors.iter().filter(|f| now.holds(&f.when)).collect();
        let mut actions = Vec::with_capacity(map.automaton.slots());
        for slot in (0..map.automaton.slots() as u32).map(SlotId) {
            let labels = map.automaton.labels(slot);
            let hints = || hints(&map.automaton.path_of(slot));
            let mut form: Option<Form> = None;
            let (mut rules, mut all, mut is_ip) = (BTreeSet::new(), BTreeSet::new(), false);
            for (categories, role) in winners(map, labels, |v| variants.get(usize::from(v)).copied().unwrap_or(false)) {
                for category in categories {
                    let (one, because) = form_of(plan, *category, role, &holding, &floors);
                    rules.extend(because);
                    all.insert(*category);
                    is_ip |= plan.library.words.value_type(*category) == super::document::ValueType::Ip;
                    form = Some(match form {
                        Some(before) => before.join(one),
                        None => one,
                    });
                }
            }
            actions.push(self.action(plan, form.unwrap_or_else(Form::dropped), (rules, all), is_ip, hints));
        }
        Table {
            actions,
            suppress: holding.iter().filter(|d| d.suppress).map(|d| d.rule).collect(),
            how_long: plan.how_long(|when| now.holds(when)),
        }
    }

    fn action(
        &mut self,
        plan: &Plan,
        form: Form,
        (rules, categories): (BTreeSet<RuleId>, BTreeSet<CategoryId>),
        is_ip: bool,
        hints: impl Fn() -> Vec<String>,
    ) -> Action {
        let provenance = self.provenance.number(rules.into_iter().collect());
        let verdict = match &form.end {
            End::Forbid => Verdict::Forbid,
            _ if !form.leaves() => Verdict::Drop,
            End::Keep if form.is_clear() => Verdict::Keep,
            _ => {
                let treat = self.treat(plan, form, &categories, is_ip, hints);
                Verdict::Treat(self.treats.number(treat))
            }
        };
        let guard = self.kept.number(categories.into_iter().collect());
        Action { verdict, provenance, guard, number: self.actions.number((provenance, verdict)) }
    }

    fn treat(
        &mut self,
        plan: &Plan,
        form: Form,
        categories: &BTreeSet<CategoryId>,
        is_ip: bool,
        hints: impl Fn() -> Vec<String>,
    ) -> Treat {
        let replace = match &form.end {
            End::Replace(constant) => Some(constant.clone()),
            _ => None,
        };
        let cover = form.hide.whole.clone();
        let done = replace.is_some() || cover.is_some();
        let mut treat = Treat {
            cover,
            replace,
            redact: Vec::new(),
            seeks_known: false,
            spares: false,
            own: Vec::new(),
            listed: Vec::new(),
            watch: None,
            mask: Vec::new(),
            minimise: None,
            cut: None,
            plugins: Vec::new(),
            rewrite: None,
            code: None,
            is_direct: false,
            is_rung: false,
            preserve: form.preserve,
            is_ip,
            failing: plan.failing(categories),
            form,
        };
        if done {
            return treat;
        }
        let words = hints();
        self.look_for(plan, &mut treat, &words);
        treat.mask = treat.form.hide.mask.iter().map(|mask| self.mask.number(mask.clone())).collect();
        treat.minimise = treat.form.rung().ok().flatten().map(|rung| self.minimise.number(Minimise::Rung(rung)));
        treat.cut = treat.form.hide.text.map(|characters| self.minimise.number(Minimise::Text(characters)));
        treat.plugins = treat.form.hide.plugins.iter().copied().collect();
        let keeps = treat.form.hide.found.iter().any(|found| !found.keep.is_empty());
        treat.spares = keeps && treat.own.is_empty() && treat.listed.is_empty() && treat.plugins.is_empty();
        if let Some(plugin) = treat.form.rewrite.first().filter(|_| treat.form.code == Code::Clear) {
            let all = Found {
                find: ["payment", "personal", "secret"].map(String::from).to_vec(),
                threshold: Confidence::Likely,
                ..Found::default()
            };
            let again = RedactField { found: all, hints: words, serves: Serves::Treatment };
            treat.seeks_known |= again.seeks_known();
            let again = self.redact.number(again);
            treat.rewrite = Some(Rewrite { plugin: *plugin, again });
        }
        if treat.form.code != Code::Clear {
            // Of several categories the first names the domain: the set is sorted, so it is the same everywhere.
            let domain = categories.first().map_or_else(String::new, |c| plan.domains[usize::from(c.0)].clone());
            treat.code = Some(CodeKey { domain: self.domains.number(domain), code: treat.form.code });
        }
        let hides = treat.redact.len() + treat.listed.len() + treat.mask.len() + treat.plugins.len() > 0;
        let hides = hides || treat.cut.is_some();
        treat.is_direct = treat.code.is_some() && treat.minimise.is_none() && !hides;
        treat.is_rung = treat.minimise.is_some() && treat.code.is_none() && treat.rewrite.is_none() && !hides;
        // What a mask shows is the answer of a transformer, at which the guard looks anyhow.
        let shows_rest = hides && treat.mask.is_empty() && treat.code.is_none() && treat.rewrite.is_none();
        treat.watch = self.watch_of(&treat.form.hide.found).filter(|_| shows_rest && plan.guard);
        treat
    }

    /// The field by which the guard looks at values in which a treatment finds this. `None`: all that it looks for is found, or there
    /// is none.
    fn watch_of(&mut self, found: &BTreeSet<Found>) -> Option<u16> {
        let watch = self.watch.as_ref()?;
        let spares = |entry: &&Found| !entry.except.is_empty() || entry.except_examples;
        let finds = |set: &String| found.iter().any(|entry| !spares(&entry) && entry.find.contains(set));
        if watch.find.iter().all(finds) {
            return None;
        }
        // Examples are nobody's: a treatment may leave them. What else it excepts hides nothing from the guard, else a layer would open
        // what is kept back without it.
        let except_examples = found.iter().any(|entry| entry.except_examples);
        let found = Found { except_examples, ..watch.clone() };
        Some(self.redact.number(RedactField { found, hints: Vec::new(), serves: Serves::Watch }))
    }

    /// What a treatment looks for: in the detector, in officers' own entities, in exact lists.
    fn look_for(&mut self, plan: &Plan, treat: &mut Treat, words: &[String]) {
        let seeks = |found: &Found, is_list: bool| {
            let mut own = plan.entities.iter().filter(|own| own.list().is_some() == is_list);
            own.any(|own| found.find.iter().any(|name| own.is_called(name)))
        };
        let is_list = |name: &str| plan.entities.iter().any(|own| own.list().is_some() && own.name.value == name);
        for mut found in merge(&treat.form.hide.found) {
            let field = |found: Found| RedactField { found, hints: words.to_vec(), serves: Serves::Treatment };
            if seeks(&found, true) {
                treat.listed.push(self.listed.number(field(found.clone())));
                // The detector finds nothing under these names.
                found.find.retain(|name| !is_list(name));
            }
            if found.find.is_empty() {
                continue;
            }
            let seeks_own = seeks(&found, false);
            let field = field(found);
            treat.seeks_known |= field.seeks_known();
            let field = self.redact.number(field);
            treat.redact.push(field);
            treat.own.extend(seeks_own.then_some(field));
        }
    }

    /// Whether it remembers so much that it is better made anew: an input that makes up endless combinations of tests must not
    /// fill memory, nor use up all numbers.
    pub fn is_large(&self) -> bool {
        let lookups: usize = self.plans.iter().map(|of| of.known.len()).sum();
        let numbers = self.treats.all().len().max(self.actions.all().len()).max(self.kept.all().len());
        // Tenants that do not agree have tables of their own.
        let tables = TABLES_MAX.max(16 * self.plans.len());
        self.tables.len() >= tables || lookups >= TABLES_MAX * (1 + self.plans.len()) || numbers >= NUMBERS_MAX / 2
    }

    /// The places of a table of a plan, where everything is kept that may be sealed for later: not what is forbidden, not what
    /// a list protects, not what nobody classifies.
    pub fn residual(&self, plan: u32, table: u32) -> Table {
        let Table { actions, suppress, how_long } = self.table(table);
        let protects = |rule: &RuleId| self.plan(plan).rules.get(usize::from(rule.0)).is_none_or(|rule| rule.protects);
        let rules = |action: &Action| self.provenance.all().get(usize::from(action.provenance));
        let kept = |action: &Action| {
            action.verdict != Verdict::Forbid
                && rules(action).is_some_and(|rules| !rules.iter().any(protects))
                && self.kept.all().get(usize::from(action.guard)).is_some_and(|categories| !categories.is_empty())
        };
        let residual =
            |action: &Action| Action { verdict: if kept(action) { Verdict::Keep } else { Verdict::Drop }, ..*action };
        Table {
            actions: actions.iter().map(residual).collect(),
            suppress: suppress.clone(),
            how_long: how_long.clone(),
        }
    }

    /// Settings of the detector step, as JSON.
    pub fn redact_settings(&self) -> String {
        let fields: Vec<_> = self
            .redact
            .all()
            .iter()
            .map(|field| {
                serde_json::json!({
                    "find": field.found.find,
                    "threshold": confidence(field.found.threshold),
                    "hints": field.hints,
                    "except": field.found.except,
                    "examples": !field.found.except_examples,
                    // A guard looks at all that is kept: words that may be base64 are too many there.
                    "runs": !matches!(field.serves, Serves::Guard | Serves::Watch),
                    "reference": field.serves == Serves::Reference,
                })
            })
            .collect();
        serde_json::json!({ "fields": fields, "custom": self.custom() }).to_string()
    }

    /// The officer's own detectors, as settings say them.
    pub fn custom(&self) -> Vec<serde_json::Value> {
        self.plans.first().map(|of| of.plan.custom()).unwrap_or_default()
    }

    /// Settings of the masking step, as JSON.
    pub fn mask_settings(&self) -> String {
        let fields: Vec<_> = self
            .mask
            .all()
            .iter()
            .map(|mask| match mask {
                Mask::Card => serde_json::json!({ "mask": "card" }),
                Mask::Domain => serde_json::json!({ "mask": "domain" }),
                Mask::Extension => serde_json::json!({ "mask": "extension" }),
                Mask::Ends { first, last } => serde_json::json!({ "first": first, "last": last }),
            })
            .collect();
        serde_json::json!({ "fields": fields }).to_string()
    }

    /// Settings of the minimising step, as JSON.
    pub fn minimise_settings(&self) -> String {
        let fields: Vec<_> = self.minimise.all().iter().map(minimise_field).collect();
        serde_json::json!({ "fields": fields }).to_string()
    }

    /// The verb under which a field of the minimising step is counted.
    pub fn minimise_verb(&self, field: u16) -> &'static str {
        match self.minimise.all().get(usize::from(field)) {
            Some(Minimise::Rung(Rung::Ip { .. }) | Minimise::Text(_)) => "truncate",
            _ => "generalise",
        }
    }
}

fn find_relevant(plan: &Plan, map: &CompiledMap) -> Relevant {
    let conditions = plan
        .dynamics
        .iter()
        .map(|d| &d.when)
        .chain(plan.floors.iter().map(|f| &f.when))
        .chain(plan.retention.iter().map(|r| &r.when));
    let kinds: BTreeSet<u16> = conditions.filter_map(|c| c.kinds.as_ref()).flatten().copied().collect();
    let of_kinds = map.kinds.iter().filter(|(kind, _)| kinds.contains(kind)).flat_map(|(_, any)| any.iter().flatten());
    let atoms: BTreeSet<u16> = of_kinds.chain(map.variants.iter().flatten()).copied().collect();
    let mut by_slot = vec![Vec::new(); map.automaton.slots()];
    for (slot, asked) in by_slot.iter_mut().enumerate() {
        let labels = map.automaton.labels(SlotId(slot as u32));
        for (label, _) in labels {
            match map.labels.get(*label as usize) {
                Some(super::maps::MapLabel::Atom(atom)) if atoms.contains(atom) => asked.push(*atom),
                Some(super::maps::MapLabel::Field { categories, role, .. }) => {
                    let looks = |(_, test): &(usize, &Test)| test.looks_at(categories, *role);
                    asked.extend(plan.tests().iter().enumerate().filter(looks).map(|(i, _)| (ATOMS_MAX + i) as u16));
                }
                _ => {}
            }
        }
        asked.sort_unstable();
        asked.dedup();
    }
    let asked: Vec<bool> = by_slot.iter().map(|tests| !tests.is_empty()).collect();
    let asks = asked.contains(&true);
    let by_slot = by_slot.into_iter().map(Vec::into_boxed_slice).collect();
    let own = |wanted: fn(&Test) -> bool| {
        let tests = plan.tests().iter().enumerate().filter(|(_, test)| wanted(test));
        tests.fold(0, |mask, (test, _)| mask | 1u128 << (ATOMS_MAX + test))
    };
    let mask = atoms.iter().fold(own(|_| true), |mask, atom| mask | 1u128 << atom);
    Relevant { by_slot, asked, asks, mask, lists: own(|test| matches!(test.ask, Ask::Listed(_))) }
}

fn confidence(level: Confidence) -> &'static str {
    match level {
        Confidence::Possible => "possible",
        Confidence::Likely => "likely",
        Confidence::Certain => "certain",
    }
}

fn minimise_field(what: &Minimise) -> serde_json::Value {
    use super::document::{TimeUnit, UrlRung};
    match what {
        Minimise::Text(characters) => serde_json::json!({ "text": characters }),
        Minimise::Rung(Rung::Ip { ipv4, ipv6 }) => serde_json::json!({ "ip": { "ipv4": ipv4, "ipv6": ipv6 } }),
        Minimise::Rung(Rung::Time { unit, zone }) => {
            let unit = match unit {
                TimeUnit::Second => "second",
                TimeUnit::Minute => "minute",
                TimeUnit::Hour => "hour",
                TimeUnit::Day => "day",
                TimeUnit::Month => "month",
                TimeUnit::Year => "year",
            };
            match zone.as_deref().and_then(hours::zone).and_then(|zone| hours::offsets(&zone)) {
                Some(offsets) => serde_json::json!({ "time": unit, "offsets": offsets }),
                None => serde_json::json!({ "time": unit }),
            }
        }
        Minimise::Rung(Rung::Number { width }) => serde_json::json!({ "number": width.parse::<f64>().unwrap_or(1.0) }),
        Minimise::Rung(Rung::Geo { decimals }) => serde_json::json!({ "geo": decimals }),
        Minimise::Rung(Rung::Url { rung: UrlRung::Page }) => serde_json::json!({ "url": "page" }),
        Minimise::Rung(Rung::Url { rung: UrlRung::Host }) => serde_json::json!({ "url": "host" }),
        Minimise::Rung(Rung::Path { depth, extension }) => {
            serde_json::json!({ "path-depth": depth, "extension": extension })
        }
        Minimise::Rung(Rung::Agent) => serde_json::json!({ "agent": "family" }),
        Minimise::Rung(Rung::Title) => serde_json::json!({ "title": "application" }),
    }
}

/// Entries that differ only in what they look for are one scan; thresholds, exceptions and parts stay with their entry.
fn merge(found: &BTreeSet<Found>) -> Vec<Found> {
    let mut merged: Vec<Found> = Vec::new();
    for entry in found {
        let like = |f: &&mut Found| Found { find: entry.find.clone(), ..(**f).clone() } == *entry;
        match merged.iter_mut().find(like) {
            Some(one) => {
                one.find.extend(entry.find.iter().cloned());
                one.find.sort();
                one.find.dedup();
            }
            None => merged.push(entry.clone()),
        }
    }
    merged
}

/// F of one category: statics, rules that hold, then the floors.
fn form_of<'p>(
    plan: &'p Plan,
    category: CategoryId,
    role: Role,
    holding: &[&'p super::plan::Dynamic],
    floors: &[&'p super::plan::Floor],
) -> (Form, Vec<RuleId>) {
    let Some(settled) = plan.statics.get(usize::from(category.0)).map(|roles| &roles[role as usize]) else {
        return (Form::dropped(), Vec::new());
    };
    let (mut form, mut rules) = (settled.form.clone(), settled.rules.clone());
    for rule in holding.iter().filter(|d| d.roles.is_empty() || d.roles.contains(&role)) {
        for (_, row) in rule.rows.iter().filter(|(c, _)| *c == category) {
            form = form.join(row.clone());
            rules.push(rule.rule);
        }
    }
    for floor in floors.iter().filter(|f| (f.roles.is_empty() || f.roles.contains(&role)) && f.show.contains(&category))
    {
        let higher = form.clone().raised();
        if higher != form {
            form = higher;
            rules.push(floor.rule);
        }
    }
    // What the base closes at times is no floor's to give.
    let closing = holding.iter().filter(|d| d.is_of_base && (d.roles.is_empty() || d.roles.contains(&role)));
    for (_, row) in closing.flat_map(|rule| &rule.rows).filter(|(c, row)| *c == category && !row.leaves()) {
        form = form.join(row.clone());
    }
    (form, rules)
}

/// Lower-case words of a path: keys split at what is no letter or digit and where lower case turns upper.
fn hints(path: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in path.chars() {
        if !c.is_alphanumeric() {
            words.push(String::new());
        } else {
            if words.is_empty() || (c.is_uppercase() && before.is_lowercase()) {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        before = c;
    }
    words.retain(|word| word.len() > 1);
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_words() {
        assert_eq!(hints("user.phoneNumber[*].home_tel"), ["user", "phone", "number", "home", "tel"]);
    }

    #[test]
    fn entries_with_their_own_threshold_stay_apart() {
        let entry = |find: &str, threshold| Found { find: vec![find.into()], threshold, ..Found::default() };
        let all = BTreeSet::from([
            entry("personal", Confidence::Likely),
            entry("secret", Confidence::Likely),
            entry("payment", Confidence::Possible),
        ]);
        let merged = merge(&all);
        assert_eq!(merged.len(), 2);
        assert!(merged.iter().any(|f| f.find == ["personal", "secret"]));
    }
}
