//! What plans of many tenants have in common is held once.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use super::failing::Failing;
use super::plan::{Plan, ROLES, Settled};

/// Large parts of plans, each once.
#[derive(Debug, Default)]
pub struct Pool {
    statics: HashSet<Arc<[[Settled; ROLES]]>>,
    failing: HashSet<Arc<[Failing]>>,
    domains: HashSet<Arc<[String]>>,
}

impl Pool {
    /// Has a plan hold its parts together with those that have the same. It stays the same plan.
    pub fn share(&mut self, plan: &mut Plan) {
        let compiled = plan.compiled();
        once(&mut self.statics, &mut compiled.statics);
        once(&mut self.failing, &mut compiled.failing);
        once(&mut self.domains, &mut compiled.domains);
    }

    /// Lets go of what no plan holds any more.
    pub fn trim(&mut self) {
        self.statics.retain(|part| Arc::strong_count(part) > 1);
        self.failing.retain(|part| Arc::strong_count(part) > 1);
        self.domains.retain(|part| Arc::strong_count(part) > 1);
    }
}

fn once<T: ?Sized + Eq + Hash>(known: &mut HashSet<Arc<T>>, part: &mut Arc<T>) {
    match known.get(part) {
        Some(same) => *part = same.clone(),
        None => drop(known.insert(part.clone())),
    }
}
