//! What is wrong with a file: code, place, help. Never a value of an event.

use super::document::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The plan stands, and nothing has to be mended.
    Note,
    /// The plan stands.
    Warning,
    /// There is no plan.
    Error,
}

/// One problem.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Stable code, `P0101`. The first two digits name the topic: 00 TOML, 01 words and rules, 02 schema maps,
    /// 03 retention and constraints, 04 evidence and gates, 05 entities and lists.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One lower-case sentence; what the file says stands in backticks.
    pub message: String,
    /// Places; the first is the main one. The text stands beside the underline and may be empty.
    pub labels: Vec<(Span, String)>,
    /// How to mend it.
    pub help: Option<String>,
    /// What stands right in the main place, where there is only one thing that can be meant.
    pub fix: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &'static str, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            labels: vec![(span, label.into())],
            help: None,
            fix: None,
        }
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, span, label) }
    }

    /// Something to know about a place.
    pub fn note(code: &'static str, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::error(code, message, span, label) }
    }

    /// Adds a second place.
    #[must_use]
    pub fn and(mut self, span: Span, label: impl Into<String>) -> Self {
        self.labels.push((span, label.into()));
        self
    }

    /// Says how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
