//! Comparing and copying short texts.
//!
//! In WebAssembly the usual ways are calls, which cost more than the few bytes that a value has; these are none.

/// Whether two texts are the same.
///
/// ```
/// use tamis_plugin_sdk::bytes::same;
/// assert!(same(b"192.0.2.0", b"192.0.2.0"));
/// assert!(!same(b"192.0.2.0", b"192.0.2.1"));
/// ```
#[inline]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let (mut left, mut right) = (a, b);
    while let (Some((x, after_x)), Some((y, after_y))) = (left.split_first_chunk::<16>(), right.split_first_chunk()) {
        if u128::from_ne_bytes(*x) != u128::from_ne_bytes(*y) {
            return false;
        }
        (left, right) = (after_x, after_y);
    }
    // What is left is read from both its ends: twice in the middle, but without a loop.
    match (left.first_chunk::<8>(), right.first_chunk::<8>(), a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(x), Some(y), Some(u), Some(v)) => return x == y && u == v,
        (.., Some(u), Some(v)) if a.len() >= 16 => return u == v,
        _ => {}
    }
    match (a.first_chunk::<4>(), b.first_chunk::<4>(), a.last_chunk::<4>(), b.last_chunk::<4>()) {
        (Some(x), Some(y), Some(u), Some(v)) => x == y && u == v,
        _ => a.iter().zip(b).all(|(x, y)| x == y),
    }
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
    } else {
        text.iter().for_each(|&byte| out.push(byte));
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
    let (mut at, end) = (from, bytes.len());
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        match odd(block, ranges) {
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
        Some(last) => odd(last, ranges) >> (16 - left),
        None => odd(&padded(bytes), ranges) >> at & ((1 << left) - 1),
    };
    if mask == 0 { end } else { at + mask.trailing_zeros() as usize }
}

/// Where the first such byte stands at or behind `from`; the length when there is none.
#[inline]
pub fn find(bytes: &[u8], from: usize, byte: u8) -> usize {
    outside(bytes, from, [(byte.wrapping_add(1), byte.wrapping_sub(1))])
}

/// A short text with zeros behind it; of a longer one the beginning.
#[inline]
fn padded(text: &[u8]) -> [u8; 16] {
    let mut padded = [0; 16];
    let (low, high) = padded.split_at_mut(8);
    match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(head), Some(tail)) => {
            low.copy_from_slice(head);
            let spare = 8 * 16u32.saturating_sub(text.len() as u32);
            let tail = u64::from_le_bytes(*tail).checked_shr(spare).unwrap_or(0);
            high.copy_from_slice(&tail.to_le_bytes());
        }
        _ => low.iter_mut().zip(text).for_each(|(to, byte)| *to = *byte),
    }
    padded
}

/// A bit for each byte that lies in none of the ranges.
#[cfg(target_arch = "wasm32")]
#[inline]
fn odd<const N: usize>(block: &[u8; 16], ranges: [(u8, u8); N]) -> u32 {
    use std::arch::wasm32::{u8x16_bitmask, u8x16_le, u8x16_splat, u8x16_sub, v128_load, v128_not, v128_or};
    // SAFETY: the block has 16 readable bytes; the load needs no alignment.
    let bytes = unsafe { v128_load(block.as_ptr().cast()) };
    let within =
        |(first, last): (u8, u8)| u8x16_le(u8x16_sub(bytes, u8x16_splat(first)), u8x16_splat(last.wrapping_sub(first)));
    let usual = ranges.into_iter().fold(u8x16_splat(0), |usual, range| v128_or(usual, within(range)));
    u8x16_bitmask(v128_not(usual)).into()
}

/// A bit for each byte that lies in none of the ranges.
#[cfg(not(target_arch = "wasm32"))]
#[inline]
fn odd<const N: usize>(block: &[u8; 16], ranges: [(u8, u8); N]) -> u32 {
    let within =
        |byte: u8| ranges.into_iter().any(|(first, last)| byte.wrapping_sub(first) <= last.wrapping_sub(first));
    block.iter().enumerate().fold(0, |mask, (at, byte)| mask | u32::from(!within(*byte)) << at)
}

#[cfg(test)]
mod tests {
    use super::*;

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
