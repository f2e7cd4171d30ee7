//! LAW (a report can be trusted): what ships has no mistake, every format tells the same, nothing sealed is shown, and no text makes
//! `tamis check` fall over.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use proptest::prelude::*;
use serde_json::Value;
use tamis::edge::policies;
use tamis::officer::check::{Asked, COMBINATIONS, check};
use tamis::policy::document::Date;
use tamis::policy::syntax::{Bundle, FileKind, codes};

const ON: &str = "2026-12-01";

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tamis")).current_dir(folder).arg("check").args(arguments).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// The common folder of the broken ones, with one sentence changed.
fn broken(file: &str, old: &str, new: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let whole = policies::whole(&here("tests/broken/common")).unwrap();
    for (id, name) in whole.bundle.files() {
        let path = folder.path().join("some policies").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = whole.bundle.text(id);
        assert!(name != file || text.contains(old));
        std::fs::write(path, if name == file { text.replacen(old, new, 1) } else { text.to_owned() }).unwrap();
    }
    folder
}

#[test]
fn what_ships_has_no_mistake_and_says_where_a_review_is_missing() {
    let output = run(&here("."), &["policies", "--on", ON, "--format", "json"]);
    let report = json(&output);
    let errors = report["problems"].as_array().unwrap().iter().filter(|problem| problem["severity"] == "error");
    assert_eq!(errors.count(), 0, "{report:#}");
    assert_eq!((report["errors"].as_u64(), output.status.code()), (Some(0), Some(0)));
    let unreviewed = report["problems"].as_array().unwrap().iter().filter(|problem| problem["code"] == "P0127").count();
    let packs = ["base", "jurisdictions", "sectors"].map(|folder| {
        policies::tenants(&here("policies").join(folder))
            .unwrap()
            .iter()
            .filter(|file| {
                std::fs::read_to_string(file)
                    .unwrap()
                    .lines()
                    .any(|line| line.trim_start().starts_with("by ") && line.contains("\"\""))
            })
            .count()
    });
    assert_eq!(unreviewed, packs.iter().sum::<usize>());
    assert_eq!(
        run(&here("."), &["policies", "--on", ON, "--deny", "warnings"]).status.code(),
        Some(if unreviewed > 0 { 2 } else { 0 })
    );
}

#[test]
fn all_formats_tell_the_same() {
    let folder = broken("jurisdictions/land.toml", "if        = \"private-use\"", "if        = \"privat-use\"");
    let (human, report, sarif) = (
        run(folder.path(), &["some policies", "--on", ON]),
        json(&run(folder.path(), &["some policies", "--on", ON, "--format", "json"])),
        json(&run(folder.path(), &["some policies", "--on", ON, "--format", "sarif"])),
    );
    let human = String::from_utf8(human.stdout).unwrap();
    assert!(
        human.starts_with(
            "== some policies/jurisdictions/land.toml: 1 error\n\nerror[P0107]: unknown fact `privat-use`\n"
        ),
        "{human}"
    );
    assert!(human.ends_with("\n1 error\nwhat a code means: tamis check --explain CODE\n"), "{human}");
    let place = &report["problems"][0]["places"][0];
    assert_eq!(place["file"], "some policies/jurisdictions/land.toml");
    assert_eq!(place["text"], "\"privat-use\"");
    let (result, rules) = (&sarif["runs"][0]["results"][0], &sarif["runs"][0]["tool"]["driver"]["rules"]);
    assert_eq!(
        (sarif["version"].as_str(), result["ruleId"].as_str(), result["level"].as_str()),
        (Some("2.1.0"), Some("P0107"), Some("error"))
    );
    assert_eq!(rules[result["ruleIndex"].as_u64().unwrap() as usize]["id"], "P0107");
    let physical = &result["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], "some%20policies/jurisdictions/land.toml");
    for (sarif, json) in
        [("startLine", "line"), ("startColumn", "column"), ("endLine", "end-line"), ("endColumn", "end-column")]
    {
        assert_eq!(physical["region"][sarif], place[json]);
    }
    let fix = &result["fixes"][0];
    assert_eq!(fix["description"]["text"], "did you mean `private-use`?");
    assert_eq!(fix["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"], "\"private-use\"");
    assert_eq!(rules.as_array().unwrap().len(), codes::all().count());
}

#[test]
fn a_part_of_the_folder_is_checked_alone() {
    let folder = broken("tenants/muster.toml", "\"content.text\" = \"drop\"", "\"content.text\" = \"drpo\"");
    let at = |path: &str| run(folder.path(), &[&format!("some policies/{path}"), "--on", ON]).status.code();
    assert_eq!([at("jurisdictions"), at("jurisdictions/land.toml")], [Some(0); 2]);
    assert_eq!(
        [at("."), at("tenants"), at("tenants/muster.toml"), at("tenants/muster.evidence.toml"), at("schemas/app.toml")],
        [Some(2); 5]
    );
    assert_eq!(at("tenants/mustre.toml"), Some(2));
    assert_eq!(run(folder.path(), &["/"]).status.code(), Some(2));
}

#[test]
fn only_what_a_file_is_about_and_stands_on_is_told() {
    let folder =
        broken("jurisdictions/land.toml", "title    = \"A country\"", "title    = \"A country\"\ncolour = \"red\"");
    let at = |path: &str, more: &[&str]| {
        let path = format!("some policies/{path}");
        run(folder.path(), &[&[path.as_str(), "--on", ON], more].concat())
    };
    // A tenant stands on its country, the base does not.
    let tenant = json(&at("tenants/muster.toml", &["--format", "json"]));
    assert_eq!((tenant["errors"].as_u64(), tenant["errors-elsewhere"].as_u64()), (Some(1), Some(0)), "{tenant:#}");
    let base = at("base/base.toml", &["--format", "json"]);
    assert_eq!(base.status.code(), Some(2));
    let base = json(&base);
    assert_eq!(
        (base["problems"].as_array().unwrap().len(), base["errors-elsewhere"].as_u64()),
        (0, Some(1)),
        "{base:#}"
    );
    let said = String::from_utf8(at("base/base.toml", &[]).stdout).unwrap();
    assert!(said.contains("1 error elsewhere: while there is one nothing flows; check some policies"), "{said}");
    // So it is with a map: of others nothing is told.
    let map = json(&at("schemas/app.toml", &["--format", "json"]));
    assert_eq!((map["errors"].as_u64(), map["errors-elsewhere"].as_u64()), (Some(0), Some(1)), "{map:#}");
}

#[test]
fn what_is_less_severe_can_be_left_out() {
    let shown = |level: &str| {
        let output =
            run(&here("."), &["policies", "--on", ON, "--format", "json", "--deny", "warnings", "--severity", level]);
        let report = json(&output);
        let count = |of: &str| report[of].as_u64().unwrap() > 0;
        (count("warnings"), count("notes"), output.status.code())
    };
    // What is not shown still counts.
    assert_eq!(shown("note"), (true, true, Some(2)));
    assert_eq!(shown("warning"), (true, false, Some(2)));
    assert_eq!(shown("error"), (false, false, Some(2)));
}

#[test]
fn a_condition_that_cannot_read_names_what_hides_the_value() {
    let rule =
        "cite    = \"paper\"\nwhen.equals = { \"id.email\" = [\"boss@example.de\"] }\n\"channel.name\" = \"drop\"\n";
    let folder = broken("tenants/muster.toml", "cite    = \"paper\"\n", rule);
    let report = json(&run(folder.path(), &["some policies", "--on", ON, "--format", "json"]));
    let problem = &report["problems"][0];
    assert_eq!(problem["code"], "P0120");
    let row = &problem["places"][1];
    assert_eq!(
        (row["file"].as_str(), row["text"].as_str()),
        (Some("some policies/base/base.toml"), Some("\"id.*\"")),
        "{report:#}"
    );
}

#[test]
fn nothing_of_a_sealed_list_is_shown() {
    let folder = broken(
        "tenants/muster.lists.toml",
        "[list.council]\nwords = [",
        "[list.counsel]\nwords = [\"hidden-word\", 7, ",
    );
    for format in ["human", "json", "sarif"] {
        let output = run(folder.path(), &["some policies", "--on", ON, "--format", format]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.contains("muster.lists.toml") && !text.contains("hidden-word") && output.status.code() == Some(2),
            "{text}"
        );
    }
}

/// What answers a gate answers no list that has its name.
#[test]
fn an_empty_list_is_not_answered_by_evidence_of_its_name() {
    let list = "[list.assessment]\nlook-in = [\"channel.name\"]\nsecret = true\nheld-by = \"the committee\"\nif-empty = \"closed\"\n\
                [rule.committee]\nbecause = \"Unobserved.\"\ncite = \"paper\"\nwhen.listed = \"assessment\"\nevent = \"suppress\"\n\n\
                [rule.texts]";
    let folder = broken("tenants/muster.toml", "[rule.texts]", list);
    let output = run(folder.path(), &["some policies", "--on", ON]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("the list is empty") && !told.contains("answered here"), "{told}");
}

#[test]
fn every_code_is_explained_and_no_other() {
    for code in codes::all() {
        let output = run(&here("."), &["--explain", &code.code.to_lowercase()]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!((text, output.status.code()), (code.to_string(), Some(0)));
    }
    let output = run(&here("."), &["--explain", "P9999"]);
    assert_eq!((output.stdout.len(), output.status.code()), (0, Some(2)));
}

#[test]
fn the_guide_lists_every_combination() {
    let guide = std::fs::read_to_string(here("policies/README.md")).unwrap();
    for combination in COMBINATIONS {
        let parts: Vec<_> = combination.parts.iter().map(|(name, fine)| format!("`{name}` {}", fine.word())).collect();
        let row = format!("| {} | {} |", combination.title, parts.join(", "));
        assert!(guide.contains(&row), "policies/README.md lacks: {row}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is taken out of a file, or put into it: the check ends, and each problem has a place in a file and a known code.
    #[test]
    fn no_text_makes_it_fall(file in 0usize..9, from in 0.0..1.0f64, gone in 0usize..40, new in "[\\[\\]\"'=.{}a-z0-9*\n-]{0,6}") {
        let whole = policies::whole(&here("tests/broken/common")).unwrap();
        let mut bundle = Bundle::new();
        for (number, (id, name)) in whole.bundle.files().enumerate() {
            let mut text = whole.bundle.text(id).to_owned();
            if number == file {
                let start = text.floor_char_boundary((from * text.len() as f64) as usize);
                let end = text.ceil_char_boundary((start + gone).min(text.len()));
                text.replace_range(start..end, &new);
            }
            match FileKind::of(name) {
                Some(FileKind::Lists) => bundle.add_sealed(name, text),
                _ => bundle.add(name, text),
            };
        }
        let on: Date = ON.parse().unwrap();
        let checked = check(bundle, &Asked { on, below: &[], entities: &["personal".to_owned()] });
        for problem in &checked.problems {
            let (span, _) = problem.labels.first().unwrap();
            prop_assert!(!checked.library.bundle.name(span.file).is_empty() && codes::find(problem.code).is_some());
        }
    }
}
