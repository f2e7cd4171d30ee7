//! `own all|shared SET EVENTS > RESULT`: the detector of Tamis as it ships, in its sandbox.

use std::collections::HashMap;
use std::time::Duration;

use measure::{Detector, Outcome, Row, SHARED, Span, known, labelled, report};
use tamis::event::{Column, ColumnBuf};
use tamis::plugin::{Detector as _, Host, Limits, Reuse, SandboxedDetector};

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [asked, set, events] = arguments.as_slice() else { return Err("say `own all|shared SET EVENTS`".into()) };
    let rows: Vec<Row> = labelled(set)?.into_iter().map(|(row, _)| row).collect();
    let shared: Vec<&str> = SHARED.iter().map(|shared| shared.entity).collect();
    let mut detector = match asked.as_str() {
        "all" => Tamis::new("all", &["personal", "secret", "payment", "network", "health", "device"], &rows)?,
        _ => Tamis::new("the shared entities", &shared, &rows)?,
    };
    report(&mut detector, rows, events)
}

/// The built-in detector as it ships: a component in its sandbox. It takes rows as columns, one for each field.
struct Tamis {
    name: String,
    /// Its clock stops with it.
    _host: Host,
    detector: SandboxedDetector,
    entities: Vec<String>,
    fields: HashMap<String, usize>,
}

impl Tamis {
    fn new(name: &str, find: &[&str], rows: &[Row]) -> Outcome<Self> {
        let mut fields = HashMap::new();
        let mut hints: Vec<Vec<&str>> = Vec::new();
        for row in rows {
            fields.entry(row.field.clone()).or_insert_with(|| {
                hints.push(row.field.split_whitespace().collect());
                hints.len() - 1
            });
        }
        let limits = Limits { call: Duration::from_secs(60), ..Limits::default() };
        let host = Host::new(limits, None)?;
        let plugin = host.builtin("redact")?;
        let settings: Vec<_> = hints.iter().map(|hints| serde_json::json!({ "find": find, "hints": hints })).collect();
        let settings = serde_json::json!({ "fields": settings }).to_string();
        let detector = plugin.configure(&settings, Vec::new())?.detector(Reuse::Reused).ok_or("no detector")?;
        let about = plugin.description();
        let entities = about.entities.iter().map(|entity| entity.name.clone()).collect();
        let name = format!("Tamis {} ({name})", about.version);
        Ok(Self { name, _host: host, detector, entities, fields })
    }
}

impl Detector for Tamis {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn knows(&self) -> Vec<String> {
        known(|_| true)
    }

    fn find(&mut self, rows: &[Row]) -> Outcome<Vec<Vec<Span>>> {
        let mut columns: Vec<ColumnBuf> = (0..self.fields.len() as u32).map(ColumnBuf::new).collect();
        for (number, row) in rows.iter().enumerate() {
            let field = *self.fields.get(&row.field).ok_or("a field that was not there before")?;
            columns[field].push(number as u32, row.text.as_bytes());
        }
        let views: Vec<Column<'_>> = columns.iter().map(ColumnBuf::view).collect();
        let findings = self.detector.scan(&views).map_err(|failure| format!("{failure:?}"))?;
        let mut found = vec![Vec::new(); rows.len()];
        for finding in findings {
            let row = views[finding.column as usize].event[finding.row as usize] as usize;
            let entity = self.entities[finding.entity as usize].clone();
            found[row].push(Span { start: finding.start as usize, end: finding.end as usize, entity });
        }
        Ok(found)
    }
}
