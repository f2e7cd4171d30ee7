//! What a treatment leaves of the values that it finds: their parts. See [`Part`](crate::policy::part::Part).

use std::ops::Range;

use crate::event::Finding;
use crate::policy::form::Found;

/// Where something was found in a value: start, end, entity.
type Place = (u32, u32, u32);

/// What treatments that keep parts find in one value, together with those that keep none.
#[derive(Debug, Default)]
pub(super) struct Spared {
    /// All findings of the value, whoever found them; sorted and each once by [`Spared::settle`].
    places: Vec<Place>,
    /// Of each of `places` how far those up to it reach.
    reach: Vec<u32>,
}

impl Spared {
    pub(super) fn clear(&mut self) {
        self.places.clear();
        self.reach.clear();
    }

    pub(super) fn add(&mut self, findings: &[Finding]) {
        self.places.extend(findings.iter().map(place));
    }

    /// Call it behind the last [`Spared::add`].
    pub(super) fn settle(&mut self) {
        self.places.sort_unstable();
        self.places.dedup();
        let reach = self.places.iter().scan(0, |reach, (_, end, _)| {
            *reach = (*reach).max(*end);
            Some(*reach)
        });
        self.reach.extend(reach);
    }

    /// What a treatment hides of a finding, in bytes of the value: all of it, or what stands before and behind the part that it
    /// keeps. INVARIANT: one more finding never shows more. A finding that another one overlaps keeps nothing, unless that is of the
    /// same entity at the same place.
    pub(super) fn hidden(&self, finding: &Finding, by: &Found, entities: &[String], value: &[u8]) -> [Range<u32>; 2] {
        let whole = [finding.start..finding.end, finding.end..finding.end];
        let part = || {
            let entity = entities.get(finding.entity as usize)?;
            let part = by.keep.get(entity).filter(|_| self.is_alone(finding))?;
            let found = value.get(finding.start as usize..finding.end as usize)?;
            part.of(entity, std::str::from_utf8(found).ok()?)
        };
        part().map_or(whole, |part| {
            let at = |place: usize| finding.start + place as u32;
            [finding.start..at(part.start), at(part.end)..finding.end]
        })
    }

    /// How far something that was found at a place of the value reaches.
    pub(super) fn end_of(&self, at: u32) -> Option<u32> {
        let before = self.places.partition_point(|(start, _, _)| *start <= at).checked_sub(1)?;
        self.reach.get(before).copied().filter(|end| *end > at)
    }

    fn is_alone(&self, finding: &Finding) -> bool {
        let Ok(at) = self.places.binary_search(&place(finding)) else { return false };
        let before =
            at.checked_sub(1).and_then(|before| self.reach.get(before)).is_none_or(|end| *end <= finding.start);
        before && self.places.get(at + 1).is_none_or(|(start, _, _)| *start >= finding.end)
    }
}

fn place(finding: &Finding) -> Place {
    (finding.start, finding.end, finding.entity)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::policy::part::Part;

    const VALUE: &str = "of anna.meier@example.de, 4111 1111 1111 1111";

    fn finding(start: u32, end: u32, entity: u32) -> Finding {
        Finding { column: 0, row: 0, start, end, entity, confidence: 3 }
    }

    /// What stays of the address, where these were found too.
    fn stays(others: &[Finding]) -> String {
        let entities = ["person.email", "payment.card", "person.name"].map(String::from);
        let by = Found { keep: BTreeMap::from([("person.email".into(), Part::Domain)]), ..Found::default() };
        let (address, mut spared) = (finding(3, 24, 0), Spared::default());
        spared.add(&[address]);
        spared.add(others);
        spared.settle();
        let hidden = spared.hidden(&address, &by, &entities, VALUE.as_bytes());
        let stays = (address.start..address.end).filter(|at| !hidden.iter().any(|range| range.contains(at)));
        stays.map(|at| char::from(VALUE.as_bytes()[at as usize])).collect()
    }

    #[test]
    fn a_part_stays_of_what_nothing_else_overlaps() {
        assert_eq!(stays(&[]), "@example.de");
        assert_eq!(stays(&[finding(26, 45, 1), finding(0, 3, 2), finding(24, 26, 2)]), "@example.de", "beside it");
        assert_eq!(stays(&[finding(3, 24, 0)]), "@example.de", "another treatment finds it, too");
        for other in [(3, 24, 2), (0, 45, 2), (3, 13, 2), (0, 4, 2), (23, 45, 2), (14, 24, 0), (5, 6, 1)] {
            let other = finding(other.0, other.1, other.2);
            assert_eq!(stays(&[other]), "", "{other:?}");
            assert_eq!(stays(&[finding(0, 1, 1), other, finding(44, 45, 1)]), "", "{other:?}");
        }
    }
}
