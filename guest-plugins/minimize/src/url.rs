//! Addresses of the web, down to the page or the host.
//!
//! A page is `scheme://host[:port]/path` without user, query, fragment and path parameters (`;jsessionid=…`); a host
//! is the host alone. Read are addresses with and without a scheme, and paths that begin with a slash (they have no
//! host). Addresses that name no place in a network fail: `mailto:`, `data:`, `javascript:`, `file:` and their like.
//! So does whatever parsers disagree about: blanks (but for those in a path of which only the host stays), backslashes, an @ in an
//! address without a scheme.

use tamis_plugin_sdk::bytes::outside;
use tamis_plugin_sdk::file_name::extension;

use crate::Change;

/// How much of an address stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Url {
    /// Everything in front of `?` and `#`.
    Page,
    /// The host.
    Host,
}

/// The parts of an address.
pub(crate) struct Parts<'a> {
    /// Without `://`; empty where there is none.
    scheme: &'a str,
    /// Whether `//` stands before the host.
    slashes: bool,
    /// Empty for a path alone.
    host: &'a str,
    /// With its colon, or empty.
    port: &'a str,
    /// Behind the host, up to `?` or `#`.
    pub(crate) path: &'a str,
}

impl Url {
    /// The change that leaves what stays; `None` when the value is no such address.
    #[inline]
    pub(crate) fn change<'a>(self, value: &'a str, out: &'a mut String) -> Option<Change<'a>> {
        match self.usual(value) {
            Some(change) => Some(change),
            None => self.reduce(value, out).map(|()| Change::whole(value, out)),
        }
    }

    /// The change of an address as most are: of the web, in lower case, without user and parameters. `None` where the
    /// general way must decide.
    fn usual(self, value: &str) -> Option<Change<'_>> {
        let bytes = value.as_bytes();
        let scheme = if bytes.starts_with(b"https://") {
            8
        } else if bytes.starts_with(b"http://") {
            7
        } else {
            return None;
        };
        let mut at = outside(bytes, scheme, [(b'a', b'z'), (b'0', b'9'), (b'-', b'.')]);
        let host = value.get(scheme..at)?;
        if !are_labels(host.as_bytes()) {
            return None;
        }
        if bytes.get(at) == Some(&b':') {
            let digits = outside(bytes, at + 1, [(b'0', b'9')]) - at - 1;
            (1..=5).contains(&digits).then_some(())?;
            at += 1 + digits;
        }
        if !matches!(bytes.get(at), None | Some(b'/' | b'?' | b'#')) {
            return None;
        }
        // All that is printed, but for `#`, `;`, `?` and the backslash.
        let end = outside(bytes, at, [(b'!', b'"'), (b'$', b':'), (b'<', b'>'), (b'@', b'['), (b']', b'~')]);
        match (bytes.get(end), self) {
            (None | Some(b'?' | b'#'), Url::Host) => Some(Change::whole(value, host)),
            (None | Some(b'?' | b'#'), Url::Page) => Some(Change::end(value, end)),
            _ => None,
        }
    }

    /// Appends what stays; `None` when the value is no such address.
    #[inline(never)]
    pub(crate) fn reduce(self, value: &str, out: &mut String) -> Option<()> {
        let parts = Parts::of(value)?;
        match self {
            Url::Host if parts.host.is_empty() => return None,
            Url::Host => lower(parts.host, out),
            Url::Page if !is_plain(parts.path) => return None,
            Url::Page => {
                let start = out.len();
                parts.origin(out);
                without_parameters(parts.path, out);
                // Without its parameters `/;x/ann` would begin like an address of a host.
                let host = out.get(start..).is_some_and(|page| page.starts_with("//"));
                if !parts.slashes && host {
                    return None;
                }
            }
        }
        Some(())
    }
}

/// Whether a host begins and ends with no dot and has no two in a row.
fn are_labels(host: &[u8]) -> bool {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    // Eight bytes at a time: the highest bit of each byte that is a dot.
    let dots = |word: &[u8; 8]| {
        let other = u64::from_le_bytes(*word) ^ 0x2e2e_2e2e_2e2e_2e2e;
        !(((other & LOW) + LOW) | other | LOW)
    };
    let two = |word: &[u8; 8]| dots(word) & dots(word) >> 8 != 0;
    let mut twice = host.last_chunk().map_or_else(|| host.windows(2).any(|pair| pair == b".."), two);
    let mut at = 0;
    while let Some(word) = host.get(at..).and_then(<[u8]>::first_chunk) {
        twice |= two(word);
        at += 7;
    }
    !twice && (1..=253).contains(&host.len()) && host.first() != Some(&b'.') && host.last() != Some(&b'.')
}

/// Appends a path; in each segment, what begins with a semicolon goes.
fn without_parameters(path: &str, out: &mut String) {
    let mut rest = path;
    while let Some((kept, parameters)) = rest.split_once(';') {
        out.push_str(kept);
        rest = parameters.find('/').and_then(|slash| parameters.get(slash..)).unwrap_or_default();
    }
    out.push_str(rest);
}

fn lower(text: &str, out: &mut String) {
    let from = out.len();
    out.push_str(text);
    if let Some(added) = out.get_mut(from..) {
        added.make_ascii_lowercase();
    }
}

impl<'a> Parts<'a> {
    pub(crate) fn of(value: &'a str) -> Option<Self> {
        let before = value.split(['?', '#']).next()?;
        let all_plain = is_plain(before);
        if before.is_empty() || !all_plain && before.bytes().any(|byte| byte < b' ' || byte == b'\\' || byte == 0x7f) {
            return None;
        }
        let colon = before.find(':').and_then(|colon| before.split_at_checked(colon));
        let (scheme, slashes, rest) = match colon.and_then(|(scheme, rest)| Some((scheme, rest.strip_prefix("://")?))) {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme, true, rest),
            _ if before.starts_with("//") => ("", true, &before[2..]),
            _ if before.starts_with('/') => {
                all_plain.then_some(())?;
                return Some(Parts { scheme: "", slashes: false, host: "", port: "", path: before });
            }
            _ => ("", false, before),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        // A store of documents writes blanks into paths. Behind a scheme and a host nobody reads them otherwise.
        if !all_plain && (scheme.is_empty() || !is_plain(authority)) {
            return None;
        }
        let host_and_port = match authority.rsplit_once('@') {
            Some(_) if scheme.is_empty() => return None,
            Some((_, host)) => host,
            None => authority,
        };
        let (host, port) = split_port(host_and_port)?;
        let plain = slashes || stands_alone(host, port);
        let networked = !OPAQUE.iter().any(|opaque| scheme.eq_ignore_ascii_case(opaque));
        (is_host(host) && plain && networked).then_some(Parts { scheme, slashes, host, port, path })
    }

    /// Appends scheme, host and port as far as there are.
    pub(crate) fn origin(&self, out: &mut String) {
        if !self.scheme.is_empty() {
            lower(self.scheme, out);
            out.push(':');
        }
        out.push_str(if self.slashes { "//" } else { "" });
        lower(self.host, out);
        out.push_str(self.port);
    }
}

/// Schemes whose addresses are written with slashes and yet name no host of a network.
const OPAQUE: [&str; 4] = ["file", "data", "javascript", "blob"];

/// No blanks, no control characters, no backslashes.
fn is_plain(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control();
    text.bytes().all(|byte| byte > b' ' && byte != b'\\' && byte != 0x7f) && (text.is_ascii() || !text.contains(odd))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// Host and `:port`; the port is digits or nothing, so `mailto:ann` and `data:text` end here.
fn split_port(text: &str) -> Option<(&str, &str)> {
    let colon = match text.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (host, port) = text.split_at_checked(colon)?;
    let digits = port.strip_prefix(':').unwrap_or(port);
    let sound = digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
    (sound && (port.is_empty() || port.len() > 1 && port.starts_with(':'))).then_some((host, port))
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let part =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') || !c.is_ascii() && c.is_alphanumeric();
    let labels = host.strip_suffix('.').unwrap_or(host);
    let dots = labels.starts_with('.') || labels.ends_with('.') || labels.contains("..");
    !labels.is_empty() && host.len() <= 253 && host.chars().all(part) && !dots
}

/// Whether a text without a scheme is a host and not any word or file name: `report.docx` is none.
fn stands_alone(host: &str, port: &str) -> bool {
    let top = host.rsplit('.').next().unwrap_or_default();
    let dotted = host.contains('.') && top.chars().count() >= 2 && top.chars().all(char::is_alphabetic);
    let named = dotted && (extension(host).is_none() || DOMAINS_TOO.contains(&top)) || top.starts_with("xn--");
    let address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    // `tel:110` is no host with a port.
    let ported = !port.is_empty() && !PEOPLE.iter().any(|scheme| host.eq_ignore_ascii_case(scheme));
    named || address || host.eq_ignore_ascii_case("localhost") || ported
}

/// Schemes of addresses of people, which are written without slashes.
const PEOPLE: [&str; 9] = ["mailto", "tel", "sip", "sips", "sms", "xmpp", "acct", "callto", "skype"];

/// Types of files that are top-level domains as well and much used as such.
const DOMAINS_TOO: [&str; 13] = ["com", "ai", "me", "rs", "sh", "pl", "py", "so", "mo", "mk", "cc", "ps", "tf"];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reduce(url: Url, value: &str) -> Option<String> {
        let mut out = String::new();
        url.reduce(value, &mut out).map(|()| out)
    }

    /// Forms of RFC 3986 and of the WHATWG URL standard, and those that logs write.
    #[test]
    fn addresses_lose_what_is_behind_the_page_or_the_host() {
        let cases = [
            ("https://ann:pw@Example.com:8443/a/b?x=1#y", "https://example.com:8443/a/b", "example.com"),
            ("https://example.com", "https://example.com", "example.com"),
            ("HTTPS://EXAMPLE.COM/Path", "https://example.com/Path", "example.com"),
            ("https://example.com?token=1", "https://example.com", "example.com"),
            ("https://a@b@example.com/", "https://example.com/", "example.com"),
            ("http://192.0.2.1:80/x", "http://192.0.2.1:80/x", "192.0.2.1"),
            ("http://[2001:db8::1]:80/x", "http://[2001:db8::1]:80/x", "[2001:db8::1]"),
            ("example.com/x?y", "example.com/x", "example.com"),
            ("example.com:443", "example.com:443", "example.com"),
            ("localhost:8080/x", "localhost:8080/x", "localhost"),
            ("//cdn.example.com/x", "//cdn.example.com/x", "cdn.example.com"),
            ("https://bücher.example/ä", "https://bücher.example/ä", "bücher.example"),
            ("https://x.example/a;jsessionid=1/b;v=2?q", "https://x.example/a/b", "x.example"),
            ("android-app://com.example.mail/", "android-app://com.example.mail/", "com.example.mail"),
            ("wss://intranet/x", "wss://intranet/x", "intranet"),
        ];
        for (value, page, host) in cases {
            assert_eq!(reduce(Url::Page, value).as_deref(), Some(page), "{value}");
            assert_eq!(reduce(Url::Host, value).as_deref(), Some(host), "{value}");
        }
        assert_eq!(reduce(Url::Page, "/a/b?token=1").as_deref(), Some("/a/b"));
        assert_eq!(reduce(Url::Host, "/a/b"), None);
        assert_eq!(reduce(Url::Page, "/a;x/b"), Some("/a/b".into()));
        for path in ["/;/?", "/;x/example.com"] {
            assert_eq!(reduce(Url::Page, path), None, "{path}: what stays would name a host");
        }
    }

    #[test]
    fn blanks_may_stand_in_a_path_of_which_nothing_stays() {
        let value = "https://example.com/sites/x/Shared Documents/a b.docx?web=1";
        assert_eq!(reduce(Url::Host, value).as_deref(), Some("example.com"));
        assert_eq!(reduce(Url::Page, value), None);
        for value in [
            "https://exa mple.com/x",
            "example.com/a b",
            "/a b",
            "//example.com/a b",
            "https://example.com/a\tb",
            "https://example.com/a\\ b",
        ] {
            assert_eq!(reduce(Url::Host, value), None, "{value}");
        }
    }

    #[test]
    fn what_names_no_place_in_a_network_fails() {
        let values = [
            "mailto:ann@example.com",
            "data:text/plain,ann",
            "javascript:alert(1)",
            "file:///C:/Users/ann/x.docx",
            "file://server/ann",
            "tel:+491234",
            "tel:110",
            "SIP:0/x",
            "about:blank",
            "urn:isbn:1",
            "blob:https://example.com/1",
            "ann",
            "ann smith",
            "ann@example.com",
            "ann:pw@example.com/x",
            "report.docx",
            r"http://ann\pw@example.com/",
            "http://ann pw@example.com",
            "?q=1",
            "#x",
            "https://",
            "https:///x",
            "http://example.com:pw/x",
            "http://exa%6dple.com/",
            "*",
            "https://a..b/",
            "http://[::1/x",
            "http://[ann]/x",
            r"C:\Users\ann",
            "http://example.com:",
            "http://exam\tple.com",
        ];
        for value in values {
            assert_eq!(reduce(Url::Page, value), None, "{value}");
            assert_eq!(reduce(Url::Host, value), None, "{value}");
        }
    }

    fn any_url() -> impl Strategy<Value = String> {
        prop_oneof![
            "(https?://|//|ftp://|)([a-z]{1,3}(:[a-z]{1,3})?@)?[a-zA-Z]{1,4}\\.(com|de|docx|me)(:[0-9]{1,5})?(/[a-z;=@%]{0,5}){0,3}(\\?[a-z=/]{0,6})?(#[a-z/]{0,3})?",
            "[a-c:/?#@\\[\\]. ;\\\\]{0,16}",
            ".{0,16}",
        ]
    }

    proptest! {
        #[test]
        fn labels_are_told_from_dots_side_by_side(host in "[a.]{0,3}|(a{1,9}[.]{1,2}){0,4}a{0,2}|[.]?[a-c]{0,30}[.]{1,2}[a-c]{0,20}") {
            let odd = host.is_empty() || host.starts_with('.') || host.ends_with('.') || host.contains("..");
            prop_assert_eq!(are_labels(host.as_bytes()), !odd);
        }

        #[test]
        fn host_is_coarser_than_page(value in any_url()) {
            let (page, host) = (reduce(Url::Page, &value), reduce(Url::Host, &value));
            if let Some(page) = &page {
                prop_assert_eq!(&reduce(Url::Page, page), &Some(page.clone()));
                prop_assert_eq!(&reduce(Url::Host, page), &host);
                prop_assert!(!page.contains(['?', '#', ';']));
            }
            // A single word, or a name like that of a file, is a host only where a scheme says so; alone it is refused.
            if let Some(again) = host.as_ref().and_then(|host| reduce(Url::Host, host)) {
                prop_assert_eq!(Some(again), host);
            }
        }

        #[test]
        fn user_query_and_fragment_make_no_difference(user in "([a-z:]{1,6}@)?", query in "(\\?[a-z=&/@:]{0,8})?", fragment in "(#[a-z/?]{0,5})?") {
            let value = format!("https://{user}example.com/x{query}{fragment}");
            prop_assert_eq!(reduce(Url::Page, &value), Some("https://example.com/x".into()));
        }
    }
}
