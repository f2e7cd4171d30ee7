//! Splunk's HTTP Event Collector, as far as source, sink and proxy share it.
//!
//! An event is what `event` holds; what stands beside it (`host`, `source`, `sourcetype`, `index`, `time`, `fields`) is its
//! `@envelope`.
//!
//! | file | holds |
//! |---|---|
//! | `request.rs` | a body → its events |
//! | `answer.rs` | what is answered, by code |
//! | `acks.rs` | which requests are safe |
//! | `write.rs` | filtered events → a body |
//! | `time.rs` | seconds since 1970, as the protocol writes them |

pub(super) mod acks;
pub mod answer;
pub mod request;
mod time;
pub mod write;

/// Where events are sent.
pub const EVENT: &str = "/services/collector/event";
/// Where acknowledgements are asked for.
pub const ACK: &str = "/services/collector/ack";
/// Names whose value is in a request (`?host=…`), and in an event.
pub const SAID: [&str; 4] = ["host", "source", "sourcetype", "index"];

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Objects, each an event with what stands beside it.
    Event,
    /// Lines, each an event.
    Raw,
    /// Whether all is well.
    Health,
    /// Whether what was sent is safe.
    Ack,
}

impl Path {
    /// What a path is for. `None`: nothing that is known.
    pub fn of(path: &str) -> Option<Self> {
        let inner = path.strip_prefix("/services/collector")?;
        // A version may stand behind each: `/event/1.0`.
        match inner.strip_suffix("/1.0").unwrap_or(inner) {
            "" | "/" | "/event" => Some(Self::Event),
            "/raw" => Some(Self::Raw),
            "/health" => Some(Self::Health),
            "/ack" => Some(Self::Ack),
            _ => None,
        }
    }
}
