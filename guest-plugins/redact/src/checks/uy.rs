//! Uruguay.

use super::parts::same;
use super::sums::{digit, weighted};

/// The number of the identity card: seven digits (six on old ones) and a check digit (Ley 14.762; Decreto 501/978).
pub(crate) fn cedula(id: &[u8]) -> bool {
    let Some((last, digits)) = id.split_last() else { return false };
    let sum = match digits.len() {
        7 => weighted(digits, &[2, 9, 8, 7, 6, 3, 4]),
        6 => weighted(digits, &[9, 8, 7, 6, 3, 4]),
        _ => return false,
    };
    digits.first() != Some(&b'0') && !same(id) && (sum + digit(*last)).is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cedulas() {
        assert!(cedula(b"12345672"));
        assert!(!cedula(b"12345673") && !cedula(b"01234567") && !cedula(b"123"));
    }
}
