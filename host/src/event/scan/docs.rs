//! Inner documents, and the way back from positions in their decoded text to bytes of the event.

use std::ops::Range;

use super::super::escape::{escape_into, read_escape, unescape_into};
use super::super::inside::Frame;
use super::coding::{Coding, Units};
use super::simd::{Baseline, Simd as _};
use super::token::{Kind, Token, flags};

/// A replacement for a span of a value, in bytes of its decoded form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patch<'a> {
    /// First byte that is replaced.
    pub start: u32,
    /// Byte behind the replaced span.
    pub end: u32,
    /// What stands there instead, decoded.
    pub text: &'a [u8],
}

/// The inner documents of an event. Document 0 is the event itself.
#[derive(Debug, Default)]
pub struct Docs {
    /// The event's documents, and behind them others whose memory is kept for the next event.
    docs: Vec<Doc>,
    used: usize,
}

#[derive(Debug)]
pub(super) struct Doc {
    pub(super) frame: Frame,
    pub(super) parent: u16,
    /// How many JSON strings are around the text.
    pub(super) escapes: u8,
    /// How many documents are around it, the event included.
    pub(super) depth: u8,
    /// Where the text begins in the parent.
    pub(super) origin: u32,
    /// The text, with padding behind it.
    pub(super) text: Vec<u8>,
    pub(super) len: usize,
    map: Map,
}

/// Where what a text says stands in its parent, counted from where it begins there.
#[derive(Debug, Default)]
struct Map {
    /// For each 64 bytes of the text: a bit for each byte that stands for two of the parent (`\"`), and how many there are before.
    pairs: Vec<(u64, u32)>,
    /// Behind each other code: the position in the text, and how many bytes more the parent has for all of them up to there.
    others: Vec<(u32, u32)>,
}

impl Map {
    fn clear(&mut self) {
        self.pairs.clear();
        self.others.clear();
    }

    /// Takes down that two bytes stand for the one at `at`, for which there is room.
    #[inline(always)]
    fn pair(&mut self, at: usize) {
        if let Some((bits, _)) = self.pairs.get_mut(at / 64) {
            *bits |= 1 << (at % 64);
        }
    }

    /// The same for 64 bytes from `at`: a bit for each.
    #[inline(always)]
    fn pairs(&mut self, at: usize, bits: u64) {
        let (word, shift) = (at / 64, at % 64);
        if let Some((first, _)) = self.pairs.get_mut(word) {
            *first |= bits << shift;
        }
        if let Some((second, _)) = self.pairs.get_mut(word + 1) {
            *second |= bits >> 1 >> (63 - shift);
        }
    }

    /// Takes down a code that ends before `behind` and takes so many bytes more than what it says.
    fn other(&mut self, behind: usize, more: usize) {
        let before = self.others.last().map_or(0, |(_, more)| *more);
        self.others.push((behind as u32, before + more as u32));
    }

    /// Counts pairs: all were taken down.
    fn count(&mut self) {
        let mut count = 0;
        for (bits, before) in &mut self.pairs {
            *before = count;
            count += bits.count_ones();
        }
    }

    /// The position in the parent of a position in the text.
    #[inline]
    fn outer(&self, position: u32) -> u32 {
        let (bits, before) = self.pairs.get(position as usize / 64).copied().unwrap_or_default();
        let pairs = before + (bits & !(u64::MAX << (position % 64))).count_ones();
        let others = match self.others.partition_point(|(behind, _)| *behind <= position).checked_sub(1) {
            Some(last) => self.others[last].1,
            None => 0,
        };
        position + pairs + others
    }
}

/// Decodes the inside of a JSON string that was validated, to the beginning of `text`, which gets padding: the length. Escapes
/// stand close together where JSON stands in it: runs between them are copied in blocks, whose ends are overwritten.
fn decode_json(raw: &[u8], text: &mut Vec<u8>, map: &mut Map) -> usize {
    const BLOCK: usize = 8;
    map.pairs.resize(raw.len() / 64 + 1, (0, 0));
    // No text is longer than it is written.
    let room = raw.len() + super::Framed::PADDING;
    if text.len() < room {
        text.resize(room, 0);
    }
    let (mut at, mut to) = (0, 0);
    while let Some(block) = raw.get(at..).and_then(<[u8]>::first_chunk::<REACH>)
        && let Some(place) = text.get_mut(to..).and_then(<[u8]>::first_chunk_mut::<REACH>)
    {
        let (read, written, pairs, is_rare) = decode_block(block, place);
        map.pairs(to, pairs);
        (at, to) = (at + read, to + written);
        if is_rare {
            (at, to) = escape(raw, at, text, to, map);
        }
    }
    while let Some(&byte) = raw.get(at) {
        let block = raw[at..].first_chunk::<BLOCK>().zip(text[to..].first_chunk_mut());
        let plain = match block {
            Some((block, place)) => {
                *place = *block;
                first_backslash(block).unwrap_or(BLOCK)
            }
            None => {
                text[to] = byte;
                usize::from(byte != b'\\')
            }
        };
        (at, to) = (at + plain, to + plain);
        if raw.get(at) == Some(&b'\\') {
            (at, to) = escape(raw, at, text, to, map);
        }
    }
    map.count();
    to
}

/// Bytes that are decoded at a time, that are copied at a time, and that are looked at for the two.
const STEP: usize = 64;
const RUN: usize = 32;
const REACH: usize = STEP + RUN;

/// Decodes the first bytes of a block, before which no escape begins: how many were read, how many written, a bit for each that is
/// written that two bytes stand for, and whether an escape follows that is more than a backslash before what it stands for.
#[inline(always)]
fn decode_block(block: &[u8; REACH], place: &mut [u8; REACH]) -> (usize, usize, u64, bool) {
    let slashes = |at: usize| {
        // SAFETY: 32 bytes can be read from the two places that are asked for; `Baseline` is what every such machine has.
        u64::from(unsafe { Baseline::equal(block.as_ptr().add(at), b'\\') }) << at
    };
    let mut slashes = slashes(0) | slashes(STEP / 2);
    let (mut at, mut to, mut pairs) = (0, 0, 0);
    loop {
        // What the last byte begins is left to the next block. Without a backslash: the end.
        let stop = slashes.trailing_zeros() as usize;
        let mut from = at;
        let mut run = to;
        while from < stop {
            place[run..run + RUN].copy_from_slice(&block[from..from + RUN]);
            (from, run) = (from + RUN, run + RUN);
        }
        (at, to) = (stop, to + stop - at);
        if stop == STEP {
            return (STEP, to, pairs, false);
        }
        if stop == STEP - 1 {
            return (STEP - 1, to, pairs, false);
        }
        if !matches!(block[stop + 1], b'"' | b'\\' | b'/') {
            return (at, to, pairs, true);
        }
        pairs |= 1 << to;
        // The run behind the backslash begins with what it stands for, which begins no other.
        at += 1;
        slashes &= (u64::MAX << 1) << at;
    }
}

/// Where the first backslash of a block is.
#[inline]
fn first_backslash(block: &[u8; 8]) -> Option<usize> {
    let word = u64::from_le_bytes(*block) ^ u64::from_ne_bytes([b'\\'; 8]);
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // The lowest byte that is zero is found without fail; what is carried reaches higher ones only.
    let zeros = word.wrapping_sub(ONES) & !word & (ONES << 7);
    (zeros != 0).then(|| zeros.trailing_zeros() as usize / 8)
}

/// Writes what the escape at `at` stands for to `text[to..]`: the positions behind both.
#[inline(always)]
fn escape(raw: &[u8], at: usize, text: &mut [u8], to: usize, map: &mut Map) -> (usize, usize) {
    if let Some(letter @ (b'"' | b'\\' | b'/')) = raw.get(at + 1) {
        text[to] = *letter;
        map.pair(to);
        return (at + 2, to + 1);
    }
    let mut bytes = [0; 4];
    let (raw, said) = match read_escape(&raw[at..]) {
        Some(unit) => (unit.raw, unit.char.encode_utf8(&mut bytes).len()),
        // Never in a string that was validated; as it stands then.
        None => {
            bytes[0] = b'\\';
            (1, 1)
        }
    };
    text[to..to + said].copy_from_slice(&bytes[..said]);
    match (raw, said) {
        (2, 1) => map.pair(to),
        (raw, said) => map.other(to + said, raw - said),
    }
    (at + raw, to + said)
}

impl Docs {
    /// Whether the event holds no inner document.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Bytes that are kept for documents.
    pub fn memory(&self) -> usize {
        let of = |Map { pairs, others }: &Map| {
            pairs.capacity() * size_of::<(u64, u32)>() + others.capacity() * size_of::<(u32, u32)>()
        };
        self.docs.iter().map(|doc| doc.text.capacity() + of(&doc.map)).sum()
    }

    /// Forgets the documents, keeping their memory.
    pub(super) fn clear(&mut self) {
        self.used = 0;
    }

    /// Forgets documents behind the first `count`.
    pub(super) fn truncate(&mut self, count: usize) {
        self.used = count;
    }

    pub(super) fn len(&self) -> usize {
        self.used
    }

    pub(super) fn get(&self, doc: u16) -> Option<&Doc> {
        self.docs[..self.used].get(usize::from(doc).checked_sub(1)?)
    }

    pub(super) fn get_mut(&mut self, doc: u16) -> Option<&mut Doc> {
        self.docs[..self.used].get_mut(usize::from(doc).checked_sub(1)?)
    }

    /// Adds a document: the decoded form of `raw`, which stands at `origin` in `parent`.
    /// `None` when there are too many, or `raw` does not decode.
    pub(super) fn open(&mut self, frame: Frame, parent: u16, origin: u32, raw: &[u8], coding: Coding) -> Option<u16> {
        let number = u16::try_from(self.used + 1).ok()?;
        let (escapes, depth) = self.get(parent).map_or((0, 0), |doc| (doc.escapes, doc.depth));
        if self.docs.len() == self.used {
            let (text, map) = (Vec::new(), Map::default());
            self.docs.push(Doc { frame, parent, escapes, depth, origin, text, len: 0, map });
        }
        let doc = &mut self.docs[self.used];
        doc.frame = frame;
        doc.parent = parent;
        doc.escapes = escapes + u8::from(coding == Coding::Json);
        doc.depth = depth + 1;
        doc.origin = origin;
        doc.map.clear();
        if coding == Coding::Json {
            doc.len = decode_json(raw, &mut doc.text, &mut doc.map);
        } else {
            doc.text.clear();
            let mut from = 0;
            for unit in Units::new(raw, coding) {
                doc.text.extend_from_slice(unit.decoded());
                if unit.is_coded() {
                    doc.map.other(doc.text.len(), unit.raw_end - from - unit.decoded().len());
                }
                from = unit.raw_end;
            }
            doc.len = doc.text.len();
            doc.text.resize(doc.len + super::Framed::PADDING, 0);
        }
        self.used += 1;
        Some(number)
    }

    /// How a document's text is written; the event itself is JSON.
    pub(crate) fn frame(&self, doc: u16) -> Frame {
        self.get(doc).map_or(Frame::Json, |doc| doc.frame)
    }

    /// Whether a value is one of key=value text that stands there without quotes.
    pub fn is_bare(&self, token: &Token) -> bool {
        token.doc != 0 && token.flags & flags::QUOTED == 0 && self.frame(self.place(token)) == Frame::KeyValue
    }

    /// Whether a document is JSON, as the event itself is.
    pub fn is_json(&self, doc: u16) -> bool {
        self.frame(doc) == Frame::Json
    }

    /// Whether a document is a line that fits a template: its literals stay.
    pub fn is_line(&self, doc: u16) -> bool {
        self.frame(doc) == Frame::Lines
    }

    /// The document that holds document `doc`.
    pub fn parent(&self, doc: u16) -> u16 {
        self.get(doc).map_or(0, |doc| doc.parent)
    }

    /// How many JSON strings are around the text of a document: text written there is escaped as many times.
    pub fn escapes(&self, doc: u16) -> u8 {
        self.get(doc).map_or(0, |doc| doc.escapes)
    }

    /// The text of a document: the event itself for 0.
    pub fn text<'d>(&'d self, event: &'d [u8], doc: u16) -> &'d [u8] {
        self.get(doc).map_or(event, |doc| &doc.text[..doc.len])
    }

    /// Maps a range of a document to the bytes of the event that say it.
    pub fn source_range(&self, doc: u16, range: Range<u32>) -> Range<u32> {
        self.source_at(doc, range.start)..self.source_at(doc, range.end)
    }

    /// Maps a position of a document to the event.
    pub(crate) fn source_at(&self, doc: u16, position: u32) -> u32 {
        let (mut at, mut position) = (doc, position);
        while let Some(doc) = self.get(at) {
            position = doc.origin + doc.map.outer(position);
            at = doc.parent;
        }
        position
    }

    /// The document in which a token's positions count.
    pub fn place(&self, token: &Token) -> u16 {
        match token.kind {
            Kind::JsonOpen | Kind::TextOpen | Kind::InnerClose => self.parent(token.doc),
            _ => token.doc,
        }
    }

    /// The bytes of the event that a token's value takes.
    pub fn source(&self, token: &Token) -> Range<u32> {
        self.source_range(self.place(token), token.start..token.end)
    }

    /// How a token's value is written, and where: without its quotes.
    fn value(&self, token: &Token) -> (Coding, Range<u32>) {
        let quoted = token.start + 1..token.end.saturating_sub(1).max(token.start + 1);
        match (self.frame(self.place(token)), token.kind) {
            (Frame::Json, Kind::String | Kind::JsonOpen | Kind::TextOpen) => (Coding::Json, quoted),
            (Frame::KeyValue, Kind::String) if token.flags & flags::QUOTED != 0 => (Coding::Raw, quoted),
            (Frame::Query, Kind::String) => (Coding::Query, token.start..token.end),
            (Frame::Url, Kind::String) => (Coding::of_url_part(token.flags), token.start..token.end),
            _ => (Coding::Raw, token.start..token.end),
        }
    }

    /// Appends a token's value, decoded: a string without quotes and escapes, a part of a URL without percent codes;
    /// anything else as it is written. The result is UTF-8: half a surrogate pair, and percent codes that are no
    /// text, become U+FFFD.
    pub fn decode(&self, event: &[u8], token: &Token, out: &mut Vec<u8>) {
        let (coding, range) = self.value(token);
        let text = self.text(event, self.place(token));
        let raw = text.get(range.start as usize..range.end as usize).unwrap_or_default();
        match coding {
            _ if token.flags & flags::ESCAPED == 0 => out.extend_from_slice(raw),
            Coding::Raw => out.extend_from_slice(raw),
            Coding::Json => unescape_into(out, raw),
            _ => Units::new(raw, coding).for_each(|unit| out.extend_from_slice(unit.decoded())),
        }
    }

    /// The value of a string that stands as it is in the event itself, or in a line of it: most do. `None`: it may have to be decoded.
    #[inline]
    pub fn plain<'d>(&'d self, event: &'d [u8], token: &Token) -> Option<&'d [u8]> {
        if token.kind != Kind::String || token.flags & flags::ESCAPED != 0 {
            return None;
        }
        if token.doc == 0 {
            return event.get(token.start as usize + 1..(token.end as usize).saturating_sub(1));
        }
        let line = self.get(token.doc).filter(|doc| doc.frame == Frame::Lines)?;
        line.text.get(token.start as usize..token.end as usize)
    }

    /// A token's value, decoded as by [`Docs::decode`]: where it stands if it needs no decoding, otherwise in `scratch`.
    #[inline]
    pub fn decoded<'d>(&'d self, event: &'d [u8], token: &Token, scratch: &'d mut Vec<u8>) -> &'d [u8] {
        if let Some(plain) = self.plain(event, token) {
            return plain;
        }
        scratch.clear();
        self.decode(event, token, scratch);
        scratch
    }

    /// Where a token's key stands in its document, without quotes. Empty where there is none.
    pub fn key(&self, event: &[u8], token: &Token) -> Range<u32> {
        let doc = self.place(token);
        let text = self.text(event, doc);
        let lead = text.get(token.pair as usize..token.start as usize).unwrap_or_default();
        let none = token.pair..token.pair;
        match self.frame(doc) {
            Frame::Json if lead.first() == Some(&b'"') => {
                let mut len = 1;
                while let Some(&byte) = lead.get(len)
                    && byte != b'"'
                {
                    len += if byte == b'\\' { 2 } else { 1 };
                }
                token.pair + 1..token.pair + len as u32
            }
            Frame::KeyValue | Frame::Query | Frame::Url => {
                let from = token.pair + u32::from(matches!(lead.first(), Some(b'?' | b'&')));
                match memchr::memchr(b'=', lead) {
                    Some(equals) => from..(token.pair + equals as u32).max(from),
                    None => none,
                }
            }
            _ => none,
        }
    }

    /// Appends a token's key, decoded.
    pub fn decode_key(&self, event: &[u8], token: &Token, out: &mut Vec<u8>) {
        let doc = self.place(token);
        let range = self.key(event, token);
        let raw = self.text(event, doc).get(range.start as usize..range.end as usize).unwrap_or_default();
        match self.frame(doc) {
            Frame::Json => unescape_into(out, raw),
            Frame::Query | Frame::Url => {
                Units::new(raw, Coding::Query).for_each(|unit| out.extend_from_slice(unit.decoded()));
            }
            Frame::KeyValue | Frame::Lines => out.extend_from_slice(raw),
        }
    }

    /// Appends the event's bytes of a range of a document.
    pub fn copy(&self, event: &[u8], doc: u16, range: Range<u32>, out: &mut Vec<u8>) {
        let range = self.source_range(doc, range);
        out.extend_from_slice(event.get(range.start as usize..range.end as usize).unwrap_or_default());
    }

    /// Appends, as bytes of the event, a text that stands where the token's value stood: with quotes where the place
    /// wants them, escaped as often as the place lies in strings. A number becomes a string.
    pub fn write(&self, token: &Token, text: &[u8], out: &mut Vec<u8>) {
        let doc = self.place(token);
        let (mut coding, _) = self.value(token);
        if self.frame(doc) == Frame::Json {
            coding = Coding::Json;
        }
        let quoted = coding == Coding::Json || self.wants_quotes(token, text);
        self.quote(doc, quoted, out);
        self.encode(doc, coding, quoted, text, out);
        self.quote(doc, quoted, out);
    }

    /// Appends, as bytes of the event, the token's value with patches: sorted, without overlap, within the decoded
    /// value, on character boundaries. What no patch covers is copied byte for byte.
    pub fn splice(&self, event: &[u8], token: &Token, patches: &[Patch<'_>], out: &mut Vec<u8>) {
        let doc = self.place(token);
        let (coding, range) = self.value(token);
        if self.frame(doc) == Frame::Json && coding != Coding::Json && !patches.is_empty() {
            // A number or a literal of which a part is replaced becomes a string, whose text needs no escapes.
            self.quote(doc, true, out);
            self.splice_inside(event, doc, (Coding::Raw, range), patches, out);
            return self.quote(doc, true, out);
        }
        let quoted = token.start < range.start;
        let quotes_needed = !quoted && patches.iter().any(|patch| self.wants_quotes(token, patch.text));
        if quoted {
            self.copy(event, doc, token.start..range.start, out);
        }
        self.quote(doc, quotes_needed, out);
        let end = range.end;
        self.splice_inside(event, doc, (coding, range), patches, out);
        self.quote(doc, quotes_needed, out);
        self.copy(event, doc, end..token.end, out);
    }

    fn splice_inside(
        &self,
        event: &[u8],
        doc: u16,
        (coding, range): (Coding, Range<u32>),
        patches: &[Patch<'_>],
        out: &mut Vec<u8>,
    ) {
        let text = self.text(event, doc);
        let raw = text.get(range.start as usize..range.end as usize).unwrap_or_default();
        let mut units = Units::new(raw, coding);
        let mut done = range.start;
        for patch in patches {
            let from = range.start + units.raw_at(patch.start) as u32;
            self.copy(event, doc, done..from.max(done), out);
            self.encode(doc, coding, true, patch.text, out);
            done = range.start + units.raw_at(patch.end) as u32;
        }
        self.copy(event, doc, done..range.end, out);
    }

    /// Whether a text must stand between quotes where a bare value of key=value text stood.
    fn wants_quotes(&self, token: &Token, text: &[u8]) -> bool {
        let special = |&byte: &u8| byte <= b' ' || matches!(byte, b',' | b'"' | b'\'' | b'=');
        self.frame(self.place(token)) == Frame::KeyValue
            && (token.flags & flags::QUOTED != 0 || text.iter().any(special))
    }

    fn quote(&self, doc: u16, wanted: bool, out: &mut Vec<u8>) {
        if wanted {
            escape_into(out, b"\"", self.escapes(doc));
        }
    }

    fn encode(&self, doc: u16, coding: Coding, quoted: bool, text: &[u8], out: &mut Vec<u8>) {
        let escapes = self.escapes(doc);
        match coding {
            Coding::Json => escape_into(out, text, escapes + 1),
            Coding::Raw if quoted && matches!(self.frame(doc), Frame::KeyValue | Frame::Lines) => {
                let mut plain = Vec::with_capacity(text.len());
                coding.encode_quoted(text, &mut plain);
                escape_into(out, &plain, escapes);
            }
            // A part of a number that becomes a string.
            Coding::Raw if self.frame(doc) == Frame::Json => escape_into(out, text, escapes + 1),
            Coding::Raw => escape_into(out, text, escapes),
            Coding::Percent | Coding::Query => coding.encode_percent(text, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// LAW: a text says what its writing says, and each character is mapped to where it is written.
        #[test]
        fn characters_stand_where_they_are_written(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    ("a", "a"),
                    ("\\\"", "\""),
                    ("\\\\", "\\"),
                    ("\\n", "\n"),
                    ("\\/", "/"),
                    ("é", "é"),
                    ("\\u00e9", "é"),
                    ("\\u0041", "A"),
                    ("\\ud83d\\ude00", "😀"),
                    ("\\ud83d", "\u{fffd}"),
                    ("seventeen letters", "seventeen letters"),
                ]),
                0..120,
            ),
            origin in 0..9_u32,
            earlier in "[a-z\"]{0,200}",
        ) {
            // Half a surrogate pair is one where the other half does not follow.
            let raw: String = pieces.iter().map(|(raw, _)| *raw).collect();
            let said: String = pieces.iter().map(|(_, said)| *said).collect();
            let mut docs = Docs::default();
            // What an earlier one left behind is no matter.
            docs.open(Frame::Json, 0, 0, earlier.replace('"', "\\\"").as_bytes(), Coding::Json);
            docs.clear();
            prop_assert_eq!(docs.open(Frame::Json, 0, origin, raw.as_bytes(), Coding::Json), Some(1));
            prop_assert_eq!(docs.text(b"", 1), said.as_bytes());
            let (mut at, mut written) = (0, origin);
            for (raw, said) in pieces {
                prop_assert_eq!(docs.source_at(1, at), written);
                at += said.len() as u32;
                written += raw.len() as u32;
            }
            prop_assert_eq!(docs.source_at(1, at), written);
        }
    }
}
