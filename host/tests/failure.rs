//! LAW (fail closed): whatever a guest does, in whichever of its exports, no value that it was to treat leaves; the failure
//! rule says what becomes of it, and of its event alone.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
#[path = "common/hostile.rs"]
mod hostile;

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use hostile::guest::Guest;
use hostile::{EVIL, Hostile, guests};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use tamis::event::frame::FrameLimits;
use tamis::pipeline::{Engine, Options, Outcome, Sanitized};
use tamis::plugin::{self, Kind};
use tamis::policy::Plan;

/// What the policy says, and what stands in the place of a value.
const RULES: [(&str, Option<&str>); 5] = [
    ("\"null\"", Some("null")),
    ("{ replace = \"nothing\" }", Some("\"nothing\"")),
    ("\"drop\"", None),
    ("\"quarantine\"", None),
    ("\"stop\"", None),
];

fn files(rule: &str) -> Vec<(String, String)> {
    let schema = r#"
        [inside]
        "raw" = "json"
        "pairs" = "key=value"
        [fields]
        "op" = "event.action"
        "text" = "content.text"
        "mail" = "id.email"
        "when" = "time.event"
        "never" = "file.path"
        "raw.text" = "content.text"
        "raw.op" = "event.action"
        "pairs.mail" = "id.email"
        "pairs.op" = "event.action"
        "list[*]" = "content.text"
        "keys.*" = "event.action"
        [keys]
        "keys.*" = "id.email"
    "#;
    let base = format!(
        r#"
        [rule.all]
        because = "It is a test."
        cite = "own"
        "event.action" = "keep"
        "content.text" = "redact-personal"
        "id.email" = "mask-ends"
        "time.event" = "generalise-day"
        "file.path" = "forbid"
        [failure]
        because = "It is a test."
        cite = "own"
        otherwise = {rule}
        "#
    );
    common::small(schema, &base)
}

fn plan(rule: &str) -> Arc<Plan> {
    common::plan(&common::library(&files(rule)), "base", &[], "security")
}

/// What became of a batch.
#[derive(Debug)]
struct Ran {
    outcomes: Vec<Outcome>,
    /// What left of each event.
    lines: Vec<Option<String>>,
    /// What may be sealed.
    residues: usize,
    said: String,
}

fn run(plan: &Arc<Plan>, steps: &Arc<Hostile>, events: &[String]) -> Result<Ran, String> {
    let mut engine = Engine::new(plan.clone(), steps.clone(), common::root(), Options::default());
    let [batch] = &common::batches(&common::ndjson(events), usize::MAX, FrameLimits::default())[..] else {
        panic!("one batch")
    };
    let mut out = Sanitized::default();
    let outcomes = match engine.run(batch, &mut out) {
        Ok(outcomes) => outcomes,
        Err(error) => {
            assert!(out.bytes().is_empty(), "nothing leaves where a step cannot be made");
            return Err(format!("{error} {error:?}"));
        }
    };
    let mut left = std::str::from_utf8(out.bytes()).unwrap().lines().map(str::to_owned);
    let lines = outcomes.iter().map(|o| (*o == Outcome::Passed).then(|| left.next().unwrap())).collect();
    assert_eq!(left.next(), None);
    let quarantined = engine.quarantined();
    let said = format!("{outcomes:?} {:?} {:?} {quarantined:?}", engine.counts(), engine.stopped());
    Ok(Ran { residues: quarantined.iter().filter(|q| q.residue.is_some()).count(), outcomes, lines, said })
}

/// An event with a word in every value that a step treats. Long, so that its columns take more memory than settings do.
fn event(word: &str, when: &str) -> String {
    let long = format!("{word} {}", "and nothing else ".repeat(20));
    format!(
        r#"{{"op":"x","text":"{long}","mail":"{long}","when":"{when}","never":"forbidden","raw":"{{\"text\":\"{word}\",\"op\":\"y\"}}","pairs":"op=z mail={word}","list":["{word}"],"keys":{{"{word}":"k"}}}}"#
    )
}

const TIME: &str = "2026-11-03t06:00:00z";

#[test]
fn no_value_leaves_whatever_a_guest_does_in_whatever_export() {
    let word = "zqcanaryqz";
    let plans: Vec<_> = RULES.iter().map(|(rule, place)| (plan(rule), *rule, *place)).collect();
    for kind in [Kind::Detector, Kind::Transformer] {
        let long = word.repeat(40);
        let when = if kind == Kind::Detector { TIME } else { &long };
        let events = [event(word, when), event("other", when)];
        for evil in EVIL {
            for (export, guest) in guests(kind, evil) {
                let steps = match Hostile::new(&guest) {
                    Ok(steps) => Arc::new(steps),
                    Err(error) => {
                        assert!(["start", "describe"].contains(&export), "{export}: {error}");
                        continue;
                    }
                };
                for (plan, rule, place) in &plans {
                    let what = format!("{kind:?} {export} {evil} {rule}");
                    let ran = match run(plan, &steps, &events) {
                        Ok(ran) => ran,
                        Err(said) => {
                            assert_eq!(export, "configure", "{what}: {said}");
                            assert!(!said.contains(word), "{what}: {said}");
                            continue;
                        }
                    };
                    assert!(!ran.said.contains(word), "{what}: {}", ran.said);
                    match (*rule, ran.outcomes[0]) {
                        ("\"quarantine\"", Outcome::Quarantined("step-failed")) => {
                            assert_eq!(ran.residues, 2, "{what}")
                        }
                        ("\"stop\"", Outcome::Stopped) => assert_eq!(ran.outcomes[1], Outcome::Stopped, "{what}"),
                        ("\"quarantine\"" | "\"stop\"", other) => panic!("{what}: {other:?}"),
                        (_, outcome) => assert_eq!(outcome, Outcome::Passed, "{what}"),
                    }
                    let treated: &[&str] = if kind == Kind::Detector { &["text"] } else { &["mail", "when"] };
                    for line in ran.lines.iter().flatten() {
                        let value: Value = serde_json::from_str(line).unwrap();
                        for field in treated {
                            let found = value.get(field).map(ToString::to_string);
                            assert_eq!(found.as_deref(), *place, "{what}: {line}");
                        }
                        assert_eq!(value["op"], "x", "{what}: what no step treats is not touched");
                        // The other steps work as ever: only what the broken one was to treat is at stake.
                        let left: Vec<_> = if kind == Kind::Detector {
                            vec!["text", "raw", "list"]
                        } else {
                            vec!["mail", "when", "pairs", "keys"]
                        };
                        for field in left {
                            let text = value.get(field).map(ToString::to_string).unwrap_or_default();
                            assert!(!text.contains(word), "{what}: {line}");
                        }
                    }
                }
            }
        }
    }
}

/// A word that an honest guest passes on, or one that makes it fail.
fn word() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        6 => prop::sample::select(vec!["plain", "x", "axbx", "nothing"]),
        1 => prop::sample::select(vec!["zT", "zS", "zM", "zR", "zF"]),
    ]
}

proptest! {
    #![proptest_config(common::cases(24))]

    /// One event's failure never changes its neighbours.
    #[test]
    fn what_becomes_of_an_event_does_not_depend_on_its_neighbours(
        words in vec(word(), 1..20),
        rule in 0..4usize,
        detects in any::<bool>(),
    ) {
        let guest = if detects { Guest::sieve() } else { Guest::obeying() };
        let steps = Arc::new(Hostile::new(&guest).unwrap());
        let plan = plan(RULES[rule].0);
        let events: Vec<_> = words.iter().map(|word| event(word, TIME)).collect();
        let together = run(&plan, &steps, &events).unwrap();
        for (number, (word, event)) in words.iter().zip(&events).enumerate() {
            let alone = run(&plan, &steps, std::slice::from_ref(event)).unwrap();
            prop_assert_eq!(together.outcomes[number], alone.outcomes[0], "{}", word);
            prop_assert_eq!(&together.lines[number], &alone.lines[0], "{}", word);
            let fails = word.starts_with('z');
            let withheld = matches!(alone.outcomes[0], Outcome::Quarantined(_));
            prop_assert_eq!(withheld, fails && RULES[rule].0 == "\"quarantine\"", "{}", word);
        }
    }

    /// Where a route stops, what came before leaves as ever, and nothing behind.
    #[test]
    fn a_route_stops_at_the_first_event_that_fails(words in vec(word(), 1..20), detects in any::<bool>()) {
        let guest = if detects { Guest::sieve() } else { Guest::obeying() };
        let steps = Arc::new(Hostile::new(&guest).unwrap());
        let events: Vec<_> = words.iter().map(|word| event(word, TIME)).collect();
        let ran = run(&plan("\"stop\""), &steps, &events).unwrap();
        let first = words.iter().position(|word| word.starts_with('z')).unwrap_or(words.len());
        for (number, outcome) in ran.outcomes.iter().enumerate() {
            let expected = if number < first { Outcome::Passed } else { Outcome::Stopped };
            prop_assert_eq!(*outcome, expected, "{} of {:?}", number, words);
        }
    }
}

/// A policy with the guard on: a value that the mask step treats, and one whose category means addresses of persons.
fn guarded(rule: &str) -> Arc<Plan> {
    let mut files = files(rule);
    for (name, text) in &mut files {
        if name.starts_with("base/") {
            *text = text.replace("revision = 1\n", "revision = 1\nguard = true\n");
            *text = text.replace("\"content.text\" = \"redact-personal\"", "\"content.text\" = \"mask-last\"");
            *text =
                text.replace("\"id.email\" = \"mask-ends\"", "\"id.email\" = \"mask-last\"\n\"id.name\" = \"keep\"");
        }
        if name.starts_with("schemas/") {
            *text =
                text.replace("[keys]\n        \"keys.*\" = \"id.email\"", "[keys]\n        \"keys.*\" = \"id.name\"");
        }
    }
    common::plan(&common::library(&files), "base", &[], "security")
}

/// The guard looks at what a transformer answered: what is found there stays behind, unless the value may hold it.
#[test]
fn what_a_transformer_makes_up_is_stopped() {
    let address = b"ann.smith@example.com";
    let edit = |row| [0, row, 0, 1, 0, address.len() as u32];
    let event =
        r#"{"op":"x","text":"a text","mail":"b text","keys":{"plain":"k","bob.smith@example.com":"l"}}"#.to_owned();
    let run = |rows: &[u32]| {
        let edits: Vec<_> = rows.iter().map(|row| edit(*row)).collect();
        let steps = Arc::new(Hostile::new(&Guest::editing(edits.as_flattened(), address, &[])).unwrap());
        let ran = run(&guarded("\"drop\""), &steps, std::slice::from_ref(&event)).unwrap();
        let line: Value = serde_json::from_str(ran.lines[0].as_deref().unwrap()).unwrap();
        (line, ran.said)
    };
    let (honest, _) = run(&[]);
    assert_eq!(honest["text"], "a text");
    assert_eq!(honest["keys"], serde_json::json!({ "plain": "k" }), "a key that is kept is looked at too");
    // Both values have one mask, so they are rows of one column.
    let (made_up, said) = run(&[0]);
    assert!(made_up.get("text").is_none() && made_up["mail"] == "b text", "{made_up}");
    assert!(said.contains("guarded: 2"), "{said}");
    let (meant, _) = run(&[1]);
    assert_eq!((&meant["text"], &meant["mail"]), (&"a text".into(), &"ann.smith@example.com text".into()));
}

/// Where the guard cannot look at an answer, the failure rule says what becomes of it.
#[test]
fn an_answer_that_nobody_looked_at_does_not_leave() {
    let steps = Arc::new(Hostile::new(&Guest::sieve()).unwrap());
    // The mask shows the last characters, over which the detector breaks. Without a sign they were too short for it.
    let events = [("a note", "plain note"), ("a note", "some note @T1"), ("a note @T2", "plain note")]
        .map(|(text, mail)| format!(r#"{{"op":"y","text":"{text}","mail":"{mail}"}}"#));
    let lines = |rule: &str| run(&guarded(rule), &steps, &events).unwrap().lines;
    let dropped = lines("\"drop\"");
    assert_eq!(dropped[0].as_deref(), Some(r#"{"op":"y","text":"***ote","mail":"***ote"}"#));
    for (number, word) in [(1, "T1"), (2, "T2")] {
        let line = dropped[number].as_deref().unwrap();
        assert!(!line.contains(word), "{line}");
        assert!(line.contains("\"op\":\"y\""), "{line}");
    }
    let quarantined = lines("\"quarantine\"");
    assert_eq!(quarantined.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, false]);
}

/// LAW (invariance): where the detector fails for an event, what it was shown of earlier ones counts as unseen as well.
#[test]
fn what_leaves_where_the_guard_fails_does_not_depend_on_what_came_before() {
    let steps = Arc::new(Hostile::new(&Guest::sieve()).unwrap());
    let plan = guarded("\"drop\"");
    let last = |events: &[&str]| {
        let mut engine = Engine::new(plan.clone(), steps.clone(), common::root(), Options::default());
        let mut out = Sanitized::default();
        for event in events {
            let batches = common::batches(&common::ndjson(&[(*event).to_owned()]), usize::MAX, FrameLimits::default());
            engine.run(&batches[0], &mut out).unwrap();
        }
        String::from_utf8(out.bytes().to_vec()).unwrap()
    };
    for (known, fails) in [
        (r#""keys":{"a name that is kept":"k"}"#, r#""keys":{"a name that is kept":"k","another one @T1":"l"}"#),
        (r#""text":"a masked text @me""#, r#""text":"a masked text @me","mail":"some note @T1""#),
    ] {
        let [known, fails] = [known, fails].map(|rest| format!(r#"{{"op":"y",{rest}}}"#));
        assert!(last(&[&known]).len() > "{\"op\":\"y\"}\n".len(), "{known}");
        assert_eq!(last(&[&fails]), "{\"op\":\"y\"}\n");
        assert_eq!(last(&[&known, &known, &fails]), "{\"op\":\"y\"}\n");
    }
}

/// LAW (tightening): layers join to the strictest, in each category; of one layer the most specific row counts.
#[test]
fn a_layer_can_only_make_the_rule_stricter() {
    let what = |base: &str, more: &str| {
        let mut files = files("\"null\"");
        for (name, text) in files.iter_mut().filter(|(name, _)| name.starts_with("base/")) {
            *text = text.replace("otherwise = \"null\"", base);
            assert!(name.ends_with(".toml") && text.contains(base));
        }
        let head = "[policy]\nid = \"firm\"\ntitle = \"A layer\"\nlayer = \"tenant\"\nrevision = 1\n";
        let rule = format!("[failure]\nbecause = \"It is a test.\"\ncite = \"own\"\n{more}\n");
        files.push(("tenants/firm.toml".into(), format!("{head}{}", if more.is_empty() { "" } else { &rule })));
        let plan = common::plan(&common::library(&files), "firm", &[], "security");
        ["id.email", "id.name", "file.path"].map(|name| {
            let failing = plan.failing(&[plan.library.words.category(name).unwrap()]);
            let rules = failing.rules.iter().map(|rule| plan.rule(*rule)).collect::<Vec<_>>().join(" ");
            format!("{:?} {rules}", failing.what)
        })
    };
    let (own, firm, both) = ("base.failure", "firm.failure", "base.failure firm.failure");
    assert_eq!(what("otherwise = \"drop\"", "").each_ref().map(String::as_str), ["Drop base.failure"; 3]);
    assert_eq!(
        what("otherwise = \"drop\"", "otherwise = \"null\"\n\"id.*\" = \"quarantine\"\n\"id.name\" = \"drop\""),
        [format!("Quarantine {firm}"), format!("Drop {both}"), format!("Drop {own}")]
    );
    assert_eq!(
        what("\"id.*\" = \"stop\"", "\"file.*\" = { replace = 1 }\n\"id.email\" = \"quarantine\""),
        [format!("Stop {own}"), format!("Stop {own}"), format!("Replace(\"1\") {firm}")]
    );
    assert_eq!(what("\"id.*\" = \"drop\"", "")[2], "Null ", "where no layer says anything");
}

/// The whole command: exit code, output and summary say what the failure rule did.
#[test]
fn the_command_says_what_happened() {
    let dir = tempfile::tempdir().unwrap();
    let run = |rule: &str, more: &[&str]| {
        let policies = dir.path().join("policies");
        for (name, text) in files(rule) {
            let path = policies.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_tamis"))
            .args(["filter", "--summary", "json", "--policy"])
            .arg(policies.join("base/base.toml"))
            .args(more)
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let events = ["2026-11-03T07:41:12Z", "no time", "2026-11-03T07:41:12Z"]
            .map(|w| format!("{{\"op\":\"x\",\"when\":\"{w}\"}}"));
        child.stdin.take().unwrap().write_all(&common::ndjson(events)).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let summary: Value = serde_json::from_str(said.lines().find(|line| line.starts_with('{')).unwrap()).unwrap();
        assert_eq!(summary["failures"]["minimize: gave-up"], 1, "{said}");
        assert_eq!(summary["rules"]["base.failure"], 1, "{said}");
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap(), summary, said)
    };
    let (good, op) = ("{\"op\":\"x\",\"when\":\"2026-11-03\"}\n", "{\"op\":\"x\"}\n");

    let (code, out, summary, _) = run("\"drop\"", &[]);
    assert_eq!((code, out), (0, format!("{good}{op}{good}")));
    assert_eq!(summary["untreated"], serde_json::json!({ "drop": 1 }));
    assert_eq!(summary["untreated-at"], serde_json::json!({ "small: when": 1 }));

    let (code, out, summary, _) = run("{ replace = 0 }", &[]);
    assert_eq!((code, out), (0, format!("{good}{{\"op\":\"x\",\"when\":0}}\n{good}")));
    assert_eq!(summary["untreated"], serde_json::json!({ "replace": 1 }));

    let (code, out, summary, _) = run("\"quarantine\"", &["--quarantine", "quarantine"]);
    assert_eq!((code, out), (0, format!("{good}{good}")));
    assert_eq!(summary["quarantined"], serde_json::json!({ "step-failed": 1 }));
    assert_eq!(summary["quarantine"]["discarded"], 1);

    for threads in ["1", "2"] {
        let (code, out, summary, said) = run("\"stop\"", &["--threads", threads]);
        assert_eq!((code, out.as_str()), (4, good), "{said}");
        let events = &summary["events"];
        assert_eq!((&events["in"], &events["out"], &events["stopped"]), (&3.into(), &1.into(), &2.into()), "{said}");
        assert!(said.contains("event 2 of standard input") && said.contains("`base.failure`"), "{said}");
    }
    let (code, _, _, said) = run("\"stop\"", &["--output", "out.ndjson"]);
    assert!(code == 4 && !dir.path().join("out.ndjson").exists(), "{said}");
}
