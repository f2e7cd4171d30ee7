//! Hostile guests: whatever a guest does, in whatever export, the host goes on with a failure in hand.

use super::guest::{Guest, encode, unless_empty};
use super::{host, tight};
use crate::event::{Column, ColumnBuf};
use crate::plugin::*;

const LOOP: &str = "(loop $forever br $forever) unreachable";
const TRAP: &str = "unreachable";
const HOARD: &str = "(loop $grow i32.const 16 memory.grow i32.const -1 i32.ne br_if $grow) unreachable";
const STACK: &str = "i32.const 0 call $deep";
const DEEP: &str =
    "(func $deep (param i32) (result i32) local.get 0 i32.const 1 i32.add call $deep i32.const 1 i32.add)";
/// An answer behind the end of memory, in all of it.
const WILD: &str = "i32.const -4";

/// Bodies that end in each failure, whichever export they stand in.
const EVIL: [(&str, Failure); 5] = [
    (LOOP, Failure::Deadline),
    (TRAP, Failure::Trap),
    (HOARD, Failure::Memory),
    (STACK, Failure::Stack),
    (WILD, Failure::BadAnswer(Nonsense::Shape)),
];

fn guest(kind: Kind) -> Guest {
    Guest { extra: DEEP.into(), ..Guest::new(kind) }
}

const KINDS: [Kind; 2] = [Kind::Detector, Kind::Transformer];

fn batch() -> [ColumnBuf; 1] {
    let mut column = ColumnBuf::new(0);
    column.push(0, "naïve".as_bytes());
    column.push(1, b"plain");
    [column]
}

/// How a guest's answer to a batch of two rows is taken.
fn outcome(guest: &Guest) -> Result<usize, Failure> {
    let batch = batch();
    let columns: Vec<Column<'_>> = batch.iter().map(ColumnBuf::view).collect();
    let configured = guest.load(host()).unwrap().configure("{}", Vec::new()).unwrap();
    match guest.kind {
        Kind::Detector => configured.detector(Reuse::PerBatch).unwrap().scan(&columns).map(|found| found.len()),
        Kind::Transformer => {
            configured.transformer(Reuse::PerBatch).unwrap().transform(&columns).map(|edits| edits.edits.len())
        }
    }
}

#[test]
fn describe_is_contained() {
    for kind in KINDS {
        for (body, failure) in EVIL {
            let evil = Guest { describe: body.into(), ..guest(kind) };
            match evil.load(host()) {
                Err(LoadError::Describe(found)) => assert_eq!(found, failure, "{body}"),
                other => panic!("{body}: {other:?}"),
            }
        }
    }
}

#[test]
fn configure_is_contained() {
    for kind in KINDS {
        for (body, failure) in EVIL {
            let evil = Guest { configure: body.into(), ..guest(kind) }.load(host()).unwrap();
            assert_eq!(evil.configure("{}", Vec::new()).unwrap_err(), ConfigureError::Rejected(failure), "{body}");
        }
    }
}

#[test]
fn scan_and_transform_are_contained() {
    for kind in KINDS {
        for (body, failure) in EVIL {
            let evil = Guest { call: unless_empty(body), ..guest(kind) };
            assert_eq!(outcome(&evil), Err(failure), "{body}");
            let always = Guest { call: body.into(), ..guest(kind) }.load(host()).unwrap();
            assert_eq!(always.configure("{}", Vec::new()).unwrap_err(), ConfigureError::Empty(failure), "{body}");
        }
    }
}

/// The body, for a function without a result.
fn without_result(body: &str) -> String {
    if body.ends_with("unreachable") { body.to_owned() } else { format!("{body} drop") }
}

#[test]
fn the_start_function_is_contained() {
    for kind in KINDS {
        for (body, failure) in &EVIL[..4] {
            let start = format!("{DEEP} (func $start {}) (start $start)", without_result(body));
            match (Guest { extra: start, ..guest(kind) }).load(host()) {
                Err(LoadError::Describe(found)) => assert_eq!(found, *failure, "{body}"),
                other => panic!("{body}: {other:?}"),
            }
        }
    }
}

#[test]
fn what_the_interface_calls_by_itself_is_contained() {
    for kind in KINDS {
        let scan = if kind == Kind::Detector { "scan" } else { "transform" };
        for (body, failure) in &EVIL[..4] {
            // Memory for the settings is asked for before `configure` runs.
            let realloc = Guest { realloc: without_result(body), ..guest(kind) }.load(host()).unwrap();
            assert_eq!(realloc.configure("{}", Vec::new()).unwrap_err(), ConfigureError::Rejected(*failure), "{body}");
            // The answer was read already when its memory is given back.
            let post = format!("{DEEP} (func (export \"cabi_post_{scan}\") (param i32) {})", without_result(body));
            let post = Guest { extra: post, ..guest(kind) }.load(host()).unwrap();
            assert_eq!(post.configure("{}", Vec::new()).unwrap_err(), ConfigureError::Empty(*failure), "{body}");
        }
        // Memory for columns outside the guest's own.
        let wild = Guest { realloc: "i32.const -16 return".into(), ..guest(kind) }.load(host()).unwrap();
        assert!(matches!(wild.configure("{}", Vec::new()), Err(ConfigureError::Rejected(_))));
    }
}

#[test]
fn an_instance_larger_than_its_limits_is_not_made() {
    for memory in [r#"(memory (export "memory") 65)"#, r#"(memory (export "memory") 33) (table 200000 funcref)"#] {
        let large = Guest { memory: memory.into(), ..Guest::new(Kind::Detector) };
        assert!(matches!(large.load(host()), Err(LoadError::Describe(Failure::Memory))), "{memory}");
    }
    let tables = r#"(memory (export "memory") 33)"#.to_owned() + &"(table 1 funcref)".repeat(tight().tables + 1);
    let many = Guest { memory: tables, ..Guest::new(Kind::Detector) };
    assert!(matches!(many.load(host()), Err(LoadError::Refused(Refusal::World { .. }))));
}

#[test]
fn forged_findings_are_refused() {
    use Nonsense::*;
    let good = [0, 1, 0, 5, 1, 3];
    assert_eq!(outcome(&Guest::finding(&[good, [0, 0, 2, 4, 0, 1]])), Ok(2));
    for (forged, what) in [
        ([1, 0, 0, 0, 0, 1], Column),
        ([u32::MAX, 0, 0, 0, 0, 1], Column),
        ([0, 2, 0, 0, 0, 1], Row),
        ([0, u32::MAX, 0, 0, 0, 1], Row),
        ([0, 1, 0, 6, 0, 1], Span),
        ([0, 1, 3, 2, 0, 1], Span),
        ([0, 1, u32::MAX, u32::MAX, 0, 1], Span),
        ([0, 0, 3, 4, 0, 1], Boundary),
        ([0, 0, 0, 3, 0, 1], Boundary),
        ([0, 1, 0, 1, 2, 1], Entity),
        ([0, 1, 0, 1, u32::MAX, 1], Entity),
        ([0, 1, 0, 1, 0, 0], Confidence),
        ([0, 1, 0, 1, 0, 4], Confidence),
    ] {
        assert_eq!(outcome(&Guest::finding(&[good, forged])), Err(Failure::BadAnswer(what)), "{forged:?}");
    }
    assert_eq!(outcome(&Guest::finding(&vec![good; 64 + 5])), Ok(69));
    assert_eq!(outcome(&Guest::finding(&vec![good; 64 + 6])), Err(Failure::BadAnswer(TooMany)));
}

#[test]
fn forged_edits_are_refused() {
    use Nonsense::*;
    let text = "é*".as_bytes();
    assert_eq!(outcome(&Guest::editing(&[0, 0, 2, 4, 0, 2, 0, 1, 0, 5, 2, 3], text, &[])), Ok(2));
    assert_eq!(outcome(&Guest::editing(&[0, 0, 2, 4, 0, 2, 0, 1, 0, 5, 2, 3], text, &[0, 1])), Ok(1));
    for (edits, text, failed, what) in [
        (vec![[1, 0, 0, 0, 0, 0]], text, vec![], Column),
        (vec![[0, 2, 0, 0, 0, 0]], text, vec![], Row),
        (vec![[0, 1, 0, 6, 0, 0]], text, vec![], Span),
        (vec![[0, 0, 3, 4, 0, 0]], text, vec![], Boundary),
        (vec![[0, 1, 0, 1, 0, 1]], text, vec![], Boundary),
        (vec![[0, 1, 0, 1, 2, 4]], text, vec![], TextRange),
        (vec![[0, 1, 0, 1, 3, 2]], text, vec![], TextRange),
        (vec![[0, 1, 0, 1, u32::MAX, u32::MAX]], text, vec![], TextRange),
        (vec![[0, 1, 0, 1, 0, 0], [0, 0, 0, 1, 0, 0]], text, vec![], Order),
        (vec![[0, 1, 3, 4, 0, 0], [0, 1, 0, 1, 0, 0]], text, vec![], Order),
        (vec![[0, 1, 0, 3, 0, 0], [0, 1, 2, 4, 0, 0]], text, vec![], Order),
        (vec![[0, 1, 0, 1, 0, 2]], b"\xff\xfe", vec![], Utf8),
        (vec![[0, 1, 0, 1, 0, 2]], b"\xed\xa0\x80", vec![], Utf8),
        (vec![], text, vec![0], FailedRows),
        (vec![], text, vec![0, 2], Row),
        (vec![], text, vec![7, 0], Column),
    ] {
        let evil = Guest::editing(edits.as_flattened(), text, &failed);
        assert_eq!(outcome(&evil), Err(Failure::BadAnswer(what)), "{edits:?} {text:?} {failed:?}");
    }
    let long = [b'*'; 300];
    assert_eq!(outcome(&Guest::editing(&[0, 1, 0, 0, 0, 271], &long, &[])), Ok(1));
    assert_eq!(outcome(&Guest::editing(&[0, 1, 0, 0, 0, 272], &long, &[])), Err(Failure::BadAnswer(Growth)));
}

#[test]
fn numbers_that_are_left_over_are_refused() {
    // What is there would be lawful, and so would be what is missing.
    let (found, edit) = ([0, 1, 0, 5, 1, 3, 0, 1, 0, 5, 1, 3], [0, 1, 0, 2, 0, 0, 0, 1, 2, 2, 0, 0]);
    for count in 0..=12 {
        let expected = if count % 6 == 0 { Ok(count / 6) } else { Err(Failure::BadAnswer(Nonsense::Numbers)) };
        assert_eq!(outcome(&Guest::saying(&found[..count])), expected, "{count}");
        assert_eq!(outcome(&Guest::editing(&edit[..count], b"", &[])), expected, "{count}");
    }
}

#[test]
fn an_answer_that_claims_more_than_may_be_read_is_refused() {
    // A length of 2^31 numbers, one beyond the memory's end, an unknown case.
    for answer in
        ["\\00\\00\\00\\00\\40\\80\\00\\00\\ff\\ff\\ff\\7f", "\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\09\\00", "\\07"]
    {
        let extra = format!("(data (i32.const 800) \"{answer}\")");
        let evil = Guest { call: unless_empty("i32.const 800"), extra, ..Guest::new(Kind::Detector) };
        assert_eq!(outcome(&evil), Err(Failure::BadAnswer(Nonsense::Shape)), "{answer}");
    }
}

#[test]
fn a_description_that_lies_or_sprawls_is_refused() {
    let with = |change: fn(&mut Guest)| {
        let mut guest = Guest::new(Kind::Detector);
        change(&mut guest);
        guest.load(host()).unwrap_err()
    };
    assert!(matches!(with(|g| g.name = "Evil\nforged line".into()), LoadError::Description(_)));
    assert!(matches!(with(|g| g.schema = "{\"type\": 7}".into()), LoadError::Description(_)));
    assert!(matches!(with(|g| g.schema = "{\"$ref\": \"#\"}".into()), LoadError::Description(_)));
    assert!(matches!(with(|g| g.entities = vec!["a".into(), "a".into()]), LoadError::Description(_)));
    // Points outside memory; not UTF-8; longer than what may be read.
    for words in [[-4i32, 4], [2048 + 32, 1], [65536, 1 << 20]] {
        let record: String = words.iter().flat_map(|w| w.to_le_bytes()).map(|b| format!("\\{b:02x}")).collect();
        let evil = Guest {
            describe: "i32.const 900".into(),
            extra: format!("(data (i32.const 900) \"{record}\") (data (i32.const 2080) \"\\ff\")"),
            ..Guest::new(Kind::Detector)
        };
        assert!(
            matches!(evil.load(host()), Err(LoadError::Describe(Failure::BadAnswer(Nonsense::Shape)))),
            "{words:?}"
        );
    }
    let mut entities = Guest::new(Kind::Transformer);
    entities.entities = vec!["a".into()];
    assert!(matches!(entities.load(host()), Err(LoadError::Description(_))));
}

#[test]
fn exports_of_another_type_are_refused() {
    // A world of the same names with other types, made by hand.
    let component = wat::parse_str(
        r#"(component
            (import "tamis:plugin/types@0.1.0" (instance))
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            (export "describe" (func $f)) (export "configure" (func $f)) (export "scan" (func $f)))"#,
    )
    .unwrap();
    let refusal = host().load_bytes(&component, &Grant::default()).unwrap_err();
    assert!(matches!(refusal, LoadError::Refused(Refusal::World { .. })), "{refusal}");
}

#[test]
fn an_import_is_refused_before_anything_runs() {
    let core = r#"(module
        (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func (result i64)))
        (memory (export "memory") 1))"#;
    let component = wat::parse_str(
        r#"(component (import "wasi:clocks/monotonic-clock@0.2.0" (instance (export "now" (func (result u64))))))"#,
    )
    .unwrap();
    let refusal = host().load_bytes(&component, &Grant::default()).unwrap_err().to_string();
    assert!(
        refusal.contains("wasi:clocks/monotonic-clock@0.2.0") && refusal.contains("wasm32-unknown-unknown"),
        "{refusal}"
    );
    let core = wat::parse_str(core).unwrap();
    assert!(matches!(host().load_bytes(&core, &Grant::default()), Err(LoadError::Refused(Refusal::CoreModule))));
}

#[test]
fn the_host_lives_on_after_all_of_them() {
    let quiet = Guest::new(Kind::Detector);
    for (body, _) in EVIL {
        let evil = Guest { call: unless_empty(body), ..guest(Kind::Detector) };
        assert!(outcome(&evil).is_err());
        assert_eq!(outcome(&quiet), Ok(0));
    }
    // The same text without metadata would be no component at all: the tests' guests are real ones.
    assert!(std::panic::catch_unwind(|| encode(b"\0asm\x01\0\0\0".to_vec(), "detector")).is_err());
}
