//! Known actors: those whom an event names are looked for in its texts.
//!
//! Values of categories of the domain `person` (`categories.toml`), whatever becomes of them, and of all other categories that say who
//! it was (`id.*`: numbers of accounts, records, telephones) where they do not leave whole, are rows of one *reference* field of the
//! detector step. An event has such rows only where its texts are looked through for persons: others pay nothing. The detector finds
//! nothing in these rows, and what it says it found there does not count.

use crate::event::{Kind, Token};
use crate::policy::document::Confidence;
use crate::policy::form::Found;
use crate::policy::{RedactField, Resolver, Serves, Table, Verdict, family_has};

use super::assemble::Place;
use super::execute::kept_categories;
use super::steps::Columns;

/// The domain whose values name persons, and the family of categories whose values say who it was.
pub(super) const PERSON: &str = "person";
const WHO: &str = "id.*";
/// Most values of an event that the detector looks for. Of names it gets one more, so that it notices when there are too many; of
/// numbers what is left, so that they cost no event its texts.
const MOST_VALUES: usize = 64;
/// Values of fewer bytes are not looked for.
const SHORTEST: usize = 4;

#[derive(Debug)]
pub(super) struct Known {
    field: u16,
    /// Which values of a set of categories are looked for, by its number in [`Resolver::kept`].
    sought: Vec<Sought>,
    value: Vec<u8>,
    /// Values of an event that come behind its names.
    hidden: Vec<Token>,
}

/// Which values are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sought {
    None,
    /// Those that do not leave whole.
    Hidden,
    All,
}

impl Known {
    /// With its own field of the detector step. `None` where no category names persons.
    pub(super) fn new(resolver: &mut Resolver) -> Option<Self> {
        let words = &resolver.library().words;
        words.categories().find(|(id, _)| words.domain(*id) == PERSON)?;
        let found = Found { threshold: Confidence::Likely, ..Found::default() };
        let field = resolver.redact.number(RedactField { found, hints: Vec::new(), serves: Serves::Reference });
        Some(Self { field, sought: Vec::new(), value: Vec::new(), hidden: Vec::new() })
    }

    /// Hands over the values by which an event names persons, each once.
    pub(super) fn name(&mut self, event: u32, tokens: &[Token], at: &Place<'_>, table: &Table, columns: &mut Columns) {
        self.learn(at.resolver);
        let Self { field, sought, value, hidden } = self;
        let sought = |slot: Option<usize>| {
            let action = slot.and_then(|slot| table.actions.get(slot))?;
            let sought = *sought.get(usize::from(action.guard))?;
            (sought != Sought::Hidden || action.verdict != Verdict::Keep).then_some(sought)
        };
        let column = columns.reference(*field);
        let first = column.rows();
        let mut add = |token: &Token, most: usize| {
            let value = at.docs.decoded(at.event, token, value);
            let is_new = (first..column.rows()).all(|row| column.row(row) != value);
            if value.len() >= SHORTEST && is_new && column.rows() - first < most {
                column.push(event, value);
            }
        };
        hidden.clear();
        let mut take = |sought: Option<Sought>, token: Token| match sought {
            Some(Sought::All) => add(&token, MOST_VALUES + 1),
            Some(Sought::Hidden) => hidden.push(token),
            Some(Sought::None) | None => {}
        };
        for token in tokens {
            if matches!(token.kind, Kind::String | Kind::Number) {
                take(sought(token.slot.index()), *token);
            }
            let of_key = sought(token.key_slot.index());
            if of_key.is_some_and(|sought| sought != Sought::None) {
                take(of_key, at.key_token(token));
            }
        }
        hidden.iter().for_each(|token| add(token, MOST_VALUES));
    }

    /// Learns of sets of categories that are new.
    fn learn(&mut self, resolver: &Resolver) {
        let words = &resolver.library().words;
        for number in self.sought.len()..resolver.kept.all().len() {
            let categories = kept_categories(resolver, number as u16);
            self.sought.push(match categories {
                all if all.iter().any(|id| words.domain(*id) == PERSON) => Sought::All,
                all if all.iter().any(|id| family_has(WHO, words.name(*id))) => Sought::Hidden,
                _ => Sought::None,
            });
        }
    }
}
