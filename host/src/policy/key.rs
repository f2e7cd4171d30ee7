//! Keys of officers: Ed25519 (RFC 8032). One signs bundles and entries of evidence alike.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

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
            (Some(one), None) => Self::from_digits(one).ok_or(KeyError::Digits),
            _ => Err(KeyError::Digits),
        }
    }

    /// A key that is these digits and nothing else.
    pub fn from_digits(text: &str) -> Option<Self> {
        bytes(text).map(|_| Self(text.to_owned()))
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a signature, in Base64, is of these bytes and of this key.
    pub fn has_signed(&self, signed: &[u8], signature: &str) -> bool {
        let (Some(key), Ok(signature)) = (bytes(&self.0), BASE64_STANDARD.decode(signature)) else { return false };
        UnparsedPublicKey::new(&ED25519, key).verify(signed, &signature).is_ok()
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

    /// Signs bytes; the signature is Base64.
    pub fn sign(&self, bytes: &[u8]) -> String {
        BASE64_STANDARD.encode(self.0.sign(bytes))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}
