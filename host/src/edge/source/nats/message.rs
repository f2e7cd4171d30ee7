//! A message of NATS as lines of JSON, one an event: its payload is an object, an array of objects, or lines of objects.
//!
//! Its subject and headers stand in `@envelope`. What is no object becomes a line that is no event: it goes to quarantine, and its
//! neighbours go on.

use async_nats::HeaderMap;

use crate::edge::line::{self, Envelope, no_event};
use crate::edge::walk;

/// Writes a line for each event of a payload, and gives how many of the lines are events. `more` is told how long they all are by now,
/// and says whether there is room: the envelope stands in each, so that a short payload may become long. `None`: there is none.
pub(super) fn lines(
    subject: &str,
    headers: Option<&HeaderMap>,
    payload: &[u8],
    mut more: impl FnMut(usize) -> bool,
    out: &mut Vec<u8>,
) -> Option<usize> {
    let (envelope, start, mut events) = (envelope(subject, headers), out.len(), 0);
    let text = std::str::from_utf8(payload).unwrap_or_default();
    if line::object(text, &envelope, out) {
        return more(out.len()).then_some(1);
    }
    let mut write = |one: &[u8], out: &mut Vec<u8>| {
        let is_event = std::str::from_utf8(one).is_ok_and(|one| line::object(one, &envelope, out));
        if is_event {
            events += 1;
        } else {
            no_event(one, out);
        }
        more(out.len())
    };
    let mut elements = 0;
    let is_array = walk::elements(text, |_| {
        elements += 1;
        true
    });
    let is_written = if is_array.is_some() && elements > 0 {
        walk::elements(text, |element| write(element.get().as_bytes(), out)).is_some()
    } else {
        let mut pieces = payload.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|piece| !piece.is_empty());
        pieces.all(|one| write(one, out))
    };
    if out.len() == start {
        // Nothing at all is a message, too: it is accounted for.
        no_event(payload, out);
    }
    is_written.then_some(events)
}

/// Subject and headers. A header that stands several times is an array.
fn envelope(subject: &str, headers: Option<&HeaderMap>) -> Envelope {
    let (mut out, mut all) = (Envelope::default(), Envelope::default());
    let mut named: Vec<(&str, Vec<&str>)> = headers
        .into_iter()
        .flat_map(HeaderMap::iter)
        .map(|(name, values)| (name.as_ref(), values.iter().map(|value| value.as_str()).collect()))
        .collect();
    named.sort_unstable();
    for (name, values) in named {
        match &values[..] {
            [one] => all.text(name, one),
            many => all.raw(name, &serde_json::json!(many).to_string()),
        }
    }
    out.text("subject", subject);
    if !all.is_empty() {
        out.raw("headers", &all.object());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn read(payload: &[u8], headers: &[(&str, &str)]) -> (Vec<Value>, usize) {
        let mut map = HeaderMap::new();
        headers.iter().for_each(|(name, value)| map.append(*name, *value));
        let mut out = Vec::new();
        let events = lines("audit.de", Some(&map).filter(|map| !map.is_empty()), payload, |_| true, &mut out).unwrap();
        let lines = out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        (lines.map(|line| serde_json::from_slice(line).unwrap()).collect(), events)
    }

    fn event(number: u64) -> Value {
        json!({"n": number, "@envelope": {"subject": "audit.de"}})
    }

    #[test]
    fn every_form_gives_the_same_events() {
        assert_eq!(read(b"{\"n\":1}", &[]), (vec![event(1)], 1));
        assert_eq!(read(b" {\n \"n\":\r\n1\n}\n", &[]), (vec![event(1)], 1));
        assert_eq!(read(b"[{\"n\":1},\n{\"n\":2}]", &[]), (vec![event(1), event(2)], 2));
        assert_eq!(read(b"{\"n\":1}\r\n\n{\"n\":2}\n", &[]), (vec![event(1), event(2)], 2));
    }

    #[test]
    fn headers_are_parts_of_the_envelope() {
        let (events, _) = read(b"{}", &[("Trace", "a"), ("User", "x\"y"), ("Trace", "b")]);
        let headers = json!({"Trace": ["a", "b"], "User": "x\"y"});
        assert_eq!(events, [json!({"@envelope": {"subject": "audit.de", "headers": headers}})]);
    }

    #[test]
    fn values_stay_as_they_are_written() {
        let mut out = Vec::new();
        lines("s", None, br#"{"n":12345678901234567890.10, "t" : "\u00e9\n"}"#, |_| true, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "{\"n\":12345678901234567890.10,\"t\":\"\\u00e9\\n\",\"@envelope\":{\"subject\":\"s\"}}\n");
    }

    #[test]
    fn what_is_no_event_changes_no_other() {
        let (events, number) = read(b"{\"n\":1}\n7\n{\"n\":\n{\"n\":2}", &[]);
        assert_eq!((&events[0], &events[3], events.len(), number), (&event(1), &event(2), 4, 2));
        for nothing in [&b""[..], b"[]", b" \n", b"\xff", b"null"] {
            let (events, number) = read(nothing, &[]);
            assert!(events.len() == 1 && events[0].is_string() && number == 0, "{nothing:?}");
        }
    }

    /// LAW (bounded): headers stand in each event. Where there is no room for that, no more is written than one line behind it.
    #[test]
    fn many_events_with_long_headers_are_no_more_than_there_is_room_for() {
        let mut headers = HeaderMap::new();
        headers.append("A", "x".repeat(10_000));
        for payload in ["{}\n".repeat(10_000), format!("[{}7]", "{},".repeat(10_000))] {
            let (mut out, most) = (Vec::new(), 100_000);
            let written = lines("s", Some(&headers), payload.as_bytes(), |bytes| bytes <= most, &mut out);
            assert_eq!(written, None);
            assert!(out.len() <= most + 11_000, "{}", out.len());
        }
    }

    #[test]
    fn a_payload_cannot_forge_an_envelope() {
        let (events, _) = read(br#"{"\u0040envelope":{"subject":"forged"}}"#, &[]);
        assert_eq!(events[0]["@envelope"]["subject"], "audit.de");
    }

    proptest! {
        /// LAW: whatever a payload holds, it becomes lines of JSON, one at least, each an event of ours or none.
        #[test]
        fn hostile_payloads_are_lines(
            payload in proptest::collection::vec(any::<u8>(), 0..100),
            json in "[\\[\\]{}\":,0-9a-z \n\\\\]{0,40}",
        ) {
            for payload in [&payload[..], json.as_bytes()] {
                let mut out = Vec::new();
                let events = lines("s", None, payload, |_| true, &mut out).unwrap();
                let lines: Vec<&[u8]> = out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
                prop_assert!(!lines.is_empty());
                let read: Vec<Value> = lines.iter().map(|line| serde_json::from_slice(line).unwrap()).collect();
                let whole = read.iter().filter(|value| value["@envelope"]["subject"] == "s").count();
                prop_assert_eq!(whole, events);
                prop_assert!(read.iter().all(|value| value.is_object() || value.is_string()));
            }
        }
    }
}
