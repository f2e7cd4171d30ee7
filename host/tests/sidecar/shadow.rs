//! LAW (shadow): a candidate looks at what flows, says what it would make otherwise, and changes nothing of what leaves.

use crate::process::{self, CANARY, Process, asked, eventually, post};
use crate::receiver::Receiver;
use crate::{HTTP_TO_HTTP, event, policies};

const OPERATOR: [&str; 1] = ["Authorization: Bearer operator"];

/// A sidecar, and a candidate beside it of which one tenant's policy was changed.
fn beside(receiver: &Receiver, change: impl Fn(String) -> String) -> (tempfile::TempDir, Process) {
    one_beside(receiver, "", change)
}

/// The same of what is `below` the candidate's folder.
fn one_beside(receiver: &Receiver, below: &str, change: impl Fn(String) -> String) -> (tempfile::TempDir, Process) {
    let folder = tempfile::tempdir().unwrap();
    let candidate = folder.path().join("candidate");
    process::copy(std::path::Path::new(policies()), &candidate);
    let tenant = candidate.join("tenants/example-de.toml");
    std::fs::write(&tenant, change(std::fs::read_to_string(&tenant).unwrap())).unwrap();
    std::fs::write(folder.path().join("key"), "0123456789abcdef".repeat(4)).unwrap();
    let more = "watch = \"100 ms\"\n[ledger]\nkey = \"file:HERE/key\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"env:TAMIS_TEST_TOKEN\"\n";
    let config = format!("{more}{}", HTTP_TO_HTTP.replace("URL", &receiver.url()));
    let process = Process::start_with(
        folder.path(),
        &config,
        policies(),
        &["--shadow", candidate.join(below).to_str().unwrap()],
        &[],
    );
    (folder, process)
}

fn told(process: &Process) -> serde_json::Value {
    let (status, text) = asked("GET", &format!("{}/shadow", process.listening("admin")), "", &OPERATOR);
    assert_eq!(status, 200, "{text}");
    assert!(!text.contains(CANARY) && !text.contains("UserLoggedIn"), "{text}");
    serde_json::from_str(text.split("\r\n\r\n").nth(1).unwrap()).unwrap()
}

#[test]
fn a_candidate_says_what_it_would_change_and_changes_nothing() {
    let rule = "\n[rule.less]\nbecause = \"for this test\"\ncite = \"our-default\"\n\"event.action\" = \"drop\"\n";
    let receiver = Receiver::start(Vec::new());
    let (folder, process) = beside(&receiver, |text| text.replacen("[rule.", &format!("{rule}[rule."), 1));
    (1..=3).for_each(|number| assert_eq!(post(&process.listening("apps"), &event(number), &[]), 200));
    assert_eq!(receiver.text().matches("UserLoggedIn").count(), 3, "what is in force leaves");
    eventually("it looked at all of them", || told(&process)[0]["events"] == 3);
    let one = told(&process)[0].clone();
    assert_eq!((&one["route"], &one["purpose"]), (&"staff".into(), &"security".into()));
    assert_eq!([&one["differing"], &one["revived"], &one["withheld"]], [&3, &0, &0]);
    let fields = serde_json::json!({ "m365: Operation": { "wider": 0, "narrower": 3, "otherwise": 0 } });
    assert_eq!(one["fields"], fields, "codes and all else are the same");
    let counted = "tamis_shadow_events_total{route=\"staff\",purpose=\"security\",seen=\"differing\"} 3";
    let page = || process::get(&format!("{}/metrics", process.listening("metrics")));
    eventually("it is counted, behind what it tells", || page().contains(counted));
    let (status, _) = asked("GET", &format!("{}/shadow", process.listening("admin")), "", &[]);
    assert_eq!(status, 401);
    assert_eq!(process.stop(), Some(0));
    crate::no_canary_below(folder.path());
}

#[test]
fn a_candidate_that_is_wrong_stops_nothing() {
    let receiver = Receiver::start(Vec::new());
    let (_folder, process) = beside(&receiver, |text| text.replacen("because", "becuase", 1));
    assert!(process.said("shadow-refused").contains("becuase"), "{}", process.said(""));
    assert_eq!(post(&process.listening("apps"), &event(1), &[]), 200);
    assert!(receiver.text().contains("UserLoggedIn"));
    assert_eq!(process.stop(), Some(0));
}

/// LAW: a candidate follows its files, its counts are its own, and the ledger says from when to when which one looked on.
#[test]
fn a_candidate_follows_its_files_and_stands_in_the_ledger() {
    let receiver = Receiver::start(Vec::new());
    let (folder, process) = beside(&receiver, |text| text);
    let differing = |process: &Process| (told(process)[0]["events"].clone(), told(process)[0]["differing"].clone());
    assert_eq!(post(&process.listening("apps"), &event(1), &[]), 200);
    eventually("it looked", || differing(&process) == (1.into(), 0.into()));
    let tenant = folder.path().join("candidate/tenants/example-de.toml");
    let before = std::fs::read_to_string(&tenant).unwrap();
    std::fs::write(&tenant, before.replacen("because", "becuase", 1)).unwrap();
    eventually("what is wrong is told", || process.said("shadow-refused").contains("becuase"));
    assert_eq!(differing(&process), (1.into(), 0.into()), "the one before stays");
    let rule = "\n[rule.less]\nbecause = \"for this test\"\ncite = \"our-default\"\n\"event.action\" = \"drop\"\n";
    std::fs::write(&tenant, before.replacen("[rule.", &format!("{rule}[rule."), 1)).unwrap();
    let ledger = || std::fs::read_to_string(folder.path().join("state/ledger.ndjson")).unwrap();
    let lines = |kind: &str| ledger().matches(&format!("\"kind\":\"{kind}\"")).count();
    eventually("another looks on", || lines("shadow") == 2);
    assert_eq!(post(&process.listening("apps"), &event(2), &[]), 200);
    eventually("its counts are its own", || differing(&process) == (1.into(), 1.into()));
    let all = "tamis_shadow_events_total{route=\"staff\",purpose=\"security\",seen=\"all\"} 2";
    eventually("metrics count on", || process::get(&format!("{}/metrics", process.listening("metrics"))).contains(all));
    assert_eq!(receiver.text().matches("UserLoggedIn").count(), 2, "what is in force leaves");
    assert_eq!(process.stop(), Some(0));
    assert_eq!((lines("shadow"), lines("shadow-ended")), (2, 2), "{}", ledger());
    let told = |line: &str| line.contains("shadow-ended") && line.contains("\"events\"");
    assert!(
        !ledger().lines().any(told),
        "how many came in, from which it follows how many a list withheld: {}",
        ledger()
    );
    assert!(lines("in-force") == 1 && !ledger().contains("UserLoggedIn"), "{}", ledger());
}

#[test]
fn a_candidate_that_is_not_there_is_told_so() {
    let receiver = Receiver::start(Vec::new());
    let (_folder, process) = one_beside(&receiver, "tenants/nosuch.toml", |text| text);
    let said = process.said("shadow-refused");
    assert!(said.contains("nosuch.toml") && said.contains("No such file") && !said.contains("categories"), "{said}");
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn a_candidate_of_no_route_is_told() {
    let receiver = Receiver::start(Vec::new());
    let (_folder, process) = one_beside(&receiver, "tenants/example-saas.toml", |text| text);
    assert!(process.said("shadow-refused").contains("tenants/example-saas.toml"), "{}", process.said(""));
    assert_eq!(post(&process.listening("apps"), &event(1), &[]), 200);
    assert_eq!(process.stop(), Some(0));
}

/// LAW: whom a candidate closes is told apart from whose flow is closed.
#[test]
fn a_tenant_that_a_candidate_closes_is_told_as_the_candidates() {
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    let candidate = folder.path().join("candidate");
    process::copy(std::path::Path::new(policies()), &candidate);
    std::fs::remove_file(candidate.join("tenants/example-us-hospital.evidence.toml")).unwrap();
    let route = "policy = \"tenants\"\ntenant-by = \"whose\"\n[[route.staff.to]]\nclosed = \"skip\"";
    let config = HTTP_TO_HTTP.replace("URL", &receiver.url());
    let config = config.replace("policy = \"tenants/example-de.toml\"\n[[route.staff.to]]", route);
    let shadow = ["--shadow", candidate.to_str().unwrap()];
    let process = Process::start_with(folder.path(), &config, policies(), &shadow, &[]);
    assert!(process.said("shadow-tenant-closed").contains("example-us-hospital"), "{}", process.said(""));
    assert!(!process.said("tenant-closed").contains("example-us-hospital"), "{}", process.said(""));
    assert_eq!(process.stop(), Some(0));
}
