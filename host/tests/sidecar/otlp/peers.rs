//! OpenTelemetry's own SDK for Python as a client, and its service on Google's gRPC as a server. `check` installs both.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::server::Server;
use super::{config, numbers, records};
use crate::policies;
use crate::process::Process;

/// The Python that has them.
pub(crate) fn python() -> Option<PathBuf> {
    let python = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/peers/venv/bin/python"));
    let has = |python: &PathBuf| {
        let modules = "import opentelemetry.sdk, opentelemetry.exporter.otlp.proto.grpc";
        Command::new(python).args(["-c", modules]).output().is_ok_and(|asked| asked.status.success())
    };
    let found = Some(python).filter(|python| has(python));
    if found.is_none() {
        println!("skipped: OpenTelemetry's SDK is not in target/peers/venv; `host/tests/peers/install` puts it there");
    }
    found
}

pub(crate) const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/otlp.py");

struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_sdk_delivers_by_grpc_and_by_http() {
    let Some(python) = python() else { return };
    let server = Server::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &config(&server, "grpc"), policies());
    for (round, protocol) in (0..).zip(["grpc", "http"]) {
        let sent =
            Command::new(&python).arg(SCRIPT).args(["send", protocol, &process.listening("apps"), "40"]).output();
        let sent = sent.unwrap();
        assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
        assert_eq!(records(&server.taken()).len(), 40 * (round + 1));
    }
    // The SDK's numbers of severity go from 1 to 24.
    assert_eq!(numbers(&server).len(), 20);
    let taken = format!("{:?}", server.taken());
    assert!(!taken.contains("canary.worker") && taken.contains("shop"));
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn googles_grpc_takes_what_the_sink_sends() {
    let Some(python) = python() else { return };
    let mut child = Command::new(&python).arg(SCRIPT).arg("receive").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let _ends = Ends(child);
    let at = lines.next().unwrap().unwrap();
    let server = Server::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let config = config(&server, "grpc").replace(&server.at.to_string(), &at);
    let process = Process::start(folder.path(), &config, policies());
    assert_eq!(super::send(&process.listening("apps"), super::Form::Grpc, 0..30, true).status, 0);
    let mut seen = 0;
    while seen < 30 {
        let line = lines.next().unwrap().unwrap();
        assert!(!line.contains("canary.worker"));
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(said["service"], "shop");
        seen += said["records"].as_u64().unwrap();
    }
    assert_eq!(seen, 30);
    assert_eq!(process.stop(), Some(0));
}
