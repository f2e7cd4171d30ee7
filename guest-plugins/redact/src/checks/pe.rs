//! Peru.

use super::parts::part;
use super::sums::weighted;

/// The tax number: kind of taxpayer, eight digits, a check digit (Decreto Legislativo 943; SUNAT).
pub(crate) fn ruc(id: &[u8]) -> bool {
    let rest = weighted(id, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    matches!(part(id, 0..2), 10 | 15 | 16 | 17 | 20) && part(id, 10..11) == (11 - rest) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rucs() {
        assert!(ruc(b"20512333797") && ruc(b"10000000014"));
        assert!(!ruc(b"20512333798") && !ruc(b"30512333797") && !ruc(b"2051233379"));
    }
}
