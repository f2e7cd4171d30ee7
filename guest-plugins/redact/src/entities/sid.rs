//! Security identifiers of Windows accounts.

use super::{Anchor, Finder, Hit, Site, totals};
use crate::chain::{Group, Joint};
use crate::check::{before, byte, wordy};
use crate::types::Confidence::Certain;

pub(crate) static WINDOWS_SID: Finder =
    Finder { anchors: &[Anchor::Digits], digits: totals(16, 44), surest: Certain, find };

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Site { text, at, chain, .. } = *site;
    let Some(start) = at.checked_sub(2) else { return };
    let lead = before(text, start);
    if !matches!(text.get(start..at), Some(b"S-" | b"s-")) || wordy(lead) || matches!(lead, b'-' | b'_') {
        return;
    }
    // Groups as far as hyphens join them.
    let joined = chain.groups.iter().take_while(|group| group.joint == Joint::Dash).count();
    let groups = chain.groups.get(..=joined).unwrap_or(&chain.groups);
    let number = |group: &Group| text.get(group.start..group.end).unwrap_or_default();
    let head = groups.get(..3).unwrap_or_default();
    let parts = match head {
        [one, five, kind] if number(one) == b"1" && number(five) == b"5" && number(kind) == b"21" => 3..=4,
        [one, twelve, kind] if number(one) == b"1" && number(twelve) == b"12" && number(kind) == b"1" => 4..=4,
        _ => return,
    };
    let tail = groups.get(3..).unwrap_or_default();
    // Each part has 32 bits.
    let fits = |group: &Group| std::str::from_utf8(number(group)).is_ok_and(|digits| digits.parse::<u32>().is_ok());
    let Some(end) = groups.last().map(|group| group.end) else { return };
    if parts.contains(&tail.len()) && tail.iter().all(fits) && !wordy(byte(text, end)) && byte(text, end) != b'_' {
        hits.push(Hit::new(start, end, Certain));
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::texts;

    #[test]
    fn the_span_begins_with_its_letter() {
        let sid = "S-1-5-21-1004336348-1177238915-682003330-512";
        assert_eq!(texts("device.windows-sid", &format!("\"{sid}\" logged on")), [sid]);
        assert_eq!(texts("device.windows-sid", &format!("{sid} 12 {sid}.")), [sid, sid]);
    }
}
