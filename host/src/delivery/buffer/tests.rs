use super::*;
use crate::delivery::{Receipt, Verdict};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

/// A folder in memory that can be told to fail.
#[derive(Clone, Debug, Default)]
struct Memory(Rc<RefCell<Folder>>);

#[derive(Debug, Default)]
struct Folder {
    files: BTreeMap<String, Vec<u8>>,
    fail_append: bool,
    fail_sync: bool,
    calls: Vec<&'static str>,
}

impl Memory {
    fn segments(&self) -> Vec<String> {
        self.0.borrow().files.keys().filter(|name| name.starts_with("segment")).cloned().collect()
    }
}

impl Disk for Memory {
    fn list(&mut self) -> io::Result<Vec<(String, u64)>> {
        Ok(self.0.borrow().files.iter().map(|(name, bytes)| (name.clone(), bytes.len() as u64)).collect())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut folder = self.0.borrow_mut();
        folder.calls.push("append");
        let written = if folder.fail_append { bytes.len() / 2 } else { bytes.len() };
        folder.files.entry(name.to_owned()).or_default().extend_from_slice(&bytes[..written]);
        if folder.fail_append { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&mut self, _name: &str) -> io::Result<()> {
        let mut folder = self.0.borrow_mut();
        folder.calls.push("sync");
        if folder.fail_sync { Err(io::Error::other("I/O error")) } else { Ok(()) }
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        self.0.borrow_mut().calls.push("sync_dir");
        Ok(())
    }

    fn read(&mut self, name: &str, offset: u64, most: usize) -> io::Result<Vec<u8>> {
        let folder = self.0.borrow();
        let bytes = folder.files.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(bytes.iter().skip(offset as usize).take(most).copied().collect())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.0.borrow_mut().files.remove(name);
        Ok(())
    }
}

struct Bench {
    disk: Memory,
    buffer: Buffer<Memory>,
    verdicts: Arc<Mutex<Vec<(u8, Verdict)>>>,
}

impl Bench {
    fn new(size: u64) -> Self {
        Self::over(Memory::default(), size)
    }

    fn over(disk: Memory, size: u64) -> Self {
        let options = Options { size, segment: 60, sync: Duration::from_millis(5) };
        let buffer = Buffer::open(disk.clone(), options, fastrand::Rng::with_seed(3)).unwrap();
        Self { disk, buffer, verdicts: Arc::default() }
    }

    fn append(&mut self, record: u8) -> bool {
        let verdicts = self.verdicts.clone();
        let receipt = Receipt::new(move |verdict| verdicts.lock().unwrap().push((record, verdict)));
        let part = receipt.part();
        receipt.close();
        self.buffer.append(Duration::ZERO, &[record; 4], part).is_ok()
    }

    fn append_and_commit(&mut self, records: std::ops::Range<u8>) {
        for record in records {
            assert!(self.append(record));
            self.buffer.commit().unwrap();
        }
    }

    fn read_all(&mut self) -> Vec<(u64, u8)> {
        std::iter::from_fn(|| self.buffer.read().unwrap()).map(|record| (record.number, record.bytes[0])).collect()
    }

    fn verdicts(&self) -> Vec<(u8, Verdict)> {
        std::mem::take(&mut *self.verdicts.lock().unwrap())
    }

    fn reopen(self) -> Self {
        Self::over(self.disk, 10_000)
    }
}

#[test]
fn a_record_counts_once_file_and_folder_are_synced() {
    let mut bench = Bench::new(1000);
    assert_eq!(bench.buffer.due(), None);
    assert!(bench.append(1) && bench.append(2));
    assert_eq!(bench.buffer.due(), Some(Duration::from_millis(5)));
    assert_eq!((bench.read_all(), bench.verdicts()), (vec![], vec![]));
    bench.buffer.commit().unwrap();
    assert_eq!(bench.disk.0.borrow().calls, ["append", "sync", "sync_dir"], "one write for the group");
    assert_eq!(bench.verdicts(), [(1, Verdict::Ack), (2, Verdict::Ack)]);
    assert_eq!(bench.read_all(), [(1, 1), (2, 2)]);
    assert_eq!(bench.read_all(), []);
}

#[test]
fn what_was_delivered_is_not_read_again_and_its_segments_go() {
    let mut bench = Bench::new(1000);
    bench.append_and_commit(1..10);
    assert_eq!(bench.disk.segments().len(), 3);
    assert_eq!(bench.read_all().len(), 9);
    bench.buffer.delivered(4).unwrap();
    assert_eq!(bench.disk.segments().len(), 2);
    let mut bench = bench.reopen();
    assert_eq!(bench.buffer.counts().records, 5);
    assert_eq!(bench.read_all(), [(5, 5), (6, 6), (7, 7), (8, 8), (9, 9)]);
    bench.append_and_commit(20..21);
    assert_eq!(bench.read_all().len(), 1);
    bench.buffer.delivered(10 + 1).unwrap();
    assert!(bench.buffer.is_empty());
    assert_eq!((bench.buffer.counts().lost, bench.disk.segments().len()), (0, 1));
}

#[test]
fn a_full_buffer_refuses() {
    let mut bench = Bench::new(60);
    assert!(bench.append(1) && bench.append(2) && !bench.append(3));
    bench.buffer.commit().unwrap();
    assert!(!bench.append(4));
    assert_eq!(bench.verdicts().len(), 4);
}

/// LAW (room comes back): a buffer that was full takes records again once all is delivered, also after a start.
#[test]
fn what_is_delivered_makes_room() {
    for (reopen, segment) in [(false, 60), (true, 60), (false, 1000), (true, 1000)] {
        let mut bench = Bench::new(60);
        bench.buffer.options.segment = segment;
        bench.append_and_commit(1..3);
        assert!(!bench.append(3));
        assert_eq!(bench.read_all().len(), 2);
        if reopen {
            bench = Bench::over(bench.disk, 60);
            assert_eq!(bench.read_all().len(), 2);
        }
        bench.buffer.delivered(2).unwrap();
        bench.append_and_commit(4..6);
        assert_eq!(bench.read_all().len(), 2);
    }
}

/// LAW (no lie about what is kept): a group whose sync failed is nacked, and nothing is appended to its segment any more.
#[test]
fn a_failed_sync_abandons_the_segment() {
    for append in [false, true] {
        let mut bench = Bench::new(1000);
        bench.append_and_commit(1..2);
        let fail = |bench: &Bench, fails| {
            let mut folder = bench.disk.0.borrow_mut();
            (folder.fail_append, folder.fail_sync) = (fails && append, fails);
        };
        fail(&bench, true);
        for record in [2, 3] {
            assert!(bench.append(record));
            bench.buffer.commit().unwrap_err();
        }
        fail(&bench, false);
        bench.append_and_commit(4..5);
        assert_eq!(bench.verdicts(), [(1, Verdict::Ack), (2, Verdict::Nack), (3, Verdict::Nack), (4, Verdict::Ack)]);
        assert_eq!(bench.read_all().iter().map(|read| read.1).collect::<Vec<_>>(), [1, 4]);
        assert_eq!(bench.buffer.counts().failed, 2);
        let mut bench = bench.reopen();
        assert_eq!(bench.read_all().iter().map(|read| read.1).collect::<Vec<_>>(), [1, 4]);
        assert_eq!(bench.buffer.counts().lost, 0);
    }
}

/// LAW (damage is counted): wherever bytes change, records that do not stand there are read, and the others are counted; only at
/// the very end, where nothing whole follows, they are not.
#[test]
fn damage_is_skipped_and_counted() {
    let mut whole = Bench::new(1000);
    whole.append_and_commit(1..8);
    for name in whole.disk.segments() {
        let length = whole.disk.0.borrow().files[&name].len();
        for at in 0..length {
            let disk = Memory::default();
            disk.0.borrow_mut().files = whole.disk.0.borrow().files.clone();
            disk.0.borrow_mut().files.get_mut(&name).unwrap()[at] ^= 0x40;
            let mut bench = Bench::over(disk, 1000);
            let read = bench.read_all();
            let last = whole.disk.segments().last() == Some(&name) && at >= length - 28;
            assert_eq!((read.len(), bench.buffer.counts().lost), (6, u64::from(!last)), "{name} {at}");
            // A length that is too large looks like a record that was being written.
            let counts = bench.buffer.counts();
            let is_length = (12..16).contains(&(28 + at - length.min(28 + at)));
            assert_eq!(
                (counts.torn, counts.is_spoilt),
                if last { (28, !is_length) } else { (0, false) },
                "{name} {at}"
            );
            assert!(read.iter().all(|(number, record)| *number == u64::from(*record)));
            bench.append_and_commit(50..51);
            assert_eq!(bench.read_all().len(), 1, "it goes on behind it");
        }
    }
}

#[test]
fn a_torn_end_and_a_missing_file_stop_nobody() {
    for kept in 0..28 {
        let mut bench = Bench::new(1000);
        bench.append_and_commit(1..6);
        let last = bench.disk.segments().pop().unwrap();
        bench.disk.0.borrow_mut().files.get_mut(&last).unwrap().truncate(28 + kept);
        let mut bench = bench.reopen();
        let counts = bench.buffer.counts();
        assert_eq!((bench.read_all().len(), counts.torn, counts.is_spoilt), (4, kept as u64, false), "{kept}");
        bench.append_and_commit(9..10);
        let mut bench = bench.reopen();
        assert_eq!(bench.read_all().iter().map(|read| read.1).collect::<Vec<_>>(), [1, 2, 3, 4, 9]);
        assert_eq!(bench.buffer.counts().lost, 0, "{kept}");
    }
    let mut bench = Bench::new(1000);
    bench.append_and_commit(1..8);
    let second = bench.disk.segments().remove(1);
    bench.disk.0.borrow_mut().files.remove(&second);
    let mut bench = bench.reopen();
    assert_eq!(bench.read_all().iter().map(|read| read.1).collect::<Vec<_>>(), [1, 2, 3, 7]);
    assert_eq!(bench.buffer.counts().lost, 3);
}

/// LAW (the position only grows): after a start it is what was synced last, whatever failed or was damaged since.
#[test]
fn a_position_survives_failures_and_damage() {
    let mut disk = Memory::default();
    let open = |disk: &mut Memory| {
        let files = disk.list().unwrap();
        Position::open(disk, &files).unwrap()
    };
    let mut position = open(&mut disk);
    for to in 1..=5000 {
        position.advance(&mut disk, to).unwrap();
    }
    assert_eq!(open(&mut disk).at(), 5000);
    assert_eq!(disk.0.borrow().files.len(), 1, "files that say less go");
    disk.0.borrow_mut().fail_sync = true;
    position.advance(&mut disk, 5001).unwrap_err();
    assert_eq!(position.at(), 5000);
    disk.0.borrow_mut().fail_sync = false;
    position.advance(&mut disk, 5002).unwrap();
    position.advance(&mut disk, 5003).unwrap();
    position.advance(&mut disk, 4).unwrap();
    assert_eq!(open(&mut disk).at(), 5003);
    // A file that says less and stayed, in whatever order the disk names them.
    let number = 7_u64.to_le_bytes();
    let entry = [&number[..], &crc32fast::hash(&number).to_le_bytes()].concat();
    disk.0.borrow_mut().files.insert("position-0000000000000000".into(), entry);
    let mut files = disk.list().unwrap();
    files.reverse();
    assert_eq!(Position::open(&mut disk, &files).unwrap().at(), 5003);
    disk.remove("position-0000000000000000").unwrap();
    for bytes in disk.0.borrow_mut().files.values_mut() {
        *bytes.last_mut().unwrap() ^= 1;
    }
    assert_eq!(open(&mut disk).at(), 5002);
}

/// LAW (a nack is read again): from behind what was delivered, and what is lost is not counted twice.
#[test]
fn what_is_not_delivered_is_read_again() {
    let mut bench = Bench::new(1000);
    bench.append_and_commit(1..8);
    let first = bench.disk.segments().remove(0);
    bench.disk.0.borrow_mut().files.get_mut(&first).unwrap()[30] ^= 1;
    let all = bench.read_all();
    assert_eq!((all.len(), bench.buffer.counts().lost), (6, 1));
    bench.buffer.rewind();
    assert_eq!((bench.read_all(), bench.buffer.counts().lost), (all, 1));
    bench.buffer.delivered(5).unwrap();
    bench.buffer.rewind();
    assert_eq!((bench.read_all(), bench.buffer.counts().lost), (vec![(6, 6), (7, 7)], 1));
}

/// LAW: what a policy that narrowed discards is what was safe; what was not is given back, and is no loss.
#[test]
fn what_was_not_synced_is_given_back() {
    for synced in 0..4 {
        let mut bench = Bench::new(10_000);
        bench.append_and_commit(0..synced);
        bench.verdicts();
        assert!(bench.append(10) && bench.append(11));
        let back: Vec<_> = bench.buffer.give_back().into_iter().map(|record| record.bytes[0]).collect();
        assert_eq!((back, bench.verdicts()), (vec![10, 11], vec![(10, Verdict::Nack), (11, Verdict::Nack)]));
        assert_eq!(bench.read_all().len(), usize::from(synced));
        bench.buffer.discard().unwrap();
        assert!(bench.buffer.is_empty() && bench.buffer.give_back().is_empty());
        bench.append_and_commit(20..23);
        assert_eq!(bench.read_all().into_iter().map(|(_, first)| first).collect::<Vec<_>>(), [20, 21, 22]);
        assert_eq!(bench.buffer.counts().lost, 0);
        let mut bench = bench.reopen();
        assert_eq!((bench.read_all().len(), bench.buffer.counts().lost), (3, 0));
    }
}
