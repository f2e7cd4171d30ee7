//! What is made of a hit: how sure it is where it stands, whether it is wanted, and which of several stay.

use super::{Scan, Scratch};
use crate::check::{byte, run_back};
use crate::entities::Hit;
use crate::examples::is_example;
use crate::tables::LISTED;
use crate::types::{Confidence, Finding};

impl Scan<'_, '_> {
    /// Weighs a hit by what stands around it and keeps it when it is sure enough: whether it does. What is left out, as an
    /// exception too, hides nothing, so that nothing may be passed over for it.
    pub(super) fn accept(&mut self, number: u32, mut hit: Hit) -> bool {
        let text = self.text;
        let Some(span) = text.get(hit.start..hit.end).filter(|span| !span.is_empty()) else { return false };
        if span.first().is_some_and(|&b| b & 0xc0 == 0x80) || byte(text, hit.end) & 0xc0 == 0x80 {
            return false;
        }
        let against = LISTED.get(number as usize).map_or(&[][..], |entity| entity.against);
        let opposed =
            hit.confidence < Confidence::Certain && !against.is_empty() && named_before(text, hit.start, against);
        if opposed {
            hit.confidence = Confidence::Possible;
        }
        if self.plan.hinted.get(number as usize) == Some(&true) {
            hit.confidence = hit.confidence.lifted();
        } else if hit.confidence == Confidence::Possible && !opposed && self.plan.threshold <= Confidence::Likely {
            let Scratch { context, .. } = &mut *self.scratch;
            let with = (&self.configured.keywords, &self.classes);
            if context.names(with, text, number, hit.start..hit.end) {
                hit.confidence = Confidence::Likely;
            }
        }
        if hit.confidence < self.plan.threshold {
            return false;
        }
        if !self.plan.except.is_empty() {
            let shown = String::from_utf8_lossy(span);
            if self.plan.except.iter().any(|glob| glob.matches(&shown)) {
                return false;
            }
        }
        if !self.plan.examples && is_example(number, span) {
            return false;
        }
        self.push(Finding {
            column: self.number,
            row: self.row,
            start: hit.start as u32,
            end: hit.end as u32,
            entity: number,
            confidence: hit.confidence as u32,
        });
        if hit.confidence >= Confidence::Likely {
            self.scratch.claims.push((hit.start, hit.end));
        }
        true
    }

    /// Adds a finding. Of several forms of an entity that fit one value the longest says all, unless a shorter one is surer.
    fn push(&mut self, new: Finding) {
        let within = |inner: &Finding, outer: &Finding| {
            (outer.start..=outer.end).contains(&inner.start)
                && inner.end <= outer.end
                && inner.confidence <= outer.confidence
        };
        let last = self.out.len().saturating_sub(8);
        let last = self.out.get_mut(last..).unwrap_or_default().iter_mut();
        let mut of_value = last
            .filter(|old| (old.column, old.row, old.entity) == (new.column, new.row, new.entity))
            .filter(|old| within(old, &new) || within(&new, old));
        match of_value.next() {
            Some(old) if within(old, &new) => *old = new,
            Some(_) => {}
            None => self.out.push(new),
        }
    }
}

/// Whether one of these words stands right before `start`, perhaps with `no` or `is` between them: `invoice_no=`, `order is`.
fn named_before(text: &[u8], start: usize, words: &[&str]) -> bool {
    const LINKS: [&str; 12] = ["no", "nr", "num", "number", "id", "nummer", "is", "est", "es", "è", "ist", "lautet"];
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
    let within = |list: &[&str], word: &[u8]| list.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(word));
    let mut end = start;
    for _ in 0..2 {
        end = run_back(text, end, 4, |b| !letter(b));
        let begin = run_back(text, end, 24, letter);
        let word = text.get(begin..end).unwrap_or_default();
        if word.is_empty() || within(words, word) {
            return !word.is_empty();
        }
        end = match word.iter().rposition(|b| *b == b'_') {
            // `ticket_id`
            Some(joint) if within(&LINKS, word.get(joint + 1..).unwrap_or_default()) => {
                let name = word.get(..joint).unwrap_or_default();
                return within(words, name.rsplit(|b| *b == b'_').next().unwrap_or_default());
            }
            None if within(&LINKS, word) => begin,
            _ => return false,
        };
    }
    false
}
