//! Check digits, written from the standards for this set; the detector's are not asked, or both would err alike.

pub(crate) fn digit(c: char) -> u32 {
    c.to_digit(36).unwrap_or(0)
}

pub(crate) fn show(value: u32) -> String {
    char::from_digit(value, 36).unwrap_or('0').to_ascii_uppercase().to_string()
}

/// The sum of products of digits (letters from A = 10) and weights.
pub(crate) fn weighted(text: &str, weights: &[u32]) -> u32 {
    text.chars().zip(weights).map(|(c, weight)| digit(c) * weight).sum()
}

/// The same of the cross sums of the products.
pub(crate) fn crossed(text: &str, weights: &[u32]) -> u32 {
    let cross = |product: u32| product / 10 + product % 10;
    text.chars().zip(weights).map(|(c, weight)| cross(digit(c) * weight)).sum()
}

/// Appends Luhn's digit (ISO/IEC 7812-1, annex B); `before` is what stands in front of it when summed.
pub(crate) fn luhn_after(before: &str, body: &str) -> String {
    let mut sum = 0;
    for (place, c) in before.chars().chain(body.chars()).rev().collect::<Vec<_>>().into_iter().enumerate() {
        let doubled = digit(c) * if place % 2 == 0 { 2 } else { 1 };
        sum += doubled / 10 + doubled % 10;
    }
    format!("{body}{}", (10 - sum % 10) % 10)
}

pub(crate) fn luhn(body: &str) -> String {
    luhn_after("", body)
}

/// The remainder by a number of a decimal, letters counted as two digits from A = 10.
pub(crate) fn rest(text: &str, by: u32) -> u32 {
    text.chars().fold(0, |rest, c| {
        let value = digit(c);
        (if value > 9 { rest * 100 } else { rest * 10 } + value) % by
    })
}

/// Appends the digit of ISO/IEC 7064, MOD 11,10.
pub(crate) fn mod_11_10(body: &str) -> String {
    let product = body.chars().fold(10, |product, c| {
        let sum = (digit(c) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    format!("{body}{}", (11 - product) % 10)
}

/// Appends the character of ISO/IEC 7064, MOD 11-2.
pub(crate) fn mod_11_2(body: &str) -> String {
    let product = body.chars().fold(0, |product, c| (product + digit(c)) * 2 % 11);
    match (12 - product) % 11 {
        10 => format!("{body}X"),
        check => format!("{body}{check}"),
    }
}

/// Appends Verhoeff's digit: products of the dihedral group of ten, permuted by place (Verhoeff, 1969).
pub(crate) fn verhoeff(body: &str) -> String {
    const ONCE: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let product = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a - 5 + 5 - b) % 5 + 5,
        (false, false) => (a - 5 + 5 - (b - 5)) % 5,
    };
    let permuted = |place: usize, value: u32| (0..place % 8).fold(value, |value, _| ONCE[value as usize]);
    let sum = body.chars().rev().enumerate().fold(0, |sum, (place, c)| product(sum, permuted(place + 1, digit(c))));
    format!("{body}{}", (0..10).find(|check| product(sum, *check) == 0).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_as_published() {
        assert_eq!(luhn("7992739871"), "79927398713");
        assert_eq!(mod_11_10("0794"), "07945");
        assert_eq!(mod_11_10("8609574271"), "86095742719");
        assert_eq!(mod_11_2("079"), "079X");
        assert_eq!(verhoeff("236"), "2363");
        assert_eq!(rest("3214282912345698765432161182", 97), 1);
    }
}
