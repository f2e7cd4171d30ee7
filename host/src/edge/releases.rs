//! Bundles of policies on disk: a folder of them, and the one that was in force last.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::policy::release::{BUNDLE_BYTES_MAX, BadBundle, Bundled, read};

/// How files of bundles end.
pub const ENDING: &str = "bundle";

/// Why a bundle cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// A file or folder cannot be read or written.
    #[error("cannot use {}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file is no bundle, or was changed.
    #[error("{}: {why}", path.display())]
    Bad {
        /// Which.
        path: PathBuf,
        /// Why.
        why: BadBundle,
    },
}

/// Reads a bundle, and no more of the file than a bundle may have.
///
/// # Errors
///
/// It cannot be read, or is none.
pub fn open(path: &Path) -> Result<Bundled, ReleaseError> {
    let failed = |error| ReleaseError::Io { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(BUNDLE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    read(&bytes).map_err(|why| ReleaseError::Bad { path: path.to_owned(), why })
}

/// The latest of some bundles of one tenant, and its file. A file that is none is an error: it may be the latest.
///
/// # Errors
///
/// One of them cannot be read.
pub fn latest_of(paths: &[PathBuf]) -> Result<Option<(PathBuf, Bundled)>, ReleaseError> {
    let mut best: Option<(PathBuf, Bundled)> = None;
    for path in paths {
        let bundle = open(path)?;
        if best.as_ref().is_none_or(|(_, other)| other.manifest.order() < bundle.manifest.order()) {
            best = Some((path.clone(), bundle));
        }
    }
    Ok(best)
}

/// The latest bundle of a tenant in a folder, and its file.
///
/// # Errors
///
/// The folder or a bundle of the tenant in it cannot be read.
pub fn latest(folder: &Path, tenant: &str) -> Result<Option<(PathBuf, Bundled)>, ReleaseError> {
    latest_of(&by_tenant(folder)?.remove(tenant).unwrap_or_default())
}

/// The bundles of a folder by tenant, as the names of the files say: a bad one stops nobody else.
///
/// # Errors
///
/// The folder cannot be read.
pub fn by_tenant(folder: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>, ReleaseError> {
    let failed = |error| ReleaseError::Io { path: folder.to_owned(), error };
    let mut all: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == ENDING) {
            all.entry(tenant_of(&path)).or_default().push(path);
        }
    }
    Ok(all)
}

/// The tenant that the name of a file says: `NAME@REVISION.EVIDENCE.bundle`, `NAME.toml`.
pub fn tenant_of(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    stem.split('@').next().unwrap_or_default().to_owned()
}

/// Writes a file whole or not at all, and waits until it is on disk. `mode`: who may read it.
///
/// # Errors
///
/// It cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> Result<(), ReleaseError> {
    let write = || {
        let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let new = above.join(name);
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        File::open(above)?.sync_all()
    };
    write().map_err(|error| ReleaseError::Io { path: path.to_owned(), error })
}

/// What was in force last, of each tenant of each route: a folder that only this process writes. It outlives restarts, so that an older
/// bundle is refused whenever it comes.
#[derive(Debug)]
pub struct Remembered {
    folder: PathBuf,
}

impl Remembered {
    /// In the folder of a process's state.
    pub fn new(state: &Path) -> Self {
        Self { folder: state.join("policies") }
    }

    /// The bundle that was in force last for a route; of a route that is new, or has another name, the latest of all routes. `None`:
    /// there was none.
    ///
    /// # Errors
    ///
    /// It is there and cannot be read: nobody knows what may follow.
    pub fn of(&self, route: &str, tenant: &str) -> Result<Option<Bundled>, ReleaseError> {
        match self.own(&self.folder.join(route), tenant)? {
            None => self.latest(tenant),
            own => Ok(own),
        }
    }

    /// The latest bundle that was in force for any route, also one that is no more.
    ///
    /// # Errors
    ///
    /// As [`Remembered::of`].
    pub fn latest(&self, tenant: &str) -> Result<Option<Bundled>, ReleaseError> {
        let failed = |error| ReleaseError::Io { path: self.folder.clone(), error };
        let folders = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            folders => folders.map_err(failed)?,
        };
        let mut latest: Option<Bundled> = None;
        for folder in folders {
            let is_later = |one: &Bundled| latest.as_ref().is_none_or(|it| it.manifest.order() < one.manifest.order());
            latest = self.own(&folder.map_err(failed)?.path(), tenant)?.filter(is_later).or(latest);
        }
        Ok(latest)
    }

    fn own(&self, folder: &Path, tenant: &str) -> Result<Option<Bundled>, ReleaseError> {
        match open(&folder.join(format!("{tenant}.{ENDING}"))) {
            Err(ReleaseError::Io { error, .. })
                if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
            {
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    /// Remembers a bundle, from its bytes.
    ///
    /// # Errors
    ///
    /// It cannot be written: then it must not be in force.
    pub fn keep(&self, route: &str, tenant: &str, bytes: &[u8]) -> Result<(), ReleaseError> {
        let own = self.folder.join(route);
        let failed = |error| ReleaseError::Io { path: own.clone(), error };
        if !own.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(&own).map_err(failed)?;
            // Its name outlives a crash as what is in it does.
            File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
        write_whole(&own.join(format!("{tenant}.{ENDING}")), bytes, 0o600)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_and_what_is_no_bundle_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let remembered = Remembered::new(folder.path());
        assert!(remembered.of("staff", "firm").unwrap().is_none());
        remembered.keep("staff", "firm", b"no bundle").unwrap();
        assert!(matches!(remembered.of("staff", "firm"), Err(ReleaseError::Bad { why: BadBundle::Kind, .. })));
        // Of a route that is not known, what was in force of any counts.
        assert!(remembered.of("other", "firm").is_err() && remembered.latest("firm").is_err());
        assert!(remembered.of("other", "else").unwrap().is_none() && remembered.latest("else").unwrap().is_none());
        assert!(latest(&folder.path().join("policies/staff"), "firm").is_err());
        assert!(latest(&folder.path().join("policies/staff"), "other").unwrap().is_none());
        assert!(latest(&folder.path().join("nowhere"), "firm").is_err());
    }
}
