//! Where someone is: latitude and longitude in degrees.

use super::{Anchor, Finder, Hit, Site, totals};
use crate::check::{before, byte, run, run_back, wordy};
use crate::types::Confidence::{Likely, Possible};

pub(crate) static COORDINATES: Finder =
    Finder { anchors: &[Anchor::Digits], digits: totals(5, 24), surest: Likely, find };

/// A number of degrees.
struct Degrees {
    start: usize,
    /// Behind the degree sign and the letter.
    end: usize,
    /// Without the decimals.
    whole: u32,
}

/// Reads degrees with four to fifteen decimals whose first digit is at `at`.
fn degrees(text: &[u8], at: usize) -> Option<Degrees> {
    let dot = run(text, at, 4, |b| b.is_ascii_digit());
    let whole = text.get(at..dot)?.iter().fold(0, |whole, b| whole * 10 + u32::from(b & 15));
    let end = run(text, dot + 1, 16, |b| b.is_ascii_digit());
    if dot == at || dot - at > 3 || byte(text, dot) != b'.' || !(5..=16).contains(&(end - dot)) {
        return None;
    }
    let start = at - usize::from(matches!(before(text, at), b'-' | b'+'));
    let mut next = end + if text.get(end..end + 2) == Some("°".as_bytes()) { 2 } else { 0 };
    let letter = next + usize::from(byte(text, next) == b' ');
    if matches!(byte(text, letter), b'N' | b'S' | b'E' | b'W') && !wordy(byte(text, letter + 1)) {
        next = letter + 1;
    }
    let open = wordy(byte(text, next)) || byte(text, next) == b'.' && byte(text, next + 1).is_ascii_digit();
    (!open).then_some(Degrees { start, end: next, whole })
}

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Site { text, at, .. } = *site;
    let Some(first) = degrees(text, at) else { return };
    let lead = before(text, first.start);
    if wordy(lead) || matches!(lead, b'.' | b'_' | b'-' | b'+') {
        return;
    }
    let comma = run(text, first.end, 2, |b| b == b' ');
    let sure = matches!(byte(text, comma), b',' | b';');
    let after = run(text, comma + usize::from(sure), 2, |b| b == b' ');
    let digit = after + usize::from(matches!(byte(text, after), b'-' | b'+'));
    let second = (after > first.end).then(|| degrees(text, digit)).flatten();
    // Shares and probabilities are pairs too.
    let pair = second.filter(|second| first.whole <= 90 && second.whole <= 180 && (first.whole | second.whole) != 0);
    if let Some(second) = pair {
        hits.push(Hit::new(first.start, second.end, if sure { Likely } else { Possible }));
    } else if named(text, first.start, &["lat", "latitude"]) && first.whole <= 90
        || named(text, first.start, &["lon", "lng", "long", "longitude"]) && first.whole <= 180
    {
        hits.push(Hit::new(first.start, first.end, Likely));
    }
}

/// Whether one of these names stands right before `start`: `lat=`, `"lat": `, `userLat `.
fn named(text: &[u8], start: usize, names: &[&str]) -> bool {
    let end = run_back(text, start, 4, |b| matches!(b, b' ' | b'"' | b'\'' | b':' | b'='));
    let begin = run_back(text, end, 24, |b| b.is_ascii_alphabetic());
    let word = text.get(begin..end).unwrap_or_default();
    names.iter().any(|name| {
        let Some((head, tail)) = word.len().checked_sub(name.len()).and_then(|at| word.split_at_checked(at)) else {
            return false;
        };
        let joint = head.is_empty() || tail.first().is_some_and(u8::is_ascii_uppercase) && head.is_ascii();
        end < start && joint && tail.eq_ignore_ascii_case(name.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use crate::tests::texts;

    #[test]
    fn a_pair_is_one_span() {
        let name = "person.coordinates";
        assert_eq!(texts(name, "at 48.858370, -2.294481."), ["48.858370, -2.294481"]);
        assert_eq!(texts(name, "{\"lat\":48.85837,\"lng\":2.294481}"), ["48.85837", "2.294481"]);
        assert_eq!(texts(name, "[-33.856784,151.215297]"), ["-33.856784,151.215297"]);
    }
}
