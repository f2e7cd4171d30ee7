//! `[plugin.NAME]`: a component of a vendor, what it is given and what it does.

use serde_json::{Map, Value};
use toml::de::DeValue;

use super::name;
use super::notes::Kind;
use super::problems::Problems;
use super::reader::Reader;
use super::treatment::CONFIDENCE;
use super::value::{Item, owned};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Spanned, Text, VendorPlugin, Work};

/// Reads one plugin.
pub(super) fn plugin(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<VendorPlugin> {
    name::simple(table.name(), "a plugin", p);
    let name = owned(table.name());
    let reason = table.reason(p);
    let component = table.need_text("component", p).filter(|file| is_beside(file, p));
    let digest = table.need_text("digest", p).and_then(|text| digest(&text, p));
    let settings = settings(&mut table, p);
    let look_in = table.take("look-in", p);
    let rewrite = table.take("rewrite", p);
    let find = table.take("find", p);
    let threshold = table.take("threshold", p);
    let label = table.take("label", p);
    table.finish(p);
    let (does, categories) = match (look_in, rewrite) {
        (Some(look_in), None) => {
            let threshold = threshold.and_then(|item| item.choice(&CONFIDENCE, p));
            let work = Work::Look {
                find: find.map_or_else(Vec::new, |item| item.texts(p)),
                threshold: threshold.map_or_else(Default::default, |t| t.value),
                label: label.and_then(|item| item.filled(p)).map(|t| t.value),
            };
            (work, look_in)
        }
        (None, Some(rewrite)) => {
            for item in [find, threshold, label].into_iter().flatten() {
                let message = format!("{} belongs to `look-in`", p.quote(&item.key));
                let problem = Diagnostic::error("P0163", message, item.key.span, "").and(rewrite.key.span, "");
                p.push(problem.help("what rewrites values finds nothing: leave it out"));
            }
            (Work::Rewrite, rewrite)
        }
        (look_in, rewrite) => {
            let both = look_in.zip(rewrite).map(|(_, rewrite)| rewrite.key.span);
            let help = "a detector: look-in = [\"content.text\"]; a transformer: rewrite = [\"content.text\"]";
            let message = "a plugin either looks in values or rewrites them";
            p.push(Diagnostic::error("P0163", message, both.unwrap_or(name.span), "").help(help));
            return None;
        }
    };
    let categories = name::dotted_all(some(&categories, p), "category", true, p);
    Some(VendorPlugin { name, reason, component: component?, digest: digest?, settings, does, categories })
}

fn some(item: &Item<'_>, p: &mut Problems<'_>) -> Vec<Text> {
    if matches!(item.value, DeValue::Array(list) if list.is_empty()) {
        let message = format!("{} is empty", p.quote(&item.key));
        p.push(Diagnostic::error("P0014", message, item.span, "").help("name the categories whose values it is given"));
    }
    item.texts(p)
}

/// A component stands beside the file that names it, or in a folder below.
fn is_beside(file: &Text, p: &mut Problems<'_>) -> bool {
    let part = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':', '\0']);
    let good = file.split('/').all(part);
    if !good {
        let message = format!("{} does not stand beside this file", p.quote(file));
        let help = "write the name of a component beside this file, or in a folder below: \"plugins/badges.wasm\"";
        p.push(Diagnostic::error("P0164", message, file.span, "").help(help));
    }
    good
}

fn digest(text: &Text, p: &mut Problems<'_>) -> Option<Spanned<[u8; 32]>> {
    let mut value = [0; 32];
    let hex = text.strip_prefix("sha256:").filter(|hex| hex.len() == 64 && hex.is_ascii());
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    let read = hex.is_some_and(|hex| {
        hex.as_bytes().chunks(2).zip(&mut value).all(|(pair, byte)| {
            let read = pair.first().zip(pair.get(1)).and_then(|(a, b)| Some(nibble(*a)? << 4 | nibble(*b)?));
            read.map(|read| *byte = read as u8).is_some()
        })
    });
    if read {
        return Some(Spanned { value, span: text.span });
    }
    let help = "write \"sha256:\" and 64 hexadecimal digits: `tamis plugin inspect FILE` prints it";
    p.push(Diagnostic::error("P0452", "this is no digest", text.span, "").help(help));
    None
}

/// `settings = { … }` as JSON; none is the empty object.
fn settings(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Spanned<String> {
    let empty = Spanned { value: "{}".to_owned(), span: table.name().span };
    let Some(item) = table.take("settings", p) else { return empty };
    p.note_kind(item.node, || Kind::Table);
    if !matches!(item.value, DeValue::Table(_)) {
        item.mismatch("a table", p);
        return empty;
    }
    let mut is_json = true;
    let value = json(item.value, &mut is_json);
    if !is_json {
        let message = "these settings hold a number that JSON cannot write";
        p.push(Diagnostic::error("P0013", message, item.key.span, ""));
    }
    Spanned { value: value.to_string(), span: item.key.span }
}

/// TOML as JSON: a day or time becomes its text.
fn json(value: &DeValue<'_>, is_json: &mut bool) -> Value {
    let number = |read: Option<serde_json::Number>, is_json: &mut bool| {
        *is_json &= read.is_some();
        read.map_or(Value::Null, Value::Number)
    };
    match value {
        DeValue::String(text) => Value::String(text.as_ref().to_owned()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(n) => {
            number(i64::from_str_radix(n.as_str(), n.radix()).ok().map(serde_json::Number::from), is_json)
        }
        DeValue::Float(n) => {
            let read = n.as_str().parse().ok().and_then(serde_json::Number::from_f64);
            number(read, is_json)
        }
        DeValue::Datetime(at) => Value::String(at.to_string()),
        DeValue::Array(elements) => elements.iter().map(|element| json(element.get_ref(), is_json)).collect(),
        DeValue::Table(table) => {
            let members =
                table.iter().map(|(key, value)| (key.get_ref().as_ref().to_owned(), json(value.get_ref(), is_json)));
            Value::Object(members.collect::<Map<_, _>>())
        }
    }
}
