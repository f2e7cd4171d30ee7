//! LAW (policies keep their promises), and the command keeps those of its help: what it reads, what it writes, how it ends.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::repository;

fn tamis(within: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tamis")).args(arguments).current_dir(within).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The shipped policies in a folder of their own, to be changed.
fn copied() -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let target = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copy(&path, &target);
            } else {
                std::fs::copy(&path, &target).unwrap();
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    for folder in ["policies", "examples"] {
        copy(&repository().join(folder), &dir.path().join(folder));
    }
    dir
}

const FILTER: [&str; 5] = ["filter", "--policy", "policies/tenants/example-de.toml", "--on", "2026-11-21"];
const EVENTS: &str = "examples/events.ndjson";

fn filter<'a>(more: &[&'a str]) -> Vec<&'a str> {
    FILTER.iter().copied().chain(more.iter().copied()).collect()
}

/// Pieces of shipped policies that tests miss when they are taken out, and of which they do not.
fn removed(more: &[&str]) -> (usize, usize, String) {
    let output = tamis(&repository(), &[&["test", "--removal", "policies"], more].concat());
    let said = said(&output);
    let passed = said.lines().rev().find_map(|line| line.split_once(" passed, 0 failed")?.0.trim().parse::<u32>().ok());
    assert!(passed.is_some_and(|passed| passed > 100), "{said}");
    let counts = said.lines().last().and_then(|line| line.split_once(" pieces are missed when they are taken out, "));
    let (missed, rest) = counts.unwrap_or_else(|| panic!("{said}"));
    (missed.parse().unwrap(), rest.split_once(' ').unwrap().0.parse().unwrap(), said)
}

/// Each piece that is taken out has to fail a test: a promise that nobody tests is none.
#[test]
fn every_policy_keeps_what_its_tests_promise() {
    let (missed, unmissed, said) = removed(&[]);
    assert!(missed >= 440 && unmissed <= 3, "{said}");
    assert!(!said.lines().any(|line| line.contains("no test fails without rule.")), "{said}");
}

/// What no test misses are templates of lines, mostly. It gets no worse.
#[test]
#[ignore = "takes minutes: cargo test --release -p tamis --test policies -- --ignored"]
fn nor_does_any_map_say_more_that_nobody_tests() {
    let (missed, unmissed, said) = removed(&["--maps"]);
    assert!(missed >= 7300 && unmissed <= 3360, "{said}");
}

/// What evidence says was agreed counts in tests, too: other rules than those are closed. What it does not say is not asked for.
#[test]
fn a_test_is_held_to_what_was_agreed() {
    let dir = copied();
    let file = dir.path().join("policies/tenants/example-de.evidence.toml");
    let evidence = std::fs::read_to_string(&file).unwrap();
    let summary = tamis(dir.path(), &filter(&["--summary", "json", EVENTS]));
    let summary: serde_json::Value = serde_json::from_str(said(&summary).trim()).unwrap();
    let (zeros, own) = ("sha256:".to_owned() + &"0".repeat(64), summary["rules-digest"].as_str().unwrap());
    let other =
        own.rsplit_once(char::is_alphanumeric).unwrap().0.to_owned() + if own.ends_with('1') { "2" } else { "1" };
    for (from, to, passes) in [
        (zeros.as_str(), own, true),
        (&zeros, &other, false),
        ("\"example-de@6\"", "\"example-de@5\"", false),
        ("agreed-revision = \"example-de@6\"", "", true),
    ] {
        assert!(evidence.contains(from), "{from}");
        std::fs::write(&file, evidence.replacen(from, to, 1)).unwrap();
        let ran = tamis(dir.path(), &["test", "policies/tenants/example-de.test.toml"]);
        assert_eq!(ran.status.success(), passes, "{from} → {to}: {}", said(&ran));
        assert!(passes || said(&ran).contains("works-agreement"), "{}", said(&ran));
    }
}

#[test]
fn the_example_flows() {
    let output = tamis(&repository(), &filter(&[EVENTS]));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(text.lines().count() > 0, "{}", said(&output));
    for line in text.lines() {
        serde_json::from_str::<serde_json::Map<_, _>>(line).unwrap();
    }
    assert!(!text.contains("anna.meier"));
}

/// Laws of two continents hold at once; for each purpose another part of what came in is left.
#[test]
fn the_product_example_flows() {
    let saas = |purpose, events| {
        let policy = "policies/tenants/example-saas.toml";
        tamis(&repository(), &["filter", "--policy", policy, "--on", "2026-11-21", "--purpose", purpose, events])
    };
    for purpose in ["product", "security"] {
        let output = saas(purpose, "examples/product.ndjson");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.lines().count(), 6, "{text}");
        // Codes are made up for each run: no word here can be part of one.
        let people =
            ["u-4711", "u-4712", "g-12", "meier", "of anna", "jonas", "pat.doe", "pat doe", "pat-20", "doe & roe"];
        for word in people.into_iter().chain(["192.0.2.17", "2001:db8::17", "springfield", "salary", "555 0143"]) {
            assert!(!text.to_lowercase().contains(word), "{word} for {purpose}: {text}");
        }
        assert_eq!(text.contains("userId"), purpose == "security", "{text}");
    }
    // What staff do is nobody's product.
    let output = saas("product", EVENTS);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("UserLoggedIn"));
}

/// Maps that ship are read whole when an event needs them; one that was changed is read, and judged, before any event.
#[test]
fn a_mistake_in_a_map_that_no_event_needs_is_told_before_anything_flows() {
    let dir = copied();
    let map = dir.path().join("policies/schemas/zoom.toml");
    let text = std::fs::read_to_string(&map).unwrap();
    std::fs::write(&map, text.replacen("\"net.ip\"", "\"net.ipx\"", 1)).unwrap();
    let output = tamis(dir.path(), &filter(&[EVENTS]));
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(output.stdout.is_empty());
    assert!(said(&output).contains("P0202") && said(&output).contains("schemas/zoom.toml"), "{}", said(&output));
}

#[test]
fn the_example_of_an_export_flows() {
    let output = tamis(&repository(), &filter(&["examples/m365-export.csv"]));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!output.stdout.is_empty(), "{}", said(&output));
}

/// Each line is a part of an event of a family that ships, or has an act or a field that no documentation names.
#[test]
fn parts_of_events_and_acts_that_are_new_flow_and_tell_nobody() {
    let parts = include_str!("parts.ndjson");
    // A code of a made-up key may spell a name by chance.
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "07".repeat(32)).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let key = format!("file:{}", key.display());
    let output = tamis(&repository(), &filter(&["--key", &key, "--summary", "json", "host/tests/parts.ndjson"]));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let summary: serde_json::Value = serde_json::from_str(said(&output).trim()).unwrap();
    assert_eq!(summary["events"]["out"].as_u64(), Some(parts.lines().count() as u64), "{summary}");
    let text = String::from_utf8(output.stdout).unwrap();
    for (line, part) in text.lines().zip(parts.lines()) {
        let event: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
        assert!(!event.is_empty() && !line.to_lowercase().contains("anna"), "{part} became {line}");
    }
}

#[test]
fn one_key_gives_the_same_bytes_and_no_key_gives_others() {
    let run = |key: Option<&str>, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
        command.args(filter(&[])).args(more).arg(EVENTS).current_dir(repository()).stdin(Stdio::null());
        if let Some(key) = key {
            command.args(["--key", "env:LAW_KEY"]).env("LAW_KEY", key);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        output.stdout
    };
    let key = "0123456789abcdef".repeat(4);
    let first = run(Some(&key), &[]);
    assert_eq!(first, run(Some(&key), &["--threads", "3"]));
    assert_eq!(first, run(Some(&key), &["--fresh"]));
    assert_ne!(first, run(Some(&"0".repeat(64)), &[]));
    assert_ne!(run(None, &[]), run(None, &[]));
}

#[test]
fn no_file_is_read_and_written_at_once() {
    let dir = copied();
    let events = dir.path().join(EVENTS);
    let before = std::fs::read(&events).unwrap();
    let link = dir.path().join("link.ndjson");
    std::os::unix::fs::symlink(&events, &link).unwrap();
    for more in [
        &["--output", EVENTS, EVENTS][..],
        &["--output", "link.ndjson", EVENTS],
        &["--quarantine", EVENTS, EVENTS],
        &["--output", "same", "--quarantine", "./same", EVENTS],
    ] {
        let output = tamis(dir.path(), &filter(more));
        assert_eq!(output.status.code(), Some(2), "{more:?}: {}", said(&output));
        assert!(said(&output).contains("are the same file"), "{more:?}: {}", said(&output));
    }
    assert_eq!(std::fs::read(&events).unwrap(), before);
    assert!(!dir.path().join("same").exists());
}

/// Whoever reads quarantine finds each event by its source and its number in it: the line that is not blank, the row below the
/// header, the element of the array.
#[test]
fn quarantine_says_where_an_event_is() {
    let dir = copied();
    let unknown = "{\"nothing\":\"known\"}";
    let good = std::fs::read_to_string(dir.path().join(EVENTS)).unwrap().lines().next().unwrap().to_owned();
    let files = [
        ("one.ndjson", format!("{good}\n\n{unknown}\n{{broken\n")),
        ("two.csv", "a,b\n1,2\n3,4\n".to_owned()),
        ("empty.ndjson", String::new()),
        ("three.json", format!("[{good}, {good},\n {unknown}]")),
    ];
    let names = files.each_ref().map(|(name, _)| *name);
    for (name, text) in &files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let output = tamis(dir.path(), &filter(&[&["--quarantine", "quarantine"], &names[..]].concat()));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = std::fs::read_to_string(dir.path().join("quarantine")).unwrap();
    let records = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let found: Vec<_> = records
        .filter(|record| record.get("event").is_some())
        .map(|record| {
            format!("{} {} {}", record["source"].as_str().unwrap(), record["event"], record["reason"].as_str().unwrap())
        })
        .collect();
    let wanted = [
        "one.ndjson 2 unknown-schema",
        "one.ndjson 3 syntax",
        "two.csv 1 unknown-schema",
        "two.csv 2 unknown-schema",
        "three.json 3 unknown-schema",
    ];
    assert_eq!(found, wanted);
}

/// However a run ends, no part of its output is left in the folder.
#[test]
fn a_run_that_is_killed_leaves_nothing_behind() {
    // A run that was started in the background ignores INT.
    for signal in ["TERM", "KILL"] {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("out");
        std::fs::create_dir(&folder).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_tamis"))
            .args(filter(&["--summary", "none", "--output"]))
            .arg(folder.join("out.ndjson"))
            .arg("--quarantine")
            .arg(dir.path().join("quarantine"))
            .current_dir(repository())
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The quarantine is opened first; then the run waits for events that never come.
        while !dir.path().join("quarantine").exists() {
            assert!(child.try_wait().unwrap().is_none(), "it waits for its input");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
        let kill = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(kill.success() && !child.wait().unwrap().success());
        let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.is_empty(), "{signal}: {left:?}");
    }
}

#[test]
fn what_cannot_be_written_or_read_says_why() {
    for more in [&["--output", "nowhere/x", EVENTS][..], &["--quarantine", "nowhere/x", EVENTS], &["nothing.ndjson"]] {
        let output = tamis(&repository(), &filter(more));
        assert_eq!(output.status.code(), Some(1), "{more:?}: {}", said(&output));
        assert!(said(&output).contains("No such file"), "{more:?}: {}", said(&output));
    }
}

#[test]
fn without_evidence_nothing_flows() {
    let dir = copied();
    std::fs::remove_file(dir.path().join("policies/tenants/example-de.evidence.toml")).unwrap();
    let output = tamis(dir.path(), &filter(&[EVENTS]));
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(output.stdout.is_empty());
    assert!(said(&output).contains("eu.dpia"), "{}", said(&output));
}

#[test]
fn without_its_secret_list_nothing_flows() {
    let dir = copied();
    std::fs::remove_file(dir.path().join("policies/tenants/example-de.lists.toml")).unwrap();
    let output = tamis(dir.path(), &filter(&[EVENTS]));
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(output.stdout.is_empty());
}

#[test]
fn a_purpose_that_is_not_allowed_is_closed() {
    let output = tamis(&repository(), &filter(&["--purpose", "curiosity", EVENTS]));
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(output.stdout.is_empty() && said(&output).contains("curiosity"));
}

#[test]
fn a_policy_that_is_wrong_says_where() {
    let dir = copied();
    let path = dir.path().join("policies/tenants/example-de.toml");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str("\n[rule.slip]\nbecause = \"x\"\ncite = \"gdpr-25\"\n\"id.email\" = \"pseudonymize\"\n");
    std::fs::write(&path, text).unwrap();
    let output = tamis(dir.path(), &filter(&[EVENTS]));
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    for part in ["P0109", "pseudonymize", "pseudonymise", "tenants/example-de.toml"] {
        assert!(said(&output).contains(part), "{part}: {}", said(&output));
    }
    assert!(output.stdout.is_empty());
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let dir = tempfile::tempdir().unwrap();
    let events = std::fs::read(repository().join(EVENTS)).unwrap();
    let many = dir.path().join("many.ndjson");
    std::fs::write(&many, events.repeat(3_000_000 / events.len() + 1)).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tamis"))
        .args(filter(&[]))
        .arg(&many)
        .current_dir(repository())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    std::io::Read::read_exact(&mut stdout, &mut [0; 16]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn an_output_appears_only_when_it_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let events = std::fs::read(repository().join(EVENTS)).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&events).unwrap();
    let whole = gzip.finish().unwrap();
    let (cut, good, out) = (dir.path().join("cut.gz"), dir.path().join("good.gz"), dir.path().join("out.ndjson"));
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    std::fs::write(&good, &whole).unwrap();
    let run = |input: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
        command.args(filter(&["--output"])).arg(&out).arg(input).current_dir(repository()).stdin(Stdio::null());
        command.output().unwrap()
    };
    let output = run(&cut);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(!out.exists() && output.stdout.is_empty());
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing is left lying about: {left:?}");
    let output = run(&good);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(out.exists() && output.stdout.is_empty());
    // What is there stays as it was when a later run fails.
    let before = std::fs::read(&out).unwrap();
    assert_eq!(run(&cut).status.code(), Some(1));
    assert_eq!(std::fs::read(&out).unwrap(), before);
}

#[test]
fn an_input_that_is_not_there_is_said() {
    let output = tamis(&repository(), &filter(&["examples/none.ndjson"]));
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("none.ndjson"));
    assert_eq!(tamis(&repository(), &["filter", "--policy", "examples/events.ndjson"]).status.code(), Some(2));
    assert_eq!(tamis(&repository(), &["filter"]).status.code(), Some(2));
}

/// Whether anybody hears what is said changes neither what is done nor the exit code.
#[test]
fn an_exit_code_does_not_hang_on_standard_error() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let nowhere = std::env::temp_dir().join("no such policy.toml");
    for (arguments, code) in [
        (filter(&[EVENTS]), 0),
        (filter(&["--purpose", "nothing", EVENTS]), 3),
        (vec!["filter", "--policy", nowhere.to_str().unwrap(), EVENTS], 2),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
        command.args(&arguments).current_dir(repository()).stdin(Stdio::null()).stdout(Stdio::null());
        let told = command.stderr(Stdio::null()).status().unwrap().code();
        assert_eq!(command.stderr(full()).status().unwrap().code(), told, "{arguments:?}");
        assert!(told == Some(code) || code == 2, "{told:?} {arguments:?}");
    }
}
