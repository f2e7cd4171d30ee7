//! IPv6 addresses.

use std::net::Ipv6Addr;

use super::{Anchor, Entity, Hit, Site};
use crate::check::{before, byte, run};
use crate::types::Confidence::{Certain, Likely, Possible};

pub(crate) static IPV6: Entity = Entity {
    name: "network.ipv6",
    sets: &["personal", "network"],
    title: "IPv6 address",
    source: "RFC 4291 section 2.2, RFC 4007 section 11, RFC 5952",
    keywords: &[
        "ip", "ips", "ipv6", "ipaddr*", "client", "host", "address", "remote", "addr", "dns", "gateway", "subnet",
    ],
    against: &[],
    anchors: &[Anchor::HexRun],
    digits: 0,
    surest: Certain,
    examples: &[
        "2001:db8::1",
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "[2001:db8::1]:443",
        "fe80::1%eth0",
        "::ffff:192.0.2.1",
        "64:ff9b::192.0.2.33",
        "::1",
        "0:0:0:0:0:FFFF:129.144.52.38",
        "2001:db8::/32",
    ],
    counter_examples: &[
        "12:34:56",
        "std::fade",
        "MyClass::toString",
        "a::b",
        "aa:bb:cc:dd:ee:ff",
        "00:11:22:33:44:55:66:77",
        "1:2:3:4",
        "2001:db8::256.1.1.1",
        "::",
        "key: value",
        "2024-01-01T10:20:30.123",
        "a:b:c:d:e:f:1:2:3",
    ],
    find,
};

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let text = site.text;
    let (start, mut end) = site.run;
    let colons = |end: usize| text.get(start..end).unwrap_or_default().iter().filter(|&&b| b == b':').count();
    // A sentence goes on behind the address.
    while before(text, end) == b'.' || before(text, end) == b':' && !text.get(..end).is_some_and(|t| t.ends_with(b"::"))
    {
        if end <= start + 2 {
            return;
        }
        end -= 1;
    }
    let Some(run) = text.get(start..end).filter(|run| (3..=45).contains(&run.len())) else { return };
    let short = run.windows(2).any(|pair| pair == b"::");
    if !short && !matches!(colons(end), 6 | 7) {
        return;
    }
    let next = byte(text, end);
    if next.is_ascii_alphanumeric() || next == b'_' {
        return;
    }
    let Some(address) = std::str::from_utf8(run).ok().and_then(|run| run.parse::<Ipv6Addr>().ok()) else { return };
    let groups = run.split(|&b| b == b':').filter(|group| !group.is_empty());
    let count = groups.clone().count();
    let digits = run.iter().any(u8::is_ascii_digit);
    let pairs = !short && groups.clone().all(|group| group.len() == 2);
    let wide = groups.clone().any(|group| group.len() >= 3);
    let confidence = if address.is_unspecified() {
        Possible
    } else if site.attached && short && count < 3 || pairs || !digits && count < 4 {
        Possible
    } else if count >= 5 && wide {
        Certain
    } else if count >= 3 || address.is_loopback() || wide {
        Likely
    } else {
        Possible
    };
    if confidence == Possible && count == 0 {
        return;
    }
    hits.push(Hit::new(start, zone(text, end), confidence));
}

/// Behind the zone (`%eth0`) that follows, if there is one.
fn zone(text: &[u8], end: usize) -> usize {
    let stop = run_zone(text, end);
    if byte(text, end) == b'%' && stop > end + 1 { stop } else { end }
}

fn run_zone(text: &[u8], end: usize) -> usize {
    run(text, end + 1, 20, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'~'))
}

#[cfg(test)]
mod tests {
    use crate::tests::{found, texts};

    #[test]
    fn the_span_is_the_address_with_its_zone() {
        assert_eq!(texts("network.ipv6", "to [fe80::1%eth0]:22 and 2001:db8::2: ok"), ["fe80::1%eth0", "2001:db8::2"]);
        assert_eq!(texts("network.ipv6", "ip:2001:db8::7."), ["2001:db8::7"]);
        assert_eq!(texts("network.ipv6", "x=::ffff:192.0.2.1,"), ["::ffff:192.0.2.1"]);
    }

    #[test]
    fn short_forms_that_code_has_too_want_a_hint() {
        assert_eq!(found("network.ipv6", "likely", &["ip"], "a::b").len(), 1);
    }
}
