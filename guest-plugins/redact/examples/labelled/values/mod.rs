//! What is hidden in the texts: values made by the rules of their issuers, and values that break these rules.

mod africa_asia;
mod americas;
mod dach;
mod devices;
mod east;
mod latin;
mod names;
mod north;
mod oceania;
pub(crate) mod people;
mod secrets;
mod west;

use crate::random::{LETTERS, Random};

/// A kind of value that is labelled.
pub(crate) struct Kind {
    pub(crate) entity: &'static str,
    pub(crate) class: Class,
    /// A right value, as short as it is written.
    pub(crate) make: fn(&mut Random) -> String,
    /// How it is written: `#` is the next character, the rest of the value follows; empty for as it is.
    pub(crate) forms: &'static [&'static str],
    pub(crate) wrong: Wrong,
    /// What people call it, in the language in front; `*` in all.
    pub(crate) labels: &'static [(&'static str, &'static str)],
    /// What programs call it.
    pub(crate) keys: &'static [&'static str],
}

/// Which texts a kind fits into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    /// Stands beside its name.
    Number,
    Mail,
    Phone,
    Address,
    Hardware,
    Secret,
    /// A URL by itself.
    Url,
    /// Lines of its own.
    Block,
    /// Somebody's name, in letters and fields.
    Name,
}

/// How a value that is no such value is made.
pub(crate) enum Wrong {
    /// Another digit or letter at a place of a right one.
    At(usize),
    /// By a rule of its own, called the same.
    Made(fn(&mut Random) -> String),
    /// Something else: what it is called by people and programs, and the value.
    Else(fn(&mut Random) -> (&'static str, &'static str, String)),
}

/// All kinds.
pub(crate) fn all() -> impl Iterator<Item = &'static Kind> {
    let families = [
        people::KINDS,
        names::KINDS,
        devices::KINDS,
        secrets::KINDS,
        dach::KINDS,
        west::KINDS,
        latin::KINDS,
        north::KINDS,
        east::KINDS,
        africa_asia::KINDS,
        oceania::KINDS,
        americas::KINDS,
    ];
    families.into_iter().flatten()
}

/// The characters of a value in a form.
pub(crate) fn written(value: &str, form: &str) -> String {
    let mut rest = value.chars();
    let mut out = String::new();
    for c in form.chars() {
        match (c, rest.as_str()) {
            ('#', "") => break,
            ('#', _) => out.extend(rest.next()),
            (other, _) => out.push(other),
        }
    }
    out.extend(rest);
    out.trim_end().to_owned()
}

/// What is labelled when it is not all of a value.
const MARKS: [char; 2] = ['\u{2}', '\u{3}'];

fn marked(part: &str) -> String {
    let [open, close] = MARKS;
    format!("{open}{part}{close}")
}

/// A value in front of its labelled part, the part, and the rest.
pub(crate) fn parts(value: &str) -> (&str, &str, &str) {
    let [open, close] = MARKS;
    let marked = value.split_once(open).and_then(|(before, rest)| Some((before, rest.split_once(close)?)));
    marked.map_or(("", value, ""), |(before, (part, behind))| (before, part, behind))
}

/// Another character of the same kind at a place.
pub(crate) fn spoiled(value: &str, at: usize, random: &mut Random) -> String {
    let other = |c: char, random: &mut Random| {
        let (base, size) = match c {
            '0'..='9' => (b'0', 10),
            'a'..='z' => (b'a', 26),
            'A'..='Z' => (b'A', 26),
            _ => return c,
        };
        let step = random.within(1, size - 1);
        char::from(base + ((c as u64 - u64::from(base) + step) % size) as u8)
    };
    value.chars().enumerate().map(|(place, c)| if place == at { other(c, random) } else { c }).collect()
}

/// A value of the same shape at random: what a number of another kind looks like.
pub(crate) fn alike(value: &str, random: &mut Random) -> String {
    let mut first = true;
    let mut one = |c: char| match c {
        '0'..='9' => {
            let alphabet = if std::mem::take(&mut first) { "123456789" } else { "0123456789" };
            random.of(alphabet, 1)
        }
        'A'..='Z' => random.of(LETTERS, 1),
        'a'..='z' => random.of(LETTERS, 1).to_lowercase(),
        other => other.to_string(),
    };
    value.chars().map(&mut one).collect()
}

/// Values until one is what it should be.
fn until(random: &mut Random, make: impl Fn(&mut Random) -> Option<String>) -> String {
    loop {
        if let Some(value) = make(random) {
            return value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_spoiling_keep_the_rest() {
        assert_eq!(written("123456789", "##-## "), "12-34 56789");
        assert_eq!(written("1234", "## ## ##"), "12 34");
        let mut random = Random::new(1);
        for _ in 0..100 {
            let other = spoiled("AB12", 3, &mut random);
            assert!(other.starts_with("AB1") && other != "AB12");
        }
    }
}
