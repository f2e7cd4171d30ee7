//! How it starts, and ends, where something stands in its way.

use std::cell::RefCell;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Process, configured, copy, eventually, post};
use crate::receiver::Receiver;
use crate::{HTTP_TO_HTTP, event, events, policies};

fn tamis(folder: &Path, config: &str) -> Command {
    let file = configured(folder, config, policies());
    let mut tamis = Command::new(env!("CARGO_BIN_EXE_tamis"));
    tamis.args(["run", "-c"]).arg(file).stdin(Stdio::null()).stdout(Stdio::null());
    tamis
}

/// How it ended, and after how long.
fn ended(child: Child) -> (Option<i32>, Duration) {
    let (began, child) = (Instant::now(), RefCell::new(child));
    eventually("it ends", || child.borrow_mut().try_wait().unwrap().is_some());
    (child.into_inner().wait().unwrap().code(), began.elapsed())
}

/// LAW: a start that fails ends by saying why, and by nothing else.
#[test]
fn a_start_that_fails_does_not_panic() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let metrics = format!("[metrics]\nlisten = \"{}\"\n", taken.local_addr().unwrap());
    let config = metrics + &HTTP_TO_HTTP.replace("URL", "http://127.0.0.1:1/in");
    let (folder, rounds) = (tempfile::tempdir().unwrap(), 20);
    for _ in 0..rounds {
        let ran = tamis(folder.path(), &config).output().unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(ran.status.code() == Some(2) && said.contains("[metrics]: cannot listen"), "{said}");
        assert!(!said.contains("mistake in tamis itself"), "{said}");
    }
}

/// LAW: who changes something while it starts is heard, and ends nothing.
#[test]
fn a_hangup_in_the_middle_of_a_start_is_heard() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(Vec::new()));
    let (slow, begun) = (folder.path().join("key.sh"), folder.path().join("begun"));
    let script = format!("#!/bin/sh\ntouch {}\nsleep 1\nprintf '%064d' 7\n", begun.display());
    std::fs::write(&slow, script).unwrap();
    std::fs::set_permissions(&slow, std::fs::Permissions::from_mode(0o700)).unwrap();
    let keys = format!("[keys]\nroot = \"exec:{}\"\n", slow.display());
    let config = keys + &HTTP_TO_HTTP.replace("URL", &receiver.url());
    std::thread::scope(|scope| {
        let (path, config) = (folder.path(), &config);
        let starting = scope.spawn(move || Process::start(path, config, policies()));
        eventually("it reads its key", || begun.exists());
        let all =
            std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let own = folder.path().join("tamis.toml").display().to_string();
        let is_own = |id: &String| {
            std::fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|line| {
                line.starts_with(env!("CARGO_BIN_EXE_tamis").as_bytes())
                    && String::from_utf8_lossy(&line).contains(&own)
            })
        };
        let id = all.into_iter().find(is_own).unwrap();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
        let process = starting.join().unwrap();
        assert_eq!(post(&process.listening("apps"), &event(1), &[]), 200);
        assert_eq!(process.stop(), Some(0));
    });
}

/// LAW: a policy that changes while it starts, behind the moment in which it was read, is in force once it runs.
#[test]
fn a_change_in_the_middle_of_a_start_is_noticed() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(Vec::new()));
    let (own, slow) = (folder.path().join("policies"), folder.path().join("key.sh"));
    copy(Path::new(policies()), &own);
    // The ledger's key is read when policies were.
    let tenant = own.join("tenants/example-de.toml");
    let change = format!("sed -i 's/^revision *= .*/revision = 4711/' {}", tenant.display());
    std::fs::write(&slow, format!("#!/bin/sh\n{change}\nprintf '%064d' 7\n")).unwrap();
    std::fs::set_permissions(&slow, std::fs::Permissions::from_mode(0o700)).unwrap();
    let ledger = format!("watch = \"100 ms\"\n[ledger]\nkey = \"exec:{}\"\n", slow.display());
    let config = ledger + &HTTP_TO_HTTP.replace("URL", &receiver.url());
    let process = Process::start(folder.path(), &config, own.to_str().unwrap());
    let in_force = || process.said("in-force");
    assert!(!in_force().lines().next().unwrap().contains("@4711"), "it was read before it changed");
    eventually("the change is in force", || in_force().contains("@4711"));
    assert_eq!(process.stop(), Some(0));
}

/// LAW: where nobody reads standard output any more it stops at once, and that is no failure. What was not written is given back.
#[test]
fn it_stops_when_nobody_reads_what_it_writes() {
    let folder = tempfile::tempdir().unwrap();
    let config = HTTP_TO_HTTP
        .replace("type  = \"http\"\nurl   = \"URL\"", "type  = \"stdout\"")
        .replace("guarantee = \"at-least-once\"", "");
    let config = format!("drain = \"280 s\"\n{config}");
    let file = configured(folder.path(), &config, policies());
    let log = folder.path().join("log");
    let mut tamis = Command::new(env!("CARGO_BIN_EXE_tamis"));
    let said = std::fs::File::create(&log).unwrap();
    let mut child =
        tamis.args(["run", "-c"]).arg(file).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(said).spawn().unwrap();
    let said = || std::fs::read_to_string(&log).unwrap();
    eventually("it starts", || said().contains("\"started\""));
    drop(child.stdout.take());
    let lines = said();
    let listening = lines.lines().find(|line| line.contains("\"listening\"")).unwrap();
    let at: serde_json::Value = serde_json::from_str(listening).unwrap();
    assert_ne!(post(&format!("http://{}", at["at"].as_str().unwrap()), &events(0..3), &[]), 200);
    let (code, after) = ended(child);
    assert!(code == Some(0) && after < Duration::from_secs(100), "{code:?} {after:?} {}", said());
}

/// LAW: who sends a whole request and says that nothing more comes is answered.
#[test]
fn who_has_nothing_more_to_say_is_answered() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(Vec::new()));
    let process = Process::start(folder.path(), &HTTP_TO_HTTP.replace("URL", &receiver.url()), policies());
    let at = process.listening("apps").replace("http://", "");
    let body = events(0..3);
    for _ in 0..5 {
        let mut stream = TcpStream::connect(&at).unwrap();
        write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut told = String::new();
        stream.read_to_string(&mut told).unwrap();
        assert!(told.starts_with("HTTP/1.1 200 "), "{told:?}");
    }
    assert_eq!(process.stop(), Some(0));
}

/// LAW: a sink that refuses each event fills no disk with lines of the log, and each is in their sum.
#[test]
fn what_happens_with_each_event_is_a_line_a_minute() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(vec![400; 1000]));
    let config = HTTP_TO_HTTP.replace("URL", &receiver.url()).replace("events = 50", "events = 1");
    let process = Process::start(folder.path(), &config, policies());
    assert_eq!(post(&process.listening("apps"), &events(0..60), &[]), 200);
    let said = process.said("sink-refused");
    assert!((1..=3).contains(&said.lines().count()), "{said}");
    assert_eq!(process.stop(), Some(0));
}
