//! Many line templates: the first that fits is the line's.

use super::super::automaton::Label;
use super::super::seen::{Seen, required};
use super::template::{Filled, Part, Template};

/// A template, with what its holes are.
#[derive(Clone, Debug)]
pub struct Line {
    /// How the line is written.
    pub template: Template,
    /// For each hole, its labels; none: the hole is dropped unless a path pattern names it.
    pub labels: Vec<Vec<Label>>,
    /// Marks that are set when the line fits.
    pub marks: Vec<u16>,
}

/// Templates in the order in which they count. What several begin with is tried once: they are a tree of their parts.
#[derive(Debug)]
pub struct LineSet {
    lines: Vec<Line>,
    /// For each template, pairs of neighbouring bytes that a line must hold.
    required: Vec<Vec<u16>>,
    roots: Vec<Node>,
}

/// A part of templates that are alike up to it.
#[derive(Debug)]
struct Node {
    part: Part,
    /// Templates that go through here, one bit each.
    through: Box<[u64]>,
    /// The first template that ends here.
    ends: Option<usize>,
    next: Vec<Node>,
}

/// What a line filled holes with, and room for the attempt that is under way.
#[derive(Debug, Default)]
pub(crate) struct Fillings {
    best: Vec<Filled>,
    tried: Vec<Filled>,
    /// Templates that may still win, one bit each.
    open: Vec<u64>,
}

/// Lines that were read before: names of programs and of accounts repeat from event to event.
#[derive(Debug, Default)]
pub(crate) struct Known(Vec<KnownLine>);

#[derive(Clone, Debug, Default)]
struct KnownLine {
    of: Option<(u64, usize)>,
    line: Vec<u8>,
    found: Option<usize>,
    filled: Vec<Filled>,
}

/// Lines that are known: a power of two.
const KNOWN: usize = 256;
/// Bytes of a line that is remembered, at most: longer ones hardly repeat.
const KNOWN_BYTES: usize = 64;

/// Where templates begin in fewer ways, looking at every pair of bytes of a line costs more than it saves.
const WORTH_SEEING: usize = 8;

impl LineSet {
    /// A set of templates.
    pub fn compile(lines: Vec<Line>) -> LineSet {
        let required = lines.iter().map(|line| required(line.template.words())).collect();
        let mut roots = Vec::new();
        let words = lines.len().div_ceil(64);
        for (number, line) in lines.iter().enumerate() {
            Node::plant(&mut roots, line.template.parts(), number, words);
        }
        LineSet { lines, required, roots }
    }

    /// The templates, in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The number of the first template that fits, and what stands in its holes.
    pub(crate) fn find(&self, line: &[u8], filled: &mut Fillings) -> Option<usize> {
        filled.tried.clear();
        filled.open.clear();
        if self.roots.len() < WORTH_SEEING {
            filled.open.resize(self.lines.len().div_ceil(64), u64::MAX);
            return filled.search(&self.roots, line, 0);
        }
        filled.open.resize(self.lines.len().div_ceil(64), 0);
        let seen = Seen::of(line);
        for (number, required) in self.required.iter().enumerate() {
            if seen.may_hold(required) {
                filled.open[number / 64] |= 1 << (number % 64);
            }
        }
        filled.search(&self.roots, line, 0)
    }
}

impl Fillings {
    /// What stands in the holes of the template that was found.
    pub(crate) fn found(&self) -> &[Filled] {
        &self.best
    }

    /// The first template below some nodes that takes the line from `at` to its end.
    fn search(&mut self, nodes: &[Node], line: &[u8], at: usize) -> Option<usize> {
        let mut found = None;
        for node in nodes {
            if node.through.iter().zip(&self.open).all(|(through, open)| through & open == 0) {
                continue;
            }
            let before = self.tried.len();
            if let Some(end) = node.part.read(line, at, &mut self.tried) {
                if end == line.len()
                    && let Some(number) = node.ends
                    && self.open.get(number / 64).is_some_and(|open| open >> (number % 64) & 1 == 1)
                {
                    self.best.clone_from(&self.tried);
                    // Only what stands before it may still win.
                    self.open.truncate(number / 64 + 1);
                    self.open[number / 64] &= (1 << (number % 64)) - 1;
                    found = Some(number);
                }
                found = self.search(&node.next, line, end).or(found);
            }
            self.tried.truncate(before);
        }
        found
    }
}

impl Known {
    /// As [`LineSet::find`]. `of` tells the sets apart.
    pub(crate) fn find(
        &mut self,
        of: (u64, usize),
        lines: &LineSet,
        line: &[u8],
        filled: &mut Fillings,
    ) -> Option<usize> {
        let (Some(first), Some(last)) = (line.first_chunk(), line.last_chunk()) else {
            return lines.find(line, filled);
        };
        if line.len() > KNOWN_BYTES {
            return lines.find(line, filled);
        }
        let ends = u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29);
        let mixed = (ends ^ (line.len() as u64) << 40 ^ of.1 as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        if self.0.is_empty() {
            self.0.resize_with(KNOWN, KnownLine::default);
        }
        let known = &mut self.0[mixed as usize % KNOWN];
        if known.of == Some(of) && known.line == line {
            filled.best.clone_from(&known.filled);
            return known.found;
        }
        let found = lines.find(line, filled);
        known.of = Some(of);
        known.found = found;
        known.line.clear();
        known.line.extend_from_slice(line);
        known.filled.clear();
        known.filled.extend(found.iter().flat_map(|_| filled.best.iter().cloned()));
        found
    }
}

impl Node {
    fn plant(nodes: &mut Vec<Node>, parts: &[Part], number: usize, words: usize) {
        let [part, rest @ ..] = parts else { return };
        let place = nodes.iter().position(|node| node.part.reads_as(part)).unwrap_or_else(|| {
            nodes.push(Node { part: part.clone(), through: vec![0; words].into(), ends: None, next: Vec::new() });
            nodes.len() - 1
        });
        let node = &mut nodes[place];
        node.through[number / 64] |= 1 << (number % 64);
        if rest.is_empty() {
            node.ends.get_or_insert(number);
        }
        Node::plant(&mut node.next, rest, number, words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(like: &str) -> Line {
        Line { template: Template::parse(like).unwrap(), labels: Vec::new(), marks: Vec::new() }
    }

    fn agrees_with_one_after_the_other(likes: &[&str], text: &str) -> Option<usize> {
        let set = LineSet::compile(likes.iter().map(|like| line(like)).collect());
        let mut filled = Fillings::default();
        let found = set.find(text.as_bytes(), &mut filled);
        let parsed = likes.iter().map(|like| Template::parse(like).unwrap());
        assert_eq!(found, parsed.clone().position(|template| template.fits(text.as_bytes())), "{likes:?} {text}");
        if let Some(number) = found {
            let (mut alone, mut at) = (Vec::new(), 0);
            for part in parsed.clone().nth(number).unwrap().parts() {
                at = part.read(text.as_bytes(), at, &mut alone).unwrap();
            }
            assert_eq!(filled.found(), alone, "{likes:?} {text}");
        }
        found
    }

    #[test]
    fn the_first_that_fits_wins() {
        let likes = ["user {u} logged in", "user {u} logged out", "user {u} {rest:rest}", "{a} -> {b}", "x{n:int}"];
        for (text, wanted) in [
            ("user bob logged in", Some(0)),
            ("user bob logged out", Some(1)),
            ("user bob did something", Some(2)),
            ("a -> b", Some(3)),
            ("x12", Some(4)),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(agrees_with_one_after_the_other(&likes, text), wanted, "{text}");
        }
    }

    /// One that ends where an earlier one goes on may stand so far behind what was found that nobody asks for it any more.
    #[test]
    fn what_cannot_win_any_more_is_not_asked_for() {
        let others: Vec<String> = (0..64).map(|number| format!("other {number}")).collect();
        let first = ["{x:word} {y:int}", "a {y:int?}", "{x:word} "];
        let likes: Vec<&str> = first.into_iter().chain(others.iter().map(String::as_str)).chain(["a "]).collect();
        assert_eq!(agrees_with_one_after_the_other(&likes, "a "), Some(1));
        let likes: Vec<&str> =
            likes.into_iter().map(|like| if like == first[1] { "a {y:int}" } else { like }).collect();
        assert_eq!(agrees_with_one_after_the_other(&likes, "a "), Some(2));
    }

    /// Templates that share their beginnings, in any order, a hundred of them too.
    const LIKES: [&str; 12] = [
        "a {x} b",
        "a {x} b {y:int}",
        "a {x:word} b {y:int}",
        "a {x:word} b",
        "a {x} {y:rest}",
        "a {x?:int} b",
        "a \"{x:quoted}\" b",
        "{x:word} b",
        "{x:ip} b",
        "{x:int}-{y:int}",
        "a  b {y:rest?}",
        "a {y:rest}",
    ];

    proptest! {
        /// LAW: of lines that were read before is found what is found of new ones, whatever was read between.
        #[test]
        fn what_is_known_of_a_line_is_so(
            chosen in proptest::collection::vec(0..LIKES.len(), 0..9),
            texts in proptest::collection::vec((0..2_usize, "a (x|1|192.0.2.1|abcdefgh){1,3}( b|-)(2|b 3| y|)"), 0..40),
        ) {
            let set = |likes: &[usize]| LineSet::compile(likes.iter().map(|number| line(LIKES[*number])).collect());
            let sets = [set(&chosen), set(&[5, 10])];
            let (mut known, mut short, mut long) = (Known::default(), Fillings::default(), Fillings::default());
            for (number, text) in texts {
                let found = sets[number].find(text.as_bytes(), &mut long);
                prop_assert_eq!(known.find((7, number), &sets[number], text.as_bytes(), &mut short), found, "{}", text);
                prop_assert!(found.is_none() || short.found() == long.found(), "{text}");
            }
        }

        #[test]
        fn a_tree_finds_what_one_after_the_other_finds(
            chosen in proptest::collection::vec(0..LIKES.len(), 0..80),
            text in "(a|a |)(x|1|192.0.2.1|\"q\"|b b|)( b|  b |-)(2|b 3| y|)",
        ) {
            let likes: Vec<&str> = chosen.iter().map(|number| LIKES[*number]).collect();
            agrees_with_one_after_the_other(&likes, &text);
        }
    }
}
