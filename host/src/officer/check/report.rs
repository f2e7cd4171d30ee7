//! What was found, as JSON.

use serde_json::{Value, json};

use super::Checked;
use crate::policy::diagnostic::{Diagnostic, Severity};
use crate::policy::document::Span;
use crate::policy::syntax::Bundle;

/// What was found in one folder, and where that folder is.
#[derive(Debug)]
pub struct Reported<'a> {
    /// The folder as paths of its files begin, with a slash at the end; empty: the folder that the reader is in.
    pub folder: &'a str,
    /// What was found in it.
    pub checked: &'a Checked,
    /// Errors of files that nobody asked about: while they stand nothing flows.
    pub elsewhere: usize,
}

/// The word for a severity, as SARIF has it too.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// Problems of all folders, with the counts. Lines and columns count from one, columns in characters; an end is exclusive.
pub fn json(reports: &[Reported]) -> Value {
    let count = |severity| reports.iter().map(|report| report.checked.count(severity)).sum::<usize>();
    let problems: Vec<_> =
        reports.iter().flat_map(|report| report.checked.problems.iter().map(|p| problem(report, p))).collect();
    json!({
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "notes": count(Severity::Note),
        "errors-elsewhere": reports.iter().map(|report| report.elsewhere).sum::<usize>(),
        "problems": problems,
    })
}

fn problem(report: &Reported, problem: &Diagnostic) -> Value {
    let bundle = &report.checked.library.bundle;
    let place = |(span, label): &(Span, String)| {
        let ((line, column), (end_line, end_column)) = (bundle.line_column(*span), end(bundle, *span));
        json!({
            "file": format!("{}{}", report.folder, bundle.name(span.file)),
            "line": line, "column": column, "end-line": end_line, "end-column": end_column,
            "text": shown(bundle, *span), "label": label,
        })
    };
    json!({
        "code": problem.code,
        "severity": level(problem.severity),
        "message": problem.message,
        "help": problem.help,
        "fix": problem.fix,
        "places": problem.labels.iter().map(place).collect::<Vec<_>>(),
    })
}

/// What stands at a place; nothing of a sealed file.
fn shown(bundle: &Bundle, span: Span) -> Option<&str> {
    (!bundle.is_sealed(span.file)).then(|| bundle.slice(span))
}

/// Line and column behind a place.
pub(super) fn end(bundle: &Bundle, span: Span) -> (usize, usize) {
    bundle.line_column(Span { start: span.end, ..span })
}
