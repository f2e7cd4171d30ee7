//! Reading a document along its track, and learning one that was walked.

use super::super::automaton::Step;
use super::Level;
use super::bytes::Bytes;
use super::reject::Reject;
use super::simd::{Baseline, Simd};
use super::token::{Kind, Token};
use super::track::{Beside, Met, Node, Tracks, UNPINNABLE, What};
use super::walk::{Frame, Member, Walk};

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
        (at, number, len) = (end, node.next, len + usize::from(node.is_token));
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
        if !tracks.wants() || self.out.shapes >= u32::MAX - 1 {
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
            let counter = |met: &Met| self.counter(met.step, met.state);
            self.shape = tracks.learn(text, met, (&marks, &counter), self.out.shapes + 1).unwrap_or(0);
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
                self.out.met.extend_from_slice(tracks.nobodys.get(beside.fixed as usize)?);
                return Some(node.next);
            }
            let member = Member { pair: start.checked_sub(usize::from(node.back))?, step: beside.step };
            let met = self.out.met.len();
            on = match self.rare(beside, tracks, start, member).ok()? {
                Some(at) => Place { at, number: node.next },
                None => Place { number: node.other, ..on },
            };
            if node.plain != What::Rare && !node.is_token {
                // Counted at the end.
                self.out.met.truncate(met);
            }
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
                self.skipped(start, node.step);
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
