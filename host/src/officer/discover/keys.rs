//! Keys: the words they are made of, and which of them are values.

use super::shape::Shape;

/// Longest key that is a name, in bytes.
const LONGEST: usize = 96;
/// Digits in a row that no name of a field has.
const DIGITS: usize = 6;

/// The words of a key: small letters, singular, without digits at their ends. `sourceIPAddresses` is `source ip address`.
pub(super) fn words(key: &str) -> Vec<String> {
    let chars: Vec<char> = key.chars().collect();
    let (mut words, mut word) = (Vec::new(), String::new());
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let next = chars.get(at + 1);
        // `IPs` is one word, `IPAddress` two.
        let plural = next == Some(&'s') && chars.get(at + 2).is_none_or(|c| !c.is_lowercase());
        let turns = c.is_uppercase()
            && (before.is_some_and(|c| c.is_lowercase() || c.is_numeric())
                || (before.is_some_and(char::is_uppercase) && next.is_some_and(|c| c.is_lowercase()) && !plural));
        if !c.is_alphanumeric() || turns {
            finish(&mut word, &mut words);
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    finish(&mut word, &mut words);
    words
}

fn finish(word: &mut String, words: &mut Vec<String>) {
    let bare = word.trim_end_matches(|c: char| c.is_numeric());
    if !bare.is_empty() {
        words.push(singular(bare));
    }
    word.clear();
}

fn singular(word: &str) -> String {
    let stem = match word {
        "addresses" => "address",
        "queries" => "query",
        "identities" => "identity",
        "activities" => "activity",
        "properties" => "property",
        _ if word.len() > 2
            && !word.ends_with("ss")
            && !word.ends_with("us")
            && !word.ends_with("is")
            && word != "https"
            && word != "os" =>
        {
            word.strip_suffix('s').unwrap_or(word)
        }
        _ => word,
    };
    stem.to_owned()
}

/// Whether a key is a value: an address, a number, somebody's path. Such keys are never printed.
pub(super) fn is_value(key: &str) -> bool {
    let digits = key.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    let run = digits.filter(|run| run[0].is_ascii_digit()).map(<[u8]>::len).max().unwrap_or(0);
    let shaped = || match Shape::of(key) {
        Shape::Url => key.contains(['?', '@']),
        Shape::Path => !key.contains("://") && key.contains('\\') || key.starts_with('/'),
        Shape::Word | Shape::Text | Shape::List | Shape::Pairs => false,
        Shape::Agent => false,
        Shape::Empty => key.trim().is_empty(),
        Shape::Token => run >= 4,
        _ => true,
    };
    key.len() > LONGEST
        || run >= DIGITS
        || key.chars().any(char::is_control)
        || key.get(1..).is_some_and(|rest| rest.contains('@'))
        || shaped()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_of_words() {
        for (key, wanted) in [
            ("sourceIPAddresses", "source ip address"),
            ("sourceIPs", "source ip"),
            ("UserId_", "user id"),
            ("p_any_ip_addresses", "p any ip address"),
            ("phone4", "phone"),
            ("cidrIpv4", "cidr ipv"),
            ("LogonUserSid", "logon user sid"),
            ("status", "status"),
            ("HTTPMethod", "http method"),
            ("Größe", "größe"),
        ] {
            assert_eq!(words(key).join(" "), wanted, "{key}");
        }
    }

    #[test]
    fn keys_that_are_values_are_told() {
        for key in
            ["192.0.2.7", "anna@example.de", "4711", "6a7cf4a8-23ff-4e0c-9d52-6a2f6d7c1b11", "C:\\Users\\anna", ""]
        {
            assert!(is_value(key), "{key}");
        }
        for key in ["UserId", "@timestamp", "http://schemas.example/claims/upn", "Date (UTC)", "event.action", "k8s"] {
            assert!(!is_value(key), "{key}");
        }
    }
}
