//! Every code of a diagnostic, for `tamis check --explain P0012`.
//!
//! The first two digits name the topic: 00 the text itself, 01 words and rules, 02 schema maps, 03 retention and
//! constraints, 04 evidence and gates, 05 entities and lists, 06 tests. Within a topic, numbers from 50 on are
//! about the shape of one file (found here), those below about meaning (found by `compile` and by `tamis check`). Numbers are
//! never used again for something else.

mod meaning;
mod shape;

use std::fmt;

/// What a code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The code, `P0012`.
    pub code: &'static str,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Why that is wrong and what to do.
    pub explanation: &'static str,
    /// The mistake, as a file would show it.
    pub example: &'static str,
    /// The same, mended.
    pub mended: &'static str,
}

/// The explanation of a code.
///
/// ```
/// use tamis::policy::syntax::codes;
/// assert_eq!(codes::find("P0012").map(|c| c.title), Some("a dotted name without quotes"));
/// assert!(codes::find("P9999").is_none());
/// ```
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    all().find(|known| known.code == code)
}

/// Every code that a policy can be told: first those about the shape of a file, then those about meaning, each in
/// ascending order.
pub fn all() -> impl Iterator<Item = &'static Code> {
    shape::SHAPE.iter().chain(meaning::MEANING)
}

impl fmt::Display for Code {
    /// Title, explanation in lines of at most 100 characters, the mistake, and how it is mended.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}\n", self.code, self.title)?;
        let mut column = 0;
        for word in self.explanation.split(' ') {
            let width = word.chars().count();
            if column > 0 && column + 1 + width > 100 {
                writeln!(f)?;
                column = 0;
            }
            let blank = if column > 0 { " " } else { "" };
            write!(f, "{blank}{word}")?;
            column += blank.len() + width;
        }
        writeln!(f)?;
        for (title, text) in [("Wrong", self.example), ("Right", self.mended)] {
            writeln!(f, "\n{title}:\n")?;
            for line in text.lines() {
                writeln!(f, "{}", format!("    {line}").trim_end())?;
            }
        }
        Ok(())
    }
}

const fn code(
    code: &'static str,
    title: &'static str,
    explanation: &'static str,
    example: &'static str,
    mended: &'static str,
) -> Code {
    Code { code, title, explanation, example, mended }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_has_short_lines_the_mistake_and_how_to_mend_it() {
        let text = find("P0012").expect("known").to_string();
        assert!(
            text.starts_with("P0012: a dotted name without quotes\n\n")
                && text.ends_with(
                    "\nWrong:\n\n    [rule.people]\n    id.email = \"drop\"\n\nRight:\n\n    [rule.people]\n    \"id.email\" = \"drop\"\n"
                )
        );
        assert!(all().all(|code| !code.example.is_empty() && !code.mended.is_empty() && code.mended != code.example));
        assert!(all().all(|code| code.to_string().lines().all(|line| line.chars().count() <= 100)));
    }
}
