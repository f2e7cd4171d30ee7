//! Releases: a policy that was numbered and frozen with everything it reads, in one signed file.
//!
//! | file | does |
//! |---|---|
//! | `manifest.rs` | what a bundle says of itself |
//! | `file.rs` | a bundle as bytes: equal content, equal bytes; everything is checked before anything is used |
//! | `signature.rs` | who signed it, and whether that is enough |
//! | `hold.rs` | what is open of a release on a day, and what stays as an earlier release has it |
//!
//! INVARIANT (rollback is refused): releases of a tenant are ordered by [`Order`]; who loads them goes forward only.

mod file;
mod hold;
mod manifest;
mod signature;

pub use file::{BUNDLE_BYTES_MAX, BadBundle, Bundled, read, write};
pub use hold::{Asked, Flow, Held, Opens, Read, Refused, Unread, flow, opens};
pub use manifest::{Earlier, FileLine, Lead, Manifest, Order};
pub use signature::{Signature, Unsigned};

#[cfg(test)]
mod tests;
