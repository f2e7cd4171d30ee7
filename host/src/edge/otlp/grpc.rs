//! gRPC, as far as one call and one answer need it: a frame is a byte that says whether it is compressed, its length, and a
//! message. A status stands in the trailers, its details in `grpc-status-details-bin`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use prost::Message as _;

/// Statuses of gRPC that are spoken of here.
pub mod code {
    #![allow(missing_docs, reason = "they are called as in the specification")]
    pub const OK: u16 = 0;
    pub const CANCELLED: u16 = 1;
    pub const UNKNOWN: u16 = 2;
    pub const INVALID_ARGUMENT: u16 = 3;
    pub const DEADLINE_EXCEEDED: u16 = 4;
    pub const PERMISSION_DENIED: u16 = 7;
    pub const RESOURCE_EXHAUSTED: u16 = 8;
    pub const ABORTED: u16 = 10;
    pub const OUT_OF_RANGE: u16 = 11;
    pub const UNIMPLEMENTED: u16 = 12;
    pub const INTERNAL: u16 = 13;
    pub const UNAVAILABLE: u16 = 14;
    pub const DATA_LOSS: u16 = 15;
    pub const UNAUTHENTICATED: u16 = 16;
}

/// Bytes before a message.
const HEAD: usize = 5;

/// A message as a frame. `packed`: it was compressed as the call says.
pub fn frame(message: &[u8], packed: bool) -> Vec<u8> {
    let mut frame = Vec::with_capacity(HEAD + message.len());
    frame.push(u8::from(packed));
    frame.extend_from_slice(&(message.len() as u32).to_be_bytes());
    frame.extend_from_slice(message);
    frame
}

/// The one message of a body, and whether it is compressed. `None`: it is no frame, cut, or more than one.
pub fn unframe(body: Bytes) -> Option<(Bytes, bool)> {
    let (head, rest) = body.split_first_chunk::<HEAD>()?;
    let [flag, length @ ..] = *head;
    let is_whole = flag <= 1 && rest.len() == u32::from_be_bytes(length) as usize;
    is_whole.then(|| (body.slice(HEAD..), flag == 1))
}

#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Span>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Span {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

/// A status in protobuf; `again`: after how long the call may be repeated.
pub fn status(code: u16, message: &str, again: Option<Duration>) -> Vec<u8> {
    let details = again.map(|again| {
        let span = Span { seconds: again.as_secs() as i64, nanos: again.subsec_nanos() as i32 };
        Any { type_url: RETRY_INFO.to_owned(), value: RetryInfo { retry_delay: Some(span) }.encode_to_vec() }
    });
    let details = details.into_iter().collect();
    Status { code: code.into(), message: message.to_owned(), details }.encode_to_vec()
}

/// After how long a status in protobuf says that the call may be repeated. `None`: it does not say so.
pub fn retry_delay(status: &[u8]) -> Option<Duration> {
    let status = Status::decode(status).ok()?;
    let info = status.details.iter().find(|detail| detail.type_url == RETRY_INFO)?;
    let span = RetryInfo::decode(&info.value[..]).ok()?.retry_delay.unwrap_or_default();
    Some(Duration::new(span.seconds.try_into().ok()?, span.nanos.try_into().ok()?))
}

/// Binary headers are base64; some senders pad it, some do not.
const BINARY: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A binary header as text.
pub fn binary(bytes: &[u8]) -> String {
    BINARY.encode(bytes)
}

/// What a binary header holds.
pub fn unbinary(text: &[u8]) -> Option<Vec<u8>> {
    BINARY.decode(text).ok()
}
