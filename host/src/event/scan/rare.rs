//! What the walker does rarely: keys that were not guessed, marks, selectors, bare values.

use super::super::automaton::{Node, Selector, Step, step};
use super::super::escape::unescape_into;
use super::reject::Reject;
use super::simd::Baseline;
use super::token::{Kind, Passed, PassedKind, flags};
use super::walk::{Member, Walk};

/// Names in a second spelling that an event may have; more count as doubles.
const RESPELLED_MAX: u32 = 16;

impl<'w> Walk<'w> {
    /// Reads the key at `at`, which was not the guessed one: the position behind its colon and where it leads.
    #[inline(never)]
    pub(super) fn look_up(&mut self, at: usize) -> Result<(usize, Step), Reject> {
        // A member may be missing: then the guess for the one behind it holds.
        if let Some(missing) = self.memos.list.get(self.current.guess as usize)
            && let Some(memo) = self.memos.list.get(missing.next as usize)
            && self.bytes.agrees::<Baseline>(at + 1, &memo.raw, memo.mask)
        {
            self.current.from = missing.next;
            self.current.guess = memo.next;
            return Ok((at + 1 + memo.len as usize, memo.step));
        }
        let (end, bits) = self.bytes.string::<Baseline>(at)?;
        let colon = self.bytes.blanks::<Baseline>(end);
        if colon >= self.bytes.end || self.bytes.byte(colon) != b':' {
            return Err(self.bytes.broken(colon));
        }
        let raw = self.bytes.slice(at + 1, end - 1);
        let (mut decoded, mut folded) = (std::mem::take(&mut self.out.key), std::mem::take(&mut self.out.folded));
        decoded.clear();
        let key = if bits & flags::ESCAPED != 0 {
            unescape_into(&mut decoded, raw);
            &decoded
        } else {
            raw
        };
        let node = self.current.node;
        let step = self.automaton.step(node, key, &mut folded);
        let plain = bits & flags::ESCAPED == 0 && colon == end;
        self.current.from = self.memos.learn(self.automaton, self.current.from, node, step, raw, plain);
        self.current.guess = self.memos.list.get(self.current.from as usize).map_or(0, |memo| memo.next);
        self.out.key = decoded;
        self.out.folded = folded;
        Ok((colon + 1, step))
    }

    /// Takes down the name of the member at `at`, to which a wildcard leads: it must not come twice.
    #[inline(never)]
    pub(super) fn note_name(&mut self, at: usize) -> Result<(), Reject> {
        let (end, _) = self.bytes.string::<Baseline>(at)?;
        let mut name = std::mem::take(&mut self.out.key);
        name.clear();
        unescape_into(&mut name, self.bytes.slice(at + 1, end - 1));
        self.out.names.push(&name);
        self.out.key = name;
        Ok(())
    }

    /// Whether a member before the one at `at` has its very name, letter for letter: the object is read once more, up to there.
    /// Everything before `at` was validated.
    #[inline(never)]
    pub(super) fn is_twice(&mut self, at: usize) -> Result<bool, Reject> {
        self.out.respelled += 1;
        if self.out.respelled > RESPELLED_MAX {
            return Ok(true);
        }
        let begin = self.current.open as usize + 1;
        let (end, _) = self.bytes.string::<Baseline>(at)?;
        let (mut wanted, mut name) = (Vec::new(), Vec::new());
        unescape_into(&mut wanted, self.bytes.slice(at + 1, end - 1));
        let (mut position, mut depth, mut is_key) = (begin, 0usize, true);
        while position < at {
            match self.bytes.byte(position) {
                b'"' => {
                    let (behind, _) = self.bytes.string::<Baseline>(position)?;
                    if depth == 0 && is_key {
                        name.clear();
                        unescape_into(&mut name, self.bytes.slice(position + 1, behind - 1));
                        if name == wanted {
                            return Ok(true);
                        }
                    }
                    position = behind;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                b':' if depth == 0 => is_key = false,
                b',' if depth == 0 => is_key = true,
                _ => {}
            }
            position += 1;
        }
        Ok(false)
    }

    /// The document's value, which is no container, or an empty one that was dealt with.
    #[inline(never)]
    pub(super) fn bare(&mut self, at: usize, member: Member) -> Result<usize, Reject> {
        match self.bytes.byte(at) {
            b'{' | b'[' => Ok(self.bytes.empty(at)),
            b'"' => {
                let (end, bits) = self.bytes.string::<Baseline>(at)?;
                self.special_string(at, end, bits, member)?;
                Ok(end)
            }
            byte => {
                let end = self.bytes.plain_scalar::<Baseline>(at, byte)?;
                self.special_scalar(Kind::of_scalar(byte), at, end, member);
                Ok(end)
            }
        }
    }

    /// Takes down a key that is classified.
    #[inline(always)]
    pub(super) fn pass_key(&mut self, at: usize, member: Member) {
        if member.step.key_slot().is_some() {
            self.passed_key(at, member);
        }
    }

    #[inline(never)]
    fn passed_key(&mut self, at: usize, Member { pair, step }: Member) {
        let (slot, doc, what) = (step.key_slot(), self.doc, PassedKind::Key);
        self.out.passed.push(Passed { slot, doc, what, pair: pair as u32, start: at as u32 });
    }

    /// Takes down a container that stands where a value is classified.
    #[inline(always)]
    pub(super) fn pass(&mut self, at: usize, found: Step) {
        if found.is_classified() {
            self.passed(at, found);
        }
    }

    #[inline(never)]
    fn passed(&mut self, at: usize, found: Step) {
        let inside = self.inside_of(found).and_then(|inside| self.automaton.insides.get(inside));
        let slot = inside.map_or(found.slot(), |inside| inside.otherwise);
        if slot.is_some() {
            let (doc, what, at) = (self.doc, PassedKind::Container, at as u32);
            self.out.passed.push(Passed { slot, doc, what, pair: at, start: at });
        }
    }

    /// Takes down the marks of a place.
    pub(super) fn mark(&mut self, found: Step) {
        let marks = self.marks_of(found);
        self.out.marked.extend_from_slice(marks);
    }

    /// The marks of a place.
    pub(super) fn marks_of(&self, found: Step) -> &'w [u16] {
        let automaton = self.automaton;
        let node = automaton.nodes.get(found.node() as usize).filter(|_| found.flags() & step::MARK != 0);
        node.map_or(&[], |node| &node.marks)
    }

    /// What the place of `found` says about the documents its strings hold: an index of `Automaton::insides`.
    pub(super) fn inside_of(&self, found: Step) -> Option<usize> {
        let inside = self.automaton.nodes.get(found.node() as usize)?.inside;
        (found.flags() & step::INSIDE != 0 && inside != Node::NO_INSIDE).then_some(inside as usize)
    }

    /// A string at a place that sets marks or holds a document.
    #[inline(never)]
    pub(super) fn special_string(&mut self, at: usize, end: usize, bits: u8, member: Member) -> Result<(), Reject> {
        self.mark(member.step);
        match self.inside_of(member.step) {
            Some(inside) => self.inner(inside, (at, end, bits), member),
            None => {
                self.leaf(Kind::String, bits, at, end, member);
                Ok(())
            }
        }
    }

    /// A number or literal at such a place.
    #[inline(never)]
    pub(super) fn special_scalar(&mut self, kind: Kind, at: usize, end: usize, member: Member) {
        self.mark(member.step);
        let mut member = member;
        if let Some(inside) = self.inside_of(member.step) {
            member.step = member.step.with_slot(self.automaton.insides[inside].otherwise);
        }
        self.leaf(kind, 0, at, end, member);
    }

    /// Where the members of a container lead: where a document is expected in a string, the container is it.
    #[inline(never)]
    pub(super) fn special_container(&mut self, found: Step) -> Step {
        self.mark(found);
        found.to(self.inside_of(found).map_or(found.node(), |inside| self.automaton.insides[inside].node))
    }

    /// Where the element at `at` leads, which a member of its own may decide.
    #[inline(never)]
    pub(super) fn select(&mut self, at: usize) -> Step {
        let Some(node) = self.automaton.nodes.get(self.current.node as usize) else { return Step::DEAD };
        let Some(selector) = &node.selector else { return node.element };
        let mut picks = [Selector::OTHER; Selector::NAMES_MAX];
        let picks = &mut picks[..selector.names.len().min(Selector::NAMES_MAX)];
        let fields = self.out.fields;
        self.peek(at, selector, picks);
        self.out.fields = fields;
        selector.steps.get(&*picks).copied().unwrap_or(node.element)
    }

    /// Looks for the members of the object at `at` that decide. Grammar is not judged here: the walk does it.
    fn peek(&mut self, at: usize, selector: &Selector, picks: &mut [u16]) -> Option<()> {
        // To its end: a name that comes in a second spelling chooses nothing. (Twice in one spelling the walk refuses.)
        let mut met = [None; Selector::NAMES_MAX];
        let mut at = at;
        if at >= self.bytes.end || self.bytes.byte(at) != b'{' {
            return None;
        }
        loop {
            at = self.bytes.blanks::<Baseline>(at + 1);
            if at >= self.bytes.end || self.bytes.byte(at) != b'"' {
                return None;
            }
            let key = at;
            let (key_end, key_bits) = self.bytes.string::<Baseline>(at).ok()?;
            at = self.bytes.blanks::<Baseline>(key_end);
            if at >= self.bytes.end || self.bytes.byte(at) != b':' {
                return None;
            }
            at = self.bytes.blanks::<Baseline>(at + 1);
            let value = at;
            if at >= self.bytes.end {
                return None;
            }
            let byte = self.bytes.byte(at);
            let mut bits = 0;
            at = match byte {
                b'"' => {
                    let (end, found) = self.bytes.string::<Baseline>(at).ok()?;
                    bits = found;
                    end
                }
                b'{' | b'[' => self.skip::<Baseline>(at, self.depth()).ok()?,
                _ => self.bytes.plain_scalar::<Baseline>(at, byte).ok()?,
            };
            let name = self.text(key + 1, key_end - 1, key_bits);
            let named = selector.names.iter().position(|wanted| **wanted == *name).filter(|_| byte | 0x20 != b'{');
            let spelled = (key + 1, key_end - 1);
            if named.is_some() && self.out.tracing {
                self.out.pinned.push((value as u32, at as u32));
            }
            if let Some((index, before)) = named.and_then(|index| Some((index, met[index]?))) {
                if self.decoded(before) != self.decoded(spelled) {
                    picks[index] = Selector::OTHER;
                }
            } else if let Some(index) = named {
                let quote = usize::from(byte == b'"');
                let text = self.text(value + quote, at - quote, bits);
                picks[index] = selector.values[index].get(text).copied().unwrap_or(Selector::OTHER);
                met[index] = Some(spelled);
            }
            at = self.bytes.blanks::<Baseline>(at);
            if at >= self.bytes.end || self.bytes.byte(at) != b',' {
                return None;
            }
        }
    }

    /// Decoded text between two positions, letter case as it is.
    fn decoded(&self, (from, to): (usize, usize)) -> Vec<u8> {
        let mut text = Vec::new();
        unescape_into(&mut text, self.bytes.slice(from, to));
        text
    }

    /// Decoded, folded text between two positions.
    fn text(&mut self, from: usize, to: usize, bits: u8) -> &[u8] {
        let raw = self.bytes.slice(from, to);
        let text = &mut self.out.key;
        text.clear();
        if bits & flags::ESCAPED != 0 {
            unescape_into(text, raw);
        } else {
            text.extend_from_slice(raw);
        }
        if self.automaton.fold {
            text.make_ascii_lowercase();
        }
        text
    }
}
