//! Prometheus: each alert fires on what it is for, and the panels of the dashboard show a sidecar at work.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::process::{self, Process};
use super::receiver::Receiver;

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/grafana")
}

/// Its tool, if the machine has it; the server is beside.
fn promtool() -> Option<PathBuf> {
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/prometheus/usr/bin/promtool");
    let found = [fetched, "/usr/bin/promtool".into()].into_iter().find(|path| path.is_file());
    if found.is_none() {
        super::skipped("no promtool (Debian's package prometheus): alerts and dashboard are not tried");
    }
    found
}

/// What it says of a file, where it finds nothing wrong.
fn run(promtool: &Path, arguments: &[&str], folder: &Path) {
    let ran = Command::new(promtool).args(arguments).current_dir(folder).output().unwrap();
    let said = |bytes| String::from_utf8_lossy(bytes).into_owned();
    assert!(ran.status.success(), "{arguments:?}: {}{}", said(&ran.stdout), said(&ran.stderr));
}

#[test]
fn every_alert_fires_on_what_it_is_for() {
    let named = |text: &str, key: &str| -> BTreeSet<String> {
        let after = text.split(key).skip(1);
        after.map(|rest| rest.split([',', '\n']).next().unwrap_or_default().trim().to_owned()).collect()
    };
    let read = |name: &str| std::fs::read_to_string(deploy().join(name)).unwrap();
    let (alerts, tests) =
        (named(&read("alerts.yml"), "- alert:"), named(&read("alerts.test.yml"), "\n        alertname:"));
    assert!(alerts.len() > 10, "{alerts:?}");
    assert_eq!(alerts, tests, "each alert has a test in which it fires");
    let Some(promtool) = promtool() else { return };
    run(&promtool, &["check", "rules", "alerts.yml"], &deploy());
    run(&promtool, &["test", "rules", "alerts.test.yml"], &deploy());
}

/// What the panels ask, with what Grafana puts in place of its own words.
fn asked() -> Vec<String> {
    let board: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(deploy().join("dashboard.json")).unwrap()).unwrap();
    let panels = board["panels"].as_array().unwrap();
    let asked = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let mut asked: Vec<_> = asked.map(|target| target["expr"].as_str().unwrap().to_owned()).collect();
    assert!(asked.len() > 20, "{asked:?}");
    for (word, stands_for) in
        [("$__rate_interval", "1m"), ("$__range", "1m"), ("$instance", ".*"), ("$source", ".*"), ("$route", ".*")]
    {
        assert!(asked.iter().any(|asked| asked.contains(word)), "{word}");
        asked.iter_mut().for_each(|asked| *asked = asked.replace(word, stands_for));
    }
    assert!(!asked.iter().any(|asked| asked.contains('$')), "{asked:?}");
    asked
}

/// A server that reads one page each second, and forgets everything at the end.
struct Server {
    child: Child,
    at: String,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(program: &Path, page: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let target = page.strip_prefix("http://").unwrap();
        let config = format!(
            "global: {{ scrape_interval: 1s }}\nscrape_configs:\n- job_name: tamis\n  static_configs: [{{ targets: ['{target}'] }}]\n"
        );
        std::fs::write(folder.path().join("prometheus.yml"), config).unwrap();
        let at = format!("127.0.0.1:{}", process::free_port());
        let child = Command::new(program)
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address={at}"))
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, at, _folder: folder };
        process::eventually("Prometheus listens", || TcpStream::connect(&server.at).is_ok());
        server
    }

    /// Series that it answers with.
    fn ask(&self, question: &str) -> Vec<serde_json::Value> {
        let coded: String = question.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let mut stream = TcpStream::connect(&self.at).unwrap();
        // HTTP/1.0: in one piece.
        stream.write_all(format!("GET /api/v1/query?query={coded} HTTP/1.0\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, answer) = answer.split_once("\r\n\r\n").unwrap();
        let answer: serde_json::Value = serde_json::from_str(answer).unwrap_or_default();
        assert!(answer["status"] != "error", "{question}: {answer}");
        answer["data"]["result"].as_array().cloned().unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A sidecar that did something is read, and every panel has something to show of it.
#[test]
fn every_panel_shows_a_sidecar_at_work() {
    let Some(promtool) = promtool() else { return };
    let receiver = Receiver::start(vec![]);
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[metrics]\nlisten = \"127.0.0.1:0\"\n[source.apps]\ntype = \"http\"\nlisten = \"127.0.0.1:0\"\n\
         [sink.siem]\ntype = \"http\"\nurl = \"{}\"\nbuffer = {{ size = \"32 MiB\" }}\n[route.staff]\nfrom = \"apps\"\n\
         policy = \"tenants/example-de.toml\"\n[[route.staff.to]]\nsink = \"siem\"\npurpose = \"security\"\n",
        receiver.url()
    );
    let process = Process::start(folder.path(), &config, super::policies());
    let server = Server::start(&promtool.with_file_name("prometheus"), &process.listening("metrics"));
    process::eventually("it is read", || server.ask("tamis_plan_in_force == 1").len() == 1);
    let event = "{\"CreationTime\":\"2026-11-03T06:00:00\",\"Operation\":\"UserLoggedIn\",\"Workload\":\"AzureActiveDirectory\",\
                 \"UserId\":\"a@example.de\",\"ClientIP\":\"192.0.2.10\"}\n";
    assert_eq!(process::post(&process.listening("apps"), event, &[]), 200);
    let delivered = "increase(tamis_events_total{outcome=\"delivered\"}[1m]) > 0";
    process::eventually("what was delivered is seen", || server.ask(delivered).len() == 1);
    process::eventually("rates have two points", || !server.ask("rate(tamis_treatments_total[1m])").is_empty());
    let empty: Vec<_> = asked().into_iter().filter(|asked| server.ask(asked).is_empty()).collect();
    // Nothing was found in texts: this event has none. There is neither a proxy nor a certificate nor a plugin that fails, no candidate looks on, nothing is
    // traced.
    let absent = [
        "tamis_entities_total",
        "tamis_proxy_requests_total",
        "tamis_certificate_expires_timestamp_seconds",
        "tamis_shadow_events_total",
        "tamis_shadow_missed_events_total",
        "tamis_spans_total",
        "tamis_plugin_failures_total",
        "tamis_plugin_circuit_open",
    ];
    assert!(empty.iter().all(|asked| absent.iter().any(|name| asked.contains(name))), "{empty:#?}");
    assert_eq!(process.stop(), Some(0));
}
