//! Exact decimal numbers: a measurement must not change because a binary fraction cannot hold it.

use std::fmt::Write;

/// `mantissa / 10^scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// More digits than any measurement has, few enough that products of two such numbers fit.
const DIGITS: usize = 30;

impl Decimal {
    /// Reads `-12`, `1.50`, `2e-3`. No blanks, no separators of thousands.
    pub(crate) fn parse(text: &str) -> Option<Self> {
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
