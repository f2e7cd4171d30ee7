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
