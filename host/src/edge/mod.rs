//! Where bytes come in and go out: files, standard streams, sockets, quarantine, keys, escrow, folders of policies.

mod aead;
pub mod ask;
pub mod bulk;
pub mod common_name;
pub mod day;
mod dial;
pub mod disk;
pub mod escrow;
pub mod hec;
pub mod input;
#[cfg(feature = "kafka")]
mod kafka;
pub mod keys;
pub mod line;
pub mod loki;
mod msgpack;
mod nats;
pub mod net;
mod opened;
pub mod otlp;
pub mod output;
pub mod policies;
pub mod progress;
pub mod proxy;
pub mod quarantine;
pub mod releases;
pub mod sink;
pub mod source;
pub mod spans;
mod syslog;
pub mod validity;
mod walk;

/// What is said where Kafka was left out.
#[cfg(not(feature = "kafka"))]
const NO_KAFKA: &str = "this tamis was built without Kafka: build it with `--features kafka`";
