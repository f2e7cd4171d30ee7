//! A client of OpenTelemetry's protocol.

use std::io::Write as _;

use http_body_util::BodyExt as _;
use prost::Message as _;
use tamis::edge::otlp::grpc;
use tamis::edge::otlp::message::{
    AnyValue, Export, KeyValue, LogRecord, Resource, ResourceLogs, Scope, ScopeLogs, Value,
};

use crate::CANARY;

/// How a client writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Grpc,
    Protobuf,
    Json,
}

pub(crate) const FORMS: [Form; 3] = [Form::Grpc, Form::Protobuf, Form::Json];

/// What it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// A status of HTTP, or of gRPC.
    pub(crate) status: u16,
    /// It may be sent again.
    pub(crate) again: bool,
}

pub(crate) fn text(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.to_owned().into(), value: Some(Value::String(value.to_owned().into()).into()) }
}

/// Records with these numbers, of one resource and scope, and of a person whom nobody may find again.
pub(crate) fn export(numbers: std::ops::Range<u32>) -> Export {
    let record = |number: u32| LogRecord {
        time_unix_nano: 1_793_691_672_000_000_000,
        severity_number: number as i32,
        severity_text: "INFO".into(),
        trace_id: vec![0x5b; 16].into(),
        body: Some(AnyValue::from(Value::String(format!("sent to {CANARY}").into()))),
        attributes: vec![text("user.email", CANARY), text("http.request.method", "GET"), text("shop.customer", CANARY)],
        ..LogRecord::default()
    };
    let resource = Resource { attributes: vec![text("service.name", "shop")], ..Resource::default() };
    let scope = Scope { name: "shop.http".into(), ..Scope::default() };
    let scope = ScopeLogs { scope: Some(scope), log_records: numbers.map(record).collect(), ..ScopeLogs::default() };
    let of = ResourceLogs { resource: Some(resource), scope_logs: vec![scope], ..ResourceLogs::default() };
    Export { resource_logs: vec![of] }
}

/// The same as OTLP/JSON.
pub(crate) fn json(numbers: std::ops::Range<u32>) -> String {
    let record = |number: u32| {
        serde_json::json!({ "timeUnixNano": "1793691672000000000", "severityNumber": number, "severityText": "INFO",
            "traceId": "5b".repeat(16), "body": { "stringValue": format!("sent to {CANARY}") }, "attributes": [
                { "key": "user.email", "value": { "stringValue": CANARY } },
                { "key": "http.request.method", "value": { "stringValue": "GET" } },
                { "key": "shop.customer", "value": { "stringValue": CANARY } }] })
    };
    let records: Vec<_> = numbers.map(record).collect();
    let resource = serde_json::json!({ "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] });
    let scope = serde_json::json!({ "scope": { "name": "shop.http" }, "logRecords": records });
    serde_json::json!({ "resourceLogs": [{ "resource": resource, "scopeLogs": [scope] }] }).to_string()
}

/// Sends records.
pub(crate) fn send(at: &str, form: Form, numbers: std::ops::Range<u32>, gzip: bool) -> Told {
    let body = match form {
        Form::Json => json(numbers).into_bytes(),
        Form::Grpc | Form::Protobuf => export(numbers).encode_to_vec(),
    };
    send_bytes(at, form, body, gzip, None)
}

pub(crate) fn send_bytes(at: &str, form: Form, mut body: Vec<u8>, gzip: bool, token: Option<&str>) -> Told {
    if gzip {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&body).unwrap();
        body = packed.finish().unwrap();
    }
    let (path, kind, coding) = match form {
        Form::Grpc => (tamis::edge::otlp::EXPORT, "application/grpc+proto", "grpc-encoding"),
        Form::Protobuf => (tamis::edge::otlp::LOGS, "application/x-protobuf", "content-encoding"),
        Form::Json => (tamis::edge::otlp::LOGS, "application/json; charset=utf-8", "content-encoding"),
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().no_proxy();
    let builder = if form == Form::Grpc { builder.http2_prior_knowledge() } else { builder };
    let mut request = builder.build().unwrap().post(format!("{at}{path}")).header("content-type", kind);
    if gzip {
        request = request.header(coding, "gzip");
    }
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let body = if form == Form::Grpc { grpc::frame(&body, gzip) } else { body };
    ask(request.body(body), form)
}

/// Calls by gRPC, with further headers.
pub(crate) fn call(at: &str, body: &[u8], headers: &[(&str, &str)]) -> Told {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let request = client.post(format!("{at}{}", tamis::edge::otlp::EXPORT)).header("content-type", "application/grpc");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    ask(request.body(grpc::frame(body, false)), Form::Grpc)
}

fn ask(request: reqwest::RequestBuilder, form: Form) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let response = hyper::Response::<reqwest::Body>::from(request.send().await.unwrap());
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap();
        if form != Form::Grpc {
            let kinds = ["application/json", "application/x-protobuf"];
            assert_eq!(head.headers["content-type"], kinds[usize::from(form == Form::Protobuf)]);
            return Told { status: head.status.as_u16(), again: head.headers.contains_key("retry-after") };
        }
        let trailers = body.trailers().unwrap();
        let details =
            trailers.get("grpc-status-details-bin").map(|details| grpc::unbinary(details.as_bytes()).unwrap());
        let again = details.is_some_and(|details| grpc::retry_delay(&details).is_some());
        Told { status: trailers["grpc-status"].to_str().unwrap().parse().unwrap(), again }
    })
}
