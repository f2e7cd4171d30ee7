//! Passwords and tokens that stand beside their name: `password=…`, `"token": "…"`, `--secret …`, `?sig=…`.

use super::{Anchor, Finder, Hit, Site};
use crate::check::{before, byte, run, run_back};
use crate::types::Confidence::{self, Certain, Likely, Possible};

pub(crate) static PASSWORD: Finder =
    Finder { anchors: &[Anchor::Assignment, Anchor::Flag], digits: 0, surest: Certain, find };

/// Longest value that is looked for; a longer one is found as far as this.
const MOST: usize = 4096;

/// What a name promises.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Whatever stands there is a secret.
    Password,
    /// A secret if it looks like one.
    Token,
    /// Only as a parameter of a query.
    Parameter,
    /// A header: a scheme may come before the secret.
    Header,
}

/// Names, without `_`, `-` and `.`, in lower case; whether a name may end so (`db_password`), and what it promises.
const NAMES: [(&[u8], bool, Kind); 46] = [
    (b"password", true, Kind::Password),
    (b"passwd", true, Kind::Password),
    (b"passwort", true, Kind::Password),
    (b"kennwort", true, Kind::Password),
    (b"wachtwoord", true, Kind::Password),
    (b"motdepasse", true, Kind::Password),
    (b"contrasena", true, Kind::Password),
    (b"passphrase", true, Kind::Password),
    (b"passcode", true, Kind::Password),
    (b"pass", false, Kind::Password),
    (b"pwd", true, Kind::Password),
    (b"pw", false, Kind::Password),
    (b"mdp", false, Kind::Password),
    (b"senha", false, Kind::Password),
    (b"secret", true, Kind::Token),
    (b"secretkey", true, Kind::Token),
    (b"secretaccesskey", true, Kind::Token),
    (b"sharedaccesskey", true, Kind::Token),
    (b"accountkey", true, Kind::Token),
    (b"accesskey", true, Kind::Token),
    (b"privatekey", true, Kind::Token),
    (b"encryptionkey", true, Kind::Token),
    (b"apikey", true, Kind::Token),
    (b"apitoken", true, Kind::Token),
    (b"token", true, Kind::Token),
    (b"credential", true, Kind::Token),
    (b"sessionid", true, Kind::Token),
    (b"sessionkey", true, Kind::Token),
    (b"connectionpassword", true, Kind::Password),
    (b"authkey", true, Kind::Token),
    (b"clientassertion", true, Kind::Token),
    (b"samlresponse", false, Kind::Token),
    (b"authorization", true, Kind::Header),
    (b"xauthkey", true, Kind::Header),
    (b"sig", false, Kind::Parameter),
    (b"signature", true, Kind::Parameter),
    (b"code", false, Kind::Parameter),
    (b"key", false, Kind::Parameter),
    (b"auth", false, Kind::Parameter),
    (b"sid", false, Kind::Parameter),
    (b"otp", false, Kind::Parameter),
    (b"ticket", false, Kind::Parameter),
    (b"assertion", false, Kind::Parameter),
    (b"jwt", false, Kind::Token),
    (b"bearer", false, Kind::Token),
    (b"cred", false, Kind::Parameter),
];

/// Names that end like one of a token and name none.
const OTHERS: [&[u8]; 9] = [
    b"nextpagetoken",
    b"pagetoken",
    b"nexttoken",
    b"continuationtoken",
    b"synctoken",
    b"deltatoken",
    b"paginationtoken",
    b"skiptoken",
    b"primarytoken",
];

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Site { text, at, .. } = *site;
    let hit = if byte(text, at) == b'-' { flag(text, at + 1) } else { assignment(text, at) };
    hits.extend(hit);
}

/// `--name value`.
fn flag(text: &[u8], start: usize) -> Option<Hit> {
    let end = run(text, start, 40, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !may_end_so(text, end) {
        return None;
    }
    let (kind, _) = name(text, start, end)?;
    let behind = run(text, end, 4, |b| b == b' ');
    if behind == end || byte(text, behind) == b'-' {
        return None;
    }
    value(text, behind, kind, b' ')
}

/// `name=value` or `name: value`, the name perhaps in quotes.
fn assignment(text: &[u8], at: usize) -> Option<Hit> {
    let sign = byte(text, at);
    if sign == b'='
        && (matches!(byte(text, at + 1), b'=' | b'~' | b'>') || matches!(before(text, at), b'=' | b'!' | b'<' | b'>'))
    {
        return None;
    }
    let end = run_back(text, at, 4, |b| matches!(b, b' ' | b'"' | b'\'' | b'\\' | b']'));
    if !may_end_so(text, end) {
        return None;
    }
    let start = run_back(text, end, 40, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let (kind, own) = name(text, start, end)?;
    if kind == Kind::Parameter && !(sign == b'=' && matches!(before(text, own), b'?' | b'&' | b';')) {
        return None;
    }
    // `arn:aws:…:secret:name` and its like are names.
    if sign == b':' && before(text, own) == b':' {
        return None;
    }
    value(text, at + 1, kind, sign)
}

/// What the name at `start..end` promises, and where it begins.
fn name(text: &[u8], start: usize, end: usize) -> Option<(Kind, usize)> {
    // Compared from the back, joints left out.
    let written = text.get(start..end)?;
    let mut plain = [0_u8; 40];
    let mut length = 0;
    for &b in written.iter().filter(|b| b.is_ascii_alphanumeric()) {
        *plain.get_mut(length)? = b.to_ascii_lowercase();
        length += 1;
    }
    let plain = plain.get(..length)?;
    if OTHERS.iter().any(|other| plain.ends_with(other)) {
        return None;
    }
    let found = NAMES
        .iter()
        .find(|(name, open, _)| plain == *name || plain.ends_with(name) && (*open || apart(written, name.len())));
    found.map(|&(_, _, kind)| (kind, start))
}

/// Whether some name ends with the three bytes before `end`: most names do not, and this is cheap to see.
fn may_end_so(text: &[u8], end: usize) -> bool {
    let tail = [3, 2, 1].map(|back| end.checked_sub(back).map_or(b' ', |at| byte(text, at).to_ascii_lowercase()));
    matches!(tail, [_, b'p', b'w'])
        || matches!(
            &tail,
            b"ord"
                | b"swd"
                | b"ort"
                | b"ase"
                | b"sse"
                | b"ena"
                | b"ode"
                | b"ass"
                | b"pwd"
                | b"mdp"
                | b"nha"
                | b"ret"
                | b"key"
                | b"ken"
                | b"ial"
                | b"nid"
                | b"ion"
                | b"nse"
                | b"sig"
                | b"ure"
                | b"uth"
                | b"sid"
                | b"otp"
                | b"ket"
                | b"jwt"
                | b"rer"
                | b"red"
        )
}

/// Whether the last `length` letters are a word of their own: `db_pass`, `dbPass`, not `bypass`.
fn apart(written: &[u8], length: usize) -> bool {
    let Some(at) = written.len().checked_sub(length) else { return false };
    let lead = before(written, at);
    matches!(lead, b'_' | b'-' | b'.') || byte(written, at).is_ascii_uppercase() && lead.is_ascii_lowercase()
}

/// The value behind the sign.
fn value(text: &[u8], from: usize, kind: Kind, sign: u8) -> Option<Hit> {
    let mut start = run(text, from, 3, |b| b == b' ');
    let slashes = run(text, start, 7, |b| b == b'\\') - start;
    let quote = byte(text, start + slashes);
    if matches!(quote, b'"' | b'\'' | b'`') {
        start += slashes + 1;
        let end = closing(text, start, quote, slashes);
        let secret = text.get(start..end)?;
        let (start, secret) = match kind {
            Kind::Header => without_scheme(start, secret),
            _ => (start, secret),
        };
        return Some(Hit::new(start, end, quoted(kind, secret)?));
    }
    if kind == Kind::Header {
        let line = text
            .get(start..run(text, start, MOST, |b| b >= b' ' && !matches!(b, b'"' | b'\'' | b'\\')))
            .unwrap_or_default();
        start = without_scheme(start, line).0;
    }
    let end = run(text, start, MOST, |b| {
        b > b' ' && !matches!(b, b'&' | b';' | b',' | b'"' | b'\'' | b'<' | b'>' | b')' | b'}' | b']' | b'|' | b'`')
    });
    let end = if sign == b':' && before(text, end) == b'.' { end - 1 } else { end };
    let secret = text.get(start..end)?;
    if byte(text, end) == b'<' || secret.is_empty() {
        return None;
    }
    Some(Hit::new(start, end, unquoted(kind, secret, sign)?))
}

/// Where the quoted text ends that begins at `start`; a quote behind more backslashes than the opening one had is
/// part of it.
fn closing(text: &[u8], start: usize, quote: u8, slashes: usize) -> usize {
    let mut at = start;
    let stop = text.len().min(start + MOST);
    let mut run = 0;
    while at < stop {
        match byte(text, at) {
            b'\\' => run += 1,
            b if b == quote && run <= slashes => return at - run,
            _ => run = 0,
        }
        at += 1;
    }
    // A value that was cut off ends where the text does, on a character.
    while at < text.len() && byte(text, at) & 0xc0 == 0x80 {
        at += 1;
    }
    at
}

/// Leaves out `Bearer`, `Basic` and their like.
fn without_scheme(start: usize, value: &[u8]) -> (usize, &[u8]) {
    const SCHEMES: [&[u8]; 7] =
        [b"bearer ", b"basic ", b"token ", b"digest ", b"negotiate ", b"apikey ", b"sharedaccesssignature "];
    let scheme =
        SCHEMES.iter().find(|scheme| value.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)));
    let length = scheme.map_or(0, |scheme| scheme.len());
    (start + length, value.get(length..).unwrap_or_default())
}

fn quoted(kind: Kind, secret: &[u8]) -> Option<Confidence> {
    if secret.is_empty() || hidden(secret) {
        return None;
    }
    Some(match kind {
        Kind::Password => Likely,
        _ if mixed(secret) && secret.len() >= 6 => Likely,
        _ if secret.len() >= 16 && !secret.contains(&b' ') => Likely,
        _ => Possible,
    })
}

fn unquoted(kind: Kind, secret: &[u8], sign: u8) -> Option<Confidence> {
    let call = secret.contains(&b'(') || secret.contains(&b'[');
    let path = matches!(secret.first(), Some(b'/' | b'~' | b'\\' | b'.')) || secret.get(1..3) == Some(b":\\");
    if hidden(secret) || call || path && kind == Kind::Password {
        return None;
    }
    let numbers = secret.iter().all(u8::is_ascii_digit);
    Some(match kind {
        // `password: required` is prose; `password=required` is a password.
        Kind::Password if sign == b':' && !mixed(secret) => Possible,
        Kind::Password => Likely,
        Kind::Header if secret.len() >= 8 => Certain,
        Kind::Header => Possible,
        Kind::Parameter if secret.len() >= 8 && !numbers => Likely,
        Kind::Token if secret.len() >= 8 && (mixed(secret) || secret.len() >= 20) && !numbers => Likely,
        _ => Possible,
    })
}

/// Whether a value has more than the letters of a word: a digit, a capital inside, a sign inside.
fn mixed(secret: &[u8]) -> bool {
    let inner = secret.get(1..).unwrap_or_default();
    let inner = inner.strip_suffix(b".").or_else(|| inner.strip_suffix(b"!")).unwrap_or(inner);
    let capitals = inner.iter().any(u8::is_ascii_uppercase) && inner.iter().any(u8::is_ascii_lowercase);
    secret.iter().any(u8::is_ascii_digit)
        || capitals
        || inner.iter().any(|b| matches!(b, b'!' | b'$' | b'%' | b'^' | b'*' | b'+' | b'=' | b'#' | b'~'))
}

/// Whether a value says that there is none, or names where it comes from.
pub(super) fn hidden(secret: &[u8]) -> bool {
    const NONE: [&[u8]; 17] = [
        b"null",
        b"none",
        b"nil",
        b"undefined",
        b"true",
        b"false",
        b"redacted",
        b"hidden",
        b"masked",
        b"removed",
        b"empty",
        b"string",
        b"(null)",
        b"yes",
        b"no",
        b"n/a",
        b"required",
    ];
    let inner = match secret {
        [b'[' | b'<' | b'{' | b'(', inner @ .., b']' | b'>' | b'}' | b')'] => inner,
        _ => secret,
    };
    let filler = secret.iter().all(|b| matches!(b, b'*' | b'x' | b'X' | b'.' | b'-' | b'_' | b'#' | b'?'))
        || std::str::from_utf8(secret).is_ok_and(|text| text.chars().all(|c| matches!(c, '•' | '●' | '…' | '█')));
    let place = secret.starts_with(b"${")
        || secret.starts_with(b"{{")
        || secret.starts_with(b"<")
        || secret.starts_with(b"$(")
        || secret.starts_with(b"%s")
        || secret.first() == Some(&b'%') && secret.last() == Some(&b'%')
        || secret.first() == Some(&b'$')
            && secret.iter().skip(1).all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'{' | b'}'))
            && secret.len() > 1;
    filler || place || NONE.iter().any(|none| none.eq_ignore_ascii_case(inner) || none.eq_ignore_ascii_case(secret))
}

#[cfg(test)]
mod tests {
    use super::{NAMES, may_end_so};
    use crate::tests::texts;

    #[test]
    fn no_name_is_overlooked() {
        for (name, ..) in NAMES {
            assert!(may_end_so(name, name.len()), "{name:?}");
        }
    }

    #[test]
    fn the_span_is_the_value_alone() {
        for (text, value) in [
            ("password=hunter2&x=1", "hunter2"),
            ("a=b; Password=S3c=ret;Server=x", "S3c=ret"),
            ("\"password\" : \"a\\\"b\", \"x\": 1", "a\\\"b"),
            ("{\\\"password\\\":\\\"abc1\\\",\\\"x\\\":1}", "abc1"),
            ("db.password: 'two words'", "two words"),
            ("--password 'a b'", "a b"),
            ("Authorization: Bearer abcdef012345, next", "abcdef012345"),
            ("cmd --api-key abc123def456 --verbose", "abc123def456"),
            ("pässword=x password=grün!", "grün!"),
        ] {
            assert_eq!(texts("secret.password", text), [value], "{text}");
        }
    }
}
