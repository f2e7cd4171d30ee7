//! Makes tables of the entities in `entities/*.toml`, so that a detector is configured without reading or sorting anything.
//!
//! What is wrong with a file ends the build with the file's name and the entity's.

#[path = "src/form.rs"]
#[allow(dead_code, reason = "the plugin needs all of it")]
mod form;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use form::{Form, Look, MOST_AHEAD, SEEN};

/// One file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    entity: toml::Table,
}

/// One entity, as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Entity {
    title: String,
    source: String,
    #[serde(default)]
    sets: Vec<String>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    against: Vec<String>,
    /// Code of its own.
    find: Option<String>,
    #[serde(default)]
    forms: Vec<String>,
    check: Option<String>,
    acceptance: Option<f64>,
    #[serde(default)]
    tokens: Vec<Token>,
    #[serde(default)]
    keyed: Vec<Keyed>,
    /// Bits a character that the bodies of tokens have, at least.
    #[serde(default)]
    entropy: f64,
    /// What reference rows of the event say: examples are tried with it.
    #[serde(default)]
    references: Vec<String>,
    examples: Vec<String>,
    counter_examples: Vec<String>,
}

impl Entity {
    /// Whether a value alone is no more than possible.
    fn is_weak(&self) -> bool {
        self.acceptance.unwrap_or(1.0) > WEAK
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    prefix: String,
    body: String,
    length: Length,
    #[serde(default)]
    tail: Vec<Tail>,
    /// What stands in front of the literal.
    before: Option<Ahead>,
    check: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ahead {
    body: String,
    length: Length,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tail {
    literal: String,
    body: String,
    length: Length,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keyed {
    words: Vec<String>,
    #[serde(default)]
    prefix: String,
    body: String,
    length: Length,
    #[serde(default)]
    tail: Vec<Tail>,
    check: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Length {
    Exact(u16),
    Between([u16; 2]),
}

impl Length {
    fn bounds(self) -> (u16, u16) {
        match self {
            Length::Exact(length) => (length, length),
            Length::Between([least, most]) => (least, most),
        }
    }
}

/// Values that documents use.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Examples {
    example: Vec<Example>,
}

/// Those of one entity from one source.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    entity: String,
    source: String,
    #[serde(default)]
    written: Vec<String>,
    #[serde(default)]
    plain: Vec<String>,
    texts: Vec<String>,
    others: Vec<String>,
}

/// Where rules stand: what entities are, and the code that they name.
const RULES: [&str; 3] = ["entities", "src/checks", "src/entities"];

/// The one file among those of entities that has none.
const EXAMPLES: &str = "entities/examples.toml";

/// Above this share of random texts that pass, a value alone is no more than possible.
const WEAK: f64 = 0.001;

/// The tables, as Rust.
#[derive(Default)]
struct Tables {
    listed: String,
    forms: String,
    /// What is seen at the first digit of what is written in some form, and whether it is sure enough alone.
    looks: Vec<(Look, bool)>,
    form_count: usize,
    tokens: Vec<(u64, String)>,
    keyed: String,
    keyed_count: usize,
    examples: String,
    /// Key, first word, further words, entity.
    keywords: Vec<(u64, String, Vec<String>, usize)>,
    /// The same of those that longer words count for too.
    open: Vec<(u64, String, Vec<String>, usize)>,
}

fn main() -> std::process::ExitCode {
    println!("cargo::rerun-if-changed=src/form.rs");
    println!("cargo::rerun-if-changed=src/filter.rs");
    println!("cargo::rerun-if-changed=src/ways.rs");
    RULES.iter().for_each(|folder| println!("cargo::rerun-if-changed={folder}"));
    match make() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={error}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn make() -> Result<(), Box<dyn std::error::Error>> {
    let files = files("entities", "toml")?;
    let mut tables = Tables::default();
    let mut names = Vec::new();
    for file in files.iter().filter(|file| *file != Path::new(EXAMPLES)) {
        let shown = file.display();
        let read: File =
            toml::from_str(&std::fs::read_to_string(file)?).map_err(|error| format!("{shown}: {error}"))?;
        for (name, value) in read.entity {
            let wrong = |error: String| format!("{shown}, entity {name}: {error}");
            let entity = value.try_into().map_err(|error| wrong(error.to_string()))?;
            tables.entity(names.len(), &name, &entity).map_err(wrong)?;
            names.push(name);
        }
    }
    let read: Examples =
        toml::from_str(&std::fs::read_to_string(EXAMPLES)?).map_err(|error| format!("{EXAMPLES}: {error}"))?;
    for example in &read.example {
        tables.example(&names, example).map_err(|error| format!("{EXAMPLES}, {}: {error}", example.entity))?;
    }
    let out = std::env::var_os("OUT_DIR").ok_or("a build script runs in a build")?;
    let version = format!("{}+rules.{:08x}", std::env::var("CARGO_PKG_VERSION")?, digest()?);
    let text = format!("pub(crate) const VERSION: &str = {version:?};\n{}", tables.write());
    Ok(std::fs::write(Path::new(&out).join("tables.rs"), text)?)
}

/// Files of a folder, by name.
fn files(folder: &str, extension: &str) -> std::io::Result<Vec<PathBuf>> {
    let files = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files: Vec<PathBuf> = files.collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|of| of == extension));
    files.sort();
    Ok(files)
}

/// A short digest of the rules: names and texts of all files, whatever ends their lines. It tells versions apart, and is no seal.
fn digest() -> std::io::Result<u32> {
    // FNV-1a: equal on all machines and with all compilers.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |text: &[u8]| {
        let bytes = text.iter().filter(|byte| **byte != b'\r').chain(&[0]);
        bytes.for_each(|byte| hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    };
    for folder in RULES {
        for file in files(folder, "toml")?.into_iter().chain(files(folder, "rs")?) {
            add(file.file_name().unwrap_or_default().as_encoded_bytes());
            add(&std::fs::read(&file)?);
        }
    }
    Ok((hash ^ hash >> 32) as u32)
}

impl Tables {
    fn entity(&mut self, number: usize, name: &str, entity: &Entity) -> Result<(), String> {
        let sets = sets(name, &entity.sets);
        for word in &entity.keywords {
            self.keyword(word, number)?;
        }
        let forms = self.form_count;
        for form in &entity.forms {
            self.form(number, form, entity)?;
        }
        for token in &entity.tokens {
            self.token(number, token)?;
        }
        let keyed = self.keyed_count;
        for one in &entity.keyed {
            self.keyed(number, one)?;
        }
        let ways = [
            entity.find.is_some(),
            !entity.forms.is_empty(),
            !entity.tokens.is_empty() || !entity.keyed.is_empty(),
            !entity.references.is_empty(),
        ];
        if ways.into_iter().filter(|way| *way).count() != 1 {
            return Err("one of `find`, `forms`, `tokens` or `keyed`, and `references` says how it is found".into());
        }
        if entity.examples.is_empty() || entity.counter_examples.is_empty() {
            return Err("examples and counter-examples are needed".into());
        }
        let find = match &entity.find {
            Some(find) => format!("Some(&crate::entities::{find})"),
            None => "None".into(),
        };
        let proves = entity.tokens.iter().any(|token| token.check.is_some());
        let weak = entity.is_weak();
        writeln!(
            self.listed,
            "    Listed {{ name: {name:?}, sets: &{sets:?}, title: {:?}, against: &{:?}, find: {find}, forms: {forms}..{}, \
             keyed: {keyed}..{}, weak: {weak}, proves: {proves}, reference: {}, entropy: {:?}, #[cfg(test)] told: crate::tables::Told {{ \
             source: {:?}, acceptance: {:?}, references: &{:?}, examples: &{:?}, counter_examples: &{:?} }} }},",
            entity.title,
            entity.against,
            self.form_count,
            self.keyed_count,
            !entity.references.is_empty(),
            entity.entropy,
            entity.source,
            entity.acceptance.unwrap_or(1.0),
            entity.references,
            entity.examples,
            entity.counter_examples,
        )
        .map_err(|error| error.to_string())
    }

    fn example(&mut self, names: &[String], example: &Example) -> Result<(), String> {
        let Example { entity, source, written, plain, texts, others } = example;
        let number = names.iter().position(|name| name == entity).ok_or("there is no such entity")?;
        let capital = |pattern: &&String| pattern.chars().any(|c| c.is_ascii_uppercase());
        if let Some(pattern) = written.iter().chain(plain).find(capital) {
            return Err(format!("{pattern:?} has capitals, and matches none"));
        }
        writeln!(
            self.examples,
            "    Example {{ entity: {number}, written: &{written:?}, plain: &{plain:?}, #[cfg(test)] told: crate::examples::Told {{ \
             source: {source:?}, texts: &{texts:?}, others: &{others:?} }} }},"
        )
        .map_err(|error| error.to_string())
    }

    fn keyword(&mut self, text: &str, entity: usize) -> Result<(), String> {
        ways(text).iter().try_for_each(|way| self.word(way, entity))
    }

    fn word(&mut self, text: &str, entity: usize) -> Result<(), String> {
        let word = |c: char| c.is_alphanumeric() || !c.is_ascii() || c == '*';
        // A word is of letters: `icd10` is two.
        let mut parted = String::new();
        for c in text.chars() {
            let turns = parted.chars().last().is_some_and(|last| last.is_ascii_digit() != c.is_ascii_digit());
            parted.extend(turns.then_some(' ').into_iter().chain([c]));
        }
        let mut words = parted.split(|c| !word(c)).filter(|word| !word.is_empty()).map(str::to_owned);
        let first = words.next().ok_or_else(|| format!("the keyword {text:?} has no word"))?;
        let open = first.ends_with('*');
        let first = first.trim_end_matches('*').to_owned();
        if open && first.len() < 4 {
            return Err(format!("the keyword {text:?} is too short for words that begin so"));
        }
        let (key, rest) = (key(first.as_bytes()), words.collect());
        if open {
            self.open.push((key & u64::from(u32::MAX), first, rest, entity));
        } else {
            self.keywords.push((key, first, rest, entity));
        }
        Ok(())
    }

    fn form(&mut self, entity: usize, text: &str, of: &Entity) -> Result<(), String> {
        let form = Form::parse(text).ok_or_else(|| format!("{text:?} is no form"))?;
        let check = of.check.as_ref().map_or("None".to_owned(), |check| format!("Some(crate::checks::{check})"));
        self.form_count += 1;
        let strong = !of.is_weak();
        self.looks.extend(form.looks().into_iter().map(|look| (look, strong)));
        writeln!(self.forms, "    Written {{ form: {form:?}, check: {check}, entity: {entity} }},")
            .map_err(|error| error.to_string())
    }

    fn token(&mut self, entity: usize, token: &Token) -> Result<(), String> {
        // Looked for at the beginnings of words.
        let signs = token.prefix.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(token.prefix.len());
        let (lead, prefix) = token.prefix.split_at(signs);
        let [one, two, three, ..] = *prefix.as_bytes() else {
            return Err(format!(
                "the prefix {:?} has fewer than three characters from a letter or digit on",
                token.prefix
            ));
        };
        let key = u64::from(u32::from_le_bytes([one, two, three, 0]));
        let shape = shape(entity, (prefix, &token.body, token.length), &token.tail, token.check.as_ref())?;
        let before = match &token.before {
            None => "None".to_owned(),
            Some(ahead) => {
                let (least, most) = ahead.length.bounds();
                format!("Some(Ahead {{ body: {:#x}, least: {least}, most: {most} }})", charset(&ahead.body)?)
            }
        };
        self.tokens.push((key, format!("Token {{ key: {key:#x}, lead: {lead:?}, before: {before}, shape: {shape} }}")));
        Ok(())
    }

    fn keyed(&mut self, entity: usize, keyed: &Keyed) -> Result<(), String> {
        for word in &keyed.words {
            self.keyword(word, entity)?;
        }
        self.keyed_count += 1;
        let shape = shape(entity, (&keyed.prefix, &keyed.body, keyed.length), &keyed.tail, keyed.check.as_ref())?;
        writeln!(self.keyed, "    {shape},").map_err(|error| error.to_string())
    }

    fn write(mut self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "pub(crate) static LISTED: &[Listed] = &[\n{}];", self.listed);
        let _ = writeln!(text, "pub(crate) static WRITTEN: &[Written] = &[\n{}];", self.forms);
        let _ = writeln!(text, "pub(crate) static KEYED: &[Shape] = &[\n{}];", self.keyed);
        let _ = writeln!(text, "pub(crate) static EXAMPLES: &[Example] = &[\n{}];", self.examples);
        let tokens = std::mem::take(&mut self.tokens);
        let proven = tokens.iter().filter(|(_, row)| !row.contains("check: None")).cloned().collect();
        table(&mut text, "TOKENS", "Token", tokens);
        table(&mut text, "PROVEN", "Token", proven);
        let of = |strong: bool| self.looks.iter().filter(move |look| look.1 | !strong).map(|look| look.0);
        let _ = writeln!(text, "pub(crate) static LOOKS: Looks = {};", looks(of(false)));
        let _ = writeln!(text, "pub(crate) static LOOKS_ALONE: Looks = {};", looks(of(true)));
        let begins = self.keywords.iter().chain(&self.open).map(|(key, ..)| key & u64::from(u32::MAX));
        let _ = writeln!(text, "pub(crate) static BEGINS: Filter = {};", filter(begins));
        for (name, rows) in [("KEYWORDS", self.keywords), ("OPENS", self.open)] {
            let mut thens = BTreeMap::<u64, u64>::new();
            for (key, _, rest, _) in &rows {
                *thens.entry(*key).or_default() |= rest.first().map_or(0, |next| follows(next.as_bytes()[0]));
            }
            let row = |(key, word, rest, entity)| {
                let then = thens[&key];
                let row = format!(
                    "Keyword {{ key: {key:#x}, word: {word:?}, rest: &{rest:?}, then: {then:#x}, entity: {entity} }}"
                );
                (key, row)
            };
            table(&mut text, name, "Keyword", rows.into_iter().map(row).collect());
        }
        text
    }
}

/// Rows by key: the rows sorted, where those of each bucket begin, and a filter of all keys.
fn table(text: &mut String, name: &str, row: &str, mut rows: Vec<(u64, String)>) {
    rows.sort_by(|one, other| (mixed(one.0), &one.1).cmp(&(mixed(other.0), &other.1)));
    rows.dedup();
    let begin = |bucket_of: usize| rows.partition_point(|(key, _)| bucket(mixed(*key)) < bucket_of);
    let index: Vec<usize> = (0..=1 << INDEX_BITS).map(begin).collect();
    let filter = filter(rows.iter().map(|(key, _)| *key));
    let list: String = rows.iter().map(|(_, row)| format!("    {row},\n")).collect();
    let _ = writeln!(
        text,
        "pub(crate) static {name}: Table<{row}> = Table {{\n    filter: {filter},\n    index: {index:?},\n    rows: &[\n{list}],\n}};"
    );
}

/// A filter of keys, as Rust.
fn filter(keys: impl Iterator<Item = u64>) -> String {
    let mut bits = vec![0_u64; 1 << (FILTER_BITS - 6)];
    keys.map(|key| slot(mixed(key))).for_each(|slot| bits[slot >> 6] |= 1 << (slot & 63));
    format!("Filter({bits:?})")
}

/// All that may be seen, as Rust.
fn looks(looks: impl Iterator<Item = Look>) -> String {
    let mut words = vec![0; SEEN];
    let mut rows = vec![[0_u64; MOST_AHEAD + 1]];
    for Look { word, ahead, next } in looks.filter(|look| look.ahead <= MOST_AHEAD) {
        let row = &mut words[word.number()];
        if *row == 0 {
            *row = rows.len();
            rows.push([0; MOST_AHEAD + 1]);
        }
        rows[*row][ahead] |= next.bit();
    }
    format!("Looks {{ words: {words:?}, rows: &{rows:?} }}")
}

/// What a token is made of, as Rust.
fn shape(
    entity: usize,
    (prefix, body, length): (&str, &str, Length),
    tail: &[Tail],
    check: Option<&String>,
) -> Result<String, String> {
    let part = |literal: &str, body: &str, length: Length| {
        let (least, most) = length.bounds();
        let class = if body.is_empty() && most == 0 { 0 } else { charset(body)? };
        Ok::<_, String>(format!("Part {{ literal: {literal:?}, body: {class:#x}, least: {least}, most: {most} }}"))
    };
    let head = part(prefix, body, length)?;
    let tail = tail.iter().map(|tail| part(&tail.literal, &tail.body, tail.length)).collect::<Result<Vec<_>, _>>()?;
    let check = check.map_or("None".to_owned(), |check| format!("Some(crate::checks::{check})"));
    Ok(format!("Shape {{ head: {head}, tail: &[{}], check: {check}, entity: {entity} }}", tail.join(", ")))
}

/// Sets an entity is in: those of its file and those of its name (`national.de.tax-id`: `national`, `national.de`).
fn sets(name: &str, more: &[String]) -> Vec<String> {
    let mut sets: Vec<String> = more.to_vec();
    let dots = name.match_indices('.').map(|(at, _)| name[..at].to_owned());
    sets.extend(dots);
    sets.sort();
    sets.dedup();
    sets
}

/// Bytes of a class as written between brackets: `A-Za-z0-9_-`.
fn charset(text: &str) -> Result<u128, String> {
    let bytes = text.as_bytes();
    let (mut set, mut at) = (0_u128, 0);
    while let Some(&from) = bytes.get(at) {
        let to = match (bytes.get(at + 1), bytes.get(at + 2)) {
            (Some(b'-'), Some(&to)) => {
                at += 2;
                to
            }
            _ => from,
        };
        if !from.is_ascii() || !to.is_ascii() || from > to {
            return Err(format!("{text:?} is no class of ASCII characters"));
        }
        (from..=to).for_each(|byte| set |= 1 << byte);
        at += 1;
    }
    if set == 0 { Err("an empty class".into()) } else { Ok(set) }
}

/// The first eight bytes of a word, letters without case, zero where it is shorter; as `context.rs` reads them.
fn key(word: &[u8]) -> u64 {
    (0..).zip(word.iter().take(8)).fold(0, |key, (place, byte)| key | u64::from(byte | 0x20) << (8 * place))
}

include!("src/filter.rs");
include!("src/ways.rs");
