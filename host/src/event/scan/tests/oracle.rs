//! A slow and obvious reader: recursive, a list of positions per pattern, no automaton.

use super::super::super::path::{Pattern, Segment};
use super::Kind;

#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) ignore_case: bool,
    pub(super) leaves: Vec<Pattern>,
    pub(super) keys: Vec<Pattern>,
    pub(super) marks: Vec<Pattern>,
}

impl Rules {
    pub(super) fn of(leaves: &[&str]) -> Rules {
        let leaves = leaves.iter().map(|text| Pattern::parse(text).unwrap()).collect();
        Rules { ignore_case: false, leaves, keys: Vec::new(), marks: Vec::new() }
    }

    fn all(&self) -> impl Iterator<Item = &Pattern> {
        self.leaves.iter().chain(&self.keys).chain(&self.marks)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) kind: Kind,
    pub(super) wild: bool,
    pub(super) labels: Vec<u32>,
    pub(super) key_labels: Vec<u32>,
    pub(super) pair: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// One step of a path; an element knows the scalar members of its object.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Element(Vec<(String, String)>),
}

struct Reader<'r> {
    rules: &'r Rules,
    text: &'r str,
    at: usize,
    path: Vec<Step>,
    tokens: Vec<Seen>,
    marks: Vec<u16>,
    duplicate: bool,
}

/// The tokens and marks of a valid event; `None` where two members of one name must be refused.
pub(super) fn read(rules: &Rules, text: &str) -> Option<(Vec<Seen>, Vec<u16>)> {
    let mut reader =
        Reader { rules, text, at: 0, path: Vec::new(), tokens: Vec::new(), marks: Vec::new(), duplicate: false };
    reader.blanks();
    let at = reader.at;
    reader.value(at, false, true);
    reader.marks.sort_unstable();
    reader.marks.dedup();
    (!reader.duplicate).then_some((reader.tokens, reader.marks))
}

impl Reader<'_> {
    fn byte(&self) -> u8 {
        self.text.as_bytes()[self.at]
    }

    fn blanks(&mut self) {
        while self.at < self.text.len() && b" \n\r\t".contains(&self.byte()) {
            self.at += 1;
        }
    }

    fn same(&self, one: &str, other: &str) -> bool {
        one == other || self.rules.ignore_case && one.eq_ignore_ascii_case(other)
    }

    /// The positions a pattern can be in behind a path.
    fn positions(&self, pattern: &Pattern, path: &[Step]) -> Vec<usize> {
        let segments = pattern.segments();
        let close = |mut at: Vec<usize>| {
            let mut index = 0;
            while index < at.len() {
                if segments.get(at[index]) == Some(&Segment::AnyDepth) && !at.contains(&(at[index] + 1)) {
                    at.push(at[index] + 1);
                }
                index += 1;
            }
            at
        };
        let mut now = close(vec![0]);
        for step in path {
            let mut next = Vec::new();
            for at in now {
                match (segments.get(at), step) {
                    (Some(Segment::AnyDepth), _) => next.push(at),
                    (Some(Segment::Key(key)), Step::Key(found)) if self.same(key, found) => next.push(at + 1),
                    (Some(Segment::AnyKey), Step::Key(_)) => next.push(at + 1),
                    (Some(Segment::AnyElement), Step::Element(_)) => next.push(at + 1),
                    (Some(Segment::Select { name, value }), Step::Element(members)) => {
                        let mut found = members.iter().filter(|member| self.same(&member.0, name));
                        let first = found.next();
                        let respelled = found.any(|other| first.is_some_and(|first| first.0 != other.0));
                        if !respelled && first.is_some_and(|member| self.same(&member.1, value)) {
                            next.push(at + 1);
                        }
                    }
                    _ => {}
                }
            }
            now = close(next);
        }
        now.sort_unstable();
        now.dedup();
        now
    }

    fn matching(&self, patterns: &[Pattern], path: &[Step]) -> Vec<u32> {
        let holds = |pattern: &Pattern| self.positions(pattern, path).contains(&pattern.segments().len());
        (0u32..).zip(patterns).filter(|(_, pattern)| holds(pattern)).map(|(label, _)| label).collect()
    }

    fn leads(&self, path: &[Step]) -> bool {
        let key_only = |pattern: &Pattern| {
            // A key pattern that ends in `**` means the keys below, not what the depth is none of.
            let at = self.positions(pattern, path);
            !at.is_empty()
        };
        self.rules.all().any(key_only)
    }

    /// Whether a pattern names the last key of the path, rather than a wildcard.
    fn named(&self, path: &[Step]) -> bool {
        let Some((Step::Key(key), before)) = path.split_last() else { return true };
        let names = |pattern: &Pattern| {
            let at = self.positions(pattern, before);
            at.iter().any(|&at| matches!(pattern.segments().get(at), Some(Segment::Key(name)) if self.same(name, key)))
        };
        self.rules.all().any(names) || self.watched(before, key)
    }

    /// Whether a key decides which element the path's last step is.
    fn watched(&self, path: &[Step], key: &str) -> bool {
        let Some((Step::Element(_), before)) = path.split_last() else { return false };
        let decides = |pattern: &Pattern| {
            let at = self.positions(pattern, before);
            at.iter().any(
                |&at| matches!(pattern.segments().get(at), Some(Segment::Select { name, .. }) if self.same(name, key)),
            )
        };
        self.leads(path) && self.rules.all().any(decides)
    }

    fn key_labels(&self) -> Vec<u32> {
        if !matches!(self.path.last(), Some(Step::Key(_))) {
            return Vec::new();
        }
        let below = |pattern: &Pattern| match pattern.segments().last() {
            Some(Segment::AnyDepth) => pattern.join(&Pattern::of(vec![Segment::AnyKey])),
            _ => pattern.clone(),
        };
        let patterns: Vec<Pattern> = self.rules.keys.iter().map(below).collect();
        self.matching(&patterns, &self.path).iter().map(|label| label + 100).collect()
    }

    fn value(&mut self, pair: usize, wild: bool, alive: bool) {
        let start = self.at;
        let alive = alive && self.leads(&self.path);
        if alive {
            let marks = self.matching(&self.rules.marks, &self.path);
            self.marks.extend(marks.iter().map(|&mark| mark as u16));
        }
        let labels = if alive { self.matching(&self.rules.leaves, &self.path) } else { Vec::new() };
        let key_labels = if alive { self.key_labels() } else { Vec::new() };
        let first = self.tokens.len();
        let seen = |kind, start, end| Seen { kind, wild, labels: Vec::new(), key_labels: Vec::new(), pair, start, end };
        let kind = match self.byte() {
            b'"' => {
                self.string();
                Kind::String
            }
            open @ (b'{' | b'[') => {
                self.tokens.push(Seen {
                    key_labels: key_labels.clone(),
                    ..seen(if open == b'{' { Kind::Object } else { Kind::Array }, start, start + 1)
                });
                let members = self.container(open == b'{', alive);
                if members > 0 {
                    if self.tokens.len() == first + 1 {
                        self.tokens.truncate(first);
                    } else {
                        let close = self.at - 1;
                        self.tokens.push(Seen { wild: false, pair: close, ..seen(Kind::Close, close, self.at) });
                    }
                    return;
                }
                self.tokens.truncate(first);
                if open == b'{' { Kind::EmptyObject } else { Kind::EmptyArray }
            }
            b't' => self.word("true", Kind::True),
            b'f' => self.word("false", Kind::False),
            b'n' => self.word("null", Kind::Null),
            _ => {
                let more = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
                while self.at < self.text.len() && more(self.byte()) {
                    self.at += 1;
                }
                Kind::Number
            }
        };
        if !labels.is_empty() {
            self.tokens.push(Seen { kind, wild, labels, key_labels, pair, start, end: self.at });
        }
    }

    fn word(&mut self, word: &str, kind: Kind) -> Kind {
        self.at += word.len();
        kind
    }

    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        while self.byte() != b'"' {
            self.at += if self.byte() == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        decode(&self.text[start + 1..self.at - 1])
    }

    /// Reads members or elements; how many there are.
    fn container(&mut self, object: bool, alive: bool) -> usize {
        self.at += 1;
        self.blanks();
        let mut names: Vec<String> = Vec::new();
        let mut members = 0;
        while !b"}]".contains(&self.byte()) {
            members += 1;
            let pair = self.at;
            let mut wild = false;
            if object {
                let key = self.string();
                self.blanks();
                self.at += 1;
                self.blanks();
                self.path.push(Step::Key(key.clone()));
                let named = self.named(&self.path);
                let leads = self.leads(&self.path);
                wild = leads && !named;
                if alive && (leads || self.watched(&self.path[..self.path.len() - 1], &key)) {
                    // Spellings that differ in case are two members, also where case does not matter.
                    self.duplicate |= names.contains(&key);
                    names.push(key);
                }
            } else {
                let deciding = self.scalars();
                self.path.push(Step::Element(deciding));
            }
            self.value(pair, wild, alive);
            self.path.pop();
            self.blanks();
            if self.byte() == b',' {
                self.at += 1;
                self.blanks();
            }
        }
        self.at += 1;
        members
    }

    /// The scalar members of the object that begins here, as text.
    fn scalars(&self) -> Vec<(String, String)> {
        let mut ahead = Reader {
            rules: &Rules::of(&[]),
            text: self.text,
            at: self.at,
            path: Vec::new(),
            tokens: Vec::new(),
            marks: Vec::new(),
            duplicate: false,
        };
        let mut members = Vec::new();
        if ahead.byte() != b'{' {
            return members;
        }
        ahead.at += 1;
        ahead.blanks();
        while ahead.byte() != b'}' {
            let key = ahead.string();
            ahead.blanks();
            ahead.at += 1;
            ahead.blanks();
            let start = ahead.at;
            match ahead.byte() {
                b'"' => members.push((key, ahead.string())),
                byte => {
                    ahead.value(start, false, false);
                    if !b"{[".contains(&byte) {
                        members.push((key, ahead.text[start..ahead.at].to_owned()));
                    }
                }
            }
            ahead.blanks();
            if ahead.byte() == b',' {
                ahead.at += 1;
                ahead.blanks();
            }
        }
        members
    }
}

/// Decodes the inside of a string, U+FFFD for half a surrogate pair.
fn decode(raw: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut chars = raw.chars();
    while let Some(char) = chars.next() {
        let plain = match char {
            '\\' => match chars.next().unwrap() {
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    units.push(u16::from_str_radix(&digits, 16).unwrap());
                    continue;
                }
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            },
            other => other,
        };
        units.extend_from_slice(plain.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16_lossy(&units)
}
