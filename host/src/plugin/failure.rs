//! Why a call of a plugin failed: stable codes, never text from the guest.

use std::fmt;

/// Why a call of a plugin failed. The policy's failure rule decides what becomes of the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The guest trapped (`unreachable`, a division by zero, an access out of bounds, …).
    Trap,
    /// The guest ran longer than its deadline.
    Deadline,
    /// The guest asked for more memory than it may have, and gave up.
    Memory,
    /// The guest overflowed its stack.
    Stack,
    /// The guest answered with an error of its own.
    Refused(GuestCode),
    /// The guest answered nonsense.
    BadAnswer(Nonsense),
    /// No instance could be made and configured. Independent of the events.
    Instantiate,
    /// The step is not called at the moment, because batch after batch failed for reasons of its own.
    /// The only failure that an event can owe to others.
    CircuitOpen,
    /// The columns handed over do not hang together. A mistake of the host.
    BadBatch,
}

/// An error that a guest may answer with: the numbers of `tamis:plugin`'s `failure`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GuestCode {
    /// The settings, valid by the plugin's own schema, do not suit it.
    SettingsRejected,
    /// A column's field is none of those in the settings.
    UnsupportedField,
    /// A limit of the plugin's own was exceeded.
    LimitExceeded,
    /// Anything else.
    Internal,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nonsense {
    /// A column that was not handed over.
    Column,
    /// A row that its column does not have.
    Row,
    /// A span that ends before it starts, or after its row.
    Span,
    /// A span or replacement that cuts a character.
    Boundary,
    /// An entity that `describe` did not declare.
    Entity,
    /// A confidence other than 1, 2 or 3.
    Confidence,
    /// More findings than a row may have.
    TooMany,
    /// Edits that are not sorted, or overlap.
    Order,
    /// A replacement outside the text that was handed over with it.
    TextRange,
    /// Text that is not UTF-8.
    Utf8,
    /// A row that would grow beyond its limit.
    Growth,
    /// A list of findings or edits whose numbers do not come in sixes.
    Numbers,
    /// A list of failed rows that is no list of pairs.
    FailedRows,
    /// An answer that cannot be read at all: pointers outside memory, unknown cases, more bytes than may be read.
    Shape,
}

impl Failure {
    /// A stable code for metrics, ledger and explanation.
    ///
    /// ```
    /// use tamis::plugin::{Failure, Nonsense};
    /// assert_eq!(Failure::BadAnswer(Nonsense::Row).code(), "answer.row");
    /// ```
    pub const fn code(self) -> &'static str {
        match self {
            Failure::Trap => "trap",
            Failure::Deadline => "deadline",
            Failure::Memory => "memory",
            Failure::Stack => "stack",
            Failure::Refused(GuestCode::SettingsRejected) => "refused.settings-rejected",
            Failure::Refused(GuestCode::UnsupportedField) => "refused.unsupported-field",
            Failure::Refused(GuestCode::LimitExceeded) => "refused.limit-exceeded",
            Failure::Refused(GuestCode::Internal) => "refused.internal",
            Failure::BadAnswer(what) => what.code(),
            Failure::Instantiate => "instantiate",
            Failure::CircuitOpen => "circuit-open",
            Failure::BadBatch => "bad-batch",
        }
    }

    /// True for a failure that no event can have caused.
    pub const fn is_own(self) -> bool {
        matches!(self, Failure::Instantiate | Failure::CircuitOpen)
    }
}

impl Nonsense {
    const fn code(self) -> &'static str {
        match self {
            Nonsense::Column => "answer.column",
            Nonsense::Row => "answer.row",
            Nonsense::Span => "answer.span",
            Nonsense::Boundary => "answer.boundary",
            Nonsense::Entity => "answer.entity",
            Nonsense::Confidence => "answer.confidence",
            Nonsense::TooMany => "answer.too-many",
            Nonsense::Order => "answer.order",
            Nonsense::TextRange => "answer.text-range",
            Nonsense::Utf8 => "answer.utf8",
            Nonsense::Growth => "answer.growth",
            Nonsense::Numbers => "answer.numbers",
            Nonsense::FailedRows => "answer.failed-rows",
            Nonsense::Shape => "answer.shape",
        }
    }
}

impl From<Nonsense> for Failure {
    fn from(what: Nonsense) -> Self {
        Failure::BadAnswer(what)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Failure {}
