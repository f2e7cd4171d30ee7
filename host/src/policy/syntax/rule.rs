//! `[rule.NAME]`: conditions and what is done.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::name;
use super::problems::{Problems, nearest};
use super::reader::Reader;
use super::treatment;
use super::value::{Item, owned};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{ByPurpose, FailureRule, OnFailure, Role, Row, Rule, Spanned, Text, When};

/// Roles as rules and lists write them.
const ROLES: [(&str, Role); 3] = [("actor", Role::Actor), ("owner", Role::Owner), ("target", Role::Target)];

/// Reads one rule.
pub(super) fn rule(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Rule> {
    let good = name::simple(table.name(), "a rule", p);
    let name = owned(table.name());
    let reason = table.reason(p);
    let fact = fact(&mut table, p);
    let when = when(&mut table, p);
    let event = table.take("event", p);
    let suppress = event.as_ref().and_then(|item| item.choice(&[("suppress", ())], p)).map(|word| word.span);
    let mut rows = Vec::new();
    let items = table.quoted_rest(p);
    for item in &items {
        // A word without a dot is no category: a slip in one of the rule's own keys is more likely.
        if !item.key.contains('.') && nearest(&item.key, table.asked().iter().copied()).is_some() {
            table.unknown(&item.key, p);
        } else if name::dotted(&item.key, "category", true, p) {
            rows.extend(by_purpose(item, p).map(|what| Row { category: owned(&item.key), what }));
        }
    }
    if items.is_empty() && event.is_none() {
        let help = "add a row such as \"id.email\" = \"drop\", or event = \"suppress\"";
        p.push(Diagnostic::error("P0159", "this rule does nothing", name.span, "").help(help));
    }
    good.then_some(Rule { name, reason, fact, when, suppress, rows })
}

/// `if = "fact"`.
pub(super) fn fact(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<Text> {
    table.take("if", p).and_then(|item| item.filled(p)).filter(|fact| name::simple(fact, "a fact", p))
}

/// `[failure]`: what becomes of values that no step could treat.
pub(super) fn failure(mut table: Reader<'_>, p: &mut Problems<'_>) -> FailureRule {
    let name = owned(table.name());
    let reason = table.reason(p);
    let otherwise = table.take("otherwise", p);
    let items = table.quoted_rest(p);
    if otherwise.is_none() && items.is_empty() {
        let help = "say what becomes of values that could not be treated: otherwise = \"drop\"";
        p.push(Diagnostic::error("P0159", "this rule does nothing", name.span, "").help(help));
    }
    let otherwise = otherwise.and_then(|item| on_failure(&item, p));
    let mut rows = Vec::new();
    for item in &items {
        if !item.key.contains('.') {
            table.unknown(&item.key, p);
        } else if name::dotted(&item.key, "category", true, p) {
            rows.extend(on_failure(item, p).map(|what| (owned(&item.key), what)));
        }
    }
    FailureRule { name, reason, rows, otherwise }
}

/// A word, or `{ replace = constant }`.
fn on_failure(item: &Item<'_>, p: &mut Problems<'_>) -> Option<OnFailure> {
    if let DeValue::Table(_) = item.value {
        let mut table = item.table(p)?;
        let with = table.need("replace", p).and_then(|with| treatment::constant(&with, p));
        table.finish(p);
        return with.map(OnFailure::Replace);
    }
    let words = [OnFailure::Null, OnFailure::Drop, OnFailure::Quarantine, OnFailure::Stop];
    let known = [("null", 0), ("drop", 1), ("quarantine", 2), ("stop", 3)];
    let chosen = item.choice(&known, p)?;
    words.into_iter().nth(chosen.value)
}

/// A treatment, a list of treatments, or a table by purpose.
fn by_purpose(item: &Item<'_>, p: &mut Problems<'_>) -> Option<ByPurpose> {
    let DeValue::Table(_) = item.value else {
        let otherwise = treatments(item, p)?;
        return Some(ByPurpose { named: BTreeMap::new(), otherwise: Some(otherwise), purposes: Vec::new() });
    };
    let mut table = item.table(p)?;
    let otherwise = table.take("otherwise", p).and_then(|item| treatments(&item, p));
    let (mut named, mut purposes) = (BTreeMap::new(), Vec::new());
    for item in table.rest(p) {
        if name::simple(&item.key, "a purpose", p)
            && let Some(treatments) = treatments(&item, p)
        {
            purposes.push(owned(&item.key));
            named.insert(item.key.value.into_owned(), treatments);
        }
    }
    if named.is_empty() && otherwise.is_none() && table.rest(p).is_empty() {
        p.push(Diagnostic::error("P0014", format!("{} has no treatment", p.quote(&item.key)), item.span, ""));
        return None;
    }
    Some(ByPurpose { named, otherwise, purposes })
}

fn treatments(item: &Item<'_>, p: &mut Problems<'_>) -> Option<Vec<Text>> {
    if !matches!(item.value, DeValue::String(_) | DeValue::Array(_)) {
        item.mismatch("a treatment or a list of treatments", p);
        return None;
    }
    if matches!(item.value, DeValue::Array(list) if list.is_empty()) {
        let help = "to pass a value on whole, write \"keep\"";
        p.push(
            Diagnostic::error("P0014", format!("{} has no treatment", p.quote(&item.key)), item.span, "").help(help),
        );
        return None;
    }
    let names = name::simple_all(item.texts(p), "a treatment", p);
    (!names.is_empty()).then_some(names)
}

/// The conditions of a rule, a limit or a floor: `when.*`.
pub(super) fn when(table: &mut Reader<'_>, p: &mut Problems<'_>) -> When {
    let Some(mut table) = table.table("when", p) else { return When::default() };
    let when = When {
        kind: name::dotted_all(some(&mut table, "kind", p), "kind", true, p),
        system: some(&mut table, "system", p),
        purpose: name::simple_all(some(&mut table, "purpose", p), "a purpose", p),
        role: roles(&mut table, "role", p),
        attributable: table.flag("attributable", p),
        outside_hours: table.flag("outside-hours", p),
        listed: name::simple_all(some(&mut table, "listed", p), "a list", p),
        equals: compared(&mut table, "equals", p),
        matches: compared(&mut table, "matches", p),
    };
    table.finish(p);
    when
}

/// Texts under a key that, where it stands, must name one: an empty condition would hold for nothing or for all.
fn some(table: &mut Reader<'_>, key: &'static str, p: &mut Problems<'_>) -> Vec<Text> {
    let Some(item) = table.take(key, p) else { return Vec::new() };
    if matches!(item.value, DeValue::Array(list) if list.is_empty()) {
        let help = "leave the condition out, or name what it is about";
        p.push(Diagnostic::error("P0014", format!("{} is empty", p.quote(key)), item.span, "").help(help));
    }
    item.texts(p)
}

/// Roles: `actor`, `owner`, `target`.
pub(super) fn roles(table: &mut Reader<'_>, key: &'static str, p: &mut Problems<'_>) -> Vec<Spanned<Role>> {
    table.take(key, p).map_or_else(Vec::new, |item| item.choices("a role", &ROLES, p))
}

/// `equals = { "category" = values }`.
fn compared(table: &mut Reader<'_>, key: &'static str, p: &mut Problems<'_>) -> Vec<(Text, Vec<String>)> {
    let Some(table) = table.table(key, p) else { return Vec::new() };
    table.quoted_rest(p).into_iter().map(|item| (owned(&item.key), item.patterns(p))).collect()
}
