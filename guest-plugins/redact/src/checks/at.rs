//! Austria.

use super::dates::day_of;
use super::sums::{cross_sum, digit, part, weighted};

/// The number of social insurance (§ 31 (4) ASVG, § 30c since 2020): three digits without leading zero, a check digit,
/// birth as day, month and year. Months 13 to 15 are given when a day's numbers are used up.
pub(crate) fn social_security(id: &[u8]) -> bool {
    let sum = weighted(id, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
    let month = part(id, 6, 2);
    let dated = day_of(month, part(id, 4, 2)) || (13..=15).contains(&month) && (1..=31).contains(&part(id, 4, 2));
    let check = id.get(3).is_some_and(|check| sum % 11 == digit(*check));
    id.len() == 10 && id.first() != Some(&b'0') && dated && check
}

/// The VAT number (Art. 28 UStG 1994; BMF, construction of the UID): eight digits, of which the last is 96 less the sum
/// of digits of products with 1 and 2, modulo ten.
pub(crate) fn vat(id: &[u8]) -> bool {
    let digits = id.strip_prefix(b"ATU").unwrap_or(id);
    let Some((last, rest)) = digits.split_last() else { return false };
    let sum = cross_sum(rest.iter().map(|byte| digit(*byte)), &[1, 2, 1, 2, 1, 2, 1]);
    rest.len() == 7 && 96_u32.saturating_sub(sum) % 10 == digit(*last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert!(social_security(b"4833190767"));
        for wrong in [&b"4834190767"[..], b"3030190767", b"0833190767", b"4833320767", b"48331907671"] {
            assert!(!social_security(wrong));
        }
        assert!(vat(b"ATU13585627") && !vat(b"ATU13585626") && !vat(b"ATU1358562"));
    }

    // The numbers and forms of `entities/national-at.toml`.
}
