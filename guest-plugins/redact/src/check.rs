//! Check digits and small text predicates that several entities share.

/// Luhn's check (ISO/IEC 7812-1, annex B) over ASCII digits; anything else counts as its low four bits.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let mut sum = 0_u32;
    for (place, digit) in digits.iter().rev().enumerate() {
        let value = u32::from(digit & 15) << (place & 1);
        sum += if value > 9 { value - 9 } else { value };
    }
    sum.is_multiple_of(10)
}

/// The remainder by 97 (ISO/IEC 7064, MOD 97-10) of letters and digits, letters counting from A = 10.
pub(crate) fn mod97(text: impl Iterator<Item = u8>) -> u32 {
    text.fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from((byte | 0x20).wrapping_sub(b'a')) + 10) % 97,
    })
}

/// Letters, digits and everything beyond ASCII: what a word is made of.
pub(crate) fn wordy(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// The byte before `at`, a space where the row begins.
pub(crate) fn before(text: &[u8], at: usize) -> u8 {
    at.checked_sub(1).and_then(|at| text.get(at)).copied().unwrap_or(b' ')
}

/// The byte at `at`, a space behind the row.
pub(crate) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(b' ')
}

/// The set of these bytes, for loops that ask of each byte.
pub(crate) const fn set(bytes: &[u8]) -> [bool; 256] {
    let mut set = [false; 256];
    let mut rest = bytes;
    while let [first, others @ ..] = rest {
        set[*first as usize] = true;
        rest = others;
    }
    set
}

/// `at..` bytes that `keep`, at most `most` of them: the position behind.
pub(crate) fn run(text: &[u8], at: usize, most: usize, keep: impl Fn(u8) -> bool) -> usize {
    let tail = text.get(at..).unwrap_or_default();
    at + tail.iter().take(most).take_while(|&&byte| keep(byte)).count()
}

/// The position where the bytes that `keep` and end before `at` begin, at most `most` of them.
pub(crate) fn run_back(text: &[u8], at: usize, most: usize, keep: impl Fn(u8) -> bool) -> usize {
    let head = text.get(..at).unwrap_or_default();
    at - head.iter().rev().take(most).take_while(|&&byte| keep(byte)).count()
}

/// The value of a base64url character (RFC 4648, section 5).
pub(crate) fn base64url(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_notices_a_changed_digit() {
        assert!(luhn(b"79927398713"));
        for digit in b'0'..=b'9' {
            assert_eq!(luhn(&[b"7992739871".as_slice(), &[digit]].concat()), digit == b'3');
        }
    }

    #[test]
    fn mod97_counts_letters_from_ten() {
        assert_eq!(mod97(b"3214282912345698765432161182".iter().copied()), 1);
        assert_eq!(mod97(b"WEST12345698765432GB82".iter().copied()), 1);
        assert_eq!(mod97(b"west12345698765432gb82".iter().copied()), 1);
    }

    #[test]
    fn runs_stay_inside_the_text() {
        assert_eq!(run(b"12ab", 0, 9, |b| b.is_ascii_digit()), 2);
        assert_eq!(run(b"12", 7, 9, |_| true), 7);
        assert_eq!(run_back(b"ab12", 4, 9, |b| b.is_ascii_digit()), 2);
        assert_eq!(run_back(b"1212", 4, 3, |b| b.is_ascii_digit()), 1);
        assert_eq!((before(b"x", 0), byte(b"x", 1)), (b' ', b' '));
    }
}
