//! Colombia.

use super::sums::digit;

/// Weights of the tax number, from the right.
const WEIGHTS: [u32; 15] = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71];

/// The tax number with its check digit (Estatuto Tributario, art. 555-1; DIAN, Orden Administrativa 4/1989).
pub(crate) fn nit(id: &[u8]) -> bool {
    let Some((last, digits)) = id.split_last() else { return false };
    let sum: u32 = digits.iter().rev().zip(WEIGHTS).map(|(byte, weight)| digit(*byte) * weight).sum();
    let rest = sum % 11;
    digits.first() != Some(&b'0') && digit(*last) == if rest < 2 { rest } else { 11 - rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nits() {
        assert!(nit(b"2131234321") && nit(b"8001972684"));
        assert!(!nit(b"2131234322") && !nit(b"0131234321") && !nit(b""));
    }
}
