//! Singapore.

use super::sums::weighted;

/// The number of citizens (S, T) and foreigners (F, G, M): seven digits, check letter mod 11 (National Registration Act
/// 1965; ICA, the M series since 2022).
pub(crate) fn nric(id: &[u8]) -> bool {
    let [kind, digits @ .., last] = id else { return false };
    let (more, letters) = match kind {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"XWUTRQPNJLK"),
        _ => return false,
    };
    let sum = weighted(digits, &[2, 7, 6, 5, 4, 3, 2]) + more;
    letters.get(sum as usize % 11) == Some(last)
}

/// Kinds of entities other than businesses and companies.
const KINDS: &[u8; 76] = b"CCCDCHCLCMCPCSCXDPFBFCFMFNGAGBGSHSLLLPMBMCMDMHMMMQNBNRPAPBPFRFRPSMSSTCTUVHXL";

/// The unique entity number: eight digits of a business, nine of a company with the year of issue before, or R, S or T
/// with year and kind; check letter mod 11 (ACRA).
pub(crate) fn uen(id: &[u8]) -> bool {
    let Some((last, rest)) = id.split_last() else { return false };
    let (sum, letters) = match rest {
        [b'R' | b'S' | b'T', _, _, one, two, ..] => {
            if !KINDS.chunks_exact(2).any(|kind| kind == [*one, *two]) {
                return false;
            }
            let alphabet = b"ABCDEFGHJKLMNPQRSTUVWX0123456789";
            let value = |byte: &u8| alphabet.iter().position(|known| known == byte).unwrap_or(0);
            let products = rest.iter().zip([4, 3, 5, 3, 10, 2, 2, 5, 7]).map(|(byte, weight)| value(byte) * weight);
            (products.sum::<usize>() + 6, &alphabet[..11])
        }
        [b'1' | b'2', ..] if rest.len() == 9 => {
            (weighted(rest, &[10, 8, 6, 4, 9, 7, 5, 3, 1]) as usize, b"ZKCMDNERGWH".as_slice())
        }
        [b'0'..=b'9', ..] if rest.len() == 8 => {
            (weighted(rest, &[10, 4, 9, 3, 8, 2, 7, 1]) as usize, b"XMKECAWLJDB".as_slice())
        }
        _ => return false,
    };
    letters.get(sum % 11) == Some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons() {
        assert!(nric(b"S8105237I") && nric(b"G5930472R") && nric(b"M3815026R") && nric(b"M6047193W"));
        assert!(!nric(b"S8105237A") && !nric(b"M3815026K") && !nric(b"B8105237Z") && !nric(b""));
    }

    #[test]
    fn entities() {
        assert!(uen(b"53412670K") && uen(b"201812345M") && uen(b"T08SS1234J") && uen(b"00192200M"));
        assert!(!uen(b"53412670A") && !uen(b"201812345C") && !uen(b"T08SS1234A") && !uen(b"T08ZZ1234J"));
    }
}
