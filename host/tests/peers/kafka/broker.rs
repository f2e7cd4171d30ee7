//! A broker of Apache Kafka, in KRaft mode, one for all tests; and a client that writes to it and reads from it.

use std::io::Read as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Headers as _, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::process::{eventually, free_port};
use crate::skipped;

pub(super) const USER: &str = "tamis-of-tests";
pub(super) const PASSWORD: &str = "secret-of-tests";
const JAVA: [&str; 4] = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

pub(super) struct Broker {
    child: Option<Child>,
    folder: PathBuf,
    ports: [u16; 3],
}

/// A record that was read.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) key: Option<String>,
    pub(super) payload: String,
    pub(super) headers: Vec<(String, String)>,
}

/// The broker, for this test alone. `None`: the machine has none, and that was said.
pub(super) fn broker() -> Option<MutexGuard<'static, Broker>> {
    static BROKER: OnceLock<Option<Mutex<Broker>>> = OnceLock::new();
    let broker = BROKER.get_or_init(|| Broker::made().map(Mutex::new)).as_ref();
    let mut broker = broker.map(|broker| broker.lock().unwrap_or_else(PoisonError::into_inner))?;
    // A test that failed may have left it down.
    broker.up();
    Some(broker)
}

fn jars() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/kafka")
}

fn run(program: &str, arguments: &[&str]) {
    let ran = Command::new(program).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

impl Broker {
    fn made() -> Option<Self> {
        if Command::new("java").arg("-version").output().is_err() || std::fs::read_dir(jars()).is_err() {
            skipped("there is no broker of Kafka: host/tests/peers/install wants java and mvn");
            return None;
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kafka");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let broker = Self { child: None, folder, ports: [free_port(), free_port(), free_port()] };
        broker.certificate();
        broker.settings();
        let class_path = jars().join("*").to_str().unwrap().to_owned();
        let scram = |mechanism| format!("{mechanism}=[name={USER},password={PASSWORD}]");
        let (short, long) = (scram("SCRAM-SHA-256"), scram("SCRAM-SHA-512"));
        let settings = broker.path("server.properties");
        let format =
            ["-cp", &class_path, "kafka.tools.StorageTool", "format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", &settings];
        let users = ["--standalone", "--add-scram", &short, "--add-scram", &long];
        run(JAVA[0], &[&JAVA[1..], &format, &users].concat());
        Some(broker)
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    /// A certificate for both sides, and the broker's store of it.
    fn certificate(&self) {
        let (cert, key) = (self.path("tls.crt"), self.path("tls.key"));
        let make =
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
        let name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
        run("openssl", &[&make[..], &name, &["-keyout", &key, "-out", &cert]].concat());
        let store = std::fs::read_to_string(&key).unwrap() + &std::fs::read_to_string(&cert).unwrap();
        std::fs::write(self.path("store.pem"), store).unwrap();
    }

    fn settings(&self) {
        let [plain, controller, safe] = self.ports;
        let here = self.folder.to_str().unwrap();
        let modules = "org.apache.kafka.common.security";
        let text = format!(
            "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.bootstrap.servers=127.0.0.1:{controller}\n\
             listeners=PLAIN://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},SAFE://127.0.0.1:{safe}\n\
             advertised.listeners=PLAIN://127.0.0.1:{plain},SAFE://127.0.0.1:{safe}\n\
             listener.security.protocol.map=PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT,SAFE:SASL_SSL\n\
             inter.broker.listener.name=PLAIN\ncontroller.listener.names=CONTROLLER\nlog.dirs={here}/logs\n\
             offsets.topic.replication.factor=1\noffsets.topic.num.partitions=1\ngroup.initial.rebalance.delay.ms=0\n\
             auto.create.topics.enable=false\n\
             ssl.keystore.type=PEM\nssl.keystore.location={here}/store.pem\nssl.truststore.type=PEM\nssl.truststore.location={here}/tls.crt\n\
             ssl.client.auth=required\nsasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512\n\
             listener.name.safe.plain.sasl.jaas.config={modules}.plain.PlainLoginModule required user_{USER}=\"{PASSWORD}\";\n\
             listener.name.safe.scram-sha-256.sasl.jaas.config={modules}.scram.ScramLoginModule required;\n\
             listener.name.safe.scram-sha-512.sasl.jaas.config={modules}.scram.ScramLoginModule required;\n"
        );
        std::fs::write(self.path("server.properties"), text).unwrap();
    }

    /// Starts it, and waits until it answers.
    pub(super) fn up(&mut self) {
        if self.child.is_some() {
            return;
        }
        let (tell, told) = std::sync::mpsc::channel();
        let (class_path, settings) = (jars().join("*"), self.path("server.properties"));
        // It dies with the thread that started it, which ends with the tests.
        std::thread::spawn(move || {
            let mut command = Command::new("setpriv");
            command
                .args(["--pdeathsig", "KILL"])
                .args(JAVA)
                .arg("-cp")
                .arg(class_path)
                .args(["kafka.Kafka", &settings]);
            tell.send(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()).unwrap();
            loop {
                std::thread::park();
            }
        });
        self.child = Some(told.recv().unwrap());
        eventually("the broker answers", || {
            TcpStream::connect(("127.0.0.1", self.ports[0])).is_ok()
                && self
                    .admin()
                    .inner()
                    .fetch_metadata(None, Duration::from_secs(1))
                    .is_ok_and(|m| !m.brokers().is_empty())
        });
    }

    /// `kill -9`.
    pub(super) fn down(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Where it listens in clear.
    pub(super) fn at(&self) -> String {
        format!("127.0.0.1:{}", self.ports[0])
    }

    /// Where it asks for a certificate and a password, and settings of TLS for there.
    pub(super) fn safe(&self) -> (String, String) {
        let tls = ["ca", "cert", "key"].map(|what| {
            let file = if what == "key" { "tls.key" } else { "tls.crt" };
            format!("{what} = \"file:{}\"\n", self.path(file))
        });
        (format!("127.0.0.1:{}", self.ports[2]), tls.concat())
    }

    fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", self.at());
        client
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().unwrap()
    }

    /// Makes topics: name, partitions, a setting.
    pub(super) fn topics(&self, topics: &[(&str, i32, &str)]) {
        let new = topics.iter().map(|(name, partitions, setting)| {
            let new = NewTopic::new(name, *partitions, TopicReplication::Fixed(1));
            setting.split_once('=').map_or(new, |(key, value)| {
                NewTopic::new(name, *partitions, TopicReplication::Fixed(1)).set(key, value)
            })
        });
        let (new, admin): (Vec<_>, _) = (new.collect(), self.admin());
        let making = admin.create_topics(&new, &AdminOptions::new());
        let made = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(making).unwrap();
        made.into_iter().for_each(|made| drop(made.unwrap()));
    }

    /// Writes records: partition, key, payload.
    pub(super) fn write<'r>(&self, topic: &str, records: impl IntoIterator<Item = (i32, &'r str, Option<Vec<u8>>)>) {
        let producer: BaseProducer = self.client().create().unwrap();
        for (partition, key, payload) in records {
            let headers = OwnedHeaders::new().insert(Header { key: "origin", value: Some("gateway") });
            let headers = headers.insert(Header { key: "sender", value: Some(crate::process::CANARY) });
            let mut record = BaseRecord::to(topic).partition(partition).key(key).headers(headers);
            record.payload = payload.as_deref();
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(Duration::from_secs(30)).unwrap();
    }

    /// All that is in a topic, partition by partition.
    pub(super) fn read(&self, topic: &str) -> Vec<Record> {
        let mut client = self.client();
        client
            .set("group.id", "reader-of-tests")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true");
        let consumer: BaseConsumer = client.create().unwrap();
        let about = consumer.fetch_metadata(Some(topic), Duration::from_secs(10)).unwrap();
        let partitions = about.topics()[0].partitions().len();
        let mut list = TopicPartitionList::new();
        for partition in 0..partitions {
            list.add_partition_offset(topic, partition as i32, Offset::Beginning).unwrap();
        }
        consumer.assign(&list).unwrap();
        let (mut records, mut ended) = (Vec::new(), 0);
        while ended < partitions {
            match consumer.poll(Duration::from_secs(10)) {
                Some(Ok(message)) => {
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    let headers = message.headers().map_or_else(Vec::new, |headers| {
                        headers.iter().map(|one| (one.key.to_owned(), text(one.value.unwrap_or_default()))).collect()
                    });
                    let (key, payload) = (message.key().map(text), text(message.payload().unwrap_or_default()));
                    records.push((message.partition(), Record { key, payload, headers }));
                }
                Some(Err(KafkaError::PartitionEOF(_))) => ended += 1,
                Some(Err(_)) => {}
                None => panic!("{topic} cannot be read"),
            }
        }
        records.sort_by_key(|(partition, _)| *partition);
        records.into_iter().map(|(_, record)| record).collect()
    }

    /// How many records were written to the first partition of a topic.
    pub(super) fn written(&self, topic: &str) -> i64 {
        self.admin().inner().fetch_watermarks(topic, 0, Duration::from_secs(10)).map_or(0, |(_, end)| end)
    }

    /// Whether a group has so many members, and all know their partitions.
    pub(super) fn is_shared_by(&self, group: &str, members: usize) -> bool {
        let known = self.admin().inner().fetch_group_list(Some(group), Duration::from_secs(10)).unwrap();
        known.groups().iter().any(|known| known.state() == "Stable" && known.members().len() == members)
    }

    /// How far a group is in a topic, summed up over its partitions.
    pub(super) fn position(&self, group: &str, topic: &str, partitions: i32) -> i64 {
        let consumer: BaseConsumer = self.client().set("group.id", group).create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition_range(topic, 0, partitions - 1);
        let known = consumer.committed_offsets(list, Duration::from_secs(10)).unwrap();
        known.elements().iter().filter_map(|one| one.offset().to_raw().filter(|at| *at > 0)).sum()
    }

    /// Whether a value is in a file of the broker: what `tamis` wrote there.
    pub(super) fn holds(&self, topic: &str, value: &str) -> bool {
        let folders = std::fs::read_dir(self.folder.join("logs")).unwrap().flatten();
        folders.filter(|folder| folder.file_name().to_string_lossy().starts_with(topic)).any(|folder| {
            std::fs::read_dir(folder.path()).unwrap().flatten().any(|file| {
                let mut bytes = Vec::new();
                let read = std::fs::File::open(file.path()).and_then(|mut file| file.read_to_end(&mut bytes));
                read.is_ok() && String::from_utf8_lossy(&bytes).contains(value)
            })
        })
    }
}
