//! LAW (arrows): rooms know only the rooms behind them, only one of them names the sandbox's engine, and no file grows beyond
//! what can be read in one sitting.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A room and the rooms it may know.
const ROOMS: [(&str, &[&str]); 10] = [
    ("event", &[]),
    ("delivery", &[]),
    ("policy", &["event"]),
    ("config", &["policy"]),
    ("officer", &["event", "policy"]),
    ("plugin", &["event", "policy"]),
    ("pipeline", &["event", "policy", "plugin"]),
    ("edge", &["event", "policy", "pipeline", "delivery", "config"]),
    ("ops", &["event", "pipeline", "delivery", "config", "edge"]),
    ("cli", &["event", "policy", "officer", "plugin", "pipeline", "delivery", "config", "edge", "ops"]),
];
/// Most lines of a file.
const LINES_MAX: usize = 800;

fn sources(below: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn host() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text without comments and strings: words in them are no code.
fn code(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(raw) = raw_string(rest) {
            raw
        } else if c == '"' {
            string(rest)
        } else if c == '\'' {
            character(rest)
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        out.push(' ');
        rest = &rest[skipped..];
    }
    out
}

/// Length of `r"…"`, `r#"…"#` and their like at the start.
fn raw_string(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = inner.bytes().take_while(|byte| *byte == b'#').count();
    let body = inner[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let from = text.len() - body.len();
    Some(body.find(&end).map_or(text.len(), |at| from + at + end.len()))
}

fn string(text: &str) -> usize {
    let (bytes, mut at) = (text.as_bytes(), 1);
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}

/// A character, or only the quote of a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some(_)) => text[3..].find('\'').map_or(1, |at| at + 4),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

/// Rooms that a text names: `crate::room`, `crate::{room, …}`, and from outside the library `tamis::room`.
fn named(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for root in ["crate::", "tamis::"] {
        for (at, _) in code.match_indices(root) {
            let rest = code[at + root.len()..].trim_start();
            let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
            match rest.strip_prefix('{') {
                None => drop(found.insert(word(rest))),
                Some(group) => {
                    let mut depth = 0;
                    let mut start = true;
                    for (at, c) in group.char_indices() {
                        match c {
                            '{' => depth += 1,
                            '}' if depth == 0 => break,
                            '}' => depth -= 1,
                            ',' if depth == 0 => start = true,
                            c if start && !c.is_whitespace() => {
                                found.insert(word(&group[at..]));
                                start = false;
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
    }
    found
}

#[test]
fn arrows_run_one_way() {
    let rooms: BTreeSet<_> = ROOMS.iter().map(|(room, _)| *room).collect();
    let mut wrong = Vec::new();
    for (room, may) in ROOMS {
        let files = sources(&host().join("src").join(room));
        assert!(!files.is_empty(), "there is a room {room}");
        for file in files {
            for other in named(&code(&std::fs::read_to_string(&file).unwrap())) {
                if rooms.contains(other.as_str()) && other != room && !may.contains(&other.as_str()) {
                    wrong.push(format!("{}: {room} knows {other}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_is_on_the_map() {
    let library = code(&std::fs::read_to_string(host().join("src/lib.rs")).unwrap());
    let modules = library.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';'));
    for module in modules {
        assert!(ROOMS.iter().any(|(room, _)| *room == module), "{module} has no arrows");
    }
}

#[test]
fn one_room_names_the_sandbox() {
    let mut wrong = Vec::new();
    for file in sources(&host().join("src")) {
        let names = code(&std::fs::read_to_string(&file).unwrap()).contains("wasmtime");
        if names && !file.starts_with(host().join("src/plugin")) {
            wrong.push(file.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_and_finished() {
    let mut wrong = Vec::new();
    let folders = [host().join("src"), host().join("tests"), host().join("../guest-plugins")];
    let own = folders
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|file| !file.components().any(|part| part.as_os_str() == "target"));
    for file in own {
        let text = std::fs::read_to_string(&file).unwrap();
        let lines = text.lines().count();
        if lines > LINES_MAX {
            wrong.push(format!("{}: {lines} lines", file.display()));
        }
        let code = code(&text);
        for word in ["todo!", "unimplemented!", "dbg!"] {
            if code.contains(word) {
                wrong.push(format!("{}: {word}", file.display()));
            }
        }
        if ["TODO", "FIXME", "XXX:"].iter().any(|word| text.contains(&format!("// {word}"))) {
            wrong.push(format!("{}: something is left to do", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_code_reads_code() {
    let text = "use crate::{event::{a, b}, policy as p}; // crate::cli\nlet s = \"crate::edge\"; let q = '\"'; fn f<'a>() { crate::plugin::x(r#\"crate::pipeline\"#) }";
    assert_eq!(named(&code(text)).into_iter().collect::<Vec<_>>(), ["event", "plugin", "policy"]);
}
