//! Passwords and tokens that stand beside their name: `password=…`, `"token": "…"`, `--secret …`, `?sig=…`.

use super::password_names::{Kind, NAMES, OTHERS, may_end_so, spelt};
use super::{Anchor, Finder, Hit, Site, password_told};
use crate::check::{before, byte, run, run_back};
use crate::types::Confidence::{self, Certain, Likely, Possible};

pub(crate) static PASSWORD: Finder = Finder {
    anchors: &[Anchor::Assignment, Anchor::Flag, Anchor::Password, Anchor::Told, Anchor::Row],
    digits: 0,
    surest: Certain,
    find,
};

/// Longest value that is looked for; a longer one is found as far as this.
const MOST: usize = 4096;
/// The same where a row has read far more than it is long: values within values within values.
const MOST_WITHIN: usize = 128;
/// How often a row may be read, and how much besides.
const OFTEN: usize = 16;
const BESIDES: usize = 16 * MOST;

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Site { text, at, .. } = *site;
    match site.anchor {
        Anchor::Flag => hits.extend(flag(site)),
        Anchor::Password => password_told::behind(text, at, hits),
        Anchor::Told => hits.extend(password_told::capital(text, at)),
        Anchor::Row => hits.extend(password_told::row(text).filter(|_| site.field.password)),
        _ => hits.extend(assignment(site)),
    }
}

/// `--name value`.
fn flag(site: &Site<'_>) -> Option<Hit> {
    let (text, start) = (site.text, site.at + 1);
    let end = run(text, start, 40, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !may_end_so(text, end) {
        return None;
    }
    let (kind, _) = name(text, start, end)?;
    let behind = run(text, end, 4, |b| b == b' ');
    if behind == end || byte(text, behind) == b'-' {
        return None;
    }
    let hit = value(site, behind, kind, b' ')?;
    let is_number = kind == Kind::Parameter && numbers(text.get(start..end)?, text.get(hit.start..hit.end)?);
    (!is_number).then_some(hit)
}

/// `name=value` or `name: value`, the name perhaps in quotes.
fn assignment(site: &Site<'_>) -> Option<Hit> {
    let Site { text, at, .. } = *site;
    let (sign, from) = operator(text, at)?;
    let signs = if matches!(before(text, at), b'!' | b'?') { at - 1 } else { at };
    let end = run_back(text, signs, 4, |b| matches!(b, b' ' | b'"' | b'\'' | b'\\' | b']'));
    let end = if may_end_so(text, end) { end } else { untyped(text, end).filter(|_| sign == b'=')? };
    let start = run_back(text, end, 40, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let (kind, own) = match spelt(text, end) {
        Some(start) => (Kind::Password, start),
        None => name(text, start, end)?,
    };
    let name_end = end;
    if kind == Kind::Parameter && !(sign == b'=' && matches!(before(text, own), b'?' | b'&' | b';')) {
        return None;
    }
    // `arn:aws:…:secret:name` and its like are names.
    if sign == b':' && before(text, own) == b':' {
        return None;
    }
    let mut hit = value(site, from, kind, sign)?;
    if matches!(before(text, own), b'?' | b'&') {
        // The fragment of a URL. A password may have the sign itself, in what is none of the web.
        let end = run(text, hit.start, hit.end - hit.start, |b| b != b'#');
        let secret = text.get(hit.start..end)?;
        if hidden(secret) || kind == Kind::Parameter && numbers(text.get(own..name_end)?, secret) {
            return None;
        }
        if kind == Kind::Parameter || is_of_the_web(text, own) {
            hit.end = end;
        }
    }
    // What is compared with is a value only where it is written out.
    let is_written = |hit: &Hit| {
        let quote = matches!(before(text, hit.start), b'"' | b'\'' | b'`');
        quote && text.get(hit.start..hit.end).is_some_and(mixed)
    };
    (sign != COMPARES || is_written(&hit)).then_some(hit)
}

/// The sign of a comparison: `==`, `!=`.
const COMPARES: u8 = b'!';

/// What the sign at `at` does, and where it ends: `=` and `:=` assign, `:` and `=>` may, others compare.
fn operator(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let (lead, next) = (before(text, at), byte(text, at + 1));
    match (byte(text, at), next) {
        (b':', b'=') => Some((b'=', at + 2)),
        (b':', _) if matches!(lead, b'!' | b'?') => None,
        (b':', _) => Some((b':', at + 1)),
        (_, b'~') => None,
        _ if matches!(lead, b'=' | b'<' | b'>') => None,
        (_, b'>') => Some((b':', at + 2)),
        (_, b'=') => Some((COMPARES, run(text, at, 3, |b| b == b'='))),
        _ if lead == b'!' => Some((COMPARES, at + 1)),
        _ => Some((b'=', at + 1)),
    }
}

/// Where the name ends of which a type stands before `end`: `password: String = …`.
fn untyped(text: &[u8], end: usize) -> Option<usize> {
    const TYPES: [&[u8]; 6] = [b"string", b"str", b"&str", b"bytes", b"securestring", b"secretstr"];
    let start = run_back(text, end, 13, |b| b.is_ascii_alphabetic() || b == b'&');
    TYPES.iter().any(|name| text.get(start..end).is_some_and(|word| word.eq_ignore_ascii_case(name))).then_some(())?;
    let colon = run_back(text, start, 2, |b| b == b' ');
    (before(text, colon) == b':').then_some(())?;
    let end = run_back(text, colon - 1, 2, |b| b == b' ');
    may_end_so(text, end).then_some(end)
}

/// What the name at `start..end` promises, and where it begins.
pub(super) fn name(text: &[u8], start: usize, end: usize) -> Option<(Kind, usize)> {
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

/// Whether the last `length` letters are a word of their own: `db_pass`, `dbPass`, not `bypass`.
fn apart(written: &[u8], length: usize) -> bool {
    let Some(at) = written.len().checked_sub(length) else { return false };
    let lead = before(written, at);
    matches!(lead, b'_' | b'-' | b'.') || byte(written, at).is_ascii_uppercase() && lead.is_ascii_lowercase()
}

/// The value behind the sign.
fn value(site: &Site<'_>, from: usize, kind: Kind, sign: u8) -> Option<Hit> {
    let text = site.text;
    let most = if site.read.get() > BESIDES + OFTEN * from { MOST_WITHIN } else { MOST };
    let mut start = run(text, from, 3, |b| b == b' ');
    let slashes = run(text, start, 7, |b| b == b'\\') - start;
    let quote = byte(text, start + slashes);
    if matches!(quote, b'"' | b'\'' | b'`') {
        start += slashes + 1;
        let end = closing(text, start, (quote, slashes), most);
        site.read.update(|read| read + end - start);
        let secret = text.get(start..end)?;
        let (start, secret) = match kind {
            Kind::Header => without_scheme(start, secret),
            _ => (start, secret),
        };
        return Some(Hit::new(start, end, quoted(kind, secret)?));
    }
    if kind == Kind::Header {
        let line = text
            .get(start..run(text, start, most, |b| b >= b' ' && !matches!(b, b'"' | b'\'' | b'\\')))
            .unwrap_or_default();
        start = without_scheme(start, line).0;
    }
    let end = run(text, start, most, |b| {
        b > b' ' && !matches!(b, b'&' | b';' | b',' | b'"' | b'\'' | b'<' | b'>' | b')' | b'}' | b']' | b'|' | b'`')
    });
    site.read.update(|read| read + end - start);
    let end = if sign == b':' && before(text, end) == b'.' { end - 1 } else { end };
    let secret = text.get(start..end)?;
    // `<b>password:</b>`; behind a whole value an element may end.
    let cut = byte(text, end) == b'<' && !(byte(text, end + 1) == b'/' && mixed(secret));
    if cut || secret.is_empty() {
        return None;
    }
    Some(Hit::new(start, end, unquoted(kind, secret, sign)?))
}

/// Where the quoted text ends that begins at `start`; a quote behind more backslashes than the opening one had is
/// part of it.
fn closing(text: &[u8], start: usize, (quote, slashes): (u8, usize), most: usize) -> usize {
    let mut at = start;
    let stop = text.len().min(start + most);
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

/// Whether what stands in front of `at` is a URL of the web.
fn is_of_the_web(text: &[u8], at: usize) -> bool {
    let start = run_back(text, at, MOST_URL, |b| b > b' ' && !matches!(b, b'"' | b'\'' | b'<'));
    let url = text.get(start..at).unwrap_or_default();
    [&b"http://"[..], b"https://"].iter().any(|scheme| begins(url, scheme))
}

/// Bytes of a URL that are read back to its scheme.
const MOST_URL: usize = 512;

/// Whether a value is the number of what its name says, a ticket or an error. An identifier of Windows is one under any name.
fn numbers(name: &[u8], value: &[u8]) -> bool {
    const NAMES: [&[u8]; 6] = [b"ticket", b"case", b"code", b"error", b"errorcode", b"status"];
    numbered(value) && (value.starts_with(b"S-1-") || NAMES.iter().any(|known| known.eq_ignore_ascii_case(name)))
}

/// Whether a value numbers something: `INC5121558`, `0x80070005`, `S-1-5-32-544`.
fn numbered(secret: &[u8]) -> bool {
    let letters = run(secret, 0, 5, |b| b.is_ascii_uppercase());
    match secret {
        [b'0', b'x' | b'X', hex @ ..] => hex.len() <= 16 && hex.iter().all(u8::is_ascii_hexdigit),
        [b'S', b'-', b'1', b'-', rest @ ..] => rest.iter().all(|b| b.is_ascii_digit() || *b == b'-'),
        _ => {
            let rest = secret.get(letters..).unwrap_or_default();
            let number = rest.strip_prefix(b"-").unwrap_or(rest);
            (2..=4).contains(&letters) && number.len() <= 9 && number.iter().all(u8::is_ascii_digit)
        }
    }
}

/// Whether a value has more than the letters of a word: a digit, a capital inside, a sign inside.
pub(super) fn mixed(secret: &[u8]) -> bool {
    let inner = secret.get(1..).unwrap_or_default();
    let inner = inner.strip_suffix(b".").or_else(|| inner.strip_suffix(b"!")).unwrap_or(inner);
    let capitals = inner.iter().any(u8::is_ascii_uppercase) && inner.iter().any(u8::is_ascii_lowercase);
    secret.iter().any(u8::is_ascii_digit)
        || capitals
        || inner.iter().any(|b| matches!(b, b'!' | b'$' | b'%' | b'^' | b'*' | b'+' | b'=' | b'#' | b'~'))
}

/// Whether a value begins so, letter case aside.
fn begins(secret: &[u8], lead: &[u8]) -> bool {
    secret.get(..lead.len()).is_some_and(|head| head.eq_ignore_ascii_case(lead))
}

/// How placeholders begin and end in a URL: `<…>`, `{{…}}`, `${…}`, `$(…)`.
const CODED: [(&[u8], &[u8]); 4] = [(b"%3c", b"%3e"), (b"%7b%7b", b"%7d%7d"), (b"%24%7b", b"%7d"), (b"%24%28", b"%29")];

fn ends(secret: &[u8], with: &[u8]) -> bool {
    secret
        .len()
        .checked_sub(with.len())
        .and_then(|at| secret.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(with))
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
        || CODED.iter().any(|(open, close)| begins(secret, open) && ends(secret, close))
        || secret.first() == Some(&b'%') && secret.last() == Some(&b'%')
        || secret.first() == Some(&b'$')
            && secret.iter().skip(1).all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'{' | b'}'))
            && secret.len() > 1;
    filler || place || NONE.iter().any(|none| none.eq_ignore_ascii_case(inner) || none.eq_ignore_ascii_case(secret))
}

#[cfg(test)]
mod tests {
    use crate::tests::texts;

    #[test]
    fn names_are_written_and_values_assigned_in_many_ways() {
        for (text, values) in [
            ("PSWD:=Blau7Meise", &["Blau7Meise"][..]),
            ("DB_PASWORD=Blau7Meise", &["Blau7Meise"]),
            ("passwords: Blau7Meise", &["Blau7Meise"]),
            ("MYSQLPASS: Blau7Meise", &["Blau7Meise"]),
            ("<v>my password:Blau7Meise</v>", &["Blau7Meise"]),
            ("<b>password:</b>", &[]),
            ("password=>Blau7Meise", &["Blau7Meise"]),
            ("'password' => 'blau'", &["blau"]),
            ("PASSWORD ?= \"blau\"", &["blau"]),
            ("val password: String = \"Blau7Meise\"", &["Blau7Meise"]),
            ("def f(passwd: str = 'Blau7Meise')", &["Blau7Meise"]),
            ("if password == \"Blau7Meise\"", &["Blau7Meise"]),
            ("if (password !== 'Blau7Meise')", &["Blau7Meise"]),
            ("password != other.password1", &[]),
            ("password == \"\"", &[]),
            ("password => password.length", &[]),
            ("password =~ /x1/", &[]),
            ("label: String = \"Blau7Meise\"", &[]),
            ("String = \"Blau7Meise\"", &[]),
        ] {
            assert_eq!(texts("secret.password", text), values, "{text}");
        }
    }

    #[test]
    fn what_numbers_something_or_holds_a_place_is_no_secret() {
        for text in [
            "/form?step=3&ticket=INC5121558",
            "import --ticket INC5867344 /srv",
            "import --ticket \"CASE-58673\"",
            "/search?code=0x80070005&x=1",
            "/search?ticket=INC5121558#top",
            "/search?sid=S-1-5-21-523151594-2704736096-517233171-68436&x=1",
            "/pay?step=2&password=********#pay",
            "/pods?labelSelector=password=%3Chidden%3E&limit=500",
            "/edit?password=%24%7BDB_PASSWORD%7D",
        ] {
            assert_eq!(texts("secret.password", text), [""; 0], "{text}");
        }
        for (text, value) in [
            ("/cas?ticket=ST-1856339-aA5YuvrxzPv8Tau1", "ST-1856339-aA5YuvrxzPv8Tau1"),
            ("/cb?code=0x9f2c77d10b6e4a58c3d2", "0x9f2c77d10b6e4a58c3d2"),
            ("/x?sid=4cd395a3bb9d0db66dabea1a927b4b04", "4cd395a3bb9d0db66dabea1a927b4b04"),
            ("password=INC5121558", "INC5121558"),
            ("/x?password=%3F%3Cgeheim9", "%3F%3Cgeheim9"),
        ] {
            assert_eq!(texts("secret.password", text), [value], "{text}");
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
