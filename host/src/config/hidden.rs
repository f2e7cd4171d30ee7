//! A configuration as messages about it may show it.

use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::FileId;
use crate::policy::syntax::Bundle;

use super::Secret;

/// What keys end with at whose place a secret is named.
const SECRETS: [&str; 12] = [
    "key",
    "token",
    "password",
    "bearer",
    "secret",
    "root",
    "creds",
    "ca",
    "cert",
    "headers",
    "recipients",
    "signed-by",
];

/// The file as problems may show it: where a secret, a server or a URL should be named and something else stands, that may be the secret
/// itself, and so may be what stands behind a key that nobody knows, or what is no TOML.
pub fn hidden(bundle: &Bundle, file: FileId, problems: &[Diagnostic]) -> Bundle {
    let mut text = bundle.text(file).as_bytes().to_vec();
    for range in secrets(bundle.text(file)) {
        hide(text.get_mut(range).unwrap_or_default());
    }
    for (code, span) in problems.iter().flat_map(|one| one.labels.iter().map(|(span, _)| (one.code, span))) {
        let (said, behind) = text.split_at_mut_checked(span.end as usize).unwrap_or_default();
        let (before, said) = said.split_at_mut_checked(span.start as usize).unwrap_or_default();
        let end = behind.iter().position(|byte| *byte == b'\n').unwrap_or(behind.len());
        let (behind, _) = behind.split_at_mut(end);
        match code {
            "C0010" | "C0014" | "P0005" => hide(said),
            "C0018" if said.contains(&b'@') => hide(said),
            "P0003" => hide(behind),
            "P0001" => {
                // Where a value is no value, it may go on; where it began, an equals sign stands.
                let own = before.rsplit_mut(|byte| *byte == b'\n').next().unwrap_or_default();
                // Where none stands, the value began on a line before.
                match own.iter().position(|byte| *byte == b'=') {
                    Some(equals) => hide(&mut own[equals..]),
                    None => hide(own),
                }
                hide(said);
                hide(behind);
            }
            _ => {}
        }
        // Beside the mistake in a table on one line stand others' values, and not all were read.
        let own = before.rsplit_mut(|byte| *byte == b'\n').next().unwrap_or_default();
        if own.contains(&b'{') || said.contains(&b'{') {
            own.split_mut(|byte| *byte == b'{').skip(1).for_each(hide);
            said.split_mut(|byte| *byte == b'{').skip(1).for_each(hide);
            hide(behind);
        }
    }
    let mut hidden = Bundle::new();
    hidden.add(bundle.name(file), String::from_utf8_lossy(&text));
    hidden
}

fn hide(what: &mut [u8]) {
    let is_shown = |byte: &u8| b"\"'\n =[]{}".contains(byte);
    what.iter_mut().filter(|byte| !is_shown(byte)).for_each(|byte| *byte = b'*');
}

/// What stands where a secret should be named, and names none. Read without a parser: the text may be no TOML.
fn secrets(text: &str) -> Vec<std::ops::Range<usize>> {
    let (mut found, mut at, mut among) = (Vec::new(), 0, false);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let end = at + rest.find('\n').map_or(rest.len(), |end| end + 1);
        let line = &text[at..end];
        if let Some(head) = line.trim_start().strip_prefix('[') {
            among = head.trim_end().trim_end_matches(']').ends_with("headers");
        }
        let is_secret = |(equals, _): &(usize, &str)| {
            let key = line[..*equals].trim_end().trim_end_matches(['"', '\'']).to_lowercase();
            among || SECRETS.iter().any(|end| key.ends_with(end))
        };
        let Some((equals, _)) = line.match_indices('=').find(is_secret) else {
            at = end;
            continue;
        };
        let from = at + equals + 1;
        at = end_of_value(text, from).max(end);
        found.extend(unnamed(text, from..at));
    }
    found
}

/// Where a value ends that may stand on several lines: behind what closes it, else with its line.
fn end_of_value(text: &str, from: usize) -> usize {
    let value = text[from..].trim_start_matches([' ', '\t']);
    let start = text.len() - value.len();
    let closes = [("\"\"\"", "\"\"\""), ("'''", "'''"), ("[", "]"), ("{", "}")].into_iter();
    let closed = closes.filter(|(open, _)| value.starts_with(open)).map(|(open, close)| {
        let inner = start + open.len();
        text[inner..].find(close).map_or(text.len(), |end| inner + end + close.len())
    });
    closed.max().unwrap_or(start)
}

/// The range without the texts in it that say where a secret is.
fn unnamed(text: &str, range: std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
    let (mut found, mut from) = (Vec::new(), range.start);
    let mut at = range.start;
    while let Some(start) = text[at..range.end].find(['"', '\'']).map(|start| at + start) {
        let quote = &text[start..=start];
        let Some(end) = text[start + 1..range.end].find(quote).map(|end| start + 1 + end) else { break };
        if Secret::named(&text[start + 1..end]).is_some() {
            found.push(from..start);
            from = end;
        }
        at = end + 1;
    }
    found.push(from..range.end);
    found
}
