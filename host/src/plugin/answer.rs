//! The host distrusts what a guest answers: everything here is checked before anyone reads it.

use super::failure::Nonsense;
use super::limits::Limits;
use super::wit_v0_1::RawEdits;
use crate::event::{Column, Edits, Finding};

/// Whether columns hang together: offsets ascending, inside the bytes and one event per row.
/// That rows are UTF-8 is the host's own doing.
pub(super) fn is_whole(columns: &[Column<'_>]) -> bool {
    columns.iter().all(|c| {
        let bounds =
            c.offsets.first() == Some(&0) && c.offsets.last().is_some_and(|&end| end as usize <= c.bytes.len());
        bounds && c.offsets.len() == c.event.len() + 1 && c.offsets.is_sorted()
    })
}

/// Checks findings, and sorts them by column, row, start and all that follows.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn findings(
    mut found: Vec<Finding>,
    columns: &[Column<'_>],
    entities: usize,
    limits: &Limits,
) -> Result<Vec<Finding>, Nonsense> {
    for f in &found {
        let row = row(columns, f.column, f.row)?;
        span(row, f.start, f.end)?;
        if f.entity as usize >= entities {
            return Err(Nonsense::Entity);
        }
        if !(1..=3).contains(&f.confidence) {
            return Err(Nonsense::Confidence);
        }
    }
    if !found.is_sorted() {
        found.sort_unstable();
    }
    for group in found.chunk_by(|a, b| (a.column, a.row) == (b.column, b.row)) {
        let len = group.first().and_then(|f| row(columns, f.column, f.row).ok()).map_or(0, <[u8]>::len);
        if group.len() > limits.findings_of(len) {
            return Err(Nonsense::TooMany);
        }
    }
    Ok(found)
}

/// Checks edits. Rows that the guest gave up on are sorted and lose their edits.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn edits(raw: RawEdits, columns: &[Column<'_>], limits: &Limits) -> Result<Edits, Nonsense> {
    let RawEdits { mut edits, failed } = raw;
    let (pairs, []) = failed.as_chunks::<2>() else { return Err(Nonsense::FailedRows) };
    for &[column, number] in pairs {
        row(columns, column, number)?;
        edits.failed.push((column, number));
    }
    edits.failed.sort_unstable();
    edits.failed.dedup();

    if std::str::from_utf8(&edits.text).is_err() {
        return Err(Nonsense::Utf8);
    }
    let mut previous = None;
    let mut grown = 0;
    for e in &edits.edits {
        let row = row(columns, e.column, e.row)?;
        span(row, e.start, e.end)?;
        let (from, to) = (e.text.start as usize, e.text.end as usize);
        if from > to || to > edits.text.len() {
            return Err(Nonsense::TextRange);
        }
        if !is_boundary(&edits.text, from) || !is_boundary(&edits.text, to) {
            return Err(Nonsense::Boundary);
        }
        let at = (e.column, e.row);
        match previous {
            Some((before, end)) if at < before || (at == before && e.start < end) => return Err(Nonsense::Order),
            Some((before, _)) if at == before => {}
            _ => grown = row.len(),
        }
        previous = Some((at, e.end));
        // In this order nothing underflows: spans of a row do not overlap, so together they are no longer than it.
        grown = grown - (e.end - e.start) as usize + (to - from);
        if grown > limits.grown(row.len()) {
            return Err(Nonsense::Growth);
        }
    }
    if !edits.failed.is_empty() {
        let Edits { edits: list, failed, .. } = &mut edits;
        list.retain(|e| failed.binary_search(&(e.column, e.row)).is_err());
    }
    Ok(edits)
}

fn row<'c>(columns: &[Column<'c>], column: u32, row: u32) -> Result<&'c [u8], Nonsense> {
    let column = columns.get(column as usize).ok_or(Nonsense::Column)?;
    let row = row as usize;
    if row >= column.rows() { Err(Nonsense::Row) } else { Ok(column.row(row)) }
}

fn span(row: &[u8], start: u32, end: u32) -> Result<(), Nonsense> {
    let (start, end) = (start as usize, end as usize);
    if start > end || end > row.len() {
        return Err(Nonsense::Span);
    }
    if is_boundary(row, start) && is_boundary(row, end) { Ok(()) } else { Err(Nonsense::Boundary) }
}

/// Whether a character begins, or the text ends, at `at`; the text is UTF-8 and `at` no further than its end.
fn is_boundary(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|byte| byte & 0xc0 != 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ColumnBuf, Edit};
    use proptest::prelude::*;

    fn columns() -> [ColumnBuf; 2] {
        let mut columns = [ColumnBuf::new(0), ColumnBuf::new(1)];
        for (event, text) in ["", "naïve", "x", "日本"].iter().enumerate() {
            columns[0].push(event as u32, text.as_bytes());
        }
        columns[1].push(0, b"tail");
        columns
    }

    /// The law, said another way than the check: with `str` slicing.
    fn is_lawful(columns: &[ColumnBuf], column: u32, row: u32, start: u32, end: u32) -> bool {
        let Some(column) = columns.get(column as usize).filter(|c| (row as usize) < c.rows()) else { return false };
        std::str::from_utf8(column.row(row as usize)).unwrap().get(start as usize..end as usize).is_some()
    }

    fn small() -> impl Strategy<Value = u32> {
        prop_oneof![9 => 0u32..7, 1 => any::<u32>()]
    }

    proptest! {
        #[test]
        fn findings_pass_if_and_only_if_each_is_lawful(
            raw in prop::collection::vec((small(), small(), small(), small(), small(), small()), 0..5),
        ) {
            let owned = columns();
            let views: Vec<_> = owned.iter().map(ColumnBuf::view).collect();
            let found: Vec<_> = raw
                .iter()
                .map(|&(column, row, start, end, entity, confidence)| Finding { column, row, start, end, entity, confidence })
                .collect();
            let lawful = found.iter().all(|f| {
                is_lawful(&owned, f.column, f.row, f.start, f.end) && f.entity < 3 && (1..=3).contains(&f.confidence)
            });
            let answer = findings(found, &views, 3, &Limits::default());
            prop_assert_eq!(answer.is_ok(), lawful);
            if let Ok(answer) = answer {
                prop_assert!(answer.is_sorted());
            }
        }

        #[test]
        fn edits_that_pass_can_be_applied(
            raw in prop::collection::vec((small(), small(), small(), small(), 0u32..9, 0u32..9), 0..5),
            text in prop_oneof![Just("é*日".as_bytes().to_vec()), prop::collection::vec(any::<u8>(), 0..8)],
            failed in prop::collection::vec(small(), 0..4),
        ) {
            let owned = columns();
            let views: Vec<_> = owned.iter().map(ColumnBuf::view).collect();
            let list = raw
                .iter()
                .map(|&(column, row, start, end, from, to)| Edit { column, row, start, end, text: from..to })
                .collect();
            let raw = RawEdits { edits: Edits { edits: list, text, failed: Vec::new() }, failed };
            let Ok(answer) = edits(raw, &views, &Limits::default()) else { return Ok(()) };
            let text = std::str::from_utf8(&answer.text).unwrap();
            let mut end = (0, 0, 0);
            for e in &answer.edits {
                prop_assert!(is_lawful(&owned, e.column, e.row, e.start, e.end));
                prop_assert!(text.get(e.text.start as usize..e.text.end as usize).is_some());
                prop_assert!((e.column, e.row, e.start) >= end, "sorted, and behind the last of its row");
                prop_assert!(!answer.failed.contains(&(e.column, e.row)));
                end = (e.column, e.row, e.end);
            }
            for &(column, row) in &answer.failed {
                prop_assert!(is_lawful(&owned, column, row, 0, 0));
            }
        }
    }

    #[test]
    fn a_row_has_no_more_findings_than_its_limit() {
        let owned = columns();
        let views: Vec<_> = owned.iter().map(ColumnBuf::view).collect();
        let one = Finding { column: 0, row: 2, start: 0, end: 1, entity: 0, confidence: 1 };
        let limits = Limits { row_findings: 3, ..Limits::default() };
        assert!(findings(vec![one; 4], &views, 1, &limits).is_ok());
        assert_eq!(findings(vec![one; 5], &views, 1, &limits), Err(Nonsense::TooMany));
    }

    #[test]
    fn a_row_grows_no_further_than_its_limit() {
        let owned = columns();
        let views: Vec<_> = owned.iter().map(ColumnBuf::view).collect();
        let limits = Limits { growth_ratio: 2, growth_bytes: 1, ..Limits::default() };
        let edit = |len: u32| RawEdits {
            edits: Edits {
                edits: vec![Edit { column: 1, row: 0, start: 4, end: 4, text: 0..len }],
                text: vec![b'*'; len as usize],
                failed: Vec::new(),
            },
            failed: Vec::new(),
        };
        assert!(edits(edit(5), &views, &limits).is_ok());
        assert_eq!(edits(edit(6), &views, &limits), Err(Nonsense::Growth));
    }

    #[test]
    fn broken_columns_are_seen() {
        let whole = Column { field: 0, bytes: b"ab", offsets: &[0, 1, 2], event: &[0, 1] };
        assert!(is_whole(&[whole]));
        assert!(is_whole(&[]));
        for broken in [
            Column { offsets: &[0, 1], ..whole },
            Column { offsets: &[0, 2, 1], ..whole },
            Column { offsets: &[0, 1, 3], ..whole },
            Column { offsets: &[1, 1, 2], ..whole },
            Column { offsets: &[], event: &[], ..whole },
        ] {
            assert!(!is_whole(&[whole, broken]));
        }
    }
}
