//! Entries ⇄ shares. No file is touched here.

use std::io::{Read as _, Write as _};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use serde::{Deserialize, Serialize};
use vsss_rs::Gf256;

use super::super::aead::{self, KEY_BYTES};
use super::super::quarantine::{Identity, Recipient};
use crate::pipeline::keys::{Entry, Epoch};

const VERSION: u32 = 1;
/// Texts are filled up to a multiple of this, in bytes; longer than eight of them to a power of two: their length says little.
const PAD: usize = 64;

/// Who can reverse codes of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officers {
    /// Each with a share.
    pub all: Vec<Officer>,
    /// How many of them have to agree: 1 to their number.
    pub approvals: u8,
}

/// An officer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Officer {
    /// As the policy calls the officer.
    pub name: String,
    /// Public key (age1…).
    pub key: String,
}

/// What was sealed together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    tamis: String,
    version: u32,
    /// Of chance: 32 hexadecimal digits.
    pub id: String,
    /// Id of the policy.
    pub tenant: String,
    /// Number of the epoch.
    pub epoch: u32,
    /// Its length, in days.
    pub days: u32,
    /// How many have to agree.
    pub approvals: u8,
    /// Who holds shares.
    pub officers: Vec<Holder>,
    /// The codes.
    pub entries: Vec<SealedEntry>,
}

/// An officer and the officer's shares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Who.
    #[serde(flatten)]
    pub officer: Officer,
    /// Base64 of an age file, in which a share stands beside each code.
    pub shares: String,
}

/// A code and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedEntry {
    /// The code.
    pub code: String,
    /// Base64 of what it stands for, sealed.
    sealed: String,
}

/// What an officer's age file holds.
#[derive(Serialize, Deserialize)]
struct Shares {
    group: String,
    tenant: String,
    /// Codes, each with the base64 of a share.
    of: Vec<(String, String)>,
}

fn pad(text: &[u8]) -> Vec<u8> {
    let whole = text.len() + 4;
    let length = if whole <= 8 * PAD { whole.next_multiple_of(PAD) } else { whole.next_power_of_two() };
    let mut padded = Vec::with_capacity(length + 16);
    padded.extend_from_slice(&(text.len() as u32).to_be_bytes());
    padded.extend_from_slice(text);
    padded.resize(length, 0);
    padded
}

fn unpad(padded: &[u8]) -> Option<Vec<u8>> {
    let (length, text) = padded.split_first_chunk::<4>()?;
    Some(text.get(..u32::from_be_bytes(*length) as usize)?.to_vec())
}

/// Shares of a key, one for each officer: its number and as many bytes as the key has.
fn split(key: &[u8; KEY_BYTES], officers: &Officers) -> Option<Vec<Vec<u8>>> {
    let count = officers.all.len();
    if officers.approvals == 1 {
        // Any of them opens it: each has the whole key.
        return Some((1..=count).map(|number| [&[number as u8][..], key].concat()).collect());
    }
    Gf256::split_bytes(usize::from(officers.approvals), count, key, UnwrapErr(SysRng)).ok()
}

/// The key that shares were split from. From fewer than have to agree, or from wrong ones, comes a key that opens nothing.
fn combine(shares: Vec<Vec<u8>>, approvals: u8) -> Option<[u8; KEY_BYTES]> {
    let shares: Vec<_> = shares.into_iter().take(usize::from(approvals)).collect();
    let key = match shares.as_slice() {
        [one] => one.get(1..)?.to_vec(),
        _ => Gf256::combine_bytes(shares).ok()?,
    };
    key.try_into().ok()
}

pub(super) fn to(recipient: &Recipient, text: &[u8]) -> Option<String> {
    let mut sealed = Vec::with_capacity(text.len() + 512);
    let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient as &dyn age::Recipient)).ok()?;
    let mut writer = encryptor.wrap_output(&mut sealed).ok()?;
    writer.write_all(text).ok()?;
    writer.finish().ok()?;
    Some(BASE64_STANDARD.encode(sealed))
}

pub(super) fn with(identity: &Identity, sealed: &str) -> Option<Vec<u8>> {
    let sealed = BASE64_STANDARD.decode(sealed).ok()?;
    let decryptor = age::Decryptor::new_buffered(&sealed[..]).ok()?;
    let mut text = Vec::new();
    decryptor.decrypt(std::iter::once(identity as &dyn age::Identity)).ok()?.read_to_end(&mut text).ok()?;
    Some(text)
}

impl Group {
    /// Seals entries of one tenant and epoch. `None`: the machine gives no randomness, or a public key is none.
    pub fn seal(tenant: &str, epoch: Epoch, entries: &[Entry], officers: &Officers) -> Option<Self> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).ok()?;
        let mut group = Self {
            tamis: "escrow".to_owned(),
            version: VERSION,
            id: id.iter().map(|byte| format!("{byte:02x}")).collect(),
            tenant: tenant.to_owned(),
            epoch: epoch.number,
            days: epoch.days,
            approvals: officers.approvals,
            officers: Vec::new(),
            entries: Vec::new(),
        };
        let mut own: Vec<Vec<(String, String)>> = vec![Vec::new(); officers.all.len()];
        for entry in entries {
            let mut key = [0; KEY_BYTES];
            getrandom::fill(&mut key).ok()?;
            let sealed = aead::seal(&key, &group.about(&entry.code), pad(&entry.identity))?;
            for (own, share) in own.iter_mut().zip(split(&key, officers)?) {
                own.push((entry.code.clone(), BASE64_STANDARD.encode(share)));
            }
            group.entries.push(SealedEntry { code: entry.code.clone(), sealed: BASE64_STANDARD.encode(sealed) });
        }
        for (officer, of) in officers.all.iter().zip(own) {
            let shares = Shares { group: group.id.clone(), tenant: tenant.to_owned(), of };
            let recipient: Recipient = officer.key.parse().ok()?;
            let shares = to(&recipient, &serde_json::to_vec(&shares).ok()?)?;
            group.officers.push(Holder { officer: officer.clone(), shares });
        }
        Some(group)
    }

    /// Reads a line; `None`: it is none.
    pub fn read(line: &[u8]) -> Option<Self> {
        let group: Self = serde_json::from_slice(line).ok()?;
        (group.tamis == "escrow" && group.version == VERSION).then_some(group)
    }

    /// Its epoch.
    pub fn of(&self) -> Epoch {
        Epoch { number: self.epoch, days: self.days }
    }

    /// Whether it was sealed to these officers.
    pub fn is_for(&self, officers: &Officers) -> bool {
        self.approvals == officers.approvals
            && self.officers.len() == officers.all.len()
            && self.officers.iter().zip(&officers.all).all(|(own, other)| own.officer == *other)
    }

    /// What the sealed text of a code is bound to.
    fn about(&self, code: &str) -> Vec<u8> {
        let Self { id, tenant, epoch, days, approvals, .. } = self;
        format!("tamis escrow {VERSION} {id} {tenant} {epoch} {days} {approvals} {code}").into_bytes()
    }

    /// What a code stands for, from shares of as many as have to agree. `None`: they are fewer, or not its shares.
    pub fn open(&self, code: &str, shares: Vec<Vec<u8>>) -> Option<String> {
        let entry = self.entries.iter().find(|entry| entry.code == code)?;
        let key = combine(shares, self.approvals)?;
        let text = aead::open(&key, &self.about(code), &BASE64_STANDARD.decode(&entry.sealed).ok()?)?;
        Some(String::from_utf8_lossy(&unpad(&text)?).into_owned())
    }
}

/// An officer's share of one code. The code and the tenant are those of the sealed text: whoever asks cannot have another share given out under the name
/// of this one. `None`: there is none, or the key does not open them.
pub(super) fn share(shares: &str, identity: &Identity, tenant: &str, group: &str, code: &str) -> Option<Vec<u8>> {
    let shares: Shares = serde_json::from_slice(&with(identity, shares)?).ok()?;
    let (_, share) =
        shares.of.iter().find(|(of, _)| of == code).filter(|_| shares.tenant == tenant && shares.group == group)?;
    BASE64_STANDARD.decode(share).ok()
}
