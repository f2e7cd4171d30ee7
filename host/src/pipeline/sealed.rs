//! Words of sealed lists leave nowhere in clear.
//!
//! Rules say what a listed word withholds where a list looks. Elsewhere (an action, a region, a field that somebody classified
//! wrongly) the word itself must not leave either: a value or key in which one stands as it would leave is held back, with or
//! without a guard. The event stays: who may write into such a field must not be able to withhold it. Plans without sealed
//! words ask for nothing of this.

use crate::event::{Kind, Scanned};
use crate::policy::glob::WordList;
use crate::policy::{Table, Verdict};

use super::assemble::Place;
use super::guard::Row;

/// What is held back in a batch.
#[derive(Debug, Default)]
pub(super) struct Sealed {
    /// Values and keys that would leave whole.
    pub(super) rows: Vec<Row>,
    /// Memory for one value.
    pub(super) value: Vec<u8>,
}

/// Tokens of an event that a table keeps, by number, in which a word of a sealed list stands: in the value, or in the key.
pub(super) fn tokens(scanned: &Scanned<'_>, place: &Place<'_>, table: &Table, words: &WordList) -> Vec<u32> {
    let (mut found, mut value) = (Vec::new(), Vec::new());
    let is_kept = |slot: Option<usize>| {
        slot.and_then(|slot| table.actions.get(slot)).is_some_and(|action| action.verdict == Verdict::Keep)
    };
    for (number, token) in scanned.tokens.iter().enumerate() {
        if matches!(token.kind, Kind::Close | Kind::InnerClose) {
            continue;
        }
        let is_listed = is_kept(token.slot.index())
            && words.matches(scanned.docs.decoded(scanned.event, token, &mut value))
            || is_kept(token.key_slot.index())
                && words.matches(scanned.docs.decoded(scanned.event, &place.key_token(token), &mut value));
        if is_listed {
            found.push(number as u32);
        }
    }
    found
}
