//! A `tamis run` of a test.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// A value that must be nowhere but where it was put in.
pub(crate) const CANARY: &str = "canary.worker@example.de";

/// Where a process counts.
pub(crate) const METRICS: &str = "[metrics]\nlisten = \"127.0.0.1:0\"\n";

/// Longest wait for something to happen: a machine that does much else takes its time, and only what hangs takes longer.
pub(crate) const LONG: Duration = Duration::from_secs(300);

pub(crate) struct Process {
    child: Child,
    log: Log,
}

/// What a process says. A file and no pipe: what was said before a request was answered is there when the answer is.
#[derive(Clone)]
pub(crate) struct Log(Arc<File>);

impl Log {
    /// Its whole lines so far, of which each ought to be JSON.
    pub(crate) fn lines(&self) -> Vec<serde_json::Value> {
        let mut bytes = vec![0; self.0.metadata().unwrap().len() as usize];
        self.0.read_exact_at(&mut bytes, 0).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        whole.map(|line| serde_json::from_str(line).unwrap_or_else(|_| line.into())).collect()
    }
}

/// Waits until it is so.
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < LONG, "{what}: not within {LONG:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A port for whoever listens there later, or again and again. It is below those that the system gives to who asks for any one, as other
/// tests do: nobody else has it meanwhile.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = std::process::id() as u16;
    loop {
        let port = 20_000 + first.wrapping_mul(37).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Officers of the tenants that ship, and their ids.
const OFFICERS: [(&str, [&str; 2]); 3] = [
    ("example-de", ["data-protection-officer", "works-council"]),
    ("example-us-hospital", ["privacy-officer", "information-security-officer"]),
    ("example-saas", ["privacy-lead", "security-lead"]),
];

/// Makes keys of officers, where there are none yet: public ones in `officers/TENANT/OFFICER.age`, private ones in `private/TENANT/OFFICER`.
pub(crate) fn officers(folder: &Path) {
    use age::secrecy::ExposeSecret as _;
    for (tenant, names) in OFFICERS {
        let (public, private) = (folder.join("officers").join(tenant), folder.join("private").join(tenant));
        if public.exists() {
            continue;
        }
        std::fs::create_dir_all(&public).unwrap();
        std::fs::create_dir_all(&private).unwrap();
        for name in names {
            let identity = age::x25519::Identity::generate();
            std::fs::write(public.join(format!("{name}.age")), identity.to_public().to_string()).unwrap();
            std::fs::write(private.join(name), identity.to_string().expose_secret()).unwrap();
        }
    }
}

/// A configuration in which `HERE` is a folder, with what every one needs before it, written into that folder. It may begin with its `drain`,
/// where something is not delivered before it ends.
pub(crate) fn configured(folder: &Path, config: &str, policies: &str) -> PathBuf {
    officers(folder);
    let here = folder.to_str().unwrap();
    // TOML wants tables last. A configuration may begin with more of `[policy]`.
    let said = config.strip_prefix("drain = ").and_then(|rest| rest.split_once('\n'));
    let (drain, config) = said.unwrap_or(("\"30 s\"", config));
    let head = format!("version = 1\nstate = \"{here}/state\"\nmemory = \"16 MiB\"\nworkers = 2\ndrain = {drain}\n");
    let policy = format!("[escrow]\nofficers = \"{here}/officers\"\n[policy]\npath = \"{policies}\"\n");
    let file = folder.join("tamis.toml");
    std::fs::write(&file, format!("{head}{policy}{}", config.replace("HERE", here))).unwrap();
    file
}

impl Process {
    /// Starts one in a folder, in which `HERE` in the configuration is, and waits until it runs.
    pub(crate) fn start(folder: &Path, config: &str, policies: &str) -> Self {
        Self::start_with(folder, config, policies, &[], &[])
    }

    /// The same, with more on its command line and in its environment.
    pub(crate) fn start_with(
        folder: &Path,
        config: &str,
        policies: &str,
        more: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let file = configured(folder, config, policies);
        let log = tempfile::tempfile().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_tamis"))
            .args(["run", "-c"])
            .arg(&file)
            .args(more)
            .env("TAMIS_TEST_TOKEN", "operator")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.try_clone().unwrap())
            .spawn()
            .unwrap();
        let process = Self { child, log: Log(Arc::new(log)) };
        eventually("it starts", || {
            let log = process.log.lines();
            let wrong = log.iter().find(|line| line.is_string());
            assert!(wrong.is_none(), "{log:?}");
            log.iter().any(|line| line["event"] == "started")
        });
        process
    }

    /// Where a source listens.
    pub(crate) fn listening(&self, source: &str) -> String {
        let log = self.log.lines();
        let said = log.iter().find(|line| line["event"] == "listening" && line["source"] == source);
        format!("http://{}", said.unwrap()["at"].as_str().unwrap())
    }

    /// All that it said.
    pub(crate) fn log(&self) -> String {
        format!("{:?}", self.log.lines())
    }

    /// What its log says of an event; of all, where none is named.
    pub(crate) fn said(&self, event: &str) -> String {
        let log = self.log.lines();
        log.iter().filter(|line| event.is_empty() || line["event"] == event).map(|line| format!("{line}\n")).collect()
    }

    /// Its log, which has what it says while it stops, too.
    pub(crate) fn lines(&self) -> Log {
        self.log.clone()
    }

    /// Events that its sources have read so far. Its configuration has [`METRICS`].
    pub(crate) fn received(&self) -> u64 {
        let page = get(&format!("{}/metrics", self.listening("metrics")));
        let lines = page.lines().filter(|line| line.starts_with("tamis_events_received_total"));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }

    /// Whether it has a file open whose name holds this.
    pub(crate) fn holds(&self, name: &str) -> bool {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().flatten();
        open.filter_map(|entry| std::fs::read_link(entry.path()).ok()).any(|path| path.to_string_lossy().contains(name))
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// A limit of the system on it, by its name in `/proc`: soft and hard.
    pub(crate) fn limit(&self, name: &str) -> String {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", self.child.id())).unwrap();
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    }

    /// Asks it to stop, and waits. `None`: it was killed.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let began = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < LONG, "it does not stop: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
        let code = self.child.wait().unwrap().code();
        if code != Some(0) {
            // Shown where the test fails for it.
            println!("{}", self.said(""));
        }
        code
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !std::thread::panicking() {
            let log = self.log();
            assert!(!log.contains(CANARY), "a line of the log holds a value of an event: {log}");
        }
    }
}

/// Sends a request and gives the status of the answer.
pub(crate) fn post(url: &str, body: &str, headers: &[&str]) -> u16 {
    posted(url, body, headers).0
}

/// The status and the whole answer.
pub(crate) fn posted(url: &str, body: &str, headers: &[&str]) -> (u16, String) {
    asked("POST", url, body, headers)
}

/// The same by another method.
pub(crate) fn asked(method: &str, url: &str, body: &str, headers: &[&str]) -> (u16, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (at, path) = rest.split_once('/').map_or((rest, ""), |(at, path)| (at, path));
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    let head = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {at}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
    );
    // A server that refuses may answer and hang up before it read all, which resets the connection behind the answer.
    let _ = stream.write_all((head + body).as_bytes());
    let mut answer = Vec::new();
    let ended = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("\r\n\r\n"), "no answer: {answer:?} {ended:?}");
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

/// The body of a page.
pub(crate) fn get(url: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap();
    let (at, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(at).unwrap();
    stream.write_all(format!("GET /{path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
