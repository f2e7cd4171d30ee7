//! The official client of Elasticsearch, a handler for Loki, and curl as Splunk's documentation shows it: what they send arrives.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use super::process::{CANARY, Process, eventually};
use super::receiver::Receiver;
use super::{policies, skipped};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/pushes.py");

/// The Python that has a module.
fn python(module: &str) -> Option<PathBuf> {
    let python = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/peers/venv/bin/python"));
    let has = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    if !has.is_ok_and(|asked| asked.status.success()) {
        skipped(&format!("{module} is not in target/peers/venv: host/tests/peers/install puts it there"));
        return None;
    }
    Some(python)
}

struct Run {
    receiver: Receiver,
    process: Process,
    _folder: tempfile::TempDir,
}

impl Run {
    fn start(source: &str) -> Self {
        let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
        let config = format!(
            "[source.apps]\ntype = \"{source}\"\nlisten = \"127.0.0.1:0\"\ntoken = \"env:TAMIS_TEST_TOKEN\"\n\
             [sink.siem]\ntype = \"http\"\nurl = \"{}\"\nbatch = {{ age = \"5 ms\" }}\n\
             [route.staff]\nfrom = \"apps\"\npolicy = \"tenants/example-de.toml\"\n[[route.staff.to]]\nsink = \"siem\"\npurpose = \"security\"\n",
            receiver.url()
        );
        Self { process: Process::start(folder.path(), &config, policies()), receiver, _folder: folder }
    }

    /// Waits until the numbers below `count` are there, and stops.
    fn end(self, count: u32) {
        let numbers = || {
            let text = self.receiver.text();
            let events = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
            events.filter_map(|event| Some(event["Version"].as_u64()? as u32)).collect::<BTreeSet<_>>()
        };
        eventually("all are there", || numbers() == (0..count).collect());
        let text = self.receiver.text();
        assert!(!text.contains("canary.worker") && !text.contains("shop") && !text.contains("@envelope"), "{text}");
        assert_eq!(self.process.stop(), Some(0));
    }
}

fn sent(module: &str, protocol: &str) {
    let Some(python) = python(module) else { return };
    let run = Run::start(protocol);
    let sent =
        Command::new(python).arg(SCRIPT).args([protocol, &run.process.listening("apps"), "40"]).output().unwrap();
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    run.end(40);
}

#[test]
fn the_client_of_elasticsearch_is_understood() {
    sent("elasticsearch", "elasticsearch");
}

#[test]
fn a_handler_for_loki_is_understood() {
    sent("logging_loki", "loki");
}

#[test]
fn curl_speaks_to_the_collector_as_splunk_shows() {
    if !Command::new("curl").arg("--version").output().is_ok_and(|asked| asked.status.success()) {
        return skipped("curl is not there");
    }
    let run = Run::start("hec");
    let event = |number: u32| {
        format!(
            r#"{{"CreationTime":"2026-11-03T06:00:00","Operation":"UserLoggedIn","RecordType":15,"UserType":0,"Version":{number},"Workload":"AzureActiveDirectory","UserId":"{CANARY}"}}"#
        )
    };
    let curl = |path: &str, more: &[&str], body: &str| {
        let url = format!("{}/services/collector{path}", run.process.listening("apps"));
        let ran = Command::new("curl").args(["-s", &url]).args(more).args(["-d", body]).output().unwrap();
        String::from_utf8(ran.stdout).unwrap()
    };
    let success = r#"{"text":"Success","code":0}"#;
    let token = ["-H", "Authorization: Splunk operator"];
    let one = format!(r#"{{"sourcetype": "mysourcetype", "host": "{CANARY}", "event": {}}}"#, event(0));
    assert_eq!(curl("/event", &token, &one), success);
    let two = format!("{{\"event\": {}}}{{\"event\": {}, \"fields\": {{\"device\": \"shop\"}}}}", event(1), event(2));
    assert_eq!(curl("", &["-u", "x:operator"], &two), success);
    assert_eq!(curl("/raw?sourcetype=shop", &token, &event(3)), success);
    assert_eq!(curl("", &["-H", "Authorization: Splunk other"], &one), r#"{"text":"Invalid token","code":4}"#);
    run.end(4);
}
