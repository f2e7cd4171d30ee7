//! What operators' commands about keys work on: a configuration, its keys, its ledger, and one of its policies.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use jiff::ToSpan as _;
use serde_json::Value;

use crate::config::Config;
use crate::edge::keys::Ring;
use crate::edge::policies;
use crate::officer::explain::Purpose;
use crate::ops::ledger::{self, Ledger};
use crate::pipeline::keys::Epoch;
use crate::policy::Plan;
use crate::policy::document::{Date, Evidence};

use super::load::{self, Of, Refused, Wanted};
use super::signed::Signed;
use super::{Exit, say, stop};

/// Which configuration, and which of its policies.
#[derive(Debug, Args)]
pub(super) struct PlaceArgs {
    /// The configuration of the sidecar.
    #[arg(long, short, value_name = "FILE", default_value = "tamis.toml")]
    pub(super) config: PathBuf,
    /// The policy of the tenant, as in a route: a file below `[policy] path`, or with `signed-by` the tenant whose latest bundle counts.
    #[arg(long, value_name = "FILE")]
    pub(super) policy: PathBuf,
}

/// A configuration and its keys.
pub(super) struct Place {
    pub(super) config: Config,
    pub(super) keys: Arc<Ring>,
}

/// One of its policies, as it is today.
pub(super) struct Tenant {
    pub(super) id: String,
    pub(super) purposes: Vec<Purpose>,
    pub(super) evidence: Evidence,
    /// Of any purpose: what is asked of it here is the same for all.
    pub(super) plan: Arc<Plan>,
    /// Domains under which codes of it are, or were under earlier releases that its bundle brings.
    pub(super) domains: BTreeSet<String>,
}

pub(super) fn today() -> Date {
    jiff::Zoned::now().date()
}

/// A day, some days after another; the last day there is where that would be later.
pub(super) fn days_after(day: Date, days: i64) -> Date {
    // More days than there are between the first and the last one that can be written.
    day.saturating_add(days.min(5_000_000).days())
}

/// The first day of an epoch.
pub(super) fn first_day(epoch: Epoch) -> Date {
    let days = i64::from(epoch.number).saturating_mul(i64::from(epoch.days));
    days_after(Date::constant(1970, 1, 1), days)
}

/// The last day of an epoch.
pub(super) fn last_day(epoch: Epoch) -> Date {
    let days = (i64::from(epoch.number) + 1).saturating_mul(i64::from(epoch.days));
    days_after(Date::constant(1970, 1, 1), days.saturating_sub(1))
}

impl Place {
    /// Reads a configuration and the root of its keys.
    ///
    /// # Errors
    ///
    /// How the command ends; what is wrong was said.
    pub(super) fn open(config: &Path) -> Result<Self, Exit> {
        let config = super::run::config(config)?;
        if config.keys.is_none() {
            let text =
                "error: the configuration has no [keys]: its keys are made up for each run, and nobody else has them";
            return Err(stop(Exit::Wrong, text));
        }
        let keys = Ring::new(config.keys.as_ref()).map_err(|error| stop(Exit::Wrong, &format!("error: {error}")))?;
        Ok(Self { config, keys: Arc::new(keys) })
    }

    /// Reads a policy, with what stands beside it. Where only signed bundles are in force it is the one that a sidecar loads today: a
    /// file that nobody signed decides nothing.
    ///
    /// # Errors
    ///
    /// How the command ends; what is wrong was said.
    pub(super) fn tenant(&self, args: &PlaceArgs) -> Result<Tenant, Exit> {
        let lists = self.config.policy.evidence.clone().unwrap_or_else(|| self.config.policy.path.clone());
        let mut domains = BTreeSet::new();
        let (id, purposes, evidence) = match Signed::new(&self.config, lists, self.keys.clone()) {
            Some(signed) => {
                let (released, refused) = signed.named(&args.policy, today()).map_err(Refused::say)?;
                refused.iter().for_each(|one| say(&format!("warning: {one}")));
                let mut purposes = released.purposes(today()).map_err(Refused::say)?;
                domains = released.domains(today()).map_err(Refused::say)?;
                purposes.retain(|purpose| purpose.system.is_none());
                purposes.sort_by_key(|purpose| !purpose.closed.is_empty());
                (released.read.manifest.tenant.clone(), purposes, released.read.new_one().1.clone())
            }
            None => self.file(args)?,
        };
        let plan = purposes.iter().find_map(|purpose| purpose.plan.clone());
        let plan = plan.ok_or_else(|| stop(Exit::Closed, "closed: no layer allows any purpose"))?;
        let plans = purposes.iter().filter_map(|purpose| purpose.plan.as_ref());
        domains.extend(plans.flat_map(|plan| plan.domains.iter().cloned()));
        Ok(Tenant { id, purposes, evidence, plan, domains })
    }

    /// What a file of a policy decides.
    fn file(&self, args: &PlaceArgs) -> Result<(String, Vec<Purpose>, Evidence), Exit> {
        let at = if args.policy.exists() { args.policy.clone() } else { self.config.policy.path.join(&args.policy) };
        let id = policies::id(&at);
        let evidence = self.config.policy.evidence.as_ref().map(|folder| folder.join(format!("{id}.evidence.toml")));
        let evidence = evidence.filter(|file| file.is_file());
        let wanted = Wanted {
            policy: &at,
            purpose: "",
            on: today(),
            system: None,
            evidence: evidence.as_deref(),
            lists: None,
            exact: None,
            json: false,
        };
        let considered = load::considered(&wanted, None, Of::Wanted).map_err(Refused::say)?;
        Ok((id, considered.purposes, considered.evidence))
    }

    /// As [`note`].
    ///
    /// # Errors
    ///
    /// How the command ends; what is wrong was said.
    pub(super) fn note(&self, kind: &'static str, fields: Value) -> Result<(), Exit> {
        note(&self.config, kind, fields)
    }
}

/// Writes an act into the ledger. Without one nothing is done that has to stand in it.
///
/// # Errors
///
/// How the command ends; what is wrong was said.
pub(super) fn note(config: &Config, kind: &'static str, fields: Value) -> Result<(), Exit> {
    let refused = |text: String| stop(Exit::Failed, &format!("error: {text}"));
    let Some(said) = &config.ledger else {
        let text = "error: the configuration has no [ledger]: what is done here has to be written down";
        return Err(stop(Exit::Wrong, text));
    };
    let key = said.key.read().map_err(|error| refused(format!("[ledger]: {error}")))?;
    let key = ledger::key(&key).map_err(|error| refused(format!("[ledger]: {error}")))?;
    let mut ledger = Ledger::open(&config.state.join("ledger.ndjson"), key)
        .map_err(|error| refused(format!("[ledger]: {error}")))?;
    let Value::Object(fields) = fields else { return Ok(()) };
    ledger.add(kind, fields).map_err(|error| refused(format!("[ledger]: {error}")))
}

impl Tenant {
    /// The epoch that holds today.
    pub(super) fn epoch(&self) -> Epoch {
        Epoch { number: self.plan.epoch, days: self.plan.epoch_days }
    }
}
