//! LAW (acknowledged): what sources and sinks of message brokers promise, broker by broker and case by case, with the real broker. It is
//! the contract of `tests/sidecar/contract`, as far as it makes sense here: a broker keeps messages until they are acknowledged, so that
//! nothing is answered, cut or split. Whoever adds a broker adds a row; every case runs on every row.

use std::time::Duration;

use super::policies;
use super::process::{CANARY, Process, configured, copy, eventually, post};
use super::receiver::Receiver;

/// A broker with a place that is read, and one that is written to.
pub(super) trait Peer {
    /// The table of a source `in`.
    fn source(&self) -> String;
    /// The table of a sink `out`, but for how it gathers and repeats.
    fn sink(&self) -> String;
    fn write(&self, payloads: &[String]);
    /// Payloads that were written for it.
    fn read(&self) -> Vec<String>;
    /// Messages of the source that are final, from the first on without a gap.
    fn acknowledged(&self) -> u64;
    /// `kill -9`.
    fn down(&mut self);
    fn up(&mut self);
}

/// Brokers; `None`, and that was said, where the machine has none. The name is that of the case: each has places of its own.
const ROWS: &[fn(&str) -> Option<Box<dyn Peer>>] = &[
    super::nats::peer,
    #[cfg(feature = "kafka")]
    super::kafka::peer,
];

const GATHERED: &str = "batch = { events = 20, age = \"5 ms\" }\nretry = { first = \"20 ms\", most = \"100 ms\" }\n";

fn event(number: u32) -> String {
    format!(
        r#"{{"CreationTime":"2026-11-03T06:00:00","Id":"x{number}","Operation":"UserLoggedIn","OrganizationId":"o","RecordType":15,"ResultStatus":"Succeeded","UserKey":"k","UserType":0,"Version":{number},"Workload":"AzureActiveDirectory","UserId":"{CANARY}","ClientIP":"192.0.2.10"}}"#
    )
}

fn events(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(event).collect()
}

/// Numbers of filtered events, in order, as often as they are there.
fn numbers<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<u64> {
    let number = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["Version"].as_u64().unwrap();
    let mut numbers: Vec<_> = lines.map(number).collect();
    numbers.sort_unstable();
    numbers
}

fn route(from: &str, to: &str) -> String {
    format!(
        "[route.staff]\nfrom = \"{from}\"\npolicy = \"tenants/example-de.toml\"\n[[route.staff.to]]\nsink = \"{to}\"\npurpose = \"security\"\nguarantee = \"at-least-once\"\n"
    )
}

/// A broker, the server that is sent what it holds, and where the process lives.
struct Bench {
    peer: Box<dyn Peer>,
    receiver: Receiver,
    folder: tempfile::TempDir,
}

impl Bench {
    fn start(&self, more: &str) -> Process {
        let url = self.receiver.url();
        let sink = format!("[sink.siem]\ntype = \"http\"\nurl = \"{url}\"\n{GATHERED}");
        let config = format!("{more}{}{sink}{}", self.peer.source(), route("in", "siem"));
        Process::start(self.folder.path(), &config, policies())
    }

    fn delivered(&self) -> Vec<u64> {
        numbers(self.receiver.text().lines())
    }

    /// Waits until each of these was delivered once and nothing else was, and so many messages are final.
    fn ends_with(&self, wanted: impl Iterator<Item = u64>, messages: u64) {
        let wanted: Vec<_> = wanted.collect();
        eventually("all are there", || self.delivered().len() >= wanted.len());
        assert_eq!(self.delivered(), wanted);
        eventually("all are acknowledged", || self.peer.acknowledged() == messages);
        assert!(!self.receiver.text().contains("canary.worker"));
    }

    fn kept(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("state/quarantine.ndjson")).unwrap_or_default()
    }

    fn end(self, process: Process) {
        assert_eq!(process.stop(), Some(0));
        assert!(!self.kept().contains("canary.worker"));
    }
}

/// Runs a case on every broker, before a server that answers so first.
fn each(name: &str, statuses: &[u16], case: impl Fn(Bench)) {
    for row in ROWS {
        let Some(peer) = row(name) else { continue };
        case(Bench { peer, receiver: Receiver::start(statuses.to_vec()), folder: tempfile::tempdir().unwrap() });
    }
}

#[test]
fn contract_what_is_too_long_or_no_event_is_put_aside_alone() {
    each("oversize", &[], |bench| {
        let mut all = events(0..10);
        all[3] = event(3).replace("UserLoggedIn", &"x".repeat(10_000));
        all[6] = format!("no event of {CANARY}");
        bench.peer.write(&all);
        let process = bench.start("[limits]\nevent = \"4 KiB\"\n");
        bench.ends_with((0..10).filter(|number| ![3, 6].contains(number)), 10);
        let kept = bench.kept();
        assert!(kept.contains("too-long") && kept.matches("\"event\"").count() == 2, "{kept}");
        bench.end(process);
    });
}

#[test]
fn contract_nothing_is_acknowledged_before_it_is_there() {
    each("retryable", &[503, 429, 503, 401, 503], |bench| {
        let process = bench.start("");
        bench.peer.write(&events(0..40));
        bench.ends_with(0..40, 40);
        bench.end(process);
    });
}

#[test]
fn contract_what_a_sink_never_takes_is_put_aside_and_holds_nobody_up() {
    each("permanent", &[400], |bench| {
        let process = bench.start("");
        bench.peer.write(&events(0..1));
        eventually("it is put aside", || bench.kept().contains("sink-refused"));
        bench.peer.write(&events(1..20));
        bench.ends_with(1..20, 20);
        bench.end(process);
    });
}

#[test]
fn contract_what_was_never_delivered_comes_again_and_what_was_does_not() {
    each("never", &[503; 100_000], |mut bench| {
        bench.peer.write(&events(0..30));
        let process = bench.start("");
        std::thread::sleep(Duration::from_millis(700));
        process.stop();
        assert_eq!((bench.delivered(), bench.peer.acknowledged()), (Vec::new(), 0));
        bench.receiver = Receiver::start(Vec::new());
        let process = bench.start("");
        bench.ends_with(0..30, 30);
        assert_eq!(process.stop(), Some(0));
        let process = bench.start("");
        bench.peer.write(&events(30..40));
        bench.ends_with(0..40, 40);
        bench.end(process);
    });
}

#[test]
fn contract_a_drain_delivers_and_acknowledges_what_is_under_way() {
    each("drain", &[503, 503, 503], |bench| {
        let process = bench.start("");
        bench.peer.write(&events(0..20));
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(process.stop(), Some(0));
        // What it had taken is there and final; the rest comes with the next start. None comes twice.
        assert_eq!(bench.peer.acknowledged(), bench.delivered().len() as u64);
        let process = bench.start("");
        bench.ends_with(0..20, 20);
        bench.end(process);
    });
}

#[test]
fn contract_a_reload_takes_no_message() {
    each("reload", &[], |bench| {
        let own = bench.folder.path().join("policies");
        copy(std::path::Path::new(policies()), &own);
        let admin = "[admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"env:TAMIS_TEST_TOKEN\"\n";
        let url = bench.receiver.url();
        let sink = format!("[sink.siem]\ntype = \"http\"\nurl = \"{url}\"\n{GATHERED}");
        let config = format!("{admin}{}{sink}{}", bench.peer.source(), route("in", "siem"));
        let process = Process::start(bench.folder.path(), &config, own.to_str().unwrap());
        let tenant = own.join("tenants/example-de.toml");
        let before = std::fs::read_to_string(&tenant).unwrap();
        let rule =
            "[rule.more]\nbecause = \"for this test\"\ncite = \"our-default\"\n\"event.action\" = \"drop\"\n\n[rule.";
        let texts = [before.replacen("[rule.", rule, 1), before];
        for part in 0..6_u32 {
            bench.peer.write(&events(part * 20..part * 20 + 20));
            std::fs::write(&tenant, &texts[part as usize % 2]).unwrap();
            let reload = format!("{}/reload", process.listening("admin"));
            assert_eq!(post(&reload, "", &["Authorization: Bearer operator"]), 200);
        }
        bench.ends_with(0..120, 120);
        bench.end(process);
    });
}

/// What is posted is answered once the broker has it, also where it is away for a while.
#[test]
fn contract_a_sink_has_what_was_taken() {
    each("sink", &[], |Bench { mut peer, folder, .. }| {
        let http = "[source.apps]\ntype = \"http\"\nlisten = \"127.0.0.1:0\"\nanswer = \"12 s\"\n";
        let config = format!("{http}{}{GATHERED}{}", peer.sink(), route("apps", "out"));
        let process = Process::start(folder.path(), &config, policies());
        let at = process.listening("apps");
        let send = |numbers: std::ops::Range<u32>| post(&at, &events(numbers).join("\n"), &[]);
        let there = |peer: &dyn Peer| numbers(peer.read().iter().map(String::as_str));
        assert_eq!(send(0..50), 200);
        assert_eq!(there(&*peer), (0..50).collect::<Vec<_>>(), "each once");
        peer.down();
        assert_eq!(send(50..60), 503);
        peer.up();
        eventually("it is there again", || send(60..70) == 200);
        let mut found = there(&*peer);
        // What was answered with "not now" may have arrived, and what was sent again may have come twice.
        found.dedup();
        assert!(
            found.iter().filter(|number| !(50..60).contains(*number)).copied().eq((0..50).chain(60..70)),
            "{found:?}"
        );
        assert!(!peer.read().concat().contains("canary.worker"));
        assert_eq!(process.stop(), Some(0));
    });
}

/// `run --check` says that a broker that is not there cannot be reached, and what the branch promises.
#[test]
fn contract_a_check_says_what_a_broker_guarantees() {
    each("check", &[], |Bench { mut peer, receiver, folder }| {
        let sink = format!("[sink.siem]\ntype = \"http\"\nurl = \"{}\"\n", receiver.url());
        let file = configured(folder.path(), &format!("{}{sink}{}", peer.source(), route("in", "siem")), policies());
        let check = || {
            let mut tamis = std::process::Command::new(env!("CARGO_BIN_EXE_tamis"));
            let ran = tamis.args(["run", "--check", "-c"]).arg(&file).output().unwrap();
            (ran.status.code(), String::from_utf8_lossy(&ran.stderr).into_owned())
        };
        let (code, said) = check();
        assert!(code == Some(0) && said.contains("at least once") && !said.contains("cannot reach"), "{said}");
        peer.down();
        let (_, said) = check();
        assert!(said.contains("[source.in]") && said.contains("cannot reach"), "{said}");
        peer.up();
    });
}
