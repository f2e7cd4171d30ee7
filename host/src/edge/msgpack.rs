//! MessagePack to JSON and back, without a tree between: depth and memory have bounds whatever the bytes are.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmp::Marker;
use rmp::encode::{self, ByteBuf};
use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::line::string;

/// Deepest nesting that is written; what lies below is `null`. An event half as deep is refused by the scanner.
const DEPTH: usize = 128;

/// Bytes that are no MessagePack, or another shape than was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text,
    Bytes,
    /// Of an application's type.
    Extension(i8),
    /// So many elements.
    Array(u32),
    /// So many pairs.
    Map(u32),
}

/// The beginning of a value.
#[derive(Clone, Copy, Debug)]
struct Head {
    kind: Kind,
    /// Bytes before its content.
    head: usize,
    /// Bytes of its content, where that is no values.
    body: usize,
}

impl Head {
    fn children(&self) -> u64 {
        match self.kind {
            Kind::Array(elements) => elements.into(),
            Kind::Map(pairs) => 2 * u64::from(pairs),
            _ => 0,
        }
    }
}

/// Reads the beginning of a value. `None`: there are not enough bytes yet.
#[inline]
fn head(bytes: &[u8]) -> Result<Option<Head>, Broken> {
    let Some(first) = bytes.first() else { return Ok(None) };
    // Most values begin with one byte.
    let (kind, body) = match *first {
        n @ ..0x80 => (Kind::Unsigned(n.into()), 0),
        n @ 0x80..0x90 => (Kind::Map(u32::from(n & 0x0f)), 0),
        n @ 0x90..0xa0 => (Kind::Array(u32::from(n & 0x0f)), 0),
        n @ 0xa0..0xc0 => (Kind::Text, usize::from(n & 0x1f)),
        n => return longer(Marker::from_u8(n), bytes),
    };
    Ok(Some(Head { kind, head: 1, body }))
}

fn longer(marker: Marker, bytes: &[u8]) -> Result<Option<Head>, Broken> {
    let more = match marker {
        Marker::Bin8 | Marker::Str8 | Marker::U8 | Marker::I8 => 1,
        Marker::FixExt1 | Marker::FixExt2 | Marker::FixExt4 | Marker::FixExt8 | Marker::FixExt16 => 1,
        Marker::Bin16 | Marker::Str16 | Marker::U16 | Marker::I16 | Marker::Array16 | Marker::Map16 => 2,
        Marker::Ext8 => 2,
        Marker::Ext16 => 3,
        Marker::Bin32 | Marker::Str32 | Marker::U32 | Marker::I32 | Marker::F32 | Marker::Array32 | Marker::Map32 => 4,
        Marker::Ext32 => 5,
        Marker::U64 | Marker::I64 | Marker::F64 => 8,
        _ => 0,
    };
    let Some(behind) = bytes.get(1..1 + more) else { return Ok(None) };
    let n = match *behind {
        [] => 0,
        [a] => a.into(),
        [a, b] => u16::from_be_bytes([a, b]).into(),
        [a, b, c, d] => u32::from_be_bytes([a, b, c, d]).into(),
        _ => behind.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)),
    };
    let kind = n as i8;
    // The lengths that are read are of 32 bits at most.
    let (length, short) = (n as usize, n as u32);
    let extension = |length: usize| (Kind::Extension(kind), length);
    let (kind, body) = match marker {
        Marker::Null => (Kind::Null, 0),
        Marker::True | Marker::False => (Kind::Bool(marker == Marker::True), 0),
        Marker::FixNeg(n) => (Kind::Signed(n.into()), 0),
        Marker::U8 | Marker::U16 | Marker::U32 | Marker::U64 => (Kind::Unsigned(n), 0),
        Marker::I8 => (Kind::Signed((n as i8).into()), 0),
        Marker::I16 => (Kind::Signed((n as i16).into()), 0),
        Marker::I32 => (Kind::Signed((n as i32).into()), 0),
        Marker::I64 => (Kind::Signed(n as i64), 0),
        Marker::F32 => (Kind::Float(f32::from_bits(short).into()), 0),
        Marker::F64 => (Kind::Float(f64::from_bits(n)), 0),
        Marker::Str8 | Marker::Str16 | Marker::Str32 => (Kind::Text, length),
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => (Kind::Bytes, length),
        Marker::FixExt1 => extension(1),
        Marker::FixExt2 => extension(2),
        Marker::FixExt4 => extension(4),
        Marker::FixExt8 => extension(8),
        Marker::FixExt16 => extension(16),
        Marker::Ext8 | Marker::Ext16 | Marker::Ext32 => extension((n >> 8) as usize),
        Marker::Array16 | Marker::Array32 => (Kind::Array(short), 0),
        Marker::Map16 | Marker::Map32 => (Kind::Map(short), 0),
        Marker::FixPos(_) | Marker::FixMap(_) | Marker::FixArray(_) | Marker::FixStr(_) | Marker::Reserved => {
            return Err(Broken);
        }
    };
    Ok(Some(Head { kind, head: 1 + more, body }))
}

/// Finds the end of a value whose bytes come in parts, and looks at none twice.
#[derive(Debug)]
pub(super) struct Measure {
    at: usize,
    /// Values that are still to come.
    left: u64,
}

impl Default for Measure {
    fn default() -> Self {
        Self { at: 0, left: 1 }
    }
}

impl Measure {
    /// The length of the value at the beginning of `bytes`, which are those of the last call and more; `None`: it goes on.
    ///
    /// # Errors
    ///
    /// It is none, or longer than `most`.
    pub(super) fn end(&mut self, bytes: &[u8], most: usize) -> Result<Option<usize>, Broken> {
        while self.left > 0 {
            let Some(head) = head(bytes.get(self.at..).unwrap_or_default())? else { break };
            self.at = self.at.saturating_add(head.head).saturating_add(head.body);
            self.left = self.left - 1 + head.children();
            // Each value that is to come has a byte at least.
            if (self.at as u64).saturating_add(self.left) > most as u64 {
                return Err(Broken);
            }
        }
        Ok((self.left == 0 && self.at <= bytes.len()).then_some(self.at))
    }
}

/// Reads values one after the other.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'b> {
    bytes: &'b [u8],
}

impl<'b> Cursor<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes }
    }

    /// What was not read.
    pub(super) fn rest(&self) -> &'b [u8] {
        self.bytes
    }

    /// What the next value is; nothing is read.
    pub(super) fn peek(&self) -> Result<Kind, Broken> {
        head(self.bytes)?.map(|head| head.kind).ok_or(Broken)
    }

    /// The next value, with its content where that is bytes. What an array or a map holds comes next.
    pub(super) fn next(&mut self) -> Result<(Kind, &'b [u8]), Broken> {
        let head = head(self.bytes)?.ok_or(Broken)?;
        let end = head.head.checked_add(head.body).filter(|end| *end <= self.bytes.len()).ok_or(Broken)?;
        let (value, rest) = self.bytes.split_at(end);
        self.bytes = rest;
        Ok((head.kind, &value[head.head..]))
    }

    /// An array's number of elements.
    pub(super) fn array(&mut self) -> Result<u32, Broken> {
        match self.next()? {
            (Kind::Array(elements), _) => Ok(elements),
            _ => Err(Broken),
        }
    }

    /// A map's number of pairs.
    pub(super) fn map(&mut self) -> Result<u32, Broken> {
        match self.next()? {
            (Kind::Map(pairs), _) => Ok(pairs),
            _ => Err(Broken),
        }
    }

    /// Text or bytes: senders do not always tell them apart.
    pub(super) fn text(&mut self) -> Result<&'b [u8], Broken> {
        match self.next()? {
            (Kind::Text | Kind::Bytes, text) => Ok(text),
            _ => Err(Broken),
        }
    }

    /// Reads past a whole value, and gives its bytes.
    pub(super) fn skip(&mut self) -> Result<&'b [u8], Broken> {
        let end = Measure::default().end(self.bytes, self.bytes.len())?.ok_or(Broken)?;
        let (value, rest) = self.bytes.split_at(end);
        self.bytes = rest;
        Ok(value)
    }
}

/// Writes the next value as JSON: bytes as the text they are, those of extensions as base64, numbers that JSON has not as null.
/// `key` says what a key of the outermost map is called.
pub(super) fn json(cursor: &mut Cursor<'_>, key: fn(&str) -> &str, out: &mut Vec<u8>) -> Result<(), Broken> {
    value(cursor, key, 0, out)
}

/// Members of a map, without its braces. True: there was one.
pub(super) fn members(cursor: &mut Cursor<'_>, key: fn(&str) -> &str, out: &mut Vec<u8>) -> Result<bool, Broken> {
    let pairs = cursor.map()?;
    pairs_of(cursor, pairs, key, 0, out)?;
    Ok(pairs > 0)
}

/// Keys as they are.
pub(super) fn same(key: &str) -> &str {
    key
}

fn value(cursor: &mut Cursor<'_>, key: fn(&str) -> &str, depth: usize, out: &mut Vec<u8>) -> Result<(), Broken> {
    if depth > DEPTH {
        cursor.skip()?;
        out.extend_from_slice(b"null");
        return Ok(());
    }
    let (kind, content) = cursor.next()?;
    match kind {
        Kind::Array(elements) => {
            out.push(b'[');
            for element in 0..elements {
                if element > 0 {
                    out.push(b',');
                }
                value(cursor, same, depth + 1, out)?;
            }
            out.push(b']');
        }
        Kind::Map(pairs) => {
            out.push(b'{');
            pairs_of(cursor, pairs, key, depth, out)?;
            out.push(b'}');
        }
        simple => scalar(simple, content, out),
    }
    Ok(())
}

fn pairs_of(
    cursor: &mut Cursor<'_>,
    pairs: u32,
    key: fn(&str) -> &str,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), Broken> {
    for pair in 0..pairs {
        if pair > 0 {
            out.push(b',');
        }
        match cursor.peek()? {
            Kind::Text | Kind::Bytes => {
                let name = lossy(cursor.text()?);
                string(key(&name), out);
            }
            // Keys of JSON are texts. Those of several values are not written as JSON: its escapes would double with each level.
            Kind::Array(_) | Kind::Map(_) => string(&STANDARD.encode(cursor.skip()?), out),
            _ => {
                let (kind, content) = cursor.next()?;
                let mut name = Vec::new();
                scalar(kind, content, &mut name);
                string(&String::from_utf8_lossy(&name), out);
            }
        }
        out.push(b':');
        value(cursor, same, depth + 1, out)?;
    }
    Ok(())
}

/// Bytes as the text they are; what is no UTF-8 is replaced. Nearly all are, and that is found out faster.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

fn scalar(kind: Kind, content: &[u8], out: &mut Vec<u8>) {
    // Into memory: it does not fail.
    let _ = match kind {
        Kind::Bool(value) => serde_json::to_writer(&mut *out, &value),
        Kind::Unsigned(value) => serde_json::to_writer(&mut *out, &value),
        Kind::Signed(value) => serde_json::to_writer(&mut *out, &value),
        Kind::Float(value) => serde_json::to_writer(&mut *out, &value),
        Kind::Text | Kind::Bytes => {
            string(&lossy(content), out);
            Ok(())
        }
        Kind::Extension(_) => serde_json::to_writer(&mut *out, &STANDARD.encode(content)),
        Kind::Null | Kind::Array(_) | Kind::Map(_) => serde_json::to_writer(&mut *out, &()),
    };
}

/// A value of JSON as MessagePack.
pub(super) fn pack(value: &Value) -> Vec<u8> {
    let mut out = ByteBuf::new();
    write(value, &mut out);
    out.into_vec()
}

/// Writes a value of JSON as MessagePack.
pub(super) fn write(value: &Value, out: &mut ByteBuf) {
    // Into memory: nothing here fails. Lengths fit 32 bits: an event is no longer.
    match value {
        Value::Null => drop(encode::write_nil(out)),
        Value::Bool(value) => {
            let _ = encode::write_bool(out, *value);
        }
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => drop(encode::write_uint(out, number)),
            (None, Some(number)) => drop(encode::write_sint(out, number)),
            (None, None) => drop(encode::write_f64(out, number.as_f64().unwrap_or(f64::NAN))),
        },
        Value::String(text) => drop(encode::write_str(out, text)),
        Value::Array(elements) => {
            let _ = encode::write_array_len(out, elements.len() as u32);
            elements.iter().for_each(|element| write(element, out));
        }
        Value::Object(members) => {
            let _ = encode::write_map_len(out, members.len() as u32);
            for (key, value) in members {
                let _ = encode::write_str(out, key);
                write(value, out);
            }
        }
    }
}

/// Writes JSON as it was written as MessagePack, without a tree between. `None`: a number is larger than any that MessagePack has; some
/// may be written.
pub(super) fn transcode(json: &RawValue, out: &mut ByteBuf) -> Option<()> {
    Transcoder(out).deserialize(&mut serde_json::Deserializer::from_str(json.get())).ok()
}

struct Transcoder<'o>(&'o mut ByteBuf);

impl<'de> DeserializeSeed<'de> for Transcoder<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

/// Begins an array or a map whose length is not known yet, and gives where that stands.
fn begin(marker: Marker, out: &mut ByteBuf) -> usize {
    let out = out.as_mut_vec();
    out.push(marker.to_u8());
    out.extend_from_slice(&[0; 4]);
    out.len() - 4
}

fn end(at: usize, length: u32, out: &mut ByteBuf) {
    if let Some(place) = out.as_mut_vec().get_mut(at..at + 4) {
        place.copy_from_slice(&length.to_be_bytes());
    }
}

impl<'de> Visitor<'de> for Transcoder<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    // Into memory: nothing here fails. Lengths fit 32 bits: an event is no longer.
    fn visit_unit<E>(self) -> Result<(), E> {
        let _ = encode::write_nil(self.0);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        let _ = encode::write_bool(self.0, value);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        let _ = encode::write_uint(self.0, value);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        let _ = encode::write_sint(self.0, value);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        let _ = encode::write_f64(self.0, value);
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        let _ = encode::write_str(self.0, value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        let (at, mut length) = (begin(Marker::Array32, self.0), 0);
        while array.next_element_seed(Transcoder(self.0))?.is_some() {
            length += 1;
        }
        end(at, length, self.0);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (at, mut length) = (begin(Marker::Map32, self.0), 0);
        while map.next_key_seed(Transcoder(self.0))?.is_some() {
            map.next_value_seed(Transcoder(self.0))?;
            length += 1;
        }
        end(at, length, self.0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Result<String, Broken> {
        let mut out = Vec::new();
        json(&mut Cursor::new(bytes), same, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn what_json_has_not_is_written_as_what_it_has() {
        for (bytes, said) in [
            (&b"\xa3a\xffb"[..], "\"a\u{fffd}b\""),
            (b"\xc4\x02ab", "\"ab\""),
            (b"\xcb\x7f\xf0\0\0\0\0\0\0", "null"),
            (b"\xd6\x05abcd", "\"YWJjZA==\""),
            (b"\x82\x01\x02\x92\x03\x04\xc3", r#"{"1":2,"kgME":true}"#),
            (b"\xd3\xff\xff\xff\xff\xff\xff\xff\xfe", "-2"),
            (b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"),
            (b"\xd0\x80", "-128"),
            (b"\xe0", "-32"),
        ] {
            assert_eq!(read(bytes).unwrap(), said);
        }
        for broken in [&b""[..], b"\xc1", b"\x92\x01", b"\xa3ab", b"\xdb\xff\xff\xff\xffab", b"\xdd\xff\xff\xff\xff"] {
            assert_eq!(read(broken), Err(Broken), "{broken:?}");
        }
    }

    #[test]
    fn depth_has_a_bound() {
        let deep = [vec![0x91; 1 << 20], vec![0xc0]].concat();
        assert!(read(&deep).unwrap().len() < 1000);
        let keys = [vec![0x81; 1 << 20], vec![0xc0; (1 << 20) + 1]].concat();
        assert!(read(&keys).is_ok());
    }

    #[test]
    fn what_cannot_end_within_the_limit_is_refused_at_once() {
        for claimed in [&b"\xdd\xff\xff\xff\xff"[..], b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"] {
            assert_eq!(Measure::default().end(claimed, 1 << 20), Err(Broken));
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,40}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 20, |inner| {
            let map = proptest::collection::vec((".{0,5}", inner.clone()), 0..20);
            prop_oneof![
                proptest::collection::vec(inner, 0..20).prop_map(Value::from),
                map.prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// LAW: JSON that was written is read as it was; its end is found whatever parts it comes in.
        #[test]
        fn what_is_written_is_read(value in any_json(), block in 1..30_usize) {
            let bytes = pack(&value);
            prop_assert_eq!(&serde_json::from_str::<Value>(&read(&bytes).unwrap()).unwrap(), &value);
            let mut transcoded = ByteBuf::new();
            transcode(&RawValue::from_string(value.to_string()).unwrap(), &mut transcoded).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&read(transcoded.as_slice()).unwrap()).unwrap(), value);
            let mut measure = Measure::default();
            for end in (0..bytes.len()).step_by(block) {
                prop_assert_eq!(measure.end(&bytes[..end], bytes.len()), Ok(None));
            }
            prop_assert_eq!(measure.end(&[&bytes[..], &b"more"[..]].concat(), bytes.len()), Ok(Some(bytes.len())));
        }

        /// LAW: hostile bytes are refused or read as JSON, and both who measure agree on their end.
        #[test]
        fn hostile_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut cursor = Cursor::new(&bytes);
            let mut out = Vec::new();
            let measured = Measure::default().end(&bytes, bytes.len());
            match json(&mut cursor, same, &mut out) {
                Ok(()) => {
                    prop_assert_eq!(measured, Ok(Some(bytes.len() - cursor.rest().len())));
                    prop_assert!(serde_json::from_slice::<Value>(&out).is_ok() && !out.contains(&b'\n'));
                }
                Err(Broken) => prop_assert!(!matches!(measured, Ok(Some(_)))),
            }
        }
    }
}
