//! Names beside an e-mail address: `Anna Meier <a@b.c>`, `"Meier, Anna" <a@b.c>`, `a@b.c (Anna Meier)`.

use super::super::{Around, Site};
use super::name;
use crate::check::{before, byte, run, run_back, wordy};

/// Longest local part, domain and name that are looked for.
const MOST: usize = 64;

/// The name beside the address around the `@` of a site.
pub(super) fn beside(site: &Site<'_>) -> Option<(usize, usize)> {
    let Site { text, at, around, .. } = *site;
    if byte(text, at) != b'@' {
        return None;
    }
    // Most addresses stand in text: nothing encloses or follows them.
    let usual = at - (around.before.leading_ones() as usize).min(at);
    let start = if usual < at && before(text, usual) == b' ' {
        usual
    } else {
        let start = run_back(text, at, MOST, |b| {
            wordy(b) || matches!(b, b'.' | b'_' | b'-' | b'+' | b'\'' | b'#' | b'=' | b'&')
        });
        without_scheme(text, start)
    };
    match before(text, start) {
        b'<' | b'[' | b'(' if start > 0 => ahead(text, start - 1),
        _ => behind(text, at, around),
    }
}

/// In front of `mailto:`, `smtp:` and `sip:`.
fn without_scheme(text: &[u8], start: usize) -> usize {
    if before(text, start) != b':' {
        return start;
    }
    let begin = run_back(text, start - 1, 8, |b| b.is_ascii_alphabetic());
    let scheme = text.get(begin..start - 1).unwrap_or_default();
    let known = [&b"mailto"[..], b"smtp", b"sip"].iter().any(|known| known.eq_ignore_ascii_case(scheme));
    if known { begin } else { start }
}

/// `a@b.c (Anna Meier)` and `a@b.c">Anna Meier</a>`.
fn behind(text: &[u8], at: usize, around: Around) -> Option<(usize, usize)> {
    let usual = at + 1 + around.behind.trailing_ones() as usize;
    let end = run(text, usual.min(text.len()), MOST, |b| wordy(b) || matches!(b, b'.' | b'-'));
    let (start, close) = match (byte(text, end), byte(text, end + 1)) {
        (b' ', b'(') => (end + 2, b')'),
        (b'"', b'>') => (end + 2, b'<'),
        _ => return None,
    };
    let end = run(text, start, MOST, |b| b != close);
    let whole = byte(text, end) == close && name::is_whole(text.get(start..end)?, 1);
    whole.then_some((start, end))
}

/// The name before the bracket at `bracket`.
fn ahead(text: &[u8], bracket: usize) -> Option<(usize, usize)> {
    let end = run_back(text, bracket, 2, |b| b == b' ');
    let quote = before(text, end);
    if matches!(quote, b'"' | b'\'') && end > 0 {
        let close = run_back(text, end - 1, 7, |b| b == b'\\');
        let open = run_back(text, close, MOST, |b| b != quote && b >= b' ' && b != b'\\');
        let inner = text.get(open..close)?;
        return (before(text, open) == quote && open > 0 && (name::is_whole(inner, 1) || name::is_small(inner)))
            .then_some((open, close));
    }
    let part = |b: u8| {
        b >= b' '
            && !matches!(
                b,
                b',' | b';' | b':' | b'<' | b'>' | b'"' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'=' | b'|' | b'\\'
            )
    };
    let from = run_back(text, end, MOST, part);
    let from = run(text, from, end - from, |b| b == b' ' || b & 0xc0 == 0x80);
    // `Meier, Anna <…>`: one word between the beginning of a header and the comma.
    let comma = text.get(..from).is_some_and(|lead| lead.ends_with(b", "));
    if comma {
        let first = run_back(text, from - 2, MOST, |b| part(b) && b != b' ');
        let edge = first == 0
            || matches!(before(text, first), b'\n' | b';' | b'"')
            || text.get(..first).is_some_and(|lead| lead.ends_with(b": "));
        if edge && name::is_whole(text.get(first..end)?, 2) {
            return Some((first, end));
        }
    }
    let whole = text.get(from..end)?;
    let edge = from == 0
        || matches!(before(text, from.saturating_sub(1)), b':' | b',' | b';' | b'\n')
        || before(text, from) == b'\n';
    if edge && name::is_small(whole) {
        return Some((from, end));
    }
    // The longest name that ends there; words of the sentence may stand before.
    let mut starts = std::iter::once(from)
        .chain(whole.iter().enumerate().filter(|(_, b)| **b == b' ').map(|(place, _)| from + place + 1));
    let start = starts.find(|start| {
        byte(text, *start) != b' ' && text.get(*start..end).is_some_and(|part| name::is_whole(part, 1))
    })?;
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use crate::tests::texts;

    #[test]
    fn the_words_before_an_address_are_a_name() {
        for (text, names) in [
            ("Anna Meier <anna@example.com>", &["Anna Meier"][..]),
            (
                "From: \"Meier, Anna\" <anna@example.com>, Bernd Schulz <b@example.com>",
                &["Meier, Anna", "Bernd Schulz"],
            ),
            ("{\\\"from\\\": \\\"Anna Meier <anna@example.com>\\\"}", &["Anna Meier"]),
            ("{\"from\": \"\\\"Meier, Anna\\\" <anna@example.com>\"}", &["Meier, Anna"]),
            ("Meier, Anna <anna@example.com>", &["Meier, Anna"]),
            ("anna meier <anna@example.com>", &["anna meier"]),
            ("Anna Meier [mailto:anna@example.com]", &["Anna Meier"]),
            ("Anna Meier<mailto:anna@example.com>", &["Anna Meier"]),
            ("anna@example.com (Anna Meier)", &["Anna Meier"]),
            ("<a href=\"mailto:anna@example.com\">Anna Meier</a>", &["Anna Meier"]),
            ("We asked Anna <anna@example.com> to come", &["Anna"]),
            ("Renée Lefèvre (r.lefevre@example.com)", &["Renée Lefèvre"]),
            ("please write to <anna@example.com>", &[]),
            ("Sales Team <sales@example.com>", &[]),
            ("GitHub <noreply@example.com>", &[]),
            ("<anna@example.com>", &[]),
            ("v1 (anna@example.com)", &[]),
        ] {
            assert_eq!(texts("person.name", text), names, "{text}");
        }
    }
}
