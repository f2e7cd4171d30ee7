//! A place of events: what was seen there, never a value of it.

use std::collections::BTreeMap;

use cardinality_estimator::CardinalityEstimator;
use siphasher::sip::SipHasher13;

use super::shape::Shape;

/// Counts distinct values: exactly up to about 128, then to some 3 % in 768 bytes.
type Distinct = CardinalityEstimator<[u8], SipHasher13, 10>;

/// How sure a finding is; their number is how many there are.
pub const CONFIDENCES: [&str; 3] = ["possible", "likely", "certain"];

/// What a detector found at a place, of one entity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Values with a finding, by confidence.
    pub values: [u64; 3],
    /// Those of which the finding is (nearly) all.
    pub whole: u64,
}

impl Findings {
    /// Values with a finding that is likely at least.
    pub fn likely(&self) -> u64 {
        self.values[1] + self.values[2]
    }
}

/// What kinds of JSON were seen at a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Kinds {
    pub null: u64,
    pub bool: u64,
    pub integer: u64,
    pub fraction: u64,
    pub string: u64,
    pub object: u64,
    pub array: u64,
}

impl Kinds {
    /// How often something was seen.
    pub fn all(&self) -> u64 {
        self.null + self.bool + self.integer + self.fraction + self.string + self.object + self.array
    }
}

/// What was seen at a place.
#[derive(Debug, Default)]
pub struct Place {
    /// Events that have it.
    pub events: u64,
    /// The number of the last of them.
    pub(super) last_event: u64,
    /// By type.
    pub kinds: Kinds,
    /// Shapes of strings, by [`Shape`].
    pub shapes: [u64; Shape::COUNT],
    /// Strings that are JSON objects or arrays.
    pub json: u64,
    /// Shortest and longest string, in bytes.
    pub length: Option<(usize, usize)>,
    /// Fewest and most digits before the point of a number.
    pub digits: Option<(usize, usize)>,
    /// Numbers that may be seconds, milli-, micro- or nanoseconds since 1970, between 2001 and 2065.
    pub epochs: u64,
    /// At a `*`: forms of the keys that were joined there.
    pub key_shapes: [u64; Shape::COUNT],
    pub(super) distinct: Distinct,
    /// Values that the detector looked at.
    pub looked: u64,
    /// Entity → what was found.
    pub found: BTreeMap<String, Findings>,
    /// The key is a value, or many keys that vary were joined here.
    pub(super) is_varying: bool,
    pub(super) keys: BTreeMap<Box<str>, u32>,
    pub(super) any_key: Option<u32>,
    pub(super) element: Option<u32>,
}

impl Place {
    /// Strings, numbers and booleans.
    pub fn values(&self) -> u64 {
        self.strings() + self.numbers() + self.kinds.bool
    }

    /// Strings that are not empty.
    pub fn strings(&self) -> u64 {
        self.kinds.string - self.shapes[Shape::Empty as usize]
    }

    /// Numbers.
    pub fn numbers(&self) -> u64 {
        self.kinds.integer + self.kinds.fraction
    }

    /// About how many distinct strings and numbers.
    pub fn distinct(&self) -> u64 {
        self.distinct.estimate() as u64
    }

    /// How many strings have one of these shapes, of those that are not empty: 0 to 1.
    pub fn share(&self, shapes: &[Shape]) -> f64 {
        let some: u64 = shapes.iter().map(|shape| self.shapes[*shape as usize]).sum();
        some as f64 / self.strings().max(1) as f64
    }

    pub(super) fn string(&mut self, text: &str, shape: Shape) {
        self.kinds.string += 1;
        self.shapes[shape as usize] += 1;
        if shape != Shape::Empty {
            self.length = widened(self.length, text.len());
            self.distinct.insert(text.as_bytes());
        }
    }

    pub(super) fn number(&mut self, text: &str, value: f64) {
        if text.contains(['.', 'e', 'E']) {
            self.kinds.fraction += 1
        } else {
            self.kinds.integer += 1
        }
        let digits = text.trim_start_matches('-').bytes().take_while(u8::is_ascii_digit).count();
        self.digits = widened(self.digits, digits);
        self.distinct.insert(text.as_bytes());
        self.epochs += u64::from([1.0, 1e3, 1e6, 1e9].iter().any(|unit| (1e9..3e9).contains(&(value / unit))));
    }

    /// Adds what was seen elsewhere, without what is below.
    pub(super) fn merge(&mut self, other: &Place) {
        self.events += other.events;
        let (mine, its) = (&mut self.kinds, &other.kinds);
        for (mine, its) in [
            (&mut mine.null, its.null),
            (&mut mine.bool, its.bool),
            (&mut mine.integer, its.integer),
            (&mut mine.fraction, its.fraction),
            (&mut mine.string, its.string),
            (&mut mine.object, its.object),
            (&mut mine.array, its.array),
        ] {
            *mine += its;
        }
        self.shapes.iter_mut().zip(other.shapes).for_each(|(mine, its)| *mine += its);
        self.key_shapes.iter_mut().zip(other.key_shapes).for_each(|(mine, its)| *mine += its);
        self.json += other.json;
        for (mine, its) in [(&mut self.length, other.length), (&mut self.digits, other.digits)] {
            for end in its.into_iter().flat_map(|(least, most)| [least, most]) {
                *mine = widened(*mine, end);
            }
        }
        self.epochs += other.epochs;
        self.distinct.merge(&other.distinct);
        self.looked += other.looked;
        for (entity, its) in &other.found {
            let mine = self.found.entry(entity.clone()).or_default();
            mine.values.iter_mut().zip(its.values).for_each(|(mine, its)| *mine += its);
            mine.whole += its.whole;
        }
    }
}

fn widened(range: Option<(usize, usize)>, value: usize) -> Option<(usize, usize)> {
    let (least, most) = range.unwrap_or((value, value));
    Some((least.min(value), most.max(value)))
}
