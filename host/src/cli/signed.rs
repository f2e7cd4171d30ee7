//! Signed bundles as the policies of a sidecar: found, held against what was in force, and remembered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::Exit;
use super::load::{self, Opening, Refused, Shut};
use super::policy::accept::{Against, accepted};
use super::policy::sides;
use crate::config::{Config, Route, Secret};
use crate::edge::keys::Ring;
use crate::edge::policies::Folder;
use crate::edge::releases::{self, ENDING, Remembered};
use crate::officer::explain::Purpose;
use crate::policy::document::{Date, SecretLists};
use crate::policy::exact::ExactLists;
use crate::policy::key::Public;
use crate::policy::release::{Asked, Bundled, Read, flow};
use crate::policy::syntax::Bundle;
use crate::policy::{Library, Plan};

/// Bundles of a folder, of which only those are in force that officers signed.
pub(super) struct Signed {
    keys: Vec<Secret>,
    folder: PathBuf,
    /// Where lists stand: they stay with who holds them.
    lists: PathBuf,
    ring: Arc<Ring>,
    remembered: Remembered,
    /// What was loaded last, by route.
    loaded: Mutex<BTreeMap<String, Bundled>>,
}

/// A release that may be in force.
pub(super) struct Released {
    pub(super) read: Read,
    lists: SecretLists,
    exact: ExactLists,
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

    /// The release of a route's policy: the bundle that it names, or the latest of the tenant that it names.
    pub(super) fn release(&self, route: &Route, on: Date) -> Result<Released, Refused> {
        let (bundle, released) = self.named(Path::new(&route.policy.value), on)?;
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.insert(route.name.value.clone(), bundle);
        Ok(released)
    }

    /// A bundle by its name, or the latest of the tenant that is named, and what is in it. Nothing is remembered.
    pub(super) fn named(&self, named: &Path, on: Date) -> Result<(Bundled, Released), Refused> {
        let stem = named.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let tenant = stem.split('@').next().unwrap_or_default();
        let (path, bundle) = match named.extension().is_some_and(|ending| ending == ENDING) {
            true => {
                let path = self.folder.join(named);
                let bundle = releases::open(&path)?;
                (path, bundle)
            }
            false => releases::latest(&self.folder, tenant)?.ok_or_else(|| {
                let folder = self.folder.display();
                let help = "bundles of `tamis policy release` are called NAME@REVISION.EVIDENCE.bundle";
                Refused::wrong(format!("{folder} holds no bundle of `{tenant}`\nhelp: {help}"))
            })?,
        };
        let released = self.accepted(&bundle, tenant, on);
        let released = released.map_err(|refused| {
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
        let lists = self.words(tenant)?;
        let against = Against { tenant, trusted: &trusted, before: before.as_ref(), lists: &lists, on };
        let read = accepted(bundle, &against)?;
        let mut exact = ExactLists::new();
        for library in read.libraries() {
            exact.extend(self.exact(library, tenant));
        }
        Ok(Released { read, lists, exact })
    }

    /// Words of secret lists, where somebody put them.
    fn words(&self, tenant: &str) -> Result<SecretLists, Refused> {
        let path = self.lists.join(format!("{tenant}.lists.toml"));
        if !path.is_file() {
            return Ok(SecretLists::default());
        }
        load::words(&path)
    }

    fn exact(&self, library: &Library, tenant: &str) -> ExactLists {
        let folder = Folder {
            bundle: Bundle::new(),
            policy: tenant.to_owned(),
            root: self.lists.clone(),
            file: self.lists.join(format!("{tenant}.toml")),
        };
        Opening { named: &[], keys: Some(&*self.ring) }.open(library, &folder)
    }

    /// Remembers what was loaded last for a route: nothing older is in force from now on.
    pub(super) fn keep(&self, route: &Route) -> Result<(), String> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bundle) = loaded.get(&route.name.value) else { return Ok(()) };
        let tenant = &bundle.manifest.tenant;
        let before = self.remembered.of(tenant).map_err(|error| error.to_string())?;
        if before.as_ref().is_some_and(|before| before == bundle) {
            return Ok(());
        }
        self.remembered.keep(tenant, &bundle.bytes()).map_err(|error| error.to_string())
    }
}

impl Released {
    /// What it decides for each purpose that some layer allows, with the earlier releases that hold with it. What is closed counts as
    /// open, as of this release alone, and is told beside it; what is open stands first.
    pub(super) fn purposes(&self, on: Date) -> Result<Vec<Purpose>, Refused> {
        let mut purposes = sides::of(&self.read, &self.lists, on)?;
        purposes.retain(|purpose| purpose.system.is_none());
        for of in &mut purposes {
            let ask = Asked { purpose: &of.name, on, system: None, lists: &self.lists, exact: Some(&self.exact) };
            match flow(&self.read, &ask) {
                Ok(flow) => (of.plan, of.closed) = (Some(Arc::new(flow.plan)), Vec::new()),
                Err(refused) if refused.refusal.closed.is_empty() => {
                    let library = refused.library.as_ref().unwrap_or_else(|| self.read.new_one().0);
                    return Err(load::wrong(&library.bundle, refused.refusal.problems));
                }
                Err(refused) => of.closed = refused.refusal.closed,
            }
        }
        purposes.sort_by_key(|purpose| !purpose.closed.is_empty());
        Ok(purposes)
    }

    /// The plan of a purpose, and what of it is held.
    pub(super) fn plan(&self, purpose: &str, system: Option<&str>, on: Date) -> Result<(Plan, Vec<String>), Refused> {
        let tenant = &self.read.manifest.tenant;
        if let Some(system) = system.filter(|system| !self.read.new_one().1.systems.contains_key(*system)) {
            return Err(Refused::wrong(format!("the evidence of `{tenant}` knows no system `{system}`")));
        }
        let ask = Asked { purpose, on, system, lists: &self.lists, exact: Some(&self.exact) };
        match flow(&self.read, &ask) {
            Ok(flow) => {
                let held = flow.held.iter().map(|held| {
                    let alone = held.alone.as_ref().map_or_else(String::new, |apart| format!(" alone ({apart})"));
                    format!("{tenant}@{} holds{alone} {}", held.revision, held.opens)
                });
                Ok((flow.plan, held.collect()))
            }
            Err(refused) => {
                let library = refused.library.as_ref().unwrap_or_else(|| self.read.new_one().0);
                let (problems, closed) = (refused.refusal.problems, refused.refusal.closed);
                if closed.is_empty() || problems.iter().any(load::is_error) {
                    return Err(load::wrong(&library.bundle, problems));
                }
                let shut = Shut::new(tenant.clone(), purpose.to_owned(), closed);
                Err(Refused::new(Exit::Closed, shut.text(&library.bundle)))
            }
        }
    }
}
