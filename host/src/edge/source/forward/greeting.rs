//! The handshake of the Forward protocol: both sides show that they know a key, neither says it.

use std::io;

use serde_json::json;
use sha2::{Digest as _, Sha512};
use subtle::ConstantTimeEq as _;

use crate::edge::msgpack::{Broken, Cursor, pack};

/// What Tamis calls itself.
pub(in crate::edge) const NAME: &str = "tamis";

/// What shows that one side knows the key.
pub(in crate::edge) fn proof(salt: &[u8], name: &[u8], nonce: &[u8], key: &[u8]) -> String {
    let digest = Sha512::new().chain_update(salt).chain_update(name).chain_update(nonce).chain_update(key).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What nobody guesses: 128 bits, as a text.
pub(in crate::edge) fn nonce() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What a server says first.
pub(super) fn hello(nonce: &str) -> Vec<u8> {
    pack(&json!(["HELO", {"nonce": nonce, "auth": "", "keepalive": true}]))
}

/// Looks at `["PING", name, salt, proof, user, password]`, and gives the salt. `None`: who sent it does not know the key.
pub(super) fn ping<'m>(message: &'m [u8], nonce: &str, key: &[u8]) -> Result<Option<&'m [u8]>, Broken> {
    let mut cursor = Cursor::new(message);
    if cursor.array()? < 4 || cursor.text()? != b"PING" {
        return Err(Broken);
    }
    let (name, salt, shown) = (cursor.text()?, cursor.text()?, cursor.text()?);
    let is_known: bool = proof(salt, name, nonce.as_bytes(), key).as_bytes().ct_eq(shown).into();
    Ok(is_known.then_some(salt))
}

/// What a server answers: its own proof, or that the key is another.
pub(super) fn pong(salt: Option<&[u8]>, nonce: &str, key: &[u8]) -> Vec<u8> {
    pack(&match salt {
        Some(salt) => json!(["PONG", true, "", NAME, proof(salt, NAME.as_bytes(), nonce.as_bytes(), key)]),
        None => json!(["PONG", false, "shared_key mismatch", "", ""]),
    })
}
