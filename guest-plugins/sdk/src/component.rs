//! The component's edge: generated bindings, and the one place where a plugin lives while its instance does.

use std::cell::RefCell;
use std::thread::LocalKey;

use crate::{Column, Description, Detector, Edits, Failure, Transformer};

/// Bindings of world `detector`.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod detector {
    wit_bindgen::generate!({
        path: "../../wit/0.1",
        world: "detector",
        pub_export_macro: true,
        export_macro_name: "export_detector_world",
    });
}

/// Bindings of world `transformer`.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod transformer {
    wit_bindgen::generate!({
        path: "../../wit/0.1",
        world: "transformer",
        pub_export_macro: true,
        export_macro_name: "export_transformer_world",
    });
}

use detector::tamis::plugin::types as found;
use transformer::tamis::plugin::types as edited;

/// Where the configured plugin lives. An instance has one thread, so this is a plain static.
pub type State<T> = RefCell<Option<T>>;
type Key<T> = &'static LocalKey<State<T>>;

/// Keeps what `configure` made.
fn start<T, F: From<Failure>>(state: Key<T>, made: Result<T, Failure>) -> Result<(), F> {
    state.set(Some(made?));
    Ok(())
}

/// Runs a call on the configured plugin; before `configure` every call fails.
fn run<T, R>(state: Key<T>, call: impl FnOnce(&mut T) -> Result<R, Failure>) -> Result<R, Failure> {
    state.with_borrow_mut(|plugin| call(plugin.as_mut().ok_or(Failure::Internal)?))
}

// Both worlds have their own copy of the common types. Columns move; nothing is copied.
macro_rules! common {
    ($types:ident) => {
        impl From<Failure> for $types::Failure {
            fn from(failure: Failure) -> Self {
                match failure {
                    Failure::SettingsRejected => Self::SettingsRejected,
                    Failure::UnsupportedField => Self::UnsupportedField,
                    Failure::LimitExceeded => Self::LimitExceeded,
                    Failure::Internal => Self::Internal,
                }
            }
        }
        impl From<Description> for $types::Description {
            fn from(Description { name, version, settings_schema, entities }: Description) -> Self {
                let entities = entities.into_iter();
                let entities =
                    entities.map(|e| $types::Entity { name: e.name, sets: e.sets, title: e.title }).collect();
                Self { name, version, settings_schema, entities }
            }
        }
        impl From<$types::Column> for Column {
            fn from($types::Column { field, bytes, offsets, event }: $types::Column) -> Self {
                Column { field, bytes, offsets, event }
            }
        }
    };
}
common!(found);
common!(edited);

/// Starts a detector.
pub fn start_detector<T: Detector>(state: Key<T>, settings: &str, prepared: &[Vec<u8>]) -> Result<(), found::Failure> {
    start(state, T::configure(settings, prepared))
}

/// One scan.
pub fn scan<T: Detector>(state: Key<T>, columns: Vec<found::Column>) -> Result<Vec<found::Finding>, found::Failure> {
    let columns: Vec<Column> = columns.into_iter().map(Column::from).collect();
    let mut findings = run(state, |plugin| plugin.scan(&columns))?;
    if !findings.is_sorted() {
        findings.sort_unstable();
    }
    let finding = |f: crate::Finding| found::Finding {
        column: f.column,
        row: f.row,
        start: f.start,
        end: f.end,
        entity: f.entity,
        confidence: f.confidence,
    };
    Ok(findings.into_iter().map(finding).collect())
}

/// Starts a transformer.
pub fn start_transformer<T: Transformer>(state: Key<T>, settings: &str) -> Result<(), edited::Failure> {
    start(state, T::configure(settings))
}

/// One call of a transformer.
pub fn transform<T: Transformer>(
    state: Key<T>,
    columns: Vec<edited::Column>,
) -> Result<edited::Edits, edited::Failure> {
    let columns: Vec<Column> = columns.into_iter().map(Column::from).collect();
    let mut edits = Edits::default();
    run(state, |plugin| plugin.transform(&columns, &mut edits))?;
    let crate::Answer { edits, text, failed } = edits.finish()?;
    let edit = |e: crate::Edit| edited::Edit {
        column: e.column,
        row: e.row,
        start: e.start,
        end: e.end,
        text_start: e.text_start,
        text_end: e.text_end,
    };
    Ok(edited::Edits { edits: edits.into_iter().map(edit).collect(), text, failed })
}
