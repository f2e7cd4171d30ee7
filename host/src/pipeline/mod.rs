//! The only room that orders work: plan × batch → [`Sanitized`].

mod assemble;
mod classify;
pub mod codes;
pub mod entities;
mod execute;
mod guard;
mod outcome;
mod render;
mod run;
mod sandboxed;
mod shapes;
mod stamp;
mod steps;
mod tenants;

pub use execute::{Engine, Options, Sanitized};
pub use outcome::{Counts, Outcome, reason};
pub use run::{Filtered, Next, RunError, run};
pub use sandboxed::Sandboxed;
pub use stamp::MEMBER;
pub use steps::{StepError, Steps, Vendor};
pub use tenants::{Tenants, TenantsError};
