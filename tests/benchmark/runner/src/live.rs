//! `tamis run` between a client and a server of ours.

use std::fs;
use std::io::{BufRead, BufReader, Error, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::place::Place;

const LONG: Duration = Duration::from_secs(600);

/// A process that runs; killed when it goes.
pub struct Live {
    child: Child,
    /// From its start until it said that it runs.
    pub started: Duration,
    log: std::path::PathBuf,
}

impl Live {
    /// Starts it with what every configuration needs before `config`, and waits until it runs.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub fn start(place: &Place, name: &str, policies: &Path, config: &str) -> Result<Self> {
        let folder = place.work.join(format!("live-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let head = format!(
            "version = 1\nstate = \"{}\"\nmemory = \"512 MiB\"\nworkers = 2\ndrain = \"2 s\"\n[policy]\npath = \"{}\"\n",
            folder.join("state").display(),
            policies.display()
        );
        let (file, log) = (folder.join("tamis.toml"), folder.join("log"));
        fs::write(&file, head + config)?;
        let began = Instant::now();
        let mut command = Command::new(&place.tamis);
        command.args(["run", "-c"]).arg(&file).env("TAMIS_OPERATOR", "operator").stdin(Stdio::null());
        let child = command.stdout(Stdio::null()).stderr(fs::File::create(&log)?).spawn()?;
        let mut live = Self { child, started: Duration::ZERO, log };
        while !live.said().contains("\"started\"") {
            if live.child.try_wait()?.is_some() || began.elapsed() > LONG {
                return Err(Error::other(format!("it does not start: {}", live.said())));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        live.started = began.elapsed();
        Ok(live)
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Where a source listens.
    pub fn at(&self, source: &str) -> String {
        let said = self.said();
        let lines = said.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let mut lines = lines.filter(|line| line["event"] == "listening" && line["source"] == source);
        lines.next().and_then(|line| Some(line["at"].as_str()?.to_owned())).unwrap_or_default()
    }

    /// A line of `/proc/PID/status` in MiB: `VmRSS`, `VmHWM`.
    pub fn memory(&self, line: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let found = status.lines().find_map(|text| text.strip_prefix(line)?.split_whitespace().next()?.parse().ok());
        found.unwrap_or(0.0) / 1024.0
    }

    /// Processor time so far, in seconds.
    pub fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<f64> =
            stat.rsplit(") ").next().unwrap_or("").split(' ').map(|f| f.parse().unwrap_or(0.0)).collect();
        fields.get(11..13).map_or(0.0, |both| both.iter().sum::<f64>() / 100.0)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection that stays.
pub struct Client {
    stream: BufReader<TcpStream>,
    head: String,
}

impl Client {
    /// Connects. `headers`: whole lines.
    ///
    /// # Errors
    ///
    /// Nobody listens.
    pub fn connect(at: &str, path: &str, headers: &str) -> Result<Self> {
        let stream = TcpStream::connect(at)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LONG))?;
        Ok(Self { stream: BufReader::new(stream), head: format!("POST {path} HTTP/1.1\r\nHost: {at}\r\n{headers}") })
    }

    /// Posts, and gives the status of the answer.
    ///
    /// # Errors
    ///
    /// The connection is cut.
    pub fn post(&mut self, body: &[u8]) -> Result<u16> {
        let mut request = format!("{}Content-Length: {}\r\n\r\n", self.head, body.len()).into_bytes();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request)?;
        let (head, length) = head(&mut self.stream)?.ok_or_else(|| Error::other("no answer"))?;
        std::io::copy(&mut (&mut self.stream).take(length), &mut std::io::sink())?;
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| Error::other("no status"))
    }
}

/// The first line of a message and the length of its body.
fn head(stream: &mut impl BufRead) -> Result<Option<(String, u64)>> {
    let (mut first, mut length, mut line) = (String::new(), 0, String::new());
    if stream.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            return Ok(Some((first, length)));
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(Error::other)?;
        }
    }
}

/// A server that takes everything.
pub struct Backend {
    /// Its address.
    pub url: String,
    /// The last body in which the mark stood.
    pub marked: Arc<Mutex<Vec<u8>>>,
}

impl Backend {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// It cannot listen.
    pub fn start(mark: &'static str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/in", listener.local_addr()?);
        let marked = Arc::<Mutex<Vec<u8>>>::default();
        let all = marked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = all.clone();
                std::thread::spawn(move || drop(serve(stream, mark, &kept)));
            }
        });
        Ok(Self { url, marked })
    }

    /// Where it listens.
    pub fn at(&self) -> String {
        self.url.trim_start_matches("http://").trim_end_matches("/in").to_owned()
    }
}

fn serve(stream: TcpStream, mark: &str, marked: &Mutex<Vec<u8>>) -> Result<()> {
    stream.set_nodelay(true)?;
    let (mut answers, mut reader) = (stream.try_clone()?, BufReader::new(stream));
    let mut body = Vec::new();
    while let Some((_, length)) = head(&mut reader)? {
        body.resize(length as usize, 0);
        reader.read_exact(&mut body)?;
        if memchr::memmem::find(&body, mark.as_bytes()).is_some()
            && let Ok(mut marked) = marked.lock()
        {
            marked.clone_from(&body);
        }
        answers.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
    }
    Ok(())
}
