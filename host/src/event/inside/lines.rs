//! Many line templates: the first that fits wins.

use super::super::automaton::Label;
use super::template::{Filled, Template};

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

/// Templates in the order in which they are tried.
#[derive(Debug)]
pub struct LineSet {
    lines: Vec<Line>,
    /// For each template, pairs of neighbouring bytes (as bits of [`Seen`]) that a line must hold.
    required: Vec<Vec<u16>>,
}

/// Below so many templates, looking at every pair of bytes of a line costs more than it saves.
const WORTH_SEEING: usize = 3;
/// How many pairs are asked for, at most.
const PAIRS_MAX: usize = 6;

/// Which pairs of neighbouring bytes occur in a line, several pairs sharing a bit.
struct Seen([u64; 64]);

fn pair_bit(one: u8, other: u8) -> u16 {
    let mixed = (u32::from(one) << 8 | u32::from(other)).wrapping_mul(0x9e37_79b1);
    (mixed >> 20) as u16
}

impl Seen {
    fn new(line: &[u8]) -> Seen {
        let mut seen = Seen([0; 64]);
        for pair in line.windows(2) {
            let bit = pair_bit(pair[0], pair[1]);
            seen.0[usize::from(bit >> 6)] |= 1 << (bit & 63);
        }
        seen
    }

    fn holds(&self, bit: u16) -> bool {
        self.0[usize::from(bit >> 6)] >> (bit & 63) & 1 == 1
    }
}

impl LineSet {
    /// A set of templates.
    pub fn compile(lines: Vec<Line>) -> LineSet {
        let required = lines.iter().map(|line| required(&line.template)).collect();
        LineSet { lines, required }
    }

    /// The templates, in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The number of the first template that fits, and what stands in its holes.
    pub(crate) fn find(&self, line: &[u8], filled: &mut Vec<Filled>) -> Option<usize> {
        if self.lines.len() < WORTH_SEEING {
            return self.lines.iter().position(|one| one.template.fill(line, filled));
        }
        let seen = Seen::new(line);
        let mut candidates = self.lines.iter().zip(&self.required);
        candidates
            .position(|(one, required)| required.iter().all(|&bit| seen.holds(bit)) && one.template.fill(line, filled))
    }
}

/// Pairs of bytes from the longest words of a template, spread over them.
fn required(template: &Template) -> Vec<u16> {
    let mut words: Vec<&[u8]> = template.words().filter(|word| word.len() > 1).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let pairs = words.iter().flat_map(|word| {
        let step = (word.len() / 3).max(1);
        word.windows(2).step_by(step).map(|pair| pair_bit(pair[0], pair[1]))
    });
    pairs.take(PAIRS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(like: &str) -> Line {
        Line { template: Template::parse(like).unwrap(), labels: Vec::new(), marks: Vec::new() }
    }

    #[test]
    fn the_first_that_fits_wins() {
        let likes = ["user {u} logged in", "user {u} logged out", "user {u} {rest:rest}", "{a} -> {b}", "x{n:int}"];
        let set = LineSet::compile(likes.map(line).into());
        let mut filled = Vec::new();
        for (text, wanted) in [
            ("user bob logged in", Some(0)),
            ("user bob logged out", Some(1)),
            ("user bob did something", Some(2)),
            ("a -> b", Some(3)),
            ("x12", Some(4)),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(set.find(text.as_bytes(), &mut filled), wanted, "{text}");
            let alone = likes.iter().position(|like| Template::parse(like).unwrap().fits(text.as_bytes()));
            assert_eq!(alone, wanted);
        }
    }
}
