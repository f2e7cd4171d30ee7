//! Holes → bytes: hide, generalise, then code, in that order. In place of what could not be treated stands a constant; the
//! failure rule may ask for more.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::event::{Docs, Finding, Kind, Patch, Token, escape_into, flags};
use crate::policy::document::OnFailure;
use crate::policy::form::{Code, Cover};
use crate::policy::glob::WordList;
use crate::policy::{CodeKey, RedactField, Resolver, Treat};

use super::assemble::Hole;
use super::cleared::{Cleared, Leaves, Standing};
use super::coders::{Coders, Codes};
use super::codes::{as_address, normalise, normalise_address};
use super::guard::Guard;
use super::spared::Spared;
use super::steps::{Changed, Columns, Found};
use super::vendor::{Hidden, Shown, Sight, Vendors};

/// What stands for a hidden value where no label was given.
const LABEL: &str = "[redacted]";

/// Everything that fills the holes of a batch.
pub(super) struct Fillers<'a> {
    pub(super) resolver: &'a Resolver,
    /// Number of the plan of the event that is filled.
    pub(super) plan: u32,
    pub(super) entities: &'a [String],
    pub(super) redact: &'a Columns,
    pub(super) mask: &'a Columns,
    pub(super) minimise: &'a Columns,
    pub(super) codes: &'a Codes,
    pub(super) found: &'a mut Found,
    pub(super) masked: &'a mut Changed,
    pub(super) minimised: &'a mut Changed,
    pub(super) coders: &'a mut Coders,
    pub(super) vendors: &'a Vendors,
    pub(super) next_code: u32,
    /// Number of the next hole whose rows were not read yet.
    pub(super) next_hole: u32,
    pub(super) scratch: Scratch,
    /// Number of the event whose holes are filled.
    pub(super) event: u32,
    /// Looks at what transformers answered.
    pub(super) guard: Option<&'a mut Guard>,
    /// Remembers what it and sealed words let through. `None`: nobody looks.
    pub(super) cleared: Option<&'a mut Cleared>,
    /// Holes (event and number) that could not be treated. A constant was written.
    pub(super) failed: Vec<(u32, u32)>,
    /// Those in which a word of a sealed list would have left. A constant was written, too.
    pub(super) listed: Vec<(u32, u32)>,
    /// Holes (event and number) and what the guard found in their values that no treatment hides. They were filled.
    pub(super) watched: Vec<(u32, u32, Finding)>,
    /// How many keys became what another one of their object is.
    pub(super) alike: u64,
    /// What each hole was filled with, by its number, where somebody asks for it.
    pub(super) noted: Option<&'a mut BTreeMap<u32, Vec<u8>>>,
    /// Keys of the event that were written: the object and the text, and the last number that one got.
    pub(super) keys: HashMap<(u16, u32, Vec<u8>), u32>,
}

/// Working memory.
#[derive(Default)]
pub(super) struct Scratch {
    spans: Vec<(u32, u32, Label)>,
    spared: Spared,
    watched: Vec<Finding>,
    text: Vec<u8>,
    folded: Vec<u8>,
    value: Vec<u8>,
    code: Vec<u8>,
}

/// What a hidden run becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Label {
    /// An entity by number.
    Entity(u32),
    /// Text of the treatment.
    Own(String),
    /// Text of an edit.
    Mask(Vec<u8>),
    /// Nothing: the text ends here.
    Cut,
    /// Of several kinds.
    Mixed,
}

impl Fillers<'_> {
    /// Writes what fills the hole of that number. Rows are read in the order in which the observer filled them, so those
    /// of holes that were opened and then left out (in a container that stayed empty, in an event that did not pass) are
    /// passed over first: a row must never fill another's hole.
    #[inline]
    pub(super) fn fill(&mut self, holes: &[Hole], number: u32, event: &[u8], docs: &Docs, out: &mut Vec<u8>) {
        debug_assert!(self.next_hole <= number, "holes are filled in their order");
        let left_out = holes.get(self.next_hole as usize..number as usize).unwrap_or_default();
        left_out.iter().for_each(|hole| self.pass_over(hole));
        self.next_hole = number + 1;
        let Some(hole) = holes.get(number as usize) else { return };
        let start = out.len();
        if !self.fill_one(hole, number, event, docs, out) {
            self.failed.push((self.event, number));
            match self.resolver.treats.all().get(usize::from(hole.treat)).map(|treat| &treat.failing.what) {
                Some(OnFailure::Replace(constant)) => write_constant(constant, docs, hole, out),
                _ => write_null(docs, hole, out),
            }
        }
        if hole.is_key {
            self.tell_apart(hole, docs, start, out);
        }
        if let Some(noted) = &mut self.noted {
            noted.insert(number, out.get(start..).unwrap_or_default().to_vec());
        }
    }

    /// Numbers a key, written from `start` on, that another one of its object is too: `[redacted]-2`. A name stands once, and
    /// whether a member leaves does not hang on its neighbours.
    fn tell_apart(&mut self, hole: &Hole, docs: &Docs, start: usize, out: &mut Vec<u8>) {
        let first = (hole.token.doc, hole.within, spelled(out.get(start..).unwrap_or_default(), docs, &hole.token));
        let Some(count) = self.keys.get_mut(&first) else {
            self.keys.insert(first, 1);
            return;
        };
        self.alike += 1;
        let mut number = *count;
        loop {
            number += 1;
            let name = [&first.2, format!("-{number}").as_bytes()].concat();
            if self.keys.insert((first.0, first.1, name.clone()), 1).is_none() {
                out.truncate(start);
                docs.write(&hole.token, &name, out);
                break;
            }
        }
        self.keys.insert(first, number);
    }

    /// Goes to an event, to fill its holes (from the one of that number on) once more.
    pub(super) fn seek(&mut self, event: u32, first_hole: u32) {
        self.found.seek(event, self.redact);
        self.masked.seek(event, self.mask);
        self.minimised.seek(event, self.minimise);
        self.next_code = self.codes.first_of(event);
        self.next_hole = first_hole;
    }

    fn pass_over(&mut self, hole: &Hole) {
        let resolver = self.resolver;
        let Some(treat) = resolver.treats.all().get(usize::from(hole.treat)) else { return };
        for field in treat.redact.iter().chain(&treat.watch) {
            let _ = self.found.next(*field, self.redact);
        }
        for field in &treat.mask {
            let _ = self.masked.next(*field, self.mask);
        }
        for field in treat.minimise.iter().chain(&treat.cut) {
            let _ = self.minimised.next(*field, self.minimise);
        }
        self.next_code += u32::from(treat.is_direct);
    }

    /// Writes what fills a hole; `false`, and nothing, where a step could not treat it.
    fn fill_one(&mut self, hole: &Hole, number: u32, event: &[u8], docs: &Docs, out: &mut Vec<u8>) -> bool {
        let resolver = self.resolver;
        let Some(treat) = resolver.treats.all().get(usize::from(hole.treat)) else { return false };
        // Most treatments do one thing.
        if let Some(key) = treat.code.filter(|_| treat.is_direct) {
            return self.code(key, treat, hole, event, docs, out);
        }
        let words = resolver.plan(self.plan).sealed.as_deref();
        if let Some(field) = treat.minimise.filter(|_| treat.is_rung && self.guard.is_none() && words.is_none()) {
            return self.coarser(field, event, docs, &hole.token, out);
        }
        if let Some(constant) = &treat.replace {
            write_constant(constant, docs, hole, out);
            return true;
        }
        if let Some(cover) = &treat.cover {
            write_cover(cover, treat, docs, hole, out);
            return true;
        }
        if treat.rewrite.is_some() {
            self.pass_over(hole);
            let Some(text) = self.vendors.rewritten(number) else { return false };
            let guard = self.guard.as_deref_mut().filter(|_| resolver.plan(self.plan).guard);
            let whose = (self.plan, self.event, number, hole.treat);
            if is_listed(whose, treat, text, words, guard, self.cleared.as_deref_mut()) {
                self.listed.push((self.event, number));
                write_null(docs, hole, out);
                return true;
            }
            write_text(text, docs, &hole.token, out);
            return true;
        }
        let Some(generalised) = self.prepare(treat, number, Shown::Rendered) else { return false };
        if let Some(key) = treat.code {
            return self.code(key, treat, hole, event, docs, out);
        }
        if !generalised {
            let open = self.left_open(treat).map(|finding| (self.event, number, finding));
            self.watched.extend(open.collect::<Vec<_>>());
        }
        let answers = treat.minimise.is_some() || treat.cut.is_some() || !treat.mask.is_empty();
        let guard = self.guard.as_deref_mut().filter(|_| answers && resolver.plan(self.plan).guard);
        if guard.is_some() || words.is_some() {
            let Scratch { spans, text, value, .. } = &mut self.scratch;
            if !generalised {
                value.clear();
                docs.decode(event, &hole.token, value);
                apply(value, spans, self.entities, text);
            }
            let whose = (self.plan, self.event, number, hole.treat);
            if is_listed(whose, treat, text, words, guard, self.cleared.as_deref_mut()) {
                self.listed.push((self.event, number));
                write_null(docs, hole, out);
                return true;
            }
        }
        if generalised {
            write_text(&self.scratch.text, docs, &hole.token, out);
        } else {
            self.splice(event, docs, &hole.token, out);
        }
        true
    }

    /// What the guard found in the value of a hole that was prepared, and that would leave.
    fn left_open(&self, treat: &Treat) -> impl Iterator<Item = Finding> {
        let Scratch { spans, spared, watched, .. } = &self.scratch;
        let hides = |at: u32| {
            let before = spans.partition_point(|(start, _, _)| *start <= at).checked_sub(1)?;
            spans.get(before).map(|(_, end, _)| *end).filter(|end| *end > at)
        };
        // Parts stay on purpose.
        let finds = move |at: u32| spared.end_of(at).filter(|_| treat.spares);
        watched.iter().copied().filter(move |finding| {
            let mut at = finding.start;
            while at < finding.end {
                let Some(end) = hides(at).or_else(|| finds(at)) else { return true };
                at = end;
            }
            false
        })
    }

    /// Reads what the steps say of a hole: hidden spans, and whether the value was generalised, into `scratch`. `None` where
    /// a step could not treat it. `shown`: whether only the built-in steps hide in it, or all do.
    fn prepare(&mut self, treat: &Treat, number: u32, shown: Shown) -> Option<bool> {
        self.scratch.spans.clear();
        let mut treated = self.hide(treat);
        let generalised = match treat.minimise {
            Some(field) => self.generalise(field, &mut treated),
            None => None,
        };
        treated &= self.cut(treat);
        let is_all = shown == Shown::Rendered;
        if is_all && !(treat.own.is_empty() && treat.listed.is_empty()) {
            treated &= self.hide_more(self.vendors.own(number));
        }
        if is_all && !treat.plugins.is_empty() {
            treated &= self.hide_more(self.vendors.hidden(number));
        }
        merge(&mut self.scratch.spans);
        let spans = &self.scratch.spans;
        // What is hidden whole is not made coarser.
        let generalised =
            generalised.filter(|length| !spans.iter().any(|(start, end, _)| *start == 0 && end >= length));
        // Hidden spans count in the source value: in a coarser one they would hide something else.
        treated &= generalised.is_none() || spans.is_empty();
        treated.then_some(generalised.is_some())
    }

    /// The value of a hole as those who come later may see it; `None` where a step could not treat it.
    pub(super) fn show(
        &mut self,
        holes: &[Hole],
        number: u32,
        event: &[u8],
        docs: &Docs,
        shown: Shown,
    ) -> Option<Sight> {
        let left_out = holes.get(self.next_hole as usize..number as usize).unwrap_or_default();
        left_out.iter().for_each(|hole| self.pass_over(hole));
        self.next_hole = number + 1;
        let hole = holes.get(number as usize)?;
        let resolver = self.resolver;
        let treat = resolver.treats.all().get(usize::from(hole.treat))?;
        let generalised = self.prepare(treat, number, shown)?;
        let is_open = !generalised && self.left_open(treat).next().is_some();
        let Scratch { spans, text, value, .. } = &mut self.scratch;
        value.clear();
        docs.decode(event, &hole.token, value);
        let mut sight = Sight { length: value.len() as u32, is_other: generalised, ..Sight::default() };
        match shown {
            Shown::Filled => {
                for (start, end, _) in spans.iter() {
                    value.get_mut(*start as usize..*end as usize).into_iter().for_each(|hidden| hidden.fill(b'*'));
                }
                sight.text.clone_from(value);
            }
            Shown::Rendered => {
                if !generalised {
                    sight.labels = apply(value, spans, self.entities, text);
                }
                sight.text.clone_from(text);
                let words = resolver.plan(self.plan).sealed.as_deref();
                let is_listed = words.is_some_and(|words| words.matches(text));
                sight.leaves = treat.code.is_none() && !is_open && !is_listed;
            }
        }
        Some(sight)
    }

    /// Collects hidden spans, and what the guard found; `false` where a step failed.
    fn hide(&mut self, treat: &Treat) -> bool {
        let mut treated = if treat.spares { self.hide_but_parts(treat) } else { true };
        self.scratch.watched.clear();
        if let Some(field) = treat.watch {
            match self.found.next(field, self.redact) {
                Some(findings) => self.scratch.watched.extend_from_slice(findings),
                None => treated = false,
            }
        }
        for field in treat.redact.iter().filter(|_| !treat.spares) {
            let own = self.resolver.redact.all().get(usize::from(*field)).map_or("", |f| f.found.label.as_str());
            match self.found.next(*field, self.redact) {
                Some(findings) => {
                    self.scratch.spans.extend(findings.iter().map(|f| (f.start, f.end, label_of(f, own))));
                }
                None => treated = false,
            }
        }
        for field in &treat.mask {
            match self.masked.next(*field, self.mask) {
                Some((range, _)) => {
                    let edits = &self.masked.edits;
                    let spans =
                        edits.edits[range].iter().map(|e| (e.start, e.end, Label::Mask(edits.text_of(e).to_vec())));
                    self.scratch.spans.extend(spans);
                }
                None => treated = false,
            }
        }
        treated
    }

    /// Collects what is hidden of findings, where a treatment keeps parts of some; `false` where the detector failed.
    fn hide_but_parts(&mut self, treat: &Treat) -> bool {
        let Scratch { spans, spared, .. } = &mut self.scratch;
        spared.clear();
        let mut answers = Vec::with_capacity(treat.redact.len());
        for field in &treat.redact {
            let findings = self.found.next(*field, self.redact).map(<[Finding]>::to_vec);
            spared.add(findings.as_deref().unwrap_or_default());
            answers.push((*field, findings));
        }
        spared.settle();
        let treated = answers.iter().all(|(_, findings)| findings.is_some());
        for (field, findings) in answers {
            let Some(RedactField { found, .. }) = self.resolver.redact.all().get(usize::from(field)) else { continue };
            for finding in findings.iter().flatten() {
                let value = self.redact.row(field, finding.row);
                let hidden = spared.hidden(finding, found, self.entities, value);
                let hidden = hidden.into_iter().filter(|range| !range.is_empty());
                spans.extend(hidden.map(|range| (range.start, range.end, label_of(finding, &found.label))));
            }
        }
        treated
    }

    /// Adds what officers' own entities and plugins of vendors found; `false` where they failed.
    fn hide_more(&mut self, hidden: Option<&[Hidden]>) -> bool {
        let own = |(start, end, label): &Hidden| (*start, *end, Label::Own(label.clone()));
        self.scratch.spans.extend(hidden.into_iter().flatten().map(own));
        hidden.is_some()
    }

    /// Adds what is cut off to the hidden spans; `false` where the step failed.
    fn cut(&mut self, treat: &Treat) -> bool {
        let Some(field) = treat.cut else { return true };
        let Some((range, _)) = self.minimised.next(field, self.minimise) else { return false };
        let edits = &self.minimised.edits.edits[range];
        self.scratch.spans.extend(edits.iter().map(|e| (e.start, e.end, Label::Cut)));
        true
    }

    /// Writes a value that is only made coarser; `false`, and nothing, where the step failed.
    fn coarser(&mut self, field: u16, event: &[u8], docs: &Docs, token: &Token, out: &mut Vec<u8>) -> bool {
        let Some((range, row)) = self.minimised.next(field, self.minimise) else { return false };
        let edits = &self.minimised.edits;
        if token.kind == Kind::String && token.doc == 0 && token.flags & flags::ESCAPED == 0 {
            // What stays stands in the event as it is read.
            let mut done = token.start;
            for edit in &edits.edits[range] {
                out.extend_from_slice(slice(event, done, token.start + 1 + edit.start));
                escape_into(out, edits.text_of(edit), 1);
                done = token.start + 1 + edit.end;
            }
            out.extend_from_slice(slice(event, done, token.end));
            return true;
        }
        match &edits.edits[range.clone()] {
            [] => {
                let range = docs.source(token);
                out.extend_from_slice(event.get(range.start as usize..range.end as usize).unwrap_or_default());
            }
            // Most answers take the place of all of a value.
            [edit] if edit.start == 0 && edit.end as usize == self.minimise.row(field, row).len() => {
                write_text(edits.text_of(edit), docs, token, out);
            }
            _ => {
                self.edited(field, range, row);
                write_text(&self.scratch.text, docs, token, out);
            }
        }
        true
    }

    /// Puts the generalised value into `scratch.text`; the length of the source if it differs from that.
    fn generalise(&mut self, field: u16, treated: &mut bool) -> Option<u32> {
        let Some((range, row)) = self.minimised.next(field, self.minimise) else {
            *treated = false;
            return None;
        };
        let changed = !range.is_empty();
        self.edited(field, range, row);
        changed.then(|| self.minimise.row(field, row).len() as u32)
    }

    /// Puts a value with its edits into `scratch.text`.
    fn edited(&mut self, field: u16, range: Range<usize>, row: u32) {
        let source = self.minimise.row(field, row);
        let edits = &self.minimised.edits;
        self.scratch.text.clear();
        let mut done = 0usize;
        for edit in &edits.edits[range] {
            self.scratch.text.extend_from_slice(source.get(done..edit.start as usize).unwrap_or_default());
            self.scratch.text.extend_from_slice(edits.text_of(edit));
            done = edit.end as usize;
        }
        self.scratch.text.extend_from_slice(source.get(done..).unwrap_or_default());
    }

    /// Writes a code; `false`, and nothing, where none can be made.
    fn code(&mut self, key: CodeKey, treat: &Treat, hole: &Hole, event: &[u8], docs: &Docs, out: &mut Vec<u8>) -> bool {
        let fold = if treat.is_ip { normalise_address } else { normalise };
        let Scratch { spans, text, folded, value, .. } = &mut self.scratch;
        folded.clear();
        let made = if treat.is_direct {
            let row = self.next_code as usize;
            self.next_code += 1;
            if treat.preserve {
                fold(self.codes.row(row), folded);
            }
            self.codes.made(row)
        } else {
            if treat.minimise.is_none() || !spans.is_empty() {
                value.clear();
                docs.decode(event, &hole.token, value);
                apply(value, spans, self.entities, text);
            }
            fold(text, folded);
            self.coders.one(self.plan, key, self.resolver, folded)
        };
        if let Some((bits, number)) = made {
            // A value that is coded as it stands was folded where its bits were found.
            let row = treat.is_direct.then(|| self.codes.row(self.next_code as usize - 1));
            self.coders.stands_for(bits, number, |out| match row {
                Some(row) => fold(row, out),
                None => out.extend_from_slice(folded),
            });
        }
        let coder = made.and_then(|(bits, number)| Some((bits, self.coders.coder(number)?)));
        let Some((bits, coder)) = coder else { return false };
        let Scratch { folded, code, .. } = &mut self.scratch;
        // A code has nothing to escape.
        if !treat.preserve && docs.is_line(hole.token.doc) {
            coder.write(bits, out);
            return true;
        }
        if !treat.preserve && hole.token.doc == 0 {
            out.push(b'"');
            coder.write(bits, out);
            out.push(b'"');
            return true;
        }
        code.clear();
        coder.write(bits, code);
        match hole.token.kind {
            _ if !treat.preserve => docs.write(&hole.token, code, out),
            Kind::Number | Kind::True | Kind::False => write_null(docs, hole, out),
            _ if treat.is_ip => docs.write(&hole.token, as_address(bits).to_string().as_bytes(), out),
            _ if folded.contains(&b'@') => {
                code.extend_from_slice(b"@code.invalid");
                docs.write(&hole.token, code, out);
            }
            _ => docs.write(&hole.token, code, out),
        }
        true
    }

    fn splice(&mut self, event: &[u8], docs: &Docs, token: &Token, out: &mut Vec<u8>) {
        let spans = &self.scratch.spans;
        if spans.is_empty() {
            let range = docs.source(token);
            return out.extend_from_slice(event.get(range.start as usize..range.end as usize).unwrap_or_default());
        }
        let labels: Vec<_> = spans.iter().map(|(_, _, label)| label_text(label, self.entities)).collect();
        let patches: Vec<_> = spans
            .iter()
            .zip(&labels)
            .map(|((start, end, _), text)| Patch { start: *start, end: *end, text: text.as_bytes() })
            .collect();
        docs.splice(event, token, &patches, out);
    }
}

/// Whether a word of a sealed list stands in what fills a hole. Else the guard gets to see it, if it is an answer. `whose`: plan, event,
/// hole and treatment.
fn is_listed(
    (plan, event, hole, number): (u32, u32, u32, u16),
    treat: &Treat,
    text: &[u8],
    words: Option<&WordList>,
    guard: Option<&mut Guard>,
    mut cleared: Option<&mut Cleared>,
) -> bool {
    let mut digest = None;
    if let Some(cleared) = &mut cleared {
        match cleared.look_up(plan, Leaves::Answer(number), text) {
            Standing::New(new) => digest = new,
            Standing::Cleared { was_shown } => {
                guard.into_iter().filter(|_| was_shown).for_each(|guard| guard.pass_answer(event, hole));
                return false;
            }
        }
    }
    if words.is_some_and(|words| words.matches(text)) {
        return true;
    }
    let is_shown = guard.is_some_and(|guard| guard.answer((event, hole), treat, digest, text));
    if let Some(cleared) = cleared.filter(|_| !is_shown) {
        cleared.put(digest, false);
    }
    false
}

fn slice(text: &[u8], from: u32, to: u32) -> &[u8] {
    text.get(from as usize..to as usize).unwrap_or_default()
}

/// A key that was written, in one spelling: without quotes, and without the escapes of every text around it.
fn spelled(written: &[u8], docs: &Docs, token: &Token) -> Vec<u8> {
    let decoded = |quoted: &[u8]| serde_json::from_slice::<String>(quoted).ok().map(String::into_bytes);
    let doc = docs.place(token);
    let unescaped = (0..docs.escapes(doc)).try_fold(written.to_vec(), |text, _| {
        let is_plain = !text.contains(&b'\\');
        if is_plain { Some(text) } else { decoded(&[b"\"", &text[..], b"\""].concat()) }
    });
    let key = unescaped.unwrap_or_else(|| written.to_vec());
    let inner = key.strip_prefix(b"\"").and_then(|key| key.strip_suffix(b"\""));
    match inner.filter(|_| docs.is_json(doc)) {
        Some(inner) if inner.contains(&b'\\') => decoded(&key).unwrap_or(key),
        Some(inner) => inner.to_vec(),
        None => key,
    }
}

/// Overlapping and touching spans become one run: a finding inside another never shadows it.
fn merge(spans: &mut Vec<(u32, u32, Label)>) {
    if spans.len() < 2 {
        return;
    }
    spans.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
    let mut merged: Vec<(u32, u32, Label)> = Vec::with_capacity(spans.len());
    for (start, end, label) in spans.drain(..) {
        match merged.last_mut() {
            Some(last) if start <= last.1 => {
                // Who stands inside another is hidden with it, under the name of the longer one.
                if end > last.1 {
                    last.1 = end;
                    last.2 = match (std::mem::replace(&mut last.2, Label::Cut), label) {
                        (Label::Cut, label) | (label, Label::Cut) => label,
                        (one, other) if one == other => one,
                        _ => Label::Mixed,
                    };
                }
            }
            _ => merged.push((start, end, label)),
        }
    }
    *spans = merged;
}

/// What stands in place of a finding: the treatment's label, or the entity's.
fn label_of(finding: &Finding, own: &str) -> Label {
    if own.is_empty() { Label::Entity(finding.entity) } else { Label::Own(own.to_owned()) }
}

fn label_text(label: &Label, entities: &[String]) -> String {
    match label {
        Label::Entity(number) => match entities.get(*number as usize) {
            // The last part of a dotted name is the plainest.
            Some(name) => format!("[{}]", name.rsplit('.').next().unwrap_or(name)),
            None => LABEL.to_owned(),
        },
        Label::Own(text) => text.clone(),
        Label::Mask(text) => String::from_utf8_lossy(text).into_owned(),
        Label::Mixed => LABEL.to_owned(),
        Label::Cut => String::new(),
    }
}

/// A text, written into `out`, with labels in place of spans. Where each stands there, and where its span is.
fn apply(
    value: &[u8],
    spans: &[(u32, u32, Label)],
    entities: &[String],
    out: &mut Vec<u8>,
) -> Vec<(Range<u32>, Range<u32>)> {
    out.clear();
    let (mut done, mut labels) = (0usize, Vec::with_capacity(spans.len()));
    for (start, end, label) in spans {
        out.extend_from_slice(value.get(done..*start as usize).unwrap_or_default());
        let from = out.len() as u32;
        out.extend_from_slice(label_text(label, entities).as_bytes());
        labels.push((from..out.len() as u32, *start..*end));
        done = *end as usize;
    }
    out.extend_from_slice(value.get(done..).unwrap_or_default());
    labels
}

/// A text in which everything that was found is hidden: fields of the detector step with what each found.
pub(super) fn hide_in(text: &[u8], found: &[(u16, Finding)], resolver: &Resolver, entities: &[String]) -> Vec<u8> {
    let own = |field: u16| resolver.redact.all().get(usize::from(field)).map_or("", |f| f.found.label.as_str());
    let label = |(field, finding): &(u16, Finding)| (finding.start, finding.end, label_of(finding, own(*field)));
    let mut spans = found.iter().map(label).collect();
    merge(&mut spans);
    let mut out = Vec::new();
    apply(text, &spans, entities, &mut out);
    out
}

/// Text where a value stood; a number that stays a number keeps its type.
fn write_text(text: &[u8], docs: &Docs, token: &Token, out: &mut Vec<u8>) {
    if token.kind == Kind::String && token.doc == 0 {
        out.push(b'"');
        escape_into(out, text, 1);
        out.push(b'"');
    } else if token.kind == Kind::Number && serde_json::from_slice::<serde_json::Number>(text).is_ok() {
        out.extend_from_slice(text);
    } else {
        docs.write(token, text, out);
    }
}

fn write_cover(cover: &Cover, treat: &Treat, docs: &Docs, hole: &Hole, out: &mut Vec<u8>) {
    let token = &hole.token;
    if treat.preserve && token.kind != Kind::String {
        return write_null(docs, hole, out);
    }
    match cover {
        Cover::Stars(count) => docs.write(token, "*".repeat(usize::from(*count)).as_bytes(), out),
        Cover::Label(label) if label.is_empty() => docs.write(token, LABEL.as_bytes(), out),
        Cover::Label(label) => docs.write(token, label.as_bytes(), out),
    }
}

/// A constant of the policy: JSON text where the place is JSON, its text elsewhere.
fn write_constant(constant: &str, docs: &Docs, hole: &Hole, out: &mut Vec<u8>) {
    let token = &hole.token;
    match serde_json::from_str::<serde_json::Value>(constant) {
        Ok(serde_json::Value::String(text)) => docs.write(token, text.as_bytes(), out),
        _ if docs.is_json(docs.place(token)) && !hole.is_key => out.extend_from_slice(constant.as_bytes()),
        _ => docs.write(token, constant.as_bytes(), out),
    }
}

/// The constant of the host: it says nothing of the value.
fn write_null(docs: &Docs, hole: &Hole, out: &mut Vec<u8>) {
    if docs.is_json(docs.place(&hole.token)) && !hole.is_key {
        out.extend_from_slice(b"null");
    } else {
        docs.write(&hole.token, b"-", out);
    }
}

/// Whether codes of this kind can be reversed by somebody.
pub(super) fn letter(code: Code) -> &'static str {
    match code {
        Code::Clear => "kept",
        Code::Escrow => "pseudonymise-escrow",
        Code::Plain => "pseudonymise",
        Code::Random => "tokenise",
    }
}
