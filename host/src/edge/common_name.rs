//! Who a client is by its certificate: the common name of its subject. Whether the certificate is good was found out before.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;

/// The common name of whoever is at the other side of a connection. Requests of HTTP carry it as an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommonName(pub Arc<str>);

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OID: u8 = 0x06;
/// UTF-8, printable, IA5.
const TEXTS: [u8; 3] = [0x0c, 0x13, 0x16];
/// 2.5.4.3.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

impl CommonName {
    /// Reads it. `None`: there is none, or more than one.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let certificate = webpki::EndEntityCert::try_from(certificate).ok()?;
        one(certificate.subject()).map(|name| Self(name.into()))
    }
}

/// The one common name among the parts of a subject, without its outer head.
fn one(subject: &[u8]) -> Option<&str> {
    let mut found = None;
    let mut sets = subject;
    while !sets.is_empty() {
        let (SET, mut parts, rest) = head(sets)? else { return None };
        sets = rest;
        while !parts.is_empty() {
            let (SEQUENCE, part, rest) = head(parts)? else { return None };
            parts = rest;
            let (OID, name, value) = head(part)? else { return None };
            let (tag, text, _) = head(value)?;
            if name == COMMON_NAME {
                let text = std::str::from_utf8(text).ok().filter(|_| TEXTS.contains(&tag))?;
                if found.replace(text).is_some() {
                    return None;
                }
            }
        }
    }
    found
}

/// Tag and content of the first part in DER, and what stands behind it.
fn head(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, length, rest) = match bytes {
        [tag, length @ 0..=0x7f, rest @ ..] => (*tag, usize::from(*length), rest),
        [tag, 0x81, length, rest @ ..] => (*tag, usize::from(*length), rest),
        [tag, 0x82, high, low, rest @ ..] => (*tag, usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, content.len() as u8], content].concat()
    }

    fn said(oid: u8, tag: u8, text: &str) -> Vec<u8> {
        let both = [part(OID, &[0x55, 0x04, oid]), part(tag, text.as_bytes())].concat();
        part(SET, &part(SEQUENCE, &both))
    }

    #[test]
    fn a_subject_has_one_common_name() {
        let (country, name) = (said(6, 0x13, "DE"), said(3, 0x0c, "node-shippers"));
        assert_eq!(one(&[&country[..], &name].concat()), Some("node-shippers"));
        assert_eq!(one(&country), None);
        assert_eq!(one(&[&name[..], &name].concat()), None, "who has two names is nobody");
        assert_eq!(one(&said(3, 0x14, "x")), None);
        assert_eq!(one(&name[..name.len() - 1]), None);
    }

    proptest! {
        /// LAW: nothing panics.
        #[test]
        fn hostile_bytes_name_nobody_or_somebody(bytes in proptest::collection::vec(any::<u8>(), 0..40), at in 0..20usize) {
            let mut name = said(3, 0x0c, "node-shippers");
            let at = at.min(name.len());
            name.splice(at..at, bytes.iter().copied());
            let _ = (one(&bytes), one(&name));
        }
    }
}
