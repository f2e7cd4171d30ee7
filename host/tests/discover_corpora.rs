//! Measures drafted maps on a folder of real events: of the fields that are known to be personal, how many are classified, and is one
//! called harmless?
//!
//! `cargo test --test discover_corpora -- CORPORA [FILE…]`: every `CORPORA/*.ndjson` (or those whose name contains one of FILE) is given
//! to `tamis discover` twice: without its family's maps, and with `generic` as the only map. What is drafted is held against the
//! fields that `CORPORA/INDEX.md` lists as personal, and against the family's map. One line a file and fields that were missed below
//! it; exit code 1 if a personal field is called harmless, or fewer than nine in ten are classified. Without the folder nothing is
//! measured, and that is said.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a measurement is printed")]

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use common::discover::{Drafted, fields, personal, policies, shipped};
use tamis::policy::Library;

/// Begin of a file's name → its family's maps.
const FAMILIES: [(&str, &[&str]); 28] = [
    ("apache_access", &["access-log"]),
    ("azure_activity", &["azure-activity"]),
    ("cdp_events", &["segment"]),
    ("cloudtrail", &["cloudtrail"]),
    ("crm_support", &["zendesk", "salesforce", "zoom", "box"]),
    ("entra_audit", &["entra-audit", "entra-signin"]),
    ("entra_signin", &["entra-signin", "entra-audit"]),
    ("gcp_audit", &["gcp-audit"]),
    ("github", &["github"]),
    ("gws", &["google-workspace"]),
    ("idp_misc", &["duo", "onelogin"]),
    ("k8s", &["kubernetes"]),
    ("linux_auditd", &["auditd", "syslog"]),
    ("linux_sudo", &["syslog", "auditd"]),
    ("m365_audit", &["m365", "office-activity", "defender"]),
    ("m365_office", &["office-activity", "m365"]),
    ("m365_simuland", &["office-activity", "m365", "defender", "entra-audit", "entra-signin"]),
    ("okta", &["okta"]),
    ("osquery", &["osquery"]),
    ("otlp", &["otlp"]),
    ("slack", &["slack"]),
    ("sshd", &["syslog"]),
    ("syslog", &["syslog"]),
    ("uam_", &["android-usage", "chrome-history", "gdrive-sync", "ios-privacy", "windows-timeline"]),
    ("windows_logons", &["windows-security-sentinel", "windows-event"]),
    ("windows_sysmon", &["windows-event", "windows-security-sentinel"]),
    ("zendesk", &["zendesk"]),
    ("", &[]),
];

/// How a draft stands.
#[derive(Default)]
struct Score {
    listed: usize,
    classified: usize,
    harmless: usize,
    of_map: usize,
    harmless_of_map: usize,
    misses: Vec<String>,
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    // A test runner hands its own filters to every test: only a folder means this one.
    let index = arguments.first().and_then(|folder| std::fs::read_to_string(Path::new(folder).join("INDEX.md")).ok());
    let (Some(index), [corpora, wanted @ ..]) = (index, arguments.as_slice()) else {
        println!("skipped: no corpora were given (cargo test --test discover_corpora -- CORPORA)");
        return ExitCode::SUCCESS;
    };
    let library = shipped();
    let entries = std::fs::read_dir(corpora).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "ndjson")).collect();
    files.retain(|path| wanted.is_empty() || wanted.iter().any(|name| path.to_string_lossy().contains(name)));
    files.sort();
    println!(
        "{:<34} {:>8} {:>6} {:>10} {:>8} {:>8} {:>8}",
        "file", "maps", "listed", "classified", "harmless", "of map", "harmless"
    );
    let mut all = [Score::default(), Score::default()];
    for file in &files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let family = FAMILIES.iter().find(|(begin, _)| name.starts_with(begin)).unwrap().1;
        let others = policies(|map| family.contains(&map));
        let generic = policies(|map| map != "generic");
        for (number, (folder, label)) in [(&others, "others"), (&generic, "generic")].into_iter().enumerate() {
            let score = score(&library, family, &listed(&index, name), &fields(folder.path(), file));
            score.print(name, label);
            let sum = &mut all[number];
            sum.listed += score.listed;
            sum.classified += score.classified;
            sum.harmless += score.harmless;
            sum.of_map += score.of_map;
            sum.harmless_of_map += score.harmless_of_map;
        }
    }
    all[0].print("all", "others");
    all[1].print("all", "generic");
    let fails = |score: &Score| score.harmless + score.harmless_of_map > 0 || 10 * score.classified < 9 * score.listed;
    if all.iter().any(fails) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Paths that the index lists as personal in a file, as a draft writes them.
fn listed(index: &str, file: &str) -> BTreeSet<String> {
    let begin = format!("**{file}**: ");
    let line = index.lines().find_map(|line| line.strip_prefix(&begin)).unwrap_or_default();
    let paths = line.split('`').skip(1).step_by(2);
    paths.map(|path| plain(&path.replace("(json)", "").replace("[][", "[].Value["))).collect()
}

/// A path without quotes; of `[Name]` nothing.
fn plain(path: &str) -> String {
    let bare = path.replace(['\'', '`'], "").replace("[*]", "[]");
    match bare.find("[").filter(|at| !bare[*at..].starts_with("[]")) {
        Some(at) => bare[..at].to_owned(),
        None => {
            bare.split(".Value[").next().unwrap_or_default().to_owned()
                + if bare.contains(".Value[") { ".Value" } else { "" }
        }
    }
}

/// Whether a drafted path, in which `*` stands for a key (which may hold dots), is a listed one.
fn is(drafted: &str, listed: &str) -> bool {
    match drafted.split_once('*') {
        None => drafted == listed,
        Some((before, behind)) => listed.strip_prefix(before).is_some_and(|rest| {
            (1..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| is(behind, &rest[at..]))
        }),
    }
}

/// The field of a draft that a listed path is: of several, the one with the fewest `*`.
fn field<'d>(drafted: &'d [Drafted], listed: &str) -> Option<&'d Drafted> {
    // A list of the index may name elements, or the array.
    let fits = |field: &&Drafted| {
        let path = plain(&field.path);
        is(&path, listed) || is(&path, &format!("{listed}[]"))
    };
    drafted.iter().filter(fits).min_by_key(|field| plain(&field.path).matches('*').count())
}

fn score(library: &Library, family: &[&str], listed: &BTreeSet<String>, drafted: &[Drafted]) -> Score {
    let mut score = Score::default();
    for path in listed {
        score.listed += 1;
        let Some(field) = field(drafted, path) else {
            score.misses.push(format!("{path} is no field"));
            continue;
        };
        let (classified, harmless) = (field.is_classified(), field.is_harmless(library));
        score.classified += usize::from(classified);
        score.harmless += usize::from(harmless);
        if !classified || harmless {
            score.misses.push(format!("{path}: {} {:?} {}", field.path, field.categories, field.why));
        }
    }
    for field in drafted {
        let Some(said) = family.iter().find_map(|map| personal(library, map, &field.path)) else { continue };
        score.of_map += 1;
        if field.is_harmless(library) {
            score.harmless_of_map += 1;
            score.misses.push(format!("map {said:?}: {} {:?} {}", field.path, field.categories, field.why));
        }
    }
    score
}

impl Score {
    fn print(&self, name: &str, maps: &str) {
        println!(
            "{name:<34} {maps:>8} {:>6} {:>10} {:>8} {:>8} {:>8}",
            self.listed, self.classified, self.harmless, self.of_map, self.harmless_of_map
        );
        self.misses.iter().for_each(|miss| println!("    {miss}"));
    }
}
