//! Tracks: an event that is written like one seen before is read along that one's track.
//!
//! What stands between the values of an event (keys and punctuation) is the same, byte for byte, in all events of a
//! shape. A track holds these bytes, with where each value leads: comparing them replaces reading keys, looking for
//! doubles, and counting brackets; only the values themselves are read as ever. Tracks that begin alike share their
//! beginning. An event that leaves every track is walked from its first byte, and its own track is learnt.
//!
//! INVARIANT (a track is no opinion): the walk depends on keys, on punctuation, on the kind of each value and on the
//! values by which elements are chosen, and a track pins all of them, so following it finds what the walk would find.

use super::super::automaton::{SlotId, Step, step};
use super::Level;
use super::bytes::Bytes;
use super::reject::Reject;
use super::simd::{Baseline, Simd};
use super::token::{Kind, Token};
use super::walk::{Frame, Member, Walk, key_wild};

/// Most places of the tracks that begin at one state.
const NODES_MAX: usize = 4096;
/// Most alternatives at one place.
const OTHERS_MAX: usize = 24;
/// Longest event that is learnt, in members, elements and brackets.
const TRACED_MAX: usize = 1024;
/// So many events in a row may miss before tracks are tried, and learnt, less often.
const PATIENCE: u32 = 64;
/// How often tracks are looked over that cannot grow, in events.
const REVIEW: u32 = 4096;

const NONE: u32 = u32::MAX;
/// The range of no value: what hangs on it is not learnt.
const UNPINNABLE: (u32, u32) = (u32::MAX, 0);

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Nothing: the bytes go on in the next node.
    More,
    String,
    Number,
    Bool,
    Null,
    /// An empty container, which is a leaf.
    Empty,
    /// A container that is passed over.
    Skipped,
    Open,
    Close,
    /// The end of the event: [`Node::next`] is the number of its shape.
    End,
    /// Something that asks for more than a token: see [`Beside::what`].
    Rare,
}

impl What {
    pub(super) fn of_scalar(byte: u8) -> What {
        match Kind::of_scalar(byte) {
            Kind::True | Kind::False => What::Bool,
            Kind::Null => What::Null,
            _ => What::Number,
        }
    }

    /// Whether the first byte of the value is part of the bytes that are compared.
    fn is_pinned(self) -> bool {
        matches!(self, What::String | What::Open | What::Close)
    }
}

/// What the walk met at a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Met {
    pub(super) what: What,
    pub(super) pair: u32,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) step: Step,
    /// The state of the container around it.
    pub(super) state: u32,
}

/// A place on a track: what the reader of plain values wants to know of it, in one line of the processor's cache.
#[repr(align(64))]
#[derive(Clone, Copy, Debug)]
struct Node {
    /// What stands before the value, to its first byte.
    raw: [u8; 32],
    /// Which bytes of `raw` count.
    mask: u32,
    /// The place behind this one.
    next: u32,
    /// What else was met here.
    other: u32,
    /// The first words of the place's token.
    head: u32,
    slot: SlotId,
    key_slot: SlotId,
    /// How far before the value its member begins.
    back: u16,
    /// How far the value is from there.
    len: u8,
    plain: What,
}

/// What else there is to a place.
#[derive(Clone, Copy, Debug)]
struct Beside {
    what: What,
    /// Members and elements up to this one, and containers around it.
    fields: u16,
    depth: u16,
    /// The state of the container around it.
    state: u32,
    /// The only value that fits, if it must be a certain one: number in [`Tracks::fixed`]. At the end: number in
    /// [`Tracks::marks`].
    fixed: u32,
    step: Step,
}

/// The tracks of documents that are walked from one state; the first node is where they begin.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    nodes: Vec<Node>,
    beside: Vec<Beside>,
    fixed: Vec<Box<[u8]>>,
    /// The marks of each shape, those aside that inner documents set.
    marks: Vec<Box<[u16]>>,
    /// How many events in a row followed none.
    missed: u32,
    /// Events that followed a track, and that did not, since the last review.
    hits: u32,
    misses: u32,
}

impl Tracks {
    /// The number of places.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it is worth trying to follow one.
    #[inline(always)]
    fn are_worth(&self) -> bool {
        !self.nodes.is_empty() && (self.missed < PATIENCE || self.missed.is_multiple_of(16))
    }

    /// Takes down whether an event followed a track.
    #[inline(always)]
    fn count(&mut self, hit: bool) {
        if hit {
            self.hits = self.hits.saturating_add(1);
            self.missed = 0;
        } else {
            self.misses = self.misses.saturating_add(1);
            self.missed = self.missed.saturating_add(1);
        }
    }

    /// Whether an event that followed none should be learnt.
    fn wants(&mut self) -> bool {
        if self.nodes.len() >= NODES_MAX {
            if self.hits.saturating_add(self.misses) < REVIEW {
                return false;
            }
            if self.misses > self.hits {
                self.clear();
            }
            (self.hits, self.misses) = (0, 0);
        }
        self.nodes.len() < NODES_MAX && (self.missed < PATIENCE || self.missed.is_multiple_of(PATIENCE))
    }

    fn clear(&mut self) {
        self.nodes.clear();
        self.beside.clear();
        self.fixed.clear();
        self.marks.clear();
    }

    /// Learns the track of a document that was walked. `pinned` are ranges of values that chose something. Answers the
    /// number of its shape: `shape`, or that of the track if there is one.
    fn learn(
        &mut self,
        text: &[u8],
        (met, pinned): (&[Met], &[(u32, u32)]),
        marks: &dyn Fn(Step) -> Vec<u16>,
        shape: u32,
    ) -> Option<u32> {
        let is_pinned = |range: &(u32, u32)| met.iter().any(|met| (met.start, met.end) == *range);
        let reaches_end = met.last().is_some_and(|last| last.end as usize == text.len());
        if met.len() > TRACED_MAX || !reaches_end || !pinned.iter().all(is_pinned) {
            return None;
        }
        let mut behind = NONE;
        let (mut cursor, mut fields, mut depth) = (0usize, 0, 0u16);
        for met in met {
            let (start, end) = (met.start as usize, met.end as usize);
            let mut literal = text.get(cursor..start + usize::from(met.what.is_pinned()))?;
            while literal.len() > 32 {
                let (chunk, rest) = literal.split_at(32);
                let beside = Beside { fields, depth, ..Beside::of(What::More) };
                let node = Node { plain: What::More, ..Node::of(chunk, 32) };
                behind = self.place(behind, (node, beside), None)?;
                literal = rest;
            }
            fields += u16::from(met.what != What::Close);
            let len = literal.len() - usize::from(met.what.is_pinned());
            let is_fixed = met.what == What::Empty || pinned.contains(&(met.start, met.end));
            let node = Node {
                plain: if met.is_plain() && !is_fixed { met.what } else { What::Rare },
                head: Token::head(met.kind(text), key_wild(met.step), 0),
                slot: if matches!(met.what, What::Open | What::Close) { SlotId::NONE } else { met.step.slot() },
                key_slot: met.step.key_slot(),
                back: u16::try_from(met.start - met.pair).ok()?,
                ..Node::of(literal, len)
            };
            let beside = Beside { fields, depth, state: met.state, step: met.step, ..Beside::of(met.what) };
            behind = self.place(behind, (node, beside), text.get(start..end).filter(|_| is_fixed))?;
            cursor = if met.what == What::Open { start + 1 } else { end };
            match met.what {
                What::Open => depth += 1,
                What::Close => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
        let end = Node { next: shape, ..Node::of(&[], 0) };
        let end = self.place(behind, (end, Beside { fields, ..Beside::of(What::End) }), None)? as usize;
        let beside = self.beside.get_mut(end)?;
        if beside.fixed == NONE {
            beside.fixed = self.marks.len() as u32;
            let mut marks: Vec<u16> = met.iter().flat_map(|met| marks(met.step)).collect();
            marks.sort_unstable();
            marks.dedup();
            self.marks.push(marks.into());
        }
        self.nodes.get(end).map(|node| node.next)
    }

    /// Finds a node behind another ([`NONE`]: at the beginning), or adds it.
    fn place(&mut self, behind: u32, wanted: (Node, Beside), fixed: Option<&[u8]>) -> Option<u32> {
        let first = match self.nodes.get(behind as usize) {
            Some(node) => node.next,
            None if self.nodes.is_empty() => NONE,
            None => 0,
        };
        let (mut last, mut number, mut others) = (NONE, first, 0);
        while let (Some(node), Some(beside)) = (self.nodes.get(number as usize), self.beside.get(number as usize)) {
            let text = self.fixed.get(beside.fixed as usize).filter(|_| beside.what != What::End).map(|text| &**text);
            if node.is_at(&wanted.0) && beside.leads_like(&wanted.1) && text == fixed {
                return Some(number);
            }
            (last, number) = (number, node.other);
            others += 1;
        }
        if others >= OTHERS_MAX || self.nodes.len() >= NODES_MAX {
            return None;
        }
        let added = self.nodes.len() as u32;
        let (node, mut beside) = wanted;
        if let Some(text) = fixed {
            beside.fixed = self.fixed.len() as u32;
            self.fixed.push(text.into());
        }
        self.nodes.push(node);
        self.beside.push(beside);
        if let Some(last) = self.nodes.get_mut(last as usize) {
            last.other = added;
        } else if let Some(behind) = self.nodes.get_mut(behind as usize) {
            behind.next = added;
        }
        Some(added)
    }
}

impl Met {
    /// Whether the place asks for nothing but a token. (Its marks are those of the shape.)
    fn is_plain(&self) -> bool {
        let has_key = self.step.key_slot().is_some();
        match self.what {
            What::String | What::Number | What::Bool | What::Null => {
                self.step.flags() & step::INSIDE == 0 && self.step.slot().is_some() && !has_key
            }
            What::Open => !self.step.is_classified() && !has_key,
            What::Close => true,
            What::More | What::Empty | What::Skipped | What::End | What::Rare => false,
        }
    }

    fn kind(&self, text: &[u8]) -> Kind {
        let byte = text.get(self.start as usize).copied().unwrap_or(0);
        match self.what {
            What::String => Kind::String,
            What::Open if byte == b'{' => Kind::Object,
            What::Open => Kind::Array,
            What::Close => Kind::Close,
            _ => Kind::of_scalar(byte),
        }
    }
}

impl Node {
    fn of(literal: &[u8], len: usize) -> Node {
        let mut raw = [0; 32];
        raw[..literal.len()].copy_from_slice(literal);
        let mask = if literal.is_empty() { 0 } else { u32::MAX >> (32 - literal.len()) };
        let (slot, key_slot) = (SlotId::NONE, SlotId::NONE);
        let (next, other, len) = (NONE, NONE, len as u8);
        Node { raw, mask, next, other, head: 0, slot, key_slot, back: 0, len, plain: What::Rare }
    }

    /// The token of what was met first, at another place.
    #[inline(always)]
    fn token(&self, head: u32, start: usize, end: usize) -> Token {
        let pair = (start - usize::from(self.back)) as u32;
        let words = [head, self.slot.0, self.key_slot.0, pair, start as u32, end as u32];
        // SAFETY: `head` is that of a token (`learn`).
        unsafe { Token::of_words(words) }
    }

    fn is_at(&self, other: &Node) -> bool {
        (self.raw, self.mask, self.len, self.back) == (other.raw, other.mask, other.len, other.back)
    }
}

impl Beside {
    /// Whether the same bytes lead to the same. What chooses an element may stand behind a value of it, so that equal bytes lead
    /// elsewhere: tracks part there, and the one that is followed ends at the value that does not fit.
    fn leads_like(&self, other: &Beside) -> bool {
        (self.what, self.step, self.state) == (other.what, other.step, other.state)
    }

    fn of(what: What) -> Beside {
        Beside { what, fields: 0, depth: 0, state: 0, fixed: NONE, step: Step::DEAD }
    }
}

/// A position in a document, and the node that is compared next.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    number: u32,
}

/// Goes on as long as nothing unusual comes: most of most events. A function of its own, without calls: the compiler keeps all of
/// it in registers.
#[inline(always)]
fn plain<S: Simd>(nodes: &[Node], bytes: Bytes, doc: u16, on: Place, tokens: &mut Vec<Token>) -> Place {
    let (room, list, mut len) = (tokens.capacity(), tokens.as_mut_ptr(), tokens.len());
    let Place { mut at, mut number } = on;
    while let Some(node) = nodes.get(number as usize)
        && len < room
    {
        if !bytes.agrees::<S>(at, &node.raw, node.mask) {
            number = node.other;
            continue;
        }
        let start = at + usize::from(node.len);
        if start >= bytes.end {
            break;
        }
        let (mut head, mut end) = (node.head | Token::head_of(0, doc), start + 1);
        match node.plain {
            What::String => {
                let Some(behind) = bytes.plain_text::<S>(start) else { break };
                end = behind;
            }
            What::Number => {
                let Some(behind) = bytes.plain_number::<S>(start) else { break };
                end = behind;
            }
            What::Bool | What::Null => {
                let Some((kind, behind)) = bytes.literal(start) else { break };
                if (kind == Kind::Null) != (node.plain == What::Null) {
                    number = node.other;
                    continue;
                }
                head = Token::with_kind(head, kind);
                end = behind;
            }
            // SAFETY: the token before the last one was written.
            What::Close if len > 0 && unsafe { &*list.add(len - 1) }.kind.opens() => {
                // Nothing was found in the container.
                (at, number, len) = (end, node.next, len - 1);
                continue;
            }
            What::Open | What::Close => {}
            What::More => {
                (at, number) = (start, node.next);
                continue;
            }
            _ => break,
        }
        // SAFETY: there is room for one more.
        unsafe { list.add(len).write(node.token(head, start, end)) };
        (at, number, len) = (end, node.next, len + 1);
    }
    // SAFETY: all tokens before `len` were written, here or earlier.
    unsafe { tokens.set_len(len) };
    Place { at, number }
}

/// # Safety
/// The machine must have the instructions.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn plain_avx2(nodes: &[Node], bytes: Bytes, doc: u16, on: Place, tokens: &mut Vec<Token>) -> Place {
    plain::<super::simd::x86::Avx2>(nodes, bytes, doc, on, tokens)
}

#[inline(never)]
fn plain_as<S: Simd>(nodes: &[Node], bytes: Bytes, doc: u16, on: Place, tokens: &mut Vec<Token>) -> Place {
    plain::<S>(nodes, bytes, doc, on, tokens)
}

impl Walk<'_> {
    /// Reads the document along a track, or walks it: the position behind its value.
    #[inline(always)]
    pub(super) fn document<S: Simd>(&mut self, root: Step) -> Result<usize, Reject> {
        // A document within another that is walked from the same state has tracks of its own.
        let depth = self.out.docs.get(self.doc).map_or(0, |doc| doc.depth);
        let place = self.memos.tracks_of((root.node(), depth));
        let tracing = std::mem::take(&mut self.out.tracing);
        let end = match self.memos.tracks.get_mut(place).and_then(|(_, tracks)| tracks.take()) {
            None => self.run::<S>(root),
            Some(mut tracks) => {
                let end = match self.along(&mut tracks) {
                    Some(end) => Ok(end),
                    None => self.learning::<S>(root, &mut tracks),
                };
                if let Some((_, place)) = self.memos.tracks.get_mut(place) {
                    *place = Some(tracks);
                }
                end
            }
        };
        self.out.tracing = tracing;
        end
    }

    /// Reads the document along a track. `None`: it follows none, and nothing was done.
    fn along(&mut self, tracks: &mut Tracks) -> Option<usize> {
        let mut shape = None;
        if tracks.are_worth() {
            let before = self.checkpoint();
            let (fields, respelled) = (self.out.fields, self.out.respelled);
            shape = self.follow(tracks);
            if shape.is_none() {
                self.back_to(&before);
                (self.out.fields, self.out.respelled) = (fields, respelled);
                self.current = Frame::OUTERMOST;
            }
        }
        tracks.count(shape.is_some());
        self.shape = shape?;
        Some(self.bytes.end)
    }

    /// Walks the document, and learns its track if that may be of use.
    #[inline(always)]
    fn learning<S: Simd>(&mut self, root: Step, tracks: &mut Tracks) -> Result<usize, Reject> {
        if !tracks.wants() || self.out.shapes == u32::MAX {
            return self.run::<S>(root);
        }
        let (traced, pinned) = (self.out.traced.len(), self.out.pinned.len());
        let respelled = self.out.respelled;
        self.out.tracing = true;
        let end = self.run::<S>(root);
        // Names in a second spelling are counted for the whole event, which no track does.
        let is_usual = self.out.respelled == respelled;
        if matches!(end, Ok(end) if end <= self.bytes.end) && is_usual {
            let text = self.bytes.slice(0, self.bytes.end);
            let met = (&self.out.traced[traced..], &self.out.pinned[pinned..]);
            let marks = |step| self.marks_of(step).to_vec();
            self.shape = tracks.learn(text, met, &marks, self.out.shapes + 1).unwrap_or(0);
            self.out.shapes = self.out.shapes.max(self.shape);
        }
        self.out.traced.truncate(traced);
        self.out.pinned.truncate(pinned);
        end
    }

    /// Notes what the walk met, if it is to be learnt.
    #[inline(always)]
    pub(super) fn trace(&mut self, what: What, start: usize, end: usize, member: Member) {
        if self.out.tracing {
            self.traced(what, start, end, member);
        }
    }

    #[inline(never)]
    fn traced(&mut self, what: What, start: usize, end: usize, Member { pair, step }: Member) {
        let (pair, start, end, state) = (pair as u32, start as u32, end as u32, self.current.node);
        self.out.traced.push(Met { what, pair, start, end, step, state });
        if what == What::Skipped && self.current.selects {
            // What chose the element lies in it, and a track that passes over it pins nothing.
            self.out.pinned.push(UNPINNABLE);
        }
    }

    /// Reads the document along some tracks: the number of its shape. `None`: it follows none, or is invalid; what was
    /// found so far counts for nothing.
    #[inline(never)]
    fn follow(&mut self, tracks: &Tracks) -> Option<u32> {
        let mut on = Place { at: 0, number: 0 };
        let mut varying = self.out.fields;
        loop {
            on = self.plain(tracks, on);
            let node = tracks.nodes.get(on.number as usize)?;
            if !self.bytes.agrees::<Baseline>(on.at, &node.raw, node.mask) {
                on.number = node.other;
                continue;
            }
            let beside = tracks.beside.get(on.number as usize)?;
            let start = on.at + usize::from(node.len);
            let fields = varying + u32::from(beside.fields);
            self.out.fields = fields;
            if start >= self.bytes.end {
                let is_end = beside.what == What::End && start == self.bytes.end && fields <= self.limits.leaves;
                let marks = tracks.marks.get(beside.fixed as usize).filter(|_| is_end)?;
                self.out.marked.extend_from_slice(marks);
                return Some(node.next);
            }
            let member = Member { pair: start.checked_sub(usize::from(node.back))?, step: beside.step };
            on = match self.rare(beside, tracks, start, member).ok()? {
                Some(at) => Place { at, number: node.next },
                None => Place { number: node.other, ..on },
            };
            varying += self.out.fields - fields;
        }
    }

    #[inline(always)]
    fn plain(&mut self, tracks: &Tracks, on: Place) -> Place {
        let (nodes, bytes, doc, tokens) = (&tracks.nodes, self.bytes, self.doc, &mut self.out.tokens);
        match self.level {
            // SAFETY: `Level::available` found the instructions on this machine.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { plain_avx2(nodes, bytes, doc, on, tokens) },
            #[cfg(target_arch = "x86_64")]
            Level::Sse2 => plain_as::<super::simd::x86::Sse2>(nodes, bytes, doc, on, tokens),
            _ => plain_as::<super::simd::Scalar>(nodes, bytes, doc, on, tokens),
        }
    }

    /// What stands at a place, whatever it is: the position behind it. `None`: something else stands there.
    #[inline(never)]
    fn rare(&mut self, node: &Beside, tracks: &Tracks, start: usize, member: Member) -> Result<Option<usize>, Reject> {
        let byte = self.bytes.byte(start);
        let fits = match node.what {
            What::Number => byte == b'-' || byte.is_ascii_digit(),
            What::Bool | What::Null => What::of_scalar(byte) == node.what,
            What::Skipped => byte | 0x20 == b'{',
            What::End | What::Rare => false,
            _ => true,
        };
        let fixed = tracks.fixed.get(node.fixed as usize).map(|text| (&**text, start + text.len()));
        if !fits || fixed.is_some_and(|(text, end)| self.bytes.slice(start, end) != text) {
            return Ok(None);
        }
        self.current.node = node.state;
        let broken = Reject::Syntax { at: start as u32 };
        let end = match node.what {
            What::More | What::End | What::Rare => start,
            What::String => self.string::<Baseline>(start, member)?,
            What::Number | What::Bool | What::Null => self.scalar::<Baseline>(start, member, byte)?,
            What::Open => {
                self.pass_key(start, member);
                self.pass(start, node.step);
                self.open_token(start, member);
                start + 1
            }
            What::Close => {
                self.close_token(start);
                start + 1
            }
            What::Skipped => {
                let before = self.out.fields;
                let end = self.skip::<Baseline>(start, usize::from(node.depth))?;
                if self.out.fields == before {
                    // An empty one, which is a leaf.
                    return Ok(None);
                }
                self.pass_key(start, member);
                self.pass(start, node.step);
                self.nobodys(node.step);
                end
            }
            What::Empty => {
                self.pass_key(start, member);
                let end = fixed.map_or(start, |(_, end)| end);
                let kind = if byte == b'{' { Kind::EmptyObject } else { Kind::EmptyArray };
                self.leaf(kind, 0, start, end, member);
                end
            }
        };
        // A number may go on behind the only one that fits.
        if fixed.is_some_and(|(_, fixed)| fixed != end) { Err(broken) } else { Ok(Some(end)) }
    }
}
