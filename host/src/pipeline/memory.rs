//! What was worked out for a value, kept by a digest of the value: names of users, applications and results repeat from event to
//! event, and from batch to batch.
//!
//! Digests are SipHash-1-3 of 128 bits (Aumasson, Bernstein: *SipHash*, 2012) under random keys that nobody is told, so that
//! nobody can make up two values that pass for each other. A digest has one place in a table of fixed size; a newer one takes it.
//!
//! Of short values a few hundred are kept as they are ([`Short`]): those that left so, and those of which a condition or a list asked,
//! whatever became of them.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher13};

/// Places of a memory.
const PLACES: usize = 1 << 13;
/// Batches, and rows in them, after which it shows whether the values of a kind repeat.
const BATCHES: u32 = 4;
const ROWS: u32 = 1 << 10;
/// They do where one of so many rows was remembered. Else so many times as many rows are not looked up.
const WORTH: u32 = 8;
const UNSEEN: u32 = 16;

/// A table from digests to what was worked out.
pub(super) struct Memory<T> {
    /// For values, and for what else the answer depends on: digests of the two are joined by an exclusive or.
    values: SipHasher13,
    rest: SipHasher13,
    places: Box<[(u128, T)]>,
}

impl<T> std::fmt::Debug for Memory<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory(…)")
    }
}

impl<T: Copy + Default> Memory<T> {
    /// An empty one, with keys of its own.
    ///
    /// # Errors
    ///
    /// The machine gives no randomness.
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        let mut keys = [[0; 16]; 2];
        getrandom::fill(keys.as_flattened_mut())?;
        let [values, rest] = keys.each_ref().map(SipHasher13::new_with_key);
        Ok(Self { values, rest, places: vec![(0, T::default()); PLACES].into() })
    }

    /// The digest of a value.
    #[inline]
    pub(super) fn of_value(&self, value: &[u8]) -> u128 {
        self.values.hash(value).as_u128()
    }

    /// A digest of what else the answer depends on: parts, each with its length, and what they are.
    pub(super) fn of_parts<'a>(&self, what: &'a str, parts: impl IntoIterator<Item = &'a [u8]>) -> u128 {
        let mut hasher = self.rest;
        for part in std::iter::once(what.as_bytes()).chain(parts) {
            hasher.write(&(part.len() as u64).to_le_bytes());
            hasher.write(part);
        }
        hasher.finish128().as_u128()
    }

    #[inline]
    pub(super) fn get(&self, digest: u128) -> Option<T> {
        let (of, answer) = self.places[digest as usize % PLACES];
        (of == digest).then_some(answer)
    }

    #[inline]
    pub(super) fn put(&mut self, digest: u128, answer: T) {
        self.places[digest as usize % PLACES] = (digest, answer);
    }
}

/// Bytes of a value that counts as short.
const SHORT: usize = 51;

/// Short values with what was worked out for them, as they are: one is found faster than a digest of it is made. `K` is what else the
/// answer depends on. A value has one place, by its ends and its length; a newer one takes it.
#[derive(Debug)]
pub(super) struct Short<K, T> {
    places: Box<[Place<K, T>]>,
}

/// One value.
#[repr(align(64))]
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<K, T> {
    of: Option<(K, T)>,
    length: u8,
    value: [u8; SHORT],
}

impl<K: Copy + Eq, T: Copy> Short<K, T> {
    /// An empty one, of so many places: a power of two.
    pub(super) fn new(places: usize) -> Self {
        Self { places: vec![Place { of: None, length: 0, value: [0; SHORT] }; places].into() }
    }

    /// The place of a value; `None` where it is too long. `spread` tells apart what else the answer depends on.
    #[inline]
    pub(super) fn place(&mut self, spread: usize, value: &[u8]) -> Option<&mut Place<K, T>> {
        let ends = match (value.first_chunk(), value.last_chunk()) {
            _ if value.len() > SHORT => return None,
            (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29),
            _ => value.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        let mixed = (ends ^ (value.len() as u64) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let mask = self.places.len().wrapping_sub(1);
        self.places.get_mut((mixed as usize ^ spread) & mask)
    }
}

impl<K: Copy + Eq, T: Copy> Place<K, T> {
    /// What was worked out for the value, if that lies here.
    #[inline]
    pub(super) fn get(&self, key: K, value: &[u8]) -> Option<T> {
        let (_, answer) = self.of.filter(|(of, _)| *of == key)?;
        (self.value.get(..usize::from(self.length)) == Some(value)).then_some(answer)
    }

    /// Keeps what was worked out for a value whose place this is.
    #[inline]
    pub(super) fn put(&mut self, key: K, value: &[u8], answer: T) {
        if let Some(place) = self.value.get_mut(..value.len()) {
            place.copy_from_slice(value);
            (self.of, self.length) = (Some((key, answer)), value.len() as u8);
        }
    }
}

/// Whether the values of a kind repeat: where they do not, looking them up is time lost.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    batches: u32,
    rows: u32,
    new: u32,
    /// Rows that are not looked up.
    unseen: u32,
}

impl Repeats {
    /// Whether the next rows are looked up.
    #[inline]
    pub(super) fn are_looked_up(&self) -> bool {
        self.unseen == 0
    }

    /// How many rows of a batch there were, and how many of those that were looked up were not there.
    pub(super) fn note(&mut self, rows: u32, new: u32) {
        if self.unseen > 0 {
            self.unseen = self.unseen.saturating_sub(rows);
            return;
        }
        self.batches += 1;
        self.rows = self.rows.saturating_add(rows);
        self.new = self.new.saturating_add(new);
        if self.batches >= BATCHES && self.rows >= ROWS {
            if self.rows - self.new < self.rows / WORTH {
                self.unseen = self.rows.saturating_mul(UNSEEN);
            }
            (self.batches, self.rows, self.new) = (0, 0, 0);
        }
    }
}

/// Kinds of values by number, and of each whether its values repeat: names of users do, numbers of requests do not.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    all: Vec<Kind>,
    /// Those that the batch has rows of.
    met: Vec<u32>,
}

#[derive(Debug, Default)]
struct Kind {
    repeats: Repeats,
    rows: u32,
    new: u32,
}

impl Kinds {
    /// Counts a row of a kind: whether it is looked up.
    #[inline]
    pub(super) fn looks_up(&mut self, kind: usize) -> bool {
        if self.all.len() <= kind {
            self.all.resize_with(kind + 1, Kind::default);
        }
        let of = &mut self.all[kind];
        if of.rows == 0 {
            self.met.push(kind as u32);
        }
        of.rows += 1;
        of.repeats.are_looked_up()
    }

    /// The last row of a kind was looked up and was not there.
    #[inline]
    pub(super) fn is_new(&mut self, kind: usize) {
        if let Some(of) = self.all.get_mut(kind) {
            of.new += 1;
        }
    }

    /// A batch ends.
    pub(super) fn end(&mut self) {
        for kind in self.met.drain(..) {
            let Some(of) = self.all.get_mut(kind as usize) else { continue };
            of.repeats.note(of.rows, of.new);
            (of.rows, of.new) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// LAW: what is found is what was put for that key and value last.
        #[test]
        fn a_short_value_is_no_other(rows in prop::collection::vec((0..3_u8, "[ab]{0,3}|[ab]{8}x{0,46}[ab]?", 0..9_u8), 0..60)) {
            let (mut short, mut all) = (Short::new(4), std::collections::HashMap::new());
            for (key, value, answer) in rows {
                let value = value.into_bytes();
                if let Some(place) = short.place(usize::from(key), &value) {
                    let known = place.get(key, &value);
                    prop_assert!(known.is_none_or(|known| all.get(&(key, value.clone())) == Some(&known)));
                    place.put(key, &value, answer);
                    prop_assert_eq!(place.get(key, &value), Some(answer));
                    all.insert((key, value), answer);
                } else {
                    prop_assert!(value.len() > SHORT);
                }
            }
        }
    }
}
