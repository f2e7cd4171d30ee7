//! How much leaves under a plan, and whether another plan narrows it: what decides about events that were filtered under the one and
//! wait while the other comes into force.

use std::fmt::Debug;

use sha2::{Digest as _, Sha256};

use super::Plan;
use super::agreed::shown;
use super::document::{Entity, KnownBy, Role, Text, Work};
use super::form::Form;
use super::plan::{Condition, Dynamic, PlanPlugin, ROLES};
use super::vocabulary::CategoryId;

/// How much leaves under a plan.
///
/// INVARIANT (never called wider by mistake): where another one does not narrow it, no value and no event that leaves under it is
/// hidden or withheld under the other. What cannot be told counts as narrower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    always: Vec<[Form; ROLES]>,
    /// What hangs on the event.
    at_times: Vec<AtTimes>,
    /// A digest of everything else: words, maps, detectors, lists, codes, retention.
    rest: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct AtTimes {
    when: String,
    rows: Vec<(CategoryId, Form)>,
}

impl Extent {
    /// Of a plan. The day, the epoch and where anything is written are no matter.
    pub fn of(plan: &Plan) -> Self {
        let forms = |roles: &[super::plan::Settled; ROLES]| roles.each_ref().map(|settled| settled.form.clone());
        let at_times = |Dynamic { when, roles, rows, suppress, .. }: &Dynamic| AtTimes {
            when: format!("{:?}", (when, roles, suppress)),
            rows: rows.clone(),
        };
        Self {
            always: plan.statics.iter().map(forms).collect(),
            at_times: plan.dynamics.iter().map(at_times).collect(),
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
    }

    /// By which it is known again: `sha256:…`.
    pub fn digest(&self) -> String {
        shown(&Sha256::digest(format!("{self:?}")))
    }
}

/// A digest of what is compared as a whole.
fn rest(plan: &Plan) -> String {
    let mut hash = Sha256::new();
    let mut part = |part: &dyn Debug| {
        let text = format!("{part:?}");
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    let (words, bundle) = (&plan.library.words, &plan.library.bundle);
    part(&words.categories().map(|(id, name)| (name, words.value_type(id))).collect::<Vec<_>>());
    part(&words.kinds());
    for (map, may) in plan.library.maps.all().iter().zip(&plan.maps) {
        part(&(&map.head.id.value, may, bundle.text(map.head.id.span.file)));
    }
    part(&(&plan.own, plan.guard, plan.epoch_days, &plan.domains, &plan.holds));
    part(&plan.failing.iter().map(|failing| &failing.what).collect::<Vec<_>>());
    let floor = |floor: &super::plan::Floor| -> (Condition, Vec<Role>, Vec<CategoryId>) {
        (floor.when.clone(), floor.roles.clone(), floor.show.clone())
    };
    part(&plan.floors.iter().map(floor).collect::<Vec<_>>());
    part(&(&plan.retention, &plan.before, &plan.tests, &plan.sealed));
    part(&plan.exact.iter().map(|(name, list)| (name, list.code())).collect::<Vec<_>>());
    part(&plan.entities.iter().map(entity).collect::<Vec<_>>());
    part(&values(&plan.finds));
    part(&plan.plugins.iter().map(plugin).collect::<Vec<_>>());
    part(
        &plan
            .escrow
            .as_ref()
            .map(|escrow| (&escrow.officers, escrow.approvals, values(&escrow.only_for), &escrow.tell_person)),
    );
    shown(&hash.finalize())
}

fn values(texts: &[Text]) -> Vec<&str> {
    texts.iter().map(|text| text.value.as_str()).collect()
}

fn entity(entity: &Entity) -> impl Debug {
    let (is_list, by) = match &entity.by {
        KnownBy::Pattern(text) => (false, text.value.clone()),
        KnownBy::List(text) => (true, text.value.clone()),
    };
    (entity.name.value.clone(), is_list, by, entity.keywords.clone(), values(&entity.sets).join("\n"))
}

fn plugin(plugin: &PlanPlugin) -> impl Debug {
    let does = match &plugin.said.does {
        Work::Look { find, threshold, label } => {
            Some((values(find).join("\n"), format!("{threshold:?}"), label.clone()))
        }
        Work::Rewrite => None,
    };
    (
        plugin.name.clone(),
        plugin.file.clone(),
        plugin.said.digest.value,
        format!("{:?}", plugin.said.settings.value),
        does,
    )
}
