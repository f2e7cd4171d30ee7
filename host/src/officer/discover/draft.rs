//! A schema map, drafted: every line with its reason, doubtful ones marked `# ?`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::judge::Judgement;
use super::place::Place;
use super::profile::{Profile, Seen};
use super::shape::Shape;
use super::words::Words;
use crate::event::{Pattern, Segment};

/// Most alternatives of `recognise`, and most entries of one.
const ALTERNATIVES: usize = 8;
const ENTRIES: usize = 4;

/// What a draft says of one place.
#[derive(Debug)]
pub struct Line<'p> {
    /// The place.
    pub seen: Seen<'p>,
    /// What it is drafted as.
    pub judged: Judgement,
    /// It holds JSON, whose fields are places of their own.
    pub is_inside: bool,
}

/// A drafted map.
#[derive(Debug)]
pub struct Draft<'p> {
    /// Every leaf, in the order of paths.
    pub lines: Vec<Line<'p>>,
    /// Paths of `*`, whose keys somebody has to classify.
    pub keys: Vec<(Pattern, &'static [&'static str])>,
    recognise: Vec<Vec<String>>,
    events: u64,
}

impl<'p> Draft<'p> {
    /// Drafts a map of what was seen.
    pub fn new(profile: &'p Profile, words: &Words) -> Self {
        let seen = profile.seen();
        let keys = seen.iter().filter(|seen| ends_in_key_wildcard(&seen.path));
        let keys = keys.map(|seen| (seen.path.clone(), words.judge_keys(seen.place))).collect();
        let paths: Vec<Pattern> = seen.iter().map(|seen| seen.path.clone()).collect();
        let mut lines = Vec::new();
        for (at, seen) in seen.into_iter().enumerate() {
            let (place, holds_json) = (seen.place, seen.place.json > 0);
            let has_leaf = place.values() + place.kinds.null > 0;
            let container = place.kinds.object + place.kinds.array > 0;
            if !has_leaf || (container && place.values() == 0) {
                continue;
            }
            let has_below = paths.get(at + 1).is_some_and(|next| seen.path.is_prefix_of(next));
            let judged = words.judge(&seen.path, place);
            lines.push(Line { seen, judged, is_inside: holds_json && has_below });
        }
        let mut draft = Self { lines, keys, recognise: recognise(profile, words), events: profile.events };
        draft.settle();
        draft
    }

    /// A value that is looked inside needs a field below: else its fields would be read as from the top of the event.
    fn settle(&mut self) {
        let drafted: Vec<Pattern> = self
            .lines
            .iter()
            .filter(|line| !line.judged.categories.is_empty())
            .map(|line| line.seen.path.clone())
            .collect();
        for line in self.lines.iter_mut().filter(|line| line.is_inside) {
            let path = &line.seen.path;
            line.is_inside = drafted.iter().any(|other| other != path && path.is_prefix_of(other));
            if line.seen.place.json < line.seen.place.strings() || !line.is_inside {
                line.judged.categories = vec!["content.text".into()];
                line.judged.role = None;
                line.judged.is_doubtful = true;
                line.judged.why =
                    if line.is_inside { "JSON, but not always" } else { "JSON that nobody could classify" }.into();
            }
        }
    }

    /// The map as TOML. `id` is its id; names of files are not needed.
    pub fn toml(&self, id: &str) -> String {
        let mut out = String::new();
        let doubtful = self.lines.iter().filter(|line| line.judged.is_doubtful).count();
        let _ = writeln!(
            out,
            "# Drafted of {} events by `tamis discover`. No value of them stands here. Read every line before use: those with\n\
             # `# ?` are doubtful ({doubtful} of {}); what is left out is dropped.\n",
            self.events,
            self.lines.len()
        );
        let _ = writeln!(out, "[schema]\nid        = {}\ntitle     = {}\nrevision  = 1", quoted(id), quoted(id));
        self.write_recognise(&mut out);
        self.write_events(&mut out);
        for section in [None, Some("actor"), Some("owner"), Some("target")] {
            self.write_fields(section, &mut out);
        }
        self.write_keys(&mut out);
        self.write_inside(&mut out);
        out
    }

    fn write_recognise(&self, out: &mut String) {
        let list =
            |entries: &Vec<String>| format!("[{}]", entries.iter().map(|e| quoted(e)).collect::<Vec<_>>().join(", "));
        match self.recognise.as_slice() {
            [] => out.push_str("recognise = []  # ? no field at the top is in enough events: say what tells them\n"),
            [one] => out
                .push_str(&format!("recognise = {}  # ? in all events; other systems may have these too\n", list(one))),
            many => {
                out.push_str("recognise = [  # ? no field is in all events\n");
                many.iter().for_each(|entries| out.push_str(&format!("  {},\n", list(entries))));
                out.push_str("]\n");
            }
        }
    }

    /// Kinds need values, which are not told.
    fn write_events(&self, out: &mut String) {
        let says = |line: &&Line<'_>| line.judged.categories.first().is_some_and(|c| c == "event.action");
        let actions: Vec<_> = self.lines.iter().filter(says).collect();
        if actions.is_empty() {
            return;
        }
        out.push_str("\n# [events]  # ? which kinds of event there are: these fields may tell\n");
        for line in actions {
            let path = quoted(&written(&line.seen.path));
            let _ = writeln!(
                out,
                "# \"auth.login\" = {{ {path} = [\"…\"] }}  # about {} values",
                line.seen.place.distinct()
            );
        }
    }

    fn write_fields(&self, section: Option<&str>, out: &mut String) {
        let own = |line: &&Line<'_>| line.judged.role == section && !line.is_inside;
        let lines: Vec<_> = self.lines.iter().filter(own).collect();
        if lines.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n[{}]", section.unwrap_or("fields"));
        for line in lines {
            let path = quoted(&written(&line.seen.path));
            let why = format!("{}: {}", line.judged.why, self.summary(line.seen.place));
            match line.judged.categories.as_slice() {
                [] => out.push_str(&format!("# ? {path} is left out: {why}\n")),
                categories => {
                    let doubt = if line.judged.is_doubtful { "? " } else { "" };
                    out.push_str(&format!("{path} = {}  # {doubt}{why}\n", listed(categories)));
                }
            }
        }
    }

    fn write_keys(&self, out: &mut String) {
        if self.keys.is_empty() {
            return;
        }
        out.push_str("\n[keys]  # keys that vary, by their form\n");
        for (path, categories) in &self.keys {
            let categories: Vec<_> = categories.iter().map(|category| (*category).to_owned()).collect();
            let _ = writeln!(out, "{} = {}  # ? perhaps somebody's", quoted(&written(path)), listed(&categories));
        }
    }

    fn write_inside(&self, out: &mut String) {
        let inside: Vec<_> = self.lines.iter().filter(|line| line.is_inside).collect();
        let mut text = String::new();
        for line in inside {
            let path = quoted(&written(&line.seen.path));
            let what = if line.judged.categories.is_empty() || line.seen.place.json >= line.seen.place.strings() {
                "\"json\"".to_owned()
            } else {
                "{ as = \"json\", else = \"content.text\" }".to_owned()
            };
            let _ = writeln!(text, "{path} = {what}  # {}", self.summary(line.seen.place));
        }
        for (shape, form) in [(Shape::Pairs, "key=value"), (Shape::Url, "url")] {
            let fits = |line: &&Line<'_>| {
                !line.is_inside && line.seen.place.strings() > 0 && line.seen.place.share(&[shape]) >= 0.8
            };
            for line in self.lines.iter().filter(fits) {
                let path = quoted(&written(&line.seen.path));
                let _ = writeln!(text, "# {path} = \"{form}\"  # ? could be looked inside, in place of its line above");
            }
        }
        if !text.is_empty() {
            let _ = write!(out, "\n[inside]\n{text}");
        }
    }

    /// What was seen at a place, in a few words: counts and shapes.
    fn summary(&self, place: &Place) -> String {
        summary(place, self.events)
    }
}

/// What was seen at a place of so many events, in a few words.
pub fn summary(place: &Place, events: u64) -> String {
    let share = |part: u64, whole: u64| format!("{:.0} %", 100.0 * part as f64 / whole.max(1) as f64);
    let mut parts = vec![format!("in {} of events", share(place.events.min(events), events))];
    let mut shapes: Vec<_> = Shape::ALL.into_iter().filter(|shape| place.shapes[*shape as usize] > 0).collect();
    shapes.sort_by_key(|shape| std::cmp::Reverse(place.shapes[*shape as usize]));
    let names = shapes
        .iter()
        .take(3)
        .map(|shape| format!("{} {}", shape.name(), share(place.shapes[*shape as usize], place.kinds.string)));
    parts.extend(names);
    if place.numbers() > 0 {
        let (least, most) = place.digits.unwrap_or_default();
        parts.push(if least == most {
            format!("numbers of {most} digits")
        } else {
            format!("numbers of {least} to {most} digits")
        });
    }
    if place.kinds.bool > 0 {
        parts.push("boolean".into());
    }
    if let Some((least, most)) = place.length {
        parts.push(if least == most { format!("{most} bytes") } else { format!("{least} to {most} bytes") });
    }
    if place.values() > place.kinds.bool {
        parts.push(format!("about {} distinct", place.distinct()));
    }
    parts.join(", ")
}

fn listed(categories: &[String]) -> String {
    match categories {
        [one] => quoted(one),
        many => format!("[{}]", many.iter().map(|c| quoted(c)).collect::<Vec<_>>().join(", ")),
    }
}

/// A path as a map has it: what begins with `@` is quoted, for it is no part of an envelope.
fn written(path: &Pattern) -> String {
    let text = path.to_string();
    match path.segments() {
        [Segment::Key(key), ..] if key.starts_with('@') && text.starts_with('@') => {
            format!("'{key}'{}", &text[key.len()..])
        }
        _ => text,
    }
}

/// A TOML string. Keys with control characters do not come here.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn ends_in_key_wildcard(path: &Pattern) -> bool {
    matches!(path.segments().last(), Some(Segment::AnyKey))
}

/// Fields at the top that tell these events: those of the most events, the rarer words first.
fn recognise(profile: &Profile, words: &Words) -> Vec<Vec<String>> {
    let top = &profile.places[0];
    let names = top.keys.iter().map(|(key, number)| (*number, &**key));
    // What begins a test of another kind.
    let names: BTreeMap<u32, &str> = names.filter(|(_, key)| !key.contains('=') && !key.starts_with('!')).collect();
    let mut forms: Vec<(Vec<u32>, u64)> = profile
        .forms
        .iter()
        .map(|(form, count)| (form.iter().copied().filter(|n| names.contains_key(n)).collect(), *count))
        .collect();
    let mut alternatives = Vec::new();
    while !forms.is_empty() && alternatives.len() < ALTERNATIVES {
        let count =
            |number: u32| forms.iter().filter(|(form, _)| form.contains(&number)).map(|(_, count)| count).sum::<u64>();
        // Not `id` or `type`: a key of several words, or one that no map has.
        let telling = |name: &str| {
            super::keys::words(name).len() > 1 || !super::keys::words(name).iter().all(|word| words.knows(word))
        };
        let best = names
            .keys()
            .copied()
            .map(|number| (count(number), telling(names[&number]), std::cmp::Reverse(number)))
            .max();
        let Some((covered, _, std::cmp::Reverse(first))) = best.filter(|(covered, ..)| *covered > 0) else { break };
        let (with, without): (Vec<_>, Vec<_>) = forms.into_iter().partition(|(form, _)| form.contains(&first));
        let mut common: Vec<u32> =
            with[0].0.iter().copied().filter(|n| with.iter().all(|(form, _)| form.contains(n))).collect();
        common.sort_by_key(|number| (*number != first, !telling(names[number]), names[number]));
        debug_assert!(covered > 0);
        alternatives.push(
            common
                .into_iter()
                .take(ENTRIES)
                .map(|n| written(&Pattern::of(vec![Segment::Key(names[&n].to_owned())])))
                .collect(),
        );
        forms = without;
    }
    alternatives
}
