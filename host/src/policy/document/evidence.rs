//! `NAME.evidence.toml` and `NAME.lists.toml`, as typed values.

use std::collections::BTreeMap;

use super::{Date, Span, Text};

/// `NAME.evidence.toml`.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The tenant it is for.
    pub tenant: Option<Text>,
    /// Its revision.
    pub revision: u32,
    /// Answers to gates and facts.
    pub answers: BTreeMap<String, Answer>,
    /// Systems.
    pub systems: BTreeMap<String, System>,
    /// Legal holds.
    pub holds: Vec<Hold>,
    /// Decisions between floors and caps.
    pub decisions: Vec<Decision>,
    /// When people were told of a release.
    pub told: Vec<Told>,
    /// Every entry as it is signed, by the name of its table (`evidence.works-agreement`).
    pub entries: BTreeMap<String, Entry>,
    /// Who signed which entry, once its signatures were held against the keys that the policy names.
    pub signed: Option<BTreeMap<String, Vec<String>>>,
}

/// A table of the file, whatever it says.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where its name stands.
    pub at: Span,
    /// SHA-256 of the tenant, its name and all that it says.
    pub digest: [u8; 32],
    /// Whom it names as who stands behind it.
    pub by: Option<String>,
    /// `signature."OFFICER"`: who; the day, a blank and Base64.
    pub signatures: Vec<(Text, Text)>,
}

/// `[told.NAME]`: people were told of what a release widens.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its name.
    pub name: Text,
    /// Of which release, as written (`example-de@4`).
    pub revision: Text,
    /// The day.
    pub on: Date,
    /// By which notices, as `layer.name`; `None`: by all that are owed.
    pub notices: Option<Vec<Text>>,
}

/// `[evidence.NAME]`.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Where it stands.
    pub span: Span,
    /// Keys that are given (and not empty).
    pub given: Vec<String>,
    /// What they say, in the order of the file; parts of a list are joined by commas.
    pub said: Vec<(String, String)>,
    /// The same, each part of a list by itself.
    pub parts: Vec<(String, Vec<String>)>,
    /// `answer = "yes" | "no"`.
    pub answer: Option<bool>,
    /// Purposes it covers; `None`: all.
    pub covers: Option<Vec<Text>>,
    /// `agreed-revision`, as written (`example-de@4`).
    pub agreed_revision: Option<Text>,
    /// `agreed-digest` of the rules, as `sha256:…` in lower case. Zeros hold its place until it is known: then it is not given.
    pub agreed_digest: Option<Text>,
    /// Zeros stand in its place.
    pub digest_is_open: bool,
    /// Last day it counts.
    pub review_by: Option<Date>,
    /// Last day it counts (`ends-on`).
    pub ends_on: Option<Date>,
}

/// `[system.NAME]`.
#[derive(Clone, Debug)]
pub struct System {
    /// Where it stands.
    pub span: Span,
    /// Tags.
    pub tags: Vec<String>,
    /// Whether its events must stay attributable.
    pub attributable: bool,
}

/// `[hold.NAME]`: events of these systems are not deleted while a case is open. It shows nothing that a rule hides.
#[derive(Clone, Debug)]
pub struct Hold {
    /// Its name.
    pub name: Text,
    /// Systems, by name or tag.
    pub systems: Vec<Text>,
    /// First day; `None`: it holds.
    pub from: Option<Date>,
    /// Last day before somebody has to look at it again. It holds on: what is deleted does not come back.
    pub review_by: Option<Date>,
}

/// `[decision.NAME]`.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Its name.
    pub name: Text,
    /// The two rules, as `layer.name`.
    pub between: Vec<Text>,
    /// Which of them.
    pub wins: Text,
    /// Last day it counts.
    pub until: Option<Date>,
}

/// `NAME.lists.toml`: list → words.
#[derive(Clone, Debug, Default)]
pub struct SecretLists {
    /// Words by name of the list.
    pub lists: BTreeMap<String, Vec<Text>>,
}
