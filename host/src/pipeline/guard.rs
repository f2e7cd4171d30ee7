//! The guard: a second look at what would leave whole. It catches a wrong classification.
//!
//! Values that are kept are rows of one more field of the detector step, with the highest threshold. What a value's own
//! category means (an address in a field that may keep addresses) is left alone; any other finding keeps the value back.

use crate::event::ColumnBuf;
use crate::policy::{CategoryId, Resolver, Vocabulary};

use super::execute::kept_categories;
use super::steps::Found;

/// Entities and the categories whose values they are.
const MEANS: [(&str, &[&str]); 6] = [
    ("person.email", &["id.email", "id.username"]),
    ("person.phone", &["id.phone"]),
    ("network.ip", &["net.ip"]),
    ("network.mac", &["device.id"]),
    ("national.", &["id.national"]),
    ("payment.card", &["pay.pan"]),
];
/// Values of fewer bytes hold no finding of the highest confidence.
const SHORTEST: usize = 6;

#[derive(Debug)]
pub(super) struct Guard {
    field: u16,
    /// Categories by entity.
    means: Vec<Vec<CategoryId>>,
    /// Row → (event, token, set of categories).
    rows: Vec<(u32, u32, u16)>,
}

impl Guard {
    pub(super) fn new(field: u16, entities: &[String], words: &Vocabulary) -> Self {
        let categories = |entity: &String| {
            let known = MEANS.iter().filter(|(prefix, _)| entity.starts_with(prefix));
            known.flat_map(|(_, names)| names.iter().filter_map(|name| words.category(name))).collect()
        };
        Self { field, means: entities.iter().map(categories).collect(), rows: Vec::new() }
    }

    pub(super) fn field(&self) -> u16 {
        self.field
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
    }

    /// Takes a value that would leave whole.
    pub(super) fn look(
        &mut self,
        column: &mut ColumnBuf,
        event: u32,
        token: u32,
        categories: u16,
        decode: impl FnOnce(&mut Vec<u8>),
    ) {
        column.fill(event, decode);
        self.rows.push((event, token, categories));
    }

    /// Values that have to stay behind: event → tokens, both ascending. Where the step failed for an event nothing of it was
    /// looked at, so none of its values leaves whole.
    pub(super) fn stopped(&self, found: &Found, resolver: &Resolver) -> Vec<(u32, Vec<u32>)> {
        let mut stopped: Vec<(u32, u32)> = Vec::new();
        for finding in found.of_field(self.field) {
            let Some((event, token, set)) = self.rows.get(finding.row as usize) else { continue };
            let may = kept_categories(resolver, *set);
            let means = self.means.get(finding.entity as usize);
            if !means.is_some_and(|means| means.iter().any(|category| may.contains(category))) {
                stopped.push((*event, *token));
            }
        }
        if !found.failed().is_empty() {
            let unseen = self.rows.iter().filter(|(event, _, _)| found.failed().binary_search(event).is_ok());
            stopped.extend(unseen.map(|(event, token, _)| (*event, *token)));
        }
        stopped.sort_unstable();
        stopped.dedup();
        let mut by_event: Vec<(u32, Vec<u32>)> = Vec::new();
        for (event, token) in stopped {
            match by_event.last_mut() {
                Some((last, tokens)) if *last == event => tokens.push(token),
                _ => by_event.push((event, vec![token])),
            }
        }
        by_event
    }
}

/// Whether a value of that length is worth a look.
pub(super) fn worth(length: usize) -> bool {
    length >= SHORTEST
}
