//! A plugin that was admitted, and the same with settings.

use super::cage::{Cage, arm, judge};
use super::description::Description;
use super::failure::Failure;
use super::instance::{self, Reuse, SandboxedDetector, SandboxedTransformer};
use super::kind::Kind;
use super::limits::Limits;
use super::wit_v0_1::{Live, Pre};
use std::fmt;
use std::sync::{Arc, Mutex};
use wasmtime::component::Component;
use wasmtime::{Engine, Store};

/// An admitted plugin: compiled, of a known world, with a checked description. Shared by every plan that uses it.
pub struct Plugin {
    engine: Engine,
    pre: Pre,
    kind: Kind,
    description: Description,
    digest: [u8; 32],
    limits: Limits,
}

/// Why a compiled component is no plugin.
pub(super) enum Unfit {
    /// An export has another type than in its world, or no instance can be made under the limits.
    World,
    /// `describe` failed.
    Describe(Failure),
    /// What `describe` said is not acceptable.
    Description(String),
}

impl Plugin {
    /// Asks a component for its description, in an instance of its own that is dropped afterwards.
    pub(super) fn describe(
        component: &Component,
        kind: Kind,
        digest: [u8; 32],
        limits: Limits,
        is_builtin: bool,
    ) -> Result<Plugin, Unfit> {
        let pre = Pre::new(component, kind).map_err(|_| Unfit::World)?;
        let engine = component.engine().clone();
        let mut store = Cage::store(&engine, &limits);
        arm(&mut store, limits.start, limits.description_bytes);
        let live = pre.instantiate(&mut store).map_err(|error| match judge(&store, &error) {
            // Not a trap: types or counts of the component itself do not fit.
            Failure::BadAnswer(_) => Unfit::World,
            failure => Unfit::Describe(failure),
        })?;
        live.check_types(&store).map_err(|_| Unfit::World)?;
        arm(&mut store, limits.start, limits.description_bytes);
        let raw = live.describe(&mut store).map_err(|error| Unfit::Describe(judge(&store, &error)))?;
        let description = Description::check(raw, is_builtin).map_err(Unfit::Description)?;
        if kind == Kind::Transformer && !description.entities.is_empty() {
            return Err(Unfit::Description("a transformer declares entities: leave the list empty".to_owned()));
        }
        Ok(Plugin { engine, pre, kind, description, digest, limits })
    }

    /// What the plugin says about itself.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Its world.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// SHA-256 of the component.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The same as `sha256:…`.
    pub fn digest_text(&self) -> String {
        let hexadecimal = self.digest.iter().map(|byte| format!("{byte:02x}"));
        format!("sha256:{}", hexadecimal.collect::<String>())
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Gives the plugin its settings: JSON, held against a vendor's schema first, and automata that the host
    /// prepared (for detectors; must be empty for transformers). Then tries them: an instance is made, configured, and
    /// called with no column at all, which must succeed with an empty answer.
    ///
    /// # Errors
    /// Where the settings do not fit, or how the trial failed.
    pub fn configure(self: &Arc<Self>, settings: &str, prepared: Vec<Vec<u8>>) -> Result<Configured, ConfigureError> {
        if settings.len() > self.limits.settings_bytes {
            return Err(ConfigureError::TooLong { limit: self.limits.settings_bytes });
        }
        if self.kind == Kind::Transformer && !prepared.is_empty() {
            return Err(ConfigureError::Prepared);
        }
        if let Some(schema) = &self.description.schema {
            let value = serde_json::from_str(settings)
                .map_err(|e| ConfigureError::Json { line: e.line(), column: e.column() })?;
            schema.check(&value).map_err(ConfigureError::Schema)?;
        }
        let setup =
            Setup { plugin: Arc::clone(self), settings: settings.to_owned(), prepared, first: Mutex::default() };
        let configured = Configured { setup: Arc::new(setup) };
        configured.trial()?;
        Ok(configured)
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin").field("name", &self.description.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Why settings were not taken. The texts tell places in the settings and what is expected there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigureError {
    /// More settings than [`Limits::settings_bytes`].
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Not JSON.
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// JSON that the plugin's schema does not allow: one line for each place, at most 16.
    Schema(Vec<String>),
    /// Prepared automata for a transformer.
    Prepared,
    /// The plugin itself refused the settings, or broke over them.
    Rejected(Failure),
    /// The plugin failed when called without any column, which must succeed with an empty answer.
    Empty(Failure),
}

impl fmt::Display for ConfigureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigureError::TooLong { limit } => {
                write!(f, "the settings are longer than {limit} bytes: shorten them or raise the plugin's limit")
            }
            ConfigureError::Json { line, column } => {
                write!(f, "the settings are not JSON, at line {line}, column {column}")
            }
            ConfigureError::Schema(lines) => {
                f.write_str("the settings do not fit the plugin's schema")?;
                lines.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
            ConfigureError::Prepared => f.write_str("a transformer takes no prepared automata: leave them out"),
            ConfigureError::Rejected(failure) => write!(f, "the plugin does not start with these settings ({failure})"),
            ConfigureError::Empty(failure) => {
                write!(f, "the plugin fails on a batch without columns ({failure}): it must answer with nothing")
            }
        }
    }
}

impl std::error::Error for ConfigureError {}

/// A plugin with its settings: cheap to clone, shared by threads. Instances are made from it.
#[derive(Clone)]
pub struct Configured {
    setup: Arc<Setup>,
}

impl Configured {
    /// The plugin.
    pub fn plugin(&self) -> &Arc<Plugin> {
        &self.setup.plugin
    }

    /// A detector; its first instance is made by the first call. `None` when the plugin is a transformer.
    pub fn detector(&self, reuse: Reuse) -> Option<SandboxedDetector> {
        let setup = Arc::clone(&self.setup);
        (self.setup.plugin.kind == Kind::Detector).then(|| SandboxedDetector::new(setup, reuse))
    }

    /// A transformer; its first instance is made by the first call. `None` when the plugin is a detector.
    pub fn transformer(&self, reuse: Reuse) -> Option<SandboxedTransformer> {
        let setup = Arc::clone(&self.setup);
        (self.setup.plugin.kind == Kind::Transformer).then(|| SandboxedTransformer::new(setup, reuse))
    }

    /// Since a sandbox is deterministic, an instance that starts now starts later too: a step that cannot start
    /// is found before the first event.
    fn trial(&self) -> Result<(), ConfigureError> {
        self.setup.leave(self.setup.start().map_err(ConfigureError::Rejected)?);
        instance::trial(&self.setup).map_err(ConfigureError::Empty)
    }
}

impl fmt::Debug for Configured {
    /// Without the settings: they may name people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configured").field("plugin", &self.setup.plugin).finish_non_exhaustive()
    }
}

/// What an instance is made of.
pub(super) struct Setup {
    pub(super) plugin: Arc<Plugin>,
    settings: String,
    prepared: Vec<Vec<u8>>,
    /// The instance of the trial, which has seen no event. The first that asks for one takes it, or lets it go.
    first: Mutex<Option<(Store<Cage>, Live)>>,
}

impl Setup {
    /// Leaves an instance that has seen no event for a later call.
    pub(super) fn leave(&self, instance: (Store<Cage>, Live)) {
        if let Ok(mut first) = self.first.lock() {
            *first = Some(instance);
        }
    }

    /// How many entities findings may name: those declared, then those of the prepared automata.
    pub(super) fn entities(&self) -> usize {
        self.plugin.description.entities.len() + self.prepared.len()
    }

    /// A configured instance, for a call on events: the one that was left, where it may be called again, or a fresh one.
    pub(super) fn instance(&self, reuse: Reuse) -> Result<(Store<Cage>, Live), Failure> {
        let left = || self.first.lock().ok().and_then(|mut first| first.take());
        if let (Reuse::Reused, Some(left)) = (reuse, left()) {
            return Ok(left);
        }
        // Settings were tried when the step was configured: what fails now is not about any event.
        self.start().map_err(|_| Failure::Instantiate)
    }

    /// A fresh, configured instance, or why there is none.
    fn start(&self) -> Result<(Store<Cage>, Live), Failure> {
        let limits = &self.plugin.limits;
        let mut store = Cage::store(&self.plugin.engine, limits);
        arm(&mut store, limits.start, limits.answer_bytes);
        let live = self.plugin.pre.instantiate(&mut store).map_err(|error| match judge(&store, &error) {
            Failure::BadAnswer(_) => Failure::Instantiate,
            failure => failure,
        })?;
        arm(&mut store, limits.start, limits.answer_bytes);
        match live.configure(&mut store, &self.settings, &self.prepared) {
            Ok(Ok(())) => Ok((store, live)),
            Ok(Err(code)) => Err(Failure::Refused(code)),
            Err(error) => Err(judge(&store, &error)),
        }
    }
}
