//! Characters that look like those of ASCII, or like nothing.

use crate::check::{before, byte};

/// Zeros of the decimal digits of Unicode 16 (category Nd) outside ASCII, each with nine more behind it; mathematical and
/// full-width ones apart.
const ZEROS: [u32; 70] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
    0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0,
    0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0,
    0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50,
    0x11da0, 0x11de0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1e140, 0x1e2f0, 0x1e4f0,
    0x1e5f1, 0x1e950, 0x1fbf0,
];

/// Combining marks, letters of Latin, Greek and Cyrillic, and what both are as one character (canonical compositions of Unicode).
#[rustfmt::skip]
const COMPOSED: [(char, &str, &str); 14] = [
    ('\u{300}', "AEIOUaeiou", "ÀÈÌÒÙàèìòù"),
    ('\u{301}', "AEIOUYaeiouyCcLlNnRrSsZzΑΕΗΙΟΥΩαεηιϋουω", "ÁÉÍÓÚÝáéíóúýĆćĹĺŃńŔŕŚśŹźΆΈΉΊΌΎΏάέήίΰόύώ"),
    ('\u{302}', "AEIOUaeiouCcGgHhJjSsWwYy", "ÂÊÎÔÛâêîôûĈĉĜĝĤĥĴĵŜŝŴŵŶŷ"),
    ('\u{303}', "ANOanoIiUu", "ÃÑÕãñõĨĩŨũ"),
    ('\u{304}', "AaEeIiOoUu", "ĀāĒēĪīŌōŪū"),
    ('\u{306}', "AaEeGgIiOoUuиИ", "ĂăĔĕĞğĬĭŎŏŬŭйЙ"),
    ('\u{307}', "CcEeGgIZz", "ĊċĖėĠġİŻż"),
    ('\u{308}', "AEIOUaeiouyYеЕіІΙΥιυ", "ÄËÏÖÜäëïöüÿŸёЁїЇΪΫϊϋ"),
    ('\u{30a}', "AaUu", "ÅåŮů"),
    ('\u{30b}', "OoUu", "ŐőŰű"),
    ('\u{30c}', "CcDdEeLlNnRrSsTtZz", "ČčĎďĚěĽľŇňŘřŠšŤťŽž"),
    ('\u{326}', "SsTt", "ȘșȚț"),
    ('\u{327}', "CcGgKkLlNnRrSsTt", "ÇçĢģĶķĻļŅņŖŗŞşŢţ"),
    ('\u{328}', "AaEeIiUu", "ĄąĘęĮįŲų"),
];

/// What stands for a character: another, nothing, or itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fold {
    To(u8),
    Gone,
    Itself,
}

fn fold(c: char) -> Fold {
    let point = u32::from(c);
    match point {
        0..=0x9f => Fold::Itself,
        // No-break, typographic and ideographic blanks.
        0xa0 | 0x1680 | 0x2000..=0x200a | 0x202f | 0x205f | 0x3000 => Fold::To(b' '),
        // Soft hyphen, joiners, marks of direction and their like.
        0xad
        | 0x34f
        | 0x61c
        | 0x180e
        | 0x200b..=0x200f
        | 0x202a..=0x202e
        | 0x2060..=0x2064
        | 0x2066..=0x2069
        | 0xfe0f
        | 0xfeff => Fold::Gone,
        0x2010..=0x2015 | 0x2043 | 0x2212 | 0xfe58 | 0xfe63 => Fold::To(b'-'),
        0x2024 | 0xfe52 | 0xff61 => Fold::To(b'.'),
        0xfe6b => Fold::To(b'@'),
        0xff01..=0xff5e => Fold::To((point - 0xff01) as u8 + b'!'),
        0x1d400..=0x1d6a3 => {
            let letter = ((point - 0x1d400) % 52) as u8;
            Fold::To(if letter < 26 { b'A' + letter } else { b'a' + letter - 26 })
        }
        0x1d7ce..=0x1d7ff => Fold::To(((point - 0x1d7ce) % 10) as u8 + b'0'),
        _ => {
            let zero = ZEROS.partition_point(|&zero| zero <= point).checked_sub(1).and_then(|at| ZEROS.get(at));
            match zero.map(|&zero| point - zero) {
                Some(digit @ 0..=9) => Fold::To(digit as u8 + b'0'),
                _ => Fold::Itself,
            }
        }
    }
}

/// Puts a character behind `bytes`, or what it looks like. A NUL that separates words is a blank.
pub(crate) fn push(c: char, bytes: &mut Vec<u8>) {
    match fold(c) {
        Fold::To(byte) => bytes.push(byte),
        Fold::Gone => {}
        Fold::Itself if c == '\0' => bytes.push(b' '),
        Fold::Itself => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// Whether a character that looks like another may begin at `at`: what most text is made of is told apart.
#[inline]
pub(super) fn begins(text: &[u8], at: usize) -> bool {
    let (second, third) = (byte(text, at + 1), byte(text, at + 2));
    match byte(text, at) {
        0xc2 => matches!(second, 0xa0 | 0xad),
        0xcc | 0xcd | 0xd8 | 0xd9 | 0xdb | 0xdf | 0xe0 | 0xe1 | 0xea | 0xf0 => true,
        // Quotation marks, bullets and dots stand for themselves.
        0xe2 => matches!(second, 0x81 | 0x88) || second == 0x80 && !matches!(third, 0x98..=0xa3 | 0xa5..=0xa7),
        0xe3 => second == 0x80 && matches!(third, 0x80 | 0x82),
        0xef => matches!(second, 0xb8..=0xbd),
        _ => false,
    }
}

/// The letter and the mark at `at` behind it, as keywords and tables have them: one character, and where it stands.
pub(super) fn composed(text: &[u8], at: usize) -> Option<(usize, usize, char)> {
    if !matches!(byte(text, at), 0xcc | 0xcd) {
        return None;
    }
    let mark = std::str::from_utf8(text.get(at..at + 2)?).ok()?.chars().next()?;
    let (_, letters, whole) = COMPOSED.iter().find(|(known, ..)| *known == mark)?;
    let start = at.checked_sub(if before(text, at) < 0x80 { 1 } else { 2 })?;
    let letter = std::str::from_utf8(text.get(start..at)?).ok()?.chars().next()?;
    let place = letters.chars().position(|known| known == letter)?;
    Some((start, at + 2, whole.chars().nth(place)?))
}

/// The end of the character at `at` when it looks like another, and that one.
pub(super) fn at(text: &[u8], at: usize) -> Option<(usize, Option<char>)> {
    if !begins(text, at) {
        return None;
    }
    let length = match byte(text, at) {
        ..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    let end = at + length;
    let c = std::str::from_utf8(text.get(at..end)?).ok()?.chars().next()?;
    match fold(c) {
        Fold::To(byte) => Some((end, Some(char::from(byte)))),
        Fold::Gone => Some((end, None)),
        // Names of the internet take the ideographic full stop for a dot.
        Fold::Itself if c == '。' => {
            let inside = before(text, at).is_ascii_alphanumeric() && byte(text, end).is_ascii_alphanumeric();
            inside.then_some((end, Some('.')))
        }
        Fold::Itself => None,
    }
}
