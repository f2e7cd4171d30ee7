//! LAW (doors): only what is listed goes through, with whose credentials it came, and nothing of it is kept.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::upstream::{Upstream, say};
use super::{SECRET, ask, config};
use crate::process::{Process, configured};
use crate::{event, events, no_canary_below, policies};

#[test]
fn credentials_go_upstream_and_nowhere_else_and_what_is_not_listed_goes_nowhere() {
    let quoting = format!("quoted {}", crate::CANARY);
    let upstream = Upstream::start(vec![say(200, "", ""), say(400, "", &quoting)]);
    let folder = tempfile::tempdir().unwrap();
    let more = "credentials = [\"x-team\"]\nheaders = { x-own = \"env:TAMIS_TEST_TOKEN\" }\n";
    let config = format!("{}{more}", config("http", &format!("{}/in", upstream.at())));
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("siem");
    let (bearer, cookie, team) =
        (format!("Authorization: Bearer {SECRET}"), format!("Cookie: s={SECRET}"), format!("X-Team: {SECRET}"));
    let agent = format!("User-Agent: {}", crate::CANARY);
    let baggage = format!("baggage: user={}", crate::CANARY);
    let headers =
        [&bearer, &cookie, &team, &agent, &baggage, "X-Other: canary.worker", "Content-Type: a/canary.worker"];
    assert_eq!(ask(&at, "POST /in?user=canary.worker", &headers, event(1).as_bytes()).status, 200);
    let asked = upstream.asked();
    assert_eq!(asked[0].header("authorization"), Some(&bearer[15..]));
    assert_eq!(asked[0].header("cookie"), Some(&cookie[8..]));
    assert_eq!(asked[0].header("x-team"), Some(SECRET));
    assert_eq!(asked[0].header("x-own"), Some("operator"));
    assert_eq!(asked[0].header("content-type"), Some("application/x-ndjson"));
    assert!(!format!("{}{}", asked[0].head, asked[0].text()).contains("canary.worker"), "{:?}", asked[0]);
    // What the server quotes is for who asked.
    let told = ask(&at, "POST /in", &headers, event(2).as_bytes());
    assert_eq!((told.status, told.body), (400, quoting));
    for (line, status) in [
        ("POST /", 404),
        ("POST /in/", 404),
        ("POST /in/../in", 404),
        ("DELETE /in", 405),
        ("GET /in", 405),
        ("PUT /in", 405),
    ] {
        assert_eq!(ask(&at, line, &headers, event(3).as_bytes()).status, status, "{line}");
    }
    assert_eq!(upstream.asked().len(), 2);
    let metrics = crate::process::get(&format!("{}/metrics", process.listening("metrics")));
    let log = process.log();
    assert!(!metrics.contains("canary") && !log.contains("canary"), "{metrics}{log}");
    assert_eq!(process.stop(), Some(0));
    no_canary_below(&folder.path().join("state"));
    no_secret_below(&folder.path().join("state"));
}

fn no_secret_below(folder: &std::path::Path) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            no_secret_below(&entry.path());
        } else {
            let bytes = std::fs::read(entry.path()).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(SECRET), "{} holds a credential", entry.path().display());
        }
    }
}

#[test]
fn who_is_not_known_is_refused_before_anything_is_read() {
    let upstream = Upstream::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let more = "token = \"env:TAMIS_TEST_TOKEN\"\norg-id = \"example-de\"\n";
    let config = format!("{}{more}", config("http", &format!("{}/in", upstream.at())));
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("siem");
    let known = "Authorization: Bearer operator";
    let first = |headers: &[&str]| {
        let mut stream = TcpStream::connect(at.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let headers = headers.join("\r\n");
        let head = format!(
            "POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nExpect: 100-continue\r\n{headers}\r\n\r\n",
            event(1).len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = [0; 512];
        let read = stream.read(&mut answer).unwrap();
        (String::from_utf8_lossy(&answer[..read]).into_owned(), stream)
    };
    assert!(first(&["X: y"]).0.starts_with("HTTP/1.1 401"));
    assert!(first(&["Authorization: Bearer wrong"]).0.starts_with("HTTP/1.1 401"));
    assert!(first(&[known, "X-Scope-OrgID: other"]).0.starts_with("HTTP/1.1 403"));
    assert!(first(&[known, "Signature: sig1=:YQ==:"]).0.starts_with("HTTP/1.1 400"));
    assert!(first(&[known, "Content-Encoding: br"]).0.starts_with("HTTP/1.1 415"));
    let (answer, mut stream) = first(&[known, "X-Scope-OrgID: example-de", "Connection: close"]);
    assert!(answer.starts_with("HTTP/1.1 100"), "{answer}");
    stream.write_all(event(1).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let asked = upstream.asked();
    assert_eq!(asked.len(), 1);
    // A token that is for Tamis is not for the server.
    assert_eq!((asked[0].header("authorization"), asked[0].header("x-scope-orgid")), (None, Some("example-de")));
    let aws = "Authorization: AWS4-HMAC-SHA256 Credential=x, Signature=y";
    assert_eq!(ask(&at, "POST /in", &[aws], event(1).as_bytes()).status, 401);
    process.stop();
}

#[test]
fn signatures_are_refused_and_digests_made_anew() {
    let upstream = Upstream::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &config("http", &format!("{}/in", upstream.at())), policies());
    let at = process.listening("siem");
    for signed in ["Authorization: AWS4-HMAC-SHA256 x", "X-Amz-Content-Sha256: ab", "Signature-Input: sig1=()"] {
        assert_eq!(ask(&at, "POST /in", &[signed], event(1).as_bytes()).status, 400, "{signed}");
    }
    assert!(upstream.asked().is_empty());
    let digests = ["Digest: SHA-256=b2xk", "Content-Digest: sha-256=:b2xk:", "Content-MD5: b2xk"];
    assert_eq!(ask(&at, "POST /in", &digests, event(1).as_bytes()).status, 200);
    let asked = &upstream.asked()[0];
    let hash =
        base64::Engine::encode(&base64::prelude::BASE64_STANDARD, <sha2::Sha256 as sha2::Digest>::digest(&asked.body));
    assert_eq!(asked.header("digest"), Some(&format!("SHA-256={hash}")[..]));
    assert_eq!(asked.header("content-digest"), Some(&format!("sha-256=:{hash}:")[..]));
    assert_eq!(asked.header("content-md5"), None);
    process.stop();
}

#[test]
fn what_is_too_large_is_refused_and_what_is_torn_is_not_sent() {
    let upstream = Upstream::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[limits]\nbody = \"64 KiB\"\n{}", config("http", &format!("{}/in", upstream.at())));
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("siem");
    assert_eq!(ask(&at, "POST /in", &[], &[b' '; 70 << 10]).status, 413);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&[b' '; 1 << 20]).unwrap();
    let bomb = packed.finish().unwrap();
    assert_eq!(ask(&at, "POST /in", &["Content-Encoding: gzip"], &bomb).status, 413);
    for (torn, status) in [("[{\"a\":1},", 400), ("{\n\"a\":1", 400), ("a,b\n1,2\n", 400), ("\u{1f}", 400)] {
        assert_eq!(ask(&at, "POST /in", &[], torn.as_bytes()).status, status, "{torn}");
    }
    // A client that is gone within its body has sent nothing.
    let mut stream = TcpStream::connect(at.trim_start_matches("http://")).unwrap();
    stream.write_all(b"POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n").unwrap();
    stream.write_all(events(0..2).as_bytes()).unwrap();
    drop(stream);
    assert_eq!(ask(&at, "POST /in", &[], events(0..2).as_bytes()).status, 200);
    assert_eq!(upstream.asked().len(), 1);
    process.stop();
}

/// Runs `openssl`, and says whether it is there.
fn openssl(folder: &std::path::Path, arguments: &str) -> bool {
    let mut openssl = std::process::Command::new("openssl");
    let ran = openssl.args(arguments.split_ascii_whitespace()).current_dir(folder).output();
    ran.is_ok_and(|ran| ran.status.success())
}

/// A certificate of an authority's; `name` is its common name and its file.
fn certificate(folder: &std::path::Path, name: &str) -> bool {
    let request = format!(
        "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /O=x/CN={name} -keyout {name}.key -out {name}.csr"
    );
    std::fs::write(folder.join("san"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n").unwrap();
    let sign = format!(
        "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile san -out {name}.crt"
    );
    openssl(folder, &request) && openssl(folder, &sign)
}

#[test]
fn only_clients_that_are_named_are_let_in() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let ca = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.crt";
    if !(openssl(here, ca) && ["tls", "node-shippers", "others"].iter().all(|name| certificate(here, name))) {
        println!("skipped: openssl makes no certificates");
        return;
    }
    let upstream = Upstream::start(Vec::new());
    let tls =
        "[tls.edge]\ncert = \"file:HERE/tls.crt\"\nkey = \"file:HERE/tls.key\"\nclient-ca = \"file:HERE/ca.crt\"\n";
    let more = "tls = \"edge\"\nclients = [\"CN=node-shippers\"]\n";
    let config = format!("{tls}{}{more}", config("http", &format!("{}/in", upstream.at())));
    let process = Process::start(here, &config, policies());
    let at = process.listening("siem").replace("http://", "https://");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let read = |name: String| std::fs::read(here.join(name)).unwrap();
    let authority = reqwest::Certificate::from_pem(&read("ca.crt".to_owned())).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let send = |name: Option<&str>| {
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([authority.clone()]);
        let client = name.into_iter().fold(client, |client, name| {
            let pem = [read(format!("{name}.key")), read(format!("{name}.crt"))].concat();
            client.identity(reqwest::Identity::from_pem(&pem).unwrap())
        });
        let request = client.build().unwrap().post(format!("{at}/in")).body(event(1));
        runtime.block_on(request.send()).ok().map(|response| response.status().as_u16())
    };
    assert_eq!(send(Some("node-shippers")), Some(200));
    assert_eq!(send(Some("others")), Some(403));
    assert_eq!(send(None), None, "there is no connection");
    assert_eq!(upstream.asked().len(), 1);
    process.stop();
}

/// What `run --check` says of a proxy.
#[test]
fn a_check_says_what_a_proxy_guarantees() {
    let folder = tempfile::tempdir().unwrap();
    let file = configured(folder.path(), &config("hec", "https://splunk:8088"), policies());
    let ran =
        std::process::Command::new(env!("CARGO_BIN_EXE_tamis")).args(["run", "--check", "-c"]).arg(&file).output();
    let said = String::from_utf8_lossy(&ran.unwrap().stderr).into_owned();
    assert!(said.contains("siem → https://splunk:8088/ for security: the upstream's own"), "{said}");
}

/// LAW: what a start would refuse of a proxy a check refuses.
#[test]
fn a_check_opens_what_a_proxy_needs() {
    let folder = tempfile::tempdir().unwrap();
    let check = |more: &str| {
        let config = format!("{}{more}\n", config("hec", "https://127.0.0.1:9"));
        let file = configured(folder.path(), &config, policies());
        let mut tamis = std::process::Command::new(env!("CARGO_BIN_EXE_tamis"));
        String::from_utf8_lossy(&tamis.args(["run", "--check", "-c"]).arg(&file).output().unwrap().stderr).into_owned()
    };
    let said = check("");
    assert!(said.contains("warning: [proxy.siem]: cannot reach 127.0.0.1:9") && !said.contains("error:"), "{said}");
    for missing in ["ca = \"file:/nowhere/ca.crt\"", "token = \"file:/nowhere/token\""] {
        let said = check(missing);
        assert!(said.contains("error: [proxy.siem]") && said.contains("/nowhere/"), "{missing}: {said}");
    }
}
