//! Takes records out of a quarantine file that are older than a day.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::{Line, QuarantineError, Sealed, is_begin};

/// Takes out the records from before `day` (an RFC 3339 time or a beginning of one, as times compare). Records that were sealed together
/// go together, once the newest of them is old enough. Gives how many went and how many stay.
///
/// # Errors
///
/// The file is no quarantine, is being written by a run, or cannot be written: it is as it was then.
pub fn purge(path: &Path, day: &str) -> Result<(u64, u64), QuarantineError> {
    let failed = |error| QuarantineError::Io { action: "purge", path: path.to_owned(), error };
    let file = File::open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => return Err(QuarantineError::Busy(path.to_owned())),
        Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
    }
    let new = path.with_extension("new");
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new).map_err(failed)?;
    let (mut gone, mut stay, mut group, mut records, mut is_young) = (0, 0, Vec::new(), 0, false);
    let mut reader = BufReader::new(&file);
    let mut line = Vec::new();
    let mut is_first = true;
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        let begins = is_begin(&line);
        if is_first && !begins {
            return Err(QuarantineError::Foreign(path.to_owned()));
        }
        is_first = false;
        if begins {
            // What a killed run left without its content ends here.
            end(&mut out, &mut group, &mut records, &mut is_young, (&mut gone, &mut stay)).map_err(failed)?;
            out.write_all(&line).map_err(failed)?;
            continue;
        }
        group.extend_from_slice(&line);
        if let Ok(record) = serde_json::from_slice::<Line>(&line) {
            records = record.metadata.events.saturating_add(records);
            is_young |= record.metadata.time.is_none_or(|time| time.as_str() >= day);
        } else if serde_json::from_slice::<Sealed>(&line).is_ok() {
            end(&mut out, &mut group, &mut records, &mut is_young, (&mut gone, &mut stay)).map_err(failed)?;
        }
    }
    end(&mut out, &mut group, &mut records, &mut is_young, (&mut gone, &mut stay)).map_err(failed)?;
    out.sync_all().map_err(failed)?;
    fs::rename(&new, path).map_err(failed)?;
    Ok((gone, stay))
}

/// A group ends: it goes if all of it is old.
fn end(
    out: &mut File,
    group: &mut Vec<u8>,
    records: &mut u64,
    is_young: &mut bool,
    (gone, stay): (&mut u64, &mut u64),
) -> std::io::Result<()> {
    if *is_young {
        out.write_all(group)?;
        *stay += *records;
    } else {
        *gone += *records;
    }
    group.clear();
    (*records, *is_young) = (0, false);
    Ok(())
}
