//! LAW (discovering is careful): a draft never calls harmless what the shipped map says is personal, it is a map that can be read, and
//! neither it nor what drifted shows a value.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fmt::Write as _;
use std::path::PathBuf;

use common::discover::{discover, personal, policies, shipped};
use common::repository;
use serde_json::Value;
use tamis::officer::discover::{Draft, KEYS_MAX, PLACES_MAX, Profile, Words};
use tamis::policy::syntax::{self, Bundle, render};
use tamis::policy::test_file::Subject;

fn written(dir: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Events of the tests beside a map, as NDJSON.
fn events(map: &str) -> String {
    let path = repository().join(format!("policies/schemas/{map}.test.toml"));
    let mut bundle = Bundle::new();
    let file = bundle.add("x.test.toml", std::fs::read_to_string(path).unwrap());
    let tests = syntax::test_file(&bundle, file, &mut Vec::new()).unwrap();
    let mut lines = String::new();
    for test in &tests.tests {
        if let Subject::Event(text) = &test.subject {
            let event: Value = serde_json::from_str(&text.value).unwrap_or(Value::Null);
            writeln!(lines, "{event}").unwrap();
        }
    }
    lines
}

fn maps() -> Vec<String> {
    let entries = std::fs::read_dir(repository().join("policies/schemas")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut maps: Vec<_> = names.filter_map(|name| Some(name.strip_suffix(".test.toml")?.to_owned())).collect();
    maps.sort();
    maps
}

/// What is drafted reads as a map without a mistake or a warning.
fn read(toml: &str) {
    let mut bundle = Bundle::new();
    let file = bundle.add("schemas/draft.toml", toml);
    let mut problems = Vec::new();
    let map = syntax::schema(&bundle, file, &mut problems);
    assert!(map.is_some() && problems.is_empty(), "{}\n{toml}", render(&bundle, &problems, false));
}

/// What is seen of events, keys that vary joined. No detector helps.
fn profile(events: &str, words: &Words) -> Profile {
    let mut profile = Profile::new(1);
    events.lines().for_each(|line| profile.event(line.as_bytes()));
    profile.join_varying(&|word| words.knows(word), &|key| words.is_person(key));
    profile
}

/// Without its map, of few synthetic events, without a detector, and with all other maps as well as with none. Nine in ten are
/// classified.
#[test]
fn nothing_personal_is_drafted_as_harmless() {
    let library = shipped();
    let (mut compared, mut classified, mut wrong) = (0, 0, Vec::new());
    for map in maps().iter().filter(|map| *map != "generic") {
        let events = events(map);
        for words in [Words::new(&library, &[map]), no_maps()] {
            let profile = profile(&events, &words);
            for line in &Draft::new(&profile, &words).lines {
                let path = line.seen.path.to_string();
                let Some(said) = personal(&library, map, &path) else { continue };
                compared += 1;
                classified += usize::from(line.is_inside || !line.judged.categories.is_empty());
                if line.judged.categories.iter().any(|category| words.is_harmless(category)) {
                    wrong.push(format!("{map}: {path} is {said:?}: {:?}", line.judged));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared}\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 300 && 10 * classified >= 9 * compared, "{classified} of {compared} fields are classified");
}

/// Every draft is a map, whatever its events.
#[test]
fn a_draft_is_a_map() {
    let hostile = r#"{"a.b":"x y","c\"d":"x y","e\\f":"x y","":1,"'q'":"x y","[z]":"x y","*":"x y","!n":"x y","k=v":"x y","@envelop":"x y"}
{"in":"{\"a\":{\"b\":\"anna.meier@firma-nord.de\"}}","deep":[[["x y"]]],"empty":{},"none":[],"nul":null,"h":{"192.0.2.1":{"x":1}}}
"text"
17
[1,"two",{"three":"x y z"}]
"#;
    let words = no_maps();
    for text in std::iter::once(hostile.to_owned()).chain(maps().iter().map(|map| events(map))) {
        read(&Draft::new(&profile(&text, &words), &words).toml("draft-1"));
    }
}

/// Values that nobody else would write: none of them is printed in any format, as a key neither.
#[test]
fn no_value_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let values = ["zwerchfell", "anna.xanthippe@firma-nord.de", "203.0.113.77", "7071829304", "quux-4711-ABCDEF0123"];
    let mut lines = String::new();
    for n in 0..40 {
        let [a, b, c, d, e] = values;
        writeln!(
            lines,
            r#"{{"action":"{a}{n}","who":"{b}","from":{{"{c}":{{"n":{d}}}}},"by":{{"{b}":1}},"code":"{e}","users":{{"xanthippe{n}":{{"x":1}}}},"inner":"{{\"k\":\"{b}\",\"{b}\":1}}","n":{d}}}"#
        )
        .unwrap();
    }
    let sample = written(&dir, "sample.ndjson", &lines);
    let folder = repository().join("policies");
    for more in [&[][..], &["--format", "json"], &["--against", "okta"], &["--against", "okta", "--format", "json"]] {
        let (code, out, said) = discover(&folder, more, &sample);
        assert!([0, 7].contains(&code) && !out.is_empty(), "{said}");
        for value in values.iter().chain(&["xanthippe"]) {
            assert!(!out.contains(value) && !said.contains(value), "{value} in {more:?}: {out}{said}");
        }
    }
}

/// Every form of input that `filter` reads, packed or not, gives the same fields.
#[test]
fn every_form_of_input_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let folder = repository().join("policies");
    let lines =
        "{\"who\":\"anna.meier@firma-nord.de\",\"Name\":\"x y\"}\n{\"who\":\"bo.li@firma-nord.de\",\"Name\":\"z y\"}\n";
    let array = format!("[{}]", lines.trim().replace('\n', ","));
    let csv = "who,Name\nanna.meier@firma-nord.de,x y\nbo.li@firma-nord.de,z y\n";
    let paths =
        [written(&dir, "lines.ndjson", lines), written(&dir, "array.json", &array), written(&dir, "table.csv", csv), {
            let path = dir.path().join("lines.zst");
            std::fs::write(&path, zstd::encode_all(lines.as_bytes(), 1).unwrap()).unwrap();
            path
        }];
    let [first, others @ ..] = paths.map(|path| discover(&folder, &[], &path).1);
    assert!(first.contains("\"who\" = \"id.email\"") && first.contains("\"Name\" = \"id.name\""), "{first}");
    assert!(others.iter().all(|other| *other == first), "{others:#?}");
}

/// However many fields there are, the detector looks at them.
#[test]
fn many_fields_are_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let letters = |n: usize| String::from_utf8(vec![b'a' + (n % 26) as u8, b'a' + (n / 26) as u8]).unwrap();
    let mut lines = String::new();
    for group in 0..12 {
        let fields: Vec<_> =
            (0..400).map(|n| format!(r#""message_{}":"to anna.meier@firma-nord.de""#, letters(n))).collect();
        writeln!(lines, r#"{{"group{}":{{{}}}}}"#, letters(group), fields.join(",")).unwrap();
    }
    let (code, out, said) =
        discover(&repository().join("policies"), &["--format", "json"], &written(&dir, "a.ndjson", &lines));
    assert_eq!(code, 0, "{said}");
    let all: Value = serde_json::from_str(&out).unwrap();
    let fields = all["fields"].as_array().unwrap();
    assert_eq!(fields.len(), 4_800);
    assert!(
        fields.iter().all(|field| field["looked"] == 1 && field["found"]["person.email"]["possible"] == 0),
        "each is looked at once"
    );
}

const MAP: &str = r#"
[schema]
id = "own"
title = "own"
revision = 1
recognise = ["when", "what"]
[fields]
"when" = "time.event"
"what" = "event.action"
"size" = "event.amount"
"old"  = "event.type"
[actor]
"who" = "id.email"
[inside]
"more" = "json"
"#;

/// What each kind of drift is, and that the exit code says so.
#[test]
fn drift_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let map = written(&dir, "own.toml", MAP);
    let folder = repository().join("policies");
    let held = |event: &str| {
        let sample = written(&dir, "sample.ndjson", &format!("{event}\n").repeat(3));
        let (code, out, said) = discover(&folder, &["--against", map.to_str().unwrap(), "--format", "json"], &sample);
        let drift: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{said}"));
        let one = |d: &Value| format!("{} {}", d["drift"].as_str().unwrap(), d["path"].as_str().unwrap());
        (code, drift["drift"].as_array().unwrap().iter().map(one).collect::<Vec<_>>())
    };
    let good = r#""when":"2026-11-03T06:00:00Z","what":"open","size":3,"old":"a","who":"anna.meier@firma-nord.de""#;
    assert_eq!(held(&format!("{{{good}}}")), (0, vec![]));
    assert_eq!(
        held(&format!(r#"{{{good},"more":"{{\"size\":4}}"}}"#)),
        (0, vec![]),
        "fields inside are named as from the top"
    );
    assert_eq!(
        held(&good.replace(r#","old":"a""#, "").replace("\"when\"", "{\"when\"").replace(".de\"", ".de\"}")),
        (0, vec!["not-seen old".to_owned()])
    );
    assert_eq!(held(&format!(r#"{{{good},"extra":{{"mail":"x"}}}}"#)), (7, vec!["new extra.mail".to_owned()]));
    assert_eq!(
        held(&format!("{{{}}}", good.replace("2026-11-03T06:00:00Z", "soon"))),
        (7, vec!["type when".to_owned()])
    );
    assert_eq!(
        held(&format!("{{{}}}", good.replace("open", "mail to anna.meier@firma-nord.de"))),
        (7, vec!["personal what".to_owned()])
    );
}

#[test]
fn what_is_wrong_with_the_command_line_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let sample = written(&dir, "sample.ndjson", "{\"a\":1}\n");
    let folder = repository().join("policies");
    let (code, out, said) = discover(&folder, &["--against", "okat"], &sample);
    assert!(code == 2 && out.is_empty() && said.contains("okta"), "{said}");
    let (code, _, said) = discover(dir.path(), &[], &sample);
    assert!(code == 2 && said.contains("--policies"), "{said}");
    let (code, _, said) = discover(&folder, &["--id", "Not Good"], &sample);
    assert!(code == 2 && said.contains("hyphens"), "{said}");
    let (code, out, said) = discover(&folder, &[], &written(&dir, "empty.ndjson", ""));
    assert!(code == 1 && out.is_empty(), "{said}");
    let draft = dir.path().join("draft.toml");
    let (code, out, said) = discover(&folder, &["--output", draft.to_str().unwrap()], &sample);
    assert!(code == 0 && out.is_empty(), "{said}");
    read(&std::fs::read_to_string(draft).unwrap());
}

/// The general words alone.
fn no_maps() -> Words {
    let folder = policies(|_| true);
    let file = ("categories.toml".to_owned(), std::fs::read_to_string(folder.path().join("categories.toml")).unwrap());
    Words::new(&common::library(&[file]), &[])
}

fn paths(profile: &Profile) -> Vec<String> {
    profile.seen().iter().map(|seen| seen.path.to_string()).filter(|path| !path.is_empty()).collect()
}

/// Keys that vary become `*`; keys that are names of fields stay.
#[test]
fn keys_that_vary_are_joined() {
    let mut events = String::new();
    for n in 0..50 {
        writeln!(
            events,
            r#"{{"by_host":{{"srv{n}x":{{"count":1,"size":2}}}},"user":{{"id":1,"name":"x","email":"y"}},"at":{{"192.0.2.{n}":1}}}}"#
        )
        .unwrap();
    }
    let profile = profile(&events, &no_maps());
    let wanted = [
        "at",
        "at.*",
        "by_host",
        "by_host.*",
        "by_host.*.count",
        "by_host.*.size",
        "user",
        "user.email",
        "user.id",
        "user.name",
    ];
    assert_eq!(paths(&profile), wanted);
}

/// LAW (bounded): places do not grow with events, whatever their keys and depth.
#[test]
fn memory_is_bounded() {
    let mut profile = Profile::new(1);
    for n in 0..3_000 {
        let wide: Vec<_> =
            (0..40).map(|k| format!(r#""k{}":{{"a{}":{{"b{n}z":[1]}}}}"#, n * 40 + k, n % 977)).collect();
        profile.event(format!("{{{}}}", wide.join(",")).as_bytes());
        profile.event(format!("{}1{}", "{\"d\":".repeat(100), "}".repeat(100)).as_bytes());
        profile.take_samples();
    }
    let all = paths(&profile);
    assert!(all.len() <= 2 * PLACES_MAX, "{}", all.len());
    assert!(all.iter().filter(|path| !path.contains('.')).count() <= KEYS_MAX + 1);
    assert_eq!((profile.events, profile.unread), (6_000, 0));
    assert!(profile.joined > 0);
}

/// Events that are no JSON count and add nothing; presence, distinct values and samples are counted.
#[test]
fn places_are_counted() {
    let mut profile = Profile::new(7);
    let again = |profile: &mut Profile| {
        for n in 0..5_000 {
            profile.event(format!(r#"{{"n":{n},"s":"v{}","list":["a","b"]}}"#, n % 10).as_bytes());
        }
        profile.take_samples().iter().map(|sample| (sample.place, sample.text.clone())).collect::<Vec<_>>()
    };
    let samples = again(&mut profile);
    assert_eq!(again(&mut Profile::new(7)), samples, "an equal seed gives equal samples");
    let of_n = samples.iter().filter(|(_, text)| text.parse::<u32>().is_ok()).count();
    assert!((200..500).contains(&of_n), "64 and about 64 × ln(5000 / 64) more: {of_n}");
    profile.event(b"{\"n\":1,");
    profile.event(b"\xff");
    assert_eq!((profile.events, profile.unread), (5_000, 2));
    let seen = profile.seen();
    let place = |path: &str| seen.iter().find(|seen| seen.path.to_string() == path).unwrap().place;
    assert_eq!((place("n").events, place("s").distinct(), place("list[*]").kinds.string), (5_000, 10, 10_000));
    assert!((4_500..5_500).contains(&place("n").distinct()), "{}", place("n").distinct());
    assert_eq!(place("n").digits, Some((1, 4)));
    assert_eq!(Draft::new(&profile, &no_maps()).lines.len(), 3, "a draft has leaves");
}
