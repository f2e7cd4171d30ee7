//! LAW (tightening): one more layer never shows more. Every value that leaves whole with it leaves whole without it, and an
//! event that is withheld without it is withheld with it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use common::json::leaves;
use common::random::{Layer, Node, Repertoire, World, event, one_more, world};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use tamis::pipeline::{Extent, Options, Outcome};
use tamis::policy::Plan;

/// Strings and numbers of the event that leave as they came. Values of random events are told apart by their numbers.
fn clear(event: &Value, line: Option<&[u8]>) -> BTreeSet<String> {
    let Some(line) = line else { return BTreeSet::new() };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    leaves(event, &mut before);
    leaves(&serde_json::from_slice(line).unwrap(), &mut after);
    let before: BTreeSet<_> = before.iter().map(Value::to_string).collect();
    after.iter().map(Value::to_string).filter(|value| before.contains(value)).collect()
}

/// Events under a stack of layers, and under the same with one more.
struct Both {
    events: Vec<Value>,
    plans: [Arc<Plan>; 2],
    runs: [common::Ran; 2],
}

impl Both {
    fn of(world: &World, more: &Layer, events: &[Node]) -> Self {
        let mut all = world.clone();
        all.layers.push(more.clone());
        let library = common::library(&all.files());
        let events: Vec<Value> = events.iter().map(|node| node.event(&|n| n)).collect();
        let input = common::ndjson(events.iter().map(Value::to_string));
        let plans = [&[][..], &["more"]].map(|with| common::plan(&library, "firm", with, world.purpose));
        let runs = plans.each_ref().map(|plan| common::filter(plan, &input, Options::default()));
        Self { events, plans, runs }
    }
}

fn tightens(world: &World, more: &Layer, events: &[Node]) -> Result<(), TestCaseError> {
    let Both { events, plans, runs } = Both::of(world, more, events);
    let [without, with] = &runs;
    // A guard that found personal data in a key took its whole member; a layer that codes the key leaves it nothing to find.
    // And of keys that were made alike one member leaves; a layer that tells them apart again hides both keys, not the members.
    let is_withheld = |event: &Value| {
        let alone = common::ndjson([event.to_string()]);
        let counts = common::filter(&plans[0], &alone, Options::default()).counts;
        counts.alike > 0 || world.guard && counts.guarded > 0
    };
    for (number, event) in events.iter().enumerate() {
        if without.outcomes[number] == Outcome::Suppressed {
            prop_assert_eq!(with.outcomes[number], Outcome::Suppressed, "revived: {}", event);
        }
        let (loose, tight) = (clear(event, without.by_event()[number]), clear(event, with.by_event()[number]));
        let shown: Vec<_> = tight.difference(&loose).collect();
        prop_assert!(shown.is_empty() || is_withheld(event), "{:?} of {}", shown, event);
    }
    Ok(())
}

/// Where nothing is said to be narrowed everything that left leaves.
fn narrows_or_shows_all(world: &World, more: &Layer, events: &[Node]) -> Result<(), TestCaseError> {
    let Both { events, plans, runs } = Both::of(world, more, events);
    let extents = plans.each_ref().map(|plan| Extent::of(plan));
    for (old, new) in [(0, 1), (1, 0)] {
        prop_assert!(!extents[old].is_narrowed_by(&extents[old]));
        if extents[old].is_narrowed_by(&extents[new]) || runs.iter().any(|run| run.counts.alike > 0) {
            continue;
        }
        for (number, event) in events.iter().enumerate() {
            let [was, is] = [old, new].map(|run| clear(event, runs[run].by_event()[number]));
            prop_assert!(was.is_subset(&is), "{:?} of {}", was.difference(&is).collect::<Vec<_>>(), event);
            let passed = |run: usize| runs[run].outcomes[number] == Outcome::Passed;
            prop_assert!(!passed(old) || passed(new), "withheld: {}", event);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(common::cases(200))]

    #[test]
    fn one_more_layer_never_shows_more(world in world(Repertoire::All), more in one_more(Repertoire::All), events in vec(event(), 1..5)) {
        tightens(&world, &more, &events)?;
    }

    /// LAW (`on-narrow`): of two plans the one that hides something of what the other shows is said to narrow it.
    #[test]
    fn what_narrows_is_said_to(world in world(Repertoire::All), more in one_more(Repertoire::All), events in vec(event(), 1..5)) {
        narrows_or_shows_all(&world, &more, &events)?;
    }

    /// The guard looks at what leaves whole, whatever layer asks for it. What it stops is no form: events in which it stopped
    /// something are left out.
    #[test]
    fn nor_where_a_guard_looks(mut world in world(Repertoire::All), more in one_more(Repertoire::All), events in vec(event(), 1..5)) {
        world.guard = true;
        tightens(&world, &more, &events)?;
    }
}
