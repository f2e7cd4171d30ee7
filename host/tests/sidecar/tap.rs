//! What is shown of a running sidecar to who may see it.

use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::process::{CANARY, Process, eventually, post};
use super::receiver::Receiver;
use super::{HTTP_TO_HTTP, events, no_canary_below, numbers, policies};

const TOKEN: &str =
    "[ledger]\nkey = \"file:HERE/ledger.key\"\n[admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"env:TAMIS_TEST_TOKEN\"\n";

fn start(folder: &Path, receiver: &Receiver, head: &str) -> Process {
    std::fs::write(folder.join("ledger.key"), "0123456789abcdef".repeat(4)).unwrap();
    Process::start(folder, &format!("{head}{}", HTTP_TO_HTTP.replace("URL", &receiver.url())), policies())
}

fn tap(process: &Process, token: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
    command.args(["tap", "--at", &process.listening("admin"), "--token", "env:SHOWN"]).args(more).env("SHOWN", token);
    command
}

fn said(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

/// LAW (promise 9): a tap shows events as they leave, no more than were asked for, ends by itself, and stands in the ledger.
#[test]
fn a_tap_shows_what_leaves_and_nothing_else() {
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    let process = start(folder.path(), &receiver, TOKEN);
    let at = process.listening("apps");
    let ledger = || std::fs::read_to_string(folder.path().join("state/ledger.ndjson")).unwrap();
    let began = Instant::now();
    let child =
        tap(&process, "operator", &["staff", "--seconds", "8", "--rate", "5"]).stdout(Stdio::piped()).spawn().unwrap();
    eventually("it is in the ledger", || {
        ledger().contains(r#""kind":"tap","by":"token","role":"operator","route":"staff""#)
    });
    assert_eq!(post(&at, &events(0..200), &[]), 200);
    let ran = child.wait_with_output().unwrap();
    let took = began.elapsed();
    assert!(ran.status.success(), "{}", said(&ran));
    assert!(took > Duration::from_millis(7900) && took < Duration::from_secs(60), "{took:?}");
    let (shown, arrived) = (String::from_utf8(ran.stdout).unwrap(), receiver.text());
    // A second's worth at once, and what eight seconds allow.
    let count = shown.lines().count();
    assert!((5..=45).contains(&count), "{shown}");
    assert!(shown.lines().all(|line| arrived.contains(line)), "{shown}");
    assert!(!shown.contains(CANARY));
    assert_eq!(numbers(&arrived).len(), 200);
    let ended = format!(r#""kind":"tap-ended","by":"token","route":"staff","events":{count}"#);
    eventually("its end is in the ledger", || ledger().contains(&ended));
    // What leaves is no part of it.
    assert!(!ledger().contains("UserLoggedIn"));
    assert_eq!(process.stop(), Some(0));
    no_canary_below(&folder.path().join("state"));
}

#[test]
fn a_tap_is_refused_to_others_and_where_it_could_not_be_written_down() {
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    let process = start(folder.path(), &receiver, TOKEN);
    for (token, more, why) in [
        ("wrong", &["staff"][..], "401"),
        ("operator", &["stuff"], "there is no such route, but staff"),
        ("operator", &["staff", "--purpose", "productivity"], "nothing leaves this route for such a purpose"),
        ("operator", &["staff", "--rate", "1000"], "rate must be a whole number from 1 to 100"),
    ] {
        let ran = tap(&process, token, more).output().unwrap();
        assert!(ran.status.code() == Some(1) && said(&ran).contains(why) && ran.stdout.is_empty(), "{}", said(&ran));
    }
    process.stop();
    let folder = tempfile::tempdir().unwrap();
    let process = start(
        folder.path(),
        &receiver,
        TOKEN.split_once("[admin]").map(|(_, rest)| format!("[admin]{rest}")).unwrap().as_str(),
    );
    let ran = tap(&process, "operator", &["staff"]).output().unwrap();
    assert!(ran.status.code() == Some(1) && said(&ran).contains("there is no [ledger]"), "{}", said(&ran));
    process.stop();
}

/// A tap holds nobody up: neither a stop, nor events while nobody reads what it shows.
#[test]
fn a_tap_that_nobody_reads_holds_nobody_up() {
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    let process = start(folder.path(), &receiver, TOKEN);
    let at = process.listening("apps");
    let ledger = || std::fs::read_to_string(folder.path().join("state/ledger.ndjson")).unwrap();
    let admin = process.listening("admin");
    let mut silent = TcpStream::connect(admin.strip_prefix("http://").unwrap()).unwrap();
    rustix::net::sockopt::set_socket_recv_buffer_size(&silent, 2048).unwrap();
    let head = "GET /tap/staff?seconds=600&rate=100 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer operator\r\n\r\n";
    silent.write_all(head.as_bytes()).unwrap();
    eventually("it is in the ledger", || ledger().contains(r#""kind":"tap""#));
    // More than all buffers on the way hold.
    for second in 0..10u32 {
        assert_eq!(post(&at, &events(second * 100..second * 100 + 100), &[]), 200);
        std::thread::sleep(Duration::from_secs(1));
    }
    assert_eq!(numbers(&receiver.text()).len(), 1000);
    let began = Instant::now();
    assert_eq!(process.stop(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert!(ledger().contains(r#""kind":"stopped""#));
}

#[test]
fn top_shows_rates_of_each_branch_as_rows_where_no_terminal_is() {
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    let process = start(folder.path(), &receiver, &format!("[metrics]\nlisten = \"127.0.0.1:0\"\n{TOKEN}"));
    let at = process.listening("apps");
    let top = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
        command.arg("top").args(more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut child = top(&["--at", &process.listening("metrics"), "--count", "3"]);
    let mut part = 0;
    while child.try_wait().unwrap().is_none() {
        assert_eq!(post(&at, &events(part * 50..part * 50 + 50), &[]), 200);
        part += 1;
        std::thread::sleep(Duration::from_millis(250));
    }
    let ran = child.wait_with_output().unwrap();
    assert!(ran.status.success(), "{}", said(&ran));
    let text = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.lines().all(|line| line.contains("route: staff  sink: siem  purpose: security  sent/s: ")), "{text}");
    let sent = |line: &str| line.split("sent/s: ").nth(1).unwrap().split(' ').next().unwrap().parse::<f64>().unwrap();
    assert!(text.lines().map(sent).any(|rate| rate > 10.0), "{text}");
    // The admin address asks who it is.
    let ran = top(&["--at", &process.listening("admin"), "--count", "1"]).wait_with_output().unwrap();
    assert!(ran.status.code() == Some(1) && said(&ran).contains("401"), "{}", said(&ran));
    process.stop();
    let ran = top(&["--at", "http://127.0.0.1:1", "--count", "1"]).wait_with_output().unwrap();
    assert!(ran.status.code() == Some(1) && said(&ran).contains("cannot ask http://127.0.0.1:1/: "), "{}", said(&ran));
}
