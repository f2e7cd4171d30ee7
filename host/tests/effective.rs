//! LAW (effective): what `config show --effective` prints is the same configuration, leaves no default out, and says of each key where it
//! stands.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::repository;
use tamis::config;
use tamis::policy::syntax::{Bundle, render};

/// What a configuration is read as, without where it stands. `None`: something is wrong with it.
fn read(text: &str) -> Option<String> {
    let (mut bundle, mut problems) = (Bundle::new(), Vec::new());
    let file = bundle.add("tamis.toml", text);
    let config = format!("{:?}", config::read(&bundle, file, &mut problems)?);
    let mut plain = String::new();
    for part in config.split("span: Span {") {
        let rest = if plain.is_empty() { part } else { part.split_once('}').unwrap().1 };
        plain.push_str(rest);
    }
    Some(plain)
}

fn effective(text: &str) -> String {
    let (mut bundle, mut problems) = (Bundle::new(), Vec::new());
    let file = bundle.add("tamis.toml", text);
    let shown = config::effective(&bundle, file, true, &mut problems);
    shown.unwrap_or_else(|| panic!("{}\n{text}", render(&bundle, &problems, false)))
}

/// Keys with their sections, and where each stands.
fn keys(shown: &str) -> Vec<(String, String)> {
    let mut section = String::new();
    let mut keys = Vec::new();
    for line in shown.lines() {
        let (said, origin) = line.rsplit_once(" # ").unwrap_or_else(|| panic!("no origin: {line}"));
        let said = said.trim_end();
        if said.starts_with('[') {
            section = said.trim_matches(['[', ']']).to_owned();
        } else {
            keys.push((format!("{section}.{}", said.split(" = ").next().unwrap()), origin.to_owned()));
        }
    }
    keys
}

/// Every configuration of the repository.
fn configurations() -> Vec<PathBuf> {
    let mut all = Vec::new();
    for folder in ["host/tests/samples", "deploy/examples", "docs/adapters"] {
        for entry in std::fs::read_dir(repository().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.ends_with(".toml") && (folder != "host/tests/samples" || name.starts_with("tamis")) {
                all.push(path);
            }
        }
    }
    all.sort();
    assert!(all.len() > 8, "{all:?}");
    all
}

fn is_the_same(text: &str, of: &str) -> String {
    let shown = effective(text);
    let (was, is) = (read(text).unwrap(), read(&shown).unwrap_or_else(|| panic!("{of}: {shown}")));
    assert!(was == is, "{of}\n{was}\n{is}\n{shown}");
    let again = effective(&shown);
    let added = keys(&again).into_iter().find(|(_, origin)| origin == "default");
    assert_eq!(added, None, "{of}: all defaults are there at once");
    shown
}

#[test]
fn what_is_shown_is_the_same_configuration() {
    for path in configurations() {
        let text = std::fs::read_to_string(&path).unwrap();
        let shown = is_the_same(&text, &path.display().to_string());
        let lines: Vec<_> = text.lines().collect();
        let lists: Vec<_> = shown.lines().filter(|line| line.starts_with("[[")).collect();
        let each: BTreeSet<_> = lists.iter().collect();
        assert_eq!(lists.len(), each.len(), "each section of a list has a line of its own: {lists:?}");
        for (key, origin) in keys(&shown) {
            let Some(line) = origin.strip_prefix("line ") else {
                assert_eq!(origin, "default");
                continue;
            };
            let (line, key) = (lines[line.parse::<usize>().unwrap() - 1], key.rsplit('.').next().unwrap());
            assert!(line.contains(key.trim_matches('"')), "{key} is not in {line:?} of {}", path.display());
        }
    }
}

/// Keys that may be left out and have no default: then nothing is done of that kind, or it hangs on others.
const NONE: [&str; 44] = [
    "acks",
    "auth",
    "buffer",
    "ca",
    "cert",
    "client-ca",
    "clients",
    "closed",
    "credentials",
    "distinct",
    "evidence",
    "filter",
    "for",
    "guarantee",
    "headers",
    "host",
    "index",
    "keep-labels",
    "key",
    "key-from",
    "labels",
    "nkey",
    "officer",
    "operator",
    "org-id",
    "queue",
    "recipients",
    "repeats",
    "schema",
    "shared-key",
    "signed-by",
    "size",
    "source",
    "sourcetype",
    "stream",
    "system",
    "tenant-by",
    "tenant-rate",
    "tls",
    "token",
    "udp",
    "user",
    "viewer",
    "watch",
];

/// A table whose keys all have defaults is shown with those that it leaves out.
#[test]
fn what_a_table_of_one_line_leaves_out_is_told() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/tamis.toml")).unwrap();
    let line = text.lines().find(|line| line.starts_with("repeats")).unwrap();
    let shown = is_the_same(&text.replace(line, "repeats = { }"), line);
    let told = |key: &str, value: &str| {
        shown.lines().any(|line| line.starts_with(&format!("{key} = {value}")) && line.ends_with("# default"))
    };
    assert!(told("for", "\"2 min\"") && told("events", "10000"), "{shown}");
}

/// LAW: whatever line a configuration can do without is told as a default, or is of a key that has none.
#[test]
fn what_is_left_out_is_told() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/tamis.toml")).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let (mut tried, mut without, mut section) = (0, BTreeSet::new(), String::new());
    for number in 0..lines.len() {
        let line = lines[number];
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']).to_owned();
        }
        let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with(['#', '['])) else { continue };
        let less: String =
            lines.iter().enumerate().filter(|(at, _)| *at != number).map(|(_, line)| format!("{line}\n")).collect();
        if read(&less).is_none() {
            continue;
        }
        tried += 1;
        let (key, shown) = (key.trim(), is_the_same(&less, line));
        let of = format!("{section}.{key}");
        // A list of sections is one of many of that name; a table is a section of its own.
        let is_told = |(told, origin): &(String, String)| {
            (*told == of || told.starts_with(&format!("{of}.")))
                && (origin == "default" || section.starts_with("route"))
        };
        if !keys(&shown).iter().any(is_told) {
            without.insert(key.to_owned());
        }
    }
    assert!(tried > 100, "{tried}");
    let unknown: Vec<_> = without.iter().filter(|key| !NONE.contains(&key.as_str())).collect();
    assert!(unknown.is_empty(), "neither a default nor known to have none: {unknown:?}");
}

/// The command: what it prints is run as what it was printed of is, and it never shows what stands where a secret should be named.
#[test]
fn the_command_prints_what_runs_the_same() {
    let tamis = |arguments: &[&str]| {
        let ran = Command::new(env!("CARGO_BIN_EXE_tamis")).args(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (ran.status.code(), text(ran.stdout), text(ran.stderr))
    };
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first.toml"), folder.path().join("second.toml"));
    let policies = repository().join("policies");
    let text = format!(
        "version = 1\nstate = \"s\" # hunter2\n[policy]\npath = \"{}\"\n[keys]\nroot = \"env:NAME\"\n[source.lines]\ntype = \"stdin\"\n\
         [sink.out]\ntype = \"stdout\"\n[route.all]\nfrom = \"lines\"\npolicy = \"tenants/example-saas.toml\"\n\
         [[route.all.to]]\nsink = \"out\"\npurpose = \"product\"\n",
        policies.display()
    );
    std::fs::write(&first, &text).unwrap();
    let show = ["config", "show", "--effective", "-c", first.to_str().unwrap()];
    let (code, shown, said) = tamis(&show);
    assert_eq!((code, said.as_str()), (Some(0), ""), "{shown}");
    for line in ["root = \"env:NAME\"", "drain = \"25 s\"", "[sink.out.retry]", "workers = \"auto\""] {
        assert!(shown.lines().any(|shown| shown.starts_with(line)), "{line} in {shown}");
    }
    assert!(shown.contains("# line 6") && !shown.contains("hunter2"), "{shown}");
    std::fs::write(&second, &shown).unwrap();
    let check = |path: &Path| tamis(&["run", "--check", "--offline", "-c", path.to_str().unwrap()]);
    assert_eq!(check(&first), check(&second));
    let (_, said, _) = tamis(&["config", "show", "-c", first.to_str().unwrap()]);
    assert!(!said.contains("default") && said.lines().count() < shown.lines().count(), "{said}");
    std::fs::write(&first, text.replace("env:NAME", "hunter3")).unwrap();
    let (code, shown, said) = tamis(&show);
    assert_eq!((code, shown.as_str()), (Some(2), ""), "{said}");
    assert!(said.contains("C0010") && !said.contains("hunter3"), "{said}");
}
