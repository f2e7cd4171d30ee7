//! Two releases, compared.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::officer::compare::{self, Compared, Side};
use crate::officer::explain::Purpose;
use crate::officer::phrase::Lang;
use crate::policy::document::{Date, Evidence, SecretLists};
use crate::policy::release::Read;
use crate::policy::syntax::render;
use crate::policy::{Library, Request, consider};

use super::super::load::{Refused, is_error};

/// What a policy decides for each purpose that some layer allows, for no system and for each that its evidence names. What is closed
/// counts as open and is told beside it.
pub(in crate::cli) fn purposes(
    library: &Arc<Library>,
    policy: &str,
    (evidence, lists): (&Evidence, &SecretLists),
    on: Date,
) -> Result<Vec<Purpose>, Refused> {
    let allow = library.layers_of(policy).into_iter().filter_map(|layer| layer.purposes.as_ref());
    let known: BTreeSet<&str> = allow.flat_map(|(allow, _)| allow).map(|purpose| purpose.value.as_str()).collect();
    let systems = || std::iter::once(None).chain(evidence.systems.keys().map(|system| Some(system.as_str())));
    let mut all = Vec::new();
    for purpose in known {
        for system in systems() {
            let (with, exact, lenient) = (&[][..], None, false);
            let request = Request { policy, with, purpose, on, system, evidence, lists, exact, lenient };
            match consider(library, &request) {
                Ok((plan, _, closed)) => {
                    let system = system.map(str::to_owned);
                    all.push(Purpose { name: purpose.to_owned(), system, plan: Some(Arc::new(plan)), closed });
                }
                Err(refusal) if refusal.problems.iter().any(is_error) => {
                    return Err(Refused::wrong(render(&library.bundle, &refusal.problems, false)));
                }
                // Not every layer allows it.
                Err(_) => {}
            }
        }
    }
    Ok(all)
}

/// What a bundle decides as of a day.
pub(in crate::cli) fn of(read: &Read, lists: &SecretLists, on: Date) -> Result<Vec<Purpose>, Refused> {
    let (library, evidence) = read.new_one();
    purposes(library, &read.manifest.tenant, (evidence, lists), first_day(library, &read.manifest.tenant, on))
}

/// The day, or the first day of a policy that starts later.
pub(super) fn first_day(library: &Library, policy: &str, on: Date) -> Date {
    let own = library.layers.get(policy).and_then(|layer| layer.in_force.as_ref());
    own.map_or(on, |day| day.value.max(on))
}

/// What differs between two.
pub(super) fn compared(old: &[Purpose], new: &[Purpose], lists: &SecretLists) -> Vec<Compared> {
    compare::compare(&Side { purposes: old, lists }, &Side { purposes: new, lists }, Lang::En)
}
