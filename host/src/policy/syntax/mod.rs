//! Text → documents: reads the files of the policy language and reports everything that is not of its shape.
//!
//! Every function takes one file of a [`Bundle`], appends what is wrong to the caller's list and answers with
//! what could be read, also where something was wrong, so that one run finds as much as possible. **Whether a
//! document may be used is told by the diagnostics** (no [`Severity::Error`](super::diagnostic::Severity)), not
//! by `Some`. `None` means that there is nothing to go on with: the text is no TOML, or it does not say what it is.
//!
//! Only the shape of one file is checked here: known keys, types, words, dates, names, parameters of treatments.
//! What names refer to (categories, treatments, laws, facts, layers) is the business of `compile`.
//!
//! | kind of file | function | reads |
//! |---|---|---|
//! | `categories.toml` | [`categories`] | `words.rs` |
//! | `treatments.toml` | [`treatments`] | `treatment.rs` |
//! | `schemas/*.toml` | [`schema`] | `schema.rs` |
//! | rules | [`layer`] | `layer.rs`, `rule.rs`, `plugin.rs`, `tenant.rs` |
//! | `NAME.evidence.toml`, `NAME.lists.toml` | [`evidence`], [`lists`] | `evidence.rs`, `signed.rs` |
//! | `NAME.test.toml` | [`test_file`] | `tests_file.rs` |
//!
//! `reader.rs` takes tables apart and remembers which keys somebody asked for; `value.rs` reads single values;
//! `notes.rs` notes what is asked for, for the JSON Schemas of editors; `problems.rs` collects what is wrong; `codes.rs` explains every code; `render.rs` prints.

mod bundle;
pub mod codes;
mod evidence;
mod layer;
mod name;
mod notes;
mod owed;
mod plugin;
mod problems;
mod reader;
mod render;
mod rule;
mod schema;
mod signed;
mod tenant;
mod tests_file;
mod toml_text;
mod treatment;
mod value;
mod words;

#[cfg(test)]
mod tests;

pub use bundle::{Bundle, FileKind, MAX_FILE_BYTES};
pub(in crate::policy) use evidence::TYPED;
pub use notes::Notes;
pub(crate) use notes::{Form, Keys, Kind, Node, Place, ROOT, Usual};
pub(crate) use problems::{Problems, meant};
pub(crate) use reader::Reader;
pub use render::render;
pub(in crate::policy) use signed::BY;
pub(crate) use toml_text::noted;
pub(crate) use value::owned;
pub use value::{days, zone};
pub use words::{identifies_word, type_word};

use super::diagnostic::Diagnostic;
use super::document::{Categories, Evidence, FileId, Layer, SchemaHead, SchemaMap, SecretLists, Treatment};
use super::test_file::TestFile;

/// Reads `categories.toml`.
pub fn categories(bundle: &Bundle, file: FileId, out: &mut Vec<Diagnostic>) -> Option<Categories> {
    toml_text::read(bundle, file, out, |root, p| Some(words::categories(root, p)))
}

/// Reads `treatments.toml`.
pub fn treatments(bundle: &Bundle, file: FileId, out: &mut Vec<Diagnostic>) -> Option<Vec<Treatment>> {
    toml_text::read(bundle, file, out, |root, p| Some(treatment::file(root, p)))
}

/// Reads a schema map.
pub fn schema(bundle: &Bundle, file: FileId, out: &mut Vec<Diagnostic>) -> Option<(SchemaHead, SchemaMap)> {
    toml_text::read(bundle, file, out, schema::file)
}

/// Reads the head of a schema map in which nothing is wrong, and nothing below it.
pub fn schema_head(bundle: &Bundle, file: FileId) -> Option<SchemaHead> {
    schema::head(bundle, file)
}

/// Reads a file of rules.
pub fn layer(bundle: &Bundle, file: FileId, out: &mut Vec<Diagnostic>) -> Option<Layer> {
    toml_text::read(bundle, file, out, layer::file)
}

/// Reads `NAME.evidence.toml`.
pub fn evidence(bundle: &Bundle, file: FileId, out: &mut Vec<Diagnostic>) -> Option<Evidence> {
    toml_text::read(bundle, file, out, |root, p| Some(evidence::file(root, p)))
}

/// Reads `NAME.lists.toml`. Add such a file with [`Bundle::add_sealed`]: its words are secret.
pub fn lists(bundle: &Bundle, file: FileId, out: &mut Vec<Diagnostic>) -> Option<SecretLists> {
    toml_text::read(bundle, file, out, |root, p| Some(evidence::lists(root, p)))
}

/// Reads `NAME.test.toml`.
pub fn test_file(bundle: &Bundle, file: FileId, out: &mut Vec<Diagnostic>) -> Option<TestFile> {
    toml_text::read(bundle, file, out, |root, p| Some(tests_file::file(root, p)))
}

/// Reads a file of this kind and notes what is asked for. `true` unless there is nothing to go on with.
pub fn note(bundle: &Bundle, file: FileId, kind: FileKind, notes: &Notes, out: &mut Vec<Diagnostic>) -> bool {
    let read = noted(bundle, file, out, Some(notes), |root, p| {
        match kind {
            FileKind::Categories => drop(words::categories(root, p)),
            FileKind::Treatments => drop(treatment::file(root, p)),
            FileKind::Schema => drop(schema::file(root, p)?),
            FileKind::Layer => drop(layer::file(root, p)?),
            FileKind::Evidence => drop(evidence::file(root, p)),
            FileKind::Lists => drop(evidence::lists(root, p)),
            FileKind::Test => drop(tests_file::file(root, p)),
        }
        Some(())
    });
    read.is_some()
}
