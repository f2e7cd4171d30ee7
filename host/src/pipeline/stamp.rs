//! `--stamp`: what an event says about how it was treated, as its last member `@tamis`.

use serde_json::{Map, Value, json};

use crate::policy::{HowLong, Resolver, Table};

/// The member's name.
pub const MEMBER: &str = "@tamis";

#[derive(Debug)]
pub(super) struct Stamps {
    on: bool,
    /// The member of the last event: neighbours are often alike. (plan, table) and its text.
    last: Option<((u32, u32), String)>,
}

impl Stamps {
    pub(super) fn new(on: bool) -> Self {
        Self { on, last: None }
    }

    /// Whether events are stamped.
    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    /// Adds the stamp to the event that `out` ends with. Tamis asks; the store deletes.
    pub(super) fn write(&mut self, resolver: &Resolver, (plan, table): (u32, u32), out: &mut Vec<u8>) {
        if !self.on || out.last() != Some(&b'}') {
            return;
        }
        let last = self.last.take().filter(|(of, _)| *of == (plan, table));
        let (_, member) = self.last.insert(last.unwrap_or_else(|| ((plan, table), member(resolver, plan, table))));
        out.pop();
        // Blanks may stand before the brace: `{ }` has no member either.
        while out.last().is_some_and(u8::is_ascii_whitespace) {
            out.pop();
        }
        let separator = if out.last() == Some(&b'{') { "" } else { "," };
        out.extend_from_slice(separator.as_bytes());
        out.extend_from_slice(member.as_bytes());
        out.push(b'}');
    }
}

fn member(resolver: &Resolver, plan: u32, table: u32) -> String {
    let (plan, table): (_, &Table) = (resolver.plan(plan), resolver.table(table));
    let scope = &plan.scope;
    let mut retention = Map::new();
    let HowLong { at_most, at_least, at_hand } = &table.how_long;
    for (name, text) in [("at-most", at_most), ("at-least", at_least), ("at-hand", at_hand)] {
        retention.extend(text.as_ref().map(|text| (name.to_owned(), json!(text))));
    }
    if !plan.holds.is_empty() {
        retention.insert("held-by".into(), json!(plan.holds));
    }
    let mut stamp = Map::new();
    stamp.insert("policy".into(), json!(scope.policy));
    stamp.insert("revision".into(), json!(scope.revision));
    // The one that agreements, notices and releases name; that of the plan covers evidence, lists and the day as well.
    stamp.insert("digest".into(), json!(plan.rules_digest()));
    stamp.insert("plan".into(), json!(plan.digest));
    if !plan.with.is_empty() {
        stamp.insert("with".into(), json!(plan.with));
    }
    stamp.insert("on".into(), json!(scope.on.to_string()));
    stamp.insert("purpose".into(), json!(scope.purpose));
    stamp.insert("retention".into(), Value::Object(retention));
    format!("\"{MEMBER}\":{}", Value::Object(stamp))
}
