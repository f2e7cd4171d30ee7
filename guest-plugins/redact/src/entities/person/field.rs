//! Names in fields that name people: `"displayName": "Anna Meier"`, `author=Anna Meier`, or all of a row.

use super::ends::Ends;
use super::name;
use super::words::{ONE, THINGS, WHOLE, holds};
use crate::check::{before, byte, run, run_back, wordy};

/// Longest name of a field, and longest value.
const MOST: usize = 40;
const MOST_VALUE: usize = 80;

/// Whom a field names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum People {
    /// By a part of their names, or it is declared to: every word is one.
    Parts,
    /// By whole names; but things may be named there too.
    Wholes,
}

impl People {
    /// Whom a field names whose path has these words in lower case.
    pub(crate) fn of(hints: &[String]) -> Option<Self> {
        if hints.iter().any(|hint| hint == "person.name") {
            return Some(People::Parts);
        }
        names(&hints.join(" "))
    }

    /// Whether all of a text is a name.
    fn holds(self, text: &[u8]) -> bool {
        match self {
            People::Parts => name::is_whole(text, 1) || name::is_words(text),
            People::Wholes => name::is_whole(text, 2) || name::is_small(text),
        }
    }
}

/// All of a row of a field that names people.
pub(super) fn row(text: &[u8], people: People) -> Option<(usize, usize)> {
    (text.len() <= MOST_VALUE && people.holds(text)).then_some((0, text.len()))
}

/// The name that the sign at `at` assigns to the field before it.
pub(super) fn assigned(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let end = run_back(text, at, 4, |b| matches!(b, b' ' | b'"' | b'\'' | b'\\'));
    if !ENDS.may_hold(text, end) {
        return None;
    }
    let from = run(text, at + 1, 2, |b| b == b' ');
    let quote = run(text, from, 7, |b| b == b'\\');
    let is_quoted = matches!(byte(text, quote), b'"' | b'\'');
    let start = if is_quoted { quote + 1 } else { from };
    let first = byte(text, start);
    // Small letters behind a colon are prose, unless in quotes.
    let may_be_small = is_quoted || byte(text, at) == b'=';
    if first < 0x80 && !(if may_be_small { first.is_ascii_alphabetic() } else { first.is_ascii_uppercase() }) {
        return None;
    }
    let field = run_back(text, end, MOST, |b| wordy(b) || matches!(b, b'_' | b'-' | b' ' | b'.'));
    let people = names(&String::from_utf8_lossy(text.get(field..end)?))?;
    if is_quoted {
        let close = run(text, start, MOST_VALUE, |b| b != byte(text, quote) && b != b'\\');
        let is_closed = matches!(byte(text, close), b'"' | b'\'' | b'\\');
        return (is_closed && people.holds(text.get(start..close)?)).then_some((start, close));
    }
    bare(text, start, people)
}

/// The name at `start` that no quotes enclose: up to a sign, or as far as words are capitalised.
fn bare(text: &[u8], start: usize, people: People) -> Option<(usize, usize)> {
    let sign = |b: u8| matches!(b, b',' | b';' | b'&' | b'<' | b'>' | b'|' | b'"' | b')' | b']' | b'}' | b'\\');
    let stop = run(text, start, MOST_VALUE, |b| b >= b' ' && !sign(b));
    let stop = if before(text, stop) == b'.' { stop - 1 } else { stop };
    let least = if people == People::Parts { 1 } else { 2 };
    let whole = text.get(start..stop)?;
    if name::is_whole(whole, least) || people == People::Parts && !whole.contains(&b' ') && name::is_words(whole) {
        return Some((start, stop));
    }
    let read = name::read(text, start, 4, false)?;
    (read.words >= least && !wordy(byte(text, read.end))).then_some((start, read.end))
}

/// How the names of fields end.
static ENDS: Ends = Ends::NONE.with_all(&ONE).with_all(&WHOLE);

/// Whom a field names, by the end of its name.
fn names(written: &str) -> Option<People> {
    // Where words of it begin, and all of it without signs.
    let (mut plain, mut begins, mut last) = (String::new(), Vec::new(), ' ');
    for c in written.chars() {
        if c.is_alphanumeric() {
            if !last.is_alphanumeric() || c.is_uppercase() && last.is_lowercase() {
                begins.push(plain.len());
            }
            plain.extend(c.to_lowercase());
        }
        last = c;
    }
    for (place, begin) in begins.iter().enumerate() {
        let tail = plain.get(*begin..)?;
        let people = if holds(&ONE, tail) {
            People::Parts
        } else if holds(&WHOLE, tail) {
            People::Wholes
        } else {
            continue;
        };
        let ahead = place.checked_sub(1).and_then(|ahead| plain.get(*begins.get(ahead)?..*begin));
        return ahead.is_none_or(|ahead| !holds(&THINGS, ahead)).then_some(people);
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::tests::{found, texts};

    #[test]
    fn fields_name_people_or_things() {
        for (text, names) in [
            ("{\"displayName\":\"Anna Meier\",\"x\":1}", &["Anna Meier"][..]),
            ("{\\\"displayName\\\":\\\"Meier, Anna\\\"}", &["Meier, Anna"]),
            ("author=Anna Meier, size=3", &["Anna Meier"]),
            ("Full Name: Anna Meier", &["Anna Meier"]),
            ("customer_first_name=Anna&x=1", &["Anna"]),
            ("Vorname: Anna, Nachname: Meier", &["Anna", "Meier"]),
            ("assignee: Anna Meier opened it", &["Anna Meier"]),
            ("\"firstName\":\"anna\"", &["anna"]),
            ("first_name=anna&last_name=meier", &["anna", "meier"]),
            ("last name: unknown", &[]),
            ("surname: please enter yours", &[]),
            ("\"created_by\":{\"name\":\"Contoso\"}", &[]),
            ("appDisplayName: Anna Meier", &[]),
            ("displayName: Azure Portal", &[]),
            ("displayName: WEB-01", &[]),
            ("hostname: Anna Meier", &[]),
            ("author: unknown", &[]),
        ] {
            assert_eq!(texts("person.name", text), names, "{text}");
        }
    }

    #[test]
    fn a_row_of_a_field_that_names_people_is_a_name() {
        let of = |hints: &[&str], text: &str| found("person.name", "likely", hints, text).len();
        assert_eq!(of(&["user", "display", "name"], "Anna Meier"), 1);
        assert_eq!(of(&["actor", "display", "name"], "Meier, Anna"), 1);
        assert_eq!(of(&["app", "display", "name"], "Anna Meier"), 0);
        assert_eq!(of(&["title"], "Anna Meier"), 0);
        assert_eq!(of(&["traits", "first", "name"], "anna"), 1);
        assert_eq!(of(&["traits", "first", "name"], "null"), 0);
        assert_eq!(of(&["created", "by", "name"], "Anna Meier"), 1);
        assert_eq!(of(&["user", "display", "name"], "anna meier"), 1);
        assert_eq!(of(&["person.name"], "Anna"), 1);
        assert_eq!(of(&["user", "display", "name"], "Azure Portal"), 0);
        assert_eq!(of(&["user", "display", "name"], "sys-admin-7"), 0);
    }
}
