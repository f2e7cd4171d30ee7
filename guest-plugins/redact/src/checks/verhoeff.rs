//! The check digit of J. Verhoeff, Error Detecting Decimal Codes (1969).

use super::sums::digit;

/// The product in the group of the symmetries of a pentagon.
const PRODUCT: [[u8; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];

/// What a digit counts as, by its place from the right.
const TURNED: [[u8; 10]; 8] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
    [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
    [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];

/// Whether the last digit is the check digit of those before it.
pub(crate) fn verhoeff(digits: &[u8]) -> bool {
    let product = digits.iter().rev().enumerate().fold(0, |product: u8, (place, byte)| {
        let turned = TURNED[place % 8][digit(*byte) as usize % 10];
        PRODUCT[usize::from(product) % 10][usize::from(turned) % 10]
    });
    product == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_digit_and_a_swap_are_noticed() {
        assert!(verhoeff(b"2363") && verhoeff(b"1428570"));
        for digit in b'0'..=b'9' {
            assert_eq!(verhoeff(&[b'2', b'3', b'6', digit]), digit == b'3');
        }
        assert!(!verhoeff(b"2633") && !verhoeff(b"3263"));
    }
}
