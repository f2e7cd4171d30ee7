//! A request → its lines, each an event. It is not decoded as a whole: a line of two bytes would take a hundred in memory.

use bytes::Bytes;
use jiff::Timestamp;
use prost::Message as _;
use serde_json::value::RawValue;

use super::labels;
use super::message::Entry;
use crate::edge::line::{self, Envelope};
use crate::edge::otlp::records::Unread::Malformed;
use crate::edge::otlp::records::fields;
use crate::edge::walk;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is no push.
    Malformed,
    /// There is no room for its events.
    TooMuch,
}

/// Inflates a snappy block, whose [`length`] was looked at before. `None`: it is none.
pub fn inflated(body: &[u8]) -> Option<Vec<u8>> {
    snap::raw::Decoder::new().decompress_vec(body).ok()
}

/// Length that a snappy block says it has inflated. `None`: it is none.
pub fn length(body: &[u8]) -> Option<usize> {
    snap::raw::decompress_len(body).ok()
}

/// Writes the events of a request in JSON, a line each. `more` is told how long they are by now, and says whether there is room.
///
/// # Errors
///
/// It is none, or there is no room.
pub fn of_json(body: &[u8], mut more: impl FnMut(usize) -> bool, out: &mut Vec<u8>) -> Result<(), Unread> {
    let (text, copied) = line::whole(body, &mut more).ok_or(Unread::TooMuch)?;
    let [streams] = once(&text, ["streams"]).ok_or(Unread::Malformed)?;
    let mut is_full = false;
    let read = walk::elements(streams.get(), |said| {
        // What labels hold is looked at with the event: values that are no texts are no labels.
        let Some([labels, values]) = once(said.get(), ["stream", "values"]) else { return false };
        let read = walk::elements(values.get(), |value| {
            if entry(value, labels, out).is_none() {
                line::no_event(value.get().as_bytes(), out);
            }
            is_full = !more(copied + out.len());
            !is_full
        });
        labels.get().starts_with('{') && read.is_some()
    });
    match read {
        Some(()) => Ok(()),
        None if is_full => Err(Unread::TooMuch),
        None => Err(Unread::Malformed),
    }
}

/// Members of an object by name. `None`: it is none, or one of them does not stand there once.
fn once<'t, const N: usize>(object: &'t str, names: [&str; N]) -> Option<[&'t RawValue; N]> {
    let (mut found, mut is_twice) = ([None; N], false);
    walk::members(object, |key, value| {
        if let Some(at) = names.iter().position(|name| *name == key)
            && let Some(place) = found.get_mut(at)
        {
            is_twice |= place.replace(value).is_some();
        }
    })?;
    let found: Option<Vec<_>> = found.into_iter().collect();
    found.filter(|_| !is_twice)?.try_into().ok()
}

/// `["1570818238000000000", "line", {"user": "x"}]`.
fn entry(value: &RawValue, labels: &RawValue, out: &mut Vec<u8>) -> Option<()> {
    let mut parts = Vec::with_capacity(3);
    walk::elements(value.get(), |part| {
        parts.push(part);
        parts.len() <= 3
    })?;
    let (time, said, metadata) = match parts.as_slice() {
        [time, said] => (time, said, None),
        [time, said, metadata] => (time, said, Some(metadata)),
        _ => return None,
    };
    let time = walk::text(time.get()).unwrap_or(time.get().into());
    let said = walk::text(said.get())?;
    let mut envelope = Envelope::default();
    match time.parse().ok().and_then(|nanoseconds| Timestamp::from_nanosecond(nanoseconds).ok()) {
        Some(time) => envelope.text("time", &time.to_string()),
        None => envelope.text("time", &time),
    }
    envelope.raw("labels", labels.get());
    if let Some(metadata) = metadata.filter(|metadata| metadata.get() != "{}") {
        envelope.raw("metadata", metadata.get());
    }
    line::text(&said, &envelope, out);
    Some(())
}

/// As [`of_json`], of a request in protobuf, inflated.
///
/// # Errors
///
/// It is none, or there is no room.
pub fn of_protobuf(body: &Bytes, mut more: impl FnMut(usize) -> bool, out: &mut Vec<u8>) -> Result<(), Unread> {
    let mut is_full = false;
    let read = fields(body, &[1], |_, stream| {
        let mut labels = None;
        fields(&stream, &[1], |_, said| {
            labels = Some(said);
            Ok(())
        })?;
        let labels = labels.unwrap_or_default();
        let labels = std::str::from_utf8(&labels).ok().and_then(labels::read).ok_or(Malformed)?;
        let labels = object(labels.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        fields(&stream, &[2], |_, entry| {
            if !decoded(entry.clone(), &labels, out) {
                line::no_event(&entry, out);
            }
            is_full |= !more(out.len());
            if is_full { Err(Malformed) } else { Ok(()) }
        })
    });
    match read {
        Ok(()) => Ok(()),
        Err(_) if is_full => Err(Unread::TooMuch),
        Err(_) => Err(Unread::Malformed),
    }
}

fn object<'l>(members: impl Iterator<Item = (&'l str, &'l str)>) -> String {
    let mut object = Envelope::default();
    members.for_each(|(name, value)| object.text(name, value));
    object.object()
}

fn decoded(entry: Bytes, labels: &str, out: &mut Vec<u8>) -> bool {
    let Ok(entry) = Entry::decode(entry) else { return false };
    let mut envelope = Envelope::default();
    if let Some(time) = entry.time.and_then(|time| Timestamp::new(time.seconds, time.nanos).ok()) {
        envelope.text("time", &time.to_string());
    }
    envelope.raw("labels", labels);
    if !entry.metadata.is_empty() {
        let text = |text: &Bytes| String::from_utf8_lossy(text).into_owned();
        let pairs: Vec<_> = entry.metadata.iter().map(|pair| (text(&pair.name), text(&pair.value))).collect();
        envelope.raw("metadata", &object(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))));
    }
    line::text(&String::from_utf8_lossy(&entry.line), &envelope, out);
    true
}

#[cfg(test)]
mod tests {
    use super::super::message::{self, Pair, Time};
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn read(lines: &[u8]) -> Vec<Value> {
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    fn json(body: &str) -> Result<Vec<Value>, Unread> {
        let mut out = Vec::new();
        of_json(body.as_bytes(), |_| true, &mut out).map(|()| read(&out))
    }

    fn wanted() -> [Value; 2] {
        let labels = json!({"app": "shop"});
        [
            json!({"message": "one", "@envelope": {"time": "2023-11-14T22:13:20.000000001Z", "labels": labels}}),
            json!({"a": 1, "@envelope": {"time": "2023-11-14T22:13:20Z", "labels": labels, "metadata": {"user": "x"}}}),
        ]
    }

    #[test]
    fn json_is_read() {
        let body = r#"{"streams":[{"stream":{"app":"shop"},"values":[["1700000000000000001","one"],
            ["1700000000000000000","{\"a\":1}",{"user":"x"}]]}]}"#;
        assert_eq!(json(body).unwrap(), wanted());
        let odd = r#"{"streams":[{"stream":{},"values":[["soon","m"],["1"],7,["1",2],["1","m",{},1],[1700000000000000000,"n"]]}]}"#;
        let odd = json(odd).unwrap();
        assert_eq!(
            (&odd[0]["@envelope"]["time"], &odd[5]["@envelope"]["time"]),
            (&json!("soon"), &json!("2023-11-14T22:13:20Z"))
        );
        assert!(odd[1..5].iter().all(Value::is_string));
        assert_eq!(json(r#"{"streams":[]}"#), Ok(vec![]));
        for wrong in [
            "",
            "[]",
            "{}",
            r#"{"streams":[{"values":[]}]}"#,
            r#"{"streams":[{"stream":[],"values":[]}]}"#,
            r#"{"streams":[[{},[]]]}"#,
        ] {
            assert_eq!(json(wrong), Err(Unread::Malformed), "{wrong}");
        }
    }

    fn protobuf() -> Vec<u8> {
        let entry = |nanos: i32, line: &'static str, metadata: Vec<Pair>| Entry {
            time: Some(Time { seconds: 1_700_000_000, nanos }),
            line: line.into(),
            metadata,
        };
        let metadata = vec![Pair { name: "user".into(), value: "x".into() }];
        let entries = vec![entry(1, "one", Vec::new()), entry(0, "{\"a\":1}", metadata)];
        let stream = message::Stream { labels: "{app=\"shop\"}".to_owned(), entries };
        message::Push { streams: vec![stream] }.encode_to_vec()
    }

    #[test]
    fn protobuf_is_read() {
        let mut out = Vec::new();
        of_protobuf(&protobuf().into(), |_| true, &mut out).unwrap();
        assert_eq!(read(&out), wanted());
        assert_eq!(of_protobuf(&protobuf().into(), |_| false, &mut Vec::new()), Err(Unread::TooMuch));
        let packed = snap::raw::Encoder::new().compress_vec(&protobuf()).unwrap();
        assert_eq!((length(&packed), inflated(&packed)), (Some(protobuf().len()), Some(protobuf())));
    }

    proptest! {
        /// LAW: hostile bytes are refused, or lines of JSON.
        #[test]
        fn hostile_bytes_are_refused_or_lines(at in any::<prop::sample::Index>(), with in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let mut body = protobuf();
            let bytes = body.len();
            body[at.index(bytes)] = with;
            body.truncate(cut.index(bytes) + 1);
            let mut out = Vec::new();
            let _ = of_protobuf(&body.clone().into(), |_| true, &mut out);
            read(&out);
            out.clear();
            let _ = of_json(&body, |_| true, &mut out);
            if length(&body).is_some_and(|length| length < 1 << 20) {
                let _ = inflated(&body);
            }
            read(&out);
        }
    }
}
