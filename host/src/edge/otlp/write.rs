//! A message → OTLP/JSON: 64-bit numbers are texts, bytes base64, ids hexadecimal; what is not there is not written.

use std::fmt::Display;
use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;

use crate::edge::line;

use super::message::{AnyValue, Export, KeyValue, LogRecord, Resource, ResourceLogs, Scope, ScopeLogs, Value};

/// Writes the members of one object.
struct Object<'o> {
    out: &'o mut Vec<u8>,
    is_first: bool,
}

impl<'o> Object<'o> {
    fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, is_first: true }
    }

    fn close(self) {
        self.out.push(b'}');
    }

    fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    fn text(&mut self, key: &str, value: &Bytes) {
        if !value.is_empty() {
            string(value, self.key(key));
        }
    }

    fn number(&mut self, key: &str, value: impl Display + Default + PartialEq) {
        if value != Default::default() {
            display(value, self.key(key));
        }
    }

    /// A number of 64 bits, as text.
    fn long(&mut self, key: &str, value: u64) {
        if value != 0 {
            quoted(value, self.key(key));
        }
    }

    fn id(&mut self, key: &str, value: &Bytes) {
        if !value.is_empty() {
            let out = self.key(key);
            out.push(b'"');
            value.iter().for_each(|byte| display(format_args!("{byte:02x}"), out));
            out.push(b'"');
        }
    }

    fn attributes(&mut self, values: &[KeyValue]) {
        if !values.is_empty() {
            list(values, key_value, self.key("attributes"));
        }
    }
}

fn display(value: impl Display, out: &mut Vec<u8>) {
    // Writing into memory does not fail.
    let _ = write!(out, "{value}");
}

fn quoted(value: impl Display, out: &mut Vec<u8>) {
    display(format_args!("\"{value}\""), out);
}

fn list<T>(values: &[T], one: impl Fn(&T, &mut Vec<u8>), out: &mut Vec<u8>) {
    out.push(b'[');
    for (number, value) in values.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        one(value, out);
    }
    out.push(b']');
}

/// A text. What is no UTF-8 in it becomes U+FFFD.
pub(super) fn string(text: &[u8], out: &mut Vec<u8>) {
    line::string(&String::from_utf8_lossy(text), out);
}

fn key_value(pair: &KeyValue, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    string(&pair.key, object.key("key"));
    if let Some(value) = &pair.value {
        any(value, object.key("value"));
    }
    object.close();
}

fn any(value: &AnyValue, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    match &value.value {
        None => {}
        Some(Value::String(text)) => string(text, object.key("stringValue")),
        Some(Value::Bool(value)) => display(value, object.key("boolValue")),
        Some(Value::Int(value)) => quoted(value, object.key("intValue")),
        Some(Value::Double(value)) => double(*value, object.key("doubleValue")),
        Some(Value::Array(array)) => values(|out| list(&array.values, any, out), object.key("arrayValue")),
        Some(Value::KeyValues(pairs)) => values(|out| list(&pairs.values, key_value, out), object.key("kvlistValue")),
        Some(Value::Bytes(bytes)) => quoted(BASE64_STANDARD.encode(bytes), object.key("bytesValue")),
    }
    object.close();
}

fn values(list: impl Fn(&mut Vec<u8>), out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    list(object.key("values"));
    object.close();
}

fn double(value: f64, out: &mut Vec<u8>) {
    match value {
        value if value.is_nan() => out.extend_from_slice(b"\"NaN\""),
        f64::INFINITY => out.extend_from_slice(b"\"Infinity\""),
        f64::NEG_INFINITY => out.extend_from_slice(b"\"-Infinity\""),
        value => drop(serde_json::to_writer(out, &value)),
    }
}

/// A resource.
pub(super) fn resource(resource: &Resource, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.attributes(&resource.attributes);
    object.number("droppedAttributesCount", resource.dropped_attributes_count);
    object.close();
}

/// A scope.
pub(super) fn scope(scope: &Scope, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.text("name", &scope.name);
    object.text("version", &scope.version);
    object.attributes(&scope.attributes);
    object.number("droppedAttributesCount", scope.dropped_attributes_count);
    object.close();
}

/// A record.
pub(super) fn record(record: &LogRecord, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.long("timeUnixNano", record.time_unix_nano);
    object.long("observedTimeUnixNano", record.observed_time_unix_nano);
    object.number("severityNumber", record.severity_number);
    object.text("severityText", &record.severity_text);
    object.text("eventName", &record.event_name);
    if let Some(body) = &record.body {
        any(body, object.key("body"));
    }
    object.attributes(&record.attributes);
    object.number("droppedAttributesCount", record.dropped_attributes_count);
    object.number("flags", record.flags);
    object.id("traceId", &record.trace_id);
    object.id("spanId", &record.span_id);
    object.close();
}

/// A request.
pub(super) fn export(export: &Export, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    list(&export.resource_logs, resource_logs, object.key("resourceLogs"));
    object.close();
}

fn resource_logs(of: &ResourceLogs, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    if let Some(said) = &of.resource {
        resource(said, object.key("resource"));
    }
    list(&of.scope_logs, scope_logs, object.key("scopeLogs"));
    object.text("schemaUrl", &of.schema_url);
    object.close();
}

fn scope_logs(of: &ScopeLogs, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    if let Some(said) = &of.scope {
        scope(said, object.key("scope"));
    }
    list(&of.log_records, record, object.key("logRecords"));
    object.text("schemaUrl", &of.schema_url);
    object.close();
}
