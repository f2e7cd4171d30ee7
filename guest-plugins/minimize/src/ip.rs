//! Addresses, truncated to a prefix.
//!
//! Read are IPv4 and IPv6 with a port (`192.0.2.1:443`, `[2001:db8::1]:443`), a zone (`fe80::1%eth0`), a prefix
//! length (`192.0.2.0/24`), and lists with commas as proxies write them. Written is the address alone, canonical
//! (RFC 5952): ports and zones are dropped, since a client's port ties events together; a prefix length stays if it
//! is not longer than the truncation. An IPv6 address that holds an IPv4 one (mapped, NAT64, 6to4, Teredo) never
//! shows more of it than the IPv4 prefix allows.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tamis_plugin_sdk::block::Block;
use tamis_plugin_sdk::bytes::{first_block, outside};

use crate::Change;

/// So many leading bits stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefixes {
    /// Of an IPv4 address: 0 to 32.
    pub ipv4: u8,
    /// Of an IPv6 address: 0 to 128.
    pub ipv6: u8,
}

/// How most addresses are cut, by their text alone.
#[derive(Clone, Copy)]
pub(crate) struct Cut {
    /// So many numbers of an IPv4 address stay, and what is put for the others; if the prefix ends between two numbers.
    numbers: Option<(u32, &'static str)>,
    /// So many groups of an IPv6 address stay; if the prefix ends between two groups.
    groups: Option<u32>,
}

impl Prefixes {
    /// The change that truncates the addresses; `None` when there is something else among them. `cut` is that of
    /// [`Prefixes::cut`].
    #[inline(always)]
    pub(crate) fn change<'a>(self, cut: Cut, value: &'a str, out: &'a mut String) -> Option<Change<'a>> {
        // Most addresses are this.
        match cut.numbers.and_then(|(numbers, rest)| Some((end_of_network(value, numbers)?, rest))) {
            Some((at, text)) => Some(Change { range: at..value.len(), text }),
            None => match cut.groups.and_then(|count| end_of_groups(value, count)) {
                Some(at) => Some(Change { range: at..value.len(), text: "::" }),
                None => self.unusual(value, out),
            },
        }
    }

    /// As [`Prefixes::change`], of any address.
    #[inline(never)]
    fn unusual<'a>(self, value: &str, out: &'a mut String) -> Option<Change<'a>> {
        let mut ends = [0; 8];
        match groups(value.as_bytes(), &mut ends) {
            Some(groups) => match self.cut_groups(value, &groups, &ends) {
                Some(at) => return Some(Change { range: at..value.len(), text: "::" }),
                None if self.truncate_groups(groups, out).is_none() => self.truncate(value, out)?,
                None => {}
            },
            None => self.truncate(value, out)?,
        }
        Some(Change::whole(value, out))
    }

    /// How an address is cut.
    pub(crate) fn cut(self) -> Cut {
        let numbers = match self.ipv4 {
            24 => Some((3, "0")),
            16 => Some((2, "0.0")),
            8 => Some((1, "0.0.0")),
            _ => None,
        };
        let groups =
            (self.ipv6.is_multiple_of(16) && (32..=96).contains(&self.ipv6)).then(|| u32::from(self.ipv6) / 16);
        Cut { numbers, groups }
    }

    /// Where an IPv6 address ends in front of its `::`, if its prefix ends between two groups, and all of those that
    /// stay are written as they should be and not zero.
    fn cut_groups(self, value: &str, groups: &[u16; 8], ends: &[usize; 8]) -> Option<usize> {
        let kept = self.kept(IpAddr::V6((*groups).into()));
        let count = usize::from(kept) / 16;
        let end = *ends.get(count.checked_sub(1)?)?;
        let text = value.as_bytes().get(..end)?;
        let whole =
            kept.is_multiple_of(16) && count <= 6 && end > 0 && groups.iter().take(count).all(|group| *group > 0);
        let canonical = whole
            && outside(text, 0, [(b'0', b':'), (b'a', b'f')]) == end
            && text.first() != Some(&b'0')
            && ends.iter().take(count - 1).all(|end| text.get(end + 1) != Some(&b'0'));
        canonical.then_some(end)
    }

    /// Appends a truncated IPv6 address in the usual notation; `None` where the general way must decide.
    #[inline(never)]
    fn truncate_groups(self, mut groups: [u16; 8], out: &mut String) -> Option<()> {
        let kept = self.kept(IpAddr::V6(groups.into()));
        for (number, group) in (0u32..).zip(&mut groups) {
            let gone = (16 * (number + 1)).saturating_sub(kept.into());
            *group &= 0xffff_u16.checked_shl(gone).unwrap_or(0);
        }
        // The first group is not zero: addresses that hold IPv4 ones are written otherwise.
        (groups[0] != 0).then(|| write_groups(&groups, out))
    }

    /// Appends the truncated addresses; `None` when there is something else among them.
    #[inline(never)]
    pub(crate) fn truncate(self, value: &str, out: &mut String) -> Option<()> {
        // Most addresses are this, and need neither the general reader nor the general writer.
        if let Some(bits) = dotted(value.as_bytes()) {
            write_dotted(leading(bits.into(), 32, self.ipv4) as u32, out);
            return Some(());
        }
        for (number, part) in value.split(',').enumerate() {
            let (address, length) = parse(part.trim())?;
            let kept = self.kept(address);
            let truncated = match address {
                IpAddr::V4(v4) => IpAddr::V4(Ipv4Addr::from_bits(leading(v4.to_bits().into(), 32, kept) as u32)),
                IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(leading(v6.to_bits(), 128, kept))),
            };
            write!(out, "{}{truncated}", if number == 0 { "" } else { ", " }).ok()?;
            if let Some(length) = length {
                write!(out, "/{}", length.min(kept)).ok()?;
            }
        }
        Some(())
    }

    /// How many leading bits of an address stay.
    fn kept(self, address: IpAddr) -> u8 {
        let IpAddr::V6(v6) = address else { return self.ipv4 };
        match v6.segments() {
            // IPv4-mapped (RFC 4291, 2.5.5.2): an IPv4 address in all but notation.
            [0, 0, 0, 0, 0, 0xffff, ..] => 96 + self.ipv4,
            // IPv4-compatible (RFC 4291, 2.5.5.1), NAT64 (RFC 6052), Teredo (RFC 4380): the last 32 bits.
            [0, 0, 0, 0, 0, 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] | [0x2001, 0, ..] => self.ipv6.min(96 + self.ipv4),
            // 6to4 (RFC 3056): bits 16 to 48.
            [0x2002, ..] => self.ipv6.min(16 + self.ipv4),
            _ => self.ipv6,
        }
    }
}

/// The `kept` leading bits of a number that is `width` bits wide.
fn leading(bits: u128, width: u32, kept: u8) -> u128 {
    let rest = width.saturating_sub(kept.into());
    bits.checked_shr(rest).and_then(|bits| bits.checked_shl(rest)).unwrap_or(0)
}

/// Where the number behind the first `numbers` begins, in an IPv4 address with or without a port, and nothing else.
#[inline(always)]
fn end_of_network(value: &str, numbers: u32) -> Option<usize> {
    let text = value.as_bytes();
    // The longest address has 15 bytes. All of its bytes are looked at together, a bit for each.
    let block = Block::of(&first_block(text));
    let (digit, dot) = (block.within([(b'0', b'9')]), block.is(b'.'));
    let end = (digit | dot).trailing_ones();
    let all = (1 << end) - 1;
    let (digit, dot) = (digit & all, dot & all);
    let first = digit & !(digit << 1);
    let third = first << 2 & digit << 1 & digit;
    // Four numbers, of three digits at most. No leading zeros: some readers take them for octal.
    let sound = first.count_ones() == 4
        && dot.count_ones() == 3
        && third << 1 & digit == 0
        && first & block.is(b'0') & digit >> 1 == 0;
    if !sound || third != 0 && !are_bytes(block, third) {
        return None;
    }
    match text.get(end as usize..)? {
        [] => {}
        [b':', ..] if is_port(value.get(end as usize + 1..)?) => {}
        _ => return None,
    }
    let behind = match numbers {
        1 => dot.trailing_zeros(),
        2 => (dot & (dot - 1)).trailing_zeros(),
        _ => dot.ilog2(),
    };
    Some(behind as usize + 1)
}

/// Whether numbers of three digits, of which these are the last, are at most 255.
#[inline(always)]
fn are_bytes(block: Block, third: u32) -> bool {
    let (above, large) = (block.within([(b'3', b'9')]), block.within([(b'6', b'9')]));
    let over = large << 1 | block.is(b'5') << 1 & large;
    third & (above << 2 | block.is(b'2') << 2 & over) == 0
}

/// Where the first `count` groups of an IPv6 address end, two at least, if these are written as they should be and not zero,
/// and the address is nothing else and holds no IPv4 address. All of its bytes are looked at together, a bit for each.
#[inline(never)]
fn end_of_groups(value: &str, count: u32) -> Option<usize> {
    let text = value.as_bytes();
    // The longest address has 39 bytes.
    if text.len() > 39 || text.starts_with(b"64:") || text.starts_with(b"2002:") {
        return None;
    }
    let (mut colon, mut plain, mut large, mut zero) = (0u64, 0u64, 0u64, 0u64);
    for (at, part) in (0..).step_by(16).zip(text.chunks(16)) {
        let block = Block::of(&first_block(part));
        colon |= u64::from(block.is(b':')) << at;
        plain |= u64::from(block.within([(b'0', b'9'), (b'a', b'f')])) << at;
        large |= u64::from(block.within([(b'A', b'F')])) << at;
        zero |= u64::from(block.is(b'0')) << at;
    }
    let digit = plain | large;
    let first = digit & !(digit << 1);
    let two = colon & colon >> 1;
    let groups = first.count_ones();
    let sound = colon | digit == (1 << text.len()) - 1
        // Four digits at most, and a single colon neither begins nor ends it.
        && digit & digit >> 1 & digit >> 2 & digit >> 3 & digit >> 4 == 0
        && first & 1 == 1
        && (digit | two << 1) >> (text.len() - 1) & 1 == 1
        && if two == 0 { groups == 8 } else { groups < 8 && two.is_power_of_two() };
    // The colon behind the groups that stay.
    let mut rest = colon;
    (1..count).for_each(|_| rest &= rest.wrapping_sub(1));
    let end = rest.trailing_zeros();
    let kept = 1u64.checked_shl(end)?.wrapping_sub(1);
    (sound && (two | large | first & zero) & kept == 0).then_some(end as usize)
}

/// The number of an IPv4 address, with or without a port, and nothing else.
fn dotted(text: &[u8]) -> Option<u32> {
    let (mut bits, mut at) = (0u32, 0);
    // The longest address has 15 bytes, so that a place behind it is never read as its beginning.
    let block = first_block(text);
    let byte = |at: usize| block[at % 16];
    let digit = |at: usize| u32::from(byte(at).wrapping_sub(b'0'));
    for number in 0..4 {
        if number > 0 {
            (byte(at) == b'.').then_some(())?;
            at += 1;
        }
        let (first, second, third) = (digit(at), digit(at + 1), digit(at + 2));
        // No leading zeros: some readers take them for octal.
        let (value, digits) = match () {
            () if first > 9 => return None,
            () if second > 9 || first == 0 => (first, 1),
            () if third > 9 => (first * 10 + second, 2),
            () => (first * 100 + second * 10 + third, 3),
        };
        (value < 256).then_some(())?;
        bits = bits << 8 | value;
        at += digits;
    }
    match text.get(at..)? {
        [] => Some(bits),
        [b':', port @ ..] => is_port(std::str::from_utf8(port).ok()?).then_some(bits),
        _ => None,
    }
}

/// An IPv6 address in hexadecimal groups, and nothing else; and where the groups in front of `::` end.
#[inline(never)]
fn groups(text: &[u8], ends: &mut [usize; 8]) -> Option<[u16; 8]> {
    let (mut groups, mut count, mut gap, mut at) = ([0u16; 8], 0, None, 0);
    if text.starts_with(b"::") {
        (gap, at) = (Some(0), 2);
    }
    while at < text.len() {
        let (mut value, from) = (0u16, at);
        while let Some(digit) = text.get(at).and_then(|byte| hexadecimal(*byte)) {
            value = value << 4 | digit;
            at += 1;
        }
        if !(1..=4).contains(&(at - from)) {
            return None;
        }
        *groups.get_mut(count)? = value;
        if gap.is_none() {
            *ends.get_mut(count)? = at;
        }
        count += 1;
        match text.get(at..)? {
            [] => break,
            [b':', b':', ..] if gap.is_none() => (gap, at) = (Some(count), at + 2),
            [b':', _, ..] => at += 1,
            _ => return None,
        }
    }
    match gap {
        None => (count == 8).then_some(groups),
        // The gap stands for one group at least; what is behind it goes to the end.
        Some(gap) => (count < 8).then(|| {
            groups.copy_within(gap..count, 8 - (count - gap));
            groups[gap..8 - (count - gap)].fill(0);
            groups
        }),
    }
}

fn hexadecimal(byte: u8) -> Option<u16> {
    match byte {
        b'0'..=b'9' => Some(u16::from(byte - b'0')),
        b'a'..=b'f' => Some(u16::from(byte - b'a') + 10),
        b'A'..=b'F' => Some(u16::from(byte - b'A') + 10),
        _ => None,
    }
}

/// Appends an address (RFC 5952): the first of the longest rows of zeros becomes `::`.
fn write_groups(groups: &[u16; 8], out: &mut String) {
    let (mut gap, mut row) = (0..0, 0);
    for (number, group) in groups.iter().enumerate() {
        row = if *group == 0 { row + 1 } else { 0 };
        if row > gap.len().max(1) {
            gap = number + 1 - row..number + 1;
        }
    }
    let mut number = 0;
    while let Some(group) = groups.get(number) {
        if !gap.is_empty() && number == gap.start {
            out.push_str("::");
            number = gap.end;
            continue;
        }
        if number > 0 && number != gap.end {
            out.push(':');
        }
        for shift in [12, 8, 4, 0] {
            if shift == 0 || group >> shift > 0 {
                let digit = (group >> shift & 15) as u8;
                out.push(char::from(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }));
            }
        }
        number += 1;
    }
}

fn write_dotted(bits: u32, out: &mut String) {
    for (number, octet) in bits.to_be_bytes().into_iter().enumerate() {
        if number > 0 {
            out.push('.');
        }
        for (unit, digits) in [(100, 3), (10, 2), (1, 1)] {
            if octet >= unit || digits == 1 {
                out.push(char::from(b'0' + octet / unit % 10));
            }
        }
    }
}

/// The address of a text, and the prefix length behind it.
fn parse(text: &str) -> Option<(IpAddr, Option<u8>)> {
    if let Ok(address) = text.parse() {
        return Some((address, None));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (inside, behind) = rest.split_once(']')?;
        let plain = behind.is_empty() || behind.strip_prefix(':').is_some_and(is_port);
        return plain.then_some((without_zone(inside)?, None));
    }
    if let Some((address, length)) = text.split_once('/') {
        let address = without_zone(address)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let length = length.bytes().all(|byte| byte.is_ascii_digit()).then(|| length.parse().ok())??;
        return (length <= longest).then_some((address, Some(length)));
    }
    // A port needs no brackets behind a dotted address, `::ffff:192.0.2.1:443` included.
    if let Some((address, port)) = text.rsplit_once(':')
        && address.contains('.')
        && is_port(port)
    {
        return Some((address.parse().ok()?, None));
    }
    without_zone(text).map(|address| (address, None))
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

fn without_zone(text: &str) -> Option<IpAddr> {
    match text.split_once('%') {
        Some((address, zone)) if !zone.is_empty() => address.parse().ok().map(IpAddr::V6),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn truncate(ipv4: u8, ipv6: u8, value: &str) -> Option<String> {
        let mut out = String::new();
        Prefixes { ipv4, ipv6 }.truncate(value, &mut out).map(|()| out)
    }

    /// Documentation addresses (RFC 5737, RFC 3849) in the forms that Microsoft 365, Entra and proxies write.
    #[test]
    fn every_form_becomes_its_network() {
        let cases = [
            ("192.0.2.77", "192.0.2.0"),
            ("192.0.2.77:443", "192.0.2.0"),
            ("192.0.2.77/32", "192.0.2.0/24"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
            ("2001:DB8:0001::ABCD", "2001:db8:1::"),
            ("[2001:db8:1:2::1]", "2001:db8:1::"),
            ("[2001:db8:1:2::1]:443", "2001:db8:1::"),
            ("2001:db8:1:2::/64", "2001:db8:1::/48"),
            ("fe80::1%eth0", "fe80::"),
            ("[fe80::1%25eth0]:80", "fe80::"),
            ("::1", "::"),
            ("::ffff:192.0.2.77", "::ffff:192.0.2.0"),
            ("::ffff:192.0.2.77:443", "::ffff:192.0.2.0"),
            ("[::ffff:c000:24d]:443", "::ffff:192.0.2.0"),
            ("::ffff:192.0.2.77/128", "::ffff:192.0.2.0/120"),
            ("2002:c000:24d:1::1", "2002:c000:200::"),
            ("192.0.2.77, 198.51.100.9:80,::1", "192.0.2.0, 198.51.100.0, ::"),
            (" 192.0.2.77 ", "192.0.2.0"),
        ];
        for (value, network) in cases {
            assert_eq!(truncate(24, 48, value).as_deref(), Some(network), "{value}");
        }
        assert_eq!(truncate(16, 32, "192.0.2.77").as_deref(), Some("192.0.0.0"));
        assert_eq!(truncate(0, 0, "192.0.2.77").as_deref(), Some("0.0.0.0"));
        assert_eq!(truncate(0, 128, "64:ff9b::192.0.2.77").as_deref(), Some("64:ff9b::"));
        assert_eq!(truncate(32, 128, "[2001:DB8::1]:1").as_deref(), Some("2001:db8::1"));
    }

    #[test]
    fn the_short_way_reads_and_writes_as_the_general_one() {
        for value in ["0.0.0.0", "255.255.255.255", "10.20.30.40", "1.2.3.4:0", "100.0.10.1:65535"] {
            let bits = dotted(value.as_bytes()).unwrap();
            let plain = value.split(':').next().unwrap();
            assert_eq!(IpAddr::V4(Ipv4Addr::from_bits(bits)), plain.parse::<IpAddr>().unwrap());
            let mut out = String::new();
            write_dotted(bits, &mut out);
            assert_eq!(out, plain);
        }
        for value in [
            "256.1.1.1",
            "260.1.1.1",
            "999.1.1.1",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "1.2.3.4 ",
            "1.2.3.4:x",
            "1..3.4",
            "",
        ] {
            assert_eq!(dotted(value.as_bytes()), None, "{value}");
        }
    }

    /// Where the number behind so many begins, if the text is an address at all.
    fn end_by_hand(value: &str, numbers: usize) -> Option<usize> {
        dotted(value.as_bytes())?;
        value.match_indices('.').nth(numbers - 1).map(|(dot, _)| dot + 1)
    }

    #[test]
    fn usual_groups_are_cut_without_reading_them() {
        for (value, end) in [
            ("2001:db8:1:2:3:4:5:6", Some(10)),
            ("2001:db8:1:2::1", Some(10)),
            ("2001:db8:1::1", Some(10)),
            ("2001:db8::1", None),
            ("2001:db8:1:2:3:4:5", None),
            ("2001:db8:1:2:3:4:5:", None),
            ("2001:db8:1:2:3:4:5::", Some(10)),
            ("2001:db8:1:2::3::4", None),
            ("2001:db8:1:2:::4", None),
            ("2001:db8:1:22222::4", None),
            ("2001:db8:1:2:3:4:5:6:7", None),
            ("2001:DB8:1:2::", None),
            ("2001:0db8:1:2::", None),
            ("2001:db8:1:2::A", Some(10)),
            ("2001:db8:1:2::1.2.3.4", None),
            ("64:ff9b:1:2::", None),
            ("2002:db8:1:2::", None),
            (":2001:db8:1:2::", None),
            ("", None),
        ] {
            assert_eq!(end_of_groups(value, 3), end, "{value}");
        }
    }

    #[test]
    fn every_number_is_read_at_every_place() {
        for number in (0..=1100).map(|number: u32| number.to_string()).chain(["00".into(), "01".into(), "007".into()]) {
            for value in ["N.0.0.0", "10.N.255.3", "192.168.N.1", "8.8.8.N", "255.255.255.N:1", "N.N.N.N", "N.1.1.1.1"]
            {
                let value = value.replace('N', &number);
                for numbers in 1..=3 {
                    let end = end_of_network(&value, numbers);
                    assert_eq!(end, end_by_hand(&value, numbers as usize), "{value} {numbers}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_end_of_a_network_is_found_at_once(
            value in "([0-9]{0,4}[.]){0,5}[0-9]{0,4}(:[0-9x]{0,6}|[.:/a\0é]{0,3})|([0-9]{1,3}[.]){3}[0-9]{1,3}(:[0-9]{1,5})?",
        ) {
            for numbers in 1..=3 {
                prop_assert_eq!(end_of_network(&value, numbers), end_by_hand(&value, numbers as usize), "{}", value);
            }
        }

        #[test]
        fn the_end_of_groups_is_found_at_once(
            address in address(), few in "([1-9a-f][0-9a-f]{0,3}:){1,7}(:?[0-9a-fA-F]{0,5})", text in "([0-9a-fA-F]{0,5}::?){0,9}[0-9a-f.%]{0,4}",
        ) {
            for (value, count) in [&address, &few, &text].into_iter().flat_map(|value| (2..=6).map(move |count| (value, count))) {
                let Some(end) = end_of_groups(value, count) else { continue };
                let slow = truncate(24, 16 * count as u8, value);
                prop_assert_eq!(slow, Some(format!("{}::", &value[..end])), "{}", value);
            }
        }

        #[test]
        fn groups_are_read_and_written_as_the_standard_library_does(bits: u128, zeros in 0..8u32, many in 0..6u32, text in "[0-9a-fA-F:]{0,20}|::|([0-9a-f]{0,5}::?){1,9}[0-9a-f]{0,4}") {
            let hole = u128::MAX.checked_shl(16 * many).map_or(u128::MAX, |ones| !ones);
            let address = Ipv6Addr::from_bits(bits & !hole.checked_shl(16 * zeros).unwrap_or(0) | 1 << 127);
            let mut out = String::new();
            write_groups(&address.segments(), &mut out);
            prop_assert_eq!(&out, &address.to_string());
            for text in [text, out, address.to_string().to_ascii_uppercase()] {
                prop_assert_eq!(groups(text.as_bytes(), &mut [0; 8]).map(Ipv6Addr::from), text.parse().ok(), "{}", text);
            }
        }
    }

    #[test]
    fn what_is_no_address_fails() {
        let values = [
            "localhost",
            "AWS Internal",
            "s3.amazonaws.com",
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "01.2.3.4",
            "1.2.3.4:",
            "1.2.3.4:99999",
            "1.2.3.4:-1",
            "[1.2.3.4",
            "[::1]x",
            "::1/129",
            "1.2.3.4/33",
            "1.2.3.4/+8",
            "1.2.3.4%eth0",
            "fe80::1%",
            "1.2.3.4,",
            "1.2.3.4 ann",
            "user@1.2.3.4",
            ":",
            "/",
            "%",
            "1.2.3.4/",
            "1.2.3.4:+80",
        ];
        for value in values {
            assert_eq!(truncate(24, 48, value), None, "{value}");
        }
    }

    fn address() -> impl Strategy<Value = String> {
        let special = prop_oneof![
            Just(0u128),
            Just(0xffff_0000_0000u128),
            Just(0x64_ff9b_u128 << 96),
            Just(0x2001_0000u128 << 96),
            Just(0x2002u128 << 112),
            Just(0x2001_0db8u128 << 96),
        ];
        prop_oneof![
            any::<u32>().prop_map(|bits| Ipv4Addr::from_bits(bits).to_string()),
            any::<u128>().prop_map(|bits| Ipv6Addr::from_bits(bits).to_string()),
            (special, any::<u128>(), 0..128u32).prop_map(|(s, b, n)| Ipv6Addr::from_bits(s | b >> n).to_string()),
        ]
    }

    fn form(address: &str, form: u8) -> String {
        match (form, address.contains(':')) {
            (1, false) => format!("{address}:50123"),
            (1, true) => format!("[{address}]:50123"),
            (2, true) => format!("{address}%eth0"),
            (3, false) => format!("{address}/27"),
            (3, true) => format!("{address}/97"),
            _ => address.into(),
        }
    }

    proptest! {
        #[test]
        fn truncation_is_a_ladder(a in address(), f in 0..4u8, v4 in 0..=32u8, v6 in 0..=128u8, c4 in 0..=32u8, c6 in 0..=128u8) {
            let value = form(&a, f);
            let fine = truncate(v4, v6, &value).unwrap();
            prop_assert_eq!(truncate(v4, v6, &fine), Some(fine.clone()));
            let (c4, c6) = (c4.min(v4), c6.min(v6));
            prop_assert_eq!(truncate(c4, c6, &fine), truncate(c4, c6, &value));
        }

        #[test]
        fn only_the_network_matters(net in any::<u32>(), a in any::<u32>(), b in any::<u32>(), fa in 0..3u8, fb in 0..3u8) {
            let host = |host: u32| Ipv4Addr::from_bits(net & 0xffff_ff00 | host & 0xff).to_string();
            prop_assert_eq!(truncate(24, 48, &form(&host(a), fa)), truncate(24, 48, &form(&host(b), fb)));
            let mapped = |a: u32| truncate(24, 128, &form(&format!("::ffff:{}", host(a)), 1));
            prop_assert_eq!(mapped(a), mapped(b));
        }

        #[test]
        fn never_panics(value in "[0-9a-f:.%/\\[\\], ]{0,40}|.{0,20}") {
            truncate(24, 48, &value);
        }
    }
}
