//! What is told by how it is written, and by what is named beside it.

use super::Scan;
use crate::anchors::Firsts;
use crate::checks::person::in_words;
use crate::context::BEHIND;
use crate::entities::Hit;
use crate::form::LONGEST;
use crate::settings::Dated;
use crate::tables::{LISTED, LOOKS, WRITTEN, Written};
use crate::types::Confidence;
use crate::written::{Both, Extent, Glance, Window, Words};

/// How far before a digit the words may begin that it belongs to: its own, and three short ones.
const BACK: usize = LONGEST + 3 * 6;
/// How far behind a digit words are supposed to end.
const AHEAD: usize = 32;

impl Scan<'_, '_> {
    /// Values that are told by how they are written, in the words around the first digit at `at` of one. It may be sure enough
    /// alone, or where it is named, or neither.
    #[inline(never)]
    pub(super) fn written(&mut self, at: usize, Firsts { alone, named }: Firsts<bool>) {
        let named = named && self.may_be_named(at);
        if let Some(Dated { entity, is_sure }) = self.plan.dated
            && (named || is_sure)
            && let Some(span) = in_words(self.text, at)
        {
            self.accept(entity, Hit::new(span.start, span.end, Confidence::Possible));
        }
        if at < self.done.words || !alone && !named {
            return;
        }
        let done = self.done.words;
        let glance = Glance::at((self.text, self.words), at);
        let named = named && glance.may_be(&LOOKS);
        let alone = alone && glance.may_be(self.plan.looks_alone);
        self.done.words = glance.end;
        if alone || named {
            let extent = glance.extent(self.text, at);
            let alone = alone && self.plan.shapes_alone.least() <= extent.length;
            // What is read is dealt with wholly, the words behind this one too.
            let extent = if alone { Extent::UNKNOWN } else { extent };
            self.in_words(at, done, extent, Firsts { alone, named });
        }
    }

    /// The same in words without digits: they begin at capitals.
    pub(super) fn written_in_letters(&mut self, at: usize) {
        if at >= self.done.words {
            let named = self.may_be_named(at);
            self.in_words(at, self.done.words, Extent::UNKNOWN, Firsts { alone: true, named });
        }
    }

    /// The same in the words around `at`. `done` is up to where the row was dealt with before.
    #[inline(never)]
    fn in_words(&mut self, at: usize, done: usize, extent: Extent, Firsts { alone, named }: Firsts<bool>) {
        let is_named = named && self.is_named(at, extent);
        if !alone && !is_named {
            return;
        }
        let mut words = std::mem::take(&mut self.scratch.words);
        words.read((self.text, self.words), at, done);
        self.done.words = words.done();
        words.windows(&self.plan.shapes_alone, |window| {
            self.plan.alone.fitting(window, self.text).for_each(|row| self.hit(window, row));
        });
        if is_named || self.plan.in_context && words.end() > at + AHEAD {
            self.mentioned(&words);
        }
        self.scratch.words = words;
    }

    /// Whether something may be named nearby that is written in words which begin around `at` and end within [`AHEAD`].
    fn is_named(&mut self, at: usize, seen: Extent) -> bool {
        let words = at.saturating_sub(BACK)..at + AHEAD;
        let with = (&self.configured.keywords, &self.classes);
        let of = |entity: u32| *self.plan.in_context_of.get(entity as usize)?;
        let mut any = false;
        for mention in self.scratch.context.around(with, self.text, words) {
            let Some(least) = of(mention.entity) else { continue };
            if least.may_be_in(seen) {
                return true;
            }
            any = true;
        }
        if !any {
            self.done.unnamed = self.scratch.context.read_to();
        }
        false
    }

    /// Whether it is not known yet that nothing is.
    #[inline]
    pub(super) fn may_be_named(&self, at: usize) -> bool {
        self.plan.in_context && self.text.len().min(at + AHEAD + BEHIND) > self.done.unnamed
    }

    /// Looks for identifiers that the text around them names.
    fn mentioned(&mut self, words: &Words) {
        let mut context = std::mem::take(&mut self.scratch.context);
        let mut rows = std::mem::take(&mut self.scratch.rows);
        let mut named = std::mem::take(&mut self.scratch.named);
        let with = (&self.configured.keywords, &self.classes);
        let wanted = |number: &u32| self.plan.in_context_of.get(*number as usize).is_some_and(Option::is_some);
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
            words.windows(&shapes, |window| {
                rows.iter().filter(|row| window.fits(self.text, row)).for_each(|row| self.hit(window, row));
            });
        }
        rows.clear();
        (self.scratch.rows, self.scratch.named) = (rows, named);
    }

    fn hit(&mut self, window: &Window<'_>, row: &Written) {
        let alone = LISTED.get(row.entity as usize).map_or(Confidence::Possible, |entity| entity.alone());
        self.accept(row.entity, Hit::new(window.start, window.end, alone));
    }
}
