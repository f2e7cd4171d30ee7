//! LAW (no personal value escapes sideways): strings planted wherever an event can hold one are found nowhere when the policy
//! hides them: not in what leaves, not in counts, messages, quarantine, or what the command prints.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::convert::Infallible;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use common::json::words as words_of;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use tamis::edge::quarantine::{Metadata, Quarantine};
use tamis::event::frame::{FrameLimits, Piece};
use tamis::event::{Column, Edits, Finding};
use tamis::pipeline::{Engine, Options, Outcome, RunError, Sanitized, StepError, Steps};
use tamis::plugin::{Detector, Failure, Transformer};
use tamis::policy::Plan;

/// Every way to hide: dropped, forbidden, redacted, replaced, coded. What no path names is dropped.
fn plan() -> &'static Arc<Plan> {
    static PLAN: OnceLock<Arc<Plan>> = OnceLock::new();
    PLAN.get_or_init(|| {
        let mut files = common::random::words();
        let schema = r#"
            [schema]
            id = "small"
            title = "Small"
            revision = 1
            recognise = ["op"]
            [inside]
            "raw" = { as = "json", else = "id.name" }
            "pairs" = { as = "key=value", else = "id.name" }
            "link" = { as = "url", else = "id.name" }
            [fields]
            "op" = "event.action"
            "kept" = "event.action"
            "dropped" = "content.text"
            "redacted" = "id.name"
            "replaced" = "file.path"
            "coded" = "id.email"
            "network" = "net.ip"
            "time" = "time.event"
            "codedkeys.*" = "event.action"
            "droppedkeys.*" = "event.action"
            "deep.*.inner" = "id.name"
            "raw.redacted" = "id.name"
            "raw.op" = "event.action"
            "raw.keys.*" = "event.action"
            "pairs.user" = "id.name"
            "pairs.op" = "event.action"
            "link.host" = "event.action"
            "link.query.q" = "id.name"
            "link.query.*" = "event.action"
            [keys]
            "codedkeys.*" = "id.email"
            "deep.*" = "id.email"
            "raw.keys.*" = "id.name"
            "link.query.*" = "id.email"
        "#;
        let base = r#"
            [policy]
            id = "base"
            title = "A layer"
            layer = "base"
            revision = 1
            guard = true
            [law]
            own = { cite = "none", sure = "high", seen = "text" }
            [rule.all]
            because = "It is a test."
            cite = "own"
            "event.action" = "keep"
            "content.text" = "forbid"
            "id.name" = "redact"
            "file.path" = "replace-nought"
            "id.email" = "pseudonymise"
            "net.ip" = "truncate-ip"
            "time.event" = "generalise-day"
        "#;
        files.push(("schemas/small.toml".into(), schema.into()));
        files.push(("base/base.toml".into(), base.into()));
        common::plan(&common::library(&files), "base", &[], "security")
    })
}

/// A canary as JSON may spell it.
fn spelled(canary: &str, how: u8) -> String {
    match how % 3 {
        0 => canary.to_owned(),
        1 => canary.chars().map(|c| format!("\\u{:04x}", c as u32)).collect(),
        _ => canary
            .chars()
            .enumerate()
            .map(|(i, c)| if i % 3 == 0 { format!("\\u{:04X}", c as u32) } else { c.into() })
            .collect(),
    }
}

/// Places of an event: `{}` is the canary.
const PLACES: [&str; 27] = [
    r#""dropped":"{}""#,
    r#""dropped":{"x":["{}"],"{}":1}"#,
    r#""redacted":"x {} y""#,
    r#""replaced":"{}""#,
    r#""coded":"{}""#,
    r#""network":"{}""#,
    r#""time":"{}""#,
    r#""time":"2026-11-03T07:41:12Z {}""#,
    r#""{}":"x""#,
    r#""{}":{"{}":["{}"]}"#,
    r#""unheard":{"of":[1,{"a":"{}"}]}"#,
    r#""codedkeys":{"{}":"x"}"#,
    r#""codedkeys":{"{}":{"{}":1}}"#,
    r#""droppedkeys":{"{}":"x"}"#,
    r#""deep":{"{}":{"other":"{}"},"k":{"inner":"{}"}}"#,
    r#""deep":{"{}":{"inner":"{}","{}":"{}"}}"#,
    r#""raw":"{\"redacted\":\"{}\",\"op\":\"x\"}""#,
    r#""raw":"{\"{}\":1,\"op\":\"x\"}""#,
    r#""raw":"{\"keys\":{\"{}\":\"x\"},\"op\":\"x\"}""#,
    r#""raw":"{\"redacted\": {}""#,
    r#""raw":{"redacted":"{}","{}":2}"#,
    r#""raw":"{}""#,
    r#""pairs":"user={} op=x other={} {}=1""#,
    r#""pairs":"{}""#,
    r#""link":"https://example.com/{}?q={}&r=1#{}""#,
    r#""link":"https://example.com/?{}=1&q=2""#,
    r#""kept":{"{}":"{}"}"#,
];

/// What breaks an event.
const BREAKS: [&str; 8] =
    ["", "}", "\"", ",\"x\":{}", ",\"bad\":\"\u{1}\"", ",\"op\":1", ",\"n\":01", ",\"e\":\"\\x\""];

fn event(canary: &str, places: &[(usize, u8)], broken: usize) -> String {
    let mut seen = std::collections::BTreeSet::new();
    let once = places.iter().filter(|(place, _)| seen.insert(PLACES[*place].split(':').next()));
    let members: Vec<_> = once.map(|(place, how)| PLACES[*place].replace("{}", &spelled(canary, *how))).collect();
    format!("{{\"op\":\"x\",{}{}}}", members.join(","), BREAKS[broken])
}

fn appears(canary: &str, bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    if text.contains(canary) {
        return true;
    }
    text.lines().any(|line| {
        let mut words = String::new();
        if let Ok(value) = serde_json::from_str::<Value>(line) {
            words_of(&value, &mut words);
        }
        words.contains(canary)
    })
}

/// No part of a code, a label or a message is such a word.
fn canary() -> impl Strategy<Value = String> {
    "zq[a-z]{10}qz"
}

proptest! {
    #![proptest_config(common::cases(400))]

    #[test]
    fn a_hidden_value_is_nowhere(
        canary in canary(),
        events in vec((vec((0..PLACES.len(), any::<u8>()), 1..9), prop_oneof![3 => Just(0), 1 => 0..BREAKS.len()]), 1..6),
    ) {
        let events: Vec<_> = events.iter().map(|(places, broken)| event(&canary, places, *broken)).collect();
        let input = common::ndjson(&events);
        let ran = common::filter(plan(), &input, Options::default());
        prop_assert!(!appears(&canary, &ran.bytes), "{}\nbecame\n{}", events.join("\n"), String::from_utf8_lossy(&ran.bytes));
        let counts = format!("{:?} {:?}", ran.counts, ran.outcomes);
        prop_assert!(!appears(&canary, counts.as_bytes()), "{}", counts);
    }
}

/// Steps that cannot be made, or fail whenever they are called.
struct Broken {
    made: bool,
}

struct Fails;

impl Detector for Fails {
    fn scan(&mut self, _: &[Column<'_>]) -> Result<Vec<Finding>, Failure> {
        Err(Failure::Trap)
    }
}

impl Transformer for Fails {
    fn transform(&mut self, _: &[Column<'_>]) -> Result<Edits, Failure> {
        Err(Failure::Deadline)
    }
}

impl Broken {
    fn step(&self, step: &'static str) -> Result<Box<Fails>, StepError> {
        self.made.then(|| Box::new(Fails)).ok_or(StepError { step, reason: "there is none".into() })
    }
}

impl Steps for Broken {
    fn detector(&self, settings: &str, _: Vec<Vec<u8>>) -> Result<Box<dyn Detector + Send>, StepError> {
        assert!(!settings.contains("zq"), "settings come from policies alone");
        Ok(self.step("redact")?)
    }

    fn mask(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError> {
        assert!(!settings.contains("zq"), "settings come from policies alone");
        Ok(self.step("mask")?)
    }

    fn minimise(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError> {
        assert!(!settings.contains("zq"), "settings come from policies alone");
        Ok(self.step("minimize")?)
    }

    fn entities(&self) -> &[String] {
        &[]
    }
}

proptest! {
    #![proptest_config(common::cases(200))]

    /// Fail closed: no step that fails lets a value through, and no message names one.
    #[test]
    fn a_step_that_fails_says_nothing(
        canary in canary(),
        made in any::<bool>(),
        events in vec(vec((0..PLACES.len(), any::<u8>()), 1..9), 1..6),
    ) {
        let events: Vec<_> = events.iter().map(|places| event(&canary, places, 0)).collect();
        let mut engine = Engine::new(plan().clone(), Arc::new(Broken { made }), common::root(), Options::default());
        for batch in common::batches(&common::ndjson(&events), usize::MAX, FrameLimits::default()) {
            let mut out = Sanitized::default();
            let said = match engine.run(&batch, &mut out) {
                Ok(outcomes) => format!("{outcomes:?}"),
                Err(error) => {
                    prop_assert!(out.bytes().is_empty(), "nothing leaves where a step cannot be made");
                    let error: RunError<Infallible> = RunError::from(error);
                    format!("{error} {error:?}")
                }
            };
            prop_assert!(!appears(&canary, out.bytes()), "{}", String::from_utf8_lossy(out.bytes()));
            prop_assert!(!appears(&canary, said.as_bytes()), "{}", said);
        }
        let counts = format!("{:?}", engine.counts());
        prop_assert!(!appears(&canary, counts.as_bytes()), "{}", counts);
    }
}

/// Without a recipient quarantine holds what is known of an event and nothing of it.
#[test]
fn quarantine_without_a_recipient_holds_no_content() {
    let canary = "zqquarantineqz";
    let input = common::ndjson([
        format!("{{\"op\":\"x\",\"dropped\":\"{canary}\"}}"),
        format!("{{\"strange\":\"{canary}\",\"{canary}\":1}}"),
        format!("{{\"op\":\"{canary}\","),
        canary.to_owned(),
        format!("{{\"op\":1,\"op\":\"{canary}\"}}"),
    ]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("quarantine.ndjson");
    let mut quarantine = Quarantine::file(&path, &[]).unwrap();
    let mut engine = common::engine(plan(), Options::default());
    let mut records = 0;
    for batch in common::batches(&input, usize::MAX, FrameLimits::default()) {
        let outcomes = engine.run(&batch, &mut Sanitized::default()).unwrap();
        for piece in batch.pieces() {
            let (number, reason, content) = match piece {
                Piece::Event { number, index } => match outcomes[index] {
                    Outcome::Quarantined(reason) => (number, reason, Some(batch.event(index))),
                    _ => continue,
                },
                Piece::Rejected { number, rejected, raw } => (number, rejected.reason.code(), raw),
            };
            let metadata = Metadata {
                event: number,
                reason: reason.to_owned(),
                schema: None,
                rule: None,
                source: "standard input".into(),
                bytes: content.map_or(0, <[u8]>::len) as u64,
                time: None,
            };
            quarantine.add(&metadata, content).unwrap();
            records += 1;
        }
    }
    let tally = quarantine.finish().unwrap();
    assert_eq!((records, tally.records, tally.sealed), (4, 4, 0));
    let text = std::fs::read(&path).unwrap();
    assert!(!appears(canary, &text), "{}", String::from_utf8_lossy(&text));
    assert!(!appears(canary, format!("{:?}", engine.counts()).as_bytes()));
}

/// The whole command on events of the example's kind, whole and broken: the canary is in every value and key that its policy
/// does not keep.
#[test]
fn the_command_says_nothing() {
    let canary = "zqcommandqz";
    let events = [
        r#"{"CreationTime":"2026-11-03T06:00:00","Workload":"Exchange","Operation":"Send","RecordType":2,"UserId":"ZQ@example.de","Subject":"ZQ","Item":{"Subject":"ZQ","Attachments":"ZQ.pdf"},"Parameters":[{"Name":"Identity","Value":"ZQ"}],"ZQ":{"ZQ":"ZQ"},"ModifiedProperties":[{"Name":"Role","NewValue":"ZQ","OldValue":"{\"a\":\"ZQ\"}"}]}"#,
        r#"{"CreationTime":"2026-11-03T06:00:00","Workload":"SharePoint","Operation":"FileAccessed","RecordType":6,"UserId":"zq@example.de","ClientIP":"ZQ","ObjectId":"https://example.sharepoint.com/sites/x/ZQ.docx","SourceFileName":"ZQ.docx","SourceRelativeUrl":"Documents/ZQ","UserAgent":"ZQ/1"}"#,
        r#"{"CreationTime":"2026-11-03T06:00:00","Workload":"AzureActiveDirectory","Operation":"UserLoggedIn","RecordType":15,"UserId":"ZQ","UserKey":"ZQ","ExtendedProperties":[{"Name":"UserAgent","Value":"ZQ"},{"Name":"Other","Value":"ZQ"}],"DeviceProperties":[{"Name":"DisplayName","Value":"ZQ"}]}"#,
        r#"{"CreationTime":"2026-11-03T06:00:00","Workload":"Exchange","Operation":"Send","UserId":"ZQ"#,
        r#"{"strange":"ZQ","ZQ":"strange"}"#,
        r#"{"CreationTime":"2026-11-03T06:00:00","Workload":"Exchange","Operation":"Send","UserId":"ZQ","userid":"ZQ"}"#,
        r#"{"CreationTime":"2026-11-03T06:00:00","Workload":"Exchange","Operation":"Send","UserId":"ZQ\x"}"#,
        "ZQ is no event",
        "[1,\"ZQ\"]",
        "\"ZQ\"",
    ];
    let text = events.join("\n").replace("ZQ", canary).replace("zq@", &format!("{canary}@"));
    let dir = tempfile::tempdir().unwrap();
    let quarantine = dir.path().join("quarantine.ndjson");
    for arguments in [&["--summary", "text"][..], &["--summary", "json", "--stamp", "--no-guard"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tamis"))
            .args(["filter", "--policy", "policies/tenants/example-de.toml", "--on", "2026-11-21", "--quarantine"])
            .arg(&quarantine)
            .args(arguments)
            .current_dir(common::repository())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(!output.stdout.is_empty(), "some events are whole: {said}");
        for (what, bytes) in [
            ("output", &output.stdout),
            ("messages", &output.stderr),
            ("quarantine", &std::fs::read(&quarantine).unwrap()),
        ] {
            assert!(!appears(canary, bytes), "{what}: {}", String::from_utf8_lossy(bytes));
        }
    }
}
