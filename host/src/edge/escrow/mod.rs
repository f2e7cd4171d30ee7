//! Escrow: what codes stand for, sealed so that only several officers together can say it.
//!
//! # The files
//!
//! `STATE/escrow/TENANT/EPOCH.DAYS.SEGMENT.ndjson`: a line of JSON for every batch that brought new codes, a [`Group`].
//!
//! Each entry is sealed under a key of its own (ChaCha20-Poly1305), which is made by chance, split into a share for each officer (Shamir, k of n), and
//! forgotten. An officer's shares of a group are sealed to the officer's public key (`age`), each beside its code. So what this process wrote it cannot open, nor
//! can k − 1 officers; and k officers who agree about one code give out the shares of that one only.
//!
//! INVARIANT (no code without entry): a line is synced before the batch leaves, and a code counts as kept only then. A write or a sync that fails fails the batch;
//! after a failed sync a new segment begins. A line that was cut off in a crash was never counted: it is taken away.

mod find;
mod quota;
mod reveal;
mod seal;
#[cfg(test)]
mod tests;
mod vault;

pub use find::{Found, Size, count, destroy, find, may_be_a_code};
pub use quota::Quota;
pub use reveal::{Approval, Asked, Request, RevealError, shows_itself};
pub use seal::{Group, Officer, Officers};
pub use vault::{InForce, Vault};

use std::path::{Path, PathBuf};

use super::quarantine::parse_recipient;
use crate::pipeline::keys::{Epoch, KeyError};
use crate::policy::document::Escrow;

/// The folder of escrow in a folder of state.
pub fn folder(state: &Path) -> PathBuf {
    state.join("escrow")
}

/// What the file of an officer is called: `works council` is `works-council.age`.
pub fn file_name(officer: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c.to_lowercase().to_string() } else { "-".to_owned() };
    format!("{}.age", officer.trim().chars().map(plain).collect::<String>())
}

/// Reads the public keys of those whom a policy names: `FOLDER/TENANT/OFFICER.age`, a key each.
///
/// # Errors
///
/// All that is missing or wrong, with where it should be.
pub fn officers(folder: Option<&Path>, tenant: &str, said: &Escrow) -> Result<Officers, KeyError> {
    let wrong = |text: String| Err(KeyError(text));
    let Some(folder) = folder else {
        let names = said.officers.join("`, `");
        return wrong(format!(
            "the policy `{tenant}` has [escrow]: what its codes stand for is sealed to `{names}`, and nothing says where their public keys are\n\
             help: write [escrow] officers = \"/etc/tamis/officers\" into the configuration, and put the key (age1…) of each there: {tenant}/{}",
            said.officers.first().map(|name| file_name(name)).unwrap_or_default()
        ));
    };
    let (mut all, mut missing): (Vec<Officer>, Vec<String>) = (Vec::new(), Vec::new());
    for name in &said.officers {
        let path = folder.join(tenant).join(file_name(name));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                missing.push(format!("cannot read the public key of `{name}`, {}: {error}", path.display()));
                continue;
            }
        };
        let lines: Vec<_> = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
        match lines.as_slice() {
            [one] => match parse_recipient(one) {
                Ok(key) if all.iter().any(|other| other.key == key.to_string()) => {
                    missing.push(format!(
                        "{}: another officer has the same key: one person would count twice",
                        path.display()
                    ));
                }
                Ok(key) => all.push(Officer { name: name.clone(), key: key.to_string() }),
                Err(error) => missing.push(format!("{}: {error}", path.display())),
            },
            _ => missing.push(format!(
                "{}: there must be one public key (age1…), and there are {}",
                path.display(),
                lines.len()
            )),
        }
    }
    if !missing.is_empty() {
        return wrong(format!("[escrow] of `{tenant}`: {}", missing.join("\n")));
    }
    let count = all.len();
    match u8::try_from(said.approvals) {
        Ok(approvals) if approvals >= 1 && usize::from(approvals) <= count && count <= 255 => {
            Ok(Officers { all, approvals })
        }
        _ => wrong(format!("[escrow] of `{tenant}`: {} have to agree, {count} are named", said.approvals)),
    }
}

/// The name of a segment.
fn segment(epoch: Epoch, number: u32) -> String {
    format!("{}.{}.{number}.ndjson", epoch.number, epoch.days)
}

/// Segments of a tenant, in their order.
fn segments(own: &Path) -> Vec<(Epoch, u32)> {
    let read = |name: &str| -> Option<(Epoch, u32)> {
        let mut parts = name.strip_suffix(".ndjson")?.split('.').map(|part| part.parse().ok());
        let (number, days, segment) = (parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some((Epoch { number, days }, segment))
    };
    let entries = std::fs::read_dir(own).into_iter().flatten().flatten();
    let mut all: Vec<_> = entries.filter_map(|entry| read(&entry.file_name().to_string_lossy())).collect();
    all.sort_unstable();
    all
}
