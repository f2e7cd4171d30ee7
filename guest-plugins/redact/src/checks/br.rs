//! Brazil.

use super::parts::{part, same};
use super::sums::{digit, weighted};

/// What makes a sum of products a multiple of eleven, 0 in place of 10 and 11.
fn complement(sum: u32) -> u32 {
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

/// The taxpayer number of a person: nine digits and two check digits (Decreto 3.000/1999, art. 33; Instrução Normativa RFB
/// 2.172/2024).
pub(crate) fn cpf(id: &[u8]) -> bool {
    let first = complement(weighted(id, &[10, 9, 8, 7, 6, 5, 4, 3, 2]));
    let second = complement(weighted(id, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
    !same(id) && part(id, 9..11) == first * 10 + second
}

/// The taxpayer number of a company: twelve letters or digits, each worth its ASCII code less 48, and two check digits
/// (Instrução Normativa RFB 2.119/2022, as changed by 2.229/2024: letters since July 2026).
pub(crate) fn cnpj(id: &[u8]) -> bool {
    let first = complement(weighted(id, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
    let second = complement(weighted(id, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
    !same(id) && part(id, 12..14) == first * 10 + second
}

/// The number of the driving licence's register: nine digits and two check digits. Where the first remainder is ten, the second
/// digit is less by two (Lei 9.503/1997, art. 159; Portaria DENATRAN 47/1999); both ways are in use.
pub(crate) fn cnh(id: &[u8]) -> bool {
    let first = weighted(id, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11;
    let second = weighted(id, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11;
    let less = if first == 10 { (second + 9) % 11 } else { second };
    let [last_but_one, last] = [9, 10].map(|at| id.get(at).map_or(10, |byte| digit(*byte)));
    !same(id) && last_but_one == first % 10 && (last == less % 10 || last == second % 10)
}

/// The number of a worker in PIS, PASEP and NIS: ten digits and a check digit (Lei Complementar 7/1970; Caixa, Cadastro NIS).
pub(crate) fn pis(id: &[u8]) -> bool {
    !same(id) && part(id, 10..11) == complement(weighted(id, &[3, 2, 9, 8, 7, 6, 5, 4, 3, 2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpfs() {
        assert!(cpf(b"39053344705") && cpf(b"12345678909"));
        assert!(!cpf(b"39053344706") && !cpf(b"11111111111") && !cpf(b"390533447"));
    }

    #[test]
    fn cnpjs() {
        // With letters: the example of Serpro and Receita Federal.
        assert!(cnpj(b"11222333000181") && cnpj(b"12ABC34501DE35"));
        assert!(!cnpj(b"11222333000182") && !cnpj(b"12ABC34501DE36") && !cnpj(b"00000000000000"));
    }

    #[test]
    fn cnhs() {
        assert!(cnh(b"62472927637"));
        assert!(!cnh(b"62472927638") && !cnh(b"00000000000") && !cnh(b"624729276"));
    }

    #[test]
    fn pis_numbers() {
        assert!(pis(b"12056412545"));
        assert!(!pis(b"12056412546") && !pis(b"00000000000") && !pis(b"1205641254"));
    }
}
