//! Apache Kafka, the broker itself: what is in one topic comes to another, filtered, whatever happens between.

mod broker;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::MutexGuard;
use std::time::Duration;

use crate::contract;
use crate::policies;
use crate::process::{CANARY, Process, configured, copy, eventually};
use crate::receiver::Receiver;
use broker::{Broker, PASSWORD, Record, USER, broker};

/// An event of the Microsoft 365 audit log; its number stays readable in `Version`.
fn event(number: u32) -> String {
    format!(
        r#"{{"CreationTime":"2026-11-03T06:00:00","Id":"x{number}","Operation":"UserLoggedIn","OrganizationId":"o","RecordType":15,"ResultStatus":"Succeeded","UserKey":"k","UserType":0,"Version":{number},"Workload":"AzureActiveDirectory","UserId":"{CANARY}","ClientIP":"192.0.2.10"}}"#
    )
}

fn write(broker: &Broker, topic: &str, partitions: i32, numbers: std::ops::Range<u32>) {
    let record = |number: u32| (number as i32 % partitions, CANARY, Some(event(number).into_bytes()));
    broker.write(topic, numbers.map(record));
}

fn config(at: &str, name: &str) -> String {
    format!(
        r#"
[source.audit]
type    = "kafka"
brokers = ["{at}"]
topics  = ["{name}-in"]
group   = "{name}"
session = "6 s"
[sink.out]
type    = "kafka"
brokers = ["{at}"]
topic   = "{name}-out"
batch   = {{ events = 50, age = "5 ms" }}
retry   = {{ first = "20 ms", most = "200 ms" }}
[route.staff]
from   = "audit"
policy = "tenants/example-de.toml"
[[route.staff.to]]
sink      = "out"
purpose   = "security"
guarantee = "at-least-once"
"#
    )
}

/// Topics `NAME-in` and `NAME-out`.
fn topics(broker: &Broker, name: &str, partitions: i32) {
    broker.topics(&[(&format!("{name}-in"), partitions, ""), (&format!("{name}-out"), 1, "")]);
}

fn number(record: &Record) -> u32 {
    let event: serde_json::Value = serde_json::from_str(&record.payload).unwrap();
    event["Version"].as_u64().unwrap() as u32
}

/// How often each number is there, and that nothing else is.
fn numbers(broker: &Broker, name: &str) -> BTreeMap<u32, usize> {
    let mut found = BTreeMap::new();
    for record in broker.read(&format!("{name}-out")) {
        *found.entry(number(&record)).or_default() += 1;
    }
    found
}

/// Waits until all numbers to `end` are there; says how many came once more.
fn all(broker: &Broker, name: &str, end: u32) -> usize {
    let out = format!("{name}-out");
    eventually(name, || broker.written(&out) >= i64::from(end) && numbers(broker, name).len() == end as usize);
    let found = numbers(broker, name);
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), (0..end).collect::<Vec<_>>());
    assert!(!broker.holds(&out, "canary.worker"));
    found.values().sum::<usize>() - found.len()
}

/// What is in quarantine, a line each.
fn kept(folder: &Path) -> Vec<String> {
    let all = std::fs::read_to_string(folder.join("state/quarantine.ndjson")).unwrap_or_default();
    all.lines().skip(1).map(str::to_owned).collect()
}

struct Row(MutexGuard<'static, Broker>, String);

impl contract::Peer for Row {
    fn source(&self) -> String {
        let whole = config(&self.0.at(), &self.1).replace("source.audit", "source.in");
        whole.split_once("[sink.out]").unwrap().0.to_owned()
    }

    fn sink(&self) -> String {
        let (at, name) = (self.0.at(), &self.1);
        format!("[sink.out]\ntype = \"kafka\"\nbrokers = [\"{at}\"]\ntopic = \"{name}-out\"\n")
    }

    fn write(&self, payloads: &[String]) {
        let record = |payload: &String| (0, CANARY, Some(payload.clone().into_bytes()));
        self.0.write(&format!("{}-in", self.1), payloads.iter().map(record));
    }

    fn read(&self) -> Vec<String> {
        self.0.read(&format!("{}-out", self.1)).into_iter().map(|record| record.payload).collect()
    }

    fn acknowledged(&self) -> u64 {
        self.0.position(&self.1, &format!("{}-in", self.1), 1) as u64
    }

    fn down(&mut self) {
        self.0.down();
    }

    fn up(&mut self) {
        self.0.up();
    }
}

/// Its row of the contract.
pub(crate) fn peer(case: &str) -> Option<Box<dyn contract::Peer>> {
    let (broker, name) = (broker()?, format!("contract-{case}"));
    topics(&broker, &name, 1);
    Some(Box::new(Row(broker, name)))
}

#[test]
fn kafka_to_kafka_is_filtered_in_order_and_goes_on_where_it_was() {
    let Some(broker) = broker() else { return };
    let folder = tempfile::tempdir().unwrap();
    topics(&broker, "order", 3);
    write(&broker, "order-in", 3, 0..150);
    let pretty = event(150).replace(',', ",\n  ");
    let poison: [Option<&[u8]>; 6] = [
        None,
        Some(b"canary.worker is no JSON"),
        Some(b"\xff\xfe\0\n{"),
        Some(br#"{"a":{"b":"canary.worker@example.de"}"#),
        Some(b"[{\"UserId\":\"canary.worker@example.de\"}]"),
        Some(b"{\"UserId\":\"canary.worker\nx\"}"),
    ];
    broker.write("order-in", poison.into_iter().map(|payload| (0, CANARY, payload.map(<[u8]>::to_vec))));
    broker.write("order-in", [(0, CANARY, Some(pretty.into_bytes()))]);
    write(&broker, "order-in", 3, 151..200);
    let process = Process::start(folder.path(), &config(&broker.at(), "order"), policies());
    assert_eq!(all(&broker, "order", 200), 0, "each once");
    let order: Vec<u32> = broker.read("order-out").iter().map(number).collect();
    for partition in 0..3 {
        let mut last = None;
        for number in order.iter().filter(|number| **number % 3 == partition && **number != 150) {
            assert!(last < Some(*number), "partition {partition}: {order:?}");
            last = Some(*number);
        }
    }
    eventually("the poison is put aside", || kept(folder.path()).len() == poison.len());
    assert!(!kept(folder.path()).concat().contains("canary"));
    // Nobody classified what came with the records.
    let is_bare =
        |record: &Record| record.key.is_none() && record.headers.is_empty() && !record.payload.contains("@envelope");
    assert!(broker.read("order-out").iter().all(is_bare));
    assert_eq!(process.stop(), Some(0));
    assert_eq!(broker.position("order", "order-in", 3), 206);
    let process = Process::start(folder.path(), &config(&broker.at(), "order"), policies());
    write(&broker, "order-in", 3, 200..230);
    assert_eq!(all(&broker, "order", 230), 0, "what was acknowledged does not come again");
    eventually("positions are committed while it runs", || broker.position("order", "order-in", 3) == 236);
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn kafka_what_survives_of_the_envelope_is_in_its_place() {
    let Some(broker) = broker() else { return };
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("policies");
    copy(Path::new(policies()), &own);
    let tenant = own.join("tenants/example-de.toml");
    let more = "\n[classify.m365]\nbecause = \"for this test\"\n\"@envelope.headers.origin\" = \"event.source\"\n\"@envelope.key\" = \"id.email\"\n";
    std::fs::write(&tenant, std::fs::read_to_string(&tenant).unwrap() + more).unwrap();
    topics(&broker, "envelope", 1);
    write(&broker, "envelope-in", 1, 0..5);
    let process = Process::start(folder.path(), &config(&broker.at(), "envelope"), own.to_str().unwrap());
    assert_eq!(all(&broker, "envelope", 5), 0);
    for record in broker.read("envelope-out") {
        assert_eq!(record.headers, [("origin".to_owned(), "gateway".to_owned())]);
        assert!(record.key.is_some_and(|key| !key.contains("canary")) && !record.payload.contains("@envelope"));
    }
    assert_eq!(process.stop(), Some(0));
}

/// LAW (promise 7): nothing is lost by a kill with records under way.
#[test]
fn kafka_a_kill_in_flight_loses_nothing() {
    let Some(broker) = broker() else { return };
    let folder = tempfile::tempdir().unwrap();
    topics(&broker, "killed", 2);
    for round in 0..2 {
        write(&broker, "killed-in", 2, round * 1500..(round + 1) * 1500);
        let process = Process::start(folder.path(), &config(&broker.at(), "killed"), policies());
        let before = broker.written("killed-out");
        eventually("some are there", || broker.written("killed-out") > before);
        process.kill();
    }
    let process = Process::start(folder.path(), &config(&broker.at(), "killed"), policies());
    let again = all(&broker, "killed", 3000);
    println!("3000 records, 2 kills: none lost, {again} came again");
    eventually("positions are committed", || broker.position("killed", "killed-in", 2) == 3000);
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn kafka_a_broker_that_goes_and_comes_back_loses_nothing() {
    let Some(mut broker) = broker() else { return };
    let folder = tempfile::tempdir().unwrap();
    topics(&broker, "away", 2);
    write(&broker, "away-in", 2, 0..2000);
    let process = Process::start(folder.path(), &config(&broker.at(), "away"), policies());
    eventually("some are there", || broker.written("away-out") > 0);
    broker.down();
    // Another one starts while the broker is away, and stops.
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(Process::start(elsewhere.path(), &config(&broker.at(), "away"), policies()).stop(), Some(0));
    broker.up();
    write(&broker, "away-in", 2, 2000..2200);
    let again = all(&broker, "away", 2200);
    println!("2200 records, the broker killed once: none lost, {again} came again");
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn kafka_partitions_go_to_another_consumer_and_back_and_nothing_comes_twice() {
    let Some(broker) = broker() else { return };
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    topics(&broker, "shared", 4);
    write(&broker, "shared-in", 4, 0..1000);
    let config = config(&broker.at(), "shared");
    let first = Process::start(one.path(), &config, policies());
    eventually("some are there", || broker.written("shared-out") > 0);
    let second = Process::start(two.path(), &config, policies());
    eventually("both have partitions", || broker.is_shared_by("shared", 2));
    write(&broker, "shared-in", 4, 1000..1400);
    assert_eq!(all(&broker, "shared", 1400), 0);
    write(&broker, "shared-in", 4, 1400..1800);
    assert_eq!(first.stop(), Some(0));
    write(&broker, "shared-in", 4, 1800..2000);
    assert_eq!(all(&broker, "shared", 2000), 0);
    assert_eq!(second.stop(), Some(0));
    assert_eq!(broker.position("shared", "shared-in", 4), 2000);
}

/// Longer than a session: the consumer stays in its group.
#[test]
fn kafka_partitions_pause_while_a_sink_fails() {
    let Some(broker) = broker() else { return };
    let (receiver, folder) = (Receiver::start(vec![503; 90]), tempfile::tempdir().unwrap());
    topics(&broker, "paused", 2);
    write(&broker, "paused-in", 2, 0..3000);
    let (head, rest) =
        config(&broker.at(), "paused").split_once("[sink.out]").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let rest = rest.split_once("batch").unwrap().1;
    let sink = format!("[sink.out]\ntype = \"http\"\nurl = \"{}\"\nqueue = \"64 KiB\"\nbatch", receiver.url());
    let process = Process::start(folder.path(), &(head + &sink + rest), policies());
    let began = std::time::Instant::now();
    eventually("all are there", || receiver.text().lines().count() >= 3000);
    assert!(
        began.elapsed() > Duration::from_secs(6),
        "the sink was down for too short a time to tell: {:?}",
        began.elapsed()
    );
    assert_eq!(receiver.text().lines().count(), 3000, "each once");
    assert!(!receiver.text().contains("canary.worker"));
    assert_eq!(process.stop(), Some(0));
    assert_eq!(broker.position("paused", "paused-in", 2), 3000);
}

#[test]
fn kafka_what_the_topic_never_takes_is_put_aside_alone_and_a_field_is_the_key() {
    let Some(broker) = broker() else { return };
    let folder = tempfile::tempdir().unwrap();
    broker.topics(&[("large-in", 1, ""), ("large-out", 1, "max.message.bytes=1500")]);
    let large = event(9).replace("UserLoggedIn", &"o".repeat(4000));
    let payload = |number: u32| if number == 9 { large.clone() } else { event(number) };
    broker.write("large-in", (0..20).map(|number| (0, CANARY, Some(payload(number).into_bytes()))));
    let config = config(&broker.at(), "large").replace("topic   =", "key-from = \"Version\"\ntopic   =");
    let process = Process::start(folder.path(), &config, policies());
    eventually("it is put aside", || kept(folder.path()).concat().contains("sink-too-large"));
    eventually("the others are there", || numbers(&broker, "large").len() == 19);
    assert_eq!(kept(folder.path()).len(), 1);
    let found = broker.read("large-out");
    assert_eq!(found.len(), 19, "each once");
    assert!(found.iter().all(|record| record.key == Some(number(record).to_string())));
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn kafka_compacted_topics_are_refused() {
    let Some(broker) = broker() else { return };
    let whole = config(&broker.at(), "compacted");
    broker.topics(&[
        ("compacted-in", 1, "cleanup.policy=compact"),
        ("compacted-out", 1, "cleanup.policy=compact,delete"),
        ("plain", 1, ""),
    ]);
    for (text, table) in [
        (whole.replace("compacted-out", "plain"), "source.audit"),
        (whole.replace("compacted-in", "plain"), "sink.out"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = configured(folder.path(), &text, policies());
        let ran = Command::new(env!("CARGO_BIN_EXE_tamis")).args(["run", "-c"]).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_ne!(ran.status.code(), Some(0), "{said}");
        assert!(
            said.contains(table) && said.contains("is compacted") && said.contains("cleanup.policy=delete"),
            "{said}"
        );
    }
}

#[test]
fn kafka_asks_for_certificates_and_passwords() {
    let Some(broker) = broker() else { return };
    let ((safe, tls), folder) = (broker.safe(), tempfile::tempdir().unwrap());
    topics(&broker, "safe", 1);
    let password = folder.path().join("password");
    std::fs::write(&password, PASSWORD).unwrap();
    let with = |mechanism: &str| {
        let auth = format!(
            "auth = {{ sasl = \"{mechanism}\", user = \"{USER}\", password = \"file:{}\" }}",
            password.display()
        );
        config(&safe, "safe").replace("brokers", &format!("{tls}{auth}\nbrokers"))
    };
    for (round, mechanism) in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"].into_iter().enumerate() {
        let round = round as u32;
        write(&broker, "safe-in", 1, 10 * round..10 * round + 10);
        let process = Process::start(folder.path(), &with(mechanism), policies());
        assert_eq!(all(&broker, "safe", 10 * round + 10), 0, "{mechanism}");
        assert_eq!(process.stop(), Some(0));
    }
    std::fs::write(&password, "another-secret").unwrap();
    let process = Process::start(folder.path(), &with("SCRAM-SHA-512"), policies());
    eventually("it is told of", || process.said("source-trouble").contains("Authentication"));
    assert!(!process.said("").contains("another-secret"));
    assert_eq!(process.stop(), Some(0));
}
