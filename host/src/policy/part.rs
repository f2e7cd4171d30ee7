//! Parts of what is found that a treatment may keep: the domain of an address, the last digits of a card.
//!
//! A part is read off the value as it was found. Where the value is not written as its entity is written — above all where its
//! bytes are another coding's (`anna%40example.de`, base64) — it has no part, and nothing is kept. INVARIANT: a part has at most
//! half of the letters and digits of its value.

use std::ops::Range;

use serde::Serialize;

/// A part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Part {
    /// `@` and what stands behind it.
    Domain,
    /// The first six digits of a card: who issued it.
    Bin,
    /// The country of an account (`DE`) or of an international telephone number (`+49`).
    Country,
    /// The last four letters or digits, with the sign in front of them, of a value that has eight or more.
    LastFour,
}

/// Entities, and the parts that they have.
pub const PARTS: [(&str, &[(&str, Part)]); 4] = [
    ("payment.card", &[("bin", Part::Bin), ("last 4", Part::LastFour)]),
    ("payment.iban", &[("country", Part::Country), ("last 4", Part::LastFour)]),
    ("person.email", &[("domain", Part::Domain)]),
    ("person.phone", &[("country", Part::Country), ("last 4", Part::LastFour)]),
];

/// Country calling codes of two digits (ITU-T E.164, list of 2016). 1 and 7 have one, all others three.
const CODES: &[&str] = &[
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49", "51",
    "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86", "90",
    "91", "92", "93", "94", "95", "98",
];

/// Signs of another coding, which nothing in an address is then.
const CODED: &[u8] = b"%&=\\";

impl Part {
    /// Where the part of a value of an entity stands in it, in bytes; `None` where it has none.
    ///
    /// ```
    /// use tamis::policy::part::Part;
    /// assert_eq!(Part::Domain.of("person.email", "anna.meier@example.de"), Some(10..21));
    /// assert_eq!(Part::LastFour.of("payment.card", "4111 1111 1111 1111"), Some(14..19));
    /// assert_eq!(Part::LastFour.of("payment.card", "NDExMTExMTExMTExMTExMQ"), None);
    /// ```
    pub fn of(self, entity: &str, value: &str) -> Option<Range<usize>> {
        let bytes = value.as_bytes();
        let part = match (entity, self) {
            ("person.email", Part::Domain) => domain(value),
            ("payment.card", _) if is_card(bytes) => self.of_number(bytes),
            ("payment.iban", _) if is_iban(bytes) => self.of_number(bytes),
            ("person.phone", _) if is_phone(bytes) => self.of_number(bytes),
            _ => None,
        }?;
        let count = |bytes: &[u8]| bytes.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
        (2 * count(bytes.get(part.clone())?) <= count(bytes)).then_some(part)
    }

    /// The part of a value of letters, digits and signs between them.
    fn of_number(self, bytes: &[u8]) -> Option<Range<usize>> {
        let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at].is_ascii_alphanumeric()).collect();
        match self {
            Part::Domain => None,
            Part::Bin => Some(0..places.get(5)? + 1),
            Part::Country if bytes.first()?.is_ascii_alphabetic() => Some(0..2),
            Part::Country => calling_code(bytes, &places),
            Part::LastFour => {
                let first = *places.get(places.len().checked_sub(4).filter(|_| places.len() >= 8)?)?;
                let has_sign = !bytes.get(first.checked_sub(1)?)?.is_ascii_alphanumeric();
                Some(first - usize::from(has_sign)..places.last()? + 1)
            }
        }
    }
}

/// `+49` or `0049`; a number without either says no country.
fn calling_code(bytes: &[u8], places: &[usize]) -> Option<Range<usize>> {
    let digits: Vec<u8> = places.iter().map(|at| bytes[*at]).collect();
    let prefix = match (bytes.first()?, digits.as_slice()) {
        (b'+', _) => 0,
        (b'0', [b'0', b'0', ..]) => 2,
        _ => return None,
    };
    let rest = digits.get(prefix..)?;
    let length = match rest {
        [b'1' | b'7', ..] => 1,
        [a, b, ..] if CODES.iter().any(|code| code.as_bytes() == [*a, *b]) => 2,
        _ => 3,
    };
    Some(0..places.get(prefix + length - 1)? + 1)
}

fn domain(value: &str) -> Option<Range<usize>> {
    let (local, domain) = value.split_once('@')?;
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && !CODED.contains(&byte));
    let label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_domain = domain.contains('.') && domain.split('.').all(label);
    (!local.is_empty() && is_plain(local) && is_domain).then_some(local.len()..value.len())
}

/// Letters and digits without what may stand between them; `None` where something else does.
fn bare(bytes: &[u8], signs: &[u8]) -> Option<Vec<u8>> {
    let known = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || signs.contains(byte));
    known.then(|| bytes.iter().copied().filter(u8::is_ascii_alphanumeric).collect())
}

fn is_digits(bytes: &[u8], signs: &[u8], counts: std::ops::RangeInclusive<usize>) -> bool {
    bare(bytes, signs).is_some_and(|bare| counts.contains(&bare.len()) && bare.iter().all(u8::is_ascii_digit))
}

fn is_card(bytes: &[u8]) -> bool {
    is_digits(bytes, b" -.", 12..=19)
}

fn is_phone(bytes: &[u8]) -> bool {
    is_digits(bytes, b"+ -./()", 7..=17)
}

/// ISO 13616: a country, two digits, 11 to 30 letters or digits, MOD 97-10. A run of base64 may look like one; it does not add up.
fn is_iban(bytes: &[u8]) -> bool {
    let Some(bare) = bare(bytes, b" -").filter(|bare| (15..=34).contains(&bare.len())) else { return false };
    let begins = bytes.iter().take(2).all(u8::is_ascii_alphabetic) && bare[2..4].iter().all(u8::is_ascii_digit);
    let digit = |byte: &u8| char::from(*byte).to_digit(36).unwrap_or_default();
    let turned = bare[4..].iter().chain(&bare[..4]).map(digit);
    begins && turned.fold(0, |rest, digit| (rest * if digit < 10 { 10 } else { 100 } + digit) % 97) == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(entity: &str, part: Part, value: &str) -> String {
        part.of(entity, value).map_or_else(String::new, |part| value[part].to_owned())
    }

    #[test]
    fn parts_are_read_off_as_values_are_written() {
        use Part::*;
        for (entity, part, value, wanted) in [
            ("person.email", Domain, "anna.meier@example.de", "@example.de"),
            ("person.email", Domain, "anna.maria.schmidt@mail.example.co.uk", "@mail.example.co.uk"),
            ("payment.card", LastFour, "4111 1111 1111 1234", " 1234"),
            ("payment.card", LastFour, "4111-1111-1111-1234", "-1234"),
            ("payment.card", LastFour, "4111111111111234", "1234"),
            ("payment.card", Bin, "4111 1111 1111 1234", "4111 11"),
            ("payment.card", Bin, "501864667909", "501864"),
            ("payment.iban", Country, "DE89 3704 0044 0532 0130 00", "DE"),
            ("payment.iban", LastFour, "DE89 3704 0044 0532 0130 00", "30 00"),
            ("payment.iban", LastFour, "mt84malt011000012345mtlcast001s", "001s"),
            ("person.phone", Country, "+49 30 901820", "+49"),
            ("person.phone", Country, "+1 (212) 736-5000", "+1"),
            ("person.phone", Country, "+352 27 12 34", "+352"),
            ("person.phone", Country, "+98 21 1234 5678", "+98"),
            ("person.phone", Country, "0049 30 901820", "0049"),
            ("person.phone", LastFour, "+49 30 901820", "1820"),
            ("person.phone", LastFour, "07700-900-193", "0-193"),
        ] {
            assert_eq!(kept(entity, part, value), wanted, "{part:?} of {value}");
        }
    }

    #[test]
    fn what_is_written_otherwise_has_no_part() {
        use Part::*;
        for (entity, part, value) in [
            ("person.email", Domain, "anna.meier%40example.de"),
            ("person.email", Domain, "anna%2Emeier@example.de"),
            ("person.email", Domain, "anna&#46;meier@example.de"),
            ("person.email", Domain, "anna.meier@ex%61mple.de"),
            ("person.email", Domain, "anna.meier@ex\u{ad}ample.de"),
            ("person.email", Domain, "YW5uYS5tZWllckBleGFtcGxlLmRl"),
            // A whole row that could not be looked into.
            ("person.email", Domain, "see boss of %25252540 or anna.meier@example.de"),
            ("person.email", Domain, "anna.meier@example.de, b@example.de"),
            ("person.email", Domain, "anna.meier.schmidt@localhost"),
            // More than half.
            ("person.email", Domain, "ann@example.com"),
            ("payment.card", LastFour, "４１１１ 1111 1111 1234"),
            ("payment.card", LastFour, "NDExMTExMTExMTExMTExMQ"),
            ("payment.card", LastFour, "34313131313131313131313131313131"),
            ("payment.card", Bin, "4111%201111%201111%201234"),
            ("payment.iban", Country, "REU4OTM3MDQwMDQ0MDUzMjAxMzAwMA"),
            ("payment.iban", Country, "DE89370400440532013001"),
            ("payment.iban", LastFour, "D"),
            ("payment.iban", LastFour, ""),
            ("person.phone", Country, "030 901820"),
            ("person.phone", Country, "(030) 901820"),
            ("person.phone", LastFour, "901-8201"),
            ("person.phone", LastFour, "+49 30 901820 ext 17"),
            // No part of theirs.
            ("person.phone", Domain, "+49 30 901820"),
            ("person.email", LastFour, "12345678@1234.5678"),
            ("national.us.ssn", LastFour, "536-22-1234"),
        ] {
            assert_eq!(kept(entity, part, value), "", "{part:?} of {value}");
        }
    }

    proptest! {
        /// Whatever is called so: at most half of it, on characters, and never all.
        #[test]
        fn a_part_is_at_most_half(
            entity in 0..PARTS.len(),
            value in prop_oneof![
                "\\PC{0,40}", "[-+ .0-9]{0,24}", "[a-z.]{0,20}@[a-z.]{0,20}", "[A-Z]{2}[0-9]{2}[ 0-9A-Z]{8,28}",
                "\\+[0-9]{7,15}", "[0-9]{12,19}",
            ],
        ) {
            let (entity, parts) = PARTS[entity];
            for (_, part) in parts {
                let Some(range) = part.of(entity, &value) else { continue };
                let count = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
                prop_assert!(2 * count(value.get(range).unwrap()) <= count(&value), "{part:?} of {value}");
            }
        }
    }
}
