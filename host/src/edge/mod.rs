//! Where bytes come in and go out: files, standard streams, sockets, quarantine, folders of policies.

mod dial;
pub mod disk;
pub mod input;
mod msgpack;
pub mod net;
pub mod otlp;
pub mod output;
pub mod policies;
pub mod progress;
pub mod quarantine;
pub mod sink;
pub mod source;
mod syslog;
