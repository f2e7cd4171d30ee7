//! Tamis: a WebAssembly policy-and-privacy filter in front of any log pipeline.
//!
//! Activity and audit events flow in; a declarative, layered policy decides, field by field, what is proportionate; sandboxed
//! plugins redact, mask and minimise; only what the policy lets through flows on.
//!
//! # Rooms
//!
//! Arrows run one way: `event ← policy ← plugin ← pipeline ← edge ← ops ← cli`, `policy ← config ← edge`, `delivery ← edge`.
//!
//! - [`event`]: bytes, paths, scan, columns, frames. Knows no policy.
//! - [`policy`]: text → layers → plan, diagnostics. Pure: no files, no clock, no sandbox.
//! - [`officer`]: what an officer asks of policies and events.
//! - [`plugin`]: the only room that names wasmtime: admission, limits, instances.
//! - [`pipeline`]: the only room that orders work: plan × batch → [`pipeline::Sanitized`].
//! - [`delivery`]: what becomes of events behind the filter: receipts, lanes, branches, memory. Pure.
//! - [`mod@config`]: what `tamis.toml` says.
//! - [`edge`]: sources and sinks, quarantine, sockets, files.
//! - [`ops`]: the sidecar: what runs, what is in force, what is counted.
//! - [`cli`]: the commands.
//!
//! # Promises
//!
//! 1. Nothing unclassified leaves. 2. A layer can only tighten. 3. Failure never lets a raw value out. 4. A plugin sees only
//!    what it was granted. 5. No personal value escapes sideways. 6. Same policy, evidence, date, key and event: same bytes.
//! 7. An event is acknowledged only when it is safe downstream. 8. Every decision can be explained. 9. Raw cannot be encoded.

pub mod cli;
pub mod config;
pub mod delivery;
pub mod edge;
pub mod event;
mod kill;
pub mod officer;
pub mod ops;
pub mod pipeline;
pub mod plugin;
pub mod policy;
