//! LAW (exact lists): every value of a list is found where a treatment looks for it, in whatever spelling, and nothing of it
//! leaves; what is no value of it is never found. A list that is not there, not whole, or not for this key closes the flow.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking, and prints")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use tamis::event::frame::FrameLimits;
use tamis::pipeline::codes::Root;
use tamis::pipeline::{Engine, Options, Sanitized, Tenant, Tenants};
use tamis::policy::document::{Evidence, SecretLists};
use tamis::policy::exact::{ExactError, ExactList, ExactLists, Words, seal};
use tamis::policy::syntax::render;
use tamis::policy::{Library, Plan, Refusal, Request, compile};
use unicode_normalization::UnicodeNormalization;

const CUSTOMER: &str = "[[entity]]\nname = \"example.customer\"\nlist = \"customers\"\n";
const LOOK: &str = "find = [\"example.customer\"]";

/// Files of policies: `note` is treated as `treatments` say (a table of `redact-listed`, and further ones).
fn files(entity: &str, listed: &str, note: &str) -> Vec<(String, String)> {
    let schema = r#"
        [fields]
        "op" = "event.action"
        "note" = "content.text"
        "customer.text" = "content.text"
    "#;
    let base = format!(
        "[treatment]\nredact-listed = {{ {listed} }}\n\
         [rule.all]\nbecause = \"It is a test.\"\ncite = \"own\"\n\"event.action\" = \"keep\"\n\"content.text\" = {note}\n{entity}"
    );
    common::small(schema, &base)
}

fn ask(library: &Arc<Library>, lists: &ExactLists) -> Result<Plan, Refusal> {
    let (evidence, secret) = (Evidence::default(), SecretLists { lists: BTreeMap::new() });
    let request = Request {
        policy: "base",
        with: &[],
        purpose: "security",
        on: common::DAY,
        system: None,
        evidence: &evidence,
        lists: &secret,
        exact: Some(lists),
        lenient: false,
    };
    compile(library, &request).map(|(plan, _)| plan)
}

fn open(values: &[impl AsRef<str>]) -> Result<Arc<ExactList>, ExactError> {
    let key = common::root().list_key("base", "customers");
    ExactList::open(&seal(values.iter().map(AsRef::as_ref), &key).file, key).map(Arc::new)
}

/// A plan with a list of these values.
fn plan(entity: &str, listed: &str, note: &str, values: &[impl AsRef<str>]) -> Arc<Plan> {
    let library = common::library(&files(entity, listed, note));
    let lists = BTreeMap::from([("customers".to_owned(), open(values))]);
    let told = |refusal: Refusal| panic!("{:?} {}", refusal.closed, render(&library.bundle, &refusal.problems, false));
    Arc::new(ask(&library, &lists).unwrap_or_else(told))
}

/// What is left of a note, and how often the entity was found.
fn left(plan: &Arc<Plan>, note: &str) -> (String, u64) {
    let event = json!({ "op": "x", "note": note }).to_string();
    let ran = common::filter(plan, &common::ndjson([event]), Options::default());
    let line: Value = serde_json::from_slice(ran.lines()[0]).unwrap();
    let found = ran.counts.entities.get("example.customer").copied().unwrap_or_default();
    (line["note"].as_str().unwrap_or_default().to_owned(), found)
}

/// How somebody else writes a value.
#[derive(Clone, Debug)]
struct Spelling {
    upper: bool,
    apart: usize,
    decomposed: bool,
    soft: bool,
    coding: usize,
}

const APART: [&str; 10] = [" ", "-", "  ", "/", ". ", "\u{a0}", " \u{2013} ", ", ", "\u{200b}", "\u{2060}"];

impl Spelling {
    fn write(&self, value: &str) -> String {
        let mut text = value.replace(' ', APART[self.apart]);
        if self.upper {
            text = text.to_uppercase();
        }
        if self.decomposed {
            text = text.nfd().collect();
        }
        if self.soft {
            let (at, _) = text.char_indices().nth(1).unwrap();
            text.insert(at, '\u{ad}');
        }
        let coded = |with: fn(u32) -> String| {
            text.chars()
                .map(|sign| if sign.is_ascii_alphanumeric() { sign.to_string() } else { with(sign.into()) })
                .collect()
        };
        let percent = |text: &str| -> String {
            let byte = |byte: u8| {
                if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
            };
            text.bytes().map(byte).collect()
        };
        match self.coding {
            1 => percent(&text),
            2 => percent(&percent(&text)),
            3 => coded(|sign| format!("\\u{sign:04x}")),
            4 => coded(|sign| format!("&#{sign};")),
            _ => text,
        }
    }
}

fn spelling() -> impl Strategy<Value = Spelling> {
    (any::<bool>(), 0..APART.len(), any::<bool>(), any::<bool>(), 0usize..6)
        .prop_map(|(upper, apart, decomposed, soft, coding)| Spelling { upper, apart, decomposed, soft, coding })
}

/// Words of consonants and digits: what stands around them has vowels only.
fn value() -> impl Strategy<Value = String> {
    vec("[bdfgk-npr-tvz\u{e4}\u{f6}\u{fc}\u{e9}\u{df}\u{43b}0-9]{4,9}", 1..6).prop_map(|words| words.join(" "))
}

fn around() -> impl Strategy<Value = String> {
    "([aeiou]{1,6}[ ,.!?(){}]{1,3}){0,4}".prop_map(|text| text + " ")
}

proptest! {
    #![proptest_config(common::cases(300))]

    #[test]
    fn nothing_of_a_planted_value_leaves(values in vec(value(), 1..20), which in any::<prop::sample::Index>(), spelling in spelling(), before in around(), after in around()) {
        let plan = plan(CUSTOMER, LOOK, "\"redact-listed\"", &values);
        let planted = spelling.write(which.get(&values[..]).as_str());
        let (note, found) = left(&plan, &format!("{before}{planted} {after}"));
        prop_assert_eq!(note, format!("{before}[customer] {after}"), "{}", planted);
        prop_assert_eq!(found, 1);
    }

    /// Whatever else is hidden in a value, or touches it: no word of it leaves.
    #[test]
    fn nothing_leaves_beside_what_others_hide(values in vec(value(), 1..6), which in any::<prop::sample::Index>(), beside in prop::sample::select(vec!["ann@example.com", "Herr", "Frau Anna"])) {
        let plan = plan(CUSTOMER, LOOK, "[\"redact-listed\", \"redact-personal\"]", &values);
        let listed = which.get(values.as_slice());
        let (note, _) = left(&plan, &format!("{beside} {listed} {beside}"));
        let (mut words, mut kept) = (Words::default(), Words::default());
        words.read(listed.as_bytes());
        kept.read(note.as_bytes());
        let leaves = |number: usize| (0..kept.len()).any(|at| kept.run(at..at + 1) == words.run(number..number + 1));
        prop_assert!(!(0..words.len()).any(leaves), "{}", note);
    }

    /// Non-interference: values of a list leave no trace of which they were.
    #[test]
    fn one_value_leaves_as_another(values in vec(value(), 2..20), one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(), before in around()) {
        let plan = plan(CUSTOMER, LOOK, "\"redact-listed\"", &values);
        let notes = [one, other].map(|which| left(&plan, &format!("{before}{}", which.get(values.as_slice()))));
        prop_assert_eq!(&notes[0], &notes[1]);
    }
}

#[test]
fn what_is_not_listed_is_never_found() {
    let name = |number: u64| format!("{:x} {:x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15), number % 9_973);
    let listed: Vec<_> = (1..=100_000).map(name).collect();
    let list = open(&listed).unwrap();
    let (mut words, mut found) = (Words::default(), 0);
    for number in 1..=1_000_000 {
        words.read(name(number).as_bytes());
        list.find(&words, |_| found += 1);
        if number == 100_000 {
            assert_eq!(found, 100_000, "each that is listed");
        }
    }
    assert_eq!(found, 100_000, "and no other");
}

#[test]
fn a_million_values_are_held_and_found() {
    let name = |number: u64| format!("Kunde {:x} {:x}", number % 1_009, number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let listed: Vec<_> = (0..1_000_000).map(name).collect();
    let list = open(&listed).unwrap();
    println!("{} values, {} bytes", list.len(), list.memory());
    assert!(list.len() == 1_000_000 && list.memory() <= 24 << 20);
    let mut words = Words::default();
    for number in (0..2_000_000).step_by(997) {
        let mut found = Vec::new();
        words.read(format!("von {} an", name(number)).as_bytes());
        list.find(&words, |run| found.push(run));
        assert_eq!(found.len(), usize::from(number < 1_000_000), "{number}");
    }
}

#[test]
fn a_value_is_words_that_stand_together() {
    let plan = plan(CUSTOMER, LOOK, "\"redact-listed\"", &["DE-1234/5", "Muster AG", "muster ag holding", "Ärztehaus"]);
    for (note, expected) in [
        ("konto de 1234 5.", "konto [customer]."),
        ("DE-1234/56 DE_1234_5", "DE-1234/56 [customer]"),
        ("Muster AG Holding, Muster AG", "[customer], [customer]"),
        ("Muster Holding AG", "Muster Holding AG"),
        ("Mustern AG ÄRZTEHAUSES", "Mustern AG ÄRZTEHAUSES"),
        (r#"{"n":"muster\u0020ag"}"#, r#"{"n":"[customer]"}"#),
        ("?q=%C3%84rztehaus&r=muster+ag", "?q=[customer]&r=[customer]"),
        (
            "&Auml;rztehaus &#196rztehaus, Muster\u{200b}AG, M\u{200b}uster AG",
            "[customer] [customer], [customer], [customer]",
        ),
        ("C:\\temp\\muster ag\\x", "C:\\temp\\[customer]\\x"),
        ("", ""),
        ("---", "---"),
    ] {
        assert_eq!(left(&plan, note).0, expected, "{note}");
    }
}

#[test]
fn a_finding_ends_where_characters_do() {
    let plan = plan(CUSTOMER, LOOK, "\"redact-listed\"", &["Muster AG", "Muster", "Nordärzte"]);
    for blank in ["\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}", "%E2%80%8B", "&#8203;", "\\u200b"] {
        for (note, expected) in [
            (format!("Muster{blank}AG{blank}"), "[customer]".to_owned()),
            (format!("{blank}Muster{blank}AG{blank}x"), format!("{blank}[customer]x")),
            (format!("Muster{blank}{blank}AG{blank} ä"), "[customer] ä".to_owned()),
        ] {
            assert_eq!(left(&plan, &note).0, expected, "{note}");
        }
    }
}

#[test]
fn a_value_is_found_once_whatever_else_is_coded() {
    let plan = plan(CUSTOMER, LOOK, "\"redact-listed\"", &["Muster AG", "Nordärzte", "Betriebsräte"]);
    for (note, expected) in [
        ("a%20b&auml; Muster AG\\n", "a%20b&auml; [customer]\\n"),
        ("C:\\nord%C3%A4rzte\\x", "C:\\[customer]\\x"),
        ("\\betriebsr&auml;te", "\\[customer]"),
        ("&auml;betriebsr%C3%A4te", "&auml;[customer]"),
        ("%5Cbetriebsr%26auml%3Bte.", "%5C[customer]."),
    ] {
        assert_eq!(left(&plan, note), (expected.to_owned(), 1), "{note}");
    }
}

#[test]
fn keywords_exceptions_sets_and_labels_hold_as_for_other_entities() {
    let entity = format!("{CUSTOMER}keywords = [\"Kunde\", \"client*\"]\nsets = [\"personal\"]\n");
    let values = ["Muster AG", "Beispiel AG"];
    let likely = plan(&entity, LOOK, "\"redact-listed\"", &values);
    for (note, is_found) in [
        ("Kunde: Muster AG", true),
        ("Muster AG (clients)", true),
        ("Muster AG", false),
        ("Kunden von Muster AG", false),
        ("Kunde\nMuster AG", false),
        (&format!("Kunde {} Muster AG", "x".repeat(60)), false),
    ] {
        assert_eq!(left(&likely, note).1 == 1, is_found, "{note}");
    }
    let hinted = json!({ "op": "x", "customer": { "text": "Muster AG" } }).to_string();
    let named = plan(&entity.replace("Kunde", "customer"), LOOK, "\"redact-listed\"", &values);
    let ran = common::filter(&named, &common::ndjson([hinted]), Options::default());
    assert_eq!(ran.lines(), [br#"{"op":"x","customer":{"text":"[customer]"}}"#]);
    let possible = plan(&entity, &format!("{LOOK}, threshold = \"possible\""), "\"redact-listed\"", &values);
    assert_eq!(left(&possible, "Muster AG"), ("[customer]".into(), 1));
    let set =
        plan(&entity, "find = [\"personal\"], except = [\"beispiel*\"], label = \"[x]\"", "\"redact-listed\"", &values);
    let note = "Kunde Muster AG, Kunde Beispiel AG, ann@example.com";
    assert_eq!(left(&set, note), ("Kunde [x], Kunde Beispiel AG, [x]".into(), 1));
}

#[test]
fn what_others_hide_already_is_not_counted() {
    let plan =
        plan(CUSTOMER, LOOK, "[\"redact-listed\", \"redact-personal\"]", &["ann@example.com", "ann@example.com of x"]);
    assert_eq!(left(&plan, "ann@example.com"), ("[email]".into(), 0));
    assert_eq!(left(&plan, "by ann@example.com of x"), ("by [customer]".into(), 1));
}

#[test]
fn a_value_with_too_many_findings_is_hidden_whole() {
    let plan = plan(CUSTOMER, LOOK, "\"redact-listed\"", &["Muster"]);
    let note = |times: usize| left(&plan, &"muster, ".repeat(times));
    assert_eq!(note(4096).0, "[customer], ".repeat(4096));
    assert_eq!(note(4097).0, "[customer]");
}

/// Tenants of one stream have the same entities, and each has a list of its own.
#[test]
fn no_tenant_finds_anothers_values() {
    let library = common::library(&files(CUSTOMER, LOOK, "\"redact-listed\""));
    let tenant = |value: &str| {
        let lists = BTreeMap::from([("customers".to_owned(), open(&[value]))]);
        let plan = ask(&library, &lists).map(Arc::new).unwrap_or_else(|_| panic!("a sound policy"));
        Tenant { plan: Some(plan), names: vec![value.to_owned()] }
    };
    let tenants = Arc::new(Tenants::new("op", vec![tenant("Muster AG"), tenant("Beispiel AG")]).unwrap());
    let steps = common::steps(&tenants.plans()[0]);
    let mut engine = Engine::for_tenants(tenants, steps, common::root(), Options::default());
    let event = |op: &str| json!({ "op": op, "note": "Muster AG, Beispiel AG" }).to_string();
    let input = common::ndjson([event("Muster AG"), event("Beispiel AG"), event("Muster AG")]);
    let mut out = Sanitized::default();
    engine.run(&common::batches(&input, usize::MAX, FrameLimits::default())[0], &mut out).unwrap();
    let notes: Vec<Value> =
        out.bytes().split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let notes: Vec<_> = notes.iter().map(|event| event["note"].as_str().unwrap()).collect();
    assert_eq!(notes, ["[customer], Beispiel AG", "Muster AG, [customer]", "[customer], Beispiel AG"]);
}

/// A plan that was made without its list lets nothing through.
#[test]
fn an_engine_without_the_list_stops() {
    let library = common::library(&files(CUSTOMER, LOOK, "\"redact-listed\""));
    let lists = BTreeMap::from([("customers".to_owned(), open(&["Muster AG"]))]);
    let mut plan = ask(&library, &lists).unwrap_or_else(|_| panic!("a sound policy"));
    plan.compiled().exact.clear();
    let mut engine = common::engine(&Arc::new(plan), Options::default());
    let input = common::ndjson([r#"{"op":"x","note":"Muster AG"}"#]);
    let mut out = Sanitized::default();
    let error = engine.run(&common::batches(&input, usize::MAX, FrameLimits::default())[0], &mut out).unwrap_err();
    assert!(out.bytes().is_empty() && error.to_string().contains("without the exact list `customers`"));
}

#[test]
fn examples_are_tried_on_the_list() {
    let library = common::library(&files(
        &format!("{CUSTOMER}examples = [\"an Muster AG\"]\ncounter-examples = [\"Beispiel\"]\n"),
        LOOK,
        "\"redact-listed\"",
    ));
    let codes = |values: &[&str]| -> Vec<_> {
        let asked = ask(&library, &BTreeMap::from([("customers".to_owned(), open(values))]));
        asked.err().into_iter().flat_map(|refusal| refusal.problems).map(|problem| problem.code).collect()
    };
    assert_eq!(codes(&["Muster AG"]), [""; 0]);
    assert_eq!(codes(&["Muster GmbH", "Beispiel"]), ["P0503", "P0504"]);
    // Tests of policies have no list: examples are values.
    let plan = common::plan(&library, "base", &[], "security");
    assert_eq!(left(&plan, "an muster ag"), ("[customer]".into(), 1));
}

#[test]
fn what_cannot_be_used_closes_the_flow() {
    let library = common::library(&files(CUSTOMER, LOOK, "\"redact-listed\""));
    let closed = |list: Option<Result<Arc<ExactList>, ExactError>>| {
        let refusal =
            ask(&library, &list.map(|list| ("customers".to_owned(), list)).into_iter().collect()).unwrap_err();
        assert!(refusal.problems.is_empty());
        let [closed] = &refusal.closed[..] else { panic!("{:?}", refusal.closed) };
        assert!(
            closed.name == "base.example.customer" && closed.help.contains("tamis list seal")
                || closed.help.contains("--key")
        );
        closed.missing.clone()
    };
    assert_eq!(closed(None), "there is no exact list `customers`");
    let key = |root: u8, tenant: &str, list: &str| Root::new([root; 32]).list_key(tenant, list);
    let file = seal(["Muster AG", "Beispiel AG"].into_iter(), &key(7, "base", "customers")).file;
    for other in [key(8, "base", "customers"), key(7, "bas", "ecustomers"), key(7, "base", "staff")] {
        assert!(closed(Some(ExactList::open(&file, other).map(Arc::new))).contains("another key, for another tenant"));
    }
    let open = |file: &[u8]| ExactList::open(file, key(7, "base", "customers"));
    assert_eq!(open(&file).unwrap().len(), 2);
    for length in 0..file.len() {
        closed(Some(open(&file[..length]).map(Arc::new)));
    }
    for bit in 0..8 * file.len() {
        let mut changed = file.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        closed(Some(open(&changed).map(Arc::new)));
    }
    let empty = seal(["", "# nobody", "x"].into_iter(), &key(7, "base", "customers")).file;
    assert_eq!(
        closed(Some(open(&empty).map(Arc::new))),
        "the exact list `customers` cannot be used: the list is empty"
    );
}

/// Runs `tamis` in a folder with a policy, a key and values.
fn tamis(within: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
    command.args(arguments).current_dir(within).env_remove("TAMIS_KEY_SOURCE").stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> (i32, String) {
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned(),
    )
}

#[test]
fn the_command_seals_and_the_flow_finds() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        std::fs::create_dir_all(dir.path().join(name).parent().unwrap()).unwrap();
        std::fs::write(dir.path().join(name), text).unwrap();
    };
    files(CUSTOMER, LOOK, "\"redact-listed\"").iter().for_each(|(name, text)| write(name, text));
    write("key", &"07".repeat(32));
    write("other", &"08".repeat(32));
    for key in ["key", "other"] {
        let only_mine = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(dir.path().join(key), only_mine).unwrap();
    }
    write("values", "\u{feff}Muster AG\r\n# Geheim AG\n\nMUSTER-AG\nab1\nDE-1234/5\n1 2 3 4 5 6 7 8 9\n");
    write("events", "{\"op\":\"x\",\"note\":\"an Muster AG\"}\n");
    let seal = ["list", "seal", "--policy", "base/base.toml", "--name", "customers"];
    let filter = ["filter", "--policy", "base/base.toml", "--summary", "none", "events"];
    let with = |command: &[&str], more: &[&str]| said(&tamis(dir.path(), &[command, more].concat()));
    let (code, text) = with(&filter, &["--key", "file:key"]);
    assert!(
        code == 3 && text.contains("there is no exact list `customers`") && text.contains("tamis list seal"),
        "{text}"
    );
    let (code, text) = with(&seal, &["--key", "file:key", "values"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("base/base.customers.list: 2 values, 1 more lines of the same"), "{text}");
    assert!(text.contains("lines 5") && text.contains("lines 7"), "{text}");
    for part in ["uster", "eheim", "1234", "ab1"] {
        let file = std::fs::read(dir.path().join("base/base.customers.list")).unwrap();
        assert!(!text.contains(part) && !String::from_utf8_lossy(&file).contains(part), "{text}");
    }
    let (code, text) = with(&filter, &["--key", "file:key"]);
    assert_eq!((code, text.as_str()), (0, "{\"op\":\"x\",\"note\":\"an [customer]\"}\n"));
    let (code, text) = with(&filter, &[]);
    assert!(code == 3 && text.contains("there is no key"), "{text}");
    let (code, text) = with(&filter, &["--key", "file:other"]);
    assert!(code == 3 && text.contains("another key"), "{text}");
    let (code, text) = with(&filter, &["--key", "file:key", "--exact-list", "customers=values"]);
    assert!(code == 3 && text.contains("no sealed list"), "{text}");
    let (code, text) = with(&filter, &["--key", "file:key", "--exact-list", "custmers=values"]);
    assert!(code == 2 && text.contains("did you mean `customers`?"), "{text}");
    assert_eq!(with(&["policy", "release", "base/base.toml"], &[]).0, 0);
    let bundle = ["filter", "--policy", "releases/base@1.0.bundle", "--summary", "none", "events"];
    let (code, text) = with(&bundle, &["--key", "file:key", "--exact-list", "custmers=values"]);
    assert!(code == 2 && text.contains("did you mean `customers`?"), "{text}");
    write("none", "ab1\n#\n");
    std::fs::write(dir.path().join("broken"), b"Anna\n\xff").unwrap();
    let (code, text) = with(&seal, &["--key", "file:key", "none"]);
    assert!(code == 2 && text.contains("no value to seal"), "{text}");
    let (code, text) = with(&seal, &["--key", "file:key", "broken"]);
    assert!(code == 2 && text.contains("broken:2: this is not UTF-8"), "{text}");
}
