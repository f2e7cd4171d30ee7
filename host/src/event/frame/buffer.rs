//! The growing buffer that a block is read into and that then becomes the buffer of a batch.

use super::PADDING;

/// Bytes of input not yet handed over. All of `bytes` is initialised, so that a buffer used again needs no clearing.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    end: usize,
}

impl Buffer {
    pub(super) fn data(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    /// The data and padding of any content.
    pub(super) fn padded(&self) -> &[u8] {
        let end = (self.end + PADDING).min(self.bytes.len());
        &self.bytes[..end]
    }

    pub(super) fn len(&self) -> usize {
        self.end
    }

    /// Room for `want` bytes behind the data, with padding behind that.
    pub(super) fn space(&mut self, want: usize) -> &mut [u8] {
        let needed = self.end + want + PADDING;
        if self.bytes.len() < needed {
            self.bytes.resize(needed, 0);
        }
        &mut self.bytes[self.end..self.end + want]
    }

    pub(super) fn filled(&mut self, bytes: usize) {
        self.end = (self.end + bytes).min(self.bytes.len().saturating_sub(PADDING));
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.space(bytes.len()).copy_from_slice(bytes);
        self.filled(bytes.len());
    }

    pub(super) fn clear(&mut self) {
        self.end = 0;
    }

    /// Forgets the first `count` bytes.
    pub(super) fn drop_front(&mut self, count: usize) {
        if count > 0 {
            self.bytes.copy_within(count..self.end, 0);
            self.end -= count;
        }
    }

    /// Gives away a buffer with the first `count` bytes and zeroed padding, and keeps what follows. The shorter of both moves to `other`: a
    /// batch that is a small part of a block does not hold the memory of all of it.
    pub(super) fn cut(&mut self, count: usize, mut other: Vec<u8>) -> Vec<u8> {
        if count < self.end - count {
            other.clear();
            other.reserve_exact(count + PADDING);
            other.extend_from_slice(&self.bytes[..count]);
            other.resize(count + PADDING, 0);
            self.drop_front(count);
            return other;
        }
        let mut next = Buffer { bytes: other, end: 0 };
        next.push(&self.bytes[count..self.end]);
        let mut given = std::mem::replace(self, next).bytes;
        if given.len() < count + PADDING {
            given.resize(count + PADDING, 0);
        }
        given[count..count + PADDING].fill(0);
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_keeps_every_byte_and_zeroes_the_padding() {
        let mut buffer = Buffer::default();
        buffer.push(&[7; 200]);
        buffer.push(b"tail");
        let given = buffer.cut(200, vec![9; 3]);
        assert_eq!(&given[..200], &[7; 200]);
        buffer.push(&[5; 300]);
        let front = buffer.cut(4, vec![9; 3]);
        assert_eq!((&front[..4], &front[4..], buffer.len()), (&b"tail"[..], &[0; PADDING][..], 300));
        buffer.clear();
        buffer.push(b"tail");
        assert_eq!(&given[200..200 + PADDING], &[0; PADDING]);
        assert_eq!(buffer.data(), b"tail");
        buffer.drop_front(2);
        assert_eq!(buffer.data(), b"il");
    }
}
