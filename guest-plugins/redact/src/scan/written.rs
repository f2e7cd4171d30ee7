//! What is told by how it is written, and by what is named beside it.

use super::Scan;
use crate::check::byte;
use crate::context::BEHIND;
use crate::entities::Hit;
use crate::form::LONGEST;
use crate::tables::{LISTED, LOOKS, WRITTEN, Written};
use crate::types::Confidence;
use crate::written::{Both, Glance, Window, Words};

/// How far before a digit the words may begin that it belongs to: its own, and three short ones.
const BACK: usize = LONGEST + 3 * 6;
/// How far behind a digit words are supposed to end.
const AHEAD: usize = 32;

impl Scan<'_, '_> {
    /// Values that are told by how they are written, in the words around the digit at `at`.
    pub(super) fn written(&mut self, at: usize) {
        if at < self.done.words {
            return;
        }
        let done = self.done.words;
        let (mut is_alone, mut may_be_named) = (true, self.plan.in_context);
        // What has no digits begins at capitals.
        if byte(self.text, at).is_ascii_digit() {
            let glance = Glance::at((self.text, self.words), at);
            may_be_named = may_be_named && !self.is_unnamed(at) && glance.may_be(&LOOKS);
            is_alone = glance.may_be(self.plan.looks_alone);
            self.done.words = glance.end;
        }
        let is_named = may_be_named && self.is_named(at);
        if !is_named && !is_alone {
            return;
        }
        let mut words = std::mem::take(&mut self.scratch.words);
        words.read((self.text, self.words), at, done);
        self.done.words = words.done();
        words.windows(&self.plan.shapes_alone, |window| {
            self.plan.alone.of(window.length).for_each(|row| self.fit(window, row));
        });
        if is_named || self.plan.in_context && words.end() > at + AHEAD {
            self.mentioned(&words);
        }
        self.scratch.words = words;
    }

    /// Whether something may be named nearby that is written in words which begin around `at` and end within [`AHEAD`].
    fn is_named(&mut self, at: usize) -> bool {
        let words = at.saturating_sub(BACK)..at + AHEAD;
        let with = (&self.configured.keywords, &self.classes);
        let mut mentions = self.scratch.context.around(with, self.text, words).iter();
        let is_named = mentions.any(|mention| self.plan.in_context_of.get(mention.entity as usize) == Some(&true));
        if !is_named {
            self.done.unnamed = self.scratch.context.read_to();
        }
        is_named
    }

    /// Whether it is known already that nothing is.
    fn is_unnamed(&self, at: usize) -> bool {
        self.text.len().min(at + AHEAD + BEHIND) <= self.done.unnamed
    }

    /// Looks for identifiers that the text around them names.
    fn mentioned(&mut self, words: &Words) {
        let mut context = std::mem::take(&mut self.scratch.context);
        let mut rows = std::mem::take(&mut self.scratch.rows);
        let mut named = std::mem::take(&mut self.scratch.named);
        let with = (&self.configured.keywords, &self.classes);
        let wanted = |number: &u32| self.plan.in_context_of.get(*number as usize) == Some(&true);
        let mentions = context.around(with, self.text, words.start()..words.end()).iter();
        mentions.map(|mention| mention.entity).filter(wanted).for_each(|entity| named.insert(entity));
        self.scratch.context = context;
        let mut shapes = Both::default();
        for entity in named.drain().filter_map(|number| LISTED.get(number as usize)) {
            let forms = WRITTEN.get(entity.forms.clone()).unwrap_or_default();
            rows.extend(forms);
            forms.iter().for_each(|row| shapes.add(&row.form));
        }
        if !rows.is_empty() {
            words.windows(&shapes, |window| rows.iter().for_each(|row| self.fit(window, row)));
        }
        rows.clear();
        (self.scratch.rows, self.scratch.named) = (rows, named);
    }

    #[inline]
    fn fit(&mut self, window: &Window<'_>, row: &Written) {
        if window.fits(self.text, row) {
            let alone = LISTED.get(row.entity as usize).map_or(Confidence::Possible, |entity| entity.alone());
            self.accept(row.entity, Hit::new(window.start, window.end, alone));
        }
    }
}
