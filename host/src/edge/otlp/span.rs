//! The messages of `opentelemetry/proto/trace/v1`, as far as Tamis tells of its own work.

use super::message::{KeyValue, Resource, Scope};

/// Spans of several resources; what is exported.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SpanExport {
    /// By resource.
    #[prost(message, repeated, tag = "1")]
    pub resource_spans: Vec<ResourceSpans>,
}

/// Spans of one resource.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ResourceSpans {
    /// Whose they are.
    #[prost(message, optional, tag = "1")]
    pub resource: Option<Resource>,
    /// By scope.
    #[prost(message, repeated, tag = "2")]
    pub scope_spans: Vec<ScopeSpans>,
}

/// Spans of one scope.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ScopeSpans {
    /// What made them.
    #[prost(message, optional, tag = "1")]
    pub scope: Option<Scope>,
    /// Spans.
    #[prost(message, repeated, tag = "2")]
    pub spans: Vec<Span>,
}

/// A span.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Span {
    /// 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub trace_id: Vec<u8>,
    /// 8 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub span_id: Vec<u8>,
    /// 8 bytes; none: it is the first of its trace.
    #[prost(bytes = "vec", tag = "4")]
    pub parent_span_id: Vec<u8>,
    /// What was done.
    #[prost(string, tag = "5")]
    pub name: String,
    /// One of [`kind`].
    #[prost(int32, tag = "6")]
    pub kind: i32,
    /// In nanoseconds since 1970.
    #[prost(fixed64, tag = "7")]
    pub start_time_unix_nano: u64,
    /// In nanoseconds since 1970.
    #[prost(fixed64, tag = "8")]
    pub end_time_unix_nano: u64,
    /// Attributes.
    #[prost(message, repeated, tag = "9")]
    pub attributes: Vec<KeyValue>,
    /// Other spans that it is about.
    #[prost(message, repeated, tag = "13")]
    pub links: Vec<Link>,
    /// `None`: it went as it should.
    #[prost(message, optional, tag = "15")]
    pub status: Option<Status>,
}

/// Another span.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Link {
    /// 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub trace_id: Vec<u8>,
    /// 8 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub span_id: Vec<u8>,
}

/// How it went.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Status {
    /// 2: it failed.
    #[prost(int32, tag = "3")]
    pub code: i32,
}

/// Kinds of spans.
pub mod kind {
    #![allow(missing_docs, reason = "they are called as in the specification")]
    pub const INTERNAL: i32 = 1;
    pub const CLIENT: i32 = 3;
    pub const CONSUMER: i32 = 5;
}

/// The code of what failed.
pub const FAILED: i32 = 2;
