//! How a value is written, told by its form alone.

use std::net::IpAddr;

/// Longest text whose form is looked at, in bytes; longer ones are [`Shape::Text`].
const LONGEST: usize = 64 << 10;

/// The form of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Nothing, or a sign that says so.
    Empty,
    /// An address, also with a port or as a network.
    Ip,
    /// An e-mail address.
    Email,
    /// A date, with or without a time of day.
    Time,
    /// `scheme://…`.
    Url,
    /// 32 hexadecimal digits in groups.
    Uuid,
    /// Digits, with a sign or a point.
    Number,
    /// Of a file: parts between slashes or backslashes.
    Path,
    /// `Product/1.0 …`.
    Agent,
    /// A JSON object or array.
    Json,
    /// `key=value key=value`.
    Pairs,
    /// Parts between commas or semicolons.
    List,
    /// One long run of letters and digits.
    Token,
    /// Anything else without a blank.
    Word,
    /// Anything else.
    Text,
}

impl Shape {
    /// How many there are.
    pub const COUNT: usize = 15;

    /// All, in order.
    pub const ALL: [Shape; Self::COUNT] = [
        Shape::Empty,
        Shape::Ip,
        Shape::Email,
        Shape::Time,
        Shape::Url,
        Shape::Uuid,
        Shape::Number,
        Shape::Path,
        Shape::Agent,
        Shape::Json,
        Shape::Pairs,
        Shape::List,
        Shape::Token,
        Shape::Word,
        Shape::Text,
    ];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Empty => "empty",
            Shape::Ip => "ip",
            Shape::Email => "e-mail",
            Shape::Time => "time",
            Shape::Url => "url",
            Shape::Uuid => "uuid",
            Shape::Number => "number",
            Shape::Path => "path",
            Shape::Agent => "agent",
            Shape::Json => "json",
            Shape::Pairs => "key=value",
            Shape::List => "list",
            Shape::Token => "token",
            Shape::Word => "word",
            Shape::Text => "text",
        }
    }

    /// The shape of a string. Whether what begins as JSON is JSON is for the caller to find out.
    ///
    /// ```
    /// use tamis::officer::discover::Shape;
    /// assert_eq!(Shape::of("192.0.2.7:443"), Shape::Ip);
    /// assert_eq!(Shape::of("2026-11-03T06:00:00Z"), Shape::Time);
    /// assert_eq!(Shape::of("UserLoggedIn"), Shape::Word);
    /// ```
    pub fn of(text: &str) -> Shape {
        let text = text.trim();
        if text.len() > LONGEST {
            return Shape::Text;
        }
        let first = [
            (Shape::Empty, is_empty as fn(&str) -> bool),
            (Shape::Json, is_bracketed),
            (Shape::Ip, is_ip),
            (Shape::Uuid, is_uuid),
            (Shape::Number, is_number),
            (Shape::Time, is_time),
            (Shape::Email, is_email),
            (Shape::Url, is_url),
            (Shape::Agent, is_agent),
            (Shape::Path, is_path),
            (Shape::Pairs, is_pairs),
            (Shape::List, is_list),
            (Shape::Token, is_token),
        ];
        let known = first.iter().find(|(_, is)| is(text)).map(|(shape, _)| *shape);
        known.unwrap_or(if text.contains(char::is_whitespace) { Shape::Text } else { Shape::Word })
    }
}

fn is_empty(text: &str) -> bool {
    matches!(text, "" | "-" | "--" | "null" | "None" | "N/A" | "n/a" | "(null)" | "{}" | "[]")
}

fn is_ip(text: &str) -> bool {
    if text.len() > 60 || !text.bytes().any(|b| b == b'.' || b == b':') {
        return false;
    }
    let network = text.split_once('/').filter(|(_, bits)| bits.parse::<u8>().is_ok()).map_or(text, |(ip, _)| ip);
    let bare = network.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(network, |(ip, _)| ip);
    let with_port = bare.split_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(bare, |(ip, _)| ip);
    bare.parse::<IpAddr>().is_ok() || with_port.parse::<IpAddr>().is_ok()
}

fn is_uuid(text: &str) -> bool {
    let bare = text.trim_start_matches('{').trim_end_matches('}');
    let groups = [8, 4, 4, 4, 12];
    bare.len() == 36
        && bare.split('-').map(str::len).eq(groups)
        && bare.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']);
    digits.len() <= 40
        && digits.bytes().any(|b| b.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.bytes().filter(|b| *b == b'.').count() <= 1
}

/// `2026-11-03…`, `03/Nov/2026…`, `11/3/2026 6:00…`, `Nov  3 06:00:00…`, `Tue, 03 Nov 2026 …`.
fn is_time(text: &str) -> bool {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    if !(8..=60).contains(&text.len()) || !text.is_ascii() {
        return false;
    }
    let parts: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let number = |at: usize, most: u32| {
        let digits = parts.get(at).map(|part| part.trim_end_matches(|c: char| c.is_ascii_alphabetic()));
        digits.and_then(|part| part.split('T').next()?.parse::<u32>().ok()).is_some_and(|n| n <= most)
    };
    let year = |at: usize| {
        parts.get(at).is_some_and(|part| part.len() == 4 && (part.starts_with("19") || part.starts_with("20")))
    };
    let month = |at: usize| {
        let begins = |part: &&str| part.get(..3).is_some_and(|m| MONTHS.contains(&m.to_ascii_lowercase().as_str()));
        parts.get(at).is_some_and(begins)
    };
    let separated = text.contains(['-', '/', ' ', ':', '.']);
    let numeric = (year(0) && number(1, 12) && number(2, 31)) || (year(2) && number(0, 31) && number(1, 31));
    let named = (0..3).any(month) && (0..3).any(|at| number(at, 31)) && (text.contains(':') || (0..4).any(year));
    separated && ((numeric && parts.len() <= 10) || (named && parts.len() <= 11))
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.trim_matches(['<', '>']).rsplit_once('@') else { return false };
    let plain =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "<>,;\"{}()".contains(c));
    plain(local) && plain(domain) && domain.contains('.') && !local.contains('/')
}

fn is_bracketed(text: &str) -> bool {
    (text.starts_with('{') && text.ends_with('}')) || (text.starts_with('[') && text.ends_with(']'))
}

fn is_url(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|s| {
        !s.is_empty() && s.len() <= 24 && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    }) && !text.contains(' ')
}

fn is_agent(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    first.split_once('/').is_some_and(|(product, version)| {
        product.starts_with(|c: char| c.is_ascii_alphabetic())
            && product.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
            && version.starts_with(|c: char| c.is_ascii_digit())
            && (version.contains('.') || text.contains(' '))
    })
}

fn is_path(text: &str) -> bool {
    let drive = text.as_bytes();
    let rooted = (drive.len() > 2 && drive[0].is_ascii_alphabetic() && drive[1] == b':' && b"\\/".contains(&drive[2]))
        || text.starts_with("\\\\")
        || text.starts_with("~/")
        || (text.starts_with('/') && text.len() > 1 && !text.starts_with("/ "));
    rooted || (!text.contains(char::is_whitespace) && text.matches(['/', '\\']).count() >= 2)
}

fn is_pairs(text: &str) -> bool {
    let pair = |word: &&str| {
        word.split_once('=').is_some_and(|(key, _)| {
            !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
        })
    };
    text.split([' ', '\t', ',', '&']).filter(pair).take(2).count() == 2
}

fn is_list(text: &str) -> bool {
    text.matches([',', ';', '|']).count() >= 2 && !text.contains(". ")
}

fn is_token(text: &str) -> bool {
    text.len() >= 16
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_+/=.:".contains(&b))
        && text.bytes().filter(u8::is_ascii_digit).count() >= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_told_by_form() {
        for (text, shape) in [
            ("", Shape::Empty),
            ("192.0.2.1", Shape::Ip),
            ("2001:db8::1", Shape::Ip),
            ("[2001:db8::1]:443", Shape::Ip),
            ("192.0.2.0/24", Shape::Ip),
            ("anna.meier@example.de", Shape::Email),
            ("2026-11-03", Shape::Time),
            ("2026-11-03 06:00:00.123 +01:00", Shape::Time),
            ("03/Nov/2026:06:00:00 +0100", Shape::Time),
            ("11/3/2026 6:00:00 AM", Shape::Time),
            ("Nov  3 06:00:00", Shape::Time),
            ("10.5", Shape::Number),
            ("-7", Shape::Number),
            ("https://example.com/a?b=c", Shape::Url),
            ("6a7cf4a8-23ff-4e0c-9d52-6a2f6d7c1b11", Shape::Uuid),
            ("/home/anna", Shape::Path),
            ("C:\\Users\\anna", Shape::Path),
            ("Mozilla/5.0 (X11)", Shape::Agent),
            ("{\"a\":1}", Shape::Json),
            ("{\"a\":\"anna.meier@example.de\"}", Shape::Json),
            ("a=1 b=2", Shape::Pairs),
            ("a,b,c", Shape::List),
            ("00u1abcd2efgh3ijk4lm", Shape::Token),
            ("UserLoggedIn", Shape::Word),
            ("Anna Meier", Shape::Text),
            ("10.0.17134.1", Shape::Word),
        ] {
            assert_eq!(Shape::of(text), shape, "{text}");
        }
        assert!(Shape::ALL.iter().enumerate().all(|(number, shape)| *shape as usize == number));
    }
}
