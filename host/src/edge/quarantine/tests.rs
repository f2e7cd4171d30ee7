use super::*;

fn metadata(event: u64) -> Metadata {
    let (reason, source) = ("no-plan".to_owned(), "a.json".to_owned());
    Metadata { event, reason, schema: None, rule: Some("base".into()), source, bytes: 99, events: 1, time: None }
}

fn read(path: &Path, identities: Vec<Identity>) -> (Vec<(u64, Content)>, u64) {
    let mut reader = Reader::open(path, identities).unwrap();
    let mut records = Vec::new();
    for opened in &mut reader {
        let opened = opened.unwrap();
        assert_eq!(opened.metadata, metadata(opened.metadata.event));
        records.push((opened.metadata.event, opened.content));
    }
    (records, reader.damaged())
}

fn secret(event: u64) -> Vec<u8> {
    format!("{{\"user\":\"ann{event}@example.com\"}}\n\0").into_bytes()
}

/// Three flushes of two sealed records and an absent one.
fn write(path: &Path, recipients: &[Recipient]) -> Tally {
    let mut quarantine = Quarantine::file(path, recipients).unwrap();
    for event in 1..=9 {
        let content = Residue::unplanned(&secret(event));
        quarantine.add(&metadata(event), (event % 3 != 2).then_some(&content)).unwrap();
        if event % 3 == 0 {
            quarantine.flush().unwrap();
        }
    }
    quarantine.finish().unwrap()
}

fn expected(sealed: impl Fn(u64) -> Content) -> Vec<(u64, Content)> {
    (1..=9).map(|event| (event, if event % 3 == 2 { Content::Absent } else { sealed(event) })).collect()
}

#[test]
fn records_are_sealed_and_can_be_opened_by_each_recipient_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quarantine");
    let (one, two, other) = (Identity::generate(), Identity::generate(), Identity::generate());
    let tally = write(&path, &[one.to_public(), two.to_public()]);
    assert_eq!(tally, Tally { records: 9, sealed: 6, discarded: 0, absent: 3 });
    let text = std::fs::read_to_string(&path).unwrap();
    // Neither can stand in base64 by chance.
    assert!(!text.contains("example.com") && !text.contains("@"));
    for identity in [one, two] {
        assert_eq!(read(&path, vec![identity]), (expected(|event| Content::Opened(secret(event))), 0));
    }
    assert_eq!(read(&path, vec![other]), (expected(|_| Content::Locked), 0));
}

#[test]
fn without_a_recipient_content_is_discarded_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quarantine");
    let tally = write(&path, &[]);
    assert_eq!(tally, Tally { records: 9, sealed: 0, discarded: 6, absent: 3 });
    assert!(!std::fs::read_to_string(&path).unwrap().contains("example.com"));
    assert_eq!(read(&path, Vec::new()), (expected(|_| Content::Discarded), 0));
    let mut nowhere = Quarantine::discard();
    nowhere.add(&metadata(1), Some(&Residue::unplanned(b"x"))).unwrap();
    assert_eq!(nowhere.finish().unwrap(), Tally { records: 1, discarded: 1, ..Tally::default() });
}

#[test]
fn a_file_cut_off_anywhere_keeps_what_was_written_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quarantine");
    let identity = Identity::generate();
    write(&path, &[identity.to_public()]);
    let whole = std::fs::read(&path).unwrap();
    let sealed_lines: Vec<usize> = memchr::memmem::find_iter(&whole, b"{\"records\"").collect();
    let header = memchr::memchr(b'\n', &whole).unwrap() + 1;
    for len in (header..whole.len()).step_by(7) {
        std::fs::write(&path, &whole[..len]).unwrap();
        let (records, _) = read(&path, vec![identity.clone()]);
        // A sealed line counts once it is whole; without its line break too.
        let flushes = sealed_lines
            .iter()
            .filter(|at| memchr::memchr(b'\n', &whole[**at..]).is_some_and(|n| *at + n <= len))
            .count();
        let opened = records.iter().filter(|(_, c)| matches!(c, Content::Opened(_))).count();
        assert_eq!(opened, flushes * 2, "cut at {len}");
        // The next run appends behind the cut.
        write(&path, &[identity.to_public()]);
        let (again, _) = read(&path, vec![identity.clone()]);
        assert_eq!(again[again.len() - 9..], expected(|event| Content::Opened(secret(event))));
        assert_eq!(again[..records.len()], records);
    }
}

#[test]
fn a_copy_of_the_file_in_another_process_locks_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quarantine");
    let quarantine = Quarantine::file(&path, &[]).unwrap();
    // What a process inherits between its fork and its program.
    let inherited = quarantine.file.as_ref().unwrap().0.try_clone().unwrap();
    assert!(matches!(Quarantine::file(&path, &[]), Err(QuarantineError::Busy(_))));
    quarantine.finish().unwrap();
    Quarantine::file(&path, &[]).unwrap();
    drop(inherited);
}

#[test]
fn changed_content_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quarantine");
    let identity = Identity::generate();
    write(&path, &[identity.to_public()]);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = memchr::memmem::find(&bytes, b"\"sealed\":\"").unwrap() + 500;
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    std::fs::write(&path, &bytes).unwrap();
    let (records, _) = read(&path, vec![identity]);
    assert_eq!(records.len(), 9);
    assert!(matches!(records[0].1, Content::Locked | Content::Lost));
    assert!(matches!(records[8].1, Content::Opened(_)));
}

#[test]
fn other_files_and_other_runs_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quarantine");
    let running = Quarantine::file(&path, &[]).unwrap();
    assert!(matches!(Quarantine::file(&path, &[]), Err(QuarantineError::Busy(_))));
    drop(running);
    assert!(Quarantine::file(&path, &[]).is_ok());
    std::fs::write(&path, "{\"an\":\"event\"}\n").unwrap();
    assert!(matches!(Quarantine::file(&path, &[]), Err(QuarantineError::Foreign(_))));
    assert_eq!(std::fs::read(&path).unwrap(), b"{\"an\":\"event\"}\n");
    assert!(matches!(parse_recipient("age1x"), Err(QuarantineError::BadRecipient)));
    let identity = Identity::generate();
    assert_eq!(parse_recipient(&format!(" {}\n", identity.to_public())).unwrap(), identity.to_public());
}

/// LAW: wherever a process ended that began a file, the next one begins it again. Else it would refuse to start for ever.
#[test]
fn a_first_line_that_was_cut_off_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.ndjson");
    let key = Identity::generate();
    Quarantine::file(&path, &[key.to_public()]).unwrap().finish().unwrap();
    let begun = std::fs::read(&path).unwrap();
    for cut in 0..=begun.len() {
        std::fs::write(&path, &begun[..cut]).unwrap();
        let mut quarantine = Quarantine::file(&path, &[key.to_public()]).unwrap();
        quarantine.add(&metadata(1), Some(&Residue::unplanned(&secret(1)))).unwrap();
        quarantine.finish().unwrap();
        assert_eq!(read(&path, vec![key.clone()]), (vec![(1, Content::Opened(secret(1)))], 0), "{cut}");
    }
}

#[test]
fn a_purge_takes_out_what_is_old_and_leaves_the_rest_readable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.ndjson");
    let key = Identity::generate();
    for (number, time) in [(1, "2026-01-01T10:00:00Z"), (2, "2026-03-01T10:00:00Z")] {
        let mut quarantine = Quarantine::file(&path, &[key.to_public()]).unwrap();
        let metadata = Metadata {
            event: number,
            reason: "step-failed".into(),
            schema: None,
            rule: None,
            source: "a".into(),
            bytes: 3,
            events: 1,
            time: Some(time.into()),
        };
        quarantine.add(&metadata, Some(&Residue::unplanned(format!("e{number}").as_bytes()))).unwrap();
        assert!(matches!(purge(&path, "2026-02-01"), Err(QuarantineError::Busy(_))));
        quarantine.finish().unwrap();
    }
    assert_eq!(purge(&path, "2026-02-01").unwrap(), (1, 1));
    let mut reader = Reader::open(&path, vec![key]).unwrap();
    let left = reader.next().unwrap().unwrap();
    assert_eq!((left.metadata.event, left.content), (2, Content::Opened(b"e2".to_vec())));
    assert!(reader.next().is_none());
    assert_eq!(reader.damaged(), 0);
}

/// LAW (bounded): of a flood of which nothing is kept, what is known is said in a few records, and no event is missing from their sum.
#[test]
fn what_is_alike_and_has_no_content_is_one_record() {
    use crate::event::frame::{End, FrameLimits, Framer};
    use crate::pipeline::{Outcome, Quarantined};
    let mut framer = Framer::lines(FrameLimits::default());
    framer.push("{}\n".repeat(100).as_bytes());
    framer.end(End::Complete);
    let batch = framer.next().unwrap().unwrap();
    let outcome = |at: usize| match at % 10 {
        0 => Outcome::Passed,
        1 => Outcome::Quarantined("step-failed"),
        2 if at < 50 => Outcome::Quarantined("unknown-tenant"),
        _ => Outcome::Quarantined("unknown-schema"),
    };
    let outcomes: Vec<_> = (0..100).map(outcome).collect();
    let known = |outcome: &Outcome| match outcome {
        Outcome::Quarantined("step-failed") => {
            Some(Quarantined { schema: Some("map".into()), rule: None, residue: Some(Residue::unplanned(b"kept")) })
        }
        Outcome::Quarantined(_) => Some(Quarantined { schema: None, rule: None, residue: None }),
        _ => None,
    };
    let all =
        |unknown| records(&batch, &outcomes, outcomes.iter().filter_map(known).collect(), "apps", (unknown, ALONE));
    let some = all(false);
    assert_eq!(some.iter().map(|record| record.metadata.events).sum::<u64>(), 90);
    assert_eq!(some.iter().map(|record| record.metadata.bytes).sum::<u64>(), 180);
    let of = |reason: &str| some.iter().filter(|record| record.metadata.reason == reason).count();
    // Ten with content; five that are few; 75 that are many.
    assert_eq!((of("step-failed"), of("unknown-tenant"), of("unknown-schema"), some.len()), (10, 5, 1, 16));
    let flood = &some.iter().find(|record| record.metadata.reason == "unknown-schema").unwrap().metadata;
    assert_eq!((flood.event, flood.events), (4, 75));
    assert_eq!(all(true).len(), 90, "what has content has a record");
    // In the file, and back.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.ndjson");
    let mut quarantine = Quarantine::file(&path, &[]).unwrap();
    some.iter().for_each(|record| quarantine.add(&record.metadata, record.content.as_ref()).unwrap());
    assert_eq!(quarantine.finish().unwrap(), Tally { records: 90, discarded: 10, absent: 80, ..Tally::default() });
    let read = Reader::open(&path, Vec::new()).unwrap().map(|opened| opened.unwrap().metadata);
    assert!(read.eq(some.iter().map(|record| record.metadata.clone())));
}

/// LAW (never overshoot): records take no more of the file than was foreseen, whatever they hold and however often they are flushed.
#[test]
fn records_take_no_more_than_was_foreseen() {
    let mut rng = fastrand::Rng::with_seed(7);
    for round in 0..40 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("q.ndjson");
        let recipients: Vec<_> = (0..round % 4).map(|_| Identity::generate().to_public()).collect();
        let mut quarantine = Quarantine::file(&path, &recipients).unwrap();
        let (begun, mut foreseen) = (quarantine.size(), 0);
        for _ in 0..rng.usize(1..8) {
            let record = |number: usize| {
                let length = [0, 1, 3, 300, 70_000][rng.usize(0..5)];
                let metadata = Metadata {
                    source: "\"\u{1}ü".repeat(rng.usize(0..9)),
                    time: Some(jiff::Timestamp::now().to_string()),
                    events: 1 << 53,
                    bytes: u64::MAX,
                    ..metadata(number as u64)
                };
                let content = (!number.is_multiple_of(3)).then(|| Residue::unplanned(&vec![b'x'; length]));
                Record { metadata, content, is_reject: false }
            };
            let records: Vec<_> = (0..12).map(record).collect();
            foreseen += longest(&records, recipients.len());
            records.iter().for_each(|record| quarantine.add(&record.metadata, record.content.as_ref()).unwrap());
            quarantine.flush().unwrap();
        }
        quarantine.finish().unwrap();
        let length = std::fs::metadata(&path).unwrap().len();
        assert!(length <= begun + foreseen, "{length} of {begun} + {foreseen}");
    }
}
