//! A life of the process: from its start to its end, by a kill or by its own will.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use crate::process::LONG;

/// A process that may end at any moment.
pub(crate) struct Life {
    child: Child,
    log: PathBuf,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Killed,
    Code(i32),
}

impl From<ExitStatus> for End {
    fn from(status: ExitStatus) -> Self {
        if status.signal() == Some(9) { Self::Killed } else { Self::Code(status.code().unwrap_or(-1)) }
    }
}

impl Life {
    /// Starts it; `log` takes what it says. Waits until it runs or has ended.
    pub(crate) fn begin(config: &Path, log: &Path, armed: &[(&str, &str)]) -> Self {
        let said = std::fs::File::create(log).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
        command.args(["run", "-c"]).arg(config).envs(armed.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
        let mut life = Self { child: command.spawn().unwrap(), log: log.to_owned() };
        let began = Instant::now();
        while life.ended().is_none() && !life.said().contains("\"started\"") {
            assert!(began.elapsed() < LONG, "it does not start: {}", life.said());
            std::thread::sleep(Duration::from_millis(5));
        }
        life
    }

    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Where a source listens.
    pub(crate) fn at(&self, source: &str) -> Option<String> {
        let said = self.said();
        let lines = said.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let mut lines = lines.filter(|line| line["event"] == "listening" && line["source"] == source);
        Some(lines.next()?["at"].as_str()?.to_owned())
    }

    pub(crate) fn ended(&mut self) -> Option<End> {
        self.child.try_wait().unwrap().map(End::from)
    }

    /// Sends a signal; one that has ended takes none.
    pub(crate) fn signal(&mut self, name: &str) {
        if self.ended().is_none() {
            let _ = Command::new("kill").args([name, &self.child.id().to_string()]).stderr(Stdio::null()).status();
        }
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> End {
        let began = Instant::now();
        loop {
            if let Some(end) = self.ended() {
                return end;
            }
            assert!(began.elapsed() < LONG, "it does not end: {}", self.said());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Posts events, and says whether they were taken.
pub(crate) fn post(at: &str, body: &str) -> bool {
    let sent = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(at)?;
        stream.set_read_timeout(Some(LONG))?;
        let length = body.len();
        write!(stream, "POST / HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    sent().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// Keeps every file that ever was below a folder, deleted or not, under a name of its own.
pub(crate) struct Keeper {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Keeper {
    pub(crate) fn start(of: &Path, to: &Path) -> Self {
        std::fs::create_dir_all(to).unwrap();
        let (stop, of, to) = (Arc::new(AtomicBool::new(false)), of.to_owned(), to.to_owned());
        let (stops, (begun, waits)) = (stop.clone(), mpsc::channel());
        let thread = std::thread::spawn(move || {
            let mut known = BTreeMap::new();
            while !stops.load(Ordering::Relaxed) {
                keep(&of, &to, &mut known);
                let _ = begun.send(());
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        waits.recv().unwrap();
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

fn keep(of: &Path, to: &Path, known: &mut BTreeMap<u64, ()>) {
    use std::os::unix::fs::DirEntryExt as _;
    for entry in std::fs::read_dir(of).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            keep(&entry.path(), to, known);
        } else if !known.contains_key(&entry.ino())
            && std::fs::hard_link(entry.path(), to.join(entry.ino().to_string())).is_ok()
        {
            known.insert(entry.ino(), ());
        }
    }
}
