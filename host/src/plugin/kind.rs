//! The two worlds.

use std::fmt;

/// Which world a plugin was built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Finds spans; the host treats them.
    Detector,
    /// Rewrites values.
    Transformer,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Detector => "detector",
            Kind::Transformer => "transformer",
        })
    }
}
