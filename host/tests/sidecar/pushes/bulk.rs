//! Elasticsearch's `_bulk`.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{Script, config, policies};
use crate::process::Process;
use crate::web::{Asked, ask, serve};
use crate::{CANARY, event, no_canary_below};

pub(crate) const SOURCE: &str = "type = \"elasticsearch\"";

pub(crate) fn sink(at: SocketAddr) -> String {
    format!("type = \"elasticsearch\"\nurl = \"http://{at}\"\nindex = \"staff-{{date}}\"")
}

/// A server that keeps ids as Elasticsearch does. Of `says` a 4xx or 5xx is the status of a whole request; 1xxx: of each of its items.
pub(crate) fn server(script: Script) -> SocketAddr {
    let ids: Arc<Mutex<HashSet<String>>> = Arc::default();
    serve(move |asked| answer(asked, &script, &mut ids.lock().unwrap()))
}

fn answer(asked: &Asked, script: &Script, ids: &mut HashSet<String>) -> (u16, String) {
    assert!(asked.path.starts_with("/_bulk?filter_path="), "{}", asked.path);
    let said = script.next().unwrap_or(200);
    if (300..1000).contains(&said) {
        return (said, CANARY.to_owned());
    }
    let text = String::from_utf8(asked.body.clone()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let item = |pair: &[Value]| {
        let [action, document] = pair else { panic!("{pair:?}") };
        let create = &action["create"];
        assert!(create["_index"].as_str().unwrap().starts_with("staff-20"), "{action}");
        let status = match said {
            1000.. => said - 1000,
            _ if !ids.insert(create["_id"].as_str().unwrap().to_owned()) => 409,
            _ => {
                script.take(document.clone());
                201
            }
        };
        json!({"create": {"status": status, "error": CANARY}})
    };
    let items: Vec<_> = lines.chunks(2).map(item).collect();
    // Silence comes behind the work: it arrived all the same.
    if said == 299 {
        std::thread::sleep(std::time::Duration::from_secs(2));
    }
    (200, json!({"errors": true, "items": items}).to_string())
}

pub(crate) fn body(numbers: Range<u32>) -> String {
    let action = json!({"create": {"_id": CANARY, "pipeline": CANARY, "_index": "staff"}});
    numbers.map(|number| format!("{action}\n{}\n", event(number))).collect()
}

/// The status of each item, or of the request.
pub(crate) fn send(at: &str, body: &str) -> Vec<u16> {
    let (status, head, said) =
        ask("POST", &format!("{at}/_bulk"), &["Content-Type: application/x-ndjson"], body.as_bytes());
    assert!(head.to_ascii_lowercase().contains("x-elastic-product: elasticsearch"));
    if status != 200 {
        return vec![status];
    }
    let said: Value = serde_json::from_str(&said).unwrap();
    let items = said["items"].as_array().unwrap();
    let statuses: Vec<_> = items
        .iter()
        .map(|item| item.as_object().unwrap().values().next().unwrap()["status"].as_u64().unwrap() as u16)
        .collect();
    assert_eq!(said["errors"], statuses.iter().any(|status| *status >= 300));
    statuses
}

#[test]
fn items_are_answered_one_by_one_and_what_only_changes_is_refused() {
    let script = Script::default();
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &config(SOURCE, &sink(server(script.clone()))), crate::policies());
    let at = process.listening("apps");
    let mixed = format!(
        "{}{{\"update\":{{\"_id\":\"1\"}}}}\n{{\"doc\":{{\"who\":\"{CANARY}\"}}}}\n{{\"delete\":{{\"_id\":\"1\"}}}}\n{}",
        body(0..1),
        body(1..3)
    );
    assert_eq!(send(&at, &mixed), [201, 400, 400, 201, 201]);
    assert_eq!(script.numbers(), (0..3).map(|number| (number, 1)).collect());
    // A document that is none is in quarantine: nobody has to send it again.
    assert_eq!(send(&at, &format!("{{\"index\":{{}}}}\n{CANARY}\n{}", body(3..4))), [201, 201]);
    assert_eq!(script.numbers().len(), 4);
    for wrong in ["x\n", "", "{\"index\":{}}\n{}", "{\"make\":{}}\n{}\n"] {
        assert_eq!(send(&at, wrong), [400], "{wrong}");
    }
    let path = |method: &str, path: &str| ask(method, &format!("{at}{path}"), &[], b"").0;
    assert_eq!((path("GET", "/"), path("HEAD", "/"), path("GET", "/_license")), (200, 200, 200));
    assert_eq!((path("GET", "/_search"), path("PUT", "/_index_template/x"), path("GET", "/_bulk")), (404, 404, 405));
    assert!(!format!("{:?}", script.documents()).contains("canary.worker"));
    assert_eq!(process.stop(), Some(0));
    no_canary_below(&folder.path().join("state"));
}

/// LAW: of a request whose answer was lost nothing is written twice, and of equal documents each is written.
#[test]
fn a_lost_answer_writes_nothing_twice_and_equal_documents_are_distinct() {
    let script = Script::new(&[299]);
    let folder = tempfile::tempdir().unwrap();
    let sink = format!("{}\ntimeout = \"1 s\"", sink(server(script.clone())));
    let process = Process::start(folder.path(), &config(SOURCE, &sink), crate::policies());
    let at = process.listening("apps");
    let equal = body(7..8).repeat(5);
    assert_eq!(send(&at, &equal), [201; 5]);
    assert_eq!(script.numbers(), [(7, 5)].into_iter().collect());
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn an_item_that_is_refused_takes_no_other_with_it() {
    for (status, kept) in [(1429, 6), (1503, 6), (1400, 3)] {
        let script = Script::new(&[status]);
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(folder.path(), &config(SOURCE, &sink(server(script.clone()))), crate::policies());
        let at = process.listening("apps");
        assert_eq!(send(&at, &body(0..3)), [201; 3]);
        assert_eq!(send(&at, &body(3..6)), [201; 3]);
        assert_eq!(script.numbers().len(), kept, "{status}");
        let refused = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap_or_default();
        assert_eq!(refused.matches("sink-refused").count(), 6 - kept);
        assert_eq!(process.stop(), Some(0));
    }
}

/// LAW: an item is 201 only if its document is there; what is not is 429, item by item.
#[test]
fn a_request_of_which_only_a_part_is_there_says_which() {
    // Enough for the first that are handed on together, a hundred in five batches, and too few for all.
    let script = Script::new(&[vec![200; 10], vec![503; 10_000]].concat());
    let folder = tempfile::tempdir().unwrap();
    let config =
        config(SOURCE, &sink(server(script.clone()))).replace("20 s", "30 s").replace("events = 50", "events = 20");
    let process = Process::start(folder.path(), &config, crate::policies());
    // Longer than is handed on at a time: what fills them is filtered away.
    let padding = format!("\"Padding\":\"{}\",\"CreationTime\"", "x".repeat(10_000));
    let statuses = send(&process.listening("apps"), &body(0..250).replace("\"CreationTime\"", &padding));
    let there = script.numbers();
    let taken: Vec<_> = (0..250).filter(|number| statuses[*number as usize] == 201).collect();
    assert!(taken.iter().all(|number| there.contains_key(number)), "{statuses:?}");
    assert!(!taken.is_empty() && taken.len() < 250 && there.values().all(|times| *times == 1), "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 201 | 429)));
    process.stop();
}

/// LAW (promise 1): of an action only what the tenant classified leaves, where the protocol has a place for it.
#[test]
fn what_a_tenant_classifies_of_an_action_survives() {
    let script = Script::default();
    let seen: Arc<Mutex<String>> = Arc::default();
    let (inner, all) = (script.clone(), seen.clone());
    let at = serve(move |asked| {
        all.lock().unwrap().push_str(&String::from_utf8_lossy(&asked.body));
        answer(asked, &inner, &mut HashSet::new())
    });
    let folder = tempfile::tempdir().unwrap();
    let more =
        "[classify.m365]\nbecause = \"Where it goes is no secret.\"\n\"'@envelope'._index\" = \"event.source\"\n";
    let own = policies(folder.path(), more);
    let process = Process::start(folder.path(), &config(SOURCE, &sink(at)), &own);
    let body = body(0..1).replace("\"_index\":\"staff\"", "\"_index\":\"staff-2000\"");
    assert_eq!(send(&process.listening("apps"), &body), [201]);
    let said = seen.lock().unwrap().clone();
    assert!(
        said.contains("\"_index\":\"staff-2000\"") && !said.contains("canary.worker") && !said.contains("@envelope"),
        "{said}"
    );
    assert_eq!(process.stop(), Some(0));
}
