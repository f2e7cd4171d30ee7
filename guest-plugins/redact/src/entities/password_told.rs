//! Passwords that no sign assigns: `password is hunter2`, a column of a table, all of a row of a field that is named so.

use super::Hit;
use super::password::{hidden, mixed, name};
use super::password_names::{Kind, spelt};
use crate::check::{before, byte, run, run_back, wordy};
use crate::types::Confidence::Likely;

/// Longest value, half of a longest line of a table, and lines of a table that are looked at.
const MOST: usize = 64;
const LINE: usize = 96;
const LINES: usize = 8;

/// Whether the `w` at `at` may be that of `password`, `passwort`, `kennwort`, `passwd` or `pwd`. `false` is certain.
#[inline]
pub(crate) fn may_begin(bytes: &[u8], at: usize) -> bool {
    let lower = |at: usize| byte(bytes, at) | 0x20;
    let (one, two) = (before(bytes, at) | 0x20, before(bytes, at.saturating_sub(1)) | 0x20);
    one == two && matches!(one, b's' | b'n') && matches!(lower(at + 1), b'o' | b'd')
        || one == b'p' && lower(at + 1) == b'd'
}

/// What the word around the `w` at `at` tells.
pub(super) fn behind(text: &[u8], at: usize, hits: &mut Vec<Hit>) {
    let end = run(text, at, 8, |b| b.is_ascii_alphabetic());
    let start = run_back(text, at, 24, |b| b.is_ascii_alphabetic() || b == b'_');
    if byte(text, end) == b'_' || wordy(byte(text, end)) || !matches!(name(text, start, end), Some((Kind::Password, _)))
    {
        return;
    }
    let next = run(text, end, 2, |b| b == b' ');
    let lead = run_back(text, start, 2, |b| b == b' ');
    let separator = |b: u8| matches!(b, b'|' | b';' | b',' | b'\t');
    match byte(text, next) {
        sign if separator(sign) && next < text.len() => column(text, (start, end), sign, hits),
        b'\n' | b'\r' if lead > 0 && separator(before(text, lead)) => {
            column(text, (start, end), before(text, lead), hits)
        }
        _ if next > end => hits.extend(sentence(text, next)),
        _ => {}
    }
}

/// The value that begins with the capital at `at`, behind a word without a `w`: `mot de passe est Sommer26`.
pub(super) fn capital(text: &[u8], at: usize) -> Option<Hit> {
    let end = run_back(text, at, 2, |b| b == b' ');
    let verb = run_back(text, end, 3, |b| b.is_ascii_lowercase());
    let is_said = matches!(text.get(verb..end), Some(b"est" | b"es"));
    let end = if is_said { run_back(text, verb, 2, |b| b == b' ') } else { end };
    spelt(text, end).filter(|_| end < at)?;
    sentence(text, run(text, end, 2, |b| b == b' '))
}

/// The value at `start`, or behind a verb there.
fn sentence(text: &[u8], start: usize) -> Option<Hit> {
    const VERBS: [&[u8]; 9] = [b"is", b"was", b"to", b"lautet", b"ist", b"est", b"es", b"era", "è".as_bytes()];
    let end = run(text, start, 8, |b| b.is_ascii_alphabetic() || b >= 0x80);
    let is_said = byte(text, end) == b' '
        && VERBS.iter().any(|verb| text.get(start..end).is_some_and(|word| word.eq_ignore_ascii_case(verb)));
    let start = if is_said { run(text, end, 3, |b| matches!(b, b' ' | b':')) } else { start };
    let quote = byte(text, start);
    if matches!(quote, b'"' | b'\'' | b'`') {
        let close = run(text, start + 1, MOST, |b| b != quote && b >= b' ');
        let value = text.get(start + 1..close).filter(|value| !value.is_empty() && byte(text, close) == quote)?;
        return (is_said && !hidden(value) || is_random(value)).then(|| Hit::new(start + 1, close, Likely));
    }
    let end = run(text, start, MOST, |b| {
        b > b' ' && !matches!(b, b',' | b';' | b'"' | b'\'' | b'<' | b'>' | b'|' | b'`' | b')' | b']' | b'}')
    });
    let end = run_back(text, end, end - start, |b| matches!(b, b'.' | b'?' | b':'));
    let value = text.get(start..end)?;
    let fits = if is_said {
        value.len() >= 4 && mixed(value)
    } else {
        is_random(value) && !value.contains(&b'=') && !value.contains(&b':')
    };
    let is_url = value.windows(3).any(|part| part == b"://");
    (fits && !is_url && !hidden(value)).then(|| Hit::new(start, end, Likely))
}

/// Six letters, digits and signs or more that no word, number or code of a standard is made of: `SHA256`, `ISO-8601`.
fn is_random(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().take_while(|b| b.is_ascii_uppercase()).count();
    let code = value.iter().skip(letters).all(|b| b.is_ascii_digit() || *b == b'-') && letters > 1;
    let path = matches!(value.first(), Some(b'/' | b'~' | b'\\' | b'.' | b'$' | b'-' | b'(' | b'['));
    value.len() >= 6 && digits > 0 && value.iter().any(u8::is_ascii_alphabetic) && !code && !path && !hidden(value)
}

/// The cells below the word at `start..end` of the first line of a table.
fn column(text: &[u8], (start, end): (usize, usize), sign: u8, hits: &mut Vec<Hit>) {
    let mut at = run(text, end, LINE, |b| b != b'\n');
    if byte(text, at) != b'\n' {
        return;
    }
    let first = run_back(text, start, LINE, |b| b != b'\n');
    let place = text.get(first..start).unwrap_or_default().iter().filter(|b| **b == sign).count();
    for _ in 0..LINES {
        let from = at + 1;
        if byte(text, at) != b'\n' || from >= text.len() {
            return;
        }
        at = run(text, from, 2 * LINE, |b| b != b'\n');
        let line = text.get(from..at).unwrap_or_default();
        if !line.contains(&sign) {
            return;
        }
        let mut cell = from;
        for part in line.split(|b| *b == sign).take(place) {
            cell += part.len() + 1;
        }
        let stop = run(text, cell, at.saturating_sub(cell), |b| b != sign);
        let cell = run(text, cell, stop.saturating_sub(cell), |b| b <= b' ');
        let stop = run_back(text, stop, stop.saturating_sub(cell), |b| b <= b' ');
        let value = text.get(cell..stop).unwrap_or_default();
        if is_random(value) && !value.contains(&b' ') {
            hits.push(Hit::new(cell, stop, Likely));
        }
    }
}

/// Whether a field whose path has these words holds passwords.
pub(crate) fn is_named(hints: &[String]) -> bool {
    let end = hints.iter().rposition(|hint| !matches!(hint.as_str(), "value" | "string" | "text" | "new"));
    let Some(words) = end.and_then(|end| hints.get(end.saturating_sub(1)..=end)) else { return false };
    let written = words.join("_");
    matches!(name(written.as_bytes(), 0, written.len()), Some((Kind::Password, _)))
}

/// All of a row of a field that holds passwords.
pub(super) fn row(text: &[u8]) -> Option<Hit> {
    let word = (4..=MOST).contains(&text.len()) && text.iter().all(|b| *b > b' ');
    (word && !hidden(text)).then(|| Hit::new(0, text.len(), Likely))
}

#[cfg(test)]
mod tests {
    use crate::tests::{found, texts};

    #[test]
    fn passwords_are_told_in_sentences_and_tables() {
        for (text, values) in [
            ("the password is hunter2.", &["hunter2"][..]),
            ("Passwort lautet 8Q9V2dXtgbCc", &["8Q9V2dXtgbCc"]),
            ("password è Verano57!? Grazie", &["Verano57!"]),
            ("password is \"correct horse\"", &["correct horse"]),
            ("(password M-bonjour787), il resto", &["M-bonjour787"]),
            ("changed the password to Sommer26", &["Sommer26"]),
            ("(mot de passe est Estate1299!)", &["Estate1299!"]),
            ("registrar contraseña Winter342!, traza", &["Winter342!"]),
            ("le mot de passe Windows, mot de passe est Requis", &[]),
            ("mot de passe : W-estate918", &["W-estate918"]),
            ("contraseña: C-estate348", &["C-estate348"]),
            ("| Name | password |\n|---|---|\n| diego | L-estate225 |\n", &["L-estate225"]),
            ("name;db_password;room\nfranco;T-verano783;5767\nanna;Blau7Meise;1\n", &["T-verano783", "Blau7Meise"]),
            ("user,password\nanna,hunter22\n", &["hunter22"]),
            ("https://example.com/?db_password=W-verano236#pay", &["W-verano236"]),
            ("password is required, is too short, is incorrect", &[]),
            ("reset password link", &[]),
            ("Failed password for invalid user admin1 from 192.0.2.1", &[]),
            ("password SHA256, password age 90, password policy min8chars", &[]),
            ("password, user and domain1\nare needed, see page2", &[]),
            ("| Name | password |\n|---|---|\n| diego | required |\n", &[]),
            ("password is ********", &[]),
        ] {
            assert_eq!(texts("secret.password", text), values, "{text}");
        }
    }

    #[test]
    fn a_row_of_a_field_of_passwords_is_one() {
        let of = |hints: &[&str], text: &str| found("secret.password", "likely", hints, text).len();
        assert_eq!(of(&["db", "password"], "hunter"), 1);
        assert_eq!(of(&["fields", "pgpassword", "value"], "hunter2"), 1);
        for (hints, text) in [
            (&["password", "changed"], "yesterday"),
            (&["user", "password"], "********"),
            (&["user", "password"], "false"),
        ] {
            assert_eq!(of(hints, text), 0, "{text}");
        }
        assert_eq!(of(&["password"], "Password must be longer"), 0);
    }
}
