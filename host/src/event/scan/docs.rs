//! Inner documents, and the way back from positions in their decoded text to bytes of the event.

use std::cell::Cell;
use std::ops::Range;

use super::super::escape::{escape_into, read_escape, unescape_into};
use super::super::inside::Frame;
use super::coding::{Coding, Units};
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
    /// Behind each escape: (position in the text, position behind `origin` in the parent).
    map: Vec<(u32, u32)>,
    /// The position that was mapped last, where it is in the parent, and how many escapes lay before it: the next is near, if not
    /// the same.
    last: Cell<(u32, u32, usize)>,
}

/// So many escapes ahead a position is looked for one by one.
const NEAR: usize = 8;

/// The inside of a JSON string that was validated. Escapes stand close together where JSON stands in it: runs between them are
/// copied in blocks, whose ends are cut off again.
fn decode_json(raw: &[u8], doc: &mut Doc) {
    const BLOCK: usize = 16;
    let (text, map) = (&mut doc.text, &mut doc.map);
    text.reserve(raw.len() + BLOCK);
    let mut at = 0;
    while let Some(block) = raw.get(at..at + BLOCK).and_then(|block| <&[u8; BLOCK]>::try_from(block).ok()) {
        text.extend_from_slice(block);
        let Some(plain) = first_backslash(block) else {
            at += BLOCK;
            continue;
        };
        text.truncate(text.len() - (BLOCK - plain));
        at += plain;
        at += escape(&raw[at..], text);
        map.push((text.len() as u32, at as u32));
    }
    while let Some(&byte) = raw.get(at) {
        if byte == b'\\' {
            at += escape(&raw[at..], text);
            map.push((text.len() as u32, at as u32));
        } else {
            text.push(byte);
            at += 1;
        }
    }
}

/// Where the first backslash of a block is.
#[inline]
fn first_backslash(block: &[u8; 16]) -> Option<usize> {
    let word = u128::from_le_bytes(*block) ^ u128::from_ne_bytes([b'\\'; 16]);
    const ONES: u128 = u128::from_ne_bytes([1; 16]);
    // The lowest byte that is zero is found without fail; what is carried reaches higher ones only.
    let zeros = word.wrapping_sub(ONES) & !word & (ONES << 7);
    (zeros != 0).then(|| zeros.trailing_zeros() as usize / 8)
}

/// Appends what the escape at the start stands for; how long it is.
#[inline]
fn escape(raw: &[u8], out: &mut Vec<u8>) -> usize {
    if let Some(letter @ (b'"' | b'\\' | b'/')) = raw.get(1) {
        out.push(*letter);
        return 2;
    }
    match read_escape(raw) {
        Some(unit) => {
            out.extend_from_slice(unit.char.encode_utf8(&mut [0; 4]).as_bytes());
            unit.raw
        }
        // Never in a string that was validated; as it stands then.
        None => {
            out.push(b'\\');
            1
        }
    }
}

impl Doc {
    /// The position in the parent of a position in the text.
    fn outer(&self, position: u32) -> u32 {
        let (known, at, from) = self.last.get();
        if known == position {
            return at;
        }
        let is_before = |index: usize| self.map.get(index).is_some_and(|&(decoded, _)| decoded <= position);
        let near = if known < position { (from..from + NEAR).find(|index| !is_before(*index)) } else { None };
        let behind = near.unwrap_or_else(|| self.map.partition_point(|&(decoded, _)| decoded <= position));
        let (decoded, raw) = behind.checked_sub(1).map_or((0, 0), |index| self.map[index]);
        let at = self.origin + raw + (position - decoded);
        self.last.set((position, at, behind));
        at
    }
}

impl Docs {
    /// Whether the event holds no inner document.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Bytes that are kept for documents.
    pub fn memory(&self) -> usize {
        self.docs.iter().map(|doc| doc.text.capacity() + doc.map.capacity() * size_of::<(u32, u32)>()).sum()
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
            let (text, map) = (Vec::new(), Vec::new());
            self.docs.push(Doc {
                frame,
                parent,
                escapes,
                depth,
                origin,
                text,
                len: 0,
                map,
                last: Cell::new((0, origin, 0)),
            });
        }
        let doc = &mut self.docs[self.used];
        doc.frame = frame;
        doc.parent = parent;
        doc.escapes = escapes + u8::from(coding == Coding::Json);
        doc.depth = depth + 1;
        doc.origin = origin;
        doc.text.clear();
        doc.map.clear();
        if coding == Coding::Json {
            decode_json(raw, doc);
        } else {
            for unit in Units::new(raw, coding) {
                doc.text.extend_from_slice(unit.decoded());
                if unit.is_coded() {
                    doc.map.push((doc.text.len() as u32, unit.raw_end as u32));
                }
            }
        }
        doc.last.set((0, origin, 0));
        doc.len = doc.text.len();
        doc.text.resize(doc.len + super::Framed::PADDING, 0);
        self.used += 1;
        Some(number)
    }

    /// How a document's text is written; the event itself is JSON.
    pub(crate) fn frame(&self, doc: u16) -> Frame {
        self.get(doc).map_or(Frame::Json, |doc| doc.frame)
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
        let (mut at, mut range) = (doc, range);
        while let Some(doc) = self.get(at) {
            range = doc.outer(range.start)..doc.outer(range.end);
            at = doc.parent;
        }
        range
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

    /// A token's value, decoded as by [`Docs::decode`]: where it stands if it needs no decoding, otherwise in `scratch`.
    #[inline]
    pub fn decoded<'d>(&'d self, event: &'d [u8], token: &Token, scratch: &'d mut Vec<u8>) -> &'d [u8] {
        // Most values are strings of the event itself, without escapes.
        if token.doc == 0 && token.kind == Kind::String && token.flags & flags::ESCAPED == 0 {
            return event.get(token.start as usize + 1..token.end as usize - 1).unwrap_or_default();
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
