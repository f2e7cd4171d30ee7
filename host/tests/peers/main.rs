//! Real programs at the other end: what they send arrives, and they take what they are sent. What the machine does not have is skipped,
//! and says so.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it counted"
)]

mod contract;
mod fluent;
#[cfg(feature = "kafka")]
mod kafka;
mod nats;
#[path = "../sidecar/process.rs"]
#[allow(dead_code, reason = "shared with the tests of the sidecar")]
mod process;
mod prometheus;
mod pushes;
#[path = "../sidecar/receiver.rs"]
#[allow(dead_code, reason = "shared with the tests of the sidecar")]
mod receiver;
mod rsyslog;

fn policies() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../policies")
}

/// Says why a test did not run.
fn skipped(why: &str) {
    use std::io::Write as _;
    // Past the capture of the test's output: it is to be seen.
    drop(std::io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes()));
}
