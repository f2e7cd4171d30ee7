//! Diagnoses.

/// A code of ICD-10 or its clinical modification: a letter, a digit, a digit (or A, B), then a digit or a placeholder, then
/// digits and letters without I and O; chapter III ends at D89 (WHO, ICD-10 version 2019; CMS, ICD-10-CM; BfArM, ICD-10-GM).
pub(crate) fn icd10(id: &[u8]) -> bool {
    let Some(([chapter, block, category], details)) = id.split_first_chunk::<3>() else { return false };
    let exists = (*chapter, *block) != (b'D', b'9') && (category.is_ascii_digit() || matches!(category, b'A' | b'B'));
    let place = details.first().is_none_or(|first| first.is_ascii_digit() || *first == b'X');
    exists && place && !details.iter().any(|byte| matches!(byte, b'I' | b'O'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagnoses() {
        for code in ["E119", "J45", "S72001A", "T07XXXA", "M1A00X0", "C7A1", "U071"] {
            assert!(icd10(code.as_bytes()), "{code}");
        }
        assert!(!icd10(b"D98") && !icd10(b"E1Z") && !icd10(b"E11Q9") && !icd10(b"E11IO") && !icd10(b"E1"));
    }
}
