//! LAW (the only door): what a tenant classifies lets new fields through and lowers nothing that was classified before.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fmt::Write as _;
use std::sync::Arc;

use common::random::{CATEGORIES, PATHS, Repertoire, SECTIONS, World, event, world};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::Value;
use tamis::event::{Automaton, Place, SlotId};
use tamis::policy::{CompiledMap, Plan, Resolver, Tests, Verdict};

type Own = Vec<(&'static str, &'static str, Vec<&'static str>)>;

/// What a tenant classifies: places that the map knows, and new ones.
fn own() -> impl Strategy<Value = Own> {
    let new = ["actor.extra", "items[*].extra", "unheard", "unheard.**", "deep.x.z", "any.*.other", "tags.*", "**"];
    let paths: Vec<&'static str> = PATHS.iter().chain(&new).copied().collect();
    let categories = subsequence(CATEGORIES.map(|(name, _, _)| name).to_vec(), 1..3);
    vec((select(SECTIONS.to_vec()), select(paths), categories), 1..6).prop_map(|mut own| {
        own.sort();
        own.dedup_by_key(|(section, path, _)| (*section, *path));
        own
    })
}

/// The plan of a world whose tenant classifies more.
fn plan(world: &World, own: &Own) -> Arc<Plan> {
    let mut files = world.files();
    let (_, firm) = files.iter_mut().find(|(name, _)| name == "tenants/firm.toml").unwrap();
    if !own.is_empty() {
        firm.push_str("[classify.small]\nbecause = \"It is a test.\"\n");
    }
    for section in SECTIONS.iter().filter(|section| own.iter().any(|(own, _, _)| own == *section)) {
        if *section != "fields" {
            writeln!(firm, "[classify.small.{section}]").unwrap();
        }
        for (_, path, categories) in own.iter().filter(|(own, _, _)| own == section) {
            writeln!(firm, "{path:?} = {categories:?}").unwrap();
        }
    }
    common::plan(&common::library(&files), "firm", &[], world.purpose)
}

/// A map with what a plan makes of its slots.
struct Seen {
    resolver: Resolver,
    map: Arc<CompiledMap>,
    table: u32,
}

impl Seen {
    fn new(plan: &Arc<Plan>, tests: Tests) -> Self {
        let map = plan.map(0).unwrap();
        let mut resolver = Resolver::new(plan.clone());
        let tests = tests & resolver.relevant(0, &map).mask;
        let table = resolver.lookup(0, 0, &map, tests).unwrap();
        Self { resolver, map, table }
    }

    fn automaton(&self) -> &Automaton {
        &self.map.automaton
    }

    fn verdict(&self, slot: SlotId) -> Option<Verdict> {
        Some(self.resolver.table(self.table).actions[slot.index()?].verdict)
    }
}

/// Whether `after` is at least as strict as `before`.
fn is_no_lower(before: (&Seen, SlotId), after: (&Seen, SlotId)) -> bool {
    let Some(was) = before.0.verdict(before.1) else { return true };
    match (was, after.0.verdict(after.1).unwrap_or(Verdict::Drop)) {
        (_, Verdict::Forbid) | (Verdict::Keep | Verdict::Drop | Verdict::Treat(_), Verdict::Drop) => true,
        (Verdict::Keep, _) => true,
        (Verdict::Treat(one), Verdict::Treat(other)) => {
            let one = &before.0.resolver.treats.all()[usize::from(one)].form;
            let other = &after.0.resolver.treats.all()[usize::from(other)].form;
            one.clone().join(other.clone()) == *other
        }
        _ => false,
    }
}

/// Compares every place of an event, keys included.
fn compare(value: &Value, one: (&Seen, Place), other: (&Seen, Place), way: &mut String) -> Result<(), TestCaseError> {
    prop_assert!(is_no_lower((one.0, one.1.slot()), (other.0, other.1.slot())), "value at {}", way);
    prop_assert!(is_no_lower((one.0, one.1.key_slot()), (other.0, other.1.key_slot())), "key at {}", way);
    let mut below = |value: &Value, name: &str, step: &dyn Fn(Place, &Automaton) -> Place| {
        let length = way.len();
        write!(way, ".{name}").unwrap();
        let here = (one.0, step(one.1, one.0.automaton()));
        let there = (other.0, step(other.1, other.0.automaton()));
        let compared = compare(value, here, there, way);
        way.truncate(length);
        compared
    };
    match value {
        Value::Object(members) => members
            .iter()
            .try_for_each(|(key, member)| below(member, key, &|place, map| place.key(map, key.as_bytes()))),
        Value::Array(elements) => {
            elements.iter().try_for_each(|element| below(element, "*", &|place, map| place.element(map)))
        }
        _ => Ok(()),
    }
}

proptest! {
    #![proptest_config(common::cases(300))]

    #[test]
    fn a_classification_never_lowers_a_form(
        world in world(Repertoire::All),
        own in own(),
        event in event(),
        tests in any::<Tests>(),
    ) {
        let (before, after) = (Seen::new(&plan(&world, &Vec::new()), tests), Seen::new(&plan(&world, &own), tests));
        let (one, other) = (before.automaton().root(), after.automaton().root());
        compare(&event.event(&|n| n), (&before, one), (&after, other), &mut String::new())?;
    }
}
