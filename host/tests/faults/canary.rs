//! Looks for values of events in whatever form they could have been kept.

use std::io::Read as _;
use std::path::Path;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine as _};

/// Values that the policy lets through in no form.
pub(crate) const CANARIES: [&str; 3] = ["canary.worker@example.de", "198.51.100.177", "kanarienvogel-geheim"];

/// How deep what is packed is unpacked: text in base64 in a compressed file is two.
const DEEP: usize = 3;

/// A value as it could stand somewhere.
fn forms(value: &str) -> Vec<Vec<u8>> {
    let bytes = value.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let escaped: String = bytes.iter().map(|byte| format!("\\u{byte:04x}")).collect();
    let mut forms = vec![
        bytes.to_vec(),
        value.to_uppercase().into_bytes(),
        value.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        value.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        escaped.into_bytes(),
    ];
    // Wherever it begins in what was encoded: letters that its neighbours have a part in are left out.
    for before in 0..3 {
        let padded = [&b"\0\0\0"[..before], bytes].concat();
        let end = padded.len() / 3 * 4;
        let begin = if before == 0 { 0 } else { 4 };
        for text in [BASE64_STANDARD_NO_PAD.encode(&padded), BASE64_URL_SAFE_NO_PAD.encode(&padded)] {
            forms.push(text.as_bytes()[begin..end].to_vec());
        }
    }
    forms
}

static SOUGHT: LazyLock<AhoCorasick> =
    LazyLock::new(|| AhoCorasick::new(CANARIES.iter().flat_map(|value| forms(value))).unwrap());

/// Whether a value stands in these bytes.
pub(crate) fn is_in(bytes: &[u8]) -> bool {
    search(bytes, 0)
}

fn search(bytes: &[u8], depth: usize) -> bool {
    if SOUGHT.is_match(bytes) {
        return true;
    }
    depth < DEEP && packed(bytes).iter().any(|inside| search(inside, depth + 1))
}

/// What is compressed, or encoded as base64, somewhere in these bytes.
fn packed(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for at in memchr::memmem::find_iter(bytes, b"\x1f\x8b\x08") {
        let mut inside = Vec::new();
        // What is cut off gives what stands before the cut.
        let _ = flate2::read::GzDecoder::new(&bytes[at..]).take(16 << 20).read_to_end(&mut inside);
        all.push(inside);
    }
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'+' || *byte == b'/';
    for run in bytes.split(|byte| !is_letter(byte)).filter(|run| run.len() >= 64) {
        let whole = &run[..run.len() / 4 * 4];
        all.extend(BASE64_STANDARD.decode(whole).or_else(|_| BASE64_STANDARD_NO_PAD.decode(whole)));
    }
    all.retain(|inside| !inside.is_empty());
    all
}

/// Files below a folder that hold a value.
pub(crate) fn below(folder: &Path) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if is_in(&std::fs::read(&path).unwrap_or_default()) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

/// LAW: the search finds a value in every form it says it knows. Else it proves nothing.
#[test]
fn a_value_is_found_in_every_form() {
    use std::io::Write as _;
    for value in CANARIES {
        for before in 0..4 {
            let text = format!("{}{value} behind", "x".repeat(before));
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(text.as_bytes()).unwrap();
            let gzip = gzip.finish().unwrap();
            assert!(is_in(text.as_bytes()) && is_in(&gzip) && is_in(&[b"head", &gzip[..]].concat()));
            assert!(is_in(BASE64_STANDARD.encode(&text).as_bytes()));
            assert!(is_in(BASE64_STANDARD.encode([&gzip[..], &[0; 64]].concat()).as_bytes()));
            for bytes in [text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(), text.clone().into_bytes()]
            {
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                assert!(is_in(&bytes) && (bytes.len() != text.len() || is_in(hex.as_bytes())));
            }
        }
    }
    assert!(!is_in(b"canary.worker at example.de, 198.51.100.0"));
}
