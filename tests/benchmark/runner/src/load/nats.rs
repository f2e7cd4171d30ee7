//! NATS JetStream, from one stream to another: a post is a hundred messages, and has arrived once as many as were published by then were
//! seen behind the last stream. Direct they go to a stream that Tamis does not read.

use std::io::{BufRead, BufReader, Error, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Client, POST, ROUTE, Way, posts};
use crate::place::Place;

const LONG: Duration = Duration::from_secs(60);

/// A server; killed when it goes.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Connects, and says who we are.
fn connect(at: &str) -> Result<BufReader<TcpStream>> {
    let began = Instant::now();
    let stream = loop {
        match TcpStream::connect(at) {
            Ok(stream) => break stream,
            Err(error) if began.elapsed() > Duration::from_secs(10) => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    stream.set_nodelay(true)?;
    let mut stream = BufReader::with_capacity(256 << 10, stream);
    stream.get_mut().write_all(b"CONNECT {\"verbose\":false,\"headers\":true}\r\nPING\r\n")?;
    let mut line = String::new();
    while line.trim_end() != "PONG" {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(Error::other("the server hung up"));
        }
    }
    Ok(stream)
}

/// The next message, as its payload with its headers.
fn next(stream: &mut BufReader<TcpStream>) -> Result<Vec<u8>> {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(Error::other("the server hung up"));
        }
        if line.starts_with("PING") {
            stream.get_mut().write_all(b"PONG\r\n")?;
        } else if line.starts_with("MSG ") || line.starts_with("HMSG ") {
            let length: usize = line.split_whitespace().next_back().and_then(|length| length.parse().ok()).unwrap_or(0);
            let mut message = vec![0; length + 2];
            stream.read_exact(&mut message)?;
            return Ok(message);
        }
    }
}

/// Asks the server for something.
fn ask(at: &str, subject: &str, body: &str) -> Result<String> {
    let mut stream = connect(at)?;
    let asked = format!("SUB answers 1\r\nPUB {subject} answers {}\r\n{body}\r\n", body.len());
    stream.get_mut().write_all(asked.as_bytes())?;
    Ok(String::from_utf8_lossy(&next(&mut stream)?).into_owned())
}

/// Messages that arrived under a subject.
#[derive(Default)]
struct Arrived {
    number: Mutex<u64>,
    more: Condvar,
    /// Published by all clients together.
    published: AtomicU64,
}

impl Arrived {
    /// Counts for as long as the server is there.
    fn under(at: &str, subject: &str) -> Result<Arc<Self>> {
        let (mut stream, arrived) = (connect(at)?, Arc::<Self>::default());
        stream.get_mut().write_all(format!("SUB {subject} 1\r\nPING\r\n").as_bytes())?;
        let own = arrived.clone();
        std::thread::spawn(move || {
            while next(&mut stream).is_ok() {
                *own.number.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                own.more.notify_all();
            }
        });
        Ok(arrived)
    }

    fn wait(&self, number: u64) -> Result<()> {
        let now = self.number.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.more.wait_timeout_while(now, LONG, |now| *now < number);
        match waited {
            Ok((_, waited)) if !waited.timed_out() => Ok(()),
            _ => Err(Error::other("messages do not arrive")),
        }
    }
}

struct Publisher {
    stream: BufReader<TcpStream>,
    /// What subjects begin with.
    under: &'static [u8; 2],
    arrived: Arc<Arrived>,
    _server: Arc<Server>,
}

impl Client for Publisher {
    fn post(&mut self, post: &[u8]) -> Result<()> {
        let number = self.arrived.published.fetch_add(POST as u64, Ordering::Relaxed) + POST as u64;
        let mut post = post.to_vec();
        let starts: Vec<_> = memchr::memmem::find_iter(&post, b"PUB in.").map(|at| at + 4).collect();
        starts.into_iter().for_each(|at| post[at..at + 2].copy_from_slice(self.under));
        self.stream.get_mut().write_all(&post)?;
        self.arrived.wait(number)
    }
}

/// A hundred messages on one of ten subjects.
fn messages(lines: &[String]) -> Vec<u8> {
    let subject = lines.first().map_or(0, |line| line.len() % 10);
    lines.iter().flat_map(|line| format!("PUB in.{subject} {}\r\n{line}\r\n", line.len()).into_bytes()).collect()
}

/// `None`, and says so, where the machine has no server.
pub fn way(place: &Place, lines: &[String], events: &str) -> Result<Option<Way>> {
    let Some(program) =
        ["/usr/sbin/nats-server", "/usr/bin/nats-server"].into_iter().find(|program| Path::new(program).exists())
    else {
        eprintln!("NATS is not measured: apt-get install nats-server");
        return Ok(None);
    };
    let (store, at) = (place.work.join("nats"), TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string());
    let _ = std::fs::remove_dir_all(&store);
    let port = at.rsplit(':').next().unwrap_or_default();
    let mut command = Command::new(program);
    command.args(["-a", "127.0.0.1", "-p", port, "-js", "-sd"]).arg(&store).stdout(Stdio::null()).stderr(Stdio::null());
    let server = Arc::new(Server(command.spawn()?));
    for (name, subject) in [("IN", "in.>"), ("OUT", "out.>"), ("DIRECT", "by.>")] {
        // What was read long ago is not kept.
        let stream = format!(
            r#"{{"name":"{name}","subjects":["{subject}"],"storage":"file","max_bytes":268435456,"discard":"old"}}"#
        );
        let told = ask(&at, &format!("$JS.API.STREAM.CREATE.{name}"), &stream)?;
        if told.contains("\"error\"") {
            return Err(Error::other(told));
        }
    }
    let (direct, through) = (Arrived::under(&at, "by.>")?, Arrived::under(&at, "out.>")?);
    let (own, of) = (at.clone(), server);
    Ok(Some(Way {
        name: "NATS → NATS",
        config: format!(
            "[source.in]\ntype = \"nats\"\nservers = [\"{at}\"]\nstream = \"IN\"\nconsumer = \"load\"\n[sink.out]\ntype = \"nats\"\nservers = [\"{at}\"]\nsubject = \"out.all\"\nstream = \"OUT\"\n{ROUTE}"
        ),
        posts: posts(lines, messages),
        events: events.to_owned(),
        direct: at,
        connect: Box::new(move |_, is_through| {
            let (under, arrived) = if is_through { (b"in", through.clone()) } else { (b"by", direct.clone()) };
            Ok(Box::new(Publisher { stream: connect(&own)?, under, arrived, _server: of.clone() }))
        }),
    }))
}
