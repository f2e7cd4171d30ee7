//! The sidecar as a process: what comes in at one end is at the other, filtered, whatever happens between.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it skips"
)]

mod admin;
#[path = "../common/mod.rs"]
mod common;
mod contract;
mod files;
mod floods;
mod forward;
#[path = "../../src/plugin/tests/guest.rs"]
#[allow(dead_code, reason = "the plugins' own tests use more of it")]
mod guest;
mod keys;
mod narrowing;
mod neighbours;
mod otlp;
mod process;
mod proxy;
mod pushes;
mod rates;
mod receiver;
mod repeated;
mod shadow;
mod signed;
mod starts;
mod syslog;
mod tap;
mod traces;
mod trapping;
mod web;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

pub(crate) use tamis::plugin;

use process::{CANARY, Process, eventually, post};
use receiver::Receiver;

/// An event of the Microsoft 365 audit log; `Id` is its number, which stays readable in `Version`.
fn event(number: u32) -> String {
    format!(
        r#"{{"CreationTime":"2026-11-03T06:00:00","Id":"x{number}","Operation":"UserLoggedIn","OrganizationId":"o","RecordType":15,"ResultStatus":"Succeeded","UserKey":"k","UserType":0,"Version":{number},"Workload":"AzureActiveDirectory","UserId":"{CANARY}","ClientIP":"192.0.2.10"}}"#
    )
}

fn events(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|number| event(number) + "\n").collect()
}

/// How often each number stands in filtered events. A last line without its break is being written.
fn numbers(text: &str) -> BTreeMap<u32, usize> {
    let mut found = BTreeMap::new();
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        *found.entry(event["Version"].as_u64().unwrap() as u32).or_default() += 1;
    }
    found
}

fn policies() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../policies")
}

const HTTP_TO_HTTP: &str = r#"
[source.apps]
type   = "http"
listen = "127.0.0.1:0"
answer = "20 s"
[sink.siem]
type  = "http"
url   = "URL"
batch = { events = 50, age = "20 ms" }
retry = { first = "20 ms", most = "200 ms" }
[route.staff]
from   = "apps"
policy = "tenants/example-de.toml"
[[route.staff.to]]
sink      = "siem"
purpose   = "security"
guarantee = "at-least-once"
"#;

const FILE_TO_FILE: &str = r#"
[source.logs]
type  = "file"
paths = ["HERE/in/*.ndjson"]
[sink.out]
type  = "file"
path  = "HERE/out.ndjson"
batch = { events = 20, age = "5 ms" }
[route.staff]
from   = "logs"
policy = "tenants/example-de.toml"
[[route.staff.to]]
sink    = "out"
purpose = "security"
"#;

/// Whether all of some files was acknowledged, and that is on disk.
fn is_acknowledged(state: &Path, input: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let kept = std::fs::read(state.join("positions/logs.json")).unwrap_or_default();
    let kept: serde_json::Value = serde_json::from_slice(&kept).unwrap_or_default();
    let files = std::fs::read_dir(input).unwrap().flatten().map(|file| file.metadata().unwrap());
    files.into_iter().all(|file| kept["files"][format!("{}:{}", file.dev(), file.ino())]["at"] == file.len())
}

fn no_canary_below(folder: &Path) {
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                assert!(!text.contains("canary.worker"), "{} holds a value of an event", path.display());
            }
        }
    }
}

#[test]
fn what_is_posted_arrives_filtered_and_is_answered_when_it_is_there() {
    let receiver = Receiver::start(vec![503, 200, 500]);
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &HTTP_TO_HTTP.replace("URL", &receiver.url()), policies());
    let at = process.listening("apps");
    assert_eq!(post(&at, &events(0..120), &[]), 200);
    let got = receiver.text();
    assert_eq!(
        numbers(&got),
        (0..120).map(|number| (number, 1)).collect(),
        "each once, though the server failed twice"
    );
    assert!(!got.contains("canary.worker") && !got.contains("192.0.2.10"));
    assert_eq!(post(&at, "no events at all", &[]), 400);
    for torn in ["[{\"a\":1},", "{\n\"a\":1,\n\"b\""] {
        assert_eq!(post(&at, torn, &[]), 400, "{torn}: who sent it still has it");
    }
    assert_eq!(post(&at, "", &[]), 200);
    assert_eq!(process.stop(), Some(0));
    no_canary_below(&folder.path().join("state"));
}

/// LAW: keys and events that are in memory are written nowhere by a crash.
#[test]
fn a_crash_leaves_no_core() {
    let receiver = Receiver::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &HTTP_TO_HTTP.replace("URL", &receiver.url()), policies());
    assert_eq!(process.limit("Max core file size"), "0 0");
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn a_token_is_asked_for() {
    let receiver = Receiver::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "hunter2\n").unwrap();
    let config = HTTP_TO_HTTP.replace("URL", &receiver.url());
    let config = config.replace("answer = \"20 s\"", "token = \"file:HERE/token\"");
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    assert_eq!(post(&at, &event(1), &[]), 401);
    assert_eq!(post(&at, &event(1), &["Authorization: Bearer hunter3"]), 401);
    assert_eq!(post(&at, &event(1), &["Authorization: Bearer hunter2"]), 200);
}

/// LAW (promise 7): nothing that a source can give again is lost by a kill at any moment.
#[test]
fn a_kill_at_any_moment_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    std::fs::create_dir(&input).unwrap();
    let mut written = 0;
    for round in 0..8 {
        let text = events(written..written + 300);
        written += 300;
        // Half of a line is there when it starts, the rest comes later.
        let cut = text.len() / 2;
        let path = input.join(format!("{}.ndjson", round % 3));
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::write(&path, format!("{before}{}", &text[..cut])).unwrap();
        let process = Process::start(folder.path(), FILE_TO_FILE, policies());
        std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        use std::io::Write as _;
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(&text.as_bytes()[cut..]).unwrap();
        std::thread::sleep(Duration::from_millis(17 * (round * round) as u64));
        process.kill();
    }
    let process = Process::start(folder.path(), FILE_TO_FILE, policies());
    let out = folder.path().join("out.ndjson");
    let found = || numbers(&std::fs::read_to_string(&out).unwrap_or_default());
    eventually("all events are there", || found().len() == written as usize);
    // They may be there from before a kill, whose acknowledgements were not on disk: a stop at once would leave them to the next start.
    eventually("all is acknowledged", || is_acknowledged(&folder.path().join("state"), &input));
    assert_eq!(process.stop(), Some(0));
    // Nothing more comes: what was acknowledged is not read again.
    let once = found();
    let process = Process::start(folder.path(), FILE_TO_FILE, policies());
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(process.stop(), Some(0));
    assert_eq!(found(), once);
    no_canary_below(&folder.path().join("state"));
}

#[test]
fn a_file_that_is_moved_away_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    std::fs::create_dir(&input).unwrap();
    std::fs::write(input.join("a.ndjson"), events(0..10)).unwrap();
    let process = Process::start(folder.path(), FILE_TO_FILE, policies());
    let out = folder.path().join("out.ndjson");
    let found = || numbers(&std::fs::read_to_string(&out).unwrap_or_default());
    eventually("the first", || found().len() == 10);
    std::fs::rename(input.join("a.ndjson"), input.join("a.1")).unwrap();
    std::fs::write(input.join("a.ndjson"), events(20..30)).unwrap();
    use std::io::Write as _;
    let mut old = std::fs::OpenOptions::new().append(true).open(input.join("a.1")).unwrap();
    old.write_all(events(10..20).as_bytes()).unwrap();
    eventually("all", || found().len() == 30);
    assert_eq!(found(), (0..30).map(|number| (number, 1)).collect());
    assert_eq!(process.stop(), Some(0));
}

/// LAW: a file that is deleted is read to its end, also where its last line has no break, and closed.
#[test]
fn a_file_that_is_deleted_is_read_to_its_last_byte_and_closed() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    std::fs::create_dir(&input).unwrap();
    std::fs::write(input.join("a.ndjson"), events(0..10).trim_end()).unwrap();
    let process = Process::start(folder.path(), FILE_TO_FILE, policies());
    let out = folder.path().join("out.ndjson");
    let found = || numbers(&std::fs::read_to_string(&out).unwrap_or_default());
    eventually("whole lines", || found().len() == 9);
    std::fs::remove_file(input.join("a.ndjson")).unwrap();
    eventually("the last line", || found().len() == 10);
    eventually("it is closed", || !process.holds("a.ndjson"));
    assert_eq!(found(), (0..10).map(|number| (number, 1)).collect());
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn a_dead_sink_is_answered_with_not_now_and_a_stop_loses_nothing() {
    let receiver = Receiver::start(vec![503; 10_000]);
    let folder = tempfile::tempdir().unwrap();
    let config = HTTP_TO_HTTP.replace("URL", &receiver.url()).replace("20 s", "300 ms");
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    assert_eq!(post(&at, &events(0..10), &[]), 503);
    // What it could not deliver it says so of: nobody was told that it has it.
    assert_eq!(process.stop(), Some(0));
    assert!(receiver.text().is_empty());
}

#[test]
fn what_changes_is_in_force_and_what_is_wrong_is_not() {
    let receiver = Receiver::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("policies");
    process::copy(Path::new(policies()), &own);
    let token = "[admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"env:TAMIS_TEST_TOKEN\"\n";
    let config = format!("{token}{}", HTTP_TO_HTTP.replace("URL", &receiver.url()));
    let process = Process::start(folder.path(), &config, own.to_str().unwrap());
    let (at, admin) = (process.listening("apps"), format!("{}/reload", process.listening("admin")));
    let operator = ["Authorization: Bearer operator"];
    assert_eq!(post(&admin, "", &[]), 401);
    assert_eq!(post(&at, &event(1), &[]), 200);
    assert!(receiver.text().contains("UserLoggedIn"));
    let tenant = own.join("tenants/example-de.toml");
    let before = std::fs::read_to_string(&tenant).unwrap();
    std::fs::write(&tenant, before.replacen("because", "becuase", 1)).unwrap();
    assert_eq!(post(&admin, "", &operator), 409);
    assert_eq!(post(&at, &event(2), &[]), 200, "the old one stays");
    let rule = "\n[rule.less]\nbecause = \"for this test\"\ncite = \"our-default\"\n\"event.action\" = \"drop\"\n";
    std::fs::write(&tenant, before.replacen("[rule.", &format!("{rule}[rule."), 1)).unwrap();
    assert_eq!(post(&admin, "", &operator), 200);
    let seen = receiver.text().len();
    assert_eq!(post(&at, &event(3), &[]), 200);
    let after = receiver.text();
    assert!(!after[seen..].contains("UserLoggedIn") && after.len() > seen);
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn an_event_that_no_plan_is_known_for_is_in_quarantine_before_it_is_acknowledged() {
    let receiver = Receiver::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &HTTP_TO_HTTP.replace("URL", &receiver.url()), policies());
    let at = process.listening("apps");
    assert_eq!(post(&at, &format!("{{\"who\":\"{CANARY}\"}}\n{}", event(7)), &[]), 200);
    let kept = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap();
    assert!(kept.contains("unknown-schema"), "{kept}");
    assert_eq!(numbers(&receiver.text()).len(), 1);
    assert_eq!(process.stop(), Some(0));
    no_canary_below(&folder.path().join("state"));
}

#[test]
fn a_gate_without_evidence_holds_or_is_skipped() {
    for (closed, status) in [("hold", 503), ("skip", 200)] {
        let receiver = Receiver::start(Vec::new());
        let folder = tempfile::tempdir().unwrap();
        let config = HTTP_TO_HTTP.replace("URL", &receiver.url());
        let more = format!(
            "closed = \"{closed}\"\n[[route.staff.to]]\nsink = \"siem\"\npurpose = \"productivity\"\nclosed = \"{closed}\"\n"
        );
        let process =
            Process::start(folder.path(), &format!("{}{more}", config.trim_end().to_owned() + "\n"), policies());
        assert_eq!(post(&process.listening("apps"), &event(1), &[]), status, "{closed}");
        assert_eq!(numbers(&receiver.text()).len(), usize::from(status == 200));
        process.stop();
    }
}

/// LAW: the ledger says what was in force and what was done, holds no value, and is whole after a stop.
#[test]
fn the_ledger_says_what_was_in_force_and_done() {
    let receiver = Receiver::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), "0123456789abcdef".repeat(4)).unwrap();
    let config = format!("[ledger]\nkey = \"file:HERE/key\"\n{}", HTTP_TO_HTTP.replace("URL", &receiver.url()));
    let process = Process::start(folder.path(), &config, policies());
    assert_eq!(post(&process.listening("apps"), &events(0..7), &[]), 200);
    assert_eq!(process.stop(), Some(0));
    let ledger = folder.path().join("state/ledger.ndjson");
    let tamis = |arguments: &[&str]| {
        let ran =
            std::process::Command::new(env!("CARGO_BIN_EXE_tamis")).arg("ledger").args(arguments).output().unwrap();
        (ran.status.code(), String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap())
    };
    let key = format!("file:{}", folder.path().join("key").display());
    let public = tamis(&["public-key", "--key", &key]).1;
    let of = [ledger.to_str().unwrap(), "--public-key", public.trim()];
    assert_eq!(tamis(&[&["verify"], &of[..]].concat()).0, Some(0));
    let (_, report, _) = tamis(&[&["report", "--format", "json"], &of[..]].concat());
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["in_force"][0]["policy"].as_str().unwrap().split('@').next(), Some("example-de"));
    assert_eq!(report["totals"][0]["counts"]["events_out"], 7);
    let text = std::fs::read_to_string(&ledger).unwrap();
    std::fs::write(&ledger, text.replacen("\"events_out\":7", "\"events_out\":6", 1)).unwrap();
    let (code, _, said) = tamis(&[&["verify"], &of[..]].concat());
    assert!(code == Some(1) && said.contains("was changed"), "{said}");
    no_canary_below(&folder.path().join("state"));
}

/// LAW: what is in a buffer on disk is acknowledged, survives a kill, and arrives when the sink is there again; nothing raw is in it.
#[test]
fn a_buffer_outlives_a_dead_sink_and_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let dead = Receiver::start(vec![503; 10_000]);
    let config = HTTP_TO_HTTP.replace("retry = ", "buffer = { size = \"16 MiB\" }\nretry = ");
    let process = Process::start(folder.path(), &config.replace("URL", &dead.url()), policies());
    for part in 0..10 {
        assert_eq!(post(&process.listening("apps"), &events(part * 20..part * 20 + 20), &[]), 200);
    }
    process.kill();
    no_canary_below(&folder.path().join("state"));
    let receiver = Receiver::start(Vec::new());
    let process = Process::start(folder.path(), &config.replace("URL", &receiver.url()), policies());
    eventually("all are there", || numbers(&receiver.text()).len() == 200);
    assert_eq!(process.stop(), Some(0));
    let process = Process::start(folder.path(), &config.replace("URL", &receiver.url()), policies());
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(process.stop(), Some(0));
    assert!(numbers(&receiver.text()).values().all(|times| *times == 1), "what was delivered does not come again");
}

/// LAW (accounting): what came is what became of events and what is under way, branch by branch, in the metrics.
#[test]
fn metrics_balance() {
    let receiver = Receiver::start(vec![400]);
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[metrics]\nlisten = \"127.0.0.1:0\"\n{}", HTTP_TO_HTTP.replace("URL", &receiver.url()));
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    let before = process::get(&format!("{}/metrics", process.listening("metrics")));
    for rises in ["alarms_total{", "reloads_total{", "events_lost_total{", "events_total{", "refusals_total{"] {
        let is_none = |line: &str| line.starts_with(&format!("tamis_{rises}")) && line.ends_with("} 0");
        assert!(before.lines().any(is_none), "what begins at one has not risen: {rises} {before}");
    }
    let visit = r#"{"CreationTime":"2026-11-03T06:00:00","Operation":"MessageSent","Workload":"MicrosoftTeams","ChannelName":"betriebsrat","UserId":"a@example.de"}"#;
    assert_eq!(post(&at, &event(1), &[]), 200, "refused for good by the sink: into quarantine");
    assert_eq!(post(&at, &format!("{}{visit}\n{{\"unknown\":1}}\nnot json\n", events(2..40)), &[]), 200);
    let text = process::get(&format!("{}/metrics", process.listening("metrics")));
    let value = |name: &str| -> u64 {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} in {text}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let outcome = |outcome: &str| {
        let label = format!("outcome=\"{outcome}\"");
        let of = |line: &&str| line.starts_with("tamis_events_total") && line.contains(&label);
        text.lines().find(of).map_or(0, |line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
    };
    let all = [
        "delivered",
        "suppressed",
        "quarantined",
        "dropped",
        "rejected",
        "given-up",
        "discarded",
        "withheld",
        "refused",
        "repeated",
    ];
    let ended: u64 = all.iter().map(|one| outcome(one)).sum();
    let under_way = value("tamis_branch_queued_events") + value("tamis_branch_in_flight_events");
    assert_eq!(value("tamis_events_received_total"), ended + under_way, "{text}");
    assert_eq!((outcome("rejected"), outcome("delivered")), (1, 38), "{text}");
    let plan = "tamis_plan_in_force{route=\"staff\",purpose=\"security\",policy=\"example-de@";
    assert!(text.lines().any(|line| line.starts_with(plan) && line.ends_with("\"} 1")), "{text}");
    assert!(!text.contains("canary") && !text.contains("betriebsrat"), "{text}");
    assert_eq!(process.stop(), Some(0));
}
