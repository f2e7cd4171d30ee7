//! LAW (own row): what fills a hole comes from the value that stood there, whatever was left out before it, and every part of
//! a form takes part in it. Each test is a case that once went wrong or easily could.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use common::random::words;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::Value;
use tamis::pipeline::{Options, Outcome};
use tamis::policy::Plan;

fn plan(guard: bool, schema: &str, treatments: &str, rows: &str) -> Arc<Plan> {
    let mut files = words();
    let head = "[schema]\nid = \"small\"\ntitle = \"Small\"\nrevision = 1\nrecognise = [\"op\"]\n";
    files.push(("schemas/small.toml".into(), format!("{head}{schema}")));
    files.push((
        "base/base.toml".into(),
        format!(
            "[policy]\nid = \"base\"\ntitle = \"A layer\"\nlayer = \"base\"\nrevision = 1\nguard = {guard}\n\
             [law]\nown = {{ cite = \"none\", sure = \"high\", seen = \"text\" }}\n[treatment]\n{treatments}\n\
             [rule.all]\nbecause = \"It is a test.\"\ncite = \"own\"\n{rows}"
        ),
    ));
    common::plan(&common::library(&files), "base", &[], "security")
}

fn run(plan: &Arc<Plan>, events: &[&str]) -> Vec<Value> {
    let ran = common::filter(plan, &common::ndjson(events), Options::default());
    assert!(ran.outcomes.iter().all(|outcome| *outcome == Outcome::Passed), "{:?}", ran.outcomes);
    ran.lines().iter().map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// Each event gives together what it gives alone.
fn alone_and_together(plan: &Arc<Plan>, events: &[&str]) -> Vec<Value> {
    let together = run(plan, events);
    let alone: Vec<_> = events.iter().flat_map(|event| run(plan, &[event])).collect();
    assert_eq!(together, alone);
    together
}

const PEOPLE: &str = "[fields]\n\"people.*.secret\" = \"content.text\"\n\"people.*.note\" = \"event.action\"\n\"who\" = \"id.email\"\n\
                      [keys]\n\"people.*\" = \"id.email\"\n";
const SECRET: &str = "ann@example.com, card 4111 1111 1111 1111";

#[test]
fn a_coded_key_of_what_stays_empty_moves_no_other_code() {
    let rows = "\"id.email\" = \"pseudonymise\"\n\"event.action\" = \"keep\"\n";
    let plan = plan(false, PEOPLE, "", rows);
    let out = alone_and_together(
        &plan,
        &[
            r#"{"op":1,"people":{"ann@example.com":{"secret":"x"}},"who":"bob@example.com"}"#,
            r#"{"op":1,"who":"carl@example.com"}"#,
            r#"{"op":1,"who":"bob@example.com"}"#,
        ],
    );
    assert_eq!(out[0]["who"], out[2]["who"]);
    assert_ne!(out[0]["who"], out[1]["who"]);
}

#[test]
fn a_masked_key_of_what_stays_empty_shows_no_other_value() {
    let plan = plan(false, PEOPLE, "", "\"id.email\" = \"mask-domain\"\n\"event.action\" = \"keep\"\n");
    let out = alone_and_together(
        &plan,
        &[
            r#"{"op":1,"people":{"a@example.com":{"secret":"x"}},"who":"bob@example.com"}"#,
            r#"{"op":1,"who":"very.long@example.com"}"#,
        ],
    );
    assert_eq!(out[0]["who"], "***@example.com");
    assert_eq!(out[1]["who"], "***@example.com");
}

#[test]
fn what_the_guard_stops_moves_no_other_code() {
    let plan = plan(true, PEOPLE, "", "\"id.email\" = \"pseudonymise\"\n\"event.action\" = \"keep\"\n");
    let guarded = format!(r#"{{"op":1,"people":{{"ann@example.com":{{"note":"{SECRET}"}}}},"who":"bob@example.com"}}"#);
    let out = alone_and_together(
        &plan,
        &[&guarded, r#"{"op":1,"who":"carl@example.com"}"#, r#"{"op":1,"who":"bob@example.com"}"#],
    );
    assert!(out[0].get("people").is_none(), "the guard stops it: {}", out[0]);
    assert_eq!(out[0]["who"], out[2]["who"]);
}

#[test]
fn a_treatment_like_the_guards_own_keeps_its_rows() {
    let treatments =
        "redact-sure = { find = [\"payment\", \"personal\", \"secret\"], threshold = \"certain\", says = \".\" }";
    let schema = "[fields]\n\"a\" = \"event.action\"\n\"b\" = \"content.text\"\n";
    let plan = plan(true, schema, treatments, "\"event.action\" = \"keep\"\n\"content.text\" = \"redact-sure\"\n");
    let events = [
        r#"{"op":1,"a":"nothing here","b":"mail ann@example.com now"}"#.to_owned(),
        format!(r#"{{"op":1,"a":"{SECRET}","b":"fine, as it is"}}"#),
        r#"{"op":1,"b":"bob@example.com"}"#.to_owned(),
    ];
    let out = alone_and_together(&plan, &events.each_ref().map(String::as_str));
    assert!(!out[0].to_string().contains("ann@") && out[0]["a"] == "nothing here", "{}", out[0]);
    assert_eq!(out[1], serde_json::json!({ "b": "fine, as it is" }));
    assert!(!out[2].to_string().contains("bob@"), "{}", out[2]);
}

/// What the guard stops where a value is kept does not leave because a treatment hides something else of it, or its end.
#[test]
fn a_treatment_that_hides_less_than_the_guard_looks_for_does_not_send_it_away() {
    let schema = "[fields]\n\"b\" = \"content.text\"\n";
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0.\
                 dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    let address = "refused for bob.roe@firma.de today";
    let own = "[[entity]]\nname = \"own.roe\"\ntitle = \"One\"\nsets = [\"personal\"]\npattern = \"roe\"\n\
               examples = [\"roe\"]\ncounter-examples = [\"doe\"]\n";
    let cases: [(&str, &str, &[(&str, Option<&str>)]); 9] = [
        (
            "redact-x",
            "find = [\"secret\", \"payment\"]",
            &[(address, None), (token, Some("[jwt]")), ("nothing", Some("nothing"))],
        ),
        ("redact-x", "find = [\"personal\"]", &[(token, None), (address, Some("refused for [email] today"))]),
        ("redact-x", "find = [\"personal\", \"secret\", \"payment\"], except = [\"bob*\"]", &[(address, None)]),
        (
            "redact-x",
            "find = [\"personal\", \"secret\", \"payment\"], threshold = \"certain\"",
            &[(address, Some("refused for [email] today"))],
        ),
        (
            "redact-x",
            "find = [\"personal\"], except-examples = true",
            &[("for ann@example.com", Some("for ann@example.com"))],
        ),
        (
            "redact-x",
            "find = [\"personal\"], keep = { \"person.email\" = \"domain\" }",
            &[("refused for barbara.roe@firma.de today", Some("refused for [email]@firma.de today")), (token, None)],
        ),
        ("redact-x", "find = [\"own.roe\"]", &[(address, None), ("roe, today", Some("[roe], today"))]),
        (
            "truncate-x",
            "text = 40",
            &[
                (token, None),
                (
                    "It is longer than forty characters, then: bob.roe@firma.de",
                    Some("It is longer than forty characters, then"),
                ),
            ],
        ),
        ("mask-x", "show = \"domain\"", &[("bob.roe@firma.de", Some("***@firma.de"))]),
    ];
    for (name, how, texts) in cases {
        let own = if how.contains("own.roe") { own } else { "" };
        let treatments = format!("{name} = {{ {how}, says = \".\" }}\n{own}");
        let plan = plan(true, schema, &treatments, &format!("\"content.text\" = \"{name}\"\n"));
        let events: Vec<_> =
            texts.iter().map(|(text, _)| serde_json::json!({ "op": 1, "b": text }).to_string()).collect();
        let out = alone_and_together(&plan, &events.iter().map(String::as_str).collect::<Vec<_>>());
        for ((text, left), out) in texts.iter().zip(out) {
            assert_eq!(out.get("b").and_then(Value::as_str), *left, "{how}: {text}");
        }
    }
}

/// What a treatment of the law below may be, and a text around a secret.
const TREATMENTS: [(&str, &str); 13] = [
    ("redact-a", "find = [\"personal\"]"),
    ("redact-b", "find = [\"secret\", \"payment\"]"),
    ("redact-c", "find = [\"personal\", \"secret\", \"payment\"], except = [\"*\"]"),
    ("redact-d", "find = [\"personal\", \"secret\", \"payment\"], except-examples = true"),
    ("redact-e", "find = [\"person.email\"], keep = { \"person.email\" = \"domain\" }"),
    ("redact-f", "find = [\"payment\"], keep = { \"payment.card\" = \"last 4\" }, label = \"[x]\""),
    ("redact-g", "find = [\"personal\", \"secret\", \"payment\"], threshold = \"certain\""),
    ("mask-a", "show = \"first 1, last 2\""),
    ("mask-b", "show = \"domain\""),
    ("truncate-a", "text = 40"),
    ("truncate-b", "text = 8"),
    ("pseudonymise", ""),
    ("redact", ""),
];
const SECRETS: [(&str, &str); 4] = [
    ("zorblax.quennell@firma.de", "zorblax"),
    ("4539 1488 0343 6467", "0343 6467"),
    ("DE05 5085 2240 0067 8134 57", "5085"),
    (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "eyJhbGciOiJ",
    ),
];

proptest! {
    #![proptest_config(common::cases(60))]

    /// LAW (tightening, where a guard looks): whatever treatments a row names, what the guard keeps back where the row keeps the value
    /// does not leave.
    #[test]
    fn no_treatment_sends_away_what_the_guard_stops(
        names in subsequence(TREATMENTS.to_vec(), 1..4), secret in select(SECRETS.to_vec()), before in 0..3_usize, behind in 0..3_usize,
    ) {
        let schema = "[fields]\n\"b\" = \"content.text\"\n";
        let words = ["", "of ", "Refused for the third time today, "];
        let text = format!("{}{}{}", words[before], secret.0, ["", " now", ", roe and a longer end of it"][behind]);
        let event = serde_json::json!({ "op": 1, "b": text }).to_string();
        let kept = plan(true, schema, "", "\"content.text\" = \"keep\"\n");
        prop_assert!(run(&kept, &[&event])[0].get("b").is_none(), "the guard knows it: {}", text);
        let own = names.iter().filter(|(_, how)| !how.is_empty());
        let treatments: String = own.map(|(name, how)| format!("{name} = {{ {how}, says = \".\" }}\n")).collect();
        let rows: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        let out = run(&plan(true, schema, &treatments, &format!("\"content.text\" = {rows:?}\n")), &[&event]);
        prop_assert!(!out[0].to_string().contains(secret.1), "{:?} of {}: {}", rows, text, out[0]);
    }
}

/// Keys that a treatment makes alike are told apart in whatever spelling they stand, and an inner document stays one.
#[test]
fn keys_of_inner_documents_are_told_apart_however_they_are_spelled() {
    let schema = "[fields]\n\"inner.*\" = \"event.action\"\n[keys]\n\"inner.*\" = \"content.text\"\n\
                  [inside]\n\"inner\" = \"json\"\n";
    let rows = "\"content.text\" = \"redact-personal\"\n\"event.action\" = \"keep\"\n";
    let plan = plan(false, schema, "", rows);
    for inner in [
        r#"{\u0022anna@firma.de\u0022:1,\u0022bob@firma.de\u0022:2}"#,
        r#"{\u0022anna@firma.de\":1,\"bob@firma.de\u0022:2}"#,
        r#"{\"anna@firma.de\":1,\u0022bob@firma.de\u0022:2}"#,
        r#"{\"\\u005bemail]\":1,\"bob@firma.de\":2}"#,
        r#"{\"bob@firma.de\":1,\"\\u005bemail]\":2}"#,
        r#"{\"bob@firma.de\":1,\"anna@firma.de\":2}"#,
    ] {
        let out = run(&plan, &[&format!("{{\"op\":1,\"inner\":\"{inner}\"}}")]);
        let left: Value = serde_json::from_str(out[0]["inner"].as_str().unwrap()).unwrap();
        assert_eq!(left, serde_json::json!({ "[email]": 1, "[email]-2": 2 }), "{inner}");
    }
}

#[test]
fn what_is_cut_off_is_redacted_too() {
    let schema = "[fields]\n\"b\" = \"content.text\"\n";
    let treatments = "truncate-long = { text = 24, says = \".\" }";
    let plan = plan(false, schema, treatments, "\"content.text\" = [\"redact-personal\", \"truncate-long\"]\n");
    let out = run(
        &plan,
        &[
            r#"{"op":1,"b":"mail ann@example.com, she knows it all and more"}"#,
            r#"{"op":1,"b":"short ann@example.com"}"#,
        ],
    );
    for event in &out {
        assert!(!event.to_string().contains("ann@"), "{event}");
    }
    assert!(!out[0].to_string().contains("knows"), "{}", out[0]);
}

#[test]
fn two_categories_hide_together() {
    let schema = "[fields]\n\"b\" = [\"content.text\", \"url.full\"]\n";
    let plan = plan(false, schema, "", "\"content.text\" = \"truncate-text\"\n\"url.full\" = \"generalise-page\"\n");
    let out = run(&plan, &[r#"{"op":1,"b":"https://example.com/ann?q=1"}"#, r#"{"op":1,"b":"/ann/x"}"#]);
    assert_eq!(out[0]["b"], Value::Null);
    assert_eq!(out[1]["b"], "/ann");
}

#[test]
fn an_empty_part_at_the_first_byte_is_replaced() {
    let schema = "[inside]\n\"m\" = { as = \"lines\" }\n[line.done]\nin = \"m\"\nlike = \"{who?}: done\"\nwhere.who = \"id.name\"\n";
    let plan = plan(false, schema, "", "\"event.action\" = \"keep\"\n\"id.name\" = \"replace-nought\"\n");
    assert_eq!(run(&plan, &[r#"{"op":1,"m":": done"}"#]), [serde_json::json!({ "m": "0: done" })]);
}

/// Neither letter case of keys matters, nor how a key is quoted, nor by which pattern a place is named: what is named below a text is
/// not what is named so at the top.
#[test]
fn what_is_named_below_a_text_is_not_what_is_named_so_at_the_top() {
    for (text, below) in [
        ("raw", "raw.op"),
        ("raw", "RAW.op"),
        ("raw", "'raw'.op"),
        ("*", "raw.op"),
        ("**.raw", "raw.op"),
        ("raw", "**.raw.op"),
        ("x[*].raw", "x[*].raw.op"),
        ("x[*].raw", "x[k=v].raw.op"),
        ("x[k=v].raw", "x[*].raw.op"),
        ("**.raw", "x[K=v].Raw.op"),
    ] {
        let schema =
            format!("[inside]\n{text:?} = \"json\"\n[fields]\n\"op\" = \"event.action\"\n{below:?} = \"id.name\"\n");
        let plan = plan(false, &schema, "", "\"event.action\" = \"keep\"\n\"id.name\" = \"redact\"\n");
        let raw = r#""raw":"{\"op\":\"Ann\"}""#;
        let is_listed = text.contains('x') || below.contains('x');
        let event =
            if is_listed { format!(r#"{{"op":1,"x":[{{"k":"v",{raw}}}]}}"#) } else { format!(r#"{{"op":1,{raw}}}"#) };
        let out = run(&plan, &[&event]).remove(0);
        let holder = if is_listed { &out["x"][0] } else { &out };
        assert!(!out.to_string().contains("Ann") && holder["raw"].is_string(), "{text}, {below}: {out}");
    }
}

#[test]
fn a_key_stays_a_string() {
    let schema = "[fields]\n\"tags.*\" = \"event.action\"\n[keys]\n\"tags.*\" = \"id.name\"\n";
    let plan = plan(false, schema, "", "\"event.action\" = \"keep\"\n\"id.name\" = \"replace-nought\"\n");
    assert_eq!(run(&plan, &[r#"{"op":1,"tags":{"ann":"x"}}"#]), [serde_json::json!({ "tags": { "0": "x" } })]);
}

#[test]
fn an_empty_key_that_is_dropped_takes_its_member() {
    let schema = "[fields]\n\"tags.*\" = \"event.action\"\n[keys]\n\"tags.*\" = \"id.name\"\n";
    let plan = plan(false, schema, "", "\"event.action\" = \"keep\"\n\"id.name\" = \"drop\"\n");
    assert_eq!(run(&plan, &[r#"{"op":1,"tags":{"":"x"}}"#]), [serde_json::json!({})]);
}

#[test]
fn a_coded_key_of_a_text_takes_its_pair() {
    let schema = "[inside]\n\"link\" = \"url\"\n\"pairs\" = \"key=value\"\n[fields]\n\"link.host\" = \"event.action\"\n\
                  \"link.query.*\" = \"event.action\"\n\"pairs.*\" = \"event.action\"\n\"pairs.known\" = \"event.action\"\n\
                  [keys]\n\"link.query.*\" = \"id.email\"\n\"pairs.*\" = \"id.email\"\n";
    let plan = plan(false, schema, "", "\"event.action\" = \"keep\"\n\"id.email\" = \"pseudonymise\"\n");
    let out =
        run(&plan, &[r#"{"op":1,"link":"//example.com/?ann%40example.com=1","pairs":"ann@example.com=1 known=2"}"#]);
    assert!(!out[0].to_string().contains("ann"), "{}", out[0]);
}

/// A document that nobody classified anything of, or whose key does not stay, goes with the part of the text that it fills.
#[test]
fn a_document_within_a_text_is_no_text_between_its_parts() {
    for (form, text) in [
        ("json", r#"{\"ann\":1}"#),
        ("key=value", "ann=1"),
        ("query", "ann=1"),
        ("url", "ann://ann@ann/ann?ann=ann#ann"),
        ("lines", "ann"),
    ] {
        let lines = "[line.text]\nin = \"m\"\nlike = \"of {who} it {is:int}\"\nwhere.is = \"event.action\"\n\
                     [line.deep]\nin = \"m.who\"\nlike = \"{name:word}\"\nwhere.name = \"id.name\"\n";
        let lines = if form == "lines" { lines } else { lines.split("[line.deep]").next().unwrap() };
        for keys in ["", "[keys]\n\"m.*\" = \"id.name\"\n\"link.query.*\" = \"id.name\"\n"] {
            let schema = format!(
                "[inside]\n\"m\" = \"lines\"\n\"m.who\" = {form:?}\n\"link\" = \"url\"\n\"link.query.who\" = {form:?}\n\
                 [fields]\n\"link.host\" = \"event.action\"\n\"m.who.b\" = \"event.action\"\n\
                 \"link.query.who.b\" = \"event.action\"\n{keys}{lines}"
            );
            let schema = if form == "lines" { schema.replace("\"link.query.who\" = \"lines\"\n", "") } else { schema };
            for treatment in ["drop", "pseudonymise"] {
                let rows = format!("\"event.action\" = \"keep\"\n\"id.name\" = {treatment:?}\n");
                let plan = plan(false, &schema, "", &rows);
                let coded = text.replace("\\\"", "%22").replace('#', "%23").replace('&', "%26").replace('=', "%3d");
                let event = format!(r#"{{"op":1,"m":"of {text} it 7","link":"//host/?who={coded}&z=1"}}"#);
                // The second time by what is known of the first.
                for out in run(&plan, &[&event, &event]) {
                    assert!(!out.to_string().contains("ann"), "{form} {keys} {treatment}: {out}");
                }
            }
        }
    }
}

/// The quotes around a hole are the template's.
#[test]
fn a_document_between_quotes_of_a_line_is_written_once() {
    let schema = "[inside]\n\"m\" = \"lines\"\n[line.text]\nin = \"m\"\nlike = 'of \"{body:quoted}\"'\ninside.body = \"key=value\"\n\
                  [fields]\n\"m.body.b\" = \"event.action\"\n";
    let plan = plan(false, schema, "", "\"event.action\" = \"keep\"\n");
    let out = run(&plan, &[r#"{"op":1,"m":"of \"b=c d=e\""}"#]);
    assert_eq!(out, [serde_json::json!({ "m": "of \"b=c\"" })]);
}

#[test]
fn an_event_of_which_nothing_is_left_is_an_empty_one() {
    let plan = plan(false, "[fields]\n\"other\" = \"event.action\"\n", "", "\"event.action\" = \"drop\"\n");
    let out = run(&plan, &[r#"{"op":1}"#, r#"{"op":{"x":[1]},"y":2}"#, r#" {"op":1,"other":"x"}"#]);
    assert_eq!(out, [serde_json::json!({}), serde_json::json!({}), serde_json::json!({})]);
}
