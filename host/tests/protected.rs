//! LAW (protect): what a list protects is protected in whatever form it comes. A word that withholds an event where it stands in a
//! string withholds it in an array, an object or a key at the same place as well.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use serde_json::{Value, json};
use tamis::pipeline::{Options, Outcome};
use tamis::policy::Plan;

fn plan() -> Arc<Plan> {
    let schema = r#"
        [inside]
        "data" = "json"
        "line" = { as = "key=value", else = "content.text" }
        "json" = { as = "json", else = "content.text" }
        [fields]
        "op" = "event.action"
        "name" = "content.text"
        "names[*]" = "content.text"
        "either" = "content.text"
        "either.name" = "event.action"
        "any.**" = "content.text"
        "data.name" = "content.text"
        "line.who" = "event.action"
        "json.who" = "event.action"
        "elsewhere" = "event.action"
        "keyed.*.act" = "event.action"
        [keys]
        "keyed.*" = "content.text"
        [owner]
        "site" = "file.path"
    "#;
    let base = r#"
        [rule.all]
        because = "It is a test."
        cite = "own"
        "event.action" = "keep"
        "content.text" = "keep"
        [rule.listed]
        because = "It is a test."
        cite = "own"
        when.listed = "council"
        event = "suppress"
        [rule.matches]
        because = "It is a test."
        cite = "own"
        when.matches = { "content.text" = ["*secret*"] }
        event = "suppress"
        [list.council]
        look-in = ["content.text"]
        about = ["owner"]
        words = ["betriebsrat*", "betriebsrat", "größe", "4711"]
    "#;
    common::small_plan(schema, base)
}

fn outcomes(plan: &Arc<Plan>, events: &[String]) -> Vec<Outcome> {
    common::filter(plan, &common::ndjson(events), Options::default()).outcomes
}

/// A value with the word somewhere, and the same shapes with another.
fn forms(word: &str) -> Vec<Value> {
    vec![
        json!([word]),
        json!(["x", [1, word]]),
        json!({ "deep": { "deeper": ["x", word] } }),
        json!({ word: 1 }),
        json!([{ "x": { word: null } }, "y"]),
    ]
}

/// As an export cuts it, and as a writer gets it wrong.
#[test]
fn a_listed_word_withholds_its_event_where_a_document_cannot_be_read() {
    let plan = plan();
    for (word, wanted) in [
        ("Betriebsrat Muster", Outcome::Suppressed),
        ("Gr\u{f6}\u{df}e", Outcome::Suppressed),
        ("Vertrieb", Outcome::Passed),
    ] {
        let whole = json!({ "name": word, "more": "x" }).to_string();
        let escaped: String = word.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
        let texts = [
            whole[..whole.len() - 3].to_owned(),
            whole.replace("more", "name"),
            whole.replace("\"x\"", "\"x\","),
            format!("\u{feff}{whole}"),
            format!("{{\"name\":\"{escaped}\",\"more\""),
            json!(whole).to_string(),
            format!("about {word}"),
        ];
        for text in texts {
            let event = json!({ "op": "x", "data": text }).to_string();
            let all = [event.clone(), event.clone(), json!({ "op": "x", "data": "{}" }).to_string(), event.clone()];
            assert_eq!(outcomes(&plan, &all), [wanted, wanted, Outcome::Passed, wanted], "{event}");
        }
    }
}

#[test]
fn a_listed_word_withholds_its_event_in_whatever_form() {
    let plan = plan();
    for (word, wanted) in [
        ("Betriebsrat Muster", Outcome::Suppressed),
        ("Gr\u{f6}\u{df}e", Outcome::Suppressed),
        ("Vertrieb", Outcome::Passed),
    ] {
        let mut events = vec![json!({ "op": "x", "name": word }), json!({ "op": "x", "names": [word] })];
        for form in forms(word) {
            events.push(json!({ "op": "x", "name": form, "elsewhere": "x" }));
            events.push(json!({ "op": "x", "names": [form] }));
            events.push(json!({ "op": "x", "either": form }));
            events.push(json!({ "op": "x", "any": { "x": form } }));
            events.push(json!({ "op": "x", "site": form }));
            events.push(json!({ "op": "x", "line": form }));
            events.push(json!({ "op": "x", "json": form }));
            events.push(json!({ "op": "x", "data": json!({ "name": form }).to_string() }));
            events.push(json!({ "op": "x", "data": { "name": form } }));
            // In a string that is looked inside and would be looked at as a whole, where nobody has a say.
            events.push(json!({ "op": "x", "json": json!({ "who": "x", "zzz": form }).to_string() }));
            events.push(json!({ "op": "x", "json": json!({ "zzz": form }).to_string() }));
            events.push(json!({ "op": "x", "json": json!([form]).to_string() }));
        }
        events.push(json!({ "op": "x", "line": format!("who=x and {word} too") }));
        events.push(json!({ "op": "x", "line": format!("who=x name=\"{word}\"") }));
        // A key, whatever becomes of its member.
        for value in [json!({ "act": "x" }), json!({ "zzz": 1 }), json!("x"), json!(7), json!([]), json!([{}, 1])] {
            events.push(json!({ "op": "x", "keyed": { "a": 1, word: value } }));
        }
        for event in events {
            // By the walk that learns, along the track that it learnt, and with every letter escaped.
            let escaped: String = event
                .to_string()
                .chars()
                .map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) })
                .collect();
            let all = [event.to_string(), event.to_string(), event.to_string(), escaped];
            assert_eq!(outcomes(&plan, &all), [wanted; 4], "{event}");
        }
    }
    assert_eq!(outcomes(&plan, &[json!({ "op": "x", "name": [4711] }).to_string()]), [Outcome::Suppressed]);
}

#[test]
fn what_is_nobodys_or_has_its_own_say_is_not_read_for_it() {
    let plan = plan();
    let word = "Betriebsrat Muster";
    let mut events = vec![
        json!({ "op": "x", "elsewhere": word }),
        json!({ "op": "x", "elsewhere": [word] }),
        json!({ "op": "x", "nobodys": [word] }),
        json!({ "op": "x", "either": { "name": word } }),
        json!({ "op": "x", "json": { "who": word } }),
        json!({ "op": "x", "json": json!({ "who": word }).to_string() }),
        json!({ "op": "x", "line": format!("who=\"{word}\"") }),
        // A condition on a value reads what leaves, and of these nothing does.
        json!({ "op": "x", "name": ["a secret"] }),
    ];
    events.extend(forms(word).into_iter().map(|form| json!({ "op": "x", "elsewhere": form })));
    for event in events {
        assert_eq!(outcomes(&plan, &[event.to_string(), event.to_string()]), [Outcome::Passed; 2], "{event}");
    }
}

/// Containers within each other, each of them at a place that is looked in, are read together.
#[test]
fn a_word_is_found_however_deep() {
    let plan = plan();
    for (word, wanted) in [("Betriebsrat", Outcome::Suppressed), ("Vertrieb", Outcome::Passed)] {
        let mut value = json!({ word: 1 });
        for _ in 0..50 {
            value = json!({ "a": value, "b": vec![json!({ "k": 1 }); 50] });
        }
        let event = json!({ "op": "x", "any": value }).to_string();
        assert_eq!(outcomes(&plan, &vec![event; 3]), vec![wanted; 3]);
    }
}
