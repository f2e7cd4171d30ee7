//! Concrete sources and sinks, a file each.

pub mod input;
pub mod output;
pub mod policies;
pub mod progress;
pub mod quarantine;
