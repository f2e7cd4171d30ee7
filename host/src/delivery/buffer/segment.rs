//! Segments: the files in which records stand.

/// A file of records, known by its name: nothing in it has to be read to know what should be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// No record of it has a lower number.
    pub(super) first: u64,
    /// The last record that counts of the segments before it. What stands there with a higher number was never synced.
    pub(super) follows: u64,
    /// With which its records begin.
    pub(super) salt: u64,
    /// Bytes that it takes on disk.
    pub(super) length: u64,
    /// Bytes that may be read.
    pub(super) readable: u64,
}

impl Segment {
    pub(super) fn name(&self) -> String {
        format!("segment-{:016x}-{:016x}-{:016x}", self.first, self.follows, self.salt)
    }

    /// The segment of a file, if its name is one of a segment.
    pub(super) fn of(name: &str, length: u64) -> Option<Self> {
        let mut numbers = name.strip_prefix("segment-")?.split('-').map(|part| u64::from_str_radix(part, 16).ok());
        let mut number = || numbers.next().flatten();
        let segment = Self { first: number()?, follows: number()?, salt: number()?, length, readable: length };
        (segment.name() == name).then_some(segment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_all_that_is_known_of_a_segment() {
        let segment = Segment { first: 10, follows: 7, salt: u64::MAX, length: 99, readable: 99 };
        assert_eq!(Segment::of(&segment.name(), 99), Some(segment.clone()));
        assert_eq!(Segment::of(&format!("{}-0", segment.name()), 99), None);
        assert_eq!(Segment::of("segment-a-7-0", 99), None);
    }
}
