//! `_bulk` through a proxy.

use serde_json::{Value, json};

use super::upstream::{Asked, Say, Upstream, header, say};
use super::{SECRET, ask, metric};
use crate::process::{CANARY, Process};
use crate::{event, no_canary_below, policies};

fn config(url: &str) -> String {
    super::config("elasticsearch", url).replace("purpose ", "index = \"staff\"\npurpose ")
}

const WITHHELD: &str = r#"{"CreationTime":"2026-11-03T06:00:00","Operation":"MessageSent","Workload":"MicrosoftTeams","ChannelName":"betriebsrat","UserId":"canary.worker@example.de"}"#;

/// A server that says of each document what its number says: 3 is to be sent again, 4 never.
fn server(asked: &Asked) -> Say {
    if !asked.head.starts_with("POST /_bulk ") {
        let product = "X-Elastic-Product: Elasticsearch\r\nContent-Type: application/json\r\n";
        return say(200, product, r#"{"version":{"number":"8.19.0"},"tagline":"You Know, for Search"}"#);
    }
    let (text, mut items) = (asked.text(), Vec::new());
    let mut lines = text.lines();
    while let (Some(action), Some(document)) = (lines.next(), lines.next()) {
        let action: Value = serde_json::from_str(action).unwrap();
        let document: Value = serde_json::from_str(document).unwrap();
        let (word, of) = action.as_object().unwrap().iter().next().unwrap();
        let item = match document["Version"].as_u64() {
            Some(3) => json!({ "_index": of["_index"], "status": 429, "error": { "type": "full", "reason": CANARY } }),
            Some(4) => json!({ "_index": of["_index"], "status": 400, "error": { "type": "bad", "reason": CANARY } }),
            _ => json!({ "_index": of["_index"], "_id": "made", "status": 201 }),
        };
        items.push(json!({ word: item }));
    }
    let head =
        "X-Elastic-Product: Elasticsearch\r\nContent-Type: application/vnd.elasticsearch+json;compatible-with=8\r\n";
    say(200, head, &json!({ "took": 1, "errors": false, "items": items }).to_string())
}

#[test]
fn each_item_is_told_what_became_of_it() {
    let upstream = Upstream::with(Vec::new(), server);
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &config(&upstream.at()), policies());
    let at = process.listening("siem");
    let items = [
        ("create", event(1)),
        ("index", WITHHELD.to_owned()),
        ("create", format!("{{\"who\":\"{CANARY}\"}}")),
        ("update", format!("{{\"doc\":{{\"who\":\"{CANARY}\"}}}}")),
        ("create", event(3)),
        ("create", event(4)),
        ("create", "no json".to_owned()),
        ("index", event(5)),
    ];
    let action = |(number, (word, document)): (usize, &(&str, String))| {
        format!("{{\"{word}\":{{\"_index\":\"own\",\"_id\":\"{CANARY}-{number}\"}}}}\n{document}\n")
    };
    let body: String = items.iter().enumerate().map(action).collect();
    let body = format!("{body}{{\"delete\":{{\"_id\":\"{CANARY}\"}}}}\n");
    let headers = [
        "Content-Type: application/vnd.elasticsearch+x-ndjson; compatible-with=8",
        "Accept: application/vnd.elasticsearch+json; compatible-with=8",
    ];
    let told = ask(&at, "POST /canary.worker/_bulk?pipeline=canary.worker", &headers, body.as_bytes());
    assert_eq!((told.status, told.header("x-elastic-product")), (200, Some("Elasticsearch")));
    let kind = Some("application/vnd.elasticsearch+json;compatible-with=8");
    assert_eq!(told.header("content-type"), kind);
    let answer: Value = serde_json::from_str(&told.body).unwrap();
    let statuses: Vec<_> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let (word, said) = item.as_object().unwrap().iter().next().unwrap();
            (word.as_str(), said["status"].as_u64().unwrap())
        })
        .collect();
    let wanted = [
        ("create", 201),
        ("index", 201),
        ("create", 201),
        ("update", 400),
        ("create", 429),
        ("create", 400),
        ("create", 201),
        ("index", 201),
        ("delete", 400),
    ];
    assert_eq!((statuses, &answer["errors"]), (wanted.to_vec(), &json!(true)));
    assert_eq!(answer["items"][5]["create"]["error"]["reason"], CANARY, "its reasons are for who asked");
    let asked = &upstream.asked()[0];
    assert_eq!(
        asked.text().matches("\"_index\":\"staff\"").count(),
        4,
        "an index that nobody classified does not pass"
    );
    assert!(!format!("{}{}", asked.head, asked.text()).contains("canary.worker"), "{asked:?}");
    assert_eq!(asked.header("content-type"), Some("application/vnd.elasticsearch+x-ndjson;compatible-with=8"));
    let kept = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap();
    assert_eq!(kept.matches("\"event\"").count(), 2, "{kept}");
    let text = crate::process::get(&format!("{}/metrics", process.listening("metrics")));
    let outcome = |outcome: &str| metric(&text, &["tamis_events_total", &format!("outcome=\"{outcome}\"")]);
    let all = ["delivered", "suppressed", "quarantined", "rejected", "refused"].map(outcome);
    assert_eq!((all, metric(&text, &["tamis_events_received_total"])), ([2, 1, 2, 1, 1], 7));
    assert_eq!(process.stop(), Some(0));
    no_canary_below(&folder.path().join("state"));
}

/// A server whose answer says of no document what became of it failed, whatever its status says.
#[test]
fn an_answer_that_says_nothing_is_a_failure_of_the_server() {
    let upstream = Upstream::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &config(&upstream.at()), policies());
    let body = format!("{{\"create\":{{\"_index\":\"own\"}}}}\n{}\n", event(1));
    let told = ask(&process.listening("siem"), "POST /_bulk", &["Content-Type: application/json"], body.as_bytes());
    let text = crate::process::get(&format!("{}/metrics", process.listening("metrics")));
    let requests = |outcome: &str| metric(&text, &["tamis_proxy_requests_total", &format!("outcome=\"{outcome}\"")]);
    assert_eq!((told.status, requests("upstream-failed"), requests("later")), (503, 1, 0), "{text}");
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn handshakes_pass_and_nothing_else_does() {
    let upstream = Upstream::with(Vec::new(), server);
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &config(&upstream.at()), policies());
    let at = process.listening("siem");
    let key = format!("Authorization: ApiKey {SECRET}");
    for line in ["GET /", "HEAD /", "GET /_license?human=canary.worker", "GET /_cluster/health"] {
        let told = ask(&at, line, &[&key, "X-Other: canary.worker"], b"");
        assert_eq!((told.status, told.header("x-elastic-product")), (200, Some("Elasticsearch")), "{line}");
    }
    let asked = upstream.asked();
    assert_eq!(asked.len(), 4);
    assert!(asked.iter().all(|asked| asked.header("authorization") == Some(&key[15..])));
    assert!(!format!("{asked:?}").contains("canary.worker"));
    for line in [
        "POST /",
        "GET /_search",
        "POST /_license",
        "DELETE /staff",
        "PUT /staff/_doc/1",
        "POST /staff/_update/1",
        "POST /_update_by_query",
        "GET /_bulk/..",
        "POST /a/b/_bulk",
        "GET /_scripts/x",
        "GET /_bulk",
    ] {
        let told = ask(&at, line, &[&key], b"");
        assert!(matches!(told.status, 404 | 405), "{line}: {told:?}");
        assert_eq!(told.header("x-elastic-product"), Some("Elasticsearch"), "{line}");
    }
    assert_eq!(ask(&at, "POST /_bulk", &[&key], b"{\"create\":{}}\n{}").status, 400);
    assert_eq!(upstream.asked().len(), 4);
    process.stop();
}

/// An answer that does not say what became of each item is no answer; a status for all is passed on.
#[test]
fn what_says_nothing_of_items_is_a_later() {
    let short = say(200, "", r#"{"errors":false,"items":[{"create":{"status":201}}]}"#);
    let says = vec![say(200, "", "<html>"), short, say(429, "Retry-After: 3\r\n", "{}"), say(503, "", "")];
    let upstream = Upstream::with(says, server);
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &config(&upstream.at()), policies());
    let at = process.listening("siem");
    let body = format!("{{\"create\":{{}}}}\n{}\n{{\"create\":{{}}}}\n{}\n", event(1), event(2));
    for _ in 0..2 {
        assert!(ask(&at, "POST /_bulk", &[], body.as_bytes()).is_later());
    }
    let told = ask(&at, "POST /_bulk", &[], body.as_bytes());
    assert_eq!((told.status, header(&told.head, "retry-after")), (429, Some("3")));
    assert_eq!(ask(&at, "POST /_bulk", &[], body.as_bytes()).status, 503);
    assert_eq!(ask(&at, "POST /_bulk", &[], body.as_bytes()).status, 200);
    process.stop();
}

/// The official client, pointed at the proxy.
#[test]
fn the_official_client_writes_through_a_proxy() {
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/peers/venv/bin/python");
    let there = std::process::Command::new(python).args(["-c", "import elasticsearch"]).output();
    if !there.is_ok_and(|there| there.status.success()) {
        println!("skipped: elasticsearch is not in target/peers/venv; `host/tests/peers/install` puts it there");
        return;
    }
    let upstream = Upstream::with(Vec::new(), server);
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &config(&upstream.at()), policies());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/bulk_proxy.py");
    let mut client = std::process::Command::new(python);
    let ran = client.args([script, &process.listening("siem"), SECRET]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let said: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(said, json!({ "version": "8.19.0", "good": 21, "failed": [429, 400] }));
    let asked = upstream.asked();
    assert!(asked.iter().all(|asked| asked.header("authorization") == Some(&format!("ApiKey {SECRET}")[..])));
    assert!(!format!("{:?}", asked.iter().map(Asked::text).collect::<Vec<_>>()).contains("canary.worker"));
    assert!(!process.log().contains(SECRET));
    assert_eq!(process.stop(), Some(0));
}
