//! The digest of rules: what an agreement is about, to the letter.
//!
//! A revision is a number that somebody has to change; a digest changes by itself. It covers the text of all layers that hold
//! together, and of the words and maps that say what they mean. It does not cover evidence and lists, which are kept and signed
//! separately, nor purpose, system and day: one agreement holds for all that it covers. (The digest of a [`Plan`](super::Plan)
//! covers these too: it says what a run was made with.)

use sha2::{Digest, Sha256};

use super::document::FileId;
use super::syntax::{Bundle, FileKind};

/// SHA-256 over names and texts of the layers and of all words and maps, as `sha256:…`.
pub(super) fn rules_digest(bundle: &Bundle, layers: impl IntoIterator<Item = FileId>) -> String {
    let is_word =
        |name: &str| matches!(FileKind::of(name), Some(FileKind::Categories | FileKind::Treatments | FileKind::Schema));
    let words = bundle.files().filter(|(_, name)| is_word(name)).map(|(file, _)| file);
    let mut files: Vec<_> =
        layers.into_iter().chain(words).map(|file| (bundle.name(file), bundle.text(file))).collect();
    // The same rules, however their files were found.
    files.sort_unstable();
    files.dedup();
    let mut hash = Sha256::new();
    for part in files.iter().flat_map(|(name, text)| [name, text]) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    shown(&hash.finalize())
}

/// `sha256:` and hexadecimal digits.
pub(super) fn shown(digest: &[u8]) -> String {
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
