//! JSON Web Tokens.

use super::{Anchor, Finder, Hit, Site};
use crate::check::{base64url, before, byte};
use crate::types::Confidence::{Certain, Likely, Possible};

pub(crate) static JWT: Finder = Finder { anchors: &[Anchor::Jot], digits: 0, surest: Certain, find };

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let text = site.text;
    let Some(start) = site.at.checked_sub(2) else { return };
    // Inside a longer run it is no beginning; looking there again and again would cost the square of its length.
    if base64url(before(text, start)).is_some() {
        return;
    }
    let mut ends = [start; 5];
    let mut parts = 0;
    let mut at = start;
    for end in &mut ends {
        while base64url(byte(text, at)).is_some() && at < text.len() {
            at += 1;
        }
        *end = at;
        parts += 1;
        if byte(text, at) != b'.' {
            break;
        }
        at += 1;
    }
    // `header.payload.` at the end of a sentence or of an unsigned token.
    let header = text.get(start..ends[0]).unwrap_or_default();
    let payload = text.get(ends[0] + 1..ends[1].max(ends[0] + 1)).unwrap_or_default();
    if parts < 2 || payload.is_empty() || header.len() < 10 {
        return;
    }
    let alg = names_algorithm(header);
    let object = payload.starts_with(b"eyJ");
    let confidence = match (alg, object, parts) {
        (true, _, 3..) => Certain,
        (true, true, _) => Likely,
        (false, true, 3..) => Likely,
        (false, true, _) => Possible,
        _ => return,
    };
    let last = ends.get(parts - 1).copied().unwrap_or(at);
    let end = if before(text, last) == b'.' && confidence < Certain { last - 1 } else { last };
    hits.push(Hit::new(start, end, confidence));
}

/// Whether the decoded header has a member `"alg"`. Only its beginning is read.
fn names_algorithm(header: &[u8]) -> bool {
    let mut decoded = [0_u8; 768];
    let mut length = 0;
    for part in header.chunks(4).take(decoded.len() / 3) {
        let bits = part.iter().fold(0_u32, |bits, &b| bits << 6 | u32::from(base64url(b).unwrap_or(0)));
        let bits = bits << (6 * (4 - part.len()) as u32);
        for (byte, shift) in [16_u32, 8, 0].into_iter().enumerate().take(part.len().saturating_sub(1)) {
            if let Some(slot) = decoded.get_mut(length + byte) {
                *slot = (bits >> shift) as u8;
            }
        }
        length += part.len().saturating_sub(1);
    }
    decoded.get(..length).unwrap_or_default().windows(5).any(|window| window == b"\"alg\"")
}

#[cfg(test)]
mod tests {
    use crate::tests::texts;

    #[test]
    fn the_span_is_the_token() {
        let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln";
        assert_eq!(texts("secret.jwt", &format!("Bearer {token}, ok")), [token]);
        assert_eq!(texts("secret.jwt", &format!("?id_token={token}&x")), [token]);
    }
}
