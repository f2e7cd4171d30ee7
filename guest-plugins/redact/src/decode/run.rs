//! Base64 and hexadecimal: runs without meaning that hold text.

use crate::check::{base64url, byte};

/// Characters of base64 that are decoded at least, with the `=` at its end.
const LEAST_BASE64: usize = 16;
/// Hexadecimal digits that are.
const LEAST_HEX: usize = 32;
/// A line of base64 in a message has 76 characters, in a key 64. A shorter one is the last.
const LINE: usize = 60;

/// A run of the letters of base64, signs in it perhaps escaped.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) start: usize,
    /// Behind the last of them.
    pub(super) end: usize,
    /// Behind the `=` at its end.
    padded: usize,
    /// By character: its six bits.
    bits: Vec<u8>,
    /// By character: where it ends in the text.
    ends: Vec<u32>,
    /// The bytes of the last part that was read.
    bytes: Vec<u8>,
    /// Their text.
    pub(super) text: String,
}

/// Whether a byte belongs to base64, or to base64url.
pub(super) fn is_base64(byte: u8) -> bool {
    class(byte) != 0
}

const OTHER: u8 = 1;
const HEX: u8 = 2;
const CAPITAL: u8 = 4;

static CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        if b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_') {
            table[byte] = OTHER
                | (if b.is_ascii_hexdigit() { HEX } else { 0 })
                | (if b.is_ascii_uppercase() { CAPITAL } else { 0 });
        }
        byte += 1;
    }
    table
};

fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

/// The end of the run at `start` if it is neither base64 nor hexadecimal: long words, paths, groups of digits. Text in base64
/// has capitals, as good as always.
pub(super) fn may_hold_nothing(text: &[u8], start: usize) -> Option<usize> {
    let (mut all, mut hex, mut longest, mut length) = (0, 0, 0, 0);
    for class in text.get(start..)?.iter().map(|&b| class(b)).take_while(|&class| class != 0) {
        all |= class;
        hex = if class & HEX == 0 { 0 } else { hex + 1 };
        longest = longest.max(hex);
        length += 1;
    }
    let end = start + length;
    let goes_on = escaped(text, end).is_some() || length >= LINE;
    (!goes_on && longest < LEAST_HEX && (all & CAPITAL == 0 || length + 2 < LEAST_BASE64)).then_some(end)
}

/// Behind an escape of a sign of base64 at `at`, and the sign's six bits.
fn escaped(text: &[u8], at: usize) -> Option<(usize, u8)> {
    match text.get(at..)? {
        [b'%', b'2', b'B' | b'b', ..] => Some((at + 3, 62)),
        [b'%', b'2', b'F' | b'f', ..] => Some((at + 3, 63)),
        [b'\\', b'/', ..] => Some((at + 2, 63)),
        _ => None,
    }
}

/// Behind a line break at `at`, written as it is or escaped.
fn line_break(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at..)? {
        [b'\r', b'\n', ..] | [b'\\', b'n', ..] => Some(at + 2),
        [b'\n', ..] => Some(at + 1),
        [b'\\', b'r', b'\\', b'n', ..] => Some(at + 4),
        _ => None,
    }
}

impl Run {
    /// Reads the run that begins at `start`.
    pub(super) fn read(&mut self, text: &[u8], start: usize) {
        (self.start, self.end) = (start, start);
        self.bits.clear();
        self.ends.clear();
        let mut line = 0;
        loop {
            let at = self.end;
            let next = byte(text, at);
            let (end, bits) = match next {
                b'+' => (at + 1, 62),
                b'/' => (at + 1, 63),
                _ => match base64url(next).map(|bits| (at + 1, bits)).or_else(|| escaped(text, at)) {
                    Some(next) => next,
                    None => {
                        let behind = line_break(text, at).filter(|_| line >= LINE && line % 4 == 0);
                        let Some(behind) = behind.filter(|&behind| is_base64(byte(text, behind))) else { break };
                        self.end = behind;
                        line = 0;
                        continue;
                    }
                },
            };
            self.bits.push(bits);
            self.ends.push(end as u32);
            self.end = end;
            line += 1;
        }
        self.padded = self.end;
        for _ in 0..2 {
            match text.get(self.padded..) {
                Some([b'=', ..]) => self.padded += 1,
                Some([b'%', b'3', b'D' | b'd', ..]) => self.padded += 3,
                _ => break,
            }
        }
    }

    /// Characters of the run.
    pub(super) fn len(&self) -> usize {
        self.bits.len()
    }

    /// Where the character at `number` begins.
    fn at(&self, number: usize) -> usize {
        number.checked_sub(1).and_then(|last| self.ends.get(last)).map_or(self.start, |&end| end as usize)
    }

    /// The span of characters, with the `=` behind the last.
    fn span(&self, from: usize, to: usize) -> (usize, usize) {
        (self.at(from), if to == self.len() { self.padded } else { self.at(to) })
    }

    /// Characters `from..to` as base64: their span if there is text in them. Some characters may be missing at the beginning.
    pub(super) fn base64(&mut self, from: usize, to: usize) -> Option<(usize, usize)> {
        let padding = if to == self.len() && self.padded > self.end { 2 } else { 0 };
        if to - from + padding < LEAST_BASE64 {
            return None;
        }
        for shift in 0..4 {
            let bits = self.bits.get(from + shift..to).unwrap_or_default();
            self.bytes.clear();
            for four in bits.chunks(4) {
                let all = four.iter().fold(0_u32, |all, &bits| all << 6 | u32::from(bits)) << (6 * (4 - four.len()));
                let [_, octets @ ..] = all.to_be_bytes();
                self.bytes.extend(octets.iter().take(four.len() * 3 / 4));
                // What begins like noise is noise.
                if self.bytes.len() == 12 && !begins_readable(&self.bytes) {
                    break;
                }
            }
            if readable(&self.bytes, &mut self.text) {
                return Some(self.span(from, to));
            }
        }
        None
    }

    /// Each stretch of hexadecimal digits in which there is text.
    pub(super) fn hex(&mut self, text: &[u8], mut each: impl FnMut((usize, usize), &str)) {
        let mut at = self.start;
        while at < self.end {
            let digits = crate::check::run(text, at, self.end - at, |b| b.is_ascii_hexdigit());
            // A digit of something else may come first.
            let shifts = if digits - at >= LEAST_HEX { 0..2 } else { 0..0 };
            for shift in shifts {
                let pairs = text.get(at + shift..digits).unwrap_or_default().chunks_exact(2);
                self.bytes.clear();
                self.bytes
                    .extend(pairs.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()));
                if begins_readable(&self.bytes) && readable(&self.bytes, &mut self.text) {
                    let named = |lead: &usize| matches!(text.get(*lead..at), Some(b"0x" | b"0X"));
                    let lead = at.checked_sub(2).filter(|lead| *lead >= self.start).filter(named);
                    each((lead.unwrap_or(at), digits), &self.text);
                    break;
                }
            }
            at = digits + 1;
        }
    }

    /// The parts between signs, as numbers of characters; none where there are no signs.
    pub(super) fn parts(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let mut parts = Vec::new();
        let mut from = 0;
        for (number, _) in self.bits.iter().enumerate().filter(|(_, bits)| **bits >= 62) {
            parts.push((from, number));
            from = number + 1;
        }
        if from > 0 {
            parts.push((from, self.len()));
        }
        parts.into_iter().filter(|(from, to)| to - from >= LEAST_BASE64 - 2)
    }
}

/// Whether a few bytes may begin a text: half of them at least look like it. The last character may be cut.
fn begins_readable(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(12)).unwrap_or_default();
    let mut printed = 0;
    let mut last = 0_u8;
    for &b in head {
        printed += match b {
            b' '..=b'~' | b'\t' | b'\n' | b'\r' | 0 => 1,
            // A character of several bytes begins, and goes on.
            0x80..=0xbf if last >= 0xc2 => 2,
            0x80..=0xbf if last >= 0x80 => 1,
            _ => 0,
        };
        last = b;
    }
    printed * 2 >= head.len()
}

/// Bytes of characters that are printed, blanks and zeros among them, and how many of them are zeros.
fn count(bytes: &[u8]) -> (usize, usize) {
    let (mut printed, mut zeros) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            printed += if !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\0') { c.len_utf8() } else { 0 };
            zeros += usize::from(c == '\0');
        }
    }
    (printed, zeros)
}

/// Whether most of these bytes are text, and puts it into `text`: of UTF-8, or of UTF-16 as Latin scripts have it.
fn readable(bytes: &[u8], text: &mut String) -> bool {
    let (printed, zeros) = count(bytes);
    let most = if bytes.len() < 48 { printed * 8 >= bytes.len() * 7 } else { printed * 4 >= bytes.len() * 3 };
    if !most || bytes.is_empty() || zeros * 3 > bytes.len() * 2 {
        return false;
    }
    text.clear();
    let pairs = || bytes.chunks_exact(2);
    let zeros_at = |place: usize| pairs().filter(|pair| pair.get(place) == Some(&0)).count() * 8 >= bytes.len() * 3;
    let wide = |units: &mut dyn Iterator<Item = u16>, text: &mut String| {
        text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(' ')));
    };
    let two = |pair: &[u8]| <[u8; 2]>::try_from(pair).unwrap_or_default();
    if zeros_at(1) {
        wide(&mut pairs().map(|pair| u16::from_le_bytes(two(pair))), text);
    } else if zeros_at(0) {
        wide(&mut pairs().map(|pair| u16::from_be_bytes(two(pair))), text);
    } else {
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                text.push(' ');
            }
        }
    }
    true
}
