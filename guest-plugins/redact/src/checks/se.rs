//! Sweden.

use super::dates::{date, number};
use crate::check::luhn;

/// Ten digits, and the two before them if there are twelve.
fn ten(id: &[u8]) -> (Option<u32>, &[u8]) {
    match id.split_at_checked(2) {
        Some((_, rest)) if id.len() == 12 => (Some(number(id, 0..2)), rest),
        _ => (None, id),
    }
}

/// The personal identity number: day of birth, three digits, Luhn's check digit over ten digits (Folkbokföringslag
/// 1991:481, § 18). In coordination numbers (lag 2022:1697 om samordningsnummer) 60 is added to the day; month and day
/// are 00 and 60 where they are not known.
pub(crate) fn personnummer(id: &[u8]) -> bool {
    let (century, id) = ten(id);
    let (month, day) = (number(id, 2..4), number(id, 4..6));
    let year = century.unwrap_or(20) * 100 + number(id, 0..2);
    let unknown = month == 0 && (60..=91).contains(&day) || day == 60 && month <= 12;
    let born = unknown || date(year, month, if day > 60 { day - 60 } else { day });
    matches!(century, None | Some(18..=20)) && born && luhn(id)
}

/// The number of an organisation: ten digits, the first says what it is, the third is two or more, so that it is no
/// day; Luhn (lag 1974:174 om identitetsbeteckning för juridiska personer m.fl.). Twelve digits begin with 16.
pub(crate) fn organisationsnummer(id: &[u8]) -> bool {
    let (century, id) = ten(id);
    matches!(century, None | Some(16)) && matches!(id, [b'1'..=b'3' | b'5'..=b'9', _, b'2'..=b'9', ..]) && luhn(id)
}

/// The VAT number: SE, the number of a person or organisation, 01 (Council Directive 2006/112/EC, art. 215;
/// Skatteverket).
pub(crate) fn vat(id: &[u8]) -> bool {
    matches!(id, [b'S', b'E', ten @ .., b'0', b'1'] if ten.len() == 10 && luhn(ten))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_numbers() {
        // The first is the example of Skatteverket (SKV 704).
        for right in ["6408233234", "196408233234", "8802741234", "191500882392", "191503882399"] {
            assert!(personnummer(right.as_bytes()), "{right}");
        }
        for wrong in ["6408233235", "166408233234", "6413233233", "199902300009", "5561123455", ""] {
            assert!(!personnummer(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn organisations() {
        assert!(organisationsnummer(b"5560160680") && organisationsnummer(b"165560160680"));
        assert!(!organisationsnummer(b"5560160681") && !organisationsnummer(b"195560160680"));
        assert!(!organisationsnummer(b"6408233234") && !organisationsnummer(b""));
        assert!(vat(b"SE556016068001") && !vat(b"SE556016068101") && !vat(b"SE55601606801"));
    }
}
