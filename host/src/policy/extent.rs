//! How much leaves under a plan, and whether another plan narrows it: what decides about events that were filtered under the one and
//! wait while the other comes into force.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::Plan;
use super::agreed::shown;
use super::document::{Entity, Escrow, KnownBy, OnFailure, Work};
use super::form::Form;
use super::plan::{Ask, Condition, Dynamic, Floor, Keeping, PlanPlugin, ROLES, Test};
use super::vocabulary::CategoryId;

/// Of what is written of an extent. Whoever changes that (names of types that it holds are a part of it) raises it: a buffer that was
/// filled by an earlier release of Tamis is then as one of another policy.
const VERSION: u32 = 1;

/// How much leaves under a plan.
///
/// INVARIANT (never called wider by mistake): where another one does not narrow it, no value and no event that leaves under it is
/// hidden or withheld under the other, and nothing is asked to be kept shorter. What cannot be told counts as narrower.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Extent {
    always: Vec<[Form; ROLES]>,
    /// What hangs on the event.
    at_times: Vec<AtTimes>,
    /// What has to stay visible or reversible: a condition and a category each.
    floors: BTreeSet<String>,
    /// By category.
    failing: Vec<OnFailure>,
    guard: bool,
    /// Sealed lists of which no word leaves.
    sealed: BTreeSet<String>,
    entities: BTreeSet<String>,
    keeping: Vec<Keep>,
    /// How long by earlier releases that hold with it.
    before: BTreeSet<String>,
    epoch_days: u32,
    /// By category: those of one domain have the same codes.
    domains: Vec<String>,
    escrow: Option<Reverses>,
    /// A digest of everything else: words, maps, plugins, legal holds.
    rest: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct AtTimes {
    when: String,
    rows: Vec<(CategoryId, Form)>,
}

/// How many days, while a condition holds; and what wins over it, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Keep {
    when: String,
    at_most: Option<u32>,
    at_least: Option<u32>,
    at_hand: Option<u32>,
    cap_yields_to: BTreeSet<String>,
    floor_yields_to: BTreeSet<String>,
}

/// Who can reverse codes, and for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Reverses {
    officers: BTreeSet<String>,
    approvals: u32,
    /// Empty: all.
    only_for: BTreeSet<String>,
    /// After so many days the person is told.
    tell_person: Option<u32>,
}

impl Extent {
    /// Of a plan. The day, the epoch and where anything is written are no matter.
    pub fn of(plan: &Plan) -> Self {
        let forms = |roles: &[super::plan::Settled; ROLES]| roles.each_ref().map(|settled| settled.form.clone());
        let at_times = |Dynamic { when, roles, rows, suppress, .. }: &Dynamic| AtTimes {
            when: json!([condition(plan, when), sorted(roles), suppress]).to_string(),
            rows: rows.clone(),
        };
        let floor = |Floor { when, roles, show, .. }: &Floor| {
            let when = json!([condition(plan, when), sorted(roles)]);
            show.iter().map(|category| json!([when, category]).to_string()).collect::<Vec<_>>()
        };
        let before = plan.before.iter().map(|limits| json!(keeping(plan, limits)).to_string());
        Self {
            always: plan.statics.iter().map(forms).collect(),
            at_times: plan.dynamics.iter().map(at_times).collect(),
            floors: plan.floors.iter().flat_map(floor).collect(),
            failing: plan.failing.iter().map(|failing| failing.what.clone()).collect(),
            guard: plan.guard,
            sealed: plan.sealed.iter().flat_map(|words| words.digests()).collect(),
            entities: plan.entities.iter().map(|own| entity(plan, own)).collect(),
            keeping: keeping(plan, &plan.retention),
            before: before.collect(),
            epoch_days: plan.epoch_days,
            domains: plan.domains.to_vec(),
            escrow: plan.escrow.as_ref().map(Reverses::of),
            rest: rest(plan),
        }
    }

    /// Whether something that leaves under this one may be hidden or withheld under the other.
    pub fn is_narrowed_by(&self, other: &Self) -> bool {
        let is_stricter = |was: &Form, is: &Form| was.clone().join(is.clone()) != *was;
        let stays = |now: &AtTimes| {
            let before: Vec<_> = self.at_times.iter().filter(|rule| rule.when == now.when).collect();
            let is_known = |(category, form): &(CategoryId, Form)| {
                let mut rows = before.iter().flat_map(|rule| &rule.rows).filter(|(of, _)| of == category);
                rows.any(|(_, was)| !is_stricter(was, form))
            };
            !before.is_empty() && now.rows.iter().all(is_known)
        };
        self.rest != other.rest
            || self.always.len() != other.always.len()
            || self.always.iter().flatten().zip(other.always.iter().flatten()).any(|(was, is)| is_stricter(was, is))
            || !other.at_times.iter().all(stays)
            || !self.floors.is_subset(&other.floors)
            || self.failing.len() != other.failing.len()
            || self.failing.iter().zip(&other.failing).any(|(was, is)| is > was)
            || other.guard && !self.guard
            || !other.sealed.is_subset(&self.sealed)
            || !other.entities.is_subset(&self.entities)
            || self.is_kept_shorter_by(other)
            || other.epoch_days < self.epoch_days
            || self.has_domains_parted_by(other)
            || self.escrow.as_ref().is_some_and(|was| other.escrow.as_ref().is_none_or(|is| was.is_narrowed_by(is)))
    }

    /// Whether the store may be asked to keep an event shorter.
    fn is_kept_shorter_by(&self, other: &Self) -> bool {
        // No cap that is lower or yields less, no floor less.
        let has_cap = |now: &Keep| {
            let Some(days) = now.at_most else { return true };
            self.keeping.iter().any(|was| {
                was.when == now.when
                    && was.at_most.is_some_and(|was| was <= days)
                    && was.cap_yields_to.is_subset(&now.cap_yields_to)
            })
        };
        let has_floor = |was: &Keep| {
            let at_least = |now: Option<u32>, was: Option<u32>| was.is_none_or(|was| now.is_some_and(|now| now >= was));
            other.keeping.iter().any(|now| {
                was.when == now.when
                    && at_least(now.at_least, was.at_least)
                    && at_least(now.at_hand, was.at_hand)
                    && now.floor_yields_to.is_subset(&was.floor_yields_to)
            })
        };
        let is_floor = |keep: &&Keep| keep.at_least.is_some() || keep.at_hand.is_some();
        !other.keeping.iter().all(has_cap)
            || !self.keeping.iter().filter(is_floor).all(has_floor)
            || !other.before.is_subset(&self.before)
    }

    /// Whether two categories whose codes agree here have others there.
    fn has_domains_parted_by(&self, other: &Self) -> bool {
        let mut is: BTreeMap<&str, &str> = BTreeMap::new();
        let mut pairs = self.domains.iter().zip(&other.domains);
        self.domains.len() != other.domains.len()
            || pairs.any(|(was, now)| is.insert(was, now).is_some_and(|own| own != now))
    }

    /// By which it is known again, by any release of Tamis that writes the same of it: `sha256:…`.
    pub fn digest(&self) -> String {
        shown(&Sha256::digest(format!("{VERSION} {}", json!(self))))
    }
}

impl Reverses {
    fn of(Escrow { officers, approvals, only_for, tell_person, .. }: &Escrow) -> Self {
        Self {
            officers: officers.iter().cloned().collect(),
            approvals: *approvals,
            only_for: only_for.iter().map(|purpose| purpose.value.clone()).collect(),
            tell_person: tell_person.as_ref().map(|after| after.days),
        }
    }

    fn is_narrowed_by(&self, other: &Self) -> bool {
        let names_less = |was: &BTreeSet<String>, is: &BTreeSet<String>| was.is_empty() || !was.is_subset(is);
        !self.officers.is_subset(&other.officers)
            || other.approvals > self.approvals
            || !other.only_for.is_empty() && names_less(&self.only_for, &other.only_for)
            || other.tell_person.is_some_and(|is| self.tell_person.is_none_or(|was| is < was))
    }
}

fn sorted<T: Ord + Copy>(all: &[T]) -> BTreeSet<T> {
    all.iter().copied().collect()
}

/// A condition by what it asks, not by the numbers of that in its plan.
fn condition(plan: &Plan, Condition { kinds, any_test, all_tests, outside_hours }: &Condition) -> serde_json::Value {
    let names = plan.library.words.kinds();
    let kinds =
        kinds.as_ref().map(|kinds| kinds.iter().map(|kind| names.get(usize::from(*kind))).collect::<BTreeSet<_>>());
    let tests = |numbers: &[u16]| {
        let asked = numbers.iter().map(|number| plan.tests.get(usize::from(*number)).map(test));
        asked.collect::<BTreeSet<_>>()
    };
    json!([kinds, any_test.as_deref().map(tests), tests(all_tests), outside_hours])
}

fn test(Test { ask, look_in, about }: &Test) -> String {
    let ask = match ask {
        Ask::Listed(words) => json!({ "listed": words.digests() }),
        Ask::Fits(globs) => json!({ "fits": globs.globs() }),
        Ask::InHours(calendar) => json!({ "in-hours": calendar.said() }),
        Ask::OutsideHours(calendar) => json!({ "outside-hours": calendar.said() }),
    };
    json!([ask, sorted(look_in), sorted(about)]).to_string()
}

fn keeping(plan: &Plan, limits: &[Keeping]) -> Vec<Keep> {
    let named =
        |numbers: &[usize]| numbers.iter().filter_map(|number| Some(limits.get(*number)?.name.clone())).collect();
    let keep = |own: &Keeping| Keep {
        when: condition(plan, &own.when).to_string(),
        at_most: own.at_most.as_ref().map(|length| length.days),
        at_least: own.at_least.as_ref().map(|length| length.days),
        at_hand: own.at_hand.as_ref().map(|length| length.days),
        cap_yields_to: named(&own.cap_yields_to),
        floor_yields_to: named(&own.floor_yields_to),
    };
    limits.iter().map(keep).collect()
}

/// A digest of what is compared as a whole.
fn rest(plan: &Plan) -> String {
    let mut hash = Sha256::new();
    let mut part = |part: serde_json::Value| {
        let text = part.to_string();
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    let (words, bundle) = (&plan.library.words, &plan.library.bundle);
    part(json!(words.categories().map(|(id, name)| (name, words.value_type(id))).collect::<Vec<_>>()));
    part(json!(words.kinds()));
    for (map, may) in plan.library.maps.all().iter().zip(&plan.maps) {
        part(json!([map.head.id.value, may, bundle.text(map.head.id.span.file)]));
    }
    part(json!(plan.own.iter().map(|(map, own)| (map, &own[..])).collect::<Vec<_>>()));
    part(json!(plan.holds));
    part(json!(plan.plugins.iter().map(plugin).collect::<Vec<_>>()));
    shown(&hash.finalize())
}

fn entity(plan: &Plan, entity: &Entity) -> String {
    let (is_list, by) = match &entity.by {
        KnownBy::Pattern(text) => (false, &text.value),
        KnownBy::List(text) => (true, &text.value),
    };
    let list = plan.exact.get(by).filter(|_| is_list).map(|list| list.code());
    let sets: Vec<_> = entity.sets.iter().map(|set| &set.value).collect();
    json!([entity.name.value, is_list, by, list, entity.keywords, sets]).to_string()
}

fn plugin(plugin: &PlanPlugin) -> serde_json::Value {
    let does = match &plugin.said.does {
        Work::Look { find, threshold, label } => {
            Some((find.iter().map(|name| &name.value).collect::<Vec<_>>(), threshold, label))
        }
        Work::Rewrite => None,
    };
    json!([plugin.name, plugin.file, plugin.said.digest.value, plugin.said.settings.value, does])
}
