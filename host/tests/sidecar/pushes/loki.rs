//! Loki's push.

use std::net::SocketAddr;
use std::ops::Range;

use prost::Message as _;
use serde_json::{Value, json};
use tamis::edge::loki::message::{Entry, Pair, Push, Stream, Time};

use super::{Script, config, policies};
use crate::process::Process;
use crate::web::{Asked, ask, serve};
use crate::{CANARY, event, no_canary_below};

pub(crate) const SOURCE: &str = "type = \"loki\"";

pub(crate) fn sink(at: SocketAddr) -> String {
    format!("type = \"loki\"\nurl = \"http://{at}\"\nlabels = {{ job = \"tamis\" }}\norg-id = \"staff\"")
}

/// A Loki that keeps one of equal lines of a stream and time, and refuses a request with a line in it that has this number for its
/// sake: the others it stores.
pub(crate) fn server(script: Script, poison: Option<u32>) -> SocketAddr {
    serve(move |asked| answer(asked, &script, poison))
}

fn answer(asked: &Asked, script: &Script, poison: Option<u32>) -> (u16, String) {
    assert_eq!(asked.path, "/loki/api/v1/push");
    assert!(asked.head.contains("x-scope-orgid: staff"));
    if let Some(said) = script.next() {
        return (said, CANARY.to_owned());
    }
    let body = snap::raw::Decoder::new().decompress_vec(&asked.body).unwrap();
    let mut status = 204;
    for stream in Push::decode(&body[..]).unwrap().streams {
        for entry in stream.entries {
            let time = entry.time.unwrap();
            let mut line: Value = serde_json::from_slice(&entry.line).unwrap();
            if line["Version"].as_u64() == poison.map(u64::from) {
                status = 400;
                continue;
            }
            line["labels"] = stream.labels.clone().into();
            line["at"] = json!([time.seconds, time.nanos]);
            if !script.documents().contains(&line) {
                script.take(line);
            }
        }
    }
    (status, CANARY.to_owned())
}

pub(crate) fn json(numbers: Range<u32>) -> String {
    let values: Vec<_> = numbers
        .map(|number| json!([format!("{}", 1_795_737_600_000_000_000_u64 + u64::from(number)), event(number), {"user": CANARY}]))
        .collect();
    json!({"streams": [{"stream": {"app": "shop", "user": CANARY}, "values": values}]}).to_string()
}

pub(crate) fn protobuf(numbers: Range<u32>) -> Vec<u8> {
    let entry = |number: u32| Entry {
        time: Some(Time { seconds: 1_795_737_600, nanos: number as i32 }),
        line: event(number).into(),
        metadata: vec![Pair { name: "user".into(), value: CANARY.into() }],
    };
    let labels = format!("{{app=\"shop\", user=\"{CANARY}\"}}");
    let push = Push { streams: vec![Stream { labels, entries: numbers.map(entry).collect() }] };
    snap::raw::Encoder::new().compress_vec(&push.encode_to_vec()).unwrap()
}

pub(crate) fn send_json(at: &str, body: &str) -> u16 {
    ask("POST", &format!("{at}/loki/api/v1/push"), &["Content-Type: application/json"], body.as_bytes()).0
}

pub(crate) fn send_protobuf(at: &str, body: &[u8]) -> u16 {
    let headers = ["Content-Type: application/x-protobuf", "Content-Encoding: snappy"];
    ask("POST", &format!("{at}/loki/api/v1/push"), &headers, body).0
}

#[test]
fn both_forms_arrive_and_other_tenants_are_refused() {
    let script = Script::default();
    let folder = tempfile::tempdir().unwrap();
    let source = format!("{SOURCE}\norg-id = \"staff\"");
    let process =
        Process::start(folder.path(), &config(&source, &sink(server(script.clone(), None))), crate::policies());
    let at = process.listening("apps");
    assert_eq!(send_json(&at, &json(0..5)), 204);
    assert_eq!(send_protobuf(&at, &protobuf(5..10)), 204);
    assert_eq!(script.numbers(), (0..10).map(|number| (number, 1)).collect());
    let url = format!("{at}/loki/api/v1/push");
    let headers = ["Content-Type: application/json", "X-Scope-OrgID: other"];
    assert_eq!(ask("POST", &url, &headers, json(0..1).as_bytes()).0, 401);
    assert_eq!(
        (send_json(&at, "{}"), send_protobuf(&at, b"\x02x"), send_json(&at, "{\"streams\":[]}")),
        (400, 400, 204)
    );
    assert_eq!((ask("GET", &format!("{at}/ready"), &[], b"").0, ask("GET", &url, &[], b"").0), (200, 405));
    assert_eq!(ask("POST", &url, &["Content-Type: text/plain"], b"").0, 415);
    let taken = format!("{:?}", script.documents());
    assert!(!taken.contains("canary.worker") && !taken.contains("shop") && !taken.contains("@envelope"), "{taken}");
    assert_eq!(process.stop(), Some(0));
    no_canary_below(&folder.path().join("state"));
}

/// LAW: a block that says that it becomes huge takes no memory, and is refused.
#[test]
fn a_block_that_lies_about_its_length_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let process =
        Process::start(folder.path(), &config(SOURCE, &sink(server(Script::default(), None))), crate::policies());
    let at = process.listening("apps");
    assert_eq!(send_protobuf(&at, &[0xff, 0xff, 0xff, 0xff, 0x0f, 0]), 413);
    assert_eq!(send_protobuf(&at, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), 400);
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn one_line_that_is_refused_takes_no_other_with_it() {
    let script = Script::default();
    let folder = tempfile::tempdir().unwrap();
    let process =
        Process::start(folder.path(), &config(SOURCE, &sink(server(script.clone(), Some(7)))), crate::policies());
    assert_eq!(send_json(&process.listening("apps"), &json(0..20)), 204);
    assert_eq!(script.numbers(), (0..20).filter(|number| *number != 7).map(|number| (number, 1)).collect());
    let refused = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap();
    assert_eq!(refused.matches("sink-refused").count(), 1);
    assert_eq!(process.stop(), Some(0));
}

/// LAW: events that redaction made equal are all kept. Their times are equal where the policy makes them so.
#[test]
fn events_that_became_equal_are_told_apart() {
    let more = "[classify.m365]\nbecause = \"When it was written, and by which program.\"\n\"'@envelope'.time\" = \"event.source\"\n\
                \"'@envelope'.labels.app\" = \"event.source\"\n";
    for (distinct, kept) in [("distinct = \"1ns\"", 6), ("", 1)] {
        let script = Script::default();
        let folder = tempfile::tempdir().unwrap();
        let sink = format!("{}\nkeep-labels = [\"app\"]\n{distinct}", sink(server(script.clone(), None)));
        let config = format!("[metrics]\nlisten = \"127.0.0.1:0\"\n{}", config(SOURCE, &sink));
        let process = Process::start(folder.path(), &config, &policies(folder.path(), more));
        let line = json!(["1795737600000000000", event(7)]);
        let body = json!({"streams": [{"stream": {"app": "shop"}, "values": vec![line; 3]}]}).to_string();
        for _ in 0..2 {
            assert_eq!(send_json(&process.listening("apps"), &body), 204);
        }
        let documents = script.documents();
        assert_eq!(documents.len(), kept, "{documents:?}");
        assert_eq!(documents[0]["labels"], "{app=\"shop\", job=\"tamis\"}");
        let said = crate::process::get(&format!("{}/metrics", process.listening("metrics")));
        assert!(said.contains(&format!("outcome=\"rejected\"}} {}\n", 6 - kept)), "{said}");
        assert_eq!(process.stop(), Some(0));
    }
}
