//! Text → table: reports what is no TOML and decides whether the rest can be trusted.

use toml::de::{DeTable, Error};

use super::notes::Notes;
use super::problems::Problems;
use super::reader::Reader;
use super::{Bundle, MAX_FILE_BYTES};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::FileId;

/// Mistakes that damage their own line only: the parser knows where the next one begins.
const LOCAL: [&str; 9] = [
    "string values must be quoted",
    "duplicate key",
    "invalid date",
    "invalid time",
    "invalid datetime",
    "invalid boolean",
    "invalid integer",
    "invalid float",
    "`_` may only go between digits",
];

/// Most dots between two signs of TOML. Far more than a text of a rule or an event has in one line.
const DOTS: usize = 1000;

/// Parses a file and hands its table to `read`.
pub(crate) fn read<T>(
    bundle: &Bundle,
    file: FileId,
    out: &mut Vec<Diagnostic>,
    read: impl FnOnce(Reader<'_>, &mut Problems<'_>) -> Option<T>,
) -> Option<T> {
    noted(bundle, file, out, None, read)
}

/// The same, and notes what is asked for.
pub(crate) fn noted<T>(
    bundle: &Bundle,
    file: FileId,
    out: &mut Vec<Diagnostic>,
    notes: Option<&Notes>,
    read: impl FnOnce(Reader<'_>, &mut Problems<'_>) -> Option<T>,
) -> Option<T> {
    let mut problems = Problems::new(bundle, file, out).noting(notes);
    let p = &mut problems;
    let text = p.source();
    if !bundle.holds(file) {
        let help = "a policy holds at most 65535 files";
        p.push(Diagnostic::error("P0002", "there is no such file", p.span(0..0), "").help(help));
        return None;
    }
    if text.len() > MAX_FILE_BYTES {
        let message = format!("the file is longer than {} MiB", MAX_FILE_BYTES >> 20);
        p.push(Diagnostic::error("P0002", message, p.span(0..0), "").help("split it"));
        return None;
    }
    if let Some(range) = deep_key(text) {
        let help = "TOML nests a table for every dot; ten are plenty";
        p.push(Diagnostic::error("P0002", "this key has too many dots", p.span(range), "").help(help));
        return None;
    }
    let (root, errors) = DeTable::parse_recoverable(text);
    if !report(errors, p) {
        problems.finish();
        return None;
    }
    let document = read(Reader::root(root.get_ref(), p), p);
    problems.finish();
    document
}

/// Reports mistakes of the text, the first of each line. Answers whether the table is worth reading: after a
/// mistake that does not end with its line, the parser guesses, and one would report its guesses.
fn report(mut errors: Vec<Error>, p: &mut Problems<'_>) -> bool {
    errors.sort_by_key(|e| e.span().map_or(0, |s| s.start));
    // End of the line that was reported last: positions ascend, and counting lines anew each time would be slow.
    let mut reported: Option<usize> = None;
    let text = p.source();
    for error in errors {
        let mut range = error.span().unwrap_or(0..0);
        if reported.is_some_and(|end| range.start <= end) {
            continue;
        }
        reported = Some(
            text.as_bytes()[range.start.min(text.len())..]
                .iter()
                .position(|&b| b == b'\n')
                .map_or(text.len(), |n| range.start + n),
        );
        if range.is_empty() {
            // A caret needs something to stand under: the character before, where the line has one.
            let before = text[..text.floor_char_boundary(range.start)].chars().next_back();
            range.start -= before.filter(|&c| c != '\n').map_or(0, char::len_utf8);
        }
        let local = LOCAL.iter().any(|m| error.message().starts_with(m));
        p.push_damage(wording(&error, p.span(range), p));
        if !local {
            return false;
        }
    }
    true
}

/// The first key (or number, or word in a comment) with so many dots that nested tables would exhaust the stack.
fn deep_key(text: &str) -> Option<std::ops::Range<usize>> {
    let mut line_start = 0;
    for line in text.split('\n') {
        // A key stands on one line; one of so many dots is longer than that.
        if line.len() > DOTS {
            let (mut dots, mut start) = (0, 0);
            for (at, byte) in line.bytes().enumerate() {
                match byte {
                    b'.' => dots += 1,
                    b'=' | b'[' | b'{' | b',' | b'#' => (dots, start) = (0, at + 1),
                    _ => {}
                }
                if dots > DOTS {
                    return Some(line_start + start..line_start + at);
                }
            }
        }
        line_start += line.len() + 1;
    }
    None
}

fn wording(error: &Error, span: crate::policy::document::Span, p: &Problems<'_>) -> Diagnostic {
    let message = error.message();
    let here = p.quote(&p.source()[span.start as usize..span.end as usize]);
    let (told, help) = if message.starts_with("string values must be quoted") {
        ("this is no value".to_owned(), "a text stands in quotes: \"…\"; so do times of day, durations and names")
    } else if message == "duplicate key" {
        (format!("{here} stands here a second time"), "join both, or rename one of them")
    } else if message.starts_with("invalid date") {
        ("this is no day".to_owned(), "a day is written 2026-11-01, without quotes")
    } else {
        (
            format!("this is no TOML: {message}"),
            "see https://toml.io/en/v1.0.0; a text stands in quotes, a list in brackets",
        )
    };
    Diagnostic::error("P0001", told, span, "").help(help)
}
