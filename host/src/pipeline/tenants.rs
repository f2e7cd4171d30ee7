//! Many tenants in one stream: which plan an event is treated under.

use std::collections::HashMap;
use std::sync::Arc;

use crate::event::{Automaton, AutomatonBuilder, Framed, Pattern, PatternError, Scanner};
use crate::policy::{Closed, Plan};

use super::outcome::reason;

/// Plans by what their tenants are called in events.
///
/// INVARIANT (no borrowed plan): the tenant is read from one place of the event, decoded, and compared whole; an event in
/// which that place is missing, occurs twice, or holds no known name has no plan.
#[derive(Debug)]
pub struct Tenants {
    plans: Vec<Arc<Plan>>,
    automaton: Automaton,
    /// `None`: the tenant is closed.
    by_name: HashMap<Box<[u8]>, Option<u32>>,
}

/// A tenant and what it is called in events.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its plan; `None` while something keeps it closed.
    pub plan: Option<Arc<Plan>>,
    /// What stands in events, compared whole.
    pub names: Vec<String>,
}

/// Why tenants cannot share a stream.
#[derive(Debug, thiserror::Error)]
pub enum TenantsError {
    /// The place is no path.
    #[error("`{path}` is no path of a field")]
    Path {
        /// As it was given.
        path: String,
        /// Why.
        #[source]
        error: PatternError,
    },
    /// A path with wildcards could name several places.
    #[error("`{0}` names more than one field: a tenant stands in exactly one")]
    Wildcard(String),
    /// There is none, or all are closed.
    #[error("there is no tenant that is open")]
    None,
    /// Detectors of one tenant must not look at another's events.
    #[error("`{0}` and `{1}` have different [[entity]] tables: filter their events in two runs")]
    Entities(String, String),
    /// Numbers of categories and maps of one mean nothing in the other.
    #[error(
        "`{0}` and `{1}` have different words or maps (categories.toml, schemas): release both with the same ones, or give them routes of their own"
    )]
    Words(String, String),
    /// Plugins of vendors see the events of one tenant only.
    #[error("`{0}` uses plugins of vendors: filter its events in a run of its own")]
    Plugins(String),
    /// Two tenants of one name.
    #[error("two tenants are called `{0}`")]
    Twice(String),
}

/// Why a tenant whose plan uses plugins of vendors is closed where its events stand beside others': they would see both.
pub fn alone(plan: &Plan) -> Option<Closed> {
    let plugin = plan.plugins.first()?;
    Some(Closed {
        name: plugin.name.clone(),
        missing: "plugins of vendors do not work with `tenant-by`".to_owned(),
        help: "filter the events of this tenant in a run, or a route, of its own".to_owned(),
    })
}

/// Whether the words, maps and detectors of two tenants go together, so that their events can stand in one stream.
///
/// # Errors
///
/// Why not.
pub fn together(one: &Plan, other: &Plan) -> Result<(), TenantsError> {
    let names = || (one.scope.policy.clone(), other.scope.policy.clone());
    if !other.library.has_words_of(&one.library) {
        let (one, other) = names();
        return Err(TenantsError::Words(one, other));
    }
    let mut pairs = one.entities.iter().zip(&other.entities);
    if one.entities.len() != other.entities.len() || !pairs.all(|(one, other)| one.finds_like(other)) {
        let (one, other) = names();
        return Err(TenantsError::Entities(one, other));
    }
    Ok(())
}

impl Tenants {
    /// Tenants whose name stands at `path` of each event.
    ///
    /// # Errors
    ///
    /// Why these tenants, or this path, do not do.
    pub fn new(path: &str, tenants: Vec<Tenant>) -> Result<Self, TenantsError> {
        let pattern = Pattern::parse(path).map_err(|error| TenantsError::Path { path: path.to_owned(), error })?;
        if path.contains(['*', '[']) {
            return Err(TenantsError::Wildcard(path.to_owned()));
        }
        let mut builder = AutomatonBuilder::new(false);
        builder.leaf(&pattern, 0);
        let automaton = builder.build().map_err(|_| TenantsError::Wildcard(path.to_owned()))?;
        let (mut plans, mut by_name) = (Vec::new(), HashMap::new());
        for Tenant { plan, names } in tenants {
            let number = plan.is_some().then_some(plans.len() as u32);
            for name in names {
                if by_name.insert(name.as_bytes().into(), number).is_some() {
                    return Err(TenantsError::Twice(name));
                }
            }
            plans.extend(plan);
        }
        let first: &Arc<Plan> = plans.first().ok_or(TenantsError::None)?;
        for other in plans.iter().filter(|_| plans.len() > 1) {
            if alone(other).is_some() {
                return Err(TenantsError::Plugins(other.scope.policy.clone()));
            }
            together(first, other)?;
        }
        Ok(Self { plans, automaton, by_name })
    }

    /// The plans, by number.
    pub fn plans(&self) -> &[Arc<Plan>] {
        &self.plans
    }

    /// What tenants that are closed are called, sorted.
    pub fn closed(&self) -> Vec<String> {
        let closed = self.by_name.iter().filter(|(_, plan)| plan.is_none());
        let mut names: Vec<_> = closed.map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect();
        names.sort();
        names
    }

    /// Whether one is closed.
    pub(super) fn has_closed(&self) -> bool {
        self.by_name.values().any(Option::is_none)
    }

    /// Number of the plan of an event. Costs one pass over it, beside the one that classifies.
    pub(super) fn plan_of(&self, scanner: &mut Scanner, framed: Framed<'_>) -> Result<u32, &'static str> {
        let scanned = scanner.scan(framed, &self.automaton).map_err(|reject| reject.code())?;
        let mut named = scanned.tokens.iter().filter(|token| token.slot.is_some());
        let (Some(token), None) = (named.next(), named.next()) else { return Err(reason::UNKNOWN_TENANT) };
        let mut decoded = Vec::new();
        let name = scanned.docs.decoded(scanned.event, token, &mut decoded);
        self.by_name.get(name).ok_or(reason::UNKNOWN_TENANT)?.ok_or(reason::CLOSED)
    }
}
