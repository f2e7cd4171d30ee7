//! What a value that names somebody is made of.
//!
//! `Meier, Anna`, `anna.meier@example.de`, `EXAMPLE\ameier`, `Dr. Anna Meier (Sales)`, `CN=Anna Meier,OU=…`,
//! `anna.meier_example.de#EXT#@tenant…`, `i:0#.f|membership|anna.meier@example.de`: each comes to the parts of a name, and the
//! words of the domain behind them.

use super::fold::{self, Character, Kind};
use super::roles;

/// Most parts of one name; what is behind them is not looked for.
const MOST_PARTS: usize = 8;

/// Calls `each` with every name in a value: what stands before the `@`, and the domain behind it, which may be empty.
pub(super) fn names<'v>(value: &'v str, each: &mut impl FnMut(&'v str, &'v str)) {
    let several = value.bytes().filter(|&byte| byte == b'@').count() > 1;
    for item in value.split(|c| c == ';' || several && c == ',') {
        let item = item.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
        match item.strip_suffix('>').and_then(|item| item.split_once('<')) {
            Some((shown, address)) => {
                name(shown.trim_matches(|c: char| c.is_whitespace() || c == '"'), each);
                name(address, each);
            }
            None => name(item, each),
        }
    }
}

fn name<'v>(item: &'v str, each: &mut impl FnMut(&'v str, &'v str)) {
    let mut item = item;
    if item.get(..3).is_some_and(|lead| lead.eq_ignore_ascii_case("cn=")) {
        let rest = item.get(3..).unwrap_or_default();
        let end = rest.match_indices(',').find(|(at, _)| !rest.get(..*at).is_some_and(|head| head.ends_with('\\')));
        item = end.and_then(|(at, _)| rest.get(..at)).unwrap_or(rest);
    } else {
        item = behind(item, '\\');
    }
    item = item.split_once(" (").map_or(item, |(name, _)| name);
    if !item.contains(' ') {
        item = ['|', '/', ':'].into_iter().fold(item, behind);
    }
    // The account of a machine.
    if item.ends_with('$') {
        return;
    }
    let Some((local, domain)) = item.rsplit_once('@') else { return each(item, "") };
    // A guest of another directory: its own address, `_` in place of the `@`.
    match local.get(local.len().saturating_sub(5)..).filter(|end| end.eq_ignore_ascii_case("#EXT#")) {
        Some(mark) => {
            let guest = local.get(..local.len() - mark.len()).unwrap_or_default();
            let (local, domain) = guest.rsplit_once('_').unwrap_or((guest, ""));
            each(local, domain);
        }
        None => each(local.split_once('+').map_or(local, |(name, _)| name), domain),
    }
}

/// What stands behind the last of a sign, if anything does.
fn behind(item: &str, sign: char) -> &str {
    item.rsplit_once(sign).map(|(_, rest)| rest).filter(|rest| !rest.is_empty()).unwrap_or(item)
}

/// Calls `each` with the parts of a name.
pub(super) fn parts<'n>(name: &'n str, mut each: impl FnMut(&'n str)) {
    let mut left = MOST_PARTS;
    words(name, |word| {
        if left > 0 && !(name.contains(' ') && is_title(word)) {
            left -= 1;
            each(word);
        }
    });
}

fn is_title(word: &str) -> bool {
    let mut folded = Vec::new();
    word.len() < 5 && word.is_ascii() && {
        fold::fold(word, &mut folded);
        roles::is_title(&folded)
    }
}

/// Calls `each` with the words of a text: what stands between signs.
pub(super) fn words<'t>(text: &'t str, mut each: impl FnMut(&'t str)) {
    let (mut start, mut at) = (0, 0);
    while at <= text.len() {
        let Character { kind, end, .. } = Character::at(text.as_bytes(), at);
        if kind == Kind::Sign {
            text.get(start..at).filter(|word| !word.is_empty()).into_iter().for_each(&mut each);
            start = end;
        }
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Vec<(String, String)> {
        let mut all = Vec::new();
        names(value, &mut |name, domain| {
            let mut shown = Vec::new();
            parts(name, |part| shown.push(part));
            all.push((shown.join(" "), domain.to_owned()));
        });
        all
    }

    #[test]
    fn values_come_to_names() {
        for (value, name, domain) in [
            ("Anna Meier", "Anna Meier", ""),
            ("Meier, Anna", "Meier Anna", ""),
            ("anna.meier@example.de", "anna meier", "example.de"),
            ("anna.meier+news@example.de", "anna meier", "example.de"),
            (r"EXAMPLE\ameier", "ameier", ""),
            (r"NT AUTHORITY\SYSTEM", "SYSTEM", ""),
            ("Dr. Anna Meier-Schulz (Sales)", "Anna Meier Schulz", ""),
            (r"CN=Meier\, Anna,OU=Staff,DC=example", "Meier Anna", ""),
            ("cn=ameier", "ameier", ""),
            ("anna.meier_example.de#EXT#@tenant.onmicrosoft.com", "anna meier", "example.de"),
            ("i:0#.f|membership|anna.meier@example.de", "anna meier", "example.de"),
            ("arn:aws:sts::123456789012:assumed-role/Role/anna.meier", "anna meier", ""),
            ("mailto:bo@example.de", "bo", "example.de"),
            ("Müller", "Müller", ""),
            ("李 明", "李 明", ""),
            ("a b c d e f g h i j", "a b c d e f g h", ""),
        ] {
            assert_eq!(read(value), [(name.to_owned(), domain.to_owned())], "{value}");
        }
        assert_eq!(read(r"EXAMPLE\HOST01$"), []);
        assert_eq!(read("\"Meier, Anna\" <am@example.de>").len(), 2);
        assert_eq!(read("a@example.de, b@example.de; c@example.de").len(), 3);
        for odd in ["", "@", "<>", "<", ";", "\\", "é@", "#EXT#@", "_#ext#@x", "CN=", "cn=\\,", "é=n"] {
            let _ = read(odd);
        }
    }
}
