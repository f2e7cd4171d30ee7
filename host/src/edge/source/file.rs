//! Files that grow, a line an event. A file is known by device and number, not by its name: one that was renamed is read to its
//! end, and one of the same name begins anew. What was read is given again after a crash from the last position that was
//! acknowledged and synced.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::unbounded_channel;
use tokio::task::block_in_place;

use super::positions::Positions;
use super::{Count, Running};
use crate::config::FileSource;
use crate::delivery::{Lane, Ticket, Verdict};
use crate::event::frame::{Batch, End, FrameLimits, Framer};
use crate::kill;

/// Bytes read at a time, and given again at least where they could not be delivered.
const BLOCK: usize = 128 << 10;
/// Blocks of one file that are on their way.
const IN_FLIGHT: usize = 16;
/// How often files are looked at when nothing is new.
const LOOK: Duration = Duration::from_millis(100);
/// How long a file that is gone from its name has to stay as long as it is before its last line counts as whole, and before it is closed.
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
    /// Reading goes on here.
    at: u64,
    /// Everything before is acknowledged.
    safe: u64,
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
    /// A file that is read from here on.
    fn new(file: File, at: u64) -> Self {
        Self {
            file,
            at,
            safe: at,
            searched: 0,
            lane: Lane::new(),
            done: VecDeque::new(),
            not_before: Instant::now(),
            gone: None,
            is_last: false,
        }
    }
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
    let (mut gone, mut troubles) = (Vec::new(), BTreeSet::new());
    loop {
        let stops = stop.is_cancelled();
        if looked.is_none_or(|at| at.elapsed() >= LOOK) && !stops {
            let (went, unread) =
                block_in_place(|| kill::around("file-source", "look", || look(said, &mut tails, &positions, is_first)));
            gone.extend(went);
            // What is wrong is said once, as long as it is.
            unread.difference(&troubles).for_each(|why| intake.count.trouble(why));
            troubles = unread;
            (looked, is_first) = (Some(Instant::now()), false);
        }
        let mut is_idle = true;
        for (id, tail) in &mut tails {
            if stops || tail.lane.in_flight() >= IN_FLIGHT || tail.lane.is_stuck() || Instant::now() < tail.not_before {
                continue;
            }
            let Ok(held) = intake.reserve(2 * BLOCK) else { break };
            match block_in_place(|| read(tail, intake.limits.event)) {
                Ok(Some(batches)) => {
                    let (tell, ticket, id) = (tell.clone(), tail.lane.open(tail.at), *id);
                    let lane = id.0 ^ id.1;
                    kill::point("file-source", "read");
                    intake.deliver(lane, batches, held, move |verdict| drop(tell.send((id, ticket, verdict)))).await;
                    kill::point("file-source", "delivered");
                    is_idle = false;
                }
                Ok(None) => {}
                Err(_) => tail.not_before = Instant::now() + AGAIN,
            }
        }
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
                note(&mut positions, &tails, &std::mem::take(&mut gone));
                kill::around("file-source", "sync", || positions.sync())
            });
            if let Err(error) = synced_now {
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

/// Finds files that are new, and those that are gone; and says what cannot be read, by pattern: the name of a file may be a person's.
fn look(
    said: &FileSource,
    tails: &mut BTreeMap<FileId, Tail>,
    positions: &Positions,
    is_first: bool,
) -> (Vec<FileId>, BTreeSet<String>) {
    let (mut there, mut unread) = (BTreeMap::new(), BTreeSet::new());
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
    for (id, (path, pattern)) in &there {
        if tails.contains_key(id) {
            continue;
        }
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) => {
                refused(pattern, &error);
                continue;
            }
        };
        // Another file may have its name by now: it is found the next time, and this one where it was moved to.
        if !file.metadata().is_ok_and(|about| (about.dev(), about.ino()) == *id) {
            continue;
        }
        let end = || file.metadata().map_or(0, |about| about.len());
        let at = match positions.of(*id, &file) {
            Some(at) => at,
            None if is_first && !said.from_start => end(),
            None => 0,
        };
        tails.insert(*id, Tail::new(file, at));
    }
    let before: Vec<FileId> = tails.keys().copied().collect();
    let now = Instant::now();
    tails.retain(|id, tail| {
        let length = tail.file.metadata().map_or(0, |about| about.len());
        stays(tail, there.contains_key(id), length, now)
    });
    (before.into_iter().filter(|id| !tails.contains_key(id)).collect(), unread)
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

/// Lines that are there, whole, and moves on behind them. `None`: there are none.
fn read(tail: &mut Tail, longest: usize) -> io::Result<Option<Vec<Batch>>> {
    let size = tail.file.metadata()?.len();
    if size < tail.at {
        // It was cut: what is in it now is new.
        if tail.lane.in_flight() > 0 {
            return Ok(None);
        }
        (tail.at, tail.safe, tail.searched, tail.lane) = (0, 0, 0, Lane::new());
        tail.done.clear();
    }
    skip(tail);
    if size == tail.at || size == tail.searched && !tail.is_last {
        return Ok(None);
    }
    let mut framer = Framer::lines(FrameLimits { event_bytes: longest, ..FrameLimits::default() });
    let (mut block, mut at, mut batches) = (vec![0; BLOCK], tail.at, Vec::new());
    loop {
        let most = tail.done.front().map_or(BLOCK, |(start, _)| (start - at).min(BLOCK as u64) as usize);
        let bytes = tail.file.read_at(&mut block[..most], at)?;
        let end = match memchr::memrchr(b'\n', &block[..bytes]) {
            Some(end) => end + 1,
            None if bytes > 0 && bytes == most => {
                framer.push(&block[..bytes]);
                at += bytes as u64;
                take(&mut framer, &mut batches);
                continue;
            }
            None if tail.is_last || most == 0 => bytes,
            // A line that is being written is left for the next time.
            None => {
                tail.searched = size;
                return Ok(None);
            }
        };
        framer.push(&block[..end]);
        framer.end(End::Complete);
        take(&mut framer, &mut batches);
        tail.at = at + end as u64;
        return Ok(Some(batches));
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

/// Notes how far each file is acknowledged.
fn note(positions: &mut Positions, tails: &BTreeMap<FileId, Tail>, gone: &[FileId]) {
    tails.iter().for_each(|(id, tail)| positions.set(*id, &tail.file, tail.safe));
    // Those that were read to their end and went; not those that are away for a moment.
    positions.retain(|id| !gone.contains(&id));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[derive(Default)]
    struct Refusals(AtomicU64);

    impl Count for Refusals {
        fn events(&self, _: u64, _: u64) {}
        fn trouble(&self, _: &str) {}
        fn refused(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        fn lost(&self, _: u64) {}
    }

    const ID: FileId = (1, 1);

    /// One that is read, and what counts its refusals.
    fn tailed(text: &str) -> (tempfile::NamedTempFile, BTreeMap<FileId, Tail>, Refusals) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let tail = Tail::new(File::open(file.path()).unwrap(), 0);
        (file, BTreeMap::from([(ID, tail)]), Refusals::default())
    }

    /// What is read next, and how it is told what became of it.
    fn next(tails: &mut BTreeMap<FileId, Tail>) -> Option<(Vec<u8>, Ticket)> {
        let tail = tails.get_mut(&ID).unwrap();
        let batches = read(tail, 1 << 20).unwrap()?;
        let events =
            |batch: &Batch| (0..batch.len()).flat_map(|n| [batch.event(n), b"\n"].concat()).collect::<Vec<_>>();
        let lines = batches.iter().flat_map(events).collect();
        Some((lines, tail.lane.open(tail.at)))
    }

    /// LAW: what was nacked is read again, also from a file whose last line is still being written and that does not grow.
    #[test]
    fn what_was_nacked_is_read_again_though_the_file_does_not_grow() {
        let (_file, mut tails, count) = tailed("{}\n{\"half");
        let (lines, ticket) = next(&mut tails).unwrap();
        assert_eq!(lines.trim_ascii(), b"{}");
        assert!(next(&mut tails).is_none(), "half a line waits");
        settle(&mut tails, (ID, ticket, Verdict::Nack), &count);
        assert_eq!(next(&mut tails).unwrap().0.trim_ascii(), b"{}");
        assert_eq!(count.0.into_inner(), 1);
    }

    /// LAW: of what was read only what was nacked is given again, whatever was acknowledged before and behind it, and the position moves
    /// over nothing that was not.
    #[test]
    fn only_what_was_nacked_is_given_again() {
        let line = |n: usize| format!("{{\"n\":{n},\"pad\":\"{}\"}}\n", "x".repeat(1000));
        let text: String = (0..900).map(line).collect();
        for nacked in [vec![0], vec![1, 2], vec![0, 3, 5], vec![6]] {
            let (_file, mut tails, count) = tailed(&text);
            let mut parts = Vec::new();
            while let Some(part) = next(&mut tails) {
                parts.push(part);
            }
            assert_eq!(parts.len(), 8);
            let lines: Vec<Vec<u8>> = parts.iter().map(|(lines, _)| lines.clone()).collect();
            let before: usize = lines[..nacked[0]].iter().map(Vec::len).sum();
            for (number, (_, ticket)) in parts.into_iter().enumerate() {
                let verdict = if nacked.contains(&number) { Verdict::Nack } else { Verdict::Ack };
                settle(&mut tails, (ID, ticket, verdict), &count);
            }
            assert_eq!(tails[&ID].safe as usize, before, "{nacked:?}");
            let mut again = Vec::new();
            while let Some((lines, ticket)) = next(&mut tails) {
                again.extend(lines);
                settle(&mut tails, (ID, ticket, Verdict::Ack), &count);
            }
            let wanted: Vec<u8> = nacked.iter().flat_map(|part| lines[*part].clone()).collect();
            assert!(again == wanted, "{nacked:?}: {} bytes, not {}", again.len(), wanted.len());
            assert_eq!(tails[&ID].safe as usize, text.len());
            assert_eq!(count.0.into_inner(), nacked.len() as u64);
        }
    }

    /// LAW: a file that cannot be read is not passed over in silence; what is said names no file.
    #[test]
    fn what_cannot_be_read_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("good.log"), "{}\n").unwrap();
        let pattern = crate::policy::document::Spanned {
            value: at("*.log").display().to_string(),
            span: crate::policy::document::Span::default(),
        };
        let said = FileSource { paths: vec![pattern], from_start: true };
        let positions = Positions::open(folder.path(), "logs").unwrap();
        let seen = || {
            let mut tails = BTreeMap::new();
            let (_, unread) = look(&said, &mut tails, &positions, true);
            (tails.len(), unread)
        };
        // One that went between two looks is no trouble.
        std::os::unix::fs::symlink(at("nothing"), at("went.log")).unwrap();
        assert_eq!(seen(), (1, BTreeSet::new()));
        std::os::unix::fs::symlink(at("alice.log"), at("alice.log")).unwrap();
        let (read, unread) = seen();
        assert_eq!((read, unread.len()), (1, 1));
        assert!(unread.iter().all(|why| why.contains("*.log") && !why.contains("alice")), "{unread:?}");
    }

    /// LAW: the last line of a file that is gone is delivered without its break once nothing more comes, and it is closed once that is safe.
    #[test]
    fn the_last_line_of_a_file_that_is_gone_is_read_and_it_is_closed() {
        let (mut file, mut tails, count) = tailed("{\"n\":1}\n{\"n\":2}");
        let length = |tails: &BTreeMap<FileId, Tail>| tails[&ID].file.metadata().unwrap().len();
        let (_, ticket) = next(&mut tails).unwrap();
        settle(&mut tails, (ID, ticket, Verdict::Ack), &count);
        let began = Instant::now();
        let keeps = |tails: &mut BTreeMap<FileId, Tail>, is_there, after: Duration| {
            let length = length(tails);
            stays(tails.get_mut(&ID).unwrap(), is_there, length, began + after)
        };
        assert!(keeps(&mut tails, true, Duration::ZERO) && keeps(&mut tails, false, LINGER));
        assert!(next(&mut tails).is_none(), "it is gone for a moment only");
        file.write_all(b"2").unwrap();
        assert!(keeps(&mut tails, false, 2 * LINGER));
        assert!(next(&mut tails).is_none(), "it grew");
        assert!(keeps(&mut tails, false, 3 * LINGER));
        let (lines, ticket) = next(&mut tails).unwrap();
        assert_eq!(lines.trim_ascii(), b"{\"n\":2}2");
        assert!(keeps(&mut tails, false, 4 * LINGER), "it is not safe yet");
        settle(&mut tails, (ID, ticket, Verdict::Nack), &count);
        assert!(keeps(&mut tails, false, 5 * LINGER));
        let (_, ticket) = next(&mut tails).unwrap();
        settle(&mut tails, (ID, ticket, Verdict::Ack), &count);
        assert!(next(&mut tails).is_none() && !keeps(&mut tails, false, 6 * LINGER));
    }
}
