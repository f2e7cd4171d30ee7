//! Values that the detector found nothing in are not shown to it again: names of applications, results and codes repeat in
//! almost every event.
//!
//! What is found in a value depends on the settings of its field, on the value, and, where persons are looked for whom the event
//! names, on the values that name them ([`Known`](super::known)): on nothing else.

use std::ops::Range;

use crate::event::{Column, ColumnBuf, Finding};
use crate::plugin::{Detector, Failure};
use crate::policy::{RedactField, Serves};

use super::memory::{Memory, Repeats};
use super::steps::StepError;

/// A detector that remembers what it found nothing in.
pub(super) struct Remembering {
    detector: Box<dyn Detector + Send>,
    fields: Vec<Field>,
    clean: Memory<()>,
    /// By column of the call.
    shown: Vec<Shown>,
    /// By event: digests of the values that name persons.
    persons: Vec<(u32, u128)>,
    /// Events with rows that are shown and in which persons are looked for.
    seeking: Vec<u32>,
}

impl Remembering {
    /// `fields` are those of the detector's settings.
    ///
    /// # Errors
    ///
    /// The machine gives no randomness.
    pub(super) fn new(detector: Box<dyn Detector + Send>, fields: &[RedactField]) -> Result<Self, StepError> {
        let no_key = |error| StepError { step: "redact", reason: format!("the machine gives no randomness: {error}") };
        let clean = Memory::new().map_err(no_key)?;
        let field = |(number, field): (usize, &RedactField)| Field {
            is_reference: field.serves == Serves::Reference,
            is_guard: field.serves == Serves::Guard,
            seeks_known: field.seeks_known(),
            salt: clean.of_parts("field", [&(number as u64).to_le_bytes()[..]]),
            ..Field::default()
        };
        let fields = fields.iter().enumerate().map(field).collect();
        Ok(Self { detector, fields, clean, shown: Vec::new(), persons: Vec::new(), seeking: Vec::new() })
    }

    /// Decides what is shown.
    fn choose(&mut self, columns: &[Column<'_>]) {
        let Self { fields, clean, shown, persons, seeking, .. } = self;
        shown.resize_with(columns.len(), Shown::default);
        persons.clear();
        seeking.clear();
        let is_reference = |column: &Column<'_>| fields.get(column.field as usize).is_some_and(|of| of.is_reference);
        let reference = columns.iter().position(is_reference);
        if let Some(column) = reference.map(|at| &columns[at]) {
            let named = |rows: Range<usize>| rows.map(|row| column.row(row));
            let digest = |rows| clean.of_parts("persons", named(rows));
            persons.extend(of_events(column).map(|(event, rows)| (event, digest(rows))));
        }
        for (column, shown) in columns.iter().zip(shown.iter_mut()) {
            let Some(field) = fields.get_mut(column.field as usize) else {
                shown.all();
                continue;
            };
            if field.is_reference {
                continue;
            }
            if field.repeats.are_looked_up() && !field.is_guard {
                shown.new_to(column, clean, |event| {
                    field.salt ^ if field.seeks_known { digest_of(persons, event) } else { 0 }
                });
            } else {
                shown.all();
            }
            field.repeats.note(column.rows() as u32, shown.rows.len() as u32);
            if field.seeks_known {
                seeking.extend(shown.events(column));
            }
        }
        seeking.sort_unstable();
        if let Some((column, shown)) = reference.and_then(|at| columns.get(at).zip(shown.get_mut(at))) {
            shown.only(column, |event| seeking.binary_search(&event).is_ok());
        }
    }

    /// Remembers rows in which nothing was found, and gives rows the numbers that they had.
    fn settle(&mut self, found: &mut [Finding]) {
        let mut next = 0;
        for (number, shown) in (0..).zip(&self.shown) {
            for (place, (row, digest)) in (0..).zip(&shown.rows) {
                let first = next;
                while let Some(finding) = found.get_mut(next).filter(|of| (of.column, of.row) <= (number, place)) {
                    finding.row = *row;
                    next += 1;
                }
                if next == first
                    && let Some(digest) = digest
                {
                    self.clean.put(*digest, ());
                }
            }
            next += found[next..].iter().take_while(|finding| finding.column == number).count();
        }
    }
}

impl Detector for Remembering {
    fn scan(&mut self, columns: &[Column<'_>]) -> Result<Vec<Finding>, Failure> {
        self.choose(columns);
        let shown: Vec<Column<'_>> = columns.iter().zip(&self.shown).map(|(column, shown)| shown.of(column)).collect();
        if shown.iter().all(|column| column.rows() == 0) {
            return Ok(Vec::new());
        }
        let mut found = self.detector.scan(&shown)?;
        self.settle(&mut found);
        Ok(found)
    }

    fn narrow_cost(&self) -> u32 {
        self.detector.narrow_cost()
    }
}

/// A field of the detector's settings, and whether its values repeat.
#[derive(Debug, Default)]
struct Field {
    /// Its rows name persons.
    is_reference: bool,
    /// Its rows are remembered before they come here ([`Cleared`](super::cleared)).
    is_guard: bool,
    /// Persons whom the event names are looked for in its rows.
    seeks_known: bool,
    salt: u128,
    repeats: Repeats,
}

/// What the detector is shown of a column.
#[derive(Debug, Default)]
struct Shown {
    whole: bool,
    /// Else these rows.
    part: Option<ColumnBuf>,
    /// The number that each row has in the whole column, and the digest by which it would be remembered; empty where all are
    /// shown unseen.
    rows: Vec<(u32, Option<u128>)>,
}

impl Shown {
    fn all(&mut self) {
        self.whole = true;
        self.rows.clear();
    }

    /// Rows that are not remembered. `salt`: what a row of an event depends on beside its value.
    fn new_to(&mut self, column: &Column<'_>, clean: &Memory<()>, salt: impl Fn(u32) -> u128) {
        self.rows.clear();
        for (row, event) in (0..).zip(column.event) {
            let digest = clean.of_value(column.row(row as usize)) ^ salt(*event);
            if clean.get(digest).is_none() {
                self.rows.push((row, Some(digest)));
            }
        }
        self.take(column);
    }

    /// Rows of some events.
    fn only(&mut self, column: &Column<'_>, is_wanted: impl Fn(u32) -> bool) {
        let rows = (0..).zip(column.event).filter(|(_, event)| is_wanted(**event)).map(|(row, _)| (row, None));
        self.rows.clear();
        self.rows.extend(rows);
        self.take(column);
    }

    fn take(&mut self, column: &Column<'_>) {
        self.whole = self.rows.len() == column.rows();
        let part = self.part.get_or_insert_with(|| ColumnBuf::new(0));
        part.clear();
        part.field = column.field;
        for (row, _) in self.rows.iter().filter(|_| !self.whole) {
            part.push(column.event[*row as usize], column.row(*row as usize));
        }
    }

    fn of<'a>(&'a self, column: &Column<'a>) -> Column<'a> {
        match &self.part {
            Some(part) if !self.whole => part.view(),
            _ => *column,
        }
    }

    fn events<'a>(&'a self, column: &Column<'a>) -> impl Iterator<Item = u32> + use<'a> {
        self.of(column).event.iter().copied()
    }
}

/// Rows of each event of a column.
fn of_events<'a>(column: &Column<'a>) -> impl Iterator<Item = (u32, Range<usize>)> + use<'a> {
    let mut row = 0;
    column.event.chunk_by(|one, other| one == other).map(move |rows| {
        let first = row;
        row += rows.len();
        (rows[0], first..row)
    })
}

fn digest_of(persons: &[(u32, u128)], event: u32) -> u128 {
    persons.binary_search_by_key(&event, |(of, _)| *of).map_or(0, |at| persons[at].1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use proptest::prelude::*;

    use super::super::{Sandboxed, Steps as _};
    use super::*;
    use crate::plugin::{Host, Limits, Reuse};
    use crate::policy::document::Confidence;
    use crate::policy::form::Found;

    /// Finds `x`, in fields of an even number `y` as well, and in those that seek persons whom the event names. Fails at `!`.
    struct Obvious {
        seeks: Vec<bool>,
        reference: u32,
        seen: Arc<AtomicUsize>,
    }

    impl Detector for Obvious {
        fn scan(&mut self, columns: &[Column<'_>]) -> Result<Vec<Finding>, Failure> {
            let mut found = Vec::new();
            for (number, column) in (0..).zip(columns) {
                for (row, event) in (0..).zip(column.event) {
                    let value = column.row(row as usize);
                    if column.field == self.reference {
                        continue;
                    }
                    self.seen.fetch_add(1, Relaxed);
                    if value.contains(&b'!') {
                        return Err(Failure::Deadline);
                    }
                    let named = columns.iter().filter(|column| column.field == self.reference).flat_map(|column| {
                        (0..column.rows()).filter(|row| column.event[*row] == *event).map(|row| column.row(row))
                    });
                    let mut names = named.filter(|_| self.seeks[column.field as usize]);
                    let is_named = names.any(|name| value.windows(name.len().max(1)).any(|part| part == name));
                    let is_found = value.contains(&b'x') || value.contains(&b'y') && column.field % 2 == 0 || is_named;
                    let times = if is_found { value.len() as u32 % 3 + 1 } else { 0 };
                    found.extend((0..times).map(|start| Finding {
                        column: number,
                        row,
                        start,
                        end: start + 1,
                        entity: 0,
                        confidence: 3,
                    }));
                }
            }
            Ok(found)
        }
    }

    fn fields() -> Vec<RedactField> {
        let field = |find: &[&str], serves| RedactField {
            found: Found {
                find: find.iter().map(|name| (*name).to_owned()).collect(),
                threshold: Confidence::Likely,
                ..Found::default()
            },
            hints: Vec::new(),
            serves,
        };
        vec![
            field(&["secret"], Serves::Treatment),
            field(&["secret"], Serves::Treatment),
            field(&["personal"], Serves::Treatment),
            field(&[], Serves::Reference),
        ]
    }

    fn obvious() -> (Obvious, Arc<AtomicUsize>) {
        let seen = Arc::default();
        (Obvious { seeks: vec![false, false, true, false], reference: 3, seen: Arc::clone(&seen) }, seen)
    }

    fn columns(rows: &[(u32, u32, String)]) -> Vec<ColumnBuf> {
        let mut columns: Vec<ColumnBuf> = (0..4).map(ColumnBuf::new).collect();
        let mut rows = rows.to_vec();
        rows.sort();
        for (event, field, value) in rows {
            columns[field as usize].push(event, value.as_bytes());
        }
        columns
    }

    proptest! {
        /// What is found is what would be found without a memory, whatever was seen before, also where a call fails.
        #[test]
        fn a_memory_changes_no_answer(
            calls in prop::collection::vec(prop::collection::vec((0..6_u32, 0..4_u32, "[abxy!]{0,3}"), 0..30), 1..12),
        ) {
            let (mut bare, _) = obvious();
            let mut remembering = Remembering::new(Box::new(obvious().0), &fields()).unwrap();
            for rows in calls {
                let columns = columns(&rows);
                let views: Vec<_> = columns.iter().map(ColumnBuf::view).filter(|column| column.rows() > 0).collect();
                match (bare.scan(&views), remembering.scan(&views)) {
                    (Err(_), Err(_)) => {}
                    (all, found) => prop_assert_eq!(all.unwrap(), found.unwrap()),
                }
            }
        }
    }

    /// LAW: so it is with the built-in detector where only what is certain is looked for: a word of the field's path makes it look for
    /// persons all the same.
    #[test]
    fn a_memory_changes_no_answer_about_persons_where_a_path_hints_at_them() {
        let found = Found { find: vec!["personal".to_owned()], threshold: Confidence::Certain, ..Found::default() };
        let nobody = Found { threshold: Confidence::Likely, ..Found::default() };
        let fields = [(found, vec!["ms".to_owned()], Serves::Treatment), (nobody, Vec::new(), Serves::Reference)];
        let fields = fields.map(|(found, hints, serves)| RedactField { found, hints, serves });
        let settings =
            r#"{"fields":[{"find":["personal"],"threshold":"certain","hints":["ms"]},{"find":[],"reference":true}]}"#;
        let host = Host::new(Limits::default(), None).unwrap();
        let steps = Sandboxed::new(&host, Reuse::Reused, &[]).unwrap();
        let detector = || steps.detector(settings, Vec::new()).unwrap();
        let (mut bare, mut remembering) = (detector(), Remembering::new(detector(), &fields).unwrap());
        let mut found = Vec::new();
        for person in ["erika.muster@example.org", "anna.meier@example.org"] {
            let (mut text, mut names) = (ColumnBuf::new(0), ColumnBuf::new(1));
            text.push(0, b"Anna Meier shared a file");
            names.push(0, person.as_bytes());
            let columns = [text.view(), names.view()];
            let all = bare.scan(&columns).unwrap();
            assert_eq!(remembering.scan(&columns).unwrap(), all, "{person}");
            found.push(all.len());
        }
        assert!(found[0] == 0 && found[1] > 0, "{found:?}");
    }

    #[test]
    fn what_nothing_was_found_in_is_shown_once() {
        let (detector, seen) = obvious();
        let mut remembering = Remembering::new(Box::new(detector), &fields()).unwrap();
        let rows: Vec<_> =
            (0..4).flat_map(|event| (0..4).map(move |field| (event, field, format!("b{field}")))).collect();
        let columns = columns(&rows);
        let views: Vec<_> = columns.iter().map(ColumnBuf::view).collect();
        let mut scan = || {
            let before = seen.load(Relaxed);
            remembering.scan(&views).unwrap();
            seen.load(Relaxed) - before
        };
        assert_eq!((scan(), scan()), (12, 0));
    }

    #[test]
    fn values_that_do_not_repeat_are_let_alone_for_a_while() {
        let (detector, _) = obvious();
        let mut remembering = Remembering::new(Box::new(detector), &fields()).unwrap();
        let mut looked_up = Vec::new();
        for call in 0..100 {
            let rows: Vec<_> = (0..300).map(|event| (event, 0, format!("{call} {event}"))).collect();
            let columns = columns(&rows);
            remembering.scan(&[columns[0].view()]).unwrap();
            looked_up.push(!remembering.shown[0].rows.is_empty());
        }
        let count = looked_up.iter().filter(|is| **is).count();
        assert_eq!((count, &looked_up[..5]), (8, &[true, true, true, true, false][..]));
    }
}
