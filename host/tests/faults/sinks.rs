//! Faults of sinks: away and back, slow, silent, with a certificate that has ended.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::canary;
use crate::clock::{Clock, DAY};
use crate::flow::counted;
use crate::others::{BUFFERED, config, metric, policies, post};
use crate::process::{Process, eventually, free_port};
use crate::receiver::Receiver;

/// How a server behaves.
#[derive(Clone, Copy, Default)]
struct Manner {
    /// Connections, the first ones, on which it reads and says nothing.
    silent: u32,
    /// How long it takes for an answer.
    pause: Duration,
}

/// A server that goes away with its connections when it is dropped.
struct Server {
    at: SocketAddr,
    taken: Arc<Mutex<String>>,
    stops: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    listens: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    /// Listens there.
    fn start(port: u16, manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let mut server = Self {
            listens: None,
            at: listener.local_addr().unwrap(),
            taken: Arc::default(),
            stops: Arc::default(),
            open: Arc::default(),
        };
        let (all, stops, open) = (server.taken.clone(), server.stops.clone(), server.open.clone());
        server.listens = Some(std::thread::spawn(move || {
            let left = Arc::new(AtomicU32::new(manner.silent));
            for stream in listener.incoming().flatten() {
                if stops.load(Ordering::Relaxed) {
                    return;
                }
                open.lock().unwrap().push(stream.try_clone().unwrap());
                let (all, left) = (all.clone(), left.clone());
                std::thread::spawn(move || {
                    let is_silent = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
                    drop(if is_silent.is_ok() { swallow(&stream) } else { serve(&stream, &all, manner.pause) });
                });
            }
        }));
        server
    }

    fn url(&self) -> String {
        format!("http://{}/", self.at)
    }

    fn counted(&self) -> BTreeMap<u32, usize> {
        counted(&self.taken.lock().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stops.store(true, Ordering::Relaxed);
        // Wakes the listener, which is closed then.
        drop(TcpStream::connect(self.at));
        let _ = self.listens.take().map(std::thread::JoinHandle::join);
        self.open.lock().unwrap().iter().for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
    }
}

/// As where the other machine is gone: nothing comes, nothing is closed.
fn swallow(stream: &TcpStream) -> std::io::Result<()> {
    std::io::copy(&mut BufReader::new(stream), &mut std::io::sink()).map(|_| ())
}

fn serve(mut stream: &TcpStream, taken: &Mutex<String>, pause: Duration) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut length, mut line) = (0, String::new());
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().map_err(std::io::Error::other)?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        std::thread::sleep(pause);
        // Taken is what it says that it took.
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
        taken.lock().unwrap().push_str(&String::from_utf8(body).unwrap());
    }
}

fn once(numbers: std::ops::Range<u32>) -> BTreeMap<u32, usize> {
    numbers.map(|number| (number, 1)).collect()
}

/// LAW: a sink that is there and says nothing is given up after its time, and asked again on another connection.
#[test]
fn a_half_open_sink_holds_nothing_for_ever() {
    let (server, folder) =
        (Server::start(free_port(), Manner { silent: 3, ..Manner::default() }), tempfile::tempdir().unwrap());
    let process = Process::start(folder.path(), &config(&server.url(), "timeout = \"3 s\""), policies());
    for part in 0..10 {
        assert_eq!(post(&process, part * 20..part * 20 + 20), 200);
    }
    eventually("all are there", || server.counted().len() == 200);
    assert_eq!(server.counted(), once(0..200), "what nobody answered was never taken");
    assert_eq!(process.stop(), Some(0));
}

/// LAW: a sink that goes away and comes back, again and again, has everything in the end: what its buffer took while it was away, too.
#[test]
fn a_sink_that_is_down_and_back_has_everything() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut server = Server::start(port, Manner::default());
    let (mut taken, mut sent) = (vec![server.taken.clone()], 0);
    let process = Process::start(folder.path(), &config(&server.url(), BUFFERED), policies());
    for _ in 0..5 {
        assert_eq!(post(&process, sent..sent + 40), 200, "it is there");
        drop(server);
        assert_eq!(post(&process, sent + 40..sent + 80), 200, "it is away");
        sent += 80;
        server = Server::start(port, Manner::default());
        taken.push(server.taken.clone());
    }
    // One that went may still be noting what it answered.
    let all = || counted(&taken.iter().map(|taken| taken.lock().unwrap().clone()).collect::<String>());
    let is_there = || {
        let all = all();
        (0..sent).all(|number| all.contains_key(&number))
    };
    eventually("all are there", is_there);
    println!("{} of {sent} events twice", all().values().filter(|times| **times > 1).count());
    assert_eq!(process.stop(), Some(0));
    assert_eq!(canary::below(&folder.path().join("state")), Vec::<String>::new());
}

/// LAW: a slow sink makes its source as slow, and nothing else: each event arrives, once, and none waits in memory beside the budget.
#[test]
fn a_slow_sink_slows_its_source() {
    const PAUSE: Duration = Duration::from_millis(150);
    let (server, folder) =
        (Server::start(free_port(), Manner { pause: PAUSE, ..Manner::default() }), tempfile::tempdir().unwrap());
    let process = Process::start(folder.path(), &config(&server.url(), ""), policies());
    let (next, began) = (AtomicU32::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let part = next.fetch_add(1, Ordering::Relaxed);
                    if part >= 24 {
                        return;
                    }
                    while post(&process, part * 50..part * 50 + 50) != 200 {
                        std::thread::sleep(Duration::from_millis(10));
                    }
                }
            });
        }
    });
    // Requests go side by side, four at a time at most, since four are waited for.
    assert!(began.elapsed() >= PAUSE * 24 / 4, "{:?}", began.elapsed());
    eventually("all are there", || server.counted().len() == 1200);
    assert_eq!(server.counted(), once(0..1200));
    assert_eq!(metric(&process, "tamis_panics_total"), 0);
    assert_eq!(process.stop(), Some(0));
}

/// Makes a certificate for this machine that ends after so many days, with the key that is there. False: nothing here makes one.
fn certificate(folder: &Path, days: &str) -> bool {
    if !folder.join("tls.key").exists() {
        let key = ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "tls.key"];
        if !Command::new("openssl").args(key).current_dir(folder).status().is_ok_and(|ended| ended.success()) {
            return false;
        }
    }
    let made = Command::new("openssl")
        .args(["req", "-x509", "-key", "tls.key", "-days", days, "-subj", "/CN=127.0.0.1", "-out", "next.crt"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"])
        .current_dir(folder)
        .output();
    assert!(made.unwrap().status.success());
    std::fs::rename(folder.join("next.crt"), folder.join("tls.crt")).unwrap();
    true
}

/// LAW: a sink whose certificate has ended gets nothing, and loses nothing: once it has another, which it finds by itself, everything arrives.
#[test]
fn an_expired_certificate_gets_nothing_and_a_new_one_everything() {
    let (server, folder, clocks) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    if !certificate(server.path(), "2") {
        println!("skipped: openssl makes no certificate");
        return;
    }
    let receiver = Receiver::start(Vec::new());
    let tls = "watch = \"100 ms\"\n[tls.edge]\ncert = \"file:HERE/tls.crt\"\nkey = \"file:HERE/tls.key\"\n";
    let behind = config(&receiver.url(), "").replace("answer = \"20 s\"", "answer = \"20 s\"\ntls = \"edge\"");
    let behind = Process::start(server.path(), &format!("{tls}{behind}"), policies());
    let at = behind.listening("apps").replace("http://", "https://");
    let (ca, clock) = (server.path().join("tls.crt"), Clock::new(clocks.path()));
    clock.set(3 * DAY);
    let config = config(&at, &format!("{BUFFERED}\nca = \"file:{}\"", ca.display()));
    let process = clock.start(folder.path(), &config, policies());
    assert_eq!(post(&process, 0..40), 200, "it is in the buffer");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(receiver.text(), "");
    assert!(certificate(server.path(), "30"));
    eventually("all are there", || counted(&receiver.text()).len() == 40);
    assert_eq!(counted(&receiver.text()), once(0..40));
    assert_eq!((process.stop(), behind.stop()), (Some(0), Some(0)));
}
