//! The plugin host: loads plugins, and keeps the built-ins.

use super::admission::{self, Refusal};
use super::builtin;
use super::cache::{Cache, Slot};
use super::engine;
use super::failure::Failure;
use super::kind::Kind;
use super::limits::Limits;
use super::plugin::{Plugin, Unfit};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use wasmtime::Engine;
use wasmtime::component::Component;

/// What an operator grants a plugin of a vendor. There is no capability in `tamis:plugin@0.1`: an import is always
/// refused.
#[derive(Clone, Debug, Default)]
pub struct Grant {
    /// Only the component with this SHA-256.
    pub sha256: Option<[u8; 32]>,
    /// Other limits than the host's, except `stack`, which is the host's for all.
    pub limits: Option<Limits>,
}

/// Why a plugin was not loaded.
#[derive(Debug)]
pub enum LoadError {
    /// The file cannot be read.
    Read(io::Error),
    /// Another component than the one that was granted.
    Digest {
        /// SHA-256 of what was found.
        found: [u8; 32],
    },
    /// Not admitted.
    Refused(Refusal),
    /// Valid, but the compiler does not take it: some limit of its own.
    Compile,
    /// `describe`, or the start before it, failed.
    Describe(Failure),
    /// What it says about itself is not acceptable.
    Description(String),
    /// There is no built-in of that name.
    NoBuiltin,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Read(error) => write!(f, "the component cannot be read: {error}"),
            LoadError::Digest { found } => {
                f.write_str("the component is not the one that was granted; its sha-256 is ")?;
                found.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            LoadError::Refused(refusal) => refusal.fmt(f),
            LoadError::Compile => f.write_str("the component cannot be compiled: split functions that are very large"),
            LoadError::Describe(failure) => {
                write!(f, "the plugin failed when asked to describe itself ({failure}): `describe` needs no settings")
            }
            LoadError::Description(why) => write!(f, "the plugin's description is not acceptable: {why}"),
            LoadError::NoBuiltin => {
                f.write_str("there is no built-in plugin of that name; there are:")?;
                builtin::all().iter().try_for_each(|builtin| write!(f, " {}", builtin.name))
            }
        }
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LoadError::Read(error) => Some(error),
            LoadError::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

/// Loads and holds plugins: an engine, its clock, the built-ins and the cache of compiled code.
pub struct Host {
    engine: Engine,
    limits: Limits,
    cache: io::Result<Cache>,
    builtins: Vec<OnceLock<Arc<Plugin>>>,
}

impl Host {
    /// Starts an engine. With a directory, compiled code of vendors' plugins is kept there; if it cannot be used
    /// safely they are compiled anew in every run, see [`Host::cache_problem`].
    ///
    /// # Errors
    /// When there can be no engine on this machine: an unknown processor, no thread for the clock, a stack limit of 0.
    ///
    /// ```
    /// use tamis::plugin::{Host, Limits};
    /// let host = Host::new(Limits::default(), None).expect("a supported machine");
    /// assert_eq!(host.builtin("redact").expect("is built in").description().name, "redact");
    /// ```
    pub fn new(limits: Limits, cache_dir: Option<&Path>) -> io::Result<Host> {
        let engine = engine::start(&limits).map_err(|error| io::Error::other(format!("no plugin engine: {error}")))?;
        let cache = match cache_dir {
            Some(dir) => Cache::open(dir),
            None => Err(io::Error::other("no directory was given")),
        };
        let builtins = builtin::all().iter().map(|_| OnceLock::new()).collect();
        Ok(Host { engine, limits, cache, builtins })
    }

    /// Why compiled code is not kept; `None` when it is.
    pub fn cache_problem(&self) -> Option<&io::Error> {
        self.cache.as_ref().err()
    }

    /// A plugin inside this binary. Loaded when first asked for, in well under a millisecond.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn builtin(&self, name: &str) -> Result<Arc<Plugin>, LoadError> {
        let found = builtin::all().iter().zip(&self.builtins).find(|(builtin, _)| builtin.name == name);
        let (builtin, slot) = found.ok_or(LoadError::NoBuiltin)?;
        if let Some(plugin) = slot.get() {
            return Ok(Arc::clone(plugin));
        }
        let component = builtin::load(&self.engine, builtin).map_err(|_| LoadError::Compile)?;
        let kind = if builtin.is_detector { Kind::Detector } else { Kind::Transformer };
        let plugin = fit(&component, kind, builtin.digest, self.limits.clone(), true)?;
        Ok(Arc::clone(slot.get_or_init(|| plugin)))
    }

    /// Loads a vendor's plugin from a component file.
    ///
    /// # Errors
    /// Why it is not to be had; nothing of it runs before it was admitted and compiled.
    pub fn load(&self, path: &Path, grant: &Grant) -> Result<Arc<Plugin>, LoadError> {
        let limit = self.limits_of(grant).component_bytes;
        let mut bytes = Vec::new();
        let file = fs::File::open(path).map_err(LoadError::Read)?;
        file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(LoadError::Read)?;
        self.load_bytes(&bytes, grant)
    }

    /// Loads a vendor's plugin from the bytes of a component.
    ///
    /// # Errors
    /// As [`Host::load`].
    pub fn load_bytes(&self, bytes: &[u8], grant: &Grant) -> Result<Arc<Plugin>, LoadError> {
        let limits = self.limits_of(grant);
        let kind = admission::inspect(bytes, limits.component_bytes).map_err(LoadError::Refused)?;
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        if grant.sha256.is_some_and(|granted| granted != digest) {
            return Err(LoadError::Digest { found: digest });
        }
        let component = self.compile(bytes, &digest)?;
        fit(&component, kind, digest, limits.clone(), false)
    }

    fn limits_of<'l>(&'l self, grant: &'l Grant) -> &'l Limits {
        grant.limits.as_ref().unwrap_or(&self.limits)
    }

    fn compile(&self, bytes: &[u8], digest: &[u8; 32]) -> Result<Component, LoadError> {
        let Ok(cache) = &self.cache else {
            return Component::from_binary(&self.engine, bytes).map_err(|_| LoadError::Compile);
        };
        let slot = Slot::new(&self.engine, digest);
        if let Some(code) = cache.get(&slot) {
            // SAFETY: the entry's tag proves that it was written by `Cache::put` below, in this or an earlier run of
            // the holder of the key, for this component, configuration and version of wasmtime; the bytes were read
            // before they were checked, so nobody can change them in between.
            if let Ok(component) = unsafe { Component::deserialize(&self.engine, &code) } {
                return Ok(component);
            }
        }
        let component = Component::from_binary(&self.engine, bytes).map_err(|_| LoadError::Compile)?;
        if let Ok(code) = component.serialize() {
            // A full disk must not stop a plugin from running.
            let _ = cache.put(&slot, &code);
        }
        Ok(component)
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("limits", &self.limits).field("cache", &self.cache.is_ok()).finish_non_exhaustive()
    }
}

fn fit(
    component: &Component,
    kind: Kind,
    digest: [u8; 32],
    limits: Limits,
    is_builtin: bool,
) -> Result<Arc<Plugin>, LoadError> {
    match Plugin::describe(component, kind, digest, limits, is_builtin) {
        Ok(plugin) => Ok(Arc::new(plugin)),
        Err(Unfit::World) => Err(LoadError::Refused(Refusal::World {
            why: "an export has another type than in `wit/0.1`, or there are more parts than the limits allow"
                .to_owned(),
        })),
        Err(Unfit::Describe(failure)) => Err(LoadError::Describe(failure)),
        Err(Unfit::Description(why)) => Err(LoadError::Description(why)),
    }
}
