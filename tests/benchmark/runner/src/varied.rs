//! A small file as a large one: each time it is repeated, what differs from event to event in real logs differs.
//!
//! Repeated as they stand, a few hundred events would flatter whoever remembers values. So each time other digits stand in
//! identifiers (long numbers, words of hexadecimal digits, long words with digits), in minutes and seconds, and in the last part
//! of IPv4 addresses; equal ones within a repetition stay equal. Names of people, machines and programs stay.

use std::fs;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

/// Writes repetitions of a file, whose last line ends with a line break, until there are so many bytes: how many there are.
///
/// # Errors
///
/// A file cannot be read or written.
pub fn varied(source: &Path, target: &Path, least: u64) -> Result<u64> {
    let text = fs::read(source)?;
    let times = least.div_ceil(text.len().max(1) as u64).max(1);
    let mut file = BufWriter::new(fs::File::create(target)?);
    for time in 0..times {
        file.write_all(&repetition(&text, time))?;
    }
    file.flush()?;
    Ok(text.len() as u64 * times)
}

/// The repetition of that number; the first one is the text itself. It is as long as the text.
fn repetition(text: &[u8], time: u64) -> Vec<u8> {
    let mut out = text.to_vec();
    let mut at = 0;
    while time > 0 && at < text.len() {
        let length = text[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let end = at + length;
        if let Some(from) = changing(text, at, end) {
            let mut chance = chance(&text[at..end], time);
            if is_sixtieth(text, at, end) {
                let number = chance % 60;
                out[at] = b'0' + (number / 10) as u8;
                out[at + 1] = b'0' + (number % 10) as u8;
            } else {
                for byte in &mut out[at + from..end] {
                    chance = chance.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
                    *byte = like(*byte, (chance >> 33) as u8);
                }
            }
        }
        at = end.max(at + 1);
    }
    out
}

/// The first byte of a word that changes, counted from the word's; `None`: it stays.
fn changing(text: &[u8], at: usize, end: usize) -> Option<usize> {
    let word = &text[at..end];
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_hex = |word: &[u8]| word.iter().all(u8::is_ascii_hexdigit);
    match word {
        _ if digits == 0 => None,
        [b'0', b'x', number @ ..] if number.len() > 2 && is_hex(number) => Some(2),
        // Long numbers may be times: what comes first stays.
        _ if digits == word.len() && digits >= 10 => Some(5),
        _ if digits == word.len() && digits >= 6 => Some(1),
        _ if is_sixtieth(text, at, end) => Some(0),
        _ if is_last_of_address(text, at, end) => Some(word.len() - 1),
        _ if digits == word.len() => None,
        _ if is_hex(word) && word.len() >= 4 || word.len() >= 16 && digits >= 3 => Some(0),
        _ => None,
    }
}

/// Whether a word is the minute or second of a time.
fn is_sixtieth(text: &[u8], at: usize, end: usize) -> bool {
    let is_number = text[at..end].iter().all(u8::is_ascii_digit);
    is_number && end - at == 2 && at >= 3 && text[at - 1] == b':' && text[at - 3..at - 1].iter().all(u8::is_ascii_digit)
}

/// Whether a word is the last part of an IPv4 address, and not of a version.
fn is_last_of_address(text: &[u8], at: usize, end: usize) -> bool {
    let is_part = |byte: &&u8| byte.is_ascii_digit() || **byte == b'.';
    let before = text[..at].iter().rev().take_while(is_part).count();
    let address = &text[at - before..end];
    let parts = address.split(|byte| *byte == b'.');
    let is_octet = |part: &[u8]| (1..=3).contains(&part.len());
    parts.clone().count() == 4
        && parts.clone().all(is_octet)
        && text.get(end) != Some(&b'.')
        && text[..at - before].last() != Some(&b'/')
}

/// A byte of the same kind.
fn like(byte: u8, chance: u8) -> u8 {
    let one_of = |letters: &[u8]| letters[usize::from(chance) % letters.len()];
    match byte {
        b'0'..=b'9' => one_of(b"0123456789"),
        b'a'..=b'f' => one_of(b"abcdef"),
        b'A'..=b'F' => one_of(b"ABCDEF"),
        b'g'..=b'z' => one_of(b"ghijklmnopqrstuvwxyz"),
        b'G'..=b'Z' => one_of(b"GHIJKLMNOPQRSTUVWXYZ"),
        other => other,
    }
}

/// FNV-1a: it only has to spread.
fn chance(word: &[u8], time: u64) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ time.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_identifies_differs_and_what_names_stays() {
        let text = br#"{"Id":"802d39e1-9d70-404d-832c-2de5e2478eda","at":"2019-01-15T05:15:02.980Z","EventID":"4624","ip":"10.1.2.33","sid":"S-1-5-21-996632719-500","agent":"Chrome/108.0.0.189","user":"ann.meier","id":"0xfaac27","os":"windows10"}"#;
        assert_eq!(repetition(text, 0), text);
        let one = String::from_utf8(repetition(text, 1)).unwrap();
        assert_ne!(one.as_bytes(), repetition(text, 2));
        assert_eq!(one.len(), text.len());
        for kept in [
            "\"4624\"",
            "S-1-5-21-",
            "-500\"",
            "Chrome/108.0.0.189",
            "ann.meier",
            "windows10",
            "2019-01-15T05:",
            "10.1.2.",
        ] {
            assert!(one.contains(kept), "{kept}: {one}");
        }
        for changed in ["802d39e1", "996632719", "faac27", "10.1.2.33"] {
            assert!(!one.contains(changed), "{changed}: {one}");
        }
    }
}
