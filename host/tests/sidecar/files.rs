//! Files that are rotated while nobody looks.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::process::{Process, eventually, get};
use crate::{FILE_TO_FILE, events, is_acknowledged, no_canary_below, numbers, policies};

const METRICS: &str = "[metrics]\nlisten = \"127.0.0.1:0\"\n";

fn start(folder: &Path) -> Process {
    Process::start(folder, &format!("{METRICS}{FILE_TO_FILE}"), policies())
}

fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn once(numbers: std::ops::Range<u32>) -> BTreeMap<u32, usize> {
    numbers.map(|number| (number, 1)).collect()
}

fn lost(process: &Process) -> u64 {
    let page = get(&format!("{}/metrics", process.listening("metrics")));
    let line = page.lines().find(|line| line.starts_with("tamis_events_lost_total{source=\"logs\"}")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// LAW: what was written to a file before it was renamed out of the patterns is read, though nobody ran then.
#[test]
fn a_file_that_is_renamed_while_nobody_runs_is_read_to_its_end() {
    for is_killed in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let (input, state) = (folder.path().join("in"), folder.path().join("state"));
        std::fs::create_dir(&input).unwrap();
        let (path, out) = (input.join("app.ndjson"), folder.path().join("out.ndjson"));
        std::fs::write(&path, events(0..10)).unwrap();
        let process = start(folder.path());
        let found = || numbers(&std::fs::read_to_string(&out).unwrap_or_default());
        eventually("the first", || is_acknowledged(&state, &input));
        assert_eq!(std::fs::metadata(state.join("lock")).unwrap().permissions().mode() & 0o777, 0o600);
        if is_killed {
            process.kill();
        } else {
            assert_eq!(process.stop(), Some(0));
        }
        append(&path, &events(10..20));
        std::fs::rename(&path, input.join("app.ndjson.1")).unwrap();
        std::fs::write(&path, events(20..30)).unwrap();
        let process = start(folder.path());
        eventually("all", || found().len() == 30);
        // Whoever has it open may still write to it.
        append(&input.join("app.ndjson.1"), &events(30..40));
        eventually("what is written later", || found().len() == 40);
        assert_eq!((found(), lost(&process)), (once(0..40), 0));
        eventually("it is closed", || !process.holds("app.ndjson.1"));
        assert!(process.said("source-warning").is_empty());
        assert_eq!(process.stop(), Some(0));
        no_canary_below(&state);
    }
}

/// LAW: a file that was cut and has grown past where it was is read from its beginning, and that is said.
#[test]
fn a_file_that_is_cut_and_grows_is_read_from_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let (input, state) = (folder.path().join("in"), folder.path().join("state"));
    std::fs::create_dir(&input).unwrap();
    let (path, out) = (input.join("app.ndjson"), folder.path().join("out.ndjson"));
    let found = || numbers(&std::fs::read_to_string(&out).unwrap_or_default());
    std::fs::write(&path, events(0..10)).unwrap();
    let process = start(folder.path());
    eventually("the first", || is_acknowledged(&state, &input));
    std::fs::write(&path, events(10..40)).unwrap();
    eventually("those after it was cut", || found().len() == 40);
    assert!(process.said("source-warning").contains("was cut"));
    eventually("they are acknowledged", || is_acknowledged(&state, &input));
    assert_eq!((process.stop(), found()), (Some(0), once(0..40)));
    std::fs::write(&path, events(40..100)).unwrap();
    let process = start(folder.path());
    eventually("those after it was cut while nobody ran", || found().len() == 100);
    assert!(process.said("source-warning").contains("not found any more"), "{}", process.log());
    assert_eq!((lost(&process), process.stop(), found()), (0, Some(0), once(0..100)));
}

/// LAW: a file that is not there any more and was not read to its end is lost, which is said and counted, once.
#[test]
fn a_file_that_went_before_it_was_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (input, state) = (folder.path().join("in"), folder.path().join("state"));
    std::fs::create_dir(&input).unwrap();
    let path = input.join("app.ndjson");
    std::fs::write(&path, format!("{}{{\"half", events(0..10))).unwrap();
    let process = start(folder.path());
    let out = folder.path().join("out.ndjson");
    eventually("whole lines", || numbers(&std::fs::read_to_string(&out).unwrap_or_default()).len() == 10);
    let is_noted =
        || std::fs::read_to_string(state.join("positions/logs.json")).is_ok_and(|text| !text.contains("\"at\":0"));
    eventually("they are noted", is_noted);
    assert_eq!(process.stop(), Some(0));
    std::fs::remove_file(&path).unwrap();
    // Its number is not to be given to another.
    std::fs::write(folder.path().join("other"), "").unwrap();
    let process = start(folder.path());
    eventually("it is told", || process.said("source-warning").contains("not found any more"));
    assert_eq!((lost(&process), process.stop()), (1, Some(0)));
    let process = start(folder.path());
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!((lost(&process), process.said("source-warning")), (0, String::new()));
    assert_eq!(process.stop(), Some(0));
}
