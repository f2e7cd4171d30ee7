//! Splunk's HTTP Event Collector.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Script, config};
use crate::process::{LONG, Process};
use crate::web::{Asked, ask, serve};
use crate::{CANARY, event, no_canary_below};

pub(crate) const SOURCE: &str = "type = \"hec\"\ntoken = \"env:TAMIS_TEST_TOKEN\"";
pub(crate) const TOKEN: &str = "Authorization: Splunk operator";
const CHANNEL: &str = "X-Splunk-Request-Channel: 0a0a0a0a-0000-4000-8000-0b0b0b0b0b0b";

pub(crate) fn sink(at: SocketAddr) -> String {
    format!("type = \"hec\"\nurl = \"http://{at}\"\ntoken = \"env:TAMIS_TEST_TOKEN\"\nsourcetype = \"tamis\"")
}

/// A collector that says how often an acknowledgement is asked for before it is given.
pub(crate) fn server(script: Script, asked_for: usize) -> SocketAddr {
    let acks: Arc<Mutex<HashMap<u64, usize>>> = Arc::default();
    serve(move |asked| answer(asked, &script, &mut acks.lock().unwrap(), asked_for))
}

fn answer(asked: &Asked, script: &Script, acks: &mut HashMap<u64, usize>, asked_for: usize) -> (u16, String) {
    assert!(asked.head.contains("Splunk operator"));
    if asked.path == "/services/collector/ack" {
        let said: Value = serde_json::from_slice(&asked.body).unwrap();
        let id = said["acks"][0].as_u64().unwrap();
        let times = acks.entry(id).or_default();
        *times += 1;
        return (200, json!({"acks": {id.to_string(): *times > asked_for}}).to_string());
    }
    assert_eq!(asked.path, "/services/collector/event");
    if let Some(said) = script.next() {
        return (said, CANARY.to_owned());
    }
    for event in serde_json::Deserializer::from_slice(&asked.body).into_iter::<Value>() {
        let event = event.unwrap();
        assert_eq!(event["sourcetype"], "tamis");
        script.take(event["event"].clone());
    }
    let id = acks.len() as u64;
    acks.insert(id, 0);
    (200, json!({"text": "Success", "code": 0, "ackId": id}).to_string())
}

pub(crate) fn body(numbers: Range<u32>) -> String {
    let one = |number| {
        let event: Value = serde_json::from_str(&event(number)).unwrap();
        json!({"event": event, "host": CANARY, "source": CANARY, "fields": {"who": CANARY}, "time": 1_795_737_600})
            .to_string()
    };
    numbers.map(one).collect()
}

/// The status, and the code.
pub(crate) fn send(at: &str, body: &str) -> (u16, u64) {
    let (status, _, said) = ask("POST", &format!("{at}/services/collector/event"), &[TOKEN], body.as_bytes());
    (status, serde_json::from_str::<Value>(&said).unwrap()["code"].as_u64().unwrap())
}

/// Sends in a channel: the number of the acknowledgement, or the status.
pub(crate) fn send_in_channel(at: &str, body: &str) -> Result<u64, u16> {
    let (status, _, said) = ask("POST", &format!("{at}/services/collector/event"), &[TOKEN, CHANNEL], body.as_bytes());
    serde_json::from_str::<Value>(&said).unwrap()["ackId"].as_u64().ok_or(status)
}

/// Whether it becomes safe within this time.
pub(crate) fn is_safe(at: &str, ack: u64, within: Duration) -> bool {
    let began = Instant::now();
    loop {
        let asked = json!({"acks": [ack]}).to_string();
        let (status, _, said) =
            ask("POST", &format!("{at}/services/collector/ack"), &[TOKEN, CHANNEL], asked.as_bytes());
        if status == 0 {
            return false;
        }
        assert_eq!(status, 200);
        if serde_json::from_str::<Value>(&said).unwrap()["acks"][ack.to_string()] == true {
            return true;
        }
        if began.elapsed() > within {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn answers_are_as_splunks() {
    let script = Script::default();
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &config(SOURCE, &sink(server(script.clone(), 0))), crate::policies());
    let at = process.listening("apps");
    let of = |method: &str, path: &str, headers: &[&str], body: &str| {
        let (status, _, said) = ask(method, &format!("{at}{path}"), headers, body.as_bytes());
        (status, serde_json::from_str::<Value>(&said).unwrap()["code"].as_u64().unwrap())
    };
    let path = "/services/collector";
    assert_eq!(of("POST", path, &[], "{}"), (401, 2));
    assert_eq!(of("POST", path, &["Authorization: Splunk other"], "{}"), (403, 4));
    assert_eq!(of("POST", path, &["Authorization: Basic eDpvcGVyYXRvcg=="], ""), (400, 5));
    assert_eq!(send(&at, "{\"event\":"), (400, 6));
    assert_eq!(of("GET", "/services/collector/health", &[], ""), (200, 17));
    assert_eq!(of("POST", "/services/collector/ack", &[TOKEN], "{\"acks\":[1]}"), (400, 14));
    assert_eq!(of("POST", "/services/other", &[TOKEN], "{}").0, 404);
    assert_eq!(send(&at, &body(0..3)), (200, 0));
    let (status, ..) = ask(
        "POST",
        &format!("{at}/services/collector/raw?host=h&sourcetype=s"),
        &[TOKEN],
        crate::events(3..5).as_bytes(),
    );
    assert_eq!(status, 200);
    // An event as text, and one that is none: that one is in quarantine.
    let text = json!({"event": event(5)}).to_string();
    assert_eq!(send(&at, &format!("{text}{{\"host\":\"{CANARY}\"}}")), (200, 0));
    assert_eq!(script.numbers(), (0..6).map(|number| (number, 1)).collect());
    let taken = format!("{:?}", script.documents());
    assert!(!taken.contains("canary.worker") && !taken.contains("@envelope"), "{taken}");
    assert_eq!(process.stop(), Some(0));
    no_canary_below(&folder.path().join("state"));
}

/// LAW: whatever a server says of which event was wrong, none of the others is lost. Splunk counts from 0 where an event cannot be
/// read, and from 1 where its index is not allowed.
#[test]
fn an_event_that_is_refused_takes_no_other_with_it() {
    for (code, first, takes) in [(6, 0, true), (7, 1, true), (7, 1, false)] {
        let script = Script::default();
        let of = script.clone();
        let at = serve(move |asked| {
            let read = serde_json::Deserializer::from_slice(&asked.body).into_iter::<Value>();
            let events: Vec<_> = read.map(|event| event.unwrap()["event"].clone()).collect();
            let bad = events.iter().position(|event| event["Version"] == 2);
            let taken = if bad.is_none() { events.len() } else { bad.filter(|_| takes).unwrap_or_default() };
            events[..taken].iter().for_each(|event| of.take(event.clone()));
            match bad {
                Some(bad) => (400, json!({"code": code, "invalid-event-number": bad + first}).to_string()),
                None => (200, json!({"code": 0}).to_string()),
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(folder.path(), &config(SOURCE, &sink(at)), crate::policies());
        assert_eq!(send(&process.listening("apps"), &body(0..6)), (200, 0));
        assert_eq!(script.numbers().into_keys().collect::<Vec<_>>(), [0, 1, 3, 4, 5], "{code}");
        let refused = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap();
        assert_eq!(refused.matches("sink-refused").count(), 1, "{code}");
        assert_eq!(process.stop(), Some(0));
    }
}

/// LAW: an acknowledgement is true once everything is final, not before, and of nothing that another run took.
#[test]
fn an_acknowledgement_is_true_once_it_is_final_and_false_after_a_restart() {
    let script = Script::new(&[503; 10_000]);
    let folder = tempfile::tempdir().unwrap();
    let at = server(script.clone(), 3);
    let source = format!("{SOURCE}\nacks = true");
    let config = config(&source, &format!("{}\nacks = true", sink(at)));
    let process = Process::start(folder.path(), &config, crate::policies());
    let here = process.listening("apps");
    let ack = send_in_channel(&here, &body(0..5)).unwrap();
    assert!(!is_safe(&here, ack, Duration::ZERO), "the sink takes nothing yet");
    script.heal();
    assert!(is_safe(&here, ack, LONG));
    assert_eq!(script.numbers().len(), 5);
    assert!(!is_safe(&here, ack, Duration::ZERO), "it is told once");
    assert!(!is_safe(&here, ack + 1, Duration::ZERO));
    let second = send_in_channel(&here, &body(5..6)).unwrap();
    process.kill();
    let process = Process::start(folder.path(), &config, crate::policies());
    let here = process.listening("apps");
    let third = send_in_channel(&here, &body(6..7)).unwrap();
    assert!(is_safe(&here, third, LONG));
    assert!(second != third && !is_safe(&here, second, Duration::ZERO));
    assert_eq!(process.stop(), Some(0));
}
