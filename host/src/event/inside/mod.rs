//! Documents inside strings.

mod hole;
mod lines;
mod pairs;
mod template;
mod url;
mod weave;

use std::sync::Arc;

use super::automaton::Label;
pub(super) use lines::{Fillings, Known as KnownLines};
pub use lines::{Line, LineSet};
pub(super) use pairs::{Name, Part, key_values, query};
pub(super) use template::Filled;
pub use template::{Hole, HoleKind, Template, TemplateError, TemplateProblem};
pub(super) use url::url;
pub(super) use weave::Frame;
pub use weave::{Piece, Weave};

/// How the text inside a string is written.
#[derive(Clone, Debug)]
pub enum Form {
    /// A JSON object or array. A bare value is no document.
    Json,
    /// Pairs `key=value`, `key="quoted"`, `key='quoted'`, split at blanks and commas. What is no pair is dropped.
    KeyValue,
    /// A URL: the parts `scheme`, `user`, `host`, `port`, `path`, `query.KEY` and `fragment`.
    Url,
    /// Pairs `KEY=value` joined by `&`, percent-encoded.
    Query,
    /// A line that fits one of the templates: a part for each hole.
    Lines(Arc<LineSet>),
}

/// What a string holds, given for a path.
#[derive(Clone, Debug)]
pub struct InsideSpec {
    /// How it is written.
    pub form: Form,
    /// Whether the document's fields are named as from the top of the event; otherwise below the string's path.
    pub at_root: bool,
    /// What the string is when it does not hold such a document. Empty: nobody's, so it is dropped.
    pub otherwise: Vec<Label>,
}
