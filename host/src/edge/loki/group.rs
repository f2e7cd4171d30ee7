//! Filtered events → one request: a stream for each set of labels, each in its order.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::labels;
use super::message::{Entry, Pair, Push, Stream, Time};
use crate::edge::opened::Opened;

/// Gathers events.
#[derive(Debug, Default)]
pub struct Group {
    push: Push,
    /// Where streams stand, by their labels.
    streams: HashMap<String, usize>,
}

/// An event, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Labels of its stream, as they are written.
    pub labels: String,
    /// Its time.
    pub time: Timestamp,
    /// What it says.
    pub text: String,
    /// Structured metadata.
    pub metadata: Vec<(String, String)>,
}

impl Line {
    /// Makes a line of an event: its time is what survived of it, else `now`; labels are those of `usual` and what survived of those that
    /// `keeps` names; metadata is what survived. What is left is the text.
    pub(in crate::edge) fn new(
        mut opened: Opened<'_>,
        now: Timestamp,
        usual: &[(String, String)],
        keeps: impl Fn(&str) -> bool,
    ) -> Self {
        let envelope = &mut opened.envelope;
        let time = envelope.get("time").and_then(|time| time.as_str()?.parse::<Timestamp>().ok());
        if time.is_some() {
            envelope.shift_remove("time");
        }
        let mut own = texts(envelope, "labels", |name| labels::is_name(name) && keeps(name));
        let metadata = texts(envelope, "metadata", |_| true);
        let usual = usual.iter().filter(|(name, _)| !own.iter().any(|(own, _)| own == name));
        let usual: Vec<_> = usual.cloned().collect();
        own.extend(usual);
        // Equal sets are one stream, however they were written.
        own.sort();
        let labels = labels::write(own.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let text = opened.only_text().map_or_else(|| opened.close(), Cow::into_owned);
        Self { labels, time: time.unwrap_or(now), text, metadata }
    }
}

/// Takes texts out of an object in an envelope. What is none, or is not wanted, stays.
fn texts(envelope: &mut Map<String, Value>, name: &str, wants: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut taken = Vec::new();
    let Some(Value::Object(members)) = envelope.get_mut(name) else { return taken };
    members.retain(|key, value| match value {
        Value::String(text) if wants(key) => {
            taken.push((key.clone(), std::mem::take(text)));
            false
        }
        _ => true,
    });
    if members.is_empty() {
        envelope.shift_remove(name);
    }
    taken
}

impl Group {
    /// Adds a line.
    pub fn add(&mut self, line: Line) {
        let streams = &mut self.push.streams;
        let at = *self.streams.entry(line.labels).or_insert_with_key(|labels| {
            streams.push(Stream { labels: labels.clone(), entries: Vec::new() });
            streams.len() - 1
        });
        let Some(stream) = streams.get_mut(at) else { return };
        let pair = |(name, value): (String, String)| Pair { name: name.into(), value: value.into() };
        stream.entries.push(Entry {
            time: Some(Time { seconds: line.time.as_second(), nanos: line.time.subsec_nanosecond() }),
            line: line.text.into(),
            metadata: line.metadata.into_iter().map(pair).collect(),
        });
    }

    /// The request.
    pub fn finish(self) -> Push {
        self.push
    }
}

#[cfg(test)]
mod tests {
    use super::super::push;
    use super::*;
    use prost::Message as _;
    use serde_json::json;

    fn line(event: Value) -> Line {
        let usual = [("job".to_owned(), "tamis".to_owned()), ("app".to_owned(), "none".to_owned())];
        let event = event.to_string();
        Line::new(Opened::new(event.as_bytes()).unwrap(), Timestamp::UNIX_EPOCH, &usual, |name| name == "app")
    }

    #[test]
    fn labels_are_those_that_are_wanted_and_what_is_left_stays_in_the_line() {
        let envelope = json!({"time": "2023-11-14T22:13:20Z", "labels": {"app": "shop", "user": "u"}, "metadata": {"trace": "t", "n": 1}});
        let shop = line(json!({"a": 1, "@envelope": envelope}));
        assert_eq!(shop.labels, r#"{app="shop", job="tamis"}"#);
        assert_eq!(shop.metadata, [("trace".to_owned(), "t".to_owned())]);
        assert_eq!(shop.text, r#"{"a":1,"@envelope":{"labels":{"user":"u"},"metadata":{"n":1}}}"#);
        let none = line(json!({"message": "m"}));
        assert_eq!((none.labels.as_str(), none.text.as_str()), (r#"{app="none", job="tamis"}"#, "m"));
        let mut group = Group::default();
        [&shop, &none, &shop].into_iter().for_each(|line| group.add(line.clone()));
        let push = group.finish();
        assert_eq!(push.streams.iter().map(|stream| stream.entries.len()).collect::<Vec<_>>(), [2, 1]);
        let mut out = Vec::new();
        push::of_protobuf(&push.encode_to_vec().into(), |_| true, &mut out).unwrap();
        let read: Value = serde_json::from_slice(out.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
        assert_eq!(read["@envelope"]["metadata"], json!({"trace": "t"}));
        assert_eq!(read["@envelope"]["labels"], json!({"app": "shop", "job": "tamis"}));
    }
}
