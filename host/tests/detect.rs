//! LAW (looking gives nothing away): `tamis detect` says what stands where, how well it is found and what another rule set makes of
//! it, and never a value.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::process::{Command, Stdio};

use common::repository;
use serde_json::Value;

/// Runs `tamis detect`: how it ended, what it printed, what it said.
fn detect(more: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
    let output = command.arg("detect").args(more).current_dir(repository()).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn written(dir: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn values(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Values are masked, fields named. A long line of numbers takes its time.
#[test]
fn what_is_detected_is_masked() {
    let dir = tempfile::tempdir().unwrap();
    let events = "mail of ann@example.com\n{\"Contact\":{\"Phone\":\"07700 900123\"},\"n\":7}\n";
    let path = written(&dir, "mixed.log", &format!("{}\n{events}", "1 ".repeat(1 << 19)));
    let (code, found, said) = detect(&["--json", &path]);
    let lines = values(&found);
    let shown: Vec<_> =
        lines.iter().map(|one| (one["line"].as_u64(), one["entity"].as_str(), one["field"].as_str())).collect();
    let wanted = [(Some(2), Some("person.email"), Some("")), (Some(3), Some("person.phone"), Some("Contact.Phone"))];
    assert_eq!((code, shown.as_slice()), (0, &wanted[..]), "{said}");
    assert!(!found.contains("ann@") && !found.contains("900123"), "{found}");
    let (code, found, said) = detect(&["--set", "persnal", &path]);
    assert!(code == 2 && found.is_empty() && said.contains("persnal"), "{said}");
}

#[test]
fn examples_of_documents_are_found_unless_they_are_not_wanted() {
    let dir = tempfile::tempdir().unwrap();
    let text =
        written(&dir, "a.log", "ann@example.com of 192.0.2.1\nbob@firma-nord.de paid with 4111 1111 1111 1111\n");
    let lines = |more: &[&str]| {
        let (code, found, said) = detect(&[&["--json"], more, &[&text]].concat());
        assert_eq!(code, 0, "{said}");
        values(&found).iter().map(|one| one["entity"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(lines(&[]), ["person.email", "network.ipv4", "person.email", "payment.card"]);
    assert_eq!(lines(&["--no-examples"]), ["person.email"]);
    let (code, found, _) =
        detect(&["--compare", "built-in", "set:personal,payment", "--no-examples", "--deny-lost", &text]);
    assert!(code == 0 && found.ends_with("both find the same: 1 findings\n"), "{found}");
}

#[test]
fn what_is_wrong_with_labels_is_told_without_them() {
    let dir = tempfile::tempdir().unwrap();
    for wrong in [
        r#"{"text": "x", "spans": "ann@example.com"}"#,
        r#"{"text": "x", "ann@example.com": }"#,
        "ann@example.com",
        r#"{"text": "ann@example.com", "spans": [{"start": 0, "end": 16, "entity": "person.email"}]}"#,
    ] {
        let labels = written(&dir, "labels.jsonl", &format!("{{\"text\": \"fine\"}}\n{wrong}\n"));
        let (code, found, said) = detect(&["--eval", &labels]);
        assert!(code == 1 && found.is_empty() && said.contains("labels.jsonl, line 2"), "{code} {said}");
        assert!(!said.contains("ann@"), "{said}");
    }
}

/// A hit, a miss that is found as something else, a miss that leaks, a false alarm, and a number that many could be.
const LABELLED: &str = r#"{"text": "to ann@example.com", "spans": [{"start": 3, "end": 18, "entity": "person.email"}]}
{"text": "to bob@example.com", "spans": [{"start": 3, "end": 18, "entity": "payment.card"}]}
{"text": "name: Zoë", "spans": [{"start": 6, "end": 9, "entity": "person.email"}]}
{"text": "eve@example.com", "spans": []}
{"text": "id 123456782", "spans": []}
"#;

#[test]
fn labels_are_counted_by_what_became_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let labels = written(&dir, "labels.jsonl", LABELLED);
    let (code, found, said) = detect(&["--eval", "--json", &labels]);
    let told: Value = serde_json::from_str(&found).unwrap_or_else(|_| panic!("{said}"));
    let count = |of: &Value| {
        ["labels", "right", "missed", "as-another", "wrong", "leaked-bytes", "over-hidden-bytes"]
            .map(|name| of[name].as_u64().unwrap())
    };
    assert_eq!((code, count(&told["entities"]["person.email"])), (0, [2, 1, 1, 1, 1, 4, 15]), "{found}");
    assert_eq!(count(&told["entities"]["payment.card"]), [1, 0, 1, 0, 0, 0, 0], "it is hidden, as something else");
    assert_eq!(count(&told["all"]), [3, 1, 2, 1, 1, 4, 15]);
    let rate = |name: &str| told["entities"]["person.email"][name]["value"].as_f64().unwrap();
    assert_eq!((rate("recall"), rate("precision-without-confusions"), rate("f1")), (0.5, 0.5, 0.4));
    assert!((rate("precision") - 1.0 / 3.0).abs() < 1e-9);
    // Confidence is held against what stands under a finding: two of three, where `certain` says nearly all; others are possible.
    let levels = &told["calibration"]["levels"];
    assert_eq!(
        (levels["certain"]["findings"].as_u64(), levels["certain"]["right"].as_u64()),
        (Some(3), Some(1)),
        "{levels}"
    );
    assert!((levels["certain"]["share"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9);
    assert!(levels["possible"]["findings"].as_u64().unwrap() > 0, "asked for or not");
    let error = told["calibration"]["error"]["likely"].as_f64().unwrap();
    assert!((error - (levels["certain"]["means"].as_f64().unwrap() - 2.0 / 3.0)).abs() < 1e-9, "{error}");
}

#[test]
fn the_table_of_labels_is_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let labels = written(&dir, "labels.jsonl", LABELLED);
    let (code, found, said) = detect(&["--eval", "--set", "person.email", &labels]);
    let wanted = "\
| entity | labels | recall | precision | without confusions | F1 | as another | leaked bytes | over-hidden bytes |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
| payment.card | 1 | 0.000 (0.000–0.793) | – | – | 0.000 (0.000–0.885) | 0 | 0 | 0 |
| person.email | 2 | 0.500 (0.095–0.905) | 0.333 (0.061–0.792) | 0.500 (0.095–0.905) | 0.400 (0.087–0.823) | 1 | 4 | 15 |
| **all** | 3 | 0.333 (0.061–0.792) | 0.333 (0.061–0.792) | 0.500 (0.095–0.905) | 0.333 (0.070–0.769) | 1 | 4 | 15 |

| confidence | means | findings | right | right or another's | distance |
|---|--:|--:|--:|--:|--:|
| certain | 0.98 | 3 | 0.333 | 0.667 | 0.313 |

expected calibration error:
- of all findings: 0.313
- of what is at least likely: 0.313
- of all findings, each entity by itself: 0.313
- of what is at least likely, each entity by itself: 0.313
";
    assert_eq!((code, found.as_str()), (0, wanted), "{said}");
}

#[test]
fn what_a_rule_set_no_longer_finds_is_denied() {
    let dir = tempfile::tempdir().unwrap();
    let text = written(&dir, "a.log", "ann@example.com paid with 4111 1111 1111 1111\n");
    let compare = |old: &str, new: &str, more: &[&str]| detect(&[&["--compare", old, new], more, &[&text]].concat());
    let (code, found, _) = compare("built-in", "set:personal,payment", &["--deny-lost"]);
    assert!(code == 0 && found.ends_with("both find the same: 2 findings\n"), "{found}");
    let (code, found, _) = compare("built-in", "set:personal", &["--deny-lost"]);
    assert!(code == 5 && found.contains("\npayment.card, no longer found:\n  "), "{found}");
    assert!(found.contains("a.log:1: payment.card (certain) 26 to 45: 4…1 (19)\n"), "{found}");
    assert_eq!(compare("built-in", "set:personal", &[]).0, 0);
    assert_eq!(compare("set:personal", "built-in", &["--deny-lost"]).0, 0, "what is new is not lost");
    // All of it as JSON, and the counts.
    let (code, found, _) = compare("set:personal", "set:payment", &["--json", "--deny-lost"]);
    let lines = values(&found);
    let changes: Vec<_> = lines.iter().map(|line| line["change"].as_str().unwrap_or("counts")).collect();
    assert_eq!((code, changes.as_slice()), (5, &["no longer found", "newly found", "counts"][..]));
    assert_eq!(lines[0]["old"]["value"], "a…m (15)");
    assert_eq!(lines[2]["entities"]["person.email"]["no longer found"], 1);
    assert!(!found.contains("ann@") && !found.contains("1111"), "{found}");
}

#[test]
fn what_a_policy_looks_for_is_a_rule_set() {
    let dir = tempfile::tempdir().unwrap();
    let status = Command::new("cp").arg("-r").arg(repository().join("policies")).arg(dir.path()).status().unwrap();
    assert!(status.success());
    let at = |file: &str| dir.path().join(format!("policies/tenants/{file}"));
    for ending in ["toml", "evidence.toml", "lists.toml"] {
        std::fs::copy(at(&format!("example-de.{ending}")), at(&format!("newer.{ending}"))).unwrap();
    }
    let [old, new] = ["example-de.toml", "newer.toml"].map(|file| at(file).to_str().unwrap().to_owned());
    let text = written(&dir, "a.log", "badge B-123456 of ann@example.com, version 10.20.30.40\n");
    let compare = |more: &[&str]| detect(&[&["--compare", &old, &new, "--on", "2026-11-21"], more, &[&text]].concat());
    let rules = r#"
[treatment]
redact-guesses = { find = ["network.ipv4"], threshold = "possible", says = "addresses are blacked out" }
[rule.guesses]
because     = "A test."
cite        = "kbv-9"
"object.name" = "redact-guesses"
[[entity]]
name     = "example.badge"
title    = "Badge number"
sets     = ["personal"]
pattern  = "B-[0-9]{6}"
examples = ["B-123456"]
counter-examples = ["B-12"]
"#;
    let add = |file: &str, text: &str| {
        let before = std::fs::read_to_string(at(file)).unwrap();
        std::fs::write(at(file), before.replacen("id       = \"example-de\"", "id       = \"newer\"", 1) + text)
            .unwrap();
    };
    let evidence = std::fs::read_to_string(at("newer.evidence.toml")).unwrap();
    std::fs::write(at("newer.evidence.toml"), evidence.replace("\"example-de", "\"newer")).unwrap();
    add("newer.toml", rules);
    let (code, found, said) = compare(&["--deny-lost"]);
    assert!(code == 0 && found.contains("| example.badge | 0 | 0 | 0 | 0 | 0 | 1 |"), "{code} {found} {said}");
    assert!(found.contains("network.ipv4 (possible) "), "as sure as the policy says: {found}");
    assert!(found.contains("example.badge (likely) 6 to 14: B…6 (8)"), "{found}");
    // A policy that is closed, or wrong, says why.
    let (code, _, said) = compare(&["--purpose", "marketing"]);
    assert!(code != 0 && !said.is_empty(), "{code} {said}");
    std::fs::remove_file(at("newer.lists.toml")).unwrap();
    let (code, found, said) = compare(&[]);
    assert!(code == 3 && found.is_empty() && said.starts_with("closed:"), "{code} {said}");
}

#[test]
fn a_component_is_a_rule_set_if_it_is_the_detector() {
    let dir = tempfile::tempdir().unwrap();
    let text = written(&dir, "a.log", "ann@example.com\n");
    let built = |name: &str| repository().join("guest-plugins/prebuilt").join(name).to_str().unwrap().to_owned();
    let (code, found, said) = detect(&["--compare", &built("redact.wasm"), "built-in", "--deny-lost", &text]);
    assert!(code == 0 && found.ends_with("both find the same: 1 findings\n"), "{found} {said}");
    for (name, why) in [
        (built("mask.wasm"), "it is `mask`"),
        (text.clone(), "names no rule set"),
        ("set:persnal".to_owned(), "persnal"),
        (dir.path().join("none.wasm").to_str().unwrap().to_owned(), "cannot be read"),
    ] {
        let (code, found, said) = detect(&["--compare", &name, "built-in", &text]);
        assert!(code == 2 && found.is_empty() && said.contains(why), "{code} {said}");
    }
}

/// Which rules were at work: `redact`'s version tells them apart, wherever it is named.
#[test]
fn the_version_of_the_rules_is_told() {
    let (code, listed, _) = detect(&["--list", "--json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let version = listed["detector"]["version"].as_str().unwrap();
    let digest = version.strip_prefix("0.1.0+rules.").unwrap_or_else(|| panic!("{version}"));
    assert!(code == 0 && digest.len() == 8 && digest.bytes().all(|b| b.is_ascii_hexdigit()), "{version}");
    assert!(listed["entities"].as_array().unwrap().iter().any(|entity| entity["name"] == "person.email"));
    assert!(detect(&["--list"]).1.starts_with(&format!("redact {version} (sha256:")));
    let dir = tempfile::tempdir().unwrap();
    let event =
        r#"{"CreationTime":"2026-11-03T09:00:00","Workload":"X","Operation":"y","Application":"of bob@example.com"}"#;
    let events = written(&dir, "events.ndjson", event);
    let summary = |form: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
        command.args([
            "filter",
            "--policy",
            "policies/tenants/example-de.toml",
            "--on",
            "2026-11-21",
            "--summary",
            form,
        ]);
        let output = command.arg(&events).current_dir(repository()).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let told: Value = serde_json::from_str(summary("json").trim()).unwrap();
    assert_eq!(told["detector"], listed["detector"]);
    assert_eq!(told["entities"]["person.email"], 1, "hits by entity");
    assert!(summary("text").contains(&format!("\ndetector: redact {version}\n")));
}
