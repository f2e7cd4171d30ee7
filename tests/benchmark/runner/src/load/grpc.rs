//! OTLP by gRPC, from a client by a source and a sink to a server.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::io::{Error, Result};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper::header::HeaderValue;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use super::{Client, POST, ROUTE, Way};
use crate::place::Place;

const PATH: &str = "opentelemetry.proto.collector.logs.v1.LogsService/Export";
/// Posts that are sent again and again.
const POSTS: usize = 400;

struct Grpc {
    runtime: Runtime,
    send: SendRequest<Full<Bytes>>,
    at: String,
}

impl Grpc {
    fn connect(at: &str) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let opening = async {
            let tcp = TcpStream::connect(at).await?;
            tcp.set_nodelay(true)?;
            let opened = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tcp)).await;
            let (send, connection) = opened.map_err(Error::other)?;
            tokio::spawn(connection);
            Ok::<_, Error>(send)
        };
        let send = runtime.block_on(opening)?;
        Ok(Self { runtime, send, at: at.to_owned() })
    }
}

impl Client for Grpc {
    fn post(&mut self, post: &[u8]) -> Result<()> {
        let request = Request::post(format!("http://{}/{PATH}", self.at))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Full::new(Bytes::copy_from_slice(post)))
            .map_err(Error::other)?;
        let sending = async {
            self.send.ready().await?;
            let response = self.send.send_request(request).await?;
            let told = response.headers().get("grpc-status").cloned();
            let body = response.into_body().collect().await?;
            Ok::<_, hyper::Error>(told.or_else(|| body.trailers()?.get("grpc-status").cloned()))
        };
        match self.runtime.block_on(sending).map_err(Error::other)? {
            Some(status) if status == "0" => Ok(()),
            status => Err(Error::other(format!("a call ended with {status:?}"))),
        }
    }
}

async fn answer(
    request: Request<Incoming>,
) -> std::result::Result<Response<impl hyper::body::Body<Data = Bytes, Error = Infallible>>, hyper::Error> {
    request.into_body().collect().await?;
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    // An empty message.
    let body = Full::new(Bytes::from_static(&[0; 5])).with_trailers(std::future::ready(Some(Ok(trailers))));
    let mut response = Response::new(body);
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    Ok(response)
}

/// A server that takes everything, for as long as the process lives.
fn backend() -> Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let at = listener.local_addr()?.to_string();
    std::thread::spawn(move || {
        runtime.block_on(async {
            while let Ok((tcp, _)) = listener.accept().await {
                let _ = tcp.set_nodelay(true);
                let service = hyper::service::service_fn(answer);
                let serving = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                tokio::spawn(serving.serve_connection(TokioIo::new(tcp), service));
            }
        });
    });
    Ok(at)
}

/// A field of protobuf that holds bytes.
fn field(number: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(number << 3 | 2);
    let mut length = bytes.len();
    while length > 0x7f {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
}

fn message(parts: &[(u8, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    parts.iter().for_each(|(number, bytes)| field(*number, bytes, &mut out));
    out
}

/// What a record says: attributes by name, and a body.
fn said(number: usize) -> ([(&'static str, String); 4], String) {
    let person = number * 7919 % 5000;
    let body = match number % 4 {
        0 => format!("order {number} was sent to person{person}@example.com"),
        _ => format!("request {number} took {} ms and was answered", number % 900),
    };
    let attributes = [
        ("event.name", ["view", "edit", "share"][number % 3].to_owned()),
        ("enduser.id", format!("person{person}")),
        ("client.address", format!("198.51.{}.{}", number % 100, number % 250)),
        ("session.id", format!("{:016x}", number * 31)),
    ];
    (attributes, body)
}

fn record(number: usize) -> Vec<u8> {
    let (attributes, body) = said(number);
    let mut out = vec![0x09];
    out.extend_from_slice(&(1_793_691_672_000_000_000 + number as u64).to_le_bytes());
    out.extend_from_slice(&[0x10, 9]);
    field(5, &message(&[(1, body.as_bytes())]), &mut out);
    for (key, value) in attributes {
        field(6, &message(&[(1, key.as_bytes()), (2, &message(&[(1, value.as_bytes())]))]), &mut out);
    }
    out
}

/// A call with so many records, with its frame.
fn call(first: usize) -> Vec<u8> {
    let mut records = Vec::new();
    (first..first + POST).for_each(|number| field(2, &record(number), &mut records));
    let export = message(&[(1, &message(&[(2, &records)]))]);
    let mut framed = vec![0];
    framed.extend_from_slice(&(export.len() as u32).to_be_bytes());
    framed.extend_from_slice(&export);
    framed
}

/// The same records as events, as the source makes them.
fn events(path: &std::path::Path) -> Result<()> {
    let mut text = String::new();
    for number in 0..POSTS * POST {
        let (attributes, body) = said(number);
        let attributes = attributes
            .map(|(key, value)| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#))
            .join(",");
        let time = 1_793_691_672_000_000_000 + number as u64;
        writeln!(text, r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"{time}","severityNumber":9,"body":{{"stringValue":"{body}"}},"attributes":[{attributes}]}}]}}]}}]}}"#).map_err(Error::other)?;
    }
    // Often enough for a start to be a small part.
    std::fs::write(path, text.repeat(4))
}

pub fn way(place: &Place) -> Result<Way> {
    let (direct, path) = (backend()?, place.work.join("otlp.ndjson"));
    events(&path)?;
    Ok(Way {
        name: "OTLP/gRPC → OTLP/gRPC",
        config: format!(
            "[source.in]\ntype = \"otlp\"\ngrpc = \"127.0.0.1:0\"\nanswer = \"60 s\"\n[sink.out]\ntype = \"otlp\"\nurl = \"http://{direct}\"\nprotocol = \"grpc\"\n{ROUTE}"
        ),
        posts: (0..POSTS).map(|number| call(number * POST)).collect(),
        events: path.display().to_string(),
        direct,
        connect: Box::new(|at, _| Ok(Box::new(Grpc::connect(at)?))),
    })
}
