//! Whether a ledger is whole.

use std::collections::BTreeMap;
use std::io;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::Value;

use super::{digest, lines, origin};

/// A ledger that is whole, as far as it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// How many lines there are.
    pub lines: u64,
    /// The digest of the last one. Whoever kept it elsewhere can see whether the end was cut off.
    pub head: String,
    /// First and last time.
    pub from: String,
    /// See `from`.
    pub to: String,
    /// How often a process began without the one before having ended.
    pub crashes: u64,
    /// Lines by kind.
    pub kinds: BTreeMap<String, u64>,
}

/// Where a ledger is not whole.
#[derive(Debug, thiserror::Error)]
pub enum Break {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A line is none.
    #[error("line {0} is no line of a ledger")]
    Line(u64),
    /// A line is missing before this one, or was put in.
    #[error("line {line}: number {found} stands where {expected} should")]
    Number {
        /// The line.
        line: u64,
        /// Its number.
        found: u64,
        /// The one that follows the line before.
        expected: u64,
    },
    /// The line before was changed.
    #[error("line {0} does not follow the line before it: that one was changed, or another was taken out")]
    Chain(u64),
    /// The line was changed, or signed with another key.
    #[error("line {0} was changed, or is signed with another key")]
    Signature(u64),
    /// The line whose digest was kept elsewhere is not there.
    #[error("the line that was kept elsewhere is not in it: its end was cut off, or it is another ledger")]
    Head,
    /// Something stands behind the last whole line.
    #[error("line {0} is cut off")]
    Cut(u64),
}

/// Reads a ledger from its first line and checks every number, link and signature. `kept`: the digest of a line that somebody kept
/// elsewhere, which has to be in it.
///
/// # Errors
///
/// The first line that is not right.
pub fn verify(reader: impl io::Read, public: &[u8], kept: Option<&str>) -> Result<Chain, Break> {
    let mut chain = Chain { head: origin(), ..Chain::default() };
    let (mut is_running, mut is_found) = (false, kept.is_none());
    let public = UnparsedPublicKey::new(&ED25519, public);
    for line in lines(reader) {
        let line = line?;
        let number = chain.lines + 1;
        let line = line.strip_suffix(b"\n").ok_or(Break::Cut(number))?;
        let (kind, time) = follows(line, number, &chain.head, &public)?;
        match kind.as_str() {
            "started" => {
                chain.crashes += u64::from(is_running);
                is_running = true;
            }
            "stopped" => is_running = false,
            _ => {}
        }
        if chain.lines == 0 {
            chain.from.clone_from(&time);
        }
        chain.to = time;
        *chain.kinds.entry(kind).or_default() += 1;
        (chain.lines, chain.head) = (number, digest(line));
        is_found |= kept == Some(chain.head.as_str());
    }
    if is_found { Ok(chain) } else { Err(Break::Head) }
}

/// Kind and time of a line, if it is the one of this number behind a line of this digest.
fn follows(
    line: &[u8],
    number: u64,
    prev: &str,
    public: &UnparsedPublicKey<impl AsRef<[u8]>>,
) -> Result<(String, String), Break> {
    let read: Value = serde_json::from_slice(line).map_err(|_| Break::Line(number))?;
    let text = |key: &str| read.get(key).and_then(Value::as_str).ok_or(Break::Line(number));
    let found = read.get("seq").and_then(Value::as_u64).ok_or(Break::Line(number))?;
    if found != number {
        return Err(Break::Number { line: number, found, expected: number });
    }
    if text("prev")? != prev {
        return Err(Break::Chain(number));
    }
    let signature = text("sig")?;
    let signed = line.strip_suffix(format!(",\"sig\":\"{signature}\"}}").as_bytes()).ok_or(Break::Line(number))?;
    let signature = BASE64_STANDARD.decode(signature).map_err(|_| Break::Line(number))?;
    public.verify(signed, &signature).map_err(|_| Break::Signature(number))?;
    Ok((text("kind")?.to_owned(), text("time")?.to_owned()))
}

/// The digest of a line with its break, if it follows the one of this number and digest.
pub(super) fn next(line: &[u8], (seq, prev): (u64, &str), public: &[u8]) -> Option<String> {
    let line = line.strip_suffix(b"\n")?;
    follows(line, seq + 1, prev, &UnparsedPublicKey::new(&ED25519, public)).ok()?;
    Some(digest(line))
}
