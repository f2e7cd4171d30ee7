//! A filtered event as a record: key, headers and time are what survived of them.

use std::borrow::Cow;

use jiff::Timestamp;
use rdkafka::message::{Header, OwnedHeaders};
use serde_json::{Map, Value};

use crate::edge::line::Members;
use crate::edge::opened::Opened;

/// A record.
pub(super) struct Message<'e> {
    pub(super) payload: Cow<'e, [u8]>,
    pub(super) key: Option<Vec<u8>>,
    pub(super) headers: Option<OwnedHeaders>,
    /// Milliseconds since 1970.
    pub(super) time: Option<i64>,
}

impl<'e> Message<'e> {
    /// Makes a record. Its key is the field of the path `key_from`, else what survived of `@envelope.key`. `None`: the event is no object.
    pub(super) fn new(event: &'e [u8], key_from: Option<&[String]>) -> Option<Self> {
        if key_from.is_none() && memchr::memmem::find(event, b"\"@envelope\"").is_none() {
            let is_object = event.starts_with(b"{");
            return is_object.then_some(Self { payload: event.into(), key: None, headers: None, time: None });
        }
        let mut opened = Opened::new(event)?;
        let key = match key_from {
            Some(path) => field(&opened, path),
            None => opened.take("key").map(String::into_bytes),
        };
        let time = opened.envelope.get("time").and_then(Value::as_str).and_then(|time| time.parse::<Timestamp>().ok());
        if time.is_some() {
            opened.envelope.shift_remove("time");
        }
        let headers = match opened.envelope.shift_remove("headers") {
            Some(Value::Object(all)) => Some(headers(&all)),
            other => {
                opened.envelope.extend(other.map(|other| ("headers".to_owned(), other)));
                None
            }
        };
        let payload = opened.close().into_bytes().into();
        Some(Self { payload, key, headers, time: time.map(Timestamp::as_millisecond) })
    }
}

/// The text of a field; of what is none its JSON, as it was written; of nothing nothing.
fn field(opened: &Opened<'_>, path: &[String]) -> Option<Vec<u8>> {
    let (first, rest) = path.split_first()?;
    if first == "@envelope" {
        let (first, rest) = rest.split_first()?;
        return bytes(rest.iter().try_fold(opened.envelope.get(first)?, |value, name| value.get(name))?);
    }
    let found = rest.iter().try_fold(opened.event.get(first)?, |value, name| Members::parse(value.get())?.get(name))?;
    match found.get() {
        "null" => None,
        text if text.starts_with('"') => serde_json::from_str::<String>(text).ok().map(String::into_bytes),
        other => Some(other.as_bytes().to_vec()),
    }
}

/// The text of a value; of what is none its JSON; of nothing nothing.
fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone().into_bytes()),
        other => Some(other.to_string().into_bytes()),
    }
}

/// A list is one name several times.
fn headers(all: &Map<String, Value>) -> OwnedHeaders {
    let mut headers = OwnedHeaders::new_with_capacity(all.len());
    for (key, value) in all {
        let values = if let Value::Array(list) = value { list.as_slice() } else { std::slice::from_ref(value) };
        for value in values {
            headers = headers.insert(Header { key, value: bytes(value).as_deref() });
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::message::Headers as _;

    fn read(
        event: &str,
        key_from: Option<&str>,
    ) -> (String, Option<String>, Vec<(String, Option<String>)>, Option<i64>) {
        let path: Option<Vec<String>> = key_from.map(|path| path.split('.').map(str::to_owned).collect());
        let message = Message::new(event.as_bytes(), path.as_deref()).unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let headers = message.headers.as_ref().map_or_else(Vec::new, |headers| {
            headers.iter().map(|header| (header.key.to_owned(), header.value.map(text))).collect()
        });
        (text(&message.payload), message.key.as_deref().map(text), headers, message.time)
    }

    #[test]
    fn what_survived_of_the_envelope_goes_where_it_belongs() {
        let event = r#"{"a":1,"@envelope":{"key":"k","time":"2026-10-26T07:33:20.5Z","partition":3,"headers":{"x":["1",null],"y":2}}}"#;
        let (payload, key, headers, time) = read(event, None);
        assert_eq!(payload, r#"{"a":1,"@envelope":{"partition":3}}"#);
        assert_eq!((key.as_deref(), time), (Some("k"), Some(1_793_000_000_500)));
        let of = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(headers, [of("x", Some("1")), of("x", None), of("y", Some("2"))]);
        // What has no place stays where it is.
        let odd = r#"{"@envelope":{"key":7,"time":"soon","headers":[]}}"#;
        assert_eq!(read(odd, None), (odd.to_owned(), None, Vec::new(), None));
        let bare = r#"{ "b" : 1 }"#;
        assert_eq!(read(bare, None), (bare.to_owned(), None, Vec::new(), None));
        assert!(Message::new(b"[1]", None).is_none() && Message::new(b"7", Some(&["a".to_owned()])).is_none());
    }

    #[test]
    fn a_key_is_a_field_that_is_there() {
        let event = r#"{"u":{"id":"x"},"n":7,"z":null,"@envelope":{"key":"k"}}"#;
        for (path, key) in [
            ("u.id", Some("x")),
            ("n", Some("7")),
            ("z", None),
            ("u.no", None),
            ("n.x", None),
            ("@envelope.key", Some("k")),
        ] {
            let (payload, found, ..) = read(event, Some(path));
            assert_eq!((payload.as_str(), found.as_deref()), (event, key), "{path}");
        }
    }
}
