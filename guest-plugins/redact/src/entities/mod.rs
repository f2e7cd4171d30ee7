//! What can be found: one table, one file per family.
//!
//! An entity says at which *anchors* it is asked and answers with spans. To add one: write its [`Entity`] in a file of
//! its family with a source, examples and counter-examples, and name it in [`ALL`]. The tests of the table then hold
//! it to its own examples.

mod card;
mod email;
mod iban;
mod ipv4;
mod ipv6;
mod jwt;
mod mac;
mod password;
mod phone;
mod phone_plan;
mod private_key;
mod ssn;
mod tld;
mod url_credentials;

use crate::chain::Chain;
use crate::classes::{BLOCK, Classifier, Masks};
use crate::types::Confidence;

/// All built-in entities. Their order is the number that findings carry, so new ones come last within a release line.
/// Of those made of digits, one that proves itself comes before one that does not.
pub(crate) static ALL: &[&Entity] = &[
    &email::EMAIL,
    &card::CARD,
    &iban::IBAN,
    &ipv4::IPV4,
    &ipv6::IPV6,
    &mac::MAC,
    &ssn::US_SSN,
    &phone::PHONE,
    &url_credentials::URL_CREDENTIALS,
    &jwt::JWT,
    &private_key::PRIVATE_KEY,
    &password::PASSWORD,
];

/// One thing that can be found.
pub(crate) struct Entity {
    /// Dotted name.
    pub(crate) name: &'static str,
    /// Sets it belongs to.
    pub(crate) sets: &'static [&'static str],
    /// What a person calls it.
    pub(crate) title: &'static str,
    /// The standard or register that says what it looks like.
    pub(crate) source: &'static str,
    /// Words that make a weak finding likely; see [`Keywords::new`](crate::context::Keywords::new).
    pub(crate) keywords: &'static [&'static str],
    /// Words right before a finding that make it weak, unless it is certain.
    pub(crate) against: &'static [&'static str],
    /// Texts it is asked at.
    pub(crate) anchors: &'static [Anchor],
    /// Totals of digits a chain must be able to give; bit `n` for `n` digits. Only for [`Anchor::Digits`].
    pub(crate) digits: u64,
    /// As sure as its own evidence ever makes it.
    pub(crate) surest: Confidence,
    /// Values that are found when they stand alone, at least as likely.
    pub(crate) examples: &'static [&'static str],
    /// Texts in which nothing likely is found.
    pub(crate) counter_examples: &'static [&'static str],
    /// Answers with spans around `site.at`.
    pub(crate) find: fn(&Site<'_>, &mut Vec<Hit>),
}

/// Where an entity may be. `at` is the byte named here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Anchor {
    /// `@`, or the `%` of `%40`.
    At,
    /// The first digit of a chain that no letter precedes.
    Digits,
    /// The first of a run of digits that two letters precede.
    CountryDigits,
    /// The colon of `://`.
    Scheme,
    /// The first colon of a run of hexadecimal digits, colons and dots.
    HexRun,
    /// The third hyphen or the second dot that are as far apart as in a hardware address.
    HexGroups,
    /// `:` or `=` behind a name.
    Assignment,
    /// The second hyphen of `--`.
    Flag,
    /// The `J` of `eyJ`.
    Jot,
}

/// How many kinds of anchors there are.
pub(crate) const ANCHORS: usize = 9;

/// What an entity may look at.
pub(crate) struct Site<'a> {
    /// The row.
    pub(crate) text: &'a [u8],
    /// The anchor's byte.
    pub(crate) at: usize,
    /// What the pass over the bytes saw around it. Only for an `@`; even then it may see nothing.
    pub(crate) around: Around,
    /// The digits from here on. Only for [`Anchor::Digits`].
    pub(crate) chain: &'a Chain,
    /// The run around `at`. Only for [`Anchor::HexRun`].
    pub(crate) run: (usize, usize),
    /// Whether a word runs into the run.
    pub(crate) attached: bool,
    /// Spans of this row that stronger entities took; the last ones.
    pub(crate) claims: &'a [(usize, usize)],
}

/// What surrounds a byte: ASCII letters, digits, hyphens and dots, as far as 64 bytes to either side are there. Rows are not
/// told apart.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Around {
    /// The bytes in front of it; the highest bit is the nearest.
    pub(crate) before: u64,
    /// The bytes behind it; the lowest bit is the nearest.
    pub(crate) behind: u64,
    /// Hyphens and dots among those behind it.
    pub(crate) joints: u64,
}

impl Around {
    /// Around the byte at `at`.
    #[inline]
    pub(crate) fn of(classes: &Classifier, bytes: &[u8], at: usize) -> Self {
        let usual = |block: &[u8; BLOCK]| {
            let (Masks { digit, letter, .. }, joints) = (classes.masks(block), classes.joints(block));
            (digit | letter | joints, joints)
        };
        let before = bytes.get(..at).and_then(<[u8]>::last_chunk).map_or(0, |block| usual(block).0);
        let (behind, joints) = bytes.get(at + 1..).and_then(<[u8]>::first_chunk).map_or((0, 0), usual);
        Around { before, behind, joints }
    }
}

impl Site<'_> {
    /// Whether a stronger entity already took a part of this span.
    pub(crate) fn claimed(&self, start: usize, end: usize) -> bool {
        self.claims.iter().rev().take(8).any(|&(from, to)| from < end && start < to)
    }
}

/// A span that an entity answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) confidence: Confidence,
}

impl Hit {
    pub(crate) fn new(start: usize, end: usize, confidence: Confidence) -> Self {
        Hit { start, end, confidence }
    }
}

/// Bits for these totals of digits.
const fn totals(first: u32, last: u32) -> u64 {
    let mut bits = 0;
    let mut n = first;
    while n <= last {
        bits |= 1 << n;
        n += 1;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{found, likely};

    /// A threshold that an entity never reaches leaves it out: so it must never be surer than it says.
    #[test]
    fn no_entity_is_surer_than_it_says() {
        for entity in ALL {
            let words = ["", "call ", "mac ", "ssn: ", "ip=", "telephone +", "to "];
            for example in entity.examples.iter().flat_map(|example| words.map(|word| format!("{word}{example}"))) {
                for finding in found(entity.name, "possible", &[], &example) {
                    assert!(finding.confidence <= entity.surest as u32, "{}: {example}", entity.name);
                }
            }
        }
    }

    #[test]
    fn every_entity_finds_its_examples_and_nothing_in_its_counter_examples() {
        for entity in ALL {
            assert!(!entity.examples.is_empty() && !entity.counter_examples.is_empty(), "{}", entity.name);
            assert!(!entity.source.is_empty() && !entity.title.is_empty());
            for example in entity.examples {
                let here = likely(entity.name, example);
                assert!(!here.is_empty(), "{} does not find {example:?}", entity.name);
                let sentence = format!("Über {example} steht hier ü");
                let there = likely(entity.name, &sentence);
                assert_eq!(here.len(), there.len(), "{} in a sentence: {sentence:?}", entity.name);
                for (a, b) in here.iter().zip(&there) {
                    let text = |f: &crate::Finding, of: &str| of[f.start as usize..f.end as usize].to_owned();
                    assert_eq!(text(a, example), text(b, &sentence), "{}", entity.name);
                }
            }
            for counter in entity.counter_examples {
                assert_eq!(likely(entity.name, counter), [], "{} finds something in {counter:?}", entity.name);
            }
        }
    }

    #[test]
    fn names_are_unique_and_say_their_set() {
        for (number, entity) in ALL.iter().enumerate() {
            assert!(ALL.iter().skip(number + 1).all(|other| other.name != entity.name));
            assert!(entity.name.split('.').count() >= 2 && !entity.sets.is_empty(), "{}", entity.name);
            assert!(entity.anchors.contains(&Anchor::Digits) == (entity.digits != 0), "{}", entity.name);
            assert!(entity.anchors.iter().all(|&anchor| (anchor as usize) < ANCHORS));
        }
    }

    #[test]
    fn an_entity_that_is_off_finds_nothing() {
        assert_eq!(found("payment.iban", "possible", &[], "anna@example.com 4111 1111 1111 1111 192.0.2.1"), []);
    }
}
