//! Text decoding: byte order marks, UTF-16 to UTF-8 as it streams.

use super::{FrameError, buffer::Buffer};

/// Where the decoding stands. UTF-8 passes untouched, straight into the framer's buffer.
#[derive(Debug, Default)]
pub(super) struct Text {
    state: State,
    /// UTF-16 not yet transcoded; in the other states empty.
    raw: Buffer,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Undecided,
    Utf8,
    Utf16 {
        big: bool,
    },
    Unknown,
}

impl Text {
    pub(super) fn space<'b>(&'b mut self, input: &'b mut Buffer, want: usize) -> &'b mut [u8] {
        match self.state {
            State::Utf16 { .. } => self.raw.space(want),
            _ => input.space(want),
        }
    }

    pub(super) fn filled(&mut self, input: &mut Buffer, bytes: usize) {
        match self.state {
            State::Utf16 { big } => {
                self.raw.filled(bytes);
                transcode(&mut self.raw, big, false, input);
            }
            State::Undecided => {
                input.filled(bytes);
                self.decide(input, false);
            }
            State::Utf8 | State::Unknown => input.filled(bytes),
        }
    }

    pub(super) fn end(&mut self, input: &mut Buffer) {
        if self.state == State::Undecided {
            self.decide(input, true);
        }
        if let State::Utf16 { big } = self.state {
            transcode(&mut self.raw, big, true, input);
        }
    }

    pub(super) fn is_undecided(&self) -> bool {
        self.state == State::Undecided
    }

    pub(super) fn check(&self) -> Result<(), FrameError> {
        if self.state == State::Unknown { Err(FrameError::UnknownEncoding) } else { Ok(()) }
    }

    /// Four bytes tell; fewer only at the end of the input.
    fn decide(&mut self, input: &mut Buffer, ended: bool) {
        let data = input.data();
        if data.len() < 4 && !ended {
            return;
        }
        let (state, mark) = recognise(data);
        self.state = state;
        if let State::Utf16 { big } = state {
            self.raw.push(&data[mark..]);
            input.clear();
            transcode(&mut self.raw, big, false, input);
        } else {
            input.drop_front(mark);
        }
    }
}

/// The encoding and the length of the byte order mark.
fn recognise(data: &[u8]) -> (State, usize) {
    match data {
        [0xEF, 0xBB, 0xBF, ..] => (State::Utf8, 3),
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => (State::Unknown, 0),
        [0xFF, 0xFE, ..] => (State::Utf16 { big: false }, 2),
        [0xFE, 0xFF, ..] => (State::Utf16 { big: true }, 2),
        // JSON and CSV headers begin with ASCII, so every other byte is NUL.
        [0, 0, 0, 1..=255, ..] | [1..=255, 0, 0, 0, ..] => (State::Unknown, 0),
        [0, 1..=255, 0, 1..=255, ..] | [0, 1..=255] => (State::Utf16 { big: true }, 0),
        [1..=255, 0, 1..=255, 0, ..] | [1..=255, 0] => (State::Utf16 { big: false }, 0),
        _ => (State::Utf8, 0),
    }
}

/// Moves whole characters from `raw` to `out`. A lone surrogate becomes the three bytes that UTF-8 forbids for it, an odd last
/// byte becomes 0xFF: the scanner rejects the event that holds them, and no other.
fn transcode(raw: &mut Buffer, big: bool, ended: bool, out: &mut Buffer) {
    let data = raw.data();
    let unit = |pair: &[u8; 2]| if big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
    let (pairs, odd) = data.as_chunks::<2>();
    // Three bytes for a unit at most: a pair of surrogates makes four of two units.
    let room = out.space(pairs.len() * 3 + 1);
    let (mut from, mut to) = (0, 0);
    while let Some(pair) = pairs.get(from) {
        let mut code = u32::from(unit(pair));
        from += 1;
        if code < 0x80 {
            room[to] = code as u8;
            to += 1;
            continue;
        }
        if (0xD800..0xDC00).contains(&code) {
            match pairs.get(from).map(unit) {
                Some(low @ 0xDC00..0xE000) => {
                    code = 0x1_0000 + ((code & 0x3FF) << 10) + u32::from(low & 0x3FF);
                    from += 1;
                }
                None if !ended => {
                    from -= 1;
                    break;
                }
                _ => {}
            }
        }
        to += encode(code, &mut room[to..]);
    }
    let mut used = from * 2;
    if ended && !odd.is_empty() {
        room[to] = 0xFF;
        to += 1;
        used += 1;
    }
    out.filled(to);
    raw.drop_front(used);
}

/// UTF-8 without the ban on surrogates. `code` is at least 0x80.
fn encode(code: u32, out: &mut [u8]) -> usize {
    let tail = |shift: u32| 0x80 | (code >> shift & 0x3F) as u8;
    let bytes = match code {
        ..0x800 => 2,
        0x800..0x1_0000 => 3,
        _ => 4,
    };
    match bytes {
        2 => out[..2].copy_from_slice(&[0xC0 | (code >> 6) as u8, tail(0)]),
        3 => out[..3].copy_from_slice(&[0xE0 | (code >> 12) as u8, tail(6), tail(0)]),
        _ => out[..4].copy_from_slice(&[0xF0 | (code >> 18) as u8, tail(12), tail(6), tail(0)]),
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(bytes: &[u8], block: usize) -> Vec<u8> {
        let (mut text, mut out) = (Text::default(), Buffer::default());
        for part in bytes.chunks(block) {
            text.space(&mut out, part.len()).copy_from_slice(part);
            text.filled(&mut out, part.len());
        }
        text.end(&mut out);
        out.data().to_vec()
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    }

    #[test]
    fn lone_surrogates_and_odd_bytes_are_invalid_utf8() {
        for bytes in
            [&b"\xFF\xFE{\0\x00\xD8}\0"[..], b"\xFF\xFE{\0\x00\xDC}\0", b"\xFF\xFE{\0}\0}", b"\xFF\xFE{\0\x00\xD8"]
        {
            for block in 1..=bytes.len() {
                let out = decode(bytes, block);
                assert!(std::str::from_utf8(&out).is_err(), "{bytes:?}");
                assert_eq!(out[0], b'{');
            }
        }
    }

    #[test]
    fn utf_32_is_refused() {
        for bytes in [&b"\xFF\xFE\0\0{\0\0\0"[..], b"\0\0\xFE\xFF\0\0\0{", b"{\0\0\0", b"\0\0\0{"] {
            assert_eq!(recognise(bytes).0, State::Unknown);
        }
    }

    proptest! {
        #[test]
        fn utf16_and_utf8_say_the_same_however_they_are_cut(tail in "\\PC*", big: bool, mark: bool, block in 1usize..9) {
            let text = format!("{{}}{tail}");
            let marked = if mark { format!("\u{FEFF}{text}") } else { text.clone() };
            prop_assert_eq!(decode(&utf16(&marked, big), block), text.as_bytes());
            prop_assert_eq!(decode(marked.as_bytes(), block), text.as_bytes());
        }
    }
}
