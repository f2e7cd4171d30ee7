//! One event's tokens and verdicts → the pieces of its output: ranges that are copied, and holes that steps will fill.

use crate::event::{Docs, Kind, Piece as WovenPiece, Scanned, Token, Weave, flags};
use crate::policy::{Action, Resolver, Table, Verdict};

use super::shapes::Shapes;

/// A piece of an output event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Bytes of the event, from and to.
    Copy(u32, u32),
    /// Text that the host writes: punctuation.
    Text(&'static str),
    /// A value or key that is treated: number in [`Assembly::holes`].
    Hole(u32),
}

/// A value or key that is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    /// Number of the treatment.
    pub(super) treat: u16,
    /// Where it stands; for a key the token of a string that stands in its place.
    pub(super) token: Token,
    /// It is a key.
    pub(super) is_key: bool,
    /// For a key: where the container begins that its member stands in, in the document of its token.
    pub(super) within: u32,
}

/// Who is told what happens to each leaf. Steps get their rows, counters count.
pub(super) trait Observer {
    /// So many leaves and keys have this action.
    fn decided(&mut self, action: &Action, times: u64);
    /// A hole is opened. The value's row goes to the steps of the treatment.
    fn hole(&mut self, hole: &Hole);
    /// A string or number leaves as it came.
    fn kept(&mut self, action: &Action, token: &Token, index: usize);
    /// So does a key that no map names; `key` is a token of a string that stands in its place.
    fn kept_key(&mut self, action: &Action, key: &Token, index: usize);
}

/// Pieces and holes of a batch, and the working memory of one event.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    pub(super) pieces: Vec<Piece>,
    pub(super) holes: Vec<Hole>,
    shapes: Shapes,
    frames: Vec<Frame>,
    pending: Pending,
    /// While an event is assembled again: where its holes of the first time are looked for.
    known: Option<u32>,
}

/// What is copied next, and may still grow.
#[derive(Clone, Copy, Debug, Default)]
struct Pending {
    /// Bytes of the event; empty where there are none.
    from: u32,
    to: u32,
    /// Where it ends in an inner document, if that is known: else the event itself, 0.
    doc: u16,
    end: u32,
    /// It has grown in the document: where that is in the event is found when it is asked for.
    is_late: bool,
}

impl Pending {
    /// Where it ends in a document; `None` where that is not known.
    #[inline]
    fn end_in(&self, doc: u16) -> Option<u32> {
        match doc {
            0 if !self.is_late => Some(self.to),
            _ if doc == self.doc && doc != 0 => Some(self.end),
            _ => None,
        }
    }

    /// Finds where in the event it ends.
    #[inline]
    fn catch_up(&mut self, at: &Place<'_>) {
        if std::mem::take(&mut self.is_late) {
            self.to = at.docs.source_at(self.doc, self.end);
        }
    }

    /// Grows to a position of the document that it ends in.
    #[inline]
    fn grow(&mut self, doc: u16, to: u32) {
        match doc {
            0 => (self.to, self.doc) = (to, 0),
            _ => (self.end, self.is_late) = (to, true),
        }
    }
}

/// A container or inner document that is open.
#[derive(Debug)]
struct Frame {
    /// Whether something stands in it.
    filled: bool,
    /// Pieces and what was pending before it was opened.
    before: (usize, Pending),
    /// What stands between the parts of a text form.
    weave: Option<Weave>,
    token: Token,
}

impl Assembly {
    /// Forgets the pieces of a batch.
    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.holes.clear();
    }

    /// Assembles one event by the program of its shape, or the long way. `number` is the table's.
    pub(super) fn shaped(
        &mut self,
        scanned: &Scanned<'_>,
        at: &Place<'_>,
        (number, table): (u32, &Table),
        observer: &mut impl Observer,
    ) {
        let Scanned { tokens, shape, .. } = *scanned;
        let Assembly { shapes, pieces, holes, .. } = self;
        let first = (pieces.len(), holes.len());
        if shape != 0 && shapes.assemble((tokens, shape), at, (number, table), (pieces, holes), observer) {
            debug_assert!(self.is_long_way(first, tokens, at, table), "a shape is no opinion");
            return;
        }
        self.event(tokens, at, table, &[], observer);
    }

    /// Whether the pieces from some on say what the long way says.
    fn is_long_way(&mut self, first: (usize, usize), tokens: &[Token], at: &Place<'_>, table: &Table) -> bool {
        let behind = (self.pieces.len(), self.holes.len());
        self.event(tokens, at, table, &[], &mut super::execute::Silent);
        let holes = &self.holes;
        let said = |piece: &Piece| {
            let (text, hole) = match *piece {
                Piece::Copy(from, to) => (&at.event[from as usize..to as usize], None),
                Piece::Text(literal) => (literal.as_bytes(), None),
                Piece::Hole(hole) => (&[][..], Some(&holes[hole as usize])),
            };
            text.iter().map(Ok).chain(hole.map(Err))
        };
        let (short, long) = self.pieces.split_at(behind.0);
        let agree = short[first.0..].iter().flat_map(said).eq(long.iter().flat_map(said))
            && behind.1 - first.1 == holes.len() - behind.1;
        self.pieces.truncate(behind.0);
        self.holes.truncate(behind.1);
        agree
    }

    /// Assembles one event. Tokens in `vetoed` (by number, ascending) stay behind with
    /// their keys and all they hold, whatever their action says.
    pub(super) fn event(
        &mut self,
        tokens: &[Token],
        at: &Place<'_>,
        table: &Table,
        vetoed: &[u32],
        observer: &mut impl Observer,
    ) {
        self.frames.clear();
        self.pending = Pending::default();
        let before = self.pieces.len();
        let mut skip = 0usize;
        for (index, token) in tokens.iter().enumerate() {
            if skip > 0 {
                match token.kind {
                    Kind::Object | Kind::Array | Kind::JsonOpen | Kind::TextOpen => skip += 1,
                    Kind::Close | Kind::InnerClose => skip -= 1,
                    _ => {}
                }
                continue;
            }
            if token.kind.is_leaf()
                && vetoed.is_empty()
                && !self.in_text()
                && self.plain_leaf(token, index, at, table, observer)
            {
                continue;
            }
            match token.kind {
                Kind::Close => self.close(token, at),
                Kind::InnerClose => self.inner_close(token, at),
                Kind::Object | Kind::Array | Kind::JsonOpen | Kind::TextOpen => {
                    let key = match is_vetoed(vetoed, index) {
                        true => Key::Drops,
                        false => self.key(token, at, table, index, observer),
                    };
                    // Within a text a key stands as it is, or not at all.
                    if key == Key::Drops || (matches!(key, Key::Treated(_)) && self.in_text()) {
                        self.dropped_part(token, at);
                        skip = 1;
                    } else {
                        self.open(token, key, at, observer);
                    }
                }
                _ => self.leaf(token, index, at, table, vetoed, observer),
            }
        }
        self.flush(at);
        if self.pieces.len() == before {
            // Nothing is left, not even a container: the line still says that there was an event.
            let first = at.event.iter().find(|byte| !byte.is_ascii_whitespace());
            let text = match first {
                Some(b'{') => "{}",
                Some(b'[') => "[]",
                _ => "null",
            };
            self.text(text, at);
        }
    }

    /// Assembles an event once more, for which `vetoed` has grown. Holes that remain are those of the first time, so that
    /// each is filled from its own rows; `holes` is the number of the event's first.
    pub(super) fn again(
        &mut self,
        holes: u32,
        tokens: &[Token],
        at: &Place<'_>,
        table: &Table,
        vetoed: &[u32],
        observer: &mut impl Observer,
    ) {
        self.known = Some(holes);
        self.event(tokens, at, table, vetoed, observer);
        self.known = None;
    }

    /// The ordinary case, and by far the most frequent one: a leaf of JSON whose key is nobody's business, and
    /// that leaves whole or not at all. `false`: it is no such leaf, and nothing was done.
    #[inline]
    fn plain_leaf(
        &mut self,
        token: &Token,
        index: usize,
        at: &Place<'_>,
        table: &Table,
        observer: &mut impl Observer,
    ) -> bool {
        let Some(action) = table.actions.get(token.slot.0 as usize) else { return true };
        match action.verdict {
            Verdict::Treat(_) => return false,
            Verdict::Keep if token.key_slot.is_some() || token.flags & flags::KEY_WILD != 0 => return false,
            Verdict::Keep => {}
            Verdict::Drop | Verdict::Forbid => {
                observer.decided(action, 1);
                return true;
            }
        }
        observer.decided(action, 1);
        observer.kept(action, token, index);
        // Where what is pending ends, in the document of the token.
        let end = self.pending.end_in(token.doc).unwrap_or(0);
        let grows = match self.frames.last_mut() {
            // Behind its neighbour, which stays too: what is copied grows.
            Some(frame) if frame.filled => {
                end != 0 && end + 1 == token.pair && at.docs.text(at.event, token.doc).get(end as usize) == Some(&b',')
            }
            Some(frame) => {
                frame.filled = end != 0 && end == token.pair;
                frame.filled
            }
            None => false,
        };
        if grows {
            self.pending.grow(token.doc, token.end);
        } else {
            self.member(token, Key::Stays, token.end, at, observer);
        }
        true
    }

    fn leaf(
        &mut self,
        token: &Token,
        index: usize,
        at: &Place<'_>,
        table: &Table,
        vetoed: &[u32],
        observer: &mut impl Observer,
    ) {
        let action = token.slot.index().and_then(|slot| table.actions.get(slot));
        let veto = is_vetoed(vetoed, index);
        let Some(action) = action else { return self.dropped_part(token, at) };
        observer.decided(action, 1);
        let verdict = match action.verdict {
            _ if veto => Verdict::Drop,
            Verdict::Treat(_) if is_void(token, at) && !at.replaces(action) => Verdict::Keep,
            verdict => verdict,
        };
        if matches!(verdict, Verdict::Drop | Verdict::Forbid) {
            return self.dropped_part(token, at);
        }
        let key = self.key(token, at, table, index, observer);
        // Within a text a key stands as it is, or not at all.
        if key == Key::Drops || (matches!(key, Key::Treated(_)) && self.in_text()) {
            return self.dropped_part(token, at);
        }
        match verdict {
            Verdict::Treat(treat) => {
                self.member(token, key, token.start, at, observer);
                self.hole(Hole { treat, token: *token, is_key: false, within: 0 }, at, observer);
            }
            _ => {
                observer.kept(action, token, index);
                self.member(token, key, token.end, at, observer);
            }
        }
    }

    /// Copies a member as far as `until`, which lies in its value: separator, key, value. Marks the frame as filled.
    fn member(&mut self, token: &Token, key: Key, until: u32, at: &Place<'_>, observer: &mut impl Observer) {
        let doc = at.place(token);
        let mut from = token.pair;
        if let Some(frame) = self.frames.last_mut() {
            let was_filled = std::mem::replace(&mut frame.filled, true);
            if frame.weave.is_some() {
                self.weave(token, doc, true, at);
                return self.copy(doc, token.start, until, at);
            }
            if was_filled && frame.token.kind != Kind::JsonOpen {
                from = self.comma(doc, token.pair, at);
            }
        }
        if let Key::Treated(treat) = key {
            self.copy(doc, from, token.pair, at);
            let quoted = at.key_token(token);
            let within = self.frames.last().map_or(0, |frame| frame.token.start);
            self.hole(Hole { treat, token: quoted, is_key: true, within }, at, observer);
            from = quoted.end;
        }
        self.copy(doc, from, until, at);
    }

    fn in_text(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.weave.is_some())
    }

    fn hole(&mut self, hole: Hole, at: &Place<'_>, observer: &mut impl Observer) {
        self.flush(at);
        if let Some(known) = self.known {
            // Both times holes come in the order of the event, so the one that is looked for lies ahead.
            let is_it = |other: &Hole| {
                (other.token.doc, other.token.start, other.is_key) == (hole.token.doc, hole.token.start, hole.is_key)
            };
            let ahead = self.holes.get(known as usize..).and_then(|holes| holes.iter().position(is_it));
            debug_assert!(ahead.is_some(), "a veto opens no hole");
            let number = known + ahead.unwrap_or_default() as u32;
            self.known = Some(number + 1);
            self.pieces.push(Piece::Hole(number));
            return;
        }
        observer.hole(&hole);
        self.pieces.push(Piece::Hole(self.holes.len() as u32));
        self.holes.push(hole);
    }

    /// In a text form something may have to stand where a part is dropped.
    #[inline]
    fn dropped_part(&mut self, token: &Token, at: &Place<'_>) {
        if self.in_text() {
            self.weave(token, at.place(token), false, at);
        }
    }

    /// What stands between the last part of the text form that is open, and the next.
    fn weave(&mut self, token: &Token, doc: u16, kept: bool, at: &Place<'_>) {
        let Some(mut weave) = self.frames.last_mut().and_then(|frame| frame.weave.take()) else { return };
        weave.part(at.docs.text(at.event, doc), token, kept, |piece| self.woven(piece, doc, at));
        if let Some(frame) = self.frames.last_mut() {
            frame.weave = Some(weave);
        }
    }

    fn woven(&mut self, piece: WovenPiece, doc: u16, at: &Place<'_>) {
        match piece {
            WovenPiece::Source(range) => self.copy(doc, range.start, range.end, at),
            WovenPiece::Text(text) => self.text(text, at),
        }
    }

    fn open(&mut self, token: &Token, key: Key, at: &Place<'_>, observer: &mut impl Observer) {
        let before = (self.pieces.len(), self.pending);
        let was_filled = self.frames.last().is_some_and(|frame| frame.filled);
        let opening = match token.kind {
            Kind::JsonOpen | Kind::TextOpen => quote(at.docs, token),
            _ => 1,
        };
        self.member(token, key, token.start + opening, at, observer);
        if let Some(parent) = self.frames.last_mut() {
            // Known only when the frame closes: see `settle`.
            parent.filled = was_filled;
        }
        let weave = (token.kind == Kind::TextOpen).then(|| Weave::open(at.docs, token.doc));
        // What a line template says stays, whatever becomes of its holes.
        let filled = weave.is_some() && at.docs.is_line(token.doc);
        self.frames.push(Frame { filled, before, weave, token: *token });
    }

    fn close(&mut self, token: &Token, at: &Place<'_>) {
        let Some(frame) = self.frames.pop() else { return };
        if self.settle(&frame, at) {
            self.copy(token.doc, token.start, token.end, at);
        } else if self.frames.is_empty() {
            self.text(if frame.token.kind == Kind::Object { "{}" } else { "[]" }, at);
        }
    }

    fn inner_close(&mut self, token: &Token, at: &Place<'_>) {
        let Some(mut frame) = self.frames.pop() else { return };
        if let Some(weave) = frame.weave.take() {
            let text = at.docs.text(at.event, token.doc);
            weave.close(text, |piece| self.woven(piece, token.doc, at));
        }
        if self.settle(&frame, at) {
            let closing = quote(at.docs, &frame.token);
            self.copy(at.place(token), frame.token.end - closing, frame.token.end, at);
        }
    }

    /// An empty frame is as if it had never been opened; a filled one fills what is around it. Within a text the place
    /// cannot be taken back: a hyphen stands there.
    fn settle(&mut self, frame: &Frame, at: &Place<'_>) -> bool {
        let in_text = self.in_text();
        if frame.filled || in_text {
            if let Some(parent) = self.frames.last_mut() {
                parent.filled = true;
            }
            if !frame.filled {
                self.text("-", at);
            }
            return true;
        }
        self.pieces.truncate(frame.before.0);
        self.pending = frame.before.1;
        false
    }

    fn key(&mut self, token: &Token, at: &Place<'_>, table: &Table, index: usize, observer: &mut impl Observer) -> Key {
        let Some(action) = token.key_slot.index().and_then(|slot| table.actions.get(slot)) else {
            return if token.flags & flags::KEY_WILD != 0 { Key::Drops } else { Key::Stays };
        };
        observer.decided(action, 1);
        match action.verdict {
            Verdict::Keep => {
                observer.kept_key(action, &at.key_token(token), index);
                Key::Stays
            }
            // Nothing is in it that could be treated.
            Verdict::Treat(_) if at.docs.key(at.event, token).is_empty() && !at.replaces(action) => Key::Stays,
            Verdict::Treat(treat) => Key::Treated(treat),
            Verdict::Drop | Verdict::Forbid => Key::Drops,
        }
    }

    /// The comma between members: where the source has one just before the next it is copied with that, from the position that is given.
    fn comma(&mut self, doc: u16, next: u32, at: &Place<'_>) -> u32 {
        let before = next.saturating_sub(1);
        let is_comma = at.docs.text(at.event, doc).get(before as usize) == Some(&b',');
        let is_behind = |pending: &mut Pending| match pending.end_in(doc) {
            Some(end) => before >= end,
            None => {
                pending.catch_up(at);
                at.docs.source_at(doc, before) >= pending.to
            }
        };
        if is_comma && is_behind(&mut self.pending) {
            return before;
        }
        self.text(",", at);
        next
    }

    /// Copies a range of a document.
    fn copy(&mut self, doc: u16, from: u32, to: u32, at: &Place<'_>) {
        if from >= to {
            return;
        }
        if self.pending.end_in(doc) == Some(from) && from != 0 {
            return self.pending.grow(doc, to);
        }
        self.pending.catch_up(at);
        let start = at.docs.source_at(doc, from);
        if self.pending.to != start || start == 0 {
            self.flush(at);
            self.pending.from = start;
        }
        let is_late = doc != 0;
        self.pending = Pending { to, doc, end: to, is_late, ..self.pending };
    }

    fn text(&mut self, text: &'static str, at: &Place<'_>) {
        self.flush(at);
        self.pieces.push(Piece::Text(text));
    }

    fn flush(&mut self, at: &Place<'_>) {
        self.pending.catch_up(at);
        let Pending { from, to, .. } = std::mem::take(&mut self.pending);
        if from < to {
            self.pieces.push(Piece::Copy(from, to));
        }
    }
}

fn is_vetoed(vetoed: &[u32], index: usize) -> bool {
    vetoed.binary_search(&(index as u32)).is_ok()
}

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Stays,
    Drops,
    Treated(u16),
}

/// The event and its inner documents.
pub(super) struct Place<'e> {
    pub(super) event: &'e [u8],
    pub(super) docs: &'e Docs,
    pub(super) resolver: &'e Resolver,
}

impl Hole {
    /// The token of the value or key that the hole stands for, in a scan of the same event.
    pub(super) fn token_in(&self, tokens: &[Token], docs: &Docs) -> Option<usize> {
        let place = docs.place(&self.token);
        tokens.iter().position(|token| match token.kind {
            Kind::Close | Kind::InnerClose => false,
            _ if self.is_key => docs.place(token) == place && token.pair == self.token.start,
            kind => kind == self.token.kind && token.doc == self.token.doc && token.start == self.token.start,
        })
    }
}

impl Place<'_> {
    fn place(&self, token: &Token) -> u16 {
        if token.doc == 0 { 0 } else { self.docs.place(token) }
    }

    fn replaces(&self, action: &Action) -> bool {
        let Verdict::Treat(treat) = action.verdict else { return false };
        self.resolver.treats.all().get(usize::from(treat)).is_some_and(|treat| treat.replace.is_some())
    }

    /// A key as a string; the key of an inner document stands in its parent.
    pub(super) fn key_token(&self, token: &Token) -> Token {
        let (name, doc) = (self.docs.key(self.event, token), self.place(token));
        let raw = self.docs.text(self.event, doc).get(name.start as usize..name.end as usize).unwrap_or_default();
        let is_json = self.docs.is_json(doc);
        let is_coded = |byte: &u8| if is_json { *byte == b'\\' } else { matches!(byte, b'%' | b'+') };
        let quote = u32::from(is_json);
        Token {
            kind: Kind::String,
            start: name.start - quote.min(name.start),
            end: name.end + quote,
            flags: if raw.iter().any(is_coded) { flags::ESCAPED } else { 0 },
            doc,
            ..*token
        }
    }
}

/// Length of the quote around an inner document, in its parent.
pub(super) fn quote(docs: &Docs, token: &Token) -> u32 {
    let doc = docs.place(token);
    // Those around a hole of a line are the template's.
    u32::from(docs.is_json(doc) || token.flags & flags::QUOTED != 0 && !docs.is_line(doc))
}

/// Values without content: there is nothing to treat.
fn is_void(token: &Token, at: &Place<'_>) -> bool {
    match token.kind {
        Kind::Null | Kind::EmptyObject | Kind::EmptyArray => true,
        Kind::String => token.end - token.start == if at.docs.is_json(at.place(token)) { 2 } else { 0 },
        _ => false,
    }
}
