//! Records of a protocol as events: a line of JSON each, with what stood beside the body in `@envelope`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use super::walk;

/// The member of an event that holds its envelope.
pub(in crate::edge) const NAME: &str = "@envelope";
/// The member that a body which is no object becomes.
const TEXT: &str = "message";

/// What stands beside a body, as text of JSON.
#[derive(Clone, Debug, Default)]
pub struct Envelope(Vec<u8>);

impl Envelope {
    /// Adds a member whose value is JSON as it was written.
    pub fn raw(&mut self, key: &str, value: &str) {
        self.key(key);
        one_line(value, &mut self.0);
    }

    /// Adds a member whose value is a text.
    pub fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        string(value, &mut self.0);
    }

    fn key(&mut self, key: &str) {
        if !self.0.is_empty() {
            self.0.push(b',');
        }
        string(key, &mut self.0);
        self.0.push(b':');
    }

    /// Length of its members, in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its members as an object.
    pub fn object(&self) -> String {
        format!("{{{}}}", String::from_utf8_lossy(&self.0))
    }

    fn close(&self, is_first: bool, out: &mut Vec<u8>) {
        if !self.is_empty() {
            out.extend_from_slice(if is_first { b"\"@envelope\":{" } else { b",\"@envelope\":{" });
            out.extend_from_slice(&self.0);
            out.push(b'}');
        }
        out.extend_from_slice(b"}\n");
    }
}

/// Members of an object in their order, also those that stand twice; values as they were written.
#[derive(Debug)]
pub struct Members<'t>(pub Vec<(Cow<'t, str>, &'t RawValue)>);

impl<'t> Members<'t> {
    /// Reads an object. `None`: the text is none.
    pub fn parse(text: &'t str) -> Option<Self> {
        let mut members = Vec::new();
        walk::members(text, |key, value| members.push((key, value)))?;
        Some(Self(members))
    }

    /// The first member of this name.
    pub fn get(&self, name: &str) -> Option<&'t RawValue> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    /// Takes a text out, where it is one and fits.
    pub fn take_text(&mut self, name: &str, fits: impl Fn(&str) -> bool) -> Option<String> {
        let at = self.0.iter().position(|(key, _)| key == name)?;
        let text: String = serde_json::from_str(self.0.get(at)?.1.get()).ok()?;
        fits(&text).then(|| {
            self.0.remove(at);
            text
        })
    }

    /// The text that is the only member of a line that was one: the other way of [`text`].
    pub fn only_text(&self) -> Option<Cow<'t, str>> {
        match self.0.as_slice() {
            [(key, value)] if key == TEXT => walk::text(value.get()),
            _ => None,
        }
    }

    /// Writes them as they stand between braces.
    pub fn write(&self, out: &mut Vec<u8>) {
        for (number, (key, value)) in self.0.iter().enumerate() {
            member(number == 0, key, value, out);
        }
    }
}

/// Writes an event whose body is this object; values stay as they were written. False, and nothing is written, where it is none.
/// A body cannot forge an envelope: its own `@envelope` is called `@@envelope`.
#[must_use]
pub fn object(body: &str, envelope: &Envelope, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    out.push(b'{');
    let Some(is_empty) = inside(body, out) else {
        out.truncate(start);
        return false;
    };
    envelope.close(is_empty, out);
    true
}

/// Writes the members of a body as they stand between braces, and gives whether there are none. `None`: it is no object; some may be
/// written.
pub fn inside(body: &str, out: &mut Vec<u8>) -> Option<bool> {
    let mut is_first = true;
    walk::members(body, |key, value| {
        member(is_first, if key == NAME { "@@envelope" } else { &key }, value, out);
        is_first = false;
    })?;
    Some(is_first)
}

fn member(is_first: bool, key: &str, value: &RawValue, out: &mut Vec<u8>) {
    if !is_first {
        out.push(b',');
    }
    string(key, out);
    out.push(b':');
    one_line(value.get(), out);
}

/// Writes an event whose body is a text: the object that it holds, else `{"message": text}`.
pub fn text(body: &str, envelope: &Envelope, out: &mut Vec<u8>) {
    if body.trim_start().starts_with('{') && object(body, envelope, out) {
        return;
    }
    out.extend_from_slice(b"{\"message\":");
    string(body, out);
    envelope.close(false, out);
}

/// Writes an event whose body is some value of JSON: an object, what a text holds, else `{"message": value}`.
pub fn value(body: &RawValue, envelope: &Envelope, out: &mut Vec<u8>) {
    if object(body.get(), envelope, out) {
        return;
    }
    if let Ok(said) = serde_json::from_str::<Cow<'_, str>>(body.get()) {
        return text(&said, envelope, out);
    }
    // What is an object and cannot be read as one must not pass for a body: it could hold an envelope.
    if body.get().starts_with('{') {
        return no_event(body.get().as_bytes(), out);
    }
    out.extend_from_slice(b"{\"message\":");
    one_line(body.get(), out);
    envelope.close(false, out);
}

/// A body as text, and how long the copy is that this needs where not all of it is UTF-8. `more` says whether there is room for that;
/// `None`: there is not.
pub fn whole<'b>(body: &'b [u8], mut more: impl FnMut(usize) -> bool) -> Option<(Cow<'b, str>, usize)> {
    match std::str::from_utf8(body) {
        Ok(text) => Some((text.into(), 0)),
        // Each byte may become a character of three.
        Err(_) if !more(body.len().saturating_mul(3)) => None,
        Err(_) => {
            let text = String::from_utf8_lossy(body);
            let copied = text.len();
            Some((text, copied))
        }
    }
}

/// Bytes that are no event, as a line that is none: it goes to quarantine, and its neighbours go on.
pub fn no_event(bytes: &[u8], out: &mut Vec<u8>) {
    string(&STANDARD.encode(bytes), out);
    out.push(b'\n');
}

/// Writes a string of JSON.
pub fn string(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    // All are looked at, many at a time: few texts have one that is escaped.
    let is_escaped = bytes.iter().fold(false, |is, byte| is | (*byte < b' ') | (*byte == b'"') | (*byte == b'\\'));
    if is_escaped {
        // Into memory: it does not fail.
        let _ = serde_json::to_writer(out, text);
        return;
    }
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    out.extend_from_slice(bytes);
    out.push(b'"');
}

/// Line breaks of JSON that was read are between values, never in one.
fn one_line(json: &str, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(json.as_bytes());
    let written = out.get_mut(start..).unwrap_or_default();
    written.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn envelope() -> Envelope {
        let mut envelope = Envelope::default();
        envelope.text("host", "h\"1");
        envelope.raw("fields", "{\"a\":\n1}");
        envelope
    }

    fn read(line: &[u8]) -> Value {
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        serde_json::from_slice(line).unwrap()
    }

    #[test]
    fn a_body_stays_as_it_was_written_and_cannot_forge_an_envelope() {
        let mut out = Vec::new();
        assert!(object("{\"n\":12345678901234567890123,\r\n\"\\u0040envelope\":{\"host\":1}}", &envelope(), &mut out));
        let line = String::from_utf8(out).unwrap();
        assert!(line.starts_with(r#"{"n":12345678901234567890123,"@@envelope":{"host":1},"@envelope":{"host":"h\"1""#));
        for wrong in ["[1]", "7", "{", "", "{\"\\ud800\":1}", "{\"a\":1}{"] {
            assert!(!object(wrong, &envelope(), &mut Vec::new()), "{wrong}");
        }
        let mut out = Vec::new();
        assert!(object("{}", &Envelope::default(), &mut out) && object("{}", &envelope(), &mut out));
        assert!(out.starts_with(b"{}\n{\"@envelope\":{"));
    }

    #[test]
    fn texts_are_what_they_hold_or_messages() {
        let of = |body: &str| {
            let mut out = Vec::new();
            let raw: &RawValue = serde_json::from_str(body).unwrap();
            value(raw, &Envelope::default(), &mut out);
            read(&out)
        };
        assert_eq!(of(r#""{\"a\":1}""#), json!({"a": 1}));
        assert_eq!(of(r#""{ no json""#), json!({"message": "{ no json"}));
        assert_eq!(of("[1,2]"), json!({"message": [1, 2]}));
        assert!(of("{\"\\ud800\":1,\"@envelope\":{}}").is_string());
        let only = |event: &'static str| Members::parse(event).unwrap().only_text();
        assert_eq!(only(r#"{"message":"m\u0041"}"#).as_deref(), Some("mA"));
        assert!(only(r#"{"message":"m","a":1}"#).is_none() && only(r#"{"message":7}"#).is_none());
    }

    proptest! {
        /// LAW: a string is written as others write it.
        #[test]
        fn strings_are_strings_of_json(text in "\\PC*|[\\x00-\\x7f]{0,80}|[a-z]{0,80}[\"\\\\\\x00-\\x1f\\x7f]?") {
            let mut out = Vec::new();
            string(&text, &mut out);
            prop_assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&text).unwrap());
        }

        /// LAW: whatever a body is, it is one line of JSON, and its envelope is ours.
        #[test]
        fn any_text_is_one_line_with_our_envelope(body in "\\PC*|[{}\"@envlop:,\\\\u0-9\n ]{0,40}") {
            let mut out = Vec::new();
            text(&body, &envelope(), &mut out);
            prop_assert_eq!(&read(&out)["@envelope"]["host"], "h\"1");
        }
    }
}
