//! Takes a table apart and remembers which keys somebody asked for, so that all others can be reported.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use toml::de::{DeTable, DeValue};

use super::notes::{Node, ROOT, Usual};
use super::problems::{Problems, meant};
use super::value::{Item, Key};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Date, Duration, Reason, Span, Spanned, Text};

/// A table that is being read. End with [`Reader::finish`], or take what is left with [`Reader::rest`].
#[derive(Debug)]
pub(crate) struct Reader<'t> {
    table: &'t DeTable<'t>,
    /// The key that the table stands under.
    name: Key<'t>,
    /// Where the table begins: its header or its braces.
    at: Span,
    asked: Vec<&'static str>,
    node: Node,
    /// What tells it from all other tables of the file.
    id: usize,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(table: &'t DeTable<'t>, name: Key<'t>, at: Span, node: Node) -> Self {
        Self { table, name, at, asked: Vec::new(), node, id: std::ptr::from_ref(table).addr() }
    }

    /// The table that a whole file is.
    pub(crate) fn root(table: &'t DeTable<'t>, p: &Problems<'_>) -> Self {
        let at = p.span(0..0);
        p.note(|notes| notes.table(ROOT));
        Self::new(table, Spanned { value: Cow::Borrowed("this file"), span: at }, at, ROOT)
    }

    /// The key that the table stands under.
    pub(crate) fn name(&self) -> &Key<'t> {
        &self.name
    }

    /// Where the table begins.
    pub(crate) fn at(&self) -> Span {
        self.at
    }

    /// The table itself.
    pub(crate) fn table_itself(&self) -> &'t DeTable<'t> {
        self.table
    }

    /// What tells the table from all others of the file.
    pub(crate) fn id(&self) -> usize {
        self.id
    }

    /// Notes what holds for a key that is not there, as it would be written.
    pub(crate) fn usual(&self, key: &'static str, value: impl FnOnce() -> String, p: &Problems<'_>) {
        if !self.has(key) {
            p.note(|notes| notes.is_usual(self.id, key, Usual::Value(value())));
        }
    }

    /// A table; where there is none, one that says nothing.
    pub(crate) fn table_or_empty(&mut self, key: &'static str, p: &mut Problems<'_>) -> Option<Reader<'t>> {
        static EMPTY: OnceLock<DeTable<'static>> = OnceLock::new();
        if let Some(item) = self.take(key, p) {
            return item.table(p);
        }
        let node = p.note(|notes| notes.key(self.node, key));
        let id = p.note(|notes| notes.usual_table(self.id, key));
        let name = Spanned { value: Cow::Borrowed(key), span: self.at };
        Some(Self { id, ..Self::new(EMPTY.get_or_init(DeTable::new), name, self.at, node) })
    }

    /// Whether a key is there. What is there and wrong is reported by whoever reads it.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Keys whose value says something: no empty text, list or table.
    pub(crate) fn filled_keys(&self) -> Vec<String> {
        let filled = |value: &DeValue<'_>| match value {
            DeValue::String(text) => !text.trim().is_empty(),
            DeValue::Array(list) => !list.is_empty(),
            DeValue::Table(table) => !table.is_empty(),
            _ => true,
        };
        let keys = self.table.iter().filter(|(_, value)| filled(value.get_ref()));
        keys.map(|(key, _)| key.get_ref().as_ref().to_owned()).collect()
    }

    /// The value under a key, if there is one.
    pub(crate) fn take(&mut self, key: &'static str, p: &Problems<'_>) -> Option<Item<'t>> {
        self.asked.push(key);
        let node = p.note(|notes| notes.key(self.node, key));
        let (found, value) = self.table.get_key_value(key)?;
        Some(Item {
            key: Spanned { value: Cow::Borrowed(key), span: p.span(found.span()) },
            value: value.get_ref(),
            span: p.span(value.span()),
            node,
        })
    }

    /// The value under a key; reports when there is none.
    pub(crate) fn need(&mut self, key: &'static str, p: &mut Problems<'_>) -> Option<Item<'t>> {
        let item = self.take(key, p);
        p.note(|notes| notes.needed(self.node, key));
        if item.is_none() {
            self.missing(key, p);
        }
        item
    }

    fn missing(&self, key: &str, p: &mut Problems<'_>) {
        let place = if self.at.start == self.at.end { "this file".to_owned() } else { p.quote(&self.name) };
        let label = format!("`{key}` is missing");
        p.push(Diagnostic::error("P0004", format!("{place} has no `{key}`"), self.at, label));
    }

    /// A text, possibly empty.
    pub(crate) fn text(&mut self, key: &'static str, p: &mut Problems<'_>) -> Option<Text> {
        self.take(key, p)?.text(p)
    }

    /// A text that must be there and not be empty.
    pub(crate) fn need_text(&mut self, key: &'static str, p: &mut Problems<'_>) -> Option<Text> {
        self.need(key, p)?.filled(p)
    }

    /// Texts; none where the key is absent.
    pub(crate) fn texts(&mut self, key: &'static str, p: &mut Problems<'_>) -> Vec<Text> {
        self.take(key, p).map_or_else(Vec::new, |item| item.texts(p))
    }

    /// Texts of which there must be one.
    pub(crate) fn need_texts(&mut self, key: &'static str, p: &mut Problems<'_>) -> Vec<Text> {
        let Some(item) = self.need(key, p) else { return Vec::new() };
        if matches!(item.value, DeValue::Array(list) if list.is_empty()) {
            p.push(Diagnostic::error("P0014", format!("{} is empty", p.quote(key)), item.span, ""));
        }
        item.texts(p)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, key: &'static str, p: &mut Problems<'_>) -> Option<Spanned<bool>> {
        self.take(key, p)?.flag(p)
    }

    /// A whole number.
    pub(crate) fn count(
        &mut self,
        key: &'static str,
        bounds: RangeInclusive<u32>,
        p: &mut Problems<'_>,
    ) -> Option<Spanned<u32>> {
        self.take(key, p)?.count(bounds, p)
    }

    /// A revision: a whole number from one on that must be there.
    pub(crate) fn revision(&mut self, p: &mut Problems<'_>) -> u32 {
        self.need("revision", p).and_then(|item| item.count(1..=u32::MAX, p)).map_or(0, |n| n.value)
    }

    /// A day.
    pub(crate) fn date(&mut self, key: &'static str, p: &mut Problems<'_>) -> Option<Spanned<Date>> {
        self.take(key, p)?.date(p)
    }

    /// A length of time.
    pub(crate) fn duration(&mut self, key: &'static str, p: &mut Problems<'_>) -> Option<Spanned<Duration>> {
        self.take(key, p)?.duration(p)
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        p: &mut Problems<'_>,
    ) -> Option<Spanned<T>> {
        self.take(key, p)?.choice(words, p)
    }

    /// `because` and `cite`, which every rule, gate, limit and notice owes its reader.
    pub(crate) fn reason(&mut self, p: &mut Problems<'_>) -> Reason {
        let because = self.need_text("because", p).map_or_else(String::new, |t| t.value);
        Reason { because, cite: self.need_texts("cite", p) }
    }

    /// A table, if there is one.
    pub(crate) fn table(&mut self, key: &'static str, p: &mut Problems<'_>) -> Option<Reader<'t>> {
        self.take(key, p)?.table(p)
    }

    /// The tables in a table, `[rule.NAME]` for `rule`, in the order of the file; whatever is no table is reported.
    pub(crate) fn tables(&mut self, key: &'static str, p: &mut Problems<'_>) -> Vec<Reader<'t>> {
        let Some(outer) = self.table(key, p) else { return Vec::new() };
        outer.entries(p).into_iter().filter_map(|item| item.table(p)).collect()
    }

    /// Everything, in the order of the file.
    fn entries(&self, p: &Problems<'_>) -> Vec<Item<'t>> {
        entries(self.table, p.note(|notes| notes.rest(self.node)), p)
    }

    /// Tells the table apart from those beside it by its key, which this regular expression matches.
    pub(crate) fn apart(&mut self, pattern: &str, p: &Problems<'_>) {
        self.node = p.note(|notes| notes.apart(self.node, pattern, true));
    }

    /// What is asked for from here on is asked of tables that have the same word under this key.
    pub(crate) fn sorted_by(&mut self, key: &str, p: &Problems<'_>) {
        let word = self.table.get(key).and_then(|value| value.get_ref().as_str()).unwrap_or_default();
        self.node = p.note(|notes| notes.sort(self.node, key, word));
    }

    /// What nobody asked for, in the order of the file: for tables whose keys are names.
    pub(crate) fn rest(&self, p: &Problems<'_>) -> Vec<Item<'t>> {
        self.entries(p).into_iter().filter(|item| !self.asked.contains(&item.key.value.as_ref())).collect()
    }

    /// What nobody asked for, where keys are dotted names that must be quoted (categories, paths). A key that
    /// lacks its quotes is reported and then read as if it had them.
    pub(crate) fn quoted_rest(&self, p: &mut Problems<'_>) -> Vec<Item<'t>> {
        let mut all = Vec::new();
        for item in self.rest(p) {
            unfold(item, &mut all, p);
        }
        all
    }

    /// Reports every key that nobody asked for.
    pub(crate) fn finish(self, p: &mut Problems<'_>) {
        for item in self.rest(p) {
            self.unknown(&item.key, p);
        }
    }

    /// Reports a key that is not known here.
    pub(crate) fn unknown(&self, key: &Key<'_>, p: &mut Problems<'_>) {
        let message = format!("unknown key {}", p.quote(key));
        let mut known = self.asked.clone();
        known.sort_unstable();
        known.dedup();
        p.push(Diagnostic::error("P0003", message, key.span, "").help(meant(key, &known)));
    }

    /// The keys that were asked for.
    pub(crate) fn asked(&self) -> &[&'static str] {
        &self.asked
    }
}

fn entries<'t>(table: &'t DeTable<'t>, node: Node, p: &Problems<'_>) -> Vec<Item<'t>> {
    let mut all: Vec<Item<'t>> = table
        .iter()
        .map(|(key, value)| Item {
            key: Spanned { value: Cow::Borrowed(key.get_ref().as_ref()), span: p.span(key.span()) },
            value: value.get_ref(),
            span: p.span(value.span()),
            node,
        })
        .collect();
    for item in &all {
        p.note(|notes| notes.stands(item.key.span, node, true));
    }
    all.sort_by_key(|item| item.key.span.start);
    all
}

/// TOML reads `id.email = "x"` as a table `id` with a key `email`. Such a table stands where its key stands,
/// which tells it from one in braces or under a header.
fn unfold<'t>(item: Item<'t>, all: &mut Vec<Item<'t>>, p: &mut Problems<'_>) {
    let mut open = vec![(item, 0)];
    while let Some((item, depth)) = open.pop() {
        match item.value {
            DeValue::Table(table) if item.span == item.key.span => {
                for mut inner in entries(table, item.node, p).into_iter().rev() {
                    let joined = format!("{}.{}", item.key.value, inner.key.value);
                    let span = Span { start: whole_key(p, inner.key.span.start, depth + 1), ..inner.key.span };
                    if inner.span == inner.key.span {
                        inner.span = span;
                    }
                    inner.key = Spanned { value: Cow::Owned(joined), span };
                    open.push((inner, depth + 1));
                }
            }
            _ => {
                if depth > 0 {
                    let message = format!("{} needs quotes", p.quote(&item.key));
                    let help = format!(
                        "write {} = …: without quotes TOML reads a table in a table",
                        p.quote(&format!("\"{}\"", item.key.value))
                    );
                    p.push(Diagnostic::error("P0012", message, item.key.span, "").help(help));
                }
                all.push(item);
            }
        }
    }
}

/// Where a dotted key begins that has `parts` parts before the one at `last`. Keys of one table may stand far
/// apart: the second `id.…` does not begin where the first did.
fn whole_key(p: &Problems<'_>, last: u32, parts: usize) -> u32 {
    let before = p.source().get(..last as usize).unwrap_or("");
    let line = before.rfind(['\n', '{', ',', '[', '=', '#']).map_or(0, |n| n + 1);
    let start = before[line..].rmatch_indices('.').nth(parts).map_or(line, |(dot, _)| line + dot + 1);
    let blanks = before[start..].len() - before[start..].trim_start().len();
    u32::try_from(start + blanks).unwrap_or(last)
}
