//! Treatments by hand: as fast as plain code for the values of this corpus gets, and no more general.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// HMAC-SHA-256 with the key's blocks hashed already.
pub struct Coder(Hmac<Sha256>);

impl Coder {
    /// A key for a domain. Tamis derives its own with HKDF once a run; here it is a constant.
    pub fn new(domain: &str) -> Self {
        Self(Hmac::new_from_slice(format!("key of the benchmark for {domain}").as_bytes()).expect("any length"))
    }

    /// The code of a value: 128 bits.
    pub fn code(&self, value: &str) -> String {
        let mut mac = self.0.clone();
        let folded = value.to_ascii_lowercase();
        mac.update(folded.as_bytes());
        let bits = mac.finalize().into_bytes();
        let mut out = String::with_capacity(37);
        out.push_str("p229-");
        for byte in &bits[..16] {
            out.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
            out.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
        }
        out
    }
}

/// The network of an address.
pub fn ip(value: &str) -> String {
    match value.parse() {
        Ok(IpAddr::V4(v4)) => Ipv4Addr::from_bits(v4.to_bits() & !0xff).to_string(),
        Ok(IpAddr::V6(v6)) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 80)).to_string(),
        Err(_) => String::new(),
    }
}

/// A time, down to the hour.
pub fn hour(value: &str, zone: &str) -> String {
    format!("{}:00:00{zone}", &value[..13])
}

/// The host of a web address.
pub fn host(value: &str) -> String {
    value.split('/').nth(2).unwrap_or_default().to_owned()
}

/// The type of a file.
pub fn file_name(value: &str) -> String {
    format!("***.{}", value.rsplit('.').next().unwrap_or_default())
}

/// The top folder and the type of a file.
pub fn path(value: &str) -> String {
    format!("{}/….{}", value.split('/').next().unwrap_or_default(), value.rsplit('.').next().unwrap_or_default())
}

/// The family of a browser.
pub fn agent(value: &str) -> String {
    let families =
        [("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl")];
    families.iter().find(|(word, _)| value.contains(word)).map_or("Other", |(_, family)| family).to_owned()
}

/// A number, down to tens.
pub fn amount(value: &Value) -> Option<Value> {
    match value.as_i64() {
        Some(whole) => Some((whole - whole.rem_euclid(10)).into()),
        None => Some(((value.as_f64()? / 10.0).floor() as i64 * 10).into()),
    }
}

/// A coordinate with one decimal.
pub fn place(value: &Value) -> Option<Value> {
    Some(((value.as_f64()? * 10.0).trunc() / 10.0).into())
}

/// Text without addresses and cards; `None` where there are none.
pub fn redact(value: &str) -> Option<String> {
    let bytes = value.as_bytes();
    let mut spans = Vec::new();
    for at in memchr::memchr_iter(b'@', bytes) {
        let local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-'".contains(byte);
        let domain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
        let from = at - bytes[..at].iter().rev().take_while(|byte| local(byte)).count();
        let to = at + 1 + bytes[at + 1..].iter().take_while(|byte| domain(byte)).count();
        if from < at && bytes[at + 1..to].contains(&b'.') {
            spans.push((from, to, "[email]"));
        }
    }
    let mut at = 0;
    while let Some(skipped) = bytes[at..].iter().position(u8::is_ascii_digit) {
        at += skipped;
        let end = group(bytes, at);
        if end - at >= 13 && luhn(&bytes[at..end]) {
            spans.push((at, end, "[card]"));
        }
        at = end;
    }
    if spans.is_empty() {
        return None;
    }
    spans.sort_unstable();
    let (mut out, mut done) = (String::with_capacity(value.len()), 0);
    for (from, to, label) in spans {
        // The digits of an address lie inside it.
        if from >= done {
            write!(out, "{}{label}", &value[done..from]).expect("text");
            done = to;
        }
    }
    out.push_str(&value[done..]);
    Some(out)
}

/// Where a run of digits, with single blanks or hyphens between them, ends.
fn group(bytes: &[u8], from: usize) -> usize {
    let mut end = from;
    loop {
        match (bytes.get(end), bytes.get(end + 1)) {
            (Some(digit), _) if digit.is_ascii_digit() => end += 1,
            (Some(b' ' | b'-'), Some(digit)) if digit.is_ascii_digit() => end += 1,
            _ => return end,
        }
    }
}

fn luhn(text: &[u8]) -> bool {
    let digits = text.iter().rev().filter(|byte| byte.is_ascii_digit());
    let sum: u32 = digits
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            if place % 2 == 0 {
                digit
            } else if digit > 4 {
                digit * 2 - 9
            } else {
                digit * 2
            }
        })
        .sum();
    sum % 10 == 0
}
