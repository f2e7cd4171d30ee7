//! Ireland.

use super::sums::{value, weighted};

/// The personal public service number (Social Welfare Consolidation Act 2005, section 262): seven digits, a check
/// letter modulo 23, and a letter that since 2013 counts nine times; `W`, `T` and `X` of before do not.
pub(crate) fn pps(id: &[u8]) -> bool {
    let Some((digits, [check, kind @ ..])) = id.split_at_checked(7) else { return false };
    let kind = match kind {
        [] | [b'W' | b'T' | b'X'] => 0,
        [letter @ b'A'..=b'I'] => value(*letter) - 9,
        _ => return false,
    };
    let sum = weighted(digits, &[8, 7, 6, 5, 4, 3, 2]) + 9 * kind;
    b"WABCDEFGHIJKLMNOPQRSTUV".get(sum as usize % 23) == Some(check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert!(pps(b"6433435F") && pps(b"6433435FT") && pps(b"6433435FW") && pps(b"6433435OA") && pps(b"6433435IH"));
        for wrong in [&b"6433435E"[..], b"6433435VH", b"6433435FZ", b"643343", b"6433435"] {
            assert!(!pps(wrong));
        }
    }

    // The numbers and forms of `entities/national-ie.toml`.
}
