//! The walker: one document, from its first byte to its last, without recursion.
//!
//! Everything on the way of an ordinary event is inlined into one loop per level of instructions; what is rare is in
//! `rare.rs`, compiled once, and called.

use super::super::automaton::{Automaton, SlotId, Step, step};
use super::bytes::Bytes;
use super::memo::Memos;
use super::reject::{Limits, Reject};
use super::simd::{Baseline, Simd};
use super::token::{Kind, Token, flags};
use super::track::What;
use super::{Buffers, Level};

/// A container that is open. The outermost frame is no container: it holds the document's value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) node: u32,
    /// The memo of the last key, and the guess for the next.
    pub(super) from: u32,
    pub(super) guess: u32,
    /// Where this object's bits begin in `Buffers::seen`.
    seen: u32,
    /// Where this object's names begin in `Buffers::names`.
    names: u32,
    /// Where the container begins.
    pub(super) open: u32,
    /// The byte that closes the container; [`NEVER`] for the outermost frame.
    closes: u16,
    /// Whether elements are chosen by a member of theirs.
    pub(super) selects: bool,
    /// Where an element leads otherwise.
    element: Step,
}

/// No byte.
const NEVER: u16 = 0x100;
const OBJECT: u16 = b'}' as u16;

impl Frame {
    pub(super) const OUTERMOST: Frame = Frame {
        node: 0,
        from: 0,
        guess: 0,
        seen: 0,
        names: 0,
        open: 0,
        closes: NEVER,
        selects: false,
        element: Step::DEAD,
    };
}

/// A member or element: where it begins and where it leads.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) pair: usize,
    pub(super) step: Step,
}

/// The walk through one document.
pub(super) struct Walk<'w> {
    pub(super) bytes: Bytes,
    pub(super) doc: u16,
    pub(super) level: Level,
    pub(super) limits: Limits,
    pub(super) automaton: &'w Automaton,
    pub(super) memos: &'w mut Memos,
    pub(super) out: &'w mut Buffers,
    pub(super) current: Frame,
    /// Frames of the documents around this one.
    floor: usize,
    /// The number of the document's shape, if it is known.
    pub(super) shape: u32,
}

impl<'w> Walk<'w> {
    pub(super) fn new(
        (bytes, doc): (Bytes, u16),
        (level, limits): (Level, Limits),
        automaton: &'w Automaton,
        memos: &'w mut Memos,
        out: &'w mut Buffers,
    ) -> Self {
        let floor = out.frames.len();
        let (current, shape) = (Frame::OUTERMOST, 0);
        Walk { bytes, doc, level, limits, automaton, memos, out, current, floor, shape }
    }

    /// Walks the document; the position behind its value. `root` is where the value leads.
    #[inline(always)]
    pub(super) fn run<S: Simd>(&mut self, root: Step) -> Result<usize, Reject> {
        let mut at = self.bytes.blanks::<S>(0);
        let mut member = Member { pair: at, step: root };
        if at >= self.bytes.end {
            return Err(Reject::Truncated);
        }
        self.count()?;
        let Some(inside) = self.begin(at, member)? else { return self.bare(at, member) };
        at = inside;
        loop {
            (at, member) = self.member::<S>(at)?;
            if at >= self.bytes.end {
                return Err(Reject::Truncated);
            }
            self.count()?;
            let byte = self.bytes.byte(at);
            if byte == b'"' {
                at = self.string::<S>(at, member)?;
            } else if byte | 0x20 == b'{' {
                let opened;
                (at, opened) = self.container::<S>(at, member)?;
                if opened {
                    continue;
                }
            } else {
                at = self.scalar::<S>(at, member, byte)?;
            }
            let more;
            (at, more) = self.behind::<S>(at)?;
            if !more {
                return Ok(at);
            }
        }
    }

    /// Counts a member or element.
    #[inline(always)]
    fn count(&mut self) -> Result<(), Reject> {
        self.out.fields += 1;
        if self.out.fields > self.limits.leaves { Err(Reject::TooManyFields) } else { Ok(()) }
    }

    /// How many containers of this document are open.
    pub(super) fn depth(&self) -> usize {
        self.out.frames.len() - self.floor
    }

    /// From the beginning of a member or element to its value.
    #[inline(always)]
    fn member<S: Simd>(&mut self, at: usize) -> Result<(usize, Member), Reject> {
        if self.current.closes == OBJECT {
            return self.key::<S>(at);
        }
        let at = if self.bytes.byte(at) <= b' ' { self.bytes.blanks::<S>(at) } else { at };
        let step = if self.current.selects { self.select(at) } else { self.current.element };
        Ok((at, Member { pair: at, step }))
    }

    #[inline(always)]
    fn key<S: Simd>(&mut self, at: usize) -> Result<(usize, Member), Reject> {
        let mut at = at;
        if self.bytes.byte(at) != b'"' {
            at = self.bytes.blanks::<S>(at);
            if self.bytes.byte(at) != b'"' {
                return Err(self.bytes.broken(at));
            }
        }
        let guess = self.current.guess;
        let mut next;
        let step;
        match self.memos.list.get(guess as usize) {
            Some(memo) if self.bytes.agrees::<S>(at + 1, &memo.raw, memo.mask) => {
                next = at + 1 + memo.len as usize;
                step = memo.step;
                self.current.from = guess;
                self.current.guess = memo.next;
            }
            _ => (next, step) = self.look_up(at)?,
        }
        if step.index() != Step::UNNAMED {
            let bit = 1 << (step.index() & 63);
            if let Some(word) = self.out.seen.get_mut(self.current.seen as usize + usize::from(step.index() >> 6)) {
                let seen = *word & bit != 0;
                *word |= bit;
                // Two spellings of one name (`ip`, `IP`) are two members to every reader; both are classified alike.
                if seen && (!self.automaton.fold || self.is_twice(at)?) {
                    return Err(Reject::DuplicateKey { at: at as u32 });
                }
            }
        } else if step.flags() & step::WILD != 0 {
            self.note_name(at)?;
        }
        if self.bytes.byte(next) <= b' ' {
            next = self.bytes.blanks::<S>(next);
        }
        Ok((next, Member { pair: at, step }))
    }

    #[inline(always)]
    pub(super) fn string<S: Simd>(&mut self, at: usize, member: Member) -> Result<usize, Reject> {
        let (end, bits) = self.bytes.string::<S>(at)?;
        self.trace(What::String, at, end, member);
        self.pass_key(at, member);
        if member.step.flags() & (step::MARK | step::INSIDE) != 0 {
            self.special_string(at, end, bits, member)?;
        } else {
            self.leaf(Kind::String, bits, at, end, member);
        }
        Ok(end)
    }

    #[inline(always)]
    pub(super) fn scalar<S: Simd>(&mut self, at: usize, member: Member, byte: u8) -> Result<usize, Reject> {
        let end = self.bytes.plain_scalar::<S>(at, byte)?;
        let kind = Kind::of_scalar(byte);
        self.trace(What::of_scalar(byte), at, end, member);
        self.pass_key(at, member);
        if member.step.flags() & (step::MARK | step::INSIDE) != 0 {
            self.special_scalar(kind, at, end, member);
        } else {
            self.leaf(kind, 0, at, end, member);
        }
        Ok(end)
    }

    /// A leaf becomes a token, or is counted as nobody's.
    #[inline(always)]
    pub(super) fn leaf(&mut self, kind: Kind, bits: u8, start: usize, end: usize, member: Member) {
        let (slot, key_slot) = (member.step.slot(), member.step.key_slot());
        if slot.is_some() {
            let (pair, start, end) = (member.pair as u32, start as u32, end as u32);
            let flags = bits | key_wild(member.step);
            self.out.tokens.push(Token { kind, flags, doc: self.doc, slot, key_slot, pair, start, end });
        } else {
            self.nobodys(member.step);
        }
    }

    /// Counts something that nobody classified.
    #[inline(always)]
    pub(super) fn nobodys(&mut self, step: Step) {
        self.out.met.push(self.counter(step, self.current.node));
    }

    /// Where something is counted that nobody classified, in a container of a state.
    #[inline(always)]
    pub(super) fn counter(&self, step: Step, state: u32) -> u32 {
        if step.node() == 0 { self.automaton.nodes.len() as u32 + state } else { step.node() }
    }

    /// An object or array: enters it if patterns go deeper, otherwise passes over it.
    /// The position inside or behind it, and whether it was entered.
    #[inline(always)]
    fn container<S: Simd>(&mut self, at: usize, member: Member) -> Result<(usize, bool), Reject> {
        self.pass_key(at, member);
        if member.step.flags() & (step::WALK | step::INSIDE) != 0 {
            return match self.begin(at, member)? {
                Some(inside) => Ok((inside, true)),
                None => Ok((self.bytes.empty(at), false)),
            };
        }
        if member.step.flags() & step::MARK != 0 {
            self.special_container(member.step);
        }
        let before = self.out.fields;
        let end = self.skip::<S>(at, self.depth())?;
        if self.out.fields == before {
            self.trace(What::Empty, at, end, member);
            let kind = if self.bytes.byte(at) == b'{' { Kind::EmptyObject } else { Kind::EmptyArray };
            self.leaf(kind, 0, at, end, member);
        } else {
            self.trace(What::Skipped, at, end, member);
            self.skipped(at, member.step);
        }
        Ok((end, false))
    }

    /// Takes down a container that was passed over: as nobody's, or as another shape of what stands there ([`Scanner::scan`]).
    ///
    /// [`Scanner::scan`]: super::Scanner::scan
    #[inline(always)]
    pub(super) fn skipped(&mut self, at: usize, step: Step) {
        self.pass(at, step);
        if !step.is_classified() {
            self.nobodys(step);
        }
    }

    /// Enters the container at `at`: the position inside it. `None` if there is none, or it is empty and thus a leaf.
    fn begin(&mut self, at: usize, member: Member) -> Result<Option<usize>, Reject> {
        let byte = self.bytes.byte(at);
        let (kind, empty) = match byte {
            b'{' => (Kind::Object, Kind::EmptyObject),
            b'[' => (Kind::Array, Kind::EmptyArray),
            _ => return Ok(None),
        };
        let inside = self.bytes.blanks::<Baseline>(at + 1);
        let closes = byte + 2;
        if self.depth() >= usize::from(self.limits.depth) {
            return Err(Reject::TooDeep { at: at as u32 });
        }
        if inside >= self.bytes.end {
            return Err(Reject::Truncated);
        }
        let mut step = member.step;
        if step.flags() & (step::MARK | step::INSIDE) != 0 {
            step = self.special_container(step);
        }
        if self.bytes.byte(inside) == closes {
            self.trace(What::Empty, at, inside + 1, member);
            self.leaf(empty, 0, at, inside + 1, member);
            return Ok(None);
        }
        self.trace(What::Open, at, at, member);
        self.pass(at, member.step);
        let node = &self.automaton.nodes[step.node() as usize];
        self.out.frames.push(self.current);
        let (seen, names) = (self.out.seen.len(), self.out.names.len() as u32);
        self.current = Frame {
            node: step.node(),
            from: step.node(),
            guess: self.memos.list[step.node() as usize].next,
            seen: seen as u32,
            names,
            open: at as u32,
            closes: u16::from(closes),
            selects: node.selector.is_some(),
            element: node.element,
        };
        if kind == Kind::Object {
            self.out.seen.resize(seen + node.table.len().div_ceil(64), 0);
        }
        self.open_token(at, member);
        Ok(Some(inside))
    }

    /// The token of the container that begins at `at`.
    #[inline(always)]
    pub(super) fn open_token(&mut self, at: usize, member: Member) {
        let kind = if self.bytes.byte(at) == b'{' { Kind::Object } else { Kind::Array };
        let (pair, start) = (member.pair as u32, at as u32);
        let (slot, key_slot) = (SlotId::NONE, member.step.key_slot());
        let flags = key_wild(member.step);
        self.out.tokens.push(Token { kind, flags, doc: self.doc, slot, key_slot, pair, start, end: start + 1 });
    }

    /// Ends the container that was opened last: one in which nothing was found leaves no token.
    #[inline(always)]
    pub(super) fn close_token(&mut self, at: usize) {
        let (tokens, doc) = (&mut self.out.tokens, self.doc);
        if tokens.last().is_some_and(|last| last.kind.opens()) {
            tokens.pop();
            return;
        }
        let (kind, slot, key_slot, at) = (Kind::Close, SlotId::NONE, SlotId::NONE, at as u32);
        tokens.push(Token { kind, flags: 0, doc, slot, key_slot, pair: at, start: at, end: at + 1 });
    }

    /// Behind a value: closes what ends there. The position of the next member, or behind the outermost container;
    /// and which of the two it is.
    #[inline(always)]
    fn behind<S: Simd>(&mut self, at: usize) -> Result<(usize, bool), Reject> {
        let mut at = at;
        loop {
            let byte = self.bytes.byte(at);
            if byte == b',' {
                return Ok((at + 1, true));
            }
            if u16::from(byte) == self.current.closes {
                at = self.close(at)?;
                if self.current.closes == NEVER {
                    return Ok((at, false));
                }
                continue;
            }
            let next = self.bytes.blanks::<S>(at);
            if next <= at {
                return Err(self.bytes.broken(at));
            }
            at = next;
        }
    }

    /// Leaves the container whose bracket is at `at`.
    #[inline(always)]
    fn close(&mut self, at: usize) -> Result<usize, Reject> {
        if at >= self.bytes.end {
            return Err(Reject::Truncated);
        }
        let Frame { seen, names, .. } = self.current;
        if self.out.names.len() > names as usize && self.out.names.end(names as usize) {
            return Err(Reject::DuplicateKey { at: at as u32 });
        }
        self.out.seen.truncate(seen as usize);
        self.trace(What::Close, at, at + 1, Member { pair: at, step: Step::DEAD });
        self.close_token(at);
        if let Some(frame) = self.out.frames.last() {
            self.current = *frame;
            self.out.frames.pop();
        }
        Ok(at + 1)
    }
}

/// The token flag of a member whose key only a wildcard names.
#[inline(always)]
pub(super) fn key_wild(found: Step) -> u8 {
    if found.flags() & step::WILD != 0 { flags::KEY_WILD } else { 0 }
}
