//! Argentina.

use super::parts::part;
use super::sums::weighted;

/// The tax and labour number: kind of person, eight digits, a check digit, 9 in place of ten (Ley 11.683;
/// AFIP, Resolución General 10/1997).
pub(crate) fn cuit(id: &[u8]) -> bool {
    let kind = matches!(part(id, 0..2), 20 | 23 | 24 | 27 | 30 | 33 | 34 | 50 | 51 | 55);
    let expected = match weighted(id, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
        0 => 0,
        1 => 9,
        rest => 11 - rest,
    };
    kind && part(id, 10..11) == expected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuits() {
        assert!(cuit(b"30500010912") && cuit(b"20123456786"));
        assert!(!cuit(b"30500010913") && !cuit(b"40500010912") && !cuit(b"3050001091"));
    }
}
