//! Lists look into containers and at keys, too.
//!
//! A path names leaves: an object or array that stands there is dropped, and no step sees what is in it. But a list protects its
//! words in whatever form they come. So the strings and keys of such a container are held against the lists that look at its
//! place; what is classified below it has a say of its own. So it is with a string that was looked inside: what nobody classified
//! in it, and whatever stands between, is held against the lists that would have looked at the string. A classified key is held
//! against those that look at its category. A string that should hold a document, holds none and is nobody's as a whole could have said anything that
//! the document says: all lists are asked of it, and of what stands between its quotes. Other conditions on values read only what leaves, and nothing of this does.

use std::collections::HashSet;

use crate::event::{Kind, Passed, PassedKind, Scanned, SlotId, Token, flags, unescape_into};
use crate::policy::{ATOMS_MAX, Plan, Relevant, Tests, Told};

use super::classify::{Asked, Remembered};

/// Which lists find a word in the containers of an event that stand where values are looked at.
/// `asked_by`: for which plan and map.
pub(super) fn listed(
    scanned: &Scanned<'_>,
    relevant: &Relevant,
    (plan, asked_by): (&Plan, Asked),
    scratch: &mut Vec<u8>,
    remembered: &mut Remembered,
) -> Tests {
    let mut found: Tests = 0;
    let mut own: Option<HashSet<(u16, u32)>> = None;
    // Of the container that was read last: its document, its end, and which lists were asked.
    let (mut doc, mut until, mut asked) = (0, 0, 0);
    for passed in scanned.passed {
        let lists = match passed.what {
            PassedKind::Unread => all_lists(relevant, plan),
            _ => lists(relevant, passed.slot),
        };
        let is_within = passed.doc == doc && passed.start < until && lists & !asked == 0;
        if lists & !found == 0 || is_within {
            continue;
        }
        let of = Asked { slot: passed.slot, ..asked_by };
        let mut is_listed = |value: &[u8], found: Tests| {
            let ask = || {
                let mut told = Told::default();
                tests(lists).filter(|test| holds(plan, *test, value, &mut told)).fold(0, |all, test| all | 1 << test)
            };
            found | remembered.tests(of, value, ask)
        };
        if passed.what == PassedKind::Unread {
            unread(scanned, *passed, scratch, |text| found = is_listed(text, found));
            continue;
        }
        if passed.what == PassedKind::Key {
            let Passed { slot, doc, pair, start, .. } = *passed;
            let (kind, flags, key_slot) = (Kind::String, 0, slot);
            scratch.clear();
            scanned.docs.decode_key(
                scanned.event,
                &Token { kind, flags, doc, slot, key_slot, pair, start, end: start },
                scratch,
            );
            found = is_listed(scratch, found);
            continue;
        }
        if passed.what == PassedKind::Text {
            between(scanned, passed.doc, scratch);
            found = is_listed(scratch, found);
            if !scanned.docs.is_json(passed.doc) {
                continue;
            }
        }
        let own = own.get_or_insert_with(|| {
            let classified = scanned.tokens.iter().filter(|token| token.slot.is_some());
            classified.map(|token| (token.doc, token.start)).collect()
        });
        let end = scalars(scanned, *passed, |scalar, is_key| {
            if is_key || !own.contains(&(scalar.doc, scalar.start)) {
                let value = scanned.docs.decoded(scanned.event, &scalar, scratch);
                found = is_listed(value, found);
            }
        });
        (doc, until, asked) = (passed.doc, end, lists);
    }
    found
}

/// The text of an inner document, with blanks in place of what is classified in it.
fn between(scanned: &Scanned<'_>, doc: u16, text: &mut Vec<u8>) {
    text.clear();
    text.extend_from_slice(scanned.docs.text(scanned.event, doc));
    let is_in = |token: &&Token| match token.kind {
        Kind::JsonOpen | Kind::TextOpen => scanned.docs.place(token) == doc,
        _ => token.doc == doc && token.slot.is_some(),
    };
    for token in scanned.tokens.iter().filter(is_in) {
        text.get_mut(token.start as usize..token.end as usize).into_iter().for_each(|value| value.fill(b' '));
    }
}

/// Calls `each` with a string that should hold a document, as it stands and, piece by piece, between its quotes.
fn unread(scanned: &Scanned<'_>, passed: Passed, scratch: &mut Vec<u8>, mut each: impl FnMut(&[u8])) {
    let Passed { slot, doc, pair, start: end, .. } = passed;
    let (kind, flags, key_slot) = (Kind::String, flags::ESCAPED, slot);
    let token = Token { kind, flags, doc, slot, key_slot, pair, start: pair, end };
    let text = scanned.docs.decoded(scanned.event, &token, scratch);
    each(text);
    let mut piece = Vec::new();
    for part in text.split(|byte| *byte == b'"') {
        piece.clear();
        unescape_into(&mut piece, part);
        each(&piece);
    }
}

/// All lists that look at values. (Those that ask whose a value is have no say of what was not read: whoever is watched could
/// withhold what has to stay.)
fn all_lists(relevant: &Relevant, plan: &Plan) -> Tests {
    tests(relevant.lists)
        .filter(|test| plan.tests().get(test - ATOMS_MAX).is_some_and(|test| !test.look_in.is_empty()))
        .fold(0, |all, test| all | 1 << test)
}

/// The lists among the tests of a place.
fn lists(relevant: &Relevant, slot: SlotId) -> Tests {
    let asked = slot.index().and_then(|slot| relevant.by_slot.get(slot));
    asked.into_iter().flatten().fold(0, |all, test| all | 1 << test) & relevant.lists
}

fn tests(of: Tests) -> impl Iterator<Item = usize> {
    (ATOMS_MAX..Tests::BITS as usize).filter(move |test| of >> test & 1 == 1)
}

fn holds<'p>(plan: &'p Plan, test: usize, value: &[u8], told: &mut Told<'p>) -> bool {
    plan.tests().get(test - ATOMS_MAX).is_some_and(|test| test.holds(value, told))
}

/// Calls `each` with every key and every value that is no container, of a container that was scanned; whether it is a key.
/// The position behind it.
fn scalars(scanned: &Scanned<'_>, passed: Passed, mut each: impl FnMut(Token, bool)) -> u32 {
    let text = scanned.docs.text(scanned.event, passed.doc);
    let token = |start: usize, end: usize, is_string: bool| Token {
        kind: if is_string { Kind::String } else { Kind::Number },
        flags: if is_string { flags::ESCAPED } else { 0 },
        doc: passed.doc,
        slot: SlotId::NONE,
        key_slot: SlotId::NONE,
        pair: start as u32,
        start: start as u32,
        end: end as u32,
    };
    let (mut at, mut depth) = (passed.start as usize, 0usize);
    while let Some(byte) = text.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            b'"' => {
                while let Some(byte) = text.get(at).filter(|byte| **byte != b'"') {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
                at += 1;
                let behind = text.get(at..).and_then(|rest| rest.iter().find(|byte| !byte.is_ascii_whitespace()));
                each(token(start, at, true), behind == Some(&b':'));
            }
            b',' | b':' => {}
            byte if byte.is_ascii_whitespace() => {}
            _ => {
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
                at += text.get(at..).and_then(|rest| rest.iter().position(ends)).unwrap_or(0);
                each(token(start, at, false), false);
            }
        }
    }
    at as u32
}
