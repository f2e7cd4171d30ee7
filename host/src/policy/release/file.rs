//! A bundle as bytes.
//!
//! ```text
//! tamis-bundle 1
//! {"tenant":"example-de","revision":6,…,"files":[{"path":"categories.toml","size":…,"sha256":"…"},…]}
//! <the contents, in the order of the files; what several files share stands once>
//! {"role":"officer","name":"…","key":"…","signature":"…"}
//! ```
//!
//! There is one way to write a bundle, so equal content is equal bytes, and whatever is not written in that way is refused. Nothing in
//! it can point out of it: a path is a name in the manifest and is never opened.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};

use super::manifest::{FileLine, Manifest};
use super::signature::Signature;

/// Longest bundle that is read, in bytes.
pub const BUNDLE_BYTES_MAX: usize = 64 << 20;
const MANIFEST_BYTES_MAX: usize = 4 << 20;
const FILES_MAX: usize = 8192;
const PATH_BYTES_MAX: usize = 512;
const SIGNATURES_MAX: usize = 32;
const HEAD: &[u8] = b"tamis-bundle 1\n";

/// A bundle that is whole: each file is what its manifest says, and each signature in it is one of the key that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundled {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Contents by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Who signed it.
    pub signatures: Vec<Signature>,
}

/// Why bytes are no bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBundle {
    /// Another kind of file, or of another version of Tamis.
    #[error("this is no bundle of a policy")]
    Kind,
    /// Too long.
    #[error("it is longer than {} MiB", BUNDLE_BYTES_MAX >> 20)]
    Long,
    /// It ends too early.
    #[error("it was cut off")]
    Cut,
    /// Its manifest is none, or not written in the one way.
    #[error("its manifest is damaged")]
    Manifest,
    /// A path that could lead elsewhere, stands twice or out of order.
    #[error("its manifest names a file that cannot be in a bundle")]
    Path,
    /// A file was changed.
    #[error("`{0}` is not what the manifest says")]
    File(String),
    /// A signature does not fit, or is none.
    #[error("a signature in it is not of this bundle")]
    Signature,
}

/// SHA-256 in hexadecimal digits.
fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_path(path: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    let is_plain = |c: char| !c.is_control() && c != '\\' && c != ':';
    path.len() <= PATH_BYTES_MAX && path.chars().all(is_plain) && path.split('/').all(is_part)
}

/// The manifest as it is signed and written, without its line break.
pub(super) fn line(manifest: &Manifest) -> Vec<u8> {
    // A struct of texts and numbers has no reason to fail.
    serde_json::to_vec(manifest).unwrap_or_default()
}

/// Writes a bundle; `manifest.files` follows from the files.
///
/// # Errors
///
/// What is in it could not be read back.
pub fn write(
    mut manifest: Manifest,
    files: &BTreeMap<String, Vec<u8>>,
    signatures: &[Signature],
) -> Result<Vec<u8>, BadBundle> {
    let file = |(path, content): (&String, &Vec<u8>)| FileLine {
        path: path.clone(),
        size: content.len() as u32,
        sha256: digest(content),
    };
    manifest.files = files.iter().map(file).collect();
    let mut out = HEAD.to_vec();
    out.extend(line(&manifest));
    out.push(b'\n');
    let mut written: HashMap<&str, ()> = HashMap::new();
    for (line, content) in manifest.files.iter().zip(files.values()) {
        if written.insert(&line.sha256, ()).is_none() {
            out.extend_from_slice(content);
        }
    }
    for signature in signatures {
        out.extend(signature.line());
    }
    // What cannot be read is not written.
    read(&out)?;
    Ok(out)
}

impl Bundled {
    /// The bytes that it was read from.
    pub fn bytes(&self) -> Vec<u8> {
        write(self.manifest.clone(), &self.files, &self.signatures).unwrap_or_default()
    }

    /// The digest of its manifest, and so of everything in it but signatures.
    pub fn digest(&self) -> String {
        digest(&line(&self.manifest))
    }
}

/// Reads a bundle. Whether its signatures are of anybody whom the reader trusts is another question:
/// [`Bundled::signed_by`].
///
/// # Errors
///
/// It is none, or something in it was changed.
pub fn read(bytes: &[u8]) -> Result<Bundled, BadBundle> {
    if bytes.len() > BUNDLE_BYTES_MAX {
        return Err(BadBundle::Long);
    }
    let rest = bytes.strip_prefix(HEAD).ok_or(BadBundle::Kind)?;
    let end = memchr::memchr(b'\n', &rest[..rest.len().min(MANIFEST_BYTES_MAX)]).ok_or(BadBundle::Manifest)?;
    let manifest: Manifest = serde_json::from_slice(&rest[..end]).map_err(|_| BadBundle::Manifest)?;
    // Written in another way it could say one thing to us and another to somebody else.
    if line(&manifest) != rest[..end] {
        return Err(BadBundle::Manifest);
    }
    let is_sorted = manifest.files.is_sorted_by(|one, other| one.path < other.path);
    if manifest.files.len() > FILES_MAX || !is_sorted || !manifest.files.iter().all(|file| is_path(&file.path)) {
        return Err(BadBundle::Path);
    }
    let (files, rest) = contents(&manifest, &rest[end + 1..])?;
    let mut signatures: Vec<Signature> = Vec::new();
    for own in rest.split_inclusive(|byte| *byte == b'\n') {
        let signature = Signature::read(own).ok_or(BadBundle::Signature)?;
        let is_twice = signatures.iter().any(|other| other.key == signature.key);
        if is_twice || signatures.len() == SIGNATURES_MAX || !signature.is_of(&manifest) {
            return Err(BadBundle::Signature);
        }
        signatures.push(signature);
    }
    Ok(Bundled { manifest, files, signatures })
}

type Contents<'b> = (BTreeMap<String, Vec<u8>>, &'b [u8]);

/// The contents of the files, and what follows them.
fn contents<'b>(manifest: &Manifest, mut rest: &'b [u8]) -> Result<Contents<'b>, BadBundle> {
    let mut known: HashMap<&str, &[u8]> = HashMap::new();
    let (mut files, mut total) = (BTreeMap::new(), 0usize);
    for file in &manifest.files {
        let size = file.size as usize;
        let content = match known.get(file.sha256.as_str()) {
            Some(content) => *content,
            None => {
                let (content, behind) = rest.split_at_checked(size).ok_or(BadBundle::Cut)?;
                rest = behind;
                if digest(content) != file.sha256 {
                    return Err(BadBundle::File(file.path.clone()));
                }
                known.insert(&file.sha256, content);
                content
            }
        };
        // Many files may share one content: what they come to in memory is bounded as well.
        total = total.saturating_add(size);
        if content.len() != size || total > 4 * BUNDLE_BYTES_MAX {
            return Err(BadBundle::File(file.path.clone()));
        }
        files.insert(file.path.clone(), content.to_vec());
    }
    Ok((files, rest))
}
