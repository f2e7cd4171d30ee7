//! LAW (tenants are neighbours): in one stream, each tenant's events leave as they would alone; what names no tenant stays.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::repository;

const TENANTS: [&str; 2] = ["example-de", "example-us-hospital"];
const KEY: &str = "7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a";

fn filter(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
    command.args(["filter", "--on", "2026-11-21", "--key", "env:KEY", "--summary", "json"]).args(arguments);
    command.env("KEY", KEY).current_dir(repository());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// The events that ship, each with a tenant's name in front: every third names nobody that is known.
fn events() -> Vec<(usize, String)> {
    let text = std::fs::read_to_string(repository().join("examples/events.ndjson")).unwrap();
    let name = |(at, line): (usize, &str)| {
        let tenant = TENANTS.get(at % 3).unwrap_or(&"nobody");
        let rest = line.strip_prefix('{')?;
        Some((at % 3, format!("{{\"whose\":\"{tenant}\",{rest}\n")))
    };
    text.lines().enumerate().filter_map(name).collect()
}

fn of(events: &[(usize, String)], tenant: usize) -> String {
    events.iter().filter(|(whose, _)| *whose == tenant).map(|(_, line)| line.as_str()).collect()
}

fn lines(output: &Output) -> Vec<String> {
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(str::to_owned).collect()
}

fn summary(output: &Output) -> serde_json::Value {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    serde_json::from_str(said.lines().last().unwrap()).unwrap_or_else(|_| panic!("{said}"))
}

fn together(names: &[&str], input: &str) -> Output {
    let arguments: Vec<&str> =
        ["--policy", "policies/tenants", "--tenant-by", "whose"].iter().chain(names).copied().collect();
    filter(&arguments, input)
}

#[test]
fn each_tenant_has_what_it_has_alone() {
    let events = events();
    let all: String = events.iter().map(|(_, line)| line.as_str()).collect();
    let together = together(&[], &all);
    assert_eq!(together.status.code(), Some(0), "{}", String::from_utf8_lossy(&together.stderr));
    let mut left = lines(&together);
    let mut quarantined = of(&events, 2).lines().count() as u64;
    for (number, tenant) in TENANTS.iter().enumerate() {
        let policy = format!("policies/tenants/{tenant}.toml");
        let alone = filter(&["--policy", &policy], &of(&events, number));
        quarantined += summary(&alone)["events"]["quarantined"].as_u64().unwrap();
        // In the order of the stream, with the others between them.
        for line in lines(&alone) {
            let at = left.iter().position(|other| *other == line).unwrap_or_else(|| panic!("{tenant}: {line}"));
            left.remove(at);
        }
    }
    assert!(left.is_empty(), "{left:?}");
    let summary = summary(&together);
    assert_eq!(summary["quarantined"]["unknown-tenant"].as_u64(), Some(of(&events, 2).lines().count() as u64));
    assert_eq!(summary["events"]["quarantined"].as_u64(), Some(quarantined));
}

#[test]
fn names_come_from_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let table = dir.path().join("names.csv");
    std::fs::write(&table, "ACME, Inc.,example-de\n\nW-1,example-us-hospital\n").unwrap();
    let said = |input: &str| {
        let output = together(&["--tenant-names", table.to_str().unwrap()], input);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        summary(&output)["events"]["out"].as_u64().unwrap()
    };
    let event = |name: &str| of(&events(), 0).lines().next().unwrap().replace("example-de", name) + "\n";
    assert_eq!(said(&event("ACME, Inc.")), 1);
    assert_eq!(said(&event("ACME\\u002c Inc.")), 1, "the name as it is decoded");
    assert_eq!(said(&event("example-de")), 0, "a tenant that the table names has these names only");
    // Twice, as anything but a string, or deeper: no tenant.
    assert_eq!(said(&event("W-1\",\"whose\":\"ACME, Inc.")), 0);
    assert_eq!(said(&event("W-1").replace("\"W-1\"", "[\"W-1\"]")), 0);
    assert_eq!(said(&event("W-1").replace("\"whose\"", "\"x\":{\"whose\"").replacen(',', "},", 1)), 0);
    std::fs::write(&table, "ACME,nobody\n").unwrap();
    let output = together(&["--tenant-names", table.to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_closed_tenant_closes_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let copy = |from: &Path| {
        let status = Command::new("cp").arg("-r").arg(from).arg(dir.path()).status().unwrap();
        assert!(status.success());
    };
    copy(&repository().join("policies"));
    std::fs::remove_file(dir.path().join("policies/tenants/example-de.evidence.toml")).unwrap();
    let events = events();
    let all: String = events.iter().map(|(_, line)| line.as_str()).collect();
    let folder = dir.path().join("policies/tenants");
    let output = filter(&["--policy", folder.to_str().unwrap(), "--tenant-by", "whose"], &all);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let summary = summary(&output);
    assert_eq!(summary["quarantined"]["closed"].as_u64(), Some(of(&events, 0).lines().count() as u64));
    assert_eq!(summary["closed"][0]["policy"].as_str(), Some("example-de"), "{summary}");
    let digests = summary["rules-digests"].as_object().unwrap();
    assert!(
        digests.contains_key("example-us-hospital")
            && !digests.contains_key("example-de")
            && digests.values().all(|digest| digest.as_str().is_some_and(|d| d.len() == 71)),
        "{summary}"
    );
    assert!(summary["events"]["out"].as_u64() > Some(0));
}
