//! Exact decimal numbers: a measurement must not change because a binary fraction cannot hold it.

use std::fmt::Write;

use crate::digits;

/// `mantissa / 10^scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// More digits than any measurement has, few enough that products of two such numbers fit.
const DIGITS: usize = 30;

/// Digits of which any number fits `i64`. Most numbers are so short, and need no wide arithmetic.
const FEW: usize = 18;
const POWERS: [i64; FEW + 1] = {
    let mut powers = [1; FEW + 1];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// The product, where it is far from running over. (`checked_mul` multiplies in 128 bits here, by a call.)
fn times(a: i64, b: i64) -> Option<i64> {
    let spare = a.unsigned_abs().leading_zeros() + b.unsigned_abs().leading_zeros();
    (spare >= 66).then(|| a.wrapping_mul(b))
}

fn power(exponent: u32) -> Option<i64> {
    POWERS.get(exponent as usize).copied()
}

impl Decimal {
    /// Reads `-12`, `1.50`, `2e-3`. No blanks, no separators of thousands.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::short(text.as_bytes()).or_else(|| Self::general(text))
    }

    /// A number of few digits without an exponent.
    fn short(text: &[u8]) -> Option<Self> {
        let unsigned = text.strip_prefix(b"-").unwrap_or(text);
        let (mut mantissa, mut dot) = (0i64, None);
        if unsigned.len() > FEW {
            return None;
        }
        for (at, &byte) in unsigned.iter().enumerate() {
            match byte.wrapping_sub(b'0') {
                digit @ 0..10 => mantissa = mantissa * 10 + i64::from(digit),
                _ if byte == b'.' && dot.is_none() && at > 0 => dot = Some(at),
                _ => return None,
            }
        }
        let scale = dot.map_or(0, |dot| unsigned.len() - dot - 1) as u32;
        let mantissa = if unsigned.len() < text.len() { -mantissa } else { mantissa };
        (!unsigned.is_empty()).then_some(Decimal { mantissa: mantissa.into(), scale })
    }

    fn general(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let unsigned = number.strip_prefix('-').unwrap_or(number);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = || whole.bytes().chain(fraction.bytes());
        if whole.is_empty() || digits().count() > DIGITS || !digits().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mantissa = digits().fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
        let mantissa = if number.starts_with('-') { -mantissa } else { mantissa };
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        match u32::try_from(scale) {
            Ok(scale) => (scale as usize <= DIGITS).then_some(Decimal { mantissa, scale }),
            Err(_) => {
                let mantissa = mantissa.checked_mul(10i128.checked_pow(scale.unsigned_abs())?)?;
                (mantissa.unsigned_abs() < 10u128.pow(DIGITS as u32)).then_some(Decimal { mantissa, scale: 0 })
            }
        }
    }

    pub(crate) fn is_positive(self) -> bool {
        self.mantissa > 0
    }

    /// The mantissa of the same number with more decimals.
    fn at(self, scale: u32) -> Option<i128> {
        self.mantissa.checked_mul(10i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }

    /// The largest multiple of `width`, which is positive, that is not above the number.
    pub(crate) fn bucket(self, width: Decimal) -> Option<Self> {
        self.short_bucket(width).or_else(|| self.general_bucket(width))
    }

    fn short_bucket(self, width: Decimal) -> Option<Self> {
        let scale = self.scale.max(width.scale);
        let value = times(i64::try_from(self.mantissa).ok()?, power(scale - self.scale)?)?;
        let step = i64::try_from(width.mantissa).ok()?;
        // Not further from zero than the number and one step.
        let lower = times(value.div_euclid(times(step, power(scale - width.scale)?)?), step)?;
        Some(Decimal { mantissa: lower.into(), scale: width.scale })
    }

    fn general_bucket(self, width: Decimal) -> Option<Self> {
        let scale = self.scale.max(width.scale);
        let (value, width) = (self.at(scale)?, width.at(scale)?);
        Some(Decimal { mantissa: value.checked_div_euclid(width)?.checked_mul(width)?, scale })
    }

    /// Without the decimals behind the first so many.
    pub(crate) fn truncate(self, decimals: u32) -> Self {
        match self.scale.checked_sub(decimals) {
            Some(surplus) => Decimal { mantissa: self.mantissa / 10i128.pow(surplus), scale: decimals },
            None => self,
        }
    }

    /// The largest whole number that is not above.
    pub(crate) fn floor(self) -> i128 {
        self.mantissa.div_euclid(10i128.pow(self.scale))
    }

    /// Appends the number, without decimals that are zero: equal numbers are written equally.
    pub(crate) fn write(self, out: &mut String) -> Option<()> {
        self.write_short(out).or_else(|| self.write_general(out))
    }

    fn write_short(self, out: &mut String) -> Option<()> {
        let (one, number) = (power(self.scale)?.unsigned_abs(), i64::try_from(self.mantissa).ok()?);
        if number < 0 {
            out.push('-');
        }
        let (whole, mut rest) = (number.unsigned_abs() / one, number.unsigned_abs() % one);
        digits::push(whole, out);
        let mut unit = one;
        if rest > 0 {
            out.push('.');
        }
        while rest > 0 {
            unit /= 10;
            out.push(char::from(b'0' + (rest / unit) as u8));
            rest %= unit;
        }
        Some(())
    }

    fn write_general(self, out: &mut String) -> Option<()> {
        let Decimal { mut mantissa, mut scale } = self;
        while scale > 0 && mantissa % 10 == 0 {
            (mantissa, scale) = (mantissa / 10, scale - 1);
        }
        if scale == 0 {
            return write!(out, "{mantissa}").ok();
        }
        let one = 10u128.pow(scale);
        let (sign, size) = (if mantissa < 0 { "-" } else { "" }, mantissa.unsigned_abs());
        write!(out, "{sign}{}.{:0digits$}", size / one, size % one, digits = scale as usize).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl Fn(&mut String) -> Option<()>) -> Option<String> {
        let mut out = String::new();
        write(&mut out).map(|()| out)
    }

    proptest! {
        #[test]
        fn the_short_ways_agree_with_the_general_ones(text in "-?[0-9]{0,19}(\\.[0-9]{0,19})?|[-0-9.e+ ]{0,20}", width in "[1-9][0-9]{0,9}(\\.[0-9]{1,9})?") {
            let general = Decimal::general(&text);
            if let Some(number) = Decimal::short(text.as_bytes()) {
                prop_assert_eq!(general, Some(number));
            }
            prop_assert_eq!(Decimal::parse(&text), general);
            let Some(number) = general else { return Ok(()) };
            let width = Decimal::parse(&width).unwrap();
            for number in [Some(number), number.general_bucket(width)].into_iter().flatten() {
                let usual = written(|out| number.write_general(out));
                prop_assert!(number.mantissa.checked_abs() > Some(i64::MAX.into()) || number.scale as usize > FEW || written(|out| number.write_short(out)) == usual);
            }
            let write = |number: Decimal| written(|out| number.write_general(out));
            prop_assert_eq!(number.bucket(width).map(write), number.general_bucket(width).map(write));
        }
    }
}
