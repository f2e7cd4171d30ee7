//! Persons.

use std::ops::Range;

use super::dates::date;
use super::parts::part;
use crate::check::{before, byte, run, run_back, wordy};

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
/// `YYMMDD`, `DMYY`; with the name of a month (ISO 8601-1:2019, section 5.2.2; Unicode CLDR, dates of locales).
pub(crate) fn birth(id: &[u8]) -> bool {
    if let Some(at) = id.iter().position(u8::is_ascii_uppercase) {
        return named(id, at);
    }
    let year = part(id, id.len().saturating_sub(4)..id.len());
    let short = |lengths: [usize; 2]| {
        let [one, two] = lengths;
        let (first, second, year) = (part(id, 0..one), part(id, one..one + two), 2000 + part(id, one + two..id.len()));
        one + two + 2 == id.len() && (date(year, second, first) || date(year, first, second))
    };
    match id.len() {
        8 => {
            let first = part(id, 0..4);
            lived(first) && date(first, part(id, 4..6), part(id, 6..8)) || either(year, part(id, 0..2), part(id, 2..4))
        }
        7 => either(year, part(id, 0..1), part(id, 1..3)) || either(year, part(id, 0..2), part(id, 2..3)),
        6 => {
            let [one, two, three] = [0, 2, 4].map(|at| part(id, at..at + 2));
            short([2, 2]) || date(2000 + one, two, three) || either(year, part(id, 0..1), part(id, 1..2))
        }
        5 => short([1, 2]) || short([2, 1]),
        4 => short([1, 1]),
        _ => false,
    }
}

/// Months in full, as far as three letters do not tell them, by their number: English, German, French, Spanish, Italian, Portuguese,
/// Dutch, Polish, Swedish, Danish and Norwegian; in small letters, accents left out.
#[rustfmt::skip]
const NAMES: [&[&str]; 12] = [
    &["january", "januar", "janner", "janvier", "enero", "gennaio", "janeiro", "januari", "stycznia", "jan", "ene", "gen"],
    &["february", "februar", "feber", "fevrier", "febrero", "febbraio", "fevereiro", "februari", "lutego", "feb", "fev", "fevr"],
    &["march", "marz", "maerz", "mars", "marzo", "marco", "maart", "marca", "marts", "mar", "mrz", "mrt"],
    &["april", "avril", "abril", "aprile", "kwietnia", "apr", "abr", "avr"],
    &["may", "mai", "mayo", "maggio", "maio", "mei", "maja", "maj", "mag"],
    &["june", "juni", "juin", "junio", "giugno", "junho", "czerwca", "jun", "giu"],
    &["july", "juli", "juillet", "julio", "luglio", "julho", "lipca", "jul", "juil", "lug"],
    &["august", "aout", "agosto", "augustus", "sierpnia", "augusti", "aug", "ago"],
    &["september", "septembre", "septiembre", "setiembre", "settembre", "setembro", "wrzesnia", "sep", "sept", "set"],
    &["october", "oktober", "octobre", "octubre", "ottobre", "outubro", "pazdziernika", "oct", "okt", "ott", "out"],
    &["november", "novembre", "noviembre", "novembro", "listopada", "nov"],
    &["december", "dezember", "decembre", "diciembre", "dicembre", "dezembro", "grudnia", "dec", "dez", "dic"],
];

/// Bytes of the longest name of a month, accents counted.
const LONGEST_NAME: usize = 14;

/// The number of a month by its name.
fn month(name: &[u8]) -> Option<u32> {
    let name = std::str::from_utf8(name).ok()?;
    let plain = |c: char| match c {
        'ä' | 'Ä' => 'a',
        'é' | 'É' => 'e',
        'û' | 'Û' => 'u',
        'ç' | 'Ç' => 'c',
        'ś' | 'Ś' => 's',
        'ź' | 'Ź' => 'z',
        c => c.to_ascii_lowercase(),
    };
    let is = |known: &str| known.chars().eq(name.chars().map(plain));
    NAMES.iter().position(|names| names.iter().any(|known| is(known))).map(|place| place as u32 + 1)
}

/// Where a date begins and ends whose month is in words and of which the number at `at` is the year, or a day behind the month:
/// `9 de abril de 1971`, `9. April 1971`, `April 9th, 1971`.
pub(crate) fn in_words(text: &[u8], at: usize) -> Option<Range<usize>> {
    let digits = |at: usize| run(text, at, 5, |byte| byte.is_ascii_digit()) - at;
    match digits(at) {
        4 => {
            let word = behind_link(text, at);
            let name = run_back(text, word, LONGEST_NAME, wordy);
            let month = month(text.get(name..word)?)?;
            let (begin, day) = day(text, behind_link(text, name))?;
            span(text, begin..at + 4, (month, day))
        }
        1 | 2 => {
            let behind = run(text, at + digits(at), 2, |byte| byte.is_ascii_alphabetic());
            let year = run(text, behind, 2, |byte| matches!(byte, b' ' | b','));
            let (day_at, day) = day(text, behind).filter(|_| year > behind && digits(year) == 4)?;
            let end = run_back(text, day_at, 2, |byte| matches!(byte, b' ' | b'.'));
            let begin = run_back(text, end, LONGEST_NAME, wordy);
            let month = month(text.get(begin..end)?)?;
            span(text, begin..year + 4, (month, day))
        }
        _ => None,
    }
}

/// These bytes, if they end with a year in which there is this day.
fn span(text: &[u8], of: Range<usize>, (month, day): (u32, u32)) -> Option<Range<usize>> {
    let year = part(text, of.end - 4..of.end);
    let is_apart = !before(text, of.start).is_ascii_alphanumeric() && !byte(text, of.end).is_ascii_alphanumeric();
    (is_apart && lived(year) && date(year, month, day)).then_some(of)
}

/// Where what stands before `at` in a date ends: signs, and `de` or `of` between them.
fn behind_link(text: &[u8], at: usize) -> usize {
    let gap = |at: usize| run_back(text, at, 3, |byte| matches!(byte, b' ' | b',' | b'.' | b'-' | b'/'));
    let end = gap(at);
    let word = run_back(text, end, 4, |byte| byte.is_ascii_alphabetic());
    let links: [&[u8]; 5] = [b"de", b"del", b"of", b"do", b"di"];
    let is_link = links.iter().any(|link| text.get(word..end).is_some_and(|word| word.eq_ignore_ascii_case(link)));
    if is_link && end < at { gap(word) } else { end }
}

/// The day that ends at `end`, and where it begins: `9`, `9th`, `1er`, `1º`.
fn day(text: &[u8], end: usize) -> Option<(usize, u32)> {
    let digits = run_back(text, end, 3, |byte| !byte.is_ascii_digit() && wordy(byte));
    let ordinals: [&str; 10] = ["", "st", "nd", "rd", "th", "er", "e", "º", "o", "ª"];
    let ordinal = text.get(digits..end)?;
    ordinals.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(ordinal)).then_some(())?;
    let begin = run_back(text, digits, 3, |byte| byte.is_ascii_digit());
    (1..=2).contains(&(digits - begin)).then(|| (begin, part(text, begin..digits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_birth() {
        for date in [
            "19720513",
            "13051972",
            "05131972",
            "1351972",
            "151972",
            "130572",
            "720513",
            "13MAI1972",
            "MAY131972",
            "4971",
            "41371",
        ] {
            assert!(birth(date.as_bytes()), "{date}");
        }
        for date in
            ["17720513", "32051972", "31041972", "13131972", "993399", "13XYZ1972", "31APR1972", "99999", "MAY1972"]
        {
            assert!(!birth(date.as_bytes()), "{date}");
        }
    }

    #[test]
    fn months_in_words_make_a_year_a_date() {
        let span = |text: &str| {
            let starts = (0..text.len()).filter(|at| {
                byte(text.as_bytes(), *at).is_ascii_digit() && !before(text.as_bytes(), *at).is_ascii_digit()
            });
            let mut spans = starts.filter_map(|at| in_words(text.as_bytes(), at));
            spans.next().map(|span| text[span].to_owned())
        };
        for date in [
            "April 9, 1971",
            "april 9th, 1971",
            "9th of April 1971",
            "Sept. 30, 1971",
            "9 de abril de 1971",
            "1º de março de 1971",
            "9 de Septiembre del 1971",
            "9 avril 1971",
            "1er août 1971",
            "9. April 1971",
            "9. März 1971",
            "9 aprile 1971",
            "9 kwietnia 1971",
            "9 oktober 1971",
            "9-abril-1971",
            "09 FÉVRIER 1971",
        ] {
            assert_eq!(span(date).as_deref(), Some(date));
            assert_eq!(span(&format!("on {date}. It")).as_deref(), Some(date), "{date}");
        }
        for other in [
            "1971",
            "April 1971",
            "31 April 1971",
            "9 cats 1971",
            "109 April 1971",
            "9 of 1971",
            "x9 April 1971",
            "April 9x 1971",
            "Capril 9 1971",
        ] {
            assert_eq!(span(other), None, "{other}");
        }
    }
}
