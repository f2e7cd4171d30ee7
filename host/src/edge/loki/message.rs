//! The messages of `logproto/push.proto`.

/// Lines of several streams.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Push {
    /// By labels.
    #[prost(message, repeated, tag = "1")]
    pub streams: Vec<Stream>,
}

/// Lines of the same labels.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Stream {
    /// `{app="shop"}`.
    #[prost(string, tag = "1")]
    pub labels: String,
    /// Lines.
    #[prost(message, repeated, tag = "2")]
    pub entries: Vec<Entry>,
}

/// A line.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Entry {
    /// Its time.
    #[prost(message, optional, tag = "1")]
    pub time: Option<Time>,
    /// What it says.
    #[prost(bytes = "bytes", tag = "2")]
    pub line: bytes::Bytes,
    /// Structured metadata.
    #[prost(message, repeated, tag = "3")]
    pub metadata: Vec<Pair>,
}

/// Since 1970.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct Time {
    /// Whole seconds.
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// Nanoseconds behind them.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

/// A name and its value.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Pair {
    /// Name.
    #[prost(bytes = "bytes", tag = "1")]
    pub name: bytes::Bytes,
    /// Value.
    #[prost(bytes = "bytes", tag = "2")]
    pub value: bytes::Bytes,
}
