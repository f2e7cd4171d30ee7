//! Sources that connections bring events to.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::process::{METRICS, Process, eventually};
use crate::receiver::Receiver;
use crate::{forward, no_canary_below, policies, syslog};

/// A source that connections bring events to.
pub(crate) struct Adapter {
    pub(crate) name: &'static str,
    /// Its table in the configuration, which listens at a free port of 127.0.0.1.
    pub(crate) source: &'static str,
    /// A message with one event, as it travels. Events have a value that must not leave: [`crate::CANARY`], or its first part.
    pub(crate) message: fn(u32) -> Vec<u8>,
    /// The same, with so many bytes more.
    pub(crate) padded: fn(u32, usize) -> Vec<u8>,
    /// How often each number stands in filtered events.
    pub(crate) numbers: fn(&str) -> BTreeMap<u32, usize>,
    /// Bytes of the acknowledgement of one message; 0: the protocol has none.
    pub(crate) acknowledged: usize,
}

const ADAPTERS: [Adapter; 3] = [syslog::COUNTED, syslog::LINES, forward::MESSAGES];

struct Run {
    receiver: Receiver,
    process: Process,
    folder: tempfile::TempDir,
}

impl Adapter {
    fn start(&self, statuses: Vec<u16>) -> Run {
        self.start_with(statuses, "")
    }

    /// The same with something before its configuration.
    fn start_with(&self, statuses: Vec<u16>, head: &str) -> Run {
        let (receiver, folder) = (Receiver::start(statuses), tempfile::tempdir().unwrap());
        let config = format!(
            r#"{head}{METRICS}
[limits]
event = "4 KiB"
[source.apps]
{}
[sink.siem]
type  = "http"
url   = "{}"
batch = {{ events = 50, age = "20 ms" }}
retry = {{ first = "20 ms", most = "200 ms" }}
[route.staff]
from   = "apps"
policy = "tenants/example-de.toml"
[[route.staff.to]]
sink    = "siem"
purpose = "security"
"#,
            self.source,
            receiver.url()
        );
        let process = Process::start(folder.path(), &config, policies());
        Run { receiver, process, folder }
    }

    fn messages(&self, numbers: std::ops::Range<u32>) -> Vec<u8> {
        numbers.flat_map(self.message).collect()
    }

    /// Waits until each of the numbers was delivered once, and nothing else.
    fn delivered(&self, run: &Run, numbers: std::ops::Range<u32>) {
        let wanted: BTreeMap<u32, usize> = numbers.map(|number| (number, 1)).collect();
        eventually(self.name, || (self.numbers)(&run.receiver.text()).len() >= wanted.len());
        assert_eq!((self.numbers)(&run.receiver.text()), wanted, "{}", self.name);
    }
}

impl Run {
    fn connect(&self) -> TcpStream {
        let at = self.process.listening("apps");
        let stream = TcpStream::connect(at.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Stops it, and looks whether a value is anywhere.
    fn end(self) {
        assert!(!self.receiver.text().contains("canary.worker"));
        assert_eq!(self.process.stop(), Some(0));
        no_canary_below(&self.folder.path().join("state"));
    }
}

fn each(case: impl Fn(&Adapter)) {
    ADAPTERS.iter().for_each(case);
}

#[test]
fn split() {
    each(|adapter| {
        let run = adapter.start(Vec::new());
        let mut stream = run.connect();
        for (number, part) in adapter.messages(0..20).chunks(97).enumerate() {
            stream.write_all(part).unwrap();
            if number % 8 == 0 {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        adapter.delivered(&run, 0..20);
        run.end();
    });
}

#[test]
fn oversize() {
    each(|adapter| {
        let run = adapter.start(Vec::new());
        let mut stream = run.connect();
        let all = [adapter.messages(0..2), (adapter.padded)(7, 10_000), adapter.messages(2..4)].concat();
        stream.write_all(&all).unwrap();
        adapter.delivered(&run, 0..4);
        let quarantine = run.folder.path().join("state/quarantine.ndjson");
        eventually("it is in quarantine", || {
            std::fs::read_to_string(&quarantine).is_ok_and(|kept| kept.contains("too-long"))
        });
        run.end();
    });
}

#[test]
fn cut() {
    each(|adapter| {
        let run = adapter.start(Vec::new());
        let mut stream = run.connect();
        stream.write_all(&adapter.messages(0..2)).unwrap();
        // A line that was cut is a line still; of what is counted or measured a part is nothing. Neither hurts the next connection.
        let part = adapter.messages(2..3);
        stream.write_all(&part[..20]).unwrap();
        drop(stream);
        run.connect().write_all(&adapter.messages(2..4)).unwrap();
        adapter.delivered(&run, 0..4);
        run.end();
    });
}

#[test]
fn hostile() {
    each(|adapter| {
        let run = adapter.start(Vec::new());
        let mut random = 1_u32;
        for _ in 0..20 {
            let mut bytes = [0_u8; 700];
            for byte in &mut bytes {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = (random >> 24) as u8;
            }
            // It may hang up in the middle.
            let _ = run.connect().write_all(&bytes);
        }
        run.connect().write_all(&adapter.messages(0..2)).unwrap();
        adapter.delivered(&run, 0..2);
        run.end();
    });
}

#[test]
fn retryable() {
    each(|adapter| {
        let run = adapter.start(vec![503, 429, 503]);
        let mut stream = run.connect();
        stream.write_all(&adapter.messages(0..3)).unwrap();
        let mut answer = vec![0; 3 * adapter.acknowledged];
        stream.read_exact(&mut answer).unwrap();
        if adapter.acknowledged > 0 {
            assert_eq!((adapter.numbers)(&run.receiver.text()).len(), 3, "acknowledged before it was there");
        }
        adapter.delivered(&run, 0..3);
        run.end();
    });
}

#[test]
fn never_delivered_is_never_acknowledged() {
    each(|adapter| {
        let run = adapter.start_with(vec![503; 100_000], "drain = \"2 s\"\n");
        let mut stream = run.connect();
        stream.write_all(&adapter.messages(0..3)).unwrap();
        eventually("they are read", || run.process.received() >= 3);
        stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        assert!(!stream.read(&mut [0; 64]).is_ok_and(|bytes| bytes > 0), "{}", adapter.name);
        // What it could not deliver it says so of, by how it ends.
        assert_eq!(run.process.stop(), Some(1), "{}", adapter.name);
    });
}

#[test]
fn drain() {
    each(|adapter| {
        let run = adapter.start(vec![503, 503]);
        let mut stream = run.connect();
        stream.write_all(&adapter.messages(0..3)).unwrap();
        eventually("they are read", || run.process.received() >= 3);
        let Run { receiver, process, .. } = run;
        assert_eq!(process.stop(), Some(0));
        assert_eq!((adapter.numbers)(&receiver.text()).len(), 3, "{}", adapter.name);
        let mut answer = vec![0; 3 * adapter.acknowledged];
        stream.read_exact(&mut answer).unwrap();
    });
}
