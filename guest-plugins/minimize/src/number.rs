//! Numbers into buckets, coordinates to fewer decimals.

use tamis_plugin_sdk::block::Block;
use tamis_plugin_sdk::bytes::first_block;

use crate::Change;
use crate::decimal::Decimal;

/// The width of a bucket: a positive number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width {
    width: Decimal,
    /// How many zeros it has behind its one, where it is ten, a hundred and so on.
    zeros: Option<usize>,
}

const ZEROS: &str = "000000000000";

impl Width {
    /// Reads a width; `None` when it is no positive decimal number.
    pub fn parse(text: &str) -> Option<Self> {
        let width = Decimal::parse(text).filter(|width| width.is_positive())?;
        let mut written = String::new();
        width.write(&mut written)?;
        let zeros = written.strip_prefix('1').filter(|rest| ZEROS.starts_with(*rest)).map(str::len);
        Some(Width { width, zeros })
    }

    /// The change that puts a number into its bucket; `None` when it is none.
    #[inline]
    pub(crate) fn change<'a>(self, value: &str, out: &'a mut String) -> Option<Change<'a>> {
        match self.cut(value) {
            Some((at, text)) => Some(Change { range: at..value.len(), text }),
            None => self.bucket(value, out).map(|()| Change::whole(value, out)),
        }
    }

    /// Where a number as most are is cut, and what is put there: one that is not negative, into buckets of ten, a
    /// hundred and so on. `None` where the general way must decide.
    fn cut(self, value: &str) -> Option<(usize, &'static str)> {
        let zeros = self.zeros?;
        let whole = plain(value.as_bytes())?;
        if whole > 1 && value.starts_with('0') {
            return None;
        }
        if whole <= zeros {
            return Some((0, "0"));
        }
        Some((whole - zeros, ZEROS.get(..zeros)?))
    }

    /// Appends the lower end of the bucket.
    #[inline(never)]
    pub(crate) fn bucket(self, value: &str, out: &mut String) -> Option<()> {
        Decimal::parse(value)?.bucket(self.width)?.write(out)
    }
}

/// How many digits a number has in front of its point, if it is nothing else and not long.
#[inline(always)]
fn plain(text: &[u8]) -> Option<usize> {
    if text.len() > 16 {
        return None;
    }
    // A bit for each digit; the point leaves a gap.
    let digits = Block::of(&first_block(text)).within([(b'0', b'9')]);
    let whole = digits.trailing_ones() as usize;
    let point = if text.get(whole) == Some(&b'.') { 1 << whole } else { 0 };
    (whole > 0 && digits | point == (1 << text.len()) - 1).then_some(whole)
}

/// The change that cuts a place to so many decimals; `None` when it is none.
#[inline]
pub(crate) fn place<'a>(decimals: u8, value: &str, out: &'a mut String) -> Option<Change<'a>> {
    match end_of_usual(decimals, value) {
        Some(end) => Some(Change::end(value, end)),
        None => geo(decimals, value, out).map(|()| Change::whole(value, out)),
    }
}

/// A latitude, a longitude, or both with a comma, semicolon or blank between them, cut to so many decimals: toward
/// zero, so that a place is never moved across the equator. One decimal is about 11 km, two about 1.1 km.
#[inline(never)]
pub(crate) fn geo(decimals: u8, value: &str, out: &mut String) -> Option<()> {
    let mark = value.find([',', ';']).or_else(|| value.find(' '));
    let Some((first, second)) = mark.and_then(|mark| value.split_at_checked(mark)) else {
        return coordinate(decimals, value, out);
    };
    coordinate(decimals, first.trim(), out)?;
    out.push_str(second.get(..1)?);
    coordinate(decimals, second.get(1..)?.trim(), out)
}

/// Where a coordinate ends that is written as most are and was cut to so many decimals; `None` where the general way
/// must decide. Cutting such a number is cutting its text.
fn end_of_usual(decimals: u8, value: &str) -> Option<usize> {
    let bytes = value.as_bytes();
    let unsigned = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let sign = bytes.len() - unsigned.len();
    let dot = plain(unsigned)?;
    let whole = unsigned.get(..dot).filter(|_| dot <= 3)?;
    let degrees = whole.iter().fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'));
    // Zeros in front go, and so does the sign of zero: not here. Nor are the last degrees looked at closely.
    if !(whole.first()? != &b'0' && degrees < 180 || dot == 1 && sign == 0) {
        return None;
    }
    let mut end = (dot + 1 + usize::from(decimals)).min(unsigned.len());
    while end > dot && matches!(unsigned.get(end - 1), Some(b'0' | b'.')) {
        end -= 1;
    }
    Some(end + sign)
}

fn coordinate(decimals: u8, text: &str, out: &mut String) -> Option<()> {
    let number = Decimal::parse(text)?;
    let degrees = number.floor();
    (-180..=180).contains(&degrees).then(|| number.truncate(decimals.into()).write(out))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bucket(width: &str, value: &str) -> Option<String> {
        let mut out = String::new();
        Width::parse(width).unwrap().bucket(value, &mut out).map(|()| out)
    }

    fn place(decimals: u8, value: &str) -> Option<String> {
        let mut out = String::new();
        geo(decimals, value, &mut out).map(|()| out)
    }

    #[test]
    fn a_number_becomes_the_lower_end_of_its_bucket() {
        let cases = [
            ("10", "17", "10"),
            ("10", "17.9", "10"),
            ("10", "-3", "-10"),
            ("10", "-10", "-10"),
            ("10", "0", "0"),
            ("10", "-0", "0"),
            ("0.5", "1.75", "1.5"),
            ("0.5", "2.0", "2"),
            ("2.5", "-0.1", "-2.5"),
            ("10", "1.7e3", "1700"),
            ("0.25", "12345678901234567890.3", "12345678901234567890.25"),
            ("1e3", "1999", "1000"),
            ("10", "007", "0"),
        ];
        for (width, value, lower) in cases {
            assert_eq!(bucket(width, value).as_deref(), Some(lower), "{value} by {width}");
        }
        for value in ["1,234", "12 GB", "NaN", "inf", "+5", " 5", ".5", "--1", "1e999", "1e", "0x10", "true", "٣", "e5"]
        {
            assert_eq!(bucket("10", value), None, "{value}");
        }
        for width in ["0", "-1", "x", ""] {
            assert_eq!(Width::parse(width), None, "{width}");
        }
    }

    #[test]
    fn a_place_loses_decimals_toward_zero() {
        let cases = [
            (1, "52.52067", "52.5"),
            (1, "-0.1278", "-0.1"),
            (1, "-0.04", "0"),
            (0, "-0.9", "0"),
            (2, "13.4", "13.4"),
            (1, "52.04", "52"),
            (1, "52.52067,13.40954", "52.5,13.4"),
            (1, "52.52067, -13.40954", "52.5,-13.4"),
            (1, "52.52067 13.40954", "52.5 13.4"),
            (0, "180", "180"),
            (1, "5.252e1", "52.5"),
        ];
        for (decimals, value, cut) in cases {
            assert_eq!(place(decimals, value).as_deref(), Some(cut), "{value}");
        }
        for value in ["181", "-180.5", "Berlin", "52.5,", ",13", "52.5N", "1,2,3", "52,5 13,4", "52.5,,13"] {
            assert_eq!(place(1, value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn buckets_are_a_ladder(value in "-?[0-9]{1,12}(\\.[0-9]{1,6})?", factor in 1..50u32, width in 1..200u32) {
            let (fine, coarse) = (format!("0.{width:03}"), format!("{}e-3", width * factor));
            let once = bucket(&fine, &value).unwrap();
            prop_assert_eq!(bucket(&fine, &once), Some(once.clone()));
            prop_assert_eq!(bucket(&coarse, &once), bucket(&coarse, &value));
        }

        #[test]
        fn places_are_a_ladder(value in "-?1?[0-7]?[0-9](\\.[0-9]{1,8})?(,-?[0-9]{1,2}(\\.[0-9]{1,8})?)?", fine in 0..8u8, less in 0..8u8) {
            let once = place(fine, &value).unwrap();
            prop_assert_eq!(place(fine, &once), Some(once.clone()));
            let coarse = fine.saturating_sub(less);
            prop_assert_eq!(place(coarse, &once), place(coarse, &value));
        }

        #[test]
        fn only_the_bucket_matters(base in -1000..1000i64, a in 0..10u8, b in 0..10u8, fraction in "(\\.[0-9]{1,3})?") {
            let value = |digit: u8| format!("{}{fraction}", base * 10 + i64::from(digit));
            if base >= 0 {
                prop_assert_eq!(bucket("10", &value(a)), bucket("10", &value(b)));
            }
        }

        #[test]
        fn never_panics(value in "[-+0-9.eE, ;]{0,60}|.{0,20}", width in "[0-9.eE-]{1,50}") {
            if let Some(width) = Width::parse(&width) {
                width.bucket(&value, &mut String::new());
            }
            place(3, &value);
        }
    }
}
