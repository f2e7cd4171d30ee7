//! Known actors: those whom an event names are looked for in its texts, whatever becomes of the values that name them.
//!
//! Values of categories of the domain `person` (`categories.toml`) are rows of one *reference* field of the detector step. An
//! event has such rows only where its texts are looked through for persons: others pay nothing. The detector finds nothing in
//! these rows, and what it says it found there does not count.

use crate::event::{Kind, Token};
use crate::policy::document::Confidence;
use crate::policy::form::Found;
use crate::policy::{RedactField, Resolver, Serves, Table};

use super::assemble::Place;
use super::execute::kept_categories;
use super::steps::Columns;

/// The domain whose values name persons.
const PERSON: &str = "person";
/// Most values of an event: one more than the detector looks for, so that it notices when there are too many.
const MOST_VALUES: usize = 65;
/// Values of fewer bytes are not looked for.
const SHORTEST: usize = 4;

#[derive(Debug)]
pub(super) struct Known {
    field: u16,
    /// Whether values of a set of categories name persons, by its number in [`Resolver::kept`].
    names: Vec<bool>,
    value: Vec<u8>,
}

impl Known {
    /// With its own field of the detector step. `None` where no category names persons.
    pub(super) fn new(resolver: &mut Resolver) -> Option<Self> {
        let words = &resolver.library().words;
        words.categories().find(|(id, _)| words.domain(*id) == PERSON)?;
        let found = Found { threshold: Confidence::Likely, ..Found::default() };
        let field = resolver.redact.number(RedactField { found, hints: Vec::new(), serves: Serves::Reference });
        Some(Self { field, names: Vec::new(), value: Vec::new() })
    }

    /// Hands over the values by which an event names persons, each once.
    pub(super) fn name(&mut self, event: u32, tokens: &[Token], at: &Place<'_>, table: &Table, columns: &mut Columns) {
        self.learn(at.resolver);
        let Self { field, names, value } = self;
        let is_name = |slot: Option<usize>| {
            let action = slot.and_then(|slot| table.actions.get(slot));
            action.is_some_and(|action| names.get(usize::from(action.guard)) == Some(&true))
        };
        let column = columns.reference(*field);
        let first = column.rows();
        let mut add = |token: &Token| {
            let value = at.docs.decoded(at.event, token, value);
            let is_new = (first..column.rows()).all(|row| column.row(row) != value);
            if value.len() >= SHORTEST && is_new && column.rows() - first < MOST_VALUES {
                column.push(event, value);
            }
        };
        for token in tokens {
            if matches!(token.kind, Kind::String | Kind::Number) && is_name(token.slot.index()) {
                add(token);
            }
            if is_name(token.key_slot.index()) {
                add(&at.key_token(token));
            }
        }
    }

    /// Learns of sets of categories that are new.
    fn learn(&mut self, resolver: &Resolver) {
        let words = &resolver.library().words;
        for number in self.names.len()..resolver.kept.all().len() {
            let categories = kept_categories(resolver, number as u16);
            self.names.push(categories.iter().any(|id| words.domain(*id) == PERSON));
        }
    }
}
