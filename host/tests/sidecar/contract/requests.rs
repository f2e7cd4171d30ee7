//! Sources and sinks that requests bring events to, and that answer each.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::ops::Range;
use std::time::Duration;

use crate::otlp::client::{self, Form};
use crate::otlp::server::{Say, Server};
use crate::process::{METRICS, Process, eventually, post};
use crate::pushes::{self, Script, bulk, hec, loki};
use crate::receiver::Receiver;
use crate::{HTTP_TO_HTTP, no_canary_below, policies};

/// What a client was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// It is safe.
    Taken,
    /// Send it again.
    Later,
    /// Never.
    Never,
}

/// What a server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Later,
    Never,
    TooLarge,
}

/// The other side of a sink.
trait Backend {
    /// How often it took each number.
    fn numbers(&self) -> BTreeMap<u32, usize>;
    fn config(&self) -> String;
}

struct Adapter {
    name: &'static str,
    /// A backend that says these first.
    backend: fn(&[Says]) -> Box<dyn Backend>,
    send: fn(&str, Range<u32>) -> Told,
    /// A request as it goes over the wire in HTTP/1.1, where the adapter speaks that.
    wire: Option<fn(&str, Range<u32>) -> Vec<u8>>,
    /// A request that is longer than a body may be.
    huge: fn(&str) -> Told,
}

fn adapters() -> [Adapter; 9] {
    [
        Adapter {
            name: "http",
            backend: |says| Box::new(OverHttp(Receiver::start(says.iter().map(|say| status(*say).1).collect()))),
            send: |at, numbers| status_told(post(at, &crate::events(numbers), &[])),
            wire: Some(|at, numbers| request(at, "", "application/x-ndjson", &crate::events(numbers))),
            huge: |at| status_told(post(at, &" ".repeat(70 << 10), &[])),
        },
        Adapter {
            name: "otlp by gRPC",
            backend: |says| otlp(says, "grpc"),
            send: |at, numbers| told_otlp(&client::send(at, Form::Grpc, numbers, true)),
            wire: None,
            huge: |at| told_otlp(&client::send_bytes(at, Form::Grpc, vec![0; 70 << 10], false, None)),
        },
        Adapter {
            name: "otlp by HTTP, protobuf",
            backend: |says| otlp(says, "http"),
            send: |at, numbers| told_otlp(&client::send(at, Form::Protobuf, numbers, false)),
            wire: None,
            huge: |at| told_otlp(&client::send_bytes(at, Form::Protobuf, vec![0; 70 << 10], false, None)),
        },
        Adapter {
            name: "otlp by HTTP, JSON",
            backend: |says| otlp(says, "grpc"),
            send: |at, numbers| told_otlp(&client::send(at, Form::Json, numbers, true)),
            wire: Some(|at, numbers| request(at, "v1/logs", "application/json", &client::json(numbers))),
            huge: |at| told_otlp(&client::send_bytes(at, Form::Json, vec![b' '; 70 << 10], false, None)),
        },
        Adapter {
            name: "elasticsearch",
            backend: |says| {
                // What it never takes it says item by item.
                let says: Vec<_> =
                    says.iter().map(|say| if *say == Says::Never { 1400 } else { status(*say).1 }).collect();
                let script = Script::new(&says);
                pushed(&script, bulk::SOURCE, &bulk::sink(bulk::server(script.clone())))
            },
            send: |at, numbers| told_bulk(&bulk::send(at, &bulk::body(numbers))),
            wire: Some(|at, numbers| request(at, "_bulk", "application/x-ndjson", &bulk::body(numbers))),
            huge: |at| told_bulk(&bulk::send(at, &" ".repeat(70 << 10))),
        },
        Adapter {
            name: "hec",
            backend: |says| collector(says, "", ""),
            send: |at, numbers| status_told(hec::send(at, &hec::body(numbers)).0),
            wire: Some(wire_hec),
            huge: |at| status_told(hec::send(at, &" ".repeat(70 << 10)).0),
        },
        Adapter {
            name: "hec, acknowledged",
            backend: |says| collector(says, "acks = true", "acks = true"),
            send: |at, numbers| match hec::send_in_channel(at, &hec::body(numbers)) {
                Ok(ack) if hec::is_safe(at, ack, Duration::from_secs(30)) => Told::Taken,
                Ok(_) => Told::Later,
                Err(status) => status_told(status),
            },
            wire: Some(wire_hec),
            huge: |at| status_told(hec::send_in_channel(at, &" ".repeat(70 << 10)).unwrap_err()),
        },
        Adapter {
            name: "loki, JSON",
            backend: push_to_loki,
            send: |at, numbers| status_told(loki::send_json(at, &loki::json(numbers))),
            wire: Some(|at, numbers| request(at, "loki/api/v1/push", "application/json", &loki::json(numbers))),
            huge: |at| status_told(loki::send_json(at, &" ".repeat(70 << 10))),
        },
        Adapter {
            name: "loki, protobuf",
            backend: push_to_loki,
            send: |at, numbers| status_told(loki::send_protobuf(at, &loki::protobuf(numbers))),
            wire: None,
            huge: |at| status_told(loki::send_protobuf(at, &[0; 70 << 10])),
        },
    ]
}

struct Pushed(Script, String);

impl Backend for Pushed {
    fn numbers(&self) -> BTreeMap<u32, usize> {
        self.0.numbers()
    }

    fn config(&self) -> String {
        self.1.clone()
    }
}

fn pushed(script: &Script, source: &str, sink: &str) -> Box<dyn Backend> {
    Box::new(Pushed(script.clone(), pushes::config(source, sink)))
}

/// What it never takes it says in a way that is about no single event.
fn scripted(says: &[Says]) -> Script {
    let says: Vec<_> = says.iter().map(|say| if *say == Says::Never { 410 } else { status(*say).1 }).collect();
    Script::new(&says)
}

fn collector(says: &[Says], source: &str, sink: &str) -> Box<dyn Backend> {
    let script = scripted(says);
    let at = hec::server(script.clone(), 2);
    pushed(&script, &format!("{}\n{source}", hec::SOURCE), &format!("{}\n{sink}", hec::sink(at)))
}

fn push_to_loki(says: &[Says]) -> Box<dyn Backend> {
    let script = scripted(says);
    pushed(&script, loki::SOURCE, &loki::sink(loki::server(script.clone(), None)))
}

fn wire_hec(at: &str, numbers: Range<u32>) -> Vec<u8> {
    let kind = format!("application/json\r\n{}", hec::TOKEN);
    request(at, "services/collector", &kind, &hec::body(numbers))
}

fn told_bulk(statuses: &[u16]) -> Told {
    let all = |wanted: u16| statuses.iter().all(|status| *status == wanted);
    if all(201) {
        Told::Taken
    } else if all(429) {
        Told::Later
    } else {
        Told::Never
    }
}

struct OverHttp(Receiver);

impl Backend for OverHttp {
    fn numbers(&self) -> BTreeMap<u32, usize> {
        crate::numbers(&self.0.text())
    }

    fn config(&self) -> String {
        HTTP_TO_HTTP.replace("URL", &self.0.url())
    }
}

struct OverOtlp(Server, &'static str);

impl Backend for OverOtlp {
    fn numbers(&self) -> BTreeMap<u32, usize> {
        crate::otlp::numbers(&self.0)
    }

    fn config(&self) -> String {
        crate::otlp::config(&self.0, self.1)
    }
}

/// In gRPC and in HTTP.
fn status(say: Says) -> (u16, u16) {
    match say {
        Says::Later => (14, 503),
        Says::Never => (3, 400),
        Says::TooLarge => (8, 413),
    }
}

fn otlp(says: &[Says], protocol: &'static str) -> Box<dyn Backend> {
    let says = says.iter().map(|say| Say::Status(status(*say).0, status(*say).1, None)).collect();
    Box::new(OverOtlp(Server::start(says), protocol))
}

fn status_told(status: u16) -> Told {
    match status {
        200 | 204 => Told::Taken,
        503 => Told::Later,
        _ => Told::Never,
    }
}

fn told_otlp(told: &client::Told) -> Told {
    match told.status {
        0 | 200 => Told::Taken,
        14 | 503 if told.again => Told::Later,
        _ => Told::Never,
    }
}

fn request(at: &str, path: &str, kind: &str, body: &str) -> Vec<u8> {
    let (host, length) = (at.trim_start_matches("http://"), body.len());
    let head =
        format!("POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body.as_bytes()].concat()
}

/// Runs a case on every adapter.
fn each(case: impl Fn(&Adapter)) {
    for adapter in adapters() {
        println!("{}", adapter.name);
        case(&adapter);
    }
}

struct Bench {
    backend: Box<dyn Backend>,
    process: Process,
    at: String,
    folder: tempfile::TempDir,
}

impl Bench {
    fn start(adapter: &Adapter, says: &[Says], change: impl Fn(String) -> String) -> Self {
        let (backend, folder) = ((adapter.backend)(says), tempfile::tempdir().unwrap());
        let process = Process::start(folder.path(), &change(backend.config()), policies());
        let at = process.listening("apps");
        Self { backend, process, at, folder }
    }

    fn has(&self, numbers: Range<u32>) {
        assert_eq!(self.backend.numbers(), numbers.map(|number| (number, 1)).collect());
    }

    fn end(self) {
        assert_eq!(self.process.stop(), Some(0));
        no_canary_below(&self.folder.path().join("state"));
    }
}

#[test]
fn what_is_taken_is_there_once() {
    each(|adapter| {
        let bench = Bench::start(adapter, &[], |config| config);
        assert_eq!((adapter.send)(&bench.at, 0..60), Told::Taken);
        bench.has(0..60);
        bench.end();
    });
}

#[test]
fn a_request_in_pieces_is_one_and_one_that_is_cut_is_none() {
    each(|adapter| {
        let Some(wire) = adapter.wire else { return };
        let bench = Bench::start(adapter, &[], |config| config);
        let host = bench.at.trim_start_matches("http://").to_owned();
        let cut = wire(&bench.at, 100..120);
        let mut other = TcpStream::connect(&host).unwrap();
        other.write_all(&cut[..cut.len() - 10]).unwrap();
        drop(other);
        let mut stream = TcpStream::connect(&host).unwrap();
        for piece in wire(&bench.at, 0..20).chunks(701) {
            stream.write_all(piece).unwrap();
            stream.flush().unwrap();
            std::thread::sleep(Duration::from_millis(2));
        }
        eventually("it is there", || bench.backend.numbers().len() >= 20);
        bench.has(0..20);
        drop(stream);
        bench.end();
    });
}

#[test]
fn what_is_too_large_is_refused_for_good() {
    each(|adapter| {
        let bench = Bench::start(adapter, &[], |config| format!("[limits]\nbody = \"64 KiB\"\n{config}"));
        assert_eq!((adapter.huge)(&bench.at), Told::Never);
        bench.has(0..0);
        bench.end();
    });
}

#[test]
fn a_sink_that_says_later_gets_it_again_and_one_that_says_too_large_gets_less() {
    each(|adapter| {
        for says in [Says::Later, Says::TooLarge] {
            let bench = Bench::start(adapter, &[says, says, says], |config| config);
            assert_eq!((adapter.send)(&bench.at, 0..40), Told::Taken, "{says:?}");
            bench.has(0..40);
            bench.end();
        }
    });
}

#[test]
fn a_sink_that_is_down_is_told_of_as_not_now_and_what_it_has_not_is_not_taken() {
    each(|adapter| {
        let change = |config: String| format!("drain = \"2 s\"\n{}", config.replace("20 s", "300 ms"));
        let bench = Bench::start(adapter, &[Says::Later; 10_000], change);
        assert_eq!((adapter.send)(&bench.at, 0..10), Told::Later);
        bench.has(0..0);
        bench.end();
    });
}

#[test]
fn what_a_sink_never_takes_is_put_aside_and_holds_nobody_up() {
    each(|adapter| {
        let bench = Bench::start(adapter, &[Says::Never], |config| config);
        assert_eq!((adapter.send)(&bench.at, 0..10), Told::Taken);
        assert_eq!((adapter.send)(&bench.at, 10..20), Told::Taken);
        bench.has(10..20);
        let kept = std::fs::read_to_string(bench.folder.path().join("state/quarantine.ndjson")).unwrap();
        assert_eq!(kept.matches("sink-refused").count(), 10);
        bench.end();
    });
}

#[test]
fn a_stop_takes_nothing_that_is_not_there() {
    each(|adapter| {
        let bench = Bench::start(adapter, &[Says::Later; 3], |config| format!("{METRICS}{config}"));
        let (at, send) = (bench.at.clone(), adapter.send);
        let asked = std::thread::spawn(move || send(&at, 0..30));
        eventually("it is under way", || bench.process.received() > 0);
        assert_eq!(bench.process.stop(), Some(0));
        let there = bench.backend.numbers();
        if asked.join().unwrap() == Told::Taken {
            assert_eq!(there.len(), 30);
        }
        assert!(there.values().all(|times| *times == 1));
        no_canary_below(&bench.folder.path().join("state"));
    });
}
