use super::*;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Default)]
struct Refusals(AtomicU64);

impl Count for Refusals {
    fn events(&self, _: u64, _: u64) {}
    fn trouble(&self, _: &str) {}
    fn warn(&self, _: &str) {}
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
    let tail = Tail::new(File::open(file.path()).unwrap(), 0, Vec::new());
    (file, BTreeMap::from([(ID, tail)]), Refusals::default())
}

/// What is read next, and how it is told what became of it.
fn next(tails: &mut BTreeMap<FileId, Tail>) -> Option<(Vec<u8>, Ticket)> {
    let tail = tails.get_mut(&ID).unwrap();
    let batches = loop {
        match read(tail, 1 << 20).unwrap() {
            Read::Lines(batches) => break batches,
            Read::Nothing => return None,
            Read::Cut(_) => {}
        }
    };
    let events = |batch: &Batch| (0..batch.len()).flat_map(|n| [batch.event(n), b"\n"].concat()).collect::<Vec<_>>();
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

fn found_by(pattern: &Path) -> FileSource {
    let pattern = crate::policy::document::Spanned {
        value: pattern.display().to_string(),
        span: crate::policy::document::Span::default(),
    };
    FileSource { paths: vec![pattern], from_start: true }
}

/// LAW: a file that was cut is read from its beginning, however much was written to it since: what is in it now is new. Its position
/// is never that of what was in it before.
#[test]
fn a_file_that_was_cut_and_has_grown_is_read_from_its_beginning() {
    let line = |word: &str, n: usize| format!("{{\"{word}\":{n}}}\n");
    let old: String = (0..3).map(|n| line("old", n)).collect();
    // As long as before, and longer; shorter than what a file is known by, and longer.
    for (more, pad) in [(0, 0), (2, 0), (0, 2000), (2, 2000)] {
        let old = format!("{old}{}\n", " ".repeat(pad));
        let (file, mut tails, count) = tailed(&old);
        let (_, ticket) = next(&mut tails).unwrap();
        settle(&mut tails, (ID, ticket, Verdict::Ack), &count);
        let new: String = (0..3).map(|n| line("new", n)).collect();
        let new = format!("{new}{}\n{}", " ".repeat(pad), line("new", 3).repeat(more));
        std::fs::write(file.path(), &new).unwrap();
        // A clock that ticks slowly does not tell two writes apart.
        std::fs::File::options()
            .write(true)
            .open(file.path())
            .unwrap()
            .set_modified(std::time::SystemTime::now() + LINGER)
            .unwrap();
        assert!(matches!(read(tails.get_mut(&ID).unwrap(), 1 << 20), Ok(Read::Cut(false))), "{more} {pad}");
        let folder = tempfile::tempdir().unwrap();
        let mut positions = Positions::open(folder.path(), "logs").unwrap();
        note(&mut positions, &tails);
        assert!(positions.is_unread(ID));
        let (lines, ticket) = next(&mut tails).unwrap();
        assert_eq!(lines.iter().filter(|byte| **byte == b'{').count(), 3 + more);
        settle(&mut tails, (ID, ticket, Verdict::Ack), &count);
        note(&mut positions, &tails);
        assert!(next(&mut tails).is_none() && !positions.is_unread(ID));
        let tail = &tails[&ID];
        let known = positions::Left::Here(new.len() as u64, new.as_bytes()[..new.len().min(HEAD)].to_vec());
        assert_eq!(positions.of(ID, &tail.file).unwrap(), known);
    }
}

/// LAW: what is cut away while it is on its way, or was not read, is told as lost, and the position of what was in the file does not
/// stand for what is in it now.
#[test]
fn what_is_cut_away_before_it_is_acknowledged_is_told() {
    let (file, mut tails, count) = tailed("{\"n\":1}\n{\"n\":2}\n");
    let (_, ticket) = next(&mut tails).unwrap();
    std::fs::write(file.path(), "{\"new\":1}\n{\"new\":2}\n{\"new\":3}\n").unwrap();
    assert!(next(&mut tails).is_none(), "what is on its way is waited for");
    let folder = tempfile::tempdir().unwrap();
    let mut positions = Positions::open(folder.path(), "logs").unwrap();
    let acknowledged = {
        let tail = tails.get_mut(&ID).unwrap();
        (tail.head.clone(), tail.at)
    };
    positions.set(ID, &acknowledged.0, acknowledged.1, false);
    assert_eq!(positions.of(ID, &tails[&ID].file).unwrap(), positions::Left::Gone);
    settle(&mut tails, (ID, ticket, Verdict::Nack), &count);
    let tail = tails.get_mut(&ID).unwrap();
    tail.not_before = Instant::now();
    assert!(matches!(read(tail, 1 << 20), Ok(Read::Cut(true))));
    assert_eq!(next(&mut tails).unwrap().0.iter().filter(|byte| **byte == b'\n').count(), 3);
}

/// LAW: a file that an earlier process left is read on under whatever name it has in the folder of its pattern; one that is not there,
/// or is another, is told. Of those that patterns name no more because they are others now, none is read.
#[test]
fn what_was_left_is_found_under_another_name_or_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let id = |name: &str| {
        let about = std::fs::metadata(at(name)).unwrap();
        (about.dev(), about.ino())
    };
    for name in ["moved.log", "gone.log", "other.log"] {
        std::fs::write(at(name), format!("{{\"{name}\":1}}\n{{}}\n")).unwrap();
    }
    let mut positions = Positions::open(folder.path(), "logs").unwrap();
    let all = ["moved.log", "gone.log", "other.log"].map(|name| {
        let head = format!("{{\"{name}\":1}}\n");
        positions.set(id(name), head.as_bytes(), head.len() as u64, true);
        id(name)
    });
    std::fs::rename(at("moved.log"), at("moved.log.1")).unwrap();
    // Its number must not be given to another.
    std::fs::rename(at("gone.log"), folder.path().join("positions/gone")).unwrap();
    std::fs::write(at("other.log"), "{\"another\":1}\n".repeat(9)).unwrap();
    let said = found_by(&at("*.log"));
    for is_sought in [true, false] {
        let (mut tails, mut left) = (BTreeMap::new(), Left { files: positions.left(), is_sought, looks: 0 });
        let mut lost = Vec::new();
        for look_no in 0..2 * LOOKS {
            let looked = look(&said, &mut tails, &mut left, &positions, look_no == 0);
            assert!(looked.unread.is_empty());
            lost.extend(looked.gone);
            positions.set_aside(&looked.aside);
        }
        let read: BTreeMap<_, _> = tails.iter().map(|(id, tail)| (*id, tail.at)).collect();
        let mut wanted = BTreeMap::from([(all[2], 0)]);
        wanted.extend(is_sought.then_some((all[0], 16)));
        assert_eq!(read, wanted);
        // Each is told once; what patterns do not name any more is neither lost nor read, and is read on when they do again.
        let gone = if is_sought { vec![all[2], all[1]] } else { vec![all[2]] };
        assert_eq!(lost, gone);
        assert!(left.files.is_empty());
    }
    assert_eq!(positions.left(), BTreeSet::from([all[2]]));
    assert_eq!(
        positions.of(all[0], &File::open(at("moved.log.1")).unwrap()).unwrap(),
        positions::Left::Here(16, b"{\"moved.log\":1}\n".to_vec())
    );
}

/// LAW: a file that was found by a link is sought where it lies.
#[test]
fn what_was_found_by_a_link_is_sought_where_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    ["links", "pods"].iter().for_each(|name| std::fs::create_dir(at(name)).unwrap());
    std::fs::write(at("pods/0.log"), "{\"old\":1}\n").unwrap();
    std::os::unix::fs::symlink(at("pods/0.log"), at("links/app.log")).unwrap();
    let about = std::fs::metadata(at("pods/0.log")).unwrap();
    let mut positions = Positions::open(folder.path(), "logs").unwrap();
    positions.set((about.dev(), about.ino()), b"", 0, true);
    std::fs::rename(at("pods/0.log"), at("pods/0.log.1")).unwrap();
    std::fs::write(at("pods/0.log"), "{}\n").unwrap();
    let (mut tails, mut left) = (BTreeMap::new(), Left { files: positions.left(), is_sought: true, looks: 0 });
    look(&found_by(&at("links/*.log")), &mut tails, &mut left, &positions, true);
    assert_eq!((tails.len(), left.files.len()), (2, 0));
}

/// LAW: a file that cannot be read is not passed over in silence; what is said names no file.
#[test]
fn what_cannot_be_read_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("good.log"), "{}\n").unwrap();
    let said = found_by(&at("*.log"));
    let positions = Positions::open(folder.path(), "logs").unwrap();
    let seen = || {
        let mut tails = BTreeMap::new();
        let mut left = Left { files: BTreeSet::new(), is_sought: true, looks: 0 };
        let looked = look(&said, &mut tails, &mut left, &positions, true);
        (tails.len(), looked.unread)
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
