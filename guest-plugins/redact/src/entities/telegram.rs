//! Tokens of Telegram's bots: the number of the bot, a colon, and 35 characters of which the first encode zeros.

use super::{Anchor, Finder, Hit, Site};
use crate::check::{before, byte, run, run_back};
use crate::types::Confidence::{Likely, Possible};

pub(crate) static BOT: Finder = Finder { anchors: &[Anchor::Assignment], digits: 0, surest: Likely, find };

/// What follows the colon, in characters.
const SECRET: usize = 35;
/// The least that a random secret has of different characters.
const DIFFERENT: u32 = 12;

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Site { text, at, .. } = *site;
    if byte(text, at) != b':' || byte(text, at + 1) != b'A' {
        return;
    }
    let sign = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let start = run_back(text, at, 17, |b| b.is_ascii_digit());
    let end = run(text, at + 1, SECRET + 1, sign);
    let ahead = text.get(..start).unwrap_or_default();
    // In the URL of a call the number stands behind `/bot`.
    let apart = !ahead.last().is_some_and(u8::is_ascii_alphanumeric) || ahead.ends_with(b"/bot");
    let different = text.get(at + 1..end).unwrap_or_default().iter().fold(0, |seen: u128, b| seen | 1 << (b & 127));
    if end - at - 1 != SECRET || !(5..=16).contains(&(at - start)) || !apart || different.count_ones() < DIFFERENT {
        return;
    }
    let usual = (8..=10).contains(&(at - start)) && byte(text, at + 2) == b'A' && before(text, start) != b'.';
    hits.push(Hit::new(start, end, if usual { Likely } else { Possible }));
}

#[cfg(test)]
mod tests {
    use crate::tests::texts;

    #[test]
    fn the_span_is_number_and_secret() {
        let token = "9259082879:AApkfxemOLD2i6MfqdjIOSlmGq6yszQAWj1";
        for lead in ["", "use ", "\"token\":\"", "bot_token=", "https://api.telegram.org/bot", "app/bot_token/"] {
            for tail in ["", "/getMe", "\"}", "?", " now"] {
                assert_eq!(texts("secret.telegram", &format!("{lead}{token}{tail}")), [token], "{lead:?} {tail:?}");
            }
        }
        for other in ["x", "a", "12345678"] {
            assert_eq!(texts("secret.telegram", &format!("{other}{token}")), [""; 0], "{other}");
        }
        assert_eq!(texts("secret.telegram", &format!("{token}x")), [""; 0]);
    }
}
