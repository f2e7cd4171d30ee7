//! A message of the Forward protocol as lines of JSON, one an entry.
//!
//! | mode | message |
//! |---|---|
//! | Message | `[tag, time, record, option]` |
//! | Forward | `[tag, [[time, record], …], option]` |
//! | PackedForward, CompressedPackedForward | `[tag, bytes of entries, option]` |
//!
//! Tag, time and what Fluent Bit calls metadata stand in `@envelope`. What is no entry becomes a line that is no event: it goes to
//! quarantine, and its neighbours go on.

use super::super::body::Coding;
use crate::edge::line::{no_event, string};
use crate::edge::msgpack::{self, Broken, Cursor, Kind};

/// A message, taken apart.
#[derive(Debug)]
pub(super) struct Request<'m> {
    tag: &'m [u8],
    entries: Entries<'m>,
    /// What is answered once its entries are safe. `None`: nothing is.
    pub(super) chunk: Option<&'m [u8]>,
    /// How packed entries are compressed.
    pub(super) coding: Coding,
}

#[derive(Debug)]
enum Entries<'m> {
    None,
    /// Time, and record.
    One(Cursor<'m>),
    Listed(u32, Cursor<'m>),
    Packed(&'m [u8]),
}

impl<'m> Request<'m> {
    /// Takes a message apart.
    ///
    /// # Errors
    ///
    /// It is none.
    pub(super) fn parse(message: &'m [u8]) -> Result<Self, Broken> {
        let mut cursor = Cursor::new(message);
        let mut request = Self { tag: b"", entries: Entries::None, chunk: None, coding: Coding::None };
        // Some senders ask so whether anybody is there.
        if cursor.peek()? == Kind::Null {
            return Ok(request);
        }
        let parts = cursor.array()?;
        request.tag = cursor.text()?;
        let mut entries = cursor.clone();
        let mut used = 2;
        request.entries = match cursor.peek()? {
            Kind::Array(number) => {
                entries.array()?;
                cursor.skip()?;
                Entries::Listed(number, entries)
            }
            Kind::Text | Kind::Bytes => Entries::Packed(cursor.text()?),
            _ => {
                used = 3;
                cursor.skip()?;
                cursor.skip()?;
                Entries::One(entries)
            }
        };
        match parts.checked_sub(used) {
            Some(0) => {}
            Some(1) => request.option(&mut cursor)?,
            _ => return Err(Broken),
        }
        Ok(request)
    }

    fn option(&mut self, cursor: &mut Cursor<'m>) -> Result<(), Broken> {
        if cursor.peek()? == Kind::Null {
            return Ok(());
        }
        for _ in 0..cursor.map()? {
            match (cursor.text()?, cursor.peek()?) {
                (b"chunk", Kind::Text | Kind::Bytes) => self.chunk = Some(cursor.text()?),
                (b"compressed", Kind::Text | Kind::Bytes) => {
                    self.coding = match cursor.text()? {
                        b"gzip" => Coding::Gzip,
                        b"zstd" => Coding::Zstd,
                        b"text" => Coding::None,
                        _ => return Err(Broken),
                    };
                }
                _ => drop(cursor.skip()?),
            }
        }
        Ok(())
    }

    /// Entries that are packed, as they came.
    pub(super) fn packed(&self) -> Option<&'m [u8]> {
        match self.entries {
            Entries::Packed(entries) => Some(entries),
            _ => None,
        }
    }

    /// Writes a line for each entry; `packed` are those of a packed message, inflated. `more` is told how long the lines are by now,
    /// and says whether that is too much.
    ///
    /// # Errors
    ///
    /// It was too much.
    pub(super) fn lines(
        &self,
        packed: &[u8],
        mut more: impl FnMut(usize) -> bool,
        out: &mut Vec<u8>,
    ) -> Result<(), TooMuch> {
        let mut tag = Vec::new();
        string(&String::from_utf8_lossy(self.tag), &mut tag);
        let (mut cursor, mut left) = match &self.entries {
            Entries::None => return Ok(()),
            Entries::One(pair) => {
                line(&mut pair.clone(), &tag, out);
                return if more(out.len()) { Ok(()) } else { Err(TooMuch) };
            }
            Entries::Listed(number, entries) => (entries.clone(), *number),
            Entries::Packed(_) => (Cursor::new(packed), u32::MAX),
        };
        while left > 0 && !cursor.rest().is_empty() {
            let (rest, start) = (cursor.rest(), out.len());
            if cursor.array() != Ok(2) || event(&mut cursor, &tag, out) == Err(Broken) {
                out.truncate(start);
                cursor = Cursor::new(rest);
                // Where one ends inside of nowhere nobody knows where the next begins.
                let entry = cursor.skip().unwrap_or_else(|Broken| {
                    left = 1;
                    rest
                });
                no_event(entry, out);
            }
            left -= 1;
            if !more(out.len()) {
                return Err(TooMuch);
            }
        }
        Ok(())
    }
}

/// There is no memory for so many lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMuch;

/// A line for a time and a record.
fn line(pair: &mut Cursor<'_>, tag: &[u8], out: &mut Vec<u8>) {
    let (start, whole) = (out.len(), pair.rest());
    if event(pair, tag, out) == Err(Broken) {
        out.truncate(start);
        no_event(whole, out);
    }
}

fn event(pair: &mut Cursor<'_>, tag: &[u8], out: &mut Vec<u8>) -> Result<(), Broken> {
    let mut time = Cursor::new(pair.skip()?);
    // Fluent Bit: [time, metadata].
    let has_metadata = matches!(time.peek()?, Kind::Array(2));
    if has_metadata {
        time.array()?;
    }
    out.push(b'{');
    if msgpack::members(pair, own_name, out)? {
        out.push(b',');
    }
    out.extend_from_slice(b"\"@envelope\":{\"tag\":");
    out.extend_from_slice(tag);
    let (kind, content) = time.next()?;
    if let Some(time) = when(kind, content) {
        out.extend_from_slice(b",\"time\":");
        string(&time.to_string(), out);
    }
    if has_metadata && time.peek()? != Kind::Map(0) {
        out.extend_from_slice(b",\"metadata\":");
        msgpack::json(&mut time, msgpack::same, out)?;
    }
    out.extend_from_slice(b"}}\n");
    Ok(())
}

/// A record cannot forge an envelope.
fn own_name(key: &str) -> &str {
    if key == "@envelope" { "@@envelope" } else { key }
}

/// Seconds, or the protocol's own type: seconds and nanoseconds, four bytes each.
fn when(kind: Kind, content: &[u8]) -> Option<jiff::Timestamp> {
    let number = |bytes: &[u8]| bytes.iter().fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
    match kind {
        Kind::Unsigned(seconds) => jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok(),
        Kind::Signed(seconds) => jiff::Timestamp::from_second(seconds).ok(),
        Kind::Float(seconds) if seconds.abs() < 1e12 => jiff::Timestamp::from_microsecond((seconds * 1e6) as i64).ok(),
        Kind::Extension(0) if content.len() == 8 => {
            jiff::Timestamp::new(number(&content[..4]), number(&content[4..]) as i32).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::msgpack::pack;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn read(message: &[u8]) -> (Vec<Value>, Option<Vec<u8>>) {
        let request = Request::parse(message).unwrap();
        let mut out = Vec::new();
        request.lines(request.packed().unwrap_or_default(), |_| true, &mut out).unwrap();
        let lines = out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        (lines.map(|line| serde_json::from_slice(line).unwrap()).collect(), request.chunk.map(<[u8]>::to_vec))
    }

    fn event(number: u64) -> Value {
        json!({"n": number, "@envelope": {"tag": "app.log", "time": "2026-11-27T00:00:00Z"}})
    }

    const AT: u64 = 1_795_737_600;

    #[test]
    fn every_mode_gives_the_same_events() {
        let entries = [json!([AT, {"n": 1}]), json!([AT, {"n": 2}])];
        let option = json!({"chunk": "c1", "size": 2});
        let bytes: Vec<u8> = entries.iter().flat_map(pack).collect();
        // A text is all that JSON has for bytes; senders of old do the same.
        let mut message = vec![0x93, 0xa7];
        message.extend_from_slice(b"app.log");
        message.extend_from_slice(&[0xc4, bytes.len() as u8]);
        message.extend_from_slice(&bytes);
        message.extend(pack(&option));
        for message in [pack(&json!(["app.log", entries, option])), message] {
            assert_eq!(read(&message), (vec![event(1), event(2)], Some(b"c1".to_vec())));
        }
        assert_eq!(read(&pack(&json!(["app.log", AT, {"n": 1}, option]))).0, [event(1)]);
        assert_eq!(read(&pack(&json!(["app.log", AT, {"n": 1}]))), (vec![event(1)], None));
        assert_eq!(read(&pack(&json!(["app.log", [], null]))), (vec![], None));
        assert_eq!(read(&[0xc0]), (vec![], None));
    }

    #[test]
    fn times_and_metadata() {
        let mut message = vec![0x93, 0xa1, b't', 0xd7, 0];
        message.extend_from_slice(&(AT as u32).to_be_bytes());
        message.extend_from_slice(&5_000_000_u32.to_be_bytes());
        message.push(0x80);
        assert_eq!(read(&message).0, [json!({"@envelope": {"tag": "t", "time": "2026-11-27T00:00:00.005Z"}})]);
        let (events, _) = read(&pack(&json!(["t", [[[AT, {"pod": "x"}], {}]]])));
        assert_eq!(events[0]["@envelope"]["metadata"], json!({"pod": "x"}));
    }

    #[test]
    fn what_is_no_entry_changes_no_other() {
        let (events, _) = read(&pack(&json!(["app.log", [[AT, {"n": 1}], [AT, "text"], 7, [AT, {"n": 2}]]])));
        assert_eq!((&events[0], &events[3]), (&event(1), &event(2)));
        assert!(events[1].is_string() && events[2].is_string());
    }

    #[test]
    fn a_record_cannot_forge_an_envelope() {
        let (events, _) = read(&pack(&json!(["t", AT, {"@envelope": {"tag": "forged"}}])));
        assert_eq!(events[0]["@envelope"]["tag"], "t");
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for wrong in
            [json!([]), json!(["t"]), json!(["t", AT]), json!({"t": 1}), json!(["t", [], {}, 1]), json!([1, []])]
        {
            assert!(Request::parse(&pack(&wrong)).is_err(), "{wrong}");
        }
    }

    proptest! {
        /// LAW: hostile bytes are refused, or become lines of JSON, a line a piece.
        #[test]
        fn hostile_bytes_are_refused_or_lines(
            entries in proptest::collection::vec(any::<u8>(), 0..100),
            rest in proptest::collection::vec(any::<u8>(), 0..100),
        ) {
            let head = [&[0x92, 0xa1, b't', 0xc4, entries.len() as u8][..], &entries].concat();
            for message in [head, [&[0x92, 0xa1, b't'][..], &rest].concat(), rest.clone()] {
                let Ok(request) = Request::parse(&message) else { continue };
                let mut out = Vec::new();
                request.lines(request.packed().unwrap_or_default(), |_| true, &mut out).unwrap();
                for line in out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    prop_assert!(serde_json::from_slice::<Value>(line).is_ok());
                }
            }
        }
    }
}
