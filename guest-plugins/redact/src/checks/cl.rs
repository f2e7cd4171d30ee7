//! Chile.

use super::parts::same;
use super::sums::digit;

/// The number of the national register and of taxpayers: weights 2 to 7 from the right, again and again; the check digit is K
/// for ten (Decreto con Fuerza de Ley 3/1969; Ley 19.477).
pub(crate) fn rut(id: &[u8]) -> bool {
    let Some((last, digits)) = id.split_last() else { return false };
    let weights = (2..8).cycle();
    let sum: u32 = digits.iter().rev().zip(weights).map(|(byte, weight)| digit(*byte) * weight).sum();
    let expected = match (11 - sum % 11) % 11 {
        10 => b'K',
        rest => b'0' + rest as u8,
    };
    *last == expected && !same(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ruts() {
        assert!(rut(b"125319092") && rut(b"760864285") && rut(b"10000013K") && rut(b"5000001K"));
        assert!(!rut(b"125319093") && !rut(b"111111111") && !rut(b""));
    }
}
