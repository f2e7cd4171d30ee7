//! A body → its events.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{SAID, time};
use crate::edge::line::{self, Envelope};
use crate::edge::walk;

/// Why a body is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// There is nothing in it.
    Empty,
    /// It is no series of objects.
    Malformed,
    /// There is no room for its events.
    TooMuch,
}

/// What a request says for all events that say nothing themselves.
#[derive(Clone, Debug, Default)]
pub struct Usual {
    said: Vec<(String, String)>,
    time: Option<String>,
}

impl Usual {
    /// Reads parameters of a URL.
    pub fn new<'q>(parameters: impl Iterator<Item = (Cow<'q, str>, Cow<'q, str>)>) -> Self {
        let mut usual = Self::default();
        for (key, value) in parameters {
            if key == "time" {
                usual.time = Some(value.into_owned());
            } else if SAID.contains(&&*key) && usual.get(&key).is_none() {
                usual.said.push((key.into_owned(), value.into_owned()));
            }
        }
        usual
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.said.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn envelope(&self, said: impl Fn(&str) -> bool) -> Envelope {
        let mut envelope = Envelope::default();
        let others = self.said.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        for (key, value) in others.filter(|(key, _)| !said(key)) {
            envelope.text(key, value);
        }
        if let Some(time) = self.time.as_deref().filter(|_| !said("time")) {
            instant(time, &mut envelope);
        }
        envelope
    }
}

/// A time that can be read is as everywhere: RFC 3339, UTC.
fn instant(text: &str, envelope: &mut Envelope) {
    match time::read(text) {
        Some(time) => envelope.text("time", &time.to_string()),
        None => envelope.text("time", text),
    }
}

/// Writes the events of a body of objects, one behind the other; each becomes one line. `more` is told how long the lines are by now,
/// and says whether there is room.
///
/// # Errors
///
/// It is none, or there is no room.
pub fn events(
    body: &[u8],
    usual: &Usual,
    mut more: impl FnMut(usize) -> bool,
    out: &mut Vec<u8>,
) -> Result<(), Unread> {
    let (text, copied) = line::whole(body, &mut more).ok_or(Unread::TooMuch)?;
    let mut is_empty = true;
    for said in serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>() {
        let said = said.map_err(|_| Unread::Malformed)?;
        if !said.get().starts_with('{') {
            return Err(Unread::Malformed);
        }
        is_empty = false;
        if event(said, usual, out).is_none() {
            line::no_event(said.get().as_bytes(), out);
        }
        if !more(copied + out.len()) {
            return Err(Unread::TooMuch);
        }
    }
    if is_empty { Err(Unread::Empty) } else { Ok(()) }
}

/// Writes an event. `None`: there is none, or more than one in it.
fn event(said: &RawValue, usual: &Usual, out: &mut Vec<u8>) -> Option<()> {
    let (mut events, mut own) = (Vec::new(), Vec::new());
    walk::members(said.get(), |key, value| match &*key {
        "event" if events.len() < 2 => events.push(value),
        key => own.extend(SAID.into_iter().chain(["time"]).find(|name| *name == key && !own.contains(name))),
    })?;
    let [event] = events.as_slice() else { return None };
    if matches!(event.get(), "null" | "\"\"") {
        return None;
    }
    let mut envelope = usual.envelope(|name| own.contains(&name));
    walk::members(said.get(), |key, value| match &*key {
        "event" => {}
        "time" => instant(&walk::text(value.get()).unwrap_or(value.get().into()), &mut envelope),
        key => envelope.raw(key, value.get()),
    })?;
    line::value(event, &envelope, out);
    Some(())
}

/// Writes the events of a body of lines.
///
/// # Errors
///
/// There is none, or no room.
pub fn lines(body: &[u8], usual: &Usual, mut more: impl FnMut(usize) -> bool, out: &mut Vec<u8>) -> Result<(), Unread> {
    let envelope = usual.envelope(|_| false);
    for said in body.split(|byte| *byte == b'\n') {
        let said = String::from_utf8_lossy(said);
        let said = said.trim_end_matches('\r');
        if !said.trim().is_empty() {
            line::text(said, &envelope, out);
        }
        if !more(out.len()) {
            return Err(Unread::TooMuch);
        }
    }
    if out.is_empty() { Err(Unread::Empty) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn read(lines: &[u8]) -> Vec<Value> {
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    fn of(body: &str) -> Result<Vec<Value>, Unread> {
        let query = [("host", "q"), ("index", "i"), ("other", "x")];
        let usual = Usual::new(query.into_iter().map(|(key, value)| (key.into(), value.into())));
        let mut out = Vec::new();
        events(body.as_bytes(), &usual, |_| true, &mut out).map(|()| read(&out))
    }

    #[test]
    fn events_stand_one_behind_the_other() {
        let body = r#"{"event":"hello","time":1426279439,"host":"h"}{"event":{"a":1},"sourcetype":"s","time":"1426279439.5",
            "fields":{"device":"macbook"}} {"event":"{\"b\":2}","time":"soon"}"#;
        let all = of(body).unwrap();
        assert_eq!(
            all[0],
            json!({"message": "hello", "@envelope": {"index": "i", "time": "2015-03-13T20:43:59Z", "host": "h"}})
        );
        assert_eq!((&all[1]["a"], &all[1]["@envelope"]["time"]), (&json!(1), &json!("2015-03-13T20:43:59.5Z")));
        assert_eq!(
            (&all[1]["@envelope"]["host"], &all[1]["@envelope"]["fields"]),
            (&json!("q"), &json!({"device": "macbook"}))
        );
        assert_eq!((&all[2]["b"], &all[2]["@envelope"]["time"]), (&json!(2), &json!("soon")));
    }

    #[test]
    fn what_has_no_event_changes_no_other_and_what_is_no_series_is_refused() {
        let all = of(r#"{"event":1}{"host":"h"}{"event":""}{"event":null}{"event":1,"event":2}{"event":[1]}"#).unwrap();
        assert_eq!((&all[0]["message"], &all[5]["message"]), (&json!(1), &json!([1])));
        assert!(all[1..5].iter().all(Value::is_string));
        for wrong in ["[{\"event\":1}]", "{\"event\":1}{", "x", "{\"event\":1},{\"event\":2}", "7"] {
            assert_eq!(of(wrong), Err(Unread::Malformed), "{wrong}");
        }
        assert_eq!((of(""), of(" \n")), (Err(Unread::Empty), Err(Unread::Empty)));
        assert_eq!(events(b"{\"event\":1}", &Usual::default(), |_| false, &mut Vec::new()), Err(Unread::TooMuch));
    }

    #[test]
    fn a_line_is_an_event() {
        let query = [("time", "1426279439"), ("source", "s")];
        let usual = Usual::new(query.into_iter().map(|(key, value)| (key.into(), value.into())));
        let mut out = Vec::new();
        lines(b"one\r\n\n{\"a\":1}\n\xfftwo", &usual, |_| true, &mut out).unwrap();
        let envelope = json!({"source": "s", "time": "2015-03-13T20:43:59Z"});
        let wanted = [
            json!({"message": "one", "@envelope": envelope}),
            json!({"a": 1, "@envelope": envelope}),
            json!({"message": "\u{fffd}two", "@envelope": envelope}),
        ];
        assert_eq!(read(&out), wanted);
        assert_eq!(lines(b"\n", &usual, |_| true, &mut Vec::new()), Err(Unread::Empty));
    }

    proptest! {
        /// LAW: hostile bytes are refused, or lines of JSON.
        #[test]
        fn hostile_bytes_are_refused_or_lines(parts in proptest::collection::vec(
            prop_oneof![
                Just(b"{\"event\":".to_vec()), Just(b"\"x\"}".to_vec()), Just(b"{\"a\":\n1}}".to_vec()), Just(b"1,\"time\":-1}".to_vec()),
                proptest::collection::vec(any::<u8>(), 0..12),
            ], 0..12)) {
            let body = parts.concat();
            let usual = Usual::default();
            let (mut first, mut second) = (Vec::new(), Vec::new());
            let read_as = [
                (events(&body, &usual, |_| true, &mut first), first),
                (lines(&body, &usual, |_| true, &mut second), second),
            ];
            for (_, out) in read_as.into_iter().filter(|(done, _)| done.is_ok()) {
                prop_assert!(out.ends_with(b"\n") && !read(&out).is_empty());
            }
        }
    }
}
