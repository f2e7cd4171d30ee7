//! LAW (valid JSON): what leaves is valid JSON, one event a line; what is kept keeps its place, its order and its spelling.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::sync::{Arc, OnceLock};

use common::json::{leaves, strewn, tokens};
use common::random::{Repertoire, event, words, world};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use tamis::pipeline::{Options, Outcome};
use tamis::policy::Plan;

/// A policy that does one thing to every leaf and one to every key.
fn everywhere(leaf: &str, key: &str) -> Arc<Plan> {
    let mut files = words();
    files.push((
        "schemas/all.toml".into(),
        "[schema]\nid = \"all\"\ntitle = \"All\"\nrevision = 1\nrecognise = [[\"op\"], [\"!op\"]]\n\
         [fields]\n\"**\" = \"content.text\"\n[keys]\n\"**\" = \"id.name\"\n"
            .into(),
    ));
    files.push((
        "base/base.toml".into(),
        format!(
            "[policy]\nid = \"base\"\ntitle = \"A layer\"\nlayer = \"base\"\nrevision = 1\n\
             [law]\nown = {{ cite = \"none\", sure = \"high\", seen = \"text\" }}\n\
             [rule.all]\nbecause = \"It is a test.\"\ncite = \"own\"\n\"content.text\" = {leaf}\n\"id.name\" = {key}\n"
        ),
    ));
    common::plan(&common::library(&files), "base", &[], "security")
}

/// Random JSON of any shape; the event is an object or an array.
fn anything() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[a-zé😀\"\\\\/{}\\[\\],:\u{1}\u{7f}\u{2028} ]{0,12}",
        Just("{\"a\":1}".to_owned()),
        Just(String::new()),
    ];
    let scalar = prop_oneof![
        3 => text.clone().prop_map(Value::String),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(|f| serde_json::Number::from_f64(f).map_or(Value::Null, Value::Number)),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
    ];
    let tree = scalar.prop_recursive(5, 40, 6, move |inner| {
        let members = vec((text.clone(), inner.clone()), 0..6).prop_map(object);
        prop_oneof![2 => members, 1 => vec(inner, 0..6).prop_map(Value::Array)]
    });
    vec(("[a-z]{1,6}|.{0,4}", tree), 0..7).prop_map(object)
}

/// Names that differ only in letter case are one name.
fn object(members: Vec<(String, Value)>) -> Value {
    let mut seen = std::collections::BTreeSet::new();
    let once = members.into_iter().filter(|(name, _)| seen.insert(name.to_ascii_lowercase()));
    Value::Object(once.collect::<Map<_, _>>())
}

/// Numbers in spellings that no writer would choose.
fn odd_numbers(text: &str, dice: &[u8]) -> String {
    let spellings = ["-0", "1E5", "1e+05", "0.10", "12345678901234567890123", "-0.0e-0", "1.0"];
    let mut out = String::new();
    for (at, token) in tokens(text).into_iter().enumerate() {
        let is_number = token.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        let roll = usize::from(dice[at % dice.len()]);
        out.push_str(if is_number && roll < 200 { spellings[roll % spellings.len()] } else { token });
        out.push_str(if roll % 5 == 0 { " " } else { "" });
    }
    out
}

/// Collects leaves in their order, also where members have the same name.
struct Leaves<'a>(&'a mut Vec<Value>);

impl<'de> DeserializeSeed<'de> for Leaves<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Leaves<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_key::<String>()?.is_some() {
            members.next_value_seed(Leaves(self.0))?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element_seed(Leaves(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.push(text.into());
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.push(number.into());
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.push(number.into());
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.0.push(number.into());
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.push(value.into());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.push(Value::Null);
        Ok(())
    }
}

/// How many leaves a text has, with members of the same name counted each.
fn members(line: &str) -> usize {
    let mut all = Vec::new();
    Leaves(&mut all).deserialize(&mut serde_json::Deserializer::from_str(line)).unwrap();
    all.len()
}

/// How many are left for a reader that keeps one of them.
fn leaf_count(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.values().map(leaf_count).sum(),
        Value::Array(elements) => elements.iter().map(leaf_count).sum(),
        _ => 1,
    }
}

/// Keys that a treatment makes alike are numbered and counted: no member is lost.
#[test]
fn no_name_stands_twice() {
    for (key, event, left, alike) in [
        (
            "\"redact\"",
            r#"{"a":1,"b":{"c":2,"d":3},"e":4}"#,
            r#"{"[redacted]":1,"[redacted]-2":{"[redacted]":2,"[redacted]-2":3},"[redacted]-3":4}"#,
            3,
        ),
        (
            "\"redact\"",
            r#"{"x":[{"a":1,"b":2},{"a":3}]}"#,
            r#"{"[redacted]":[{"[redacted]":1,"[redacted]-2":2},{"[redacted]":3}]}"#,
            1,
        ),
        (
            "\"mask-last\"",
            r#"{"xabc":1,"yabc":2,"***abc":3,"def":4}"#,
            r#"{"***abc":1,"***abc-2":2,"***abc-3":3,"***":4}"#,
            2,
        ),
        (
            "\"mask-last\"",
            r#"{"xabc-2":1,"xabc":2,"yabc":3,"zabc":4}"#,
            r#"{"***c-2":1,"***abc":2,"***abc-2":3,"***abc-3":4}"#,
            2,
        ),
    ] {
        let ran = common::filter(&everywhere("\"keep\"", key), &common::ndjson([event]), Options::default());
        assert_eq!((String::from_utf8_lossy(&ran.bytes).trim(), ran.counts.alike), (left, alike), "{event}");
    }
}

fn one_line(bytes: &[u8]) -> Result<&str, TestCaseError> {
    let text = std::str::from_utf8(bytes).map_err(|e| TestCaseError::fail(e.to_string()))?;
    let line = text.strip_suffix('\n').ok_or_else(|| TestCaseError::fail("no line"))?;
    prop_assert!(!line.contains('\n'), "two lines: {}", text);
    Ok(line)
}

proptest! {
    #![proptest_config(common::cases(400))]

    #[test]
    fn what_is_kept_keeps_its_spelling(event in anything(), seed in any::<u64>(), dice in vec(any::<u8>(), 1..32)) {
        static PLAN: OnceLock<Arc<Plan>> = OnceLock::new();
        let plan = PLAN.get_or_init(|| everywhere("\"keep\"", "\"keep\""));
        let text = odd_numbers(&strewn(&event, seed), &dice);
        let ran = common::filter(plan, &common::ndjson([&text]), Options::default());
        prop_assert_eq!(&ran.outcomes, &[Outcome::Passed], "{}", text);
        let line = one_line(&ran.bytes)?;
        // Containers that are empty inside stay as the leaves they are.
        prop_assert_eq!(tokens(line), tokens(&text));
    }

    #[test]
    fn what_is_treated_stays_json(event in anything(), seed in any::<u64>(), dice in vec(any::<u8>(), 1..32), treatments in (0..8usize, 0..8usize)) {
        static PLANS: OnceLock<Vec<Arc<Plan>>> = OnceLock::new();
        const TREATMENTS: [&str; 8] = [
            "\"keep\"", "\"drop\"", "\"redact\"", "\"replace-nought\"", "\"pseudonymise-shape\"", "\"mask-ends\"",
            "[\"redact-personal\", \"truncate-text\"]", "[\"mask-last\", \"pseudonymise\"]",
        ];
        let all = || TREATMENTS.iter().flat_map(|leaf| TREATMENTS.map(|key| everywhere(leaf, key))).collect();
        let plan = &PLANS.get_or_init(all)[treatments.0 * TREATMENTS.len() + treatments.1];
        let text = odd_numbers(&strewn(&event, seed), &dice);
        let ran = common::filter(plan, &common::ndjson([&text]), Options { stamp: dice[0] % 2 == 0, ..Options::default() });
        prop_assert_eq!(&ran.outcomes, &[Outcome::Passed], "{}", text);
        let line = one_line(&ran.bytes)?;
        let read: Result<Value, _> = serde_json::from_str(line);
        prop_assert!(read.is_ok(), "{} became {}", text, line);
        prop_assert_eq!(members(line), leaf_count(&read.unwrap_or_default()), "a name stands twice in {}", line);
    }

    /// Strings and numbers that leave whole are spelled and ordered as they came, whatever happened around them.
    #[test]
    fn among_treated_values_the_others_keep_their_order(world in world(Repertoire::All), node in event(), seed in any::<u64>()) {
        let plan = common::plan(&common::library(&world.files()), "firm", &[], world.purpose);
        let event = node.event(&|n| n);
        let text = strewn(&event, seed);
        let ran = common::filter(&plan, &common::ndjson([&text]), Options::default());
        if ran.bytes.is_empty() {
            return Ok(());
        }
        let line = one_line(&ran.bytes)?;
        let (mut before, mut after) = (Vec::new(), Vec::new());
        leaves(&event, &mut before);
        // A name that stood twice would count twice here.
        let read = Leaves(&mut after).deserialize(&mut serde_json::Deserializer::from_str(line));
        read.map_err(|e| TestCaseError::fail(format!("{e}: {line}")))?;
        let kept: Vec<_> = after.iter().filter(|value| before.contains(value)).collect();
        let mut rest = before.iter();
        for value in kept {
            // Fixed texts (`op`, `Name`) may stand anywhere; numbered values stand once.
            let numbered = value.as_str().is_none_or(|text| text.bytes().any(|b| b.is_ascii_digit()));
            if numbered && !value.as_u64().is_some_and(|n| n == 0) {
                prop_assert!(rest.any(|other| other == value), "{} of {}", line, text);
            }
        }
        let spelled = tokens(&text);
        for token in tokens(line).into_iter().filter(|token| token.starts_with(|c: char| c.is_ascii_digit()) && *token != "0") {
            prop_assert!(spelled.contains(&token) || world_makes_numbers(&world), "{} in {}", token, line);
        }
    }
}

/// Whether a treatment of the world may write a number that was not there.
fn world_makes_numbers(world: &common::random::World) -> bool {
    let rows = world.layers.iter().flat_map(|layer| &layer.rules).flat_map(|rule| &rule.rows);
    let names = rows.flat_map(|row| row.named.iter().map(|(_, names)| names).chain(&row.otherwise)).flatten();
    names
        .into_iter()
        .any(|name| matches!(*name, "replace-nought" | "truncate-text" | "generalise-hour" | "generalise-day"))
}
