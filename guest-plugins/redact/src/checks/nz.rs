//! New Zealand.

use super::parts::number;
use super::sums::{digit, weighted};

/// The number of the tax office: from 10 to 150 millions, a second set of weights where the first gives ten (Tax Administration
/// Act 1994; Inland Revenue, Resident withholding tax specification).
pub(crate) fn ird(id: &[u8]) -> bool {
    let Some((last, digits)) = id.split_last() else { return false };
    let skip = 9_usize.saturating_sub(id.len());
    let check = |weights: [u32; 8]| (11 - weighted(digits, weights.get(skip..).unwrap_or_default()) % 11) % 11;
    let first = check([3, 2, 7, 6, 5, 4, 3, 2]);
    let expected = if first == 10 { check([7, 4, 3, 2, 5, 2, 7, 6]) } else { first };
    matches!(id.len(), 8 | 9) && (10_000_000..150_000_000).contains(&number(id)) && digit(*last) == expected
}

/// The place of a letter among those without I and O, from one.
fn place(byte: u8) -> Option<u32> {
    let letters = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
    letters.iter().position(|letter| *letter == byte).map(|at| at as u32 + 1)
}

/// The national health index number. `AAA9999`: modulo 11, a digit checks; `AAA99AA`: modulo 24, a letter checks (Health
/// Information Privacy Code 2020, rule 13; HISO 10046).
pub(crate) fn nhi(id: &[u8]) -> bool {
    let Some((last, rest)) = id.split_last() else { return false };
    let value = |byte: &u8| if byte.is_ascii_digit() { Some(digit(*byte)) } else { place(*byte) };
    let sum = rest.iter().zip((2..=7).rev()).try_fold(0, |sum, (byte, weight)| Some(sum + value(byte)? * weight));
    let Some(sum) = sum else { return false };
    if last.is_ascii_digit() {
        !sum.is_multiple_of(11) && digit(*last) == (11 - sum % 11) % 10
    } else {
        place(*last) == Some(24 - sum % 24)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tax_numbers() {
        // The examples of Inland Revenue.
        assert!(ird(b"49091850") && ird(b"35901981") && ird(b"49098576") && ird(b"136410132"));
        assert!(!ird(b"136410133") && !ird(b"9125568") && !ird(b"151000000") && !ird(b""));
    }

    #[test]
    fn health_numbers() {
        // Z leads numbers for tests.
        assert!(nhi(b"ZAC5361") && nhi(b"ZAD96LT"));
        assert!(!nhi(b"ZAC3561") && !nhi(b"ZAD96LM") && !nhi(b"ZIC5361") && !nhi(b""));
    }
}
