//! Officers' own detectors, prepared by the host: linear-time automata that a plugin only has to run.

use regex_automata::dfa::{StartKind, dense};
use regex_automata::util::syntax;

use crate::policy::Plan;
use crate::policy::document::Entity;

use super::steps::StepError;

/// Most bytes that one automaton may take.
const AUTOMATON_BYTES_MAX: usize = 1 << 20;

/// Serialised sparse automata of a plan's own entities, in their order.
///
/// # Errors
///
/// A pattern that is no regular expression, or too large. [`check`] says so at compile time, with its place.
pub fn prepared(plan: &Plan) -> Result<Vec<Vec<u8>>, StepError> {
    plan.entities
        .iter()
        .map(|entity| automaton(entity).map_err(|reason| StepError { step: "redact", reason }))
        .collect()
}

/// One automaton.
///
/// # Errors
///
/// Why there is none.
pub fn automaton(entity: &Entity) -> Result<Vec<u8>, String> {
    let dense = dense::Builder::new()
        .configure(
            dense::Config::new()
                .start_kind(StartKind::Unanchored)
                .determinize_size_limit(Some(AUTOMATON_BYTES_MAX))
                .dfa_size_limit(Some(AUTOMATON_BYTES_MAX)),
        )
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .build(&entity.pattern.value)
        .map_err(|error| error.to_string())?;
    Ok(dense.to_sparse().map_err(|error| error.to_string())?.to_bytes_little_endian())
}
