//! What is made of a hit: how sure it is where it stands, whether it is wanted, and which of several stay.

use super::Scan;
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
        let opposed = match named_before(text, hit.start, against) {
            _ if hit.confidence == Confidence::Certain => false,
            // A word and a link speak of the next number that comes along, not of one that says itself what it is.
            Some(Near::Linked) => !span.starts_with(b"+") && !span.starts_with(b"00") && !self.is_told(number, &hit),
            near => near.is_some(),
        };
        if opposed {
            hit.confidence = Confidence::Possible;
        }
        if self.plan.hinted.get(number as usize) == Some(&true) {
            hit.confidence = hit.confidence.lifted();
        } else if hit.confidence == Confidence::Possible
            && !opposed
            && self.plan.threshold <= Confidence::Likely
            && self.is_told(number, &hit)
        {
            hit.confidence = Confidence::Likely;
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

    /// Whether a keyword of an entity stands near a hit.
    fn is_told(&mut self, number: u32, hit: &Hit) -> bool {
        let with = (&self.configured.keywords, &self.classes);
        self.scratch.context.names(with, self.text, number, hit.start..hit.end)
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

/// How a word stands before a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Near {
    /// Right before it, or as a name with its number: `order`, `invoice_no=`.
    Right,
    /// With `no` or `is` between them: `the order is`.
    Linked,
}

/// How one of these words stands before `start`.
fn named_before(text: &[u8], start: usize, words: &[&str]) -> Option<Near> {
    if words.is_empty() {
        return None;
    }
    const LINKS: [&str; 12] = ["no", "nr", "num", "number", "id", "nummer", "is", "est", "es", "è", "ist", "lautet"];
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
    let within = |list: &[&str], word: &[u8]| list.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(word));
    let mut end = start;
    for near in [Near::Right, Near::Linked] {
        end = run_back(text, end, 4, |b| !letter(b));
        let begin = run_back(text, end, 24, letter);
        let word = text.get(begin..end).unwrap_or_default();
        if word.is_empty() || within(words, word) {
            return (!word.is_empty()).then_some(near);
        }
        end = match word.iter().rposition(|b| *b == b'_') {
            // `ticket_id`
            Some(joint) if within(&LINKS, word.get(joint + 1..).unwrap_or_default()) => {
                let name = word.get(..joint).unwrap_or_default();
                return within(words, name.rsplit(|b| *b == b'_').next().unwrap_or_default()).then_some(near);
            }
            None if within(&LINKS, word) => begin,
            _ => return None,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::tests::{found, texts};

    #[test]
    fn what_is_linked_to_a_number_does_not_speak_against_what_says_what_it_is() {
        for (entity, text, value) in [
            ("person.phone", "The phone number for this order is +1 212 736 5000, please call", "+1 212 736 5000"),
            ("person.phone", "phone for order no +49 170 1234567", "+49 170 1234567"),
            ("person.phone", "the invoice number is +49 170 1234567", "+49 170 1234567"),
            ("national.us.ssn", "customer's SSN for the invoice is 536-22-1234", "536-22-1234"),
            ("person.phone", "call me, my mobile for the ticket id is 0170 1234567", "0170 1234567"),
            ("person.phone", "Telefon zur Bestellung Nr. 0170 1234567", "0170 1234567"),
            ("person.phone", "tel: +4 9 1 7 0 1 2 3 4 5 6 7", "+4 9 1 7 0 1 2 3 4 5 6 7"),
            ("person.phone", "+49 1 7 0 1 2 3 4 5 6 7 8", "+49 1 7 0 1 2 3 4 5 6 7 8"),
            ("secret.password", "POST user=anna&password=Sommer#2026 ok", "Sommer#2026"),
            ("secret.password", "jdbc:mysql://h/db?user=a&password=Geheim#99x", "Geheim#99x"),
            ("secret.password", "password=%3Cx9!geheim7", "%3Cx9!geheim7"),
            ("secret.password", "https://h/?sid=AB12345678&x", "AB12345678"),
        ] {
            assert!(texts(entity, text).contains(&value), "{text}: {:?}", texts(entity, text));
        }
        assert_eq!(texts("secret.password", "https://h/?password=%3Cyour-password%3E"), [""; 0]);
        assert_eq!(texts("person.phone", "the order is 0170 1234567"), [""; 0]);
    }

    /// The guard looks for what is certain only.
    #[test]
    fn an_ending_makes_an_address_no_less_certain() {
        for text in ["anna.meier@example.de.bak", "anna.meier@example.de.old", "anna@firma.de.zentrale"] {
            assert_eq!(found("person.email", "certain", &[], text).len(), 1, "{text}");
        }
    }
}
