//! What a small request may take, of memory and of quarantine, and what goes on when quarantine is full.

use std::time::{Duration, Instant};

use super::process::{Process, eventually, get, post};
use super::receiver::Receiver;
use super::{HTTP_TO_HTTP, event, events, numbers, policies};

/// Events of a quarantine file, and its lines.
fn kept(folder: &std::path::Path) -> (u64, usize) {
    let text = std::fs::read_to_string(folder.join("state/quarantine.ndjson")).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let records = lines.iter().filter(|line| line["reason"].is_string());
    (records.map(|line| line["events"].as_u64().unwrap_or(1)).sum(), lines.len())
}

/// Most memory that a process had at a time, in MiB.
fn peak(process: &Process) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
}

/// LAW (bounded): what is kept of events of which nothing is kept takes little, in memory and on the disk, and each is counted.
#[test]
fn a_flood_of_unknown_events_takes_little_memory_and_little_of_quarantine() {
    const EVENTS: u64 = 80_000;
    let receiver = Receiver::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let config = HTTP_TO_HTTP.replace("URL", &receiver.url()).replace("20 s", "55 s");
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    assert_eq!(post(&at, &format!("{{}}\n{}", event(1)), &[]), 200);
    let before = peak(&process);
    assert_eq!(post(&at, &"{}\n".repeat(EVENTS as usize), &[]), 200);
    let array = format!("[{}{{}}]", "{},".repeat(EVENTS as usize - 1));
    assert_eq!(post(&at, &array, &[]), 200);
    let took = peak(&process) - before;
    // Of the budget of 16 MiB, and what filtering a batch takes on each of two workers.
    assert!(took < 40, "{took} MiB");
    let (all, lines) = kept(folder.path());
    assert_eq!(all, 2 * EVENTS + 1);
    assert!(lines < 100, "{lines} lines");
    assert_eq!(process.stop(), Some(0));
}

/// LAW (full = nack, and no more than that): a full quarantine refuses what has to go there, whole; nothing else is held, nothing of what
/// is refused goes on, the file is not longer than it may be, and all of that is said.
#[test]
fn a_full_quarantine_refuses_what_must_go_there_and_nothing_else() {
    let receiver = Receiver::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("state")).unwrap();
    let file = folder.path().join("state/quarantine.ndjson");
    let line = "{\"event\":1,\"reason\":\"no-plan\",\"source\":\"apps\",\"bytes\":2,\"content\":\"absent\"}\n";
    let begin = "{\"tamis\":\"quarantine\",\"version\":1,\"recipients\":[]}\n";
    let size = 1 << 20;
    let lines = (size - begin.len() - 3000) / line.len();
    std::fs::write(&file, format!("{begin}{}", line.repeat(lines))).unwrap();
    let config = HTTP_TO_HTTP.replace("URL", &receiver.url());
    let config = format!("[metrics]\nlisten = \"127.0.0.1:0\"\n[quarantine]\nsize = \"1 MiB\"\n{config}");
    let process = Process::start(folder.path(), &config, policies());
    assert!(!process.said("quarantine-full").is_empty(), "told at the start");
    let at = process.listening("apps");
    for round in 0..3 {
        assert_eq!(post(&at, &event(round), &[]), 200, "clean events go on");
    }
    // A few still have room.
    let mut refused = 0;
    for _ in 0..40 {
        match post(&at, "{}\n", &[]) {
            503 => refused += 1,
            status => assert_eq!((status, refused), (200, 0), "once full it is full"),
        }
    }
    assert!(refused > 0);
    assert_eq!(post(&at, &format!("{}{{}}\n", events(7..9)), &[]), 503);
    assert_eq!(post(&at, &event(3), &[]), 200);
    let went = numbers(&receiver.text());
    assert_eq!(went, (0..4).map(|number| (number, 1)).collect(), "nothing of what was refused");
    assert!(std::fs::metadata(&file).unwrap().len() <= size as u64);
    let told = get(&format!("{}/metrics", process.listening("metrics")));
    assert!(told.contains("\ntamis_quarantine_full 1\n"), "{told}");
    assert_eq!(process.stop(), Some(0));
}

/// LAW: a quarantine that is longer than it may be by now holds nothing that need not go there, and grows by no start.
#[test]
fn a_quarantine_that_is_too_long_holds_only_what_must_go_there() {
    let receiver = Receiver::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("state")).unwrap();
    let file = folder.path().join("state/quarantine.ndjson");
    let begin = "{\"tamis\":\"quarantine\",\"version\":1,\"recipients\":[]}\n";
    let line = "{\"event\":1,\"reason\":\"no-plan\",\"source\":\"apps\",\"bytes\":2,\"content\":\"absent\"}\n";
    std::fs::write(&file, format!("{begin}{}", line.repeat((3 << 19) / line.len()))).unwrap();
    let before = std::fs::metadata(&file).unwrap().len();
    let config = HTTP_TO_HTTP.replace("URL", &receiver.url());
    let config = format!("[quarantine]\nsize = \"1 MiB\"\n{config}");
    for round in 0..3 {
        let process = Process::start(folder.path(), &config, policies());
        let at = process.listening("apps");
        assert_eq!(post(&at, "{}\n", &[]), 503);
        assert_eq!(post(&at, &event(round), &[]), 200, "clean events go on");
        assert_eq!(process.stop(), Some(0));
    }
    assert_eq!(std::fs::metadata(&file).unwrap().len(), before);
    assert_eq!(numbers(&receiver.text()), (0..3).map(|number| (number, 1)).collect());
}

/// LAW (lossless): from who cannot give an event again nothing is taken that quarantine has no room for: it waits.
#[test]
fn standard_input_waits_for_a_full_quarantine() {
    use std::io::Write as _;
    let receiver = Receiver::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("state")).unwrap();
    let file = folder.path().join("state/quarantine.ndjson");
    std::fs::write(&file, "{\"tamis\":\"quarantine\",\"version\":1,\"recipients\":[]}\n".repeat(21_000)).unwrap();
    let http = "type   = \"http\"\nlisten = \"127.0.0.1:0\"\nanswer = \"20 s\"";
    let config = HTTP_TO_HTTP.replace(http, "type = \"stdin\"").replace("guarantee = \"at-least-once\"\n", "");
    let config = format!("[quarantine]\nsize = \"1 MiB\"\n{}", config.replace("URL", &receiver.url()));
    let at = super::process::configured(folder.path(), &config, policies());
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let mut tamis = std::process::Command::new(env!("CARGO_BIN_EXE_tamis"));
    let tamis = tamis.args(["run", "-c"]).arg(at).stdin(std::process::Stdio::piped()).stderr(log);
    let mut child = tamis.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(format!("{}{{}}\n", events(0..3)).as_bytes()).unwrap();
    drop(input);
    let said = || std::fs::read_to_string(folder.path().join("log")).unwrap();
    eventually("it is told", || {
        assert!(!said().contains("error:"), "{}", said());
        said().contains("quarantine-full")
    });
    std::thread::sleep(Duration::from_millis(500));
    assert!(child.try_wait().unwrap().is_none(), "it waits: {}", said());
    assert!(receiver.text().is_empty() && !said().contains("could not be delivered"), "{}", said());
    child.kill().unwrap();
    child.wait().unwrap();
}

/// LAW (bounded): a stop takes no longer than `drain` and five seconds, whatever waits: what was not begun is given back.
#[test]
fn a_stop_ends_in_time_whatever_waits() {
    let receiver = Receiver::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let config = HTTP_TO_HTTP.replace("URL", &receiver.url()).replace("20 s", "50 s");
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    let all = events(0..14_000);
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (at, all) = (at.clone(), all.clone());
            std::thread::spawn(move || std::panic::catch_unwind(|| post(&at, &all, &[])).unwrap_or(0))
        })
        .collect();
    eventually("events are filtered", || !receiver.text().is_empty());
    let began = Instant::now();
    let ended = process.stop();
    let took = began.elapsed();
    // `drain` is 2 s; one more for a busy machine.
    assert!(took < Duration::from_secs(8), "{took:?}");
    let statuses: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    assert!(ended == Some(0) || statuses.iter().any(|status| *status != 200), "{ended:?} {statuses:?}");
}
