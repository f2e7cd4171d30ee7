//! Filtered events as messages of NATS.

use std::str::FromStr as _;

use async_nats::header::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::config::{SUBJECT, is_subject};
use crate::edge::opened::Opened;

/// Longest subject, in bytes.
const LONGEST: usize = 1024;

/// A message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) subject: String,
    pub(super) headers: HeaderMap,
    pub(super) payload: Bytes,
}

/// An event as a message: to `subject`, in which `{subject}` stands for what survived of its own subject, with the headers that survived.
/// What a message has no place for stays in the event.
pub(super) fn message(event: &[u8], subject: &str) -> Message {
    let as_it_is =
        || Message { subject: filled(subject, None), headers: HeaderMap::new(), payload: event.to_vec().into() };
    if memchr::memmem::find(event, b"\"@envelope\"").is_none() {
        return as_it_is();
    }
    let Some(mut opened) = Opened::new(event) else { return as_it_is() };
    let own = if subject.contains(SUBJECT) { opened.take("subject") } else { None };
    let mut headers = HeaderMap::new();
    if let Some(Value::Object(survived)) = opened.envelope.get_mut("headers") {
        survived.retain(|name, value| !put(name, value, &mut headers));
    }
    if opened.envelope.get("headers").and_then(Value::as_object).is_some_and(Map::is_empty) {
        opened.envelope.shift_remove("headers");
    }
    let subject = filled(subject, own.as_deref());
    Message { subject, headers, payload: opened.close().into_bytes().into() }
}

/// Puts a header, or says that it cannot be one. Those that begin with `Nats-` are orders to the server: they could empty a stream.
fn put(name: &str, value: &Value, headers: &mut HeaderMap) -> bool {
    let is_order = name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("nats-"));
    let Ok(header) = HeaderName::from_str(name) else { return false };
    let texts: Option<Vec<&str>> = match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(texts) => texts.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let values: Option<Vec<HeaderValue>> =
        texts.and_then(|texts| texts.into_iter().map(|text| HeaderValue::from_str(text).ok()).collect());
    match values {
        Some(values) if !is_order && !values.is_empty() => {
            values.into_iter().for_each(|value| headers.append(header.clone(), value));
            true
        }
        _ => false,
    }
}

/// A subject that something can be sent to. What cannot stand in one becomes `_`.
fn filled(subject: &str, own: Option<&str>) -> String {
    let Some(own) = own.filter(|own| !own.is_empty()) else { return usual(subject) };
    let plain: String =
        own.chars().map(|c| if c <= ' ' || matches!(c, '*' | '>' | '\u{7f}') { '_' } else { c }).collect();
    let filled = subject.replace(SUBJECT, &plain);
    if is_subject(&filled) && filled.len() <= LONGEST { filled } else { usual(subject) }
}

/// Where events go whose own subject did not survive, or that no stream has.
pub(super) fn usual(subject: &str) -> String {
    subject.replace(SUBJECT, "none")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(event: &str, subject: &str) -> (String, Vec<String>, String) {
        let message = message(event.as_bytes(), subject);
        let headers = message.headers.iter().map(|(name, values)| {
            let values: Vec<_> = values.iter().map(HeaderValue::as_str).collect();
            format!("{}={}", AsRef::<str>::as_ref(name), values.join(","))
        });
        let mut headers: Vec<_> = headers.collect();
        headers.sort();
        (message.subject, headers, String::from_utf8(message.payload.to_vec()).unwrap())
    }

    #[test]
    fn what_survived_of_subject_and_headers_goes_where_it_belongs() {
        let event = r#"{"n":1,"@envelope":{"subject":"audit.de","headers":{"A":"x","B":["y","z"]}}}"#;
        let headers = vec!["A=x".to_owned(), "B=y,z".to_owned()];
        assert_eq!(read(event, "out.{subject}"), ("out.audit.de".to_owned(), headers.clone(), r#"{"n":1}"#.to_owned()));
        let kept = r#"{"n":1,"@envelope":{"subject":"audit.de"}}"#.to_owned();
        assert_eq!(read(event, "out"), ("out".to_owned(), headers, kept));
        assert_eq!(read(r#"{"n":1}"#, "out.{subject}").0, "out.none");
    }

    #[test]
    fn orders_to_the_server_stay_in_the_event() {
        let event =
            r#"{"@envelope":{"headers":{"Nats-Rollup":"all","nats-msg-id":"1","a b":"x","C":"x\ny","D":7,"E":"e"}}}"#;
        let (_, headers, payload) = read(event, "out");
        assert_eq!(headers, ["E=e"]);
        for stays in ["Nats-Rollup", "nats-msg-id", "a b", "\"C\"", "\"D\""] {
            assert!(payload.contains(stays), "{payload}");
        }
    }

    #[test]
    fn what_is_no_envelope_or_no_object_goes_as_it_is() {
        for event in [r#"{"n":12345678901234567890123}"#, "7", r#"["@envelope"]"#] {
            assert_eq!(read(event, "out").2, event);
        }
    }

    proptest! {
        /// LAW: whatever survived, the message goes to a subject below the one that was said.
        #[test]
        fn subjects_are_subjects(own in any::<String>()) {
            let event = serde_json::json!({"@envelope": {"subject": own}}).to_string();
            let (subject, ..) = read(&event, "out.{subject}.x");
            prop_assert!(is_subject(&subject) && subject.starts_with("out.") && subject.ends_with(".x"), "{}", subject);
        }
    }
}
