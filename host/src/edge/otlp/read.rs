//! OTLP/JSON → protobuf, as it is read and without a tree between, as lenient as a filter makes it necessary: what was a number
//! and is a code now becomes a text, an id that is none any more an attribute.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::BufMut as _;
use prost::encoding::{WireType, encode_key, encode_varint};
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::edge::walk;

/// Messages within messages in a record: readers of protobuf follow a hundred in a request, and refuse all of one that is deeper.
const DEEPEST: usize = 92;

/// A kind of message: its members by name, and which of them are its attributes.
pub(super) struct Shape {
    members: &'static [(&'static str, Field)],
    attributes: u32,
}

/// What a member is, and its tag.
enum Field {
    Fixed64(u32),
    Fixed32(u32),
    Signed(u32),
    Unsigned(u32),
    Text(u32),
    /// So many bytes.
    Id(u32, usize),
    Value(u32),
    Attributes,
}

pub(super) const RESOURCE: Shape = Shape {
    members: &[("attributes", Field::Attributes), ("droppedAttributesCount", Field::Unsigned(2))],
    attributes: 1,
};

pub(super) const SCOPE: Shape = Shape {
    members: &[
        ("name", Field::Text(1)),
        ("version", Field::Text(2)),
        ("attributes", Field::Attributes),
        ("droppedAttributesCount", Field::Unsigned(4)),
    ],
    attributes: 3,
};

pub(super) const RECORD: Shape = Shape {
    members: &[
        ("timeUnixNano", Field::Fixed64(1)),
        ("observedTimeUnixNano", Field::Fixed64(11)),
        ("severityNumber", Field::Signed(2)),
        ("severityText", Field::Text(3)),
        ("eventName", Field::Text(12)),
        ("body", Field::Value(5)),
        ("attributes", Field::Attributes),
        ("droppedAttributesCount", Field::Unsigned(7)),
        ("flags", Field::Fixed32(8)),
        ("traceId", Field::Id(9, 16)),
        ("spanId", Field::Id(10, 8)),
    ],
    attributes: 6,
};

/// A message that is being written.
#[derive(Debug, Default)]
pub(super) struct Message {
    bytes: Vec<u8>,
    /// Attributes of what has no place of its own: they stand behind the others.
    others: Vec<u8>,
}

impl Message {
    /// Writes all members of an object. `None`: it is none, or it cannot be read.
    pub(super) fn members(&mut self, shape: &Shape, text: &str) -> Option<()> {
        let mut is_read = true;
        walk::members(text, |key, value| is_read = is_read && self.member(shape, &key, value).is_some())?;
        is_read.then_some(())
    }

    /// Writes a member. What has no place of its own, or does not fit into it, becomes an attribute of its name. `None`: it cannot be read.
    pub(super) fn member(&mut self, shape: &Shape, key: &str, value: &RawValue) -> Option<()> {
        let (json, out) = (value.get(), &mut self.bytes);
        let field = shape.members.iter().find(|(name, _)| *name == key).map(|(_, field)| field);
        let fits = match field {
            None => None,
            Some(Field::Fixed64(tag)) => parsed(json).map(|number| fixed64(*tag, number, out)),
            Some(Field::Fixed32(tag)) => parsed(json).map(|number: u32| {
                encode_key(*tag, WireType::ThirtyTwoBit, out);
                out.put_u32_le(number);
            }),
            Some(Field::Signed(tag)) => parsed(json).map(|number: i32| varint(*tag, i64::from(number) as u64, out)),
            Some(Field::Unsigned(tag)) => parsed(json).map(|number: u32| varint(*tag, number.into(), out)),
            Some(Field::Text(tag)) => walk::text(json).map(|text| bytes(*tag, text.as_bytes(), out)),
            Some(Field::Id(tag, length)) => id(json, *length).map(|id| bytes(*tag, &id, out)),
            Some(Field::Value(tag)) => return nested(*tag, out, |out| any(value, DEEPEST, out)),
            Some(Field::Attributes) => return pairs(value, shape.attributes, DEEPEST, out),
        };
        fits.or_else(|| self.other(shape, key, value))
    }

    /// An attribute beside those of the message.
    pub(super) fn other(&mut self, shape: &Shape, key: &str, value: &RawValue) -> Option<()> {
        if value.get() == "null" {
            return Some(());
        }
        named(shape.attributes, key, &mut self.others, |out| plain(value, DEEPEST, out))
    }

    /// Writes members as one value, the body of a record; where there are none, nothing.
    pub(super) fn body(&mut self, members: &[(&str, &RawValue)]) -> Option<()> {
        if members.is_empty() {
            return Some(());
        }
        let pair =
            |(key, value): &(&str, &RawValue), out: &mut Vec<u8>| named(1, key, out, |out| plain(value, DEEPEST, out));
        // `body`, of the type `kvlistValue`.
        nested(5, &mut self.bytes, |out| nested(6, out, |out| members.iter().try_for_each(|member| pair(member, out))))
    }

    /// What was written, attributes of what has no place of its own behind the others.
    pub(super) fn close(&mut self) -> &[u8] {
        self.bytes.append(&mut self.others);
        &self.bytes
    }

    /// Begins another one.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.others.clear();
    }
}

/// Writes a message within another one.
fn nested<T>(tag: u32, out: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    encode_key(tag, WireType::LengthDelimited, out);
    let at = out.len();
    // Most are shorter than 128 bytes, whose length is one byte.
    out.push(0);
    let told = content(out);
    let length = out.len() - at - 1;
    match (out.get_mut(at), u8::try_from(length)) {
        (Some(place), Ok(length @ ..0x80)) => *place = length,
        _ => {
            let mut written = Vec::with_capacity(4);
            encode_varint(length as u64, &mut written);
            out.splice(at..=at, written);
        }
    }
    told
}

/// Writes bytes or a text.
pub(super) fn bytes(tag: u32, value: &[u8], out: &mut Vec<u8>) {
    encode_key(tag, WireType::LengthDelimited, out);
    encode_varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

fn varint(tag: u32, value: u64, out: &mut Vec<u8>) {
    encode_key(tag, WireType::Varint, out);
    encode_varint(value, out);
}

fn fixed64(tag: u32, value: u64, out: &mut Vec<u8>) {
    encode_key(tag, WireType::SixtyFourBit, out);
    out.put_u64_le(value);
}

/// A pair of a name and a value.
fn named(tag: u32, key: &str, out: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>) -> Option<()>) -> Option<()> {
    nested(tag, out, |out| {
        bytes(1, key.as_bytes(), out);
        nested(2, out, value)
    })
}

/// A number, also as text.
fn parsed<T: FromStr>(json: &str) -> Option<T> {
    if json.starts_with('"') { walk::text(json)?.parse().ok() } else { json.parse().ok() }
}

/// An id of so many bytes, or none.
fn id(json: &str, bytes: usize) -> Option<Vec<u8>> {
    let text = walk::text(json)?;
    let pairs = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
    let read: Option<Vec<u8>> = pairs.0.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    read.filter(|read| pairs.1.is_empty() && (read.is_empty() || read.len() == bytes))
}

/// Pairs as OTLP/JSON writes them, each with this tag. One that has lost its key and its value says nothing.
fn pairs(list: &RawValue, tag: u32, left: usize, out: &mut Vec<u8>) -> Option<()> {
    each(list, |pair| {
        if !pair.get().starts_with('{') {
            return Some(());
        }
        let (start, mut says) = (out.len(), false);
        nested(tag, out, |out| {
            let mut is_read = true;
            let said = walk::members(pair.get(), |name, value| match &*name {
                "key" => {
                    let key = walk::text(value.get()).unwrap_or_default();
                    says |= !key.is_empty();
                    bytes(1, key.as_bytes(), out);
                }
                "value" => {
                    let written = nested(2, out, |out| {
                        let start = out.len();
                        any(value, left.checked_sub(2)?, out)?;
                        Some(out.len() > start)
                    });
                    is_read &= written.is_some();
                    says |= written == Some(true);
                }
                _ => {}
            });
            said.filter(|()| is_read)
        })?;
        if !says {
            out.truncate(start);
        }
        Some(())
    })
}

/// Gives each element of a list; what is none has none. `None`: one of them cannot be read.
fn each(list: &RawValue, mut one: impl FnMut(&RawValue) -> Option<()>) -> Option<()> {
    if !list.get().starts_with('[') {
        return Some(());
    }
    walk::elements(list.get(), |element| one(element).is_some())
}

/// The list of values that an `arrayValue` or a `kvlistValue` holds.
fn listed(said: &RawValue) -> Option<&RawValue> {
    let mut list = None;
    walk::members(said.get(), |key, value| list = list.or((key == "values").then_some(value)));
    list
}

/// The content of a value as OTLP/JSON writes it: its type and what it is. `None`: it cannot be read.
fn any(said: &RawValue, left: usize, out: &mut Vec<u8>) -> Option<()> {
    if !said.get().starts_with('{') {
        return plain(said, left, out);
    }
    let mut first = None;
    walk::members(said.get(), |kind, value| {
        first.get_or_insert((kind, value));
    })?;
    let Some((kind, value)) = first else { return Some(()) };
    let json = value.get();
    let typed = match &*kind {
        "intValue" => parsed(json).map(|number: i64| varint(3, number as u64, out)),
        "doubleValue" => parsed(json).map(|number: f64| fixed64(4, number.to_bits(), out)),
        "bytesValue" => {
            walk::text(json).and_then(|text| BASE64_STANDARD.decode(&*text).ok()).map(|value| bytes(7, &value, out))
        }
        "arrayValue" => {
            let left = left.checked_sub(2)?;
            return nested(5, out, |out| match listed(value) {
                Some(values) => each(values, |element| nested(1, out, |out| any(element, left, out))),
                None => Some(()),
            });
        }
        "kvlistValue" => {
            let left = left.checked_sub(1)?;
            return nested(6, out, |out| listed(value).map_or(Some(()), |values| pairs(values, 1, left, out)));
        }
        _ => None,
    };
    typed.or_else(|| plain(value, left, out))
}

/// The content of a value that is any JSON. `None`: a number is too large, half a character is in it, or it is too deep.
fn plain(said: &RawValue, left: usize, out: &mut Vec<u8>) -> Option<()> {
    Plain { left, out }.deserialize(&mut serde_json::Deserializer::from_str(said.get())).ok()
}

/// Writes a value, in which so many messages may be within one another.
struct Plain<'o> {
    left: usize,
    out: &'o mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for Plain<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        varint(2, value.into(), self.out);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        varint(3, value as u64, self.out);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => varint(3, value as u64, self.out),
            Err(_) => fixed64(4, (value as f64).to_bits(), self.out),
        }
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        fixed64(4, value.to_bits(), self.out);
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        bytes(1, value.as_bytes(), self.out);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        let left = self.left.checked_sub(2).ok_or_else(|| A::Error::custom("too deep"))?;
        nested(5, self.out, |out| {
            loop {
                let start = out.len();
                let next = nested(1, out, |out| array.next_element_seed(Plain { left, out }))?;
                if next.is_none() {
                    out.truncate(start);
                    return Ok(());
                }
            }
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let left = self.left.checked_sub(3).ok_or_else(|| A::Error::custom("too deep"))?;
        nested(6, self.out, |out| {
            while let Some(walk::Text(key)) = map.next_key()? {
                nested(1, out, |out| {
                    bytes(1, key.as_bytes(), out);
                    nested(2, out, |out| map.next_value_seed(Plain { left, out }))
                })?;
            }
            Ok(())
        })
    }
}
