//! Payment cards.

use super::{Anchor, Finder, Hit, Site, totals};
use crate::chain::{Group, Joint};
use crate::check::{before, byte, luhn};
use crate::types::Confidence::{Certain, Likely, Possible};

pub(crate) static CARD: Finder = Finder { anchors: &[Anchor::Digits], digits: totals(12, 19), surest: Certain, find };

/// How numbers are grouped in print; a single group is always a form.
const FORMS: [&[usize]; 9] = [
    &[4, 4, 4, 4],
    &[4, 6, 5],
    &[4, 6, 4],
    &[4, 4, 4, 4, 3],
    &[4, 4, 5],
    &[6, 13],
    &[4, 4, 4, 3],
    &[4, 4, 4, 2],
    &[8, 8],
];

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Site { text, chain, .. } = *site;
    let groups = chain.groups.as_slice();
    let mut first = 0;
    while first < groups.len() {
        let rest = groups.get(first..).unwrap_or_default();
        match form(rest).filter(|&count| edges(text, groups, first, count)) {
            Some(count) => {
                let part = rest.get(..count).unwrap_or_default();
                if let Some(hit) = judge(site, part) {
                    hits.push(hit);
                    first += count;
                } else {
                    first += 1;
                }
            }
            None => first += 1,
        }
    }
}

/// How many groups from here on look like a card.
fn form(groups: &[Group]) -> Option<usize> {
    let head = groups.first()?;
    if (12..=19).contains(&head.len()) {
        return Some(1);
    }
    if !matches!(head.joint, Joint::Space | Joint::Dash | Joint::Dot | Joint::Low) || !matches!(head.len(), 4 | 6 | 8) {
        return None;
    }
    let fits = |form: &&[usize]| {
        groups.len() >= form.len()
            && form.iter().zip(groups).all(|(&digits, group)| group.len() == digits)
            && groups.iter().take(form.len() - 1).all(|group| group.joint == head.joint)
    };
    FORMS.iter().filter(|form| fits(form)).map(|form| form.len()).max()
}

/// Whether nothing binds the groups to what stands around them.
fn edges(text: &[u8], groups: &[Group], first: usize, count: usize) -> bool {
    let (Some(head), Some(last)) = (groups.get(first), groups.get(first + count - 1)) else { return false };
    let bound = |joint: Option<Joint>| matches!(joint, Some(Joint::Dash | Joint::Dot));
    let ahead = first.checked_sub(1).and_then(|before| groups.get(before)).map(|group| group.joint);
    let lead = before(text, head.start);
    let next = byte(text, last.end);
    let behind = byte(text, last.end + 1);
    !bound(ahead)
        && !bound(Some(last.joint))
        && !matches!(lead, b'.' | b'$')
        && !(ahead.is_none() && lead == b'-' && before(text, head.start - 1).is_ascii_digit())
        && !next.is_ascii_alphanumeric()
        && next != b'_'
        && !(next == b'-' && behind.is_ascii_alphanumeric())
}

fn judge(site: &Site<'_>, groups: &[Group]) -> Option<Hit> {
    let mut buffer = [0; 19];
    let digits = site.chain.copy(site.text, groups, &mut buffer)?;
    let issuer = issuer(digits)?;
    if !luhn(digits) || digits.iter().all(|digit| Some(digit) == digits.first()) {
        return None;
    }
    let (start, end) = (groups.first()?.start, groups.last()?.end);
    let lead = before(site.text, start);
    let named = matches!(lead, b'-' | b'_' | b'#' | b'/') || (lead == b'.' && start > 0);
    let confidence = match (issuer, groups.len()) {
        (Issuer::Own, 2..) if named => Likely,
        _ if named => Possible,
        (Issuer::Wide, _) => Possible,
        (Issuer::Own, 1) => Likely,
        (Issuer::Own, _) => Certain,
    };
    Some(Hit::new(start, end, confidence))
}

/// How much a range says.
enum Issuer {
    /// A network's own range and length.
    Own,
    /// A range and length so wide that a tenth of it passes by chance.
    Wide,
}

/// The range that a number is in, if its length is one of the network's.
fn issuer(digits: &[u8]) -> Option<Issuer> {
    let lead = digits.get(..6)?.iter().fold(0, |value, digit| value * 10 + u32::from(digit & 15));
    let length = digits.len();
    let known = match lead {
        // Visa
        400_000..=499_999 => match length {
            16 | 19 => true,
            13 => return Some(Issuer::Wide),
            _ => false,
        },
        // Mastercard
        510_000..=559_999 | 222_100..=272_099 => length == 16,
        // American Express
        340_000..=349_999 | 370_000..=379_999 => length == 15,
        // Diners Club
        300_000..=305_999 | 309_500..=309_599 | 360_000..=369_999 | 380_000..=399_999 => matches!(length, 14 | 16 | 19),
        // JCB, and its old range
        352_800..=358_999 => (16..=19).contains(&length),
        350_000..=359_999 if length == 16 => return Some(Issuer::Wide),
        213_100..=213_199 | 180_000..=180_099 => length == 15,
        // Discover, UnionPay, RuPay, Mir, UATP
        601_100..=601_199 | 644_000..=659_999 => (16..=19).contains(&length),
        620_000..=629_999 | 810_000..=817_199 => (16..=19).contains(&length),
        220_000..=220_499 => (16..=19).contains(&length),
        // Maestro and its national relatives
        500_000..=509_999 | 560_000..=589_999 | 600_000..=699_999 if (12..=19).contains(&length) => {
            return Some(if length == 16 && (675_900..=676_399).contains(&lead) { Issuer::Own } else { Issuer::Wide });
        }
        _ => false,
    };
    known.then_some(Issuer::Own)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::chain::GROUPS_LOW;
    use crate::tests::{found, texts};

    #[test]
    fn a_card_is_found_among_other_numbers() {
        let text = "paid 12 x with 4111 1111 1111 1111 12/29 123";
        assert_eq!(texts("payment.card", text), ["4111 1111 1111 1111"]);
        assert_eq!(texts("payment.card", "paid with 41111111 11111111"), ["41111111 11111111"]);
        assert_eq!(texts("payment.card", "paid with 3600 0000 0000 08"), ["3600 0000 0000 08"]);
        assert_eq!(texts("payment.card", "4111\u{a0}1111\u{a0}1111\u{a0}1111"), ["4111\u{a0}1111\u{a0}1111\u{a0}1111"]);
    }

    #[test]
    fn a_card_is_found_with_other_signs_between_its_groups() {
        for card in [
            "4111.1111.1111.1111",
            "4111_1111_1111_1111",
            "3782_822463_10005",
            "3782.822463.10005",
            "4111\u{2011}1111\u{2011}1111\u{2011}1111",
            "4111\u{2007}1111\u{2007}1111\u{2007}1111",
        ] {
            for before in ["paid with ", "id-", "card_", "x=", "#"] {
                assert_eq!(texts("payment.card", &format!("{before}{card} today")), [card], "{before}");
            }
        }
        assert_eq!(texts("payment.card", "id-4111-1111-1111-1111"), ["4111-1111-1111-1111"]);
        for other in [
            "4111.1111.1111.1112",
            "v4111.1111.1111.1111",
            "4111.1111.1111.1111.2",
            "1.4111.1111.1111.1111",
            "4111_1111.1111_1111",
            "4111_1111_1111_1111_1",
            "9111_1111_1111_1111",
            "a4111_1111_1111_1111",
            "41.11.11.11.11.11.11.11",
            "41111111_11111111",
        ] {
            assert_eq!(texts("payment.card", other), [""; 0], "{other}");
        }
    }

    /// A low line before a card parts it from a time or another number.
    #[test]
    fn a_card_is_found_behind_numbers_and_low_lines() {
        for (text, card) in [
            ("card 2026_1103_0600_4111 1111 1111 1111", "4111 1111 1111 1111"),
            ("card scan_2026_1103_0600_4111-1111-1111-1111.pdf", "4111-1111-1111-1111"),
            ("card 4741_077553_4111 1111 1111 1111", "4111 1111 1111 1111"),
            ("card 4741_077553_41111 4111.1111.1111.1111", "4111.1111.1111.1111"),
            ("card 5500_0000_0000_0004_6011 1111 1111 1117", "6011 1111 1111 1117"),
        ] {
            assert_eq!(texts("payment.card", text), [card], "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(8192) })]

        /// LAW: what is found where low lines part all numbers is found where they group some.
        #[test]
        fn low_lines_hide_no_card(
            parts in prop::collection::vec((
                prop_oneof![
                    prop::sample::select(vec!["4111", "1111", "822463", "10005", "3782", "2026", "5500", "0000", "0004"]),
                    prop::sample::select(vec!["4111 1111 1111 1111", "4111-1111-1111-1111", "3782 822463 10005", "4111111111111111"]),
                ],
                prop::sample::select(vec!["_", "_", "_", "_", " ", "-", ".", "/", " (", ") ", "x", ", "]),
            ), 1..10),
        ) {
            let text: String = parts.iter().flat_map(|(number, sign)| [*number, *sign]).collect();
            let with = texts("payment.card", &text);
            GROUPS_LOW.set(false);
            let without = texts("payment.card", &text);
            GROUPS_LOW.set(true);
            for card in without {
                prop_assert!(with.iter().any(|other| other.contains(card)), "{} in {}: {:?}", card, text, with);
            }
        }
    }

    #[test]
    fn a_named_number_wants_a_keyword() {
        assert_eq!(found("payment.card", "likely", &[], "ORD-4111111111111111"), []);
        assert_eq!(found("payment.card", "likely", &[], "order 4111111111111111"), []);
        assert_eq!(found("payment.card", "likely", &["card"], "501864667909").len(), 1);
    }
}
