//! Does what came out keep what a test promises?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::explain::{named, shown_path};
use crate::event::{Occurrence, Occurs, Pattern, Segment};
use crate::policy::document::{Span, Text};
use crate::policy::form::Code;
use crate::policy::test_file::{Outcome, Scalar, TestCase};
use crate::policy::{MapLabel, Plan, Resolver, Settled};

/// What a test is held against.
#[derive(Debug)]
pub struct Came<'a> {
    /// The event as it went in.
    pub given: &'a Value,
    /// The event as it came out; `None`: it did not.
    pub out: Option<&'a Value>,
    /// The same as text.
    pub text: &'a str,
}

/// Promises about values that do not hold, each as a sentence. Sentences name paths of the test, never values.
pub fn broken(test: &TestCase, came: &Came) -> Vec<String> {
    let mut broken = Vec::new();
    let null = Value::Null;
    let out = came.out.unwrap_or(&null);
    for path in &test.kept {
        let (before, after) = (found(came.given, path), found(out, path));
        if before.is_empty() {
            broken.push(format!("`{}` is not in the event, so it cannot be kept", path.value));
        } else if before != after {
            broken.push(format!("`{}` was not kept{}", path.value, missing(&after)));
        }
    }
    for path in &test.coded {
        let values = found(out, path);
        if values.is_empty() || !values.iter().all(|value| is_code(value)) {
            broken.push(format!("`{}` is no code{}", path.value, missing(&values)));
        }
    }
    for path in &test.gone {
        if !found(out, path).is_empty() {
            broken.push(format!("`{}` is still there", path.value));
        } else if found(came.given, path).is_empty() {
            broken.push(format!("`{}` is not in the event, so it cannot be gone", path.value));
        }
    }
    for (path, scalar) in &test.becomes {
        let wanted = json(&scalar.value);
        let values = found(out, path);
        if values.is_empty() || values.iter().any(|value| **value != wanted) {
            broken.push(format!("`{}` did not become {wanted}{}", path.value, missing(&values)));
        }
    }
    let lower = came.text.to_lowercase();
    for text in &test.nowhere {
        if lower.contains(&text.value.to_lowercase()) {
            broken.push(format!("`{}` is somewhere in the output", text.value));
        }
    }
    broken
}

/// That nothing came out at a path, where that is so.
fn missing(came: &[std::borrow::Cow<'_, Value>]) -> &'static str {
    if came.is_empty() { ": nothing came out there" } else { "" }
}

/// Promises about the outcome, and about what is closed (sorted), that do not hold.
pub fn outcome(test: &TestCase, came: Outcome, closed: &[String]) -> Vec<String> {
    let mut complaints = Vec::new();
    let wanted = test.outcome.as_ref().map_or(Outcome::Passed, |outcome| outcome.value);
    if wanted != came {
        let gates = if closed.is_empty() { String::new() } else { format!(" ({})", closed.join(", ")) };
        complaints.push(format!("the outcome is {came:?}{gates}, not {wanted:?}"));
    }
    let mut gates: Vec<_> = test.gates.iter().map(|g| g.value.clone()).collect();
    gates.sort();
    if !gates.is_empty() && gates != closed {
        let what =
            if closed.is_empty() { "nothing is closed".to_owned() } else { format!("closed: {}", closed.join(", ")) };
        complaints.push(format!("{what}; the test says {}", gates.join(", ")));
    }
    complaints
}

/// Values by their category, where no source sends such a thing yet: only what the plan says of the category.
pub fn of_values(plan: &Arc<Plan>, test: &TestCase, categories: &[&str]) -> Vec<String> {
    let resolver = Resolver::new(plan.clone());
    let mut complaints = outcome(test, Outcome::Passed, &[]);
    let about = test.kept.iter().chain(&test.gone).chain(&test.coded);
    complaints.extend(
        about
            .filter(|path| !categories.contains(&path.value.as_str()))
            .map(|path| format!("the test has no value of `{}`", path.value)),
    );
    for name in categories {
        let Some(category) = plan.library.words.category(name) else {
            complaints.push(format!("there is no category `{name}`"));
            continue;
        };
        let (form, rules) = resolver.category(0, category);
        let listed = |paths: &[Text]| paths.iter().any(|path| path.value == *name);
        for (said, holds, what) in [
            (listed(&test.kept), form.is_clear(), "kept"),
            (listed(&test.gone), !form.leaves(), "gone"),
            (listed(&test.coded), form.leaves() && form.code != Code::Clear, "coded"),
        ] {
            if said && !holds {
                complaints.push(format!("`{name}` is not {what}"));
            }
        }
        let shows = form.leaves() && form.hide.whole.is_none() && form.code == Code::Clear;
        if !test.nowhere.is_empty() && shows {
            complaints.push(format!("something of `{name}` may leave"));
        }
        let took = |rule: &str| rules.iter().any(|id| plan.rule(*id) == rule);
        complaints.extend(test.rules.iter().filter(|r| !took(&r.value)).map(|r| no_part(&r.value)));
    }
    complaints
}

/// What an event shows of the map that it is of.
#[derive(Debug)]
pub struct Shown {
    /// Number of the map.
    pub map: usize,
    /// Lines of the map that say what something in the event is, and whether they alone say so of a value: without them it is
    /// unclassified.
    pub lines: BTreeMap<Span, bool>,
    /// Paths of values that nobody classifies. Keys that no map names are `*`.
    pub unclassified: Vec<String>,
    /// The kinds of event that it is.
    pub kinds: Vec<String>,
}

impl Shown {
    /// Reads it off what stands in an event of the map of that number, and what the plan makes of the map's slots. `None`: there is
    /// no such map.
    pub fn of(
        plan: &Plan,
        number: usize,
        kinds: Vec<String>,
        (occurrences, slots): (&[Occurrence], &[Settled]),
    ) -> Option<Self> {
        let map = plan.map(number)?;
        let (mut lines, mut unclassified) = (BTreeMap::new(), BTreeSet::new());
        let named = named(plan, number);
        for one in occurrences.iter().filter(|one| one.occurs != Occurs::Text) {
            let labels = one.slot.index().map_or(&[][..], |_| map.automaton.labels(one.slot));
            let fields = labels.iter().filter_map(|(label, _)| match map.labels.get(*label as usize) {
                Some(MapLabel::Field { span, .. }) => Some(*span),
                _ => None,
            });
            let spans: Vec<_> = fields.collect();
            let alone = spans.len() == 1 && one.occurs != Occurs::Key;
            for span in spans.into_iter().flatten() {
                *lines.entry(span).or_default() |= alone;
            }
            let settled = one.slot.index().and_then(|slot| slots.get(slot));
            if settled.is_none_or(|settled| settled.categories.is_empty()) {
                unclassified.insert(shown_path(&one.path, &named, false));
            }
        }
        let unclassified = unclassified.into_iter().collect();
        Some(Self { map: number, lines, unclassified, kinds })
    }
}

/// Promises about what the map says of the event that do not hold.
pub fn of_map(test: &TestCase, shown: Option<&Shown>) -> Vec<String> {
    let mut complaints = Vec::new();
    if test.classified {
        let paths = shown.map_or(&[][..], |shown| &shown.unclassified);
        complaints.extend(paths.iter().map(|path| format!("nobody says what `{path}` is")));
        complaints.extend(shown.is_none().then(|| "no map knows the event".to_owned()));
    }
    let wanted: BTreeSet<_> = test.kinds.iter().map(|kind| kind.value.as_str()).collect();
    let came: BTreeSet<_> = shown.iter().flat_map(|shown| &shown.kinds).map(String::as_str).collect();
    if !wanted.is_empty() && wanted != came {
        let list = |kinds: BTreeSet<&str>| kinds.into_iter().collect::<Vec<_>>().join(", ");
        let came = if came.is_empty() { "of no kind".to_owned() } else { list(came) };
        complaints.push(format!("the event is {came}; the test says {}", list(wanted)));
    }
    complaints
}

/// A rule that should have taken part.
pub fn no_part(rule: &str) -> String {
    format!("the rule `{rule}` took no part")
}

fn json(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::String(text) => Value::String(text.clone()),
        Scalar::Number(text) => text.parse().map_or(Value::Null, Value::Number),
        Scalar::Bool(yes) => Value::Bool(*yes),
    }
}

/// `e229-…`: see [`crate::pipeline::codes`].
fn is_code(value: &Value) -> bool {
    let Some((epoch, bits)) = value.as_str().and_then(|text| text.split_once('-')) else { return false };
    epoch.starts_with(['e', 'p', 't'])
        && epoch.len() > 1
        && epoch[1..].bytes().all(|b| b.is_ascii_digit())
        && bits.len() == 26
        && bits.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
}

/// Values at a path. A string on the way is read as JSON.
fn found<'v>(event: &'v Value, path: &str) -> Vec<std::borrow::Cow<'v, Value>> {
    let Ok(pattern) = Pattern::parse(path) else { return Vec::new() };
    let mut found = Vec::new();
    walk(event, pattern.segments(), &mut |value| found.push(value));
    found
}

fn walk<'v>(value: &'v Value, segments: &[Segment], each: &mut dyn FnMut(std::borrow::Cow<'v, Value>)) {
    let Some((first, rest)) = segments.split_first() else { return each(std::borrow::Cow::Borrowed(value)) };
    if let Value::String(text) = value
        && let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text)
    {
        return walk(&inner, segments, &mut |value| each(std::borrow::Cow::Owned(value.into_owned())));
    }
    match (first, value) {
        (Segment::Key(name), Value::Object(members)) => members.get(name).into_iter().for_each(|v| walk(v, rest, each)),
        (Segment::AnyKey, Value::Object(members)) => members.values().for_each(|v| walk(v, rest, each)),
        (Segment::AnyElement, Value::Array(elements)) => elements.iter().for_each(|v| walk(v, rest, each)),
        (Segment::Select { name, value: wanted }, Value::Array(elements)) => {
            let selected = elements.iter().filter(|e| match e.get(name) {
                Some(Value::String(text)) => text == wanted,
                Some(Value::Number(number)) => *wanted == format!("{number}"),
                Some(Value::Bool(yes)) => *wanted == format!("{yes}"),
                Some(_) => false,
                None => false,
            });
            selected.for_each(|v| walk(v, rest, each));
        }
        (Segment::AnyDepth, _) => {
            walk(value, rest, each);
            let below: Vec<&Value> = match value {
                Value::Object(members) => members.values().collect(),
                Value::Array(elements) => elements.iter().collect(),
                _ => Vec::new(),
            };
            below.into_iter().for_each(|v| walk(v, segments, each));
        }
        _ => {}
    }
}
