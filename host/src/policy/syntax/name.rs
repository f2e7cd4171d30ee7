//! The forms of names: `works-agreement`, `"id.email"`, `"id.*"`.

use super::notes::Form;
use super::problems::Problems;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Spanned, Text};

fn is_word(text: &str) -> bool {
    let ok = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && text.bytes().all(ok) && !text.starts_with('-') && !text.ends_with('-')
}

/// What a name should have looked like.
fn tidy(text: &str) -> String {
    let mut words = text.to_lowercase();
    words.retain(|c| c.is_ascii_alphanumeric() || "_- .*".contains(c));
    words.replace(['_', ' '], "-")
}

/// Checks a name that layers, rules, lists, laws, treatments and purposes have: small letters, digits, hyphens.
pub(super) fn simple<S: AsRef<str>>(name: &Spanned<S>, what: &str, p: &mut Problems<'_>) -> bool {
    let (name, span) = (name.value.as_ref(), name.span);
    p.note_form(span, || Form::Simple(what.to_owned()));
    let good = is_word(name);
    if !good {
        let mut problem = Diagnostic::error(
            "P0011",
            format!("{} is no name of {what}", p.quote(name)),
            span,
            "small letters, digits and hyphens",
        );
        let tidy = tidy(name).replace(['.', '*'], "-");
        if is_word(&tidy) {
            problem = problem.help(format!("write {}", p.quote(&tidy)));
        }
        p.push(problem);
    }
    good
}

/// Checks the names in a list; the good ones stay.
pub(super) fn simple_all(mut names: Vec<Text>, what: &str, p: &mut Problems<'_>) -> Vec<Text> {
    names.retain(|name| simple(name, what, p));
    names
}

/// Checks a reference of the form `layer.name`.
pub(super) fn reference<S: AsRef<str>>(name: &Spanned<S>, p: &mut Problems<'_>) -> bool {
    let (name, span) = (name.value.as_ref(), name.span);
    p.note_form(span, || Form::Reference);
    let good = name.split_once('.').is_some_and(|(layer, rule)| is_word(layer) && is_word(rule));
    if !good {
        let message = format!("{} does not say which layer is meant", p.quote(name));
        p.push(Diagnostic::error("P0011", message, span, "").help("write `layer.name`, for example `eu.time`"));
    }
    good
}

/// Whether a text has the form of a category or kind, or of a family where that is allowed.
pub(super) fn is_dotted(text: &str, family: bool) -> bool {
    let stem = text.strip_suffix(".*").filter(|_| family);
    stem.is_some_and(|stem| stem.split('.').all(is_word)) || (text.contains('.') && text.split('.').all(is_word))
}

/// Checks the name of a category or kind; `family` allows `id.*`.
pub(super) fn dotted<S: AsRef<str>>(name: &Spanned<S>, what: &str, family: bool, p: &mut Problems<'_>) -> bool {
    let (name, span) = (name.value.as_ref(), name.span);
    p.note_form(span, || Form::Dotted(what.to_owned(), family));
    let good = is_dotted(name, family);
    if !good {
        let message = format!("{} is no name of a {what}", p.quote(name));
        let problem = Diagnostic::error("P0151", message, span, "");
        let tidied = tidy(name);
        let stem = tidied.trim_end_matches(['*', '.']);
        let help = if !family && name.ends_with('*') {
            format!("name one {what}, no family")
        } else if family && is_word(stem) {
            format!("a whole family is written \"{stem}.*\"")
        } else if name != tidied && is_dotted(&tidied, family) {
            format!("write \"{tidied}\"")
        } else {
            format!("a {what} is written \"group.name\": small letters, digits, hyphens, a dot between")
        };
        p.push(if p.quote(name) == "`…`" { problem } else { problem.help(help) });
    }
    good
}

/// Checks the names in a list; the good ones stay.
pub(super) fn dotted_all(mut names: Vec<Text>, what: &str, family: bool, p: &mut Problems<'_>) -> Vec<Text> {
    names.retain(|name| dotted(name, what, family, p));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_hyphens_and_families_end_in_a_star() {
        for good in ["id.email", "content.mail-subject", "a.b.c", "special.sex-life"] {
            assert!(is_dotted(good, false), "{good}");
        }
        for family in ["id.*", "content.mail.*"] {
            assert!(is_dotted(family, true) && !is_dotted(family, false), "{family}");
        }
        for bad in ["id", "id.", ".email", "id.Email", "id.e_mail", "id*", "*", ".*", "", "id.email ", "id.*.x"] {
            assert!(!is_dotted(bad, true), "{bad}");
        }
    }
}
