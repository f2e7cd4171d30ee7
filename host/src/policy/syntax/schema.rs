//! `schemas/NAME.toml`: which field is what.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

use super::Bundle;
use super::name;
use super::notes::{Form, Kind};
use super::problems::{Problems, meant, nearest, one_of};
use super::reader::Reader;
use super::value::{Item, Key, owned};
use crate::event::{Pattern, Template};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{
    Classify, EventKind, Field, FileId, Inside, InsideForm, Line, Reason, Recognise, Role, SchemaHead, SchemaMap,
    Spanned, Text, Variant,
};
use crate::policy::maps::folded;

/// Where the parts of an envelope are found: below this key.
const ENVELOPE: &str = "@envelope";

const FORMS: [(&str, InsideForm); 5] = [
    ("json", InsideForm::Json),
    ("key=value", InsideForm::KeyValue),
    ("url", InsideForm::Url),
    ("query", InsideForm::Query),
    ("lines", InsideForm::Lines),
];

/// The sections that name fields of persons.
const ROLES: [(&str, Role); 3] = [("actor", Role::Actor), ("owner", Role::Owner), ("target", Role::Target)];

/// Reads the file.
pub(super) fn file(mut root: Reader<'_>, p: &mut Problems<'_>) -> Option<(SchemaHead, SchemaMap)> {
    let head = header(&mut root, p);
    let fields = fields(&mut root, p);
    let keys = root.table("keys", p).map_or_else(Vec::new, |t| classified(&t, Role::None, p));
    let events = root.table("events", p).map_or_else(Vec::new, |t| events(&t, p));
    let variants: Vec<Variant> = root.tables("variant", p).into_iter().map(|t| variant(t, p)).collect();
    let inside = root.table("inside", p).map_or_else(Vec::new, |t| insides(&t, p));
    let lines: Vec<Line> = root.tables("line", p).into_iter().filter_map(|t| line(t, p)).collect();
    root.finish(p);
    check_inside(&fields, &inside, &lines, p);
    check_tested(&events, &variants, &inside, p);
    Some((head?, SchemaMap { fields, keys, events, variants, inside, lines }))
}

/// Reads `[schema]` and nothing below it, of a file in which nothing is wrong and `[schema]` comes first.
pub(super) fn head(bundle: &Bundle, file: FileId) -> Option<SchemaHead> {
    let text = bundle.text(file);
    let start = text.find("[schema]")?;
    let end = text[start..].find("\n[").map_or(text.len(), |below| start + below);
    let (root, _) = DeTable::parse_recoverable(&text[..end]);
    let mut nothing = Vec::new();
    let mut p = Problems::new(bundle, file, &mut nothing);
    header(&mut Reader::root(root.get_ref(), &p), &mut p)
}

fn header(root: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<SchemaHead> {
    let mut head = root.need("schema", p)?.table(p)?;
    let id = head.need_text("id", p).filter(|id| name::simple(id, "a schema map", p));
    let title = head.need_text("title", p).map_or_else(String::new, |t| t.value);
    let revision = head.revision(p);
    let source = head.text("source", p).map(|t| t.value);
    let ignore_case = head.flag("ignore-case", p).is_some_and(|f| f.value);
    let opt_in = head.flag("opt-in", p).is_some_and(|f| f.value);
    let priority = head.count("priority", 0..=1_000_000, p).map_or(100, |n| n.value);
    let tests = if opt_in { head.take("recognise", p) } else { head.need("recognise", p) };
    let recognise = tests.map_or_else(Vec::new, |item| recognise(&item, p));
    head.finish(p);
    Some(SchemaHead { id: id?, title, revision, source, recognise, ignore_case, opt_in, priority })
}

/// A list of tests that must all hold, or a list of such lists.
fn recognise(item: &Item<'_>, p: &mut Problems<'_>) -> Vec<Vec<Spanned<Recognise>>> {
    let elements = item.elements(p);
    let nested = elements.iter().filter(|e| matches!(e.value, DeValue::Array(_))).count();
    if elements.is_empty() {
        p.push(Diagnostic::error("P0014", "`recognise` is empty", item.span, ""));
    }
    let all = |list: &Item<'_>, p: &mut Problems<'_>| -> Vec<Spanned<Recognise>> {
        let texts = list.texts(p);
        if texts.is_empty() && matches!(list.value, DeValue::Array(l) if l.is_empty()) {
            p.push(Diagnostic::error("P0014", "this list is empty: it would hold for every event", list.span, ""));
        }
        texts.iter().filter_map(|text| recognise_one(text, p)).collect()
    };
    if nested == 0 {
        return vec![if elements.is_empty() { Vec::new() } else { all(item, p) }];
    }
    if nested < elements.len() {
        let help = "write a list of texts (all hold), or a list of lists (one of them holds)";
        p.push(Diagnostic::error("P0251", "`recognise` mixes texts and lists", item.span, "").help(help));
    }
    elements.iter().filter(|e| matches!(e.value, DeValue::Array(_))).map(|list| all(list, p)).collect()
}

/// `path`, `!path`, `path = glob | glob`.
fn recognise_one(text: &Text, p: &mut Problems<'_>) -> Option<Spanned<Recognise>> {
    let (absent, rest) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text.value.as_str()),
    };
    let (path, globs) = match equals_sign(rest) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let path = path.trim();
    let globs: Vec<String> = globs.into_iter().flat_map(|g| g.split('|')).map(|g| g.trim().to_owned()).collect();
    let wrong = if path.is_empty() {
        Some("a test needs a path")
    } else if absent && !globs.is_empty() {
        Some("what is absent has no value")
    } else if globs.iter().any(String::is_empty) {
        Some("one of the values is empty")
    } else {
        None
    };
    if let Some(wrong) = wrong {
        let help = "write \"path\", \"!path\", \"path = glob\" or \"path = glob | glob\"";
        p.push(Diagnostic::error("P0251", wrong, text.span, "").help(help));
        return None;
    }
    let at = text.find(path).unwrap_or(0);
    check_path(&Spanned { value: path.to_owned(), span: p.within(text, at..at + path.len()) }, p);
    Some(Spanned { value: Recognise { path: path.to_owned(), absent, globs }, span: text.span })
}

/// The first `=` that is not inside `[Name=…]` or quotes.
fn equals_sign(text: &str) -> Option<usize> {
    let (mut quoted, mut bracket) = (false, false);
    text.char_indices().find_map(|(at, c)| {
        match c {
            '\'' => quoted = !quoted,
            '[' if !quoted => bracket = true,
            ']' if !quoted => bracket = false,
            '=' if !quoted && !bracket => return Some(at),
            _ => {}
        }
        None
    })
}

/// Checks a path. Parts of the envelope stand below `@envelope`. Many products send keys that begin with @, so
/// that only what looks like a slip of the pen is reported.
fn check_path<S: AsRef<str>>(written: &Spanned<S>, p: &mut Problems<'_>) {
    let path = written.value.as_ref();
    if let Err(error) = Pattern::parse(path) {
        let help = "keys are joined by dots; `*` is any key, `**` any depth, `[*]` any element, `[Name=x]` the element \
                    whose `Name` is x; a key with a dot, a bracket or a star stands in single quotes";
        let span = p.within(written, error.span.clone());
        p.push(Diagnostic::error("P0260", format!("{} is no path", p.quote(path)), span, error.to_string()).help(help));
    }
    if path.starts_with('@')
        && let Some(first) = path.split(['.', '[']).next()
        && first != ENVELOPE
        && nearest(first, [ENVELOPE]).is_some()
    {
        let message = format!("{} is no part of a delivery", p.quote(first));
        let help =
            format!("parts of the envelope stand below `{ENVELOPE}`; a key of that name is quoted: \"'{first}'\"");
        p.push(Diagnostic::error("P0252", message, written.span, "").help(help));
    }
}

/// `[fields]`, `[actor]`, `[owner]`, `[target]`.
fn fields(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Vec<Field> {
    let mut all = table.table("fields", p).map_or_else(Vec::new, |t| classified(&t, Role::None, p));
    for (section, role) in ROLES {
        if let Some(table) = table.table(section, p) {
            all.extend(classified(&table, role, p));
        }
    }
    all
}

fn classified(table: &Reader<'_>, role: Role, p: &mut Problems<'_>) -> Vec<Field> {
    table.quoted_rest(p).iter().filter_map(|item| field(item, role, p)).collect()
}

fn field(item: &Item<'_>, role: Role, p: &mut Problems<'_>) -> Option<Field> {
    check_path(&item.key, p);
    let names = item.texts(p);
    if matches!(item.value, DeValue::Array(list) if list.is_empty()) {
        let help = "leave the field out: what is not listed is dropped";
        p.push(Diagnostic::error("P0014", "no category", item.span, "").help(help));
    }
    let categories: Vec<Text> = names.into_iter().filter(|name| plain_category(name, p)).collect();
    (!categories.is_empty()).then(|| Field { path: owned(&item.key), categories, role })
}

/// A category without a role before it.
fn plain_category(name: &Text, p: &mut Problems<'_>) -> bool {
    if let Some((role, _)) = name.split_once(':')
        && ROLES.iter().any(|(word, _)| *word == role.trim())
    {
        let message = "roles stand before categories in `where` only";
        let help = format!("move the field below [{}]", role.trim());
        p.push(Diagnostic::error("P0256", message, name.span, "").help(help));
        return false;
    }
    name::dotted(name, "category", false, p)
}

/// `{ path = globs, … }`.
fn conditions(table: &Reader<'_>, p: &mut Problems<'_>) -> Vec<(Text, Vec<String>)> {
    let items = table.quoted_rest(p);
    if items.is_empty() {
        let message = "this would hold for every event";
        p.push(Diagnostic::error("P0014", message, table.at(), "no field").help("name a field and its values"));
    }
    for item in &items {
        check_path(&item.key, p);
    }
    items.into_iter().map(|item| (owned(&item.key), item.patterns(p))).collect()
}

fn events(table: &Reader<'_>, p: &mut Problems<'_>) -> Vec<EventKind> {
    let mut all = Vec::new();
    for item in table.quoted_rest(p) {
        let known = name::dotted(&item.key, "kind", false, p);
        let mut any = Vec::new();
        for element in item.elements(p) {
            if let Some(table) = element.table(p) {
                any.push(conditions(&table, p));
            }
        }
        if known && !any.is_empty() {
            all.push(EventKind { kind: owned(&item.key), any });
        }
    }
    all
}

fn variant(mut table: Reader<'_>, p: &mut Problems<'_>) -> Variant {
    let name = owned(table.name());
    name::simple(&name, "a variant", p);
    let when = table.need("when", p).and_then(|item| item.table(p)).map_or_else(Vec::new, |t| conditions(&t, p));
    let fields = with_roles(&table, p);
    if fields.is_empty() && table.rest(p).is_empty() {
        p.push(Diagnostic::warning("P0258", "this variant names no field", name.span, ""));
    }
    Variant { name, when, fields }
}

/// Fields of a table that nobody asked for, and those below its `actor`, `owner` and `target`.
fn with_roles(table: &Reader<'_>, p: &mut Problems<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    for item in table.quoted_rest(p) {
        let section = ROLES.iter().find(|(word, _)| *word == item.key.value);
        let item = match section {
            Some((word, _)) => item.apart(&format!("^{word}$"), p),
            None => item,
        };
        match (section, item.value) {
            (Some((_, role)), DeValue::Table(_)) => {
                if let Some(section) = item.table(p) {
                    fields.extend(classified(&section, *role, p));
                }
            }
            _ => fields.extend(field(&item, Role::None, p)),
        }
    }
    fields
}

/// `[classify.MAP]` of a tenant.
pub(super) fn classify(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Classify> {
    let good = name::simple(table.name(), "a schema map", p);
    let map = owned(table.name());
    let because = table.need_text("because", p).map_or_else(String::new, |t| t.value);
    let reason = Reason { because, cite: table.texts("cite", p) };
    let fields = with_roles(&table, p);
    if fields.is_empty() && table.rest(p).is_empty() {
        let help = "name a field and what it is: \"CostCentre\" = \"org.tenant\"";
        p.push(Diagnostic::error("P0014", "this classifies no field", map.span, "").help(help));
    }
    good.then_some(Classify { map, reason, fields })
}

fn insides(table: &Reader<'_>, p: &mut Problems<'_>) -> Vec<Inside> {
    let mut all = Vec::new();
    for item in table.quoted_rest(p) {
        check_path(&item.key, p);
        let (form, otherwise) = match item.value {
            DeValue::String(_) => (item.choice(&FORMS, p), None),
            DeValue::Table(_) => {
                let Some(mut spec) = item.table(p) else { continue };
                let form = spec.need("as", p).and_then(|item| item.choice(&FORMS, p));
                let otherwise = spec.take("else", p).and_then(|item| item.filled(p));
                spec.finish(p);
                (form, otherwise.filter(|name| plain_category(name, p)))
            }
            _ => {
                item.mismatch("a form such as \"json\", or { as = \"json\", else = \"category\" }", p);
                continue;
            }
        };
        if let Some(form) = form {
            all.push(Inside { path: owned(&item.key), form: form.value, otherwise });
        }
    }
    all
}

fn line(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Line> {
    let name = owned(table.name());
    name::simple(&name, "a line", p);
    let path = table.need("in", p).and_then(|item| item.text(p));
    if let Some(path) = &path {
        check_path(path, p);
    }
    let like = table.need_text("like", p);
    let known = like.as_ref().and_then(|like| template(like, p));
    let kind = table.take("kind", p).and_then(|item| item.filled(p)).filter(|k| name::dotted(k, "kind", false, p));
    let (mut holes, mut inside, mut named) = (Vec::new(), Vec::new(), Vec::new());
    for item in table.table("where", p).map_or_else(Vec::new, |t| t.rest(p)) {
        is_hole(&item.key, known.as_deref(), p);
        named.push(item.key.value.clone().into_owned());
        if let Some((role, categories)) = hole(&item, p) {
            holes.push((owned(&item.key), role, categories));
        }
    }
    for item in table.table("inside", p).map_or_else(Vec::new, |t| t.rest(p)) {
        is_hole(&item.key, known.as_deref(), p);
        named.push(item.key.value.clone().into_owned());
        if let Some(form) = item.choice(&FORMS, p) {
            inside.push((owned(&item.key), form.value));
        }
    }
    table.finish(p);
    for open in known.iter().flatten() {
        if !named.contains(open) {
            let message = format!("nobody says what the hole {} is: it is dropped", p.quote(open));
            let help = format!("write where.{open} = \"category\", or where.{open} = \"\" to drop it on purpose");
            let at = like.as_ref().map_or(name.span, |like| like.span);
            p.push(Diagnostic::warning("P0255", message, at, "").help(help));
        }
    }
    Some(Line { name, path: path?, like: like?, holes, inside, kind })
}

/// Names of a template's holes.
fn template(like: &Text, p: &mut Problems<'_>) -> Option<Vec<String>> {
    match Template::parse(like) {
        Ok(template) => Some(template.holes().iter().map(|hole| hole.name.clone()).collect()),
        Err(error) => {
            let span = p.within(like, error.span.clone());
            let help =
                "a hole is written {name}, {name:type} or {name?}; types are word, int, ip, rest, syslog-time, quoted";
            p.push(Diagnostic::error("P0253", "this is no template", span, error.to_string()).help(help));
            None
        }
    }
}

fn is_hole(key: &Key<'_>, known: Option<&[String]>, p: &mut Problems<'_>) {
    let Some(known) = known.filter(|known| !known.iter().any(|name| *name == key.value)) else { return };
    let message = format!("the template has no hole {}", p.quote(key));
    let near = nearest(key, known.iter().map(String::as_str));
    let names: Vec<&str> = near.map_or_else(|| known.iter().map(String::as_str).collect(), |near| vec![near]);
    let help = format!("it has {}", one_of(&names));
    p.push(Diagnostic::error("P0254", message, key.span, "").help(help));
}

/// `""`, `"category"`, `"actor: category"`, or a list of them with one role.
fn hole(item: &Item<'_>, p: &mut Problems<'_>) -> Option<(Role, Vec<Text>)> {
    p.note_kind(item.node, || Kind::Empty);
    if matches!(item.value, DeValue::String(text) if text.is_empty()) {
        return Some((Role::None, Vec::new()));
    }
    let mut categories = Vec::new();
    let mut found: Option<Role> = None;
    for text in item.texts(p) {
        let (role, category) = match text.split_once(':') {
            None => (Role::None, text.clone()),
            Some((word, category)) => {
                let at = word.len() + 1 + (category.len() - category.trim_start().len());
                let span = p.within(&text, at..text.len());
                let category = Spanned { value: category.trim_start().to_owned(), span };
                let Some((_, role)) = ROLES.iter().find(|(known, _)| *known == word) else {
                    let message = format!("{} is no role", p.quote(word));
                    let help = meant(word, &ROLES.map(|(word, _)| word));
                    p.push(Diagnostic::error("P0006", message, p.within(&text, 0..word.len()), "").help(help));
                    continue;
                };
                p.note_form(text.span, || Form::Pattern(format!("^({}):", ROLES.map(|(word, _)| word).join("|"))));
                (*role, category)
            }
        };
        if found.is_some_and(|first| first != role) {
            p.push(Diagnostic::error("P0256", "one hole is about one person", text.span, "another role than before"));
        }
        found = Some(role);
        if name::dotted(&category, "category", false, p) {
            categories.push(category);
        }
    }
    found.filter(|_| !categories.is_empty()).map(|role| (role, categories))
}

/// A value that is looked inside has no category of its own; lines belong to values that hold lines.
fn check_inside(fields: &[Field], inside: &[Inside], lines: &[Line], p: &mut Problems<'_>) {
    let forms = looked_inside(inside);
    for field in fields {
        if let Some(inside) = folded(&field.path).and_then(|path| forms.get(&path)) {
            let message = format!("{} is looked inside and classified as a whole", p.quote(&field.path));
            let problem = Diagnostic::error("P0259", message, field.path.span, "classified here");
            let help = "leave the field out; what becomes of a value that does not parse is said by `else`";
            p.push(problem.and(inside.path.span, "looked inside here").help(help));
        }
    }
    let mut holds: BTreeSet<String> =
        inside.iter().filter(|i| i.form == InsideForm::Lines).map(|i| i.path.value.clone()).collect();
    let holes = lines.iter().flat_map(|line| line.inside.iter().map(move |(hole, form)| (line, hole, form)));
    let nested = holes.filter(|(.., form)| **form == InsideForm::Lines);
    holds.extend(nested.map(|(line, hole, _)| format!("{}.{}", line.path.value, hole.value)));
    for line in lines.iter().filter(|line| !holds.contains(&line.path.value)) {
        let message = format!("{} is not looked inside for lines", p.quote(&line.path));
        let key = p.quote(&format!("\"{}\"", line.path.value));
        let help = format!("add to [inside]: {} = \"lines\"", key.trim_matches('`'));
        p.push(Diagnostic::error("P0257", message, line.path.span, "").help(help));
    }
}

/// The text itself of a value that is looked inside is nobody's: no test sees it.
fn check_tested(events: &[EventKind], variants: &[Variant], inside: &[Inside], p: &mut Problems<'_>) {
    let forms = looked_inside(inside);
    let tests = events.iter().flat_map(|kind| &kind.any).chain(variants.iter().map(|variant| &variant.when)).flatten();
    for (path, _) in tests {
        let Some(inside) = folded(path).and_then(|path| forms.get(&path)) else { continue };
        let message = format!("{} is looked inside: its value is not tested", p.quote(path));
        let help = match inside.form {
            InsideForm::Lines => "say which `kind` a line is: kind = \"auth.login\" in its [line.NAME]",
            _ => "name a field inside",
        };
        let problem = Diagnostic::warning("P0261", message, path.span, "this never holds").help(help);
        p.push(problem.and(inside.path.span, "looked inside here"));
    }
}

/// What is looked inside, by its path as maps read it.
fn looked_inside(inside: &[Inside]) -> BTreeMap<Pattern, &Inside> {
    inside.iter().filter_map(|inside| Some((folded(&inside.path)?, inside))).collect()
}
