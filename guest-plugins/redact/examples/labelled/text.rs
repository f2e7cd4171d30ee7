//! Texts with values put into their slots, and where these stand.

use crate::random::{HEX, Random};
use crate::sources::Template;
use crate::values::parts;
use crate::values::people::{ipv4, mail};

/// What goes into the slot of a text.
pub(crate) struct Filling<'f> {
    pub(crate) label: &'f str,
    pub(crate) key: &'f str,
    pub(crate) value: &'f str,
    /// The entity, when the value is one.
    pub(crate) entity: Option<&'static str>,
}

/// Where a value stands, in characters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) entity: &'static str,
}

/// A text that grows.
#[derive(Default)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) spans: Vec<Span>,
}

impl Text {
    fn value(&mut self, value: &str, entity: Option<&'static str>) {
        let (before, part, behind) = parts(value);
        self.text.push_str(before);
        let start = self.text.chars().count();
        self.text.push_str(part);
        let end = self.text.chars().count();
        self.text.push_str(behind);
        self.spans.extend(entity.map(|entity| Span { start, end, entity }));
    }
}

/// Puts everything into its slot.
pub(crate) fn filled(template: &Template, filling: &Filling<'_>, random: &mut Random) -> Text {
    let mut out = Text::default();
    let mut rest = template.text;
    while let Some(open) = rest.find('{') {
        out.text.push_str(&rest[..open]);
        rest = &rest[open..];
        let slot = rest[1..].find('}').map(|close| &rest[1..close + 1]);
        match slot.filter(|slot| slot.bytes().all(|byte| byte.is_ascii_lowercase()) && !slot.is_empty()) {
            Some(slot) => {
                put(&mut out, slot, template.language, filling, random);
                rest = &rest[slot.len() + 2..];
            }
            None => {
                out.text.push('{');
                rest = &rest[1..];
            }
        }
    }
    out.text.push_str(rest);
    out
}

/// The words of the field, its own name with its slot filled.
pub(crate) fn field(template: &Template, key: &str) -> String {
    template.field.replace("{key}", key)
}

fn put(out: &mut Text, slot: &str, language: &str, filling: &Filling<'_>, random: &mut Random) {
    let &Filling { label, key, value, entity } = filling;
    match slot {
        "say" => say(out, language, filling, random),
        "set" => {
            out.text.push_str(&format!("{key}="));
            out.value(value, entity);
        }
        "arg" => {
            out.text.push_str(&format!("--{}{}", key.replace('_', "-"), random.pick(&["=", " "])));
            out.value(value, entity);
        }
        "json" => {
            out.text.push_str(&format!("\"{key}\":\""));
            out.value(&value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"), entity);
            out.text.push('"');
        }
        "query" => {
            out.text.push_str(&format!("{key}="));
            out.value(&encoded(value, random.chance(2)), entity);
        }
        "path" => out.value(&encoded(value, false), entity),
        "v" => out.value(value, entity),
        "key" => out.text.push_str(key),
        "label" => out.text.push_str(label),
        "ip" => out.value(&ipv4(random), Some("network.ipv4")),
        "mail" => out.value(&mail(random), Some("person.email")),
        other => out.text.push_str(&around(other, random)),
    }
}

/// What stands around values and is none.
fn around(slot: &str, random: &mut Random) -> String {
    match slot {
        "guid" => random.guid(),
        "hex" => random.of(HEX, 40),
        "epoch" => format!("17{}", random.digits(8)),
        "n" => random.within(10, 9999).to_string(),
        "user" => random.pick(&["anna", "bernd", "chloe", "diego", "elena", "franco", "greta", "hugo"]).to_string(),
        "host" => format!("{}{}", random.pick(&["web", "db", "ws", "app"]), random.within(1, 40)),
        // A slot that nobody knows would go unnoticed in the middle of a text.
        unknown => format!("{{{unknown}}}"),
    }
}

/// Name and value as a sentence of the language has them.
fn say(out: &mut Text, language: &str, filling: &Filling<'_>, random: &mut Random) {
    let is = match language {
        "de" => " lautet ",
        "fr" => " est ",
        "es" => " es ",
        "it" => " è ",
        _ => " is ",
    };
    let colon = if language == "fr" { " : " } else { ": " };
    let between = *random.pick(&[colon, " ", is, colon]);
    out.text.push_str(filling.label);
    out.text.push_str(between);
    out.value(filling.value, filling.entity);
}

/// A parameter of a query: a blank is `+` as forms send it, or `%20`; what browsers leave stays.
fn encoded(value: &str, form: bool) -> String {
    let one = |c: char| match c {
        ' ' if form => "+".to_owned(),
        // Marks of the labelled part are no part of the text.
        '\u{2}' | '\u{3}' => c.to_string(),
        _ if c.is_ascii_alphanumeric() || "-._~!*'():/@,".contains(c) => c.to_string(),
        other => other.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect(),
    };
    value.chars().map(one).collect()
}
