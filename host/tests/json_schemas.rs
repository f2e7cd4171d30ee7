//! LAW (JSON Schemas): `docs/schemas` says of each kind of file what its reader asks for: all that ships is valid, and what has an
//! unknown key or a wrong type is not. `TAMIS_WRITE_PAGES=1 cargo test -p tamis --test json_schemas` writes them anew.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use boon::{Compiler, SchemaIndex, Schemas};
use common::given::shipped;
use common::repository;
use serde_json::{Value, json};
use tamis::officer::json_schema::json_schema;
use tamis::policy::syntax::{self, Bundle, FileKind, Notes, render};

/// A kind of file, or the configuration (`None`): the name of its schema, and its title.
const KINDS: [(&str, Option<FileKind>, &str); 8] = [
    ("categories", Some(FileKind::Categories), "categories.toml: what a value and an event is"),
    ("treatments", Some(FileKind::Treatments), "treatments.toml: what may be done"),
    ("schema-map", Some(FileKind::Schema), "schemas/NAME.toml: which field is what"),
    ("layer", Some(FileKind::Layer), "Rules: base, jurisdictions, sectors, tenants"),
    ("evidence", Some(FileKind::Evidence), "NAME.evidence.toml: what opens"),
    ("lists", Some(FileKind::Lists), "NAME.lists.toml: secret words"),
    ("test", Some(FileKind::Test), "NAME.test.toml: what a file promises"),
    ("tamis", None, "tamis.toml: the configuration of `tamis run`"),
];

/// All files below a folder, in order.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn kind_of(folder: &Path, path: &Path) -> Option<FileKind> {
    FileKind::of(path.strip_prefix(folder).ok()?.to_str()?)
}

/// Files of one kind that ship and in which nothing is wrong.
fn files(kind: Option<FileKind>) -> Vec<PathBuf> {
    let root = repository();
    let is_toml = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "toml");
    match kind {
        None => {
            ["deploy/examples", "docs/adapters"].iter().flat_map(|at| walk(&root.join(at))).filter(is_toml).collect()
        }
        Some(kind) => ["policies", "tests/broken/common"]
            .iter()
            .map(|at| root.join(at))
            .flat_map(|folder| walk(&folder).into_iter().filter(move |path| kind_of(&folder, path) == Some(kind)))
            .collect(),
    }
}

/// What the readers ask for, seen on all that ships and on a sample of what nothing that ships has.
fn schema(name: &str, kind: Option<FileKind>, title: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let is_sample = |path: &PathBuf| {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        stem == name || stem.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
    };
    let samples = walk(&folder).into_iter().filter(is_sample);
    let (mut bundle, notes, mut problems) = (Bundle::new(), Notes::default(), Vec::new());
    for path in files(kind).into_iter().chain(samples) {
        let mut text = std::fs::read_to_string(&path).unwrap();
        if path.ends_with("samples/layer.toml") {
            text.push_str(&treatments());
        }
        let file = bundle.add(path.display().to_string(), text);
        match kind {
            Some(kind) => drop(syntax::note(&bundle, file, kind, &notes, &mut problems)),
            None => drop(tamis::config::read_noted(&bundle, file, Some(&notes), &mut problems)),
        }
    }
    assert!(problems.is_empty(), "\n{}", render(&bundle, &problems, false));
    let missing = |keys: Vec<String>| panic!("tests/samples/{name}.toml has to show {keys:#?}");
    json_schema(notes, title, &shipped()).unwrap_or_else(missing)
}

/// `[treatment]` of a layer may have all that `treatments.toml` may.
fn treatments() -> String {
    let shipped = std::fs::read_to_string(repository().join("policies/treatments.toml")).unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/treatments.toml");
    format!("{shipped}{}", std::fs::read_to_string(sample).unwrap()).replace("\nrevision = 1\n", "\n")
}

/// TOML as editors hand it to a schema: days are texts.
fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::Datetime(day) => json!(day.to_string()),
        toml::Value::Array(all) => all.iter().map(json).collect(),
        toml::Value::Table(all) => Value::Object(all.iter().map(|(key, value)| (key.clone(), json(value))).collect()),
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(flag) => json!(flag),
    }
}

struct Written {
    schemas: Schemas,
    indexes: Vec<SchemaIndex>,
}

impl Written {
    fn read() -> Self {
        renewed();
        let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
        let mut index = |name: &str| {
            let path = repository().join("docs/schemas").join(format!("{name}.json"));
            let value: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            compiler.add_resource(name, value).unwrap();
            compiler.compile(name, &mut schemas).unwrap_or_else(|error| panic!("{name}: {error:#}"))
        };
        let indexes = KINDS.iter().map(|(name, ..)| index(name)).collect();
        Self { schemas, indexes }
    }

    fn refusal(&self, kind: Option<FileKind>, text: &str) -> Option<String> {
        let at = KINDS.iter().position(|(_, of, _)| *of == kind).unwrap();
        let value = json(&toml::Value::Table(text.parse().unwrap()));
        self.schemas.validate(&value, self.indexes[at]).err().map(|error| format!("{error:#}"))
    }
}

/// Each schema by its file: what it should say. Written first where that is asked for.
fn renewed() -> &'static Vec<(PathBuf, String)> {
    static SCHEMAS: OnceLock<Vec<(PathBuf, String)>> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        let folder = repository().join("docs/schemas");
        let text = |kind: &(&str, Option<FileKind>, &str)| {
            let text = format!("{}\n", serde_json::to_string_pretty(&schema(kind.0, kind.1, kind.2)).unwrap());
            (folder.join(format!("{}.json", kind.0)), text)
        };
        let all: Vec<_> = KINDS.iter().map(text).collect();
        if std::env::var_os("TAMIS_WRITE_PAGES").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            all.iter().for_each(|(path, text)| std::fs::write(path, text).unwrap());
        }
        all
    })
}

#[test]
fn schemas_say_what_readers_ask_for() {
    let folder = repository().join("docs/schemas");
    let again = "renew them: TAMIS_WRITE_PAGES=1 cargo test -p tamis --test json_schemas";
    let mut expected = BTreeSet::new();
    for (path, text) in renewed() {
        assert!(
            std::fs::read_to_string(path).unwrap_or_default() == *text,
            "{} is not current; {again}",
            path.display()
        );
        expected.insert(path.clone());
    }
    assert_eq!(walk(&folder).into_iter().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn all_that_ships_is_valid() {
    let written = Written::read();
    let mut seen = 0;
    for (_, kind, _) in KINDS {
        for path in files(kind) {
            let refusal = written.refusal(kind, &std::fs::read_to_string(&path).unwrap());
            assert!(refusal.is_none(), "{}: {}", path.display(), refusal.unwrap_or_default());
            seen += 1;
        }
    }
    assert!(seen > 150, "{seen} files");
}

/// Codes of shape that a schema sees. Not P0008: editors hand over a day as its text, with or without quotes.
const SEEN: [&str; 8] = ["P0003", "P0004", "P0005", "P0006", "P0007", "P0011", "P0013", "P0151"];

#[test]
fn broken_shapes_are_refused() {
    let (written, folder) = (Written::read(), repository().join("tests/broken"));
    let mut refused = BTreeSet::new();
    for path in walk(&folder) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.parent() != Some(&folder) || path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let case: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let code = case["found"][0]["code"].as_str().unwrap().to_owned();
        let file = case["found"][0]["file"].as_str().unwrap();
        let Some(kind) = FileKind::of(file) else { continue };
        if !SEEN.contains(&code.as_str()) {
            continue;
        }
        let mut text = std::fs::read_to_string(folder.join("common").join(file)).unwrap_or_default();
        for change in case["change"].as_array().unwrap().iter().filter(|change| change["file"].as_str() == Some(file)) {
            let said = |key: &str| change.get(key).map(|text| text.as_str().unwrap().trim_end_matches('\n'));
            text = match (said("replace"), said("append"), said("text")) {
                (Some(old), ..) => text.replacen(old, said("with").unwrap(), 1),
                (_, Some(more), _) => format!("{text}\n{more}\n"),
                (_, _, whole) => format!("{}\n", whole.unwrap()),
            };
        }
        assert!(written.refusal(Some(kind), &text).is_some(), "{name} is valid");
        refused.insert(code);
    }
    assert_eq!(refused.iter().map(String::as_str).collect::<Vec<_>>(), SEEN);
}

#[test]
fn configurations_with_slips_are_refused() {
    let written = Written::read();
    let text = std::fs::read_to_string(repository().join("deploy/examples/vector.toml")).unwrap();
    assert!(written.refusal(None, &text).is_none());
    for (good, bad) in [
        ("client-ca", "client_ca"),
        ("answer = \"20 s\"", "answers = \"20 s\""),
        ("type   = \"http\"\nlisten", "type   = \"https\"\nlisten"),
        ("key = \"file:/run/secrets/tamis-ledger\"", "key = \"0123\""),
        ("required = false", "required = \"no\""),
        ("version = 1", ""),
    ] {
        assert!(text.contains(good), "{good}");
        assert!(written.refusal(None, &text.replacen(good, bad, 1)).is_some(), "{bad} is valid");
    }
}

/// `.taplo.toml` leads an editor from each file to the schema of its kind, and to no other.
#[test]
fn editors_find_the_schema_of_each_file() {
    let config: toml::Table = std::fs::read_to_string(repository().join(".taplo.toml")).unwrap().parse().unwrap();
    let globs = |rule: &toml::Value, key: &str| -> Vec<glob::Pattern> {
        let listed = rule.get(key).and_then(toml::Value::as_array).into_iter().flatten();
        listed.map(|text| glob::Pattern::new(text.as_str().unwrap()).unwrap()).collect()
    };
    for (name, kind, _) in KINDS {
        for path in files(kind).into_iter().filter(|path| !path.to_string_lossy().contains("tests/broken")) {
            let path = path.canonicalize().unwrap();
            let has = |all: Vec<glob::Pattern>| all.iter().any(|glob| glob.matches_path(&path));
            let rules = config["rule"].as_array().unwrap().iter();
            let found: Vec<_> = rules
                .filter(|rule| has(globs(rule, "include")) && !has(globs(rule, "exclude")))
                .map(|rule| rule["schema"]["path"].as_str().unwrap())
                .collect();
            assert_eq!(found, [format!("./docs/schemas/{name}.json")], "{}", path.display());
        }
    }
}

/// Words of a library are offered with what is said of them, and one's own pass.
#[test]
fn names_are_listed_and_own_ones_pass() {
    let (written, layer) = (Written::read(), Some(FileKind::Layer));
    let text = std::fs::read_to_string(repository().join("docs/schemas/layer.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let treatment = &schema["definitions"]["treatment"]["anyOf"][0];
    let at = treatment["enum"].as_array().unwrap().iter().position(|name| name == "keep").unwrap();
    assert_eq!(treatment["x-taplo"]["docs"]["enumValues"][at], "kept as it is");
    let rule = schema["properties"]["rule"]["patternProperties"].as_object().unwrap().values().next().unwrap();
    assert_eq!(rule["properties"]["id.email"]["description"], "E-mail address or sign-in name of a person");
    let tenant = std::fs::read_to_string(repository().join("policies/tenants/example-de.toml")).unwrap();
    let rule = "\n[rule.own]\nbecause = \"A test.\"\ncite = \"kbv-9\"\n";
    for (row, passes) in [
        ("\"own.thing\" = \"redact-own\"", true),
        ("\"own.*\" = { security = \"keep\", otherwise = [\"a\", \"b\"] }", true),
        ("\"own\" = \"drop\"", false),
        ("\"own.thing\" = \"Drop\"", false),
        ("\"own.thing\" = true", false),
        ("when.attributable = \"yes\"\n\"own.thing\" = \"drop\"", false),
    ] {
        assert_eq!(written.refusal(layer, &format!("{tenant}{rule}{row}\n")).is_none(), passes, "{row}");
    }
}
