//! The built-in plugins as plain Rust.

use tamis::event::{Column, Edit, Edits, Finding};
use tamis::pipeline::{StepError, Steps};
use tamis::plugin::{Detector, Failure, Transformer};
use tamis_plugin_sdk as sdk;

/// Makes steps without a sandbox.
pub struct Native {
    entities: Vec<String>,
}

impl Native {
    /// The built-ins.
    pub fn new() -> Self {
        Self { entities: tamis_redact::Redact::describe().entities.iter().map(|e| e.name.to_owned()).collect() }
    }
}

fn refused(step: &'static str) -> StepError {
    StepError { step, reason: "it refuses its settings".into() }
}

impl Steps for Native {
    fn detector(&self, settings: &str, prepared: Vec<Vec<u8>>) -> Result<Box<dyn Detector + Send>, StepError> {
        let redact = tamis_redact::Redact::configure(settings, &prepared).map_err(|_| refused("redact"))?;
        Ok(Box::new(Redact { redact, found: Vec::new() }))
    }

    fn mask(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError> {
        transformer::<tamis_mask::Mask>(settings).ok_or_else(|| refused("mask"))
    }

    fn minimise(&self, settings: &str) -> Result<Box<dyn Transformer + Send>, StepError> {
        transformer::<tamis_minimize::Minimize>(settings).ok_or_else(|| refused("minimize"))
    }

    fn entities(&self) -> &[String] {
        &self.entities
    }
}

/// The detector that is linked in.
struct Redact {
    redact: tamis_redact::Redact,
    found: Vec<tamis_redact::Finding>,
}

fn view<'c>(column: &Column<'c>) -> tamis_redact::ColumnView<'c> {
    let Column { field, bytes, offsets, event } = *column;
    tamis_redact::ColumnView { field, bytes, offsets, event }
}

impl Detector for Redact {
    fn scan(&mut self, columns: &[Column<'_>]) -> Result<Vec<Finding>, Failure> {
        let views: Vec<_> = columns.iter().map(view).collect();
        self.redact.scan(&views, &mut self.found).map_err(|_| Failure::Trap)?;
        let finding = |f: &tamis_redact::Finding| {
            let tamis_redact::Finding { column, row, start, end, entity, confidence } = *f;
            Finding { column, row, start, end, entity, confidence }
        };
        Ok(self.found.iter().map(finding).collect())
    }
}

/// A transformer that is linked in.
struct Linked<T>(T);

fn transformer<T: sdk::Transformer + Send + 'static>(settings: &str) -> Option<Box<dyn Transformer + Send>> {
    T::configure(settings).ok().map(|made| Box::new(Linked(made)) as Box<_>)
}

impl<T: sdk::Transformer> Transformer for Linked<T> {
    fn transform(&mut self, columns: &[Column<'_>]) -> Result<Edits, Failure> {
        let owned = |c: &Column<'_>| sdk::Column {
            field: c.field,
            bytes: c.bytes.to_vec(),
            offsets: c.offsets.to_vec(),
            event: c.event.to_vec(),
        };
        let columns: Vec<_> = columns.iter().map(owned).collect();
        let mut edits = sdk::Edits::default();
        self.0.transform(&columns, &mut edits).map_err(|_| Failure::Trap)?;
        let sdk::Answer { edits, text, failed } = edits.finish().map_err(|_| Failure::Trap)?;
        let edit = |e: sdk::Edit| Edit {
            column: e.column,
            row: e.row,
            start: e.start,
            end: e.end,
            text: e.text_start..e.text_end,
        };
        let failed = failed.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        Ok(Edits { edits: edits.into_iter().map(edit).collect(), text, failed })
    }
}
