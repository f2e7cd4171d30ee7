//! Known actors: whom an event names in its own fields is looked for in its texts.
//!
//! Rows of *reference* fields (user names, addresses, display names, numbers of records and accounts) are taken apart into the parts of names. In a text of the
//! same event all of these are found, from four letters on, without regard to case and accents, where words begin and end:
//!
//! - a name of one part (`ameier`), one blank or sign within it allowed (`A. Meier`) where it has six letters or more;
//! - two parts or more of a name, each once, in any order, up to three signs or tags of HTML between them or none (`Meier, Anna`,
//!   `anna_meier`, `AnnaMeier`, `meieranna`), also around one initial or capitalised word that the event does not say
//!   (`Anna M. Meier`), with what follows of the address they come from;
//! - a part of a name beside the first letter of another (`A. Meier`, `Meier, A.`);
//! - a part alone is *possible*: a greeting or honorific beside it makes it likely.
//!
//! Words that name a role (`roles.rs`) are nobody's, alone or among themselves.
//!
//! Of numbers (`00482913`, `(415) 555-2671`, `MRN-00482913`) the rules are those of `numbers.rs`.
//!
//! An event with more than [`MOST_VALUES`] values, with a longer one than [`LONGEST`] or with a longer word in one than [`LONGEST_WORD`]
//! that is no number is not looked through: its texts are found whole. So is a text that is made of parts of names, or of numbers, in
//! such a way that it would take long.
//!
//! Most texts name nobody: `begin.rs` says which words may begin with a part of a name, from four letters of each. Only where there
//! is one are the values of the event taken apart (`person.rs`) and held against the text (`names.rs`).

mod begin;
mod fold;
mod names;
mod numbers;
mod person;
mod roles;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::check::byte;
use crate::classes::{BLOCK, Classifier, Masks, Words, shifted};
use crate::context;
use crate::decode::push_alike;
use crate::entities::Hit;
use crate::types::{ColumnView, Confidence};
use begin::Beginnings;
use names::Names;
use numbers::Numbers;

/// Most values of one event that are looked for.
const MOST_VALUES: usize = 64;
/// Longest of them, in bytes.
const LONGEST: usize = 256;
/// Longest word of a name in them, in bytes.
const LONGEST_WORD: usize = 64;

/// Everybody whom the events of one call name.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Values, one behind the other, and where each stands, by event.
    bytes: Vec<u8>,
    values: Vec<(u32, Range<usize>)>,
    /// By number, ascending.
    events: Vec<Event>,
    /// The names of the event that was looked for last.
    names: Names,
    named: Option<u32>,
    /// Its numbers, and the event that they are of.
    numbers: Numbers,
    numbered: Option<u32>,
    /// Number of that event among all: rows come in the order of events.
    last: usize,
}

#[derive(Debug)]
struct Event {
    number: u32,
    values: Range<usize>,
    begins: Beginnings,
    /// Whether a value may hold a number.
    numbered: bool,
    /// Nobody looks: there is too much.
    beyond: bool,
}

impl Known {
    /// Takes the rows of reference columns in place of those it has.
    pub(crate) fn read<'c>(&mut self, classes: &Classifier, columns: impl Iterator<Item = &'c ColumnView<'c>>) {
        let Known { bytes, values, events, named, numbered, .. } = self;
        bytes.clear();
        values.clear();
        events.clear();
        (*named, *numbered) = (None, None);
        for ColumnView { bytes: more, offsets, event, .. } in columns {
            let base = bytes.len();
            bytes.extend_from_slice(more);
            let bounds = offsets.windows(2).filter_map(|pair| pair.first().zip(pair.last()));
            let range = |(&from, &to): (&u32, &u32)| base + from as usize..base + to as usize;
            values.extend(event.iter().copied().zip(bounds.map(range)));
        }
        for (_, value) in values.iter_mut() {
            let plain = bytes.get(value.clone()).and_then(plain);
            if let Some(plain) = plain {
                *value = bytes.len()..bytes.len() + plain.len();
                bytes.extend_from_slice(&plain);
            }
        }
        if !values.is_sorted_by_key(|(event, _)| *event) {
            values.sort_by_key(|(event, _)| *event);
        }
        let mut first = 0;
        for of_event in values.chunk_by(|one, other| one.0 == other.0) {
            let (number, beyond) = (of_event.first().map_or(0, |value| value.0), of_event.len() > MOST_VALUES);
            let range = first..first + of_event.len();
            events.push(Event { number, values: range, begins: Beginnings::default(), numbered: false, beyond });
            let Some(Event { begins, numbered, beyond, .. }) = events.last_mut() else { continue };
            for (_, value) in of_event.iter().take(MOST_VALUES) {
                let value = bytes.get(value.clone()).unwrap_or_default();
                *numbered |= numbers::has_digits(value);
                *beyond |= value.len() > LONGEST || begins.add(classes, value) > LONGEST_WORD;
            }
            first += of_event.len();
        }
    }

    /// Whether no event names anybody.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Puts all that is found in a text of an event into `hits`.
    pub(crate) fn find(&mut self, classes: &Classifier, event: u32, text: &[u8], hits: &mut Vec<Hit>) {
        let Known { bytes, values, events, names, named, numbers, numbered, last } = self;
        let is_next = |place: &usize| events.get(*place).is_some_and(|of| of.number == event);
        let place = [*last + 1, *last].into_iter().find(is_next);
        let place = place.or_else(|| events.binary_search_by_key(&event, |event| event.number).ok());
        let Some((place, of)) = place.and_then(|place| Some((place, events.get(place)?))) else { return };
        *last = place;
        let whole = Hit::new(0, text.len(), Confidence::Likely);
        if of.beyond {
            hits.push(whole);
            return;
        }
        let of_event = values.get(of.values.clone()).unwrap_or_default();
        let said = || of_event.iter().filter_map(|(_, value)| bytes.get(value.clone()));
        if of.numbered && numbers::has_digits(text) {
            if *numbered != Some(event) {
                numbers.read(said());
                *numbered = Some(event);
            }
            numbers.begin(text.len());
            number_starts(classes, text, |at| numbers.at(text, at, hits));
            if numbers.has_given_up() {
                hits.push(whole);
                return;
            }
        }
        names.begin(text.len());
        word_starts(classes, text, |at| {
            if !of.begins.may(text, at) || !fold::is_edge(text, at) || names.has_given_up() {
                return;
            }
            if *named != Some(event) {
                names.read(said());
                *named = Some(event);
            }
            names.at(text, at, hits);
        });
        if names.has_given_up() {
            hits.push(whole);
        }
    }
}

/// What a value says that is written in another coding: escapes of URLs, characters that look like those of ASCII, or the hexadecimal
/// that auditd writes for what it does not trust (`acct=416E6E204B`), which then stands behind the value.
fn plain(value: &[u8]) -> Option<Vec<u8>> {
    if let Some(text) = hexadecimal(value) {
        return Some([value, b";", &text].concat());
    }
    if !value.iter().any(|byte| matches!(byte, b'%' | 0x80..)) {
        return None;
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(&first) = value.get(at) {
        let escaped = (first == b'%').then(|| value.get(at + 1..at + 3).and_then(pair)).flatten();
        bytes.push(escaped.unwrap_or(first));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    let text = String::from_utf8(bytes).ok()?;
    let mut plain = Vec::with_capacity(text.len());
    text.chars().for_each(|c| push_alike(c, &mut plain));
    (plain != value).then_some(plain)
}

/// The printed text that capital hexadecimal digits stand for, which holds a byte for whose sake auditd does not write the text itself
/// (`audit_string_contains_control` of Linux). Digits alone are a number.
fn hexadecimal(value: &[u8]) -> Option<Vec<u8>> {
    let is_hex = value.len() >= 8 && value.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    let is_hex = is_hex && !value.iter().all(u8::is_ascii_digit);
    let (pairs, []) = value.as_chunks::<2>() else { return None };
    let bytes: Vec<u8> = is_hex.then(|| pairs.iter().filter_map(|hex| pair(hex)).collect())?;
    let text = std::str::from_utf8(&bytes).ok()?;
    let is_untrusted = bytes.iter().any(|byte| matches!(byte, 0..=b' ' | b'"' | 0x7f..));
    (is_untrusted && !text.contains(char::is_control) && text.contains(char::is_alphabetic)).then_some(bytes)
}

/// The byte of two hexadecimal digits.
fn pair(digits: &[u8]) -> Option<u8> {
    let &[high, low] = digits else { return None };
    let value = |digit: u8| char::from(digit).to_digit(16);
    Some((value(high)? << 4 | value(low)?) as u8)
}

/// Calls `each` with every place where a number may begin: where words do, and the digits in them.
#[inline]
fn number_starts(classes: &Classifier, text: &[u8], mut each: impl FnMut(usize)) {
    let (mut last_words, mut last_digit) = (0, 0);
    let (mut rest, mut base) = (text, 0);
    while !rest.is_empty() {
        let padded;
        let block = match rest.first_chunk::<BLOCK>() {
            Some(block) => block,
            None => {
                padded = context::padded(rest);
                &padded
            }
        };
        let (Masks { letter, digit, .. }, Words { high, .. }) = (classes.masks(block), classes.words(block));
        let words = letter | digit;
        let mut starts = words & !shifted(words, last_words, 1) | digit & !shifted(digit, last_digit, 1) | high;
        (last_words, last_digit) = (words, digit);
        while starts != 0 {
            let at = base + starts.trailing_zeros() as usize;
            starts &= starts - 1;
            if byte(text, at) & 0xc0 != 0x80 {
                each(at);
            }
        }
        base += BLOCK;
        rest = rest.get(BLOCK..).unwrap_or_default();
    }
}

/// Calls `each` with every place where a word may begin: behind a sign, where a capital follows, and beside what is not ASCII.
#[inline]
fn word_starts(classes: &Classifier, text: &[u8], mut each: impl FnMut(usize)) {
    let (mut last_words, mut last_capital, mut last_high) = (0, 0, 0);
    let (mut rest, mut base) = (text, 0);
    while !rest.is_empty() {
        let padded;
        let block = match rest.first_chunk::<BLOCK>() {
            Some(block) => block,
            None => {
                padded = context::padded(rest);
                &padded
            }
        };
        let (Masks { letter, digit, .. }, Words { high, capital }) = (classes.masks(block), classes.words(block));
        let words = letter | digit | high;
        let inside = shifted(words, last_words, 1);
        let turns = capital & !shifted(capital, last_capital, 1);
        let mut starts = words & !inside | turns | words & shifted(high, last_high, 1);
        (last_words, last_capital, last_high) = (words, capital, high);
        while starts != 0 {
            let at = base + starts.trailing_zeros() as usize;
            starts &= starts - 1;
            // Not inside a character.
            if byte(text, at) & 0xc0 != 0x80 {
                each(at);
            }
        }
        base += BLOCK;
        rest = rest.get(BLOCK..).unwrap_or_default();
    }
}
