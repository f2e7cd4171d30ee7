//! Who signed a bundle.

use serde::{Deserialize, Serialize};

use super::super::key::{Key, Public};
use super::file::{Bundled, line};
use super::manifest::Manifest;

/// Longest name of who signs, in bytes.
const NAME_BYTES_MAX: usize = 128;

/// What somebody signs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Who answers for the policy.
    Officer,
}

/// A signature (Ed25519, RFC 8032) of a bundle's manifest, which names the digest of everything in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// As what.
    pub role: Role,
    /// Who, as they call themselves.
    pub name: String,
    /// Their public key.
    pub key: Public,
    /// Base64.
    signature: String,
}

/// Why signatures do not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// Nobody who is trusted signed it.
    #[error("nobody signed it whose key is trusted here")]
    Nobody,
    /// It may show more than before: one signature does not do.
    #[error("it shows more than the release before, or may: two officers have to sign it, and one did ({0})")]
    OnlyOne(String),
}

/// What is signed: for what, by whom, and the manifest.
fn signed(manifest: &Manifest, role: Role, name: &str) -> Vec<u8> {
    let mut signed = format!("tamis-bundle 1\0{role:?}\0{name}\0").into_bytes();
    signed.extend(line(manifest));
    signed
}

impl Signature {
    /// Its line in a bundle.
    pub(super) fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// Reads a line that is written in the one way.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let own: Self = serde_json::from_slice(line.strip_suffix(b"\n")?).ok()?;
        let is_name = !own.name.is_empty() && own.name.len() <= NAME_BYTES_MAX && !own.name.contains(char::is_control);
        (is_name && own.line() == line).then_some(own)
    }

    /// Whether it is of this manifest and of the key that it names.
    pub(super) fn is_of(&self, manifest: &Manifest) -> bool {
        self.key.has_signed(&signed(manifest, self.role, &self.name), &self.signature)
    }
}

impl Bundled {
    /// Signs it as an officer.
    pub fn sign(&self, key: &Key, name: &str) -> Signature {
        let signature = key.sign(&signed(&self.manifest, Role::Officer, name));
        Signature { role: Role::Officer, name: name.to_owned(), key: key.public(), signature }
    }

    /// Who of those that are trusted signed it. `needs_two`: it may show more than what is in force.
    ///
    /// # Errors
    ///
    /// Too few did.
    pub fn signed_by(&self, trusted: &[Public], needs_two: bool) -> Result<Vec<&Signature>, Unsigned> {
        let signed: Vec<_> = self.signatures.iter().filter(|signature| trusted.contains(&signature.key)).collect();
        match signed.as_slice() {
            [] => Err(Unsigned::Nobody),
            [one] if needs_two || self.manifest.widens => Err(Unsigned::OnlyOne(one.name.clone())),
            _ => Ok(signed),
        }
    }
}
