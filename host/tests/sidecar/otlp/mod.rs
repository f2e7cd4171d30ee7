//! OpenTelemetry's protocol, in and out.

pub(crate) mod client;
mod peers;
pub(crate) use peers::{SCRIPT, python};
pub(crate) mod server;

use std::collections::BTreeMap;

use client::{FORMS, Form, Told, send, send_bytes};
use server::{Say, Server};
use tamis::edge::otlp::message::{Export, KeyValue, LogRecord, Value};

use crate::process::{Process, eventually};
use crate::{no_canary_below, policies};

pub(crate) const OTLP_TO_OTLP: &str = r#"
[source.apps]
type   = "otlp"
grpc   = "127.0.0.1:0"
answer = "20 s"
[sink.collector]
type     = "otlp"
url      = "http://URL"
protocol = "PROTOCOL"
headers  = { x-test = "env:TAMIS_TEST_TOKEN" }
batch    = { events = 50, age = "20 ms" }
retry    = { first = "20 ms", most = "200 ms" }
[route.staff]
from   = "apps"
policy = "tenants/example-de.toml"
[[route.staff.to]]
sink      = "collector"
purpose   = "security"
guarantee = "at-least-once"
"#;

/// By gRPC in, the other out, so that both are seen.
pub(crate) fn config(server: &Server, protocol: &str) -> String {
    OTLP_TO_OTLP.replace("URL", &server.at.to_string()).replace("PROTOCOL", protocol)
}

pub(crate) fn records(exports: &[Export]) -> Vec<LogRecord> {
    let scopes = exports.iter().flat_map(|export| &export.resource_logs).flat_map(|of| &of.scope_logs);
    scopes.flat_map(|of| of.log_records.clone()).collect()
}

/// How often each number was taken.
pub(crate) fn numbers(server: &Server) -> BTreeMap<u32, usize> {
    let mut found = BTreeMap::new();
    for record in records(&server.taken()) {
        *found.entry(record.severity_number as u32).or_default() += 1;
    }
    found
}

fn value<'a>(pairs: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    pairs.iter().find(|pair| pair.key == key)?.value.as_ref()?.value.as_ref()
}

#[test]
fn what_is_exported_arrives_filtered_with_its_resource_and_is_answered_when_it_is_there() {
    for (protocol, form) in [("grpc", Form::Protobuf), ("http", Form::Grpc), ("grpc", Form::Json)] {
        let server = Server::start(vec![Say::Status(14, 503, Some(0)), Say::Taken]);
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(folder.path(), &config(&server, protocol), policies());
        let at = process.listening("apps");
        let status = if form == Form::Grpc { 0 } else { 200 };
        assert_eq!(send(&at, form, 0..120, form != Form::Json), Told { status, again: false });
        assert_eq!(numbers(&server), (0..120).map(|number| (number, 1)).collect(), "{form:?}");
        let taken = server.taken();
        assert!(!format!("{taken:?}").contains("canary.worker"));
        assert!(server.heads().iter().all(|head| head["x-test"] == "operator"));
        for export in &taken {
            assert_eq!(export.resource_logs.len(), 1, "equal resources stand together");
            let of = &export.resource_logs[0];
            let name = Some(&Value::String("shop".into()));
            assert_eq!(value(&of.resource.as_ref().unwrap().attributes, "service.name"), name);
            assert_eq!(of.scope_logs.len(), 1);
            assert_eq!(of.scope_logs[0].scope.as_ref().unwrap().name, "shop.http");
        }
        let first = &records(&taken)[0];
        assert_eq!((first.time_unix_nano, &first.severity_text[..]), (1_793_691_672_000_000_000, &b"INFO"[..]));
        assert_eq!(value(&first.attributes, "http.request.method"), Some(&Value::String("GET".into())));
        assert_eq!(process.stop(), Some(0));
        no_canary_below(&folder.path().join("state"));
    }
}

/// LAW: an answer is never wrong, and says by its status alone whether to send again.
#[test]
fn what_cannot_be_taken_is_refused_as_the_protocol_says() {
    let server = Server::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "hunter2\n").unwrap();
    let config = config(&server, "grpc").replace("answer = \"20 s\"", "token = \"file:HERE/token\"");
    let config = format!("[limits]\nbody = \"64 KiB\"\nevent = \"8 KiB\"\n{config}");
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    let token = Some("hunter2");
    for (form, unknown, malformed, large) in
        [(Form::Grpc, 16, 3, 8), (Form::Protobuf, 401, 400, 413), (Form::Json, 401, 400, 413)]
    {
        let never = |status| Told { status, again: false };
        assert_eq!(send(&at, form, 0..1, false), never(unknown));
        assert_eq!(send_bytes(&at, form, Vec::new(), false, Some("hunter3")), never(unknown));
        assert_eq!(send_bytes(&at, form, b"\x0a\xff no request".to_vec(), false, token), never(malformed));
        assert_eq!(send_bytes(&at, form, vec![b' '; 70 << 10], false, token), never(large));
        assert_eq!(send_bytes(&at, form, vec![b' '; 70 << 10], true, token), never(large), "inflated");
    }
    for path in ["v1/traces", "v1/metrics", "", "v1/logs/"] {
        let json = ["Content-Type: application/json", "Authorization: Bearer hunter2"];
        assert_eq!(crate::process::post(&format!("{at}/{path}"), "{}", &json), 404, "{path}");
    }
    assert_eq!(crate::process::post(&format!("{at}/v1/logs"), "{}", &["Authorization: Bearer hunter2"]), 415);
    // Without trailers its status would be read as that of success.
    let grpc = ["Content-Type: application/grpc", "Authorization: Bearer hunter2"];
    assert_eq!(crate::process::post(&format!("{at}{}", tamis::edge::otlp::EXPORT), "", &grpc), 415);
    assert!(server.taken().is_empty());
    process.stop();
}

/// LAW: a record that is too long is put aside by itself, and counts as taken.
#[test]
fn a_record_that_is_too_long_is_no_reason_to_refuse_the_others() {
    let server = Server::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[limits]\nevent = \"2 KiB\"\n{}", config(&server, "grpc"));
    let process = Process::start(folder.path(), &config, policies());
    let mut export = client::export(0..3);
    export.resource_logs[0].scope_logs[0].log_records[1].severity_text = "x".repeat(4000).into();
    let body = prost::Message::encode_to_vec(&export);
    assert_eq!(send_bytes(&process.listening("apps"), Form::Grpc, body, false, None).status, 0);
    assert_eq!(numbers(&server), [(0, 1), (2, 1)].into());
    let kept = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap();
    assert!(kept.contains("too-long") || kept.contains("too-large"), "{kept}");
    process.stop();
}

#[test]
fn many_records_of_one_resource_are_handed_on_some_at_a_time() {
    let server = Server::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let config = config(&server, "grpc").replace("events = 50", "events = 2000");
    let process = Process::start(folder.path(), &config, policies());
    let mut export = client::export(0..4000);
    export.resource_logs[0].resource.as_mut().unwrap().attributes.push(client::text("much", &"x".repeat(1000)));
    let body = prost::Message::encode_to_vec(&export);
    assert_eq!(send_bytes(&process.listening("apps"), Form::Grpc, body, true, None).status, 0);
    assert_eq!(numbers(&server), (0..4000).map(|number| (number, 1)).collect());
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn what_is_no_record_of_opentelemetry_becomes_the_body_of_one() {
    let server = Server::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let config = config(&server, "grpc")
        .replace("type   = \"otlp\"\ngrpc   = \"127.0.0.1:0\"", "type = \"http\"\nlisten = \"127.0.0.1:0\"");
    let process = Process::start(folder.path(), &config, policies());
    assert_eq!(crate::process::post(&process.listening("apps"), &crate::event(7), &[]), 200);
    let records = records(&server.taken());
    let Some(Value::KeyValues(body)) = records[0].body.as_ref().and_then(|body| body.value.as_ref()) else {
        panic!("{records:?}")
    };
    assert_eq!(value(&body.values, "Version"), Some(&Value::Int(7)));
    assert_eq!(value(&body.values, "Operation"), Some(&Value::String("UserLoggedIn".into())));
    process.stop();
}

/// Makes a certificate for this machine; where `openssl` is not there, says so.
fn certificate(folder: &std::path::Path) -> bool {
    let arguments = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 \
        -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE -keyout tls.key -out tls.crt";
    let mut openssl = std::process::Command::new("openssl");
    let made = openssl.args(arguments.split_ascii_whitespace()).current_dir(folder).output();
    let is_made = made.is_ok_and(|made| made.status.success());
    if !is_made {
        println!("skipped: openssl makes no certificate");
    }
    is_made
}

/// One Tamis sends to another, over TLS; whose certificate nobody vouches for gets nothing.
#[test]
fn what_a_sink_sends_a_source_takes_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    if !certificate(folder.path()) {
        return;
    }
    let here = folder.path().to_str().unwrap();
    let server = Server::start(Vec::new());
    let tls = format!("[tls.edge]\ncert = \"file:{here}/tls.crt\"\nkey = \"file:{here}/tls.key\"\n");
    for protocol in ["grpc", "http"] {
        let (last, first) =
            (folder.path().join(format!("{protocol}-last")), folder.path().join(format!("{protocol}-first")));
        [&last, &first].into_iter().for_each(|folder| std::fs::create_dir(folder).unwrap());
        let with = "answer = \"20 s\"\ntls = \"edge\"";
        let last_config = format!("{tls}{}", config(&server, "grpc").replace("answer = \"20 s\"", with));
        let last = Process::start(&last, &last_config, policies());
        let at = last.listening("apps").replace("http://", "https://");
        let to = OTLP_TO_OTLP.replace("http://URL", &at).replace("PROTOCOL", protocol);
        // Who is not trusted waits for nothing.
        let distrusting = to.replace("20 s", "2 s");
        let trusting = to.replace("headers", &format!("ca = \"file:{here}/tls.crt\"\nheaders"));
        let before = records(&server.taken()).len();
        for (config, status, taken) in [(&distrusting, 14, 0), (&trusting, 0, 20)] {
            let process = Process::start(&first, config, policies());
            assert_eq!(send(&process.listening("apps"), Form::Grpc, 0..20, false).status, status, "{protocol}");
            assert_eq!(records(&server.taken()).len() - before, taken);
            process.stop();
        }
        last.stop();
    }
}

/// What counts as taken, and how often it is sent, of 10 records at a server that says this first.
#[test]
fn what_a_server_says_is_what_becomes_of_records() {
    let (metrics, here) = ("[metrics]\nlisten = \"127.0.0.1:0\"\n", tempfile::tempdir().unwrap());
    for protocol in ["grpc", "http"] {
        for (say, times, rejected) in [
            (Say::Status(14, 503, None), 1, 0),
            (Say::Status(8, 429, Some(1)), 1, 0),
            (Say::Status(13, 500, None), 1, 0),
            (Say::Status(8, 413, None), 1, 0),
            (Say::Status(3, 400, None), 0, 10),
            (Say::Short(4), 1, 4),
            (Say::Silence, 2, 0),
        ] {
            let server = Server::start(vec![say]);
            let folder =
                here.path().join(format!("{protocol}-{times}-{rejected}-{say:?}").replace(['(', ')', ' '], ""));
            std::fs::create_dir(&folder).unwrap();
            let timeout = if matches!(say, Say::Silence) { "3 s" } else { "20 s" };
            let limited = format!("timeout = \"{timeout}\"\nbatch ");
            let config = format!("{metrics}{}", config(&server, protocol).replace("batch ", &limited));
            let process = Process::start(&folder, &config, policies());
            let told = send(&process.listening("apps"), FORMS[0], 0..10, false);
            assert_eq!(told, Told { status: 0, again: false }, "{say:?}");
            let expected: BTreeMap<_, _> = (0..10).filter(|_| times > 0).map(|number| (number, times)).collect();
            assert_eq!(numbers(&server), expected, "{protocol} {say:?}");
            let counted = format!("outcome=\"rejected\"}} {rejected}");
            let text = || crate::process::get(&format!("{}/metrics", process.listening("metrics")));
            eventually("it is counted", || text().contains(&counted));
            process.stop();
            no_canary_below(&folder.join("state"));
        }
    }
}
