//! `tamis run --shadow`: what a folder of policies that is not in force would make of the events that flow.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::config::Route;
use crate::edge::policies;
use crate::edge::releases::tenant_of;
use crate::officer::compare::{self, Tally};
use crate::officer::explain::Ended;
use crate::ops::log::{Level, Said, say};
use crate::ops::{Differences, Seen};
use crate::pipeline::Outcome;
use crate::policy::Plan;

/// What is asked for: a folder of policies, or one policy in it.
pub(super) struct Wanted {
    folder: PathBuf,
    /// The policy below it; `None`: all.
    policy: Option<PathBuf>,
}

impl Wanted {
    /// # Errors
    ///
    /// The path is not there, or in no folder of policies.
    pub(super) fn new(path: &Path) -> Result<Self, String> {
        std::fs::metadata(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let (folder, below) = policies::root_of(path).map_err(|error| error.to_string())?;
        Ok(Self { folder, policy: (!below.is_empty()).then(|| below.into()) })
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A route as the folder has its policy. Signed bundles are called by their tenants and may lie anywhere: what they are made of stands below
    /// `tenants`.
    pub(super) fn candidate_of(&self, route: &Route, is_signed: bool) -> Route {
        let mut route = route.clone();
        let said = self.folder.join(&route.policy.value);
        let policy = match &route.tenant_by {
            Some(_) if is_signed && (!said.is_dir() || said.join("categories.toml").is_file()) => "tenants".to_owned(),
            None if is_signed && !said.is_file() => format!("tenants/{}.toml", tenant_of(&said)),
            _ => return route,
        };
        route.policy.value = policy;
        route
    }

    /// Why no route is looked at.
    pub(super) fn is_about_nothing(&self) -> String {
        let (folder, policy) = (self.folder.display(), self.policy.as_deref().unwrap_or(Path::new("")).display());
        format!(
            "no route has `policy = \"{policy}\"`: name the policy of a route, or all of them (--shadow {folder}), as for a route with tenant-by"
        )
    }

    /// Whether a route is looked at.
    pub(super) fn is_about(&self, route: &Route) -> bool {
        self.policy.as_ref().is_none_or(|policy| *policy == Path::new(&route.policy.value))
    }
}

/// Says why a route, or all of them, has no candidate. What flows does so all the same.
pub(super) fn refused(route: Option<&Route>, why: &str) {
    let route = route.map(|route| ("route", Said::Name(&route.name.value)));
    let said: Vec<_> = route.into_iter().chain([("why", Said::Text(why))]).collect();
    say(Level::Error, "shadow-refused", &said);
}

/// Counts what a candidate, of which this is a plan, would make otherwise.
pub(super) fn differences(plan: Arc<Plan>) -> Box<dyn Differences> {
    Box::new(Counted { plan, tally: Tally::default() })
}

struct Counted {
    /// Of the candidate: its maps say which keys may be told.
    plan: Arc<Plan>,
    tally: Tally,
}

impl Differences for Counted {
    fn add(&mut self, was: &Seen, is: &Seen) {
        self.tally.add(&self.plan, &of(was), &of(is));
    }

    fn counts(&self) -> [u64; 4] {
        let Tally { events, differing, revived, withheld, .. } = &self.tally;
        [*events, *differing, *revived, *withheld]
    }

    fn told(&self) -> Value {
        let fields = self.tally.fields.iter().map(|(path, told)| {
            let counts = json!({ "wider": told.revealed, "narrower": told.lost, "otherwise": told.otherwise });
            (path.clone(), counts)
        });
        Value::Object(fields.collect())
    }
}

fn of((outcome, trace): &Seen) -> compare::Seen<'_> {
    let ended = match outcome {
        Outcome::Passed => Ended::Passed,
        Outcome::Suppressed => Ended::Suppressed,
        Outcome::Quarantined(reason) => Ended::Quarantined(reason),
        Outcome::Stopped => Ended::Stopped,
    };
    let occurrences = trace.as_ref().map_or(&[][..], |trace| &trace.occurrences);
    compare::Seen { ended, map: trace.as_ref().map(|trace| trace.map), occurrences }
}
