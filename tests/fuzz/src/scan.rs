//! Bytes that are nearly events: framed, scanned, treated in the sandboxes, spliced.
//!
//! Only JSON passes, and what it becomes is JSON. What is refused is refused for a documented reason. Under a policy that only
//! keeps and drops, exactly the kept values leave, in their order. Under one that hides, the word [`CANARY`] leaves in none of
//! its spellings, unless the input put it where the policy keeps.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::de::IgnoredAny;
use serde_json::Value;
use tamis::event::frame::{Batch, End, FrameLimits, Framer};
use tamis::pipeline::codes::Root;
use tamis::pipeline::{Engine, Options, Outcome, Sandboxed, Sanitized};
use tamis::plugin::{Host, Limits, Reuse};
use tamis::policy::document::{Date, Evidence, SecretLists};
use tamis::policy::syntax::{Bundle, render};
use tamis::policy::{Library, Request, compile};

/// A word that seeds hold wherever a policy hides.
const CANARY: &str = "zqcanaryqz";

/// Why an event that is JSON may be refused.
const DOCUMENTED: [&str; 5] = ["too-long", "too-deep", "too-many-fields", "duplicate-key", "unknown-schema"];

const KEEPING: &str = r#"
    [fields]
    "op" = "event.action"
    "kept.**" = "event.action"
    "list[*].name" = "event.action"
    "dropped.**" = "content.text"
    [keys]
    "kept.**" = "event.action"
"#;

const HIDING: &str = r#"
    [inside]
    "raw" = { as = "json", else = "id.name" }
    "pairs" = { as = "key=value", else = "id.name" }
    "link" = { as = "url", else = "id.name" }
    [fields]
    "op" = "event.action"
    "hidden.**" = "id.name"
    "dropped.**" = "content.text"
    "coded" = "id.email"
    "codedkeys.*" = "event.type"
    "network" = "net.ip"
    "raw.hidden" = "id.name"
    "raw.keys.*" = "id.name"
    "pairs.user" = "id.name"
    "link.host" = "device.id"
    "link.query.q" = "id.name"
    "list[Name=who].Value" = "id.name"
    [keys]
    "hidden.**" = "id.email"
    "codedkeys.*" = "id.email"
    "raw.keys.*" = "id.name"
"#;

const RULES: &str = r#"
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
    "content.text" = "forbid"
    "id.name" = "redact"
    "id.email" = "pseudonymise"
    "net.ip" = "truncate-ip"
"#;

/// What the input became, under both policies.
pub fn run(input: &[u8]) -> u64 {
    thread_local! {
        static ENGINES: RefCell<[Engine; 2]> = RefCell::new([engine(KEEPING), engine(HIDING)]);
    }
    ENGINES.with_borrow_mut(|[keeping, hiding]| {
        let mut happened = Vec::new();
        for batch in batches(input) {
            let kept = filter(keeping, &batch);
            let hidden = filter(hiding, &batch);
            for (index, (kept, hidden)) in kept.into_iter().zip(hidden).enumerate() {
                let event = batch.event(index);
                happened.extend([judge(event, &kept), judge(event, &hidden)]);
                if let Some((_, Some(line))) = &kept {
                    only_what_is_kept_left(event, line);
                }
                if let Some((_, Some(line))) = &hidden {
                    nothing_hidden_left(event, line);
                }
            }
        }
        // Every mixture of events would be a way of its own.
        happened.sort_unstable();
        happened.truncate(2);
        super::way(happened)
    })
}

fn engine(map: &str) -> Engine {
    let mut bundle = Bundle::new();
    bundle.add("categories.toml", include_str!("../../../policies/categories.toml"));
    bundle.add("treatments.toml", include_str!("../../../policies/treatments.toml"));
    bundle.add("base/base.toml", RULES);
    let head = "[schema]\nid = \"all\"\ntitle = \"All\"\nrevision = 1\nrecognise = [[\"op\"], [\"!op\"]]\n";
    bundle.add("schemas/all.toml", format!("{head}{map}"));
    let library = match Library::parse(bundle) {
        Ok((library, _)) => Arc::new(library),
        Err((bundle, problems)) => panic!("{}", render(&bundle, &problems, false)),
    };
    let (evidence, lists) = (Evidence::default(), SecretLists { lists: BTreeMap::new() });
    let on = Date::constant(2026, 11, 21);
    let request = Request {
        policy: "base",
        with: &[],
        purpose: "security",
        on,
        system: None,
        evidence: &evidence,
        lists: &lists,
        exact: None,
        lenient: true,
    };
    let plan = match compile(&library, &request) {
        Ok((plan, _)) => Arc::new(plan),
        Err(refusal) => panic!("{}", render(&library.bundle, &refusal.problems, false)),
    };
    let patient = Limits { call: Duration::from_secs(60), start: Duration::from_secs(60), ..Limits::default() };
    let host = Host::new(patient, None).expect("a supported machine");
    let steps = Sandboxed::new(&host, Reuse::Reused, &[]).expect("they are built in");
    Engine::new(plan, Arc::new(steps), Root::new([7; 32]), Options::default())
}

/// Events of the input; what is no form of input at all has none.
fn batches(input: &[u8]) -> Vec<Batch> {
    let mut framer = Framer::new(FrameLimits::default());
    framer.push(input);
    framer.end(End::Complete);
    let mut batches = Vec::new();
    while let Ok(Some(batch)) = framer.next() {
        batches.push(batch);
    }
    batches
}

/// What became of each event, and what left of it.
type Left = Option<(Outcome, Option<String>)>;

fn filter(engine: &mut Engine, batch: &Batch) -> Vec<Left> {
    let mut out = Sanitized::default();
    let outcomes = engine.run(batch, &mut out).expect("the steps are there");
    assert_eq!(outcomes.len(), batch.events.len(), "an outcome an event");
    let text = std::str::from_utf8(out.bytes()).expect("UTF-8 leaves");
    let mut lines = text.split_terminator('\n').map(str::to_owned);
    let left = |outcome: Outcome| {
        let line = (outcome == Outcome::Passed).then(|| lines.next().expect("a line an event that passes"));
        Some((outcome, line))
    };
    let left = outcomes.into_iter().map(left).collect();
    assert_eq!(lines.next(), None, "no line without an event");
    left
}

fn is_json(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// Only JSON passes, and JSON is what it becomes; a stable number for what happened.
fn judge(event: &[u8], left: &Left) -> u64 {
    let Some((outcome, line)) = left else { return 0 };
    match (outcome, line) {
        (Outcome::Passed, Some(line)) => {
            assert!(is_json(event), "what is no JSON passed");
            assert!(is_json(line.as_bytes()), "became {line:?}");
        }
        (Outcome::Quarantined(reason), _) if is_json(event) => {
            assert!(DOCUMENTED.contains(reason), "JSON was refused as {reason}");
        }
        _ => {}
    }
    let count = |byte| line.iter().flat_map(|line| line.bytes()).filter(|&b| b == byte).count().min(2);
    let shape = [b'{', b'[', b'"', b'\\', b',', b':', b'n'].map(count);
    super::way((format!("{outcome:?}"), shape))
}

/// Scalars by their path, in order; names in lower case, elements without their number.
fn leaves(value: &Value, path: &mut Vec<String>, into: &mut Vec<(Vec<String>, Value)>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            path.push(name.to_ascii_lowercase());
            leaves(member, path, into);
            path.pop();
        }),
        Value::Array(elements) => elements.iter().for_each(|element| {
            path.push("[]".into());
            leaves(element, path, into);
            path.pop();
        }),
        Value::Null => {}
        scalar => into.push((path.clone(), scalar.clone())),
    }
}

fn only_what_is_kept_left(event: &[u8], line: &str) {
    // Numbers that no `f64` holds cannot be read here.
    let (Ok(before), Ok(after)) = (serde_json::from_slice(event), serde_json::from_str(line)) else { return };
    let (mut expected, mut left) = (Vec::new(), Vec::new());
    leaves(&before, &mut Vec::new(), &mut expected);
    leaves(&after, &mut Vec::new(), &mut left);
    expected.retain(|(path, _)| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        matches!(path[..], ["op"] | ["kept", ..] | ["list", "[]", "name"])
    });
    assert_eq!(left, expected, "{} became {line}", String::from_utf8_lossy(event));
}

/// All names and scalars of a value, in lower case.
fn words(value: &Value, into: &mut String) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            into.push_str(&name.to_lowercase());
            into.push('\n');
            words(member, into);
        }),
        Value::Array(elements) => elements.iter().for_each(|element| words(element, into)),
        Value::String(text) => {
            into.push_str(&text.to_lowercase());
            into.push('\n');
        }
        _ => {}
    }
}

fn nothing_hidden_left(event: &[u8], line: &str) {
    let (Ok(before), Ok(after)) = (serde_json::from_slice::<Value>(event), serde_json::from_str(line)) else { return };
    // The policy keeps the names that its map writes out, and what stands at `op`.
    let kept = |name: &str, value: &Value| {
        name.eq_ignore_ascii_case("op") && {
            let mut text = String::new();
            words(value, &mut text);
            text.contains(CANARY)
        }
    };
    if before.as_object().is_some_and(|members| members.iter().any(|(name, value)| kept(name, value))) {
        return;
    }
    let mut text = String::new();
    words(&after, &mut text);
    assert!(
        !text.contains(CANARY) && !line.to_lowercase().contains(CANARY),
        "{} became {line}",
        String::from_utf8_lossy(event)
    );
}
