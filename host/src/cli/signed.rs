//! Signed bundles as the policies of a sidecar: found, held against what was in force, and remembered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::load::{Opening, Refused};
use super::policy::accept::{Against, accepted};
use super::released::{Released, lists_of};
use crate::config::{Config, Route, Secret};
use crate::edge::keys::Ring;
use crate::edge::releases::{self, ENDING, Remembered, tenant_of};
use crate::policy::document::Date;
use crate::policy::key::Public;
use crate::policy::release::Bundled;

/// Bundles of a folder, of which only those are in force that officers signed.
pub(super) struct Signed {
    keys: Vec<Secret>,
    folder: PathBuf,
    /// Where lists stand: they stay with who holds them.
    lists: PathBuf,
    ring: Arc<Ring>,
    remembered: Remembered,
    /// What was loaded last and is not remembered yet, by route.
    loaded: Mutex<BTreeMap<String, Vec<Bundled>>>,
}

impl Signed {
    /// `None`: the configuration names no keys, so files are read as they are.
    pub(super) fn new(config: &Config, lists: PathBuf, ring: Arc<Ring>) -> Option<Self> {
        let keys = config.policy.signed_by.clone();
        (!keys.is_empty()).then(|| Self {
            keys,
            folder: config.policy.path.clone(),
            lists,
            ring,
            remembered: Remembered::new(&config.state),
            loaded: Mutex::default(),
        })
    }

    /// The releases of a route: the one that its policy names; with `tenant-by` the latest of each tenant in the folder that it names.
    pub(super) fn releases(&self, route: &Route, on: Date) -> Result<Vec<Released>, Refused> {
        let policy = Path::new(&route.policy.value);
        let named = match &route.tenant_by {
            None => vec![self.named(policy, on)?],
            Some(_) => self.all(&self.folder.join(policy), on)?,
        };
        let (bundles, released) = named.into_iter().unzip();
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).insert(route.name.value.clone(), bundles);
        Ok(released)
    }

    /// The latest of each tenant. All are looked at before anything is refused.
    fn all(&self, folder: &Path, on: Date) -> Result<Vec<(Bundled, Released)>, Refused> {
        let tenants = releases::tenants(folder)?;
        if tenants.is_empty() {
            let help = "with `tenant-by` the policy of a route is the folder of bundles: policy = \".\" is [policy] path itself";
            return Err(Refused::wrong(format!("{} holds no bundle\nhelp: {help}", folder.display())));
        }
        let (mut all, mut refused): (Vec<(Bundled, Released)>, Option<Refused>) = (Vec::new(), None);
        for tenant in &tenants {
            match self.latest(folder, tenant, on) {
                Ok((bundle, mut released)) => {
                    if let Some((_, first)) = all.first() {
                        released.read.share(first.read.new_one().0);
                    }
                    all.push((bundle, released));
                }
                Err(Refused { exit, text }) => {
                    let before = refused.map_or_else(String::new, |before| format!("{}\n", before.text));
                    refused = Some(Refused::new(exit, format!("{before}{text}")));
                }
            }
        }
        refused.map_or(Ok(all), Err)
    }

    /// A bundle by its name, or the latest of the tenant that is named, and what is in it. Nothing is remembered.
    pub(super) fn named(&self, named: &Path, on: Date) -> Result<(Bundled, Released), Refused> {
        let tenant = tenant_of(named);
        if named.extension().is_some_and(|ending| ending == ENDING) {
            let path = self.folder.join(named);
            return self.told((releases::open(&path)?, path), &tenant, on);
        }
        self.latest(&self.folder, &tenant, on)
    }

    fn latest(&self, folder: &Path, tenant: &str, on: Date) -> Result<(Bundled, Released), Refused> {
        let (path, bundle) = releases::latest(folder, tenant)?.ok_or_else(|| {
            let help = "bundles of `tamis policy release` are called NAME@REVISION.EVIDENCE.bundle";
            Refused::wrong(format!("{} holds no bundle of `{tenant}`\nhelp: {help}", folder.display()))
        })?;
        self.told((bundle, path), tenant, on)
    }

    /// What is in a bundle, if it may be in force; else why not, and of which file.
    fn told(&self, (bundle, path): (Bundled, PathBuf), tenant: &str, on: Date) -> Result<(Bundled, Released), Refused> {
        let released = self.accepted(&bundle, tenant, on).map_err(|refused| {
            let text = refused.text.trim_start_matches("error: ");
            Refused { text: format!("error: {}: {text}", path.display()), ..refused }
        })?;
        Ok((bundle, released))
    }

    fn accepted(&self, bundle: &Bundled, tenant: &str, on: Date) -> Result<Released, Refused> {
        let key = |secret: &Secret| {
            let text = secret.read().map_err(Refused::wrong)?;
            Public::parse(&text).map_err(|error| Refused::wrong(format!("[policy] signed-by: {error}")))
        };
        let trusted = self.keys.iter().map(key).collect::<Result<Vec<_>, _>>()?;
        let before = self.remembered.of(tenant)?;
        let lists = lists_of(&self.lists, tenant)?;
        let against = Against { tenant, trusted: &trusted, before: before.as_ref(), lists: &lists, on };
        let read = accepted(bundle, &against)?;
        let signers = bundle.signatures.iter().filter(|own| trusted.contains(&own.key));
        let signers = signers.map(|own| format!("{} ({:.8})", own.name, own.key.as_str())).collect();
        let opening = Opening { named: &[], keys: Some(&*self.ring) };
        Ok(Released::new(read, lists, signers).with_exact(&opening, &self.lists))
    }

    /// Remembers what was loaded last for a route: nothing older is in force from now on.
    pub(super) fn keep(&self, route: &Route) -> Result<(), String> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).remove(&route.name.value);
        for bundle in loaded.unwrap_or_default() {
            let tenant = &bundle.manifest.tenant;
            let before = self.remembered.of(tenant).map_err(|error| error.to_string())?;
            if before.as_ref() != Some(&bundle) {
                self.remembered.keep(tenant, &bundle.bytes()).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }
}
