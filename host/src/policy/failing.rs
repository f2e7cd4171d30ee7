//! The failure rule: what becomes of values that no step could treat. Layers join to the strictest.

use super::document::{FailureRule, OnFailure};
use super::plan::RuleId;
use super::vocabulary::family_has;

/// What the layers together say about a category, and the rules that say it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Failing {
    /// What becomes of a value.
    pub what: OnFailure,
    /// The rules behind it, ascending; empty where no layer says anything.
    pub rules: Vec<RuleId>,
}

impl Failing {
    /// The stricter of both.
    #[must_use]
    pub fn join(self, other: &Self) -> Self {
        if self.what != other.what {
            return if self.what > other.what { self } else { other.clone() };
        }
        let mut rules = self.rules;
        rules.extend(&other.rules);
        rules.sort_unstable();
        rules.dedup();
        Self { what: self.what, rules }
    }
}

impl FailureRule {
    /// What this layer alone says about a category: the most specific row, else `otherwise`.
    pub(super) fn of(&self, category: &str) -> Option<&OnFailure> {
        let fits = self.rows.iter().filter(|(pattern, _)| family_has(pattern, category));
        // The category itself is more specific than its families, a longer family than a shorter one.
        let row = fits.max_by_key(|(pattern, _)| (!pattern.ends_with('*'), pattern.len()));
        row.map(|(_, what)| what).or(self.otherwise.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn failing() -> impl Strategy<Value = Failing> {
        let what = prop_oneof![
            Just(OnFailure::Null),
            "[ab]".prop_map(OnFailure::Replace),
            Just(OnFailure::Drop),
            Just(OnFailure::Quarantine),
            Just(OnFailure::Stop),
        ];
        (what, 0u16..4).prop_map(|(what, rule)| Failing { what, rules: vec![RuleId(rule)] })
    }

    proptest! {
        #[test]
        fn layers_join_in_any_order_and_only_tighten(a in failing(), b in failing(), c in failing()) {
            let join = |a: &Failing, b: &Failing| a.clone().join(b);
            prop_assert_eq!(join(&a, &b), join(&b, &a));
            prop_assert_eq!(join(&join(&a, &b), &c), join(&a, &join(&b, &c)));
            prop_assert_eq!(join(&a, &a), a.clone());
            prop_assert!(join(&a, &b).what >= a.what);
        }
    }
}
