//! Path patterns: which leaves, keys and containers of an event are meant.
//!
//! Keys are joined by dots; a key that holds a dot, a bracket, a star or a quote is put between single quotes, in
//! which `''` stands for one quote. `*` is any one key, `**` any depth of keys and elements (also none), `[*]` any
//! element of an array, `[Name=UserAgent]` the element whose member `Name` is that. The empty pattern is the event.

use std::fmt;
use std::ops::Range;

/// Most segments a pattern may have.
pub const SEGMENTS_MAX: usize = 64;

/// One step of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// This member of an object.
    Key(String),
    /// Any member of an object: `*`.
    AnyKey,
    /// Any element of an array: `[*]`.
    AnyElement,
    /// The element, an object, whose member `name` is the string (or the number, as written) `value`.
    Select {
        /// The member that decides.
        name: String,
        /// Its decoded text.
        value: String,
    },
    /// Any number of keys and elements, also none: `**`.
    AnyDepth,
}

impl Segment {
    /// Puts the letters A to Z of a key or selector into lower case.
    pub(crate) fn fold(&mut self) {
        match self {
            Segment::Key(key) => key.make_ascii_lowercase(),
            Segment::Select { name, value } => {
                name.make_ascii_lowercase();
                value.make_ascii_lowercase();
            }
            Segment::AnyKey | Segment::AnyElement | Segment::AnyDepth => {}
        }
    }
}

/// A parsed path pattern. `Display` prints the canonical form, which parses to an equal pattern.
///
/// ```
/// use tamis::event::Pattern;
/// let exact = Pattern::parse("Parameters[Name=Identity].Value").unwrap();
/// let any = Pattern::parse("Parameters[*].Value").unwrap();
/// assert!(exact.rank() > any.rank());
/// assert_eq!(Pattern::parse("claims.'http://x.example/y'").unwrap().to_string(), "claims.'http://x.example/y'");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern {
    segments: Vec<Segment>,
}

/// Whether some place is named by both.
fn may_be_one(one: &[Segment], other: &[Segment]) -> bool {
    let meets = |one: &Segment, other: &Segment| match (one, other) {
        (Segment::Key(one), Segment::Key(other)) => one == other,
        (Segment::Key(_) | Segment::AnyKey, Segment::Key(_) | Segment::AnyKey) => true,
        (one, other) => {
            !matches!(one, Segment::Key(_) | Segment::AnyKey) && !matches!(other, Segment::Key(_) | Segment::AnyKey)
        }
    };
    // From the ends, each pair of rests once: tried one after the other, patterns with many `**` would take for ever.
    let mut below = vec![false; other.len() + 1];
    for at in (0..=one.len()).rev() {
        let mut row = vec![false; other.len() + 1];
        for beside in (0..=other.len()).rev() {
            let next = || row.get(beside + 1).copied().unwrap_or(false);
            row[beside] = match (one.get(at), other.get(beside)) {
                (None, None) => true,
                (Some(Segment::AnyDepth), Some(_)) => below[beside] || next(),
                (Some(Segment::AnyDepth), None) => below[beside],
                (Some(_), Some(Segment::AnyDepth)) => below[beside] || next(),
                (None, Some(Segment::AnyDepth)) => next(),
                (Some(first), Some(second)) => meets(first, second) && below[beside + 1],
                _ => false,
            };
        }
        below = row;
    }
    below[0]
}

/// How specific a pattern is: greater wins. Compared from the left, an exact key beats `[Name=Value]` beats `*` and
/// `[*]` beats the end of the pattern beats `**`. Equal ranks at one place: their labels join.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rank(Box<[u8]>);

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// What is wrong.
    pub problem: PatternProblem,
    /// The bytes of the pattern's text that are wrong; may be empty where something is missing.
    pub span: Range<usize>,
}

/// The ways in which a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternProblem {
    /// Two dots in a row, or one at either end.
    EmptySegment,
    /// A star beside other characters.
    PartialStar,
    /// A quote within a bare key, or text behind a closing quote.
    StrayQuote,
    /// A quoted key without its closing quote.
    UnclosedQuote,
    /// A bracket that opens nothing, or is not closed.
    Bracket,
    /// Brackets hold neither `*` nor `Name=Value`.
    Selector,
    /// More than [`SEGMENTS_MAX`] segments.
    TooManySegments,
}

impl fmt::Display for PatternProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PatternProblem::EmptySegment => "a key is missing between dots",
            PatternProblem::PartialStar => "a star stands alone; a key that holds a star is quoted with `'`",
            PatternProblem::StrayQuote => "a quote belongs around a whole key; within quotes it is doubled",
            PatternProblem::UnclosedQuote => "the quoted key has no closing quote",
            PatternProblem::Bracket => "a bracket without its other half",
            PatternProblem::Selector => "brackets hold `*` or `Name=Value`",
            PatternProblem::TooManySegments => "the path has more than 64 segments",
        })
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl std::error::Error for PatternError {}

impl Pattern {
    /// Parses a pattern. The error's span lies within `text`.
    pub fn parse(text: &str) -> Result<Pattern, PatternError> {
        let mut reader = Reader { text, at: 0 };
        let mut segments = Vec::new();
        while reader.at < text.len() {
            if text.as_bytes()[reader.at] == b'[' {
                segments.push(reader.bracket()?);
            } else {
                if !segments.is_empty() && !reader.eat('.') {
                    return Err(reader.error_char(PatternProblem::StrayQuote));
                }
                segments.push(reader.key()?);
            }
            if segments.len() > SEGMENTS_MAX {
                return Err(PatternError { problem: PatternProblem::TooManySegments, span: 0..text.len() });
            }
        }
        Ok(Pattern { segments })
    }

    /// A pattern of given segments.
    pub fn of(segments: Vec<Segment>) -> Pattern {
        Pattern { segments }
    }

    /// The segments, from the top of the event.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// This pattern with another below it.
    pub fn join(&self, below: &Pattern) -> Pattern {
        Pattern { segments: self.segments.iter().chain(&below.segments).cloned().collect() }
    }

    /// Whether `other` lies below this pattern, segment by segment as written.
    pub fn is_prefix_of(&self, other: &Pattern) -> bool {
        other.segments.starts_with(&self.segments)
    }

    /// Whether a place that `other` names may lie below one that this pattern names: a beginning of `other`, which is written alike
    /// or does not end in a wildcard for keys, may name the same place.
    ///
    /// ```
    /// # use tamis::event::Pattern;
    /// let may_hold = |one: &str, other: &str| Pattern::parse(one).unwrap().may_hold(&Pattern::parse(other).unwrap());
    /// assert!(may_hold("x[*].raw", "x[k=v].raw.op") && may_hold("**.raw", "x.raw.op") && may_hold("*", "*.op"));
    /// assert!(!may_hold(&format!("{}a", "**.a.".repeat(30)), &format!("{}c", "**.b.".repeat(30))));
    /// assert!(!may_hold("x.raw", "x.raw") && !may_hold("x.raw", "y.raw.op") && !may_hold("raw", "**.op"));
    /// ```
    pub fn may_hold(&self, other: &Pattern) -> bool {
        (1..other.segments.len()).any(|len| {
            let begin = &other.segments[..len];
            let is_wild = matches!(begin.last(), Some(Segment::AnyKey | Segment::AnyDepth));
            *begin == *self.segments || (!is_wild && may_be_one(&self.segments, begin))
        })
    }

    /// This pattern with the letters A to Z of keys and selectors in lower case: patterns that differ in case only are equal.
    #[must_use]
    pub fn folded(mut self) -> Pattern {
        self.segments.iter_mut().for_each(Segment::fold);
        self
    }

    /// Whether the last segment is a wildcard for keys, so that the key itself needs a classification.
    pub fn ends_in_wildcard(&self) -> bool {
        matches!(self.segments.last(), Some(Segment::AnyKey | Segment::AnyDepth))
    }

    /// How specific the pattern is.
    pub fn rank(&self) -> Rank {
        let weight = |segment: &Segment| match segment {
            Segment::Key(_) => 4,
            Segment::Select { .. } => 3,
            Segment::AnyKey | Segment::AnyElement => 2,
            Segment::AnyDepth => 0,
        };
        // The end weighs 1: `a` beats `a.**`, and `**.a.b` beats `**.b`.
        Rank(self.segments.iter().map(weight).chain([1]).collect())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.segments.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            match segment {
                Segment::Key(key) => write!(f, "{dot}{}", Quoted(key, ".[]*'")),
                Segment::AnyKey => write!(f, "{dot}*"),
                Segment::AnyDepth => write!(f, "{dot}**"),
                Segment::AnyElement => f.write_str("[*]"),
                Segment::Select { name, value } => {
                    write!(f, "[{}={}]", Quoted(name, "=[]*'"), Quoted(value, "[]'"))
                }
            }?;
        }
        Ok(())
    }
}

/// Prints a key, between quotes when it is empty or holds one of the given characters.
struct Quoted<'a>(&'a str, &'static str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() || self.0.bytes().any(|byte| self.1.as_bytes().contains(&byte)) {
            write!(f, "'{}'", self.0.replace('\'', "''"))
        } else {
            f.write_str(self.0)
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    fn error(&self, problem: PatternProblem, from: usize) -> PatternError {
        PatternError { problem, span: from..self.at }
    }

    fn error_char(&self, problem: PatternProblem) -> PatternError {
        let end = self.at + self.peek().map_or(0, char::len_utf8);
        PatternError { problem, span: self.at..end }
    }

    /// Reads up to one of `stops` (ASCII), which is not consumed.
    fn until(&mut self, stops: &[u8]) -> &'t str {
        let rest = &self.text[self.at..];
        let len = rest.bytes().position(|byte| stops.contains(&byte)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    fn key(&mut self) -> Result<Segment, PatternError> {
        let from = self.at;
        if self.peek() == Some('\'') {
            return self.quoted().map(Segment::Key);
        }
        let key = self.until(b".[");
        match key {
            "" => Err(self.error_char(PatternProblem::EmptySegment)),
            "*" => Ok(Segment::AnyKey),
            "**" => Ok(Segment::AnyDepth),
            _ if !key.bytes().any(|byte| b"*']".contains(&byte)) => Ok(Segment::Key(key.to_owned())),
            _ if key.contains('*') => Err(self.error(PatternProblem::PartialStar, from)),
            _ if key.contains('\'') => Err(self.error(PatternProblem::StrayQuote, from)),
            _ => Err(self.error(PatternProblem::Bracket, from)),
        }
    }

    fn quoted(&mut self) -> Result<String, PatternError> {
        let from = self.at;
        self.at += 1;
        let mut key = String::new();
        loop {
            key.push_str(self.until(b"'"));
            if !self.eat('\'') {
                return Err(self.error(PatternProblem::UnclosedQuote, from));
            }
            if !self.eat('\'') {
                return Ok(key);
            }
            key.push('\'');
        }
    }

    fn bracket(&mut self) -> Result<Segment, PatternError> {
        let from = self.at;
        self.at += 1;
        if self.eat('*') {
            return if self.eat(']') {
                Ok(Segment::AnyElement)
            } else {
                Err(self.error(PatternProblem::Selector, from))
            };
        }
        let name = self.word(b"=]")?;
        if !self.eat('=') || name.is_empty() {
            self.until(b"]");
            return Err(self.error(PatternProblem::Selector, from));
        }
        let value = self.word(b"]")?;
        if !self.eat(']') {
            return Err(self.error(PatternProblem::Bracket, from));
        }
        Ok(Segment::Select { name, value })
    }

    fn word(&mut self, stops: &[u8]) -> Result<String, PatternError> {
        if self.peek() == Some('\'') { self.quoted() } else { Ok(self.until(stops).to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rank(text: &str) -> Rank {
        Pattern::parse(text).unwrap().rank()
    }

    #[test]
    fn forms() {
        let pattern = Pattern::parse("a.*.**.b[*][Name=x y].'c.d''e'").unwrap();
        let key = |k: &str| Segment::Key(k.to_owned());
        let select = Segment::Select { name: "Name".to_owned(), value: "x y".to_owned() };
        assert_eq!(
            pattern.segments(),
            [key("a"), Segment::AnyKey, Segment::AnyDepth, key("b"), Segment::AnyElement, select, key("c.d'e")]
        );
        assert!(Pattern::parse("").unwrap().segments().is_empty());
        assert_eq!(Pattern::parse("[*].x").unwrap().segments().len(), 2);
        assert_eq!(Pattern::parse("''").unwrap().segments(), [key("")]);
    }

    #[test]
    fn errors_point_at_the_text() {
        for (text, problem, span) in [
            ("a..b", PatternProblem::EmptySegment, 2..3),
            (".a", PatternProblem::EmptySegment, 0..1),
            ("a.", PatternProblem::EmptySegment, 2..2),
            ("a.b*", PatternProblem::PartialStar, 2..4),
            ("a.'b", PatternProblem::UnclosedQuote, 2..4),
            ("a'b'", PatternProblem::StrayQuote, 0..4),
            ("'a'b", PatternProblem::StrayQuote, 3..4),
            ("a[3]", PatternProblem::Selector, 1..3),
            ("a[N=x", PatternProblem::Bracket, 1..5),
            ("a]", PatternProblem::Bracket, 0..2),
        ] {
            assert_eq!(Pattern::parse(text), Err(PatternError { problem, span }), "{text}");
        }
    }

    #[test]
    fn specific_beats_general_from_the_left() {
        let order = ["**", "**.b", "**.a.b", "*", "*.b", "[N=v]", "a.**", "a", "a.*", "a[N=v].x", "a.b"];
        for pair in order.windows(2) {
            assert!(rank(pair[0]) < rank(pair[1]), "{pair:?}");
        }
        assert_eq!(rank("a[*]"), rank("a.*"));
        assert_eq!(rank("a.x"), rank("b.y"));
    }

    fn segment() -> impl Strategy<Value = Segment> {
        let word = "[a-z.*'\\[\\]= é]{0,4}";
        prop_oneof![
            word.prop_map(Segment::Key),
            Just(Segment::AnyKey),
            Just(Segment::AnyElement),
            Just(Segment::AnyDepth),
            ("[a-z.*'\\[\\]=]{1,4}", word).prop_map(|(name, value)| Segment::Select { name, value }),
        ]
    }

    proptest! {
        #[test]
        fn canonical_form_parses_to_itself(segments in prop::collection::vec(segment(), 0..6)) {
            let pattern = Pattern::of(segments);
            prop_assert_eq!(Pattern::parse(&pattern.to_string()).unwrap(), pattern);
        }

        #[test]
        fn no_text_panics(text in "[a.*'\\[\\]=é]{0,12}") {
            if let Err(error) = Pattern::parse(&text) {
                prop_assert!(text.get(error.span).is_some());
            }
        }
    }
}
