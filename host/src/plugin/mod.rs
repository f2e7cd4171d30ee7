//! The plugin host: the only room that names wasmtime.
//!
//! A plugin is a WebAssembly component of one of the worlds in `wit/`. It is admitted ([`Host::load`]) or built in
//! ([`Host::builtin`]), given settings ([`Plugin::configure`]), and called with columns ([`Detector`],
//! [`Transformer`]); [`narrow`] turns the failure of a batch into failures of the events that cause it.
//!
//! INVARIANT (no ambient authority): nothing is linked to a plugin, and an import is refused before compilation.
//! INVARIANT (nothing unbounded): every entry into a guest, instantiation and `describe` included, runs under
//! [`Limits`], with a deadline that was just reset.
//! INVARIANT (load fails nobody): deadlines are processor time of the calling thread; what other threads and programs do
//! is no part of it.
//! INVARIANT (distrust): no answer leaves this room unchecked; a guest's text never leaves it as an error.
//! INVARIANT (no mixing): an instance that failed is never called again; [`Reuse::PerBatch`] never calls one twice.
//! INVARIANT (own code only): machine code is loaded only from this binary, or from a cache entry authenticated by a
//! key of this user.
//!
//! One file per version of the interface (`wit_v0_1.rs`); a released version stays for ever.

mod admission;
mod answer;
mod builtin;
mod cache;
mod cage;
mod circuit;
mod deadline;
mod description;
mod engine;
mod engine_config;
mod failure;
mod host;
mod instance;
mod kind;
mod limits;
mod narrow;
#[allow(clippy::module_inception, reason = "the room's central type")]
mod plugin;
mod schema;
mod wit_v0_1;

pub use admission::Refusal;
pub use circuit::Circuit;
pub use description::{Description, Entity};
pub use engine::TICK;
pub use failure::{Failure, GuestCode, Nonsense};
pub use host::{Grant, Host, LoadError};
pub use instance::{Detector, Reuse, SandboxedDetector, SandboxedTransformer, Transformer};
pub use kind::Kind;
pub use limits::Limits;
pub use narrow::{Narrowed, narrow, narrow_alone, narrow_edits};
pub use plugin::{ConfigureError, Configured, Plugin};

#[cfg(test)]
mod tests;
