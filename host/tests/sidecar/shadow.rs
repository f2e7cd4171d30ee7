//! LAW (shadow): a candidate looks at what flows, says what it would make otherwise, and changes nothing of what leaves.

use crate::process::{self, CANARY, Process, asked, eventually, post};
use crate::receiver::Receiver;
use crate::{HTTP_TO_HTTP, event, policies};

const OPERATOR: [&str; 1] = ["Authorization: Bearer operator"];

/// A sidecar, and a candidate beside it of which one tenant's policy was changed.
fn beside(receiver: &Receiver, change: impl Fn(String) -> String) -> (tempfile::TempDir, Process) {
    let folder = tempfile::tempdir().unwrap();
    let candidate = folder.path().join("candidate");
    process::copy(std::path::Path::new(policies()), &candidate);
    let tenant = candidate.join("tenants/example-de.toml");
    std::fs::write(&tenant, change(std::fs::read_to_string(&tenant).unwrap())).unwrap();
    let more =
        "[metrics]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"env:TAMIS_TEST_TOKEN\"\n";
    let config = format!("{more}{}", HTTP_TO_HTTP.replace("URL", &receiver.url()));
    let process =
        Process::start_with(folder.path(), &config, policies(), &["--shadow", candidate.to_str().unwrap()], &[]);
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
    let page = process::get(&format!("{}/metrics", process.listening("metrics")));
    assert!(
        page.contains("tamis_shadow_events_total{route=\"staff\",purpose=\"security\",seen=\"differing\"} 3"),
        "{page}"
    );
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
