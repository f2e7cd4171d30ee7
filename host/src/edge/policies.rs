//! A folder of policies on disk → a bundle.

use std::path::{Path, PathBuf};

use crate::policy::syntax::{Bundle, FileKind};

/// What one policy file leads to.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Everything below the folder, named by path.
    pub bundle: Bundle,
    /// Id of the policy that was asked for: the stem of its file.
    pub policy: String,
    /// The folder.
    pub root: PathBuf,
    /// The file itself.
    pub file: PathBuf,
}

impl Folder {
    /// The same folder, for another policy file in it. The bundle stays with the first.
    pub fn of(&self, file: &Path) -> Self {
        Self { bundle: Bundle::new(), policy: id(file), root: self.root.clone(), file: file.to_owned() }
    }
}

/// The id of a policy: the stem of its file.
pub fn id(file: &Path) -> String {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The policy files of a folder of tenants, in the order of their names: what is beside a policy (evidence, lists, tests) is none.
///
/// # Errors
///
/// The folder cannot be read.
pub fn tenants(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let failed = |error| FolderError::Read { path: folder.to_owned(), error };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // An id holds no dot; `NAME.evidence.toml` does.
        if name.strip_suffix(".toml").is_some_and(|stem| !stem.contains('.')) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Why a folder could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder could not be read.
    #[error("cannot read {path}: {error}")]
    Read {
        /// What.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Around the policy there are no words.
    #[error("{path} stands in no folder of policies: no categories.toml in one of the folders above it")]
    NoFolder {
        /// The file.
        path: PathBuf,
    },
}

/// Reads every file of the language in the folder that a policy file belongs to: the nearest folder above it that holds
/// `categories.toml`.
///
/// # Errors
///
/// The file, the folder or one of its files cannot be read.
pub fn folder(file: &Path) -> Result<Folder, FolderError> {
    let read =
        |path: &Path| std::fs::read_to_string(path).map_err(|error| FolderError::Read { path: path.to_owned(), error });
    read(file)?;
    let (root, _) = root_of(file)?;
    let mut bundle = Bundle::new();
    for name in names(&root)? {
        match FileKind::of(&name) {
            Some(FileKind::Evidence | FileKind::Lists | FileKind::Test) | None => {}
            Some(_) => drop(bundle.add(&name, read(&root.join(&name))?)),
        }
    }
    Ok(Folder { bundle, policy: id(file), root, file: file.to_owned() })
}

/// A folder of policies with everything that stands in it.
#[derive(Debug)]
pub struct Whole {
    /// Every TOML file below the folder, named by path; lists are sealed.
    pub bundle: Bundle,
    /// The folder.
    pub root: PathBuf,
}

/// Reads every TOML file of a folder of policies.
///
/// # Errors
///
/// The folder or one of its files cannot be read.
pub fn whole(root: &Path) -> Result<Whole, FolderError> {
    let mut bundle = Bundle::new();
    for name in names(root)?.into_iter().filter(|name| name.ends_with(".toml")) {
        let path = root.join(&name);
        let text = std::fs::read_to_string(&path).map_err(|error| FolderError::Read { path, error })?;
        match FileKind::of(&name) {
            Some(FileKind::Lists) => bundle.add_sealed(name, text),
            _ => bundle.add(name, text),
        };
    }
    Ok(Whole { bundle, root: root.to_owned() })
}

/// The folder of policies that a path is or is in, and where in it: parts separated by slashes, empty for the folder itself.
///
/// # Errors
///
/// Neither the path nor a folder above it holds `categories.toml`.
pub fn root_of(path: &Path) -> Result<(PathBuf, String), FolderError> {
    let absolute = std::path::absolute(path).map_err(|error| FolderError::Read { path: path.to_owned(), error })?;
    let Some(root) = absolute.ancestors().find(|dir| dir.join("categories.toml").is_file()) else {
        return Err(FolderError::NoFolder { path: path.to_owned() });
    };
    let below = absolute.strip_prefix(root).unwrap_or(Path::new(""));
    let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    Ok((root.to_owned(), parts.join("/")))
}

/// Paths of all files below a folder, in order. What is hidden is none: in a volume of Kubernetes each file is a link into a hidden folder.
fn names(root: &Path) -> Result<Vec<String>, FolderError> {
    let mut names = Vec::new();
    walk(root, "", &mut names).map_err(|(path, error)| FolderError::Read { path, error })?;
    names.sort();
    Ok(names)
}

fn walk(root: &Path, below: &str, names: &mut Vec<String>) -> Result<(), (PathBuf, std::io::Error)> {
    let dir = root.join(below);
    let entries = std::fs::read_dir(&dir).map_err(|error| (dir.clone(), error))?;
    for entry in entries {
        let entry = entry.map_err(|error| (dir.clone(), error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.path().is_dir() {
            walk(root, &path, names)?;
        } else {
            names.push(path);
        }
    }
    Ok(())
}

/// The exact list of that name beside a policy (`NAME.LIST.list`), or the file that was named instead. `None`: it is not there.
///
/// # Errors
///
/// A file that was named, or that stands there, cannot be read.
pub fn exact_list(folder: &Folder, named: Option<&Path>, list: &str) -> Result<Option<Vec<u8>>, FolderError> {
    let default = exact_list_path(&folder.file, list);
    let path = match named {
        Some(path) => path,
        None if default.is_file() => &default,
        None => return Ok(None),
    };
    std::fs::read(path).map(Some).map_err(|error| FolderError::Read { path: path.to_owned(), error })
}

/// Where the exact list of that name stands, beside a policy file.
pub fn exact_list_path(policy: &Path, list: &str) -> PathBuf {
    policy.with_file_name(format!("{}.{list}.list", id(policy)))
}

/// A file that belongs to a policy and stands beside it (`NAME.evidence.toml`), or the one that was named instead. Of a folder that was
/// named it is the one of that name, if it is there.
///
/// # Errors
///
/// A file that was named, or that stands there, cannot be read.
pub fn beside(folder: &Folder, named: Option<&Path>, ending: &str) -> Result<Option<(String, String)>, FolderError> {
    let name = format!("{}.{ending}.toml", folder.policy);
    let default = folder.file.with_file_name(&name);
    let named = match named {
        Some(among) if among.is_dir() => Some(among.join(&name)).filter(|path| path.is_file()),
        named => named.map(Path::to_owned),
    };
    let Some(path) = named.or_else(|| Some(default).filter(|path| path.is_file())) else { return Ok(None) };
    let text = std::fs::read_to_string(&path).map_err(|error| FolderError::Read { path: path.clone(), error })?;
    Ok(Some((path.display().to_string(), text)))
}
