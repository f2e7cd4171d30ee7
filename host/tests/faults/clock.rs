//! The clock of the machine is set: forward by a day, and back.

use std::io::{Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::canary;
use crate::flow::counted;
use crate::others::{BUFFERED, config, events, metric, policies, post};
use crate::process::{self, Process, eventually};
use crate::receiver::Receiver;

pub(crate) const DAY: i64 = 86_400;

/// A clock that is set while a process looks at it.
pub(crate) struct Clock {
    library: PathBuf,
    said: PathBuf,
}

impl Clock {
    pub(crate) fn new(folder: &Path) -> Self {
        let (library, said) = (folder.join("clock.so"), folder.join("clock"));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/clock.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", source, "-o"])
            .arg(&library)
            .status();
        assert!(built.unwrap().success());
        std::fs::write(&said, 0_i64.to_ne_bytes()).unwrap();
        Self { library, said }
    }

    pub(crate) fn start(&self, folder: &Path, config: &str, policies: &str) -> Process {
        self.start_with(folder, config, policies, &[])
    }

    fn start_with(&self, folder: &Path, config: &str, policies: &str, further: &[(&str, &str)]) -> Process {
        let armed = [("LD_PRELOAD", self.library.to_str().unwrap()), ("TAMIS_CLOCK", self.said.to_str().unwrap())];
        Process::start_with(folder, config, policies, &[], &[&armed, further].concat())
    }

    /// With policies of its own, looked at all the time, and little patience.
    fn start_impatient(&self, folder: &Path, receiver: &Receiver, further: &str) -> (Process, PathBuf) {
        let own = folder.join("policies");
        process::copy(Path::new(policies()), &own);
        let config = format!("watch = \"100 ms\"\n{}{further}", config(&receiver.url(), ""));
        (self.start_with(folder, &config, own.to_str().unwrap(), &[("TAMIS_PATIENCE", "1")]), own)
    }

    /// Later than the machine's by so many seconds. Its file is looked at where it lies, and never made shorter.
    pub(crate) fn set(&self, later: i64) {
        let mut file = std::fs::OpenOptions::new().write(true).open(&self.said).unwrap();
        file.rewind().unwrap();
        file.write_all(&later.to_ne_bytes()).unwrap();
    }
}

/// LAW: a clock that jumps loses nothing, doubles nothing and gives nothing up, and the ledger stays one chain.
#[test]
fn a_clock_that_jumps_takes_no_event() {
    let (folder, clocks) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let clock = Clock::new(clocks.path());
    std::fs::write(folder.path().join("key"), "0123456789abcdef".repeat(4)).unwrap();
    // A sink that is away while the clock jumps: what waits must not have waited a day.
    let receiver = Receiver::start(vec![503; 12]);
    let retry = format!("{BUFFERED}\nretry = {{ first = \"20 ms\", most = \"50 ms\", for = \"2 hours\" }}");
    let config = config(&receiver.url(), &retry).replace("retry   = { first = \"20 ms\", most = \"100 ms\" }\n", "");
    let ledger = "watch = \"100 ms\"\n[ledger]\nkey = \"file:HERE/key\"\n";
    let process = clock.start(folder.path(), &format!("{ledger}{config}"), policies());
    let reloads = || metric(&process, "tamis_reloads_total{route=\"staff\",result=\"in-force\"}");
    let (mut sent, mut latest, mut days) = (0, 0, 0);
    // Back by an hour at last, which is the day before where that is another one.
    for later in [0, DAY, DAY - 3600, -3600, 3 * DAY, 3 * DAY - 3600, 0] {
        clock.set(later);
        for _ in 0..5 {
            assert_eq!(post(&process, sent..sent + 20), 200, "{later}: {}", process.said(""));
            sent += 20;
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        days += u64::from(later > latest);
        latest = latest.max(later);
        eventually("plans are of their day", || reloads() >= days);
    }
    eventually("all are there", || counted(&receiver.text()).len() == sent as usize);
    assert!(counted(&receiver.text()) == (0..sent).map(|number| (number, 1)).collect(), "each of {sent} events once");
    assert!(reloads() >= 2, "plans are of their day");
    assert_eq!(metric(&process, "tamis_panics_total"), 0);
    assert_eq!(process.stop(), Some(0));
    assert!(!canary::is_in(receiver.text().as_bytes()));
    assert_eq!(canary::below(&folder.path().join("state")), Vec::<String>::new());
    let tamis = |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_tamis")).args(arguments).output().unwrap();
    let key = format!("file:{}", folder.path().join("key").display());
    let public = tamis(&["ledger", "public-key", "--key", &key]).stdout;
    let public = String::from_utf8(public).unwrap();
    let ledger = folder.path().join("state/ledger.ndjson");
    let ran = tamis(&["ledger", "verify", ledger.to_str().unwrap(), "--public-key", public.trim()]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// LAW: what ran out does not open again because a clock was set back.
#[test]
fn evidence_that_ran_out_stays_so_when_the_clock_is_set_back() {
    let (folder, clocks) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let clock = Clock::new(clocks.path());
    let own = folder.path().join("policies");
    process::copy(Path::new(policies()), &own);
    let evidence = own.join("tenants/example-de.evidence.toml");
    let text = std::fs::read_to_string(&evidence).unwrap();
    let last = format!("review-by   = {}", jiff::Zoned::now().date());
    let ends = text.replacen("review-by   = 2027-08-20", &last, 1);
    assert_ne!(text, ends);
    std::fs::write(&evidence, ends).unwrap();
    let receiver = Receiver::start(Vec::new());
    let config = format!("watch = \"100 ms\"\n{}", config(&receiver.url(), ""));
    let process = clock.start(folder.path(), &config, own.to_str().unwrap());
    assert_eq!(post(&process, 0..20), 200);
    clock.set(DAY);
    eventually("it is closed", || post(&process, 20..40) == 503);
    let before = receiver.text();
    clock.set(0);
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(
        process::post(&format!("{}/reload", process.listening("admin")), "", &["Authorization: Bearer operator"]),
        200
    );
    assert_eq!(post(&process, 40..60), 503);
    assert_eq!(receiver.text(), before, "nothing goes while it is closed");
    process.stop();
    // Nor by a restart.
    let process = clock.start(folder.path(), &config, own.to_str().unwrap());
    assert_eq!(post(&process, 60..80), 503, "{}", process.said(""));
    assert!(process.said("clock-behind").contains("tamis day --reset"));
    assert_eq!(receiver.text(), before, "nothing goes after a restart");
    process.stop();
}

/// A second route, of another tenant.
const CLOUD: &str = r#"
[source.cloud]
type   = "http"
listen = "127.0.0.2:0"
[route.cloud]
from   = "cloud"
policy = "tenants/example-saas.toml"
[[route.cloud.to]]
sink    = "siem"
purpose = "security"
"#;

/// LAW: what cannot be made anew for a day is closed on it, also where another route was closed on a day before.
#[test]
fn each_route_closes_on_the_day_that_it_cannot_be_made_for() {
    let (folder, clocks) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let clock = Clock::new(clocks.path());
    let own = folder.path().join("policies");
    process::copy(Path::new(policies()), &own);
    let receiver = Receiver::start(Vec::new());
    let config = format!("watch = \"100 ms\"\n{}{CLOUD}", config(&receiver.url(), ""));
    let process = clock.start(folder.path(), &config, own.to_str().unwrap());
    let answers = || ["apps", "cloud"].map(|source| process::post(&process.listening(source), &events(0..5), &[]));
    assert_eq!(answers(), [200, 200]);
    for (days, tenant, expected) in [(1, "example-de", [503, 200]), (2, "example-saas", [503, 503])] {
        std::fs::write(own.join(format!("tenants/{tenant}.evidence.toml")), "no evidence").unwrap();
        clock.set(days * DAY);
        eventually(tenant, || answers() == expected);
    }
    process.stop();
}

/// Has a pipe in place of a file: who opens one to read waits until somebody writes.
/// In one step, since a look in between would find no file, and nothing new behind it.
fn hang(path: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::rename(pipe, path).unwrap();
}

/// Ends a hang: who waits reads `text`, and who comes later what was prepared at `next`. The pipe stays open until the
/// other is in its place: who opened it again in between would wait for ever.
fn let_go(path: &Path, text: &str, next: &Path) {
    let mut pipe = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    pipe.write_all(text.as_bytes()).unwrap();
    std::fs::rename(next, path).unwrap();
}

/// LAW: a file that hangs holds neither the day, nor an operator, nor the end of the process.
#[test]
fn a_file_that_hangs_does_not_hold_the_day() {
    let (folder, clocks) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let clock = Clock::new(clocks.path());
    let receiver = Receiver::start(Vec::new());
    let (process, own) = clock.start_impatient(folder.path(), &receiver, "");
    assert_eq!(post(&process, 0..20), 200);
    let tenant = own.join("tenants/example-de.toml");
    let text = std::fs::read_to_string(&tenant).unwrap();
    hang(&tenant);
    eventually("it is said", || !process.said("reload-slow").is_empty());
    assert_eq!(post(&process, 20..40), 200, "today's plan holds today");
    clock.set(DAY);
    eventually("it is closed", || post(&process, 40..60) == 503);
    let reload =
        || process::post(&format!("{}/reload", process.listening("admin")), "", &["Authorization: Bearer operator"]);
    assert_eq!(reload(), 409);
    // What was read for yesterday comes too late.
    let next = folder.path().join("next");
    std::fs::write(&next, text).unwrap();
    let_go(&tenant, "", &next);
    eventually("it is open again", || post(&process, 60..80) == 200);
    hang(&tenant);
    reload();
    assert_eq!(process.stop(), Some(0));
}

/// LAW: a day that comes while plans of the one before are made closes nothing before its own were tried.
#[test]
fn a_day_that_comes_while_plans_are_made_closes_nothing() {
    let (folder, clocks) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (clock, own) = (Clock::new(clocks.path()), folder.path().join("policies"));
    process::copy(Path::new(policies()), &own);
    let receiver = Receiver::start(Vec::new());
    std::fs::write(folder.path().join("key"), "0123456789abcdef".repeat(4)).unwrap();
    let head = "watch = \"100 ms\"\n[ledger]\nkey = \"file:HERE/key\"\n";
    let process = clock.start(folder.path(), &format!("{head}{}", config(&receiver.url(), "")), own.to_str().unwrap());
    let (tenant, next) = (own.join("tenants/example-de.toml"), folder.path().join("next"));
    let text = std::fs::read_to_string(&tenant).unwrap();
    let over = || process.said("reload-refused").matches("which is over").count();
    let is_done = AtomicBool::new(false);
    hang(&tenant);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                // Who makes plans opens it, more than once: another day comes before they are made, and once more while they are for that one.
                let read = std::fs::OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(&tenant);
                if read.is_ok() {
                    clock.set(if over() == 0 { DAY } else { 3 * DAY });
                    hang(&next);
                    let_go(&tenant, &text, &next);
                }
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        });
        let reloads = || metric(&process, "tamis_reloads_total{route=\"staff\",result=\"in-force\"}");
        eventually("plans are of the day that came last", || reloads() > 0);
        is_done.store(true, Ordering::Relaxed);
    });
    assert_eq!(over(), 2, "{}", process.said(""));
    assert_eq!(process.stop(), Some(0));
    let ledger = std::fs::read_to_string(folder.path().join("state/ledger.ndjson")).unwrap();
    assert!(!ledger.contains("\"kind\":\"closed\""), "{ledger}");
}

/// LAW: what changed while another change hung is in force once that one is over.
#[test]
fn a_change_behind_one_that_hangs_is_not_forgotten() {
    let (folder, clocks) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let clock = Clock::new(clocks.path());
    let receiver = Receiver::start(Vec::new());
    let (process, own) = clock.start_impatient(folder.path(), &receiver, CLOUD);
    let (hangs, changes) = (own.join("tenants/example-saas.toml"), own.join("tenants/example-de.toml"));
    let text = std::fs::read_to_string(&hangs).unwrap();
    hang(&hangs);
    let slow = |times| process.said("reload-slow").lines().count() >= times;
    eventually("one hangs", || slow(1));
    let old = std::fs::read_to_string(&changes).unwrap();
    let new = old.replacen("revision = 6", "revision = 7", 1);
    assert_ne!(old, new);
    std::fs::write(&changes, new).unwrap();
    eventually("another waits in vain", || slow(2));
    let told = || ["in-force", "reload-refused"].iter().map(|event| process.said(event).lines().count()).sum::<usize>();
    let before = told();
    // As a folder that comes back: what is there looks as the pipe did.
    let like = folder.path().join("like");
    std::fs::write(&like, "").unwrap();
    assert!(Command::new("touch").arg("-r").args([&hangs, &like]).status().unwrap().success());
    let_go(&hangs, &text, &like);
    eventually("it is read", || told() > before);
    assert_eq!(process.stop(), Some(0));
}

/// LAW: what was seen of the day comes back to what the clock says by an operator's word alone, and that stands in the ledger.
#[test]
fn an_operator_sets_the_day_back() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(Vec::new());
    std::fs::write(folder.path().join("key"), "0123456789abcdef".repeat(4)).unwrap();
    let config = format!("[ledger]\nkey = \"file:HERE/key\"\n{}", config(&receiver.url(), ""));
    let process = Process::start(folder.path(), &config, policies());
    let day = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
        let ran = command.args(["day", "-c"]).arg(folder.path().join("tamis.toml")).args(arguments).output().unwrap();
        (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
    };
    let reset = ["--reset", "--by", "A. Ops", "--reason", "it started in 2099"];
    assert_eq!(day(&reset).0, Some(1), "not while it runs");
    process.stop();
    std::fs::write(folder.path().join("state/day"), "2099-01-01\n").unwrap();
    assert!(day(&[]).1.contains("2099-01-01"), "{}", day(&[]).1);
    assert_eq!(day(&["--reset"]).0, Some(2), "nobody did it");
    assert_eq!(day(&reset).0, Some(0), "{}", day(&reset).1);
    assert!(!day(&[]).1.contains("2099"));
    let ledger = std::fs::read_to_string(folder.path().join("state/ledger.ndjson")).unwrap();
    let line = ledger.lines().find(|line| line.contains("day-reset")).unwrap();
    assert!(line.contains("2099-01-01") && line.contains("A. Ops"), "{line}");
}
