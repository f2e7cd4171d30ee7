//! Request → approvals → what a code stands for.
//!
//! The request goes to the officers; each answers with the share of that one code, sealed to whoever asked and bound to the request. Shares of other codes stay where
//! they are: who has opened one entry can open no other with what was sent.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::super::quarantine::{Identity, Recipient};
use super::find::Found;
use super::seal::{Group, Holder, share, to, with};
use crate::policy::exact::shows_nothing;

const VERSION: u32 = 1;
/// Longest text of a request, in bytes: what is asked has to stand on a screen.
const TEXT_MAX: usize = 500;

/// Why nothing is revealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevealError {
    /// The file is something else.
    #[error("this is no {0} of version {VERSION}")]
    Foreign(&'static str),
    /// What is shown to officers could show them something else.
    #[error(
        "`{0}` of the request is empty, longer than {TEXT_MAX} bytes, or holds line breaks, blanks in a row or signs that show nothing: it could show \
             whoever reads it something else than it asks for"
    )]
    Shows(&'static str),
    /// The private key is nobody's whom the request asks.
    #[error("the request asks no officer who has this key: it asks {0}")]
    NotAsked(String),
    /// The shares are not those of the request.
    #[error("the shares in the request are not those of its code: do not approve it")]
    OtherShares,
    /// Sealing failed.
    #[error("sealing failed")]
    Seal,
    /// The approval is of another request.
    #[error("the approval of `{0}` is of another request")]
    OtherRequest(String),
    /// It cannot be opened.
    #[error("the approval of `{0}` does not open: it was sealed to another key, or changed")]
    Locked(String),
    /// Too few.
    #[error("{needed} officers have to agree, these are {given}: {names}")]
    TooFew {
        /// How many have to.
        needed: u8,
        /// How many did.
        given: usize,
        /// Who.
        names: String,
    },
    /// Shares that do not belong together.
    #[error("the shares do not open the entry: one of them is wrong")]
    Wrong,
}

/// Whether a text is one line of what it says, and fits on a screen.
pub fn shows_itself(text: &str) -> bool {
    // Blanks of all kinds but one, and what looks like one: Braille without dots, fillers of Hangul and Khmer, notes between lines.
    let is_blank = |sign: char| {
        sign != ' ' && sign.is_whitespace()
            || matches!(
                sign,
                '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{fff0}'
                    ..='\u{fffb}'
            )
    };
    let hides = |sign: char| sign.is_control() || is_blank(sign) || shows_nothing(sign);
    !text.trim().is_empty() && text.len() <= TEXT_MAX && !text.contains("  ") && !text.contains(hides)
}

/// Somebody asks officers for what a code stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    tamis: String,
    version: u32,
    /// Id of the policy.
    pub tenant: String,
    /// The code.
    pub code: String,
    /// For which purpose.
    pub purpose: String,
    /// Why.
    pub reason: String,
    /// Number of the case.
    pub case: String,
    /// Who asks.
    pub by: String,
    /// When (RFC 3339).
    pub made: String,
    /// How long after the case closes the person is told, as the policy says.
    pub tell_person: Option<String>,
    /// How many have to agree.
    pub approvals: u8,
    /// Public key of whoever asks: shares are sealed to it.
    pub key: String,
    group: String,
    officers: Vec<Holder>,
}

/// What is asked, beside the code.
#[derive(Clone, Debug)]
pub struct Asked {
    /// See [`Request`].
    pub purpose: String,
    /// See [`Request`].
    pub reason: String,
    /// See [`Request`].
    pub case: String,
    /// See [`Request`].
    pub by: String,
    /// See [`Request`].
    pub tell_person: Option<String>,
    /// See [`Request`].
    pub key: Recipient,
}

/// An officer agrees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    tamis: String,
    version: u32,
    /// Who.
    pub officer: String,
    /// Digest of the request.
    request: String,
    sealed: String,
}

/// What is sealed in an approval.
#[derive(Serialize, Deserialize)]
struct Share {
    request: String,
    officer: String,
    share: String,
}

impl Request {
    /// Asks for a code that was found.
    ///
    /// # Errors
    ///
    /// A text of it cannot be shown to officers as it is.
    pub fn new(found: &Found, asked: Asked) -> Result<Self, RevealError> {
        let Asked { purpose, reason, case, by, tell_person, key } = asked;
        let request = Self {
            tamis: "reveal-request".to_owned(),
            version: VERSION,
            tenant: found.group.tenant.clone(),
            code: found.code.clone(),
            purpose,
            reason,
            case,
            by,
            made: jiff::Timestamp::now().to_string(),
            tell_person,
            approvals: found.group.approvals,
            key: key.to_string(),
            group: found.group.id.clone(),
            officers: found.group.officers.clone(),
        };
        request.shows_itself().map(|()| request)
    }

    /// Whether each text is one line of what it says: an officer decides by what is shown.
    fn shows_itself(&self) -> Result<(), RevealError> {
        let officers = self.officers().into_iter().flat_map(|(name, key)| [("officers", name), ("officers", key)]);
        let mut texts = [
            ("tenant", &*self.tenant),
            ("code", &self.code),
            ("purpose", &self.purpose),
            ("reason", &self.reason),
            ("case", &self.case),
            ("by", &self.by),
            ("made", &self.made),
            ("tell_person", self.tell_person.as_deref().unwrap_or("-")),
            ("key", &self.key),
        ]
        .into_iter()
        .chain(officers);
        texts.find(|(_, text)| !shows_itself(text)).map_or(Ok(()), |(name, _)| Err(RevealError::Shows(name)))
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// It is none, or a text of it cannot be shown to officers as it is.
    pub fn read(text: &[u8]) -> Result<Self, RevealError> {
        let read: Option<Self> = serde_json::from_slice(text).ok();
        let is_it = |request: &Self| request.tamis == "reveal-request" && request.version == VERSION;
        let request = read.filter(is_it).ok_or(RevealError::Foreign("request"))?;
        request.shows_itself().map(|()| request)
    }

    /// SHA-256 of all it says, as 64 hexadecimal digits.
    pub fn digest(&self) -> String {
        // Writing these types into memory cannot fail: their keys are strings.
        let text = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Officers who are asked, each with the public key that their shares are sealed to.
    pub fn officers(&self) -> Vec<(&str, &str)> {
        self.officers.iter().map(|holder| (holder.officer.name.as_str(), holder.officer.key.as_str())).collect()
    }

    /// Whether it asks for this entry.
    pub fn is_of(&self, group: &Group) -> bool {
        self.tenant == group.tenant && self.group == group.id
    }

    /// An officer agrees: the share of this code, sealed to whoever asked.
    ///
    /// # Errors
    ///
    /// The officer is not asked, or the request does not hold what it says.
    pub fn approve(&self, identity: &Identity) -> Result<Approval, RevealError> {
        let own = identity.to_public().to_string();
        let holder = self.officers.iter().find(|holder| holder.officer.key == own);
        let asked = || self.officers().into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
        let holder = holder.ok_or_else(|| RevealError::NotAsked(asked()))?;
        let share = share(&holder.shares, identity, &self.tenant, &self.group, &self.code);
        let share = BASE64_STANDARD.encode(share.ok_or(RevealError::OtherShares)?);
        let (request, officer) = (self.digest(), holder.officer.name.clone());
        let key: Recipient = self.key.parse().map_err(|_| RevealError::Seal)?;
        let sealed = Share { request: request.clone(), officer: officer.clone(), share };
        let sealed = serde_json::to_vec(&sealed).ok().and_then(|text| to(&key, &text)).ok_or(RevealError::Seal)?;
        Ok(Approval { tamis: "reveal-approval".to_owned(), version: VERSION, officer, request, sealed })
    }

    /// What the code stands for, and who agreed.
    ///
    /// # Errors
    ///
    /// Too few agreed, or an approval is not of this request.
    pub fn open(
        &self,
        group: &Group,
        approvals: &[Approval],
        identity: &Identity,
    ) -> Result<(String, Vec<String>), RevealError> {
        let mut shares: Vec<(String, Vec<u8>)> = Vec::new();
        for approval in approvals {
            let officer = approval.officer.clone();
            let digest = self.digest();
            let sealed = with(identity, &approval.sealed).and_then(|text| serde_json::from_slice::<Share>(&text).ok());
            let Some(sealed) = sealed else { return Err(RevealError::Locked(officer)) };
            if approval.request != digest || sealed.request != digest || sealed.officer != officer {
                return Err(RevealError::OtherRequest(officer));
            }
            let share = BASE64_STANDARD.decode(sealed.share).map_err(|_| RevealError::Wrong)?;
            // Shares are numbered as officers are: nobody agrees in another's name.
            let number = share.first().map_or(0, |number| usize::from(*number)).wrapping_sub(1);
            if group.officers.get(number).is_none_or(|holder| holder.officer.name != officer) {
                return Err(RevealError::Wrong);
            }
            if !shares.iter().any(|(_, other)| other.first() == share.first()) {
                shares.push((officer, share));
            }
        }
        // As many as have to agree open it: what others sent was not looked at.
        shares.truncate(usize::from(group.approvals));
        let (names, shares): (Vec<_>, Vec<_>) = shares.into_iter().unzip();
        if names.len() < usize::from(group.approvals) {
            let (needed, given) = (group.approvals, names.len());
            return Err(RevealError::TooFew { needed, given, names: names.join(", ") });
        }
        let text = group.open(&self.code, shares).filter(|_| self.is_of(group)).ok_or(RevealError::Wrong)?;
        Ok((text, names))
    }
}

impl Approval {
    /// Reads one.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn read(text: &[u8]) -> Result<Self, RevealError> {
        let read: Option<Self> = serde_json::from_slice(text).ok();
        let is_it = |approval: &Self| approval.tamis == "reveal-approval" && approval.version == VERSION;
        read.filter(is_it).ok_or(RevealError::Foreign("approval"))
    }
}
