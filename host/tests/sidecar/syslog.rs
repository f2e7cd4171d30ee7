//! Syslog: datagrams, and what a server of syslog is given.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::contract::streams::Adapter;
use super::process::{Process, eventually, free_port, post};
use super::receiver::Receiver;
use super::{event, events, no_canary_below, policies};

pub(crate) const COUNTED: Adapter = Adapter {
    name: "syslog, octet counting",
    source: "type = \"syslog\"\ntcp = \"127.0.0.1:0\"",
    message: |number| counted(&message(number, 0)),
    padded: |number, more| counted(&message(number, more)),
    numbers,
    acknowledged: 0,
};

pub(crate) const LINES: Adapter = Adapter {
    name: "syslog, lines",
    message: |number| format!("{}\n", message(number, 0)).into_bytes(),
    padded: |number, more| format!("{}\n", message(number, more)).into_bytes(),
    ..COUNTED
};

/// A failed sign-in; the number is in the name of the program, which stays.
fn message(number: u32, more: usize) -> String {
    let more = "x".repeat(more);
    format!(
        "<86>1 2026-11-03T07:41:12Z web1 app{number} 4711 ID47 - Failed password for invalid user canary.worker{more} from 192.0.2.17 port 50443 ssh2"
    )
}

fn counted(message: &str) -> Vec<u8> {
    format!("{} {message}", message.len()).into_bytes()
}

fn numbers(text: &str) -> BTreeMap<u32, usize> {
    let mut found = BTreeMap::new();
    for line in text.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(number) = event["ProcessName"].as_str().and_then(|name| name.strip_prefix("app")?.parse().ok()) {
            assert_eq!(
                (&event["Facility"], &event["@envelope"]["msgid"]),
                (&"authpriv".into(), &"ID47".into()),
                "{event}"
            );
            *found.entry(number).or_default() += 1;
        }
    }
    found
}

const ROUTE: &str = r#"
[route.staff]
from   = "apps"
policy = "tenants/example-de.toml"
[[route.staff.to]]
sink    = "siem"
purpose = "security"
"#;

#[test]
fn datagrams_arrive() {
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    let config = format!(
        "[source.apps]\ntype = \"syslog\"\nudp = \"127.0.0.1:0\"\n[sink.siem]\ntype = \"http\"\nurl = \"{}\"\n{ROUTE}",
        receiver.url()
    );
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for number in 0..50 {
        socket.send_to(message(number, 0).as_bytes(), at.strip_prefix("http://").unwrap()).unwrap();
    }
    eventually("all are there", || numbers(&receiver.text()).len() == 50);
    assert!(!receiver.text().contains("canary.worker"));
    assert_eq!(process.stop(), Some(0));
    no_canary_below(&folder.path().join("state"));
}

/// What a server of syslog took.
#[derive(Clone, Default)]
struct Taken {
    bytes: Arc<Mutex<Vec<u8>>>,
    /// Connections on which it hung up.
    hung_up: Arc<AtomicUsize>,
}

impl Taken {
    fn text(&self) -> String {
        String::from_utf8(self.bytes.lock().unwrap().clone()).unwrap()
    }
}

/// A server of syslog that takes so many bytes of each connection and hangs up.
fn server(listener: TcpListener, most: usize) -> Taken {
    let taken = Taken::default();
    let all = taken.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (mut block, mut read) = ([0; 256], 0);
            while read < most {
                match stream.read(&mut block) {
                    Ok(bytes) if bytes > 0 => {
                        all.bytes.lock().unwrap().extend_from_slice(&block[..bytes]);
                        read += bytes;
                    }
                    _ => break,
                }
            }
            drop(stream);
            all.hung_up.fetch_add(1, Ordering::Relaxed);
        }
    });
    taken
}

fn to_syslog(port: u16, more: &str) -> String {
    format!(
        "[source.apps]\ntype = \"http\"\nlisten = \"127.0.0.1:0\"\n[sink.siem]\ntype = \"syslog\"\naddress = \"127.0.0.1:{port}\"\n{more}\n\
         batch = {{ age = \"5 ms\" }}\nretry = {{ first = \"20 ms\", most = \"200 ms\" }}\n{ROUTE}"
    )
}

#[test]
fn a_server_that_comes_late_and_hangs_up_is_found_again() {
    let port = free_port();
    let folder = tempfile::tempdir().unwrap();
    let config = to_syslog(port, "framing = \"lines\"");
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    let late = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        server(TcpListener::bind(("127.0.0.1", port)).unwrap(), 1)
    });
    assert_eq!(post(&at, &events(0..3), &[]), 200);
    let taken = late.join().unwrap();
    let text = || taken.text();
    eventually("the first", || text().contains("\"Version\":0"));
    for (number, before) in (3..6).zip(1..) {
        // That it hung up behind each is found out before the next is written.
        eventually("it hangs up", || taken.hung_up.load(Ordering::Relaxed) >= before);
        assert_eq!(post(&at, &event(number), &[]), 200);
        eventually("one more", || text().contains(&format!("\"Version\":{number}")));
    }
    assert!(text().starts_with("<13>1 - - - - - - {") && !text().contains("canary.worker"));
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn a_message_comes_out_where_its_parts_went_in() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = server(listener, usize::MAX);
    let folder = tempfile::tempdir().unwrap();
    let config = to_syslog(port, "").replace("type = \"http\"\nlisten", "type = \"syslog\"\ntcp");
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    let mut stream = TcpStream::connect(at.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(&counted(&message(7, 0))).unwrap();
    let text = || taken.text();
    eventually("it is there", || text().contains("ssh2"));
    let text = text();
    let (length, said) = text.split_once(' ').unwrap();
    assert_eq!(length.parse::<usize>().unwrap(), said.len());
    let words: Vec<_> = said.split(' ').collect();
    assert_eq!((words[0], words[3], words[5], words[6]), ("<86>1", "app7", "ID47", "-"), "{said}");
    assert!(said.contains("Failed password for invalid user ") && !said.contains("canary") && !said.contains("web1"));
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn what_is_lost_is_counted() {
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    let config = format!(
        "[metrics]\nlisten = \"127.0.0.1:0\"\n[source.apps]\n{}\n[sink.siem]\ntype = \"http\"\nurl = \"{}\"\n{ROUTE}",
        COUNTED.source,
        receiver.url()
    );
    let process = Process::start(folder.path(), &config, policies());
    let connect = |what: &str| {
        let at = process.listening(what);
        TcpStream::connect(at.strip_prefix("http://").unwrap()).unwrap()
    };
    let metrics = || {
        let (mut stream, mut text) = (connect("metrics"), String::new());
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    assert!(metrics().contains("tamis_events_lost_total{source=\"apps\"} 0"));
    connect("apps").write_all(&counted(&message(1, 0))[..60]).unwrap();
    eventually("it is counted", || metrics().contains("tamis_events_lost_total{source=\"apps\"} 1"));
    assert_eq!(process.stop(), Some(0));
}
