//! Byte classes where there are no vectors: a table.

use super::{BLOCK, Coded, Masks, Names, Signs, Words};

const DIGIT: u8 = 1;
const LETTER: u8 = 2;
const JOINT: u8 = 4;
const SIGN: u8 = 8;
const AT: u8 = 16;
const HIGH: u8 = 32;
const CAPITAL: u8 = 64;
const PRINTED: u8 = 128;

static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = (if b.is_ascii_digit() { DIGIT } else { 0 })
            | (if b.is_ascii_alphabetic() { LETTER } else { 0 })
            | (if matches!(b, b'-' | b'.') { JOINT } else { 0 })
            | (if matches!(b, b':' | b'=' | b'J') { SIGN } else { 0 })
            | (if b == b'@' { AT } else { 0 })
            | (if b >= 0x80 { HIGH } else { 0 })
            | (if b.is_ascii_uppercase() { CAPITAL } else { 0 })
            | (if b > b' ' && b < 0x80 { PRINTED } else { 0 });
        byte += 1;
    }
    table
};

/// What classifies blocks here.
pub(crate) struct Classifier(Signs);

impl Classifier {
    pub(crate) fn new(signs: Signs) -> Self {
        Classifier(signs)
    }

    /// The classes of a block.
    pub(crate) fn masks(&self, block: &[u8; BLOCK]) -> Masks {
        let sign = match self.0 {
            Signs::At => AT,
            Signs::All => AT | SIGN,
        };
        Masks { digit: of(block, DIGIT), letter: of(block, LETTER), sign: of(block, sign) }
    }

    /// `-` and `.`.
    pub(crate) fn joints(&self, block: &[u8; BLOCK]) -> u64 {
        of(block, JOINT)
    }

    /// What words are made of.
    pub(crate) fn words(&self, block: &[u8; BLOCK]) -> Words {
        Words { high: of(block, HIGH), capital: of(block, CAPITAL) }
    }

    /// What names are made of.
    pub(crate) fn names(&self, block: &[u8; BLOCK]) -> Names {
        let escape = which(block, |b| b == b'\\');
        Names { letters: of(block, LETTER | HIGH), capital: of(block, CAPITAL), escape }
    }

    /// What shows that text may be in another coding.
    pub(crate) fn coded(&self, block: &[u8; BLOCK]) -> Coded {
        let sign = |b: u8| matches!(b, b'%' | b'&' | b'+' | b'=' | b'\\');
        Coded { escape: of(block, HIGH) | which(block, sign), printed: of(block, PRINTED) }
    }

    /// Letters and digits of ASCII, `+`, `/`, `-` and `_`.
    pub(crate) fn base64(&self, block: &[u8; BLOCK]) -> u64 {
        of(block, LETTER | DIGIT) | which(block, |b| matches!(b, b'+' | b'/' | b'-' | b'_'))
    }

    /// `/`, `\`, `_` and `w`, in either case.
    pub(crate) fn leads(&self, block: &[u8; BLOCK]) -> u64 {
        which(block, |b| matches!(b, b'/' | b'\\' | b'_' | b'w' | b'W'))
    }

    /// Everything that is printed in ASCII but the blank.
    pub(crate) fn printed(&self, block: &[u8; BLOCK]) -> u64 {
        of(block, PRINTED)
    }
}

/// The bytes of these classes.
fn of(block: &[u8; BLOCK], classes: u8) -> u64 {
    which(block, |byte| CLASS[usize::from(byte)] & classes != 0)
}

fn which(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
    block.iter().enumerate().map(|(at, &byte)| u64::from(is(byte)) << at).fold(0, |mask, bit| mask | bit)
}
