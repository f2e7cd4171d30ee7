//! LAW (sealed words): a word of a sealed list leaves nowhere in clear, wherever it stands: also where its list does not look, with a
//! guard and without. Only what holds it stays behind.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tamis::edge::quarantine::{Content, Identity, Metadata, Quarantine, Reader};
use tamis::event::frame::FrameLimits;
use tamis::pipeline::{Options, Outcome, Sanitized};
use tamis::policy::document::{Evidence, SecretLists, Span, Text};
use tamis::policy::{Plan, Request, compile};

const WORDS: [&str; 3] = ["*council-test*", "größe", "union drive"];

/// Everything leaves in clear, whole or in part; the list looks elsewhere.
fn plan(guard: bool, words: &[&str]) -> Arc<Plan> {
    let schema = r#"
        [inside]
        "json" = "json"
        "pairs" = { as = "key=value", else = "event.action" }
        [fields]
        "op" = "event.action"
        "kept" = "event.action"
        "many[*]" = "event.action"
        "text" = "content.text"
        "url" = "url.full"
        "path" = "file.path"
        "mail" = "id.email"
        "when" = "time.event"
        "json.kept" = "event.action"
        "pairs.kept" = "event.action"
        "keyed.*" = "event.action"
        [keys]
        "keyed.*" = "event.action"
    "#;
    let base = format!(
        r#"
        guard = {guard}
        [rule.all]
        because = "It is a test."
        cite = "own"
        "event.action" = "keep"
        "content.text" = "redact-personal"
        "url.full" = "generalise-page"
        "file.path" = "generalise-path"
        "id.email" = "mask-domain"
        "time.event" = "generalise-hour"
        [rule.council]
        because = "It is a test."
        cite = "own"
        when.listed = "council"
        event = "suppress"
        [list.council]
        look-in = ["id.name"]
        secret = true
        held-by = "council"
        [failure]
        because = "It is a test."
        cite = "own"
        otherwise = "quarantine"
    "#
    );
    let library = common::library(&common::small(schema, &base));
    let text = |word: &&str| Text { value: (*word).to_owned(), span: Span::default() };
    let lists = BTreeMap::from([("council".to_owned(), words.iter().map(text).collect())]);
    let (evidence, lists) = (Evidence::default(), SecretLists { lists });
    let request = Request {
        policy: "base",
        with: &[],
        purpose: "security",
        on: common::DAY,
        system: None,
        evidence: &evidence,
        lists: &lists,
        exact: None,
        lenient: true,
    };
    Arc::new(compile(&library, &request).unwrap_or_else(|_| panic!("a sound policy")).0)
}

/// Events with a word somewhere, and what is left of them.
fn events(word: &str) -> Vec<(Value, Value)> {
    let in_url = word.replace(' ', "%20");
    vec![
        (json!({ "op": "x", "kept": format!("Visit {word}.") }), json!({ "op": "x" })),
        (json!({ "op": format!("{word} x"), "kept": "y" }), json!({ "kept": "y" })),
        (json!({ "op": "x", "many": ["a", word, "b"] }), json!({ "op": "x", "many": ["a", "b"] })),
        (json!({ "op": "x", "text": format!("at {word}, call ann@example.com") }), json!({ "op": "x" })),
        (json!({ "op": "x", "url": format!("https://x.example/{in_url}?q=1") }), json!({ "op": "x" })),
        (json!({ "op": "x", "path": format!("/{word}/a/b.txt") }), json!({ "op": "x" })),
        (json!({ "op": "x", "keyed": { word: "a", "b": "c" } }), json!({ "op": "x", "keyed": { "b": "c" } })),
        (json!({ "op": "x", "keyed": { "a": word, "b": word } }), json!({ "op": "x" })),
        (json!({ "op": "x", "json": json!({ "kept": word }).to_string() }), json!({ "op": "x" })),
        (json!({ "op": "x", "pairs": format!("kept=\"{word}\"") }), json!({ "op": "x" })),
    ]
}

#[test]
fn a_sealed_word_stays_behind_wherever_it_stands() {
    for guard in [true, false] {
        let plan = plan(guard, &WORDS);
        for word in ["the Council-Test room", "GRÖẞE".to_lowercase().as_str(), "union drive"] {
            for (event, left) in events(word) {
                // By the walk that learns, along the track, and with escapes.
                let escaped = event.to_string().replace("r", "\\u0072");
                let all = [event.to_string(), event.to_string(), event.to_string(), escaped];
                let ran = common::filter(&plan, &common::ndjson(all), Options::default());
                assert_eq!(ran.outcomes, [Outcome::Passed; 4], "{event}");
                for line in ran.lines() {
                    assert_eq!(serde_json::from_slice::<Value>(line).unwrap(), left, "{event}");
                }
                assert!(ran.counts.guarded >= 4 && !ran.counts.guarded_at.is_empty(), "{event} {:?}", ran.counts);
            }
        }
    }
}

#[test]
fn what_hides_the_word_may_leave() {
    let plan = plan(true, &WORDS);
    for (event, left) in [
        (json!({ "op": "x", "mail": "council-test@example.de" }), json!({ "op": "x", "mail": "***@example.de" })),
        (json!({ "op": "x", "path": "/a/b/council-test/b.txt" }), json!({ "op": "x", "path": "/a/….txt" })),
        (
            json!({ "op": "x", "url": "https://x.example/?q=council-test" }),
            json!({ "op": "x", "url": "https://x.example/" }),
        ),
    ] {
        let ran = common::filter(&plan, &common::ndjson([event.to_string()]), Options::default());
        let line: Value = serde_json::from_slice(ran.lines()[0]).unwrap();
        assert_eq!((line.get("op"), ran.counts.guarded), (left.get("op"), 0), "{event} {line}");
        assert!(
            line.as_object().is_some_and(|line| line.len() == 2) && !line.to_string().contains("council"),
            "{line}"
        );
    }
}

/// Other words change nothing, to the byte.
#[test]
fn what_is_not_listed_leaves_as_without_a_list() {
    let events = events("Vertrieb").into_iter().map(|(event, _)| event.to_string());
    let input = common::ndjson(events);
    let [with, without] = [&WORDS[..], &[]].map(|words| common::filter(&plan(true, words), &input, Options::default()));
    assert_eq!(String::from_utf8_lossy(&with.bytes), String::from_utf8_lossy(&without.bytes));
    assert_eq!(with.counts, without.counts);
}

/// What is sealed for later does not hold it either.
#[test]
fn quarantine_does_not_seal_it() {
    let plan = plan(true, &WORDS);
    let event = json!({ "op": "x", "kept": "council-test", "many": ["a", "union drive"], "when": "no time",
        "keyed": { "council-test": "a" }, "json": "{\"kept\":\"council-test\"}" });
    let mut engine = common::engine(&plan, Options::default());
    let batches = common::batches(&common::ndjson([event.to_string()]), usize::MAX, FrameLimits::default());
    let outcomes = engine.run(&batches[0], &mut Sanitized::default()).unwrap();
    assert_eq!(outcomes, [Outcome::Quarantined("step-failed")]);
    let dir = tempfile::tempdir().unwrap();
    let (path, identity) = (dir.path().join("quarantine"), Identity::generate());
    let mut quarantine = Quarantine::file(&path, &[identity.to_public()]).unwrap();
    let (reason, source) = ("step-failed".to_owned(), "standard input".into());
    let metadata = Metadata { event: 1, reason, schema: None, rule: None, source, bytes: 1, events: 1, time: None };
    quarantine.add(&metadata, engine.quarantined()[0].residue.as_ref()).unwrap();
    quarantine.finish().unwrap();
    let opened: Vec<_> = Reader::open(&path, vec![identity]).unwrap().map(Result::unwrap).collect();
    let expected = json!({ "op": "x", "many": ["a"], "when": "no time" });
    assert_eq!(opened[0].content, Content::Opened(expected.to_string().into_bytes()));
}
