//! One event, walked without a tree: every value is shown to its place.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::profile::{INSIDE_MAX, Profile};
use super::shape::Shape;

/// Whether a text is one JSON value.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Shows an event, which is JSON, to a profile.
pub(super) fn event(profile: &mut Profile, text: &str) {
    let walk = Walk { profile, place: 0, depth: 0 };
    // It is JSON, and the walk takes any.
    let _ = walk.deserialize(&mut serde_json::Deserializer::from_str(text));
}

struct Walk<'p> {
    profile: &'p mut Profile,
    place: u32,
    /// How deep inside strings.
    depth: u8,
}

impl Walk<'_> {
    fn at(&mut self, place: u32) -> Walk<'_> {
        Walk { profile: &mut *self.profile, place, depth: self.depth }
    }

    fn number(self, text: &str, value: f64) {
        self.profile.visit(self.place).number(text, value);
        self.profile.sample(self.place, text);
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.profile.visit(self.place).kinds.null += 1;
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.profile.visit(self.place).kinds.bool += 1;
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.number(&number.to_string(), number as f64);
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.number(&number.to_string(), number as f64);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.number(&format!("{number:?}"), number);
        Ok(())
    }

    fn visit_str<E>(mut self, text: &str) -> Result<(), E> {
        let shape = Shape::of(text);
        let is_inside = shape == Shape::Json && self.depth < INSIDE_MAX && is_json(text);
        let place = self.profile.visit(self.place);
        // What only begins like JSON is text.
        place.string(text, if shape == Shape::Json && !is_inside { Shape::Text } else { shape });
        if is_inside {
            place.json += 1;
            let (at, depth) = (self.place, self.depth + 1);
            let inner = Walk { depth, ..self.at(at) };
            let _ = inner.deserialize(&mut serde_json::Deserializer::from_str(text));
        } else if shape != Shape::Empty {
            self.profile.sample(self.place, text);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        self.profile.visit(self.place).kinds.array += 1;
        let element = self.profile.element(self.place);
        while elements.next_element_seed(self.at(element))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.profile.visit(self.place).kinds.object += 1;
        while let Some(key) = members.next_key_seed(Key)? {
            let child = self.profile.child(self.place, &key);
            members.next_value_seed(self.at(child))?;
        }
        Ok(())
    }
}

/// A key, borrowed where it can be.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = std::borrow::Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = std::borrow::Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(key.into())
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(key.to_owned().into())
    }
}
