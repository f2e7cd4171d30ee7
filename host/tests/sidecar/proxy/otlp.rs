//! OpenTelemetry's protocol through a proxy.

use prost::Message as _;

use super::{ask, config};
use crate::otlp::client::{self, FORMS, Form, Told, send, send_bytes};
use crate::otlp::numbers;
use crate::otlp::server::{Say, Server};
use crate::process::Process;
use crate::{no_canary_below, policies};

fn protocol(form: Form) -> &'static str {
    if form == Form::Grpc { "otlp-grpc" } else { "otlp" }
}

fn good(form: Form) -> Told {
    Told { status: if form == Form::Grpc { 0 } else { 200 }, again: false }
}

#[test]
fn records_pass_filtered_in_each_form_and_what_the_server_says_is_told() {
    for form in FORMS {
        let (http, grpc) = (Say::Status(14, 503, Some(9)), Say::Status(3, 400, None));
        let server = Server::start(vec![Say::Taken, http, grpc, Say::Short(4)]);
        let folder = tempfile::tempdir().unwrap();
        let config = config(protocol(form), &format!("http://{}", server.at));
        let process = Process::start(folder.path(), &config, policies());
        let at = process.listening("siem");
        assert_eq!(send(&at, form, 0..120, true), good(form), "{form:?}");
        assert_eq!(numbers(&server), (0..120).map(|number| (number, 1)).collect(), "{form:?}");
        let pick = |of_grpc, of_http| if form == Form::Grpc { of_grpc } else { of_http };
        assert_eq!(send(&at, form, 0..5, false), Told { status: pick(14, 503), again: true });
        assert_eq!(send(&at, form, 0..5, true), Told { status: pick(3, 400), again: false });
        assert_eq!(send(&at, form, 0..10, true), good(form), "some were rejected");
        assert_eq!(send(&at, form, 0..0, false), good(form));
        let text = crate::process::get(&format!("{}/metrics", process.listening("metrics")));
        let outcome = |outcome: &str| super::metric(&text, &["tamis_events_total", &format!("outcome=\"{outcome}\"")]);
        let ended = ["delivered", "rejected", "refused"].map(outcome);
        assert_eq!(ended, [126, 9, 5], "{form:?} {text}");
        let taken = format!("{:?}", server.taken());
        assert!(!taken.contains("canary.worker") && taken.contains("shop"));
        assert_eq!(process.stop(), Some(0));
        no_canary_below(&folder.path().join("state"));
    }
}

#[test]
fn a_deadline_shrinks_and_other_calls_are_refused() {
    let server = Server::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let both = config("otlp-grpc", &format!("http://{}", server.at));
    let other =
        both.split("[proxy.siem]").nth(1).unwrap().replace("otlp-grpc", "otlp").replace("127.0.0.1:0", "127.0.0.2:0");
    let process = Process::start(folder.path(), &format!("{both}[proxy.other]{other}"), policies());
    let (at, http) = (process.listening("siem"), process.listening("other"));
    let told = client::call(&at, &client::export(0..3).encode_to_vec(), &[("grpc-timeout", "5S")]);
    assert_eq!(told.status, 0);
    let heads = server.heads();
    let left: u64 = heads[0]["grpc-timeout"].to_str().unwrap().trim_end_matches('m').parse().unwrap();
    assert!(left > 0 && left < 5000, "{left}");
    // By the other way, of another kind, or no request at all.
    assert_eq!(send(&http, Form::Grpc, 0..1, false).status, 12);
    assert_eq!(send(&at, Form::Protobuf, 0..1, false).status, 404);
    assert_eq!(send_bytes(&at, Form::Grpc, b"\x0a\xff no request".to_vec(), false, None).status, 3);
    for path in ["v1/traces", "v1/metrics", "", "v1/logs/"] {
        let told = ask(&http, &format!("POST /{path}"), &["Content-Type: application/json"], b"{}");
        assert_eq!(told.status, 404, "{path}");
    }
    assert_eq!(server.heads().len(), 1);
    process.stop();
}

/// A server that does not answer is a later in the protocol's own words.
#[test]
fn a_server_that_is_silent_or_away_is_unavailable() {
    for form in FORMS {
        let server = Server::start(vec![Say::Silence]);
        let folder = tempfile::tempdir().unwrap();
        let said = config(protocol(form), &format!("http://{}", server.at)).replace("20 s", "400 ms");
        let process = Process::start(folder.path(), &said, policies());
        let later = Told { status: if form == Form::Grpc { 14 } else { 503 }, again: true };
        assert_eq!(send(&process.listening("siem"), form, 0..5, false), later, "{form:?}");
        process.stop();
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(folder.path(), &config(protocol(form), "http://127.0.0.1:1"), policies());
        assert_eq!(send(&process.listening("siem"), form, 0..5, false), later, "{form:?}");
        process.stop();
    }
}

/// OpenTelemetry's own SDK, pointed at the proxy.
#[test]
fn the_sdk_delivers_through_a_proxy() {
    let Some(python) = crate::otlp::python() else { return };
    for (protocol, way) in [("otlp-grpc", "grpc"), ("otlp", "http")] {
        let server = Server::start(vec![Say::Status(14, 503, Some(1))]);
        let folder = tempfile::tempdir().unwrap();
        let config = config(protocol, &format!("http://{}", server.at));
        let process = Process::start(folder.path(), &config, policies());
        let sent = std::process::Command::new(&python)
            .arg(crate::otlp::SCRIPT)
            .args(["send", way, &process.listening("siem"), "40"])
            .output()
            .unwrap();
        assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
        assert_eq!(crate::otlp::records(&server.taken()).len(), 40, "sent again once, after what the server asked for");
        assert!(!format!("{:?}", server.taken()).contains("canary.worker"));
        assert_eq!(process.stop(), Some(0));
    }
}
