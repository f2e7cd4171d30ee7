//! OpenTelemetry's protocol for logs, as far as source and sink share it.
//!
//! An event is an export request of one record (`{"resourceLogs":[{"resource":…,"scopeLogs":[{"scope":…,"logRecords":[…]}]}]}`), as
//! OTLP/JSON writes it: resource and scope belong to each record, and the shipped map `otlp` names all of it.
//!
//! | file | holds |
//! |---|---|
//! | `message.rs` | the messages |
//! | `records.rs` | a request → its records, each an event |
//! | `write.rs` | a message → OTLP/JSON |
//! | `group.rs` | filtered events → one request in protobuf, equal resources and scopes together |
//! | `read.rs` | OTLP/JSON → protobuf |
//! | `grpc.rs` | frames and statuses of gRPC |
//! | `span.rs` | the messages of traces, which tell of our own work ([`spans`](super::spans)) |

pub mod group;
pub mod grpc;
pub mod message;
mod read;
pub mod records;
pub mod span;
#[cfg(test)]
mod tests;
mod write;

/// Where records are sent by gRPC.
pub const EXPORT: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
/// Where they are sent by HTTP.
pub const LOGS: &str = "/v1/logs";
/// Where spans are sent by gRPC.
pub const SPANS_EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// Where they are sent by HTTP.
pub const SPANS: &str = "/v1/traces";

/// A request as OTLP/JSON.
pub fn json(export: &message::Export) -> Vec<u8> {
    let mut out = Vec::new();
    write::export(export, &mut out);
    out
}
