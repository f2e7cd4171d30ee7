//! The Forward protocol: what a forwarder is given, and both sides of it against each other.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use super::contract::streams::Adapter;
use super::process::{Process, post};
use super::receiver::Receiver;
use super::{CANARY, event, events, no_canary_below, numbers, policies};

pub(crate) const MESSAGES: Adapter = Adapter {
    name: "forward",
    source: "type = \"forward\"\nlisten = \"127.0.0.1:0\"",
    message: |number| message(number, 0),
    padded: message,
    numbers,
    // {"ack": "c0000"}
    acknowledged: 11,
};

/// Forward mode, one entry.
fn message(number: u32, more: usize) -> Vec<u8> {
    let mut record: serde_json::Value = serde_json::from_str(&event(number)).unwrap();
    if more > 0 {
        record["Padding"] = "x".repeat(more).into();
    }
    let mut out = vec![0x93];
    pack(&CANARY.into(), &mut out);
    pack(&serde_json::json!([[1_795_737_600, record]]), &mut out);
    pack(&serde_json::json!({"chunk": format!("c{number:04}")}), &mut out);
    out
}

/// MessagePack of few kinds: texts of any length, small arrays and maps, whole numbers.
fn pack(value: &serde_json::Value, out: &mut Vec<u8>) {
    use serde_json::Value;
    match value {
        Value::Null => out.push(0xc0),
        Value::Bool(value) => out.push(0xc2 + u8::from(*value)),
        Value::Number(number) => {
            out.push(0xcf);
            out.extend_from_slice(&number.as_u64().unwrap().to_be_bytes());
        }
        Value::String(text) => {
            match text.len() {
                short @ 0..=31 => out.push(0xa0 + short as u8),
                long => {
                    out.push(0xdb);
                    out.extend_from_slice(&(long as u32).to_be_bytes());
                }
            }
            out.extend_from_slice(text.as_bytes());
        }
        Value::Array(elements) => {
            out.push(0x90 + elements.len() as u8);
            elements.iter().for_each(|element| pack(element, out));
        }
        Value::Object(members) => {
            out.push(0xde);
            out.extend_from_slice(&(members.len() as u16).to_be_bytes());
            for (key, value) in members {
                pack(&key.as_str().into(), out);
                pack(value, out);
            }
        }
    }
}

/// A forwarder that hangs up on the first messages, answers of another chunk for some, and then as it should. It answers as soon as it sees
/// a chunk, and keeps all bytes.
fn forwarder(listener: TcpListener, hang_up: usize) -> Arc<Mutex<Vec<u8>>> {
    let taken = Arc::new(Mutex::new(Vec::new()));
    let all = taken.clone();
    std::thread::spawn(move || {
        for (number, mut stream) in listener.incoming().flatten().enumerate() {
            let (mut block, mut message) = ([0; 4096], Vec::new());
            while let Ok(bytes @ 1..) = stream.read(&mut block) {
                message.extend_from_slice(&block[..bytes]);
                let Some(at) = memchr::memmem::find(&message, b"\xa5chunk") else { continue };
                // A text of 32 characters: 0xd9, its length, itself.
                let Some(chunk) = message.get(at + 8..at + 40).map(<[u8]>::to_vec) else { continue };
                if number < hang_up {
                    break;
                }
                all.lock().unwrap().append(&mut message);
                // One that comes too late is not for this.
                stream.write_all(b"\x81\xa3ack\xa3old").unwrap();
                stream.write_all(&[&b"\x81\xa3ack\xd9\x20"[..], &chunk].concat()).unwrap();
            }
        }
    });
    taken
}

fn to_forward(port: u16, more: &str) -> String {
    format!(
        "[source.apps]\ntype = \"http\"\nlisten = \"127.0.0.1:0\"\n[sink.siem]\ntype = \"forward\"\naddress = \"127.0.0.1:{port}\"\n{more}\n\
         batch = {{ events = 50, age = \"5 ms\" }}\nretry = {{ first = \"20 ms\", most = \"200 ms\" }}\n\
         [route.staff]\nfrom = \"apps\"\npolicy = \"tenants/example-de.toml\"\n[[route.staff.to]]\nsink = \"siem\"\npurpose = \"security\"\n\
         guarantee = \"at-least-once\"\n"
    )
}

#[test]
fn what_a_forwarder_does_not_acknowledge_is_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = forwarder(listener, 2);
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &to_forward(port, "tag = \"tamis.staff\""), policies());
    let at = process.listening("apps");
    assert_eq!(post(&at, &events(0..40), &[]), 200);
    let taken = taken.lock().unwrap().clone();
    let count = |needle: &[u8]| memchr::memmem::find_iter(&taken, needle).count();
    assert_eq!((count(b"UserLoggedIn"), count(b"tamis.staff")), (40, 1), "each once, of those that were acknowledged");
    assert_eq!(count(b"canary"), 0);
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn a_forwarder_that_never_acknowledges_is_none_that_events_were_delivered_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let _taken = forwarder(listener, usize::MAX);
    let folder = tempfile::tempdir().unwrap();
    let config = to_forward(port, "timeout = \"200 ms\"")
        .replace("listen = \"127.0.0.1:0\"\n", "listen = \"127.0.0.1:0\"\nanswer = \"800 ms\"\n");
    let process = Process::start(folder.path(), &config, policies());
    assert_eq!(post(&process.listening("apps"), &event(0), &[]), 503);
    process.stop();
}

/// A certificate for 127.0.0.1 that vouches for itself. False: nothing here makes one.
fn certificate(folder: &Path) -> bool {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
        .arg(folder.join("tls.key"))
        .arg("-out")
        .arg(folder.join("tls.crt"))
        .output();
    let Ok(made) = made else { return false };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    true
}

#[test]
fn both_sides_understand_each_other_over_tls_with_a_shared_key() {
    let (receiver, first, second) =
        (Receiver::start(Vec::new()), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    if !certificate(second.path()) {
        drop(std::io::stderr().write_all(b"SKIPPED: openssl is not there, which makes a certificate\n"));
        return;
    }
    for (folder, key) in [(&first, "s3cret"), (&second, "s3cret")] {
        std::fs::write(folder.path().join("shared"), key).unwrap();
    }
    let config = format!(
        "[tls.edge]\ncert = \"file:HERE/tls.crt\"\nkey = \"file:HERE/tls.key\"\n\
         [source.apps]\ntype = \"forward\"\nlisten = \"127.0.0.1:0\"\ntls = \"edge\"\nshared-key = \"file:HERE/shared\"\n\
         [sink.siem]\ntype = \"http\"\nurl = \"{}\"\nbatch = {{ age = \"5 ms\" }}\n\
         [route.staff]\nfrom = \"apps\"\npolicy = \"tenants/example-de.toml\"\n[[route.staff.to]]\nsink = \"siem\"\npurpose = \"security\"\n",
        receiver.url()
    );
    let behind = Process::start(second.path(), &config, policies());
    let at = behind.listening("apps");
    let port = at.rsplit_once(':').unwrap().1.parse().unwrap();
    let ca = second.path().join("tls.crt");
    let more =
        format!("tls = true\nca = \"file:{}\"\nshared-key = \"file:HERE/shared\"\ncompress = \"gzip\"", ca.display());
    let before = Process::start(first.path(), &to_forward(port, &more), policies());
    assert_eq!(post(&before.listening("apps"), &events(0..30), &[]), 200);
    assert_eq!(numbers(&receiver.text()), (0..30).map(|number| (number, 1)).collect());
    assert_eq!((before.stop(), behind.stop()), (Some(0), Some(0)));
    no_canary_below(&second.path().join("state"));
}

#[test]
fn who_does_not_know_the_key_delivers_nothing() {
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("shared"), "s3cret").unwrap();
    let config = format!(
        "[source.apps]\ntype = \"forward\"\nlisten = \"127.0.0.1:0\"\nshared-key = \"file:HERE/shared\"\n\
         [sink.siem]\ntype = \"http\"\nurl = \"{}\"\nbatch = {{ age = \"5 ms\" }}\n\
         [route.staff]\nfrom = \"apps\"\npolicy = \"tenants/example-de.toml\"\n[[route.staff.to]]\nsink = \"siem\"\npurpose = \"security\"\n",
        receiver.url()
    );
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    let connect = || TcpStream::connect(at.strip_prefix("http://").unwrap()).unwrap();
    // Straight to the matter, and with a proof of something else.
    let mut ping = Vec::new();
    ping.push(0x96);
    for word in ["PING", "me", "salt", "0000", "", ""] {
        pack(&word.into(), &mut ping);
    }
    for said in [message(1, 0), [ping, message(2, 0)].concat()] {
        let mut stream = connect();
        stream.write_all(&said).unwrap();
        let mut answer = Vec::new();
        // It hangs up; what it did not read may break the connection.
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(memchr::memmem::find(&answer, b"ack"), None);
    }
    assert_eq!(receiver.text(), "");
    assert_eq!(process.stop(), Some(0));
}

/// LAW (promise 1): of an envelope what the tenant classified leaves, at its place in the protocol; nothing else does.
#[test]
fn a_tag_leaves_where_it_is_classified() {
    for is_classified in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = forwarder(listener, 0);
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("policies");
        super::process::copy(Path::new(policies()), &own);
        if is_classified {
            let tenant = own.join("tenants/example-de.toml");
            let text = std::fs::read_to_string(&tenant).unwrap();
            let more = "\n[classify.m365]\nbecause = \"for this test\"\n\"@envelope.tag\" = \"event.source\"\n";
            std::fs::write(&tenant, text + more).unwrap();
        }
        let config = to_forward(port, "").replace("type = \"http\"", "type = \"forward\"");
        let process = Process::start(folder.path(), &config, own.to_str().unwrap());
        let at = process.listening("apps");
        let mut stream = TcpStream::connect(at.strip_prefix("http://").unwrap()).unwrap();
        let mut said = vec![0x93];
        pack(&"app.staff".into(), &mut said);
        pack(
            &serde_json::json!([[1_795_737_600, serde_json::from_str::<serde_json::Value>(&event(1)).unwrap()]]),
            &mut said,
        );
        pack(&serde_json::json!({"chunk": "c0001"}), &mut said);
        stream.write_all(&said).unwrap();
        stream.read_exact(&mut [0; 11]).unwrap();
        let taken = taken.lock().unwrap().clone();
        let has = |needle: &[u8]| memchr::memmem::find(&taken, needle).is_some();
        let tags = (has(b"app.staff"), has(b"\xa5tamis"), has(b"@envelope"));
        assert_eq!(tags, (is_classified, !is_classified, false));
        assert_eq!(process.stop(), Some(0));
    }
}
