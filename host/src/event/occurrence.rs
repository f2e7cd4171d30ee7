//! Every occurrence in one event, and where each of them is in what was made of it: for explanations. (A filter needs no
//! such list, and makes none.)

use std::collections::HashMap;
use std::ops::Range;

use super::automaton::SlotId;
use super::escape::unescape_into;
use super::scan::{Kind, Scanned};

/// A step of a path, as the event has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A member.
    Key(String),
    /// An element, from 0.
    Element(usize),
}

/// What an occurrence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurs {
    /// A value, an empty object or array among them.
    Value,
    /// A string that was looked inside: its parts follow.
    Text,
    /// A part of such a string.
    Part,
    /// A key that is classified: its members follow.
    Key,
}

/// What was made of an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its bytes were copied.
    Copied,
    /// Something stands in its place, perhaps the same.
    Filled,
    /// Nothing stands in its place.
    Gone,
}

/// A value, a key or a part of a text.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// Where it stands; through JSON in a string as if it stood there itself.
    pub path: Vec<Step>,
    /// What it is.
    pub occurs: Occurs,
    /// How it is classified.
    pub slot: SlotId,
    /// What was made of it.
    pub fate: Fate,
    /// A value as it is written, a key or part decoded.
    pub before: String,
    /// Where a value, text or key stands in the output, and how it is written there.
    pub after: Option<(Vec<Step>, String)>,
    /// How many JSON strings are around it.
    depth: u16,
}

impl Occurrence {
    /// It left as it came: the same value, however it is written.
    pub fn is_same(&self) -> bool {
        match (self.fate, &self.after) {
            (Fate::Gone, _) => false,
            (_, Some((_, after))) => decoded(after.as_bytes()) == decoded(self.before.as_bytes()),
            (fate, None) => fate == Fate::Copied,
        }
    }
}

/// A value, or a container that is not empty, in a JSON text.
struct Met {
    path: Vec<Step>,
    range: Range<usize>,
    is_leaf: bool,
}

/// Walks a JSON text that was validated.
struct Walk<'t> {
    text: &'t [u8],
    at: usize,
    path: Vec<Step>,
    met: Vec<Met>,
}

fn walked(text: &[u8], path: Vec<Step>) -> Vec<Met> {
    let mut walk = Walk { text, at: 0, path, met: Vec::new() };
    walk.value();
    walk.met
}

impl Walk<'_> {
    fn next(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn value(&mut self) {
        let Some(first) = self.next() else { return };
        let start = self.at;
        match first {
            b'{' | b'[' => self.container(start, first == b'{'),
            b'"' => {
                self.string();
                self.meet(start, true);
            }
            _ => {
                let is_part = |byte: &u8| !byte.is_ascii_whitespace() && !b",]}".contains(byte);
                self.at += self.text[start..].iter().take_while(|byte| is_part(byte)).count();
                self.meet(start, true);
            }
        }
    }

    fn container(&mut self, start: usize, is_object: bool) {
        self.at += 1;
        if matches!(self.next(), Some(b'}' | b']') | None) {
            self.at += 1;
            return self.meet(start, true);
        }
        self.meet(start, false);
        for number in 0.. {
            let step = if is_object {
                self.next();
                let name = self.string();
                self.next();
                self.at += 1;
                Step::Key(name)
            } else {
                Step::Element(number)
            };
            self.path.push(step);
            self.value();
            self.path.pop();
            let more = self.next() == Some(b',');
            self.at += 1;
            if !more {
                return;
            }
        }
    }

    /// Passes over a string; what it says.
    fn string(&mut self) -> String {
        let start = self.at + 1;
        self.at = start;
        while let Some(byte) = self.text.get(self.at).filter(|byte| **byte != b'"') {
            self.at += if *byte == b'\\' { 2 } else { 1 };
        }
        let raw = self.text.get(start..self.at).unwrap_or_default();
        self.at += 1;
        unescaped(raw)
    }

    fn meet(&mut self, start: usize, is_leaf: bool) {
        let range = start..self.at.min(self.text.len());
        self.met.push(Met { path: self.path.clone(), range, is_leaf });
    }
}

fn unescaped(raw: &[u8]) -> String {
    let mut text = Vec::new();
    unescape_into(&mut text, raw);
    String::from_utf8_lossy(&text).into_owned()
}

/// What a value says: a string without quotes and escapes, and whether it is one.
fn decoded(value: &[u8]) -> (bool, String) {
    match value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) {
        Some(inner) => (true, unescaped(inner)),
        None => (false, String::from_utf8_lossy(value).into_owned()),
    }
}

/// Every occurrence of an event, in its order. `fate` says what was made of a token (by number), or of its key.
pub fn occurrences(scanned: &Scanned<'_>, fate: &dyn Fn(usize, bool) -> Fate) -> Vec<Occurrence> {
    let docs = scanned.docs;
    let tokens = scanned.tokens.iter().enumerate().filter(|(_, t)| !matches!(t.kind, Kind::Close | Kind::InnerClose));
    let by_place = tokens.map(|(number, token)| ((docs.place(token), token.start), number)).collect();
    let mut found = Finder { scanned, fate, by_place, found: Vec::new() };
    found.document(0, Vec::new(), 0);
    found.found
}

struct Finder<'s> {
    scanned: &'s Scanned<'s>,
    fate: &'s dyn Fn(usize, bool) -> Fate,
    /// (document, start) → token.
    by_place: HashMap<(u16, u32), usize>,
    found: Vec<Occurrence>,
}

impl Finder<'_> {
    fn document(&mut self, doc: u16, path: Vec<Step>, depth: u16) {
        let Scanned { event, docs, tokens, .. } = *self.scanned;
        let text = docs.text(event, doc);
        for met in walked(text, path) {
            let number = self.by_place.get(&(doc, met.range.start as u32)).copied();
            let before = String::from_utf8_lossy(text.get(met.range.clone()).unwrap_or_default()).into_owned();
            let mut one = Occurrence {
                path: met.path,
                occurs: Occurs::Value,
                slot: SlotId::NONE,
                fate: Fate::Gone,
                before,
                after: None,
                depth,
            };
            let Some((number, token)) = number.and_then(|number| Some((number, tokens.get(number)?))) else {
                self.found.extend(met.is_leaf.then_some(one));
                continue;
            };
            if token.key_slot.is_some() {
                let before = match one.path.last() {
                    Some(Step::Key(name)) => name.clone(),
                    _ => String::new(),
                };
                let (occurs, slot, fate) = (Occurs::Key, token.key_slot, (self.fate)(number, true));
                self.found.push(Occurrence { path: one.path.clone(), occurs, slot, fate, before, after: None, depth });
            }
            (one.slot, one.fate) = (token.slot, (self.fate)(number, false));
            match token.kind {
                Kind::JsonOpen => self.document(token.doc, one.path, depth + 1),
                Kind::TextOpen => {
                    let path = one.path.clone();
                    self.found.push(Occurrence { occurs: Occurs::Text, slot: SlotId::NONE, ..one });
                    self.parts(number, &path, depth);
                }
                _ => self.found.extend(met.is_leaf.then_some(one)),
            }
        }
    }

    /// The parts of the text that the token of that number opens, those of texts within it among them.
    fn parts(&mut self, number: usize, path: &[Step], depth: u16) {
        let Scanned { event, docs, tokens, .. } = *self.scanned;
        let mut open = 0;
        for (index, token) in tokens.iter().enumerate().skip(number) {
            match token.kind {
                Kind::Object | Kind::Array | Kind::JsonOpen | Kind::TextOpen => open += 1,
                Kind::Close | Kind::InnerClose => open -= 1,
                _ => {
                    let (mut before, mut key) = (Vec::new(), Vec::new());
                    docs.decode(event, token, &mut before);
                    docs.decode_key(event, token, &mut key);
                    let mut path = path.to_vec();
                    path.extend((!key.is_empty()).then(|| Step::Key(String::from_utf8_lossy(&key).into_owned())));
                    let before = String::from_utf8_lossy(&before).into_owned();
                    let (occurs, fate) = (Occurs::Part, (self.fate)(index, false));
                    self.found.push(Occurrence { path, occurs, slot: token.slot, fate, before, after: None, depth });
                }
            }
            if open == 0 {
                return;
            }
        }
    }
}

/// Finds where in the output each value, text and key stands. `false`: the output is not what was made of them.
///
/// What is left of an event keeps its order, so values that are not gone are those of the output, one after the other.
pub fn align(occurrences: &mut [Occurrence], output: &[u8]) -> bool {
    let is_value = |one: &Occurrence| matches!(one.occurs, Occurs::Value | Occurs::Text) && one.fate != Fate::Gone;
    let waiting: Vec<usize> = (0..occurrences.len()).filter(|at| is_value(&occurrences[*at])).collect();
    if waiting.is_empty() {
        // Nothing is left but the line that says that there was an event.
        return matches!(walked(output, Vec::new()).as_slice(), [only] if only.is_leaf && only.path.is_empty());
    }
    let mut next = 0;
    let whole = place(occurrences, &waiting, &mut next, output, Vec::new(), 0) && next == waiting.len();
    for at in 0..occurrences.len() {
        let (before, behind) = occurrences.split_at_mut(at + 1);
        let Some(key) = before.last_mut().filter(|one| one.occurs == Occurs::Key && one.fate != Fate::Gone) else {
            continue;
        };
        let below = behind.iter().take_while(|one| one.path.starts_with(&key.path)).find_map(|one| one.after.as_ref());
        key.after = below.and_then(|(path, _)| {
            let path = path.get(..key.path.len())?.to_vec();
            let Some(Step::Key(name)) = path.last() else { return None };
            Some((path.clone(), name.clone()))
        });
    }
    whole
}

fn place(
    all: &mut [Occurrence],
    waiting: &[usize],
    next: &mut usize,
    text: &[u8],
    path: Vec<Step>,
    depth: u16,
) -> bool {
    for met in walked(text, path).into_iter().filter(|met| met.is_leaf) {
        let Some(one) = waiting.get(*next).and_then(|at| all.get_mut(*at)) else { return false };
        let raw = text.get(met.range).unwrap_or_default();
        if one.depth > depth {
            let (is_text, inner) = decoded(raw);
            if !is_text || !place(all, waiting, next, inner.as_bytes(), met.path, depth + 1) {
                return false;
            }
        } else if one.depth == depth {
            one.after = Some((met.path, String::from_utf8_lossy(raw).into_owned()));
            *next += 1;
        } else {
            return false;
        }
    }
    true
}
