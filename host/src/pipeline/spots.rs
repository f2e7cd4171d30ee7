//! Where values stood that could not be treated, or that the guard stopped: by which an officer finds the field.
//!
//! A spot is named by the pattern of the map, or of the tenant's own layer, that leads there. That is text of a policy: what a
//! wildcard met prints as `*`, never as the key that an event had.

use std::collections::BTreeMap;

use crate::event::{SlotId, Token};
use crate::policy::Resolver;

use super::assemble::Hole;
use super::execute::Pending;
use super::outcome::Counts;

/// A value or key of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    slot: u32,
    is_key: bool,
}

impl Spot {
    /// That of a token, or of its key.
    pub(super) fn of(token: &Token, is_key: bool) -> Self {
        let SlotId(slot) = if is_key { token.key_slot } else { token.slot };
        Self { slot, is_key }
    }

    /// That of a hole.
    pub(super) fn of_hole(hole: &Hole) -> Self {
        Self::of(&hole.token, hole.is_key)
    }
}

/// How often, by plan, map and spot.
#[derive(Debug, Default)]
pub(super) struct Spots {
    untreated: BTreeMap<(u32, u16, Spot), u64>,
    guarded: BTreeMap<(u32, u16, Spot), u64>,
}

impl Spots {
    pub(super) fn untreated(&mut self, event: Option<&Pending>, spot: Option<Spot>) {
        count(&mut self.untreated, event, spot);
    }

    pub(super) fn guarded(&mut self, event: Option<&Pending>, spot: Option<Spot>) {
        count(&mut self.guarded, event, spot);
    }

    /// Adds others.
    pub(super) fn add(&mut self, other: Self) {
        for (mine, theirs) in [(&mut self.untreated, other.untreated), (&mut self.guarded, other.guarded)] {
            theirs.into_iter().for_each(|(spot, times)| *mine.entry(spot).or_default() += times);
        }
    }

    /// Adds what was counted, with names, and forgets it.
    pub(super) fn name(&mut self, resolver: &Resolver, counts: &mut Counts) {
        for (mine, named) in
            [(&mut self.untreated, &mut counts.untreated_at), (&mut self.guarded, &mut counts.guarded_at)]
        {
            for ((plan, map, spot), times) in std::mem::take(mine) {
                *named.entry(name(resolver, plan, map, spot)).or_default() += times;
            }
        }
    }
}

fn count(spots: &mut BTreeMap<(u32, u16, Spot), u64>, event: Option<&Pending>, spot: Option<Spot>) {
    if let Some((plan, map, spot)) = event.and_then(|event| Some((event.plan, event.map?, spot?))) {
        *spots.entry((plan, map, spot)).or_default() += 1;
    }
}

/// `map: path`, as unclassified paths are named.
fn name(resolver: &Resolver, plan: u32, map: u16, spot: Spot) -> String {
    let id = resolver.library().maps.all().get(usize::from(map)).map_or("", |map| map.head.id.value.as_str());
    let compiled = resolver.plan(plan).map(usize::from(map));
    let path = compiled.map(|compiled| compiled.automaton.path_of(SlotId(spot.slot))).unwrap_or_default();
    format!("{id}: {path}{}", if spot.is_key { " (key)" } else { "" })
}
