//! Numbers as decimal digits, read and written without the general machinery.

/// `00` to `99`.
const PAIRS: &str = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
    5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/// Appends two digits, the last two of the number.
#[inline]
pub(crate) fn push_pair(number: u32, out: &mut String) {
    let at = number as usize % 100 * 2;
    out.push_str(PAIRS.get(at..at + 2).unwrap_or_default());
}

/// Appends a number without leading zeros.
pub(crate) fn push(number: u64, out: &mut String) {
    // Small numbers divide faster.
    let Ok(small) = u32::try_from(number) else {
        push(number / 100, out);
        return push_pair((number % 100) as u32, out);
    };
    match small {
        0..10 => out.push(char::from(b'0' + small as u8)),
        10..100 => push_pair(small, out),
        _ => {
            push((small / 100).into(), out);
            push_pair(small, out);
        }
    }
}

/// The two digits at a place; above 99 where they are none.
#[inline]
pub(crate) fn pair<const N: usize>(bytes: &[u8; N], at: usize) -> u32 {
    let digit = |at: usize| bytes.get(at).map_or(255, |byte| byte.wrapping_sub(b'0'));
    let (tens, ones) = (digit(at), digit(at + 1));
    if tens > 9 || ones > 9 { 255 } else { u32::from(tens) * 10 + u32::from(ones) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_are_written_as_the_standard_library_does(number: u64, shift in 0..64u32) {
            let number = number >> shift;
            let mut out = String::new();
            push(number, &mut out);
            prop_assert_eq!(out, number.to_string());
        }

        #[test]
        fn pairs_are_read_as_the_standard_library_does(text in "[0-9:/ ]{2}") {
            let bytes = text.as_bytes().first_chunk::<2>().unwrap();
            let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().unwrap());
            prop_assert_eq!(pair(bytes, 0), number.unwrap_or(255));
        }
    }
}
