//! What a plugin is: two traits and the plain types they speak.

use std::ops::Range;

use crate::{Column, Edits};

/// Finds spans. What happens to them is the host's business, so a detector can only take text away.
pub trait Detector: Sized {
    /// Name, version, schema of the settings, and the entities that findings may name.
    fn describe() -> Description;
    /// Made once before the first scan. `prepared` holds automata that the host compiled for this plugin.
    fn configure(settings: &str, prepared: &[Vec<u8>]) -> Result<Self, Failure>;
    /// Findings of all columns, in any order; they may nest and overlap.
    fn scan(&mut self, columns: &[Column]) -> Result<Vec<Finding>, Failure>;
}

/// Rewrites values by edits.
pub trait Transformer: Sized {
    /// Name, version and schema of the settings.
    fn describe() -> Description;
    /// Made once before the first call.
    fn configure(settings: &str) -> Result<Self, Failure>;
    /// Adds the edits of all columns; a row without an edit stays as it is.
    fn transform(&mut self, columns: &[Column], edits: &mut Edits) -> Result<(), Failure>;
}

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The settings make no sense, although the schema let them pass.
    SettingsRejected,
    /// A column names a field that the settings do not have.
    UnsupportedField,
    /// The batch is more than the plugin takes.
    LimitExceeded,
    /// A defect of the plugin, or of the call.
    Internal,
}

/// How sure a detector is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Confidence {
    /// It has the shape.
    Possible = 1,
    /// Shape and surroundings agree.
    Likely = 2,
    /// A check digit or a prefix nobody else uses proves it.
    Certain = 3,
}

/// A span that was found. Laid out as it crosses to the host: six numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(C)]
pub struct Finding {
    /// Position of the column in the call.
    pub column: u32,
    /// Row of the column.
    pub row: u32,
    /// First byte of the span within the row, on a character boundary.
    pub start: u32,
    /// Byte behind the span.
    pub end: u32,
    /// Which of the described entities it is.
    pub entity: u32,
    /// 1 possible, 2 likely, 3 certain.
    pub confidence: u32,
}

impl Finding {
    /// A finding at a byte range of a row.
    pub fn new(column: u32, row: u32, range: Range<usize>, entity: u32, confidence: Confidence) -> Self {
        let (start, end) = (range.start as u32, range.end as u32);
        Finding { column, row, start, end, entity, confidence: confidence as u32 }
    }
}

/// Something a detector can find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Dotted name, for example `payment.card`.
    pub name: String,
    /// Sets it belongs to, for example `personal`.
    pub sets: Vec<String>,
    /// What a person calls it.
    pub title: String,
}

impl Entity {
    /// An entity from its parts.
    pub fn new(name: &str, sets: &[&str], title: &str) -> Self {
        Entity { name: name.into(), sets: sets.iter().map(|&set| set.into()).collect(), title: title.into() }
    }
}

/// What a plugin says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The plugin's name.
    pub name: String,
    /// The plugin's version.
    pub version: String,
    /// JSON Schema (2020-12) of the settings.
    pub settings_schema: String,
    /// What a detector can find, in the order that findings count by; empty for a transformer.
    pub entities: Vec<Entity>,
}

impl Description {
    /// A description without entities.
    pub fn new(name: &str, version: &str, settings_schema: &str) -> Self {
        let (name, version) = (name.into(), version.into());
        Description { name, version, settings_schema: settings_schema.into(), entities: Vec::new() }
    }

    /// The description with one entity more.
    pub fn with(mut self, entity: Entity) -> Self {
        self.entities.push(entity);
        self
    }
}
