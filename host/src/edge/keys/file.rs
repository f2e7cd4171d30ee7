//! The file of an epoch: a line of JSON, readable by its owner only.
//!
//! ```text
//! {"tamis":"epoch","version":1,"tenant":"example-de","epoch":229,"days":90,"made":"2026-11-03T…","wrapped":"…"}
//! {"tamis":"epoch","version":1,"tenant":"example-de","epoch":229,"days":90,"made":"2026-11-03T…","retired":"2027-08-01T…"}
//! ```
//!
//! `wrapped` is the base64 of the secret under ChaCha20-Poly1305 with a key that derives from the root for this tenant and epoch.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Serialize};

use super::super::aead;
use crate::kill;
use crate::pipeline::codes::{ROOT_BYTES, Root};
use crate::pipeline::keys::{Epoch, KeyError};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Written {
    tamis: String,
    version: u32,
    tenant: String,
    epoch: u32,
    days: u32,
    made: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wrapped: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retired: Option<String>,
}

/// An epoch that a folder knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub epoch: Epoch,
    /// When its secret was made (RFC 3339).
    pub made: String,
    /// What became of it.
    pub state: State,
}

/// What became of the secret of an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is there.
    Live,
    /// It was destroyed, at that time.
    Retired(String),
    /// What stands in the file is none: `tamis keys retire` was cut short, or somebody wrote there.
    Damaged,
}

fn path(folder: &Path, tenant: &str, epoch: Epoch) -> PathBuf {
    folder.join(tenant).join(format!("{}.{}.key", epoch.number, epoch.days))
}

fn failed<'a>(what: &'a str, path: &'a Path) -> impl Fn(io::Error) -> KeyError + 'a {
    move |error| KeyError(format!("cannot {what} {}: {error}", path.display()))
}

fn wrong<T>(path: &Path, why: &str) -> Result<T, KeyError> {
    Err(KeyError(format!("{}: {why}", path.display())))
}

/// What binds a wrapped secret to its tenant and epoch.
fn about(tenant: &str, epoch: Epoch) -> Vec<u8> {
    format!("tamis epoch {VERSION} {tenant} {} {}", epoch.number, epoch.days).into_bytes()
}

/// The text of a file that nobody but its owner may read; `None`: there is no file.
fn text(path: &Path) -> Result<Option<String>, KeyError> {
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path)(error)),
    };
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let why = format!("others may read this key (mode {mode:03o})\nhelp: chmod 600 {}", path.display());
        return wrong(path, &why);
    }
    fs::read(path).map(|text| Some(String::from_utf8_lossy(&text).into_owned())).map_err(failed("read", path))
}

fn parsed(text: &str, tenant: &str, epoch: Epoch) -> Option<Written> {
    let written: Written = serde_json::from_str(text).ok()?;
    let is_it = written.tamis == "epoch" && written.version == VERSION && written.tenant == tenant;
    let same = Epoch { number: written.epoch, days: written.days } == epoch;
    (is_it && same && written.wrapped.is_some() != written.retired.is_some()).then_some(written)
}

/// The secret of an epoch; `None`: it was not made yet.
pub(super) fn read(folder: &Path, root: &Root, tenant: &str, epoch: Epoch) -> Result<Option<Root>, KeyError> {
    let path = path(folder, tenant, epoch);
    let Some(text) = text(&path)? else { return Ok(None) };
    let Some(written) = parsed(&text, tenant, epoch) else {
        return wrong(&path, "this is no key of this epoch: it was damaged, or is another's");
    };
    if let Some(when) = written.retired {
        let number = epoch.number;
        return wrong(
            &path,
            &format!("the key of epoch {number} was destroyed at {when}: no code of it can be made any more"),
        );
    }
    let key = root.wrapping_key(tenant, epoch);
    let wrapped = written.wrapped.and_then(|text| BASE64_STANDARD.decode(text).ok());
    let secret = wrapped.and_then(|wrapped| aead::open(&key, &about(tenant, epoch), &wrapped));
    match secret.and_then(|secret| <[u8; ROOT_BYTES]>::try_from(secret).ok()) {
        Some(secret) => Ok(Some(Root::new(secret))),
        None => wrong(&path, "it was wrapped under another root than [keys] root, or changed since"),
    }
}

/// Makes the secret of an epoch, or takes the one that somebody else made meanwhile.
pub(super) fn make(folder: &Path, root: &Root, tenant: &str, epoch: Epoch) -> Result<Root, KeyError> {
    let mut secret = [0; ROOT_BYTES];
    getrandom::fill(&mut secret).map_err(|error| KeyError(format!("the machine gives no randomness: {error}")))?;
    let wrapped = aead::seal(&root.wrapping_key(tenant, epoch), &about(tenant, epoch), secret.to_vec());
    let wrapped = wrapped.ok_or_else(|| KeyError("the machine gives no randomness".to_owned()))?;
    let written = Written {
        tamis: "epoch".to_owned(),
        version: VERSION,
        tenant: tenant.to_owned(),
        epoch: epoch.number,
        days: epoch.days,
        made: jiff::Timestamp::now().to_string(),
        wrapped: Some(BASE64_STANDARD.encode(wrapped)),
        retired: None,
    };
    let path = path(folder, tenant, epoch);
    let new = write_aside(folder, &path, tenant, &written)?;
    let linked = kill::around("epoch-key", "link", || fs::hard_link(&new, &path));
    kill::around("epoch-key", "unlink", || fs::remove_file(&new)).map_err(failed("remove", &new))?;
    match linked {
        Ok(()) => sync_folders(folder, tenant)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => sync_folders(folder, tenant)?,
        Err(error) => return Err(failed("make", &path)(error)),
    }
    // Read again: what counts is what is there, whoever made it.
    read(folder, root, tenant, epoch)?.ok_or_else(|| KeyError(format!("{} is gone again", path.display())))
}

/// Writes a file whole, and synced, beside the name that it is to have.
fn write_aside(folder: &Path, path: &Path, tenant: &str, written: &Written) -> Result<PathBuf, KeyError> {
    let own = folder.join(tenant);
    DirBuilder::new().recursive(true).mode(0o700).create(&own).map_err(failed("make", &own))?;
    let mode = fs::metadata(folder).map_err(failed("read", folder))?.permissions().mode() & 0o777;
    if mode & 0o007 != 0 {
        return wrong(
            folder,
            &format!("everybody may enter the folder of keys (mode {mode:03o})\nhelp: chmod 700 {}", folder.display()),
        );
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = own.join(format!(".{name}.{:016x}", getrandom::u64().unwrap_or_default()));
    let put = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        let mut line = serde_json::to_vec(written)?;
        line.push(b'\n');
        kill::write("epoch-key", &mut file, &line)?;
        kill::around("epoch-key", "sync", || file.sync_all())
    };
    put().map_err(failed("write", &new))?;
    Ok(new)
}

fn sync_folders(folder: &Path, tenant: &str) -> Result<(), KeyError> {
    let own = folder.join(tenant);
    let sync = |path: &Path| kill::around("epoch-key", "sync-folder", || File::open(path)?.sync_all());
    sync(&own).map_err(failed("sync", &own))?;
    sync(folder).map_err(failed("sync", folder))
}

/// Destroys the secret of an epoch: its bytes are overwritten first, where the file system writes in place.
pub(super) fn retire(folder: &Path, tenant: &str, epoch: Epoch) -> Result<(), KeyError> {
    let path = path(folder, tenant, epoch);
    let Some(text) = text(&path)? else { return wrong(&path, "there is no such key") };
    let before = parsed(&text, tenant, epoch);
    if before.as_ref().is_none_or(|written| written.retired.is_none()) {
        let overwrite = || {
            let mut file = OpenOptions::new().write(true).open(&path)?;
            file.write_all(&vec![b'0'; text.len()])?;
            file.sync_all()
        };
        overwrite().map_err(failed("overwrite", &path))?;
        let made = before.map_or_else(|| "unknown".to_owned(), |written| written.made);
        let retired = Some(jiff::Timestamp::now().to_string());
        let (number, days, tamis) = (epoch.number, epoch.days, "epoch".to_owned());
        let tenant_id = tenant.to_owned();
        let stone =
            Written { tamis, version: VERSION, tenant: tenant_id, epoch: number, days, made, wrapped: None, retired };
        let new = write_aside(folder, &path, tenant, &stone)?;
        fs::rename(&new, &path).map_err(failed("write", &path))?;
    }
    // What a crash left while the key was being made holds the same secret.
    let aside = format!(".{}.{}.key.", epoch.number, epoch.days);
    let own = folder.join(tenant);
    for entry in fs::read_dir(&own).map_err(failed("read", &own))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&aside) {
            fs::remove_file(entry.path()).map_err(failed("remove", &entry.path()))?;
        }
    }
    sync_folders(folder, tenant)
}

pub(super) fn is_retired(folder: &Path, tenant: &str, epoch: Epoch) -> bool {
    let text = fs::read_to_string(path(folder, tenant, epoch)).unwrap_or_default();
    parsed(&text, tenant, epoch).is_some_and(|written| written.retired.is_some())
}

/// Epochs of a tenant, the oldest first.
pub(super) fn list(folder: &Path, tenant: &str) -> Result<Vec<Kept>, KeyError> {
    let own = folder.join(tenant);
    let mut all = Vec::new();
    let entries = match fs::read_dir(&own) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(all),
        Err(error) => return Err(failed("read", &own)(error)),
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some((number, days)) = name.strip_suffix(".key").and_then(|name| name.split_once('.')) else { continue };
        let (Ok(number), Ok(days)) = (number.parse(), days.parse()) else { continue };
        let epoch = Epoch { number, days };
        let written = text(&entry.path())?.and_then(|text| parsed(&text, tenant, epoch));
        let (made, state) = match written {
            Some(Written { made, retired: Some(when), .. }) => (made, State::Retired(when)),
            Some(Written { made, .. }) => (made, State::Live),
            None => (String::new(), State::Damaged),
        };
        all.push(Kept { epoch, made, state });
    }
    all.sort_by_key(|kept| u64::from(kept.epoch.number) * u64::from(kept.epoch.days));
    Ok(all)
}

/// Tenants that have a folder in it, by name.
pub(super) fn tenants(folder: &Path) -> Result<Vec<String>, KeyError> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed("read", folder))?.flatten() {
        if entry.path().is_dir() {
            all.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    all.sort();
    Ok(all)
}

pub(super) fn new_root(path: &Path) -> Result<(), KeyError> {
    let mut root = [0; ROOT_BYTES];
    getrandom::fill(&mut root).map_err(|error| KeyError(format!("the machine gives no randomness: {error}")))?;
    let text: String = root.iter().map(|byte| format!("{byte:02x}")).collect();
    let put = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{text}")?;
        file.sync_all()
    };
    put().map_err(failed("make", path))
}
