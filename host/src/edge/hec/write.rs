//! Filtered events as a body of objects.

use serde_json::{Map, Value};

use super::{SAID, time};
use crate::edge::line::string;
use crate::edge::opened::Opened;

/// What is said of events whose own did not survive.
#[derive(Clone, Debug, Default)]
pub struct Usual {
    /// By the names of [`SAID`], in their order.
    pub said: [Option<String>; 4],
}

/// Writes an event: beside it what survived of its envelope and has a place in the protocol, else what is usual.
pub(in crate::edge) fn event(mut opened: Opened<'_>, usual: &Usual, out: &mut Vec<u8>) {
    let envelope = &mut opened.envelope;
    let mut said = Map::new();
    for (name, usual) in SAID.iter().zip(&usual.said) {
        let own = envelope.get(*name).filter(|own| own.is_string()).is_some();
        let value = if own { envelope.shift_remove(*name) } else { usual.clone().map(Value::String) };
        said.extend(value.map(|value| ((*name).to_owned(), value)));
    }
    let at = envelope.get("time").and_then(|time| time.as_str()?.parse::<jiff::Timestamp>().ok());
    if let Some(at) = at {
        envelope.shift_remove("time");
        // A number as text: as a float it would lose its last digits.
        said.insert("time".to_owned(), time::write(at).into());
    }
    if envelope.get("fields").is_some_and(is_flat)
        && let Some(fields) = envelope.shift_remove("fields")
    {
        said.insert("fields".to_owned(), fields);
    }
    let start = out.len();
    // Into memory, and of values only: it does not fail.
    let _ = serde_json::to_writer(&mut *out, &said);
    out.pop();
    if out.len() > start + 1 {
        out.push(b',');
    }
    out.extend_from_slice(b"\"event\":");
    match opened.only_text() {
        Some(text) if !text.is_empty() => string(&text, out),
        _ => out.extend_from_slice(opened.close().as_bytes()),
    }
    out.extend_from_slice(b"}\n");
}

/// Indexed fields are texts, or lists of them; others would have the whole request refused.
fn is_flat(fields: &Value) -> bool {
    let is_plain = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    let is_good = |value: &Value| is_plain(value) || value.as_array().is_some_and(|all| all.iter().all(is_plain));
    fields.as_object().is_some_and(|fields| !fields.is_empty() && fields.values().all(is_good))
}

#[cfg(test)]
mod tests {
    use super::super::request;
    use super::*;
    use serde_json::json;

    fn written(event: Value, envelope: Value) -> Value {
        let usual = Usual { said: [None, None, Some("tamis".to_owned()), None] };
        let (mut out, mut event) = (Vec::new(), event.as_object().unwrap().clone());
        event.insert("@envelope".to_owned(), envelope);
        super::event(Opened::new(Value::Object(event).to_string().as_bytes()).unwrap(), &usual, &mut out);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn what_survived_of_an_envelope_stands_in_its_place() {
        let envelope = json!({"host": "h", "index": 7, "time": "2015-03-13T20:43:59.5Z", "fields": {"a": "b"}, "x": 1});
        let wanted = json!({"host": "h", "sourcetype": "tamis", "time": "1426279439.5", "fields": {"a": "b"},
            "event": {"n": 1, "@envelope": {"index": 7, "x": 1}}});
        assert_eq!(written(json!({"n": 1}), envelope), wanted);
        assert_eq!(written(json!({"message": "m"}), json!({})), json!({"sourcetype": "tamis", "event": "m"}));
        let deep = written(json!({"message": ""}), json!({"fields": {"a": {}}, "time": "soon"}));
        assert_eq!(deep["event"], json!({"message": "", "@envelope": {"fields": {"a": {}}, "time": "soon"}}));
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let written = written(json!({"n": 1}), json!({"host": "h", "time": "2015-03-13T20:43:59.5Z"})).to_string();
        let mut out = Vec::new();
        request::events(written.as_bytes(), &request::Usual::default(), |_| true, &mut out).unwrap();
        let read: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(read["n"], 1);
        assert_eq!(read["@envelope"], json!({"host": "h", "sourcetype": "tamis", "time": "2015-03-13T20:43:59.5Z"}));
    }
}
