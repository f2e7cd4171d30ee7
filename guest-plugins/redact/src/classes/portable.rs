//! Byte classes where there are no vectors: a table.

use super::{BLOCK, Masks};

const DIGIT: u8 = 1;
const LETTER: u8 = 2;
const JOINT: u8 = 4;
const SIGN: u8 = 8;

static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = (if b.is_ascii_digit() { DIGIT } else { 0 })
            | (if b.is_ascii_alphabetic() { LETTER } else { 0 })
            | (if matches!(b, b'-' | b'.') { JOINT } else { 0 })
            | (if matches!(b, b'@' | b':' | b'=' | b'J') { SIGN } else { 0 });
        byte += 1;
    }
    table
};

/// What classifies blocks here.
pub(crate) fn classifier() -> impl Fn(&[u8; BLOCK]) -> Masks {
    classify
}

/// The classes of a block.
fn classify(block: &[u8; BLOCK]) -> Masks {
    let mut masks = Masks::default();
    for (at, &byte) in block.iter().enumerate() {
        let class = CLASS[byte as usize];
        masks.digit |= u64::from(class & DIGIT != 0) << at;
        masks.letter |= u64::from(class & LETTER != 0) << at;
        masks.joint |= u64::from(class & JOINT != 0) << at;
        masks.sign |= u64::from(class & SIGN != 0) << at;
    }
    masks
}
