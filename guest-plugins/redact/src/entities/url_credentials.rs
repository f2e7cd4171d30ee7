//! User name and password in a URL.

use super::{Anchor, Finder, Hit, Site, password};
use crate::check::{before, run, set};
use crate::types::Confidence::Certain;

pub(crate) static URL_CREDENTIALS: Finder = Finder { anchors: &[Anchor::Scheme], digits: 0, surest: Certain, find };

/// Longest user name and password that are looked for.
const MOST: usize = 512;
/// What no user name and no host has, beside control characters and blanks.
const ENDS: [bool; 256] = set(b"/?#\"'<>\\,");

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Site { text, at, .. } = *site;
    if !before(text, at).is_ascii_alphanumeric() {
        return;
    }
    let start = at + 3;
    let end = run(text, start, MOST, |b| b > b' ' && !ENDS[usize::from(b)]);
    let authority = text.get(start..end).unwrap_or_default();
    let Some(user) = authority.iter().rposition(|&b| b == b'@').and_then(|stop| authority.get(..stop)) else { return };
    let Some(colon) = user.iter().position(|&b| b == b':') else { return };
    let password = user.get(colon + 1..).unwrap_or_default();
    if !password.is_empty() && !password::hidden(password) {
        hits.push(Hit::new(start, start + user.len(), Certain));
    }
}
