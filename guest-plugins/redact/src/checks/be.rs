//! Belgium.

use super::sums::part;

/// The number of the national register (arrêté royal du 3 avril 1984, articles 1 to 5): birth, serial number, 97 less
/// the rest modulo 97; those born from 2000 on count with a 2 in front. Months have 20 or 40 added where the sex is
/// unknown or known (BIS numbers, arrêté royal du 8 février 1991); a zero stands for what is unknown, and behind a
/// month of zero days are counted on.
pub(crate) fn national_number(id: &[u8]) -> bool {
    let (first, check) = (part(id, 0, 9), part(id, 9, 2));
    let (month, day) = (part(id, 2, 2), part(id, 4, 2));
    let dated = month <= 52 && month % 20 <= 12 && (day <= 31 || month % 20 == 0);
    let right = |number: u64| 97 - number % 97 == check;
    id.len() == 11 && part(id, 6, 3) != 0 && dated && (right(first) || right(first + 2_000_000_000))
}

/// The number of an enterprise, of VAT too (arrêté royal du 24 juin 2003; Code de droit économique, article III.17):
/// ten digits, 0 or 1 first; the last two are 97 less the others modulo 97.
pub(crate) fn enterprise(id: &[u8]) -> bool {
    let id = id.strip_prefix(b"BE").unwrap_or(id);
    let first = matches!(id.first(), Some(b'0' | b'1'));
    id.len() == 10 && first && part(id, 0, 8) != 0 && 97 - part(id, 0, 8) % 97 == part(id, 8, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        // Born before and from 2000 on; a BIS number.
        assert!(national_number(b"72041512790") && national_number(b"17073003384") && national_number(b"98472800191"));
        for wrong in [&b"72041512791"[..], b"68092224111", b"72331512790", b"7204151279", b"23456789011"] {
            assert!(!national_number(wrong));
        }
        assert!(enterprise(b"0403019261") && enterprise(b"BE0428759497"));
        assert!(!enterprise(b"0431150352") && !enterprise(b"2403019261") && !enterprise(b"0000000097"));
    }

    // The numbers and forms of `entities/national-be.toml`.
}
