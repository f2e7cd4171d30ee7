//! Bytes of one event in, tokens out. This room knows paths, grammar and positions; it knows no policy.
//!
//! - [`Pattern`]: which places of an event are meant. [`AutomatonBuilder`] compiles many of them into one
//!   [`Automaton`].
//! - [`Scanner`]: one pass over an event, validating every byte, classifying every leaf: [`Token`]s.
//! - [`Docs`]: documents inside strings (JSON, key=value, URL, query, lines) and the way back from positions in their
//!   decoded text to bytes of the event.
//! - [`Occurrence`]: every value and key of one event, and where each is in what was made of it: for explanations.
//! - [`Column`], [`Finding`], [`Edits`]: what crosses the border to plugins.
//!
//! INVARIANT (no tree): nothing that a filter needs allocates per event once buffers are warm.
//! INVARIANT (whole event): a scan that succeeds has validated grammar and UTF-8 of every byte, dropped ones included.
//! INVARIANT (silence): errors and counters carry no byte of an event, only positions and patterns.

mod automaton;
mod column;
mod escape;
pub mod frame;
mod inside;
mod occurrence;
mod path;
mod scan;
mod seen;

pub use automaton::{Automaton, AutomatonBuilder, Label, Place, SlotId, TooLarge};
pub use column::{Column, ColumnBuf, Edit, Edits, Finding};
pub use escape::{escape_into, unescape_into};
pub use inside::{
    Form, Hole, HoleKind, InsideSpec, Line, LineSet, Piece, Template, TemplateError, TemplateProblem, Weave,
};
pub use occurrence::{Fate, Occurrence, Occurs, Step, align, occurrences};
pub use path::{Pattern, PatternError, PatternProblem, Rank, SEGMENTS_MAX, Segment};
pub use scan::{Docs, Framed, Kind, Level, Limits, Passed, PassedKind, Patch, Reject, Scanned, Scanner, Token, flags};
pub(crate) use seen::{Seen, required};
