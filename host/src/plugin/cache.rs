//! Compiled code of vendor plugins, kept between runs.
//!
//! Loading compiled code trusts it as much as this program's own. So an entry counts only if it carries a
//! HMAC-SHA-256 under a key that nobody but the owner of the directory can read; whatever is foreign, damaged, from
//! another version or for another processor is as good as absent, and compiled again. Only components are ever taken
//! from a vendor.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use wasmtime::Engine;

const MAGIC: &[u8; 16] = b"tamis compiled 1";
const TAG: usize = 32;
const KEY_FILE: &str = "plugin-cache.key";
/// Beyond any component's code under the size limit; a larger file is not read.
const LARGEST: u64 = 1 << 30;

/// A directory with compiled code.
pub(super) struct Cache {
    dir: PathBuf,
    key: [u8; 32],
}

/// Which code: of which component, compiled how and by what.
pub(super) struct Slot([u8; 32]);

impl Slot {
    pub(super) fn new(engine: &Engine, component: &[u8; 32]) -> Slot {
        let mut hasher = Feed(Sha256::new());
        // Covers the version of wasmtime, the processor's features and the whole configuration.
        engine.precompile_compatibility_hash().hash(&mut hasher);
        hasher.0.update(component);
        Slot(hasher.0.finalize().into())
    }

    fn file_name(&self) -> String {
        let mut name = String::with_capacity(70);
        for byte in self.0 {
            name.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
            name.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
        }
        name + ".cwasm"
    }
}

/// Feeds a SHA-256 with what a type hashes.
struct Feed(Sha256);

impl Hasher for Feed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest: [u8; 32] = self.0.clone().finalize().into();
        digest.first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
    }
}

impl Cache {
    /// Opens a directory, which is made if it is not there, and its key.
    ///
    /// # Errors
    /// When there is no key, and none can be made: above all when someone else could write to the directory or read
    /// the key. The host then compiles without a cache.
    pub(super) fn open(dir: &Path) -> io::Result<Cache> {
        private::make_dir(dir)?;
        let path = dir.join(KEY_FILE);
        let key = match private::read(&path, 64) {
            Ok(key) => key,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = [0; 32];
                getrandom::fill(&mut key).map_err(|_| io::Error::other("no randomness for a key"))?;
                put(dir, &path, &[&key], false)?;
                // Whoever was first: read what stands there now.
                private::read(&path, 64)?
            }
            Err(error) => return Err(error),
        };
        let key = key.try_into().map_err(|_| io::Error::other("the plugin cache's key is not 32 bytes: remove it"))?;
        Ok(Cache { dir: dir.to_owned(), key })
    }

    /// The code in a slot, if it is there and was written by the holder of the key for this very slot.
    pub(super) fn get(&self, slot: &Slot) -> Option<Vec<u8>> {
        let mut entry = private::read(&self.dir.join(slot.file_name()), LARGEST).ok()?;
        if entry.len() < MAGIC.len() + TAG {
            return None;
        }
        let code = entry.split_off(MAGIC.len() + TAG);
        let tag = entry.strip_prefix(MAGIC.as_slice())?;
        self.mac(slot, &code).verify_slice(tag).ok()?;
        Some(code)
    }

    /// Keeps code. A failure costs a compilation next time, nothing else.
    pub(super) fn put(&self, slot: &Slot, code: &[u8]) -> io::Result<()> {
        let tag = self.mac(slot, code).finalize().into_bytes();
        put(&self.dir, &self.dir.join(slot.file_name()), &[MAGIC, &tag, code], true)
    }

    fn mac(&self, slot: &Slot, code: &[u8]) -> Hmac<Sha256> {
        // HMAC fills a short key up with zeros to a block: so done here, where it cannot fail.
        let mut block = [0; 64];
        let (head, _) = block.split_at_mut(self.key.len());
        head.copy_from_slice(&self.key);
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.update(MAGIC);
        mac.update(&slot.0);
        mac.update(code);
        mac
    }
}

/// Writes a file that appears whole or not at all; without `replace` an existing one stays.
fn put(dir: &Path, path: &Path, parts: &[&[u8]], replace: bool) -> io::Result<()> {
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce).map_err(|_| io::Error::other("no randomness for a file name"))?;
    let temporary = dir.join(format!(".{:016x}.tmp", u64::from_le_bytes(nonce)));
    let written = private::create(&temporary).and_then(|mut file| {
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.sync_all()
    });
    let placed = written.and_then(|()| match replace {
        true => fs::rename(&temporary, path),
        false => match fs::hard_link(&temporary, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        },
    });
    if placed.is_err() || !replace {
        // Nothing depends on its being gone.
        let _ = fs::remove_file(&temporary);
    }
    placed
}

/// Files that only their owner can have written, and that nobody else can read.
#[cfg(unix)]
mod private {
    use super::*;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};

    pub(super) fn make_dir(dir: &Path) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let meta = fs::metadata(dir)?;
        if !meta.is_dir() || meta.mode() & 0o022 != 0 || meta.uid() != own_uid(dir)? {
            return Err(io::Error::other("others than this user can write to the plugin cache: make it mode 700"));
        }
        Ok(())
    }

    /// This process's user, seen from a file it makes: the standard library does not tell.
    fn own_uid(dir: &Path) -> io::Result<u32> {
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce).map_err(|_| io::Error::other("no randomness for a file name"))?;
        let probe = dir.join(format!(".{:016x}.tmp", u64::from_le_bytes(nonce)));
        let uid = create(&probe)?.metadata()?.uid();
        fs::remove_file(&probe)?;
        Ok(uid)
    }

    pub(super) fn create(path: &Path) -> io::Result<fs::File> {
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
    }

    pub(super) fn read(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
        // The directory is writable by its owner only, so what stands here between these two lines is the owner's.
        if !fs::symlink_metadata(path)?.is_file() {
            return Err(io::Error::other("not a plain file"));
        }
        let file = fs::File::open(path)?;
        let meta = file.metadata()?;
        let parent = path.parent().map(fs::metadata).transpose()?;
        if meta.mode() & 0o077 != 0 || parent.is_some_and(|dir| dir.uid() != meta.uid()) || meta.len() > largest {
            return Err(io::Error::other("readable by others, owned by another user, or too long"));
        }
        let mut bytes = Vec::new();
        file.take(largest).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Where file modes do not exist there is no cache.
#[cfg(not(unix))]
mod private {
    use super::*;

    pub(super) fn make_dir(_dir: &Path) -> io::Result<()> {
        Err(io::Error::other("the plugin cache needs file permissions of a Unix system"))
    }

    pub(super) fn create(path: &Path) -> io::Result<fs::File> {
        fs::OpenOptions::new().write(true).create_new(true).open(path)
    }

    pub(super) fn read(_path: &Path, _largest: u64) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::engine;
    use crate::plugin::limits::Limits;

    fn temporary(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("tamis-cache-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        dir
    }

    #[test]
    fn an_entry_counts_only_as_it_was_written() {
        let dir = temporary("entry");
        let engine = engine::start(&Limits::default()).unwrap();
        let slot = Slot::new(&engine, &[1; 32]);
        let cache = Cache::open(&dir).unwrap();
        assert_eq!(cache.get(&slot), None);
        cache.put(&slot, b"compiled").unwrap();
        assert_eq!(cache.get(&slot).as_deref(), Some(b"compiled".as_slice()));
        assert_eq!(Cache::open(&dir).unwrap().get(&slot).as_deref(), Some(b"compiled".as_slice()), "the key stays");

        let path = dir.join(slot.file_name());
        let written = fs::read(&path).unwrap();
        for at in 0..written.len() {
            let mut tampered = written.clone();
            tampered[at] ^= 1;
            fs::write(&path, &tampered).unwrap();
            assert_eq!(cache.get(&slot), None, "byte {at}");
        }
        for len in 0..written.len() {
            fs::write(&path, &written[..len]).unwrap();
            assert_eq!(cache.get(&slot), None, "cut to {len}");
        }
        // A whole entry, of another slot.
        let other = Slot::new(&engine, &[2; 32]);
        fs::write(&path, &written).unwrap();
        fs::rename(&path, dir.join(other.file_name())).unwrap();
        assert_eq!(cache.get(&other), None);
        // A whole entry, under another key.
        let foreign = temporary("foreign");
        let elsewhere = Cache::open(&foreign).unwrap();
        elsewhere.put(&slot, b"foreign code").unwrap();
        fs::copy(foreign.join(slot.file_name()), &path).unwrap();
        assert_eq!(cache.get(&slot), None);
        fs::remove_dir_all(dir).unwrap();
        fs::remove_dir_all(foreign).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn what_others_can_write_or_read_is_no_cache() {
        use std::os::unix::fs::PermissionsExt;
        let dir = temporary("modes");
        drop(Cache::open(&dir).unwrap());
        let key = dir.join(KEY_FILE);
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Cache::open(&dir).is_err(), "a key that others can read");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(Cache::open(&dir).is_err(), "a directory that others can write");
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)).unwrap();
        fs::rename(&key, dir.join("moved")).unwrap();
        std::os::unix::fs::symlink(dir.join("moved"), &key).unwrap();
        assert!(Cache::open(&dir).is_err(), "a link in place of the key");
        fs::remove_dir_all(dir).unwrap();
    }
}
