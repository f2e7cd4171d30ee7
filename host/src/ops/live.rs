//! What is in force, and how it is swapped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::config::{Closed, Route};
use crate::edge::escrow::Quota;
use crate::pipeline::{Engine, Extent};

/// Makes engines of one plan, or of the plans of tenants.
pub type MakeEngine = Arc<dyn Fn() -> Engine + Send + Sync>;

/// What is in force for a route.
pub struct InForce {
    /// Changes with every swap.
    pub generation: u64,
    /// The day it was made for.
    pub day: String,
    /// The purposes of its branches, each once.
    pub purposes: Vec<Purpose>,
    /// Tenants whose key a worker found missing, and for which purposes.
    keyless: Mutex<BTreeMap<String, BTreeSet<String>>>,
}

impl InForce {
    fn new(generation: u64, day: &str, purposes: Vec<Purpose>) -> Self {
        Self { generation, day: day.to_owned(), purposes, keyless: Mutex::default() }
    }

    /// Notes whether a tenant has no key: whether that is news. Each worker finds out by itself, for each purpose.
    pub(super) fn note_key(&self, tenant: &str, purpose: &str, is_missing: bool) -> bool {
        let mut keyless = self.keyless();
        if is_missing {
            let of = keyless.entry(tenant.to_owned()).or_default();
            return of.insert(purpose.to_owned()) && of.len() == 1;
        }
        if let Some(of) = keyless.get_mut(tenant) {
            of.remove(purpose);
        }
        keyless.retain(|_, of| !of.is_empty());
        false
    }

    /// How many tenants have no key for a purpose.
    pub(super) fn without_key(&self, purpose: &str) -> usize {
        self.keyless().values().filter(|of| of.contains(purpose)).count()
    }

    fn keyless(&self) -> MutexGuard<'_, BTreeMap<String, BTreeSet<String>>> {
        self.keyless.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether exact repeats may be suppressed: not where somebody may have to be held to account by them.
    pub(super) fn may_suppress(&self) -> bool {
        let counts_each = |purpose: &Purpose| matches!(purpose.state, State::Open { attributable: true, .. });
        !self.purposes.iter().any(counts_each)
    }

    /// The tenant whose events all are; `None`: they are of many, or nothing is open.
    pub(super) fn tenant(&self) -> Option<&str> {
        self.purposes.iter().find_map(|purpose| match &purpose.state {
            State::Open { tenant, .. } => tenant.as_deref(),
            State::Closed(_) => None,
        })
    }
}

/// A purpose of a route.
pub struct Purpose {
    /// Its name.
    pub name: String,
    /// Whether events flow for it.
    pub state: State,
}

/// Whether events flow.
pub enum State {
    /// They do.
    Open {
        /// Makes engines.
        engine: MakeEngine,
        /// Makes engines that only look on: their codes are nobody's, and what codes stand for is not kept.
        looking: MakeEngine,
        /// The policy, its revision and the digest of all that was read: what stamps and ledgers name.
        policy: String,
        /// The id of the policy; `None`: there are many.
        tenant: Option<String>,
        /// See `policy`. Of many tenants one of them all.
        digest: String,
        /// Of many tenants, how many were closed when it was loaded.
        shut: usize,
        /// Plans that were compiled for it; those of tenants of which nothing changed are taken over.
        compiled: usize,
        /// What is in force beside: each of many tenants with its digest or that it is closed, and whom codes of a tenant are sealed to.
        among: Vec<String>,
        /// What of it is not open yet, and until when, as sentences.
        held: Vec<String>,
        /// How much leaves under it. `None`: it is of many tenants.
        extent: Option<Arc<Extent>>,
        /// Each event counts, however alike they are: some of them, or all, have to stay attributable.
        attributable: bool,
        /// Rules that withhold what lists protect, as counts name them.
        protects: BTreeSet<String>,
    },
    /// A gate, a list or the purpose keeps it closed: why, for its reader.
    Closed(String),
}

/// What would be in force for a route.
#[derive(Default)]
pub struct Loaded {
    /// The purposes of its branches, each once.
    pub purposes: Vec<Purpose>,
    /// Tenants whose latest policy may not be in force, or whose keys are not there, while the others are in force. Each once.
    pub refused: Vec<Refused>,
}

/// A tenant whose latest policy may not be in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which.
    pub tenant: String,
    /// Why, for its reader.
    pub why: String,
    /// What holds for its events instead.
    pub instead: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenant, why, instead } = self;
        write!(f, "the latest policy of `{tenant}` is refused: {instead}\n{}", why.trim_end())
    }
}

/// Reads and compiles the policies of a route, as the files are now.
pub trait Load: Send + Sync {
    /// What would be in force.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, for its reader. What is closed is no error.
    fn load(&self, route: &Route) -> Result<Loaded, String>;

    /// Files are read anew from now on: until then each is read once.
    fn anew(&self);

    /// Whether a key is there that was missing or damaged when its route was loaded last.
    fn is_mended(&self) -> bool;

    /// What was loaded last for a route is about to be in force: whatever has to be remembered of it is on disk then.
    ///
    /// # Errors
    ///
    /// It cannot be remembered, so it must not be in force.
    fn keep(&self, route: &Route) -> Result<(), String>;

    /// How much escrow takes on the disk.
    fn quota(&self) -> Arc<Quota>;

    /// The day that plans are compiled for. It is on disk then, so that a restart with a clock that was set back does not begin before it.
    fn day(&self) -> String;
}

/// What is in force for each route.
pub(super) struct Live {
    routes: Vec<RwLock<Arc<InForce>>>,
}

impl Live {
    pub(super) fn new(first: Vec<Vec<Purpose>>, day: &str) -> Self {
        let route = |purposes| RwLock::new(Arc::new(InForce::new(1, day, purposes)));
        Self { routes: first.into_iter().map(route).collect() }
    }

    /// What is in force for a route by now.
    pub(super) fn of(&self, route: usize) -> Option<Arc<InForce>> {
        Some(self.routes.get(route)?.read().ok()?.clone())
    }

    /// Puts something else in force. Batches that are under way end under what they began with.
    pub(super) fn swap(&self, route: usize, purposes: Vec<Purpose>, day: &str) {
        if let Some(Ok(mut now)) = self.routes.get(route).map(RwLock::write) {
            *now = Arc::new(InForce::new(now.generation + 1, day, purposes));
        }
    }

    /// Whether a gate makes the sources of a route hold.
    pub(super) fn holds(&self, number: usize, route: &Route) -> bool {
        let Some(now) = self.of(number) else { return true };
        let closed = |name: &str| {
            now.purposes.iter().any(|purpose| purpose.name == name && matches!(purpose.state, State::Closed(_)))
        };
        route.to.iter().any(|to| to.closed != Some(Closed::Skip) && closed(&to.purpose.value))
    }
}
