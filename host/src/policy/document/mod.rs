//! What a file says, as typed values that remember where they stand.
//!
//! One type a kind of file. [`super::syntax`] makes them from text and reports whatever is not of this shape;
//! meaning (layers, joins, conditions) is the business of [`super::compile`].

mod evidence;
mod layer;
mod owed;
mod piece;

use std::collections::BTreeMap;

use serde::Serialize;

pub use evidence::*;
pub use layer::*;
pub use owed::*;
pub use piece::Piece;

use super::part::Part;

/// Number of a file in the [`super::Bundle`] that is being compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u16);

/// Bytes of a file, end-exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One behind the last byte.
    pub end: u32,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// A piece of text with its place.
pub type Text = Spanned<String>;
/// A calendar day.
pub type Date = jiff::civil::Date;

/// `categories.toml`: the shared words.
#[derive(Clone, Debug, Default)]
pub struct Categories {
    /// `revision`.
    pub revision: u32,
    /// The `[category.GROUP]`s by name.
    pub groups: BTreeMap<String, CategoryGroup>,
    /// The `[kind.GROUP]`s by name: their titles.
    pub kind_groups: BTreeMap<String, Text>,
    /// What a value is.
    pub categories: BTreeMap<String, Category>,
    /// What an event is: name → title.
    pub kinds: BTreeMap<String, Text>,
    /// Pseudonym domains: name → categories whose codes agree.
    pub domains: BTreeMap<String, Vec<Text>>,
    /// `[title.LANGUAGE]`: titles of categories, kinds and groups by language, then by name.
    pub titles: BTreeMap<&'static str, BTreeMap<String, String>>,
}

impl Categories {
    /// The title of a category, kind or group in a language; `None`: it is not translated.
    pub fn title_in(&self, lang: &str, name: &str) -> Option<&str> {
        self.titles.get(lang)?.get(name).map(String::as_str)
    }
}

/// Languages that titles and sentences are translated to, as ISO 639-1; they are written in English.
pub const LANGUAGES: [&str; 4] = ["de", "es", "fr", "it"];

/// `[category.GROUP]`.
#[derive(Clone, Debug)]
pub struct CategoryGroup {
    /// Title in plain words.
    pub title: Text,
    /// The law by which its values are specially protected, as written.
    pub protected: Option<String>,
}

/// What a value is.
#[derive(Clone, Debug)]
pub struct Category {
    /// Title in plain words, with the place where the category is declared.
    pub title: Text,
    /// The `[category.GROUP]` it stands in.
    pub group: String,
    /// `alone`, `together` or `no`.
    pub identifies: Identifies,
    /// Its type; [`ValueType::Text`] where nothing is said.
    pub value_type: ValueType,
    /// Where its type is said.
    pub typed: Option<Span>,
}

/// Whether a value points to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identifies {
    /// By itself.
    Alone,
    /// With others.
    Together,
    /// It does not.
    No,
}

/// The type of a category's values: decides which generalisations exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[allow(missing_docs)]
pub enum ValueType {
    #[default]
    Text,
    Ip,
    Time,
    Number,
    Url,
    Path,
    Agent,
    Title,
    Geo,
    Card,
    Email,
}

/// One entry of a `[treatment]` table.
#[derive(Clone, Debug)]
pub struct Treatment {
    /// Its name, as rules write it.
    pub name: Text,
    /// What it does.
    pub verb: Verb,
    /// The sentence of the notice; empty in layers that give none.
    pub says: String,
    /// `says-LANGUAGE`: the same in other languages.
    pub says_in: BTreeMap<&'static str, String>,
}

/// What a treatment does: the verb of its name and its parameters, checked to belong together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Verb {
    Keep,
    Drop,
    Forbid,
    /// The whole event; only for `event =`.
    Suppress,
    /// The whole value becomes a label (`None`: `[redacted]`), or that many `*`.
    Redact {
        label: Option<String>,
        fixed: Option<u16>,
    },
    /// What the named sets or entities find becomes a label.
    RedactFound {
        find: Vec<String>,
        threshold: Confidence,
        except: Vec<String>,
        /// Values that documents use as examples stay.
        except_examples: bool,
        /// Entity → the part of its values that stays.
        keep: BTreeMap<String, Part>,
        label: Option<String>,
    },
    MaskCard,
    MaskDomain,
    MaskExtension,
    /// All but the first and last characters is hidden.
    MaskEnds {
        first: u16,
        last: u16,
    },
    TruncateIp {
        ipv4: u8,
        ipv6: u8,
    },
    /// Characters kept.
    TruncateText {
        text: u32,
    },
    GeneraliseTime {
        unit: TimeUnit,
        zone: Option<String>,
    },
    /// Width of a bucket, as written (a decimal number above zero).
    GeneraliseNumber {
        width: String,
    },
    /// Decimals kept.
    GeneraliseGeo {
        decimals: u8,
    },
    GeneraliseUrl {
        rung: UrlRung,
    },
    GeneralisePath {
        depth: u8,
        extension: bool,
    },
    GeneraliseAgent,
    GeneraliseTitle,
    Pseudonymise {
        escrow: bool,
        preserve: bool,
    },
    Tokenise {
        preserve: bool,
    },
    /// A constant, as JSON text.
    Replace {
        with: String,
    },
}

/// How sure a detector is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[allow(missing_docs)]
pub enum Confidence {
    Possible = 1,
    #[default]
    Likely = 2,
    Certain = 3,
}

/// From fine to coarse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[allow(missing_docs)]
pub enum TimeUnit {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Year,
}

/// From fine to coarse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[allow(missing_docs)]
pub enum UrlRung {
    Page,
    Host,
}

/// `[schema]`: what a schema map is called, and which events it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct SchemaHead {
    /// `schema.id`.
    pub id: Text,
    /// `schema.title`.
    pub title: String,
    /// `schema.revision`.
    pub revision: u32,
    /// Where the fields are documented.
    pub source: Option<String>,
    /// One of these has to hold; each is a list of which all have to hold.
    pub recognise: Vec<Vec<Spanned<Recognise>>>,
    /// Letter case of keys does not matter.
    pub ignore_case: bool,
    /// Matches only if a policy asks for it.
    pub opt_in: bool,
    /// Lower wins among equals; 100 by default.
    pub priority: u32,
}

/// What a schema map says below its head.
#[derive(Clone, Debug)]
pub struct SchemaMap {
    /// Fields that hold always.
    pub fields: Vec<Field>,
    /// What keys at wildcards are: path, categories.
    pub keys: Vec<Field>,
    /// Kinds of event.
    pub events: Vec<EventKind>,
    /// Fields that hold under a condition.
    pub variants: Vec<Variant>,
    /// Values that hold another document.
    pub inside: Vec<Inside>,
    /// Templates of lines, in the order of the file.
    pub lines: Vec<Line>,
}

/// One test of an event's shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognise {
    /// The path that must be there (or not).
    pub path: String,
    /// `!path`.
    pub absent: bool,
    /// `path = glob | glob`; empty: presence suffices.
    pub globs: Vec<String>,
}

/// One classified path.
#[derive(Clone, Debug)]
pub struct Field {
    /// The path as written.
    pub path: Text,
    /// Its categories, one or more.
    pub categories: Vec<Text>,
    /// Whose value it is.
    pub role: Role,
}

/// Whose value a field holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[allow(missing_docs)]
pub enum Role {
    #[default]
    None,
    Actor,
    Owner,
    Target,
}

/// `"auth.login" = { Operation = ["UserLoggedIn"] }`.
#[derive(Clone, Debug)]
pub struct EventKind {
    /// The kind.
    pub kind: Text,
    /// One of these has to hold; each is a list of (path, globs) of which all have to hold.
    pub any: Vec<Vec<(Text, Vec<String>)>>,
}

/// `[variant.NAME]`.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name.
    pub name: Text,
    /// All of these (path, globs) have to hold.
    pub when: Vec<(Text, Vec<String>)>,
    /// Further fields.
    pub fields: Vec<Field>,
}

/// `[inside]`.
#[derive(Clone, Debug)]
pub struct Inside {
    /// The path of the value.
    pub path: Text,
    /// What is inside.
    pub form: InsideForm,
    /// What the value is when it does not parse.
    pub otherwise: Option<Text>,
}

/// What a value can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum InsideForm {
    Json,
    KeyValue,
    Url,
    Query,
    Lines,
}

/// `[line.NAME]`.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its name.
    pub name: Text,
    /// The path whose value it may fit.
    pub path: Text,
    /// The template as written.
    pub like: Text,
    /// Hole → (role, categories); no categories: dropped.
    pub holes: Vec<(Text, Role, Vec<Text>)>,
    /// Hole → what is inside it.
    pub inside: Vec<(Text, InsideForm)>,
    /// The kind of event this line is.
    pub kind: Option<Text>,
}
