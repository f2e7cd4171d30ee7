//! Ecuador.

use super::parts::part;
use crate::check::luhn;

/// The number of the identity card: province (30 and 50 for those registered abroad), at most 6 in the third place, Luhn (Ley
/// Orgánica de Gestión de la Identidad y Datos Civiles, art. 85; Registro Civil).
pub(crate) fn cedula(id: &[u8]) -> bool {
    matches!(part(id, 0..2), 1..=24 | 30 | 50) && part(id, 2..3) <= 6 && luhn(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cedulas() {
        assert!(cedula(b"1714307103"));
        assert!(!cedula(b"1714307104") && !cedula(b"2514307104") && !cedula(b"17"));
    }
}
