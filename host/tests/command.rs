//! LAW (errors are for their reader): what the command line, the evidence or a policy keeps from flowing is said in one run, with
//! what to supply.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::repository;
use serde_json::Value;

const EVENTS: &str = "examples/events.ndjson";

/// Runs `tamis filter` for the example tenant in a folder.
fn filter(within: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
    command.args(["filter", "--policy", "policies/tenants/example-de.toml", "--on", "2026-11-21"]).args(more);
    command.current_dir(within).stdin(Stdio::null()).output().unwrap()
}

/// How it ended, and what it said.
fn ended(output: &Output) -> (i32, String) {
    assert!(output.status.success() || output.stdout.is_empty(), "nothing leaves");
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The shipped policies and examples in a folder of their own, to be changed.
fn copied() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["policies", "examples"] {
        let status = Command::new("cp").arg("-r").arg(repository().join(folder)).arg(dir.path()).status().unwrap();
        assert!(status.success());
    }
    dir
}

fn change(dir: &tempfile::TempDir, file: &str, from: &str, to: &str) {
    let path = dir.path().join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} holds {from}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn what_is_to_be_sealed_needs_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let quarantine = dir.path().join("quarantine");
    let more = ["--quarantine", quarantine.to_str().unwrap(), "--quarantine-unknown", "sealed", EVENTS];
    let (code, said) = ended(&filter(&repository(), &more));
    assert!(code == 2 && said.contains("--recipient age1") && !quarantine.exists(), "{said}");
}

#[test]
fn what_is_closed_is_said_as_json_where_that_is_asked_for() {
    let dir = copied();
    std::fs::remove_file(dir.path().join("policies/tenants/example-de.lists.toml")).unwrap();
    let (code, said) = ended(&filter(dir.path(), &["--summary", "json", EVENTS]));
    let closed: Value = serde_json::from_str(said.trim()).unwrap_or_else(|_| panic!("{said}"));
    assert_eq!((code, closed["purpose"].as_str()), (3, Some("security")), "{said}");
    let named = |name: &str| closed["closed"].as_array().unwrap().iter().any(|gate| gate["name"] == name);
    assert!(named("de.works-council") && named("base.protected-channels"), "{said}");
    assert!(closed["closed"][0]["help"].as_str().is_some_and(|help| help.contains("lists.toml")), "{said}");
    let (code, said) = ended(&filter(dir.path(), &[EVENTS]));
    assert!(code == 3 && said.starts_with("closed: nothing flows"), "{said}");
}

#[test]
fn evidence_that_is_over_is_named_with_its_day() {
    let dir = copied();
    let evidence = "policies/tenants/example-de.evidence.toml";
    change(&dir, evidence, "review-by = 2027-09-15", "review-by = 2026-11-20");
    let (code, said) = ended(&filter(dir.path(), &[EVENTS]));
    assert!(code == 3 && said.contains("review-by = 2026-11-20 in [evidence.works-agreement]"), "{said}");
    change(&dir, evidence, "review-by = 2026-11-20", "review-by = 2026-11-21");
    // A fact that is over closes nothing, and makes rules stricter all the same.
    change(&dir, evidence, "answer = \"no\"\nwhy", "review-by = 2026-10-01\nanswer = \"no\"\nwhy");
    let (code, said) = ended(&filter(dir.path(), &[EVENTS]));
    assert!(
        code == 0
            && said.contains("[evidence.private-use] counts as absent since its last day: review-by = 2026-10-01"),
        "{said}"
    );
}

#[test]
fn a_digest_that_compares_nothing_is_told() {
    let (_, said) = ended(&filter(&repository(), &[EVENTS]));
    assert!(said.contains("[evidence.works-agreement] agreed-digest holds only its place"), "{said}");
    let (_, said) = ended(&filter(&repository(), &["--summary", "json", EVENTS]));
    let summary: Value = serde_json::from_str(said.trim()).unwrap();
    let notes: Vec<_> = summary["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect();
    assert_eq!(notes.iter().filter(|note| note.contains("holds only its place")).count(), 1, "{said}");
    assert_eq!(notes.iter().filter(|note| note.contains("[hold.case-2026-014] does not reach")).count(), 1, "{said}");
    let dir = copied();
    let digest = summary["rules-digest"].as_str().unwrap();
    change(&dir, "policies/tenants/example-de.evidence.toml", &format!("sha256:{}", "0".repeat(64)), digest);
    let (code, said) = ended(&filter(dir.path(), &[EVENTS]));
    assert!(code == 0 && !said.contains("holds only its place"), "{said}");
}

#[test]
fn a_purpose_that_is_misspelt_hides_no_mistake() {
    let dir = copied();
    let tenant = "policies/tenants/example-de.toml";
    // In what a rule means, and in how a file is written.
    for (from, to, code_of) in [
        ("\"content.window-title\" = \"drop\"", "\"content.window-title\" = \"dropp\"", "P0109"),
        ("[hours]\nzone ", "[hours]\nzoned ", "P00"),
    ] {
        change(&dir, tenant, from, to);
        let (code, said) = ended(&filter(dir.path(), &["--purpose", "securty", EVENTS]));
        assert!(code == 2 && said.contains(code_of) && said.contains("did you mean `security`?"), "{said}");
    }
}

#[test]
fn names_that_are_nearly_right_are_told() {
    let (code, said) = ended(&filter(&repository(), &["--schema", "m356", EVENTS]));
    assert!(code == 2 && said.contains("did you mean `m365`?"), "{said}");
    for name in ["policies/tenants/exmaple-de.toml", "policies/tenants/example-de"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
        let output = command.args(["filter", "--policy", name]).current_dir(repository()).output().unwrap();
        let (code, said) = ended(&output);
        assert!(code == 2 && said.contains("did you mean policies/tenants/example-de.toml?"), "{said}");
    }
}

/// Of maps below a folder with `--maps` only: there are many.
#[test]
fn pieces_are_taken_out_of_the_files_that_were_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/broken/common");
    let counted = |path: &str, more: &[&str]| {
        let mut tamis = Command::new(env!("CARGO_BIN_EXE_tamis"));
        let ran = tamis.current_dir(&folder).args(["test", "--removal", path]).args(more).output();
        let said = String::from_utf8(ran.unwrap().stderr).unwrap();
        said.lines().last().unwrap_or_default().to_owned()
    };
    for (path, more, missed) in
        [("tenants/muster.test.toml", &[][..], 2), ("tenants", &[], 2), (".", &[], 21), (".", &["--maps"], 33)]
    {
        let said = format!("{missed} pieces are missed when they are taken out, 0 are not");
        assert_eq!(counted(path, more), said, "{path} {more:?}");
    }
}

/// Several values on a line: events of their own where the first line shows that they are written so, otherwise refused as a whole.
#[test]
fn a_line_of_several_events_is_split_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    let event =
        |act: &str| format!("{{\"CreationTime\":\"2026-11-03T09:00:00\",\"Workload\":\"X\",\"Operation\":\"{act}\"}}");
    let (a, b, c) = (event("a"), event("b"), event("c"));
    for (input, left, refused) in [
        (format!("{a}{b}\n{c}\n"), 3, None),
        (format!("{a} {b}\n{c}{a}\n"), 4, None),
        (format!("{a}\n{b}{c}\n{c}\n"), 2, Some(1)),
        (format!("{a}\n{b} 7\n"), 1, Some(1)),
    ] {
        std::fs::write(&path, &input).unwrap();
        let output = filter(&repository(), &["--summary", "json", path.to_str().unwrap()]);
        let (code, said) = ended(&output);
        let summary: Value = serde_json::from_str(said.trim()).unwrap_or_else(|_| panic!("{said}"));
        assert_eq!((code, output.stdout.iter().filter(|byte| **byte == b'\n').count()), (0, left), "{input}");
        assert_eq!(summary["quarantined"]["trailing-bytes"].as_u64(), refused, "{input} {said}");
    }
}

/// What was sealed can be listed without a key, and opened with it to be filtered again.
#[test]
fn quarantine_is_listed_opened_and_purged() {
    use age::secrecy::ExposeSecret as _;
    let dir = tempfile::tempdir().unwrap();
    let key = tamis::edge::quarantine::Identity::generate();
    let (file, input, identity) = (dir.path().join("q"), dir.path().join("in"), dir.path().join("key"));
    std::fs::write(&input, "{\n \"who\": \"somebody\"\n}\n").unwrap();
    std::fs::write(&identity, format!("# a key\n{}\n", key.to_string().expose_secret())).unwrap();
    let (q, recipient) = (file.to_str().unwrap(), key.to_public().to_string());
    let more =
        ["--quarantine", q, "--recipient", &recipient, "--quarantine-unknown", "sealed", input.to_str().unwrap()];
    assert!(filter(&repository(), &more).status.success());
    let tamis = |arguments: &[&str]| {
        let ran = Command::new(env!("CARGO_BIN_EXE_tamis")).arg("quarantine").args(arguments).output().unwrap();
        (ran.status.code().unwrap(), String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap())
    };
    let (code, listed, _) = tamis(&["list", q]);
    assert!(code == 0 && listed.contains("unknown-schema") && listed.contains("sealed"), "{listed}");
    assert!(!listed.contains("somebody"));
    let (_, opened, said) = tamis(&["open", q, "--identity", identity.to_str().unwrap()]);
    assert_eq!(opened.lines().count(), 1, "an event is a line, whatever it was: {said}");
    assert_eq!(serde_json::from_str::<Value>(&opened).unwrap()["who"], "somebody");
    std::fs::write(&identity, "AGE-SECRET-KEY-WRONG").unwrap();
    let (code, _, said) = tamis(&["open", q, "--identity", identity.to_str().unwrap()]);
    assert!(code == 2 && !said.contains("WRONG"), "{said}");
    assert!(tamis(&["purge", q, "--before", "2000-01-01"]).2.contains("0 records taken out, 1 stay"));
    assert!(tamis(&["purge", q, "--before", "2999-01-01"]).2.contains("1 records taken out, 0 stay"));
    assert_eq!(tamis(&["list", q]).1.lines().count(), 1);
}
