//! LAW (the guide holds): what an officer adds in a quarter of an hour (`policies/README.md`): a country, a tenant with evidence and a
//! map for a product that has none. Laid over the shipped policies nothing is wrong with it, its tests pass, each of its rules is missed,
//! and its map takes the whole sample.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::Path;
use std::process::{Command, Output};

use common::repository;

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

/// The shipped policies with what was added.
fn laid() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&repository().join("policies"), &folder.path().join("policies"));
    copy(&repository().join("tests/guide"), &folder.path().join("policies"));
    folder
}

fn tamis(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tamis")).current_dir(folder).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn nothing_is_wrong_with_what_the_guide_adds() {
    let folder = laid();
    for file in ["jurisdictions/ie.toml", "tenants/example-ie.toml", "schemas/gitlab-audit.toml"] {
        let path = format!("policies/{file}");
        let checked = tamis(folder.path(), &["check", &path, "--on", "2026-12-01", "--severity", "error"]);
        assert_eq!((checked.status.code(), said(&checked).as_str()), (Some(0), "no error\n"), "{file}");
        let tested = tamis(folder.path(), &["test", "--removal", &path.replace(".toml", ".test.toml")]);
        assert_eq!(tested.status.code(), Some(0), "{file}: {}", said(&tested));
        assert!(said(&tested).contains(", 0 are not"), "{file}: {}", said(&tested));
    }
    let told = tamis(
        folder.path(),
        &["notice", "--policy", "policies/tenants/example-ie.toml", "--on", "2026-12-01", "--deny-gaps"],
    );
    assert_eq!(told.status.code(), Some(0), "{}", String::from_utf8_lossy(&told.stderr));
}

#[test]
fn its_map_takes_the_whole_sample_and_nobody_is_named() {
    let folder = laid();
    let sample = "policies/sample.ndjson";
    let drifted = tamis(folder.path(), &["discover", sample, "--against", "gitlab-audit"]);
    assert_eq!(drifted.status.code(), Some(0), "{}", said(&drifted));
    let policy = ["filter", "--policy", "policies/tenants/example-ie.toml", "--on", "2026-12-01", sample];
    let ran = tamis(folder.path(), &policy);
    let out = String::from_utf8(ran.stdout).unwrap().to_lowercase();
    assert_eq!((ran.status.code(), out.lines().count()), (Some(0), 3));
    for name in ["aoife", "byrne", "cian", "walsh", "niamh", "kelly", "192.0.2", "payroll"] {
        assert!(!out.contains(name), "{name}: {out}");
    }
}
