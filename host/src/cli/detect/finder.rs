//! A rule set at work: what it finds in rows.

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use serde_json::{Value, json};

use crate::event::{Column, ColumnBuf};
use crate::plugin::{Detector as _, Entity, Host, Limits, Plugin, Reuse};

use super::Threshold;
use super::rows::{Row, Rows};

/// Processor time for a batch. Somebody waits for the answer, and no event for its turn.
const PATIENCE: Duration = Duration::from_secs(60);

/// What one entry of a rule set looks for.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Ask {
    /// Sets or entities.
    pub(in crate::cli) find: Vec<String>,
    pub(in crate::cli) threshold: Threshold,
    /// Values that are no findings.
    pub(in crate::cli) except: Vec<String>,
    /// Whether values are found that documents use as examples.
    pub(in crate::cli) examples: bool,
}

/// Entities of an officer, as the detector's settings say them, with their automata.
#[derive(Debug, Default)]
pub(in crate::cli) struct Custom {
    pub(in crate::cli) entities: Vec<Entity>,
    pub(in crate::cli) settings: Vec<Value>,
    pub(in crate::cli) prepared: Vec<Vec<u8>>,
}

/// A detector, what it can find, and what it is asked for.
#[derive(Debug)]
pub(in crate::cli) struct Finder {
    /// Its clock stops with it.
    _host: Arc<Host>,
    plugin: Arc<Plugin>,
    entities: Vec<Entity>,
    custom: Custom,
    asks: Vec<Ask>,
}

/// A value that was found.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Found<'f> {
    /// Number of its row.
    pub(in crate::cli) row: usize,
    /// In bytes of the row's text, on characters.
    pub(in crate::cli) start: usize,
    pub(in crate::cli) end: usize,
    pub(in crate::cli) entity: &'f Entity,
    pub(in crate::cli) confidence: Threshold,
}

impl<'f> Found<'f> {
    pub(in crate::cli) fn value<'r>(&self, row: &'r Row) -> &'r str {
        row.text.get(self.start..self.end).unwrap_or_default()
    }

    pub(in crate::cli) fn sure(&self) -> &'static str {
        self.confidence.name()
    }

    fn place(&self) -> (usize, usize, usize, &'f str) {
        (self.row, self.start, self.end, &self.entity.name)
    }
}

/// A host for commands that look into files.
pub(in crate::cli) fn host() -> io::Result<Arc<Host>> {
    Host::new(Limits { call: PATIENCE, ..Limits::default() }, None).map(Arc::new)
}

impl Finder {
    pub(in crate::cli) fn new(host: &Arc<Host>, plugin: Arc<Plugin>, custom: Custom, asks: Vec<Ask>) -> Self {
        let entities = plugin.description().entities.iter().chain(&custom.entities).cloned().collect();
        Self { _host: Arc::clone(host), plugin, entities, custom, asks }
    }

    pub(in crate::cli) fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// Name, version and SHA-256 of the detector.
    pub(in crate::cli) fn detector(&self) -> Value {
        let about = self.plugin.description();
        json!({ "name": about.name, "version": about.version, "digest": self.plugin.digest_text() })
    }

    /// The same for people.
    pub(in crate::cli) fn label(&self) -> String {
        let about = self.plugin.description();
        format!("{} {} ({})", about.name, about.version, self.plugin.digest_text())
    }

    /// Whether an entity or a set is called so.
    pub(in crate::cli) fn knows(&self, name: &str) -> bool {
        self.entities.iter().any(|entity| entity.is_called(name))
    }

    /// What is found in all rows, by row and place; each entity once at a place, as sure as it gets.
    ///
    /// # Errors
    /// The detector does not take the settings, or fails.
    pub(in crate::cli) fn find(&self, rows: &Rows) -> io::Result<Vec<Found<'_>>> {
        self.find_from(rows, Threshold::Certain)
    }

    /// The same, of what is at least so sure, if that is less than what is asked for.
    ///
    /// # Errors
    /// As of [`Self::find`].
    pub(in crate::cli) fn find_from(&self, rows: &Rows, least: Threshold) -> io::Result<Vec<Found<'_>>> {
        let hints: Vec<_> = rows.fields().collect();
        let field = |ask: &Ask, hints: &&[String]| {
            let threshold = ask.threshold.min(least).name();
            let mut field = json!({ "find": ask.find, "threshold": threshold, "except": ask.except, "hints": hints });
            // Older releases do not know the setting.
            if !ask.examples {
                field["examples"] = false.into();
            }
            field
        };
        let fields: Vec<_> =
            self.asks.iter().flat_map(|ask| hints.iter().map(move |hints| field(ask, hints))).collect();
        let settings = json!({ "fields": fields, "custom": self.custom.settings }).to_string();
        let configured = self.plugin.configure(&settings, self.custom.prepared.clone()).map_err(other)?;
        let mut detector = configured.detector(Reuse::Reused).ok_or_else(|| other("it is no detector"))?;
        let mut columns: Vec<ColumnBuf> = (0..fields.len() as u32).map(ColumnBuf::new).collect();
        for (number, row) in rows.all().iter().enumerate() {
            for column in columns.iter_mut().skip(row.number).step_by(hints.len().max(1)) {
                column.push(number as u32, row.text.as_bytes());
            }
        }
        let views: Vec<Column<'_>> = columns.iter().map(ColumnBuf::view).collect();
        let scanned = detector.scan(&views).map_err(|failure| other(format!("the detector failed: {failure:?}")))?;
        let found = scanned.iter().filter_map(|finding| {
            Some(Found {
                row: *views.get(finding.column as usize)?.event.get(finding.row as usize)? as usize,
                start: finding.start as usize,
                end: finding.end as usize,
                entity: self.entities.get(finding.entity as usize)?,
                confidence: Threshold::of(finding.confidence),
            })
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by(|a, b| a.place().cmp(&b.place()).then(b.confidence.cmp(&a.confidence)));
        found.dedup_by(|after, before| after.place() == before.place());
        Ok(found)
    }
}

fn other(error: impl fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}
