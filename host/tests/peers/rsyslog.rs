//! rsyslog (Debian: rsyslog, rsyslog-gnutls): sends by TCP and TLS in both framings, and takes what the sink writes.

use std::collections::BTreeSet;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::process::{Process, eventually, free_port};
use super::receiver::Receiver;
use super::{policies, skipped};

const PROGRAM: &str = "/usr/sbin/rsyslogd";
const DRIVER: &str = "/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_gtls.so";

struct Rsyslog(Child);

impl Drop for Rsyslog {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Rsyslog {
    fn start(folder: &Path, config: &str) -> Self {
        let config = config.replace("HERE", folder.to_str().unwrap());
        let file = folder.join("rsyslog.conf");
        std::fs::write(&file, format!("global(workDirectory=\"{}\")\n{config}", folder.display())).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(["-n", "-f"]).arg(&file).arg("-i").arg(folder.join("rsyslog.pid"));
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

fn is_there(tls: bool) -> bool {
    if !Path::new(PROGRAM).exists() || (tls && !Path::new(DRIVER).exists()) {
        skipped("rsyslog is not there: apt-get install rsyslog rsyslog-gnutls");
        return false;
    }
    true
}

pub(crate) fn certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
        .arg(folder.join("tls.key"))
        .arg("-out")
        .arg(folder.join("tls.crt"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// The numbers in the names of programs.
fn apps(text: &str) -> BTreeSet<u32> {
    let events = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    events.filter_map(|event| event["ProcessName"].as_str()?.strip_prefix("app")?.parse().ok()).collect()
}

/// Sends messages to rsyslog, which forwards them as `action` says.
fn forwarded(action: &str, tls: bool) {
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    let mut config = format!(
        "[source.apps]\ntype = \"syslog\"\ntcp = \"127.0.0.1:0\"\n[sink.siem]\ntype = \"http\"\nurl = \"{}\"\n\
         [route.staff]\nfrom = \"apps\"\npolicy = \"tenants/example-de.toml\"\n[[route.staff.to]]\nsink = \"siem\"\npurpose = \"security\"\n",
        receiver.url()
    );
    if tls {
        certificate(folder.path());
        config = config.replace("tcp = \"127.0.0.1:0\"", "tcp = \"127.0.0.1:0\"\ntls = \"edge\"");
        // rsyslog's `gtls` of Debian 12 offers no TLS 1.3 where it is the client.
        let edge = "[tls.edge]\ncert = \"file:HERE/tls.crt\"\nkey = \"file:HERE/tls.key\"\nmin = \"1.2\"\n";
        config = format!("{edge}{config}");
    }
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    let (port, own) = (at.rsplit_once(':').unwrap().1.to_owned(), free_port());
    let global = if tls { "global(DefaultNetstreamDriverCAFile=\"HERE/tls.crt\")\n" } else { "" };
    let _rsyslog = Rsyslog::start(
        folder.path(),
        &format!(
            "{global}module(load=\"imudp\")\ninput(type=\"imudp\" address=\"127.0.0.1\" port=\"{own}\")\n\
             action(type=\"omfwd\" target=\"127.0.0.1\" port=\"{port}\" protocol=\"tcp\" {action})\n"
        ),
    );
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let wanted: BTreeSet<u32> = (0..40).collect();
    // rsyslog may not listen yet: what is sent before is lost.
    eventually("everything that was sent", || {
        for number in &wanted {
            let message = format!(
                "<86>Nov  3 07:41:12 web1 app{number}[4711]: Failed password for invalid user canary.worker from 192.0.2.17 port 50443 ssh2"
            );
            socket.send_to(message.as_bytes(), ("127.0.0.1", own)).unwrap();
        }
        std::thread::sleep(std::time::Duration::from_millis(300));
        apps(&receiver.text()) == wanted
    });
    let text = receiver.text();
    assert!(
        text.contains("Failed password for invalid user ") && !text.contains("canary.worker") && !text.contains("web1")
    );
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn rsyslog_sends_lines_by_tcp() {
    if is_there(false) {
        forwarded("template=\"RSYSLOG_TraditionalForwardFormat\"", false);
    }
}

#[test]
fn rsyslog_sends_counted_messages_by_tcp() {
    if is_there(false) {
        forwarded("template=\"RSYSLOG_SyslogProtocol23Format\" TCP_Framing=\"octet-counted\"", false);
    }
}

#[test]
fn rsyslog_sends_by_tls() {
    if is_there(true) {
        let driver = "StreamDriver=\"gtls\" StreamDriverMode=\"1\" StreamDriverAuthMode=\"x509/name\" StreamDriverPermittedPeers=\"localhost\"";
        forwarded(&format!("template=\"RSYSLOG_SyslogProtocol23Format\" TCP_Framing=\"octet-counted\" {driver}"), true);
    }
}

/// Sends to rsyslog, whose input is `input`, and reads what it understood.
fn taken(input: &str, sink: &str, tls: bool) {
    let folder = tempfile::tempdir().unwrap();
    let (port, out) = (free_port(), folder.path().join("out"));
    if tls {
        certificate(folder.path());
    }
    let input = input.replace("PORT", &port.to_string());
    let _rsyslog = Rsyslog::start(
        folder.path(),
        &format!(
            "{input}\ntemplate(name=\"seen\" type=\"string\" string=\"%pri%|%app-name%|%procid%|%msgid%|%msg%\\n\")\n\
             action(type=\"omfile\" file=\"HERE/out\" template=\"seen\")\n"
        ),
    );
    let config = format!(
        "[source.apps]\ntype = \"syslog\"\ntcp = \"127.0.0.1:0\"\n\
         [sink.siem]\ntype = \"syslog\"\naddress = \"localhost:{port}\"\n{sink}\nbatch = {{ age = \"5 ms\" }}\nretry = {{ first = \"20 ms\", most = \"200 ms\" }}\n\
         [route.staff]\nfrom = \"apps\"\npolicy = \"tenants/example-de.toml\"\n[[route.staff.to]]\nsink = \"siem\"\npurpose = \"security\"\n"
    );
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    let mut stream = std::net::TcpStream::connect(at.strip_prefix("http://").unwrap()).unwrap();
    for number in 0..40 {
        let message = format!(
            "<86>1 2026-11-03T07:41:12Z web1 app{number} 4711 ID47 - Failed password for invalid user canary.worker from 192.0.2.17 port 50443 ssh2\n"
        );
        std::io::Write::write_all(&mut stream, message.as_bytes()).unwrap();
    }
    let read = || std::fs::read_to_string(&out).unwrap_or_default();
    let seen = || {
        let text = read();
        let apps = text.lines().filter_map(|line| line.split('|').nth(1)?.strip_prefix("app")?.parse().ok());
        apps.collect::<BTreeSet<u32>>()
    };
    eventually("all of it", || seen() == (0..40).collect());
    let text = read();
    for line in text.lines() {
        let parts: Vec<_> = line.split('|').collect();
        assert_eq!((parts[0], parts[3]), ("86", "ID47"), "{line}");
        assert!(parts[4].contains("Failed password for invalid user ") && !line.contains("canary"), "{line}");
    }
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn rsyslog_takes_both_framings() {
    if is_there(false) {
        let input = "module(load=\"imtcp\")\ninput(type=\"imtcp\" address=\"127.0.0.1\" port=\"PORT\")";
        taken(input, "framing = \"octet-count\"", false);
        taken(input, "framing = \"lines\"", false);
    }
}

#[test]
fn rsyslog_takes_tls() {
    if is_there(true) {
        let global = "global(DefaultNetstreamDriver=\"gtls\" DefaultNetstreamDriverCAFile=\"HERE/tls.crt\" \
                      DefaultNetstreamDriverCertFile=\"HERE/tls.crt\" DefaultNetstreamDriverKeyFile=\"HERE/tls.key\")";
        let input = "module(load=\"imtcp\" StreamDriver.Name=\"gtls\" StreamDriver.Mode=\"1\" StreamDriver.AuthMode=\"anon\")\n\
                     input(type=\"imtcp\" address=\"127.0.0.1\" port=\"PORT\")";
        taken(&format!("{global}\n{input}"), "transport = \"tls\"\nca = \"file:HERE/tls.crt\"", true);
    }
}
