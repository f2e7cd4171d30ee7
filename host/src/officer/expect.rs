//! Does an event that came out keep what a test promises?

use serde_json::Value;

use crate::event::{Pattern, Segment};
use crate::policy::test_file::{Scalar, TestCase};

/// What a test is held against.
#[derive(Debug)]
pub struct Came<'a> {
    /// The event as it went in.
    pub given: &'a Value,
    /// The event as it came out; `None`: it did not.
    pub out: Option<&'a Value>,
    /// The same as text.
    pub text: &'a str,
}

/// Promises about values that do not hold, each as a sentence. Sentences name paths of the test, never values.
pub fn broken(test: &TestCase, came: &Came) -> Vec<String> {
    let mut broken = Vec::new();
    let null = Value::Null;
    let out = came.out.unwrap_or(&null);
    for path in &test.kept {
        let (before, after) = (found(came.given, path), found(out, path));
        if before.is_empty() || before != after {
            broken.push(format!("`{}` was not kept", path.value));
        }
    }
    for path in &test.coded {
        let values = found(out, path);
        if values.is_empty() || !values.iter().all(|value| is_code(value)) {
            broken.push(format!("`{}` is no code", path.value));
        }
    }
    for path in &test.gone {
        if !found(out, path).is_empty() {
            broken.push(format!("`{}` is still there", path.value));
        }
    }
    for (path, scalar) in &test.becomes {
        let wanted = json(&scalar.value);
        let values = found(out, path);
        if values.is_empty() || values.iter().any(|value| **value != wanted) {
            broken.push(format!("`{}` did not become {wanted}", path.value));
        }
    }
    let lower = came.text.to_lowercase();
    for text in &test.nowhere {
        if lower.contains(&text.value.to_lowercase()) {
            broken.push(format!("`{}` is somewhere in the output", text.value));
        }
    }
    broken
}

fn json(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::String(text) => Value::String(text.clone()),
        Scalar::Number(text) => text.parse().map_or(Value::Null, Value::Number),
        Scalar::Bool(yes) => Value::Bool(*yes),
    }
}

/// `e229-…`: see [`crate::pipeline::codes`].
fn is_code(value: &Value) -> bool {
    let Some((epoch, bits)) = value.as_str().and_then(|text| text.split_once('-')) else { return false };
    epoch.starts_with(['e', 'p', 't'])
        && epoch.len() > 1
        && epoch[1..].bytes().all(|b| b.is_ascii_digit())
        && bits.len() == 26
        && bits.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
}

/// Values at a path. A string on the way is read as JSON.
fn found<'v>(event: &'v Value, path: &str) -> Vec<std::borrow::Cow<'v, Value>> {
    let Ok(pattern) = Pattern::parse(path) else { return Vec::new() };
    let mut found = Vec::new();
    walk(event, pattern.segments(), &mut |value| found.push(value));
    found
}

fn walk<'v>(value: &'v Value, segments: &[Segment], each: &mut dyn FnMut(std::borrow::Cow<'v, Value>)) {
    let Some((first, rest)) = segments.split_first() else { return each(std::borrow::Cow::Borrowed(value)) };
    if let Value::String(text) = value
        && let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text)
    {
        return walk(&inner, segments, &mut |value| each(std::borrow::Cow::Owned(value.into_owned())));
    }
    match (first, value) {
        (Segment::Key(name), Value::Object(members)) => members.get(name).into_iter().for_each(|v| walk(v, rest, each)),
        (Segment::AnyKey, Value::Object(members)) => members.values().for_each(|v| walk(v, rest, each)),
        (Segment::AnyElement, Value::Array(elements)) => elements.iter().for_each(|v| walk(v, rest, each)),
        (Segment::Select { name, value: wanted }, Value::Array(elements)) => {
            let selected = elements.iter().filter(|e| match e.get(name) {
                Some(Value::String(text)) => text == wanted,
                Some(Value::Number(number)) => *wanted == format!("{number}"),
                Some(Value::Bool(yes)) => *wanted == format!("{yes}"),
                Some(_) => false,
                None => false,
            });
            selected.for_each(|v| walk(v, rest, each));
        }
        (Segment::AnyDepth, _) => {
            walk(value, rest, each);
            let below: Vec<&Value> = match value {
                Value::Object(members) => members.values().collect(),
                Value::Array(elements) => elements.iter().collect(),
                _ => Vec::new(),
            };
            below.into_iter().for_each(|v| walk(v, segments, each));
        }
        _ => {}
    }
}
