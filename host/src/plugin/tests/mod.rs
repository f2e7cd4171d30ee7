mod calls;
mod containment;
pub(crate) mod guest;

use super::{Host, Limits};
use std::sync::OnceLock;
use std::time::Duration;

/// Limits under which hostile guests end soon, and honest ones do not fail on a busy machine.
pub(crate) fn tight() -> Limits {
    Limits {
        start: Duration::from_millis(500),
        call: Duration::from_millis(250),
        memory: 4 << 20,
        answer_bytes: 1 << 20,
        description_bytes: 64 << 10,
        ..Limits::default()
    }
}

/// One host for all tests of the room: an engine costs a thread.
pub(crate) fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| Host::new(tight(), None).unwrap())
}
