//! Structured data of RFC 5424: `[id name="value" …]…`.

use serde_json::{Map, Value};

/// Elements by id, their parameters by name. One that comes several times has its values in an array.
pub(super) type Data = Map<String, Value>;

/// Structured data and the text behind it; `None` where it does not follow the grammar, or an id comes twice.
pub(super) fn parse(text: &str) -> Option<(Data, &str)> {
    let mut data = Data::new();
    let mut rest = text;
    if let Some(behind) = text.strip_prefix('-') {
        rest = behind;
    } else {
        while let Some(inside) = rest.strip_prefix('[') {
            let (id, element, behind) = element(inside)?;
            if data.insert(id.to_owned(), element).is_some() {
                return None;
            }
            rest = behind;
        }
        if data.is_empty() {
            return None;
        }
    }
    if rest.is_empty() { Some((data, rest)) } else { Some((data, rest.strip_prefix(' ')?)) }
}

fn element(text: &str) -> Option<(&str, Value, &str)> {
    let (id, mut rest) = name(text)?;
    let mut parameters = Map::new();
    loop {
        if let Some(behind) = rest.strip_prefix(']') {
            return Some((id, parameters.into(), behind));
        }
        let (name, behind) = name(rest.strip_prefix(' ')?)?;
        let (value, behind) = value(behind.strip_prefix("=\"")?)?;
        match parameters.get_mut(name) {
            None => {
                parameters.insert(name.to_owned(), value.into());
            }
            Some(Value::Array(values)) => values.push(value.into()),
            Some(first) => *first = Value::Array(vec![first.take(), value.into()]),
        }
        rest = behind;
    }
}

/// Printable characters without `=`, `]`, `"` and blanks. RFC 5424 has at most 32; some senders have more.
fn name(text: &str) -> Option<(&str, &str)> {
    let is_inside = |byte: u8| byte.is_ascii_graphic() && !b"=]\"".contains(&byte);
    let end = text.bytes().take(129).position(|byte| !is_inside(byte)).filter(|end| *end > 0)?;
    Some(text.split_at(end))
}

/// A value, without its escapes, and what stands behind its quotation mark.
fn value(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let at = rest.find(['"', '\\'])?;
        value.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        if rest[at..].starts_with('"') {
            return Some((value, behind));
        }
        // A backslash before anything else stands for itself.
        match behind.chars().next().filter(|c| matches!(c, '"' | '\\' | ']')) {
            Some(escaped) => {
                value.push(escaped);
                rest = &behind[1..];
            }
            None => {
                value.push('\\');
                rest = behind;
            }
        }
    }
}
