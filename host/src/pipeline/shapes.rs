//! Shapes: what a table makes of events whose tokens are alike, worked out once and then only filled in.
//!
//! Events of one source have few shapes: the same members in the same order, of the same kinds. For each of them the pieces of the
//! output differ in positions only. A [`Program`] holds these pieces with places instead of positions, and everything that
//! [`Assembly::event`](super::assemble::Assembly::event) looked at beside tokens and table: which neighbours touch, and which
//! strings are empty. An event that agrees in all of it has the same pieces; any other goes the long way.
//!
//! INVARIANT (a shape is no opinion): a program makes of an event exactly what the long way makes of it. The tests below hold both
//! against each other.

use crate::event::{Kind, SlotId, Token, flags};
use crate::policy::{Action, Resolver, Table, Verdict};

use super::assemble::{Hole, Observer, Piece, Place};

/// Programs of one table; a source with more shapes goes the long way for some of them.
const SHAPES_MAX: usize = 32;
/// Longest event that gets a program, in tokens.
const TOKENS_MAX: usize = 512;

/// The programs of all tables.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    by_table: Vec<OfTable>,
}

#[derive(Debug, Default)]
struct OfTable {
    programs: Vec<Program>,
    /// The program that fitted last.
    last: usize,
    /// Events that fitted none, since the last one that did.
    missed: u32,
}

/// A place in an event: which word of its tokens, and how many bytes behind that position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Anchor {
    word: u32,
    plus: u32,
}

/// Positions of a token.
#[derive(Clone, Copy, Debug)]
enum At {
    Pair,
    Start,
    End,
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Copy(Anchor, Anchor),
    Text(&'static str),
    Hole { treat: u16, token: u16 },
}

/// Something that the long way looked at: whether so many bytes lie between two places. Neighbours that touch are such a fact,
/// and so is an empty string.
#[derive(Clone, Copy, Debug)]
struct Gap {
    from: u32,
    to: u32,
    bytes: u32,
    holds: bool,
}

#[derive(Debug)]
struct Program {
    /// Tokens with their positions left out.
    heads: Vec<[u32; 3]>,
    facts: Vec<Gap>,
    ops: Vec<Op>,
    /// How often the action at a slot is decided: what counters count.
    decided: Vec<(SlotId, u32)>,
    /// Tokens that leave whole, and those whose keys do.
    kept: Vec<u16>,
    kept_keys: Vec<u16>,
}

/// The words of a token that say what it is, without the flags that say how its value is written.
#[inline]
fn head(words: &[u32]) -> Option<[u32; 3]> {
    let [first, slot, key_slot, ..] = words else { return None };
    Some([first & Token::of_head(flags::KEY_WILD), *slot, *key_slot])
}

impl Anchor {
    #[inline]
    fn of(self, words: &[u32]) -> u32 {
        words.get(self.word as usize).copied().unwrap_or(0) + self.plus
    }
}

impl Gap {
    #[inline]
    fn agrees(self, words: &[u32]) -> bool {
        let (from, to) = (words.get(self.from as usize), words.get(self.to as usize));
        from.zip(to).is_some_and(|(from, to)| (from + self.bytes == *to) == self.holds)
    }
}

impl Program {
    #[inline]
    fn fits(&self, words: &[u32]) -> bool {
        self.heads.len() * Token::WORDS == words.len()
            && self.heads.iter().zip(words.chunks_exact(Token::WORDS)).all(|(known, token)| {
                head(token)
                    .is_some_and(|[first, slot, key]| (first ^ known[0]) | (slot ^ known[1]) | (key ^ known[2]) == 0)
            })
            && self.facts.iter().all(|fact| fact.agrees(words))
    }

    fn run(
        &self,
        tokens: &[Token],
        at: &Place<'_>,
        table: &Table,
        (pieces, holes): (&mut Vec<Piece>, &mut Vec<Hole>),
        observer: &mut impl Observer,
    ) {
        let words = Token::words(tokens);
        for (slot, times) in &self.decided {
            if let Some(action) = table.actions.get(slot.0 as usize) {
                observer.decided(action, u64::from(*times));
            }
        }
        for index in &self.kept {
            let Some(token) = tokens.get(usize::from(*index)) else { continue };
            if let Some(action) = table.actions.get(token.slot.0 as usize) {
                observer.kept(action, token, usize::from(*index));
            }
        }
        for index in &self.kept_keys {
            let Some(token) = tokens.get(usize::from(*index)) else { continue };
            if let Some(action) = table.actions.get(token.key_slot.0 as usize) {
                observer.kept_key(action, &at.key_token(token), usize::from(*index));
            }
        }
        for op in &self.ops {
            pieces.push(match *op {
                Op::Copy(from, to) => Piece::Copy(from.of(words), to.of(words)),
                Op::Text(text) => Piece::Text(text),
                Op::Hole { treat, token } => {
                    let Some(token) = tokens.get(usize::from(token)) else { continue };
                    let hole = Hole { treat, token: *token, is_key: false };
                    observer.hole(&hole);
                    holes.push(hole);
                    Piece::Hole(holes.len() as u32 - 1)
                }
            });
        }
    }
}

impl Shapes {
    /// Assembles an event of a known shape. `false`: it has none, and nothing was done.
    pub(super) fn assemble(
        &mut self,
        tokens: &[Token],
        at: &Place<'_>,
        (number, table): (u32, &Table),
        out: (&mut Vec<Piece>, &mut Vec<Hole>),
        observer: &mut impl Observer,
    ) -> bool {
        let Some(of) = self.by_table.get_mut(number as usize) else { return false };
        let words = Token::words(tokens);
        let found = match of.programs.get(of.last) {
            Some(program) if program.fits(words) => Some(of.last),
            _ => of.programs.iter().position(|program| program.fits(words)),
        };
        match found.and_then(|number| Some((number, of.programs.get(number)?))) {
            Some((number, program)) => {
                program.run(tokens, at, table, out, observer);
                of.last = number;
                of.missed = 0;
                true
            }
            None => false,
        }
    }

    /// Remembers the shape of an event that went the long way, if it is one that can be.
    pub(super) fn learn(&mut self, tokens: &[Token], number: u32, table: &Table, resolver: &Resolver) {
        if self.by_table.len() <= number as usize {
            self.by_table.resize_with(number as usize + 1, OfTable::default);
        }
        let Some(of) = self.by_table.get_mut(number as usize) else { return };
        of.missed += 1;
        // Where shapes hardly ever come again, programs would only cost.
        let full = of.programs.len() == SHAPES_MAX;
        if tokens.len() > TOKENS_MAX || (full && !of.missed.is_multiple_of(64)) {
            return;
        }
        let Some(program) = Compiler::new(tokens, table, resolver).program() else { return };
        if full {
            of.last = (of.last + 1) % SHAPES_MAX;
            of.programs[of.last] = program;
        } else {
            of.last = of.programs.len();
            of.programs.push(program);
        }
    }
}

/// Does what [`Assembly::event`](super::assemble::Assembly::event) does, with places.
struct Compiler<'a> {
    tokens: &'a [Token],
    table: &'a Table,
    resolver: &'a Resolver,
    program: Program,
    frames: Vec<Frame>,
    pending: Option<(Anchor, Anchor)>,
}

struct Frame {
    filled: bool,
    before: (usize, Option<(Anchor, Anchor)>),
    kind: Kind,
}

impl<'a> Compiler<'a> {
    fn new(tokens: &'a [Token], table: &'a Table, resolver: &'a Resolver) -> Self {
        let heads = Token::words(tokens).chunks_exact(Token::WORDS).filter_map(head).collect();
        let program = Program {
            heads,
            facts: Vec::new(),
            ops: Vec::new(),
            decided: Vec::new(),
            kept: Vec::new(),
            kept_keys: Vec::new(),
        };
        Self { tokens, table, resolver, program, frames: Vec::new(), pending: None }
    }

    /// `None` where the event holds what programs do not know: inner documents, and keys that are treated.
    fn program(mut self) -> Option<Program> {
        let mut skip = 0usize;
        for (index, token) in self.tokens.iter().enumerate() {
            let inner = matches!(token.kind, Kind::JsonOpen | Kind::TextOpen | Kind::InnerClose);
            if token.doc != 0 || inner {
                return None;
            }
            let (opens, closes) = (matches!(token.kind, Kind::Object | Kind::Array), token.kind == Kind::Close);
            if skip > 0 {
                skip = skip + usize::from(opens) - usize::from(closes);
                continue;
            }
            let number = index as u16;
            if closes {
                self.close(number)?;
            } else if !opens {
                self.leaf(number, token)?;
            } else if self.key(number, token)? {
                self.open(number, token);
            } else {
                skip = 1;
            }
        }
        self.flush();
        // What is said of an event of which nothing is left depends on its first byte.
        (!self.program.ops.is_empty()).then_some(self.program)
    }

    /// Whether the key stays; `None` where it is treated.
    fn key(&mut self, number: u16, token: &Token) -> Option<bool> {
        let Some(action) = token.key_slot.index().and_then(|slot| self.table.actions.get(slot)) else {
            return Some(token.flags & flags::KEY_WILD == 0);
        };
        self.decided(action, token.key_slot);
        match action.verdict {
            Verdict::Keep => {
                self.program.kept_keys.push(number);
                Some(true)
            }
            Verdict::Drop | Verdict::Forbid => Some(false),
            Verdict::Treat(_) => None,
        }
    }

    fn leaf(&mut self, number: u16, token: &Token) -> Option<()> {
        let Some(action) = token.slot.index().and_then(|slot| self.table.actions.get(slot)) else { return Some(()) };
        self.decided(action, token.slot);
        let treat = match action.verdict {
            Verdict::Drop | Verdict::Forbid => return Some(()),
            Verdict::Keep => None,
            Verdict::Treat(treat) => Some(treat).filter(|treat| !self.is_void(number, token, *treat)),
        };
        if !self.key(number, token)? {
            return Some(());
        }
        match treat {
            Some(treat) => {
                self.lead(number);
                self.flush();
                self.program.ops.push(Op::Hole { treat, token: number });
            }
            None => {
                self.program.kept.push(number);
                self.lead(number);
                self.copy(anchor(number, At::Start), anchor(number, At::End));
            }
        }
        Some(())
    }

    fn decided(&mut self, action: &Action, slot: SlotId) {
        let number = |slot: SlotId| self.table.actions.get(slot.0 as usize).map(|action| action.number);
        match self.program.decided.iter().position(|(known, _)| number(*known) == Some(action.number)) {
            Some(at) => self.program.decided[at].1 += 1,
            None => self.program.decided.push((slot, 1)),
        }
    }

    /// Whether there is nothing to treat.
    fn is_void(&mut self, number: u16, token: &Token, treat: u16) -> bool {
        let replaces = self.resolver.treats.all().get(usize::from(treat)).is_some_and(|t| t.replace.is_some());
        match token.kind {
            _ if replaces => false,
            Kind::Null | Kind::EmptyObject | Kind::EmptyArray => true,
            Kind::String => {
                // Nothing between its quotes.
                self.gap(anchor(number, At::Start), anchor(number, At::End), 2)
            }
            _ => false,
        }
    }

    fn lead(&mut self, number: u16) {
        let pair = anchor(number, At::Pair);
        let mut keyed = false;
        if let Some(frame) = self.frames.last_mut() {
            keyed = frame.kind == Kind::Object;
            if std::mem::replace(&mut frame.filled, true) {
                self.comma(pair);
            }
        }
        if keyed {
            self.copy(pair, anchor(number, At::Start));
        }
    }

    fn comma(&mut self, next: Anchor) {
        // In valid JSON the one byte between neighbours is the comma.
        let touching = self.pending.filter(|(_, end)| self.gap(*end, next, 1));
        match touching {
            Some((from, _)) => self.pending = Some((from, next)),
            None => self.text(","),
        }
    }

    fn open(&mut self, number: u16, token: &Token) {
        let before = (self.program.ops.len(), self.pending);
        let was_filled = self.frames.last().is_some_and(|frame| frame.filled);
        self.lead(number);
        if let Some(parent) = self.frames.last_mut() {
            parent.filled = was_filled;
        }
        let start = anchor(number, At::Start);
        self.copy(start, Anchor { plus: 1, ..start });
        self.frames.push(Frame { filled: false, before, kind: token.kind });
    }

    fn close(&mut self, number: u16) -> Option<()> {
        let frame = self.frames.pop()?;
        if frame.filled {
            if let Some(parent) = self.frames.last_mut() {
                parent.filled = true;
            }
            self.copy(anchor(number, At::Start), anchor(number, At::End));
            return Some(());
        }
        self.program.ops.truncate(frame.before.0);
        self.pending = frame.before.1;
        if self.frames.is_empty() {
            self.text(if frame.kind == Kind::Object { "{}" } else { "[]" });
        }
        Some(())
    }

    /// Whether so many bytes lie between two places of this event: a fact that the shape has.
    fn gap(&mut self, from: Anchor, to: Anchor, bytes: u32) -> bool {
        if from == to {
            return bytes == 0;
        }
        // Places that are compared begin at a position; the first may lie one byte behind it.
        let fact = Gap { from: from.word, to: to.word, bytes: from.plus + bytes, holds: true };
        let holds = fact.agrees(Token::words(self.tokens));
        self.program.facts.push(Gap { holds, ..fact });
        holds
    }

    fn copy(&mut self, from: Anchor, to: Anchor) {
        let touching = self.pending.filter(|(_, end)| self.gap(*end, from, 0));
        match touching {
            Some((first, _)) => self.pending = Some((first, to)),
            None => {
                self.flush();
                self.pending = Some((from, to));
            }
        }
    }

    fn text(&mut self, text: &'static str) {
        self.flush();
        self.program.ops.push(Op::Text(text));
    }

    fn flush(&mut self) {
        if let Some((from, to)) = self.pending.take() {
            self.program.ops.push(Op::Copy(from, to));
        }
    }
}

fn anchor(token: u16, at: At) -> Anchor {
    Anchor { word: u32::from(token) * Token::WORDS as u32 + Token::PAIR as u32 + at as u32, plus: 0 }
}
