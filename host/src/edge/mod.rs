//! Where bytes come in and go out: files, standard streams, sockets, quarantine, folders of policies.

pub mod disk;
pub mod input;
pub mod net;
pub mod output;
pub mod policies;
pub mod progress;
pub mod quarantine;
pub mod sink;
pub mod source;
