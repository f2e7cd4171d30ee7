//! The order of forms: does one show nothing that another does not?

use super::document::Confidence;
use super::form::{End, Form, Found, Hide, Mask};

impl Form {
    /// Whether it shows nothing that `other` does not, whatever the value is. That is the order of the lattice, and more: a value that
    /// does not leave, or becomes a constant or a label, shows nothing however else it is treated. Numbers of plugins have to mean the
    /// same in both.
    pub fn shows_no_more_than(&self, other: &Form) -> bool {
        if !self.leaves() || !other.leaves() {
            return !self.leaves();
        }
        match (&self.end, &other.end) {
            (End::Replace(_), _) => return true,
            (_, End::Replace(_)) => return false,
            _ => {}
        }
        if self.hide.whole.is_some() || other.hide.whole.is_some() {
            return self.hide.whole.is_some();
        }
        let coarser = match (self.rung(), other.rung()) {
            (Ok(Some(mine)), Ok(Some(theirs))) => mine.clone().join(theirs).is_some_and(|both| both == mine),
            (_, Ok(None)) => true,
            _ => false,
        };
        // Of what is no text a code that keeps the shape is null: it tells no two values apart.
        let codes = self.code >= other.code && self.preserve >= other.preserve;
        coarser && codes && self.rewrite.is_superset(&other.rewrite) && self.hide.covers(&other.hide)
    }
}

impl Hide {
    /// Whether everything that `other` hides is hidden.
    fn covers(&self, other: &Hide) -> bool {
        let found = other.found.iter().all(|theirs| {
            let alike = |mine: &&Found| mine.hides_where(theirs);
            let sought: Vec<_> = self.found.iter().filter(alike).flat_map(|mine| &mine.find).collect();
            theirs.find.iter().all(|name| sought.contains(&name))
        });
        let masks = other.mask.iter().all(|theirs| self.mask.iter().any(|mine| mine.shows_within(theirs)));
        let cut = other.text.is_none_or(|theirs| self.text.is_some_and(|mine| mine <= theirs));
        found && masks && cut && self.plugins.is_superset(&other.plugins)
    }
}

impl Found {
    /// Whether it hides a finding of a name wherever `other`, which looks for the name as well, does.
    fn hides_where(&self, other: &Found) -> bool {
        let threshold = |found: &Found| found.threshold as u8;
        let keeps = self.keep.iter().all(|(entity, part)| other.keep.get(entity) == Some(part));
        threshold(self) <= threshold(other)
            && self.except.iter().all(|except| other.except.contains(except))
            && (!self.except_examples || other.except_examples)
            && keeps
    }
}

impl Mask {
    /// Whether it shows nothing that `other` does not.
    fn shows_within(&self, other: &Mask) -> bool {
        match (self, other) {
            (Mask::Ends { first, last }, Mask::Ends { first: more, last: most }) => first <= more && last <= most,
            _ => self == other,
        }
    }
}

/// Numbers say it: a lower threshold hides more.
const _: () = assert!((Confidence::Possible as u8) < Confidence::Likely as u8);

#[cfg(test)]
mod tests {
    use super::super::document::{TimeUnit, UrlRung, Verb};
    use super::*;
    use proptest::prelude::*;

    fn verb() -> impl Strategy<Value = Verb> {
        let found = (prop::sample::select(vec!["personal", "secret"]), prop::bool::ANY, prop::bool::ANY);
        prop_oneof![
            Just(Verb::Keep),
            Just(Verb::Drop),
            Just(Verb::Forbid),
            Just(Verb::Replace { with: "0".into() }),
            Just(Verb::Redact { label: None, fixed: None }),
            found.prop_map(|(set, sure, examples)| Verb::RedactFound {
                find: vec![set.into()],
                threshold: if sure { Confidence::Certain } else { Confidence::Possible },
                except: Vec::new(),
                except_examples: examples,
                keep: Default::default(),
                label: None,
            }),
            (0u16..3, 0u16..3).prop_map(|(first, last)| Verb::MaskEnds { first, last }),
            (1u32..4).prop_map(|text| Verb::TruncateText { text }),
            prop::sample::select(vec![TimeUnit::Hour, TimeUnit::Day])
                .prop_map(|unit| Verb::GeneraliseTime { unit, zone: None }),
            Just(Verb::GeneraliseUrl { rung: UrlRung::Host }),
            (any::<bool>(), any::<bool>()).prop_map(|(escrow, preserve)| Verb::Pseudonymise { escrow, preserve }),
            any::<bool>().prop_map(|preserve| Verb::Tokenise { preserve }),
        ]
    }

    fn form() -> impl Strategy<Value = Form> {
        prop::collection::vec(verb(), 0..4)
            .prop_map(|verbs| verbs.iter().map(Form::of).fold(Form::default(), Form::join))
    }

    proptest! {
        #[test]
        fn what_joins_shows_no_more(a in form(), b in form()) {
            let both = a.clone().join(b.clone());
            prop_assert!(both.shows_no_more_than(&a) && both.shows_no_more_than(&b) && a.shows_no_more_than(&a));
        }

        #[test]
        fn it_is_an_order(a in form(), b in form(), c in form()) {
            if a.shows_no_more_than(&b) && b.shows_no_more_than(&c) {
                prop_assert!(a.shows_no_more_than(&c));
            }
            // Whoever shows no more than two shows no more than both do together; but where their rungs do not go together, and so
            // nothing leaves, a constant or label of the policy may.
            let both = b.clone().join(c.clone());
            if both.rung().is_ok() && a.shows_no_more_than(&b) && a.shows_no_more_than(&c) {
                prop_assert!(a.shows_no_more_than(&both));
            }
        }
    }

    #[test]
    fn less_shows_more() {
        let hour = Form::of(&Verb::GeneraliseTime { unit: TimeUnit::Hour, zone: None });
        let day = Form::of(&Verb::GeneraliseTime { unit: TimeUnit::Day, zone: None });
        let code = Form::of(&Verb::Pseudonymise { escrow: true, preserve: false });
        assert!(day.shows_no_more_than(&hour) && !hour.shows_no_more_than(&day));
        // A code of the whole value tells equal times apart that an hour does not.
        assert!(!code.shows_no_more_than(&hour) && !hour.shows_no_more_than(&code));
        assert!(!Form::default().shows_no_more_than(&code) && code.shows_no_more_than(&Form::default()));
        let shaped = Form::of(&Verb::Pseudonymise { escrow: true, preserve: true });
        assert!(shaped.shows_no_more_than(&code) && !code.shows_no_more_than(&shaped));
    }
}
