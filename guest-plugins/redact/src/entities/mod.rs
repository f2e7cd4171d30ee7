//! Entities that need code of their own, one file a family: such code says at which *anchors* it is asked and answers with
//! spans. What they are called, and their examples, stand with all others in `entities/*.toml`.

pub(crate) mod card;
pub(crate) mod coordinates;
pub(crate) mod crypto;
pub(crate) mod email;
pub(crate) mod iban;
pub(crate) mod ipv4;
pub(crate) mod ipv6;
pub(crate) mod jwt;
pub(crate) mod mac;
pub(crate) mod password;
mod password_names;
pub(crate) mod password_told;
pub(crate) mod person;
pub(crate) mod phone;
mod phone_plan;
pub(crate) mod private_key;
pub(crate) mod sid;
pub(crate) mod ssn;
pub(crate) mod telegram;
mod tld;
pub(crate) mod url_credentials;

use std::cell::Cell;

use crate::chain::Chain;
use crate::classes::{BLOCK, Classifier, Masks};
use crate::types::Confidence;

/// How code of its own finds an entity.
pub(crate) struct Finder {
    /// Texts it is asked at.
    pub(crate) anchors: &'static [Anchor],
    /// Totals of digits a chain must be able to give; bit `n` for `n` digits. Only for [`Anchor::Digits`].
    pub(crate) digits: u64,
    /// As sure as its own evidence ever makes it.
    pub(crate) surest: Confidence,
    /// Answers with spans around `site.at`.
    pub(crate) find: fn(&Site<'_>, &mut Vec<Hit>),
}

impl std::fmt::Debug for Finder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Finder").field("anchors", &self.anchors).finish_non_exhaustive()
    }
}

/// Where an entity may be. `at` is the byte named here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Anchor {
    /// `@`.
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
    /// A 0, 1 or 3 that begins a long word.
    Wallet,
    /// A capital that begins a word, behind a word that tells a name or a password.
    Told,
    /// `/`, `\` or `_` behind a folder that holds those of people.
    Folder,
    /// The `w` of `password` and its like.
    Password,
    /// The beginning of a row of a field whose path says what all of it is.
    Row,
}

/// How many kinds of anchors there are.
pub(crate) const ANCHORS: usize = 14;

/// What the path of a field says that all of a row is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Field {
    /// Whom it names.
    pub(crate) people: Option<person::People>,
    pub(crate) password: bool,
}

impl Field {
    /// Of a path that has these words in lower case.
    pub(crate) fn of(hints: &[String]) -> Self {
        Field { people: person::People::of(hints), password: password_told::is_named(hints) }
    }
}

/// What an entity may look at.
pub(crate) struct Site<'a> {
    /// The row.
    pub(crate) text: &'a [u8],
    pub(crate) anchor: Anchor,
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
    /// Bytes of values that were read in this row.
    pub(crate) read: &'a Cell<usize>,
    pub(crate) field: Field,
    /// Spans of this row that were found before; the last ones.
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
    /// Whether all of this span is found already. A part says nothing: the rest would stay.
    pub(crate) fn claimed(&self, start: usize, end: usize) -> bool {
        self.claims.iter().rev().take(8).any(|&(from, to)| from <= start && end <= to)
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
