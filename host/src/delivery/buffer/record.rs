//! Records of a segment.
//!
//! ```text
//! salt u64 | checksum u32 | length u32 | number u64 | bytes
//! ```
//!
//! All little-endian. The checksum (CRC-32) is of what follows it. The salt is drawn for each segment: behind damage the next
//! record is found by it, and nobody who can put bytes into events can make up a record within one.

/// Bytes before a record's own.
pub(super) const HEADER: usize = 24;

pub(super) fn write(into: &mut Vec<u8>, salt: u64, number: u64, bytes: &[u8]) {
    let mut rest = Vec::with_capacity(HEADER - 12 + bytes.len());
    rest.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    rest.extend_from_slice(&number.to_le_bytes());
    rest.extend_from_slice(bytes);
    into.extend_from_slice(&salt.to_le_bytes());
    into.extend_from_slice(&crc32fast::hash(&rest).to_le_bytes());
    into.extend_from_slice(&rest);
}

/// What stands at the start of some bytes of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// A record that is whole.
    Record { number: u64, bytes: &'a [u8] },
    /// The start of what may be a record of so many bytes.
    Cut(usize),
    /// No record.
    Damage,
}

pub(super) fn read(bytes: &[u8], salt: u64) -> Found<'_> {
    let salt = salt.to_le_bytes();
    if !bytes.starts_with(&salt[..bytes.len().min(8)]) {
        return Found::Damage;
    }
    let (Some(checksum), Some(length)) = (number(bytes, 8, 4), number(bytes, 12, 4)) else { return Found::Cut(HEADER) };
    let whole = HEADER + length as usize;
    let (Some(rest), Some(own)) = (bytes.get(12..whole), bytes.get(HEADER..whole)) else { return Found::Cut(whole) };
    match number(bytes, 16, 8) {
        Some(number) if u64::from(crc32fast::hash(rest)) == checksum => Found::Record { number, bytes: own },
        _ => Found::Damage,
    }
}

/// A little-endian number of so many bytes.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + length)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// Where the next record may begin, behind the first byte. Where there is none, all but what may be the start of a salt is passed.
pub(super) fn resume(bytes: &[u8], salt: u64) -> usize {
    let behind = bytes.get(1..).unwrap_or_default();
    1 + memchr::memmem::find(behind, &salt.to_le_bytes()).unwrap_or(behind.len().saturating_sub(7))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// LAW (checksum): a record that is read is one that was written, whatever byte of it is changed.
        #[test]
        fn a_changed_byte_is_noticed(salt: u64, record: Vec<u8>, at: prop::sample::Index, change in 1..=255u8) {
            let mut bytes = Vec::new();
            write(&mut bytes, salt, 7, &record);
            prop_assert_eq!(read(&bytes, salt), Found::Record { number: 7, bytes: &record });
            for end in 0..bytes.len() {
                prop_assert!(matches!(read(&bytes[..end], salt), Found::Cut(_)));
            }
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            let found = read(&bytes, salt);
            prop_assert!(!matches!(found, Found::Record { .. }), "{:?}", found);
        }
    }

    #[test]
    fn behind_damage_the_next_salt_is_found() {
        let salt = 0x0102_0304_0506_0708;
        let mut bytes = vec![0; 20];
        write(&mut bytes, salt, 1, b"one");
        assert_eq!(resume(&bytes, salt), 20);
        assert_eq!(resume(&bytes[..25], salt), 18, "the start of a salt is kept");
        assert_eq!(resume(&bytes[..1], salt), 1);
    }
}
