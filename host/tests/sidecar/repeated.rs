//! LAW (repeats): where a route says so, what comes again byte for byte goes once, and is acknowledged no sooner than the first; each
//! event goes where each counts.

use crate::process::{self, Process, eventually, post};
use crate::receiver::Receiver;
use crate::{HTTP_TO_HTTP, events, numbers, policies};

const METRICS: &str = "[ledger]\nkey = \"file:HERE/key\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n";

fn start(folder: &std::path::Path, receiver: &Receiver, more: &str) -> Process {
    std::fs::write(folder.join("key"), "0123456789abcdef".repeat(4)).unwrap();
    let flow = HTTP_TO_HTTP.replace("URL", &receiver.url());
    let flow =
        flow.replace("[[route.staff.to]]", &format!("repeats = {{ for = \"1 min\" }}\n{more}\n[[route.staff.to]]"));
    Process::start(folder, &format!("{METRICS}{flow}"), policies())
}

fn repeated(process: &Process) -> u64 {
    let page = process::get(&format!("{}/metrics", process.listening("metrics")));
    let line = page.lines().find(|line| line.contains("outcome=\"repeated\"")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn what_comes_again_goes_once() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(vec![503; 100_000]));
    let process = start(folder.path(), &receiver, "");
    let posted = || {
        let apps = process.listening("apps");
        std::thread::spawn(move || post(&apps, &events(0..20), &[]))
    };
    let first = posted();
    eventually("the first waits", || {
        let page = process::get(&format!("{}/metrics", process.listening("metrics")));
        page.lines().any(|line| line.starts_with("tamis_branch_") && line.ends_with(" 20"))
    });
    let second = posted();
    eventually("the second was looked at", || repeated(&process) == 20);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(!second.is_finished(), "a repeat is acknowledged no sooner than the first");
    receiver.heal();
    assert_eq!((first.join().unwrap(), second.join().unwrap()), (200, 200));
    assert_eq!(post(&process.listening("apps"), &events(10..30), &[]), 200, "ten of them are safe by now");
    assert_eq!(numbers(&receiver.text()), (0..30).map(|number| (number, 1)).collect());
    assert_eq!(repeated(&process), 30);
    assert_eq!(process.stop(), Some(0));
    let ledger = std::fs::read_to_string(folder.path().join("state/ledger.ndjson")).unwrap();
    let lines = ledger.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let told: u64 = lines.filter(|line| line["kind"] == "repeated").map(|line| line["events"].as_u64().unwrap()).sum();
    assert_eq!(told, 30);
    crate::no_canary_below(&folder.path().join("state"));
}

#[test]
fn where_each_event_counts_each_goes() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(Vec::new()));
    let process = start(folder.path(), &receiver, "system = \"payment-gateway\"");
    (0..2).for_each(|_| assert_eq!(post(&process.listening("apps"), &events(0..20), &[]), 200));
    assert_eq!(numbers(&receiver.text()), (0..20).map(|number| (number, 2)).collect());
    assert_eq!(repeated(&process), 0);
    assert_eq!(process.stop(), Some(0));
}

/// LAW: a repeat of what a list withholds is told by no line of a minute: who reads the ledger does not see that it was there.
#[test]
fn nothing_tells_of_a_repeat_that_a_list_withholds() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(Vec::new()));
    let process = start(folder.path(), &receiver, "");
    let visit = r#"{"CreationTime":"2026-11-03T06:00:00","Operation":"MessageSent","Workload":"MicrosoftTeams","ChannelName":"betriebsrat","UserId":"a@example.de"}"#;
    (0..2).for_each(|_| assert_eq!(post(&process.listening("apps"), visit, &[]), 200));
    assert_eq!(repeated(&process), 0);
    assert_eq!(process.stop(), Some(0));
    assert_eq!(receiver.text(), "", "it is withheld");
    let ledger = std::fs::read_to_string(folder.path().join("state/ledger.ndjson")).unwrap();
    assert!(!ledger.contains("\"repeated\""), "{ledger}");
}
