//! Sums that many identifiers share.

/// The value of a digit.
pub(crate) fn digit(byte: u8) -> u32 {
    u32::from(byte.wrapping_sub(b'0'))
}

/// The sum of products of digits and weights, as far as both go.
pub(crate) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(byte, weight)| digit(*byte) * weight).sum()
}

/// The value of a digit or a capital, A = 10.
pub(crate) fn value(byte: u8) -> u32 {
    u32::from(if byte.is_ascii_digit() { byte - b'0' } else { byte.wrapping_sub(b'A').wrapping_add(10) })
}

/// Up to 19 digits as a number.
pub(crate) fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number: u64, byte| number.wrapping_mul(10).wrapping_add(u64::from(digit(*byte))))
}

/// `length` digits from `at` on as a number; zero where there are less.
pub(crate) fn part(digits: &[u8], at: usize, length: usize) -> u64 {
    number(digits.get(at..at + length).unwrap_or_default())
}

/// The check digit of machine-readable zones (ICAO Doc 9303-3, 4.9): weights 7, 3, 1.
pub(crate) fn mrz(text: &[u8]) -> u32 {
    text.iter().zip([7, 3, 1].into_iter().cycle()).map(|(byte, weight)| value(*byte) * weight).sum::<u32>() % 10
}

/// The sum of digits of all products of digits and weights.
pub(crate) fn cross_sum(digits: impl Iterator<Item = u32>, weights: &[u32]) -> u32 {
    digits.zip(weights).map(|(digit, weight)| digit * weight / 10 + digit * weight % 10).sum()
}

/// ISO/IEC 7064 MOD 11,10: whether the last digit is the check digit of those before it.
pub(crate) fn mod11_10(digits: &[u8]) -> bool {
    let Some((last, rest)) = digits.split_last() else { return false };
    let product = rest.iter().fold(10, |product, byte| {
        let sum = (digit(*byte) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (product + digit(*last)) % 10 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_pass() {
        // The example of ISO/IEC 7064, 8.2.
        assert!(mod11_10(b"07945"));
        assert!(!mod11_10(b"07946"));
        assert_eq!(weighted(b"123", &[3, 2, 1]), 10);
        // The example of ICAO Doc 9303-3, appendix A.
        assert_eq!(mrz(b"AB2134"), 5);
        assert_eq!((value(b'7'), value(b'A'), value(b'Z')), (7, 10, 35));
        assert_eq!((number(b"0123"), part(b"98765", 1, 2), part(b"98765", 4, 2)), (123, 87, 0));
        assert_eq!(cross_sum([9, 4].into_iter(), &[2, 1]), 13);
    }
}
