//! The sidecar: what runs, what is in force, what is counted.
//!
//! ```text
//! source → intake → worker (engines) ─→ branch → sink
//!             ↑                      └→ quarantine
//!             └──────────── verdict ────────┘
//! ```
//!
//! Sources and sinks are tasks; workers are threads, each with engines of its own. What is in force is swapped as a whole, route by
//! route: a batch ends under what it began with.

mod book;
mod branch;
mod buffered;
mod desk;
mod flow;
mod http;
pub mod ledger;
mod live;
pub mod log;
mod metrics;
mod proxy;
mod quarantine;
mod reload;
mod repeated;
mod shadow;
mod sidecar;
mod tap;
mod trial;
mod worker;

pub use live::{InForce, Load, Loaded, MakeEngine, Purpose, Refused, State};
pub use shadow::{Candidate, Candidates, Differences, Seen};
pub use sidecar::{Ended, hangups, lock, run};
pub use trial::{Trial, try_out};
