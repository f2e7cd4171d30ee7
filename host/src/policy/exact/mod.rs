//! Exact lists: values that have no form, such as the names of a tenant's customers, found by keyed digests of their words.
//!
//! A value is cut into words of letters and digits, in one spelling ([`Words`]); the digest of a run of words is SipHash-2-4 of
//! them with one blank between (64 bits). Under a key that is derived for tenant and list, nobody can hold guesses against a
//! file without the key; whoever has both can, a value at a time and, by the filter, a first word at a time.
//!
//! A run that is no value is taken for one with a probability of n ÷ 2⁶⁴: of a million values and 10⁹ runs, one false match in
//! 18,000 such lists. What is asked of a text grows with its bytes: a run is only made longer while a value begins so.

mod seal;
mod words;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use siphasher::sip::SipHasher24;

pub use seal::{Refused, Sealing, seal};
pub(crate) use words::shows_nothing;
pub use words::{Word, Words};

/// What the file begins with.
const MAGIC: &[u8; 8] = b"tamis-xl";
/// Version of the format.
const VERSION: u32 = 1;
/// Bytes before the filter: magic, version, lengths in words, longest run, words of the filter, values, check of the key.
const HEADER_BYTES: usize = 8 + 4 + 4 + 4 + 4 + 8 + CHECK_BYTES;
const CHECK_BYTES: usize = 16;
/// Bytes of the code of all that stands before it, at the end.
const CODE_BYTES: usize = 32;
/// Words of a value, at most.
pub const WORDS_MAX: usize = 8;
/// Bytes of a value in one spelling, at most.
pub const VALUE_BYTES_MAX: usize = 1024;
/// Letters and digits of a value, at least: fewer stand everywhere.
pub const SIGNS_MIN: usize = 4;
/// Values of a list, at most.
pub const VALUES_MAX: usize = 1 << 24;
/// Top bits of a digest that choose where to look for it.
const BUCKET_BITS: u32 = 16;

/// Words that are asked about together.
const TOGETHER: usize = 32;

/// Bytes that a [`Key`] is made of.
pub const KEY_BYTES: usize = 16 + 32;

/// The key of one list. It cannot be printed.
#[derive(Clone)]
pub struct Key {
    digest: SipHasher24,
    code: [u8; 32],
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// A key of derived bytes: 16 for digests, 32 for the code of the file.
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        let (mut digest, mut code) = ([0; 16], [0; 32]);
        digest.copy_from_slice(&bytes[..16]);
        code.copy_from_slice(&bytes[16..]);
        Self { digest: SipHasher24::new_with_key(&digest), code }
    }

    /// Digest of a run of words.
    #[inline]
    fn digest(&self, run: &[u8]) -> u64 {
        self.digest.hash(run)
    }

    fn mac(&self, what: &[u8]) -> Hmac<Sha256> {
        // RFC 2104: a key that is shorter than a block is filled up with zeros.
        let mut block = [0; 64];
        block[..self.code.len()].copy_from_slice(&self.code);
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.update(what);
        mac
    }

    /// Tells another key from a file that was changed.
    fn check(&self) -> [u8; CHECK_BYTES] {
        let (mut check, whole) = ([0; CHECK_BYTES], self.mac(b"tamis exact list: key").finalize().into_bytes());
        check.copy_from_slice(&whole[..CHECK_BYTES]);
        check
    }
}

/// Why a file is no list that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExactError {
    /// It cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// There is no key.
    #[error("there is no key, and the list is sealed with one")]
    NoKey,
    /// Its beginning is not that of a list.
    #[error("the file is no sealed list")]
    NoList,
    /// A later release wrote it.
    #[error("the list is of version {0}, which this release does not know")]
    Version(u32),
    /// It is shorter or longer than it says.
    #[error("the file is not whole")]
    NotWhole,
    /// The key is another.
    #[error("the list was sealed with another key, for another tenant or under another name")]
    OtherKey,
    /// It is not what was sealed.
    #[error("the file was changed after it was sealed")]
    Changed,
    /// It has no values.
    #[error("the list is empty")]
    Empty,
}

/// Lists by name: each as it was read.
pub type ExactLists = BTreeMap<String, Result<Arc<ExactList>, ExactError>>;

/// A list that was opened.
#[derive(Debug)]
pub struct ExactList {
    key: Key,
    /// Bit n − 1: there are values of n words.
    lengths: u32,
    /// Bytes of the longest value in one spelling.
    longest: usize,
    /// Four bits for every beginning of a value, and for the value, in one of these.
    filter: Vec<u64>,
    /// Digests of values, sorted.
    values: Vec<u64>,
    /// For the top bits of a digest: the first value that has them or higher ones.
    buckets: Vec<u32>,
    code: [u8; CODE_BYTES],
}

impl ExactList {
    /// Opens a sealed list.
    ///
    /// # Errors
    ///
    /// Why it cannot be used. A list that is not whole, or not what was sealed, is never used in part.
    pub fn open(file: &[u8], key: Key) -> Result<Self, ExactError> {
        let mut rest = Rest(file);
        if rest.take::<8>().ok_or(ExactError::NoList)? != *MAGIC {
            return Err(ExactError::NoList);
        }
        match rest.u32()? {
            VERSION => {}
            other => return Err(ExactError::Version(other)),
        }
        let (lengths, longest, filter_words) = (rest.u32()?, rest.u32()?, rest.u32()? as usize);
        let count = u64::from_le_bytes(rest.take().ok_or(ExactError::NotWhole)?);
        if rest.take().ok_or(ExactError::NotWhole)? != key.check() {
            return Err(ExactError::OtherKey);
        }
        let count = usize::try_from(count).ok().filter(|count| *count <= VALUES_MAX).ok_or(ExactError::NotWhole)?;
        let body = 8 * (filter_words + count);
        if file.len() != HEADER_BYTES + body + CODE_BYTES {
            return Err(ExactError::NotWhole);
        }
        let (sealed, code) = file.split_at(file.len() - CODE_BYTES);
        key.mac(sealed).verify_slice(code).map_err(|_| ExactError::Changed)?;
        if count == 0 || filter_words == 0 {
            return Err(ExactError::Empty);
        }
        let numbers = |bytes: &[u8]| -> Vec<u64> {
            let number = |eight: &[u8]| eight.try_into().map_or(0, u64::from_le_bytes);
            bytes.chunks_exact(8).map(number).collect()
        };
        let (filter, values) = sealed[HEADER_BYTES..].split_at(8 * filter_words);
        let values = numbers(values);
        let mut tail = [0; CODE_BYTES];
        tail.copy_from_slice(code);
        let buckets = buckets(&values);
        let longest = longest as usize;
        Ok(Self { key, lengths, longest, filter: numbers(filter), values, buckets, code: tail })
    }

    /// How many values it has.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it has none: never, an empty list does not open.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Bytes of memory that it takes.
    pub fn memory(&self) -> usize {
        8 * (self.filter.len() + self.values.len()) + 4 * self.buckets.len()
    }

    /// What tells this list from any other: the code at the end of its file.
    pub fn code(&self) -> &[u8] {
        &self.code
    }

    /// Calls `found` with the numbers of the words of each value in a text, in order. Of values that begin at one word the
    /// longest counts; values may overlap, but none lies inside one before it.
    pub fn find(&self, text: &Words, mut found: impl FnMut(Range<usize>)) {
        let mut done = 0;
        for start in (0..text.len()).step_by(TOGETHER) {
            let mut digests = [0; TOGETHER];
            let together = text.len().min(start + TOGETHER) - start;
            for (digest, first) in digests.iter_mut().zip(start..start + together) {
                let word = text.run(first..first + 1);
                *digest = if word.len() <= self.longest { self.key.digest(word) } else { 0 };
            }
            // Loads that wait for nothing: the filter is larger than what is near the processor.
            let may = |(number, digest): (usize, &u64)| u32::from(may_begin(&self.filter, *digest)) << number;
            let mut may = digests.iter().take(together).enumerate().map(may).fold(0, |all, one| all | one);
            while may != 0 {
                let number = may.trailing_zeros() as usize;
                may &= may - 1;
                let first = start + number;
                if let Some(end) = self.longest_from(text, first, digests[number]).filter(|end| *end > done) {
                    found(first..end);
                    done = end;
                }
            }
        }
    }

    /// The word behind the longest value that begins with a word, of which the digest is known.
    fn longest_from(&self, text: &Words, first: usize, mut digest: u64) -> Option<usize> {
        let most = (u32::BITS - self.lengths.leading_zeros()) as usize;
        let mut end = None;
        for last in first..text.len().min(first + most) {
            if last > first {
                let run = text.run(first..last + 1);
                if run.len() > self.longest {
                    break;
                }
                digest = self.key.digest(run);
                if !may_begin(&self.filter, digest) {
                    break;
                }
            }
            if self.lengths >> (last - first) & 1 == 1 && self.has(digest) {
                end = Some(last + 1);
            }
        }
        end
    }

    fn has(&self, digest: u64) -> bool {
        let bucket = (digest >> (u64::BITS - BUCKET_BITS)) as usize;
        let bound = |number: usize| self.buckets.get(number).map_or(self.values.len(), |at| *at as usize);
        let values = self.values.get(bound(bucket)..bound(bucket + 1)).unwrap_or_default();
        values.binary_search(&digest).is_ok()
    }
}

/// For each beginning of a digest, the number of smaller digests.
fn buckets(values: &[u64]) -> Vec<u32> {
    let mut buckets = vec![0u32; (1 << BUCKET_BITS) + 1];
    for value in values {
        buckets[(value >> (u64::BITS - BUCKET_BITS)) as usize + 1] += 1;
    }
    let mut sum = 0;
    for bucket in &mut buckets {
        sum += *bucket;
        *bucket = sum;
    }
    buckets
}

/// Number in the filter, and its bits, of a digest: the top bits choose the one, the low ones the others.
#[inline]
fn place(filter: usize, digest: u64) -> (usize, u64) {
    let at = ((u128::from(digest) * filter as u128) >> u64::BITS) as usize;
    let bit = |number: u32| 1u64 << (digest >> (6 * number) & 63);
    (at, bit(0) | bit(1) | bit(2) | bit(3))
}

/// `false` is certain: no value begins with the run of this digest.
#[inline]
fn may_begin(filter: &[u64], digest: u64) -> bool {
    let (at, bits) = place(filter.len(), digest);
    filter.get(at).is_some_and(|word| word & bits == bits)
}

/// What is left to read of a file.
struct Rest<'f>(&'f [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn u32(&mut self) -> Result<u32, ExactError> {
        self.take().map(u32::from_le_bytes).ok_or(ExactError::NotWhole)
    }
}
