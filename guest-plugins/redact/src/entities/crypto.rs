//! Addresses of cryptocurrencies.

use super::{Anchor, Finder, Hit, Site};
use crate::check::{before, byte, run, wordy};
use crate::checks::digests::{keccak256, sha256};
use crate::types::Confidence::{Certain, Likely, Possible};

pub(crate) static BITCOIN: Finder =
    Finder { anchors: &[Anchor::Wallet, Anchor::CountryDigits], digits: 0, surest: Certain, find: bitcoin };

pub(crate) static ETHEREUM: Finder = Finder { anchors: &[Anchor::Wallet], digits: 0, surest: Likely, find: ethereum };

/// The longest that is read: a bech32 address has 62 bytes, 90 by the standard.
const MOST: usize = 91;

/// The run of letters and digits from `start` on, where nothing runs into it.
fn token(text: &[u8], start: usize) -> Option<&[u8]> {
    let end = run(text, start, MOST, |b| b.is_ascii_alphanumeric());
    let bound = |b: u8| wordy(b) || b == b'_';
    (!bound(before(text, start)) && !bound(byte(text, end))).then(|| text.get(start..end)).flatten()
}

fn bitcoin(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Site { text, at, .. } = *site;
    let segwit = before(text, at).is_ascii_alphabetic();
    let start = if segwit { at.saturating_sub(2) } else { at };
    if segwit && !matches!(text.get(start..=at), Some(b"bc1" | b"BC1")) {
        return;
    }
    let Some(token) = token(text, start) else { return };
    if segwit && bech32(token) {
        hits.push(Hit::new(start, start + token.len(), Certain));
    } else if !segwit && base58(token) {
        hits.push(Hit::new(start, start + token.len(), Certain));
    }
}

fn ethereum(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Some(token) = token(site.text, site.at) else { return };
    let Some(digits) = token.strip_prefix(b"0x") else { return };
    let same = digits.iter().all(|digit| Some(digit) == digits.first());
    if digits.len() == 40 && !same && digits.iter().all(u8::is_ascii_hexdigit) {
        let confidence = match capitals(digits) {
            None => Possible,
            Some(true) => Likely,
            Some(false) => return,
        };
        hits.push(Hit::new(site.at, site.at + token.len(), confidence));
    }
}

/// Whether the capitals of an address are those of its digest (ERC-55); `None` where it has none, or nothing else.
fn capitals(digits: &[u8]) -> Option<bool> {
    let any = |kind: fn(&u8) -> bool| digits.iter().any(kind);
    (any(u8::is_ascii_uppercase) && any(u8::is_ascii_lowercase)).then_some(())?;
    let digest = keccak256(&digits.to_ascii_lowercase())?;
    let halves = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    Some(
        digits
            .iter()
            .zip(halves)
            .all(|(digit, half)| digit.is_ascii_digit() || digit.is_ascii_uppercase() == (half > 7)),
    )
}

/// Whether a token is 25 bytes in base58, the first of which is 0 (`1…`) or 5 (`3…`), with as many ones in front as there are
/// zeros. The last four bytes are the beginning of a digest of the others.
fn base58(token: &[u8]) -> bool {
    let alphabet = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let kinds: [fn(&u8) -> bool; 3] = [u8::is_ascii_digit, u8::is_ascii_uppercase, u8::is_ascii_lowercase];
    if !(26..=35).contains(&token.len()) || !kinds.iter().all(|kind| token.iter().any(kind)) {
        return false;
    }
    let mut bytes = [0_u8; 25];
    for letter in token {
        let Some(value) = alphabet.iter().position(|known| known == letter) else { return false };
        let carry = bytes.iter_mut().rev().fold(value as u32, |carry, byte| {
            let sum = u32::from(*byte) * 58 + carry;
            *byte = sum as u8;
            sum >> 8
        });
        if carry != 0 {
            return false;
        }
    }
    let ones = token.iter().take_while(|letter| **letter == b'1').count();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let [body @ .., one, two, three, four] = &bytes;
    let digest = || sha256(&sha256(body)?);
    matches!(bytes.first(), Some(0 | 5))
        && ones == zeros
        && digest().is_some_and(|digest| digest.starts_with(&[*one, *two, *three, *four]))
}

/// Whether a token is an address of the main network by BIP 173 or, from version 1 on, BIP 350.
fn bech32(token: &[u8]) -> bool {
    let mixed = token.iter().any(u8::is_ascii_lowercase) && token.iter().any(u8::is_ascii_uppercase);
    let Some((b"bc1" | b"BC1", data)) = token.split_at_checked(3) else { return false };
    let step = |sum: u32, value: u32| {
        let generators = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3_u32];
        let top = sum >> 25;
        let next = (sum & 0x01ff_ffff) << 5 ^ value;
        (0_u32..).zip(generators).filter(|(bit, _)| top >> bit & 1 == 1).fold(next, |sum, (_, one)| sum ^ one)
    };
    // The prefix `bc`, spread out.
    let head = [3, 3, 0, 2, 3].into_iter().fold(1, step);
    let mut version = None;
    let mut sum = head;
    for letter in data {
        let letter = letter.to_ascii_lowercase();
        let Some(value) = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l".iter().position(|known| *known == letter) else {
            return false;
        };
        version = version.or(Some(value));
        sum = step(sum, value as u32);
    }
    let checked = match version {
        Some(0) => sum == 1 && matches!(token.len(), 42 | 62),
        Some(1..=16) => sum == 0x2bc8_30a3 && (14..=74).contains(&token.len()),
        _ => false,
    };
    checked && !mixed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::texts;

    #[test]
    fn vectors_of_the_standards() {
        // BIP 350, valid and invalid segwit addresses.
        assert!(bech32(b"bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y"));
        assert!(bech32(b"BC1SW50QGDZ25J"));
        assert!(!bech32(b"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd"));
        assert!(!bech32(b"BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P") && !bech32(b"bc1gmk9yu"));
        assert!(base58(b"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2") && base58(b"3P14159f73E4gFr7JterCCQh9QjiTjiZrG"));
        assert!(!base58(b"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVNb"));
        // ERC-55
        assert_eq!(capitals(b"fB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"), Some(true));
        assert_eq!(capitals(b"fB6916095ca1df60bB79Ce92cE3Ea74c37c5D359"), Some(false));
    }

    #[test]
    fn the_span_is_the_address() {
        let address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
        assert_eq!(texts("payment.bitcoin", &format!("bitcoin:{address}?amount=1")), [address]);
        let address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        assert_eq!(texts("payment.ethereum", &format!("ETH address: {address}, ok")), [address]);
    }
}
