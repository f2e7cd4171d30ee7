//! How identifiers are written: `999-99-9999`, `A99999999`, `de99 999 999`.
//!
//! | | |
//! |---|---|
//! | `9`, `A`, `X` | a digit, a letter, either |
//! | a small letter | that letter, small or capital |
//! | blank `-` `.` `/` | a place where one such sign may stand; `!` behind it: has to stand |
//! | `9{4}` | `9999` |
//!
//! Signs may all be left out, or be of one other kind (blanks in place of hyphens) throughout.

/// Letters and digits of an identifier, at most.
pub(crate) const LONGEST: usize = 32;

/// A form, read. Bit `n` stands for the letter or digit `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// How many letters and digits.
    pub(crate) length: u8,
    /// Which are digits.
    pub(crate) digits: u32,
    /// Which are letters.
    pub(crate) letters: u32,
    /// In front of which a sign may stand.
    pub(crate) breaks: u32,
    /// In front of which a sign has to stand.
    pub(crate) needed: u32,
    /// Letters that are always the same, in capitals; zero elsewhere.
    pub(crate) fixed: [u8; LONGEST],
}

impl Form {
    /// Whether there are eight letters and no digit in some of what is written so.
    pub(crate) fn may_lack_digits(&self) -> bool {
        self.digits == 0 && self.length >= 8 && self.letters.count_ones() >= 4
    }

    /// How few and how many letters what is written so has.
    pub(crate) fn letter_counts(&self) -> (u32, u32) {
        (self.letters.count_ones(), u32::from(self.length) - self.digits.count_ones())
    }

    /// All that may be seen at the first digit of what is written so. Only the build script asks.
    #[allow(dead_code, reason = "the plugin has them in filters")]
    pub(crate) fn looks(&self) -> Vec<Look> {
        let places: Vec<u32> = (1..u32::from(self.length)).filter(|place| self.breaks >> place & 1 == 1).collect();
        let mut looks = Vec::new();
        for chosen in 0..1_u32 << places.len() {
            let breaks = (0..).zip(&places).filter(|(bit, _)| chosen >> bit & 1 == 1).map(|(_, place)| *place);
            let mut bounds: Vec<u32> = [0].into_iter().chain(breaks).collect();
            let set = bounds.iter().skip(1).fold(0, |set, place| set | 1 << place);
            bounds.push(u32::from(self.length));
            if self.needed & !set == 0 {
                self.looks_of(&bounds, &mut looks);
            }
        }
        looks
    }

    /// The same where words begin and end at these places.
    #[allow(dead_code, reason = "the plugin has them in filters")]
    fn looks_of(&self, bounds: &[u32], looks: &mut Vec<Look>) {
        let kinds = |from: u32, to: u32| {
            let within = (1_u64 << to) - (1 << from);
            let (digits, letters) = (within & u64::from(self.digits), within & u64::from(self.letters));
            let mixed = to - from > 1 && digits != within && letters != within;
            [(letters == 0, Kind::Digits), (digits == 0, Kind::Letters), (mixed, Kind::Mixed)]
        };
        for (number, pair) in bounds.windows(2).enumerate() {
            let &[start, end] = pair else { continue };
            let ahead = number.checked_sub(1).and_then(|before| bounds.get(before)).map_or(0, |before| start - before);
            let next = match bounds.get(number + 2) {
                None => vec![Next::default()],
                Some(behind) => {
                    let kinds = kinds(end, *behind).into_iter().filter(|(is, _)| *is);
                    kinds.map(|(_, kind)| Next::new(behind - end, kind)).collect()
                }
            };
            for at in (start..end).filter(|at| self.letters >> at & 1 == 0) {
                let pure =
                    kinds(at + 1, end).into_iter().filter(|(is, kind)| at + 1 == end && *kind == Kind::Digits || *is);
                for is_pure in pure.map(|(_, kind)| kind == Kind::Digits) {
                    let word = Seen { lead: (at - start) as usize, length: (end - start) as usize, is_pure };
                    looks.extend(next.iter().map(|next| Look { word, ahead: ahead as usize, next: *next }));
                }
                if self.digits >> at & 1 == 1 {
                    return;
                }
            }
        }
    }

    /// Reads a form; `None` for what is none. Only the build script and tests read any.
    #[cfg_attr(not(test), allow(dead_code, reason = "the plugin has them read"))]
    pub(crate) fn parse(text: &str) -> Option<Form> {
        let mut form = Form::default();
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            let place = usize::from(form.length);
            if matches!(c, ' ' | '-' | '.' | '/') {
                form.breaks |= 1_u32.checked_shl(place as u32)?;
                if characters.next_if_eq(&'!').is_some() {
                    form.needed |= 1 << place;
                }
                continue;
            }
            let mut times = 1;
            if characters.next_if_eq(&'{').is_some() {
                times = 0;
                loop {
                    match characters.next()? {
                        '}' => break,
                        c => times = times * 10 + c.to_digit(10)? as usize,
                    }
                }
            }
            if times == 0 || place + times > LONGEST {
                return None;
            }
            for place in place..place + times {
                let bit = 1 << place;
                match c {
                    '9' => form.digits |= bit,
                    'A' => form.letters |= bit,
                    'X' => {}
                    'a'..='z' => {
                        form.letters |= bit;
                        form.fixed[place] = c.to_ascii_uppercase() as u8;
                    }
                    _ => return None,
                }
                form.length += 1;
            }
        }
        (form.length > 0 && form.breaks & 1 == 0).then_some(form)
    }
}

/// What is seen at the first digit of a value: the word it stands in, and those beside it that belong to the value. By that
/// nearly all that is none of the forms is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) word: Seen,
    /// Letters of the word before, 0 where none belongs to it.
    pub(crate) ahead: usize,
    pub(crate) next: Next,
}

/// Letters of a word before that of the first digit, at most.
pub(crate) const MOST_AHEAD: usize = 5;

/// The word that the first digit of a value stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Letters in front of the digit.
    pub(crate) lead: usize,
    /// Letters and digits.
    pub(crate) length: usize,
    /// Whether only digits follow.
    pub(crate) is_pure: bool,
}

/// How many numbers of words there are.
pub(crate) const SEEN: usize = 1 << 10;

impl Seen {
    /// Words that differ have different numbers, but for long leads and words that none of the forms has.
    #[inline]
    pub(crate) fn number(self) -> usize {
        self.lead.min(7) | self.length.min(63) << 3 | usize::from(self.is_pure) << 9
    }
}

/// The word behind that of the first digit: its length and kind, 0 where none belongs to the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Next(u32);

/// What a word is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Digits,
    Letters,
    Mixed,
}

impl Next {
    #[inline]
    pub(crate) fn new(length: u32, kind: Kind) -> Self {
        Next(length.min(15) * 3 + kind as u32)
    }

    /// A bit of its own.
    #[inline]
    pub(crate) fn bit(self) -> u64 {
        1 << (self.0 & 63)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Whether a text as a whole is written so; then its letters, in capitals, and digits.
    pub(crate) fn fits(form: &str, text: &str) -> Option<Vec<u8>> {
        let form = Form::parse(form).unwrap();
        let (mut plain, mut signs) = (Vec::new(), 0_u32);
        let mut kinds = std::collections::BTreeSet::new();
        for b in text.bytes() {
            match b {
                b' ' | b'-' | b'.' | b'/' if signs >> plain.len() & 1 == 0 => {
                    signs |= 1 << plain.len();
                    kinds.insert(b);
                }
                b if b.is_ascii_alphanumeric() && plain.len() < LONGEST => plain.push(b.to_ascii_uppercase()),
                _ => return None,
            }
        }
        let right = plain.iter().enumerate().all(|(at, b)| {
            let is = |mask: u32| mask >> at & 1 == 1;
            (!is(form.digits) || b.is_ascii_digit())
                && (!is(form.letters) || b.is_ascii_uppercase())
                && (form.fixed[at] == 0 || form.fixed[at] == *b)
        });
        let placed = signs & !form.breaks == 0 && form.needed & !signs == 0;
        (plain.len() == usize::from(form.length) && right && placed).then_some(plain)
    }

    /// A random identifier of a form without signs.
    pub(crate) fn random(form: &Form, mut dice: impl FnMut() -> u32) -> Vec<u8> {
        let one = |at: usize| {
            let is = |mask: u32| mask >> at & 1 == 1;
            let roll = dice();
            match form.fixed[at] {
                0 if is(form.digits) => b'0' + (roll % 10) as u8,
                0 if is(form.letters) => b'A' + (roll % 26) as u8,
                0 => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(roll % 36) as usize],
                fixed => fixed,
            }
        };
        (0..usize::from(form.length)).map(one).collect()
    }

    #[test]
    fn forms_are_read() {
        assert_eq!(fits("999-99-9999", "536-22-1234"), Some(b"536221234".to_vec()));
        assert_eq!(fits("999-99-9999", "536221234"), Some(b"536221234".to_vec()));
        assert_eq!(fits("999-99-9999", "53-622-1234"), None);
        assert_eq!(fits("999999-!999X", "131052-308t"), Some(b"131052308T".to_vec()));
        assert_eq!(fits("999999-!999X", "131052308T"), None);
        assert_eq!(fits("de9{9}", "DE123456789"), Some(b"DE123456789".to_vec()));
        assert_eq!(fits("de9{9}", "AT123456789"), None);
        for wrong in ["", "-99", "9{", "9{40}", "99_9", "9{x}"] {
            assert_eq!(Form::parse(wrong), None, "{wrong}");
        }
    }
}
