//! IPv4 addresses.

use super::{Anchor, Finder, Hit, Site, totals};
use crate::chain::{Group, Joint};
use crate::check::{before, byte};
use crate::types::Confidence::{Likely, Possible};

pub(crate) static IPV4: Finder = Finder { anchors: &[Anchor::Digits], digits: totals(4, 12), surest: Likely, find };

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let groups = site.chain.groups.as_slice();
    let mut first = 0;
    while let Some(part) = groups.get(first..first + 4) {
        let dotted = part.iter().take(3).all(|group| group.joint == Joint::Dot);
        let ahead = first.checked_sub(1).and_then(|before| groups.get(before)).map(|group| group.joint);
        let is_apart = dotted && ahead != Some(Joint::Dot);
        match is_apart.then(|| judge(site, part)).flatten() {
            Some(hit) => {
                hits.push(hit);
                first += 4;
            }
            None => first += 1,
        }
    }
}

fn judge(site: &Site<'_>, groups: &[Group]) -> Option<Hit> {
    let text = site.text;
    let mut octets = [0_u32; 4];
    let mut padded = false;
    for (octet, group) in octets.iter_mut().zip(groups) {
        let digits = text.get(group.start..group.end).filter(|digits| digits.len() <= 3)?;
        *octet = digits.iter().fold(0, |value, digit| value * 10 + u32::from(digit & 15));
        padded |= digits.len() > 1 && digits.first() == Some(&b'0');
    }
    let (head, last) = (groups.first()?, groups.last()?);
    let lead = before(text, head.start);
    let next = byte(text, last.end);
    let bound = lead == b'.'
        || lead == b'_'
        || last.joint == Joint::Dot
        || next.is_ascii_alphanumeric()
        || next == b'_'
        || next == b'@';
    if bound || octets.iter().any(|&octet| octet > 255) {
        return None;
    }
    // `Product/120.0.0.0`, and what may as well be a version or a section of a text.
    let product =
        lead == b'/' && before(text, head.start - 1).is_ascii_alphanumeric() && octets.get(2..) == Some(&[0, 0]);
    let small = octets.iter().all(|&octet| octet < 10) && next != b':' && next != b'/';
    let hostname = next == b'.' && byte(text, last.end + 1).is_ascii_alphanumeric();
    let weak = padded || product || small || hostname;
    Some(Hit::new(head.start, last.end, if weak { Possible } else { Likely }))
}

#[cfg(test)]
mod tests {
    use crate::tests::texts;

    #[test]
    fn several_addresses_and_numbers_beside_them() {
        assert_eq!(texts("network.ipv4", "5 10.0.0.1 -> 10.0.0.23:443, 7"), ["10.0.0.1", "10.0.0.23"]);
        assert_eq!(texts("network.ipv4", "from 192.0.2.1."), ["192.0.2.1"]);
        assert_eq!(texts("network.ipv4", "TERMSRV/192.0.2.17"), ["192.0.2.17"]);
    }
}
