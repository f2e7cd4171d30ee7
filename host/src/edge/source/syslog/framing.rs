//! Messages in a connection (RFC 6587): `LENGTH SP MESSAGE`, or a line break behind each. Each message shows which it is.

use std::ops::Range;

/// Most digits of a length.
const DIGITS: usize = 9;

/// Finds messages in the bytes of a connection.
///
/// Of one that is too long the beginning is given, one byte longer than may be, so that it is refused further on; its rest is skipped.
#[derive(Debug)]
pub(super) struct Messages {
    most: usize,
    skip: Skip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Skip {
    Nothing,
    Octets(usize),
    Line,
}

/// What there is at the beginning of the bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// A message.
    pub(super) message: Option<Range<usize>>,
    /// Bytes that are done with. None, and no message: more are needed.
    pub(super) used: usize,
}

impl Step {
    const MORE: Self = Self { message: None, used: 0 };

    fn skip(used: usize) -> Self {
        Self { message: None, used }
    }
}

enum Head {
    /// Bytes of the head, bytes of the message.
    Octets(usize, usize),
    Line,
    Unknown,
}

impl Messages {
    pub(super) fn new(most: usize) -> Self {
        Self { most, skip: Skip::Nothing }
    }

    /// The next message.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Step {
        match self.skip {
            Skip::Octets(left) => {
                let used = left.min(bytes.len());
                self.skip = if used == left { Skip::Nothing } else { Skip::Octets(left - used) };
                return Step::skip(used);
            }
            Skip::Line => {
                let end = memchr::memchr(b'\n', bytes);
                self.skip = end.map_or(Skip::Line, |_| Skip::Nothing);
                return Step::skip(end.map_or(bytes.len(), |end| end + 1));
            }
            Skip::Nothing => {}
        }
        let blank = bytes.iter().take_while(|byte| matches!(byte, b'\n' | b'\r' | 0)).count();
        if blank > 0 {
            return Step::skip(blank);
        }
        match head(bytes) {
            Head::Unknown => Step::MORE,
            Head::Octets(head, length) => {
                let given = length.min(self.most + 1);
                if bytes.len() - head < given {
                    return Step::MORE;
                }
                if given < length {
                    self.skip = Skip::Octets(length - given);
                }
                Step { message: Some(head..head + given), used: head + given }
            }
            Head::Line => match memchr::memchr(b'\n', bytes) {
                Some(end) if end <= self.most => Step { message: Some(0..end), used: end + 1 },
                None if bytes.len() <= self.most => Step::MORE,
                _ => {
                    self.skip = Skip::Line;
                    Step { message: Some(0..self.most + 1), used: self.most + 1 }
                }
            },
        }
    }

    /// What is left at the end of the connection: a line without its break is a message, a part of a counted one is none. `Err`: that.
    pub(super) fn last<'b>(&self, bytes: &'b [u8]) -> Result<&'b [u8], ()> {
        let is_counted = matches!(head(bytes), Head::Octets(..));
        match self.skip {
            Skip::Nothing if !bytes.is_empty() && is_counted => Err(()),
            Skip::Nothing => Ok(bytes),
            _ => Ok(&[]),
        }
    }
}

/// A number, a blank and `<`: what stands so at the beginning of a line is no line.
fn head(bytes: &[u8]) -> Head {
    let digits = bytes.iter().take(DIGITS + 1).take_while(|byte| byte.is_ascii_digit()).count();
    match (bytes.first(), bytes.get(digits), bytes.get(digits + 1)) {
        (Some(b'1'..=b'9'), None, _) if digits <= DIGITS => Head::Unknown,
        (Some(b'1'..=b'9'), Some(b' '), None) if digits <= DIGITS => Head::Unknown,
        (Some(b'1'..=b'9'), Some(b' '), Some(b'<')) if digits <= DIGITS => {
            let length = bytes[..digits].iter().fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
            Head::Octets(digits + 1, length)
        }
        (None, ..) => Head::Unknown,
        _ => Head::Line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Feeds blocks of a size, as a connection would.
    fn all(bytes: &[u8], block: usize, most: usize) -> (Vec<Vec<u8>>, bool) {
        let (mut messages, mut buffer, mut found) = (Messages::new(most), Vec::new(), Vec::new());
        for part in bytes.chunks(block) {
            buffer.extend_from_slice(part);
            loop {
                let Step { message, used } = messages.next(&buffer);
                if message.is_none() && used == 0 {
                    break;
                }
                found.extend(message.map(|at| buffer[at].to_vec()));
                buffer.drain(..used);
            }
            assert!(buffer.len() <= most + block + DIGITS + 2, "it holds more than a message");
        }
        let last = messages.last(&buffer);
        found.extend(last.ok().filter(|last| !last.is_empty()).map(<[u8]>::to_vec));
        (found, last.is_err())
    }

    #[test]
    fn both_framings_are_told_apart_message_by_message() {
        let text = b"5 <1>ab<2>line\n\n6 <3>c\nd2026-11-03 no priority\n12 monkeys\n<4>last";
        let (found, cut) = all(text, 1, 100);
        let texts: Vec<_> = found.iter().map(|m| std::str::from_utf8(m).unwrap()).collect();
        assert_eq!(texts, ["<1>ab", "<2>line", "<3>c\nd", "2026-11-03 no priority", "12 monkeys", "<4>last"]);
        assert!(!cut);
    }

    #[test]
    fn a_counted_message_that_was_cut_off_is_none() {
        assert_eq!(all(b"5 <1>ab9 <2>", 3, 100), (vec![b"<1>ab".to_vec()], true));
    }

    #[test]
    fn of_what_is_too_long_a_beginning_is_given_and_the_rest_skipped() {
        for text in ["21 <1>345678901234567890<2>ok\n", "<1>45678901234567890\n<2>ok\n"] {
            for block in 1..40 {
                let (found, cut) = all(text.as_bytes(), block, 8);
                assert_eq!((found[0].len(), &found[1][..], found.len(), cut), (9, &b"<2>ok"[..], 2, false), "{block}");
            }
        }
    }

    proptest! {
        /// LAW: how bytes are cut into blocks changes no message, whatever they are.
        #[test]
        fn blocks_change_nothing(bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'<'), Just(b' '), b'0'..=b'9', any::<u8>()], 0..200), block in 1..50_usize) {
            prop_assert_eq!(all(&bytes, block, 16), all(&bytes, 1000, 16));
        }

        /// LAW: what a sender counted arrives as it was.
        #[test]
        fn counted_messages_arrive(texts in proptest::collection::vec("<[0-9]{1,3}>(?s:.{0,20})", 0..8), block in 1..50_usize) {
            let sent: Vec<u8> = texts.iter().flat_map(|text| format!("{} {text}", text.len()).into_bytes()).collect();
            let (found, cut) = all(&sent, block, 1000);
            prop_assert!(!cut);
            prop_assert_eq!(found, texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>());
        }
    }
}
