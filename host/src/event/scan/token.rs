//! What a scan answers with.

use super::super::automaton::SlotId;
use super::docs::Docs;

/// What stands at a token's place.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A non-empty object begins; the range is its bracket. [`Kind::Close`] ends it.
    Object,
    /// A non-empty array begins; the range is its bracket. [`Kind::Close`] ends it.
    Array,
    /// The last object or array that is open ends; the range is its bracket.
    Close,
    /// A string, or a value of a text form.
    String,
    /// A number, as written.
    Number,
    /// `true`.
    True,
    /// `false`.
    False,
    /// `null`.
    Null,
    /// `{}`: a leaf.
    EmptyObject,
    /// `[]`: a leaf.
    EmptyArray,
    /// A string that holds a JSON document: the tokens up to [`Kind::InnerClose`] lie in it.
    JsonOpen,
    /// A string that holds a text form: the [`Kind::String`] tokens up to [`Kind::InnerClose`] lie in it.
    TextOpen,
    /// The last inner document that is open ends.
    InnerClose,
}

impl Kind {
    /// Whether it begins an object or array that is not empty.
    #[inline(always)]
    pub(super) fn opens(self) -> bool {
        matches!(self, Kind::Object | Kind::Array)
    }

    /// Whether it is a value that holds no other.
    #[inline(always)]
    pub(crate) fn is_leaf(self) -> bool {
        !matches!(self, Kind::Object | Kind::Array | Kind::JsonOpen | Kind::TextOpen | Kind::Close | Kind::InnerClose)
    }

    /// The kind of a valid number or literal that begins with `byte`.
    #[inline(always)]
    pub(super) fn of_scalar(byte: u8) -> Kind {
        match byte {
            b't' => Kind::True,
            b'f' => Kind::False,
            b'n' => Kind::Null,
            _ => Kind::Number,
        }
    }
}

/// Bits of [`Token::flags`].
pub mod flags {
    /// The value is written with escapes (JSON) or percent codes (URL, query): decoding changes it.
    pub const ESCAPED: u8 = 1;
    /// The member's key was matched by a wildcard only: without a classification of its own it must not leave.
    pub const KEY_WILD: u8 = 4;
    /// A value of a text form that stands between quotes. The range of a key=value value includes them.
    pub const QUOTED: u8 = 8;
    /// Where the number of a URL's part stands, 1 for the scheme to 7 for the fragment.
    pub(crate) const PART_SHIFT: u8 = 4;

    /// The number of the URL part that a token is; 0 for tokens that are none.
    pub(crate) fn part(flags: u8) -> u8 {
        flags >> PART_SHIFT & 7
    }
}

/// One place of the event where something is to be done, in the order of the bytes.
///
/// Positions count bytes from the start of the document the token lies in: the event for `doc` 0, otherwise the
/// decoded text of inner document `doc`. The tokens [`Kind::JsonOpen`], [`Kind::TextOpen`] and [`Kind::InnerClose`]
/// carry the number of the document they open or close, while their positions lie in its parent.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// See [`flags`].
    pub flags: u8,
    /// 0 for the event itself, `n` for inner document `n`.
    pub doc: u16,
    /// What the value is; [`SlotId::NONE`] for containers, and for parts of a text form that nobody classified.
    pub slot: SlotId,
    /// What the key is; [`SlotId::NONE`] when it is not classified.
    pub key_slot: SlotId,
    /// Where the member begins: the opening quote of its key, or `start` where there is no key. In a text form: where
    /// the part begins that goes when the value goes.
    pub pair: u32,
    /// First byte of the value; strings include their quotes.
    pub start: u32,
    /// Byte behind the value.
    pub end: u32,
}

impl Token {
    /// 32-bit words of a token; the order is that of the fields, kind, flags and document in the first.
    pub const WORDS: usize = 6;
    /// Which of them is [`Token::pair`]; `start` and `end` follow.
    pub const PAIR: usize = 3;

    /// Tokens as the words they consist of.
    pub fn words(tokens: &[Token]) -> &[u32] {
        const { assert!(size_of::<Token>() == 4 * Token::WORDS && align_of::<Token>() == 4) };
        // SAFETY: a token is `repr(C)` and, by the assertion, has no padding: it is so many initialised words.
        unsafe { std::slice::from_raw_parts(tokens.as_ptr().cast(), tokens.len() * Token::WORDS) }
    }

    /// A token's first word.
    pub(super) fn head(kind: Kind, flags: u8, doc: u16) -> u32 {
        u32::from_ne_bytes([kind as u8, flags, 0, 0]) | Token::head_of(0, doc)
    }

    /// What flags and document are in a token's first word.
    #[inline(always)]
    pub(super) fn head_of(flags: u8, doc: u16) -> u32 {
        let [low, high] = doc.to_ne_bytes();
        u32::from_ne_bytes([0, flags, low, high])
    }

    /// A token's first word, with another kind.
    #[inline(always)]
    pub(super) fn with_kind(head: u32, kind: Kind) -> u32 {
        head & !u32::from_ne_bytes([0xff, 0, 0, 0]) | u32::from_ne_bytes([kind as u8, 0, 0, 0])
    }

    /// The token that consists of some words.
    ///
    /// # Safety
    /// The first must be a [`Token::head`].
    #[inline(always)]
    pub(super) unsafe fn of_words(words: [u32; Token::WORDS]) -> Token {
        // SAFETY: see `words`; the byte of the kind is valid by the caller's promise, every other bit pattern is.
        unsafe { std::mem::transmute(words) }
    }
}

/// What stands where something is classified and is no value of its own: what nothing leaves of may have no token, and lists look at
/// it all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// What a value there, or the key, is.
    pub slot: SlotId,
    /// The document it lies in, as for a token; for a text itself.
    pub doc: u16,
    /// What it is.
    pub what: PassedKind,
    /// Where the member begins, as for a token; for what was not read where its string begins.
    pub pair: u32,
    /// Its bracket; for a key where the value begins; for a text 0; for what was not read where its string ends.
    pub start: u32,
}

/// What is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassedKind {
    /// An object or array.
    Container,
    /// The key of the member that begins at `pair`.
    Key,
    /// A string that was looked inside, and would be a value of its own if there were nothing in it.
    Text,
    /// A string that should hold a document, does not, and is nobody's as a whole.
    Unread,
}

/// The answer to a scan. It borrows the scanner's buffers, which the next event reuses.
#[derive(Clone, Copy, Debug)]
pub struct Scanned<'s> {
    /// The event's bytes.
    pub event: &'s [u8],
    /// Leaves that are classified, and the containers around them; empty when nothing is.
    pub tokens: &'s [Token],
    /// The marks that were met, in any order, perhaps more than once.
    pub marks: &'s [u16],
    /// Containers that stand where values are classified, and classified keys, as they come.
    pub passed: &'s [Passed],
    /// The inner documents.
    pub docs: &'s Docs,
    /// The number of the event's shape, for this scanner and automaton; 0 if it has none. Events of one shape have the same tokens in
    /// the same order, and the same marks: only their positions, whether values have escapes, and which of the
    /// two truth values stands somewhere may differ.
    pub shape: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_small() {
        assert_eq!(size_of::<Token>(), 24);
    }
}
