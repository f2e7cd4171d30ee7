//! Denmark, and Iceland.

use super::dates::{date, ddmmyy, number};
use super::sums::weighted;

/// The person number: day of birth and four digits (CPR-loven, § 3). Since 2007 there are numbers whose check digit is
/// not right, so it says nothing.
pub(crate) fn cpr(id: &[u8]) -> bool {
    ddmmyy(id)
}

/// The number of an enterprise: eight digits, mod 11 (CVR-loven, § 4), for VAT with DK before.
pub(crate) fn cvr(id: &[u8]) -> bool {
    let id = id.strip_prefix(b"DK").unwrap_or(id);
    id.first() != Some(&b'0') && weighted(id, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

/// The Icelandic kennitala: day of birth or registration (organisations: day + 40), two digits, check digit mod 11,
/// digit of the century (lög um skráningu einstaklinga 140/2019; Þjóðskrá).
pub(crate) fn kennitala(id: &[u8]) -> bool {
    let century = match id.last() {
        Some(b'8') => 1800,
        Some(b'9') => 1900,
        Some(b'0') => 2000,
        _ => return false,
    };
    let day = number(id, 0..2);
    let day = if day > 40 { day - 40 } else { day };
    date(century + number(id, 4..6), number(id, 2..4), day)
        && weighted(id, &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn danish_numbers() {
        assert!(cpr(b"0707614285") && !cpr(b"3202614285") && !cpr(b""));
        assert!(cvr(b"13585628") && cvr(b"DK13585628") && !cvr(b"DK13585627") && !cvr(b"00000000"));
    }

    #[test]
    fn icelandic_numbers() {
        assert!(kennitala(b"1201743399") && kennitala(b"4504013150"));
        assert!(!kennitala(b"1201743389") && !kennitala(b"3230743369") && !kennitala(b"1201743391"));
    }
}
