//! Measures the shipped maps on a folder of real events: what leaks, what stays useful, what was left untreated.
//!
//! `cargo test --release --test corpora -- CORPORA TOOLS [FILE…]`: every `CORPORA/*.ndjson` (or those whose name contains
//! one of FILE) is filtered under `example-de`, with the guard and without it, and given to `TOOLS/leakcheck.py` (the
//! canaries in `CORPORA/canaries`) and `TOOLS/usefulcheck.py`. One line a file; the exit code is 1 if any file leaks or
//! does not stay useful. Events in quarantine are counted: the rest of a torn line belongs to no map. Without the two
//! folders nothing is measured, and that is said: no test of this repository needs them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a measurement is printed")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// The day of every plan: between the sample evidence's dates.
const DAY: &str = "2026-11-21";

struct Measure {
    corpora: PathBuf,
    tools: PathBuf,
    out: tempfile::TempDir,
}

/// What one run of one file gave.
struct Row {
    summary: serde_json::Value,
    leaked: String,
    content: String,
    useful: String,
    failed: bool,
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    // A test runner hands its own filters to every test: only two folders mean this one.
    let [corpora, tools, wanted @ ..] = arguments.as_slice() else { return skipped() };
    if !Path::new(corpora).is_dir() || !Path::new(tools).is_dir() {
        return skipped();
    }
    let measure = Measure { corpora: absolute(corpora), tools: absolute(tools), out: tempfile::tempdir().unwrap() };
    let entries = std::fs::read_dir(&measure.corpora).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "ndjson")).collect();
    files.retain(|path| wanted.is_empty() || wanted.iter().any(|name| path.to_string_lossy().contains(name)));
    files.sort();
    println!(
        "{:<34} {:>5} {:>6} {:>5} {:>5} {:>5} {:>6} {:>7} {:>6} {:>14} {:>14} {:>7}",
        "file", "guard", "in", "out", "supp", "quar", "untr", "unclass", "guard", "leaked", "content", "useful"
    );
    let mut failed = false;
    for file in &files {
        for guard in [true, false] {
            let row = measure.file(file, guard);
            row.print(file, guard);
            failed |= row.failed;
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn skipped() -> ExitCode {
    println!("skipped: no corpora were given (cargo test --release --test corpora -- CORPORA TOOLS)");
    ExitCode::SUCCESS
}

fn absolute(path: &str) -> PathBuf {
    std::path::absolute(path).unwrap()
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

impl Measure {
    fn file(&self, file: &Path, guard: bool) -> Row {
        let folder = self.out.path().join(if guard { "guard" } else { "no-guard" });
        std::fs::create_dir_all(&folder).unwrap();
        let out = folder.join(file.file_name().unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
        command.args(["filter", "--policy", "policies/tenants/example-de.toml", "--on", DAY, "--summary", "json"]);
        command.arg("--output").arg(&out).args((!guard).then_some("--no-guard")).arg(file);
        let ran = command.current_dir(repository()).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{}: {said}", file.display());
        let summary: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
        let (leaked, leaks) = self.leaks(&out, false);
        let (content, leaks_content) = self.leaks(&out, true);
        let (useful, useless) = self.useful(file, &out);
        Row { summary, leaked, content, useful, failed: leaks || leaks_content || useless }
    }

    /// "N of M", and whether N is not 0.
    fn leaks(&self, out: &Path, content: bool) -> (String, bool) {
        let mut command = Command::new("python3");
        command.arg(self.tools.join("leakcheck.py")).arg(self.corpora.join("canaries"));
        let ran = command.args(content.then_some("--content")).arg(out).output().unwrap();
        let text = String::from_utf8_lossy(&ran.stdout);
        let total = text.lines().find_map(|line| line.strip_prefix("TOTAL ")?.strip_suffix(" leaked"));
        let total = total.unwrap_or_else(|| panic!("leakcheck.py: {}", String::from_utf8_lossy(&ran.stderr)));
        (total.to_owned(), !ran.status.success())
    }

    /// The share of essential fields that survive, `-` where nobody says which they are; and whether it is too low.
    fn useful(&self, file: &Path, out: &Path) -> (String, bool) {
        let ran = Command::new("python3").arg(self.tools.join("usefulcheck.py")).arg(file).arg(out).output().unwrap();
        let text = String::from_utf8_lossy(&ran.stdout);
        let share = text.rsplit_once('(').and_then(|(_, rest)| rest.split_once(')'));
        (share.map_or("-", |(share, _)| share).to_owned(), !ran.status.success())
    }
}

impl Row {
    fn print(&self, file: &Path, guard: bool) {
        let events = |what: &str| self.summary["events"][what].as_u64().unwrap_or(0);
        let sum = |group: &str| -> u64 {
            self.summary[group].as_object().into_iter().flatten().filter_map(|(_, n)| n.as_u64()).sum()
        };
        println!(
            "{:<34} {:>5} {:>6} {:>5} {:>5} {:>5} {:>6} {:>7} {:>6} {:>14} {:>14} {:>7}{}",
            file.file_stem().unwrap().to_string_lossy(),
            if guard { "on" } else { "off" },
            events("in"),
            events("out"),
            events("suppressed"),
            events("quarantined"),
            sum("untreated"),
            sum("unclassified"),
            self.summary["guarded"].as_u64().unwrap_or(0),
            self.leaked,
            self.content,
            self.useful,
            if self.failed { "  FAILED" } else { "" },
        );
    }
}
