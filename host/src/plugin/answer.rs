//! The host distrusts what a guest answers: everything here is checked before anyone reads it.

use super::failure::Nonsense;
use super::limits::Limits;
use super::wit_v0_1::RawEdits;
use crate::event::{Column, Edit, Edits, Finding};

/// Whether columns hang together: offsets ascending, inside the bytes and one event per row.
/// That rows are UTF-8 is the host's own doing.
pub(super) fn is_whole(columns: &[Column<'_>]) -> bool {
    columns.iter().all(|c| {
        let bounds =
            c.offsets.first() == Some(&0) && c.offsets.last().is_some_and(|&end| end as usize <= c.bytes.len());
        bounds && c.offsets.len() == c.event.len() + 1 && c.offsets.is_sorted()
    })
}

/// Checks findings, six numbers each, and sorts them by column, row, start and all that follows.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn findings(
    numbers: &[u32],
    columns: &[Column<'_>],
    entities: usize,
    limits: &Limits,
) -> Result<Vec<Finding>, Nonsense> {
    let (records, []) = numbers.as_chunks::<6>() else { return Err(Nonsense::Numbers) };
    let mut found = Vec::with_capacity(records.len());
    for &[column, number, start, end, entity, confidence] in records {
        span(row(columns, column, number)?, start, end)?;
        // It would count as found, and hide nothing.
        if start == end {
            return Err(Nonsense::Span);
        }
        if entity as usize >= entities {
            return Err(Nonsense::Entity);
        }
        if !(1..=3).contains(&confidence) {
            return Err(Nonsense::Confidence);
        }
        found.push(Finding { column, row: number, start, end, entity, confidence });
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

/// Checks edits, six numbers each. Rows that the guest gave up on are sorted and lose their edits.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn edits(raw: RawEdits, columns: &[Column<'_>], limits: &Limits) -> Result<Edits, Nonsense> {
    let RawEdits { edits: numbers, text, failed } = raw;
    let (pairs, []) = failed.as_chunks::<2>() else { return Err(Nonsense::FailedRows) };
    let mut failed = Vec::with_capacity(pairs.len());
    for &[column, number] in pairs {
        row(columns, column, number)?;
        failed.push((column, number));
    }
    failed.sort_unstable();
    failed.dedup();

    if std::str::from_utf8(&text).is_err() {
        return Err(Nonsense::Utf8);
    }
    let (records, []) = numbers.as_chunks::<6>() else { return Err(Nonsense::Numbers) };
    let mut edits = Vec::with_capacity(records.len());
    let mut before = None;
    for group in records.chunk_by(|a, b| a[0] == b[0]) {
        let number = group[0][0];
        let column = columns.get(number as usize).ok_or(Nonsense::Column)?;
        of_column(&mut edits, number, column, group, &text, limits)?;
        if before.replace(number) > Some(number) {
            return Err(Nonsense::Order);
        }
    }
    if !failed.is_empty() {
        edits.retain(|e| failed.binary_search(&(e.column, e.row)).is_err());
    }
    Ok(Edits { edits, text, failed })
}

/// Checks the edits of one column, and appends them.
fn of_column(
    edits: &mut Vec<Edit>,
    column: u32,
    rows: &Column<'_>,
    records: &[[u32; 6]],
    text: &[u8],
    limits: &Limits,
) -> Result<(), Nonsense> {
    let mut previous = None;
    let mut grown = 0;
    for &[_, number, start, end, from, to] in records {
        let row = row_of(rows, number)?;
        span(row, start, end)?;
        if from > to || to as usize > text.len() {
            return Err(Nonsense::TextRange);
        }
        if !is_boundary(text, from as usize) || !is_boundary(text, to as usize) {
            return Err(Nonsense::Boundary);
        }
        match previous {
            Some((before, end)) if number < before || (number == before && start < end) => return Err(Nonsense::Order),
            Some((before, _)) if number == before => {}
            _ => grown = row.len(),
        }
        previous = Some((number, end));
        // In this order nothing underflows: spans of a row do not overlap, so together they are no longer than it.
        let (old, new) = ((end - start) as usize, (to - from) as usize);
        grown = grown - old + new;
        // Only an edit that makes the row longer can take it beyond its limit.
        if new > old && grown > limits.grown(row.len()) {
            return Err(Nonsense::Growth);
        }
        edits.push(Edit { column, row: number, start, end, text: from..to });
    }
    Ok(())
}

/// The bytes of a row.
#[inline(always)]
fn row<'c>(columns: &[Column<'c>], column: u32, row: u32) -> Result<&'c [u8], Nonsense> {
    row_of(columns.get(column as usize).ok_or(Nonsense::Column)?, row)
}

/// The bytes of a row of a whole column (see [`is_whole`]).
#[inline(always)]
fn row_of<'c>(column: &Column<'c>, row: u32) -> Result<&'c [u8], Nonsense> {
    let ends = column.offsets.get(row as usize..).and_then(<[u32]>::first_chunk);
    let &[start, end] = ends.ok_or(Nonsense::Row)?;
    column.bytes.get(start as usize..end as usize).ok_or(Nonsense::Row)
}

#[inline(always)]
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
    use crate::event::ColumnBuf;
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
            raw in prop::collection::vec(prop::array::uniform6(small()), 0..5),
            left_over in prop_oneof![9 => Just(0usize), 1 => 1usize..6],
        ) {
            let owned = columns();
            let views: Vec<_> = owned.iter().map(ColumnBuf::view).collect();
            let lawful = raw.iter().all(|&[column, row, start, end, entity, confidence]| {
                is_lawful(&owned, column, row, start, end) && start < end && entity < 3 && (1..=3).contains(&confidence)
            });
            let numbers = [raw.as_flattened(), &[0, 0, 0, 0, 0, 1][..left_over]].concat();
            let answer = findings(&numbers, &views, 3, &Limits::default());
            prop_assert_eq!(answer.is_ok(), lawful && left_over == 0);
            if let Ok(answer) = answer {
                prop_assert!(answer.is_sorted());
            }
        }

        #[test]
        fn edits_that_pass_can_be_applied(
            raw in prop::collection::vec((small(), small(), small(), small(), 0u32..9, 0u32..9), 0..5),
            left_over in prop_oneof![9 => Just(0usize), 1 => 1usize..6],
            text in prop_oneof![Just("é*日".as_bytes().to_vec()), prop::collection::vec(any::<u8>(), 0..8)],
            failed in prop::collection::vec(small(), 0..4),
        ) {
            let owned = columns();
            let views: Vec<_> = owned.iter().map(ColumnBuf::view).collect();
            let mut list: Vec<u32> = raw.iter().flat_map(|&(a, b, c, d, e, f)| [a, b, c, d, e, f]).collect();
            list.extend(&[0; 5][..left_over]);
            let raw = RawEdits { edits: list, text, failed };
            let Ok(answer) = edits(raw, &views, &Limits::default()) else { return Ok(()) };
            prop_assert_eq!(left_over, 0);
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
        let one = [0, 2, 0, 1, 0, 1];
        let limits = Limits { row_findings: 3, ..Limits::default() };
        assert!(findings(&one.repeat(4), &views, 1, &limits).is_ok());
        assert_eq!(findings(&one.repeat(5), &views, 1, &limits), Err(Nonsense::TooMany));
    }

    #[test]
    fn a_row_grows_no_further_than_its_limit() {
        let owned = columns();
        let views: Vec<_> = owned.iter().map(ColumnBuf::view).collect();
        let limits = Limits { growth_ratio: 2, growth_bytes: 1, ..Limits::default() };
        let raw = |list: &[[u32; 6]]| RawEdits {
            edits: list.as_flattened().to_vec(),
            text: vec![b'*'; 9],
            failed: Vec::new(),
        };
        let edit = |len: u32| raw(&[[1, 0, 4, 4, 0, len]]);
        assert!(edits(edit(5), &views, &limits).is_ok());
        assert_eq!(edits(edit(6), &views, &limits), Err(Nonsense::Growth));
        // Three bytes go, eight come; then the last one goes, and nothing grows any more.
        let more = |len: u32| raw(&[[1, 0, 0, 3, 0, len], [1, 0, 3, 4, 0, 0]]);
        assert!(edits(more(8), &views, &limits).is_ok());
        assert_eq!(edits(more(9), &views, &limits), Err(Nonsense::Growth));
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
