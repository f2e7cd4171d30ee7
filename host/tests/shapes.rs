//! LAW (a shape is no opinion): an event whose shape was seen before leaves as one that is the first of its kind.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use common::random::{Node, Repertoire, World, event, world};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::ser::{Formatter, Serializer};
use tamis::event::frame::FrameLimits;
use tamis::pipeline::{Counts, Engine, Options, Sanitized};
use tamis::policy::Plan;

fn engine(plan: &Arc<Plan>) -> Engine {
    common::engine(plan, Options::default())
}

/// What leaves of each event, and the counts.
fn filter(engine: &mut Engine, events: &[String]) -> Vec<Vec<u8>> {
    let mut out = Sanitized::default();
    let mut leaves = Vec::new();
    for event in events {
        let input = common::ndjson([event.clone()]);
        for batch in common::batches(&input, usize::MAX, FrameLimits::default()) {
            engine.run(&batch, &mut out).unwrap();
            leaves.push(out.bytes().to_vec());
        }
    }
    leaves
}

/// Blanks behind every so many commas and colons.
struct Spaced {
    every: usize,
    met: usize,
}

impl Formatter for Spaced {
    fn begin_object_key<W: ?Sized + std::io::Write>(&mut self, out: &mut W, first: bool) -> std::io::Result<()> {
        self.met += 1;
        let blank = if self.met.is_multiple_of(self.every) { " " } else { "" };
        write!(out, "{}{blank}", if first { "" } else { "," })
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, out: &mut W) -> std::io::Result<()> {
        self.met += 1;
        out.write_all(if self.met.is_multiple_of(self.every) { b": " } else { b":" })
    }
}

fn spaced(text: &str, every: usize) -> String {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut out = Vec::new();
    serde::Serialize::serialize(&value, &mut Serializer::with_formatter(&mut out, Spaced { every, met: 0 })).unwrap();
    String::from_utf8(out).unwrap()
}

/// Each event as it is, with other values, and with blanks.
fn variants(events: &[Node]) -> Vec<String> {
    let mut all = Vec::new();
    for node in events {
        for shift in [0, 11, 160] {
            let text = node.event(&move |n| (n + shift) % 400).to_string();
            // Spelling numbers anew, and lone surrogates, is not what this is about.
            if serde_json::from_str::<serde_json::Value>(&text).is_ok() {
                all.extend([2, 3, 7].map(|every| spaced(&text, every)));
            }
            all.push(text);
        }
    }
    all
}

fn plan(world: &World) -> Arc<Plan> {
    common::plan(&common::library(&world.files()), "firm", &[], world.purpose)
}

fn events_out(counts: &Counts) -> (u64, u64, u64) {
    (counts.events_out, counts.treatments.values().sum(), counts.rules.values().sum())
}

proptest! {
    #![proptest_config(common::cases(60))]

    #[test]
    fn what_was_seen_before_leaves_as_what_is_new(
        mut world in world(Repertoire::All),
        guard in any::<bool>(),
        nodes in vec(event(), 1..6),
    ) {
        world.guard = guard;
        let plan = plan(&world);
        let events = variants(&nodes);
        // Each in an engine that has seen nothing: the long way.
        let mut alone = Vec::new();
        let mut counted = (0, 0, 0);
        for event in &events {
            let mut engine = engine(&plan);
            alone.extend(filter(&mut engine, std::slice::from_ref(event)));
            let (out, treatments, rules) = events_out(&engine.counts());
            counted = (counted.0 + out, counted.1 + treatments, counted.2 + rules);
        }
        let mut engine = engine(&plan);
        prop_assert_eq!(&filter(&mut engine, &events), &alone);
        prop_assert_eq!(events_out(&engine.counts()), counted);
        // All shapes are known now.
        prop_assert_eq!(&filter(&mut engine, &events), &alone);
        // After everything was forgotten, tables and treatments are numbered as they come: in another order here.
        engine.start_over();
        let backwards: Vec<_> = events.iter().rev().cloned().collect();
        let mut left = filter(&mut engine, &backwards);
        left.reverse();
        prop_assert_eq!(left, alone);
    }
}

/// One pattern may look inside several strings of an event, of which some are JSON and others are not.
#[test]
fn which_strings_hold_documents_is_part_of_a_shape() {
    let map = "[fields]\n\"op\" = \"event.action\"\n\"in[*].who\" = \"id.name\"\n\"in[*].what\" = \"event.action\"\n\
               [inside]\n\"in[*]\" = { as = \"json\", else = \"content.text\" }\n";
    let layer = "[rule.all]\nbecause = \"x\"\ncite = \"own\"\n\"event.action\" = \"keep\"\n\"id.name\" = \"redact\"\n\
                 \"content.text\" = \"redact-stars\"\n";
    let plan = common::small_plan(map, layer);
    let strings = [
        r#""{\"who\":\"anna\",\"what\":\"b\"}""#,
        r#""text of {anna}""#,
        r#""{\"what\":1}""#,
        r#""{\"who\":\"an""#,
        r#""""#,
    ];
    let pairs = strings.iter().flat_map(|one| strings.iter().map(move |other| (one, other)));
    let events: Vec<_> = pairs.map(|(one, other)| format!(r#"{{"op":"a","in":[{one},{other}]}}"#)).collect();
    let alone: Vec<_> =
        events.iter().flat_map(|event| filter(&mut engine(&plan), std::slice::from_ref(event))).collect();
    let mut engine = engine(&plan);
    for _ in 0..2 {
        assert_eq!(filter(&mut engine, &events), alone);
    }
    assert!(alone.iter().all(|event| !String::from_utf8_lossy(event).contains("anna")));
    assert!(alone.iter().any(|event| event.ends_with(
        br#""{\"who\":\"[redacted]\",\"what\":\"b\"}"]}
"#
    )));
}

/// Which template a line fits, and what its holes hold, is part of a shape; so is the kind of event that it is.
#[test]
fn which_templates_lines_fit_is_part_of_a_shape() {
    let map = r#"[fields]
"op" = "event.action"
"n.body.who" = "id.name"
"n.body.what" = "event.action"
"after" = "event.action"
[inside]
"m" = { as = "lines", else = "content.text" }
"n" = "lines"
[line.took]
in = "m"
like = "{who:word} took \"{what?:quoted}\""
where.who = "id.name"
where.what = ""
[line.login]
in = "m"
like = "login {n:int?}of {who?} at {where:rest}"
where.n = "event.action"
where.who = "id.name"
where.where = ""
inside.where = "lines"
kind = "auth.login"
[line.place]
in = "m.where"
like = "\"{room:quoted}\" {floor:int}"
where.room = "id.name"
where.floor = "event.action"
[line.json]
in = "n"
like = "of \"{body:quoted}\" {rest:rest}"
where.rest = "event.action"
inside.body = "json"
[line.bare]
in = "n"
like = "of {body:rest}"
inside.body = "json"
"#;
    let layer = r#"[rule.all]
because = "x"
cite = "own"
"event.action" = "keep"
"id.name" = "redact"
"content.text" = "redact-stars"
[rule.login]
because = "x"
cite = "own"
when.kind = "auth.login"
"event.action" = "redact"
"#;
    let plan = common::small_plan(map, layer);
    let lines = [
        r"anna took \u0022tea\u0022",
        r#"anna took \"\""#,
        r"anna took it",
        r"login 3of anna at \u0022hall\u0022 4",
        r"login of  at \u0022\u0022 4",
        r"login of anna at \u0022hall \\u0022\u0022   4",
        r"login of anna at home",
        r"login 77of berta at home",
        "",
    ];
    let bodies = [
        r#"of {\"who\":\"anna\",\"what\":\"b\"}"#,
        r#"of {\"what\":7}"#,
        r#"of {\"other\":7}"#,
        r#"of nothing"#,
        r#"of \"{}\" x"#,
        r#"of \"[1]\" z"#,
        r#"else"#,
    ];
    let pairs = lines.iter().flat_map(|line| bodies.iter().map(move |body| (line, body)));
    let events: Vec<_> = pairs
        .flat_map(|(line, body)| {
            [
                format!(r#"{{"op":"a","m":"{line}","n":"{body}","after":"z"}}"#),
                format!(r#"{{"op": "a" , "n": "{body}","m" :"{line}"}}"#),
            ]
        })
        .collect();
    let alone: Vec<_> =
        events.iter().flat_map(|event| filter(&mut engine(&plan), std::slice::from_ref(event))).collect();
    let mut engine = engine(&plan);
    for _ in 0..2 {
        assert_eq!(filter(&mut engine, &events), alone);
    }
    for (event, left) in events.iter().zip(&alone) {
        let left = String::from_utf8_lossy(left);
        assert!(
            !left.contains("ann") && !left.contains("tea") && !left.contains("hall") && !left.contains("home"),
            "{event} {left}"
        );
    }
}
