//! Values to look at: lines of text, and strings and numbers of events with the names of their fields.

use std::collections::HashMap;

use serde_json::Value;

/// A value.
pub(in crate::cli) struct Row {
    /// Its line, from 1.
    pub(in crate::cli) line: usize,
    /// Where it stands in an event; empty for a line of text.
    pub(in crate::cli) field: String,
    pub(in crate::cli) text: String,
    /// Which of the hints are its own.
    pub(in crate::cli) number: usize,
}

/// Values of a batch.
pub(in crate::cli) struct Rows {
    /// Words of the field that lines of text come from.
    field: Vec<String>,
    all: Vec<Row>,
    bytes: usize,
    /// Words of fields, each once.
    hints: Vec<Vec<String>>,
    numbers: HashMap<Vec<String>, usize>,
}

impl Rows {
    pub(in crate::cli) fn new(field: &str) -> Self {
        let field: Vec<String> = field.split_whitespace().map(str::to_owned).collect();
        Rows { field, all: Vec::new(), bytes: 0, hints: Vec::new(), numbers: HashMap::new() }
    }

    /// Adds a line.
    pub(in crate::cli) fn line(&mut self, number: usize, line: &str) {
        let line = line.trim_end_matches('\r');
        let event = line.trim_start().starts_with('{').then(|| serde_json::from_str::<Value>(line).ok()).flatten();
        match event {
            Some(event) => self.value(number, &event, &mut Vec::new()),
            None if line.is_empty() => {}
            None => self.push(number, String::new(), line.to_owned(), self.field.clone()),
        }
    }

    fn value(&mut self, line: usize, value: &Value, path: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                // The name beside a value says what it is, as in `{"Name": "Phone", "Value": "…"}`.
                let name = ["Name", "name", "Key", "key"].iter().find_map(|key| members.get(*key)?.as_str());
                for (key, value) in members {
                    path.push(key.clone());
                    let named = name.filter(|_| matches!(key.as_str(), "Value" | "value"));
                    path.extend(named.map(str::to_owned));
                    self.value(line, value, path);
                    path.truncate(path.len() - 1 - usize::from(named.is_some()));
                }
            }
            Value::Array(elements) => elements.iter().for_each(|element| self.value(line, element, path)),
            Value::String(text) => self.push(line, path.join("."), text.clone(), path.clone()),
            Value::Number(number) => self.push(line, path.join("."), number.to_string(), path.clone()),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// Adds a value.
    pub(in crate::cli) fn push(&mut self, line: usize, field: String, text: String, hints: Vec<String>) {
        let next = self.hints.len();
        let number = *self.numbers.entry(hints.clone()).or_insert(next);
        if number == next {
            self.hints.push(hints);
        }
        self.bytes += text.len();
        self.all.push(Row { line, field, text, number });
    }

    pub(in crate::cli) fn all(&self) -> &[Row] {
        &self.all
    }

    pub(in crate::cli) fn fields(&self) -> impl ExactSizeIterator<Item = &[String]> {
        self.hints.iter().map(Vec::as_slice)
    }

    /// Bytes of all values.
    pub(in crate::cli) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(in crate::cli) fn clear(&mut self) {
        self.all.clear();
        self.hints.clear();
        self.numbers.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_taken_apart_and_lines_are_not() {
        let mut rows = Rows::new("phone number");
        rows.line(1, r#"{"a":{"b":["x",7]},"c":null,"Name":"Tel","Value":"y"}"#);
        rows.line(2, "plain {text}\r");
        rows.line(3, "");
        let all: Vec<_> = rows.all().iter().map(|row| (row.line, row.field.as_str(), row.text.as_str())).collect();
        let wanted =
            [(1, "a.b", "x"), (1, "a.b", "7"), (1, "Name", "Tel"), (1, "Value.Tel", "y"), (2, "", "plain {text}")];
        assert_eq!(all, wanted);
        assert!(rows.fields().any(|hints| hints == ["phone", "number"]));
    }
}
