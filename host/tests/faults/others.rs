//! Faults of what the process stands on: its disk and its policies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::canary;
use crate::flow::{counted, event};
use crate::process::{self, Process, eventually};
use crate::receiver::Receiver;

pub(crate) const CONFIG: &str = r#"
[admin]
listen = "127.0.0.1:0"
token  = "env:TAMIS_TEST_TOKEN"
[metrics]
listen = "127.0.0.1:0"
[source.apps]
type   = "http"
listen = "127.0.0.1:0"
answer = "20 s"
[sink.siem]
type    = "http"
url     = "URL"
batch   = { events = 50, age = "5 ms" }
MORE
retry   = { first = "20 ms", most = "100 ms" }
[route.staff]
from   = "apps"
policy = "tenants/example-de.toml"
[[route.staff.to]]
sink      = "siem"
purpose   = "security"
guarantee = "at-least-once"
"#;

pub(crate) const BUFFERED: &str = "buffer = { size = \"16 MiB\" }";

pub(crate) fn config(url: &str, more: &str) -> String {
    CONFIG.replace("URL", url).replace("MORE", more)
}

pub(crate) fn policies() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../policies")
}

pub(crate) fn events(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|number| event(number) + "\n").collect()
}

pub(crate) fn post(process: &Process, numbers: std::ops::Range<u32>) -> u16 {
    process::post(&process.listening("apps"), &events(numbers), &[])
}

pub(crate) fn metric(process: &Process, name: &str) -> u64 {
    let page = process::get(&format!("{}/metrics", process.listening("metrics")));
    let of = page.lines().filter(|line| line.starts_with(name));
    of.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

/// LAW: a policy that changes all the time under traffic loses nothing, doubles nothing, and lets nothing through.
#[test]
fn a_storm_of_reloads_takes_no_event() {
    let swaps = if std::env::var("FAULTS").is_ok_and(|said| said == "all") { 500 } else { 40 };
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    let own = folder.path().join("policies");
    process::copy(Path::new(policies()), &own);
    let process = Process::start(folder.path(), &config(&receiver.url(), ""), own.to_str().unwrap());
    let (stop, next) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let first = next.fetch_add(20, Ordering::Relaxed);
                    while post(&process, first..first + 20) != 200 {}
                }
            });
        }
        let (tenant, reload) = (own.join("tenants/example-de.toml"), format!("{}/reload", process.listening("admin")));
        let before = std::fs::read_to_string(&tenant).unwrap();
        let rule =
            "[rule.more]\nbecause = \"for this test\"\ncite = \"our-default\"\n\"event.action\" = \"drop\"\n\n[rule.";
        let texts = [before.replacen("[rule.", rule, 1), before];
        for swap in 0..swaps {
            std::fs::write(&tenant, &texts[swap % 2]).unwrap();
            let status = process::post(&reload, "", &["Authorization: Bearer operator"]);
            if status != 200 {
                stop.store(true, Ordering::Relaxed);
            }
            assert_eq!(status, 200, "{}", process.said("reload-refused"));
        }
        stop.store(true, Ordering::Relaxed);
    });
    let sent = next.into_inner();
    let found = counted(&receiver.text());
    assert!(found == (0..sent).map(|number| (number, 1)).collect(), "each of {sent} events once");
    assert!(!canary::is_in(receiver.text().as_bytes()));
    assert_eq!(metric(&process, "tamis_reloads_total{route=\"staff\",result=\"in-force\"}"), swaps as u64);
    println!("{swaps} swaps under {sent} events");
    assert_eq!(process.stop(), Some(0));
}

/// Fills a buffer with records of ten events, and kills the process.
fn filled(folder: &Path, records: u32) -> PathBuf {
    let dead = Receiver::start(vec![503; 100_000]);
    let process = Process::start(folder, &config(&dead.url(), BUFFERED), policies());
    for record in 0..records {
        assert_eq!(post(&process, record * 10..record * 10 + 10), 200);
    }
    process.kill();
    let buffer = folder.join("state/buffers/staff.siem.security");
    let segments = std::fs::read_dir(buffer).unwrap().flatten().map(|entry| entry.path());
    let mut segments: Vec<_> = segments.filter(|path| path.to_string_lossy().contains("segment")).collect();
    assert_eq!(segments.len(), 1);
    segments.remove(0)
}

/// LAW: of a damaged buffer what is whole arrives, once; what is not is counted; and the process runs.
#[test]
fn what_is_whole_in_a_damaged_buffer_arrives_and_the_rest_is_counted() {
    const RECORDS: u32 = 20;
    let damages: [(&str, fn(&mut Vec<u8>)); 5] = [
        ("a byte in the middle", |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x40;
        }),
        ("zeros over a tenth", |bytes| {
            let (from, to) = (bytes.len() * 4 / 10, bytes.len() / 2);
            bytes[from..to].fill(0);
        }),
        ("its second half is gone", |bytes| {
            let half = bytes.len() / 2;
            bytes.truncate(half);
        }),
        ("its begin is noise", |bytes| bytes[..64].fill(0xa5)),
        // Nothing whole stands behind it.
        ("a piece of its end", |bytes| {
            let end = bytes.len() - 20;
            bytes[end - 200..end].fill(0xa5);
        }),
    ];
    for (what, damage) in damages {
        let folder = tempfile::tempdir().unwrap();
        let segment = filled(folder.path(), RECORDS);
        let mut bytes = std::fs::read(&segment).unwrap();
        damage(&mut bytes);
        std::fs::write(&segment, bytes).unwrap();
        let receiver = Receiver::start(Vec::new());
        let key = folder.path().join("ledger.key");
        std::fs::write(&key, "ab".repeat(32)).unwrap();
        let ledger = format!("[ledger]\nkey = \"file:{}\"\n", key.display());
        let config = ledger + &config(&receiver.url(), BUFFERED);
        let process = Process::start(folder.path(), &config, policies());
        assert_eq!(post(&process, 1000..1010), 200, "{what}");
        let is_over = || counted(&receiver.text()).contains_key(&1009);
        eventually(what, is_over);
        let found = counted(&receiver.text());
        assert!(found.values().all(|times| *times == 1), "{what}: {found:?}");
        // A record is whole or gone.
        let whole: BTreeMap<u32, u32> =
            found.keys().filter(|number| **number < 1000).fold(BTreeMap::new(), |mut all, n| {
                *all.entry(n / 10).or_default() += 1;
                all
            });
        assert!(whole.values().all(|events| *events == 10), "{what}: {whole:?}");
        let gone = RECORDS - whole.len() as u32;
        assert!((1..=RECORDS / 2 + 1).contains(&gone), "{what}: {gone} of {RECORDS} records are gone");
        let lost = metric(&process, "tamis_buffer_lost_records");
        // Of what was cut off at its end nothing is known: it may never have been synced.
        assert!(lost == u64::from(gone) || what.contains("gone"), "{what}: {lost} told, {gone} gone");
        let told = process.said("");
        assert!(told.contains(if lost > 0 { "buffer-damaged" } else { "buffer-torn" }), "{what}: {told}");
        assert_eq!(metric(&process, "tamis_events_lost_total{source=\"staff.siem.security\"}"), lost, "{what}");
        assert_eq!(process.stop(), Some(0), "{what}");
        let ledger = std::fs::read_to_string(folder.path().join("state/ledger.ndjson")).unwrap();
        let noted = ledger
            .lines()
            .any(|line| line.contains("\"kind\":\"lost\"") && line.contains(&format!("\"batches\":{lost}")));
        assert!(noted || lost == 0, "{what}: {ledger}");
    }
}

/// A file system of one MiB, for as long as it lives.
struct Small(PathBuf);

impl Small {
    fn mount(at: PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        let mounted =
            std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&at).output();
        mounted.is_ok_and(|mounted| mounted.status.success()).then(|| Self(at))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// LAW: a full disk takes nothing more and says so; what it took before arrives, and it takes again once there is room.
#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_small) = Small::mount(folder.path().join("state")) else {
        println!("skipped: no file system can be mounted here");
        return;
    };
    let dead = Receiver::start(vec![503; 1_000_000]);
    let short = |url: &str| config(url, BUFFERED).replace("answer = \"20 s\"", "answer = \"2 s\"");
    let process = Process::start(folder.path(), &short(&dead.url()), policies());
    let (mut taken, mut refused) = (BTreeSet::new(), 0);
    for part in 0..200_u32 {
        if post(&process, part * 50..part * 50 + 50) == 200 {
            taken.extend(part * 50..part * 50 + 50);
            refused = 0;
        } else {
            refused += 1;
        }
        // A machine that does much else refuses some that there is room for, and not all of them.
        if refused > 5 && !taken.is_empty() {
            break;
        }
    }
    assert!(refused > 5 && !taken.is_empty(), "{} taken, {refused} refused", taken.len());
    process.kill();
    let receiver = Receiver::start(Vec::new());
    let process = Process::start(folder.path(), &short(&receiver.url()), policies());
    eventually("all that was taken is there", || {
        let found = counted(&receiver.text());
        taken.iter().all(|number| found.contains_key(number))
    });
    eventually("it takes again", || post(&process, 100_000..100_010) == 200);
    println!("{} events were taken before the disk was full", taken.len());
    assert_eq!(canary::below(&folder.path().join("state")), Vec::<String>::new());
    assert_eq!(process.stop(), Some(0));
}
