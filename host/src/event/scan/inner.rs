//! Documents inside strings: decoded, walked like an event or cut into parts, and taken back when they do not parse.

use super::super::automaton::{Inside, SlotId, Step, step};
use super::super::inside::{Filled, Form, Frame, Name, Part, key_values, query, url};
use super::bytes::Bytes;
use super::coding::{Coding, Units};
use super::enter;
use super::reject::Reject;
use super::token::{Kind, Passed, PassedKind, Token, flags};
use super::walk::{Member, Walk, key_wild};

/// How much had been found before an inner document was tried.
pub(super) struct Checkpoint {
    tokens: usize,
    docs: usize,
    met: usize,
    passed: usize,
    marked: usize,
    frames: usize,
    seen: usize,
    names: usize,
    inner: Option<u32>,
}

/// In place of the shape of a document: a string that should hold one does not.
const NO_DOCUMENT: u32 = u32::MAX;

impl Form {
    fn frame(&self) -> Frame {
        match self {
            Form::Json => Frame::Json,
            Form::KeyValue => Frame::KeyValue,
            Form::Url => Frame::Url,
            Form::Query => Frame::Query,
            Form::Lines(_) => Frame::Lines,
        }
    }
}

impl Walk<'_> {
    /// The string at `start..end`, which should hold document `inside`.
    pub(super) fn inner(
        &mut self,
        inside: usize,
        (start, end, bits): (usize, usize, u8),
        member: Member,
    ) -> Result<(), Reject> {
        let before = self.checkpoint();
        if self.open_inner(inside, (start, end, bits), member)? {
            return Ok(());
        }
        self.back_to(&before);
        self.out.join(NO_DOCUMENT);
        let otherwise = self.automaton.insides[inside].otherwise;
        if !otherwise.is_some() {
            let (slot, doc, what) = (SlotId::NONE, self.doc, PassedKind::Unread);
            self.out.passed.push(Passed { slot, doc, what, pair: start as u32, start: end as u32 });
        }
        let member = Member { step: member.step.with_slot(otherwise), ..member };
        self.part_leaf(bits, start, end, member);
        Ok(())
    }

    /// Whether what stands between the parts of this document stays: a part that is no token would be taken for such text.
    fn is_whole(&self) -> bool {
        matches!(self.out.docs.frame(self.doc), Frame::Url | Frame::Lines)
    }

    /// A string of this document as one leaf; a part of a line or URL is a token even when it is nobody's.
    fn part_leaf(&mut self, bits: u8, start: usize, end: usize, member: Member) {
        let (slot, key_slot) = (member.step.slot(), member.step.key_slot());
        if self.is_whole() && !slot.is_some() {
            self.nobodys(member.step);
            let (pair, start, end) = (member.pair as u32, start as u32, end as u32);
            let (kind, flags) = (Kind::String, bits | key_wild(member.step));
            self.out.tokens.push(Token { kind, flags, doc: self.doc, slot, key_slot, pair, start, end });
        } else {
            self.leaf(Kind::String, bits, start, end, member);
        }
    }

    /// Opens, walks and closes an inner document; false if it does not parse.
    fn open_inner(
        &mut self,
        number: usize,
        (start, end, bits): (usize, usize, u8),
        member: Member,
    ) -> Result<bool, Reject> {
        let automaton = self.automaton;
        let inside = &automaton.insides[number];
        let depth = self.out.docs.get(self.doc).map_or(0, |doc| doc.depth);
        if depth >= self.limits.inside_depth {
            return Ok(false);
        }
        let (coding, from, to) = self.coding(bits, start, end);
        let bytes = self.bytes;
        let (raw, frame) = (bytes.slice(from, to), inside.form.frame());
        let Some(doc) = self.out.docs.open(frame, self.doc, from as u32, raw, coding) else { return Ok(false) };
        let kind = if frame == Frame::Json { Kind::JsonOpen } else { Kind::TextOpen };
        let open = Token {
            kind,
            flags: bits | key_wild(member.step),
            doc,
            slot: SlotId::NONE,
            key_slot: member.step.key_slot(),
            pair: member.pair as u32,
            start: start as u32,
            end: end as u32,
        };
        let first = self.out.tokens.len();
        self.out.tokens.push(open);
        if !self.walk_inner((inside, number), doc)? {
            return Ok(false);
        }
        if inside.otherwise.is_some() {
            let (slot, what) = (inside.otherwise, PassedKind::Text);
            self.out.passed.push(Passed { slot, doc, what, pair: 0, start: 0 });
        }
        let is_whole = self.is_whole();
        let tokens = &mut self.out.tokens;
        let wanted = |token: &Token| token.slot.is_some() || token.kind != Kind::String;
        if frame == Frame::Lines || is_whole || tokens[first + 1..].iter().any(wanted) {
            let kind = Kind::InnerClose;
            tokens.push(Token { kind, flags: 0, key_slot: SlotId::NONE, pair: open.end, start: open.end, ..open });
        } else {
            tokens.truncate(first);
        }
        Ok(true)
    }

    /// How a string of this document is written, and where it stands without quotes.
    fn coding(&self, bits: u8, start: usize, end: usize) -> (Coding, usize, usize) {
        match self.out.docs.frame(self.doc) {
            Frame::Json => (Coding::Json, start + 1, end - 1),
            Frame::KeyValue if bits & flags::QUOTED != 0 => (Coding::Raw, start + 1, end - 1),
            Frame::KeyValue | Frame::Lines => (Coding::Raw, start, end),
            Frame::Query => (Coding::Query, start, end),
            Frame::Url => (Coding::of_url_part(bits), start, end),
        }
    }

    fn walk_inner(&mut self, (inside, number): (&Inside, usize), doc: u16) -> Result<bool, Reject> {
        // The text is taken out of its document while it is walked: documents within it are added to the same list.
        let Some((text, len)) = self.out.docs.get_mut(doc).map(|doc| (std::mem::take(&mut doc.text), doc.len)) else {
            return Ok(false);
        };
        // SAFETY: `text` has `len` bytes and the padding (`Docs::open`), and stays as it is until it is put back.
        let bytes = unsafe { Bytes::new(text.as_ptr(), len) };
        let mut walk =
            Walk::new((bytes, doc), (self.level, self.limits), self.automaton, &mut *self.memos, &mut *self.out);
        let found = match &inside.form {
            Form::Json => walk.json(inside),
            _ => walk.parts((inside, number), &text[..len]),
        };
        let shape = walk.shape;
        if let Some(doc) = self.out.docs.get_mut(doc) {
            doc.text = text;
        }
        self.out.join(shape);
        found
    }

    fn json(&mut self, inside: &Inside) -> Result<bool, Reject> {
        let at = self.bytes.blanks::<super::simd::Baseline>(0);
        if at >= self.bytes.end || !matches!(self.bytes.byte(at), b'{' | b'[') {
            return Ok(false);
        }
        let root = Step::DEAD.to(inside.node).with_flags(step::WALK);
        match enter(self, root) {
            Ok(end) => Ok(self.bytes.blanks::<super::simd::Baseline>(end) == self.bytes.end),
            Err(Reject::TooManyFields) => Err(Reject::TooManyFields),
            Err(_) => Ok(false),
        }
    }

    /// Cuts a text form into its parts; false if it is none.
    fn parts(&mut self, (inside, number): (&Inside, usize), text: &[u8]) -> Result<bool, Reject> {
        self.current.node = inside.node;
        let first = self.out.parts.len();
        let mut at = 0;
        match &inside.form {
            Form::Json => return Ok(false),
            Form::KeyValue => self.out.parts.extend(std::iter::from_fn(|| key_values(text, &mut at))),
            Form::Query => self.out.parts.extend(std::iter::from_fn(|| query(text, &mut at))),
            Form::Url => {
                let _ = url(text, &mut self.out.parts);
            }
            Form::Lines(lines) => {
                // Holes may hold lines of their own, which need room beside this.
                let mut filled = self.out.fillings.pop().unwrap_or_default();
                let of = (self.automaton.id(), number);
                let found = self.out.known_lines.find(of, lines, text, &mut filled);
                let fitted = match found {
                    Some(line) => {
                        self.line_shape((number, line));
                        self.out.marked.extend_from_slice(&lines.lines()[line].marks);
                        self.holes(&inside.holes[line], filled.found())
                    }
                    None => Ok(()),
                };
                self.out.fillings.push(filled);
                return fitted.map(|()| found.is_some());
            }
        }
        let last = self.out.parts.len();
        for index in first..last {
            let part = self.out.parts[index].clone();
            let step = self.part_step(inside.node, &part.name, text);
            self.part(&part, step)?;
        }
        self.out.parts.truncate(first);
        Ok(last > first)
    }

    /// Numbers the shape of a line. What stands in its holes may hold further documents, which are numbered too.
    fn line_shape(&mut self, of: (usize, usize)) {
        if self.out.shapes < u32::MAX - 1 {
            self.shape = self.memos.line(self.automaton, of, self.out.shapes + 1);
            self.out.shapes = self.out.shapes.max(self.shape);
        }
    }

    fn holes(&mut self, steps: &[Step], filled: &[Filled]) -> Result<(), Reject> {
        for (step, (range, bits)) in steps.iter().zip(filled) {
            let (name, flags) = (Name::Fixed(""), *bits);
            self.part(&Part { name, flags, pair: range.start, start: range.start, end: range.end }, *step)?;
        }
        Ok(())
    }

    /// Where a part of a text form leads.
    fn part_step(&mut self, node: u32, name: &Name, text: &[u8]) -> Step {
        let (mut key, mut folded) = (std::mem::take(&mut self.out.key), std::mem::take(&mut self.out.folded));
        key.clear();
        let range = |range: &std::ops::Range<u32>| &text[range.start as usize..range.end as usize];
        let node = match name {
            Name::UrlQuery(_) => self.automaton.step(node, b"query", &mut folded).node(),
            _ => node,
        };
        match name {
            Name::Plain(at) => key.extend_from_slice(range(at)),
            Name::Fixed(name) => key.extend_from_slice(name.as_bytes()),
            Name::Query(at) | Name::UrlQuery(at) => {
                Units::new(range(at), Coding::Query).for_each(|unit| key.extend_from_slice(unit.decoded()));
            }
        }
        let step = self.automaton.step(node, &key, &mut folded);
        self.out.key = key;
        self.out.folded = folded;
        step
    }

    fn part(&mut self, part: &Part, step: Step) -> Result<(), Reject> {
        self.out.fields += 1;
        if self.out.fields > self.limits.leaves {
            return Err(Reject::TooManyFields);
        }
        let member = Member { pair: part.pair as usize, step };
        let (start, end) = (part.start as usize, part.end as usize);
        self.pass_key(start, member);
        if step.flags() & step::MARK != 0 {
            self.mark(step);
        }
        match self.inside_of(step) {
            Some(inside) => self.inner(inside, (start, end, part.flags), member),
            None => {
                self.part_leaf(part.flags, start, end, member);
                Ok(())
            }
        }
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        let out = &*self.out;
        Checkpoint {
            tokens: out.tokens.len(),
            docs: out.docs.len(),
            met: out.met.len(),
            passed: out.passed.len(),
            marked: out.marked.len(),
            frames: out.frames.len(),
            seen: out.seen.len(),
            names: out.names.len(),
            inner: out.inner,
        }
    }

    /// Forgets all that was found since; fields stay counted, so that the work on an event is bounded.
    pub(super) fn back_to(&mut self, before: &Checkpoint) {
        let out = &mut *self.out;
        out.tokens.truncate(before.tokens);
        out.docs.truncate(before.docs);
        out.met.truncate(before.met);
        out.passed.truncate(before.passed);
        out.marked.truncate(before.marked);
        out.frames.truncate(before.frames);
        out.seen.truncate(before.seen);
        out.names.truncate(before.names);
        out.inner = before.inner;
    }
}
