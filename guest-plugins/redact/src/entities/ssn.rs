//! National identifiers of the United States.

use super::{Anchor, Finder, Hit, Site, totals};
use crate::chain::{Group, Joint};
use crate::check::{before, byte};
use crate::types::Confidence::{Likely, Possible};

pub(crate) static US_SSN: Finder = Finder { anchors: &[Anchor::Digits], digits: totals(9, 9), surest: Likely, find };

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let groups = site.chain.groups.as_slice();
    for (first, head) in groups.iter().enumerate() {
        let count = match head.len() {
            9 => 1,
            3 => 3,
            _ => continue,
        };
        let Some(part) = groups.get(first..first + count) else { continue };
        let ahead = first.checked_sub(1).and_then(|before| groups.get(before)).map(|group| group.joint);
        if let Some(hit) = judge(site, part, ahead) {
            hits.push(hit);
        }
    }
}

fn judge(site: &Site<'_>, groups: &[Group], ahead: Option<Joint>) -> Option<Hit> {
    let (text, head, last) = (site.text, groups.first()?, groups.last()?);
    if groups.len() == 3 {
        let lengths = groups.iter().map(Group::len).eq([3, 2, 4]);
        let joints = groups.get(1)?.joint == head.joint;
        if !lengths || !joints || !matches!(head.joint, Joint::Dash | Joint::Space | Joint::Dot) {
            return None;
        }
    }
    let bound = |joint: Joint| joint != Joint::End && (joint != Joint::Space || head.joint == Joint::Space);
    let lead = before(text, head.start);
    let next = byte(text, last.end);
    let behind = byte(text, last.end + 1).is_ascii_alphanumeric();
    if ahead.is_some_and(bound)
        || groups.len() == 3 && bound(last.joint)
        || groups.len() == 1 && !matches!(last.joint, Joint::End | Joint::Space)
        || site.chain.plus
        || matches!(lead, b'-' | b'_' | b'.' | b'/' | b'%')
        || next.is_ascii_alphanumeric()
        || matches!(next, b'_' | b'@' | b'%')
        || matches!(next, b'-' | b':' | b'/') && behind
    {
        return None;
    }
    let mut buffer = [0; 9];
    let digits = site.chain.copy(text, groups, &mut buffer)?;
    let (area, group, serial) = (digits.get(..3)?, digits.get(3..5)?, digits.get(5..)?);
    let issued = area != b"000" && area != b"666" && *area.first()? != b'9' && group != b"00" && serial != b"0000";
    // Printed in wallets and advertisements, so never anyone's.
    let printed = matches!(digits, b"078051120" | b"219099999");
    let confidence = if groups.len() == 3 && head.joint == Joint::Dash { Likely } else { Possible };
    (issued && !printed).then(|| Hit::new(head.start, last.end, confidence))
}
