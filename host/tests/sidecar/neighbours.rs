//! LAW (neighbours): what one branch, sink or configuration cannot do takes nothing from the others, and nothing that was acknowledged.

use std::time::Duration;

use crate::process::{self, Process, eventually, post};
use crate::receiver::Receiver;
use crate::{HTTP_TO_HTTP, event, events, numbers, policies};

/// A required sink, and one that is not.
fn two(good: &Receiver, bad: &Receiver, more: &str) -> String {
    format!(
        r#"
[source.apps]
type   = "http"
listen = "127.0.0.1:0"
answer = "10 s"
[sink.good]
type  = "http"
url   = "{}"
batch = {{ events = 50, age = "5 ms" }}
[sink.bad]
type  = "http"
url   = "{}"
batch = {{ events = 50, age = "5 ms" }}
retry = {{ first = "10 ms", most = "20 ms" }}
{more}
[route.staff]
from   = "apps"
policy = "tenants/example-de.toml"
[[route.staff.to]]
sink    = "good"
purpose = "security"
closed  = "hold"
[[route.staff.to]]
sink     = "bad"
purpose  = "security"
closed   = "skip"
required = false
"#,
        good.url(),
        bad.url()
    )
}

#[test]
fn a_branch_that_is_not_required_holds_nobody() {
    for more in ["", "buffer = { size = \"16 MiB\" }"] {
        let (good, bad) = (Receiver::start(Vec::new()), Receiver::start(vec![503; 100_000]));
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(folder.path(), &two(&good, &bad, more), policies());
        for part in 0..20 {
            assert_eq!(post(&process.listening("apps"), &events(part * 10..part * 10 + 10), &[]), 200, "{more}");
        }
        assert_eq!(numbers(&good.text()), (0..200).map(|number| (number, 1)).collect());
        process.stop();
    }
}

#[test]
fn an_expired_token_loses_nothing() {
    let receiver = Receiver::start(vec![401, 403, 404]);
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &HTTP_TO_HTTP.replace("URL", &receiver.url()), policies());
    assert_eq!(post(&process.listening("apps"), &events(0..30), &[]), 200);
    assert_eq!(numbers(&receiver.text()).len(), 30);
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn a_buffer_whose_branch_is_gone_is_not_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let dead = Receiver::start(vec![503; 10_000]);
    let config =
        HTTP_TO_HTTP.replace("retry = ", "buffer = { size = \"16 MiB\" }\nretry = ").replace("URL", &dead.url());
    let process = Process::start(folder.path(), &config, policies());
    assert_eq!(post(&process.listening("apps"), &events(0..5), &[]), 200);
    process.kill();
    let file = folder.path().join("tamis.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("siem", "other")).unwrap();
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_tamis")).args(["run", "-c"]).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.code() == Some(2) && said.contains("staff.siem.security"), "{said}");
}

/// What waits for a branch whose gate closes does not go; once it is open again, it does.
#[test]
fn nothing_of_what_waits_goes_while_a_gate_is_closed() {
    let receiver = Receiver::start(vec![503; 40]);
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("policies");
    process::copy(std::path::Path::new(policies()), &own);
    let token = "[admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"env:TAMIS_TEST_TOKEN\"\n";
    let config =
        HTTP_TO_HTTP.replace("retry = ", "buffer = { size = \"16 MiB\" }\nretry = ").replace("URL", &receiver.url());
    let process = Process::start(folder.path(), &format!("{token}{config}"), own.to_str().unwrap());
    let reload = format!("{}/reload", process.listening("admin"));
    assert_eq!(post(&process.listening("apps"), &events(0..5), &[]), 200);
    let evidence = own.join("tenants/example-de.evidence.toml");
    let away = own.join("evidence.away");
    std::fs::rename(&evidence, &away).unwrap();
    assert_eq!(post(&reload, "", &["Authorization: Bearer operator"]), 200);
    let before = receiver.text();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(receiver.text(), before, "nothing goes while it is closed");
    assert_eq!(post(&process.listening("apps"), &event(9), &[]), 503);
    std::fs::rename(&away, &evidence).unwrap();
    assert_eq!(post(&reload, "", &["Authorization: Bearer operator"]), 200);
    eventually("all are there", || numbers(&receiver.text()).len() == 5);
    process.stop();
}

#[test]
fn who_only_connects_takes_no_place_for_ever() {
    let receiver = Receiver::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let limits = "[limits]\nconnections = 2\n";
    let config = format!("{limits}{}", HTTP_TO_HTTP.replace("URL", &receiver.url()));
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    let silent: Vec<_> =
        (0..2).map(|_| std::net::TcpStream::connect(at.strip_prefix("http://").unwrap()).unwrap()).collect();
    assert_eq!(post(&at, &event(1), &[]), 200, "after ten seconds at the latest");
    drop(silent);
    assert_eq!(process.stop(), Some(0));
}

/// Two tenants in one stream, one of them closed.
fn shared(receiver: &Receiver, closed: &str) -> (tempfile::TempDir, Process) {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("policies");
    process::copy(std::path::Path::new(policies()), &own);
    std::fs::remove_file(own.join("tenants/example-us-hospital.evidence.toml")).unwrap();
    let route = format!("policy = \"tenants\"\ntenant-by = \"whose\"\n[[route.staff.to]]\nclosed = \"{closed}\"");
    let config = HTTP_TO_HTTP.replace("URL", &receiver.url());
    let config = config.replace("policy = \"tenants/example-de.toml\"\n[[route.staff.to]]", &route);
    let metrics = "[metrics]\nlisten = \"127.0.0.1:0\"\n";
    let process = Process::start(folder.path(), &format!("{metrics}{config}"), own.to_str().unwrap());
    (folder, process)
}

fn of(tenant: &str, number: u32) -> String {
    event(number).replacen('{', &format!("{{\"whose\":\"{tenant}\","), 1)
}

#[test]
fn a_closed_tenant_among_others_is_withheld_or_holds_as_was_said() {
    for (closed, status) in [("skip", 200), ("hold", 503)] {
        let receiver = Receiver::start(Vec::new());
        let (folder, process) = shared(&receiver, closed);
        let both = format!("{}\n{}", of("example-de", 1), of("example-us-hospital", 2));
        assert_eq!(post(&process.listening("apps"), &both, &[]), status, "{closed}");
        assert_eq!(post(&process.listening("apps"), &of("example-de", 3), &[]), 200, "{closed}");
        let passed = if closed == "skip" { vec![1, 3] } else { vec![3] };
        assert_eq!(numbers(&receiver.text()).into_keys().collect::<Vec<_>>(), passed, "{closed}");
        let page = process::get(&format!("{}/metrics", process.listening("metrics")));
        let outcome = if closed == "skip" { "withheld" } else { "refused" };
        let counted = format!("purpose=\"security\",outcome=\"{outcome}\"}}");
        assert!(page.lines().any(|line| line.contains(&counted) && !line.ends_with(" 0")), "{closed}: {page}");
        process.stop();
        let kept = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap_or_default();
        assert!(!kept.contains("closed"), "{closed}: {kept}");
    }
}
