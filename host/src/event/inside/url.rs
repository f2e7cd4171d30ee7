//! URLs, as far as their parts must be told apart.

use super::super::scan::flags;
use super::pairs::{Name, Part, percent_flags};

/// Numbers of the parts, kept in the upper bits of token flags.
pub(super) mod part {
    pub(crate) const SCHEME: u8 = 1;
    pub(crate) const USER: u8 = 2;
    pub(crate) const HOST: u8 = 3;
    pub(crate) const PORT: u8 = 4;
    pub(crate) const PATH: u8 = 5;
    pub(crate) const QUERY: u8 = 6;
    pub(crate) const FRAGMENT: u8 = 7;
}

/// Appends the parts of a URL, in order, none left out. `None`, and nothing appended, when the text is no URL with an
/// authority and no absolute path: such texts could hide a part where another reader sees one.
pub(crate) fn url(text: &[u8], parts: &mut Vec<Part>) -> Option<()> {
    let first = parts.len();
    let read = read(text, parts);
    if read.is_none() {
        parts.truncate(first);
    }
    read
}

fn read(text: &[u8], parts: &mut Vec<Part>) -> Option<()> {
    if text.iter().any(|&byte| byte <= b' ' || byte == b'\\' || byte == 0x7f) {
        return None;
    }
    let mut push = |number: u8, name: &'static str, pair: usize, start: usize, end: usize| {
        let bits = percent_flags(&text[start..end], false) | number << flags::PART_SHIFT;
        let name = Name::Fixed(name);
        parts.push(Part { name, flags: bits, pair: pair as u32, start: start as u32, end: end as u32 });
    };
    let path = if text.first() == Some(&b'/') && text.get(1) != Some(&b'/') {
        0
    } else {
        let scheme = scheme(text)?;
        push(part::SCHEME, "scheme", 0, 0, scheme);
        authority(text, scheme + 3, &mut push)?
    };
    let stop = |from: usize, stops: &[u8]| {
        text[from..].iter().position(|byte| stops.contains(byte)).map_or(text.len(), |len| from + len)
    };
    let query = stop(path, b"?#");
    if query > path {
        push(part::PATH, "path", path, path, query);
    }
    let fragment = stop(query, b"#");
    if query < fragment {
        queries(text, query, fragment, parts);
    }
    if fragment < text.len() {
        let bits = percent_flags(&text[fragment + 1..], false) | part::FRAGMENT << flags::PART_SHIFT;
        let (pair, start, end) = (fragment as u32, fragment as u32 + 1, text.len() as u32);
        parts.push(Part { name: Name::Fixed("fragment"), flags: bits, pair, start, end });
    }
    Some(())
}

/// The length of the scheme before `://`.
fn scheme(text: &[u8]) -> Option<usize> {
    let len = text.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"+-.".contains(byte))?;
    (len > 0 && text[0].is_ascii_alphabetic() && text[len..].starts_with(b"://")).then_some(len)
}

/// Reads user, host and port; gives where the authority ends.
fn authority(text: &[u8], from: usize, push: &mut impl FnMut(u8, &'static str, usize, usize, usize)) -> Option<usize> {
    let len = text[from..].iter().position(|byte| b"/?#".contains(byte));
    let end = len.map_or(text.len(), |len| from + len);
    let mut host = from;
    if let Some(at) = memchr::memrchr(b'@', &text[from..end]) {
        push(part::USER, "user", from, from, from + at);
        host = from + at + 1;
    }
    let host_end = if text.get(host) == Some(&b'[') {
        host + memchr::memchr(b']', &text[host..end])? + 1
    } else {
        memchr::memchr(b':', &text[host..end]).map_or(end, |len| host + len)
    };
    push(part::HOST, "host", host, host, host_end);
    if host_end < end {
        let port = &text[host_end + 1..end];
        if text[host_end] != b':' || !port.iter().all(u8::is_ascii_digit) {
            return None;
        }
        push(part::PORT, "port", host_end, host_end + 1, end);
    }
    Some(end)
}

/// Reads the pairs of a query that begins with the `?` at `from`. What has no `=` is a key without a value.
fn queries(text: &[u8], from: usize, end: usize, parts: &mut Vec<Part>) {
    let mut pair = from;
    while pair < end {
        let next = memchr::memchr(b'&', &text[pair + 1..end]).map_or(end, |len| pair + 1 + len);
        let equals = memchr::memchr(b'=', &text[pair + 1..next]);
        let key_end = equals.map_or(next, |len| pair + 1 + len);
        let start = equals.map_or(next, |len| pair + 2 + len);
        let bits = percent_flags(&text[start..next], true) | part::QUERY << flags::PART_SHIFT;
        let name = Name::UrlQuery(pair as u32 + 1..key_end as u32);
        parts.push(Part { name, flags: bits, pair: pair as u32, start: start as u32, end: next as u32 });
        pair = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<Vec<(String, String)>> {
        let mut parts = Vec::new();
        url(text.as_bytes(), &mut parts)?;
        let cut = |start: u32, end: u32| text[start as usize..end as usize].to_owned();
        let name = |part: &Part| match &part.name {
            Name::Fixed(name) => (*name).to_owned(),
            Name::UrlQuery(key) => format!("query.{}", cut(key.start, key.end)),
            other => panic!("unexpected name {other:?}"),
        };
        Some(parts.iter().map(|part| (name(part), cut(part.start, part.end))).collect())
    }

    #[test]
    fn whole_urls() {
        let found = parts("https://bob:pw@x.example:8443/a/b?q=1&r&s=%20#frag").unwrap();
        let wanted = [
            ("scheme", "https"),
            ("user", "bob:pw"),
            ("host", "x.example"),
            ("port", "8443"),
            ("path", "/a/b"),
            ("query.q", "1"),
            ("query.r", ""),
            ("query.s", "%20"),
            ("fragment", "frag"),
        ];
        assert_eq!(found, wanted.map(|(name, text)| (name.to_owned(), text.to_owned())));
        assert_eq!(parts("http://[2001:db8::1]:80").unwrap().len(), 3);
        assert_eq!(parts("/login?user=bob").unwrap()[1], ("query.user".to_owned(), "bob".to_owned()));
    }

    #[test]
    fn what_is_no_url() {
        for text in
            ["", "example.com/x", "mailto:bob@example.com", "http://x y", "http://h\\@e/", "http://h:p/", "//h/x"]
        {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
