//! Bodies of the fuzz targets: plain functions that panic where a promise is broken.
//!
//! Each answers with what happened, as a number that says little about the input and much about the way it took; a driver
//! without instrumentation keeps inputs that took a new way.

pub mod answers;
pub mod policy;
pub mod scan;

use std::hash::{DefaultHasher, Hash, Hasher};

/// What happened as one number.
fn way(happened: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    happened.hash(&mut hasher);
    hasher.finish()
}
