//! Laws of narrowing, with a detector in plain Rust: which events fail does not depend on their mates.

use super::*;
use crate::plugin::Nonsense;
use proptest::prelude::*;

/// Finds every row, fails when a row's first byte says so; counts calls.
struct Plain {
    calls: usize,
    failing: usize,
    cost: u32,
}

fn verdict(row: &[u8]) -> Option<Failure> {
    match row.first() {
        Some(b'T') => Some(Failure::Trap),
        Some(b'L') => Some(Failure::Deadline),
        Some(b'F') => Some(Failure::BadAnswer(Nonsense::Row)),
        Some(b'I') => Some(Failure::Instantiate),
        _ => None,
    }
}

impl Plain {
    fn new() -> Plain {
        Plain { calls: 0, failing: 0, cost: 1 << 20 }
    }

    fn look(&mut self, columns: &[Column<'_>]) -> Result<Vec<(u32, u32)>, Failure> {
        self.calls += 1;
        let mut seen = Vec::new();
        for (c, column) in columns.iter().enumerate() {
            for row in 0..column.rows() {
                if let Some(failure) = verdict(column.row(row)) {
                    self.failing += 1;
                    return Err(failure);
                }
                seen.push((c as u32, row as u32));
            }
        }
        Ok(seen)
    }
}

impl Detector for Plain {
    fn scan(&mut self, columns: &[Column<'_>]) -> Result<Vec<Finding>, Failure> {
        let found = |(column, row)| Finding {
            column,
            row,
            start: 0,
            end: columns[column as usize].row(row as usize).len() as u32,
            entity: 0,
            confidence: 1,
        };
        Ok(self.look(columns)?.into_iter().map(found).collect())
    }

    fn narrow_cost(&self) -> u32 {
        self.cost
    }
}

impl Transformer for Plain {
    /// Replaces each row by itself in brackets; gives up on empty ones.
    fn transform(&mut self, columns: &[Column<'_>]) -> Result<Edits, Failure> {
        let mut edits = Edits::default();
        for (column, row) in self.look(columns)? {
            let value = columns[column as usize].row(row as usize);
            if value.is_empty() {
                edits.failed.push((column, row));
                continue;
            }
            let start = edits.text.len() as u32;
            edits.text.extend_from_slice(&[b"[", value, b"]"].concat());
            edits.edits.push(Edit {
                column,
                row,
                start: 0,
                end: value.len() as u32,
                text: start..edits.text.len() as u32,
            });
        }
        Ok(edits)
    }

    fn narrow_cost(&self) -> u32 {
        self.cost
    }
}

/// Columns of rows (event, value), events ascending within each.
fn batches() -> impl Strategy<Value = Vec<ColumnBuf>> {
    let row = (0u32..60, prop_oneof![6 => "[a-z]{0,3}", 1 => "[TLF]"]);
    prop::collection::vec(prop::collection::vec(row, 0..60), 1..3).prop_map(|columns| {
        let build = |(field, mut rows): (usize, Vec<(u32, String)>)| {
            rows.sort_by_key(|(event, _)| *event);
            let mut column = ColumnBuf::new(field as u32);
            for (event, value) in rows {
                column.push(event, value.as_bytes());
            }
            column
        };
        columns.into_iter().enumerate().map(build).collect()
    })
}

/// The failure of each event when it is alone: the law itself.
fn alone(columns: &[Column<'_>]) -> Vec<(u32, Failure)> {
    let mut failed = Vec::new();
    for event in events(columns) {
        let rows = select(columns, event, event);
        let views: Vec<_> = rows.columns.iter().map(ColumnBuf::view).collect();
        if let Err(failure) = Plain::new().scan(&views) {
            failed.push((event, failure));
        }
    }
    failed
}

proptest! {
    #[test]
    fn an_event_fails_if_and_only_if_it_fails_alone(owned in batches()) {
        let columns: Vec<_> = owned.iter().map(ColumnBuf::view).collect();
        let expected = alone(&columns);
        let passes = |event: u32| expected.iter().all(|(failed, _)| *failed != event);
        let mut plain = Plain::new();
        let narrowed = narrow(&mut plain, &mut Circuit::default(), &columns);
        prop_assert_eq!(&narrowed.failed, &expected);
        let mut rows = Vec::new();
        for (c, column) in columns.iter().enumerate() {
            for (row, &event) in column.event.iter().enumerate().filter(|(_, event)| passes(**event)) {
                let _ = event;
                rows.push((c as u32, row as u32, column.row(row).len() as u32));
            }
        }
        let found: Vec<_> = narrowed.answer.iter().map(|f| (f.column, f.row, f.end)).collect();
        prop_assert_eq!(&found, &rows);

        let edits = narrow_edits(&mut Plain::new(), &mut Circuit::default(), &columns);
        prop_assert_eq!(&edits.failed, &expected);
        let mut treated = edits.answer.failed.clone();
        for edit in &edits.answer.edits {
            let value = columns[edit.column as usize].row(edit.row as usize);
            prop_assert_eq!(edits.answer.text_of(edit), [b"[", value, b"]"].concat());
            treated.push((edit.column, edit.row));
        }
        treated.sort_unstable();
        prop_assert_eq!(treated, rows.iter().map(|&(c, r, _)| (c, r)).collect::<Vec<_>>());

        // f failing events among n: at most f(log8 n + 1) failing calls and the first, eight parts for each.
        let (n, f) = (events(&columns).len().max(1), expected.len());
        let levels = (n as f64).log(8.0).ceil() as usize + 1;
        prop_assert!(plain.failing <= 1 + f * levels, "{} failing calls for {f} of {n}", plain.failing);
        prop_assert!(plain.calls <= 1 + 8 * (1 + f * levels), "{} calls for {f} of {n}", plain.calls);
    }
}

fn rows(values: &[&str]) -> ColumnBuf {
    let mut column = ColumnBuf::new(0);
    for (event, value) in values.iter().enumerate() {
        column.push(event as u32 * 3, value.as_bytes());
    }
    column
}

#[test]
fn beyond_its_cost_narrowing_leaves_events_undecided_and_the_circuit_takes_note() {
    let column = rows(&["L"; 100]);
    let mut plain = Plain { cost: 64 * 20, ..Plain::new() };
    let mut circuit = Circuit::default();
    let narrowed = narrow(&mut plain, &mut circuit, &[column.view()]);
    assert!(plain.failing <= 20);
    assert_eq!(narrowed.failed.len(), 100, "every event has a failure");
    assert!(narrowed.failed.iter().any(|(_, failure)| *failure == Failure::CircuitOpen));
    for _ in 0..2 {
        narrow(&mut plain, &mut circuit, &[column.view()]);
    }
    let before = plain.calls;
    let refused = narrow(&mut plain, &mut circuit, &[rows(&["a", "b"]).view()]);
    assert_eq!(refused.failed, [(0, Failure::CircuitOpen), (3, Failure::CircuitOpen)]);
    assert_eq!(plain.calls, before, "not called");
    assert_eq!(narrow(&mut plain, &mut circuit, &[rows(&["a"]).view()]).failed, []);
}

#[test]
fn poisonous_events_never_open_the_circuit() {
    let mut circuit = Circuit::default();
    for _ in 0..20 {
        let narrowed = narrow(&mut Plain::new(), &mut circuit, &[rows(&["T"]).view()]);
        assert_eq!(narrowed.failed, [(0, Failure::Trap)]);
    }
    assert!(!circuit.is_open());
}

/// Who writes events that a plugin loops on switches it off for nobody, however many of them come alone.
#[test]
fn events_that_a_plugin_loops_on_never_open_the_circuit() {
    let mut circuit = Circuit::default();
    for _ in 0..20 {
        let narrowed = narrow(&mut Plain::new(), &mut circuit, &[rows(&["L", "L"]).view()]);
        assert_eq!(narrowed.failed, [(0, Failure::Deadline), (3, Failure::Deadline)]);
        assert!(!circuit.is_open());
    }
    assert_eq!(narrow(&mut Plain::new(), &mut circuit, &[rows(&["a"]).view()]).failed, []);
}

/// Loops on whatever it is shown, for so many calls.
struct Looping(usize, Plain);

impl Detector for Looping {
    fn scan(&mut self, columns: &[Column<'_>]) -> Result<Vec<Finding>, Failure> {
        self.1.calls += 1;
        if self.0 > 0 {
            self.0 -= 1;
            return Err(Failure::Deadline);
        }
        self.1.scan(columns)
    }
}

/// LAW (contained): what loops on everything costs a deadline now and then, not one for each event; nothing of what is not looked at counts
/// as looked at; and it is asked again.
#[test]
fn a_plugin_that_loops_on_everything_is_left_alone_for_longer_and_longer() {
    let (mut looping, mut circuit) = (Looping(usize::MAX, Plain::new()), Circuit::default());
    let mut refused = 0;
    for batch in 0..1_000 {
        let narrowed = narrow(&mut looping, &mut circuit, &[rows(&["a"]).view()]);
        let [(0, failure)] = narrowed.failed[..] else { panic!("{narrowed:?}") };
        refused += usize::from(failure == Failure::CircuitOpen);
        assert!(batch < 2 || circuit.is_open(), "{batch}");
    }
    // Three batches with a sample each, then samples alone.
    assert_eq!(refused, 997);
    assert!((20..=30).contains(&looping.1.calls), "{} calls", looping.1.calls);
    looping.0 = 0;
    let seen = (0..100).map(|_| narrow(&mut looping, &mut circuit, &[rows(&["a", "T"]).view()]).failed);
    let seen: Vec<_> = seen.skip_while(|failed| failed.len() == 2).collect();
    assert!(seen.len() > 30 && seen.iter().all(|failed| *failed == [(3, Failure::Trap)]), "{seen:?}");
    assert!(!circuit.is_open());
}

#[test]
fn a_plugin_that_does_not_start_is_not_bisected() {
    let mut plain = Plain::new();
    let narrowed = narrow(&mut plain, &mut Circuit::default(), &[rows(&["I", "a", "b"]).view()]);
    assert_eq!(plain.calls, 1);
    assert_eq!(narrowed.failed.len(), 3);
}

/// LAW: a row that is alone in its call is the same call whatever stands beside it, and which row it is shows nowhere.
#[test]
fn a_row_alone_is_answered_as_if_there_were_no_other() {
    struct Alone(Vec<(u32, Vec<u8>)>, Plain);
    impl Detector for Alone {
        fn scan(&mut self, columns: &[Column<'_>]) -> Result<Vec<Finding>, Failure> {
            let [column] = columns else { panic!("{columns:?}") };
            assert_eq!((column.rows(), column.event), (1, &[0][..]));
            self.0.push((column.field, column.row(0).to_vec()));
            self.1.scan(columns)
        }

        fn narrow_cost(&self) -> u32 {
            self.1.cost
        }
    }
    let values = ["a", "T", "b", "F", "L", "c"];
    let column = |values: &[&str]| {
        let mut column = ColumnBuf::new(0);
        for (value, event) in values.iter().zip(0..) {
            column.push(event, value.as_bytes());
        }
        column
    };
    let (mut alone, mut circuit) = (Alone(Vec::new(), Plain::new()), Circuit::default());
    let narrowed = narrow_alone(&mut alone, &mut circuit, &column(&values).view());
    assert_eq!(alone.0.len(), values.len());
    let rows: Vec<u32> = narrowed.answer.iter().map(|finding| finding.row).collect();
    assert_eq!(rows, [0, 2, 5]);
    let failure = |text: &str| verdict(text.as_bytes());
    let failed: Vec<_> = (0..).zip(values).filter_map(|(event, value)| Some((event, failure(value)?))).collect();
    assert_eq!(narrowed.failed, failed);
    assert!(!circuit.is_open());
    // Behind its cost nothing is asked.
    alone.1.cost = 64;
    let narrowed = narrow_alone(&mut alone, &mut circuit, &column(&["a", "L", "b"]).view());
    assert_eq!(narrowed.failed, [(1, Failure::Deadline), (2, Failure::CircuitOpen)]);
    assert_eq!(narrowed.answer.len(), 1);
}
