//! Steps that hostile guests stand in for. The guests are those of the plugin room's own tests: core modules as text.

#![allow(dead_code, reason = "every test crate uses a part of this")]

#[path = "../../src/plugin/tests/guest.rs"]
pub(crate) mod guest;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use guest::{Guest, unless_empty};
use tamis::pipeline::{Sandboxed, StepError, Steps};
use tamis::plugin::{Detector, Host, Kind, Limits, Plugin, Reuse, Transformer};

/// A host that loses patience soon.
fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| {
        let hasty = Limits {
            start: Duration::from_millis(200),
            call: Duration::from_millis(30),
            memory: 4 << 20,
            ..Limits::default()
        };
        Host::new(hasty, None).unwrap()
    })
}

/// The built-in steps, some of them replaced.
pub(crate) struct Hostile {
    detector: Option<Arc<Plugin>>,
    transformer: Option<Arc<Plugin>>,
    others: Sandboxed,
    entities: Vec<String>,
}

impl Hostile {
    pub(crate) fn new(guest: &Guest) -> Result<Self, StepError> {
        let plugin = guest.load(host()).map_err(|error| StepError { step: "guest", reason: error.to_string() })?;
        let others = Sandboxed::new(host(), Reuse::Reused, &[])?;
        let (detector, transformer) = match guest.kind {
            Kind::Detector => (Some(plugin), None),
            Kind::Transformer => (None, Some(plugin)),
        };
        Ok(Self { detector, transformer, others, entities: guest.entities.clone() })
    }
}

fn transformer(plugin: &Arc<Plugin>) -> Result<Box<dyn Transformer + Send>, StepError> {
    let configured = plugin.configure("{}", Vec::new());
    let configured = configured.map_err(|error| StepError { step: "guest", reason: error.to_string() })?;
    Ok(Box::new(configured.transformer(Reuse::PerBatch).unwrap()))
}

impl Steps for Hostile {
    fn detector(&self, settings: &str, prepared: Vec<Vec<u8>>) -> Result<Box<dyn Detector + Send>, StepError> {
        let Some(plugin) = &self.detector else { return self.others.detector(settings, prepared) };
        let configured = plugin.configure("{}", Vec::new());
        let configured = configured.map_err(|error| StepError { step: "guest", reason: error.to_string() })?;
        Ok(Box::new(configured.detector(Reuse::PerBatch).unwrap()))
    }

    fn mask(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError> {
        self.transformer.as_ref().map_or_else(|| self.others.mask(settings), transformer)
    }

    fn minimise(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError> {
        self.transformer.as_ref().map_or_else(|| self.others.minimise(settings), transformer)
    }

    fn entities(&self) -> &[String] {
        if self.detector.is_some() { &self.entities } else { self.others.entities() }
    }
}

const LOOP: &str = "(loop $forever br $forever) unreachable";
const DEEP: &str =
    "(func $deep (param i32) (result i32) local.get 0 i32.const 1 i32.add call $deep i32.const 1 i32.add)";

/// What a guest may do instead of its work.
pub(crate) const EVIL: [&str; 4] = [
    LOOP,
    "unreachable",
    "(loop $grow i32.const 16 memory.grow i32.const -1 i32.ne br_if $grow) unreachable",
    "i32.const 0 call $deep drop unreachable",
];

/// Guests that misbehave in one export: those that no batch is needed for, and those that wait for one.
pub(crate) fn guests(kind: Kind, evil: &str) -> Vec<(&'static str, Guest)> {
    let call = if kind == Kind::Detector { "scan" } else { "transform" };
    let plain = || Guest { extra: DEEP.into(), ..Guest::new(kind) };
    let post = format!(
        "{DEEP} (func (export \"cabi_post_{call}\") (param i32) local.get 0 i32.const 512 i32.ne if {evil} end)"
    );
    let start = format!("{DEEP} (func $start {evil}) (start $start)");
    vec![
        ("start", Guest { extra: start, ..Guest::new(kind) }),
        ("describe", Guest { describe: evil.into(), ..plain() }),
        ("configure", Guest { configure: evil.into(), ..plain() }),
        ("call", Guest { call: unless_empty(evil), ..plain() }),
        ("realloc", Guest { realloc: format!("local.get $new i32.const 8 i32.gt_u if {evil} end"), ..plain() }),
        ("post", Guest { extra: post, call: unless_empty("i32.const 700"), ..Guest::new(kind) }),
        // The answer lies outside memory, or is none.
        ("answer", Guest { call: unless_empty("i32.const -4"), ..plain() }),
        ("answer", Guest { call: unless_empty("i32.const 1024"), ..plain() }),
    ]
}
