//! Files that grow, a line an event. A file is known by device and number, not by its name: one that was renamed is read to its
//! end, and one of the same name begins anew. What was read is given again after a crash from the last position that was
//! acknowledged and synced.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::unbounded_channel;

use super::Running;
use super::positions::{Position, Positions, head};
use crate::config::FileSource;
use crate::delivery::{Lane, Ticket, Verdict};
use crate::event::frame::{Batch, End, FrameLimits, Framer};

/// Bytes read at a time.
const BLOCK: usize = 256 << 10;
/// Batches of one file that are on their way.
const IN_FLIGHT: usize = 8;
/// How often files are looked at when nothing is new.
const LOOK: Duration = Duration::from_millis(100);
/// How long a file that is gone from its name is kept open after its end was read.
const LINGER: Duration = Duration::from_secs(5);
/// Pause after a delivery that has to be given again.
const AGAIN: Duration = Duration::from_secs(1);
/// Positions are written at most this often.
const SYNC: Duration = Duration::from_millis(500);

type Told = (FileId, Ticket, Verdict);

/// Device and number.
type FileId = (u64, u64);

/// A file that is read.
struct Tail {
    file: File,
    path: PathBuf,
    /// What was read and not acknowledged begins at the lane's position; reading goes on here.
    at: u64,
    /// Everything before is acknowledged.
    safe: u64,
    /// How long the file was when no line of it was whole: it is not searched again before it grows.
    searched: u64,
    lane: Lane<u64>,
    /// Not read before.
    not_before: Instant,
    /// Since when it is read to its end and gone from its name.
    gone: Option<Instant>,
}

/// Runs until it is told to stop.
pub(super) async fn run(said: &FileSource, running: Running) -> Result<(), String> {
    let Running { intake, stop, state, ready, .. } = running;
    let mut positions = Positions::open(&state, &intake.source)
        .map_err(|error| format!("cannot read the positions of `{}`: {error}", intake.source))?;
    let _ = ready.send(Ok(None));
    let (tell, mut told) = unbounded_channel::<Told>();
    let mut tails: BTreeMap<FileId, Tail> = BTreeMap::new();
    let (mut looked, mut synced, mut is_first) = (None::<Instant>, Instant::now(), true);
    let mut gone = Vec::new();
    loop {
        let stops = stop.is_cancelled();
        if looked.is_none_or(|at| at.elapsed() >= LOOK) && !stops {
            gone.extend(look(said, &mut tails, &positions, is_first));
            (looked, is_first) = (Some(Instant::now()), false);
        }
        let mut is_idle = true;
        for (id, tail) in &mut tails {
            if stops || tail.lane.in_flight() >= IN_FLIGHT || tail.lane.is_stuck() || Instant::now() < tail.not_before {
                continue;
            }
            let Ok(held) = intake.reserve(2 * BLOCK) else { break };
            match read(tail, intake.limits.event) {
                Ok(Some(batches)) => {
                    let (tell, ticket, id) = (tell.clone(), tail.lane.open(tail.at), *id);
                    let lane = id.0 ^ id.1;
                    intake.deliver(lane, batches, held, move |verdict| drop(tell.send((id, ticket, verdict)))).await;
                    is_idle = false;
                }
                Ok(None) => {}
                Err(_) => tail.not_before = Instant::now() + AGAIN,
            }
        }
        let pause = if is_idle { LOOK } else { Duration::ZERO };
        tokio::select! {
            biased;
            Some((id, ticket, verdict)) = told.recv() => settle(&mut tails, id, ticket, verdict),
            () = tokio::time::sleep(pause) => {}
        }
        while let Ok((id, ticket, verdict)) = told.try_recv() {
            settle(&mut tails, id, ticket, verdict);
        }
        if synced.elapsed() >= SYNC || stops {
            note(&mut positions, &mut tails, &std::mem::take(&mut gone));
            if let Err(error) = positions.sync() {
                // What was acknowledged comes again after a restart: nothing is lost by going on.
                let why = format!("cannot write the positions of `{}`: {error}", intake.source);
                if stops {
                    return Err(why);
                }
                intake.count.trouble(&why);
            }
            synced = Instant::now();
        }
        if stops && tails.values().all(|tail| tail.lane.in_flight() == 0) {
            return Ok(());
        }
    }
}

/// Finds files that are new, and those that are gone.
fn look(said: &FileSource, tails: &mut BTreeMap<FileId, Tail>, positions: &Positions, is_first: bool) -> Vec<FileId> {
    let mut there = BTreeMap::new();
    for pattern in &said.paths {
        for path in glob::glob(&pattern.value).into_iter().flatten().flatten() {
            if let Ok(about) = std::fs::metadata(&path)
                && about.is_file()
            {
                there.insert((about.dev(), about.ino()), path);
            }
        }
    }
    for (id, path) in &there {
        if let Some(tail) = tails.get_mut(id) {
            tail.path.clone_from(path);
            continue;
        }
        let Ok(file) = File::open(path) else { continue };
        let known = positions.of(*id).filter(|known| known.is_of(&file));
        let end = || file.metadata().map_or(0, |about| about.len());
        let at = match known {
            Some(known) => known.at,
            None if is_first && !said.from_start => end(),
            None => 0,
        };
        let (now, path) = (Instant::now(), path.clone());
        let tail = Tail { file, path, at, safe: at, searched: 0, lane: Lane::new(), not_before: now, gone: None };
        tails.insert(*id, tail);
    }
    let before: Vec<FileId> = tails.keys().copied().collect();
    tails.retain(|id, tail| {
        let is_read = tail.lane.in_flight() == 0 && tail.file.metadata().is_ok_and(|about| about.len() <= tail.at);
        if there.contains_key(id) || !is_read {
            tail.gone = None;
            return true;
        }
        tail.gone.get_or_insert_with(Instant::now).elapsed() < LINGER
    });
    before.into_iter().filter(|id| !tails.contains_key(id)).collect()
}

/// Lines that are there, whole, and moves on behind them. `None`: there are none.
fn read(tail: &mut Tail, longest: usize) -> io::Result<Option<Vec<Batch>>> {
    let size = tail.file.metadata()?.len();
    if size < tail.at {
        // It was cut: what is in it now is new.
        if tail.lane.in_flight() > 0 {
            return Ok(None);
        }
        (tail.at, tail.safe, tail.searched, tail.lane) = (0, 0, 0, Lane::new());
    }
    if size == tail.at || size == tail.searched {
        return Ok(None);
    }
    let mut framer = Framer::lines(FrameLimits { event_bytes: longest, ..FrameLimits::default() });
    let (mut block, mut at, mut batches) = (vec![0; BLOCK], tail.at, Vec::new());
    loop {
        let bytes = tail.file.read_at(&mut block, at)?;
        // A line that is being written is left for the next time.
        let Some(end) = memchr::memrchr(b'\n', &block[..bytes]) else {
            if bytes < block.len() {
                tail.searched = size;
                return Ok(None);
            }
            framer.push(&block);
            at += bytes as u64;
            take(&mut framer, &mut batches);
            continue;
        };
        framer.push(&block[..=end]);
        framer.end(End::Complete);
        take(&mut framer, &mut batches);
        tail.at = at + end as u64 + 1;
        return Ok(Some(batches));
    }
}

/// Lines are framed whatever they hold.
fn take(framer: &mut Framer, batches: &mut Vec<Batch>) {
    while let Ok(Some(batch)) = framer.next() {
        batches.push(batch);
    }
}

fn settle(tails: &mut BTreeMap<FileId, Tail>, id: FileId, ticket: Ticket, verdict: Verdict) {
    let Some(tail) = tails.get_mut(&id) else { return };
    tail.lane.settle(ticket, verdict);
    if let Some(safe) = tail.lane.advance() {
        tail.safe = safe;
    }
    if tail.lane.is_stuck() && tail.lane.in_flight() == 0 {
        (tail.at, tail.searched, tail.lane) = (tail.safe, 0, Lane::new());
        tail.not_before = Instant::now() + AGAIN;
    }
}

/// Notes how far each file is acknowledged.
fn note(positions: &mut Positions, tails: &mut BTreeMap<FileId, Tail>, gone: &[FileId]) {
    for (id, tail) in &*tails {
        if positions.of(*id).is_none_or(|known| known.at != tail.safe)
            && let Ok(head) = head(&tail.file, tail.safe)
        {
            positions.set(*id, Position { at: tail.safe, head });
        }
    }
    // Those that were read to their end and went; not those that are away for a moment.
    positions.retain(|id| !gone.contains(&id));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LAW: what was nacked is read again, also from a file whose last line is still being written and that does not grow.
    #[test]
    fn what_was_nacked_is_read_again_though_the_file_does_not_grow() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "{}\n{\"half").unwrap();
        let (file, now) = (File::open(&path).unwrap(), Instant::now());
        let tail = Tail { file, path, at: 0, safe: 0, searched: 0, lane: Lane::new(), not_before: now, gone: None };
        let mut tails = BTreeMap::from([((1, 1), tail)]);
        let read_one = |tails: &mut BTreeMap<FileId, Tail>| {
            let tail = tails.get_mut(&(1, 1)).unwrap();
            read(tail, 1000).unwrap().map(|batches| (batches.len(), tail.lane.open(tail.at)))
        };
        let (events, ticket) = read_one(&mut tails).unwrap();
        assert_eq!(events, 1);
        assert!(read_one(&mut tails).is_none(), "half a line waits");
        settle(&mut tails, (1, 1), ticket, Verdict::Nack);
        assert_eq!(read_one(&mut tails).unwrap().0, 1);
    }
}
