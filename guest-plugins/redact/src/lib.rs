//! The built-in detector: finds personal data and secrets in the values of events.
//!
//! ```
//! use tamis_redact::{ColumnView, Redact};
//!
//! let settings = r#"{"fields":[{"find":["personal","secret"],"except":["*@example.org"]}]}"#;
//! let mut redact = Redact::configure(settings, &[]).unwrap();
//! let column = ColumnView { field: 0, bytes: b"from anna@example.com", offsets: &[0, 21], event: &[0] };
//! let mut found = Vec::new();
//! redact.scan(&[column], &mut found).unwrap();
//! assert_eq!((found[0].row, found[0].start, found[0].end), (0, 5, 21));
//! ```
//!
//! # How sure
//! Each entity says how sure its own evidence makes it: *possible* (others look like this), *likely* (few do),
//! *certain* (a check digit, a registry). Then
//! - a word before the value that speaks against it (`version 10.20.30.40`) makes it possible, unless it is certain;
//! - a word of the field's path (`hints`) that is a keyword of the entity lifts it by one level;
//! - a keyword within 60 bytes before or 20 behind, in the same row, lifts what is possible to likely.
//!
//! # How it works
//! Entities are data: `entities/*.toml` (its README has the format), of which the build script makes tables. One pass over a
//! column's packed bytes classifies 64 bytes at a time; bits of the masks are *anchors* (`@`, `:`, the first digit of a group,
//! the beginning of a long word …). At an anchor
//! - code of an entity's own is asked (`entities/`: e-mail, card, telephone …);
//! - words with digits that look like some identifier at their first digit (`form.rs`) are held against the forms of their length,
//!   and against check digits (`written.rs`, `checks/`); what too many random values pass for is looked for only where the text names it;
//! - what begins with the literal of a provider's token is read (`tokens.rs`); values beside a provider's name too.
//!
//! Rows that show a sign of another coding (percent, JSON, HTML, quoted-printable, base64, hexadecimal, characters that look like
//! others) are decoded, twice at most, and the same pass runs over the decoded text (`decode/`). What it finds there is carried
//! back to the bytes of the row, to whole escapes and whole runs of base64. A row that is encoded deeper, or whose decoded text
//! is longer than 64 KiB, is found as a whole: likely, as the first of the entities looked for, since nobody knows what it holds.
//! Where only what is certain is looked for, a long one is looked into.
//!
//! Fields that settings call `reference` say whom an event names: user names, addresses, display names. Nothing is found in them; those
//! persons are found in the other rows of the same event (`known/`).
//!
//! There is no regular expression but those that an officer brings along as prepared automata.
//!
//! Nothing is remembered from one call to the next, no clock or randomness is used, and no input makes it panic.

mod anchors;
mod chain;
mod check;
mod checks;
mod classes;
#[cfg(target_arch = "wasm32")]
mod component;
mod context;
mod custom;
mod decode;
mod entities;
mod examples;
mod form;
mod glob;
mod known;
mod scan;
mod settings;
mod tables;
#[cfg(test)]
mod tests;
mod tokens;
mod types;
mod written;

pub use types::{ColumnView, Confidence, Description, EntityInfo, Failure, Finding};

/// A configured detector.
#[derive(Debug)]
pub struct Redact {
    configured: settings::Configured,
    scratch: scan::Scratch,
}

impl Redact {
    /// Name, version, schema of the settings, and the built-in entities in the order findings number them.
    pub fn describe() -> Description {
        let info = |entity: &tables::Listed| EntityInfo { name: entity.name, sets: entity.sets, title: entity.title };
        Description {
            name: "redact",
            version: tables::VERSION,
            settings_schema: include_str!("settings.schema.json"),
            entities: tables::LISTED.iter().map(info).collect(),
        }
    }

    /// Reads settings (JSON of the schema that [`describe`](Self::describe) gives) and the automata of the settings'
    /// `custom` entities: one each, as `regex_automata::dfa::sparse::DFA::to_bytes_little_endian` writes them, able
    /// to start anchored. They are run at every beginning of a word and must end with one; the longest end wins that
    /// the automaton still reports, so `MatchKind::All` gives the longest of all.
    ///
    /// # Errors
    /// [`Failure::SettingsRejected`] when the JSON is not of the schema, `find` names nothing that exists, or an
    /// automaton is missing, too many, or cannot be read.
    pub fn configure(settings: &str, prepared: &[Vec<u8>]) -> Result<Self, Failure> {
        Ok(Redact { configured: settings::configure(settings, prepared)?, scratch: scan::Scratch::new() })
    }

    /// Puts findings into `out` (emptied first), sorted by column, row and start. They may nest and overlap; of an
    /// entity's findings within one another the longest stays, unless a shorter one is surer.
    ///
    /// # Errors
    /// [`Failure::UnsupportedField`] for a field without settings, [`Failure::Internal`] for a column whose offsets do
    /// not fit its bytes, [`Failure::LimitExceeded`] beyond a million findings. `out` is empty then.
    pub fn scan(&mut self, columns: &[ColumnView<'_>], out: &mut Vec<Finding>) -> Result<(), Failure> {
        out.clear();
        self.scratch.read_known(&self.configured, columns)?;
        for (number, column) in (0..).zip(columns) {
            if let Err(failure) = scan::column(&self.configured, &mut self.scratch, number, column, out) {
                out.clear();
                return Err(failure);
            }
        }
        Ok(())
    }
}
