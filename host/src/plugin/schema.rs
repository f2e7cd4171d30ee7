//! Settings schemas: JSON Schema (2020-12) from a guest, so hostile until checked.
//!
//! The host runs a guest's schema over the operator's settings. What could make that endless or enormous is refused:
//! references out of the document, references that come back to themselves, and references that multiply.

use boon::{Compiler, SchemaIndex, Schemas, UrlLoader};
use serde_json::Value;
use std::collections::HashMap;
use std::error::Error;
use std::fmt;

/// Size of a schema, in bytes.
const BYTES: usize = 256 << 10;
/// Subschemas that are visited for one value when every reference is followed.
const UNFOLDED: u64 = 100_000;
/// Levels that subschemas nest, references followed: validation recurses on the caller's stack.
const DEPTH: usize = 128;
/// Where the schema stands while it is compiled; nothing is fetched from there.
const PLACE: &str = "tamis:settings";

/// A compiled settings schema.
pub(super) struct Schema {
    schemas: Schemas,
    root: SchemaIndex,
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Schema")
    }
}

impl Schema {
    /// Compiles a guest's schema.
    ///
    /// # Errors
    /// What is wrong, continuing "its settings schema …".
    pub(super) fn compile(text: &str) -> Result<Schema, String> {
        if text.len() > BYTES {
            return Err(format!("is longer than {BYTES} bytes"));
        }
        let value: Value = serde_json::from_str(text)
            .map_err(|e| format!("is not JSON (line {}, column {})", e.line(), e.column()))?;
        Unfolding { root: &value, done: HashMap::new() }.size(&value, 0)?;
        let mut compiler = Compiler::new();
        compiler.use_loader(Box::new(NoLoader));
        let mut schemas = Schemas::new();
        compiler.add_resource(PLACE, value).map_err(|_| "is not a JSON Schema of draft 2020-12".to_owned())?;
        let root = compiler
            .compile(PLACE, &mut schemas)
            .map_err(|_| "is not a valid JSON Schema of draft 2020-12: check it against its metaschema".to_owned())?;
        Ok(Schema { schemas, root })
    }

    /// Checks settings.
    ///
    /// # Errors
    /// Where they do not fit: a JSON pointer and what is expected, one line each, at most 16.
    pub(super) fn check(&self, settings: &Value) -> Result<(), Vec<String>> {
        let Err(error) = self.schemas.validate(settings, self.root) else { return Ok(()) };
        let mut lines = Vec::new();
        let mut open = vec![&error];
        while let Some(error) = open.pop() {
            if error.causes.is_empty() && lines.len() < 16 {
                let at = error.instance_location.to_string();
                lines.push(format!("{}: {}", if at.is_empty() { "/" } else { &at }, error.kind));
            }
            open.extend(error.causes.iter().rev());
        }
        Err(lines)
    }
}

struct NoLoader;

impl UrlLoader for NoLoader {
    fn load(&self, _url: &str) -> Result<Value, Box<dyn Error>> {
        Err("a settings schema may not refer to another document".into())
    }
}

/// Counts the subschemas behind a schema, and how deep they nest, following `$ref` into `#/$defs/`.
struct Unfolding<'v> {
    root: &'v Value,
    /// `None` while a definition is being counted: meeting it again is a circle.
    done: HashMap<&'v str, Option<Size>>,
}

#[derive(Clone, Copy)]
struct Size {
    count: u64,
    height: usize,
}

impl<'v> Unfolding<'v> {
    /// The size of `value`, which stands `depth` levels below the root.
    fn size(&mut self, value: &'v Value, depth: usize) -> Result<Size, String> {
        let deep = || Err(format!("nests more than {DEPTH} levels deep, references followed"));
        if depth > DEPTH {
            return deep();
        }
        let mut whole = Size { count: 1, height: 0 };
        let mut add = |part: Size| {
            whole.count = whole.count.saturating_add(part.count);
            whole.height = whole.height.max(part.height + 1);
        };
        match value {
            Value::Array(items) => {
                for item in items {
                    add(self.size(item, depth + 1)?);
                }
            }
            Value::Object(members) => {
                for (key, member) in members {
                    match key.as_str() {
                        // Those of the root are counted where they are referred to; no others can be.
                        "$defs" if depth == 0 => {}
                        "$ref" => add(self.reference(member, depth + 1)?),
                        "$dynamicRef" | "$recursiveRef" | "$id" | "$anchor" | "$dynamicAnchor" => {
                            return Err(format!("uses `{key}`: refer to `#/$defs/NAME` with `$ref` only"));
                        }
                        _ => add(self.size(member, depth + 1)?),
                    }
                }
            }
            _ => {}
        }
        if whole.count > UNFOLDED {
            return Err(format!("unfolds to more than {UNFOLDED} subschemas"));
        }
        if depth + whole.height > DEPTH { deep() } else { Ok(whole) }
    }

    fn reference(&mut self, target: &'v Value, depth: usize) -> Result<Size, String> {
        let outside = || {
            "has a `$ref` that is not `#/$defs/NAME` (letters, digits, `_`, `-`) of a definition at its root".to_owned()
        };
        let name = target.as_str().and_then(|t| t.strip_prefix("#/$defs/")).ok_or_else(outside)?;
        // Nothing that is escaped in a pointer or a URL: the name is the definition's key, letter by letter.
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
            return Err(outside());
        }
        match self.done.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err("refers to itself: unroll it".to_owned()),
            None => {}
        }
        let definition = self.root.get("$defs").and_then(|defs| defs.get(name)).ok_or_else(outside)?;
        self.done.insert(name, None);
        let size = self.size(definition, depth)?;
        self.done.insert(name, Some(size));
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_are_held_against_the_schema() {
        let schema = json!({
            "type": "object", "required": ["fields"], "additionalProperties": false,
            "properties": {"fields": {"type": "array", "items": {"$ref": "#/$defs/field"}}},
            "$defs": {"field": {"type": "object", "properties": {"first": {"type": "integer", "minimum": 0}}}},
        });
        let schema = Schema::compile(&schema.to_string()).unwrap();
        assert_eq!(schema.check(&json!({"fields": [{"first": 4}]})), Ok(()));
        let wrong = schema.check(&json!({"fields": [{"first": 1}, {"first": -1}]})).unwrap_err();
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].starts_with("/fields/1/first"), "{wrong:?}");
        assert!(schema.check(&json!({})).is_err());
    }

    #[test]
    fn a_schema_cannot_make_the_host_run_away() {
        let mut doubling = json!({"allOf": [{"$ref": "#/$defs/d0"}], "$defs": {"d40": true}});
        for level in 0..40 {
            let next = format!("#/$defs/d{}", level + 1);
            doubling["$defs"][format!("d{level}")] = json!({"allOf": [{"$ref": next}, {"$ref": next}]});
        }
        let mut chain = json!({"$ref": "#/$defs/c0", "$defs": {"c5000": true}});
        for level in 0..5000 {
            chain["$defs"][format!("c{level}")] = json!({"$ref": format!("#/$defs/c{}", level + 1)});
        }
        for hostile in [
            json!({"$ref": "#"}),
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}),
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"items": {"$ref": "#/$defs/b"}}, "b": {"$ref": "#/$defs/a"}}}),
            json!({"$ref": "file:///etc/hostname"}),
            json!({"$ref": "https://example.com/schema"}),
            json!({"$dynamicRef": "#x"}),
            json!({"$schema": "https://example.com/draft"}),
            json!({"type": "nonsense"}),
            json!({"pattern": "("}),
            doubling,
            chain,
            json!({"properties": {"$defs": {"$ref": "#"}}}),
            json!({"$ref": "#/$defs/a~1b", "$defs": {"a~1b": true, "a/b": {"$ref": "#/$defs/a~1b"}}}),
        ] {
            assert!(Schema::compile(&hostile.to_string()).is_err(), "{hostile}");
        }
        assert!(Schema::compile("{").is_err());
        assert!(Schema::compile(&"[".repeat(100_000)).is_err());
    }
}
