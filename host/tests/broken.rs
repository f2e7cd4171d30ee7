//! LAW (every fault is found): a small folder of policies in which nothing is wrong, with one fault each: `tamis check` tells it, at
//! its place and with help, and tells nothing else. A case is a file of `tests/broken`; `TAMIS_SHOW_BROKEN=1` prints what is said.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tamis::policy::syntax::codes;
use toml::Table;

/// The day on which everything is checked.
const ON: &str = "2026-12-01";

/// Codes that no file of this size, or no file at all, can show: a file of more than 4 MiB.
const NOT_SHOWN: &[&str] = &["P0002"];

fn broken() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/broken")
}

/// Name and text of every case, in order.
fn cases() -> Vec<(String, Table)> {
    let entries = std::fs::read_dir(broken()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
    files.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        (name.clone(), text.parse().unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    files.into_iter().map(read).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => assert!(std::fs::copy(&path, target).is_ok()),
        }
    }
}

/// The common folder with the changes of a case.
fn laid(case: &Table) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&broken().join("common"), folder.path());
    for change in case["change"].as_array().unwrap() {
        let said = |key: &str| change.get(key).map(|text| text.as_str().unwrap().trim_end_matches('\n'));
        let path = folder.path().join(said("file").unwrap());
        let text = match (said("replace"), said("append"), said("text")) {
            (Some(old), None, None) => {
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(text.contains(old), "there is no {old}");
                text.replacen(old, said("with").unwrap(), 1)
            }
            (None, Some(more), None) => format!("{}\n{more}\n", std::fs::read_to_string(&path).unwrap()),
            (None, None, Some(text)) => format!("{text}\n"),
            _ => panic!("a change replaces, appends or is a whole text"),
        };
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn check(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
    command.current_dir(folder).args(["check", ".", "--on", ON]).args(arguments).output().unwrap()
}

/// The line of a place, without blanks around.
fn line(folder: &Path, place: &Value) -> String {
    let text = std::fs::read_to_string(folder.join(place["file"].as_str().unwrap())).unwrap();
    let line = text.lines().nth(place["line"].as_u64().unwrap() as usize - 1).unwrap_or_default();
    line.trim().to_owned()
}

/// What was found, as a case says it: the line as it stands there, and what is underlined.
fn told(folder: &Path, problem: &Value) -> String {
    let place = &problem["places"][0];
    let (file, line) = (place["file"].as_str().unwrap(), line(folder, place));
    let underlined = place["text"].as_str().unwrap_or("(sealed)");
    format!(
        "{} {} {file} [{}] [{underlined}]",
        problem["severity"].as_str().unwrap(),
        problem["code"].as_str().unwrap(),
        line
    )
}

fn wanted(found: &toml::Value) -> String {
    let said = |key: &str| found.get(key).map_or("", |text| text.as_str().unwrap());
    let level = found.get("level").map_or("error", |level| level.as_str().unwrap());
    format!("{level} {} {} [{}] [{}]", said("code"), said("file"), said("line"), said("text"))
}

/// What of a case does not come true.
fn disappoints(case: &Table) -> Vec<String> {
    let folder = laid(case);
    let removal = case.get("removal").is_some_and(|removal| removal.as_bool().unwrap());
    let arguments: &[&str] = if removal { &["--format", "json", "--removal"] } else { &["--format", "json"] };
    let output = check(folder.path(), arguments);
    let Ok(report) = serde_json::from_slice::<Value>(&output.stdout) else {
        return vec![format!("no report: {}", String::from_utf8_lossy(&output.stderr))];
    };
    let problems = report["problems"].as_array().unwrap();
    let found = case["found"].as_array().unwrap();
    let is_wrong = found.iter().any(|found| found.get("level").is_none());
    let mut bad = Vec::new();
    if output.status.code() != Some(if is_wrong { 2 } else { 0 }) {
        bad.push(format!("it ends with {:?}", output.status.code()));
    }
    let told: Vec<_> = problems.iter().map(|problem| told(folder.path(), problem)).collect();
    let wanted: Vec<_> = found.iter().map(wanted).collect();
    bad.extend(told.iter().filter(|told| !wanted.contains(told)).map(|told| format!("told:   {told}")));
    bad.extend(wanted.iter().filter(|wanted| !told.contains(wanted)).map(|wanted| format!("wanted: {wanted}")));
    if told.len() != wanted.len() {
        bad.push(format!("{} are told, {} wanted", told.len(), wanted.len()));
    }
    for (problem, told) in problems.iter().zip(&told) {
        let help = problem["help"].as_str();
        // Where nothing more is known of the place, the report says what the code means.
        let help = help.or_else(|| Some(codes::find(problem["code"].as_str()?)?.explanation)).unwrap_or_default();
        let found = found.iter().zip(&wanted).find(|(_, wanted)| *wanted == told);
        let part = found.and_then(|(found, _)| found.get("help")).map_or("", |help| help.as_str().unwrap());
        if help.is_empty() || !help.contains(part) {
            bad.push(format!("the help of {told} is: {help}"));
        }
        let other = found.and_then(|(found, _)| found.get("other")).map(|line| line.as_str().unwrap());
        let is_shown = |place: &Value| Some(line(folder.path(), place).as_str()) == other;
        if other.is_some() && !problem["places"].as_array().unwrap()[1..].iter().any(is_shown) {
            bad.push(format!("{told} shows another line than {other:?}"));
        }
    }
    bad
}

#[test]
fn nothing_is_wrong_with_the_common_folder() {
    let output = check(&broken().join("common"), &["--removal", "--deny", "warnings"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "nothing is wrong\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn every_fault_is_told_and_nothing_else() {
    let mut all = Vec::new();
    for (name, case) in cases() {
        let bad = disappoints(&case);
        if std::env::var_os("TAMIS_SHOW_BROKEN").is_some() {
            let folder = laid(&case);
            println!("#### {name}\n{}", String::from_utf8_lossy(&check(folder.path(), &[]).stdout));
        }
        if !bad.is_empty() {
            all.push(format!("{name}:\n  {}", bad.join("\n  ")));
        }
    }
    assert!(all.is_empty(), "{} cases:\n{}", all.len(), all.join("\n"));
}

#[test]
fn every_code_has_a_case() {
    let found = |case: &Table| -> Vec<String> {
        case["found"].as_array().unwrap().iter().map(|found| found["code"].as_str().unwrap().to_owned()).collect()
    };
    let cases = cases();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let shown: BTreeSet<String> = cases.iter().flat_map(|(_, case)| found(case)).collect();
    let missing: Vec<_> = codes::all().map(|code| code.code).filter(|code| !shown.contains(*code)).collect();
    assert_eq!(missing, NOT_SHOWN);
}
