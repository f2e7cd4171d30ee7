//! What is really in force: the configuration with the defaults of all that it does not say, and where each stands. Read again it is the
//! same configuration. Secrets are named in it, as they are in every configuration.

use std::fmt::Write as _;

use toml::de::{DeTable, DeValue};

use super::{names, top};
use crate::policy::diagnostic::{Diagnostic, Severity};
use crate::policy::document::FileId;
use crate::policy::syntax::{self, Bundle, Notes, Usual};

/// Where comments begin, where there is room.
const COMMENT: usize = 56;

/// A configuration as TOML: what its file says, and with `defaults` what it leaves out, each with a comment that says which line it is of,
/// or that it is the default. Comments of the file are not repeated. `None`: something is wrong with it.
pub fn effective(bundle: &Bundle, file: FileId, defaults: bool, problems: &mut Vec<Diagnostic>) -> Option<String> {
    let notes = Notes::default();
    let text = syntax::noted(bundle, file, problems, Some(&notes), |root, p| {
        let (table, id) = (root.table_itself(), root.id());
        names::check(&top(root, p)?, p);
        let usual = if defaults { notes.usual() } else { Vec::new() };
        let mut writer = Writer { source: p.source(), usual, out: String::new() };
        writer.table("", id, Some(table));
        Some(writer.out)
    });
    text.filter(|_| problems.iter().all(|problem| problem.severity != Severity::Error))
}

struct Writer<'t> {
    source: &'t str,
    usual: Vec<(usize, &'static str, Usual)>,
    out: String,
}

/// A table is a section, and so are lists of nothing but tables: those of a list with where each begins.
fn sections<'t>(value: &'t DeValue<'t>) -> Vec<(&'t DeTable<'t>, Option<usize>)> {
    match value {
        DeValue::Table(table) => vec![(table, None)],
        DeValue::Array(list) => {
            list.iter().map_while(|one| Some((one.get_ref().as_table()?, Some(one.span().start)))).collect()
        }
        _ => Vec::new(),
    }
}

impl Writer<'_> {
    /// Writes a table: single values first, since what stands behind a header belongs to it. `None`: the file has no such table.
    fn table(&mut self, path: &str, id: usize, table: Option<&DeTable<'_>>) {
        let mut said: Vec<_> = table.into_iter().flatten().collect();
        said.sort_by_key(|(key, _)| key.span().start);
        let (single, tables): (Vec<_>, Vec<_>) =
            said.into_iter().partition(|(_, value)| sections(value.get_ref()).is_empty());
        for (key, value) in single {
            let line = format!("{} = {}", name(key.get_ref()), self.value(value.get_ref(), value.span()));
            self.line(&line, &self.at(key.span().start));
        }
        let usual: Vec<_> = self.usual.iter().filter(|(of, ..)| *of == id).cloned().collect();
        for (_, key, usual) in &usual {
            if let Usual::Value(value) = usual {
                self.line(&format!("{key} = {value}"), "default");
            }
        }
        let below = |key: &str| if path.is_empty() { name(key) } else { format!("{path}.{}", name(key)) };
        for (key, value) in tables {
            let (path, is_list) = (below(key.get_ref()), value.get_ref().is_array());
            for (table, start) in sections(value.get_ref()) {
                let id = std::ptr::from_ref(table).addr();
                // What only holds others has no header of its own.
                let holds_others =
                    !table.is_empty() && table.values().all(|inner| !sections(inner.get_ref()).is_empty());
                if is_list || !holds_others || self.usual.iter().any(|(of, ..)| *of == id) {
                    let header = if is_list { format!("[[{path}]]") } else { format!("[{path}]") };
                    self.line(&header, &self.at(start.unwrap_or(key.span().start)));
                }
                self.table(&path, id, Some(table));
            }
        }
        for (_, key, usual) in &usual {
            if let Usual::Table(id) = usual {
                let path = below(key);
                self.line(&format!("[{path}]"), "default");
                self.table(&path, *id, None);
            }
        }
    }

    fn line(&mut self, said: &str, origin: &str) {
        // Writing into memory does not fail.
        let _ = writeln!(self.out, "{said:COMMENT$} # {origin}");
    }

    fn at(&self, start: usize) -> String {
        let before = self.source.get(..start).unwrap_or_default();
        format!("line {}", before.matches('\n').count() + 1)
    }

    fn value(&self, value: &DeValue<'_>, span: std::ops::Range<usize>) -> String {
        match value {
            DeValue::String(text) => quoted(text),
            DeValue::Array(list) => {
                let all: Vec<_> = list.iter().map(|one| self.value(one.get_ref(), one.span())).collect();
                format!("[{}]", all.join(", "))
            }
            DeValue::Table(table) => {
                let pair = |(key, value): (&toml::Spanned<std::borrow::Cow<'_, str>>, &toml::Spanned<DeValue<'_>>)| {
                    format!("{} = {}", name(key.get_ref()), self.value(value.get_ref(), value.span()))
                };
                format!("{{ {} }}", table.iter().map(pair).collect::<Vec<_>>().join(", "))
            }
            _ => self.source.get(span).unwrap_or_default().to_owned(),
        }
    }
}

fn name(key: &str) -> String {
    let is_bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if is_bare { key.to_owned() } else { quoted(key) }
}

/// A text as TOML has it: as JSON does, but for one control character.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
