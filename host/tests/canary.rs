//! LAW (no personal value escapes sideways): strings planted wherever an event can hold one are found nowhere when the policy
//! hides them: not in what leaves, not in counts, messages, panics, quarantine, or what the command prints; neither as they are
//! nor escaped, in base64, in hexadecimal digits or percent codes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
#[path = "common/hostile.rs"]
mod hostile;

use std::convert::Infallible;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
use common::json::words as words_of;
use hostile::guest::Guest;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use tamis::edge::quarantine::{Content, Identity, Metadata, Quarantine, Reader};
use tamis::event::frame::{FrameLimits, Piece};
use tamis::event::{Column, Edits, Finding};
use tamis::pipeline::{Engine, Options, Outcome, Residue, RunError, Sanitized, StepError, Steps};
use tamis::plugin::{self, Detector, Failure, Kind, Transformer};
use tamis::policy::Plan;

/// Every way to hide: dropped, forbidden, redacted, replaced, coded. What no path names is dropped.
fn plan() -> &'static Arc<Plan> {
    static PLAN: OnceLock<Arc<Plan>> = OnceLock::new();
    PLAN.get_or_init(|| {
        let schema = r#"
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
            guard = true
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
        common::small_plan(schema, base)
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

/// Whether a canary stands in bytes, in any spelling that somebody might give a value on its way out.
fn appears(canary: &str, bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let lower = text.to_lowercase();
    let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
    let is_there = |text: &str| text.contains(canary) || text.contains(&hex) || decoded(text).contains(canary);
    if is_there(&lower) || encoded(canary).iter().any(|code| text.contains(code)) {
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

/// The middle of the canary's base64, in small and in capital letters, wherever in a group of three bytes it begins.
fn encoded(canary: &str) -> Vec<String> {
    let spellings = [canary.to_owned(), canary.to_uppercase()];
    let shifted = spellings.iter().flat_map(|canary| (0..3).map(move |shift| format!("{}{canary}", "?".repeat(shift))));
    shifted
        .map(|text| {
            let code = BASE64_STANDARD_NO_PAD.encode(text);
            code[4..code.len() - 3].to_owned()
        })
        .collect()
}

/// Text without JSON escapes (`\u007a`, behind any number of backslashes), percent codes (`%7a`) and bytes as Rust prints
/// them (`122, 113`).
fn decoded(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(c) = rest.chars().next() {
        let code = rest.strip_prefix("\\u").and_then(|code| code.get(..4)).map(|code| (code, 6));
        let code = code.or_else(|| rest.strip_prefix('%').and_then(|code| code.get(..2)).map(|code| (code, 3)));
        let code = code.and_then(|(code, len)| Some((char::from_u32(u32::from_str_radix(code, 16).ok()?)?, len)));
        let (c, len) = code.unwrap_or((c, c.len_utf8()));
        out.push(c);
        rest = &rest[len..];
    }
    // Backslashes that are left stood before other backslashes.
    out.to_lowercase().replace('\\', "") + &printed(text)
}

/// What lists of numbers say as bytes.
fn printed(text: &str) -> String {
    let numbers = text.split([',', '[', ']']).map(|part| part.trim().parse::<u8>());
    numbers.map(|number| number.map_or('\n', char::from)).collect()
}

#[test]
fn a_canary_is_recognised_in_every_spelling() {
    let canary = "zqcommandqz";
    for spelling in [
        "a zqcommandqz b".to_owned(),
        "ZqCommandQz".to_owned(),
        format!("{{\"a\":\"{}\"}}", spelled(canary, 1)),
        spelled(canary, 2).replace('\\', "\\\\"),
        "%7aqcomman%64qz".to_owned(),
        "7A71636F6D6D616E64717A".to_owned(),
        format!("{:?}", canary.as_bytes()),
        BASE64_STANDARD_NO_PAD.encode(format!("{canary} and more")),
        BASE64_STANDARD_NO_PAD.encode(format!("1{canary}")),
        BASE64_STANDARD_NO_PAD.encode(format!("12{}x", canary.to_uppercase())),
    ] {
        assert!(appears(canary, spelling.as_bytes()), "{spelling}");
    }
    assert!(!appears(canary, b"zqcommand qz, 7a71636f, enFjb21t"));
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

/// Parts of a line, of a URL, of pairs and of a document that are looked inside, and of which nothing is classified there.
fn inner_plan() -> Arc<Plan> {
    let hole = |name: &str, form: &str| {
        format!(
            "[line.{name}]\nin = \"lined\"\nlike = \"{} {{part:rest}}\"\ninside.part = \"{form}\"\n",
            name.to_uppercase()
        )
    };
    let forms = [("json", "json"), ("pairs", "key=value"), ("url", "url"), ("query", "query"), ("lines", "lines")];
    let lines: String = forms.iter().map(|(name, form)| hole(name, form)).collect();
    let within = ["link.query", "link.fragment", "pairs", "raw", "asked"];
    let fields = within.iter().flat_map(|path| forms.map(|(name, form)| (format!("{path}.{name}"), form)));
    let insides: String = fields.clone().map(|(path, form)| format!("\"{path}\" = \"{form}\"\n")).collect();
    let classified: String = fields.map(|(path, _)| format!("\"{path}.absent\" = \"event.action\"\n")).collect();
    let insides: String =
        insides.lines().filter(|line| !line.contains("fragment.")).map(|line| format!("{line}\n")).collect();
    let classified: String =
        classified.lines().filter(|line| !line.contains("fragment.")).map(|line| format!("{line}\n")).collect();
    let schema = format!(
        "[inside]\n\"lined\" = \"lines\"\n\"link\" = \"url\"\n\"pairs\" = \"key=value\"\n\"raw\" = \"json\"\n\
         \"asked\" = \"query\"\n\"link.fragment\" = \"query\"\n{insides}\
         [fields]\n\"op\" = \"event.action\"\n\"lined.part.absent\" = \"event.action\"\n\"link.scheme\" = \"event.action\"\n\
         \"link.fragment.absent\" = \"event.action\"\n{classified}{lines}"
    );
    let base = "[rule.all]\nbecause = \"It is a test.\"\ncite = \"own\"\n\"event.action\" = \"keep\"\n";
    common::small_plan(&schema, base)
}

#[test]
fn what_nobody_classifies_within_a_part_does_not_leave() {
    let plan = inner_plan();
    let canary = "zqcommandqz";
    let texts = [
        format!("{{\"a\":\"{canary}\"}}"),
        format!("[\"{canary}\"]"),
        format!("a={canary} b=\"{canary}\""),
        format!("{canary}=1"),
        format!("a={canary}&{canary}=1"),
        format!("https://{canary}.example/{canary}?{canary}={canary}#{canary}"),
        format!("KV a={canary}"),
        canary.to_owned(),
    ];
    let spelled = |text: &str| url_encoded(text);
    for text in &texts {
        let quoted = serde_json::to_string(text).unwrap();
        let mut events: Vec<String> = ["JSON", "PAIRS", "URL", "QUERY", "LINES"]
            .iter()
            .map(|name| serde_json::json!({ "op": "x", "lined": format!("{name} {text}") }).to_string())
            .collect();
        for name in ["json", "pairs", "url", "query", "lines"] {
            let code = spelled(text);
            events.push(serde_json::json!({ "op": "x", "link": format!("https://h/p?{name}={code}") }).to_string());
            events.push(serde_json::json!({ "op": "x", "asked": format!("{name}={code}") }).to_string());
            events.push(serde_json::json!({ "op": "x", "pairs": format!("{name}={quoted}") }).to_string());
            events.push(serde_json::json!({ "op": "x", "raw": format!("{{\"{name}\":{quoted}}}") }).to_string());
        }
        events.push(serde_json::json!({ "op": "x", "link": format!("https://h/p#{text}") }).to_string());
        // Alone, and along what was learnt of those before.
        let twice: Vec<_> = events.iter().chain(&events).collect();
        for event in &events {
            let ran = common::filter(&plan, &common::ndjson([event]), Options::default());
            assert!(!appears(canary, &ran.bytes), "{event}\nbecame\n{}", String::from_utf8_lossy(&ran.bytes));
        }
        let ran = common::filter(&plan, &common::ndjson(&twice), Options::default());
        assert!(!appears(canary, &ran.bytes), "{}", String::from_utf8_lossy(&ran.bytes));
    }
}

fn url_encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
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

/// A policy under which a broken step quarantines its event.
fn strict_plan() -> Arc<Plan> {
    let schema = r#"
        [inside]
        "raw" = { as = "json", else = "content.text" }
        [fields]
        "op" = "event.action"
        "treated" = "id.email"
        "dropped" = "id.name"
        "forbidden" = "file.path"
        "listed" = "url.full"
        "raw.forbidden" = "file.path"
        "raw.dropped" = "id.name"
        "rows[*].forbidden" = "file.path"
        "rows[*].dropped" = "id.name"
    "#;
    let base = r#"
        [list.private]
        look-in = ["event.action"]
        words = ["private"]
        [rule.all]
        because = "It is a test."
        cite = "own"
        "event.action" = "keep"
        "id.email" = "mask-ends"
        "id.name" = "drop"
        "file.path" = "forbid"
        "url.full" = "keep"
        [rule.private]
        because = "It is a test."
        cite = "own"
        when.listed = "private"
        "url.full" = "drop"
        [failure]
        because = "It is a test."
        cite = "own"
        otherwise = "quarantine"
    "#;
    common::small_plan(schema, base)
}

/// Runs events through hostile guests into quarantine, and gives what the file then holds.
fn quarantined(events: &[String], recipients: &[Identity], path: &std::path::Path) -> Vec<u8> {
    let recipients: Vec<_> = recipients.iter().map(Identity::to_public).collect();
    let mut quarantine = Quarantine::file(path, &recipients).unwrap();
    let steps = Arc::new(hostile::Hostile::new(&Guest::obeying()).unwrap());
    let mut engine = Engine::new(strict_plan(), steps, common::root(), Options::default());
    for batch in common::batches(&common::ndjson(events), usize::MAX, FrameLimits::default()) {
        let outcomes = engine.run(&batch, &mut Sanitized::default()).unwrap();
        let mut known = engine.quarantined().into_iter();
        for piece in batch.pieces() {
            let (event, reason, known) = match piece {
                Piece::Event { number, index } => match outcomes[index] {
                    Outcome::Quarantined(reason) => (number, reason, known.next()),
                    _ => continue,
                },
                Piece::Rejected { number, rejected, .. } => (number, rejected.reason.code(), None),
            };
            let (residue, schema, rule) = known.map(|k| (k.residue, k.schema, k.rule)).unwrap_or_default();
            let (reason, source) = (reason.to_owned(), "standard input".into());
            let metadata = Metadata { event, reason, schema, rule, source, bytes: 1, events: 1, time: None };
            quarantine.add(&metadata, residue.as_ref()).unwrap();
        }
    }
    quarantine.finish().unwrap();
    std::fs::read(path).unwrap()
}

/// What nobody may keep is destroyed before the rest of an event is sealed; in clear stands nothing of either.
#[test]
fn quarantine_is_sealed_and_without_what_nobody_may_keep() {
    let (never, rest) = ("zqneverqz", "zqrestqz");
    let whole = r#"{"op":"private","treated":"T REST","dropped":"REST","forbidden":"NEVER","listed":"NEVER","unheard":{"of":["NEVER"]},"NEVER":1,"raw":"{\"forbidden\":\"NEVER\",\"dropped\":\"REST\",\"NEVER\":2}","rows":[{"forbidden":"NEVER","dropped":"REST"},{"NEVER":3}]}"#;
    let events: Vec<_> = [
        whole,
        r#"{"op":"public","treated":"T REST","listed":"REST","forbidden":{"NEVER":"NEVER"}}"#,
        // No plan is known for these.
        r#"{"strange":"NEVER"}"#,
        r#"{"op":"x","forbidden":"NEVER""#,
        r#"{"op":1,"op":"NEVER"}"#,
    ]
    .iter()
    .map(|event| event.replace("NEVER", never).replace("REST", rest))
    .collect();
    let dir = tempfile::tempdir().unwrap();
    for recipients in [Vec::new(), vec![Identity::generate()]] {
        let path = dir.path().join(format!("quarantine-{}", recipients.len()));
        let text = quarantined(&events, &recipients, &path);
        for canary in [never, rest] {
            assert!(!appears(canary, &text), "{}", String::from_utf8_lossy(&text));
        }
        assert!(String::from_utf8_lossy(&text).contains(r#""rule":"base.failure""#), "it says which rule decided");
        let opened: Vec<_> = Reader::open(&path, recipients.clone()).unwrap().map(Result::unwrap).collect();
        let contents: Vec<_> = opened.into_iter().map(|opened| opened.content).collect();
        assert_eq!(contents.len(), 5);
        assert_eq!(contents[2..], [Content::Absent, Content::Absent, Content::Absent]);
        if recipients.is_empty() {
            assert_eq!(contents[..2], [Content::Discarded, Content::Discarded]);
            continue;
        }
        let expected = [
            r#"{"op":"private","treated":"T REST","dropped":"REST","raw":"{\"dropped\":\"REST\"}","rows":[{"dropped":"REST"}]}"#,
            r#"{"op":"public","treated":"T REST","listed":"REST"}"#,
        ];
        let expected = expected.map(|text| Content::Opened(text.replace("REST", rest).into_bytes()));
        assert_eq!(contents[..2], expected);
    }
}

/// Asked for all of an event that no plan is known for, quarantine seals it; in clear stands nothing of it.
#[test]
fn what_no_plan_is_known_for_is_sealed_or_not_kept() {
    let canary = "zqunknownqz";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("quarantine");
    let identity = Identity::generate();
    let mut quarantine = Quarantine::file(&path, &[identity.to_public()]).unwrap();
    let residue = Residue::unplanned(canary.as_bytes());
    assert!(!appears(canary, format!("{residue:?}").as_bytes()));
    let (reason, source) = ("unknown-schema".to_owned(), "standard input".into());
    let metadata = Metadata { event: 1, reason, schema: None, rule: None, source, bytes: 11, events: 1, time: None };
    quarantine.add(&metadata, Some(&residue)).unwrap();
    quarantine.finish().unwrap();
    assert!(!appears(canary, &std::fs::read(&path).unwrap()));
    let opened: Vec<_> = Reader::open(&path, vec![identity]).unwrap().map(Result::unwrap).collect();
    assert_eq!(opened[0].content, Content::Opened(canary.into()));
}

/// Guests that misbehave in any export, with canaries in every place of an event: nothing is said of them anywhere.
#[test]
fn hostile_guests_bring_nothing_to_light() {
    let canary = "zqhostileqz";
    let places: Vec<_> = (0..PLACES.len()).map(|place| (place, place as u8)).collect();
    let input =
        common::ndjson([event(canary, &places, 0), event(canary, &places[9..], 0), event(canary, &places[15..], 0)]);
    for kind in [Kind::Detector, Kind::Transformer] {
        for (export, guest) in hostile::EVIL.iter().flat_map(|evil| hostile::guests(kind, evil)) {
            let mut said = String::new();
            let mut out = Sanitized::default();
            match hostile::Hostile::new(&guest) {
                Err(error) => said += &format!("{error} {error:?}"),
                Ok(steps) => {
                    let mut engine = Engine::new(plan().clone(), Arc::new(steps), common::root(), Options::default());
                    for batch in common::batches(&input, usize::MAX, FrameLimits::default()) {
                        match engine.run(&batch, &mut out) {
                            Ok(outcomes) => said += &format!("{outcomes:?} {:?}", engine.quarantined()),
                            Err(error) => {
                                let error: RunError<Infallible> = RunError::from(error);
                                said += &format!("{error} {error:?}");
                            }
                        }
                    }
                    said += &format!("{:?}", engine.counts());
                }
            }
            assert!(!appears(canary, said.as_bytes()), "{export}: {said}");
            assert!(!appears(canary, out.bytes()), "{export}: {}", String::from_utf8_lossy(out.bytes()));
        }
    }
}

/// A panic of the program itself, whose message may quote a value, says where it happened and nothing else.
#[test]
fn a_panic_says_where_and_nothing_else() {
    let canary = "zqpanicqz";
    if std::env::var_os("TAMIS_TEST_PANICS").is_some() {
        tamis::cli::quiet_panics();
        let value = format!("é{canary}");
        let _ = std::thread::spawn(move || value[1..].len()).join();
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_panic_says_where_and_nothing_else", "--nocapture"])
        .env("TAMIS_TEST_PANICS", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("canary.rs:"), "{said}");
    assert!(!appears(canary, &output.stderr) && !appears(canary, &output.stdout), "{said}");
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
    let recipient = Identity::generate().to_public().to_string();
    let sealed = ["--summary", "json", "--recipient", &recipient, "--quarantine-unknown", "sealed", "--threads", "2"];
    for arguments in [&["--summary", "text"][..], &["--summary", "json", "--stamp", "--no-guard"], &sealed] {
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
