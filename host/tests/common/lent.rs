//! Steps that outlive an engine: a fresh engine for every event would make three instances of each plugin, and that takes longer than
//! the event. What engines remember themselves is as fresh as they are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tamis::event::{Column, Edits, Finding};
use tamis::pipeline::{Sandboxed, StepError, Steps};
use tamis::plugin::{Detector, Failure, Transformer};

/// What a step was made with: its name, its settings, prepared automata.
type Made = (&'static str, String, Vec<Vec<u8>>);
type Shelf<S> = Arc<Mutex<HashMap<Made, Vec<Box<S>>>>>;

/// Most settings of which instances are kept.
const KEPT: usize = 64;

/// Steps of one plan, lent to engine after engine.
pub(crate) struct Lending {
    inner: Arc<Sandboxed>,
    detectors: Shelf<dyn Detector + Send>,
    transformers: Shelf<dyn Transformer + Send>,
}

struct Lent<S: ?Sized> {
    step: Option<Box<S>>,
    made: Made,
    shelf: Shelf<S>,
}

impl Lending {
    pub(crate) fn new(inner: Arc<Sandboxed>) -> Self {
        Self { inner, detectors: Shelf::default(), transformers: Shelf::default() }
    }

    fn transformer(
        &self,
        made: Made,
        make: impl FnOnce() -> Result<Box<dyn Transformer + Send>, StepError>,
    ) -> Result<Box<dyn Transformer + Send>, StepError> {
        Ok(Box::new(lent(&self.transformers, made, make)?))
    }
}

fn lent<S: ?Sized>(
    shelf: &Shelf<S>,
    made: Made,
    make: impl FnOnce() -> Result<Box<S>, StepError>,
) -> Result<Lent<S>, StepError> {
    let kept = shelf.lock().unwrap().get_mut(&made).and_then(Vec::pop);
    let step = Some(kept.map_or_else(make, Ok)?);
    Ok(Lent { step, made, shelf: shelf.clone() })
}

impl<S: ?Sized> Drop for Lent<S> {
    fn drop(&mut self) {
        let mut shelf = self.shelf.lock().unwrap();
        if shelf.len() < KEPT || shelf.contains_key(&self.made) {
            shelf.entry(self.made.clone()).or_default().extend(self.step.take());
        }
    }
}

impl Detector for Lent<dyn Detector + Send> {
    fn scan(&mut self, columns: &[Column<'_>]) -> Result<Vec<Finding>, Failure> {
        self.step.as_mut().unwrap().scan(columns)
    }
}

impl Transformer for Lent<dyn Transformer + Send> {
    fn transform(&mut self, columns: &[Column<'_>]) -> Result<Edits, Failure> {
        self.step.as_mut().unwrap().transform(columns)
    }
}

impl Steps for Lending {
    fn detector(&self, settings: &str, prepared: Vec<Vec<u8>>) -> Result<Box<dyn Detector + Send>, StepError> {
        let made = ("redact", settings.to_owned(), prepared.clone());
        Ok(Box::new(lent(&self.detectors, made, || self.inner.detector(settings, prepared))?))
    }

    fn mask(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError> {
        self.transformer(("mask", settings.to_owned(), Vec::new()), || self.inner.mask(settings))
    }

    fn minimise(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError> {
        self.transformer(("minimize", settings.to_owned(), Vec::new()), || self.inner.minimise(settings))
    }

    fn entities(&self) -> &[String] {
        self.inner.entities()
    }
}
