//! A record as a line of JSON: its payload, and what came with it in `@envelope`. What is no object becomes a line that is no event:
//! it goes to quarantine, and its neighbours go on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::edge::line;

/// What came with a payload.
pub(super) struct Envelope<'r> {
    pub(super) topic: &'r str,
    pub(super) partition: i32,
    pub(super) offset: i64,
    /// Milliseconds since 1970.
    pub(super) time: Option<i64>,
    pub(super) key: Option<&'r [u8]>,
    pub(super) headers: Vec<(&'r str, Option<&'r [u8]>)>,
}

impl Envelope<'_> {
    fn json(&self) -> Map<String, Value> {
        let mut envelope = Map::new();
        let mut add = |name: &str, value: Value| drop(envelope.insert(name.to_owned(), value));
        add("topic", self.topic.into());
        add("partition", self.partition.into());
        add("offset", self.offset.into());
        let time = self.time.and_then(|time| jiff::Timestamp::from_millisecond(time).ok());
        if let Some(time) = time {
            add("time", time.to_string().into());
        }
        if let Some(key) = self.key {
            add("key", text(key));
        }
        let mut headers = Map::new();
        for (name, value) in &self.headers {
            let value = value.map_or(Value::Null, text);
            match headers.get_mut(*name) {
                None => drop(headers.insert((*name).to_owned(), value)),
                // The same name again.
                Some(Value::Array(list)) => list.push(value),
                Some(first) => *first = Value::Array(vec![first.take(), value]),
            }
        }
        if !headers.is_empty() {
            add("headers", headers.into());
        }
        envelope
    }
}

/// The text that bytes are; what is no UTF-8, as base64.
fn text(bytes: &[u8]) -> Value {
    std::str::from_utf8(bytes).map_or_else(|_| STANDARD.encode(bytes), str::to_owned).into()
}

/// Writes a line, with its break. A record without payload has its envelope only.
pub(super) fn line(payload: Option<&[u8]>, envelope: &Envelope<'_>, out: &mut Vec<u8>) {
    let payload = payload.unwrap_or_default().trim_ascii();
    let inside = payload.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    match inside {
        None if payload.is_empty() => object(b"", envelope, out),
        None => broken(payload, out),
        // A name may be written with escapes, and a break within a string is a mistake that must not be mended.
        Some(inside) if is_plain(inside) => object(inside, envelope, out),
        Some(_) => match rewritten(payload) {
            Some(inside) => object(&inside, envelope, out),
            None => broken(payload, out),
        },
    }
    out.push(b'\n');
}

/// Whether nothing in it can be a member of the name `@envelope`, or break the line.
fn is_plain(inside: &[u8]) -> bool {
    memchr::memchr2(b'\n', b'\r', inside).is_none()
        && memchr::memmem::find(inside, b"@envelope").is_none()
        && memchr::memmem::find(inside, b"\\u").is_none()
}

/// INVARIANT (the envelope is ours): what is written is JSON only if `inside` was the inside of one object.
fn object(inside: &[u8], envelope: &Envelope<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    out.extend_from_slice(inside);
    if !inside.trim_ascii().is_empty() {
        out.push(b',');
    }
    out.extend_from_slice(b"\"@envelope\":");
    json(&envelope.json(), out);
    out.push(b'}');
}

fn rewritten(payload: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    line::inside(std::str::from_utf8(payload).ok()?, &mut out)?;
    Some(out)
}

fn json<T: serde::Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    // Into memory, from what JSON can say: it does not fail.
    let _ = serde_json::to_writer(out, value);
}

/// A line that is no JSON: where a break stood stands what JSON has nowhere.
fn broken(payload: &[u8], out: &mut Vec<u8>) {
    out.extend(payload.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { 1 } else { *byte }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn bare<'r>() -> Envelope<'r> {
        Envelope { topic: "t", partition: 3, offset: 7, time: None, key: None, headers: Vec::new() }
    }

    fn read(payload: Option<&[u8]>, envelope: &Envelope<'_>) -> Option<Value> {
        let mut out = Vec::new();
        line(payload, envelope, &mut out);
        assert_eq!(memchr::memchr2(b'\n', b'\r', &out), Some(out.len() - 1), "one line");
        serde_json::from_slice(&out).ok()
    }

    #[test]
    fn what_came_with_a_record_stands_beside_it() {
        let headers =
            vec![("a", Some(b"1".as_slice())), ("b", None), ("a", Some(b"2")), ("c", Some(b"\xff")), ("a", None)];
        let envelope = Envelope { time: Some(1_793_000_000_500), key: Some(b"k"), headers, ..bare() };
        let headers = json!({"a": ["1", "2", null], "b": null, "c": "/w=="});
        let wanted = json!({"topic": "t", "partition": 3, "offset": 7, "time": "2026-10-26T07:33:20.5Z", "key": "k", "headers": headers});
        assert_eq!(read(Some(br#" {"x":[1]} "#), &envelope), Some(json!({"x": [1], "@envelope": wanted})));
        for empty in [None, Some(b"".as_slice()), Some(b" \n"), Some(b"{ }"), Some(b"{\n}")] {
            assert_eq!(read(empty, &envelope), Some(json!({"@envelope": wanted})), "{empty:?}");
        }
    }

    #[test]
    fn an_envelope_cannot_be_forged() {
        let ours = json!({"topic": "t", "partition": 3, "offset": 7});
        for forged in [
            r#"{"@envelope":{"key":"x"},"a":"\n"}"#,
            r#"{"a":"\n","\u0040envelope":{"key":"x"}}"#,
            "{\r\n \"@envelope\"\n: {\"key\":\r\"x\"}, \"a\":\"\\n\" }",
        ] {
            let wanted = json!({"@@envelope": {"key": "x"}, "a": "\n", "@envelope": ours});
            assert_eq!(read(Some(forged.as_bytes()), &bare()), Some(wanted), "{forged}");
        }
        // A break within a string, a member that is not closed, two objects, none.
        for broken in [
            "{\"@envelope\":{\"key\":\"x\"},\"a\":\"x\ny\"}",
            "{\"a\":{}",
            "{}{}",
            "{\"a\":1}\n{}",
            "[1]",
            "x",
            "{\"a\":1,}",
        ] {
            assert!(read(Some(broken.as_bytes()), &bare()).is_none_or(|read| !read.is_object()), "{broken}");
        }
    }

    proptest! {
        /// LAW (one record, one line): whatever a payload is, its line is one; if that is an object, the payload was one, and all
        /// of it is there beside an envelope of ours.
        #[test]
        fn a_payload_is_a_line_and_never_more_than_it_was(
            pieces in proptest::collection::vec(proptest::sample::select(vec![
                "{", "}", "\"", ":", ",", "@envelope", "\\u0040envelope", "\n", "\r", "\\", "a", "1", "[", "]", " ", "\"a\":1", "\"@envelope\":{}", "{\"a\":", "\u{e9}",
            ]), 0..12),
            any in proptest::collection::vec(any::<u8>(), 0..8),
            is_any in any::<bool>(),
        ) {
            let mut payload = pieces.concat().into_bytes();
            if is_any { payload.extend(any); }
            if let Some(Value::Object(mut event)) = read(Some(&payload), &bare()) {
                let ours = event.remove("@envelope");
                prop_assert_eq!(ours, Some(json!({"topic": "t", "partition": 3, "offset": 7})));
                if !payload.trim_ascii().is_empty() {
                    let mut was: Map<String, Value> = serde_json::from_slice(&payload).unwrap();
                    if let Some(own) = was.remove("@envelope") {
                        was.insert("@@envelope".to_owned(), own);
                    }
                    prop_assert_eq!(Value::Object(event), Value::Object(was));
                }
            }
        }
    }
}
