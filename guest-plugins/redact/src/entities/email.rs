//! E-mail addresses, as people write them.

use super::{Anchor, Around, Finder, Hit, Site, tld};
use crate::check::{before, byte, run, run_back, wordy};
use crate::types::Confidence::{Certain, Likely, Possible};

pub(crate) static EMAIL: Finder = Finder { anchors: &[Anchor::At], digits: 0, surest: Certain, find };

/// Longest local part (RFC 5321, 4.5.3.1.1), twice, for percent-encoded ones.
const MOST_LOCAL: usize = 128;
/// Longest domain (RFC 5321, 4.5.3.1.2).
const MOST_DOMAIN: usize = 255;
/// Names that exist on private networks only (RFC 6761, RFC 6762, ICANN's `.internal`), and common habits.
const PRIVATE: [&[u8]; 14] = [
    b"local",
    b"internal",
    b"lan",
    b"corp",
    b"intranet",
    b"intra",
    b"home",
    b"private",
    b"localdomain",
    b"example",
    b"test",
    b"invalid",
    b"localhost",
    b"ad",
];

/// Domains under which algorithms of SSH are named (RFC 4251 section 6).
const ALGORITHMS: [&[u8]; 4] = [b"openssh.com", b"lysator.liu.se", b"libssh.org", b"ssh.com"];

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Site { text, at, .. } = *site;
    let start = local(site);
    if start == at {
        return;
    }
    let Some((end, confidence)) = domain(text, at + 1, site.around) else { return };
    // `scheme://user:password@host` and `git@host:path` are no addresses of people.
    if before(text, start) == b':' && behind_scheme(text, start - 1) {
        return;
    }
    // Directories have domains that are registered nowhere: `anna@firma.zentrale`, `i:0#.w|anna@firma.zentrale`.
    let last = start == 0 || matches!(before(text, start), b':' | b'|');
    if last && (confidence < Certain || end < text.len()) && is_account(text, at) {
        return hits.push(Hit::new(start, text.len(), confidence.max(Likely)));
    }
    let remote = byte(text, end) == b':' && wordy(byte(text, end + 1)) && !byte(text, end + 1).is_ascii_digit();
    let confidence = match text.get(start..at) {
        Some(b"git" | b"hg" | b"svn") if remote => return,
        _ if remote && confidence == Certain => Likely,
        _ if is_algorithm(text.get(at + 1..end).unwrap_or_default()) => Possible,
        _ => confidence,
    };
    hits.push(Hit::new(start, end, confidence));
}

/// Whether a text ends with an account at a domain of names: no version, no host, no file.
fn is_account(text: &[u8], at: usize) -> bool {
    let domain = text.get(at + 1..).unwrap_or_default();
    let first = run(domain, 0, MOST_DOMAIN, |b| b.is_ascii_alphabetic());
    let whole = run(domain, 0, MOST_DOMAIN, in_name) == domain.len();
    first > 1
        && whole
        && domain.rsplit(|b| *b == b'.').next().is_some_and(|last| last.len() < domain.len() && top(last).is_some())
}

fn is_algorithm(domain: &[u8]) -> bool {
    // Their first letters tell nearly all others apart.
    matches!(domain.first(), Some(b'o' | b'l' | b's')) && ALGORITHMS.contains(&domain)
}

/// Where the local part before the anchor begins.
fn local(site: &Site<'_>) -> usize {
    let Site { text, at, around, .. } = *site;
    let usual = (around.before.leading_ones() as usize).min(at);
    let lead = before(text, at - usual);
    // Most are nothing but letters, digits, dots and hyphens, behind something that no local part has.
    let start = if usual > 0 && lead < 0x80 && !plain(lead) {
        at - usual
    } else if before(text, at) == b'"' {
        return quoted(text, at);
    } else {
        unusual_local(text, at)
    };
    // An address begins with a letter, a digit or an underscore, and `name.@` is none.
    let lead = run(text, start, at - start, |b| !(wordy(b) || b == b'_'));
    if before(text, at) == b'.' { at } else { lead }
}

/// ASCII of which a local part is made, without quotes.
fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'\'' | b'&' | b'~' | b'!' | b'#' | b'$' | b'*' | b'^' | b'%')
}

/// Where what may be a local part begins, byte by byte.
#[inline(never)]
fn unusual_local(text: &[u8], at: usize) -> usize {
    let mut start = at;
    let mut ascii = false;
    while start > 0 && at - start < MOST_LOCAL {
        let last = before(text, start);
        if last < 0x80 {
            if last == b'%' && !encoded_part(text, start - 1) {
                // The two digits belong to what the `%` encodes.
                start = (start + 2).min(at);
                break;
            }
            if !plain(last) {
                break;
            }
            ascii |= last.is_ascii_alphanumeric();
            start -= 1;
            continue;
        }
        let first = run_back(text, start, 3, |b| b & 0xc0 == 0x80).saturating_sub(1);
        let letter =
            text.get(first..start).and_then(|part| std::str::from_utf8(part).ok()).and_then(|part| part.chars().next());
        // Text without spaces between words (Han, Kana …) runs into an address that is written in Latin letters.
        if !letter.is_some_and(|c| c.is_alphanumeric() && !(ascii && c >= '\u{2e80}')) {
            break;
        }
        start = first;
    }
    start
}

/// Whether the `%` at `at` belongs to a local part: it stands for itself, or encodes no delimiter.
fn encoded_part(text: &[u8], at: usize) -> bool {
    const DELIMITERS: [&[u8]; 22] = [
        b"00", b"09", b"0A", b"0D", b"20", b"22", b"23", b"24", b"26", b"28", b"29", b"2C", b"2F", b"3A", b"3B", b"3C",
        b"3D", b"3E", b"3F", b"5B", b"5D", b"7C",
    ];
    let pair = text.get(at + 1..at + 3).unwrap_or_default();
    !DELIMITERS.iter().any(|delimiter| delimiter.eq_ignore_ascii_case(pair))
}

/// The opening quote of `"john doe"@…`.
fn quoted(text: &[u8], at: usize) -> usize {
    let start = run_back(text, at - 1, 64, |b| b != b'"' && b >= 0x20);
    if start < at - 1 && before(text, start) == b'"' && !matches!(before(text, start - 1), b'=' | b'\\') {
        start - 1
    } else {
        at
    }
}

/// The end of a domain that begins at `start`, and how sure it is one.
fn domain(text: &[u8], start: usize, around: Around) -> Option<(usize, crate::Confidence)> {
    let usual = (around.behind.trailing_ones() as usize).min(text.len() - start.min(text.len()));
    let next = byte(text, start + usual);
    // Most are nothing but letters, digits, dots and hyphens, and no two of the latter stand together.
    let mut joints = around.joints & ((1 << (usual & 63)) - 1);
    if (1..64).contains(&usual) && next < 0x80 && !in_name(next) && joints & joints >> 1 == 0 {
        let length = usual - usize::from(joints >> (usual - 1) & 1 == 1);
        let name = text.get(start..start + length).filter(|_| joints & 1 == 0)?;
        let last_dot = |stop: usize| {
            joints &= (1 << stop) - 1;
            while joints != 0 {
                let joint = joints.ilog2() as usize;
                joints ^= 1 << joint;
                if byte(name, joint) == b'.' {
                    return Some(joint);
                }
            }
            None
        };
        return longest(name, start, last_dot);
    }
    unusual_domain(text, start)
}

/// A byte of which a domain is made, brackets apart.
fn in_name(byte: u8) -> bool {
    wordy(byte) || matches!(byte, b'-' | b'.')
}

/// As [`domain`], byte by byte.
#[inline(never)]
fn unusual_domain(text: &[u8], start: usize) -> Option<(usize, crate::Confidence)> {
    if byte(text, start) == b'[' {
        let end = run(text, start + 1, 45, |b| b.is_ascii_hexdigit() || matches!(b, b'.' | b':' | b'I' | b'P' | b'v'));
        return (byte(text, end) == b']' && end > start + 7).then_some((end + 1, Likely));
    }
    let mut end = run(text, start, MOST_DOMAIN, in_name);
    // Beyond ASCII only letters belong to a name; a quotation mark or a dash ends it.
    if let Some(part) = text.get(start..end).filter(|part| !part.is_ascii()) {
        let whole = std::str::from_utf8(part).unwrap_or_default();
        let other = whole.char_indices().find(|&(_, c)| !c.is_ascii() && !c.is_alphanumeric());
        end = start + other.map_or(whole.len(), |(place, _)| place);
    }
    while matches!(before(text, end), b'-' | b'.') && end > start {
        end -= 1;
    }
    let whole = text.get(start..end)?;
    if !wordy(*whole.first()?) {
        return None;
    }
    // What goes on behind two joints belongs to no name.
    let broken = whole.windows(2).position(|pair| matches!(pair, b".." | b".-" | b"-."));
    let name = whole.get(..broken.unwrap_or(whole.len()))?;
    let found = longest(name, start, |stop| name.get(..stop)?.iter().rposition(|&b| b == b'.'));
    found.filter(|&(_, confidence)| broken.is_none() || confidence >= Likely)
}

/// Where the longest name with a known end ends that `name` begins with, and how sure that is: a sentence may go on behind a
/// dot. `last_dot` is asked for the last dot in front of a place, from the end on.
#[inline]
fn longest(
    name: &[u8],
    start: usize,
    mut last_dot: impl FnMut(usize) -> Option<usize>,
) -> Option<(usize, crate::Confidence)> {
    let mut stop = name.len();
    let mut whole = None;
    while let Some(dot) = last_dot(stop) {
        let last = name.get(dot + 1..stop)?;
        match top(last) {
            Some(confidence) if confidence >= Likely => {
                whole = Some((start + stop, confidence));
                break;
            }
            Some(confidence) if stop == name.len() => whole = Some((start + stop, confidence)),
            Some(_) => {}
            None => {
                if let Some((length, confidence)) = lead(last) {
                    whole = Some((start + dot + 1 + length, confidence));
                    break;
                }
            }
        }
        stop = dot;
    }
    // Without a dot it may be a host on a private network.
    let host = || name.len() > 1 && !name.contains(&b'.') && name.first().is_some_and(u8::is_ascii_alphabetic);
    whole.or_else(|| host().then_some((start + name.len(), Possible))).filter(|&(end, _)| end > start)
}

/// A known end with which a label begins, and how sure that is: `anna@example.com-1`, where somebody wrote on behind an address.
#[inline(never)]
fn lead(label: &[u8]) -> Option<(usize, crate::Confidence)> {
    let letters = run(label, 0, label.len(), |b| b.is_ascii_alphabetic());
    let sure = if byte(label, letters) == b'-' { Certain } else { Likely };
    let known = letters > 1 && letters < label.len() && top(label.get(..letters)?) == Some(Certain);
    known.then_some((letters, sure))
}

/// How sure a name's last label makes it.
fn top(label: &[u8]) -> Option<crate::Confidence> {
    if label == b"com" || label == b"net" || label == b"org" {
        return Some(Certain);
    }
    if label.len() < 2 || label.len() > 63 {
        return None;
    }
    let label = std::str::from_utf8(label).ok()?.to_lowercase();
    if tld::ALL.binary_search(&label.as_str()).is_ok() {
        return Some(Certain);
    }
    if PRIVATE.contains(&label.as_bytes()) {
        return Some(Likely);
    }
    (!FILES.contains(&label.as_str()) && label.chars().all(char::is_alphabetic)).then_some(Possible)
}

/// Ends that are types of files or units, never of domains.
const FILES: [&str; 32] = [
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "avif",
    "heic",
    "service",
    "socket",
    "timer",
    "mount",
    "automount",
    "slice",
    "scope",
    "target",
    "swap",
    "device",
    "json",
    "yaml",
    "yml",
    "xml",
    "html",
    "css",
    "js",
    "ts",
    "log",
    "conf",
    "txt",
    "pdf",
    "exe",
    "dll",
];

/// Whether `user` before the colon at `colon` follows `//`.
fn behind_scheme(text: &[u8], colon: usize) -> bool {
    let start = run_back(text, colon, 64, |b| !matches!(b, b'/' | b' ' | b'"' | b'@'));
    before(text, start) == b'/' && before(text, start.saturating_sub(1)) == b'/'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Chain;
    use crate::classes::{Classifier, Signs};
    use crate::entities::Field;
    use crate::tests::{found, texts};
    use proptest::prelude::*;
    use std::cell::Cell;

    #[test]
    fn the_span_is_the_address_and_no_more() {
        for (text, address) in [
            ("mail <anna@example.com>, now", "anna@example.com"),
            ("user=anna@example.com&x=1", "anna@example.com"),
            ("(anna.b@example.com.)", "anna.b@example.com"),
            ("“anna@example.com”", "anna@example.com"),
            ("邮箱anna@example.com。", "anna@example.com"),
            ("to anna@example.com.Thanks", "anna@example.com"),
            ("?u=anna%2Bx%40example.com&", "anna%2Bx%40example.com"),
            ("q%3Danna%40example.com", "anna%40example.com"),
            ("anna@[192.0.2.1]", "anna@[192.0.2.1]"),
            ("id-anna@example.com-2000001", "id-anna@example.com"),
            ("of anna@example.de-PC", "anna@example.de"),
            ("mailto:anna@example.co.uk-9", "anna@example.co.uk"),
            ("anna@example.com1", "anna@example.com"),
            ("anna@example.com.-1", "anna@example.com"),
            ("anna@example.com..", "anna@example.com"),
            ("anna@de-mail.example.com", "anna@de-mail.example.com"),
            ("'anna@example.com'", "anna@example.com"),
            ("\"anna maria\"@example.com", "\"anna maria\"@example.com"),
            ("by ann_b.com#EXT#@t.onmicrosoft.com,", "ann_b.com#EXT#@t.onmicrosoft.com"),
            ("u=ann_b.com%23EXT%23%40t.onmicrosoft.com&", "ann_b.com%23EXT%23%40t.onmicrosoft.com"),
        ] {
            assert_eq!(texts("person.email", text), [address], "{text}");
        }
    }

    proptest! {
        /// What the pass over the bytes saw saves time and changes no answer, whatever the rows beside are.
        #[test]
        fn the_short_way_agrees_with_the_long_one(
            text in "([a-z0-9]{0,9}|com|[a-zA-Z0-9._%+@ <\":-]|é|日){0,30}",
            lead in ".{0,70}", tail in "[a-z.-]{0,70}|.{0,70}",
        ) {
            // Rows stand one behind the other.
            let all = [lead.as_bytes(), text.as_bytes(), tail.as_bytes()].concat();
            let text = text.as_bytes();
            for at in (0..text.len()).filter(|at| text[*at] == b'@') {
                let seen = Around::of(&Classifier::new(Signs::At), &all, lead.len() + at);
                let chain = Chain::new();
                let read = Cell::new(0);
                let site = |around| Site {
                    text,
                    anchor: Anchor::At,
                    at,
                    around,
                    chain: &chain,
                    run: (0, 0),
                    attached: false,
                    field: Field::default(),
                    read: &read,
                    claims: &[],
                };
                prop_assert_eq!(local(&site(seen)), local(&site(Around::default())), "{}", at);
                prop_assert_eq!(domain(text, at + 1, seen), unusual_domain(text, at + 1), "{}", at);
            }
        }
    }

    #[test]
    fn an_unknown_end_wants_a_keyword() {
        assert_eq!(found("person.email", "likely", &[], "x anna@example.qqq"), []);
        for account in ["anna.meier@firma.zentrale", "1a@hv.firma.zentrale"] {
            assert_eq!(texts("person.email", account), [account]);
            assert_eq!(texts("person.email", &format!("i:0#.w|{account}")), [account]);
            assert_eq!(found("person.email", "likely", &[], &format!("{account}:80")), []);
        }
        assert_eq!(texts("person.email", "anna@firma.de.zentrale"), ["anna@firma.de.zentrale"]);
        for other in ["getty@tty1.service", "pkg@v1.beta", "icon@2x.webp", "anna@host1", "main@next.js", "app@sha256"] {
            assert_eq!(found("person.email", "likely", &[], other), [], "{other}");
        }
        assert_eq!(found("person.email", "likely", &[], "email: anna@host1").len(), 1);
        assert_eq!(found("person.email", "likely", &["mail"], "anna@host1").len(), 1);
    }
}
