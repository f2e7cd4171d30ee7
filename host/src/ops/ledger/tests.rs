use serde_json::json;

use super::*;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn public_bytes() -> Vec<u8> {
    key(KEY).unwrap().public_key().as_ref().to_vec()
}

/// A ledger of four lines.
fn written(path: &Path) -> Vec<u8> {
    let mut ledger = Ledger::open(path, key(KEY).unwrap()).unwrap();
    ledger.add("started", fields(json!({ "version": "1" }))).unwrap();
    ledger
        .add(
            "in-force",
            fields(json!({ "route": "staff", "purpose": "security", "policy": "de@1", "digest": "sha256:a" })),
        )
        .unwrap();
    let counts = json!({ "events_in": 10, "rules": { "eu.people": 3 } });
    ledger.add("counts", fields(json!({ "route": "staff", "purpose": "security", "counts": counts }))).unwrap();
    drop(ledger);
    let mut ledger = Ledger::open(path, key(KEY).unwrap()).unwrap();
    let counts = json!({ "events_in": 5, "rules": { "eu.people": 1 } });
    ledger.add("counts", fields(json!({ "route": "staff", "purpose": "security", "counts": counts }))).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn a_ledger_goes_on_over_a_restart_and_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = written(&folder.path().join("ledger"));
    let chain = verify(&bytes[..], &public_bytes(), None).unwrap();
    assert_eq!((chain.lines, chain.crashes, chain.kinds["counts"]), (4, 0, 2));
    let shorter = &bytes[..bytes.len() - bytes.split_inclusive(|byte| *byte == b'\n').next_back().unwrap().len()];
    let head = Some(chain.head.as_str());
    assert!(verify(&bytes[..], &public_bytes(), head).is_ok());
    assert!(matches!(verify(shorter, &public_bytes(), head), Err(Break::Head)), "its end was cut off");
}

/// LAW: lines of several processes are one chain.
#[test]
fn whoever_writes_it_it_is_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let open = || Ledger::open(&path, key(KEY).unwrap()).unwrap();
    let (mut sidecar, mut command) = (open(), open());
    sidecar.add("started", Map::new()).unwrap();
    command.add("revealed", Map::new()).unwrap();
    sidecar.add("counts", Map::new()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let mut one = open();
            scope.spawn(move || (0..10).for_each(|_| one.add("subject", Map::new()).unwrap()));
        }
    });
    sidecar.add("stopped", Map::new()).unwrap();
    let chain = verify(File::open(&path).unwrap(), &public_bytes(), None).unwrap();
    assert_eq!((chain.lines, chain.kinds["subject"], chain.crashes), (44, 40, 0));
}

/// LAW (tamper evidence): whatever single byte is changed, whichever line is taken out, put elsewhere or doubled, it is seen.
#[test]
fn every_change_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = written(&folder.path().join("ledger"));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(verify(&changed[..], &public_bytes(), None).is_err(), "byte {at}");
    }
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    for one in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(one);
        // The last line alone can be cut off unseen: that is what heads are published for.
        assert_eq!(
            verify(&without.concat()[..], &public_bytes(), None).is_ok(),
            one + 1 == lines.len(),
            "line {one} out"
        );
        let mut twice = lines.clone();
        twice.insert(one, lines[one]);
        assert!(verify(&twice.concat()[..], &public_bytes(), None).is_err(), "line {one} twice");
        for other in one + 1..lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(one, other);
            assert!(verify(&swapped.concat()[..], &public_bytes(), None).is_err(), "{one} and {other}");
        }
    }
    let other = key(&KEY.replace("00", "ff")).unwrap();
    assert!(matches!(verify(&bytes[..], other.public_key().as_ref(), None), Err(Break::Signature(1))));
}

#[test]
fn a_line_that_was_cut_off_in_a_crash_is_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let bytes = written(&path);
    std::fs::write(&path, &bytes[..bytes.len() - 20]).unwrap();
    assert!(matches!(verify(&std::fs::read(&path).unwrap()[..], &public_bytes(), None), Err(Break::Cut(4))));
    let mut ledger = Ledger::open(&path, key(KEY).unwrap()).unwrap();
    assert_eq!(ledger.head().0, 3);
    ledger.add("started", Map::new()).unwrap();
    let chain = verify(&std::fs::read(&path).unwrap()[..], &public_bytes(), None).unwrap();
    assert_eq!((chain.lines, chain.crashes), (4, 1));
}

/// LAW (no second beginning): where no line can be found the ledger is damaged. Nothing is cut off, and no new chain begins behind it.
#[test]
fn a_ledger_without_a_line_at_its_end_is_damaged_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    for more in [LONGEST as usize, 5 << 20] {
        let _ = std::fs::remove_file(&path);
        let mut bytes = written(&path);
        bytes.resize(bytes.len() + more, 0);
        std::fs::write(&path, &bytes).unwrap();
        let opened = Ledger::open(&path, key(KEY).unwrap());
        assert!(matches!(opened, Err(LedgerError::Damaged(_))), "{more}");
        assert_eq!(std::fs::metadata(&path).unwrap().len(), bytes.len() as u64, "{more}");
    }
}

/// LAW: what was written can be opened again.
#[test]
fn a_line_that_could_not_be_read_again_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut ledger = Ledger::open(&path, key(KEY).unwrap()).unwrap();
    ledger.add("started", Map::new()).unwrap();
    // What a line has beside its reason differs by a few digits of the time.
    for reason in [LONGEST as usize - 400, LONGEST as usize - 100, LONGEST as usize, 5 << 20] {
        let wrote = ledger.add("refused", fields(json!({ "why": "x".repeat(reason) })));
        assert_eq!(wrote.is_ok(), reason < LONGEST as usize - 300, "{wrote:?}");
        ledger = Ledger::open(&path, key(KEY).unwrap()).unwrap();
    }
    ledger.add("stopped", Map::new()).unwrap();
    assert_eq!(verify(File::open(&path).unwrap(), &public_bytes(), None).unwrap().lines, 3);
}

#[test]
fn a_report_adds_up_and_escapes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    written(&path);
    let mut ledger = Ledger::open(&path, key(KEY).unwrap()).unwrap();
    ledger.add("refused", fields(json!({ "route": "<staff>|x" }))).unwrap();
    let among = json!({ "route": "all", "purpose": "security", "policy": "sha256:ab", "digest": ["a@1 sha256:cd", "b@2 sha256:ef"] });
    ledger.add("among", fields(among)).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let of = |form| report(&bytes[..], &Span::default(), form).unwrap();
    let read: Value = serde_json::from_str(&of(Form::Json)).unwrap();
    assert_eq!(read["totals"][0]["counts"], json!({ "events_in": 15, "rules/eu.people": 4 }));
    assert!(of(Form::Markdown).contains("| staff | security | events_in | 15 |"));
    assert!(of(Form::Markdown).contains("| all | security | in it: a@1 sha256:cd; b@2 sha256:ef | sha256:ab |"));
    assert!(of(Form::Html).contains("&lt;staff&gt;|x") && !of(Form::Html).contains("<staff>"));
    let later = Span { from: Some("2999".into()), to: None };
    let later: Value = serde_json::from_str(&report(&bytes[..], &later, Form::Json).unwrap()).unwrap();
    assert_eq!(
        (&later["totals"], later["in_force"].as_array().unwrap().len()),
        (&json!([]), 1),
        "what was in force counts on"
    );
}

/// LAW (no line is signed over a gap): a process that has it open goes on behind lines of others of its key, and not where its own last line
/// is gone or another, nor behind lines that nobody of its key wrote.
#[test]
fn whoever_has_it_open_does_not_go_on_over_a_cut() {
    let cases: [(&str, fn(&[u8]) -> Vec<u8>); 5] = [
        ("cut", |bytes| bytes.split_inclusive(|byte| *byte == b'\n').take(2).flatten().copied().collect()),
        ("emptied", |_| Vec::new()),
        ("changed", |bytes| {
            String::from_utf8_lossy(bytes).replacen("\"events_in\":5", "\"events_in\":6", 1).into_bytes()
        }),
        ("cut and filled", |bytes| {
            let keep = bytes.split_inclusive(|byte| *byte == b'\n').take(2).map(<[u8]>::len).sum::<usize>();
            [&bytes[..keep], &vec![b' '; bytes.len() - keep - 1], b"\n"].concat()
        }),
        ("forged", |bytes| {
            [bytes, b"{\"seq\":5,\"prev\":\"x\",\"time\":\"t\",\"kind\":\"k\",\"sig\":\"AA==\"}\n"].concat()
        }),
    ];
    for (what, change) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let bytes = written(&path);
        let mut ledger = Ledger::open(&path, key(KEY).unwrap()).unwrap();
        ledger.go_on().unwrap();
        let changed = change(&bytes);
        std::fs::write(&path, &changed).unwrap();
        for _ in 0..2 {
            let told = ledger.add("counts", Map::new());
            assert!(matches!(told, Err(LedgerError::Changed { line: 4, .. })), "{what}: {told:?}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), changed, "{what}: nothing is added");
        std::fs::write(&path, &bytes).unwrap();
        ledger.add("resumed", Map::new()).unwrap();
        assert_eq!(verify(File::open(&path).unwrap(), &public_bytes(), None).unwrap().lines, 5, "{what}");
    }
}

#[test]
fn a_file_in_the_place_of_the_one_that_is_open_is_not_missed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let bytes = written(&path);
    let mut ledger = Ledger::open(&path, key(KEY).unwrap()).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(ledger.add("counts", Map::new()), Err(LedgerError::Changed { .. })));
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(ledger.add("counts", Map::new()), Err(LedgerError::Changed { .. })));
}

#[test]
fn lines_of_others_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let open = || Ledger::open(&path, key(KEY).unwrap()).unwrap();
    let (mut one, mut other) = (open(), open());
    one.add("started", Map::new()).unwrap();
    other.add("revealed", Map::new()).unwrap();
    one.add("counts", Map::new()).unwrap();
    assert_eq!((one.others(), other.others()), (1, 1));
}
