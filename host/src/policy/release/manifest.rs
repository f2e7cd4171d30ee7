//! What a bundle says of itself.

use serde::{Deserialize, Serialize};

/// The first line of a bundle's file is this, then it is JSON on one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// Id of the policy.
    pub tenant: String,
    /// Revision of its rules.
    pub revision: u32,
    /// Revision of its evidence, which goes on while the rules stay.
    pub evidence: u32,
    /// Digest of its rules: the one that agreements, notices and stamps name.
    pub digest: String,
    /// Digest of the rules of the release before; `None`: there was none.
    pub previous: Option<String>,
    /// The day it was made.
    pub made: String,
    /// It shows more than the release before, or may, or there was none: two officers sign it.
    pub widens: bool,
    /// Earlier releases that may hold with it, the newest first.
    pub earlier: Vec<Earlier>,
    /// Digests of lists of words and exact lists, by file name: the lists stay with who holds them.
    pub lists: Vec<(String, String)>,
    /// What is in it, by path.
    pub files: Vec<FileLine>,
}

/// An earlier release. Its files stand below `earlier/REVISION/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Earlier {
    /// Its revision.
    pub revision: u32,
    /// Digest of its rules.
    pub digest: String,
    /// The day it was made.
    pub made: String,
    /// The release that shows more than it, or may; `None`: the one behind it shows no more.
    pub widened_by: Option<u32>,
    /// Notices that have to be given before what is wider opens.
    pub notices: Vec<Lead>,
}

/// A notice, and how long before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lead {
    /// `layer.name`.
    pub notice: String,
    /// Days.
    pub days: u32,
    /// As written.
    pub lead: String,
}

/// A file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileLine {
    /// Its path, parts separated by slashes.
    pub path: String,
    /// Bytes.
    pub size: u32,
    /// SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}

/// Which of two bundles of a tenant is the later one: by revision of the rules, then of the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Order {
    /// Of the rules.
    pub revision: u32,
    /// Of the evidence.
    pub evidence: u32,
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "revision {}, evidence {}", self.revision, self.evidence)
    }
}

impl Manifest {
    /// Where it stands among the bundles of its tenant.
    pub fn order(&self) -> Order {
        Order { revision: self.revision, evidence: self.evidence }
    }

    /// `tenant@revision`.
    pub fn name(&self) -> String {
        format!("{}@{}", self.tenant, self.revision)
    }
}
