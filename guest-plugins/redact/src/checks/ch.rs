//! Switzerland.

use super::sums::{digit, part, weighted};

/// The number of old-age insurance (AHVG, article 50c; AHVV, article 133bis): the country in front, 756, and a check
/// digit of EAN-13 (GS1 General Specifications, 7.9).
pub(crate) fn ahv(id: &[u8]) -> bool {
    let sum = weighted(id, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]);
    id.len() == 13 && id.starts_with(b"756") && part(id, 3, 9) != 0 && sum.is_multiple_of(10)
}

/// The number of an enterprise (UIDG, article 3; UIDV, annex; standard eCH-0097): `CHE` and nine digits, the last of
/// which checks the others modulo 11; where that is ten there is no number. `MWST`, `TVA` or `IVA` may follow.
pub(crate) fn uid(id: &[u8]) -> bool {
    let digits = id.strip_prefix(b"CHE").unwrap_or(id).get(..9).unwrap_or_default();
    let sum = weighted(digits, &[5, 4, 3, 2, 7, 6, 5, 4]);
    part(digits, 0, 8) != 0 && digits.last().is_some_and(|last| (11 - sum % 11) % 11 == digit(*last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        // The example of the Central Compensation Office.
        assert!(ahv(b"7569217076985") && !ahv(b"7569217076984") && !ahv(b"7559217076988") && !ahv(b"756921707698"));
        assert!(uid(b"CHE100155212") && uid(b"CHE100155212MWST") && !uid(b"CHE100155213") && !uid(b"CHE10015521"));
    }

    // The numbers and forms of `entities/national-ch.toml`.
}
