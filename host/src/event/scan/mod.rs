//! One pass over an event: grammar, UTF-8, classification.

mod along;
mod bytes;
mod coding;
mod docs;
mod inner;
mod memo;
mod names;
mod rare;
mod reject;
mod simd;
mod skip;
#[cfg(test)]
mod tests;
mod token;
mod track;
mod walk;

use std::ops::Range;

use rustc_hash::FxHashMap;

pub use docs::{Docs, Patch};
pub use reject::{Limits, Reject};
pub use token::{Kind, Passed, PassedKind, Scanned, Token, flags};

use super::automaton::{Automaton, Step};
use super::inside::{Fillings, KnownLines, Part};
use bytes::Bytes;
use track::Met;
use walk::{Frame, Walk};

/// An event within a buffer that may be read a little past the event's end: wide loads need no care at the end.
/// What the padding holds does not matter; it may be the next event.
#[derive(Clone, Copy, Debug)]
pub struct Framed<'b> {
    buffer: &'b [u8],
    start: usize,
    end: usize,
}

impl<'b> Framed<'b> {
    /// How many bytes must be readable behind the event.
    pub const PADDING: usize = 64;

    /// The event at `range` of a buffer. `None` when fewer than [`Framed::PADDING`] bytes follow it.
    pub fn new(buffer: &'b [u8], range: Range<usize>) -> Option<Framed<'b>> {
        let fits = range.start <= range.end && buffer.len().checked_sub(Self::PADDING)? >= range.end;
        fits.then_some(Framed { buffer, start: range.start, end: range.end })
    }

    /// Copies an event into `scratch`, with padding: for events that do not stand in a buffer of their own.
    pub fn copied(event: &[u8], scratch: &'b mut Vec<u8>) -> Framed<'b> {
        scratch.clear();
        scratch.extend_from_slice(event);
        scratch.resize(event.len() + Self::PADDING, 0);
        Framed { buffer: scratch, start: 0, end: event.len() }
    }

    /// The event.
    pub fn bytes(&self) -> &'b [u8] {
        &self.buffer[self.start..self.end]
    }
}

/// The instructions a scanner uses. All levels answer alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Eight bytes at a time, on any machine.
    Scalar,
    /// 16 bytes at a time, on any x86-64.
    Sse2,
    /// 32 bytes at a time.
    Avx2,
}

impl Level {
    /// The best level of this machine.
    pub fn best() -> Level {
        Level::Avx2.available()
    }

    /// The level itself if this machine has it, otherwise the next lower one.
    fn available(self) -> Level {
        #[cfg(target_arch = "x86_64")]
        {
            let wide = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt")
                && is_x86_feature_detected!("popcnt");
            if self == Level::Avx2 && !wide { Level::Sse2 } else { self }
        }
        #[cfg(not(target_arch = "x86_64"))]
        Level::Scalar
    }
}

/// Shapes that are joined, at most; more are numbered anew.
const JOINED_MAX: usize = 4096;

/// What a scan writes to, reused from event to event.
#[derive(Debug, Default)]
struct Buffers {
    tokens: Vec<Token>,
    docs: Docs,
    /// Marks, in the order in which they were met.
    marked: Vec<u16>,
    /// Counters of unclassified places, one entry per occurrence.
    met: Vec<u32>,
    /// Containers where values are classified.
    passed: Vec<Passed>,
    fields: u32,
    /// Names met in a second spelling: looking back for each costs the length of its object.
    respelled: u32,
    frames: Vec<Frame>,
    /// A bit per named member of each object that is open.
    seen: Vec<u64>,
    names: names::Names,
    parts: Vec<Part>,
    /// One for each line that is being read, lines in holes of lines included.
    fillings: Vec<Fillings>,
    known_lines: KnownLines,
    /// Whether what the walk meets is noted, so that it can be learnt: this, and the values that chose something.
    tracing: bool,
    traced: Vec<Met>,
    pinned: Vec<(u32, u32)>,
    /// How many shapes were given numbers, from 1.
    shapes: u32,
    /// The number of the event's shape; 0 if it has none.
    shape: u32,
    /// The same for the inner documents so far: 0 where none was looked for, `None` where one has no shape.
    inner: Option<u32>,
    /// Numbers of shapes that belong together: those of inner documents, in their order, and that of the event.
    joined: FxHashMap<(u32, u32), u32>,
    key: Vec<u8>,
    folded: Vec<u8>,
}

impl Buffers {
    fn clear(&mut self) {
        self.tokens.clear();
        self.docs.clear();
        self.marked.clear();
        self.met.clear();
        self.passed.clear();
        self.fields = 0;
        self.respelled = 0;
        self.frames.clear();
        self.seen.clear();
        self.names.clear();
        self.parts.clear();
        self.shape = 0;
        self.inner = Some(0);
    }

    /// Takes down the shape of an inner document (0: it has none), or at the end that of the event.
    fn join(&mut self, shape: u32) {
        let Some(before) = self.inner.filter(|_| shape != 0 && self.shapes < u32::MAX - 1) else {
            self.inner = None;
            return;
        };
        if self.joined.len() >= JOINED_MAX {
            self.joined.clear();
        }
        let next = self.shapes + 1;
        let number = *self.joined.entry((before, shape)).or_insert(next);
        self.shapes = self.shapes.max(number);
        self.inner = Some(number);
    }
}

/// Scans events, one after the other, reusing its buffers. One per thread; it may serve many automata in turn.
///
/// ```
/// use tamis::event::{AutomatonBuilder, Framed, Limits, Pattern, Scanner};
/// let mut builder = AutomatonBuilder::new(false);
/// builder.leaf(&Pattern::parse("user.id").unwrap(), 7);
/// let automaton = builder.build().unwrap();
/// let mut scanner = Scanner::new(Limits::default());
/// let mut scratch = Vec::new();
/// let event = Framed::copied(br#"{"user":{"id":"bob","age":3}}"#, &mut scratch);
/// let scanned = scanner.scan(event, &automaton).unwrap();
/// let mut value = Vec::new();
/// scanned.docs.decode(scanned.event, &scanned.tokens[2], &mut value);
/// assert_eq!(value, b"bob");
/// let mut nobodys = Vec::new();
/// scanner.drain_unclassified(&automaton, |counter, times| nobodys.push((automaton.unclassified_path(counter), times)));
/// assert_eq!(nobodys, [("user.*".to_owned(), 1)]);
/// ```
#[derive(Debug)]
pub struct Scanner {
    level: Level,
    limits: Limits,
    library: memo::Library,
    buffers: Buffers,
    unclassified: Vec<(u64, Vec<u64>)>,
}

impl Scanner {
    /// A scanner with the best instructions of this machine.
    pub fn new(limits: Limits) -> Self {
        Self::with_level(limits, Level::best())
    }

    /// A scanner with given instructions; those that the machine lacks are replaced by the next lower ones.
    pub fn with_level(limits: Limits, level: Level) -> Self {
        let limits = Limits { bytes: limits.bytes.min(1 << 30), depth: limits.depth.min(Limits::DEPTH_MAX), ..limits };
        Scanner {
            level: level.available(),
            limits,
            library: memo::Library::default(),
            buffers: Buffers::default(),
            unclassified: Vec::new(),
        }
    }

    /// Scans an event. No token of an earlier event remains, whatever the outcome.
    pub fn scan<'s>(&'s mut self, event: Framed<'s>, automaton: &Automaton) -> Result<Scanned<'s>, Reject> {
        self.buffers.clear();
        let text = event.bytes();
        if text.len() > self.limits.bytes {
            return Err(Reject::TooLong);
        }
        // SAFETY: the rest of the buffer holds the event and the padding (`Framed`), and outlives the walk.
        let bytes = unsafe { Bytes::new(event.buffer[event.start..].as_ptr(), text.len()) };
        let memos = self.library.of(automaton);
        let mut walk = Walk::new((bytes, 0), (self.level, self.limits), automaton, memos, &mut self.buffers);
        let known = walk.out.shapes;
        let outcome = walk_event(&mut walk, automaton.root);
        let shape = walk.shape;
        if self.buffers.shapes != known {
            self.library.trim();
        }
        let outcome = outcome.and_then(|()| simdutf8::basic::from_utf8(text).map(drop).map_err(|_| Reject::Utf8));
        if let Err(reject) = outcome {
            self.buffers.clear();
            return Err(reject);
        }
        self.buffers.shape = match self.buffers.inner {
            Some(0) => shape,
            _ => {
                self.buffers.join(shape);
                self.buffers.inner.unwrap_or(0)
            }
        };
        if !self.buffers.passed.is_empty() {
            self.note_shapes(automaton);
        }
        if !self.buffers.met.is_empty() {
            self.count_unclassified(automaton);
        }
        Ok(self.last(event))
    }

    /// The answer of the last scan once more, if that succeeded: `event` has to be the same.
    pub fn last<'s>(&'s self, event: Framed<'s>) -> Scanned<'s> {
        let Buffers { tokens, docs, marked, passed, shape, .. } = &self.buffers;
        Scanned { event: event.bytes(), tokens, marks: marked, passed, docs, shape: *shape }
    }

    /// The inner documents of the last scan, which it has no more; `spare` gives their memory back.
    pub fn take_docs(&mut self, spare: Docs) -> Docs {
        std::mem::replace(&mut self.buffers.docs, spare)
    }

    /// Takes back what a scan like the last one counted as unclassified: it was made with the wrong automaton, or what it was made for is
    /// given again. Asked twice, it takes back that of two.
    pub fn forget_unclassified(&mut self, automaton: &Automaton) {
        let Some((_, counters)) = self.unclassified.iter_mut().find(|(id, _)| *id == automaton.id()) else { return };
        for &met in &self.buffers.met {
            if let Some(counter) = counters.get_mut(met as usize) {
                *counter = counter.saturating_sub(1);
            }
        }
    }

    /// Counts containers in which nothing is classified and that stand where a map knows a leaf.
    fn note_shapes(&mut self, automaton: &Automaton) {
        let Buffers { tokens, passed, met, .. } = &mut self.buffers;
        if !passed.iter().any(|passed| passed.what == PassedKind::Container) {
            return;
        }
        let mut open: Vec<_> = tokens.iter().filter(|token| token.kind.opens()).map(|t| (t.doc, t.start)).collect();
        open.sort_unstable();
        let first = 2 * automaton.nodes.len() as u32;
        for Passed { slot, doc, start, .. } in passed.iter().filter(|passed| passed.what == PassedKind::Container) {
            if open.binary_search(&(*doc, *start)).is_err() {
                met.push(first + slot.0);
            }
        }
    }

    fn count_unclassified(&mut self, automaton: &Automaton) {
        let index = self.unclassified.iter().position(|(id, _)| *id == automaton.id()).unwrap_or_else(|| {
            self.unclassified.push((automaton.id(), vec![0; automaton.nodes.len() * 2 + automaton.slots()]));
            self.unclassified.len() - 1
        });
        let counters = &mut self.unclassified[index].1;
        for &met in &self.buffers.met {
            if let Some(counter) = counters.get_mut(met as usize) {
                *counter += 1;
            }
        }
    }

    /// Hands over the counters of places that carried something nobody classified, and sets them back: calls `each`
    /// with a counter (see [`Automaton::unclassified_path`]) and how often it was met since the last time. Only events
    /// that were not refused count; a container that was dropped as a whole counts once.
    pub fn drain_unclassified(&mut self, automaton: &Automaton, mut each: impl FnMut(u32, u64)) {
        let Some(index) = self.unclassified.iter().position(|(id, _)| *id == automaton.id()) else { return };
        let (_, counters) = self.unclassified.swap_remove(index);
        counters
            .iter()
            .enumerate()
            .filter(|(_, times)| **times > 0)
            .for_each(|(counter, &times)| each(counter as u32, times));
    }
}

/// Walks an event with nothing but blanks around its value.
fn walk_event(walk: &mut Walk<'_>, root: Step) -> Result<(), Reject> {
    let end = enter(walk, root)?;
    if end > walk.bytes.end {
        return Err(Reject::Truncated);
    }
    match walk.bytes.blanks::<simd::Baseline>(end) {
        at if at < walk.bytes.end => Err(Reject::TrailingBytes { at: at as u32 }),
        _ => Ok(()),
    }
}

/// Walks a document on the walk's level of instructions; the position behind its value.
fn enter(walk: &mut Walk<'_>, root: Step) -> Result<usize, Reject> {
    #[cfg(target_arch = "x86_64")]
    match walk.level {
        // SAFETY: `Level::available` found the instructions on this machine.
        Level::Avx2 => unsafe { enter_avx2(walk, root) },
        Level::Sse2 => walk.document::<simd::x86::Sse2>(root),
        Level::Scalar => enter_scalar(walk, root),
    }
    #[cfg(not(target_arch = "x86_64"))]
    enter_scalar(walk, root)
}

/// # Safety
/// The machine must have the instructions.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn enter_avx2(walk: &mut Walk<'_>, root: Step) -> Result<usize, Reject> {
    walk.document::<simd::x86::Avx2>(root)
}

#[inline(never)]
fn enter_scalar(walk: &mut Walk<'_>, root: Step) -> Result<usize, Reject> {
    walk.document::<simd::Scalar>(root)
}
