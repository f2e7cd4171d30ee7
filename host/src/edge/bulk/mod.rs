//! Elasticsearch's and OpenSearch's `_bulk`, as far as source, sink and proxy share it.
//!
//! An event is a document; what its action says beside it (`_index`, `_id`, `pipeline`, `routing` …) is its `@envelope`.
//!
//! | file | holds |
//! |---|---|
//! | `request.rs` | a body → its items, each an event |
//! | `answer.rs` | what is answered item by item, and what such an answer says |
//! | `write.rs` | filtered events → a body |
//! | `handshake.rs` | what clients ask before they send |

pub mod answer;
pub mod handshake;
pub mod request;
pub mod write;
