//! Which pairs of neighbouring bytes occur in a text: tells in one pass what many literals are not in it.

/// Pairs that are asked for, at most, for one pattern.
const PAIRS_MAX: usize = 6;

/// The pairs of a text, letters of ASCII without their case; several pairs share a place.
pub(crate) struct Seen([bool; PLACES]);

const PLACES: usize = 1024;

impl Seen {
    /// The pairs of a text.
    pub(crate) fn of(text: &[u8]) -> Seen {
        let mut seen = Seen([false; PLACES]);
        text.windows(2).for_each(|pair| seen.0[usize::from(place(pair[0], pair[1]))] = true);
        seen
    }

    /// Whether all that a pattern requires may be there. `false` is certain.
    #[inline]
    pub(crate) fn may_hold(&self, required: &[u16]) -> bool {
        required.iter().all(|place| self.0[usize::from(*place) % PLACES])
    }
}

/// Pairs out of the longest of some literals, spread over them: a text with all of the literals has all of the pairs.
pub(crate) fn required<'a>(literals: impl Iterator<Item = &'a [u8]>) -> Vec<u16> {
    let mut literals: Vec<&[u8]> = literals.filter(|literal| literal.len() > 1).collect();
    literals.sort_by_key(|literal| std::cmp::Reverse(literal.len()));
    let pairs = literals.iter().flat_map(|literal| {
        let step = (literal.len() / 3).max(1);
        literal.windows(2).step_by(step).map(|pair| place(pair[0], pair[1]))
    });
    pairs.take(PAIRS_MAX).collect()
}

fn place(one: u8, other: u8) -> u16 {
    const CASES: u16 = 0x2020;
    let pair = u32::from(u16::from_le_bytes([one, other]) | CASES);
    (pair.wrapping_mul(0x9e37_79b1) >> 22) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_there_is_seen(before in "[a-c \\[{]{0,9}", literal in "[a-cA-C \\[{]{0,12}", after in "[a-c]{0,9}") {
            let text = format!("{before}{literal}{after}");
            let needed = required([literal.as_bytes()].into_iter());
            prop_assert!(Seen::of(text.as_bytes()).may_hold(&needed));
            prop_assert!(Seen::of(text.to_ascii_uppercase().as_bytes()).may_hold(&needed));
        }
    }

    #[test]
    fn most_of_what_is_not_there_is_missed() {
        let seen = Seen::of(b"Failed password for bob from 192.0.2.7 port 5022 ssh2");
        assert!(!seen.may_hold(&required([&b"Accepted publickey"[..]].into_iter())));
        assert!(seen.may_hold(&required([&b"password for"[..]].into_iter())));
    }
}
