//! LAW (what falls due is told in time): the last day that `due` names for evidence is the last day on which its gate is open, and
//! whoever has to be told is named early enough.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::repository;
use serde_json::Value;

fn tamis(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tamis")).args(arguments).current_dir(repository()).output().unwrap()
}

fn due(policy: &str, more: &[&str]) -> (Option<i32>, Vec<Value>) {
    let run = tamis(&[&["due", policy, "--format", "json"], more].concat());
    let out: Value = serde_json::from_slice(&run.stdout).unwrap_or_else(|_| panic!("{:?}", run.stderr));
    (run.status.code(), out["due"].as_array().unwrap().clone())
}

/// A copy of the shipped policies with a change in one file.
fn changed(name: &str, file: &str, from: &str, to: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("tamis-due-{name}-{}", std::process::id()));
    assert!(Command::new("cp").arg("-r").arg(repository().join("policies")).arg(&folder).status().unwrap().success());
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    folder
}

fn path(folder: &Path, tenant: &str) -> String {
    folder.join(format!("tenants/{tenant}.toml")).display().to_string()
}

#[test]
fn the_last_day_is_the_last_on_which_the_gate_is_open() {
    let tenant = "policies/tenants/example-de.toml";
    let flows = |on: &str| {
        let run = tamis(&["filter", "--policy", tenant, "--on", on, "examples/events.ndjson", "--output", "/dev/null"]);
        (run.status.code(), String::from_utf8(run.stderr).unwrap())
    };
    let is_over = |on: &str| {
        let (exit, all) = due(tenant, &["--on", on, "--within", "1 day", "--deny-overdue"]);
        let over = all.iter().filter(|one| one["overdue"] == true && one["kind"] == "evidence");
        (exit, over.map(|one| one["what"].as_str().unwrap().to_owned()).collect::<Vec<_>>())
    };
    // 20 August is the last day of two answers; the hold's day is long past, and holds on.
    assert_eq!(is_over("2027-08-20"), (Some(9), Vec::new()));
    let (exit, text) = flows("2027-08-20");
    assert_eq!(exit, Some(0), "{text}");
    assert_eq!(is_over("2027-08-21").1, ["[evidence.dpia] review-by", "[evidence.proportionality] review-by"]);
    let (exit, text) = flows("2027-08-21");
    assert!(exit == Some(3) && text.contains("eu.dpia") && text.contains("eu.proportionality"), "{text}");
}

#[test]
fn every_day_of_the_evidence_is_told_and_nothing_beyond_the_horizon() {
    for tenant in ["example-de", "example-saas", "example-us-hospital"] {
        let file = repository().join(format!("policies/tenants/{tenant}.evidence.toml"));
        let text = std::fs::read_to_string(file).unwrap();
        let is_day =
            |line: &&str| ["review-by", "ends-on", "until"].iter().any(|key| line.trim_start().starts_with(key));
        let days = text.lines().filter(is_day).count();
        let (exit, all) =
            due(&format!("policies/tenants/{tenant}.toml"), &["--on", "2026-12-01", "--within", "3 years"]);
        let ends = all.iter().filter(|one| ["evidence", "hold", "decision"].contains(&one["kind"].as_str().unwrap()));
        assert_eq!((exit, ends.count()), (Some(0), days), "{tenant}");
        let (_, near) = due(&format!("policies/tenants/{tenant}.toml"), &["--on", "2026-12-01", "--within", "1 day"]);
        let late = |one: &&Value| one["day"].as_str().is_some_and(|day| day > "2026-12-02");
        assert_eq!(near.iter().filter(late).count(), 0, "{near:?}");
    }
}

#[test]
fn a_folder_of_policies_means_its_tenants() {
    let of = |path: &str| due(path, &["--on", "2026-12-01", "--within", "2 years"]);
    let all = of("policies");
    assert_eq!(all, of("policies/tenants"));
    let tenants: BTreeSet<_> = all.1.iter().map(|one| one["policy"].as_str().unwrap()).collect();
    assert!(all.0 == Some(0) && tenants.len() == 3, "{tenants:?}");
}

#[test]
fn laws_that_start_are_told_with_what_they_bring() {
    let (_, all) = due("policies/jurisdictions/eu.toml", &["--on", "2027-11-01", "--within", "60 days"]);
    let law = all.iter().find(|one| one["kind"] == "law").unwrap();
    assert_eq!(
        (&law["day"], &law["to-do"]),
        (&"2027-12-02".into(), &"brings retention eu.ai-logs, notice eu.ai-at-work".into())
    );
    // On its first day it has started.
    let (_, all) = due("policies/jurisdictions/eu.toml", &["--on", "2027-12-02", "--within", "60 days"]);
    assert!(all.iter().all(|one| one["kind"] != "law"), "{all:?}");
}

#[test]
fn a_policy_that_starts_later_says_by_when_people_must_be_told() {
    let folder = changed("start", "tenants/example-de.toml", "in-force = 2026-11-01", "in-force = 2027-03-01");
    let policy = path(&folder, "example-de");
    let told = |on: &str| -> BTreeSet<(String, bool)> {
        let (_, all) = due(&policy, &["--on", on, "--within", "1 year"]);
        let agreed = all.iter().filter(|one| one["what"].as_str().unwrap().starts_with("[notice.works-agreement]"));
        agreed.map(|one| (one["day"].as_str().unwrap().to_owned(), one["overdue"] == true)).collect()
    };
    // Four weeks before 1 March.
    assert_eq!(told("2027-01-10"), BTreeSet::from([("2027-02-01".to_owned(), false)]));
    assert_eq!(told("2027-02-10"), BTreeSet::from([("2027-02-01".to_owned(), true)]));
    // It has started: whoever was told was told.
    assert_eq!(told("2027-03-01"), BTreeSet::new());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn packs_that_nobody_reviewed_are_told_without_a_day() {
    let (_, all) = due("policies/tenants/example-de.toml", &["--on", "2026-12-01"]);
    let reviews = all.iter().filter(|one| one["kind"] == "review" && one["day"].is_null());
    assert_eq!(reviews.count(), 4);
    let reviewed = "by    = \"Kanzlei\"";
    let folder = changed("review", "jurisdictions/de.toml", "by    = \"\"", reviewed);
    let (_, all) = due(&path(&folder, "example-de"), &["--on", "2026-12-01"]);
    assert_eq!(all.iter().filter(|one| one["kind"] == "review").count(), 3);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// An officer's key is told while it still counts; one that ended, or has a follower without an end, is nobody's to do.
#[test]
fn the_last_day_of_an_officers_key_is_told() {
    let key = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    let until = |day: &str| format!("{{ key = \"{key}\", until = {day} }}");
    let (soon, over) = (until("2026-12-31"), until("2026-11-30"));
    let officers = format!(
        "[officers]\n\"ann\" = {soon}\n\"ben\" = {over}\n\"eve\" = [{over}, \"{key}\"]\n\"mia\" = [{over}, {soon}]\n[rule."
    );
    let folder = changed("officers", "tenants/example-de.toml", "[rule.", &officers);
    let (_, all) = due(&path(&folder, "example-de"), &["--on", "2026-12-01", "--within", "90 days"]);
    let officers = all.iter().filter(|one| one["kind"] == "officer");
    let told: Vec<_> = officers.map(|one| (one["what"].as_str().unwrap(), one["day"].as_str().unwrap())).collect();
    assert_eq!(told, [("[officers] ann until", "2026-12-31"), ("[officers] mia until", "2026-12-31")]);
    std::fs::remove_dir_all(folder).unwrap();
}

/// What a file says is told once, though the bundle that it was released in says it, too.
#[test]
fn a_file_and_its_bundle_are_told_once() {
    let folder = changed("bundle", "tenants/example-de.toml", "title", "# as it is\ntitle");
    let policy = path(&folder, "example-de");
    assert_eq!(tamis(&["policy", "release", &policy, "--number"]).status.code(), Some(0));
    let released = std::fs::read_dir(folder.join("releases")).unwrap().flatten().map(|entry| entry.path());
    let bundle = released.filter(|path| path.extension().is_some_and(|ending| ending == "bundle")).last().unwrap();
    let until = ["--on", "2026-12-01", "--within", "300 days"];
    let (_, alone) = due(&policy, &until);
    let (_, both) = due(&policy, &[&[bundle.to_str().unwrap()], &until[..]].concat());
    assert!(alone.iter().any(|one| one["kind"] == "evidence"), "{alone:?}");
    assert_eq!(both, alone);
    std::fs::remove_dir_all(&folder).unwrap();
}
