//! A page of metrics, and what two of them say of the time between.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

/// Values by name and labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Page {
    values: BTreeMap<(String, BTreeMap<String, String>), f64>,
}

impl Page {
    /// Reads the text form of OpenMetrics. What it does not understand it leaves out.
    pub(super) fn read(text: &str) -> Self {
        Self { values: text.lines().filter(|line| !line.starts_with('#')).filter_map(line).collect() }
    }

    /// The sum of what has this name and these labels, whatever others it has.
    fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |own: &BTreeMap<String, String>| labels.iter().all(|(k, v)| own.get(*k).is_some_and(|own| own == v));
        // Of nothing a sum of floats is -0.
        self.values.iter().filter(|((own, of), _)| own == name && has(of)).map(|(_, value)| value).sum::<f64>() + 0.0
    }

    /// The values of some labels that a metric has.
    fn all<const N: usize>(&self, name: &str, labels: [&str; N]) -> BTreeSet<[String; N]> {
        let of = |own: &BTreeMap<String, String>| labels.map(|label| own.get(label).cloned().unwrap_or_default());
        self.values.keys().filter(|(own, _)| own == name).map(|(_, own)| of(own)).collect()
    }
}

/// `name{label="value",…} 1.0`.
fn line(line: &str) -> Option<((String, BTreeMap<String, String>), f64)> {
    let name_ends = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(name_ends);
    let mut labels = BTreeMap::new();
    if let Some(mut within) = rest.strip_prefix('{') {
        while !within.starts_with('}') {
            let (label, value) = within.split_once("=\"")?;
            let (value, behind) = quoted(value)?;
            labels.insert(label.to_owned(), value);
            within = behind.strip_prefix(',').unwrap_or(behind);
        }
        rest = within.strip_prefix('}')?;
    }
    let value = rest.split_ascii_whitespace().next()?.parse().ok()?;
    Some(((name.to_owned(), labels), value))
}

/// What stands before the next quotation mark, and what behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut letters) = (String::new(), text.char_indices());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match letters.next()?.1 {
                'n' => '\n',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

/// What a table shows: its columns, and its rows.
pub(super) struct Table {
    pub(super) columns: &'static [&'static str],
    pub(super) rows: Vec<Vec<String>>,
}

/// What sources took in between.
pub(super) fn sources(before: &Page, now: &Page, between: Duration) -> Table {
    let row = |[source]: [String; 1]| {
        let of = [("source", source.as_str())];
        let rate = |name: &str| rate(before.sum(name, &of), now.sum(name, &of), between);
        let (events, bytes) = (rate("tamis_events_received_total"), rate("tamis_received_bytes_total"));
        let cells = [short(events), size(bytes), short(rate("tamis_refusals_total"))];
        let lost = now.sum("tamis_events_lost_total", &of);
        std::iter::once(source.clone()).chain(cells).chain([short(lost)]).collect()
    };
    let rows = now.all("tamis_events_received_total", ["source"]).into_iter().map(row).collect();
    Table { columns: &["source", "events/s", "bytes/s", "not now/s", "lost"], rows }
}

/// What branches did in between, and hold now.
pub(super) fn branches(before: &Page, now: &Page, between: Duration) -> Table {
    let row = |[route, sink, purpose]: [String; 3]| {
        let of = [("route", route.as_str()), ("sink", sink.as_str()), ("purpose", purpose.as_str())];
        let rate = |outcome: &str| {
            let of = [&of[..], &[("outcome", outcome)]].concat();
            rate(before.sum("tamis_events_total", &of), now.sum("tamis_events_total", &of), between)
        };
        let now = |name: &str| now.sum(name, &of);
        let (buffer, limit) = (now("tamis_buffer_bytes"), now("tamis_buffer_limit_bytes"));
        let buffer = if limit > 0.0 { format!("{:.0} %", buffer / limit * 100.0) } else { "-".to_owned() };
        let state = match (now("tamis_branch_closed") > 0.0, now("tamis_branch_circuit_open") > 0.0) {
            (true, _) => "closed",
            (false, true) => "sink fails",
            (false, false) => "open",
        };
        let cells = [
            short(rate("delivered")),
            short(now("tamis_branch_queued_events")),
            short(now("tamis_branch_in_flight_events")),
            format!("{:.1} s", now("tamis_branch_oldest_seconds")),
            buffer,
            short(rate("refused")),
            short(rate("rejected") + rate("dropped") + rate("given-up") + rate("discarded")),
            short(rate("quarantined")),
            state.to_owned(),
        ];
        [route.clone(), sink.clone(), purpose.clone()].into_iter().chain(cells).collect()
    };
    let rows = now.all("tamis_branch_closed", ["route", "sink", "purpose"]).into_iter().map(row).collect();
    let columns = &[
        "route",
        "sink",
        "purpose",
        "sent/s",
        "waiting",
        "under way",
        "oldest",
        "buffer",
        "refused/s",
        "not sent/s",
        "quarantined/s",
        "state",
    ];
    Table { columns, rows }
}

/// Memory of events, as a sentence.
pub(super) fn memory(now: &Page) -> String {
    let (used, most) = (now.sum("tamis_memory_bytes", &[]), now.sum("tamis_memory_limit_bytes", &[]));
    format!("memory of events: {} of {}", size(used), size(most))
}

/// How many a second. A counter that is smaller than before began anew.
fn rate(before: f64, now: f64, between: Duration) -> f64 {
    let more = if now < before { now } else { now - before };
    more / between.as_secs_f64().max(1e-3)
}

/// A number in five letters or fewer, where it can be.
fn short(number: f64) -> String {
    match number {
        n if n >= 1e6 => format!("{:.1}M", n / 1e6),
        n if n >= 1e4 => format!("{:.1}k", n / 1e3),
        n if n == 0.0 || n >= 10.0 || n.fract() == 0.0 => format!("{n:.0}"),
        n => format!("{n:.1}"),
    }
}

fn size(bytes: f64) -> String {
    match bytes {
        b if b >= f64::from(1 << 30) => format!("{:.1} GiB", b / f64::from(1 << 30)),
        b if b >= f64::from(1 << 20) => format!("{:.1} MiB", b / f64::from(1 << 20)),
        b if b >= 1024.0 => format!("{:.1} KiB", b / 1024.0),
        b => format!("{b:.0} B"),
    }
}

/// A table in columns: texts to the left, what begins with a digit to the right.
pub(super) fn lines(table: &Table) -> Vec<String> {
    let head: Vec<_> = table.columns.iter().map(|column| (*column).to_owned()).collect();
    let all = || std::iter::once(&head).chain(&table.rows);
    let width = |column: usize| all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let is_number = |column: usize| {
        let is_digit = |row: &Vec<String>| {
            row.get(column).is_some_and(|c| c.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
        };
        !table.rows.is_empty() && table.rows.iter().all(is_digit)
    };
    let line = |row: &Vec<String>| {
        let mut text = String::new();
        for (column, cell) in row.iter().enumerate() {
            // Names are plain, but a page may come from anybody: nothing in it moves the cursor.
            let cell: String = cell.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
            let width = width(column).unwrap_or_default();
            let _ = match is_number(column) {
                true => write!(text, "{cell:>width$}  "),
                false => write!(text, "{cell:<width$}  "),
            };
        }
        text.trim_end().to_owned()
    };
    all().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(delivered: u32, closed: u32) -> Page {
        let of = "route=\"staff\",sink=\"siem\",purpose=\"security\"";
        Page::read(&format!(
            "# TYPE tamis_events counter\ntamis_events_total{{{of},outcome=\"delivered\"}} {delivered}\n\
             tamis_events_total{{{of},outcome=\"rejected\"}} {}\ntamis_branch_closed{{{of}}} {closed}\n\
             tamis_branch_oldest_seconds{{{of}}} 1.25\ntamis_buffer_bytes{{{of}}} 512\ntamis_buffer_limit_bytes{{{of}}} 1024\n\
             tamis_events_received_total{{source=\"apps\"}} {delivered}\ntamis_received_bytes_total{{source=\"apps\"}} 4096\n# EOF\n",
            delivered / 10
        ))
    }

    #[test]
    fn two_pages_give_rates() {
        let (before, now) = (page(100, 0), page(300, 0));
        let shown = lines(&branches(&before, &now, Duration::from_secs(2)));
        assert_eq!(
            shown,
            [
                "route  sink  purpose   sent/s  waiting  under way  oldest  buffer  refused/s  not sent/s  quarantined/s  state",
                "staff  siem  security     100        0          0   1.2 s    50 %          0          10              0  open",
            ]
        );
        let shown = lines(&sources(&before, &now, Duration::from_secs(2)));
        assert_eq!(shown[1], "apps         100      0 B          0     0");
        assert!(lines(&branches(&now, &page(5, 1), Duration::from_secs(5)))[1].ends_with("closed"));
        // Another process began: what it counted is all that is known.
        assert_eq!(rate(300.0, 5.0, Duration::from_secs(5)), 1.0);
    }

    #[test]
    fn labels_are_read_as_they_are_written() {
        let ((name, labels), value) = line("a{x=\"1\\\"},b\",y=\"\\n\\\\\"} 1.5").unwrap();
        assert_eq!((name.as_str(), value), ("a", 1.5));
        assert_eq!(labels, [("x".to_owned(), "1\"},b".to_owned()), ("y".to_owned(), "\n\\".to_owned())].into());
        assert_eq!(line("b 2").unwrap().1, 2.0);
        for wrong in ["", "a", "a{", "a{x", "a{x=\"", "a{x=\"1\"", "a{x=\"1\"} x", "a{x=\"1\\"] {
            assert_eq!(line(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn nothing_in_a_page_moves_the_cursor() {
        let page = Page::read("tamis_events_received_total{source=\"\u{1b}[2J\"} 1\n");
        assert!(lines(&sources(&page, &page, Duration::from_secs(1))).iter().all(|line| !line.contains('\u{1b}')));
    }
}
