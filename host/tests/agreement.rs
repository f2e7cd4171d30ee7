//! LAW (agreement): the engine does what a slow interpreter says that was written from the meaning of policies alone, on
//! random policies and events.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::json::{spelled, strewn};
use common::random::{Node, Repertoire, World, event, world};
use common::reference::{Fate, Reference};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use tamis::pipeline::{Options, Outcome};

fn agree(world: &World, events: &[Node], seed: u64) -> Result<(), TestCaseError> {
    let library = common::library(&world.files());
    let plan = common::plan(&library, "firm", &[], world.purpose);
    let events: Vec<Value> = events.iter().map(|node| node.event(&|n| n)).collect();
    // Every second event comes with blanks and escapes.
    let text = |(number, event): (usize, &Value)| if number % 2 == 0 { event.to_string() } else { strewn(event, seed) };
    let ran = common::filter(&plan, &common::ndjson(events.iter().enumerate().map(text)), Options::default());
    let reference = Reference::new(world, plan.epoch);
    prop_assert_eq!(ran.outcomes.len(), events.len());
    for ((event, outcome), line) in events.iter().zip(&ran.outcomes).zip(ran.by_event()) {
        match reference.fate(event) {
            Fate::Suppressed => prop_assert_eq!(*outcome, Outcome::Suppressed, "{}", event),
            Fate::Passes(left) => {
                prop_assert_eq!(*outcome, Outcome::Passed, "{}", event);
                let line: Value =
                    serde_json::from_slice(line.unwrap()).map_err(|e| TestCaseError::fail(e.to_string()))?;
                prop_assert_eq!(spelled(&line), spelled(&left), "{}", event);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(common::cases(300))]

    #[test]
    fn the_engine_agrees_with_the_reference(world in world(Repertoire::Followed), events in vec(event(), 1..7), seed in any::<u64>()) {
        agree(&world, &events, seed)?;
    }
}
