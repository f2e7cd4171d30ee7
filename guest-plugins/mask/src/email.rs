//! E-mail addresses and user principal names: the organisation behind the @ is shown, nothing before it.

use crate::{HIDDEN, Ranges};

/// What may stand before an address and says only what kind of address it is.
const SCHEMES: [&str; 6] = ["smtp:", "mailto:", "sip:", "sips:", "im:", "upn:"];

pub(crate) fn ranges(value: &str, ranges: &mut Ranges) -> bool {
    let Some(at) = value.rfind('@') else { return false };
    let (before, behind) = (&value[..at], &value[at + 1..]);
    // `Ann <ann@example.com>`: the name is hidden with the local part, the bracket goes.
    let (bracketed, domain) = match behind.strip_suffix('>') {
        Some(domain) if before.contains('<') => (true, domain),
        _ => (false, behind),
    };
    let local = if bracketed { &before[before.rfind('<').map_or(0, |open| open + 1)..] } else { before };
    if !is_local(local) || !is_domain(domain) {
        return false;
    }
    let scheme = if bracketed { 0 } else { scheme(before) };
    if scheme == at {
        return false;
    }
    ranges.push((scheme..at, HIDDEN));
    if bracketed {
        ranges.push((value.len() - 1..value.len(), ""));
    }
    true
}

fn scheme(before: &str) -> usize {
    let named = |scheme: &&&str| before.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    SCHEMES.iter().find(named).map_or(0, |scheme| scheme.len())
}

/// Blanks stand inside a local part only in quotes: `hi @ann.example` is a sentence, not an address.
fn is_local(local: &str) -> bool {
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    !local.is_empty() && (quoted || !local.contains(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"')))
}

/// Dotted, of letters, digits and hyphens, the last label without digits: a name or handle does not pass for one.
fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let top = |top: &str| top.chars().count() >= 2 && (top.chars().all(char::is_alphabetic) || top.starts_with("xn--"));
    domain.len() <= 253
        && domain.rsplit_once('.').is_some_and(|(rest, last)| top(last) && rest.split('.').all(label) && label(last))
}
