//! JSON Schemas of the files of the language (draft 7), for editors that complete and check TOML with them (Taplo).
//!
//! A schema says what the readers of [`syntax`](crate::policy::syntax) were seen to ask for, with the words of a library and what is
//! said of them there. It sees the shape of one file: what names refer to, and what belongs together, is told by `tamis check`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::policy::Library;
use crate::policy::document::Level;
use crate::policy::syntax::{Form, Keys, Kind, Node, Notes, Place, ROOT};

/// Small letters, digits and hyphens.
const WORD: &str = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";

/// The schema of the files that were noted.
///
/// # Errors
///
/// Keys that were asked for and of which no file showed what they may be, as `table.key`.
pub fn json_schema(notes: Notes, title: &str, library: &Library) -> Result<Value, Vec<String>> {
    let mut writer =
        Writer { places: notes.into_places(), words: words(library), definitions: Map::new(), missing: Vec::new() };
    let root = writer.place(ROOT, "");
    if !writer.missing.is_empty() {
        return Err(writer.missing);
    }
    let mut schema = json!({ "$schema": "http://json-schema.org/draft-07/schema#", "title": title });
    if let (Value::Object(schema), Value::Object(root)) = (&mut schema, root) {
        schema.extend(root);
        writer.definitions.sort_keys();
        schema.insert("definitions".to_owned(), Value::Object(writer.definitions));
    }
    Ok(schema)
}

/// Names that are known, and what is said of each; by what messages call them.
type Words = BTreeMap<&'static str, Vec<(String, String)>>;

fn words(library: &Library) -> Words {
    let words = &library.categories;
    let categories = words.categories.iter().map(|(name, one)| (name.clone(), one.title.value.clone()));
    let kinds = words.kinds.iter().map(|(name, title)| (name.clone(), title.value.clone()));
    let treatments = library.treatments.iter().map(|(name, one)| (name.clone(), one.says.clone()));
    let maps = library.maps.all().iter().map(|map| (map.head.id.value.clone(), map.head.title.clone()));
    let packs = |level: Level| {
        let layers = library.layers.values().filter(move |layer| layer.level == level);
        layers.map(|layer| (layer.id.value.clone(), layer.title.clone())).collect::<Vec<_>>()
    };
    let (jurisdictions, sectors) = (packs(Level::Jurisdiction), packs(Level::Sector));
    let mut purposes: Vec<_> = library
        .layers
        .values()
        .filter(|layer| layer.level != Level::Tenant)
        .filter_map(|layer| layer.purposes.as_ref())
        .flat_map(|(allow, _)| allow.iter().map(|purpose| (purpose.value.clone(), String::new())))
        .collect();
    purposes.sort();
    purposes.dedup();
    BTreeMap::from([
        ("a layer", [packs(Level::Base), jurisdictions.clone(), sectors.clone()].concat()),
        ("a jurisdiction", jurisdictions),
        ("a purpose", purposes),
        ("a schema map", maps.collect()),
        ("a sector", sectors),
        ("a treatment", treatments.collect()),
        ("category", categories.collect()),
        ("kind", kinds.collect()),
    ])
}

struct Writer {
    places: Vec<Place>,
    words: Words,
    definitions: Map<String, Value>,
    missing: Vec<String>,
}

impl Writer {
    /// What may stand at a place; `at` names it.
    fn place(&mut self, node: Node, at: &str) -> Value {
        let Place { kinds, forms, element, is_list, table, .. } = std::mem::take(&mut self.places[node]);
        let mut any: Vec<Value> = forms.iter().map(|form| self.form(form)).collect();
        let has_words = kinds.iter().any(|kind| matches!(kind, Kind::Words(_)));
        for kind in &kinds {
            match kind {
                // Forms and words say it more exactly.
                Kind::Text | Kind::Filled if has_words || !forms.is_empty() => {}
                Kind::Filled if kinds.contains(&Kind::Text) => {}
                kind => any.push(of_kind(kind)),
            }
        }
        if let Some(element) = element {
            let of = self.place(element, at);
            let list = json!({ "type": "array", "items": of });
            if !is_list {
                any.push(of);
            }
            any.push(list);
        }
        any.extend(table.filter(|table| table.read > 0).map(|table| self.table(table, at)));
        let mut flat: Vec<Value> = Vec::new();
        for one in any {
            let inner = one.as_object().filter(|one| one.len() == 1).and_then(|one| one.get("anyOf")?.as_array());
            for one in inner.cloned().unwrap_or_else(|| vec![one]) {
                if !flat.contains(&one) {
                    flat.push(one);
                }
            }
        }
        match flat.len() {
            0 => {
                self.missing.push(at.to_owned());
                Value::Bool(false)
            }
            1 => flat.remove(0),
            _ => json!({ "anyOf": flat }),
        }
    }

    fn is_shown(&self, node: Node) -> bool {
        let place = &self.places[node];
        !place.kinds.is_empty() || place.element.is_some() || place.table.as_ref().is_some_and(|table| table.read > 0)
    }

    fn table(&mut self, mut keys: Keys, at: &str) -> Value {
        let sorts = std::mem::take(&mut keys.sorts);
        let (properties, required) = self.named(&keys, at);
        let mut of_sort: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for ((key, word), node) in sorts {
            let Some(table) = self.places[node].table.take() else { continue };
            let at = join(at, &word);
            let (mut own, mut needed) = self.named(&table, &at);
            for (name, value) in &properties {
                own.entry(name.clone()).or_insert_with(|| value.clone());
            }
            own.insert(key.clone(), json!({ "const": word }));
            needed.extend(required.iter().cloned());
            of_sort.entry(key).or_default().push(self.object(table, own, needed, &at));
        }
        match of_sort.into_values().next() {
            Some(sorts) => json!({ "oneOf": sorts }),
            None => self.object(keys, properties, required, at),
        }
    }

    /// Keys that are asked for by name, and those of them that have to be there.
    fn named(&mut self, keys: &Keys, at: &str) -> (Map<String, Value>, Vec<Value>) {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for (key, (node, needed)) in &keys.named {
            properties.insert(key.clone(), self.place(*node, &join(at, key)));
            if *needed >= keys.read {
                required.push(json!(key));
            }
        }
        (properties, required)
    }

    fn object(&mut self, keys: Keys, mut properties: Map<String, Value>, required: Vec<Value>, at: &str) -> Value {
        let mut patterns = Map::new();
        for (pattern, node) in keys.apart {
            let value = self.place(node, &join(at, &pattern));
            match exact(&pattern) {
                Some(key) => drop(properties.insert(key, value)),
                None => drop(patterns.insert(pattern, value)),
            }
        }
        let (mut others, mut names) = (Value::Bool(false), Vec::new());
        if let Some(rest) = keys.rest.filter(|rest| self.is_shown(*rest)) {
            others = self.place(rest, &join(at, "*"));
            if keys.rest_forms.iter().any(|form| !self.known_keys(form).is_empty()) {
                others = self.define(&join(at, "*"), others);
            }
            for form in &keys.rest_forms {
                for (key, says) in self.known_keys(form) {
                    let described = json!({ "description": says, "allOf": [others] });
                    properties.entry(key).or_insert(if says.is_empty() { others.clone() } else { described });
                }
            }
            // Keys that are asked for by name have the form of a name, too; editors word an unknown key better without `propertyNames`.
            let is_apart =
                |form: &Form| matches!(form, Form::Dotted(..)) || keys.named.is_empty() && patterns.is_empty();
            if !keys.rest_forms.is_empty() && keys.rest_forms.iter().all(is_apart) {
                let of_form = keys.rest_forms.iter().map(|form| (pattern(form), others.clone()));
                patterns.extend(of_form);
                others = Value::Bool(false);
            } else {
                names.extend(keys.rest_forms.iter().map(|form| json!({ "pattern": pattern(form) })));
            }
        }
        let mut schema = json!({ "type": "object" });
        if !names.is_empty() {
            let known: Vec<_> = properties.keys().collect();
            names.extend((!known.is_empty()).then(|| json!({ "enum": known })));
            names.extend(patterns.keys().map(|apart| json!({ "pattern": apart })));
            schema["propertyNames"] = json!({ "anyOf": names });
        }
        if !properties.is_empty() {
            schema["properties"] = Value::Object(properties);
        }
        if !patterns.is_empty() {
            schema["patternProperties"] = Value::Object(patterns);
        }
        if !required.is_empty() {
            schema["required"] = Value::Array(required);
        }
        schema["additionalProperties"] = others;
        schema
    }

    /// A name for what many keys have.
    fn define(&mut self, at: &str, value: Value) -> Value {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-.*".contains(c) { c } else { '_' };
        let name: String = at.chars().map(plain).collect();
        self.definitions.insert(name.clone(), value);
        json!({ "$ref": format!("#/definitions/{name}") })
    }

    /// Keys of this form that are known.
    fn known_keys(&self, form: &Form) -> Vec<(String, String)> {
        match form {
            // A name that is given here is new.
            Form::Simple(what) if !matches!(what.as_str(), "a purpose" | "a schema map") => Vec::new(),
            _ => self.known(form),
        }
    }

    /// Names of this form that are known, with what is said of them.
    fn known(&self, form: &Form) -> Vec<(String, String)> {
        let (what, family) = match form {
            Form::Simple(what) => (what, false),
            Form::Dotted(what, family) => (what, *family),
            Form::Reference | Form::Pattern(_) => return Vec::new(),
        };
        let mut known = self.words.get(what.as_str()).cloned().unwrap_or_default();
        if family {
            let mut families: Vec<_> = known.iter().filter_map(|(name, _)| name.split_once('.')).collect();
            families.sort_unstable();
            families.dedup_by_key(|(family, _)| *family);
            let families: Vec<_> = families.iter().map(|(family, _)| (format!("{family}.*"), String::new())).collect();
            known.extend(families);
        }
        known
    }

    /// A text of this form: what is known, or a name of one's own.
    fn form(&mut self, form: &Form) -> Value {
        let known = self.known(form);
        let own = json!({ "type": "string", "pattern": pattern(form) });
        if known.is_empty() {
            return own;
        }
        let name = match form {
            Form::Dotted(what, true) => format!("{what}-or-family"),
            Form::Dotted(what, false) | Form::Simple(what) => what.trim_start_matches("a ").replace(' ', "-"),
            Form::Reference | Form::Pattern(_) => return own,
        };
        let names: Vec<_> = known.iter().map(|(name, _)| name.as_str()).collect();
        let says: Vec<_> = known.iter().map(|(_, says)| Some(says).filter(|says| !says.is_empty())).collect();
        let mut listed = json!({ "enum": names });
        if says.iter().any(Option::is_some) {
            listed["x-taplo"] = json!({ "docs": { "enumValues": says } });
        }
        self.definitions.insert(name.clone(), json!({ "anyOf": [listed, own] }));
        json!({ "$ref": format!("#/definitions/{name}") })
    }
}

fn join(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

/// The only key that a regular expression matches, where it is one.
fn exact(pattern: &str) -> Option<String> {
    let key = pattern.strip_prefix('^')?.strip_suffix('$')?.replace("[.]", ".");
    key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)).then_some(key)
}

fn pattern(form: &Form) -> String {
    match form {
        Form::Simple(_) => format!("^{WORD}$"),
        Form::Dotted(_, false) => format!("^{WORD}([.]{WORD})+$"),
        Form::Dotted(_, true) => format!("^{WORD}(([.]{WORD})+|([.]{WORD})*[.][*])$"),
        Form::Reference => format!("^{WORD}[.]{WORD}$"),
        Form::Pattern(pattern) => pattern.clone(),
    }
}

fn of_kind(kind: &Kind) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Filled => json!({ "type": "string", "minLength": 1 }),
        Kind::Empty => json!({ "const": "" }),
        Kind::Words(words) => json!({ "enum": words }),
        Kind::Count(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Integer => json!({ "type": "integer" }),
        Kind::Flag => json!({ "type": "boolean" }),
        // Editors hand over a day as its text.
        Kind::Day => json!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        Kind::Duration => json!({ "type": "string", "pattern": "^[0-9]+ (day|week|month|year)s?$" }),
        Kind::List => json!({ "type": "array" }),
        Kind::Table => json!({ "type": "object" }),
    }
}
