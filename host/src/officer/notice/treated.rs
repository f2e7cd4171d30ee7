//! What is done to a value, in one word.

use super::super::phrase::Lang;
use super::words::Word;
use crate::policy::form::{Code, End, Form};

/// What a notice says of a value, from the most that is shown to the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Treated {
    /// It leaves as it came.
    Whole,
    /// A coarser value of the same type leaves, or its beginning.
    Shortened,
    /// Parts of it are hidden, if there are such parts.
    PartlyHidden,
    /// A code stands in its place.
    Code,
    /// A label stands in its place.
    Hidden,
    /// A constant of the policy stands in its place.
    Constant,
    /// It does not leave.
    Never,
    /// It should not have been collected, and does not leave.
    Forbidden,
}

impl Treated {
    /// The word for a form.
    pub fn of(form: &Form) -> Self {
        match form.end {
            End::Forbid => Treated::Forbidden,
            _ if !form.leaves() => Treated::Never,
            End::Replace(_) => Treated::Constant,
            _ if form.code != Code::Clear => Treated::Code,
            _ if form.hide.whole.is_some() => Treated::Hidden,
            _ if !form.rungs.is_empty() || form.hide.text.is_some() => Treated::Shortened,
            _ if form.is_clear() => Treated::Whole,
            _ => Treated::PartlyHidden,
        }
    }

    /// Whether something of the value, or in its place, leaves.
    pub fn leaves(self) -> bool {
        self < Treated::Never
    }

    /// Whether something of the value itself may be read.
    pub fn shows(self) -> bool {
        self < Treated::Code
    }

    /// In a language.
    pub fn text(self, lang: Lang) -> &'static str {
        let word = match self {
            Treated::Whole => Word::Whole,
            Treated::Shortened => Word::Shortened,
            Treated::PartlyHidden => Word::PartlyHidden,
            Treated::Code => Word::ByCode,
            Treated::Hidden => Word::Hidden,
            Treated::Constant => Word::ByConstant,
            Treated::Never => Word::NeverPassed,
            Treated::Forbidden => Word::NeverCollected,
        };
        word.text(lang)
    }
}
