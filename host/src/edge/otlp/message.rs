//! The messages of `opentelemetry/proto/logs/v1` and what they are made of.
//!
//! Texts are bytes here: some clients send text that is no UTF-8, and one such value is no reason to refuse a request. They
//! share the memory of the request that they came in.

use bytes::Bytes;

/// Records of several resources; what a client exports.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Export {
    /// By resource.
    #[prost(message, repeated, tag = "1")]
    pub resource_logs: Vec<ResourceLogs>,
}

/// What was not taken.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Exported {
    /// `None`: all was taken.
    #[prost(message, optional, tag = "1")]
    pub partial_success: Option<PartialSuccess>,
}

/// Some records were refused for good. Which is not said; neither is the text read, which may quote them.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PartialSuccess {
    /// How many.
    #[prost(int64, tag = "1")]
    pub rejected_log_records: i64,
}

/// Records of one resource.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ResourceLogs {
    /// Whose they are.
    #[prost(message, optional, tag = "1")]
    pub resource: Option<Resource>,
    /// By scope.
    #[prost(message, repeated, tag = "2")]
    pub scope_logs: Vec<ScopeLogs>,
    /// Where the resource's attributes are documented.
    #[prost(bytes = "bytes", tag = "3")]
    pub schema_url: Bytes,
}

/// What produced records.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Resource {
    /// Attributes.
    #[prost(message, repeated, tag = "1")]
    pub attributes: Vec<KeyValue>,
    /// Attributes that are missing.
    #[prost(uint32, tag = "2")]
    pub dropped_attributes_count: u32,
}

/// Records of one scope.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ScopeLogs {
    /// What wrote them.
    #[prost(message, optional, tag = "1")]
    pub scope: Option<Scope>,
    /// Records.
    #[prost(message, repeated, tag = "2")]
    pub log_records: Vec<LogRecord>,
    /// Where their attributes are documented.
    #[prost(bytes = "bytes", tag = "3")]
    pub schema_url: Bytes,
}

/// A library, or a part of a program.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Scope {
    /// Its name.
    #[prost(bytes = "bytes", tag = "1")]
    pub name: Bytes,
    /// Its version.
    #[prost(bytes = "bytes", tag = "2")]
    pub version: Bytes,
    /// Attributes.
    #[prost(message, repeated, tag = "3")]
    pub attributes: Vec<KeyValue>,
    /// Attributes that are missing.
    #[prost(uint32, tag = "4")]
    pub dropped_attributes_count: u32,
}

/// A record.
#[derive(Clone, PartialEq, prost::Message)]
pub struct LogRecord {
    /// When it happened, in nanoseconds since 1970; 0: not known.
    #[prost(fixed64, tag = "1")]
    pub time_unix_nano: u64,
    /// When it was seen.
    #[prost(fixed64, tag = "11")]
    pub observed_time_unix_nano: u64,
    /// From 1 (trace) to 24 (fatal); 0: not known.
    #[prost(int32, tag = "2")]
    pub severity_number: i32,
    /// The same, as the program says it.
    #[prost(bytes = "bytes", tag = "3")]
    pub severity_text: Bytes,
    /// What it says.
    #[prost(message, optional, tag = "5")]
    pub body: Option<AnyValue>,
    /// Attributes.
    #[prost(message, repeated, tag = "6")]
    pub attributes: Vec<KeyValue>,
    /// Attributes that are missing.
    #[prost(uint32, tag = "7")]
    pub dropped_attributes_count: u32,
    /// Flags of the trace.
    #[prost(fixed32, tag = "8")]
    pub flags: u32,
    /// 16 bytes, or none.
    #[prost(bytes = "bytes", tag = "9")]
    pub trace_id: Bytes,
    /// 8 bytes, or none.
    #[prost(bytes = "bytes", tag = "10")]
    pub span_id: Bytes,
    /// The kind of event it is.
    #[prost(bytes = "bytes", tag = "12")]
    pub event_name: Bytes,
}

/// An attribute.
#[derive(Clone, PartialEq, prost::Message)]
pub struct KeyValue {
    /// Its name.
    #[prost(bytes = "bytes", tag = "1")]
    pub key: Bytes,
    /// Its value.
    #[prost(message, optional, tag = "2")]
    pub value: Option<AnyValue>,
}

/// A value; `None`: empty.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AnyValue {
    /// Of which type.
    #[prost(oneof = "Value", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub value: Option<Value>,
}

/// What a value is.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Value {
    /// Text.
    #[prost(bytes = "bytes", tag = "1")]
    String(Bytes),
    /// True or false.
    #[prost(bool, tag = "2")]
    Bool(bool),
    /// A whole number.
    #[prost(int64, tag = "3")]
    Int(i64),
    /// A number.
    #[prost(double, tag = "4")]
    Double(f64),
    /// Values.
    #[prost(message, tag = "5")]
    Array(ArrayValue),
    /// Values with names.
    #[prost(message, tag = "6")]
    KeyValues(KeyValueList),
    /// Bytes.
    #[prost(bytes = "bytes", tag = "7")]
    Bytes(Bytes),
}

/// Values.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ArrayValue {
    /// In their order.
    #[prost(message, repeated, tag = "1")]
    pub values: Vec<AnyValue>,
}

/// Values with names.
#[derive(Clone, PartialEq, prost::Message)]
pub struct KeyValueList {
    /// In their order.
    #[prost(message, repeated, tag = "1")]
    pub values: Vec<KeyValue>,
}

impl From<Value> for AnyValue {
    fn from(value: Value) -> Self {
        Self { value: Some(value) }
    }
}
