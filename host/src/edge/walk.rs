//! Walks through JSON as it was written, one part at a time: whatever it holds, no list of its parts is in memory.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A string of JSON, borrowed where it holds no escape.
#[derive(Deserialize)]
pub(super) struct Text<'t>(#[serde(borrow)] pub(super) Cow<'t, str>);

/// What a string of JSON says. `None`: the JSON is none, or cannot be said in UTF-8.
pub(super) fn text(json: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(json).ok().map(|Text(text)| text)
}

/// Gives each member of an object in its order, also those that stand twice. `None`: the text is no object; some may have been given.
pub(super) fn members<'t>(text: &'t str, each: impl FnMut(Cow<'t, str>, &'t RawValue)) -> Option<()> {
    struct Object<'t, F>(F, PhantomData<&'t ()>);
    impl<'t, F: FnMut(Cow<'t, str>, &'t RawValue)> Visitor<'t> for Object<'t, F> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'t>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some((Text(key), value)) = map.next_entry()? {
                self.0(key, value);
            }
            Ok(())
        }
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.deserialize_map(Object(each, PhantomData)).ok()?;
    reader.end().ok()
}

/// Gives each element of an array in its order, until `each` says that it is enough. `None`: the text is no array, or it was enough;
/// some may have been given.
pub(super) fn elements<'t>(text: &'t str, each: impl FnMut(&'t RawValue) -> bool) -> Option<()> {
    struct Array<'t, F>(F, PhantomData<&'t ()>);
    impl<'t, F: FnMut(&'t RawValue) -> bool> Visitor<'t> for Array<'t, F> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }
        fn visit_seq<A: SeqAccess<'t>>(mut self, mut array: A) -> Result<(), A::Error> {
            while let Some(value) = array.next_element()? {
                if !self.0(value) {
                    return Err(A::Error::custom("enough"));
                }
            }
            Ok(())
        }
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.deserialize_seq(Array(each, PhantomData)).ok()?;
    reader.end().ok()
}
