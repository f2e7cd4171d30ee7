//! International bank account numbers.

use super::{Anchor, Finder, Hit, Site};
use crate::check::{before, byte, mod97, wordy};
use crate::types::Confidence::Certain;

pub(crate) static IBAN: Finder = Finder { anchors: &[Anchor::CountryDigits], digits: 0, surest: Certain, find };

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Some(start) = site.at.checked_sub(2) else { return };
    let lead = before(site.text, start);
    if lead.is_ascii_alphanumeric() || lead == b'_' {
        return;
    }
    if let Some(end) = end(site.text, start) {
        hits.push(Hit::new(start, end, Certain));
    }
}

/// Behind the account number that begins at `start`.
fn end(text: &[u8], start: usize) -> Option<usize> {
    let country = [byte(text, start).to_ascii_uppercase(), byte(text, start + 1).to_ascii_uppercase()];
    let at = COUNTRIES.binary_search_by(|entry| entry.0.as_bytes().cmp(country.as_slice())).ok()?;
    let structure = COUNTRIES.get(at)?.1.as_bytes();
    let mut account = [0_u8; 34];
    let mut length = 0;
    let mut end = start;
    let mut put = |end: &mut usize, most: usize, fits: &dyn Fn(u8) -> bool| -> Option<()> {
        for _ in 0..most {
            let mut next = byte(text, *end);
            if matches!(next, b' ' | b'-') && length > 0 {
                *end += 1;
                next = byte(text, *end);
            } else if next == 0xc2 && byte(text, *end + 1) == 0xa0 {
                *end += 2;
                next = byte(text, *end);
            }
            if !fits(next) {
                return None;
            }
            *account.get_mut(length)? = next;
            length += 1;
            *end += 1;
        }
        Some(())
    };
    put(&mut end, 2, &|b| b.is_ascii_alphabetic())?;
    put(&mut end, 2, &|b| b.is_ascii_digit())?;
    for part in structure.chunks_exact(3) {
        let most = usize::from(part[0] & 15) * 10 + usize::from(part[1] & 15);
        let kind = part[2];
        put(&mut end, most, &|b| match kind {
            b'n' => b.is_ascii_digit(),
            b'a' => b.is_ascii_alphabetic(),
            _ => b.is_ascii_alphanumeric(),
        })?;
    }
    let account = account.get(..length)?;
    let (head, bban) = account.split_at_checked(4)?;
    let check = head.get(2..4)?;
    let sound = mod97(bban.iter().chain(head).copied()) == 1 && !matches!(check, b"00" | b"01" | b"99");
    let next = byte(text, end);
    (sound && !(wordy(next) && next < 0x80) && next != b'_').then_some(end)
}

/// Country and the structure of its account number: two digits of length and `n` digits, `a` letters, `c` either.
static COUNTRIES: [(&str, &str); 89] = [
    ("AD", "08n12c"),
    ("AE", "19n"),
    ("AL", "08n16c"),
    ("AT", "16n"),
    ("AZ", "04a20c"),
    ("BA", "16n"),
    ("BE", "12n"),
    ("BG", "04a06n08c"),
    ("BH", "04a14c"),
    ("BI", "23n"),
    ("BR", "23n01a01c"),
    ("BY", "04c04n16c"),
    ("CH", "05n12c"),
    ("CR", "18n"),
    ("CY", "08n16c"),
    ("CZ", "20n"),
    ("DE", "18n"),
    ("DJ", "23n"),
    ("DK", "14n"),
    ("DO", "04c20n"),
    ("EE", "16n"),
    ("EG", "25n"),
    ("ES", "20n"),
    ("FI", "14n"),
    ("FK", "02a12n"),
    ("FO", "14n"),
    ("FR", "10n11c02n"),
    ("GB", "04a14n"),
    ("GE", "02a16n"),
    ("GI", "04a15c"),
    ("GL", "14n"),
    ("GR", "07n16c"),
    ("GT", "24c"),
    ("HN", "04a20n"),
    ("HR", "17n"),
    ("HU", "24n"),
    ("IE", "04a14n"),
    ("IL", "19n"),
    ("IQ", "04a15n"),
    ("IS", "22n"),
    ("IT", "01a10n12c"),
    ("JO", "04a04n18c"),
    ("KW", "04a22c"),
    ("KZ", "03n13c"),
    ("LB", "04n20c"),
    ("LC", "04a24c"),
    ("LI", "05n12c"),
    ("LT", "16n"),
    ("LU", "03n13c"),
    ("LV", "04a13c"),
    ("LY", "21n"),
    ("MC", "10n11c02n"),
    ("MD", "20c"),
    ("ME", "18n"),
    ("MK", "03n10c02n"),
    ("MN", "16n"),
    ("MR", "23n"),
    ("MT", "04a05n18c"),
    ("MU", "04a19n03a"),
    ("NI", "04a20n"),
    ("NL", "04a10n"),
    ("NO", "11n"),
    ("OM", "03n16c"),
    ("PK", "04a16c"),
    ("PL", "24n"),
    ("PS", "04a21c"),
    ("PT", "21n"),
    ("QA", "04a21c"),
    ("RO", "04a16c"),
    ("RS", "18n"),
    ("RU", "14n15c"),
    ("SA", "02n18c"),
    ("SC", "04a20n03a"),
    ("SD", "14n"),
    ("SE", "20n"),
    ("SI", "15n"),
    ("SK", "20n"),
    ("SM", "01a10n12c"),
    ("SO", "19n"),
    ("ST", "21n"),
    ("SV", "04a20n"),
    ("TL", "19n"),
    ("TN", "20n"),
    ("TR", "05n01n16c"),
    ("UA", "06n19c"),
    ("VA", "18n"),
    ("VG", "04a16n"),
    ("XK", "16n"),
    ("YE", "04a04n18c"),
];

#[cfg(test)]
mod tests {
    use super::COUNTRIES;
    use crate::tests::texts;

    #[test]
    fn countries_are_sorted_and_their_structures_readable() {
        assert!(COUNTRIES.is_sorted());
        for (country, structure) in COUNTRIES {
            let parts = structure.as_bytes().chunks(3);
            let length: usize = parts.map(|part| usize::from(part[0] & 15) * 10 + usize::from(part[1] & 15)).sum();
            assert!((11..=30).contains(&length) && structure.len() % 3 == 0, "{country}");
        }
    }

    #[test]
    fn the_span_ends_where_the_country_says() {
        assert_eq!(texts("payment.iban", "DE89 3704 0044 0532 0130 00 12 EUR"), ["DE89 3704 0044 0532 0130 00"]);
    }
}
