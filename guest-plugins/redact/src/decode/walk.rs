//! One pass over a text that decodes what it can.

use crate::check::{before, byte, run, run_back};
use crate::classes::Classifier;

use super::escape::{self, Escape};
use super::run::{Run, is_base64, may_hold_nothing};
use super::text::{Hidden, Text};
use super::{Marks, alike};

/// Buffers that are reused.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    run: Run,
}

pub(super) struct Walk<'a> {
    source: &'a [u8],
    out: &'a mut Text,
    run: &'a mut Run,
    /// Whether `=40` is decoded.
    quoted: bool,
    /// Whether something shows that it should be.
    may_be_quoted: bool,
    /// Whether `+` is a blank here, once that is known.
    query: Option<bool>,
    /// Behind the last run that was tried.
    tried: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(source: &'a [u8], buffers: &'a mut Buffers, out: &'a mut Text) -> Self {
        out.clear();
        let run = &mut buffers.run;
        Walk { source, out, run, quoted: false, may_be_quoted: false, query: None, tried: 0 }
    }

    pub(super) fn quoted(self, quoted: bool) -> Self {
        Walk { quoted, ..self }
    }

    /// Decodes, and says whether the text may be quoted-printable besides.
    pub(super) fn go(mut self, classes: &Classifier) -> bool {
        let mut marks = Marks::new(self.source, &[], true);
        while let Some((base, mut marks)) = marks.next(classes) {
            while marks != 0 {
                let at = base + marks.trailing_zeros() as usize;
                marks &= marks - 1;
                if at >= self.out.copied() {
                    self.look(at);
                }
            }
        }
        self.out.finish(self.source);
        self.may_be_quoted
    }

    fn look(&mut self, at: usize) {
        let source = self.source;
        // A sign that belongs to base64, as it is or escaped, is first tried as such.
        let first = byte(source, at);
        if at >= self.tried
            && (is_base64(first)
                || first == b'%' && matches!(source.get(at + 1..at + 3), Some(b"2B" | b"2b" | b"2F" | b"2f"))
                || first == b'\\' && byte(source, at + 1) == b'/')
        {
            self.try_run(at);
            if at < self.out.copied() {
                return;
            }
        }
        if let Some((start, end, c)) = alike::composed(source, at).filter(|(start, ..)| *start >= self.out.copied()) {
            return self.out.replace(source, (start, end), Hidden::Open, std::iter::once(c));
        }
        let escape = match first {
            b'%' => escape::percent(source, at),
            b'\\' => escape::backslash(source, at),
            b'&' => escape::entity(source, at),
            b'+' if self.is_blank(at) => Some(Escape { end: at + 1, stands_for: Some(' '), hides: false }),
            b'=' if self.quoted => escape::quoted(source, at),
            b'=' => {
                self.may_be_quoted = self.may_be_quoted || escape::is_quoted(source, at);
                None
            }
            0x80.. => alike::at(source, at).map(|(end, stands_for)| Escape { end, stands_for, hides: false }),
            _ => None,
        };
        if let Some(Escape { end, stands_for, hides }) = escape {
            let hidden = if hides { Hidden::Characters } else { Hidden::Open };
            self.out.replace(source, (at, end), hidden, stands_for.into_iter());
        }
    }

    /// Decodes the run of base64 or hexadecimal digits around `at`, or parts of it.
    fn try_run(&mut self, at: usize) {
        let source = self.source;
        let from = self.out.copied().max(self.tried);
        let start = run_back(source, at, at - from, is_base64);
        if let Some(end) = may_hold_nothing(source, start) {
            self.tried = end;
            return;
        }
        let Walk { out, run, .. } = self;
        run.read(source, start);
        self.tried = run.end;
        let mut decoded = false;
        run.hex(source, |span, text| {
            out.replace(source, span, Hidden::Texts, text.chars());
            decoded = true;
        });
        if decoded {
            return;
        }
        if let Some(span) = run.base64(0, run.len()) {
            return out.replace(source, span, Hidden::Texts, run.text.chars());
        }
        for (from, to) in run.parts() {
            if let Some(span) = run.base64(from, to) {
                out.replace(source, span, Hidden::Texts, run.text.chars());
            }
        }
    }

    /// Whether the `+` at `at` is a blank: in the query of a URL, between words, but not in the name of an address.
    fn is_blank(&mut self, at: usize) -> bool {
        let source = self.source;
        let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b',' | b')' | b'_' | b'-');
        if !word(before(source, at))
            || !(word(byte(source, at + 1)) || matches!(byte(source, at + 1), b'%' | b'(' | b'+'))
        {
            return false;
        }
        let query = *self.query.get_or_insert_with(|| {
            let has = |sign: u8| source.contains(&sign);
            let escaped = |pair: &[u8]| matches!(pair, [b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
            has(b'=') && (has(b'&') || has(b'?')) || source.windows(3).any(escaped)
        });
        let end = run(source, at + 1, 64, |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
        let sign = source.get(end..).unwrap_or_default();
        query
            && ![&b"@"[..], b"%40", b"%25", b"&#", b"&commat", b"\\u00", b"\\x40"].iter().any(|at| sign.starts_with(at))
    }
}
