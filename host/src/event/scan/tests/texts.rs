//! Random rules and events: few names, so that they meet; every oddity of the grammar.

use proptest::prelude::*;

use super::super::super::path::{Pattern, Segment};
use super::oracle::Rules;

const KEYS: [&str; 10] =
    ["a", "b", "A", "Name", "x.y", "", "ü", "a-longer-key-with-40-characters-in-it-all", "0", "\u{fffd}"];
const VALUES: [&str; 6] = ["v", "w", "V", "1", "true", ""];

fn key() -> impl Strategy<Value = String> {
    prop::sample::select(&KEYS[..]).prop_map(str::to_owned)
}

fn segment() -> impl Strategy<Value = Segment> {
    let value = prop::sample::select(&VALUES[..]).prop_map(str::to_owned);
    prop_oneof![
        6 => key().prop_map(Segment::Key),
        2 => Just(Segment::AnyKey),
        2 => Just(Segment::AnyElement),
        1 => Just(Segment::AnyDepth),
        2 => (prop::sample::select(&["Name", "a"][..]), value)
            .prop_map(|(name, value)| Segment::Select { name: name.to_owned(), value }),
    ]
}

fn patterns(most: usize) -> impl Strategy<Value = Vec<Pattern>> {
    prop::collection::vec(prop::collection::vec(segment(), 0..4).prop_map(Pattern::of), 0..most)
}

pub(super) fn rules() -> impl Strategy<Value = Rules> {
    // A key pattern behind `**` is made of another automaton path than the oracle's liveness; it has a test of its own.
    let keys = patterns(3).prop_map(|list| {
        list.into_iter().filter(|pattern| pattern.segments().last() != Some(&Segment::AnyDepth)).collect()
    });
    (any::<bool>(), patterns(8), keys, patterns(3)).prop_map(|(ignore_case, leaves, keys, marks)| Rules {
        ignore_case,
        leaves,
        keys,
        marks,
    })
}

fn blank() -> impl Strategy<Value = String> {
    prop_oneof![8 => Just(String::new()), 1 => "[ \n\t\r]{1,3}", 1 => " {30,70}"]
}

/// Text between quotes, with all escapes.
pub(super) fn special() -> impl Strategy<Value = String> {
    const PARTS: [&str; 13] = [
        "\\n",
        "\\\"",
        "\\\\",
        "\\/",
        "\\u0041",
        "\\u00e9",
        "\\ud83d\\ude00",
        "\\ud83d",
        "\\ude00",
        "\\u0000",
        "ü",
        "😀",
        "x",
    ];
    prop::collection::vec(prop::sample::select(&PARTS[..]), 0..4).prop_map(|parts| parts.concat())
}

fn written_key() -> impl Strategy<Value = String> {
    let escaped = (prop::sample::select(&KEYS[..]), any::<prop::sample::Index>()).prop_map(|(key, at)| {
        let units: Vec<u16> = key.encode_utf16().collect();
        if units.is_empty() {
            return String::new();
        }
        let at = at.index(units.len());
        let unit = |(index, &unit): (usize, &u16)| match index == at {
            true => format!("\\u{unit:04X}"),
            false => String::from_utf16_lossy(&[unit]),
        };
        units.iter().enumerate().map(unit).collect()
    });
    prop_oneof![8 => key(), 1 => escaped, 1 => special(), 1 => "[a-z]{1,40}"]
}

fn scalar() -> impl Strategy<Value = String> {
    const NUMBERS: [&str; 8] =
        ["0", "-0", "1", "12345678901234567890123456789012345", "1.5", "-0.25e+10", "1E400", "3e-2"];
    prop_oneof![
        3 => prop::sample::select(&VALUES[..]).prop_map(|value| format!("\"{value}\"")),
        2 => special().prop_map(|text| format!("\"{text}\"")),
        1 => "[ -!#-\\[\\]-~]{0,70}".prop_map(|text| format!("\"{text}\"")),
        2 => prop::sample::select(&NUMBERS[..]).prop_map(str::to_owned),
        1 => prop::sample::select(&["true", "false", "null", "{}", "[]", "{ }", "[\n]"][..]).prop_map(str::to_owned),
    ]
}

/// A valid event.
pub(super) fn json() -> impl Strategy<Value = String> {
    let value = scalar().prop_recursive(5, 40, 5, |inner| {
        let member = (blank(), written_key(), blank(), blank(), inner.clone(), blank())
            .prop_map(|(a, key, b, c, value, d)| format!("{a}\"{key}\"{b}:{c}{value}{d}"));
        let element = (blank(), inner, blank()).prop_map(|(a, value, b)| format!("{a}{value}{b}"));
        prop_oneof![
            3 => prop::collection::vec(member, 1..5).prop_map(|members| format!("{{{}}}", members.join(","))),
            2 => prop::collection::vec(element, 1..5).prop_map(|elements| format!("[{}]", elements.join(","))),
        ]
    });
    (blank(), value, blank()).prop_map(|(a, value, b)| format!("{a}{value}{b}"))
}

#[derive(Clone, Debug)]
pub(super) enum Damage {
    Cut(prop::sample::Index),
    Remove(prop::sample::Index),
    Insert(prop::sample::Index, u8),
    Replace(prop::sample::Index, u8),
}

pub(super) fn damage() -> impl Strategy<Value = Damage> {
    let byte = prop_oneof![any::<u8>(), prop::sample::select(&b"\"\\{}[],:0-.e \n\x00\xff\xc3"[..])];
    let at = any::<prop::sample::Index>;
    prop_oneof![
        at().prop_map(Damage::Cut),
        at().prop_map(Damage::Remove),
        (at(), byte.clone()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        (at(), byte).prop_map(|(at, byte)| Damage::Replace(at, byte)),
    ]
}

pub(super) fn damaged(text: &[u8], damage: &Damage) -> Vec<u8> {
    let mut text = text.to_vec();
    match damage {
        Damage::Cut(at) => text.truncate(at.index(text.len())),
        Damage::Remove(at) => {
            text.remove(at.index(text.len()));
        }
        Damage::Insert(at, byte) => text.insert(at.index(text.len()), *byte),
        Damage::Replace(at, byte) => {
            let at = at.index(text.len());
            text[at] = *byte;
        }
    }
    text
}
