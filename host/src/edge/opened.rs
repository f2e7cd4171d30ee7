//! A filtered event on its way out: a sink takes out of its envelope what its protocol has a place for; the rest stays in the event,
//! and the event as it was written, numbers too.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::line::{self, Members, NAME};

/// An event, and what survived of its envelope.
pub(super) struct Opened<'e> {
    pub(super) event: Members<'e>,
    pub(super) envelope: Map<String, Value>,
}

impl<'e> Opened<'e> {
    /// Opens an event. `None`: it is no object, or half a character is in it, which servers refuse with all that comes beside it.
    pub(super) fn new(event: &'e [u8]) -> Option<Self> {
        let text = std::str::from_utf8(event).ok()?;
        let may_be_half = |start: &str| memchr::memmem::find(event, start.as_bytes()).is_some();
        if (may_be_half("\\ud") || may_be_half("\\uD")) && serde_json::from_str::<Value>(text).is_err() {
            return None;
        }
        let mut event = Members::parse(text)?;
        let at = event.0.iter().position(|(name, _)| name == NAME);
        let own = at.and_then(|at| Some((at, serde_json::from_str(event.0.get(at)?.1.get()).ok()?)));
        let envelope = own.map_or_else(Map::new, |(at, envelope)| {
            event.0.remove(at);
            envelope
        });
        Some(Self { event, envelope })
    }

    /// Takes a text out of the envelope. What is none stays.
    pub(super) fn take(&mut self, key: &str) -> Option<String> {
        match self.envelope.get_mut(key)? {
            Value::String(text) => {
                let text = std::mem::take(text);
                self.envelope.shift_remove(key);
                Some(text)
            }
            _ => None,
        }
    }

    /// The text that is all there is.
    pub(super) fn only_text(&self) -> Option<Cow<'e, str>> {
        if self.envelope.is_empty() { self.event.only_text() } else { None }
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.event.0.is_empty() && self.envelope.is_empty()
    }

    /// The event with what is left of its envelope.
    pub(super) fn close(&self) -> String {
        let mut out = vec![b'{'];
        self.event.write(&mut out);
        if !self.envelope.is_empty() {
            if !self.event.0.is_empty() {
                out.push(b',');
            }
            line::string(NAME, &mut out);
            out.push(b':');
            // Into memory, and of values only: it does not fail.
            let _ = serde_json::to_writer(&mut out, &self.envelope);
        }
        out.push(b'}');
        // Made of texts: nothing is lost.
        String::from_utf8_lossy(&out).into_owned()
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
        assert_eq!(opened.close(), r#"{"a":1,"@envelope":{"peer":"p","n":1}}"#);
        let empty = Opened::new(br#"{"@envelope":{}}"#).unwrap();
        assert!(empty.is_empty() && empty.close() == "{}");
        assert_eq!(Opened::new(br#"{"@envelope":7}"#).unwrap().close(), r#"{"@envelope":7}"#);
        assert!(Opened::new(b"[1]").is_none());
    }

    /// LAW: what is no envelope leaves as it was written, however deep and however long its numbers.
    #[test]
    fn an_event_stays_as_it_was_written() {
        let deep = format!("{}1.10{}", "[".repeat(300), "]".repeat(300));
        let event = format!(r#"{{"n":12345678901234567890123,"m":1.50e2,"d":{deep},"@envelope":{{"tag":"t"}}}}"#);
        let mut opened = Opened::new(event.as_bytes()).unwrap();
        opened.take("tag");
        assert_eq!(opened.close(), format!(r#"{{"n":12345678901234567890123,"m":1.50e2,"d":{deep}}}"#));
    }

    #[test]
    fn half_a_character_is_no_event() {
        assert!(Opened::new(br#"{"a":"\ud800"}"#).is_none());
        assert!(Opened::new(br#"{"a":"\uD83D\uDE00","b":"\\ud800"}"#).is_some());
    }
}
