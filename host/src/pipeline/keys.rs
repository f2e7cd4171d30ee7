//! Where the secrets come from that codes derive from, and where what they stand for is kept.

use std::fmt::Debug;
use std::sync::Arc;

use super::codes::Root;

/// An epoch of keys: codes of different epochs do not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch {
    /// Days since 1970 by its length.
    pub number: u32,
    /// Its length, in days.
    pub days: u32,
}

/// Why there is no key. For the operator: names of files and tenants, never what is in them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(pub String);

/// Keys of tenants.
pub trait Keys: Debug + Send + Sync {
    /// The root of a tenant: what does not hang on an epoch derives from it.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn root(&self, tenant: &str) -> Result<Root, KeyError>;

    /// The secret that the codes of an epoch derive from.
    ///
    /// # Errors
    ///
    /// It cannot be read or made, or was destroyed.
    fn epoch(&self, tenant: &str, epoch: Epoch) -> Result<Root, KeyError>;

    /// Whether codes of an epoch can be made, as far as can be told without making its secret.
    ///
    /// # Errors
    ///
    /// They cannot: as [`Keys::epoch`].
    fn ready(&self, tenant: &str, epoch: Epoch) -> Result<(), KeyError>;
}

/// One root for all tenants and epochs: none of them can be destroyed alone.
impl Keys for Root {
    fn root(&self, _: &str) -> Result<Root, KeyError> {
        Ok(self.clone())
    }

    fn epoch(&self, _: &str, _: Epoch) -> Result<Root, KeyError> {
        Ok(self.clone())
    }

    fn ready(&self, _: &str, _: Epoch) -> Result<(), KeyError> {
        Ok(())
    }
}

impl<K: Keys + ?Sized> Keys for Arc<K> {
    fn root(&self, tenant: &str) -> Result<Root, KeyError> {
        (**self).root(tenant)
    }

    fn epoch(&self, tenant: &str, epoch: Epoch) -> Result<Root, KeyError> {
        (**self).epoch(tenant, epoch)
    }

    fn ready(&self, tenant: &str, epoch: Epoch) -> Result<(), KeyError> {
        (**self).ready(tenant, epoch)
    }
}

/// A code with escrow, and what it stands for.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Id of the policy.
    pub tenant: String,
    /// The epoch of the code.
    pub epoch: Epoch,
    /// As it is written where nothing asks for another shape.
    pub code: String,
    /// What was coded, in the form in which its spellings agree: no finer than what the policy lets a code stand for.
    pub identity: Vec<u8>,
}

impl Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("code", &self.code).finish_non_exhaustive()
    }
}

/// Keeps what codes stand for, sealed.
pub trait Escrow: Debug + Send + Sync {
    /// Whether a tenant has somebody who can reverse codes.
    fn takes(&self, tenant: &str) -> bool;

    /// Seals entries and waits until they are on disk. What is there already may be left out.
    ///
    /// # Errors
    ///
    /// They are not: no event with one of these codes may leave.
    fn keep(&self, entries: Vec<Entry>) -> Result<(), KeyError>;
}
