//! Bulgaria, Croatia, Slovenia, Serbia and its neighbours.

use super::dates::{date, number};
use super::sums::{digit, mod11_10, weighted};

/// The Bulgarian civil number: day of birth, months with 20 added before 1900 and 40 from 2000 on, three digits, check
/// digit mod 11 (Закон за гражданската регистрация, чл. 11).
pub(crate) fn egn(id: &[u8]) -> bool {
    let Some((last, rest)) = id.split_last() else { return false };
    let (century, month) = match number(id, 2..4) {
        month @ 41..=52 => (2000, month - 40),
        month @ 21..=32 => (1800, month - 20),
        month => (1900, month),
    };
    let sum = weighted(rest, &[2, 4, 8, 5, 10, 9, 7, 3, 6]);
    date(century + number(id, 0..2), month, number(id, 4..6)) && digit(*last) == sum % 11 % 10
}

/// The Croatian OIB: eleven digits, ISO/IEC 7064 MOD 11,10 (Zakon o osobnom identifikacijskom broju, NN 60/2008), for
/// VAT with HR before.
pub(crate) fn oib(id: &[u8]) -> bool {
    mod11_10(id.strip_prefix(b"HR").unwrap_or(id))
}

/// The number of a citizen in the successors of Yugoslavia: day of birth, year of three digits, region, three digits,
/// check digit mod 11.
fn citizen(id: &[u8]) -> bool {
    let Some((last, rest)) = id.split_last() else { return false };
    let year = number(id, 4..7);
    let year = if year < 800 { 2000 + year } else { 1000 + year };
    let sum = weighted(rest, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    year < 2100 && date(year, number(id, 2..4), number(id, 0..2)) && digit(*last) == (11 - sum) % 11 % 10
}

/// The JMBG of Serbia, Bosnia and Herzegovina, Montenegro, North Macedonia and earlier Croatia (Zakon o jedinstvenom
/// matičnom broju građana).
pub(crate) fn jmbg(id: &[u8]) -> bool {
    !matches!(number(id, 7..9), 50..=59) && citizen(id)
}

/// The EMŠO of Slovenia, regions 50 to 59 (Zakon o centralnem registru prebivalstva).
pub(crate) fn emso(id: &[u8]) -> bool {
    matches!(number(id, 7..9), 50..=59) && citizen(id)
}

/// The Slovenian tax number: eight digits, mod 11, for VAT with SI before (Zakon o finančni upravi; ZDavP-2).
pub(crate) fn davcna(id: &[u8]) -> bool {
    let id = id.strip_prefix(b"SI").unwrap_or(id);
    let sum = weighted(id, &[8, 7, 6, 5, 4, 3, 2]) % 11;
    id.first() != Some(&b'0') && sum != 0 && id.last().is_some_and(|last| digit(*last) == (11 - sum) % 10)
}

/// The Serbian tax number: nine digits, no zero first, ISO/IEC 7064 MOD 11,10 (Zakon o poreskom postupku i poreskoj
/// administraciji, čl. 26), for VAT with RS before.
pub(crate) fn pib(id: &[u8]) -> bool {
    let id = id.strip_prefix(b"RS").unwrap_or(id);
    id.first() != Some(&b'0') && mod11_10(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulgarian_numbers() {
        assert!(egn(b"8403151205") && egn(b"0547123452") && egn(b"6247192833"));
        assert!(!egn(b"8403151206") && !egn(b"8419157300") && !egn(b""));
    }

    #[test]
    fn croatian_numbers() {
        assert!(oib(b"33392005961") && oib(b"HR33392005961") && !oib(b"33392005962"));
    }

    #[test]
    fn citizens() {
        assert!(emso(b"0101006500006") && jmbg(b"0101990710008") && !jmbg(b"0101006500006"));
        assert!(!emso(b"0101006500007") && !jmbg(b"3202990710008") && !emso(b"0101990710008"));
    }

    #[test]
    fn tax_numbers() {
        assert!(davcna(b"15012557") && davcna(b"SI50223054") && !davcna(b"15012556"));
        assert!(pib(b"101134702") && !pib(b"101134703") && !pib(b"001134702"));
    }
}
