//! IPv6 addresses.

use std::net::Ipv6Addr;

use super::{Anchor, Finder, Hit, Site};
use crate::check::{before, byte, run};
use crate::types::Confidence::{Certain, Likely, Possible};

pub(crate) static IPV6: Finder = Finder { anchors: &[Anchor::HexRun], digits: 0, surest: Certain, find };

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
