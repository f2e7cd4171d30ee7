//! Persons.

use super::dates::date;
use super::parts::part;

/// Months by their first three letters: English, German, French, Spanish, Italian, Portuguese, Dutch.
const MONTHS: [&[u8]; 12] = [
    b"JAN ENE GEN",
    b"FEB FEV",
    b"MAR MRZ MRT MAE",
    b"APR ABR AVR",
    b"MAY MAI MAG MEI",
    b"JUN GIU",
    b"JUL LUG",
    b"AUG AGO AOU",
    b"SEP SET",
    b"OCT OKT OTT OUT",
    b"NOV",
    b"DEC DEZ DIC",
];

/// Whether someone who lives may be born then.
fn lived(year: u32) -> bool {
    (1900..=2035).contains(&year)
}

/// Whether two numbers are a day and a month of a year, whichever comes first.
fn either(year: u32, one: u32, two: u32) -> bool {
    lived(year) && (date(year, two, one) || date(year, one, two))
}

/// `DDMONYYYY`, `MONDDYYYY`; the name begins at `at`.
fn named(id: &[u8], at: usize) -> bool {
    let Some((day, year)) = id.split_last_chunk::<4>() else { return false };
    let name = day.get(at..at + 3).unwrap_or_default();
    let is = |names: &&[u8]| names.split(|byte| *byte == b' ').any(|known| known == name);
    let month = MONTHS.iter().position(is).map_or(0, |month| month as u32 + 1);
    let day = if at == 0 { part(day, 3..day.len()) } else { part(day, 0..at) };
    let year = part(year, 0..4);
    lived(year) && date(year, month, day)
}

/// A date of birth since 1900: `YYYYMMDD`, `DDMMYYYY`, `MMDDYYYY`, also with one digit for a day or month; `DDMMYY`, `MMDDYY`,
/// `YYMMDD`; with the name of a month (ISO 8601-1:2019, section 5.2.2; Unicode CLDR, dates of locales).
pub(crate) fn birth(id: &[u8]) -> bool {
    if let Some(at) = id.iter().position(u8::is_ascii_uppercase) {
        return named(id, at);
    }
    let year = part(id, id.len().saturating_sub(4)..id.len());
    match id.len() {
        8 => {
            let first = part(id, 0..4);
            lived(first) && date(first, part(id, 4..6), part(id, 6..8)) || either(year, part(id, 0..2), part(id, 2..4))
        }
        7 => either(year, part(id, 0..1), part(id, 1..3)) || either(year, part(id, 0..2), part(id, 2..3)),
        6 => {
            let [one, two, three] = [0, 2, 4].map(|at| part(id, at..at + 2));
            let short = date(2000 + three, two, one) || date(2000 + three, one, two) || date(2000 + one, two, three);
            short || either(year, part(id, 0..1), part(id, 1..2))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_birth() {
        for date in
            ["19720513", "13051972", "05131972", "1351972", "151972", "130572", "720513", "13MAI1972", "MAY131972"]
        {
            assert!(birth(date.as_bytes()), "{date}");
        }
        for date in
            ["17720513", "32051972", "31041972", "13131972", "993399", "13XYZ1972", "31APR1972", "1305", "MAY1972"]
        {
            assert!(!birth(date.as_bytes()), "{date}");
        }
    }
}
