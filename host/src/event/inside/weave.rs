//! What stands between the parts of a text form, when some of them are kept and some are not.

use std::ops::Range;

use super::super::scan::{Docs, Token, flags};
use super::pairs::separates;
use super::url::part;

/// A piece of the text that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Bytes of the document, as they stand.
    Source(Range<u32>),
    /// Other text: ASCII without quotes, backslashes and control characters, so it needs no escaping.
    Text(&'static str),
}

/// Writes the frame of a text form (key=value, URL, query, line) around the values that are kept: for each
/// [`Kind::String`](super::super::Kind::String) token between `TextOpen` and `InnerClose`, call [`Weave::part`], then
/// write the value if it is kept; at the end call [`Weave::close`].
///
/// - Lines: literals stay; a hyphen stands where a hole was dropped.
/// - URL: a dropped part takes its mark (`user@`, `:port`, `?key=`, `#`) with it.
/// - Query and key=value: only pairs that are kept are written.
#[derive(Clone, Debug)]
pub struct Weave {
    form: Frame,
    cursor: u32,
    kept: bool,
}

/// The text forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    Json,
    KeyValue,
    Url,
    Query,
    Lines,
}

impl Weave {
    /// Begins document `doc`.
    pub fn open(docs: &Docs, doc: u16) -> Weave {
        Weave { form: docs.frame(doc), cursor: 0, kept: false }
    }

    /// Gives the pieces that stand before the value of `token`, a token that lies in the document (or the `TextOpen`
    /// of a document within it). `text` is the document's text.
    pub fn part(&mut self, text: &[u8], token: &Token, kept: bool, mut piece: impl FnMut(Piece)) {
        match self.form {
            Frame::Json => {}
            Frame::Lines => {
                piece(Piece::Source(self.cursor..token.start));
                if !kept {
                    piece(Piece::Text("-"));
                }
                self.cursor = token.end;
            }
            Frame::KeyValue | Frame::Query => {
                if kept {
                    self.pair(text, token, &mut piece);
                }
            }
            Frame::Url => self.url_part(token, kept, &mut piece),
        }
    }

    fn pair(&mut self, text: &[u8], token: &Token, piece: &mut impl FnMut(Piece)) {
        if self.kept {
            let between = text.get(self.cursor as usize..token.pair as usize).unwrap_or_default();
            let only_separates = !between.is_empty() && between.iter().all(|&byte| separates(byte));
            piece(match self.form {
                Frame::KeyValue if only_separates => Piece::Source(self.cursor..token.pair),
                Frame::KeyValue => Piece::Text(" "),
                _ => Piece::Text("&"),
            });
        }
        self.kept = true;
        piece(Piece::Source(token.pair..token.start));
        self.cursor = token.end;
    }

    fn url_part(&mut self, token: &Token, kept: bool, piece: &mut impl FnMut(Piece)) {
        let number = flags::part(token.flags);
        let upto = if number == part::QUERY { token.pair } else { token.start };
        match (kept, number) {
            (true, part::QUERY) => {
                piece(Piece::Source(self.cursor..upto));
                piece(Piece::Text(if self.kept { "&" } else { "?" }));
                piece(Piece::Source(token.pair + 1..token.start));
                self.kept = true;
            }
            (true, _) => piece(Piece::Source(self.cursor..upto)),
            (false, _) => piece(Piece::Source(self.cursor..token.pair)),
        }
        // The `:` of a dropped scheme and the `@` of a dropped user go with them.
        let mark = !kept && (number == part::SCHEME || number == part::USER);
        self.cursor = token.end + u32::from(mark);
    }

    /// Gives the pieces behind the last part.
    pub fn close(self, text: &[u8], mut piece: impl FnMut(Piece)) {
        if matches!(self.form, Frame::Lines | Frame::Url) {
            piece(Piece::Source(self.cursor..text.len() as u32));
        }
    }
}
