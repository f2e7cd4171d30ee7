//! Hardware addresses of network interfaces.

use super::{Anchor, Finder, Hit, Site};
use crate::check::{before, byte};
use crate::types::Confidence::{Likely, Possible};

pub(crate) static MAC: Finder =
    Finder { anchors: &[Anchor::HexRun, Anchor::HexGroups], digits: 0, surest: Likely, find };

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Site { text, at, .. } = *site;
    let (start, end, joint, width) = match byte(text, at) {
        b':' => (site.run.0, trimmed(text, site.run), b':', 2),
        b'-' => (at.wrapping_sub(8), at + 9, b'-', 2),
        _ => (at.wrapping_sub(9), at + 5, b'.', 4),
    };
    let Some(address) = text.get(start..end) else { return };
    if !matches!((joint, address.len()), (b'.', 14) | (b':' | b'-', 17) | (b':', 23)) {
        return;
    }
    let grouped = address
        .iter()
        .enumerate()
        .all(|(place, &b)| if place % (width + 1) == width { b == joint } else { b.is_ascii_hexdigit() });
    let bound = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if !grouped
        || bound(byte(text, end))
        || joint != b':' && (bound(before(text, start)) || before(text, start) == joint)
    {
        return;
    }
    let more = byte(text, end) == joint && byte(text, end + 1).is_ascii_hexdigit();
    let same = address.iter().all(|b| Some(b) == address.first() || *b == joint);
    let letters = address.iter().any(u8::is_ascii_alphabetic);
    if !more {
        // Without a letter it may be a date, an account or a version.
        let weak = same || !letters && joint != b':';
        hits.push(Hit::new(start, end, if weak { Possible } else { Likely }));
    }
}

/// The run's end without the colon or dot of the sentence around it.
fn trimmed(text: &[u8], run: (usize, usize)) -> usize {
    run.1 - usize::from(matches!(before(text, run.1), b':' | b'.') && run.1 > run.0 + 1)
}

#[cfg(test)]
mod tests {
    use crate::tests::texts;

    #[test]
    fn all_three_ways_of_writing() {
        let text = "a 00:1a:2b:3c:4d:5e, 00-1a-2b-3c-4d-5f; 001a.2b3c.4d60.";
        assert_eq!(texts("network.mac", text), ["00:1a:2b:3c:4d:5e", "00-1a-2b-3c-4d-5f", "001a.2b3c.4d60"]);
    }
}
