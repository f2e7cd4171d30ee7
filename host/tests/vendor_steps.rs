//! LAW (least sight): a vendor's detector sees nothing that others hide, its transformer nothing that does not leave in clear;
//! neither can let out what was hidden, and what one of them fails on harms no other event.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
#[path = "../src/plugin/tests/guest.rs"]
#[allow(dead_code, reason = "it is the plugin room's own")]
mod guest;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::random::words;
use guest::{Guest, unless_empty};
use serde_json::Value;
use tamis::event::{Column, Edit, Edits, Finding};
use tamis::pipeline::{
    Counts, Engine, Options, Outcome, Sandboxed, Sanitized, StepError, Steps, Tenant, Tenants, TenantsError, Vendor,
};
// The guests name it so.
use tamis::plugin;
use tamis::plugin::{Detector, Entity, Failure, GuestCode, Host, Limits, Reuse, Transformer};
use tamis::policy::document::{Evidence, SecretLists, Span, Text};
use tamis::policy::{Library, Plan, Request, compile};

/// What plugins were shown, in order.
type Seen = Arc<Mutex<Vec<String>>>;

/// Finds every `x`; a `T` traps it.
struct Finder(Seen);

impl Detector for Finder {
    fn scan(&mut self, columns: &[Column<'_>]) -> Result<Vec<Finding>, Failure> {
        let mut found = Vec::new();
        for (column, rows) in columns.iter().enumerate() {
            for row in 0..rows.rows() {
                let text = std::str::from_utf8(rows.row(row)).unwrap();
                self.0.lock().unwrap().push(text.to_owned());
                if text.contains('T') {
                    return Err(Failure::Trap);
                }
                let (column, row) = (column as u32, row as u32);
                let span =
                    |(at, _)| Finding { column, row, start: at as u32, end: at as u32 + 1, entity: 0, confidence: 2 };
                found.extend(text.match_indices('x').map(span));
            }
        }
        Ok(found)
    }
}

/// Puts its text in place of every value but those with `K`; gives up on `G`, refuses a batch with `R`.
struct Writer(Seen, &'static str);

impl Transformer for Writer {
    fn transform(&mut self, columns: &[Column<'_>]) -> Result<Edits, Failure> {
        let mut edits = Edits { text: self.1.as_bytes().to_vec(), ..Edits::default() };
        for row in 0..columns.first().map_or(0, Column::rows) {
            let text = std::str::from_utf8(columns[0].row(row)).unwrap();
            self.0.lock().unwrap().push(text.to_owned());
            if text.contains('R') {
                return Err(Failure::Refused(GuestCode::Internal));
            }
            if text.contains('G') {
                edits.failed.push((0, row as u32));
                continue;
            }
            if text.contains('K') {
                continue;
            }
            let text_range = 0..self.1.len() as u32;
            edits.edits.push(Edit { column: 0, row: row as u32, start: 0, end: text.len() as u32, text: text_range });
        }
        Ok(edits)
    }
}

/// Tells in each value, by which of its letters it hides, what else it is shown in the call; of a value alone it tells the number of its
/// event.
struct Gossip(Seen);

impl Detector for Gossip {
    fn scan(&mut self, columns: &[Column<'_>]) -> Result<Vec<Finding>, Failure> {
        let mut found = Vec::new();
        let rows: Vec<(u32, &str)> = columns
            .iter()
            .flat_map(|c| (0..c.rows()).map(|row| (c.event[row], std::str::from_utf8(c.row(row)).unwrap())))
            .collect();
        for (row, (event, text)) in rows.iter().enumerate() {
            self.0.lock().unwrap().push((*text).to_owned());
            let others = rows.iter().enumerate().filter(|(other, _)| *other != row);
            let gossip: Vec<u8> =
                others.flat_map(|(_, (event, text))| format!("{event} {text}").into_bytes()).collect();
            let gossip = if rows.len() == 1 && *event > 0 { vec![0xff; 64] } else { gossip };
            // FNV-1a.
            let bits = gossip
                .iter()
                .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
            for at in (0..text.len().min(64)).filter(|at| text.is_ascii() && !gossip.is_empty() && bits >> at & 1 == 1)
            {
                let (row, start, end, entity) = (row as u32, at as u32, at as u32 + 1, (bits >> (at / 2) & 7) as u32);
                found.push(Finding { column: 0, row, start, end, entity, confidence: 3 });
            }
        }
        Ok(found)
    }
}

/// The built-in steps, with doubles for the plugins of the plan: `finder`, `gossip` and `writer`.
struct Doubles {
    built_in: Arc<Sandboxed>,
    names: Vec<String>,
    seen: Seen,
    writes: &'static str,
}

impl Steps for Doubles {
    fn detector(&self, settings: &str, prepared: Vec<Vec<u8>>) -> Result<Box<dyn Detector + Send>, StepError> {
        self.built_in.detector(settings, prepared)
    }

    fn mask(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError> {
        self.built_in.mask(settings)
    }

    fn minimise(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError> {
        self.built_in.minimise(settings)
    }

    fn entities(&self) -> &[String] {
        self.built_in.entities()
    }

    fn vendor(&self, number: u16) -> Result<Vendor, StepError> {
        let entity = Entity { name: "example.cross".into(), sets: Vec::new(), title: "An x".into() };
        Ok(match self.names[usize::from(number)].as_str() {
            "firm.finder" => Vendor::Detector { step: Box::new(Finder(self.seen.clone())), entities: vec![entity] },
            "firm.gossip" => {
                let named = |number| Entity { name: format!("said.n{number}"), ..entity.clone() };
                Vendor::Detector { step: Box::new(Gossip(self.seen.clone())), entities: (0..8).map(named).collect() }
            }
            _ => Vendor::Transformer(Box::new(Writer(self.seen.clone(), self.writes))),
        })
    }
}

const MAP: &str = "[schema]\nid = \"small\"\ntitle = \"Small\"\nrevision = 1\nrecognise = [\"op\"]\n\
                   [fields]\n\"op\" = \"event.action\"\n\"note\" = \"content.text\"\n\"who\" = \"id.name\"\n\"mail\" = \"id.email\"\n\
                   \"subject\" = \"id.name\"\n\"page\" = [\"content.text\", \"file.path\"]\n\"in.note\" = \"content.text\"\n\
                   [inside]\n\"in\" = \"json\"\n";

fn plan(treatment: &str, plugins: &str) -> Arc<Plan> {
    plan_of(&format!("\"id.name\" = \"redact\"\n\"content.text\" = {treatment}\n"), plugins)
}

fn plan_of(rows: &str, plugins: &str) -> Arc<Plan> {
    common::plan(&library(rows, plugins), "firm", &[], "security")
}

fn library(rows: &str, plugins: &str) -> Arc<Library> {
    let mut files = words();
    files.push(("schemas/small.toml".into(), MAP.into()));
    let head = "title = \"A layer\"\nrevision = 1\n";
    files.push((
        "base/base.toml".into(),
        format!(
            "[policy]\nid = \"base\"\nlayer = \"base\"\n{head}[law]\nown = {{ cite = \"none\", sure = \"high\", seen = \"text\" }}\n\
             [rule.all]\nbecause = \"x\"\ncite = \"own\"\n\"event.action\" = \"keep\"\n{rows}"
        ),
    ));
    files.push(("tenants/firm.toml".into(), format!("[policy]\nid = \"firm\"\nlayer = \"tenant\"\n{head}{plugins}")));
    common::library(&files)
}

fn plugin(name: &str, does: &str) -> String {
    let digest = "0".repeat(64);
    format!(
        "[plugin.{name}]\nbecause = \"x\"\ncite = \"own\"\ncomponent = \"{name}.wasm\"\ndigest = \"sha256:{digest}\"\n{does}\n"
    )
}

const FINDER: &str = "look-in = [\"content.text\", \"id.name\"]";
const WRITER: &str = "rewrite = [\"content.text\"]";

struct Ran {
    events: Vec<Value>,
    seen: Vec<String>,
    counts: Counts,
}

fn run(plan: &Arc<Plan>, writes: &'static str, events: &[&str]) -> Ran {
    let seen = Seen::default();
    let names = plan.plugins.iter().map(|plugin| plugin.name.clone()).collect();
    let steps = Doubles { built_in: common::steps(plan), names, seen: seen.clone(), writes };
    let mut engine = Engine::new(plan.clone(), Arc::new(steps), common::root(), Options::default());
    let mut out = Vec::new();
    for batch in common::batches(&common::ndjson(events), usize::MAX, Default::default()) {
        let mut sanitized = Sanitized::default();
        engine.run(&batch, &mut sanitized).unwrap();
        out.extend_from_slice(sanitized.bytes());
    }
    let lines = out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let events = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
    let seen = seen.lock().unwrap().clone();
    Ran { events, seen, counts: engine.counts() }
}

#[test]
fn a_detector_sees_what_would_leave_and_only_takes_away() {
    let plan = plan("[\"redact-personal\", \"mask-ends\"]", &plugin("finder", FINDER));
    let ran = run(&plan, "", &[r#"{"op":1,"note":"axé ann@example.com xb","who":"x"}"#]);
    // `mask-ends` shows the first character and the last two, and how much it hides nowhere.
    assert_eq!(ran.seen, ["a***xb"]);
    assert_eq!(ran.events[0]["who"], "[redacted]");
    let note = ran.events[0]["note"].as_str().unwrap();
    assert!(note.starts_with('a') && note.ends_with('b') && !note.contains('x'), "{note}");
    assert_eq!(ran.counts.entities["firm.finder"], 1);
    assert_eq!(ran.counts.rules["firm.finder"], 2);
}

#[test]
fn spans_of_a_detector_join_with_those_of_others() {
    let plan = plan("\"redact-personal\"", &plugin("finder", FINDER));
    let ran = run(&plan, "", &[r#"{"op":1,"note":"x by ann@example.com","in":"{\"note\":\"a\\\"x\"}"}"#]);
    assert_eq!(ran.seen, ["x by [email]", "a\"x"]);
    assert_eq!(ran.events[0]["note"], "[finder] by [email]");
    assert_eq!(ran.events[0]["in"], r#"{"note":"a\"[finder]"}"#);
}

/// LAW: a code is of the whole value, or says that something was found in it: not what, and not where.
#[test]
fn what_a_detector_finds_where_a_code_will_stand_hides_all_of_it() {
    let plan = plan("\"pseudonymise\"", &plugin("finder", FINDER));
    let events = [r#"{"op":1,"note":"ax"}"#, r#"{"op":1,"note":"xbcx"}"#, r#"{"op":1,"note":"a"}"#];
    let ran = run(&plan, "", &events);
    assert_eq!(ran.events[0]["note"], ran.events[1]["note"]);
    assert_ne!(ran.events[0]["note"], ran.events[2]["note"]);
    assert_eq!(ran.counts.entities["firm.finder"], 2, "values, not findings");
}

const MAIL: &str = "\"id.name\" = \"keep\"\n\"content.text\" = \"redact-personal\"\n\"id.email\" =";
const GOSSIP: &str = "look-in = [\"content.text\", \"id.email\", \"id.name\"]";

/// LAW (non-interference): a value that does not leave as it is shown changes nothing but what stands in its own place, and no count.
/// A detector that tells all that it is shown cannot tell it.
#[test]
fn what_does_not_leave_reaches_no_other_value_and_no_count() {
    let values = ["anna@example.de", "caroline.of-hearts@mail.example.com"];
    let whole = ["\"pseudonymise\"", "\"pseudonymise-escrow\"", "[\"redact-personal\", \"pseudonymise\"]"];
    for (treatment, is_code) in whole.map(|code| (code, true)).into_iter().chain([("\"redact-personal\"", false)]) {
        let plan = plan_of(&format!("{MAIL} {treatment}"), &plugin("gossip", GOSSIP));
        let ran = values.map(|first| {
            let events = [
                format!(r#"{{"op":1,"note":"the quick brown fox jumps over the lazy dog","mail":"{first}"}}"#),
                format!(
                    r#"{{"op":2,"note":"sphinx of black quartz by {first}, judge my vow","subject":"a long subject"}}"#
                ),
                r#"{"op":3,"note":"pack my box","subject":"another subject","mail":"dora@example.org"}"#.to_owned(),
            ];
            let mut ran = run(&plan, "", &events.each_ref().map(String::as_str));
            // What the built-in detector finds in the values is its own.
            ran.counts.entities.retain(|name, _| name == "firm.gossip");
            if is_code {
                let code = ran.events[0]["mail"].take();
                assert!(code.is_string(), "{code}");
            }
            ran
        });
        let told = format!("{:?}", ran[0].events);
        assert!(told.contains("[gossip]"), "it tells what it may: {told}");
        assert_eq!(ran[0].events, ran[1].events, "{treatment}");
        assert_eq!(ran[0].counts, ran[1].counts, "{treatment}");
        assert!(ran[0].counts.failures.is_empty(), "{:?}", ran[0].counts);
    }
}

/// LAW: nor does a value that the guard keeps back.
#[test]
fn what_the_guard_keeps_back_reaches_no_other_value() {
    let plan = plan_of(&format!("{MAIL} \"keep\""), &format!("guard = true\n{}", plugin("gossip", GOSSIP)));
    let ran = ["write to anna@example.de", "write to caroline.of-hearts@mail.example.com"].map(|subject| {
        let events = [
            r#"{"op":1,"note":"the quick brown fox","subject":"jumps over the lazy dog"}"#.to_owned(),
            format!(r#"{{"op":2,"note":"pack my box","subject":"{subject}"}}"#),
        ];
        run(&plan, "", &events.each_ref().map(String::as_str))
    });
    assert!(ran[0].events[1].get("subject").is_none_or(Value::is_null), "{:?}", ran[0].events);
    assert_eq!(ran[0].events, ran[1].events);
    assert_eq!(ran[0].counts, ran[1].counts);
}

/// LAW: nor does what the guard may yet stop, since it looks last at what steps answered: masked values, and those made coarser.
#[test]
fn what_the_guard_looks_at_last_reaches_no_other_value() {
    let gossip = plugin("gossip", GOSSIP);
    for (rows, field, values) in [
        (format!("{MAIL} \"mask-ends\""), "mail", ["anna@example.de", "caroline.of-hearts@mail.example.com"]),
        (format!("\"file.path\" = \"generalise-path\"\n{MAIL} \"keep\""), "page", ["/opt/a/b", "/srv/c/d/e"]),
    ] {
        let plan = plan_of(&rows, &format!("guard = true\n{gossip}"));
        let ran = values.map(|value| {
            let events = [
                r#"{"op":1,"note":"the quick brown fox","subject":"jumps over the lazy dog"}"#.to_owned(),
                format!(r#"{{"op":2,"note":"pack my box","{field}":"{value}"}}"#),
                format!(r#"{{"op":3,"{field}":"another/{field}/of/somebody"}}"#),
            ];
            let mut ran = run(&plan, "", &events.each_ref().map(String::as_str));
            assert!(ran.events[1][field].take().is_string(), "{:?}", ran.events);
            ran.counts.entities.retain(|name, _| name == "firm.gossip");
            ran
        });
        assert_ne!(ran[0].seen, ran[1].seen, "it is shown what it may not tell");
        assert_eq!(ran[0].events, ran[1].events, "{field}");
        assert_eq!(ran[0].counts, ran[1].counts, "{field}");
    }
}

/// LAW: nor does what a transformer removes: a detector of the same vendor does not see it beside others.
#[test]
fn what_a_transformer_rewrites_reaches_no_other_value() {
    let both = plugin("gossip", GOSSIP) + &plugin("writer", WRITER);
    let plan = plan_of("\"id.name\" = \"keep\"\n\"content.text\" = \"keep\"", &both);
    let ran = ["a note of Anna", "quite another one of Caroline"].map(|note| {
        let events = [
            format!(r#"{{"op":1,"note":"{note}","subject":"the quick brown fox"}}"#),
            r#"{"op":2,"note":"KKKK pack my box KKKK","subject":"jumps over the lazy dog"}"#.to_owned(),
        ];
        run(&plan, "y", &events.each_ref().map(String::as_str))
    });
    assert_ne!(ran[0].seen, ran[1].seen);
    assert_eq!((&ran[0].events[0]["note"], &ran[0].events[1]["note"]), (&"y".into(), &"KKKK pack my box KKKK".into()));
    assert_eq!(ran[0].events, ran[1].events);
    assert_eq!(ran[0].counts, ran[1].counts);
}

/// LAW (one form): what is found in a coarser value hides all of it. It is no failure, and a code is that of the label.
#[test]
fn what_a_detector_finds_in_a_coarser_value_hides_all_of_it() {
    let failure = "[failure]\nbecause = \"x\"\ncite = \"own\"\notherwise = \"stop\"\n";
    for (treatment, is_code) in [("\"generalise-path\"", false), ("[\"generalise-path\", \"pseudonymise\"]", true)] {
        let rows = format!("\"file.path\" = {treatment}\n\"content.text\" = \"keep\"\n");
        let plan = plan_of(&rows, &(plugin("finder", "look-in = [\"content.text\"]") + failure));
        let pages = ["/axe/b/c/d.pdf", "/box/e/f/g.pdf", "/home/b/c/d.pdf"];
        let ran =
            run(&plan, "", &pages.map(|page| format!(r#"{{"op":1,"page":"{page}"}}"#)).each_ref().map(String::as_str));
        let page = |number: usize| ran.events[number]["page"].as_str().unwrap();
        assert!(ran.seen.iter().all(|seen| !seen.contains("/c/")), "it is coarser: {:?}", ran.seen);
        assert_eq!(page(0), page(1), "{treatment}");
        assert_ne!(page(0), page(2), "{treatment}");
        assert_eq!(page(0) == "[finder]", !is_code, "{}", page(0));
        assert_eq!((ran.counts.failures.len(), ran.counts.entities["firm.finder"]), (0, 2), "{treatment}");
    }
}

/// LAW: no call shows that there are events of which it shows nothing.
#[test]
fn events_that_stay_behind_leave_no_gap() {
    let plan = plan_of(&format!("{MAIL} \"keep\""), &plugin("gossip", GOSSIP));
    let (one, two) = (r#"{"op":1,"note":"the quick brown fox"}"#, r#"{"op":2,"note":"jumps over the lazy dog"}"#);
    let with = run(&plan, "", &[one, r#"{"of":"no map","note":"x"}"#, two]);
    assert_eq!(with.counts.quarantined_total(), 1);
    assert_eq!(with.events, run(&plan, "", &[one, two]).events);
}

/// LAW: what one detector hides no other is shown.
#[test]
fn a_detector_sees_nothing_of_what_another_found() {
    let both = plugin("finder", FINDER) + &plugin("gossip", GOSSIP);
    let ran = run(&plan("\"keep\"", &both), "", &[r#"{"op":1,"note":"a xx b"}"#]);
    assert_eq!(ran.seen, ["a xx b", "a [finder] b"]);
}

/// LAW (no names): a vendor's names for what it finds say nothing anywhere, but for those that the policy names itself.
#[test]
fn findings_are_counted_and_labelled_by_names_of_the_policy_only() {
    let events = [r#"{"op":1,"note":"the quick brown fox","who":"x"}"#, r#"{"op":1,"note":"pack my box","who":"x"}"#];
    for (more, names) in [
        ("", vec!["firm.gossip"]),
        ("find = [\"said.n1\", \"said.n4\"]", vec!["said.n1", "said.n4"]),
        ("label = \"[gate]\"", vec!["firm.gossip"]),
    ] {
        let ran =
            run(&plan("\"keep\"", &plugin("gossip", &format!("look-in = [\"content.text\"]\n{more}"))), "", &events);
        let counted: Vec<_> = ran.counts.entities.keys().map(String::as_str).collect();
        assert_eq!(counted, names, "{:?}", ran.events);
        assert!(
            ran.counts.entities.values().all(|count| *count <= 2),
            "values, not findings: {:?}",
            ran.counts.entities
        );
        let told = format!("{:?}", ran.events);
        let expected = match more {
            "" => "[gossip]",
            _ if more.starts_with("label") => "[gate]",
            _ => "[n",
        };
        assert!(told.contains(expected), "{told}");
        assert_eq!(told.contains("[n"), expected == "[n", "{told}");
    }
}

#[test]
fn an_event_that_a_plugin_fails_on_loses_its_values_and_no_other_does() {
    let plan = plan("\"keep\"", &plugin("finder", FINDER));
    let events = [r#"{"op":1,"note":"ax"}"#, r#"{"op":2,"note":"Tx"}"#, r#"{"op":3,"note":"xb"}"#];
    let ran = run(&plan, "", &events);
    assert_eq!(ran.events[0]["note"], "a[finder]");
    assert_eq!(ran.events[1]["note"], Value::Null);
    assert_eq!(ran.events[2]["note"], "[finder]b");
    assert_eq!(ran.counts.failures["firm.finder: trap"], 1);
    let alone: Vec<_> = events.iter().flat_map(|event| run(&plan, "", &[event]).events).collect();
    assert_eq!(ran.events, alone);
}

#[test]
fn a_transformer_sees_what_would_leave_and_its_answer_is_looked_at() {
    let both = plugin("finder", FINDER) + &plugin("writer", WRITER);
    let plan = plan("\"redact-personal\"", &both);
    let events = [r#"{"op":1,"note":"x by ann@example.com","who":"Ann"}"#];
    let ran = run(&plan, "thanks, bob@example.com 4111 1111 1111 1111", &events);
    assert_eq!(ran.seen, ["x by [email]", "[finder]"], "what it finds where a transformer writes hides all of it");
    assert_eq!(ran.events[0]["note"], "thanks, [email] [card]");
    assert_eq!(ran.events[0]["who"], "[redacted]");
}

#[test]
fn a_transformer_is_given_no_code_no_label_and_nothing_that_stays_behind() {
    for treatment in
        ["\"pseudonymise\"", "\"redact\"", "\"replace-nought\"", "\"drop\"", "[\"redact-personal\", \"pseudonymise\"]"]
    {
        let ran = run(&plan(treatment, &plugin("writer", WRITER)), "y", &[r#"{"op":1,"note":"x"}"#]);
        assert!(ran.seen.is_empty(), "{treatment}: {:?}", ran.seen);
        assert_ne!(ran.events[0]["note"], "y", "{treatment}");
    }
}

/// LAW (sealed words): no transformer is shown a word of a sealed list, which it could write otherwise.
#[test]
fn a_transformer_is_shown_no_word_of_a_sealed_list() {
    let rows = "\"content.text\" = \"keep\"\n[list.council]\nlook-in = [\"id.name\"]\nsecret = true\nheld-by = \"council\"\n\
                [rule.council]\nbecause = \"x\"\ncite = \"own\"\nwhen.listed = \"council\"\nevent = \"suppress\"\n";
    let library = library(rows, &plugin("writer", WRITER));
    let words = vec![Text { value: "*council*".to_owned(), span: Span::default() }];
    let (evidence, lists) = (Evidence::default(), SecretLists { lists: [("council".to_owned(), words)].into() });
    let request = Request {
        policy: "firm",
        with: &[],
        purpose: "security",
        on: common::DAY,
        system: None,
        evidence: &evidence,
        lists: &lists,
        exact: None,
        lenient: true,
    };
    let plan = Arc::new(compile(&library, &request).unwrap_or_else(|_| panic!("a sound policy")).0);
    let ran = run(&plan, "y", &[r#"{"op":1,"note":"at the council"}"#, r#"{"op":2,"note":"elsewhere"}"#]);
    assert_eq!(ran.seen, ["elsewhere"]);
    assert_eq!(ran.events[0].get("note"), None, "{:?}", ran.events);
    assert_eq!(ran.events[1]["note"], "y");
    assert_eq!(ran.counts.guarded, 1);
}

#[test]
fn what_a_transformer_gives_up_or_fails_on_does_not_leave() {
    let plan = plan("\"keep\"", &plugin("writer", WRITER));
    let events =
        [r#"{"op":1,"note":"a"}"#, r#"{"op":2,"note":"G"}"#, r#"{"op":3,"note":"R"}"#, r#"{"op":4,"note":"b"}"#];
    let ran = run(&plan, "y", &events);
    let notes: Vec<_> = ran.events.iter().map(|event| event["note"].clone()).collect();
    assert_eq!(notes, ["y".into(), Value::Null, Value::Null, "y".into()]);
    assert_eq!(ran.counts.failures["firm.writer: refused.internal"], 1);
}

/// LAW: a transformer that mixes rows up has no values at hand that do not leave.
#[test]
fn a_transformer_is_shown_nothing_of_an_event_that_does_not_leave() {
    let finder = plugin("finder", "look-in = [\"event.action\"]");
    let events = [r#"{"op":1,"note":"a"}"#, r#"{"op":"T","note":"held"}"#, r#"{"op":3,"note":"b"}"#];
    for (otherwise, seen, leave) in
        [("drop", vec!["a", "held", "b"], 3), ("quarantine", vec!["a", "b"], 2), ("stop", vec!["a"], 1)]
    {
        let failure = format!("[failure]\nbecause = \"x\"\ncite = \"own\"\notherwise = \"{otherwise}\"\n");
        let plan = plan("\"keep\"", &(finder.clone() + &plugin("writer", WRITER) + &failure));
        let ran = run(&plan, "y", &events);
        let notes = ran.seen.iter().filter(|text| text.bytes().all(|byte| byte.is_ascii_lowercase()));
        assert_eq!(notes.collect::<Vec<_>>(), seen, "{otherwise}");
        assert_eq!(ran.events.len(), leave, "{otherwise}");
        assert_eq!(ran.counts.untreated, [(otherwise.to_owned(), 1)].into(), "{otherwise}");
    }
}

#[test]
fn a_plugin_that_is_not_there_lets_nothing_through() {
    let plan = plan("\"keep\"", &plugin("finder", FINDER));
    let steps = common::steps(&plan);
    let mut engine = Engine::new(plan.clone(), steps, common::root(), Options::default());
    let batch = common::batches(b"{\"op\":1,\"note\":\"ax\"}\n", usize::MAX, Default::default()).remove(0);
    let mut out = Sanitized::default();
    assert!(engine.run(&batch, &mut out).is_err());
    assert!(out.bytes().is_empty());
}

#[test]
fn tenants_with_plugins_share_no_stream() {
    let (with, without) = (plan("\"keep\"", &plugin("finder", FINDER)), plan("\"keep\"", ""));
    let tenant = |plan: &Arc<Plan>, name: &str| Tenant { plan: Some(plan.clone()), names: vec![name.to_owned()] };
    let two = vec![tenant(&without, "a"), tenant(&with, "b")];
    assert!(matches!(Tenants::new("tenant", two), Err(TenantsError::Plugins(_))));
    assert!(Tenants::new("tenant", vec![tenant(&with, "b")]).is_ok());
}

/// LAW (no mixing): an instance of a vendor's plugin is called once. What it saw of a batch it cannot tell in the next.
#[test]
fn each_batch_has_an_instance_of_its_own() {
    let mut counting = Guest::finding(&[[0, 0, 0, 1, 0, 3]]);
    counting.extra += "(global $calls (mut i32) (i32.const 0))";
    // Finds the first letter in its first call with a column, nothing afterwards.
    counting.call = unless_empty(
        "global.get $calls global.get $calls i32.const 1 i32.add global.set $calls
         if (result i32) i32.const 512 else i32.const 32768 end",
    );
    let plan = plan("\"redact-personal\"", &plugin("finder", "look-in = [\"content.text\"]"));
    for _ in 0..2 {
        let configured = counting.load(common::host()).unwrap().configure("{}", Vec::new()).unwrap();
        let steps = Sandboxed::new(common::host(), Reuse::Reused, &[]).unwrap().with_vendors(vec![configured]);
        let mut engine = Engine::new(plan.clone(), Arc::new(steps), common::root(), Options::default());
        for number in 0..3 {
            let event = format!("{{\"op\":\"{number}\",\"note\":\"abc\"}}");
            for batch in common::batches(&common::ndjson([event]), usize::MAX, Default::default()) {
                let mut sanitized = Sanitized::default();
                engine.run(&batch, &mut sanitized).unwrap();
                let left: Value = serde_json::from_slice(sanitized.bytes()).unwrap();
                assert!(left["note"].as_str().is_some_and(|note| note.ends_with("]bc")), "{number}: {left}");
            }
        }
        assert_eq!(engine.counts().entities.get("firm.finder"), Some(&3), "{:?}", engine.counts());
    }
}

/// LAW (no mixing): nor in the next call of its batch, where there is one for each form and each value that becomes a code.
#[test]
fn each_call_has_an_instance_of_its_own() {
    let mut counting = Guest::finding(&[[0, 0, 0, 1, 0, 3]]);
    counting.extra += "(global $calls (mut i32) (i32.const 0))";
    counting.call = unless_empty(
        "global.get $calls global.get $calls i32.const 1 i32.add global.set $calls
         if (result i32) i32.const 512 else i32.const 32768 end",
    );
    let rows = "\"id.name\" = \"keep\"\n\"content.text\" = \"redact-personal\"\n\"id.email\" = \"pseudonymise\"\n";
    let look_in = "look-in = [\"content.text\", \"id.name\", \"id.email\"]";
    let plan = plan_of(rows, &plugin("finder", look_in));
    let configured = counting.load(common::host()).unwrap().configure("{}", Vec::new()).unwrap();
    let steps = Sandboxed::new(common::host(), Reuse::Reused, &[]).unwrap().with_vendors(vec![configured]);
    let mut engine = Engine::new(plan, Arc::new(steps), common::root(), Options::default());
    let events =
        [r#"{"op":1,"note":"abc","subject":"def","mail":"a@example.de"}"#, r#"{"op":2,"mail":"b@example.de"}"#];
    let mut sanitized = Sanitized::default();
    engine
        .run(&common::batches(&common::ndjson(events), usize::MAX, Default::default()).remove(0), &mut sanitized)
        .unwrap();
    let left: Vec<Value> = sanitized
        .bytes()
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!((&left[0]["note"], &left[0]["subject"]), (&"[finder]bc".into(), &"[finder]ef".into()));
    assert_eq!(left[0]["mail"], left[1]["mail"], "hidden whole, both of them");
    assert_eq!(engine.counts().entities["firm.finder"], 4);
}

/// LAW (fail closed, contained): a plugin that loops on everything is called for a few of a hundred batches; the events of the others go by
/// the failure rule all the same.
#[test]
fn a_plugin_that_loops_is_left_alone_and_its_values_stay_behind() {
    let mut looping = Guest::new(plugin::Kind::Detector);
    looping.call = format!("{} i32.const 512", unless_empty("(loop $forever br $forever) unreachable"));
    let failure = "[failure]\nbecause = \"x\"\ncite = \"own\"\notherwise = \"quarantine\"\n";
    let plan = plan("\"keep\"", &(plugin("finder", "look-in = [\"content.text\"]") + failure));
    // Calls of the built-in steps have longer.
    let limits = Limits { call: Duration::from_millis(20), ..Limits::default() };
    let host = Host::new(limits, None).unwrap();
    let configured = looping.load(&host).unwrap().configure("{}", Vec::new()).unwrap();
    let steps = Sandboxed::new(common::host(), Reuse::Reused, &[]).unwrap().with_vendors(vec![configured]);
    let mut engine = Engine::new(plan, Arc::new(steps), common::root(), Options::default());
    for number in 0..100 {
        let event = format!("{{\"op\":\"{number}\",\"note\":\"abc\"}}");
        for batch in common::batches(&common::ndjson([event]), usize::MAX, Default::default()) {
            let mut sanitized = Sanitized::default();
            let outcomes = engine.run(&batch, &mut sanitized).unwrap();
            assert_eq!(outcomes, [Outcome::Quarantined("step-failed")], "{number}");
            assert!(sanitized.bytes().is_empty());
        }
    }
    assert_eq!(engine.open_circuits().into_iter().collect::<Vec<_>>(), ["firm.finder"]);
    let failures = engine.counts().failures;
    assert_eq!(
        failures,
        [("firm.finder: deadline", 3), ("firm.finder: circuit-open", 97)]
            .map(|(name, count)| (name.to_owned(), count))
            .into()
    );
}
