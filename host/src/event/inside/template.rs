//! Line templates: literal text with holes, `Failed password for {user} from {ip:ip} port {port:int}`.

use std::fmt;
use std::ops::Range;

use memchr::memmem;

use super::super::scan::flags;
use super::hole;

/// What may stand in a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoleKind {
    /// The shortest text up to the literal that follows, or everything when none does: `{name}`.
    Text,
    /// The same, without blanks: `{name:word}`.
    Word,
    /// Digits: `{name:int}`.
    Int,
    /// An IPv4 or IPv6 address: `{name:ip}`.
    Ip,
    /// Everything left: `{name:rest}`.
    Rest,
    /// `Mon dd hh:mm:ss` or RFC 3339: `{name:syslog-time}`.
    SyslogTime,
    /// Up to a quote that no backslash precedes: `{name:quoted}`.
    Quoted,
}

/// A hole of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Its name, unique in the template.
    pub name: String,
    /// What may stand there.
    pub kind: HoleKind,
    /// Whether nothing may: `{name?}`.
    pub optional: bool,
    /// Its bytes in the template's text, braces included.
    pub span: Range<usize>,
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// What is wrong.
    pub problem: TemplateProblem,
    /// The bytes of the template's text that are wrong.
    pub span: Range<usize>,
}

/// The ways in which a text is no template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateProblem {
    /// A brace that is not closed, or closes nothing. Braces of the literal text are doubled.
    Brace,
    /// A hole without a name.
    Unnamed,
    /// A word behind the colon that is no kind.
    UnknownKind,
    /// Two holes of one name.
    DuplicateHole,
    /// A hole directly behind one that takes the text up to the next literal: where would it end?
    Ambiguous,
    /// Something follows `{name:rest}`.
    BehindRest,
    /// No literal and no typed hole: every line would fit.
    FitsEverything,
}

impl fmt::Display for TemplateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TemplateProblem::Brace => "a brace without its other half; braces of the text are doubled: `{{`, `}}`",
            TemplateProblem::Unnamed => "the hole has no name",
            TemplateProblem::UnknownKind => {
                "a hole is one of `word`, `int`, `ip`, `rest`, `syslog-time`, `quoted`, or has no kind"
            }
            TemplateProblem::DuplicateHole => "two holes have this name",
            TemplateProblem::Ambiguous => "some text must stand between this hole and the one before it",
            TemplateProblem::BehindRest => "nothing can follow a hole that takes the rest",
            TemplateProblem::FitsEverything => "the template has no text of its own, so every line would fit",
        })
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl std::error::Error for TemplateError {}

/// A parsed template.
///
/// ```
/// use tamis::event::{HoleKind, Template};
/// let template = Template::parse("sshd[{pid:int}]: session opened for user {user:word}").unwrap();
/// assert_eq!(template.holes()[0].kind, HoleKind::Int);
/// assert!(template.fits(b"sshd[42]: session opened for user alice"));
/// assert!(!template.fits(b"sshd[42]: session opened for user alice by root"));
/// let error = Template::parse("{a}{b}").unwrap_err();
/// assert_eq!(error.span, 3..6);
/// ```
#[derive(Clone, Debug)]
pub struct Template {
    parts: Vec<Part>,
    holes: Vec<Hole>,
}

#[derive(Clone, Debug)]
pub(super) enum Part {
    Literal(Literal),
    /// With the literal that follows it.
    Hole(HoleKind, bool, Option<Literal>),
}

/// Text between holes. Each run of blanks in it stands for any run of blanks.
#[derive(Clone, Debug)]
pub(super) struct Literal {
    blank_before: bool,
    /// The words between the runs of blanks; empty when the literal is one run of blanks.
    words: Vec<Box<[u8]>>,
    first: memmem::Finder<'static>,
    blank_after: bool,
}

/// What a hole was filled with: a range of the line, and token flags.
pub(in super::super) type Filled = (Range<u32>, u8);

impl Template {
    /// Parses a template.
    pub fn parse(like: &str) -> Result<Template, TemplateError> {
        let mut template = Template { parts: Vec::new(), holes: Vec::new() };
        let mut literal = String::new();
        let mut at = 0;
        while let Some(char) = like[at..].chars().next() {
            let doubled = like[at + char.len_utf8()..].starts_with(char);
            match char {
                '{' | '}' if doubled => {
                    literal.push(char);
                    at += 2;
                }
                '{' => {
                    template.push_literal(&mut literal);
                    let len = like[at..]
                        .find('}')
                        .ok_or(TemplateError { problem: TemplateProblem::Brace, span: at..like.len() })?;
                    template.push_hole(&like[at + 1..at + len], at..at + len + 1)?;
                    at += len + 1;
                }
                '}' => return Err(TemplateError { problem: TemplateProblem::Brace, span: at..at + 1 }),
                _ => {
                    literal.push(char);
                    at += char.len_utf8();
                }
            }
        }
        template.push_literal(&mut literal);
        template.check(like)
    }

    fn push_literal(&mut self, text: &mut String) {
        if !text.is_empty() {
            let literal = Literal::new(text);
            if let Some(Part::Hole(_, _, until)) = self.parts.last_mut() {
                *until = Some(literal.clone());
            }
            self.parts.push(Part::Literal(literal));
            text.clear();
        }
    }

    fn push_hole(&mut self, inner: &str, span: Range<usize>) -> Result<(), TemplateError> {
        let error = |problem| TemplateError { problem, span: span.clone() };
        let (name, kind) = inner.split_once(':').unwrap_or((inner, ""));
        let optional = name.ends_with('?') || kind.ends_with('?');
        let (name, kind) = (name.trim_end_matches('?'), kind.trim_end_matches('?'));
        let kind = match kind {
            "" => HoleKind::Text,
            "word" => HoleKind::Word,
            "int" => HoleKind::Int,
            "ip" => HoleKind::Ip,
            "rest" => HoleKind::Rest,
            "syslog-time" => HoleKind::SyslogTime,
            "quoted" => HoleKind::Quoted,
            _ => return Err(error(TemplateProblem::UnknownKind)),
        };
        if name.is_empty() {
            return Err(error(TemplateProblem::Unnamed));
        }
        if self.holes.iter().any(|hole| hole.name == name) {
            return Err(error(TemplateProblem::DuplicateHole));
        }
        if let Some(Part::Hole(before, ..)) = self.parts.last() {
            match before {
                HoleKind::Rest => return Err(error(TemplateProblem::BehindRest)),
                HoleKind::Text | HoleKind::Word | HoleKind::Quoted => {
                    return Err(error(TemplateProblem::Ambiguous));
                }
                HoleKind::Int | HoleKind::Ip | HoleKind::SyslogTime => {}
            }
        }
        self.parts.push(Part::Hole(kind, optional, None));
        self.holes.push(Hole { name: name.to_owned(), kind, optional, span });
        Ok(())
    }

    fn check(self, like: &str) -> Result<Template, TemplateError> {
        let rest = self.holes.iter().find(|hole| hole.kind == HoleKind::Rest);
        let last = matches!(self.parts.last(), Some(Part::Hole(HoleKind::Rest, ..)));
        if let Some(rest) = rest.filter(|_| !last) {
            return Err(TemplateError { problem: TemplateProblem::BehindRest, span: rest.span.end..like.len() });
        }
        let tells = |part: &Part| match part {
            Part::Literal(literal) => !literal.words.is_empty(),
            Part::Hole(kind, ..) => !matches!(kind, HoleKind::Text | HoleKind::Rest),
        };
        if !self.parts.iter().any(tells) {
            return Err(TemplateError { problem: TemplateProblem::FitsEverything, span: 0..like.len() });
        }
        Ok(self)
    }

    /// The holes, from the left.
    pub fn holes(&self) -> &[Hole] {
        &self.holes
    }

    /// Whether a line fits.
    pub fn fits(&self, line: &[u8]) -> bool {
        let mut filled = Vec::new();
        self.parts.iter().try_fold(0, |at, part| part.read(line, at, &mut filled)) == Some(line.len())
    }

    /// Its literals and holes, from the left.
    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Words that every line that fits must hold.
    pub(super) fn words(&self) -> impl Iterator<Item = &[u8]> {
        let literals = self.parts.iter().filter_map(|part| match part {
            Part::Literal(literal) => Some(literal),
            Part::Hole(..) => None,
        });
        literals.flat_map(|literal| &literal.words).map(|word| &**word)
    }
}

impl Part {
    /// Where the part that begins at `at` ends; what fills a hole is added. Nothing is tried twice: a hole takes the
    /// shortest text up to the next literal, and when that does not lead to the end of the line the line does not fit. A
    /// longer reading would put what a user typed into the wrong hole.
    #[inline]
    pub(super) fn read(&self, line: &[u8], at: usize, filled: &mut Vec<Filled>) -> Option<usize> {
        let (kind, optional, until) = match self {
            Part::Literal(literal) => return literal.starts(line, at),
            Part::Hole(kind, optional, until) => (*kind, *optional, until.as_ref()),
        };
        let end = take(kind, line, at, until).or(optional.then_some(at).filter(|_| kind.is_typed()))?;
        if end == at && !optional {
            return None;
        }
        let bits = if kind == HoleKind::Quoted { flags::QUOTED } else { 0 };
        filled.push((at as u32..end as u32, bits));
        Some(end)
    }

    /// Whether another part reads every line alike.
    pub(super) fn reads_as(&self, other: &Part) -> bool {
        match (self, other) {
            (Part::Literal(one), Part::Literal(other)) => one.is(other),
            (Part::Hole(kind, optional, until), Part::Hole(of, if_none, to)) => {
                let same = match (until, to) {
                    (Some(until), Some(to)) => until.is(to),
                    (until, to) => until.is_none() && to.is_none(),
                };
                same && (kind, optional) == (of, if_none)
            }
            _ => false,
        }
    }
}

impl HoleKind {
    /// Whether what stands there says itself where it ends.
    fn is_typed(self) -> bool {
        matches!(self, HoleKind::Int | HoleKind::Ip | HoleKind::SyslogTime)
    }
}

/// Where the hole that begins at `at` ends.
fn take(kind: HoleKind, line: &[u8], at: usize, until: Option<&Literal>) -> Option<usize> {
    let up_to = || until.map_or(Some(line.len()), |literal| literal.find(line, at));
    let rest = &line[at..];
    match kind {
        HoleKind::Text => up_to(),
        HoleKind::Word => match until.filter(|literal| literal.blank_before) {
            // It begins with a blank, and so where the word ends, if at all.
            Some(literal) => {
                let end = at + hole::until_blank(rest);
                literal.starts(line, end).map(|_| end)
            }
            None => up_to().filter(|end| hole::until_blank(&line[at..*end]) == end - at),
        },
        HoleKind::Rest => Some(line.len()),
        HoleKind::Int => hole::int(rest).map(|len| at + len),
        HoleKind::Ip => hole::ip(rest).map(|len| at + len),
        HoleKind::SyslogTime => hole::time(rest).map(|len| at + len),
        HoleKind::Quoted => Some(at + hole::until_quote(rest)),
    }
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn blanks(line: &[u8], at: usize) -> usize {
    line[at..].iter().take_while(|&&byte| is_blank(byte)).count()
}

impl Literal {
    fn is(&self, other: &Literal) -> bool {
        let of = |literal: &Literal| (literal.blank_before, literal.blank_after);
        of(self) == of(other) && self.words == other.words
    }

    fn new(text: &str) -> Literal {
        let blank = |c: char| c == ' ' || c == '\t';
        let words: Vec<Box<[u8]>> =
            text.split(blank).filter(|word| !word.is_empty()).map(|word| word.as_bytes().into()).collect();
        let first = memmem::Finder::new(words.first().map_or(&b""[..], |word| word)).into_owned();
        Literal { blank_before: text.starts_with(blank), blank_after: text.ends_with(blank), first, words }
    }

    /// Where the literal ends, if it stands at `at`.
    fn starts(&self, line: &[u8], at: usize) -> Option<usize> {
        let mut at = at;
        if self.blank_before {
            let run = blanks(line, at);
            if run == 0 {
                return None;
            }
            at += run;
        }
        self.words_at(line, at)
    }

    /// Where the literal ends, if its first word stands at `at`.
    fn words_at(&self, line: &[u8], at: usize) -> Option<usize> {
        let mut at = at;
        for (index, word) in self.words.iter().enumerate() {
            if index > 0 {
                let run = blanks(line, at);
                if run == 0 {
                    return None;
                }
                at += run;
            }
            if !line[at..].starts_with(word) {
                return None;
            }
            at += word.len();
        }
        if self.blank_after && !self.words.is_empty() {
            let run = blanks(line, at);
            if run == 0 {
                return None;
            }
            at += run;
        }
        Some(at)
    }

    /// Where the literal first begins, at or behind `from`; blanks it begins with are not the hole's.
    fn find(&self, line: &[u8], from: usize) -> Option<usize> {
        if self.words.is_empty() {
            return memchr::memchr2(b' ', b'\t', &line[from..]).map(|found| from + found);
        }
        let mut search = from;
        while let Some(found) = self.first.find(&line[search..]) {
            let word = search + found;
            if self.words_at(line, word).is_some() {
                let run = if self.blank_before { blanks_before(line, from, word) } else { 0 };
                if run > 0 || !self.blank_before {
                    return Some(word - run);
                }
            }
            search = word + 1;
        }
        None
    }
}

/// How many blanks stand directly before `at`, not before `from`.
fn blanks_before(line: &[u8], from: usize, at: usize) -> usize {
    line[from..at].iter().rev().take_while(|&&byte| is_blank(byte)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// LAW: a word is the shortest text up to the literal, if that has no blanks.
        #[test]
        fn a_word_ends_where_the_literal_begins(line in "[ab\" \t]{0,12}", from in 0..12_usize, literal in "[ab\" ]{1,4}") {
            let at = from.min(line.len());
            let literal = Literal::new(&literal);
            let end = literal.find(line.as_bytes(), at);
            let word = end.filter(|end| !line.as_bytes()[at..*end].iter().any(|byte| is_blank(*byte)));
            prop_assert_eq!(take(HoleKind::Word, line.as_bytes(), at, Some(&literal)), word);
        }
    }

    fn filled(like: &str, line: &str) -> Option<Vec<String>> {
        let mut found = Vec::new();
        let template = Template::parse(like).unwrap();
        let end = template.parts().iter().try_fold(0, |at, part| part.read(line.as_bytes(), at, &mut found));
        let text = |(range, _): &Filled| line[range.start as usize..range.end as usize].to_owned();
        (end == Some(line.len())).then(|| found.iter().map(text).collect())
    }

    #[test]
    fn holes_take_the_shortest_text() {
        let like =
            "{time:syslog-time} {host} sshd[{pid:int}]: Failed password for {user} from {ip:ip} port {port:int} ssh2";
        assert_eq!(
            filled(like, "Nov  3 03:41:12 web1   sshd[17]: Failed password for bob from 192.0.2.7 port 5022 ssh2"),
            Some(["Nov  3 03:41:12", "web1", "17", "bob", "192.0.2.7", "5022"].map(String::from).to_vec())
        );
        // What a user types cannot move into another hole.
        let line = "Nov  3 03:41:12 web1 sshd[17]: Failed password for bob from 1.2.3.4 port 9 ssh2 from 192.0.2.7 port 5 ssh2";
        assert_eq!(filled(like, line), None);
    }

    #[test]
    fn blanks_optional_and_quoted() {
        assert_eq!(filled("a {x?} b", "a   b"), None);
        assert_eq!(filled("a={x?}; b", "a=;  b"), Some(vec![String::new()]));
        assert_eq!(filled("a={x}; b", "a=; b"), None);
        assert_eq!(filled("a={x:int?};{y:rest?}", "a=;"), Some(vec![String::new(), String::new()]));
        assert_eq!(
            filled(r#"ua="{ua:quoted}" {n:int}"#, r#"ua="M \"x\" y" 3"#),
            Some(vec![r#"M \"x\" y"#.into(), "3".into()])
        );
        assert_eq!(filled("{u:word}@{h:word}", "bob@x.example"), Some(vec!["bob".into(), "x.example".into()]));
        assert_eq!(filled("{u:word}@{h:word}", "b ob@x.example"), None);
        assert_eq!(filled("{{{x}}}", "{a}"), Some(vec!["a".into()]));
        assert_eq!(filled("[{x}] {rest:rest}", "[a] b  c"), Some(vec!["a".into(), "b  c".into()]));
    }

    #[test]
    fn errors_point_at_the_text() {
        for (like, problem, span) in [
            ("a {b", TemplateProblem::Brace, 2..4),
            ("a } b", TemplateProblem::Brace, 2..3),
            ("a {}", TemplateProblem::Unnamed, 2..4),
            ("{a:date}", TemplateProblem::UnknownKind, 0..8),
            ("{a} {a}", TemplateProblem::DuplicateHole, 4..7),
            ("x{a}{b}", TemplateProblem::Ambiguous, 4..7),
            ("{a:rest} x", TemplateProblem::BehindRest, 8..10),
            ("{a} {b}", TemplateProblem::FitsEverything, 0..7),
        ] {
            assert_eq!(Template::parse(like).unwrap_err(), TemplateError { problem, span }, "{like}");
        }
    }
}
