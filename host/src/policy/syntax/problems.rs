//! Collects what is wrong with one file, and words it.

use std::ops::Range;

use super::Bundle;
use super::notes::{Form, Kind, Node, Notes};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{FileId, Span, Spanned};

/// Longest piece of a file that a message repeats, in characters.
const QUOTED: usize = 60;

/// Most diagnostics of one file. Who made that many will mend some before reading on.
const MOST: usize = 1000;

/// The diagnostics of one file.
pub(crate) struct Problems<'a> {
    bundle: &'a Bundle,
    file: FileId,
    out: &'a mut Vec<Diagnostic>,
    /// How many diagnostics of other files are in `out`.
    others: usize,
    /// Lines that are no TOML. What was read from them is guesswork and not reported on.
    damaged: Vec<Range<u32>>,
    /// What is asked for, where somebody wants to know.
    notes: Option<&'a Notes>,
}

impl<'a> Problems<'a> {
    pub(crate) fn new(bundle: &'a Bundle, file: FileId, out: &'a mut Vec<Diagnostic>) -> Self {
        Self { bundle, file, others: out.len(), out, damaged: Vec::new(), notes: None }
    }

    /// Notes what is asked for.
    pub(crate) fn noting(self, notes: Option<&'a Notes>) -> Self {
        Self { notes, ..self }
    }

    /// Notes something; the answer is of no account where nothing is noted.
    pub(crate) fn note<T: Default>(&self, note: impl FnOnce(&Notes) -> T) -> T {
        self.notes.map_or_else(T::default, note)
    }

    /// Notes as what a value is read.
    pub(crate) fn note_kind(&self, node: Node, kind: impl FnOnce() -> Kind) {
        self.note(|notes| notes.kind(node, kind()));
    }

    /// Notes what form a text or a key has to have.
    pub(crate) fn note_form(&self, span: Span, form: impl FnOnce() -> Form) {
        self.note(|notes| notes.form(span, form()));
    }

    /// The text of the file.
    pub(crate) fn source(&self) -> &'a str {
        self.bundle.text(self.file)
    }

    /// A place in the file. Moved to the file's bounds and to character boundaries, whoever reported it.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        let text = self.source();
        let start = text.floor_char_boundary(range.start);
        let end = text.ceil_char_boundary(range.end.clamp(start, text.len()));
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { file: self.file, start: narrow(start), end: narrow(end) }
    }

    /// The place of a part of a value.
    pub(crate) fn within<S: AsRef<str>>(&self, text: &Spanned<S>, part: Range<usize>) -> Span {
        self.bundle.within(text, part)
    }

    /// Reports a problem.
    pub(crate) fn push(&mut self, problem: Diagnostic) {
        let damaged = |span: &Span| self.damaged.iter().any(|line| span.start < line.end && line.start < span.end);
        if self.room() && !problem.labels.iter().any(|(span, _)| damaged(span)) {
            self.out.push(problem);
        }
    }

    /// Reports a problem of the text and keeps silent on what else is wrong in its line.
    pub(crate) fn push_damage(&mut self, problem: Diagnostic) {
        let text = self.source();
        if let Some((span, _)) = problem.labels.first() {
            let start = text[..span.start as usize].rfind('\n').map_or(0, |n| n + 1);
            let end = text[span.end as usize..].find('\n').map_or(text.len(), |n| span.end as usize + n);
            let line = self.span(start..end);
            self.damaged.push(line.start..line.end);
        }
        if self.room() {
            self.out.push(problem);
        }
    }

    fn room(&self) -> bool {
        self.out.len() - self.others < MOST
    }

    /// Puts what was found in the order of the file.
    pub(crate) fn finish(self) {
        self.out[self.others..].sort_by_key(|problem| problem.labels.first().map(|(span, _)| span.start));
    }

    /// What the file says, for a message: in backticks, on one line, not too long. Nothing of a sealed file.
    pub(crate) fn quote(&self, text: &str) -> String {
        if self.bundle.is_sealed(self.file) {
            return "`…`".to_owned();
        }
        let mut quoted = String::from("`");
        for (n, c) in text.chars().enumerate() {
            if n == QUOTED {
                quoted.push('…');
                break;
            }
            quoted.push(match c {
                '`' => '\'',
                c if c.is_control() => '�',
                c => c,
            });
        }
        quoted.push('`');
        quoted
    }
}

/// The words that are allowed, for a message: `` `a`, `b` or `c` ``.
pub(crate) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|w| format!("`{w}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// The known word that was probably meant.
pub(crate) fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let fold = |s: &str| -> String {
        s.chars().take(64).map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect()
    };
    let word = fold(word);
    let known = known.into_iter().map(|k| (strsim::osa_distance(&word, &fold(k)), k));
    known.filter(|(d, k)| *d <= k.len().max(word.len()) / 3).min_by_key(|(d, _)| *d).map(|(_, k)| k)
}

/// Help for a word that is not known.
pub(crate) fn meant(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Allowed: {}", one_of(known)),
        None => format!("allowed: {}", one_of(known)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let known = ["because", "cite", "when", "at-most", "in-force"];
        assert_eq!(nearest("becuase", known), Some("because"));
        assert_eq!(nearest("in_force", known), Some("in-force"));
        assert_eq!(nearest("At-Most", known), Some("at-most"));
        assert_eq!(nearest("retention", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn quotes_are_short_and_show_nothing_of_sealed_files() {
        let mut bundle = Bundle::new();
        let (open, sealed) = (bundle.add("a", ""), bundle.add_sealed("b", ""));
        let mut out = Vec::new();
        assert_eq!(Problems::new(&bundle, open, &mut out).quote("a`\u{1b}[31m"), "`a'�[31m`");
        assert_eq!(Problems::new(&bundle, open, &mut out).quote(&"x".repeat(100)).chars().count(), QUOTED + 3);
        assert_eq!(Problems::new(&bundle, sealed, &mut out).quote("word"), "`…`");
    }

    #[test]
    fn words_are_listed_as_one_says_them() {
        assert_eq!(one_of(&["a"]), "`a`");
        assert_eq!(one_of(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
