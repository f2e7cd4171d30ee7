//! Limits, and why an event is refused.

use std::fmt;

/// Bounds on one event. Values above what positions and stacks can hold are lowered silently: `bytes` to 1 GiB,
/// `depth` to [`Limits::DEPTH_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of an event. Default: 1 MiB.
    pub bytes: usize,
    /// Most containers around a value, each inner document counted afresh. Default: 64.
    pub depth: u16,
    /// Most members and elements of an event, containers and inner documents included. Default: 10 000.
    pub leaves: u32,
    /// Most documents within documents. Default: 3.
    pub inside_depth: u8,
}

impl Limits {
    /// The deepest nesting that can be asked for.
    pub const DEPTH_MAX: u16 = 1024;
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 1 << 20, depth: 64, leaves: 10_000, inside_depth: 3 }
    }
}

/// Why an event is refused. `at` is the position, in bytes from the start of the event, near which it was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reject {
    /// The bytes break the grammar of JSON (RFC 8259).
    Syntax {
        /// Where.
        at: u32,
    },
    /// The event ends within a value, or is empty.
    Truncated,
    /// Something stands behind the event's value.
    TrailingBytes {
        /// Where.
        at: u32,
    },
    /// The bytes are not UTF-8.
    Utf8,
    /// More bytes than [`Limits::bytes`].
    TooLong,
    /// Deeper than [`Limits::depth`].
    TooDeep {
        /// Where.
        at: u32,
    },
    /// More members and elements than [`Limits::leaves`].
    TooManyFields,
    /// An object has two members of one name (after unescaping, letter for letter) to which a pattern leads: it is
    /// classified, marked, decides which element is chosen, or is on the way to such a one. Readers would disagree about
    /// which of the two counts. A wildcard leads to every name: below `a.*.id` any name twice in `a` is refused, also
    /// where nothing classified stands in either of the two, because another reader may see in one what is in the other.
    /// Names to which no pattern leads may come as often as they like: they are dropped, each of them.
    DuplicateKey {
        /// Where.
        at: u32,
    },
}

impl Reject {
    /// A stable name for metrics and the ledger.
    pub fn code(&self) -> &'static str {
        match self {
            Reject::Syntax { .. } => "syntax",
            Reject::Truncated => "truncated",
            Reject::TrailingBytes { .. } => "trailing-bytes",
            Reject::Utf8 => "utf8",
            Reject::TooLong => "too-long",
            Reject::TooDeep { .. } => "too-deep",
            Reject::TooManyFields => "too-many-fields",
            Reject::DuplicateKey { .. } => "duplicate-key",
        }
    }

    /// Where it was noticed, if that is known.
    pub fn at(&self) -> Option<u32> {
        match *self {
            Reject::Syntax { at }
            | Reject::TrailingBytes { at }
            | Reject::TooDeep { at }
            | Reject::DuplicateKey { at } => Some(at),
            _ => None,
        }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reject::Syntax { .. } => "the event is not JSON",
            Reject::Truncated => "the event ends within a value",
            Reject::TrailingBytes { .. } => "something stands behind the event",
            Reject::Utf8 => "the event is not UTF-8",
            Reject::TooLong => "the event is longer than the limit",
            Reject::TooDeep { .. } => "the event is nested deeper than the limit",
            Reject::TooManyFields => "the event has more fields than the limit",
            Reject::DuplicateKey { .. } => "an object names one field twice",
        })?;
        self.at().map_or(Ok(()), |at| write!(f, " (byte {at})"))
    }
}

impl std::error::Error for Reject {}
