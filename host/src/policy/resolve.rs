//! What a plan says about the slots of a map while given tests hold: computed once for each combination that occurs.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::compile::raised;
use super::document::{Confidence, Role};
use super::form::{Code, Cover, End, Form, Found, Mask, Rung};
use super::hours;
use super::maps::{ATOMS_MAX, CompiledMap, winners};
use super::plan::{Condition, Plan, RuleId};
use super::vocabulary::CategoryId;
use crate::event::SlotId;

/// Which tests hold for an event: atoms of its map below [`ATOMS_MAX`], tests of the plan above.
pub type Tests = u128;

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
    /// The type that a store expects stays.
    pub preserve: bool,
    /// The value is an address: codes are made of its canonical form.
    pub is_ip: bool,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug)]
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

/// All actions of one map while given tests hold.
#[derive(Debug)]
pub struct Table {
    /// By slot.
    pub actions: Vec<Action>,
    /// Rules that withhold the event.
    pub suppress: Vec<RuleId>,
    /// How long the store is asked to keep the event.
    pub at_most: Option<String>,
    /// How long it has to.
    pub at_least: Option<String>,
}

/// A field of the detector step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RedactField {
    /// What is looked for.
    pub found: Found,
    /// Lower-case words of the field's path.
    pub hints: Vec<String>,
    /// It is the guard's: no treatment shares it, because rows of both are counted.
    pub guard: bool,
}

/// Settings of one step, grown as new combinations occur.
#[derive(Debug)]
pub struct Fields<T> {
    items: Vec<T>,
}

impl<T> Default for Fields<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

impl<T: PartialEq> Fields<T> {
    /// The number of an item, which is added when it is new.
    pub fn number(&mut self, item: T) -> u16 {
        let at = self.items.iter().position(|known| *known == item).unwrap_or_else(|| {
            self.items.push(item);
            self.items.len() - 1
        });
        at as u16
    }

    /// The fields by number.
    pub fn all(&self) -> &[T] {
        &self.items
    }
}

/// Answers for one plan. It remembers what it computed; the plan itself never changes.
#[derive(Debug)]
pub struct Resolver {
    plan: Arc<Plan>,
    tables: Vec<Table>,
    /// (map, tests) → table.
    known: HashMap<(u16, Tests), u32>,
    /// Treatments by number.
    pub treats: Fields<Treat>,
    /// Fields of the detector step.
    pub redact: Fields<RedactField>,
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
    /// Masks of tests that matter, by map.
    relevant: HashMap<u16, Arc<Relevant>>,
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
#[derive(Debug, Default)]
pub struct Relevant {
    /// Slot → atoms of the map and tests of the plan that its value is asked about.
    pub by_slot: Vec<Vec<u16>>,
    /// All of them.
    pub mask: Tests,
}

impl Resolver {
    /// Starts with nothing known.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            plan,
            tables: Vec::new(),
            known: HashMap::new(),
            treats: Fields::default(),
            redact: Fields::default(),
            mask: Fields::default(),
            minimise: Fields::default(),
            domains: Fields::default(),
            provenance: Fields::default(),
            kept: Fields::default(),
            actions: Fields::default(),
            relevant: HashMap::new(),
        }
    }

    /// The plan.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// A table by number.
    pub fn table(&self, number: u32) -> &Table {
        &self.tables[number as usize]
    }

    /// Number of the table for a map while `tests` hold.
    pub fn lookup(&mut self, number: u16, map: &CompiledMap, tests: Tests) -> u32 {
        if let Some(table) = self.known.get(&(number, tests)) {
            return *table;
        }
        let table = self.resolve(map, tests);
        self.tables.push(table);
        let at = (self.tables.len() - 1) as u32;
        self.known.insert((number, tests), at);
        at
    }

    /// What happens to a value of a category of which no more is known, and by which rules.
    pub fn category(&self, category: CategoryId) -> (Form, Vec<RuleId>) {
        let nothing_known = Condition::default();
        let holding: Vec<_> = self.plan.dynamics.iter().filter(|d| d.when == nothing_known).collect();
        let floors: Vec<_> = self.plan.floors.iter().filter(|f| f.when == nothing_known).collect();
        form_of(&self.plan, category, Role::None, &holding, &floors)
    }

    /// Which tests matter for a map, by slot.
    pub fn relevant(&mut self, number: u16, map: &CompiledMap) -> Arc<Relevant> {
        if let Some(known) = self.relevant.get(&number) {
            return known.clone();
        }
        let relevant = Arc::new(self.find_relevant(map));
        self.relevant.insert(number, relevant.clone());
        relevant
    }

    fn find_relevant(&self, map: &CompiledMap) -> Relevant {
        let plan = &self.plan;
        let conditions = plan
            .dynamics
            .iter()
            .map(|d| &d.when)
            .chain(plan.floors.iter().map(|f| &f.when))
            .chain(plan.retention.iter().map(|r| &r.when));
        let kinds: BTreeSet<u16> = conditions.filter_map(|c| c.kinds.as_ref()).flatten().copied().collect();
        let of_kinds =
            map.kinds.iter().filter(|(kind, _)| kinds.contains(kind)).flat_map(|(_, any)| any.iter().flatten());
        let atoms: BTreeSet<u16> = of_kinds.chain(map.variants.iter().flatten()).copied().collect();
        let mut relevant = Relevant { by_slot: vec![Vec::new(); map.automaton.slots()], mask: 0 };
        for (slot, asked) in relevant.by_slot.iter_mut().enumerate() {
            let labels = map.automaton.labels(SlotId(slot as u32));
            for (label, _) in labels {
                match map.labels.get(*label as usize) {
                    Some(super::maps::MapLabel::Atom(atom)) if atoms.contains(atom) => asked.push(*atom),
                    Some(super::maps::MapLabel::Field { categories, role, .. }) => {
                        let looks = |(_, test): &(usize, &super::plan::Test)| test.looks_at(categories, *role);
                        asked
                            .extend(plan.tests().iter().enumerate().filter(looks).map(|(i, _)| (ATOMS_MAX + i) as u16));
                    }
                    _ => {}
                }
            }
            asked.sort_unstable();
            asked.dedup();
        }
        relevant.mask = atoms.iter().fold(0, |mask, atom| mask | 1u128 << atom);
        relevant.mask |= (0..plan.tests().len()).fold(0, |mask, test| mask | 1u128 << (ATOMS_MAX + test));
        relevant
    }

    fn resolve(&mut self, map: &CompiledMap, tests: Tests) -> Table {
        let plan = self.plan.clone();
        let has = |test: u16| tests >> test & 1 == 1;
        let is = |any: &[Vec<u16>]| any.iter().any(|all| all.iter().all(|atom| has(*atom)));
        let kinds: BTreeSet<u16> = map.kinds.iter().filter(|(_, any)| is(any)).map(|(kind, _)| *kind).collect();
        let variants: Vec<bool> = map.variants.iter().map(|all| all.iter().all(|a| has(*a))).collect();
        let now = Now { plan: &plan, tests, kinds: &kinds };
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
                    let (one, because) = form_of(&plan, *category, role, &holding, &floors);
                    rules.extend(because);
                    all.insert(*category);
                    is_ip |= plan.library.words.value_type(*category) == super::document::ValueType::Ip;
                    form = Some(match form {
                        Some(before) => before.join(one),
                        None => one,
                    });
                }
            }
            actions.push(self.action(form.unwrap_or_else(Form::dropped), rules, all, is_ip, hints));
        }
        let keeping = || plan.retention.iter().filter(|r| now.holds(&r.when));
        let most = keeping().filter_map(|r| r.at_most.as_ref()).min_by_key(|d| d.days);
        let least = keeping().filter_map(|r| r.at_least.as_ref()).max_by_key(|d| d.days);
        Table {
            actions,
            suppress: holding.iter().filter(|d| d.suppress).map(|d| d.rule).collect(),
            at_most: most.map(|d| d.text.clone()),
            at_least: least.map(|d| d.text.clone()),
        }
    }

    fn action(
        &mut self,
        form: Form,
        rules: BTreeSet<RuleId>,
        categories: BTreeSet<CategoryId>,
        is_ip: bool,
        hints: impl Fn() -> Vec<String>,
    ) -> Action {
        let provenance = self.provenance.number(rules.into_iter().collect());
        let verdict = match &form.end {
            End::Forbid => Verdict::Forbid,
            _ if !form.leaves() => Verdict::Drop,
            End::Keep if form.is_clear() => Verdict::Keep,
            _ => {
                let treat = self.treat(form, &categories, is_ip, hints);
                Verdict::Treat(self.treats.number(treat))
            }
        };
        let guard = self.kept.number(categories.into_iter().collect());
        Action { verdict, provenance, guard, number: self.actions.number((provenance, verdict)) }
    }

    fn treat(
        &mut self,
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
            mask: Vec::new(),
            minimise: None,
            cut: None,
            plugins: Vec::new(),
            rewrite: None,
            code: None,
            preserve: form.preserve,
            is_ip,
            form,
        };
        if done {
            return treat;
        }
        let words = hints();
        let merged = merge(&treat.form.hide.found);
        treat.redact = merged
            .into_iter()
            .map(|found| self.redact.number(RedactField { found, hints: words.clone(), guard: false }))
            .collect();
        treat.mask = treat.form.hide.mask.iter().map(|mask| self.mask.number(mask.clone())).collect();
        treat.minimise = treat.form.rung().ok().flatten().map(|rung| self.minimise.number(Minimise::Rung(rung)));
        treat.cut = treat.form.hide.text.map(|characters| self.minimise.number(Minimise::Text(characters)));
        treat.plugins = treat.form.hide.plugins.iter().copied().collect();
        if let Some(plugin) = treat.form.rewrite.first().filter(|_| treat.form.code == Code::Clear) {
            let all = Found {
                find: ["payment", "personal", "secret"].map(String::from).to_vec(),
                threshold: Confidence::Likely,
                except: Vec::new(),
                label: String::new(),
            };
            let again = self.redact.number(RedactField { found: all, hints: words, guard: false });
            treat.rewrite = Some(Rewrite { plugin: *plugin, again });
        }
        if treat.form.code != Code::Clear {
            // Of several categories the first names the domain: the set is sorted, so it is the same everywhere.
            let domain = categories.first().map_or_else(String::new, |c| self.plan.domains[usize::from(c.0)].clone());
            treat.code = Some(CodeKey { domain: self.domains.number(domain), code: treat.form.code });
        }
        treat
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
                })
            })
            .collect();
        serde_json::json!({ "fields": fields, "custom": self.custom() }).to_string()
    }

    /// The officer's own detectors, as settings say them.
    pub fn custom(&self) -> Vec<serde_json::Value> {
        let own = |e: &super::document::Entity| {
            let sets: Vec<_> = e.sets.iter().map(|s| s.value.as_str()).collect();
            serde_json::json!({ "name": e.name.value, "sets": sets, "keywords": e.keywords })
        };
        self.plan.entities.iter().map(own).collect()
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
            match zone.as_deref().and_then(hours::offsets) {
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

/// Entries that differ only in what they look for are one scan; thresholds and exceptions stay with their entry.
fn merge(found: &BTreeSet<Found>) -> Vec<Found> {
    let mut merged: Vec<Found> = Vec::new();
    for entry in found {
        let like =
            |f: &&mut Found| f.threshold == entry.threshold && f.except == entry.except && f.label == entry.label;
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
        let higher = raised(form.clone());
        if higher != form {
            form = higher;
            rules.push(floor.rule);
        }
    }
    (form, rules)
}

/// What holds for one event.
struct Now<'a> {
    plan: &'a Plan,
    tests: Tests,
    kinds: &'a BTreeSet<u16>,
}

impl Now<'_> {
    fn test(&self, number: u16) -> bool {
        self.tests >> (ATOMS_MAX + usize::from(number)) & 1 == 1
    }

    fn holds(&self, when: &Condition) -> bool {
        when.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|k| self.kinds.contains(k)))
            && when.any_test.as_ref().is_none_or(|any| any.iter().any(|t| self.test(*t)))
            && when.all_tests.iter().all(|t| self.test(*t))
            && when.outside_hours.is_none_or(|wanted| self.hours(wanted))
    }

    /// An event without a time counts as outside and inside at once: a condition never loosens.
    fn hours(&self, outside: bool) -> bool {
        let mut saw = [false, false];
        for (number, test) in self.plan.tests.iter().enumerate() {
            match test.ask {
                super::plan::Ask::InHours(_) => saw[0] |= self.test(number as u16),
                super::plan::Ask::OutsideHours(_) => saw[1] |= self.test(number as u16),
                _ => {}
            }
        }
        let [inside, is_outside] = saw;
        (!inside && !is_outside) || if outside { is_outside } else { inside }
    }
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
        let entry = |find: &str, threshold| Found {
            find: vec![find.into()],
            threshold,
            except: Vec::new(),
            label: String::new(),
        };
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
