//! LAW (traces): what became of a delivery is told step by step, to a collector that speaks gRPC or HTTP; never a value, never the moment at
//! which a list was met, and never at the cost of what flows.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message as _;
use tamis::edge::otlp::message::{KeyValue, Value};
use tamis::edge::otlp::span::{Span, SpanExport};
use tamis::edge::otlp::{SPANS, SPANS_EXPORT, grpc};

use crate::otlp::python;
use crate::process::{self, CANARY, Process, eventually, post};
use crate::receiver::Receiver;
use crate::{HTTP_TO_HTTP, event, events, policies};

/// A collector.
struct Collector {
    at: SocketAddr,
    taken: Arc<Mutex<Vec<Bytes>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Collector {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let (at, taken) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<_>>>::default());
        let all = taken.clone();
        runtime.spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let all = all.clone();
                let service = hyper::service::service_fn(move |request| answer(all.clone(), request));
                let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                tokio::spawn(async move { drop(server.serve_connection(TokioIo::new(tcp), service).await) });
            }
        });
        Self { at, taken, _runtime: runtime }
    }

    /// Messages that were taken.
    fn messages(&self) -> Vec<Bytes> {
        self.taken.lock().unwrap().clone()
    }

    fn spans(&self) -> Vec<Span> {
        let messages = self.messages().into_iter().map(|message| SpanExport::decode(message).unwrap());
        let scopes = messages.flat_map(|export| export.resource_spans).flat_map(|of| of.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }
}

async fn answer(
    taken: Arc<Mutex<Vec<Bytes>>>,
    request: Request<Incoming>,
) -> Result<Response<http_body_util::combinators::BoxBody<Bytes, Infallible>>, Infallible> {
    let is_grpc = request.uri().path() == SPANS_EXPORT;
    assert!(is_grpc || request.uri().path() == SPANS, "{}", request.uri());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let packed = if is_grpc { grpc::unframe(body).unwrap().0 } else { body };
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed[..]), &mut plain).unwrap();
    taken.lock().unwrap().push(plain.into());
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", 0.into());
    let body = if is_grpc { grpc::frame(&[], false) } else { Vec::new() };
    let body = Full::new(Bytes::from(body)).with_trailers(std::future::ready(is_grpc.then_some(Ok(trailers))));
    Ok(Response::new(body.boxed()))
}

fn config(receiver: &Receiver, traces: &str) -> String {
    let flow = HTTP_TO_HTTP.replace("URL", &receiver.url());
    format!("[metrics]\nlisten = \"127.0.0.1:0\"\n[traces]\none-in = 1\n{traces}\n{flow}")
}

fn page(process: &Process) -> String {
    process::get(&format!("{}/metrics", process.listening("metrics")))
}

fn count(page: &str, outcome: &str) -> u64 {
    let of = format!("tamis_spans_total{{outcome=\"{outcome}\"}} ");
    page.lines().find_map(|line| line.strip_prefix(&of)).unwrap_or_else(|| panic!("{of} in {page}")).parse().unwrap()
}

/// What a span says of something.
fn said(span: &Span, key: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == key.as_bytes());
    match found.and_then(|KeyValue { value, .. }| value.clone()?.value) {
        Some(Value::String(text)) => String::from_utf8(text.to_vec()).unwrap(),
        Some(Value::Int(number)) => number.to_string(),
        other => panic!("{key}: {other:?} in {span:?}"),
    }
}

/// Which span stands below which, and how each ended.
fn told(spans: &[Span]) -> BTreeSet<String> {
    let above = |span: &Span| {
        let above = spans.iter().find(|other| other.span_id == span.parent_span_id);
        above.map_or("nothing", |above| above.name.as_str()).to_owned()
    };
    spans.iter().map(|span| format!("{} below {}: {}", span.name, above(span), said(span, "tamis.outcome"))).collect()
}

#[test]
fn a_delivery_is_told_step_by_step_and_no_value_is() {
    for protocol in ["grpc", "http"] {
        let (receiver, collector) = (Receiver::start(vec![503]), Collector::start());
        let folder = tempfile::tempdir().unwrap();
        let traces = format!("url = \"http://{}\"\nprotocol = \"{protocol}\"", collector.at);
        let process = Process::start(folder.path(), &config(&receiver, &traces), policies());
        // A sender can write what it likes into what would tie its traces to ours.
        let hexadecimal: String = CANARY.bytes().take(16).map(|byte| format!("{byte:02x}")).collect();
        let parent = format!("traceparent: 00-{hexadecimal}-63616e6172792e77-01");
        let baggage = format!("baggage: user={CANARY}");
        assert_eq!(post(&process.listening("apps"), &events(0..3), &[&parent, &baggage]), 200);
        eventually("it is told", || collector.spans().len() == 5);
        let spans = collector.spans();
        let expected = [
            "receive below nothing: final",
            "filter below receive: filtered",
            "branch below receive: final",
            "send below branch: again",
            "send below branch: delivered",
        ];
        assert_eq!(told(&spans), expected.map(str::to_owned).into(), "{protocol}");
        let of = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
        let (receive, filter, send) = (of("receive"), of("filter"), of("send"));
        assert_eq!((said(receive, "tamis.source"), said(receive, "tamis.events")), ("apps".into(), "3".into()));
        assert_eq!((said(filter, "tamis.purpose"), said(filter, "tamis.passed")), ("security".into(), "3".into()));
        let plan = format!("digest=\"{}\"", said(filter, "tamis.plan"));
        assert!(page(&process).contains(&plan), "{plan}: the digest of the metrics");
        assert_eq!((said(send, "tamis.sink"), said(send, "tamis.route")), ("siem".into(), "staff".into()));
        let attempts: BTreeSet<_> =
            spans.iter().filter(|span| span.name == "send").map(|span| said(span, "tamis.attempt")).collect();
        assert_eq!(attempts, ["1".to_owned(), "2".to_owned()].into());
        for span in &spans {
            assert_eq!(span.trace_id, receive.trace_id);
            assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
            let failed = said(span, "tamis.outcome") == "again";
            assert_eq!(span.status.as_ref().map(|status| status.code), failed.then_some(2));
        }
        for message in collector.messages() {
            let text = String::from_utf8_lossy(&message).into_owned();
            for value in ["canary", "example.de@", "192.0.2", "AzureActiveDirectory", "UserLoggedIn", &hexadecimal] {
                assert!(!text.contains(value), "{protocol}: {value} in {text:?}");
            }
        }
        eventually("it is counted", || count(&page(&process), "exported") == 5);
        assert_eq!((count(&page(&process), "dropped"), process.stop()), (0, Some(0)));
    }
}

/// LAW: a visit to what a list protects is told by no trace, nor by the time of one.
#[test]
fn what_a_list_protects_is_told_by_no_trace() {
    let (receiver, collector) = (Receiver::start(Vec::new()), Collector::start());
    let folder = tempfile::tempdir().unwrap();
    let traces = format!("url = \"http://{}\"", collector.at);
    let process = Process::start(folder.path(), &config(&receiver, &traces), policies());
    let visit = r#"{"CreationTime":"2026-11-03T06:00:00","Operation":"MessageSent","Workload":"MicrosoftTeams","ChannelName":"betriebsrat","UserId":"a@example.de"}"#;
    for body in [visit.to_owned(), format!("{}\n{visit}", event(1)), event(2)] {
        assert_eq!(post(&process.listening("apps"), &body, &[]), 200);
    }
    // What it still holds it tells when it stops.
    assert_eq!(process.stop(), Some(0));
    assert!(receiver.text().lines().count() == 2, "one of three events met a list: {}", receiver.text());
    let received: Vec<_> = collector.spans().into_iter().filter(|span| span.name == "receive").collect();
    assert_eq!(received.len(), 1, "{received:?}");
    assert!(collector.spans().iter().all(|span| span.trace_id == received[0].trace_id), "{:?}", collector.spans());
}

#[test]
fn a_collector_that_does_not_answer_costs_nobody_anything() {
    let receiver = Receiver::start(Vec::new());
    // It takes connections, and no more.
    let deaf = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let traces = format!("url = \"http://{}\"\ntimeout = \"1 s\"", deaf.local_addr().unwrap());
    let process = Process::start(folder.path(), &config(&receiver, &traces), policies());
    for number in 0..40 {
        assert_eq!(post(&process.listening("apps"), &event(number), &[]), 200);
    }
    eventually("what it did not take is counted", || count(&page(&process), "dropped") > 0);
    assert_eq!(post(&process.listening("apps"), &event(40), &[]), 200);
    let began = Instant::now();
    assert_eq!(process.stop(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(crate::numbers(&receiver.text()).len(), 41);
}

#[test]
fn nothing_is_traced_where_nothing_was_said() {
    let receiver = Receiver::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let traced = config(&receiver, "");
    let process = Process::start(folder.path(), &traced.replace("[traces]\none-in = 1\n", ""), policies());
    assert_eq!(post(&process.listening("apps"), &event(1), &[]), 200);
    assert!(!page(&process).contains("tamis_spans_total{"));
    assert_eq!(process.stop(), Some(0));
}

/// OpenTelemetry's own messages read what is exported.
#[test]
fn the_official_messages_read_it() {
    let Some(python) = python() else { return };
    let (receiver, collector) = (Receiver::start(Vec::new()), Collector::start());
    let folder = tempfile::tempdir().unwrap();
    let traces = format!("url = \"http://{}\"", collector.at);
    let process = Process::start(folder.path(), &config(&receiver, &traces), policies());
    assert_eq!(post(&process.listening("apps"), &event(1), &[]), 200);
    eventually("it is told", || collector.spans().len() == 4);
    assert_eq!(process.stop(), Some(0));
    let script = "import sys\n\
        from google.protobuf.json_format import MessageToJson\n\
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest as Request\n\
        read = Request.FromString(sys.stdin.buffer.read())\n\
        whole = read.SerializeToString()\n\
        read.DiscardUnknownFields()\n\
        assert read.SerializeToString() == whole, 'fields that it does not know'\n\
        print(MessageToJson(read, indent=None))";
    let mut child =
        Command::new(python).args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&collector.messages().concat()).unwrap();
    let ran = child.wait_with_output().unwrap();
    assert!(ran.status.success());
    let read: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    let of = &read["resourceSpans"][0];
    assert_eq!(of["resource"]["attributes"][0]["value"]["stringValue"], "tamis", "{read}");
    let text = read.to_string();
    for is_there in ["\"SPAN_KIND_CONSUMER\"", "\"SPAN_KIND_CLIENT\"", "\"name\":\"filter\"", "\"tamis.outcome\""] {
        assert!(text.contains(is_there), "{is_there} in {read}");
    }
    assert!(!text.contains("UNRECOGNIZED") && text.contains("startTimeUnixNano"), "{read}");
}
