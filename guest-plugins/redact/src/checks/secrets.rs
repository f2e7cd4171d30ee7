//! Tokens that carry a check of their own. A check gets the token as written, its prefix included.

/// CRC-32 (IEEE 802.3), bit by bit: tokens are short and rare.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes
        .iter()
        .fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1))))
}

/// Whether text is a number of eight hex digits.
fn is_hex(text: &[u8], number: u32) -> bool {
    text.eq_ignore_ascii_case(format!("{number:08x}").as_bytes())
}

/// GitHub and npm: `PREFIX_`, random characters, and their CRC-32 as six digits to base 62.
pub(crate) fn github(token: &[u8]) -> bool {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let body = token.iter().position(|byte| *byte == b'_').and_then(|at| token.get(at + 1..));
    let Some((random, sum)) = body.and_then(|body| body.split_last_chunk::<6>()) else { return false };
    let value = sum.iter().try_fold(0_u64, |value, byte| {
        let digit = DIGITS.iter().position(|digit| digit == byte)?;
        Some(value * 62 + digit as u64)
    });
    value == Some(u64::from(crc32(random)))
}

/// Atlassian and Bitbucket: the last eight hex digits are the CRC-32 of all before them.
pub(crate) fn atlassian(token: &[u8]) -> bool {
    token.split_last_chunk::<8>().is_some_and(|(rest, sum)| is_hex(sum, crc32(rest)))
}

/// Cloudflare: as Atlassian, the prefix left out.
pub(crate) fn cloudflare(token: &[u8]) -> bool {
    token.iter().position(|byte| *byte == b'_').and_then(|at| token.get(at + 1..)).is_some_and(atlassian)
}

/// Grafana: eight hex digits after the last `_` are the CRC-32 of all before it, its lowest byte first.
pub(crate) fn grafana(token: &[u8]) -> bool {
    token
        .split_last_chunk::<8>()
        .is_some_and(|(rest, sum)| rest.strip_suffix(b"_").is_some_and(|key| is_hex(sum, crc32(key).swap_bytes())))
}

/// AWS ids: base32 after four letters. Those of the documentation end in EXAMPLE.
pub(crate) fn aws_id(token: &[u8]) -> bool {
    let base32 = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'2'..=b'7');
    token.get(4..).is_some_and(|id| id.iter().all(base32)) && !token.ends_with(b"EXAMPLE")
}

/// age: Bech32 (BIP 173), written in capitals.
pub(crate) fn age(token: &[u8]) -> bool {
    const CHARACTERS: &[u8; 32] = b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let step = |sum: u32, value: u32| {
        let top = sum >> 25;
        let next = (sum & 0x01ff_ffff) << 5 ^ value;
        GENERATOR.iter().enumerate().fold(next, |next, (bit, term)| next ^ (term * (top >> bit & 1)))
    };
    // A human part is taken in small letters: high bits, a zero, low bits.
    let Some(one) = token.iter().rposition(|byte| *byte == b'1') else { return false };
    let (human, data) = (&token[..one], &token[one + 1..]);
    let high = human.iter().map(|byte| u32::from(byte.to_ascii_lowercase() >> 5));
    let low = human.iter().map(|byte| u32::from(byte.to_ascii_lowercase() & 31));
    let sum = high.chain([0]).chain(low).fold(1, step);
    let sum = data.iter().try_fold(sum, |sum, byte| {
        let value = CHARACTERS.iter().position(|character| character == byte)?;
        Some(step(sum, value as u32))
    });
    sum == Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc() {
        // The check value every catalogue of CRCs gives.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn github_and_npm() {
        assert!(github(b"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"));
        assert!(github(b"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"));
        assert!(github(b"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"));
        assert!(!github(b"ghp_gkglAhZNbobOTS4Z13VravSieZO2Oj3Xjxy0"));
        assert!(!github(b"ghp_gkglZhZNbobOTS4Z13VravSieZO2Oj3XjxyA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"));
        assert!(!github(b"ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
        assert!(!github(b"ghp_"));
        assert!(!github(b"zzzzzz"));
    }

    #[test]
    fn atlassian_tokens() {
        assert!(atlassian(b"ATBBF2U5kHVsmIb5IvPiuSbP4YHk02236F56"));
        assert!(!atlassian(b"ATBBF2U5kAVsmIb5IvPiuSbP4YHk02236F56"));
        assert!(!atlassian(b"ATBBF2U5kHVsmIb5IvPiuSbP4YHk02236F5"));
        assert!(!atlassian(b"ATBB"));
    }

    #[test]
    fn cloudflare_tokens() {
        assert!(cloudflare(b"cfut_0Vuf1Fh6pELrQ94gnWc1917B7YcXxKNQno0bXbtD611278f7"));
        assert!(!cloudflare(b"cfut_0VufAFh6pELrQ94gnWc1917B7YcXxKNQno0bXbtD611278f7"));
        assert!(!cloudflare(b"ATBBF2U5kHVsmIb5IvPiuSbP4YHk02236F56"));
        assert!(!cloudflare(b"cfut_"));
    }

    #[test]
    fn grafana_tokens() {
        assert!(grafana(b"glsa_crUGCiHTioHYBfYWRMDQH4MX3h6KNVbn_f8190095"));
        assert!(!grafana(b"glsa_crUGAiHTioHYBfYWRMDQH4MX3h6KNVbn_f8190095"));
        assert!(!grafana(b"glsa_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_00000000"));
        assert!(!grafana(b"glsa_"));
    }

    #[test]
    fn aws_ids() {
        assert!(aws_id(b"AKIA3E2SRURJR7HQVD5P"));
        assert!(!aws_id(b"AKIAIOSFODNN7EXAMPLE"));
        assert!(!aws_id(b"AKIAAAAAAAAAAAAAAAA1"));
        assert!(!aws_id(b"AKI"));
    }

    #[test]
    fn age_keys() {
        assert!(age(b"AGE-SECRET-KEY-1GYY92RR03Q9NM5ATFWY6QD4FZT6RJ72LGYPFJS7MLRPNN53WK590TER5T5"));
        assert!(!age(b"AGE-SECRET-KEY-1GYY9ARR03Q9NM5ATFWY6QD4FZT6RJ72LGYPFJS7MLRPNN53WK590TER5T5"));
        assert!(!age(b"AGE-SECRET-KEY-1GYY92RR03Q9NM5ATFWY6QD4FZT6RJ72LGYPFJS7MLRPNN53WK590TER5T"));
        assert!(!age(b"AGE-SECRET-KEY-1B"));
        assert!(!age(b"AGE"));
    }
}
