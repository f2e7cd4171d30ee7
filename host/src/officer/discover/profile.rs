//! What unknown events look like: a tree of places, in bounded memory.
//!
//! INVARIANT (no value): a profile holds counts, shapes and names of keys. Values are hashed into a sketch, and some wait as
//! [`Sample`]s for the detector until they are taken. Keys that are values, or vary, stand as `*`.
//! INVARIANT (bounded): at most [`PLACES_MAX`] places; what is beyond is seen at the `*` beside it.

use std::collections::{BTreeSet, HashMap};

use super::keys;
use super::place::{Findings, Place};
use super::shape::Shape;
use crate::event::{Pattern, Segment};

/// Most places: keys beyond are joined with the `*` of their object.
pub const PLACES_MAX: usize = 16_384;
/// Most keys of one object that are told apart.
pub const KEYS_MAX: usize = 512;
/// Most sets of keys at the top of events that are told apart.
pub const FORMS_MAX: usize = 1_024;
/// The first values of each place that a detector looks at; then ever fewer, about as many in each further doubling.
pub const SAMPLES: u64 = 64;
/// Longest part of a value that a detector looks at, in bytes.
pub const SAMPLE_BYTES: usize = 8 << 10;
/// JSON in strings in JSON: as deep as schema maps look.
pub(super) const INSIDE_MAX: u8 = 3;

/// A value for a detector.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Where it comes from: for [`Profile::found`].
    pub place: u32,
    /// It is the key of that place.
    pub is_key: bool,
    /// The value, cut to [`SAMPLE_BYTES`].
    pub text: String,
}

/// What was seen of events.
#[derive(Debug)]
pub struct Profile {
    /// Events that were read.
    pub events: u64,
    /// Events that are no JSON.
    pub unread: u64,
    /// Keys that were joined because there were too many.
    pub joined: u64,
    pub(super) places: Vec<Place>,
    /// Where a place went that was joined with another.
    moved: HashMap<u32, u32>,
    samples: Vec<Sample>,
    /// Of the generator that picks samples.
    chance: u64,
    /// Sets of places at the top of events → how many events have just these.
    pub(super) forms: HashMap<Box<[u32]>, u64>,
}

/// Where one leaf or container stands, and what was seen there.
#[derive(Debug)]
pub struct Seen<'p> {
    /// Its path.
    pub path: Pattern,
    /// What was seen.
    pub place: &'p Place,
}

impl Profile {
    /// Nothing seen yet. With an equal seed and equal events the same values are sampled.
    pub fn new(seed: u64) -> Self {
        let places = vec![Place::default()];
        let (moved, forms) = (HashMap::new(), HashMap::new());
        Self { events: 0, unread: 0, joined: 0, places, moved, samples: Vec::new(), chance: seed, forms }
    }

    /// Looks at an event. One that is no JSON is counted and adds nothing.
    pub fn event(&mut self, event: &[u8]) {
        let whole = std::str::from_utf8(event).ok().filter(|text| super::walk::is_json(text));
        let Some(text) = whole else { return self.unread += 1 };
        self.events += 1;
        super::walk::event(self, text);
        let top = &self.places[0];
        if top.kinds.object > 0 {
            let has = |place: &&u32| self.places[**place as usize].last_event == self.events;
            let form: Box<[u32]> = top.keys.values().filter(has).copied().collect();
            if self.forms.len() < FORMS_MAX || self.forms.contains_key(&form) {
                *self.forms.entry(form).or_default() += 1;
            }
        }
    }

    /// Values that a detector should look at, and no longer here.
    pub fn take_samples(&mut self) -> Vec<Sample> {
        std::mem::take(&mut self.samples)
    }

    /// How many bytes of values wait.
    pub fn waiting(&self) -> usize {
        self.samples.iter().map(|sample| sample.text.len()).sum()
    }

    /// The keys on the way to every place, as words nearby for a detector.
    pub fn hints(&self) -> HashMap<u32, Vec<String>> {
        let mut all = HashMap::new();
        self.each(&mut |path, number, _| {
            let keys = path.iter().filter_map(|segment| match segment {
                Segment::Key(key) => Some(key.clone()),
                _ => None,
            });
            all.insert(number, keys.collect());
        });
        all
    }

    /// What a detector found in a sample: entity, confidence (0 possible, 1 likely, 2 certain), and whether that is all of it.
    /// Once for each sample: the surest finding of each entity.
    pub fn found(&mut self, sample: &Sample, findings: &[(&str, usize, bool)]) {
        let place = self.resolve(sample.place);
        let place = &mut self.places[place as usize];
        if sample.is_key {
            place.is_varying |= findings.iter().any(|(_, confidence, _)| *confidence > 0);
            return;
        }
        place.looked += 1;
        for (entity, confidence, whole) in findings {
            let found: &mut Findings = place.found.entry((*entity).to_owned()).or_default();
            found.values[(*confidence).min(2)] += 1;
            found.whole += u64::from(*whole);
        }
    }

    /// Joins keys that vary under `*`: those that are values, and where `is_known` knows none or few of an object's keys.
    pub fn join_varying(&mut self, is_known: &dyn Fn(&str) -> bool, is_person: &dyn Fn(&str) -> bool) {
        let mut waiting = vec![(0u32, false)];
        while let Some((number, of_persons)) = waiting.pop() {
            let varying = self.varying(number, number == 0, of_persons, is_known);
            varying.iter().for_each(|key| self.join(number, key));
            let place = &self.places[number as usize];
            waiting.extend(place.keys.iter().map(|(key, child)| (*child, is_person(key))));
            waiting.extend(place.any_key.into_iter().chain(place.element).map(|child| (child, false)));
        }
    }

    /// Keys of an object that vary.
    fn varying(&self, number: u32, is_top: bool, of_persons: bool, is_known: &dyn Fn(&str) -> bool) -> Vec<Box<str>> {
        let place = &self.places[number as usize];
        let child = |number: &u32| &self.places[*number as usize];
        let known = |key: &str| keys::words(key).iter().any(|word| is_known(word));
        let below: BTreeSet<Vec<&str>> =
            place.keys.values().map(|n| child(n).keys.keys().map(|key| &**key).collect()).collect();
        let count = place.keys.len();
        let knows = place.keys.keys().filter(|key| known(key)).count();
        // A row of a table a key: equal objects, side by side.
        let alike = count >= 3 && below.len() == 1 && below.iter().all(|keys| keys.len() >= 2);
        let met: u64 = place.keys.values().map(|number| child(number).kinds.all()).sum();
        // Hardly any key came twice.
        let fleeting = count >= 16 && place.kinds.object >= 16 && 2 * count as u64 >= met && 2 * knows < count;
        let strange = (count >= 4 && knows == 0) || (count >= 16 && 4 * knows < count);
        if !is_top && (alike || fleeting || strange) {
            return place.keys.keys().cloned().collect();
        }
        let one = |(key, number): (&str, &u32)| {
            child(number).is_varying
                || (!is_top && key.contains(' ') && !known(key))
                || (of_persons && child(number).kinds.object > 0 && !known(key))
        };
        let varies = place.keys.iter().filter(|(key, number)| one((key, number)));
        varies.map(|(key, _)| key.clone()).collect()
    }

    /// Joins a key of an object with its `*`.
    fn join(&mut self, number: u32, key: &str) {
        let Some(child) = self.places[number as usize].keys.remove(key) else { return };
        let any = match self.places[number as usize].any_key {
            Some(any) => any,
            None => {
                let any = self.add();
                self.places[number as usize].any_key = Some(any);
                any
            }
        };
        self.places[any as usize].key_shapes[Shape::of(key) as usize] += 1;
        self.merge(any, child);
    }

    /// Adds what was seen at one place, and below it, to another.
    fn merge(&mut self, into: u32, from: u32) {
        let taken = std::mem::take(&mut self.places[from as usize]);
        self.moved.insert(from, into);
        self.places[into as usize].merge(&taken);
        for (key, child) in taken.keys {
            match self.places[into as usize].keys.get(&key).copied() {
                Some(same) => self.merge(same, child),
                None => drop(self.places[into as usize].keys.insert(key, child)),
            }
        }
        for (child, other) in [(taken.any_key, true), (taken.element, false)] {
            let Some(child) = child else { continue };
            let slot = |place: &mut Place| if other { place.any_key } else { place.element };
            match slot(&mut self.places[into as usize]) {
                Some(same) => self.merge(same, child),
                None if other => self.places[into as usize].any_key = Some(child),
                None => self.places[into as usize].element = Some(child),
            }
        }
    }

    fn add(&mut self) -> u32 {
        self.places.push(Place::default());
        self.places.len() as u32 - 1
    }

    /// Not even a `*` more: what is below is seen at the place itself.
    fn is_full(&self) -> bool {
        self.places.len() >= 2 * PLACES_MAX
    }

    fn resolve(&self, mut number: u32) -> u32 {
        while let Some(to) = self.moved.get(&number) {
            number = *to;
        }
        number
    }

    /// The place of a key below another.
    pub(super) fn child(&mut self, number: u32, key: &str) -> u32 {
        if let Some(child) = self.places[number as usize].keys.get(key) {
            return *child;
        }
        let full = self.places[number as usize].keys.len() >= KEYS_MAX || self.places.len() >= PLACES_MAX;
        if full || keys::is_value(key) {
            self.joined += u64::from(full);
            let any = self.any_key(number);
            self.places[any as usize].key_shapes[Shape::of(key) as usize] += 1;
            return any;
        }
        let child = self.add();
        self.places[number as usize].keys.insert(key.into(), child);
        self.samples.push(Sample { place: child, is_key: true, text: key.to_owned() });
        child
    }

    fn any_key(&mut self, number: u32) -> u32 {
        if let Some(any) = self.places[number as usize].any_key {
            return any;
        }
        if self.is_full() {
            return number;
        }
        let any = self.add();
        self.places[number as usize].any_key = Some(any);
        any
    }

    /// The place of the elements of an array.
    pub(super) fn element(&mut self, number: u32) -> u32 {
        if let Some(element) = self.places[number as usize].element {
            return element;
        }
        if self.is_full() {
            return number;
        }
        let element = self.add();
        self.places[number as usize].element = Some(element);
        element
    }

    /// One more event has this place.
    pub(super) fn visit(&mut self, number: u32) -> &mut Place {
        let now = self.events;
        let place = &mut self.places[number as usize];
        place.events += u64::from(place.last_event != now);
        place.last_event = now;
        place
    }

    /// Keeps a value for the detector, if it is one of those to be looked at.
    pub(super) fn sample(&mut self, number: u32, text: &str) {
        let place = &self.places[number as usize];
        let seen = place.kinds.string + place.numbers();
        // SplitMix64.
        self.chance = self.chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.chance;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        if seen > SAMPLES && (z ^ (z >> 31)) % seen >= SAMPLES {
            return;
        }
        let end = text.floor_char_boundary(SAMPLE_BYTES);
        self.samples.push(Sample { place: number, is_key: false, text: text[..end].to_owned() });
    }

    /// Every place with its path, in the order of paths.
    pub fn seen(&self) -> Vec<Seen<'_>> {
        let mut all = Vec::new();
        self.each(&mut |path, _, place| all.push(Seen { path: Pattern::of(path.to_vec()), place }));
        all
    }

    fn each<'p>(&'p self, see: &mut dyn FnMut(&[Segment], u32, &'p Place)) {
        self.below(0, &mut Vec::new(), see);
    }

    fn below<'p>(&'p self, number: u32, path: &mut Vec<Segment>, see: &mut dyn FnMut(&[Segment], u32, &'p Place)) {
        let place = &self.places[number as usize];
        see(path, number, place);
        let keys = place.keys.iter().map(|(key, child)| (Segment::Key(key.to_string()), *child));
        let any = place.any_key.map(|child| (Segment::AnyKey, child));
        for (segment, child) in keys.chain(any).chain(place.element.map(|child| (Segment::AnyElement, child))) {
            path.push(segment);
            self.below(child, path, see);
            path.pop();
        }
    }
}
