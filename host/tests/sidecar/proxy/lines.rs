//! Loki's push and Splunk's collector through a proxy.

use prost::Message as _;
use serde_json::{Value, json};
use tamis::edge::loki::message::{Entry, Pair, Push, Stream, Time};

use super::upstream::{Asked, Upstream, say};
use super::{SECRET, Told, ask, config};
use crate::process::{CANARY, Process};
use crate::{event, no_canary_below, numbers, policies};

const WITHHELD: &str = r#"{"CreationTime":"2026-11-03T06:00:00","Operation":"MessageSent","Workload":"MicrosoftTeams","ChannelName":"betriebsrat","UserId":"canary.worker@example.de"}"#;

/// What a Loki was sent.
fn push(asked: &Asked) -> Push {
    let bytes = snap::raw::Decoder::new().decompress_vec(&asked.body).unwrap();
    Push::decode(&bytes[..]).unwrap()
}

fn lines(push: &Push) -> String {
    let entries = push.streams.iter().flat_map(|stream| &stream.entries);
    entries.map(|entry| format!("{}\n", String::from_utf8_lossy(&entry.line))).collect()
}

#[test]
fn lines_are_pushed_filtered_whatever_they_came_as() {
    let upstream =
        Upstream::with(vec![say(429, "Retry-After: 2\r\n", "rate"), say(400, "", CANARY)], |_| say(204, "", ""));
    let folder = tempfile::tempdir().unwrap();
    let more = "org-id = \"example-de\"\nlabels = { app = \"shop\" }\n";
    let process = Process::start(folder.path(), &format!("{}{more}", config("loki", &upstream.at())), policies());
    let at = process.listening("siem");
    let value = |line: &str| json!(["1793691672000000000", line, { "user": CANARY }]);
    let values: Vec<_> = [&event(1)[..], WITHHELD, CANARY, &event(2)].into_iter().map(value).collect();
    let json = json!({ "streams": [{ "stream": { "who": CANARY }, "values": values }] }).to_string();
    let kind = ["Content-Type: application/json", "X-Scope-OrgID: example-de"];
    let push_json = || ask(&at, "POST /loki/api/v1/push", &kind, json.as_bytes());
    let told = push_json();
    assert_eq!((told.status, told.header("retry-after")), (429, Some("2")));
    let told = push_json();
    assert_eq!((told.status, &told.body[..]), (400, CANARY));
    assert_eq!(push_json().status, 204);
    let entry = |line: String| Entry {
        time: Some(Time { seconds: 1_793_691_672, nanos: 7 }),
        line: line.into(),
        metadata: vec![Pair { name: "user".into(), value: CANARY.into() }],
    };
    let stream = Stream { labels: format!("{{who=\"{CANARY}\"}}"), entries: vec![entry(event(1)), entry(event(2))] };
    let packed = snap::raw::Encoder::new().compress_vec(&Push { streams: vec![stream] }.encode_to_vec()).unwrap();
    assert_eq!(ask(&at, "POST /loki/api/v1/push", &["Content-Type: application/x-protobuf"], &packed).status, 204);
    let snappy = ["Content-Type: application/x-protobuf", "Content-Encoding: snappy"];
    assert_eq!(ask(&at, "POST /loki/api/v1/push", &snappy, &packed).status, 204, "as the block that it is");
    let asked = upstream.asked();
    for asked in &asked[2..] {
        let push = push(asked);
        assert_eq!(numbers(&lines(&push)), [(1, 1), (2, 1)].into());
        assert!(push.streams.iter().all(|stream| stream.labels == "{app=\"shop\"}"), "{push:?}");
        assert!(!format!("{push:?}{}", asked.head).contains("canary.worker"), "{push:?}");
        assert_eq!(asked.header("x-scope-orgid"), Some("example-de"));
    }
    assert_eq!(ask(&at, "GET /ready", &[], b"").status, 204);
    for line in ["GET /loki/api/v1/query?query=canary.worker", "POST /api/prom/push", "GET /loki/api/v1/push"] {
        assert!(matches!(ask(&at, line, &[], b"").status, 404 | 405), "{line}");
    }
    for wrong in [&b"no push"[..], b"\x05\xff", b""] {
        assert_eq!(ask(&at, "POST /loki/api/v1/push", &[], wrong).status, 400);
    }
    let huge = b"\xff\xff\xff\xff\x0f";
    assert_eq!(ask(&at, "POST /loki/api/v1/push", &[], huge).status, 413, "as long as it says that it is");
    assert_eq!(ask(&at, "POST /loki/api/v1/push", &["X-Scope-OrgID: other"], &packed).status, 403);
    assert_eq!(upstream.asked().len(), 6);
    assert_eq!(process.stop(), Some(0));
    no_canary_below(&folder.path().join("state"));
}

fn collected(asked: &Asked) -> Vec<Value> {
    serde_json::Deserializer::from_slice(&asked.body).into_iter().collect::<Result<_, _>>().unwrap()
}

fn said(told: &Told) -> Value {
    serde_json::from_str(&told.body).unwrap()
}

#[test]
fn events_are_collected_filtered_with_their_token_and_their_channel() {
    let busy = say(503, "", r#"{"text":"Server is busy","code":9}"#);
    let invalid = say(400, "", r#"{"text":"Invalid data format","code":6,"invalid-event-number":1}"#);
    let index = say(400, "", r#"{"text":"Incorrect index","code":7,"invalid-event-number":2}"#);
    let upstream = Upstream::with(vec![busy, invalid, index], |asked| {
        let path = asked.head.split(' ').nth(1).unwrap();
        match path {
            "/services/collector/ack" => say(200, "", r#"{"acks":{"4":true,"5":false}}"#),
            "/services/collector/health" => say(200, "", r#"{"text":"HEC is healthy","code":17}"#),
            _ => say(200, "", r#"{"text":"Success","code":0,"ackId":4}"#),
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let config = format!("{}sourcetype = \"staff\"\n", config("hec", &upstream.at()));
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("siem");
    let (token, channel) = (format!("Authorization: Splunk {SECRET}"), "0aee1f4e-2d2a-4b2f-9f55-a5a8c0a0f4b1");
    let channel_header = format!("X-Splunk-Request-Channel: {channel}");
    let headers = [&token[..], &channel_header];
    let of = |event: &str| format!("{{\"event\":{event},\"host\":\"{CANARY}\",\"time\":1426279439}}");
    let body = [of(WITHHELD), of(&event(1)), of(&event(2))].concat();
    let send = |body: &str| ask(&at, "POST /services/collector/event?source=canary.worker", &headers, body.as_bytes());
    let told = send(&body);
    assert_eq!((told.status, &said(&told)["code"]), (503, &json!(9)));
    assert_eq!(said(&send(&body))["invalid-event-number"], 2, "as the client counts");
    assert_eq!(said(&send(&body))["invalid-event-number"], 3, "which is from 1 here");
    assert_eq!(said(&send(&body)), json!({ "text": "Success", "code": 0, "ackId": 4 }));
    let asked = upstream.asked();
    let events = collected(&asked[3]);
    assert_eq!(events.iter().map(|event| event["event"]["Version"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(2)]);
    assert!(events.iter().all(|event| event["sourcetype"] == "staff" && event.get("host").is_none()));
    assert_eq!(asked[3].header("authorization"), Some(&token[15..]));
    assert_eq!(asked[3].header("x-splunk-request-channel"), Some(channel));
    assert!(
        asked.iter().all(|asked| !format!("{}{}", asked.head, asked.text()).contains("canary.worker")),
        "{asked:?}"
    );
    // Of a request of which nothing is to be sent Tamis itself says that it is safe.
    let own = said(&send(&of(WITHHELD)))["ackId"].as_u64().unwrap();
    let second = said(&send(&of(WITHHELD)))["ackId"].as_u64().unwrap();
    assert_eq!(upstream.asked().len(), 4);
    let acks_of = |headers: &[&str], ids: &[u64]| {
        said(&ask(&at, "POST /services/collector/ack", headers, json!({ "acks": ids }).to_string().as_bytes()))["acks"]
            .clone()
    };
    let acks = |ids: &[u64]| acks_of(&headers, ids);
    let never = [1 << 52, second + 1, u64::MAX];
    assert!(acks(&never).as_object().unwrap().values().all(|is_safe| is_safe == false), "nobody was given these");
    let other = channel_header.replace('0', "1");
    for elsewhere in [&[&token[..], &other][..], &[&token]] {
        assert_eq!(acks_of(elsewhere, &[own]), json!({ own.to_string(): false }), "it is of another channel");
    }
    assert_eq!(acks(&[own]), json!({ own.to_string(): true }));
    assert_eq!(
        acks(&[4, own, second, 5]),
        json!({ "4": true, "5": false, own.to_string(): false, second.to_string(): true })
    );
    assert_eq!(upstream.asked()[4].text(), r#"{"acks":[4,5]}"#);
    let raw = format!("{}\n{}\n", event(6), event(7));
    assert_eq!(ask(&at, "POST /services/collector/raw", &headers, raw.as_bytes()).status, 200);
    assert_eq!(collected(&upstream.asked()[5]).len(), 2);
    assert_eq!(ask(&at, "GET /services/collector/health", &[], b"").status, 200);
    for (line, status) in [("GET /services/collector", 405), ("POST /services/other", 404), ("GET /", 404)] {
        assert_eq!(ask(&at, line, &headers, b"").status, status, "{line}");
    }
    let told = ask(&at, "POST /services/collector", &["X-Splunk-Request-Channel: canary.worker@example.de"], b"[]");
    assert_eq!((told.status, &said(&told)["code"]), (400, &json!(6)));
    assert!(!process.log().contains(SECRET));
    assert_eq!(process.stop(), Some(0));
    no_canary_below(&folder.path().join("state"));
}

/// LAW (neighbours): an event that a protocol has no words for is put aside; the others go on, and nobody sends it again and again.
#[test]
fn half_a_character_holds_nobody_up() {
    let half = event(2).replace("UserLoggedIn", "UserLoggedIn\\ud800");
    let hec = format!("{{\"event\":{}}}{{\"event\":{half}}}{{\"event\":{}}}", event(1), event(3));
    let line = |event: &str| json!(["1793691672000000000", event]);
    let streams = json!({ "streams": [{ "stream": {}, "values": [line(&event(1)), line(&half), line(&event(3))] }] });
    let bulk = [event(1), half, event(3)].map(|event| format!("{{\"create\":{{}}}}\n{event}\n")).concat();
    for (protocol, path, body) in [
        ("hec", "/services/collector", hec),
        ("loki", "/loki/api/v1/push", streams.to_string()),
        ("elasticsearch\"\nindex = \"staff", "/_bulk", bulk),
    ] {
        let items = r#"{"items":[{"create":{"status":201}},{"create":{"status":201}},{"create":{"status":201}}]}"#;
        let upstream = Upstream::with(Vec::new(), move |_| say(200, "", items));
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(folder.path(), &config(protocol, &upstream.at()), policies());
        let line = format!("POST {path}");
        let told = ask(&process.listening("siem"), &line, &["Content-Type: application/json"], body.as_bytes());
        assert_eq!(told.status, 200, "{protocol} {told:?}");
        let kept = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap();
        // Documents go on as they are: this protocol has words for all of them.
        let aside = usize::from(path != "/_bulk");
        assert_eq!(kept.matches("unwritable").count(), aside, "{protocol} {kept}");
        let text = crate::process::get(&format!("{}/metrics", process.listening("metrics")));
        let outcome = |outcome: &str| super::metric(&text, &["tamis_events_total", outcome]);
        assert_eq!([outcome("delivered"), outcome("rejected")], [3 - aside as u64, aside as u64], "{protocol}");
        assert_eq!(process.stop(), Some(0));
        no_canary_below(&folder.path().join("state"));
    }
}
