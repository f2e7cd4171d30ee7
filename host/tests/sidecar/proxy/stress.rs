//! LAW (stress): whatever is closed, fails or is full, a client is told to send it again or what became of each of its events; who
//! asks beside it is answered as ever; and nothing goes on that was not filtered.

use std::io::Write as _;
use std::net::TcpStream;

use serde_json::{Value, json};

use super::upstream::{Upstream, say};
use super::{ask, config, metric};
use crate::otlp::client::{self, Form};
use crate::process::{self, CANARY, Process, eventually};
use crate::{event, events, no_canary_below, numbers, policies, trapping};

fn bulk(events: &[String]) -> String {
    events.iter().map(|event| format!("{{\"create\":{{}}}}\n{event}\n")).collect()
}

/// Says that it has every document.
fn taken(asked: &super::upstream::Asked) -> super::upstream::Say {
    let documents = asked.text().lines().count() / 2;
    say(200, "", &json!({ "items": vec![json!({ "create": { "status": 201 } }); documents] }).to_string())
}

fn statuses(body: &str) -> Vec<u64> {
    let said: Value = serde_json::from_str(body).unwrap();
    said["items"].as_array().unwrap().iter().map(|item| item["create"]["status"].as_u64().unwrap()).collect()
}

#[test]
fn a_closed_tenant_takes_nothing_from_those_beside_it() {
    let own = tempfile::tempdir().unwrap();
    process::copy(std::path::Path::new(policies()), own.path());
    std::fs::remove_file(own.path().join("tenants/example-us-hospital.evidence.toml")).unwrap();
    let of = |tenant: &str, number: u32| event(number).replacen('{', &format!("{{\"whose\":\"{tenant}\","), 1);
    let mixed = [of("example-de", 1), of("example-us-hospital", 2), of("example-de", 3), of("nobody", 4)];
    let route = "policy   = \"tenants\"\ntenant-by = \"whose\"";
    for (protocol, path) in [("http", "/in"), ("elasticsearch\"\nindex = \"staff", "/_bulk")] {
        let upstream = Upstream::with(Vec::new(), taken);
        let folder = tempfile::tempdir().unwrap();
        let url = if path == "/in" { format!("{}/in", upstream.at()) } else { upstream.at() };
        let config = config(protocol, &url).replace("policy   = \"tenants/example-de.toml\"", route);
        let process = Process::start(folder.path(), &config, own.path().to_str().unwrap());
        let (at, line) = (process.listening("siem"), format!("POST {path}"));
        let outcomes = || {
            let text = process::get(&format!("{}/metrics", process.listening("metrics")));
            ["delivered", "refused", "withheld", "quarantined"]
                .map(|outcome| metric(&text, &["tamis_events_total", &format!("outcome=\"{outcome}\"")]))
        };
        if path == "/in" {
            assert!(ask(&at, &line, &[], mixed.join("\n").as_bytes()).is_later());
            assert!(upstream.asked().is_empty(), "all of it comes again");
            assert_eq!(outcomes(), [0, 3, 0, 1]);
            let open = [mixed[0].clone(), mixed[2].clone()].join("\n");
            assert_eq!(ask(&at, &line, &[], open.as_bytes()).status, 200);
            assert_eq!(numbers(&upstream.asked()[0].text()), [(1, 1), (3, 1)].into());
        } else {
            let told = ask(&at, &line, &[], bulk(&mixed).as_bytes());
            assert_eq!((told.status, statuses(&told.body)), (200, vec![201, 429, 201, 201]), "item by item");
            let sent = upstream.asked()[0].text();
            let documents: String = sent.lines().skip(1).step_by(2).map(|line| format!("{line}\n")).collect();
            assert_eq!(numbers(&documents), [(1, 1), (3, 1)].into());
            assert_eq!(outcomes(), [2, 1, 0, 1]);
        }
        assert!(upstream.asked().iter().all(|asked| !asked.text().contains("canary.worker")));
        process.stop();
        let kept = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap_or_default();
        assert!(!kept.contains("closed"), "its events are not put aside: {kept}");
        no_canary_below(&folder.path().join("state"));
    }
}

#[test]
fn a_closed_plan_is_a_later_in_every_protocol() {
    let own = tempfile::tempdir().unwrap();
    process::copy(std::path::Path::new(policies()), own.path());
    std::fs::remove_file(own.path().join("tenants/example-de.evidence.toml")).unwrap();
    let values = json!([["1793691672000000000", event(1)]]);
    let push = json!({ "streams": [{ "stream": { "who": CANARY }, "values": values }] }).to_string();
    for (protocol, line, body) in [
        ("http", "POST /", event(1)),
        ("elasticsearch\"\nindex = \"staff", "POST /_bulk", bulk(&[event(1)])),
        ("loki", "POST /loki/api/v1/push", push),
        ("hec", "POST /services/collector", format!("{{\"event\":{}}}", event(1))),
        ("otlp", "POST /v1/logs", client::json(0..3)),
        ("otlp-grpc", "", String::new()),
    ] {
        let upstream = Upstream::start(Vec::new());
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(folder.path(), &config(protocol, &upstream.at()), own.path().to_str().unwrap());
        let at = process.listening("siem");
        if line.is_empty() {
            let told = client::send(&at, Form::Grpc, 0..3, false);
            assert!(told.status == 14 && told.again, "{protocol}: {told:?}");
        } else {
            let told = ask(&at, line, &["Content-Type: application/json"], body.as_bytes());
            assert!(told.is_later() && !told.body.contains("canary.worker"), "{protocol}: {told:?}");
        }
        assert!(upstream.asked().is_empty(), "{protocol}");
        let text = process::get(&format!("{}/metrics", process.listening("metrics")));
        assert_eq!(metric(&text, &["tamis_proxy_requests_total", "outcome=\"later\""]), 1, "{protocol}: {text}");
        process.stop();
        no_canary_below(&folder.path().join("state"));
    }
}

#[test]
fn a_plugin_that_traps_takes_its_event_and_no_other() {
    let notes = ["axb", "sTx", "cxd"];
    let body: String = notes.iter().zip(1..).map(|(note, number)| trapping::event(number, note) + "\n").collect();
    for otherwise in ["quarantine", "stop"] {
        let (upstream, folder) = (Upstream::start(Vec::new()), tempfile::tempdir().unwrap());
        trapping::policies(&folder.path().join("policies"), otherwise);
        let config = config("http", &format!("{}/in", upstream.at())).replace("tenants/example-de", "tenants/firm");
        let process = Process::start(folder.path(), &config, folder.path().join("policies").to_str().unwrap());
        let at = process.listening("siem");
        let told = ask(&at, "POST /in", &[], body.as_bytes());
        eventually("it is told", || {
            let said = process.said("plugin-failed");
            said.contains("\"plugin\":\"firm.sieve\"") && said.contains("\"cause\":\"trap\"")
        });
        let kept = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap_or_default();
        if otherwise == "stop" {
            assert!(told.is_later() && upstream.asked().is_empty() && !kept.contains("event"), "{told:?} {kept}");
            // What stopped it is for a person to look at: until then nothing passes, whatever it holds.
            assert!(ask(&at, "POST /in", &[], trapping::event(4, "good").as_bytes()).is_later());
        } else {
            assert_eq!(told.status, 200, "{told:?}");
            let text = upstream.asked()[0].text();
            assert_eq!(numbers(&text), [(1, 1), (3, 1)].into());
            assert!(!text.contains('x') && !text.contains('T'), "{text}");
            assert_eq!(kept.matches("step-failed").count(), 1, "{kept}");
            assert_eq!(ask(&at, "POST /in", &[], trapping::event(4, "good").as_bytes()).status, 200);
            // The first was told at once, two more are at the end.
            for _ in 0..2 {
                assert_eq!(ask(&at, "POST /in", &[], trapping::event(5, "T").as_bytes()).status, 200);
            }
            let log = process.lines();
            assert_eq!(process.stop(), Some(0));
            let told = || -> Vec<u64> {
                let lines = log.lines();
                let failed = lines.iter().filter(|line| line["event"] == "plugin-failed");
                failed.map(|line| line["events"].as_u64().unwrap()).collect()
            };
            eventually("every failure is told", || told() == [1, 2]);
            continue;
        }
        process.stop();
    }
}

#[test]
fn where_memory_is_full_a_request_is_a_later_and_once_there_is_room_it_is_taken() {
    let upstream = Upstream::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &config("http", &format!("{}/in", upstream.at())), policies());
    let at = process.listening("siem");
    let host = at.trim_start_matches("http://");
    let used = || metric(&process::get(&format!("{}/metrics", process.listening("metrics"))), &["tamis_memory_bytes"]);
    let before = used();
    // Two of which the last bytes do not come: the budget of a test is 16 MiB.
    let held: Vec<_> = (0..2)
        .map(|_| {
            let mut stream = TcpStream::connect(host).unwrap();
            write!(stream, "POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", 8 << 20).unwrap();
            stream.write_all(events(0..1).repeat((7 << 20) / events(0..1).len()).as_bytes()).unwrap();
            stream
        })
        .collect();
    eventually("they take their memory", || used() > before + (13 << 20));
    let large = events(0..8000);
    assert!(large.len() > 2 << 20);
    for _ in 0..3 {
        assert!(ask(&at, "POST /in", &[], large.as_bytes()).is_later());
    }
    assert!(upstream.asked().is_empty());
    assert_eq!(ask(&at, "POST /in", &[], events(9000..9010).as_bytes()).status, 200, "what there is room for is taken");
    drop(held);
    eventually("there is room again", || used() <= before);
    assert_eq!(ask(&at, "POST /in", &[], large.as_bytes()).status, 200);
    let asked = upstream.asked();
    assert_eq!((numbers(&asked[0].text()).len(), numbers(&asked[1].text()).len(), asked.len()), (10, 8000, 2));
    assert!(asked.iter().all(|asked| !asked.text().contains("canary.worker")));
    assert_eq!(process.stop(), Some(0));
    no_canary_below(&folder.path().join("state"));
}
