//! The stricter of two releases: one plan of both.
//!
//! Until people were told, and a lead has passed, what a release widens stays as the release before it has it. Forms join, so the
//! plan that is never wider than either is the join of both: each is one more layer to the other.
//!
//! INVARIANT (never wider than either): of the same event no value shows more under the joined plan than under either of both, no
//! event passes that either withholds, and nothing is kept longer.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::agreed::shown;
use super::document::{Date, Entity, FileId, Role, Span};
use super::failing::Failing;
use super::form::Form;
use super::maps::{CompiledMap, MapLabel, OwnField};
use super::plan::{
    Compiled, Condition, Dynamic, Floor, Keeping, Plan, PlanPlugin, RuleId, RuleName, Settled, TESTS_MAX, Test,
};
use super::vocabulary::CategoryId;
use crate::event::{Pattern, Segment};

/// Why two releases cannot hold together, so that the earlier one has to hold alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Apart {
    /// Maps say otherwise what a field is.
    #[error("schema maps differ ({})", .0.join(", "))]
    Maps(Vec<String>),
    /// A category has another type.
    #[error("`{0}` is of another type")]
    Type(String),
    /// Whether a map knows a field cannot be told.
    #[error("`{0}` is classified by one of both, and may mean more than one field of a map")]
    Field(String),
    /// An entity finds something else under the same name.
    #[error("the entity `{0}` differs")]
    Entity(String),
    /// Vendors' plugins are others.
    #[error("plugins of vendors differ")]
    Plugins,
    /// Together they ask too much of each event.
    #[error("together they have more than {TESTS_MAX} lists, hours and conditions on values")]
    Tests,
}

/// Joins two plans for one purpose.
///
/// # Errors
///
/// What cannot be joined.
pub(super) fn join(new: Plan, old: Plan) -> Result<Plan, Apart> {
    same_maps(&new, &old)?;
    let words = Numbers::new(&new, &old)?;
    let entities = entities(&new, &old)?;
    if !(new.plugins.len() == old.plugins.len() && new.plugins.iter().zip(&old.plugins).all(|(a, b)| is_same(a, b))) {
        return Err(Apart::Plugins);
    }
    if new.tests.len() + old.tests.len() > TESTS_MAX {
        return Err(Apart::Tests);
    }
    let own = own(&new, &old, &words)?;
    let exact = old.exact.iter().chain(&new.exact).map(|(name, list)| (name.clone(), list.clone())).collect();
    if let Some((name, _)) =
        new.exact.iter().find(|(name, list)| old.exact.get(*name).is_some_and(|o| o.code() != list.code()))
    {
        return Err(Apart::Entity(name.clone()));
    }
    let epoch_days = old.epoch_days.min(new.epoch_days);
    let epoch = epoch(new.scope.on, epoch_days);
    let escrow = match (old.escrow.clone(), new.escrow.clone()) {
        (Some(was), Some(is)) => is.join(&was),
        // Where nobody could reverse a code nobody can yet; who could still can, since what is taken away may be missed.
        (was, _) => was,
    };
    let (library, moved) = with_texts(&new, &old);
    let (digest, name) = (digest(&new.digest, &old.digest), format!("{}@{}", old.scope.policy, old.scope.revision));
    let (new, old) = (new.into_compiled(), old.into_compiled());
    let mut rules = new.rules;
    rules.extend(old.rules.into_iter().map(|rule| RuleName { span: moved(rule.span), ..rule }));
    let statics = statics(new.statics.to_vec(), &old.statics, &words).into();
    let failing = failing(new.failing.to_vec(), &old.failing, &words).into();
    let floors = floors(new.floors, &old.floors, &words);
    let mut dynamics = new.dynamics;
    dynamics.extend(old.dynamics.into_iter().map(|rule| words.dynamic(rule)));
    let mut before = new.before;
    before.extend(std::iter::once(old.retention).chain(old.before).map(|limits| words.limits(limits)));
    let sealed = match (new.sealed, old.sealed) {
        (Some(one), Some(other)) => Some(Arc::new(one.with(&other))),
        (one, other) => one.or(other),
    };
    let mut finds = new.finds;
    let unknown: Vec<_> =
        old.finds.into_iter().filter(|sought| !finds.iter().any(|own| own.value == sought.value)).collect();
    finds.extend(unknown.into_iter().map(|sought| super::document::Text { span: moved(sought.span), ..sought }));
    finds.retain(|sought| !entities.iter().any(|entity| entity.is_called(&sought.value)));
    let mut tests = new.tests;
    tests.extend(old.tests.into_iter().map(|test| Test { look_in: words.categories(&test.look_in), ..test }));
    let joined = Compiled {
        digest,
        with: new.with.into_iter().chain([name]).chain(old.with).collect(),
        guard: new.guard || old.guard,
        epoch,
        epoch_days,
        escrow,
        attribution_days: new.attribution_days.max(old.attribution_days),
        domains: domains(&new.domains, &old.domains, &words).into(),
        rules,
        entities,
        finds,
        own,
        failing,
        statics,
        dynamics,
        floors,
        before,
        tests,
        sealed,
        exact,
        ..new
    };
    Ok(Plan::new(library, joined))
}

/// The digest of both, in this order.
fn digest(new: &str, old: &str) -> String {
    shown(&Sha256::new().chain_update(new).chain_update(" ").chain_update(old).finalize())
}

/// Numbers of the earlier plan → numbers of the new one.
struct Numbers {
    /// By number in the earlier plan; `None`: there is no such word any more, so nothing can be of it.
    categories: Vec<Option<CategoryId>>,
    /// Categories that only the new one has: the earlier one drops what is of them.
    unknown: Vec<CategoryId>,
    kinds: Vec<Option<u16>>,
    rules: u16,
    tests: u16,
}

impl Numbers {
    fn new(new: &Plan, old: &Plan) -> Result<Self, Apart> {
        let (after, before) = (&new.library.words, &old.library.words);
        let categories: Vec<_> = before.categories().map(|(_, name)| after.category(name)).collect();
        for (was, is) in before.categories().zip(&categories) {
            if is.is_some_and(|is| before.value_type(was.0) != after.value_type(is)) {
                return Err(Apart::Type(was.1.to_owned()));
            }
        }
        let unknown =
            after.categories().filter(|(_, name)| before.category(name).is_none()).map(|(id, _)| id).collect();
        let kind = |name: &String| after.kinds().iter().position(|own| own == name).map(|number| number as u16);
        let kinds = before.kinds().iter().map(kind).collect();
        Ok(Self { categories, unknown, kinds, rules: new.rules.len() as u16, tests: new.tests.len() as u16 })
    }

    fn category(&self, old: CategoryId) -> Option<CategoryId> {
        self.categories.get(usize::from(old.0)).copied().flatten()
    }

    fn categories(&self, old: &[CategoryId]) -> Vec<CategoryId> {
        old.iter().filter_map(|category| self.category(*category)).collect()
    }

    fn rule(&self, old: RuleId) -> RuleId {
        RuleId(old.0 + self.rules)
    }

    fn condition(&self, old: &Condition) -> Condition {
        let kind = |old: &u16| self.kinds.get(usize::from(*old)).copied().flatten();
        let tests = |old: &[u16]| old.iter().map(|test| test + self.tests).collect();
        Condition {
            kinds: old.kinds.as_ref().map(|kinds| kinds.iter().filter_map(kind).collect()),
            any_test: old.any_test.as_ref().map(|all| tests(all)),
            all_tests: tests(&old.all_tests),
            outside_hours: old.outside_hours,
        }
    }

    fn dynamic(&self, old: Dynamic) -> Dynamic {
        let row = |(category, form): (CategoryId, Form)| Some((self.category(category)?, form));
        Dynamic {
            rule: self.rule(old.rule),
            when: self.condition(&old.when),
            rows: old.rows.into_iter().filter_map(row).collect(),
            ..old
        }
    }

    fn limits(&self, old: Vec<Keeping>) -> Vec<Keeping> {
        old.into_iter().map(|limit| Keeping { when: self.condition(&limit.when), ..limit }).collect()
    }
}

/// What holds always. Of a word that the earlier release does not know it lets nothing through.
fn statics<const N: usize>(mut new: Vec<[Settled; N]>, old: &[[Settled; N]], words: &Numbers) -> Vec<[Settled; N]> {
    for (number, roles) in old.iter().enumerate() {
        let Some(now) = words.category(CategoryId(number as u16)).and_then(|id| new.get_mut(usize::from(id.0))) else {
            continue;
        };
        for (now, was) in now.iter_mut().zip(roles) {
            now.form = std::mem::take(&mut now.form).join(was.form.clone());
            now.rules.extend(was.rules.iter().map(|rule| words.rule(*rule)));
        }
    }
    for id in &words.unknown {
        for role in new.get_mut(usize::from(id.0)).into_iter().flatten() {
            role.form = std::mem::take(&mut role.form).join(Form::dropped());
        }
    }
    new
}

fn failing(mut new: Vec<Failing>, old: &[Failing], words: &Numbers) -> Vec<Failing> {
    for (number, was) in old.iter().enumerate() {
        let Some(now) = words.category(CategoryId(number as u16)).and_then(|id| new.get_mut(usize::from(id.0))) else {
            continue;
        };
        let rules = was.rules.iter().map(|rule| words.rule(*rule)).collect();
        *now = std::mem::take(now).join(&Failing { what: was.what.clone(), rules });
    }
    new
}

/// A floor lowers forms, so only what both let stand is let stand. Whether two conditions that read values are alike is not told.
fn floors(new: Vec<Floor>, old: &[Floor], words: &Numbers) -> Vec<Floor> {
    let reads_values =
        |when: &Condition| when.any_test.is_some() || !when.all_tests.is_empty() || when.outside_hours.is_some();
    let sorted = |when: &Condition| {
        let mut kinds = when.kinds.clone();
        kinds.iter_mut().for_each(|kinds| kinds.sort_unstable());
        kinds
    };
    let roles = |roles: &[Role]| {
        let mut roles: Vec<u8> = roles.iter().map(|role| *role as u8).collect();
        roles.sort_unstable();
        roles
    };
    let kept = new.into_iter().filter(|floor| !reads_values(&floor.when)).map(|floor| {
        let alike = old.iter().filter(|other| {
            !reads_values(&other.when)
                && sorted(&words.condition(&other.when)) == sorted(&floor.when)
                && roles(&other.roles) == roles(&floor.roles)
        });
        let shown: Vec<_> = alike.flat_map(|other| words.categories(&other.show)).collect();
        Floor { show: floor.show.iter().filter(|id| shown.contains(id)).copied().collect(), ..floor }
    });
    kept.filter(|floor| !floor.show.is_empty()).collect()
}

/// Codes of two categories agree only where they do in both.
fn domains(new: &[String], old: &[String], words: &Numbers) -> Vec<String> {
    let mut was: BTreeMap<CategoryId, &String> = BTreeMap::new();
    for (number, domain) in old.iter().enumerate() {
        was.extend(words.category(CategoryId(number as u16)).map(|id| (id, domain)));
    }
    let pairs = || new.iter().enumerate().map(|(id, is)| (is, was.get(&CategoryId(id as u16)).copied().unwrap_or(is)));
    // Where one of both has the finer parts, its names stay: codes do not change for nothing.
    let finer = |first: &dyn Fn((&String, &String)) -> (String, String)| {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        pairs().map(first).all(|(fine, coarse)| *seen.entry(fine).or_insert_with(|| coarse.clone()) == coarse)
    };
    if finer(&|(is, was)| (is.clone(), was.clone())) {
        return new.to_vec();
    }
    if finer(&|(is, was)| (was.clone(), is.clone())) {
        return pairs().map(|(_, was)| was.clone()).collect();
    }
    pairs().map(|(is, was)| if is == was { is.clone() } else { format!("{is} {was}") }).collect()
}

fn entities(new: &Plan, old: &Plan) -> Result<Vec<Entity>, Apart> {
    let mut all = new.entities.clone();
    for entity in &old.entities {
        match new.entities.iter().find(|own| own.name.value == entity.name.value) {
            Some(own) if own.finds_like(entity) => {}
            Some(_) => return Err(Apart::Entity(entity.name.value.clone())),
            None => all.push(entity.clone()),
        }
    }
    Ok(all)
}

fn is_same(one: &PlanPlugin, other: &PlanPlugin) -> bool {
    let (mine, theirs) = (&one.said, &other.said);
    let does = |plugin: &PlanPlugin| match &plugin.said.does {
        super::document::Work::Look { find, threshold, label } => {
            Some((find.iter().map(|name| name.value.clone()).collect::<Vec<_>>(), *threshold, label.clone()))
        }
        super::document::Work::Rewrite => None,
    };
    one.file == other.file
        && mine.digest.value == theirs.digest.value
        && mine.settings.value == theirs.settings.value
        && does(one) == does(other)
}

/// Both see the same maps, and may use the same.
fn same_maps(new: &Plan, old: &Plan) -> Result<(), Apart> {
    let all = |plan: &'_ Plan| {
        let maps = plan.library.maps.all().iter().zip(&plan.maps);
        let text = |span: Span| plan.library.bundle.text(span.file).to_owned();
        maps.map(|(map, may)| (map.head.id.value.clone(), (*may, text(map.head.id.span)))).collect::<Vec<_>>()
    };
    let (is, was) = (all(new), all(old));
    if is == was {
        return Ok(());
    }
    let differs = |one: &[(String, (bool, String))], other: &[(String, (bool, String))]| {
        let one = one.iter().filter(|map| !other.contains(map)).map(|(id, _)| id.clone());
        one.collect::<Vec<_>>()
    };
    let mut names = [differs(&is, &was), differs(&was, &is)].concat();
    names.sort();
    names.dedup();
    Err(Apart::Maps(names))
}

type Own = BTreeMap<usize, Arc<[OwnField]>>;

/// What tenants classify. A field that no other word of one release knows leaves only if both let it; one that is known otherwise
/// only gets more words, and with them more treatments.
fn own(new: &Plan, old: &Plan, words: &Numbers) -> Result<Own, Apart> {
    let mut joined: BTreeMap<usize, Vec<OwnField>> = BTreeMap::new();
    let numbers: std::collections::BTreeSet<usize> = new.own.keys().chain(old.own.keys()).copied().collect();
    // Layers are united: those of the earlier release have numbers that no other has.
    let from = new.own.values().flat_map(|fields| fields.iter()).map(|field| field.layer + 1).max().unwrap_or(0);
    let of = |plan: &'_ Plan, number: usize| plan.own.get(&number).cloned().unwrap_or_else(|| Arc::new([]));
    for number in numbers {
        let (after, before) = (of(new, number), of(old, number));
        let has =
            |all: &[OwnField], field: &OwnField| all.iter().any(|own| own.path == field.path && own.role == field.role);
        let fields = joined.entry(number).or_default();
        for field in after.iter() {
            if has(&before, field) || knows(old, number, &field.path)? {
                fields.push(field.clone());
            }
        }
        for field in before.iter() {
            if has(&after, field) || knows(new, number, &field.path)? {
                let layer = field.layer.checked_add(from).filter(|layer| *layer < u8::MAX - 1);
                let layer = layer.ok_or_else(|| Apart::Field(field.path.clone()))?;
                let categories = words.categories(&field.categories);
                fields.push(OwnField { layer, categories, ..field.clone() });
            }
        }
        fields.sort_unstable();
    }
    Ok(joined.into_iter().map(|(map, fields)| (map, fields.into())).collect())
}

/// Whether a map, with what tenants classify in it, says what stands at a path.
fn knows(plan: &Plan, number: usize, path: &str) -> Result<bool, Apart> {
    let apart = || Apart::Field(path.to_owned());
    let map = plan.map(number).ok_or_else(apart)?;
    let pattern = Pattern::parse(path).map_err(|_| apart())?;
    let mut place = map.automaton.root();
    for segment in pattern.segments() {
        let Segment::Key(key) = segment else { return Err(apart()) };
        place = place.key(&map.automaton, key.as_bytes());
    }
    let slot = place.slot();
    if !slot.is_some() {
        return Ok(false);
    }
    let labels = map.automaton.labels(slot).iter().filter_map(|(label, _)| field(&map, *label as usize));
    let always: Vec<bool> = labels.collect();
    match always.contains(&true) {
        true => Ok(true),
        // A variant knows it at times.
        false if !always.is_empty() => Err(apart()),
        false => Ok(false),
    }
}

/// Whether a label classifies, and does so always.
fn field(map: &CompiledMap, label: usize) -> Option<bool> {
    match map.labels.get(label)? {
        MapLabel::Field { variant, .. } => Some(variant.is_none()),
        MapLabel::Atom(_) | MapLabel::Mark(_) => None,
    }
}

/// The library of the new plan with the texts of the earlier one's layers beside its own, and where what stands in these is then.
fn with_texts(new: &Plan, old: &Plan) -> (Arc<super::Library>, impl Fn(Span) -> Span + use<>) {
    let mut library = (*new.library).clone();
    let mut moved: BTreeMap<FileId, FileId> = BTreeMap::new();
    let release = format!("{}@{}", old.scope.policy, old.scope.revision);
    let named = old.finds.iter().map(|sought| sought.span.file);
    for file in old.files.iter().copied().chain(named) {
        moved.entry(file).or_insert_with(|| {
            let texts = &old.library.bundle;
            library.bundle.add(format!("{release}/{}", texts.name(file)), texts.text(file))
        });
    }
    let at = move |span: Span| moved.get(&span.file).map_or_else(Span::default, |file| Span { file: *file, ..span });
    (Arc::new(library), at)
}

/// The number of the epoch of a day, so many days long.
pub(super) fn epoch(on: Date, days: u32) -> u32 {
    let since = on.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
    (since.max(0) as u32) / days.max(1)
}
