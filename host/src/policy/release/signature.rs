//! Who signed a bundle.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

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

/// A public key: 64 hexadecimal digits in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Public(String);

/// Why something is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not the digits of one.
    #[error("a key is 64 hexadecimal digits (32 bytes); `tamis policy key new` makes one")]
    Digits,
}

/// A key that signs. It is not printed.
pub struct Key(Ed25519KeyPair);

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

fn bytes(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != 64 || !text.bytes().all(digit) {
        return None;
    }
    let mut out = [0; 32];
    for (at, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(out)
}

impl Public {
    /// Reads the file of a public key: the digits, and lines that begin with `#`.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        match (lines.next(), lines.next()) {
            (Some(one), None) if bytes(one).is_some() => Ok(Self(one.to_owned())),
            _ => Err(KeyError::Digits),
        }
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Key {
    /// Reads a key, as [`Public::parse`] does.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let seed = Public::parse(text).ok().and_then(|digits| bytes(&digits.0)).ok_or(KeyError::Digits)?;
        Ed25519KeyPair::from_seed_unchecked(&seed).map(Self).map_err(|_| KeyError::Digits)
    }

    /// The public half.
    pub fn public(&self) -> Public {
        Public(self.0.public_key().as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Signs a bundle as an officer.
    pub fn sign(&self, bundle: &Bundled, name: &str) -> Signature {
        let signed = signed(&bundle.manifest, Role::Officer, name);
        let signature = BASE64_STANDARD.encode(self.0.sign(&signed));
        Signature { role: Role::Officer, name: name.to_owned(), key: self.public(), signature }
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
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
        let (Some(key), Ok(signature)) = (bytes(&self.key.0), BASE64_STANDARD.decode(&self.signature)) else {
            return false;
        };
        let signed = signed(manifest, self.role, &self.name);
        UnparsedPublicKey::new(&ED25519, key).verify(&signed, &signature).is_ok()
    }
}

impl Bundled {
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
