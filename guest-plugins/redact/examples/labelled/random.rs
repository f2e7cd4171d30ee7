//! Random values from a seed: the same seed, the same set.

/// SplitMix64 (Steele, Lea, Flood, 2014).
pub(crate) struct Random(u64);

pub(crate) const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(crate) const CONSONANTS: &str = "BCDFGHJKLMNPQRSTVWXYZ";
pub(crate) const HEX: &str = "0123456789abcdef";
pub(crate) const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// FNV-1a of a text: seeds and splits depend on names, so that a new kind leaves the values of the others alone.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// A number from `low` to `high`, both possible.
    pub(crate) fn within(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    pub(crate) fn chance(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    pub(crate) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len() as u64) as usize]
    }

    /// Characters of an alphabet.
    pub(crate) fn of(&mut self, alphabet: &str, count: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..count).map(|_| char::from(*self.pick(alphabet))).collect()
    }

    pub(crate) fn digits(&mut self, count: usize) -> String {
        self.of("0123456789", count)
    }

    /// Digits of which the first is not zero.
    pub(crate) fn number(&mut self, count: usize) -> String {
        self.of("123456789", 1) + &self.digits(count - 1)
    }

    /// Year, month and day; no day that only some months have.
    pub(crate) fn date(&mut self, from: u64, to: u64) -> (u64, u64, u64) {
        (self.within(from, to), self.within(1, 12), self.within(1, 28))
    }

    /// `yymmdd` of a day from 1940 to 1999.
    pub(crate) fn yymmdd(&mut self) -> String {
        let (year, month, day) = self.date(1940, 1999);
        format!("{:02}{month:02}{day:02}", year % 100)
    }

    /// `ddmmyy` of a day from 1940 to 1999.
    pub(crate) fn ddmmyy(&mut self) -> String {
        let (year, month, day) = self.date(1940, 1999);
        format!("{day:02}{month:02}{:02}", year % 100)
    }

    pub(crate) fn guid(&mut self) -> String {
        let [a, b, c, d, e] = [8, 4, 3, 3, 12].map(|count| self.of(HEX, count));
        format!("{a}-{b}-4{c}-a{d}-{e}")
    }
}
