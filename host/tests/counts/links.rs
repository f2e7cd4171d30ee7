//! Ways whose both ends are of one protocol, and no requests of HTTP/1.1.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::jetstream::{self, consumer, stream};
use bytes::Bytes;
use futures_util::StreamExt as _;
use http_body_util::BodyExt as _;
use prost::Message as _;
use tamis::edge::otlp::grpc;
use tokio::runtime::Runtime;

use crate::client::export;
use crate::process::{eventually, free_port};
use crate::server::Server;
use crate::{EVENTS, event, skipped};

/// A way, and the most that an event may cost on it: allocations, bytes allocated for each of its bytes, calls. How many events come at
/// a time from NATS and Kafka hangs on their servers: there is more room for those.
pub(crate) struct Link {
    pub(crate) name: &'static str,
    pub(crate) most: [f64; 3],
    /// Its source and its sink, both of its name, but for how it gathers.
    pub(crate) config: String,
    pub(crate) peer: Box<dyn Peer>,
}

/// Who sends, and who is sent to.
pub(crate) trait Peer {
    /// Sends so many times a hundred events to where the source listens, if it does, and waits until the source was told that they are safe.
    fn send(&mut self, at: &str, requests: usize);
    /// Bytes of a hundred events as they come.
    fn bytes(&self) -> usize;
    /// Events that arrived, and whether a value is among them that must not be.
    fn taken(&self) -> (usize, bool);
}

/// Those that this machine has a server of.
pub(crate) fn all() -> Vec<Link> {
    let mut all = vec![forward(), otlp()];
    all.extend(nats());
    #[cfg(feature = "kafka")]
    all.extend(kafka::link());
    all
}

fn lines() -> Vec<String> {
    (0..EVENTS).map(event).collect()
}

/// Events in what arrived, and whether a value is in it.
fn found(bytes: &[u8]) -> (usize, bool) {
    let number = memchr::memmem::find_iter(bytes, "AzureActiveDirectory").count();
    (number, memchr::memmem::find(bytes, b"canary.worker").is_some())
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

struct Forward {
    message: Vec<u8>,
    open: Option<TcpStream>,
    taken: Arc<Mutex<Vec<u8>>>,
}

fn forward() -> Link {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (at, taken) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<u8>>>::default());
    let all = taken.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (mut block, mut message) = (vec![0; 64 << 10], Vec::new());
            while let Ok(bytes @ 1..) = stream.read(&mut block) {
                message.extend_from_slice(&block[..bytes]);
                let Some(at) = memchr::memmem::find(&message, b"\xa5chunk") else { continue };
                // A text of 32 characters: 0xd9, its length, itself.
                let Some(chunk) = message.get(at + 8..at + 40) else { continue };
                stream.write_all(&[&b"\x81\xa3ack\xd9\x20"[..], chunk].concat()).unwrap();
                all.lock().unwrap().append(&mut message);
            }
        }
    });
    let entry =
        |event: &String| serde_json::json!([1_795_737_600, serde_json::from_str::<serde_json::Value>(event).unwrap()]);
    let mut message = b"\x93\xa3app\xdc".to_vec();
    message.extend_from_slice(&(EVENTS as u16).to_be_bytes());
    lines().iter().for_each(|event| pack(&entry(event), &mut message));
    pack(&serde_json::json!({"chunk": "00000000"}), &mut message);
    Link {
        name: "forward",
        most: [9.0, 22.0, 0.25],
        config: format!(
            "[source.forward]\ntype = \"forward\"\nlisten = \"127.0.0.101:0\"\n[sink.forward]\ntype = \"forward\"\naddress = \"{at}\"\ntls = false\n"
        ),
        peer: Box::new(Forward { message, open: None, taken }),
    }
}

/// MessagePack of what events and options are made of.
fn pack(value: &serde_json::Value, out: &mut Vec<u8>) {
    use serde_json::Value;
    match value {
        Value::Number(number) => {
            out.push(0xcf);
            out.extend_from_slice(&number.as_u64().unwrap().to_be_bytes());
        }
        Value::String(text) => {
            out.extend_from_slice(&[0xd9, text.len() as u8]);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Array(elements) => {
            out.push(0x90 + elements.len() as u8);
            elements.iter().for_each(|element| pack(element, out));
        }
        Value::Object(members) => {
            out.push(0x80 + members.len() as u8);
            for (key, value) in members {
                pack(&key.as_str().into(), out);
                pack(value, out);
            }
        }
        other => panic!("{other}"),
    }
}

impl Peer for Forward {
    fn send(&mut self, at: &str, requests: usize) {
        let stream = self.open.get_or_insert_with(|| TcpStream::connect(at).unwrap());
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        for _ in 0..requests {
            stream.write_all(&self.message).unwrap();
            // {"ack": "00000000"}
            let mut answer = [0; 14];
            stream.read_exact(&mut answer).unwrap();
            assert!(answer.ends_with(b"00000000"));
        }
    }

    fn bytes(&self) -> usize {
        self.message.len()
    }

    fn taken(&self) -> (usize, bool) {
        found(&self.taken.lock().unwrap())
    }
}

struct Otlp {
    runtime: Runtime,
    client: reqwest::Client,
    message: Bytes,
    server: Server,
}

fn otlp() -> Link {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Server::start(Vec::new());
    let config = format!(
        "[source.grpc]\ntype = \"otlp\"\ngrpc = \"127.0.0.102:0\"\n[sink.grpc]\ntype = \"otlp\"\nurl = \"http://{}\"\nprotocol = \"grpc\"\n",
        server.at
    );
    let message = grpc::frame(&export(0..EVENTS as u32).encode_to_vec(), false).into();
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let peer = Box::new(Otlp { runtime: runtime(), client, message, server });
    Link { name: "grpc", most: [20.5, 64.0, 0.25], config, peer }
}

impl Peer for Otlp {
    fn send(&mut self, at: &str, requests: usize) {
        for _ in 0..requests {
            let request = self.client.post(format!("http://{at}{}", tamis::edge::otlp::EXPORT));
            let request = request.header("content-type", "application/grpc").body(self.message.clone());
            self.runtime.block_on(async {
                let response = hyper::Response::<reqwest::Body>::from(request.send().await.unwrap());
                let body = response.into_body().collect().await.unwrap();
                assert_eq!(body.trailers().unwrap()["grpc-status"], "0");
            });
        }
    }

    fn bytes(&self) -> usize {
        self.message.len()
    }

    fn taken(&self) -> (usize, bool) {
        let taken = self.server.taken();
        let scopes = taken.iter().flat_map(|export| &export.resource_logs).flat_map(|of| &of.scope_logs);
        (scopes.map(|of| of.log_records.len()).sum(), format!("{taken:?}").contains("canary.worker"))
    }
}

struct Nats {
    runtime: Runtime,
    client: async_nats::Client,
    taken: Arc<Mutex<Vec<u8>>>,
    sent: usize,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn nats() -> Option<Link> {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let started = ["/usr/sbin/nats-server", "/usr/bin/nats-server"].iter().find_map(|program| {
        let mut command = Command::new(program);
        command.args(["-a", "127.0.0.1", "-js", "-p", &port.to_string(), "-sd"]).arg(folder.path());
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()
    });
    let Some(child) = started else {
        skipped("nats-server is not there: apt-get install nats-server");
        return None;
    };
    let (runtime, taken) = (runtime(), Arc::<Mutex<Vec<u8>>>::default());
    eventually("the server listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    let all = taken.clone();
    let client = runtime.block_on(async {
        let client = async_nats::connect(format!("127.0.0.1:{port}")).await.unwrap();
        let js = jetstream::new(client.clone());
        for (name, subject) in [("IN", "in.>"), ("OUT", "out.>")] {
            let made = stream::Config { name: name.into(), subjects: vec![subject.into()], ..Default::default() };
            js.create_stream(made).await.unwrap();
        }
        let mut arriving = client.subscribe("out.>").await.unwrap();
        tokio::spawn(async move {
            while let Some(message) = arriving.next().await {
                all.lock().unwrap().extend_from_slice(&message.payload);
            }
        });
        client
    });
    let servers = format!("type = \"nats\"\nservers = [\"127.0.0.1:{port}\"]\nstream");
    Some(Link {
        name: "nats",
        most: [48.0, 32.0, 0.5],
        config: format!(
            "[source.nats]\n{servers} = \"IN\"\nconsumer = \"tamis\"\n[sink.nats]\n{servers} = \"OUT\"\nsubject = \"out.all\"\n"
        ),
        peer: Box::new(Nats { runtime, client, taken, sent: 0, child, _folder: folder }),
    })
}

impl Peer for Nats {
    fn send(&mut self, _at: &str, requests: usize) {
        self.sent += requests * EVENTS;
        let lines = lines();
        self.runtime.block_on(async {
            let js = jetstream::new(self.client.clone());
            for _ in 0..requests {
                let mut answers = Vec::new();
                for event in &lines {
                    answers.push(js.publish("in.app", event.clone().into()).await.unwrap());
                }
                for answer in answers {
                    answer.await.unwrap();
                }
            }
            loop {
                let reader = js.get_consumer_from_stream::<consumer::pull::Config, _, _>("tamis", "IN").await;
                let about = reader.unwrap().cached_info().clone();
                if about.num_pending == 0 && about.num_ack_pending == 0 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        eventually("all arrive", || self.taken().0 == self.sent);
    }

    fn bytes(&self) -> usize {
        lines().iter().map(String::len).sum()
    }

    fn taken(&self) -> (usize, bool) {
        found(&self.taken.lock().unwrap())
    }
}

#[cfg(feature = "kafka")]
mod kafka {
    use super::{EVENTS, Link, Peer, eventually, found, lines};
    use crate::broker::broker;

    const TOPICS: [&str; 2] = ["counts-in", "counts-out"];

    struct Kafka {
        sent: usize,
    }

    pub(super) fn link() -> Option<Link> {
        let at = {
            let broker = broker()?;
            broker.topics(&TOPICS.map(|name| (name, 1, "")));
            broker.at()
        };
        let brokers = format!("type = \"kafka\"\nbrokers = [\"{at}\"]\n");
        let config = format!(
            "[source.kafka]\n{brokers}topics = [\"{}\"]\ngroup = \"counts\"\n[sink.kafka]\n{brokers}topic = \"{}\"\n",
            TOPICS[0], TOPICS[1]
        );
        Some(Link { name: "kafka", most: [29.0, 22.0, 0.4], config, peer: Box::new(Kafka { sent: 0 }) })
    }

    impl Peer for Kafka {
        fn send(&mut self, _at: &str, requests: usize) {
            let Some(broker) = broker() else { return };
            let lines = lines();
            let records = (0..requests).flat_map(|_| &lines).map(|event| (0, "key", Some(event.clone().into_bytes())));
            broker.write(TOPICS[0], records);
            self.sent += requests * EVENTS;
            eventually("all are read", || broker.position("counts", TOPICS[0], 1) == self.sent as i64);
        }

        fn bytes(&self) -> usize {
            lines().iter().map(String::len).sum()
        }

        fn taken(&self) -> (usize, bool) {
            let Some(broker) = broker() else { return (0, true) };
            let text: String = broker.read(TOPICS[1]).into_iter().map(|record| record.payload).collect();
            found(text.as_bytes())
        }
    }
}
