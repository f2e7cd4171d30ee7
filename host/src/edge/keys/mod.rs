//! Keys of codes: roots, and a secret for every tenant and epoch.
//!
//! With a root alone every epoch derives from it, and none can be destroyed while the root is there. With a folder beside it the secret of an epoch
//! is made by chance when it is first needed, or ahead (`tamis keys new`), and stands in `FOLDER/TENANT/EPOCH.DAYS.key`, wrapped under the root:
//! who has the folder without the root has nothing, and what is taken out of the folder the root does not bring back.
//!
//! INVARIANT (one secret): who makes a secret writes it whole under another name, syncs it, and links it to its own; who comes second finds the
//! link and takes what is there. So restarts, workers, and a fleet that shares the folder have one secret, and it is on disk before a code leaves.

mod file;
#[cfg(test)]
mod tests;

pub use file::{Kept, State};

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::config::{KeysAt, Secret};
use crate::pipeline::codes::Root;
use crate::pipeline::keys::{Epoch, KeyError, Keys};

/// A secret that could not be had.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lack {
    tenant: String,
    epoch: Epoch,
    /// It is the root that is not there.
    root: bool,
}

/// Secrets that could not be had when routes were loaded last.
#[derive(Debug, Default)]
pub struct Lacks {
    by_route: Mutex<BTreeMap<String, BTreeSet<Lack>>>,
}

impl Lacks {
    /// A route is loaded anew.
    pub fn forget(&self, route: &str) {
        lock(&self.by_route).remove(route);
    }

    /// A route lacks something.
    pub fn add(&self, route: &str, lack: Option<Lack>) {
        lock(&self.by_route).entry(route.to_owned()).or_default().extend(lack);
    }

    /// Whether something of it is there now. It is told once: a reload may be refused for something else, and would come again at each look.
    pub fn is_mended(&self, ring: &Ring) -> bool {
        // Nobody waits for the disk meanwhile.
        let all = lock(&self.by_route).clone();
        let mended: BTreeSet<_> = all.values().flatten().filter(|lack| ring.is_mended(lack)).collect();
        lock(&self.by_route).values_mut().for_each(|of| of.retain(|lack| !mended.contains(lack)));
        !mended.is_empty()
    }
}

/// The keys of a configuration.
#[derive(Debug)]
pub struct Ring {
    root: RootAt,
    folder: Option<PathBuf>,
    roots: Mutex<HashMap<String, Root>>,
    epochs: Mutex<HashMap<(String, Epoch), Root>>,
}

#[derive(Debug)]
enum RootAt {
    Named(Secret),
    /// Nobody knows it: codes agree only with each other.
    MadeUp(Root),
}

impl Ring {
    /// The keys that a configuration names; `None`: one that is made up for this run. A root that all tenants have is read.
    ///
    /// # Errors
    ///
    /// It is none, or others may read it.
    pub fn new(said: Option<&KeysAt>) -> Result<Self, KeyError> {
        let (root, folder) = match said {
            Some(said) => (RootAt::Named(said.root.clone()), said.folder.clone()),
            None => {
                let root =
                    Root::random().map_err(|error| KeyError(format!("the machine gives no randomness: {error}")))?;
                (RootAt::MadeUp(root), None)
            }
        };
        let ring = Self { root, folder, roots: Mutex::default(), epochs: Mutex::default() };
        if matches!(&ring.root, RootAt::Named(secret) if !secret.is_by_tenant()) {
            ring.root("")?;
        }
        Ok(ring)
    }

    /// The folder of the secrets of epochs, if there is one.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The secret of an epoch as it stands; `None`: it was not made yet.
    ///
    /// # Errors
    ///
    /// As [`Keys::epoch`].
    pub fn look(&self, tenant: &str, epoch: Epoch) -> Result<Option<Root>, KeyError> {
        let root = self.root(tenant)?;
        self.folder.as_ref().map_or(Ok(Some(root.clone())), |folder| file::read(folder, &root, tenant, epoch))
    }

    /// What a tenant lacks whose secret of an epoch cannot be had; `None` where a program gives the root: nobody asks it again and again.
    pub fn lack(&self, tenant: &str, epoch: Epoch) -> Option<Lack> {
        let asks = matches!(&self.root, RootAt::Named(Secret::Exec(_)));
        (!asks).then(|| Lack { tenant: tenant.to_owned(), epoch, root: self.root(tenant).is_err() })
    }

    /// Whether what was lacked is there. A damaged secret that is gone is not: another one would be made in its place.
    pub fn is_mended(&self, Lack { tenant, epoch, root }: &Lack) -> bool {
        self.look(tenant, *epoch).is_ok_and(|found| *root || found.is_some())
    }

    /// Whether codes of an epoch can be made, by what is in memory or by what stands there.
    pub fn has(&self, tenant: &str, epoch: Epoch) -> bool {
        let is_known =
            || lock(&self.epochs).contains_key(&(tenant.to_owned(), epoch)) || self.look(tenant, epoch).is_ok();
        !self.is_retired(tenant, epoch) && is_known()
    }

    /// Epochs that the folder knows of a tenant, the oldest first.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn kept(&self, tenant: &str) -> Result<Vec<Kept>, KeyError> {
        self.folder.as_ref().map_or(Ok(Vec::new()), |folder| file::list(folder, tenant))
    }

    /// Tenants that the folder knows.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn tenants(&self) -> Result<Vec<String>, KeyError> {
        self.folder.as_ref().map_or(Ok(Vec::new()), |folder| file::tenants(folder))
    }

    /// Destroys the secret of an epoch. In its place stands that it was destroyed, so that it is not made anew. Done once more, it ends what a
    /// crash left.
    ///
    /// # Errors
    ///
    /// There is no folder, no such secret, or the system refuses.
    pub fn retire(&self, tenant: &str, epoch: Epoch) -> Result<(), KeyError> {
        let folder = self.folder.as_ref().ok_or_else(|| {
            let text = "without [keys] folder all epochs derive from the root: none of them can be destroyed alone";
            KeyError(text.to_owned())
        })?;
        file::retire(folder, tenant, epoch)?;
        lock(&self.epochs).remove(&(tenant.to_owned(), epoch));
        Ok(())
    }

    /// Whether the secret of an epoch was destroyed.
    pub fn is_retired(&self, tenant: &str, epoch: Epoch) -> bool {
        self.folder.as_ref().is_some_and(|folder| file::is_retired(folder, tenant, epoch))
    }
}

impl Keys for Ring {
    fn root(&self, tenant: &str) -> Result<Root, KeyError> {
        let secret = match &self.root {
            RootAt::MadeUp(root) => return Ok(root.clone()),
            RootAt::Named(secret) => secret,
        };
        let of = if secret.is_by_tenant() { tenant } else { "" };
        let mut roots = lock(&self.roots);
        if let Some(root) = roots.get(of) {
            return Ok(root.clone());
        }
        let secret = secret.of_tenant(of);
        let whose = if of.is_empty() { String::new() } else { format!(" of `{of}`") };
        let text = secret.read_guarded().map_err(|error| {
            let help = if error.contains("\nhelp: ") { String::new() } else { supply(&secret) };
            KeyError(format!("[keys] root{whose}: {error}{help}"))
        })?;
        let root = Root::from_hex(&text).ok_or_else(|| {
            KeyError(format!("[keys] root{whose} is not 64 hexadecimal digits (32 bytes){}", supply(&secret)))
        })?;
        roots.insert(of.to_owned(), root.clone());
        Ok(root)
    }

    fn epoch(&self, tenant: &str, epoch: Epoch) -> Result<Root, KeyError> {
        let root = self.root(tenant)?;
        let Some(folder) = &self.folder else { return Ok(root) };
        let of = (tenant.to_owned(), epoch);
        if let Some(secret) = lock(&self.epochs).get(&of) {
            return Ok(secret.clone());
        }
        // Others do not wait for the disk: whoever makes the same one meanwhile, both find one.
        let secret = match file::read(folder, &root, tenant, epoch)? {
            Some(secret) => secret,
            None => file::make(folder, &root, tenant, epoch)?,
        };
        lock(&self.epochs).insert(of, secret.clone());
        Ok(secret)
    }

    fn ready(&self, tenant: &str, epoch: Epoch) -> Result<(), KeyError> {
        let of = (tenant.to_owned(), epoch);
        if self.folder.is_some() && !lock(&self.epochs).contains_key(&of) {
            // What was found stays: nothing that becomes of the file takes it from events that come later.
            let found = self.look(tenant, epoch)?;
            lock(&self.epochs).extend(found.map(|secret| (of, secret)));
            return Ok(());
        }
        self.root(tenant).map(drop)
    }
}

/// How a root comes to where it should be.
fn supply(secret: &Secret) -> String {
    let (what, file) = match secret {
        Secret::File(path) => ("put the root there, readable by its owner only".to_owned(), path.display().to_string()),
        Secret::Env(name) => (format!("give {name} the root"), "FILE".to_owned()),
        Secret::Exec(_) => ("let the program print the root".to_owned(), "FILE".to_owned()),
    };
    format!("\nhelp: {what}; where there never was one, `tamis keys new --root {file}` makes it")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a root of chance into a file that only its owner reads.
///
/// # Errors
///
/// The file is there already, or the system refuses.
pub fn new_root(path: &Path) -> Result<(), KeyError> {
    file::new_root(path)
}
