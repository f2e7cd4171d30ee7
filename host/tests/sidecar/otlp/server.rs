//! A server of OpenTelemetry's protocol that says what a test wants it to say.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use prost::Message as _;
use tamis::edge::otlp::group::Group;
use tamis::edge::otlp::grpc;
use tamis::edge::otlp::message::{Export, Exported, PartialSuccess};

/// What the server says to a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Say {
    /// All of it is taken.
    Taken,
    /// All but so many.
    Short(i64),
    /// A status: of gRPC for gRPC, of HTTP for HTTP; with `RetryInfo` or `Retry-After` of so many seconds.
    Status(u16, u16, Option<u64>),
    /// Nothing: the answer never comes, though all of it was taken.
    Silence,
}

pub(crate) struct Server {
    pub(crate) at: SocketAddr,
    taken: Arc<Mutex<Vec<Export>>>,
    heads: Arc<Mutex<Vec<HeaderMap>>>,
    _runtime: tokio::runtime::Runtime,
}

struct Script {
    says: Mutex<VecDeque<Say>>,
    taken: Arc<Mutex<Vec<Export>>>,
    heads: Arc<Mutex<Vec<HeaderMap>>>,
}

type Body = http_body_util::combinators::BoxBody<Bytes, Infallible>;

impl Server {
    /// Says these, one a request, then that all is taken.
    pub(crate) fn start(says: Vec<Say>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let (at, taken, heads) = (listener.local_addr().unwrap(), Arc::default(), Arc::default());
        let script = Script { says: Mutex::new(says.into()), taken: Arc::clone(&taken), heads: Arc::clone(&heads) };
        let script = Arc::new(script);
        runtime.spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let script = script.clone();
                let service = hyper::service::service_fn(move |request| answer(script.clone(), request));
                tokio::spawn(async move {
                    let server = auto::Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(tcp), service).await;
                });
            }
        });
        Self { at, taken, heads, _runtime: runtime }
    }

    /// Requests that were taken.
    pub(crate) fn taken(&self) -> Vec<Export> {
        self.taken.lock().unwrap().clone()
    }

    /// Headers of all requests.
    pub(crate) fn heads(&self) -> Vec<HeaderMap> {
        self.heads.lock().unwrap().clone()
    }
}

async fn answer(script: Arc<Script>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let is_grpc = head.uri.path() == tamis::edge::otlp::EXPORT;
    assert!(is_grpc || head.uri.path() == tamis::edge::otlp::LOGS, "{}", head.uri);
    let body = body.collect().await.unwrap().to_bytes();
    let (message, is_packed) = if is_grpc { grpc::unframe(body).unwrap() } else { (body, true) };
    let packed_as = head.headers.get(if is_grpc { "grpc-encoding" } else { "content-encoding" });
    let message = match packed_as.filter(|_| is_packed) {
        Some(coding) => {
            assert_eq!(coding, "gzip");
            let mut plain = Vec::new();
            std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&message[..]), &mut plain).unwrap();
            plain.into()
        }
        None => message,
    };
    let is_json = head.headers["content-type"] == "application/json";
    let export = if is_json { of_json(&message) } else { Export::decode(message).unwrap() };
    script.heads.lock().unwrap().push(head.headers);
    let say = script.says.lock().unwrap().pop_front().unwrap_or(Say::Taken);
    if !matches!(say, Say::Status(..)) {
        script.taken.lock().unwrap().push(export);
    }
    if matches!(say, Say::Silence) {
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
    Ok(if is_grpc { by_grpc(say) } else { by_http(say, is_json) })
}

fn of_json(message: &[u8]) -> Export {
    let mut group = Group::default();
    assert!(group.add(message));
    Export::decode(&group.finish()[..]).unwrap()
}

fn exported(say: Say) -> Vec<u8> {
    let Say::Short(rejected_log_records) = say else { return Vec::new() };
    Exported { partial_success: Some(PartialSuccess { rejected_log_records }) }.encode_to_vec()
}

fn by_grpc(say: Say) -> Response<Body> {
    let (mut trailers, mut body) = (HeaderMap::new(), Vec::new());
    match say {
        Say::Status(code, _, again) => {
            trailers.insert("grpc-status", code.into());
            trailers.insert("grpc-message", "canary.worker".parse().unwrap());
            let details = grpc::status(code, "canary.worker", again.map(Duration::from_secs));
            trailers.insert("grpc-status-details-bin", grpc::binary(&details).parse().unwrap());
        }
        say => {
            trailers.insert("grpc-status", 0.into());
            body = grpc::frame(&exported(say), false);
        }
    }
    let body = Full::new(Bytes::from(body)).with_trailers(std::future::ready(Some(Ok(trailers))));
    Response::builder().header("content-type", "application/grpc").body(body.boxed()).unwrap()
}

fn by_http(say: Say, is_json: bool) -> Response<Body> {
    let body = match (say, is_json) {
        (Say::Short(number), true) => format!("{{\"partialSuccess\":{{\"rejectedLogRecords\":\"{number}\"}}}}").into(),
        (_, true) => b"{}".to_vec(),
        (say, false) => exported(say),
    };
    let response = match say {
        Say::Status(_, status, again) => {
            let response = Response::builder().status(status);
            again.map(|again| again.to_string()).into_iter().fold(response, |r, again| r.header("retry-after", again))
        }
        _ => Response::builder(),
    };
    let kind = if is_json { "application/json" } else { "application/x-protobuf" };
    response.header("content-type", kind).body(Full::new(Bytes::from(body)).boxed()).unwrap()
}
