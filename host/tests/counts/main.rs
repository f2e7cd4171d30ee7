//! What an event costs the sidecar in allocations, copied bytes and system calls, source by source: numbers that no other load on the
//! machine has a say in, and that must not grow.
//!
//! This program runs itself once more as `tamis`, with an allocator and calls that count into a page which both see. Events go through
//! a hundred at a time; what is counted is the difference between two moments, so that a start has no part in it.
//! `cargo test -p tamis --test counts` prints the numbers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and prints what it counted"
)]

#[cfg(feature = "kafka")]
#[path = "../peers/kafka/broker.rs"]
#[allow(dead_code, reason = "the peers' tests use more of it")]
mod broker;
#[path = "../sidecar/otlp/client.rs"]
#[allow(dead_code, reason = "it is the sidecar's, and has more than is needed here")]
mod client;
mod counted;
mod links;
#[path = "../sidecar/process.rs"]
#[allow(dead_code, reason = "it is the sidecar's, and has more than is needed here")]
mod process;
#[path = "../sidecar/receiver.rs"]
#[allow(dead_code, reason = "it is the sidecar's, and has more than is needed here")]
mod receiver;
#[path = "../sidecar/otlp/server.rs"]
#[allow(dead_code, reason = "it is the sidecar's, and has more than is needed here")]
mod server;

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use counted::{COUNTS, Counts};
use links::Link;
use process::CANARY;
use receiver::Receiver;

/// Events of a request, and requests that are counted, behind as many that are not.
const EVENTS: usize = 100;
const REQUESTS: usize = 40;
const POLICY: &str = "policy = \"tenants/example-de.toml\"";

/// A way in, and the most that an event may cost on it.
struct Way {
    name: &'static str,
    /// Its table, but for where it listens.
    table: &'static str,
    /// Path, type of the body, and the body with these events.
    request: (&'static str, &'static str, fn(&[String]) -> String),
    allocations: f64,
    /// Bytes that are allocated for each byte of an event as it comes: every copy takes one, unless it is made where another was.
    copies: f64,
    calls: f64,
}

const WAYS: [Way; 6] = [
    Way {
        name: "http",
        table: "type = \"http\"",
        request: ("/", "application/x-ndjson", |events| events.join("\n")),
        allocations: 2.4,
        copies: 13.0,
        calls: 0.25,
    },
    Way {
        name: "proxy",
        table: "protocol = \"http\"",
        request: ("/in", "application/x-ndjson", |events| events.join("\n")),
        allocations: 2.8,
        copies: 13.0,
        calls: 0.25,
    },
    Way {
        name: "elasticsearch",
        table: "type = \"elasticsearch\"",
        request: ("/_bulk", "application/x-ndjson", |events| {
            each(events, |event| format!("{{\"create\":{{}}}}\n{event}\n"))
        }),
        allocations: 5.2,
        copies: 19.0,
        calls: 0.25,
    },
    Way {
        name: "hec",
        table: "type = \"hec\"\ntoken = \"env:TAMIS_TEST_TOKEN\"",
        request: ("/services/collector", "application/json", |events| {
            each(events, |event| format!("{{\"event\":{event}}}"))
        }),
        allocations: 3.8,
        copies: 16.5,
        calls: 0.25,
    },
    Way {
        name: "loki",
        table: "type = \"loki\"",
        request: ("/loki/api/v1/push", "application/json", |events| {
            let value = |event: &String| serde_json::json!(["1793691672000000000", event]);
            let values: Vec<_> = events.iter().map(value).collect();
            serde_json::json!({ "streams": [{ "stream": { "app": "a" }, "values": values }] }).to_string()
        }),
        allocations: 18.0,
        copies: 23.0,
        calls: 0.25,
    },
    Way {
        name: "otlp",
        table: "type = \"otlp\"",
        request: ("/v1/logs", "application/json", |events| {
            let record = |event: &String| serde_json::json!({ "timeUnixNano": "1793691672000000000", "severityNumber": 9, "body": { "stringValue": event } });
            let records: Vec<_> = events.iter().map(record).collect();
            serde_json::json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": records }] }] }).to_string()
        }),
        allocations: 19.5,
        copies: 24.5,
        calls: 0.25,
    },
];

fn each(events: &[String], one: impl Fn(&String) -> String) -> String {
    events.iter().map(one).collect()
}

fn event(number: usize) -> String {
    format!(
        r#"{{"CreationTime":"2026-11-03T06:00:00","Id":"x{number}","Operation":"UserLoggedIn","OrganizationId":"o","RecordType":15,"ResultStatus":"Succeeded","UserKey":"k","UserType":0,"Version":{number},"Workload":"AzureActiveDirectory","UserId":"{CANARY}","ClientIP":"192.0.2.10"}}"#
    )
}

/// Says why a way is not counted.
fn skipped(why: &str) {
    println!("SKIPPED: {why}");
}

/// Each way has a route, a sink and a listener of its own.
fn config(url: &str, links: &[Link]) -> String {
    let mut text = String::new();
    for Link { name, config, .. } in links {
        write!(text, "{config}{}", route(name)).unwrap();
    }
    for (Way { name, table, .. }, number) in WAYS.iter().zip(1..) {
        if *name == "proxy" {
            write!(
                text,
                "[proxy.{name}]\nlisten = \"127.0.0.{number}:0\"\n{table}\nupstream = \"{url}\"\n{POLICY}\npurpose = \"security\"\n"
            )
            .unwrap();
            continue;
        }
        let listen = if *name == "otlp" { "http" } else { "listen" };
        write!(
            text,
            "[source.{name}]\n{listen} = \"127.0.0.{number}:0\"\n{table}\n[sink.{name}]\ntype = \"http\"\nurl = \"{url}\"\n{}",
            route(name)
        )
        .unwrap();
    }
    text
}

/// How a sink gathers, and the route to it.
fn route(name: &str) -> String {
    format!(
        "batch = {{ events = {EVENTS}, age = \"1 s\" }}\n[route.{name}]\nfrom = \"{name}\"\n{POLICY}\n[[route.{name}.to]]\nsink = \"{name}\"\npurpose = \"security\"\n"
    )
}

/// This program as `tamis`.
struct Counted {
    child: Child,
    said: BufReader<std::process::ChildStderr>,
    listening: Vec<(String, String)>,
}

impl Counted {
    fn start(folder: &Path, config: &str, counts: &Path) -> Self {
        let policies = concat!(env!("CARGO_MANIFEST_DIR"), "/../policies");
        let file = process::configured(folder, config, policies);
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["run", "-c"]).arg(file).env(COUNTS, counts).env("TAMIS_TEST_TOKEN", "operator");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (mut said, mut listening) = (BufReader::new(child.stderr.take().unwrap()), Vec::new());
        loop {
            let mut line = String::new();
            assert!(said.read_line(&mut line).unwrap() > 0, "it does not start");
            let told: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
            match told["event"].as_str() {
                Some("listening") => listening
                    .push((told["source"].as_str().unwrap().to_owned(), told["at"].as_str().unwrap().to_owned())),
                Some("started") => return Self { child, said, listening },
                _ => {}
            }
        }
    }

    /// Where a source listens; nothing, where it reads from elsewhere.
    fn at(&self, name: &str) -> &str {
        self.listening.iter().find(|(source, _)| source == name).map_or("", |(_, at)| at)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let mut rest = String::new();
            let _ = self.said.read_to_string(&mut rest);
            println!("{rest}");
        }
    }
}

/// Sends a request on a connection that stays, and waits for its answer.
fn send(stream: &mut BufReader<TcpStream>, request: &[u8]) {
    stream.get_mut().write_all(request).unwrap();
    let (mut line, mut length, mut is_first) = (String::new(), 0, true);
    loop {
        line.clear();
        stream.read_line(&mut line).unwrap();
        assert!(!is_first || line.contains(" 200 ") || line.contains(" 204 "), "{line}");
        is_first = false;
        if line.trim_end().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    std::io::copy(&mut stream.take(length), &mut std::io::sink()).unwrap();
}

/// What an event costs on a way: allocations, bytes allocated for each of its bytes, calls.
fn cost(process: &Counted, way: &Way, counts: &Counts) -> [f64; 3] {
    let events: Vec<_> = (0..EVENTS).map(event).collect();
    let bytes: usize = events.iter().map(|event| event.len() + 1).sum();
    let (path, kind, body) = way.request;
    let body = body(&events);
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: t\r\nAuthorization: Splunk operator\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let request = [head.as_bytes(), body.as_bytes()].concat();
    let stream = TcpStream::connect(process.at(way.name)).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    let mut post = || (0..REQUESTS).for_each(|_| send(&mut stream, &request));
    counted_twice(&mut post, bytes, counts)
}

/// What an event costs where it is done a second time; a hundred of them are so many bytes.
fn counted_twice(post: &mut dyn FnMut(), bytes: usize, counts: &Counts) -> [f64; 3] {
    post();
    let before = counts.read();
    post();
    let after = counts.read();
    let each = [0, 1, 2].map(|number: usize| (after[number] - before[number]) as f64 / (REQUESTS * EVENTS) as f64);
    [each[0], each[1] * EVENTS as f64 / bytes as f64, each[2]]
}

/// LAW (cost): an event costs no more than it did.
fn main() {
    if std::env::var_os(COUNTS).is_some() {
        counted::begin();
        std::process::exit(tamis::cli::run() as i32);
    }
    let (folder, receiver, mut links) = (tempfile::tempdir().unwrap(), Receiver::start(Vec::new()), links::all());
    let counts = Counts::new(&folder.path().join("counts"));
    let process = Counted::start(folder.path(), &config(&receiver.url(), &links), &folder.path().join("counts"));
    let mut all = Vec::new();
    for way in &WAYS {
        all.push((way.name, cost(&process, way, &counts), [way.allocations, way.copies, way.calls]));
    }
    for Link { name, most, peer, .. } in &mut links {
        let (at, bytes) = (process.at(name), peer.bytes());
        all.push((*name, counted_twice(&mut || peer.send(at, REQUESTS), bytes, &counts), *most));
        assert_eq!(peer.taken(), (2 * REQUESTS * EVENTS, false), "{name}: all events came through, and no value");
    }
    let mut grown = Vec::new();
    for (name, found, most) in all {
        for ((what, found), most) in ["allocations", "bytes allocated a byte", "calls"].iter().zip(found).zip(most) {
            println!("{name}: {found:.3} {what} an event, at most {most}");
            if found > most {
                grown.push(format!("{name}: {found:.3} {what} an event, more than {most}"));
            }
        }
    }
    let text = receiver.text();
    assert_eq!(text.lines().count(), WAYS.len() * 2 * REQUESTS * EVENTS, "all events came through");
    assert!(!text.contains("canary.worker"));
    assert!(grown.is_empty(), "{}", grown.join("\n"));
}
