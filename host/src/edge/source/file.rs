//! Files that grow, a line an event. A file is known by device and number, not by its name: one that was renamed is read to its
//! end, also over a restart, and one of the same name begins anew. What was read is given again after a crash from the last position
//! that was acknowledged and synced.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::unbounded_channel;
use tokio::task::block_in_place;

use super::positions::{self, HEAD, Positions, beginning};
use super::{Count, Running};
use crate::config::FileSource;
use crate::delivery::{Lane, Ticket, Verdict};
use crate::event::frame::{Batch, End, FrameLimits, Framer};
use crate::kill;

#[cfg(test)]
mod tests;

/// Bytes read at a time, and given again at least where they could not be delivered.
const BLOCK: usize = 128 << 10;
/// Blocks of one file that are on their way.
const IN_FLIGHT: usize = 16;
/// How often files are looked at when nothing is new.
const LOOK: Duration = Duration::from_millis(100);
/// How long a file that is gone from its name has to stay as long as it is before its last line counts as whole, and before it is closed.
const LINGER: Duration = Duration::from_secs(5);
/// Looks before what an earlier process read counts as gone: a file that is being renamed may be met under no name.
const LOOKS: u32 = 10;
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
    /// Reading goes on here.
    at: u64,
    /// Everything before is acknowledged.
    safe: u64,
    /// Its first bytes as they were read, at most 1024: where it begins otherwise, it was cut and is another one.
    head: Vec<u8>,
    /// Length and time of change, in seconds and parts of one, when it was last seen to begin so.
    seen: (u64, i64, i64),
    /// How long the file was when no line of it was whole: it is not searched again before it grows.
    searched: u64,
    lane: Lane<u64>,
    /// Parts behind `at`, from where to where, that were acknowledged before one in front of them that has to be given again.
    done: VecDeque<(u64, u64)>,
    /// Not read before.
    not_before: Instant,
    /// It is gone from its name: how long it was then, and since when it is that long.
    gone: Option<(u64, Instant)>,
    /// Nothing more is written to it: its last line needs no break.
    is_last: bool,
}

impl Tail {
    /// A file that is read from here on, and how it begins.
    fn new(file: File, at: u64, head: Vec<u8>) -> Self {
        Self {
            file,
            at,
            safe: at,
            head,
            seen: (at, 0, 0),
            searched: 0,
            lane: Lane::new(),
            done: VecDeque::new(),
            not_before: Instant::now(),
            gone: None,
            is_last: false,
        }
    }

    /// Whether it still begins as it was read.
    fn is_same(&self) -> io::Result<bool> {
        match beginning(&self.file, self.head.len() as u64) {
            Ok(head) => Ok(head == self.head),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// It was cut: what is in it now is new.
    fn start_over(&mut self) {
        (self.at, self.safe, self.searched, self.lane) = (0, 0, 0, Lane::new());
        self.done.clear();
        self.head.clear();
    }
}

/// Files that an earlier process read, of which no pattern has the name now.
struct Left {
    files: BTreeSet<FileId>,
    /// They were found by the patterns that there are now: they are looked for in their folders.
    is_sought: bool,
    /// How often they were looked for.
    looks: u32,
}

impl Left {
    /// Whether they are looked for now: those of a device that is not there are looked for less often in the long run.
    fn is_due(&mut self) -> bool {
        self.looks = self.looks.saturating_add(1);
        self.looks <= LOOKS || self.looks.is_multiple_of(100)
    }
}

/// What looking at files showed.
#[derive(Default)]
struct Looked {
    /// Those that were read to their end and closed, and those that an earlier process read and that are not there any more.
    gone: Vec<FileId>,
    /// Of those that are not there any more: how many, and how many of these were not read to their end.
    lost: (u64, u64),
    /// Those that patterns do not name any more because they are others now.
    aside: Vec<FileId>,
    /// What cannot be read, by pattern: the name of a file may be a person's.
    unread: BTreeSet<String>,
}

impl Looked {
    /// A file that an earlier process read is not there any more.
    fn lose(&mut self, id: FileId, positions: &Positions) {
        self.gone.push(id);
        self.lost.0 += 1;
        self.lost.1 += u64::from(positions.is_unread(id));
    }
}

/// What a file gave.
#[derive(Debug)]
enum Read {
    /// Lines that are whole.
    Lines(Vec<Batch>),
    /// None.
    Nothing,
    /// It was cut, and is read from its beginning. Whether something was cut away that had not been acknowledged.
    Cut(bool),
}

/// Runs until it is told to stop.
pub(super) async fn run(said: &FileSource, running: Running) -> Result<(), String> {
    let Running { intake, stop, state, ready, .. } = running;
    let mut positions = Positions::open(&state, &intake.source)
        .map_err(|error| format!("cannot read the positions of `{}`: {error}", intake.source))?;
    let _ = ready.send(Ok(None));
    let (tell, mut told) = unbounded_channel::<Told>();
    let mut tails: BTreeMap<FileId, Tail> = BTreeMap::new();
    let is_sought = positions.found_by(said.paths.iter().map(|pattern| pattern.value.clone()));
    let mut left = Left { files: positions.left(), is_sought, looks: 0 };
    let (mut looked, mut synced, mut is_first) = (None::<Instant>, Instant::now(), true);
    let (mut troubles, mut unwritten) = (BTreeSet::new(), None);
    loop {
        let stops = stop.is_cancelled();
        if looked.is_none_or(|at| at.elapsed() >= LOOK) && !stops {
            let now = block_in_place(|| {
                kill::around("file-source", "look", || look(said, &mut tails, &mut left, &positions, is_first))
            });
            tell_lost(&*intake.count, &intake.source, now.lost);
            positions.forget(&now.gone);
            positions.set_aside(&now.aside);
            // What is wrong is said once, as long as it is.
            now.unread.difference(&troubles).for_each(|why| intake.count.trouble(why));
            troubles = now.unread;
            (looked, is_first) = (Some(Instant::now()), false);
        }
        let (mut is_idle, mut cut) = (true, Vec::new());
        for (id, tail) in &mut tails {
            if stops || tail.lane.in_flight() >= IN_FLIGHT || tail.lane.is_stuck() || Instant::now() < tail.not_before {
                continue;
            }
            let Ok(mut held) = intake.reserve(2 * BLOCK) else { break };
            match block_in_place(|| read(tail, intake.limits.event)) {
                Ok(Read::Lines(batches)) => {
                    // Where lines are short, where each lies takes memory too. Where there is none, this block was the last one for now.
                    let _ = held.grow(batches.iter().map(Batch::index_bytes).sum());
                    let (tell, ticket, id) = (tell.clone(), tail.lane.open(tail.at), *id);
                    let lane = id.0 ^ id.1;
                    kill::point("file-source", "read");
                    intake.deliver(lane, batches, held, move |verdict| drop(tell.send((id, ticket, verdict)))).await;
                    kill::point("file-source", "delivered");
                    is_idle = false;
                }
                Ok(Read::Nothing) => {}
                Ok(Read::Cut(is_lost)) => {
                    let lost = if is_lost { ": what was cut away and not read is lost" } else { "" };
                    intake.count.lost(u64::from(is_lost));
                    intake
                        .count
                        .warn(&format!("a file of `{}` was cut, and is read from its beginning{lost}", intake.source));
                    cut.push(*id);
                    is_idle = false;
                }
                Err(_) => tail.not_before = Instant::now() + AGAIN,
            }
        }
        positions.forget(&cut);
        let pause = if is_idle { LOOK } else { Duration::ZERO };
        tokio::select! {
            biased;
            Some(one) = told.recv() => settle(&mut tails, one, &*intake.count),
            () = tokio::time::sleep(pause) => {}
        }
        while let Ok(one) = told.try_recv() {
            settle(&mut tails, one, &*intake.count);
        }
        if synced.elapsed() >= SYNC || stops {
            let synced_now = block_in_place(|| {
                kill::point("file-source", "turn");
                note(&mut positions, &tails);
                kill::around("file-source", "sync", || positions.sync())
            });
            if let Err(error) = synced_now {
                // What was acknowledged comes again after a restart: nothing is lost by going on.
                let why = format!("cannot write the positions of `{}`: {error}", intake.source);
                if stops {
                    return Err(why);
                }
                if unwritten.as_ref() != Some(&why) {
                    intake.count.trouble(&why);
                }
                unwritten = Some(why);
            } else {
                unwritten = None;
            }
            synced = Instant::now();
        }
        if stops && tails.values().all(|tail| tail.lane.in_flight() == 0) {
            return Ok(());
        }
    }
}

/// Says what an earlier process read and nobody will: a file that was read to its end may have grown since.
fn tell_lost(count: &dyn Count, source: &str, (files, surely): (u64, u64)) {
    if files > 0 {
        let lost = match surely {
            0 => "what was written to them since then is lost, if anything was".to_owned(),
            some => format!("{some} of them were not read to their end, and the rest is lost"),
        };
        count.lost(surely);
        count.warn(&format!(
            "{files} files of `{source}` that were read before the start are not found any more: {lost}"
        ));
    }
}

/// Finds files that are new, those that are gone, and those that an earlier process left, wherever they were moved to.
fn look(
    said: &FileSource,
    tails: &mut BTreeMap<FileId, Tail>,
    left: &mut Left,
    positions: &Positions,
    is_first: bool,
) -> Looked {
    let (mut there, mut found, mut unread) = (BTreeMap::new(), Looked::default(), BTreeSet::new());
    let mut refused = |pattern: &str, error: &io::Error| {
        if error.kind() != io::ErrorKind::NotFound {
            unread.insert(format!("something of {pattern} cannot be read: {}", error.kind()));
        }
    };
    for pattern in &said.paths {
        for path in glob::glob(&pattern.value).into_iter().flatten() {
            match path.map_err(io::Error::from).and_then(|path| Ok((std::fs::metadata(&path)?, path))) {
                Ok((about, path)) if about.is_file() => {
                    there.insert((about.dev(), about.ino()), (path, &pattern.value));
                }
                Ok(_) => {}
                Err(error) => refused(&pattern.value, &error),
            }
        }
    }
    let sought: BTreeSet<FileId> =
        left.files.iter().filter(|id| !there.contains_key(id) && !tails.contains_key(id)).copied().collect();
    let mut moved = BTreeSet::new();
    if !left.is_sought {
        found.aside.extend(sought);
    } else if !sought.is_empty() && left.is_due() {
        let (mut files, mut devices, mut is_whole) = (BTreeMap::new(), BTreeSet::new(), true);
        for pattern in &said.paths {
            let own = there.values().filter(|(_, of)| *of == &pattern.value).map(|(path, _)| path);
            for folder in folders(&pattern.value, own) {
                let looked = std::fs::metadata(&folder).and_then(|about| {
                    devices.insert(about.dev());
                    if sought.iter().any(|id| id.0 == about.dev()) {
                        in_folder(&folder, &sought)
                    } else {
                        Ok(Vec::new())
                    }
                });
                match looked {
                    Ok(found) => files.extend(found.into_iter().map(|(id, path)| (id, (path, &pattern.value)))),
                    Err(error) => {
                        refused(&pattern.value, &error);
                        is_whole = false;
                    }
                }
            }
        }
        // What cannot be looked through may hold them, and those of a device that is not there may come back with it.
        let is_nowhere = |id: &&FileId| devices.contains(&id.0) && !files.contains_key(*id);
        if is_whole && left.looks >= LOOKS {
            sought.iter().filter(is_nowhere).for_each(|id| found.lose(*id, positions));
        }
        moved.extend(files.keys().copied());
        there.extend(files);
    }
    for (id, (path, pattern)) in &there {
        if tails.contains_key(id) {
            continue;
        }
        let opened = File::open(path).and_then(|file| {
            let about = file.metadata()?;
            Ok(((about.dev(), about.ino()) == *id).then_some((file, about.len())))
        });
        let tail = opened.and_then(|opened| {
            // Another file may have its name by now: it is found the next time, and this one where it was moved to.
            let Some((file, length)) = opened else { return Ok(None) };
            let of = positions.of(*id, &file)?;
            if of == positions::Left::Gone {
                found.lose(*id, positions);
            }
            Ok(match of {
                positions::Left::Here(at, head) => Some(Tail::new(file, at, head)),
                // Only one that was left is read under a name that no pattern has.
                _ if moved.contains(id) => None,
                positions::Left::Unknown if is_first && !said.from_start => {
                    let head = beginning(&file, length)?;
                    Some(Tail::new(file, length, head))
                }
                _ => Some(Tail::new(file, 0, Vec::new())),
            })
        });
        match tail {
            Ok(tail) => tails.extend(tail.map(|tail| (*id, tail))),
            Err(error) => refused(pattern, &error),
        }
    }
    let before: Vec<FileId> = tails.keys().copied().collect();
    let now = Instant::now();
    tails.retain(|id, tail| {
        let length = tail.file.metadata().map_or(0, |about| about.len());
        stays(tail, there.contains_key(id) && !moved.contains(id), length, now)
    });
    found.unread = unread;
    found.gone.extend(before.into_iter().filter(|id| !tails.contains_key(id)));
    left.files.retain(|id| !tails.contains_key(id) && !found.gone.contains(id) && !found.aside.contains(id));
    found
}

/// Files with these numbers in a folder, whatever they are called.
fn in_folder(folder: &Path, wanted: &BTreeSet<FileId>) -> io::Result<Vec<(FileId, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // One that goes meanwhile is not there.
        let Ok(about) = entry.metadata() else { continue };
        let id = (about.dev(), about.ino());
        if about.is_file() && wanted.contains(&id) {
            found.push((id, entry.path()));
        }
    }
    Ok(found)
}

/// The folders in which a pattern finds files, and those in which files lie that it found by a link.
fn folders<'p>(pattern: &str, there: impl Iterator<Item = &'p PathBuf>) -> BTreeSet<PathBuf> {
    let above = match Path::new(pattern).parent().and_then(Path::to_str) {
        Some("") | None => ".",
        Some(above) => above,
    };
    let named = glob::glob(above).into_iter().flatten().flatten();
    let linked = there.filter_map(|path| std::fs::canonicalize(path).ok()?.parent().map(Path::to_owned));
    named.chain(linked).collect()
}

/// Whether a file is kept open: it is at its name, grows, or holds what was not acknowledged.
fn stays(tail: &mut Tail, is_there: bool, length: u64, now: Instant) -> bool {
    if is_there {
        (tail.gone, tail.is_last) = (None, false);
        return true;
    }
    let since = match tail.gone {
        Some((before, since)) if before == length => since,
        _ => {
            (tail.gone, tail.is_last) = (Some((length, now)), false);
            now
        }
    };
    tail.is_last = now.duration_since(since) >= LINGER;
    !tail.is_last || length > tail.at || tail.lane.in_flight() > 0 || tail.lane.is_stuck()
}

/// Lines that are there, whole, and moves on behind them.
fn read(tail: &mut Tail, longest: usize) -> io::Result<Read> {
    let about = tail.file.metadata()?;
    let (size, now) = (about.len(), (about.len(), about.mtime(), about.mtime_nsec()));
    skip(tail);
    let is_new = size > tail.at && (size != tail.searched || tail.is_last);
    let lines = if is_new { lines(tail, longest)? } else { None };
    // Looked at behind the reading: what was cut and has grown past where it was is not read from the middle.
    if size < tail.at || now != tail.seen && !tail.is_same()? {
        if tail.lane.in_flight() > 0 {
            return Ok(Read::Nothing);
        }
        let is_lost = tail.safe < tail.seen.0;
        tail.start_over();
        tail.seen = (0, 0, 0);
        return Ok(Read::Cut(is_lost));
    }
    tail.seen = now;
    Ok(match lines {
        Some(Lines { batches, end, first }) => {
            // Bytes that were read before are known already.
            if let Some(known) = (tail.head.len() as u64).checked_sub(tail.at) {
                tail.head.extend(first.into_iter().skip(known as usize));
                tail.head.truncate(HEAD);
            }
            tail.at = end;
            Read::Lines(batches)
        }
        None => {
            if is_new {
                tail.searched = size;
            }
            Read::Nothing
        }
    })
}

/// Lines that were read.
struct Lines {
    batches: Vec<Batch>,
    /// Where they end.
    end: u64,
    /// Their first bytes, where they may be among the first of the file.
    first: Vec<u8>,
}

/// Lines that are there, whole. `None`: there are none; one that is being written is left for the next time.
fn lines(tail: &Tail, longest: usize) -> io::Result<Option<Lines>> {
    let mut framer = Framer::lines(FrameLimits { event_bytes: longest, ..FrameLimits::default() });
    let (mut block, mut at, mut batches) = (vec![0; BLOCK], tail.at, Vec::new());
    let mut first = Vec::new();
    loop {
        let most = tail.done.front().map_or(BLOCK, |(start, _)| (start - at).min(BLOCK as u64) as usize);
        let bytes = tail.file.read_at(&mut block[..most], at)?;
        let line = memchr::memrchr(b'\n', &block[..bytes]);
        let end = match line {
            Some(end) => Some(end + 1),
            None if bytes > 0 && bytes == most => None,
            None if tail.is_last || most == 0 => Some(bytes),
            None => return Ok(None),
        };
        let taken = end.unwrap_or(bytes);
        if tail.at < HEAD as u64 {
            first.extend(block[..taken].iter().take(HEAD - first.len()));
        }
        framer.push(&block[..taken]);
        at += taken as u64;
        if end.is_some() {
            framer.end(End::Complete);
            take(&mut framer, &mut batches);
            return Ok(Some(Lines { batches, end: at, first }));
        }
        take(&mut framer, &mut batches);
    }
}

/// Moves on behind what was acknowledged already.
fn skip(tail: &mut Tail) {
    while let Some((_, end)) = tail.done.front().copied().filter(|(start, _)| *start == tail.at) {
        tail.done.pop_front();
        tail.at = end;
        let ticket = tail.lane.open(end);
        tail.lane.settle(ticket, Verdict::Ack);
    }
    if let Some(safe) = tail.lane.advance() {
        tail.safe = safe;
    }
}

/// Lines are framed whatever they hold.
fn take(framer: &mut Framer, batches: &mut Vec<Batch>) {
    while let Ok(Some(batch)) = framer.next() {
        batches.push(batch);
    }
}

fn settle(tails: &mut BTreeMap<FileId, Tail>, (id, ticket, verdict): Told, count: &dyn Count) {
    if verdict == Verdict::Nack {
        count.refused();
    }
    let Some(tail) = tails.get_mut(&id) else { return };
    kill::around("file-source", "settle", || tail.lane.settle(ticket, verdict));
    if let Some(safe) = tail.lane.advance() {
        tail.safe = safe;
    }
    if tail.lane.is_stuck() && tail.lane.in_flight() == 0 {
        // What was acknowledged behind it is not given again, and what was never read is read after it.
        let (mut start, mut done) = (tail.safe, VecDeque::new());
        for (end, verdict) in tail.lane.left() {
            if verdict == Some(Verdict::Ack) {
                done.push_back((start, *end));
            }
            start = *end;
        }
        done.append(&mut tail.done);
        (tail.at, tail.searched, tail.lane, tail.done) = (tail.safe, 0, Lane::new(), done);
        tail.not_before = Instant::now() + AGAIN;
    }
}

/// Notes how far each file is acknowledged, and whether more of it is there.
fn note(positions: &mut Positions, tails: &BTreeMap<FileId, Tail>) {
    for (id, tail) in tails {
        let unread = tail.file.metadata().is_ok_and(|about| about.len() > tail.safe);
        positions.set(*id, &tail.head, tail.safe, unread);
    }
}
