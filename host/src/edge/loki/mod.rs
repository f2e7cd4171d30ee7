//! Loki's push, as far as source, sink and proxy share it.
//!
//! An event is a line: the object that it holds, else `{"message": line}`. Its time, the labels of its stream and its structured
//! metadata are its `@envelope`.
//!
//! | file | holds |
//! |---|---|
//! | `push.rs` | a request, JSON or protobuf → its lines, each an event |
//! | `labels.rs` | `{app="shop"}` |
//! | `message.rs` | the messages of protobuf |
//! | `group.rs` | filtered events → one request, a stream for each set of labels |

pub mod group;
pub mod labels;
pub mod message;
pub mod push;

/// Where lines are sent.
pub const PUSH: &str = "/loki/api/v1/push";
