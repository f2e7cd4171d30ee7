//! What readers ask for, noted while they read files in which nothing is wrong: the shape of a kind of file, for its JSON Schema.
//!
//! Each key is a node, whoever asks for it and in whichever file; a node has everything that it was ever read as. What only a
//! name tells apart (`mask-…` and `redact-…`) is kept apart by a pattern, what a word tells apart (`type = "http"`) by that word.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::policy::document::Span;

/// A place in the shape of a file; [`ROOT`] is the file.
pub(crate) type Node = usize;

/// The file itself, and every node while nothing is noted.
pub(crate) const ROOT: Node = 0;

/// What a single value is read as.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// A text that is not empty.
    Filled,
    /// The empty text.
    Empty,
    /// One of these words.
    Words(Vec<String>),
    /// A whole number from … to ….
    Count(u32, u32),
    /// Any number.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Flag,
    /// A day, without quotes.
    Day,
    /// A length of time.
    Duration,
    /// A list of anything.
    List,
    /// A table of anything.
    Table,
}

/// What form a text or a key has to have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// The name of a layer, rule, treatment …, as messages call it.
    Simple(String),
    /// The name of a category or kind; a family too.
    Dotted(String, bool),
    /// `layer.name`.
    Reference,
    /// A regular expression of the whole.
    Pattern(String),
}

/// What holds for a key that is not there.
#[derive(Clone, Debug)]
pub(crate) enum Usual {
    /// A value, as it would be written.
    Value(String),
    /// A table, of which more may hold.
    Table(usize),
}

/// What one place was read as.
#[derive(Debug, Default)]
pub(crate) struct Place {
    pub(crate) kinds: BTreeSet<Kind>,
    /// Forms of a text.
    pub(crate) forms: BTreeSet<Form>,
    /// Each element of a list, or the single value that stands for it.
    pub(crate) element: Option<Node>,
    /// There is a list in any case.
    pub(crate) is_list: bool,
    pub(crate) table: Option<Keys>,
    /// The table that it stands in.
    parent: Node,
}

/// Keys of a table.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// How many tables were read.
    pub(crate) read: usize,
    /// Those asked for by name, and in how many tables they had to be there.
    pub(crate) named: BTreeMap<String, (Node, usize)>,
    /// Those told apart by their form, a regular expression.
    pub(crate) apart: BTreeMap<String, Node>,
    /// All others, and the forms that their names have.
    pub(crate) rest: Option<Node>,
    pub(crate) rest_forms: BTreeSet<Form>,
    /// Tables of which a key with one of a few words says what they are: key, word, the table.
    pub(crate) sorts: BTreeMap<(String, String), Node>,
}

/// What was noted of one kind of file.
#[derive(Debug)]
pub struct Notes {
    inner: RefCell<Inner>,
}

#[derive(Debug)]
struct Inner {
    places: Vec<Place>,
    /// Where texts and keys stand in their files.
    texts: BTreeMap<Span, (Node, bool)>,
    /// Keys that are not there, by their table.
    usual: Vec<(usize, &'static str, Usual)>,
}

impl Default for Notes {
    fn default() -> Self {
        Self {
            inner: RefCell::new(Inner { places: vec![Place::default()], texts: BTreeMap::new(), usual: Vec::new() }),
        }
    }
}

impl Notes {
    /// All places; the first is the file.
    pub(crate) fn into_places(self) -> Vec<Place> {
        self.inner.into_inner().places
    }

    /// What holds for keys that are not there, by their tables.
    pub(crate) fn usual(&self) -> Vec<(usize, &'static str, Usual)> {
        self.inner.borrow().usual.clone()
    }

    /// This holds for a key that is not there.
    pub(crate) fn is_usual(&self, table: usize, key: &'static str, usual: Usual) {
        self.inner.borrow_mut().usual.push((table, key, usual));
    }

    /// A table is not there, and what holds in it is of use. The answer tells it from all others: no table lies at so low an address.
    pub(crate) fn usual_table(&self, table: usize, key: &'static str) -> usize {
        let usual = &mut self.inner.borrow_mut().usual;
        let id = usual.len() + 1;
        usual.push((table, key, Usual::Table(id)));
        id
    }

    /// A value is read as this.
    pub(crate) fn kind(&self, node: Node, kind: Kind) {
        self.inner.borrow_mut().places[node].kinds.insert(kind);
    }

    /// A list is read; the answer is its element.
    pub(crate) fn elements(&self, node: Node) -> Node {
        let inner = &mut *self.inner.borrow_mut();
        if let Some(element) = inner.places[node].element {
            return element;
        }
        let element = inner.add(node);
        inner.places[node].element = Some(element);
        element
    }

    /// Nothing but a list will do.
    pub(crate) fn only_list(&self, node: Node) {
        self.inner.borrow_mut().places[node].is_list = true;
    }

    /// A table is read.
    pub(crate) fn table(&self, node: Node) {
        self.inner.borrow_mut().keys(node).read += 1;
    }

    /// A key of a table is asked for.
    pub(crate) fn key(&self, table: Node, key: &str) -> Node {
        let inner = &mut *self.inner.borrow_mut();
        if let Some((node, _)) = inner.keys(table).named.get(key) {
            return *node;
        }
        let node = inner.add(table);
        inner.keys(table).named.insert(key.to_owned(), (node, 0));
        node
    }

    /// A key that was asked for has to be there.
    pub(crate) fn needed(&self, table: Node, key: &str) {
        if let Some((_, needed)) = self.inner.borrow_mut().keys(table).named.get_mut(key) {
            *needed += 1;
        }
    }

    /// Whatever else stands in a table is read.
    pub(crate) fn rest(&self, table: Node) -> Node {
        let inner = &mut *self.inner.borrow_mut();
        if let Some(rest) = inner.keys(table).rest {
            return rest;
        }
        let rest = inner.add(table);
        inner.keys(table).rest = Some(rest);
        rest
    }

    /// What was taken for one of the rest is told apart by its key. `is_table`: it is already being read as a table.
    pub(crate) fn apart(&self, node: Node, pattern: &str, is_table: bool) -> Node {
        let inner = &mut *self.inner.borrow_mut();
        let table = inner.places[node].parent;
        if is_table {
            inner.keys(node).read -= 1;
        }
        let there = inner.keys(table).apart.get(pattern).copied();
        let apart = there.unwrap_or_else(|| inner.add(table));
        inner.keys(table).apart.insert(pattern.to_owned(), apart);
        if is_table {
            inner.keys(apart).read += 1;
        }
        apart
    }

    /// A table is of the sort that this word under this key says.
    pub(crate) fn sort(&self, table: Node, key: &str, word: &str) -> Node {
        let inner = &mut *self.inner.borrow_mut();
        let name = (key.to_owned(), word.to_owned());
        let there = inner.keys(table).sorts.get(&name).copied();
        let sort = there.unwrap_or_else(|| inner.add(table));
        inner.keys(table).sorts.insert(name, sort);
        inner.keys(sort).read += 1;
        sort
    }

    /// A text stands here, which is the value of a place, or its key.
    pub(crate) fn stands(&self, span: Span, node: Node, is_key: bool) {
        self.inner.borrow_mut().texts.insert(span, (node, is_key));
    }

    /// The text that stands here must have this form. Texts that are no value of their own (a part of one) say nothing.
    pub(crate) fn form(&self, span: Span, form: Form) {
        let inner = &mut *self.inner.borrow_mut();
        match inner.texts.get(&span).copied() {
            Some((node, false)) => drop(inner.places[node].forms.insert(form)),
            Some((node, true)) => {
                let table = inner.places[node].parent;
                if inner.keys(table).rest == Some(node) {
                    inner.keys(table).rest_forms.insert(form);
                }
            }
            None => {}
        }
    }
}

impl Inner {
    fn add(&mut self, parent: Node) -> Node {
        self.places.push(Place { parent, ..Place::default() });
        self.places.len() - 1
    }

    fn keys(&mut self, node: Node) -> &mut Keys {
        self.places[node].table.get_or_insert_default()
    }
}
