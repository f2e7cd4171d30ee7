//! Telephone numbers: international ones by country code, national ones by how countries group their digits.

use super::phone_plan::{international, north_american};
use super::{Anchor, Finder, Hit, Site, totals};
use crate::chain::{Group, Joint};
use crate::check::{before, byte, run, run_back, wordy};
use crate::types::Confidence::{Likely, Possible};

pub(crate) static PHONE: Finder = Finder { anchors: &[Anchor::Digits], digits: totals(7, 15), surest: Likely, find };

/// More groups than anybody writes a number in, and if it is dictated digit by digit.
const MOST_GROUPS: usize = 8;
const MOST_DICTATED: usize = 16;

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Site { text, chain, .. } = *site;
    let groups = chain.groups.as_slice();
    // An address or a card that is all there is.
    let (start, end) = (chain.start, chain.end());
    let taken = site.claims.last().is_some_and(|claim| claim.0 <= start && end <= claim.1);
    let is_card = groups.first().is_some_and(|group| group.joint == Joint::Low);
    if taken || is_card || groups.len() == 4 && groups.iter().take(3).all(|group| group.joint == Joint::Dot) {
        return;
    }
    let mut first = 0;
    let mut strong = false;
    // One group alone proves nothing without a `+`.
    while first < groups.len() && (groups.len() > 1 || chain.plus) {
        // A number may stand beside another one: it begins and ends at spaces.
        let opens = first == 0
            || groups.get(first - 1).is_some_and(|before| matches!(before.joint, Joint::Space | Joint::Open));
        let stop = if opens { longest(site, first) } else { None };
        if let Some((last, end)) = stop {
            let start =
                if first == 0 { chain.start } else { lead(text, groups.get(first).map_or(0, |group| group.start)) };
            hits.push(Hit::new(start, end, Likely));
            strong = true;
            first = last + 1;
        } else {
            first += 1;
        }
    }
    if !strong && weak(site) {
        let confidence = if office(text, end) { Likely } else { Possible };
        hits.push(Hit::new(start, end, confidence));
    }
}

/// The start with the `(` before it.
fn lead(text: &[u8], start: usize) -> usize {
    start - usize::from(before(text, start) == b'(')
}

/// The last group of the longest strong number that begins at group `first`, and its end.
fn longest(site: &Site<'_>, first: usize) -> Option<(usize, usize)> {
    let Site { text, chain, .. } = *site;
    let groups = chain.groups.as_slice();
    let abroad = chain.plus || groups.first().is_some_and(|group| byte(text, group.start) == b'0');
    let groups_most = if first == 0 && abroad { MOST_DICTATED } else { MOST_GROUPS };
    let mut total = 0;
    let fits = |group: &&Group| {
        let fits = total + group.len() <= 16;
        total += if fits { group.len() } else { 0 };
        fits
    };
    let behind = first + groups.iter().skip(first).take(groups_most).take_while(fits).count();
    let is_strong = |last: usize, total: usize| {
        let part = groups.get(first..=last)?;
        let (head, tail) = (part.first()?, part.last()?);
        // This and the shape turn away most, and take little.
        if !matches!(tail.joint, Joint::End | Joint::Space) {
            return None;
        }
        let whole = first == 0 && last + 1 == groups.len();
        let plus = first == 0 && chain.plus;
        if !shape(site, part, total, plus, whole) {
            return None;
        }
        let (start, end) = (if first == 0 { chain.start } else { lead(text, head.start) }, tail.end);
        let apart = free_before(text, start, plus) && free_behind(text, end) != Some(false);
        (apart && !site.claimed(start, end) && !date(text, part)).then_some((last, end))
    };
    (first..behind).rev().find_map(|last| {
        let digits = total;
        total -= groups.get(last).map_or(0, Group::len);
        if digits < 7 { None } else { is_strong(last, digits) }
    })
}

/// Whether these groups, of so many digits, are a telephone number and little else.
fn shape(site: &Site<'_>, groups: &[Group], total: usize, plus: bool, whole: bool) -> bool {
    let Some(head) = groups.first() else { return false };
    // Few are grouped so that their digits need to be read.
    let plan = |fits: fn(&[u8]) -> bool| {
        let mut buffer = [0; 17];
        site.chain.copy(site.text, groups, &mut buffer).is_some_and(fits)
    };
    if plus {
        // `+49 (0)30`: the zero is for callers from inside the country.
        return plan(|digits| international(digits).is_some_and(|(_, fits)| fits));
    }
    let lengths = || groups.iter().map(Group::len);
    let is_spaced = || groups.iter().take(groups.len() - 1).all(|group| group.joint == Joint::Space);
    let opened = before(site.text, head.start) == b'(' && head.joint == Joint::Close;
    let marked = || opened || !is_spaced();
    let reached = |at: &[&str]| {
        word_ahead(site.text, head.start)
            .is_some_and(|word| at.iter().any(|of| of.as_bytes().eq_ignore_ascii_case(word)))
    };
    match byte(site.text, head.start) {
        b'0' if plan(|digits| digits.starts_with(b"00")) => {
            let abroad =
                |digits: &[u8]| international(digits.get(2..).unwrap_or_default()).is_some_and(|(_, fits)| fits);
            groups.len() > 1 && total >= 11 && plan(abroad)
        }
        b'0' => trunk(groups, total) && (whole || marked()),
        b'1' if total == 11 && lengths().eq([1, 3, 3, 4]) => {
            marked() && plan(|digits| north_american(digits.get(1..).unwrap_or_default()))
        }
        _ if total == 10 && (lengths().eq([3, 3, 4]) || opened && lengths().eq([3, 7])) => {
            (marked() || reached(&["at", "on", "from", "to", "el", "al"])) && plan(north_american)
        }
        _ if opened && (lengths().eq([2, 5, 4]) || lengths().eq([2, 4, 4])) => {
            plan(|digits| digits.get(1) != Some(&b'0'))
        }
        // Spain writes 3-2-2-2; 3-3-3 is how any large number looks where nobody says that one is reached there.
        b'6'..=b'9' if total == 9 => {
            whole && (lengths().eq([3, 2, 2, 2]) || lengths().eq([3, 3, 3]) && reached(&["el", "al"]))
        }
        _ => false,
    }
}

/// The word before `start`, one blank between them: `at`, `from`, `el`.
fn word_ahead(text: &[u8], start: usize) -> Option<&[u8]> {
    let end = start.checked_sub(1).filter(|end| byte(text, *end) == b' ')?;
    let begin = run_back(text, end, 5, wordy);
    text.get(begin..end)
}

/// Whether the groups of a number with a leading trunk zero are as somebody groups them.
fn trunk(groups: &[Group], total: usize) -> bool {
    let Some((head, rest)) = groups.split_first() else { return false };
    let even = rest
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if a.joint == b.joint || b.joint == Joint::End || b.joint == Joint::Space));
    match rest {
        [] => false,
        [only] => {
            (9..=12).contains(&total)
                && (2..=6).contains(&head.len())
                && (5..=8).contains(&only.len())
                && head.joint != Joint::Dot
        }
        _ => {
            (9..=12).contains(&total)
                && even
                && (2..=5).contains(&head.len())
                && rest.iter().all(|group| (2..=4).contains(&group.len()))
                && !(head.len() == 2 && head.joint == Joint::Dot && total > 10)
        }
    }
}

/// Whether the chain as a whole may be a telephone number, if its surroundings say so.
fn weak(site: &Site<'_>) -> bool {
    let Site { text, chain, .. } = *site;
    let groups = chain.groups.as_slice();
    let (Some(head), total) = (groups.first(), chain.digits()) else { return false };
    let (start, end) = (chain.start, chain.end());
    if !(7..=15).contains(&total)
        || !free_before(text, start, chain.plus)
        || free_behind(text, end).is_none()
        || free_behind(text, end) == Some(false) && !office(text, end)
        || site.claimed(start, end)
        || date(text, groups)
    {
        return false;
    }
    let mut buffer = [0; 15];
    let Some(digits) = chain.copy(text, groups, &mut buffer) else { return false };
    let same = digits.iter().all(|digit| Some(digit) == digits.first());
    let epoch = groups.len() == 1
        && digits.first() == Some(&b'1')
        && (b'3'..=b'9').contains(&byte(digits, 1))
        && matches!(total, 10 | 13);
    let decimal = groups.len() == 2 && head.joint == Joint::Dot;
    let thousands = groups.len() > 2
        && head.len() < 3
        && digits.first() != Some(&b'0')
        && groups.iter().skip(1).all(|group| group.len() == 3)
        && groups.iter().all(|group| matches!(group.joint, Joint::Space | Joint::Dot | Joint::End));
    let zeros = digits.starts_with(b"000");
    let compact = groups.len() == 1 && matches!(total, 8 | 14) && date_digits(digits);
    let plausible = groups.iter().all(|group| group.len() <= 12)
        && groups.len() <= 7
        && groups.iter().filter(|group| group.len() == 1).count() <= 2;
    // Status and size in a web server's access log.
    let status = groups.len() == 2
        && head.len() == 3
        && head.joint == Joint::Space
        && text.get(..start).is_some_and(|t| t.ends_with(b"\" "));
    plausible && !(status || same || epoch || decimal || thousands || zeros || compact)
}

/// `20240115`, with or without a time behind it.
fn date_digits(digits: &[u8]) -> bool {
    let number = |from: usize, to: usize| {
        digits.get(from..to).unwrap_or_default().iter().fold(0_u32, |n, d| n * 10 + u32::from(d & 15))
    };
    (1950..=2099).contains(&number(0, 4)) && (1..=12).contains(&number(4, 6)) && (1..=31).contains(&number(6, 8))
}

/// Whether the groups begin with a date, or are two years or a range of days.
fn date(text: &[u8], groups: &[Group]) -> bool {
    let value = |group: &Group| {
        text.get(group.start..group.end)
            .unwrap_or_default()
            .iter()
            .take(4)
            .fold(0_u32, |n, d| n * 10 + u32::from(d & 15))
    };
    let year = |group: &Group| group.len() == 4 && (1900..=2099).contains(&value(group));
    let small = |group: &Group| group.len() <= 2 && (1..=31).contains(&value(group));
    match groups {
        [a, b, c, ..] if year(a) && small(b) && small(c) && a.joint != Joint::Space => true,
        [a, b, c, ..] if small(a) && small(b) && year(c) && a.joint != Joint::Space => true,
        [.., a, b, c] if year(a) && small(b) && small(c) && a.joint != Joint::Space => true,
        [.., a, b, c] if small(a) && small(b) && year(c) && a.joint != Joint::Space && groups.len() < 5 => true,
        [a, b] => year(a) && year(b),
        _ => false,
    }
}

/// Whether nothing before a number makes it a part of something else.
fn free_before(text: &[u8], start: usize, plus: bool) -> bool {
    let last = before(text, start);
    let ahead = before(text, start.saturating_sub(1));
    match last {
        b'_' | b'#' | b'$' | b'@' | b'%' | b'\\' | b'+' => false,
        b'-' | b'/' | b'.' | b',' => plus && last != b'/' || start == 0 || last == b',' && !ahead.is_ascii_digit(),
        b':' => !ahead.is_ascii_digit(),
        _ => !last.is_ascii_alphanumeric(),
    }
}

/// Whether nothing behind a number makes it a part of something else; `None` where nothing can help.
fn free_behind(text: &[u8], end: usize) -> Option<bool> {
    let next = byte(text, end);
    let after = byte(text, end + 1);
    match next {
        // An extension.
        b'x' | b'X' if after.is_ascii_digit() => Some(true),
        b'_' | b'@' | b'%' | b'=' | b'$' => None,
        b':' | b'.' | b',' if after.is_ascii_digit() => None,
        b'-' if after.is_ascii_alphanumeric() => Some(false),
        b'.' if after.is_ascii_alphabetic() => Some(false),
        _ if next.is_ascii_alphanumeric() => None,
        _ => Some(true),
    }
}

/// Whether a kind of telephone is tied to the number, as in `123-4567-Fax`.
fn office(text: &[u8], end: usize) -> bool {
    const KINDS: [&[u8]; 9] = [b"fax", b"office", b"home", b"work", b"cell", b"mobile", b"phone", b"tel", b"main"];
    let stop = run(text, end + 1, 8, |b| b.is_ascii_alphabetic());
    let word = text.get(end + 1..stop).unwrap_or_default();
    byte(text, end) == b'-' && KINDS.iter().any(|kind| kind.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{found, texts};

    #[test]
    fn the_span_is_the_number() {
        for (text, number) in [
            ("Phone (415)555-0132!", "(415)555-0132"),
            ("a +44 (20) 7123 4567, b", "+44 (20) 7123 4567"),
            ("call 201-555-0123 2 times", "201-555-0123"),
            ("07700 063 966-Fax", "07700 063 966"),
            ("tel:+493012345678", "+493012345678"),
            ("201-555-0123x42", "201-555-0123"),
            ("room 12 (201) 555-0123", "(201) 555-0123"),
        ] {
            assert_eq!(texts("person.phone", text), [number], "{text}");
        }
    }

    #[test]
    fn a_field_of_numbers_needs_no_form() {
        for number in ["3660170548", "434 14 557", "5412754010", "60-56-85-91"] {
            let hits = found("person.phone", "likely", &["user", "phone"], number);
            assert_eq!(hits.iter().map(|hit| hit.confidence).collect::<Vec<_>>(), [Likely as u32], "{number}");
        }
    }
}
