//! The digest of rules: what an agreement is about, to the letter.
//!
//! A revision is a number that somebody has to change; a digest changes by itself. It covers the text of all layers that hold
//! together, and of the words and maps that say what they mean. It does not cover evidence and lists, which are kept and signed
//! separately, nor purpose, system and day: one agreement holds for all that it covers. (The digest of a [`Plan`](super::Plan)
//! covers these too: it says what a run was made with.)

use sha2::{Digest, Sha256};

use super::document::FileId;
use super::syntax::Bundle;

/// SHA-256 over names and texts of the layers and of all words and maps, as `sha256:…`.
pub(super) fn rules_digest(bundle: &Bundle, layers: impl IntoIterator<Item = FileId>) -> String {
    Digests::default().next(bundle, layers)
}

impl super::Library {
    /// The same of the layers that hold for a policy.
    pub fn rules_digest(&self, policy: &str) -> String {
        rules_digest(&self.bundle, self.layers_of(policy).iter().map(|layer| layer.id.span.file))
    }
}

/// Digests of one bundle in turn: what the files of one have in common with those of the one before, from the first on, is not
/// read again.
#[derive(Default)]
pub(super) struct Digests<'a> {
    before: Vec<(&'a str, Sha256)>,
}

impl<'a> Digests<'a> {
    /// The digest for some layers: see [`rules_digest`].
    pub(super) fn next(&mut self, bundle: &'a Bundle, layers: impl IntoIterator<Item = FileId>) -> String {
        let files = files(bundle, layers);
        let same = self.before.iter().zip(&files).take_while(|((known, _), (name, _))| known == name).count();
        self.before.truncate(same);
        let mut hash = self.before.last().map(|(_, hash)| hash.clone()).unwrap_or_default();
        for (name, text) in &files[same..] {
            for part in [name, text] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part.as_bytes());
            }
            self.before.push((name, hash.clone()));
        }
        shown(&hash.finalize())
    }
}

/// Names and texts of the layers and of all words and maps: the same rules, however their files were found.
fn files(bundle: &Bundle, layers: impl IntoIterator<Item = FileId>) -> Vec<(&str, &str)> {
    let files = layers.into_iter().chain(bundle.words());
    let mut files: Vec<_> = files.map(|file| (bundle.name(file), bundle.text(file))).collect();
    files.sort_unstable();
    files.dedup();
    files
}

/// `sha256:` and hexadecimal digits.
pub(super) fn shown(digest: &[u8]) -> String {
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
