//! Officers' own detectors, prepared by the host: linear-time automata that a plugin only has to run.

use crate::policy::{Plan, entity};

use super::steps::StepError;

/// Serialised sparse automata of a plan's own entities, in their order.
///
/// # Errors
///
/// A pattern that is no regular expression, or too large. Compiling the plan says so, with its place.
pub fn prepared(plan: &Plan) -> Result<Vec<Vec<u8>>, StepError> {
    plan.entities
        .iter()
        .map(|own| entity::prepared(own).map_err(|reason| StepError { step: "redact", reason }))
        .collect()
}
