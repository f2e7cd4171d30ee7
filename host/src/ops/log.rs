//! What this process says of itself: a line of JSON each, on standard error. INVARIANT (no value escapes): fields are names of the
//! configuration, numbers, and sentences of our own about files, policies and addresses.

use std::io::Write as _;

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

/// Says what happened.
pub fn say(level: Level, what: &'static str, fields: &[(&'static str, Said<'_>)]) {
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
    for (key, said) in fields {
        add(
            key,
            match said {
                Said::Name(text) | Said::Text(text) => (*text).into(),
                Said::Number(number) => (*number).into(),
            },
        );
    }
    // Whether anybody hears it changes nothing of what is done.
    let _ = writeln!(std::io::stderr(), "{}", Value::Object(line));
}
