//! LAW (known actors): whom an event names in a field of a person stands in none of its texts that are looked through for
//! persons, whatever becomes of the field; and no other event is touched by it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use tamis::event::frame::FrameLimits;
use tamis::event::{Column, Finding};
use tamis::pipeline::{Engine, Options, Outcome, Sandboxed, Sanitized, StepError, Steps};
use tamis::plugin::{Detector, Failure, Transformer};
use tamis::policy::Plan;

/// A plan whose names are treated so, and in whose texts this is looked for.
fn plan(name: &str, find: &str) -> Arc<Plan> {
    let schema = r#"
        [inside]
        "raw" = "json"
        "pairs" = "key=value"
        [fields]
        "op" = "event.action"
        "text" = "content.text"
        "list[*]" = "content.text"
        "raw.text" = "content.text"
        "pairs.text" = "content.text"
        "who" = "id.name"
        "raw.who" = "id.name"
        "pairs.who" = "id.name"
        "mail" = "id.email"
        "keys.*" = "event.action"
        [keys]
        "keys.*" = "id.name"
    "#;
    let base = format!(
        r#"
        guard = true
        [treatment]
        redact-them = {{ find = [{find}], says = "x" }}
        [rule.all]
        because = "It is a test."
        cite = "own"
        "event.action" = "keep"
        "content.text" = "redact-them"
        "id.name" = "{name}"
        "id.email" = "drop"
        "#
    );
    common::small_plan(schema, &base)
}

fn run(plan: &Arc<Plan>, events: &[Value]) -> Vec<String> {
    let events: Vec<String> = events.iter().map(Value::to_string).collect();
    let ran = common::filter(plan, &common::ndjson(&events), Options::default());
    assert!(ran.outcomes.iter().all(|outcome| *outcome == Outcome::Passed), "{:?}", ran.outcomes);
    ran.lines().iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect()
}

/// Whatever becomes of the value that names somebody.
const TREATMENTS: [&str; 5] = ["drop", "forbid", "redact", "pseudonymise", "keep"];

/// Where an event may say a name, and where it may say it again.
fn event(place: usize, name: &str, text: &str) -> Value {
    let escaped: String = text.chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
    let mut event = json!({"op": "x", "text": text, "list": [text, 1], "raw": json!({"text": text}).to_string()});
    event["pairs"] = format!("text=\"{text}\" other=1").into();
    let (key, value) = match place {
        0 => ("who", json!(name)),
        1 => ("mail", json!(name)),
        2 => ("raw", json!(json!({"who": name, "text": text}).to_string())),
        3 => ("pairs", json!(format!("who=\"{name}\" text=\"{text}\""))),
        4 => ("keys", json!({name: "y"})),
        _ => ("raw", json!(format!(r#"{{"text":"{escaped}","who":{}}}"#, json!(name)))),
    };
    event[key] = value;
    event
}

fn name() -> impl Strategy<Value = (String, String)> {
    ("[A-Z][a-z]{4,9}", "[A-ZÄÖÜ][a-zäöüß]{4,9}")
}

/// What leaves of the texts of an event.
fn texts(line: &str) -> String {
    let event: Value = serde_json::from_str(line).unwrap();
    ["text", "list", "raw", "pairs"].map(|key| event[key].to_string().to_lowercase()).concat()
}

proptest! {
    #![proptest_config(common::cases(40))]

    #[test]
    fn whom_an_event_names_is_in_none_of_its_texts(
        people in vec((name(), 0..6usize, 0..4usize), 1..6),
        treatment in prop::sample::select(TREATMENTS.to_vec()),
    ) {
        let plan = plan(treatment, "\"personal\"");
        let events: Vec<Value> = people.iter().enumerate().map(|(number, ((first, last), place, way))| {
            let written = match way {
                0 => format!("{first} {last} shared it"),
                1 => format!("by {last}, {first}"),
                2 => format!("in /home/{first}.{last}/x"),
                _ => format!("of {}", format!("{first}{last}").to_uppercase()),
            };
            event(*place, &format!("{first} {last}"), &format!("{written}, no. {number}"))
        }).collect();
        let together = run(&plan, &events);
        for ((((first, last), place, _), event), line) in people.iter().zip(&events).zip(&together) {
            let left = texts(line);
            let is_kept = treatment == "keep" && matches!(place, 2 | 3 | 5);
            let gone = |part: &str| !left.contains(&part.to_lowercase());
            // Where the name itself is kept inside a text form, it stands there once.
            let times = left.matches(&last.to_lowercase()).count();
            prop_assert!(gone(first) && gone(last) || is_kept && times == 1, "{place} {event} became {line}");
            prop_assert_eq!(&run(&plan, std::slice::from_ref(event))[0], line);
        }
    }

    /// Names in an event say nothing about any other, however they are batched.
    #[test]
    fn names_of_other_events_change_nothing(people in vec((name(), 0..6usize, 0..9usize), 2..9), block in 1..500usize) {
        let plan = plan("pseudonymise", "\"personal\"");
        let events: Vec<String> = people.iter().map(|((first, last), place, other)| {
            let ((_, last_of), _, _) = &people[other % people.len()];
            event(*place, &format!("{first} {last}"), &format!("{first} {last_of} and {last_of}, {first}")).to_string()
        }).collect();
        let input = common::ndjson(&events);
        let whole = common::filter(&plan, &input, Options::default()).bytes;
        let limits = FrameLimits { batch_bytes: block, ..FrameLimits::default() };
        let mut engine = common::engine(&plan, Options::default());
        let mut parted = Vec::new();
        for batch in common::batches(&input, usize::MAX, limits) {
            let mut out = Sanitized::default();
            engine.run(&batch, &mut out).unwrap();
            parted.extend_from_slice(out.bytes());
        }
        prop_assert_eq!(String::from_utf8_lossy(&whole), String::from_utf8_lossy(&parted));
    }
}

#[test]
fn names_are_hidden_where_they_are_asked_for_only() {
    let event = [json!({"op": "x", "who": "Anna Meier", "text": "Anna Meier, ann@example.com"})];
    let text =
        |find: &str| serde_json::from_str::<Value>(&run(&plan("drop", find), &event)[0]).unwrap()["text"].clone();
    assert_eq!(text("\"personal\""), "[known], [email]");
    assert_eq!(text("\"person.known\""), Value::Null, "what nobody asked for the guard stops");
    assert_eq!(text("\"person.email\""), "Anna Meier, [email]");
    let event = [json!({"op": "x", "who": "Anna Meier", "text": "Anna Meier, 192.0.2.1"})];
    let line = &run(&plan("drop", "\"person.known\""), &event)[0];
    assert_eq!(serde_json::from_str::<Value>(line).unwrap()["text"], "[known], 192.0.2.1");
    // A greeting beside part of a name.
    let event = [json!({"op": "x", "who": "Anna Meier", "text": "Dear Anna, the annalyst"})];
    assert_eq!(texts(&run(&plan("drop", "\"person.known\""), &event)[0]), "\"dear [known], the annalyst\"nullnullnull");
}

/// A plan of a small map with the words that ship.
fn plan_of(schema: &str, base: &str) -> Arc<Plan> {
    let mut files = common::small(schema, base);
    let words = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/categories.toml")).unwrap();
    files.iter_mut().filter(|(name, _)| name == "categories.toml").for_each(|(_, text)| text.clone_from(&words));
    common::plan(&common::library(&files), "base", &[], "security")
}

/// LAW: numbers of people that do not leave whole stand in none of the texts that are looked through, however they are grouped; those
/// that do, stand there as they came.
#[test]
fn numbers_of_people_are_hidden_in_its_texts() {
    let schema = r#"
        [inside]
        "raw" = "json"
        [fields]
        "op" = "event.action"
        "text" = "content.text"
        "mrn" = "id.record"
        "phone" = "id.phone"
        "account" = "id.account"
        "badge" = "id.employee-no"
        "raw.phone" = "id.phone"
        "size" = "event.amount"
        "object" = "object.id"
    "#;
    let base = |treatment: &str| {
        format!(
            r#"
            guard = false
            [treatment]
            redact-them = {{ find = ["personal"], says = "x" }}
            [rule.all]
            because = "It is a test."
            cite = "own"
            "event.*" = "keep"
            "object.*" = "keep"
            "content.text" = "redact-them"
            "id.*" = "{treatment}"
            "#
        )
    };
    let treated = |treatment: &str| plan_of(schema, &base(treatment));
    let text = "seen 00482913, of 9f3a-1b2c, badge 10442, id 77-12.555/267_1x, 7710442, 888123";
    let numbers = [
        json!({"mrn": "MRN-00482913", "account": "9F3A1B2C", "badge": "E-10442", "phone": "(7712) 555-2671"}),
        json!({"mrn": 482913, "account": "acct_9f3a1b2c", "badge": 10442, "raw": "{\"phone\": \"+99 7712 555 2671\"}"}),
    ];
    for mut event in numbers {
        for (key, value) in
            [("op", json!("x")), ("text", json!(text)), ("size", json!(888123)), ("object", json!(7710442))]
        {
            event[key] = value;
        }
        for treatment in ["drop", "redact", "pseudonymise", "forbid"] {
            let line = &run(&treated(treatment), std::slice::from_ref(&event))[0];
            let left = serde_json::from_str::<Value>(line).unwrap()["text"].clone();
            let expected = "seen [known], of [known], badge [known], id [known]x, 7710442, 888123";
            assert_eq!(left, expected, "{treatment} {event}");
        }
        let line = &run(&treated("keep"), std::slice::from_ref(&event))[0];
        // Names of the domain `person` are looked for in any case.
        let left = serde_json::from_str::<Value>(line).unwrap()["text"].as_str().unwrap().to_owned();
        assert_eq!(left, text.replace("badge 10442", "badge [known]"), "{event}");
    }
    // Nothing of another event.
    let events = [
        json!({"op": "x", "text": text}),
        json!({"op": "x", "text": "no. 1234, in 2026", "mrn": 1234, "account": 2026}),
    ];
    for (line, event) in run(&treated("drop"), &events).iter().zip(&events) {
        assert_eq!(serde_json::from_str::<Value>(line).unwrap()["text"], event["text"]);
    }
}

/// LAW: numbers cost no event its texts, however many they are and however long; names come before them.
#[test]
fn many_numbers_cost_no_text() {
    let schema = r#"
        [fields]
        "op" = "event.action"
        "text" = "content.text"
        "records[*]" = "id.record"
        "who" = "id.name"
    "#;
    let base = r#"
        guard = false
        [treatment]
        redact-them = { find = ["personal"], says = "x" }
        [rule.all]
        because = "It is a test."
        cite = "own"
        "event.*" = "keep"
        "content.text" = "redact-them"
        "id.*" = "drop"
    "#;
    let plan = plan_of(schema, base);
    let text = |records: &[String]| {
        let event = json!({"op": "x", "records": records, "who": "Anna Meier", "text": "Meier, Anna saw 7710000"});
        serde_json::from_str::<Value>(&run(&plan, &[event])[0]).unwrap()["text"].clone()
    };
    let records: Vec<String> = (0..70).map(|number| format!("{}", 7_710_000 + number)).collect();
    assert_eq!(text(&records), "[known] saw [known]");
    assert_eq!(text(&["b1".repeat(33)]), "[known] saw 7710000");
}

/// LAW: whoever stands in what arrays and objects hold is looked for, too, and in whatever coding a text has the name.
#[test]
fn whoever_stands_in_arrays_and_objects_is_looked_for() {
    let schema = r#"
        [fields]
        "op" = "event.action"
        "text" = "content.text"
        "users[*]" = "id.username"
        "actor.login" = "id.username"
        "people.*" = "id.name"
        "list[*].name" = "id.name"
        "many" = "id.username"
    "#;
    let base = r#"
        guard = false
        [treatment]
        redact-them = { find = ["personal"], says = "x" }
        [rule.all]
        because = "It is a test."
        cite = "own"
        "event.*" = "keep"
        "content.text" = "redact-them"
        "id.*" = "drop"
    "#;
    let plan = plan_of(schema, base);
    for who in [
        json!({"users": ["someone.else", "ann.meier"]}),
        json!({"actor": {"login": "ann.meier"}}),
        json!({"people": {"x": "Ann Meier"}}),
        json!({"list": [{"name": "Bo Li"}, {"name": "Ann Meier"}]}),
        json!({"many": "[\"ann.meier\"]"}),
        json!({"many": "{\"login\":\"ann.meier\"}"}),
    ] {
        for written in ["Ann Meier", "ann%2Emeier", "ａｎｎ．ｍｅｉｅｒ", "ann%20meier"] {
            let mut event = json!({"op": "x", "text": format!("by {written} today")});
            who.as_object().unwrap().iter().for_each(|(key, value)| event[key] = value.clone());
            let line = &run(&plan, std::slice::from_ref(&event))[0];
            assert_eq!(serde_json::from_str::<Value>(line).unwrap()["text"], "by [known] today", "{event}");
        }
    }
}

/// LAW: whom auditd writes in hexadecimal is who it is in letters: one code, and looked for in both spellings.
#[test]
fn hexadecimal_of_auditd_is_the_name_it_means() {
    let plan = plan("pseudonymise", "\"personal\"");
    let left = |pairs: &str| {
        let event = json!({"op": "x", "pairs": pairs, "text": "by Ann Meier"});
        let line = run(&plan, &[event]).remove(0);
        let left: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(left["text"], "by [known]", "{pairs}");
        left["pairs"].as_str().unwrap().replace('"', "")
    };
    let code = left("who=\"Ann Meier\"");
    assert!(code.starts_with("who=p") || code.starts_with("who=e"), "{code}");
    assert_eq!(left("who=416E6E204D65696572"), code);
    // auditd has a name of printed letters as it is: such digits are somebody else.
    let left = |who: &str| {
        let event = json!({"op": "x", "pairs": format!("who={who}"), "text": "by jklmnopq"});
        let left: Value = serde_json::from_str(&run(&plan, &[event])[0]).unwrap();
        left["pairs"].as_str().unwrap().replace('"', "")
    };
    assert_ne!(left("4A4B4C4D4E4F5051"), left("jklmnopq"));
    let event = json!({"op": "x", "pairs": "who=4A4B4C4D4E4F5051", "text": "by jklmnopq"});
    assert!(run(&plan, &[event])[0].contains("by jklmnopq"));
    // Between quotes it is as it stands, and so are small letters.
    let event = |pairs: &str| run(&plan, &[json!({"op": "x", "pairs": pairs, "text": "none"})]).remove(0);
    assert!(!event("who=\"416E6E204D65696572\"").contains(&code[4..]));
    assert!(!event("who=416e6e204d65696572").contains(&code[4..]));
}

#[test]
fn what_names_nobody_is_not_looked_for() {
    for who in ["SYSTEM", "root", "Not Available", "bo", "1234", r"EXAMPLE\HOST01$"] {
        let text = "SYSTEM root not available bo 1234 HOST01";
        let event = [json!({"op": "x", "who": who, "text": text})];
        let line = run(&plan("drop", "\"personal\""), &event).remove(0);
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["text"], text, "{who}");
    }
}

/// Nobody looks for so many: nothing of the text leaves.
#[test]
fn a_text_of_an_event_that_names_too_many_is_hidden_whole() {
    let names = |count: usize| {
        let keys: serde_json::Map<_, _> = (0..count).map(|number| (format!("name{number}x"), json!("y"))).collect();
        let event = [json!({"op": "x", "keys": keys, "text": "any text"}), json!({"op": "x", "text": "any text"})];
        run(&plan("drop", "\"personal\""), &event)
    };
    assert!(names(64).iter().all(|line| line.contains("any text")));
    let many = names(65);
    assert!(!many[0].contains("any text") && many[1].contains("any text"), "{many:?}");
}

/// The built-in steps with a detector of a kind that finds all of every row besides, or fails where it sees a word.
struct Odd {
    inner: Arc<Sandboxed>,
    fails_at: Option<&'static [u8]>,
}

struct OddDetector {
    inner: Box<dyn Detector + Send>,
    fails_at: Option<&'static [u8]>,
}

impl Detector for OddDetector {
    fn scan(&mut self, columns: &[Column<'_>]) -> Result<Vec<Finding>, Failure> {
        let mut found = self.inner.scan(columns)?;
        let holds = |word: &[u8]| columns.iter().any(|c| c.bytes.windows(word.len()).any(|part| part == word));
        if self.fails_at.is_some_and(holds) {
            return Err(Failure::Trap);
        }
        let is_reference = |column: &Column<'_>| (0..column.rows()).any(|row| column.row(row) == b"Anna Meier");
        for (number, column) in (0..).zip(columns).filter(|(_, column)| self.fails_at.is_none() && is_reference(column))
        {
            let all = (0..).zip(column.offsets.windows(2));
            found.extend(all.map(|(row, bounds)| Finding {
                column: number,
                row,
                start: 0,
                end: bounds[1] - bounds[0],
                entity: 0,
                confidence: 3,
            }));
        }
        found.sort_unstable();
        Ok(found)
    }
}

impl Steps for Odd {
    fn detector(&self, settings: &str, prepared: Vec<Vec<u8>>) -> Result<Box<dyn Detector + Send>, StepError> {
        let inner = self.inner.detector(settings, prepared)?;
        Ok(Box::new(OddDetector { inner, fails_at: self.fails_at }))
    }

    fn mask(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError> {
        self.inner.mask(settings)
    }

    fn minimise(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError> {
        self.inner.minimise(settings)
    }

    fn entities(&self) -> &[String] {
        self.inner.entities()
    }
}

fn oddly(fails_at: Option<&'static [u8]>, events: &[Value]) -> (Vec<Value>, tamis::pipeline::Counts) {
    let plan = plan("pseudonymise", "\"personal\"");
    let steps = Odd { inner: common::steps(&plan), fails_at };
    let mut engine = Engine::new(plan, Arc::new(steps), common::root(), Options::default());
    let input = common::ndjson(events.iter().map(Value::to_string));
    let mut left = Vec::new();
    for batch in common::batches(&input, usize::MAX, FrameLimits::default()) {
        let mut out = Sanitized::default();
        engine.run(&batch, &mut out).unwrap();
        left.extend(out.bytes().split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec));
    }
    (left.iter().map(|line| serde_json::from_slice(line).unwrap()).collect(), engine.counts())
}

#[test]
fn what_is_found_in_a_value_that_names_somebody_counts_for_nothing() {
    let events = [json!({"op": "x", "who": "Anna Meier", "text": "Anna Meier came, nobody else"})];
    let (left, counts) = oddly(None, &events);
    assert_eq!(left[0]["text"], "[known] came, nobody else");
    assert_eq!(counts.entities.into_iter().collect::<Vec<_>>(), [("person.known".to_owned(), 1)]);
}

#[test]
fn a_failure_is_of_the_event_whose_rows_cause_it() {
    let event = |who: &str, text: &str| json!({"op": "x", "who": who, "text": text});
    let events: Vec<Value> = (0..40)
        .map(|number| match number {
            // The name makes it fail, not the text.
            7 => event("Tripwire Meier", "came"),
            23 => event("Anna Meier", "tripwire: Tripwire"),
            _ => event("Anna Meier", "Meier, Anna came"),
        })
        .collect();
    let (left, _) = oddly(Some(b"Tripwire"), &events);
    for (number, event) in left.iter().enumerate() {
        let wanted = if matches!(number, 7 | 23) { Value::Null } else { json!("[known] came") };
        assert_eq!(event["text"], wanted, "{number}");
    }
}

/// LAW: so it is where only what is certain is hidden and a word of the field's path hints at persons, though no other text of the event
/// is looked through.
#[test]
fn a_path_that_hints_at_persons_makes_them_certain() {
    let schema = "[fields]\n\"op\" = \"event.action\"\n\"hello\" = \"content.text\"\n\"who\" = \"id.name\"\n";
    let base = r#"
        guard = true
        [treatment]
        redact-them = { find = ["personal"], threshold = "certain", says = "x" }
        [rule.all]
        because = "It is a test."
        cite = "own"
        "event.action" = "keep"
        "content.text" = "redact-them"
        "id.name" = "drop"
    "#;
    let events = [json!({"op": "x", "who": "Anna Meier", "hello": "Anna Meier shared a file"})];
    let lines = run(&common::small_plan(schema, base), &events);
    assert!(!lines[0].contains("Meier") && lines[0].contains("shared a file"), "{lines:?}");
}
