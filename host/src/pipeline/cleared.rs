//! Values that leave as they are, and of which is known that they may: nothing is asked about them again. What values say of
//! actions, results and programs repeats in almost every event, and so does what becomes of times and addresses.
//!
//! Whether a value may leave depends on itself, on the plan (its sealed words, and whether it has a guard) and on what it is: the set
//! of its categories, or the treatment that it is the answer of. On nothing else: no value leaves because of what came before it.

use super::memory::{Kinds, Memory, Short};

/// Short values that are at hand: together they fit into the first of the processor's caches.
const AT_HAND: usize = 256;

/// As what a value leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaves {
    /// As it came, being of this set of categories.
    Whole(u16),
    /// As the answer of this treatment.
    Answer(u16),
}

/// What is known of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It may leave. Whether the detector looked at it: where the detector fails for its event, it counts as unseen like its neighbours.
    Cleared {
        /// It did.
        was_shown: bool,
    },
    /// Nothing. Under this digest it can be remembered.
    New(Option<u128>),
}

/// The values that may leave, by digests.
#[derive(Debug)]
pub(super) struct Cleared {
    /// `None`: without randomness nothing is remembered.
    memory: Option<Memory<bool>>,
    kinds: Kinds,
    /// Short ones of them, by as what they leave and of which plan, and whether the detector looked at them.
    at_hand: Short<(u32, u32), bool>,
    /// By number of what a value leaves as, and by plan.
    salts: [Vec<u128>; 2],
}

impl Cleared {
    pub(super) fn new() -> Self {
        let (memory, at_hand) = (Memory::new().ok(), Short::new(AT_HAND));
        Self { memory, kinds: Kinds::default(), at_hand, salts: Default::default() }
    }

    /// What is known of a value of an event of a plan.
    #[inline]
    pub(super) fn look_up(&mut self, plan: u32, leaves: Leaves, value: &[u8]) -> Standing {
        let kind = match leaves {
            Leaves::Whole(set) => 2 * usize::from(set),
            Leaves::Answer(treat) => 2 * usize::from(treat) + 1,
        };
        let Some(memory) = self.memory.as_ref().filter(|_| self.kinds.looks_up(kind)) else {
            return Standing::New(None);
        };
        let of = (kind as u32, plan);
        let place = self.at_hand.place(kind, value);
        if let Some(was_shown) = place.as_ref().and_then(|place| place.get(of, value)) {
            return Standing::Cleared { was_shown };
        }
        let [kinds, plans] = &mut self.salts;
        let salt = salt(memory, "leaves", kinds, kind) ^ salt(memory, "plan", plans, plan as usize);
        let digest = memory.of_value(value) ^ salt;
        match memory.get(digest) {
            Some(was_shown) => {
                place.into_iter().for_each(|place| place.put(of, value, was_shown));
                Standing::Cleared { was_shown }
            }
            None => {
                self.kinds.is_new(kind);
                Standing::New(Some(digest))
            }
        }
    }

    /// Remembers a value that may leave.
    #[inline]
    pub(super) fn put(&mut self, digest: Option<u128>, was_shown: bool) {
        if let Some((memory, digest)) = self.memory.as_mut().zip(digest) {
            memory.put(digest, was_shown);
        }
    }

    /// A batch ends.
    pub(super) fn end(&mut self) {
        self.kinds.end();
    }
}

#[inline]
fn salt(memory: &Memory<bool>, what: &str, known: &mut Vec<u128>, number: usize) -> u128 {
    while known.len() <= number {
        known.push(memory.of_parts(what, [&known.len().to_le_bytes()[..]]));
    }
    known[number]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_cleared_as_what_it_was_looked_at_and_for_its_plan() {
        let mut cleared = Cleared::new();
        let Standing::New(digest) = cleared.look_up(1, Leaves::Whole(3), b"ann") else { panic!("it is new") };
        cleared.put(digest, true);
        // Twice: by its digest, then at hand.
        for _ in 0..2 {
            assert_eq!(cleared.look_up(1, Leaves::Whole(3), b"ann"), Standing::Cleared { was_shown: true });
        }
        for (plan, leaves, value) in [
            (2, Leaves::Whole(3), "ann"),
            (1, Leaves::Whole(1), "ann"),
            (1, Leaves::Answer(3), "ann"),
            (3, Leaves::Whole(1), "ann"),
            (1, Leaves::Whole(3), "bob"),
        ] {
            let standing = cleared.look_up(plan, leaves, value.as_bytes());
            assert!(matches!(standing, Standing::New(Some(_))), "{plan} {leaves:?} {value}");
        }
    }
}
