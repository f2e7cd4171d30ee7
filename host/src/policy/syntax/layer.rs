//! Files of rules: `base/`, `jurisdictions/`, `sectors/`, `tenants/`.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::name;
use super::notes::Kind;
use super::owed;
use super::plugin;
use super::problems::Problems;
use super::reader::Reader;
use super::rule;
use super::schema;
use super::tenant;
use super::treatment;
use super::value::owned;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{
    Attributable, Classify, Date, Entity, Fact, Gate, KnownBy, Law, Layer, Level, List, Reason, Retention, Review,
    Schemas, Spanned, Text,
};

const LEVELS: [(&str, Level); 4] = [
    ("base", Level::Base),
    ("jurisdiction", Level::Jurisdiction),
    ("sector", Level::Sector),
    ("tenant", Level::Tenant),
];

const SURE: [(&str, &str); 3] = [("high", "high"), ("medium", "medium"), ("low", "low")];
const SEEN: [(&str, &str); 3] = [("text", "text"), ("secondary", "secondary"), ("memory", "memory")];
const ANSWERS: [(&str, bool); 2] = [("yes", true), ("no", false)];

/// `[policy]`.
struct Head {
    id: Option<Text>,
    title: String,
    level: Option<Level>,
    inherits: Option<Text>,
    revision: u32,
    in_force: Option<Spanned<Date>>,
    owner: Option<String>,
    guard: Option<Spanned<bool>>,
}

/// Reads the file.
pub(super) fn file(mut root: Reader<'_>, p: &mut Problems<'_>) -> Option<Layer> {
    let head = root.need("policy", p).and_then(|item| item.table(p)).map(|table| head(table, p));
    let review = root.table("review", p).map(|table| review(table, p));
    let laws = laws(&mut root, p);
    let treatments = treatment::treatments(&mut root, p);
    let rules = root.tables("rule", p).into_iter().filter_map(|t| rule::rule(t, p)).collect();
    let failure = root.table("failure", p).map(|t| rule::failure(t, p));
    let lists = root.tables("list", p).into_iter().filter_map(|t| list(t, p)).collect();
    let gates = root.tables("gate", p).into_iter().filter_map(|t| gate(t, p)).collect();
    let facts = root.tables("fact", p).into_iter().filter_map(|t| fact(t, p)).collect();
    let purposes = root.table("purposes", p).map(|table| purposes(table, p));
    let retention = root.tables("retention", p).into_iter().map(|t| retention(t, p)).collect();
    let attributable = root.tables("attributable", p).into_iter().map(|t| attributable(t, p)).collect();
    let notices = root.tables("notice", p).into_iter().filter_map(|t| owed::notice(t, p)).collect();
    let obligations = root.tables("obligation", p).into_iter().filter_map(|t| owed::obligation(t, p)).collect();
    let entities = entities(&mut root, p);
    let plugins = root.tables("plugin", p).into_iter().filter_map(|t| plugin::plugin(t, p)).collect();
    let hours = root.table("hours", p).and_then(|t| tenant::hours(t, p));
    let codes = root.table("codes", p).map(|t| tenant::codes(t, p));
    let escrow = root.table("escrow", p).map(|t| tenant::escrow(t, p));
    let officers = root.table("officers", p).map_or_else(BTreeMap::new, |t| tenant::officers(t, p));
    let workforce = root.tables("workforce", p).into_iter().map(|t| tenant::workforce(t, p)).collect();
    let schemas = root.table("schemas", p).map_or_else(Schemas::default, |t| tenant::schemas(t, p));
    let classify: Vec<Classify> =
        root.tables("classify", p).into_iter().filter_map(|t| schema::classify(t, p)).collect();
    let (about, recipient_purposes) = tenant::about(&mut root, p);
    root.finish(p);
    let head = head?;
    if let Some(first) = classify.first().filter(|_| head.level.is_some_and(|level| level != Level::Tenant)) {
        let help = format!("what every tenant gets stands in schemas/{}.toml", first.map.value);
        p.push(Diagnostic::error("P0162", "only a tenant classifies fields", first.map.span, "").help(help));
    }
    Some(Layer {
        id: head.id?,
        title: head.title,
        level: head.level?,
        inherits: head.inherits,
        revision: head.revision,
        in_force: head.in_force,
        owner: head.owner,
        guard: head.guard,
        review,
        laws,
        treatments,
        rules,
        failure,
        lists,
        gates,
        facts,
        purposes,
        retention,
        attributable,
        notices,
        obligations,
        entities,
        plugins,
        hours,
        codes,
        escrow,
        officers,
        workforce,
        schemas,
        classify,
        about,
        recipient_purposes,
    })
}

fn head(mut table: Reader<'_>, p: &mut Problems<'_>) -> Head {
    let inherits = table.take("inherits", p);
    let head = Head {
        id: table.need_text("id", p).filter(|id| name::simple(id, "a layer", p)),
        title: table.need_text("title", p).map_or_else(String::new, |t| t.value),
        level: table.need("layer", p).and_then(|item| item.choice(&LEVELS, p)).map(|l| l.value),
        inherits: inherits.as_ref().and_then(|item| item.filled(p)).filter(|id| name::simple(id, "a layer", p)),
        revision: table.revision(p),
        in_force: table.date("in-force", p),
        owner: table.text("owner", p).map(|t| t.value),
        guard: table.flag("guard", p),
    };
    if let (Some(item), Some(Level::Base)) = (inherits, head.level) {
        let help = "leave `inherits` out: everything stands on the base";
        p.push(Diagnostic::error("P0160", "the base inherits from nobody", item.key.span, "").help(help));
    }
    table.finish(p);
    head
}

fn review(mut table: Reader<'_>, p: &mut Problems<'_>) -> Review {
    let by = table.need("by", p).and_then(|item| item.text(p));
    let by = by.unwrap_or_else(|| Spanned { value: String::new(), span: table.at() });
    let on = table.take("on", p).and_then(|item| match item.value {
        DeValue::String(text) if text.is_empty() => {
            p.note_kind(item.node, || Kind::Empty);
            Some(String::new())
        }
        _ => item.date(p).map(|d| d.value.to_string()),
    });
    let law_as_of = table.date("law-as-of", p).map(|d| d.value);
    table.finish(p);
    Review { by, on: on.unwrap_or_default(), law_as_of }
}

fn laws(root: &mut Reader<'_>, p: &mut Problems<'_>) -> BTreeMap<String, Law> {
    let mut laws = BTreeMap::new();
    for mut table in root.tables("law", p) {
        name::simple(table.name(), "a law", p);
        let cite = table.need_text("cite", p);
        let sure = table.need("sure", p).and_then(|item| item.choice(&SURE, p));
        let seen = table.need("seen", p).and_then(|item| item.choice(&SEEN, p));
        let from = table.date("from", p).map(|d| d.value);
        let (name, span) = (table.name().value.clone().into_owned(), table.name().span);
        table.finish(p);
        // Known by its name also where something is missing: that was said.
        let law = Law {
            cite: cite.unwrap_or(Spanned { value: String::new(), span }),
            sure: sure.map_or("low", |s| s.value).to_owned(),
            seen: seen.map_or("memory", |s| s.value).to_owned(),
            from,
        };
        laws.insert(name, law);
    }
    laws
}

fn list(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<List> {
    let good = name::simple(table.name(), "a list", p);
    let name = owned(table.name());
    let look_in = name::dotted_all(table.texts("look-in", p), "category", true, p);
    let about = rule::roles(&mut table, "about", p);
    let words = table.take("words", p);
    let secret = table.flag("secret", p);
    let held_by = table.text("held-by", p).map(|t| t.value);
    let if_empty = table.choice("if-empty", &[("closed", true), ("open", false)], p);
    if look_in.is_empty() && about.is_empty() {
        let help = "say where its words are looked for: look-in = [\"channel.name\"], or about = [\"owner\"]";
        p.push(Diagnostic::error("P0551", "this list looks nowhere", name.span, "").help(help));
    }
    let is_secret = secret.as_ref().is_some_and(|s| s.value);
    match (&words, &secret) {
        (Some(words), Some(secret)) if secret.value => {
            let problem = Diagnostic::error("P0552", "a secret list has no words here", words.key.span, "");
            p.push(problem.and(secret.span, "").help("its words belong into NAME.lists.toml, sealed"));
        }
        (None, _) if !is_secret => {
            let help = "write words = [\"…\"], or secret = true and held-by";
            p.push(Diagnostic::error("P0552", "this list has no words", name.span, "").help(help));
        }
        _ => {}
    }
    if is_secret && held_by.as_ref().is_none_or(|who| who.trim().is_empty()) {
        let help = "name the body that holds it: held-by = \"works council\"";
        p.push(
            Diagnostic::error("P0004", "a secret list is held by somebody", name.span, "`held-by` is missing")
                .help(help),
        );
    }
    let words = words.map_or_else(Vec::new, |item| item.texts(p));
    table.finish(p);
    let closed_if_empty = if_empty.is_some_and(|c| c.value);
    good.then_some(List { name, look_in, about, words, secret: is_secret, held_by, closed_if_empty })
}

fn gate(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Gate> {
    let good = name::simple(table.name(), "a gate", p);
    let purposes = name::simple_all(table.texts("for", p), "a purpose", p);
    let fact = rule::fact(&mut table, p);
    let ask = name::simple_all(table.need_texts("ask", p), "a question", p);
    let or = name::simple_all(table.texts("or", p), "a fact or gate", p);
    let consults = table.flag("consults", p).is_some_and(|said| said.value);
    let reason = table.reason(p);
    let name = owned(table.name());
    table.finish(p);
    good.then_some(Gate { name, purposes, fact, ask, or, consults, reason })
}

fn fact(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Fact> {
    let good = name::simple(table.name(), "a fact", p);
    let ask = table.need_text("ask", p).map_or_else(String::new, |t| t.value);
    let unknown = table.need("unknown", p).and_then(|item| item.choice(&ANSWERS, p));
    let cite = table.need_texts("cite", p);
    let name = owned(table.name());
    table.finish(p);
    good.then_some(Fact { name, ask, unknown: unknown.is_none_or(|u| u.value), cite })
}

fn purposes(mut table: Reader<'_>, p: &mut Problems<'_>) -> (Vec<Text>, Reason) {
    let allow = table.need("allow", p).map_or_else(Vec::new, |item| item.texts(p));
    let allow = name::simple_all(allow, "a purpose", p);
    let reason = table.reason(p);
    table.finish(p);
    (allow, reason)
}

fn retention(mut table: Reader<'_>, p: &mut Problems<'_>) -> Retention {
    name::simple(table.name(), "a limit", p);
    let retention = Retention {
        name: owned(table.name()),
        fact: rule::fact(&mut table, p),
        when: rule::when(&mut table, p),
        at_most: table.duration("at-most", p),
        at_least: table.duration("at-least", p),
        at_hand: table.duration("at-hand", p),
        reason: table.reason(p),
    };
    let stated = [&retention.at_most, &retention.at_least, &retention.at_hand];
    let written = table.asked().iter().filter(|key| key.starts_with("at-")).any(|key| table.has(key));
    if stated.iter().all(|d| d.is_none()) && !written {
        let help = "say at-most, at-least or at-hand, for example at-most = \"90 days\"";
        p.push(Diagnostic::error("P0351", "this limits nothing", retention.name.span, "").help(help));
    }
    if let (Some(most), Some(least)) = (&retention.at_most, &retention.at_least)
        && least.days > most.days
    {
        let problem = Diagnostic::error("P0352", "kept at least longer than at most", least.span, "at least this long");
        p.push(problem.and(most.span, "at most this long"));
    }
    table.finish(p);
    retention
}

fn attributable(mut table: Reader<'_>, p: &mut Problems<'_>) -> Attributable {
    name::simple(table.name(), "a floor", p);
    let attributable = Attributable {
        name: owned(table.name()),
        fact: rule::fact(&mut table, p),
        when: rule::when(&mut table, p),
        show: name::dotted_all(table.need_texts("show", p), "category", true, p),
        reason: table.reason(p),
    };
    table.finish(p);
    attributable
}

fn entities(root: &mut Reader<'_>, p: &mut Problems<'_>) -> Vec<Entity> {
    let Some(item) = root.take("entity", p) else { return Vec::new() };
    let DeValue::Array(_) = item.value else {
        item.mismatch("a list of tables, written [[entity]]", p);
        return Vec::new();
    };
    p.note(|notes| notes.only_list(item.node));
    let tables: Vec<_> = item.elements(p).iter().filter_map(|e| e.table(p)).collect();
    tables.into_iter().filter_map(|table| entity(table, p)).collect()
}

fn entity(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Entity> {
    let name = table.need_text("name", p).filter(|name| name::dotted(name, "entity", false, p));
    let by = known_by(&mut table, p);
    let is_list = matches!(by, Some(KnownBy::List(_)));
    let title = if is_list { table.text("title", p) } else { table.need_text("title", p) };
    let title = title.map_or_else(String::new, |t| t.value);
    let mut texts = |key: &'static str| if is_list { table.texts(key, p) } else { table.need_texts(key, p) };
    let (sets, examples) = (texts("sets"), texts("examples"));
    let keywords = table.texts("keywords", p).into_iter().map(|t| t.value).collect();
    let counter_examples = table.texts("counter-examples", p);
    table.finish(p);
    Some(Entity { name: name?, title, sets, by: by?, keywords, examples, counter_examples })
}

/// `pattern`, or `list`.
fn known_by(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<KnownBy> {
    let Some(list) = table.take("list", p) else { return table.need_text("pattern", p).map(KnownBy::Pattern) };
    if let Some(pattern) = table.take("pattern", p) {
        let problem = Diagnostic::error("P0553", "an entity is known by a pattern or by a list", list.key.span, "");
        p.push(problem.and(pattern.key.span, "and by this").help("make two entities of it, in one set"));
    }
    list.filled(p).filter(|list| name::simple(list, "a list", p)).map(KnownBy::List)
}
