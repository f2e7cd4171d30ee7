//! What drifted: events held against a schema map.

use super::draft::Draft;
use super::place::Place;
use super::shape::Shape;
use super::words::Words;
use crate::event::{Pattern, Rank, Segment};
use crate::policy::document::{Inside, InsideForm, SchemaHead, SchemaMap};

/// One way in which events are not as a map says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    /// A field that the map does not classify, so that it is dropped.
    New {
        /// Its path.
        path: String,
        /// What it would be drafted as; none: nobody knows.
        drafted: Vec<String>,
    },
    /// A field of the map that no event has.
    Gone {
        /// The path as the map has it.
        path: String,
    },
    /// Values are not what their category is made of.
    Type {
        /// Its path.
        path: String,
        /// What the map says.
        category: String,
        /// What most values look like.
        shape: &'static str,
    },
    /// Something personal is found in a field that the map calls harmless.
    Personal {
        /// Its path.
        path: String,
        /// What the map says.
        categories: Vec<String>,
        /// What is found, and in how many of the values that were looked at.
        found: Vec<(String, u64)>,
        /// How many were looked at.
        looked: u64,
    },
}

impl Drift {
    /// Whether somebody has to do something. Events of a sample need not have every field.
    pub fn matters(&self) -> bool {
        !matches!(self, Drift::Gone { .. })
    }
}

/// A map's fields, ready to be held against paths.
struct Fields {
    /// Path, rank, categories, whether it holds under a condition only.
    all: Vec<(Pattern, Rank, Vec<String>, bool)>,
    inside: Vec<(Pattern, InsideForm, bool)>,
    ignore_case: bool,
}

impl Fields {
    fn new(head: &SchemaHead, map: &SchemaMap) -> Self {
        let plain = map.fields.iter().map(|field| (field, false));
        let variants = map.variants.iter().flat_map(|variant| &variant.fields).map(|field| (field, true));
        let all: Vec<_> = plain
            .chain(variants)
            .filter_map(|(field, is_variant)| {
                let pattern = Pattern::parse(&field.path).ok()?;
                let rank = pattern.rank();
                Some((pattern, rank, field.categories.iter().map(|c| c.value.clone()).collect(), is_variant))
            })
            .collect();
        let looked = |inside: &Inside| {
            let pattern = Pattern::parse(&inside.path).ok()?;
            let below =
                |(field, ..): &(Pattern, Rank, Vec<String>, bool)| *field != pattern && pattern.is_prefix_of(field);
            let nested = map.inside.iter().filter_map(|other| Pattern::parse(&other.path).ok());
            let has_below =
                all.iter().any(below) || nested.into_iter().any(|n| n != pattern && pattern.is_prefix_of(&n));
            Some((pattern, inside.form, !has_below))
        };
        let inside = map.inside.iter().filter_map(looked).collect();
        Self { all, inside, ignore_case: head.ignore_case }
    }

    fn fits(&self, pattern: &Pattern, path: &[Segment]) -> bool {
        fits(pattern.segments(), path, self.ignore_case)
    }

    /// Fields at a path: of those that hold always the most specific, and each that holds under a condition.
    fn at<'f>(&'f self, path: &'f [Segment]) -> impl Iterator<Item = &'f (Pattern, Rank, Vec<String>, bool)> {
        let best =
            self.all.iter().filter(|(p, .., variant)| !variant && self.fits(p, path)).map(|(_, rank, ..)| rank).max();
        self.all.iter().filter(move |(p, rank, _, variant)| self.fits(p, path) && (*variant || Some(rank) == best))
    }

    /// The path as the map names it: below JSON that is the event itself, from there.
    fn named<'p>(&self, path: &'p [Segment]) -> &'p [Segment] {
        let at_root = |end: &usize| {
            let whole = &path[..*end];
            self.inside.iter().any(|(p, form, at_root)| *at_root && *form == InsideForm::Json && self.fits(p, whole))
        };
        (1..path.len()).rev().find(at_root).map_or(path, |end| &path[end..])
    }

    /// Whether it, or something on the way to it, is taken apart otherwise than as JSON.
    fn is_taken_apart(&self, path: &[Segment]) -> bool {
        let apart = |(pattern, form, _): &(Pattern, InsideForm, bool)| {
            self.fits(pattern, path)
                || (*form != InsideForm::Json && (0..path.len()).any(|end| self.fits(pattern, &path[..end])))
        };
        self.inside.iter().any(apart)
    }
}

/// Whether a pattern means a path that was seen. A `*` that was seen may be any key.
fn fits(pattern: &[Segment], path: &[Segment], ignore_case: bool) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((Segment::AnyDepth, rest)), _) => {
            (0..=path.len()).any(|skipped| fits(rest, &path[skipped..], ignore_case))
        }
        (Some((first, rest)), Some((seen, below))) => {
            let same = match (first, seen) {
                (Segment::Key(a), Segment::Key(b)) => a == b || (ignore_case && a.to_lowercase() == b.to_lowercase()),
                (Segment::AnyKey, Segment::Key(_) | Segment::AnyKey) => true,
                (Segment::Key(_), Segment::AnyKey) => true,
                (Segment::AnyElement | Segment::Select { .. }, Segment::AnyElement) => true,
                _ => false,
            };
            same && fits(rest, below, ignore_case)
        }
        _ => false,
    }
}

/// Holds what was seen against a map.
pub fn drift(draft: &Draft<'_>, words: &Words, head: &SchemaHead, map: &SchemaMap) -> Vec<Drift> {
    let fields = Fields::new(head, map);
    let mut drifts = Vec::new();
    for line in &draft.lines {
        let (path, place) = (line.seen.path.segments(), line.seen.place);
        let named = fields.named(path);
        if place.values() == 0 || fields.is_taken_apart(named) {
            continue;
        }
        let at: Vec<_> = fields.at(named).collect();
        if at.is_empty() && !line.is_inside {
            drifts.push(Drift::New { path: line.seen.path.to_string(), drafted: line.judged.categories.clone() });
        }
        let categories: Vec<String> = at.iter().flat_map(|(_, _, categories, _)| categories).cloned().collect();
        drifts.extend(other_type(&line.seen.path, place, &categories));
        if !at.is_empty() && at.iter().any(|(_, _, categories, _)| categories.iter().all(|c| words.is_harmless(c))) {
            drifts.extend(personal(&line.seen.path, place, categories));
        }
    }
    let seen = |pattern: &Pattern| {
        draft.lines.iter().any(|line| fields.fits(pattern, fields.named(line.seen.path.segments())))
    };
    let gone = fields.all.iter().filter(|(pattern, ..)| !seen(pattern));
    let mut gone: Vec<_> = gone.map(|(pattern, ..)| pattern.to_string()).collect();
    gone.sort();
    gone.dedup();
    drifts.extend(gone.into_iter().map(|path| Drift::Gone { path }));
    drifts
}

/// What a map says of a path that was seen: all categories of its field, with those that hold under a condition.
pub fn classified(head: &SchemaHead, map: &SchemaMap, path: &Pattern) -> Vec<String> {
    let fields = Fields::new(head, map);
    let named = fields.named(path.segments());
    fields.at(named).flat_map(|(_, _, categories, _)| categories).cloned().collect()
}

/// Values of a typed category that do not look so: one in ten is enough.
fn other_type(path: &Pattern, place: &Place, categories: &[String]) -> Option<Drift> {
    let category = categories.iter().find(|category| {
        let strings = place.strings() > 0;
        match category.as_str() {
            "time.event" => strings && place.share(&[Shape::Time, Shape::Number]) < 0.9,
            "net.ip" => place.numbers() > 0 || (strings && place.share(&[Shape::Ip, Shape::List, Shape::Word]) < 0.9),
            "event.amount" => strings && place.share(&[Shape::Number]) < 0.9,
            _ => false,
        }
    })?;
    let shape = Shape::ALL.into_iter().max_by_key(|shape| place.shapes[*shape as usize])?;
    let shape = if place.strings() > 0 { shape.name() } else { "number" };
    Some(Drift::Type { path: path.to_string(), category: category.clone(), shape })
}

fn personal(path: &Pattern, place: &Place, categories: Vec<String>) -> Option<Drift> {
    let found: Vec<_> =
        place.found.iter().filter(|(_, its)| its.likely() > 0).map(|(e, its)| (e.clone(), its.likely())).collect();
    (!found.is_empty()).then(|| Drift::Personal { path: path.to_string(), categories, found, looked: place.looked })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(pattern: &str, path: &str, ignore_case: bool) -> bool {
        fits(Pattern::parse(pattern).unwrap().segments(), Pattern::parse(path).unwrap().segments(), ignore_case)
    }

    #[test]
    fn patterns_mean_paths_that_were_seen() {
        for (pattern, path) in [
            ("a.b", "a.b"),
            ("a.*", "a.b"),
            ("**.b", "a[*].b"),
            ("**.b", "b"),
            ("a[Name=X].Value", "a[*].Value"),
            ("a.b", "a.*"),
        ] {
            assert!(fit(pattern, path, false), "{pattern} {path}");
        }
        for (pattern, path) in [("a.b", "a.c"), ("a", "a.b"), ("a[*]", "a.b"), ("A.b", "a.b")] {
            assert!(!fit(pattern, path, false), "{pattern} {path}");
        }
        assert!(fit("A.b", "a.B", true));
    }
}
