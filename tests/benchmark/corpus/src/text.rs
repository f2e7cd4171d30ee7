//! Values: people, addresses, numbers, and free text with something personal in it now and then.

use std::fmt::Write as _;

use crate::random::Random;

const FIRST: [&str; 24] = [
    "anna", "ben", "clara", "david", "emma", "finn", "greta", "hugo", "ida", "jonas", "karla", "leo", "mia", "noah",
    "olga", "paul", "rosa", "samuel", "tilda", "umut", "vera", "wanda", "yusuf", "zoe",
];
const LAST: [&str; 24] = [
    "meier", "schulz", "fischer", "weber", "wagner", "becker", "koch", "richter", "wolf", "neumann", "schwarz",
    "braun", "hofmann", "krueger", "lange", "werner", "krause", "lehmann", "maier", "huber", "kaiser", "fuchs",
    "peters", "scholz",
];
const HOSTS: [&str; 4] = ["example.com", "example.org", "mail.example.net", "werke.example.com"];
const WORDS: [&str; 40] = [
    "please",
    "check",
    "the",
    "delivery",
    "from",
    "last",
    "week",
    "because",
    "our",
    "customer",
    "says",
    "that",
    "it",
    "never",
    "arrived",
    "für",
    "die",
    "nächste",
    "Prüfung",
    "größer",
    "than",
    "expected",
    "and",
    "we",
    "need",
    "an",
    "answer",
    "before",
    "Friday",
    "thanks",
    "meeting",
    "moved",
    "to",
    "room",
    "quarterly",
    "figures",
    "look",
    "fine",
    "order",
    "again",
];
const AGENTS: [&str; 8] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "curl/8.16.0",
];
const PEOPLE: u64 = 20_000;

/// Number of a person: a few are busy, most are not.
pub fn person(random: &mut Random) -> u64 {
    if random.percent(50) { random.below(PEOPLE / 50) } else { random.below(PEOPLE) }
}

/// A person's address; one in ten is spelled with capitals.
pub fn email(random: &mut Random, person: u64, out: &mut String) {
    let first = FIRST[(person % 24) as usize];
    let last = LAST[(person / 24 % 24) as usize];
    let host = HOSTS[(person % 4) as usize];
    let from = out.len();
    write!(out, "{first}.{last}{}@{host}", person / 576).expect("text");
    if random.percent(10) {
        out[from..].make_ascii_uppercase();
    }
}

/// A person's key in some directory.
pub fn key(person: u64, out: &mut String) {
    write!(out, "{:016X}", person.wrapping_mul(0x9e37_79b9_7f4a_7c15)).expect("text");
}

/// A UUID of random bits.
pub fn uuid(random: &mut Random, out: &mut String) {
    let (a, b) = (random.bits(), random.bits());
    let (b, c) = (b >> 48, b & 0xffff_ffff_ffff);
    write!(out, "{:08x}-{:04x}-4{:03x}-a{:03x}-{c:012x}", a >> 32, a >> 16 & 0xffff, a & 0xfff, b & 0xfff)
        .expect("text");
}

/// One of a small number of UUIDs.
pub fn known_uuid(random: &mut Random, many: u64, out: &mut String) {
    let mut one = Random::new(0x9e37_79b9 + random.below(many));
    one.bits();
    uuid(&mut one, out);
}

/// An address; one in twelve is IPv6.
pub fn ip(random: &mut Random, out: &mut String) {
    if random.below(12) == 0 {
        let (a, b, c) = (random.below(0xffff), random.below(0xffff), 1 + random.below(0xfffe));
        write!(out, "2001:db8:{:x}:{:x}::{c:x}", a + 1, b + 1).expect("text");
    } else {
        let net = random.of(&["192.0.2", "198.51.100", "203.0.113"]);
        write!(out, "{net}.{}", 1 + random.below(254)).expect("text");
    }
}

/// A time of 2026, without its zone.
pub fn time(random: &mut Random, out: &mut String) {
    let (month, day) = (1 + random.below(12), 1 + random.below(28));
    let (hour, minute, second) = (random.below(24), random.below(60), random.below(60));
    write!(out, "2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}").expect("text");
}

/// A user agent.
pub fn agent(random: &mut Random, out: &mut String) {
    out.push_str(random.of(&AGENTS));
}

/// A card that passes Luhn, in one of three spellings.
pub fn card(random: &mut Random, out: &mut String) {
    let mut digits = [0u8; 16];
    digits[0] = 4;
    digits[1..15].iter_mut().for_each(|digit| *digit = random.below(10) as u8);
    let doubled = |digit: u8| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = (0..15).map(|i| u32::from(if i % 2 == 0 { doubled(digits[i]) } else { digits[i] })).sum();
    digits[15] = ((10 - sum % 10) % 10) as u8;
    let between = random.of(&["", " ", "-"]);
    for (place, digit) in digits.iter().enumerate() {
        if place > 0 && place % 4 == 0 {
            out.push_str(between);
        }
        out.push(char::from(b'0' + digit));
    }
}

/// Free text of about so many words. One in four names an address, one in sixteen a card; others hold numbers that are none.
/// It is JSON already: one in eight has escapes.
pub fn prose(random: &mut Random, words: u64, out: &mut String) {
    let words = words / 2 + random.below(words);
    let (mail, pay) =
        (random.percent(25).then(|| random.below(words)), (random.below(16) == 0).then(|| random.below(words)));
    let (number, escape) =
        (random.percent(30).then(|| random.below(words)), (random.below(8) == 0).then(|| random.below(words)));
    for place in 0..words {
        if place > 0 {
            out.push(' ');
        }
        out.push_str(random.of(&WORDS));
        if mail == Some(place) {
            out.push_str(" (");
            let person = random.below(PEOPLE);
            email(random, person, out);
            out.push(')');
        }
        if pay == Some(place) {
            out.push_str(" card ");
            card(random, out);
            out.push(',');
        }
        if number == Some(place) {
            let (whole, part) = (10 + random.below(900), random.below(100));
            write!(out, " {whole}.{part:02} EUR,").expect("text");
        }
        if escape == Some(place) {
            out.push_str(random.of(&[" \\\"quoted\\\"", "\\n", " caf\\u00e9", "\\t-"]));
        }
    }
}
