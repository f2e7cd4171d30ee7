//! Canada.

use super::parts::{among, part};
use crate::check::luhn;

/// The social insurance number: Luhn; 0 and 8 lead no number of a person (Employment Insurance Act, S.C. 1996, c. 23, s. 138;
/// ESDC, Social Insurance Number code of practice).
pub(crate) fn sin(id: &[u8]) -> bool {
    !among(id.first(), b"08") && luhn(id)
}

/// The business number: nine digits with Luhn, alone or with a program (GST, payroll, corporation, import, charity,
/// information returns …) and its number (Income Tax Act, s. 248(1); CRA, RC2).
pub(crate) fn business(id: &[u8]) -> bool {
    let Some((root, account)) = id.split_at_checked(9) else { return false };
    let program = account.first() == Some(&b'R') && among(account.get(1), b"TPCMRZGDEN") && part(account, 2..6) > 0;
    root.first() != Some(&b'0') && luhn(root) && (account.is_empty() || program)
}

/// The health number of Ontario: ten digits with Luhn, none leading zero, perhaps a version of two letters (Health Insurance
/// Act, R.R.O. 1990, Reg. 552; Ministry of Health, Health Card Validation).
pub(crate) fn ontario_health(id: &[u8]) -> bool {
    id.first() != Some(&b'0') && id.get(..10).is_some_and(luhn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sins() {
        assert!(sin(b"130692544"));
        assert!(!sin(b"130692545") && !sin(b"046454286") && !sin(b"800000002"));
    }

    #[test]
    fn business_numbers() {
        assert!(business(b"123026635") && business(b"123026635RC0001"));
        assert!(!business(b"123026636") && !business(b"123026635AB0001") && !business(b"123026635RC0000"));
    }

    #[test]
    fn health_numbers() {
        assert!(ontario_health(b"1234567897") && ontario_health(b"1234567897AB"));
        assert!(!ontario_health(b"1234567890") && !ontario_health(b"0234567899") && !ontario_health(b"12345"));
    }
}
