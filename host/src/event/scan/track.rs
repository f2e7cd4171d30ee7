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
use super::token::{Kind, Token};
use super::walk::key_wild;

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
pub(super) const UNPINNABLE: (u32, u32) = (u32::MAX, 0);

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
pub(super) struct Node {
    /// What stands before the value, to its first byte.
    pub(super) raw: [u8; 32],
    /// Which bytes of `raw` count.
    pub(super) mask: u32,
    /// The place behind this one.
    pub(super) next: u32,
    /// What else was met here.
    pub(super) other: u32,
    /// The first words of the place's token.
    pub(super) head: u32,
    pub(super) slot: SlotId,
    pub(super) key_slot: SlotId,
    /// How far before the value its member begins.
    pub(super) back: u16,
    /// How far the value is from there.
    pub(super) len: u8,
    pub(super) plain: What,
    /// Whether it becomes a token: what nobody classified becomes none.
    pub(super) is_token: bool,
}

/// What else there is to a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beside {
    pub(super) what: What,
    /// Members and elements up to this one, and containers around it.
    pub(super) fields: u16,
    pub(super) depth: u16,
    /// The state of the container around it.
    pub(super) state: u32,
    /// The only value that fits, if it must be a certain one: number in [`Tracks::fixed`]. At the end: number in
    /// [`Tracks::marks`] and [`Tracks::nobodys`].
    pub(super) fixed: u32,
    pub(super) step: Step,
}

/// The tracks of documents that are walked from one state; the first node is where they begin.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    pub(super) nodes: Vec<Node>,
    pub(super) beside: Vec<Beside>,
    pub(super) fixed: Vec<Box<[u8]>>,
    /// The marks of each shape, those aside that inner documents set.
    pub(super) marks: Vec<Box<[u16]>>,
    /// The counters of plain values of each shape that nobody classified.
    pub(super) nobodys: Vec<Box<[u32]>>,
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
    pub(super) fn are_worth(&self) -> bool {
        !self.nodes.is_empty() && (self.missed < PATIENCE || self.missed.is_multiple_of(16))
    }

    /// Takes down whether an event followed a track.
    #[inline(always)]
    pub(super) fn count(&mut self, hit: bool) {
        if hit {
            self.hits = self.hits.saturating_add(1);
            self.missed = 0;
        } else {
            self.misses = self.misses.saturating_add(1);
            self.missed = self.missed.saturating_add(1);
        }
    }

    /// Whether an event that followed none should be learnt.
    pub(super) fn wants(&mut self) -> bool {
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
        self.nobodys.clear();
    }

    /// Learns the track of a document that was walked. `pinned` are ranges of values that chose something. Answers the
    /// number of its shape: `shape`, or that of the track if there is one.
    pub(super) fn learn(
        &mut self,
        text: &[u8],
        (met, pinned): (&[Met], &[(u32, u32)]),
        (marks, counter): (&dyn Fn(Step) -> Vec<u16>, &dyn Fn(&Met) -> u32),
        shape: u32,
    ) -> Option<u32> {
        let is_pinned = |range: &(u32, u32)| met.iter().any(|met| (met.start, met.end) == *range);
        let reaches_end = met.last().is_some_and(|last| last.end as usize == text.len());
        if met.len() > TRACED_MAX || !reaches_end || !pinned.iter().all(is_pinned) {
            return None;
        }
        let mut behind = NONE;
        let (mut cursor, mut fields, mut depth) = (0usize, 0, 0u16);
        let mut nobodys = Vec::new();
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
            let is_token = matches!(met.what, What::Open | What::Close) || met.step.slot().is_some();
            let plain = if met.is_plain() && !is_fixed { met.what } else { What::Rare };
            if plain != What::Rare && !is_token {
                nobodys.push(counter(met));
            }
            let node = Node {
                plain,
                is_token,
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
            self.nobodys.push(nobodys.into());
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
    /// Whether the place asks for nothing but a token, or not even that. (Its marks, and its counter, are those of the shape.)
    fn is_plain(&self) -> bool {
        let has_key = self.step.key_slot().is_some();
        match self.what {
            What::String | What::Number | What::Bool | What::Null => self.step.flags() & step::INSIDE == 0 && !has_key,
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
        let (next, other, len, is_token) = (NONE, NONE, len as u8, false);
        Node { raw, mask, next, other, head: 0, slot, key_slot, back: 0, len, plain: What::Rare, is_token }
    }

    /// The token of what was met first, at another place.
    #[inline(always)]
    pub(super) fn token(&self, head: u32, start: usize, end: usize) -> Token {
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
