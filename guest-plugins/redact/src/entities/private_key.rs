//! Private keys in PEM armour.

use super::{Anchor, Finder, Hit, Site};
use crate::check::run;
use crate::types::Confidence::Certain;

pub(crate) static PRIVATE_KEY: Finder = Finder { anchors: &[Anchor::Flag], digits: 0, surest: Certain, find };

const OPEN: &[u8] = b"-----BEGIN ";
const CLOSE: &[u8] = b"-----END ";

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let text = site.text;
    let Some(start) = site.at.checked_sub(1) else { return };
    let tail = text.get(start..).unwrap_or_default();
    if !tail.starts_with(OPEN) {
        return;
    }
    let label_end = run(tail, OPEN.len(), 40, |b| b.is_ascii_uppercase() || b == b' ');
    let label = tail.get(OPEN.len()..label_end).unwrap_or_default();
    let private = label.ends_with(b"PRIVATE KEY") || label == b"PGP PRIVATE KEY BLOCK";
    if !private || !tail.get(label_end..).is_some_and(|rest| rest.starts_with(b"-----")) {
        return;
    }
    // A key that was cut off has no end: everything behind its beginning is the key.
    let body = tail.get(label_end + 5..).unwrap_or_default();
    let end = body.windows(CLOSE.len()).position(|window| window == CLOSE).map_or(text.len(), |close| {
        let at = start + label_end + 5 + close + CLOSE.len();
        let behind = run(text, at, 40, |b| b.is_ascii_uppercase() || b == b' ');
        run(text, behind, 5, |b| b == b'-')
    });
    hits.push(Hit::new(start, end, Certain));
}

#[cfg(test)]
mod tests {
    use crate::tests::texts;

    #[test]
    fn a_cut_key_reaches_to_the_end_of_the_row() {
        let text = "key: -----BEGIN EC PRIVATE KEY-----\nMHcCAQEE";
        assert_eq!(texts("secret.private-key", text), [&text[5..]]);
    }

    /// What is taken for a password in front of it ends long before it does.
    #[test]
    fn a_key_behind_a_flag_is_found_whole() {
        for flag in ["--token ", "--token password=", "--key="] {
            let text = format!("{flag}-----BEGIN PRIVATE KEY-----\nMHcCAQEE");
            assert!(texts("secret", &text).contains(&&text[flag.len()..]), "{text}");
        }
    }

    #[test]
    fn what_follows_a_key_is_not_the_key() {
        let text = "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\nhello -----";
        assert_eq!(texts("secret.private-key", text), [text.strip_suffix("\nhello -----").unwrap_or_default()]);
    }
}
