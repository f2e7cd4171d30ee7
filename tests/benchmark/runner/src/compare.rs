//! Whether two outputs are the same work: equal JSON, line by line, where codes of one side stand for the same values as codes of
//! the other: one to one over the whole output.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Result};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The first argument of a process that compares.
pub const ARGUMENT: &str = "--compare";
/// Differences that are shown; all are counted.
const SHOWN: usize = 5;

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Lines of both.
    pub events: u64,
    /// Codes that were compared.
    pub codes: u64,
    /// Different codes.
    pub subjects: usize,
    /// Lines that differ.
    pub different: u64,
    /// Values that were compared, and how many of them differ.
    pub values: (u64, u64),
    /// The first differences, by path.
    pub shown: Vec<String>,
    there: HashMap<String, String>,
    back: HashMap<String, String>,
    path: String,
    differs: bool,
    kind: Kind,
}

/// Which events are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Made ones: values may be shown, and a code stands for one subject wherever it occurs.
    #[default]
    Made,
    /// Real ones: values are not shown, and codes are compared path by path, since the other side has one key for all of them.
    Real,
}

/// Compares two outputs, in a process of its own: see [`size`](crate::place::size).
///
/// # Errors
///
/// A file cannot be read.
pub fn compare(own: &Path, other: &Path, kind: Kind) -> Result<Comparison> {
    let kind = if kind == Kind::Made { "made" } else { "real" };
    let arguments = [OsStr::new(ARGUMENT), own.as_os_str(), other.as_os_str(), OsStr::new(kind)];
    let said = Command::new(std::env::current_exe()?).args(arguments).stderr(Stdio::inherit()).output()?;
    let said: Value = serde_json::from_slice(&said.stdout)?;
    let number = |name: &str| said[name].as_u64().unwrap_or(0);
    let shown = said["shown"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    Ok(Comparison {
        events: number("events"),
        codes: number("codes"),
        subjects: number("subjects") as usize,
        different: number("different"),
        values: (number("values"), number("unequal")),
        shown: shown.collect(),
        ..Comparison::default()
    })
}

/// The process that [`compare`] starts: prints what it finds.
///
/// # Errors
///
/// A file cannot be read.
pub fn process(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let (own, other) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    let kind = if arguments.next().as_deref() == Some("made") { Kind::Made } else { Kind::Real };
    let found = here(own.as_ref(), other.as_ref(), kind)?;
    println!(
        "{}",
        serde_json::json!({
            "events": found.events, "codes": found.codes, "subjects": found.subjects, "different": found.different,
            "values": found.values.0, "unequal": found.values.1, "shown": found.shown,
        })
    );
    Ok(())
}

fn here(own: &Path, other: &Path, kind: Kind) -> Result<Comparison> {
    let mut found = Comparison { kind, ..Comparison::default() };
    let open = |path: &Path| std::fs::File::open(path).map(|file| BufReader::with_capacity(1 << 20, file));
    let (mut own, mut other) = (open(own)?, open(other)?);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        left.clear();
        right.clear();
        let read = (own.read_until(b'\n', &mut left)?, other.read_until(b'\n', &mut right)?);
        match read {
            (0, 0) => break,
            (0, _) | (_, 0) => {
                found.differ("one output has more events");
                found.different += 1;
                break;
            }
            _ => found.line(&left, &right),
        }
    }
    found.subjects = found.there.len();
    found.there.clear();
    found.back.clear();
    Ok(found)
}

impl Comparison {
    fn line(&mut self, left: &[u8], right: &[u8]) {
        self.events += 1;
        self.path.clear();
        self.differs = false;
        match (serde_json::from_slice(left), serde_json::from_slice(right)) {
            (Ok(left), Ok(right)) => self.value(&left, &right),
            _ => self.differ("not JSON"),
        }
        self.different += u64::from(self.differs);
    }

    fn differ(&mut self, why: &str) {
        self.differs = true;
        self.values.1 += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(format!("event {}: {}: {why}", self.events, self.path));
        }
    }

    fn value(&mut self, left: &Value, right: &Value) {
        self.values.0 += u64::from(!left.is_object() && !left.is_array());
        match (left, right) {
            (Value::Object(left), Value::Object(right)) => {
                let names = left.keys().chain(right.keys().filter(|name| !left.contains_key(*name)));
                for name in names {
                    let length = self.path.len();
                    self.path.push('.');
                    self.path.push_str(name);
                    match (left.get(name), right.get(name)) {
                        (Some(left), Some(right)) => self.value(left, right),
                        (None, _) => self.missing("only in the second"),
                        (_, None) => self.missing("only in the first"),
                    }
                    self.path.truncate(length);
                }
            }
            (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
                left.iter().zip(right).for_each(|(left, right)| self.value(left, right));
            }
            (Value::Number(left), Value::Number(right)) if left.as_f64() == right.as_f64() => {}
            (Value::String(left), Value::String(right)) if is_code(left) && is_code(right) => self.code(left, right),
            (Value::String(left), Value::String(right)) if left == right => {}
            (Value::String(left), Value::String(right)) => match (inner(left), inner(right)) {
                (Some(left), Some(right)) => self.value(&left, &right),
                _ if self.words(left, right) => {}
                _ => self.unequal(&format!("{left:?}"), &format!("{right:?}")),
            },
            _ if left == right => {}
            _ => self.unequal(&left.to_string(), &right.to_string()),
        }
    }

    /// Texts that differ in nothing but codes. In real events each word counts as a value.
    fn words(&mut self, left: &str, right: &str) -> bool {
        fn bare(text: &str) -> impl Iterator<Item = &str> {
            text.split(' ').map(|word| word.trim_matches('"'))
        }
        if bare(left).count() != bare(right).count() {
            return false;
        }
        let mut is_alike = true;
        for (left, right) in bare(left).zip(bare(right)) {
            let is_same = left == right || (is_code(left) && is_code(right));
            is_alike &= is_same;
            if self.kind == Kind::Real {
                self.values.0 += 1;
                self.values.1 += u64::from(!is_same);
            }
        }
        if is_alike {
            let codes = bare(left).zip(bare(right)).filter(|(left, right)| is_code(left) && is_code(right));
            codes.for_each(|(left, right)| self.code(left, right));
        }
        is_alike
    }

    fn missing(&mut self, where_it_is: &str) {
        self.values.0 += 1;
        self.differ(where_it_is);
    }

    fn unequal(&mut self, left: &str, right: &str) {
        let why =
            if self.kind == Kind::Made { format!("{left} is not {right}") } else { "the values differ".to_owned() };
        self.differ(&why);
    }

    fn code(&mut self, left: &str, right: &str) {
        self.codes += 1;
        let at = if self.kind == Kind::Made { "" } else { self.path.as_str() };
        let there = self.there.entry(format!("{at} {left}")).or_insert_with(|| right.to_owned()) == right;
        let back = self.back.entry(format!("{at} {right}")).or_insert_with(|| left.to_owned()) == left;
        if !there || !back {
            self.differ("codes that stand for different subjects");
        }
    }
}

/// A document inside a text.
fn inner(text: &str) -> Option<Value> {
    text.starts_with('{').then(|| serde_json::from_str(text).ok()).flatten()
}

/// A code of Tamis (`p229-…`: a letter, the epoch, 26 characters), or the hexadecimal digits of a peer's.
fn is_code(text: &str) -> bool {
    let rest = match text.split_once('-') {
        Some((epoch, rest)) if epoch.len() > 1 && epoch[1..].bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => text,
    };
    let base = rest.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
    base && (rest.len() == 26
        || ((rest.len() == 32 || rest.len() == 64) && rest.bytes().all(|b| b.is_ascii_hexdigit())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(left: &str, right: &str) -> Comparison {
        let folder = std::env::temp_dir();
        let unique = format!("{}-{:p}", std::process::id(), left);
        let (one, two) = (folder.join(format!("{unique}-l")), folder.join(format!("{unique}-r")));
        std::fs::write(&one, left).unwrap();
        std::fs::write(&two, right).unwrap();
        here(&one, &two, Kind::Made).unwrap()
    }

    #[test]
    fn codes_have_to_stand_for_the_same_subjects() {
        let own = |n: u8| format!("{{\"u\":\"p229-{n:026}\"}}\n");
        let other = |n: u8| format!("{{\"u\":\"{n:064x}\"}}\n");
        let two = [own(1), own(2), own(1)].concat();
        assert_eq!(lines(&two, &[other(7), other(8), other(7)].concat()).different, 0);
        assert_ne!(lines(&two, &[other(7), other(7), other(7)].concat()).different, 0);
        assert_ne!(lines(&two, &[other(7), other(8), other(9)].concat()).different, 0);
    }

    #[test]
    fn what_differs_is_said() {
        assert_eq!(lines("{\"a\":1,\"b\":[1,2.0]}\n", "{\"b\":[1,2],\"a\":1}\n").different, 0);
        for (left, right) in [
            ("{\"a\":1}\n", "{\"a\":2}\n"),
            ("{\"a\":1}\n", "{}\n"),
            ("{}\n", "{\"a\":1}\n"),
            ("{\"a\":\"x\"}\n", "{\"a\":\"y\"}\n"),
            ("{\"a\":\"x y\"}\n", "{\"a\":\"x z\"}\n"),
            ("{\"a\":1}\n{}\n", "{\"a\":1}\n"),
            ("{\"a\":\"{\\\"b\\\":1}\"}\n", "{\"a\":\"{\\\"b\\\":2}\"}\n"),
        ] {
            assert_eq!(lines(left, right).different, 1, "{left} {right}");
        }
    }
}
