//! Texts that are nearly policies.
//!
//! No text makes the parser or the compiler panic. Every problem has a code that is explained, says how to mend it, and
//! points at a place within its file.

use std::collections::BTreeMap;
use std::sync::Arc;

use tamis::policy::diagnostic::Diagnostic;
use tamis::policy::document::{Date, Evidence, SecretLists};
use tamis::policy::syntax::{self, Bundle, codes};
use tamis::policy::{Library, Request, compile};

const CATEGORIES: &str = include_str!("../../../policies/categories.toml");
const TREATMENTS: &str = include_str!("../../../policies/treatments.toml");
/// A layer and a map that the input may add to; small, so that many inputs are tried.
const BASE: &str = r#"
    [policy]
    id = "base"
    title = "A layer"
    layer = "base"
    revision = 1
    [law]
    own = { cite = "none", sure = "high", seen = "text" }
    [rule.all]
    because = "It is a test."
    cite = "own"
    "event.action" = "keep"
    "id.email" = "pseudonymise"
    "net.ip" = "truncate-ip"
"#;
const MAP: &str = r#"
    [schema]
    id = "small"
    title = "Small"
    revision = 1
    recognise = ["op"]
    [fields]
    "op" = "event.action"
    [actor]
    "user" = "id.email"
    "ip" = "net.ip"
    [events]
    "auth.login" = { op = ["login"] }
"#;

/// The first byte says what kind of file the rest is.
pub fn run(input: &[u8]) -> u64 {
    let Some((&kind, text)) = input.split_first() else { return 0 };
    let Ok(text) = std::str::from_utf8(text) else { return 0 };
    let mut problems = match kind {
        b'm' => library("schemas/input.toml", text),
        b'l' => library("jurisdictions/input.toml", text),
        b't' => library("tenants/input.toml", text),
        b'c' => library("categories.toml", text),
        b'v' => library("treatments.toml", text),
        b'e' => alone(text, |bundle, file, out| drop(syntax::evidence(bundle, file, out))),
        b'w' => alone(text, |bundle, file, out| drop(syntax::lists(bundle, file, out))),
        _ => alone(text, |bundle, file, out| drop(syntax::test_file(bundle, file, out))),
    };
    problems.sort_unstable();
    problems.dedup();
    super::way((kind, problems))
}

fn alone(
    text: &str,
    read: impl Fn(&Bundle, tamis::policy::document::FileId, &mut Vec<Diagnostic>),
) -> Vec<&'static str> {
    let (mut bundle, mut problems) = (Bundle::new(), Vec::new());
    let file = bundle.add("input.toml", text);
    read(&bundle, file, &mut problems);
    judge(&bundle, &problems)
}

/// Reads the input among shipped files; if nothing is wrong, makes plans of it.
fn library(name: &str, text: &str) -> Vec<&'static str> {
    let mut bundle = Bundle::new();
    let mut files = BTreeMap::from([
        ("categories.toml", CATEGORIES),
        ("treatments.toml", TREATMENTS),
        ("base/base.toml", BASE),
        ("schemas/small.toml", MAP),
    ]);
    files.insert(name, text);
    for (name, text) in files {
        bundle.add(name, text);
    }
    let (library, problems) = match Library::parse(bundle) {
        Ok((library, warnings)) => (Arc::new(library), warnings),
        Err((bundle, problems)) => return judge(&bundle, &problems),
    };
    let mut codes = judge(&library.bundle, &problems);
    let (evidence, lists) = (Evidence::default(), SecretLists { lists: BTreeMap::new() });
    for policy in library.layers.keys() {
        let on = Date::constant(2026, 11, 21);
        let request = Request {
            policy,
            with: &[],
            purpose: "security",
            on,
            system: None,
            evidence: &evidence,
            lists: &lists,
            exact: None,
            lenient: true,
        };
        match compile(&library, &request) {
            Ok((_, warnings)) => codes.extend(judge(&library.bundle, &warnings)),
            Err(refusal) => {
                assert!(!refusal.problems.is_empty() || !refusal.closed.is_empty(), "refused without a reason");
                codes.extend(judge(&library.bundle, &refusal.problems));
            }
        }
    }
    codes
}

/// Holds problems against the promises; their codes.
fn judge(bundle: &Bundle, problems: &[Diagnostic]) -> Vec<&'static str> {
    for problem in problems {
        let Diagnostic { code, message, labels, .. } = problem;
        assert!(codes::find(code).is_some_and(|code| !code.explanation.is_empty()), "{code} is not explained");
        assert!(!message.is_empty() && !labels.is_empty(), "{problem:?}");
        for (span, _) in labels {
            assert!(span.start <= span.end && (span.end as usize) <= bundle.text(span.file).len(), "{problem:?}");
            assert!(bundle.text(span.file).get(span.start as usize..span.end as usize).is_some(), "{problem:?}");
        }
    }
    // Printing is slow and slices the text by the spans: a few of each input.
    for problem in problems.iter().take(3) {
        let shown = syntax::render(bundle, std::slice::from_ref(problem), false);
        assert!(shown.contains("help: "), "no help: {shown}");
    }
    problems.iter().map(|problem| problem.code).collect()
}
