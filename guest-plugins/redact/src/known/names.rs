//! The parts of the names of one event, and what they come to in a text.
//!
//! Parts are sorted. At the beginning of a word the range of those that begin with its letters is narrowed letter by letter, so
//! that the work at a word hangs on the length of the longest part, and not on how many there are.

use std::cell::Cell;
use std::ops::Range;

use super::fold::{self, Character, Kind, MOST_MARKS, Reader, is_edge};
use super::{LONGEST_WORD, person, roles};
use crate::check::{byte, run};
use crate::entities::Hit;
use crate::types::Confidence;

/// Letters that are looked for, at least.
const LEAST: usize = 4;
/// Letters of a name of several parts without a sign between them, at least.
const LEAST_OF_SEVERAL: usize = 5;
/// Letters of a word in which a sign may stand, at least.
const LEAST_PARTED: usize = 6;
/// Digits that name somebody, at least.
const LEAST_DIGITS: usize = 6;
/// Parts that are tried in a text, at most, and how many more for each of its bytes.
const TRIES: usize = 4096;
const TRIES_PER_BYTE: usize = 4;
/// Signs between the parts of a name, at most; a tag of HTML is one.
const MOST_SIGNS: usize = 3;
/// Bytes of such a tag, at most.
const LONGEST_TAG: usize = 40;
/// Letters of a name in the middle that the event does not say, at most.
const LONGEST_MIDDLE: usize = 20;

/// Those whom one event names.
#[derive(Debug, Default)]
pub(super) struct Names {
    people: Vec<Person>,
    parts: Vec<Part>,
    /// Parts of names by their letters: numbers in `parts`.
    sorted: Vec<u32>,
    letters: Vec<u8>,
    /// How many parts may still be tried in a text.
    left: Cell<usize>,
}

#[derive(Debug)]
struct Person {
    /// In `parts`.
    parts: Range<usize>,
    /// Words of the domain, in `parts`.
    domain: Range<usize>,
}

#[derive(Debug)]
struct Part {
    letters: Range<usize>,
    /// Characters.
    weight: usize,
    person: u32,
}

impl Names {
    /// Takes the names of these values in place of those it has.
    pub(super) fn read<'v>(&mut self, values: impl Iterator<Item = &'v [u8]>) {
        self.people.clear();
        self.parts.clear();
        self.sorted.clear();
        self.letters.clear();
        for value in values {
            let value = String::from_utf8_lossy(value);
            person::names(&value, &mut |name, domain| self.name(name, domain));
        }
        let Names { people, parts, sorted, letters, .. } = self;
        sorted.extend(people.iter().flat_map(|person| person.parts.clone()).map(|number| number as u32));
        let key = |number: &u32| {
            let part = parts.get(*number as usize);
            (part.and_then(|part| letters.get(part.letters.clone())).unwrap_or_default(), *number)
        };
        sorted.sort_unstable_by(|one, other| key(one).cmp(&key(other)));
    }

    /// Begins with a text of so many bytes.
    pub(super) fn begin(&self, bytes: usize) {
        self.left.set(TRIES + bytes * TRIES_PER_BYTE);
    }

    /// Whether a text is made so that it would take too long: it was not looked through to its end.
    pub(super) fn has_given_up(&self) -> bool {
        self.left.get() == 0
    }

    /// Adds a name; one of several parts once more without the digits it ends with: `anna.meier2`.
    fn name(&mut self, name: &str, domain: &str) {
        let parts = self.person(name, domain);
        let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
        if parts > 1 && bare.len() < name.len() && bare.ends_with(char::is_alphabetic) {
            self.person(bare, domain);
        }
    }

    /// Adds it as it is; how many parts it has.
    fn person(&mut self, name: &str, domain: &str) -> usize {
        let (person, first) = (self.people.len() as u32, self.parts.len());
        // Longer ones are numbers.
        person::parts(name, |part| {
            if part.len() <= LONGEST_WORD {
                self.part(part, person);
            }
        });
        let behind = self.parts.len();
        person::words(domain, |word| self.part(word, person));
        self.people.push(Person { parts: first..behind, domain: behind..self.parts.len() });
        behind - first
    }

    fn part(&mut self, word: &str, person: u32) {
        let start = self.letters.len();
        let weight = fold::fold(word, &mut self.letters);
        if self.letters.len() > start {
            self.parts.push(Part { letters: start..self.letters.len(), weight, person });
        }
    }

    fn letters_of(&self, part: &Part) -> &[u8] {
        self.letters.get(part.letters.clone()).unwrap_or_default()
    }

    fn part_at(&self, number: usize) -> Option<&Part> {
        self.parts.get(number)
    }

    /// What is found at the beginning of a word: the longest that is likely, or else what is possible.
    #[inline(never)]
    pub(super) fn at(&self, text: &[u8], at: usize, hits: &mut Vec<Hit>) {
        let mut best: Option<Hit> = None;
        let better =
            |hit: &Hit, best: &Hit| (hit.confidence, hit.end - hit.start) > (best.confidence, best.end - best.start);
        let mut take = |hit: Hit| {
            if best.as_ref().is_none_or(|best| better(&hit, best)) {
                best = Some(hit);
            }
        };
        for parted in [false, true] {
            self.narrow(text, at, parted, |number, reader| {
                let Some(part) = self.part_at(number) else { return };
                let person = self.people.get(part.person as usize);
                let hit = person.and_then(|person| self.hit(text, (person, number), at, reader, parted));
                hit.into_iter().for_each(&mut take);
            });
        }
        hits.extend(best);
    }

    /// Calls `each` with every part that the letters at `at` begin with, and where they end. With `parted` there has to be one sign, or
    /// two, between them.
    fn narrow<'t>(&self, text: &'t [u8], at: usize, parted: bool, mut each: impl FnMut(usize, Reader<'t>)) {
        let mut range = self.sorted.as_slice();
        let mut reader = Reader::new(text, at);
        // How many letters and signs were read, and how many of the letters before the signs.
        let (mut depth, mut signs, mut before) = (0, 0, 0);
        let letter = |number: &u32, depth: usize| {
            let part = self.part_at(*number as usize);
            part.and_then(|part| self.letters_of(part).get(depth)).copied()
        };
        while !range.is_empty() {
            let Some(next) = reader.next() else {
                if !parted || signs == 2 || signs > 0 && depth > before || reader.at >= text.len() {
                    return;
                }
                (signs, before) = (signs + 1, depth);
                reader.at = Character::at(text, reader.at).end;
                continue;
            };
            let from = range.partition_point(|number| letter(number, depth) < Some(next));
            let to = range.partition_point(|number| letter(number, depth) <= Some(next));
            range = range.get(from..to).unwrap_or_default();
            depth += 1;
            if !reader.is_between() || parted && signs == 0 {
                continue;
            }
            for number in range.iter().take_while(|number| letter(number, depth).is_none()) {
                each(*number as usize, reader);
            }
        }
    }

    /// What a part of a person that was read at `at` comes to.
    fn hit(
        &self,
        text: &[u8],
        (person, number): (&Person, usize),
        at: usize,
        reader: Reader<'_>,
        parted: bool,
    ) -> Option<Hit> {
        let part = self.part_at(number)?;
        let alone = person.parts.len() == 1;
        if parted {
            let is_likely = alone && part.weight >= LEAST_PARTED && self.counts(part);
            return end_of(text, reader).filter(|_| is_likely).map(|end| Hit::new(at, end, Confidence::Likely));
        }
        if alone {
            let end = end_of(text, reader)?;
            if let Some(end) = self.domain(text, person, end) {
                return (!self.is_role(part)).then(|| Hit::new(at, end, Confidence::Likely));
            }
            return (part.weight >= LEAST && self.counts(part)).then(|| Hit::new(at, end, Confidence::Likely));
        }
        let several = self.several(text, person, (number, at), reader);
        several.map(|end| Hit::new(at, end, Confidence::Likely)).or_else(|| {
            let end = end_of(text, reader)?;
            if part.weight < LEAST - 1 || !self.counts(part) {
                return None;
            }
            let initial = self.initial(text, person, number, (at, end));
            let alone = (part.weight >= LEAST).then(|| Hit::new(at, end, Confidence::Possible));
            initial.map(|(start, end)| Hit::new(start, end, Confidence::Likely)).or(alone)
        })
    }

    /// Whether a part may stand alone.
    fn counts(&self, part: &Part) -> bool {
        let is_number = self.letters_of(part).iter().all(u8::is_ascii_digit);
        !self.is_role(part) && (!is_number || part.weight >= LEAST_DIGITS)
    }

    fn is_role(&self, part: &Part) -> bool {
        roles::is_role(self.letters_of(part))
    }

    /// Where several parts of a person end, the first of which was read from `at` on.
    fn several(&self, text: &[u8], person: &Person, (first, at): (usize, usize), reader: Reader<'_>) -> Option<usize> {
        let mut used = 1_u32 << (first - person.parts.start);
        let first = self.part_at(first)?;
        let (mut weight, mut names_person, mut count) = (first.weight, self.counts(first), 1);
        let mut reader = reader;
        let (mut end, mut may_skip) = (None, true);
        let mut behind_middle = |used: u32, reader: Reader<'_>| {
            let at = end_of(text, reader).and_then(|end| middle(text, end)).filter(|_| may_skip)?;
            may_skip = false;
            self.part_from(text, person, used, at)
        };
        while let Some((number, next)) =
            self.next_part(text, person, used, reader).or_else(|| behind_middle(used, reader))
        {
            let part = self.part_at(number)?;
            used |= 1 << (number - person.parts.start);
            weight += part.weight;
            names_person |= self.counts(part);
            count += 1;
            reader = next;
            end = end_of(text, reader).or_else(|| genitive(text, reader)).or(end);
        }
        let end = end?;
        // `Li Wu`; `liwu` may be part of anything.
        let parted = text.get(at..end).is_some_and(|name| !name.iter().all(u8::is_ascii_alphanumeric));
        let least = if parted { LEAST } else { LEAST_OF_SEVERAL };
        if !names_person || weight < least {
            return None;
        }
        let is_all = count == person.parts.len();
        Some(if is_all { self.domain(text, person, end).unwrap_or(end) } else { end })
    }

    /// The next part of a person behind one that was read, signs between them or not.
    fn next_part<'t>(
        &self,
        text: &'t [u8],
        person: &Person,
        used: u32,
        reader: Reader<'t>,
    ) -> Option<(usize, Reader<'t>)> {
        ends(reader).find_map(|reader| self.part_from(text, person, used, signs(text, reader.at)))
    }

    /// The longest of the other parts of a person that is read from `at` on, so that what follows is no rest of it.
    fn part_from<'t>(&self, text: &'t [u8], person: &Person, used: u32, at: usize) -> Option<(usize, Reader<'t>)> {
        let is_free = |number: &usize| used >> (number - person.parts.start) & 1 == 0;
        let begun = Reader::new(text, at);
        let read = |number: usize| Some((number, self.take(begun, number)?));
        person.parts.clone().filter(is_free).filter_map(read).max_by_key(|(_, reader)| reader.at)
    }

    /// Reads a part.
    fn take<'t>(&self, mut reader: Reader<'t>, number: usize) -> Option<Reader<'t>> {
        self.left.set(self.left.get().checked_sub(1)?);
        let letters = self.letters_of(self.part_at(number)?);
        letters.iter().all(|letter| reader.next() == Some(*letter)).then_some(reader).filter(Reader::is_between)
    }

    /// Where the domain of an address ends that stands behind a name, or in its place what directories make of it.
    fn domain(&self, text: &[u8], person: &Person, end: usize) -> Option<usize> {
        let mut at = end;
        for number in person.domain.clone() {
            let behind = signs(text, at);
            let begins = behind > at;
            at = self.take(Reader::new(text, behind), number).filter(|_| begins).and_then(|read| end_of(text, read))?;
        }
        (at > end).then_some(at)
    }

    /// A part of a name with the first letter of another before or behind it.
    fn initial(
        &self,
        text: &[u8],
        person: &Person,
        number: usize,
        (start, end): (usize, usize),
    ) -> Option<(usize, usize)> {
        let others = || person.parts.clone().filter(|other| *other != number);
        // `Meier a lot` is no `Meier, A.`
        let is_initial = |character: &Character, sign: u8| {
            (character.kind == Kind::Capital || character.kind == Kind::Small && sign != b' ')
                && others()
                    .filter_map(|other| self.part_at(other))
                    .any(|other| self.letters_of(other).starts_with(character.letters()))
        };
        let behind = signs(text, end);
        let next = Character::at(text, behind);
        if behind > end && is_initial(&next, byte(text, end)) && is_edge(text, next.end) {
            return Some((start, next.end));
        }
        let lead = (1..=MOST_SIGNS).rev().find_map(|count| {
            let signs = text.get(start.checked_sub(count)?..start)?;
            signs.iter().all(|&sign| sign < 0x80 && !sign.is_ascii_alphanumeric()).then(|| start - count)
        })?;
        let letter = Character::before(text, lead);
        let begin =
            lead.checked_sub(1).filter(|_| is_initial(&letter, byte(text, lead)) && byte(text, lead - 1) < 0x80)?;
        is_edge(text, begin).then_some((begin, end))
    }
}

/// Where a part may end that was read: at once, or behind accents and letters that go.
fn ends(reader: Reader<'_>) -> impl Iterator<Item = Reader<'_>> {
    std::iter::successors(Some(reader), Reader::further).take(MOST_MARKS)
}

/// Where a word ends that was read.
fn end_of(text: &[u8], reader: Reader<'_>) -> Option<usize> {
    ends(reader).map(|reader| reader.at).find(|at| is_edge(text, *at))
}

/// Where a name ends that has an `s` for whose something is: `Anna Meiers Kalender`.
fn genitive(text: &[u8], reader: Reader<'_>) -> Option<usize> {
    let next = Character::at(text, reader.at);
    (next.letters() == b"s" && is_edge(text, next.end)).then_some(next.end)
}

/// Behind the signs at `at`, if they are few.
fn signs(text: &[u8], at: usize) -> usize {
    let mut behind = at;
    for _ in 0..=MOST_SIGNS {
        let character = Character::at(text, behind);
        if character.kind != Kind::Sign || behind >= text.len() {
            return behind;
        }
        behind = tag(text, behind).unwrap_or(character.end);
    }
    at
}

/// Behind the tag of HTML at `at`, `<b>` or `</span>`.
fn tag(text: &[u8], at: usize) -> Option<usize> {
    let name = at + 1 + usize::from(byte(text, at + 1) == b'/');
    if byte(text, at) != b'<' || !byte(text, name).is_ascii_alphabetic() {
        return None;
    }
    let end = run(text, name, LONGEST_TAG, |byte| !matches!(byte, b'<' | b'>'));
    (byte(text, end) == b'>').then_some(end + 1)
}

/// Behind one name or initial that the event does not say, where a first name ends at `at`: `Richard J. Roe`.
fn middle(text: &[u8], at: usize) -> Option<usize> {
    let first = Character::at(text, at + 1);
    if byte(text, at) != b' ' || first.kind != Kind::Capital {
        return None;
    }
    let mut end = first.end;
    for _ in 0..LONGEST_MIDDLE {
        let character = Character::at(text, end);
        if character.kind == Kind::Sign || end >= text.len() {
            break;
        }
        end = character.end;
    }
    let end = end + usize::from(byte(text, end) == b'.');
    (byte(text, end) == b' ' && end < text.len()).then_some(end + 1)
}
