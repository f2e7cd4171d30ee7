//! Groups of digits that belong together: `(201) 555-0123`, `4111 1111 1111 1111`, `192.0.2.1`.
//!
//! A chain is read once; every entity made of digits looks at the same groups.

use crate::check::{before, byte, run};

/// More groups than any entity has; a longer row of numbers is cut here.
const MOST_GROUPS: usize = 24;

/// What stands between two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joint {
    /// A space, also a no-break or a thin one.
    Space,
    /// A hyphen, also a Unicode one.
    Dash,
    /// A full stop.
    Dot,
    /// A slash.
    Slash,
    /// An opening parenthesis, with or without a space before it.
    Open,
    /// A closing parenthesis, with or without a space or hyphen behind it.
    Close,
    /// A low line, where it groups digits as cards are grouped: everywhere else it parts words.
    Low,
    /// The chain ends here.
    End,
}

/// A run of digits, and what follows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    /// First digit.
    pub(crate) start: usize,
    /// Behind the last digit.
    pub(crate) end: usize,
    /// What stands between this and the next group.
    pub(crate) joint: Joint,
}

impl Group {
    /// How many digits.
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }
}

/// The groups of one place in a row. The buffer is reused.
#[derive(Debug)]
pub(crate) struct Chain {
    /// At least one group, once read.
    pub(crate) groups: Vec<Group>,
    /// Where it begins, its `+` and `(` included.
    pub(crate) start: usize,
    /// Whether a `+` leads.
    pub(crate) plus: bool,
}

impl Chain {
    pub(crate) fn new() -> Self {
        Chain { groups: Vec::with_capacity(MOST_GROUPS), start: 0, plus: false }
    }

    /// Behind the last digit.
    pub(crate) fn end(&self) -> usize {
        self.groups.last().map_or(self.start, |group| group.end)
    }

    /// Digits in all groups.
    pub(crate) fn digits(&self) -> usize {
        self.groups.iter().map(Group::len).sum()
    }

    /// Reads the chain whose first digit is at `at`.
    pub(crate) fn read(&mut self, text: &[u8], at: usize) {
        self.groups.clear();
        self.start = at;
        self.plus = false;
        if before(text, self.start) == b'(' {
            self.start -= 1;
        }
        if before(text, self.start) == b'+' {
            self.start -= 1;
            self.plus = true;
            if before(text, self.start) == b'(' {
                self.start -= 1;
            }
        }
        if is_low(text, at) {
            return self.low(text, at);
        }
        let mut start = at;
        loop {
            let mut end = start;
            while byte(text, end).is_ascii_digit() {
                end += 1;
            }
            let (joint, next) = if self.groups.len() + 1 < MOST_GROUPS { joint(text, end) } else { (Joint::End, end) };
            self.groups.push(Group { start, end, joint });
            if joint == Joint::End {
                break;
            }
            start = next;
        }
    }

    /// Reads groups between low lines.
    fn low(&mut self, text: &[u8], at: usize) {
        let mut start = at;
        loop {
            let end = digits(text, start);
            let joint =
                if byte(text, end) == b'_' && byte(text, end + 1).is_ascii_digit() { Joint::Low } else { Joint::End };
            self.groups.push(Group { start, end, joint });
            if joint == Joint::End {
                return;
            }
            start = end + 1;
        }
    }

    /// Which totals of digits neighbouring groups can have: bit `n` for `n` digits, none beyond 63.
    pub(crate) fn totals(&self) -> u64 {
        // Of the neighbours that end with the same group.
        let mut ending = 0_u64;
        self.groups.iter().fold(0, |totals, group| {
            ending = (ending | 1).checked_shl(group.len() as u32).unwrap_or(0);
            totals | ending
        })
    }

    /// The digits of these groups, at most `buffer.len()`; `None` when there are more.
    pub(crate) fn copy<'b>(&self, text: &[u8], groups: &[Group], buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let mut length = 0;
        for group in groups {
            let digits = text.get(group.start..group.end)?;
            buffer.get_mut(length..length + digits.len())?.copy_from_slice(digits);
            length += digits.len();
        }
        buffer.get(..length)
    }
}

/// Digits of groups between low lines: those of most cards, and of American Express and Diners Club.
const LOW: [&[usize]; 3] = [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4]];

// Whether low lines group anything.
#[cfg(test)]
thread_local!(pub(crate) static GROUPS_LOW: std::cell::Cell<bool> = const { std::cell::Cell::new(true) });

/// Whether the digits at `at` are grouped so, with nothing else. What joins the last of them to more digits may as well join those
/// alone, behind a time that low lines part: `2026_1103_0600_4111 1111 1111 1111`.
fn is_low(text: &[u8], at: usize) -> bool {
    #[cfg(test)]
    if !GROUPS_LOW.get() {
        return false;
    }
    let group = |start: usize, length: usize| (digits(text, start) == start + length).then_some(start + length);
    let fits = |lengths: &[usize]| {
        let (last, others) = lengths.split_last()?;
        let next =
            |start, length: &usize| group(start, *length).filter(|end| byte(text, *end) == b'_').map(|end| end + 1);
        let start = others.iter().try_fold(at, next)?;
        group(start, *last).filter(|end| byte(text, *end) != b'_' && joint(text, *end).0 == Joint::End)
    };
    let follows = before(text, at) == b'_' && before(text, at - 1).is_ascii_digit();
    byte(text, at + 4) == b'_' && !follows && LOW.iter().any(|lengths| fits(lengths).is_some())
}

/// Behind the digits at `at`.
fn digits(text: &[u8], at: usize) -> usize {
    run(text, at, 20, |byte| byte.is_ascii_digit())
}

/// The joint behind a group that ends at `end`, and where the next group begins.
#[inline]
fn joint(text: &[u8], end: usize) -> (Joint, usize) {
    // Most groups end before something that joins nothing.
    if !matches!(byte(text, end), b' ' | b'-' | b'.' | b'/' | b'(' | b')' | 0xc2 | 0xe2) {
        return (Joint::End, end);
    }
    let mut at = end;
    let mut kind = Joint::End;
    for _ in 0..3 {
        let (unit, length) = match byte(text, at) {
            b' ' => (Joint::Space, 1),
            b'-' => (Joint::Dash, 1),
            b'.' => (Joint::Dot, 1),
            b'/' => (Joint::Slash, 1),
            b'(' => (Joint::Open, 1),
            b')' => (Joint::Close, 1),
            0xc2 if byte(text, at + 1) == 0xa0 => (Joint::Space, 2),
            0xe2 if byte(text, at + 1) == 0x80 => match byte(text, at + 2) {
                0x89 | 0xaf => (Joint::Space, 3),
                0x90..=0x93 => (Joint::Dash, 3),
                _ => break,
            },
            _ => break,
        };
        kind = match (kind, unit) {
            (Joint::End, unit) => unit,
            (Joint::Space, Joint::Open) => Joint::Open,
            (Joint::Close, Joint::Space | Joint::Dash) => Joint::Close,
            _ => return (Joint::End, end),
        };
        at += length;
        if byte(text, at).is_ascii_digit() && text.len() > at {
            return (kind, at);
        }
    }
    (Joint::End, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, at: usize) -> (Vec<&str>, Vec<Joint>, bool) {
        let mut chain = Chain::new();
        chain.read(text.as_bytes(), at);
        let texts = chain.groups.iter().map(|group| &text[group.start..group.end]).collect();
        (texts, chain.groups.iter().map(|group| group.joint).collect(), chain.plus)
    }

    #[test]
    fn a_chain_is_its_groups_and_joints() {
        use Joint::{Close, Dash, Dot, End, Low, Open, Slash, Space};
        assert_eq!(read("(201) 555-0123 x", 1), (vec!["201", "555", "0123"], vec![Close, Dash, End], false));
        assert_eq!(read("+41 (0)69 979", 1), (vec!["41", "0", "69", "979"], vec![Open, Close, Space, End], true));
        assert_eq!(read("1.2/3", 0), (vec!["1", "2", "3"], vec![Dot, Slash, End], false));
        assert_eq!(read("12  34", 0), (vec!["12"], vec![End], false));
        assert_eq!(read("12\u{a0}34\u{2011}5", 0), (vec!["12", "34", "5"], vec![Space, Dash, End], false));
        assert_eq!(read("12-", 0), (vec!["12"], vec![End], false));
        assert_eq!(read("4111_111111_11111", 0), (vec!["4111", "111111", "11111"], vec![Low, Low, End], false));
        for other in [
            "4111_1111_1111_1111_1",
            "4111_1111_1111_11111",
            "4111_1111_1111",
            "4111_1111-1111_1111",
            "4111_",
            "4111_1111_1111_1111 1",
            "4111_1111_1111_1111-1",
            "4111_1111_1111_1111.1",
            "4111_1111_1111_1111\u{a0}1",
        ] {
            assert_eq!(read(other, 0), (vec!["4111"], vec![End], false), "{other}");
        }
        assert_eq!(read("1_4111_1111_1111_1111", 2), (vec!["4111"], vec![End], false));
        assert_eq!(read("a_4111_1111_1111_1111, 1", 2).0.len(), 4);
    }

    #[test]
    fn totals_are_those_of_neighbours() {
        let mut chain = Chain::new();
        chain.read(b"12 345 6", 0);
        assert_eq!(chain.totals(), 1 << 2 | 1 << 3 | 1 << 1 | 1 << 5 | 1 << 6 | 1 << 4);
        let long = "1".repeat(62);
        chain.read(format!("{long} 1 1").as_bytes(), 0);
        assert_eq!(chain.totals(), 1 << 62 | 1 << 63 | 1 << 1 | 1 << 2);
        chain.read(format!("1 {long}11 2").as_bytes(), 0);
        assert_eq!(chain.totals(), 1 << 1);
    }

    #[test]
    fn a_long_row_of_numbers_is_cut() {
        let mut chain = Chain::new();
        chain.read("1 ".repeat(100).as_bytes(), 0);
        assert_eq!(chain.groups.len(), MOST_GROUPS);
    }
}
