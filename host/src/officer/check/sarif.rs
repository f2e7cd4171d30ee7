//! What was found, as SARIF 2.1.0 (OASIS): what code hosts show beside the lines of a change.

use serde_json::{Value, json};

use super::report::{Reported, end, level};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::Span;
use crate::policy::syntax::{Bundle, codes};

/// One run with all problems, and a rule for every code that there is. URIs are relative to the folder that the reader is in.
pub fn sarif(reports: &[Reported]) -> Value {
    let known: Vec<_> = codes::all().collect();
    let rules: Vec<_> = known.iter().map(|code| rule(code)).collect();
    let index = |code: &str| known.iter().position(|known| known.code == code);
    let results: Vec<_> = reports
        .iter()
        .flat_map(|report| report.checked.problems.iter().map(move |p| result(report, p, index(p.code))))
        .collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "tamis",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: &codes::Code) -> Value {
    let text = code.to_string();
    json!({
        "id": code.code,
        "shortDescription": { "text": code.title },
        "fullDescription": { "text": code.explanation },
        "help": { "text": text.trim_end() },
    })
}

fn result(report: &Reported, problem: &Diagnostic, rule: Option<usize>) -> Value {
    let bundle = &report.checked.library.bundle;
    let help = problem.help.as_deref().unwrap_or_default();
    let text = if help.is_empty() { problem.message.clone() } else { format!("{}. Help: {help}", problem.message) };
    let mut places = problem.labels.iter();
    let first = places.next().map(|(span, _)| location(report, *span));
    let related = places.zip(1..).map(|((span, label), id)| {
        let mut place = location(report, *span);
        place["id"] = json!(id);
        place["message"] = json!({ "text": label });
        place
    });
    let mut result = json!({
        "ruleId": problem.code,
        "level": level(problem.severity),
        "message": { "text": text },
        "locations": first.into_iter().collect::<Vec<_>>(),
        "relatedLocations": related.collect::<Vec<_>>(),
    });
    if let Some(rule) = rule {
        result["ruleIndex"] = json!(rule);
    }
    if let (Some(fix), Some((span, _))) = (&problem.fix, problem.labels.first()) {
        result["fixes"] = json!([{
            "description": { "text": help },
            "artifactChanges": [{
                "artifactLocation": { "uri": uri(report, *span) },
                "replacements": [{
                    "deletedRegion": region(bundle, *span),
                    "insertedContent": { "text": quoted_like(bundle.slice(*span), fix) },
                }],
            }],
        }]);
    }
    result
}

/// A word in the quotes that stand there.
fn quoted_like(there: &str, word: &str) -> String {
    match there.chars().next() {
        Some(quote @ ('"' | '\'')) => format!("{quote}{word}{quote}"),
        _ => word.to_owned(),
    }
}

fn location(report: &Reported, span: Span) -> Value {
    let region = region(&report.checked.library.bundle, span);
    json!({ "physicalLocation": { "artifactLocation": { "uri": uri(report, span) }, "region": region } })
}

fn region(bundle: &Bundle, span: Span) -> Value {
    let ((line, column), (end_line, end_column)) = (bundle.line_column(span), end(bundle, span));
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

/// The path, with what is no sign of a URI in percent codes.
fn uri(report: &Reported, span: Span) -> String {
    let path = format!("{}{}", report.folder, report.checked.library.bundle.name(span.file));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
