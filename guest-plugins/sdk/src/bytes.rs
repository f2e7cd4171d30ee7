//! Comparing and copying short texts.
//!
//! In WebAssembly the usual ways are calls, which cost more than the few bytes that a value has; these are none.

use crate::block::Block;

/// Whether two texts are the same.
///
/// ```
/// use tamis_plugin_sdk::bytes::same;
/// assert!(same(b"192.0.2.0", b"192.0.2.0"));
/// assert!(!same(b"192.0.2.0", b"192.0.2.1"));
/// ```
#[inline]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    // Whatever the length, both ends are read: twice in the middle, but without a loop for texts that are short.
    let ends = |a: &[u8], b: &[u8]| match (a.first_chunk(), a.last_chunk(), b.first_chunk(), b.last_chunk()) {
        (Some(head), Some(tail), Some(other_head), Some(other_tail)) => {
            (u64::from_ne_bytes(*head) ^ u64::from_ne_bytes(*other_head))
                | (u64::from_ne_bytes(*tail) ^ u64::from_ne_bytes(*other_tail))
                == 0
        }
        _ => false,
    };
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        0 => true,
        1..4 => a[0] == b[0] && a[a.len() / 2] == b[a.len() / 2] && a[a.len() - 1] == b[a.len() - 1],
        4..8 => a.first_chunk::<4>() == b.first_chunk() && a.last_chunk::<4>() == b.last_chunk(),
        8..=16 => ends(a, b),
        _ => same_blocks(a, b),
    }
}

/// Whether two texts of more than 16 bytes, equally many, are the same.
#[inline(never)]
fn same_blocks(a: &[u8], b: &[u8]) -> bool {
    let words = |block: &[u8; 16]| u128::from_ne_bytes(*block);
    let (blocks, others) = (a.as_chunks().0, b.as_chunks().0);
    let differ = |(block, other): (&[u8; 16], &[u8; 16])| words(block) != words(other);
    !blocks.iter().zip(others).any(differ) && a.last_chunk().map(words) == b.last_chunk().map(words)
}

/// Appends a text.
#[inline]
pub fn push(out: &mut Vec<u8>, text: &[u8]) {
    let (from, length) = (out.len(), text.len());
    if let (Some(head), Some(tail), true) = (text.first_chunk::<16>(), text.last_chunk::<16>(), length <= 32) {
        out.extend_from_slice(head);
        out.truncate(from + length - 16);
        out.extend_from_slice(tail);
    } else if length > 32 {
        out.extend_from_slice(text);
    } else if let (Some(head), Some(tail)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        out.extend_from_slice(head);
        out.truncate(from + length - 8);
        out.extend_from_slice(tail);
    } else if let (Some(head), Some(tail)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        out.extend_from_slice(head);
        out.truncate(from + length - 4);
        out.extend_from_slice(tail);
    } else if let (Some(head), Some(tail)) = (text.first_chunk::<2>(), text.last_chunk::<2>()) {
        out.extend_from_slice(head);
        out.truncate(from + length - 2);
        out.extend_from_slice(tail);
    } else if let Some(byte) = text.first() {
        out.push(*byte);
    }
}

/// The first byte at or behind `from` that lies in none of the ranges (first and last byte of each; a range may go from
/// 255 on to 0); the length when all do. 16 bytes at a time.
///
/// ```
/// use tamis_plugin_sdk::bytes::outside;
/// assert_eq!(outside(b"https://example.com/", 8, [(b'a', b'z'), (b'-', b'.')]), 19);
/// ```
#[inline]
pub fn outside<const N: usize>(bytes: &[u8], from: usize, ranges: [(u8, u8); N]) -> usize {
    seek(bytes, from, |block| odd(block, ranges))
}

/// Where the first such byte stands at or behind `from`; the length when there is none.
#[inline]
pub fn find(bytes: &[u8], from: usize, byte: u8) -> usize {
    seek(bytes, from, |block| Block::of(block).is(byte))
}

/// The first byte at or behind `from` that has a bit, 16 bytes at a time; the length when none has.
#[inline(always)]
fn seek(bytes: &[u8], from: usize, bits: impl Fn(&[u8; 16]) -> u32) -> usize {
    let (mut at, end) = (from, bytes.len());
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        match bits(block) {
            0 => at += 16,
            mask => return at + mask.trailing_zeros() as usize,
        }
    }
    let left = end.saturating_sub(at);
    if left == 0 {
        return end;
    }
    // The rest is read with what is before it, or with zeros behind it.
    let mask = match bytes.last_chunk() {
        Some(last) => bits(last) >> (16 - left),
        None => bits(&first_block(bytes)) >> at & ((1 << left) - 1),
    };
    if mask == 0 { end } else { at + mask.trailing_zeros() as usize }
}

/// Calls for each word: a row of bytes that lie in the ranges.
#[inline]
pub fn words<'a, const N: usize>(bytes: &'a [u8], ranges: [(u8, u8); N], mut word: impl FnMut(&'a [u8])) {
    let mut begin = 0;
    for (number, part) in bytes.chunks(16).enumerate() {
        // What is behind the text ends its last word.
        let mut odd = odd(&first_block(part), ranges) | u32::MAX << part.len();
        odd &= 0xffff;
        while odd != 0 {
            let end = 16 * number + odd.trailing_zeros() as usize;
            if end > begin {
                word(bytes.get(begin..end).unwrap_or_default());
            }
            begin = end + 1;
            odd &= odd - 1;
        }
    }
    word(bytes.get(begin..).unwrap_or_default());
}

/// The first 16 bytes of a text; zeros behind a shorter one.
///
/// ```
/// use tamis_plugin_sdk::bytes::first_block;
/// assert_eq!(&first_block(b"10.0.0.1")[..10], b"10.0.0.1\0\0");
/// ```
#[inline]
pub fn first_block(text: &[u8]) -> [u8; 16] {
    if let Some(block) = text.first_chunk() {
        return *block;
    }
    // Read from both ends, which meet or overlap.
    let length = text.len() as u32;
    let (low, high) = match (text.first_chunk(), text.last_chunk(), text.first_chunk(), text.last_chunk()) {
        (Some(head), Some(tail), ..) => {
            (u64::from_le_bytes(*head), u64::from_le_bytes(*tail).checked_shr(8 * (16 - length)).unwrap_or(0))
        }
        (.., Some(head), Some(tail)) => {
            let tail = u64::from(u32::from_le_bytes(*tail)) << (8 * (length - 4));
            (u64::from(u32::from_le_bytes(*head)) | tail, 0)
        }
        _ => (text.iter().rev().fold(0, |low, byte| low << 8 | u64::from(*byte)), 0),
    };
    (u128::from(low) | u128::from(high) << 64).to_le_bytes()
}

/// A bit for each byte that lies in none of the ranges.
#[inline]
fn odd<const N: usize>(block: &[u8; 16], ranges: [(u8, u8); N]) -> u32 {
    !Block::of(block).within(ranges) & 0xffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_between_the_others() {
        for length in 0..40 {
            for odd in [1u64, 0x10, 0x8000_8001, 0xff_ffff_ffff, 0x1_8000, 0x5555_5555, 0] {
                let text: Vec<u8> = (0..length).map(|at| if odd >> at & 1 == 1 { b'/' } else { b'a' + at }).collect();
                let mut found = Vec::new();
                words(&text, [(b'a', 255)], |word| found.push(word));
                found.retain(|word| !word.is_empty());
                let expected: Vec<&[u8]> = text.split(|byte| *byte == b'/').filter(|word| !word.is_empty()).collect();
                assert_eq!(found, expected, "{length} {odd:x}");
            }
        }
    }

    #[test]
    fn the_first_byte_outside_is_found_wherever_it_stands() {
        for length in 0..60 {
            for odd in 0..=length {
                for from in 0..=length {
                    let mut text = vec![b'a'; length];
                    text.get_mut(odd).into_iter().chain([&mut 0]).for_each(|byte| *byte = b'/');
                    let expected = if odd < from { length } else { odd };
                    assert_eq!(find(&text, from, b'/'), expected, "{length} {odd} {from}");
                    assert_eq!(outside(&text, from, [(b'a', b'z'), (b'-', b'.')]), expected, "{length} {odd} {from}");
                }
            }
        }
        for length in 0..20 {
            let text: Vec<u8> = (1..=length).collect();
            let expected: Vec<u8> = text.iter().copied().chain([0; 16]).take(16).collect();
            assert_eq!(first_block(&text), *expected);
        }
        assert_eq!(outside(b"ab", 9, [(b'a', b'z')]), 2);
    }

    #[test]
    fn short_ways_agree_with_the_usual_ones() {
        let text: Vec<u8> = (0..100).collect();
        for length in 0..=text.len() {
            let mut out = vec![1, 2, 3];
            push(&mut out, &text[..length]);
            assert_eq!(out, [&[1, 2, 3], &text[..length]].concat());
            assert!(same(&out[3..], &text[..length]));
            for other in 0..length {
                let mut changed = text[..length].to_vec();
                changed[other] ^= 0x80;
                assert!(!same(&changed, &text[..length]), "{length} {other}");
                assert!(!same(&text[..other], &text[..length]));
            }
        }
    }
}
