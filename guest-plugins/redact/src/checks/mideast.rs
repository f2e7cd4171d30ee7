//! Israel, the United Arab Emirates and Saudi Arabia.

use super::dates::number;
use crate::check::luhn;

/// The Israeli identity number: nine digits, the last Luhn's (Population Registry Law, 5725-1965).
pub(crate) fn israeli(id: &[u8]) -> bool {
    luhn(id) && id.iter().any(|byte| *byte != b'0')
}

/// The Emirates identity number: 784, year of birth, seven digits, Luhn's check digit (Federal Decree-Law on the
/// Population Register and Emirates ID Card; ICP).
pub(crate) fn emirates(id: &[u8]) -> bool {
    id.starts_with(b"784") && matches!(number(id, 3..7), 1900..=2060) && luhn(id)
}

/// The Saudi identity number: ten digits, 1 for citizens and 2 for residents first, Luhn's check digit (Civil Status
/// Law; Ministry of Interior).
pub(crate) fn saudi(id: &[u8]) -> bool {
    matches!(id, [b'1' | b'2', ..]) && luhn(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_persons() {
        assert!(israeli(b"039337423") && !israeli(b"039337424") && !israeli(b"000000000"));
        assert!(emirates(b"784198012345678") && !emirates(b"784198012345679") && !emirates(b"784298012345677"));
        assert!(saudi(b"1010101010") && !saudi(b"1010101015") && !saudi(b"3010101018"));
    }
}
