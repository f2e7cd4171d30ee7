//! Filtered events as messages of the Forward protocol.

use std::collections::HashMap;

use jiff::Timestamp;
use rmp::encode::{self, ByteBuf, RmpWrite as _};
use serde_json::{Map, Value};

use super::super::http::gzip;
use crate::edge::line::NAME;
use crate::edge::msgpack::{transcode, write};
use crate::edge::opened::Opened;

/// Events of one tag.
pub(super) struct Group {
    tag: String,
    /// Which of the request they are.
    pub(super) events: Vec<usize>,
    entries: ByteBuf,
}

/// Groups events by the tag that survived of their envelope, else `tag`; their time is what survived of it, else `now`. Order stays
/// within a tag. Beside them: those that are no objects.
pub(super) fn grouped<'e>(
    events: impl Iterator<Item = &'e [u8]>,
    tag: &str,
    now: Timestamp,
) -> (Vec<Group>, Vec<usize>) {
    let (mut groups, mut refused): (Vec<Group>, _) = (Vec::new(), Vec::new());
    let mut by_tag: HashMap<String, usize> = HashMap::new();
    for (number, event) in events.enumerate() {
        let Some(mut opened) = Opened::new(event) else {
            refused.push(number);
            continue;
        };
        let tag = opened.take("tag").unwrap_or_else(|| tag.to_owned());
        let time = opened.envelope.get("time").and_then(Value::as_str).and_then(|time| time.parse::<Timestamp>().ok());
        if time.is_some() {
            opened.envelope.shift_remove("time");
        }
        let place = *by_tag.entry(tag.clone()).or_insert_with(|| {
            groups.push(Group { tag, events: Vec::new(), entries: ByteBuf::new() });
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(place) else { continue };
        let before = group.entries.as_slice().len();
        // Into memory: it does not fail.
        let _ = encode::write_array_len(&mut group.entries, 2);
        event_time(time.unwrap_or(now), &mut group.entries);
        if record(opened, &mut group.entries).is_some() {
            group.events.push(number);
        } else {
            group.entries.as_mut_vec().truncate(before);
            refused.push(number);
        }
    }
    groups.retain(|group| !group.events.is_empty());
    (groups, refused)
}

/// Writes an event with what is left of its envelope. `None`: one of its numbers is larger than any of the protocol's.
fn record(opened: Opened<'_>, out: &mut ByteBuf) -> Option<()> {
    let has_envelope = !opened.envelope.is_empty();
    let _ = encode::write_map_len(out, opened.event.0.len() as u32 + u32::from(has_envelope));
    for (key, value) in &opened.event.0 {
        let _ = encode::write_str(out, key);
        transcode(value, out)?;
    }
    if has_envelope {
        let _ = encode::write_str(out, NAME);
        write(&Value::Object(opened.envelope), out);
    }
    Some(())
}

/// The protocol's own type: seconds and nanoseconds. Times that it cannot hold are its first or last.
fn event_time(time: Timestamp, out: &mut ByteBuf) {
    let seconds = u32::try_from(time.as_second().max(0)).unwrap_or(u32::MAX);
    let _ = encode::write_ext_meta(out, 8, 0);
    let _ = out.write_bytes(&seconds.to_be_bytes());
    let _ = out.write_bytes(&(time.subsec_nanosecond().max(0) as u32).to_be_bytes());
}

impl Group {
    /// `[tag, entries, {"size": …, "chunk": …, "compressed": "gzip"}]`
    pub(super) fn message(&self, chunk: Option<&str>, compress: bool) -> Option<Vec<u8>> {
        let packed = if compress { Some(gzip(self.entries.as_slice())?) } else { None };
        let mut option = Map::from_iter([("size".to_owned(), self.events.len().into())]);
        option.extend(chunk.map(|chunk| ("chunk".to_owned(), chunk.into())));
        option.extend(compress.then(|| ("compressed".to_owned(), "gzip".into())));
        let mut out = ByteBuf::new();
        // Into memory: it does not fail.
        let _ = encode::write_array_len(&mut out, 3);
        let _ = encode::write_str(&mut out, &self.tag);
        let _ = encode::write_bin(&mut out, packed.as_deref().unwrap_or(self.entries.as_slice()));
        write(&option.into(), &mut out);
        Some(out.into_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::msgpack::{Cursor, json, same};

    fn read(bytes: &[u8]) -> Vec<String> {
        let (mut cursor, mut values) = (Cursor::new(bytes), Vec::new());
        while !cursor.rest().is_empty() {
            let mut out = Vec::new();
            json(&mut cursor, same, &mut out).unwrap();
            values.push(String::from_utf8(out).unwrap());
        }
        values
    }

    #[test]
    fn events_are_grouped_by_what_survived_of_their_tag() {
        let events: [&[u8]; 7] = [
            br#"{"n":1,"@envelope":{"tag":"a","time":"2026-11-27T00:00:00.5Z"}}"#,
            br#"{"n":2,"@envelope":{"peer":"p"}}"#,
            b"7",
            br#"{"n":3,"@envelope":{"tag":"a","time":"2026-11-27"}}"#,
            br#"{"n":4,"@envelope":{"tag":5}}"#,
            br#"{"n":[5,1e999]}"#,
            br#"{"n":1e999,"@envelope":{"tag":"another"}}"#,
        ];
        let now = Timestamp::from_second(7).unwrap();
        let (groups, refused) = grouped(events.into_iter(), "usual", now);
        let of: Vec<_> = groups.iter().map(|group| (group.tag.as_str(), group.events.as_slice())).collect();
        assert_eq!((of, refused), (vec![("a", &[0, 3][..]), ("usual", &[1, 4][..])], vec![2, 5, 6]));
        let entries = read(groups[0].entries.as_slice());
        assert!(
            entries[0].ends_with(r#",{"n":1}]"#) && entries[1].contains(r#""@envelope":{"time":"2026-11-27"}"#),
            "{entries:?}"
        );
        assert!(read(groups[1].entries.as_slice())[0].contains(r#""@envelope":{"peer":"p"}"#));
    }

    #[test]
    fn a_message_says_what_it_holds() {
        let (groups, _) = grouped([&b"{}"[..]].into_iter(), "t", Timestamp::UNIX_EPOCH);
        let plain = read(&groups[0].message(Some("c"), false).unwrap());
        assert!(plain[0].ends_with(r#",{"size":1,"chunk":"c"}]"#), "{plain:?}");
        let packed = groups[0].message(None, true).unwrap();
        let mut cursor = Cursor::new(&packed);
        assert_eq!((cursor.array(), cursor.text()), (Ok(3), Ok(&b"t"[..])));
        let mut entries = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(cursor.text().unwrap()), &mut entries).unwrap();
        assert_eq!(read(&entries), [r#"["AAAAAAAAAAA=",{}]"#]);
    }
}
