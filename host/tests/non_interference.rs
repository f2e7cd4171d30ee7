//! LAW (non-interference): events that differ only in what the policy hides (dropped, redacted as a whole, replaced, coarser
//! than the difference) give the same bytes, the same outcomes and the same counts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use common::random::{Node, Repertoire, event, world};
use common::reference::Reference;
use proptest::collection::vec;
use proptest::prelude::*;
use tamis::pipeline::Options;

/// Leaves of an event whose value makes no difference to what the reference lets through, out of `asked`.
fn hidden(reference: &Reference, node: &Node, asked: &[bool]) -> BTreeSet<usize> {
    let fate = reference.fate(&node.event(&|n| n));
    let mut hidden = BTreeSet::new();
    for leaf in (0..node.leaves()).filter(|leaf| asked[leaf % asked.len()]) {
        let other = |n: usize| if n == leaf || hidden.contains(&n) { n + 400 } else { n };
        if reference.fate(&node.event(&other)) == fate {
            hidden.insert(leaf);
        }
    }
    hidden
}

proptest! {
    #![proptest_config(common::cases(250))]

    #[test]
    fn what_is_hidden_makes_no_difference(world in world(Repertoire::Followed), nodes in vec(event(), 1..5), asked in vec(any::<bool>(), 16)) {
        let library = common::library(&world.files());
        let plan = common::plan(&library, "firm", &[], world.purpose);
        let reference = Reference::new(&world, plan.epoch);
        let (mut one, mut other) = (Vec::new(), Vec::new());
        for node in &nodes {
            let hidden = hidden(&reference, node, &asked);
            one.push(node.event(&|n| n).to_string());
            other.push(node.event(&|n| if hidden.contains(&n) { n + 400 } else { n }).to_string());
        }
        let one = common::filter(&plan, &common::ndjson(one), Options::default());
        let other = common::filter(&plan, &common::ndjson(other), Options::default());
        prop_assert_eq!(String::from_utf8_lossy(&one.bytes), String::from_utf8_lossy(&other.bytes));
        prop_assert_eq!(&one.outcomes, &other.outcomes);
        prop_assert_eq!(&one.counts, &other.counts);
    }
}
