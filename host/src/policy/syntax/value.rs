//! Single values: texts, lists, numbers, days, lengths of time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use toml::de::DeValue;

use super::notes::{Kind, Node};
use super::problems::{Problems, meant};
use super::reader::Reader;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Date, Duration, Span, Spanned, Text};
use crate::policy::test_file::Scalar;

/// Longest length of time, in days: a hundred years.
const LONGEST: u32 = 36_500;

/// A key and where it stands.
pub(crate) type Key<'t> = Spanned<Cow<'t, str>>;

/// A key for keeps.
pub(crate) fn owned(key: &Key<'_>) -> Text {
    Spanned { value: key.value.as_ref().to_owned(), span: key.span }
}

/// A value and the key that it stands under.
#[derive(Clone, Debug)]
pub(crate) struct Item<'t> {
    /// The key, with where it stands.
    pub(crate) key: Key<'t>,
    /// The value.
    pub(crate) value: &'t DeValue<'t>,
    /// Where the value stands.
    pub(crate) span: Span,
    /// Its place in the shape of the file.
    pub(crate) node: Node,
}

impl<'t> Item<'t> {
    /// Reports that the value is of another type than `wanted` (with its article).
    pub(crate) fn mismatch(&self, wanted: &str, p: &mut Problems<'_>) {
        let found = match self.value {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a day or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let message = format!("{} must be {wanted}", p.quote(&self.key));
        let mut problem = Diagnostic::error("P0005", message, self.span, format!("this is {found}"));
        if self.span != self.key.span && matches!(self.value, DeValue::Table(_)) {
            problem = problem.and(self.key.span, "");
        }
        p.push(problem);
    }

    /// Tells the value apart from those beside it by its key, which this regular expression matches.
    pub(crate) fn apart(mut self, pattern: &str, p: &Problems<'_>) -> Self {
        self.node = p.note(|notes| notes.apart(self.node, pattern, false));
        self
    }

    /// A text.
    pub(crate) fn text(&self, p: &mut Problems<'_>) -> Option<Text> {
        p.note_kind(self.node, || Kind::Text);
        self.word(p)
    }

    /// A text, whatever it may be.
    fn word(&self, p: &mut Problems<'_>) -> Option<Text> {
        p.note(|notes| notes.stands(self.span, self.node, false));
        if let DeValue::String(text) = self.value {
            return Some(Spanned { value: text.as_ref().to_owned(), span: self.span });
        }
        self.mismatch("a text in quotes", p);
        None
    }

    /// A text with something in it.
    pub(crate) fn filled(&self, p: &mut Problems<'_>) -> Option<Text> {
        p.note_kind(self.node, || Kind::Filled);
        let text = self.word(p)?;
        if text.trim().is_empty() {
            p.push(Diagnostic::error("P0014", format!("{} is empty", p.quote(&self.key)), self.span, ""));
            return None;
        }
        Some(text)
    }

    /// The elements of a list; a single value stands for a list of one.
    pub(crate) fn elements(&self, p: &Problems<'_>) -> Vec<Item<'t>> {
        let node = p.note(|notes| notes.elements(self.node));
        match self.value {
            DeValue::Array(elements) => elements
                .iter()
                .map(|e| Item { key: self.key.clone(), value: e.get_ref(), span: p.span(e.span()), node })
                .collect(),
            _ => vec![Item { node, ..self.clone() }],
        }
    }

    /// A text or a list of texts, none of them empty or twice.
    pub(crate) fn texts(&self, p: &mut Problems<'_>) -> Vec<Text> {
        match self.value {
            DeValue::String(_) | DeValue::Array(_) => self.list(p),
            _ => {
                self.mismatch("a text or a list of texts", p);
                Vec::new()
            }
        }
    }

    fn list(&self, p: &mut Problems<'_>) -> Vec<Text> {
        let (mut texts, mut seen): (Vec<Text>, BTreeMap<&str, Span>) = (Vec::new(), BTreeMap::new());
        for element in self.elements(p) {
            let Some(text) = element.filled(p) else { continue };
            let DeValue::String(raw) = element.value else { continue };
            if let Some(first) = seen.insert(raw, text.span) {
                let message = format!("{} stands twice in this list", p.quote(&text));
                let problem = Diagnostic::warning("P0015", message, text.span, "again");
                p.push(problem.and(first, "before").help("leave one out"));
            } else {
                texts.push(text);
            }
        }
        texts
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, p: &mut Problems<'_>) -> Option<Spanned<bool>> {
        p.note_kind(self.node, || Kind::Flag);
        if let DeValue::Boolean(value) = *self.value {
            return Some(Spanned { value, span: self.span });
        }
        self.mismatch("true or false, without quotes", p);
        None
    }

    /// A whole number within bounds.
    pub(crate) fn count(&self, bounds: RangeInclusive<u32>, p: &mut Problems<'_>) -> Option<Spanned<u32>> {
        p.note_kind(self.node, || Kind::Count(*bounds.start(), *bounds.end()));
        let DeValue::Integer(number) = self.value else {
            self.mismatch("a whole number", p);
            return None;
        };
        let value = u32::from_str_radix(number.as_str().trim_start_matches('+'), number.radix()).ok();
        let value = value.filter(|n| bounds.contains(n));
        if value.is_none() {
            let message = format!("{} is out of bounds", p.quote(&self.key));
            let label = format!("from {} to {}", bounds.start(), bounds.end());
            p.push(Diagnostic::error("P0013", message, self.span, label));
        }
        value.map(|value| Spanned { value, span: self.span })
    }

    /// A day: `2026-11-01`, without quotes.
    pub(crate) fn date(&self, p: &mut Problems<'_>) -> Option<Spanned<Date>> {
        p.note_kind(self.node, || Kind::Day);
        let value = match self.value {
            DeValue::Datetime(at) if at.time.is_none() && at.offset.is_none() => at.date.and_then(|d| {
                Date::new(i16::try_from(d.year).ok()?, i8::try_from(d.month).ok()?, i8::try_from(d.day).ok()?).ok()
            }),
            _ => None,
        };
        if value.is_none() {
            let message = format!("{} must be a day", p.quote(&self.key));
            let help = "write 2026-11-01, without quotes and without a time";
            p.push(Diagnostic::error("P0008", message, self.span, "").help(help));
        }
        value.map(|value| Spanned { value, span: self.span })
    }

    /// A length of time: `"90 days"`, `"12 months"`.
    pub(crate) fn duration(&self, p: &mut Problems<'_>) -> Option<Spanned<Duration>> {
        p.note_kind(self.node, || Kind::Duration);
        let text = match self.value {
            DeValue::String(text) => text.as_ref(),
            _ => "",
        };
        let days = days(text);
        if days.is_none() {
            let message = format!("{} must be a length of time", p.quote(&self.key));
            let help = "write a number and a unit in quotes: \"90 days\", \"2 weeks\", \"12 months\", \"1 year\"; at most a hundred years";
            p.push(Diagnostic::error("P0007", message, self.span, "").help(help));
        }
        days.map(|days| Spanned { value: Duration { days, text: text.to_owned() }, span: self.span })
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(&self, words: &[(&str, T)], p: &mut Problems<'_>) -> Option<Spanned<T>> {
        p.note_kind(self.node, || Kind::Words(words.iter().map(|(word, _)| (*word).to_owned()).collect()));
        let text = self.word(p)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(Spanned { value: *value, span: self.span });
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("{} cannot be {}", p.quote(&self.key), p.quote(&text));
        p.push(Diagnostic::error("P0006", message, self.span, "").help(meant(&text, &known)));
        None
    }

    /// One of a few words (`what` names one, with its article), or a list of them.
    pub(super) fn choices<T: Copy>(&self, what: &str, words: &[(&str, T)], p: &mut Problems<'_>) -> Vec<Spanned<T>> {
        if !matches!(self.value, DeValue::String(_) | DeValue::Array(_)) {
            let plural = what.split_once(' ').map_or(what, |(_, noun)| noun);
            self.mismatch(&format!("{what} or a list of {plural}s"), p);
            return Vec::new();
        }
        self.elements(p).iter().filter_map(|e| e.choice(words, p)).collect()
    }

    /// A single text, number or truth.
    pub(crate) fn scalar(&self, p: &mut Problems<'_>) -> Option<Spanned<Scalar>> {
        [Kind::Text, Kind::Number, Kind::Flag].into_iter().for_each(|kind| p.note_kind(self.node, || kind));
        self.read_scalar(p)
    }

    /// A number; whatever else is there is told.
    pub(crate) fn number(&self, p: &mut Problems<'_>) -> Option<String> {
        p.note_kind(self.node, || Kind::Number);
        match self.value {
            DeValue::Integer(_) | DeValue::Float(_) => Some(self.read_scalar(p)?.text().to_owned()),
            _ => {
                self.mismatch("a number", p);
                None
            }
        }
    }

    fn read_scalar(&self, p: &mut Problems<'_>) -> Option<Spanned<Scalar>> {
        let value = match self.value {
            DeValue::String(text) => Some(Scalar::String(text.as_ref().to_owned())),
            DeValue::Boolean(value) => Some(Scalar::Bool(*value)),
            DeValue::Integer(n) => {
                i64::from_str_radix(n.as_str(), n.radix()).ok().map(|n| Scalar::Number(n.to_string()))
            }
            DeValue::Float(n) => {
                let text = n.as_str().trim_start_matches('+');
                text.parse::<f64>().ok().filter(|n| n.is_finite()).map(|_| Scalar::Number(text.to_owned()))
            }
            _ => {
                self.mismatch("a text, a number, true or false", p);
                return None;
            }
        };
        if value.is_none() {
            let message = format!("{} is no number that JSON can write", p.quote(&self.key));
            p.push(Diagnostic::error("P0013", message, self.span, ""));
        }
        value.map(|value| Spanned { value, span: self.span })
    }

    /// Values that a glob or an equality may name: a text, number or truth, or a list of them; at least one.
    pub(crate) fn patterns(&self, p: &mut Problems<'_>) -> Vec<String> {
        let elements = self.elements(p);
        if elements.is_empty() {
            p.push(Diagnostic::error("P0014", format!("{} has no value", p.quote(&self.key)), self.span, ""));
        }
        elements.iter().filter_map(|e| e.scalar(p)).map(|s| s.text().to_owned()).collect()
    }

    /// A table.
    pub(crate) fn table(&self, p: &mut Problems<'_>) -> Option<Reader<'t>> {
        if let DeValue::Table(table) = self.value {
            p.note(|notes| notes.table(self.node));
            return Some(Reader::new(table, self.key.clone(), self.span, self.node));
        }
        self.mismatch("a table", p);
        None
    }
}

/// Days of a length of time; a week has 7, a month 30, a year 365.
pub fn days(text: &str) -> Option<u32> {
    let (number, unit) = text.split_once(' ')?;
    let number: u32 = number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok())??;
    let length = match unit {
        "day" | "days" => 1,
        "week" | "weeks" => 7,
        "month" | "months" => 30,
        "year" | "years" => 365,
        _ => return None,
    };
    number.checked_mul(length).filter(|days| *days <= LONGEST)
}

/// A time zone by its IANA name, from the database inside the program: the machine's own would make the same
/// policy mean different things on different machines.
#[must_use]
pub fn zone(name: &str) -> Option<TimeZone> {
    static BUNDLED: OnceLock<TimeZoneDatabase> = OnceLock::new();
    BUNDLED.get_or_init(TimeZoneDatabase::bundled).get(name).ok()
}

/// Checks the name of a time zone.
pub(crate) fn check_zone(name: &Text, p: &mut Problems<'_>) -> bool {
    let known = zone(name).is_some();
    if !known {
        let message = format!("{} is no time zone", p.quote(name));
        p.push(
            Diagnostic::error("P0010", message, name.span, "")
                .help("write its IANA name, for example \"Europe/Berlin\""),
        );
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_words() {
        for (text, expected) in [
            ("90 days", Some(90)),
            ("1 day", Some(1)),
            ("0 days", Some(0)),
            ("2 weeks", Some(14)),
            ("12 months", Some(360)),
            ("1 year", Some(365)),
            ("101 years", None),
            ("90", None),
            ("90days", None),
            ("90  days", None),
            ("-1 days", None),
            ("+1 days", None),
            ("4294967296 days", None),
            ("90 Days", None),
            ("", None),
        ] {
            assert_eq!(days(text), expected, "{text}");
        }
    }

    #[test]
    fn zones_come_from_the_program_itself() {
        assert!(zone("Europe/Berlin").is_some() && zone("Asia/Seoul").is_some());
        assert!(zone("Europe/Musterstadt").is_none() && zone("").is_none());
    }
}
