//! LAW (answers): a client is told what became of each event, never more than that, and what fails is told as something to send again.

use std::time::{Duration, Instant};

use super::upstream::{Upstream, say};
use super::{ask, config, metric};
use crate::process::{self, CANARY, Process};
use crate::{event, events, no_canary_below, numbers, policies};

/// An event that a rule of the policy withholds.
const WITHHELD: &str = r#"{"CreationTime":"2026-11-03T06:00:00","Operation":"MessageSent","Workload":"MicrosoftTeams","ChannelName":"betriebsrat","UserId":"canary.worker@example.de"}"#;

fn unknown() -> String {
    format!("{{\"who\":\"{CANARY}\"}}")
}

#[test]
fn what_passes_is_written_as_it_came_and_the_answer_is_the_servers() {
    let answer = say(202, "Content-Type: application/json\r\nX-Raw: no\r\n", "{\"ok\":true}");
    let upstream = Upstream::start(vec![answer; 3]);
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &config("http", &format!("{}/in", upstream.at())), policies());
    let at = process.listening("siem");
    let told = ask(&at, "POST /in", &["Content-Type: application/x-ndjson"], events(0..120).as_bytes());
    assert_eq!((told.status, &told.body[..]), (202, "{\"ok\":true}"));
    assert_eq!((told.header("content-type"), told.header("x-raw")), (Some("application/json"), None));
    assert_eq!(numbers(&upstream.asked()[0].text()), (0..120).map(|number| (number, 1)).collect());
    let array = format!("[{},\n {}, {WITHHELD}]", event(1), event(2));
    assert_eq!(ask(&at, "POST /in", &["Content-Type: application/json"], array.as_bytes()).status, 202);
    let text = upstream.asked()[1].text();
    let got: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(got.iter().map(|event| event["Version"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, events(5..9).as_bytes()).unwrap();
    assert_eq!(ask(&at, "POST /in", &["Content-Encoding: gzip"], &packed.finish().unwrap()).status, 202);
    let asked = &upstream.asked()[2];
    assert_eq!(asked.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&asked.body[..]), &mut text).unwrap();
    assert_eq!(numbers(&text).len(), 4);
    let all: String = upstream.asked()[..2].iter().map(|asked| asked.text()).collect();
    assert!(!format!("{all}{text}").contains("canary.worker") && !all.contains("192.0.2.10"));
    process.stop();
}

#[test]
fn what_is_withheld_is_a_success_and_what_is_sealed_too_once_it_is() {
    let upstream = Upstream::start(vec![say(429, "Retry-After: 7\r\n", "slow"), say(500, "", "oops")]);
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &config("http", &format!("{}/in", upstream.at())), policies());
    let at = process.listening("siem");
    assert_eq!(ask(&at, "POST /in", &[], WITHHELD.as_bytes()).status, 200);
    assert!(upstream.asked().is_empty(), "nothing of it is to be sent");
    let kept = || std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap();
    let mixed = format!("{}\n{}\n{WITHHELD}\n{}", event(1), unknown(), event(2));
    for (status, after) in [(429, Some("7")), (500, None)] {
        let told = ask(&at, "POST /in", &[], mixed.as_bytes());
        assert_eq!((told.status, told.header("retry-after")), (status, after));
        assert_eq!(kept().matches("unknown-schema").count(), 0, "it comes again");
    }
    assert_eq!(ask(&at, "POST /in", &[], mixed.as_bytes()).status, 200);
    assert_eq!(kept().matches("unknown-schema").count(), 1);
    assert_eq!(numbers(&upstream.asked()[2].text()), [(1, 1), (2, 1)].into());
    assert_eq!(ask(&at, "POST /in", &[], unknown().as_bytes()).status, 200);
    assert_eq!(kept().matches("unknown-schema").count(), 2);
    assert_eq!(upstream.asked().len(), 3);
    let text = process::get(&format!("{}/metrics", process.listening("metrics")));
    let outcome = |outcome: &str| metric(&text, &["tamis_events_total", &format!("outcome=\"{outcome}\"")]);
    let all = ["delivered", "suppressed", "quarantined", "rejected", "refused"].map(|of| (of, outcome(of)));
    assert_eq!(all, [("delivered", 2), ("suppressed", 4), ("quarantined", 4), ("rejected", 0), ("refused", 4)]);
    assert_eq!(metric(&text, &["tamis_events_received_total"]), 14);
    assert_eq!(metric(&text, &["tamis_branch_in_flight_events"]), 0);
    let requests = |outcome: &str| metric(&text, &["tamis_proxy_requests_total", &format!("outcome=\"{outcome}\"")]);
    assert_eq!((requests("answered"), requests("upstream-later")), (3, 2));
    assert_eq!(process.stop(), Some(0));
    no_canary_below(&folder.path().join("state"));
}

#[test]
fn a_server_that_is_away_slow_or_leads_elsewhere_is_a_later() {
    let folder = tempfile::tempdir().unwrap();
    let slow = super::upstream::Say { after: Duration::from_secs(60), ..say(200, "", "") };
    let elsewhere = format!("Location: http://127.0.0.1:1/{CANARY}\r\n");
    let upstream = Upstream::start(vec![say(307, &elsewhere, ""), slow, say(400, "", "no")]);
    let config = config("http", &format!("{}/in", upstream.at())).replace("20 s", "4 s");
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("siem");
    let told = ask(&at, "POST /in", &[], event(1).as_bytes());
    assert!(told.is_later() && told.header("location").is_none(), "{told:?}");
    let began = Instant::now();
    assert!(ask(&at, "POST /in", &[], event(2).as_bytes()).is_later());
    assert!(began.elapsed() < Duration::from_secs(40), "it waited for the server: {:?}", began.elapsed());
    assert_eq!(ask(&at, "POST /in", &[], event(3).as_bytes()).status, 400, "its own no is passed on");
    assert_eq!(upstream.asked().len(), 3, "nothing is sent twice");
    assert_eq!(process.stop(), Some(0));
    let away = super::config("http", "http://127.0.0.1:1/in");
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &away, policies());
    assert!(ask(&process.listening("siem"), "POST /in", &[], event(1).as_bytes()).is_later());
    process.stop();
}

/// What is under way ends under what it began with; a gate that closes is a later, before the body is read.
#[test]
fn a_reload_changes_what_comes_and_a_closed_gate_is_a_later() {
    let slow = super::upstream::Say { after: Duration::from_secs(1), ..say(200, "", "slow") };
    let upstream = Upstream::start(vec![slow]);
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("policies");
    process::copy(std::path::Path::new(policies()), &own);
    let admin = "[admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"env:TAMIS_TEST_TOKEN\"\n";
    let config = format!("{admin}{}", config("http", &format!("{}/in", upstream.at())));
    let process = Process::start(folder.path(), &config, own.to_str().unwrap());
    let (at, reload) = (process.listening("siem"), format!("{}/reload", process.listening("admin")));
    let operator = ["Authorization: Bearer operator"];
    let under_way = {
        let at = at.clone();
        std::thread::spawn(move || ask(&at, "POST /in", &[], event(1).as_bytes()))
    };
    process::eventually("it is upstream", || upstream.asked().len() == 1);
    let tenant = own.join("tenants/example-de.toml");
    let before = std::fs::read_to_string(&tenant).unwrap();
    let rule = "\n[rule.less]\nbecause = \"for this test\"\ncite = \"our-default\"\n\"event.action\" = \"drop\"\n";
    std::fs::write(&tenant, before.replacen("[rule.", &format!("{rule}[rule."), 1)).unwrap();
    assert_eq!(process::post(&reload, "", &operator), 200);
    let told = under_way.join().unwrap();
    assert_eq!((told.status, &told.body[..]), (200, "slow"));
    assert_eq!(ask(&at, "POST /in", &[], event(2).as_bytes()).status, 200);
    let asked = upstream.asked();
    assert!(asked[0].text().contains("UserLoggedIn") && !asked[1].text().contains("UserLoggedIn"));
    let evidence = own.join("tenants/example-de.evidence.toml");
    std::fs::rename(&evidence, own.join("evidence.away")).unwrap();
    assert_eq!(process::post(&reload, "", &operator), 200);
    assert!(ask(&at, "POST /in", &[], event(3).as_bytes()).is_later());
    assert_eq!(upstream.asked().len(), 2);
    std::fs::rename(own.join("evidence.away"), &evidence).unwrap();
    assert_eq!(process::post(&reload, "", &operator), 200);
    assert_eq!(ask(&at, "POST /in", &[], event(4).as_bytes()).status, 200);
    assert_eq!(process.stop(), Some(0));
}

/// A stop answers what is under way.
#[test]
fn a_stop_answers_what_is_under_way() {
    let slow = super::upstream::Say { after: Duration::from_millis(700), ..say(201, "", "there") };
    let upstream = Upstream::start(vec![slow]);
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &config("http", &format!("{}/in", upstream.at())), policies());
    let at = process.listening("siem");
    let under_way = std::thread::spawn(move || ask(&at, "POST /in", &[], event(1).as_bytes()));
    process::eventually("it is upstream", || upstream.asked().len() == 1);
    assert_eq!(process.stop(), Some(0));
    assert_eq!(under_way.join().unwrap().status, 201);
}
