//! The only room that orders work: plan × batch → [`Sanitized`].

mod amount;
mod assemble;
mod classify;
mod clean;
mod cleared;
mod coders;
pub mod codes;
pub mod entities;
mod exact;
mod execute;
mod guard;
mod keyless;
pub mod keys;
mod known;
mod lanes;
mod memory;
mod of_type;
mod outcome;
mod passed;
mod render;
mod residue;
mod run;
mod sandboxed;
mod sealed;
mod settle;
mod shapes;
mod spared;
mod spots;
mod stamp;
mod steps;
mod tally;
mod tenants;
mod trace;
mod vendor;

pub use execute::{Engine, Options, Sanitized};
pub use outcome::{Counts, Outcome, reason};
pub use residue::Residue;
pub use run::{Filtered, Next, RunError, run};
pub use sandboxed::Sandboxed;
pub use settle::Quarantined;
pub use stamp::MEMBER;
pub use steps::{StepError, Steps, Vendor};
pub use tenants::{Tenant, Tenants, TenantsError, alone, together};
pub use trace::Trace;

/// How much leaves under a plan: what runs a plan is told whether the next one narrows it.
pub use crate::policy::Extent;
