//! fluent-logger of PyPI, in an environment of its own below `target/`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::{Process, eventually};
use super::receiver::Receiver;
use super::{policies, skipped};

const SENDER: &str = r#"
import sys
from fluent import sender
for precise in (False, True):
    logger = sender.FluentSender("app.staff", host="127.0.0.1", port=int(sys.argv[1]), nanosecond_precision=precise)
    for number in range(20):
        event = {"CreationTime": "2026-11-03T06:00:00", "Id": "x", "Operation": "UserLoggedIn", "OrganizationId": "o", "RecordType": 15,
                 "ResultStatus": "Succeeded", "UserKey": "k", "UserType": 0, "Version": number + 20 * precise,
                 "Workload": "AzureActiveDirectory", "UserId": "canary.worker@example.de", "ClientIP": "192.0.2.10"}
        assert logger.emit("login", event), logger.last_error
    logger.close()
"#;

/// The interpreter of the environment, with the package in it.
fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fluent-logger");
    let python = folder.join("bin/python");
    let has = |python: &Path| {
        Command::new(python).args(["-c", "import fluent.sender"]).output().is_ok_and(|o| o.status.success())
    };
    if !has(&python) {
        Command::new("python3").args(["-m", "venv"]).arg(&folder).output().ok()?;
        Command::new(&python).args(["-m", "pip", "install", "-q", "fluent-logger==0.11.1"]).output().ok()?;
    }
    has(&python).then_some(python)
}

#[test]
fn fluent_logger_is_understood() {
    let Some(python) = python() else {
        return skipped("fluent-logger of PyPI cannot be installed");
    };
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    let config = format!(
        "[source.apps]\ntype = \"forward\"\nlisten = \"127.0.0.1:0\"\n[sink.siem]\ntype = \"http\"\nurl = \"{}\"\n\
         [route.staff]\nfrom = \"apps\"\npolicy = \"tenants/example-de.toml\"\n[[route.staff.to]]\nsink = \"siem\"\npurpose = \"security\"\n",
        receiver.url()
    );
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    let sent = Command::new(python).args(["-c", SENDER, at.rsplit_once(':').unwrap().1]).output().unwrap();
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    let numbers = || {
        let text = receiver.text();
        let events = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        events.filter_map(|event| Some(event["Version"].as_u64()? as u32)).collect::<BTreeSet<_>>()
    };
    eventually("all are there", || numbers() == (0..40).collect());
    let text = receiver.text();
    // Nobody classified the tag.
    assert!(!text.contains("canary.worker") && !text.contains("app.staff"));
    assert_eq!(process.stop(), Some(0));
}
