//! Looks entries up, and destroys them.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::net::Ipv6Addr;
use std::path::Path;

use super::seal::Group;
use super::{segment, segments};
use crate::pipeline::codes;
use crate::pipeline::keys::Epoch;

/// Where a code was found.
#[derive(Debug)]
pub struct Found {
    /// What it was sealed with.
    pub group: Group,
    /// As it stands there.
    pub code: String,
}

/// What is there of an epoch, or was destroyed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Files.
    pub files: u64,
    /// Entries in them.
    pub entries: u64,
}

/// Whether a code is the one that is sought: as it stands, with the ending of an address, or in the shape of an IP address, which
/// lacks its first eight bits.
fn is_it(code: &str, sought: &str) -> bool {
    let sought = sought.trim();
    if let Ok(address) = sought.parse::<Ipv6Addr>() {
        return codes::read(code).is_some_and(|bits| codes::as_address(bits) == address);
    }
    code == sought.strip_suffix("@code.invalid").unwrap_or(sought)
}

/// Whether a text has a form in which codes stand in events.
pub fn may_be_a_code(text: &str) -> bool {
    let text = text.trim();
    codes::read(text.strip_suffix("@code.invalid").unwrap_or(text)).is_some()
        || text.parse::<Ipv6Addr>().is_ok_and(|address| address.octets()[0] == 0xfd)
}

/// Hands on every group of a segment. Lines that are none are passed over.
pub(super) fn groups(path: &Path, mut each: impl FnMut(Group)) -> io::Result<()> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        Group::read(&line).into_iter().for_each(&mut each);
        line.clear();
    }
    Ok(())
}

/// Takes away what stands behind the last whole line.
pub(super) fn cut(file: &File) -> io::Result<()> {
    const STEP: u64 = 64 << 10;
    let (mut reader, mut end) = (file, file.metadata()?.len());
    let whole = end;
    while end > 0 {
        let from = end.saturating_sub(STEP);
        reader.seek(SeekFrom::Start(from))?;
        let mut bytes = vec![0; (end - from) as usize];
        reader.read_exact(&mut bytes)?;
        if let Some(at) = memchr::memrchr(b'\n', &bytes) {
            end = from + at as u64 + 1;
            break;
        }
        end = from;
    }
    if end < whole { file.set_len(end) } else { Ok(()) }
}

/// The newest entry of a code of a tenant, in a group of those that are meant: a code is sealed anew when its officers change.
///
/// # Errors
///
/// Escrow cannot be read.
pub fn find(folder: &Path, tenant: &str, sought: &str, of: impl Fn(&Group) -> bool) -> io::Result<Option<Found>> {
    let (own, mut found) = (folder.join(tenant), None);
    for (epoch, number) in segments(&own) {
        groups(&own.join(segment(epoch, number)), |group| {
            if let Some(entry) = group.entries.iter().find(|entry| is_it(&entry.code, sought)).filter(|_| of(&group)) {
                found = Some(Found { code: entry.code.clone(), group });
            }
        })?;
    }
    Ok(found)
}

/// How much escrow there is of an epoch.
///
/// # Errors
///
/// It cannot be read.
pub fn count(folder: &Path, tenant: &str, epoch: Epoch) -> io::Result<Size> {
    let (own, mut found) = (folder.join(tenant), Size::default());
    for (_, number) in segments(&own).into_iter().filter(|(of, _)| *of == epoch) {
        groups(&own.join(segment(epoch, number)), |group| found.entries += group.entries.len() as u64)?;
        found.files += 1;
    }
    Ok(found)
}

/// Destroys escrow of an epoch: its files are removed, and the folder synced.
///
/// # Errors
///
/// The system refuses.
pub fn destroy(folder: &Path, tenant: &str, epoch: Epoch) -> io::Result<Size> {
    let (own, done) = (folder.join(tenant), count(folder, tenant, epoch)?);
    for (_, number) in segments(&own).into_iter().filter(|(of, _)| *of == epoch) {
        fs::remove_file(own.join(segment(epoch, number)))?;
    }
    if done.files > 0 {
        File::open(&own)?.sync_all()?;
    }
    Ok(done)
}
