//! Codes: pseudonyms that the host computes after every plugin has returned, so that neither key nor oracle enters a
//! sandbox.
//!
//! A code is HMAC-SHA-256 (RFC 2104, FIPS 198-1) cut to 128 bits, under a key that HKDF-SHA-256 (RFC 5869) derives from
//! the tenant's root, or the secret of the epoch ([`Keys`](super::keys::Keys)), for tenant × domain × purpose × epoch × whether it can be reversed. It reads
//! `p229-4qj3…`: a letter (`e` with escrow, `p` without, `t` from a table), the epoch, 26 characters of Crockford's base 32.

use std::collections::HashMap;
use std::net::Ipv6Addr;

use hkdf::Hkdf;
use sha2::Sha256;
use sha2::block_api::compress256;

use crate::policy::exact;
use crate::policy::form::Code;
use crate::policy::glob::fold;

use super::keys::Epoch;
use super::lanes::compress_pair;

/// Bytes of a root key.
pub const ROOT_BYTES: usize = 32;
/// Most values that the table of one domain holds; what does not fit is dropped.
pub const TABLE_MAX: usize = 1 << 20;
/// First constants of SHA-256 (FIPS 180-4, 5.3.3).
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Digits of a code, and most bytes before them: a letter, ten digits, a hyphen.
const DIGITS: usize = 26;
const PREFIX_MAX: usize = 12;
/// Two digits for ten bits.
static PAIRS: [[u8; 2]; 1024] = {
    let mut pairs = [[0; 2]; 1024];
    let mut bits = 0;
    while bits < 1024 {
        pairs[bits] = [ALPHABET[bits >> 5], ALPHABET[bits & 31]];
        bits += 1;
    }
    pairs
};

/// The secret that all codes of a tenant derive from. It cannot be printed.
#[derive(Clone)]
pub struct Root([u8; ROOT_BYTES]);

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Root(…)")
    }
}

impl Root {
    /// A root of these bytes.
    pub fn new(bytes: [u8; ROOT_BYTES]) -> Self {
        Self(bytes)
    }

    /// A root from 64 hexadecimal digits; blanks around them do not matter.
    pub fn from_hex(text: &str) -> Option<Self> {
        let text = text.trim().as_bytes();
        let mut bytes = [0; ROOT_BYTES];
        if text.len() != 2 * ROOT_BYTES {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// A root nobody knows: its codes agree only with each other.
    ///
    /// # Errors
    ///
    /// The machine gives no randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; ROOT_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }
}

impl Root {
    /// The key of a tenant's exact list of that name.
    pub fn list_key(&self, tenant: &str, list: &str) -> exact::Key {
        let mut bytes = [0; exact::KEY_BYTES];
        self.expand(b"tamis exact list 1", &[tenant, list], &[], &mut bytes);
        exact::Key::new(&bytes)
    }

    /// The key under which the secret of an epoch is wrapped.
    pub fn wrapping_key(&self, tenant: &str, epoch: Epoch) -> [u8; ROOT_BYTES] {
        let mut bytes = [0; ROOT_BYTES];
        let end = [epoch.number.to_be_bytes(), epoch.days.to_be_bytes()].concat();
        self.expand(b"tamis epoch wrap 1", &[tenant], &end, &mut bytes);
        bytes
    }

    /// Derives a key. Every part stands with its length, so that no two derivations read alike.
    fn expand(&self, label: &[u8], parts: &[&str], end: &[u8], key: &mut [u8]) {
        let mut info = label.to_vec();
        for part in parts {
            info.extend_from_slice(&(part.len() as u32).to_be_bytes());
            info.extend_from_slice(part.as_bytes());
        }
        info.extend_from_slice(end);
        // HKDF-SHA-256 gives up to 255 blocks of 32 bytes: these are one or two.
        let derived = Hkdf::<Sha256>::new(None, &self.0).expand(&info, key);
        debug_assert!(derived.is_ok(), "two blocks at most");
    }
}

/// What a key is derived for.
#[derive(Clone, Copy, Debug)]
pub struct Derivation<'a> {
    /// Id of the policy.
    pub tenant: &'a str,
    /// Pseudonym domain.
    pub domain: &'a str,
    /// Purpose.
    pub purpose: &'a str,
    /// Epoch.
    pub epoch: u32,
    /// How it can be reversed.
    pub code: Code,
}

/// The states of SHA-256 behind the padded key (RFC 2104), within and without.
#[derive(Clone, Copy)]
pub(super) struct Pads {
    inner: [u32; 8],
    outer: [u32; 8],
}

/// Makes codes of one derivation.
pub struct Coder {
    pads: Pads,
    /// What codes begin with: a letter and the epoch.
    prefix: ([u8; PREFIX_MAX], usize),
    table: Option<HashMap<Box<[u8]>, [u8; 16]>>,
}

impl std::fmt::Debug for Coder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let prefix = String::from_utf8_lossy(&self.prefix.0[..self.prefix.1]);
        f.debug_struct("Coder").field("prefix", &prefix).finish_non_exhaustive()
    }
}

impl Coder {
    /// Derives the key.
    pub fn new(root: &Root, what: &Derivation) -> Self {
        let letter = match what.code {
            Code::Escrow => "e",
            Code::Random => "t",
            Code::Plain | Code::Clear => "p",
        };
        let mut key = [0; 32];
        let parts = [what.tenant, what.domain, what.purpose, letter];
        root.expand(b"tamis pseudonym 1", &parts, &what.epoch.to_be_bytes(), &mut key);
        let pad = |with: u8| {
            let mut block = [with; 64];
            block.iter_mut().zip(key).for_each(|(byte, k)| *byte ^= k);
            let mut state = INITIAL;
            compress256(&mut state, &[block]);
            state
        };
        let text = format!("{letter}{}-", what.epoch);
        let mut prefix = [0; PREFIX_MAX];
        prefix[..text.len()].copy_from_slice(text.as_bytes());
        Self {
            pads: Pads { inner: pad(0x36), outer: pad(0x5c) },
            prefix: (prefix, text.len()),
            table: (what.code == Code::Random).then(HashMap::new),
        }
    }

    /// The 128 bits for a value; `None` where the table is full or gives no randomness.
    pub fn bits(&mut self, value: &[u8]) -> Option<[u8; 16]> {
        let Some(table) = &mut self.table else { return Some(hmac(&self.pads, value)) };
        if let Some(bits) = table.get(value) {
            return Some(*bits);
        }
        let mut bits = [0; 16];
        if table.len() == TABLE_MAX || getrandom::fill(&mut bits).is_err() {
            return None;
        }
        table.insert(value.into(), bits);
        Some(bits)
    }

    /// The bits for two values of two derivations, at the cost of little more than one where neither has a table.
    pub(super) fn pair(one: (&Pads, &[u8]), other: (&Pads, &[u8])) -> [[u8; 16]; 2] {
        let (mut first, mut second) = (one.0.inner, other.0.inner);
        let (a, b) = (Message(one.1), Message(other.1));
        let both = a.blocks().min(b.blocks());
        for number in 0..both {
            compress_pair((&mut first, &a.block(number)), (&mut second, &b.block(number)));
        }
        a.compress(&mut first, both);
        b.compress(&mut second, both);
        let (a, b) = (outer_block(first), outer_block(second));
        let (mut first, mut second) = (one.0.outer, other.0.outer);
        compress_pair((&mut first, &a), (&mut second, &b));
        [cut(first), cut(second)]
    }

    /// What HMAC starts with; `None` where codes come from a table.
    pub(super) fn pads(&self) -> Option<&Pads> {
        self.table.is_none().then_some(&self.pads)
    }

    /// Appends the readable code of some bits.
    pub fn write(&self, bits: [u8; 16], out: &mut Vec<u8>) {
        // Two digits at a time: 2, 12 and 12 of them.
        let number = u128::from_be_bytes(bits);
        let mut text = [0; PREFIX_MAX + DIGITS];
        text[..PREFIX_MAX].copy_from_slice(&self.prefix.0);
        let (prefix, digits) = (self.prefix.1, &mut [0; DIGITS]);
        digits[..2].copy_from_slice(&PAIRS[(number >> 120) as usize]);
        for (digits, mut part) in digits[2..].chunks_exact_mut(12).zip([(number >> 60) as u64, number as u64]) {
            for pair in digits.chunks_exact_mut(2).rev() {
                pair.copy_from_slice(&PAIRS[(part & 0x3ff) as usize]);
                part >>= 10;
            }
        }
        text[prefix..prefix + DIGITS].copy_from_slice(digits);
        out.extend_from_slice(&text[..prefix + DIGITS]);
    }
}

/// The bits of a readable code; `None`: it is none.
pub fn read(code: &str) -> Option<[u8; 16]> {
    let (before, digits) = code.split_once('-')?;
    let epoch = before.strip_prefix(['e', 'p', 't'])?;
    if epoch.parse::<u32>().is_err() || digits.len() != DIGITS {
        return None;
    }
    let mut number: u128 = 0;
    for (at, digit) in digits.bytes().enumerate() {
        let value = ALPHABET.iter().position(|known| *known == digit)? as u128;
        // 26 digits hold 130 bits: the first has three.
        if at == 0 && value > 7 {
            return None;
        }
        number = number << 5 | value;
    }
    Some(number.to_be_bytes())
}

/// An address in the place of an address: `fd00::/8` (RFC 4193), so that it can be nobody's on the Internet.
pub fn as_address(bits: [u8; 16]) -> Ipv6Addr {
    let mut octets = bits;
    octets[0] = 0xfd;
    Ipv6Addr::from(octets)
}

/// HMAC-SHA-256 from prepared pads, cut to 128 bits.
fn hmac(pads: &Pads, message: &[u8]) -> [u8; 16] {
    let mut state = pads.inner;
    Message(message).compress(&mut state, 0);
    let block = outer_block(state);
    let mut state = pads.outer;
    compress256(&mut state, &[block]);
    cut(state)
}

/// What is hashed behind the block of a pad.
#[derive(Clone, Copy)]
struct Message<'m>(&'m [u8]);

impl Message<'_> {
    /// Blocks of the message, its end and its length (FIPS 180-4, 5.1.1).
    fn blocks(self) -> usize {
        (self.0.len() + 9).div_ceil(64)
    }

    fn block(self, number: usize) -> [u8; 64] {
        let mut block = [0; 64];
        let rest = self.0.get(number * 64..).unwrap_or_default();
        let bytes = rest.len().min(64);
        block[..bytes].copy_from_slice(&rest[..bytes]);
        if bytes < 64 && number * 64 <= self.0.len() {
            block[bytes] = 0x80;
        }
        if number + 1 == self.blocks() {
            // In bits, the pad included.
            block[56..].copy_from_slice(&((64 + self.0.len() as u64) * 8).to_be_bytes());
        }
        block
    }

    /// Takes the blocks from one on into a state.
    fn compress(self, state: &mut [u32; 8], from: usize) {
        (from..self.blocks()).for_each(|number| compress256(state, &[self.block(number)]));
    }
}

/// The block of the outer hash: the inner one, behind a pad.
fn outer_block(inner: [u32; 8]) -> [u8; 64] {
    let mut block = [0; 64];
    for (bytes, word) in block.chunks_exact_mut(4).zip(inner) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    block[32] = 0x80;
    block[56..].copy_from_slice(&(96u64 * 8).to_be_bytes());
    block
}

/// The first 128 bits.
fn cut(state: [u32; 8]) -> [u8; 16] {
    let mut out = [0; 16];
    for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    out
}

/// The form in which spellings of one subject agree: outer blanks, `smtp:`/`mailto:` and the dot of the root behind the domain of
/// an address (RFC 1034, section 3.1) go, letters become lower case and what is not ASCII is folded ([`fold`]).
/// Addresses are canonical already when they come here.
pub fn normalise(value: &[u8], out: &mut Vec<u8>) {
    let value = value.trim_ascii();
    let starts = |prefix: &str| {
        let colon = prefix.len() - 1;
        value.len() > prefix.len()
            && value[colon] == b':'
            && value[..colon].eq_ignore_ascii_case(&prefix.as_bytes()[..colon])
    };
    let prefix = ["smtp:", "mailto:"].iter().find(|prefix| starts(prefix));
    let value = prefix.map_or(value, |prefix| &value[prefix.len()..]);
    let value = without_root(value);
    let from = out.len();
    if !lower_ascii(value, out) {
        out.truncate(from);
        out.extend_from_slice(fold(value).as_bytes());
    }
}

/// An address without the dot behind its domain.
fn without_root(value: &[u8]) -> &[u8] {
    let Some((b'.', address)) = value.split_last() else { return value };
    let domain = address.iter().rposition(|byte| *byte == b'@').map(|at| &address[at + 1..]);
    // Not of a text that ends with dots.
    if domain.is_some_and(|domain| !matches!(domain, [] | [.., b'.'])) { address } else { value }
}

/// Puts what it means in the place of a value from a byte on that auditd has in hexadecimal, with capitals and without quotes: so it
/// writes what it does not trust (`audit_log_n_untrustedstring` of Linux; `acct=416E6E204B`), which holds a byte that is a quote, a
/// blank or no printed ASCII (`audit_string_contains_control`): what holds none is a name as it stands. Digits alone are a number.
pub(super) fn without_hexadecimal(bytes: &mut Vec<u8>, from: usize) {
    let value = &bytes[from..];
    let (pairs, rest) = value.as_chunks::<2>();
    let is_hex = rest.is_empty() && value.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    if pairs.len() < 2 || !is_hex || value.iter().all(u8::is_ascii_digit) {
        return;
    }
    let value = |digit: u8| if digit.is_ascii_digit() { digit - b'0' } else { digit - b'A' + 10 };
    let plain: Vec<u8> = pairs.iter().map(|[high, low]| value(*high) << 4 | value(*low)).collect();
    let is_untrusted = plain.iter().any(|byte| matches!(byte, 0..=b' ' | b'"' | 0x7f..));
    if is_untrusted && str::from_utf8(&plain).is_ok_and(|text| !text.contains(char::is_control)) {
        bytes.truncate(from);
        bytes.extend_from_slice(&plain);
    }
}

/// Appends ASCII text in lower case, eight bytes at a time; `false`, and nothing that counts, where it is not ASCII.
fn lower_ascii(text: &[u8], out: &mut Vec<u8>) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES << 7;
    let from = out.len();
    out.extend_from_slice(text);
    // So that the last bytes are part of a whole word.
    out.extend_from_slice(&[0; 7]);
    let mut all = 0;
    for bytes in out[from..].as_chunks_mut::<8>().0 {
        let word = u64::from_ne_bytes(*bytes);
        all |= word;
        // Where no byte is above 0x7f nothing is carried from one to the next.
        let capital = word.wrapping_add(ONES * (0x80 - b'A' as u64)) & !word.wrapping_add(ONES * (0x7f - b'Z' as u64));
        *bytes = (word | (capital & HIGHS) >> 2).to_ne_bytes();
    }
    out.truncate(from + text.len());
    all & HIGHS == 0
}

/// An address without port, brackets, zone or leading blanks, in the text form of RFC 5952; IPv4-mapped ones as IPv4. What
/// is no address stays as it is.
pub fn normalise_address(value: &[u8], out: &mut Vec<u8>) {
    use std::io::Write as _;
    if is_canonical_ipv4(value) {
        return out.extend_from_slice(value);
    }
    match std::str::from_utf8(value).ok().and_then(address) {
        // Writing to a vector cannot fail.
        Some(address) => drop(write!(out, "{address}")),
        None => normalise(value, out),
    }
}

/// Whether a value is an IPv4 address and nothing else: four numbers up to 255, without zeros before them.
fn is_canonical_ipv4(value: &[u8]) -> bool {
    let (mut parts, mut number, mut digits) = (1, 0_u16, 0);
    for byte in value {
        match byte {
            b'.' if digits > 0 => (parts, number, digits) = (parts + 1, 0, 0),
            b'0'..=b'9' if digits == 0 || number > 0 => {
                (number, digits) = (number * 10 + u16::from(byte - b'0'), digits + 1);
                if number > 255 {
                    return false;
                }
            }
            _ => return false,
        }
    }
    parts == 4 && digits > 0
}

fn address(text: &str) -> Option<std::net::IpAddr> {
    use std::net::{IpAddr, SocketAddr};
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let bare = bare.split('%').next().unwrap_or(bare);
    let found = bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|s| s.ip()));
    found.map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn derivation(domain: &str) -> Derivation<'_> {
        Derivation { tenant: "t", domain, purpose: "security", epoch: 229, code: Code::Escrow }
    }

    fn text(coder: &mut Coder, value: &str) -> String {
        let (mut folded, mut out) = (Vec::new(), Vec::new());
        normalise(value.as_bytes(), &mut folded);
        let bits = coder.bits(&folded).expect("no table");
        coder.write(bits, &mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn spellings_of_one_name_agree() {
        let folded = |text: &str| {
            let mut out = Vec::new();
            normalise(text.as_bytes(), &mut out);
            String::from_utf8(out).unwrap()
        };
        for (one, other) in
            [("Straße", "STRASSE"), ("Σίσυφος", "ΣΊΣΥΦΟΣ"), ("jürgen", "JU\u{308}RGEN"), ("an\u{200b}na", "Anna")]
        {
            assert_eq!(folded(one), folded(other));
        }
        assert_ne!(folded("müller"), folded("muller"));
    }

    #[test]
    fn what_auditd_has_in_hexadecimal_is_read() {
        for (written, plain) in [
            ("416E6E204B", "Ann K"),
            ("416E6E22", "Ann\""),
            ("4A6F73C3A9", "José"),
            ("616E6E", "616E6E"),
            ("4A4B4C4D", "4A4B4C4D"),
            ("416e6e204b", "416e6e204b"),
            ("616E6", "616E6"),
            ("DEADBEEF", "DEADBEEF"),
            ("00616E6E", "00616E6E"),
            ("616263", "616263"),
            ("6E", "6E"),
            ("", ""),
            ("ann", "ann"),
        ] {
            let mut bytes = format!("x{written}").into_bytes();
            without_hexadecimal(&mut bytes, 1);
            assert_eq!(String::from_utf8(bytes).unwrap(), format!("x{plain}"));
        }
    }

    #[test]
    fn spellings_of_one_person_agree() {
        let mut coder = Coder::new(&Root::new([7; 32]), &derivation("person"));
        let code = text(&mut coder, "Ann@X.de");
        assert_eq!(code, text(&mut coder, " ann@x.de"));
        assert_eq!(code, text(&mut coder, "SMTP:ANN@x.DE"));
        assert_eq!(code, text(&mut coder, "mailto:Ann@x.de. "));
        assert_eq!(text(&mut coder, "Jörg"), text(&mut coder, "JO\u{308}RG"));
        for other in ["ann@y.de", "ann@x.de..", "ann.x.de."] {
            assert_ne!(code, text(&mut coder, other));
        }
        assert_ne!(text(&mut coder, "Ann K."), text(&mut coder, "Ann K"));
        assert!(code.starts_with("e229-") && code.len() == 31);
    }

    proptest! {
        #[test]
        fn a_code_that_is_written_can_be_read(bits: [u8; 16]) {
            let mut out = Vec::new();
            Coder::new(&Root::new([7; 32]), &derivation("person")).write(bits, &mut out);
            let text = String::from_utf8(out).expect("ASCII");
            prop_assert_eq!(read(&text), Some(bits));
            prop_assert_eq!(read(&text[..30]), None);
            prop_assert_eq!(read(&text.replace('-', "-z")[..31]), None);
        }
    }

    #[test]
    fn no_part_of_a_derivation_is_left_out() {
        let root = Root::new([7; 32]);
        let base = derivation("person");
        let variants = [
            base,
            Derivation { tenant: "u", ..base },
            Derivation { domain: "device", ..base },
            Derivation { purpose: "product", ..base },
            Derivation { epoch: 230, ..base },
            Derivation { code: Code::Plain, ..base },
            Derivation { tenant: "tperson", domain: "", ..base },
        ];
        let bits: std::collections::HashSet<_> = variants.iter().map(|v| Coder::new(&root, v).bits(b"ann")).collect();
        assert_eq!(bits.len(), variants.len());
        assert_ne!(Coder::new(&Root::new([8; 32]), &base).bits(b"ann"), Coder::new(&root, &base).bits(b"ann"));
    }

    #[test]
    fn addresses_agree_whatever_stands_around_them() {
        for spelling in ["192.0.2.7:443", "::ffff:192.0.2.7", " 192.0.2.7", "[::ffff:c000:207]:80"] {
            let mut out = Vec::new();
            normalise_address(spelling.as_bytes(), &mut out);
            assert_eq!(out, b"192.0.2.7", "{spelling}");
        }
    }

    proptest! {
        /// LAW: the short way of an address that is canonical leads where the long one does.
        #[test]
        fn canonical_addresses_are_known_as_they_are(
            text in "([0-9]{1,3}\\.){3}[0-9]{1,3}|(0|1|12|255|256|25|01|\\.| ){1,9}|[0-9.:a]{0,16}",
        ) {
            let is = text.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.to_string() == text);
            prop_assert_eq!(is_canonical_ipv4(text.as_bytes()), is, "{}", text);
        }
    }

    #[test]
    fn tables_are_random_and_consistent() {
        let what = Derivation { code: Code::Random, ..derivation("record") };
        let (mut one, mut two) = (Coder::new(&Root::new([7; 32]), &what), Coder::new(&Root::new([7; 32]), &what));
        assert_eq!(one.bits(b"a"), one.bits(b"a"));
        assert_ne!(one.bits(b"a"), two.bits(b"a"));
    }

    #[test]
    fn codes_are_128_bits_in_crockfords_alphabet() {
        let coder = Coder::new(&Root::new([0; 32]), &derivation("x"));
        let mut out = Vec::new();
        coder.write([0xff; 16], &mut out);
        assert_eq!(out, b"e229-7zzzzzzzzzzzzzzzzzzzzzzzzz");
    }

    proptest! {
        /// Agreement with the `hmac` construction written out over the plain hash.
        #[test]
        fn hmac_is_hmac(message in proptest::collection::vec(any::<u8>(), 0..200)) {
            use sha2::Digest as _;
            let root = Root::new([3; 32]);
            let mut info = b"tamis pseudonym 1".to_vec();
            for part in ["t", "d", "security", "e"] {
                info.extend_from_slice(&(part.len() as u32).to_be_bytes());
                info.extend_from_slice(part.as_bytes());
            }
            info.extend_from_slice(&229u32.to_be_bytes());
            let mut key = [0; 32];
            Hkdf::<Sha256>::new(None, &root.0).expand(&info, &mut key).expect("one block");
            let pad = |with: u8| (0..64).map(|i| key.get(i).copied().unwrap_or(0) ^ with).collect::<Vec<u8>>();
            let inner = Sha256::new().chain_update(pad(0x36)).chain_update(&message).finalize();
            let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
            let mut coder = Coder::new(&root, &derivation("d"));
            let bits = coder.bits(&message).expect("no table");
            prop_assert_eq!(&bits[..], &outer[..16]);
            let pads = coder.pads().expect("no table");
            prop_assert_eq!(Coder::pair((pads, &message), (pads, b"ann")), [bits, hmac(pads, b"ann")]);
            prop_assert_eq!(Coder::pair((pads, b"ann"), (pads, &message)), [hmac(pads, b"ann"), bits]);
        }
    }
}
