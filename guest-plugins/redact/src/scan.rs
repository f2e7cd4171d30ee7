//! One pass over the packed bytes of a column.
//!
//! Bytes are classified 64 at a time. Bits of the masks are the anchors; at each, the entities that want it are asked.
//! The row an anchor is in is found by a cursor that only moves forward, and every look around an anchor is bounded or
//! guarded by a cursor of its own, so that the work grows with the bytes, not with their square.

mod accept;
mod written;

use std::cell::Cell;

use crate::anchors::{Block, Firsts, Wanted, fitting, long};
use crate::chain::Chain;
use crate::check::{before, byte, run, run_back};
use crate::classes::{BLOCK, Classifier, Map, Row, Signs, Words, shifted};
use crate::context::{BEHIND, Context, Set};
use crate::decode::Decoder;
use crate::entities::{Anchor, Around, Finder, Hit, Site, password_told, person};
use crate::known::Known;
use crate::settings::{Configured, Plan};
use crate::tables::{LISTED, Table, Token, Written};
use crate::tokens;
use crate::types::{ColumnView, Confidence, Failure, Finding};

/// Findings that one call may answer.
const MOST_FINDINGS: usize = 1 << 20;

/// Printed characters that a token has at least, with what stands before it or behind.
const TOKEN: usize = 12;

/// Buffers that are reused from row to row.
#[derive(Debug)]
pub(crate) struct Scratch {
    map: Map,
    chain: Chain,
    words: crate::written::Words,
    hits: Vec<Hit>,
    /// Rows of the table of forms that are named nearby.
    rows: Vec<&'static Written>,
    /// Entities that are named nearby.
    named: Set,
    tokens: Vec<(u32, Hit)>,
    context: Context,
    claims: Vec<(usize, usize)>,
    /// Bytes of values that were read in this row: see [`Site::read`].
    read: Cell<usize>,
    decoder: Decoder,
    known: Known,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Scratch {
            map: Map::default(),
            chain: Chain::new(),
            words: crate::written::Words::default(),
            hits: Vec::new(),
            rows: Vec::new(),
            named: Set::default(),
            tokens: Vec::new(),
            context: Context::default(),
            claims: Vec::new(),
            read: Cell::new(0),
            decoder: Decoder::default(),
            known: Known::default(),
        }
    }

    /// Reads whom the events of a call name.
    pub(crate) fn read_known(&mut self, configured: &Configured, columns: &[ColumnView<'_>]) -> Result<(), Failure> {
        let is_reference =
            |column: &&ColumnView<'_>| configured.plans.get(column.field as usize).is_some_and(|plan| plan.reference);
        let columns = columns.iter().filter(is_reference);
        columns.clone().try_for_each(sound)?;
        self.known.read(&Classifier::new(Signs::At), columns);
        Ok(())
    }
}

/// Finds in one column and puts its findings, sorted, behind those in `out`.
pub(crate) fn column(
    configured: &Configured,
    scratch: &mut Scratch,
    number: u32,
    column: &ColumnView<'_>,
    out: &mut Vec<Finding>,
) -> Result<(), Failure> {
    let plan = configured.plans.get(column.field as usize).ok_or(Failure::UnsupportedField)?;
    sound(column)?;
    let first = out.len();
    as_it_is(configured, plan, scratch, number, column, out)?;
    sort(out, first);
    let mut decoder = std::mem::take(&mut scratch.decoder);
    let settled = decoder.column(plan, number, column, first, out, |column, out| {
        as_it_is(configured, plan, scratch, number, column, out)
    });
    scratch.decoder = decoder;
    if settled? {
        sort(out, first);
    }
    // Several forms of an entity may fit one value.
    if out.get(first..).unwrap_or_default().windows(2).any(|pair| pair.first() == pair.last()) {
        let mut found = out.split_off(first);
        found.dedup();
        out.append(&mut found);
    }
    if out.len() > MOST_FINDINGS { Err(Failure::LimitExceeded) } else { Ok(()) }
}

fn sort(out: &mut [Finding], first: usize) {
    let found = out.get_mut(first..).unwrap_or_default();
    if !found.is_sorted() {
        found.sort_unstable();
    }
}

/// Finds in the bytes as they are written.
fn as_it_is(
    configured: &Configured,
    plan: &Plan,
    scratch: &mut Scratch,
    number: u32,
    column: &ColumnView<'_>,
    out: &mut Vec<Finding>,
) -> Result<(), Failure> {
    let wanted = Wanted::new(plan);
    let (classes, mut map) = (Classifier::new(wanted.signs), std::mem::take(&mut scratch.map));
    if wanted.any() {
        map.read(&classes, column.bytes);
    }
    let mut scan = Scan {
        classes,
        configured,
        plan,
        scratch,
        number,
        row: 0,
        text: &[],
        map: &map,
        words: map.row(0, 0),
        done: Done::default(),
        around: Around::default(),
        out,
    };
    scan.all(column)?;
    scratch.map = map;
    Ok(())
}

/// Whether rows tile the bytes and begin on characters.
fn sound(column: &ColumnView<'_>) -> Result<(), Failure> {
    let ColumnView { bytes, offsets, event, .. } = *column;
    let whole = match (offsets.first(), offsets.last()) {
        (Some(&first), Some(&last)) => first == 0 && last as usize == bytes.len(),
        _ => false,
    };
    let ascending = offsets.is_sorted();
    let inside = |&&offset: &&u32| bytes.get(offset as usize).is_none_or(|&b| b & 0xc0 != 0x80);
    if !whole || !ascending || offsets.len() != event.len() + 1 || !offsets.iter().all(|offset| inside(&offset)) {
        return Err(Failure::Internal);
    }
    Ok(())
}

/// How far a row has been dealt with, by what was looked for.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    chain: usize,
    words: usize,
    token: usize,
    /// Where the last mention begins whose value was looked for, and up to where all are dealt with.
    mention: usize,
    mentions: usize,
    /// Up to where nothing is named that needs it.
    unnamed: usize,
    hex: usize,
    flag: usize,
    claim: usize,
}

struct Scan<'a, 's> {
    classes: Classifier,
    configured: &'a Configured,
    plan: &'a Plan,
    scratch: &'s mut Scratch,
    number: u32,
    row: u32,
    /// The current row, and its letters and digits.
    text: &'a [u8],
    words: Row<'a>,
    map: &'a Map,
    done: Done,
    /// What surrounds the anchor, where that is known.
    around: Around,
    out: &'s mut Vec<Finding>,
}

impl<'a> Scan<'a, '_> {
    fn all(&mut self, column: &ColumnView<'a>) -> Result<(), Failure> {
        self.built_in(column)?;
        self.rows(column)?;
        self.own(column)?;
        self.known(column)
    }

    /// The pass for all built-in entities. What is done at anchors stands apart, so that the pass keeps what it needs in
    /// registers.
    #[inline(never)]
    fn built_in(&mut self, column: &ColumnView<'a>) -> Result<(), Failure> {
        let wanted = Wanted::new(self.plan);
        if !wanted.any() {
            return Ok(());
        }
        let ColumnView { bytes, offsets, .. } = *column;
        let row = Cursor { number: usize::MAX, start: 0, end: 0 };
        let mut place = Place { bytes, offsets, classes: Classifier::new(wanted.signs), row };
        let mut last = Block::default();
        // The next row whose beginning has no bit yet.
        let mut ahead = 0_usize;
        let mut base = 0;
        let mut rest = bytes;
        while !rest.is_empty() {
            let padded;
            let block = match rest.first_chunk::<BLOCK>() {
                Some(block) => block,
                None => {
                    padded = pad(rest);
                    &padded
                }
            };
            let mut rows = 0_u64;
            while let Some(&offset) = offsets.get(ahead).filter(|&&offset| (offset as usize) < base + BLOCK) {
                rows |= 1 << (offset as usize - base);
                ahead += 1;
            }
            let joint = if wanted.joints() { place.classes.joints(block) } else { 0 };
            let is_cased = wanted.capitals | wanted.told | wanted.firsts != 0;
            let Words { high, capital } = if is_cased { place.classes.words(block) } else { Words::default() };
            let printed = if wanted.words | wanted.told != 0 { place.classes.printed(block) } else { 0 };
            let masks = self.map.block(base / BLOCK);
            let now = Block { masks, joint, capital, high, solid: printed | high, rows };
            let words = if wanted.words != 0 { now.word_starts(&last) & long(printed, rows) } else { 0 };
            let words = if self.plan.keyed {
                words
            } else {
                fitting(bytes, base, words, |bytes, at| self.may_begin(bytes, at))
            };
            let mut anchors = wanted.anchors(&now, &last);
            let apart = (capital | high) & !(shifted(now.solid, last.solid, 1) | rows) & wanted.told;
            // Words tell of what is in their own row only.
            anchors |= fitting(bytes, base, apart, |bytes, at| {
                let from = at.saturating_sub(now.behind_start(&last, at - base));
                person::may_be_told(bytes.get(from..).unwrap_or_default(), at - from)
            });
            if wanted.leads != 0 {
                anchors |= fitting(bytes, base, place.classes.leads(block), may_lead);
            }
            if anchors | words != 0 {
                let firsts = anchors & wanted.firsts & now.masks.digit;
                let mut may_begin = Firsts::default();
                if firsts != 0 {
                    may_begin = now.may_begin(firsts, &self.map.block(base / BLOCK + 1));
                    if !wanted.few_alone {
                        may_begin.alone = firsts;
                    }
                }
                self.anchors(&mut place, base, (anchors, may_begin), words)?;
            }
            last = now;
            base += BLOCK;
            rest = rest.get(BLOCK..).unwrap_or_default();
        }
        self.limit()
    }

    /// Whether the word at `at` may begin a token or a wallet's address.
    #[inline]
    fn may_begin(&self, bytes: &[u8], at: usize) -> bool {
        may_be_wallet(bytes, at) || self.plan.tokens.is_some_and(|tokens| tokens::may_begin(tokens, bytes, at))
    }

    /// Asks whoever wants the anchors of the block at `base`, or the long words. `firsts` is what its digits may begin.
    #[inline(never)]
    fn anchors(
        &mut self,
        place: &mut Place<'a>,
        base: usize,
        (anchors, firsts): (u64, Firsts<u64>),
        words: u64,
    ) -> Result<(), Failure> {
        let &mut Place { bytes, offsets, ref classes, ref mut row } = place;
        let mut left = anchors | words;
        while left != 0 {
            let bit = left.trailing_zeros();
            let at = base + bit as usize;
            left &= left - 1;
            if at >= row.end {
                row.forward(offsets, at);
                self.enter(*row, bytes)?;
            }
            // What the mask supposed behind the block is looked up.
            let is_long = words >> bit & 1 == 1;
            if is_long && (bit as usize + TOKEN <= BLOCK || is_printed(self.text, at - row.start)) {
                self.long(at - row.start);
            }
            if anchors >> bit & 1 == 0 {
                continue;
            }
            let is = |mask: u64| mask >> bit & 1 == 1;
            if is(firsts.alone | firsts.named) {
                self.written(at - row.start, Firsts { alone: is(firsts.alone), named: is(firsts.named) });
            }
            if byte(bytes, at) == b'@' {
                self.at(at - row.start, Around::of(classes, bytes, at));
            } else {
                self.anchor(at - row.start);
            }
        }
        Ok(())
    }

    /// Own entities, row by row.
    fn own(&mut self, column: &ColumnView<'a>) -> Result<(), Failure> {
        if self.plan.own.is_empty() {
            return Ok(());
        }
        for (number, pair) in column.offsets.windows(2).enumerate() {
            let &[start, end] = pair else { continue };
            self.enter(Cursor { number, start: start as usize, end: end as usize }, column.bytes)?;
            for &own in &self.plan.own {
                let Some(automaton) = self.configured.own.get(own) else { continue };
                let mut hits = std::mem::take(&mut self.scratch.hits);
                automaton.find(self.text, &mut hits);
                for hit in hits.drain(..) {
                    self.accept((LISTED.len() + own) as u32, hit);
                }
                self.scratch.hits = hits;
            }
        }
        self.limit()
    }

    /// Rows of fields that are named like an entity.
    fn rows(&mut self, column: &ColumnView<'a>) -> Result<(), Failure> {
        if !self.plan.asks(Anchor::Row) {
            return Ok(());
        }
        for (number, pair) in column.offsets.windows(2).enumerate() {
            let &[start, end] = pair else { continue };
            self.enter(Cursor { number, start: start as usize, end: end as usize }, column.bytes)?;
            self.ask(Anchor::Row, 0, (0, 0), false);
        }
        self.limit()
    }

    /// Those whom the events of the rows name.
    fn known(&mut self, column: &ColumnView<'a>) -> Result<(), Failure> {
        let Some(entity) = self.plan.known.filter(|_| !self.scratch.known.is_empty()) else { return Ok(()) };
        let mut hits = std::mem::take(&mut self.scratch.hits);
        for (number, (pair, event)) in column.offsets.windows(2).zip(column.event).enumerate() {
            let &[start, end] = pair else { continue };
            let text = column.bytes.get(start as usize..end as usize).unwrap_or_default();
            self.scratch.known.find(&self.classes, *event, text, &mut hits);
            if hits.is_empty() {
                continue;
            }
            self.enter(Cursor { number, start: start as usize, end: end as usize }, column.bytes)?;
            for hit in hits.drain(..) {
                self.accept(entity, hit);
            }
        }
        self.scratch.hits = hits;
        self.limit()
    }

    fn limit(&self) -> Result<(), Failure> {
        if self.out.len() > MOST_FINDINGS { Err(Failure::LimitExceeded) } else { Ok(()) }
    }

    fn enter(&mut self, row: Cursor, bytes: &'a [u8]) -> Result<(), Failure> {
        self.row = row.number as u32;
        self.text = bytes.get(row.start..row.end).unwrap_or_default();
        self.words = self.map.row(row.start, row.end);
        self.scratch.context.clear();
        self.scratch.words.clear();
        self.done = Done::default();
        self.scratch.claims.clear();
        self.scratch.read.set(0);
        self.limit()
    }

    /// Asks whoever wants the `@` at `at` of the current row.
    fn at(&mut self, at: usize, around: Around) {
        if at >= self.done.claim {
            self.around = around;
            self.ask(Anchor::At, at, (0, 0), false);
            self.around = Around::default();
        }
    }

    /// Asks whoever wants the anchor at `at` of the current row, any but an `@`.
    #[inline(never)]
    fn anchor(&mut self, at: usize) {
        match byte(self.text, at) {
            b'0'..=b'9' => self.digits(at),
            b':' => self.colon(at),
            b'=' => self.assignment(at),
            b'J' if before(self.text, at) == b'y' => {
                if at > 1 && byte(self.text, at - 2) == b'e' {
                    self.ask(Anchor::Jot, at, (0, 0), false);
                }
            }
            b'-' | b'.' => self.joint(at),
            b'/' | b'\\' | b'_' => self.ask(Anchor::Folder, at, (0, 0), false),
            b'A'..=b'Z' | 0x80.. if before(self.text, at) <= b' ' => self.ask(Anchor::Told, at, (0, 0), false),
            b'w' | b'W' if password_told::may_begin(self.text, at) => self.ask(Anchor::Password, at, (0, 0), false),
            b'A'..=b'Z' if self.plan.words && run_back(self.text, at, 7, |b| b.is_ascii_uppercase()) + 7 == at => {
                self.written_in_letters(at);
            }
            _ => {}
        }
    }

    /// What may begin with a long word at `at`.
    fn long(&mut self, at: usize) {
        if self.plan.keyed && self.text.len().min(at + BEHIND) > self.done.mentions {
            self.keyed(at);
        }
        if let Some(tokens) = self.plan.tokens.filter(|tokens| tokens::may_begin(tokens, self.text, at)) {
            self.token(tokens, at);
        }
        if may_be_wallet(self.text, at) {
            self.ask(Anchor::Wallet, at, (0, 0), false);
        }
    }

    /// The token that may begin at `at`.
    #[inline(never)]
    fn token(&mut self, tokens: &Table<Token>, at: usize) {
        let begin = tokens::begin(self.text, at);
        self.token_at(tokens, at);
        if begin != at {
            self.token_at(tokens, begin);
        }
    }

    fn token_at(&mut self, tokens: &Table<Token>, at: usize) {
        // What a token holds is hidden with it.
        if at < self.done.token {
            return;
        }
        let mut hits = std::mem::take(&mut self.scratch.tokens);
        let wanted = &self.plan.wanted;
        tokens::at(tokens, self.text, at, |entity, hit| {
            if wanted.get(entity as usize) == Some(&true) {
                hits.push((entity, hit));
            }
        });
        for (entity, hit) in hits.drain(..) {
            if self.accept(entity, hit) {
                self.done.token = self.done.token.max(hit.end);
            }
        }
        self.scratch.tokens = hits;
    }

    fn digits(&mut self, at: usize) {
        let lead = before(self.text, at);
        if lead.is_ascii_digit() {
            return;
        }
        if lead.is_ascii_alphabetic() {
            let lead = self.text.get(at.saturating_sub(3)..at).unwrap_or_default();
            if let [b'a'..=b'z' | b'A'..=b'Z', _] | [_, b'a'..=b'z' | b'A'..=b'Z', _] = lead
                && (lead.len() == 2 || !byte(lead, 0).is_ascii_alphanumeric())
            {
                self.ask(Anchor::CountryDigits, at, (0, 0), false);
            }
            return;
        }
        if at < self.done.chain || at < self.done.claim || !self.plan.asks(Anchor::Digits) {
            return;
        }
        // Most runs are short and alone.
        let end = run(self.text, at, 20, |b| b.is_ascii_digit());
        if end - at < 7 && !joined(byte(self.text, end), byte(self.text, end + 1)) {
            self.done.chain = end;
            return;
        }
        self.chain(at, end);
    }

    /// The chain of digits at `at`, whose first run goes to `end`.
    #[inline(never)]
    fn chain(&mut self, at: usize, end: usize) {
        self.scratch.chain.read(self.text, at);
        self.done.chain = self.scratch.chain.end();
        let totals = if self.scratch.chain.groups.len() == 1 {
            1_u64.checked_shl((end - at) as u32).unwrap_or(0)
        } else {
            self.scratch.chain.totals()
        };
        if totals & self.plan.digits == 0 {
            return;
        }
        self.ask_if(Anchor::Digits, at, (0, 0), false, |finder| finder.digits & totals != 0);
    }

    fn colon(&mut self, at: usize) {
        let text = self.text;
        let next = byte(text, at + 1);
        if next == b'/' && byte(text, at + 2) == b'/' {
            return self.ask(Anchor::Scheme, at, (0, 0), false);
        }
        let lead = before(text, at);
        if at >= self.done.hex && (next == b':' || next.is_ascii_hexdigit()) && self.plan.asks(Anchor::HexRun) {
            let (start, attached) = hex_start(text, at);
            let end = run(text, start, text.len(), |b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
            self.done.hex = end.max(at + 1);
            // Two colons at least, or it is a time, a port or a name.
            let rest = text.get(at + 1..end).unwrap_or_default();
            if rest.contains(&b':') {
                self.ask(Anchor::HexRun, at, (start, end), attached);
            }
        }
        if named(lead) {
            self.assignment(at);
        } else if next == b'A' && lead.is_ascii_digit() {
            // A bot's number and its token.
            self.ask(Anchor::Assignment, at, (0, 0), false);
        }
    }

    /// Values beside the names of providers that stand near the long word at `at`.
    #[inline(never)]
    fn keyed(&mut self, at: usize) {
        let mut found = std::mem::take(&mut self.scratch.tokens);
        let with = (&self.configured.keywords, &self.classes);
        let known = self.done.mention;
        let mentions = self.scratch.context.around(with, self.text, at..at);
        for mention in mentions.iter().skip_while(|mention| mention.start < known) {
            self.done.mention = mention.start + 1;
            let entity = LISTED.get(mention.entity as usize).filter(|entity| !entity.keyed.is_empty());
            let wanted = self.plan.wanted.get(mention.entity as usize) == Some(&true);
            let Some(entity) = entity.filter(|_| wanted) else { continue };
            let hit = tokens::beside(self.text, mention.end, entity.keyed.clone());
            found.extend(hit.map(|hit| (mention.entity, hit)));
        }
        for (entity, hit) in found.drain(..) {
            self.accept(entity, hit);
        }
        self.done.mentions = self.scratch.context.read_to();
        self.scratch.tokens = found;
    }

    fn assignment(&mut self, at: usize) {
        if named(before(self.text, at)) {
            self.ask(Anchor::Assignment, at, (0, 0), false);
        }
    }

    fn joint(&mut self, at: usize) {
        let text = self.text;
        if byte(text, at) == b'-' && at > 0 && before(text, at) == b'-' && at >= self.done.flag {
            let end = run(text, at, text.len(), |b| b == b'-');
            self.done.flag = end;
            return self.ask(Anchor::Flag, at, (0, 0), false);
        }
        let apart = if byte(text, at) == b'-' { 3 } else { 5 };
        if at >= self.done.hex && at > apart && byte(text, at - apart) == byte(text, at) {
            self.ask(Anchor::HexGroups, at, (0, 0), false);
        }
    }

    #[inline]
    fn ask(&mut self, anchor: Anchor, at: usize, run: (usize, usize), attached: bool) {
        self.ask_if(anchor, at, run, attached, |_| true);
    }

    /// Asks the entities of an anchor, in their order, and takes their answers.
    #[inline]
    fn ask_if(
        &mut self,
        anchor: Anchor,
        at: usize,
        run: (usize, usize),
        attached: bool,
        wants: impl Fn(&Finder) -> bool,
    ) {
        let plan = self.plan;
        for &number in plan.at.get(anchor as usize).into_iter().flatten() {
            let finder = LISTED.get(number as usize).and_then(|entity| entity.find);
            let Some(finder) = finder.filter(|finder| wants(finder)) else { continue };
            let scratch = &mut *self.scratch;
            let around = self.around;
            let site = Site {
                text: self.text,
                anchor,
                at,
                around,
                chain: &scratch.chain,
                run,
                attached,
                read: &scratch.read,
                field: plan.field,
                claims: &scratch.claims,
            };
            (finder.find)(&site, &mut scratch.hits);
            if scratch.hits.is_empty() {
                continue;
            }
            let mut hits = std::mem::take(&mut scratch.hits);
            for hit in hits.drain(..) {
                if !self.accept(number, hit) {
                    continue;
                }
                // What a credential, a key or an address hides holds no other anchors of their kind.
                match anchor {
                    Anchor::Scheme => self.done.claim = self.done.claim.max(hit.end + 1),
                    // A password may end within a key.
                    Anchor::Flag if hit.confidence == Confidence::Certain => {
                        self.done.flag = self.done.flag.max(hit.end)
                    }
                    Anchor::CountryDigits | Anchor::HexRun if hit.confidence >= Confidence::Likely => {
                        self.done.claim = self.done.claim.max(hit.end);
                    }
                    Anchor::HexGroups => self.done.hex = self.done.hex.max(hit.end),
                    _ => {}
                }
            }
            self.scratch.hits = hits;
        }
    }
}

/// Whether a wallet's address may begin here: they have 26 letters and digits at least.
fn may_be_wallet(bytes: &[u8], at: usize) -> bool {
    matches!(byte(bytes, at), b'0' | b'1' | b'3')
        && byte(bytes, at + 25).is_ascii_alphanumeric()
        && run(bytes, at, 26, |b| b.is_ascii_alphanumeric()) == at + 26
}

/// Whether an account or a password may follow the `/`, `\\`, `_` or `w` at `at`.
#[inline]
fn may_lead(bytes: &[u8], at: usize) -> bool {
    if byte(bytes, at) | 0x20 == b'w' {
        password_told::may_begin(bytes, at)
    } else {
        person::may_follow_a_folder(bytes, at)
    }
}

/// Whether a long word begins here.
fn is_printed(text: &[u8], at: usize) -> bool {
    run(text, at, TOKEN, |b| b > b' ' && b < 0x80) == at + TOKEN
}

/// Where a pass over a column is.
struct Place<'a> {
    bytes: &'a [u8],
    offsets: &'a [u32],
    classes: Classifier,
    /// The row that anchors are in.
    row: Cursor,
}

/// The last bytes of a column, with zeros behind them.
#[inline(never)]
pub(crate) fn pad(rest: &[u8]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    block
}

/// A row.
#[derive(Clone, Copy)]
pub(crate) struct Cursor {
    pub(crate) number: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Cursor {
    /// Moves on to the row that holds the byte at `at`.
    pub(crate) fn forward(&mut self, offsets: &[u32], at: usize) {
        loop {
            self.number = self.number.wrapping_add(1);
            self.start = self.end;
            match offsets.get(self.number + 1) {
                Some(&end) => self.end = end as usize,
                None => return,
            }
            if at < self.end {
                return;
            }
        }
    }
}

/// Whether these two bytes behind a digit may lead to a further group of its chain.
fn joined(next: u8, after: u8) -> bool {
    match next {
        b' ' => after.is_ascii_digit() || after == b'(',
        b'-' | b'.' | b'/' | b'(' | b'_' => after.is_ascii_digit(),
        b')' | 0xc2 | 0xe2 => true,
        _ => false,
    }
}

/// Whether a name may end here, its quote, a space or the first half of a sign behind it.
fn named(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'"' | b'\'' | b' ' | b']' | b'!' | b'?')
}

/// Where the run of hexadecimal digits and colons around the first colon at `at` begins, and whether a word runs
/// into it.
fn hex_start(text: &[u8], at: usize) -> (usize, bool) {
    let mut start = at;
    while at - start <= 4 && before(text, start).is_ascii_hexdigit() && start > 0 {
        start -= 1;
    }
    let lead = before(text, start);
    if start > 0 && (lead.is_ascii_alphanumeric() || lead == b'_') {
        // `mac:aa:bb…` begins behind the colon, `name::1` with it.
        return if byte(text, at + 1) == b':' { (at, true) } else { (at + 1, false) };
    }
    (start, false)
}
