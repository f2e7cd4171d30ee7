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

#[cfg(test)]
mod tests {
    use super::*;

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
