//! Shapes: what a table makes of events that are written alike, worked out once and then only filled in.
//!
//! Events of one source have few shapes: the same members in the same order, of the same kinds. The scan numbers them
//! ([`Scanned::shape`](crate::event::Scanned::shape)). For each of them the pieces of the output differ in positions only, and a
//! [`Program`] holds these pieces with places instead of positions. Whether neighbours touch is a matter of the bytes between
//! values, which a shape has in common. An event without a shape goes the long way.
//!
//! Documents within strings that are JSON, and lines that fit a template, have shapes as well, which are part of the event's: of a
//! place in one its place in the event is found when the program runs.
//!
//! INVARIANT (a shape is no opinion): a program makes of an event exactly what the long way makes of it. Builds for tests hold both
//! against each other in every event.

use crate::event::{Docs, Kind, SlotId, Token, flags};
use crate::policy::{Action, Resolver, Table, Verdict};

use super::assemble::{Hole, Observer, Piece, Place, quote};

/// Programs that are remembered: more would fill memory, where an input makes up endless shapes.
const PROGRAMS: usize = 1024;
/// Longest event that gets a program, in tokens.
const TOKENS_MAX: usize = 1024;

/// The programs of all tables.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    /// By shape and table: see [`Shapes::assemble`].
    known: Vec<Known>,
    /// How often one was not there.
    missed: u32,
}

/// What is known of a shape under a table: its program, if it can have one.
#[derive(Debug, Default)]
struct Known {
    shape: u32,
    table: u32,
    program: Option<Program>,
}

/// A place in an event: in which document, which word of its tokens, and how many bytes behind that position (modulo 2³²: one before it
/// is possible).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Anchor {
    doc: u16,
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
    /// A string that is written with so few bytes is empty. It has nothing to treat, unless a constant takes its place: it is copied.
    Hole {
        treat: u16,
        token: u16,
        empty: u8,
        replaces: bool,
    },
}

#[derive(Debug)]
struct Program {
    ops: Vec<Op>,
    /// How often the action at a slot is decided: what counters count.
    decided: Vec<(SlotId, u32)>,
    /// Tokens that leave whole, and those whose keys do.
    kept: Vec<u16>,
    kept_keys: Vec<u16>,
}

impl Anchor {
    #[inline]
    fn of(self, words: &[u32]) -> u32 {
        words.get(self.word as usize).copied().unwrap_or(0).wrapping_add(self.plus)
    }

    /// So many bytes further.
    fn more(self, bytes: u32) -> Anchor {
        Anchor { plus: self.plus.wrapping_add(bytes), ..self }
    }

    /// So many bytes before.
    fn less(self, bytes: u32) -> Anchor {
        Anchor { plus: self.plus.wrapping_sub(bytes), ..self }
    }
}

impl Program {
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
        let pieces_of = self.ops.iter().map(|op| match *op {
            Op::Copy(from, to) if from.doc | to.doc == 0 => Piece::Copy(from.of(words), to.of(words)),
            Op::Copy(from, to) => {
                Piece::Copy(at.docs.source_at(from.doc, from.of(words)), at.docs.source_at(to.doc, to.of(words)))
            }
            Op::Text(text) => Piece::Text(text),
            Op::Hole { treat, token, empty, replaces } => match tokens.get(usize::from(token)) {
                Some(token)
                    if token.kind == Kind::String && token.end - token.start == u32::from(empty) && !replaces =>
                {
                    let source = at.docs.source(token);
                    Piece::Copy(source.start, source.end)
                }
                Some(token) => {
                    let hole = Hole { treat, token: *token, is_key: false, within: 0 };
                    observer.hole(&hole);
                    holes.push(hole);
                    Piece::Hole(holes.len() as u32 - 1)
                }
                None => Piece::Text(""),
            },
        });
        pieces.extend(pieces_of);
    }
}

impl Shapes {
    /// Assembles an event of a known shape. `false`: there is no program for it, and nothing was done.
    pub(super) fn assemble(
        &mut self,
        (tokens, shape): (&[Token], u32),
        at: &Place<'_>,
        (number, table): (u32, &Table),
        out: (&mut Vec<Piece>, &mut Vec<Hole>),
        observer: &mut impl Observer,
    ) -> bool {
        if self.known.is_empty() {
            self.known.resize_with(PROGRAMS, Known::default);
        }
        let place = (shape as usize + number as usize * 61) % PROGRAMS;
        let Some(known) = self.known.get_mut(place) else { return false };
        if (known.shape, known.table) != (shape, number) {
            // Where there are too many, taking each other's place would only cost.
            self.missed = self.missed.wrapping_add(1);
            if known.shape != 0 && !self.missed.is_multiple_of(16) {
                return false;
            }
            let program = Compiler::new(tokens, at, table).program();
            *known = Known { shape, table: number, program };
        }
        let Some(program) = &known.program else { return false };
        program.run(tokens, at, table, out, observer);
        true
    }
}

/// Does what [`Assembly::event`](super::assemble::Assembly::event) does, with places.
struct Compiler<'a> {
    tokens: &'a [Token],
    event: &'a [u8],
    docs: &'a Docs,
    table: &'a Table,
    resolver: &'a Resolver,
    program: Program,
    frames: Vec<Frame>,
    pending: Option<Pending>,
}

/// What is copied next, and may still grow: from and to.
type Pending = (Anchor, Anchor);

struct Frame {
    filled: bool,
    before: (usize, Option<Pending>),
    kind: Kind,
    /// Bytes of the quotes around a document, where it stands.
    quote: u32,
    /// Of a line: up to where its text was written, or a hyphen in its place.
    line: Option<Anchor>,
}

impl<'a> Compiler<'a> {
    fn new(tokens: &'a [Token], at: &Place<'a>, table: &'a Table) -> Self {
        let program = Program { ops: Vec::new(), decided: Vec::new(), kept: Vec::new(), kept_keys: Vec::new() };
        let Place { event, docs, resolver } = *at;
        Self { tokens, event, docs, table, resolver, program, frames: Vec::new(), pending: None }
    }

    /// `None` where the event holds what programs do not know: documents that are neither JSON nor lines, and keys that are treated.
    fn program(mut self) -> Option<Program> {
        if self.tokens.len() > TOKENS_MAX {
            return None;
        }
        let mut skip = 0usize;
        for (index, token) in self.tokens.iter().enumerate() {
            if !self.docs.is_json(token.doc) && !self.docs.is_line(token.doc) {
                return None;
            }
            let opens = matches!(token.kind, Kind::Object | Kind::Array | Kind::JsonOpen | Kind::TextOpen);
            let closes = matches!(token.kind, Kind::Close | Kind::InnerClose);
            if skip > 0 {
                skip = skip + usize::from(opens) - usize::from(closes);
                continue;
            }
            let number = index as u16;
            if closes {
                self.close(number, token)?;
            } else if !opens {
                self.leaf(number, token)?;
            } else if self.key(number, token)? {
                self.open(number, token);
            } else {
                self.dropped(number, token);
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
        let Some(action) = token.slot.index().and_then(|slot| self.table.actions.get(slot)) else {
            self.dropped(number, token);
            return Some(());
        };
        self.decided(action, token.slot);
        let treat = match action.verdict {
            Verdict::Drop | Verdict::Forbid => {
                self.dropped(number, token);
                return Some(());
            }
            Verdict::Keep => None,
            Verdict::Treat(treat) => {
                let replaces = self.resolver.treats.all().get(usize::from(treat)).is_some_and(|t| t.replace.is_some());
                // There is nothing in them that could be treated.
                let void = !replaces && matches!(token.kind, Kind::Null | Kind::EmptyObject | Kind::EmptyArray);
                (!void).then_some((treat, replaces))
            }
        };
        if !self.key(number, token)? {
            self.dropped(number, token);
            return Some(());
        }
        match treat {
            Some((treat, replaces)) => {
                self.lead(number, token);
                self.flush();
                let empty = if self.docs.is_json(self.docs.place(token)) { 2 } else { 0 };
                self.program.ops.push(Op::Hole { treat, token: number, empty, replaces });
            }
            None => {
                self.program.kept.push(number);
                self.lead(number, token);
                self.copy(self.anchor(number, token, At::Start), self.anchor(number, token, At::End));
            }
        }
        Some(())
    }

    /// In a line a hyphen stands where a part was dropped.
    fn dropped(&mut self, number: u16, token: &Token) {
        if self.in_line() {
            self.lead(number, token);
            self.text("-");
        }
    }

    fn in_line(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.line.is_some())
    }

    fn decided(&mut self, action: &Action, slot: SlotId) {
        let number = |slot: SlotId| self.table.actions.get(slot.0 as usize).map(|action| action.number);
        match self.program.decided.iter().position(|(known, _)| number(*known) == Some(action.number)) {
            Some(at) => self.program.decided[at].1 += 1,
            None => self.program.decided.push((slot, 1)),
        }
    }

    fn lead(&mut self, number: u16, token: &Token) {
        let [pair, start, end] = [At::Pair, At::Start, At::End].map(|at| self.anchor(number, token, at));
        let mut keyed = false;
        if let Some(frame) = self.frames.last_mut() {
            if let Some(written) = frame.line {
                frame.line = Some(end);
                return self.copy(written, start);
            }
            keyed = frame.kind == Kind::Object;
            if std::mem::replace(&mut frame.filled, true) && frame.kind != Kind::JsonOpen {
                self.comma(pair);
            }
        }
        if keyed {
            self.copy(pair, start);
        }
    }

    /// The comma between members: copied where the source has one just before the next.
    fn comma(&mut self, next: Anchor) {
        let before = next.of(Token::words(self.tokens)).checked_sub(1);
        if before.and_then(|at| self.docs.text(self.event, next.doc).get(at as usize)) == Some(&b',') {
            self.copy(next.less(1), next);
        } else {
            self.text(",");
        }
    }

    fn open(&mut self, number: u16, token: &Token) {
        let before = (self.program.ops.len(), self.pending);
        let was_filled = self.frames.last().is_some_and(|frame| frame.filled);
        self.lead(number, token);
        if let Some(parent) = self.frames.last_mut() {
            parent.filled = was_filled;
        }
        // The bracket; of a document the quote, in the one that it stands in.
        let is_document = matches!(token.kind, Kind::JsonOpen | Kind::TextOpen);
        let quote = if is_document { quote(self.docs, token) } else { 1 };
        let start = self.anchor(number, token, At::Start);
        let behind = start.more(quote);
        self.copy(start, behind);
        // What a template says stays, whatever becomes of its holes.
        let is_line = token.kind == Kind::TextOpen;
        let line = is_line.then_some(behind);
        self.frames.push(Frame { filled: is_line, before, kind: token.kind, quote, line });
    }

    fn close(&mut self, number: u16, token: &Token) -> Option<()> {
        let frame = self.frames.pop()?;
        let end = self.anchor(number, token, At::End);
        let before = end.less(frame.quote);
        if let Some(written) = frame.line {
            // A line ends where its quote begins.
            self.copy(written, before);
        }
        let in_line = self.in_line();
        if frame.filled || in_line {
            if !frame.filled {
                self.text("-");
            }
            if let Some(parent) = self.frames.last_mut() {
                parent.filled = true;
            }
            // A bracket or a quote. A document ends where its quote does.
            self.copy(before, end);
            return Some(());
        }
        self.program.ops.truncate(frame.before.0);
        self.pending = frame.before.1;
        match frame.kind {
            _ if !self.frames.is_empty() => {}
            Kind::Object => self.text("{}"),
            Kind::Array => self.text("[]"),
            // What is said of it depends on its first byte.
            _ => return None,
        }
        Some(())
    }

    /// Whether nothing lies between two places of a document: in every event of the shape, or in none.
    fn touch(&self, from: Anchor, to: Anchor) -> bool {
        let words = Token::words(self.tokens);
        from.doc == to.doc && from.of(words) == to.of(words)
    }

    fn copy(&mut self, from: Anchor, to: Anchor) {
        match self.pending {
            Some((first, end)) if self.touch(end, from) => self.pending = Some((first, to)),
            _ => {
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

    fn anchor(&self, number: u16, token: &Token, at: At) -> Anchor {
        let word = u32::from(number) * Token::WORDS as u32 + Token::PAIR as u32 + at as u32;
        Anchor { doc: self.docs.place(token), word, plus: 0 }
    }
}
