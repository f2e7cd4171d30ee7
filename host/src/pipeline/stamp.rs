//! `--stamp`: what an event says about how it was treated, as its last member `@tamis`.

use serde_json::{Map, Value, json};

use crate::policy::{Plan, Table};

/// The member's name.
pub const MEMBER: &str = "@tamis";

#[derive(Debug)]
pub(super) struct Stamps {
    fixed: Option<Map<String, Value>>,
}

impl Stamps {
    pub(super) fn new(plan: &Plan, on: bool) -> Self {
        let fixed = || {
            let scope = &plan.scope;
            let mut stamp = Map::new();
            stamp.insert("policy".into(), json!(scope.policy));
            stamp.insert("revision".into(), json!(scope.revision));
            stamp.insert("digest".into(), json!(plan.digest));
            stamp.insert("on".into(), json!(scope.on.to_string()));
            stamp.insert("purpose".into(), json!(scope.purpose));
            stamp
        };
        Self { fixed: on.then(fixed) }
    }

    /// Adds the stamp to the event that `out` ends with. Tamis asks; the store deletes.
    pub(super) fn write(&self, table: &Table, out: &mut Vec<u8>) {
        let Some(fixed) = &self.fixed else { return };
        if out.last() != Some(&b'}') {
            return;
        }
        let mut stamp = fixed.clone();
        let mut retention = Map::new();
        retention.extend(table.at_most.as_ref().map(|t| ("at-most".to_owned(), json!(t))));
        retention.extend(table.at_least.as_ref().map(|t| ("at-least".to_owned(), json!(t))));
        stamp.insert("retention".into(), Value::Object(retention));
        out.pop();
        // Blanks may stand before the brace: `{ }` has no member either.
        while out.last().is_some_and(u8::is_ascii_whitespace) {
            out.pop();
        }
        let separator = if out.last() == Some(&b'{') { "" } else { "," };
        out.extend_from_slice(format!("{separator}\"{MEMBER}\":{}}}", Value::Object(stamp)).as_bytes());
    }
}
