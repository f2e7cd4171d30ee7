//! The product's own steps: the built-in plugins, each in its sandbox.

use std::sync::Arc;

use crate::plugin::{Configured, Detector, Entity, Host, Plugin, Reuse, Transformer};

use super::steps::{StepError, Steps, Vendor};

/// The built-in plugins of a host.
pub struct Sandboxed {
    redact: Arc<Plugin>,
    mask: Arc<Plugin>,
    minimise: Arc<Plugin>,
    reuse: Reuse,
    entities: Vec<String>,
    vendors: Vec<Configured>,
}

impl Sandboxed {
    /// Loads the built-ins. `reuse`: whether an instance may live longer than a batch.
    ///
    /// # Errors
    ///
    /// A built-in does not load: the binary and the machine do not go together.
    pub fn new(host: &Host, reuse: Reuse, custom: &[String]) -> Result<Self, StepError> {
        let load =
            |step: &'static str| host.builtin(step).map_err(|error| StepError { step, reason: error.to_string() });
        let redact = load("redact")?;
        let own = redact.description().entities.iter().map(|entity| entity.name.clone());
        let entities = own.chain(custom.iter().cloned()).collect();
        Ok(Self { entities, redact, mask: load("mask")?, minimise: load("minimize")?, reuse, vendors: Vec::new() })
    }
}

impl Sandboxed {
    /// Adds the plugins of vendors, in the order of the plan.
    #[must_use]
    pub fn with_vendors(self, vendors: Vec<Configured>) -> Self {
        Self { vendors, ..self }
    }

    /// The built-in detector.
    pub fn redact(&self) -> &Arc<Plugin> {
        &self.redact
    }

    /// The built-in detector, masks and generalisations.
    pub fn built_in(&self) -> [&Arc<Plugin>; 3] {
        [&self.redact, &self.mask, &self.minimise]
    }

    /// The plugins of vendors, by their numbers in the plan.
    pub fn vendors(&self) -> impl Iterator<Item = &Arc<Plugin>> {
        self.vendors.iter().map(Configured::plugin)
    }

    /// Names and sets that a treatment may look for.
    pub fn finds(&self) -> impl Iterator<Item = &str> + Clone {
        let own = self.redact.description().entities.iter();
        own.flat_map(Entity::names)
    }
}

fn configure(
    step: &'static str,
    plugin: &Arc<Plugin>,
    settings: &str,
    prepared: Vec<Vec<u8>>,
) -> Result<Configured, StepError> {
    plugin.configure(settings, prepared).map_err(|error| StepError { step, reason: error.to_string() })
}

fn transformer(
    step: &'static str,
    plugin: &Arc<Plugin>,
    settings: &str,
    reuse: Reuse,
) -> Result<Box<dyn Transformer + Send>, StepError> {
    let made = configure(step, plugin, settings, Vec::new())?.transformer(reuse);
    made.map(|made| Box::new(made) as Box<_>).ok_or_else(|| StepError { step, reason: "it is no transformer".into() })
}

impl Steps for Sandboxed {
    fn detector(&self, settings: &str, prepared: Vec<Vec<u8>>) -> Result<Box<dyn Detector + Send>, StepError> {
        let made = configure("redact", &self.redact, settings, prepared)?.detector(self.reuse);
        made.map(|made| Box::new(made) as Box<_>)
            .ok_or_else(|| StepError { step: "redact", reason: "it is no detector".into() })
    }

    fn mask(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError> {
        transformer("mask", &self.mask, settings, self.reuse)
    }

    fn minimise(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError> {
        transformer("minimize", &self.minimise, settings, self.reuse)
    }

    fn entities(&self) -> &[String] {
        &self.entities
    }

    /// A fresh instance for every batch: what a vendor's plugin saw in one it cannot remember in the next.
    fn vendor(&self, number: u16) -> Result<Vendor, StepError> {
        let Some(configured) = self.vendors.get(usize::from(number)) else {
            return Err(StepError { step: "plugin", reason: "it was not loaded".into() });
        };
        let detector = configured.detector(Reuse::PerBatch).map(|step| Vendor::Detector {
            step: Box::new(step),
            entities: configured.plugin().description().entities.clone(),
        });
        let transformer = || configured.transformer(Reuse::PerBatch).map(|step| Vendor::Transformer(Box::new(step)));
        let neither = || StepError { step: "plugin", reason: "it is of neither world".into() };
        detector.or_else(transformer).ok_or_else(neither)
    }
}
