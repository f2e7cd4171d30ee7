//! Finland.

use super::dates::{date, number};
use super::sums::weighted;

/// The personal identity code: day of birth, sign of the century, number from 002 (from 900 on: temporary), check
/// character (Government Decree 128/2010, § 2, as amended by 690/2022). A hyphen between is left out, as signs are; it
/// and U to Y are for 1900 to 1999, A to F for 2000 and later.
pub(crate) fn hetu(id: &[u8]) -> bool {
    let Some((day, rest)) = id.split_at_checked(6) else { return false };
    let (century, rest) = match rest {
        [b'A'..=b'F', rest @ ..] => (2000, rest),
        [b'U'..=b'Y', rest @ ..] => (1900, rest),
        _ => (1900, rest),
    };
    let [_, _, _, mark] = rest else { return false };
    let serial = number(rest, 0..3);
    let rest = (number(day, 0..6) % 31 * 1000 + serial) % 31;
    rest_mark(rest) == Some(mark)
        && serial >= 2
        && date(century + number(day, 4..6), number(day, 2..4), number(day, 0..2))
}

/// The check character for a rest by 31.
fn rest_mark(rest: u32) -> Option<&'static u8> {
    b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(rest as usize)
}

/// The business identity code: mod 11, a rest of 1 is not given out (Business Information Act 244/2001, § 9; Tax
/// Administration and Patent and Registration Office).
pub(crate) fn business_id(id: &[u8]) -> bool {
    weighted(id, &[7, 9, 10, 5, 8, 4, 2, 1]).is_multiple_of(11) && id.iter().any(|byte| *byte != b'0')
}

/// The VAT number: FI and the business identity code without its hyphen (Council Directive 2006/112/EC, art. 215).
pub(crate) fn vat(id: &[u8]) -> bool {
    id.strip_prefix(b"FI").is_some_and(business_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_identity_codes() {
        for right in ["131052308T", "131052A308T", "010100A945X", "290204A905J", "010199Y9001"] {
            assert!(hetu(right.as_bytes()), "{right}");
        }
        for wrong in ["131052308U", "131052G308T", "310252308T", "290203A905J", "131052001A", ""] {
            assert!(!hetu(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn business_ids() {
        assert!(business_id(b"20774740") && vat(b"FI20774740"));
        assert!(!business_id(b"20774741") && !vat(b"FI20774741") && !business_id(b"00000000"));
    }
}
