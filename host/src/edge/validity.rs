//! From when to when a certificate may be used.

use rustls::pki_types::CertificateDer;
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::Decode as _;

/// Two moments, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first one.
    pub from: i64,
    /// The last one.
    pub until: i64,
}

impl Validity {
    /// Reads it. `None`: it cannot be read, which is no reason not to use the certificate.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        // Strictness would turn certificates away that others take: of this one only two dates are wanted.
        let certificate = CertificateInner::<Raw>::from_der(certificate).ok()?;
        let said = certificate.tbs_certificate().validity();
        let seconds = |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).ok();
        Some(Self { from: seconds(said.not_before)?, until: seconds(said.not_after)? })
    }
}
