//! OTLP/JSON → a message, as lenient as a filter makes it necessary: what was a number and is a code now becomes a text, an id
//! that is none any more an attribute.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value as Json};

use super::message::{AnyValue, ArrayValue, KeyValue, KeyValueList, LogRecord, Resource, Scope, Value};

/// What is no part of an event as it came.
const ADDED: [&str; 2] = ["@tamis", "@envelope"];

/// A resource.
pub(super) fn resource(mut said: Map<String, Json>) -> Resource {
    let mut resource = Resource {
        attributes: attributes(said.remove("attributes")),
        dropped_attributes_count: number(&mut said, "droppedAttributesCount").unwrap_or_default(),
    };
    others(said, &mut resource.attributes);
    resource
}

/// A scope.
pub(super) fn scope(mut said: Map<String, Json>) -> Scope {
    let mut scope = Scope {
        name: text(&mut said, "name"),
        version: text(&mut said, "version"),
        attributes: attributes(said.remove("attributes")),
        dropped_attributes_count: number(&mut said, "droppedAttributesCount").unwrap_or_default(),
    };
    others(said, &mut scope.attributes);
    scope
}

/// A record.
pub(super) fn record(mut said: Map<String, Json>) -> LogRecord {
    let mut record = LogRecord {
        time_unix_nano: number(&mut said, "timeUnixNano").unwrap_or_default(),
        observed_time_unix_nano: number(&mut said, "observedTimeUnixNano").unwrap_or_default(),
        severity_number: number(&mut said, "severityNumber").unwrap_or_default(),
        severity_text: text(&mut said, "severityText"),
        body: said.remove("body").map(any),
        attributes: attributes(said.remove("attributes")),
        dropped_attributes_count: number(&mut said, "droppedAttributesCount").unwrap_or_default(),
        flags: number(&mut said, "flags").unwrap_or_default(),
        trace_id: id(&mut said, "traceId", 16),
        span_id: id(&mut said, "spanId", 8),
        event_name: text(&mut said, "eventName"),
    };
    others(said, &mut record.attributes);
    record
}

/// An event of another kind, as the body of a record.
pub(super) fn body(said: Map<String, Json>) -> LogRecord {
    let (added, said): (Map<_, _>, Map<_, _>) = said.into_iter().partition(|(key, _)| ADDED.contains(&key.as_str()));
    let body = (!said.is_empty()).then(|| plain(Json::Object(said)));
    let mut record = LogRecord { body, ..LogRecord::default() };
    others(added, &mut record.attributes);
    record
}

/// What has no place of its own, or does not fit into it, becomes an attribute of its name.
pub(super) fn others(said: Map<String, Json>, attributes: &mut Vec<KeyValue>) {
    for (key, value) in said {
        if !value.is_null() {
            attributes.push(KeyValue { key: key.into(), value: Some(plain(value)) });
        }
    }
}

/// A number, also as text. What is none stays where it was.
fn number<T: std::str::FromStr>(said: &mut Map<String, Json>, key: &str) -> Option<T> {
    let parsed = parsed(said.get(key)?)?;
    said.remove(key);
    Some(parsed)
}

fn parsed<T: std::str::FromStr>(value: &Json) -> Option<T> {
    match value {
        Json::Number(number) => number.to_string().parse().ok(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn text(said: &mut Map<String, Json>, key: &str) -> Bytes {
    match said.get_mut(key) {
        Some(Json::String(text)) => {
            let text = std::mem::take(text);
            said.remove(key);
            text.into()
        }
        _ => Bytes::new(),
    }
}

/// An id of so many bytes. What is none stays where it was.
fn id(said: &mut Map<String, Json>, key: &str, bytes: usize) -> Bytes {
    let Some(Json::String(text)) = said.get(key) else { return Bytes::new() };
    if text.is_empty() {
        said.remove(key);
        return Bytes::new();
    }
    let pairs = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
    let read: Option<Vec<u8>> = pairs.0.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    match read.filter(|read| pairs.1.is_empty() && read.len() == bytes) {
        Some(read) => {
            said.remove(key);
            read.into()
        }
        None => Bytes::new(),
    }
}

fn attributes(said: Option<Json>) -> Vec<KeyValue> {
    let Some(Json::Array(pairs)) = said else { return Vec::new() };
    pairs.into_iter().filter_map(pair).collect()
}

/// A pair. One that has lost its key and its value says nothing.
fn pair(said: Json) -> Option<KeyValue> {
    let Json::Object(mut said) = said else { return None };
    let (key, value) = (text(&mut said, "key"), said.remove("value").map(any));
    let is_empty = key.is_empty() && value.as_ref().is_none_or(|value| value.value.is_none());
    (!is_empty).then_some(KeyValue { key, value })
}

/// A value as OTLP/JSON writes it.
fn any(said: Json) -> AnyValue {
    let said = match said {
        Json::Object(said) => said,
        other => return plain(other),
    };
    let Some((kind, value)) = said.into_iter().next() else { return AnyValue::default() };
    let list = |value: Json| match value {
        Json::Object(mut said) => match said.remove("values") {
            Some(Json::Array(values)) => values,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let typed = match kind.as_str() {
        "intValue" => parsed(&value).map(Value::Int),
        "doubleValue" => parsed(&value).map(Value::Double),
        "arrayValue" => {
            return Value::Array(ArrayValue { values: list(value).into_iter().map(any).collect() }).into();
        }
        "kvlistValue" => {
            return Value::KeyValues(KeyValueList { values: list(value).into_iter().filter_map(pair).collect() })
                .into();
        }
        "bytesValue" => match &value {
            Json::String(text) => BASE64_STANDARD.decode(text).ok().map(|bytes| Value::Bytes(bytes.into())),
            _ => None,
        },
        _ => None,
    };
    typed.map_or_else(|| plain(value), AnyValue::from)
}

/// Any JSON as a value.
fn plain(said: Json) -> AnyValue {
    let value = match said {
        Json::Null => return AnyValue::default(),
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => number.as_f64().map_or_else(|| Value::String(number.to_string().into()), Value::Double),
        },
        Json::String(text) => Value::String(text.into()),
        Json::Array(values) => Value::Array(ArrayValue { values: values.into_iter().map(plain).collect() }),
        Json::Object(said) => {
            let pair = |(key, value): (String, Json)| KeyValue { key: key.into(), value: Some(plain(value)) };
            Value::KeyValues(KeyValueList { values: said.into_iter().map(pair).collect() })
        }
    };
    value.into()
}
