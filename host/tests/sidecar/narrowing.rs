//! LAW (`on-narrow`): when a policy narrows, what was filtered before and waits goes or does not go, as the configuration says; what does
//! not is counted, and a source that can give it again has it filtered anew.

use std::path::{Path, PathBuf};

use crate::process::{self, Process, eventually, post};
use crate::receiver::Receiver;
use crate::{HTTP_TO_HTTP, events, numbers, policies};

const LESS: &str = "\n[rule.less]\nbecause = \"for this test\"\ncite = \"our-default\"\n\"event.action\" = \"drop\"\n";

/// A sidecar with policies of its own before a sink that is away.
struct Away {
    folder: tempfile::TempDir,
    config: String,
    receiver: Receiver,
    process: Process,
}

impl Away {
    fn start(on_narrow: &str, buffer: &str) -> Self {
        Self::start_with(on_narrow, buffer, "")
    }

    /// The same, with more of the route.
    fn start_with(on_narrow: &str, buffer: &str, route: &str) -> Self {
        let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(vec![503; 100_000]));
        process::copy(Path::new(policies()), &folder.path().join("policies"));
        std::fs::write(folder.path().join("key"), "0123456789abcdef".repeat(4)).unwrap();
        let more = "[ledger]\nkey = \"file:HERE/key\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"env:TAMIS_TEST_TOKEN\"\n";
        let flow = HTTP_TO_HTTP.replace("retry = ", &format!("{buffer}\nretry = ")).replace("URL", &receiver.url());
        let flow = flow.replace("[[route.staff.to]]", &format!("{route}[[route.staff.to]]"));
        let config = format!("on-narrow = \"{on_narrow}\"\n{more}{flow}");
        let process = Process::start(folder.path(), &config, folder.path().join("policies").to_str().unwrap());
        Self { folder, config, receiver, process }
    }

    fn tenant(&self) -> PathBuf {
        self.folder.path().join("policies/tenants/example-de.toml")
    }

    fn change(&self, change: impl Fn(String) -> String) {
        let text = std::fs::read_to_string(self.tenant()).unwrap();
        std::fs::write(self.tenant(), change(text)).unwrap();
    }

    fn reload(&self) {
        let url = format!("{}/reload", self.process.listening("admin"));
        assert_eq!(post(&url, "", &["Authorization: Bearer operator"]), 200);
    }

    fn discarded(&self) -> u64 {
        let page = process::get(&format!("{}/metrics", self.process.listening("metrics")));
        let line = page.lines().find(|line| line.contains("outcome=\"discarded\"")).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    fn ledger(&self, kind: &str) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.folder.path().join("state/ledger.ndjson")).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.filter(|line| line["kind"] == kind).collect()
    }
}

fn narrower(text: String) -> String {
    text.replacen("[rule.", &format!("{LESS}[rule."), 1)
}

const BUFFER: &str = "buffer = { size = \"16 MiB\" }";

#[test]
fn what_waits_on_disk_goes_or_does_not() {
    for (on_narrow, restarts) in [("send", false), ("discard", false), ("send", true), ("discard", true)] {
        let mut away = Away::start(on_narrow, BUFFER);
        assert_eq!(post(&away.process.listening("apps"), &events(0..20), &[]), 200);
        away.change(narrower);
        if restarts {
            assert_eq!(away.process.stop(), Some(0));
            let policies = away.folder.path().join("policies");
            away.process = Process::start(away.folder.path(), &away.config, policies.to_str().unwrap());
        } else {
            away.reload();
        }
        assert_eq!(post(&away.process.listening("apps"), &events(20..25), &[]), 200);
        away.receiver.heal();
        let (goes, all) = (on_narrow == "send", if on_narrow == "send" { 0..25 } else { 20..25 });
        eventually("all are there", || numbers(&away.receiver.text()).len() >= all.len());
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert_eq!(numbers(&away.receiver.text()), all.map(|number| (number, 1)).collect(), "{on_narrow} {restarts}");
        assert_eq!(away.receiver.text().matches("UserLoggedIn").count(), if goes { 20 } else { 0 });
        assert_eq!(away.discarded(), if goes { 0 } else { 20 });
        let narrowed = away.ledger("narrowed");
        assert_eq!((narrowed.len(), &narrowed[0]["on_narrow"]), (1, &on_narrow.into()));
        let Away { folder, config, receiver, process } = away;
        assert_eq!(process.stop(), Some(0));
        let policies = folder.path().join("policies");
        let away = Away {
            process: Process::start(folder.path(), &config, policies.to_str().unwrap()),
            folder,
            config,
            receiver,
        };
        let counted: u64 = away.ledger("discarded").iter().map(|line| line["events"].as_u64().unwrap()).sum();
        assert_eq!(counted, if goes { 0 } else { 20 });
        assert_eq!(away.ledger("narrowed").len(), 1, "a restart under the same policy narrows nothing");
        assert_eq!(away.process.stop(), Some(0));
    }
}

/// LAW: what was discarded is lost only where nobody gives it again: it is no repeat of what is gone.
#[test]
fn what_was_discarded_goes_when_it_comes_again() {
    let away = Away::start_with("discard", BUFFER, "repeats = { for = \"1 min\" }\n");
    let posted = || post(&away.process.listening("apps"), &events(0..20), &[]);
    assert_eq!((posted(), posted()), (200, 200), "twice, and waits once");
    away.change(narrower);
    away.reload();
    assert_eq!(posted(), 200);
    away.receiver.heal();
    eventually("all are there", || numbers(&away.receiver.text()).len() == 20);
    assert_eq!(numbers(&away.receiver.text()), (0..20).map(|number| (number, 1)).collect());
    assert_eq!((away.receiver.text().matches("UserLoggedIn").count(), away.discarded()), (0, 20));
    assert_eq!(away.process.stop(), Some(0));
}

#[test]
fn a_policy_that_widens_discards_nothing() {
    let away = Away::start("discard", BUFFER);
    away.change(narrower);
    away.reload();
    assert_eq!(post(&away.process.listening("apps"), &events(0..20), &[]), 200);
    away.change(|text| text.replacen(LESS, "", 1));
    away.reload();
    away.receiver.heal();
    eventually("all are there", || numbers(&away.receiver.text()).len() == 20);
    assert_eq!((away.discarded(), away.ledger("narrowed").len()), (0, 1), "the first change narrowed");
    assert_eq!(away.process.stop(), Some(0));
}

/// LAW: that events are asked to be kept longer hides nothing of those that wait.
#[test]
fn a_longer_retention_discards_nothing() {
    let away = Away::start("discard", BUFFER);
    let limit = |days: u32| {
        format!(
            "[retention.of-this-test]\nat-most = \"{days} days\"\nbecause = \"for this test\"\ncite = \"our-default\"\n"
        )
    };
    let said = |days: u32| move |text: String| text.replacen("[rule.", &format!("{}[rule.", limit(days)), 1);
    away.change(said(10));
    away.reload();
    assert_eq!(post(&away.process.listening("apps"), &events(0..20), &[]), 200);
    away.change(|text| text.replacen(&limit(10), &limit(20), 1));
    away.reload();
    away.receiver.heal();
    eventually("all are there", || numbers(&away.receiver.text()).len() == 20);
    assert_eq!((away.discarded(), away.ledger("narrowed").len()), (0, 1), "the first change narrowed");
    assert_eq!(away.process.stop(), Some(0));
}

/// LAW: what waits in memory is given back, and what its source gives again is filtered under what is in force: nothing is lost.
#[test]
fn what_waits_in_memory_is_given_back() {
    let away = Away::start("discard", "");
    let apps = away.process.listening("apps");
    let waits = std::thread::spawn(move || post(&apps, &events(0..20), &[]));
    eventually("it waits", || {
        let page = process::get(&format!("{}/metrics", away.process.listening("metrics")));
        let held = |line: &str| line.contains("_events{route=\"staff\"") && line.ends_with(" 20");
        page.lines().any(|line| line.starts_with("tamis_branch_") && held(line))
    });
    away.change(narrower);
    away.reload();
    assert_eq!(waits.join().unwrap(), 503, "not now: give it again");
    away.receiver.heal();
    assert_eq!(post(&away.process.listening("apps"), &events(0..20), &[]), 200);
    assert_eq!(numbers(&away.receiver.text()), (0..20).map(|number| (number, 1)).collect());
    assert!(!away.receiver.text().contains("UserLoggedIn"));
    assert_eq!(away.discarded(), 20);
    crate::process::eventually("it is in the log", || away.process.said("discarded").contains("\"events\":20"));
    assert_eq!(away.process.stop(), Some(0));
}
