//! Laws of the way back: what is edited in decoded form stands, decoded, where it stood; all else is as it was.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::super::{
    Automaton, AutomatonBuilder, Form, Framed, InsideSpec, Kind, Limits, Line, LineSet, Pattern, Piece, Scanned,
    Scanner, Template, Token, Weave,
};
use super::super::Patch;

fn machine(rules: &[(&str, Option<Form>)]) -> Automaton {
    let mut builder = AutomatonBuilder::new(false);
    for (label, (path, form)) in rules.iter().enumerate() {
        let path = Pattern::parse(path).unwrap();
        match form {
            Some(form) => builder.inside(&path, InsideSpec { form: form.clone(), at_root: false, otherwise: vec![99] }),
            None => builder.leaf(&path, label as u32),
        }
    }
    builder.build().unwrap()
}

fn lines(like: &str) -> Form {
    let line = Line { template: Template::parse(like).unwrap(), labels: Vec::new(), marks: Vec::new() };
    Form::Lines(Arc::new(LineSet::compile(vec![line])))
}

fn with<T>(machine: &Automaton, event: &str, look: impl FnOnce(Scanned<'_>) -> T) -> T {
    let mut scratch = Vec::new();
    let mut scanner = Scanner::new(Limits::default());
    look(scanner.scan(Framed::copied(event.as_bytes(), &mut scratch), machine).unwrap())
}

/// The first token that is classified.
fn target(scanned: &Scanned<'_>) -> Token {
    *scanned.tokens.iter().find(|token| token.slot.is_some()).unwrap()
}

fn decoded(scanned: &Scanned<'_>, token: &Token) -> String {
    let mut value = Vec::new();
    scanned.docs.decode(scanned.event, token, &mut value);
    String::from_utf8(value).unwrap()
}

/// Replaces the bytes of a token.
fn replaced(scanned: &Scanned<'_>, token: &Token, write: impl FnOnce(&mut Vec<u8>)) -> String {
    let source = scanned.docs.source(token);
    let mut out = scanned.event[..source.start as usize].to_vec();
    write(&mut out);
    out.extend_from_slice(&scanned.event[source.end as usize..]);
    String::from_utf8(out).unwrap()
}

fn check(machine: &Automaton, event: &str, value: &str, cut: (usize, usize), text: &str) -> Result<(), TestCaseError> {
    let at = |index: usize| value.char_indices().map(|(at, _)| at).nth(index).unwrap_or(value.len());
    let (start, end) = (at(cut.0), at(cut.0 + cut.1));
    let wanted = format!("{}{text}{}", &value[..start], &value[end..]);
    let patch = [Patch { start: start as u32, end: end as u32, text: text.as_bytes() }];
    let (same, spliced, written) = with(machine, event, |scanned| {
        let token = target(&scanned);
        prop_assert_eq!(decoded(&scanned, &token), value);
        let splice = |patches: &[Patch<'_>]| {
            replaced(&scanned, &token, |out| scanned.docs.splice(scanned.event, &token, patches, out))
        };
        let written = replaced(&scanned, &token, |out| scanned.docs.write(&token, wanted.as_bytes(), out));
        Ok((splice(&[]), splice(&patch), written))
    })?;
    prop_assert_eq!(same, event);
    for edited in [spliced, written] {
        with(machine, &edited, |scanned| {
            prop_assert_eq!(decoded(&scanned, &target(&scanned)), &*wanted, "{}", edited);
            Ok(())
        })?;
    }
    Ok(())
}

fn percent(text: &str) -> String {
    let code =
        |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") };
    text.bytes().map(code).collect()
}

fn cut() -> impl Strategy<Value = (usize, usize)> {
    (0usize..8, 0usize..8)
}

proptest! {
    #[test]
    fn in_json_of_any_depth(value in any::<String>(), cut in cut(), text in any::<String>(), depth in 0usize..4) {
        let inside = ["", "a", "a.a", "a.a.a"];
        let path = ["v", "a.v", "a.a.v", "a.a.a.v"][depth];
        let mut rules = vec![(path, None)];
        rules.extend(inside[1..=depth].iter().map(|path| (*path, Some(Form::Json))));
        let mut event = serde_json::json!({ "x": [1], "v": value }).to_string();
        for _ in 0..depth {
            event = serde_json::json!({ "é": "\u{1}", "a": event, "z": null }).to_string();
        }
        check(&machine(&rules), &event, &value, cut, &text)?;
    }

    #[test]
    fn in_queries_and_urls(value in any::<String>(), cut in cut(), text in any::<String>()) {
        let query = format!("{{\"q\":\"x=1&v={}&y=%20\"}}", percent(&value));
        check(&machine(&[("q", Some(Form::Query)), ("q.v", None)]), &query, &value, cut, &text)?;
        let url = format!("{{\"u\":\"https:\\/\\/h.example/p?x=1&v={}#f\"}}", percent(&value));
        check(&machine(&[("u", Some(Form::Url)), ("u.query.v", None)]), &url, &value, cut, &text)?;
        let path = format!("{{\"u\":\"https://h.example/{}?x=1\"}}", percent(&value));
        with(&machine(&[("u", Some(Form::Url)), ("u.path", None)]), &path, |scanned| {
            prop_assert_eq!(decoded(&scanned, &target(&scanned)), format!("/{value}"));
            Ok(())
        })?;
    }

    #[test]
    fn in_pairs_and_lines(value in "[a-zé]{1,8}", cut in cut(), text in "[a-zé][a-z ,=é]{0,5}") {
        let pairs = machine(&[("k", Some(Form::KeyValue)), ("k.v", None)]);
        for quote in ["", "\\\"", "'"] {
            let event = format!("{{\"k\":\"x=1, v={quote}{value}{quote} y=2\"}}");
            check(&pairs, &event, &value, cut, &text)?;
        }
        let event = format!("{{\"l\":\"got {value} from\\tx\"}}");
        check(&machine(&[("l", Some(lines("got {v} from x"))), ("l.v", None)]), &event, &value, cut, text.trim_end())?;
    }
}

/// Writes the first text form of an event with the weave, keeping the parts that `keep` wants by path.
fn woven(machine: &Automaton, event: &str, keep: &[&str]) -> String {
    with(machine, event, |scanned| {
        let open = *scanned.tokens.iter().find(|token| token.kind == Kind::TextOpen).unwrap();
        let text = scanned.docs.text(scanned.event, open.doc);
        let mut weave = Weave::open(scanned.docs, open.doc);
        let mut out = Vec::new();
        let put = |piece: Piece, out: &mut Vec<u8>| match piece {
            Piece::Source(range) => scanned.docs.copy(scanned.event, open.doc, range, out),
            Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
        };
        for token in scanned.tokens.iter().filter(|token| token.kind == Kind::String && token.doc == open.doc) {
            let kept = keep.contains(&machine.path_of(token.slot).as_str());
            weave.part(text, token, kept, |piece| put(piece, &mut out));
            if kept {
                scanned.docs.splice(scanned.event, token, &[], &mut out);
            }
        }
        weave.close(text, |piece| put(piece, &mut out));
        String::from_utf8(out).unwrap()
    })
}

#[test]
fn what_stands_between_parts() {
    let parts = |keep: &[&str]| {
        let mut builder = AutomatonBuilder::new(false);
        let spec = InsideSpec { form: Form::Url, at_root: false, otherwise: Vec::new() };
        builder.inside(&Pattern::parse("u").unwrap(), spec);
        for (label, path) in keep.iter().enumerate() {
            builder.leaf(&Pattern::parse(path).unwrap(), label as u32);
        }
        woven(&builder.build().unwrap(), r#"{"u":"https:\/\/bob:pw@h.example:8443/a/b?q=1&r=2#frag"}"#, keep)
    };
    assert_eq!(
        parts(&["u.scheme", "u.user", "u.host", "u.port", "u.path", "u.query.q", "u.query.r", "u.fragment"]),
        r"https:\/\/bob:pw@h.example:8443/a/b?q=1&r=2#frag"
    );
    assert_eq!(parts(&["u.scheme", "u.host", "u.path"]), r"https:\/\/h.example/a/b");
    assert_eq!(parts(&["u.host", "u.query.r"]), r"\/\/h.example?r=2");
    assert_eq!(parts(&["u.path", "u.fragment"]), r"\/\//a/b#frag");
    let query = machine(&[("q", Some(Form::Query)), ("q.a", None), ("q.c", None)]);
    assert_eq!(woven(&query, r#"{"q":"a=1&b=2&c=%20"}"#, &["q.a", "q.c"]), "a=1&c=%20");
    let pairs = machine(&[("k", Some(Form::KeyValue)), ("k.a", None), ("k.b", None), ("k.c", None)]);
    assert_eq!(
        woven(&pairs, r#"{"k":" a=1,  b=\"x y\" stray c=3 "}"#, &["k.a", "k.b", "k.c"]),
        r#"a=1,  b=\"x y\" c=3"#
    );
    assert_eq!(woven(&pairs, r#"{"k":"a=1 b=2 c=3"}"#, &["k.a", "k.c"]), "a=1 c=3");
    let line = machine(&[("l", Some(lines("{t:int} user {u} logged in"))), ("l.t", None)]);
    assert_eq!(woven(&line, r#"{"l":"17 user\tbob logged in"}"#, &["l.t"]), r"17 user\t- logged in");
}
