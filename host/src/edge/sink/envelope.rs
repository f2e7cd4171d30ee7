//! The envelope of a filtered event: a sink takes out what its protocol has a place for; the rest stays in the event.

use serde_json::{Map, Value};

const NAME: &str = "@envelope";

/// An event, and what survived of its envelope.
pub(in crate::edge) struct Opened {
    pub(in crate::edge) event: Map<String, Value>,
    pub(in crate::edge) envelope: Map<String, Value>,
}

impl Opened {
    /// Opens an event. `None`: it is no object.
    pub(in crate::edge) fn new(event: &[u8]) -> Option<Self> {
        let mut event: Map<String, Value> = serde_json::from_slice(event).ok()?;
        let envelope = match event.remove(NAME) {
            Some(Value::Object(envelope)) => envelope,
            other => {
                event.extend(other.map(|other| (NAME.to_owned(), other)));
                Map::new()
            }
        };
        Some(Self { event, envelope })
    }

    /// Takes a text out of the envelope. What is none stays.
    pub(in crate::edge) fn take(&mut self, key: &str) -> Option<String> {
        take_text(&mut self.envelope, key)
    }

    /// The event with what is left of its envelope.
    pub(in crate::edge) fn close(mut self) -> Map<String, Value> {
        if !self.envelope.is_empty() {
            self.event.insert(NAME.to_owned(), self.envelope.into());
        }
        self.event
    }
}

/// Takes a text out of an object. What is none stays.
pub(in crate::edge) fn take_text(object: &mut Map<String, Value>, key: &str) -> Option<String> {
    match object.get_mut(key)? {
        Value::String(text) => {
            let text = std::mem::take(text);
            object.shift_remove(key);
            Some(text)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_taken_out_stays() {
        let event = br#"{"a":1,"@envelope":{"tag":"t","peer":"p","n":1}}"#;
        let mut opened = Opened::new(event).unwrap();
        assert_eq!((opened.take("tag"), opened.take("n"), opened.take("x")), (Some("t".to_owned()), None, None));
        assert_eq!(Value::Object(opened.close()), serde_json::json!({"a": 1, "@envelope": {"peer": "p", "n": 1}}));
        assert_eq!(Opened::new(br#"{"@envelope":{}}"#).unwrap().close(), Map::new());
        assert_eq!(Opened::new(br#"{"@envelope":7}"#).unwrap().close().len(), 1);
        assert!(Opened::new(b"[1]").is_none());
    }
}
