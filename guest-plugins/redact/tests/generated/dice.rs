//! Chance that is the same in every run.

/// A small generator (SplitMix64), so that every run sees the same values.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    pub(crate) fn of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len() as u64) as usize]
    }

    pub(crate) fn from(&mut self, alphabet: &str, length: u64) -> String {
        let letters: Vec<&str> = alphabet.split("").filter(|letter| !letter.is_empty()).collect();
        (0..length).map(|_| self.of(&letters)).collect()
    }

    /// Digits for `#`, letters for `@`, hexadecimal digits for `%`; everything else as it stands.
    pub(crate) fn form(&mut self, form: &str) -> String {
        form.chars()
            .map(|c| match c {
                '#' => self.from("0123456789", 1),
                '@' => self.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1),
                '%' => self.from("0123456789abcdef", 1),
                other => other.to_string(),
            })
            .collect()
    }
}
