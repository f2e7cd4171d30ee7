//! What this process says of itself: a line of JSON each, on standard error. INVARIANT (no value escapes): fields are names of the
//! configuration, numbers, and sentences of our own about files, policies and addresses.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Info,
    /// Somebody should look.
    Warn,
    /// Something does not work.
    Error,
}

/// What is said of something.
#[derive(Clone, Copy, Debug)]
pub enum Said<'a> {
    /// A name of the configuration.
    Name(&'a str),
    /// A number.
    Number(u64),
    /// A sentence of our own.
    Text(&'a str),
}

/// What happens again and again is said this often.
const AGAIN: Duration = Duration::from_secs(60);

/// What happens again and again: the names in it tell one from another.
type Of = (&'static str, Vec<(&'static str, String)>);

/// What was not said yet of something that happens again and again.
struct Waiting {
    level: Level,
    said: Instant,
    /// The fields of the last time, which had no number.
    fields: Vec<(&'static str, Value)>,
    counted: &'static str,
    count: u64,
}

static WAITING: Mutex<BTreeMap<Of, Waiting>> = Mutex::new(BTreeMap::new());

/// Says what may happen again and again: the first time, and then once a minute with a sum of what is counted.
pub fn often(
    level: Level,
    what: &'static str,
    fields: &[(&'static str, Said<'_>)],
    (counted, count): (&'static str, u64),
) {
    let names = fields.iter().filter_map(|(key, said)| match said {
        Said::Name(name) => Some((*key, (*name).to_owned())),
        Said::Number(_) | Said::Text(_) => None,
    });
    let of = (what, names.collect());
    let fields = fields.iter().map(|(key, said)| (*key, said.value())).collect();
    let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
    match waiting.get_mut(&of) {
        Some(one) => {
            one.count += count;
            (one.level, one.fields) = (level, fields);
        }
        None => {
            let one = Waiting { level, said: Instant::now(), fields, counted, count: 0 };
            write(level, what, with(&one.fields, counted, count));
            waiting.insert(of, one);
        }
    }
}

/// Says the rest of what happened again and again: what waits for a minute, and `at_once` all.
pub fn say_rest(at_once: bool) {
    rest(at_once, AGAIN, write);
}

fn rest(at_once: bool, again: Duration, mut write: impl FnMut(Level, &'static str, Vec<(&'static str, Value)>)) {
    let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.retain(|(what, _), one| {
        if !at_once && one.said.elapsed() < again {
            return true;
        }
        let happened = one.count > 0;
        if happened {
            write(one.level, what, with(&one.fields, one.counted, one.count));
            (one.said, one.count) = (Instant::now(), 0);
        }
        happened
    });
}

fn with(fields: &[(&'static str, Value)], counted: &'static str, count: u64) -> Vec<(&'static str, Value)> {
    fields.iter().cloned().chain([(counted, count.into())]).collect()
}

impl Said<'_> {
    fn value(&self) -> Value {
        match self {
            Self::Name(text) | Self::Text(text) => (*text).into(),
            Self::Number(number) => (*number).into(),
        }
    }
}

/// Says what happened.
pub fn say(level: Level, what: &'static str, fields: &[(&'static str, Said<'_>)]) {
    write(level, what, fields.iter().map(|(key, said)| (*key, said.value())).collect());
}

fn write(level: Level, what: &'static str, fields: Vec<(&'static str, Value)>) {
    let mut line = Map::new();
    let mut add = |key: &str, value: Value| drop(line.insert(key.to_owned(), value));
    add("time", jiff::Timestamp::now().to_string().into());
    add(
        "level",
        (match level {
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        })
        .into(),
    );
    add("event", what.into());
    fields.into_iter().for_each(|(key, value)| add(key, value));
    // In one piece: a kill leaves no half of a line, and none of another process is within. Whether anybody hears it changes nothing of
    // what is done.
    let _ = std::io::stderr().write_all(format!("{}\n", Value::Object(line)).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LAW: what happens again and again is said at once, then by the minute with its sum, and nothing of it is forgotten; neighbours do
    /// not share a line.
    #[test]
    fn a_flood_is_a_line_a_minute() {
        let own = |what: &str| what == "test-flood";
        let told = |at_once, again| {
            let mut told = Vec::new();
            rest(at_once, again, |_, what, fields| {
                if own(what) {
                    told.push(fields.iter().map(|(_, value)| value.to_string()).collect::<Vec<_>>().join(" "));
                }
            });
            told
        };
        for events in 1..=100 {
            for sink in ["siem", "other"] {
                let why = events.to_string();
                let said = [("sink", Said::Name(sink)), ("why", Said::Text(&why))];
                often(Level::Warn, "test-flood", &said, ("events", events));
            }
        }
        assert_eq!(told(false, AGAIN), Vec::<String>::new(), "a minute is not over");
        let sums = ["other", "siem"].map(|sink| format!("\"{sink}\" \"100\" {}", (2..=100).sum::<u64>()));
        assert_eq!(told(false, Duration::ZERO), sums);
        assert_eq!(told(true, AGAIN), Vec::<String>::new(), "it is over, and said at once when it begins anew");
    }
}
