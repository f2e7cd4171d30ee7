//! A `tamis run` of a test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A value that must be nowhere but where it was put in.
pub(crate) const CANARY: &str = "canary.worker@example.de";

/// Longest wait for something to happen.
const LONG: Duration = Duration::from_secs(60);

pub(crate) struct Process {
    child: Child,
    log: Arc<Mutex<Vec<serde_json::Value>>>,
}

/// Waits until it is so.
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < LONG, "{what}: not within {LONG:?}");
        std::thread::sleep(Duration::from_millis(10));
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

/// A configuration in which `HERE` is a folder, with what every one needs before it, written into that folder.
pub(crate) fn configured(folder: &Path, config: &str, policies: &str) -> PathBuf {
    officers(folder);
    let here = folder.to_str().unwrap();
    // TOML wants tables last. A configuration may begin with more of `[policy]`.
    let head = format!("version = 1\nstate = \"{here}/state\"\nmemory = \"16 MiB\"\nworkers = 2\ndrain = \"2 s\"\n");
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
        let mut child = Command::new(env!("CARGO_BIN_EXE_tamis"))
            .args(["run", "-c"])
            .arg(&file)
            .args(more)
            .env("TAMIS_TEST_TOKEN", "operator")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (mut lines, told) = (BufReader::new(child.stderr.take().unwrap()), log.clone());
        std::thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
                let said = serde_json::from_str(&line).unwrap_or_else(|_| serde_json::Value::String(line.clone()));
                told.lock().unwrap().push(said);
                line.clear();
            }
        });
        let process = Self { child, log };
        eventually("it starts", || {
            let log = process.log.lock().unwrap();
            let wrong = log.iter().find(|line| line.is_string());
            assert!(wrong.is_none(), "{log:?}");
            log.iter().any(|line| line["event"] == "started")
        });
        process
    }

    /// Where a source listens.
    pub(crate) fn listening(&self, source: &str) -> String {
        let log = self.log.lock().unwrap();
        let said = log.iter().find(|line| line["event"] == "listening" && line["source"] == source);
        format!("http://{}", said.unwrap()["at"].as_str().unwrap())
    }

    /// All that it said.
    pub(crate) fn log(&self) -> String {
        format!("{:?}", self.log.lock().unwrap())
    }

    /// What its log says of an event; of all, where none is named.
    pub(crate) fn said(&self, event: &str) -> String {
        let log = self.log.lock().unwrap();
        log.iter().filter(|line| event.is_empty() || line["event"] == event).map(|line| format!("{line}\n")).collect()
    }

    /// The lines of its log, also of those that it writes while it stops.
    pub(crate) fn lines(&self) -> Arc<Mutex<Vec<serde_json::Value>>> {
        self.log.clone()
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
            assert!(began.elapsed() < LONG, "it does not stop: {:?}", self.log.lock().unwrap());
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
            let log = format!("{:?}", self.log.lock().unwrap());
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
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
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
