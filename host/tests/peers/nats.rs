//! nats-server with JetStream (Debian: nats-server): streams are read and filled, whatever is killed between.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use async_nats::jetstream::{self, consumer, stream};
use async_nats::{ConnectOptions, HeaderMap};
use futures_util::StreamExt as _;
use tokio::runtime::Runtime;

use super::contract;
use super::process::{CANARY, LONG, Process, eventually, free_port};
use super::receiver::Receiver;
use super::rsyslog::certificate;
use super::{policies, skipped};

const PROGRAM: &str = "/usr/sbin/nats-server";

/// A server with the streams `IN` (`in.>`) and `OUT` (`out.>`).
struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
    runtime: Runtime,
    options: fn() -> ConnectOptions,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Option<&'static str> {
    [PROGRAM, "/usr/bin/nats-server"].into_iter().find(|program| Path::new(program).exists())
}

fn spawned(folder: &Path) -> Child {
    let mut command = Command::new(program().unwrap());
    command.arg("-c").arg(folder.join("nats.conf")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

impl Server {
    /// `None`, and says so, where the machine has none.
    fn start(config: &str, options: fn() -> ConnectOptions) -> Option<Self> {
        if program().is_none() {
            skipped("nats-server is not there: apt-get install nats-server");
            return None;
        }
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        Some(Self::start_in(folder, port, config, options))
    }

    fn start_in(folder: tempfile::TempDir, port: u16, config: &str, options: fn() -> ConnectOptions) -> Self {
        let here = folder.path().to_str().unwrap().to_owned();
        let config = config.replace("HERE", &here);
        let text = format!("listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: \"{here}/store\" }}\n{config}\n");
        std::fs::write(folder.path().join("nats.conf"), text).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let server = Self { child: spawned(folder.path()), port, folder, runtime, options };
        for (name, subject) in [("IN", "in.>"), ("OUT", "out.>")] {
            server.stream(stream::Config { name: name.into(), subjects: vec![subject.into()], ..Default::default() });
        }
        server
    }

    /// `kill -9`.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn restart(&mut self) {
        self.child = spawned(self.folder.path());
    }

    fn block<T>(&self, work: impl AsyncFn(jetstream::Context) -> T) -> T {
        self.runtime.block_on(async {
            let began = std::time::Instant::now();
            let client = loop {
                match (self.options)().connect(format!("localhost:{}", self.port)).await {
                    Ok(client) => break client,
                    Err(error) => assert!(began.elapsed() < LONG, "no server: {error:?}"),
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            };
            work(jetstream::new(client)).await
        })
    }

    fn stream(&self, config: stream::Config) {
        let made = self.block(async |js| {
            // It listens a moment before its streams are there.
            let began = std::time::Instant::now();
            while began.elapsed() < LONG {
                if js.get_or_create_stream(config.clone()).await.is_ok() {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            false
        });
        assert!(made);
    }

    /// Publishes events of these numbers, by ten subjects.
    fn publish(&self, numbers: std::ops::Range<u32>) {
        self.block(async |js| {
            for number in numbers.clone() {
                let mut headers = HeaderMap::new();
                headers.insert("Actor", CANARY);
                let subject = format!("in.{}", number % 10);
                let sent = js.publish_with_headers(subject, headers, event(number).into()).await.unwrap();
                sent.await.unwrap();
            }
        });
    }

    fn publish_raw(&self, payload: &[u8]) {
        self.block(async |js| js.publish("in.raw", payload.to_vec().into()).await.unwrap().await.unwrap());
    }

    /// Messages of a stream, and what stands beside their payload.
    fn taken(&self, stream: &str) -> Vec<(String, String)> {
        self.block(async |js| {
            let stream = js.get_stream(stream).await.unwrap();
            let config = consumer::pull::Config { ack_policy: consumer::AckPolicy::None, ..Default::default() };
            let reader = stream.create_consumer(config).await.unwrap();
            let mut all = Vec::new();
            let mut messages = reader.fetch().max_messages(100_000).messages().await.unwrap();
            while let Some(Ok(message)) = messages.next().await {
                let beside = format!("{} {:?}", message.subject, message.headers);
                all.push((String::from_utf8(message.payload.to_vec()).unwrap(), beside));
            }
            all
        })
    }

    fn about(&self) -> consumer::Info {
        self.block(async |js| {
            let found = js.get_consumer_from_stream::<consumer::pull::Config, _, _>("tamis", "IN").await;
            found.unwrap().get_info().await.unwrap()
        })
    }

    /// Waits until nothing of `IN` is left to be read or acknowledged.
    fn is_done(&self) {
        eventually("all is acknowledged", || {
            let about = self.about();
            about.num_pending == 0 && about.num_ack_pending == 0
        });
    }

    fn source(&self) -> String {
        let port = self.port;
        format!(
            "[source.audit]\ntype = \"nats\"\nservers = [\"localhost:{port}\"]\nstream = \"IN\"\nconsumer = \"tamis\"\nack-wait = \"4 s\"\ntimeout = \"1 s\"\n"
        )
    }

    fn sink(&self) -> String {
        let port = self.port;
        format!(
            "[sink.siem]\ntype = \"nats\"\nservers = [\"localhost:{port}\"]\nsubject = \"out.{{subject}}\"\nstream = \"OUT\"\ntimeout = \"1 s\"\nbatch = {{ events = 50, age = \"20 ms\" }}\n{RETRY}"
        )
    }

    fn config(&self) -> String {
        format!("{}{}{ROUTE}", self.source(), self.sink())
    }
}

const RETRY: &str = "retry = { first = \"20 ms\", most = \"200 ms\" }\n";
const ROUTE: &str = "[route.staff]\nfrom = \"audit\"\npolicy = \"tenants/example-de.toml\"\n[[route.staff.to]]\nsink = \"siem\"\npurpose = \"security\"\nguarantee = \"at-least-once\"\n";

fn http(url: &str) -> String {
    format!("[sink.siem]\ntype = \"http\"\nurl = \"{url}\"\nbatch = {{ events = 50, age = \"20 ms\" }}\n{RETRY}{ROUTE}")
}

fn event(number: u32) -> String {
    format!(
        r#"{{"CreationTime":"2026-11-03T06:00:00","Id":"x","Operation":"UserLoggedIn","OrganizationId":"o","RecordType":15,"ResultStatus":"Succeeded","UserKey":"k","UserType":0,"Version":{number},"Workload":"AzureActiveDirectory","UserId":"{CANARY}","ClientIP":"192.0.2.10"}}"#
    )
}

/// How often each number stands in filtered events.
fn numbers<'t>(texts: impl IntoIterator<Item = &'t str>) -> BTreeMap<u32, usize> {
    let mut found = BTreeMap::new();
    for text in texts.into_iter().flat_map(str::lines) {
        let event: serde_json::Value = serde_json::from_str(text).unwrap();
        *found.entry(event["Version"].as_u64().unwrap() as u32).or_default() += 1;
    }
    found
}

fn once(numbers: std::ops::Range<u32>) -> BTreeMap<u32, usize> {
    numbers.map(|number| (number, 1)).collect()
}

impl Server {
    fn out(&self) -> BTreeMap<u32, usize> {
        numbers(self.taken("OUT").iter().map(|(payload, _)| payload.as_str()))
    }
}

struct Row(Server);

impl contract::Peer for Row {
    fn source(&self) -> String {
        self.0.source().replace("source.audit", "source.in")
    }

    fn sink(&self) -> String {
        let sink = self.0.sink().replace("sink.siem", "sink.out");
        sink.lines().take_while(|line| !line.starts_with("batch")).map(|line| format!("{line}\n")).collect()
    }

    fn write(&self, payloads: &[String]) {
        payloads.iter().for_each(|payload| {
            self.0.publish_raw(payload.as_bytes());
        });
    }

    fn read(&self) -> Vec<String> {
        self.0.taken("OUT").into_iter().map(|(payload, _)| payload).collect()
    }

    fn acknowledged(&self) -> u64 {
        self.0.about().ack_floor.stream_sequence
    }

    fn down(&mut self) {
        self.0.kill();
    }

    fn up(&mut self) {
        self.0.restart();
    }
}

/// Its row of the contract.
pub(super) fn peer(_case: &str) -> Option<Box<dyn contract::Peer>> {
    Some(Box::new(Row(Server::start("", plain)?)))
}

/// No value of an event is below the folder.
fn nothing_raw_below(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            nothing_raw_below(&entry.path());
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned();
            assert!(!text.contains("canary.worker"), "{}", entry.path().display());
        }
    }
}

fn plain() -> ConnectOptions {
    ConnectOptions::new()
}

#[test]
fn what_is_published_is_published_filtered() {
    let Some(server) = Server::start("", plain) else { return };
    server.publish(0..200);
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &server.config(), policies());
    server.publish(200..300);
    eventually("all are there", || server.out().len() == 300);
    server.is_done();
    let (out, about) = (server.taken("OUT"), server.about());
    assert_eq!(server.out(), once(0..300));
    assert_eq!((about.num_redelivered, about.delivered.consumer_sequence), (0, 300), "each was given once");
    assert!(matches!(about.config.ack_policy, consumer::AckPolicy::Explicit));
    let mut ids = std::collections::BTreeSet::new();
    for (payload, beside) in &out {
        assert!(!payload.contains("canary.worker") && !beside.contains("canary.worker"), "{payload} {beside}");
        // Nobody classified the subject.
        assert!(beside.starts_with("out.none ") && !payload.contains("@envelope"), "{beside}");
        assert!(ids.insert(beside.clone()), "two of one id: {beside}");
    }
    assert_eq!(process.stop(), Some(0));
    nothing_raw_below(&folder.path().join("state"));
}

/// LAW: classified parts of the envelope go where they belong.
#[test]
fn what_the_tenant_classifies_of_the_envelope_survives() {
    let Some(server) = Server::start("", plain) else { return };
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("policies");
    super::process::copy(Path::new(policies()), &own);
    let tenant = own.join("tenants/example-de.toml");
    let classified = "\n[classify.m365]\nbecause = \"for this test\"\n\"@envelope.subject\" = \"event.source\"\n\"@envelope.headers.Site\" = \"event.source\"\n";
    let text = std::fs::read_to_string(&tenant).unwrap();
    std::fs::write(&tenant, text + classified).unwrap();
    let process = Process::start(folder.path(), &server.config(), own.to_str().unwrap());
    server.block(async |js| {
        let mut headers = HeaderMap::new();
        headers.insert("Site", "north");
        headers.insert("Actor", CANARY);
        js.publish_with_headers("in.north", headers, event(1).into()).await.unwrap().await.unwrap();
    });
    eventually("it is there", || server.out().len() == 1);
    let (payload, beside) = server.taken("OUT").remove(0);
    assert!(
        beside.starts_with("out.in.north ") && beside.contains("\"north\"") && !beside.contains("Actor"),
        "{beside}"
    );
    assert!(!payload.contains("@envelope"), "{payload}");
    assert_eq!(process.stop(), Some(0));
}

/// LAW (promise 7): nothing is lost by a kill of the server at any moment, and what is sent again is known by its id.
#[test]
fn a_server_that_is_killed_and_comes_back_loses_nothing() {
    let Some(mut server) = Server::start("", plain) else { return };
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &server.config(), policies());
    for round in 0..3 {
        server.publish(round * 200..round * 200 + 200);
        std::thread::sleep(Duration::from_millis(u64::from(10 + 20 * round)));
        server.kill();
        std::thread::sleep(Duration::from_millis(200));
        server.restart();
    }
    eventually("all are there", || server.out().len() == 600);
    server.is_done();
    // A server that is killed may have forgotten what it confirmed. What was sent again by us is known by its id.
    let ids: std::collections::BTreeSet<_> = server.taken("OUT").into_iter().map(|(_, beside)| beside).collect();
    let times = server.out();
    assert_eq!(ids.len(), times.values().sum::<usize>(), "two of one id");
    assert!(times.values().all(|times| *times <= 4), "at most once for each kill: {times:?}");
    assert_eq!(process.stop(), Some(0));
    nothing_raw_below(&folder.path().join("state"));
}

/// LAW: a server that is silent for a while loses nothing, and has nothing given twice that was held.
#[test]
fn a_server_that_is_silent_for_a_while_loses_nothing() {
    let Some(server) = Server::start("", plain) else { return };
    let folder = tempfile::tempdir().unwrap();
    server.publish(0..300);
    let process = Process::start(folder.path(), &server.config(), policies());
    let signal = |name: &str| {
        assert!(Command::new("kill").args([name, &server.child.id().to_string()]).status().unwrap().success());
    };
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(15));
        signal("-STOP");
        std::thread::sleep(Duration::from_millis(1500));
        signal("-CONT");
    }
    eventually("all are there", || server.out().len() == 300);
    server.is_done();
    assert_eq!(server.out(), once(0..300));
    assert_eq!(process.stop(), Some(0));
}

/// LAW (promise 7): nothing is lost by a kill at any moment; what comes twice was in flight.
#[test]
fn a_kill_in_flight_loses_nothing() {
    let Some(server) = Server::start("", plain) else { return };
    let folder = tempfile::tempdir().unwrap();
    for round in 0..5 {
        server.publish(round * 200..round * 200 + 200);
        let process = Process::start(folder.path(), &server.config(), policies());
        std::thread::sleep(Duration::from_millis(u64::from(25 * round)));
        process.kill();
    }
    let process = Process::start(folder.path(), &server.config(), policies());
    eventually("all are there", || server.out().len() == 1000);
    server.is_done();
    let twice: usize = server.out().values().map(|times| times - 1).sum();
    assert!(twice <= 5 * 1024, "at most what was in flight: {twice}");
    assert_eq!(process.stop(), Some(0));
    nothing_raw_below(&folder.path().join("state"));
}

/// LAW: while a sink fails nothing is acknowledged, nothing is given again, and not much is taken.
#[test]
fn a_sink_that_fails_for_long_has_nothing_given_again() {
    let Some(server) = Server::start("", plain) else { return };
    let receiver = Receiver::start(vec![503; 100_000]);
    let folder = tempfile::tempdir().unwrap();
    server.publish(0..50);
    let source = server.source().replace("\"4 s\"\ntimeout", "\"8 s\"\ntimeout");
    let process = Process::start(folder.path(), &(source + &http(&receiver.url())), policies());
    eventually("they are taken", || server.about().num_ack_pending == 50);
    // Longer than the server waits for a word.
    std::thread::sleep(Duration::from_secs(10));
    let about = server.about();
    assert_eq!((about.num_redelivered, about.num_ack_pending), (0, 50));
    receiver.heal();
    eventually("all are there", || numbers([receiver.text().as_str()]).len() == 50);
    server.is_done();
    assert_eq!(numbers([receiver.text().as_str()]), once(0..50));
    assert_eq!(server.about().delivered.consumer_sequence, 50);
    assert_eq!(process.stop(), Some(0));
}

/// LAW: poison goes to quarantine and is answered then, once; its neighbours flow.
#[test]
fn poison_holds_nobody_back() {
    let Some(server) = Server::start("", plain) else { return };
    let folder = tempfile::tempdir().unwrap();
    server.publish(0..3);
    for poison in ["", "canary.worker@example.de", "[1,2]", "{\"who\":\"canary.worker@example.de\"}", "\u{0}{"] {
        server.publish_raw(poison.as_bytes());
    }
    // Larger than what is asked for at a time, and than an event may be.
    let large = event(7).replace("\"Id\":\"x\"", &format!("\"Id\":\"{}\"", "x".repeat(700_000)));
    server.publish_raw(large.as_bytes());
    server.publish(3..6);
    let config = format!("[limits]\nevent = \"64 KiB\"\n{}", server.config());
    let process = Process::start(folder.path(), &config, policies());
    eventually("the neighbours are there", || server.out().len() == 6);
    server.is_done();
    assert_eq!(server.out(), once(0..6));
    let about = server.about();
    assert_eq!((about.num_redelivered, about.delivered.consumer_sequence), (0, 12));
    let kept = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap();
    assert_eq!(kept.lines().skip(1).count(), 7, "an array of two is two: {kept}");
    assert!(kept.contains("too-long"), "{kept}");
    assert_eq!(process.stop(), Some(0));
    nothing_raw_below(&folder.path().join("state"));
}

/// LAW: a large event flows as others do.
#[test]
fn what_is_larger_than_a_question_is_read() {
    let Some(server) = Server::start("", plain) else { return };
    let folder = tempfile::tempdir().unwrap();
    let large = event(1).replace("\"Id\":\"x\"", &format!("\"Id\":\"{}\"", "x".repeat(600_000)));
    server.publish_raw(event(0).as_bytes());
    (0..3).for_each(|_| server.publish_raw(large.as_bytes()));
    server.publish_raw(event(2).as_bytes());
    let process = Process::start(folder.path(), &server.config(), policies());
    eventually("all are there", || server.out() == BTreeMap::from([(0, 1), (1, 3), (2, 1)]));
    server.is_done();
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn two_sidecars_share_a_consumer() {
    let Some(server) = Server::start("", plain) else { return };
    let (receivers, folders) =
        ([(); 2].map(|()| Receiver::start(Vec::new())), [(); 2].map(|()| tempfile::tempdir().unwrap()));
    let start =
        |n: usize| Process::start(folders[n].path(), &(server.source() + &http(&receivers[n].url())), policies());
    let processes = [0, 1].map(start);
    (0..10).for_each(|round| server.publish(round * 50..round * 50 + 50));
    let text = || receivers.each_ref().map(Receiver::text);
    eventually("all are there", || numbers(text().iter().map(String::as_str)).len() == 500);
    server.is_done();
    assert_eq!(numbers(text().iter().map(String::as_str)), once(0..500));
    assert!(text().iter().all(|text| !text.is_empty()), "both took some");
    processes.into_iter().for_each(|process| assert_eq!(process.stop(), Some(0)));
}

/// LAW (drain): what could not be delivered by the deadline is given back at once, and another takes it.
#[test]
fn a_stop_gives_back_what_it_could_not_deliver() {
    let Some(server) = Server::start("", plain) else { return };
    let dead = Receiver::start(vec![503; 100_000]);
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    // The server would wait for minutes.
    let source = server.source().replace("\"4 s\"\ntimeout", "\"280 s\"\ntimeout");
    server.publish(0..40);
    let process = Process::start(folders[0].path(), &(source.clone() + &http(&dead.url())), policies());
    eventually("they are taken", || server.about().num_ack_pending == 40);
    assert_eq!(process.stop(), Some(1), "something was given back");
    let receiver = Receiver::start(Vec::new());
    let began = std::time::Instant::now();
    let process = Process::start(folders[1].path(), &(source + &http(&receiver.url())), policies());
    eventually("all are there", || numbers([receiver.text().as_str()]).len() == 40);
    server.is_done();
    assert!(began.elapsed() < Duration::from_secs(200), "{:?}", began.elapsed());
    assert_eq!(numbers([receiver.text().as_str()]), once(0..40));
    assert_eq!(process.stop(), Some(0));
}

/// LAW: what a stream never takes is kept in quarantine, and what it does not take now is sent again.
#[test]
fn what_a_stream_refuses_for_good_goes_to_quarantine() {
    let Some(server) = Server::start("", plain) else { return };
    let folder = tempfile::tempdir().unwrap();
    server.publish(0..2);
    server.publish_raw(
        event(7)
            .replace("\"Operation\":\"UserLoggedIn\"", &format!("\"Operation\":\"{}\"", "x".repeat(3000)))
            .as_bytes(),
    );
    let config = server.config().replace("out.{subject}", "small").replace("\"OUT\"", "\"SMALL\"");
    let process = Process::start(folder.path(), &config, policies());
    eventually("all are taken, and there is no stream yet", || server.about().num_ack_pending == 3);
    let small = stream::Config {
        name: "SMALL".into(),
        subjects: vec!["small".into()],
        max_message_size: 2000,
        ..Default::default()
    };
    server.stream(small);
    server.is_done();
    let taken = server.taken("SMALL");
    assert_eq!(numbers(taken.iter().map(|(payload, _)| payload.as_str())), once(0..2));
    let kept = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap();
    assert!(kept.contains("sink-refused"), "{kept}");
    assert_eq!(process.stop(), Some(0));
}

/// Runs until it ends by itself, and gives what it says.
fn refused(server: &Server, config: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let here = config.replace("HERE", server.folder.path().to_str().unwrap());
    let file = crate::process::configured(folder.path(), &here, policies());
    let ran = Command::new(env!("CARGO_BIN_EXE_tamis")).args(["run", "-c"]).arg(&file).output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    String::from_utf8(ran.stderr).unwrap()
}

#[test]
fn a_consumer_that_would_lose_messages_is_refused() {
    let Some(server) = Server::start("", plain) else { return };
    for (name, config) in [
        ("max deliver", consumer::pull::Config { max_deliver: 3, ..Default::default() }),
        ("ack policy", consumer::pull::Config { ack_policy: consumer::AckPolicy::None, ..Default::default() }),
        ("headers only", consumer::pull::Config { headers_only: true, ..Default::default() }),
    ] {
        server.block(async |js| {
            let stream = js.get_stream("IN").await.unwrap();
            let _ = stream.delete_consumer("tamis").await;
            let config = consumer::pull::Config { durable_name: Some("tamis".into()), ..config.clone() };
            stream.create_consumer(config).await.unwrap();
        });
        let said = refused(&server, &server.config());
        assert!(said.contains("[source.audit]") && said.contains(name), "{said}");
    }
    let said = refused(&server, &server.config().replace("\"IN\"", "\"NONE\""));
    assert!(said.contains("there is no stream NONE"), "{said}");
}

#[test]
fn a_server_that_is_not_there_yet_is_waited_for() {
    let Some(mut server) = Server::start("", plain) else { return };
    server.publish(0..5);
    server.kill();
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &server.config(), policies());
    std::thread::sleep(Duration::from_millis(500));
    server.restart();
    eventually("all are there", || server.out().len() == 5);
    server.is_done();
    assert_eq!(process.stop(), Some(0));
}

/// Seed and public key of a user, JWTs of its operator, account and system account, and its own.
fn operator() -> Vec<&'static str> {
    include_str!("nats-operator.txt").lines().skip(1).collect()
}

fn credentials() -> String {
    let of = operator();
    format!(
        "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
        of[7], of[0]
    )
}

/// Runs one, and then with another secret.
fn asked(config: &str, options: fn() -> ConnectOptions, auth: &str, secret: &str) {
    let Some(server) = Server::start(config, options) else { return };
    let says = server.config().replace("timeout =", &format!("auth = {auth}\ntls = false\ntimeout ="));
    let file = server.folder.path().join("secret");
    std::fs::write(&file, secret).unwrap();
    server.publish(0..5);
    let folder = tempfile::tempdir().unwrap();
    let here = says.replace("HERE", server.folder.path().to_str().unwrap());
    let process = Process::start(folder.path(), &here, policies());
    eventually("all are there", || server.out().len() == 5);
    assert_eq!(process.stop(), Some(0));
    std::fs::write(&file, secret.replace(['2', 'Q'], "3")).unwrap();
    let said = refused(&server, &says);
    assert!(said.contains("refuses who we are") || said.contains("is no credentials file"), "{said}");
    assert!(!said.contains("hunter") && !said.contains("eyJ"), "{said}");
}

/// LAW: every way to say who we are is one that a server takes; secrets are named, and another is refused.
#[test]
fn who_we_are_is_asked_for() {
    let password = "authorization { user: tamis, password: hunter2 }";
    let options: fn() -> ConnectOptions = || ConnectOptions::with_user_and_password("tamis".into(), "hunter2".into());
    asked(password, options, "{ user = \"tamis\", password = \"file:HERE/secret\" }", "hunter2\n");
    let options: fn() -> ConnectOptions = || ConnectOptions::with_token("hunter2".into());
    asked("authorization { token: hunter2 }", options, "{ token = \"file:HERE/secret\" }", "hunter2\n");
}

#[test]
fn keys_and_credentials_say_who_we_are() {
    let of = operator();
    let nkey = format!("authorization {{ users: [ {{ nkey: {} }} ] }}", of[1]);
    asked(&nkey, || ConnectOptions::with_nkey(operator()[0].into()), "{ nkey = \"file:HERE/secret\" }", of[0]);
    let trusted = format!(
        "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{ {}: {}, {}: {} }}",
        of[2], of[5], of[3], of[4], of[5], of[6]
    );
    let options: fn() -> ConnectOptions = || ConnectOptions::with_credentials(&credentials()).unwrap();
    asked(&trusted, options, "{ creds = \"file:HERE/secret\" }", &credentials());
}

#[test]
fn tls_with_a_certificate_of_ours() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    if program().is_none() || !Path::new("/usr/bin/openssl").exists() {
        return skipped("nats-server or openssl is not there: apt-get install nats-server openssl");
    }
    certificate(folder.path());
    let tls =
        "tls { cert_file: \"HERE/tls.crt\", key_file: \"HERE/tls.key\", ca_file: \"HERE/tls.crt\", verify: true }";
    // The client of the test finds its certificates where the server does.
    let path = folder.path().to_owned();
    FOLDER.set(path.clone()).unwrap();
    let server = Server::start_in(folder, port, tls, || {
        let at = |name: &str| FOLDER.get().unwrap().join(name);
        ConnectOptions::new()
            .require_tls(true)
            .add_root_certificates(at("tls.crt"))
            .add_client_certificate(at("tls.crt"), at("tls.key"))
    });
    server.publish(0..5);
    let ours =
        "tls = true\nca = \"file:HERE/tls.crt\"\ncert = \"file:HERE/tls.crt\"\nkey = \"file:HERE/tls.key\"\ntimeout =";
    let config = server.config().replace("timeout =", ours).replace("HERE", path.to_str().unwrap());
    let own = tempfile::tempdir().unwrap();
    let process = Process::start(own.path(), &config, policies());
    eventually("all are there", || server.out().len() == 5);
    assert_eq!(process.stop(), Some(0));
}

static FOLDER: std::sync::OnceLock<std::path::PathBuf> = std::sync::OnceLock::new();
