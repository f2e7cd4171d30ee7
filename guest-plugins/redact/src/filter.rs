/// Bits of a filter, as a power of two.
const FILTER_BITS: u32 = 15;
/// Bits of the index of a table.
const INDEX_BITS: u32 = 12;

/// Mixes a key: the highest bits hang on all of it.
#[inline]
fn mixed(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Where a mixed key's bit stands in a filter.
#[inline]
fn slot(mixed: u64) -> usize {
    (mixed >> (64 - FILTER_BITS)) as usize
}

/// Where the rows of a mixed key begin in the index of a table.
#[inline]
fn bucket(mixed: u64) -> usize {
    (mixed >> (64 - INDEX_BITS)) as usize
}

/// A bit for the first byte of a word that follows another, letters without case; none for what begins no word.
#[inline]
pub(crate) fn follows(byte: u8) -> u64 {
    if byte.is_ascii_alphanumeric() || byte >= 0x80 { 1 << (byte & 0x1f) } else { 0 }
}
