//! Counting characters so that none is cut apart.
//!
//! A character is a Unicode scalar value; one that attaches to its neighbour (a combining mark, a skin tone, a
//! joiner) is never separated from it.

/// The byte behind the first `count` characters; the text's length when it has no more. Earlier where a cut would
/// separate what belongs together.
///
/// ```
/// use tamis_plugin_sdk::characters::first;
/// assert_eq!(first("über", 1), 2);
/// assert_eq!(first("e\u{301}a", 1), 0);
/// assert_eq!(first("ab", 5), 2);
/// ```
pub fn first(text: &str, count: usize) -> usize {
    let Some((mut at, _)) = text.char_indices().nth(count) else { return text.len() };
    while at > 0 && !may_cut(text, at) {
        at = text[..at].char_indices().next_back().map_or(0, |(before, _)| before);
    }
    at
}

/// The byte where the last `count` characters begin; 0 when the text has no more. Later where a cut would separate
/// what belongs together.
///
/// ```
/// use tamis_plugin_sdk::characters::last;
/// assert_eq!(last("abc", 1), 2);
/// assert_eq!(last("ae\u{301}", 1), 4);
/// assert_eq!(last("abc", 0), 3);
/// ```
pub fn last(text: &str, count: usize) -> usize {
    if count == 0 {
        return text.len();
    }
    let Some((mut at, _)) = text.char_indices().nth_back(count - 1) else { return 0 };
    while at < text.len() && !may_cut(text, at) {
        at += text[at..].chars().next().map_or(1, char::len_utf8);
    }
    at
}

fn may_cut(text: &str, at: usize) -> bool {
    let joined = text[..at].ends_with('\u{200d}');
    at == 0 || !(joined || text[at..].chars().next().is_some_and(attaches))
}

/// Whether a character attaches to the one before it (the blocks of Unicode 16 that consist of such).
fn attaches(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c2}'
        | '\u{5c4}'..='\u{5c5}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}'
        | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{93c}' | '\u{93e}'..='\u{94f}' | '\u{981}'..='\u{983}'
        | '\u{9bc}' | '\u{9be}'..='\u{9cd}' | '\u{b82}' | '\u{bbe}'..='\u{bcd}' | '\u{e31}' | '\u{e34}'..='\u{e3a}'
        | '\u{e47}'..='\u{e4e}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{200d}'
        | '\u{20d0}'..='\u{20ff}' | '\u{302a}'..='\u{302f}' | '\u{3099}'..='\u{309a}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}
