//! Laws of the scan, checked against a slow reader that shares no code with it.

mod edits;
mod oracle;
mod texts;

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::{
    Automaton, AutomatonBuilder, Form, Framed, InsideSpec, Kind, Level, Limits, Line, LineSet, Passed, Pattern, Reject,
    Scanned, Scanner, Template, Token, flags,
};
use oracle::{Rules, Seen};

const LEVELS: [Level; 3] = [Level::Scalar, Level::Sse2, Level::Avx2];

fn automaton(rules: &Rules) -> Automaton {
    let mut builder = AutomatonBuilder::new(rules.ignore_case);
    for (label, pattern) in rules.leaves.iter().enumerate() {
        builder.leaf(pattern, label as u32);
    }
    for (label, pattern) in rules.keys.iter().enumerate() {
        builder.key(pattern, 100 + label as u32);
    }
    for (mark, pattern) in rules.marks.iter().enumerate() {
        builder.mark(pattern, mark as u16);
    }
    builder.build().unwrap()
}

fn seen(automaton: &Automaton, token: &Token) -> Seen {
    let labels = |slot| {
        let mut labels: Vec<u32> = automaton.labels(slot).iter().map(|(label, _)| *label).collect();
        labels.sort_unstable();
        labels
    };
    Seen {
        kind: token.kind,
        wild: token.flags & flags::KEY_WILD != 0,
        labels: labels(token.slot),
        key_labels: labels(token.key_slot),
        pair: token.pair as usize,
        start: token.start as usize,
        end: token.end as usize,
    }
}

fn marks_of(scanned: &Scanned<'_>) -> Vec<u16> {
    let mut marks = scanned.marks.to_vec();
    marks.sort_unstable();
    marks.dedup();
    marks
}

type Outcome = Result<(Vec<Seen>, Vec<u16>), Reject>;

/// Scans twice with each level, with hostile bytes behind the event: whatever guesses were learnt, the answer is the
/// same.
fn scan(automaton: &Automaton, text: &[u8], limits: Limits) -> Outcome {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for level in LEVELS {
        let mut scanner = Scanner::with_level(limits, level);
        for padding in [&b"\0"[..], b"\"", b",\"a\":1}", b"}]", b"0123456789", b"e"] {
            let mut buffer = text.to_vec();
            buffer.extend(padding.iter().cycle().take(Framed::PADDING));
            let event = Framed::new(&buffer, 0..text.len()).unwrap();
            let outcome = scanner.scan(event, automaton).map(|scanned| {
                let tokens = scanned.tokens.iter().map(|token| seen(automaton, token)).collect();
                (tokens, marks_of(&scanned))
            });
            outcomes.push(outcome);
        }
    }
    assert!(outcomes.windows(2).all(|pair| pair[0] == pair[1]), "{outcomes:?}");
    outcomes.swap_remove(0)
}

fn acceptable(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn check(rules: &Rules, text: &[u8]) -> Result<(), TestCaseError> {
    let outcome = scan(&automaton(rules), text, Limits::default());
    if !acceptable(text) {
        let refused = matches!(
            outcome,
            Err(Reject::Syntax { .. }
                | Reject::Truncated
                | Reject::TrailingBytes { .. }
                | Reject::Utf8
                | Reject::DuplicateKey { .. })
        );
        prop_assert!(refused, "{outcome:?}");
        return Ok(());
    }
    match oracle::read(rules, std::str::from_utf8(text).unwrap()) {
        Some(expected) => prop_assert_eq!(outcome, Ok(expected)),
        None => prop_assert!(matches!(outcome, Err(Reject::DuplicateKey { .. })), "{:?}", outcome),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn tokens_are_what_a_slow_reader_sees(rules in texts::rules(), text in texts::json()) {
        check(&rules, text.as_bytes())?;
    }

    #[test]
    fn damaged_events_are_refused(
        rules in texts::rules(),
        text in texts::json(),
        damage in texts::damage(),
    ) {
        check(&rules, &texts::damaged(text.as_bytes(), &damage))?;
    }

    #[test]
    fn any_text_is_judged_like_serde_json(rules in texts::rules(), text in "[\\[\\]{}\",:0-9eE.+\\-truefalsn\\\\ \n\u{1}\u{e9}u]{0,24}") {
        check(&rules, text.as_bytes())?;
    }

    #[test]
    fn escapes_stand_anywhere(
        pieces in prop::collection::vec(
            prop_oneof![
                8 => prop::sample::select(&["\\\"", "\\\\", "a", "seven letters and more than that", "é"][..]),
                2 => prop::sample::select(&["\\n", "\\/", "\\u00e9", "\\u0022", "\\ud83d\\ude00"][..]),
            ],
            0..90,
        ),
        wrong in prop::option::of((0usize..90, prop::sample::select(&["\\", "\\x", "\\u12", "\u{1}", "\"", "\\\n"][..]))),
    ) {
        let mut pieces = pieces;
        if let Some((at, wrong)) = wrong {
            pieces.insert(at.min(pieces.len()), wrong);
        }
        check(&Rules::of(&["**"]), format!("{{\"s\":\"{}\",\"n\":1}}", pieces.concat()).as_bytes())?;
    }

    #[test]
    fn strings_and_numbers_of_any_length(head in 0usize..80, special in texts::special(), tail in 0usize..80, digits in 0usize..80) {
        let rules = Rules::of(&["**"]);
        let text = format!("{{\"{0}{1}{0}\":\"{0}{1}{2}\",\"n\":[1{3},-0.{3}5e+1{3}]}}", "x".repeat(head), special, "y".repeat(tail), "7".repeat(digits));
        check(&rules, text.as_bytes())?;
    }
}

/// What one scan answers: tokens and marks, what has no token, and counters of unclassified places.
type Answer = (Outcome, Vec<Passed>, Vec<(u32, u64)>);

fn answer(scanner: &mut Scanner, automaton: &Automaton, text: &[u8]) -> Answer {
    let mut scratch = Vec::new();
    let mut passed = Vec::new();
    let outcome = scanner.scan(Framed::copied(text, &mut scratch), automaton).map(|scanned| {
        passed.extend_from_slice(scanned.passed);
        let tokens = scanned.tokens.iter().map(|token| seen(automaton, token)).collect();
        (tokens, marks_of(&scanned))
    });
    let mut nobodys = Vec::new();
    scanner.drain_unclassified(automaton, |counter, times| nobodys.push((counter, times)));
    (outcome, passed, nobodys)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// LAW (a track is no opinion): a scanner that has read other events answers as one that is new.
    #[test]
    fn a_scanner_that_has_learnt_answers_like_a_new_one(
        rules in texts::rules(),
        event in texts::json(),
        others in prop::collection::vec((texts::damage(), any::<bool>()), 1..12),
        strange in texts::json(),
    ) {
        let machine = automaton(&rules);
        for level in LEVELS {
            let mut learnt = Scanner::with_level(Limits::default(), level);
            let mut texts = vec![event.clone().into_bytes()];
            for (damage, again) in &others {
                // One byte elsewhere: most of what a track knows still fits.
                let from = if *again { texts.last().unwrap() } else { &texts[0] };
                texts.push(texts::damaged(from, damage));
                texts.push(event.clone().into_bytes());
            }
            texts.push(strange.clone().into_bytes());
            for text in &texts {
                let new = answer(&mut Scanner::with_level(Limits::default(), level), &machine, text);
                prop_assert_eq!(answer(&mut learnt, &machine, text), new, "{}", String::from_utf8_lossy(text));
            }
        }
    }

    /// The same where values choose elements, set marks by lines, and hold documents; few events, again and again, since a
    /// mistake needs one that was learnt and one that comes back.
    #[test]
    fn values_that_decide_are_part_of_a_track(
        events in prop::collection::vec(
            (prop::collection::vec((0usize..4, 0usize..6, 0usize..4), 0..4), 0usize..5, 0usize..6),
            2..4,
        ),
        order in prop::collection::vec(any::<prop::sample::Index>(), 2..24),
    ) {
        let machine = deciding();
        let mut learnt = Scanner::new(Limits::default());
        for (elements, inner, last) in order.iter().map(|index| index.get(&events)) {
            let text = deciding_event(elements, *inner, *last);
            let new = answer(&mut Scanner::new(Limits::default()), &machine, text.as_bytes());
            prop_assert!(new.0.is_ok(), "{}", text);
            prop_assert_eq!(answer(&mut learnt, &machine, text.as_bytes()), new, "{}", text);
        }
    }
}

/// Scans events one after the other, and holds each answer against that of a new scanner.
fn answers_like_new(machine: &Automaton, texts: &[String]) {
    let mut learnt = Scanner::new(Limits::default());
    for text in texts {
        let new = answer(&mut Scanner::new(Limits::default()), machine, text.as_bytes());
        assert_eq!(answer(&mut learnt, machine, text.as_bytes()), new, "{text}");
    }
}

#[test]
fn a_value_that_decides_may_stand_behind_what_it_decides() {
    let event = |name: &str| format!(r#"{{"list":[{{"Value":"x","Name":"{name}"}}]}}"#);
    answers_like_new(&deciding(), &["ip", "user", "ip", "user", "ip"].map(event));
}

#[test]
fn names_in_many_spellings_count_however_they_are_read() {
    let spelled = |count: usize| {
        let letter = |n: usize, at: usize, c: char| if n >> at & 1 == 1 { c.to_ascii_uppercase() } else { c };
        let name = |n: usize| "abcde".chars().enumerate().map(|(at, c)| letter(n, at, c)).collect::<String>();
        (0..count).map(|n| format!("\"{}\":{n}", name(n))).collect::<Vec<_>>().join(",")
    };
    let mut builder = AutomatonBuilder::new(true);
    builder.leaf(&pattern("abcde"), 1);
    builder.inside(&pattern("data"), InsideSpec { form: Form::Json, at_root: false, otherwise: vec![9] });
    builder.leaf(&pattern("data.abcde"), 5);
    builder.leaf(&pattern("last"), 7);
    let machine = builder.build().unwrap();
    let inner = format!("{{{}}}", spelled(11)).replace('"', "\\\"");
    let both = format!("{{{},\"data\":\"{inner}\",\"last\":1}}", spelled(11));
    answers_like_new(&machine, &[both.clone(), both.clone(), both]);
    let texts = [r#"{"data":"x","last":1}"#.to_owned(), format!("{{\"data\":\"{inner} \",\"lust\":1}}")];
    answers_like_new(&machine, &texts);
}

/// An automaton with everything that may hang on a value.
fn deciding() -> Automaton {
    let mut builder = AutomatonBuilder::new(true);
    builder.leaf(&pattern("list[Name=ip].Value"), 1);
    builder.leaf(&pattern("list[Name=user].Value"), 2);
    builder.mark(&pattern("list[Name=user].Value"), 3);
    builder.leaf(&pattern("list[Name=deep].Value.*"), 4);
    builder.inside(&pattern("data"), InsideSpec { form: Form::Json, at_root: false, otherwise: vec![9] });
    builder.leaf(&pattern("data.id"), 5);
    builder.mark(&pattern("data.id"), 6);
    builder.leaf(&pattern("last"), 7);
    builder.mark(&pattern("last"), 8);
    builder.key(&pattern("more.*"), 10);
    builder.key(&pattern("list[*].*"), 11);
    let line = Line {
        template: Template::parse("login of {user:word} from {ip:ip}").unwrap(),
        labels: vec![vec![1], vec![2]],
        marks: vec![9],
    };
    let lines = Form::Lines(Arc::new(LineSet::compile(vec![line])));
    builder.inside(&pattern("line"), InsideSpec { form: lines, at_root: false, otherwise: vec![9] });
    builder.build().unwrap()
}

fn deciding_event(elements: &[(usize, usize, usize)], inner: usize, last: usize) -> String {
    let element = |(name, value, order): &(usize, usize, usize)| {
        let name = [r#""ip""#, r#""USER""#, r#""deep""#, "12"][*name];
        let value = ["1", "123", r#""x""#, r#"{"a":1}"#, "{}", r#"[true,{"Name":"ip"}]"#][*value];
        match order {
            0 => format!(r#"{{"Name":{name},"Value":{value}}}"#),
            1 => format!(r#"{{"Value":{value},"name":{name}}}"#),
            2 => format!(r#"{{"Value":{value}}}"#),
            _ => format!(r#"{{"Name":{name},"Value":{value},"nAME":"ip"}}"#),
        }
    };
    let data = [r#""{\"id\":1}""#, r#""{\"id\":[1,{}]}""#, r#""none""#, "null", r#"{"id":7}"#][inner];
    let last = ["true", "false", "null", "-1.5e3", r#""\u0041""#, "0"][last];
    let line = ["login of ann from 192.0.2.1", "nothing"][inner % 2];
    let list: Vec<_> = elements.iter().map(element).collect();
    format!(r#"{{"list":[{}],"data":{data},"more":{{"x":{inner}}},"line":"{line}","last":{last}}}"#, list.join(","))
}

#[test]
fn every_cut_of_an_event_is_refused() {
    let rules = Rules::of(&["a.**", "b[*].c"]);
    let text = r#" {"a": {"x":"\u00e9\\","y":-1.5e3}, "b":[{"c":true},[],{}], "d": {"e":[null,false,"ü"]}} "#;
    check(&rules, text.as_bytes()).unwrap();
    for cut in 0..text.len() - 1 {
        check(&rules, &text.as_bytes()[..cut]).unwrap();
    }
}

#[test]
fn limits_hold() {
    let rules = Rules::of(&["a[*]", "k"]);
    let machine = automaton(&rules);
    let limits = Limits { bytes: 200, depth: 3, leaves: 10, inside_depth: 1 };
    let outcome = |text: &str| scan(&machine, text.as_bytes(), limits).map(|(tokens, _)| tokens.len());
    for name in ["a", "dropped"] {
        assert_eq!(outcome(&format!(r#"{{"{name}":[[[]]]}}"#)).unwrap_err().code(), "too-deep");
        assert!(outcome(&format!(r#"{{"{name}":[[]]}}"#)).is_ok());
        assert_eq!(outcome(&format!(r#"{{"{name}":[1,2,3,4,5,6,7,8,9]}}"#)), Err(Reject::TooManyFields));
        assert!(outcome(&format!(r#"{{"{name}":[1,2,3,4,5,6,7,8]}}"#)).is_ok());
    }
    assert_eq!(outcome(&format!("\"{}\"", "x".repeat(199))), Err(Reject::TooLong));
    assert!(outcome(&format!("\"{}\"", "x".repeat(198))).is_ok());
}

#[test]
fn the_deepest_nesting_works() {
    let machine = automaton(&Rules::of(&["**"]));
    let limits = Limits { depth: u16::MAX, ..Limits::default() };
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(scan(&machine, nested(1024).as_bytes(), limits).is_ok());
    assert!(matches!(scan(&machine, nested(1025).as_bytes(), limits), Err(Reject::TooDeep { .. })));
    let dead = automaton(&Rules::of(&["x"]));
    assert!(scan(&dead, nested(1024).as_bytes(), limits).is_ok());
    assert!(matches!(scan(&dead, nested(1025).as_bytes(), limits), Err(Reject::TooDeep { .. })));
}

#[test]
fn bytes_that_are_no_utf8() {
    let rules = Rules::of(&["a"]);
    for bad in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf"] {
        for frame in [
            (&b"{\"a\":\""[..], &b"\"}"[..]),
            (b"{\"x\":{\"y\":[\"", b"\"]}}"),
            (b"{\"", b"\":1}"),
            (b"{\"x\":{\"", b"\":1}}"),
        ] {
            let text = [frame.0, bad, frame.1].concat();
            assert_eq!(scan(&automaton(&rules), &text, Limits::default()), Err(Reject::Utf8));
        }
    }
}

#[test]
fn a_key_that_was_guessed_is_judged_like_any_other() {
    let machine = automaton(&Rules::of(&["user", "id"]));
    let mut scanner = Scanner::new(Limits::default());
    let mut scratch = Vec::new();
    let mut outcome = |text: &str| {
        scanner.scan(Framed::copied(text.as_bytes(), &mut scratch), &machine).map(|scanned| scanned.tokens.len())
    };
    assert_eq!(outcome(r#"{"user":1,"id":2,"x":3}"#), Ok(4));
    assert_eq!(outcome(r#"{"user":1,"id":2,"x":3}"#), Ok(4));
    assert!(matches!(outcome(r#"{"user":1,"user":2}"#), Err(Reject::DuplicateKey { .. })));
    assert!(matches!(outcome(r#"{"user":1,"\u0075ser":2}"#), Err(Reject::DuplicateKey { .. })));
    assert_eq!(outcome(r#"{"user":1,"users":2,"id" :3,"x":{"x":1}}"#), Ok(4));
    assert_eq!(outcome(r#"{"x":3,"x":4}"#), Ok(0));
}

#[test]
fn a_name_may_come_twice_only_where_no_pattern_leads() {
    let machine = automaton(&Rules::of(&["a.*.id", "b.**.x", "c[Name=x].v", "c[*].w", "d.e"]));
    let mut scanner = Scanner::new(Limits::default());
    let mut scratch = Vec::new();
    let mut refuses = |text: &str| match scanner.scan(Framed::copied(text.as_bytes(), &mut scratch), &machine) {
        Err(Reject::DuplicateKey { .. }) => true,
        outcome => outcome.map(|_| false).unwrap(),
    };
    // A wildcard leads there: by name, by way of it, at any depth; and nothing of it has to be classified.
    for twice in [
        r#"{"a":{"k":{"id":1},"k":{"id":2}}}"#,
        r#"{"a":{"k":{"other":1},"k":2}}"#,
        r#"{"a":{"k":1,"\u006b":2}}"#,
        r#"{"b":{"k":1,"k":2}}"#,
        r#"{"b":{"k":{"l":{"m":1,"m":2}}}}"#,
        r#"{"c":[{"Name":"y","Name":"x","v":1}]}"#,
        r#"{"d":1,"d":2}"#,
    ] {
        assert!(refuses(twice), "{twice}");
    }
    for free in [
        r#"{"q":1,"q":2}"#,
        r#"{"a":{"k":{"other":1,"other":2}}}"#,
        r#"{"d":{"q":{"e":1,"e":2},"q":3}}"#,
        r#"{"d":{"e":1,"E":2}}"#,
    ] {
        assert!(!refuses(free), "{free}");
    }
}

/// Prints the tokens of an event, a line each: kind, path, decoded value.
fn shown(builder: AutomatonBuilder, text: &str) -> Vec<String> {
    let machine = builder.build().unwrap();
    let mut scratch = Vec::new();
    let mut scanner = Scanner::new(Limits::default());
    let scanned = scanner.scan(Framed::copied(text.as_bytes(), &mut scratch), &machine).unwrap();
    let line = |token: &Token| {
        let mut value = Vec::new();
        if token.slot.is_some() {
            scanned.docs.decode(scanned.event, token, &mut value);
        }
        format!("{:?} {} {}", token.kind, machine.path_of(token.slot), String::from_utf8(value).unwrap())
            .trim()
            .to_owned()
    };
    scanned.tokens.iter().map(line).collect()
}

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

#[test]
fn json_in_strings() {
    let mut builder = AutomatonBuilder::new(false);
    let spec = |at_root| InsideSpec { form: Form::Json, at_root, otherwise: vec![9] };
    builder.inside(&pattern("data"), spec(true));
    builder.inside(&pattern("user"), spec(false));
    builder.leaf(&pattern("id"), 1);
    builder.leaf(&pattern("user.name"), 2);
    let text = r#"{"data":"{\"id\":\"a\\\"b\",\"user\":\"{\\\"name\\\":\\\"bob\\\"}\"}","user":"none","id":3}"#;
    let wanted = [
        "Object",
        "JsonOpen",
        "Object",
        "String id a\"b",
        "JsonOpen",
        "Object",
        "String user.name bob",
        "Close",
        "InnerClose",
        "Close",
        "InnerClose",
        "String user none",
        "Number id 3",
        "Close",
    ];
    assert_eq!(shown(builder, text), wanted);
}

#[test]
fn what_does_not_parse_leaves_no_trace() {
    let mut builder = AutomatonBuilder::new(false);
    builder.inside(&pattern("d"), InsideSpec { form: Form::Json, at_root: false, otherwise: vec![9] });
    builder.leaf(&pattern("d.id"), 1);
    builder.mark(&pattern("d.id"), 3);
    let machine = builder.build().unwrap();
    let mut scanner = Scanner::new(Limits { inside_depth: 1, ..Limits::default() });
    let mut scratch = Vec::new();
    let mut outcome = |value: &str| {
        let event = format!(r#"{{"d":{value}}}"#);
        let scanned = scanner.scan(Framed::copied(event.as_bytes(), &mut scratch), &machine).unwrap();
        let kinds: Vec<Kind> = scanned.tokens[1..scanned.tokens.len() - 1].iter().map(|token| token.kind).collect();
        (kinds, scanned.marks.contains(&3), scanned.docs.is_empty())
    };
    use Kind::{Close, InnerClose, JsonOpen, Null, Number, Object, String};
    assert_eq!(outcome(r#""{\"id\":1}""#), (vec![JsonOpen, Object, Number, Close, InnerClose], true, false));
    for broken in [
        r#""{\"id\":1""#,
        r#""{\"id\":1} x""#,
        r#""{\"id\":1,\"id\":2}""#,
        r#""5""#,
        r#""""#,
        r#""{\"id\":\"\u0001\"}""#,
    ] {
        assert_eq!(outcome(broken), (vec![String], false, true), "{broken}");
    }
    assert_eq!(outcome("null"), (vec![Null], false, true));
    assert_eq!(outcome(r#"{"id":1}"#), (vec![Object, Number, Close], true, true));
}

#[test]
fn documents_nest_as_deep_as_the_limit_says() {
    let machine = {
        let mut builder = AutomatonBuilder::new(false);
        builder.inside(&pattern("**.j"), InsideSpec { form: Form::Json, at_root: false, otherwise: vec![9] });
        builder.leaf(&pattern("**.v"), 1);
        builder.build().unwrap()
    };
    let mut event = serde_json::json!({ "v": 1 }).to_string();
    for depth in 0..6 {
        let mut scratch = Vec::new();
        let mut scanner = Scanner::new(Limits::default());
        let scanned = scanner.scan(Framed::copied(event.as_bytes(), &mut scratch), &machine).unwrap();
        let opened = scanned.tokens.iter().filter(|token| token.kind == Kind::JsonOpen).count();
        assert_eq!(opened, depth.min(3));
        let last = scanned.tokens.iter().find(|token| token.slot.is_some()).unwrap();
        assert_eq!(last.kind, if depth > 3 { Kind::String } else { Kind::Number });
        event = serde_json::json!({ "j": event }).to_string();
    }
}

#[test]
fn text_forms_within_text_forms() {
    let line = Line {
        template: Template::parse("{ip:ip} GET {url:word} {status:int}").unwrap(),
        labels: vec![vec![1], vec![], vec![]],
        marks: vec![5],
    };
    let lines = Form::Lines(Arc::new(LineSet::compile(vec![line])));
    let mut builder = AutomatonBuilder::new(true);
    builder.inside(&pattern("message"), InsideSpec { form: lines, at_root: false, otherwise: vec![9] });
    builder.inside(&pattern("message.url"), InsideSpec { form: Form::Url, at_root: false, otherwise: vec![8] });
    builder.leaf(&pattern("message.url.query.User"), 2);
    let wanted = [
        "Object",
        "TextOpen",
        "String message.ip 192.0.2.7",
        "TextOpen",
        "String",
        "String message.url.query.User a@b",
        "InnerClose",
        "String",
        "InnerClose",
        "Close",
    ];
    assert_eq!(shown(builder, r#"{"Message":"192.0.2.7 GET \/x?user=a%40b 200"}"#), wanted);
}

#[test]
fn scanners_serve_automata_in_turn() {
    let machines = [Rules::of(&["a"]), Rules::of(&["b.c", "a"]), Rules::of(&["**"])].map(|rules| automaton(&rules));
    let text = br#"{"a":1,"b":{"c":2,"d":3},"e":[4]}"#;
    let mut scanner = Scanner::new(Limits::default());
    let mut scratch = Vec::new();
    for _ in 0..3 {
        for (machine, tokens) in machines.iter().zip([3, 6, 10]) {
            assert_eq!(scanner.scan(Framed::copied(text, &mut scratch), machine).unwrap().tokens.len(), tokens);
        }
    }
    let mut nobodys = Vec::new();
    scanner.drain_unclassified(&machines[1], |counter, times| {
        nobodys.push((machines[1].unclassified_path(counter), times))
    });
    nobodys.sort();
    assert_eq!(nobodys, [("*".to_owned(), 3), ("b.*".to_owned(), 3)]);
    // Another shape than the map knows, by the walk that learns and along the track: still no key of the event.
    for _ in 0..4 {
        scanner.scan(Framed::copied(br#"{"a":{"ann":1},"b":[{"c":2}],"bob":3}"#, &mut scratch), &machines[1]).unwrap();
    }
    let mut nobodys = Vec::new();
    scanner.drain_unclassified(&machines[1], |counter, times| {
        nobodys.push((machines[1].unclassified_path(counter), times))
    });
    nobodys.sort();
    assert_eq!(nobodys, [("*".to_owned(), 4), ("a (object or array)".to_owned(), 4), ("b.*".to_owned(), 4)]);
    scanner.drain_unclassified(&machines[1], |_, _| panic!("set back"));
}

/// Events whose lines fit the same templates have one shape, whatever stands in the holes; others have another one.
#[test]
fn templates_make_shapes() {
    let line = |like: &str| Line { template: Template::parse(like).unwrap(), labels: Vec::new(), marks: Vec::new() };
    let mut builder = AutomatonBuilder::new(false);
    let set = LineSet::compile(["from {who}", "{n:int} to {who}", "of {what}"].map(line).into());
    let spec = InsideSpec { form: Form::Lines(Arc::new(set)), at_root: false, otherwise: Vec::new() };
    builder.inside(&Pattern::parse("m").unwrap(), spec);
    builder.inside(
        &Pattern::parse("m.what").unwrap(),
        InsideSpec { form: Form::Json, at_root: false, otherwise: vec![1] },
    );
    builder.leaf(&Pattern::parse("m.who").unwrap(), 1);
    builder.leaf(&Pattern::parse("m.what.a").unwrap(), 1);
    let machine = builder.build().unwrap();
    let mut scanner = Scanner::new(Limits::default());
    let mut shape = |line: &str| {
        let (text, mut scratch) = (format!(r#"{{"m":"{line}"}}"#), Vec::new());
        scanner.scan(Framed::copied(text.as_bytes(), &mut scratch), &machine).unwrap().shape
    };
    let alike = [
        ["from ann", "from bob and carl"],
        ["1 to ann", r#"22  to \"bob\""#],
        ["of nothing", "of all"],
        [r#"of {\"a\":\"b\"}"#, r#"of {\"a\":\"\"}"#],
        [r#"of {\"a\":1}"#, r#"of {\"a\":234}"#],
        ["fits none", ""],
    ];
    // The first of them teaches the tracks.
    shape("from ann");
    let shapes = alike.map(|lines| lines.map(|line| [(); 2].map(|()| shape(line))[1]));
    assert!(shapes.iter().all(|[one, other]| one == other && *one != 0), "{shapes:?}");
    let different: BTreeSet<_> = shapes.iter().flatten().collect();
    assert_eq!(different.len(), alike.len(), "{shapes:?}");
}

/// What chooses an element may come behind the value that hangs on it: a scanner that has seen others like it finds what a new one
/// finds.
#[test]
fn an_element_is_chosen_whatever_was_seen_before() {
    for rules in [&["p[Name=A].v", "p[*].v"][..], &["p[Name=A].v", "p[Name=B].v"], &["p[Name=A].v", "p[*].Name"]] {
        let machine = automaton(&Rules::of(rules));
        let slots = |scanner: &mut Scanner, name: &str| {
            let mut scratch = Vec::new();
            let text = format!(r#"{{"p":[{{"v":"x","Name":"{name}"}}]}}"#);
            let scanned = scanner.scan(Framed::copied(text.as_bytes(), &mut scratch), &machine).unwrap();
            scanned.tokens.iter().map(|token| machine.path_of(token.slot)).collect::<Vec<_>>()
        };
        let mut scanner = Scanner::new(Limits::default());
        for name in ["A", "A", "B", "B", "B", "A", "C", "C", "C", "A", "B", "C"] {
            let wanted = slots(&mut Scanner::new(Limits::default()), name);
            assert_eq!(slots(&mut scanner, name), wanted, "{name} {rules:?}");
        }
    }
}
