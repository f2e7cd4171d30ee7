//! A plan: the layers that hold for one tenant, purpose, system and day, made ready to be asked about events.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::agreed::{Digests, rules_digest};
use super::diagnostic::Diagnostic;
use super::document::{Date, Duration, Escrow, FileId, Role, Span, Text, VendorPlugin};
use super::exact::ExactList;
use super::failing::Failing;
use super::form::{Form, Found};
use super::glob::{GlobSet, Spelled, WordList, fold};
use super::hours::Calendar;
use super::library::Library;
use super::maps::{CompiledMap, OwnField};
use super::standing::Standing;
use super::vocabulary::CategoryId;

/// Number of a rule in [`Plan::rules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleId(pub u16);

/// Most lists, hours and value conditions that one plan may have.
pub(super) const TESTS_MAX: usize = 24;

/// What a plan is compiled for.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Id of the policy.
    pub policy: String,
    /// Its revision.
    pub revision: u32,
    /// The day.
    pub on: Date,
    /// The purpose.
    pub purpose: String,
    /// The system, if one was named.
    pub system: Option<String>,
    /// Whether the events of this system must stay attributable.
    pub attributable: bool,
}

/// The layers that hold, compiled. A clone costs nothing.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Words and maps.
    pub library: Arc<Library>,
    compiled: Arc<Compiled>,
}

impl Deref for Plan {
    type Target = Compiled;

    fn deref(&self) -> &Compiled {
        &self.compiled
    }
}

/// What layers come to, whichever reading of their files it was made of.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What it is for.
    pub scope: Scope,
    /// SHA-256 over everything that was read, as `sha256:…`.
    pub digest: String,
    /// Earlier releases that hold with it, as `tenant@revision`.
    pub with: Vec<String>,
    /// The files of its layers.
    pub(super) files: Vec<FileId>,
    pub(super) rules_digest: OnceLock<String>,
    /// A second detector pass over what leaves whole.
    pub guard: bool,
    /// Number of the key epoch that holds on the day: days since 1970 by `change-every`.
    pub epoch: u32,
    /// Length of an epoch, in days.
    pub epoch_days: u32,
    /// Who can reverse codes together; `None`: no layer names anybody.
    pub escrow: Option<Escrow>,
    /// The longest `at-least` of events that must stay attributable, in days: so long after its last day the codes of an epoch can be
    /// reversed. Of all systems and purposes, whether its facts hold by now or not.
    pub attribution_days: u32,
    /// Rules by number.
    pub rules: Vec<RuleName>,
    /// Pseudonym domain of each category.
    pub domains: Arc<[String]>,
    /// Officers' own detectors.
    pub entities: Vec<super::document::Entity>,
    /// What treatments look for and no entity of an officer is: the detectors have to know it.
    pub finds: Vec<Text>,
    /// Plugins of vendors, by number.
    pub plugins: Vec<PlanPlugin>,
    /// Maps that may match, by number.
    pub maps: Vec<bool>,
    /// Fields that tenants classify, by number of the map.
    pub own: BTreeMap<usize, Arc<[OwnField]>>,
    /// What becomes of values that no step could treat, by category.
    pub failing: Arc<[Failing]>,
    pub(super) statics: Arc<[[Settled; ROLES]]>,
    pub(super) dynamics: Vec<Dynamic>,
    pub(super) floors: Vec<Floor>,
    pub(super) retention: Vec<Keeping>,
    /// The same of earlier releases that hold with it: the stricter counts.
    pub(super) before: Vec<Vec<Keeping>>,
    pub(super) tests: Vec<Test>,
    /// Legal holds under which events of its system stand, by name: the store is asked not to delete them.
    pub holds: Vec<String>,
    /// Answers of its evidence that count, by name, and who stands behind each.
    pub answered: Vec<(String, Standing)>,
    /// What its evidence says and nobody would notice, as sentences.
    pub notes: Vec<String>,
    /// Words of sealed lists: they leave nowhere in clear.
    pub sealed: Option<Arc<WordList>>,
    /// Exact lists of its entities, by name.
    pub exact: BTreeMap<String, Arc<ExactList>>,
}

/// A plugin of a vendor as a plan uses it.
#[derive(Clone, Debug)]
pub struct PlanPlugin {
    /// `layer.plugin`.
    pub name: String,
    /// File of its component below the folder of policies, parts separated by slashes.
    pub file: String,
    /// What the layer says of it.
    pub said: VendorPlugin,
}

impl PlanPlugin {
    /// It cannot be used: `why` says so, about what stands at `at`.
    pub fn unusable(&self, at: Span, why: impl Into<String>) -> Diagnostic {
        let problem = Diagnostic::error("P0125", format!("the plugin `{}` cannot be used", self.name), at, "");
        problem.help(why)
    }
}

/// Roles as array indices.
pub(super) const ROLES: usize = 4;

/// A rule as messages name it.
#[derive(Clone, Debug)]
pub struct RuleName {
    /// `layer.rule`.
    pub name: String,
    /// Why it stands.
    pub because: String,
    /// Short names of laws.
    pub cite: Vec<String>,
    /// Where it stands.
    pub span: Span,
    /// It withholds what a list protects.
    pub protects: bool,
}

/// What holds for a category without any condition on the event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Settled {
    pub(super) form: Form,
    pub(super) rules: Vec<RuleId>,
}

/// A rule that hangs on the event.
#[derive(Clone, Debug)]
pub(super) struct Dynamic {
    pub(super) rule: RuleId,
    /// The base says it: what it closes no floor opens.
    pub(super) is_of_base: bool,
    pub(super) when: Condition,
    pub(super) roles: Vec<Role>,
    pub(super) rows: Vec<(CategoryId, Form)>,
    pub(super) suppress: bool,
}

/// What must stay visible or reversible.
#[derive(Clone, Debug)]
pub(super) struct Floor {
    pub(super) rule: RuleId,
    pub(super) when: Condition,
    pub(super) roles: Vec<Role>,
    pub(super) show: Vec<CategoryId>,
}

/// How long, while a condition holds.
#[derive(Clone, Debug)]
pub(super) struct Keeping {
    /// `layer.name`.
    pub(super) name: String,
    pub(super) when: Condition,
    pub(super) at_most: Option<Duration>,
    pub(super) at_least: Option<Duration>,
    pub(super) at_hand: Option<Duration>,
    /// Floors, by number, that were decided to win over this cap: it is none where one of them stands.
    pub(super) cap_yields_to: Vec<usize>,
    /// Caps, by number, that were decided to win over this floor: it is none where one of them holds.
    pub(super) floor_yields_to: Vec<usize>,
}

/// How long the store is asked to keep an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HowLong {
    /// At most, as written.
    pub at_most: Option<String>,
    /// At least, as written.
    pub at_least: Option<String>,
    /// Immediately available, as written.
    pub at_hand: Option<String>,
}

/// The part of a `when` that only an event can answer. Every part has to hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Condition {
    /// One of these kinds, by number.
    pub(super) kinds: Option<Vec<u16>>,
    /// One of these tests (lists).
    pub(super) any_test: Option<Vec<u16>>,
    /// All of these tests (values).
    pub(super) all_tests: Vec<u16>,
    /// Outside (or inside) working hours.
    pub(super) outside_hours: Option<bool>,
}

/// A test of values that belongs to the policy.
#[derive(Clone, Debug)]
pub struct Test {
    /// What it asks.
    pub ask: Ask,
    /// Values of these categories.
    pub look_in: Vec<CategoryId>,
    /// Values of these roles.
    pub about: Vec<Role>,
}

/// What a test asks of a value.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Does an entry of the list fit?
    Listed(Arc<WordList>),
    /// Does a glob fit? Values are held against it in one spelling, as it is in ([`fold`]).
    Fits(GlobSet),
    /// Does it lie in working hours?
    InHours(Arc<Calendar>),
    /// Does it lie outside them?
    OutsideHours(Arc<Calendar>),
}

/// What was worked out of a value that several tests ask for.
#[derive(Default)]
pub struct Told<'p> {
    /// What a calendar said.
    outside: Option<(&'p Calendar, Option<bool>)>,
    spelled: Option<Spelled>,
}

impl<'p> Told<'p> {
    fn outside(&mut self, calendar: &'p Calendar, value: &[u8]) -> Option<bool> {
        match self.outside {
            Some((of, outside)) if std::ptr::eq(of, calendar) => outside,
            _ => self.outside.insert((calendar, calendar.outside(value))).1,
        }
    }
}

impl Test {
    /// Asks a value. Where it was asked before, `told` has to be of the same one.
    pub fn holds<'p>(&'p self, value: &[u8], told: &mut Told<'p>) -> bool {
        match &self.ask {
            Ask::Listed(words) => words.matches_as(value, told.spelled.get_or_insert_with(|| Spelled::of(value))),
            Ask::Fits(globs) if value.is_ascii() => globs.matches(value),
            Ask::Fits(globs) => globs.matches(fold(value).as_bytes()),
            Ask::InHours(calendar) => told.outside(calendar, value) == Some(false),
            Ask::OutsideHours(calendar) => told.outside(calendar, value) != Some(false),
        }
    }

    /// Whether values of these categories and role are looked at.
    pub fn looks_at(&self, categories: &[CategoryId], role: Role) -> bool {
        self.about.contains(&role) || categories.iter().any(|c| self.look_in.contains(c))
    }
}

impl Plan {
    pub(super) fn new(library: Arc<Library>, compiled: Compiled) -> Self {
        Self { library, compiled: Arc::new(compiled) }
    }

    /// The same plan among files that were read anew, where what it is made of is the same: see [`Fingerprint`](super::Fingerprint).
    #[must_use]
    pub fn among(&self, library: Arc<Library>) -> Self {
        Self { library, compiled: self.compiled.clone() }
    }

    /// The same plan beside plans of files that were read anew: what is the same in both is one, so that they may hold for one stream.
    #[must_use]
    pub fn beside(&self, other: &Library) -> Self {
        let mut library = (*self.library).clone();
        library.share(other);
        self.among(Arc::new(library))
    }

    /// To change it: others that share it stay as they are.
    pub fn compiled(&mut self) -> &mut Compiled {
        Arc::make_mut(&mut self.compiled)
    }

    pub(super) fn into_compiled(self) -> Compiled {
        Arc::unwrap_or_clone(self.compiled)
    }

    /// Whether events, or some of them, have to stay attributable: then each counts, however alike they are.
    pub fn is_attributable(&self) -> bool {
        self.scope.attributable || !self.floors.is_empty()
    }

    /// The automaton of a map as this plan has it. `None` where the map is too large, or there is none of that number.
    pub fn map(&self, number: usize) -> Option<Arc<CompiledMap>> {
        let Library { maps, words, bundle, .. } = &*self.library;
        match self.own.get(&number) {
            Some(own) => maps.with(number, own, words, bundle),
            None => maps.compiled(number, words, bundle).cloned(),
        }
    }

    /// The officer's own detectors, as settings of the detector step say them.
    pub fn custom(&self) -> Vec<serde_json::Value> {
        let own = |own: &super::document::Entity| {
            let sets: Vec<_> = own.sets.iter().map(|set| set.value.as_str()).collect();
            serde_json::json!({ "name": own.name.value, "sets": sets, "keywords": own.keywords })
        };
        self.entities.iter().map(own).collect()
    }

    /// What its treatments look for in texts, whether their conditions hold or not.
    pub fn looked_for(&self) -> BTreeSet<&Found> {
        let always = self.statics.iter().flatten().map(|settled| &settled.form);
        let at_times = self.dynamics.iter().flat_map(|rule| &rule.rows).map(|(_, form)| form);
        always.chain(at_times).flat_map(|form| &form.hide.found).collect()
    }

    /// How long an event is kept for which these conditions hold. Of several releases each has its say, and nothing is kept longer
    /// than by any of them.
    pub(super) fn how_long(&self, holds: impl Fn(&Condition) -> bool) -> HowLong {
        let own = Lengths::of(&self.retention, &holds);
        let all = self.before.iter().fold(own, |shorter, other| shorter.shorter(&Lengths::of(other, &holds)));
        let text = |duration: Option<&Duration>| duration.map(|duration| duration.text.clone());
        HowLong { at_most: text(all.at_most), at_least: text(all.at_least), at_hand: text(all.at_hand) }
    }

    /// Forms that a value of a category may take, with the rules that make it so, the last one least general: for each role what
    /// holds whatever the event is, then that joined with each rule that hangs on the event. Several such rules may hold at once:
    /// what they make is stricter than each. Floors are left out.
    pub fn forms(&self, category: CategoryId) -> Vec<(Form, Vec<RuleId>)> {
        let mut forms = Vec::new();
        for (role, settled) in self.statics.get(usize::from(category.0)).into_iter().flatten().enumerate() {
            let holds = |rule: &&Dynamic| rule.roles.is_empty() || rule.roles.iter().any(|own| *own as usize == role);
            let rows = self.dynamics.iter().filter(holds).flat_map(|rule| rule.rows.iter().map(move |row| (rule, row)));
            let rows = rows.filter(|(_, (of, _))| *of == category).map(|(rule, (_, form))| (rule, form));
            let (always, at_times): (Vec<_>, Vec<_>) = rows.partition(|(rule, _)| rule.when == Condition::default());
            let joined = |(form, mut rules): (Form, Vec<RuleId>), (rule, more): &(&Dynamic, &Form)| {
                rules.push(rule.rule);
                (form.join((*more).clone()), rules)
            };
            let base = always.iter().fold((settled.form.clone(), settled.rules.clone()), joined);
            let more: Vec<_> = at_times.iter().map(|row| joined(base.clone(), row)).collect();
            forms.push(base);
            forms.extend(more);
        }
        let mut seen = BTreeSet::new();
        forms.retain(|form| seen.insert(form.clone()));
        forms
    }

    /// Tests of values, by number.
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// What becomes of a value of these categories that could not be treated.
    pub fn failing<'c>(&self, categories: impl IntoIterator<Item = &'c CategoryId>) -> Failing {
        let known = categories.into_iter().filter_map(|c| self.failing.get(usize::from(c.0)));
        known.fold(Failing::default(), Failing::join)
    }

    /// The digest of its rules, words and maps: what `agreed-digest` is held against.
    pub fn rules_digest(&self) -> String {
        let digest = || rules_digest(&self.library.bundle, self.files.iter().copied());
        self.rules_digest.get_or_init(digest).clone()
    }

    /// The same of several plans of one library.
    pub fn rules_digests(plans: &[Arc<Plan>]) -> Vec<String> {
        let mut digests = Digests::default();
        plans.iter().map(|plan| digests.next(&plan.library.bundle, plan.files.iter().copied())).collect()
    }

    /// The name of a rule.
    pub fn rule(&self, id: RuleId) -> &str {
        self.rules.get(usize::from(id.0)).map_or("", |rule| rule.name.as_str())
    }
}

/// What one release says of how long.
struct Lengths<'p> {
    at_most: Option<&'p Duration>,
    at_least: Option<&'p Duration>,
    at_hand: Option<&'p Duration>,
}

impl<'p> Lengths<'p> {
    /// The lowest cap, the highest floor, less what was decided between them.
    fn of(limits: &'p [Keeping], holds: impl Fn(&Condition) -> bool) -> Self {
        let holding: Vec<_> = limits.iter().enumerate().filter(|(_, limit)| holds(&limit.when)).collect();
        let beaten = |floor: &Keeping| holding.iter().any(|(cap, _)| floor.floor_yields_to.contains(cap));
        let floors = || holding.iter().filter(|(_, floor)| floor.at_least.is_some() && !beaten(floor));
        let outlasted = |cap: &Keeping| floors().any(|(floor, _)| cap.cap_yields_to.contains(floor));
        let caps = holding.iter().filter(|(_, cap)| !outlasted(cap)).filter_map(|(_, cap)| cap.at_most.as_ref());
        let least = floors().filter_map(|(_, floor)| floor.at_least.as_ref());
        let hand = holding.iter().filter_map(|(_, limit)| limit.at_hand.as_ref());
        Self {
            at_most: caps.min_by_key(|d| d.days),
            at_least: least.max_by_key(|d| d.days),
            at_hand: hand.max_by_key(|d| d.days),
        }
    }

    /// What neither keeps longer: a cap of either holds, a floor only where both have one.
    fn shorter(self, other: &Self) -> Self {
        let days = |duration: &&'p Duration| duration.days;
        let least = |one: Option<&'p Duration>, other: Option<&'p Duration>| {
            Some(one?).into_iter().chain(other).min_by_key(days).filter(|_| other.is_some())
        };
        let at_most = self.at_most.into_iter().chain(other.at_most).min_by_key(days);
        // One may have a floor above the other's cap.
        let within = |floor: &&'p Duration| at_most.is_none_or(|cap| floor.days <= cap.days);
        Self {
            at_most,
            at_least: least(self.at_least, other.at_least).filter(within),
            at_hand: least(self.at_hand, other.at_hand).filter(within),
        }
    }
}
